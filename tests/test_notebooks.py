"""Stored notebooks are what readers on GitHub and in an unrun JupyterLab see: run, in order, clean, small."""

from __future__ import annotations

import ast
import copy
import re
from pathlib import Path

import nbformat
import pytest

from tools import notebooks

LIMIT = 1_500_000  # bytes of a stored notebook
LONGEST = 15  # lines of a code cell
PATHS = notebooks.notebooks()


def complaints(book: nbformat.NotebookNode) -> list[str]:
    """Everything that should not be in a stored notebook, in words."""
    code = [c for c in book.cells if c.cell_type == "code"]
    found = []
    if [c.execution_count for c in code] != list(range(1, len(code) + 1)):
        found.append("cells were not run, or not in order")
    if "widgets" in book.metadata:
        found.append("it carries widget state")
    for number, cell in enumerate(code, 1):
        found += [f"cell {number}: {what}" for what in _cell_complaints(cell)]
    return found


def _cell_complaints(cell) -> list[str]:
    text = "".join(str(o.get("text", "")) + str(o.get("data", {}).get("text/plain", "")) for o in cell.outputs)
    shown = cell.source + text + "".join(str(o.get("data", {}).get("text/html", "")) for o in cell.outputs)
    found = []
    if any(o.output_type == "error" or o.get("name") == "stderr" for o in cell.outputs):
        found.append("an error or a warning in the outputs")
    if any(notebooks.WIDGET_VIEW in o.get("data", {}) for o in cell.outputs):
        found.append("a widget view, which nobody but the kernel that made it can show")
    if re.search(r"(?<![\w.])(/home/|/root/|/Users/|/tmp/|/work/|[A-Z]:\\)", shown):
        found.append("an absolute path")
    if re.search(r"\bat 0x[0-9a-f]{6,}", text):
        found.append("an address in memory")
    if len(cell.source.splitlines()) > LONGEST:
        found.append(f"{len(cell.source.splitlines())} lines of code, more than {LONGEST}")
    if "execution" in cell.metadata:
        found.append("times of execution")
    for output in cell.outputs:
        needs_words = "image/png" in output.get("data", {}) and "application/vnd.optimlib+json" not in output.data
        if needs_words and not cell.metadata.get("mystnb", {}).get("image", {}).get("alt"):
            found.append("a picture without alt text")
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_stored_clean(path: Path):
    assert path.stat().st_size <= LIMIT
    assert complaints(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_normalizing_again_changes_nothing(path: Path):
    book = nbformat.read(path, as_version=4)
    again = copy.deepcopy(book)
    notebooks.normalize(again)
    assert again == book
    assert nbformat.writes(again) + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [p for p in PATHS if p.parent.name == "chapters"], ids=lambda p: p.stem)
def test_cells_are_short(path: Path):
    """Half of the cells say one thing: three to five lines."""
    lengths = sorted(
        len(c.source.splitlines()) for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"
    )
    assert lengths[len(lengths) // 2] <= 6


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_no_measured_number_is_hidden_in_a_random_draw(path: Path):
    """Random numbers come from a generator with a seed, never from numpy's or Python's global one."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))):
                assert not _draws_without_seed(node), ast.unparse(node)


def _draws_without_seed(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func)
    if name.endswith("default_rng"):
        return not node.args
    return re.fullmatch(r"(np\.|numpy\.)?random\.[a-z_]+", name) is not None


def _cell(source: str = "1", count: int | None = 1, **output) -> nbformat.NotebookNode:
    outputs = [nbformat.v4.new_output(**output)] if output else []
    return nbformat.v4.new_code_cell(source, execution_count=count, outputs=outputs)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (_cell(count=None), "not run"),
        (_cell(output_type="stream", name="stderr", text="UserWarning"), "warning"),
        (_cell(output_type="error", ename="E", evalue="e", traceback=[]), "error"),
        (_cell(output_type="display_data", data={notebooks.WIDGET_VIEW: {}}), "widget view"),
        (_cell("open('/home/me/x')"), "absolute path"),
        (
            _cell(output_type="execute_result", execution_count=1, data={"text/plain": "<f at 0x7f0011223344>"}),
            "address",
        ),
        (_cell("\n".join("abcdefghijklmnop")), "16 lines"),
        (_cell(output_type="display_data", data={"image/png": ""}), "alt text"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_the_check_sees_what_it_should(cell, words: str):
    found = complaints(nbformat.v4.new_notebook(cells=[cell]))
    assert any(words in f for f in found)
