"""The checkers of the momentum chapter: solutions pass, empty answers are told so, wrong ones are named."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import momentum as check
from exercises.verdict import Verdict
from optimlib.rule import rule

CHAPTER = Path(__file__).parents[1] / "chapters" / "04-momentum.ipynb"


def solutions() -> dict[str, str]:
    """The worked solutions as the chapter prints them: the code in its folded boxes, by function name."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    boxes = [part for c in cells for part in "".join(c["source"]).split("::::{admonition} ")[1:]]
    code = [c for b in boxes if b.startswith("Solution") for c in re.findall(r"```python\n(.*?)```", b, re.S)]
    return {re.search(r"def (\w+)", c)[1]: c for c in code}


def run(code: str) -> dict:
    names = {"np": np, "rule": rule}
    exec(code, names)
    return names


@pytest.mark.parametrize("name", ["honest_start", "read_beta", "restart"])
def test_the_published_solution_gets_full_marks(name):
    verdict = getattr(check, name)(run(solutions()[name])[name])
    assert verdict.passed is True, verdict


@rule
def empty(x, g, t, v, lr=0.1, beta=0.9):
    return ...


@pytest.mark.parametrize(
    ("checker", "answer"),
    [
        (check.honest_start, empty),
        (check.honest_start, lambda x, g, t, v, lr=0.1, beta=0.9: None),
        (check.honest_start, lambda x, g, t, v, lr=0.1, beta=0.9: (..., v)),
        (check.honest_start, ...),
        (check.restart, empty),
        (check.restart, None),
        (check.read_beta, lambda loss: ...),
        (check.read_beta, lambda loss: None),
    ],
)
def test_an_unanswered_exercise_says_so(checker, answer):
    verdict = checker(answer)
    assert verdict.passed is None
    assert repr(verdict).startswith("Unanswered: ")


# Written as learners write them, with other names and in another order than the checker's own bank.


@rule
def plain_sum(x, g, t, v, lr=0.1, beta=0.9):
    velocity = v * beta + g
    return x - velocity * lr, velocity


@rule
def no_correction(x, g, t, v, lr=0.1, beta=0.9):
    v = v + (1 - beta) * (g - v)
    return x - lr * v, v


@rule
def corrected_state(x, g, t, v, lr=0.1, beta=0.9):
    v = (1 - beta) * g + beta * v
    v = v / (1 - beta**t)
    return x - lr * v, v


@rule
def corrected_sum(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + g
    v_hat = v / (1 - beta**t)
    return x - lr * v_hat, v


@rule
def off_by_one(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v / (1 - beta ** (t - 1)), v


@rule
def lr_inside(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + lr * (1 - beta) * g
    return x - v / (1 - beta**t), v


@rule
def lr_twice(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + lr * (1 - beta) * g
    return x - lr * v / (1 - beta**t), v


@rule
def climbs(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v - (1 - beta) * g
    return x - lr * v / (1 - beta**t), v


@rule
def state_lost(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v / (1 - beta**t)


HONEST = [
    (plain_sum, "weight 1 - beta"), (no_correction, "first step"), (corrected_state, "stored"),
    (corrected_sum, "1/(1 - beta) times"), (off_by_one, "off by one"), (lr_inside, "lr drops"),
    (lr_twice, "lr squared"), (climbs, "uphill"), (state_lost, "return the new point and the new state"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "flaw"), HONEST, ids=lambda a: getattr(a, "name", ""))
def test_honest_start_names_the_flaw(answer, flaw):
    refused(check.honest_start(answer), flaw)


def crests(loss):
    return [t for t in range(1, len(loss) - 1) if loss[t - 1] < loss[t] > loss[t + 1]]


def right_beta(loss):
    a, *_, b = crests(loss)
    return (loss[b] / loss[a]) ** (1 / (b - a))


BETA = [
    (lambda loss: right_beta(loss) ** 0.5, "square root"),
    (lambda loss: right_beta(loss) ** 2, "beta squared"),
    (lambda loss: 1 - right_beta(loss), "forgotten per step"),
    (lambda loss: np.log(right_beta(loss)), "take exp"),
    (lambda loss: -np.log(right_beta(loss)), "take exp of minus"),
    (lambda loss: 1 / (1 - right_beta(loss)), "length of the memory"),
    (lambda loss: (loss[-1] / loss[0]) ** (1 / (len(loss) - 1)), "trough"),
    (lambda loss: 0.9, "the same beta for every curve"),
    (lambda loss: loss[1] / loss[0], "By what factor"),
    (lambda loss: loss, "one number"),
    (lambda loss: float("nan"), "finite"),
    (lambda loss: 1 / 0, "ZeroDivisionError at `"),
    (lambda: 0.9, "TypeError"),
]


@pytest.mark.parametrize(("answer", "flaw"), BETA)
def test_read_beta_names_the_flaw(answer, flaw):
    refused(check.read_beta(answer), flaw)


@rule
def never(x, g, v, lr=0.1, beta=0.9):
    v = beta * v + g
    return x - lr * v, v


@rule
def per_coordinate(x, g, v, lr=0.1, beta=0.9):
    v = np.where(v * g < 0, g, beta * v + g)
    return x - lr * v, v


@rule
def backwards(x, g, v, lr=0.1, beta=0.9):
    v = np.where(sum(v * g) > 0, g, beta * v + g)
    return x - lr * v, v


@rule
def drops_the_gradient(x, g, v, lr=0.1, beta=0.9):
    v = np.where(sum(v * g) < 0, 0 * g, beta * v + g)
    return x - lr * v, v


@rule
def asks_late(x, g, v, lr=0.1, beta=0.9):
    v = beta * v + g
    v = np.where(sum(v * g) < 0, g, v)
    return x - lr * v, v


@rule
def whole_batch(x, g, v, lr=0.1, beta=0.9):
    v = beta * np.where(np.sum(g * v) < 0, 0, v) + g
    return x - lr * v, v


@rule
def old_state(x, g, v, lr=0.1, beta=0.9):
    step = np.where(sum(g * v) < 0, g, beta * v + g)
    return x - lr * step, beta * v + g


@rule
def in_place(x, g, v, lr=0.1, beta=0.9):
    v *= beta
    return x - lr * v, v


RESTART = [
    (never, "never forgets"), (per_coordinate, "each coordinate"), (backwards, "wrong way round"),
    (drops_the_gradient, "today's gradient"), (asks_late, "after g has joined"), (whole_batch, "batch"),
    (old_state, "old velocity"), (in_place, "`v *= beta`: in_place changes what it was given"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "flaw"), RESTART, ids=lambda a: getattr(a, "name", ""))
def test_restart_names_the_flaw(answer, flaw):
    refused(check.restart(answer), flaw)


def refused(verdict: Verdict, flaw: str) -> None:
    assert verdict.passed is False
    assert flaw in verdict.message, verdict


def test_the_rule_need_not_be_decorated():
    assert check.restart(lambda x, g, v, lr=0.1, beta=0.9: never.update(x, g, v, lr, beta)).passed is False
    assert "hand over the rule itself" in check.honest_start(3).message
    assert "keep the arguments" in check.honest_start(lambda x, g, lr=0.1, beta=0.9: x - lr * g).message


@pytest.mark.parametrize(
    ("guess", "passed"), [(None, None), (..., None), ("a lot", False), (10, False), (95, True), (-100, False)]
)
def test_a_prediction_is_compared_only_when_there_is_one(guess, passed):
    verdict = check.compare(guess, 100.0, within=1.5)
    assert verdict.passed is passed
    assert ("100" in verdict.message) == (passed is not None and guess != "a lot")
