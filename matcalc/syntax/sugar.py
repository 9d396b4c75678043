"""Functions that are expanded into others: the expressions that the parser builds for them.

Each raises Nonconforming, with the numbers of the operands, if the operands do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node, Number
from matcalc.operators import T, hadamard, matmul, negative, plus, power, reciprocal, scale, term
from matcalc.signatures import Nonconforming


def _dot(x: Node, y: Node) -> Node:
    # x'y of columns, of anything else x : y.
    if x.shape != y.shape:
        raise Nonconforming("the shapes must be equal", (0, 1))
    return matmul(T(x), y) if x.shape[1] == 1 else term(ops.INNER, x, y)


def _squares(x: Node) -> Node:
    """The sum of the squares of all entries: x'x, of a matrix sum(X.^2)."""
    return _dot(x, x) if x.shape[1] == 1 else term(ops.SUM, power(x, 2))


def cosine(x: Node, y: Node) -> Node:
    """x'y / (‖x‖ ‖y‖)."""
    return hadamard(_dot(x, y), reciprocal(hadamard(term(ops.NORM, x), term(ops.NORM, y))))


def quad_over_lin(x: Node, t: Node) -> Node:
    """x'x / t."""
    if not t.is_scalar:
        raise Nonconforming("the divisor must be a scalar", (1,))
    return hadamard(_squares(x), reciprocal(t))


def normalize(x: Node) -> Node:
    """x / ‖x‖."""
    return ops.over(x, term(ops.NORM, x))


def adj(A: Node) -> Node:
    """The adjugate, det(A) inv(A)."""
    return scale(term(ops.DET, A), ops.inv(A))


def sym(A: Node) -> Node:
    """(A + A') / 2."""
    return scale(Number(Fraction(1, 2)), plus(A, T(A)))


def rowmin(A: Node) -> Node:
    """-rowmax(-A)."""
    return negative(term(ops.ROWMAX, negative(A)))


SUGAR: Mapping[str, Callable[..., Node]] = {
    "cosine": cosine,
    "quad_over_lin": quad_over_lin,
    "normalize": normalize,
    "adj": adj,
    "sym": sym,
    "sum_squares": _squares,
    "rowmin": rowmin,
    "colmax": lambda A: T(term(ops.ROWMAX, T(A))),
    "colmin": lambda A: T(rowmin(T(A))),
}
