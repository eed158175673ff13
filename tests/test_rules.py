"""One table of rules; every rule gets every test.

Closed forms, exact symmetries and special cases say what a rule must do without another library. Then the
promises of `optimlib.rule`: pure, resumable, schedulable, one run equal to its place in a grid, all to the
last bit.
"""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimlib import descend, landscapes, rules
from optimlib.checks import interval
from optimlib.rule import RANGES, Rule, rule

STEPS = 60
GRADIENTS = np.random.default_rng(1).normal(size=(STEPS, 2)) * [1.0, 30.0]
START = np.array([0.7, -1.3])
CALM = landscapes.saddle  # not quadratic, and no setting below diverges on it


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known about a rule.

    hyper : a setting that is not the default, used wherever any will do.
    first : displacement by the first step, from x, g and the hyper-parameters.
    constant : displacements by the first steps under a constant gradient g > 0 when eps is 0; list of `len(t)`.
    scaling : what keeps the path at eps = 0 when all gradients are multiplied by c: "none" if nothing need be
        done, "lr" if the rate must be divided by c, "decay" if the decay must be multiplied by c, "" if
        nothing does.
    """

    hyper: dict
    first: Callable
    constant: Callable | None
    scaling: str


def ones(t, lr, g, **h):
    return -lr * np.ones(len(t))


def adam_first(x, g, lr, eps, **h):
    return -lr * g / (np.abs(g) + eps)


def momentum_steps(t, lr, g, beta):
    return -lr * g * (1 - beta**t) / (1 - beta)


def rmsprop_scale(t, rho):
    return 1 / np.sqrt(1 - rho**t)


def nadam_direction(t, beta1, momentum_decay):
    mu = beta1 * (1 - 0.5 * 0.96 ** (np.arange(1, len(t) + 2) * momentum_decay))
    p = np.cumprod(mu)
    return mu[1:] * (1 - beta1**t) / (1 - p[1:]) + (1 - mu[:-1]) / (1 - p[:-1])


def radam_scale(t, beta2):
    top = 2 / (1 - beta2) - 1
    rho = top - 2 * t * beta2**t / (1 - beta2**t)
    with np.errstate(invalid="ignore"):
        r = np.sqrt((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho))
    return np.where(rho > 5, r, np.nan)


def adadelta_steps(t, lr, g, rho, eps):
    """For g so large that eps is not felt beside its square: three steps by hand."""
    squares = [1 / (1 - rho), 2 / (1 - rho**2), (1 + rho + 2 / (1 + rho)) / (1 - rho**3)]
    return -lr * np.sqrt(eps * np.array(squares))[: len(t)]


BETAS = {"beta1": 0.8, "beta2": 0.95}
TABLE = {
    "sgd": Facts({"lr": 0.2}, lambda x, g, lr: -lr * g, lambda t, lr, g: -lr * g * np.ones(len(t)), "lr"),
    "momentum": Facts({"lr": 0.2, "beta": 0.7}, lambda x, g, lr, beta: -lr * g, momentum_steps, "lr"),
    "nesterov": Facts(
        {"lr": 0.2, "beta": 0.7},
        lambda x, g, lr, beta: -lr * (1 + beta) * g,
        lambda t, lr, g, beta: -lr * g + beta * momentum_steps(t, lr, g, beta),
        "lr",
    ),
    "nesterov_lookahead": Facts({"lr": 0.2, "beta": 0.7}, lambda x, g, lr, beta: -lr * g, momentum_steps, "lr"),
    "adagrad": Facts(
        {"lr": 0.2, "eps": 1e-3},
        lambda x, g, lr, eps: -lr * g / (np.abs(g) + eps),
        lambda t, lr, g, eps: -lr / np.sqrt(t),
        "none",
    ),
    "rmsprop": Facts(
        {"lr": 0.2, "rho": 0.8, "eps": 1e-3},
        lambda x, g, lr, rho, eps: -lr * g / (np.sqrt(1 - rho) * np.abs(g) + eps),
        lambda t, lr, g, rho, eps: -lr * rmsprop_scale(t, rho),
        "none",
    ),
    "rmsprop_momentum": Facts(
        {"lr": 0.2, "rho": 0.8, "beta": 0.6, "eps": 1e-3},
        lambda x, g, lr, rho, beta, eps: -lr * g / (np.sqrt(1 - rho) * np.abs(g) + eps),
        lambda t, lr, g, rho, beta, eps: -lr * np.convolve(rmsprop_scale(t, rho), beta ** (t - 1))[: len(t)],
        "none",
    ),
    "adadelta": Facts(
        {"lr": 0.5, "rho": 0.8, "eps": 1e-3},
        lambda x, g, lr, rho, eps: -lr * np.sqrt(eps / ((1 - rho) * g**2 + eps)) * g,
        None,  # eps is what moves it: see test_adadelta_under_a_constant_gradient
        "",
    ),
    "adam": Facts({"lr": 0.2, **BETAS, "eps": 1e-3}, adam_first, ones, "none"),
    "adam_l2": Facts(
        {"lr": 0.2, **BETAS, "eps": 1e-3, "weight_decay": 0.1},
        lambda x, g, lr, eps, weight_decay, **h: -lr * (g + weight_decay * x) / (np.abs(g + weight_decay * x) + eps),
        None,  # the decay feeds x back
        "decay",
    ),
    "adamax": Facts({"lr": 0.2, **BETAS, "eps": 1e-3}, adam_first, ones, "none"),
    "amsgrad": Facts({"lr": 0.2, **BETAS, "eps": 1e-3}, adam_first, ones, "none"),
    "nadam": Facts(
        {"lr": 0.2, **BETAS, "eps": 1e-3, "momentum_decay": 0.1},
        lambda x, g, lr, beta1, eps, momentum_decay, **h: (
            -lr * nadam_direction(np.ones(1), beta1, momentum_decay)[0] * g / (np.abs(g) + eps)
        ),
        lambda t, lr, g, beta1, momentum_decay, **h: -lr * nadam_direction(t, beta1, momentum_decay),
        "none",
    ),
    "radam": Facts(
        {"lr": 0.2, **BETAS, "eps": 1e-3},
        lambda x, g, lr, **h: -lr * g,
        lambda t, lr, g, beta2, **h: -lr * np.where(t < 6, g, radam_scale(t, beta2)),
        "",  # the first steps grow with the gradient, the later ones do not
    ),
    "adamw": Facts(
        {"lr": 0.2, **BETAS, "eps": 1e-3, "weight_decay": 0.1},
        lambda x, g, lr, eps, weight_decay, **h: -lr * weight_decay * x - lr * g / (np.abs(g) + eps),
        lambda t, lr, g, weight_decay, **h: -lr * (1 - lr * weight_decay) ** (t - 1),  # from x = 0
        "none",
    ),
}
EVERY = pytest.mark.parametrize("name", TABLE)


def made(name: str, **other) -> Rule:
    return rules.RULES[name](**{**TABLE[name].hyper, **other})


def unfelt(name: str) -> dict:
    return {"eps": 0.0} if "eps" in rules.RULES[name].hyper_names else {}


def step(r: Rule, state: dict, x, g) -> tuple[dict, np.ndarray]:
    """One step of any rule: a rule that asks for a second gradient gets the same one everywhere."""
    return r.step(state, x, grad=lambda p: g) if "grad" in r.inputs else r.step(state, x, g)


def follow(r: Rule, x, gradients) -> np.ndarray:
    """The points after each step, shape (steps, *shape of x)."""
    state, points = r.init(x), []
    for g in gradients:
        state, x = step(r, state, x, g)
        points.append(x)
    return np.array(points)


def test_the_table_is_complete():
    assert list(TABLE) == list(rules.RULES)
    assert set(rules.__all__) == {"RULES", *TABLE}
    for name, facts in TABLE.items():
        assert set(facts.hyper) == set(rules.RULES[name].hyper_names)
        assert facts.hyper != rules.RULES[name].defaults


# --- what a rule must do ------------------------------------------------------------------------------


@EVERY
def test_first_step(name):
    r = made(name)
    for g in GRADIENTS[:5]:
        moved = step(r, r.init(START), START, g)[1] - START
        np.testing.assert_allclose(moved, TABLE[name].first(START, g, **TABLE[name].hyper), rtol=1e-12)


@pytest.mark.parametrize("name", [n for n, facts in TABLE.items() if facts.constant])
def test_constant_gradient(name):
    t = np.arange(1, 41)
    h = TABLE[name].hyper | unfelt(name)
    if name == "radam":
        h |= {"beta2": 0.999}
    points = follow(made(name, **h), np.zeros(1), np.full((len(t), 1), 3.0))[:, 0]
    np.testing.assert_allclose(points, np.cumsum(TABLE[name].constant(t, g=3.0, **h)), rtol=1e-11)


def test_adadelta_under_a_constant_gradient():
    r = made("adadelta", eps=1e-6)
    points = follow(r, np.zeros(1), np.full((3, 1), 1e12))[:, 0]
    steps = adadelta_steps(np.arange(3), g=1e12, **r.at(1))
    np.testing.assert_allclose(points, np.cumsum(steps), rtol=1e-12)


def test_nadam_is_not_unbiased_at_first():
    # a constant gradient of 1 should give a direction of 1; these are PyTorch's first three
    r = rules.nadam(lr=1.0, eps=0.0)
    directions = -np.diff(follow(r, np.zeros(1), np.ones((3, 1)))[:, 0], prepend=0)
    np.testing.assert_allclose(directions, [1.056, 0.784, 0.732], atol=6e-4)


def test_radam_waits_for_five_gradients():
    r = rules.radam(lr=1.0)
    moved = -np.diff(follow(r, np.zeros(1), np.full((8, 1), 100.0))[:, 0], prepend=0)
    np.testing.assert_allclose(moved[:5], 100, rtol=1e-12)
    assert (moved[5:] < 0.1).all()
    never = rules.radam(lr=1.0, beta2=0.6)
    moved = -np.diff(follow(never, np.zeros(1), np.full((500, 1), 100.0))[:, 0])
    np.testing.assert_allclose(moved, 100, rtol=1e-12)


LINEAR = {
    "sgd": lambda lr, beta, h: np.array([[1 - lr * h, 0], [h, 0]]),
    "momentum": lambda lr, beta, h: np.array([[1 - lr * h, -lr * beta], [h, beta]]),
    "nesterov": lambda lr, beta, h: np.array([[1 - lr * h * (1 + beta), -lr * beta**2], [h, beta]]),
    "nesterov_lookahead": lambda lr, beta, h: np.array(
        [[1 - lr * h, -beta + lr * h * beta], [lr * h, beta - lr * h * beta]]
    ),
}


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("lr", [0.01, 0.5, 1.2])
def test_on_a_quadratic_it_is_a_matrix_power(name, lr, beta):
    """On curvature h the pair (x, v) is multiplied by a 2 x 2 matrix in each step."""
    hyper = {"lr": lr, "beta": beta} if "beta" in TABLE[name].hyper else {"lr": lr}
    trace = descend(made(name, **hyper), landscapes.ravine.at(kappa=10, angle=0), [1.0, 1.0], 200)
    for coordinate, h in enumerate((0.1, 1.0)):
        power = np.linalg.matrix_power(LINEAR[name](lr, beta, h), 200)
        scale = max(1e-12, np.abs(trace.x[:, coordinate]).max() * 1e-12)
        assert abs(trace.x[200, coordinate] - power[0, 0]) < scale


def test_nesterov_drawn_and_nesterov_run_are_one_rule():
    """The libraries' x is the look-ahead point of the drawn form; their velocity is divided by the rate."""
    land, lr, beta = landscapes.ravine.at(kappa=50, angle=20), 0.3, 0.9
    drawn = descend(rules.nesterov_lookahead(lr=lr, beta=beta), land, [1.0, 1.0], 300, history=True)
    run = descend(rules.nesterov(lr=lr, beta=beta), land, [1.0, 1.0], 300, history=True)
    np.testing.assert_allclose(drawn.x - beta * drawn.state["v"], run.x, atol=1e-13)
    np.testing.assert_allclose(drawn.state["v"], lr * run.state["v"], atol=1e-13)


