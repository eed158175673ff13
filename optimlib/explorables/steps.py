"""One step of momentum and one of Nesterov, arrow by arrow, from the same point with the same last step."""

from __future__ import annotations

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from optimlib import plots
from optimlib.explorables import meta
from optimlib.explorables.base import Explorable
from optimlib.landscape import Landscape
from optimlib.landscapes import LANDSCAPES
from optimlib.rules import RULES

WALKERS = {"momentum": "momentum", "nesterov": "nesterov_lookahead"}  # who walks -> the rule whose lines are run
MOST_STEPS = 60
PUSH = "#b3361d"  # the color of what the gradient adds


class Arrows(NamedTuple):
    """What one step is made of, each of shape `(2,)`: `step = coast + push`, and the gradient is taken `at`."""

    coast: np.ndarray
    at: np.ndarray
    push: np.ndarray
    step: np.ndarray


class Steps(Explorable):
    r"""Momentum and Nesterov at the same point, after the same step: what does each do next?

    Both keep the share β of their last step. Momentum adds :math:`-\eta` times the gradient at the point,
    Nesterov the same with the gradient at the look-ahead. The reader goes on step by step with either, and
    drags the point and the tip of the last step.

    Parameters
    ----------
    landscape : a name, or a landscape at other parameters: `landscapes.ravine.at(kappa=10)`.
    start : `(x, y)`; the landscape's own start if not given.
    move : the step before the first one, `(dx, dy)`.
    lr, beta : of both rules; lr in (0, 10], beta in [0, 0.999].
    follow : who walks on, "momentum" or "nesterov".
    step : how many steps it has walked, 0 to 60.
    bet : `{"question": …, "options": […], "answer": i, "because": …}`; until it is placed, the results are hidden.
    caption, alt : for the page and for readers who do not see the picture.

    Traits with these names can be read, observed and linked; setting one moves the picture. `arrows(who)` is
    what the picture shows, computed by numpy.

    >>> steps = Steps("ravine", start=(0, 0), move=(0.0, 1.0), lr=0.5, beta=0.8)
    >>> steps.params = {"kappa": 100, "angle": 0}
    >>> steps.arrows("momentum").step.tolist(), steps.arrows("nesterov").step.tolist()
    ([0.0, 0.8], [0.0, 0.4])
    """

    element = "opt-steps"
    landscape = traitlets.Unicode().tag(sync=True)
    params = traitlets.Dict().tag(sync=True)
    start = traitlets.List().tag(sync=True)
    move = traitlets.List().tag(sync=True)
    lr = traitlets.Float().tag(sync=True)
    beta = traitlets.Float().tag(sync=True)
    follow = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    bet = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    answer = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)
    view = traitlets.Unicode("full").tag(sync=True)

    def __init__(
        self,
        landscape: str | Landscape = "ravine",
        *,
        start: tuple[float, float] | None = None,
        move: tuple[float, float] = (0.6, -0.2),
        lr: float = 0.3,
        beta: float = 0.9,
        follow: str = "momentum",
        step: int = 0,
        bet: dict | None = None,
        view: str = "full",
        caption: str = "",
        alt: str = "",
    ):
        land = LANDSCAPES.get(landscape) if isinstance(landscape, str) else landscape
        if land is None or land.name not in LANDSCAPES:
            raise ValueError(f"landscape={landscape!r}: must be one of {', '.join(LANDSCAPES)}")
        alt = alt or (
            f"Contour map of {meta.TITLE[land.name]}. From one point, after the same last step, arrows show the next "
            "step of momentum and of Nesterov: the share kept of the last step, and what the gradient adds."
        )
        super().__init__(
            landscape=land.name, params=dict(land.at_params), start=list(land.start if start is None else start),
            move=list(move), lr=lr, beta=beta, follow=follow, step=step, bet=bet, view=view, caption=caption, alt=alt,
        )  # fmt: skip

    # --- checks: what Python sets and what the browser sends must make sense alike --------------------------------

    @traitlets.validate("landscape")
    def _check_landscape(self, proposal):
        if proposal.value not in LANDSCAPES:
            raise traitlets.TraitError(f"landscape={proposal.value!r}: must be one of {', '.join(LANDSCAPES)}")
        return proposal.value

    @traitlets.validate("params")
    def _check_params(self, proposal):
        LANDSCAPES[self.landscape].at(**proposal.value)
        return {k: float(v) for k, v in proposal.value.items()}

    @traitlets.validate("start", "move")
    def _check_pair(self, proposal):
        pair = [float(v) for v in proposal.value]
        if len(pair) != 2 or not all(map(math.isfinite, pair)):
            raise traitlets.TraitError(f"{proposal.trait.name}={proposal.value!r}: must be two finite numbers (x, y)")
        return pair

    @traitlets.validate("lr", "beta", "step")
    def _check_number(self, proposal):
        name, value = proposal.trait.name, proposal.value
        low, high = {"lr": (1e-4, 10), "beta": (0, 0.999), "step": (0, MOST_STEPS)}[name]
        if not low <= value <= high:
            raise traitlets.TraitError(f"{name}={value!r}: must lie between {low:g} and {high:g}")
        return value

    @traitlets.validate("follow")
    def _check_follow(self, proposal):
        return _walker(proposal.value, "follow")

    @traitlets.observe("landscape")
    def _move_to(self, change):
        """Another landscape has other parameters and another start, unless they came along."""
        land = LANDSCAPES[change.new]
        if set(self.params) != set(land.params):
            self.params = dict(land.at_params)
            self.start = list(land.start)

    # --- the same in Python ---------------------------------------------------------------------------------------

    @property
    def ground(self) -> Landscape:
        """The landscape with the parameters in force."""
        return LANDSCAPES[self.landscape].at(**self.params)

    def run(self, who: str | None = None) -> np.ndarray:
        """The points from `start` to the step shown, `(step + 1, 2)`, of whom it follows or of `who`."""
        return self._walk(who or self.follow)[0]

    def arrows(self, who: str) -> Arrows:
        """What the next step of `who` is made of, from where the one it follows has come."""
        points, move = self._walk(self.follow)
        return self._arrows(_walker(who, "who"), points[-1], move)

    def _walk(self, who: str) -> tuple[np.ndarray, np.ndarray]:
        """The points, and the last step."""
        points, move = [np.array(self.start)], np.array(self.move)
        state = self._state(_walker(who, "who"), move)
        for _ in range(self.step):
            state, x, _ = self._step(who, state, points[-1])
            points.append(x)
            move = x - points[-2]
        return np.array(points), move

    def _arrows(self, who: str, point: np.ndarray, move: np.ndarray) -> Arrows:
        _, x, at = self._step(who, self._state(who, move), point)
        return Arrows(self.beta * move, at, -self.lr * self.ground.gradient(at), x - point)

    def _state(self, who: str, move: np.ndarray) -> dict:
        """The rule's letters after the step `move`: both walk against v, momentum's is in units of the gradient."""
        return {"t": 0, "v": -move / (self.lr if who == "momentum" else 1)}

    def _step(self, who: str, state: dict, x: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray]:
        """The rule's step; and where it asked for the gradient, which we learn by being asked."""
        asked = []

        def gradient(p):
            asked.append(np.array(p))
            return self.ground.gradient(p)

        rule = RULES[WALKERS[who]](lr=self.lr, beta=self.beta)
        with np.errstate(all="ignore"):
            given = {"grad": gradient} if "grad" in rule.inputs else {"g": gradient(x)}
            state, x = rule.step(state, x, **given)
        return state, x, asked[-1].reshape(2)

    # --- for the page ---------------------------------------------------------------------------------------------

    def config(self) -> dict:
        """The traits as the static page wants them."""
        names = ("landscape", "params", "start", "move", "lr", "beta", "follow", "step", "bet", "view")
        return {n: getattr(self, n) for n in names}

    def draw(self):
        """The arrows on the map, for where no script runs."""
        figure, ax = plt.subplots(figsize=(7.2, 4.6))
        ground, hidden = self.ground, self.bet is not None and self.answer is None
        plots.contours(ax, ground)
        points, move = self._walk(self.follow)
        plots.path(ax, points, **plots.line_style(self.follow))
        here, ahead = points[-1], points[-1] + self.beta * move
        _arrow(ax, here, here + move, color="#9a9a9a", width=1, dash="--")
        _arrow(ax, here, ahead, color="#444444", width=2)
        ax.annotate("look-ahead", ahead, xytext=(6, -12), textcoords="offset points", color="#444444")
        for who in () if hidden else WALKERS:
            arrows = self._arrows(who, here, move)
            color, _ = plots.STYLE[who]
            dash = plots.line_style(who)["linestyle"]
            _arrow(ax, ahead, ahead + arrows.push, color=PUSH, width=1.4, dash=dash)
            _arrow(ax, here, here + arrows.step, color=color, width=2.2, dash=dash)
            ax.plot(*arrows.at, "o", mfc="none", mec=PUSH, markersize=8)
            ax.annotate(plots.LABEL[who], here + arrows.step, xytext=(5, 4), textcoords="offset points", color=color)
        ax.set(xlim=ground.box[0], ylim=ground.box[1])
        return figure


def _arrow(ax, start, end, color: str, width: float, dash="-") -> None:
    style = {"arrowstyle": "-|>", "color": color, "linewidth": width, "linestyle": dash, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)


def _walker(value, name: str) -> str:
    if value not in WALKERS:
        raise traitlets.TraitError(f"{name}={value!r}: must be one of {', '.join(WALKERS)}")
    return value
