"""What makes ten lines of numpy an optimizer: the `rule` decorator.

A rule is written as one function. Its leading arguments say what it gets (`x`, `g`, `t`, and `grad` or `H` if
it asks), the ones without a default are its state, the ones with a default are its hyper-parameters. It
returns the new point, then the new state, in the same order.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from optimlib.checks import inside, numbers, points, read_only, shaped, whole
from optimlib.powers import StepNumber

INPUTS = ("x", "g", "t", "grad", "H")  # what a rule may ask for; every other argument is its own

# What each hyper-parameter of the book may be: from the first number up to, but not including, the second.
RANGES = {
    "lr": (0.0, math.inf),
    "beta": (0.0, 1.0),
    "beta1": (0.0, 1.0),
    "beta2": (0.0, 1.0),
    "rho": (0.0, 1.0),
    "eps": (0.0, math.inf),
    "weight_decay": (0.0, math.inf),
    "momentum_decay": (0.0, math.inf),
}


class _Source:
    """The code of a rule as it is printed in the book: without decorator and docstring."""

    def __get__(self, obj, cls) -> str:
        text = textwrap.dedent(inspect.getsource(cls.update))
        function = ast.parse(text).body[0]
        lines = text.splitlines()
        if ast.get_docstring(function) is not None:
            del lines[function.body[0].lineno - 1 : function.body[0].end_lineno]
        return "\n".join(lines[function.lineno - 1 :])


@dataclasses.dataclass(frozen=True, eq=False)
class Rule:
    """An optimizer with its hyper-parameters: a frozen value, made by calling a function under `@rule`.

    Its fields are the hyper-parameters: numbers, arrays, or schedules (anything that maps t = 1, 2, … to a
    number). Its state lives outside, in a dict, so that nothing is hidden: `state = r.init(x)`, then
    `state, x = r.step(state, x, g)`, as often as you like. Everything is computed in 64-bit floats.
    """

    name: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]]
    state_names: ClassVar[tuple[str, ...]]
    hyper_names: ClassVar[tuple[str, ...]]
    defaults: ClassVar[dict[str, float]]
    starts: ClassVar[dict[str, float | str]]
    update: ClassVar[Callable]
    source: ClassVar[str] = _Source()

    def __post_init__(self):
        first = {k: _evaluated(k, getattr(self, k), 1) for k in self.hyper_names}
        fixed = {k: v for k, v in first.items() if not callable(getattr(self, k))}
        for name, value in fixed.items():  # a copy: whoever changes the array later does not change the rule
            object.__setattr__(self, name, value if value.ndim else _plain(getattr(self, name)))
        object.__setattr__(self, "_fixed", {k: np.atleast_1d(v) for k, v in fixed.items()})
        object.__setattr__(self, "_shapes", {k: v.shape for k, v in first.items()})
        _refuse_clash(self._shapes)

    def __eq__(self, other) -> bool:
        return type(self) is type(other) and all(map(_same, self._values(), other._values()))

    def __hash__(self):
        return hash((type(self), tuple((k, v.shape, (v + 0.0).tobytes()) for k, v in self._fixed.items())))

    def _values(self):
        return [getattr(self, name) for name in self.hyper_names]

    def __getstate__(self):
        return dict(zip(self.hyper_names, self._values(), strict=True))

    def __setstate__(self, values):
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape the hyper-parameters span together: `()` for one run, `(100, 100)` for a grid."""
        return np.broadcast_shapes(*self._shapes.values(), ())

    def at(self, t: int) -> dict[str, np.ndarray]:
        """The hyper-parameters at step `t` = 1, 2, …: schedules evaluated, numbers as arrays.

        Raises `ValueError` or `TypeError` if a schedule gives what the hyper-parameter may not be.
        """
        now = dict(self._fixed)
        for name in self.hyper_names:
            if name not in now:
                value = _evaluated(name, getattr(self, name), int(t))
                value = shaped(f"{name} at step {t}", value, self._shapes[name], "its value at step 1")
                now[name] = np.atleast_1d(value)
        return now

    def init(self, x: np.ndarray) -> dict[str, Any]:
        """The state before the first step at `x`, shape `(d,)` or `(d, *batch)`: `{"t": 0, letters…}`."""
        x = points("x", x)
        start = {k: x.copy() if s == "x" else np.full_like(x, s) for k, s in self.starts.items()}
        return {"t": 0, **start}

    def step(self, state: Mapping, x, g=None, **more) -> tuple[dict, np.ndarray]:
        """One update from point `x` with gradient `g`, both of shape `(d,)` or `(d, *batch)`.

        `more` holds what else the rule asks for: `grad`, a function from points to gradients, or `H`, the
        Hessian of shape `(d, d)` or `(d, d, *batch)`. Returns the new state and the new point; changes
        nothing it was given. A gradient that is not finite is no error: NaN goes its way without a warning.

        Raises `ValueError` if a shape does not fit, or if the hyper-parameters would change the shape of `x`,
        and names the axes to add; `TypeError` if something the rule asks for is missing or is not numbers.
        """
        x = points("x", x)
        shape, lifted = x.shape, x.shape + (1,) * (x.ndim == 1)  # so that one run equals a grid's to the bit
        self._refuse_batch(shape)
        t, letters = self._remembered(state, shape, lifted)
        more = self._asked(more if g is None else {"g": g, **more}, shape, lifted)
        with np.errstate(all="ignore"):
            x, letters = self.advance(t + 1, x.reshape(lifted), more.pop("g", None), letters, more)
        new = {k: np.array(v).reshape(shape) for k, v in zip(self.state_names, letters, strict=True)}
        return {"t": t + 1, **new}, np.array(x).reshape(shape)

    def advance(self, t: int, x, g, letters, more: Mapping) -> tuple[np.ndarray, list]:
        """The bare update, for loops that have checked once: arrays `(d, *batch)`, at least one batch axis.

        The letters come and go as a sequence in the order of `state_names`. What it returns may share memory
        with what it was given; `step` copies.
        """
        given = {"x": read_only(x), "g": g if g is None else read_only(g), "t": StepNumber(t), **more}
        letters = [read_only(v) for v in letters]
        try:
            out = self.update(*(given[n] for n in self.inputs), *letters, **self.at(t))
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise ValueError(f"{self.name} changes what it was given (m *= …): write m = m * …") from error
        out = out if isinstance(out, tuple) else (out,)
        if len(out) != 1 + len(letters) or out[0] is None:
            returned = "None" if out[0] is None else f"{len(out)} of them"
            wanted = ", ".join(("x", *self.state_names))
            raise TypeError(f"{self.name} must return {wanted}: it returns {returned}")
        x, *letters = (self._kept(*kept, x.shape) for kept in zip(("x", *self.state_names), out, strict=True))
        return x, letters

    def _kept(self, name: str, value, shape: tuple) -> np.ndarray:
        """What the rule returned, as an array of the shape of `x`."""
        value = np.asarray(value, float)
        if value.shape == shape:
            return value
        try:
            return np.broadcast_to(value, shape)
        except ValueError:
            given = f"{self.name} gives {name} the shape {value.shape}"
            raise ValueError(f"{given}: must keep the shape {shape} of x") from None

    def _remembered(self, state: Mapping, shape: tuple, lifted: tuple) -> tuple[int, list[np.ndarray]]:
        """The step number and the letters in `state`."""
        names = ("t", *self.state_names)
        if not isinstance(state, Mapping) or any(k not in state for k in names):
            has = f"has {', '.join(state) or 'nothing'}" if isinstance(state, Mapping) else f"is {state!r}"
            raise ValueError(f"state {has}: {self.name} wants {', '.join(names)}, as r.init(x) makes them")
        t = whole("t", state["t"])
        return t, [shaped(k, state[k], shape, "x").reshape(lifted) for k in self.state_names]

    def _asked(self, given: dict, shape: tuple, lifted: tuple) -> dict:
        """What the rule asks for besides x and t, checked, with the batch axis of `lifted`."""
        for name in self.inputs:
            if name not in ("x", "t") and name not in given:
                raise TypeError(f"{self.name} needs {name}: pass {name}=… to step")
        for name in given:
            if name not in ("g", "grad", "H"):
                raise TypeError(f"step got {name}: allowed are g, grad, H")
        more = {k: v for k, v in given.items() if k in self.inputs}
        if "g" in more:
            more["g"] = shaped("g", more["g"], shape, "x").reshape(lifted)
        if "H" in more:
            hessian = shaped("H", more["H"], (shape[0], *shape), "a Hessian")
            more["H"] = read_only(hessian.reshape(shape[0], *lifted))
        if "grad" in more:
            asked = more["grad"]

            def grad(p):
                return read_only(shaped("grad(x)", asked(p.reshape(shape)), shape, "x").reshape(lifted))

            more["grad"] = grad
        return more

    def _refuse_batch(self, shape: tuple[int, ...]) -> None:
        """Raise `ValueError` if the update would change the shape of `x`; say how to lay out `x` instead."""
        mine, batch = self.batch_shape, shape[1:]
        try:
            want, extra, first = np.broadcast_shapes(mine, batch), max(0, len(mine) - len(batch)), ""
        except ValueError:  # axes that clash become the axes of a grid
            want, extra, first = (*mine, *batch), len(mine), self._with_more_axes(len(batch))
        if want != batch:
            extra = max(extra, len(want) - len(batch))
            axes = ", ".join([":", *["None"] * extra, *(["..."] if batch else [])])
            raise ValueError(
                f"{self.name}: its hyper-parameters have shape {mine}, x has shape {shape}. They must "
                f"broadcast against what follows the first axis of x: {first}lay out x as "
                f"np.broadcast_to(x[{axes}], {(shape[0], *want)}), g and the state likewise"
            )

    def _with_more_axes(self, count: int) -> str:
        axes = ", ".join(["...", *["None"] * count])
        return f"make it {', '.join(f'{k}={k}[{axes}]' for k, s in self._shapes.items() if s)}, and "


