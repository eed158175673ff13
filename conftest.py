"""For notebooks and tests alike; what only the tests in tests/ need is in tests/conftest.py."""

from __future__ import annotations

import os

import nbval.kernel

from tools.notebooks import ONE_THREAD

os.environ.update(ONE_THREAD)  # before any kernel starts


def _execute(self, cell_input, allow_stdin=None):
    """As nbval does it, but with history: without, IPython takes a final `;` for a syntax error (nbval 0.11)."""
    return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


nbval.kernel.RunningKernel.execute_cell_input = _execute
