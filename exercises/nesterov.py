"""Checkers for the exercises of the chapter on Nesterov momentum.

Each returns a `Verdict` and never raises. A wrong answer is compared with the mistakes people make here, so
that the message can name the flaw instead of saying "wrong".
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from exercises import nesterov_mistakes as known
from exercises.verdict import Unanswered, Wrong, checker, compare
from optimlib import landscapes, rules
from optimlib.rule import Rule, rule

__all__ = ["compare", "dial", "repair", "step_back"]

LAND, START, STEPS = landscapes.himmelblau, np.array([0.3, 4.6]), 12
HYPER = {"lr": 0.004, "beta": 0.8}


# --- 1. the letter that is wrong --------------------------------------------------------------------------


@checker
def repair(answer) -> str:
    """Note 001's formula, repaired: the gradient is taken where the velocity leads."""
    made = _as_rule(answer)
    mine = _path(made, **HYPER)
    if _same(mine, _path(known.as_printed, **HYPER)):
        raise Unanswered("this is still the formula as printed. One letter does not belong there")
    _refuse(mine, known.REPAIR_MISTAKES, **HYPER)
    _agree(mine, _path(rules.nesterov_lookahead, **HYPER))
    return "the gradient is taken where the step is about to lead, and the path is Nesterov's"


# --- 2. from what a library stores back to x --------------------------------------------------------------


@checker
def step_back(answer) -> str:
    """A function of (y, v, lr, beta), the library's state, that returns the point of the look-ahead form."""
    for lr, beta in ((0.004, 0.8), (0.002, 0.9), (0.003, 0.5)):
        x = _path(rules.nesterov_lookahead, lr=lr, beta=beta)[-1]
        y, v = _stored(lr, beta)
        said = _point(answer(y.copy(), v.copy(), lr, beta))
        for wrong, message in known.STEP_BACK_MISTAKES:
            if np.allclose(said, wrong(y, v, lr, beta), rtol=1e-9):
                raise Wrong(message)
        if not np.allclose(said, x, rtol=1e-9):
            raise Wrong(
                f"with lr = {lr}, beta = {beta} x should be {_said(x)}, yours is {_said(said)}; y is {_said(y)}"
            )
    return "this is the point that Nesterov's formula calls x. Where the net has converged it is y"


def _stored(lr: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and velocity as a library has them after the same steps."""
    r, x = rules.nesterov(lr=lr, beta=beta), START
    state = r.init(x)
    for _ in range(STEPS):
        state, x = r.step(state, x, LAND.gradient(x))
    return x, state["v"]


def _point(value) -> np.ndarray:
    if value is None or value is ...:
        raise Unanswered
    if np.shape(value) != START.shape:
        raise Wrong(f"the answer must be a point like y, of shape {START.shape}, not of shape {np.shape(value)}")
    return np.asarray(value, float)


def _said(point) -> str:
    return "(" + ", ".join(f"{v:.4f}" for v in point) + ")"


# --- 3. a brake with a dial -------------------------------------------------------------------------------


@checker
def dial(answer) -> str:
    """Momentum with a brake made of the change of the gradient: brake = 0 is momentum, 1 is Nesterov."""
    made = _as_rule(answer)
    if missing := {"lr", "beta", "brake"} - set(made.hyper_names):
        raise Wrong(f"keep the arguments of the template; {', '.join(sorted(missing))} is gone")
    mine = {brake: _path(made, **HYPER, brake=brake) for brake in (0.0, 0.5, 1.0)}
    for mistake, message in known.DIAL_MISTAKES:
        if all(_same(mine[b], _path(mistake, **HYPER, brake=b)) for b in mine):
            raise Wrong(message)
    _agree(mine[0.0], _path(rules.momentum, **HYPER), "at brake = 0, where it must be momentum, ")
    _agree(mine[1.0], _path(rules.nesterov, **HYPER), "at brake = 1, where it must be Nesterov, ")
    _agree(mine[0.5], _path(known.dial, **HYPER, brake=0.5), "at brake = 0.5, ")
    counts = ", ".join(str(_steps_needed(made, brake)) for brake in (0.0, 0.5, 1.0))
    return f"with lr = 0.5, beta = 0.95 and kappa = 100 it needs {counts} steps to 1e-8 at brake = 0, 0.5, 1"


def _steps_needed(made: type[Rule], brake: float) -> int:
    land = landscapes.ravine.at(kappa=100.0, angle=30.0)
    f = land.value(_path(made, 1500, land, np.array([-1.6, 1.1]), lr=0.5, beta=0.95, brake=brake).T)
    return int(np.flatnonzero(f > 1e-8)[-1]) + 2


# --- shared -----------------------------------------------------------------------------------------------


def _as_rule(answer) -> type[Rule]:
    """The learner's function as a rule, whether it was decorated or not."""
    if answer is None or answer is ...:
        raise Unanswered
    if not callable(answer):
        raise Wrong(f"hand over the rule itself, not {answer!r}")
    return answer if isinstance(answer, type) and issubclass(answer, Rule) else rule(answer)


def _path(made: type[Rule], steps: int = STEPS, land=LAND, start: np.ndarray = START, **hyper) -> np.ndarray:
    """The points that a rule visits, `(steps, 2)`, without the start."""
    r, x, points = made(**hyper), start, []
    state = r.init(x)
    _refuse_empty(r, land, x, state)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            given = {"grad": land.gradient} if "grad" in r.inputs else {}
            g = land.gradient(x) if "g" in r.inputs else None
            state, x = r.step(state, x, g, **given)
            points.append(x)
    return np.array(points)


def _refuse_empty(r: Rule, land, x: np.ndarray, state: dict) -> None:
    """Raise if the update still returns `...`, or not what a rule returns."""
    given = {"x": x[:, None], "g": land.gradient(x[:, None]), "grad": land.gradient, "t": 1}
    letters = (state[name][:, None] for name in r.state_names)
    with np.errstate(all="ignore"):
        out = type(r).update(*(given[n] for n in r.inputs), *letters, **r.at(1))
    parts = out if isinstance(out, tuple) else (out,)
    if any(p is ... or p is None for p in parts):
        raise Unanswered
    if len(parts) != 1 + len(r.state_names):
        want = ", ".join(("x", *r.state_names))
        raise Wrong(f"return the new point and the new state, `{want}`: yours returns {len(parts)} value(s)")


def _same(mine: np.ndarray, other: np.ndarray) -> bool:
    return np.allclose(mine, other, rtol=1e-9, atol=1e-12, equal_nan=True)


def _refuse(mine: np.ndarray, mistakes: Iterable[tuple[type[Rule], str]], **hyper) -> None:
    for mistake, message in mistakes:
        if _same(mine, _path(mistake, **hyper)):
            raise Wrong(message)


def _agree(mine: np.ndarray, right: np.ndarray, where: str = "") -> None:
    off = ~np.isclose(mine, right, rtol=1e-9, atol=1e-12).all(axis=1)
    if off.any():
        t = int(off.argmax())
        want, got = _said(right[t]), _said(mine[t])
        raise Wrong(f"{where}after step {t + 1} of a test run the point should be {want}, yours is {got}")
