"""Schedules: closed forms, boundaries, PyTorch's values, properties, and what is refused."""

from __future__ import annotations

import inspect
import json
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import optimlib
from optimlib import descend, landscapes, rules, schedules
from optimlib.schedule import FIELDS, Schedule
from optimlib.schedules import SCHEDULES, Plateau

ORACLE = json.loads((Path(__file__).parent / "oracles" / "schedules.json").read_text())

EXAMPLES = [
    schedules.constant(lr=0.1),
    schedules.threshold(lr=0.25, end=0.025, after=20),
    schedules.step(lr=0.3, every=7, factor=0.5),
    schedules.multi_step(lr=0.3, milestones=(5, 6, 30)),
    schedules.time_based(lr=0.3, rate=0.01),
    schedules.inverse(lr=0.3, rate=0.1, power=0.75),
    schedules.exponential(lr=0.3, rate=0.07),
    schedules.polynomial(lr=0.3, steps=40, power=1.7, end=0.02),
    schedules.cosine(lr=0.3, steps=50, end=0.01),
    schedules.cosine_restarts(lr=0.3, steps=9, stretch=3, end=0.01),
    schedules.linear_warmup(lr=0.3, steps=13),
    schedules.triangular(lr=0.3, low=0.1, half=8),
    schedules.one_cycle(lr=0.3, steps=70),
    schedules.warmup_stable_decay(lr=0.3, steps=60, warmup=7, decay=11, end=0.01),
    schedules.piecewise_linear(points=((1, 0.1), (13.5, 0.3), (60, 0.2))),
    schedules.join(parts=((schedules.linear_warmup(lr=0.3, steps=9), 9), (schedules.cosine(lr=0.3, steps=40), 40))),
]
EACH = pytest.mark.parametrize("schedule", EXAMPLES, ids=lambda s: type(s).__name__)


def test_every_schedule_is_among_the_examples():
    assert {type(s) for s in EXAMPLES} == set(SCHEDULES.values())
    for name, cls in SCHEDULES.items():
        assert getattr(schedules, name) is cls


# --- values ----------------------------------------------------------------------------------------


