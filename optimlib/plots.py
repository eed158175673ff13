"""Pictures in one style: every function draws on the `ax` it is given.

Colors are told apart by color-blind readers, and each rule also has a dash pattern of its own; the browser's
instruments read the same table.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from optimlib.landscape import Landscape

# rule -> (color, dashes); a family shares a color. After Okabe & Ito 2008, darkened to stand on white and on black.
STYLE: dict[str, tuple[str, tuple[float, ...]]] = {
    "sgd": ("#7a7a7a", ()),
    "momentum": ("#1878bd", ()),
    "nesterov": ("#3a9ad6", (6, 3)),
    "nesterov_lookahead": ("#3a9ad6", (1.5, 2.5)),
    "adagrad": ("#00906a", ()),
    "rmsprop": ("#c47a00", ()),
    "rmsprop_momentum": ("#c47a00", (6, 3)),
    "adadelta": ("#00906a", (6, 3)),
    "adam": ("#d55e00", ()),
    "adam_l2": ("#d55e00", (1.5, 2.5)),
    "adamax": ("#b0579a", (6, 3)),
    "amsgrad": ("#b0579a", ()),
    "nadam": ("#a08a00", ()),
    "radam": ("#a08a00", (6, 3)),
    "adamw": ("#d55e00", (6, 3)),
}
OWN = ("#8a5bd6", "#5b6ad6", "#d64f7a")  # for rules the reader wrote

LABEL = {
    "sgd": "gradient descent", "momentum": "momentum", "nesterov": "Nesterov",
    "nesterov_lookahead": "Nesterov, look-ahead", "adagrad": "AdaGrad", "rmsprop": "RMSProp",
    "rmsprop_momentum": "RMSProp + momentum", "adadelta": "Adadelta", "adam": "Adam", "adam_l2": "Adam + L2",
    "adamax": "AdaMax", "amsgrad": "AMSGrad", "nadam": "NAdam", "radam": "RAdam", "adamw": "AdamW",
}  # fmt: skip


BOOK_STYLE = {
    "figure.figsize": (7.2, 3.2), "figure.dpi": 110, "savefig.dpi": 110, "figure.facecolor": "white",
    "figure.constrained_layout.use": True, "font.size": 9.5, "axes.titlesize": 10, "axes.titleweight": "normal",
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#888888", "axes.linewidth": 0.7,
    "axes.labelcolor": "#333333", "xtick.color": "#555555", "ytick.color": "#555555", "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5, "axes.grid": True, "grid.color": "#e6e6e6", "grid.linewidth": 0.6,
    "axes.axisbelow": True, "lines.linewidth": 1.5, "legend.frameon": False, "legend.fontsize": 8.5,
}  # fmt: skip


def book_style() -> None:
    """Give all figures of a notebook the book's look: call it once, at the top."""
    plt.rcParams.update(BOOK_STYLE)


def line_style(name: str) -> dict:
    """Keyword arguments for `ax.plot` that draw the rule `name` in its color and dashes.

    >>> line_style("momentum")
    {'color': '#1878bd', 'linestyle': '-'}
    """
    color, dashes = STYLE[name]
    return {"color": color, "linestyle": (0, dashes) if dashes else "-"}


def contours(ax: Axes, landscape: Landscape, levels: int = 14, points: int = 121) -> None:
    """The landscape from above: contour lines over its box and a cross at each known minimum."""
    (x0, x1), (y0, y1) = landscape.box
    x, y = np.meshgrid(np.linspace(x0, x1, points), np.linspace(y0, y1, points))
    f = landscape.value(np.stack([x, y]))
    lift = f - f.min()
    shown = np.log10(lift + 1e-3 * np.median(lift)) if landscape.log else f
    ax.contourf(x, y, shown, levels=levels, cmap="Greys", alpha=0.25)
    ax.contour(x, y, shown, levels=levels, colors="#9a9a9a", linewidths=0.5)
    if landscape.at_params == {k: p.default for k, p in landscape.params.items()} or landscape.name == "ravine":
        for point, _ in landscape.minima:
            ax.plot(*point, marker="+", color="#333333", markersize=8)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xticks=[], yticks=[])
    ax.grid(False)


def path(ax: Axes, x: np.ndarray, **style) -> None:
    """One run as a line over the map: `x` has shape `(steps + 1, 2)`; the start is a dot."""
    ax.plot(x[:, 0], x[:, 1], **{"linewidth": 1.4, **style})
    ax.plot(*x[0], "o", color="#333333", markersize=4, zorder=5)


def loss(ax: Axes, f: np.ndarray, label: str = "", log: bool = True, **style) -> None:
    """One run's loss against the step, named at its end. `f` has shape `(steps + 1,)`."""
    ax.plot(f, **style)
    if log:
        ax.set_yscale("log")
    alive = np.flatnonzero(np.isfinite(f) & (f > 0 if log else True))
    if label and len(alive):
        ax.annotate(
            label, (alive[-1], f[alive[-1]]), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
            color=style.get("color", "#333333"), annotation_clip=False,
        )  # fmt: skip
    ax.set(xlabel="step", ylabel="loss")
