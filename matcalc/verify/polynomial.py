"""Polynomials with rational coefficients in any number of generators, more of which may appear at any time.

A polynomial is a dict from monomials to coefficients. A monomial is an integer whose k-th field of 32 bits is the
exponent of the k-th generator, so multiplying monomials is adding integers. Degrees are bounded far below 2^32, so no
field ever runs over.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeAlias

from matcalc.meaning import TooLarge

BITS = 32
FIELD = (1 << BITS) - 1
HIGHEST = 1 << 28  # a degree, at most
LONGEST = 60_000  # terms of a polynomial
HARDEST = 3_000_000  # products of terms in one multiplication

Number: TypeAlias = "int | Fraction"
Terms: TypeAlias = "dict[int, Number]"
Key: TypeAlias = "frozenset[tuple[int, Number]]"


class OutOfTime(Exception):
    """The time limit was reached."""


def check_time(deadline: float) -> None:
    """Raises OutOfTime past the moment `deadline` of time.monotonic."""
    if time.monotonic() > deadline:
        raise OutOfTime


class Effort:
    """How much a computation may cost: until when, and how many products one multiplication may take."""

    __slots__ = ("deadline", "hardest")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.hardest = HARDEST

    def check_time(self) -> None:
        """Raises OutOfTime past the deadline."""
        check_time(self.deadline)


class Poly:
    """An element of the ring. Immutable."""

    __slots__ = ("degree", "effort", "terms")

    def __init__(self, effort: Effort, terms: Terms, degree: int) -> None:
        self.effort = effort
        self.terms = terms
        self.degree = degree

    def __add__(self, other: Poly) -> Poly:
        return total((self, other), self.effort)

    def __sub__(self, other: Poly) -> Poly:
        return total((self, -other), self.effort)

    def __neg__(self) -> Poly:
        return Poly(self.effort, {m: -c for m, c in self.terms.items()}, self.degree)

    def __mul__(self, other: Poly) -> Poly:
        a, b = self.terms, other.terms
        degree = self.degree + other.degree
        if len(a) * len(b) > self.effort.hardest or degree > HIGHEST:
            raise TooLarge("the polynomial is too long")
        if len(a) * len(b) > 1000:
            self.effort.check_time()
        if len(a) == 1 or len(b) == 1:
            if len(a) != 1:
                a, b = b, a
            for m, c in a.items():
                return Poly(self.effort, {m + n: tidy(c * e) for n, e in b.items()}, degree)
        total: Terms = {}
        get = total.get
        for m, c in a.items():
            for n, e in b.items():
                k = m + n
                total[k] = get(k, 0) + c * e
        return Poly(self.effort, {m: tidy(c) for m, c in total.items() if c}, degree).bounded()

    def __pow__(self, n: int) -> Poly:
        result, base = Poly(self.effort, {0: 1}, 0), self
        while n:
            if n & 1:
                result = result * base
            n >>= 1
            if n:
                base = base * base
        return result

    def times(self, c: Number) -> Poly:
        """c times this, for c other than 0."""
        return Poly(self.effort, {m: tidy(c * e) for m, e in self.terms.items()}, self.degree)

    @property
    def leading(self) -> Number:
        """The coefficient of the highest monomial, of a polynomial that is not 0."""
        return self.terms[max(self.terms)]

    @property
    def only(self) -> int:
        """The monomial of a polynomial that has one term."""
        return next(iter(self.terms))

    def bounded(self) -> Poly:
        """Itself. Raises TooLarge if it has too many terms."""
        if len(self.terms) > LONGEST:
            raise TooLarge("the polynomial is too long")
        return self

    @property
    def constant(self) -> Number | None:
        """Its value, if it is a number."""
        if not self.terms:
            return 0
        return self.terms[0] if len(self.terms) == 1 and 0 in self.terms else None

    @property
    def key(self) -> Key:
        """What it is, hashable."""
        return frozenset(self.terms.items())


def total(polynomials: Iterable[Poly], effort: Effort) -> Poly:
    """The sum."""
    terms: Terms = {}
    get = terms.get
    degree = 0
    for p in polynomials:
        degree = max(degree, p.degree)
        for m, c in p.terms.items():
            terms[m] = get(m, 0) + c
    return Poly(effort, {m: tidy(c) for m, c in terms.items() if c}, degree).bounded()


def tidy(c: Number) -> Number:
    """c, as an int where it is whole."""
    return c.numerator if isinstance(c, Fraction) and c.denominator == 1 else c


def factors(monomial: int) -> Iterator[tuple[int, int]]:
    """The generators in a monomial, in order, with their exponents."""
    index = 0
    while monomial:
        skip = ((monomial & -monomial).bit_length() - 1) // BITS
        index, monomial = index + skip, monomial >> (BITS * skip)
        yield index, monomial & FIELD
        monomial >>= BITS
        index += 1
