"""THEMES: groups of rows, loaded when a program uses one of their operators; an operator's row names its theme."""

from __future__ import annotations

from collections.abc import Collection

from matcalc import operators as ops
from matcalc.rewrite import Theme


def _theme(family: str) -> Theme:
    return Theme(f"matcalc.rules.{family}", [op for op in ops.TABLE.values() if op.family == family])


STATISTICS, KRONECKER, PARTS, SPECTRAL = THEMES = tuple(map(_theme, ("statistics", "kronecker", "parts", "spectral")))


def know(found: Collection[ops.Operator]) -> None:
    """Load the themes of a program's operators: their rows may have other operators at the root."""
    for theme in THEMES:
        if not theme.operators.isdisjoint(found):
            theme.entered = True
