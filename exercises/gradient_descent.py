"""Checkers for the exercises of the chapter on gradient descent.

Each returns a `Verdict` and never raises. A wrong answer is compared with the mistakes people make here, so
that the message can name the flaw instead of saying "wrong".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exercises.verdict import Unanswered, Wrong, checker, compare
from optimlib import landscapes

__all__ = ["accumulate", "backtrack", "compare", "critical"]


# --- 1. the same gradient in less memory ----------------------------------------------------------------


@checker
def accumulate(answer) -> str:
    """The mean gradient over `n` examples from batches of at most `size`."""
    rng = np.random.default_rng(1)
    for n, size in ((12, 4), (10, 4), (5, 8)):
        each = rng.normal(size=(n, 3)) + 1.0
        asked: list[np.ndarray] = []
        mine = _array(answer(_memory(each, size, asked), n, size), (3,))
        _all_asked(asked, n)
        for wrong, message in _SUM_MISTAKES:
            if np.allclose(mine, wrong(asked, each, size)) and not np.allclose(mine, each.mean(axis=0)):
                raise Wrong(message)
        if not np.allclose(mine, each.mean(axis=0)):
            expected = each.mean(axis=0)[0]
            raise Wrong(f"for n = {n}, size = {size} g[0] should be {expected:.3f}, yours is {mine[0]:.3f}")
    return "every example weighs 1/n, however the batches are cut"


def _memory(each: np.ndarray, size: int, asked: list[np.ndarray]) -> Callable:
    """What the learner's function gets: the mean gradient over the examples it asks for."""

    def gradient(i):
        i = np.asarray(i)
        if i.dtype == bool:
            i = np.flatnonzero(i)
        i = np.atleast_1d(i)
        if not len(i):
            raise Wrong("you asked for the gradient of no examples at all: one of your batches is empty")
        if len(i) > size:
            raise Wrong(f"you asked for {len(i)} examples at once, and the memory holds {size}")
        if i.min() < 0 or i.max() >= len(each):
            raise Wrong(f"you asked for example {i.max()}: they are numbered 0 to {len(each) - 1}")
        asked.append(i)
        return each[i].mean(axis=0)

    return gradient


def _all_asked(asked: list[np.ndarray], n: int) -> None:
    counts = np.bincount(np.concatenate(asked), minlength=n) if asked else np.zeros(n)
    if (missing := np.flatnonzero(counts == 0)).size:
        names = ", ".join(map(str, missing[:3]))
        raise Wrong(f"of {n} examples you never asked for {names}. Is the last, shorter batch left out?")
    if (counts > 1).any():
        raise Wrong(f"you asked for example {counts.argmax()} more than once")


_SUM_MISTAKES = (
    (lambda asked, each, size: np.mean([each[i].mean(axis=0) for i in asked], axis=0),
     "this is the mean of the batch means. The last batch is shorter, and its examples now count for more. "
     "Weigh each batch by the number of its examples"),
    (lambda asked, each, size: sum(each[i].mean(axis=0) for i in asked),
     "this is the sum of the batch means: as many times too long as there are batches"),
    (lambda asked, each, size: each.sum(axis=0), "this is the sum over all examples: divide it by n"),
    (lambda asked, each, size: sum(each[i].mean(axis=0) for i in asked) * size / len(each),
     "you weigh every batch by size, but the last one holds fewer examples: use len(i)"),
    (lambda asked, each, size: each.sum(axis=0) / len(asked),
     "you divided by the number of batches; divide by n"),
    (lambda asked, each, size: each[asked[-1]].mean(axis=0),
     "this is the gradient of the last batch: every batch overwrites the one before"),
)  # fmt: skip


# --- 2. where noise and signal weigh the same -----------------------------------------------------------


