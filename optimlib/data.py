"""Real data, shipped with the package: nothing is downloaded."""

from __future__ import annotations

import dataclasses
import functools
from importlib import resources

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Inputs `x` of shape `(n, features)` and labels `y` of shape `(n,)`, in a training and a test part."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def __repr__(self) -> str:
        n, features = self.x.shape
        return f"Split({n} to train on, {len(self.y_test)} to test on, {features} features)"


@functools.cache
def digits() -> Split:
    """Handwritten digits, 8 × 8 pixels scaled to [0, 1], labels 0 to 9: 1437 to train on, 360 to test on.

    The split is always the same, drawn once with seed 0. Source: Alpaydin & Kaynak 1998, UCI Machine Learning
    Repository (CC BY 4.0); see `optimlib/datasets/README.md`.

    >>> digits()
    Split(1437 to train on, 360 to test on, 64 features)
    """
    with (
        resources.files("optimlib").joinpath("datasets/digits.npz").open("rb") as file,
        np.load(file) as stored,
    ):
        images, labels = stored["images"] / 16.0, stored["labels"].astype(int)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:1437], order[1437:]
    parts = images[train], labels[train], images[test], labels[test]
    for part in parts:
        part.flags.writeable = False
    return Split(*parts)
