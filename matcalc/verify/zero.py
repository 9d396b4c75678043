"""Is an expression identically zero? Decided by polynomial arithmetic over independent generators.

Entries of inputs, values f(u), f'(u) of functions, exponentials, roots and reciprocals each become a generator of a
polynomial ring over the rationals. f(u) and f(v) share a generator if u and v are the same element. A generator that
depends on others keeps its relation to them, and the relation eliminates it when a zero is decided:

    r = 1/q         r q = 1            (the coefficient of r is divided by q; with a remainder, everything times q)
    s = u^(1/n)     s^n = u
    c, sin          s² = 1 - c²        (and cosh, sinh)
    h = [u > 0]     h² = h             (away from u = 0)
    exp(a + b)      exp(a) exp(b)

Every relation is true, so a difference that reduces to zero is zero wherever the formulas are defined. If it does not
reduce to zero it may still be zero: only "zero" is a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from math import inf

from matcalc.meaning import TooLarge
from matcalc.meaning import elementwise as named
from matcalc.meaning.protocol import LONGEST_NUMBER, Field
from matcalc.verify.cells import Cells, Inequality, Made, index_of
from matcalc.verify.polynomial import (
    BITS,
    FIELD,
    HARDEST,
    HIGHEST,
    Generator,
    Poly,
    Rational,
    Terms,
    content,
    factors,
    tidy,
    total,
    used,
)

ROOT = 12
"""Roots and powers are kept in twelfths, so that the square and cube roots of a number are powers of one generator."""


class Degenerate(Exception):
    """A division by an element that is identically zero."""


def _primes(n: int) -> Iterator[tuple[int, int]]:
    # Prime factors below 1000 with multiplicities; the rest counts as one factor.
    p = 2
    while p * p <= n and p < 1000:
        k = 0
        while n % p == 0:
            n, k = n // p, k + 1
        if k:
            yield p, k
        p += 1
    if n > 1:
        yield n, 1


FEW = 30
"""The most terms of a difference of two arguments that is decided in all cells."""


class Ring(Cells, Field):
    """The ring of one decision, a Field for meaning; generators are added as they are met.

    `exponentials`: tanh, sinh and cosh are written by exp, and tan by sin and cos, instead of as generators. This is
    slower, and only needed for a formula that mixes them. `deadline`: the moment, by time.monotonic, to stop with
    OutOfTime. `most`: the number of terms after which it stops with TooLarge.
    """

    digits = 0

    def __init__(self, deadline: float, *, exponentials: bool = False, most: float = inf) -> None:
        super().__init__(deadline, most)
        self.exponentials = exponentials
        self._arguments: dict[object, list[tuple[Poly, Poly, bool]]] = {}
        self._composite: dict[object, Poly] = {}

    # A Field: what meaning asks of entries.

    def number(self, value: Fraction | int) -> Poly:
        return Poly(self.effort, {0: tidy(value)}, 0) if value else self.zero

    def constant(self, name: str) -> Poly:
        return self.free(("constant", name), positive=True)

    def sum(self, terms: Iterable[Poly]) -> Poly:
        return total(terms, self.effort)

    def divide(self, a: Poly, b: Poly) -> Poly:
        return a * self.inverse(b)

    def whole(self, x: Poly) -> int | None:
        value = x.constant
        return value if isinstance(value, int) else None

    def where(self, u: Poly, strict: bool, a: Poly, b: Poly) -> Poly:
        return self._where(self.reduced(u), strict, a, b)

    def _where(self, u: Poly, strict: bool, a: Poly, b: Poly) -> Poly:
        value = u.constant
        if value is not None:
            return a if (value > 0 if strict else value >= 0) else b
        switch = self._switch(u)
        if switch is not None:
            on, off = (self._where(self._switched(u, switch, value), strict, a, b) for value in (1, 0))
            indicator = self.power_of(switch, 1)
            return indicator * (on - off) + off
        c, content, rest = self._split(u)
        pieced = self._pieced(u)
        odd = [i for i, e in factors(content.only) if e % 2 and not self.generators[i].positive]
        if not pieced and len(odd) + (rest.constant is None) > 1:  # the sign of a product is that of its factors
            g = self.power_of(odd[0], 1)
            quotient = Poly(self.effort, {m - g.only: c for m, c in u.terms.items()}, u.degree)
            return self._where(g, True, *(self._where(v, strict, a, b) for v in (quotient, -quotient)))
        if content.constant is None and (pieced or not self._positive(content)):
            rest = content * rest
        # If u may be zero on a whole side of a kink, > and >= differ; otherwise they count as the same.
        strict = pieced and (strict if c > 0 else not strict)
        above, below = (a, b) if c > 0 else (b, a)
        if not strict and (rest.constant is not None or self._positive(rest)):
            return above
        indicator = self.free(("positive", strict, rest), indicator=True)
        self._before[index_of(indicator)] = strict or not pieced, rest
        return indicator * (above - below) + below

    def cells(self, switches: Iterable[Poly], most: int) -> Iterator[list[Inequality]]:
        """The cells of these switches, each by its conditions. Raises TooLarge if there are more than `most`."""
        parts = [self.where(u, True, self.free(("cell", k)), self.zero) for k, u in enumerate(switches)]
        return self.open_cells(self.sum(parts), lambda p: False, 4 * most)

    def atom(self, name: Hashable, at: Sequence[Poly]) -> Poly:
        at = [self.reduced(x) for x in at]
        found = self.generator((name, *at))
        if any(map(self._in_pieces, at)):
            self._note_made(found, Made(lambda *at: self.atom(name, at), tuple(at)))
            self.pieced_mask |= found.only * FIELD
        return found

    def call(self, name: str, order: int, x: Poly) -> Poly:
        if name in named.FUNCTIONS and not named.primitive(name, order):
            x = self.reduced(x)
            key = (name, order, x)
            if key not in self._composite:
                self._composite[key] = named.formula(name, order)(x, self)
            return self._composite[key]
        if name in named.PRIMITIVE and name not in ("lgamma", "digamma"):
            return self._primitive(name, x)
        return self._value((name, order), x, partial(self.call, name, order))

    # Functions.

    def _value(
        self,
        function: object,
        x: Poly,
        again: Callable[..., Poly],
        make: Callable[[], Generator] = Generator,
        more: tuple[Poly, ...] = (),
    ) -> Poly:
        # The generator for a function at x; `again` makes it for other values of x and `more`.
        x = self.reduced(x)
        key = (function, x)
        if key not in self.by_key:
            # Without dependent generators, equal arguments have equal keys.
            dependent = any(m & self.dependent_mask for m in x.terms)
            known = self._arguments.setdefault(function, [])
            for other, value, other_dependent in known[-50:]:
                if (dependent or other_dependent) and self._same(x, other):
                    self.by_key[key] = value
                    return value
            value = self.generator(key, make)
            known.append((x, value, dependent))
            if any(map(self._in_pieces, (x, *more))):
                self._note_made(value, Made(again, (x, *more)))
                if self._pieced(x) and not self._never_zero(value):
                    self.pieced_mask |= value.only * FIELD
        return self.by_key[key]

    def _same(self, a: Poly, b: Poly) -> bool:
        # With little effort: if two equal arguments are not found to be equal, only a proof may be missed.
        hardest, self.effort.hardest = self.effort.hardest, HARDEST // 100
        try:
            p = a - b
            return self.is_zero(p) if len(p.terms) <= FEW else super().is_zero(p)
        except TooLarge:
            return False
        finally:
            self.effort.hardest = hardest

    def _primitive(self, name: str, x: Poly) -> Poly:
        x = self.reduced(x)
        if name == "exp":
            return self.power(self.constant("e"), x)
        if name == "log":
            return self.log(x)
        if name == "acos":
            return self._value(name, x, partial(self._primitive, name))
        if not x.terms:
            return self.one if name in ("cos", "cosh") else self.zero
        # Odd and even functions: the sign of the argument is taken out.
        if x.leading < 0:
            value_of = self._primitive(name, -x)
            return value_of if name in ("cos", "cosh") else -value_of
        if self.exponentials:
            if name in ("sinh", "cosh"):
                up, down = self._primitive("exp", x), self._primitive("exp", -x)
                return (up - down if name == "sinh" else up + down).times(Fraction(1, 2))
            if name == "tanh":
                square = self._primitive("exp", x.times(2))
                return self.divide(square - self.one, square + self.one)
            if name == "tan":
                return self.divide(self._primitive("sin", x), self._primitive("cos", x))
        if name in ("sin", "sinh"):
            other = self._primitive("cos" if name == "sin" else "cosh", x)
            square = self.one - other * other if name == "sin" else other * other - self.one
            return self._value(name, x, partial(self._primitive, name), lambda: Generator("root", square, 2))
        return self._value(name, x, partial(self._primitive, name), lambda: Generator(positive=name == "cosh"))

    def log(self, p: Poly) -> Poly:
        """log p, as a sum over the factors of p that are known to be positive."""
        p = self.reduced(p)
        if not p.terms:
            raise Degenerate
        denominators = used(p) & self.inverse_mask
        if denominators:
            numerator, times = self._numerator(p, denominators)
            if times is not self.one and self._positive(times):
                return self.log(numerator) - self.log(times)
        c, content, rest = self._split(p)
        parts: list[Poly] = []
        kept = rest
        for index, exponent in factors(content.only):
            g = self.generators[index]
            if g.positive:
                parts.append(self._log_of(index, g).times(exponent))
            else:
                kept = kept * self.power_of(index, exponent)
        if c < 0:
            c, kept = -c, -kept
        c = Fraction(c)
        for n, sign in ((c.numerator, 1), (c.denominator, -1)):
            for prime, k in _primes(n):
                parts.append(self._plain_log(self.number(prime)).times(sign * k))
        if kept.constant != 1:
            parts.append(self._plain_log(kept))
        return self.sum(parts) if parts else self.zero

    def _log_of(self, index: int, g: Generator) -> Poly:
        if g is self.generators[index_of(self.constant("e"))]:
            return self.one
        if g.exponential is not None:
            base, monomial, n = g.exponential
            return (monomial * self.log(base)).times(Fraction(1, n))
        if g.of is not None and g.kind == "inverse":
            return -self.log(g.of)
        if g.of is not None and g.kind == "root":
            return self.log(g.of).times(Fraction(1, g.n))
        return self._plain_log(self.power_of(index, 1))

    def _plain_log(self, p: Poly) -> Poly:
        return self._value("log", p, self.log, lambda: Generator(logarithm=p))

    def power(self, base: Poly, exponent: Poly) -> Poly:
        exponent = self.reduced(exponent)
        value = exponent.constant
        if value is not None:
            return self._rational_power(base, Fraction(value))
        base = self.reduced(base)
        if len(base.terms) == 1:  # (b^(m/n))^t = b^(m t/n)
            ((monomial, c),) = base.terms.items()
            parts = list(factors(monomial))
            if c == 1 and len(parts) == 1:
                index, k = parts[0]
                exponential = self.generators[index].exponential
                if exponential is not None:
                    root, m, n = exponential
                    return self.power(root, (exponent * m).times(Fraction(k, n)))
        result = self.one
        switched: dict[int, Terms] = {}
        for monomial, c in exponent.terms.items():
            c = Fraction(c)
            if monomial == 0:
                result = result * self._rational_power(base, c)
                continue
            switch = next((i for i, _ in factors(monomial) if self.generators[i].kind == "indicator"), None)
            if switch is not None:
                switched.setdefault(switch, {})[monomial - (1 << BITS * switch)] = tidy(c)
                continue
            if base == self.constant("e"):  # e^(c m log p) = p^(c m)
                logarithms = [i for i, _ in factors(monomial) if self.generators[i].logarithm is not None]
                p = self.generators[logarithms[0]].logarithm if logarithms else None
                if p is not None:
                    rest = Poly(self.effort, {monomial - (1 << (BITS * logarithms[0])): tidy(c)}, exponent.degree)
                    result = result * self.power(p, rest)
                    continue
            n = ROOT if ROOT % c.denominator == 0 else ROOT * c.denominator
            g = self._exponential(base, Poly(self.effort, {monomial: 1}, exponent.degree), n)
            k = int(c * n)
            result = result * (g**k if k > 0 else self.inverse(g) ** -k)
        for switch, terms in switched.items():  # b^(h p) = 1 + h (b^p - 1)
            on = self.power(base, Poly(self.effort, terms, exponent.degree))
            result = result * (self.power_of(switch, 1) * (on - self.one) + self.one)
        return result

    def _exponential(self, base: Poly, m: Poly, n: int) -> Poly:
        make = partial(Generator, positive=True, exponential=(base, m, n))

        def again(exponent: Poly, base: Poly) -> Poly:
            return self.power(base, exponent.times(Fraction(1, n)) if exponent.terms else exponent)

        return self._value(("power", base, n), m, again, make, (base,))

    def _rational_power(self, p: Poly, c: Fraction) -> Poly:
        whole = c.numerator // c.denominator
        if abs(whole) * max(1, p.degree) > HIGHEST or (abs(whole) > 64 and len(p.terms) > 1):
            raise TooLarge("the power is too high to write out")
        if len(p.terms) == 1:
            (number,) = p.terms.values()
            digits = max(abs(Fraction(number).numerator), Fraction(number).denominator).bit_length()
            if abs(number) != 1 and digits * abs(whole) > LONGEST_NUMBER:
                raise TooLarge("the power has too many digits")
        result = p**whole if whole >= 0 else self.inverse(p) ** -whole
        part = c - whole
        return result if part == 0 else self.reduced(result * self._root_power(p, part))

    def _root_power(self, p: Poly, part: Fraction) -> Poly:
        # p^part for 0 < part < 1; each positive factor gets a root of its own.
        p = self.reduced(p)
        if not p.terms:
            return self.zero
        n = ROOT if ROOT % part.denominator == 0 else ROOT * part.denominator
        k = int(part * n)
        c, content, rest = self._split(p)
        result = self.one
        kept = rest
        for index, exponent in factors(content.only):
            g = self.generators[index]
            if g.positive:
                result = result * self._root_of(index, g, exponent * part)
            else:
                kept = kept * self.power_of(index, exponent)
        if c < 0:
            c, kept = -c, -kept
        c = Fraction(c)
        for number, sign in ((c.numerator, 1), (c.denominator, -1)):
            for prime, count in _primes(number):
                e = sign * count * part
                root = self._plain_root(self.number(prime), n)
                whole = e.numerator // e.denominator
                result = (result * root ** int((e - whole) * n)).times(Fraction(prime) ** whole)
        if kept.constant != 1:
            result = result * self._plain_root(kept, n) ** k
        return result

    def _plain_root(self, p: Poly, n: int) -> Poly:
        again = partial(self._root_power, part=Fraction(1, n))
        return self._value(("root", n), p, again, lambda: Generator("root", p, n, positive=True))

    def _root_of(self, index: int, g: Generator, exponent: Fraction) -> Poly:
        if g.exponential is not None:
            base, monomial, n = g.exponential
            return self.power(base, monomial.times(exponent / n))
        if g.of is not None and g.kind == "inverse":
            return self._rational_power(g.of, -exponent)
        if g.of is not None and g.kind == "root":
            return self._rational_power(g.of, exponent / g.n)
        whole = exponent.numerator // exponent.denominator
        part = exponent - whole
        p = self.power_of(index, 1)
        n = ROOT if ROOT % part.denominator == 0 else ROOT * part.denominator
        return p**whole * (self._plain_root(p, n) ** int(part * n) if part else self.one)

    def inverse(self, p: Poly) -> Poly:
        """1/p."""
        p = self.reduced(p)
        if not p.terms:
            raise Degenerate
        denominators = used(p) & self.inverse_mask
        if denominators:
            p, times = self._numerator(p, denominators)
            if times is not self.one:
                return times * self.inverse(p)
        if self._in_pieces(p) and not (self._nowhere_zero(p) or self._apart or self._by_pieces(p, self._nowhere_zero)):
            raise Degenerate
        c, content, rest = self._split(p)
        result = self.number(1 / Fraction(c))
        for index, exponent in factors(content.only):
            result = result * self._inverse_of(index, exponent)
        return result if rest.constant == 1 else result * self._inverse_generator(rest)

    def _numerator(self, p: Poly, denominators: int) -> tuple[Poly, Poly]:
        # (n, d) with p = n / d, where n is no longer than p: 1 + (E - 1) / (E + 1) is 2 E / (E + 1). Its inverse then
        # needs no generator of its own, and so no relation between one and 1 / (E + 1).
        times = self.one
        for index, exponent in reversed(list(factors(used(p) & denominators))):
            g = self.generators[index]
            assert g.of is not None and exponent
            most = max(m >> BITS * index & FIELD for m in p.terms)
            if len(p.terms) * len(g.of.terms) ** most > HARDEST // 1000:
                continue
            cleared = self.cleared(p, index, g)
            if not cleared.terms:
                raise Degenerate
            if len(cleared.terms) <= len(p.terms):
                p, times = cleared, times * g.of**most
        return p, times

    def _inverse_of(self, index: int, exponent: int) -> Poly:
        g = self.generators[index]
        if g.kind == "inverse" and g.of is not None:
            return g.of**exponent
        if g.kind == "root" and g.of is not None:
            times = -(-exponent // g.n)
            return self.power_of(index, times * g.n - exponent) * self.inverse(g.of) ** times
        return self._inverse_generator(self.power_of(index, 1), index) ** exponent

    def _inverse_generator(self, q: Poly, single: int | None = None) -> Poly:
        new = len(self.generators)
        r = self._value("inverse", q, self.inverse, lambda: Generator("inverse", q, positive=self._positive(q)))
        if single is not None and index_of(r) == new:
            self.pairs[new] = single
            self.pair_mask |= FIELD << (BITS * new)
        return r

    # What is known of a polynomial.

    def _split(self, p: Poly) -> tuple[Rational, Poly, Poly]:
        # (c, monomial, rest): p is their product, the rest has whole coefficients without a common factor, the
        # leading one positive, and no common generator.
        first = next(iter(p.terms))
        shared = 0
        for index, exponent in factors(first):
            shift = BITS * index
            self.effort.work(len(p.terms))
            lowest = min(m >> shift & FIELD for m in p.terms) if exponent else 0
            shared |= lowest << shift
        c = content(p)
        parts: Terms = {m - shared: (e / c).numerator for m, e in p.terms.items()}
        return tidy(c), Poly(self.effort, {shared: 1}, p.degree), Poly(self.effort, parts, p.degree)
