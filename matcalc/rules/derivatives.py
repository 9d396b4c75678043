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
from matcalc.operators import fn, hadamard, minus, number, plus, power, reciprocal, scale, term, zeros
from matcalc.rewrite import RewriteRule
from matcalc.rules.slots import matrix

Z = matrix("Z")
one = ops.ones("n", "m")
half = number(Fraction(1, 2))


def _row(name: str, derivative: Node, condition: str = "", unless: str = "positive", reason: str = "") -> RewriteRule:
    return RewriteRule(
        f"derivative of {name}",
        fn(name, Z, 1),
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
    return fn("step", minus(Z, scale(number(place), one)))


_gaussian = fn("exp", ops.negative(_square))
_two_over_root_pi = hadamard(number(2), reciprocal(fn("sqrt", term(ops.PI))))
_density = ops.over(fn("exp", scale(number(Fraction(-1, 2)), _square)), fn("sqrt", hadamard(number(2), term(ops.PI))))
_distribution = scale(half, plus(one, fn("erf", ops.over(Z, fn("sqrt", number(2))))))
_tanh_softplus = fn("tanh", fn("softplus", Z))

ACTIVATIONS = frozenset(
    ["sigmoid", "log_sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "mish"]
)
"""Activation functions: their derivatives may be kept as f'."""
FUNCTIONS = (
    _row("exp", fn("exp", Z)),
    _row("expm1", fn("exp", Z)),
    _row("log", reciprocal(Z), _ABOVE_ZERO),
    _row("log1p", reciprocal(plus(one, Z)), "{Z} > -1[ in every entry]"),
    _row("sqrt", scale(half, reciprocal(fn("sqrt", Z))), _ABOVE_ZERO),
    _row("abs", fn("sign", Z), _kink("abs", "0")),
    _row("sign", zeros("n", "m"), f"{_NOT_ZERO}: sign jumps there"),
    _row("step", zeros("n", "m"), f"{_NOT_ZERO}: step jumps there"),
    _row("sin", fn("cos", Z)),
    _row("cos", ops.negative(fn("sin", Z))),
    _row("tan", plus(one, power(fn("tan", Z), 2)), "cos({Z}) is not 0[ in any entry]", ""),
    _row("asin", reciprocal(fn("sqrt", _one_minus_square)), _WITHIN, ""),
    _row("acos", ops.negative(reciprocal(fn("sqrt", _one_minus_square))), _WITHIN, ""),
    _row("atan", reciprocal(plus(one, _square))),
    _row("sinh", fn("cosh", Z)),
    _row("cosh", fn("sinh", Z)),
    _row("tanh", minus(one, power(fn("tanh", Z), 2))),
    _row("sigmoid", hadamard(fn("sigmoid", Z), minus(one, fn("sigmoid", Z)))),
    _row("log_sigmoid", minus(one, fn("sigmoid", Z))),
    _row("softplus", fn("sigmoid", Z)),
    _row("relu", fn("step", Z), _kink("relu", "0")),
    _row(
        "leaky_relu",
        plus(scale(number(Fraction(99, 100)), fn("step", Z)), scale(number(Fraction(1, 100)), one)),
        _kink("leaky_relu", "1/100"),
    ),
    _row("elu", fn("exp", term(ops.MIN, Z, zeros("n", "m")))),
    _row(
        "hardswish",
        plus(_above(3), hadamard(_above(-3), minus(one, _above(3)), plus(ops.over(Z, number(3)), scale(half, one)))),
        "{Z} is not -3 or 3[ in any entry]: hardswish has a kink there, and the slope of the left side is used",
        reason="0 below -3, a parabola up to 3, then a straight line",
    ),
    _row("silu", plus(fn("sigmoid", Z), hadamard(Z, fn("sigmoid", Z), minus(one, fn("sigmoid", Z))))),
    _row("gelu", plus(_distribution, hadamard(Z, _density))),
    _row("mish", plus(_tanh_softplus, hadamard(Z, minus(one, power(_tanh_softplus, 2)), fn("sigmoid", Z)))),
    _row("erf", scale(_two_over_root_pi, _gaussian)),
    _row("erfc", ops.negative(scale(_two_over_root_pi, _gaussian)), reason="erfc is 1 - erf"),
    _row("normcdf", fn("normpdf", Z), reason="the density is the derivative of the distribution function"),
    _row("normpdf", ops.negative(hadamard(Z, fn("normpdf", Z))), reason="the chain rule for `exp(-z^2/2)`"),
    _row("lgamma", fn("digamma", Z), _ABOVE_ZERO, reason="this is how digamma is defined"),
    _row("digamma", fn("trigamma", Z), _ABOVE_ZERO, reason="this is how trigamma is defined"),
)
