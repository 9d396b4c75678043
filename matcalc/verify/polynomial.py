"""Polynomials with rational coefficients in any number of generators, more of which may appear at any time.

A polynomial is a dict from monomials to coefficients. A monomial is an integer whose k-th field of 32 bits is the
exponent of the k-th generator, so multiplying monomials is adding integers. Degrees are bounded far below 2^32, so no
field ever runs over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import reduce
from heapq import heapify, heappop, heappush
from math import gcd, inf, lcm
from operator import or_
from typing import TypeAlias

from matcalc.meaning import TooLarge
from matcalc.meaning.protocol import LONGEST_NUMBER, check_time

BITS = 32
FIELD = (1 << BITS) - 1
HIGHEST = 1 << 28  # a degree, at most
LONGEST = 60_000  # terms of a polynomial, at most
HARDEST = 3_000_000  # products of terms in one multiplication, at most

Rational: TypeAlias = "int | Fraction"
Terms: TypeAlias = "dict[int, Rational]"

ROOM = 250 << 20
"""Bytes that the polynomials of one computation may take together."""
TERM = 150
"""Bytes of a term without its monomial, with a small coefficient."""
STEP = 20_000
"""Products of terms between two looks at the clock; some milliseconds."""
GATHERED = 4 * LONGEST
"""The most terms of a sum before terms that cancel are removed."""
LONG = 1_000
"""Products of coefficients count as additional work for every so many bits."""


class Effort:
    """The limits of a computation: its deadline, its memory, and the products that one multiplication may take.

    A long computation calls `work` regularly, so that the time limit holds within it. Polynomials register and release
    the memory that they use.
    """

    __slots__ = ("deadline", "hardest", "held", "left", "most", "width")

    def __init__(self, deadline: float, most: float = inf) -> None:
        self.deadline = deadline
        self.most = most
        """The terms that may still be handled."""
        self.hardest = HARDEST
        self.held = 0
        self.left = 0
        self.width = TERM
        """Bytes of a term; every generator adds a field to every monomial."""

    def work(self, amount: int) -> None:
        """Call before handling so many terms. Raises OutOfTime past the deadline, TooLarge beyond `most`."""
        self.most -= amount
        if self.most < 0:
            raise TooLarge("the polynomials take too much work")
        self.left -= amount * self.width
        if self.left < 0:
            self.left = STEP * TERM
            check_time(self.deadline)

    def room(self, terms: int) -> None:
        """Call while gathering so many terms. Raises TooLarge if they take too much memory."""
        if terms > GATHERED or self.held + terms * self.width > ROOM:
            raise TooLarge("the polynomials take too much memory")


class Poly:
    """An element of the ring. Immutable; equal to one with the same terms."""

    __slots__ = ("_hash", "bits", "degree", "effort", "size", "terms")

    def __init__(self, effort: Effort, terms: Terms, degree: int) -> None:
        self.effort = effort
        self.terms = terms
        self.degree = degree
        self.bits = _bits(terms)
        """The length of the longest coefficient."""
        self._hash = 0
        self.size = len(terms) * (effort.width + (self.bits >> 2))
        effort.held += self.size
        effort.work(len(terms))
        if effort.held > ROOM:
            raise TooLarge("the polynomials take too much memory")
        if self.bits > LONGEST_NUMBER:
            raise TooLarge("the coefficients have too many digits")

    def __del__(self) -> None:
        self.effort.held -= self.size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        self._hash = self._hash or hash(frozenset(self.terms.items()))
        return self._hash

    def __add__(self, other: Poly) -> Poly:
        return total((self, other), self.effort)

    def __sub__(self, other: Poly) -> Poly:
        return total((self, -other), self.effort)

    def __neg__(self) -> Poly:
        return Poly(self.effort, {m: -c for m, c in self.terms.items()}, self.degree)

    def __mul__(self, other: Poly) -> Poly:
        a, b = self.terms, other.terms
        degree = self.degree + other.degree
        effort = self.effort
        if len(a) * len(b) > effort.hardest or degree > HIGHEST:
            raise TooLarge("the polynomial is too long")
        if self.bits + other.bits > LONGEST_NUMBER:
            raise TooLarge("the coefficients have too many digits")
        if len(a) == 1 or len(b) == 1:
            if len(a) != 1:
                a, b = b, a
            for m, c in a.items():
                return Poly(effort, {m + n: tidy(c * e) for n, e in b.items()}, degree)
        if len(a) > len(b):
            a, b = b, a
        total: Terms = {}
        get = total.get
        slow = len(b) * (1 + (self.bits + other.bits) // LONG)
        for m, c in a.items():
            effort.work(slow)
            effort.room(len(total))
            for n, e in b.items():
                k = m + n
                total[k] = get(k, 0) + c * e
        return Poly(effort, {m: tidy(c) for m, c in total.items() if c}, degree).bounded()

    def __pow__(self, n: int) -> Poly:
        result, base = Poly(self.effort, {0: 1}, 0), self
        while n:
            if n & 1:
                result = result * base
            n >>= 1
            if n:
                base = base * base
        return result

    def times(self, c: Rational) -> Poly:
        """The product with a number c that is not 0."""
        return Poly(self.effort, {m: tidy(c * e) for m, e in self.terms.items()}, self.degree)

    @property
    def leading(self) -> Rational:
        """The coefficient of the highest monomial; the polynomial must not be 0."""
        return self.terms[max(self.terms)]

    @property
    def only(self) -> int:
        """The monomial of a polynomial with one term."""
        return next(iter(self.terms))

    def bounded(self) -> Poly:
        """Itself. Raises TooLarge if it has too many terms."""
        if len(self.terms) > LONGEST:
            raise TooLarge("the polynomial is too long")
        return self

    @property
    def constant(self) -> Rational | None:
        """Its value if it is a number, else None."""
        if not self.terms:
            return 0
        return self.terms[0] if len(self.terms) == 1 and 0 in self.terms else None


class Generator:
    """A generator and its properties.

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


