"""One Python function, three uses: numpy runs it, the browser runs it, SymPy proves it.

The function is run once on `Recorded` arrays. They write down every operation instead of doing it; the list
is then printed as JavaScript or rebuilt with symbols. What can be followed: arithmetic, comparisons, `np.where`,
sums, and the functions in `_JS`. What cannot (a branch on a value, a draw of random numbers, a function that
wants numbers) raises `Untraceable`, which says why.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from optimlib.landscape import Landscape
from optimlib.rule import Rule


class Untraceable(TypeError):
    """The function cannot be followed; the message says what it did."""


class Graph:
    """Every operation recorded so far, each once: node number -> (operation, *arguments)."""

    def __init__(self):
        self.nodes: list[tuple] = []
        self._known: dict[tuple, int] = {}

    def node(self, *key) -> int:
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(key)
        return self._known[key]

    def inputs(self, *names: str) -> Recorded:
        """A vector of named inputs."""
        return Recorded(self, np.array([self.node("input", n) for n in names]))

    def lift(self, value) -> Recorded:
        """Numbers as recorded constants; what is recorded already as it is."""
        if isinstance(value, Recorded):
            return value
        array = np.asarray(value)
        if array.dtype == object and any(isinstance(v, Recorded) for v in array.ravel()):
            return self.lift(np.stack([self.lift(v) for v in value]))
        if array.dtype.kind not in "biuf":
            raise Untraceable(f"it uses {value!r}, which is not a number")
        # repr tells 0.0 from -0.0, which `==` does not
        ids = [self.node("constant", repr(float(v))) for v in array.ravel().tolist()]
        return Recorded(self, np.array(ids, int).reshape(array.shape))


class Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of node numbers that numpy takes for an array of numbers."""

    def __init__(self, graph: Graph, ids: np.ndarray):
        self.graph, self.ids = graph, np.asarray(ids)

    shape = property(lambda self: self.ids.shape)
    ndim = property(lambda self: self.ids.ndim)
    size = property(lambda self: self.ids.size)
    T = property(lambda self: Recorded(self.graph, self.ids.T))

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self):
        return (self[i] for i in range(len(self.ids)))

    def __getitem__(self, key) -> Recorded:
        return Recorded(self.graph, self.ids[key])

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            how = "writes into an array in place (m *= …): write m = m * …" if kwargs else f"calls np.{ufunc.__name__}.{method}"
            raise Untraceable(f"it {how}")
        if ufunc is np.matmul:
            return _matmul(*map(self.graph.lift, inputs))
        if ufunc is np.power and not isinstance(inputs[1], Recorded) and np.ndim(inputs[1]) == 0 and inputs[1] == 2:
            ufunc, inputs = np.multiply, (inputs[0], inputs[0])
        elif ufunc is np.square:
            ufunc, inputs = np.multiply, (inputs[0], inputs[0])
        if ufunc.__name__ not in _JS:
            raise Untraceable(f"it calls np.{ufunc.__name__}, which the tracer does not know")
        return _elementwise(self.graph, ufunc.__name__, inputs)

    def __array_function__(self, function, types, args, kwargs):
        if function in (np.where, np.clip) and not kwargs:
            if function is np.clip:
                return np.minimum(np.maximum(args[0], args[1]), args[2])
            return _elementwise(self.graph, "where", args)
        if function in (np.stack, np.concatenate) and not kwargs and len(args) == 1:
            return Recorded(self.graph, function([self.graph.lift(a).ids for a in args[0]]))
        if function in (np.sum, np.mean) and not kwargs and len(args) == 1:
            total = functools.reduce(np.add, self.graph.lift(args[0]).ravel())
            return total if function is np.sum else total / args[0].size
        if function in (np.linalg.norm, np.dot) and not kwargs:
            return np.sqrt(np.sum(args[0] * args[0])) if function is np.linalg.norm else np.sum(args[0] * args[1])
        if function in (np.zeros_like, np.ones_like):
            return self.graph.lift(function(args[0].ids, dtype=float))
        raise Untraceable(f"it calls np.{function.__name__} in a way the tracer does not know")

    def ravel(self) -> Recorded:
        return Recorded(self.graph, self.ids.ravel())

    def sum(self) -> Recorded:
        return np.sum(self)

    def mean(self) -> Recorded:
        return np.mean(self)

    def __bool__(self):
        raise Untraceable("it branches on a value (if, and, or, max, min): write np.where(condition, a, b)")

    def __array__(self, *args, **kwargs):
        raise Untraceable("it turns a traced value into a plain array")

    def _number(self, *args):
        raise Untraceable("it wants a plain number where a traced value stands (float(), int(), math.…, range())")

    __float__ = __int__ = __index__ = __complex__ = _number


