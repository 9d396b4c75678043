"""IDENTITIES: simplifications; and OBJECTIVES: forms of an objective that are easier to differentiate.

Each row reduces the number of printed symbols, or keeps it and moves scalars outward, moves transposes inward, or
flattens sums. Rows are tried in order. Tests on random expressions check that rewriting ends, and always in the same
form.
Sources: the laws of matrix algebra (Petersen & Pedersen, The Matrix Cookbook, section 1; Magnus & Neudecker, ch. 1).
"""

from __future__ import annotations

from functools import partial

from matcalc import operators as ops
from matcalc.expr import Node
from matcalc.operators import T, eye, fn, hadamard, inv, matmul, minus, ones, plus, power, scale, term
from matcalc.rewrite import Later, RewriteRule
from matcalc.rules import kinds
from matcalc.rules.activations import ACTIVATIONS, ROOTS
from matcalc.rules.common_factors import FACTORS, SUMS
from matcalc.rules.slots import matrix, quiet, scalar, vector
from matcalc.rules.themes import KRONECKER, PARTS, SPECTRAL, STATISTICS

A, B, C = matrix("A"), matrix("B"), matrix("C")
P, Q = matrix("P", "n", "k"), matrix("Q", "k", "m")
S, R = matrix("S", "n", "n"), matrix("R", "n", "n")
a, b = vector("a"), vector("b")
s, t = scalar("s"), scalar("t")
power_ = scalar("t", kinds.exponent)
turned = matrix("A", kind=kinds.turned), matrix("B", kind=kinds.turned)
pos, named = matrix("A", kind=kinds.positive), vector("a", kind=kinds.name)
mirror, turn = matrix("S", "n", "n", kinds.symmetric), matrix("S", "n", "n", kinds.skew)
_Sd = matrix("S", "n", "n", kinds.diagonal)
Q_, row = matrix("S", "n", "n", kinds.orthogonal), matrix("B", 1, "m")
whole = scalar("k", kinds.exponent)
k, j = scalar("k", kinds.integer), scalar("j", kinds.integer)
c, e = scalar("c", kinds.number), scalar("e", kinds.number)
neg = scalar("c", kinds.negative)
below, above = scalar("k", kinds.negative_integer), scalar("k", kinds.positive_integer)
L, M, N = matrix("L", "n", "k"), matrix("M", "k", "m"), matrix("N", "k", "m")
first, vary, U = matrix("L", "n", "k", kinds.factor), matrix("Q", "k", "n"), matrix("U", "n", "n")
# Factors whose sign cannot be turned: -(x - a) (x - a)' keeps its form.
A0, P0, Q0 = matrix("C", kind=kinds.steady), matrix("P", "n", "k", kinds.steady), matrix("Q", "k", "m", kinds.steady)
R0 = matrix("R", "m", "l", kinds.steady)
# 1 - a is kept: derivatives of activations have this form.
A1, s1 = matrix("A", kind=kinds.not_ones), scalar("s", kinds.not_ones)
zero, one = ops.zeros("n", "m"), ones("n", "m")
two, mirrored = ops.number(2), matrix("S", "k", "k", kinds.symmetric)


VANISHING = (
    *("sqrt", "sin", "tan", "sinh", "tanh", "asin", "atan", "expm1", "log1p", "abs"),
    *("sign", "relu", "leaky_relu", "elu", "gelu", "silu", "mish", "erf"),
)
"""Functions that are 0 at 0."""


def _once(a: Node) -> Node:
    return a


TRANSPOSES = (
    quiet("double transpose", T(T(A)), A),
    quiet("transpose of a scalar", T(s), s),
    quiet("symmetric", T(mirror), mirror),
    quiet("skew", T(turn), ops.negative(turn)),
    quiet("orthogonal", inv(Q_), T(Q_)),
    quiet("transpose of a product", T(matmul(P, Q)), matmul(T(Q), T(P)), guard=kinds.opens),
    quiet("transpose of a sum", T(plus(A, B)), plus(T(A), T(B)), guard=kinds.lighter_without),
    quiet("transpose of a multiple", T(scale(s, A)), scale(s, T(A))),
    quiet("transpose of a Hadamard product", T(hadamard(A, B)), hadamard(T(A), T(B)), guard=kinds.lighter_without),
    quiet("transpose of a power", T(power(A, s)), power(T(A), s)),
    quiet("transpose of a power", T(term(ops.MATPOW, S, whole)), term(ops.MATPOW, T(S), whole)),
    quiet("transpose of ones", T(matrix("A", kind=kinds.block_of_ones)), ones("m", "n")),
    quiet("row of ones", term(ops.ONES, ops.ONE, ops.size_node("m")), T(ones("m"))),
    quiet("transpose of zeros", T(zero), ops.zeros("m", "n")),
    quiet("row sums of a transpose", term(ops.ROWSUM, T(A)), T(term(ops.COLSUM, A))),
    quiet("column sums of a transpose", term(ops.COLSUM, T(A)), T(term(ops.ROWSUM, A))),
    quiet("inverse of a transpose", inv(T(S)), T(inv(S))),
)

