"""What is refused, and that the message names the argument, the value given and what is allowed.

Where a message offers a remedy, the remedy is taken from the message and followed.
"""

from __future__ import annotations

import re
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from optimlib import descend, landscapes, rule, rules

RAVINE = landscapes.ravine


def refused(error, message: str):
    """The call must raise exactly this; `message` is literal, `*` stands for anything."""
    return pytest.raises(error, match="(?s)^" + ".*".join(map(re.escape, message.split("*"))) + "$")


# --- hyper-parameters -----------------------------------------------------------------------------------

NUMBERS = "must be a number, an array of numbers, or a schedule"


@pytest.mark.parametrize("name", rules.RULES)
@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (-0.1, ValueError, "{}=-0.1: must lie in [0, {})"),
        (np.nan, ValueError, "{}=nan: must lie in [0, {})"),
        (np.inf, ValueError, "{}=inf: must lie in [0, {})"),
        ([0.1, -0.2], ValueError, "{}[1]=-0.2: must lie in [0, {})"),
        (np.array([[0.1], [np.nan]]), ValueError, "{}[1, 0]=nan: must lie in [0, {})"),
        (lambda t: -1.0, ValueError, "{} at step 1=-1: must lie in [0, {})"),
        ("0.1", TypeError, "{}='0.1': " + NUMBERS),
        (None, TypeError, "{}=None: " + NUMBERS),
        (True, TypeError, "{}=True: " + NUMBERS),
        (0.1 + 0j, TypeError, "{}=(0.1+0j): " + NUMBERS),
        ([0.1, [0.2, 0.3]], TypeError, "{}=[0.1, [0.2, 0.3]]: " + NUMBERS),
        ({"a": 1}, TypeError, "{}={{'a': 1}}: " + NUMBERS),
        (Decimal("0.1"), TypeError, "{}=Decimal('0.1'): " + NUMBERS),
        (Fraction(1, 2), TypeError, "{}=Fraction(1, 2): " + NUMBERS),
        (10**400, TypeError, "{}=1000*: " + NUMBERS),
        (np.array([0.1], object), TypeError, "{}=array([0.1], dtype=object): " + NUMBERS),
        (lambda t: "fast", TypeError, "{} at step 1='fast': " + NUMBERS),
        (lambda t: None, TypeError, "{} at step 1=None: " + NUMBERS),
    ],
    ids=lambda v: None if callable(v) else repr(v),  # a function's repr holds an address
)
def test_value_of_a_hyper_parameter(name, value, error, message):
    cls = rules.RULES[name]
    for hyper in cls.hyper_names:
        top = "1" if hyper.startswith("beta") or hyper == "rho" else "∞"
        with refused(error, message.format(hyper, top)):
            cls(**{hyper: value})


@pytest.mark.parametrize("name", rules.RULES)
def test_factors_below_one(name):
    cls = rules.RULES[name]
    for hyper in {"beta", "beta1", "beta2", "rho"} & set(cls.hyper_names):
        for value in (1, 1.2):
            with refused(ValueError, f"{hyper}={value}: must lie in [0, 1)"):
                cls(**{hyper: value})


@pytest.mark.parametrize("name", rules.RULES)
def test_misspelled_hyper_parameter(name):
    cls = rules.RULES[name]
    allowed = ", ".join(cls.hyper_names)
    with refused(TypeError, f"{name}(learning_rate=0.1): unknown, allowed are {allowed}"):
        cls(learning_rate=0.1)
    with pytest.raises(TypeError, match="positional arguments"):
        cls(*[0.1] * (len(cls.hyper_names) + 1))


def test_hyper_parameters_that_do_not_fit_each_other():
    lr, beta1 = np.full(3, 0.1), np.full(4, 0.9)
    have = "lr has shape (3,), beta1 has shape (4,): these do not broadcast. "
    with refused(ValueError, have + "Give each its own axis, as in lr[:, None] and beta[None, :]"):
        rules.adam(lr=lr, beta1=beta1)
    assert rules.adam(lr=lr[:, None], beta1=beta1[None, :]).batch_shape == (3, 4)


