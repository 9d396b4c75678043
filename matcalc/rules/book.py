"""The rule book: the tables in reading order, with where in a derivation each is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matcalc.expr import Node
from matcalc.operators import function
from matcalc.rewrite import RewriteRule, every
from matcalc.rules.adjoints import COLLECT, DISTRIBUTE, GATHER, NUMBERS, TOGETHER, TURN_SCALAR, every_adjoint
from matcalc.rules.conventions import CONVENTIONS
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.rules.differentials import (
    CONSTANT,
    DIFFERENTIALS,
    LINEAR,
    LINEARITY,
    MULTIPLES,
    MULTIPLES_OF_NUMBERS,
    PRODUCTS,
    QUOTIENT,
    SCALAR_PRODUCT,
    differentials,
)
from matcalc.rules.expanding import EXPANDING, OPENING
from matcalc.rules.factoring import FACTORING
from matcalc.rules.identities import GRAM, IDENTITIES, NORMALIZED, OBJECTIVES
from matcalc.rules.vec import COLLECT as COLLECT_VEC
from matcalc.rules.vec import CONTRACTIONS, JACOBIANS, VEC_ROWS
from matcalc.rules.vec import DISTRIBUTE as DISTRIBUTE_VEC

REWRITING, DIFFERENTIATING, DERIVATIVES, CROSSING, CROSSING_VEC, SIMPLIFYING, FACTORED, OPENED = (
    "Rewriting an objective",
    "Differentials",
    "Derivatives of functions",
    "Crossing the colon",
    "Crossing vec",
    "Simplifying",
    "Factoring",
    "Opening brackets",
)
_STRUCTURED = "Structured variables, "
_JACOBIAN = "Structured variables, Jacobians, "
USED: Mapping[str, str] = {
    REWRITING: "Used first: the objective $J$ is brought into a form that is easy to differentiate.",
    DIFFERENTIATING: "Used next, on $dJ$, and on the definition of each named intermediate, until only differentials "
    "of names are left.",
    DERIVATIVES: "Used after the differential of a function of the entries, to write $f'$ out.",
    CROSSING: "Used between differentials: what stands around the differential moves to the left of the colon, so that "
    "$dJ = G : dX$, and $G$ is the gradient. $A : B$ is the sum of $A_ij B_ij$.",
    CROSSING_VEC: "Used for Jacobians, in the place of the last chapter: what stands around the differential becomes a "
    "matrix, so that `vec(dY) = M vec(dX)`, and $M$ is the Jacobian `dvec(Y)/dvec(X)'`.",
    SIMPLIFYING: "Used after every step, on every part of the line.",
    FACTORED: "Used on a result, where asked for: it becomes one product, as far as it does.",
    OPENED: "Used on a result that may be shorter without brackets.",
    f"{_STRUCTURED}projected": "Used last, where the variable has structure: $P$ is the part of $G$ that has it, too.",
    f"{_STRUCTURED}entries": "Used last, where asked for: $P$ holds the derivatives by the independent entries.",
    f"{_JACOBIAN}projected": "Used last, where the variable has structure: $P$ is $G$ for changes that keep it.",
    f"{_JACOBIAN}half": "Used last, where asked for: $P$ is the Jacobian by the independent entries.",
}
"""Where in a derivation the rules of a chapter are used."""
LETTERS: Mapping[str, str] = {
    "A, B, C, D, Z": "matrices of any shape",
    "S": "a square matrix",
    "a, b, z": "columns",
    "s, t": "scalars",
    "c, e": "numbers",
    "j, k": "whole numbers",
    "G, g": "the gradient so far, a matrix or a scalar",
    "V, v": "what holds the differential",
    "L, M, N, P, Q, R": "factors of matrix products",
    "X, Y": "directions of a Fréchet derivative",
    "n, m, p, q": "rows and columns",
    "i, j, k, l": "the first and the last row or column of a range",
}
"""What the letters in the rules stand for; square brackets give further requirements."""


def chapters() -> Iterator[tuple[str, RewriteRule]]:
    """(chapter, rule) for every row, generated ones included, in the order of a derivation, without repetition."""
    known: set[tuple[Node, Node]] = set()
    for chapter, rule in _rows():
        row = (rule.lhs, rule.rhs)
        if row not in known:
            known.add(row)
            yield chapter, rule
    for chapter, tables in ((_STRUCTURED, CONVENTIONS), (_JACOBIAN, JACOBIANS)):
        for convention, table in tables.items():
            for rule in table.values():
                yield f"{chapter}{convention}", rule


def _rows() -> Iterator[tuple[str, RewriteRule]]:
    for rule in every((*OBJECTIVES, NORMALIZED)):
        yield REWRITING, rule
    linear = (LINEARITY, *MULTIPLES_OF_NUMBERS.values(), *MULTIPLES.values(), *LINEAR.values())
    for rule in (*linear, CONSTANT, *PRODUCTS.values(), SCALAR_PRODUCT, QUOTIENT, differentials(function("f"))[0]):
        yield DIFFERENTIATING, rule
    for rule in every(DIFFERENTIALS):
        yield DIFFERENTIATING, rule
    for rule in FUNCTIONS:
        yield DERIVATIVES, rule
    for rows in every_adjoint().values():
        for rule in rows:
            yield CROSSING, rule
    for rule in (*NUMBERS, DISTRIBUTE, TURN_SCALAR, TOGETHER, GATHER, COLLECT):
        yield CROSSING, rule
    for rows in VEC_ROWS.values():
        for rule in rows:
            yield CROSSING_VEC, rule
    for rule in (DISTRIBUTE_VEC, COLLECT_VEC, *CONTRACTIONS):
        yield CROSSING_VEC, rule
    for rule in every((*IDENTITIES, GRAM)):
        yield SIMPLIFYING, rule
    for rule in FACTORING:
        yield FACTORED, rule
    for rule in (*EXPANDING, *OPENING):
        yield OPENED, rule
