"""The list of claims, the cards that settle them, and the promise that each is tested exactly once."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from claim_checks import check_chapter

from optimlib import claims

ROOT = Path(__file__).resolve().parents[1]
LISTED = claims.load()
NOTEBOOKS = sorted((ROOT / "chapters").glob("[0-9][0-9]-*.ipynb"))
FIELDS = {"id", "statement", "truth", "notes", "chapter", "kind", "verdict", "when", "printed", "correct"}

# What the course was asked to test where, and what at length.
ASKED = {
    "01-gradient-descent": ([*range(1, 4), *range(5, 16), 17, 18, *range(99, 103)], [1, 3, 7, 13, 17, 100]),
    "02-learning-rate": ([*range(21, 25), *range(28, 31), *range(32, 35)], [23, 29]),
    "03-moving-averages": ([*range(39, 47)], [39, 41]),
    "04-momentum": ([*range(48, 62)], [51, 53, 54, 57]),
    "05-nesterov": ([*range(62, 68)], [66]),
}


def ids(numbers):
    return {f"C{n:02d}" for n in numbers}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Each test settles claims in a session of its own."""
    monkeypatch.setattr(claims, "_settled", {})


# ------------------------------------------------------------------------------------------------ the list


def test_every_claim_is_listed_once_and_in_order():
    assert list(LISTED) == [f"C{n:02d}" for n in range(1, 116)]


def test_entries_have_only_known_fields():
    entries = yaml.safe_load((ROOT / "chapters/claims.yml").read_text(encoding="utf-8"))
    assert all(set(entry) <= FIELDS for entry in entries)


@pytest.mark.parametrize("claim", LISTED.values(), ids=LISTED)
def test_claim_is_well_formed(claim):
    assert set(claim.notes) <= {"000", "001", "002", "003", "004"}
    assert list(claim.notes) == sorted(set(claim.notes))
    assert 25 < len(claim.statement) < 130
    assert claim.statement.endswith(".")
    assert claim.truth.endswith((".", "?"))
    assert len(re.findall(r"[.!?] [A-Z]", claim.truth)) <= 2, "one or two short sentences, three at most"
    assert not claim.when.endswith(".")
    assert claim.when[:1] == claim.when[:1].lower()


@pytest.mark.parametrize("claim", LISTED.values(), ids=LISTED)
def test_claim_is_in_the_courses_own_words(claim):
    text = " ".join([claim.statement, claim.truth, claim.when, claim.printed, claim.correct])
    assert not re.search(r"[\u2e80-\u9fff\uff00-\uffef]", text), "no run of Chinese"
    assert not re.search(r"(?i)\b\w*(optimis|regularis|normalis|initialis|generalis|neighbour|behaviour|colour)", text)
    assert "|" not in text, "a vertical bar would break the tables"
    assert text.count("$") % 2 == 0, "a formula is not closed"


def test_statements_differ():
    assert len({claim.statement for claim in LISTED.values()}) == len(LISTED)


@pytest.mark.parametrize("chapter", ASKED)
def test_chapters_test_what_they_were_asked_to(chapter):
    mine = [claim for claim in LISTED.values() if claim.chapter == chapter]
    everything, flow = ASKED[chapter]
    assert {claim.id for claim in mine} == ids(everything)
    assert {claim.id for claim in mine if claim.kind == "flow"} == ids(flow)


def test_about_thirty_claims_are_full_experiments():
    flows = [claim.chapter for claim in LISTED.values() if claim.kind == "flow"]
    assert 28 <= len(flows) <= 32


def test_every_titled_chapter_tests_something():
    assert {claim.chapter for claim in LISTED.values()} == set(claims.TITLES)
    assert list(claims.TITLES) == sorted(claims.TITLES)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": "erratum"}, "C57: an erratum has 'printed' and 'correct'"),
        ({"verdict": "true"}, "C57: verdict is 'true', must be one of"),
        ({"verdict": "holds when"}, "C57: the verdict 'holds when' has a 'when'"),
        ({"chapter": "04-momentums"}, "C57: chapter is '04-momentums'"),
        ({"statement": ""}, "C57: statement, truth and notes must not be empty"),
        ({"verdicts": "open"}, "unexpected keyword argument 'verdicts'"),
        ({"id": "C56"}, "C56 is listed twice"),
    ],
)
def test_a_broken_list_is_refused(tmp_path, change, complaint):
    entries = yaml.safe_load((ROOT / "chapters/claims.yml").read_text(encoding="utf-8"))
    entries[56].update(change)
    (tmp_path / "claims.yml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(complaint)):
        claims._read(tmp_path / "claims.yml")


def test_a_missing_list_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "__file__", str(tmp_path / "lib/optimlib/claims.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="Clone the whole course"):
        claims.load()
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/claims.yml").write_text("[]")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert claims.load() == {}


def test_importing_claims_does_not_load_yaml():
    code = "import sys, optimlib.claims; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


# ------------------------------------------------------------------------------------------------ settling


@pytest.mark.parametrize("condition", [False, np.False_, np.float64(2.0) < 1])
def test_settle_fails_when_the_numbers_do_not_support_the_verdict(condition):
    with pytest.raises(AssertionError, match=r"^C57 \(does not hold\): speed 7 does not support this verdict$"):
        claims.settle("C57", condition, "speed 7")
    assert "C57" not in claims._settled


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        (("C116", True, "7"), ValueError, "id: 'C116' is unknown; chapters/claims.yml lists C01 … C115"),
        (("c57", True, "7"), ValueError, "id: 'c57' is unknown"),
        (("C57", 1, "7"), TypeError, "condition: 1 must be True or False"),
        (("C57", None, "7"), TypeError, "condition: None must be True or False"),
        (("C57", np.array([True]), "7"), TypeError, "for an array add .all() or .any()"),
        (("C57", True, 7), TypeError, "number: 7 must be a text"),
        (("C57", True, " \n"), ValueError, "number: '' must not be empty"),
    ],
)
def test_settle_refuses(arguments, error, complaint):
    with pytest.raises(error, match=re.escape(complaint)):
        claims.settle(*arguments)


