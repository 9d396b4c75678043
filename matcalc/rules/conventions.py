"""CONVENTIONS: what the gradient is with respect to a variable that has structure.

"projected" (the default) is the orthogonal projection of the free gradient G onto the variable's structure, the only
matrix in it with dJ = G : dX for every structured dX (for an orthogonal X, onto the tangent space at X, which dX lies
in); "entries" differentiates by the independent entries, as in Magnus & Neudecker, 3.8, and the Cookbook (137)-(138);
"free" ignores the structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from matcalc import operators as ops
from matcalc.operators import T, matmul, minus, number, plus, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules.slots import matrix
from matcalc.rules.varied import KEPT

G, P = matrix("G", "n", "n"), matrix("P", "n", "n")  # P is what is asked for, in terms of the free gradient G
X = matrix("X", "n", "n")  # the variable
_half = number(Fraction(1, 2))
_diagonal = term(ops.DIAG, term(ops.DIAGONAL, G))

NAMES = ("projected", "entries", "free")
CONVENTIONS: Mapping[str, Mapping[str, RewriteRule]] = {
    "projected": {
        "diagonal": RewriteRule("projection onto diagonal matrices", P, _diagonal),
        "symmetric": RewriteRule("projection onto symmetric matrices", P, scale(_half, plus(G, T(G)))),
        "skew": RewriteRule("projection onto skew matrices", P, scale(_half, minus(G, T(G)))),
        "lower": RewriteRule("projection onto lower triangular matrices", P, term(ops.TRIL, G)),
        "upper": RewriteRule("projection onto upper triangular matrices", P, term(ops.TRIU, G)),
        "orthogonal": RewriteRule(
            "projection onto the tangent space of orthogonal matrices",
            P,
            scale(_half, minus(G, matmul(X, T(G), X))),
            source="Edelman, Arias & Smith 1998, 2.2",
        ),
    },
    "entries": {
        "diagonal": RewriteRule("independent entries of a diagonal matrix", P, _diagonal),
        "symmetric": RewriteRule(
            "independent entries of a symmetric matrix",
            P,
            minus(plus(G, T(G)), _diagonal),
            source="Cookbook (138)",
        ),
        "skew": RewriteRule("independent entries of a skew matrix", P, minus(G, T(G))),
        "lower": RewriteRule("independent entries of a lower triangular matrix", P, term(ops.TRIL, G)),
        "upper": RewriteRule("independent entries of an upper triangular matrix", P, term(ops.TRIU, G)),
    },
    "free": {},
}
"""By convention, then by structure. An orthogonal matrix has no entries that are independent, so no row."""
UNSTRUCTURED = frozenset({"constant", "positive", "invertible", "binary", "onehot", *KEPT})
"""Attributes of a variable that do not change its gradient's form: they bound its entries, or exclude a null set."""
AS: Mapping[str, str] = {"psd": "symmetric", "pd": "symmetric"}
"""Attributes of which a matrix keeps no more than another one where it is varied a little."""
BOTH: Mapping[frozenset[str], str] = {
    frozenset(pair): "diagonal"
    for pair in (
        ("lower", "upper"),
        ("symmetric", "lower"),
        ("symmetric", "upper"),
        ("diagonal", "symmetric"),
        ("diagonal", "lower"),
        ("diagonal", "upper"),
    )
}
"""What a matrix is that has two structures. Others exclude each other, but for single matrices or signs."""


def structure(attributes: Iterable[str]) -> str | None:
    """The one structure that the attributes of a variable come to: "" for none, None where there is no name for it."""
    found = {AS.get(attribute, attribute) for attribute in attributes if attribute not in UNSTRUCTURED}
    while len(found) > 1:
        one, two, *_ = sorted(found)
        both = BOTH.get(frozenset((one, two)))
        if both is None:
            return None
        found = (found - {one, two}) | {both}
    return next(iter(found), "")
