"""ADJOINTS: how each linear operator crosses the colon, G : L(V) = L*(G) : V.

Each row follows from A : B = sum of A_ij B_ij by renaming the summation indices. The common sum is made from the row
itself (matcalc.indices); a row has words of its own only where that cannot be.
Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 2; the view as transposition of linear maps is that of
JAX's autodidax.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.operators import (
    COLMEAN,
    COLSUM,
    DIAG,
    DIAGONAL,
    HADAMARD,
    INNER,
    MATMUL,
    MEAN,
    ROWMEAN,
    ROWSUM,
    SCALE,
    SUM,
    TRACE,
    TRANSPOSE,
    Operator,
    T,
    eye,
    hadamard,
    inner,
    matmul,
    ones,
    over,
    plus,
    scale,
    size_node,
    term,
)
from matcalc.rewrite import Later, Rule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, scalar, vector
from matcalc.rules.themes import KRONECKER, PARTS, SPECTRAL, STATISTICS

G = matrix("G")  # the gradient so far
g = scalar("g")
V = matrix("V", kind=kinds.varying)  # what holds the differential
v = scalar("v", kind=kinds.varying)
A = matrix("A", kind=kinds.constant)
s = scalar("s", kind=kinds.constant)


PRODUCT = "product crosses"
ADJOINTS: dict[Operator, tuple[Rule, ...]] = {
    MATMUL: (
        Rule(
            "means of rows cross",
            inner(G, matmul(term(ROWMEAN, V), T(ones("m")))),
            inner(matmul(term(ROWMEAN, G), T(ones("m"))), V),
        ),
        Rule(
            "means of columns cross",
            inner(G, matmul(ones("n"), term(COLMEAN, V))),
            inner(matmul(ones("n"), term(COLMEAN, G)), V),
        ),
        Rule(
            PRODUCT,
            inner(G, matmul(matrix("B", "n", "k", kinds.constant), matrix("C", "k", "m", kinds.varying))),
            inner(matmul(T(matrix("B", "n", "k", kinds.constant)), G), matrix("C", "k", "m", kinds.varying)),
        ),
        Rule(
            PRODUCT,
            inner(G, matmul(matrix("B", "n", "k", kinds.varying), matrix("C", "k", "m", kinds.constant))),
            inner(matmul(G, T(matrix("C", "k", "m", kinds.constant))), matrix("B", "n", "k", kinds.varying)),
        ),
    ),
    HADAMARD: (
        Rule(
            "factor crosses",
            inner(g, hadamard(s, v)),
            inner(hadamard(g, s), v),
            quiet=True,
            reason="both are the product of the three",
        ),
        Rule(
            "Hadamard product crosses",
            inner(G, hadamard(A, V)),
            inner(hadamard(G, A), V),
        ),
    ),
    SCALE: (
        Rule(
            "factor crosses",
            inner(G, scale(s, V)),
            inner(scale(s, G), V),
            quiet=True,
        ),
        Rule(
            "scalar differential crosses",
            inner(G, scale(v, A)),
            inner(inner(G, A), v),
        ),
    ),
    INNER: (
        Rule(
            "Frobenius product crosses",
            inner(g, inner(A, V)),
            inner(scale(g, A), V),
            quiet=True,
        ),
    ),
    TRANSPOSE: (
        Rule(
            "transpose crosses",
            inner(G, T(matrix("V", "m", "n", kinds.varying))),
            inner(T(G), matrix("V", "m", "n", kinds.varying)),
        ),
    ),
    TRACE: (
        Rule(
            "trace as a Frobenius product",
            inner(g, term(TRACE, matrix("V", "n", "n", kinds.varying))),
            inner(scale(g, eye("n")), matrix("V", "n", "n", kinds.varying)),
        ),
    ),
    SUM: (
        Rule(
            "sum as a Frobenius product",
            inner(g, term(SUM, V)),
            inner(scale(g, ones("n", "m")), V),
        ),
    ),
    MEAN: (
        Rule(
            "mean as a Frobenius product",
            inner(g, term(MEAN, V)),
            inner(scale(over(g, hadamard(size_node("n"), size_node("m"))), ones("n", "m")), V),
        ),
    ),
    ROWSUM: (
        Rule(
            "row sums cross",
            inner(vector("G", "n"), term(ROWSUM, V)),
            inner(matmul(vector("G", "n"), T(ones("m"))), V),
        ),
    ),
    COLSUM: (
        Rule(
            "column sums cross",
            inner(matrix("G", 1, "m"), term(COLSUM, V)),
            inner(matmul(ones("n"), matrix("G", 1, "m")), V),
        ),
    ),
    DIAG: (
        Rule(
            "diag crosses",
            inner(matrix("G", "n", "n"), term(DIAG, vector("V", "n", kinds.varying))),
            inner(term(DIAGONAL, matrix("G", "n", "n")), vector("V", "n", kinds.varying)),
        ),
    ),
    DIAGONAL: (
        Rule(
            "diagonal crosses",
            inner(vector("G", "n"), term(DIAGONAL, matrix("V", "n", "n", kinds.varying))),
            inner(term(DIAG, vector("G", "n")), matrix("V", "n", "n", kinds.varying)),
        ),
    ),
}
_LATER = (
    Later(STATISTICS, "STATISTIC_ADJOINTS"),
    Later(KRONECKER, "KRONECKER_ADJOINTS"),
    Later(PARTS, "PART_ADJOINTS"),
    Later(SPECTRAL, "SPECTRAL_ADJOINTS"),
)


def adjoints(op: Operator) -> tuple[Rule, ...]:
    """The rules by which a term of `op` crosses the colon; its theme is entered. Empty where there are none."""
    if op not in ADJOINTS:
        for later in _LATER:
            if op in later.theme.operators:
                ADJOINTS.update(later.theme.table(later.name))
    return ADJOINTS.get(op, ())


def every_adjoint() -> Mapping[Operator, tuple[Rule, ...]]:
    """The whole table, all themes entered."""
    for later in _LATER:
        ADJOINTS.update(later.theme.table(later.name))
    return ADJOINTS


# Sums of products with the differential.
B = matrix("B")
C = matrix("C")
DISTRIBUTE = Rule("the colon distributes over sums", inner(G, plus(B, C)), plus(inner(G, B), inner(G, C)), quiet=True)
COLLECT = Rule(
    "collect",
    plus(inner(B, V), inner(C, V)),
    inner(plus(B, C), V),
)
