"""`{computed}`: a part of a page that a Python function writes.

    ```{computed} optimlib.claims:ledger_markdown
    ```

calls the function while the page is read and puts the MyST Markdown it returns in the directive's place,
headings included. Further words of the line are passed to the function as strings. What the function knows
cannot drift from what the page says.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective


class Computed(SphinxDirective):
    """Replace itself by the Markdown that `module:function`, called with the further words, returns."""

    required_arguments = 1
    optional_arguments = 9

    def run(self) -> list[nodes.Node]:
        module_name, _, name = self.arguments[0].partition(":")
        try:
            function = getattr(importlib.import_module(module_name), name)
        except (ImportError, AttributeError) as error:
            raise self.error(f"{self.arguments[0]}: {error}") from error
        self.env.note_dependency(str(Path(inspect.getfile(function)).resolve()))
        lines = StringList(function(*self.arguments[1:]).splitlines(), source=self.arguments[0])
        holder = nodes.Element()
        self.state.nested_parse(lines, self.content_offset, holder, match_titles=True)
        return holder.children


def reread(app, env, added, changed, removed) -> list[str]:
    """Pages with a computed part are read again in every build: data files may have changed unseen."""
    return sorted(getattr(env, "book_computed", set()) - removed)


def remember(app, docname: str, source: list[str]) -> None:
    """Note whether this page has a computed part."""
    pages = app.env.__dict__.setdefault("book_computed", set())
    (pages.add if "{computed}" in source[0] else pages.discard)(docname)


def merge(app, env, docnames, other) -> None:
    """Bring together what parallel readers noted."""
    found = getattr(other, "book_computed", set()) & set(docnames)
    env.__dict__.setdefault("book_computed", set()).update(found)


def setup(app):
    app.add_directive("computed", Computed)
    app.connect("env-get-outdated", reread)
    app.connect("source-read", remember)
    app.connect("env-merge-info", merge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
