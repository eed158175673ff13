"""Single steps: the arrows are the rules' own lines, in Python and in the browser's script alike."""

from __future__ import annotations

import json

import numpy as np
import pytest
import traitlets

from optimlib import descend, landscapes, rules
from optimlib.explorables import Steps, base
from optimlib.explorables.steps import MOST_STEPS, WALKERS

PLACES = [
    (landscapes.ravine.at(kappa=20, angle=30), (-0.9, -0.5), (0.25, 0.9), 0.4, 0.9),
    (landscapes.double_well, (0.3, 0.8), (-0.4, 0.1), 0.05, 0.95),
    (landscapes.lessard, (1.5, 0.6), (-1.2, 0.3), 0.02, 0.4),
]


def steps_at(land, start, move, lr, beta, **more) -> Steps:
    return Steps(land, start=start, move=move, lr=lr, beta=beta, **more)


def test_a_walk_from_rest_is_a_descent():
    """With no step before the first, both are what `descend` does."""
    steps = Steps("ravine", move=(0, 0), step=40)
    for who, rule in WALKERS.items():
        trace = descend(rules.RULES[rule](lr=steps.lr, beta=steps.beta), landscapes.ravine, steps.start, 40)
        np.testing.assert_array_equal(steps.run(who), trace.x)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", WALKERS)
def test_the_arrows_add_up(place, who):
    steps = steps_at(*place, step=3)
    coast, at, push, step = steps.arrows(who)
    np.testing.assert_allclose(coast + push, step, rtol=1e-9, atol=1e-12)
    here = steps.run()[-1]
    np.testing.assert_allclose(at, here + (coast if who == "nesterov" else 0), rtol=1e-12)
    np.testing.assert_allclose(push, -steps.lr * steps.ground.gradient(at))


def test_next_step_is_where_the_arrow_points():
    for who in WALKERS:
        steps = steps_at(*PLACES[0], follow=who, step=5)
        end = steps.run()[-1] + steps.arrows(who).step
        steps.step = 6
        np.testing.assert_allclose(steps.run()[-1], end, rtol=1e-12)


def test_a_walk_can_be_taken_up_where_it_stands():
    """From where it has come, with the last step as the step before, it goes on as if nothing had happened."""
    for who in WALKERS:
        whole = steps_at(*PLACES[1], follow=who, step=9).run()
        rest = Steps("double_well", start=whole[4], move=whole[4] - whole[3], lr=0.05, beta=0.95, follow=who, step=5)
        np.testing.assert_allclose(rest.run(), whole[4:], rtol=1e-9)


def test_without_memory_or_slope_they_agree():
    still = Steps("ravine", beta=0.0)
    np.testing.assert_allclose(still.arrows("momentum").step, still.arrows("nesterov").step)
    floor = Steps("saddle", start=(0, 0), move=(0, 0), beta=0.9)
    assert not floor.arrows("nesterov").step.any()


def test_another_landscape_brings_its_own_start():
    steps = Steps()
    steps.landscape = "rosenbrock"
    assert steps.params == {"b": 100.0}
    assert steps.start == list(landscapes.rosenbrock.start)


def test_divergence_is_no_error():
    assert not np.isfinite(Steps("rosenbrock", lr=10.0, step=MOST_STEPS).run()).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"landscape": "alps"}, "landscape='alps': must be one of ravine"),
        ({"start": (1, np.nan)}, "start=[1, nan]: must be two finite numbers"),
        ({"move": (1,)}, "move=[1]: must be two finite numbers"),
        ({"lr": 0.0}, "lr=0.0: must lie between 0.0001 and 10"),
        ({"beta": 1.0}, "beta=1.0: must lie between 0 and 0.999"),
        ({"step": 61}, "step=61: must lie between 0 and 60"),
        ({"follow": "adam"}, "follow='adam': must be one of momentum, nesterov"),
        ({"bet": {"question": "?", "options": ["a", "b"], "answer": 0, "unlocks": "lr"}}, "unlocks='lr': must be None"),
    ],
)
def test_bad_input_is_refused_with_words(arguments, words):
    with pytest.raises((ValueError, traitlets.TraitError)) as caught:
        Steps(**arguments)
    assert words in str(caught.value)
    with pytest.raises(traitlets.TraitError):
        setattr(Steps(), *next(iter(arguments.items())))


