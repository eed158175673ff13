"""Training on mini-batches: the loop around a rule when the gradient comes from data."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from optimlib.data import Split
from optimlib.models import Net
from optimlib.rule import Rule


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """What a training left behind; a loss is NaN where it diverged.

    Attributes
    ----------
    x : the final point, shape `(d, *batch)`.
    loss : loss there on the whole training part, shape `batch`.
    at : the steps after which the loss was looked at on the way, if `every` asked for it; else empty.
    seen : the losses on the whole training part at these steps, shape `(len(at), *batch)`.
    """

    x: np.ndarray
    loss: np.ndarray
    at: np.ndarray
    seen: np.ndarray


def train(rule: Rule, net: Net, data: Split, steps: int, batch_size: int, rng, every: int | None = None) -> Run:
    """Train `net` with `rule` for `steps` steps on mini-batches of `batch_size` examples.

    `rng`, a `Generator` or a seed, draws the start and the order of the examples. A grid of hyper-parameters
    trains as a batch of nets that share both, so that they differ in nothing else. `every` asks for the
    training loss at the start and after every so many steps. Divergence is a result: NaN, no warning.

    >>> from optimlib import rules
    >>> from optimlib.data import digits
    >>> run = train(rules.sgd(lr=[0.5, 100.0]), Net(64, 16, 10), digits(), steps=100, batch_size=32, rng=0)
    >>> bool(run.loss[0] < 0.5 < np.log(10) < run.loss[1])  # log 10: as good as guessing
    True

    >>> run = train(rules.sgd(lr=0.5), Net(64, 16, 10), digits(), steps=100, batch_size=32, rng=0, every=50)
    >>> run.at.tolist(), bool((np.diff(run.seen) < 0).all()), bool(run.seen[-1] == run.loss)
    ([0, 50, 100], True, True)
    """
    rng = np.random.default_rng(rng)
    x = net.start(rng)[:, *([None] * len(rule.batch_shape))]
    x = np.array(np.broadcast_to(x, (net.d, *rule.batch_shape)), order="F")  # so that nets are contiguous
    state = rule.init(x)
    batches = mini_batches(len(data.y), batch_size, rng)
    at = np.arange(0, steps + 1, every) if every else np.empty(0, int)
    seen = np.empty((len(at), *rule.batch_shape))
    with np.errstate(all="ignore"):
        for t in range(steps + 1):
            if every and t % every == 0:
                seen[t // every] = net.loss(x, data.x, data.y)
            if t < steps:
                i = next(batches)
                state, x = rule.step(state, x, net.gradient(x, data.x[i], data.y[i]))
        loss = net.loss(x, data.x, data.y)
    return Run(x, _finite(loss), at, _finite(seen))


def _finite(loss: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(loss), loss, np.nan)


def mini_batches(n: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Indices of one mini-batch after another, for ever: shuffled anew when all `n` have had their turn.

    A mini-batch may straddle two shuffles, so that all have the same size and none is left out.

    >>> batches = mini_batches(4, 3, np.random.default_rng(0))
    >>> seen = np.concatenate([next(batches) for _ in range(4)])
    >>> np.bincount(seen).tolist()
    [3, 3, 3, 3]
    """
    if not 1 <= batch_size <= n:
        raise ValueError(f"batch_size={batch_size!r}: must lie between 1 and the {n} examples there are")
    waiting = np.empty(0, int)
    while True:
        if len(waiting) < batch_size:
            waiting = np.concatenate([waiting, rng.permutation(n)])
        yield waiting[:batch_size]
        waiting = waiting[batch_size:]
