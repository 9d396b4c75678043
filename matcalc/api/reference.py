"""What belongs to no derivation, written in a format: the rule book, the notation, the verdicts on formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matcalc.api import notation as table
from matcalc.api.shown import Shown
from matcalc.checked import checked
from matcalc.derive.lessons import lessons
from matcalc.document import View, written
from matcalc.document.assembly import rulebook, verdicts
from matcalc.document.blocks import Document
from matcalc.document.report import Judged
from matcalc.errors import UnknownNameError
from matcalc.rules import book
from matcalc.rules.reasons import REASONS
from matcalc.syntax.program import Program


@checked
def rules(form: str = "text", *, name: str = "", ascii: bool = False, document: bool = False) -> str:
    """The rule book in a format: statement, source and condition of each rule, and the index sum for the colon.

    `name`: only the rules whose name holds it, and how they are derived where that is a lesson. `document`: a complete
    file of LaTeX or HTML rather than a fragment.
    """
    found = [(chapter, rule) for chapter, rule in book.chapters() if name.lower() in rule.name.lower()]
    derived = lessons(name) if name else []
    if not found and not derived:
        raise UnknownNameError(
            f"there is no rule called {name}", hint="`matcalc rules` lists those that there are", text=name
        )
    shown = rulebook(found, book.USED, {} if name else book.LETTERS, REASONS, derived)
    return written(replace(shown, view=View(ascii=ascii, document=document)), form)


def notation(form: str = "text", *, ascii: bool = False, document: bool = False) -> str:
    """What may be typed, in a format: statements, signs, functions."""
    return written(replace(table.notation(), view=View(ascii=ascii, document=document)), form)


@dataclass(frozen=True)
class Verdicts(Shown):
    """The verdicts on formulas, by the names of their variables."""

    program: Program
    found: Mapping[str, Judged]

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        return verdicts(self.program, self.found, view)
