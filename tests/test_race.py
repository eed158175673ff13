"""The race on the Python side: what goes in, what goes to the browser, and the same runs in numpy."""

from __future__ import annotations

import json

import numpy as np
import pytest
import traitlets

from optimlib import descend, landscapes, rule, rules
from optimlib.explorables import Judge, Race, base, meta
from optimlib.rules import RULES


@rule
def signed(x, g, lr=0.1):
    return x - lr * np.sign(g)


@rule
def branching(x, g, lr=0.1):
    return x - lr * g if g[0] > 0 else x - 2 * lr * g


def bundle(instrument) -> dict:
    return instrument._repr_mimebundle_()[0]


def test_every_rule_races_by_itself():
    """A rule of the table has a label, a style, a slider for each hyper-parameter and a rate on each landscape."""
    front = meta.front_end()
    assert list(front["rules"]) == list(RULES)
    for name, about in front["rules"].items():
        assert list(about["hyper"]) == list(RULES[name].hyper_names)
        assert set(about["rates"]) == set(front["landscapes"])
    styles = [(about["color"], tuple(about["dash"])) for about in front["rules"].values()]
    assert len(set(styles)) == len(styles), "two rules look alike"


def test_run_is_what_descend_does():
    race = Race([rules.adam(lr=0.3), "sgd"], landscapes.ravine.at(kappa=10), start=(1, -1), steps=30)
    alone = descend(rules.adam(lr=0.3), landscapes.ravine.at(kappa=10), (1, -1), 30)
    np.testing.assert_array_equal(race.run()["Adam"].x, alone.x)
    assert set(race.run()) == {"Adam", "gradient descent"}


def test_the_curve_multiplies_the_rate():
    half = Race([rules.sgd(lr=0.4)], curve=[[0, 0.5], [1, 0.5]], steps=20).run()["gradient descent"]
    np.testing.assert_allclose(half.x, Race([rules.sgd(lr=0.2)], steps=20).run()["gradient descent"].x, rtol=1e-14)
    falling = Race([rules.sgd(lr=0.4)], curve=[[0, 1], [1, 0]], steps=20).run()["gradient descent"]
    np.testing.assert_array_equal(falling.x[-1], falling.x[-2])


def test_own_rule_is_traced_and_runs():
    race = Race([signed(lr=0.05)], steps=10)
    (entry,) = race.rules
    assert entry["traced"]
    assert "Math.sign" in race.code[entry["key"]]
    assert bundle(race)[base.MIME]["code"] == race.code
    assert race.run()["signed"].x.shape == (11, 2)


def test_two_versions_of_an_own_rule_do_not_collide():
    """The site keeps all chapters' rules in one script: the key depends on the code."""

    def other():
        @rule
        def signed(x, g, lr=0.1):
            return x - lr * np.sign(g) * 2

        return signed

    first, second = (Race([r()]).rules[0]["key"] for r in (signed, other()))
    assert first != second


def test_untraceable_rule_says_why_and_the_kernel_runs_it():
    race = Race([branching(), "sgd"], steps=5)
    entry = race.rules[0]
    assert not entry["traced"]
    assert "np.where" in entry["why"]
    assert entry["key"] not in race.code


def test_the_kernel_answers_the_browser(monkeypatch):
    sent = []
    race = Race([branching(), "sgd"], steps=5)
    monkeypatch.setattr(race, "send", sent.append)
    question = {k: getattr(race, k) for k in ("landscape", "params", "start", "steps", "curve")}
    race._on_message(None, {"id": 7, "run": {**question, "rules": race.rules[:1]}}, [])
    (reply,) = sent
    assert reply["id"] == 7
    (trace,) = reply["traces"].values()
    assert "f" in trace or "error" in trace
    json.dumps(reply, allow_nan=False)


def test_diverged_runs_travel_as_json(monkeypatch):
    sent = []
    race = Race(["sgd"], steps=3000 // 2)
    monkeypatch.setattr(race, "send", sent.append)
    fast = [{**race.rules[0], "hyper": {"lr": 10.0}}]
    question = {k: getattr(race, k) for k in ("landscape", "params", "start", "steps", "curve")}
    race._on_message(None, {"id": 1, "run": {**question, "rules": fast}}, [])
    trace = sent[0]["traces"]["sgd"]
    assert trace["stopped"] > 0
    assert trace["f"][-1] is None
    json.dumps(sent[0], allow_nan=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"landscape": "alps"}, "landscape='alps': must be one of ravine"),
        ({"rules": ["sdg"]}, "rules='sdg': must be one of sgd"),
        ({"rules": [3]}, "rules=3"),
        ({"rules": [rules.sgd(lr=np.ones(3))]}, "a race wants numbers"),
        ({"start": (1, np.nan)}, "two finite numbers"),
        ({"steps": 0}, "between 1 and 2000"),
        ({"curve": [[0, 1], [0.5, 1]]}, "factors >= 0"),
        ({"curve": [[0, 1], [1, -1]]}, "factors >= 0"),
    ],
)
def test_bad_input_is_refused_with_words(arguments, words: str):
    with pytest.raises((ValueError, TypeError, traitlets.TraitError), match=None) as caught:
        Race(**arguments)
    assert words in str(caught.value)


def test_setting_a_trait_is_checked_too():
    race = Race()
    with pytest.raises(TypeError, match="kapa"):
        race.params = {"kapa": 3}
    with pytest.raises(traitlets.TraitError):
        race.start = [1]


def test_another_landscape_brings_its_own_parameters_and_start():
    race = Race()
    race.landscape = "rosenbrock"
    assert race.params == {"b": 100.0}
    assert race.start == list(landscapes.rosenbrock.start)


def test_bundle_has_everything_for_every_place():
    data = bundle(Race(["sgd"], caption="A race."))
    assert data[base.MIME]["element"] == "opt-race"
    assert data[base.MIME]["alt"]
    assert data["image/png"].startswith(b"\x89PNG")
    assert "0x" not in data["text/plain"]
    json.dumps(data[base.MIME], allow_nan=False)
    assert data["image/png"] == bundle(Race(["sgd"], caption="A race."))["image/png"], "same picture, same bytes"


def test_judge_hands_out_plain_words():
    """Cards carry no mathematics markup: the instrument shows text."""
    cards = Judge(["C57", "C54", "C60"]).config()["claims"]
    assert [c["id"] for c in cards] == ["C57", "C54", "C60"]
    assert not any(mark in c["truth"] + c["statement"] for c in cards for mark in "$\\{}*`")


def test_script_is_one_text_with_everything_in_it():
    script = base.site_script({"mine-1": "{name:'mine'}"})
    assert all(f'"{name}"' in script for name in RULES)
    assert "mine-1" in script
    assert "eval(" not in script


def test_two_rules_of_one_name_are_told_apart():
    race = Race([rules.sgd(lr=0.1), "momentum", rules.sgd(lr=1.9)])
    assert [e["label"] for e in race.rules] == ["gradient descent, lr 0.1", "momentum", "gradient descent, lr 1.9"]
    looks = [(e.get("color"), tuple(e.get("dash", ()))) for e in race.rules]
    assert looks[0] == looks[1] == (None, ())  # the rule's own look
    assert looks[2] not in looks[:2]
