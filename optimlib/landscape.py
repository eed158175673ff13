"""What a landscape is: a loss with its gradient and Hessian, and what is known about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Param:
    """A number that shapes a landscape: its default and the range worth exploring."""

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
    minima : known minima as `((x, y), loss)` at the default parameters; the first are global.
    saddles : known saddle points, likewise.
    start : a start that shows something. box : `((x_low, x_high), (y_low, y_high))` worth seeing.
    params : name -> `Param`. at_params : the values in force.
    log : whether the loss is best seen on a logarithmic scale.
    source : where it comes from.
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
    source: str = ""

    def __post_init__(self):
        now = {k: p.default for k, p in self.params.items()} | self.at_params
        object.__setattr__(self, "at_params", now)

    @property
    def d(self) -> int:
        """How many coordinates a point has."""
        return len(self.start)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape that the parameters in force span together; `()` if all are plain numbers."""
        return np.broadcast_shapes(*(np.shape(v) for v in self.at_params.values()), ())

    def at(self, **params: float) -> Landscape:
        """The same landscape with other parameters: `ravine.at(kappa=1000, angle=45)`.

        Raises `TypeError` for an unknown name and `ValueError` for a value that is not finite.
        """
        for name, value in params.items():
            if name not in self.params:
                raise TypeError(f"{self.name}.at({name}={value!r}): unknown, allowed are {', '.join(self.params) or 'none'}")
            if np.asarray(value).dtype.kind not in "iuf" or not np.isfinite(value).all():
                raise ValueError(f"{name}={value!r}: must be a finite number or an array of them")
        return dataclasses.replace(self, at_params=self.at_params | params)

    def value(self, p) -> np.ndarray:
        """The loss at `p`, shape `(d, *batch)` -> `(*batch)`."""
        return self.f(p, **self.at_params)

    def gradient(self, p) -> np.ndarray:
        """The gradient at `p`, shape `(d, *batch)` -> `(d, *batch)`."""
        return self.grad(p, **self.at_params)

    def hessian(self, p) -> np.ndarray:
        """The Hessian at `p`, shape `(d, *batch)` -> `(d, d, *batch)`."""
        return self.hess(p, **self.at_params)