def test_nobody_else_has_arrows():
    with pytest.raises(traitlets.TraitError, match="who='adam'"):
        Steps().arrows("adam")


def test_bundle_has_everything_for_every_place():
    data = Steps(caption="Steps.")._repr_mimebundle_()[0]
    assert data[base.MIME]["element"] == "opt-steps"
    assert data[base.MIME]["alt"]
    assert data["image/png"].startswith(b"\x89PNG")
    json.dumps(data[base.MIME], allow_nan=False)
    assert data["image/png"] == Steps(caption="Steps.")._repr_mimebundle_()[0]["image/png"], "same picture, same bytes"


def test_the_picture_keeps_a_bet_open():
    """Before the bet is placed the picture may not show the answer."""
    bet = {"question": "Who?", "options": ["a", "b"], "answer": 0, "because": ""}
    texts = [[t.get_text() for t in Steps(bet=b).draw().axes[0].texts] for b in (None, bet)]
    assert "Nesterov" in "".join(texts[0])
    assert "Nesterov" not in "".join(texts[1])


# --- the browser's script -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", WALKERS)
def test_the_browser_walks_as_python_walks(v8, place, who):
    steps = steps_at(*place, follow=who, step=12)
    got = v8(
        f"(() => {{ const s = {json.dumps(steps.config())}, land = landNow(s), w = walk({who!r}, s, land);"
        f" const n = w.x.length; return {{ x: Array.from(w.x), v: w.v,"
        f" next: ['momentum', 'nesterov'].map((who) => nextStep(who, [w.x[n - 2], w.x[n - 1]], w.v, s, land)) }}; }})()"
    )
    np.testing.assert_allclose(np.reshape(got["x"], (-1, 2)), steps.run(), rtol=1e-10, atol=1e-13)
    for other, seen in zip(WALKERS, got["next"], strict=True):
        for name, value in steps.arrows(other)._asdict().items():
            np.testing.assert_allclose(seen[name], value, rtol=1e-9, atol=1e-12)


def test_a_link_carries_the_whole_state(v8):
    steps = steps_at(*PLACES[0], follow="nesterov", step=7)
    query = v8(f"stepsQuery({json.dumps(steps.config())})")
    given = dict(part.split("=") for part in query.split("&"))
    back = v8(f"stepsFromQuery({json.dumps(given)}, {json.dumps(Steps('beale').config())})")
    assert back == {k: v for k, v in steps.config().items() if k not in ("bet", "view")}


def test_a_broken_link_breaks_nothing(v8):
    state = json.dumps(Steps().config())
    for given in (
        {},
        {"land": "moon"},
        {"at": "a,b"},
        {"v": "1"},
        {"lr": "99"},
        {"b": "-1"},
        {"f": "adam"},
        {"t": "2.5"},
    ):
        back = v8(f"stepsFromQuery({json.dumps(given)}, {state})")
        assert back == {"landscape": "ravine", "params": {"kappa": 100, "angle": 30}}


@pytest.mark.parametrize("who", WALKERS)
def test_copied_python_runs(v8, who, capsys):
    steps = steps_at(*PLACES[0], follow=who, step=6)
    scope: dict = {}
    exec(v8(f"stepsPython({{ state: {json.dumps(steps.config())} }})"), scope)
    np.testing.assert_allclose(scope["x"], steps.run()[-1] + steps.arrows(who).step, rtol=1e-12)
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_dragging_in_the_middle_of_a_walk_begins_anew_from_there(v8):
    walked = "{ here: [0.1, 0.2], move: [0.3, 0.4], state: { step: 3 } }"
    assert v8(f"fromHere({walked}, {{ move: [1, 1] }})") == {"start": [0.1, 0.2], "move": [1, 1], "step": 0}
    assert v8("fromHere({ state: { step: 0, start: [0, 0], move: [2, 2] } }, { move: [1, 1] })") == {"move": [1, 1]}
    lost = walked.replace("here: [0.1, 0.2]", "here: [NaN, 1], land: { meta: { start: [5, 6] } }")
    assert v8(f"fromHere({lost}, {{ move: [1, 1] }})") == {"start": [5, 6], "move": [1, 1], "step": 0}


def test_a_step_is_at_most_the_map(v8):
    assert v8("moveWithin({ box: [[-2, 2], [-1, 1]] }, 9, -0.12345)") == [4, -0.123]
