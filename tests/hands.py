"""A reader's hands on an instrument: grab, press, type, and look at what the picture became."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest


class Hand:
    """An instrument on a page of the site, and what a reader can do with it."""

    def __init__(self, page, instrument):
        self.page = page
        config = json.dumps(instrument.config())
        page.evaluate(
            """([element, config]) => {
                for (const old of document.querySelectorAll(element)) old.remove();
                const node = document.createElement(element);
                node.dataset.config = config;
                document.body.prepend(node);
            }""",
            [instrument.element, config],
        )
        self.root = page.locator(f"{instrument.element} > .opt")
        self.root.wait_for()
        self.rest()

    def __call__(self, control: str):
        """The control of that name."""
        return self.root.locator(f'[data-control="{control}"]')

    def rest(self) -> None:
        """Until what was held back during a change has happened: drawn, and said in words."""
        self.page.wait_for_timeout(300)
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def picture(self) -> str:
        """A checksum over every canvas of the instrument."""
        pixels = self.root.evaluate("root => [...root.querySelectorAll('canvas')].map((c) => c.toDataURL()).join()")
        return hashlib.sha256(pixels.encode()).hexdigest()

    def state(self, *names: str):
        """The instrument's state, or one part of it."""
        state = self.root.evaluate("root => root.instrument.state")
        return state[names[0]] if names else state

    def runs(self) -> dict[str, np.ndarray]:
        """The losses on the chart, by label."""
        runs = self.root.evaluate("root => root.instrument.runs.map((one) => [one.label, Array.from(one.trace.f)])")
        return {label: np.array([np.nan if v is None else v for v in f], float) for label, f in runs}

    def words(self) -> str:
        """The sentence below the pictures."""
        return self.root.locator(".opt-words").inner_text()

    def drag(self, target, dx: float, dy: float) -> None:
        """Grab the middle of `target` with the mouse and pull it this far."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up()
        self.rest()

    def press(self, target, *keys: str) -> None:
        """Focus `target` and press keys, as somebody without a mouse does."""
        target.focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.rest()

    def set(self, control: str, value: float) -> None:
        """Type an exact number beside a slider."""
        self(f"{control}-number").fill(str(value))
        self.page.keyboard.press("Enter")
        self.rest()


@pytest.fixture
def hold(new_page):
    """hold(instrument, **page options): the instrument alone on a page of the site, its script and its policy."""
    return lambda instrument, **options: Hand(new_page("embed/race.html", **options), instrument)
