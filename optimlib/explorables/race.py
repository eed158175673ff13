"""The race: rules on a landscape, and everything about them under the reader's finger."""

from __future__ import annotations

import hashlib
import math

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from optimlib import plots, schedules, tracing
from optimlib.descent import Trace, descend
from optimlib.explorables import meta
from optimlib.explorables.base import Explorable
from optimlib.landscape import Landscape
from optimlib.landscapes import LANDSCAPES
from optimlib.rule import Rule
from optimlib.rules import RULES

FLAT = [[0.0, 1.0], [1.0, 1.0]]


class Race(Explorable):
    """Rules race down a landscape; the reader drags, turns and changes everything.

    Parameters
    ----------
    rules : names (`"adam"`), rules with hyper-parameters (`rules.adam(lr=0.1)`), or your own under `@rule`.
        A name starts with the learning rate that was best in a search with equal effort for all.
    landscape : a name, or a landscape at other parameters: `landscapes.ravine.at(kappa=1000)`.
    start : `(x, y)`; the landscape's own start if not given.
    steps : how long to run, 1 to 2000.
    step : which step is shown; the last if not given.
    curve : `[(fraction of the run, factor on lr), …]`, a curve that multiplies every learning rate.
    goal : `{"text": …, "below": loss, "within": steps}`, checked by the instrument itself.
    bet : `{"question": …, "options": […], "answer": i, "unlocks": control or None, "because": …}`.
    more : keep the rules that do not run yet behind a "More" button; else they are not offered at all.
    caption, alt : for the page and for readers who do not see the picture.

    Traits with these names can be read, observed and linked; setting one moves the picture. `run()` computes in
    Python what the browser shows.

    >>> from optimlib import rules
    >>> race = Race([rules.momentum(lr=0.1), "sgd"], start=(1, 1), steps=50)
    >>> race.params = {"kappa": 10, "angle": 0}
    >>> sorted(race.run())
    ['gradient descent', 'momentum']
    """

    element = "opt-race"
    landscape = traitlets.Unicode().tag(sync=True)
    params = traitlets.Dict().tag(sync=True)
    start = traitlets.List().tag(sync=True)
    rules = traitlets.List().tag(sync=True)
    steps = traitlets.Int().tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    curve = traitlets.List().tag(sync=True)
    goal = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    bet = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    answer = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)
    more = traitlets.Bool(False).tag(sync=True)
    view = traitlets.Unicode("full").tag(sync=True)

    def __init__(
        self,
        rules: list = ("sgd", "momentum"),
        landscape: str | Landscape = "ravine",
        *,
        start: tuple[float, float] | None = None,
        steps: int = 200,
        step: int | None = None,
        curve: list = FLAT,
        goal: dict | None = None,
        bet: dict | None = None,
        more: bool = False,
        view: str = "full",
        caption: str = "",
        alt: str = "",
    ):
        land = LANDSCAPES.get(landscape) if isinstance(landscape, str) else landscape
        if land is None or land.name not in LANDSCAPES:
            raise ValueError(f"landscape={landscape!r}: must be one of {', '.join(LANDSCAPES)}")
        self._own: dict[str, type[Rule]] = {}
        entries = [self._entry(r, land.name) for r in rules]
        _number_twins(entries)
        super().__init__(
            landscape=land.name, params=dict(land.at_params), start=list(land.start if start is None else start),
            rules=entries, code={e["key"]: e.pop("code") for e in entries if "code" in e}, steps=steps,
            step=steps if step is None else step, curve=[list(p) for p in curve], goal=goal, bet=bet, more=more,
            view=view, caption=caption, alt=alt or _alt(entries, land),
        )  # fmt: skip
        self.on_msg(self._on_message)

    def _entry(self, given, landscape: str) -> dict:
        """One rule as the front end wants it: name, label, hyper-parameters, and for a reader's own its code."""
        if isinstance(given, str):
            if given not in RULES:
                raise ValueError(f"rules={given!r}: must be one of {', '.join(RULES)}")
            given = RULES[given](lr=meta.RATES[landscape][given])
        if isinstance(given, type) and issubclass(given, Rule):
            given = given()
        if not isinstance(given, Rule):
            raise TypeError(f"rules={given!r}: must be a name or a rule, like rules.adam(lr=0.1)")
        hyper = {}
        for name in given.hyper_names:
            value = getattr(given, name)
            if callable(value) or np.ndim(value):
                raise TypeError(f"{given.name}: {name}={value!r}: a race wants numbers; lr can follow `curve`")
            hyper[name] = float(value)
        entry = {"name": given.name, "hyper": hyper, "on": True, "traced": True}
        if RULES.get(given.name) is type(given):
            return {**entry, "key": given.name, "label": plots.LABEL[given.name]}
        return {**entry, **self._own_entry(type(given))}

    def _own_entry(self, rule: type[Rule]) -> dict:
        """A reader's own rule: traced for the browser, or run by the kernel with the reason said."""
        about = {
            "label": rule.name,
            "color": plots.OWN[len(self._own) % len(plots.OWN)],
            "dash": [],
            "ranges": {h: meta.hyper_range(h, d) for h, d in rule.defaults.items()},
        }
        try:
            code = tracing.to_javascript(rule)
            key = f"{rule.name}-{hashlib.sha256(code.encode()).hexdigest()[:8]}"
            about |= {"key": key, "code": code}
        except tracing.Untraceable as why:
            about |= {"key": f"{rule.name}-python", "traced": False, "why": str(why)}
        self._own[about["key"]] = rule
        return about

    # --- checks: what Python sets and what the browser sends must make sense alike ---------------------------------

    @traitlets.validate("landscape")
    def _check_landscape(self, proposal):
        if proposal.value not in LANDSCAPES:
            raise traitlets.TraitError(f"landscape={proposal.value!r}: must be one of {', '.join(LANDSCAPES)}")
        return proposal.value

    @traitlets.validate("params")
    def _check_params(self, proposal):
        LANDSCAPES[self.landscape].at(**proposal.value)
        return {k: float(v) for k, v in proposal.value.items()}

    @traitlets.validate("start")
    def _check_start(self, proposal):
        point = [float(v) for v in proposal.value]
        if len(point) != 2 or not all(map(math.isfinite, point)):
            raise traitlets.TraitError(f"start={proposal.value!r}: must be two finite numbers (x, y)")
        return point

    @traitlets.validate("steps")
    def _check_steps(self, proposal):
        if not 1 <= proposal.value <= 2000:
            raise traitlets.TraitError(f"steps={proposal.value!r}: must lie between 1 and 2000")
        return proposal.value

    @traitlets.validate("curve")
    def _check_curve(self, proposal):
        points = [[float(a), float(b)] for a, b in proposal.value]
        ends = [p[0] for p in points]
        if len(points) < 2 or ends[0] != 0 or ends[-1] != 1 or ends != sorted(ends) or min(p[1] for p in points) < 0:
            raise traitlets.TraitError(f"curve={proposal.value!r}: must be [[0, factor], …, [1, factor]], factors >= 0")
        return points

    @traitlets.observe("landscape")
    def _move_to(self, change):
        """Another landscape has other parameters and another start, unless they came along."""
        land = LANDSCAPES[change.new]
        if set(self.params) != set(land.params):
            self.params = dict(land.at_params)
            self.start = list(land.start)

    def unlockable(self) -> list[str]:
        """The controls that a bet may unlock."""
        hyper = {name: None for entry in self.rules for name in entry["hyper"]}
        return ["landscape", "start", "play", "rules", *self.params, *hyper]

    # --- the same runs in Python -------------------------------------------------------------------------------------

    @property
    def ground(self) -> Landscape:
        """The landscape with the parameters in force."""
        return LANDSCAPES[self.landscape].at(**self.params)

    def run(self) -> dict[str, Trace]:
        """What the browser shows, computed by numpy: label -> trace with its state, for all rules that run."""
        return {
            e["label"]: self._run(e, self.ground, self.start, self.steps, self.curve) for e in self.rules if e["on"]
        }

    def _run(self, entry: dict, ground: Landscape, start, steps: int, curve) -> Trace:
        rule = self._own.get(entry["key"]) or RULES[entry["name"]]
        hyper = dict(entry["hyper"])
        if "lr" in hyper and any(factor != 1 for _, factor in curve):
            points = tuple((1 + part * (steps - 1), hyper["lr"] * factor) for part, factor in curve)
            hyper["lr"] = schedules.piecewise_linear(points)
        return descend(rule(**hyper), ground, start, steps, history=True)

    def _on_message(self, _, message: dict, buffers) -> None:
        """The browser asks for runs of rules that only Python can run; the state it shows comes with the question."""
        if "run" not in message:
            return
        state = message["run"]
        ground = LANDSCAPES[state["landscape"]].at(**state["params"])
        reply = {}
        for entry in state["rules"]:
            try:
                trace = self._run(entry, ground, state["start"], state["steps"], state["curve"])
                reply[entry["key"]] = _plain(trace)
            except Exception as error:  # the reader's own code: whatever it raises belongs on the screen
                reply[entry["key"]] = {"error": f"{type(error).__name__}: {error}"}
        self.send({"id": message.get("id"), "traces": reply})

    # --- for the page -----------------------------------------------------------------------------------------------

    def config(self) -> dict:
        """The traits as the static page wants them."""
        names = ("landscape", "params", "start", "rules", "steps", "step", "curve", "goal", "bet", "more", "view")
        return {n: getattr(self, n) for n in names}

    def draw(self):
        """Map and losses side by side, for where no script runs."""
        figure, (left, right) = plt.subplots(1, 2)
        ground = self.ground
        plots.contours(left, ground)
        for entry in self.rules:
            if entry["on"]:
                trace = self._run(entry, ground, self.start, self.steps, self.curve)
                style = _line_style(entry)
                plots.path(left, trace.x, **style)
                plots.loss(right, trace.f, entry["label"], log=ground.log, **style)
        left.set(xlim=ground.box[0], ylim=ground.box[1])
        right.margins(x=0.02)
        right.set_xlim(right=self.steps * 1.45)
        return figure


