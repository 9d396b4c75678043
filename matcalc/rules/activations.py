"""ACTIVATIONS: rules that recognize functions written out by hand, such as softmax, sigmoid and tanh.

Each row is the function's definition read from right to left, so it holds wherever its left side is defined.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node
from matcalc.operators import T, fn, hadamard, minus, negative, number, ones, plus, power, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.parts import colrange, rowrange
from matcalc.rules.slots import matrix, quiet, scalar, vector

A = matrix("A")
a = vector("a")
s = scalar("s")
one, zero = ones("n", "m"), ops.zeros("n", "m")
_nonnegative = matrix("A", kind=kinds.nonnegative)
_count = scalar("k", kinds.positive_integer)
half, two = number(Fraction(1, 2)), number(2)


_exp, _back = fn("exp", A), fn("exp", negative(A))
_twice, _twice_back = fn("exp", scale(two, A)), fn("exp", scale(number(-2), A))
_shifted, _lowered = plus(a, scale(s, ones("n"))), minus(a, scale(s, ones("n")))
_by_row, _by_column = ops.matmul(term(ops.ROWSUM, _exp), T(ones("m"))), ops.matmul(ones("n"), term(ops.COLSUM, _exp))


def _rows(a: Node) -> Node:
    return rowrange(a, "i", "j")


def _columns(a: Node) -> Node:
    return colrange(a, "k", "l")


def _block(a: Node) -> Node:
    return _columns(_rows(a))


def _quotient(a: Node, b: Node) -> Node:
    return hadamard(a, power(b, -1))


ACTIVATIONS = (
    RewriteRule("softplus", fn("log", plus(one, _exp)), fn("softplus", A)),
    RewriteRule("softplus", fn("log1p", _exp), fn("softplus", A)),
    RewriteRule("log of 1 - sigmoid", fn("log", minus(one, fn("sigmoid", A))), fn("log_sigmoid", negative(A))),
    RewriteRule("log of sigmoid", fn("log", fn("sigmoid", A)), fn("log_sigmoid", A)),
    RewriteRule("sigmoid", power(plus(one, _back), ops.MINUS_ONE), fn("sigmoid", A)),
    RewriteRule("sigmoid", _quotient(_exp, plus(one, _exp)), fn("sigmoid", A)),
    RewriteRule("sigmoid", power(plus(one, _exp), ops.MINUS_ONE), fn("sigmoid", negative(A))),
    RewriteRule("sigmoid", hadamard(_exp, fn("sigmoid", negative(A))), fn("sigmoid", A)),
    RewriteRule("tanh", _quotient(minus(_exp, _back), plus(_exp, _back)), fn("tanh", A)),
    # At this point 1 / (1 + exp(2 z)) is already sigmoid(-2 z).
    RewriteRule("tanh", hadamard(minus(_twice, one), fn("sigmoid", negative(scale(two, A)))), fn("tanh", A)),
    RewriteRule("tanh", hadamard(minus(_twice, one), fn("sigmoid", scale(number(-2), A))), fn("tanh", A)),
    RewriteRule(
        "tanh", hadamard(minus(one, _twice_back), fn("sigmoid", negative(scale(number(-2), A)))), fn("tanh", A)
    ),
    RewriteRule("tanh", hadamard(minus(one, _twice_back), fn("sigmoid", scale(two, A))), fn("tanh", A)),
    RewriteRule("tanh", minus(scale(two, fn("sigmoid", scale(two, A))), one), fn("tanh", A)),
    RewriteRule("tanh", _quotient(fn("sinh", A), fn("cosh", A)), fn("tanh", A), through=True),
    RewriteRule("tan", _quotient(fn("sin", A), fn("cos", A)), fn("tan", A), through=True),
    RewriteRule("sinh", scale(half, minus(_exp, _back)), fn("sinh", A)),
    RewriteRule("cosh", scale(half, plus(_exp, _back)), fn("cosh", A)),
    RewriteRule("relu", term(ops.MAX, A, zero), fn("relu", A)),
    RewriteRule("softmax", scale(power(term(ops.SUM, fn("exp", a)), -1), fn("exp", a)), term(ops.SOFTMAX_COLUMNS, a)),
    RewriteRule("softmax", _quotient(_exp, _by_row), term(ops.SOFTMAX_ROWS, A)),
    RewriteRule("softmax", _quotient(_exp, _by_column), term(ops.SOFTMAX_COLUMNS, A)),
    RewriteRule("log of softmax", fn("log", term(ops.SOFTMAX_ROWS, A)), term(ops.LOG_SOFTMAX_ROWS, A)),
    RewriteRule("log of softmax", fn("log", term(ops.SOFTMAX_COLUMNS, A)), term(ops.LOG_SOFTMAX_COLUMNS, A)),
    *(
        RewriteRule("log of softmax", fn("log", part(term(softmax, A))), part(fn("log", term(softmax, A))))
        for softmax in (ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS)
        for part in (_rows, _columns, _block)
    ),
    RewriteRule("softmax of a shifted array", term(ops.SOFTMAX_COLUMNS, _shifted), term(ops.SOFTMAX_COLUMNS, a)),
    RewriteRule("softmax of a shifted array", term(ops.SOFTMAX_COLUMNS, _lowered), term(ops.SOFTMAX_COLUMNS, a)),
    RewriteRule(
        "logsumexp of a shifted array", term(ops.LOGSUMEXP_COLUMNS, _lowered), minus(term(ops.LOGSUMEXP_COLUMNS, a), s)
    ),
    RewriteRule(
        "logsumexp of a shifted array", term(ops.LOGSUMEXP_COLUMNS, _shifted), plus(term(ops.LOGSUMEXP_COLUMNS, a), s)
    ),
    RewriteRule("log of an exponential sum", fn("log", term(ops.SUM, fn("exp", a))), term(ops.LOGSUMEXP_COLUMNS, a)),
    RewriteRule("log of an exponential sum", fn("log", term(ops.ROWSUM, _exp)), term(ops.LOGSUMEXP_ROWS, A)),
    RewriteRule("log of an exponential sum", fn("log", term(ops.COLSUM, _exp)), term(ops.LOGSUMEXP_COLUMNS, A)),
)
ROOTS = (
    quiet("root", power(A, half), fn("sqrt", A)),
    quiet(
        "root",
        hadamard(power(fn("sqrt", s), -1), power(fn("sqrt", _count), -1)),
        power(fn("sqrt", hadamard(s, _count)), -1),
    ),
    RewriteRule("norm", fn("sqrt", ops.inner(A, A)), term(ops.NORM, A)),
    RewriteRule("norm", fn("sqrt", ops.matmul(T(a), a)), term(ops.NORM, a)),
    RewriteRule("norm", fn("sqrt", power(term(ops.NORM, A), 2)), term(ops.NORM, A)),
    RewriteRule("norm", fn("sqrt", term(ops.SUM, power(A, 2))), term(ops.NORM, A)),
    RewriteRule("absolute value", fn("sqrt", power(A, 2)), fn("abs", A)),
    quiet("absolute value", fn("abs", _nonnegative), _nonnegative),
    quiet("absolute value", fn("relu", _nonnegative), _nonnegative),
)
"""Square roots with a name of their own, and absolute values of arguments whose sign is known."""
