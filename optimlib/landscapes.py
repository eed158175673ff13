"""The ground to walk on: functions of two coordinates with gradient and Hessian written by hand.

Points are `(2, *batch)`: `x, y = p`. Powers above two are products, so that every processor computes the
same bits. The tests prove each gradient and Hessian by running it on symbols.
"""

from __future__ import annotations

import numpy as np

from optimlib.landscape import Landscape, Param


LANDSCAPES: dict[str, Landscape] = {}


def _landscape(name: str, f, grad, hess, **about) -> Landscape:
    LANDSCAPES[name] = Landscape(name, f, grad, hess, **about)
    return LANDSCAPES[name]


# --- the ravine: a quadratic with settable condition number and angle -------------------------------


def _turn(angle):
    """Cosine and sine of the angle (degrees) between the valley's floor and the x axis."""
    return np.cos(np.pi / 180 * angle), np.sin(np.pi / 180 * angle)


def _ravine(p, kappa, angle):
    (x, y), (c, s) = p, _turn(angle)
    along, across = c * x + s * y, c * y - s * x
    return 0.5 * (along**2 / kappa + across**2)


def _ravine_grad(p, kappa, angle):
    (x, y), (c, s) = p, _turn(angle)
    along, across = (c * x + s * y) / kappa, c * y - s * x
    return np.stack([c * along - s * across, s * along + c * across])


def _ravine_hess(p, kappa, angle):
    c, s = _turn(angle)
    flat = 0 * p[0]  # the same at every point; keeps the batch's shape
    xx, xy, yy = c**2 / kappa + s**2, c * s * (1 / kappa - 1), s**2 / kappa + c**2
    return np.stack([np.stack([xx + flat, xy + flat]), np.stack([xy + flat, yy + flat])])


ravine = _landscape(
    "ravine", _ravine, _ravine_grad, _ravine_hess,
    minima=(((0.0, 0.0), 0.0),), start=(-1.6, 1.1), box=((-2.0, 2.0), (-2.0, 2.0)),
    params={"kappa": Param(100.0, 1.0, 1000.0, log=True), "angle": Param(30.0, 0.0, 90.0)},
    source="Cauchy 1847; the standard example of every text on conditioning",
)  # fmt: skip


# --- curved valleys ----------------------------------------------------------------------------------


def _rosenbrock(p, b):
    x, y = p
    return (1 - x) ** 2 + b * (y - x**2) ** 2


def _rosenbrock_grad(p, b):
    x, y = p
    above = y - x**2
    return np.stack([-2 * (1 - x) - 4 * b * x * above, 2 * b * above])


def _rosenbrock_hess(p, b):
    x, y = p
    xx, xy, yy = 2 - 4 * b * (y - 3 * x**2), -4 * b * x, 2 * b + 0 * x
    return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])


rosenbrock = _landscape(
    "rosenbrock", _rosenbrock, _rosenbrock_grad, _rosenbrock_hess,
    minima=(((1.0, 1.0), 0.0),), start=(-1.2, 1.0), box=((-2.0, 2.0), (-1.0, 3.0)),
    params={"b": Param(100.0, 1.0, 1000.0, log=True)}, source="Rosenbrock 1960, Computer Journal 3:175",
)  # fmt: skip


def _beale_terms(p):
    x, y = p
    return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * (y * y * y)


def _beale(p):
    a, b, c = _beale_terms(p)
    return a**2 + b**2 + c**2


def _beale_grad(p):
    (x, y), (a, b, c) = p, _beale_terms(p)
    dx = a * (y - 1) + b * (y**2 - 1) + c * (y * y * y - 1)
    dy = a * x + b * (2 * x * y) + c * (3 * x * y**2)
    return np.stack([2 * dx, 2 * dy])


def _beale_hess(p):
    (x, y), (a, b, c) = p, _beale_terms(p)
    ax, bx, cx = y - 1, y**2 - 1, y * y * y - 1
    by, cy = 2 * x * y, 3 * x * y**2
    xx = 2 * (ax**2 + bx**2 + cx**2)
    xy = 2 * (ax * x + a + bx * by + b * 2 * y + cx * cy + c * 3 * y**2)
    yy = 2 * (x**2 + by**2 + b * 2 * x + cy**2 + c * 6 * x * y)
    return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])


beale = _landscape(
    "beale", _beale, _beale_grad, _beale_hess,
    minima=(((3.0, 0.5), 0.0),), saddles=(((0.0, 1.0), 14.203125),),
    start=(1.0, 1.5), box=((-1.0, 4.5), (-1.5, 2.0)),
    source="Beale 1958, On an iterative method for finding a local minimum",
)  # fmt: skip


# --- saddles -----------------------------------------------------------------------------------------


def _saddle(p):
    x, y = p
    return x**2 / 2 - y**2 / 2 + (y**2) ** 2 / 4


