"""How programs and verdicts look in a notebook."""

from __future__ import annotations

from matcalc.shows import WRITERS
from matcalc.syntax.program import Program
from matcalc.verify.result import Verification

MARKS = {"proved": "✓", "agrees": "≈", "failed": "✗", "skipped": "?"}


def program(found: Program) -> str:
    """The program as it was understood."""
    from matcalc.document.assembly import problem
    from matcalc.document.writers.markdown import markdown

    return markdown(problem(found))


def verification(found: Verification) -> str:
    """The verdict and how it was found."""
    from matcalc.document.sentences import words
    from matcalc.document.writers.markdown import sentence

    return f"{MARKS[found.status]} {sentence(words(found.said()), found.functions)}\n"


WRITERS[Program] = program
WRITERS[Verification] = verification
