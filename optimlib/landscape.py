"""What a landscape is: a loss with its gradient and Hessian, and what is known about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from optimlib.checks import inside, numbers


@dataclasses.dataclass(frozen=True)
class Param:
    """A number that shapes a landscape: its default and the range worth exploring.

    `log` asks for a logarithmic slider. A parameter whose range lies above zero must be positive.
    """

    default: float
    low: float
    high: float
    log: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Landscape:
    """A loss surface. `f`, `grad` and `hess` take a point `(d, *batch)` and the parameters by keyword.

    Attributes
    ----------
    name : what it is called in `LANDSCAPES` and in the browser.
    f, grad, hess : loss `(*batch)`, gradient `(d, *batch)`, Hessian `(d, d, *batch)`.
    minima : known minima as `((x, y), loss)` at the default parameters, the global ones first.
    saddles : known saddle points, likewise, the lowest first.
    start : a start that shows something.
    box : the part worth seeing, `((x_low, x_high), (y_low, y_high))`.
    params : name -> `Param`.
    at_params : the values in force, numbers or arrays.
    log : whether the loss is best seen on a logarithmic scale.
    about : what to look for, in a sentence or two.
    source : where it comes from.

    Examples
    --------
    >>> from optimlib import landscapes
    >>> landscapes.ravine
    Landscape('ravine', kappa=100.0, angle=30.0)
    >>> flat = landscapes.ravine.at(kappa=1, angle=0)
    >>> flat.value([3.0, 4.0]), flat.gradient([3.0, 4.0])
    (np.float64(12.5), array([3., 4.]))
    """

    name: str
    f: Callable
    grad: Callable
    hess: Callable | None = None
    minima: tuple = ()
    saddles: tuple = ()
    start: tuple[float, ...] = (1.0, 1.0)
    box: tuple = ((-2.0, 2.0), (-2.0, 2.0))
    params: dict[str, Param] = dataclasses.field(default_factory=dict)
    at_params: dict[str, float] = dataclasses.field(default_factory=dict)
    log: bool = True
    about: str = ""
    source: str = ""

    def __post_init__(self):
        now = {k: p.default for k, p in self.params.items()} | self.at_params
        object.__setattr__(self, "at_params", now)

    def __repr__(self) -> str:
        return f"Landscape({', '.join([repr(self.name), *(f'{k}={v}' for k, v in self.at_params.items())])})"

    @property
    def d(self) -> int:
        """How many coordinates a point has."""
        return len(self.start)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape that the parameters in force span together; `()` if all are plain numbers."""
        return np.broadcast_shapes(*(np.shape(v) for v in self.at_params.values()), ())

    def at(self, **params: float | np.ndarray) -> Landscape:
        """The same landscape with other parameters: `ravine.at(kappa=1000, angle=45)`.

        A parameter may be an array: it broadcasts against the batch of the points. Raises `TypeError` for an
        unknown name or what is not a number, `ValueError` for a number that is not allowed.
        """
        for name, value in params.items():
            if name not in self.params:
                allowed = ", ".join(self.params) or "no parameters"
                raise TypeError(f"{self.name}.at({name}={value!r}): unknown, allowed are {allowed}")
            _check(name, value, self.params[name])
        return dataclasses.replace(self, at_params=self.at_params | params)

    def value(self, p) -> np.ndarray:
        """The loss at `p`, shape `(d, *batch)` -> `(*batch)`."""
        return self.f(np.asarray(p, float), **self.at_params)

    def gradient(self, p) -> np.ndarray:
        """The gradient at `p`, shape `(d, *batch)` -> `(d, *batch)`."""
        return self.grad(np.asarray(p, float), **self.at_params)

    def hessian(self, p) -> np.ndarray:
        """The Hessian at `p`, shape `(d, *batch)` -> `(d, d, *batch)`. `TypeError` if it has none."""
        if self.hess is None:
            raise TypeError(f"{self.name} has no Hessian: give Landscape(…, hess=…)")
        return self.hess(np.asarray(p, float), **self.at_params)


def _check(name: str, value, param: Param) -> None:
    array = numbers(name, value, "a number or an array of numbers")
    inside(name, array, -np.inf, np.inf)
    if param.low > 0 and not (array > 0).all():
        raise ValueError(f"{name}={value!r}: must be above 0")
