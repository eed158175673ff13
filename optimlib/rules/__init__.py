"""Every optimizer of the book, as the equations of its paper.

A step is a direction times a length. In `direction` a memory of gradients improves the direction; in `length`
a memory of squared gradients sets the length; in `both` the two come together, in Adam; `repairs` mends what
memory breaks.

Conventions are those of PyTorch 2.13 unless a docstring says otherwise. Arrays are `(d, *batch)`: coordinates
first. `x` is the point, `g` the gradient there, `t` the step (the first is 1).
"""

from __future__ import annotations

from optimlib.rule import Rule
from optimlib.rules.both import adam, adam_l2, adamax, nadam
from optimlib.rules.direction import momentum, nesterov, nesterov_lookahead, sgd
from optimlib.rules.length import adadelta, adagrad, rmsprop, rmsprop_momentum
from optimlib.rules.repairs import adamw, amsgrad, radam

__all__ = [
    "RULES", "adadelta", "adagrad", "adam", "adam_l2", "adamax", "adamw", "amsgrad", "momentum", "nadam",
    "nesterov", "nesterov_lookahead", "radam", "rmsprop", "rmsprop_momentum", "sgd",
]  # fmt: skip

# The table that the race, the API reference, the oracle test and the browser read, in teaching order.
RULES: dict[str, type[Rule]] = {
    r.name: r
    for r in (
        sgd, momentum, nesterov, nesterov_lookahead, adagrad, rmsprop, rmsprop_momentum, adadelta, adam,
        adam_l2, adamax, amsgrad, nadam, radam, adamw,
    )
}  # fmt: skip
