"""IDENTITIES: simplifications; and OBJECTIVES, other ways of writing an objective.

Each row makes the expression print with fewer symbols, or with as many and scalars further out, transposes further in,
or sums flatter. Rows are tried in the order in which they stand. That they end, and end in one form, is tested on
random expressions.
Sources: the laws of matrix algebra (Petersen & Pedersen, The Matrix Cookbook, section 1; Magnus & Neudecker, ch. 1).
"""

from __future__ import annotations

from matcalc.expr import Node
from matcalc.operators import (
    COLSUM,
    DET,
    DIAG,
    DIAGONAL,
    LOG_SOFTMAX_COLUMNS,
    LOG_SOFTMAX_ROWS,
    LOGDET,
    LOGSUMEXP_COLUMNS,
    LOGSUMEXP_ROWS,
    MATPOW,
    MEAN,
    MINUS_ONE,
    ONE,
    ONES,
    ROWSUM,
    SOFTMAX_COLUMNS,
    SOFTMAX_ROWS,
    SUM,
    TRACE,
    E,
    T,
    eye,
    function,
    hadamard,
    inner,
    inv,
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
from matcalc.rules import structure  # noqa: F401  (the slot kinds that ask for attributes)
from matcalc.rules.slots import matrix, scalar, vector

A, B, C = matrix("A"), matrix("B"), matrix("C")
P, Q = matrix("P", "n", "k"), matrix("Q", "k", "m")
S, R = matrix("S", "n", "n"), matrix("R", "n", "n")
a, b = vector("a"), vector("b")
s, t = scalar("s"), scalar("t")
k, j = scalar("k", "integer"), scalar("j", "integer")
c, e = scalar("c", "number"), scalar("e", "number")
neg = scalar("c", "negative")
below = scalar("k", "negative integer")
L, M, N = matrix("L", "n", "k"), matrix("M", "k", "m"), matrix("N", "k", "m")
# Factors in which no sign could be changed instead: -(x - a) (x - a)' keeps its form.
A0, P0, Q0 = matrix("C", kind="steady"), matrix("P", "n", "k", "steady"), matrix("Q", "k", "m", "steady")
R0 = matrix("R", "m", "l", "steady")
# 1 - a is left as it is: it is what activations differentiate to.
A1, s1 = matrix("A", kind="not ones"), scalar("s", "not ones")
zero, one = zeros("n", "m"), ones("n", "m")
two = number(2)


def _quiet(name: str, lhs: Node, rhs: Node, **more: str) -> Rule:
    return Rule(name, lhs, rhs, quiet=True, **more)


def _f(name: str, z: Node) -> Node:
    return term(function(name), z)


TRANSPOSES = (
    _quiet("double transpose", T(T(A)), A),
    _quiet("transpose of a scalar", T(s), s),
    _quiet("symmetric", T(matrix("S", "n", "n", "symmetric")), matrix("S", "n", "n", "symmetric")),
    _quiet("skew", T(matrix("S", "n", "n", "skew")), negative(matrix("S", "n", "n", "skew"))),
    _quiet("transpose of a product", T(matmul(P, Q)), matmul(T(Q), T(P))),
    _quiet("transpose of a sum", T(plus(A, B)), plus(T(A), T(B)), guard="lighter without"),
    _quiet("transpose of a multiple", T(scale(s, A)), scale(s, T(A))),
    _quiet("transpose of a Hadamard product", T(hadamard(A, B)), hadamard(T(A), T(B)), guard="lighter without"),
    _quiet("transpose of a power", T(power(A, s)), power(T(A), s)),
    _quiet("transpose of a power", T(term(MATPOW, S, k)), term(MATPOW, T(S), k)),
    _quiet("transpose of ones", T(matrix("A", kind="block of ones")), ones("m", "n")),
    _quiet("row of ones", term(ONES, ONE, size_node("m")), T(ones("m"))),
    _quiet("transpose of zeros", T(zero), zeros("m", "n")),
    _quiet("row sums of a transpose", term(ROWSUM, T(A)), T(term(COLSUM, A))),
    _quiet("column sums of a transpose", term(COLSUM, T(A)), T(term(ROWSUM, A))),
    _quiet("inverse of a transpose", inv(T(S)), T(inv(S))),
)

SCALARS = (
    _quiet("one", scale(ONE, A), A),
    _quiet("zero", scale(number(0), A), zero),
    _quiet("zero", scale(s, zero), zero),
    _quiet("factors together", scale(s, scale(t, A)), scale(hadamard(s, t), A)),
    _quiet("factor out of a product", matmul(P, scale(s, Q)), scale(s, matmul(P, Q))),
    _quiet("factor out of a product", matmul(scale(s, P), Q), scale(s, matmul(P, Q))),
    _quiet("factor out of a Hadamard product", hadamard(A, scale(s, B)), scale(s, hadamard(A, B))),
    _quiet("factor out of a Frobenius product", inner(A, scale(s, B)), hadamard(s, inner(A, B))),
    _quiet("factor out of a sum", term(SUM, scale(s, A)), hadamard(s, term(SUM, A))),
    _quiet("factor out of a mean", term(MEAN, scale(s, A)), hadamard(s, term(MEAN, A))),
    _quiet("factor out of a trace", term(TRACE, scale(s, S)), hadamard(s, term(TRACE, S))),
    _quiet("factor out of row sums", term(ROWSUM, scale(s, A)), scale(s, term(ROWSUM, A))),
    _quiet("factor out of column sums", term(COLSUM, scale(s, A)), scale(s, term(COLSUM, A))),
    _quiet("factor out of diag", term(DIAG, scale(s, a)), scale(s, term(DIAG, a))),
    _quiet("factor out of diag", term(DIAGONAL, scale(s, S)), scale(s, term(DIAGONAL, S))),
    _quiet("inverse of a multiple", inv(scale(s, S)), scale(power(s, -1), inv(S))),
    # -2 (y - a) = 2 (a - y), wherever the difference stands in the product.
    _quiet("sign", scale(neg, minus(A, B)), scale(hadamard(MINUS_ONE, neg), minus(B, A))),
    _quiet("sign", scale(neg, matmul(minus(P, L), Q0)), scale(hadamard(MINUS_ONE, neg), matmul(minus(L, P), Q0))),
    _quiet("sign", scale(neg, matmul(P0, minus(Q, M))), scale(hadamard(MINUS_ONE, neg), matmul(P0, minus(M, Q)))),
    _quiet("sign", scale(neg, matmul(P0, minus(M, N), R0)),
           scale(hadamard(MINUS_ONE, neg), matmul(P0, minus(N, M), R0))),
    _quiet("sign", scale(neg, hadamard(minus(A1, B), A0)), scale(hadamard(MINUS_ONE, neg), hadamard(minus(B, A1), A0))),
    _quiet("sign", hadamard(neg, minus(s1, t)), hadamard(hadamard(MINUS_ONE, neg), minus(t, s1))),
)  # fmt: skip

SMALL_POWERS = (
    _quiet("matrix power", term(MATPOW, S, ONE), S),
    _quiet("matrix power", term(MATPOW, S, number(0)), eye("n")),
    _quiet("matrix power", term(MATPOW, S, MINUS_ONE), inv(S)),
    _quiet("matrix power", term(MATPOW, S, below), term(MATPOW, inv(S), hadamard(MINUS_ONE, below))),
)

PRODUCTS = (
    *SMALL_POWERS,
    _quiet("identity", matmul(eye("n"), A), A),
    _quiet("identity", matmul(A, eye("m")), A),
    _quiet("zero", matmul(zeros("n", "k"), Q), zero),
    _quiet("zero", matmul(P, zeros("k", "m")), zero),
    Rule("inverse", matmul(inv(S), S), eye("n")),
    Rule("inverse", matmul(S, inv(S)), eye("n")),
    Rule("inverse", matmul(T(inv(S)), T(S)), eye("n")),
    Rule("inverse", matmul(T(S), T(inv(S))), eye("n")),
    Rule("orthogonal", matmul(T(matrix("S", "n", "n", "orthogonal")), matrix("S", "n", "n", "orthogonal")), eye("n")),
    Rule("orthogonal", matmul(matrix("S", "n", "n", "orthogonal"), T(matrix("S", "n", "n", "orthogonal"))), eye("n")),
    # A row times a column is a scalar and stands in front: x x' v = (x' v) x.
    _quiet("ones", matmul(ones("n"), T(ones("m"))), one),
    _quiet("inner product", matmul(a, matrix("B", 1, "k"), vector("C", "k")),
           scale(matmul(matrix("B", 1, "k"), vector("C", "k")), a)),
    _quiet("inner product", matmul(matrix("B", 1, "k"), vector("C", "k"), matrix("A", 1, "m")),
           scale(matmul(matrix("B", 1, "k"), vector("C", "k")), matrix("A", 1, "m"))),
    _quiet("matrix power", matmul(S, S), term(MATPOW, S, two)),
    _quiet("matrix power", matmul(S, term(MATPOW, S, k)), term(MATPOW, S, plus(k, ONE))),
    _quiet("matrix power", matmul(term(MATPOW, S, k), S), term(MATPOW, S, plus(k, ONE))),
    _quiet("matrix power", matmul(term(MATPOW, S, j), term(MATPOW, S, k)), term(MATPOW, S, plus(j, k))),
    _quiet("matrix power", term(MATPOW, term(MATPOW, S, j), k), term(MATPOW, S, hadamard(j, k))),
    _quiet("double inverse", inv(inv(S)), S),
    _quiet("inverse of the identity", inv(eye("n")), eye("n")),
    Rule("sums by ones", matmul(matrix("P", "n", "k", "block of ones"), Q), matmul(ones("n"), term(COLSUM, Q))),
    Rule("sums by ones", matmul(P, matrix("Q", "k", "m", "block of ones")), matmul(term(ROWSUM, P), T(ones("m")))),
    Rule("sums by ones", matmul(A, ones("m")), term(ROWSUM, A)),
    Rule("sums by ones", matmul(T(ones("n")), A), term(COLSUM, A)),
    Rule("sums by ones", matmul(T(ones("n")), a), term(SUM, a)),
    Rule("sums by ones", matmul(matrix("A", 1, "n"), ones("n")), term(SUM, matrix("A", 1, "n"))),
)  # fmt: skip

ENTRIES = (
    _quiet("ones", hadamard(one, A), A),
    _quiet("zero", hadamard(zero, A), zero),
    _quiet("first power", power(A, 1), A),
    _quiet("power zero", power(A, 0), one),
    _quiet("power of ones", power(one, s), one),
    _quiet("square", hadamard(A, A), power(A, 2)),
    Rule("zeros and ones", power(matrix("A", kind="binary"), 2), matrix("A", kind="binary")),
    _quiet("powers together", hadamard(A, power(A, k)), power(A, plus(k, ONE))),
    _quiet("powers together", hadamard(power(A, c), power(A, e)), power(A, plus(c, e))),
    _quiet("powers together", hadamard(A, power(A, scalar("c", "number"))), power(A, plus(c, ONE))),
    _quiet("power of a power", power(power(A, j), k), power(A, hadamard(j, k))),
    _quiet("power of a product", power(hadamard(s, t), k), hadamard(power(s, k), power(t, k))),
    _quiet("power of a multiple", power(scale(s, A), k), scale(power(s, k), power(A, k))),
    _quiet("square of a root", power(_f("sqrt", A), two), A),
    _quiet("root", hadamard(A, power(_f("sqrt", A), MINUS_ONE)), _f("sqrt", A)),
    _quiet("root", hadamard(power(A, MINUS_ONE), _f("sqrt", A)), power(_f("sqrt", A), MINUS_ONE)),
    _quiet("logarithm of e", _f("log", term(E)), ONE),
    Rule("exp of log", _f("exp", _f("log", A)), A, condition="the argument of the logarithm is positive"),
    Rule("log of exp", _f("log", _f("exp", A)), A),
)

REDUCTIONS = (
    _quiet("Frobenius product of scalars", inner(s, t), hadamard(s, t)),
    _quiet("Frobenius product of columns", inner(a, b), matmul(T(a), b)),
    _quiet("Frobenius product with ones", inner(one, A), term(SUM, A)),
    _quiet("Frobenius product with I", inner(eye("n"), S), term(TRACE, S)),
    _quiet("Frobenius product with zero", inner(zero, A), number(0)),
    _quiet("trace of a transpose", term(TRACE, T(S)), term(TRACE, S)),
    _quiet("trace of the identity", term(TRACE, eye("n")), size_node("n")),
    _quiet("sum of ones", term(SUM, one), hadamard(size_node("n"), size_node("m"))),
    _quiet("sum of one", term(SUM, s), s),
    _quiet("sum of a transpose", term(SUM, T(A)), term(SUM, A)),
    _quiet("sum of zeros", term(SUM, zero), number(0)),
    _quiet("sum of row sums", term(SUM, term(ROWSUM, A)), term(SUM, A)),
    _quiet("sum of column sums", term(SUM, term(COLSUM, A)), term(SUM, A)),
    Rule("sum of a Hadamard product", term(SUM, hadamard(A, B)), inner(A, B)),
    _quiet("row sums of a column", term(ROWSUM, a), a),
    _quiet("column sums of a row", term(COLSUM, matrix("A", 1, "m")), matrix("A", 1, "m")),
    Rule("softmax sums to one", term(ROWSUM, term(SOFTMAX_ROWS, A)), ones("n")),
    Rule("softmax sums to one", term(COLSUM, term(SOFTMAX_COLUMNS, A)), T(ones("m"))),
    _quiet("softmax of a scalar", term(SOFTMAX_COLUMNS, s), ONE),
    _quiet("softmax of a scalar", term(SOFTMAX_ROWS, s), ONE),
    _quiet("logsumexp of a scalar", term(LOGSUMEXP_COLUMNS, s), s),
    Rule("softmax sums to one", term(SUM, term(SOFTMAX_COLUMNS, a)), ONE),
    Rule("rows sum to one", term(ROWSUM, matrix("A", kind="onehot")), ones("n")),
    _quiet("column sums of a column", term(COLSUM, a), term(SUM, a)),
    _quiet("row sums of a row", term(ROWSUM, matrix("A", 1, "m")), term(SUM, matrix("A", 1, "m"))),
    _quiet("column sums of ones", term(COLSUM, one), scale(size_node("n"), T(ones("m")))),
    Rule("diagonal of an outer product", term(DIAGONAL, matmul(a, T(b))), hadamard(a, b)),
    Rule("diag of a vector times a vector", matmul(term(DIAG, a), b), hadamard(a, b)),
    Rule("diag of a vector times a vector", matmul(T(b), term(DIAG, a)), T(hadamard(a, b))),
    Rule("inverse of a diagonal matrix", inv(term(DIAG, a)), term(DIAG, power(a, -1)), condition="no entry is 0"),
    _quiet("diag of diag", term(DIAGONAL, term(DIAG, a)), a),
    _quiet("diagonal of the identity", term(DIAGONAL, eye("n")), ones("n")),
    _quiet("diagonal of a transpose", term(DIAGONAL, T(S)), term(DIAGONAL, S)),
    _quiet("diag of ones", term(DIAG, ones("n")), eye("n")),
    _quiet("determinant of a transpose", term(DET, T(S)), term(DET, S)),
    _quiet("determinant of a transpose", term(LOGDET, T(S)), term(LOGDET, S)),
    _quiet("logsumexp of a scalar", term(LOGSUMEXP_ROWS, s), s),
)

word = scalar("r", "symbolic")
SUMS = (
    _quiet("zero", plus(A, zero), A),
    _quiet("brackets", plus(A, negative(plus(B, C))), plus(A, negative(B), negative(C))),
    Rule("common factor", plus(scale(word, A), scale(word, B)), scale(word, plus(A, B))),
    Rule("common factor", plus(scale(word, A), scale(hadamard(c, word), B)), scale(word, plus(A, scale(c, B)))),
    Rule("common factor", plus(hadamard(word, s), hadamard(word, t)), hadamard(word, plus(s, t))),
    Rule("common factor", plus(scale(s, A), scale(t, A)), scale(plus(s, t), A)),
    Rule("common factor", plus(A, scale(word, A)), scale(plus(ONE, word), A)),
    Rule("common factor", plus(scale(power(s, -1), A), scale(hadamard(t, power(s, -2)), B)),
         scale(power(s, -1), plus(A, scale(hadamard(t, power(s, -1)), B)))),
    Rule("common factor", plus(matmul(P, Q), matmul(P, M)), matmul(P, plus(Q, M))),
    Rule("common factor", plus(matmul(P, Q), matmul(L, Q)), matmul(plus(P, L), Q)),
    Rule("common factor", plus(matmul(P, Q), scale(c, matmul(P, M))), matmul(P, plus(Q, scale(c, M)))),
    Rule("common factor", plus(matmul(P, Q), scale(c, matmul(L, Q))), matmul(plus(P, scale(c, L)), Q)),
    Rule("common factor", plus(hadamard(A, B), hadamard(A, C)), hadamard(A, plus(B, C))),
    Rule("common factor", plus(hadamard(A, B), scale(c, hadamard(A, C))), hadamard(A, plus(B, scale(c, C)))),
    Rule("common denominator",
         hadamard(plus(hadamard(A, power(B, -1)), hadamard(C, power(minus(one, B), -1))), B, minus(one, B)),
         plus(hadamard(A, minus(one, B)), hadamard(C, B))),
    Rule("common denominator",
         hadamard(plus(negative(hadamard(A, power(B, -1))), hadamard(C, power(minus(one, B), -1))), B, minus(one, B)),
         plus(negative(hadamard(A, minus(one, B))), hadamard(C, B))),
    Rule("complements", plus(negative(hadamard(A, minus(one, B))), hadamard(minus(one, A), B)), minus(B, A)),
    Rule("complements", plus(hadamard(A, minus(B, one)), hadamard(minus(one, A), B)), minus(B, A)),
    Rule("complements", plus(hadamard(A, minus(one, B)), hadamard(minus(A, one), B)), minus(A, B)),
    Rule("complements", minus(one, _f("sigmoid", negative(A))), _f("sigmoid", A)),
    Rule("common factor", plus(hadamard(A, B), scale(s, A)), hadamard(A, plus(B, scale(s, one)))),
    Rule("common factor", plus(A, negative(hadamard(A, B))), hadamard(A, minus(one, B))),
)  # fmt: skip

ACTIVATIONS = (
    Rule("softplus", _f("log", plus(one, _f("exp", A))), _f("softplus", A)),
    Rule("log of 1 - sigmoid", _f("log", minus(one, _f("sigmoid", A))), _f("log_sigmoid", negative(A))),
    Rule("softplus", _f("log1p", _f("exp", A)), _f("softplus", A)),
    Rule("log of sigmoid", _f("log", _f("sigmoid", A)), _f("log_sigmoid", A)),
    Rule("log of softmax", _f("log", term(SOFTMAX_ROWS, A)), term(LOG_SOFTMAX_ROWS, A)),
    Rule("log of softmax", _f("log", term(SOFTMAX_COLUMNS, A)), term(LOG_SOFTMAX_COLUMNS, A)),
    Rule("sigmoid", power(plus(one, _f("exp", negative(A))), MINUS_ONE), _f("sigmoid", A)),
)

_squares, _products = "both are the sum over i, j of A_ij A_ij", "both are the sum over i, j of A_ij B_ij"
OBJECTIVES = (
    *SMALL_POWERS,
    *ACTIVATIONS,
    Rule("sum of squares", term(SUM, power(A, 2)), inner(A, A), reason=_squares),
    Rule("sum of squares", term(SUM, hadamard(A, A)), inner(A, A), reason=_squares),
    Rule("sum of a Hadamard product", term(SUM, hadamard(A, B)), inner(A, B), reason=_products),
    Rule("mean of squares", term(MEAN, power(A, 2)),
         hadamard(inner(A, A), reciprocal(size_node("n")), reciprocal(size_node("m")))),
    Rule("log of the determinant", _f("log", term(DET, S)), term(LOGDET, S), condition="the determinant is positive"),
    Rule("log of an exponential sum", _f("log", term(SUM, _f("exp", a))), term(LOGSUMEXP_COLUMNS, a)),
    Rule("log of an exponential sum", _f("log", term(ROWSUM, _f("exp", A))), term(LOGSUMEXP_ROWS, A)),
)  # fmt: skip

IDENTITIES = TRANSPOSES + SCALARS + PRODUCTS + ENTRIES + ACTIVATIONS + REDUCTIONS + SUMS
