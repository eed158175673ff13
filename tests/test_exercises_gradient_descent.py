"""The checkers of the first chapter: solutions pass, empty answers are told so, wrong ones are named."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import gradient_descent as check
from exercises.verdict import Verdict

CHAPTER = Path(__file__).parents[1] / "chapters" / "01-gradient-descent.ipynb"


def solutions() -> dict[str, str]:
    """The worked solutions as the chapter prints them: the code in its folded boxes, by function name."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    boxes = [part for c in cells for part in "".join(c["source"]).split("::::{admonition} ")[1:]]
    code = [c for b in boxes if b.startswith("Solution") for c in re.findall(r"```python\n(.*?)```", b, re.S)]
    return {re.search(r"def (\w+)", c)[1]: c for c in code}


@pytest.mark.parametrize("name", ["accumulate", "critical", "backtrack"])
def test_the_published_solution_gets_full_marks(name):
    names = {"np": np}
    exec(solutions()[name], names)
    verdict = getattr(check, name)(names[name])
    assert verdict.passed is True, verdict


@pytest.mark.parametrize("checker", [check.accumulate, check.critical, check.backtrack])
@pytest.mark.parametrize("nothing", [..., None])
def test_an_unanswered_exercise_says_so(checker, nothing):
    verdict = checker(lambda *args: nothing)
    assert verdict.passed is None
    assert repr(verdict).startswith("Unanswered: ")


# Written as learners write them, in another way than the checker's own bank.


def cut(n, size):
    return [np.arange(start, min(start + size, n)) for start in range(0, n, size)]


def mean_of_means(gradient, n, size):
    parts = [gradient(i) for i in cut(n, size)]
    return sum(parts) / len(parts)