def _elementwise(graph: Graph, name: str, inputs) -> Recorded:
    arrays = np.broadcast_arrays(*(graph.lift(i).ids for i in inputs))
    ids = [graph.node(name, *key) for key in zip(*(a.ravel().tolist() for a in arrays))]
    return Recorded(graph, np.array(ids, int).reshape(arrays[0].shape))


def _matmul(a: Recorded, b: Recorded) -> Recorded:
    if a.ndim == 1:
        return np.sum(a * b) if b.ndim == 1 else _matmul(b.T, a)
    return np.stack([_matmul(row, b) for row in a])


# numpy's name -> JavaScript, with {0}, {1}, … for the arguments
_JS = {
    "add": "({0}+{1})", "subtract": "({0}-{1})", "multiply": "({0}*{1})", "divide": "({0}/{1})",
    "negative": "(-{0})", "positive": "{0}", "reciprocal": "(1/{0})", "power": "pow({0},{1})", "float_power": "pow({0},{1})",
    "sqrt": "Math.sqrt({0})", "cbrt": "Math.cbrt({0})", "exp": "Math.exp({0})", "expm1": "Math.expm1({0})",
    "log": "Math.log({0})", "log1p": "Math.log1p({0})", "log2": "Math.log2({0})", "log10": "Math.log10({0})",
    "sin": "Math.sin({0})", "cos": "Math.cos({0})", "tan": "Math.tan({0})", "tanh": "Math.tanh({0})",
    "arctan": "Math.atan({0})", "arctan2": "Math.atan2({0},{1})", "hypot": "Math.hypot({0},{1})",
    "absolute": "Math.abs({0})", "fabs": "Math.abs({0})", "sign": "Math.sign({0})", "floor": "Math.floor({0})", "ceil": "Math.ceil({0})",
    "maximum": "Math.max({0},{1})", "minimum": "Math.min({0},{1})", "where": "({0}?{1}:{2})",
    "less": "({0}<{1})", "less_equal": "({0}<={1})", "greater": "({0}>{1})", "greater_equal": "({0}>={1})",
    "equal": "({0}==={1})", "not_equal": "({0}!=={1})",
    "logical_and": "({0}&&{1})", "logical_or": "({0}||{1})", "logical_not": "(!{0})",
    "bitwise_and": "({0}&&{1})", "bitwise_or": "({0}||{1})", "invert": "(!{0})",
}  # fmt: skip


class _Printer:
    """JavaScript statements for a graph: shared parts become constants, the rest is written where it is used."""

    def __init__(self, graph: Graph, outputs: list[int]):
        self.graph, self.lines = graph, []
        self.text: dict[int, str] = {}
        uses = [0] * len(graph.nodes)
        live = set()
        for i in reversed(range(len(graph.nodes))):
            uses[i] += outputs.count(i)
            if uses[i]:
                live.add(i)
                for j in self._arguments(i):
                    uses[j] += 1
        for i in sorted(live):
            self._print(i, uses[i] > 1)

    def _arguments(self, i: int) -> tuple[int, ...]:
        op, *args = self.graph.nodes[i]
        return () if op in ("input", "constant") else tuple(a for a in args if isinstance(a, int))

    def _print(self, i: int, shared: bool) -> None:
        op, *args = self.graph.nodes[i]
        if op == "call":  # a call of grad fills a buffer of its own, then its parts are read
            buffer, name, *point = args
            self.lines.append(f"const {buffer}=[];{name}([{','.join(self.text[p] for p in point)}],{buffer});")
            return
        if op == "part":
            text = f"{self.graph.nodes[args[0]][1]}[{args[1][1:]}]"
        elif op in ("input", "constant"):
            text = _literal(args[0]) if op == "constant" else args[0]
            shared = False
        else:
            text = _JS[op].format(*(self.text[a] for a in args))
        if shared:
            self.lines.append(f"const a{i}={text};")
            text = f"a{i}"
        self.text[i] = text