TWINS = [  # (rule, other rule, equal to the last bit?)
    (rules.momentum(lr=0.1, beta=0), rules.sgd(lr=0.1), True),
    (rules.nesterov(lr=0.1, beta=0), rules.sgd(lr=0.1), True),
    (rules.nesterov_lookahead(lr=0.1, beta=0), rules.sgd(lr=0.1), True),
    (rules.rmsprop_momentum(lr=0.1, rho=0.9, beta=0), rules.rmsprop(lr=0.1, rho=0.9), False),
    (rules.adadelta(lr=0.1, eps=1e30), rules.sgd(lr=0.1), True),
    (rules.adam_l2(lr=0.1, weight_decay=0), rules.adam(lr=0.1), True),
    (rules.adamw(lr=0.1, weight_decay=0), rules.adam(lr=0.1), True),
    (rules.nadam(lr=0.1, beta1=0), rules.adam(lr=0.1, beta1=0), True),
    (rules.radam(lr=0.1, beta1=0, beta2=0.5), rules.sgd(lr=0.1), True),
    (rules.adamax(lr=0.1, beta1=0, beta2=0), rules.adam(lr=0.1, beta1=0, beta2=0), False),
    (rules.adagrad(eps=0), rules.rmsprop(lr=lambda t: 0.01 / t**0.5, rho=lambda t: 1 - 1 / t, eps=0), False),
]