def test_a_schedule_that_goes_wrong_later():
    x = np.ones(2)
    for schedule, error, message in [
        (lambda t: 0.1 if t < 3 else np.nan, ValueError, "lr at step 3=nan: must lie in [0, ∞)"),
        (lambda t: 3 - t, ValueError, "lr at step 4=-1: must lie in [0, ∞)"),
        (lambda t: 0.1 if t < 3 else "slow", TypeError, "lr at step 3='slow': " + NUMBERS),
        (
            lambda t: np.ones(1 + (t > 2)),
            ValueError,
            "lr at step 3 has shape (2,): must have the shape (1,) of its value at step 1",
        ),
    ]:
        r = rules.sgd(lr=schedule)
        with refused(error, message):
            descend(r, RAVINE, x, 10)
        start = x if r.batch_shape == () else x[:, None]
        with refused(error, message):
            state = r.init(start)
            for _ in range(10):
                state, start = r.step(state, start, start)


# --- step and init ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (1.0, ValueError, "x=1.0: coordinates come first, write [1.0] for one alone"),
        (np.array(1.0), ValueError, "x=array(1.): coordinates come first, write [1.0] for one alone"),
        (None, TypeError, "x=None: must be an array of numbers, shape (d,) or (d, *batch)"),
        (["1", "2"], TypeError, "x=['1', '2']: must be an array of numbers*"),
        ([1, None], TypeError, "x=[1, None]: must be an array of numbers*"),
        ([1.0, 2j], TypeError, "x=[1.0, 2j]: must be an array of numbers*"),
        ([[1.0], [2.0, 3.0]], TypeError, "x=[[1.0], [2.0, 3.0]]: must be an array of numbers*"),
        ([True, False], TypeError, "x=[True, False]: must be an array of numbers*"),
        (np.array([1.0, 2.0], object), TypeError, "x=array([1.0, 2.0], dtype=object): must be an array*"),
    ],
)
def test_points(x, error, message):
    r = rules.momentum()
    with refused(error, message):
        r.init(x)
    with refused(error, message):
        r.step({"t": 0, "v": [0.0, 0.0]}, x, [0.0, 0.0])
    with refused(error, message.replace("x=", "x0=", 1)):
        descend(r, RAVINE, x, 1)


def test_gradient():
    r = rules.momentum()
    state = r.init([1.0, 2.0])
    with refused(ValueError, "g has shape (3,): must have the shape (2,) of x"):
        r.step(state, [1.0, 2.0], [1.0, 2.0, 3.0])
    with refused(TypeError, "g=['a', 'b']: must be an array of numbers"):
        r.step(state, [1.0, 2.0], ["a", "b"])
    with refused(TypeError, "momentum needs g: pass g=… to step"):
        r.step(state, [1.0, 2.0])
    with refused(TypeError, "nesterov_lookahead needs grad: pass grad=… to step"):
        rules.nesterov_lookahead().step(state, [1.0, 2.0], [1.0, 2.0])
    with refused(ValueError, "grad(x) has shape (3,): must have the shape (2,) of x"):
        rules.nesterov_lookahead().step(state, [1.0, 2.0], grad=lambda p: np.ones(3))
    with refused(TypeError, "step got gradient: allowed are g, grad, H"):
        r.step(state, [1.0, 2.0], [1.0, 2.0], gradient=[1.0, 2.0])


def test_hessian():
    @rule
    def newton(x, g, H):
        return x - np.linalg.solve(np.moveaxis(H, (0, 1), (-2, -1)), g.T[..., None])[..., 0].T

    r, h = newton(), np.array([[2.0, 1.0], [1.0, 4.0]])
    x = np.array([3.0, -5.0])
    assert np.allclose(r.step(r.init(x), x, h @ x, H=h)[1], 0)
    with refused(TypeError, "newton needs H: pass H=… to step"):
        r.step(r.init(x), x, h @ x)
    with refused(ValueError, "H has shape (2,): must have the shape (2, 2) of a Hessian"):
        r.step(r.init(x), x, h @ x, H=[1.0, 2.0])
    assert np.allclose(descend(r, landscapes.ravine, x, 1).x[1], 0, atol=1e-12)