def total(polynomials: Iterable[Poly], effort: Effort) -> Poly:
    """The sum."""
    terms: Terms = {}
    get = terms.get
    degree = 0
    for p in polynomials:
        degree = max(degree, p.degree)
        effort.work(len(p.terms))
        effort.room(len(terms))
        for m, c in p.terms.items():
            terms[m] = get(m, 0) + c
    return Poly(effort, {m: tidy(c) for m, c in terms.items() if c}, degree).bounded()


def _bits(terms: Terms) -> int:
    # The length of the longest coefficient; for a fraction, numerator and denominator together.
    try:
        return max(map(int.bit_length, terms.values()), default=0)  # type: ignore[arg-type]
    except TypeError:
        return max(c.numerator.bit_length() + c.denominator.bit_length() for c in terms.values())


def divided(p: Poly, q: Poly) -> tuple[Poly, Poly]:
    """(s, t) with p = s q + t, where no term of t is a multiple of q's highest term; t is 0 if q divides p.

    The coefficients must be whole, and those of q without a common factor.
    """
    effort = p.effort
    lead = max(q.terms)
    first = q.terms[lead]
    others = [(m, c) for m, c in q.terms.items() if m != lead]
    terms = dict(p.terms)
    last = max(max(terms, default=0), lead)
    guards = int.from_bytes(b"\0\0\0\x80" * (last.bit_length() // BITS + 1), "little")  # no degree has this bit
    queue = [-m for m in terms]
    heapify(queue)
    quotient: Terms = {}
    rest: Terms = {}
    while queue:
        m = -heappop(queue)
        c = terms.pop(m, 0)
        if not c:
            continue
        k, remainder = divmod(c, first)
        if remainder or ((m | guards) - lead) & guards != guards:
            rest[m] = c
            continue
        effort.work(len(q.terms))
        effort.room(len(terms) + len(quotient))
        quotient[m - lead] = k
        for n, e in others:
            n += m - lead
            known = terms.get(n)
            if known is None:
                heappush(queue, -n)
            terms[n] = (known or 0) - k * e
    return Poly(effort, quotient, p.degree), Poly(effort, rest, p.degree)


def whole(p: Poly) -> Poly:
    """A nonzero multiple of p with whole coefficients."""
    return p if all(isinstance(c, int) for c in p.terms.values()) else p.times(lcm(*_denominators(p)))


def content(p: Poly) -> Fraction:
    """The number c for which p / c has whole coefficients without a common factor, the leading one positive."""
    numerator = gcd(*(c.numerator for c in p.terms.values()))
    return Fraction(numerator if p.leading > 0 else -numerator, lcm(*_denominators(p)))


def _denominators(p: Poly) -> Iterator[int]:
    return (c.denominator for c in p.terms.values())


def tidy(c: Rational) -> Rational:
    """c, as an int where it is whole."""
    return c if type(c) is int or c.denominator != 1 else c.numerator  # Fraction is slow to be told by isinstance


def factors(monomial: int) -> Iterator[tuple[int, int]]:
    """The generators in a monomial, in order, with their exponents."""
    index = 0
    while monomial:
        skip = ((monomial & -monomial).bit_length() - 1) // BITS
        index, monomial = index + skip, monomial >> (BITS * skip)
        yield index, monomial & FIELD
        monomial >>= BITS
        index += 1


def highest(monomial: int) -> int:
    """The last generator in a monomial."""
    return (monomial.bit_length() - 1) // BITS


def used(p: Poly) -> int:
    """A number that has bits in the fields of exactly the generators that occur."""
    return reduce(or_, p.terms, 0)


def by_power(p: Poly, index: int) -> dict[int, Terms]:
    """The coefficients of the powers of a generator."""
    shift = BITS * index
    found: dict[int, Terms] = {}
    for m, c in p.terms.items():
        e = m >> shift & FIELD
        found.setdefault(e, {})[m - (e << shift)] = c
    return found
