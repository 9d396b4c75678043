"""Attributes of a named intermediate that is differentiated by: it may leave the set of values of its definition.

Q = A C is orthogonal if A and C are, but Q + dQ is not. The words below are attributes of the symbol during the
derivation; users neither declare nor see them.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.expr import Symbol

VARIED = "varied"
VARIED_SYMMETRIC = "varied symmetric"
"""The same, if an operator requires a symmetric matrix: the name stays symmetric."""
KEPT: Mapping[str, frozenset[str]] = {
    VARIED: frozenset({"positive", "invertible"}),
    VARIED_SYMMETRIC: frozenset({"positive", "invertible", "symmetric", "psd", "pd"}),
}
"""Which attributes of its definition a name keeps while it varies."""


def kept(symbol: Symbol, attributes: frozenset[str]) -> frozenset[str]:
    """The attributes of the name of an expression that has these attributes."""
    for word in KEPT.keys() & symbol.attributes:
        attributes &= KEPT[word]
    return attributes


def varied(symbol: Symbol) -> bool:
    """Whether the symbol is a name that is differentiated by, independently of its definition."""
    return not symbol.attributes.isdisjoint(KEPT)
