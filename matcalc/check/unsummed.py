"""Answers with an index that nothing binds: those of one sample, where the sum over all is meant."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from matcalc.check.formulas import free_letters
from matcalc.check.verdict import CREDIT, Verdict
from matcalc.errors import MatcalcError
from matcalc.syntax.languages import is_latex

MOST = 3
"""As many indices may be free."""


def without_sum(text: str, judged: Callable[[str], Verdict]) -> Verdict | None:
    """The verdict on a formula with a free index, of which the one under the sum over it is `judged`."""
    found = None
    with suppress(MatcalcError):
        claim, letters = free_letters(text)
        for letter in letters if len(letters) <= MOST else ():
            formula = text[claim.start : claim.end]
            summed = rf"\sum_{letter} \left({formula}\right)" if is_latex(text) else f"Σ_{letter} ({formula})"
            under = judged(text[: claim.start] + summed + text[claim.end :])
            said = f"the index {letter} is free: the sum over it is missing"
            where = claim.start, claim.end
            if under.ok:
                rule = "the objective is a sum over all samples, and so is its gradient"
                return Verdict("sum", text, where, said, rule, summed, score=CREDIT["sum"])
            if found is None and under.kind != "unreadable":
                said = f"{said}; and with it {under.said}"
                found = Verdict("other", text, where, said, under.rule, under.repaired, score=CREDIT["other"])
    return found