def closed_forms(lr=0.3, e=0.02):
    """(schedule, its formula in k = t - 1 steps taken) as the books write it."""
    return [
        (schedules.time_based(lr=lr, rate=0.04), lambda k: lr / (1 + 0.04 * k)),
        (schedules.step(lr=lr, every=3, factor=0.4), lambda k: lr * 0.4 ** (k // 3)),
        (
            schedules.multi_step(lr=lr, milestones=(4, 9), factor=0.4),
            lambda k: lr * 0.4 ** ((k >= 4) + (k >= 9)),
        ),
        (schedules.exponential(lr=lr, rate=0.2), lambda k: lr * math.exp(-0.2 * k)),
        (schedules.inverse(lr=lr, rate=0.5, power=0.75), lambda k: lr * (1 + 0.5 * k) ** -0.75),
        (schedules.polynomial(lr=lr, steps=30, power=3, end=e), lambda k: e + (lr - e) * (1 - k / 30) ** 3),
        (
            schedules.cosine(lr=lr, steps=30, end=e),
            lambda k: e + (lr - e) / 2 * (1 + math.cos(math.pi * k / 30)),
        ),
        (schedules.linear_warmup(lr=lr, steps=12), lambda k: lr * min(1, (k + 1) / 12)),
    ]


@pytest.mark.parametrize(("schedule", "formula"), closed_forms(), ids=lambda v: type(v).__name__)
def test_closed_forms(schedule, formula):
    for t in range(1, 31):
        assert math.isclose(schedule(t), formula(t - 1), rel_tol=1e-14, abs_tol=1e-17)


@pytest.mark.parametrize("case", ORACLE["schedules"], ids=lambda c: f"{c['schedule']}-{c['torch']}")
def test_equals_pytorch(case):
    schedule = SCHEDULES[case["schedule"]](**case["fields"])
    np.testing.assert_allclose(schedule(np.arange(1, len(case["rates"]) + 1)), case["rates"], rtol=1e-12, atol=1e-17)


def test_plateau_equals_pytorch():
    told = ORACLE["plateau"]
    plateau = Plateau(lr=told["lr"], patience=told["patience"], floor=told["floor"])
    np.testing.assert_allclose([plateau.update(loss) for loss in told["losses"]], told["rates"], rtol=1e-15)


def test_keras_decay_of_1e_6_is_nearly_nothing():
    share = schedules.time_based(lr=1.0, rate=1e-6)(1 + np.array([1e4, 1e5, 1e6]))
    np.testing.assert_allclose(share, [0.990, 0.909, 0.5], atol=5e-4)


BOUNDARIES = [
    (schedules.threshold(lr=0.25, end=0.025, after=20), {1: 0.25, 20: 0.25, 21: 0.025}),
    (schedules.step(lr=0.4, every=5, factor=0.5), {1: 0.4, 5: 0.4, 6: 0.2, 10: 0.2, 11: 0.1}),
    (schedules.multi_step(lr=0.4, milestones=(5, 6), factor=0.5), {5: 0.4, 6: 0.2, 7: 0.1}),
    (schedules.polynomial(lr=0.4, steps=8, end=0.1), {1: 0.4, 9: 0.1, 10: 0.1, 10**9: 0.1}),
    (schedules.cosine(lr=0.4, steps=8, end=0.1), {1: 0.4, 5: 0.25, 9: 0.1, 10: 0.1, 10**9: 0.1}),
    (schedules.cosine_restarts(lr=0.4, steps=4, stretch=2), {1: 0.4, 3: 0.2, 5: 0.4, 9: 0.2, 13: 0.4}),
    (schedules.cosine_restarts(lr=0.4, steps=4), {1: 0.4, 3: 0.2, 5: 0.4, 4 * 10**12 + 1: 0.4}),
    (schedules.linear_warmup(lr=0.4, steps=8), {1: 0.05, 8: 0.4, 9: 0.4}),
    (schedules.triangular(lr=0.4, low=0.1, half=5), {1: 0.1, 6: 0.4, 11: 0.1, 16: 0.4}),
    (schedules.one_cycle(lr=0.4, steps=20, rise=0.25), {1: 0.016, 5: 0.4, 20: 1.6e-6, 21: 1.6e-6}),
    (
        schedules.warmup_stable_decay(lr=0.4, steps=20, warmup=4, decay=8, end=0.1),
        {1: 0.1, 4: 0.4, 13: 0.4, 17: 0.25, 21: 0.1, 22: 0.1},
    ),
    (schedules.warmup_stable_decay(lr=0.4, steps=2, warmup=1, decay=1), {1: 0.4, 2: 0.4, 3: 0.0}),
    (schedules.piecewise_linear(points=((2, 0.1), (4, 0.3), (4, 0.2), (8, 0.0))),
     {1: 0.1, 2: 0.1, 3: 0.2, 4: 0.3, 4.000001: 0.19999995, 6: 0.1, 8: 0.0, 9: 0.0}),
    (schedules.piecewise_linear(points=((1, 0.1), (1, 0.3))), {1: 0.1, 1.5: 0.3}),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "values"), BOUNDARIES, ids=lambda v: type(v).__name__)
def test_boundaries(schedule, values):
    for t, value in values.items():
        assert math.isclose(schedule(t), value, rel_tol=1e-12, abs_tol=1e-16), t


def test_ends_are_met_to_the_bit():
    """No rounding where a schedule arrives: a floor that is compared with == is found."""
    assert schedules.cosine(lr=0.3, steps=7, end=0.1)(np.array([1, 8])).tolist() == [0.3, 0.1]
    assert schedules.polynomial(lr=0.3, steps=7, end=0.1, power=0.3)(np.array([1, 8])).tolist() == [0.3, 0.1]
    assert schedules.linear_warmup(lr=0.3, steps=49)(49) == 0.3
    assert schedules.one_cycle(lr=0.3, steps=10, rise=0.5)(5) == 0.3


def test_join_counts_each_part_from_one():
    warm, fall = schedules.linear_warmup(lr=0.4, steps=4), schedules.cosine(lr=0.4, steps=6)
    whole = schedules.join(parts=((warm, 4), (fall, 6)))
    t = np.arange(1, 20)
    np.testing.assert_array_equal(whole(t), np.concatenate([warm(t[:4]), fall(t[:15])]))
    assert whole(4) == whole(5) == 0.4  # continuous where the parts meet
    three = schedules.join(parts=((warm, 2), (schedules.constant(lr=0.4), 3), (fall, 1)))
    np.testing.assert_array_equal(three(t[:7]), [*warm(t[:2]), *[0.4] * 3, *fall(t[:2])])
    again = schedules.join(parts=((whole, 10), (whole, 10)))  # a join is a schedule
    np.testing.assert_array_equal(again(np.arange(11, 16)), whole(np.arange(1, 6)))


def test_the_curve_with_handles_is_the_browser_s():
    """`piecewise_linear` in Python and `curveAt` in the race's script are one function."""
    js = MiniRacer()
    js.eval((Path(optimlib.__file__).parent / "explorables" / "js" / "engine.js").read_text(encoding="utf-8"))
    for steps in (1, 2, 60):
        for curve in (
            [[0, 1], [1, 0]],
            [[0, 0.2], [0.3, 1], [0.3, 0.4], [1, 0.1]],
            [[0, 1], [0, 0.5], [1, 0.2]],
        ):
            here = schedules.piecewise_linear([(1 + part * (steps - 1), factor) for part, factor in curve])
            all_steps = f"[...Array({steps}).keys()].map((k) => curveAt({json.dumps(curve)}, k + 1, {steps}))"
            there = json.loads(js.eval(f"JSON.stringify({all_steps})"))
            np.testing.assert_allclose(here(np.arange(1, steps + 1)), there, rtol=1e-12, atol=1e-15)


# --- as values ---------------------------------------------------------------------------------------


@EACH
def test_scalars_arrays_and_processors_agree(schedule):
    """A plot shows exactly what a run uses."""
    t = np.arange(1, 101)
    values = schedule(t)
    assert values.shape == (100,)
    assert all(type(schedule(int(k))) is float for k in t[:3])
    np.testing.assert_array_equal(values, [schedule(int(k)) for k in t])
    np.testing.assert_array_equal(schedule(t.reshape(4, 25)), values.reshape(4, 25))
    np.testing.assert_array_equal(schedule(t[::-1]), values[::-1])
    assert (values >= 0).all()


@EACH
def test_schedules_are_values(schedule):
    namespace = {**SCHEDULES}
    assert eval(repr(schedule), namespace) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(schedule) == hash(eval(repr(schedule), namespace))
    assert schedule != schedules.constant(lr=123.0)
    field = next(iter(vars(schedule)))
    with pytest.raises(AttributeError, match="cannot assign"):
        setattr(schedule, field, 1)


@EACH
def test_rules_take_them(schedule):
    """A run under a schedule is the run whose rate is set by hand before each step."""
    land = landscapes.ravine.at(kappa=10)
    x, state = np.array([1.0, -1.0]), rules.momentum().init([1.0, -1.0])
    trace = descend(rules.momentum(lr=schedule), land, x, 30)
    for t in range(1, 31):
        state, x = rules.momentum(lr=schedule(t)).step(state, x, land.gradient(x))
        np.testing.assert_allclose(trace.x[t], x, rtol=1e-12, atol=1e-15)


def test_any_hyper_parameter_may_be_a_schedule():
    rising = schedules.piecewise_linear(points=((1, 0.5), (20, 0.99)))
    trace = descend(rules.adam(lr=0.1, beta1=rising), landscapes.ravine, [1.0, 1.0], 20)
    assert np.isfinite(trace.f).all()
    assert rules.adam(beta1=rising) == rules.adam(beta1=pickle.loads(pickle.dumps(rising)))


def test_numbers_of_all_kinds_become_plain():
    """So that repr is short, whatever the fields were computed with."""
    schedule = schedules.multi_step(lr=np.float64(0.1), milestones=np.array([3, 5]), factor=0)
    assert repr(schedule) == "multi_step(lr=0.1, milestones=(3, 5), factor=0.0)"
    assert repr(schedules.piecewise_linear([[1, 2], [3, 4]])) == "piecewise_linear(points=((1.0, 2.0), (3.0, 4.0)))"


def test_an_own_schedule():
    class sawtooth(Schedule):
        lr: float
        tooth: int = 4

        def at(self, t):
            return self.lr * (1 - np.mod(t - 1, self.tooth) / self.tooth)

    assert sawtooth(lr=1)(np.arange(1, 6)).tolist() == [1, 0.75, 0.5, 0.25, 1]
    assert "sawtooth" not in SCHEDULES
    with pytest.raises(NotImplementedError):
        type("empty", (Schedule,), {})()(1)


# --- properties --------------------------------------------------------------------------------------

RATES = st.floats(1e-6, 10)
COUNTS = st.integers(1, 200)


@settings(deadline=None, derandomize=True)
@given(lr=RATES, share=st.floats(0, 1), steps=COUNTS, power=st.floats(0.1, 5))
def test_decays_fall_and_stay_within_bounds(lr, share, steps, power):
    end, t = share * lr, np.arange(1, steps + 20)
    for schedule in (
        schedules.polynomial(lr=lr, steps=steps, power=power, end=end),
        schedules.cosine(lr=lr, steps=steps, end=end),
        schedules.threshold(lr=lr, after=steps, end=end),
        schedules.time_based(lr=lr, rate=share),
        schedules.exponential(lr=lr, rate=share),
        schedules.inverse(lr=lr, rate=share, power=power),
        schedules.step(lr=lr, every=steps, factor=share / 2),
    ):
        values = schedule(t)
        assert values[0] == lr
        assert (np.diff(values) <= 1e-15 * lr).all()
        if hasattr(schedule, "end"):
            assert values.min() >= end * (1 - 1e-15)
            assert values[-1] == end


@settings(deadline=None, derandomize=True)
@given(lr=RATES, share=st.floats(0, 0.999), half=COUNTS, steps=COUNTS, stretch=st.integers(1, 4))
def test_cycles_stay_within_bounds_and_repeat(lr, share, half, steps, stretch):
    low, t = share * lr, np.arange(1, 500)
    cyclic = schedules.triangular(lr=lr, low=low, half=half)
    np.testing.assert_allclose(cyclic(t + 2 * half), cyclic(t), rtol=1e-12)
    restarts = schedules.cosine_restarts(lr=lr, steps=steps, stretch=stretch, end=low)
    for values in (cyclic(t), restarts(t)):
        assert values.min() >= low * (1 - 1e-14)
        assert values.max() <= lr * (1 + 1e-14)
    begins, length = [1], steps
    while begins[-1] + length < 500:
        begins.append(begins[-1] + length)
        length *= stretch
    assert (restarts(np.array(begins)) == lr).all()
    first = schedules.cosine(lr=lr, steps=steps, end=low)(np.arange(1, steps + 1))
    np.testing.assert_array_equal(restarts(np.arange(1, steps + 1)), first)


@settings(deadline=None, derandomize=True)
@given(lr=RATES, warmup=COUNTS, stable=st.integers(0, 200), decay=COUNTS, share=st.floats(0, 1))
def test_warmup_stable_decay_has_no_jumps(lr, warmup, stable, decay, share):
    steps = warmup + stable + decay
    schedule = schedules.warmup_stable_decay(lr=lr, steps=steps, warmup=warmup, decay=decay, end=share * lr)
    values = schedule(np.arange(1, steps + 5))
    biggest = lr * max(1 / warmup, (1 - share) / decay)
    assert np.abs(np.diff(values)).max() <= biggest * (1 + 1e-9)
    assert (values[warmup - 1 : warmup + stable + 1] == lr).all()
    assert (values[steps:] == share * lr).all()
    parts = schedules.join(
        parts=(
            (schedules.linear_warmup(lr=lr, steps=warmup), warmup + stable),
            (schedules.polynomial(lr=lr, steps=decay, end=share * lr), decay),
        )
    )
    np.testing.assert_allclose(parts(np.arange(1, steps + 5)), values, rtol=1e-13)


@settings(deadline=None, derandomize=True)
@given(lr=RATES, steps=st.integers(4, 300), rise=st.floats(0.3, 0.9))
def test_one_cycle_goes_up_once_and_down_once(lr, steps, rise):
    values = schedules.one_cycle(lr=lr, steps=steps, rise=rise)(np.arange(1, steps + 3))
    top = values.argmax()
    assert abs(top - (rise * steps - 1)) <= 1
    assert (np.diff(values[: top + 1]) >= 0).all()
    assert (np.diff(values[top:]) <= 0).all()
    assert values[0] == pytest.approx(lr / 25)
    assert values[-1] == values[steps - 1] == pytest.approx(lr / 25e4)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(1, 100), st.floats(0, 10)), min_size=2, max_size=6))
