"""Arrays that write down what is done to them: the ear of `tracing`.

A `Recorded` array goes where numpy wants an array, but an operation on it is written into a `Graph` instead
of done. What can be followed: arithmetic, comparisons, `np.where`, sums, matrix products, what only moves
numbers, and the functions in the tables below. What cannot (a branch on a value, `math.sqrt`, …) raises
`Untraceable`, which says why.
"""

from __future__ import annotations

import functools
import itertools
from typing import NamedTuple

import numpy as np

COMPARISONS = {
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "===",
    "not_equal": "!==", "logical_and": "&&", "logical_or": "||",
}  # fmt: skip
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "fmod": "%", **COMPARISONS}
MATH = {
    "absolute": "abs", "fabs": "abs", "maximum": "max", "minimum": "min", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "arctan2": "atan2",
    **{n: n for n in ("sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan",
                      "sinh", "cosh", "tanh", "hypot", "floor", "ceil", "trunc")},
}  # fmt: skip
# The operations a graph is made of: numpy's name -> JavaScript, with {0}, {1}, … for the arguments.
OPERATIONS = {
    **{name: f"({{0}}{symbol}{{1}})" for name, symbol in INFIX.items()},
    **{name: f"Math.{there}({{0}})" for name, there in MATH.items()},
    **{name: f"Math.{MATH[name]}({{0}},{{1}})" for name in ("arctan2", "maximum", "minimum", "hypot")},
    "negative": "(-{0})", "positive": "{0}", "reciprocal": "(1/{0})", "power": "pow({0},{1})",
    "sign": "(Math.sign({0})+0)",  # numpy's sign has no negative zero
    "where": "({0}?{1}:{2})", "logical_not": "(!{0})",
    "isnan": "Number.isNaN({0})", "isfinite": "Number.isFinite({0})",
}  # fmt: skip
_GIVES_TRUTH = {*COMPARISONS, "logical_not", "isnan", "isfinite"}
# What numpy makes of arithmetic between truth values; anything else on them alone is refused.
_OF_TRUTHS = {
    "add": "logical_or", "maximum": "logical_or", "bitwise_or": "logical_or", "multiply": "logical_and",
    "minimum": "logical_and", "bitwise_and": "logical_and", "invert": "logical_not",
}  # fmt: skip


class Untraceable(TypeError):
    """The function cannot be followed; the message says why, and where."""


class Node(NamedTuple):
    """One number: an operation on others, told by their places in the graph; or an input or constant."""

    op: str
    args: tuple[int, ...] = ()
    label: str = ""


