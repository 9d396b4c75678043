"""Maps of a variable that are products with it: s A X B, and sums of such."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc import operators as ops
from matcalc.derive import simplified
from matcalc.expr import Node, Number, Symbol, Term, postorder, replace, symbols
from matcalc.operators import matmul, plus, scale


def is_zero(node: Node) -> bool:
    """Whether an expression is written as 0."""
    return node == Number(0) or (isinstance(node, Term) and node.op is ops.ZEROS)


def along(node: Node, name: str, value: Node) -> Node:
    """An expression with a value for the direction of this name."""
    return replace(node, {s: value for s in symbols(node) if s.name == name})


def multiple(node: Node) -> Node | None:
    """s of s I, or of the number s."""
    if node.is_scalar:
        return node
    factor, core = node.args if isinstance(node, Term) and node.op is ops.SCALE else (ops.ONE, node)
    return factor if isinstance(core, Term) and core.op is ops.EYE else None


def both(moved: Node, variable: Symbol) -> tuple[list[Node], list[Node]] | None:
    """A and B of A X B, either of which may be missing; a sum of terms A_k X is (Σ A_k) X, and so on the right."""
    terms = moved.args if isinstance(moved, Term) and moved.op is ops.PLUS else (moved,)
    parts = [beside(term, variable) for term in terms]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if len(known) == 1 and known[0][0] is ops.ONE:
        _, before, after = known[0]
        return [matmul(*before)] if before else [], [matmul(*after)] if after else []
    if all(not after for _, _, after in known):
        return [coefficients([(c, before) for c, before, _ in known], ops.eye(variable.shape[0]))], []
    if all(not before for _, before, _ in known):
        return [], [coefficients([(c, after) for c, _, after in known], ops.eye(variable.shape[1]))]
    return None


def coefficients(terms: Sequence[tuple[Node, Sequence[Node]]], identity: Node) -> Node:
    """The sum of the scalars times the products; without a factor, the identity."""
    return simplified(plus(*(scale(c, matmul(*factors) if factors else identity) for c, factors in terms)))


def beside(term: Node, variable: Symbol) -> tuple[Node, tuple[Node, ...], tuple[Node, ...]] | None:
    """The scalar, and the factors before and after the variable, of a term that is linear in it."""
    scalar: Node = ops.ONE
    if isinstance(term, Term) and term.op is ops.SCALE:
        scalar, term = term.args
    factors = term.args if isinstance(term, Term) and term.op is ops.MATMUL else (term,)
    if factors.count(variable) != 1:
        return None
    at = factors.index(variable)
    before, after = factors[:at], factors[at + 1 :]
    constant = not any(variable in set(postorder(n)) for n in (scalar, *before, *after))
    return (scalar, before, after) if constant else None
