"""The stream: traits and refusals in Python, and the same averages, weights and measures in the browser's script."""

from __future__ import annotations

import json

import numpy as np
import pytest
import traitlets

from optimlib import averages
from optimlib.explorables import Stream, base
from optimlib.explorables.stream import DRAWN, SIGNALS

BET = {"question": "What?", "options": ["this", "that"], "answer": 1}
BETAS = [0.0, 0.5, 0.9, 0.99, 0.999]


def js(value) -> str:
    return json.dumps(value)


def bundle(stream) -> dict:
    return stream._repr_mimebundle_()[0]


def test_without_arguments_the_signals_of_the_book():
    stream = Stream()
    assert list(stream.signals) == list(SIGNALS)
    assert stream.signal == next(iter(SIGNALS))
    assert 1 <= stream.at <= len(stream.x)


def test_run_is_the_average():
    x = np.random.default_rng(0).normal(size=30)
    stream = Stream({"noise": x}, beta=0.8, correct=True)
    np.testing.assert_allclose(stream.run(), averages.ewma(x, 0.8, correct=True), rtol=1e-6, atol=1e-6)
    assert stream.weights.sum() == pytest.approx(1)
    assert stream.weights @ stream.x[: stream.at] == pytest.approx(stream.run()[stream.at - 1])
    assert stream.lag == pytest.approx(4)


def test_a_larger_beta_is_smoother():
    stream = Stream(signal="noisy cosine", correct=True)
    rough = []
    for beta in BETAS:
        stream.beta = beta
        rough.append(stream.roughness)
    assert rough[0] == pytest.approx(1)
    assert rough == sorted(rough, reverse=True)


def test_another_signal_keeps_the_point_inside():
    stream = Stream({"long": np.arange(50), "short": [1, 2, 3]}, at=40)
    stream.signal = "short"
    assert stream.at == 3
    stream.drawn = [0.5] * 20
    stream.signal = DRAWN
    assert list(stream.x) == [0.5] * 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"signals": {"a": [1.0]}}, "signals['a']: must be 2 to 5000 finite numbers, is of shape (1,)"),
        ({"signals": {"a": [1.0, np.nan]}}, "must be 2 to 5000 finite numbers"),
        ({"signals": {"a": [[1.0, 2.0]]}}, "is of shape (1, 2)"),
        ({"signals": {"a": "abc"}}, "signals['a']='abc': must be"),
        ({"signal": "rain"}, "signal='rain': must be one of constant, alternating"),
        ({"beta": 1.0}, "beta=1.0: must lie in [0, 1)"),
        ({"at": 101}, "at=101: must lie between 1 and 100"),
        ({"at": 0}, "at=0: must lie between 1 and 100"),
        ({"window": -1}, "window=-1: must be 0 for all"),
        ({"goal": {"below": 1}}, "must have text, and lag or roughness or both"),
        ({"goal": {"text": "Calm"}}, "must have text, and lag or roughness or both"),
        ({"bet": BET | {"unlocks": "gamma"}}, "unlocks='gamma': must be None or one of signal, beta, correct, at"),
        ({"bet": BET | {"answer": 2}}, "answer=2: must be the place of one of 2 options, from 0"),
        ({"bet": BET | {"anser": 1}}, "must have question, options, answer, may have because, unlocks"),
    ],
)
def test_bad_input_is_refused_with_words(arguments, words):
    with pytest.raises((ValueError, TypeError, traitlets.TraitError)) as caught:
        Stream(**arguments)
    assert words in str(caught.value)


def test_setting_a_trait_is_checked_too():
    stream = Stream()
    for name, value in (("beta", -0.1), ("signal", "rain"), ("at", 500), ("correct", "yes")):
        before = getattr(stream, name)
        with pytest.raises(traitlets.TraitError):
            setattr(stream, name, value)
        assert getattr(stream, name) == before


