"""Kinks: on which sides of them points have been.

A formula may be right on one side of a kink and wrong on the other, so points are of use only where they fell.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.expr import Node, Term
from matcalc.meaning import order
from matcalc.operators import MAX, MIN, STEP_GE
from matcalc.verify.points import Point, Trial

FUNCTIONS = frozenset(("abs", "sign", "step", "relu", "leaky_relu", "elu"))
"""Functions of the entries that are another formula on either side of 0."""
OPERATORS = frozenset((MAX, MIN, STEP_GE))
"""Operators that are another formula where their first operand is above the second."""


def kinked(nodes: Sequence[Node]) -> list[Term]:
    """The terms with a kink that the nodes need."""
    terms = [node for node in order(nodes) if isinstance(node, Term)]
    return [node for node in terms if node.op in OPERATORS or node.op.function in FUNCTIONS]


class Sides:
    """Where the entries before each kink have been, over all points that were recorded."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._terms = kinked(nodes)
        self._seen: dict[tuple[Term, int, int], set[bool]] = {}

    def record(self, trial: Trial, point: Point) -> None:
        """Note on which side of every kink `point` lies."""
        for term in self._terms:
            a, *rest = trial.at(term.args, point)
            for i, row in enumerate(a):
                for j, x in enumerate(row):
                    u = x - rest[0][i][j] if rest else x
                    if u > 0 or u < 0:
                        self._seen.setdefault((term, i, j), set()).add(bool(u > 0))

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the kinks of which one side only was seen, at some entry."""
        names = {t.op.function or t.op.name: None for (t, _, _), sides in self._seen.items() if len(sides) == 1}
        return tuple("max" if name == "step_ge" else name for name in names)

    def __str__(self) -> str:
        return f"one side only of the kink of {', '.join(dict.fromkeys(self.missing))} was seen" if self.missing else ""
