"""ADJOINTS: how each linear operator crosses the colon, G : L(V) = L*(G) : V.

Each row follows from A : B = Σ A_ij B_ij by renaming summation indices. matcalc.indices computes the common sum from
the row; a row gives a reason in words only where that is impossible.
Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 2; the view as transposition of linear maps is that of
JAX's autodidax.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcalc import operators as ops
from matcalc.expr import Node, Term
from matcalc.operators import T, eye, hadamard, inner, matmul, ones, plus, scale, size_node, term
from matcalc.rewrite import Later, RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, scalar, vector
from matcalc.rules.themes import KRONECKER, PARTS, SPECTRAL, STATISTICS

G = matrix("G")  # the gradient so far
g = scalar("g")
V = matrix("V", kind=kinds.varying)  # contains the differential
v = scalar("v", kind=kinds.varying)
of_column, column = vector("G", "n"), vector("V", "n", kinds.varying)
_upper = T(term(ops.TRIL, ones("n", "n")))
A = matrix("A", kind=kinds.constant)
s = scalar("s", kind=kinds.constant)


a, b = vector("a", "n", kinds.constant), vector("b", "m", kinds.constant)
small = vector("v", kind=kinds.varying)
within = matrix("V", kind=kinds.varying)
PRODUCT = "product crosses"
NUMBERS = (
    RewriteRule(PRODUCT, matmul(T(a), within, b), inner(matmul(a, T(b)), within)),
    RewriteRule(PRODUCT, matmul(T(a), small), inner(a, small)),
)
"""How products that are numbers cross; other products cross factor by factor."""
ADJOINTS: dict[ops.Operator, tuple[RewriteRule, ...]] = {
    ops.MATMUL: (
        RewriteRule(
            "means of rows cross",
            inner(G, matmul(term(ops.ROWMEAN, V), T(ones("m")))),
            inner(matmul(term(ops.ROWMEAN, G), T(ones("m"))), V),
        ),
        RewriteRule(
            "means of columns cross",
            inner(G, matmul(ones("n"), term(ops.COLMEAN, V))),
            inner(matmul(ones("n"), term(ops.COLMEAN, G)), V),
        ),
        RewriteRule(
            PRODUCT,
            inner(G, matmul(matrix("B", "n", "k", kinds.constant), matrix("C", "k", "m", kinds.varying))),
            inner(matmul(T(matrix("B", "n", "k", kinds.constant)), G), matrix("C", "k", "m", kinds.varying)),
        ),
        RewriteRule(
            PRODUCT,
            inner(G, matmul(matrix("B", "n", "k", kinds.varying), matrix("C", "k", "m", kinds.constant))),
            inner(matmul(G, T(matrix("C", "k", "m", kinds.constant))), matrix("B", "n", "k", kinds.varying)),
        ),
    ),
    ops.HADAMARD: (
        RewriteRule(
            "factor crosses",
            inner(g, hadamard(s, v)),
            inner(hadamard(g, s), v),
            quiet=True,
            reason="both are the product of the three",
        ),
        RewriteRule("Hadamard product crosses", inner(G, hadamard(A, V)), inner(hadamard(G, A), V)),
    ),
    ops.SCALE: (
        RewriteRule("factor crosses", inner(G, scale(s, V)), inner(scale(s, G), V), quiet=True),
        RewriteRule("scalar differential crosses", inner(G, scale(v, A)), inner(inner(G, A), v)),
    ),
    ops.INNER: (RewriteRule("Frobenius product crosses", inner(g, inner(A, V)), inner(scale(g, A), V), quiet=True),),
    ops.TRANSPOSE: (
        RewriteRule(
            "transpose crosses",
            inner(G, T(matrix("V", "m", "n", kinds.varying))),
            inner(T(G), matrix("V", "m", "n", kinds.varying)),
        ),
    ),
    ops.TRACE: (
        RewriteRule(
            "trace as a Frobenius product",
            term(ops.TRACE, matrix("V", "n", "n", kinds.varying)),
            inner(eye("n"), matrix("V", "n", "n", kinds.varying)),
        ),
    ),
    ops.SUM: (RewriteRule("sum as a Frobenius product", term(ops.SUM, V), inner(ones("n", "m"), V)),),
    ops.MEAN: (
        RewriteRule(
            "mean as a Frobenius product",
            term(ops.MEAN, V),
            inner(ops.over(ones("n", "m"), hadamard(size_node("n"), size_node("m"))), V),
        ),
    ),
    ops.ROWSUM: (
        RewriteRule("row sums cross", inner(of_column, term(ops.ROWSUM, V)), inner(matmul(of_column, T(ones("m"))), V)),
    ),
    ops.COLSUM: (
        RewriteRule(
            "column sums cross",
            inner(matrix("G", 1, "m"), term(ops.COLSUM, V)),
            inner(matmul(ones("n"), matrix("G", 1, "m")), V),
        ),
    ),
    ops.CUMSUM: (
        RewriteRule(
            "cumulative sum crosses",
            inner(of_column, term(ops.CUMSUM, column)),
            inner(matmul(_upper, of_column), column),
            reason="entry i of V is in the sums from the i-th on",
        ),
    ),
    ops.DIAG: (
        RewriteRule(
            "diag crosses",
            inner(matrix("G", "n", "n"), term(ops.DIAG, column)),
            inner(term(ops.DIAGONAL, matrix("G", "n", "n")), column),
        ),
    ),
    ops.DIAGONAL: (
        RewriteRule(
            "diagonal crosses",
            inner(of_column, term(ops.DIAGONAL, matrix("V", "n", "n", kinds.varying))),
            inner(term(ops.DIAG, of_column), matrix("V", "n", "n", kinds.varying)),
        ),
    ),
}
_LATER = (
    Later(STATISTICS, "STATISTIC_ADJOINTS"),
    Later(KRONECKER, "KRONECKER_ADJOINTS"),
    Later(PARTS, "PART_ADJOINTS"),
    Later(SPECTRAL, "SPECTRAL_ADJOINTS"),
)


def adjoints(op: ops.Operator) -> tuple[RewriteRule, ...]:
    """The rules by which a term of `op` crosses the colon; loads its theme. Empty if there are none."""
    if op not in ADJOINTS:
        for later in _LATER:
            if op in later.theme.operators:
                ADJOINTS.update(later.theme.table(later.name))
    return ADJOINTS.get(op, ())


def every_adjoint() -> Mapping[ops.Operator, tuple[RewriteRule, ...]]:
    """The whole table; loads all themes."""
    for later in _LATER:
        ADJOINTS.update(later.theme.table(later.name))
    return ADJOINTS


def scalar_as_product(v: Node) -> Node:
    """A number a' V … with its first factors written as the transpose of a column."""
    if not (isinstance(v, Term) and v.op is ops.MATMUL and v.is_scalar):
        return v
    at = next(i for i, factor in enumerate(v.args) if factor.varies)
    return matmul(T(T(matmul(*v.args[:at]))), *v.args[at:]) if at else v


# Sums of products that contain the differential.
B = matrix("B")
C = matrix("C")
DISTRIBUTE = RewriteRule(
    "the colon distributes over sums", inner(G, plus(B, C)), plus(inner(G, B), inner(G, C)), quiet=True
)
COLLECT = RewriteRule("collect", plus(inner(B, V), inner(C, V)), inner(plus(B, C), V))
TOGETHER = RewriteRule("equal terms", plus(inner(B, V), inner(B, V)), inner(scale(ops.number(2), B), V), quiet=True)
P, L = matrix("P", "n", "k"), matrix("L", "n", "k")
_varying = matrix("V", "k", "m", kinds.varying)
GATHER = RewriteRule("common factor", plus(matmul(P, _varying), matmul(L, _varying)), matmul(plus(P, L), _varying))
TURN_SCALAR = RewriteRule(
    "a number is its own transpose",
    matmul(T(small), a),
    matmul(T(a), small),
    reason="both are the sum over i of $a_i v_i$",
)
