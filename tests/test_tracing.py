"""What the browser computes is what numpy computes, and what cannot be followed says why.

Here: landscapes, rules of a reader's own, every single operation. The book's rules: `test_traced_rules.py`.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from py_mini_racer import MiniRacer

import optimlib
from optimlib import landscapes, rule, rules, tracing
from optimlib.landscape import Landscape, Param
from optimlib.recording import OPERATIONS

JS = Path(optimlib.__file__).parent / "explorables" / "js"

# Numbers go over as text: JSON knows neither infinities nor the sign of zero.
RUN = """
const said = (v) => Object.is(v, -0) ? "-0.0" : String(v);
const heard = (text) => JSON.parse(text).map((row) => row.map(Number));
function runRule(rule, x, gradients, h, grad) {
  const z = new Float64Array([...x, ...rule.start.flatMap((s) => s === "x" ? x : x.map(() => s))]);
  return heard(gradients).map((g, i) => {
    rule.step(z, g, h, i + 1, (p, out) => grad(p, out, g));
    return Array.from(z, said);
  });
}
function runLandscape(land, points, k) {
  return heard(points).map((p) => {
    const g = [], H = [];
    land.grad(p, k, g);
    if (land.hess) land.hess(p, k, H);
    return [land.f(p, k), ...g, ...H].map(said);
  });
}
"""


@pytest.fixture(scope="module")
def v8():
    """The V8 that Chromium has, with the script that defines `pow`."""
    context = MiniRacer()
    context.eval((JS / "numerics.js").read_text(encoding="utf-8") + RUN)

    def numbers(expression: str) -> np.ndarray:
        return np.array(json.loads(context.eval(f"JSON.stringify({expression})")), float)

    yield numbers
    context.close()


def said(values) -> str:
    """Numbers as a JavaScript string that `heard` reads."""
    name = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
    return json.dumps(json.dumps([[name.get(repr(v), repr(v)) for v in row] for row in np.asarray(values).tolist()]))


def in_browser(v8, r, x, gradients, grad="null") -> np.ndarray:
    """The whole state [x, letters…] after each step, as the browser computes it."""
    h = [getattr(r, name) for name in r.hyper_names]
    code = tracing.to_javascript(r, d=len(x))
    return v8(f"runRule({code}, {json.dumps(list(x))}, {said(gradients)}, {json.dumps(h)}, {grad})")


def in_numpy(r, x, gradients, grad=None) -> np.ndarray:
    """The same by numpy."""
    x = np.array(x, float)
    state, rows = r.init(x), []
    for g in np.asarray(gradients, float):
        more = {"grad": lambda p, g=g: grad(p, g)} if "grad" in r.inputs else {}
        with np.errstate(all="ignore"):
            state, x = r.step(state, x, g, **more)
        rows.append(np.concatenate([x, *(state[k] for k in r.state_names)]))
    return np.array(rows)


# --- landscapes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", landscapes.LANDSCAPES)
def test_landscapes_equal_numpy_everywhere(v8, name):
    land, rng = landscapes.LANDSCAPES[name], np.random.default_rng(11)
    for _ in range(3):
        k = {n: rng.uniform(p.low, p.high) for n, p in land.params.items()}
        here = land.at(**k)
        points = np.stack([rng.uniform(*side, 200) for side in land.box])
        parts = [here.value(points)[None], here.gradient(points), here.hessian(points).reshape(4, -1)]
        code = tracing.to_javascript(land)
        there = v8(f"runLandscape({code}, {said(points.T)}, {json.dumps(list(k.values()))})").T
        for ours, theirs in zip(parts, np.split(there, [1, 3]), strict=True):
            assert np.abs(ours - theirs).max() <= 1e-13 * np.abs(ours).max()


def test_a_landscape_without_hessian_and_with_more_coordinates(v8):
    target = np.array([[3.0], [1.0], [2.0]])  # a constant of the surroundings

    def f(p, x):
        return x * np.sum((p - target) ** 2, axis=0) / 2

    about_x = {"x": Param(2.0, 1, 3)}  # its name is also that of the first coordinate among symbols
    land = Landscape("bowl", f, lambda p, x: x * (p - target), start=(0.0, 0.0, 0.0), params=about_x)
    there = v8(f"runLandscape({tracing.to_javascript(land)}, {said([[1, 2, 3], [3, 1, 2]])}, [2])")
    np.testing.assert_array_equal(there, [[6, -4, 2, 2], [0, 0, 0, 0]])
    with pytest.raises(TypeError, match="bowl has no Hessian"):
        land.hessian([1.0, 2.0, 3.0])


# --- rules of a reader's own ----------------------------------------------------------------------


@rule
def var(x, g, new, let, typeof=0.1, pow=0.5, z=2.0):  # names that are JavaScript's, or the traced function's own
    new = pow * new + g
    let = let + z * new
    return x - typeof * let, new, let


@rule
def greek(x, g, μ, β=0.9, η=0.1):
    μ = β * μ + (1 - β) * g
    return x - η * μ, μ


@rule
def colliding(x, g, m, x0=0.1, m1=0.5, g0=3.0):  # not the coordinates of x, m and g
    m = m1 * m + g0 * g
    return x - x0 * m, m


@rule(start={"a": "x", "b": 2.5, "c": -0.0})
def starts(x, g, a, b, c, lr=0.1):
    a = 0.9 * a + 0.1 * x
    return a - lr * g / b, a, b + 1, -c


@rule
def constants(x, g, m, lr=0.1):
    m = np.minimum(np.maximum(m + g, -np.inf), np.inf) + np.array([[1e300], [-1e-300]]) * 1e-300
    below = np.where(1 / (-0.0 * np.abs(g)) < 0, 1.0, 2.0)  # 1 / -0 is -inf
    return x - lr * m * 1e22 / 1e22 - below, m


@rule
def powers(x, g, m, lr=0.1):
    m = np.abs(g) ** 0.5 + g**2 + g**-1 + g**1 + np.square(g) + 1 / (1 + np.abs(g)) ** 0.5
    return x - lr * m, m


@rule
def cubes(x, g, m, lr=0.1):
    return x - lr * g**3, g**4 + np.float_power(np.abs(g), 1.5) + 2.0**g


@rule
def cases(x, g, t, m, lr=0.1):
    size = np.where(g > 1, np.where(t % 2 == 0, 1.0, 2.0), np.where((g < -1) & (t > 3) | (g == 0), 3.0, 4.0))
    calm = np.logical_not(np.isnan(m)) & np.isfinite(g) & ~(m > 50) & (lr != 0)
    return x - lr * np.where(calm, size, 0.0), m + np.where(g, 1, -1)


@rule
def masks(x, g, m, lr=0.1):
    up = (g > 0) * g - (g < 0) * g + 1.0 * (g > 0) + ((g > 0) + (m > 0)) * 2 + (g > 0) * (m > 0) * g
    count = np.sum(g > 0, axis=0) + np.mean(g > 0) + (g > 0).astype(float).sum() + np.sum((g > 0) == (m > 0))
    any_all = np.where(np.any(g > 1), 1.0, np.where(np.all(g < 0), 2.0, 3.0)) + np.where((g > 0).max(), 1.0, 0.5)
    return x - lr * up, count + any_all * np.where(np.where(g > 0, m > 0, True), 1.0, -1.0) + 0 * g


@rule
def calls(x, g, m, lr=0.1, cap=1.5):
    scale = np.minimum(1.0, cap / np.linalg.norm(g))
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    m = np.clip(turn @ g * scale, -cap, cap) + g.clip(None, 1.0) + np.clip(m, a_min=-0.5, a_max=None)
    m = m - np.mean(g) + np.sum(g * g, axis=0, keepdims=True) - g.sum()
    m = m + np.max(np.abs(g)) + g.prod(axis=0) + g.min()
    x0, x1 = x
    back = np.concatenate([np.roll(x, 1, axis=0)[:1], np.stack([x0 + 0, x1])[:1] * 0 + np.ravel(x)[0]])
    return back - lr * np.sign(g) * np.ones_like(x) - np.zeros_like(g) + 0 * np.copy(x).T[0, 0], m


@rule
def every_third(x, g, t, slow, k=3.0, lr=0.1):
    x = x - lr * g
    slow = np.where(t % k == 0, slow + 0.5 * (x - slow), slow)
    return np.where(np.remainder(-t, k) == 0, slow, x) + (t // k) + (-t // k), slow


@rule
def twice(x, g, grad, v, lr=0.1):
    middle = x - lr / 2 * grad(x)
    v = 0.5 * v + grad(middle - lr * v) + grad(x)
    return x - lr * v + 0 * g, v


@rule
def unused(x, g, m, lr=0.1, extra=1.0):
    return x, m


OWN = [
    var,
    greek,
    colliding,
    starts,
    constants,
    powers,
    cubes,
    cases,
    masks,
    calls,
    every_third,
    twice,
    unused,
]


@pytest.mark.parametrize("own", OWN, ids=lambda r: r.name)
def test_own_rules_equal_numpy(v8, own):
    r, g = own(), np.random.default_rng(3).normal(size=(40, 2))
    g[5] = [0.0, -0.0]
    g[6:9] *= 5
    g = g[g.all(axis=1)] if own is powers else g  # 1 / 0 is left to the test of operations below
    there = in_browser(v8, r, [0.7, -1.2], g, "(p, out, g) => { out[0] = 3 * p[0] + g[0]; out[1] = p[1] + g[1]; }")
    here = in_numpy(r, [0.7, -1.2], g, grad=lambda p, g: np.array([3.0, 1.0]) * p + g)
    if own is cubes:  # powers that are not made of products: the last bit depends on the processor
        np.testing.assert_allclose(there, here, rtol=1e-14)
    else:
        np.testing.assert_array_equal(there, here)


def test_one_and_five_coordinates(v8):
    for d in (1, 5):
        g = np.random.default_rng(d).normal(size=(20, d))
        there, here = in_browser(v8, rules.adam(), np.ones(d), g), in_numpy(rules.adam(), np.ones(d), g)
        np.testing.assert_array_equal(there, here)


SPECIAL = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e300, -1e-300)
EXACT = {
    "add", "subtract", "multiply", "divide", "fmod", "negative", "positive", "reciprocal", "square", "sqrt",
    "absolute", "fabs", "sign", "floor", "ceil", "trunc", "maximum", "minimum", "remainder", "floor_divide",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or",
    "logical_not", "isnan", "isfinite",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted({*OPERATIONS, *EXACT} - {"where"}))
def test_operations_on_special_values(v8, name):
    """NaN, infinities, zeros of both signs: each operation does what numpy's does."""
    ufunc = getattr(np, name)
    cases = np.array(list(itertools.product(SPECIAL, repeat=2)))

    def f(p):
        return ufunc(*p[: ufunc.nin]) * 1.0

    with np.errstate(all="ignore"):
        here = f(cases.T)
    land = Landscape(name, f, lambda p: p)
    there = v8(f"runLandscape({tracing.to_javascript(land)}, {said(cases)}, [])")[:, 0]
    if name == "power":  # JavaScript has pow(±1, ±Infinity) and pow(1, NaN) as NaN where C has 1
        odd = (np.abs(cases[:, 0]) == 1) & ~np.isfinite(cases[:, 1])
        here, there = here[~odd], there[~odd]
    if name == "floor_divide":  # by zero or infinity: no rule of any use
        plain = np.isfinite(cases).all(axis=1) & (cases[:, 1] != 0)
        here, there = here[plain], there[plain]
    if name not in EXACT:
        np.testing.assert_allclose(there, here, rtol=4e-15)
        return
    np.testing.assert_array_equal(there, here)
    if name not in (
        "maximum",
        "minimum",
        "remainder",
        "floor_divide",
    ):  # which zero these give, nobody promises
        zero = here == 0
        np.testing.assert_array_equal(np.signbit(there[zero]), np.signbit(here[zero]))


