"""Adam on Rosenbrock for 100 x 100 pairs of (lr, beta1), 500 steps, full trace: optimlib, Optax, PyTorch.

    python benchmarks/bench_adam_grid.py

All compute in 64 bits and end with numpy arrays of every point and every loss, 501 x 100 x 100. "cold" is
the first run in a fresh process, without imports, with compilation if there is any; "warm" the median of
the runs after it; "CPU" the processor time of a warm run, which is more than "warm" for who uses several
processors. Given are medians over several fresh processes that take turns. Optax runs under jit, vmap and
scan: once as one writes it first, each run's trace by itself, and once with the axes left where scan puts
them, which spares a transposition. A loop over torch.optim takes minutes for the whole grid: a part of it
is measured and scaled up.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

STEPS, SIDE, START = 500, 100, (-1.2, 1.0)
RATES = np.logspace(-4, 0, SIDE)
BETAS = np.linspace(0.0, 0.99, SIDE)
SOME = ((10, 0), (50, 50), (50, 90), (80, 20))  # places in the grid that all libraries must agree on


def with_optimlib() -> Callable:
    from optimlib import descend, landscapes, rules

    def run():
        adam = rules.adam(lr=RATES[:, None], beta1=BETAS[None, :])
        trace = descend(adam, landscapes.rosenbrock, START, STEPS)
        return np.moveaxis(trace.x, 1, -1), trace.f

    return run


def with_optax(trace_axis: int) -> Callable:
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)

    def rosenbrock(p):
        return (1 - p[0]) ** 2 + 100.0 * (p[1] - p[0] ** 2) ** 2

    slope = jax.value_and_grad(rosenbrock)

    def one(lr, beta1):
        adam = optax.adam(lr, b1=beta1)

        def step(carry, _):
            p, state = carry
            loss, g = slope(p)
            updates, state = adam.update(g, state)
            return (optax.apply_updates(p, updates), state), (p, loss)

        p = jnp.array(START)
        return jax.lax.scan(step, (p, adam.init(p)), length=STEPS + 1)[1]

    over_betas = jax.vmap(one, in_axes=(None, 0), out_axes=trace_axis)
    grid = jax.jit(jax.vmap(over_betas, in_axes=(0, None), out_axes=trace_axis))

    def run():
        x, f = (np.asarray(a) for a in grid(RATES, BETAS))
        return (x, f) if trace_axis else (np.moveaxis(x, 2, 0), np.moveaxis(f, 2, 0))

    return run


def with_torch() -> Callable:
    import torch

    torch.set_num_threads(1)  # two numbers at a time are not worth a thread

    def run():
        x, f = np.empty((STEPS + 1, len(SOME), 2)), np.empty((STEPS + 1, len(SOME)))
        for k, (i, j) in enumerate(SOME):
            p = torch.tensor(START, dtype=torch.float64, requires_grad=True)
            adam = torch.optim.Adam([p], lr=RATES[i], betas=(BETAS[j], 0.999))
            for t in range(STEPS + 1):
                adam.zero_grad()
                loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
                x[t, k], f[t, k] = p.detach().numpy(), loss.item()
                loss.backward()
                adam.step()
        return x, f

    return run


LIBRARIES = {
    "optimlib": with_optimlib,
    "Optax": lambda: with_optax(0),
    "Optax, no transposition": lambda: with_optax(1),
    "loop over torch.optim": with_torch,
}
SCALED = "loop over torch.optim"


def measure(library: str, warm_runs: int) -> dict:
    """In this process: seconds of the first run and of those after it, and a few losses."""
    run = LIBRARIES[library]()
    seconds, processor = [], []
    for _ in range(1 + warm_runs):
        start, start_processor = time.perf_counter(), time.process_time()
        x, f = run()
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    assert x.shape == (*f.shape, 2)
    assert f.shape == ((STEPS + 1, len(SOME)) if library == SCALED else (STEPS + 1, SIDE, SIDE))
    losses = f if library == SCALED else np.stack([f[:, i, j] for i, j in SOME], axis=1)
    return {
        "cold": seconds[0],
        "warm": statistics.median(seconds[1:]),
        "CPU": statistics.median(processor[1:]),
        "losses": losses[[0, 10, 50]].tolist(),
    }


def in_fresh_process(library: str, warm_runs: int) -> dict:
    command = [sys.executable, __file__, "--measure", library, "--warm", str(warm_runs)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="fresh processes for each library")
    parser.add_argument("--warm", type=int, default=5, help="runs in each process after the first")
    parser.add_argument("--measure", choices=LIBRARIES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure, chosen.warm)))
        return

    # libraries take turns, so that a busy spell of the machine meets all of them
    rounds = [{name: in_fresh_process(name, chosen.warm) for name in LIBRARIES} for _ in range(chosen.runs)]
    for name in LIBRARIES:  # the same problem? then the same losses
        np.testing.assert_allclose(rounds[0][name]["losses"], rounds[0]["optimlib"]["losses"], rtol=1e-6)
    report(rounds)


def report(rounds: list[dict]) -> None:
    print(f"{SIDE} x {SIDE} Adam, {STEPS} steps on Rosenbrock, full trace: medians of {len(rounds)} processes")
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    print(f"{platform.machine()}, {os.cpu_count()} processors, {versions}\n")
    kinds = ("cold", "warm", "CPU")
    print(f"{'':24}{'seconds':>30}{'times optimlib':>30}")
    print(f"{'':24}" + 2 * "".join(f"{kind:>10}" for kind in kinds))
    ours = None
    for name in LIBRARIES:
        scale = SIDE * SIDE / len(SOME) if name == SCALED else 1
        seconds = [scale * statistics.median(r[name][kind] for r in rounds) for kind in kinds]
        ours = ours or seconds
        ratios = (f"{theirs / own:10.1f}" for theirs, own in zip(seconds, ours, strict=True))
        note = f"   scaled up from {len(SOME)} runs" if name == SCALED else ""
        print(f"{name:24}" + "".join(f"{s:10.3f}" for s in seconds) + "".join(ratios) + note)


if __name__ == "__main__":
    main()
