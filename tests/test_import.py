"""`import optimlib` brings numpy and the standard library; what draws or talks comes when it is named.

How long that takes is measured in `benchmarks/bench_import.py`; here it is asked which modules come, which
is the same on every machine.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import optimlib

LOOK = """
import json, sys, warnings
import numpy
warnings.simplefilter("error")
before = set(sys.modules)
{}
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def brought_by(statement: str) -> set[str]:
    """The modules that a fresh Python with numpy loads for this statement."""
    code = LOOK.format(statement)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_what_import_brings():
    new = brought_by("import optimlib")
    own = {name for name in new if name.split(".")[0] == "optimlib"}
    foreign = {name.split(".")[0] for name in new - own}
    assert foreign <= sys.stdlib_module_names, foreign - sys.stdlib_module_names
    # nothing that draws, trains, traces or talks to a browser; and no heavy part of the standard library
    assert not own & {f"optimlib.{name}" for name in optimlib._LAZY}
    assert not foreign & {
        "asyncio",
        "multiprocessing",
        "concurrent",
        "http",
        "sqlite3",
        "tkinter",
        "unittest",
    }
    for heavy in ("matplotlib", "yaml", "ipywidgets", "anywidget", "sympy", "scipy", "IPython", "traitlets"):
        assert heavy not in foreign


def test_what_a_descent_brings():
    run = "import optimlib as o; o.descend(o.rules.adam(), o.landscapes.beale, [1.0, 1.0], 3)"
    assert brought_by(run) == brought_by("import optimlib")


@pytest.mark.parametrize("name", optimlib._LAZY)
def test_the_rest_comes_when_named(name):
    assert f"optimlib.{name}" in brought_by(f"import optimlib; optimlib.{name}")
    assert f"optimlib.{name}" in brought_by(f"from optimlib import {name}")


def test_names():
    assert set(dir(optimlib)) >= {"rules", "landscapes", "descend", "schedules", "averages", *optimlib._LAZY}
    for name in optimlib.__all__:
        assert hasattr(optimlib, name)
    with pytest.raises(AttributeError, match="module 'optimlib' has no attribute 'optimisers'"):
        optimlib.optimisers  # noqa: B018
    with pytest.raises(ImportError):
        from optimlib import optimisers  # noqa: F401
