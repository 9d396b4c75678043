"""Generators with relations between them, normal forms by these relations, and the decision whether one is zero."""

from __future__ import annotations

from collections.abc import Callable

from matcalc.verify.polynomial import (
    BITS,
    FIELD,
    TERM,
    Effort,
    Generator,
    Poly,
    Terms,
    by_power,
    divided,
    factors,
    highest,
    tidy,
    used,
    whole,
)
from matcalc.verify.residues import Residues

GENERATOR = 600
"""Bytes of a generator, and of its places in the tables."""


class Relations:
    """Polynomials in generators; a generator may have a relation to earlier ones."""

    def __init__(self, deadline: float, most: float) -> None:
        self.effort = Effort(deadline, most)
        self.generators: list[Generator] = []
        self.one = Poly(self.effort, {0: 1}, 0)
        self.zero = Poly(self.effort, {}, 0)
        self.by_key: dict[object, Poly] = {}
        self.pairs: dict[int, int] = {}
        """For each generator that is the inverse of a single generator, that generator."""
        self._residues = Residues()
        # The fields, in monomials, of kinds of generators.
        self.pair_mask = 0  # inverses of a generator
        self.inverse_mask = 0
        self.dependent_mask = 0  # all that depend on others
        self._bounded_mask = 0  # roots and indicators
        self._indicator_mask = 0
        self.pieced_mask = 0  # may be zero on a whole side of a kink: indicators, and functions of them
        self._related_mask = 0  # eliminated by their relation when a zero is decided

    def generator(self, key: object, make: Callable[[], Generator] = Generator) -> Poly:
        """The generator that stands for `key`, made when it is first asked for."""
        found = self.by_key.get(key)
        if found is None:
            new = make()
            index = len(self.generators)
            self.generators.append(new)
            self.effort.width = TERM + len(self.generators) * BITS // 8
            self.effort.held += GENERATOR
            found = self.by_key[key] = Poly(self.effort, {1 << (BITS * index): 1}, 1)
            if new.kind in ("root", "indicator"):
                self._bounded_mask |= FIELD << (BITS * index)
            if new.kind == "indicator":
                self._indicator_mask |= FIELD << (BITS * index)
                self.pieced_mask |= FIELD << (BITS * index)
            if new.kind != "free":
                self.dependent_mask |= FIELD << (BITS * index)
            if new.kind == "inverse":
                self.inverse_mask |= FIELD << (BITS * index)
            if new.of is not None:
                self._related_mask |= FIELD << (BITS * index)
        return found

    def free(self, key: object, *, positive: bool = False, indicator: bool = False) -> Poly:
        """An independent variable; an indicator takes the values 0 and 1."""
        return self.generator(key, lambda: Generator("indicator" if indicator else "free", positive=positive))

    def sign(self, key: object) -> Poly:
        """1 or -1."""
        return self.generator((key, "sign"), lambda: Generator("root", self.one, 2))

    def power_of(self, index: int, exponent: int) -> Poly:
        """A power of the generator that has this number."""
        return Poly(self.effort, {exponent << (BITS * index): 1}, exponent)

    # Normal forms.

    def reduced(self, p: Poly) -> Poly:
        """`p` after the relations of roots, indicators, and inverses of single generators."""
        if used(p) & self.pair_mask:
            p = self._cancelled(p)
        left = used(p) & self._bounded_mask
        while left:
            index = highest(left)
            lowered = self._lowered(p, index, self.generators[index])
            if lowered is not p:
                p = lowered
                left = used(p) & self._bounded_mask
            left &= (1 << BITS * index) - 1
        return p

    def _cancelled(self, p: Poly) -> Poly:
        total: Terms = {}
        for m, c in p.terms.items():
            for b, times in factors(m & self.pair_mask):
                a = self.pairs[b]
                shared = min(m >> (BITS * a) & FIELD, times)
                if shared:
                    m -= (shared << (BITS * a)) + (shared << (BITS * b))
            total[m] = total.get(m, 0) + c
        return Poly(self.effort, {m: tidy(c) for m, c in total.items() if c}, p.degree)

    def _lowered(self, p: Poly, index: int, g: Generator) -> Poly:
        # Lowers powers of a root below n, and powers of an indicator to 1.
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
        p = whole(self.reduced(p))
        if p.terms and self._residues.nonzero(p, self.generators):
            return False
        left = used(p) & self._related_mask
        while p.terms and left:
            index = highest(left)
            g = self.generators[index]
            if g.kind == "inverse":
                p = self._divided(p, index, g)
                p = self.cleared(p, index, g) if used(p) >> BITS * index & FIELD else p
            else:
                p = whole(self._lowered(p, index, g))
            left = used(p) & self._related_mask & ((1 << BITS * index) - 1)
        return not self.reduced(p).terms

    def _divided(self, p: Poly, index: int, g: Generator) -> Poly:
        # Σ c_k r^k, where r = 1/q: with c_k = s q + t, s is added to c_(k-1) and t stays. So fractions with different
        # denominators that vanish each by itself are never multiplied with one another.
        assert g.of is not None
        parts = by_power(p, index)
        zero: Terms = {}
        for k in range(max(parts), 0, -1):
            quotient, rest = divided(Poly(self.effort, parts.get(k, zero), p.degree), g.of)
            parts[k] = rest.terms
            parts[k - 1] = (Poly(self.effort, parts.get(k - 1, zero), p.degree) + quotient).terms
        terms = {m + (k << BITS * index): c for k, part in parts.items() for m, c in part.items()}
        return Poly(self.effort, terms, p.degree)

    def cleared(self, p: Poly, index: int, g: Generator) -> Poly:
        """Σ c_k r^k times q^D, where r = 1/q and D is the highest k."""
        assert g.of is not None
        parts = by_power(p, index)
        most = max(parts)
        total = self.zero
        for k in range(most + 1):
            total = (total * g.of if k else total) + Poly(self.effort, parts.get(k, {}), p.degree)
        return total
