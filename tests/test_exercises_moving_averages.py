"""The checkers of the moving-average chapter: solutions pass, empty answers are told so, wrong ones are named."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import moving_averages as check
from exercises.verdict import Verdict
from optimlib.rule import rule

CHAPTER = Path(__file__).parents[1] / "chapters" / "03-moving-averages.ipynb"


def solutions() -> dict[str, str]:
    """The worked solutions as the chapter prints them: the code in its folded boxes, by function name."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    boxes = [part for c in cells for part in "".join(c["source"]).split("::::{admonition} ")[1:]]
    code = [c for b in boxes if b.startswith("Solution") for c in re.findall(r"```python\n(.*?)```", b, re.S)]
    return {re.search(r"def (\w+)", c)[1]: c for c in code}


def starting_cells() -> dict[str, str]:
    """The cells a learner begins with, by the name of the function to write."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    found = {m[1]: c for c in code if (m := re.search(r"^check\.(\w+)\(\1\)", c, re.M))}
    return {name: code.replace(f"check.{name}({name})", "") for name, code in found.items()}


def run(code: str) -> dict:
    names = {"np": np, "rule": rule}
    exec(code, names)
    return names


@pytest.mark.parametrize("name", ["repair", "unsmooth", "no_lag"])
def test_the_published_solution_gets_full_marks(name):
    verdict = getattr(check, name)(run(solutions()[name])[name])
    assert verdict.passed is True, verdict


@pytest.mark.parametrize(("name", "passed"), [("repair", False), ("unsmooth", None), ("no_lag", None)])
def test_the_cell_as_it_is_handed_out_is_not_a_solution(name, passed):
    verdict = getattr(check, name)(run(starting_cells()[name])[name])
    assert verdict.passed is passed, verdict


@rule
def empty(x, a, b, beta=0.9):
    return ...


@pytest.mark.parametrize(
    ("checker", "answer"),
    [
        (check.repair, lambda series, beta: None),
        (check.repair, lambda series, beta: ...),
        (check.unsmooth, lambda smooth, beta: None),
        (check.unsmooth, lambda smooth, beta: ...),
        (check.no_lag, empty),
        (check.no_lag, ...),
        (check.no_lag, None),
        (check.no_lag, lambda x, a, b, beta=0.9: (..., a, b)),
    ],
)
def test_an_unanswered_exercise_says_so(checker, answer):
    verdict = checker(answer)
    assert verdict.passed is None
    assert repr(verdict).startswith("Unanswered: ")


# Written as learners write them, in another way than the checker's own bank.


def recursion(step, start=0.0):
    """A function that applies `step(v, x, t, beta)`, which gives the new memory and what is read from it."""

    def answer(series, beta):
        v, out = start if start is not None else series[0], []
        for t, x in enumerate(series, start=1):
            v, shown = step(v, x, t, beta)
            out.append(shown)
        return out

    return answer


def both(value):
    return value, value


REPAIR = [
    (recursion(lambda v, x, t, b: both((v * b + x * (1 - b)) / (1 - b**t))), "stored, and corrected again"),
    (recursion(lambda v, x, t, b: both(v + (1 - b) * (x - v))), "starts too small"),
    (recursion(lambda v, x, t, b: both(v + (1 - b) * (x - v)), start=None), "the first value then weighs"),
    (recursion(lambda v, x, t, b: (w := b * v + (1 - b) * x, w / (1 - b ** (t + 1)))), "off by one"),
    (recursion(lambda v, x, t, b: (w := b * v + (1 - b) * x, w / (1 - b ** (t - 1)))), "off by one"),
    (recursion(lambda v, x, t, b: both(b * v + x)), "a sum, not an average"),
    (recursion(lambda v, x, t, b: (w := b * v + (1 - b) * x, w * (1 - b**t))), "divide by it"),
    (recursion(lambda v, x, t, b: (w := (1 - b) * v + b * x, w / (1 - (1 - b) ** t))), "changed places"),
    (recursion(lambda v, x, t, b: both(v + (x - v) / t)), "never forgets"),
    (recursion(lambda v, x, t, b: both(x)), "the series itself"),
    (recursion(lambda v, x, t, b: both(0.3 * v + 0.7 * x)), "of a test series should be"),
    (lambda series, beta: series.mean(), "after every value"),
    (lambda series, beta: series[1:], "as many values as you were given"),
    (lambda series, beta: 1 / 0, "ZeroDivisionError at `"),
    (lambda series: series, "TypeError"),
]


@pytest.mark.parametrize(("answer", "flaw"), REPAIR, ids=[flaw for _, flaw in REPAIR])
def test_repair_names_the_flaw(answer, flaw):
    refused(check.repair(answer), flaw)


def test_repair_takes_every_right_form():
    one_line = recursion(lambda v, x, t, b: both(v + (1 - b) / (1 - b**t) * (x - v)))
    read = recursion(lambda v, x, t, b: (w := b * v + (1 - b) * x, w / (1 - b**t)))
    undone = recursion(lambda v, x, t, b: both((b * (1 - b ** (t - 1)) * v + (1 - b) * x) / (1 - b**t)))

    def by_weights(series, beta):
        t = range(1, len(series) + 1)
        return [np.average(series[:n], weights=beta ** np.arange(n)[::-1]) for n in t]

    for right in (one_line, read, undone, by_weights):
        assert check.repair(right).passed is True


def shifted(v, first=0.0):
    return np.r_[first, v[:-1]]


UNSMOOTH = [
    (lambda v, b: v, "the average itself"),
    (lambda v, b: v - b * shifted(v), "divide by it"),
    (lambda v, b: np.r_[v[0], (v[1:] - b * v[:-1]) / (1 - b)], "before the first value the average was 0"),
    (lambda v, b: (v - (1 - b) * shifted(v)) / b, "changed places"),
    (lambda v, b: np.diff(v, prepend=0) / (1 - b), "take away beta times the old one"),
    (lambda v, b: v / (1 - b ** np.arange(1, len(v) + 1)), "corrected the start"),
    (lambda v, b: shifted(v) + b * np.diff(v, prepend=0) / (1 - b), "one beta too many"),
    (lambda v, b: (v[1:] - b * v[:-1]) / (1 - b), "as many values as you were given"),
    (lambda v, b: 2 * v, "value 1 of the series should be"),
    (lambda v, b: v[-1], "not only one number"),
    (lambda v, b: [v], "has shape (1, 40)"),
]


@pytest.mark.parametrize(("answer", "flaw"), UNSMOOTH, ids=[flaw for _, flaw in UNSMOOTH])
def test_unsmooth_names_the_flaw(answer, flaw):
    refused(check.unsmooth(answer), flaw)


@rule
def value_itself(x, a, b, beta=0.9):
    return x, a, b


@rule
def only_a(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    return a, a, b


@rule
def both_of_x(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    b = beta * b + (1 - beta) * x
    return 2 * a - b, a, b


@rule
def only_b(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    b = beta * b + (1 - beta) * a
    return b, a, b


@rule
def b_too_old(x, a, b, beta=0.9):
    b = beta * b + (1 - beta) * a
    a = beta * a + (1 - beta) * x
    return 2 * a - b, a, b


@rule
def difference(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    b = beta * b + (1 - beta) * a
    return a - b, a, b


@rule
def too_much(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    b = beta * b + (1 - beta) * a
    return 3 * a - 2 * b, a, b


@rule
def doubled(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    b = beta * b + (1 - beta) * a
    return 2 * a, a, b


@rule
def one_short(x, a, b, beta=0.9):
    return x, a


@rule
def first_series_only(x, a, b, beta=0.9):
    a = beta * a + (1 - beta) * x
    b = beta * b + (1 - beta) * a
    return 2 * a - b + 0 * x.sum() + (x.size - 1), a, b


NO_LAG = [
    (value_itself, "no smoothing either"), (only_a, "still followed 9 steps late"),
    (both_of_x, "still followed 9 steps late"), (only_b, "doubles the lag"), (b_too_old, "fed the old a"),
    (difference, "cancel each other"), (too_much, "9.0 steps too early"), (doubled, "must come out as 3"),
    (one_short, "return the average, a, b"), (first_series_only, "two series at once"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "flaw"), NO_LAG, ids=lambda a: getattr(a, "name", ""))
def test_no_lag_names_the_flaw(answer, flaw):
    refused(check.no_lag(answer), flaw)


def test_another_way_to_lose_the_lag_is_right_too():
    @rule
    def level_and_trend(x, a, b, beta=0.9):
        before = a + b
        now = before + (1 - beta) * (x - before)
        return now, now, b + 0.05 * (now - a - b)

    assert check.no_lag(level_and_trend).passed is True
    assert check.no_lag(lambda x, a, b, beta=0.9: level_and_trend.update(x, a, b, beta)).passed is True


def test_what_is_no_rule_is_told_so():
    assert "hand over the rule itself" in check.no_lag(3).message
    assert "keep the arguments" in check.no_lag(lambda x, a, beta=0.9: (x, a)).message
    assert "keep the arguments" in check.no_lag(lambda x, a, b, rho=0.9: (x, a, b)).message


def refused(verdict: Verdict, flaw: str) -> None:
    assert verdict.passed is False
    assert flaw in verdict.message, verdict
