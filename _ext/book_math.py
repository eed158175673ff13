"""Mathematics, rendered while the site is built: KaTeX inside mini-racer (a V8 in a wheel), so no MathJax.

A page carries finished HTML for the eye and MathML for screen readers. Stylesheet and fonts go only to pages
that show a formula (`book_pages` looks at the finished page). A formula that KaTeX cannot read is a warning
with file and line, and warnings fail the build.
"""

from __future__ import annotations

import functools
import html
import re
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

KATEX = Path(__file__).parent / "vendor" / "katex"
logger = logging.getLogger(__name__)


@functools.cache
def _engine() -> MiniRacer:
    engine = MiniRacer()
    engine.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
    return engine


@functools.cache
def render(tex: str, display: bool = False) -> str:
    """The HTML of a formula. Raises `ValueError` with KaTeX's message if the formula is wrong.

    There are no macros of the book's own: a notebook must show the same formula in JupyterLab.
    """
    options = {
        "displayMode": display,
        "output": "htmlAndMathml",
        "throwOnError": True,
        "strict": "error",
    }
    try:
        page = _engine().call("katex.renderToString", tex, options)
        return re.sub(r"<annotation.*?</annotation>", "", page)  # the TeX itself, which nobody reads here
    except JSEvalException as error:
        reason = re.search(r"ParseError: (.*)", str(error))
        raise ValueError(reason.group(1) if reason else str(error)) from None


def _rendered(tex: str, display: bool, node: nodes.Node) -> str:
    try:
        return render(tex, display)
    except ValueError as error:
        logger.warning("cannot render %r: %s", tex, error, location=node, type="katex")
        return f"<code>{html.escape(tex)}</code>"


def _aligned(tex: str) -> str:
    """Several lines without an environment of their own are aligned, as Sphinx's other renderers do."""
    return f"\\begin{{aligned}}{tex}\\end{{aligned}}" if r"\\" in tex and r"\begin" not in tex else tex


def visit_inline(self, node: nodes.math) -> None:
    self.body.append(_rendered(node.astext(), False, node))
    raise nodes.SkipNode


def visit_block(self, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(_rendered(_aligned(node.astext()), True, node))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def stylesheet() -> str:
    """KaTeX's stylesheet with the woff2 fonts alone, and the double-struck capitals in a small file of their own.

    A browser loads a font when a character in its range is shown: a page with an expectation gets 8 kB for it
    instead of 28, and a page with a rare symbol still gets all.
    """
    css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    css = re.sub(r",url\([^)]*\.(?:woff|ttf)\) format\([^)]*\)", "", css)
    face = re.search(r"@font-face\{[^}]*KaTeX_AMS-Regular\.woff2[^}]*", css)[0]
    letters = face.replace("AMS-Regular", "AMS-Letters") + ";unicode-range:U+41-5A,U+6B}"
    others = face + ";unicode-range:U+0-40,U+5B-6A,U+6C-10FFFF"
    return css.replace(face, letters + others)


def write_assets(app) -> None:
    """Put stylesheet and fonts where the finished pages look for them."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "katex"
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    (folder / "katex.css").write_text(stylesheet(), encoding="utf-8")
    for font in (KATEX / "fonts").glob("*.woff2"):
        (folder / "fonts" / font.name).write_bytes(font.read_bytes())


def setup(app):
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_block, None))
    app.connect("builder-inited", write_assets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
