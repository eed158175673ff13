"""The right rules of the Nesterov exercises, and wrong ones that people write, each with its answer."""

from optimlib.rule import rule


@rule
def as_printed(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - beta * last)
    m = beta * m + lr * g
    return x - m, m, g


@rule
def rate_put_in(x, grad, m, last, lr=0.1, beta=0.9):
    g = grad(x - lr * beta * last)
    m = beta * m + lr * g
    return x - m, m, g


@rule
def no_look(x, grad, m, last, lr=0.1, beta=0.9):
    m = beta * m + lr * grad(x)
    return x - m, m, last


@rule
def too_far(x, grad, m, last, lr=0.1, beta=0.9):
    m = beta * m + lr * grad(x - m)
    return x - m, m, last


@rule
def looks_back(x, grad, m, last, lr=0.1, beta=0.9):
    m = beta * m + lr * grad(x + beta * m)
    return x - m, m, last


@rule
def rate_twice(x, grad, m, last, lr=0.1, beta=0.9):
    m = beta * m + lr * grad(x - lr * beta * m)
    return x - m, m, last


@rule
def starts_there(x, grad, m, last, lr=0.1, beta=0.9):
    m = beta * m + lr * grad(x - beta * m)
    return x - beta * m, m, last


REPAIR_MISTAKES = (
    (
        rate_put_in,
        "the unit is right now, but it still looks ahead by one gradient only. The point is about to be moved by "
        "the whole velocity",
    ),
    (no_look, "without a look-ahead this is plain momentum"),
    (too_far, "that looks ahead by the whole last step. Only the share beta of it will be kept"),
    (looks_back, "the sign: x moves against m, so ahead is x - beta * m. Yours looks back"),
    (rate_twice, "m holds the rate already: with lr in front the look-ahead is far too short"),
    (starts_there, "the gradient is right, but the step has shrunk: x moves by the whole m, not by beta * m"),
)


STEP_BACK_MISTAKES = (
    (lambda y, v, lr, beta: y, "that is y itself, the look-ahead"),
    (
        lambda y, v, lr, beta: y - beta * lr * v,
        "the sign: y lies ahead of x, by minus beta * lr * v. To go back, add",
    ),
    (
        lambda y, v, lr, beta: y + lr * v,
        "that goes back a whole step. The look-ahead is only the share beta of it away",
    ),
    (lambda y, v, lr, beta: y + beta * v, "v is counted in gradients: times lr it becomes a step"),
    (lambda y, v, lr, beta: y + v, "v is counted in gradients, and the look-ahead is the share beta of a step away"),
    (
        lambda y, v, lr, beta: (y + beta * lr * v) / (1 + beta),
        "nothing has to be divided: y is x minus beta times the last step",
    ),
)


@rule
def dial(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g - brake * beta * lr * (g - last)
    return x + v, v, g


@rule
def no_brake(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g
    return x + v, v, g


@rule
def pushes(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g + brake * beta * lr * (g - last)
    return x + v, v, g


@rule
def no_beta(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g - brake * lr * (g - last)
    return x + v, v, g


@rule
def no_rate(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g - brake * beta * (g - last)
    return x + v, v, g


@rule
def forgets(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g - brake * beta * lr * (g - last)
    return x + v, v, last


@rule
def not_remembered(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v - lr * g
    return x + v - brake * beta * lr * (g - last), v, g


@rule
def uphill(x, g, v, last, lr=0.1, beta=0.9, brake=1.0):
    v = beta * v + lr * g + brake * beta * lr * (g - last)
    return x + v, v, g


DIAL_MISTAKES = (
    (no_brake, "brake has no effect: this is plain momentum"),
    (pushes, "the sign: where the slope rises ahead, yours pushes on. A brake is subtracted from the step"),
    (no_beta, "the brake lacks beta: with beta = 0 nothing is kept, and nothing is to be braked"),
    (no_rate, "the brake lacks lr: a change of the gradient is not a distance yet"),
    (forgets, "you return the old `last`, so it stays zero and the brake works against the whole gradient. Return g"),
    (
        not_remembered,
        "the brake shortens this step but not the one that is remembered: velocity comes back at full strength. Put "
        "the brake into v",
    ),
    (uphill, "the sign: x + v with this v walks uphill"),
)