def _literal(text: str) -> str:
    value = float(text)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "(-Infinity)")
    return f"({text})" if text.startswith("-") else text.removesuffix(".0")


def to_javascript(what: Rule | type[Rule] | Landscape, d: int = 2) -> str:
    """The source of one JavaScript object that computes what `what` computes, for `d` coordinates.

    A rule becomes `{name, state, start, hyper, defaults, step(z, g, h, t, grad)}`, where `z` holds the point and
    then each state letter and is updated in place. A landscape becomes
    `{name, params, f(p, k), grad(p, k, out), hess(p, k, out)}`.

    Raises `Untraceable`, with the reason, if the function cannot be followed.

    >>> from optimlib import rules
    >>> to_javascript(rules.sgd).split("step")[1]
    '(z,g,h,t,grad){const $x0=z[0],$x1=z[1],$g0=g[0],$g1=g[1],$lr=h[0];z[0]=($x0-($lr*$g0));z[1]=($x1-($lr*$g1));}}'
    """
    return _landscape_js(what) if isinstance(what, Landscape) else _rule_js(what, d)


def _rule_js(rule, d: int) -> str:
    once, again = _trace_rule(rule, d), _trace_rule(rule, d)
    if once[0].nodes != again[0].nodes:
        raise Untraceable("it gives another result each time (hidden random numbers, or a counter of its own)")
    graph, outputs = once
    printer = _Printer(graph, outputs)
    # a $ in front keeps the rule's own names apart from JavaScript's words and from ours
    reads = [f"${n}{i}=z[{k * d + i}]" for k, n in enumerate(("x", *rule.state_names)) for i in range(d)]
    reads += [f"$g{i}=g[{i}]" for i in range(d)] if "g" in rule.inputs else []
    reads += [f"${n}=h[{i}]" for i, n in enumerate(rule.hyper_names)]
    writes = "".join(f"z[{i}]={printer.text[o]};" for i, o in enumerate(outputs))
    start = [rule.starts[k] for k in rule.state_names]
    defaults = [v if isinstance(v, int | float) else None for v in rule.defaults.values()]
    head = {"name": rule.name, "state": list(rule.state_names), "start": start, "hyper": list(rule.hyper_names)}
    fields = "".join(f"{k}:{_json(v)}," for k, v in {**head, "defaults": defaults}.items())
    return f"{{{fields}step(z,g,h,t,grad){{const {','.join(reads)};{''.join(printer.lines)}{writes}}}}}"


def _trace_rule(rule, d: int) -> tuple[Graph, list[int]]:
    if "H" in rule.inputs:
        raise Untraceable("it asks for the Hessian, which the browser does not hand to rules")
    graph = Graph()
    x = graph.inputs(*(f"$x{i}" for i in range(d)))
    letters = [graph.inputs(*(f"${n}{i}" for i in range(d))) for n in rule.state_names]
    hyper = {n: graph.inputs(f"${n}")[0] for n in rule.hyper_names}
    given = {"x": x, "t": graph.inputs("t")[0], "grad": functools.partial(_call_grad, graph, d)}
    if "g" in rule.inputs:
        given["g"] = graph.inputs(*(f"$g{i}" for i in range(d)))
    try:
        out = rule.update(*(given[n] for n in rule.inputs), *letters, **hyper)
    except Untraceable:
        raise
    except Exception as error:
        raise Untraceable(f"on traced values it fails with {type(error).__name__}: {error}") from error
    out = out if isinstance(out, tuple) else (out,)
    if len(out) != 1 + len(letters):
        raise Untraceable(f"it returns {len(out)} values: x and {len(letters)} state letters are wanted")
    arrays = [np.broadcast_to(graph.lift(o).ids, (d,)) for o in out]
    return graph, [int(i) for a in arrays for i in a]