@pytest.mark.parametrize(("one", "other", "exactly"), TWINS, ids=lambda r: getattr(r, "name", None))
def test_special_cases_coincide(one, other, exactly):
    a, b = follow(one, START, GRADIENTS), follow(other, START, GRADIENTS)
    assert np.array_equal(a, b) if exactly else np.allclose(a, b, rtol=1e-12, atol=0)


def test_amsgrad_is_adam_until_gradients_shrink():
    growing, ams, adam = np.abs(GRADIENTS).cumsum(axis=0), made("amsgrad"), made("adam")
    assert np.array_equal(follow(ams, START, growing), follow(adam, START, growing))
    assert not np.allclose(follow(ams, START, growing[::-1]), follow(adam, START, growing[::-1]))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(exponent=st.integers(-40, 40), seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("name", [n for n, facts in TABLE.items() if facts.scaling])
def test_scale_of_the_gradient(name, exponent, seed):
    """Powers of two change no digit, so the symmetry holds to the last bit."""
    c, h, gradients = 2.0**exponent, unfelt(name), np.random.default_rng(seed).normal(size=(30, 2))
    adjusted = {
        "none": {},
        "lr": {"lr": TABLE[name].hyper["lr"] / c},
        "decay": {"weight_decay": TABLE[name].hyper.get("weight_decay", 0) * c},
    }[TABLE[name].scaling]
    plain = follow(made(name, **h), START, gradients)
    scaled = follow(made(name, **h, **adjusted), START, c * gradients)
    assert np.array_equal(plain, scaled)


@EVERY
def test_no_gradient_no_step(name):
    h = {"weight_decay": 0} if "weight_decay" in TABLE[name].hyper else {}
    assert np.array_equal(follow(made(name, **h), START, np.zeros((5, 2))), np.tile(START, (5, 1)))


@EVERY
def test_mirrored_gradients_mirrored_path(name):
    assert np.array_equal(follow(made(name), -START, -GRADIENTS), -follow(made(name), START, GRADIENTS))


@EVERY
def test_coordinates_do_not_know_each_other(name):
    both = follow(made(name), START, GRADIENTS)
    for i in range(2):
        assert np.array_equal(both[:, [i]], follow(made(name), START[[i]], GRADIENTS[:, [i]]))


# --- what `optimlib.rule` promises ---------------------------------------------------------------------


@EVERY
def test_pure(name):
    r = made(name)
    x, g = START.copy(), GRADIENTS[0].copy()
    state, x = step(r, r.init(x), x, g)
    kept = {k: np.copy(v) for k, v in state.items()}, x.copy(), g.copy()
    new, y = step(r, state, x, g)
    for given_, was in zip((*state.values(), x, g), (*kept[0].values(), *kept[1:]), strict=True):
        assert np.array_equal(given_, was)
    outputs = [y, *(new[k] for k in r.state_names)]
    inputs = [x, g, *(state[k] for k in r.state_names)]
    assert not any(np.shares_memory(a, b) for a in outputs for b in inputs)
    assert not any(np.shares_memory(a, b) for i, a in enumerate(outputs) for b in outputs[:i])
    assert all(a.flags.writeable for a in outputs)
    y += 1
    again, z = step(r, state, x, g)
    assert np.array_equal(z + 1, y)
    assert all(np.array_equal(again[k], new[k]) for k in again)


def test_what_a_rule_hands_on_is_copied():
    @rule
    def lazy(x, g, old, twin, lr=0.1):
        return x, g, g

    x, g = START.copy(), GRADIENTS[0].copy()
    state, y = lazy().step(lazy().init(x), x, g)
    assert np.array_equal(y, x)
    assert np.array_equal(state["old"], g)
    held = [x, g, y, state["old"], state["twin"]]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(held) for b in held[:i])
    assert all(a.flags.writeable for a in held)


