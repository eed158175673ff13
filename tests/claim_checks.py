"""What a chapter owes to its claims, as a function, so that the check can itself be checked."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from optimlib.claims import Claim, stored_cards


def check_chapter(notebook: dict, claims: Iterable[Claim]) -> list[str]:
    """Everything wrong with the way a chapter settles its claims, one sentence each; empty if all is well.

    Each claim must be settled exactly once, by a condition and a number that depend on what the notebook
    computes, and the stored output of that cell must show the card as it would be shown today. A chapter with
    claims that are also tested must close with their table.

    Parameters
    ----------
    notebook : A notebook as nbformat or json reads it.
    claims : The claims of that chapter.
    """
    mine = {claim.id: claim for claim in claims}
    cells = [_parse(cell) for cell in notebook["cells"]]
    computed = set().union(*map(_computed_names, cells))
    calls = [(i, call) for i, tree in enumerate(cells) for call in _calls(tree, "settle")]
    shown = {(i, card.claim.id): card for i, card in stored_cards(notebook)}
    problems, where = [], {id: [] for id in mine}
    for i, call in calls:
        id = _text(_argument(call, 0, "id"))
        if id not in mine:
            problems.append(f"cell {i} settles {id!r}, which is not a claim of this chapter")
            continue
        where[id].append(i)
        problems += [f"{id}: {problem}" for problem in _call_problems(call, computed)]
        problems += [f"{id}: {problem}" for problem in _output_problems(notebook, i, shown.get((i, id)))]
    for id, found in where.items():
        if len(found) != 1:
            problems.append(f"{id} is settled {len(found)} times, must be once" + (f": cells {found}" if found else ""))
    if any(claim.kind == "also tested" for claim in mine.values()):
        tables = sum(1 for tree in cells for _ in _calls(tree, "table"))
        problems += [] if tables == 1 else [f"the closing table is shown {tables} times, must be once"]
    return problems


def _parse(cell: dict) -> ast.Module:
    """The code of a cell without its magics; nothing for other cells."""
    if cell["cell_type"] != "code":
        return ast.Module(body=[], type_ignores=[])
    lines = "".join(cell["source"]).splitlines()
    return ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines))


def _calls(tree: ast.AST, function: str) -> Iterator[ast.Call]:
    """Calls of `claims.function` or `function` in a cell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (function, f"claims.{function}"):
            yield node


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if position < len(call.args):
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) else None


def _computed_names(tree: ast.AST) -> set[str]:
    """Names that a cell gives to something other than a typed-in value: functions and results."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if not _is_typed_in(value):
                names |= {name for target in targets for name in _names(target)}
            case ast.NamedExpr(target=target, value=value) if not _is_typed_in(value):
                names |= _names(target)
            case ast.AugAssign(target=target):
                names |= _names(target)
    return names


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_typed_in(node: ast.expr) -> bool:
    """Whether an expression is a literal; an empty container, to be filled later, is not."""
    try:
        return ast.literal_eval(node) not in ([], {})
    except ValueError:
        return False


def _depends(node: ast.expr | None, computed: set[str]) -> bool:
    """Whether an expression uses a computed name that it does not define itself."""
    if node is None:
        return False
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    own = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return any(n.id in computed - own and not hasattr(builtins, n.id) for n in names)


def _call_problems(call: ast.Call, computed: set[str]) -> Iterator[str]:
    condition, number = _argument(call, 1, "condition"), _argument(call, 2, "number")
    if not _depends(condition, computed):
        yield "the condition does not depend on anything measured"
    elif not any(isinstance(node, ast.Compare | ast.Call) for node in ast.walk(condition)):
        yield "the condition must be written out in the call, so that readers see what decides"
    elif any(_is_idle(node) for node in ast.walk(condition)):
        yield "a part of the condition is always the same"
    if not _depends(number, computed):
        yield "the number is typed in, not made from the measurement"


def _is_idle(node: ast.AST) -> bool:
    """`x or True`, `x == x`, `1 < 2`: parts of a condition that decide nothing."""
    if isinstance(node, ast.BoolOp):
        return any(_is_typed_in(value) for value in node.values)
    if isinstance(node, ast.Compare):
        sides = [ast.dump(side) for side in (node.left, *node.comparators)]
        return len(set(sides)) < len(sides) or all(map(_is_typed_in, (node.left, *node.comparators)))
    return False


def _output_problems(notebook: dict, i: int, card) -> Iterator[str]:
    if card is None:
        yield "the stored output of its cell does not show the card"
        return
    stored = ["".join(output["data"].get("text/markdown", "")) for output in notebook["cells"][i]["outputs"]
              if "data" in output]  # fmt: skip
    if card._repr_markdown_() not in stored:
        yield "the stored card is out of date; run the notebook again"
