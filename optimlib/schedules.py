"""Learning rates that change with the step: small frozen values, called with t.

The first step is t = 1. A schedule that starts at `lr` gives `lr` there. One that falls to `end` in `steps`
steps arrives once all are taken, at t = steps + 1: no step is spent at zero. (So do PyTorch's schedulers,
which count from 0.) A warm-up gives `lr / steps` at t = 1 and `lr` at t = steps. Any hyper-parameter of a rule
may be a schedule: `rules.adam(lr=schedules.cosine(lr=0.1, steps=100))`.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from optimlib.schedule import Schedule, count, exp, falling, mix, power, rate, swing


class constant(Schedule):
    """`lr` at every step.

    >>> constant(lr=0.1)(7)
    0.1
    """

    lr: float

    def at(self, t):
        return np.full(t.shape, self.lr)


class threshold(Schedule):
    """One drop: `lr` for the steps up to `after`, `end` from then on.

    >>> threshold(lr=0.25, end=0.025, after=20)(np.array([1, 20, 21]))
    array([0.25 , 0.25 , 0.025])
    """

    lr: float
    end: float
    after: int

    def at(self, t):
        return np.where(t <= self.after, self.lr, self.end)


class step(Schedule):
    r"""A drop after `every` steps: :math:`\text{lr} \cdot \text{factor}^{\lfloor (t-1)/\text{every} \rfloor}`.

    >>> step(lr=0.8, every=2, factor=0.5)(np.arange(1, 6))
    array([0.8, 0.8, 0.4, 0.4, 0.2])
    """

    lr: float
    every: int
    factor: float = 0.1

    def at(self, t):
        return self.lr * power(self.factor, np.floor((t - 1) / self.every))


class multi_step(Schedule):
    """A drop by `factor` after each number of steps in `milestones`.

    >>> multi_step(lr=0.8, milestones=(2, 3), factor=0.5)(np.arange(1, 6))
    array([0.8, 0.8, 0.4, 0.2, 0.2])
    """

    lr: float
    milestones: tuple[int, ...]
    factor: float = 0.1

    def at(self, t):
        return self.lr * power(self.factor, np.searchsorted(self.milestones, t - 1, side="right"))


class time_based(Schedule):
    r"""Keras 2's `decay`: :math:`\text{lr} / (1 + \text{rate} \cdot (t-1))`. Half of `lr` after 1/rate steps.

    >>> time_based(lr=0.1, rate=0.01)(101)
    0.05
    """

    lr: float
    rate: float

    def at(self, t):
        return self.lr / (1 + self.rate * (t - 1))


class inverse(Schedule):
    r"""Caffe's `inv` (2014): :math:`\text{lr} \cdot (1 + \text{rate} \cdot (t-1))^{-\text{power}}`.

    >>> inverse(lr=0.1, rate=3, power=0.5)(2)
    0.05
    """

    lr: float
    rate: float
    power: float

    def at(self, t):
        return self.lr * power(1 + self.rate * (t - 1), -self.power)


class exponential(Schedule):
    r""":math:`\text{lr} \cdot e^{-\text{rate} \cdot (t-1)}`. A factor γ per step, as in PyTorch, is rate = -ln γ.

    >>> exponential(lr=0.1, rate=0.5)(1)
    0.1
    """

    lr: float
    rate: float

    def at(self, t):
        return self.lr * exp(-self.rate * (t - 1))


class polynomial(Schedule):
    r"""From `lr` down to `end` in `steps` steps as :math:`(1 - (t-1)/\text{steps})^\text{power}`.

    >>> polynomial(lr=0.4, steps=4)(np.arange(1, 7))
    array([0.4, 0.3, 0.2, 0.1, 0. , 0. ])
    """

    lr: float
    steps: int
    power: float = 1.0
    end: float = 0.0

    def at(self, t):
        left = 1 - np.minimum((t - 1) / self.steps, 1)
        return mix(power(left, self.power), self.lr, self.end)


class cosine(Schedule):
    r"""From `lr` down to `end` in `steps` steps along half a cosine (Loshchilov & Hutter 2017, arXiv 1608.03983).

    :math:`\text{end} + (\text{lr} - \text{end}) \cdot \frac12 (1 + \cos(\pi (t-1)/\text{steps}))`. It stays at
    `end`; PyTorch's rises again.

    >>> cosine(lr=0.2, steps=2)(np.array([1, 2, 3, 9])).round(9)
    array([0.2, 0.1, 0. , 0. ])
    """

    lr: float
    steps: int
    end: float = 0.0

    def at(self, t):
        done = np.minimum((t - 1) / self.steps, 1)
        return swing(done, self.lr, self.end)


class cosine_restarts(Schedule):
    """SGDR: back to `lr` after `steps` steps, each cosine `stretch` times as long (Loshchilov & Hutter 2017).

    >>> cosine_restarts(lr=0.2, steps=2, stretch=2)(np.array([1, 2, 3, 5, 7])).round(9)
    array([0.2, 0.1, 0.2, 0.1, 0.2])
    """

    lr: float
    steps: int
    stretch: int = 1
    end: float = 0.0

    def at(self, t):
        taken, length = t - 1, np.full(t.shape, float(self.steps))
        if self.stretch == 1:
            taken = np.mod(taken, self.steps)
        while (taken >= length).any():
            over = taken >= length
            taken = np.where(over, taken - length, taken)
            length = np.where(over, length * self.stretch, length)
        return swing(taken / length, self.lr, self.end)


class linear_warmup(Schedule):
    r"""Up to `lr` in `steps` steps, then level: :math:`\text{lr} \min(1, t/\text{steps})` (Goyal et al. 2017).

    >>> linear_warmup(lr=0.4, steps=4)(np.arange(1, 7))
    array([0.1, 0.2, 0.3, 0.4, 0.4, 0.4])
    """

    lr: float
    steps: int

    def at(self, t):
        return self.lr * np.minimum(1, t / self.steps)


class triangular(Schedule):
    """Cyclical: from `low` up to `lr` in `half` steps, down again in as many, and so on (Smith 2017, arXiv 1506.01186).

    `low` at t = 1 and at t = 1 + 2 half, `lr` at t = 1 + half.

    >>> triangular(lr=0.3, low=0.1, half=2)(np.arange(1, 7))
    array([0.1, 0.2, 0.3, 0.2, 0.1, 0.2])
    """

    lr: float
    low: float
    half: int

    def at(self, t):
        return mix(1 - np.abs(np.mod(t - 1, 2 * self.half) / self.half - 1), self.lr, self.low)


class one_cycle(Schedule):
    """Once up and once down, along cosines (Smith & Topin 2018, arXiv 1708.07120, as PyTorch does it).

    `lr / div` at t = 1, `lr` at t = rise * steps, `lr / div / final_div` at t = steps and after.

    >>> one_cycle(lr=1.0, steps=10, rise=0.5, div=25, final_div=1e4)(np.array([1, 3, 5, 10]))
    array([4.0e-02, 5.2e-01, 1.0e+00, 4.0e-06])
    """

    lr: float
    steps: int
    rise: float = 0.3
    div: float = 25.0
    final_div: float = 1e4

    def __post_init__(self):
        super().__post_init__()
        if not 1 < self.rise * self.steps < self.steps:
            raise ValueError(f"rise={self.rise!r}: must be more than one step of {self.steps}")

    def at(self, t):
        top = self.rise * self.steps - 1  # steps taken when the peak is reached
        up = np.minimum((t - 1) / top, 1)
        down = np.clip((t - 1 - top) / (self.steps - 1 - top), 0, 1)
        first = self.lr / self.div
        return np.where(t - 1 <= top, swing(up, first, self.lr), swing(down, self.lr, first / self.final_div))


class warmup_stable_decay(Schedule):
    """Up to `lr` in `warmup` steps, level, down to `end` in the last `decay` of `steps`.

    `lr / warmup` at t = 1, `lr` from t = warmup to t = steps - decay + 1, `end` once all steps are taken.
    Hu et al. 2024, arXiv 2404.06395.

    >>> warmup_stable_decay(lr=0.4, steps=8, warmup=2, decay=4)(np.arange(1, 10))
    array([0.2, 0.4, 0.4, 0.4, 0.4, 0.3, 0.2, 0.1, 0. ])
    """

    lr: float
    steps: int
    warmup: int
    decay: int
    end: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        if self.warmup + self.decay > self.steps:
            raise ValueError(f"warmup={self.warmup}, decay={self.decay}: must fit into steps={self.steps}")

    def at(self, t):
        down = np.clip((t - 1 - (self.steps - self.decay)) / self.decay, 0, 1)
        return np.where(t < self.warmup, self.lr * (t / self.warmup), mix(1 - down, self.lr, self.end))


class piecewise_linear(Schedule):
    """Straight lines through `points`, each `(t, value)`; level before the first and after the last.

    Two points at the same t make a jump; at that t the value is the earlier one.

    >>> piecewise_linear(points=((1, 0.0), (3, 0.2), (5, 0.1)))(np.arange(1, 7))
    array([0.  , 0.1 , 0.2 , 0.15, 0.1 , 0.1 ])
    """

    points: tuple[tuple[float, float], ...]

    def at(self, t):
        ts, values = np.array(self.points).T
        right = np.clip(np.searchsorted(ts, t), 1, len(ts) - 1)
        (t0, y0), (t1, y1) = (ts[right - 1], values[right - 1]), (ts[right], values[right])
        line = y0 + (t - t0) / np.where(t1 > t0, t1 - t0, 1) * (y1 - y0)
        return np.where(t <= t0, y0, np.where(t >= t1, y1, line))


class join(Schedule):
    """One after the other: `parts` are `(schedule, steps)`, each counting from 1; the last one goes on.

    >>> warm, fall = linear_warmup(lr=0.4, steps=2), step(lr=0.4, every=1, factor=0.5)
    >>> join(parts=((warm, 2), (fall, 3)))(np.arange(1, 6))
    array([0.2, 0.4, 0.4, 0.2, 0.1])
    """

    parts: tuple[tuple[Schedule, int], ...]

    def at(self, t):
        value, before = 0.0, 0
        for schedule, length in self.parts:
            value = np.where(t > before, schedule.at(np.maximum(t - before, 1)), value)
            before += length
        return value


@dataclasses.dataclass
class Plateau:
    """A rate that falls by `factor` when the loss has not improved for `patience` reports; not below `floor`.

    It is told losses, not steps. `done` is true once patience has run out at the floor: time to stop. NaN is no
    improvement. (PyTorch's `ReduceLROnPlateau` waits for one report more.)

    Parameters
    ----------
    lr : in [0, ∞)
        The rate to start with.
    patience : whole, 1 or more
        So many reports in a row without improvement bring the rate down.
    factor : in [0, 1), default 0.5
        What is left of the rate then.
    floor : in [0, ∞), default lr / 1024
        The lowest rate: ten halvings by default.

    Examples
    --------
    >>> plateau = Plateau(lr=1.0, patience=2)
    >>> [plateau.update(loss) for loss in (5.0, 4.0, 4.0, 4.5, 4.0, 4.0, 3.0)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    lr: float
    patience: int
    factor: float = 0.5
    floor: float | None = None
    best: float = dataclasses.field(default=math.inf, init=False)
    waited: int = dataclasses.field(default=0, init=False)
    done: bool = dataclasses.field(default=False, init=False)

    def __post_init__(self):
        self.lr = rate("lr", self.lr)
        self.floor = self.lr / 1024 if self.floor is None else rate("floor", self.floor)
        self.patience, self.factor = count("patience", self.patience), falling("factor", self.factor)

    def update(self, loss: float) -> float:
        """Report a loss; returns the rate to go on with."""
        self.best, self.waited = (loss, 0) if loss < self.best else (self.best, self.waited + 1)
        if self.waited >= self.patience:
            self.done = self.lr <= self.floor
            self.lr, self.waited = max(self.lr * self.factor, min(self.floor, self.lr)), 0
        return self.lr


SCHEDULES: dict[str, type[Schedule]] = {s.__name__: s for s in Schedule.__subclasses__()}
