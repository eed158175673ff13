"""`beta**t` with the same bits everywhere: on every processor, with every C library, and in the browser.

`np.power` and the C library's `pow` miss the last bit now and then (glibc in 8 of 10 000 powers, numpy's
vector code in 5 of 100), and not at the same places. Here a power is carried as a pair hi + lo, about 106
bits, and only the result is rounded. The browser does the same (`explorables/js/numerics.js`).

Source: Dekker 1971, A floating-point technique for extending the available precision, Numer. Math. 18:224.
"""

from __future__ import annotations

import numpy as np

SPLITTER = 2.0**27 + 1  # cuts a double into two halves whose products are exact
LOW, HIGH = 1e-270, 1e270  # beyond, the halves would under- or overflow
FEW = 8  # up to so many numbers, Python's floats are faster than numpy's arrays

Pair = tuple  # hi and lo: floats, or arrays of one shape
_latest: dict[float | bytes, tuple[int, Pair]] = {}  # base -> its last t and power: one product more is next


class StepNumber(int):
    """The step t = 1, 2, …, whose `beta**t` is correctly rounded. All else is as with a plain integer.

    >>> np.array([0.5, 0.9]) ** StepNumber(3)
    array([0.125, 0.729])
    """

    def __add__(self, other):
        return StepNumber(int(self) + other) if isinstance(other, int) else super().__add__(other)

    def __sub__(self, other):
        return StepNumber(int(self) - other) if isinstance(other, int) else super().__sub__(other)

    __radd__ = __add__

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc is np.power and method == "__call__" and not kwargs and isinstance(inputs[1], StepNumber):
            return power(np.asarray(inputs[0], float), int(inputs[1]))
        plain = (int(i) if isinstance(i, StepNumber) else i for i in inputs)
        return getattr(ufunc, method)(*plain, **kwargs)


def power(base: np.ndarray, t: int) -> np.ndarray:
    """Every number in `base` to the power of `t`, correctly rounded for results between 1e-270 and 1e270.

    >>> power(np.array([0.9, 0.999]), 1000)
    array([1.74787125e-46, 3.67695425e-01])
    """
    if base.size <= FEW:
        return np.array([_power(b, t) for b in base.ravel().tolist()]).reshape(base.shape)
    with np.errstate(all="ignore"):
        result = _carried(base.tobytes(), base, t)
        fits = (np.abs(result) > LOW) & (np.abs(result) < HIGH)
        return result if fits.all() else np.where(fits, result, np.power(base, t))


def _power(base: float, t: int) -> float:
    result = _carried(base, base, t)
    if LOW < abs(result) < HIGH:
        return result
    with np.errstate(all="ignore"):
        return float(np.power(base, t))


def _carried(key, base, t: int):
    """`base**t`, in range or not; `key` is what its last power is remembered by."""
    known, pair = _latest.get(key, (0, (1.0, 0.0)))
    if known == t - 1:
        pair = _times(pair, (base, 0.0))
    elif known != t:
        pair = _by_squaring((base, 0.0), t)
    if len(_latest) > 1000:
        _latest.clear()
    _latest[key] = t, pair
    return pair[0]


def _by_squaring(square: Pair, t: int) -> Pair:
    result = (1.0, 0.0)
    for n in range(t.bit_length()):
        if t >> n & 1:
            result = _times(result, square)
        square = _times(square, square)
    return result


def _times(a: Pair, b: Pair) -> Pair:
    """The product of two pairs."""
    (a_hi, a_lo), (b_hi, b_lo) = a, b
    p = a_hi * b_hi
    e = _product_error(a_hi, b_hi, p) + (a_hi * b_lo + a_lo * b_hi)
    hi = p + e
    return hi, e - (hi - p)


def _product_error(a, b, p):
    """What rounding took from the product p = a * b, exactly."""
    ta, tb = SPLITTER * a, SPLITTER * b
    a1, b1 = ta - (ta - a), tb - (tb - b)
    a2, b2 = a - a1, b - b1
    return ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2
