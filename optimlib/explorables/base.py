"""One instrument, three places: JupyterLab through anywidget, the static site, and a picture everywhere else.

The front end is plain JavaScript in `js/`. It is joined with the traced rules and landscapes into one script:
as an ES module for Jupyter, as a classic script for the site (modules do not load from `file://`).
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
from pathlib import Path

import anywidget
import matplotlib.pyplot as plt
import traitlets

from optimlib import tracing
from optimlib.averages import AVERAGES
from optimlib.explorables import meta
from optimlib.landscapes import LANDSCAPES
from optimlib.plots import BOOK_STYLE
from optimlib.rules import RULES

HERE = Path(__file__).parent
MIME = "application/vnd.optimlib+json"

# The front end, in this order: what is used stands before what uses it.
SCRIPTS = (
    "numerics.js", "engine.js", "format.js", "scales.js", "dom.js", "theme.js", "host.js", "define.js",
    "ground.js", "labels.js", "pen.js", "map.js", "losschart.js", "transport.js", "slider.js", "controls.js",
    "hyperpanel.js", "lrcurve.js", "statetable.js", "words.js", "goal.js", "bet.js", "python.js",
    "stateurl.js", "tools.js", "field.js", "race.js", "judge.js", "workbench.js",
    "feed.js", "streamchart.js", "stream.js", "unpack.js", "linechart.js", "baked.js",
    "rates.js", "rateplane.js", "ratemap.js", "stepsmap.js", "steps.js",
)  # fmt: skip


@functools.cache
def _book() -> str:
    """What the front end knows of the book: traced code, and names, colors and ranges from Python."""
    rules = {name: tracing.to_javascript(rule) for name, rule in RULES.items()}
    lands = {name: tracing.to_javascript(land) for name, land in LANDSCAPES.items()}
    averages = {name: tracing.to_javascript(average, d=1) for name, average in AVERAGES.items()}
    parts = {"rules": _object(rules), "landscapes": _object(lands), "averages": _object(averages)}
    return f"const BOOK = {_object(parts | {'meta': _json(meta.front_end())})};"


@functools.cache
def _front_end() -> str:
    parts = [HERE / "vendor" / "d3.min.js", *(HERE / "js" / name for name in SCRIPTS)]
    return "\n".join(p.read_text(encoding="utf-8") for p in parts)


def site_script(own_rules: dict[str, str] | None = None) -> str:
    """The script of the static site; `own_rules` are rules that chapters define, key -> traced code."""
    own = f"Object.assign(BOOK.rules, {_object(own_rules)});" if own_rules else ""
    return f'(() => {{\n"use strict";\n{_book()}\n{own}\n{_front_end()}\ndefineElements();\n}})();\n'


@functools.cache
def jupyter_module() -> str:
    """The same script as the ES module that anywidget wants."""
    return f"{_book()}\n{_front_end()}\nexport default {{ render: renderInJupyter }};\n"


@functools.cache
def stylesheet() -> str:
    """The instruments' style sheet, for both places."""
    return (HERE / "explorables.css").read_text(encoding="utf-8")


class Explorable(anywidget.AnyWidget):
    """An instrument: an ipywidget whose traits are its state, with a picture for where no script runs.

    Subclasses name their HTML element and say what their configuration and their picture are.
    """

    element = ""  # the custom element on the site, and the instrument's name in the front end
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    instrument = traitlets.Unicode().tag(sync=True)
    code = traitlets.Dict().tag(sync=True)
    caption = traitlets.Unicode()
    alt = traitlets.Unicode()

    def __init__(self, **traits):
        super().__init__(instrument=self.element, **traits)

    @traitlets.default("_esm")
    def _module(self):
        return jupyter_module()

    # --- bets and goals: what is misspelled would be silent on the page ---

    def unlockable(self) -> list[str]:
        """The controls that a bet may unlock."""
        return []

    @traitlets.validate("bet")
    def _check_bet(self, proposal):
        bet = proposal.value
        if bet is None:
            return None
        needed, allowed = {"question", "options", "answer"}, {"unlocks", "because"}
        if not needed <= set(bet) <= needed | allowed:
            raise traitlets.TraitError(f"bet={bet!r}: must have question, options, answer, may have because, unlocks")
        count, unlocks = len(bet["options"]), bet.get("unlocks")
        if bet["answer"] not in range(count) or count < 2:
            raise traitlets.TraitError(
                f"bet: answer={bet['answer']!r}: must be the place of one of {count} options, from 0"
            )
        if unlocks is not None and unlocks not in self.unlockable():
            known = ", ".join(self.unlockable()) or "None"
            raise traitlets.TraitError(f"bet: unlocks={unlocks!r}: must be None or one of {known}")
        return bet

    @traitlets.validate("goal")
    def _check_goal(self, proposal):
        goal = proposal.value
        if goal is not None and set(goal) != {"text", "below", "within"}:
            raise traitlets.TraitError(f"goal={goal!r}: must have text, below, within")
        return goal

    @traitlets.default("_css")
    def _style(self):
        return stylesheet()

    def config(self) -> dict:
        """What the front end needs to show this instrument: plain JSON values."""
        raise NotImplementedError

    def draw(self):
        """The picture that stands in for the instrument: a matplotlib figure."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.alt})"

    def own_page(self, *data) -> str:
        """The name of the page that shows this instrument alone, for one whose data no link can carry."""
        text = json.dumps(data, sort_keys=True)
        return f"{self.element.removeprefix('opt-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        own = {
            MIME: {
                "element": self.element, "config": self.config(), "code": dict(self.code),
                "alt": self.alt, "caption": self.caption,
            },
            "image/png": self._picture(),
            "text/plain": repr(self),
        }  # fmt: skip
        return {**data, **own}, metadata

    def _picture(self) -> bytes:
        out = io.BytesIO()
        with plt.rc_context(BOOK_STYLE):
            figure = self.draw()
            figure.savefig(out, format="png", metadata={"Software": None})  # no version: same picture, same bytes
        plt.close(figure)
        return out.getvalue()


def _object(code: dict[str, str]) -> str:
    return "{" + ",".join(f"{_json(k)}:{v}" for k, v in code.items()) + "}"


def _json(value) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
