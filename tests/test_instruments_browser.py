"""Stream, Map and Baked under a reader's hands: every control by mouse and by keyboard, bets, goals, links, touch."""

from __future__ import annotations

import re

import numpy as np
import pytest
from browsing import PHONE
from hands import Hand
from test_site_browser import violations

from optimlib.explorables import Baked, Map, Stream
from optimlib.explorables.ratemap import optimum
from optimlib.explorables.stream import DRAWN

LONG = {"long": np.sin(np.arange(500) / 20), "short": [0.0, 1.0, 0.0, 1.0, 2.0]}


def curves(lr, batch_size, decay):
    """Made up, but every choice shows."""
    steps = np.arange(60)
    return {"Adam": np.exp(-lr * steps / batch_size), "noise": 1 / (1 + lr * steps) + (0.1 if decay else 0)}


GRID = {"lr": [0.1, 0.3, 1.0], "batch size": [1, 4], "decay": [False, True]}


def bet(unlocks: str) -> dict:
    return {"question": "What happens?", "options": ["this", "that"], "answer": 1, "unlocks": unlocks, "because": "So."}


@pytest.fixture
def stream(hold) -> Hand:
    return hold(Stream(signal="noisy cosine", at=50))


@pytest.fixture
def plane(hold) -> Hand:
    hand = hold(Map("momentum", kappa=20, lr=0.5, beta=0.5))
    return filled(hand)


@pytest.fixture
def baked(hold) -> Hand:
    return hold(Baked(curves, GRID, log="y"))


def filled(hand: Hand) -> Hand:
    """Until all of the plane is measured."""
    hand.page.wait_for_function("root => root.instrument.field.done", arg=hand.root.element_handle(), timeout=30_000)
    hand.rest()
    return hand


def slide(hand: Hand, control: str, way: str, share: float = 0.8, keys=("ArrowRight",) * 6) -> None:
    """Move a slider by a click at this share of its length, or by keys."""
    slider = hand(control)
    if way == "keyboard":
        return hand.press(slider, *keys)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    hand.page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    return hand.rest()


WAYS = pytest.mark.parametrize("way", ["mouse", "keyboard"])


# --- stream --------------------------------------------------------------------------------------------------------


@WAYS
def test_beta_changes_the_average(stream, way):
    before = stream.picture()
    slide(stream, "beta", way)
    assert stream.state("beta") > 0.9
    assert stream.picture() != before
    assert f"β {stream.state('beta'):g}" in stream.words()
    stream.set("beta", 0.5)
    assert stream.root.locator(".opt-fact dd").first.inner_text() == "1 step"


@WAYS
def test_the_start_can_be_corrected(stream, way):
    before = stream.picture()
    stream("correct").check() if way == "mouse" else stream.press(stream("correct"), "Space")
    stream.rest()
    assert stream.state("correct")
    assert stream.picture() != before
    assert "corrected" in stream.words()


@WAYS
def test_the_point_in_time_moves(stream, way):
    before, handle = stream.picture(), stream("at")
    stream.drag(handle, -120, 0) if way == "mouse" else stream.press(handle, "Shift+ArrowLeft", "ArrowLeft")
    assert stream.state("at") < 50
    assert stream.picture() != before
    assert handle.get_attribute("aria-valuenow") == str(stream.state("at"))
    assert f"At step {stream.state('at')} " in stream.words()
    stream.press(handle, "Home")
    assert stream.state("at") == 1
    assert "of its weight still lies on the zero" in stream.words()
    stream.press(handle, "End", "ArrowRight")
    assert stream.state("at") == 100, "time ends"


def test_a_click_in_the_chart_moves_the_point(stream):
    box = stream.root.locator(".opt-stream-chart canvas").bounding_box()
    stream.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 60)
    stream.rest()
    assert stream.state("at") > 80


@WAYS
def test_another_signal(stream, way):
    before = stream.picture()
    if way == "mouse":
        stream("signal").select_option("one spike")
        stream.rest()
    else:
        stream.press(stream("signal"), "ArrowUp")
    assert stream.state("signal") != "noisy cosine"
    assert stream.picture() != before
    assert stream.words().lower().startswith(stream.state("signal"))


