"""DIFFERENTIALS: d of every nonlinear operator. The rules for linear ones are generated from the operators' table.

Generated: d(A + B) = dA + dB and d op(A) = op(dA) for an operator that is linear in its arguments jointly; the product
rule for one that is linear in each; d f(Z) = f'(Z) ⊙ dZ for a function of the entries. A row holds if every slot
whose differential is missing on its right side is constant (the exponent in the power rule).
Sources: Magnus & Neudecker, Matrix Differential Calculus with Applications in Statistics and Econometrics, ch. 8;
Petersen & Pedersen, The Matrix Cookbook, numbers in brackets.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from matcalc import operators as ops
from matcalc.expr import Node, Term
from matcalc.operators import T, d, fn, hadamard, inner, inv, matmul, minus, plus, power, scale, term
from matcalc.prose import marked
from matcalc.rewrite import Later, RewriteRule, every
from matcalc.rules import kinds
from matcalc.rules.slots import arguments, matrix, quiet, scalar, vector
from matcalc.rules.themes import PARTS, SPECTRAL, STATISTICS, THEMES

A = matrix("A")
B = matrix("B")
S = matrix("S", "n", "n")
mirror = matrix("S", "n", "n", kinds.symmetric)
a = vector("a")
Z = matrix("Z")
k = scalar("k", kinds.integer)
above = scalar("k", kinds.few)
c = scalar("c", kinds.number)
s = scalar("s")
t = scalar("t")
count, below = scalar("k", kinds.count), scalar("k", kinds.negative_integer)
_BASE = "{A} > 0[ in every entry]"
LINEARLY = marked("linearity of $d$")
_APART = "{A} is not equal to {B}[ in any entry]"
n_rows, n_columns = ops.ones("n"), ops.ones("m")
z = vector("z")
_vector = term(ops.SOFTMAX_COLUMNS, z)
two = ops.number(2)
_minus_one, _none = ops.number(-1), ops.number(0)
_less = plus(above, _minus_one)


def _softmax_rows(dz: Node) -> tuple[Node, Node]:
    p = term(ops.SOFTMAX_ROWS, Z)
    return p, matmul(term(ops.ROWSUM, hadamard(p, dz)), T(n_columns))


def _softmax_columns(dz: Node) -> tuple[Node, Node]:
    p = term(ops.SOFTMAX_COLUMNS, Z)
    return p, matmul(n_rows, term(ops.COLSUM, hadamard(p, dz)))


_rows, _row_mean = _softmax_rows(d(Z))
_columns, _column_mean = _softmax_columns(d(Z))
_a_first, _b_first = term(ops.STEP_GE, A, B), term(ops.STEP_GE, B, A)
_one = ops.ones("n", "m")

_from, _up_to = term(ops.STEP_GE, A, scale(s, _one)), term(ops.STEP_GE, scale(t, _one), A)
_ordered, _unit = term(ops.STEP_GE, t, s), ops.ONE
_within = hadamard(_from, _up_to, d(A))
_size = fn("abs", s)
_near = hadamard(term(ops.CLIP, A, ops.negative(_size), _size), d(A))
_beyond = fn("relu", minus(fn("abs", A), scale(_size, _one)))
_ENDS = "{A} is not equal to {s} or {t}[ in any entry]: clip has kinks there, and the slope between them is used"

DIFFERENTIALS: tuple[RewriteRule | Later, ...] = (
    Later(SPECTRAL, "DETERMINANT_DIFFERENTIALS"),
    RewriteRule("differential of a square", d(inner(A, A)), inner(scale(two, A), d(A))),
    RewriteRule("differential of a square", d(matmul(T(a), a)), hadamard(two, matmul(T(a), d(a)))),
    RewriteRule(
        "differential of a quadratic form",
        d(matmul(T(a), mirror, a)),
        hadamard(two, matmul(T(a), mirror, d(a))),
        source="Cookbook (81)",
    ),
    RewriteRule(
        "differential of a square",
        d(term(ops.TRACE, matmul(T(A), A))),
        inner(scale(two, A), d(A)),
        source="Cookbook (115)",
    ),
    RewriteRule(
        "differential of a square",
        d(term(ops.TRACE, matmul(A, T(A)))),
        inner(scale(two, A), d(A)),
        source="Cookbook (115)",
    ),
    RewriteRule(
        "differential of a squared norm",
        d(power(term(ops.NORM, A), 2)),
        inner(scale(two, A), d(A)),
        source="Cookbook (131)",
    ),
    RewriteRule(
        "differential of the inverse",
        d(inv(S)),
        ops.negative(matmul(inv(S), d(S), inv(S))),
        source="Magnus & Neudecker, 8.4; Cookbook (40)",
        condition="{S} is invertible",
        unless="invertible",
    ),
    RewriteRule(
        "Jacobi's formula",
        d(term(ops.DET, S)),
        hadamard(term(ops.DET, S), inner(T(inv(S)), d(S))),
        source="Magnus & Neudecker, 8.3; Cookbook (46)",
        condition="{S} is invertible",
        unless="invertible",
    ),
    RewriteRule(
        "differential of log det",
        d(term(ops.LOGDET, S)),
        inner(T(inv(S)), d(S)),
        source="Magnus & Neudecker, 8.3; Cookbook (43)",
        condition="det({S}) > 0",
        unless="pd",
    ),
    RewriteRule(
        "differential of log det",
        d(term(ops.LOGABSDET, S)),
        inner(T(inv(S)), d(S)),
        source="Magnus & Neudecker, 8.3; Cookbook (43)",
        condition="{S} is invertible",
        unless="invertible",
    ),
    RewriteRule(
        "differential of the norm",
        d(term(ops.NORM, A)),
        inner(ops.over(A, term(ops.NORM, A)), d(A)),
        source="Cookbook (129)",
        condition="{A} is not 0",
        unless="positive",
    ),
    RewriteRule(
        "trace of a power",
        d(term(ops.TRACE, term(ops.MATPOW, S, k))),
        inner(scale(k, T(term(ops.MATPOW, S, plus(k, _minus_one)))), d(S)),
        source="Cookbook (121)",
    ),
    RewriteRule(
        "differential of a matrix square", d(term(ops.MATPOW, S, ops.number(2))), plus(matmul(d(S), S), matmul(S, d(S)))
    ),
    RewriteRule(
        "differential of a matrix power",
        d(term(ops.MATPOW, S, above)),
        plus(matmul(d(S), term(ops.MATPOW, S, _less)), matmul(S, d(term(ops.MATPOW, S, _less)))),
        source="Cookbook (90)",
    ),
    RewriteRule(
        "differential of a reciprocal",
        d(power(s, -1)),
        ops.negative(hadamard(power(s, -2), d(s))),
        condition="{s} is not 0",
        unless="positive",
    ),
    RewriteRule("power rule", d(power(A, 2)), hadamard(scale(two, A), d(A))),
    RewriteRule("power rule", d(power(A, count)), hadamard(scale(count, power(A, plus(count, _minus_one))), d(A))),
    RewriteRule(
        "power rule",
        d(power(A, below)),
        hadamard(scale(below, power(A, plus(below, _minus_one))), d(A)),
        condition="{A} is not 0[ in any entry]",
        unless="positive",
    ),
    RewriteRule(
        "power rule",
        d(power(A, s)),
        hadamard(scale(s, power(A, plus(s, _minus_one))), d(A)),
        condition=_BASE,
        unless="positive",
    ),
    RewriteRule(
        "exponential rule",
        d(power(A, t)),
        scale(d(t), hadamard(power(A, t), fn("log", A))),
        condition=_BASE,
        unless="positive",
    ),
    RewriteRule(
        "power rule, varying exponent",
        d(power(A, t)),
        plus(hadamard(scale(t, power(A, plus(t, _minus_one))), d(A)), scale(d(t), hadamard(power(A, t), fn("log", A)))),
        condition=_BASE,
        unless="positive",
    ),
    RewriteRule(
        "differential of softmax",
        d(_vector),
        hadamard(_vector, minus(d(z), scale(inner(_vector, d(z)), ops.ones("n")))),
        source="Bridle 1990; the Jacobian is $diag(p) - p p'$",
    ),
    RewriteRule(
        "differential of log softmax",
        d(term(ops.LOG_SOFTMAX_COLUMNS, z)),
        minus(d(z), scale(inner(_vector, d(z)), ops.ones("n"))),
    ),
    RewriteRule("differential of logsumexp", d(term(ops.LOGSUMEXP_COLUMNS, z)), inner(_vector, d(z))),
    RewriteRule(
        "differential of softmax",
        d(_rows),
        hadamard(_rows, minus(d(Z), _row_mean)),
        source="Bridle 1990; the Jacobian of each row is $diag(p) - p p'$",
    ),
    RewriteRule(
        "differential of softmax",
        d(_columns),
        hadamard(_columns, minus(d(Z), _column_mean)),
        source="Bridle 1990; the Jacobian of each column is $diag(p) - p p'$",
    ),
    RewriteRule("differential of log softmax", d(term(ops.LOG_SOFTMAX_ROWS, Z)), minus(d(Z), _row_mean)),
    RewriteRule("differential of log softmax", d(term(ops.LOG_SOFTMAX_COLUMNS, Z)), minus(d(Z), _column_mean)),
    RewriteRule("differential of logsumexp", d(term(ops.LOGSUMEXP_ROWS, Z)), term(ops.ROWSUM, hadamard(_rows, d(Z)))),
    RewriteRule(
        "differential of logsumexp", d(term(ops.LOGSUMEXP_COLUMNS, Z)), term(ops.COLSUM, hadamard(_columns, d(Z)))
    ),
    RewriteRule(
        "differential of the maximum",
        d(term(ops.MAX, A, B)),
        plus(hadamard(_a_first, d(A)), hadamard(minus(_one, _a_first), d(B))),
        condition=f"{_APART}: max has a kink there, and the derivative by {{A}} is used, a subgradient",
    ),
    RewriteRule(
        "differential of the minimum",
        d(term(ops.MIN, A, B)),
        plus(hadamard(_b_first, d(A)), hadamard(minus(_one, _b_first), d(B))),
        condition=f"{_APART}: min has a kink there, and the derivative by {{A}} is used, a supergradient",
    ),
    RewriteRule("differential of clip", d(term(ops.CLIP, A, s, t)), _within, condition=_ENDS),
    RewriteRule(
        "differential of clip, in all",
        d(term(ops.CLIP, A, s, t)),
        plus(
            _within,
            scale(d(s), scale(_ordered, minus(_one, _from))),
            scale(d(t), minus(_one, scale(_ordered, _up_to))),
        ),
        condition=_ENDS,
    ),
    RewriteRule("differential of Huber's function", d(term(ops.HUBER, A, s)), _near, source="Huber 1964"),
    RewriteRule(
        "differential of Huber's function, in both",
        d(term(ops.HUBER, A, s)),
        plus(_near, scale(d(s), scale(fn("sign", s), _beyond))),
        source="Huber 1964",
        condition="{s} is not 0",
        unless="positive",
    ),
    RewriteRule(
        "differential of a product of entries",
        d(term(ops.PROD, A)),
        inner(scale(term(ops.PROD, A), power(A, -1)), d(A)),
        condition="{A} is not 0[ in any entry]",
        unless="positive",
    ),
    RewriteRule(
        "a comparison is constant",
        d(term(ops.STEP_GE, A, B)),
        plus(scale(_none, d(A)), scale(_none, d(B))),
        condition=f"{_APART}: the comparison jumps there",
    ),
    Later(STATISTICS, "STATISTIC_DIFFERENTIALS"),
    Later(SPECTRAL, "SPECTRAL_DIFFERENTIALS"),
    Later(PARTS, "PART_DIFFERENTIALS"),
)

LACKING = {
    ops.MATPOW: "a matrix power by its exponent, or of one whose exponent is not whole",
    ops.POWER_FRECHET: "a Fréchet derivative of a power by its exponent",
    ops.POWER_FRECHET2: "a Fréchet derivative of a power by its exponent",
    ops.CHOL: "the Cholesky factor of a matrix that is not known to be symmetric",
    ops.LAMBDA_MAX: "the largest eigenvalue of a matrix that is not known to be symmetric",
    ops.LAMBDA_MIN: "the smallest eigenvalue of a matrix that is not known to be symmetric",
    ops.EIGVEC_MAX: "an eigenvector of a matrix that is not known to be symmetric",
    ops.EIGVEC_MIN: "an eigenvector of a matrix that is not known to be symmetric",
    ops.POLAR_FRECHET: "the Fréchet derivative of a polar factor by the matrix at which it is taken",
    ops.SINGULAR_U: "singular vectors",
    ops.SINGULAR_V: "singular vectors",
}
"""Cases that an operator's rows do not cover, in words. Of all singular vectors U V' alone has a row, as `polar`."""

LINEARITY = RewriteRule(LINEARLY, d(plus(A, B)), plus(d(A), d(B)))
MULTIPLES_OF_NUMBERS = {
    ops.SCALE: quiet("number in front", d(scale(c, A)), scale(c, d(A))),
    ops.HADAMARD: quiet("number in front", d(hadamard(c, t)), hadamard(c, d(t))),
}
MULTIPLES = {
    ops.SCALE: RewriteRule(LINEARLY, d(scale(s, A)), scale(s, d(A))),
    ops.HADAMARD: RewriteRule(LINEARLY, d(hadamard(s, t)), hadamard(s, d(t))),
}
CONSTANT = RewriteRule("constant", d(matrix("C")), ops.zeros("n", "m"), quiet=True)


def _chain(op: ops.Operator) -> RewriteRule:
    return RewriteRule(
        "function of the entries",
        d(term(op, Z)),
        hadamard(fn(op.function or "", Z, op.order + 1), d(Z)),
    )


_OF_TWO = "each entry is a product of two numbers"
_SUMMED = {
    ops.MATMUL: "each entry is a sum of products of two numbers",
    ops.INNER: "it is a sum of products of two numbers",
}
"""Why the generated product rules hold."""
_PRODUCT = "product rule"
SCALAR_PRODUCT = RewriteRule(
    _PRODUCT, d(hadamard(s, t)), plus(hadamard(d(s), t), hadamard(s, d(t))), reason="the product rule of two numbers"
)


def quotient(ratio: Node) -> Node:
    """The differential of s/t, where `ratio` is s/t or its name."""
    return hadamard(power(t, -1), minus(d(s), hadamard(ratio, d(t))))


_ratio = hadamard(s, power(t, -1))
QUOTIENT = RewriteRule("quotient rule", d(_ratio), quotient(_ratio), condition="{t} is not 0", unless="positive")


def _product_rule(op: ops.Operator) -> RewriteRule:
    a, b = arguments(op)
    return RewriteRule(
        _PRODUCT, d(term(op, a, b)), plus(term(op, d(a), b), term(op, a, d(b))), reason=_SUMMED.get(op, _OF_TWO)
    )


def _linear(op: ops.Operator) -> RewriteRule:
    a, *sizes = arguments(op)
    return RewriteRule(LINEARLY, d(term(op, a, *sizes)), term(op, d(a), *sizes), quiet=op in _PLAIN)


_PLAIN = (ops.TRANSPOSE, ops.TRACE, ops.SUM, ops.MEAN)
"""That d passes them is not worth a line."""


PRODUCTS: dict[ops.Operator, RewriteRule] = {op: _product_rule(op) for op in ops.TABLE.values() if op.linear == "each"}
LINEAR: dict[ops.Operator, RewriteRule] = {
    op: _linear(op)
    for op in ops.TABLE.values()
    if op.linear == "jointly" and op.arity is not None and op.arity - op.parameters == 1 and op is not ops.D
}

_chains: WeakKeyDictionary[ops.Operator, RewriteRule] = WeakKeyDictionary()


_filed: dict[RewriteRule | Later, dict[ops.Operator, tuple[RewriteRule, ...]]] = {}


_known: dict[ops.Operator, tuple[tuple[bool, ...], tuple[RewriteRule, ...]]] = {}
"""The result of `_written`, and the themes that were loaded then."""


def _written(op: ops.Operator) -> tuple[RewriteRule, ...]:
    # The rows of DIFFERENTIALS for one operator. Loads later rows that the operator needs.
    entered = tuple(theme.entered for theme in THEMES)
    known = _known.get(op)
    if known is None or known[0] != entered:
        found: list[RewriteRule] = []
        for row in DIFFERENTIALS:
            if not isinstance(row, Later) or row.wanted(op):
                found += _by_operator(row).get(op, ())
        known = _known[op] = tuple(theme.entered for theme in THEMES), tuple(found)
    return known[1]


def _by_operator(row: RewriteRule | Later) -> dict[ops.Operator, tuple[RewriteRule, ...]]:
    if row not in _filed:
        filed: dict[ops.Operator, tuple[RewriteRule, ...]] = {}
        _filed[row] = filed
        for rule in every((row,)):
            target = rule.lhs.args[0]
            assert isinstance(target, Term)
            filed[target.op] = (*filed.get(target.op, ()), rule)
    return _filed[row]


def differentials(op: ops.Operator) -> tuple[RewriteRule, ...]:
    """The rules for d of a term of `op`, special ones first. Empty if the operator has none."""
    if op is ops.PLUS:
        return (LINEARITY,)
    if op.function is not None:
        if op not in _chains:
            _chains[op] = _chain(op)
        return (_chains[op],)
    rows = _written(op)
    if op in PRODUCTS:
        multiples = (MULTIPLES_OF_NUMBERS[op], MULTIPLES[op]) if op in MULTIPLES else ()
        scalars = (QUOTIENT, SCALAR_PRODUCT) if op is ops.HADAMARD else ()
        return (*rows, *multiples, *scalars, PRODUCTS[op])
    if op in LINEAR:
        return (*rows, LINEAR[op])
    return rows
