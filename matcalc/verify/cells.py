"""Formulas with kinks, decided on all sets of sides (cells) that can be had together.

Which signs can be had together: conditions that are linear in their monomials, decided exactly.

A monomial is taken for a number of its own, so what is impossible here is impossible; what is not found so may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from matcalc.meaning import TooLarge
from matcalc.verify.generators import Relations
from matcalc.verify.polynomial import BITS, FIELD, Poly, Rational, Terms, by_power, factors, highest, tidy, total, used

Inequality: TypeAlias = tuple[Mapping[int, Rational], bool]
"""Σ coefficient × monomial > 0, or >= 0 if not strict. The monomial 0 is the number 1."""

Between: TypeAlias = Callable[[Fraction | None, Fraction | None], Fraction]

MOST = 150
"""Inequalitys that are looked at together."""


EndOf: TypeAlias = tuple[Terms, bool]
"""What is added to ± an unknown, and whether the sum is > 0 or >= 0."""


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
        for sign, best, found in ((-1, max, above), (1, min, below)):
            ends = [
                sign * sum(c * values.setdefault(m, between(None, None)) for m, c in terms.items() if m != unknown)
                for terms, _ in found
            ]
            bounds.append(best(map(Fraction, ends), default=None))
        low, high = bounds
        if low is not None and high is not None and low >= high:
            return None
        values[unknown] = between(low, high)
    return None if steps is None else values


def _without(conditions: Iterable[Inequality]) -> list[tuple[int, list[EndOf], list[EndOf]]] | None:
    # What bounds each monomial from below and from above, by those that come after it; None if it is impossible.
    # Fourier and Motzkin: what is above something, and what is below it, leave a condition without it.
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
        new = [(_sum(one, two), strict or also) for one, strict in above for two, also in below]


Row: TypeAlias = tuple[tuple[int, Fraction], ...]


def _scaled(terms: Mapping[int, Rational]) -> Row:
    size = max(abs(Fraction(c)) for c in terms.values())
    return tuple((m, c / size) for m, c in sorted(terms.items()))


def _next(rows: Sequence[Row]) -> int | None:
    # The monomial whose going away leaves the fewest conditions.
    signs: dict[int, list[int]] = {}
    for row in rows:
        for m, c in row:
            if m:
                signs.setdefault(m, [0, 0])[c > 0] += 1
    return min(signs, key=lambda m: signs[m][0] * signs[m][1], default=None)


def _sorted(known: Mapping[Row, bool], unknown: int) -> tuple[list[EndOf], list[EndOf], dict[Row, bool]]:
    # The conditions that bound `unknown` from below and from above, with 1 or -1 before it, and the others.
    above: list[EndOf] = []
    below: list[EndOf] = []
    others: dict[Row, bool] = {}
    for row, strict in known.items():
        c = next((c for m, c in row if m == unknown), None)
        if c is None:
            others[row] = strict
        else:
            (above if c > 0 else below).append(({m: e / abs(c) for m, e in row}, strict))
    return above, below, others


def _sum(one: Terms, two: Terms) -> Terms:
    total = dict(one)
    for m, c in two.items():
        total[m] = total.get(m, 0) + c
    return {m: c for m, c in total.items() if c}


SWITCHES = 3
"""Indicators in what stands before a kink of which every value is taken by itself."""
CELLS = 200
"""Sets of sides that are looked at in one decision, at most."""

WORK = 30_000
"""Terms of polynomials that are handled for it, at most."""


@dataclass(frozen=True)
class Made:
    """A generator, made `again` of other arguments than `args`."""

    again: Callable[..., Poly]
    args: tuple[Poly, ...]


class Cells(Relations):
    """Relations of which some generators are indicators: where something is positive."""

    def __init__(self, deadline: float, most: float) -> None:
        super().__init__(deadline, most)
        self._made: dict[int, Made] = {}
        """Of generators that stand for functions of what has pieces: what made them, and of what."""
        self._made_mask = 0
        self._apart = False
        self._before: dict[int, tuple[bool, Poly]] = {}
        """Of indicators: whether they are 1 where > 0 or >= 0, and what is."""

    def is_zero(self, p: Poly) -> bool:
        """True only if `p` is identically zero, on all sides of kinks that there are."""
        return super().is_zero(p) or self._by_pieces(self.reduced(p), super().is_zero)

    def _by_pieces(self, p: Poly, holds: Callable[[Poly], bool]) -> bool:
        # `_everywhere`, if that takes little; what is asked on the way is not taken apart once more.
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
        # True only if it holds of p on all sides of its kinks that can be had together.
        return next(self.open_cells(p, holds), None) is None

    def open_cells(self, p: Poly, holds: Callable[[Poly], bool], room: int = CELLS) -> Iterator[list[Inequality]]:
        """All sets of sides of the kinks of `p` that may be had together, where it does not hold of p.

        Raises TooLarge when more than `room` were looked at.
        """
        # The last indicator is decided first: what is before its kink has only earlier ones.
        stack: list[tuple[Poly, list[tuple[Poly, bool]]]] = [(p, [])]
        while stack:
            p, sides = stack.pop()
            if holds(p):
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
        # What is known of these, > 0 if strict and >= 0 if not, where no kink is left in them.
        decided = [
            (u.terms, strict or bool(u.terms and not self._pieced(u))) for u, strict in sides if not self._below(u)
        ]
        met = {m for terms, _ in decided for m in terms if self._positive(Poly(self.effort, {m: 1}, 0))}
        return [*decided, *(({m: 1}, True) for m in met)] if decided else []

    def _below(self, *polynomials: Poly) -> set[int]:
        # All indicators, and functions of them, that these need.
        found: set[int] = set()
        stack = list(polynomials)
        while stack:
            for i, _ in factors(used(stack.pop()) & (self.pieced_mask | self._made_mask)):
                if i not in found:
                    found.add(i)
                    stack += self._made[i].args if i in self._made else ()
        return found

    def _put(self, p: Poly, index: int, value: int) -> Poly:
        # p with 1 or 0 for an indicator, under functions, too.
        result = self._switched(p, index, value)
        for i, _ in factors(used(result) & self._made_mask):
            made = self._made.get(i)
            if made is not None and index in self._below(*made.args):
                there = made.again(*(self._put(a, index, value) for a in made.args))
                parts = by_power(result, i).items()
                result = total((Poly(self.effort, terms, p.degree) * there**e for e, terms in parts), self.effort)
        return self.reduced(result)

    def _nowhere_zero(self, p: Poly) -> bool:
        # True only if p is not zero on a whole side of any kink: a part of it is there on all of them.
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
        # An indicator in u, where there are so few that each of their values is taken by itself.
        found = [i for i, _ in factors(used(u) & self.pieced_mask) if self.generators[i].kind == "indicator"]
        return found[0] if 0 < len(found) <= SWITCHES else None

    def _switched(self, p: Poly, index: int, value: int) -> Poly:
        # p with 1 or 0 for an indicator.
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
