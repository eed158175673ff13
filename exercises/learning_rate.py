"""Checkers for the exercises of the chapter on the learning rate.

Each returns a `Verdict` and never raises. A wrong answer is compared with the mistakes people make here, so
that the message can name the flaw instead of saying "wrong".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exercises.verdict import Unanswered, Wrong, checker, compare
from optimlib import landscapes, rules
from optimlib.descent import descend

__all__ = ["compare", "find_rate", "read_curvatures", "top_curvature"]


def _one_number(value) -> float:
    """The learner's value as a float; unanswered or not a number is said so."""
    if value is None or value is ...:
        raise Unanswered
    if np.shape(value) != ():
        raise Wrong(f"the answer must be one number, not an array of shape {np.shape(value)}")
    return float(value)


# --- 1. the largest curvature, from gradients alone -----------------------------------------------------


@checker
def top_curvature(answer) -> str:
    """A function of (gradient, x) that returns the largest curvature at x."""
    found = [(_one_number(answer(gradient, x)), gradient, x) for gradient, x in _bowls()]
    for (said, _, _), spectrum in zip(found, _SPECTRA, strict=True):
        _refuse_curvature(said, spectrum)
    gradient, x = landscapes.rosenbrock.gradient, np.array([-1.2, 1.0])
    true = np.linalg.eigvalsh(landscapes.rosenbrock.hessian(x))[-1]
    said = _one_number(answer(gradient, x))
    if abs(said / true - 1) > 0.01:
        raise Wrong(
            f"on quadratics it is right, in Rosenbrock's valley you say {said:.4g} and it is {true:.4g}. "
            "There the curvature changes from place to place: stay close to x, at a distance like 0.0001"
        )
    calls = _calls(answer, *_bowls()[0])
    return f"right in three places, from {calls} gradients of 30 numbers each; the Hessian was never formed"


_SPECTRA = (np.geomspace(0.01, 7.3, 30), 250 * np.geomspace(0.001, 1.0, 12))


def _bowls() -> list[tuple[Callable, np.ndarray]]:
    """Quadratics in turned axes, as (gradient, a point far from the minimum)."""
    rng = np.random.default_rng(7)
    made = []
    for spectrum in _SPECTRA:
        axes = np.linalg.qr(rng.normal(size=(len(spectrum), len(spectrum))))[0]
        hessian, center = axes * spectrum @ axes.T, rng.normal(size=len(spectrum))
        made.append((lambda p, h=hessian, c=center: h @ (p - c), center + rng.normal(size=len(spectrum))))
    return made


def _refuse_curvature(said: float, spectrum: np.ndarray) -> None:
    top = spectrum.max()
    if abs(said / top - 1) <= 0.01:
        return
    if not np.isfinite(said):
        raise Wrong(f"your answer is {said}: the vector grows by the curvature at every turn. Normalize it")
    for wrong, message in (
        (2 / top, "that is the limit of the rate, 2/L. Return the curvature L itself"),
        (1 / top, "that is 1/L. Return the curvature L itself"),
        (-top, "the sign: along the steepest direction the gradient grows when you walk forward"),
        (2 * top, "twice too large: between x + εv and x − εv lie 2ε, not ε"),
        (top / 2, "half of it: if you step from x to x + εv, divide by ε, not by 2ε"),
        (top**2, "you returned the curvature squared: the length of H·H·v, or an unnormalized v"),
        (np.sqrt(top), "you returned the root of the curvature"),
        (spectrum.min(), "that is the smallest curvature; it is the largest that limits the rate"),
        (spectrum.sum(), "that is the sum of all curvatures, the trace; wanted is the largest one"),
        (
            np.sqrt((spectrum**2).sum()),
            "that is the norm of the whole Hessian; wanted is its largest eigenvalue",
        ),
    ):
        if abs(said / wrong - 1) <= 0.01:
            raise Wrong(message)
    if spectrum.min() < said < 0.99 * top:
        raise Wrong(
            f"a curvature, but not the largest: {said:.4g} where the largest is {top:.4g}. One random "
            "direction is a mixture. Put H·v in the place of v, normalize, and repeat some hundred times"
        )
    raise Wrong(
        f"you say {said:.4g}, it is {top:.4g}. The curvature along a unit vector v is the change of the "
        "gradient between x and x + εv, divided by ε, measured along v"
    )


def _calls(answer, gradient, x) -> int:
    count = 0

    def counting(p):
        nonlocal count
        count += 1
        return gradient(p)

    answer(counting, x)
    return count


# --- 2. read two curvatures off two loss curves ---------------------------------------------------------


@checker
def read_curvatures(answer) -> str:
    """A function of two runs, (lr, loss) each, that returns the smallest and the largest curvature."""
    said, true = [], []
    for kappa, scale in ((20.0, 1.0), (60.0, 4.0), (35.0, 0.1)):
        said.append(_pair(answer(*_two_runs(kappa, scale))))
        true.append((scale / kappa, scale))
    said, true = np.array(said), np.array(true)
    if np.allclose(said, true, rtol=0.02):
        return "both curvatures of three ravines: " + ", ".join(f"({a:.3g}, {b:.3g})" for a, b in said)
    for wrong, message in _READING_MISTAKES:
        if np.allclose(said, wrong(*true.T), rtol=0.03):
            raise Wrong(message)
    mu, top = np.isclose(said, true, rtol=0.02).all(axis=0)
    if mu != top:
        good, bad, k = ("smallest", "largest", 1) if mu else ("largest", "smallest", 0)
        hint = (
            "above the limit the factor 1 − ηL is below −1: its size is ηL − 1"
            if mu
            else "the steep direction is gone after a few steps; take the slope at the end of the curve"
        )
        raise Wrong(f"the {good} is right, the {bad} is not: {said[0, k]:.3g} for {true[0, k]:.3g}; {hint}")
    raise Wrong(
        f"you read ({said[0, 0]:.3g}, {said[0, 1]:.3g}), the curvatures are ({true[0, 0]:.3g}, "
        f"{true[0, 1]:.3g}). By what factor does the loss change per step at the end of each run, and "
        "what does that say of 1 − ηλ?"
    )


