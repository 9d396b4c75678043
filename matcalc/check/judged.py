"""Are two formulas of a derivation the same? Decided by the judge, each question once."""

from __future__ import annotations

from dataclasses import dataclass, field

from matcalc.errors import UnsupportedError
from matcalc.expr import Node
from matcalc.verify import Verification, equal

LIMIT = 6.0
"""Seconds for one question."""


@dataclass
class Judge:
    """Answers whether formulas are equal, and remembers what it was asked. `left`: seconds for all questions."""

    left: float = 60.0
    seed: int = 0
    _known: dict[tuple[Node, Node], Verification] = field(default_factory=dict)

    def same(self, a: Node, b: Node) -> bool | None:
        """Whether they are equal; None where that was not found out."""
        if a is b:
            return True
        if a.shape != b.shape:
            return False
        found = self.verdict(a, b)
        return None if found.status == "skipped" else found.ok

    def verdict(self, a: Node, b: Node) -> Verification:
        """The finding about two formulas of one shape."""
        from time import monotonic

        if (a, b) not in self._known:
            start = monotonic()
            if self.left <= 0:
                return Verification("skipped", detail="the time for this derivation is over")
            try:
                self._known[a, b] = equal(a, b, time_limit=min(LIMIT, self.left), seed=self.seed)
            except UnsupportedError as error:
                self._known[a, b] = Verification("skipped", detail=error.message)
            self.left -= monotonic() - start
        return self._known[a, b]