def test_piecewise_linear_passes_through_its_points_and_stays_between(points):
    points = sorted(points, key=lambda p: p[0])
    schedule = schedules.piecewise_linear(points=points)
    values = schedule(np.linspace(1, 101, 400))
    assert min(v for _, v in points) - 1e-12 <= values.min()
    assert values.max() <= max(v for _, v in points) + 1e-12
    for at in {t for t, _ in points}:
        assert schedule(at) == next(v for t, v in points if t == at)


# --- the one that listens ---------------------------------------------------------------------------


def test_plateau_halves_ten_times_and_is_done():
    plateau, seen = Plateau(lr=0.8, patience=3), []
    while not plateau.done:
        seen.append(plateau.update(1.0))
    assert seen[0] == 0.8
    assert sorted(set(seen), reverse=True) == [0.8 * 0.5**k for k in range(11)]
    assert seen[-1] == 0.8 / 1024
    assert len(seen) == 1 + 3 * 11
    assert plateau.update(0.5) == 0.8 / 1024  # an improvement brings nothing back


def test_plateau_waits_and_forgets_when_the_loss_improves():
    plateau = Plateau(lr=1.0, patience=2, factor=0.1, floor=0.05)
    losses = [3.0, 3.0, 2.9, 2.9, math.nan, 2.9, 2.8, 2.8, math.inf, 2.8, 2.8]
    np.testing.assert_allclose([plateau.update(v) for v in losses], [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05])
    assert plateau.best == 2.8
    assert plateau.done
    copy = pickle.loads(pickle.dumps(plateau))
    assert copy == plateau
    assert repr(Plateau(lr=1, patience=2)).startswith("Plateau(lr=1.0, patience=2, factor=0.5, floor=0.0009765625")


