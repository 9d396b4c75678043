"""FUNCTIONS: the derivative of each elementwise function, expressed in the function's own value where that is shorter.

Each row reads f'(Z) = …. Constants: leaky_relu has slope 1/100 below zero, elu has alpha = 1, gelu is the exact one
(with erf). At a kink the derivative is that of the left side: relu'(0) = 0; also sign(0) = abs'(0) = 0.
trigamma has no row: its derivative stays trigamma'.
Sources: the functions are standard (Abramowitz & Stegun, ch. 4, 6, 7, 26); silu: Elfwing et al. 2018; gelu: Hendrycks &
Gimpel 2016; mish: Misra 2019; elu: Clevert et al. 2016.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node
from matcalc.operators import hadamard, minus, number, plus, power, reciprocal, scale, term, zeros
from matcalc.rewrite import RewriteRule
from matcalc.rules.slots import matrix

Z = matrix("Z")
one = ops.ones("n", "m")
half = number(Fraction(1, 2))


def _f(name: str, order: int = 0) -> Node:
    return term(ops.function(name, order), Z)


def _row(name: str, derivative: Node, condition: str = "", unless: str = "positive", reason: str = "") -> RewriteRule:
    return RewriteRule(
        f"derivative of {name}",
        term(ops.function(name, 1), Z),
        derivative,
        condition=condition,
        unless=unless if condition else "",
        reason=reason,
    )


_ABOVE_ZERO = "{Z} > 0[ in every entry]"
_WITHIN = "-1 < {Z} < 1[ in every entry]"
_NOT_ZERO = "{Z} is not 0[ in any entry]"


def _kink(name: str, value: str) -> str:
    return f"{_NOT_ZERO}: {name} has a kink there, and `{name}'(0) = {value}` is used, a subgradient"


_square = power(Z, 2)
_one_minus_square = minus(one, _square)


def _above(place: int) -> Node:
    return term(ops.function("step"), minus(Z, scale(number(place), one)))


def _sqrt(s: Node) -> Node:
    return term(ops.function("sqrt"), s)


_gaussian = term(ops.function("exp"), ops.negative(_square))
_two_over_root_pi = hadamard(number(2), reciprocal(_sqrt(term(ops.PI))))
_density = ops.over(
    term(ops.function("exp"), scale(number(Fraction(-1, 2)), _square)), _sqrt(hadamard(number(2), term(ops.PI)))
)
_distribution = scale(half, plus(one, term(ops.function("erf"), ops.over(Z, _sqrt(number(2))))))
_tanh_softplus = term(ops.function("tanh"), _f("softplus"))

ACTIVATIONS = frozenset(
    ["sigmoid", "log_sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "mish"]
)
"""Activation functions: their derivatives may be kept as f'."""
FUNCTIONS = (
    _row("exp", _f("exp")),
    _row("expm1", _f("exp")),
    _row("log", reciprocal(Z), _ABOVE_ZERO),
    _row("log1p", reciprocal(plus(one, Z)), "{Z} > -1[ in every entry]"),
    _row("sqrt", scale(half, reciprocal(_f("sqrt"))), _ABOVE_ZERO),
    _row("abs", _f("sign"), _kink("abs", "0")),
    _row("sign", zeros("n", "m"), f"{_NOT_ZERO}: sign jumps there"),
    _row("step", zeros("n", "m"), f"{_NOT_ZERO}: step jumps there"),
    _row("sin", _f("cos")),
    _row("cos", ops.negative(_f("sin"))),
    _row("tan", plus(one, power(_f("tan"), 2)), "cos({Z}) is not 0[ in any entry]", ""),
    _row("asin", reciprocal(_sqrt(_one_minus_square)), _WITHIN, ""),
    _row("acos", ops.negative(reciprocal(_sqrt(_one_minus_square))), _WITHIN, ""),
    _row("atan", reciprocal(plus(one, _square))),
    _row("sinh", _f("cosh")),
    _row("cosh", _f("sinh")),
    _row("tanh", minus(one, power(_f("tanh"), 2))),
    _row("sigmoid", hadamard(_f("sigmoid"), minus(one, _f("sigmoid")))),
    _row("log_sigmoid", minus(one, _f("sigmoid"))),
    _row("softplus", _f("sigmoid")),
    _row("relu", _f("step"), _kink("relu", "0")),
    _row(
        "leaky_relu",
        plus(scale(number(Fraction(99, 100)), _f("step")), scale(number(Fraction(1, 100)), one)),
        _kink("leaky_relu", "1/100"),
    ),
    _row("elu", term(ops.function("exp"), term(ops.MIN, Z, zeros("n", "m")))),
    _row(
        "hardswish",
        plus(_above(3), hadamard(_above(-3), minus(one, _above(3)), plus(ops.over(Z, number(3)), scale(half, one)))),
        "{Z} is not -3 or 3[ in any entry]: hardswish has a kink there, and the slope of the left side is used",
        reason="0 below -3, a parabola up to 3, then a straight line",
    ),
    _row("silu", plus(_f("sigmoid"), hadamard(Z, _f("sigmoid"), minus(one, _f("sigmoid"))))),
    _row("gelu", plus(_distribution, hadamard(Z, _density))),
    _row("mish", plus(_tanh_softplus, hadamard(Z, minus(one, power(_tanh_softplus, 2)), _f("sigmoid")))),
    _row("erf", scale(_two_over_root_pi, _gaussian)),
    _row("erfc", ops.negative(scale(_two_over_root_pi, _gaussian)), reason="erfc is 1 - erf"),
    _row("normcdf", _f("normpdf"), reason="the density is the derivative of the distribution function"),
    _row("normpdf", ops.negative(hadamard(Z, _f("normpdf"))), reason="the chain rule for `exp(-z^2/2)`"),
    _row("lgamma", _f("digamma"), _ABOVE_ZERO, reason="this is how digamma is defined"),
    _row("digamma", _f("trigamma"), _ABOVE_ZERO, reason="this is how trigamma is defined"),
)
