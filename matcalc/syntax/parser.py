"""Tokens to trees: Lark's LALR parser on the tokens of a statement. Bottom up and iterative, so depth is free.

An action makes the tree of what a rule of the grammar has read, from the trees and tokens of its parts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedToken

from matcalc.syntax.grammar import kept
from matcalc.syntax.tree import COLUMN, Bounds, Statement, Subscripted, Token, Tree, copied, sized
from matcalc.syntax.vocabulary import BARS, ENTRY

# -------------------------------------------------------------------------------------------------------------- actions

_STRICTLY = frozenset("<>")
_ADDING = (("sum", 0), ("mean", 0))
_LESS = frozenset({"<", "<=", "≤", "⩽"})


def _joined(kind: str, left: Tree, op: str, right: Tree) -> Tree:
    # Left-associative, and flat: a chain that is being built takes one more factor.
    if left.kind != kind:
        whole = Tree(kind, [left], left.start, left.end)
        whole.ops.append("")
        left = whole
    left.args.append(right)
    left.ops.append(op)
    left.end = right.end
    return left


def _negative(minus: Token, tree: Tree) -> Tree:
    if tree.kind == "number" and tree.value > 0:
        return Tree("number", [], minus.start, tree.end, -tree.value)
    if tree.kind == "negative":  # --A is shown as it is written; of more signs two cancel
        return Tree("negative", tree.args, minus.start, tree.end, 3 - tree.value)
    return Tree("negative", [tree], minus.start, tree.end, 1)


def _power(base: Tree, op: Token, exponent: Tree) -> Tree:
    # A^-1' is (A^-1)': exponents are scalars, so a prime after one means the power.
    primes, signs, end = 0, 0, exponent.end
    inner = exponent
    while inner.kind in ("transpose", "negative"):
        primes, signs = primes + (inner.kind == "transpose"), signs + (inner.value if inner.kind == "negative" else 0)
        inner = inner.args[0]
    if primes:
        exponent = inner
        if signs and inner.kind == "number":
            exponent = Tree("number", [], inner.start, inner.end, inner.value * (-1) ** signs)
        elif signs:
            exponent = Tree("negative", [inner], inner.start, inner.end, 2 - signs % 2)
    tree = Tree("power", [base, exponent], base.start, inner.end if primes else end, op.kind)
    for _ in range(primes):
        tree = Tree("transpose", [tree], base.start, end, "of a power")
    return tree


def _declaration(names: list[Token], declare: Token, *described: list[Token]) -> Any:
    dims = next((d for d in described if d and d[0].kind == "DIMENSION"), [])
    attributes = next((d for d in described if d and d[0].kind == "ATTRIBUTE"), [])
    return names, dims, attributes


def _block(open_: Token, rows: list[list[Tree]], close: Token) -> Tree:
    # [A, B; C, D] is a stack of rows; [A, B] a row, and [A; B] a stack; [A] is A. [A, [B, C]] is [A, B, C].
    rows = [_spliced("row", row) for row in rows]
    if len(rows) == 1 and len(rows[0]) == 1:
        return Tree("group", rows[0], open_.start, close.end)
    parts = [tree for row in rows for tree in row]
    if any(tree.kind != "number" for tree in parts):  # among numbers alone 0 is one
        for tree in parts:
            if tree.kind == "number" and tree.value == 0:
                tree.kind = "zero"
    if len(rows) == 1:
        return Tree("row", rows[0], open_.start, close.end)
    stacked = [row[0] if len(row) == 1 else Tree("row", row, row[0].start, row[-1].end) for row in rows]
    return Tree("stack", _spliced("stack", stacked), open_.start, close.end)


def indicator(left: Tree, op: str, right: Tree, start: int, end: int) -> Tree:
    """Iverson's brackets: [A > 0] is step(A), [A > B] is step(A - B), [A >= B] step_ge(A, B); [A < B] is [B > A]."""
    if op in _LESS:
        left, right = right, left
    if op not in _STRICTLY:
        return Tree("call", [left, right], start, end, ("step_ge", 0))
    if right.kind == "number" and right.value == 0:
        inside = left
    elif left.kind == "number" and left.value == 0:
        inside = Tree("negative", [right], right.start, right.end, 1)
    else:
        inside = Tree("sum", [left, right], min(left.start, right.start), max(left.end, right.end))
        inside.ops += ["", "MINUS"]
    return Tree("call", [inside], start, end, ("step", 0))


def _indexed(base: Tree, open_: Token, slices: list[list[Tree]], close: Token) -> Tree:
    # x[1] is an entry; X[1:3,:] the rows 1 to 3, and so on.
    (rows, *more), start, end = slices, base.start, close.end
    if len(rows) == 1 and not more:
        return Tree("call", [base, rows[0], copied(rows[0])], start, end, (ENTRY, 0))
    for name, slice_ in (("rowrange", rows), ("colrange", more[0] if more else [])):
        if slice_:
            base = Tree("call", [base, slice_[0], copied(slice_[-1])], start, end, (name, 0))
    return base


def _ones(token: Token) -> Tree:
    # 𝟏_n is ones(n).
    size = str(token.value)[1:].strip("_{}")
    if not size:
        return Tree("ones", [], token.start, token.end, COLUMN if token.value == COLUMN else None)
    return Tree("call", [sized(size, token.start, token.end)], token.start, token.end, ("ones", 0))


