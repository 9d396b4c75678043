"""The letters that rows are written with. Dimensions named by letters are solved for when a row is matched."""

from __future__ import annotations

from matcalc.dims import Dim
from matcalc.expr import Node, Slot
from matcalc.rewrite import Rule


def matrix(name: str, rows: Dim = "n", columns: Dim = "m", kind: str = "any") -> Slot:
    """A rows×columns slot; kind as in `Slot`."""
    return Slot(name, (rows, columns), kind)


def vector(name: str, rows: Dim = "n", kind: str = "any") -> Slot:
    """A column."""
    return Slot(name, (rows, 1), kind)


def scalar(name: str, kind: str = "any") -> Slot:
    """A 1×1 slot."""
    return Slot(name, (1, 1), kind)


def quiet(name: str, lhs: Node, rhs: Node, **more: str) -> Rule:
    """A row of bookkeeping, folded into its neighbour when it is shown."""
    return Rule(name, lhs, rhs, quiet=True, **more)
