"""Are two formulas of a derivation the same? Decided by the judge, each question once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from matcalc.check.answer_key import DOUBTFUL
from matcalc.check.samples import Samples, differs
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node
from matcalc.verify import Verification, equal

LIMIT = 4.0
"""Seconds for one question."""


@dataclass
class Judge:
    """Answers whether formulas are equal, and remembers what it was asked. `left`: seconds for all questions."""

    left: float = 60.0
    seed: int = 0
    _seen: dict[tuple[Node, Node], float | None] = field(default_factory=dict)
    _known: dict[tuple[Node, Node], Verification] = field(default_factory=dict)

    def same(self, a: Node, b: Node) -> bool | None:
        """Whether they are equal; None where that was not found out."""
        if a is b:
            return True
        if a.shape != b.shape:
            return False
        worst = self._sampled(a, b)
        if worst is not None and worst > DOUBTFUL:
            return False
        found = self.verdict(a, b)
        return worst == 0.0 or None if found.status == "skipped" else found.ok

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Counts the seconds of what is done inside."""
        start = monotonic()
        try:
            yield
        finally:
            self.left -= monotonic() - start

    def verdict(self, a: Node, b: Node) -> Verification:
        """The finding about two formulas of one shape."""
        if (a, b) not in self._known:
            if self.left <= 0:
                return Verification("skipped", detail="the time for this derivation is over")
            with self.timed():
                self._known[a, b] = self._asked(a, b)
        return self._known[a, b]

    def _sampled(self, a: Node, b: Node) -> float | None:
        """By how much they differ at a few points, as a share; None where there are no points.

        That sorts out nearly all that is wrong, and decides where the judge finds no answer in its time.
        """
        if (a, b) not in self._seen:
            with self.timed():
                try:
                    points = Samples([a, b], self.seed).points
                    self._seen[a, b] = max(differs(p.at(a), p.at(b)) for p in points)
                except (MatcalcError, ValueError, ArithmeticError):
                    self._seen[a, b] = None
        return self._seen[a, b]

    def _asked(self, a: Node, b: Node) -> Verification:
        try:
            return equal(a, b, time_limit=min(LIMIT, self.left), seed=self.seed)
        except UnsupportedError as error:
            return Verification("skipped", detail=error.message)