def test_running_a_cell_again_replaces_the_entry():
    claims.settle("C57", True, "first")
    claims.settle("C57", np.True_, "second\n  line")
    assert [card.number for card in claims._settled.values()] == ["second line"]


@pytest.mark.parametrize("claim", LISTED.values(), ids=LISTED)
def test_card_says_everything_in_words(claim):
    card = claims.settle(claim.id, True, "a ratio of $7$")
    text = card._repr_markdown_()
    assert repr(card) == f"{claim.id} · {claim.verdict} · a ratio of $7$"
    assert all(line.startswith(">") for line in text.splitlines()), "one quotation, also in JupyterLab"
    assert text.count(f'<a id="claim-{claim.id}"></a>') == 1
    for part in (claim.statement, claim.truth, claim.when, claim.correct, claim.source, "a ratio of $7$"):
        assert part in text
    assert claim.verdict.capitalize() in text


def test_table_closes_a_chapter():
    wanted = [c for c in LISTED.values() if c.chapter == "04-momentum" and c.kind == "also tested"]
    for claim in LISTED.values():
        claims.settle(claim.id, True, f"{claim.id} | measured")
    rows = claims.table("04-momentum")._repr_markdown_().splitlines()[2:]
    assert len(rows) == len(wanted)
    for row, claim in zip(rows, wanted, strict=True):
        cells = re.split(r"(?<!\\)\|", row)[1:-1]
        assert [cell.strip() for cell in cells] == [
            f"{claim.link} {claim.statement}", claim.decision, rf"{claim.id} \| measured",
        ]  # fmt: skip


def test_table_misses_what_was_not_settled():
    for claim in LISTED.values():
        if claim.id not in ("C49", "C60"):
            claims.settle(claim.id, True, "7")
    with pytest.raises(RuntimeError, match="not settled yet: C49, C60"):
        claims.table("04-momentum")


# ------------------------------------------------------------------------------------------------ chapters


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_claim_of_the_chapter_is_settled_once_by_a_measurement(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    mine = [claim for claim in LISTED.values() if claim.chapter == path.stem]
    assert check_chapter(notebook, mine) == []


def code_cell(source, *shown):
    outputs = [
        {"output_type": "execute_result", "metadata": {}, "execution_count": 1,
         "data": {"text/plain": repr(item), "text/markdown": item._repr_markdown_()}}
        for item in shown
    ]  # fmt: skip
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": outputs}


CLAIMS = [LISTED["C57"], LISTED["C60"]]
RUN = """from optimlib import claims
beta = 0.9
speed, seen = 0.0, []
for _ in range(99):
    speed = beta * speed + 0.1
    seen.append(speed)
seen = np.array(seen)"""


def chapter(condition="speed < 1", number='f"speed {speed:.2f}"', **cells):
    """A chapter that settles C57 and C60 as it should, with one or the other thing changed."""
    settled = code_cell(f'claims.settle("C57", {condition}, {number})', claims.settle("C57", True, "speed 1.00"))
    limit = code_cell('%time\nclaims.settle("C60", speed > 0.5, f"{speed}")', claims.settle("C60", True, "0.99997"))
    parts = {"text": {"cell_type": "markdown", "metadata": {}, "source": 'claims.settle("C57", True, "7")'}}
    parts |= {"run": code_cell(RUN), "C57": settled, "C60": limit}
    parts |= {"table": code_cell('claims.table("04-momentum")')} | cells
    return {"cells": [cell for cell in parts.values() if cell]}


def test_a_chapter_as_it_should_be_passes():
    assert check_chapter(chapter(), CLAIMS) == []


@pytest.mark.parametrize(
    "condition",
    [
        "bool(speed < 1)",
        "np.isclose(speed, 1)",
        "0.9 < speed <= 1 and not speed == 0",
        "all(s < 1 for s in [speed])",
        "(seen < 1).all()",
    ],
)
def test_real_conditions_pass(condition):
    assert check_chapter(chapter(condition), CLAIMS) == []


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [
        ("True", "does not depend on anything measured"),
        ("1 < 2", "does not depend on anything measured"),
        ("bool(1)", "does not depend on anything measured"),
        ("beta < 1", "does not depend on anything measured"),
        ("claims.load() != {}", "does not depend on anything measured"),
        ("all(k < 5 for k in range(3))", "does not depend on anything measured"),
        ("speed", "must be written out in the call"),
        ("not speed", "must be written out in the call"),
        ("speed < 1 or True", "always the same"),
        ("speed == speed", "always the same"),
        ("speed < 1 or 1 < 2", "always the same"),
    ],
)
def test_conditions_that_decide_nothing_are_reported(condition, complaint):
    assert any(complaint in p for p in check_chapter(chapter(condition), CLAIMS))


