"""Run the notebooks and store them clean: `python tools/notebooks.py [names…]`, all of them without names.

Stored is what a reader on GitHub, in an unrun JupyterLab and on the site should see, and nothing that changes from
run to run: no widget state, no times, no versions of the machine. Running twice changes no byte.
"""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).parents[1]
# One thread for linear algebra: small matrices are faster so, and sums do not depend on how many cores there are.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def notebooks() -> list[Path]:
    """Every notebook of the book, the landing page first."""
    return [*ROOT.glob("*.ipynb"), *sorted(ROOT.glob("chapters/*.ipynb"))]


def execute(path: Path) -> nbformat.NotebookNode:
    """The notebook with fresh outputs, run in its own folder."""
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}}).execute()
    return book


def normalize(book: nbformat.NotebookNode) -> None:
    """Take away what differs between two runs of the same code."""
    book.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        }
    )
    for cell in book.cells:
        for key in ("execution", "collapsed", "scrolled", "trusted", "jp-MarkdownHeadingCollapsed"):
            cell.metadata.pop(key, None)
        if cell.cell_type != "code":
            cell.pop("attachments", None)
            continue
        cell.outputs = _joined(cell.outputs)
        for output in cell.outputs:
            data = output.get("data", {})
            data.pop(WIDGET_VIEW, None)
            if "image/png" in data:
                data["image/png"] = _small(data["image/png"])


def _joined(outputs: list) -> list:
    """Neighboring pieces of one stream as one: how the kernel cuts them up is chance."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _small(png: str) -> str:
    """A picture in at most 128 colors: a third of the bytes, and nobody sees the difference in a line plot."""
    image = Image.open(io.BytesIO(base64.b64decode(png)))
    if image.mode == "P":  # done before
        return png
    out = io.BytesIO()
    image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(out, format="png", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def main(names: list[str]) -> None:
    os.environ.update(ONE_THREAD)
    for path in [Path(n).resolve() for n in names] or notebooks():
        book = execute(path)
        normalize(book)
        nbformat.write(book, path)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
