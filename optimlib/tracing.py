"""One Python function, three uses: numpy runs it, the browser runs it, SymPy proves it.

The function is run once on arrays that write down every operation instead of doing it (`optimlib.recording`).
What they wrote is then printed as JavaScript, or done again with symbols.
"""

from __future__ import annotations

import collections
import json
import math
import operator
import traceback
from fractions import Fraction
from typing import Any

import numpy as np

from optimlib.landscape import Landscape
from optimlib.recording import MATH, OPERATIONS, Graph, Recorded, Untraceable
from optimlib.rule import Rule

__all__ = ["Untraceable", "to_javascript", "to_sympy"]


def to_javascript(what: Rule | type[Rule] | Landscape, d: int = 2) -> str:
    """The source of one JavaScript object that computes what `what` computes, for `d` coordinates.

    A rule becomes `{name, state, start, hyper, defaults, step(z, g, h, t, grad)}`: `z` holds the point, then
    each state letter, and is updated in place. A landscape becomes
    `{name, params, f(p, k), grad(p, k, out), hess(p, k, out)}`. Both may call `pow(base, exponent)`.

    Raises `Untraceable`, with the reason, if the function cannot be followed.

    >>> from optimlib import rules
    >>> head, step = to_javascript(rules.sgd, d=1).split("step")
    >>> print(head)
    {name:"sgd",state:[],start:[],hyper:["lr"],defaults:[0.001],
    >>> print(step)
    (z,g,h,t,grad){const $x$0=z[0],$g$0=g[0],$lr=h[0];z[0]=($x$0-($lr*$g$0));}}
    """
    if isinstance(what, Landscape):
        return _landscape_js(what)
    if isinstance(what, Rule) or (isinstance(what, type) and issubclass(what, Rule)):
        return _rule_js(what, d)
    raise TypeError(f"what={what!r}: must be a rule or a landscape")


def to_sympy(land: Landscape) -> tuple[list, list, Any, list, list]:
    """A landscape as exact expressions: coordinates, parameters, loss, gradient, Hessian.

    >>> from optimlib import landscapes
    >>> point, parameters, f, gradient, hessian = to_sympy(landscapes.double_well)
    >>> f, gradient[0]
    (tilt*x + y**2/2 + (x**2 - 1)**2/4, tilt + x**3 - x)
    """
    import sympy

    graph, outputs = _trace_landscape(land)
    names = ["x", "y", "z", *(f"x{i}" for i in range(3, land.d))][: land.d]
    coordinates, parameters = ([sympy.Symbol(n, real=True) for n in group] for group in (names, land.params))
    labels = [*_coordinates(land), *(f"${n}" for n in land.params)]
    given = dict(zip(labels, coordinates + parameters, strict=True))
    known: list[Any] = []
    for op, args, label in graph.nodes:
        if op == "constant":
            known.append(_exact(label))
        else:
            known.append(given[label] if op == "input" else _symbolic(op)(*(known[a] for a in args)))
    value, gradient, hessian = ([known[i] for i in outputs[name]] for name in ("f", "grad", "hess"))
    return coordinates, parameters, value[0], gradient, np.reshape(hessian, (land.d, land.d)).tolist()


# --- following a function -------------------------------------------------------------------------


