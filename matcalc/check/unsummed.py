"""Answers with an index that nothing binds: those of one sample, where the sum over all is meant."""

from __future__ import annotations

from contextlib import suppress

from matcalc.check.answer_key import AnswerKey
from matcalc.check.formulas import free_letters
from matcalc.check.verdict import CREDIT, Verdict
from matcalc.errors import MatcalcError
from matcalc.syntax.languages import is_latex


def without_sum(key: AnswerKey, text: str) -> Verdict | None:
    """The verdict where a formula with a free index is right under the sum over it."""
    with suppress(MatcalcError):
        claim, letters = free_letters(text)
        for letter in letters if len(letters) <= 3 else ():
            formula = text[claim.start : claim.end]
            summed = rf"\sum_{letter} \left({formula}\right)" if is_latex(text) else f"Σ_{letter} ({formula})"
            if _is_right(key, text[: claim.start] + summed + text[claim.end :]):
                said = f"the index {letter} is free: the sum over it is missing"
                rule = "the objective is a sum over all samples, and so is its gradient"
                where = claim.start, claim.end
                return Verdict("sum", text, where, said, rule, summed, score=CREDIT["sum"])
    return None


def _is_right(key: AnswerKey, text: str) -> bool:
    with suppress(MatcalcError):
        answer = key.read(text)
        target = key.target(answer)
        node = answer.read.node if answer.read is not None else None
        return node is not None and node.shape == target.shape and key.agrees(node, target)
    return False
