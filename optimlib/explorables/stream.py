"""The stream: a series of numbers goes into a moving average; what it remembers is drawn beside it."""

from __future__ import annotations

import math

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from optimlib import averages
from optimlib.checks import numbers
from optimlib.explorables.base import Explorable
from optimlib.plots import STYLE

DRAWN = "drawn by hand"
DRAWN_VALUES, LONGEST = 100, 5000
STEPS = np.arange(1, 101)
# Signals of the book; a chapter adds its own. The noise is drawn once, with a seed, and travels as numbers.
SIGNALS: dict[str, np.ndarray] = {
    "constant": np.ones(100),
    "alternating": np.where(STEPS % 2 == 1, 1.0, -1.0),
    "one spike": np.where(STEPS == 30, 1.0, 0.0),
    "noisy cosine": np.cos(STEPS / 12) + 0.3 * np.random.default_rng(3).standard_normal(100),
}


class Stream(Explorable):
    r"""A series with its exponentially weighted moving average, and the weights of the past beside it.

    Parameters
    ----------
    signals : `{name: values}`, each of 2 to 5000 numbers; the signals of the book if not given. A signal
        drawn by hand is always offered too, under the name "drawn by hand".
    signal : the name of the one that is shown; the first if not given.
    beta : the memory, in [0, 1).
    correct : whether the start is corrected, :math:`\hat v_t = v_t/(1-\beta^t)`.
    at : the step t = 1, 2, … whose average is taken apart; a place past the middle if not given.
    window : how many values are shown at once, 0 for all.
    axes : `{name: (what a step is, what a value is)}`, like `{"temperature": ("day", "°C")}`.
    goal : `{"text": …, "lag": steps, "roughness": share}`: each the most that is allowed, either may be
        left out.
    bet : `{"question": …, "options": […], "answer": i, "unlocks": "signal", "beta", "correct",
        "at" or None, "because": …}`.
    caption, alt : for the page and for readers who do not see the picture.

    Traits with these names can be read, observed and linked; setting one moves the picture.

    >>> stream = Stream({"ones": [1, 1, 1, 1]}, beta=0.5)
    >>> stream.run()
    array([0.5   , 0.75  , 0.875 , 0.9375])
    >>> stream.correct = True
    >>> stream.run()
    array([1., 1., 1., 1.])
    """

    element = "opt-stream"
    signals = traitlets.Dict().tag(sync=True)
    axes = traitlets.Dict().tag(sync=True)
    signal = traitlets.Unicode().tag(sync=True)
    drawn = traitlets.List().tag(sync=True)
    beta = traitlets.Float().tag(sync=True)
    correct = traitlets.Bool().tag(sync=True)
    at = traitlets.Int().tag(sync=True)
    window = traitlets.Int().tag(sync=True)
    goal = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    bet = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    answer = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)
    view = traitlets.Unicode("full").tag(sync=True)

    def __init__(
        self,
        signals: dict | None = None,
        signal: str | None = None,
        *,
        beta: float = 0.9,
        correct: bool = False,
        at: int | None = None,
        window: int = 0,
        drawn: list | None = None,
        axes: dict | None = None,
        goal: dict | None = None,
        bet: dict | None = None,
        view: str = "full",
        caption: str = "",
        alt: str = "",
    ):
        signals = {name: _series(name, x) for name, x in (SIGNALS if signals is None else signals).items()}
        signal = next(iter(signals), DRAWN) if signal is None else signal
        drawn = [0.0] * DRAWN_VALUES if drawn is None else drawn
        length = len(signals.get(signal, drawn))
        super().__init__(
            signals=signals, axes={k: list(v) for k, v in (axes or {}).items()}, drawn=drawn, signal=signal,
            beta=beta, correct=correct, at=math.ceil(0.6 * length) if at is None else at, window=window,
            goal=goal, bet=bet, view=view, caption=caption,
            alt=alt or f"The series {signal!r} with its moving average, and the weights of the past below.",
        )  # fmt: skip

    # --- checks: what Python sets and what the browser sends must make sense alike --------------------------

    @traitlets.validate("signal")
    def _check_signal(self, proposal):
        allowed = [*self.signals, DRAWN]
        if proposal.value not in allowed:
            raise traitlets.TraitError(f"signal={proposal.value!r}: must be one of {', '.join(allowed)}")
        return proposal.value

    @traitlets.validate("beta")
    def _check_beta(self, proposal):
        if not 0 <= proposal.value < 1:
            raise traitlets.TraitError(f"beta={proposal.value!r}: must lie in [0, 1)")
        return proposal.value

    @traitlets.validate("drawn")
    def _check_drawn(self, proposal):
        return _series(DRAWN, proposal.value)

    @traitlets.validate("at")
    def _check_at(self, proposal):
        length = len(self.signals.get(self.signal, self.drawn))
        if not 1 <= proposal.value <= length:
            raise traitlets.TraitError(f"at={proposal.value!r}: must lie between 1 and {length}")
        return proposal.value

    @traitlets.validate("window")
    def _check_window(self, proposal):
        if proposal.value < 0:
            raise traitlets.TraitError(f"window={proposal.value!r}: must be 0 for all, or so many values")
        return proposal.value

    @traitlets.validate("goal")
    def _check_goal(self, proposal):
        goal = proposal.value
        if goal is not None and not ({"text"} < set(goal) <= {"text", "lag", "roughness"}):
            raise traitlets.TraitError(f"goal={goal!r}: must have text, and lag or roughness or both")
        return goal

    def unlockable(self) -> list[str]:
        """The controls that a bet may unlock."""
        return ["signal", "beta", "correct", "at"]

    @traitlets.observe("signal", "drawn")
    def _stay_inside(self, change):
        """A shorter signal ends earlier."""
        self.at = min(self.at or 1, len(self.x))

    # --- the same in Python ---------------------------------------------------------------------------------

    @property
    def x(self) -> np.ndarray:
        """The signal that is shown, shape `(n,)`."""
        return np.array(self.drawn if self.signal == DRAWN else self.signals[self.signal])

    def run(self) -> np.ndarray:
        """The average after each value, shape `(n,)`: what the browser shows, computed by numpy."""
        return averages.ewma(self.x, self.beta, self.correct)

    @property
    def weights(self) -> np.ndarray:
        """What the average at step `at` gives each value up to there, shape `(at,)`, the newest last."""
        return averages.weights(self.beta, self.at, self.correct)

    @property
    def lag(self) -> float:
        """Mean age, in steps, of what the average holds in the long run."""
        return averages.lag(self.beta)

    @property
    def roughness(self) -> float:
        """Root mean square step of the average beside that of the signal."""
        return averages.roughness(self.run(), self.x)

    # --- for the page --------------------------------------------------------------------------------------

    def config(self) -> dict:
        """The traits as the static page wants them."""
        names = ("signals", "axes", "signal", "beta", "correct", "at", "window", "goal", "bet", "view")
        drawn = {"drawn": self.drawn} if any(self.drawn) else {}
        return {n: getattr(self, n) for n in names} | drawn | {"page": self.own_page(self.signals, self.axes)}

    def draw(self):
        """Series and average above, the weights of the past below, for where no script runs."""
        x, smooth, at = self.x, self.run(), self.at
        steps = np.arange(1, len(x) + 1)
        figure, (top, bottom) = plt.subplots(2, 1, sharex=True, height_ratios=(3, 1), figsize=(7.2, 3.6))
        step, value = self.axes.get(self.signal, ("step", "value"))
        color = STYLE["momentum"][0]
        top.plot(steps, x, ".-", color="#9a9a9a", markersize=3, linewidth=0.6, label=self.signal)
        top.plot(steps, smooth, color=color, linewidth=1.8, label=f"average, β = {self.beta:g}")
        top.plot(at, smooth[at - 1], "o", color=color)
        top.legend(loc="upper right", ncols=2)
        top.set(ylabel=value)
        bottom.bar(steps[:at], self.weights, color=color)
        bottom.set(xlabel=step, ylabel="weight")
        if self.window:
            end = min(len(x), max(self.window, at + self.window // 4))
            bottom.set_xlim(end - self.window, end)
        return figure


def _series(name: str, values) -> list[float]:
    """A signal as a list of floats that are short to write, seven digits each."""
    x = numbers(f"signals[{name!r}]", values)
    if x.ndim != 1 or not 2 <= len(x) <= LONGEST or not np.isfinite(x).all():
        raise ValueError(f"signals[{name!r}]: must be 2 to {LONGEST} finite numbers, is of shape {x.shape}")
    return [float(f"{v:.7g}") for v in x.tolist()]
