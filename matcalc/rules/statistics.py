"""Means, variances, normalization, the largest entry: differentials, adjoints, simplification.

Variances divide by the count. Sources: Ba, Kiros & Hinton 2016, Layer normalization; Ioffe & Szegedy 2015, Batch
normalization; subgradients of a maximum: Danskin 1967.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc.expr import Node, Slot
from matcalc.operators import (
    BATCH_NORM,
    COLMEAN,
    COLSTD,
    COLSUM,
    COLVAR,
    INDICATOR_MAX,
    INDICATOR_MIN,
    LARGEST,
    LAYER_NORM,
    MEAN,
    ONE,
    ROWMEAN,
    ROWSTD,
    ROWSUM,
    ROWVAR,
    SMALLEST,
    STD,
    SUM,
    VAR,
    VEC,
    Operator,
    T,
    d,
    hadamard,
    inner,
    matmul,
    minus,
    negative,
    number,
    ones,
    plus,
    power,
    reciprocal,
    scale,
    size_node,
    term,
    zeros,
)
from matcalc.rewrite import Rule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, quiet, scalar, vector

A, Z = matrix("A"), matrix("Z")
a = vector("a")
s, e = scalar("s"), scalar("e")
c = scalar("c", kinds.number)
two, none = number(2), number(0)
zero, one = zeros("n", "m"), ones("n", "m")
n, m = size_node("n"), size_node("m")
_row = matrix("A", 1, "m")

_G, _V = matrix("G"), matrix("V", kind=kinds.varying)
STATISTIC_ADJOINTS: dict[Operator, tuple[Rule, ...]] = {
    ROWMEAN: (
        Rule("row means cross", inner(vector("G"), term(ROWMEAN, _V)),
             inner(scale(reciprocal(m), matmul(vector("G"), T(ones("m")))), _V)),
    ),
    COLMEAN: (
        Rule("column means cross", inner(matrix("G", 1, "m"), term(COLMEAN, _V)),
             inner(scale(reciprocal(n), matmul(ones("n"), matrix("G", 1, "m"))), _V)),
    ),
}  # fmt: skip

_centered = minus(A, scale(term(MEAN, A), one))
_row_spread, _column_spread = matmul(term(ROWMEAN, A), T(ones("m"))), matmul(ones("n"), term(COLMEAN, A))
_by_row, _by_column = minus(A, _row_spread), minus(A, _column_spread)


def _normalized_rows(eps: Node) -> Node:
    # E less its mean and less its part along zhat, both row by row, where E = dZ ./ (sigma 1').
    zhat, spread = term(LAYER_NORM, Z, eps), T(ones("m"))
    scaled = hadamard(d(Z), reciprocal(matmul(term(ROWSTD, Z, eps), spread)))
    along = matmul(term(ROWMEAN, hadamard(zhat, scaled)), spread)
    return minus(minus(scaled, matmul(term(ROWMEAN, scaled), spread)), hadamard(zhat, along))


def _normalized_columns(eps: Node) -> Node:
    zhat, spread = term(BATCH_NORM, Z, eps), ones("n")
    scaled = hadamard(d(Z), reciprocal(matmul(spread, term(COLSTD, Z, eps))))
    along = matmul(spread, term(COLMEAN, hadamard(zhat, scaled)))
    return minus(minus(scaled, matmul(spread, term(COLMEAN, scaled))), hadamard(zhat, along))


_UNEQUAL = "no {} of {{{}}} has all entries equal"
_LARGEST = "the largest entry of {A} is attained once"
_SMALLEST = "the smallest entry of {A} is attained once"


def _regularized(
    name: str, op: Operator, slot: Slot, lines: str, make: Callable[[Node], Node], by_eps: Node, source: str = ""
) -> tuple[Rule, ...]:
    # Without eps no row (column) may be constant; `by_eps` is the slope in eps.
    unequal = _UNEQUAL.format(lines, slot.name)
    both = plus(make(e), scale(d(e), by_eps))
    return (
        Rule(name, d(term(op, slot, none)), make(none), source=source, condition=unequal),
        Rule(name, d(term(op, slot, e)), make(e), source=source, condition="{e} > 0", unless="positive"),
        Rule(f"{name}, in both", d(term(op, slot, e)), both, source=source, condition="{e} > 0", unless="positive"),
    )


_half = number(Fraction(1, 2))
_by_row_std = scale(_half, reciprocal(term(ROWSTD, A, e)))
_by_column_std = scale(_half, reciprocal(term(COLSTD, A, e)))
_row_scales, _column_scales = matmul(term(ROWSTD, Z, e), T(ones("m"))), matmul(ones("n"), term(COLSTD, Z, e))
_by_layer = scale(negative(_half), hadamard(term(LAYER_NORM, Z, e), power(_row_scales, -2)))
_by_batch = scale(negative(_half), hadamard(term(BATCH_NORM, Z, e), power(_column_scales, -2)))


def _row_deviations(eps: Node) -> Node:
    return term(ROWMEAN, hadamard(term(LAYER_NORM, A, eps), d(A)))


def _column_deviations(eps: Node) -> Node:
    return term(COLMEAN, hadamard(term(BATCH_NORM, A, eps), d(A)))


_LAYER, _BATCH = "Ba, Kiros & Hinton 2016", "Ioffe & Szegedy 2015"
STATISTIC_DIFFERENTIALS = (
    Rule("differential of the variance", d(term(VAR, A)),
         inner(scale(hadamard(two, reciprocal(n), reciprocal(m)), _centered), d(A))),
    Rule("differential of the standard deviation", d(term(STD, A)),
         inner(scale(hadamard(reciprocal(n), reciprocal(m), reciprocal(term(STD, A))), _centered), d(A)),
         condition="the entries of {A} are not all equal"),
    Rule("differential of row variances", d(term(ROWVAR, A)),
         scale(two, term(ROWMEAN, hadamard(_by_row, d(A))))),
    Rule("differential of column variances", d(term(COLVAR, A)),
         scale(two, term(COLMEAN, hadamard(_by_column, d(A))))),
    *_regularized("differential of row standard deviations", ROWSTD, A, "row", _row_deviations,
                  _by_row_std),
    *_regularized("differential of column standard deviations", COLSTD, A, "column", _column_deviations,
                  _by_column_std),
    *_regularized("differential of layer normalization", LAYER_NORM, Z, "row", _normalized_rows, _by_layer,
                  _LAYER),
    *_regularized("differential of batch normalization", BATCH_NORM, Z, "column", _normalized_columns,
                  _by_batch, _BATCH),
    Rule("differential of the largest entry", d(term(LARGEST, A)), inner(term(INDICATOR_MAX, A), d(A)),
         condition=_LARGEST),
    Rule("differential of the smallest entry", d(term(SMALLEST, A)), inner(term(INDICATOR_MIN, A), d(A)),
         condition=_SMALLEST),
    Rule("an indicator is constant", d(term(INDICATOR_MAX, A)), scale(none, d(A)), condition=_LARGEST),
    Rule("an indicator is constant", d(term(INDICATOR_MIN, A)), scale(none, d(A)), condition=_SMALLEST),
)  # fmt: skip

_spread, _stacked = matmul(a, T(ones("m"))), matmul(ones("n"), _row)
_inverse = {"n": power(n, -1), "m": power(m, -1)}
STATISTIC_IDENTITIES = (
    quiet("row means of a column", term(ROWMEAN, a), a),
    quiet("column means of a row", term(COLMEAN, _row), _row),
    quiet("mean of a row", term(ROWMEAN, _row), term(MEAN, _row)),
    quiet("mean of a column", term(COLMEAN, a), term(MEAN, a)),
    quiet("mean of one", term(MEAN, s), s),
    quiet("mean of ones", term(MEAN, one), ONE),
    quiet("mean of zeros", term(MEAN, zero), none),
    quiet("mean of a transpose", term(MEAN, T(A)), term(MEAN, A)),
    quiet("row means of a transpose", term(ROWMEAN, T(A)), T(term(COLMEAN, A))),
    quiet("column means of a transpose", term(COLMEAN, T(A)), T(term(ROWMEAN, A))),
    quiet("factor out of row means", term(ROWMEAN, scale(s, A)), scale(s, term(ROWMEAN, A))),
    quiet("factor out of column means", term(COLMEAN, scale(s, A)), scale(s, term(COLMEAN, A))),
    quiet("mean of row means", term(MEAN, term(ROWMEAN, A)), term(MEAN, A)),
    quiet("mean of column means", term(MEAN, term(COLMEAN, A)), term(MEAN, A)),
    quiet("row means of ones", term(ROWMEAN, one), ones("n")),
    quiet("column means of ones", term(COLMEAN, one), T(ones("m"))),
    quiet("row means of zeros", term(ROWMEAN, zero), zeros("n")),
    quiet("column means of zeros", term(COLMEAN, zero), zeros(1, "m")),
    Rule("row means of equal columns", term(ROWMEAN, _spread), a),
    Rule("column means of equal rows", term(COLMEAN, _stacked), _row),
    Rule("row means of an outer product", term(ROWMEAN, matmul(a, _row)), scale(term(MEAN, _row), a)),
    Rule("column means of an outer product", term(COLMEAN, matmul(a, _row)), scale(term(MEAN, a), _row)),
    Rule("row sums of equal columns", term(ROWSUM, _spread), scale(m, a)),
    Rule("column sums of equal rows", term(COLSUM, _stacked), scale(n, _row)),
    Rule("row means", scale(_inverse["m"], term(ROWSUM, A)), term(ROWMEAN, A)),
    Rule("row means", scale(hadamard(s, _inverse["m"]), term(ROWSUM, A)), scale(s, term(ROWMEAN, A))),
    Rule("row means", scale(c, term(ROWSUM, A)), scale(hadamard(c, m), term(ROWMEAN, A)), guard=kinds.mean_of_rows),
    Rule("column means", scale(_inverse["n"], term(COLSUM, A)), term(COLMEAN, A)),
    Rule("column means", scale(hadamard(s, _inverse["n"]), term(COLSUM, A)), scale(s, term(COLMEAN, A))),
    Rule("column means", scale(c, term(COLSUM, A)), scale(hadamard(c, n), term(COLMEAN, A)),
         guard=kinds.mean_of_columns),
    *(
        Rule("what is centered sums to zero", term(op, centered), nil)
        for op, middle, nil in ((ROWSUM, _row_spread, zeros("n")), (COLSUM, _column_spread, zeros(1, "m")),
                                (SUM, scale(term(MEAN, A), one), none), (SUM, _row_spread, none),
                                (SUM, _column_spread, none))
        for centered in (minus(A, middle), minus(middle, A))
    ),
    Rule("normalized rows sum to zero", term(ROWSUM, term(LAYER_NORM, A, e)), zeros("n")),
    Rule("normalized rows sum to zero", term(ROWMEAN, term(LAYER_NORM, A, e)), zeros("n")),
    Rule("normalized columns sum to zero", term(COLSUM, term(BATCH_NORM, A, e)), zeros(1, "m")),
    Rule("normalized columns sum to zero", term(COLMEAN, term(BATCH_NORM, A, e)), zeros(1, "m")),
    *(
        rule
        for op in (LARGEST, SMALLEST)
        for rule in (
            quiet("entries of a transpose", term(op, T(A)), term(op, A)),
            quiet("entries of vec", term(op, term(VEC, A)), term(op, A)),
            quiet("one entry", term(op, s), s),
            Rule("shifted entries", term(op, plus(a, scale(s, ones("n")))), plus(term(op, a), s)),
        )
    ),
    *(
        rule
        for op in (INDICATOR_MAX, INDICATOR_MIN)
        for rule in (
            quiet("one entry", term(op, s), ONE),
            Rule("one entry is attained", term(SUM, term(op, A)), ONE),
        )
    ),
    quiet("variance of one", term(VAR, s), none),
    quiet("deviation of one", term(STD, s), none),
    quiet("variance of a transpose", term(VAR, T(A)), term(VAR, A)),
    quiet("deviation of a transpose", term(STD, T(A)), term(STD, A)),
    quiet("variances of a transpose", term(ROWVAR, T(A)), T(term(COLVAR, A))),
    quiet("variances of a transpose", term(COLVAR, T(A)), T(term(ROWVAR, A))),
    quiet("deviations of a transpose", term(ROWSTD, T(A), e), T(term(COLSTD, A, e))),
    quiet("deviations of a transpose", term(COLSTD, T(A), e), T(term(ROWSTD, A, e))),
    quiet("normalized transpose", term(LAYER_NORM, T(A), e), T(term(BATCH_NORM, A, e))),
    quiet("normalized transpose", term(BATCH_NORM, T(A), e), T(term(LAYER_NORM, A, e))),
    quiet("variance of a column", term(COLVAR, a), term(VAR, a)),
    quiet("variance of a row", term(ROWVAR, _row), term(VAR, _row)),
)  # fmt: skip
