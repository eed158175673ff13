"""The ground to walk on: functions of two coordinates with gradient and Hessian written by hand.

Points are `(2, *batch)`: `x, y = p`. Powers above two are products, so that every processor computes the
same bits. The tests prove each gradient and Hessian by running it on symbols, and check every number below.
"""

from __future__ import annotations

import numpy as np

from optimlib.landscape import Landscape, Param

LANDSCAPES: dict[str, Landscape] = {}


def _landscape(log: bool = True, **params: Param):
    """Make a `Landscape` of the functions and facts in a class; its docstring says what to look for."""

    def make(listed: type) -> Landscape:
        facts = {k: v for k, v in vars(listed).items() if not k.startswith("__")}
        made = Landscape(listed.__name__, log=log, params=params, about=listed.__doc__, **facts)
        return LANDSCAPES.setdefault(made.name, made)

    return make


def _matrix(p, xx, xy, yy):
    """The Hessian `(2, 2, *batch)` from its entries; constant ones are spread over the batch of `p`."""
    xx, xy, yy, _ = np.broadcast_arrays(xx, xy, yy, p[0])
    return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])


def _turned(times: int, *points):
    """Each known point `(x, y, f)` and its images under turns by 360° / `times`, as `((x, y), f)`, once."""
    turns = [(((x, y), (-y, x), (-x, -y), (y, -x))[:: 4 // times], f) for x, y, f in points]
    return tuple(dict.fromkeys(((x + 0.0, y + 0.0), f) for images, f in turns for x, y in images))


def _turn(angle):
    """Cosine and sine of the angle (degrees) between the valley's floor and the x axis."""
    return np.cos(np.pi / 180 * angle), np.sin(np.pi / 180 * angle)


@_landscape(kappa=Param(100.0, 1.0, 1000.0, log=True), angle=Param(30.0, 0.0, 90.0))
class ravine:
    """A quadratic: curvature 1 across the valley, 1/κ along it. Turn it, and see who suffers."""

    minima = (((0.0, 0.0), 0.0),)
    start, box = (-1.6, 1.1), ((-2.0, 2.0), (-2.0, 2.0))
    source = "the example of every text on conditioning"

    def f(p, kappa, angle):
        (x, y), (c, s) = p, _turn(angle)
        along, across = c * x + s * y, c * y - s * x
        return 0.5 * (along**2 / kappa + across**2)

    def grad(p, kappa, angle):
        (x, y), (c, s) = p, _turn(angle)
        along, across = (c * x + s * y) / kappa, c * y - s * x
        return np.stack([c * along - s * across, s * along + c * across])

    def hess(p, kappa, angle):
        c, s = _turn(angle)
        return _matrix(p, c**2 / kappa + s**2, c * s * (1 / kappa - 1), s**2 / kappa + c**2)


@_landscape(b=Param(100.0, 1.0, 1000.0, log=True))
class rosenbrock:
    """A bent valley. Its floor is found at once; following it is the work."""

    minima = (((1.0, 1.0), 0.0),)
    start, box = (-1.2, 1.0), ((-2.0, 2.0), (-1.0, 3.0))
    source = "Rosenbrock 1960, Computer Journal 3:175"

    def f(p, b):
        x, y = p
        return (1 - x) ** 2 + b * (y - x**2) ** 2

    def grad(p, b):
        x, y = p
        above = y - x**2
        return np.stack([-2 * (1 - x) - 4 * b * x * above, 2 * b * above])

    def hess(p, b):
        x, y = p
        return _matrix(p, 2 - 4 * b * (y - 3 * x**2), -4 * b * x, 2 * b)


def _beale_terms(p):
    x, y = p
    return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * (y * y * y)


@_landscape()
class beale:
    """A saddle at (0, 1), cliffs, a long flat valley. Start higher up, and rules are thrown off the map."""

    minima = (((3.0, 0.5), 0.0),)
    saddles = (((0.0, 1.0), 14.203125),)
    start, box = (0.6, 1.3), ((-1.0, 4.5), (-1.5, 2.0))
    source = "Beale 1958, On an iterative method for finding a local minimum"

    def f(p):
        a, b, c = _beale_terms(p)
        return a**2 + b**2 + c**2

    def grad(p):
        (x, y), (a, b, c) = p, _beale_terms(p)
        dx = a * (y - 1) + b * (y**2 - 1) + c * (y * y * y - 1)
        dy = a * x + b * (2 * x * y) + c * (3 * x * y**2)
        return np.stack([2 * dx, 2 * dy])

    def hess(p):
        (x, y), (a, b, c) = p, _beale_terms(p)
        ax, bx, cx, by, cy = y - 1, y**2 - 1, y * y * y - 1, 2 * x * y, 3 * x * y**2
        xx = 2 * (ax**2 + bx**2 + cx**2)
        xy = 2 * (ax * x + a + bx * by + b * 2 * y + cx * cy + c * 3 * y**2)
        yy = 2 * (x**2 + by**2 + b * 2 * x + cy**2 + c * 6 * x * y)
        return _matrix(p, xx, xy, yy)


@_landscape(log=False)
class saddle:
    """A strict saddle: up along x, down along y. On the ridge, y = 0, no slope leads off it."""

    minima = (((0.0, 1.0), -0.25), ((0.0, -1.0), -0.25))
    saddles = (((0.0, 0.0), 0.0),)
    start, box = (-1.5, 0.001), ((-2.0, 2.0), (-1.6, 1.6))
    source = "Strogatz 1994, Nonlinear Dynamics and Chaos, example 2.7.2, with x added"

    def f(p):
        x, y = p
        return x**2 / 2 - y**2 / 2 + (y**2) ** 2 / 4

    def grad(p):
        x, y = p
        return np.stack([x, y * y * y - y])

    def hess(p):
        return _matrix(p, 1, 0, 3 * p[1] ** 2 - 1)


@_landscape(log=False)
class monkey_saddle:
    """A degenerate saddle: at the origin gradient and Hessian both vanish. Three ways lead down."""

    minima = (((-1.0, 0.0), -0.25), ((0.5, 3**0.5 / 2), -0.25), ((0.5, -(3**0.5) / 2), -0.25))
    saddles = (((0.0, 0.0), 0.0),)
    start, box = (1.2, 0.02), ((-1.8, 1.8), (-1.6, 1.6))
    source = "Hilbert & Cohn-Vossen 1932, Anschauliche Geometrie, with walls added"

    def f(p):
        x, y = p
        return x * x * x - 3 * x * y**2 + 0.75 * (x**2 + y**2) ** 2

    def grad(p):
        x, y = p
        r2 = x**2 + y**2
        return np.stack([3 * x**2 - 3 * y**2 + 3 * x * r2, -6 * x * y + 3 * y * r2])

    def hess(p):
        x, y = p
        r2 = x**2 + y**2
        return _matrix(p, 6 * x + 3 * r2 + 6 * x**2, -6 * y + 6 * x * y, -6 * x + 3 * r2 + 6 * y**2)


@_landscape(log=False, tilt=Param(0.1, -0.3, 0.3))
class double_well:
    """Two wells, one deeper. Small steps stay in the first. Tilt the ground and they change places."""

    minima = (
        ((-1.0466805318046022, 0.0), -0.10238607380003642),
        ((0.9456492739235914, 0.0), 0.09736055822621544),
    )
    saddles = (((0.10103125788101082, 0.0), 0.25502551557382097),)
    start, box = (1.8, 1.0), ((-2.2, 2.2), (-1.6, 1.6))
    source = "Strogatz 1994, Nonlinear Dynamics and Chaos, example 2.7.2, with tilt and y added"

    def f(p, tilt):
        x, y = p
        return (x**2 - 1) ** 2 / 4 + tilt * x + y**2 / 2

    def grad(p, tilt):
        x, y = p
        return np.stack([x * x * x - x + tilt, y])

    def hess(p, tilt):
        return _matrix(p, 3 * p[0] ** 2 - 1, 0, 1)


@_landscape()
class himmelblau:
    """Four minima, equally deep. Which one a rule finds says nothing about how good it is."""

    minima = (
        ((3.0, 2.0), 0.0),
        ((-2.805118086952745, 3.131312518250573), 0.0),
        ((-3.779310253377747, -3.2831859912861696), 0.0),
        ((3.5844283403304917, -1.8481265269644036), 0.0),
    )
    saddles = (
        ((3.385154183607021, 0.07385187983774928), 13.31192627040559),
        ((0.08667750455539636, 2.884254701174776), 67.71915008752615),
        ((-3.0730257507643897, -0.08135304428796751), 104.0151629175581),
        ((-0.12796134673068008, -1.9537149802445763), 178.33723920192747),
    )
    start, box = (0.3, 4.6), ((-5.0, 5.0), (-5.0, 5.0))
    source = "Himmelblau 1972, Applied Nonlinear Programming"

    def f(p):
        x, y = p
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def grad(p):
        x, y = p
        u, v = x**2 + y - 11, x + y**2 - 7
        return np.stack([4 * x * u + 2 * v, 2 * u + 4 * y * v])

    def hess(p):
        x, y = p
        u, v = x**2 + y - 11, x + y**2 - 7
        return _matrix(p, 4 * u + 8 * x**2 + 2, 4 * (x + y), 2 + 4 * v + 8 * y**2)


_LOW, _TOP, _HIGH = -2.903534027771177, 0.1567312567803401, 2.746802770990837  # roots of 2x³ - 16x + 5/2


@_landscape(log=False)
class styblinski_tang:
    """Four minima, unequally deep. The nearest need not be a good one."""

    minima = (
        ((_LOW, _LOW), -78.33233140754282),
        *((at, -64.19561235905536) for at in ((_LOW, _HIGH), (_HIGH, _LOW))),
        ((_HIGH, _HIGH), -50.05889331056788),
    )
    saddles = (
        *((at, -38.97055334471606) for at in ((_LOW, _TOP), (_TOP, _LOW))),
        *((at, -24.833834296228584) for at in ((_TOP, _HIGH), (_HIGH, _TOP))),
    )
    start, box = (0.5, 3.5), ((-5.0, 5.0), (-5.0, 5.0))
    source = "Styblinski & Tang 1990, Neural Networks 3:467"

    def f(p):
        (x, y), (u, v) = p, p**2
        return (u**2 - 16 * u + 5 * x + v**2 - 16 * v + 5 * y) / 2

    def grad(p):
        return 2 * (p * p * p) - 16 * p + 2.5

    def hess(p):
        xx, yy = 6 * p**2 - 16
        return _matrix(p, xx, 0, yy)


@_landscape(log=False)
class rastrigin:
    """A bowl covered with pits. Rules that follow the slope stay in the first pit they meet."""

    minima = (((0.0, 0.0), 0.0), *_turned(4, (0.9949586376523348, 0.0, 0.9949590570932914)))
    saddles = _turned(4, (0.5025460365546747, 0.0, 20.251272990990113))
    start, box = (-3.3, 2.4), ((-4.0, 4.0), (-4.0, 4.0))
    source = "Rastrigin 1974, Systems of Extremal Control; two coordinates"

    def f(p):
        x, y = p
        return 20 + x**2 - 10 * np.cos(2 * np.pi * x) + y**2 - 10 * np.cos(2 * np.pi * y)

    def grad(p):
        return 2 * p + 20 * np.pi * np.sin(2 * np.pi * p)

    def hess(p):
        xx, yy = 2 + 20 * np.pi * (2 * np.pi * np.cos(2 * np.pi * p))
        return _matrix(p, xx, 0, yy)


@_landscape(log=False)
class six_hump_camel:
    """Six minima in three pairs, each less deep than the last. Rules part ways between them."""

    minima = _turned(
        2,
        (0.08984201310031806, -0.7126564030207396, -1.0316284534898774),
        (1.703606714969981, -0.7960835686726251, -0.21546382438371764),
        (1.6071047529201972, 0.5686514548841314, 2.1042503103112584),
    )
    saddles = _turned(
        2,
        (0.0, 0.0, 0.0),
        (1.1092053368047865, -0.7682680925095399, 0.5437186009781851),
        (1.6380679841897785, 0.22867406904439408, 2.2293571975307147),
        (1.2960702671671092, 0.6050843880386585, 2.22947081802986),
    )
    start, box = (-1.7, -1.1), ((-2.2, 2.2), (-1.3, 1.3))
    source = "Dixon & Szegö 1978, Towards Global Optimization 2"

    def f(p):
        (x, y), (u, v) = p, p**2
        return (4 - 2.1 * u + u**2 / 3) * u + x * y + (4 * v - 4) * v

    def grad(p):
        (x, y), (u, v) = p, p**2
        return np.stack([(8 - 8.4 * u + 2 * u**2) * x + y, x + (16 * v - 8) * y])

    def hess(p):
        u, v = p**2
        return _matrix(p, 8 - 25.2 * u + 10 * u**2, 1, 48 * v - 8)


@_landscape(log=False, width=Param(0.7, 0.4, 2.0))
class plateau:
    """A hole in a plain. Far away the slope points the right way and is next to nothing."""

    minima = (((0.0, 0.0), 0.0),)
    start, box = (-2.2, 1.6), ((-3.0, 3.0), (-3.0, 3.0))
    source = "a Gaussian upside down"

    def f(p, width):
        return 1 - np.exp(-np.sum(p**2, axis=0) / (2 * width**2))

    def grad(p, width):
        return p * np.exp(-np.sum(p**2, axis=0) / (2 * width**2)) / width**2

    def hess(p, width):
        (x, y), w2 = p, width**2
        near = np.exp(-(x**2 + y**2) / (2 * w2)) / w2
        return _matrix(p, near * (1 - x**2 / w2), -near * x * y / w2, near * (1 - y**2 / w2))


@_landscape()
class lessard:
    """Convex, curvature 25 or 1. From x = 3.3, momentum with lr = 1/9 and β = 4/9 circles forever."""

    minima = (((0.0, 0.0), 0.0),)
    start, box = (3.3, 0.6), ((-3.0, 4.0), (-1.5, 1.5))
    source = "Lessard, Recht & Packard 2016, SIAM J. Optim. 26:57, section 4.6, with y added"

    def f(p):
        x, y = p
        outer = np.where(x < 2, x**2 / 2 + 24 * x - 12, 12.5 * x**2 - 24 * x + 36)
        return np.where(x < 1, 12.5 * x**2, outer) + 12.5 * y**2

    def grad(p):
        x, y = p
        return np.stack([np.where(x < 1, 25 * x, np.where(x < 2, x + 24, 25 * x - 24)), 25 * y])

    def hess(p):
        x = p[0]
        return _matrix(p, np.where(x < 1, 25, np.where(x < 2, 1, 25)), 0, 25)
