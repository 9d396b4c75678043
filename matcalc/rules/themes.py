"""THEMES: subjects whose rows are entered when a program is about them; an operator's row says to which it belongs."""

from __future__ import annotations

from collections.abc import Collection

from matcalc import operators as ops
from matcalc.rewrite import Theme


def _theme(family: str) -> Theme:
    return Theme(f"matcalc.rules.{family}", [op for op in ops.TABLE.values() if op.family == family])


STATISTICS, KRONECKER, PARTS, SPECTRAL = THEMES = tuple(map(_theme, ("statistics", "kronecker", "parts", "spectral")))


def know(found: Collection[ops.Operator]) -> None:
    """Enter the themes of the operators that a program has: their rows may begin with other operators."""
    for theme in THEMES:
        if not theme.operators.isdisjoint(found):
            theme.entered = True
