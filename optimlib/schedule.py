"""What a schedule is: a frozen value that maps the step to a number, and what may be given to one."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from optimlib.checks import inside, numbers, whole

# One number at a time by the C library: numpy's own loops differ in the last bit from processor to processor.
cos, exp, power = (np.vectorize(f, otypes=[float]) for f in (math.cos, math.exp, math.pow))


def mix(share, a: float, b: float) -> np.ndarray:
    """`a` where `share` is 1, `b` where it is 0, to the bit."""
    return share * a + (1 - share) * b


def swing(done, a: float, b: float) -> np.ndarray:
    """From `a` to `b` along half a cosine, while `done` goes from 0 to 1."""
    return mix((1 + cos(np.pi * done)) / 2, a, b)


class Schedule:
    """A value for each step t = 1, 2, …: the base of everything in `optimlib.schedules`.

    A subclass names its fields and says in `at` what its value is at each entry of an array of steps; it is
    a frozen dataclass. `schedule(t)` is a `float` for a number t, an array of t's shape for an array. Raises
    `ValueError` for a t below 1.

    >>> class alternating(Schedule):
    ...     lr: float
    ...     def at(self, t):
    ...         return self.lr * np.where(t % 2 == 1, 1.0, 0.5)
    >>> alternating(lr=0.2)(np.arange(1, 5)), alternating(lr=0.2)(2)
    (array([0.2, 0.1, 0.2, 0.1]), 0.1)
    """

    def __init_subclass__(cls):
        dataclasses.dataclass(frozen=True)(cls)
        cls.__doc__ = _with_parameters(cls)
        _, *parameters = inspect.signature(cls.__init__).parameters.values()
        cls.__signature__ = inspect.Signature(parameters)  # which __new__ would hide

    def __new__(cls, *args, **fields):
        allowed = [field.name for field in dataclasses.fields(cls)]
        for name, value in fields.items():
            if name not in allowed:
                raise TypeError(f"{cls.__name__}({name}={value!r}): unknown, allowed are {', '.join(allowed)}")
        return super().__new__(cls)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.name in FIELDS:
                checked = FIELDS[field.name].check(field.name, getattr(self, field.name))
                object.__setattr__(self, field.name, checked)

    def __call__(self, t):
        t = numbers("t", t, "a step number or an array of them")
        if not (t >= 1).all():
            raise ValueError(f"t={t.min().item()!r}: must be at least 1, the first step")
        value = np.asarray(self.at(t), float)
        return value if value.ndim else float(value)

    def at(self, t: np.ndarray) -> np.ndarray:  # without a docstring, which every subclass would repeat
        raise NotImplementedError


def rate(name: str, value) -> float:
    """A finite number, 0 or more."""
    array = numbers(name, value, "a number")
    if array.ndim:
        raise TypeError(f"{name}={value!r}: must be a number")
    inside(name, array, 0.0, math.inf)
    return float(array)


def falling(name: str, value) -> float:
    """A number in [0, 1)."""
    number = rate(name, value)
    inside(name, np.asarray(number), 0.0, 1.0)
    return number


def positive(name: str, value) -> float:
    """A finite number above 0."""
    number = rate(name, value)
    if number == 0:
        raise ValueError(f"{name}={value!r}: must be above 0")
    return number


def count(name: str, value) -> int:
    """A whole number, 1 or more."""
    number = whole(name, value)
    if number == 0:
        raise ValueError(f"{name}={value!r}: must be a whole number, 1 or more")
    return number


def milestones(name: str, value) -> tuple[int, ...]:
    """Whole numbers that increase."""
    counts = tuple(count(f"{name}[{i}]", v) for i, v in enumerate(_several(name, value)))
    if list(counts) != sorted(set(counts)):
        raise ValueError(f"{name}={value!r}: must increase")
    return counts


def points(name: str, value) -> tuple[tuple[float, float], ...]:
    """Two or more `(t, value)`, from left to right."""
    made = []
    for i, point in enumerate(_several(name, value)):
        if np.shape(point) != (2,):
            raise ValueError(f"{name}[{i}]={point!r}: must be (t, value)")
        made.append(tuple(rate(f"{name}[{i}][{j}]", v) for j, v in enumerate(point)))
    if len(made) < 2 or [t for t, _ in made] != sorted(t for t, _ in made):
        raise ValueError(f"{name}={value!r}: must be two or more (t, value), from left to right")
    return tuple(made)


def parts(name: str, value) -> tuple[tuple[Schedule, int], ...]:
    """One or more `(schedule, steps)`."""
    made = []
    for i, part in enumerate(_several(name, value)):
        if not isinstance(part, tuple | list) or len(part) != 2 or not isinstance(part[0], Schedule):
            raise TypeError(f"{name}[{i}]={part!r}: must be (schedule, steps)")
        made.append((part[0], count(f"{name}[{i}][1]", part[1])))
    return tuple(made)


def _several(name: str, value) -> list:
    if not isinstance(value, tuple | list | np.ndarray) or len(value) == 0:
        raise TypeError(f"{name}={value!r}: must be a tuple with at least one entry")
    return value.tolist() if isinstance(value, np.ndarray) else list(value)


class Field(NamedTuple):
    """What a field of a certain name holds, in whatever schedule."""

    check: Callable
    allowed: str
    meaning: str


FIELDS = {
    "lr": Field(rate, "in [0, ∞)", "The rate: where the schedule starts, or the top it climbs to."),
    "end": Field(rate, "in [0, ∞)", "Where it arrives, and stays."),
    "low": Field(rate, "in [0, ∞)", "The value between two peaks."),
    "rate": Field(rate, "in [0, ∞)", "How fast it falls, per step."),
    "power": Field(positive, "above 0", "How the fall bends."),
    "factor": Field(falling, "in [0, 1)", "What is left after a drop."),
    "every": Field(count, "whole, 1 or more", "Steps from drop to drop."),
    "after": Field(count, "whole, 1 or more", "The last step before the drop."),
    "milestones": Field(milestones, "whole numbers that increase", "How many steps are taken before each drop."),
    "steps": Field(count, "whole, 1 or more", "How many steps it takes; if it starts anew, the first time."),
    "stretch": Field(count, "whole, 1 or more", "How many times longer the next cycle is."),
    "half": Field(count, "whole, 1 or more", "Steps up, and steps down."),
    "warmup": Field(count, "whole, 1 or more", "Steps of the way up."),
    "decay": Field(count, "whole, 1 or more", "Steps of the way down."),
    "rise": Field(falling, "in (1/steps, 1)", "The part of all steps that goes up."),
    "div": Field(positive, "above 0", "How many times smaller than `lr` the first value is."),
    "final_div": Field(positive, "above 0", "How many times smaller than the first value the last one is."),
    "points": Field(points, "two or more (t, value), from left to right", "The ends of the lines."),
    "parts": Field(parts, "one or more (schedule, steps)", "What follows on what, and for how long."),
}


def _with_parameters(cls) -> str:
    """The docstring, with what is known about the fields between its text and its examples."""
    text, *examples = inspect.cleandoc(cls.__doc__ or "").split("\n>>> ")
    entries = ["Parameters", "----------"]
    for field in (f for f in dataclasses.fields(cls) if f.name in FIELDS):
        about = FIELDS[field.name]
        default = "" if field.default is dataclasses.MISSING else f", default {field.default:g}"
        entries += [f"{field.name} : {about.allowed}{default}", f"    {about.meaning}"]
    shown = ["Examples", "--------", *(f">>> {e}" for e in examples)] if examples else []
    return "\n".join([text.rstrip(), "", *entries, "", *shown])