def _saddle_grad(p):
    x, y = p
    return np.stack([x, y * y * y - y])


def _saddle_hess(p):
    x, y = p
    zero = 0 * x
    return np.stack([np.stack([1 + zero, zero]), np.stack([zero, 3 * y**2 - 1])])


saddle = _landscape(
    "saddle", _saddle, _saddle_grad, _saddle_hess,
    minima=(((0.0, 1.0), -0.25), ((0.0, -1.0), -0.25)), saddles=(((0.0, 0.0), 0.0),),
    start=(-1.5, 0.001), box=((-2.0, 2.0), (-1.6, 1.6)), log=False, source="the plainest strict saddle with walls",
)  # fmt: skip


def _monkey_saddle(p):
    x, y = p
    return x * x * x - 3 * x * y**2 + 0.75 * (x**2 + y**2) ** 2


def _monkey_saddle_grad(p):
    x, y = p
    r2 = x**2 + y**2
    return np.stack([3 * x**2 - 3 * y**2 + 3 * x * r2, -6 * x * y + 3 * y * r2])


def _monkey_saddle_hess(p):
    x, y = p
    r2 = x**2 + y**2
    xx, xy, yy = 6 * x + 3 * r2 + 6 * x**2, -6 * y + 6 * x * y, -6 * x + 3 * r2 + 6 * y**2
    return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])


_H = 0.8660254037844386  # sin 60°
monkey_saddle = _landscape(
    "monkey_saddle", _monkey_saddle, _monkey_saddle_grad, _monkey_saddle_hess,
    minima=(((-1.0, 0.0), -0.25), ((0.5, _H), -0.25), ((0.5, -_H), -0.25)), saddles=(((0.0, 0.0), 0.0),),
    start=(1.2, 0.02), box=((-1.8, 1.8), (-1.6, 1.6)), log=False,
    source="the monkey saddle, whose Hessian vanishes at the origin, with quartic walls",
)  # fmt: skip


# --- several minima ----------------------------------------------------------------------------------


def _double_well(p, tilt):
    x, y = p
    return (x**2 - 1) ** 2 / 4 + tilt * x + y**2 / 2


def _double_well_grad(p, tilt):
    x, y = p
    return np.stack([x * x * x - x + tilt, y])


def _double_well_hess(p, tilt):
    x, y = p
    zero = 0 * x
    return np.stack([np.stack([3 * x**2 - 1, zero]), np.stack([zero, 1 + zero])])


double_well = _landscape(
    "double_well", _double_well, _double_well_grad, _double_well_hess,
    minima=(((-1.0466805318046022, 0.0), -0.10238607380003642), ((0.9456492739235915, 0.0), 0.09736055822621544)),
    saddles=(((0.10103125788101082, 0.0), 0.2550255155738210),), start=(1.8, 1.0), box=((-2.2, 2.2), (-1.6, 1.6)),
    params={"tilt": Param(0.1, -0.3, 0.3)}, log=False, source="the tilted quartic double well",
)  # fmt: skip


def _himmelblau(p):
    x, y = p
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def _himmelblau_grad(p):
    x, y = p
    u, v = x**2 + y - 11, x + y**2 - 7
    return np.stack([4 * x * u + 2 * v, 2 * u + 4 * y * v])


def _himmelblau_hess(p):
    x, y = p
    u, v = x**2 + y - 11, x + y**2 - 7
    xx, xy, yy = 4 * u + 8 * x**2 + 2, 4 * (x + y), 2 + 4 * v + 8 * y**2
    return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])


himmelblau = _landscape(
    "himmelblau", _himmelblau, _himmelblau_grad, _himmelblau_hess,
    minima=(
        ((3.0, 2.0), 0.0), ((-2.805118086952745, 3.131312518250573), 0.0),
        ((-3.779310253377747, -3.283185991286170), 0.0), ((3.584428340330492, -1.848126526964404), 0.0),
    ),
    start=(0.0, -0.5), box=((-5.0, 5.0), (-5.0, 5.0)), source="Himmelblau 1972, Applied Nonlinear Programming",
)  # fmt: skip


def _styblinski_tang(p):
    x, y = p
    u, v = x**2, y**2
    return (u**2 - 16 * u + 5 * x + v**2 - 16 * v + 5 * y) / 2


def _styblinski_tang_grad(p):
    x, y = p
    return np.stack([2 * (x * x * x) - 16 * x + 2.5, 2 * (y * y * y) - 16 * y + 2.5])


def _styblinski_tang_hess(p):
    x, y = p
    zero = 0 * x
    return np.stack([np.stack([6 * x**2 - 16, zero]), np.stack([zero, 6 * y**2 - 16])])


