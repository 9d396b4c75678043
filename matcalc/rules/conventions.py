"""CONVENTIONS: what the gradient is with respect to a variable that has structure.

"projected" (the default) is the orthogonal projection of the free gradient G onto the variable's structure, the only
matrix in it with dJ = G : dX for every structured dX; "entries" differentiates by the independent entries, as in
Magnus & Neudecker, 3.8, and the Cookbook (137)-(138); "free" ignores the structure.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matcalc.operators import DIAG, DIAGONAL, T, minus, number, plus, scale, term
from matcalc.rewrite import Rule
from matcalc.rules.slots import matrix

G, P = matrix("G", "n", "n"), matrix("P", "n", "n")  # P is what is asked for, in terms of the free gradient G
_half = number(Fraction(1, 2))
_diagonal = term(DIAG, term(DIAGONAL, G))

NAMES = ("projected", "entries", "free")
CONVENTIONS: Mapping[str, Mapping[str, Rule]] = {
    "projected": {
        "diagonal": Rule("projection onto diagonal matrices", P, _diagonal),
        "symmetric": Rule("projection onto symmetric matrices", P, scale(_half, plus(G, T(G)))),
        "skew": Rule("projection onto skew matrices", P, scale(_half, minus(G, T(G)))),
    },
    "entries": {
        "diagonal": Rule("independent entries of a diagonal matrix", P, _diagonal),
        "symmetric": Rule(
            "independent entries of a symmetric matrix",
            P,
            minus(plus(G, T(G)), _diagonal),
            source="Cookbook (138)",
        ),
        "skew": Rule("independent entries of a skew matrix", P, minus(G, T(G))),
    },
    "free": {},
}
UNSTRUCTURED = frozenset({"constant", "positive", "invertible", "binary", "onehot"})
"""Attributes of a variable that do not change its gradient's form: they bound its entries, or exclude a null set."""
