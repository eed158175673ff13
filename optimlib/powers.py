"""`beta**t` with the same bits everywhere: on every processor, with every C library, and in the browser.

`np.power` and the C library's `pow` miss the last bit now and then (glibc in 8 of 10 000 powers, numpy's
vector code in 5 of 100), and not at the same places. Here a power is carried as a pair hi + lo, about 106
bits, and only the result is rounded. The browser does the same (`explorables/js/numerics.js`).

Source: Dekker 1971, A floating-point technique for extending the available precision, Numer. Math. 18:224.
"""

from __future__ import annotations

import dataclasses

import numpy as np

SPLITTER = 2.0**27 + 1  # cuts a double into two halves whose products are exact
LOW, HIGH = 1e-270, 1e270  # beyond, the halves would under- or overflow
AHEAD = 64  # step t is followed by t + 1: so many are computed at once, in the end
BASES = 64  # so many bases are remembered

Pair = tuple[np.ndarray, np.ndarray]  # hi and lo


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
    if t < 1:
        return np.power(base, t)
    key = base.shape, base.tobytes()
    block = _known.get(key)
    if block is None or not block.first <= t < block.end:
        if len(_known) >= BASES:
            _known.clear()
        with np.errstate(all="ignore"):
            block = _known[key] = _Block.at(base, t, block)
    return block.rounded[t - block.first].copy()


@dataclasses.dataclass(frozen=True)
class _Block:
    """The powers from step `first` on, as pairs and rounded; and `ladder`, as many powers from 1 on."""

    first: int
    ladder: Pair
    pairs: Pair
    rounded: np.ndarray

    @property
    def end(self) -> int:
        return self.first + len(self.rounded)

    @classmethod
    def at(cls, base: np.ndarray, t: int, last: _Block | None) -> _Block:
        """The block that starts at step `t`. If that is where the last one ends it may be twice as long."""
        if last is not None and t == last.end:
            before, ladder = (last.pairs[0][-1], last.pairs[1][-1]), last.ladder
            if len(ladder[0]) < min(AHEAD, 2**15 // (1 + base.size)):
                higher = _times(ladder, (ladder[0][-1], ladder[1][-1]))
                ladder = tuple(np.concatenate(ends) for ends in zip(ladder, higher, strict=True))
        else:
            ladder = base[None], np.zeros_like(base)[None]
            before = _by_squaring(base, t - 1)
        hi, lo = _times(before, ladder)
        fits = (np.abs(hi) > LOW) & (np.abs(hi) < HIGH)
        steps = np.arange(t, t + len(hi)).reshape(-1, *(1,) * base.ndim)
        return cls(t, ladder, (hi, lo), hi if fits.all() else np.where(fits, hi, np.power(base, steps)))


_known: dict[tuple, _Block] = {}  # base -> where it was last asked for


def _by_squaring(base: np.ndarray, t: int) -> Pair:
    square, result = (base, np.zeros_like(base)), (np.ones_like(base), np.zeros_like(base))
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
