"""Checkers for the exercises of the chapter on moving averages.

Each returns a `Verdict` and never raises. A wrong answer is compared with the mistakes people make here, so
that the message can name the flaw instead of saying "wrong".
"""

from __future__ import annotations

import numpy as np

from exercises import moving_averages_mistakes as known
from exercises.verdict import Unanswered, Wrong, checker, compare
from optimlib import averages
from optimlib.rule import Rule, rule

__all__ = ["compare", "no_lag", "repair", "unsmooth"]

BETAS = (0.9, 0.5, 0.98)


# --- 1. the recursion that runs away --------------------------------------------------------------------


@checker
def repair(answer) -> str:
    """A function of a series and beta that returns the corrected average after each value."""
    for beta in BETAS:
        for series in (np.full(30, 40.0), 10 + np.random.default_rng(2).normal(size=30)):
            mine = _series(answer, series, beta)
            right = averages.ewma(series, beta, correct=True)
            _refuse(mine, series, beta, right, known.REPAIR_MISTAKES)
            _agree(mine, right, f"at beta = {beta}, value {{t}} of a test series")
    return "a constant 40 gives 40, from the first value to the last, and the rest is weighted by age alone"


# --- 2. undo an average ---------------------------------------------------------------------------------


@checker
def unsmooth(answer) -> str:
    """A function that gets the plain average of a series and beta, and returns the series."""
    for beta in BETAS:
        series = 15 + 5 * np.random.default_rng(3).normal(size=40)
        smooth = averages.ewma(series, beta)
        mine = _series(answer, smooth, beta)
        _refuse(mine, smooth, beta, series, known.UNSMOOTH_MISTAKES)
        _agree(mine, series, f"at beta = {beta}, value {{t}} of the series")
    rounded = _series(answer, smooth.round(2), beta)
    off = np.abs(rounded - series).max()
    return (
        "nothing was lost: an average is only another way to write the series down. But round the average "
        f"to two decimals first, and at beta = {beta} what comes back is off by up to {off:.1f}"
    )


# --- 3. an average that keeps up with a ramp ------------------------------------------------------------


@checker
def no_lag(answer) -> str:
    """A rule with two letters, a and b, whose average follows a ramp without delay and still smooths."""
    made = _as_rule(answer)
    level = _feed(made, np.full(400, 3.0))[-1]
    if abs(level) < 1e-3:
        raise Wrong("a constant 3 comes out as 0: the two averages cancel each other. Add a back")
    if abs(level - 3) > 1e-3:
        raise Wrong(f"a constant 3 must come out as 3 in the long run, yours gives {level:.3f}")
    ramp = np.arange(1.0, 401.0)
    behind, plain = (400 - out[-1] for out in (_feed(made, ramp), averages.ewma(ramp, 0.9)))
    noise = np.random.default_rng(6).normal(size=4000)
    through = _feed(made, noise)[200:].std()
    _refuse_late(behind, plain, through)
    pair = np.stack([ramp, -2 * ramp], axis=-1)
    if not np.allclose(_feed(made, pair)[:, 0], _feed(made, ramp)):
        raise Wrong("alone it is right, for two series at once it is not: use a and b as whole arrays")
    usual = averages.ewma(noise, 0.9)[200:].std()
    return (
        f"a ramp is followed without delay, where the plain average is {plain:.0f} steps late. The price, at "
        f"beta = 0.9: of white noise {through:.2f} gets through instead of {usual:.2f}"
    )


def _refuse_late(behind: float, plain: float, through: float) -> None:
    """Name what is wrong with an average that runs `behind` steps behind a ramp and lets `through` noise."""
    if through > 0.9:
        raise Wrong(
            f"you let {through:.2f} of white noise through: no delay, but no smoothing either. Use both letters"
        )
    if np.isclose(behind, plain):
        raise Wrong(
            f"a ramp is still followed {plain:.0f} steps late. The average of a is late once more: let b be "
            "the average of a, not of x, and move a away from it"
        )
    if np.isclose(behind, 2 * plain):
        raise Wrong(f"{behind:.0f} steps late: you return the average of the average. That doubles the lag")
    if np.isclose(behind, -1, atol=1e-6):
        raise Wrong("one step too early: b was fed the old a. Update a first, then b with the new a")
    if abs(behind) > 1e-3:
        side = "late" if behind > 0 else "early"
        raise Wrong(f"a ramp is followed {abs(behind):.1f} steps too {side} in the long run, it should be 0")


# --- shared ---------------------------------------------------------------------------------------------


def _series(answer, given: np.ndarray, beta: float) -> np.ndarray:
    """What the learner's function makes of a series, as an array of the same length."""
    with np.errstate(all="ignore"):
        value = answer(given.copy(), beta)
    if value is None or value is ...:
        raise Unanswered
    if np.shape(value) == ():
        raise Wrong("return the average after every value, not only one number")
    value = np.asarray(value, float)
    if value.shape != given.shape:
        raise Wrong(f"return as many values as you were given, {len(given)}; yours has shape {value.shape}")
    return value


def _refuse(mine, given, beta, right, mistakes) -> None:
    """Raise if the values are those of a known mistake, and the mistake is visible on this series."""
    with np.errstate(all="ignore"):
        for mistake, message in mistakes:
            wrong = np.asarray(mistake(given, beta), float)
            if not np.allclose(wrong, right) and np.allclose(mine, wrong, equal_nan=True):
                raise Wrong(message)


def _agree(mine: np.ndarray, right: np.ndarray, where: str) -> None:
    off = ~np.isclose(mine, right, rtol=1e-8, atol=1e-9)
    if off.any():
        t = int(off.argmax())
        up_to_there = "; up to there all is well" if t else ""
        raise Wrong(f"{where.format(t=t + 1)} should be {right[t]:.4f}, yours is {mine[t]:.4f}{up_to_there}")


def _as_rule(answer) -> type[Rule]:
    """The learner's function as a rule, whether it was decorated or not."""
    if answer is None or answer is ...:
        raise Unanswered
    if not callable(answer):
        raise Wrong(f"hand over the rule itself, not {answer!r}")
    made = answer if isinstance(answer, type) and issubclass(answer, Rule) else rule(answer)
    missing = {"a", "b", "beta"} - {*made.state_names, *made.hyper_names}
    if missing or "x" not in made.inputs:
        raise Wrong(f"keep the arguments of the template; {', '.join(sorted(missing)) or 'x'} is gone")
    return made


def _feed(made: type[Rule], series: np.ndarray, beta: float = 0.9) -> np.ndarray:
    """What comes out after each value of a series, shape `(n,)` or `(n, batch)`."""
    r = made(beta=beta)
    _refuse_empty(r)
    state, out = r.init(np.zeros((1, *series.shape[1:]))), []
    for value in series:
        state, now = r.step(state, value[None])
        out.append(now[0])
    return np.array(out)


def _refuse_empty(r: Rule) -> None:
    """Raise if the update still returns `...`, or not what a rule returns."""
    one = np.ones((1, 1))
    out = type(r).update(*({"x": one, "t": 1}[n] for n in r.inputs), *(0 * one for _ in r.state_names), **r.at(1))
    parts = out if isinstance(out, tuple) else (out,)
    if any(p is ... or p is None for p in parts):
        raise Unanswered
    if len(parts) != 1 + len(r.state_names):
        want = ", ".join(("the average", *r.state_names))
        raise Wrong(f"return {want}: yours returns {len(parts)} value(s)")
