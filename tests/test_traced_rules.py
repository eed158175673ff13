"""Every rule in the browser's engine: many settings, schedules, whole descents, to the last bit.

`test_tracing.py` asks whether the tracer follows; here the rules go the long way, on the gradients and
settings of the oracles (tiny, huge, sparse, dead), with one and with two coordinates, and down whole
landscapes.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from py_mini_racer import MiniRacer
from test_oracles import oracles

import optimlib
from optimlib import descend, landscapes, rules
from optimlib.powers import StepNumber, power
from optimlib.tracing import to_javascript

NUMERICS = Path(optimlib.__file__).parent / "explorables" / "js" / "numerics.js"
RUN = """
function starting(rule, x) {
  return new Float64Array([...x, ...rule.start.flatMap((s) => s === "x" ? x : x.map(() => s))]);
}
function openLoop(rule, x, gradients, hyper) {
  const z = starting(rule, x), rows = [];
  gradients.forEach((g, i) => {
    rule.step(z, g, hyper[i], i + 1, (p, out) => g.forEach((v, j) => { out[j] = v; }));
    rows.push(Array.from(z));
  });
  return rows;
}
function closedLoop(rule, land, k, x, h, steps) {
  const z = starting(rule, x), rows = [Array.from(z)], g = [];
  for (let t = 1; t <= steps; t++) {
    land.grad(z, k, g);
    rule.step(z, g, h, t, (p, out) => land.grad(p, k, out));
    rows.push(Array.from(z));
  }
  return rows;
}
"""
STEPS = 500
SETTINGS = oracles()[0]["settings"]
CASES = [(name, i, d) for name in rules.RULES for i in range(len(SETTINGS[name])) for d in (1, 2)]


@pytest.fixture(scope="module")
def v8():
    context = MiniRacer()
    context.eval(NUMERICS.read_text(encoding="utf-8") + RUN)
    yield lambda expression: np.array(json.loads(context.eval(f"JSON.stringify({expression})")), float)
    context.close()


def same(there: np.ndarray, here: np.ndarray, name: str) -> None:
    """Equal to the last bit, except for NAdam.

    It raises 0.96 to powers that are no whole numbers. There numpy's own last bit depends on the
    processor's vector units, and V8's Math.pow differs from both. All whole powers are correctly rounded on
    either side.
    """
    if name == "nadam":
        scale = np.maximum.accumulate(np.abs(here))
        assert (np.abs(there - here) <= 1e-13 * scale).all()
    else:
        assert np.array_equal(there, here)


@pytest.mark.parametrize(("name", "i", "d"), CASES)
def test_fixed_gradients(v8, name, i, d):
    setting, stored = SETTINGS[name][i], oracles()[1]
    gradients = np.vstack([stored["gradients"]] * 2)[:STEPS]
    columns = [[1], [3], [10]] if d == 1 else [[c, c + 1] for c in range(0, 12, 2)]
    falling = np.append(stored["falling"], stored["falling"])
    r = rules.RULES[name](**setting | ({"lr": lambda t: falling[t - 1]} if setting["lr"] == "falling" else {}))
    hyper = [[float(r.at(t)[k][0]) for k in r.hyper_names] for t in range(1, STEPS + 1)]
    for c in columns:
        x, g = stored["start"][c], gradients[:, c]
        there = v8(f"openLoop({to_javascript(r, d)}, {x.tolist()}, {g.tolist()}, {hyper})")
        same(there, in_numpy(r, x, g), name)


def in_numpy(r, x, gradients) -> np.ndarray:
    """Point and letters after each step, as one row."""
    state, rows = r.init(x), []
    for g in gradients:
        state, x = r.step(state, x, **({"grad": lambda p, g=g: g} if "grad" in r.inputs else {"g": g}))
        rows.append(np.concatenate([x, *(state[k] for k in r.state_names)]))
    return np.array(rows)


@pytest.mark.parametrize("name", rules.RULES)
@pytest.mark.parametrize(
    ("land", "start", "factor"),
    [
        (landscapes.ravine.at(kappa=50, angle=0), [-1.6, 1.1], 1.0),
        (landscapes.rosenbrock, [-1.2, 1.0], 1e-3),
        (landscapes.saddle, [-1.5, 0.001], 0.5),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_whole_descents(v8, name, land, start, factor):
    """Named calm settings: made of products and sums, and far from chaos. So even closed loops agree."""
    own_length = name in ("sgd", "momentum", "nesterov", "nesterov_lookahead", "radam")
    r = rules.RULES[name](lr=0.3 * factor if own_length else 1.0 if name == "adadelta" else 0.02)
    trace = descend(r, land, start, 300, history=True)
    here = np.hstack([trace.x, *(trace.state[k] for k in r.state_names)])
    k, h = list(land.at_params.values()), [getattr(r, n) for n in r.hyper_names]
    there = v8(f"closedLoop({to_javascript(r)}, {to_javascript(land)}, {k}, {start}, {h}, 300)")
    assert trace.f[-1] < trace.f[0]
    same(there, here, name)


NAMED = [0.9, 0.999, 0.99, 0.5, 0.95, 0.8, 1 / 3, 0.91, 0.1, 0.9999, 1e-3, 1.5]


@pytest.mark.parametrize("base", [*NAMED, *np.random.default_rng(5).random(20)])
def test_powers_of_a_step_are_correctly_rounded(v8, base):
    """Against exact fractions: alone, within many, in the browser; in order and out of order."""
    t = [t for t in (*range(1, 60), 100, 365, 999, 1000, 64, 63, 3) if t * abs(math.log(base)) < 600]
    exact = np.array([float(Fraction(base) ** n) for n in t])
    crowd = np.append(np.linspace(0.01, 0.99, 20), base)
    assert np.array_equal([np.array([base]) ** StepNumber(n) for n in t], exact[:, None])
    assert np.array_equal([(crowd ** StepNumber(n))[-1] for n in t], exact)
    assert np.array_equal(v8(f"{t}.map((n) => pow({float(base)!r}, n))"), exact)


def test_powers_one_after_the_other():
    """Computed in blocks that grow: every step is asked for, then some again, then from the middle on."""
    bases = np.array([0.9, 0.91, 0.999, 0.35])
    exact = [[Fraction(b) ** 0 for b in bases]]
    for _ in range(400):
        exact.append([e * Fraction(b) for e, b in zip(exact[-1], bases, strict=True)])
    for t in (*range(1, 401), 5, 4, 400, 250, *range(123, 300)):
        expected = np.array([float(e) for e in exact[t]])
        result = power(bases, t)
        assert np.array_equal(result, expected), t
        result[:] = -1  # a copy of the caller's own
    many = np.random.default_rng(3).random((700, 2))
    for t in (1, 2, 3, 4, 5, 6, 7):
        assert np.array_equal(power(many, t)[77], [float(Fraction(b) ** t) for b in many[77]])


def test_powers_out_of_the_ordinary():
    odd = np.array([0.0, 1.0, -0.5, -2.0, np.inf, -np.inf, np.nan, 1e-200, 1e200, 5e-324])
    for t in (1, 2, 3, 7, 400, 3000):
        with np.errstate(all="ignore"):
            expected = np.power(odd, t)
        assert np.array_equal(power(odd, t), expected, equal_nan=True)
        assert np.array_equal([power(odd[[i]], t)[0] for i in range(len(odd))], expected, equal_nan=True)
    assert np.array_equal(power(odd, 0), np.ones(10))
    assert np.array_equal(power(np.array([0.5, -2.0]), -3), [8.0, -0.125])
    assert power(np.empty((0, 3)), 5).shape == (0, 3)
    assert power(np.full((3, 4, 5), 0.5), 2).shape == (3, 4, 5)


def test_step_numbers():
    t, base = StepNumber(7), np.array([0.9, 0.3])
    expected = [float(Fraction(0.9) ** 7), float(Fraction(0.3) ** 7)]
    for same_t in (t, t + 0, 1 + StepNumber(6), t - 0):
        assert np.array_equal(base**same_t, expected)
    assert (base[:, None] ** t).shape == (2, 1)
    assert isinstance(t + 1, StepNumber)
    assert (t * 0.5, t / 2, t // 2, 2**t, t + 0.5, t - 0.5) == (3.5, 3.5, 3, 128, 7.5, 6.5)
    assert np.array_equal(t * base, 7 * base)
    assert np.array_equal(base / t, base / 7)
    assert np.array_equal(t + base, base + 7)
    assert np.array_equal(np.maximum(t, base), [7, 7])
