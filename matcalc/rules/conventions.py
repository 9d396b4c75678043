"""CONVENTIONS: the gradient with respect to a structured variable.

"projected" (the default): the orthogonal projection of the free gradient G onto the structure. It is the only matrix
with that structure that satisfies dJ = G : dX for every structured dX. For an orthogonal X the projection is onto the
tangent space at X. "entries": derivatives by the independent entries, as in Magnus & Neudecker, 3.8, and the Cookbook
(137)-(138). "free": the structure is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from matcalc import operators as ops
from matcalc.operators import T, matmul, minus, number, plus, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rewrite.varied import KEPT
from matcalc.rules.slots import matrix

G, P = matrix("G", "n", "n"), matrix("P", "n", "n")  # P: the gradient asked for; G: the free gradient
X = matrix("X", "n", "n")  # the variable
_half = number(Fraction(1, 2))
_diagonal = term(ops.DIAG, term(ops.DIAGONAL, G))

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
            "independent entries of a symmetric matrix", P, minus(plus(G, T(G)), _diagonal), source="Cookbook (138)"
        ),
        "skew": RewriteRule("independent entries of a skew matrix", P, minus(G, T(G))),
        "lower": RewriteRule("independent entries of a lower triangular matrix", P, term(ops.TRIL, G)),
        "upper": RewriteRule("independent entries of an upper triangular matrix", P, term(ops.TRIU, G)),
    },
    "free": {},
}
"""By convention, then by structure. "entries" has no row for orthogonal matrices: their entries are not independent."""
UNSTRUCTURED = frozenset({"constant", "positive", "invertible", "binary", "onehot", *KEPT})
"""Attributes that do not change the form of a variable's gradient: they bound its entries, or exclude a null set."""
AS: Mapping[str, str] = {"psd": "symmetric", "pd": "symmetric"}
"""Attributes that add no constraint on dX beyond that of another attribute."""
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
"""Pairs of structures that a matrix can have, and the resulting structure. Most other pairs exclude each other."""


def structure(attributes: Iterable[str]) -> str | None:
    """The single structure that the attributes amount to: "" for none, None if it has no name."""
    found = {AS.get(attribute, attribute) for attribute in attributes if attribute not in UNSTRUCTURED}
    while len(found) > 1:
        one, two, *_ = sorted(found)
        both = BOTH.get(frozenset((one, two)))
        if both is None:
            return None
        found = (found - {one, two}) | {both}
    return next(iter(found), "")
