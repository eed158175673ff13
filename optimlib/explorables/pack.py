"""Many curves in little space: each number in 16 bits, on a linear or a logarithmic scale, as base64.

What the browser unpacks (`js/unpack.js`) and what `unpack` gives in Python are the same numbers.
"""

from __future__ import annotations

import base64
import math

import numpy as np

TOP = 65533  # codes 0 … TOP are values, evenly spaced from low to high
BELOW, MISSING = 65534, 65535  # on a log scale: zero or less; and what is not finite


def scale(values: np.ndarray, log: bool) -> dict:
    """Bounds for these values, rounded outwards so that the last bit of a value does not move them.

    On a log scale they are the decimal logarithms of the bounds.
    """
    good = values[np.isfinite(values) & ((values > 0) | (not log))]
    good = np.log10(good) if log else good
    low, high = (float(good.min()), float(good.max())) if len(good) else (0.0, 1.0)
    if high - low <= 1e-6 * max(abs(low), abs(high)):  # all alike: room above and below
        low, high = low - 0.01 * max(abs(low), 1.0), high + 0.01 * max(abs(high), 1.0)
    grain = 10.0 ** (math.floor(math.log10(high - low)) - 2)
    low, high = math.floor(low / grain - 0.01) * grain, math.ceil(high / grain + 0.01) * grain
    return {"log": log, "low": float(f"{low:.9g}"), "high": float(f"{high:.9g}")}


def codes(values: np.ndarray, on: dict) -> np.ndarray:
    """Values as codes on a scale; what lies beyond its bounds gets the nearest one."""
    values = np.asarray(values, float)
    finite = np.isfinite(values)
    below = finite & (values <= 0) & on["log"]
    place = np.log10(np.where(finite & ~below, values, 1)) if on["log"] else np.where(finite, values, 0)
    share = (place - on["low"]) / (on["high"] - on["low"])
    found = np.rint(np.clip(share, 0, 1) * TOP).astype(np.uint16)
    return np.where(finite, np.where(below, BELOW, found), MISSING).astype("<u2")


def values(found: np.ndarray, on: dict) -> np.ndarray:
    """The values that codes stand for; NaN for what was not finite, 0 for zero or less on a log scale."""
    place = on["low"] + (on["high"] - on["low"]) * (found.astype(float) / TOP)
    out = 10.0**place if on["log"] else place
    return np.where(found == MISSING, np.nan, np.where(found == BELOW, 0.0, out))


def to_text(found: np.ndarray) -> str:
    """Codes as base64, two bytes each, the small one first."""
    return base64.b64encode(found.astype("<u2").tobytes()).decode()


def from_text(text: str) -> np.ndarray:
    """Codes from base64."""
    return np.frombuffer(base64.b64decode(text), "<u2")