@EVERY
def test_one_run_is_its_place_in_a_grid(name):
    """Any hyper-parameter may be an array. Every run of the grid has the bits of the run alone."""
    for hyper, value in TABLE[name].hyper.items():
        values = value * np.append([1.0, 0.0], np.linspace(0.3, 1, 9))  # longer than a vector register
        grid = np.broadcast_to(START[:, None], (2, len(values)))
        together = follow(made(name, **{hyper: values}), grid, np.repeat(GRADIENTS[:, :, None], len(values), 2))
        down = descend(made(name, **{hyper: values}), CALM, START, 40)
        for i, v in enumerate(values):
            alone = made(name, **{hyper: v})
            assert np.array_equal(together[:, :, i], follow(alone, START, GRADIENTS))
            run = descend(alone, CALM, START, 40)
            assert np.array_equal(down.x[..., i], run.x)
            assert np.array_equal(down.f[..., i], run.f)


@EVERY
def test_all_hyper_parameters_on_axes_of_their_own(name):
    h = TABLE[name].hyper
    axes = np.ix_(*(np.array([v, 0.7 * v]) for v in h.values()))
    r = made(name, **dict(zip(h, axes, strict=True)))
    assert r.batch_shape == (2,) * len(h)
    down = descend(r, CALM, START, 10)
    for place in np.ndindex(*r.batch_shape):
        alone = made(name, **{k: v * (1.0, 0.7)[i] for (k, v), i in zip(h.items(), place, strict=True)})
        assert np.array_equal(down.x[(..., *place)], descend(alone, CALM, START, 10).x)


