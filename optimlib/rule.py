"""What makes ten lines of numpy an optimizer: the `rule` decorator.

A rule is written as one function. Its leading arguments say what it gets (`x`, `g`, `t`, and `grad` or `H` if
it asks), the ones without a default are its state, the ones with a default are its hyper-parameters. It
returns the new point, then the new state, in the same order.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import textwrap
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

INPUTS = ("x", "g", "t", "grad", "H")  # what a rule may ask for; every other argument is its own

# What each hyper-parameter of the book may be: lower end, upper end, is the upper end allowed?
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


class StepNumber(int):
    """The step t = 1, 2, …, whose `beta**t` is the same on every processor.

    `np.power` differs in the last bit between processors with and without wide vector units; the C library's
    `pow` is correctly rounded in practice. All else behaves as a plain integer.
    """

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [int(i) if isinstance(i, StepNumber) else i for i in inputs]
        if ufunc is np.power and method == "__call__" and isinstance(inputs[1], StepNumber):
            base = np.asarray(plain[0], float)
            return np.array([math.pow(b, plain[1]) for b in base.ravel().tolist()]).reshape(base.shape)
        return getattr(ufunc, method)(*plain, **kwargs)


class _Source:
    """The code of a rule as it is printed in the book: without decorator and docstring."""

    def __get__(self, obj, cls) -> str:
        lines = textwrap.dedent(inspect.getsource(cls.update)).splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("def "))
        text = "\n".join(lines[start:])
        if cls.update.__doc__:
            quote = text.index('"""')
            text = text[:quote].rstrip() + text[text.index('"""', quote + 3) + 3 :]
        return text


@dataclasses.dataclass(frozen=True, eq=False)
class Rule:
    """An optimizer with its hyper-parameters: a frozen value, made by calling a function under `@rule`.

    Its fields are the hyper-parameters. Its state lives outside, in a dict, so that nothing is hidden:
    `state = r.init(x)`, then `state, x = r.step(state, x, g)`, as often as you like.
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
        fixed = {name: _checked(name, getattr(self, name)) for name in self.hyper_names}
        object.__setattr__(self, "_fixed", {k: v for k, v in fixed.items() if v is not None})

    def __eq__(self, other) -> bool:
        return type(self) is type(other) and all(_same(a, b) for a, b in zip(self._values(), other._values()))

    def __hash__(self):
        return hash((type(self).__name__, repr(self)))

    def _values(self):
        return [getattr(self, name) for name in self.hyper_names]

    def __getstate__(self):
        return dict(zip(self.hyper_names, self._values()))

    def __setstate__(self, values):
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape the hyper-parameters span together: `()` for one run, `(100, 100)` for a grid."""
        return np.broadcast_shapes(*(np.shape(v) for v in self._values() if not callable(v)), ())

    def at(self, t: int) -> dict[str, np.ndarray]:
        """The hyper-parameters at step `t` = 1, 2, …: schedules evaluated, numbers as arrays."""
        if len(self._fixed) == len(self.hyper_names):
            return self._fixed
        now = {k: np.atleast_1d(np.asarray(v(t), float)) for k, v in vars(self).items() if callable(v)}
        return {**self._fixed, **now}

    def init(self, x: np.ndarray) -> dict[str, Any]:
        """The state before the first step at `x`, shape `(d,)` or `(d, *batch)`: `{"t": 0, letters…}`."""
        x = np.asarray(x, float)
        start = {k: x.copy() if s == "x" else np.full_like(x, s) for k, s in self.starts.items()}
        return {"t": 0, **start}

    def step(self, state: dict, x: np.ndarray, g: np.ndarray, **more) -> tuple[dict, np.ndarray]:
        """One update from point `x` with gradient `g`, both of shape `(d,)` or `(d, *batch)`.

        `more` holds what else the rule asks for: `grad`, a function from points to gradients, or `H`, the
        Hessian. Returns the new state and the new point; changes nothing it was given. Raises `ValueError`
        if the update would change the shape of `x`, and names the axes to add.
        """
        x, g = _frozen(x), _frozen(g)
        if x.shape != g.shape:
            raise ValueError(f"g has shape {g.shape}: must have the shape of x, {x.shape}")
        missing = [n for n in self.inputs if n in ("grad", "H") and n not in more]
        if missing:
            raise TypeError(f"{self.name} needs {missing[0]}=…: pass it to step")
        shape = x.shape
        lifted = shape + (1,) * max(0, 2 - len(shape))  # with a batch axis, one run and a grid agree to the bit
        self.refuse_batch(shape)
        letters = tuple(_frozen(state[k]).reshape(lifted) for k in self.state_names)
        if lifted != shape and "grad" in more:
            gradient = more["grad"]
            more = {**more, "grad": lambda p: np.reshape(gradient(p.reshape(shape)), lifted)}
        x, letters = self.advance(state["t"] + 1, x.reshape(lifted), g.reshape(lifted), letters, more)
        if x.shape != lifted:
            raise ValueError(f"{self.name} turned x of shape {lifted} into shape {x.shape}: a rule must keep it")
        new = {k: np.array(v, float).reshape(shape) for k, v in zip(self.state_names, letters)}
        return {"t": state["t"] + 1, **new}, x.reshape(shape)

    def advance(self, t: int, x, g, letters: tuple, more: dict) -> tuple[np.ndarray, tuple]:
        """The bare update, without checks: for loops that have checked once. Arrays are `(d, *batch)`."""
        given = {"x": x, "g": g, "t": StepNumber(t), **more}
        out = self.update(*(given[n] for n in self.inputs), *letters, **self.at(t))
        return (out[0], out[1:]) if isinstance(out, tuple) else (out, ())

    def refuse_batch(self, shape: tuple[int, ...]) -> None:
        """Raise `ValueError` if the hyper-parameters do not broadcast against the batch axes of `x`."""
        batch = self.batch_shape
        try:
            fits = np.broadcast_shapes(batch, shape[1:]) == shape[1:]
        except ValueError:
            fits = False
        if not fits:
            axes = ", ".join([":", *["None"] * len(batch)])
            raise ValueError(
                f"{self.name}: the hyper-parameters have shape {batch}, x has shape {shape}. They broadcast "
                f"against what follows the first axis of x: give x the shape {(*shape[:1], *batch)}, "
                f"for example np.broadcast_to(x[{axes}], {(*shape[:1], *batch)})"
            )


