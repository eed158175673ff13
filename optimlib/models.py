"""Small models whose gradients are written by hand."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Net:
    """One hidden layer of tanh units under a softmax: `softmax(tanh(x W1 + b1) W2 + b2)`.

    Its parameters are one point of shape `(d, *batch)`, as everywhere in optimlib: the rules need not know
    that it is a net, and a batch of points is a batch of nets that see the same examples.

    >>> net = Net(64, 32, 10)
    >>> net.d
    2410
    >>> net.start(np.random.default_rng(0)).shape
    (2410,)
    """

    inputs: int
    hidden: int
    classes: int

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shapes of W1, b1, W2, b2, in the order in which they lie in a point."""
        return (self.inputs, self.hidden), (1, self.hidden), (self.hidden, self.classes), (1, self.classes)

    @property
    def d(self) -> int:
        """How many parameters it has."""
        return sum(rows * columns for rows, columns in self.shapes)

    def start(self, rng: np.random.Generator) -> np.ndarray:
        """A random point `(d,)`: weights of variance 1 / fan-in, biases zero."""
        scales = self.inputs**-0.5, 0.0, self.hidden**-0.5, 0.0
        parts = zip(self.shapes, scales, strict=True)
        return np.concatenate([(scale * rng.normal(size=shape)).ravel() for shape, scale in parts])

    def loss(self, p: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Mean cross-entropy of the points `p`, `(d, *batch)`, on examples `x, y`: shape `batch`."""
        log_q = self._log_softmax(self._forward(p, x)[1])
        return -log_q[:, np.arange(len(y)), y].mean(axis=1).reshape(p.shape[1:])

    def gradient(self, p: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Gradient of `loss` by back-propagation, shape of `p`."""
        h, z = self._forward(p, x)
        dz = np.exp(self._log_softmax(z))
        dz[:, np.arange(len(y)), y] -= 1
        dz /= len(y)
        w2 = self._parts(p)[2]
        dh = (dz @ w2.swapaxes(1, 2)) * (1 - h * h)
        grads = x.T @ dh, dh.sum(axis=1), h.swapaxes(1, 2) @ dz, dz.sum(axis=1)
        return np.concatenate([g.reshape(len(g), -1) for g in grads], axis=1).T.reshape(p.shape)

    def accuracy(self, p: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Fraction of the examples that are classified correctly: shape `batch`."""
        return (self._forward(p, x)[1].argmax(axis=2) == y).mean(axis=1).reshape(p.shape[1:])

    def _parts(self, p: np.ndarray) -> list[np.ndarray]:
        """W1, b1, W2, b2 of every net in the batch, each `(nets, rows, columns)`."""
        nets = p.reshape(self.d, -1).T
        ends = np.cumsum([rows * columns for rows, columns in self.shapes])
        splits = np.split(nets, ends[:-1], axis=1)
        return [part.reshape(-1, *s) for part, s in zip(splits, self.shapes, strict=True)]

    def _forward(self, p: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Hidden activations `(nets, n, hidden)` and scores `(nets, n, classes)`."""
        w1, b1, w2, b2 = self._parts(p)
        h = np.tanh(x @ w1 + b1)
        return h, h @ w2 + b2

    @staticmethod
    def _log_softmax(z: np.ndarray) -> np.ndarray:
        z = z - z.max(axis=2, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=2, keepdims=True))
