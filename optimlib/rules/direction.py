"""Rules that improve the direction: a memory of gradients. The length stays yours."""

from __future__ import annotations

from optimlib.rule import rule


@rule
def sgd(x, g, lr=1e-3):
    r"""Gradient descent: a step against the gradient, its length set by you.

    .. math:: x_{t+1} = x_t - \eta\, g_t

    It is called stochastic when :math:`g_t` comes from a part of the data. The rule is the same.

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`. Its unit is that of x² / loss: on a quadratic it must stay below 2 divided
        by the largest curvature, and a loss in other units wants another one.

    Notes
    -----
    Default: PyTorch 1e-3, Keras 1e-2, Optax none.

    Examples
    --------
    >>> r = sgd(lr=0.5)
    >>> state, x = r.step(r.init([2.0, 0.0]), [2.0, 0.0], g=[1.0, -3.0])
    >>> x
    array([1.5, 1.5])

    References
    ----------
    Cauchy 1847, Comptes Rendus 25:536. Robbins & Monro 1951, Ann. Math. Stat. 22:400.
    """
    return x - lr * g


@rule
def momentum(x, g, v, lr=1e-3, beta=0.9):
    r"""Heavy ball: the step follows a decaying sum of all gradients so far.

    Where gradients agree, steps grow up to :math:`1/(1-\beta)` times; where they alternate, they cancel. The
    state is the velocity `v`, in units of the gradient.

    .. math::

        v_t &= \beta v_{t-1} + g_t \\
        x_{t+1} &= x_t - \eta\, v_t

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`, unit x² / loss. At equal `lr` a momentum of 0.9 takes steps ten times as
        long.
    beta : in [0, 1), default 0.9
        Momentum :math:`\beta`, no unit: how much of the velocity outlives a step. 0 is gradient descent.

    Notes
    -----
    This is PyTorch's form (`torch.optim.SGD(momentum=beta)`) and Optax's (`optax.sgd(momentum=beta)`). Polyak
    wrote :math:`x_{t+1} = x_t - \eta g_t + \beta(x_t - x_{t-1})`. Sutskever, Caffe and Keras keep the rate
    inside: :math:`v \leftarrow \beta v - \eta g,\ x \leftarrow x + v`. Adam's first moment scales the
    gradient by :math:`1-\beta`. At a constant rate all take the same path, the last at
    :math:`\eta/(1-\beta)`. When the rate changes they part: outside the velocity a new rate acts at once,
    inside it after about :math:`1/(1-\beta)` steps.

    Examples
    --------
    >>> r = momentum(lr=0.1, beta=0.9)
    >>> state, x = r.init([1.0]), [1.0]
    >>> for g in (1.0, 1.0):
    ...     state, x = r.step(state, x, [g])
    >>> state["v"], x
    (array([1.9]), array([0.71]))

    References
    ----------
    Polyak 1964, USSR Comput. Math. Math. Phys. 4(5):1. Sutskever, Martens, Dahl & Hinton 2013, ICML, Eqs.
    (1)–(2).
    """
    v = beta * v + g
    return x - lr * v, v


@rule
def nesterov(x, g, v, lr=1e-3, beta=0.9):
    r"""Nesterov's momentum as libraries run it: the gradient counts once more than in `momentum`.

    Here `x` is the look-ahead point of `nesterov_lookahead`. So an ordinary gradient at
    `x` is enough. The state is the velocity `v`, in units of the gradient.

    .. math::

        v_t &= \beta v_{t-1} + g_t \\
        x_{t+1} &= x_t - \eta\,(g_t + \beta v_t)

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`, unit x² / loss.
    beta : in [0, 1), default 0.9
        Momentum :math:`\beta`, no unit. 0 is gradient descent.

    Notes
    -----
    The same as `torch.optim.SGD(momentum=beta, nesterov=True)` and `optax.sgd(momentum=beta, nesterov=True)`.
    Keras keeps the rate inside the velocity: the same path as long as the rate is constant.

    Examples
    --------
    The first step is :math:`1 + \beta` times that of gradient descent:

    >>> r = nesterov(lr=0.1, beta=0.9)
    >>> state, x = r.step(r.init([1.0]), [1.0], [1.0])
    >>> x
    array([0.81])

    References
    ----------
    Nesterov 1983, Soviet Math. Doklady 27:372. This form: Bengio, Boulanger-Lewandowski & Pascanu 2013,
    ICASSP, section 3.5.
    """
    v = beta * v + g
    return x - lr * (g + beta * v), v


@rule
def nesterov_lookahead(x, grad, v, lr=1e-3, beta=0.9):
    r"""Nesterov's momentum as it is drawn: go where the velocity leads, take the gradient there, correct.

    It asks for a gradient at a point of its own choice: `r.step(state, x, grad=f)`. The state is the velocity
    `v`, in units of `x`.

    .. math::

        v_t &= \beta v_{t-1} + \eta\, \nabla f(x_t - \beta v_{t-1}) \\
        x_{t+1} &= x_t - v_t

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`, unit x² / loss; inside the velocity.
    beta : in [0, 1), default 0.9
        Momentum :math:`\beta`, no unit. 0 is gradient descent.

    Notes
    -----
    No library runs this form. With :math:`y_t = x_t - \beta v_{t-1}` it becomes the one of
    `nesterov`, whose `x` is this :math:`y` and whose `v` is this one divided by :math:`\eta`. Sutskever
    writes :math:`-v` for `v`.

    Examples
    --------
    >>> r = nesterov_lookahead(lr=0.1, beta=0.9)
    >>> state, x = r.init([1.0]), [1.0]
    >>> for _ in range(2):
    ...     state, x = r.step(state, x, grad=lambda p: p)
    >>> x
    array([0.729])

    References
    ----------
    Nesterov 1983, Soviet Math. Doklady 27:372. Sutskever, Martens, Dahl & Hinton 2013, ICML, Eqs. (3)–(4).
    """
    v = beta * v + lr * grad(x - beta * v)
    return x - v, v
