"""Is an expression identically zero? Decided by polynomial arithmetic over independent generators.

Entries of inputs, values f(u), f'(u) of functions, exponentials, roots and reciprocals each become a generator of a
polynomial ring over the rationals. f(u) and f(v) share a generator when u and v are the same element. Where generators
depend on others, the relation is kept with the generator and used up when a zero is decided:

    r = 1/q         r q = 1            (the polynomial is multiplied through by q)
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

from matcalc.meaning import TooLarge
from matcalc.meaning import functions as named
from matcalc.meaning.fields import LONGEST_NUMBER
from matcalc.verify.polynomial import BITS, FIELD, HARDEST, HIGHEST, Effort, Number, Poly, Terms, factors, tidy, total
from matcalc.verify.residues import Residues

ROOT = 12
"""Roots and powers are kept in twelfths, so that square and cube roots of one thing are powers of one generator."""


class Degenerate(Exception):
    """Division by something that is identically zero."""


def _primes(n: int) -> Iterator[tuple[int, int]]:
    # Prime factors with multiplicities, by trial; what is left of a large number counts as one factor.
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


class Generator:
    """A generator with what is known of it.

    `kind`: "free"; "inverse" of `of`; "root": its `n`-th power is `of`; "indicator": its square is itself.
    `exponential`: (base, monomial, n) if it is base^(monomial/n). `logarithm`: p if it is log p.
    """

    __slots__ = ("exponential", "kind", "logarithm", "n", "of", "positive")

    def __init__(
        self,
        kind: str = "free",
        of: Poly | None = None,
        n: int = 1,
        positive: bool = False,
        exponential: tuple[Poly, Poly, int] | None = None,
        logarithm: Poly | None = None,
    ) -> None:
        self.kind = kind
        self.of = of
        self.n = n
        self.positive = positive
        self.exponential = exponential
        self.logarithm = logarithm


class Ring:
    """The ring of one decision, which grows generators as it meets them; a Field for meaning.

    `exponentials`: write tanh, sinh, cosh by exp and tan by sin and cos, instead of giving them generators; slower, and
    needed only where a formula mixes them. `deadline`: the moment, by time.monotonic, to stop with OutOfTime.
    """

    digits = 0

    def __init__(self, deadline: float, *, exponentials: bool = False) -> None:
        self.effort = Effort(deadline)
        self.exponentials = exponentials
        self.generators: list[Generator] = []
        self.one = Poly(self.effort, {0: 1}, 0)
        self.zero = Poly(self.effort, {}, 0)
        self._by_key: dict[object, Poly] = {}
        self._arguments: dict[object, list[tuple[Poly, Poly, bool]]] = {}
        self._bounded_mask = 0  # the fields of roots and indicators
        self._pairs: list[tuple[int, int]] = []  # generators and their inverses
        self._pair_mask = 0
        self._composite: dict[object, Poly] = {}
        self._residues = Residues()
        self._dependent_mask = 0  # the fields of generators that depend on others

    # Generators.

    def generator(self, key: object, make: Callable[[], Generator] = Generator) -> Poly:
        """The generator that stands for `key`, made when it is first asked for."""
        found = self._by_key.get(key)
        if found is None:
            new = make()
            index = len(self.generators)
            self.generators.append(new)
            found = self._by_key[key] = Poly(self.effort, {1 << (BITS * index): 1}, 1)
            if new.kind in ("root", "indicator"):
                self._bounded_mask |= FIELD << (BITS * index)
            if new.kind != "free":
                self._dependent_mask |= FIELD << (BITS * index)
        return found

    def free(self, key: object, *, positive: bool = False, indicator: bool = False) -> Poly:
        """An independent variable; an indicator takes the values 0 and 1."""
        return self.generator(key, lambda: Generator("indicator" if indicator else "free", positive=positive))

    def sign(self, key: object) -> Poly:
        """1 or -1."""
        return self.generator((key, "sign"), lambda: Generator("root", self.one, 2))

    def _power_of(self, index: int, exponent: int) -> Poly:
        return Poly(self.effort, {exponent << (BITS * index): 1}, exponent)

    # Normal forms.

    def reduced(self, p: Poly) -> Poly:
        """`p` with g r = 1 for single generators, roots and indicators used up."""
        used = 0
        for m in p.terms:
            used |= m
        if used & self._pair_mask:
            p = self._cancelled(p)
        if used & self._bounded_mask:
            for index in range(len(self.generators) - 1, -1, -1):
                g = self.generators[index]
                if g.kind in ("root", "indicator"):
                    p = self._lowered(p, index, g)
        return p

    def _cancelled(self, p: Poly) -> Poly:
        total: Terms = {}
        for m, c in p.terms.items():
            for a, b in self._pairs:
                shared = min(m >> (BITS * a) & FIELD, m >> (BITS * b) & FIELD)
                if shared:
                    m -= (shared << (BITS * a)) + (shared << (BITS * b))
            total[m] = total.get(m, 0) + c
        return Poly(self.effort, {m: tidy(c) for m, c in total.items() if c}, p.degree)

    def _lowered(self, p: Poly, index: int, g: Generator) -> Poly:
        # Powers of a root or an indicator brought below n, or to one.
        shift = BITS * index
        n = g.n if g.kind == "root" else 2
        if all((m >> shift & FIELD) < n for m in p.terms):
            return p
        by_quotient: dict[int, Terms] = {}
        for m, c in p.terms.items():
            e = m >> shift & FIELD
            left, quotient = (e % n, e // n) if g.kind == "root" else (min(e, 1), 0)
            k = m - (e - left << shift)
            terms = by_quotient.setdefault(quotient, {})
            terms[k] = terms.get(k, 0) + c
        result = self.zero
        for quotient, terms in by_quotient.items():
            part = Poly(self.effort, {m: c for m, c in terms.items() if c}, p.degree)
            result = result + (part * g.of**quotient if quotient and g.of is not None else part)
        return result

    def is_zero(self, p: Poly) -> bool:
        """True only if `p` is identically zero."""
        p = self.reduced(p)
        if p.terms and self._residues.nonzero(p, self.generators):
            return False
        top = len(self.generators)
        while p.terms and top:
            used = 0
            for m in p.terms:
                used |= m
            dependent = [i for i, _ in factors(used) if i < top and self.generators[i].of is not None]
            if not dependent:
                break
            top = dependent[-1]
            g = self.generators[top]
            p = self._cleared(p, top, g) if g.kind == "inverse" else self._lowered(p, top, g)
        return not self.reduced(p).terms

    def _cleared(self, p: Poly, index: int, g: Generator) -> Poly:
        # Σ c_k r^k times q^D, where r = 1/q and D is the highest k.
        assert g.of is not None
        shift = BITS * index
        by_power: dict[int, Terms] = {}
        for m, c in p.terms.items():
            e = m >> shift & FIELD
            by_power.setdefault(e, {})[m - (e << shift)] = c
        highest = max(by_power)
        total = self.zero
        for k in range(highest + 1):
            total = (total * g.of if k else total) + Poly(self.effort, by_power.get(k, {}), p.degree)
        return total

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
        u = self.reduced(u)
        value = u.constant
        if value is not None:
            return a if (value > 0 if strict else value >= 0) else b
        c, content, rest = self._split(u)
        if content.constant is None and not self._positive(content):
            rest = content * rest
        value = rest.constant
        if value is not None or self._positive(rest):
            return a if c > 0 else b
        indicator = self.free(("positive", rest.key), indicator=True)
        above, below = (a, b) if c > 0 else (b, a)
        return indicator * (above - below) + below

    def atom(self, name: Hashable, at: Sequence[Poly]) -> Poly:
        return self.generator((name, *(self.reduced(x).key for x in at)))

    def call(self, name: str, order: int, x: Poly) -> Poly:
        if name in named.FUNCTIONS and (order or name not in named.PRIMITIVE):
            x = self.reduced(x)
            key = (name, order, x.key)
            if key not in self._composite:
                self._composite[key] = named.formula(name, order)(x, self)
            return self._composite[key]
        if name in named.PRIMITIVE:
            return self._primitive(name, x)
        return self._value((name, order), x)

    # Functions.

    def _value(self, function: object, x: Poly, make: Callable[[], Generator] = Generator) -> Poly:
        x = self.reduced(x)
        key = (function, x.key)
        if key not in self._by_key:
            # Without dependent generators, equal arguments have equal keys.
            dependent = any(m & self._dependent_mask for m in x.terms)
            known = self._arguments.setdefault(function, [])
            for other, value, other_dependent in known[-50:]:
                if (dependent or other_dependent) and self._same(x, other):
                    self._by_key[key] = value
                    return value
            known.append((x, self.generator(key, make), dependent))
        return self._by_key[key]

    def _same(self, a: Poly, b: Poly) -> bool:
        # Worth a little effort only: if it is missed, a proof may be missed.
        hardest, self.effort.hardest = self.effort.hardest, HARDEST // 100
        try:
            return self.is_zero(a - b)
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
            return self._value(name, x)
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
            return self._value(name, x, lambda: Generator("root", square, 2))
        return self._value(name, x, lambda: Generator(positive=name == "cosh"))

    def log(self, p: Poly) -> Poly:
        """log p, the logarithms of factors that are known to be positive taken apart."""
        p = self.reduced(p)
        if not p.terms:
            raise Degenerate
        c, content, rest = self._split(p)
        parts: list[Poly] = []
        kept = rest
        for index, exponent in factors(content.only):
            g = self.generators[index]
            if g.positive:
                parts.append(self._log_of(index, g).times(exponent))
            else:
                kept = kept * self._power_of(index, exponent)
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
        if g is self.generators[_index(self.constant("e"))]:
            return self.one
        if g.exponential is not None:
            base, monomial, n = g.exponential
            return (monomial * self.log(base)).times(Fraction(1, n))
        if g.of is not None and g.kind == "inverse":
            return -self.log(g.of)
        if g.of is not None and g.kind == "root":
            return self.log(g.of).times(Fraction(1, g.n))
        return self._plain_log(self._power_of(index, 1))

    def _plain_log(self, p: Poly) -> Poly:
        return self._value("log", p, lambda: Generator(logarithm=p))

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
        for monomial, c in exponent.terms.items():
            c = Fraction(c)
            if monomial == 0:
                result = result * self._rational_power(base, c)
                continue
            switch = next((i for i, _ in factors(monomial) if self.generators[i].kind == "indicator"), None)
            if switch is not None:  # b^(h m) = 1 + h (b^m - 1)
                rest = Poly(self.effort, {monomial - (1 << BITS * switch): tidy(c)}, exponent.degree)
                result = result * (self._power_of(switch, 1) * (self.power(base, rest) - self.one) + self.one)
                continue
            if base.key == self.constant("e").key:  # e^(c m log p) = p^(c m)
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
        return result

    def _exponential(self, base: Poly, m: Poly, n: int) -> Poly:
        make = partial(Generator, positive=True, exponential=(base, m, n))
        return self._value(("power", base.key, n), m, make)

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
        # p^part for 0 < part < 1. Positive factors have roots of their own.
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
                kept = kept * self._power_of(index, exponent)
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
        return self._value(("root", n), p, lambda: Generator("root", p, n, positive=True))

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
        p = self._power_of(index, 1)
        n = ROOT if ROOT % part.denominator == 0 else ROOT * part.denominator
        return p**whole * (self._plain_root(p, n) ** int(part * n) if part else self.one)

    def inverse(self, p: Poly) -> Poly:
        """1/p."""
        p = self.reduced(p)
        if not p.terms:
            raise Degenerate
        c, content, rest = self._split(p)
        result = self.number(1 / Fraction(c))
        for index, exponent in factors(content.only):
            result = result * self._inverse_of(index, exponent)
        return result if rest.constant == 1 else result * self._inverse_generator(rest)

    def _inverse_of(self, index: int, exponent: int) -> Poly:
        g = self.generators[index]
        if g.kind == "inverse" and g.of is not None:
            return g.of**exponent
        if g.kind == "root" and g.of is not None:
            times = -(-exponent // g.n)
            return self._power_of(index, times * g.n - exponent) * self.inverse(g.of) ** times
        return self._inverse_generator(self._power_of(index, 1), index) ** exponent

    def _inverse_generator(self, q: Poly, single: int | None = None) -> Poly:
        new = len(self.generators)
        r = self._value("inverse", q, lambda: Generator("inverse", q, positive=self._positive(q)))
        if single is not None and _index(r) == new:
            self._pairs.append((single, new))
            self._pair_mask |= FIELD << (BITS * new)
        return r

    # What is known of a polynomial.

    def _split(self, p: Poly) -> tuple[Number, Poly, Poly]:
        # (c, monomial, rest): p is their product, the rest has leading coefficient 1 and no common generator.
        first = next(iter(p.terms))
        shared = 0
        for index, exponent in factors(first):
            shift = BITS * index
            lowest = min(m >> shift & FIELD for m in p.terms) if exponent else 0
            shared |= lowest << shift
        c = p.leading
        rest = {m - shared: tidy(Fraction(e) / c) for m, e in p.terms.items()}
        return c, Poly(self.effort, {shared: 1}, p.degree), Poly(self.effort, rest, p.degree)

    def _positive(self, p: Poly) -> bool:
        # Known to be positive (away from isolated zeros): positive coefficients on even or positive factors.
        return all(
            c > 0 and all(e % 2 == 0 or self.generators[i].positive for i, e in factors(m)) for m, c in p.terms.items()
        )


def _index(p: Poly) -> int:
    return (p.only.bit_length() - 1) // BITS