def _call_grad(graph: Graph, d: int, point) -> Recorded:
    number = sum(1 for n in graph.nodes if n[0] == "call")
    call = graph.node("call", f"grad{number}", "grad", *graph.lift(point).ids.tolist())
    return Recorded(graph, np.array([graph.node("part", call, f"#{i}") for i in range(d)]))


def _landscape_js(land: Landscape) -> str:
    graph = Graph()
    p = graph.inputs(*(f"p[{i}]" for i in range(land.d)))
    params = {n: graph.inputs(f"${n}")[0] for n in land.params}
    reads = f"const {','.join(f'${n}=k[{i}]' for i, n in enumerate(params))};" if params else ""
    value = _body(graph, graph.lift(land.f(p, **params)), "return {};")
    bodies = [f"f(p,k){{{reads}{value}}}"]
    for name, function in (("grad", land.grad), ("hess", land.hess)):
        outputs = graph.lift(function(p, **params)).ravel()
        bodies.append(f"{name}(p,k,out){{{reads}{_body(graph, outputs, 'out[{i}]={};')}}}")
    return f"{{name:{_json(land.name)},params:{_json(list(params))},{','.join(bodies)}}}"


def _body(graph: Graph, outputs: Recorded, write: str) -> str:
    ids = outputs.ids.ravel().tolist()
    printer = _Printer(graph, ids)
    return "".join(printer.lines) + "".join(write.format(printer.text[o], i=i) for i, o in enumerate(ids))


def _json(value: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":"))


def to_sympy(land: Landscape) -> tuple[list, list, Any, Any, Any]:
    """A landscape as exact expressions: coordinates, parameters, loss, gradient (list), Hessian (nested list).

    >>> from optimlib import landscapes
    >>> to_sympy(landscapes.saddle)[2]
    x**2/2 + y**4/4 - y**2/2
    """
    import sympy

    graph = Graph()
    names = ["x", "y", "z", *(f"x{i}" for i in range(3, land.d))][: land.d]
    p, params = graph.inputs(*names), {n: graph.inputs(n)[0] for n in land.params}
    recorded = [graph.lift(function(p, **params)) for function in (land.f, land.grad, land.hess)]
    known: list[Any] = []
    for op, *args in graph.nodes:
        known.append(_symbol(sympy, op, args, known))
    value, gradient, hessian = (np.array(known, object)[r.ids] for r in recorded)
    symbols = [sympy.Symbol(n, real=True) for n in names], [sympy.Symbol(n, real=True) for n in land.params]
    return *symbols, value, gradient.tolist(), hessian.tolist()


def _symbol(sympy, op: str, args: list, known: list):
    if op == "input":
        return sympy.Symbol(args[0], real=True)
    if op == "constant":
        return sympy.pi * round(float(args[0]) / math.pi) if _is_multiple_of_pi(float(args[0])) else sympy.Rational(args[0])
    values = [known[a] for a in args]
    if op == "where":
        return sympy.Piecewise((values[1], values[0]), (values[2], True))
    named = {"add": sympy.Add, "multiply": sympy.Mul, "power": sympy.Pow, "absolute": sympy.Abs, "less": sympy.Lt,
             "greater": sympy.Gt, "less_equal": sympy.Le, "greater_equal": sympy.Ge}  # fmt: skip
    plain = {"subtract": lambda a, b: a - b, "divide": lambda a, b: a / b, "negative": lambda a: -a}
    return (plain.get(op) or named.get(op) or getattr(sympy, op))(*values)


def _is_multiple_of_pi(value: float) -> bool:
    return value != 0 and abs(value / math.pi - round(value / math.pi)) < 1e-14 and round(value / math.pi) != 0
