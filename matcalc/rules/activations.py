"""ACTIVATIONS: rules that recognize functions written out by hand, such as softmax, sigmoid and tanh.

Each row is the function's definition read from right to left, so it holds wherever its left side is defined.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node
from matcalc.operators import T, hadamard, minus, negative, number, ones, plus, power, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, quiet, scalar, vector

A = matrix("A")
a = vector("a")
s = scalar("s")
one, zero = ones("n", "m"), ops.zeros("n", "m")
_nonnegative = matrix("A", kind=kinds.nonnegative)
half, two = number(Fraction(1, 2)), number(2)


def _f(name: str, z: Node) -> Node:
    return term(ops.function(name), z)


_exp, _back = _f("exp", A), _f("exp", negative(A))
_twice, _twice_back = _f("exp", scale(two, A)), _f("exp", scale(number(-2), A))
_shifted, _lowered = plus(a, scale(s, ones("n"))), minus(a, scale(s, ones("n")))
_by_row, _by_column = ops.matmul(term(ops.ROWSUM, _exp), T(ones("m"))), ops.matmul(ones("n"), term(ops.COLSUM, _exp))


def _quotient(a: Node, b: Node) -> Node:
    return hadamard(a, power(b, -1))


ACTIVATIONS = (
    RewriteRule("softplus", _f("log", plus(one, _exp)), _f("softplus", A)),
    RewriteRule("softplus", _f("log1p", _exp), _f("softplus", A)),
    RewriteRule("log of 1 - sigmoid", _f("log", minus(one, _f("sigmoid", A))), _f("log_sigmoid", negative(A))),
    RewriteRule("log of sigmoid", _f("log", _f("sigmoid", A)), _f("log_sigmoid", A)),
    RewriteRule("sigmoid", power(plus(one, _back), ops.MINUS_ONE), _f("sigmoid", A)),
    RewriteRule("sigmoid", _quotient(_exp, plus(one, _exp)), _f("sigmoid", A)),
    RewriteRule("sigmoid", power(plus(one, _exp), ops.MINUS_ONE), _f("sigmoid", negative(A))),
    RewriteRule("sigmoid", hadamard(_exp, _f("sigmoid", negative(A))), _f("sigmoid", A)),
    RewriteRule("tanh", _quotient(minus(_exp, _back), plus(_exp, _back)), _f("tanh", A)),
    # At this point 1 / (1 + exp(2 z)) is already sigmoid(-2 z).
    RewriteRule("tanh", hadamard(minus(_twice, one), _f("sigmoid", negative(scale(two, A)))), _f("tanh", A)),
    RewriteRule("tanh", hadamard(minus(_twice, one), _f("sigmoid", scale(number(-2), A))), _f("tanh", A)),
    RewriteRule(
        "tanh", hadamard(minus(one, _twice_back), _f("sigmoid", negative(scale(number(-2), A)))), _f("tanh", A)
    ),
    RewriteRule("tanh", hadamard(minus(one, _twice_back), _f("sigmoid", scale(two, A))), _f("tanh", A)),
    RewriteRule("tanh", minus(scale(two, _f("sigmoid", scale(two, A))), one), _f("tanh", A)),
    RewriteRule("tanh", _quotient(_f("sinh", A), _f("cosh", A)), _f("tanh", A), through=True),
    RewriteRule("tan", _quotient(_f("sin", A), _f("cos", A)), _f("tan", A), through=True),
    RewriteRule("sinh", scale(half, minus(_exp, _back)), _f("sinh", A)),
    RewriteRule("cosh", scale(half, plus(_exp, _back)), _f("cosh", A)),
    RewriteRule("relu", term(ops.MAX, A, zero), _f("relu", A)),
    RewriteRule("softmax", scale(power(term(ops.SUM, _f("exp", a)), -1), _f("exp", a)), term(ops.SOFTMAX_COLUMNS, a)),
    RewriteRule("softmax", _quotient(_exp, _by_row), term(ops.SOFTMAX_ROWS, A)),
    RewriteRule("softmax", _quotient(_exp, _by_column), term(ops.SOFTMAX_COLUMNS, A)),
    RewriteRule("log of softmax", _f("log", term(ops.SOFTMAX_ROWS, A)), term(ops.LOG_SOFTMAX_ROWS, A)),
    RewriteRule("log of softmax", _f("log", term(ops.SOFTMAX_COLUMNS, A)), term(ops.LOG_SOFTMAX_COLUMNS, A)),
    RewriteRule("softmax of a shifted array", term(ops.SOFTMAX_COLUMNS, _shifted), term(ops.SOFTMAX_COLUMNS, a)),
    RewriteRule("softmax of a shifted array", term(ops.SOFTMAX_COLUMNS, _lowered), term(ops.SOFTMAX_COLUMNS, a)),
    RewriteRule(
        "logsumexp of a shifted array", term(ops.LOGSUMEXP_COLUMNS, _lowered), minus(term(ops.LOGSUMEXP_COLUMNS, a), s)
    ),
    RewriteRule(
        "logsumexp of a shifted array", term(ops.LOGSUMEXP_COLUMNS, _shifted), plus(term(ops.LOGSUMEXP_COLUMNS, a), s)
    ),
    RewriteRule("log of an exponential sum", _f("log", term(ops.SUM, _f("exp", a))), term(ops.LOGSUMEXP_COLUMNS, a)),
    RewriteRule("log of an exponential sum", _f("log", term(ops.ROWSUM, _exp)), term(ops.LOGSUMEXP_ROWS, A)),
    RewriteRule("log of an exponential sum", _f("log", term(ops.COLSUM, _exp)), term(ops.LOGSUMEXP_COLUMNS, A)),
)
ROOTS = (
    quiet("root", power(A, half), _f("sqrt", A)),
    RewriteRule("norm", _f("sqrt", ops.inner(A, A)), term(ops.NORM, A)),
    RewriteRule("norm", _f("sqrt", ops.matmul(T(a), a)), term(ops.NORM, a)),
    RewriteRule("norm", _f("sqrt", power(term(ops.NORM, A), 2)), term(ops.NORM, A)),
    RewriteRule("norm", _f("sqrt", term(ops.SUM, power(A, 2))), term(ops.NORM, A)),
    RewriteRule("absolute value", _f("sqrt", power(A, 2)), _f("abs", A)),
    quiet("absolute value", _f("abs", _nonnegative), _nonnegative),
    quiet("absolute value", _f("relu", _nonnegative), _nonnegative),
)
"""Square roots with a name of their own, and absolute values of arguments whose sign is known."""
