"""What a schedule is: a frozen value that maps the step to a number, and what may be given to one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from optimlib.checks import inside, numbers, whole


class Schedule:
    """A value for each step t = 1, 2, …: the base of everything in `optimlib.schedules`.

    A subclass names its fields and says in `at` what its value is at each entry of an array of steps; it is
    a frozen dataclass. `schedule(t)` is a `float` for a number t, an array of t's shape for an array.

    >>> class alternating(Schedule):
    ...     lr: float
    ...     def at(self, t):
    ...         return self.lr * np.where(t % 2 == 1, 1.0, 0.5)
    >>> alternating(lr=0.2)(np.arange(1, 5)), alternating(lr=0.2)(2)
    (array([0.2, 0.1, 0.2, 0.1]), 0.1)
    """

    def __init_subclass__(cls):
        dataclasses.dataclass(frozen=True)(cls)

    def __new__(cls, *args, **fields):
        allowed = [field.name for field in dataclasses.fields(cls)]
        for name, value in fields.items():
            if name not in allowed:
                raise TypeError(
                    f"{cls.__name__}({name}={value!r}): unknown, allowed are {', '.join(allowed)}"
                )
        return super().__new__(cls)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            check = CHECKS.get(field.name, lambda name, value: value)
            object.__setattr__(self, field.name, check(field.name, getattr(self, field.name)))

    def __call__(self, t):
        """The value at step `t`, at least 1: a number, or an array of numbers for plots."""
        t = numbers("t", t, "a step number or an array of them")
        if not (t >= 1).all():
            raise ValueError(f"t={t.min().item()!r}: must be at least 1, the first step")
        value = np.asarray(self.at(t), float)
        return value if value.ndim else float(value)

    def at(self, t: np.ndarray) -> np.ndarray:
        """The value at each entry of `t`."""
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


# What a field of this name may hold, in all schedules.
CHECKS = {
    **dict.fromkeys(("lr", "end", "low", "rate"), rate),
    **dict.fromkeys(("power", "div", "final_div"), positive),
    **dict.fromkeys(("factor", "rise"), falling),
    **dict.fromkeys(("steps", "every", "after", "half", "warmup", "decay", "stretch"), count),
    "milestones": milestones, "points": points, "parts": parts,
}  # fmt: skip
