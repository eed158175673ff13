"""Claims: what is said about optimizers, and what the experiments of this course decide.

`chapters/claims.yml` lists every claim once. A chapter measures something and then calls `settle`, which
fails when the numbers do not support the verdict and shows a card when they do. `table` closes a chapter,
`ledger_markdown` and `errata_markdown` make two pages of the site from the list and the stored chapters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

KINDS = ("flow", "also tested", "erratum")
VERDICTS = ("holds", "holds when", "backwards", "does not hold", "open")

# Every chapter that tests a claim, in reading order. One without a notebook is planned.
TITLES = {
    "01-gradient-descent": "Gradient descent",
    "02-learning-rate": "Learning rate",
    "03-moving-averages": "Moving averages",
    "04-momentum": "Momentum",
    "05-nesterov": "Nesterov",
    "06-adagrad": "AdaGrad",
    "07-rmsprop": "RMSProp",
    "08-adadelta": "Adadelta",
    "09-adam": "Adam",
    "11-amsgrad": "AMSGrad",
    "12-nadam": "NAdam",
    "13-radam": "RAdam",
    "14-weight-decay": "Weight decay",
    "15-newton": "Newton",
    "16-schedules": "Schedules",
    "17-tricks": "Tricks",
    "18-parallel": "Parallel training",
    "19-comparisons": "Comparisons",
}


@dataclass(frozen=True)
class Claim:
    """One statement about optimizers, and what is true about it.

    Parameters
    ----------
    id : `"C01"` … `"C115"`.
    statement : What is said, as one sentence to bet on (Markdown).
    truth : What is so, and under which condition (Markdown).
    notes : The study notes that say it, a tuple of `"000"` … `"004"`.
    chapter : Where it is tested, a key of `TITLES`.
    kind : One of `KINDS`: an experiment in the text, a row in the closing table, or an erratum.
    verdict : One of `VERDICTS`.
    when : For the verdict `holds when`, the condition, worded to follow these words; else empty.
    printed, correct : For errata, what stands on the page, and what should; else empty.

    A field that is empty or outside its range raises ValueError.
    """

    id: str
    statement: str
    truth: str
    notes: tuple[str, ...]
    chapter: str
    kind: str
    verdict: str
    when: str = ""
    printed: str = ""
    correct: str = ""

    def __post_init__(self) -> None:
        allowed = {"kind": KINDS, "verdict": VERDICTS, "chapter": tuple(TITLES)}
        for field, choices in allowed.items():
            if getattr(self, field) not in choices:
                raise ValueError(f"{self.id}: {field} is {getattr(self, field)!r}, must be one of {choices}")
        if not (self.statement and self.truth and self.notes):
            raise ValueError(f"{self.id}: statement, truth and notes must not be empty")
        if (self.verdict == "holds when") != bool(self.when):
            raise ValueError(f"{self.id}: the verdict 'holds when' has a 'when', and no other has one")
        if (self.kind == "erratum") != bool(self.printed and self.correct):
            raise ValueError(f"{self.id}: an erratum has 'printed' and 'correct', and nothing else has them")

    @property
    def decision(self) -> str:
        """The verdict with its condition: `'backwards'`, `'holds when there is curvature along the way'`."""
        return f"{self.verdict} {self.when}".strip()

    @property
    def source(self) -> str:
        """Who says so, in words: `'note 002'`, `'notes 000, 001'`."""
        return f"note{'s' if len(self.notes) > 1 else ''} {', '.join(self.notes)}"

    @property
    def link(self) -> str:
        """A Markdown link to the card of this claim."""
        return f"[{self.id}](#claim-{self.id})"


def claims_file() -> Path:
    """Where `chapters/claims.yml` is: beside this package, else in or above the working directory.

    FileNotFoundError, with the remedy, if it is in neither place.
    """
    here = Path.cwd()
    for folder in (Path(__file__).resolve().parents[1], here, *here.parents):
        if (path := folder / "chapters" / "claims.yml").is_file():
            return path
    raise FileNotFoundError(
        f"chapters/claims.yml is neither beside the optimlib package nor in or above {here}. "
        "Clone the whole course and install it with `pip install -e .`, or run from inside its folder."
    )


@lru_cache
def _read(path: Path) -> dict[str, Claim]:
    import yaml  # here, so that importing optimlib does not pay for it

    claims: dict[str, Claim] = {}
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
        try:
            claim = Claim(**{**entry, "notes": tuple(entry["notes"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"{path.name}, entry {entry!r}: {error}") from None
        if claim.id in claims:
            raise ValueError(f"{path.name}: {claim.id} is listed twice")
        claims[claim.id] = claim
    return claims


def load() -> dict[str, Claim]:
    """All claims of the course, by id, in order.

    Raises
    ------
    FileNotFoundError : If `chapters/claims.yml` cannot be found.
    ValueError : If an entry is incomplete, ill-formed or listed twice.

    Examples
    --------
    >>> print(load()["C49"].statement)
    Momentum adds up gradients that agree and cancels those that alternate.
    """
    return dict(_read(claims_file()))


@dataclass(frozen=True, repr=False)
class Settled:
    """A claim with the number that decided it; a notebook shows it as a card."""

    claim: Claim
    number: str

    def __repr__(self) -> str:
        return f"{self.claim.id} · {self.claim.verdict} · {self.number}"

    def _repr_markdown_(self) -> str:
        # The anchor is invisible everywhere; on the site _ext/claim_links.py makes it a target for links.
        claim = self.claim
        condition = f" {claim.when}." if claim.when else ""
        lines = [f'<a id="claim-{claim.id}"></a>**Claim {claim.id}.** {claim.statement} *({claim.source})*']
        lines += [f"**{claim.verdict.capitalize()}{'' if claim.when else '.'}**{condition} {claim.truth}"]
        lines += [f"**Should read:** {claim.correct}"] if claim.correct else []
        lines += [f"**Measured:** {self.number}"]
        return "\n>\n".join(f"> {line}" for line in lines)


@dataclass(frozen=True, repr=False)
class Table:
    """A piece of Markdown that a notebook shows as a table."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


