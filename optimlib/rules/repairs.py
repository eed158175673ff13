"""What memory breaks in Adam, repaired: AMSGrad, RAdam, AdamW."""

from __future__ import annotations

import numpy as np

from optimlib.rule import rule


@rule
def amsgrad(x, g, t, m, v, v_max, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam whose denominator never falls: it divides by the largest average of squares so far.

    That mends the cases where Adam forgets a rare large gradient and walks away from the minimum. The state
    is that of `adam` and the maximum `v_max`.

    .. math::

        & m_t,\ v_t \text{ as in Adam} \\
        v^{\max}_t &= \max(v^{\max}_{t-1},\, v_t) \\
        \hat m_t &= \frac{m_t}{1-\beta_1^t} \\
        \hat v_t &= \frac{v^{\max}_t}{1-\beta_2^t} \\
        x_{t+1} &= x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}

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

    Notes
    -----
    The paper corrects neither average and has no :math:`\epsilon`; its rate falls like :math:`1/\sqrt t`.
    PyTorch and Keras correct after the maximum, as here. Optax takes the maximum of the corrected averages.

    Examples
    --------
    >>> r = amsgrad(lr=0.1, beta2=0.5)
    >>> state, x = r.init([0.0]), [0.0]
    >>> for g in (8.0, 0.0):
    ...     state, x = r.step(state, x, [g])
    >>> state["v"], state["v_max"]
    (array([16.]), array([32.]))

    References
    ----------
    Reddi, Kale & Kumar 2018, ICLR, arXiv 1904.09237, Algorithm 2.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, v_max


@rule
def radam(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    r"""Adam that does not scale until `v` has seen enough gradients to be trusted, then scales with caution.

    :math:`\rho_t` says how many gradients
    `v` stands for. Up to 5, the step is momentum's, in units of the gradient. The state is that of `adam`.

    .. math::

        \rho_\infty &= \frac{2}{1-\beta_2} - 1 \\
        \rho_t &= \rho_\infty - \frac{2 t \beta_2^t}{1-\beta_2^t} \\
        r_t &= \sqrt{\frac{(\rho_t-4)(\rho_t-2)\,\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\,\rho_t}} \\
        x_{t+1} &= x_t - \eta\, r_t\, \hat m_t\, \frac{\sqrt{1-\beta_2^t}}{\sqrt{v_t} + \epsilon}
            \quad \text{if } \rho_t > 5 \\
        x_{t+1} &= x_t - \eta\, \hat m_t \quad \text{otherwise}

    Parameters
    ----------
    lr : in [0, ∞), default 1e-3
        Learning rate :math:`\eta`. Unit of x once it scales, x² / loss before.
    beta1 : in [0, 1), default 0.9
        :math:`\beta_1`, no unit: what `m` keeps in a step.
    beta2 : in [0, 1), default 0.999
        :math:`\beta_2`, no unit: what `v` keeps in a step. Up to 2/3, :math:`\rho_t` never passes 5.
    eps : in [0, ∞), default 1e-8
        :math:`\epsilon`, unit of the gradient, added before the correction.

    Notes
    -----
    This is PyTorch's form. The paper switches at :math:`\rho_t > 4`, its code and Optax at :math:`\ge 5`; its
    code then makes no step at all below unless told to. Optax adds :math:`\epsilon` after the correction. The
    code holds both :math:`\rho` above 5 where :math:`r_t` is not used, to stay clear of roots of negative
    numbers.

    Examples
    --------
    Five steps of momentum, then the first scaled one:

    >>> r = radam(lr=0.1)
    >>> state, x, path = r.init([0.0]), np.zeros(1), []
    >>> for _ in range(6):
    ...     state, x = r.step(state, x, [-100.0])
    ...     path.append(round(float(x[0]), 4))
    >>> path
    [10.0, 20.0, 30.0, 40.0, 50.0, 50.0026]

    References
    ----------
    Liu, Jiang, He, Chen, Liu, Gao & Han 2020, ICLR, arXiv 1908.03265, Algorithm 2.
    """
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    rho_max = 2 / (1 - beta2) - 1
    rho = rho_max - 2 * t * beta2**t / (1 - beta2**t)
    a, b = np.maximum(rho, 5.0), np.maximum(rho_max, 5.0)
    r = np.sqrt((a - 4) * (a - 2) * b / ((b - 4) * (b - 2) * a))
    scaled = r * np.sqrt(1 - beta2**t) / (np.sqrt(v) + eps)
    return x - lr * m_hat * np.where(rho > 5, scaled, 1.0), m, v


@rule
def adamw(x, g, t, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    r"""Adam with the decay kept out of it: every weight shrinks by the same factor, then Adam steps.

    The state is that of `adam`.

    .. math::

        x_{t+1} &= (1 - \eta\lambda)\, x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon} \\
        & \hat m_t,\ \hat v_t \text{ as in Adam}

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
        :math:`\lambda`, unit 1 / x: the weights lose the fraction :math:`\eta\lambda` in a step.

    Notes
    -----
    PyTorch, Keras and Optax multiply the decay by the rate, as here. The paper does not: its :math:`\lambda`
    is this one times :math:`\eta`. Default decay: PyTorch 1e-2, Keras 4e-3, Optax 1e-4.

    Examples
    --------
    >>> r = adamw(lr=0.1, weight_decay=0.5)
    >>> state, x = r.step(r.init([2.0]), [2.0], [0.0])
    >>> x.round(6)
    array([1.9])

    References
    ----------
    Loshchilov & Hutter 2019, ICLR, arXiv 1711.05101, Algorithm 2, the green part.
    """
    x = (1 - lr * weight_decay) * x
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
