"""The checkers on the learning rate: solutions pass, empty answers are told so, wrong ones are named."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import learning_rate as check
from exercises.verdict import Verdict

CHAPTER = Path(__file__).parents[1] / "chapters" / "02-learning-rate.ipynb"
NAMES = ["top_curvature", "read_curvatures", "find_rate"]


def solutions() -> dict[str, str]:
    """The worked solutions as the chapter prints them: the code in its folded boxes, by function name."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    boxes = [part for c in cells for part in "".join(c["source"]).split("::::{admonition} ")[1:]]
    code = [c for b in boxes if b.startswith("Solution") for c in re.findall(r"```python\n(.*?)```", b, re.S)]
    return {re.search(r"def (\w+)", c)[1]: c for c in code}


def refused(verdict: Verdict, flaw: str) -> None:
    assert verdict.passed is False, verdict
    assert flaw in verdict.message, verdict


@pytest.mark.parametrize("name", NAMES)
def test_the_published_solution_gets_full_marks(name):
    names = {"np": np}
    exec(solutions()[name], names)
    verdict = getattr(check, name)(names[name])
    assert verdict.passed is True, verdict


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", [lambda *args: ..., lambda *args: None])
def test_an_unanswered_exercise_says_so(name, answer):
    verdict = getattr(check, name)(answer)
    assert verdict.passed is None
    assert repr(verdict).startswith("Unanswered: ")


@pytest.mark.parametrize("name", NAMES)
def test_a_checker_never_raises(name):
    for answer in (3, "a", lambda: 0, lambda *args: 1 / 0, lambda *args: "no", lambda *args: np.ones(7)):
        assert getattr(check, name)(answer).passed is False


# Written as learners write them, with other names than the checker's own bank.


def power(gradient, x, eps=1e-4, turns=100):
    v = np.random.default_rng(3).normal(size=len(x))
    for _ in range(turns):
        v = v / np.linalg.norm(v)
        u, v = v, (gradient(x + eps * v) - gradient(x - eps * v)) / (2 * eps)
    return u @ v


def hessian(gradient, x, eps=1e-4):
    return np.array([(gradient(x + eps * e) - gradient(x - eps * e)) / (2 * eps) for e in np.eye(len(x))])


def unnormalized(gradient, x):
    v = np.ones(len(x))
    for _ in range(500):
        v = (gradient(x + 1e-4 * v) - gradient(x)) / 1e-4
    return np.linalg.norm(v)


def forgot_the_base(gradient, x):
    v = np.ones(len(x)) / np.sqrt(len(x))
    for _ in range(100):
        v = gradient(x + 1e-4 * v) / 1e-4
        v, length = v / np.linalg.norm(v), np.linalg.norm(v)
    return length


CURVATURE = [
    (lambda g, x: 2 / power(g, x), "the limit of the rate"),
    (lambda g, x: 1 / power(g, x), "that is 1/L"),
    (lambda g, x: -power(g, x), "the sign"),
    (lambda g, x: 2 * power(g, x), "twice too large"),
    (lambda g, x: power(g, x) / 2, "half of it"),
    (lambda g, x: power(g, x) ** 2, "squared"),
    (lambda g, x: power(g, x) ** 0.5, "root"),
    (lambda g, x: power(g, x, turns=1), "not the largest"),
    (lambda g, x: power(g, x, eps=0.7), "Rosenbrock"),
    (lambda g, x: np.linalg.eigvalsh(hessian(g, x))[0], "smallest"),
    (lambda g, x: np.trace(hessian(g, x)), "the trace"),
    (lambda g, x: np.linalg.norm(hessian(g, x)), "norm of the whole Hessian"),
    (unnormalized, "Normalize"),
    (forgot_the_base, "change of the gradient"),
    (lambda g, x: hessian(g, x), "one number"),
    (lambda g, x: g(x) / 0.0, "one number"),
]


@pytest.mark.parametrize(("answer", "flaw"), CURVATURE)
@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
def test_top_curvature_names_the_flaw(answer, flaw):
    refused(check.top_curvature(answer), flaw)