SCALARS = (
    quiet("one", scale(ops.ONE, A), A),
    quiet("zero", scale(ops.number(0), A), zero),
    quiet("zero", scale(s, zero), zero),
    quiet("factors together", scale(s, scale(t, A)), scale(hadamard(s, t), A)),
    quiet("factor out of a product", matmul(P, scale(s, Q)), scale(s, matmul(P, Q))),
    quiet("factor out of a product", matmul(scale(s, P), Q), scale(s, matmul(P, Q))),
    quiet("factor out of a Hadamard product", hadamard(A, scale(s, B)), scale(s, hadamard(A, B))),
    quiet("factor out of a Frobenius product", ops.inner(A, scale(s, B)), hadamard(s, ops.inner(A, B))),
    quiet("factor out of a sum", term(ops.SUM, scale(s, A)), hadamard(s, term(ops.SUM, A))),
    quiet("factor out of a mean", term(ops.MEAN, scale(s, A)), hadamard(s, term(ops.MEAN, A))),
    quiet("factor out of a trace", term(ops.TRACE, scale(s, S)), hadamard(s, term(ops.TRACE, S))),
    quiet("factor out of row sums", term(ops.ROWSUM, scale(s, A)), scale(s, term(ops.ROWSUM, A))),
    quiet("factor out of column sums", term(ops.COLSUM, scale(s, A)), scale(s, term(ops.COLSUM, A))),
    quiet("factor out of diag", term(ops.DIAG, scale(s, a)), scale(s, term(ops.DIAG, a))),
    quiet("factor out of diag", term(ops.DIAGONAL, scale(s, S)), scale(s, term(ops.DIAGONAL, S))),
    quiet("inverse of a multiple", inv(scale(s, S)), scale(power(s, -1), inv(S))),
    # -2 (y - a) = 2 (a - y), with the difference anywhere in the product.
    quiet("sign", scale(neg, minus(A, B)), scale(hadamard(ops.MINUS_ONE, neg), minus(B, A))),
    quiet("sign", scale(neg, matmul(minus(P, L), Q0)), scale(hadamard(ops.MINUS_ONE, neg), matmul(minus(L, P), Q0))),
    quiet("sign", scale(neg, matmul(P0, minus(Q, M))), scale(hadamard(ops.MINUS_ONE, neg), matmul(P0, minus(M, Q)))),
    quiet("sign", scale(neg, matmul(P0, minus(M, N), R0)),
           scale(hadamard(ops.MINUS_ONE, neg), matmul(P0, minus(N, M), R0))),
    # (b - a) (a - b)' = -(a - b) (a - b)', which is symmetric.
    quiet("sign", matmul(minus(P, L), T(minus(L, P))), ops.negative(matmul(minus(L, P), T(minus(L, P))))),
    quiet("sign", scale(neg, hadamard(minus(A1, B), A0)),
         scale(hadamard(ops.MINUS_ONE, neg), hadamard(minus(B, A1), A0))),
    quiet("sign", hadamard(neg, minus(s1, t)), hadamard(hadamard(ops.MINUS_ONE, neg), minus(t, s1))),
)  # fmt: skip

SMALL_POWERS = (
    quiet("matrix power", term(ops.MATPOW, S, ops.ONE), S),
    quiet("matrix power", term(ops.MATPOW, S, ops.number(0)), eye("n")),
    quiet("matrix power", term(ops.MATPOW, S, ops.MINUS_ONE), inv(S)),
    quiet("matrix power", term(ops.MATPOW, S, below), term(ops.MATPOW, inv(S), hadamard(ops.MINUS_ONE, below))),
    RewriteRule(
        "power of the inverse", term(ops.MATPOW, S, hadamard(ops.MINUS_ONE, power_)), term(ops.MATPOW, inv(S), power_)
    ),
)