@WAYS
def test_a_signal_drawn_by_hand(stream, way):
    stream("signal").select_option(DRAWN)
    stream.rest()
    before = stream.picture()
    if way == "mouse":
        box = stream.root.locator(".opt-stream-chart canvas").bounding_box()
        mouse = stream.page.mouse
        mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 60)
        mouse.down()
        mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60, steps=3)
        mouse.up()
        stream.rest()
        assert sum(v > 0.3 for v in stream.state("drawn")) >= 15, "a stroke leaves no gaps"
        assert stream.state("at") == 50, "drawing does not move the point"
    else:
        stream.press(stream("at"), "ArrowUp", "ArrowUp", "ArrowRight", "Shift+ArrowDown")
        assert stream.state("drawn")[49:51] == [0.1, -0.5]
    assert stream.picture() != before
    stream("clear").click()
    stream.rest()
    assert not any(stream.state("drawn"))


def test_a_long_series_is_seen_in_windows(hold):
    stream = hold(Stream(LONG, at=300))
    before = stream.picture()
    stream("window").select_option("100")
    stream.rest()
    assert stream.picture() != before
    stream.press(stream("at"), "Shift+ArrowRight")
    plot = stream.root.evaluate("root => [root.instrument.plot.from, root.instrument.plot.to]")
    assert plot[0] <= 310 <= plot[1] == plot[0] + 100
    stream("signal").select_option("short")
    stream.rest()
    assert stream.state("at") == 3, "the same share of a shorter series"
    assert not stream("window").is_visible()


def test_the_numbers_are_pythons(stream):
    stream.set("beta", 0.8)
    twin = Stream(signal="noisy cosine", beta=0.8, at=50)
    got = stream.root.evaluate("root => Array.from(root.instrument.fed.out)")
    assert got == twin.run().tolist()
    facts = stream.root.locator(".opt-fact dd").all_inner_texts()
    assert facts[0] == f"{twin.lag:g} steps"
    assert float(facts[1]) == pytest.approx(twin.roughness, rel=0.05)


def test_a_goal_for_an_average(hold):
    stream = hold(Stream(signal="noisy cosine", beta=0.99, goal={"text": "Calm and quick", "lag": 5, "roughness": 0.3}))
    state = stream.root.locator(".opt-goal-state")
    assert "Not yet: lag 99, wanted at most 5" in state.inner_text()
    stream.set("beta", 0.8)
    assert state.inner_text().startswith("Reached")


# --- map -----------------------------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("control", ["kappa", "lr", "beta"])
def test_a_number_of_the_plane_changes_the_picture(plane, control, way):
    before, value = plane.picture(), plane.state(control)
    facts = plane.root.locator(".opt-facts").inner_text()
    slide(plane, control, way, 0.95 if control == "kappa" else 0.3, ("ArrowRight",) * 4)
    filled(plane)
    assert plane.state(control) != value
    assert plane.picture() != before
    assert plane.root.locator(".opt-facts").inner_text() != facts


@WAYS
def test_the_point_moves_and_its_run_with_it(plane, way):
    chart = plane.root.locator(".opt-line-chart canvas")
    before, state = chart.evaluate("c => c.toDataURL()"), plane.state()
    handle = plane("point")
    plane.drag(handle, 40, -50) if way == "mouse" else plane.press(handle, "Shift+ArrowRight", "Shift+ArrowUp")
    after = plane.state()
    assert after["lr"] > state["lr"]
    assert after["beta"] > state["beta"]
    assert chart.evaluate("c => c.toDataURL()") != before
    assert handle.get_attribute("aria-valuetext") == f"learning rate {after['lr']:g}, beta {after['beta']:g}"


def test_the_point_stays_on_the_plane(plane):
    plane.press(plane("point"), *["Shift+ArrowLeft"] * 12, *["Shift+ArrowUp"] * 12)
    assert plane.state("lr") == 0.01
    assert plane.state("beta") == 0.999


