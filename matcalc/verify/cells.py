"""Decides formulas with kinks cell by cell. A cell is a set of sides of all kinks that some point can be on at once.

Whether a cell exists is decided exactly, from conditions that are linear in their monomials. Every monomial counts as
an unknown of its own. So a cell that is ruled out does not exist; one that is not ruled out may still not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from matcalc.meaning import TooLarge
from matcalc.verify.generators import Relations
from matcalc.verify.polynomial import BITS, FIELD, Poly, Rational, Terms, by_power, factors, highest, tidy, total, used

Inequality: TypeAlias = tuple[Mapping[int, Rational], bool]
"""Σ coefficient × monomial > 0, or >= 0 if not strict. The monomial 0 is the number 1."""

Between: TypeAlias = Callable[[Fraction | None, Fraction | None], Fraction]

MOST = 150
"""The most inequalities that are looked at together."""


EndOf: TypeAlias = tuple[Mapping[int, int], bool]
"""A bound of an unknown: a sum that contains the unknown, and whether the sum is > 0 or >= 0."""


def impossible(conditions: Iterable[Inequality]) -> bool:
    """True only if no numbers satisfy all `conditions`."""
    try:
        return _without(conditions) is None
    except TooLarge:
        return False


def inside(conditions: Iterable[Inequality], between: Between) -> dict[int, Fraction] | None:
    """Numbers that satisfy `conditions`, all strictly, by monomial; None if there are none. Raises TooLarge.

    `between` chooses a number between two bounds, either of which may be missing.
    """
    steps = _without(conditions)
    values = {0: Fraction(1)}
    for unknown, above, below in reversed(steps or ()):
        bounds: list[Fraction | None] = []
        for best, found in ((max, above), (min, below)):
            ends = [
                -sum(c * values.setdefault(m, between(None, None)) for m, c in terms.items() if m != unknown)
                / Fraction(terms[unknown])
                for terms, _ in found
            ]
            bounds.append(best(ends, default=None))
        low, high = bounds
        if low is not None and high is not None and low >= high:
            return None
        values[unknown] = between(low, high)
    return None if steps is None else values


def _without(conditions: Iterable[Inequality]) -> list[tuple[int, list[EndOf], list[EndOf]]] | None:
    # For each monomial its lower and its upper bounds in terms of later monomials; None for a contradiction.
    # Fourier-Motzkin elimination: a lower and an upper bound together give a condition without the monomial.
    known: dict[Row, bool] = {}
    new = list(conditions)
    steps: list[tuple[int, list[EndOf], list[EndOf]]] = []
    while True:
        for terms, strict in new:
            if (strict and not terms) or (len(terms) == 1 and terms.get(0, 0) < 0):  # 0 > 0, or -1 >= 0
                return None
            if terms:
                row = _scaled(terms)
                known[row] = known.get(row, False) or strict
        unknown = _next(list(known))
        if unknown is None:
            return steps
        above, below, known = _sorted(known, unknown)
        if len(known) + len(above) * len(below) > MOST:
            raise TooLarge("there are too many conditions")
        steps.append((unknown, above, below))
        new = [(_sum(unknown, one, two), strict or also) for one, strict in above for two, also in below]


Row: TypeAlias = tuple[tuple[int, int], ...]
"""A sum by monomial, in whole numbers without a common factor."""


def _scaled(terms: Mapping[int, Rational]) -> Row:
    times = lcm(*(c.denominator for c in terms.values()))
    whole = [(m, c.numerator * (times // c.denominator)) for m, c in sorted(terms.items())]
    shared = gcd(*(c for _, c in whole))
    return tuple((m, c // shared) for m, c in whole)


def _next(rows: Sequence[Row]) -> int | None:
    # The monomial whose elimination leaves the fewest conditions.
    signs: dict[int, list[int]] = {}
    for row in rows:
        for m, c in row:
            if m:
                signs.setdefault(m, [0, 0])[c > 0] += 1
    return min(signs, key=lambda m: signs[m][0] * signs[m][1], default=None)


def _sorted(known: Mapping[Row, bool], unknown: int) -> tuple[list[EndOf], list[EndOf], dict[Row, bool]]:
    # The conditions that bound `unknown` from below and from above, and the others.
    above: list[EndOf] = []
    below: list[EndOf] = []
    others: dict[Row, bool] = {}
    for row, strict in known.items():
        c = next((c for m, c in row if m == unknown), None)
        if c is None:
            others[row] = strict
        else:
            (above if c > 0 else below).append((dict(row), strict))
    return above, below, others


def _sum(unknown: int, one: Mapping[int, int], two: Mapping[int, int]) -> dict[int, int]:
    # A sum of multiples without the unknown, which has + in `one` and - in `two`.
    up, down = -two[unknown], one[unknown]
    total = {m: up * c for m, c in one.items()}
    for m, c in two.items():
        total[m] = total.get(m, 0) + down * c
    return {m: c for m, c in total.items() if c}


SWITCHES = 3
"""Up to so many indicators in the argument of a kink, each of their values is treated by itself."""
CELLS = 200
"""The most cells that one decision looks at."""

WORK = 30_000
"""The most terms of polynomials that one decision handles."""


@dataclass(frozen=True)
class Made:
    """How a generator was made of `args`; `again` makes it of others."""

    again: Callable[..., Poly]
    args: tuple[Poly, ...]


class Cells(Relations):
    """Relations in which some generators are indicators: 1 where something is positive, else 0."""

    def __init__(self, deadline: float, most: float) -> None:
        super().__init__(deadline, most)
        self._made: dict[int, Made] = {}
        """For generators that are functions of an argument with indicators: how they were made."""
        self._made_mask = 0
        self._apart = False
        self._before: dict[int, tuple[bool, Poly]] = {}
        """For each indicator (strict, u): it is 1 where u > 0, or where u >= 0 if not strict."""

    def is_zero(self, p: Poly) -> bool:
        """True only if `p` is identically zero in every cell."""
        return super().is_zero(p) or self._by_pieces(self.reduced(p), super().is_zero)

    def _by_pieces(self, p: Poly, holds: Callable[[Poly], bool]) -> bool:
        # `_everywhere` with limited work. Questions that come up on the way are not split into cells again.
        if self._apart or not self._in_pieces(p):
            return False
        self._apart = True
        most = self.effort.most
        self.effort.most = min(most, WORK)
        try:
            return self._everywhere(p, holds)
        except TooLarge:
            return False
        finally:
            self.effort.most = most - (min(most, WORK) - self.effort.most)
            self._apart = False

    def _everywhere(self, p: Poly, holds: Callable[[Poly], bool]) -> bool:
        # True only if `holds` is true of p in every cell.
        return next(self.open_cells(p, holds), None) is None

    def open_cells(self, p: Poly, holds: Callable[[Poly], bool], room: int = CELLS) -> Iterator[list[Inequality]]:
        """The cells in which `holds` is not true of `p`, each by its conditions. Raises TooLarge after `room` cells.

        The caller knows that `holds` is not true of `p` as a whole.
        """
        # The last indicator is decided first: the argument of its kink contains only earlier ones.
        stack: list[tuple[Poly, list[tuple[Poly, bool]]]] = [(p, [])]
        while stack:
            p, sides = stack.pop()
            if sides and holds(p):
                continue
            decided = self._decided(sides)
            if decided and impossible(decided):
                continue
            room -= 1
            if not room:
                raise TooLarge("there are too many sets of sides")
            pieces = [i for i in self._below(p, *(u for u, _ in sides)) if self.generators[i].kind == "indicator"]
            if not pieces:
                yield decided
                continue
            last = max(pieces)
            before = self._before.get(last)
            for value in (1, 0):
                there = [(self._put(u, last, value), strict) for u, strict in sides]
                if before is not None:
                    strict, u = before
                    there.append((u, strict) if value else (-u, not strict))
                stack.append((self._put(p, last, value), there))

    def _decided(self, sides: Sequence[tuple[Poly, bool]]) -> list[Inequality]:
        # Those of the conditions (u > 0 if strict, else u >= 0) that contain no kink any more.
        decided = [
            (u.terms, strict or bool(u.terms and not self._pieced(u))) for u, strict in sides if not self._below(u)
        ]
        met = {m for terms, _ in decided for m in terms if self._positive(Poly(self.effort, {m: 1}, 0))}
        return [*decided, *(({m: 1}, True) for m in met)] if decided else []

    def _below(self, *polynomials: Poly) -> set[int]:
        # The indicators, and the functions of indicators, in the polynomials.
        found: set[int] = set()
        stack = list(polynomials)
        while stack:
            for i, _ in factors(used(stack.pop()) & (self.pieced_mask | self._made_mask)):
                if i not in found:
                    found.add(i)
                    stack += self._made[i].args if i in self._made else ()
        return found

    def _put(self, p: Poly, index: int, value: int) -> Poly:
        # p with 1 or 0 in place of an indicator, also inside functions.
        result = self._switched(p, index, value)
        for i, _ in factors(used(result) & self._made_mask):
            made = self._made.get(i)
            if made is not None and index in self._below(*made.args):
                there = made.again(*(self._put(a, index, value) for a in made.args))
                parts = by_power(result, i).items()
                result = total((Poly(self.effort, terms, p.degree) * there**e for e, terms in parts), self.effort)
        return self.reduced(result)

    def _nowhere_zero(self, p: Poly) -> bool:
        # True only if p is not identically zero in any cell: it has a part without indicators.
        parts: dict[int, int] = {}
        indicators = self._indicator_mask
        for m in p.terms:
            free = m & ~indicators
            parts[free] = parts.get(free, 0) + (2 if m & indicators else 1)
        return any(count == 1 and not m & self.pieced_mask for m, count in parts.items())

    def _in_pieces(self, p: Poly) -> bool:
        return bool(used(p) & (self.pieced_mask | self._made_mask))

    def _note_made(self, value: Poly, made: Made) -> None:
        self._made[index_of(value)] = made
        self._made_mask |= value.only * FIELD

    def _pieced(self, p: Poly) -> bool:
        return bool(used(p) & self.pieced_mask)

    def _never_zero(self, value: Poly) -> bool:
        g = self.generators[index_of(value)]
        return g.kind == "inverse" or (g.positive and g.kind != "root")

    def _switch(self, u: Poly) -> int | None:
        # An indicator in u, if there are at most SWITCHES.
        found = [i for i, _ in factors(used(u) & self.pieced_mask) if self.generators[i].kind == "indicator"]
        return found[0] if 0 < len(found) <= SWITCHES else None

    def _switched(self, p: Poly, index: int, value: int) -> Poly:
        # p with 1 or 0 in place of an indicator.
        shift = BITS * index
        terms: Terms = {}
        for m, c in p.terms.items():
            e = m >> shift & FIELD
            if value or not e:
                m -= e << shift
                terms[m] = terms.get(m, 0) + c
        return Poly(self.effort, {m: tidy(c) for m, c in terms.items() if c}, p.degree)

    def _positive(self, p: Poly) -> bool:
        # Known to be positive (away from isolated zeros): positive coefficients on even or positive factors.
        return all(
            c > 0 and all(e % 2 == 0 or self.generators[i].positive for i, e in factors(m)) for m, c in p.terms.items()
        )


def index_of(p: Poly) -> int:
    """The number of the generator that a polynomial is."""
    return highest(p.only)
