"""What `descend` leaves behind: shapes, history, noise, divergence; and it changes nothing it was given."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

from optimlib import descend, landscapes, rule, rules
from optimlib.landscape import Landscape

RAVINE = landscapes.ravine
BOWL = Landscape("bowl", lambda p: 0.5 * (p * p).sum(axis=0), lambda p: p, start=(1.0, 1.0, 1.0))


# --- the trace --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [(), (1,), (5,), (2, 3)])
@pytest.mark.parametrize("name", rules.RULES)
def test_shapes(name, batch):
    r = rules.RULES[name]()
    trace = descend(r, RAVINE, np.ones((2, *batch)), 7, history=True)
    assert trace.x.shape == (8, 2, *batch)
    assert trace.f.shape == (8, *batch)
    assert np.shape(trace.stopped) == np.shape(trace.why) == batch
    assert list(trace.state) == list(r.state_names)
    assert all(letters.shape == trace.x.shape for letters in trace.state.values())
    assert np.all(trace.stopped == -1)
    assert np.all(trace.why == "")
    assert batch or (type(trace.stopped), type(trace.why)) == (int, str)
    assert descend(r, RAVINE, np.ones((2, *batch)), 7).state == {}
    assert repr(trace) == f"Trace(steps=7, d=2, batch={batch})"


def test_the_trace_is_what_happened():
    land = landscapes.rosenbrock
    trace = descend(rules.momentum(lr=1e-4), land, land.start, 50, history=True)
    assert np.array_equal(trace.x[0], land.start)
    assert np.array_equal(trace.state["v"][0], [0, 0])
    for t in range(50):
        x, v = trace.x[t], trace.state["v"][t]
        assert trace.f[t] == land.value(x[:, None])[0]
        after = 0.9 * v + land.gradient(x[:, None])[:, 0]
        assert np.array_equal(trace.state["v"][t + 1], after)
        assert np.array_equal(trace.x[t + 1], x - 1e-4 * after)


def test_more_coordinates_than_two():
    trace = descend(rules.sgd(lr=0.5), BOWL, [1.0, 2.0, 3.0], 3)
    assert trace.x[-1].tolist() == [0.125, 0.25, 0.375]


def test_parameters_of_the_landscape_may_be_a_grid():
    kappa = np.array([1.0, 10.0, 100.0])
    r = rules.momentum(lr=np.array([0.1, 1.0])[:, None])
    grid = descend(r, RAVINE.at(kappa=kappa), [1.0, -1.0], 20)
    for i, lr in enumerate((0.1, 1.0)):
        for j, k in enumerate(kappa):
            alone = descend(rules.momentum(lr=lr), RAVINE.at(kappa=k), [1.0, -1.0], 20)
            assert np.array_equal(grid.x[:, :, i, j], alone.x)
            assert np.array_equal(grid.f[:, i, j], alone.f)


def test_no_steps():
    trace = descend(rules.adam(), RAVINE, [1.0, 2.0], 0, history=True)
    assert trace.x.tolist() == [[1.0, 2.0]]
    assert trace.state["m"].tolist() == [[0.0, 0.0]]


def test_nothing_given_is_changed():
    x0, noise, lr = np.ones((2, 3)), np.ones((4, 2, 3)), np.full(3, 0.1)
    for given in (x0, noise, lr):
        given.flags.writeable = False
    trace = descend(rules.momentum(lr=lr), RAVINE, x0, 4, noise=noise, history=True)
    for made in (trace.x, trace.f, trace.stopped, *trace.state.values()):
        assert made.flags.writeable
        assert not any(np.shares_memory(made, given) for given in (x0, noise, lr))


# --- noise
# -----------------------------------------------------------------------------------------------------


def test_noise_is_added_to_the_gradient():
    noise = np.random.default_rng(0).normal(size=(20, 2))
    trace = descend(rules.sgd(lr=0.1), RAVINE, [1.0, 1.0], 20, noise=noise)
    for t in range(20):
        g = RAVINE.gradient(trace.x[t][:, None])[:, 0] + noise[t]
        assert np.array_equal(trace.x[t + 1], trace.x[t] - 0.1 * g)
    again = descend(rules.sgd(lr=0.1), RAVINE, [1.0, 1.0], 20, noise=noise)
    assert np.array_equal(again.x, trace.x)


def test_the_second_gradient_of_a_step_has_the_same_noise():
    noise, lr = np.random.default_rng(0).normal(size=(100, 2)), 0.1
    drawn = descend(rules.nesterov_lookahead(lr=lr), RAVINE, [1.0, 1.0], 100, noise=noise, history=True)
    run = descend(rules.nesterov(lr=lr), RAVINE, [1.0, 1.0], 100, noise=noise)
    np.testing.assert_allclose(drawn.x - 0.9 * drawn.state["v"], run.x, atol=1e-12)


@pytest.mark.parametrize("shape", [(), (2,), (1, 2), (6, 1), (6, 2)])
def test_noise_broadcasts_for_one_run(shape):
    noise = np.random.default_rng(0).normal(size=shape)
    full = np.array(np.broadcast_to(noise, (6, 2)))
    wanted = descend(rules.sgd(), RAVINE, [1.0, 1.0], 6, noise=full).x
    assert np.array_equal(descend(rules.sgd(), RAVINE, [1.0, 1.0], 6, noise=noise).x, wanted)


def test_noise_for_a_batch():
    noise = np.random.default_rng(0).normal(size=(6, 2, 4))
    batch = descend(rules.sgd(), RAVINE, np.ones((2, 4)), 6, noise=noise)
    shared = descend(rules.sgd(), RAVINE, np.ones((2, 4)), 6, noise=noise[..., :1])
    for i in range(4):
        alone = descend(rules.sgd(), RAVINE, [1.0, 1.0], 6, noise=noise[..., i])
        assert np.array_equal(batch.x[..., i], alone.x)
        assert np.array_equal(shared.x[..., i], shared.x[..., 0])


# --- divergence
# ------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        yield


def test_divergence_is_a_result():
    """SGD on curvature 1 with lr 11 multiplies x by -10 in each step; the loss is x² / 2."""
    lr = np.array([0.5, 11.0, 101.0])
    trace = descend(rules.sgd(lr=lr), RAVINE.at(kappa=1, angle=0), [1.0, 1.0], 400, history=True)
    # at 10**154 = 100**77 the sum of two squares is beyond 1.8e308
    assert trace.stopped.tolist() == [-1, 154, 77]
    assert trace.why.tolist() == ["", "the loss is not finite", "the loss is not finite"]
    for i, stop in ((1, 154), (2, 77)):
        assert np.isfinite(trace.x[:stop, :, i]).all()
        assert np.isfinite(trace.f[:stop, i]).all()
        assert np.isnan(trace.x[stop:, :, i]).all()
        assert np.isnan(trace.f[stop:, i]).all()
    assert np.isfinite(trace.x[..., 0]).all()


def test_one_that_diverges_does_not_disturb_the_others():
    lr = np.array([0.5, 1e9, 0.1])
    together = descend(rules.adam_l2(lr=lr, weight_decay=1e9), landscapes.rosenbrock, [0.5, 0.5], 80)
    for i, value in enumerate(lr):
        alone = descend(rules.adam_l2(lr=value, weight_decay=1e9), landscapes.rosenbrock, [0.5, 0.5], 80)
        assert np.array_equal(together.x[..., i], alone.x, equal_nan=True)
        assert together.stopped[i] == alone.stopped
        assert together.why[i] == alone.why


def test_a_point_that_is_not_finite():
    flat = Landscape("flat", lambda p: 0 * p[0] if np.isfinite(p).all() else np.ones_like(p[0]), np.ones_like)
    trace = descend(rules.sgd(lr=1e308), flat, [-1.0, 1.0], 5)
    assert trace.stopped == 2
    assert trace.why == "the point is not finite"
    assert np.isnan(trace.x[2:]).all()
    assert np.isfinite(trace.x[:2]).all()


def test_a_start_whose_loss_is_not_finite():
    trace = descend(rules.sgd(), RAVINE, [1e200, 0.0], 3)
    assert trace.stopped == 0
    assert np.isnan(trace.x).all()


def test_a_run_stays_cut_even_if_it_comes_back():
    """The loss is infinite in a gap; the run jumps over it and would go on."""
    gap = Landscape("gap", lambda p: np.where(np.abs(p[0]) < 0.6, np.inf, p[0]), np.ones_like, start=(1.0,))
    trace = descend(rules.sgd(lr=1.0), gap, [1.5], 4)
    assert trace.stopped == 1
    assert trace.x[:, 0].tolist()[:1] == [1.5]
    assert np.isnan(trace.x[1:]).all()


def test_letters_are_cut_with_the_point():
    trace = descend(rules.momentum(lr=1e3), RAVINE, [1.0, 1.0], 300, history=True)
    stop = trace.stopped
    assert 0 < stop < 300
    assert np.isfinite(trace.state["v"][:stop]).all()
    assert np.isnan(trace.state["v"][stop:]).all()


@pytest.mark.parametrize("name", rules.RULES)
@pytest.mark.parametrize("land", landscapes.LANDSCAPES.values(), ids=lambda land: land.name)
def test_no_rule_makes_a_noise_anywhere(name, land):
    """However bad the rate and the start: no exception, no warning, and nothing but NaN after the end."""
    starts = np.stack([*np.meshgrid([-1e160, -3.0, 0.0, 1e-160, 2.0, 1e80], [0.0, 1.0, -1e6])]).reshape(2, -1)
    r = rules.RULES[name](lr=np.array([1e-3, 10.0, 1e150])[:, None])
    trace = descend(r, land, starts, 60, history=True)
    bad = ~(np.isfinite(trace.x).all(axis=1) & np.isfinite(trace.f))
    ends = np.where(bad.any(axis=0), bad.argmax(axis=0), -1)
    assert np.array_equal(ends, trace.stopped)
    assert np.array_equal(np.logical_or.accumulate(bad), bad)
    assert np.isnan(trace.f[bad]).all()
    assert np.isnan(np.moveaxis(trace.x, 1, -1)[bad]).all()
    assert np.array_equal(trace.why != "", trace.stopped >= 0)


def test_quiet_even_when_warnings_are_errors():
    code = """
        import warnings
        import numpy
        warnings.simplefilter("error")
        from optimlib import descend, landscapes, rules
        for name, cls in rules.RULES.items():
            trace = descend(cls(lr=1e200), landscapes.rosenbrock, [1.0, 2.0], 50)
            r = cls(lr=1e300)
            state, x = r.init([1.0]), [1.0]
            for _ in range(5):
                state, x = r.step(state, x, [1e300], grad=lambda p: p * 1e300)
        print(trace.stopped >= 0)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "True"


# --- rules that ask for more -----------------------------------------------------------------------------


def test_a_rule_that_starts_at_x():
    @rule(start={"mean": "x"})
    def averaged(x, g, t, mean, lr=0.1):
        x = x - lr * g
        return x, mean + (x - mean) / (t + 1)

    trace = descend(averaged(), RAVINE, [1.0, 1.0], 10, history=True)
    for t in range(11):
        np.testing.assert_allclose(trace.state["mean"][t], trace.x[: t + 1].mean(axis=0), rtol=1e-14)


def test_newton():
    @rule
    def newton(x, g, H, lr=1.0):
        (a, b), (_, d) = H
        return x - lr * np.stack([d * g[0] - b * g[1], a * g[1] - b * g[0]]) / (a * d - b * b)

    starts = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]])
    assert np.abs(descend(newton(), RAVINE.at(kappa=1e3), starts, 1).x[1]).max() < 1e-12
    assert np.abs(descend(newton(), RAVINE.at(kappa=1e3), [1.0, 2.0], 1).x[1]).max() < 1e-12
    with pytest.raises(TypeError, match=r"^newton asks for the Hessian, which bowl does not have$"):
        descend(newton(), BOWL, [1.0, 1.0, 1.0], 1)
