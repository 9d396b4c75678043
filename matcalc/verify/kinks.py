"""Kinks: on which sides of them points have been.

A formula may be right on one side of a kink and wrong on the other, so points are of use only where they fell.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.expr import Node, Term
from matcalc.meaning import order
from matcalc.operators import INDICATOR_MAX, INDICATOR_MIN, LARGEST, SMALLEST
from matcalc.verify.points import Point, Trial
from matcalc.verify.traits import trait


def kinked(nodes: Sequence[Node]) -> list[Term]:
    """The terms with a kink that the nodes need."""
    return [node for node in order(nodes) if isinstance(node, Term) and trait(node).kink]


EXTREMES = {LARGEST: 1, INDICATOR_MAX: 1, SMALLEST: -1, INDICATOR_MIN: -1}
"""Operators that are another formula for every place where the largest (the smallest) entry may stand."""


SHOWN = {"step_ge": "max", "largest": "max", "indicator_max": "max", "smallest": "min", "indicator_min": "min"}
"""What kinks are called, where it is not by the operator's name."""


class Sides:
    """Where the entries before each kink have been, over all points that were recorded."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._terms = kinked(nodes)
        self._seen: dict[tuple[Term, int, int], set[object]] = {}

    def record(self, trial: Trial, point: Point) -> None:
        """Note on which side of every kink `point` lies."""
        for term in self._terms:
            a, *rest = trial.at(term.args, point)
            if term.op in EXTREMES:
                places = [(EXTREMES[term.op] * x, i, j) for i, row in enumerate(a) for j, x in enumerate(row)]
                if len(places) > 1:
                    self._seen.setdefault((term, 0, 0), set()).add(max(places)[1:])
                continue
            for i, row in enumerate(a):
                for j, x in enumerate(row):
                    u = x - rest[0][i][j] if rest else x
                    if u > 0 or u < 0:
                        self._seen.setdefault((term, i, j), set()).add(bool(u > 0))

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the kinks of which one side only was seen, at some entry."""
        names = {t.op.function or t.op.name: None for (t, _, _), sides in self._seen.items() if len(sides) == 1}
        return tuple(SHOWN.get(name, name) for name in names)

    def __str__(self) -> str:
        return f"one side only of the kink of {', '.join(dict.fromkeys(self.missing))} was seen" if self.missing else ""