def test_any_honest_way_to_the_largest_curvature_passes():
    assert check.top_curvature(lambda g, x: np.linalg.eigvalsh(hessian(g, x))[-1]).passed is True


def read(slow, fast):
    (a, f), (b, g) = slow, fast
    return (1 - np.sqrt(f[-1] / f[-2])) / a, (1 + np.sqrt(g[-1] / g[-2])) / b


def without_root(slow, fast):
    (a, f), (b, g) = slow, fast
    return (1 - f[-1] / f[-2]) / a, (1 + g[-1] / g[-2]) / b


def undivided(slow, fast):
    mu, top = read(slow, fast)
    return mu * slow[0], top * fast[0]


def from_the_start(slow, fast):
    (a, f), (b, g) = slow, fast
    return (1 - np.sqrt(f[1] / f[0])) / a, (1 + np.sqrt(g[-1] / g[-2])) / b


def same_sign(slow, fast):
    (a, f), (b, g) = slow, fast
    return (1 - np.sqrt(f[-1] / f[-2])) / a, (1 - np.sqrt(g[-1] / g[-2])) / b


READING = [
    (lambda s, f: read(s, f)[::-1], "changed places"),
    (without_root, "take the root"),
    (undivided, "divide each by the rate"),
    (from_the_start, "the slope at the end"),
    (same_sign, "ηL − 1"),
    (lambda s, f: read(s, f)[0], "two numbers"),
    (lambda s, f: (np.nan, 1.0), "finite"),
    (lambda s, f: (0.5, 0.5), "By what factor"),
]


@pytest.mark.parametrize(("answer", "flaw"), READING)
def test_read_curvatures_names_the_flaw(answer, flaw):
    refused(check.read_curvatures(answer), flaw)


def last(cost, lr):
    f = cost(lr)[-1]
    return f if np.isfinite(f) else np.inf


def climb_only(cost):
    lr = 0.01
    while last(cost, 10 * lr) < last(cost, lr):
        lr *= 10
    return lr


def blind_to_nan(cost):
    lr = 0.01
    while cost(10 * lr)[-1] < cost(lr)[-1]:
        lr *= 10
    while cost(lr / 10)[-1] < cost(lr)[-1]:
        lr /= 10
    return lr


def one_too_far(cost):
    rates = [10.0**k for k in range(-7, 5)]
    return 10 * min(rates, key=lambda lr: last(cost, lr))


def one_too_few(cost):
    rates = [10.0**k for k in range(-7, 5)]
    return 0.1 * min(rates, key=lambda lr: last(cost, lr))


def largest_that_falls(cost):
    return max((10.0**k for k in range(-7, 5)), key=lambda lr: (last(cost, lr) < 0.505, lr))


FINDING = [
    (climb_only, "Every comparison with nan"),
    (blind_to_nan, "Every comparison with nan"),
    (one_too_far, "Every comparison with nan"),
    (one_too_few, "stopped too early"),
    (largest_that_falls, "largest falling rate"),
    (lambda cost: 0.01, "stayed where you began"),
    (lambda cost: last(cost, 0.01), "Move from 0.01 by factors"),
    (lambda cost: -1, "no learning rate"),
    (lambda cost: min(np.geomspace(1e-7, 1e4, 100), key=lambda lr: last(cost, lr)), "more than"),
    (lambda cost: min(3 * 10.0 ** np.arange(-8, 5), key=lambda lr: last(cost, lr)), "factors of ten"),
]


@pytest.mark.parametrize(("answer", "flaw"), FINDING)
def test_find_rate_names_the_flaw(answer, flaw):
    refused(check.find_rate(answer), flaw)


def test_a_lucky_guess_is_not_a_search():
    assert "did not look" in check.find_rate(lambda cost: 1e3).message


def test_trying_all_powers_of_ten_is_allowed():
    assert check.find_rate(lambda cost: min(10.0 ** np.arange(-7, 5), key=lambda lr: last(cost, lr))).passed
