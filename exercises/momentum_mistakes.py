"""The right rules of the momentum exercises, and wrong ones that people write, each with its answer."""

import numpy as np

from optimlib.rule import rule


@rule
def honest(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v / (1 - beta**t), v


@rule
def plain_sum(x, g, v, lr=0.1, beta=0.9):
    v = beta * v + g
    return x - lr * v, v


@rule
def cold(x, g, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v, v


@rule
def corrected_sum(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + g
    return x - lr * v / (1 - beta**t), v


@rule
def stored(x, g, t, v, lr=0.1, beta=0.9):
    v = (beta * v + (1 - beta) * g) / (1 - beta**t)
    return x - lr * v, v


@rule
def late(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v / (1 - beta ** (t + 1)), v


@rule
def early(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v / (1 - beta ** (t - 1)), v


@rule
def wrong_factor(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x - lr * v * (1 - beta**t), v


@rule
def swapped(x, g, t, v, lr=0.1, beta=0.9):
    v = (1 - beta) * v + beta * g
    return x - lr * v / (1 - beta**t), v


@rule
def squared_lr(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * lr * g
    return x - lr * v / (1 - beta**t), v


@rule
def uphill_walk(x, g, t, v, lr=0.1, beta=0.9):
    v = beta * v + (1 - beta) * g
    return x + lr * v / (1 - beta**t), v


HONEST_MISTAKES = (
    (
        plain_sum,
        "this is the plain sum of gradients. For an average, the new gradient enters with weight 1 - beta",
    ),
    (
        cold,
        "the average is there, the start is not: your first step is only 1 - beta of what it should "
        "be. The weights at step t add up to 1 - beta**t; divide what you read by that",
    ),
    (
        corrected_sum,
        "the correction is there, but the new gradient enters with weight 1: all steps are 1/(1 - "
        "beta) times too long. Give it weight 1 - beta",
    ),
    (
        stored,
        "you stored the corrected velocity, so the next step corrects it again, and it runs away. "
        "Keep v as it is and correct only what you subtract from x",
    ),
    (
        late,
        "off by one: the first step is t = 1, and after it the weights add up to 1 - beta**1, not beta**2",
    ),
    (
        early,
        "off by one: t is 1 at the first step, so beta**(t - 1) is 1 and you divide by zero",
    ),
    (
        wrong_factor,
        "the correction shrinks the early steps further: divide by 1 - beta**t instead of multiplying",
    ),
    (
        swapped,
        "beta and 1 - beta have changed places: yours keeps a tenth of the past instead of nine tenths",
    ),
    (
        squared_lr,
        "lr stands in the velocity and again in the step, so you walk with lr squared. Once is enough",
    ),
    (
        uphill_walk,
        "the sign: yours walks uphill. The step is minus lr times the velocity",
    ),
)


BETA_MISTAKES = (
    (
        np.sqrt,
        "you returned the square root of beta. The distance shrinks by √beta per step; the loss is "
        "its square and shrinks by beta",
    ),
    (
        np.square,
        "you returned beta squared: the loss is already quadratic in the distance, do not square again",
    ),
    (
        lambda b: 1 - b,
        "you returned 1 - beta, the part that is forgotten per step",
    ),
    (
        np.log,
        "you returned the slope of the logarithm: take exp of it",
    ),
    (
        lambda b: -np.log(b),
        "you returned a decay rate, -log(beta): take exp of minus it",
    ),
    (
        lambda b: 1 / (1 - b),
        "you returned 1/(1 - beta), the length of the memory in steps",
    ),
)


@rule
def restart(x, g, v, lr=0.1, beta=0.9):
    v = np.where(sum(g * v) < 0, 0, v)
    v = beta * v + g
    return x - lr * v, v


@rule
def each_coordinate(x, g, v, lr=0.1, beta=0.9):
    v = beta * np.where(g * v < 0, 0, v) + g
    return x - lr * v, v


@rule
def wrong_way_round(x, g, v, lr=0.1, beta=0.9):
    v = beta * np.where(sum(g * v) > 0, 0, v) + g
    return x - lr * v, v


@rule
def stands_still(x, g, v, lr=0.1, beta=0.9):
    v = np.where(sum(g * v) < 0, 0, beta * v + g)
    return x - lr * v, v


@rule
def asks_late(x, g, v, lr=0.1, beta=0.9):
    new = beta * v + g
    v = np.where(sum(g * new) < 0, g, new)
    return x - lr * v, v


@rule
def keeps_old(x, g, v, lr=0.1, beta=0.9):
    new = beta * v + g
    kept = np.where(sum(g * v) < 0, g, new)
    return x - lr * kept, new


@rule
def turns_back(x, g, v, lr=0.1, beta=0.9):
    v = beta * np.where(sum(g * v) < 0, -v, v) + g
    return x - lr * v, v


@rule
def wrong_sign(x, g, v, lr=0.1, beta=0.9):
    v = beta * np.where(sum(g * v) < 0, 0, v) + g
    return x + lr * v, v


RESTART_MISTAKES = (
    (
        plain_sum,
        "this is plain momentum: it never forgets. Set v to zero where sum(g * v) < 0",
    ),
    (
        each_coordinate,
        "you ask each coordinate on its own. The question is whether the step as a whole goes uphill: "
        "add the products up first, sum(g * v)",
    ),
    (
        wrong_way_round,
        "the wrong way round: x moves against v, so v points downhill when sum(g * v) > 0, and that "
        "is when memory helps. Forget when it is negative",
    ),
    (
        stands_still,
        "on a restart you throw away today's gradient too, and the step has length zero. Forget the "
        "old velocity, then add g",
    ),
    (
        asks_late,
        "you ask after g has joined the velocity, when it mostly agrees with itself. Ask about the "
        "velocity that brought you here",
    ),
    (
        keeps_old,
        "the step restarts, but the state you return still holds the old velocity. Return the new one",
    ),
    (
        turns_back,
        "you turned the velocity round instead of forgetting it: now it pushes back the way you came",
    ),
    (
        wrong_sign,
        "the sign: x moves against the velocity, x - lr * v",
    ),
)
