"""Cards of claims become targets, so that `[C57](#claim-C57)` leads to the experiment from any page.

`claims.settle` shows its card as Markdown that reads well in JupyterLab and on GitHub: a quotation that
starts with `<a id="claim-C57"></a>`. Sphinx passes such HTML through without knowing the target. Here the
id moves to the quotation itself, under the name that links use, and the card gets a class for the stylesheet.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform

ANCHOR = re.compile(r'<a id="(claim-\w+)">')


class ClaimTargets(SphinxTransform):
    """Move the anchor of each card to the quotation around it."""

    default_priority = 840  # before Sphinx collects the labels (850)

    def apply(self, **kwargs) -> None:
        for anchor in list(self.document.findall(nodes.raw)):
            card = anchor.parent.parent
            if (found := ANCHOR.fullmatch(anchor.astext())) and isinstance(card, nodes.block_quote):
                self._label(card, found[1])
                closing = anchor.next_node(nodes.raw, descend=False, siblings=True)
                anchor.parent.remove(closing)
                anchor.parent.remove(anchor)

    def _label(self, card: nodes.block_quote, id: str) -> None:
        card["classes"].append("claim")
        card["ids"].append(id)
        card["names"].append(nodes.fully_normalize_name(id))
        self.document.note_explicit_target(card)


def setup(app):
    app.add_transform(ClaimTargets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
