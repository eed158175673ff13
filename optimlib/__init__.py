"""optimlib: the optimizers of deep learning, each in under ten lines of numpy.

The light part (rules, landscapes, descend, schedules, averages) comes with `import optimlib`;
what draws, trains or talks to a browser is loaded when it is first named.
"""

from __future__ import annotations

import importlib

from optimlib import averages, landscapes, rules, schedules
from optimlib.descent import Trace, descend
from optimlib.rule import Rule, rule

_LAZY = ("claims", "data", "explorables", "models", "plots", "tracing", "training")

__all__ = ["Rule", "Trace", "averages", "descend", "landscapes", "rule", "rules", "schedules"]


def __getattr__(name: str):
    if name in _LAZY:
        return importlib.import_module(f"optimlib.{name}")
    raise AttributeError(f"module 'optimlib' has no attribute {name!r}")


def __dir__():
    return [*__all__, *_LAZY]
