"""The race under a reader's hands: every control by mouse and by keyboard, bets, goals, links, touch, motion."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browsing import PHONE
from hands import Hand
from test_site_browser import violations

from optimlib import landscapes, rules
from optimlib.explorables.judge import Judge
from optimlib.explorables.race import Race

ALL = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "rmsprop_momentum", "adadelta", "adam", "adamax", "amsgrad",
       "nadam", "radam"]  # fmt: skip
BET = {
    "question": "You turn the valley. Who suffers?",
    "options": ["momentum", "Adam", "both"],
    "answer": 1,
    "unlocks": "angle",
    "because": "It sets a length for each coordinate by itself.",
}


@pytest.fixture
def race(hold) -> Hand:
    """Momentum and Adam in the ravine, all other rules behind More."""
    return hold(Race([rules.momentum(lr=0.3), rules.adam(lr=0.2)], steps=200, more=True))


# --- every control, by mouse and by keyboard ------------------------------------------------------

SLIDERS = ["param-kappa", "param-angle", "step", "momentum-lr", "momentum-beta", "adam-beta1", "adam-beta2", "adam-eps"]


@pytest.mark.parametrize("control", SLIDERS)
@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_slider_changes_the_picture(race, control, way):
    race("fold-hyper").click()
    before, value = race.picture(), race(control).input_value()
    slider = race(control)
    if way == "mouse":
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        race.page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
        race.rest()
    else:
        race.press(slider, *(["End"] if control == "adam-eps" else ["ArrowLeft"] * 12))
    assert slider.input_value() != value
    assert race.picture() != before


@pytest.mark.parametrize("control", [c for c in SLIDERS if c != "step"])
def test_a_number_can_be_typed_and_stepped(race, control):
    race("fold-hyper").click()
    number, before = race(f"{control}-number"), race.picture()
    race.press(number, *["PageUp"] * 9 if control == "adam-eps" else ["ArrowDown"] * 2)
    stepped = number.input_value()
    assert race.picture() != before
    race.set(control, 0.5 if "kappa" not in control else 17)
    assert number.input_value() != stepped
    number.fill("nonsense")
    number.blur()
    assert re.match(r"0\.5|17", number.input_value()), "what is not a number changes nothing"


@pytest.mark.parametrize("way", ["mouse", "keyboard", "click"])
def test_the_start_moves(race, way):
    before, start, kappa = race.picture(), race.state("start"), race.state("params")
    handle = race("start")
    if way == "mouse":
        race.drag(handle, 90, 60)
        expected = (1, -1)
    elif way == "keyboard":
        race.press(handle, "ArrowRight", "Shift+ArrowDown")
        expected = (1, -1)
    else:
        box = race.root.locator(".opt-sheet").bounding_box()
        race.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.9 * box["height"])
        race.rest()
        expected = (1, -1)
    moved = np.subtract(race.state("start"), start)
    assert np.sign(moved).tolist() == list(expected)
    assert race.picture() != before
    assert race.state("params") == kappa
    x, y = race.state("start")
    assert handle.get_attribute("aria-valuetext").replace("−", "-") == f"x = {x:g}, y = {y:g}"


def test_shift_moves_ten_times_as_far_and_the_map_ends(race):
    x = race.state("start")[0]
    race.press(race("start"), "ArrowRight")
    small = race.state("start")[0] - x
    race.press(race("start"), "Shift+ArrowRight")
    assert race.state("start")[0] - x == pytest.approx(11 * small)
    race.press(race("start"), *["Shift+ArrowUp"] * 12)
    assert race.state("start")[1] == 2, "the start stays on the map"


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_another_landscape_brings_its_start_parameters_and_rates(race, way):
    before = race.picture()
    if way == "mouse":
        race("landscape").select_option(label="Rosenbrock's valley")
        race.rest()
    else:
        race.press(race("landscape"), "ArrowDown")
    state = race.state()
    land = landscapes.LANDSCAPES[state["landscape"]]
    assert state["landscape"] != "ravine"
    assert state["start"] == list(land.start)
    assert set(state["params"]) == set(land.params)
    assert race.picture() != before
    assert race.root.locator(".opt-params input[type=range]").count() == len(land.params)


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_rules_join_and_leave(race, way):
    act = (lambda box: box.click()) if way == "mouse" else (lambda box: race.press(box, "Space"))
    before = race.picture()
    act(race("rule-adam"))
    race.rest()
    assert set(race.runs()) == {"momentum"}
    assert race.picture() != before
    more = race("more")
    assert more.get_attribute("aria-expanded") == "false"
    more.click() if way == "mouse" else race.press(more, "Enter")
    assert race.root.locator(".opt-chip").count() == len(rules.RULES)
    act(race("rule-nadam"))
    race.rest()
    assert set(race.runs()) == {"momentum", "NAdam"}
    assert race.page.evaluate("document.activeElement.dataset.control") == "rule-nadam", "focus stays where it was"


def test_all_rules_can_race_at_once(race):
    race("more").click()
    for name in rules.RULES:
        race(f"rule-{name}").check()
    race.rest()
    runs = race.runs()
    assert len(runs) == len(rules.RULES)
    looks = race.root.evaluate("root => root.instrument.runs.map((one) => one.color + one.dash)")
    assert len(set(looks)) == len(looks), "color and dashes together tell every rule from every other"
    assert "more behind them" in race.words()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_play_pause_and_single_steps(race, way):
    act = (lambda c: race(c).click()) if way == "mouse" else (lambda c: race.press(race(c), "Enter"))
    race("steps").select_option("1000")  # eight seconds: no machine is too slow to press pause
    race.rest()
    whole = race.picture()
    act("play")
    assert race("play").get_attribute("aria-label") == "Pause"
    race.page.wait_for_function("root => root.instrument.state.step > 3", arg=race.root.element_handle())
    act("play")
    stopped = race.state("step")
    assert 3 < stopped < 1000
    race.rest()
    assert race.state("step") == stopped, "paused is paused"
    assert race.picture() != whole
    act("forward")
    assert race.state("step") == stopped + 1
    act("back")
    act("back")
    race.rest()
    assert race.state("step") == stopped - 1
    assert f"After {stopped - 1} steps" in race.words()


def test_a_run_plays_to_its_end_and_again(race):
    race("steps").select_option("50")
    assert race.state("step") == 50, "who looked at the end still does"
    race("play").click()  # from the end it starts over
    race.root.locator('[data-control="play"][aria-label="Pause"]').wait_for()
    race.root.locator('[data-control="play"][aria-label="Play"]').wait_for(timeout=30_000)
    assert race.state("step") == 50
    assert len(race.runs()["Adam"]) == 51


def test_dragging_on_the_chart_moves_the_step(race):
    chart = race.root.locator(".opt-chart canvas")
    race.drag(chart, -40, 0)
    assert 0 < race.state("step") < 200
    assert race("step").input_value() == str(race.state("step"))


# --- the learning rate as a curve -----------------------------------------------------------------


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_the_learning_rate_follows_a_curve(race, way):
    race("fold-curve").click()
    flat, losses = race.picture(), race.runs()
    last = race("curve-handle-1")
    race.drag(last, 0, 40) if way == "mouse" else race.press(last, *["Shift+ArrowDown"] * 3)
    assert race.state("curve")[1][1] < 0.8
    assert race.picture() != flat
    assert (race.runs()["Adam"] != losses["Adam"]).any()
    add = race("curve-add")
    add.click() if way == "mouse" else race.press(add, "Enter")
    assert len(race.state("curve")) == 3
    middle = race("curve-handle-1")
    race.drag(middle, 30, -20) if way == "mouse" else race.press(middle, "Shift+ArrowUp", "ArrowUp", "ArrowRight")
    share, factor = race.state("curve")[1]
    assert share * 199 == pytest.approx(round(share * 199)), "handles stand on whole steps"
    assert factor > 0.9
    middle.dblclick() if way == "mouse" else race.press(middle, "Delete")
    assert len(race.state("curve")) == 2
    race.press(race("curve-handle-0"), "Delete")
    assert len(race.state("curve")) == 2, "the ends stay"
    race("curve-Flat").click()
    race.rest()
    assert race.picture() == flat


def test_the_curve_says_what_it_does(race):
    race("fold-curve").click()
    race("curve-Decay").click()
    race.rest()
    assert race("curve-handle-1").get_attribute("aria-valuetext") == "factor 0 at step 200"
    x = race.root.evaluate("root => Array.from(root.instrument.runs[1].trace.x.slice(-4))")
    assert x[:2] == x[2:], "with a factor of 0 the last step goes nowhere"


# --- what is shown --------------------------------------------------------------------------------


def test_the_browser_shows_what_python_computes(race):
    race.set("param-kappa", 30)
    race.set("param-angle", 0)
    race.press(race("start"), "ArrowRight")
    race("fold-hyper").click()
    race.set("adam-lr", 0.05)
    state = race.state()
    twin = Race(
        [rules.momentum(lr=0.3), rules.adam(lr=0.05)], landscapes.ravine.at(**state["params"]), start=state["start"]
    )
    for label, trace in twin.run().items():
        np.testing.assert_allclose(race.runs()[label], trace.f, rtol=1e-7)


def test_the_words_say_who_stands_where(race):
    losses = {label: f[-1] for label, f in race.runs().items()}
    first, second = sorted(losses, key=losses.get)
    assert re.search(rf"After 200 steps {first} is at loss \S+ and {second} at", race.words())
    assert "κ 100, angle 30°" in race.words()
    assert race.root.locator(".opt-words").get_attribute("aria-live") == "polite"


def test_divergence_is_seen_and_said(hold):
    race = hold(Race([rules.sgd(lr=10.0), rules.momentum(lr=0.1)], steps=500))
    stopped = int(Race([rules.sgd(lr=10.0)], steps=500).run()["gradient descent"].stopped)
    assert stopped > 0
    assert f"gradient descent diverged at step {stopped}" in race.words()
    assert np.isnan(race.runs()["gradient descent"][stopped:]).all()
    race("fold-state").click()
    assert f"Diverged at step {stopped}." in race.root.locator(".opt-tables").inner_text()
    before = race.picture()
    race("rule-sgd").click()
    race.rest()
    assert race.picture() != before, "a run that diverged has left a trace in the picture"


def test_running_away_is_said_before_numbers_end(hold):
    race = hold(Race([rules.sgd(lr=2.2), rules.adam(lr=0.2)]))
    assert re.search(r"Adam is at loss \S+; gradient descent runs away, loss 7\.2e31\.", race.words())


def test_the_state_of_a_rule_at_the_step(race):
    race("fold-state").click()
    race.press(race("step"), "Home", "ArrowRight")
    table = race.root.locator(".opt-tables > div").nth(1)
    rows = {
        r.split("\t")[0]: r.split("\t")[1:]
        for r in table.locator("table").inner_text().splitlines()
        if r.count("\t") == 2
    }
    assert list(rows) == ["", "x", "g", "m", "v", "step"] or list(rows) == ["x", "g", "m", "v", "step"]
    trace = Race([rules.adam(lr=0.2)]).run()["Adam"]
    for letter, values in (("x", trace.x[1]), ("m", trace.state["m"][1]), ("v", trace.state["v"][1])):
        assert [float(v.replace("−", "-")) for v in rows[letter]] == pytest.approx(values, rel=5e-3)


def test_folded_parts_open_and_close(race):
    for control, part in (("fold-hyper", ".opt-hyper"), ("fold-curve", ".opt-curve"), ("fold-state", ".opt-tables")):
        assert not race.root.locator(part).is_visible()
        race.press(race(control), "Enter")
        assert race.root.locator(part).is_visible()
        assert race(control).get_attribute("aria-expanded") == "true"
        race.press(race(control), "Enter")
        assert not race.root.locator(part).is_visible()


def test_reset_brings_everything_back(race):
    picture, state = race.picture(), race.state()
    race.press(race("start"), "Shift+ArrowDown")
    race.set("param-angle", 80)
    race("rule-adam").click()
    race("back").click()
    assert race.picture() != picture
    race("reset").click()
    race.rest()
    race.page.mouse.move(0, 0)
    assert {k: v for k, v in race.state().items() if k != "answer"} == {k: v for k, v in state.items() if k != "answer"}
    assert race.picture() == picture


# --- what a reader takes along --------------------------------------------------------------------


def test_a_shared_link_brings_the_picture_back(race, new_page):
    race("fold-hyper").click()
    race.set("adam-beta1", 0.5)
    race.set("param-kappa", 44)
    race.press(race("start"), "Shift+ArrowRight", "ArrowUp")
    race("more").click()
    race("rule-rmsprop").check()
    race.press(race("step"), "ArrowLeft")
    race("share").click()
    link = race("copied").input_value()
    page = new_page()
    page.goto(link)
    copy = page.locator("opt-race > .opt")
    copy.wait_for()
    page.wait_for_timeout(400)
    seen = copy.evaluate("root => root.instrument.state")
    for key in ("landscape", "params", "start", "steps", "step", "curve"):
        assert seen[key] == race.state(key)
    assert copy.locator(".opt-words").inner_text() == race.words()
    assert "/embed/race.html#race=0&" in race("copied-also").input_value()


def test_copied_python_reproduces_the_screen(race):
    race("fold-curve").click()
    race("curve-Warm up").click()
    race.set("param-angle", 0)
    race("python").click()
    code = race("copied").input_value()
    assert "schedules.piecewise_linear(points=" in code
    scope: dict = {}
    exec(code, scope)
    for label, trace in scope["traces"].items():
        np.testing.assert_allclose(race.runs()[label], trace.f, rtol=1e-6)
    race("copied-close").click()
    assert race.page.evaluate("document.activeElement.dataset.control") == "python", "focus goes back"


# --- bets and goals -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_bet_is_placed_then_the_answer_moves(hold, way):
    race = hold(Race([rules.momentum(lr=0.3), rules.adam(lr=0.2)], landscapes.ravine.at(angle=0), bet=BET))
    angle, bet = race("param-angle"), race.root.locator(".opt-bet")
    assert angle.is_disabled()
    assert race("param-angle-number").is_disabled()
    assert BET["because"] not in bet.inner_text()
    race("bet-0").click() if way == "mouse" else race.press(race("bet-0"), "Enter")
    assert angle.is_enabled()
    assert BET["because"] not in bet.inner_text(), "committed, but not seen yet"
    assert race("bet-1").is_disabled(), "a bet is a bet"
    race.press(angle, "ArrowRight", "ArrowRight")
    assert BET["because"] not in bet.inner_text(), "a degree or two shows nothing"
    race.press(angle, *["ArrowRight"] * 40)
    assert f"You said momentum. It is Adam. {BET['because']}" in bet.inner_text()
    assert race("bet-0").get_attribute("aria-pressed") == "true", "the choice stays visible"
    assert race.state("answer") == 0
    race("reset").click()
    assert angle.is_disabled()


def test_who_is_right_is_told_so_and_who_will_not_turn_can_ask(hold):
    race = hold(Race(["momentum", "adam"], bet=BET))
    race("bet-1").click()
    race("bet-tell").click()
    assert "You were right." in race.root.locator(".opt-bet").inner_text()


@pytest.mark.parametrize("control", ["start", "play", "lr", "landscape", "rules"])
def test_any_control_can_be_what_a_bet_unlocks(hold, control):
    race = hold(Race([rules.sgd(lr=0.1)], bet={**BET, "unlocks": control}))
    before = race.state()
    if control == "start":
        race.drag(race("start"), 60, 60)
    elif control == "lr":
        assert race("sgd-lr").is_disabled()
        assert race("sgd-lr").is_visible()
    else:
        assert race("rule-sgd" if control == "rules" else control).is_disabled()
    assert race.state() == before
    race("bet-2").click()
    if control == "start":
        race.drag(race("start"), 60, 60)
    elif control == "play":
        race.press(race("step"), "Home")
        race.press(race("step"), "End")
    elif control == "lr":
        race.press(race("sgd-lr"), *["ArrowRight"] * 25)
    elif control == "landscape":
        race("landscape").select_option("beale")
        race.rest()
    else:
        race("rule-sgd").click()
        race.rest()
    assert BET["because"] in race.root.locator(".opt-bet").inner_text()


def test_a_goal_is_checked_by_the_instrument(hold):
    goal = {"text": "below 1e-6 within 100 steps", "below": 1e-6, "within": 100}
    race = hold(Race([rules.momentum(lr=0.01)], goal=goal))
    state = race.root.locator(".opt-goal-state")
    assert "Not yet: momentum came closest" in state.inner_text()
    race("fold-hyper").click()
    race.set("momentum-lr", 1)
    race.set("momentum-beta", 0.8)
    losses = race.runs()["momentum"]
    reached = int(np.argmax(losses < 1e-6))
    assert 0 < reached <= 100
    assert f"Reached: momentum is below 1e−6 after {reached} steps." in state.inner_text()


def test_the_judge_keeps_the_score(hold):
    judge = hold(Judge(["C57", "C54", "C60"]))
    cards = judge.root.locator(".opt-claim-card")
    assert cards.count() == 3
    for i in range(3):
        card = cards.nth(i)
        assert card.locator(".opt-outcome").inner_text() == ""
        card.get_by_role("button", name="False" if i else "True").click()
        assert len(card.locator(".opt-outcome").inner_text()) > 20
    assert re.fullmatch(r"\d of \d right\.", judge.root.locator(".opt-score").inner_text())
    for link in judge.root.get_by_role("link", name="See the experiment").all():
        assert judge.page.request.get(link.evaluate("node => node.href")).ok
    judge.page.reload()
    judge = Hand(judge.page, Judge(["C57", "C54", "C60"]))
    assert re.fullmatch(r"\d of \d right\.", judge.root.locator(".opt-score").inner_text()), "remembered"
    judge.press(judge("again"), "Enter")
    assert "What do you say?" in judge.root.locator(".opt-score").inner_text()


# --- for everybody --------------------------------------------------------------------------------


def open_all(hand: Hand) -> None:
    for control in ("more", "fold-hyper", "fold-curve", "fold-state", "python"):
        hand(control).click()
    hand.rest()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_everything_open(hold, scheme):
    goal = {"text": "below 1e-6 within 60 steps", "below": 1e-6, "within": 60}
    race = hold(Race(["momentum", "adam"], bet=BET, goal=goal, more=True), color_scheme=scheme)
    race("bet-0").click()
    open_all(race)
    race.page.evaluate("document.body.innerHTML = document.body.innerHTML")  # lifeless, so that nothing moves meanwhile
    assert [v for v in violations(race.page) if not v.startswith(("landmark", "region", "page-has"))] == []


def test_everything_that_takes_focus_has_a_name_and_keeps_its_keys(race):
    open_all(race)
    bare = race.root.evaluate(
        """root => [...root.querySelectorAll('button, input, select, textarea, summary, a, [tabindex]')]
            .filter((node) => node.dataset.lmSuppressShortcuts !== 'true' || !(node.ariaLabel || node.textContent.trim()
                || node.getAttribute('aria-labelledby') || node.closest('label')))
            .map((node) => node.outerHTML)"""
    )
    assert bare == []


def test_tab_goes_through_and_leaves(race):
    open_all(race)
    race("landscape").focus()
    seen = []
    for _ in range(150):
        race.page.keyboard.press("Tab")
        inside, control = race.root.evaluate(
            "root => [root.contains(document.activeElement), document.activeElement.dataset.control]"
        )
        if not inside:
            break
        seen.append(control)
    assert not inside, "no way out by keyboard"
    assert {"param-kappa", "start", "play", "step", "steps", "rule-adam", "share", "python", "reset"} <= set(seen)


def test_a_phone_shows_it_all_without_sideways_scroll(hold):
    race = hold(Race(["momentum", "adam"], bet=BET, more=True), **PHONE)
    race("bet-0").tap()
    open_all(race)
    wide = race.root.evaluate(
        """root => [...root.querySelectorAll('*')]
            .filter((n) => n.getBoundingClientRect().right > innerWidth + 0.5 && !n.closest('svg'))
            .map((n) => n.className || n.tagName)"""
    )
    assert wide == []
    assert race.page.evaluate("document.documentElement.scrollWidth") <= 360
    small = race.root.evaluate(
        """root => [...root.querySelectorAll('button, input:not(.opt-number), select')]
            .map((n) => [n.dataset.control, n.getBoundingClientRect()])
            .filter(([, box]) => box.height && box.height < 24).map(([name]) => name)"""
    )
    assert small == []


def test_a_finger_drags_the_start_taps_the_map_and_still_scrolls(hold):
    race = hold(Race(["momentum", "adam"]), **PHONE)
    client = race.page.context.new_cdp_session(race.page)

    def touch(kind: str, *points: tuple[float, float]):
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    start = race.state("start")
    race.root.locator(".opt-sheet").evaluate("node => node.scrollIntoView({ block: 'center' })")
    box = race("start").bounding_box()
    x, y = box["x"] + 12, box["y"] + 12
    touch("touchStart", (x, y))
    for i in range(1, 6):
        touch("touchMove", (x + 10 * i, y + 5 * i))
    touch("touchEnd")
    race.rest()
    moved = race.state("start")
    assert moved[0] > start[0]
    assert moved[1] < start[1]

    sheet = race.root.locator(".opt-sheet")
    assert sheet.evaluate("node => getComputedStyle(node).touchAction") == "auto", "the map must not catch scrolling"
    box = sheet.bounding_box()
    race.page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + 0.3 * box["height"])
    race.rest()
    assert race.state("start") != moved


def test_less_motion_means_eight_still_pictures(hold):
    race = hold(Race(["momentum"], steps=80), reduced_motion="reduce")
    race.root.evaluate(
        """root => {
            root.steps = new Set();
            const change = root.instrument.change;
            root.instrument.change = (patch, how) => {
                if ('step' in patch) root.steps.add(patch.step);
                return change(patch, how);
            };
        }"""
    )
    race("play").click()
    race.page.wait_for_function(
        "root => root.instrument.state.step === 80 && root.steps.size > 1", arg=race.root.element_handle()
    )
    assert race.root.evaluate("root => [...root.steps]") == [10, 20, 30, 40, 50, 60, 70, 80]


def test_the_theme_is_followed_while_the_page_is_open(race):
    before = race.picture()
    race.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    race.rest()
    dark = race.picture()
    assert dark != before
    race.page.evaluate("document.documentElement.dataset.theme = 'light'")
    race.rest()
    assert race.picture() == before


def test_without_a_script_the_picture_stays(new_page):
    page = new_page("intro.html", java_script_enabled=False)
    picture = page.locator("opt-race img")
    assert picture.is_visible()
    assert len(picture.get_attribute("alt")) > 20


def test_a_drag_makes_no_layout(hold):
    """Paths are drawn in every frame; text and axes wait until the hand rests. (Milliseconds: see benchmarks.)"""
    race = hold(Race(ALL, "himmelblau", steps=300))
    client = race.page.context.new_cdp_session(race.page)
    client.send("Performance.enable")
    box = race("start").bounding_box()
    x, y = box["x"] + 12, box["y"] + 12
    race.page.mouse.move(x, y)
    race.page.mouse.down()
    race.page.wait_for_timeout(300)

    def layouts() -> float:
        metrics = client.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "LayoutCount")

    before = layouts()
    for i in range(60):
        race.page.mouse.move(x + 50 * np.sin(i / 6), y + 0.8 * i)
    after = layouts()
    race.page.mouse.up()
    assert after - before <= 12, "only when a decade joins or leaves the axis"
