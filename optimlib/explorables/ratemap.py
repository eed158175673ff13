"""The map of rates: how fast a rule shrinks a quadratic, over the plane of learning rate and memory."""

from __future__ import annotations

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from optimlib import plots
from optimlib.descent import Trace, descend
from optimlib.explorables.base import Explorable
from optimlib.landscapes import ravine
from optimlib.rules import RULES

OFFERED = ("sgd", "momentum", "nesterov")
LOW, HIGH, MOST_BETA = 0.01, 5.0, 0.999  # the plane: lr from LOW to HIGH, beta from 0 to MOST_BETA
DIRECTIONS = {"along": plots.OWN[1], "across": plots.STYLE["adam"][0]}


class Optimum(NamedTuple):
    """The best there is: learning rate in units of 1/L, memory, and the factor per step they give."""

    lr: float
    beta: float
    rate: float


class Map(Explorable):
    r"""The (lr, β) plane of a quadratic with curvatures 1/κ along its valley and 1 across.

    Color is measured: the rule runs from each point of the plane. Lines are predicted, by the eigenvalues of one
    step. The reader drags a point and sees its run, each direction for itself; each starts at loss 1.

    Parameters
    ----------
    rule : "momentum" (heavy ball), "nesterov", or "sgd", which has no β.
    kappa : condition number, 1 to 1000.
    lr : learning rate in units of 1/L, 0.01 to 5; beta : memory, 0 to 0.999. The point that is taken apart.
    steps : length of its run, 10 to 1000.
    goal : `{"text": …, "below": loss, "within": steps}` for the run's whole loss.
    bet : `{"question": …, "options": […], "answer": i, "unlocks": "rule", "kappa", "lr", "beta", "point", "optimum" or
        None, "because": …}`.
    caption, alt : for the page and for readers who do not see the picture.

    Traits with these names can be read, observed and linked; setting one moves the picture.

    >>> m = Map("momentum", kappa=100, lr=1.0, beta=0.5)
    >>> round(m.rate, 4), round(m.optimum.rate, 4)
    (0.9796, 0.8182)
    """

    element = "opt-map"
    rule = traitlets.Unicode().tag(sync=True)
    kappa = traitlets.Float().tag(sync=True)
    lr = traitlets.Float().tag(sync=True)
    beta = traitlets.Float().tag(sync=True)
    steps = traitlets.Int().tag(sync=True)
    goal = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    bet = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    answer = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)
    view = traitlets.Unicode("full").tag(sync=True)

    def __init__(
        self,
        rule: str = "momentum",
        kappa: float = 100,
        lr: float = 0.5,
        beta: float = 0.5,
        *,
        steps: int = 100,
        goal: dict | None = None,
        bet: dict | None = None,
        view: str = "full",
        caption: str = "",
        alt: str = "",
    ):
        alt = alt or (
            f"Plane of learning rate and β for {plots.LABEL.get(rule, rule)} on a quadratic with condition number "
            f"{kappa:g}, colored by how fast it converges, beside the run at one point."
        )
        super().__init__(
            rule=rule, kappa=kappa, lr=lr, beta=beta, steps=steps, goal=goal, bet=bet, view=view, caption=caption,
            alt=alt,
        )  # fmt: skip

    # --- checks -----------------------------------------------------------------------------------------------

    @traitlets.validate("rule")
    def _check_rule(self, proposal):
        if proposal.value not in OFFERED:
            raise traitlets.TraitError(f"rule={proposal.value!r}: must be one of {', '.join(OFFERED)}")
        return proposal.value

    @traitlets.validate("kappa", "lr", "beta", "steps")
    def _check_number(self, proposal):
        name, value = proposal.trait.name, proposal.value
        low, high = {"kappa": (1, 1000), "lr": (LOW, HIGH), "beta": (0, MOST_BETA), "steps": (10, 1000)}[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name}={value!r}: must lie between {low:g} and {high:g}")
        return value

    def unlockable(self) -> list[str]:
        """The controls that a bet may unlock."""
        return ["rule", "kappa", "lr", "beta", "point", "optimum"]

    # --- the same in Python -----------------------------------------------------------------------------------

    @property
    def hyper(self) -> dict[str, float]:
        """The rule's hyper-parameters at the point: gradient descent has no beta."""
        return {k: getattr(self, k) for k in RULES[self.rule].hyper_names}

    @property
    def rate(self) -> float:
        """The predicted factor per step of the distance to the minimum at the point, in the long run."""
        return float(predicted_rate(self.rule, self.kappa, **self.hyper))

    @property
    def optimum(self) -> Optimum:
        """The best point of the plane for this rule and condition number."""
        return optimum(self.rule, self.kappa)

    def run(self) -> Trace:
        """The run at the point, as numpy computes it; both directions start at loss 1."""
        start = (math.sqrt(2 * self.kappa), math.sqrt(2))
        return descend(RULES[self.rule](**self.hyper), ravine.at(kappa=self.kappa, angle=0), start, self.steps)

    # --- for the page -----------------------------------------------------------------------------------------

    def config(self) -> dict:
        """The traits as the static page wants them."""
        names = ("rule", "kappa", "lr", "beta", "steps", "goal", "bet", "view")
        return {n: getattr(self, n) for n in names}

    def draw(self):
        """The plane with its predicted rates, and the run at the point, for where no script runs."""
        figure, (left, right) = plt.subplots(1, 2, width_ratios=(1.1, 1))
        u, w = np.linspace(math.log10(LOW), math.log10(HIGH), 161), np.linspace(0, 3, 121)
        lr, beta = np.meshgrid(10**u, 1 - 10**-w)
        hyper = {"lr": lr, "beta": beta}
        rates = predicted_rate(self.rule, self.kappa, **{k: hyper[k] for k in self.hyper})
        digit = np.where(rates < 1, -math.log(10) / np.log(np.clip(rates, 1e-12, 1 - 1e-12)), np.nan)
        levels = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
        left.contourf(u, w, np.log10(digit), np.log10(levels), cmap="Blues_r", extend="both", alpha=0.8)
        drawn = left.contour(u, w, digit, levels, colors="#555555", linewidths=0.6)
        left.clabel(drawn, fontsize=7, fmt="%g")
        left.contour(u, w, rates, [1.0], colors="#b3361d", linewidths=1.5)
        best = self.optimum
        left.plot(math.log10(best.lr), -math.log10(1 - best.beta), "+", color="black", markersize=10)
        left.plot(math.log10(self.lr), -math.log10(1 - self.hyper.get("beta", 0)), "o", mfc="white", mec="black")
        left.set(xlabel="lr · L", ylabel="β", xticks=[-2, -1, 0], xticklabels=["0.01", "0.1", "1"])
        left.set(yticks=[0, 0.30103, 1, 2, 3], yticklabels=["0", "0.5", "0.9", "0.99", "0.999"])
        left.set_title("steps to a tenth of the distance")
        left.grid(False)
        x = self.run().x
        for (name, color), losses in zip(DIRECTIONS.items(), 0.5 * (x**2 / [self.kappa, 1]).T, strict=True):
            plots.loss(right, np.clip(losses, 1e-16, 1e3), name, color=color)
        right.set_xlim(right=1.25 * self.steps)
        return figure