@WAYS
def test_another_rule_has_another_plane(plane, way):
    before, seen = plane.picture(), plane.root.evaluate("root => root.instrument.best.rate")
    if way == "mouse":
        plane("rule").select_option("nesterov")
        plane.rest()
    else:
        plane.press(plane("rule"), "ArrowDown")
    filled(plane)
    assert plane.picture() != before
    assert plane.root.evaluate("root => root.instrument.best.rate") == pytest.approx(
        optimum("nesterov", 20).rate, abs=1e-6
    )
    assert seen == pytest.approx(optimum("momentum", 20).rate, abs=1e-5)
    plane("rule").select_option("sgd")
    filled(plane)
    assert plane.state("beta") == 0
    assert not plane("beta").is_visible()


@WAYS
def test_the_run_can_be_longer(plane, way):
    before = plane.picture()
    if way == "mouse":
        plane("steps").select_option("500")
        plane.rest()
    else:
        plane.press(plane("steps"), "ArrowDown")
    assert plane.state("steps") > 100
    assert plane.root.evaluate("root => root.instrument.trace.f.length") == plane.state("steps") + 1
    assert plane.picture() != before


@WAYS
def test_the_way_to_the_best_point(plane, way):
    plane("optimum").click() if way == "mouse" else plane.press(plane("optimum"), "Enter")
    plane.rest()
    best = optimum("momentum", 20)
    assert plane.state("lr") == pytest.approx(best.lr, rel=1e-3)
    assert plane.state("beta") == pytest.approx(best.beta, abs=1e-3)
    assert "This is the best there is." in plane.words()


def test_measurement_and_prediction_agree_and_say_so(plane):
    said = plane.root.locator(".opt-note", has_text="agree to within").inner_text()
    assert float(re.search(r"within ([\d.]+)%", said)[1]) < 0.5
    predicted, measured = plane.root.locator(".opt-fact dd").all_inner_texts()[:2]
    assert float(predicted[2:]) == pytest.approx(float(measured[2:]), abs=2e-4)


def test_the_run_is_pythons(plane):
    x = plane.root.evaluate("root => Array.from(root.instrument.trace.x)")
    twin = Map("momentum", kappa=20, lr=0.5, beta=0.5).run()
    np.testing.assert_allclose(np.reshape(x, (-1, 2)), twin.x, rtol=1e-9, atol=1e-15)


def test_the_page_stays_free_while_the_plane_is_measured(hold):
    """The longest pause between two frames while 19,200 runs are made, far below what one go would take."""
    plane = hold(Map("momentum", kappa=1000))
    longest, whole = plane.root.evaluate(
        """root => new Promise((done) => {
            const app = root.instrument, start = performance.now();
            let last = start, longest = 0;
            app.change({ kappa: 900 });
            const tick = (now) => {
                longest = Math.max(longest, now - last);
                last = now;
                if (app.field.done && now - start > 100) done([longest, now - start]);
                else requestAnimationFrame(tick);
            };
            requestAnimationFrame(tick);
        })"""
    )
    assert longest < 0.5 * whole


def test_a_goal_for_a_run(hold):
    plane = hold(Map("momentum", kappa=20, lr=0.1, beta=0.0, goal={"text": "Quick", "below": 1e-6, "within": 60}))
    state = plane.root.locator(".opt-goal-state")
    assert state.inner_text().startswith("Not yet")
    plane("optimum").click()
    plane.rest()
    assert state.inner_text().startswith("Reached")


# --- baked ---------------------------------------------------------------------------------------------------------


@WAYS
@pytest.mark.parametrize("control", ["lr", "batch size"])
def test_a_choice_brings_its_curves(baked, control, way):
    before = baked.picture()
    slide(baked, control, way, 0.99, ("ArrowRight",))
    chosen = baked.state("choice")[control]
    assert chosen != GRID[control][0]
    assert baked.picture() != before
    assert f"{control} {chosen:g}" in baked.words()
    assert baked(control).get_attribute("aria-valuetext") == f"{chosen:g}"
    shown = baked.root.evaluate("root => root.instrument.shown.map((c) => [c.label, Array.from(c.y)])")
    state = baked.state("choice")
    for label, y in shown:
        expected = curves(state["lr"], state["batch size"], state["decay"])[label]
        np.testing.assert_allclose(y, expected, rtol=2e-3)


