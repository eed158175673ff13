"""Results that are too heavy for the browser: computed in Python over a declared grid, chosen by sliders."""

from __future__ import annotations

import inspect
import itertools
import math
import textwrap
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import traitlets

from optimlib.checks import numbers
from optimlib.explorables import pack
from optimlib.explorables.base import Explorable
from optimlib.plots import LABEL, STYLE

LIMIT = 200_000  # bytes of packed results in one instrument, so that a chapter stays light
MOST_VALUES = 64  # of one choice
DECADES = 18  # of a logarithmic axis are shown at most
# For curves that are no rule's. After Okabe & Ito 2008, in the order in which they are told apart best.
PALETTE = ("#1878bd", "#d55e00", "#00906a", "#b0579a", "#c47a00", "#5b6ad6", "#7a7a7a", "#d64f7a")


class Baked(Explorable):
    """Curves of an experiment, computed once over a grid of choices; the reader chooses by sliders.

    Parameters
    ----------
    run : called as `run(batch_size=16, lr=0.1)`, once for each combination. Returns `{label: y}` or
        `{label: (x, y)}`, the same labels each time; x and y are 1-d arrays, x counts from 0 if not given.
        Its source is shown to the reader.
    choices : `{"batch size": [1, 4, 16], "lr": [0.01, 0.1]}`: numbers, texts, or True and False. A space in a
        name is an underscore in the keyword. The sliders stand in the order of the alphabet.
    choice : the one that is shown first, `{"lr": 0.1}`; the first of each if not given.
    x, y : what the axes mean.
    log : which axes are logarithmic: "", "x", "y" or "xy".
    limits : `(low, high)` for y: what lies beyond is cut off there. The range of the results if not given.
    others : whether the curves for the other values of the slider that moved last are shown faintly.
    goal : `{"text": …, "below": y, "within": x}`, reached when a curve is below `below` by `within`.
    bet : `{"question": …, "options": […], "answer": i, "unlocks": a choice's name or None, "because": …}`.
    caption, alt : for the page and for readers who do not see the picture.

    The trait `choice` can be read, observed, linked and set, also in part.

    Raises `ValueError` for a grid that would be too large, or for curves that do not fit together.

    >>> def run(lr):
    ...     return {"loss": (1 - lr) ** np.arange(5)}
    >>> baked = Baked(run, {"lr": [0.1, 0.5]}, log="y")
    >>> baked.choice = {"lr": 0.5}
    >>> steps, loss = baked.run()["loss"]
    >>> loss.round(3)
    array([1.   , 0.5  , 0.25 , 0.125, 0.063])
    """

    element = "opt-baked"
    choices = traitlets.Dict().tag(sync=True)
    choice = traitlets.Dict().tag(sync=True)
    table = traitlets.Dict().tag(sync=True)
    data = traitlets.Unicode().tag(sync=True)
    source = traitlets.Unicode().tag(sync=True)
    others = traitlets.Bool().tag(sync=True)
    goal = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    bet = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    answer = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)
    view = traitlets.Unicode("full").tag(sync=True)

    def __init__(
        self,
        run: Callable[..., dict],
        choices: dict[str, list],
        *,
        choice: dict | None = None,
        x: str = "step",
        y: str = "loss",
        log: str = "y",
        limits: tuple[float, float] | None = None,
        others: bool | None = None,
        goal: dict | None = None,
        bet: dict | None = None,
        view: str = "full",
        caption: str = "",
        alt: str = "",
    ):
        if log not in ("", "x", "y", "xy"):
            raise ValueError(f'log={log!r}: must be "", "x", "y" or "xy"')
        # Stored notebooks sort keys by the alphabet; the packed cells must lie in the order the page will read.
        choices = {name: _values(name, choices[name]) for name in sorted(choices)}
        source = _source(run)
        cells = _bake(run, choices)
        table, data = _pack(cells, x, y, log, limits)
        if len(data) > LIMIT:
            raise ValueError(_too_large(choices, cells[0], len(data)))
        curves = len(table["labels"]) * max(map(len, choices.values()))
        super().__init__(
            choices=choices, choice=choice or {}, table=table, data=data, source=source,
            others=curves <= 12 if others is None else others, goal=goal, bet=bet, view=view, caption=caption,
            alt=alt or f"{y} against {x}: {', '.join(table['labels'])}, for chosen {', '.join(choices)}.",
        )  # fmt: skip

    # --- checks ------------------------------------------------------------------

    @traitlets.validate("choice")
    def _check_choice(self, proposal):
        chosen = {name: allowed[0] for name, allowed in self.choices.items()} | self.choice | proposal.value
        for name, value in chosen.items():
            if name not in self.choices:
                raise traitlets.TraitError(f"choice={name!r}: must be one of {', '.join(self.choices)}")
            if not _among(value, self.choices[name]):
                allowed = ", ".join(map(repr, self.choices[name]))
                raise traitlets.TraitError(f"choice[{name!r}]={value!r}: must be one of {allowed}")
        return {name: chosen[name] for name in self.choices}

    def unlockable(self) -> list[str]:
        """The controls that a bet may unlock."""
        return list(self.choices)

    # --- the same in Python ------------------------------------------------------------------

    def run(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """The curves that are shown: label -> (x, y), as the browser unpacks them."""
        place = 0
        for name, allowed in self.choices.items():
            place = place * len(allowed) + allowed.index(self.choice[name])
        return self._cell(place)

    def _cell(self, place: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        table, count = self.table, len(self.table["labels"])
        each = 2 if table["x"]["kind"] == "each" else 1
        sizes = table["sizes"] if len(table["sizes"]) > 1 else table["sizes"] * (count * _cells(self.choices))
        at = each * sum(sizes[: place * count])
        found, out = pack.from_text(self.data), {}
        for label, n in zip(table["labels"], sizes[place * count : (place + 1) * count], strict=True):
            y = pack.values(found[at : at + n], table["y"])
            if each == 2:
                x = pack.values(found[at + n : at + 2 * n], table["x"])
            else:
                x = np.array(table["x"].get("values", np.arange(n, dtype=float)))
            out[label] = (x, y)
            at += each * n
        return out

    # --- for the page ------------------------------------------------------------------

    def config(self) -> dict:
        """The traits as the static page wants them."""
        names = ("choices", "choice", "table", "data", "source", "others", "goal", "bet", "view")
        return {n: getattr(self, n) for n in names} | {"page": self.own_page(self.source, self.data)}

    def draw(self):
        """The curves of the present choice, for where no script runs."""
        figure, ax = plt.subplots(figsize=(7.2, 3.4))
        for (label, (x, y)), (color, dash) in zip(self.run().items(), self.table["looks"], strict=True):
            ax.plot(x, y, label=label, color=color, linestyle=(0, dash) if dash else "-")
        told = ", ".join(f"{name} {_said(value)}" for name, value in self.choice.items())
        ax.set(xlabel=self.table["x"]["name"], ylabel=self.table["y"]["name"], title=told)
        ax.set_xscale("log" if self.table["x"]["log"] else "linear")
        ax.set_yscale("log" if self.table["y"]["log"] else "linear")
        ax.set_ylim(*self.table["y"]["shown"])
        ax.legend()
        return figure


def _values(name: str, given) -> list:
    """The values of one choice as plain Python values."""
    values = [v.item() if isinstance(v, np.generic) else v for v in given]
    good = all(isinstance(v, bool | str) or (isinstance(v, int | float) and math.isfinite(v)) for v in values)
    if not good or not 1 <= len(values) <= MOST_VALUES or len(set(values)) < len(values):
        raise ValueError(
            f"choices[{name!r}]={given!r}: must be 1 to {MOST_VALUES} different numbers, texts or truth values"
        )
    return values


def _among(value, allowed: list) -> bool:
    return any(value == a and isinstance(value, bool) == isinstance(a, bool) for a in allowed)


def _source(run: Callable) -> str:
    """The text of the function, which the reader gets to see."""
    try:
        return textwrap.dedent(inspect.getsource(run)).rstrip()
    except (OSError, TypeError) as error:
        raise ValueError(f"run={run!r}: must be a function in a file or cell, so that its text shows") from error


def _cells(choices: dict[str, list]) -> int:
    return math.prod(map(len, choices.values()))


def _keywords(choices: dict[str, list], values: tuple) -> dict:
    return {name.replace(" ", "_"): value for name, value in zip(choices, values, strict=True)}


def _bake(run: Callable, choices: dict[str, list]) -> list[dict]:
    """The curves for each combination, the last choice varying fastest."""
    if not choices:
        raise ValueError("choices={}: must name at least one choice")
    cells: list[dict] = []
    for values in itertools.product(*choices.values()):
        given = _keywords(choices, values)
        call = f"run({', '.join(f'{k}={v!r}' for k, v in given.items())})"
        cells.append(_curves(run(**given), call))
        if list(cells[-1]) != list(cells[0]):
            raise ValueError(f"{call} returns {list(cells[-1])}: must return {list(cells[0])} as the others do")
        if len(cells) == 1 and (size := _estimate(choices, cells[0])) > 2 * LIMIT:  # before hours are spent
            raise ValueError(_too_large(choices, cells[0], size))
    return cells


def _curves(returned, call: str) -> dict[str, tuple[np.ndarray | None, np.ndarray]]:
    """What a run returned, as label -> (x or None, y)."""
    if not isinstance(returned, dict) or not returned:
        raise TypeError(f"{call} returns {type(returned).__name__}: must return {{label: y}} or {{label: (x, y)}}")
    out = {}
    for label, curve in returned.items():
        pair = isinstance(curve, tuple)
        x, y = (numbers(f"{call}[{label!r}]", c) for c in (curve if pair else (np.arange(np.size(curve)), curve)))
        if y.ndim != 1 or x.shape != y.shape or not len(y):
            raise ValueError(f"{call}[{label!r}]: x and y must be 1-d of one length, are {x.shape} and {y.shape}")
        out[str(label)] = (x if pair else None, y)
    return out


def _pack(cells: list[dict], x: str, y: str, log: str, limits) -> tuple[dict, str]:
    """What the table says about the numbers, and the numbers."""
    curves = [curve for cell in cells for curve in cell.values()]
    every = np.concatenate([c[1] for c in curves])
    on_y = pack.scale(every if limits is None else numbers("limits", limits), "y" in log)
    on_y["shown"] = _shown(on_y, cells[0]) if limits is None else [float(v) for v in limits]
    kind, xs = _shared_x(curves)
    on_x = {"kind": kind, "log": "x" in log}
    if kind == "each":
        on_x |= pack.scale(np.concatenate([c[0] for c in curves]), "x" in log)
    elif kind == "shared":
        on_x["values"] = [float(f"{v:.7g}") for v in xs]
    parts = []
    for x_here, y_here in curves:
        parts.append(pack.codes(y_here, on_y))
        if kind == "each":
            parts.append(pack.codes(x_here, on_x))
    sizes = [len(c[1]) for c in curves]
    labels = list(cells[0])
    table = {
        "labels": labels, "looks": _looks(labels), "x": {"name": x, **on_x}, "y": {"name": y, **on_y},
        "sizes": sizes if len(set(sizes)) > 1 else sizes[:1],
    }  # fmt: skip
    return table, pack.to_text(np.concatenate(parts))


def _shown(on: dict, first: dict) -> list[float]:
    """The range of y on the page. A run that diverges or reaches zero must not flatten all the others."""
    if not on["log"]:
        return [on["low"], on["high"]]
    starts = [y[0] for _, y in first.values() if np.isfinite(y[0]) and y[0] > 0]
    high = on["high"]
    if high - on["low"] > DECADES and starts:
        high = min(high, math.log10(max(starts)) + 2)
    return [float(f"{10.0**v:.3g}") for v in (max(on["low"], high - DECADES), high)]


def _shared_x(curves: list) -> tuple[str, np.ndarray | None]:
    """How x is told: it counts, it is one for all curves, or each has its own."""
    xs = [c[0] for c in curves]
    if all(x is None for x in xs):
        return "count", None
    if any(x is None for x in xs):
        raise ValueError("run returns y for some labels and (x, y) for others: must be one or the other")
    same = all(len(x) == len(xs[0]) and np.array_equal(x, xs[0]) for x in xs)
    return ("shared", xs[0]) if same else ("each", None)


def _looks(labels: list[str]) -> list[list]:
    """Color and dashes: a rule's own where the label is a rule's, else the next of the palette."""
    known = {shown: STYLE[name] for name, shown in LABEL.items()} | STYLE
    free = iter(itertools.cycle(PALETTE))
    return [list(known[label]) if label in known else [next(free), []] for label in labels]


def _estimate(choices: dict[str, list], cell: dict) -> int:
    """Bytes of base64 if every run is as long as the first."""
    each = sum(len(y) * (2 if x is not None else 1) for x, y in cell.values())
    return 8 * math.ceil(each * _cells(choices) / 3)


def _too_large(choices: dict[str, list], cell: dict, size: int) -> str:
    runs = " × ".join(str(len(v)) for v in choices.values())
    longest = max(len(y) for _, y in cell.values())
    every = math.ceil(size / LIMIT)
    return (
        f"choices: {runs} runs of {len(cell)} curve(s) with {longest} values make {size:,} bytes, "
        f"{LIMIT:,} allowed: return every {every}th value ([::{every}]), or offer fewer choices"
    )


def _said(value) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else f"{value}"
