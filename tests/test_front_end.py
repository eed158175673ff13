"""The part of the front end that needs no page, in a bare V8: numbers, runs, scales, links, words."""

from __future__ import annotations

import json
import re
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from optimlib import descend, landscapes, rules, schedules
from optimlib.explorables import base
from optimlib.explorables.race import Race

# Settings on which no rule is near a branch or a cusp, so that the last bits stay the last bits.
CALM = [
    ("ravine", {"kappa": 20, "angle": 0}, (-1.6, 1.1)),
    ("ravine", {"kappa": 20, "angle": 30}, (1.2, 1.7)),
    ("double_well", {"tilt": 0.1}, (1.8, 1.0)),
]


def js(value) -> str:
    return json.dumps(value)


def test_no_name_stands_for_two_things():
    """All files share one scope, in which a second function of a name silently replaces the first."""
    code = "\n".join((base.HERE / "js" / name).read_text(encoding="utf-8") for name in base.SCRIPTS)
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", code, re.M)
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {p.name for p in (base.HERE / "js").glob("*.js")} >= set(base.SCRIPTS)


@pytest.mark.parametrize("beta", [0.9, 0.999, 0.99999, 0.5, 0.123, 1.01, -0.7])
def test_whole_powers_are_correctly_rounded(v8, beta):
    exponents = [*range(0, 600), 1000, 1999, -1, -7, -50]
    got = v8(f"{js(exponents)}.map((n) => pow({beta!r}, n))")
    assert got == [float(Fraction(beta) ** n) for n in exponents]


def test_other_powers_are_the_platforms(v8):
    assert v8("[pow(2, 0.5), pow(9, 0), pow(-3, 2), pow(0.1, 400)]") == [2**0.5, 1, 9, 0]


def browser_run(v8, race: Race) -> list[dict]:
    """What the script computes for the state of `race`: points, losses, letters, where it stopped."""
    return v8(
        f"""(() => {{
          const app = {{ state: {js(race.config())}, canRun: () => true }};
          app.land = landNow(app.state);
          return raceField(app, () => {{}}).compute().map(({{ label, trace, rule }}) => ({{
            label, stopped: trace.stopped, letters: rule.state, width: trace.width,
            x: Array.from(trace.x), f: Array.from(trace.f), z: Array.from(trace.z) }}));
        }})()"""
    )


