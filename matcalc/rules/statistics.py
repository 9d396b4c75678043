"""Means, variances, normalization, the largest entry: differentials, adjoints, simplification.

Variances divide by the count. Sources: Ba, Kiros & Hinton 2016, Layer normalization; Ioffe & Szegedy 2015, Batch
normalization; subgradients of a maximum: Danskin 1967.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node, Slot
from matcalc.operators import T, d, hadamard, matmul, minus, ones, reciprocal, scale, term, zeros
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, quiet, scalar, vector

A, Z = matrix("A"), matrix("Z")
a = vector("a")
s, e = scalar("s"), scalar("e")
c = scalar("c", kinds.number)
two, none = ops.number(2), ops.number(0)
zero, one = zeros("n", "m"), ones("n", "m")
n, m, k = ops.size_node("n"), ops.size_node("m"), ops.size_node("k")
_row = matrix("A", 1, "m")

_G, _V = matrix("G"), matrix("V", kind=kinds.varying)
STATISTIC_ADJOINTS: dict[ops.Operator, tuple[RewriteRule, ...]] = {
    ops.ROWMEAN: (
        RewriteRule("row means cross", ops.inner(vector("G"), term(ops.ROWMEAN, _V)),
             ops.inner(scale(reciprocal(m), matmul(vector("G"), T(ones("m")))), _V)),
    ),
    ops.COLMEAN: (
        RewriteRule("column means cross", ops.inner(matrix("G", 1, "m"), term(ops.COLMEAN, _V)),
             ops.inner(scale(reciprocal(n), matmul(ones("n"), matrix("G", 1, "m"))), _V)),
    ),
}  # fmt: skip

_centered = minus(A, scale(term(ops.MEAN, A), one))
_row_spread, _column_spread = matmul(term(ops.ROWMEAN, A), T(ones("m"))), matmul(ones("n"), term(ops.COLMEAN, A))
_by_row, _by_column = minus(A, _row_spread), minus(A, _column_spread)


def _normalized_rows(eps: Node) -> Node:
    # E minus its row means and minus its component along zhat in each row, where E = dZ ./ (sigma 1').
    zhat, spread = term(ops.LAYER_NORM, Z, eps), T(ones("m"))
    scaled = hadamard(d(Z), reciprocal(matmul(term(ops.ROWSTD, Z, eps), spread)))
    along = matmul(term(ops.ROWMEAN, hadamard(zhat, scaled)), spread)
    return minus(minus(scaled, matmul(term(ops.ROWMEAN, scaled), spread)), hadamard(zhat, along))


def _normalized_columns(eps: Node) -> Node:
    zhat, spread = term(ops.BATCH_NORM, Z, eps), ones("n")
    scaled = hadamard(d(Z), reciprocal(matmul(spread, term(ops.COLSTD, Z, eps))))
    along = matmul(spread, term(ops.COLMEAN, hadamard(zhat, scaled)))
    return minus(minus(scaled, matmul(spread, term(ops.COLMEAN, scaled))), hadamard(zhat, along))


_P = matrix("B", "k", "m")


def _moving(a: Node, b: Node) -> Node:
    # The differential of sqdist(A, B) where A alone moves; entry ij is 2 (a_i - b_j)'da_i.
    return scale(two, minus(matmul(term(ops.DIAGONAL, matmul(a, T(d(a)))), T(ones(b.shape[0]))), matmul(d(a), T(b))))


def _moving_second(a: Node, b: Node) -> Node:
    squares = T(term(ops.DIAGONAL, matmul(b, T(d(b)))))
    return scale(two, minus(matmul(ones(a.shape[0]), squares), matmul(a, T(d(b)))))


_UNEQUAL = "no {} of {{{}}} has all entries equal"
_LARGEST = "the largest entry of {A} is attained once"
_EACH_LARGEST = "the largest entry of each row of {A} is attained once"
_SEVERAL = "the last of the largest entries of {A} differs from the next one"
_SMALLEST = "the smallest entry of {A} is attained once"


def _regularized(
    name: str, op: ops.Operator, slot: Slot, lines: str, make: Callable[[Node], Node], by_eps: Node, source: str = ""
) -> tuple[RewriteRule, ...]:
    # Without eps, no row (column) may be constant. `by_eps` is the derivative with respect to eps.
    unequal = _UNEQUAL.format(lines, slot.name)
    both = ops.plus(make(e), scale(d(e), by_eps))
    return (
        RewriteRule(name, d(term(op, slot, none)), make(none), source=source, condition=unequal),
        RewriteRule(name, d(term(op, slot, e)), make(e), source=source, condition="{e} > 0", unless="positive"),
        RewriteRule(
            f"{name}, in both", d(term(op, slot, e)), both, source=source, condition="{e} > 0", unless="positive"
        ),
    )


_half = ops.number(Fraction(1, 2))
_by_row_std = scale(_half, reciprocal(term(ops.ROWSTD, A, e)))
_by_column_std = scale(_half, reciprocal(term(ops.COLSTD, A, e)))
_row_scales, _column_scales = matmul(term(ops.ROWSTD, Z, e), T(ones("m"))), matmul(ones("n"), term(ops.COLSTD, Z, e))
_by_layer = scale(ops.negative(_half), hadamard(term(ops.LAYER_NORM, Z, e), ops.power(_row_scales, -2)))
_by_batch = scale(ops.negative(_half), hadamard(term(ops.BATCH_NORM, Z, e), ops.power(_column_scales, -2)))


def _row_deviations(eps: Node) -> Node:
    return term(ops.ROWMEAN, hadamard(term(ops.LAYER_NORM, A, eps), d(A)))


def _column_deviations(eps: Node) -> Node:
    return term(ops.COLMEAN, hadamard(term(ops.BATCH_NORM, A, eps), d(A)))


NORMALIZATIONS = (
    RewriteRule("layer normalization", hadamard(_by_row, reciprocal(matmul(term(ops.ROWSTD, A, e), T(ones("m"))))),
         term(ops.LAYER_NORM, A, e), through=True),
    RewriteRule("batch normalization", hadamard(_by_column, reciprocal(matmul(ones("n"), term(ops.COLSTD, A, e)))),
         term(ops.BATCH_NORM, A, e), through=True),
)  # fmt: skip
_LAYER, _BATCH = "Ba, Kiros & Hinton 2016", "Ioffe & Szegedy 2015"
STATISTIC_DIFFERENTIALS = (
    RewriteRule("differential of the variance", d(term(ops.VAR, A)),
         ops.inner(scale(hadamard(two, reciprocal(n), reciprocal(m)), _centered), d(A))),
    RewriteRule("differential of the standard deviation", d(term(ops.STD, A)),
         ops.inner(scale(hadamard(reciprocal(n), reciprocal(m), reciprocal(term(ops.STD, A))), _centered), d(A)),
         condition="the entries of {A} are not all equal"),
    RewriteRule("differential of row variances", d(term(ops.ROWVAR, A)),
         scale(two, term(ops.ROWMEAN, hadamard(_by_row, d(A))))),
    RewriteRule("differential of column variances", d(term(ops.COLVAR, A)),
         scale(two, term(ops.COLMEAN, hadamard(_by_column, d(A))))),
    RewriteRule("differential of squared distances", d(term(ops.SQDIST, A, _P)), _moving(A, _P)),
    RewriteRule("differential of squared distances", d(term(ops.SQDIST, _P, A)), _moving_second(_P, A)),
    RewriteRule("differential of squared distances", d(term(ops.SQDIST, A, A)),
         ops.plus(_moving(A, A), _moving_second(A, A))),
    RewriteRule("differential of squared distances", d(term(ops.SQDIST, A, _P)),
         ops.plus(_moving(A, _P), _moving_second(A, _P))),
    *_regularized("differential of row standard deviations", ops.ROWSTD, A, "row", _row_deviations,
                  _by_row_std),
    *_regularized("differential of column standard deviations", ops.COLSTD, A, "column", _column_deviations,
                  _by_column_std),
    *_regularized("differential of layer normalization", ops.LAYER_NORM, Z, "row", _normalized_rows, _by_layer,
                  _LAYER),
    *_regularized("differential of batch normalization", ops.BATCH_NORM, Z, "column", _normalized_columns,
                  _by_batch, _BATCH),
    RewriteRule("differential of the largest entry", d(term(ops.LARGEST, A)),
         ops.inner(term(ops.INDICATOR_MAX, A), d(A)),
         condition=_LARGEST),
    RewriteRule("differential of the smallest entry", d(term(ops.SMALLEST, A)),
         ops.inner(term(ops.INDICATOR_MIN, A), d(A)),
         condition=_SMALLEST),
    RewriteRule("differential of row maxima", d(term(ops.ROWMAX, A)),
         term(ops.ROWSUM, hadamard(term(ops.INDICATOR_ROWMAX, A), d(A))),
         condition=_EACH_LARGEST),
    RewriteRule("an indicator is constant", d(term(ops.INDICATOR_ROWMAX, A)), scale(none, d(A)),
         condition=_EACH_LARGEST),
    RewriteRule("differential of a sum of largest entries", d(term(ops.SUM_LARGEST, A, k)),
         ops.inner(term(ops.INDICATOR_LARGEST, A, k), d(A)), condition=_SEVERAL),
    RewriteRule("an indicator is constant", d(term(ops.INDICATOR_LARGEST, A, k)), scale(none, d(A)),
         condition=_SEVERAL),
    RewriteRule("an indicator is constant", d(term(ops.INDICATOR_MAX, A)), scale(none, d(A)), condition=_LARGEST),
    RewriteRule("an indicator is constant", d(term(ops.INDICATOR_MIN, A)), scale(none, d(A)), condition=_SMALLEST),
)  # fmt: skip

_spread, _stacked = matmul(a, T(ones("m"))), matmul(ones("n"), _row)
_inverse = {"n": ops.power(n, -1), "m": ops.power(m, -1)}
STATISTIC_IDENTITIES = (
    quiet("row means of a column", term(ops.ROWMEAN, a), a),
    quiet("column means of a row", term(ops.COLMEAN, _row), _row),
    quiet("mean of a row", term(ops.ROWMEAN, _row), term(ops.MEAN, _row)),
    quiet("mean of a column", term(ops.COLMEAN, a), term(ops.MEAN, a)),
    quiet("mean of one", term(ops.MEAN, s), s),
    quiet("mean of ones", term(ops.MEAN, one), ops.ONE),
    quiet("mean of zeros", term(ops.MEAN, zero), none),
    quiet("mean of a transpose", term(ops.MEAN, T(A)), term(ops.MEAN, A)),
    quiet("row means of a transpose", term(ops.ROWMEAN, T(A)), T(term(ops.COLMEAN, A))),
    quiet("column means of a transpose", term(ops.COLMEAN, T(A)), T(term(ops.ROWMEAN, A))),
    quiet("factor out of row means", term(ops.ROWMEAN, scale(s, A)), scale(s, term(ops.ROWMEAN, A))),
    quiet("factor out of column means", term(ops.COLMEAN, scale(s, A)), scale(s, term(ops.COLMEAN, A))),
    quiet("mean of row means", term(ops.MEAN, term(ops.ROWMEAN, A)), term(ops.MEAN, A)),
    quiet("mean of column means", term(ops.MEAN, term(ops.COLMEAN, A)), term(ops.MEAN, A)),
    quiet("row means of ones", term(ops.ROWMEAN, one), ones("n")),
    quiet("column means of ones", term(ops.COLMEAN, one), T(ones("m"))),
    quiet("row means of zeros", term(ops.ROWMEAN, zero), zeros("n")),
    quiet("column means of zeros", term(ops.COLMEAN, zero), zeros(1, "m")),
    RewriteRule("row means of equal columns", term(ops.ROWMEAN, _spread), a),
    RewriteRule("column means of equal rows", term(ops.COLMEAN, _stacked), _row),
    RewriteRule("row means of an outer product", term(ops.ROWMEAN, matmul(a, _row)), scale(term(ops.MEAN, _row), a)),
    RewriteRule("column means of an outer product", term(ops.COLMEAN, matmul(a, _row)), scale(term(ops.MEAN, a), _row)),
    RewriteRule("row sums of equal columns", term(ops.ROWSUM, _spread), scale(m, a)),
    RewriteRule("column sums of equal rows", term(ops.COLSUM, _stacked), scale(n, _row)),
    RewriteRule("row means", scale(_inverse["m"], term(ops.ROWSUM, A)), term(ops.ROWMEAN, A)),
    RewriteRule("row means", scale(hadamard(s, _inverse["m"]), term(ops.ROWSUM, A)), scale(s, term(ops.ROWMEAN, A))),
    RewriteRule("row means", scale(c, term(ops.ROWSUM, A)), scale(hadamard(c, m), term(ops.ROWMEAN, A)),
         guard=kinds.mean_of_rows),
    RewriteRule("column means", scale(_inverse["n"], term(ops.COLSUM, A)), term(ops.COLMEAN, A)),
    RewriteRule("column means", scale(hadamard(s, _inverse["n"]), term(ops.COLSUM, A)), scale(s, term(ops.COLMEAN, A))),
    RewriteRule("column means", scale(c, term(ops.COLSUM, A)), scale(hadamard(c, n), term(ops.COLMEAN, A)),
         guard=kinds.mean_of_columns),
    *(
        RewriteRule("centered values sum to zero", term(op, centered), nil)
        for op, middle, nil in ((ops.ROWSUM, _row_spread, zeros("n")), (ops.COLSUM, _column_spread, zeros(1, "m")),
                                (ops.SUM, _row_spread, none), (ops.SUM, _column_spread, none))
        for centered in (minus(A, middle), minus(middle, A))
    ),
    *(
        RewriteRule("centered values sum to zero", term(ops.SUM, centered), none, through=True)
        for mean in (term(ops.MEAN, A),)
        for centered in (ops.plus(A, scale(hadamard(ops.MINUS_ONE, mean), one)),
                         ops.plus(ops.negative(A), scale(mean, one)))
    ),
    RewriteRule("normalized rows sum to zero", term(ops.ROWSUM, term(ops.LAYER_NORM, A, e)), zeros("n")),
    RewriteRule("normalized rows sum to zero", term(ops.ROWMEAN, term(ops.LAYER_NORM, A, e)), zeros("n")),
    RewriteRule("normalized columns sum to zero", term(ops.COLSUM, term(ops.BATCH_NORM, A, e)), zeros(1, "m")),
    RewriteRule("normalized columns sum to zero", term(ops.COLMEAN, term(ops.BATCH_NORM, A, e)), zeros(1, "m")),
    *(
        rule
        for op in (ops.LARGEST, ops.SMALLEST)
        for rule in (
            quiet("entries of a transpose", term(op, T(A)), term(op, A)),
            quiet("entries of vec", term(op, term(ops.VEC, A)), term(op, A)),
            quiet("one entry", term(op, s), s),
            RewriteRule("shifted entries", term(op, ops.plus(a, scale(s, ones("n")))), ops.plus(term(op, a), s)),
        )
    ),
    *(
        rule
        for op in (ops.INDICATOR_MAX, ops.INDICATOR_MIN)
        for rule in (
            quiet("one entry", term(op, s), ops.ONE),
            RewriteRule("one entry is attained", term(ops.SUM, term(op, A)), ops.ONE),
        )
    ),
    quiet("row maxima of a column", term(ops.ROWMAX, a), a),
    quiet("row maximum of a row", term(ops.ROWMAX, _row), term(ops.LARGEST, _row)),
    quiet("largest of row maxima", term(ops.LARGEST, term(ops.ROWMAX, A)), term(ops.LARGEST, A)),
    RewriteRule("row maxima of shifted rows", term(ops.ROWMAX, ops.plus(A, _spread)), ops.plus(term(ops.ROWMAX, A), a)),
    quiet("indicator of a column", term(ops.INDICATOR_ROWMAX, a), ones("n")),
    RewriteRule("one entry of each row is attained", term(ops.ROWSUM, term(ops.INDICATOR_ROWMAX, A)), ones("n")),
    quiet("variance of one", term(ops.VAR, s), none),
    quiet("deviation of one", term(ops.STD, s), none),
    quiet("variance of a transpose", term(ops.VAR, T(A)), term(ops.VAR, A)),
    quiet("deviation of a transpose", term(ops.STD, T(A)), term(ops.STD, A)),
    quiet("variances of a transpose", term(ops.ROWVAR, T(A)), T(term(ops.COLVAR, A))),
    quiet("variances of a transpose", term(ops.COLVAR, T(A)), T(term(ops.ROWVAR, A))),
    quiet("deviations of a transpose", term(ops.ROWSTD, T(A), e), T(term(ops.COLSTD, A, e))),
    quiet("deviations of a transpose", term(ops.COLSTD, T(A), e), T(term(ops.ROWSTD, A, e))),
    quiet("normalized transpose", term(ops.LAYER_NORM, T(A), e), T(term(ops.BATCH_NORM, A, e))),
    quiet("normalized transpose", term(ops.BATCH_NORM, T(A), e), T(term(ops.LAYER_NORM, A, e))),
    quiet("variance of a column", term(ops.COLVAR, a), term(ops.VAR, a)),
    quiet("variance of a row", term(ops.ROWVAR, _row), term(ops.VAR, _row)),
)  # fmt: skip
