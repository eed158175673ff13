"""Walking down: one loop that drives any rule over any landscape and keeps the trace."""

from __future__ import annotations

import dataclasses
import operator
from typing import TYPE_CHECKING

import numpy as np

from optimlib.rule import Rule

if TYPE_CHECKING:
    from optimlib.landscape import Landscape


@dataclasses.dataclass(frozen=True, eq=False)
class Trace:
    """What a descent left behind. NaN from the step on at which a run stopped being finite.

    Attributes
    ----------
    x : points, shape `(steps + 1, d, *batch)`; `x[0]` is the start.
    f : loss at these points, shape `(steps + 1, *batch)`.
    state : the rule's letters after each step, each of the shape of `x`; empty unless asked for.
    stopped : the step at which each run stopped being finite, -1 if it never did; shape `batch`.
    why : the reason in words, `""` if there is none; shape `batch`.
    """

    x: np.ndarray
    f: np.ndarray
    state: dict[str, np.ndarray]
    stopped: np.ndarray
    why: np.ndarray

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

    Parameters
    ----------
    rule : an optimizer with its hyper-parameters. Arrays among them run a whole grid at once.
    landscape : what to descend.
    x0 : the start, shape `(d,)` or `(d, *batch)`; it is broadcast against the hyper-parameters and the
        landscape's parameters.
    steps : how many, at least 0.
    history : keep the rule's state letters as well.
    noise : added to the gradients; must broadcast to `(steps, d, *batch)`. Drawn by you, from your `rng`.

    A run that diverges is a result, not an error: its trace is NaN from there on, `stopped` and `why` say
    where and why.

    >>> from optimlib import landscapes, rules
    >>> trace = descend(rules.sgd(lr=0.1), landscapes.ravine.at(kappa=2, angle=0), [1.0, 1.0], 100)
    >>> trace.x.shape, bool(trace.f[-1] < 1e-4), int(trace.stopped)
    ((101, 2), True, -1)
    """
    steps = _count(steps)
    x, single = _start(rule, landscape, x0)
    noise = _noise(noise, (steps, *x.shape), single)
    xs = np.empty((steps + 1, *x.shape))
    fs = np.empty((steps + 1, *x.shape[1:]))
    letters = tuple(rule.init(x)[k] for k in rule.state_names)
    state = {k: np.empty_like(xs) for k in rule.state_names} if history else {}

    with np.errstate(all="ignore"):
        for t in range(steps + 1):
            if t > 0:
                shift = None if noise is None else noise[t - 1]
                x, letters = rule.advance(t, x, *_slopes(rule, landscape, x, letters, shift))
            xs[t], fs[t] = x, landscape.value(x)
            for k, v in zip(state, letters):
                state[k][t] = v
        return _trace(xs, fs, state, single)


def _slopes(rule: Rule, landscape: Landscape, x, letters, shift):
    """What `Rule.advance` wants after `t` and `x`: the gradient if asked for, the letters, the rest."""

    def grad(p):
        g = landscape.gradient(p)
        return g if shift is None else g + shift

    more = {}
    if "grad" in rule.inputs:
        more["grad"] = grad
    if "H" in rule.inputs:
        more["H"] = landscape.hessian(x)
    return (grad(x) if "g" in rule.inputs else None), letters, more


def _count(steps) -> int:
    try:
        count = operator.index(steps)
    except TypeError:
        count = -1
    if count < 0 or isinstance(steps, bool):
        raise ValueError(f"steps={steps!r}: must be a whole number, 0 or more")
    return count


def _start(rule: Rule, landscape: Landscape, x0) -> tuple[np.ndarray, bool]:
    """The start as `(d, *batch)` with at least one batch axis, and whether that axis has to go again."""
    given = f"x0={x0!r}"
    try:
        x = np.array(x0, float)
    except (TypeError, ValueError):
        raise TypeError(f"{given}: must be an array of numbers, shape (d,) or (d, *batch)") from None
    if x.ndim == 0 or x.shape[0] != landscape.d:
        raise ValueError(f"{given}: has shape {x.shape}, but {landscape.name} wants {landscape.d} coordinates first")
    if not np.isfinite(x).all():
        raise ValueError(f"{given}: must be finite")
    try:
        batch = np.broadcast_shapes(x.shape[1:], rule.batch_shape, landscape.batch_shape)
    except ValueError:
        raise ValueError(
            f"x0 has batch shape {x.shape[1:]}, the hyper-parameters {rule.batch_shape}, the parameters of "
            f"{landscape.name} {landscape.batch_shape}: these do not broadcast. Give each its own axis, for "
            "example lr[:, None] and beta1[None, :]"
        ) from None
    x = x.reshape(x.shape[0], *(1,) * (len(batch) - x.ndim + 1), *x.shape[1:])
    x = np.broadcast_to(x, (landscape.d, *batch)).copy()
    return (x[:, None], True) if not batch else (x, False)


def _noise(noise, shape: tuple, single: bool) -> np.ndarray | None:
    if noise is None:
        return None
    noise = np.asarray(noise, float)
    if single and noise.ndim == 2:
        noise = noise[..., None]
    try:
        return np.broadcast_to(noise, shape)
    except ValueError:
        want = shape[:-1] if single else shape
        raise ValueError(f"noise has shape {noise.shape}: must broadcast to (steps, d, *batch) = {want}") from None


def _trace(xs, fs, state, single: bool) -> Trace:
    """Cut every run at its first non-finite point or loss, and say which it was."""
    stopped = np.full(fs.shape[1:], -1)
    why = np.full(fs.shape[1:], "", dtype="U24")
    x_bad = ~np.isfinite(xs).all(axis=1)
    bad = x_bad | ~np.isfinite(fs)
    if bad.any():
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
        xs, fs, stopped, why = xs[..., 0], fs[..., 0], stopped[0], why[0]
        state = {k: v[..., 0] for k, v in state.items()}
    return Trace(xs, fs, state, stopped, why)
