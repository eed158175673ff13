"""Every landscape is what it says: derivatives proved, known points checked, bad input refused."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import sympy

from optimlib import descend, landscapes, rules, tracing
from optimlib.landscape import Landscape, Param
from optimlib.landscapes import LANDSCAPES

ALL = pytest.mark.parametrize("land", LANDSCAPES.values(), ids=LANDSCAPES)
POINTS = [
    pytest.param(land, kind, at, loss, id=f"{land.name}-{kind}-{i}")
    for land in LANDSCAPES.values()
    for kind in ("minima", "saddles")
    for i, (at, loss) in enumerate(getattr(land, kind))
]


def pieces(expressions: list) -> list[list]:
    """The expressions with every condition in them decided, in all the ways that can occur."""
    conditions = {c for e in expressions for c in e.atoms(sympy.core.relational.Relational)}
    if not conditions:
        return [expressions]
    first = min(conditions, key=str)
    return [p for side in (sympy.true, sympy.false) for p in pieces([e.subs(first, side) for e in expressions])]


@ALL
def test_gradient_and_hessian_are_the_derivatives(land):
    """Exactly zero difference, for all points and parameters; where the loss has pieces, on each piece."""
    coordinates, parameters, f, gradient, hessian = tracing.to_sympy(land)
    assert [str(p) for p in parameters] == list(land.params)
    flat = [f, *gradient, *(h for row in hessian for h in row)]
    for loss, *rest in pieces([sympy.sympify(e) for e in flat]):
        first = [sympy.diff(loss, c) for c in coordinates]
        second = [sympy.diff(a, c) for a in first for c in coordinates]
        for stated, true in zip(rest, first + second, strict=True):
            assert sympy.simplify(stated - true) == 0


def test_the_pieces_of_lessard_meet():
    """Loss and gradient are continuous where the curvature jumps."""
    (x, y), _, f, gradient, _ = tracing.to_sympy(landscapes.lessard)
    assert len(pieces([f])) == 3
    for knot in (1, 2):
        for e in (f, gradient[0]):
            assert sympy.limit(e.subs(y, 0), x, knot, "-") == sympy.limit(e.subs(y, 0), x, knot, "+")


@ALL
def test_gradient_matches_differences(land):
    """Without symbols: the functions as they are called, on a batch."""
    rng = np.random.default_rng(0)
    p = np.stack([rng.uniform(*side, 50) for side in land.box])
    for i, e in enumerate(1e-6 * np.eye(2)[:, :, None]):
        g = (land.value(p + e) - land.value(p - e)) / 2e-6
        h = (land.gradient(p + e) - land.gradient(p - e)) / 2e-6
        scale = 1 + np.abs(land.hessian(p)).max()
        np.testing.assert_allclose(land.gradient(p)[i], g, atol=1e-6 * scale)
        np.testing.assert_allclose(land.hessian(p)[i], h, atol=1e-5 * scale)


@pytest.mark.parametrize(("land", "kind", "at", "loss"), POINTS)
def test_known_points(land, kind, at, loss):
    assert np.abs(land.gradient(at)).max() < 1e-10 * max(1, np.abs(land.hessian(at)).max())
    assert math.isclose(land.value(at), loss, rel_tol=1e-12, abs_tol=1e-12)
    curvature = np.linalg.eigvalsh(land.hessian(at))
    if kind == "minima":
        assert (curvature > 0).all()
    elif land.name == "monkey_saddle":
        assert (curvature == 0).all()  # degenerate: second derivatives say nothing here, so look around
        ring = land.value(0.01 * np.stack([np.cos(np.arange(6) * np.pi / 3), np.sin(np.arange(6) * np.pi / 3)]))
        np.testing.assert_array_equal(np.sign(ring), [1, -1, 1, -1, 1, -1])
    else:
        assert curvature[0] < 0 < curvature[1]


@ALL
def test_known_points_are_in_order_and_in_the_box(land):
    for kind in (land.minima, land.saddles):
        losses = [loss for _, loss in kind]
        assert losses == sorted(losses)
    for at in (land.start, *(at for at, _ in land.minima + land.saddles)):
        assert all(low < c < high for c, (low, high) in zip(at, land.box, strict=True))
    points = [at for at, _ in land.minima + land.saddles]
    assert len(set(points)) == len(points)


@ALL
def test_nothing_in_the_box_lies_below_the_global_minimum(land):
    grid = np.stack(np.meshgrid(*(np.linspace(*side, 400) for side in land.box)))
    assert land.value(grid).min() >= land.minima[0][1] - 1e-12


@pytest.mark.parametrize(
    "name", ["himmelblau", "styblinski_tang", "six_hump_camel", "double_well", "saddle", "monkey_saddle"]
)
def test_no_minimum_is_forgotten(name):
    """Plain gradient descent from all over the box ends in a recorded minimum, and each is found."""
    land = LANDSCAPES[name]
    starts = np.stack(np.meshgrid(*(np.linspace(low, high, 24)[1:-1] + 1e-4 for low, high in land.box)))
    steep = np.abs(land.hessian(starts)).sum(axis=0).max()
    ends = descend(rules.sgd(lr=1 / steep), land, starts, 4000).x[-1].reshape(2, -1)
    apart = np.linalg.norm(ends[:, :, None] - np.array([at for at, _ in land.minima]).T[:, None], axis=0)
    assert apart.min(axis=1).max() < 1e-3
    assert set(apart.argmin(axis=1)) == set(range(len(land.minima)))


@pytest.mark.parametrize("kappa", [1, 7.5, 1000])
@pytest.mark.parametrize("angle", [0, 30, 45, 90])
def test_the_ravine_has_the_condition_number_and_angle_asked_for(kappa, angle):
    land = landscapes.ravine.at(kappa=kappa, angle=angle)
    curvature, axes = np.linalg.eigh(land.hessian([0.3, -0.4]))
    np.testing.assert_allclose(curvature, [1 / kappa, 1], rtol=1e-12)
    if kappa > 1:
        floor = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
        assert math.isclose(abs(axes[:, 0] @ floor), 1, rel_tol=1e-12)
    ((at, loss),) = land.minima
    assert land.value(at) == loss
    assert not land.gradient(at).any()


@pytest.mark.parametrize("name", ["rosenbrock", "plateau"])
def test_the_minimum_stays_when_parameters_change(name):
    land = LANDSCAPES[name]
    for k, p in land.params.items():
        for value in (p.low, p.high):
            here = land.at(**{k: value})
            ((at, loss),) = land.minima
            assert here.value(at) == loss
            assert not here.gradient(at).any()
            assert (np.linalg.eigvalsh(here.hessian(at)) > 0).all()


def test_the_wells_change_places_with_the_tilt():
    land = landscapes.double_well.at(tilt=-0.1)
    for (x, y), loss in landscapes.double_well.minima:
        assert math.isclose(land.value((-x, y)), loss, rel_tol=1e-12)
        assert np.abs(land.gradient((-x, y))).max() < 1e-10


# --- what the starts show -------------------------------------------------------------------------


def test_momentum_circles_forever_on_lessard():
    """The parameters that are best for quadratics with curvature between 1 and 25 never arrive."""
    steps = 3000
    trace = descend(rules.momentum(lr=1 / 9, beta=4 / 9), landscapes.lessard, landscapes.lessard.start, steps)
    late = trace.x[-6:, 0]
    np.testing.assert_allclose(late[:3], late[3:], atol=1e-9)  # a cycle of three
    assert np.ptp(late) > 1
    assert descend(rules.sgd(lr=2 / 26), landscapes.lessard, landscapes.lessard.start, steps).f[-1] < 1e-20


def test_gradient_descent_zigzags_in_the_ravine():
    x = descend(rules.sgd(lr=1.8), landscapes.ravine, landscapes.ravine.start, 20).x
    across = x @ [-math.sin(math.pi / 6), math.cos(math.pi / 6)]
    assert (across[1:] * across[:-1] < 0).all()


def test_momentum_rolls_through_the_shallow_well_and_small_steps_do_not():
    land = landscapes.double_well
    assert descend(rules.momentum(lr=0.1), land, land.start, 300).x[-1][0] < 0
    assert descend(rules.sgd(lr=0.1), land, land.start, 300).x[-1][0] > 0


def test_rules_part_on_himmelblau():
    land = landscapes.himmelblau
    ends = [
        descend(r, land, land.start, 300).x[-1]
        for r in (rules.sgd(lr=0.01), rules.momentum(lr=0.0056), rules.adam(lr=0.56))
    ]
    assert len({tuple(np.round(e).tolist()) for e in ends}) == 3


def test_nothing_moves_on_the_plateau_but_rules_that_set_their_own_length():
    land = landscapes.plateau
    assert descend(rules.sgd(lr=0.1), land, land.start, 200).f[-1] > 0.99
    assert descend(rules.adam(lr=0.1), land, land.start, 200).f[-1] < 1e-3


# --- shapes, parameters, bad input ----------------------------------------------------------------


@ALL
def test_shapes(land):
    for batch in ((), (4,), (2, 3)):
        p = np.ones((2, *batch)) * 0.4
        assert np.shape(land.value(p)) == batch
        assert land.gradient(p).shape == (2, *batch)
        assert land.hessian(p).shape == (2, 2, *batch)
    np.testing.assert_array_equal(land.value([1, 2]), land.value(np.array([1.0, 2.0])))  # whole numbers, lists


def test_parameters_broadcast_against_the_batch():
    kappa = np.array([1.0, 10.0, 100.0])
    grid = landscapes.ravine.at(kappa=kappa, angle=45)
    assert grid.batch_shape == (3,)
    p = np.array([[1.0] * 3, [2.0] * 3])
    for i, k in enumerate(kappa):
        one = landscapes.ravine.at(kappa=k, angle=45)
        assert one.batch_shape == ()
        assert grid.value(p)[i] == one.value(p)[0]
        np.testing.assert_array_equal(grid.gradient(p)[:, i], one.gradient(p)[:, 0])
        np.testing.assert_array_equal(grid.hessian(p)[..., i], one.hessian(p)[..., 0])


def test_at_changes_only_what_it_is_told():
    there = landscapes.ravine.at(kappa=5)
    assert there.at_params == {"kappa": 5, "angle": 30.0}
    assert there.at(angle=1).at_params == {"kappa": 5, "angle": 1}
    assert landscapes.ravine.at_params == {"kappa": 100.0, "angle": 30.0}
    assert repr(there) == "Landscape('ravine', kappa=5, angle=30.0)"


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"kapa": 3}, TypeError, r"ravine.at\(kapa=3\): unknown, allowed are kappa, angle"),
        ({"kappa": "3"}, TypeError, "kappa='3': must be a number or an array of numbers"),
        ({"kappa": None}, TypeError, "kappa=None: must be a number"),
        ({"kappa": True}, TypeError, "kappa=True: must be a number"),
        ({"kappa": [1, [2]]}, TypeError, r"kappa=\[1, \[2\]\]: must be a number"),
        ({"kappa": math.nan}, ValueError, "kappa=nan: must be finite"),
        ({"kappa": [1, math.inf]}, ValueError, r"kappa\[1\]=inf: must be finite"),
        ({"kappa": 0}, ValueError, "kappa=0: must be above 0"),
        ({"angle": math.inf}, ValueError, "angle=inf: must be finite"),
    ],
)
def test_bad_parameters_are_refused(params, error, message):
    with pytest.raises(error, match=message):
        landscapes.ravine.at(**params)
    landscapes.ravine.at(angle=-400)  # odd, but meant


def test_a_landscape_without_parameters_says_so():
    with pytest.raises(TypeError, match=r"beale.at\(b=1\): unknown, allowed are no parameters"):
        landscapes.beale.at(b=1)


@ALL
def test_facts_for_the_reader(land):
    assert LANDSCAPES[land.name] is getattr(landscapes, land.name) is land
    assert land.about.endswith(".")
    assert 20 < len(land.about) < 110
    assert land.source
    for p in land.params.values():
        assert p.low <= p.default <= p.high
        assert p.low > 0 or not p.log
    if land.log:
        assert land.minima[0][1] == 0  # a logarithmic scale wants nothing below zero


@ALL
def test_landscapes_pickle(land):
    copy = pickle.loads(pickle.dumps(land))
    np.testing.assert_array_equal(copy.gradient(land.start), land.gradient(land.start))


def test_an_own_landscape():
    bowl = Landscape(
        "bowl", lambda p, a: a * (p**2).sum(axis=0), lambda p, a: 2 * a * p, params={"a": Param(1.0, 0.1, 2)}
    )
    assert descend(rules.sgd(lr=0.4), bowl.at(a=0.5), (1.0, -1.0), 100).f[-1] < 1e-15