@pytest.mark.parametrize("exponent", [2, 1, 0, 0.5, -1, 3, -2, np.float64(2)])
def test_powers_of_special_values(v8, exponent):
    """numpy makes roots, squares and reciprocals of some powers, which tells at -0 and -inf."""
    land = Landscape("power", lambda p: p[0] ** exponent, lambda p: p)
    there = v8(f"runLandscape({tracing.to_javascript(land)}, {said([[v, 0] for v in SPECIAL])}, [])")[:, 0]
    with np.errstate(all="ignore"):
        here = np.array(SPECIAL) ** exponent
    np.testing.assert_allclose(there, here, rtol=4e-16 if exponent in (3, -2) else 0)
    known = ~np.isnan(here)
    np.testing.assert_array_equal(np.signbit(there[known]), np.signbit(here[known]))


# --- what cannot be followed ----------------------------------------------------------------------

rng = np.random.default_rng()
calls_so_far = itertools.count()


def branch(x, g, lr=0.1):
    if g[0] > 0:
        return x - lr * g
    return x


def maximum(x, g, lr=0.1):
    return x - lr * max(g[0], g[1])


def in_place(x, g, m, lr=0.1):
    m *= 0.9
    return x - lr * m, m


def into_entry(x, g, lr=0.1):
    step = lr * g
    step[0] = 0
    return x - step


