"""The API reference: pages written from `optimlib` itself, and docstrings as this project writes them.

A docstring here is plain prose; sections such as *Parameters* hold entries `name : what it is`, or
`name : range` with the description indented below, and single backquotes mean code. `read_docstring` turns
that into what Sphinx understands.
"""

from __future__ import annotations

import importlib
import re

ENTRIES = ("Parameters", "Attributes", "Raises", "Returns")  # sections that hold a list
ENTRY = re.compile(r"(?P<names>[\w*]+(?:, [\w*]+)*) ?: (?P<text>.*)")


def rules_markdown() -> str:
    """One section per rule, in the order of `rules.RULES`: docstring, then the code as chapters print it."""
    from optimlib import rules

    return "\n\n".join(_rule(name, rule) for name, rule in rules.RULES.items())


def _rule(name: str, rule: type) -> str:
    state = ", ".join(f"`{letter}`" for letter in rule.state_names) or "nothing"
    return (
        f"(rule-{name})=\n## {name}\n\n"
        f"```{{eval-rst}}\n.. autoclass:: {rule.__module__}.{name}\n```\n\n"
        f"Remembers {state}. The code, as it runs:\n\n```python\n{rule.source}\n```"
    )


def landscapes_markdown() -> str:
    """A table of all landscapes, from `landscapes.LANDSCAPES`."""
    from optimlib import landscapes

    rows = ["| name | parameters | best known minimum | source |", "|---|---|---|---|"]
    rows += [_landscape_row(land) for land in landscapes.LANDSCAPES.values()]
    return "\n".join(rows)


def _landscape_row(land) -> str:
    params = ", ".join(f"`{k}` = {p.default:g} ({p.low:g} to {p.high:g})" for k, p in land.params.items())
    best = "none"
    if land.minima:
        point, loss = land.minima[0]
        best = f"{loss:.6g} at ({', '.join(f'{c:.6g}' for c in point)})"
    return f"| `{land.name}` | {params or 'none'} | {best} | {land.source} |"


def module(name: str) -> str:
    """Everything public in a module, in the order of the source."""
    importlib.import_module(name)  # a misspelled name should say so here
    return f"```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```"


def read_docstring(app, what, name, obj, options, lines: list[str]) -> None:
    """Turn sections of `name : text` entries into titled definition lists, in place."""
    out: list[str] = []
    section = ""
    for i, line in enumerate(lines):
        if _underlined(lines, i):
            section = line.strip()
            out += [f".. rubric:: {section}", ""]
        elif i and _underlined(lines, i - 1):
            out.append("")
        elif section in ENTRIES and (entry := ENTRY.fullmatch(line)):
            names = ", ".join(f"``{n}``" for n in entry["names"].split(", "))
            kind = entry["text"] if _described(entry["text"], lines[i + 1 : i + 2]) else ""
            out += [f"{names} *{kind}*"] if kind else [names, f"    {entry['text']}"]
        else:
            out.append(line)
    lines[:] = out


def _described(text: str, following: list[str]) -> bool:
    """Whether an entry's first line is its range, described below, or runs on into the next line."""
    starts_anew = bool(following) and re.match(r" +[^ a-z]", following[0]) is not None
    return starts_anew and not text.endswith((",", ";", "."))


def _underlined(lines: list[str], i: int) -> bool:
    return i + 1 < len(lines) and bool(lines[i].strip()) and re.fullmatch(r"\s*-{3,}\s*", lines[i + 1]) is not None


def plain_signature(app, what, name, obj, options, signature: str | None, returns: str | None):
    """A rule's hyper-parameters without `Any`: the ranges stand in words."""
    return signature and re.sub(r": ~?(?:typing\.)?Any = ", "=", signature), returns


def setup(app):
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-process-docstring", read_docstring)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