class Graph:
    """Every number that was computed, each once."""

    def __init__(self):
        self.nodes: list[Node] = []
        self._places: dict[Node, int] = {}

    def add(self, op: str, *args: int, label: str = "") -> int:
        """The place of this number, new or known."""
        node = Node(op, args, label)
        if node not in self._places:
            self._places[node] = len(self.nodes)
            self.nodes.append(node)
        return self._places[node]

    def inputs(self, *labels: str) -> Recorded:
        """A vector of numbers that are given."""
        return Recorded(self, [self.add("input", label=label) for label in labels])

    def lift(self, value) -> Recorded:
        """Plain numbers as constants; what is recorded already as it is."""
        if isinstance(value, Recorded):
            return value
        if isinstance(value, list | tuple):
            return np.stack([self.lift(v) for v in value])
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise Untraceable(f"it uses {value!r}, which is not a number")
        truth = array.dtype.kind == "b"
        labels = [str(v).lower() if truth else repr(float(v)) for v in array.ravel().tolist()]
        return Recorded(self, np.reshape([self.add("constant", label=v) for v in labels], array.shape))

    def apply(self, name: str, *args: int) -> int:
        """The place of `name` of these numbers. Truth values and numbers are told apart, as numpy does."""
        truths = [self._is_truth(a) for a in args]
        if all(truths):
            name = _OF_TRUTHS.get(name, name)
        if name not in OPERATIONS:
            raise Untraceable(f"it calls np.{name}, which the tracer does not know")
        if name.startswith("logical"):
            return self.add(name, *map(self._truth, args))
        if name == "where":
            choices = args[1:] if all(truths[1:]) else map(self.number, args[1:])
            return self.add(name, self._truth(args[0]), *choices)
        if all(truths) and name not in _GIVES_TRUTH:
            raise Untraceable(f"it calls np.{name} of true or false: write np.where(condition, 1.0, 0.0)")
        return self.add(name, *map(self.number, args))

    def number(self, place: int) -> int:
        """True as 1, false as 0, a number as it is."""
        if not self._is_truth(place):
            return place
        return self.add("where", place, *(self.add("constant", label=v) for v in ("1.0", "0.0")))

    def _truth(self, place: int) -> int:
        if self._is_truth(place):
            return place
        return self.add("not_equal", place, self.add("constant", label="0.0"))

    def _is_truth(self, place: int) -> bool:
        op, args, label = self.nodes[place]
        if op == "where":
            return all(map(self._is_truth, args[1:]))
        return op in _GIVES_TRUTH or (op == "constant" and label in ("true", "false"))


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of places in a graph that numpy takes for an array of numbers."""

    def __init__(self, graph: Graph, places):
        self.graph, self.places = graph, np.asarray(places, int)

    dtype = np.dtype(float)
    shape = property(lambda self: self.places.shape)
    ndim = property(lambda self: self.places.ndim)
    size = property(lambda self: self.places.size)
    T = property(lambda self: Recorded(self.graph, self.places.T))

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key) -> Recorded:
        if isinstance(key, Recorded):
            raise Untraceable("it picks entries by a traced value: write np.where(condition, a, b)")
        return Recorded(self.graph, self.places[key])

    def __getattr__(self, name: str):
        function = getattr(np, name, None)
        if function not in _MOVES and function not in _CALLS:
            raise AttributeError(f"a traced array has no {name}")
        return functools.partial(function, self)

    def numbers(self) -> Recorded:
        """The same with true as 1 and false as 0."""
        return Recorded(self.graph, np.reshape([self.graph.number(i) for i in self.places.flat], self.shape))

    def astype(self, dtype) -> Recorded:
        if np.dtype(dtype).kind != "f":
            raise Untraceable(f"it turns a traced value into {np.dtype(dtype)}: write np.floor or np.trunc")
        return self.numbers()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        if "out" in kwargs:
            raise Untraceable("it writes into an array in place (m *= b): write m = m * b")
        if kwargs:
            raise Untraceable(f"it calls np.{name} with {', '.join(kwargs)}, which the tracer does not know")
        if ufunc is np.power and np.ndim(inputs[1]) == 0 and not isinstance(inputs[1], Recorded):
            name = _POWERS.get(float(inputs[1]), name)
            inputs = inputs if name == "power" else inputs[:1]
        inputs = [self.graph.lift(i) for i in inputs]
        return _COMPOSED[name](*inputs) if name in _COMPOSED else self._each(name, *inputs)

    def _each(self, name: str, *inputs) -> Recorded:
        """An operation on numbers, for each entry of the arrays."""
        arrays = np.broadcast_arrays(*(self.graph.lift(i).places for i in inputs))
        places = map(self.graph.apply, itertools.repeat(name), *(a.ravel().tolist() for a in arrays))
        return Recorded(self.graph, np.reshape(list(places), arrays[0].shape))

    def __array_function__(self, function, types, args, kwargs):
        if function in _MOVES:
            first, *more = args
            several = isinstance(first, list | tuple)
            places = [self.graph.lift(a).places for a in first] if several else self.graph.lift(first).places
            return Recorded(self.graph, function(places, *more, **kwargs))
        if function is np.broadcast_arrays:
            return [Recorded(self.graph, a) for a in function(*(self.graph.lift(a).places for a in args))]
        if function in _CALLS:
            return _CALLS[function](*args, **kwargs)
        if function is np.where and len(args) == 3:
            return self._each("where", *args)
        name = f"{function.__module__}.{function.__name__}".replace("numpy", "np")
        raise Untraceable(f"it calls {name}, which the tracer does not know")

    def __bool__(self):
        raise Untraceable("it branches on a value (if, and, or, max, min): write np.where(condition, a, b)")

    def __array__(self, *args, **kwargs):
        raise Untraceable("it makes a plain array of traced values (np.array, …): write np.stack([a, b])")

    def __setitem__(self, key, value):
        raise Untraceable("it writes into an array (x[0] = a): write np.stack([a, b]) or np.where(…)")

    def _plain(self, *args):
        raise Untraceable("it wants a plain number for a traced value (math.…, float(), range()): use np.…")

    __float__ = __int__ = __index__ = __complex__ = __round__ = __trunc__ = __floor__ = __ceil__ = _plain


def _reduce(ufunc, a: Recorded, axis: int | None = None, keepdims: bool = False) -> Recorded:
    """`ufunc` between all entries along one axis, or between all."""
    result = functools.reduce(ufunc, a.ravel() if axis is None else np.moveaxis(a, axis, 0))
    if not keepdims:
        return result
    return np.reshape(result, (1,) * a.ndim) if axis is None else np.expand_dims(result, axis)


def _sum(a, axis=None, keepdims=False, ufunc=np.add):
    return _reduce(ufunc, a.numbers(), axis, keepdims)


def _mean(a, axis=None, keepdims=False):
    total = _sum(a, axis, keepdims)
    return total / (a.size // total.size)


def _norm(x, ord=None, axis=None, keepdims=False):
    if ord is not None:
        raise Untraceable(f"it calls np.linalg.norm with ord={ord!r}: only the Euclidean norm is known")
    return np.sqrt(_sum(x * x, axis, keepdims))


def _clip(a, a_min=None, a_max=None):
    a = a if a_min is None else np.maximum(a, a_min)
    return a if a_max is None else np.minimum(a, a_max)


def _matmul(a: Recorded, b: Recorded) -> Recorded:
    rows = a if a.ndim > 1 else a[None]
    columns = b if b.ndim > 1 else b[:, None]
    if rows.shape[-1] != columns.shape[-2]:
        raise Untraceable(f"it multiplies matrices of shapes {a.shape} and {b.shape}, which do not fit")
    result = np.sum(rows[..., :, :, None] * columns[..., None, :, :], axis=-2)
    result = result if a.ndim > 1 else result[..., 0, :]
    return result if b.ndim > 1 else result[..., 0]


def _remainder(a, b):
    rest = np.fmod(a, b)  # has the sign of a; Python's % has the sign of b
    return np.where((rest != 0) & ((rest < 0) != (b < 0)), rest + b, rest)


_POWERS = {2.0: "square", 1.0: "positive", 0.5: "sqrt", -1.0: "reciprocal"}  # what numpy makes of x**2, …
_COMPOSED = {
    "square": lambda a: a * a, "float_power": np.power, "matmul": _matmul, "remainder": _remainder,
    "floor_divide": lambda a, b: np.floor((a - _remainder(a, b)) / b + 0.5),
}  # fmt: skip
_MOVES = {
    np.stack, np.concatenate, np.reshape, np.ravel, np.transpose, np.squeeze, np.expand_dims, np.moveaxis,
    np.broadcast_to, np.flip, np.roll, np.copy, np.atleast_1d,
}  # fmt: skip
_CALLS = {
    np.sum: _sum, np.prod: functools.partial(_sum, ufunc=np.multiply), np.mean: _mean,
    np.max: functools.partial(_reduce, np.maximum), np.min: functools.partial(_reduce, np.minimum),
    np.any: functools.partial(_reduce, np.logical_or), np.all: functools.partial(_reduce, np.logical_and),
    np.linalg.norm: _norm, np.clip: _clip, np.dot: np.matmul,
    np.zeros_like: lambda a: np.zeros(a.shape), np.ones_like: lambda a: np.ones(a.shape),
    np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim, np.size: lambda a: a.size,
}  # fmt: skip