# --- what is refused ---------------------------------------------------------------------------------

GOOD = {type(s).__name__: {f: getattr(s, f) for f in vars(s)} for s in EXAMPLES}
BAD = {
    ("lr", "end", "low", "rate"): [-0.1, math.nan, math.inf, "0.1", None, True, [0.1, 0.2], 1j],
    ("power", "div", "final_div"): [0, -1, math.nan, "2"],
    ("factor", "rise"): [-0.1, 1.0, 1.5, math.nan, "half"],
    ("steps", "every", "after", "half", "warmup", "decay", "stretch"): [0, -3, 2.5, "10", None, True],
    ("milestones",): [(), 5, (3, 3), (5, 2), (0, 4), (1.5,), "57"],
    ("points",): [(), 7, ((1, 1),), ((3, 1), (1, 2)), ((1, -0.1), (2, 0)), ((1,), (2,)), ((1, "a"), (2, 0))],
    ("parts",): [(), 3, (schedules.constant(lr=1), 5), ((0.1, 5),), ((schedules.constant(lr=1), 0),)],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        (name, field, value)
        for name, fields in GOOD.items()
        for field in fields
        for group, values in BAD.items()
        if field in group
        for value in values
    ],
)
def test_bad_fields_are_refused(name, field, value):
    """The message begins with the field and, where it is one value, says it; and it says what is allowed."""
    with pytest.raises((TypeError, ValueError), match=rf"^{field}(\[\d\])*=.*: must ") as caught:
        SCHEDULES[name](**{**GOOD[name], field: value})
    if np.ndim(value) == 0:
        short = f"{field}={value:g}" if isinstance(value, float) else ""
        assert str(caught.value).startswith((f"{field}={value!r}", short or f"{field}={value!r}"))