@WAYS
def test_what_is_no_number_has_buttons(baked, way):
    before = baked.picture()
    if way == "mouse":
        baked("decay-on").check(force=True)
        baked.rest()
    else:
        baked.press(baked("decay-off"), "ArrowRight")
    assert baked.state("choice")["decay"] is True
    assert baked.picture() != before
    assert "decay on" in baked.words()


@WAYS
def test_the_others_can_be_hidden(baked, way):
    assert baked.state("others")
    before = baked.picture()
    baked("others").click(force=True) if way == "mouse" else baked.press(baked("others"), "Space")
    baked.rest()
    assert not baked.state("others")
    assert baked.picture() != before


@WAYS
def test_the_python_behind_it_is_one_click_away(baked, way):
    code = baked.root.locator(".opt-source")
    assert not code.is_visible()
    baked("fold-source").click() if way == "mouse" else baked.press(baked("fold-source"), "Enter")
    assert "def curves(lr, batch_size, decay):" in code.inner_text()
    assert "batch size in 1, 4" in code.inner_text()


def test_values_as_a_table(baked):
    baked("fold-values").click()
    rows = [r.split("\t") for r in baked.root.locator(".opt-state tbody").inner_text().splitlines()]
    assert [r[0].strip() for r in rows] == ["Adam", "noise"]
    baked.press(baked("lr"), "End")
    last = baked.root.locator(".opt-state tbody tr").nth(0).locator("td").nth(3).inner_text()
    assert float(last.replace("−", "-")) == pytest.approx(np.exp(-59), rel=0.02)


def test_a_goal_for_a_choice(hold):
    baked = hold(Baked(curves, GRID, goal={"text": "Quick", "below": 1e-3, "within": 10}))
    state = baked.root.locator(".opt-goal-state")
    assert "Not yet: noise came closest" in state.inner_text() or "Not yet: Adam came closest" in state.inner_text()
    baked.press(baked("lr"), "End")
    assert state.inner_text() == "Reached: Adam is below 0.001 at step 7."


# --- all of them ---------------------------------------------------------------------------------------------------

MAKE = {
    "stream": lambda **more: Stream(signal="noisy cosine", **more),
    "map": lambda **more: Map(kappa=20, **more),
    "baked": lambda **more: Baked(curves, GRID, **more),
}
EACH = pytest.mark.parametrize("name", list(MAKE))
TURNED = {"stream": "beta", "map": "lr", "baked": "lr"}


@EACH
def test_a_bet_unlocks_its_control(hold, name):
    control = {"stream": "beta", "map": "kappa", "baked": "batch size"}[name]
    hand = hold(MAKE[name](bet=bet(control)))
    assert hand(control).is_disabled()
    hand("bet-0").click()
    assert not hand(control).is_disabled()
    assert hand.page.evaluate("document.activeElement.dataset.control") == control
    hand.press(hand(control), *["ArrowRight"] * 25)
    assert "You said this. It is that. So." in hand.root.locator(".opt-bet").inner_text()


@pytest.mark.parametrize("name", ["stream", "map"])
def test_a_bet_on_the_point_holds_it(hold, name):
    control = {"stream": "at", "map": "point"}[name]
    hand = hold(MAKE[name](bet=bet(control)))
    before = hand.state()
    hand.drag(hand(control), 50, 0)
    hand.press(hand(control), "ArrowRight")
    assert hand.state() == before
    hand("bet-1").click()
    hand.press(hand(control), *["Shift+ArrowLeft"] * 4)
    assert hand.state() != before
    assert "You were right. So." in hand.root.locator(".opt-bet").inner_text()


@EACH
def test_reset_brings_everything_back(hold, name):
    hand = hold(MAKE[name]())
    if name == "map":
        filled(hand)
    state, words = hand.state(), hand.words()
    hand.press(hand(TURNED[name]), *["ArrowRight"] * 3)
    assert hand.state() != state
    assert hand.words() != words
    hand("reset").click()
    hand.rest()
    assert hand.state() == {**state, "answer": None}
    assert hand.words() == words