PRODUCTS = (
    *SMALL_POWERS,
    quiet("identity", matmul(eye("n"), A), A),
    quiet("identity", matmul(A, eye("m")), A),
    quiet("zero", matmul(ops.zeros("n", "k"), Q), zero),
    quiet("zero", matmul(P, ops.zeros("k", "m")), zero),
    RewriteRule("inverse", matmul(inv(S), S), eye("n")),
    RewriteRule("inverse", matmul(S, inv(S)), eye("n")),
    RewriteRule("inverse", matmul(T(inv(S)), T(S)), eye("n")),
    RewriteRule("inverse", matmul(T(S), T(inv(S))), eye("n")),
    RewriteRule("orthogonal", matmul(T(Q_), Q_), eye("n")),
    RewriteRule("orthogonal", matmul(Q_, T(Q_)), eye("n")),
    RewriteRule("skew", matmul(T(a), turn, a), ops.number(0)),
    # A row times a column is a scalar and moves to the front: x x' v = (x' v) x.
    quiet("ones", matmul(ones("n"), T(ones("m"))), one),
    quiet("inner product", matmul(a, matrix("B", 1, "k"), vector("C", "k")),
           scale(matmul(matrix("B", 1, "k"), vector("C", "k")), a)),
    quiet("inner product", matmul(matrix("B", 1, "k"), vector("C", "k"), matrix("A", 1, "m")),
           scale(matmul(matrix("B", 1, "k"), vector("C", "k")), matrix("A", 1, "m"))),
    quiet("scalar turned round", matmul(matrix("P", 1, "k"), vector("Q", "k")),
          matmul(T(vector("Q", "k")), T(matrix("P", 1, "k"))), guard=kinds.better_turned),
    # A inv(B A) = inv(B) for square factors.
    RewriteRule("inverse", matmul(R, inv(matmul(S, R))), inv(S)),
    RewriteRule("inverse", matmul(inv(matmul(R, S)), R), inv(S)),
    RewriteRule("inverse", matmul(T(R), T(inv(matmul(R, S)))), T(inv(S))),
    RewriteRule("inverse", matmul(T(inv(matmul(S, R))), T(R)), T(inv(S))),
    RewriteRule("inverse", matmul(mirror, T(inv(matmul(mirror, R)))), T(inv(R))),
    RewriteRule("inverse", matmul(T(inv(matmul(R, mirror))), mirror), T(inv(R))),
    RewriteRule("inverse", matmul(R, T(inv(matmul(T(R), S)))), T(inv(S))),
    RewriteRule("inverse", matmul(T(inv(matmul(S, T(R)))), R), T(inv(S))),
    quiet("transpose of a product", matmul(T(inv(S)), matrix("R", "n", "n"), T(inv(S))),
          T(matmul(inv(S), T(matrix("R", "n", "n")), inv(S))), guard=kinds.turned_sandwich),
    quiet("transpose of a product", matmul(T(matmul(mirrored, matrix("L", "k", "n"))), Q),
          matmul(T(matrix("L", "k", "n")), mirrored, Q)),
    quiet("transpose of a product", matmul(T(matmul(matrix("P", "k", "l"), matrix("L", "l", "n"))), Q),
          matmul(T(matrix("L", "l", "n")), T(matrix("P", "k", "l")), Q)),
    quiet("transpose of a product", matmul(P, T(matmul(matrix("Q", "m", "l"), matrix("L", "l", "k")))),
          matmul(P, T(matrix("L", "l", "k")), T(matrix("Q", "m", "l")))),
    quiet("matrix power", matmul(S, S), term(ops.MATPOW, S, two)),
    quiet("matrix power", matmul(S, term(ops.MATPOW, S, k)), term(ops.MATPOW, S, plus(k, ops.ONE))),
    quiet("matrix power", matmul(term(ops.MATPOW, S, k), S), term(ops.MATPOW, S, plus(k, ops.ONE))),
    quiet("matrix power", matmul(term(ops.MATPOW, S, j), term(ops.MATPOW, S, k)), term(ops.MATPOW, S, plus(j, k))),
    quiet("matrix power", term(ops.MATPOW, term(ops.MATPOW, S, j), k), term(ops.MATPOW, S, hadamard(j, k))),
    quiet("double inverse", inv(inv(S)), S),
    quiet("inverse of the identity", inv(eye("n")), eye("n")),
    RewriteRule("denominator cancels", matmul(T(hadamard(a, power(b, ops.MINUS_ONE))), b), term(ops.SUM, a)),
    RewriteRule("sums by ones", matmul(matrix("P", "n", "k", kinds.block_of_ones), Q),
         matmul(ones("n"), term(ops.COLSUM, Q))),
    RewriteRule("sums by ones", matmul(P, matrix("Q", "k", "m", kinds.block_of_ones)),
         matmul(term(ops.ROWSUM, P), T(ones("m")))),
    RewriteRule("sums by ones", matmul(A, ones("m")), term(ops.ROWSUM, A)),
    RewriteRule("sums by ones", matmul(T(ones("n")), A), term(ops.COLSUM, A)),
    RewriteRule("sums by ones", matmul(T(ones("n")), a), term(ops.SUM, a)),
    RewriteRule("sums by ones", matmul(matrix("A", 1, "n"), ones("n")), term(ops.SUM, matrix("A", 1, "n"))),
)  # fmt: skip

