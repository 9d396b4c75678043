"""Which signs can be had together: conditions that are linear in their monomials, decided exactly.

A monomial is taken for a number of its own, so what is impossible here is impossible; what is not found so may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from matcalc.verify.polynomial import Rational, Terms

Condition: TypeAlias = tuple[Mapping[int, Rational], bool]
"""Σ coefficient × monomial > 0, or >= 0 if not strict. The monomial 0 is the number 1."""

MOST = 150
"""Conditions that are looked at together."""


def impossible(conditions: Iterable[Condition]) -> bool:
    """True only if no numbers satisfy all `conditions`.

    Fourier and Motzkin: what is above something, and what is below it, leave a condition without it.
    """
    known: dict[Row, bool] = {}
    new = list(conditions)
    while True:
        for terms, strict in new:
            if (strict and not terms) or (len(terms) == 1 and terms.get(0, 0) < 0):  # 0 > 0, or -1 >= 0
                return True
            if terms:
                row = _scaled(terms)
                known[row] = known.get(row, False) or strict
        unknown = _next(list(known))
        if unknown is None:
            return False
        above, below, known = _sorted(known, unknown)
        if len(known) + len(above) * len(below) > MOST:
            return False
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


def _sorted(
    known: Mapping[Row, bool], unknown: int
) -> tuple[list[tuple[Terms, bool]], list[tuple[Terms, bool]], dict[Row, bool]]:
    # The conditions that bound `unknown` from below and from above, with 1 or -1 before it, and the others.
    above: list[tuple[Terms, bool]] = []
    below: list[tuple[Terms, bool]] = []
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
