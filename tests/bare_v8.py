"""The site's script in a bare V8: for everything in it that needs no page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from py_mini_racer import MiniRacer

from optimlib.explorables import base


@pytest.fixture(scope="module")
def v8() -> Iterator[Callable]:
    """Evaluates an expression over everything the site's script defines, without a page."""
    context = MiniRacer()
    parts = [base._book(), *((base.HERE / "js" / name).read_text(encoding="utf-8") for name in base.SCRIPTS)]
    context.eval("\n".join(parts))

    def evaluate(expression: str):
        return json.loads(context.eval(f"JSON.stringify({expression})"))

    yield evaluate
    context.close()
