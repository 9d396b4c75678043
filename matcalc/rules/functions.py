"""FUNCTIONS: the derivative of each elementwise function, written in its own value where that is shorter.

Each row reads f'(Z) = …. Constants of the definitions: leaky_relu has slope 1/100 below zero, elu has alpha = 1,
gelu is the exact one (by erf). At a kink the value is that of the left side: relu'(0) = 0, and sign(0) = abs'(0) = 0.
Sources: the functions are standard (Abramowitz & Stegun, ch. 4 and 7); silu: Elfwing et al. 2018; gelu: Hendrycks &
Gimpel 2016; mish: Misra 2019; elu: Clevert et al. 2016.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc.expr import Node
from matcalc.operators import (
    MIN,
    PI,
    function,
    hadamard,
    minus,
    negative,
    number,
    ones,
    over,
    plus,
    power,
    reciprocal,
    scale,
    term,
    zeros,
)
from matcalc.rewrite import Rule
from matcalc.rules.slots import matrix

Z = matrix("Z")
one = ones("n", "m")
half = number(Fraction(1, 2))


def _f(name: str, order: int = 0) -> Node:
    return term(function(name, order), Z)


def _row(name: str, derivative: Node) -> Rule:
    return Rule(f"derivative of {name}", term(function(name, 1), Z), derivative)


_square = power(Z, 2)
_one_minus_square = minus(one, _square)


def _sqrt(s: Node) -> Node:
    return term(function("sqrt"), s)


_two_over_root_pi = hadamard(number(2), reciprocal(_sqrt(term(PI))))
_density = over(term(function("exp"), scale(number(Fraction(-1, 2)), _square)), _sqrt(hadamard(number(2), term(PI))))
_distribution = scale(half, plus(one, term(function("erf"), over(Z, _sqrt(number(2))))))
_tanh_softplus = term(function("tanh"), _f("softplus"))

FUNCTIONS = (
    _row("exp", _f("exp")),
    _row("expm1", _f("exp")),
    _row("log", reciprocal(Z)),
    _row("log1p", reciprocal(plus(one, Z))),
    _row("sqrt", scale(half, reciprocal(_f("sqrt")))),
    _row("abs", _f("sign")),
    _row("sign", zeros("n", "m")),
    _row("step", zeros("n", "m")),
    _row("sin", _f("cos")),
    _row("cos", negative(_f("sin"))),
    _row("tan", plus(one, power(_f("tan"), 2))),
    _row("asin", reciprocal(_sqrt(_one_minus_square))),
    _row("acos", negative(reciprocal(_sqrt(_one_minus_square)))),
    _row("atan", reciprocal(plus(one, _square))),
    _row("sinh", _f("cosh")),
    _row("cosh", _f("sinh")),
    _row("tanh", minus(one, power(_f("tanh"), 2))),
    _row("sigmoid", hadamard(_f("sigmoid"), minus(one, _f("sigmoid")))),
    _row("log_sigmoid", minus(one, _f("sigmoid"))),
    _row("softplus", _f("sigmoid")),
    _row("relu", _f("step")),
    _row("leaky_relu", plus(scale(number(Fraction(99, 100)), _f("step")), scale(number(Fraction(1, 100)), one))),
    _row("elu", term(function("exp"), term(MIN, Z, zeros("n", "m")))),
    _row("silu", plus(_f("sigmoid"), hadamard(Z, _f("sigmoid"), minus(one, _f("sigmoid"))))),
    _row("gelu", plus(_distribution, hadamard(Z, _density))),
    _row("mish", plus(_tanh_softplus, hadamard(Z, minus(one, power(_tanh_softplus, 2)), _f("sigmoid")))),
    _row("erf", scale(_two_over_root_pi, term(function("exp"), negative(_square)))),
)