@pytest.mark.parametrize("number", ['"speed 1.00"', 'f"speed {1.0}"', 'f"beta {beta}"'])
def test_a_number_typed_by_hand_is_reported(number):
    assert check_chapter(chapter(number=number), CLAIMS) == [
        "C57: the number is typed in, not made from the measurement"
    ]


def test_a_missing_claim_is_reported():
    assert check_chapter(chapter(C57=None), CLAIMS) == ["C57 is settled 0 times, must be once"]


def test_settling_twice_is_reported():
    again = chapter()["cells"][2]
    assert check_chapter(chapter(again=again), CLAIMS) == ["C57 is settled 2 times, must be once: cells [2, 5]"]


def test_a_claim_of_another_chapter_is_reported():
    other = code_cell('claims.settle("C01", speed < 1, f"{speed}")', claims.settle("C01", True, "7"))
    assert check_chapter(chapter(other=other), CLAIMS) == ["cell 5 settles 'C01', which is not a claim of this chapter"]


def test_an_id_that_is_not_spelled_out_is_reported():
    hidden = code_cell('claims.settle(id, speed < 1, f"{speed}")')
    assert "settles None" in check_chapter(chapter(hidden=hidden), CLAIMS)[0]


def test_a_cell_without_its_card_is_reported():
    silent = code_cell('claims.settle("C57", speed < 1, f"{speed}");')
    assert check_chapter(chapter(C57=silent), CLAIMS) == ["C57: the stored output of its cell does not show the card"]


def test_an_outdated_card_is_reported():
    old = claims.Settled(claims.Claim(**{**vars(LISTED["C57"]), "truth": "Something else."}), "7")
    stale = code_cell('claims.settle("C57", speed < 1, f"{speed}")', old)
    assert check_chapter(chapter(C57=stale), CLAIMS) == ["C57: the stored card is out of date; run the notebook again"]


def test_a_missing_table_is_reported():
    assert check_chapter(chapter(table=None), CLAIMS) == ["the closing table is shown 0 times, must be once"]


# --------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course whose only chapter is momentum, with two claims settled in it."""
    (tmp_path / "claims.yml").write_bytes((ROOT / "chapters/claims.yml").read_bytes())
    erratum = code_cell('claims.settle("C55", speed < 1, f"{speed}")', claims.settle("C55", True, "half after 7 steps"))
    notebook = chapter(C55=erratum)
    (tmp_path / "04-momentum.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    monkeypatch.setattr(claims, "claims_file", lambda: tmp_path / "claims.yml")


def test_ledger_lists_every_claim_once_and_counts(course):
    page = claims.ledger_markdown()
    tested = [claim for claim in LISTED.values() if claim.chapter == "04-momentum"]
    for claim in LISTED.values():
        rows = [row for row in page.splitlines() if re.match(rf"\| \[?{claim.id}\b", row)]
        assert len(rows) == 1
        assert ("](#claim-" in rows[0]) == (claim in tested), "a link where there is something to link to"
        assert ("planned" in rows[0]) == (claim not in tested)
    counts = re.search(r"\| all \| (\d+) \| (\d+) \|", page).groups()
    assert [int(n) for n in counts] == [len(tested), len(LISTED) - len(tested)]
    by_verdict = [
        int(n) for n in re.findall(r"^\| (?:holds|holds when|backwards|does not hold|open) \| (\d+)", page, re.M)
    ]
    assert sum(by_verdict) == len(tested)


def test_ledger_shows_the_stored_number(course):
    assert re.search(r"^\| \[C57\].* \| does not hold \| speed 1\.00 \|$", claims.ledger_markdown(), re.M)
    assert re.search(r"^\| \[C51\].* \| not settled yet \|$", claims.ledger_markdown(), re.M)


def test_errata_page_has_every_erratum_and_nothing_else(course):
    page = claims.errata_markdown()
    errata = [claim for claim in LISTED.values() if claim.kind == "erratum"]
    assert sorted(re.findall(r"^\*\*(C\d+), ", page, re.M)) == sorted(claim.id for claim in errata)
    for claim in errata:
        assert all(part in page for part in (claim.printed, claim.correct, claim.truth))
    assert page.count("**Experiment:** planned") == sum(claim.chapter != "04-momentum" for claim in errata)
    assert "**Experiment:** [C55](#claim-C55): half after 7 steps" in page
