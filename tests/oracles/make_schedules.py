"""Run PyTorch's learning-rate schedulers and store the rates that its optimizer used: `schedules.json`.

    python -m venv venv && venv/bin/python -m pip install -r tests/oracles/requirements.txt
    venv/bin/python tests/oracles/make_schedules.py

Nothing of optimlib is used here. An entry holds our name and fields, what of PyTorch was run, and the rates.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as torch_schedules

STEPS = 60
LR = 0.3

# our name, our fields, PyTorch's class, its arguments, the rate the optimizer is made with
CASES = [
    ("constant", {"lr": LR}, "ConstantLR", {"factor": 1.0}, LR),
    ("step", {"lr": LR, "every": 7, "factor": 0.5}, "StepLR", {"step_size": 7, "gamma": 0.5}, LR),
    ("multi_step", {"lr": LR, "milestones": [5, 6, 30]}, "MultiStepLR", {"milestones": [5, 6, 30]}, LR),
    ("exponential", {"lr": LR, "rate": -math.log(0.9)}, "ExponentialLR", {"gamma": 0.9}, LR),
    ("polynomial", {"lr": LR, "steps": 40, "power": 2}, "PolynomialLR", {"total_iters": 40, "power": 2}, LR),
    ("cosine", {"lr": LR, "steps": 59, "end": 0.01}, "CosineAnnealingLR", {"T_max": 59, "eta_min": 0.01}, LR),
    ("cosine_restarts", {"lr": LR, "steps": 9}, "CosineAnnealingWarmRestarts", {"T_0": 9}, LR),
    (
        "cosine_restarts",
        {"lr": LR, "steps": 7, "stretch": 2, "end": 0.02},
        "CosineAnnealingWarmRestarts",
        {"T_0": 7, "T_mult": 2, "eta_min": 0.02},
        LR,
    ),
    (
        "triangular",
        {"lr": LR, "low": 0.1, "half": 8},
        "CyclicLR",
        {"base_lr": 0.1, "max_lr": LR, "step_size_up": 8, "cycle_momentum": False},
        LR,
    ),
    ("one_cycle", {"lr": LR, "steps": STEPS}, "OneCycleLR", {"max_lr": LR, "total_steps": STEPS}, LR),
    (
        "one_cycle",
        {"lr": LR, "steps": 64, "rise": 0.45, "div": 10, "final_div": 100},
        "OneCycleLR",
        {"max_lr": LR, "total_steps": 64, "pct_start": 0.45, "div_factor": 10, "final_div_factor": 100},
        LR,
    ),
    (
        "linear_warmup",
        {"lr": LR, "steps": 20},
        "LinearLR",
        {"start_factor": 1 / 20, "total_iters": 19},
        LR,
    ),
]
LOSSES = [5, 4, 4, 4, 3, 3, 3, 3, 3.5, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1]


def rates(name: str, arguments: dict, lr: float) -> list[float]:
    """The rate that each of the first STEPS steps used."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = getattr(torch_schedules, name)(optimizer, **arguments)
    used = []
    for _ in range(STEPS):
        used.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return used


def plateau(patience: int, floor: float) -> list[float]:
    """The rate after each loss has been reported; PyTorch waits for patience + 1 of them."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    scheduler = torch_schedules.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience - 1, threshold=0.0, min_lr=floor, eps=0.0
    )
    after = []
    for loss in LOSSES:
        scheduler.step(loss)
        after.append(float(optimizer.param_groups[0]["lr"]))
    return after


def main() -> None:
    warnings.simplefilter("ignore")  # PyTorch's own, on steps without gradients
    entries = [
        {"schedule": ours, "fields": fields, "torch": theirs, "rates": rates(theirs, arguments, lr)}
        for ours, fields, theirs, arguments, lr in CASES
    ]
    told = {"patience": 2, "floor": 0.02, "lr": LR, "losses": LOSSES, "rates": plateau(2, 0.02)}
    out = {"torch": torch.__version__, "schedules": entries, "plateau": told}
    path = Path(__file__).parent / "schedules.json"
    path.write_text(json.dumps(out, indent=None, separators=(",", ":")).replace('{"sched', '\n{"sched') + "\n")


if __name__ == "__main__":
    main()
