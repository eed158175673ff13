"""A real JupyterLab: run all, move a control, read the trait back in Python; a rule that only Python can run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from browsing import ROOT, Watch

from tools import notebooks

IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
CELLS = (
    "from optimlib import rule, rules\nfrom optimlib.explorables import Race",
    "@rule\ndef mine(x, g, lr=0.1):\n    return x - lr * g if (g > 0).all() else x - 0.5 * lr * g",
    "race = Race([rules.momentum(lr=0.3), mine(lr=0.2)])\nrace",
    "race.params['kappa'], race.start, race.run()['momentum'].x[-1].tolist()",
)
OTHERS = (
    "import numpy as np\nfrom optimlib.explorables import Baked, Map, Stream",
    "def run(lr):\n    return {'loss': (1 - lr) ** np.arange(20)}",
    "stream = Stream(at=50)\nstream",
    "plane = Map(kappa=10)\nplane",
    "baked = Baked(run, {'lr': [0.1, 0.5]})\nbaked",
    "stream.correct, plane.beta, baked.choice = True, 0.25, {'lr': 0.5}\nstream.at, plane.lr",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab with fresh settings, its address and its folder, which holds a copy of the chapters."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "chapters", home / "work")
    for name, sources in (("try", CELLS), ("others", OTHERS)):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        notebooks.normalize(book)  # with a kernel's name: without, JupyterLab asks for one
        nbformat.write(book, home / "work" / f"{name}.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {
        f"JUPYTER{k}_DIR": str(home / k.strip("_").lower()) for k in ("_CONFIG", "LAB_SETTINGS", "LAB_WORKSPACES")
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
        "--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.news_url=",
        f"--ServerApp.root_dir={home / 'work'}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | folders | path)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", home / "log")
            yield f"http://127.0.0.1:{port}", home / "work"
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(url: str, log: Path) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(url)
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


def _wait_for_kernel(url: str, name: str) -> None:
    for _ in range(300):
        sessions = json.load(urllib.request.urlopen(f"{url}/api/sessions"))
        if any(s["path"] == name and s["kernel"]["execution_state"] == "idle" for s in sessions):
            return
        time.sleep(0.2)
    pytest.fail(f"no kernel for {name} within a minute")


@pytest.fixture
def open_notebook(browser, lab):
    """Opens a notebook in the lab and runs all its cells; nothing may be asked of another host."""
    url, _ = lab
    context = browser.new_context(viewport={"width": 1300, "height": 1100})
    watch = Watch(context, (url, url.replace("http", "ws", 1)))

    def run_all(name: str):
        page = context.new_page()
        page.goto(f"{url}/lab/tree/{name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        _wait_for_kernel(url, name)  # run earlier, and JupyterLab asks which kernel is meant
        page.wait_for_selector(IDLE, timeout=60_000)
        choose(page, "Run", "Run All Cells")
        return page

    yield run_all
    context.close()
    assert [c for c in watch.complaints if "another host" in c] == []


def test_a_control_moves_the_trait_and_python_answers(open_notebook):
    page = open_notebook("try.ipynb")
    race = page.locator(".opt-race")
    race.wait_for(timeout=60_000)
    kappa = race.get_by_role("slider", name="condition number").first
    before = kappa.input_value()
    kappa.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")  # JupyterLab must not take the arrow keys for itself
    assert kappa.input_value() != before
    page.wait_for_timeout(500)

    last = page.locator(".jp-CodeCell").last
    last.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    output = last.locator(".jp-OutputArea-output")
    output.filter(has_not_text="(100.0").wait_for(timeout=10_000)
    shown = float(race.get_by_role("spinbutton", name="condition number").first.input_value())
    value = float(output.inner_text().split(",")[0].strip("( "))
    assert value > 100
    assert value == pytest.approx(shown, rel=0.01)


def test_a_rule_that_only_python_can_run_races_too(open_notebook):
    """It branches on a value; the kernel answers with its path, and the words below say where it got to."""
    page = open_notebook("try.ipynb")
    words = page.locator(".opt-race .opt-words")
    words.wait_for(timeout=60_000)
    words.filter(has_text="mine at").or_(words.filter(has_text="mine is at")).wait_for(timeout=10_000)
    assert "np.where" in page.locator(".opt-race").inner_text() + page.locator(".opt-race").inner_html()


def test_the_other_instruments_hear_and_are_heard(open_notebook):
    """Python sets a trait of each, and the words below say so; a key on each handle arrives in Python."""
    page = open_notebook("others.ipynb")
    words = {name: page.locator(f".opt-{name} .opt-words") for name in ("stream", "ratemap", "baked")}
    words["stream"].filter(has_text="the start corrected").wait_for(timeout=60_000)
    words["ratemap"].filter(has_text="β 0.25").wait_for(timeout=10_000)
    words["baked"].filter(has_text="lr 0.5").wait_for(timeout=10_000)
    for control in ("at", "point"):
        page.locator(f'[data-control="{control}"]').focus()
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(500)
    last = page.locator(".jp-CodeCell").last
    last.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    output = last.locator(".jp-OutputArea-output")
    output.filter(has_text="(60, ").wait_for(timeout=10_000)
    assert float(output.inner_text().split(",")[1].strip(" )")) > 0.5


def test_a_chapter_runs_without_an_error(open_notebook, lab):
    """As a learner does it: open, run all, save; what is saved has every cell's output and no error."""
    name = "04-momentum.ipynb"
    page = open_notebook(name)
    saved = _saved_when_run(page, lab[1] / name)
    assert [o for c in saved for o in c.outputs if o.output_type == "error" or o.get("name") == "stderr"] == []


def choose(page, menu: str, entry: str) -> None:
    """Choose an entry of JupyterLab's menu bar."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(f'text="{entry}"').first.click()


def _saved_when_run(page, path: Path) -> list:
    """The code cells as JupyterLab saves them, once this session has run the last of them."""
    before = path.stat().st_mtime_ns
    for _ in range(200):
        page.wait_for_timeout(1000)
        if not page.locator(IDLE).count():
            continue
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
        if path.stat().st_mtime_ns > before:
            return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    pytest.fail("three minutes after Run All the notebook was not saved")