def _follow(function, *args, **kwargs):
    """Call the function; whatever goes wrong is `Untraceable`, with the line at fault."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        known = isinstance(error, Untraceable)
        why = str(error) if known else f"on traced values it fails with {type(error).__name__}: {error}"
        file = getattr(getattr(function, "__code__", None), "co_filename", None)
        lines = [f.line for f in traceback.extract_tb(error.__traceback__) if f.filename == file and f.line]
        raise Untraceable(f"{why} (at `{lines[-1]}`)" if lines else why) from (None if known else error)


def _places(graph: Graph, value, shape: tuple[int, ...], what: str) -> list[int]:
    """The places of what a function returned, in order. All but the new point may be spread to shape."""
    found = graph.lift(value).numbers()
    try:
        spread = np.broadcast_to(found.places, found.shape if what == "x" else shape)
    except ValueError:
        spread = found.places
    if spread.shape != shape:
        raise Untraceable(f"it returns {what} of shape {found.shape} where {shape} is wanted")
    return spread.ravel().tolist()


def _trace_rule(rule, d: int) -> tuple[Graph, list[int]]:
    """Run the update once on points `(d, 1)` and hyper-parameters `(1,)`, as `descend` does for one run."""
    if "H" in rule.inputs:
        raise Untraceable("it asks for the Hessian, which the browser does not hand to rules")
    graph, names = Graph(), ("x", *rule.state_names)

    def vector(name):
        return graph.inputs(*(f"${name}${i}" for i in range(d))).reshape((d, 1))

    def grad(point):
        call = graph.add("grad", *_places(graph, point, (d, 1), "a point"))
        return Recorded(graph, [[graph.add("part", call, label=str(i))] for i in range(d)])

    given = {"x": vector("x"), "g": vector("g"), "t": graph.inputs("t")[0], "grad": grad}
    hyper = {name: graph.inputs(f"${name}") for name in rule.hyper_names}
    out = _follow(rule.update, *(given[n] for n in rule.inputs), *map(vector, rule.state_names), **hyper)
    out = out if isinstance(out, tuple) else (out,)
    if len(out) != len(names):
        raise Untraceable(f"it returns {len(out)} values: must be {len(names)}, the new {', '.join(names)}")
    return graph, [place for n, o in zip(names, out, strict=True) for place in _places(graph, o, (d, 1), n)]


def _trace_landscape(land: Landscape) -> tuple[Graph, dict[str, list[int]]]:
    """Run loss, gradient and, if there is one, Hessian on a point `(d, 1)`; parameters are single numbers."""
    graph, d = Graph(), land.d
    p = graph.inputs(*_coordinates(land)).reshape((d, 1))
    params = {name: graph.inputs(f"${name}")[0] for name in land.params}
    outputs = {}
    for name, shape in (("f", (1,)), ("grad", (d, 1)), ("hess", (d, d, 1))):
        if (function := getattr(land, name)) is not None:
            outputs[name] = _places(graph, _follow(function, p, **params), shape, name)
    return graph, outputs


def _coordinates(land: Landscape) -> list[str]:
    return [f"${i}" for i in range(land.d)]


# --- JavaScript -------------------------------------------------------------------------------------
# Own names stand after a $, coordinates after a second: so none meets JavaScript's words, ours, or another.


def _rule_js(rule, d: int) -> str:
    graph, outputs = _trace_rule(rule, d)
    for _ in range(8):  # one coin tossed per coordinate would pass once in 4**8
        again, same = _trace_rule(rule, d)
        if again.nodes != graph.nodes or same != outputs:
            raise Untraceable("it gives another result each time (random numbers, or a counter of its own)")
    z = [f"${name}${i}" for name in ("x", *rule.state_names) for i in range(d)]
    reads = {name: f"z[{i}]" for i, name in enumerate(z)} | {f"$g${i}": f"g[{i}]" for i in range(d)}
    reads |= {f"${name}": f"h[{i}]" for i, name in enumerate(rule.hyper_names)}
    facts = {
        "name": rule.name,
        "state": rule.state_names,
        "start": [rule.starts[k] for k in rule.state_names],
        "hyper": rule.hyper_names,
        "defaults": [v if isinstance(v, int | float) else None for v in rule.defaults.values()],
    }
    head = "".join(f"{k}:{_json(v)}," for k, v in facts.items())
    return f"{{{head}step(z,g,h,t,grad){{{_statements(graph, outputs, reads, 'z[{}]={};')}}}}}"


def _landscape_js(land: Landscape) -> str:
    graph, outputs = _trace_landscape(land)
    reads = {name: f"p[{i}]" for i, name in enumerate(_coordinates(land))}
    reads |= {f"${n}": f"k[{i}]" for i, n in enumerate(land.params)}
    parts = [f"name:{_json(land.name)},params:{_json(list(land.params))}"]
    for name, places in outputs.items():
        head, write = ("f(p,k)", "return {1};") if name == "f" else (f"{name}(p,k,out)", "out[{}]={};")
        parts.append(f"{head}{{{_statements(graph, places, reads, write)}}}")
    return f"{{{','.join(parts)}}}"


def _statements(graph: Graph, outputs: list[int], reads: dict[str, str], write: str) -> str:
    """Computes the outputs: what is used twice becomes a constant, all else stands where it is used."""
    uses = collections.Counter(outputs)
    for place in reversed(range(len(graph.nodes))):
        if uses[place]:
            uses.update(graph.nodes[place].args)
    text: dict[int, str] = {}
    lines = []
    for place in filter(uses.get, range(len(graph.nodes))):
        op, args, label = graph.nodes[place]
        values = [text[a] for a in args]
        text[place] = f"a{place}"
        if op == "grad":  # fills an array, whose parts are then read
            lines.append(f"const a{place}=[];grad([{','.join(values)}],a{place});")
        elif op in ("input", "constant"):
            text[place] = label if op == "input" else _literal(label)
        elif op == "part":
            text[place] = f"{values[0]}[{label}]"
        elif uses[place] > 1:
            lines.append(f"const a{place}={OPERATIONS[op].format(*values)};")
        else:
            text[place] = OPERATIONS[op].format(*values)
    live = {graph.nodes[place].label for place in text if graph.nodes[place].op == "input"}
    first = ",".join(f"{name}={there}" for name, there in reads.items() if name in live)
    last = "".join(write.format(i, text[place]) for i, place in enumerate(outputs))
    return (f"const {first};" if first else "") + "".join(lines) + last


def _literal(label: str) -> str:
    """A Python number as JavaScript writes it."""
    text = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(label, label.removesuffix(".0"))
    return f"({text})" if text.startswith("-") else text


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


# --- symbols --------------------------------------------------------------------------------------


def _exact(label: str):
    """The number that a decimal was meant to be: a simple multiple of π, or the decimal itself."""
    import sympy

    value = float(label)
    multiple = Fraction(value / math.pi).limit_denominator(180)
    if multiple and math.isclose(multiple * math.pi, value, rel_tol=1e-15):
        return sympy.Rational(multiple) * sympy.pi
    return sympy.Rational(label)


def _symbolic(op: str):
    """What does to symbols what `op` does to numbers."""
    import sympy

    known = {
        "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
        "negative": operator.neg, "power": operator.pow, "less": operator.lt, "less_equal": operator.le,
        "greater": operator.gt, "greater_equal": operator.ge, "absolute": abs, "maximum": sympy.Max,
        "minimum": sympy.Min,
        "where": lambda condition, a, b: sympy.Piecewise((a, condition), (b, True)),
    }  # fmt: skip
    found = known.get(op) or getattr(sympy, MATH.get(op, op), None)
    if found is None:
        raise Untraceable(f"it calls np.{op}, which has no counterpart among symbols")
    return found
