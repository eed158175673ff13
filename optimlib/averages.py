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


@rule
def running(x, t, a, beta=0.9):
    r"""The corrected average in one line: go a part :math:`\gamma_t` of the way to the new value.

    A plain mean at first, :math:`\gamma_1 = 1`, an average of fixed memory later, :math:`\gamma_t \to
    1-\beta`. Its values are those of `corrected`, to rounding; it remembers them and nothing else.

    .. math::

        \gamma_t &= \frac{1-\beta}{1-\beta^t} \\
        \hat v_t &= \hat v_{t-1} + \gamma_t\,(x_t - \hat v_{t-1})

    Parameters
    ----------
    beta : in [0, 1), default 0.9
        :math:`\beta`, no unit.

    Examples
    --------
    >>> r = running(beta=0.5)
    >>> state, first = r.step(r.init([40.0]), [40.0])
    >>> first, r.step(state, [20.0])[1].round(3)
    (array([40.]), array([26.667]))
    """
    a = a + (1 - beta) / (1 - beta**t) * (x - a)
    return a, a


AVERAGES = {r.name: r for r in (average, corrected)}


def ewma(x, beta=0.9, correct: bool = False) -> np.ndarray:
    """The moving average of a series after each of its values.

    `x` has shape `(n,)` or `(n, *batch)`: time comes first. `beta` broadcasts against the batch, so
    `ewma(x[:, None], betas)` runs one series with many memories. Returns the shape of `x` with `beta` spread
    over it. With `correct`, the start is corrected. Raises `ValueError` for a `beta` outside [0, 1).

    >>> ewma([1.0, 1.0, 1.0], beta=0.5)
    array([0.5  , 0.75 , 0.875])
    >>> ewma([1.0, 1.0, 1.0], beta=0.5, correct=True)
    array([1., 1., 1.])
    """
    x, beta = _series(x, beta)
    r = (corrected if correct else average)(beta=beta)
    state, out = r.init(np.zeros((1, *x.shape[1:]))), np.empty_like(x)
    for t, value in enumerate(x):
        state, now = r.step(state, value[None])
        out[t] = now[0]
    return out


def weights(beta, n: int, correct: bool = False) -> np.ndarray:
    r"""The weights that the average of `n` values gives them, the newest last; shape `(n, *beta.shape)`.

    They are :math:`(1-\beta)\,\beta^k` for the value `k` steps ago. Their sum is :math:`1-\beta^n`, with
    `correct` 1; what is missing lies on the zero where the average starts.

    >>> weights(0.5, 3)
    array([0.125, 0.25 , 0.5  ])
    """
    beta, n = _beta(beta), whole("n", n)
    powers = np.cumprod(np.stack([np.ones_like(beta), *[beta] * n]), axis=0)
    w = (1 - beta) * powers[:n][::-1]
    return w / (1 - powers[n]) if correct and n else w


def lag(beta, n: int | None = None):
    r"""The mean age, in steps, of what an average of `n` values holds; without `n`, in the long run.

    In the long run it is :math:`\beta/(1-\beta)`: a ramp is followed so many steps late.

    >>> round(lag(0.9), 6)
    9.0
    """
    beta = _beta(beta)
    if n is None:
        return _plain(beta / (1 - beta))
    w = weights(beta, n)
    return _plain(np.tensordot(np.arange(n)[::-1], w, 1) / w.sum(axis=0))


def window(beta):
    r""":math:`1/(1-\beta)`: after so many steps, a value weighs about 1/e of what it weighed at first.

    >>> round(window(0.9), 6)
    10.0
    """
    return _plain(1 / (1 - _beta(beta)))


def like_a_mean_of(beta):
    r""":math:`(1+\beta)/(1-\beta)`: how long a plain mean is that lets as much white noise through.

    >>> round(like_a_mean_of(0.9), 6)
    19.0
    """
    return _plain((1 + _beta(beta)) / (1 - _beta(beta)))


def age(beta, share: float):
    r""":math:`\ln(1-s)/\ln\beta`: how many of the latest values hold the share `s`, in [0, 1), of all weight.

    `share=0.5` gives the half-life.

    >>> round(age(0.9, share=0.5), 2), round(age(0.9, share=0.95), 1)
    (6.58, 28.4)
    """
    inside("share", numbers("share", share), 0.0, 1.0)
    with np.errstate(divide="ignore"):  # without a memory, log(0): the age is 0
        return _plain(np.log1p(-share) / np.log(_beta(beta)))


def roughness(smooth, x) -> float:
    """How rough an average is beside its series: the ratio of their root mean square steps.

    1 is as rough as the series, 0 is flat; NaN if the series is flat itself. Both have shape `(n,)`.

    >>> roughness([0.0, 1.0, 0.0], [0.0, 2.0, 0.0])
    0.5
    """
    moves = [np.square(np.diff(numbers(name, a))).sum() for name, a in (("smooth", smooth), ("x", x))]
    return float(np.sqrt(moves[0] / moves[1])) if moves[1] > 0 else float("nan")


def _beta(beta) -> np.ndarray:
    beta = numbers("beta", beta, "a number or an array of numbers")
    inside("beta", beta, *RANGES["beta"])
    return beta


def _series(x, beta) -> tuple[np.ndarray, np.ndarray]:
    """The series, spread to the batch that it and `beta` make together, and `beta`."""
    x, beta = numbers("x", x), _beta(beta)
    if x.ndim == 0:
        raise ValueError(f"x={x.item()!r}: must be a series, shape (n,) or (n, *batch)")
    try:
        batch = np.broadcast_shapes(x.shape[1:], beta.shape)
    except ValueError:
        batch = None
    if batch is None or len(batch) >= x.ndim:
        raise ValueError(
            f"beta has shape {beta.shape}, x has shape {x.shape}: beta broadcasts against what follows the "
            "first axis of x; give x an axis for it, for example x[:, None]"
        )
    return np.broadcast_to(x, (len(x), *batch)), beta


def _plain(value):
    """A `float` for one number, an array for several."""
    return value if np.ndim(value) else float(value)