@pytest.mark.parametrize("name", list(rules.RULES))
@pytest.mark.parametrize(("land", "params", "start"), CALM)
@pytest.mark.parametrize("curve", [[[0, 1], [1, 1]], [[0, 0], [0.25, 1], [1, 0.1]]])
def test_a_run_in_the_browser_is_the_run_in_python(v8, name, land, params, start, curve):
    ground = landscapes.LANDSCAPES[land].at(**params)
    race = Race(
        [rules.RULES[name](lr=0.5 if name == "adadelta" else 0.05)], ground, start=start, steps=120, curve=curve
    )
    ((label, trace),) = race.run().items()
    (got,) = browser_run(v8, race)
    assert got["label"] == label
    assert got["stopped"] == trace.stopped == -1
    np.testing.assert_allclose(np.reshape(got["x"], (-1, 2)), trace.x, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(got["f"], trace.f, rtol=1e-8, atol=1e-14)
    state = np.reshape(got["z"], (121, -1, 2))
    for i, letter in enumerate(got["letters"]):
        np.testing.assert_allclose(state[1:, 1 + i], trace.state[letter][1:], rtol=1e-8, atol=1e-12)


def test_divergence_ends_a_run_where_python_ends_it(v8):
    race = Race([rules.sgd(lr=10.0), rules.momentum(lr=9.0)], steps=900)
    for got, trace in zip(browser_run(v8, race), race.run().values(), strict=True):
        assert got["stopped"] == trace.stopped > 0
        assert got["f"][: trace.stopped + 1][-1] is None  # NaN, which JSON writes as null
        assert all(v is None for v in got["x"][2 * trace.stopped :])


def test_the_curve_is_a_piecewise_linear_schedule(v8):
    curve, steps = [[0, 0.5], [0.3, 2], [0.31, 0.1], [1, 0]], 77
    schedule = schedules.piecewise_linear(points=tuple((1 + a * (steps - 1), b) for a, b in curve))
    got = v8(f"Array.from({{ length: {steps} }}, (_, i) => curveAt({js(curve)}, i + 1, {steps}))")
    np.testing.assert_allclose(got, [float(schedule(t)) for t in range(1, steps + 1)], rtol=1e-12, atol=1e-15)
    assert v8("curveAt([[0, 3], [1, 5]], 1, 1)") == 3


def test_noise_joins_the_gradient(v8):
    noise = np.random.default_rng(3).normal(size=(40, 2))
    land = landscapes.ravine.at(kappa=10, angle=20)
    for rule in (rules.sgd(lr=0.1), rules.nesterov_lookahead(lr=0.1)):
        trace = descend(rule, land, (1.0, 1.0), 40, noise=noise)
        got = v8(
            f"""(() => {{
              const rule = BOOK.rules[{js(rule.name)}], values = {{ lr: 0.1 }};
              const hyper = hyperOverTime(rule, values, [[0, 1], [1, 1]], 40);
              const noise = {js(noise.ravel().tolist())};
              return Array.from(run(rule, BOOK.landscapes.ravine, [10, 20], [1, 1], hyper, 40, noise).x);
            }})()"""
        )
        np.testing.assert_allclose(np.reshape(got, (-1, 2)), trace.x, rtol=1e-10)


def test_minima_follow_the_parameters(v8):
    for tilt in (-0.2, 0.0, 0.2):
        land = landscapes.double_well.at(tilt=tilt)
        found = v8(f"landNow({{ landscape: 'double_well', params: {{ tilt: {tilt} }} }}).minima")
        assert len(found) == 2
        for point in found:
            assert np.abs(land.gradient(np.array(point)[:, None])).max() < 1e-12


@pytest.mark.parametrize(
    ("about", "values"),
    [
        ({"min": 1e-4, "max": 10, "scale": "log"}, [1e-4, 0.001, 0.01, 0.1, 0.25, 0.5, 1, 10]),
        ({"min": 0, "max": 0.999, "scale": "one-minus-log"}, [0, 0.5, 0.9, 0.95, 0.99, 0.999]),
        ({"min": 0, "max": 0.1, "scale": "log"}, [0, 0.001, 0.01, 0.1]),
        ({"min": -0.3, "max": 0.3, "scale": "linear"}, [-0.3, -0.2, 0, 0.1, 0.3]),
        ({"min": 0, "max": 90, "scale": "linear"}, [0, 30, 45, 90]),
    ],
)
def test_a_slider_hits_the_numbers_people_choose(v8, about, values):
    scale = f"sliderScale({js(about)})"
    assert v8(f"{js(values)}.map((v) => {scale}.value({scale}.position(v)))") == values
    ends = v8(f"[{scale}.value({scale}.min), {scale}.value({scale}.max)]")
    assert ends == [about["min"], about["max"]]
    steps = np.array(
        v8(f"Array.from({{length: 1 + {scale}.max - {scale}.min}}, (_, i) => {scale}.value({scale}.min + i))")
    )
    assert (np.diff(steps) > 0).all(), "each press of an arrow key must change the value"


def test_numbers_are_said_shortly(v8):
    numbers = [0, 0.0123, 1234, 3.04e-9, -2e-7, 123456789, 0.999]
    assert v8(f"{js(numbers)}.map((n) => short(n))") == ["0", "0.012", "1200", "3e−9", "−2e−7", "1.2e8", "1"]
    assert v8("[1e-7, 0.999, -1.25, 1e22].map(plain)") == ["1e-7", "0.999", "-1.25", "1e22"]
    assert v8("[1, 10, 1e-12].map(powerOfTen)") == ["1", "10", "10⁻¹²"]


def test_names_are_spread_in_order_and_do_not_touch(v8):
    wanted = [100, 101, 99, 5, 180, 181, 250]
    placed = v8(f"spread({js(wanted)}, 13, 10, 240)")
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(np.array(placed)[order]) >= 13 - 1e-9).all()
    assert min(placed) >= 10 - 1e-9
    assert max(placed) <= 240 + 1e-9


