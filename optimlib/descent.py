"""Walking down: one loop that drives any rule over any landscape and keeps the trace."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from optimlib.checks import inside, numbers, points, read_only, whole
from optimlib.rule import Rule

if TYPE_CHECKING:
    from optimlib.landscape import Landscape

# Operations on a grid make arrays of a few hundred kB. glibc gives such memory back to the system when it is
# freed, and gets it anew, page by page, for the next operation: 60 000 page faults, half the time of the
# first run of a 100 x 100 grid. Once a larger block was freed it keeps what it has. So free a larger one.
np.empty(2**21)


@dataclasses.dataclass(frozen=True, eq=False)
class Trace:
    """What a descent left behind. NaN from the step on at which a run stopped being finite.

    Attributes
    ----------
    x : points, shape `(steps + 1, d, *batch)`; `x[0]` is the start.
    f : loss at these points, shape `(steps + 1, *batch)`.
    state : the rule's letters after each step, each of the shape of `x`; empty unless asked for.
    stopped : the step at which each run stopped being finite, -1 if it never did; shape `batch`, an `int` for
        one run.
    why : the reason in words, `""` if there is none; shape `batch`, a `str` for one run.
    """

    x: np.ndarray
    f: np.ndarray
    state: dict[str, np.ndarray]
    stopped: np.ndarray | int
    why: np.ndarray | str

    def __repr__(self) -> str:
        return f"Trace(steps={len(self.x) - 1}, d={self.x.shape[1]}, batch={self.x.shape[2:]})"


def descend(
    rule: Rule,
    landscape: Landscape,
    x0,
    steps: int,
    *,
    history: bool = False,
    noise: np.ndarray | None = None,
) -> Trace:
    """Follow `rule` down `landscape` from `x0` for `steps` steps.

    A run that diverges is a result, not an error: its trace is NaN from there on, `stopped` and `why` say
    where and why.

    Parameters
    ----------
    rule : an optimizer with its hyper-parameters. Arrays among them run a whole grid at once.
    landscape : what to descend.
    x0 : the start, finite, shape `(d,)` or `(d, *batch)`; it is broadcast against the hyper-parameters and
        the landscape's parameters.
    steps : how many, a whole number, 0 or more.
    history : keep the rule's state letters as well.
    noise : added to the gradients; must be finite and broadcast to `(steps, d, *batch)`. Drawn by you, from
        your `rng`.

    Raises
    ------
    ValueError : a value or a shape is not allowed; the message names it and what is allowed.
    TypeError : something is not what it should be, such as a text for `x0`.

    >>> from optimlib import landscapes, rules
    >>> trace = descend(rules.sgd(lr=0.1), landscapes.ravine.at(kappa=2, angle=0), [1.0, 1.0], 100)
    >>> trace.x.shape, bool(trace.f[-1] < 1e-4), trace.stopped
    ((101, 2), True, -1)

    Three learning rates at once. The last is too large for a curvature of 1:

    >>> trace = descend(rules.sgd(lr=[0.1, 1.9, 100.0]), landscapes.ravine, [1.0, 1.0], 100)
    >>> trace.f.shape, trace.stopped.tolist(), str(trace.why[2])
    ((101, 3), [-1, -1, 78], 'the loss is not finite')
    """
    _refuse_strangers(rule, landscape)
    steps = whole("steps", steps)
    x, single = _start(rule, landscape, x0)
    noise = _noise(noise, (steps, *x.shape), single)
    xs, fs = _room(steps, x.shape), _room(steps, x.shape[1:])
    letters = [start for letter, start in rule.init(x).items() if letter != "t"]
    state = {k: _room(steps, x.shape) for k in rule.state_names} if history else {}

    with np.errstate(all="ignore"):
        for t in range(steps + 1):
            if t > 0:
                shift = None if noise is None else noise[t - 1]
                x, letters = rule.advance(t, x, *_slopes(rule, landscape, x, letters, shift))
            xs[t], fs[t] = x, landscape.value(x)
            for k, v in zip(state, letters, strict=False):
                state[k][t] = v
        return _trace(xs, fs, state, single)


def _slopes(rule: Rule, landscape: Landscape, x, letters, shift):
    """What `Rule.advance` wants after `t` and `x`: the gradient if asked for, the letters, the rest."""

    def grad(p):
        g = np.asarray(landscape.gradient(p), float)
        return read_only(g if shift is None else g + shift)

    more = {}
    if "grad" in rule.inputs:
        more["grad"] = grad
    if "H" in rule.inputs:
        more["H"] = read_only(np.asarray(landscape.hessian(x), float))
    return (grad(x) if "g" in rule.inputs else None), letters, more


def _refuse_strangers(rule, landscape) -> None:
    if not isinstance(rule, Rule):
        hint = f"{rule.name}()" if isinstance(rule, type) and issubclass(rule, Rule) else "rules.sgd(lr=0.1)"
        raise TypeError(f"rule={rule!r}: must be an optimizer with its hyper-parameters, such as {hint}")
    if not all(hasattr(landscape, n) for n in ("value", "gradient", "d", "batch_shape")):
        raise TypeError(f"landscape={landscape!r}: must be a Landscape, such as landscapes.ravine")
    if "H" in rule.inputs and landscape.hess is None:
        raise TypeError(f"{rule.name} asks for the Hessian, which {landscape.name} does not have")


def _start(rule: Rule, landscape: Landscape, x0) -> tuple[np.ndarray, bool]:
    """The start as `(d, *batch)` with at least one batch axis, and whether that axis has to go again."""
    x = points("x0", x0, landscape.d)
    inside("x0", x, -np.inf, np.inf)
    shapes = {"x0": x.shape[1:], rule.name: rule.batch_shape, landscape.name: landscape.batch_shape}
    try:
        batch = np.broadcast_shapes(*shapes.values())
    except ValueError:
        have = ", ".join(f"{k} has batch shape {s}" for k, s in shapes.items() if s)
        fix = "these do not broadcast. Give each its own axis, as in lr=lr[:, None]"
        raise ValueError(f"{have}: {fix}") from None
    x = x.reshape(x.shape[0], *(1,) * (len(batch) - x.ndim + 1), *x.shape[1:])
    x = np.broadcast_to(x, (landscape.d, *batch)).copy()
    return (x[:, None], True) if not batch else (x, False)


def _noise(noise, shape: tuple, single: bool) -> np.ndarray | None:
    """The noise as `(steps, d, *batch)`."""
    if noise is None:
        return None
    noise = numbers("noise", noise)
    inside("noise", noise, -np.inf, np.inf)
    try:
        return np.broadcast_to(noise[..., None] if single and noise.ndim in (1, 2) else noise, shape)
    except ValueError:
        want = f"(steps, d, *batch) = {shape[:-1] if single else shape}"
        raise ValueError(f"noise has shape {noise.shape}: must broadcast to {want}") from None


def _room(steps: int, shape: tuple) -> np.ndarray:
    try:
        return np.empty((steps + 1, *shape))
    except (MemoryError, ValueError):
        room = f"a trace of shape {(steps + 1, *shape)}"
        raise MemoryError(f"steps={steps}: {room} does not fit into memory") from None


def _trace(xs, fs, state, single: bool) -> Trace:
    """Cut every run at its first non-finite point or loss, and say which it was."""
    stopped = np.full(fs.shape[1:], -1)
    why = np.full(fs.shape[1:], "", dtype="U24")
    if not (np.isfinite(xs).all() and np.isfinite(fs).all()):
        x_bad = ~np.isfinite(xs).all(axis=1)
        bad = x_bad | ~np.isfinite(fs)
        hit = bad.any(axis=0)
        first = bad.argmax(axis=0)
        stopped = np.where(hit, first, -1)
        at_x = np.take_along_axis(x_bad, first[None], axis=0)[0]
        why = np.where(hit, np.where(at_x, "the point is not finite", "the loss is not finite"), why)
        over = np.logical_or.accumulate(bad, axis=0)
        fs[over] = np.nan
        for kept in (xs, *state.values()):
            np.moveaxis(kept, 1, -1)[over] = np.nan
    if single:
        xs, fs, stopped, why = xs[..., 0], fs[..., 0], int(stopped[0]), str(why[0])
        state = {k: v[..., 0] for k, v in state.items()}
    return Trace(xs, fs, state, stopped, why)