def test_state():
    r, x, g = rules.adam(), [1.0, 2.0], [0.1, 0.2]
    for state, has in [
        ({}, "has nothing"),
        ({"t": 0, "m": x}, "has t, m"),
        ({"m": x, "v": x}, "has m, v"),
        (None, "is None"),
        (np.zeros(2), "is array([0., 0.])"),
    ]:
        with refused(ValueError, f"state {has}: adam wants t, m, v, as r.init(x) makes them"):
            r.step(state, x, g)
    good = r.init(x)
    for t in (-1, 1.5, "1", None, True):
        with refused(ValueError, f"t={t!r}: must be a whole number, 0 or more"):
            r.step({**good, "t": t}, x, g)
    with refused(ValueError, "v has shape (3,): must have the shape (2,) of x"):
        r.step({**good, "v": np.zeros(3)}, x, g)
    r.step({**good, "more": "is no harm"}, x, g)


REMEDY = re.compile(r"(?:make it (?P<hyper>.*), and )?lay out x as (?P<x>np\.broadcast_to\(.*\)), g and")


@pytest.mark.parametrize(
    ("hyper", "x"),
    [
        ({"lr": (3,)}, (2,)),
        ({"lr": (1,)}, (2,)),
        ({"lr": (3,)}, (2, 4)),
        ({"lr": (3,)}, (2, 1)),
        ({"lr": (3, 1)}, (2, 4)),
        ({"lr": (3, 4)}, (2,)),
        ({"lr": (3, 4)}, (2, 5)),
        ({"lr": (3, 1), "beta": (4,)}, (2,)),
        ({"lr": (3, 1), "beta": (4,)}, (2, 5)),
        ({"lr": (2, 1, 3), "beta": (4, 1)}, (2, 6, 3)),
        ({"lr": (3,)}, (2, 4, 5)),
    ],
    ids=str,
)
def test_shapes_that_do_not_fit_and_the_remedy(hyper, x):
    h = {k: np.linspace(0.1, 0.5, np.prod(s)).reshape(s) for k, s in hyper.items()}
    r, x = rules.momentum(**h), np.random.default_rng(0).normal(size=x)
    with pytest.raises(ValueError, match="momentum: its hyper-parameters have shape") as caught:
        r.step(r.init(x), x, x)
    remedy = REMEDY.search(str(caught.value))
    if remedy["hyper"]:
        h = eval(f"dict({remedy['hyper']})", {"np": np, **h})
    laid_out = eval(remedy["x"], {"np": np, "x": x})
    r = rules.momentum(**h)
    _, y = r.step(r.init(laid_out), laid_out, laid_out)
    # each point meets each combination of hyper-parameters
    lr, beta = np.broadcast_arrays(h["lr"], h.get("beta", 0.9))
    assert y.shape == laid_out.shape
    assert np.array_equal(y, laid_out - lr * (beta * 0 + laid_out))
    assert {c.tobytes() for c in laid_out.reshape(2, -1).T} == {c.tobytes() for c in x.reshape(2, -1).T}


# --- rules of one's own -------------------------------------------------------------------------------------


def test_functions_that_cannot_be_a_rule():
    for function, complaint in [
        (lambda g, lr=1: g, ""),
        (lambda x, m, g, lr=1: x, ""),
        (lambda x, g, *m, lr=1: x, "; m cannot be one of them"),
        (lambda x, g, lr=1, **h: x, "; h cannot be one of them"),
        (lambda x, g, step=1: x, "; step cannot be one of them"),
        (lambda x, g, defaults=1: x, "; defaults cannot be one of them"),
    ]:
        with refused(
            TypeError,
            "<lambda>(*): first comes what a rule gets (x, and any of g, t, grad, H), then*" + complaint,
        ):
            rule(function)
    with refused(TypeError, "start={'u': 0}: must give m or v a number or \"x\""):
        rule(start={"u": 0})(lambda x, g, m, v: (x, m, v))
    with refused(TypeError, "start={'m': 'g'}: must give m a number or \"x\""):
        rule(start={"m": "g"})(lambda x, g, m: (x, m))


