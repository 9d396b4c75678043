"""Several derivations as one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcalc.api.derivation import Derivation
from matcalc.api.jacobians import Jacobian
from matcalc.api.shown import Shown
from matcalc.checked import ARGUMENTS, checked
from matcalc.document import View
from matcalc.document.blocks import Document
from matcalc.document.composed import homework


@dataclass(frozen=True)
class Homework(Shown):
    """Several problems to hand in, in any format: `Homework([d, e]).to_pdf(title="Sheet 3", author="…")`."""

    problems: Sequence[Derivation | Jacobian]

    def __post_init__(self) -> None:
        ARGUMENTS["problems"].look("problems", self.problems)
        object.__setattr__(self, "problems", tuple(self.problems))

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        return homework([problem.document(view) for problem in self.problems], view)
