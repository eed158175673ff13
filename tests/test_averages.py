"""Moving averages: the recursion is the weighted sum, and the closed forms hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import optimlib
from optimlib import averages
from optimlib.tracing import to_javascript

BETAS = np.array([0.0, 0.5, 0.9, 0.99])
EACH = pytest.mark.parametrize("beta", BETAS.tolist())


def in_one_line(series, beta) -> np.ndarray:
    """The average after each value, by `running`."""
    r = averages.running(beta=beta)
    state, out = r.init([0.0]), []
    for value in series:
        state, now = r.step(state, [value])
        out.append(now[0])
    return np.array(out)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=shape)


@EACH
def test_the_recursion_is_the_weighted_sum(beta):
    series = noise(60)
    for t, v in enumerate(averages.ewma(series, beta), start=1):
        past = series[:t][::-1]
        np.testing.assert_allclose(v, np.sum((1 - beta) * beta ** np.arange(t) * past), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(v, averages.weights(beta, t) @ series[:t], rtol=1e-12, atol=1e-15)


@EACH
def test_the_corrected_average_is_a_weighted_mean(beta):
    series = noise(60)
    expected = [np.average(series[: t + 1][::-1], weights=beta ** np.arange(t + 1)) for t in range(60)]
    np.testing.assert_allclose(averages.ewma(series, beta, correct=True), expected, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(in_one_line(series, beta), expected, rtol=1e-11, atol=1e-14)
    for t in (1, 2, 60):
        np.testing.assert_allclose(averages.weights(beta, t, correct=True) @ series[:t], expected[t - 1], rtol=1e-10)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.floats(0, 0.9999),
)
def test_both_ways_to_correct_agree_and_stay_between(values, beta):
    series = np.array(values)
    one, other = averages.ewma(series, beta, correct=True), in_one_line(series, beta)
    size = np.abs(series).max()
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9 * size)
    assert (one <= np.maximum.accumulate(series) + 1e-9 * size).all()
    assert (one >= np.minimum.accumulate(series) - 1e-9 * size).all()


def test_known_numbers():
    assert averages.ewma([40.0], 0.9)[0] == pytest.approx(4)
    assert averages.ewma([40.0], 0.9, correct=True)[0] == pytest.approx(40)
    totals = [averages.weights(0.9, t).sum() for t in (1, 5, 20)]
    np.testing.assert_allclose(totals, [0.1, 0.40951, 0.8784], atol=5e-5)


@EACH
def test_total_weight_is_one_minus_beta_to_the_t(beta):
    for n in (1, 2, 17):
        np.testing.assert_allclose(averages.weights(beta, n).sum(), 1 - beta**n, rtol=1e-13)
        assert averages.ewma(np.ones(n), beta)[-1] == pytest.approx(1 - beta**n, rel=1e-13)
    np.testing.assert_allclose(averages.ewma(np.full(30, 3.0), beta, correct=True), 3.0, rtol=1e-12)
    assert averages.weights(beta, 0).shape == (0,)


@EACH
def test_noise_shrinks_by_the_variance_factor(beta):
    """The variance of the average of independent values is the sum of the squared weights, exactly."""
    factor = (averages.weights(beta, 5000) ** 2).sum()
    np.testing.assert_allclose(factor, (1 - beta) / (1 + beta), rtol=1e-12)
    np.testing.assert_allclose(1 / factor, averages.like_a_mean_of(beta), rtol=1e-12)
    v = averages.ewma(noise(20000), beta)[1000:]
    np.testing.assert_allclose(v.var(), factor, rtol=0.15)


@EACH
def test_a_ramp_is_followed_at_a_distance(beta):
    ramp = np.arange(4000.0)
    behind = ramp[-1] - averages.ewma(ramp, beta)[-1]
    np.testing.assert_allclose(behind, averages.lag(beta), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(averages.lag(beta, 5000), averages.lag(beta), rtol=1e-9, atol=1e-12)
    weights = averages.weights(beta, 7, correct=True)[::-1]
    np.testing.assert_allclose(averages.lag(beta, 7), weights @ np.arange(7), rtol=1e-12)
    corrected = ramp[6] - averages.ewma(ramp[:7], beta, correct=True)[-1]  # early on it is not as late yet
    np.testing.assert_allclose(averages.lag(beta, 7), corrected, rtol=1e-12, atol=1e-15)


@EACH
def test_an_alternating_series_is_damped(beta):
    v = averages.ewma((-1.0) ** np.arange(4000), beta)
    np.testing.assert_allclose(abs(v[-1]), (1 - beta) / (1 + beta), rtol=1e-9)


def test_windows():
    np.testing.assert_allclose(averages.window(BETAS), [1, 2, 10, 100])
    left = BETAS[1:] ** averages.window(BETAS[1:])
    np.testing.assert_allclose(left, [0.25, 0.349, 0.366], atol=1e-3)
    near = np.array([0.999, 0.99999])
    assert abs(near ** averages.window(near) - 1 / np.e).argmin() == 1
    for share in (0.5, 0.632, 0.95):
        np.testing.assert_allclose(BETAS[1:] ** averages.age(BETAS[1:], share), 1 - share, rtol=1e-12)
    assert averages.age(0.9, 0.5) == pytest.approx(6.5788, abs=1e-4)
    assert averages.age(0.0, 0.5) == 0
    # the share of the latest `age` values, when that is a whole number
    assert averages.weights(0.5, int(averages.age(0.5, 0.875))).sum() == pytest.approx(0.875)


def test_roughness():
    series = noise(400)
    assert averages.roughness(series, series) == 1
    assert averages.roughness(np.ones(400), series) == 0
    falls = [averages.roughness(averages.ewma(series, beta), series) for beta in BETAS]
    assert falls == sorted(falls, reverse=True)
    # of white noise: the steps of the average have variance 2 (1-β)² / (1+β), those of the series 2
    np.testing.assert_allclose(falls, [(1 - b) / np.sqrt(1 + b) for b in BETAS], rtol=0.2)
    assert np.isnan(averages.roughness([0.0, 1.0], [2.0, 2.0]))


@EACH
@pytest.mark.parametrize("made", [averages.average, averages.corrected, averages.running])
def test_javascript_equals_numpy_to_the_last_bit(made, beta):
    series, r, here = 100 * noise(500), made(beta=beta), []
    state = r.init([0.0])
    for value in series:
        state, out = r.step(state, [value])
        here.append(out[0])
    numerics = Path(optimlib.__file__).parent / "explorables" / "js" / "numerics.js"
    context = MiniRacer()
    context.eval(numerics.read_text(encoding="utf-8"))
    there = context.eval(
        f"(() => {{ const rule = {to_javascript(made, d=1)}, z = new Float64Array(1 + rule.state.length);"
        f"return JSON.stringify({series.tolist()}.map((x, i) => {{"
        f"z[0] = x; rule.step(z, [0], [{beta}], i + 1); return z[0]; }})); }})()"
    )
    context.close()
    assert json.loads(there) == here


# --- shapes and bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize("correct", [False, True])
def test_many_memories_at_once(correct):
    series = noise(30)
    together = averages.ewma(series[:, None], BETAS, correct)
    assert together.shape == (30, 4)
    for i, beta in enumerate(BETAS):
        np.testing.assert_array_equal(together[:, i], averages.ewma(series, beta, correct))
    grid = averages.ewma(noise(30, 3, 4), BETAS, correct)
    assert grid.shape == (30, 3, 4)
    np.testing.assert_array_equal(grid[:, 2, 1], averages.ewma(noise(30, 3, 4)[:, 2, 1], 0.5, correct))
    np.testing.assert_allclose(averages.lag(BETAS, 5), [averages.lag(b, 5) for b in BETAS], rtol=1e-14)
    assert averages.weights(BETAS, 7).shape == (7, 4)
    np.testing.assert_array_equal(averages.weights(BETAS, 7)[:, 2], averages.weights(0.9, 7))


def test_nothing_given_is_changed():
    series = noise(10)
    before = series.copy()
    averages.ewma(series, 0.9, correct=True)[:] = 0
    np.testing.assert_array_equal(series, before)
    assert averages.ewma([1, 2, 3], 0).tolist() == [1, 2, 3]
    assert averages.ewma([], 0.5).shape == (0,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: averages.ewma([1.0], 1.0), r"^beta=1(\.0)?: must lie in \[0, 1\)"),
        (lambda: averages.ewma([1.0], -0.1), r"^beta=-0.1: must lie in \[0, 1\)"),
        (lambda: averages.ewma([1.0], float("nan")), r"^beta=nan: must lie"),
        (lambda: averages.ewma([1.0], "0.9"), r"^beta='0.9': must be a number or an array"),
        (lambda: averages.weights([0.5, 2.0], 3), r"^beta\[1\]=2(\.0)?: must lie"),
        (lambda: averages.ewma("abc", 0.9), r"^x='abc': must be an array of numbers"),
        (lambda: averages.ewma(3.0, 0.9), r"^x=3.0: must be a series, shape"),
        (lambda: averages.ewma([1.0, 2.0], [0.5, 0.9]), r"^beta has shape \(2,\), .*x\[:, None\]"),
        (lambda: averages.ewma(noise(4, 3), [0.5, 0.9]), r"x has shape \(4, 3\)"),
        (lambda: averages.weights(0.5, -1), r"^n=-1: must be a whole number, 0 or more"),
        (lambda: averages.weights(0.5, 2.5), r"^n=2.5: must be a whole number"),
        (lambda: averages.age(0.5, 1.0), r"^share=1(\.0)?: must lie in \[0, 1\)"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
