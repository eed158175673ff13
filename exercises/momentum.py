"""Checkers for the exercises of the chapter on momentum.

Each returns a `Verdict` and never raises. A wrong answer is compared with the mistakes people make here, so
that the message can name the flaw instead of saying "wrong".
"""

from __future__ import annotations

import numpy as np

from exercises import momentum_mistakes as known
from exercises.verdict import Unanswered, Wrong, checker, compare
from optimlib import landscapes, rules
from optimlib.descent import descend
from optimlib.rule import Rule, rule

__all__ = ["compare", "honest_start", "read_beta", "restart"]

STEPS = 12


# --- 1. an average with an honest start ----------------------------------------------------------------


@checker
def honest_start(answer) -> str:
    """Momentum as a moving average whose first steps are as long as the later ones."""
    made = _as_rule(answer)
    gradients = np.random.default_rng(4).normal(size=(STEPS, 2))
    mine = _path(made, gradients)
    _refuse(mine, gradients, known.HONEST_MISTAKES)
    _agree(mine, _path(known.honest, gradients))
    if not np.allclose(_path(made, gradients, lr=_drop), _path(known.honest, gradients, lr=_drop)):
        raise Wrong(
            "at a constant lr it is right; when lr drops, yours still walks with the old lr stored in v. "
            "Keep lr out of the velocity"
        )
    return "against a constant gradient every step is lr·g, from the first on. So does Adam read its velocity"


def _drop(t: int) -> float:
    return 0.1 if t <= STEPS // 2 else 0.01


# --- 2. read beta off a loss curve ----------------------------------------------------------------------


@checker
def read_beta(answer) -> str:
    """A function that gets the loss curve of momentum in a bowl and returns the beta that made it."""
    rng = np.random.default_rng(11)
    errors = []
    for beta, turn in zip((0.8, 0.88, 0.93, 0.96), rng.uniform(0.25, 1.2, 4), strict=True):
        # the angle by which the roots of the characteristic polynomial turn per step, chosen at random
        lr = 1 + beta - 2 * np.sqrt(beta) * np.cos(turn)
        bowl = landscapes.ravine.at(kappa=1.0, angle=0.0)
        loss = descend(rules.momentum(lr=lr, beta=beta), bowl, [1.0, 0.5], 120).f
        errors.append((_beta_from(answer, loss), beta))
    said, true = np.array(errors).T
    listed = ", ".join(f"{s:.3f} for {b}" for s, b in errors)
    if (abs(said - true) <= 0.01).all():
        return f"beta to two digits from the loss alone: {listed}"
    for wrong, message in known.BETA_MISTAKES:
        if np.allclose(said, wrong(true), atol=0.004, rtol=0.02):
            raise Wrong(message)
    if np.ptp(said) < 1e-9:
        raise Wrong("you give the same beta for every curve: it has to come from the curve")
    if (abs(said - true) <= 0.08).all():
        raise Wrong(
            f"close: {listed}. The curve ripples, and a single point may lie in a trough. Compare crest with crest"
        )
    factor = f"you read {said[0]:.3g} where beta was {true[0]:.3g}"
    raise Wrong(f"{factor}. By what factor does the loss fall per step?")


def _beta_from(answer, loss: np.ndarray) -> float:
    value = answer(loss.copy())
    if value is None or value is ...:
        raise Unanswered
    if np.shape(value) != ():
        raise Wrong(f"the answer must be one number, not an array of shape {np.shape(value)}")
    if not np.isfinite(value):
        raise Wrong(f"the answer must be a finite number, not {value}")
    return float(value)


# --- 3. forget when it goes uphill ----------------------------------------------------------------------


