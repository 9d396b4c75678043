"""Products that conform only with other brackets than the ladder puts, as in `(a - y) ⊙ a ⊙ (1 - a) b'`.

By the ladder A ⊙ B C is A ⊙ (B C), and A ⊙ B * C is (A ⊙ B) * C. Where that does not conform, the other reading is
tried: everything from left to right, then * before ⊙. What conforms is taken, and a note shows its brackets.
A dot between two columns, `x · A x`, is x'(A x).
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.syntax.solve import SCALAR, Solver, Var
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree, walk

DOTS = ("·", "⋅", "\\cdot", "@")
"""The signs of a product that may be one of vectors."""
Grouping = tuple[list[str], list[Tree]]
"""How the factors of a product are joined, and the factors."""


class Regrouping:
    """The products of a program that can be read in more than one way."""

    def __init__(self, source: Source, trees: Sequence[Tree]) -> None:
        products = (tree for root in trees for tree in walk(root) if tree.kind == "product")
        self.left: list[tuple[Tree, list[Grouping]]] = []
        for tree in products:
            several = "HADAMARD" in tree.ops and "KRONECKER" not in tree.ops
            others = [_left_to_right(tree), _products_first(tree)] if several else []
            others = [reading for reading in others if len(reading[0]) != len(tree.ops)]
            if set(tree.ops) == {"", "TIMES"}:
                others = [_dotted(tree, i) for i in reversed(_dots(source, tree))]
            if others:
                self.left.append((tree, [(tree.ops, tree.args), *reversed(others)]))

    def step(self, solver: Solver) -> bool:
        """Give each product that does not conform its next reading. True if any has changed; then solve again.

        A product without a conforming reading gets its first one back.
        """
        pending = []
        for tree, readings in self.left:
            if readings and not _conforms(solver, tree):
                tree.ops, tree.args = readings.pop()
                tree.regrouped = bool(readings) and "HADAMARD" in tree.ops
                pending.append((tree, readings))
        self.left = pending
        return bool(pending)


def brackets(source: Source, tree: Tree) -> str:
    """A regrouped product with the brackets that it is read with."""
    text, opened, end = "", 0, tree.start
    before = ""
    for i, (op, factor) in enumerate(zip(tree.ops, tree.args, strict=True)):
        entrywise = "" if not op else "entries" if op in ("HADAMARD", "OVER_ENTRIES") else "matrices"
        if before and entrywise != before:
            text, opened = text + ")", opened + 1
        before = entrywise
        shown = source.text[factor.start : factor.end]
        text += source.text[end : factor.start] + (f"({shown})" if factor.kind == "product" else shown)
        end = factor.end if i < len(tree.args) - 1 else end
    return " ".join(("(" * opened + text).split())


def _left_to_right(tree: Tree) -> Grouping:
    # With its chains opened.
    ops: list[str] = []
    factors: list[Tree] = []
    for op, arg in zip(tree.ops, tree.args, strict=True):
        opened = arg.kind == "chain"
        ops += [op, *arg.ops[1:]] if opened else [op]
        factors += arg.args if opened else [arg]
    return ops, factors


def _products_first(tree: Tree) -> Grouping:
    # With the factors between two ⊙ in brackets.
    ops: list[str] = []
    factors: list[Tree] = []
    for op, arg in zip(tree.ops, tree.args, strict=True):
        if op != "TIMES":
            ops.append(op)
            factors.append(arg)
        else:
            group = factors[-1]
            if group.kind != "product":
                group = Tree("product", [group], group.start, group.end)
                group.ops.append("")
                factors[-1] = group
            group.args.append(arg)
            group.ops.append(op)
            group.end = arg.end
    return ops, factors


def _dots(source: Source, tree: Tree) -> list[int]:
    # The factors behind the dots.
    between = [source.text[a.end : b.start] for a, b in zip(tree.args, tree.args[1:], strict=False)]
    found = [i + 1 for i, text in enumerate(between) if any(dot in text for dot in DOTS)]
    return [i for i in found if i > 1 or tree.args[0].kind != "transpose"]  # A' · B is no product of two columns


def _dotted(tree: Tree, i: int) -> Grouping:
    # With all that stands before the dot transposed.
    left = tree.args[0]
    if i > 1:
        left = Tree("product", tree.args[:i], left.start, tree.args[i - 1].end)
        left.ops = tree.ops[:i]
    turned = Tree("transpose", [Tree("group", [left], left.start, left.end)], left.start, left.end)
    return ["", *tree.ops[i:]], [turned, *tree.args[i:]]


def _conforms(solver: Solver, tree: Tree) -> bool:
    """Whether the factors of a product conform, and those of the products in it."""
    turned = (arg.args[0].args[0] for arg in tree.args[:1] if arg.kind == "transpose" and arg.args[0].kind == "group")
    inner = (arg for arg in (*tree.args, *turned) if arg.kind in ("chain", "product"))
    return _conform(solver, tree) and all(_conform(solver, arg) for arg in inner)


def _conform(solver: Solver, tree: Tree) -> bool:
    one = solver.root(solver.one)
    whole = _shape(solver, tree.args[0].var)
    for op, factor in zip(tree.ops[1:], tree.args[1:], strict=True):
        other = _shape(solver, factor.var)
        if other is None:
            continue
        if op == "OVER":
            return False
        if whole is None:
            whole = other
        elif op == "TIMES":
            if whole[1] != other[0]:
                return False
            whole = None if (whole[0], other[1]) == (one, one) else (whole[0], other[1])
        elif whole != other:
            return False
    return True


def _shape(solver: Solver, var: Var) -> tuple[int, int] | None:
    # Classes of rows and columns; None for a scalar.
    return None if solver.state(var) == SCALAR else (solver.root(var.rows), solver.root(var.columns))