_settled: dict[str, Settled] = {}


def settle(id: str, condition: bool, number: str) -> Settled:
    """Decide a claim by what was just measured, or fail.

    Parameters
    ----------
    id : The claim, as in `chapters/claims.yml`.
    condition : What must be true of the measured numbers for the verdict to stand.
    number : The deciding number in words, made from the measurement (Markdown, one line).

    Returns
    -------
    Settled : Shown as a card at the end of a cell. Running the cell again replaces the entry.

    Raises
    ------
    AssertionError : If `condition` is false: the numbers do not support the verdict.
    ValueError : If the id is unknown or the number is empty.
    TypeError : If the condition is not a boolean or the number is not a text.

    Examples
    --------
    >>> speed = 0.0
    >>> for _ in range(1000):
    ...     speed = 0.9 * speed + 0.1
    >>> settle("C57", abs(speed - 1) < 1e-12, f"terminal speed {speed:.3f}")
    C57 · does not hold · terminal speed 1.000
    >>> settle("C57", speed > 2, f"terminal speed {speed:.3f}")
    Traceback (most recent call last):
    ...
    AssertionError: C57 (does not hold): terminal speed 1.000 does not support this verdict
    """
    claims = load()
    if id not in claims:
        raise ValueError(f"id: {id!r} is unknown; chapters/claims.yml lists {min(claims)} … C{len(claims)}")
    if not isinstance(condition, bool | np.bool_):
        raise TypeError(f"condition: {condition!r} must be True or False; for an array add .all() or .any()")
    if not isinstance(number, str):
        raise TypeError(f"number: {number!r} must be a text, such as f'{{loss:.2g}} after 100 steps'")
    if not (number := " ".join(number.split())):
        raise ValueError("number: '' must not be empty; say which measured number decides")
    if not condition:
        raise AssertionError(f"{id} ({claims[id].verdict}): {number} does not support this verdict")
    _settled[id] = Settled(claims[id], number)
    return _settled[id]


