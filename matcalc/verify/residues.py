"""Evaluates polynomials at random points modulo a prime, to find quickly that one is not zero.

Every generator gets a residue that satisfies its relation: r with r q = 1, s with s^n = u, h with h² = h. An element
that is zero by those relations is zero at every such point. So one that is not zero at some point is not zero, and the
long decision is saved. A zero at these points proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from random import Random

from matcalc.verify.polynomial import Generator, Poly, factors

PRIME = (1 << 61) - 45
"""p ≡ 3 mod 4 and p ≡ 2 mod 3: half of all residues are squares, and each square is the 12th power of a square."""
LANES = 6
"""The number of points. A point is lost if a root or a reciprocal does not exist there."""


REMEMBERED = 20_000
"""Monomials of which a lane keeps the residue; the same ones are met again and again."""


class Lane:
    """The residues of generators, and of monomials, at one point."""

    def __init__(self) -> None:
        self.generators: list[int] = []
        self._monomials: dict[int, int] = {}

    def monomial(self, m: int) -> int:
        """The residue of a monomial."""
        known = self._monomials.get(m)
        if known is None:
            known = 1
            for index, exponent in factors(m):
                g = self.generators[index]
                known = known * (g if exponent == 1 else pow(g, exponent, PRIME)) % PRIME
            if len(self._monomials) >= REMEMBERED:
                self._monomials.clear()
            self._monomials[m] = known
        return known

    def value(self, p: Poly) -> int | None:
        """The residue of `p`; None where a denominator is a multiple of the prime."""
        p.effort.work(len(p.terms))
        total = 0
        for m, c in p.terms.items():
            if isinstance(c, Fraction):
                if c.denominator % PRIME == 0:
                    return None
                c = c.numerator * pow(c.denominator, -1, PRIME)
            total += c % PRIME * self.monomial(m)
        return total % PRIME


class Residues:
    """The residues of a ring's generators at LANES points; None for a point that is lost."""

    def __init__(self) -> None:
        self._lanes: list[Lane | None] = [Lane() for _ in range(LANES)]
        self._rng = Random(1)

    def nonzero(self, p: Poly, generators: Sequence[Generator]) -> bool:
        """True if `p` is certainly not zero. False says nothing."""
        self._grow(generators)
        lane = next((lane for lane in self._lanes if lane is not None), None)
        return lane is not None and lane.value(p) not in (0, None)

    def _grow(self, generators: Sequence[Generator]) -> None:
        for k, lane in enumerate(self._lanes):
            while lane is not None and len(lane.generators) < len(generators):
                value = self._residue(generators[len(lane.generators)], lane)
                if value is None:
                    self._lanes[k] = lane = None
                else:
                    lane.generators.append(value)

    def _residue(self, g: Generator, lane: Lane) -> int | None:
        if g.kind == "indicator":
            return self._rng.randrange(2)
        if g.of is None:
            return self._rng.randrange(2, PRIME)
        of = lane.value(g.of)
        if not of:
            return of if g.kind == "root" else None
        if g.kind == "inverse":
            return pow(of, -1, PRIME)
        if 12 % g.n or pow(of, (PRIME - 1) // 2, PRIME) != 1:
            return None
        # The number of squares is odd and no multiple of 3, so x -> x^n is invertible among them.
        return pow(of, pow(g.n, -1, (PRIME - 1) // 2), PRIME) * self._rng.choice((1, -1 if g.n % 2 == 0 else 1)) % PRIME
