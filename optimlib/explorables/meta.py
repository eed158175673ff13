"""What the front end has to know besides the traced code: names, colors, and the ranges of its controls."""

from __future__ import annotations

import json
from pathlib import Path

from optimlib.landscapes import LANDSCAPES
from optimlib.plots import LABEL, OWN, STYLE
from optimlib.rules import RULES

# Where a slider for each hyper-parameter begins and ends. "one-minus-log" spreads 0.9, 0.99, 0.999 evenly.
RANGES: dict[str, dict] = {
    "lr": {"min": 1e-4, "max": 10.0, "scale": "log"},
    "beta": {"min": 0.0, "max": 0.999, "scale": "one-minus-log"},
    "beta1": {"min": 0.0, "max": 0.999, "scale": "one-minus-log"},
    "beta2": {"min": 0.0, "max": 0.99999, "scale": "one-minus-log"},
    "rho": {"min": 0.0, "max": 0.9999, "scale": "one-minus-log"},
    "eps": {"min": 1e-12, "max": 1.0, "scale": "log"},
    "weight_decay": {"min": 1e-5, "max": 1.0, "scale": "log"},
    "momentum_decay": {"min": 1e-4, "max": 1.0, "scale": "log"},
}

TITLE = {
    "ravine": "Ravine", "rosenbrock": "Rosenbrock's valley", "beale": "Beale", "saddle": "Saddle",
    "monkey_saddle": "Monkey saddle", "double_well": "Double well", "himmelblau": "Himmelblau",
    "styblinski_tang": "Styblinski–Tang", "rastrigin": "Rastrigin", "six_hump_camel": "Six-hump camel",
    "plateau": "Hole in a plain", "lessard": "Lessard–Recht–Packard",
}  # fmt: skip

# How a landscape's parameter is written beside its slider, called in full, and counted in.
PARAMS = {
    "kappa": {"label": "κ", "name": "condition number κ"},
    "angle": {"label": "angle", "name": "angle of the valley", "unit": "°"},
}

# landscape -> rule -> the rate it starts with; made by tune.py with the same effort for every rule
RATES: dict[str, dict[str, float]] = json.loads((Path(__file__).parent / "rates.json").read_text())


def hyper_range(name: str, default: float) -> dict:
    """Range and scale of the slider for hyper-parameter `name`; a learner's own gets a decade or two around."""
    if name in RANGES:
        return RANGES[name]
    if 0.5 <= default < 1:  # most likely a memory, like beta
        return {"min": 0.0, "max": max(0.999, default), "scale": "one-minus-log"}
    if default > 0:
        return {"min": default / 100, "max": default * 100, "scale": "log"}
    return {"min": default - 1, "max": default + 1, "scale": "linear"}


def front_end() -> dict:
    """Everything of this page as JSON values."""
    rules = {
        name: {
            "label": LABEL[name],
            "color": STYLE[name][0],
            "dash": list(STYLE[name][1]),
            "hyper": {h: hyper_range(h, d) for h, d in rule.defaults.items()},
            "rates": {land: rates[name] for land, rates in RATES.items()},
        }
        for name, rule in RULES.items()
    }
    landscapes = {
        name: {
            "label": TITLE[name],
            "box": [list(side) for side in land.box],
            "start": list(land.start),
            "minima": [list(point) for point, _ in land.minima],
            "levels": "log" if land.log else "linear",
            "params": {
                k: {
                    "min": p.low,
                    "max": p.high,
                    "default": p.default,
                    "scale": "log" if p.log else "linear",
                    **PARAMS.get(k, {}),
                }
                for k, p in land.params.items()
            },
            "note": land.about,
        }
        for name, land in LANDSCAPES.items()
    }
    return {"rules": rules, "landscapes": landscapes, "own": list(OWN)}
