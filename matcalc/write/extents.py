"""A size that is a polynomial: n m, n + m - 1, n (n + 1)/2."""

from __future__ import annotations

from collections.abc import Callable

from matcalc.dims import Dim, DimSum, over
from matcalc.write.pieces import Notation, Piece


def polynomial(dim: DimSum, notation: Notation, written: Callable[[Dim], Piece]) -> Piece:
    """Positive terms first, numbers last, each monomial its coefficient and its names; `written` writes the parts."""
    names, rest, below = over(dim)
    if below != 1:
        return notation.build("over_tight", notation.chain([*map(written, names), written(rest)]), written(below))
    pieces = []
    for monomial, count in sorted(dim.terms, key=lambda term: (not term[0], term[1] < 0, -len(term[0]))):
        factors = [*map(written, monomial)]
        if abs(count) != 1 or not factors:
            factors.insert(0, written(abs(count.numerator)))
        pieces.append((count < 0, notation.chain(factors)))
    negative, first = pieces[0]
    if negative:
        pieces[0] = (False, notation.build("minus", first))
    return notation.sum(pieces) if len(pieces) > 1 else pieces[0][1]