@EVERY
def test_step_and_descend_agree(name):
    r, land, x = made(name), CALM, START
    trace, state = descend(r, land, x, 30, history=True), r.init(x)
    for t in range(1, 31):
        state, x = r.step(state, x, land.gradient(x[:, None])[:, 0], **grad_of(r, land))
        assert np.array_equal(trace.x[t], x)
        assert all(np.array_equal(trace.state[k][t], state[k]) for k in r.state_names)


def grad_of(r: Rule, land) -> dict:
    return {"grad": lambda p: land.gradient(p[:, None])[:, 0]} if "grad" in r.inputs else {}


@EVERY
def test_resume_from_a_file(name, tmp_path):
    r = made(name)
    whole = follow(r, START, GRADIENTS)
    state, x = r.init(START), START
    for g in GRADIENTS[:25]:
        state, x = step(r, state, x, g)
    np.savez(tmp_path / "run.npz", x=x, **state)
    with np.load(tmp_path / "run.npz") as stored:
        state, x = step(r, stored, stored["x"], GRADIENTS[25])
    for i, g in enumerate(GRADIENTS[26:], start=26):
        assert np.array_equal(x, whole[i - 1])
        state, x = step(r, state, x, g)
    assert np.array_equal(x, whole[-1])
    assert type(state["t"]) is int


@dataclasses.dataclass(frozen=True)
class Fading:
    """A schedule: `value` at first, then less and less, never less than half of it."""

    value: float
    after: float = 10.0

    def __call__(self, t):
        return self.value * (0.5 + 0.5 / (1 + t / self.after))


@EVERY
def test_any_hyper_parameter_as_a_schedule(name):
    plain = follow(made(name), START, GRADIENTS)
    for hyper, value in TABLE[name].hyper.items():
        constant = made(name, **{hyper: lambda t, value=value: value})
        assert np.array_equal(follow(constant, START, GRADIENTS), plain)
        fading, state, x, points = Fading(value), None, START, []
        for t, g in enumerate(GRADIENTS, start=1):
            by_hand = made(name, **{hyper: fading(t)})
            state, x = step(by_hand, state or by_hand.init(x), x, g)
            points.append(x)
        assert np.array_equal(follow(made(name, **{hyper: fading}), START, GRADIENTS), points)
        assert hyper in ("weight_decay", "momentum_decay", "eps") or not np.allclose(points, plain)


