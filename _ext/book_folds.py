"""Boxes that open are native `<details>`: they work without JavaScript, by keyboard, and in find-in-page.

Any admonition with the class `dropdown` becomes one, and so does the content of `{toggle}`. This replaces the
script of sphinx-togglebutton, whose assets `book_pages` drops.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform


class Fold(nodes.General, nodes.Element):
    """A box that opens; its first child is a `FoldTitle`."""


class FoldTitle(nodes.TextElement):
    """What stays visible of a closed box."""


class MakeFolds(SphinxPostTransform):
    """Turn admonitions with the class `dropdown`, and toggles, into folds."""

    default_priority = 200
    formats = ("html",)

    def run(self, **kwargs) -> None:
        for node in list(self.document.findall(_is_foldable)):
            children = list(node.children)
            if children and isinstance(children[0], nodes.title):
                title = FoldTitle("", "", *children.pop(0).children)
            else:
                label = admonitionlabels.get(node.tagname, "Show")
                title = FoldTitle("", "", nodes.Text(str(label)))
            kind = node.tagname if node.tagname in admonitionlabels else ""
            fold = Fold("", title, *children, ids=node["ids"])
            fold["classes"] = ["admonition", kind, *(c for c in node["classes"] if c != "admonition")]
            fold["open"] = "toggle-shown" in node["classes"]
            node.replace_self(fold)


def _is_foldable(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Admonition):
        return "dropdown" in node["classes"]
    return isinstance(node, nodes.container) and "toggle" in node["classes"]


def visit_fold(self, node: Fold) -> None:
    more = {"open": "open"} if node["open"] else {}
    self.body.append(self.starttag(node, "details", "\n", **more))


def depart_fold(self, node: Fold) -> None:
    self.body.append("</details>\n")


def visit_title(self, node: FoldTitle) -> None:
    self.body.append(self.starttag(node, "summary", "", CLASS="admonition-title"))


def depart_title(self, node: FoldTitle) -> None:
    self.body.append("</summary>\n")


def setup(app):
    app.add_node(Fold, html=(visit_fold, depart_fold))
    app.add_node(FoldTitle, html=(visit_title, depart_title))
    app.add_post_transform(MakeFolds)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
