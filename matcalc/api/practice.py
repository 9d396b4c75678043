"""Problems to practise on, and sheets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from matcalc.api.derivation import Derivation, derive
from matcalc.api.shown import Shown
from matcalc.check.exercises import tasks
from matcalc.checked import checked
from matcalc.document import View
from matcalc.document.blocks import Document
from matcalc.document.composed import worksheet
from matcalc.errors import UnsupportedError

MOST = 100
"""A sheet has at most so many problems."""


@dataclass(frozen=True)
class Worksheet(Shown):
    """Problems, and where it is `solved` their solutions behind them, in any format: `practice(…).to_pdf()`."""

    problems: Sequence[Derivation]
    solved: bool = True

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        return worksheet([problem.document(view) for problem in self.problems], self.solved, view)


@checked
def practice(topic: str, level: int = 1, seed: int = 0, *, count: int = 1, solved: bool = True) -> Worksheet:
    """Problems of a topic whose gradients are short: always the same for a seed, and each another.

    `topic`: "traces", "quadratic", "norms", "determinants", "symmetric", "entries" or "nets". `level`: 1 to 5, by the
    number of rules that the derivation uses. `count`: how many. Every solution is derived and proved. Raises
    UnsupportedError for a topic or a level that there is not, and where there are no more problems.

    >>> print(practice("traces", seed=4, solved=False).problems[0].program.source.splitlines()[-1])
    J = tr(A X B)
    """
    if not 1 <= count <= MOST:
        raise UnsupportedError(f"a sheet has 1 to {MOST} problems, not {count}")
    found = [derive(task.source, task.wrt) for task in islice(tasks(topic, level, seed), count)]
    return Worksheet(tuple(found), solved)