ENTRIES = (
    quiet("ones", hadamard(one, A), A),
    quiet("ones", hadamard(T(ones("m")), matrix("A", 1, "m")), matrix("A", 1, "m")),
    quiet(
        "diag of a vector times a matrix", hadamard(matmul(named, T(ones("m"))), A), matmul(term(ops.DIAG, named), A)
    ),
    quiet(
        "diag of a vector times a matrix",
        hadamard(matmul(ones("n"), T(vector("a", "m", kinds.name))), A),
        matmul(A, term(ops.DIAG, vector("a", "m", kinds.name))),
    ),
    quiet("sign", fn("sign", pos), one),
    quiet("sign", fn("step", pos), one),
    quiet("sign", hadamard(fn("sign", A), power(fn("abs", A), ops.MINUS_ONE)), power(A, ops.MINUS_ONE), through=True),
    quiet("sign", hadamard(fn("sign", A), fn("abs", A)), A, through=True),
    quiet("positive part", hadamard(fn("step", A), fn("relu", A)), fn("relu", A)),
    quiet("positive part", hadamard(fn("step", A), power(fn("relu", A), above)), power(fn("relu", A), above)),
    quiet("sign", hadamard(A, fn("sign", A)), fn("abs", A)),
    quiet("absolute value", power(fn("abs", A), two), power(A, two)),
    quiet("zero", hadamard(zero, A), zero),
    *(quiet("value at zero", fn(name, zero), zero) for name in VANISHING),
    *(quiet("value at zero", fn(name, zero), one) for name in ("exp", "cos", "cosh")),
    *(quiet("value at zero", term(norm, zero), ops.number(0)) for norm in (ops.NORM, ops.NORM_SPEC, ops.NORM_NUC)),
    quiet("logarithm of one", fn("log", one), zero),
    RewriteRule(
        "what is left of one",
        minus(one, hadamard(A, power(plus(one, A), ops.MINUS_ONE))),
        power(plus(one, A), ops.MINUS_ONE),
        reason="over the denominator $1 + a$ what is left of $1 + a - a$",
    ),
    *(
        RewriteRule("denominator cancels", hadamard(A, plus(B, above_A)), plus(hadamard(A, B), alone))
        for quotient, over in ((power(A, ops.MINUS_ONE), one), (hadamard(C, power(A, ops.MINUS_ONE)), C))
        for above_A, alone in ((quotient, over), (scale(s, quotient), scale(s, over)))
    ),
    quiet("first power", power(A, 1), A),
    quiet("power zero", power(A, 0), one),
    quiet("power of ones", power(one, s), one),
    quiet("square", hadamard(A, A), power(A, 2)),
    RewriteRule("zeros and ones", power(matrix("A", kind=kinds.binary), 2), matrix("A", kind=kinds.binary)),
    quiet("powers together", hadamard(A, power(A, k)), power(A, plus(k, ops.ONE))),
    quiet("powers together", hadamard(power(A, c), power(A, e)), power(A, plus(c, e))),
    quiet("powers together", hadamard(A, power(A, scalar("c", kinds.number))), power(A, plus(c, ops.ONE))),
    quiet("power of a power", power(power(A, j), k), power(A, hadamard(j, k))),
    quiet("power of a product", power(hadamard(s, t), k), hadamard(power(s, k), power(t, k))),
    quiet(
        "quotient turned over",
        power(hadamard(A, power(B, ops.MINUS_ONE)), ops.MINUS_ONE),
        hadamard(power(A, ops.MINUS_ONE), B),
    ),
    quiet("powers together", hadamard(A, power(A, plus(t, ops.MINUS_ONE))), power(A, t)),
    quiet("power of a multiple", power(scale(s, A), k), scale(power(s, k), power(A, k))),
    quiet("square of a root", power(fn("sqrt", A), two), A),
    quiet("square of a root", power(fn("sqrt", A), -2), power(A, ops.MINUS_ONE)),
    quiet("root", hadamard(A, power(fn("sqrt", A), ops.MINUS_ONE)), fn("sqrt", A)),
    quiet("root", hadamard(power(A, ops.MINUS_ONE), fn("sqrt", A)), power(fn("sqrt", A), ops.MINUS_ONE)),
    quiet("logarithm of $e$", fn("log", term(ops.E)), ops.ONE),
    RewriteRule("exp of log", fn("exp", fn("log", A)), A, condition="{A} > 0[ in every entry]", unless="positive"),
    RewriteRule("log of exp", fn("log", fn("exp", A)), A),
)

