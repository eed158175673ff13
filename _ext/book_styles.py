"""The theme's stylesheets without the rules that no page of this site uses.

The theme brings Bootstrap, sphinx-design and more: 64 kB of compressed CSS on every page, most of it for
parts that never occur here. When all pages are written, each rule is kept whose classes all occur somewhere:
in the HTML of any page, or as a word in any script, which may set them later. Everything else is left out.
The book's own stylesheets stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

WORD = re.compile(r"-?[A-Za-z_][\w-]*")
CLASS_ATTRIBUTE = re.compile(r'\sclass="([^"]*)"')
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
FUNCTION = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
OWN = {"site.css", "embed.css", "explorables.css", "katex.css"}
NESTING = ("@media", "@supports", "@layer", "@container")


def used_classes(site: Path) -> set[str]:
    """Every class of every page, and every word of every script."""
    used: set[str] = set()
    for page in site.rglob("*.html"):
        for classes in CLASS_ATTRIBUTE.findall(page.read_text(encoding="utf-8")):
            used.update(classes.split())
    for script in (site / "_static").rglob("*.js"):
        used.update(WORD.findall(script.read_text(encoding="utf-8")))
    return used


def pruned(css: str, used: set[str]) -> str:
    """The stylesheet without rules for classes that are not used."""
    return "".join(_kept(COMMENT.sub("", css), used))


def _kept(css: str, used: set[str]) -> Iterator[str]:
    for head, body in _blocks(css):
        name = head.strip()
        if body is None or (name.startswith("@") and not name.startswith(NESTING)):
            yield head if body is None else f"{head}{{{body}}}"
        elif name.startswith(NESTING):
            if inner := "".join(_kept(body, used)):
                yield f"{name}{{{inner}}}"
        elif selectors := [s for s in _split(name) if _may_match(s, used)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """The top level of a stylesheet: (selector or at-rule, body); the body is None for `@import …;`."""
    start = at = 0
    while at < len(css):
        if css[at] == ";":
            yield css[start : at + 1].strip(), None
            start = at + 1
        elif css[at] == "{":
            end = _closing(css, at)
            yield css[start:at].strip(), css[at + 1 : end].strip()
            start, at = end + 1, end
        elif css[at] in "\"'":
            at = css.index(css[at], at + 1)
        at += 1


def _closing(css: str, at: int) -> int:
    """Where the brace that opens at `at` closes; braces inside quotes do not count."""
    depth = 0
    for found in re.compile(r"""[{}]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""").finditer(css, at):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.start()
    raise ValueError(f"a brace is not closed: {css[at : at + 80]!r}")


def _split(selectors: str) -> list[str]:
    """A list of selectors at its commas, but not at those inside parentheses."""
    return [s.strip() for s in re.split(r",(?![^()]*(?:\([^()]*\)[^()]*)*\))", selectors)]


def _may_match(selector: str, used: set[str]) -> bool:
    plain = FUNCTION.sub("", selector)
    return all(name in used for name in CLASS.findall(plain))


def prune_all(app, exception) -> None:
    """Prune the stylesheets in `_static`, whose originals every build copies anew."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    used = used_classes(site)
    for sheet in (site / "_static").rglob("*.css"):
        if sheet.name not in OWN:
            sheet.write_text(pruned(sheet.read_text(encoding="utf-8"), used), encoding="utf-8")


def setup(app):
    app.connect("build-finished", prune_all, priority=900)  # after the theme has written its pygments.css
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