def picking(x, g, lr=0.1):
    return x - lr * g[g > 0]


def random(x, g, lr=0.1):
    return x - lr * g + rng.normal(size=2)[:, None]


def coin(x, g, lr=0.1):
    return x - lr * g if rng.random() < 0.5 else x


def counter(x, g, lr=0.1):
    return x - lr * g / next(calls_so_far)


def uses_math(x, g, lr=0.1):
    return x - lr * g / math.sqrt(g[0] ** 2)


def to_float(x, g, lr=0.1):
    return x - float(lr) * g


def loops(x, g, t, lr=0.1):
    for _ in range(t):
        x = x - lr * g
    return x


def until(x, g, t, lr=0.1):
    while t > 0:
        x, t = x - lr * g, t - 1
    return x


def unknown(x, g, lr=0.1):
    return x - lr * np.sinc(g)


def unknown_ufunc(x, g, lr=0.1):
    return x - lr * np.nextafter(g, 0)


def accumulates(x, g, lr=0.1):
    return x - lr * np.add.accumulate(g)


def masked(x, g, lr=0.1):
    return x - lr * np.divide(g, 2.0, where=[[True], [False]])


def plain_array(x, g, lr=0.1):
    return x - lr * np.array([g[0], g[1]])


def other_norm(x, g, lr=0.1):
    return x - lr * g / np.linalg.norm(g, 1)