def _number_twins(entries: list[dict]) -> None:
    """Two rules of one name are told apart by their learning rate, and by color and dashes from the second on."""
    labels = [e["label"] for e in entries]
    for i, entry in enumerate(entries):
        if labels.count(labels[i]) > 1 and "lr" in entry["hyper"]:
            entry["label"] += f", lr {entry['hyper']['lr']:g}"
        if twins := labels[:i].count(labels[i]):
            entry |= {"color": plots.OWN[(twins - 1) % len(plots.OWN)], "dash": [6, 3]}


def _line_style(entry: dict) -> dict:
    """How matplotlib draws an entry: as the browser does, in its own color if it has one."""
    if "color" not in entry:
        return plots.line_style(entry["name"])
    return {"color": entry["color"], "linestyle": (0, entry["dash"]) if entry.get("dash") else "-"}


def _alt(entries: list[dict], land: Landscape) -> str:
    names = " and ".join(e["label"] for e in entries) or "no rule yet"
    return f"Contour map of {meta.TITLE[land.name]} with the paths of {names}, beside their loss against the step."


def _plain(trace: Trace) -> dict:
    """A trace as JSON values; what is not finite becomes None."""

    def finite(a):
        return [None if not math.isfinite(v) else v for v in np.ravel(a).tolist()]

    state = {k: finite(v) for k, v in trace.state.items()}
    return {
        "x": finite(trace.x),
        "f": finite(trace.f),
        "state": state,
        "stopped": int(trace.stopped),
        "why": str(trace.why),
    }
