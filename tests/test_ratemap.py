"""The map of rates: prediction, closed forms and measured runs say the same, in Python and in the browser's script."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import traitlets

from optimlib import descend, landscapes
from optimlib.explorables import Map, base
from optimlib.explorables.ratemap import OFFERED, optimum, predicted_rate
from optimlib.rules import RULES

KAPPAS = [1, 2, 10, 100, 1000]


def hyper(rule: str, lr: float, beta: float) -> dict:
    return {k: v for k, v in {"lr": lr, "beta": beta}.items() if k in RULES[rule].hyper_names}


def measured(rule: str, kappa: float, steps: int, **values) -> float:
    """The factor per step over the second half of a run, by `descend`."""
    start = (math.sqrt(2 * kappa), math.sqrt(2))
    x = descend(RULES[rule](**values), landscapes.ravine.at(kappa=kappa, angle=0), start, steps).x
    size = np.log(np.linalg.norm(x, axis=1))
    half = np.arange(steps // 2, steps + 1)
    return float(np.exp(np.polyfit(half, size[half], 1)[0]))


POINTS = [(0.05, 0.3), (0.5, 0.5), (1.2, 0.9), (0.1, 0.97), (1.1, 0.6)]


@pytest.mark.parametrize("rule", OFFERED)
@pytest.mark.parametrize(("lr", "beta"), POINTS)
def test_the_prediction_is_what_a_run_does(rule, lr, beta):
    values = hyper(rule, lr, beta)
    predicted = float(predicted_rate(rule, 20, **values))
    assert math.log(measured(rule, 20, 400, **values)) == pytest.approx(math.log(predicted), rel=0.03)


@pytest.mark.parametrize("rule", OFFERED)
@pytest.mark.parametrize("kappa", KAPPAS)
def test_the_closed_optimum_is_the_best_there_is(rule, kappa):
    best = optimum(rule, kappa)
    at = predicted_rate(rule, kappa, **hyper(rule, best.lr, best.beta))
    assert float(at) == pytest.approx(best.rate, abs=3e-8)  # two equal eigenvalues: half the digits are lost
    rng = np.random.default_rng(0)
    near = 10.0 ** rng.uniform(-6, -0.5, 2000)
    lr = best.lr * (1 + near * rng.choice([-1, 1], 2000))
    beta = np.clip(best.beta + (1 - best.beta) * near * rng.uniform(-1, 1, 2000), 0, 0.9999)
    around = predicted_rate(rule, kappa, **hyper(rule, lr, beta))
    assert (around >= best.rate - 3e-8).all()


@pytest.mark.parametrize(
    ("rule", "limit"),
    [("sgd", lambda b: 2), ("momentum", lambda b: 2 + 2 * b), ("nesterov", lambda b: (2 + 2 * b) / (1 + 2 * b))],
)
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_the_edge_of_divergence(rule, limit, beta):
    """lr·L < 2, 2 (1 + β), and (2 + 2 β) / (1 + 2 β)."""
    for factor, inside in ((0.999, True), (1.001, False)):
        rate = predicted_rate(rule, 50, **hyper(rule, factor * limit(beta), beta))
        assert (float(rate) < 1) == inside


def test_grids_are_what_points_are():
    lr, beta = np.meshgrid([0.1, 1.0, 3.0], [0.0, 0.5])
    grid = predicted_rate("momentum", 10, lr=lr, beta=beta)
    assert grid.shape == (2, 3)
    assert grid[1, 2] == predicted_rate("momentum", 10, lr=3.0, beta=0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rule": "adam"}, "rule='adam': must be one of sgd, momentum, nesterov"),
        ({"kappa": 0.5}, "kappa=0.5: must lie between 1 and 1000"),
        ({"lr": 0.0}, "lr=0.0: must lie between 0.01 and 5"),
        ({"beta": 1.0}, "beta=1.0: must lie between 0 and 0.999"),
        ({"goal": {"text": "Quick", "below": 1}}, "must have text, below, within"),
        ({"steps": 5}, "steps=5: must lie between 10 and 1000"),
    ],
)
def test_bad_input_is_refused_with_words(arguments, words):
    with pytest.raises((ValueError, traitlets.TraitError)) as caught:
        Map(**arguments)
    assert words in str(caught.value)
    with pytest.raises(traitlets.TraitError):
        setattr(Map(), *next(iter(arguments.items())))


def test_an_unknown_rule_has_no_optimum():
    with pytest.raises(ValueError, match="rule='adam'"):
        optimum("adam", 10)


def test_the_run_starts_each_direction_at_loss_one():
    x = Map("nesterov", kappa=30).run().x[0]
    np.testing.assert_allclose(0.5 * x**2 * [1 / 30, 1], 1)


@pytest.mark.parametrize("rule", OFFERED)
def test_bundle_has_everything_for_every_place(rule):
    data = Map(rule, caption="A plane.")._repr_mimebundle_()[0]
    assert data[base.MIME]["element"] == "opt-map"
    assert data["image/png"].startswith(b"\x89PNG")
    json.dumps(data[base.MIME], allow_nan=False)


# --- in the browser's script ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", OFFERED)
@pytest.mark.parametrize(("lr", "beta"), [*POINTS, (3.0, 0.3), (2.5, 0.0)])
def test_the_browser_predicts_what_python_predicts(v8, rule, lr, beta):
    values = hyper(rule, lr, beta)
    got = v8(f"predictedRate(BOOK.rules.{rule}, {list(values.values())}, 20)")
    assert got == pytest.approx(float(predicted_rate(rule, 20, **values)), rel=1e-12)


@pytest.mark.parametrize("rule", OFFERED)
@pytest.mark.parametrize("kappa", KAPPAS)
def test_the_browser_finds_the_optimum(v8, rule, kappa):
    found, best = v8(f"bestPoint(BOOK.rules.{rule}, {kappa}, PLANE)"), optimum(rule, kappa)
    assert found["lr"] == pytest.approx(best.lr, rel=1e-4)
    assert found["beta"] == pytest.approx(best.beta, abs=1e-4)
    assert found["rate"] == pytest.approx(best.rate, abs=1e-5)


@pytest.mark.parametrize("rule", OFFERED)
@pytest.mark.parametrize("kappa", [1, 1.25, 20, 100, 1000])
def test_the_best_point_in_few_digits_is_as_good(v8, rule, kappa):
    rounded = v8(f"roundedBest({{ best: bestPoint(BOOK.rules.{rule}, {kappa}, PLANE) }})")
    rate = float(predicted_rate(rule, kappa, **hyper(rule, **rounded)))
    assert rate <= optimum(rule, kappa).rate + 0.01 * (1 - optimum(rule, kappa).rate)


@pytest.mark.parametrize("rule", OFFERED)
def test_measured_in_the_browser_is_predicted(v8, rule):
    apart = v8(
        f"(() => {{ const field = rateField(BOOK.rules.{rule}, 50, 24, 18); while (field.work(1000)); "
        f"return disagreement(field, BOOK.rules.{rule}, 50); }})()"
    )
    assert apart < 0.005


def test_a_wrong_prediction_would_be_seen(v8):
    """The measure of disagreement is no rubber stamp: the runs of one rule do not fit the eigenvalues of another."""
    apart = v8(
        "(() => { const field = rateField(BOOK.rules.nesterov, 50, 24, 18); while (field.work(1000)); "
        "return disagreement(field, BOOK.rules.momentum, 50); })()"
    )
    assert apart > 0.005


def test_the_field_fills_every_cell_once_coarse_first(v8):
    seen = v8(
        """(() => {
          let calls = 0;
          const rule = { ...BOOK.rules.sgd, step(...given) { return BOOK.rules.sgd.step(...given); } };
          const field = rateField(rule, 5, 40, 30);
          field.work(0);
          const coarse = field.rates.filter((r) => r === field.rates[0]).length;
          while (field.work(1000));
          const again = [];
          for (const [i, j] of [[0, 0], [39, 29], [17, 3]]) {
            const [[left, right], [bottom, top]] = PLANE.box;
            const u = left + ((i + 0.5) * (right - left)) / 40, w = top - ((j + 0.5) * (top - bottom)) / 30;
            again.push(field.rates[j * 40 + i] === measuredRate(rule, PLANE.hyper(rule, u, w), 5));
          }
          return { coarse, again, empty: field.rates.filter((r) => r !== r).length };
        })()"""
    )
    assert seen["coarse"] >= 16 * 16 // 2, "the first cell stands for its whole block"
    assert seen["again"] == [True] * 3
    assert seen["empty"] == 0


@pytest.mark.parametrize(
    ("lr", "beta", "along", "across"),
    [(0.01, 0.1, "creeps", "creeps"), (0.5, 0.5, "creeps", "ripples"), (1.0, 0.95, "ripples", "ripples"),
     (1.8, 0.0, "creeps", "zigzags"), (4.5, 0.5, "ripples", "diverges")],
)  # fmt: skip
def test_regimes(v8, lr, beta, along, across):
    assert v8(f"stepMatrices(BOOK.rules.momentum, [{lr}, {beta}], 50).map(manner)") == [along, across]


def test_copied_python_runs(v8):
    scope: dict = {}
    state = {"rule": "momentum", "kappa": 30, "lr": 0.7, "beta": 0.8, "steps": 40}
    exec(v8(f"mapPython({{ state: {json.dumps(state)} }})"), scope)
    np.testing.assert_array_equal(scope["trace"].x, Map("momentum", 30, 0.7, 0.8, steps=40).run().x)
    np.testing.assert_allclose(scope["losses"][0], 1)
