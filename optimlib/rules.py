"""Every optimizer of the book, as the equations of its paper.

Conventions are those of PyTorch 2.13 unless a docstring says otherwise. Arrays are `(d, *batch)`: coordinates
first. `x` is the point, `g` the gradient there, `t` the step (the first is 1).
"""

from __future__ import annotations

import numpy as np

from optimlib.rule import Rule, rule

__all__ = [
    "RULES", "adadelta", "adagrad", "adam", "adam_l2", "adamax", "adamw", "amsgrad", "momentum", "nadam",
    "nesterov", "nesterov_lookahead", "radam", "rmsprop", "rmsprop_momentum", "sgd",
]  # fmt: skip


@rule
def sgd(x, g, lr=1e-3):
    return x - lr * g


@rule
def momentum(x, g, v, lr=1e-3, beta=0.9):
    v = beta * v + g
    return x - lr * v, v


@rule
def nesterov(x, g, v, lr=1e-3, beta=0.9):
    v = beta * v + g
    return x - lr * (g + beta * v), v


@rule
def nesterov_lookahead(x, grad, v, lr=1e-3, beta=0.9):
    v = beta * v + lr * grad(x - beta * v)
    return x - v, v


@rule
def adagrad(x, g, G, lr=1e-2, eps=1e-10):
    G = G + g**2
    return x - lr * g / (np.sqrt(G) + eps), G


@rule
def rmsprop(x, g, E, lr=1e-2, rho=0.99, eps=1e-8):
    E = rho * E + (1 - rho) * g**2
    return x - lr * g / (np.sqrt(E) + eps), E


@rule
def rmsprop_momentum(x, g, E, b, lr=1e-2, rho=0.99, beta=0.9, eps=1e-8):
    E = rho * E + (1 - rho) * g**2
    b = beta * b + g / (np.sqrt(E) + eps)
    return x - lr * b, E, b


@rule
def adadelta(x, g, E, D, lr=1.0, rho=0.9, eps=1e-6):
    E = rho * E + (1 - rho) * g**2
    dx = np.sqrt(D + eps) / np.sqrt(E + eps) * g
    D = rho * D + (1 - rho) * dx**2
    return x - lr * dx, E, D


@rule
def adam(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@rule
def adam_l2(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    g = g + weight_decay * x
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@rule
def adamax(x, g, t, m, u, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, np.abs(g) + eps)
    return x - lr / (1 - beta1**t) * m / u, m, u


@rule
def amsgrad(x, g, t, m, v, v_max, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, v_max


@rule(start={"p": 1.0})
def nadam(x, g, t, m, v, p, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=4e-3):
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    p = p * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_bar = mu_next * m / (1 - p * mu_next) + (1 - mu) * g / (1 - p)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_bar / (np.sqrt(v_hat) + eps), m, v, p


@rule
def radam(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    rho_max = 2 / (1 - beta2) - 1
    rho = rho_max - 2 * t * beta2**t / (1 - beta2**t)
    scale = _rectifier(rho, rho_max) * np.sqrt(1 - beta2**t) / (np.sqrt(v) + eps)
    return x - lr * m_hat * np.where(rho > 5, scale, 1.0), m, v


def _rectifier(rho, rho_max):
    """RAdam's r_t; below rho = 5, where it is not used, kept away from roots of negative numbers and 0/0."""
    rho, top = np.maximum(rho, 5.0), np.maximum(rho_max, 5.0)
    return np.sqrt((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho))


@rule
def adamw(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    x = (1 - lr * weight_decay) * x
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


# The table that the race, the API reference, the oracle test and the browser read, in teaching order.
RULES: dict[str, type[Rule]] = {
    r.name: r
    for r in (
        sgd, momentum, nesterov, nesterov_lookahead, adagrad, rmsprop, rmsprop_momentum, adadelta, adam,
        adam_l2, adamax, amsgrad, nadam, radam, adamw,
    )
}  # fmt: skip
