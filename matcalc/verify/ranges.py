"""A Field of intervals: the range of each entry over all inputs.

An interval contains every value that an entry can take, and may be too wide. It tells whether a side of a kink exists:
2 - tanh(x) is never negative, so relu(2 - tanh(x)) has only one side.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from matcalc.meaning.elementwise import FUNCTIONS, formula, primitive
from matcalc.meaning.protocol import Field

Bound: TypeAlias = "Fraction | float"
"""A rational number, or an infinite one."""

_INF = math.inf


class Interval:
    """All real numbers from `lo` to `hi`. `pair`: (x, y) if it was computed as x - y."""

    __slots__ = ("hi", "lo", "pair")

    def __init__(self, lo: Bound, hi: Bound, pair: tuple[Interval, Interval] | None = None) -> None:
        self.lo = lo
        self.hi = hi
        self.pair = pair

    def __add__(self, other: Interval) -> Interval:
        return Interval(_plus(self.lo, other.lo, -_INF), _plus(self.hi, other.hi, _INF))

    def __neg__(self) -> Interval:
        turned = None if self.pair is None else (self.pair[1], self.pair[0])
        return Interval(-self.hi, -self.lo, turned)

    def __sub__(self, other: Interval) -> Interval:
        if self is other:
            return Interval(Fraction(0), Fraction(0))
        difference = self + -other
        return Interval(difference.lo, difference.hi, (self, other))

    def __mul__(self, other: Interval) -> Interval:
        ends = [_times(x, y) for x in (self.lo, self.hi) for y in (other.lo, other.hi)]
        return Interval(max(Fraction(0), min(ends)) if self is other else min(ends), max(ends))


def _plus(a: Bound, b: Bound, infinite: float) -> Bound:
    return infinite if infinite in (a, b) else a + b


def _times(a: Bound, b: Bound) -> Bound:
    return Fraction(0) if not a or not b else a * b


def anything() -> Interval:
    """Any number."""
    return Interval(-_INF, _INF)


def span(attributes: Iterable[str]) -> Interval:
    """The range of an entry of an array with these attributes."""
    has = frozenset(attributes)
    if has & {"binary", "onehot"}:
        return Interval(Fraction(0), Fraction(1))
    if "orthogonal" in has:
        return Interval(Fraction(-1), Fraction(1))
    return Interval(Fraction(0), _INF) if "positive" in has else anything()


VALUES: Mapping[str, tuple[Bound, Bound]] = {
    **dict.fromkeys(("exp", "abs", "sqrt", "relu", "softplus", "trigamma", "normpdf"), (Fraction(0), _INF)),
    **dict.fromkeys(("sin", "cos", "tanh", "erf", "sign"), (Fraction(-1), Fraction(1))),
    **dict.fromkeys(("sigmoid", "step", "normcdf"), (Fraction(0), Fraction(1))),
    **dict.fromkeys(("expm1", "elu", "gelu", "silu", "mish"), (Fraction(-1), _INF)),
    **dict.fromkeys(("asin", "atan"), (Fraction(-2), Fraction(2))),
    "acos": (Fraction(0), Fraction(4)),
    "erfc": (Fraction(0), Fraction(2)),
    "cosh": (Fraction(1), _INF),
    "log_sigmoid": (-_INF, Fraction(0)),
}
"""The range of the values of a named function."""
SIGNED = frozenset(
    ("tanh", "sinh", "erf", "asin", "atan", "expm1", "log1p", "elu", "leaky_relu", "gelu", "silu", "mish", "sign")
)
"""Functions whose values have the sign of the argument."""
NONNEGATIVE = frozenset(("norm_spec", "norm_nuc"))
"""Operators without a formula in the entries that are never negative."""


class Ranges(Field):
    """Intervals as entries."""

    digits = 0

    def number(self, value: Fraction | int) -> Interval:
        return Interval(Fraction(value), Fraction(value))

    def constant(self, name: str) -> Interval:
        return Interval(Fraction(3), Fraction(4)) if name == "pi" else Interval(Fraction(27, 10), Fraction(28, 10))

    def sum(self, terms: Iterable[Interval]) -> Interval:
        first, *more = terms
        for x in more:
            first = first + x
        return first

    def divide(self, a: Interval, b: Interval) -> Interval:
        return a * self.power(b, self.number(-1))

    def power(self, base: Interval, exponent: Interval) -> Interval:
        n = exponent.lo
        if n != exponent.hi or not isinstance(n, Fraction):
            return Interval(Fraction(0), _INF)  # only of positive numbers
        if n < 0:
            up = self.power(base, self.number(-n))
            if up.lo < 0:
                return anything()
            return Interval(_over(up.hi, Fraction(0)), _over(up.lo, _INF))
        if n.denominator > 1:
            return Interval(Fraction(0), _INF)
        even = n.numerator % 2 == 0
        if n > 100:  # numbers too long to write out
            return Interval(Fraction(0) if even or base.lo >= 0 else -_INF, _INF)
        ends = [x**n.numerator for x in (base.lo, base.hi)]
        return Interval(Fraction(0) if even and base.lo < 0 < base.hi else min(ends), max(ends))

    def call(self, name: str, order: int, x: Interval) -> Interval:
        if name not in FUNCTIONS:
            return anything()
        if not primitive(name, order) and (order or (name not in VALUES and name not in SIGNED)):
            found: Interval = formula(name, order)(x, self)
            return found
        lo, hi = VALUES.get(name, (-_INF, _INF))
        zero = Fraction(0)
        if name in SIGNED:
            lo, hi = max(lo, zero) if x.lo >= 0 else lo, min(hi, zero) if x.hi <= 0 else hi
        elif name == "exp":
            lo, hi = Fraction(int(x.lo >= 0)), Fraction(1) if x.hi <= 0 else hi
        elif name == "log":
            lo, hi = zero if x.lo >= 1 else lo, zero if x.hi <= 1 else hi
        return Interval(lo, hi)

    def where(self, u: Interval, strict: bool, a: Interval, b: Interval) -> Interval:
        if u.lo > 0 or (u.lo >= 0 and not strict):
            return a
        if u.hi < 0 or (u.hi <= 0 and strict):
            return b
        for two, better in (((a, b), max), ((b, a), min)):
            if u.pair is not None and u.pair[0] is two[0] and u.pair[1] is two[1]:  # a where a > b, b elsewhere
                return Interval(better(a.lo, b.lo), better(a.hi, b.hi))
        return Interval(min(a.lo, b.lo), max(a.hi, b.hi))

    def whole(self, x: Interval) -> int | None:
        return int(x.lo) if x.lo == x.hi and x.lo == int(x.lo) else None

    def atom(self, name: Hashable, at: Sequence[Interval]) -> Interval:
        known = isinstance(name, tuple) and name[0] in NONNEGATIVE
        return Interval(Fraction(0), _INF) if known else anything()


def _over(x: Bound, infinite: Bound) -> Bound:
    return infinite if not x else Fraction(0) if isinstance(x, float) else 1 / x
