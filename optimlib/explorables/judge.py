"""Pieces of folklore to judge: true or false, then what was measured."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import traitlets

from optimlib import claims
from optimlib.explorables.base import Explorable

LETTERS = {"beta": "β", "eta": "η", "mu": "μ", "kappa": "κ", "lambda": "λ", "alpha": "α", "rho": "ρ", "epsilon": "ε"}


class Judge(Explorable):
    """A few claims from the ledger; the reader judges each before the verdict shows, and a score is kept.

    Parameters
    ----------
    ids : which claims, like `["C54", "C57", "C60"]`.
    caption, alt : for the page and for readers who do not see the picture.
    """

    element = "opt-judge"
    claims = traitlets.List().tag(sync=True)

    def __init__(self, ids: list[str], *, caption: str = "", alt: str = ""):
        known = claims.load()
        chosen = [known[i] for i in ids]
        cards = [
            {
                "id": c.id,
                "statement": _plain(c.statement),
                "verdict": c.verdict,
                "truth": _plain(c.truth),
                "href": _experiment(c),
            }
            for c in chosen
        ]
        super().__init__(
            claims=cards, caption=caption, alt=alt or "Claims to judge: " + " ".join(c["statement"] for c in cards)
        )

    def config(self) -> dict:
        """The claims as the static page wants them."""
        return {"claims": self.claims}

    def draw(self):
        """The statements as text, for where no script runs."""
        figure = plt.figure(figsize=(7.2, 0.5 * len(self.claims) + 0.3))
        for i, claim in enumerate(self.claims):
            figure.text(
                0.02, 1 - (i + 0.8) / len(self.claims), f"{i + 1}.  {claim['statement']}  True or false?", fontsize=10
            )
        return figure


def _experiment(claim: claims.Claim) -> str:
    """Where on the site the claim is tested, from the site's root; empty while its chapter is planned."""
    tested = claims.claims_file().with_name(f"{claim.chapter}.ipynb").exists()
    return f"chapters/{claim.chapter}.html#claim-{claim.id}" if tested else ""


def _plain(text: str) -> str:
    """Markdown with a little mathematics as plain words: an instrument shows text, not formulas."""
    text = re.sub(r"\\sqrt\{(.+?)\}", r"√\1", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda m: LETTERS.get(m[1], m[1]), text)
    return re.sub(r"[$*`{}\\]", "", text).replace("_t", "ₜ")