@checker
def critical(answer) -> str:
    """The batch size at which the variance of the mean gradient equals its squared length."""
    said, true, wrongs = [], [], []
    for seed, scale in enumerate((1.0, 0.3, 0.1)):
        rng = np.random.default_rng(seed)
        g = scale * rng.normal(size=5) + rng.normal(size=(2000, 5)) * [0.1, 0.3, 0.5, 0.7, 0.2]
        said.append(_number(answer(g.copy())))
        true.append(_noise_scale(g))
        wrongs.append([wrong(g) for wrong, _ in _SCALE_MISTAKES])
    if np.allclose(said, true, rtol=0.01):
        return "noise over signal: " + ", ".join(f"{s:.2g}" for s in said) + " on three sets of gradients"
    for k, (_, message) in enumerate(_SCALE_MISTAKES):
        if np.allclose(said, [w[k] for w in wrongs], rtol=0.01):
            raise Wrong(message)
    raise Wrong(f"for the first set it should be {true[0]:.3g}, yours is {said[0]:.3g}. What is the variance "
                "of a mean over B examples, added up over the coordinates?")  # fmt: skip


def _noise_scale(g: np.ndarray) -> float:
    return g.var(axis=0).sum() / (g.mean(axis=0) ** 2).sum()


_SCALE_MISTAKES = (
    (lambda g: 1 / _noise_scale(g), "upside down: noise belongs above, signal below"),
    (lambda g: np.sqrt(_noise_scale(g)), "this is the ratio of lengths; variances go with squared lengths"),
    (lambda g: g.std(axis=0).sum() / (g.mean(axis=0) ** 2).sum(),
     "you used standard deviations: square them"),
    (lambda g: _noise_scale(g) + 1,
     "you took the mean of the squares and did not subtract the square of the mean: signal counts as noise"),
    (lambda g: g.var(axis=0).mean() / (g.mean(axis=0) ** 2).sum(),
     "you averaged the variances of the coordinates; the noise of a vector is their sum"),
    (lambda g: (g.var(axis=0) / g.mean(axis=0) ** 2).sum(),
     "you divided coordinate by coordinate. Add up the noise and the signal first, then divide"),
    (lambda g: (g.var(axis=0) / g.mean(axis=0) ** 2).mean(),
     "you divided coordinate by coordinate. Add up the noise and the signal first, then divide"),
    (lambda g: np.linalg.norm(g, axis=1).var() / (g.mean(axis=0) ** 2).sum(),
     "this is the variance of the lengths; two gradients of one length can point in opposite directions"),
    (lambda g: g.var() / (g.mean() ** 2),
     "np.var and np.mean without an axis mix the coordinates: use axis=0"),
    (lambda g: g.var(axis=0).sum() / np.sqrt((g.mean(axis=0) ** 2).sum()),
     "the length of the mean gradient enters squared"),
    (lambda g: g.var(axis=0).sum() / (g**2).sum(axis=1).mean(),
     "below belongs the square of the mean gradient, not the mean of the squares"),
)  # fmt: skip


# --- 3. let the loss decide the length --------------------------------------------------------------------


@checker
def backtrack(answer) -> str:
    """Halve lr until the step has earned half of what the slope promised."""
    tests = [(landscapes.ravine.at(kappa=k, angle=a), x) for k, a, x in
             ((1.0, 0.0, (1.0, 0.5)), (10.0, 30.0, (-1.0, 0.8)), (100.0, 30.0, (1.5, 0.9)))]  # fmt: skip
    tests += [(landscapes.rosenbrock, (-1.2, 1.0)), (landscapes.beale, (0.6, 1.3))]
    rows = []
    for land, start in tests:
        for first in (8.0, 0.4, 0.001):
            x = np.array(start)
            given = (land.value, x, land.gradient(x), first)
            look = _downhill(*given[:3])
            rows.append((_rate(answer(look, x.copy(), given[2].copy(), first), x), given))
    right = [_halve(*given) for _, given in rows]
    said = [row[0] for row in rows]
    if not np.allclose(said, right):
        _name_the_flaw(said, right, rows)
    worse = sum(f(x - lr * g) > f(x) for _, (f, x, g, lr) in rows)
    return f"{worse} of the {len(rows)} rates you were given lead uphill; with yours every step goes down"


