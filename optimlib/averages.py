r"""Exponentially weighted moving averages: the memory that momentum, RMSProp and Adam are made of.

An average is a rule whose `x` is a value of the series, not a point: value in, average out, and `v` is what
it remembers. So the browser runs these very lines, as it runs those of an optimizer.
"""

from __future__ import annotations

import numpy as np

from optimlib.checks import inside, numbers, whole
from optimlib.rule import RANGES, rule


@rule
def average(x, v, beta=0.9):
    r"""The plain average: keep a share :math:`\beta` of the memory, fill up with the new value.

    It starts at 0, and so it is too small at first (for positive values): see `corrected`.

    .. math:: v_t = \beta v_{t-1} + (1-\beta)\, x_t

    Parameters
    ----------
    beta : in [0, 1), default 0.9
        :math:`\beta`, no unit: 0 remembers nothing, 0.9 about ten values, 0.99 about a hundred.

    Examples
    --------
    >>> r = average(beta=0.9)
    >>> state, smooth = r.step(r.init([40.0]), [40.0])
    >>> smooth.round(6)
    array([4.])
    """
    v = beta * v + (1 - beta) * x
    return v, v


@rule
def corrected(x, t, v, beta=0.9):
    r"""The average divided by the weight it has collected so far, so that it starts where the series starts.

    What is remembered stays uncorrected: the division comes after, when the average is read.

    .. math::

        v_t &= \beta v_{t-1} + (1-\beta)\, x_t \\
        \hat v_t &= \frac{v_t}{1-\beta^t}

    Parameters
    ----------
    beta : in [0, 1), default 0.9
        :math:`\beta`, no unit.

    Examples
    --------
    >>> r = corrected(beta=0.9)
    >>> state, smooth = r.step(r.init([40.0]), [40.0])
    >>> smooth.round(6)
    array([40.])

    References
    ----------
    Kingma & Ba 2015, ICLR, arXiv 1412.6980, section 3.
    """
    v = beta * v + (1 - beta) * x
    return v / (1 - beta**t), v


AVERAGES = {r.name: r for r in (average, corrected)}


def ewma(x, beta: float = 0.9, correct: bool = False) -> np.ndarray:
    """The moving average of a series after each of its values.

    `x` has shape `(n,)` or `(n, *batch)`: time comes first. Returns the same shape. With `correct`, the
    start is corrected. Raises `ValueError` for a `beta` outside [0, 1).

    >>> ewma([1.0, 1.0, 1.0], beta=0.5)
    array([0.5  , 0.75 , 0.875])
    >>> ewma([1.0, 1.0, 1.0], beta=0.5, correct=True)
    array([1., 1., 1.])
    """
    x = numbers("x", x)
    if x.ndim == 0:
        raise ValueError(f"x={x.item()!r}: must be a series, shape (n,) or (n, *batch)")
    r = (corrected if correct else average)(beta=beta)
    state, out = r.init(np.zeros((1, *x.shape[1:]))), np.empty_like(x)
    for t, value in enumerate(x):
        state, now = r.step(state, value[None])
        out[t] = now[0]
    return out


def weights(beta: float, n: int, correct: bool = False) -> np.ndarray:
    r"""The weights that the average of `n` values gives them, shape `(n,)`, the newest last.

    They are :math:`(1-\beta)\,\beta^k` for the value `k` steps ago. Their sum is :math:`1-\beta^n`, with
    `correct` 1; what is missing lies on the zero where the average starts.

    >>> weights(0.5, 3)
    array([0.125, 0.25 , 0.5  ])
    """
    beta, n = _beta(beta), whole("n", n)
    powers = np.cumprod([1.0, *[beta] * n])
    w = (1 - beta) * powers[:n][::-1]
    return w / (1 - powers[n]) if correct and n else w


def lag(beta: float, n: int | None = None) -> float:
    r"""The mean age, in steps, of what an average of `n` values holds; without `n`, in the long run.

    In the long run it is :math:`\beta/(1-\beta)`: a ramp is followed so many steps late.

    >>> round(lag(0.9), 6)
    9.0
    """
    beta = _beta(beta)
    if n is None:
        return beta / (1 - beta)
    w = weights(beta, n)
    return float((w * np.arange(n)[::-1]).sum() / w.sum())


def roughness(smooth, x) -> float:
    """How rough an average is beside its series: the ratio of their root mean square steps.

    1 is as rough as the series, 0 is flat; NaN if the series is flat itself. Both have shape `(n,)`.

    >>> roughness([0.0, 1.0, 0.0], [0.0, 2.0, 0.0])
    0.5
    """
    moves = [np.square(np.diff(numbers(name, a))).sum() for name, a in (("smooth", smooth), ("x", x))]
    return float(np.sqrt(moves[0] / moves[1])) if moves[1] > 0 else float("nan")


def _beta(beta) -> float:
    inside("beta", numbers("beta", beta), *RANGES["beta"])
    return float(beta)
