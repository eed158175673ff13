"""Run the real optimizers of PyTorch and Optax and store where they went: `reference.npz`.

    python -m venv venv && venv/bin/python -m pip install -r tests/oracles/requirements.txt
    venv/bin/python tests/oracles/make_oracles.py

Nothing of optimlib is used here. Every optimizer gets the same recorded gradients, so that a difference
shows where it arises and is not blown up by a path that feeds back. All is computed in 64 bits.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

import jax
import numpy as np
import optax
import torch

torch.set_default_dtype(torch.float64)  # else NAdam keeps its product of momenta in 32 bits
jax.config.update("jax_enable_x64", True)

STEPS = 300
KEPT = np.array([1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 25, 40, 60, 80, 100, 101, 150, 200, 250, 300])
KINDS = ("ordinary noise", "tiny", "huge", "sparse", "dead stretches", "alternating")
NEGLIGIBLE = 1e-300  # an epsilon that is not felt, for rules that differ in nothing but its place


def recorded_gradients() -> np.ndarray:
    """One column for each of KINDS, shape (STEPS, 6)."""
    rng = np.random.default_rng(20260101)
    noise = rng.normal(size=(STEPS, len(KINDS)))
    t = np.arange(STEPS)
    noise[:, 1] *= 1e-12
    noise[:, 2] *= 1e8
    noise[:, 3] *= rng.random(STEPS) < 0.04
    noise[:, 4] *= (t // 60) % 2 == 1  # dead at first, alive from step 61 on, dead again, …
    noise[:, 5] = (-1.0) ** t * (1 + 0.1 * noise[:, 5])
    return noise


GRADIENTS = np.tile(recorded_gradients(), 2)
# half of the coordinates start at 0, where the smallest step shows
START = np.concatenate([np.zeros(len(KINDS)), [1.5, -0.5, 1e6, 2.0, -3.0, 0.1]])
# a rate that falls, and at step 101 suddenly
FALLING = 0.1 / (1 + np.arange(STEPS) / 50) * np.where(np.arange(STEPS) < 100, 1.0, 0.25)


def torch_optimizer(name: str, p, h: dict):
    """The PyTorch optimizer that `name` stands for, with our hyper-parameters."""
    o = torch.optim
    eps, wd = {"eps": h.get("eps")}, {"weight_decay": h.get("weight_decay")}
    betas = {"betas": (h.get("beta1"), h.get("beta2"))}
    make = {
        "sgd": lambda: o.SGD(p),
        "momentum": lambda: o.SGD(p, momentum=h["beta"]),
        "nesterov": lambda: o.SGD(p, momentum=h["beta"], nesterov=True),
        "nesterov_lookahead": lambda: o.SGD(p, momentum=h["beta"], nesterov=True),
        "adagrad": lambda: o.Adagrad(p, **eps),
        "rmsprop": lambda: o.RMSprop(p, alpha=h["rho"], **eps),
        "rmsprop_momentum": lambda: o.RMSprop(p, alpha=h["rho"], momentum=h["beta"], **eps),
        "adadelta": lambda: o.Adadelta(p, rho=h["rho"], **eps),
        "adam": lambda: o.Adam(p, **betas, **eps),
        "adam_l2": lambda: o.Adam(p, **betas, **eps, **wd),
        "adamax": lambda: o.Adamax(p, **betas, **eps),
        "amsgrad": lambda: o.Adam(p, amsgrad=True, **betas, **eps),
        "nadam": lambda: o.NAdam(p, momentum_decay=h["momentum_decay"], **betas, **eps),
        "radam": lambda: o.RAdam(p, **betas, **eps),
        "adamw": lambda: o.AdamW(p, **betas, **eps, **wd),
    }
    return make[name]()


def torch_defaults(name: str) -> dict[str, float]:
    """PyTorch's defaults under our names, without what this course switches on (momentum, penalty)."""
    hyper = dict.fromkeys(("beta", "beta1", "beta2", "rho", "eps", "weight_decay", "momentum_decay"), 0.5)
    cls = type(torch_optimizer(name, [torch.nn.Parameter(torch.zeros(1))], hyper))
    given = cls([torch.nn.Parameter(torch.zeros(1))]).defaults
    given = given | dict(zip(("beta1", "beta2"), given.get("betas", ()), strict=False))
    given["rho"] = given.get("alpha", given.get("rho"))
    ours = ("lr", "beta1", "beta2", "rho", "eps", "momentum_decay", *(["weight_decay"] * (name == "adamw")))
    return {k: given[k] for k in ours if given.get(k) is not None}