_DIAGONAL = "off the diagonal both are 0"
REDUCTIONS = (
    quiet("Frobenius product of scalars", ops.inner(s, t), hadamard(s, t)),
    quiet("Frobenius product of columns", ops.inner(a, b), matmul(T(a), b)),
    quiet("Frobenius product with ones", ops.inner(one, A), term(ops.SUM, A)),
    quiet("Frobenius product with I", ops.inner(eye("n"), S), term(ops.TRACE, S)),
    quiet("Hadamard product with I", hadamard(eye("n"), _Sd), _Sd),
    quiet("Frobenius product with zero", ops.inner(zero, A), ops.number(0)),
    quiet("trace of a transpose", term(ops.TRACE, T(S)), term(ops.TRACE, S)),
    quiet("trace of a number", term(ops.TRACE, s), s),
    quiet("determinant of a number", term(ops.DET, s), s),
    quiet("determinant of a number", term(ops.LOGDET, s), fn("log", s)),
    quiet("determinant of the identity", term(ops.DET, eye("n")), ops.ONE),
    quiet("determinant of the identity", term(ops.LOGDET, eye("n")), ops.number(0)),
    quiet("inverse of a number", inv(s), power(s, -1)),
    quiet("trace of zeros", term(ops.TRACE, ops.zeros("n", "n")), ops.number(0)),
    RewriteRule("trace of a skew matrix", term(ops.TRACE, turn), ops.number(0)),
    RewriteRule("sum of a skew matrix", term(ops.SUM, turn), ops.number(0)),
    RewriteRule("diagonal of a skew matrix", term(ops.DIAGONAL, turn), ops.zeros("n")),
    RewriteRule("symmetric and skew", ops.inner(matrix("R", "n", "n", kinds.symmetric), turn), ops.number(0)),
    RewriteRule(
        "rotated",
        ops.inner(
            matmul(matrix("S", "n", "n", kinds.orthogonal), A), matmul(matrix("S", "n", "n", kinds.orthogonal), B)
        ),
        ops.inner(A, B),
    ),
    RewriteRule("inner product", ops.inner(matmul(a, row), C), matmul(T(a), C, T(row))),
    RewriteRule(
        "trace of an outer product", term(ops.TRACE, matmul(a, matrix("B", 1, "n"))), matmul(matrix("B", 1, "n"), a)
    ),
    RewriteRule("row sums of an outer product", term(ops.ROWSUM, matmul(a, row)), scale(term(ops.SUM, row), a)),
    RewriteRule("column sums of an outer product", term(ops.COLSUM, matmul(a, row)), scale(term(ops.SUM, a), row)),
    *(
        RewriteRule(
            "norm of an outer product", term(norm, matmul(a, row)), hadamard(term(ops.NORM, a), term(ops.NORM, row))
        )
        for norm in (ops.NORM, ops.NORM_SPEC, ops.NORM_NUC)
    ),
    RewriteRule(
        "trace turned round",
        term(ops.TRACE, matmul(L, vary)),
        term(ops.TRACE, matmul(T(vary), T(L))),
        guard=kinds.turned_inside,
    ),
    quiet(
        "trace rotated", term(ops.TRACE, matmul(first, vary)), term(ops.TRACE, matmul(vary, first)), guard=kinds.rotates
    ),
    RewriteRule(
        "trace of a product", term(ops.TRACE, matmul(T(A), B)), ops.inner(A, B), guard=kinds.no_trace_of_a_form
    ),
    RewriteRule(
        "trace of a product", ops.inner(A, T(matrix("B", "m", "n"))), term(ops.TRACE, matmul(matrix("B", "m", "n"), A))
    ),
    RewriteRule(
        "trace of a product",
        term(ops.TRACE, matmul(plus(scale(term(ops.TRACE, matmul(S, R)), S), U), R)),
        plus(power(term(ops.TRACE, matmul(S, R)), 2), term(ops.TRACE, matmul(U, R))),
    ),
    quiet("trace of the identity", term(ops.TRACE, eye("n")), ops.size_node("n")),
    quiet("sum of ones", term(ops.SUM, one), hadamard(ops.size_node("n"), ops.size_node("m"))),
    quiet("sum of one", term(ops.SUM, s), s),
    quiet("sum of a transpose", term(ops.SUM, T(A)), term(ops.SUM, A)),
    RewriteRule(
        "centered values sum to zero",
        term(
            ops.SUM, plus(a, scale(hadamard(ops.MINUS_ONE, term(ops.SUM, a), power(ops.size_node("n"), -1)), ones("n")))
        ),
        ops.number(0),
        through=True,
    ),
    quiet("sum of zeros", term(ops.SUM, zero), ops.number(0)),
    quiet("sum of row sums", term(ops.SUM, term(ops.ROWSUM, A)), term(ops.SUM, A)),
    quiet("sum of column sums", term(ops.SUM, term(ops.COLSUM, A)), term(ops.SUM, A)),
    RewriteRule("sum of a Hadamard product", term(ops.SUM, hadamard(A, B)), ops.inner(A, B)),
    quiet("row sums of a column", term(ops.ROWSUM, a), a),
    quiet("column sums of a row", term(ops.COLSUM, matrix("A", 1, "m")), matrix("A", 1, "m")),
    RewriteRule("softmax sums to one", term(ops.ROWSUM, term(ops.SOFTMAX_ROWS, A)), ones("n"), through=True),
    RewriteRule("softmax sums to one", term(ops.COLSUM, term(ops.SOFTMAX_COLUMNS, A)), T(ones("m")), through=True),
    quiet("softmax of a scalar", term(ops.SOFTMAX_COLUMNS, s), ops.ONE),
    quiet("softmax of a scalar", term(ops.SOFTMAX_ROWS, s), ops.ONE),
    quiet("logsumexp of a scalar", term(ops.LOGSUMEXP_COLUMNS, s), s),
    RewriteRule("softmax sums to one", term(ops.SUM, term(ops.SOFTMAX_COLUMNS, a)), ops.ONE, through=True),
    RewriteRule("entries sum to one", term(ops.SUM, vector("a", kind=kinds.onehot)), ops.ONE),
    RewriteRule("rows sum to one", term(ops.ROWSUM, matrix("A", kind=kinds.onehot_rows)), ones("n")),
    quiet("column sums of a column", term(ops.COLSUM, a), term(ops.SUM, a)),
    quiet("row sums of a row", term(ops.ROWSUM, matrix("A", 1, "m")), term(ops.SUM, matrix("A", 1, "m"))),
    quiet("column sums of ones", term(ops.COLSUM, one), scale(ops.size_node("n"), T(ones("m")))),
    RewriteRule("diagonal of an outer product", term(ops.DIAGONAL, matmul(a, T(b))), hadamard(a, b)),
    RewriteRule("diag of a vector times a vector", matmul(term(ops.DIAG, a), b), hadamard(a, b)),
    RewriteRule("diag of a vector times a vector", matmul(T(b), term(ops.DIAG, a)), T(hadamard(a, b))),
    RewriteRule(
        "inverse of a diagonal matrix",
        inv(term(ops.DIAG, a)),
        term(ops.DIAG, power(a, -1)),
        condition="{a} is not 0[ in any entry]",
        unless="positive",
    ),
    quiet("diag of diag", term(ops.DIAGONAL, term(ops.DIAG, a)), a),
    quiet("row sums of a diagonal matrix", term(ops.ROWSUM, term(ops.DIAG, a)), a),
    RewriteRule(
        "row sums of scaled columns",
        term(ops.ROWSUM, matmul(A, term(ops.DIAG, vector("b", "m")))),
        matmul(A, vector("b", "m")),
        reason="entry $i$ of both is the sum over $j$ of $A_ij b_j$",
    ),
    RewriteRule(
        "product of diagonal matrices",
        matmul(term(ops.DIAG, a), term(ops.DIAG, b)),
        term(ops.DIAG, hadamard(a, b)),
        reason=_DIAGONAL,
    ),
    *(
        RewriteRule(
            "sum of diagonal matrices",
            plus(one_(term(ops.DIAG, a)), other(term(ops.DIAG, b))),
            term(ops.DIAG, plus(one_(a), other(b))),
            reason=_DIAGONAL,
        )
        for one_, other in ((_once, _once), (_once, partial(scale, c)), (partial(scale, s), partial(scale, t)))
    ),
    quiet("column sums of a diagonal matrix", term(ops.COLSUM, term(ops.DIAG, a)), T(a)),
    quiet("diagonal of the identity", term(ops.DIAGONAL, eye("n")), ones("n")),
    quiet("diagonal of a transpose", term(ops.DIAGONAL, T(S)), term(ops.DIAGONAL, S)),
    quiet("diag of ones", term(ops.DIAG, ones("n")), eye("n")),
    quiet("diag of zeros", term(ops.DIAG, ops.zeros("n")), ops.zeros("n", "n")),
    quiet("determinant of a transpose", term(ops.DET, T(S)), term(ops.DET, S)),
    quiet("determinant of a transpose", term(ops.LOGDET, T(S)), term(ops.LOGDET, S)),
    quiet("logsumexp of a scalar", term(ops.LOGSUMEXP_ROWS, s), s),
)