def rule(function: Callable | None = None, *, start: dict[str, float | str] | None = None):
    """Turn a function whose body is its equations into a class of optimizers.

    `start` gives a state letter another start than zero: a number, or `"x"` for the starting point itself.
    Raises `TypeError` if the function's arguments cannot be a rule's, and says why.

    >>> @rule
    ... def signed(x, g, lr=0.1):
    ...     return x - lr * np.sign(g)
    >>> r = signed(lr=0.5)
    >>> r.step(r.init([1.0, 2.0]), [1.0, 2.0], [0.3, -4.0])[1]
    array([0.5, 2.5])
    """
    if function is None:
        return lambda f: rule(f, start=start)
    inputs, letters, defaults = _sorted_arguments(function)
    starts = dict.fromkeys(letters, 0.0) | (start or {})
    wrong = [s for s in starts.values() if s != "x" and not isinstance(s, int | float)]
    if wrong or set(starts) != set(letters):
        raise TypeError(f'start={start!r}: must give {" or ".join(letters) or "nothing"} a number or "x"')
    body = {
        "name": function.__name__,
        "inputs": inputs,
        "state_names": letters,
        "hyper_names": tuple(defaults),
        "defaults": defaults,
        "starts": starts,
        "update": staticmethod(function),
        "__doc__": function.__doc__,
        "__module__": function.__module__,
    }
    fields = [(k, Any, dataclasses.field(default=v)) for k, v in defaults.items()]
    like = {"bases": (Rule,), "namespace": body, "frozen": True, "eq": False}
    made = dataclasses.make_dataclass(function.__name__, fields, **like)
    made.__qualname__ = function.__qualname__  # so that instances pickle
    made.__module__ = function.__module__
    made.__signature__ = inspect.Signature(
        inspect.Parameter(k, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=v) for k, v in defaults.items()
    )
    function.__doc__ = None  # it is the class's now: examples run once
    return _naming_misspelled(made)


