"""What is known of a named intermediate that is differentiated by: it leaves the values that its definition can take.

Q = A C of orthogonal A and C is orthogonal, and Q + dQ is not. The words stand among the attributes of the symbol while
the derivation lasts; nobody declares or sees them.
"""

from __future__ import annotations

from collections.abc import Mapping

from matcalc.expr import Symbol

VARIED = "varied"
VARIED_SYMMETRIC = "varied symmetric"
"""The same where an operator asks for a symmetric matrix: it stays one."""
KEPT: Mapping[str, frozenset[str]] = {
    VARIED: frozenset({"positive", "invertible"}),
    VARIED_SYMMETRIC: frozenset({"positive", "invertible", "symmetric", "psd", "pd"}),
}
"""Which attributes of its definition a name keeps when it is varied a little."""


def kept(symbol: Symbol, attributes: frozenset[str]) -> frozenset[str]:
    """What holds of the name of an expression with these attributes."""
    for word in KEPT.keys() & symbol.attributes:
        attributes &= KEPT[word]
    return attributes


def varied(symbol: Symbol) -> bool:
    """Is this a name that is differentiated by, apart from its definition?"""
    return not symbol.attributes.isdisjoint(KEPT)
