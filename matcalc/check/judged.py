"""Are two formulas of a derivation the same? Decided by the judge, each question once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

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

    def _asked(self, a: Node, b: Node) -> Verification:
        try:
            return equal(a, b, time_limit=min(LIMIT, self.left), seed=self.seed)
        except UnsupportedError as error:
            return Verification("skipped", detail=error.message)
