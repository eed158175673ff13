"""How long `import optimlib` takes beyond `import numpy`, in fresh processes that take turns.

    python benchmarks/bench_import.py [--runs 30]

Promised are at most 30 ms. What is imported, and what is not, is a test: `tests/test_import.py`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

CLOCK = """
import time
start = time.perf_counter()
import numpy
between = time.perf_counter()
import optimlib
print(between - start, time.perf_counter() - between)
"""


def one(cache: str) -> tuple[float, float]:
    """Milliseconds for numpy, and for optimlib after it; compiled modules are kept in the folder `cache`."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    run = subprocess.run([sys.executable, "-c", CLOCK], stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return tuple(1000 * float(seconds) for seconds in run.stdout.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as cache:
        one(cache)  # the first compiles what it reads
        columns = zip(*(one(cache) for _ in range(runs)), strict=True)
    numpy, ours = (statistics.median(column) for column in columns)
    print(f"import numpy {numpy:.0f} ms; import optimlib adds {ours:.1f} ms (medians of {runs} processes)")


if __name__ == "__main__":
    main()