def rule(function: Callable | None = None, *, start: dict[str, float | str] | None = None):
    """Turn a function whose body is its equations into a class of optimizers.

    `start` gives a state letter another start than zero: a number, or `"x"` for the starting point itself.

    >>> @rule
    ... def signed(x, g, lr=0.1):
    ...     return x - lr * np.sign(g)
    >>> r = signed(lr=0.5)
    >>> r.step(r.init([1.0, 2.0]), [1.0, 2.0], [0.3, -4.0])[1]
    array([0.5, 2.5])
    """
    if function is None:
        return lambda f: rule(f, start=start)
    arguments = inspect.signature(function).parameters.values()
    own = [a for a in arguments if a.name not in INPUTS]
    letters = tuple(a.name for a in own if a.default is a.empty)
    defaults = {a.name: a.default for a in own if a.default is not a.empty}
    unknown = set(start or {}) - set(letters)
    if unknown or "t" in letters:
        raise TypeError(f"start of {sorted(unknown)}: must be state of {function.__name__}, one of {letters}")
    body = {
        "name": function.__name__,
        "inputs": tuple(a.name for a in arguments if a.name in INPUTS),
        "state_names": letters,
        "hyper_names": tuple(defaults),
        "defaults": defaults,
        "starts": {k: (start or {}).get(k, 0.0) for k in letters},
        "update": staticmethod(function),
        "__doc__": function.__doc__,
        "__module__": function.__module__,
    }
    fields = [(k, Any, dataclasses.field(default=v)) for k, v in defaults.items()]
    made = dataclasses.make_dataclass(function.__name__, fields, bases=(Rule,), namespace=body, frozen=True, eq=False)
    made.__qualname__ = function.__qualname__  # so that instances pickle
    made.__module__ = function.__module__
    return _naming_misspelled(made)


def _naming_misspelled(cls):
    """A misspelled hyper-parameter is answered with its name and what is allowed."""
    plain = cls.__init__

    def __init__(self, *args, **kwargs):
        for name in kwargs:
            if name not in cls.hyper_names:
                raise TypeError(f"{cls.name}({name}={kwargs[name]!r}): unknown, allowed are {', '.join(cls.hyper_names)}")
        plain(self, *args, **kwargs)

    __init__.__signature__ = inspect.signature(plain)
    cls.__init__ = __init__
    return cls


def _checked(name: str, value) -> np.ndarray | None:
    """The value as an array, or None for a schedule; ValueError or TypeError if it is not allowed."""
    given = f"{name}={value!r}"
    allowed = "must be a number, an array of numbers, or a schedule"
    probe = value(1) if callable(value) else value
    try:
        array = np.asarray(probe)
    except ValueError:
        raise TypeError(f"{given}: {allowed}") from None
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{given}: {allowed}")
    low, high = RANGES.get(name, (-math.inf, math.inf))
    inside = np.isfinite(array) & (array >= low) & (array < high)
    if not inside.all():
        ends = "be finite" if low == -math.inf else f"lie in [{low:g}, {'∞' if high == math.inf else f'{high:g}'})"
        raise ValueError(f"{given}: must {ends}")
    if callable(value):
        return None
    fixed = np.array(array, float, ndmin=1)
    fixed.flags.writeable = False
    return fixed


def _frozen(a) -> np.ndarray:
    """A read-only view: a rule that writes into what it was given is refused by numpy itself."""
    view = np.asarray(a, float).view()
    view.flags.writeable = False
    return view


def _same(a, b) -> bool:
    if callable(a) or callable(b):
        return a == b
    return np.shape(a) == np.shape(b) and bool(np.all(np.asarray(a) == np.asarray(b)))