# our letter -> PyTorch's name for it
TORCH_STATE = {
    "sgd": {},
    "momentum": {"v": "momentum_buffer"},
    "nesterov": {"v": "momentum_buffer"},
    "nesterov_lookahead": {"v": "momentum_buffer"},
    "adagrad": {"G": "sum"},
    "rmsprop": {"E": "square_avg"},
    "rmsprop_momentum": {"E": "square_avg", "b": "momentum_buffer"},
    "adadelta": {"E": "square_avg", "D": "acc_delta"},
    "adam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adam_l2": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamax": {"m": "exp_avg", "u": "exp_inf"},
    "amsgrad": {"m": "exp_avg", "v": "exp_avg_sq", "v_max": "max_exp_avg_sq"},
    "nadam": {"m": "exp_avg", "v": "exp_avg_sq", "p": "mu_product"},
    "radam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamw": {"m": "exp_avg", "v": "exp_avg_sq"},
}


def optax_optimizer(name: str, lr, h: dict):
    """The Optax optimizer with the same convention, or None."""
    eps = {"eps": h.get("eps")}
    b = {"b1": h.get("beta1"), "b2": h.get("beta2")}
    unfelt = h.get("eps") == NEGLIGIBLE
    constant = not callable(lr)  # Optax keeps the rate inside RMSProp's velocity
    make = {
        "sgd": lambda: optax.sgd(lr),
        "momentum": lambda: optax.sgd(lr, momentum=h["beta"]),
        "nesterov": lambda: optax.sgd(lr, momentum=h["beta"], nesterov=True),
        "adagrad": lambda: optax.adagrad(lr, initial_accumulator_value=0.0, **eps) if unfelt else None,
        "rmsprop": lambda: optax.rmsprop(lr, decay=h["rho"], eps_in_sqrt=False, **eps),
        "rmsprop_momentum": lambda: (
            optax.rmsprop(lr, decay=h["rho"], eps_in_sqrt=False, momentum=h["beta"], **eps) if constant else None
        ),
        "adadelta": lambda: optax.adadelta(lr, rho=h["rho"], **eps),
        "adam": lambda: optax.adam(lr, **b, **eps),
        "adam_l2": lambda: optax.chain(
            optax.add_decayed_weights(h["weight_decay"]),
            optax.scale_by_adam(**b, **eps),
            optax.scale_by_learning_rate(lr),
        ),
        "adamax": lambda: optax.adamax(lr, **b, **eps),
        "radam": lambda: optax.radam(lr, threshold=5.0, **b, **eps) if unfelt else None,
        "adamw": lambda: optax.adamw(lr, **b, **eps, weight_decay=h["weight_decay"]),
    }
    return make[name]() if name in make else None


def grid(**values) -> list[dict]:
    """Settings from columns of values: grid(lr=(1, 2), eps=(3, 4)) -> [{lr: 1, eps: 3}, {lr: 2, eps: 4}]."""
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


