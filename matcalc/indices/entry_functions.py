"""NAMED: the named functions of an entry, and NAMED_SLOPES their derivatives, in sums of products with indices.

A function is written by exp, log, powers and step where it can be, so that the relations between functions follow from
those of exp and of fractions: sigmoid(x) = 1 - 1 / (1 + exp(x)).

Source: the definitions; Abramowitz & Stegun, ch. 4, 6 and 7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import TypeAlias

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.indices.algebra import Algebra
from matcalc.indices.leads import scale
from matcalc.indices.products import UNIT, Exact, Expanded, add, constant, primes, times, value

HALF = Fraction(1, 2)
OfEntry: TypeAlias = Callable[[Algebra, Expanded], Expanded]


def applied(of: Algebra, op: ops.Operator, args: list[Expanded]) -> Expanded:
    """A function of entries; one without a row is a head of its own."""
    if op in OF_SEVERAL:
        return OF_SEVERAL[op](of, *args)
    table: Mapping[str, OfEntry] = NAMED if not op.order else NAMED_SLOPES if op.order == 1 else {}
    row = table.get(op.function or "")
    return (
        _alone(op.name, of, args[0])
        if row is None and len(args) == 1
        else (row(of, args[0]) if row is not None else of.headed("function", tuple(args), 1, op.name))
    )


def _alone(name: str, of: Algebra, p: Expanded) -> Expanded:
    return of.headed("function", (p,), 1, name)


def exp(of: Algebra, p: Expanded) -> Expanded:
    """exp of a sum is the product of the exponentials; exp(c log(x)) is x^c."""
    result = constant(1)
    for key, number in p.items():
        (head, at, power), *more = key[1] or ((-1, (), 0),)
        kind, inside = ("", ()) if more or key[0] or head < 0 else of.function(head, at)
        mask = next((f for f in key[1] if of.heads.rows[f[0]].idempotent), None) if not key[0] else None
        if mask is not None:  # exp(s x) = 1 + s (exp(x) - 1), where s is 0 or 1
            rest = exp(of, {((), tuple(f for f in key[1] if f != mask)): number})
            factor = _plus(of.product({((), (mask,)): 1}, _plus(rest, -1)), 1)
        elif key == UNIT:
            factor = of.factor(of.heads.number(("e",), positive=True), (), number)
        elif kind == "log" and power == 1:
            factor = of.raised(inside[0], number)
        else:
            factor = of.headed("exp", ({key: 1},), number)
        result = of.product(result, factor)
    return result


def log(of: Algebra, p: Expanded) -> Expanded:
    """log of a product of positive factors is the sum of the logarithms."""
    number = value(p)
    if number is not None:
        return _log_of_number(of, number)
    content, rest = of.content(p, False)
    if len(rest) == 1:
        (((sizes, factors), number),) = rest.items()
        if not sizes and number > 0 and len(factors) == 1 and Fraction(factors[0][2]).numerator % 2:
            head, at, x = factors[0]  # log(x^3) has a value where x is positive
            content, rest = {**content, (head, at): x}, constant(number)
    total: Expanded = {}
    for (head, at), x in content.items():
        kind, inside = of.function(head, at)
        if kind == "exp":
            inner = inside[0]
        elif kind == "e":
            inner = constant(1)
        elif kind == "power":
            inner = of.product(inside[1], log(of, inside[0]))
        elif kind == "number":
            inner = _log_of_number(of, of.heads.rows[head].key[1])
        elif kind == "sum":
            inner = _alone("log", of, inside[0])
        elif kind == "det":
            inner = of.factor(of.heads.number(("logdet", of.heads.rows[head].key[1])), ())
        else:
            inner = _alone("log", of, {((), ((head, at, 1),)): 1})
        total = add(total, times(x, inner))
    if value(rest) is not None:
        return add(total, log(of, rest))
    front = scale(of.heads, rest, False)
    return add(total, _log_of_number(of, front), _alone("log", of, times(1 / Fraction(front), rest)))


def _log_of_number(of: Algebra, number: Exact) -> Expanded:
    if number <= 0:
        raise UnsupportedError("a logarithm of a number that is not positive")
    number = Fraction(number)
    total: Expanded = {}
    for side, sign in ((number.numerator, 1), (number.denominator, -1)):
        for prime in primes(side):
            total = add(total, times(sign, _alone("log", of, constant(prime))))
    return total


def _plus(p: Expanded, number: Exact) -> Expanded:
    return add(p, constant(number))


def _power(of: Algebra, p: Expanded, exponent: Exact) -> Expanded:
    return of.raised(p, exponent)


def _square(of: Algebra, p: Expanded) -> Expanded:
    return of.product(p, p)


def _one_minus(p: Expanded) -> Expanded:
    return _plus(times(-1, p), 1)


def _sigmoid(of: Algebra, p: Expanded) -> Expanded:
    return _one_minus(of.raised(_plus(exp(of, p), 1), -1))


def _tanh(of: Algebra, p: Expanded) -> Expanded:
    return _plus(times(2, _sigmoid(of, times(2, p))), -1)


def _softplus(of: Algebra, p: Expanded) -> Expanded:
    return log(of, _plus(exp(of, p), 1))


def _sinh(of: Algebra, p: Expanded, sign: int = -1) -> Expanded:
    return times(HALF, add(exp(of, p), times(sign, exp(of, times(-1, p)))))


def _pieces(of: Algebra, at: Expanded, above: Expanded, below: Expanded) -> Expanded:
    # `above` where `at` > 0, else `below`.
    return add(below, of.product(of.step(at), add(above, times(-1, below))))


def _leaky_relu(of: Algebra, p: Expanded) -> Expanded:
    return _pieces(of, p, p, times(Fraction(1, 100), p))


def _elu(of: Algebra, p: Expanded) -> Expanded:
    return _pieces(of, p, p, _plus(exp(of, p), -1))


def _hardswish(of: Algebra, p: Expanded) -> Expanded:
    parabola = times(Fraction(1, 6), of.product(p, _plus(p, 3)))
    return _pieces(of, _plus(p, -3), p, _pieces(of, _plus(p, 3), parabola, {}))


def _hardswish_slope(of: Algebra, p: Expanded) -> Expanded:
    line = _plus(times(Fraction(1, 3), p), HALF)
    return _pieces(of, _plus(p, -3), constant(1), _pieces(of, _plus(p, 3), line, {}))


def _pi(of: Algebra, power: Exact) -> Expanded:
    return of.factor(of.heads.number(("array", ops.term(ops.PI)), positive=True), (), power)


def _root_of_two(of: Algebra, power: int) -> Expanded:
    return of.raised(constant(2), HALF * power)


def _normcdf(of: Algebra, p: Expanded) -> Expanded:
    return times(HALF, _plus(_alone("erf", of, of.product(p, _root_of_two(of, -1))), 1))


def _normpdf(of: Algebra, p: Expanded) -> Expanded:
    return of.product(exp(of, times(-HALF, _square(of, p))), _root_of_two(of, -1), _pi(of, -HALF))


def _erf_slope(of: Algebra, p: Expanded) -> Expanded:
    return times(2, of.product(exp(of, times(-1, _square(of, p))), _pi(of, -HALF)))


def _mish(of: Algebra, p: Expanded) -> Expanded:
    return of.product(p, _tanh(of, _softplus(of, p)))


def _mish_slope(of: Algebra, p: Expanded) -> Expanded:
    t = _tanh(of, _softplus(of, p))
    return add(t, of.product(p, _one_minus(_square(of, t)), _sigmoid(of, p)))


def _silu_slope(of: Algebra, p: Expanded) -> Expanded:
    s = _sigmoid(of, p)
    return add(s, of.product(p, s, _one_minus(s)))


NAMED: Mapping[str, OfEntry] = {
    "exp": exp,
    "log": log,
    "log1p": lambda of, p: log(of, _plus(p, 1)),
    "expm1": lambda of, p: _plus(exp(of, p), -1),
    "sqrt": lambda of, p: of.raised(p, HALF),
    "abs": lambda of, p: of.product(p, of.sign(p)),
    "sign": lambda of, p: of.sign(p),
    "step": lambda of, p: of.step(p),
    "relu": lambda of, p: of.product(p, of.step(p)),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "hardswish": _hardswish,
    "sinh": _sinh,
    "cosh": partial(_sinh, sign=1),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "log_sigmoid": lambda of, p: add(p, times(-1, _softplus(of, p))),
    "silu": lambda of, p: of.product(p, _sigmoid(of, p)),
    "mish": _mish,
    "gelu": lambda of, p: of.product(p, _normcdf(of, p)),
    "normcdf": _normcdf,
    "normpdf": _normpdf,
    "erfc": lambda of, p: _one_minus(_alone("erf", of, p)),
}

NAMED_SLOPES: Mapping[str, OfEntry] = {
    "exp": exp,
    "log": lambda of, p: of.raised(p, -1),
    "log1p": lambda of, p: of.raised(_plus(p, 1), -1),
    "expm1": exp,
    "sqrt": lambda of, p: times(HALF, of.raised(p, -HALF)),
    "abs": lambda of, p: of.sign(p),
    "sign": lambda of, p: {},
    "step": lambda of, p: {},
    "relu": lambda of, p: of.step(p),
    "leaky_relu": lambda of, p: _pieces(of, p, constant(1), constant(Fraction(1, 100))),
    "elu": lambda of, p: _pieces(of, p, constant(1), exp(of, p)),
    "hardswish": _hardswish_slope,
    "sin": partial(_alone, "cos"),
    "cos": lambda of, p: times(-1, _alone("sin", of, p)),
    "tan": lambda of, p: _plus(_square(of, _alone("tan", of, p)), 1),
    "asin": lambda of, p: of.raised(_one_minus(_square(of, p)), -HALF),
    "acos": lambda of, p: times(-1, of.raised(_one_minus(_square(of, p)), -HALF)),
    "atan": lambda of, p: of.raised(_plus(_square(of, p), 1), -1),
    "sinh": partial(_sinh, sign=1),
    "cosh": _sinh,
    "tanh": lambda of, p: _one_minus(_square(of, _tanh(of, p))),
    "sigmoid": lambda of, p: of.product(_sigmoid(of, p), _one_minus(_sigmoid(of, p))),
    "softplus": _sigmoid,
    "log_sigmoid": lambda of, p: _one_minus(_sigmoid(of, p)),
    "silu": _silu_slope,
    "mish": _mish_slope,
    "gelu": lambda of, p: add(_normcdf(of, p), of.product(p, _normpdf(of, p))),
    "normcdf": _normpdf,
    "normpdf": lambda of, p: times(-1, of.product(p, _normpdf(of, p))),
    "erf": _erf_slope,
    "erfc": lambda of, p: times(-1, _erf_slope(of, p)),
    "lgamma": partial(_alone, "digamma"),
    "digamma": partial(_alone, "trigamma"),
}


def _max(of: Algebra, a: Expanded, b: Expanded) -> Expanded:
    difference = add(a, times(-1, b))
    return add(b, of.product(difference, of.step(difference)))


def _min(of: Algebra, a: Expanded, b: Expanded) -> Expanded:
    return add(a, b, times(-1, _max(of, a, b)))


OF_SEVERAL: Mapping[ops.Operator, Callable[..., Expanded]] = {
    ops.MAX: _max,
    ops.MIN: _min,
    ops.STEP_GE: lambda of, a, b: _one_minus(of.step(add(b, times(-1, a)))),
    ops.CLIP: lambda of, x, least, most: _min(of, _max(of, x, least), most),
}