def _downhill(f: Callable, x: np.ndarray, g: np.ndarray) -> Callable:
    """The loss as the learner gets it: looking uphill is refused."""

    def look(point):
        if (np.asarray(point) - x) @ g > 0:
            raise Wrong("the sign: you look uphill, at x + lr * g")
        return f(point)

    return look


def _enough(f, x, g, lr: float) -> bool:
    return bool(f(x - lr * g) <= f(x) - lr / 2 * (g @ g))


def _halve(f, x, g, lr: float, enough: Callable = _enough) -> float:
    with np.errstate(all="ignore"):
        for _ in range(200):
            if enough(f, x, g, lr):
                return lr
            lr = lr / 2
    return lr


def _name_the_flaw(said: list, right: list, rows: list) -> None:
    for wrong, message in _HALVING_MISTAKES:
        if np.allclose(said, [wrong(*given) for _, given in rows], atol=1e-6):
            raise Wrong(message)
    k = int(np.flatnonzero(~np.isclose(said, right))[0])
    raise Wrong(f"from lr = {rows[k][1][3]:g} it should come down to {right[k]:.4g} on test {k // 3 + 1}; "
                f"yours comes to {said[k]:.4g}")  # fmt: skip


def _with(enough: Callable) -> Callable:
    return lambda f, x, g, lr: _halve(f, x, g, lr, enough)


_HALVING_MISTAKES = (
    (lambda f, x, g, lr: lr, "you never halve: check the condition in a loop, `while`, not `if`"),
    (_with(lambda f, x, g, lr: f(x - lr * g) < f(x)),
     "yours is content with any decrease, however small. A step that overshoots to the other side, at almost "
     "the same height, passes that test: demand half of lr · |g|²"),
    (_with(lambda f, x, g, lr: f(x - lr * g) <= f(x) - lr / 2 * np.sqrt(g @ g)),
     "|g| should be squared: the step is lr · |g| long and the slope is |g|, so it promises lr · |g|²"),
    (_with(lambda f, x, g, lr: f(x - lr * g) <= f(x) - lr * (g @ g)),
     "you demand all that the slope promised. Where the ground curves upwards that is too much: demand half"),
    (_with(lambda f, x, g, lr: f(x - lr * g) <= f(x) - (g @ g) / 2),
     "lr is missing in the promise: a shorter step promises less"),
    (lambda f, x, g, lr: lr if _enough(f, x, g, lr) else lr / 2,
     "you halve once at most: the condition belongs in a loop, `while`, not `if`"),
    (lambda f, x, g, lr: _halve(f, x, g, lr) / 2, "one halving too many: return the first lr that passes"),
    (lambda f, x, g, lr: _halve(f, x, g, lr / 2),
     "you halve before you test: the lr you are given may be good enough"),
)  # fmt: skip


# --- shared ---------------------------------------------------------------------------------------------


def _number(value) -> float:
    if value is None or value is ...:
        raise Unanswered
    if np.shape(value) != ():
        raise Wrong(f"the answer must be one number, not an array of shape {np.shape(value)}")
    if not np.isfinite(value):
        raise Wrong(f"the answer must be a finite number, not {value}")
    return float(value)


def _rate(value, x: np.ndarray) -> float:
    if np.shape(value) == x.shape:
        raise Wrong("you returned a point; return the learning rate, one number")
    return _number(value)


def _array(value, shape: tuple[int, ...]) -> np.ndarray:
    if value is None or value is ...:
        raise Unanswered
    if np.shape(value) != shape:
        raise Wrong(f"the answer must have the shape of a gradient, {shape}, not {np.shape(value)}")
    return np.asarray(value, float)