def _rows(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; vertical bars inside a cell are escaped."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def table(chapter: str) -> Table:
    """The closing table of a chapter: its claims that are also tested, as settled in this session.

    Raises
    ------
    ValueError : If no claim of that chapter is marked `also tested`.
    RuntimeError : If one of them was not settled.

    Examples
    --------
    >>> table("04-momentums")
    Traceback (most recent call last):
    ...
    ValueError: chapter: '04-momentums' has no claims marked 'also tested'
    """
    wanted = [c for c in load().values() if c.chapter == chapter and c.kind == "also tested"]
    if not wanted:
        raise ValueError(f"chapter: {chapter!r} has no claims marked 'also tested'")
    if missing := [claim.id for claim in wanted if claim.id not in _settled]:
        raise RuntimeError(f"{chapter}: run the cells above first; not settled yet: {', '.join(missing)}")
    rows = ((f"{c.link} {c.statement}", c.decision, _settled[c.id].number) for c in wanted)
    return Table(_rows(("Also tested", "Verdict", "Measured"), rows))


def stored_cards(notebook: dict) -> Iterator[tuple[int, Settled]]:
    """The cards in the stored outputs of a notebook, each with the number of its cell (from 0)."""
    claims = load()
    for i, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            plain = "".join(output.get("data", {}).get("text/plain", ""))
            id, _, rest = plain.partition(" · ")
            if id in claims and "text/markdown" in output["data"]:
                yield i, Settled(claims[id], rest.partition(" · ")[2])


def _by_chapter(claims: Iterable[Claim]) -> Iterator[tuple[str, bool, dict[str, str], list[Claim]]]:
    """For each chapter: its name, whether it exists, its stored numbers by id, its claims."""
    listed = list(claims)
    for chapter in TITLES:
        if mine := [claim for claim in listed if claim.chapter == chapter]:
            path = claims_file().with_name(f"{chapter}.ipynb")
            cards = stored_cards(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else ()
            yield chapter, path.exists(), {card.claim.id: card.number for _, card in cards}, mine


def _heading(chapter: str, exists: bool) -> str:
    title = TITLES[chapter]
    return f"## [{title}](/chapters/{chapter}.ipynb)" if exists else f"## {title} (planned)"


def ledger_markdown() -> str:
    """What the ledger page shows: totals, then each claim with verdict, deciding number and link.

    Examples
    --------
    >>> ledger_markdown().count("| C115 ") + ledger_markdown().count("| [C115]")
    1
    """
    claims = load()
    tested, planned, sections = Counter(), Counter(), []
    for chapter, exists, numbers, mine in _by_chapter(claims.values()):
        (tested if exists else planned).update(claim.verdict for claim in mine)
        rows = [_ledger_row(claim, exists, numbers) for claim in mine]
        sections += [_heading(chapter, exists), _rows(("Claim", "Verdict", "Measured"), rows)]
    totals = [(v, str(tested[v]), str(planned[v])) for v in VERDICTS]
    totals += [("all", str(tested.total()), str(planned.total()))]
    flows = sum(claim.kind == "flow" for claim in claims.values())
    intro = (
        f"Five study notes make {len(claims)} claims about optimizers. Each is tested once, {flows} of them "
        "at length in the text. The number of a claim leads to its experiment. A verdict is *expected* until "
        "the chapter that tests it is here; only then has it been measured in front of you."
    )
    return "\n\n".join(["## Totals", intro, _rows(("Verdict", "Tested", "Planned"), totals), *sections])


def _ledger_row(claim: Claim, exists: bool, numbers: dict[str, str]) -> tuple[str, str, str]:
    if exists:
        return f"{claim.link} {claim.statement}", claim.decision, numbers.get(claim.id, "not settled yet")
    return f"{claim.id} {claim.statement}", f"expected: {claim.verdict}", "planned"


def errata_markdown() -> str:
    """What the errata page shows: what is printed, what it should be, why, and the experiment that shows it.

    Examples
    --------
    >>> errata_markdown().count("**Should read:**") == sum(c.kind == "erratum" for c in load().values())
    True
    """
    parts = []
    for chapter, exists, numbers, mine in _by_chapter(c for c in load().values() if c.kind == "erratum"):
        parts.append(_heading(chapter, exists))
        for c in mine:
            shown = f"{c.link}: {numbers.get(c.id, 'not settled yet')}" if exists else "planned"
            parts.append(f"**{c.id}, {c.source}**")
            parts.append("\n".join([f"- **Printed:** {c.printed}", f"- **Should read:** {c.correct}",
                                    f"- **Why:** {c.truth}", f"- **Experiment:** {shown}"]))  # fmt: skip
    return "\n\n".join(parts)
