"""What dragging the start of a race costs the browser's main thread: twelve rules, 300 steps, both pictures.

Headless Chromium without a graphics card, so every pixel is made by the processor. Prints milliseconds per move of
the mouse: the time its tasks took (as Chromium counts it, so a busy machine makes it larger) and the processor time
of the main thread (Linux only). The bound is 4 ms of the first on a quiet machine.
"""

from __future__ import annotations

import contextlib
import html
import json
import math
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from browsing import DESKTOP, QUIET, find_browser

from optimlib.explorables import base
from optimlib.explorables.race import Race

TWELVE = [
    "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "rmsprop_momentum", "adadelta", "adam", "adamax", "amsgrad",
    "nadam", "radam",
]  # fmt: skip
MOVES = 200


def write_page(folder: Path) -> str:
    """A page with one race and nothing else; its address."""
    config = html.escape(json.dumps(Race(TWELVE, "himmelblau", steps=300).config()), quote=True)
    (folder / "explorables.js").write_text(base.site_script(), encoding="utf-8")
    (folder / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><style>{base.stylesheet()} body {{ width: 44rem }}</style>'
        f'<opt-race data-config="{config}"></opt-race><script src="explorables.js"></script>',
        encoding="utf-8",
    )
    return (folder / "index.html").as_uri()


def drag(page: Page, client, others: set[Path]) -> tuple[float, float]:
    """One drag of `MOVES` moves: milliseconds of tasks and of processor time per move."""
    page.locator("[data-control=reset]").click()
    page.wait_for_timeout(500)
    box = page.locator("[data-control=start]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(300)
    before = tasks(client), processor(others)
    for i in range(MOVES):
        turn = 4 * math.pi * i / MOVES
        event = {"type": "mouseMoved", "x": x + 60 * math.sin(turn) + 0.2 * i, "y": y + 50 * (1 - math.cos(turn))}
        client.send("Input.dispatchMouseEvent", {**event, "button": "left", "buttons": 1})
        time.sleep(0.012)
    after = tasks(client), processor(others)
    page.mouse.up()
    page.wait_for_timeout(500)
    return tuple((b - a) / MOVES for a, b in zip(before, after, strict=True))


def tasks(client) -> float:
    """Milliseconds of tasks on the main thread so far."""
    metrics = client.send("Performance.getMetrics")["metrics"]
    return 1000 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")


def renderers() -> set[Path]:
    """The processes on this machine that draw pages (Linux only)."""
    found = set()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours
            if "--type=renderer" in command.read_text():
                found.add(command.parent)
    return found


def processor(others: set[Path]) -> float:
    """Milliseconds of processor time of our page's main thread so far; NaN where the system does not say."""
    threads = [process / "task" / process.name / "schedstat" for process in renderers() - others]
    return max((int(t.read_text().split()[0]) / 1e6 for t in threads if t.exists()), default=math.nan)


def main() -> None:
    """Five drags, the best and the middle one."""
    others = renderers()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(playwright), args=list(QUIET))
        page = browser.new_page(**DESKTOP)
        page.goto(write_page(Path(folder)))
        page.wait_for_timeout(1000)
        client = page.context.new_cdp_session(page)
        client.send("Performance.enable")
        runs = sorted(drag(page, client, others) for _ in range(5))
        browser.close()
    for name, at in (("best", 0), ("median", 2)):
        print(f"drag, 12 rules, 300 steps, {name}: {runs[at][0]:.1f} ms of tasks, {runs[at][1]:.1f} ms of processor")


if __name__ == "__main__":
    main()