def predicted_rate(rule: str, kappa: float, **hyper) -> np.ndarray:
    """The factor per step of the distance to the minimum, in the long run: the worst eigenvalue of one step.

    The hyper-parameters may be arrays that broadcast to one shape, which is the shape of the result. The matrix
    of a step comes from the rule: it is its step applied to basis vectors.

    >>> float(predicted_rate("sgd", kappa=10, lr=1.0))
    0.9
    """
    r = RULES[rule](**hyper)
    shape = (2, *(r.batch_shape or (1,)))
    curvature = np.broadcast_to(np.array([1 / kappa, 1.0]).reshape(2, *[1] * (len(shape) - 1)), shape)
    one, zero = np.ones(shape), np.zeros(shape)
    at_rest = {"t": 0, **dict.fromkeys(r.state_names, zero)}
    state, a = r.step(at_rest, one, curvature)
    trace, det = a, zero
    if r.state_names:
        (letter,) = r.state_names
        state_2, b = r.step(at_rest | {letter: one}, zero, zero)
        trace, det = a + state_2[letter], a * state_2[letter] - b * state[letter]
    split = trace**2 / 4 - det
    real = np.abs(trace / 2) + np.sqrt(np.maximum(split, 0))
    size = np.where(split < 0, np.sqrt(np.maximum(det, 0)), real)
    return size.max(axis=0).reshape(r.batch_shape)


def optimum(rule: str, kappa: float) -> Optimum:
    """The learning rate (in units of 1/L) and the memory that shrink the quadratic fastest, and how fast.

    Polyak 1964 for momentum; Lessard, Recht & Packard 2016, table 1, for Nesterov.

    >>> [round(v, 4) for v in optimum("momentum", 100)]
    [3.3058, 0.6694, 0.8182]
    """
    root = math.sqrt(kappa)
    if rule == "sgd":
        return Optimum(2 / (1 + 1 / kappa), 0.0, (kappa - 1) / (kappa + 1))
    if rule == "momentum":
        rate = (root - 1) / (root + 1)
        return Optimum(4 / (1 + 1 / root) ** 2, rate**2, rate)
    if rule == "nesterov":
        s = math.sqrt(3 * kappa + 1)
        return Optimum(4 / (3 + 1 / kappa), (s - 2) / (s + 2), 1 - 2 / s)
    raise ValueError(f"rule={rule!r}: must be one of {', '.join(OFFERED)}")