@EVERY
def test_a_schedule_may_give_a_grid(name):
    values = TABLE[name].hyper["lr"] * np.array([1.0, 0.3])
    r = made(name, lr=lambda t: values / t)
    assert r.batch_shape == (2,)
    down = descend(r, CALM, START, 10)
    for i in range(2):
        alone = made(name, lr=lambda t, i=i: values[i] / t)
        assert np.array_equal(down.x[..., i], descend(alone, CALM, START, 10).x)


@EVERY
def test_value_semantics(name):
    r, cls = made(name), rules.RULES[name]
    array = np.array([0.1, 0.2])
    for one in (r, made(name, lr=Fading(0.1)), made(name, lr=array)):
        for twin in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one), dataclasses.replace(one)):
            assert twin == one
            assert hash(twin) == hash(one)
            assert repr(twin) == repr(one)
        other = dataclasses.replace(one, lr=0.3)
        assert other != one
        assert other.lr == 0.3
    namespace = {**vars(rules), "Fading": Fading, "array": np.array}
    assert eval(repr(r), namespace) == r
    assert eval(repr(made(name, lr=array)), namespace) == made(name, lr=array)
    assert eval(repr(made(name, lr=Fading(0.1))), namespace) == made(name, lr=Fading(0.1))
    assert cls(lr=1) == cls(lr=1.0) == cls(lr=np.float64(1)) == cls(lr=np.array(1.0))
    assert len({cls(lr=1), cls(lr=1.0), cls(lr=np.float64(1)), cls(lr=2)}) == 2
    assert cls(lr=array) != cls(lr=Fading(0.1))
    assert cls(lr=Fading(0.1)) != cls(lr=0.1)
    assert cls(lr=0.0) == cls(lr=-0.0)
    assert hash(cls(lr=0.0)) == hash(cls(lr=-0.0))
    assert cls(lr=array) != cls(lr=array[:, None])
    assert cls() != next(other for other in rules.RULES.values() if other is not cls)()
    with pytest.raises(dataclasses.FrozenInstanceError):
        r.lr = 0.3


@EVERY
def test_arrays_are_copied_once_and_for_all(name):
    values = np.array([0.1, 0.2])
    r = made(name, lr=values)
    values[0] = 9.0
    assert r == made(name, lr=[0.1, 0.2])
    assert np.array_equal(r.at(1)["lr"], [0.1, 0.2])
    r.at(1)["lr"] = 7.0  # a dict of the caller's own
    assert np.array_equal(r.at(1)["lr"], [0.1, 0.2])
    for held in (r.lr, r.at(1)["lr"]):
        with pytest.raises(ValueError, match="read-only"):
            held[0] = 9.0


# --- what is printed -----------------------------------------------------------------------------------


@EVERY
def test_the_printed_code_is_the_code_that_runs(name):
    cls = rules.RULES[name]
    lines = cls.source.splitlines()
    assert lines[0].startswith(f"def {name}(x, ")
    assert lines[-1].startswith("    return ")
    assert len(lines) <= 10
    assert '"""' not in cls.source
    namespace = {"np": np}
    exec(cls.source, namespace)
    printed = rule(namespace[name], start={k: s for k, s in cls.starts.items() if s})
    assert np.array_equal(follow(printed(**TABLE[name].hyper), START, GRADIENTS), follow(made(name), START, GRADIENTS))


ENTRY = re.compile(r"^ {4}(\w+) : in (\S+ \S+), default (\S+)$", re.MULTILINE)


@EVERY
def test_docstring(name):
    cls = rules.RULES[name]
    doc = cls.__doc__
    stated = {n: (range_, float(default)) for n, range_, default in ENTRY.findall(doc)}
    assert stated == {n: (interval(*RANGES[n]), cls.defaults[n]) for n in cls.hyper_names}
    for part in (".. math::", "Parameters\n", "Notes\n", "Examples\n", ">>> ", "References\n"):
        assert part in doc, part
    assert re.search(r"\b(1[89]|20)\d\d\b", doc[doc.index("References") :])
    for letter in cls.state_names:
        assert f"`{letter}`" in doc or "state is that of `adam`" in doc