def _spliced(kind: str, parts: list[Tree]) -> list[Tree]:
    if len(parts) == 1 or all(part.kind != kind for part in parts):
        return parts
    return [inner for part in parts for inner in (part.args if part.kind == kind else [part])]


def _appended(items: list[Any], item: Any) -> list[Any]:
    items.append(item)
    return items


def _call(name: Token, open_: Token, args: list[Tree | Token], close: Token) -> Tree:
    parts = [a if isinstance(a, Tree) else Tree("option", [], a.start, a.end, a.value) for a in args]
    if name.value in _ADDING and len(parts) == 1:
        _by_entries(parts[0])
    return Tree("call", parts, name.start, close.end, name.value)


def _by_entries(root: Tree) -> None:
    """Single bars in what is added are absolute values where all of it is made of them: sum(|x|), mean(2 |x|^2)."""
    bars: list[Tree] = []
    stack = [root]
    while stack:
        tree = stack.pop()
        if tree.kind == "call" and tree.value == (BARS, 0):
            bars.append(tree)
        elif tree.kind in ("group", "negative", "sum", "power", "chain", "product"):
            stack += tree.args
        elif tree.kind != "number":
            return
    for tree in bars:
        tree.value = ("abs", 0)


def _over(sum_: Token, tree: Tree) -> Tree:
    # Without an index it adds the entries: ∑ (y - ŷ)^2.
    if not isinstance(sum_.value, Bounds):  # over layers
        return Tree("total", [tree], sum_.start, tree.end, sum_.value)
    if not sum_.value.letters:
        _by_entries(tree)
        return Tree("call", [tree], sum_.start, tree.end, ("sum", 0))
    return Tree("over", [tree], sum_.start, tree.end, sum_.value)


def _entry(token: Token) -> Tree:
    # What it is an entry of stands in it as a name.
    assert isinstance(token.value, Subscripted)
    name = Tree("name", [], token.start, token.end, token.value.stem)
    return Tree("entry", [name], token.start, token.end, token.value.letters)


_ACTIONS: dict[str, Callable[..., Any]] = {
    "expression": lambda tree: Statement("expression", tree, ()),
    "definition": lambda name, equals, tree: Statement("definition", tree, (name,)),
    "formula": lambda name, equals, tree: Statement("formula", tree, (name,)),
    "array": lambda name, equals, each, tree: Statement(
        "definition", Tree("array", [tree], tree.start, tree.end, each.value), (name,)
    ),
    "over": _over,
    "entry": _entry,
    "known_gradient": lambda given, of, over, by, equals, tree: Statement("known_gradient", tree, (of, by)),
    "declared": lambda declarations: Statement("declared", None, (), declarations),
    "plus": lambda left, op, right: _joined("sum", left, op.kind, right),
    "inner": lambda left, op, right: Tree("inner", [left, right], left.start, right.end),
    "product": lambda left, op, right: _joined("product", left, op.kind, right),
    "beside": lambda left, right: _joined("chain", left, "TIMES", right),
    "chain": lambda left, op, right: _joined("chain", left, op.kind, right),
    "negative": _negative,
    "positive": lambda plus, tree: tree,
    "power": _power,
    "transpose": lambda tree, op: Tree("transpose", [tree], tree.start, op.end),
    "inverse_transpose": lambda tree, op: Tree("inverse_transpose", [tree], tree.start, op.end),
    "number": lambda token: Tree("number", [], token.start, token.end, token.value),
    "name": lambda token: Tree("name", [], token.start, token.end, token.value),
    "ones": _ones,
    "call": _call,
    "total": lambda name, open_, tree, range_, close: Tree("total", [tree], name.start, close.end, range_.value),
    "norm": lambda open_, tree, close: Tree("norm", [tree], open_.start, close.end, close.value),
    "group": lambda open_, tree, close: Tree("group", [tree], open_.start, close.end),
    "block": _block,
    "indexed": _indexed,
    "all": lambda colon: [],
    "part": lambda first, colon, last: [first, last],
    "indicator": lambda open_, left, op, right, close: indicator(left, op.value, right, open_.start, close.end),
    "first": lambda item: [item],
    "more": lambda items, comma, item: _appended(items, item),
    "also": lambda items, item: _appended(items, item),
    "pair": lambda left, between, right: [left, right],
    "declaration": _declaration,
}


class Unexpected(Exception):
    """The parser stopped in `state` at a token that it cannot use; `before` is the token before it."""

    def __init__(self, state: int, token: Token, before: Token | None) -> None:
        super().__init__()
        self.state = state
        self.token = token
        self.before = before


@cache
def notation() -> Lark:
    """The parser of statements."""
    return kept(_ACTIONS)


def run(tokens: list[Token]) -> Statement:
    """The statement that the tokens are. Raises Unexpected."""
    try:
        statement = notation().parse(tokens)
    except UnexpectedToken as found:
        before, token = None, found.token
        if token.type == "$END":
            before, token = tokens[-1], Token("$END", None, tokens[-1].end, tokens[-1].end)
        elif at := next(i for i, other in enumerate(tokens) if other is token):
            before = tokens[at - 1]
        raise Unexpected(found.state.position, token, before) from None
    assert isinstance(statement, Statement)
    return statement
