"""What may be given to the functions of this package, and what is said when something else is."""

from __future__ import annotations

import operator

import numpy as np


def numbers(name: str, value, wanted: str = "an array of numbers") -> np.ndarray:
    """The value as 64-bit floats; `TypeError` for text, None, booleans, complex numbers and ragged lists."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}={value!r}: must be {wanted}")
    return array.astype(float, copy=False)


def inside(name: str, array: np.ndarray, low: float, high: float) -> None:
    """`ValueError` naming the first entry that is not finite or not in [low, high)."""
    good = np.isfinite(array) & (array >= low) & (array < high)
    if not good.all():
        at = tuple(int(i) for i in np.argwhere(~good)[0])
        entry = f"{name}[{', '.join(map(str, at))}]" if at else name
        allowed = "be finite" if low == -np.inf else f"lie in {interval(low, high)}"
        value = repr(array[at].item()).removesuffix(".0")
        raise ValueError(f"{entry}={value}: must {allowed}")


def interval(low: float, high: float) -> str:
    """How a range is written: `[0, 1)` or `[0, ∞)`."""
    return f"[{low:g}, {'∞' if high == np.inf else f'{high:g}'})"


def points(name: str, value, d: int | None = None) -> np.ndarray:
    """The value as points `(d, *batch)`; `ValueError` if it has no coordinates, or not `d` of them."""
    array = numbers(name, value, "an array of numbers, shape (d,) or (d, *batch)")
    if array.ndim == 0:
        raise ValueError(f"{name}={value!r}: coordinates come first, write [{value}] for one alone")
    if d is not None and len(array) != d:
        raise ValueError(f"{name}={value!r}: has shape {array.shape}, must have ({d},) or ({d}, *batch)")
    return array


def shaped(name: str, value, shape: tuple[int, ...], like: str) -> np.ndarray:
    """The value as numbers of exactly this shape."""
    array = numbers(name, value)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}: must have the shape {shape} of {like}")
    return array


def whole(name: str, value) -> int:
    """The value as an `int`; `ValueError` unless it is a whole number, 0 or more."""
    try:
        count = -1 if isinstance(value, bool | np.bool_) else operator.index(value)
    except TypeError:
        count = -1
    if count < 0:
        raise ValueError(f"{name}={value!r}: must be a whole number, 0 or more")
    return count


def read_only(array: np.ndarray) -> np.ndarray:
    """A view that numpy itself protects: whoever writes into it is refused."""
    view = array.view()
    view.flags.writeable = False
    return view