OBJECTIVES: tuple[RewriteRule | Later, ...] = (
    *SMALL_POWERS,
    quiet("double transpose", T(T(A)), A),
    *ACTIVATIONS,
    RewriteRule("sum of squares", term(ops.SUM, power(A, 2)), ops.inner(A, A)),
    RewriteRule("sum of squares", term(ops.SUM, hadamard(A, A)), ops.inner(A, A)),
    RewriteRule("sum of a Hadamard product", term(ops.SUM, hadamard(A, B)), ops.inner(A, B)),
    RewriteRule("mean of squares", term(ops.MEAN, power(a, 2)),
         hadamard(ops.inner(a, a), ops.reciprocal(ops.size_node("n")))),
    RewriteRule("mean of squares", term(ops.MEAN, power(A, 2)),
         hadamard(ops.inner(A, A), ops.reciprocal(ops.size_node("n")), ops.reciprocal(ops.size_node("m")))),
    RewriteRule("log of the determinant", fn("log", term(ops.DET, S)), term(ops.LOGDET, S), condition="det({S}) > 0",
         unless="pd"),
    RewriteRule("log of the determinant", fn("log", fn("abs", term(ops.DET, S))), term(ops.LOGABSDET, S)),
    *ROOTS,
    RewriteRule("square of a product of norms", power(hadamard(term(ops.NORM, A), t), 2),
         hadamard(power(term(ops.NORM, A), 2), power(t, 2))),
    Later(SPECTRAL, "SPECTRAL_OBJECTIVES"),
    Later(KRONECKER, "KRONECKER_OBJECTIVES"),
    Later(PARTS, "PART_OBJECTIVES"),
)  # fmt: skip

IDENTITIES: tuple[RewriteRule | Later, ...] = (
    *TRANSPOSES,
    *SCALARS,
    *PRODUCTS,
    *ENTRIES,
    *ACTIVATIONS,
    *ROOTS,
    *REDUCTIONS,
    Later(STATISTICS, "STATISTIC_IDENTITIES"),
    Later(SPECTRAL, "SPECTRAL_IDENTITIES"),
    Later(KRONECKER, "KRONECKER_IDENTITIES"),
    Later(PARTS, "PART_IDENTITIES"),
    *SUMS,
    *FACTORS,
)
GRAM = Later(SPECTRAL, "GRAM")
"""The pseudoinverse for inverses of Gram matrices, in results."""
NORMALIZED = Later(STATISTICS, "NORMALIZATIONS")
"""Normalizations that are written out by hand."""