def test_a_rule_that_changes_what_it_was_given():
    @rule
    def in_place(x, g, m, lr=0.1, beta=0.9):
        m *= beta
        m += g
        return x - lr * m, m

    @rule
    def moves_x(x, g, lr=0.1):
        x -= lr * g
        return x

    @rule
    def on_its_own(x, g, m, lr=0.1, beta=0.9):
        m = beta * m
        m += g  # its own array by now
        return x - lr * m, m

    @rule
    def second(x, grad, lr=0.1):
        g = grad(x)
        g *= lr
        return x - g

    @rule
    def curved(x, g, H):
        H += 1
        return x - g

    message = "changes what it was given (m *= …): write m = m * …"
    given = {"g": np.ones(1), "grad": lambda p: given["g"], "H": np.ones((1, 1))}
    for cls in (in_place, moves_x, second, curved):
        with refused(ValueError, f"{cls.name} {message}"):
            cls().step(cls().init([1.0]), [1.0], **given)
        with refused(ValueError, f"{cls.name} {message}"):
            descend(cls(), RAVINE, [1.0, 1.0], 3)
    same = descend(on_its_own(), RAVINE, [1.0, 1.0], 30).x
    assert np.array_equal(same, descend(rules.momentum(lr=0.1), RAVINE, [1.0, 1.0], 30).x)


def test_a_rule_that_returns_something_else():
    for function, message in [
        (lambda x, g, m: x, "<lambda> must return x, m: it returns 1 of them"),
        (lambda x, g, m: (x, m, m), "<lambda> must return x, m: it returns 3 of them"),
        (lambda x, g: None, "<lambda> must return x: it returns None"),
    ]:
        with refused(TypeError, message):
            cls = rule(function)
            cls().step(cls().init([1.0, 2.0]), [1.0, 2.0], [0.0, 0.0])
    wide = rule(lambda x, g, m: (x - g, np.ones(3)))()
    with refused(ValueError, "<lambda> gives m the shape (3,): must keep the shape (2, 1) of x"):
        wide.step(wide.init([1.0, 2.0]), [1.0, 2.0], [0.0, 0.0])
    total = rule(lambda x, g: x[:1])()
    for run in (
        lambda: total.step({"t": 0}, [1.0, 2.0], [0.0, 0.0]),
        lambda: descend(total, RAVINE, [1, 1], 2),
    ):
        run()  # one coordinate for all: it broadcasts, which is the learner's business


# --- descend
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [-1, 1.0, 2.5, "10", None, True, np.nan, np.array([3]), [3], np.bool_(1)], ids=repr)
def test_steps(steps):
    with refused(ValueError, f"steps={steps!r}: must be a whole number, 0 or more"):
        descend(rules.sgd(), RAVINE, [1.0, 1.0], steps)


def test_too_many_steps():
    for steps in (10**15, 10**30):
        with refused(MemoryError, f"steps={steps}: a trace of shape ({steps + 1}, 2, 1) does not fit into memory"):
            descend(rules.sgd(), RAVINE, [1.0, 1.0], steps)


def test_start():
    for x0, message in [
        ([1.0, np.nan], "x0[1]=nan: must be finite"),
        ([[1.0, 2.0], [3.0, -np.inf]], "x0[1, 1]=-inf: must be finite"),
        ([1.0], "x0=[1.0]: has shape (1,), must have (2,) or (2, *batch)"),
        ([1.0, 2.0, 3.0], "x0=[1.0, 2.0, 3.0]: has shape (3,), must have (2,) or (2, *batch)"),
        (np.ones((4, 2)), "x0=array(*: has shape (4, 2), must have (2,) or (2, *batch)"),
        ([], "x0=[]: has shape (0,), must have (2,) or (2, *batch)"),
    ]:
        with refused(ValueError, message):
            descend(rules.sgd(), RAVINE, x0, 5)


