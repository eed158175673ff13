"""A real JupyterLab: run all, move a control, read the trait back in Python; a rule that only Python can run."""

from __future__ import annotations

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

CELLS = (
    "from optimlib import rule, rules\nfrom optimlib.explorables import Race",
    "@rule\ndef mine(x, g, lr=0.1):\n    return x - lr * g if (g > 0).all() else x - 0.5 * lr * g",
    "race = Race([rules.momentum(lr=0.3), mine(lr=0.2)])\nrace",
    "race.params['kappa'], race.start, race.run()['momentum'].x[-1].tolist()",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab with fresh settings, its address and its folder, which holds a copy of the chapters."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "chapters", home / "work")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    book = nbformat.v4.new_notebook(cells=cells)
    notebooks.normalize(book)  # with a kernel's name: without, JupyterLab asks for one
    nbformat.write(book, home / "work" / "try.ipynb")
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


@pytest.mark.parametrize("name", [p.name for p in sorted((ROOT / "chapters").glob("*.ipynb"))])
def test_a_chapter_runs_twice_without_an_error(open_notebook, lab, name: str):
    """As a learner does it: run all, and once more; what is then saved holds every cell's output and no error."""
    page = open_notebook(name)
    cells = sum(c.cell_type == "code" for c in nbformat.read(lab[1] / name, as_version=4).cells)
    for run in (1, 2):
        if run == 2:
            choose(page, "Run", "Run All Cells")
        saved = _saved_when(page, lab[1] / name, run * cells)
        errors = [o for c in saved for o in c.outputs if o.output_type == "error" or o.get("name") == "stderr"]
        assert errors == []


def choose(page, menu: str, entry: str) -> None:
    """Choose an entry of JupyterLab's menu bar."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(f'text="{entry}"').first.click()


def _saved_when(page, path: Path, count: int) -> list:
    """The code cells as saved once the last of them was the `count`-th to run."""
    for _ in range(240):
        page.keyboard.press("Control+s")
        page.wait_for_timeout(500)
        code = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        if code[-1].execution_count == count:
            return code
    pytest.fail(f"after two minutes the last cell has number {code[-1].execution_count}, not {count}")
