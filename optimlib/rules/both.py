"""Rules with both memories: a direction from gradients, a length from their squares. Adam."""

from __future__ import annotations

import numpy as np

from optimlib.rule import rule


@rule
def adam(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""A moving average of gradients gives the direction, one of their squares the length.

    Both start at 0 and are divided by the weight they have collected so far. The state is
    `m`, in units of the gradient, and `v`, in units of its square.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \\
        \hat m_t &= \frac{m_t}{1-\beta_1^t} \\
        \hat v_t &= \frac{v_t}{1-\beta_2^t} \\
        x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`, unit of x: about the most a coordinate moves in a step.
    beta1 : in [0, 1), default 0.9
        :math:`\beta_1`, no unit: what `m` keeps in a step.
    beta2 : in [0, 1), default 0.999
        :math:`\beta_2`, no unit: what `v` keeps in a step.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient: coordinates with smaller gradients take shorter steps.

    Notes
    -----
    PyTorch and Optax run the same with the same defaults; Optax has none for
    `lr`. Keras adds :math:`\hat\epsilon` = 1e-7 to
    :math:`\sqrt{v_t}` before the correction, which early on acts like the larger :math:`\epsilon =
    \hat\epsilon / \sqrt{1-\beta_2^t}`.

    Examples
    --------
    The first step is `lr` long, whatever the gradient:

    >>> r = adam(lr=0.1)
    >>> state, x = r.step(r.init([0.0, 0.0]), [0.0, 0.0], [1e-3, -1e3])
    >>> x.round(6)
    array([-0.099999,  0.1     ])

    References
    ----------
    Kingma & Ba 2015, ICLR, arXiv 1412.6980, Algorithm 1.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@rule
def adam_l2(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    r"""Adam on a loss with an L2 penalty: the decay joins the gradient, and is scaled with it.

    So weights with large gradients decay less. `adamw` keeps the two apart. The state is that of `adam`.

    .. math:: g_t \leftarrow g_t + \lambda x_t

    and then as in `adam`.

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`, unit of x.
    beta1 : in [0, 1), default 0.9
        :math:`\beta_1`, no unit: what `m` keeps in a step.
    beta2 : in [0, 1), default 0.999
        :math:`\beta_2`, no unit: what `v` keeps in a step.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient.
    weight_decay : in [0, ∞), default 1e-2
        :math:`\lambda` of the penalty :math:`\frac{\lambda}{2} \lVert x \rVert^2`, unit loss / x².

    Notes
    -----
    PyTorch's `Adam(weight_decay=λ)`, where the default is 0. In Optax put `add_decayed_weights` before
    `scale_by_adam`. A Keras penalty `l2(λ)` is :math:`\lambda \lVert x \rVert^2`: half the number is the same
    decay.

    Examples
    --------
    Without a gradient the penalty alone moves `x`, by a full `lr`:

    >>> r = adam_l2(lr=0.1, weight_decay=0.01)
    >>> state, x = r.step(r.init([2.0]), [2.0], [0.0])
    >>> x.round(6)
    array([1.9])

    References
    ----------
    Loshchilov & Hutter 2019, ICLR, arXiv 1711.05101, Algorithm 2, the pink part.
    """
    g = g + weight_decay * x
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@rule
def adamax(x, g, t, m, u, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam with a decaying maximum of gradients instead of the root of an average of squares.

    The maximum needs no correction: it forgets its start at once. The state is `m` and `u`, in units of the
    gradient.

    .. math::

        m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t \\
        u_t &= \max(\beta_2 u_{t-1},\, |g_t| + \epsilon) \\
        x_{t+1} &= x_t - \frac{\eta}{1-\beta_1^t}\, \frac{m_t}{u_t}

    Parameters
    ----------
    lr : in [0, ∞), default 2e-3
        Learning rate :math:`\eta`, unit of x: about the most a coordinate moves in a step.
    beta1 : in [0, 1), default 0.9
        :math:`\beta_1`, no unit: what `m` keeps in a step.
    beta2 : in [0, 1), default 0.999
        :math:`\beta_2`, no unit: what the maximum keeps in a step.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient: keeps a coordinate without gradient from dividing 0 by 0.

    Notes
    -----
    The paper has no :math:`\epsilon`. PyTorch and Optax add it to the gradient, as here; Keras adds 1e-7 to
    `u`. Default rate: PyTorch 2e-3 as in the paper, Keras 1e-3.

    Examples
    --------
    >>> r = adamax(lr=0.1)
    >>> state, x = r.step(r.init([0.0]), [0.0], [-4.0])
    >>> x.round(6)
    array([0.1])

    References
    ----------
    Kingma & Ba 2015, ICLR, arXiv 1412.6980, Algorithm 2.
    """
    m = beta1 * m + (1 - beta1) * g
    u = np.maximum(beta2 * u, np.abs(g) + eps)
    return x - lr / (1 - beta1**t) * m / u, m, u


@rule(start={"p": 1.0})
def nadam(x, g, t, m, v, p, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=4e-3):
    r"""Adam with Nesterov's momentum: the newest gradient counts once more, and the momentum warms up.

    The state is that of `adam` and the product `p` of all momenta so far, which starts at 1.

    .. math::

        & m_t,\ \hat v_t \text{ as in Adam} \\
        \mu_t &= \beta_1 \left(1 - \tfrac12\, 0.96^{t\psi}\right) \\
        p_t &= \mu_t\, p_{t-1} \\
        \bar m_t &= \frac{\mu_{t+1}\, m_t}{1 - p_{t+1}} + \frac{(1-\mu_t)\, g_t}{1 - p_t} \\
        x_{t+1} &= x_t - \eta\, \frac{\bar m_t}{\sqrt{\hat v_t} + \epsilon}

    Parameters
    ----------
    lr : in [0, ∞), default 2e-3
        Learning rate :math:`\eta`, unit of x.
    beta1 : in [0, 1), default 0.9
        :math:`\beta_1`, no unit: what `m` keeps in a step, and the momentum that :math:`\mu_t` tends to.
    beta2 : in [0, 1), default 0.999
        :math:`\beta_2`, no unit: what `v` keeps in a step.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient.
    momentum_decay : in [0, ∞), default 4e-3
        :math:`\psi`, no unit: how fast :math:`\mu_t` rises from :math:`\beta_1/2`. At the default it needs
        thousands of steps.

    Notes
    -----
    This is PyTorch's form, except that PyTorch keeps `p` in 32 bits unless its default type has 64. Keras is
    the same with :math:`\psi = 1` and `lr=1e-3`. Dozat averages `m` with :math:`\mu_t` as well. Optax keeps
    :math:`\mu_t = \beta_1`.

    Examples
    --------
    >>> r = nadam(lr=0.1)
    >>> state, x = r.step(r.init([0.0]), [0.0], [3.0])
    >>> state["p"].round(6), x.round(6)
    (array([0.450073]), array([-0.105645]))

    References
    ----------
    Dozat 2016, ICLR workshop, Incorporating Nesterov Momentum into Adam.
    """
    mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    p = p * mu
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_bar = mu_next * m / (1 - p * mu_next) + (1 - mu) * g / (1 - p)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_bar / (np.sqrt(v_hat) + eps), m, v, p