def full_batches_only(gradient, n, size):
    parts = [gradient(np.arange(k * size, (k + 1) * size)) for k in range(n // size)]
    return sum(parts) / max(len(parts), 1)


def same_weight(gradient, n, size):
    return sum(size / n * gradient(i) for i in cut(n, size))


def only_the_last(gradient, n, size):
    total = 0
    for i in cut(n, size):
        total = gradient(i) * len(i) / len(i)
    return total


ACCUMULATE = [
    (mean_of_means, "mean of the batch means"),
    (full_batches_only, "never asked for"),
    (lambda gradient, n, size: gradient(np.arange(n)), "the memory holds"),
    (lambda gradient, n, size: sum(gradient(i) for i in cut(n, size)), "sum of the batch means"),
    (lambda gradient, n, size: sum(len(i) * gradient(i) for i in cut(n, size)), "divide it by n"),
    (same_weight, "len(i)"),
    (only_the_last, "last batch"),
    (lambda gradient, n, size: sum(len(i) * gradient(i) for i in 2 * cut(n, size)) / n / 2, "more than once"),
    (lambda gradient, n, size: gradient(np.arange(n, n + 1)), "numbered 0 to"),
    (lambda gradient, n, size: gradient([]), "batches is empty"),
    (lambda gradient, n, size: [gradient(i) for i in cut(n, size)], "shape of a gradient"),
    (lambda gradient, n, size: sum(len(i) * gradient(i) for i in cut(n, size)) / n + 1, "should be"),
    (lambda gradient, n, size: 1 / 0, "ZeroDivisionError"),
]


@pytest.mark.parametrize(("answer", "flaw"), ACCUMULATE)
def test_accumulate_names_the_flaw(answer, flaw):
    refused(check.accumulate(answer), flaw)


def test_batches_may_be_cut_in_any_way():
    def one_at_a_time(gradient, n, size):
        return sum(gradient([i]) for i in range(n)) / n

    def by_mask(gradient, n, size):
        return sum(gradient(np.arange(n) == i) for i in reversed(range(n))) / n

    assert check.accumulate(one_at_a_time).passed
    assert check.accumulate(by_mask).passed


def scale(g):
    noise, signal = np.cov(g.T).trace(), np.linalg.norm(g.mean(axis=0)) ** 2
    return noise / signal


CRITICAL = [
    (lambda g: 1 / scale(g), "upside down"),
    (lambda g: scale(g) ** 0.5, "ratio of lengths"),
    (lambda g: sum(np.sqrt(np.var(g, axis=0))) / sum(g.mean(axis=0) ** 2), "standard deviations"),
    (lambda g: (g**2).sum() / len(g) / np.dot(g.mean(axis=0), g.mean(axis=0)), "signal counts as noise"),
    (lambda g: scale(g) / g.shape[1], "averaged the variances"),
    (lambda g: sum(np.var(g, axis=0) / np.mean(g, axis=0) ** 2), "coordinate by coordinate"),
    (lambda g: np.mean(np.var(g, axis=0) / np.mean(g, axis=0) ** 2), "coordinate by coordinate"),
    (lambda g: np.var([np.linalg.norm(row) for row in g]) / sum(g.mean(axis=0) ** 2), "point in opposite"),
    (lambda g: np.var(g) / np.mean(g) ** 2, "without an axis"),
    (lambda g: scale(g) * np.linalg.norm(g.mean(axis=0)), "enters squared"),
    (lambda g: np.var(g, axis=0).sum() / np.mean((g**2).sum(axis=1)), "the mean of the squares"),
    (lambda g: 42.0, "should be"),
    (lambda g: np.var(g, axis=0), "one number"),
    (lambda g: float("inf"), "finite"),
]


@pytest.mark.parametrize(("answer", "flaw"), CRITICAL)
def test_critical_names_the_flaw(answer, flaw):
    refused(check.critical(answer), flaw)


def test_either_estimate_of_the_variance_is_welcome():
    assert check.critical(scale).passed
    assert check.critical(lambda g: g.var(axis=0).sum() / sum(g.mean(axis=0) ** 2)).passed


def halving(good, before=1.0, after=1.0):
    def answer(f, x, g, lr):
        lr = lr * before
        for _ in range(100):
            if good(f, x, g, lr):
                break
            lr = lr / 2
        return lr * after

    return answer


def right(f, x, g, lr):
    return f(x) - f(x - lr * g) >= 0.5 * lr * np.sum(g**2)


def once(f, x, g, lr):
    if f(x - lr * g) > f(x) - lr * sum(g * g) / 2:
        lr = lr / 2
    return lr


BACKTRACK = [
    (lambda f, x, g, lr: lr, "never halve"),
    (halving(lambda f, x, g, lr: f(x) - f(x - lr * g) > 0), "any decrease"),
    (halving(lambda f, x, g, lr: f(x) - f(x - lr * g) >= lr / 2 * np.linalg.norm(g)), "squared"),
    (halving(lambda f, x, g, lr: f(x) - f(x - lr * g) >= lr * sum(g**2)), "all that the slope promised"),
    (halving(lambda f, x, g, lr: f(x) - f(x - lr * g) >= sum(g**2) / 2), "lr is missing"),
    (halving(lambda f, x, g, lr: f(x) - f(x + lr * g) >= lr / 2 * sum(g**2)), "uphill"),
    (once, "once at most"),
    (halving(right, after=0.5), "too many"),
    (halving(right, before=0.5), "before you test"),
    (lambda f, x, g, lr: x - lr * g, "you returned a point"),
    (lambda f, x, g, lr: 0.01, "should come down to"),
    (lambda f, x, g, lr: f(x) / 0, "finite"),
    (lambda f, x, g: 1.0, "TypeError"),
]


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize(("answer", "flaw"), BACKTRACK)
def test_backtrack_names_the_flaw(answer, flaw):
    refused(check.backtrack(answer), flaw)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_backtrack_may_be_written_in_another_way():
    assert check.backtrack(halving(right)).passed


def refused(verdict: Verdict, flaw: str) -> None:
    assert verdict.passed is False
    assert flaw in verdict.message, verdict
