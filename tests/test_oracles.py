"""Every rule goes where PyTorch's goes, and Optax's where it has the same convention.

`oracles/make_oracles.py` ran the real libraries on recorded gradients (ordinary, tiny, huge, sparse, dead
for a while, alternating) and stored their points at some steps and their state at the end.

Agreement is asked of every coordinate at every stored step: the distance to the reference is at most 1e-12
times the farthest that the reference has been from 0, in this coordinate and up to this step. Half of the
coordinates start at 0, so there it is relative to the length of the path alone. Where the reference has not
moved off 0, ours may not either.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from optimlib import rules

FILE = Path(__file__).parent / "oracles" / "reference.npz"
TOLERANCE = 1e-12


@functools.cache
def oracles() -> tuple[dict, dict[str, np.ndarray]]:
    """What was run, and the stored arrays."""
    with np.load(FILE) as stored:
        arrays = dict(stored)
    return json.loads(str(arrays.pop("about"))), arrays


CASES = [
    pytest.param(name, i, library, id=f"{name}-{i}-{library}")
    for name, settings in oracles()[0]["settings"].items()
    for i in range(len(settings))
    for library in ("torch", "optax")
    if f"{name}/{i}/{library}" in oracles()[1]
]


def walk(name: str, setting: dict) -> tuple[np.ndarray, dict]:
    """Our points after every step, shape (steps, d), and the last state."""
    stored = oracles()[1]
    falling = stored["falling"]
    lr = (lambda t: falling[t - 1]) if setting["lr"] == "falling" else setting["lr"]
    r = rules.RULES[name](**{**setting, "lr": lr})
    x, state, points = stored["start"], r.init(stored["start"]), []
    for g in stored["gradients"]:
        if "grad" in r.inputs:
            state, x = r.step(state, x, grad=lambda p, g=g: g)
            points.append(x - setting["beta"] * state["v"])  # libraries store the look-ahead point
        else:
            state, x = r.step(state, x, g)
            points.append(x)
    if name == "nesterov_lookahead":
        state["v"] = state["v"] / lr  # and keep the rate out of the velocity
    return np.array(points), state


def disagreement(name: str, i: int, library: str, **other) -> float:
    """The largest distance to the reference, in units of what the reference has covered."""
    about, stored = oracles()
    setting = about["settings"][name][i]
    reference = stored[f"{name}/{i}/{library}"]
    ours, state = walk(name, {**setting, **other})
    covered = np.maximum.accumulate(np.abs(np.vstack([stored["start"], reference])))[1:]
    apart = [relative(ours[stored["kept"] - 1], reference, covered)]
    for letter in rules.RULES[name].state_names:
        last = stored[f"{name}/{i}/state/{letter}"]
        apart.append(relative(state[letter], last, np.abs(last)))
    return max(apart)


def relative(ours: np.ndarray, reference: np.ndarray, scale: np.ndarray) -> float:
    """The largest distance in units of `scale`; where that is 0, infinity unless both are equal."""
    apart = np.abs(ours - reference)
    return float(np.max(np.divide(apart, scale, out=np.where(apart == 0, 0.0, np.inf), where=scale > 0)))


@pytest.mark.parametrize(("name", "i", "library"), CASES)
def test_same_path(name, i, library):
    assert disagreement(name, i, library) <= TOLERANCE


def test_every_rule_has_an_oracle():
    settings = oracles()[0]["settings"]
    assert set(settings) == set(rules.RULES)
    assert all(len(s) >= 3 for s in settings.values())
    for name, cls in rules.RULES.items():
        for setting in settings[name]:
            assert set(setting) == set(cls.hyper_names)


@pytest.mark.parametrize("name", rules.RULES)
def test_defaults_are_those_of_pytorch(name):
    theirs = oracles()[0]["torch defaults"][name]
    ours = rules.RULES[name].defaults
    assert {k: ours[k] for k in theirs} == theirs
    # where this course has another: PyTorch's SGD and RMSprop come without momentum, its Adam without penalty
    assert set(ours) - set(theirs) <= {"beta", "weight_decay"}


def test_optax_confirms_what_it_shares():
    confirmed = {case.values[0] for case in CASES if case.values[2] == "optax"}
    # Optax has another AMSGrad and another NAdam; the look-ahead form is in no library
    assert set(rules.RULES) - confirmed == {"amsgrad", "nadam", "nesterov_lookahead"}


@pytest.mark.parametrize("name", rules.RULES)
def test_the_comparison_has_teeth(name):
    lr = oracles()[0]["settings"][name][0]["lr"]
    assert disagreement(name, 0, "torch", lr=lr * (1 + 1e-10)) > TOLERANCE


def test_gradients_are_what_they_are_called():
    about, stored = oracles()
    half = len(about["kinds"])
    kind = dict(zip(about["kinds"], np.abs(stored["gradients"][:, :half]).T, strict=True))
    assert np.array_equal(stored["gradients"][:, :half], stored["gradients"][:, half:])
    assert kind["tiny"].max() < 1e-11
    assert kind["huge"].mean() > 1e7
    assert 0.9 < np.mean(kind["sparse"] == 0) < 1
    assert (kind["dead stretches"][:60] == 0).all()
    assert (kind["dead stretches"][60:120] > 0).all()
    assert (np.diff(np.sign(stored["gradients"][:, 5])) != 0).all()


def test_reference_is_small_and_says_where_it_comes_from():
    assert FILE.stat().st_size < 300_000
    pinned = (FILE.parent / "requirements.txt").read_text()
    versions = oracles()[0]["versions"]
    assert versions["torch"].startswith("2.13.")
    for library in ("torch", "optax", "jax", "numpy"):
        assert f"{library}=={versions[library]}\n" in pinned
