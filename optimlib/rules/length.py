"""Rules that set the length: a memory of squared gradients gives each coordinate its own."""

from __future__ import annotations

import numpy as np

from optimlib.rule import rule


@rule
def adagrad(x, g, G, lr=1e-2, eps=1e-10):
    r"""Each coordinate divides its step by the root of all its squared gradients so far.

    Rare coordinates keep long steps, frequent ones get short ones, and all shrink for ever. The state is the
    sum `G`, in units of the gradient squared.

    .. math::

        G_t &= G_{t-1} + g_t^2 \\
        x_{t+1} &= x_t - \eta\, \frac{g_t}{\sqrt{G_t} + \epsilon}

    Parameters
    ----------
    lr : in [0, ∞), default 1e-2
        Learning rate :math:`\eta`, unit of x: the length of the first step in every coordinate.
    eps : in [0, ∞), default 1e-10
        :math:`\epsilon`, unit of the gradient: keeps a coordinate without gradient from dividing 0 by 0.

    Notes
    -----
    PyTorch and the paper add :math:`\epsilon` outside the root and start at :math:`G_0 = 0`. Keras and Optax
    add it inside the root (1e-7) and start at :math:`G_0 = 0.1`. Default rate: PyTorch 1e-2, Keras 1e-3,
    Optax none.

    Examples
    --------
    Gradients a million times apart, the same first step:

    >>> r = adagrad(lr=0.1)
    >>> state, x = r.step(r.init([0.0, 0.0]), [0.0, 0.0], [1e-3, 1e3])
    >>> x.round(6)
    array([-0.1, -0.1])

    References
    ----------
    Duchi, Hazan & Singer 2011, JMLR 12:2121, Figure 1.
    """
    G = G + g**2
    return x - lr * g / (np.sqrt(G) + eps), G


@rule
def rmsprop(x, g, E, lr=1e-2, rho=0.99, eps=1e-8):
    r"""AdaGrad with a memory that fades: divide by the root of a moving average of squared gradients.

    Steps no longer shrink for ever. The state is the average `E`, in units of the gradient squared.

    .. math::

        E_t &= \rho E_{t-1} + (1-\rho)\, g_t^2 \\
        x_{t+1} &= x_t - \eta\, \frac{g_t}{\sqrt{E_t} + \epsilon}

    Parameters
    ----------
    lr : in [0, ∞), default 1e-2
        Learning rate :math:`\eta`, unit of x: the length of a step when gradients keep their size.
    rho : in [0, 1), default 0.99
        :math:`\rho`, no unit: what the average keeps in a step. PyTorch calls it `alpha`.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient: matters once gradients are as small.

    Notes
    -----
    The average starts at 0 and is not corrected: the first step has length :math:`\eta/\sqrt{1-\rho}`, ten
    times `lr` at the default. Hinton and Keras use :math:`\rho = 0.9`, Keras `lr=1e-3`. :math:`\epsilon`
    stands outside the root in PyTorch, inside in Keras (1e-7) and, unless `eps_in_sqrt=False`, in Optax.

    Examples
    --------
    >>> r = rmsprop(lr=0.01)
    >>> state, x = r.step(r.init([0.0]), [0.0], [5.0])
    >>> x.round(6)
    array([-0.1])

    References
    ----------
    Tieleman & Hinton 2012, Coursera: Neural Networks for Machine Learning, lecture 6.
    """
    E = rho * E + (1 - rho) * g**2
    return x - lr * g / (np.sqrt(E) + eps), E


@rule
def rmsprop_momentum(x, g, E, b, lr=1e-2, rho=0.99, beta=0.9, eps=1e-8):
    r"""RMSProp, then momentum on what it has scaled.

    Adam does it the other way round: it averages gradients first and scales afterwards. The state is the
    average `E`, in units of the gradient squared, and the velocity `b`, without unit.

    .. math::

        E_t &= \rho E_{t-1} + (1-\rho)\, g_t^2 \\
        b_t &= \beta b_{t-1} + \frac{g_t}{\sqrt{E_t} + \epsilon} \\
        x_{t+1} &= x_t - \eta\, b_t

    Parameters
    ----------
    lr : in [0, ∞), default 1e-2
        Learning rate :math:`\eta`, unit of x.
    rho : in [0, 1), default 0.99
        :math:`\rho`, no unit: what the average of squares keeps in a step. PyTorch calls it `alpha`.
    beta : in [0, 1), default 0.9
        Momentum :math:`\beta`, no unit. 0 is `rmsprop`; that is PyTorch's default.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient.

    Notes
    -----
    PyTorch's `RMSprop(momentum=beta)`. Keras and Optax keep the rate inside `b`: the same path as long as the
    rate is constant. For the place of :math:`\epsilon` see
    `rmsprop`. Graves also subtracts the squared mean of the gradients from `E` (`centered=True` in the
    libraries), which this book leaves out.

    Examples
    --------
    >>> r = rmsprop_momentum(lr=0.01, beta=0.5)
    >>> state, x = r.step(r.init([0.0]), [0.0], [5.0])
    >>> state["b"].round(6), x.round(6)
    (array([10.]), array([-0.1]))

    References
    ----------
    Graves 2013, arXiv 1308.0850, Eqs. (38)–(41).
    """
    E = rho * E + (1 - rho) * g**2
    b = beta * b + g / (np.sqrt(E) + eps)
    return x - lr * b, E, b


@rule
def adadelta(x, g, E, D, lr=1.0, rho=0.9, eps=1e-6):
    r"""RMSProp whose learning rate is measured: the root of an average of its own squared steps.

    So numerator and denominator carry units that leave a step in units of `x`. The state is the average `E`
    of squared gradients and the average `D` of squared steps.

    .. math::

        E_t &= \rho E_{t-1} + (1-\rho)\, g_t^2 \\
        \Delta_t &= \frac{\sqrt{D_{t-1} + \epsilon}}{\sqrt{E_t + \epsilon}}\, g_t \\
        D_t &= \rho D_{t-1} + (1-\rho)\, \Delta_t^2 \\
        x_{t+1} &= x_t - \eta\, \Delta_t

    Parameters
    ----------
    lr : in [0, ∞), default 1.0
        Factor :math:`\eta` on the step, no unit. The paper has none, which is 1.
    rho : in [0, 1), default 0.9
        :math:`\rho`, no unit: what both averages keep in a step. The paper uses 0.95.
    eps : in [0, ∞), default 1e-6
        :math:`\epsilon`, inside both roots. It sets the size of the first steps, so it is a learning rate
        after all.

    Notes
    -----
    PyTorch and Optax: `lr` 1, :math:`\rho` 0.9, :math:`\epsilon` 1e-6. Keras: `lr` **0.001**, :math:`\rho`
    0.95, :math:`\epsilon` 1e-7; set `lr` to 1 there for the paper's rule.

    Examples
    --------
    The first step is :math:`\sqrt{\epsilon/(1-\rho)}` whatever the gradient:

    >>> r = adadelta()
    >>> state, x = r.step(r.init([0.0, 0.0]), [0.0, 0.0], [1.0, 1000.0])
    >>> x.round(6)
    array([-0.003162, -0.003162])

    References
    ----------
    Zeiler 2012, arXiv 1212.5701, Algorithm 1.
    """
    E = rho * E + (1 - rho) * g**2
    dx = np.sqrt(D + eps) / np.sqrt(E + eps) * g
    D = rho * D + (1 - rho) * dx**2
    return x - lr * dx, E, D