_READING_MISTAKES = (
    (lambda mu, top: np.stack([top, mu], axis=1), "they have changed places: the smallest comes first"),
    (
        lambda mu, top: np.stack([(1 - (1 - 0.5 * mu / top) ** 2) * top / 0.5, ((2.05 - 1) ** 2 + 1) / 2.05 * top], 1),
        "you took the factor of the loss for the factor of the distance: the loss is a square, take the root",
    ),
    (
        lambda mu, top: np.stack([0.5 * mu / top, 2.05 + 0 * top], axis=1),
        "these are ηλ: divide each by the rate of its run",
    ),
)


def _two_runs(kappa: float, scale: float) -> tuple[tuple, tuple]:
    """A patient run at 0.5/L and one that diverges at 2.05/L; the curvatures are scale/kappa and scale."""
    valley = landscapes.ravine.at(kappa=kappa)
    slow = scale * descend(rules.sgd(lr=0.5), valley, valley.start, 300).f
    fast = scale * descend(rules.sgd(lr=2.05), valley, valley.start, 200).f
    return (0.5 / scale, slow), (2.05 / scale, fast)


def _pair(value) -> tuple[float, float]:
    if value is None or value is ...:
        raise Unanswered
    if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2:
        raise Wrong(f"return two numbers, the smallest curvature and the largest, not {value!r}")
    pair = tuple(_one_number(v) for v in value)
    if not np.isfinite(pair).all():
        raise Wrong(f"both must be finite numbers, not {pair}")
    return pair


# --- 3. the recipe as code ------------------------------------------------------------------------------

BUDGET = 24


@checker
def find_rate(answer) -> str:
    """A function of `cost` (lr -> training costs of a short run) that returns the best power of ten."""
    used = []
    for name, cost, rates in _TASKS:
        tried: list[float] = []

        def counted(lr, name=name, cost=cost, tried=tried):
            tried.append(_one_number(lr))
            if len(tried) > BUDGET:
                raise Wrong(f"{name}: more than {BUDGET} runs. Stop when it gets worse")
            return cost(lr)

        said = _one_number(answer(counted))
        _refuse_rate(name, said, cost, rates, tried)
        used.append(len(tried))
    return f"the best power of ten in {len(used)} problems, with {', '.join(map(str, used))} short runs"


def _refuse_rate(name: str, said: float, cost, best: float, tried: list[float]) -> None:
    if said > 0 and abs(np.log10(said / best)) < 1e-6:
        if len(tried) < 2:
            raise Wrong(f"{name}: {said:g} is right, but you did not look: run `cost` and compare")
        return
    if not np.isfinite(said) or said <= 0:
        raise Wrong(f"{name}: {said:g} is no learning rate; return the rate, not its cost")
    there, here = cost(said)[-1], cost(best)[-1]
    told = f"{name}: you return {said:g}, where the cost ends at {there:.3g}; at {best:g} at {here:.3g}. "
    if not np.isfinite(there):
        raise Wrong(told + "Every comparison with nan is False: count it as infinite before you compare")
    if abs(np.log10(said) - np.round(np.log10(said))) > 1e-6:
        raise Wrong(told + "Move from 0.01 by factors of ten")
    way = np.log10(best / 0.01) * np.log10(said / best)
    if abs(np.log10(said / 0.01)) < 1e-6:
        raise Wrong(told + "You stayed where you began: try both directions")
    if way > 0 or np.log10(best / 0.01) == 0:
        raise Wrong(told + "You went too far: return the rate before it got worse")
    raise Wrong(told + "You stopped too early, or walked the wrong way")


def _short_run(scale: float, overflow: float, start: tuple[float, float] = (1.0, 0.02)) -> Callable:
    """Training costs of 20 steps in a ravine of curvatures 1 and 1/100, in units in which L = scale."""

    def cost(lr: float) -> np.ndarray:
        valley = landscapes.ravine.at(kappa=100.0, angle=0.0)
        f = descend(rules.sgd(lr=lr * scale), valley, start, 20).f
        return np.where(f < 1e6, f, overflow)

    return cost


# name, cost, best power of ten. At lr = 10/L the steep direction blows up; at 1/L it lands at once.
_TASKS = (
    ("a gentle problem", _short_run(1e-3, np.nan), 1e3),
    ("a steep problem", _short_run(1e5, np.inf), 1e-5),
    ("a problem whose runs end in nan", _short_run(1e4, np.nan), 1e-4),
    ("a problem for which 0.01 is right", _short_run(1e2, np.nan), 1e-2),
    ("a problem whose best run bounces", _short_run(1.9, 1e300), 1.0),
    ("a problem whose largest falling rate is not the best", _short_run(1.99, np.nan, (0.1, 1.0)), 0.1),
)
