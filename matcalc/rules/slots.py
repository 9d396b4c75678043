"""The letters that rows are written with. Dimensions named by letters are solved for when a row is matched."""

from __future__ import annotations

from typing import Any

from matcalc.dims import Dim
from matcalc.expr import Kind, Node, Operator, Slot, anything
from matcalc.operators import size_node
from matcalc.rewrite import RewriteRule


def matrix(name: str, rows: Dim = "n", columns: Dim = "m", kind: Kind = anything) -> Slot:
    """A rows×columns slot; kind as in `Slot`."""
    return Slot(name, (rows, columns), kind)


def vector(name: str, rows: Dim = "n", kind: Kind = anything) -> Slot:
    """A column."""
    return Slot(name, (rows, 1), kind)


def scalar(name: str, kind: Kind = anything) -> Slot:
    """A 1×1 slot."""
    return Slot(name, (1, 1), kind)


def quiet(name: str, lhs: Node, rhs: Node, **more: Any) -> RewriteRule:
    """A bookkeeping row, which the document folds into its neighbour."""
    return RewriteRule(name, lhs, rhs, quiet=True, **more)


def arguments(op: Operator) -> tuple[Node, ...]:
    """Slots for an operator's arguments by signature: A, B, … for arrays, s for a scalar, sizes by their letters."""
    letters, scalars = iter("ABCD"), iter("st")
    return tuple(
        size_node(argument.size)
        if argument.size
        else scalar(next(scalars))
        if argument.rows.dim == argument.columns.dim == 1
        else matrix(next(letters), argument.rows.dim, argument.columns.dim)
        for argument in op.signature.arguments
    )