def test_batches_that_do_not_fit():
    x0, lr, kappa = np.ones((2, 4)), np.full(3, 0.1), np.full(5, 10.0)
    have = "x0 has batch shape (4,), sgd has batch shape (3,)"
    fix = "these do not broadcast. Give each its own axis, as in lr=lr[:, None]"
    with refused(ValueError, f"{have}: {fix}"):
        descend(rules.sgd(lr=lr), RAVINE, x0, 2)
    assert descend(rules.sgd(lr=lr[:, None]), RAVINE, x0, 2).f.shape == (3, 3, 4)
    with refused(ValueError, f"{have}, ravine has batch shape (5,): {fix}"):
        descend(rules.sgd(lr=lr), RAVINE.at(kappa=kappa), x0, 2)
    wide = descend(rules.sgd(lr=lr[:, None, None]), RAVINE.at(kappa=kappa[:, None]), x0, 2)
    assert wide.f.shape == (3, 3, 5, 4)


def test_strangers():
    x = [1.0, 1.0]
    with refused(TypeError, "rule=<class '*adam'>: must be an optimizer with its hyper-parameters, such as adam()"):
        descend(rules.adam, RAVINE, x, 1)
    with refused(TypeError, "rule='adam': must be an optimizer with its hyper-parameters, such as rules.sgd(lr=0.1)"):
        descend("adam", RAVINE, x, 1)
    with refused(TypeError, "landscape='ravine': must be a Landscape, such as landscapes.ravine"):
        descend(rules.sgd(), "ravine", x, 1)
    with refused(TypeError, "*: must be a Landscape, such as landscapes.ravine"):
        descend(rules.sgd(), lambda p: p, x, 1)


def test_noise():
    x, lr = [1.0, 1.0], [0.1, 0.2, 0.3]
    with refused(ValueError, "noise has shape (4, 2): must broadcast to (steps, d, *batch) = (5, 2)"):
        descend(rules.sgd(), RAVINE, x, 5, noise=np.zeros((4, 2)))
    with refused(ValueError, "noise has shape (5, 2): must broadcast to (steps, d, *batch) = (5, 2, 3)"):
        descend(rules.sgd(lr=lr), RAVINE, x, 5, noise=np.zeros((5, 2)))
    with refused(ValueError, "noise[2, 1]=nan: must be finite"):
        descend(rules.sgd(), RAVINE, x, 5, noise=np.where(np.arange(10).reshape(5, 2) == 5, np.nan, 0))
    with refused(TypeError, "noise='loud': must be an array of numbers"):
        descend(rules.sgd(), RAVINE, x, 5, noise="loud")


# --- what looks odd and is fine
# --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", rules.RULES)
def test_odd_but_allowed(name):
    r = rules.RULES[name](lr=1)
    given = {"grad": lambda p: [1, 2]} if "grad" in r.inputs else {"g": (1, 2)}
    state, expected = r.step(r.init([1, 2]), [1, 2], **given)
    read_only = np.array([1.0, 2.0])
    read_only.flags.writeable = False
    for x in (
        (1, 2),
        np.array([1, 2], np.int8),
        np.array([1, 2], np.float32),
        read_only,
        np.array([1, 0, 2])[::2],
    ):
        assert np.array_equal(r.step(r.init(x), x, **given)[1], expected)
    assert expected.dtype == np.float64
    empty = descend(r, RAVINE, np.ones((2, 0)), 3, history=True)
    assert empty.f.shape == (4, 0)
    assert empty.stopped.shape == (0,)
    nothing = descend(rules.RULES[name](lr=np.empty(0)), RAVINE, [1.0, 1.0], 3)
    assert nothing.x.shape == (4, 2, 0)
    none = r.init(np.empty((0,)))
    assert r.step(none, np.empty(0), **{k: (lambda p: p) if k == "grad" else [] for k in given})[1].shape == (0,)
    still = descend(r, RAVINE, [1, 1], np.int64(0))
    assert still.x.tolist() == [[1.0, 1.0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for bad in (np.nan, np.inf, -np.inf, 1e308):
            hit = {"grad": lambda p, bad=bad: [bad, 1]} if "grad" in r.inputs else {"g": [bad, 1]}
            state, x = r.step(r.init([1, 2]), [1, 2], **hit)
            state, x = r.step(state, x, **hit)
            assert np.isfinite(x[1])