def too_few(x, g, m, lr=0.1):
    return x - lr * g


def too_many(x, g, lr=0.1):
    return x - lr * g, g


def wrong_shape(x, g, lr=0.1):
    return np.concatenate([x, g])


def lost_shape(x, g, lr=0.1):
    return np.sum(x - lr * g)


def text(x, g, lr=0.1):
    return x - "lr" * g


def root_of_truth(x, g, lr=0.1):
    return x - lr * np.sqrt(g > 0)


def hessian(x, g, H, lr=0.1):
    return x - lr * g


def to_int(x, g, lr=0.1):
    return x - lr * g.astype(int)


def misfit(x, g, lr=0.1):
    return x - np.ones((3, 3)) @ g


def no_such(x, g, lr=0.1):
    return x - lr * g.flatten_out()


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (branch, r"branches on a value .* write np.where\(condition, a, b\) \(at `if g\[0\] > 0:`\)"),
        (maximum, r"branches on a value .*max.* \(at `return x - lr \* max\(g\[0\], g\[1\]\)`\)"),
        (until, "branches on a value"),
        (in_place, r"writes into an array in place .* write m = m \* b \(at `m \*= 0.9`\)"),
        (into_entry, r"writes into an array .* \(at `step\[0\] = 0`\)"),
        (picking, "picks entries by a traced value"),
        (random, "another result each time"),
        (coin, "another result each time"),
        (counter, "another result each time"),
        (uses_math, r"wants a plain number .*math.*use np.* \(at `return x - lr \* g / math.sqrt"),
        (to_float, "wants a plain number"),
        (loops, "wants a plain number .*range"),
        (unknown, "calls np.sinc, which the tracer does not know"),
        (unknown_ufunc, "calls np.nextafter, which the tracer does not know"),
        (accumulates, "calls np.add.accumulate, which"),
        (masked, "calls np.divide with where, which"),
        (plain_array, r"makes a plain array of traced values .* write np.stack"),
        (other_norm, "ord=1: only the Euclidean norm"),
        (too_few, "returns 1 values: must be 2, the new x, m"),
        (too_many, "returns 2 values: must be 1, the new x"),
        (wrong_shape, r"returns x of shape \(4, 1\) where \(2, 1\) is wanted"),
        (lost_shape, r"returns x of shape \(\) where \(2, 1\) is wanted"),
        (text, "'lr', which is not a number"),
        (root_of_truth, "calls np.sqrt of true or false"),
        (hessian, "asks for the Hessian"),
        (to_int, "turns a traced value into int64"),
        (misfit, r"matrices of shapes \(3, 3\) and \(2, 1\)"),
        (no_such, "fails with AttributeError: a traced array has no flatten_out"),
    ],
    ids=lambda v: v.__name__ if callable(v) else "",
)
def test_untraceable_rules_say_why(function, why):
    with pytest.raises(tracing.Untraceable, match=why) as caught:
        tracing.to_javascript(rule(function))
    assert str(caught.value).startswith(("it ", "on traced values it "))  # a sentence after the rule's name