def test_every_field_is_checked_and_described():
    checked = {field for group in BAD for field in group}
    assert {field for fields in GOOD.values() for field in fields} == checked == set(FIELDS)
    for cls in SCHEDULES.values():
        text, _, rest = cls.__doc__.partition("Parameters\n----------\n")
        described, _, examples = rest.partition("Examples\n--------\n")
        assert [line.split(" :")[0] for line in described.splitlines()[::2] if line] == list(cls.__match_args__)
        assert text.strip()
        assert tuple(inspect.signature(cls).parameters) == cls.__match_args__
        assert examples.startswith(">>> ")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.one_cycle(lr=1, steps=3), "rise=0.3: must be more than one step of 3"),
        (
            lambda: schedules.warmup_stable_decay(lr=1, steps=9, warmup=5, decay=5),
            "warmup=5, decay=5: must fit into steps=9",
        ),
        (lambda: schedules.cosine(lr=1, stepz=3), r"cosine\(stepz=3\): unknown, allowed are lr, steps, end"),
        (lambda: schedules.cosine(lr=1), "missing 1 required positional argument: 'steps'"),
        (lambda: Plateau(lr=-1, patience=2), r"lr=-1: must lie in \[0, ∞\)"),
        (lambda: Plateau(lr=1, patience=0), "patience=0: must be a whole number, 1 or more"),
        (lambda: Plateau(lr=1, patience=1, factor=1), r"factor=1: must lie in \[0, 1\)"),
        (lambda: Plateau(lr=1, patience=1, floor=math.nan), "floor=nan: must lie"),
    ],
)
def test_misfits_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@EACH
@pytest.mark.parametrize("t", [0, -1, math.nan, [1, 2, 0], "1", None])
def test_steps_begin_at_one(schedule, t):
    with pytest.raises((TypeError, ValueError), match=r"^t="):
        schedule(t)