_LOW, _HIGH = -2.9035340277711771, 2.7468027709908369
styblinski_tang = _landscape(
    "styblinski_tang", _styblinski_tang, _styblinski_tang_grad, _styblinski_tang_hess,
    minima=(
        ((_LOW, _LOW), -78.332331407542821), ((_LOW, _HIGH), -64.195612359055358),
        ((_HIGH, _LOW), -64.195612359055358), ((_HIGH, _HIGH), -50.058893310567885),
    ),
    start=(0.5, 3.5), box=((-5.0, 5.0), (-5.0, 5.0)), log=False,
    source="Styblinski & Tang 1990, Neural Networks 3:467",
)  # fmt: skip


def _rastrigin(p):
    x, y = p
    return 20 + x**2 - 10 * np.cos(2 * np.pi * x) + y**2 - 10 * np.cos(2 * np.pi * y)


def _rastrigin_grad(p):
    x, y = p
    w = 2 * np.pi
    return np.stack([2 * x + 10 * w * np.sin(w * x), 2 * y + 10 * w * np.sin(w * y)])


def _rastrigin_hess(p):
    x, y = p
    w, zero = 2 * np.pi, 0 * x
    xx, yy = 2 + 10 * w * (w * np.cos(w * x)), 2 + 10 * w * (w * np.cos(w * y))
    return np.stack([np.stack([xx, zero]), np.stack([zero, yy])])


rastrigin = _landscape(
    "rastrigin", _rastrigin, _rastrigin_grad, _rastrigin_hess,
    minima=(((0.0, 0.0), 0.0),), start=(-3.3, 2.4), box=((-4.0, 4.0), (-4.0, 4.0)), log=False,
    source="Rastrigin 1974; two coordinates",
)  # fmt: skip


def _six_hump_camel(p):
    x, y = p
    u, v = x**2, y**2
    return (4 - 2.1 * u + u**2 / 3) * u + x * y + (4 * v - 4) * v


def _six_hump_camel_grad(p):
    x, y = p
    u, v = x**2, y**2
    return np.stack([(8 - 8.4 * u + 2 * u**2) * x + y, x + (16 * v - 8) * y])


def _six_hump_camel_hess(p):
    x, y = p
    u, one = x**2, 1 + 0 * x
    return np.stack([np.stack([8 - 25.2 * u + 10 * u**2, one]), np.stack([one, 48 * y**2 - 8])])


six_hump_camel = _landscape(
    "six_hump_camel", _six_hump_camel, _six_hump_camel_grad, _six_hump_camel_hess,
    minima=(
        ((0.08984201310031806, -0.7126564030207396), -1.0316284534898774),
        ((-0.08984201310031806, 0.7126564030207396), -1.0316284534898774),
    ),
    saddles=(((0.0, 0.0), 0.0),), start=(-1.8, 0.9), box=((-2.2, 2.2), (-1.3, 1.3)), log=False,
    source="Dixon & Szegö 1978, Towards Global Optimization 2",
)  # fmt: skip


# --- hard in other ways ------------------------------------------------------------------------------


def _plateau(p, width):
    x, y = p
    return 1 - np.exp(-(x**2 + y**2) / (2 * width**2))


def _plateau_grad(p, width):
    x, y = p
    near = np.exp(-(x**2 + y**2) / (2 * width**2)) / width**2
    return np.stack([x * near, y * near])


def _plateau_hess(p, width):
    x, y = p
    w2 = width**2
    near = np.exp(-(x**2 + y**2) / (2 * w2)) / w2
    xx, xy, yy = near * (1 - x**2 / w2), -near * x * y / w2, near * (1 - y**2 / w2)
    return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])


plateau = _landscape(
    "plateau", _plateau, _plateau_grad, _plateau_hess,
    minima=(((0.0, 0.0), 0.0),), start=(-2.2, 1.6), box=((-3.0, 3.0), (-3.0, 3.0)),
    params={"width": Param(0.7, 0.4, 2.0)}, log=False, source="a hole in a plain: gradients vanish far from it",
)  # fmt: skip


def _lessard(p):
    x, y = p
    outer = np.where(x < 2, x**2 / 2 + 24 * x - 12, 12.5 * x**2 - 24 * x + 36)
    return np.where(x < 1, 12.5 * x**2, outer) + 12.5 * y**2


def _lessard_grad(p):
    x, y = p
    return np.stack([np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24)), 25 * y])


def _lessard_hess(p):
    x, y = p
    zero = 0 * x
    xx = np.where(x < 1, 25, np.where(x < 2, 1, 25)) + zero
    return np.stack([np.stack([xx, zero]), np.stack([zero, 25 + zero])])


lessard = _landscape(
    "lessard", _lessard, _lessard_grad, _lessard_hess,
    minima=(((0.0, 0.0), 0.0),), start=(3.3, 0.6), box=((-3.0, 4.0), (-1.5, 1.5)),
    source="Lessard, Recht & Packard 2016, SIAM J. Optim. 26:57, section 4.6: convex, curvature 1 or 25",
)  # fmt: skip