def test_labels_on_the_map_do_not_cover_each_other(v8):
    spots = np.random.default_rng(0).uniform(20, 380, (9, 2)).tolist()
    spots += [spots[0]] * 5  # a crowd at one place
    ends = [{"x": x, "y": y, "text": f"rule {i}", "ink": "#000"} for i, (x, y) in enumerate(spots)]
    context = "{ font: '', measureText: (t) => ({ width: 6.5 * t.length }) }"
    blocks = v8(f"mapLabels({context}, {js(ends)}, 400, 400)")
    for i, a in enumerate(blocks):
        assert 0 <= a["x"] <= a["x"] + a["width"] <= 400
        assert 0 <= a["y"] <= a["y"] + a["height"] <= 400
        for b in blocks[:i]:
            apart_x = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
            assert apart_x or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
    assert any("more" in line["text"] for block in blocks for line in block["lines"])


def test_a_link_carries_the_whole_state(v8):
    race = Race(
        [rules.momentum(lr=0.3, beta=0.95), rules.adamw(lr=0.02)], landscapes.rosenbrock.at(b=40), start=(0.5, -0.25),
        steps=150, step=70, curve=[(0, 0), (0.5, 1.5), (1, 0.25)],
    )  # fmt: skip
    elsewhere = Race(["sgd"])
    state, other = js(race.config()), js(elsewhere.config())
    query = v8(f"stateToQuery({state})")
    back = v8(f"queryToState(Object.fromEntries(new Map({js([p.split('=') for p in query.split('&')])})), {other})")
    for key in ("landscape", "params", "start", "steps", "step", "curve"):
        assert back[key] == race.config()[key]
    running = {r["key"]: r["hyper"] for r in back["rules"] if r["on"]}
    assert running == {r["key"]: r["hyper"] for r in race.rules}


def test_a_broken_link_breaks_nothing(v8):
    state = js(Race(["sgd"]).config())
    for given in (
        {},
        {"land": "moon"},
        {"at": "a,b"},
        {"n": "-3", "t": "x"},
        {"c": "0:1,5"},
        {"r": "nobody,lr:2;sgd,lr:no"},
    ):
        back = v8(f"queryToState({js(given)}, {state})")
        assert back["landscape"] == "ravine"
        assert len(back["start"]) == 2
        assert back["steps"] == back["step"] == 200
        assert back["curve"] == [[0, 1], [1, 1]]


def test_python_that_is_copied_gives_the_same_runs(v8):
    race = Race(
        [rules.adam(lr=0.1, beta1=0.8), rules.sgd(lr=0.05)], landscapes.ravine.at(kappa=50, angle=45), start=(1, -1),
        steps=60, curve=[(0, 1), (1, 0)],
    )  # fmt: skip
    state = js(race.config())
    code = v8(f"asPython({state}, {state}.rules.map((entry) => ({{ entry }})))")
    scope: dict = {}
    exec(code, scope)
    for label, trace in race.run().items():
        np.testing.assert_array_equal(scope["traces"][label].x, trace.x)
    alone = js(Race([rules.adam(lr=0.1)], landscapes.ravine.at(kappa=100, angle=30)).config())
    assert v8(f"asPython({alone}, {alone}.rules.map((entry) => ({{ entry }})))") == (
        "from optimlib import descend, landscapes, rules\n\n"
        "trace = descend(rules.adam(lr=0.1), landscapes.ravine.at(kappa=100, angle=30), x0=(-1.6, 1.1), steps=200)\n"
    )
