"""What the judge knows of a Cholesky factor: L L' = K, and the diagonal of L is positive.

Every slope that the all-sizes proof can compute is one of K, so that formulas in L are read as formulas in K where
these two facts determine them: inv(L)' inv(L) = inv(K), and the product of the diagonal of L squared is det(K).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node, Term, fold, postorder
from matcalc.operators import T, inner, inv, matmul, term

_HALF = ops.number(Fraction(1, 2))


def without_factors(node: Node) -> Node:
    """`node` with K in the place of chol(K) where L L' = K says what it is; equal where K is positive definite."""
    if not any(isinstance(n, Term) and n.op is ops.CHOL for n in postorder(node)):
        return node
    return fold(node, _read)


def _read(node: Node, args: list[Node]) -> Node:
    if not isinstance(node, Term):
        return node
    node = term(node.op, *args)
    if not isinstance(node, Term):
        return node
    if node.op is ops.MATMUL:
        return _product(node.args)
    if node.op is ops.POWER and node.args[1] is ops.number(2) and _is(node.args[0], ops.NORM):
        return _square(node.args[0].args[0]) or node
    if node.op is ops.INNER and node.args[0] is node.args[1]:
        return _square(node.args[0]) or node
    logarithms = node.args[0] if node.op is ops.SUM else None
    if logarithms is not None and isinstance(logarithms, Term) and logarithms.op.function == "log":
        diagonal = logarithms.args[0]
        if _is(diagonal, ops.DIAGONAL) and _is(diagonal.args[0], ops.CHOL):
            return ops.hadamard(_HALF, term(ops.LOGDET, diagonal.args[0].args[0]))
    if node.op is ops.LOGDET and _is(node.args[0], ops.CHOL):
        return ops.hadamard(_HALF, term(ops.LOGDET, node.args[0].args[0]))
    return node


def _is(node: Node, op: ops.Operator) -> bool:
    return isinstance(node, Term) and node.op is op


def _square(a: Node) -> Node | None:
    # ‖inv(L) A‖² = A : inv(K) A, and ‖L' A‖² = A : K A.
    factors = a.args if _is(a, ops.MATMUL) else (a,)
    first = factors[0]
    turned = first.args[0] if _is(first, ops.TRANSPOSE) else T(first)
    middle = _squared(turned, first)
    if middle is None:
        return None
    if len(factors) == 1:
        return term(ops.TRACE, middle)
    rest = matmul(*factors[1:]) if len(factors) > 2 else factors[1]
    return inner(rest, _product((middle, rest)))


def _squared(left: Node, right: Node) -> Node | None:
    # L L' is K, and inv(L)' inv(L) is inv(K).
    if _is(left, ops.CHOL) and T(left) is right:
        return left.args[0]
    if _is(right, ops.INV) and _is(right.args[0], ops.CHOL) and left is T(right):
        return inv(right.args[0].args[0])
    return None


def _product(factors: Sequence[Node]) -> Node:
    found: list[Node] = []
    for factor in factors:
        for part in factor.args if _is(factor, ops.MATMUL) else (factor,):
            both = _squared(found[-1], part) if found else None
            found[-1:] = [both] if both is not None else [*found[-1:], part]
    return matmul(*found)
