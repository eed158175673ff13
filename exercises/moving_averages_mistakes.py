"""Wrong answers that people write in the moving-average exercises, each with what it is told."""

import numpy as np

from optimlib import averages


def _stored(x, beta):
    v, out = 0.0, []
    for t, value in enumerate(x, 1):
        v = (beta * v + (1 - beta) * value) / (1 - beta**t)
        out.append(v)
    return out


def _from_first(x, beta):
    v, out = x[0], []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v)
    return out


def _divided(power):
    """The plain average, divided by one minus beta to a power that may be off by one."""

    def wrong(x, beta):
        t = np.arange(1, len(x) + 1)
        return averages.ewma(x, beta) / (1 - beta ** power(t))

    return wrong


def _swapped(x, beta):
    return averages.ewma(x, 1 - beta, correct=True)


def _plain_mean(x, beta):
    return np.cumsum(x) / np.arange(1, len(x) + 1)


REPAIR_MISTAKES = [
    (_stored, "this is the printed form: the corrected value is stored, and corrected again at the next step"),
    (
        lambda x, beta: averages.ewma(x, beta),
        "it no longer runs away, but it starts too small: the zero before the first value is in it",
    ),
    (
        _from_first,
        "starting at the first value hides the zero, but the first value then weighs beta^(t-1) for ever, "
        "many times what its age deserves",
    ),
    (_divided(lambda t: t - 1), "off by one: after the first value the weight is 1 - beta, so t is 1 there"),
    (_divided(lambda t: t + 1), "off by one: after the first value the weight is 1 - beta, so t is 1 there"),
    (
        _divided(lambda t: np.ones_like(t)),
        "you divide by 1 - beta at every step: that makes a sum, not an average. The weight so far is 1 - beta^t",
    ),
    (
        lambda x, beta: averages.ewma(x, beta) * (1 - beta ** np.arange(1, len(x) + 1)),
        "you multiply by the weight collected so far; divide by it",
    ),
    (_swapped, "beta and 1 - beta have changed places: beta is the share that is kept"),
    (
        _plain_mean,
        "this is the plain mean of everything so far: it never forgets, and beta does not matter",
    ),
    (lambda x, beta: x, "this is the series itself, without any average"),
]


def _previous(v, first=0.0):
    return np.concatenate([[first], v[:-1]])


UNSMOOTH_MISTAKES = [
    (lambda v, beta: v, "this is the average itself"),
    (lambda v, beta: v - beta * _previous(v), "the new value came in with the weight 1 - beta: divide by it"),
    (
        lambda v, beta: (v - beta * _previous(v, v[0])) / (1 - beta),
        "all but the first value are right: before the first value the average was 0, not v[0]",
    ),
    (
        lambda v, beta: (v - (1 - beta) * _previous(v)) / beta,
        "beta and 1 - beta have changed places: beta is the share of the old average",
    ),
    (lambda v, beta: (v - _previous(v)) / (1 - beta), "from the new average take away beta times the old one"),
    (
        lambda v, beta: v / (1 - beta ** np.arange(1, len(v) + 1)),
        "you corrected the start; the task is to get the series back",
    ),
    (
        lambda v, beta: _previous(v) + (v - _previous(v)) / (1 - beta) * beta,
        "the step of the average is (1 - beta) times the way to the new value; you have one beta too many",
    ),
]