LR = (0.1, 1e-3, 3.0, "falling")  # "falling" stands for the schedule FALLING
BETA = (0.9, 0.99, 0.5, 0.9)
EPS = (1e-8, 1e-3, NEGLIGIBLE, 1e-8)
B1, B2 = (0.9, 0.99, 0.0, 0.9), (0.999, 0.9, 0.95, 0.999)
WD = (1e-2, 0.3, 1e-4, 0.1)
SETTINGS = {
    "sgd": grid(lr=LR),
    "momentum": grid(lr=LR, beta=BETA),
    "nesterov": grid(lr=LR, beta=BETA),
    "nesterov_lookahead": grid(lr=LR[:3], beta=BETA[:3]),  # its velocity holds the rate: constant rates only
    "adagrad": grid(lr=LR, eps=(1e-10, *EPS[1:])),
    "rmsprop": grid(lr=LR, rho=(0.99, 0.9, 0.5, 0.99), eps=EPS),
    "rmsprop_momentum": grid(lr=LR, rho=(0.99, 0.9, 0.5, 0.99), beta=BETA, eps=EPS),
    "adadelta": grid(lr=(1.0, 0.1, 3.0, "falling"), rho=(0.9, 0.95, 0.5, 0.9), eps=(1e-6, 1e-3, 1e-12, 1e-6)),
    "adam": grid(lr=LR, beta1=B1, beta2=B2, eps=EPS),
    # The penalty feeds x back: at lr 3 without an epsilon, PyTorch and Optax part from each other by 0.26.
    "adam_l2": grid(lr=LR, beta1=B1, beta2=B2, eps=(1e-8, 1e-3, 1e-3, 1e-8), weight_decay=WD),
    "adamax": grid(lr=LR, beta1=B1, beta2=B2, eps=EPS),
    "amsgrad": grid(lr=LR, beta1=B1, beta2=B2, eps=EPS),
    "nadam": grid(lr=LR, beta1=B1, beta2=B2, eps=EPS, momentum_decay=(4e-3, 1.0, 0.0, 4e-3)),
    "radam": grid(lr=LR, beta1=B1, beta2=(0.999, 0.9, 0.6, 0.99), eps=(*EPS[:3], NEGLIGIBLE)),
    "adamw": grid(lr=LR, beta1=B1, beta2=B2, eps=EPS, weight_decay=WD),
}


def run_torch(name: str, setting: dict) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """All points, shape (STEPS, d), and the state after the last step."""
    p = torch.nn.Parameter(torch.tensor(START))
    optimizer = torch_optimizer(name, [p], setting)
    points = []
    for t in range(STEPS):
        optimizer.param_groups[0]["lr"] = FALLING[t] if setting["lr"] == "falling" else setting["lr"]
        p.grad = torch.tensor(GRADIENTS[t])
        optimizer.step()
        points.append(p.detach().numpy().copy())
    state = {k: optimizer.state[p][v].numpy() * np.ones(len(START)) for k, v in TORCH_STATE[name].items()}
    return np.array(points), state


def run_optax(name: str, setting: dict) -> np.ndarray | None:
    """All points, shape (STEPS, d), or None if Optax does not have this convention."""
    falling = jax.numpy.array(FALLING)
    lr = (lambda count: falling[count]) if setting["lr"] == "falling" else setting["lr"]
    optimizer = optax_optimizer(name, lr, setting)
    if optimizer is None:
        return None

    def step(carry, g):
        x, state = carry
        updates, state = optimizer.update(g, state, x)
        x = optax.apply_updates(x, updates)
        return (x, state), x

    x = jax.numpy.array(START)
    return np.asarray(jax.lax.scan(step, (x, optimizer.init(x)), jax.numpy.array(GRADIENTS))[1])


def main() -> None:
    """Run everything and write reference.npz beside this file."""
    arrays = {"gradients": GRADIENTS, "start": START, "falling": FALLING, "kept": KEPT}
    for name, settings in SETTINGS.items():
        for i, setting in enumerate(settings):
            points, state = run_torch(name, setting)
            arrays[f"{name}/{i}/torch"] = points[KEPT - 1]
            arrays |= {f"{name}/{i}/state/{letter}": value for letter, value in state.items()}
            if (points := run_optax(name, setting)) is not None:
                arrays[f"{name}/{i}/optax"] = points[KEPT - 1]
    assert all(np.isfinite(a).all() for a in arrays.values())
    versions = {m.__name__: m.__version__.split("+")[0] for m in (torch, optax, jax, np)}
    about = {
        "versions": versions | {"python": platform.python_version()},
        "kinds": KINDS,
        "settings": SETTINGS,
        "torch defaults": {name: torch_defaults(name) for name in SETTINGS},
    }
    file = Path(__file__).with_name("reference.npz")
    np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
    print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB, {sum(map(len, SETTINGS.values()))} settings")


if __name__ == "__main__":
    main()
