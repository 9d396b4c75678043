"""One submission, marked: an answer by its result, a derivation by its result and its lines."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from matcalc.check.answer_key import AnswerKey, answer_key
from matcalc.check.answers import checked_answer
from matcalc.check.derivations import check_derivation
from matcalc.check.texts import written
from matcalc.errors import MatcalcError
from matcalc.syntax import parse

_EMPTY = "the submission is empty"


class Assignment(NamedTuple):
    """A problem that is graded, as plain text, so that other processes can have it. `title` tells it from others."""

    title: str
    source: str
    wrt: str
    convention: str = "projected"
    shapes: tuple[str, ...] = ()
    language: str = ""
    time_limit: float = 10.0


class Mark(NamedTuple):
    """The verdict on a submission: the `kind` of the result, what was read, where it goes wrong and what is said.

    `right` of `lines` lines of a derivation are right, or follow from a wrong one. `where`: characters of the text.
    """

    kind: str
    read: str = ""
    message: str = ""
    where: tuple[int, int] | None = None
    hints: tuple[str, str, str] = ("", "", "")
    right: int = 0
    lines: int = 0

    @property
    def readable(self) -> bool:
        """False if it used no attempt up."""
        return self.kind not in ("unreadable", "timeout")


@lru_cache(maxsize=64)
def prepared(assignment: Assignment) -> AnswerKey:
    """The truth, and the points of comparison: made once in a process."""
    program = parse(assignment.source, assignment.shapes, language=assignment.language)
    return answer_key(program, assignment.wrt, assignment.convention, assignment.time_limit)


def marked(assignment: Assignment, text: str) -> Mark:
    """The mark of a submission. Raises MatcalcError only for the assignment."""
    truth = prepared(assignment)
    if not text.strip():
        return Mark("unreadable", message=_EMPTY)
    names = {f"d{name}" for name in truth.program.names}
    try:
        stated = written(text, truth.program.names).statements
    except MatcalcError:
        stated = ()
    lefts = [re.sub(r"[\s&{}\\]|mathrm|operatorname", "", chain.left) for chain in stated]
    if not names & set(lefts):
        return _of_answer(truth, text, 0, len(text))
    found = _of_lines(truth, text)
    results = [chain for chain, left in zip(stated, lefts, strict=True) if left not in names]
    if not results:
        return found
    last = results[-1]
    result = _of_answer(truth, text, last.start, max(claim.end for claim in last.rights))
    return result._replace(right=found.right, lines=found.lines) if result.readable else found


def _of_answer(truth: AnswerKey, text: str, start: int, end: int) -> Mark:
    verdict = checked_answer(truth, text[start:end])
    where = None if verdict.ok or not verdict.where else (verdict.where[0] + start, verdict.where[1] + start)
    hints = verdict.hint(1), verdict.hint(2), verdict.hint(3)
    return Mark(verdict.kind, verdict.read, verdict.said, where, hints)


def _of_lines(truth: AnswerKey, text: str) -> Mark:
    # A derivation that states no result has the kind of its first wrong line.
    try:
        report = check_derivation(truth.program, text, time_limit=truth.time_limit)
    except MatcalcError as error:
        return Mark("unreadable", message=str(error))
    judged = [line for line in report.lines if line.status in ("right", "wrong", "follows")]
    right = sum(line.ok for line in judged)
    if not judged:
        return Mark("unreadable", message="nothing here could be judged")
    if not report.bad:
        return Mark("other", message="the lines are right, and no result is stated", right=right, lines=len(judged))
    first = report.bad[0]
    said = f"line {first.number} does not follow: {first.message}"
    hints = (f"Look at line {first.number}.", f"Look at line {first.number}. {first.rule}", said)
    return Mark(first.kind or "other", "", said, first.span, hints, right, len(judged))