def test_bundle_has_everything_for_every_place():
    data = bundle(Stream(caption="A series."))
    assert data[base.MIME]["element"] == "opt-stream"
    assert data[base.MIME]["alt"]
    assert data["image/png"].startswith(b"\x89PNG")
    assert "0x" not in data["text/plain"]
    json.dumps(data[base.MIME], allow_nan=False)
    assert bundle(Stream(signal=DRAWN, drawn=[0.0, 1.0], window=5))["image/png"]


# --- in the browser's script ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("name", list(averages.AVERAGES))
def test_the_browser_averages_as_python_does(v8, name, beta):
    x = np.random.default_rng(1).normal(size=120).tolist()
    got = v8(f"Array.from(feed(BOOK.averages.{name}, {js(x)}, [{beta}]).out)")
    assert got == averages.ewma(x, beta, correct=name == "corrected").tolist()


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("t", [1, 2, 60, 2500])
def test_weights_of_the_past(v8, beta, t):
    for name, correct in (("average", False), ("corrected", True)):
        got = v8(f"Array.from(pastWeights(BOOK.averages.{name}, [{beta}], {t}))")
        np.testing.assert_allclose(got, averages.weights(beta, t, correct), rtol=1e-9, atol=1e-300)


def test_roughness(v8):
    x = np.random.default_rng(2).normal(size=50)
    smooth = averages.ewma(x, 0.7)
    assert v8(f"roughnessOf({js(smooth.tolist())}, {js(x.tolist())})") == pytest.approx(averages.roughness(smooth, x))
    assert v8("roughnessOf([1, 2], [3, 3])") is None


@pytest.mark.parametrize(
    ("at", "n", "window", "seen"),
    [
        (60, 100, 0, (0, 100)),
        (60, 100, 200, (0, 100)),
        (5, 100, 40, (0, 40)),
        (60, 100, 40, (30, 70)),
        (100, 100, 40, (60, 100)),
    ],
)
def test_the_window_holds_the_point(v8, at, n, window, seen):
    got = v8(f"windowAround({at}, {n}, {window})")
    assert (got["from"], got["to"]) == seen


def test_a_link_carries_the_state(v8):
    drawn = [0.0, -0.25, 1.0]
    state = {"signal": DRAWN, "signals": {}, "drawn": drawn, "beta": 0.97, "correct": True, "at": 2, "window": 50}
    back = v8(_round_trip(state))
    assert back == {k: state[k] for k in ("signal", "drawn", "beta", "correct", "at", "window")}
    assert v8(f"streamFromQuery({{s: 'rain', b: '2', t: '-1', d: '1.x', w: 'a'}}, {js(state)})") == {}


def _round_trip(state: dict) -> str:
    """A bare V8 has no URLSearchParams: this one does what the script needs of it."""
    return (
        "(() => { globalThis.URLSearchParams = class { constructor(o) { this.o = o; } toString() {"
        " return Object.entries(this.o).map(([k, v]) => k + '=' + encodeURIComponent(v)).join('&'); } };"
        f" const state = {js(state)}; const parts = streamQuery(state).split('&').map((p) => p.split('='));"
        " return streamFromQuery(Object.fromEntries(parts.map(([k, v]) => [k, decodeURIComponent(v)])), state); })()"
    )


def test_copied_python_runs(v8):
    state = {"signal": "a", "signals": {"a": [1.0, 2.5, -3.0]}, "drawn": [], "beta": 0.9, "correct": True}
    scope: dict = {}
    exec(v8(f"streamPython({{ state: {js(state)} }})"), scope)
    np.testing.assert_array_equal(scope["average"], averages.ewma([1.0, 2.5, -3.0], 0.9, correct=True))
    long = {**state, "signals": {"a": [0.5] * 401}}
    assert 'the 401 values of "a"' in v8(f"streamPython({{ state: {js(long)} }})")


def test_a_goal_is_judged_by_lag_and_roughness(v8):
    app = "{ state: { beta: 0.9 }, fed: { roughness: 0.2 } }"
    assert v8(f"judgeStream({{ lag: 10, roughness: 0.3 }}, {app})")["reached"]
    missed = v8(f"judgeStream({{ lag: 5, roughness: 0.3 }}, {app})")
    assert not missed["reached"]
    assert "lag 9, wanted at most 5" in missed["words"]