@EACH
def test_a_shared_link_brings_the_picture_back(hold, name, new_page):
    instrument = MAKE[name]()
    hand = hold(instrument)
    hand.press(hand(TURNED[name]), *["ArrowRight"] * 2)
    if name == "stream":
        hand("correct").check()
        hand.press(hand("at"), "ArrowLeft")
    if name == "baked":
        hand("decay-on").check(force=True)
    hand.rest()
    hand("share").click()
    link = hand("copied").input_value()
    tail = link.split("#")[1]
    assert tail.startswith(f"{name}=0&")
    page = new_page("embed/race.html")
    page.evaluate("tail => { location.hash = tail; }", tail)
    copy = Hand(page, instrument)
    assert copy.state() == hand.state()
    assert copy.words() == hand.words()


@EACH
def test_copied_python_can_be_read_and_closed(hold, name):
    hand = hold(MAKE[name]())
    hand("python").click()
    code = hand("copied").input_value()
    compile(code, name, "exec")
    assert {
        "stream": "averages.ewma(x, beta=0.9)",
        "map": "rules.momentum(lr=0.5, beta=0.5)",
        "baked": "curves = curves(batch_size=1, decay=False, lr=0.1)",
    }[name] in code
    hand("copied-close").click()
    assert hand.page.evaluate("document.activeElement.dataset.control") == "python", "focus goes back"


@EACH
def test_light_and_dark_are_two_pictures(hold, name):
    hand = hold(MAKE[name]())
    if name == "map":
        filled(hand)
    before = hand.picture()
    hand.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    hand.rest()
    assert hand.picture() != before


@EACH
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(hold, name, scheme):
    hand = hold(MAKE[name](bet=bet(TURNED[name]), goal=None), color_scheme=scheme)
    hand("bet-0").click()
    for control in ("fold-source", "fold-values", "python"):
        if hand(control).count():
            hand(control).click()
    hand.rest()
    assert [v for v in violations(hand.page) if not v.startswith(("landmark", "region", "page-has"))] == []


@EACH
def test_on_a_phone(hold, name):
    hand = hold(MAKE[name](), **PHONE)
    width = hand.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1]
    for canvas in hand.root.locator("canvas").all():
        box = canvas.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    before = hand.picture()
    if name == "baked":
        hand("lr").evaluate("node => { node.value = 2; node.dispatchEvent(new Event('input')); }")
    else:
        box = (
            hand.root.locator("canvas").last.bounding_box()
            if name == "stream"
            else hand.root.locator(".opt-sheet").bounding_box()
        )
        hand.page.touchscreen.tap(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    hand.rest()
    assert hand.picture() != before


@EACH
def test_everything_that_takes_focus_has_a_name_and_keeps_its_keys(hold, name):
    hand = hold(MAKE[name](bet=bet(TURNED[name])))
    hand("python").click()
    bare = hand.root.evaluate(
        """root => [...root.querySelectorAll('button, input, select, textarea, summary, a, [tabindex]')]
            .filter((node) => node.dataset.lmSuppressShortcuts !== 'true' || !(node.ariaLabel || node.textContent.trim()
                || node.getAttribute('aria-labelledby') || node.closest('label')))
            .map((node) => node.outerHTML)"""
    )
    assert bare == []


@EACH
def test_a_drag_answers_within_a_frame(hold, name):
    """Computing and drawing after one move, without the browser's own work: the best of ten, on any machine."""
    hand = hold(MAKE[name]())
    patch = {
        "stream": "{ beta: 0.9 + i / 1000 }",
        "map": "{ lr: 0.5 + i / 100 }",
        "baked": "{ choice: { ...app.state.choice, lr: i % 2 ? 0.3 : 1 } }",
    }
    best = hand.root.evaluate(
        f"""async root => {{
            const app = root.instrument;
            let best = Infinity;
            for (let i = 0; i < 10; i++) {{
                app.change({patch[name]}, {{ final: false }});
                const start = performance.now();
                await new Promise(requestAnimationFrame);
                best = Math.min(best, performance.now() - start);
            }}
            return best;
        }}"""
    )
    assert best < 40