@checker
def restart(answer) -> str:
    """Momentum that drops its velocity when the velocity points uphill."""
    made = _as_rule(answer)
    gradients = np.random.default_rng(5).normal(size=(STEPS, 2)) + np.array([0.6, -0.3])
    mine = _path(made, gradients)
    _refuse(mine, gradients, known.RESTART_MISTAKES)
    _agree(mine, _path(known.restart, gradients))
    pair = np.stack([gradients, -gradients[::-1]], axis=-1)
    if not np.allclose(_path(made, pair)[..., 0], mine):
        raise Wrong(
            "alone it is right, in a batch it is not: np.sum without an axis adds up all runs together. "
            "sum(g * v) adds the coordinates of each run"
        )
    plain, yours = (_steps_needed(r) for r in (rules.momentum, made))
    return f"at beta = 0.99 and kappa = 10, 100, 1000 plain momentum needs {plain} steps, your rule {yours}"


def _steps_needed(made: type[Rule]) -> str:
    """Steps to a 1e-8th of the loss, median over 32 directions, as text."""
    angle = 2 * np.pi * np.arange(32) / 32
    starts = np.stack([np.cos(angle), np.sin(angle)])[..., None]
    kappa = np.array([10.0, 100.0, 1000.0])
    ravine = landscapes.ravine.at(kappa=kappa, angle=30.0)
    f = descend(made(lr=0.5, beta=0.99), ravine, np.broadcast_to(starts, (2, 32, 3)), 2500).f
    return ", ".join(f"{n:.0f}" for n in np.median((f > 1e-8 * f[0]).sum(axis=0), axis=0))


# --- shared ---------------------------------------------------------------------------------------------


def _as_rule(answer) -> type[Rule]:
    """The learner's function as a rule, whether it was decorated or not."""
    if answer is None or answer is ...:
        raise Unanswered
    if not callable(answer):
        raise Wrong(f"hand over the rule itself, not {answer!r}")
    made = answer if isinstance(answer, type) and issubclass(answer, Rule) else rule(answer)
    missing = {"v", "lr", "beta"} - {*made.state_names, *made.hyper_names}
    if missing or "g" not in made.inputs:
        raise Wrong(f"keep the arguments of the template; {', '.join(sorted(missing)) or 'g'} is gone")
    return made


def _path(made: type[Rule], gradients: np.ndarray, lr=0.1, beta: float = 0.9) -> np.ndarray:
    """The points that a rule visits on fixed gradients, `(steps, d, *batch)`, starting at zero."""
    r, x, points = made(lr=lr, beta=beta), np.zeros_like(gradients[0]), []
    state = r.init(x)
    with np.errstate(all="ignore"):
        for t, g in enumerate(gradients, 1):
            _refuse_empty(r, t, x, g, state)
            state, x = r.step(state, x, g)
            points.append(x)
    return np.array(points)


def _refuse_empty(r: Rule, t: int, x, g, state) -> None:
    """Raise if the update still returns `...`, or not what a rule returns."""
    if t > 1:
        return
    letters = tuple(state[k][:, None] if x.ndim == 1 else state[k] for k in r.state_names)
    lift = (lambda a: a[:, None]) if x.ndim == 1 else (lambda a: a)
    given = {"x": lift(x), "g": lift(g), "t": t}
    out = type(r).update(*(given[n] for n in r.inputs), *letters, **r.at(t))
    parts = out if isinstance(out, tuple) else (out,)
    if any(p is ... or p is None for p in parts):
        raise Unanswered
    if len(parts) != 1 + len(r.state_names):
        want = ", ".join(("x", *r.state_names))
        raise Wrong(f"return the new point and the new state, `{want}`: yours returns {len(parts)} value(s)")


def _refuse(mine: np.ndarray, gradients: np.ndarray, mistakes) -> None:
    for mistake, message in mistakes:
        if np.allclose(mine, _path(mistake, gradients), rtol=1e-9, atol=1e-12, equal_nan=True):
            raise Wrong(message)


def _agree(mine: np.ndarray, right: np.ndarray) -> None:
    off = ~np.isclose(mine, right, rtol=1e-9, atol=1e-12).reshape(len(mine), -1).all(axis=1)
    if off.any():
        t = int(off.argmax())
        want, got = right[t].flat[0], mine[t].flat[0]
        raise Wrong(
            f"after step {t + 1} of a test run x[0] should be {want:.4f}, yours is {got:.4f}; up to there all is well"
        )
