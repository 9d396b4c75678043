"""Formulas whose shapes do not conform: single edits of the tree, before anything is known of its shapes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from matcalc.check.answer_key import AnswerKey
from matcalc.check.formulas import Answer
from matcalc.check.repairs import bare, like
from matcalc.check.verdict import CREDIT, Verdict
from matcalc.errors import MatcalcError, ShapeError, UnsupportedError
from matcalc.expr import Node, Shape
from matcalc.syntax.languages import is_latex
from matcalc.syntax.tree import Tree, copied, walk
from matcalc.write import TEXT, refuse_long, write
from matcalc.write.notations.latex import LATEX

RESHAPED = 80
"""Changes that are tried of a formula that does not conform."""
LARGEST = 6_000
"""Fewer are tried of one with many parts, no more than this number over that of its parts."""
_MATRICES = frozenset(("name", "group", "call", "power"))


class Reshaped(NamedTuple):
    """A formula with one part changed: the kind of mistake, the part, the whole, and what stands there in words."""

    kind: str
    part: Tree
    whole: Tree
    said: str


def reshaped(root: Tree, shapes: Mapping[str, Shape]) -> Iterator[Reshaped]:
    """The formulas that one change makes of a formula, in names that have shapes."""
    above = {arg: tree for tree in walk(root) for arg in tree.args}
    for tree in walk(root):
        parent = above.get(tree)
        for kind, new, said in _changes(tree, parent, shapes):
            yield Reshaped(kind, tree, _put(root, tree, new), said)
        for part, new in _bracketed(tree):
            yield Reshaped("shape", part, _put(root, tree, new), "in brackets")


def _put(root: Tree, old: Tree, new: Tree) -> Tree:
    # `copied` makes new parts, so that the old one is known by where it stands in the walk.
    order = {id(tree): n for n, tree in enumerate(walk(root))}
    wanted, at = order[id(old)], -1

    def change(tree: Tree) -> Tree:
        nonlocal at
        at += 1
        return copied(new) if at == wanted else tree

    return copied(root, change)


def _changes(tree: Tree, parent: Tree | None, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, Tree, str]]:
    if tree.kind in ("transpose", "inverse_transpose"):
        if tree.kind == "transpose":
            yield "shape", tree.args[0], "without the transpose"
    elif tree.kind in _MATRICES and (parent is None or parent.kind not in ("transpose", "entry", "line")):
        yield "shape", _primed(tree), "transposed"
    if tree.kind == "entry" and len(tree.value) == 2:
        swapped = like(tree, tree.args)
        swapped.value = tree.value[::-1]
        yield "indices", swapped, "with its indices exchanged"
    if tree.kind in ("chain", "product"):
        yield from _of_product(tree, shapes)


def _primed(tree: Tree) -> Tree:
    inner = tree if tree.kind != "power" else Tree("group", [tree], tree.start, tree.end)
    return Tree("transpose", [inner], tree.start, tree.end)


def _turned(tree: Tree) -> Tree:
    return tree.args[0] if tree.kind == "transpose" else _primed(tree)


def _of_product(tree: Tree, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, Tree, str]]:
    times = [i for i, op in enumerate(tree.ops) if op == "TIMES"]
    for i in times:
        one, two = tree.args[i - 1 : i + 1]
        if tree.ops[i - 1] in ("", "TIMES") and "number" not in (one.kind, two.kind):
            vectors = _is_vector(one, shapes) and _is_vector(two, shapes)
            yield "outer" if vectors else "shape", _with(tree, i, two, one), "in the other order"
            if vectors:
                yield "outer", _with(tree, i, _turned(one), _turned(two)), "as an outer product"
    if tree.kind == "product":
        if times:
            entries = like(tree, tree.args)
            entries.ops = ["HADAMARD" if op == "TIMES" else op for op in tree.ops]
            yield "hadamard", entries, "entry by entry"
        for i, op in enumerate(tree.ops):
            if op in ("TIMES", "HADAMARD"):
                other = like(tree, tree.args)
                other.ops[i] = "HADAMARD" if op == "TIMES" else "TIMES"
                yield "hadamard", other, "entry by entry" if op == "TIMES" else "as a product of matrices"
    elif set(tree.ops) == {"", "TIMES"}:
        for i in times:
            yield "hadamard", _apart(tree, i), "entry by entry"


def _bracketed(tree: Tree) -> Iterator[tuple[Tree, Tree]]:
    # X' D W' .* F is (X' D W') ⊙ F by precedence, and who writes it may mean X' (D W' .* F), or X' D (W' .* F).
    if tree.kind != "product" or tree.args[0].kind != "chain" or set(tree.ops[1:]) != {"HADAMARD"}:
        return
    chain = tree.args[0]
    for i, op in enumerate(chain.ops):
        if op == "TIMES":
            last = like(chain, chain.args[i:])
            last.ops = ["", *chain.ops[i + 1 :]]
            last.start = chain.args[i].start
            part = like(tree, [last, *tree.args[1:]])
            part.start = last.start
            whole = like(chain, [*chain.args[:i], Tree("group", [part], part.start, part.end)])
            whole.ops = chain.ops[: i + 1]
            yield part, whole


def _is_vector(tree: Tree, shapes: Mapping[str, Shape]) -> bool:
    tree = bare(tree)
    while tree.kind in ("transpose", "group"):
        tree = tree.args[0]
    return tree.kind == "name" and 1 in shapes.get(str(tree.value), ())


def _with(tree: Tree, i: int, one: Tree, two: Tree) -> Tree:
    return like(tree, [*tree.args[: i - 1], one, two, *tree.args[i + 1 :]])


def _apart(tree: Tree, i: int) -> Tree:
    sides = []
    for args in (tree.args[:i], tree.args[i:]):
        side = args[0]
        if len(args) > 1:
            side = Tree("chain", list(args), args[0].start, args[-1].end)
            side.ops = ["", *["TIMES"] * (len(args) - 1)]
        sides.append(side)
    made = Tree("product", sides, tree.start, tree.end)
    made.ops = ["", "HADAMARD"]
    return made


# ------------------------------------------------------------------------------------------------------------- verdict


def misshapen(key: AnswerKey, answer: Answer, error: ShapeError) -> Verdict:
    """The verdict on a formula that does not conform: what a single change makes of it."""
    target, text = key.target(answer), answer.text
    found = unfit(text, error)
    end = time.monotonic() + key.time_limit
    most = min(RESHAPED, LARGEST // sum(1 for _ in walk(answer.written.tree)))
    for tried, change in enumerate(reshaped(answer.written.tree, answer.written.shapes)):
        if tried > most or time.monotonic() > end:
            break
        try:
            node = answer.written.read(answer.shape, change.whole).node
        except MatcalcError:
            continue
        if node.shape == target.shape and key.agrees(node, target):
            old = " ".join(text[change.part.start : change.part.end].split())
            where = change.part.start, change.part.end
            said = f"{found.said}; right is `{old}` {change.said}"
            repaired = shown(node, is_latex(text))
            kind = change.kind
            return replace(found, kind=kind, where=where, said=said, repaired=repaired, score=CREDIT[kind])
    return found


def place_of(text: str, error: BaseException) -> tuple[int, int] | None:
    """Where in a text an error is."""
    if not isinstance(error, MatcalcError) or error.line is None or error.column is None:
        return None
    start = sum(len(line) + 1 for line in text.split("\n")[: error.line - 1]) + error.column - 1
    return start, min(len(text), start + max(1, len(error.text)))


def unfit(text: str, error: ShapeError) -> Verdict:
    """The verdict on a formula whose shapes do not conform."""
    said = error.message + (f"; {error.hint}" if error.hint else "")
    rule = "A B needs as many columns of A as B has rows; A + B and A ⊙ B need equal shapes"
    return Verdict("shape", text, place_of(text, error), said, rule, score=CREDIT["shape"])


def shown(node: Node, latex: bool = False) -> str:
    """A formula in text or LaTeX, … where it is too long."""
    try:
        refuse_long(node.length)
        return write(node, LATEX if latex else TEXT)
    except UnsupportedError:
        return "…"
