"""Single steps under a reader's hands: both handles, the buttons, the sliders, bets, links, touch."""

from __future__ import annotations

import numpy as np
import pytest
from browsing import PHONE
from hands import Hand
from test_site_browser import violations

from optimlib import landscapes
from optimlib.explorables import Steps

BET = {"question": "Which brakes?", "options": ["both", "only Nesterov"], "answer": 1, "because": "It feels the wall."}


def made(**more) -> Steps:
    ground = landscapes.ravine.at(kappa=20, angle=30)
    return Steps(ground, **({"start": (-0.9, -0.5), "move": (0.25, 0.9), "lr": 0.4} | more))


@pytest.fixture
def steps(hold) -> Hand:
    return hold(made())


def lengths(hand: Hand) -> dict[str, float]:
    """How long the next step of each is."""
    return {k: float(np.hypot(*v["step"])) for k, v in hand.root.evaluate("root => root.instrument.next").items()}


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
@pytest.mark.parametrize("control", ["start", "move"])
def test_point_and_tip_move(steps, control, way):
    before, value = steps.picture(), steps.state(control)
    if way == "mouse":
        steps.drag(steps(control), 40, 30)
    else:
        steps.press(steps(control), "ArrowRight", "Shift+ArrowDown")
    assert np.sign(np.subtract(steps.state(control), value)).tolist() == [1, -1]
    assert steps.picture() != before
    other = {"start": "move", "move": "start"}[control]
    assert steps.state(other) == made().config()[other]
    said = steps(control).get_attribute("aria-valuetext").replace("−", "-")
    assert f"{steps.state(control)[0]:.3g}" in said


def test_next_and_back(steps):
    first, alone = steps.picture(), made(step=2)
    steps("next").click()
    steps.press(steps("next"), "Enter")
    np.testing.assert_allclose(steps.root.evaluate("root => root.instrument.here"), alone.run()[-1])
    assert "After 2 steps of momentum" in steps.words()
    steps("back").click()
    steps("back").click()
    steps.rest()
    assert steps.state("step") == 0
    assert steps("back").is_disabled()
    assert steps.picture() == first


def test_the_other_walks_on_from_the_same_start(steps):
    steps("next").click()
    steps("walk on with-Nesterov").check()
    steps.rest()
    np.testing.assert_allclose(
        steps.root.evaluate("root => root.instrument.here"), made(follow="nesterov", step=1).run()[-1]
    )


def test_dragging_later_begins_anew(steps):
    steps("next").click()
    steps("next").click()
    here = steps.root.evaluate("root => root.instrument.here")
    steps.press(steps("move"), "ArrowRight")
    assert steps.state("step") == 0
    np.testing.assert_allclose(steps.state("start"), here, rtol=1e-5)


@pytest.mark.parametrize("control", ["lr", "beta", "param-kappa", "param-angle"])
def test_sliders_and_numbers(steps, control):
    before = steps.picture()
    steps.press(steps(control), *["ArrowLeft"] * 8)
    assert steps.picture() != before
    steps.set(control, {"lr": 0.2, "beta": 0.5}.get(control, 17))
    assert steps.root.evaluate("root => root.instrument.state.params.kappa") in (20, 17) or control == "param-kappa"


def test_the_table_says_what_the_arrows_show(steps):
    cells = steps.root.locator(".opt-steps-table tbody tr").nth(3).locator("td").all_inner_texts()
    for who, cell in zip(("momentum", "nesterov"), cells, strict=True):
        pair = [float(v) for v in cell.replace("−", "-").strip("()").split(",")]
        np.testing.assert_allclose(pair, made().arrows(who).step, atol=0.006)
    assert lengths(steps)["nesterov"] < lengths(steps)["momentum"]


def test_another_landscape_brings_start_rate_and_step(steps):
    steps("landscape").select_option(label="Rosenbrock's valley")
    steps.rest()
    state = steps.state()
    assert state["start"] == list(landscapes.rosenbrock.start)
    assert state["lr"] < 0.4
    assert np.isfinite(list(lengths(steps).values())).all()


def test_a_bet_hides_the_answer_until_it_is_placed(hold):
    steps = hold(made(bet=BET))
    hidden = steps.picture()
    assert "?" in steps.root.locator(".opt-steps-table").inner_text()
    assert steps("next").is_disabled()
    steps("bet-0").click()
    steps.rest()
    assert steps.picture() != hidden
    assert "It is only Nesterov." in steps.root.locator(".opt-bet-verdict").inner_text()
    assert steps("next").is_enabled()
    steps("reset").click()
    steps.rest()
    assert steps.picture() == hidden


def test_a_link_and_python_can_be_taken_along(steps):
    steps("next").click()
    steps("share").click()
    assert "#steps=0&land=ravine" in steps("copied").input_value()
    steps("python").click()
    assert "rules.momentum(lr=0.4, beta=0.9)" in steps("copied").input_value()


def test_on_a_phone(hold):
    steps = hold(made(), **PHONE)
    assert steps.page.evaluate("document.documentElement.scrollWidth") <= 360
    table = steps.root.locator(".opt-steps-table")
    assert table.evaluate("node => node.scrollWidth <= node.clientWidth")
    box = steps.root.locator(".opt-sheet").bounding_box()
    steps.page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"])
    steps.rest()
    assert steps.state("start") != [-0.9, -0.5]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(hold, scheme):
    steps = hold(made(bet=BET), color_scheme=scheme)
    assert [v for v in violations(steps.page) if not v.startswith(("landmark", "region", "page-has"))] == []


def test_the_theme_is_followed(steps):
    before = steps.picture()
    steps.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    steps.rest()
    assert steps.picture() != before
