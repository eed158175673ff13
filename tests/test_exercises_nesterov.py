"""The checkers of the Nesterov chapter: solutions pass, empty answers are told so, wrong ones are named."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import nesterov as check
from exercises.verdict import Verdict
from optimlib.rule import rule

CHAPTER = Path(__file__).parents[1] / "chapters" / "05-nesterov.ipynb"
CHECKER = {"repaired": check.repair, "step_back": check.step_back, "dial": check.dial}


def cells(kind: str) -> list[str]:
    book = json.loads(CHAPTER.read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in book["cells"] if c["cell_type"] == kind]


def solutions() -> dict[str, str]:
    """The worked solutions as the chapter prints them: the code in its folded boxes, by function name."""
    boxes = [part for text in cells("markdown") for part in text.split("::::{admonition} ")[1:]]
    code = [c for b in boxes if b.startswith("Solution") for c in re.findall(r"```python\n(.*?)```", b, re.S)]
    return {re.search(r"def (\w+)", c)[1]: c for c in code}


def run(code: str) -> dict:
    names = {"np": np, "rule": rule, "check": check}
    exec(code, names)
    return names


@pytest.mark.parametrize("name", CHECKER)
def test_the_published_solution_gets_full_marks(name):
    verdict = CHECKER[name](run(solutions()[name])[name])
    assert verdict.passed is True, verdict


@pytest.mark.parametrize(("call", "name"), [("repair", "as_printed"), ("step_back", "step_back"), ("dial", "dial")])
def test_the_template_is_unanswered(call, name):
    """As the chapter hands it out, the misprint included."""
    (template,) = (text for text in cells("code") if f"check.{call}(" in text)
    verdict = getattr(check, call)(run(template)[name])
    assert verdict.passed is None
    assert repr(verdict).startswith("Unanswered: ")


@rule
def empty(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    return ...


@pytest.mark.parametrize(
    ("checker", "answer"),
    [
        (check.repair, ...),
        (check.repair, lambda x, grad, m, last, lr=0.1, beta=0.9: (..., m, last)),
        (check.step_back, lambda y, v, lr, beta: None),
        (check.dial, empty),
        (check.dial, None),
    ],
)
def test_an_unanswered_exercise_says_so(checker, answer):
    assert checker(answer).passed is None


# Written as learners write them, with other names and in another order than the checker's own bank.


@rule
def one_gradient_far(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - beta * (lr * last))
    m = lr * g + beta * m
    return x - m, m, g


@rule
def at_home(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x)
    m = beta * m + lr * g
    return x - m, m, g


@rule
def whole_step(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - m)
    m = beta * m + lr * g
    return x - m, m, g


@rule
def behind(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x + beta * m)
    m = beta * m + lr * g
    return x - m, m, g


@rule
def rate_again(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - beta * lr * m)
    m = beta * m + lr * g
    return x - m, m, g


@rule
def half_hearted(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - beta * m)
    m = beta * m + lr * g
    return x - beta * m, m, g


@rule
def something_else(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - beta * m)
    m = beta * m + (1 - beta) * lr * g
    return x - m, m, g


@rule
def state_lost(x, grad, m, last, lr=0.1, beta=0.9):
    return x - lr * grad(x - beta * m), m


REPAIR = [
    (one_gradient_far, "by one gradient only"), (at_home, "plain momentum"), (whole_step, "whole last step"),
    (behind, "looks back"), (rate_again, "holds the rate already"), (half_hearted, "the step has shrunk"),
    (something_else, "after step 1 of a test run"), (state_lost, "return the new point and the new state"),
    (3, "hand over the rule itself"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "flaw"), REPAIR, ids=lambda a: getattr(a, "name", ""))
def test_repair_names_the_flaw(answer, flaw):
    refused(check.repair(answer), flaw)


def test_a_repair_may_drop_the_state_it_does_not_need():
    @rule
    def short(x, grad, m, lr=0.1, beta=0.9):
        m = beta * m + lr * grad(x - beta * m)
        return x - m, m

    assert check.repair(short).passed is True


STEP_BACK = [
    (lambda y, v, lr, beta: y.copy(), "that is y itself"),
    (lambda y, v, lr, beta: y - lr * beta * v, "the sign"),
    (lambda y, v, lr, beta: y + v * lr, "goes back a whole step"),
    (lambda y, v, lr, beta: y + v * beta, "v is counted in gradients: times lr"),
    (lambda y, v, lr, beta: v + y, "the share beta of a step away"),
    (lambda y, v, lr, beta: (y + lr * beta * v) / (beta + 1), "nothing has to be divided"),
    (lambda y, v, lr, beta: y + lr * beta**2 * v, "yours is ("),
    (lambda y, v, lr, beta: 1.0, "a point like y"),
    (lambda y, v, lr, beta: 1 / 0, "ZeroDivisionError at `"),
    (lambda y, v: y, "TypeError"),
]


@pytest.mark.parametrize(("answer", "flaw"), STEP_BACK)
def test_step_back_names_the_flaw(answer, flaw):
    refused(check.step_back(answer), flaw)


@rule
def no_dial(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g
    return x - v, v, g


@rule
def gas_pedal(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g - brake * beta * lr * (g - last)
    return x - v, v, g


@rule
def beta_missing(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * (g + brake * (g - last))
    return x - v, v, g


@rule
def rate_missing(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + brake * beta * (g - last)
    return x - v, v, g


@rule
def last_lost(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + brake * beta * lr * (g - last)
    return x - v, v, last


@rule
def outside_v(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g
    return x - v - brake * beta * lr * (g - last), v, g


@rule
def climbs(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + brake * beta * lr * (g - last)
    return x + v, v, g


@rule
def always_on(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + beta * lr * (g - last)
    return x - v, v, g


@rule
def half_way_wrong(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + brake * brake * beta * lr * (g - last)
    return x - v, v, g


@rule
def only_small(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + min(brake, 0.5) * beta * lr * (g - last)
    return x - v, v, g


DIAL = [
    (no_dial, "no effect"), (gas_pedal, "pushes on"), (beta_missing, "lacks beta"), (rate_missing, "lacks lr"),
    (last_lost, "stays zero"), (outside_v, "not the one that is remembered"), (climbs, "uphill"),
    (always_on, "at brake = 0, where it must be momentum"), (half_way_wrong, "at brake = 0.5"),
    (only_small, "at brake = 1, where it must be Nesterov"),
    (lambda x, g, v, last, lr=0.1, beta=0.9: (x, v, g), "brake is gone"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "flaw"), DIAL, ids=lambda a: getattr(a, "name", ""))
def test_dial_names_the_flaw(answer, flaw):
    refused(check.dial(answer), flaw)


def test_velocity_may_be_kept_in_any_unit():
    """What is in the state is the learner's business; only the path counts."""

    @rule
    def in_gradients(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
        v = beta * v + g + brake * beta * (g - last)
        return x - lr * v, v, g

    assert check.dial(in_gradients).passed is True


def refused(verdict: Verdict, flaw: str) -> None:
    assert verdict.passed is False
    assert flaw in verdict.message, verdict
