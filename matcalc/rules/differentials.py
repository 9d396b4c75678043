"""DIFFERENTIALS: d of every operator that is not linear. The rest is generated from the operators' table.

Generated: d(A + B) = dA + dB and d op(A) = op(dA) for an operator that is linear in its arguments jointly; the product
rule for one that is linear in each; d f(Z) = f'(Z) ⊙ dZ for a function of the entries. A row holds while every slot
whose differential does not occur on its right side is constant (the exponent in the power rule).
Sources: Magnus & Neudecker, Matrix Differential Calculus with Applications in Statistics and Econometrics, ch. 8;
Petersen & Pedersen, The Matrix Cookbook, numbers in brackets.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from matcalc.expr import Dim, Node, Slot
from matcalc.operators import (
    COLSUM,
    DET,
    HADAMARD,
    INNER,
    LOG_SOFTMAX_COLUMNS,
    LOG_SOFTMAX_ROWS,
    LOGDET,
    LOGSUMEXP_COLUMNS,
    LOGSUMEXP_ROWS,
    MATMUL,
    MATPOW,
    MAX,
    MIN,
    NORM,
    PLUS,
    ROWSUM,
    SCALE,
    SOFTMAX_COLUMNS,
    SOFTMAX_ROWS,
    STEP_GE,
    TABLE,
    TRACE,
    Operator,
    T,
    d,
    function,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    negative,
    number,
    ones,
    over,
    plus,
    power,
    scale,
    term,
    zeros,
)
from matcalc.rewrite import Rule
from matcalc.rules.slots import matrix, scalar, vector

A = matrix("A")
B = matrix("B")
S = matrix("S", "n", "n")
a = vector("a")
Z = matrix("Z")
k = scalar("k", "integer")
above = scalar("k", "above two")
s = scalar("s")
t = scalar("t")
n_rows, n_columns = ones("n"), ones("m")
z = vector("z")
_vector = term(SOFTMAX_COLUMNS, z)
two = number(2)
_minus_one = number(-1)
_less = plus(above, _minus_one)


def _log(a: Node) -> Node:
    return term(function("log"), a)


def _softmax_rows(dz: Node) -> tuple[Node, Node]:
    p = term(SOFTMAX_ROWS, Z)
    return p, matmul(term(ROWSUM, hadamard(p, dz)), T(n_columns))


def _softmax_columns(dz: Node) -> tuple[Node, Node]:
    p = term(SOFTMAX_COLUMNS, Z)
    return p, matmul(n_rows, term(COLSUM, hadamard(p, dz)))


_rows, _row_mean = _softmax_rows(d(Z))
_columns, _column_mean = _softmax_columns(d(Z))
_a_first, _b_first = term(STEP_GE, A, B), term(STEP_GE, B, A)
_one = ones("n", "m")

DIFFERENTIALS = (
    Rule("differential of a square", d(inner(A, A)), inner(scale(two, A), d(A))),
    Rule("differential of a square", d(matmul(T(a), a)), matmul(scale(two, T(a)), d(a))),
    Rule(
        "differential of a square", d(term(TRACE, matmul(T(A), A))), inner(scale(two, A), d(A)), source="Cookbook (115)"
    ),
    Rule(
        "differential of a square", d(term(TRACE, matmul(A, T(A)))), inner(scale(two, A), d(A)), source="Cookbook (115)"
    ),
    Rule(
        "differential of a squared norm",
        d(power(term(NORM, A), 2)),
        inner(scale(two, A), d(A)),
        source="Cookbook (131)",
    ),
    Rule(
        "differential of the inverse",
        d(inv(S)),
        negative(matmul(inv(S), d(S), inv(S))),
        source="Magnus & Neudecker, 8.4; Cookbook (40)",
        condition="the matrix is invertible",
    ),
    Rule(
        "Jacobi's formula",
        d(term(DET, S)),
        hadamard(term(DET, S), inner(T(inv(S)), d(S))),
        source="Magnus & Neudecker, 8.3; Cookbook (46)",
        condition="the matrix is invertible",
    ),
    Rule(
        "differential of log det",
        d(term(LOGDET, S)),
        inner(T(inv(S)), d(S)),
        source="Magnus & Neudecker, 8.3; Cookbook (43)",
        condition="the determinant is positive",
    ),
    Rule(
        "differential of the norm",
        d(term(NORM, A)),
        inner(over(A, term(NORM, A)), d(A)),
        source="Cookbook (129)",
        condition="the argument of the norm is not zero",
    ),
    Rule(
        "trace of a power",
        d(term(TRACE, term(MATPOW, S, k))),
        inner(scale(k, T(term(MATPOW, S, plus(k, _minus_one)))), d(S)),
        source="Cookbook (121)",
    ),
    Rule(
        "differential of a matrix square",
        d(term(MATPOW, S, number(2))),
        plus(matmul(d(S), S), matmul(S, d(S))),
    ),
    Rule(
        "differential of a matrix power",
        d(term(MATPOW, S, above)),
        plus(matmul(d(S), term(MATPOW, S, _less)), matmul(S, d(term(MATPOW, S, _less)))),
        source="Cookbook (90)",
    ),
    Rule(
        "differential of a reciprocal",
        d(power(s, -1)),
        negative(hadamard(power(s, -2), d(s))),
        condition="the denominator is not 0",
    ),
    Rule("power rule", d(power(A, s)), hadamard(scale(s, power(A, plus(s, _minus_one))), d(A))),
    Rule(
        "exponential rule",
        d(power(A, t)),
        scale(d(t), hadamard(power(A, t), _log(A))),
        condition="the base is positive",
    ),
    Rule(
        "power rule, varying exponent",
        d(power(A, t)),
        plus(
            hadamard(scale(t, power(A, plus(t, _minus_one))), d(A)),
            scale(d(t), hadamard(power(A, t), _log(A))),
        ),
        condition="the base is positive",
    ),
    Rule(
        "differential of softmax",
        d(_vector),
        hadamard(_vector, minus(d(z), scale(inner(_vector, d(z)), ones("n")))),
        source="Bridle 1990; the Jacobian is diag(p) - p p'",
    ),
    Rule(
        "differential of log softmax",
        d(term(LOG_SOFTMAX_COLUMNS, z)),
        minus(d(z), scale(inner(_vector, d(z)), ones("n"))),
    ),
    Rule("differential of logsumexp", d(term(LOGSUMEXP_COLUMNS, z)), inner(_vector, d(z))),
    Rule(
        "differential of softmax",
        d(_rows),
        hadamard(_rows, minus(d(Z), _row_mean)),
        source="Bridle 1990; the Jacobian of each row is diag(p) - p p'",
    ),
    Rule(
        "differential of softmax",
        d(_columns),
        hadamard(_columns, minus(d(Z), _column_mean)),
        source="Bridle 1990; the Jacobian of each column is diag(p) - p p'",
    ),
    Rule("differential of log softmax", d(term(LOG_SOFTMAX_ROWS, Z)), minus(d(Z), _row_mean)),
    Rule("differential of log softmax", d(term(LOG_SOFTMAX_COLUMNS, Z)), minus(d(Z), _column_mean)),
    Rule("differential of logsumexp", d(term(LOGSUMEXP_ROWS, Z)), term(ROWSUM, hadamard(_rows, d(Z)))),
    Rule("differential of logsumexp", d(term(LOGSUMEXP_COLUMNS, Z)), term(COLSUM, hadamard(_columns, d(Z)))),
    Rule(
        "differential of the maximum",
        d(term(MAX, A, B)),
        plus(hadamard(_a_first, d(A)), hadamard(minus(_one, _a_first), d(B))),
        condition="no two compared entries are equal",
    ),
    Rule(
        "differential of the minimum",
        d(term(MIN, A, B)),
        plus(hadamard(_b_first, d(A)), hadamard(minus(_one, _b_first), d(B))),
        condition="no two compared entries are equal",
    ),
    Rule(
        "a comparison is constant",
        d(term(STEP_GE, A, B)),
        zeros("n", "m"),
        condition="no two compared entries are equal",
    ),
)

LACKING = {MATPOW: "a matrix power whose exponent is not a whole number"}
"""What is not covered by the rows of an operator that has some, in words."""

LINEARITY = Rule("linearity of d", d(plus(A, B)), plus(d(A), d(B)))
MULTIPLES = {
    SCALE: Rule("linearity of d", d(scale(s, A)), scale(s, d(A))),
    HADAMARD: Rule("linearity of d", d(hadamard(s, t)), hadamard(s, d(t))),
}
CONSTANT = Rule("constant", d(matrix("C")), zeros("n", "m"), quiet=True)


def _chain(op: Operator) -> Rule:
    return Rule(
        "function of the entries", d(term(op, Z)), hadamard(term(function(op.function or "", op.order + 1), Z), d(Z))
    )


# What stands in the generated product rules, by operator: the shapes of the two factors.
_FACTORS: dict[Operator, tuple[str, Slot, Slot]] = {
    MATMUL: ("product rule", matrix("A", "n", "k"), matrix("B", "k", "m")),
    HADAMARD: ("product rule", A, B),
    SCALE: ("product rule", scalar("s"), A),
    INNER: ("product rule", A, B),
}
SCALAR_PRODUCT = Rule("product rule", d(hadamard(s, t)), plus(hadamard(d(s), t), hadamard(s, d(t))))
PRODUCTS: dict[Operator, Rule] = {
    op: Rule(name, d(term(op, a, b)), plus(term(op, d(a), b), term(op, a, d(b))))
    for op, (name, a, b) in _FACTORS.items()
}


def _argument(op: Operator) -> Slot:
    # A slot that the operator's shape rule accepts: any matrix, a square one, or a column.
    shapes: tuple[tuple[Dim, Dim], ...] = (("n", "m"), ("n", "n"), ("n", 1))
    for shape in shapes:
        slot = Slot("A", shape)
        try:
            term(op, slot)
        except ValueError:
            continue
        return slot
    raise LookupError(f"no argument fits {op}")


LINEAR: dict[Operator, Rule] = {
    op: Rule("linearity of d", d(term(op, a := _argument(op))), term(op, d(a)), quiet=op is TABLE["transpose"])
    for op in TABLE.values()
    if op.linear == "jointly" and op.arity == 1 and op is not TABLE["d"]
}

_by_operator: dict[Operator, tuple[Rule, ...]] = {}
for _rule in DIFFERENTIALS:
    _op = _rule.lhs.args[0].op  # type: ignore[attr-defined]
    _by_operator[_op] = (*_by_operator.get(_op, ()), _rule)
_chains: WeakKeyDictionary[Operator, Rule] = WeakKeyDictionary()


def differentials(op: Operator) -> tuple[Rule, ...]:
    """The rules for d of a term of `op`, the more special ones first. Empty for an operator that lacks a row."""
    rows = _by_operator.get(op, ())
    if op is PLUS:
        return (LINEARITY,)
    if op in PRODUCTS:
        multiples = (MULTIPLES[op],) if op in MULTIPLES else ()
        return (*rows, *multiples, *((SCALAR_PRODUCT,) if op is HADAMARD else ()), PRODUCTS[op])
    if op in LINEAR:
        return (*rows, LINEAR[op])
    if op.function is not None:
        if op not in _chains:
            _chains[op] = _chain(op)
        return (_chains[op],)
    return rows