def _sorted_arguments(function: Callable) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]:
    """The arguments of a rule: what it gets, its state, its hyper-parameters with their defaults."""
    arguments = list(inspect.signature(function).parameters.values())
    kinds = [0 if a.name in INPUTS else 1 if a.default is a.empty else 2 for a in arguments]
    taken = {*Rule.__annotations__, *vars(Rule)}
    unfit = [a.name for a in arguments if a.kind in (a.VAR_POSITIONAL, a.VAR_KEYWORD) or a.name in taken]
    if unfit or kinds != sorted(kinds) or "x" not in [a.name for a in arguments]:
        names = ", ".join(str(a) for a in arguments)
        raise TypeError(
            f"{function.__name__}({names}): first comes what a rule gets (x, and any of "
            f"{', '.join(INPUTS[1:])}), then its state, then its hyper-parameters with defaults"
            + (f"; {unfit[0]} cannot be one of them" if unfit else "")
        )
    of_kind = [tuple(a for a, k in zip(arguments, kinds, strict=True) if k == kind) for kind in range(3)]
    inputs, letters = (tuple(a.name for a in some) for some in of_kind[:2])
    return inputs, letters, {a.name: a.default for a in of_kind[2]}


def _naming_misspelled(cls):
    """A misspelled hyper-parameter is answered with its name and what is allowed."""
    plain = cls.__init__

    def __init__(self, *args, **kwargs):
        for name in kwargs:
            if name not in cls.hyper_names:
                allowed = ", ".join(cls.hyper_names) or "none"
                raise TypeError(f"{cls.name}({name}={kwargs[name]!r}): unknown, allowed are {allowed}")
        plain(self, *args, **kwargs)

    cls.__init__ = __init__
    return cls


def _evaluated(name: str, given, t: int) -> np.ndarray:
    """A hyper-parameter at step `t` as a read-only array; `ValueError` or `TypeError` if not allowed."""
    low, high = RANGES.get(name, (-math.inf, math.inf))
    if callable(given):
        name, given = f"{name} at step {t}", given(t)
    value = np.array(numbers(name, given, "a number, an array of numbers, or a schedule"))
    inside(name, value, low, high)
    return read_only(value)


def _plain(value) -> int | float:
    return value.item() if isinstance(value, np.generic | np.ndarray) else value


def _refuse_clash(shapes: dict[str, tuple]) -> None:
    """`ValueError` if the hyper-parameters do not broadcast with each other."""
    try:
        np.broadcast_shapes(*shapes.values())
    except ValueError:
        have = ", ".join(f"{k} has shape {s}" for k, s in shapes.items() if s)
        raise ValueError(
            f"{have}: these do not broadcast. Give each its own axis, as in lr[:, None] and beta[None, :]"
        ) from None


def _same(a, b) -> bool:
    if callable(a) or callable(b):
        return callable(a) and callable(b) and bool(a == b)
    return np.shape(a) == np.shape(b) and bool(np.all(np.asarray(a) == np.asarray(b)))
