"""A reader's formula with one part replaced: its tree says where each part stands, what is around it is rebuilt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Number, Term
from matcalc.signatures import Nonconforming
from matcalc.sums import NoMatrixForm, in_matrices
from matcalc.syntax.expression import ReadExpression
from matcalc.syntax.tree import Tree, walk


class Repair(NamedTuple):
    """A part of a formula, and what stands in its place."""

    tree: Tree
    node: Node


class Parts:
    """The parts of a formula, each of which may be replaced."""

    def __init__(self, read: ReadExpression) -> None:
        self.root = read.tree
        self.node = read.node
        self._builder = read.builder
        self._above: dict[Tree, Tree] = {}
        for tree in walk(read.tree):
            for arg in tree.args:
                self._above[arg] = tree
        self.all = list(walk(read.tree))
        self.lettered = any(tree.kind in ("array", "lines", "over", "entry", "line") for tree in self.all)

    def above(self, tree: Tree) -> Tree | None:
        """The part that a part is directly in."""
        return self._above.get(tree)

    def built(self, tree: Tree) -> Node | None:
        """The expression that a part is, of parts that are built; None where they do not conform."""
        try:
            found: Node = getattr(self._builder, f"_{tree.kind}")(tree)
        except (MatcalcError, Nonconforming):
            return None
        return found

    def replaced(self, repair: Repair) -> Node | None:
        """The formula with one part replaced; None where it does not conform."""
        old, new = repair.tree, known(repair.node, repair.tree)
        self._builder.work = 0
        try:
            while (parent := self._above.get(old)) is not None:
                made = like(parent, [new if arg is old else arg for arg in parent.args])
                made.node = getattr(self._builder, f"_{parent.kind}")(made)
                old, new = parent, made
            if not self.lettered:
                return new.node
            if new.kind in ("array", "lines"):
                letters = tuple(letter.name for letter in new.value)
                return in_matrices(new.args[0].node, letters, new.node.shape[: len(letters)]).node
            return in_matrices(new.node, (), ()).node
        except (MatcalcError, Nonconforming, NoMatrixForm):
            return None


def known(node: Node, at: Tree) -> Tree:
    """A part in the place of another that is an expression, whatever it was."""
    tree = Tree("known", [], at.start, at.end)
    tree.node = node
    tree.var = getattr(at, "var", None)  # type: ignore[assignment]
    return tree


def like(tree: Tree, args: Sequence[Tree]) -> Tree:
    """The same part with others in it."""
    made = Tree(tree.kind, list(args), tree.start, tree.end, tree.value)
    made.ops = list(tree.ops)
    made.var = getattr(tree, "var", None)  # type: ignore[assignment]
    return made


# ------------------------------------------------------------------------------------------------------- what parts are


def bare(tree: Tree) -> Tree:
    """A part without the brackets around it."""
    while tree.kind == "group":
        tree = tree.args[0]
    return tree


def matrix_factors(tree: Tree) -> list[Node]:
    """The factors of a product of matrices from left to right, those of the products in its brackets too; else []."""
    return _factors(tree, ("TIMES",))


def entry_factors(tree: Tree) -> list[Node]:
    """The factors of a product entry by entry; else []."""
    return _factors(tree, ("HADAMARD", "OVER_ENTRIES"))


def _factors(tree: Tree, joining: Sequence[str]) -> list[Node]:
    found: list[Node] = []
    tree = bare(tree)
    if tree.kind == "negative":
        inner = _factors(tree.args[0], joining)
        return [ops.MINUS_ONE, *inner] if inner and tree.value == 1 else []
    if tree.kind not in ("chain", "product") or not {*tree.ops} & {*joining}:
        return []
    for op, arg in zip(tree.ops, tree.args, strict=True):
        if (op == "OVER" and arg.node.is_scalar) or (op == "OVER_ENTRIES" and op in joining):
            found.append(ops.reciprocal(arg.node))
        elif op and op not in joining:
            if not arg.node.is_scalar:
                return []
            found.append(arg.node)
        else:
            found += _factors(arg, joining) or [arg.node]
    return found


def arrays(factors: Sequence[Node]) -> list[int]:
    """The places of the factors that are no scalars."""
    return [i for i, factor in enumerate(factors) if not factor.is_scalar]


def turned(node: Node) -> Node:
    """The transpose, in the shorter form."""
    if isinstance(node, Term) and node.op is ops.TRANSPOSE:
        return node.args[0]
    return ops.T(node)


def is_inverse(node: Node) -> bool:
    """Whether it is an inverse, or the transpose of one."""
    if isinstance(node, Term) and node.op is ops.TRANSPOSE:
        node = node.args[0]
    return isinstance(node, Term) and (
        node.op is ops.INV or (node.op is ops.MATPOW and getattr(node.args[1], "value", 1) < 0)
    )


def made(op: ops.Operator, *args: Node) -> Iterator[Node]:
    """The term, if its shapes conform."""
    try:
        yield ops.term(op, *args)
    except (Nonconforming, MatcalcError):
        return


def one_over(node: Node) -> Node:
    """1 over a product of numbers and scalars."""
    if isinstance(node, Term) and node.op is ops.HADAMARD:
        return ops.hadamard(*map(one_over, node.args))
    if isinstance(node, Term) and node.op is ops.POWER and isinstance(node.args[1], Number) and node.args[1].value < 0:
        base, power = node.args[0], -node.args[1].value
        return base if power == 1 else ops.term(ops.POWER, base, Number(power))
    return ops.reciprocal(node)