def test_untraceable_landscapes_say_why():
    land = Landscape("steps", lambda p: 1.0 if p[0] > 0 else 0.0, lambda p: 0 * p)
    with pytest.raises(tracing.Untraceable, match="branches on a value"):
        tracing.to_javascript(land)


@pytest.mark.parametrize("what", ["adam", None, 3, dict])
def test_only_rules_and_landscapes(what):
    with pytest.raises(TypeError, match="must be a rule or a landscape"):
        tracing.to_javascript(what)


def test_tracing_leaves_no_trace():
    """Twice the same text; and the rule computes afterwards what it computed before."""
    assert tracing.to_javascript(rules.adam) == tracing.to_javascript(rules.adam(lr=3.0))
    g = np.random.default_rng(1).normal(size=(5, 2))
    before = in_numpy(rules.nadam(), [1.0, 2.0], g)
    tracing.to_javascript(rules.nadam)
    np.testing.assert_array_equal(in_numpy(rules.nadam(), [1.0, 2.0], g), before)


# --- symbols --------------------------------------------------------------------------------------


def test_symbols_are_exact():
    sympy = pytest.importorskip("sympy")
    numbers = (0.1, -2.5, 3 * np.pi, np.pi / 180, -np.pi / 4, 0.0, 3.14)
    exact = [sympy.Rational(1, 10), sympy.Rational(-5, 2), 3 * sympy.pi, sympy.pi / 180, -sympy.pi / 4, 0,
             sympy.Rational(157, 50)]  # fmt: skip

    def grad(p):
        return np.stack([p[0] + c for c in numbers])

    land = Landscape("constants", lambda p: p[0], grad, lambda p: p[None] * p[:, None], start=(0.0,) * 7)
    (x, *_), _, _, gradient, _ = tracing.to_sympy(land)
    assert [g - x for g in gradient] == exact


def test_symbols_know_functions_and_cases():
    sympy = pytest.importorskip("sympy")

    def f(p):
        x, y = p
        return np.where(x >= 0, np.tanh(x), np.arctan(-y)) + np.abs(x) ** 3 + np.maximum(x, y)

    land = Landscape("zoo", f, lambda p: p, lambda p: p[None] * p[:, None])
    (x, y), _, value, _, _ = tracing.to_sympy(land)
    assert value.has(sympy.Piecewise)
    for at in ((0.3, -2.0), (-0.7, 0.2)):
        assert math.isclose(value.subs({x: at[0], y: at[1]}).evalf(), f(np.array(at)), rel_tol=1e-14)

    land = Landscape("no symbol", lambda p: np.cbrt(p[0]) + np.log10(p[1]), lambda p: p, land.hess)
    with pytest.raises(tracing.Untraceable, match=r"np\.log10, which has no counterpart among symbols"):
        tracing.to_sympy(land)
