"""The result of checking a derivation: a finding for each formula, and the first line that does not follow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from matcalc.check.corrected import corrected, crossing, in_own_names, short_enough
from matcalc.check.judged import Judge
from matcalc.check.missteps import misstep
from matcalc.check.parted import problem
from matcalc.check.sides import JudgedStep
from matcalc.check.stepwise import Stepwise, judged_steps
from matcalc.check.texts import WrittenDerivation
from matcalc.check.verdict import ABOUT, in_words, shapeless
from matcalc.checked import checked
from matcalc.errors import MatcalcError, ParseError, ShapeError
from matcalc.shows import Shows
from matcalc.syntax.languages import is_latex
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source
from matcalc.write import TEXT, stated
from matcalc.write.notations.latex import LATEX

_SAYS = {
    "right": "right",
    "wrong": "wrong",
    "follows": "follows",
    "defines": "a definition",
    "skipped": "skipped",
    "unreadable": "could not be read",
}


@dataclass(frozen=True)
class CheckedLine:
    """One formula of a derivation.

    `number`: its line in the text, from 1. `text`: the formula; `span`: from where to where in the text. `status`:
    "right", "wrong", "follows" (from the wrong line `since`, and right if that were), "defines", "skipped" or
    "unreadable". Of a wrong one, `kind` names the mistake, `rule` states the rule, `should` is how the formula should
    read, and `message` says all that in words.
    """

    number: int
    text: str
    status: str
    message: str = ""
    kind: str = ""
    rule: str = ""
    should: str = ""
    span: tuple[int, int] = (0, 0)
    since: int | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.status not in ("wrong", "unreadable")


def _named(line: CheckedLine) -> str:
    return f"{ABOUT.get(line.kind, ABOUT['other'])}. {line.rule}".strip()


@dataclass(frozen=True)
class DerivationReport(Shows):
    """A derivation, checked line by line. `str()` says what was found; `to_json()` is the same as data."""

    text: str
    lines: tuple[CheckedLine, ...]
    shown: str = field(default="", compare=False)

    @property
    def ok(self) -> bool:
        """Whether every line was read, none is wrong, and something was judged."""
        return all(line.ok for line in self.lines) and self.judged

    @property
    def judged(self) -> bool:
        """Whether something was judged: neither a definition alone nor what is skipped."""
        return any(line.status in ("right", "wrong") for line in self.lines)

    @property
    def bad(self) -> tuple[CheckedLine, ...]:
        """The lines that are wrong in themselves; those that follow from one are not among them."""
        return tuple(line for line in self.lines if line.status == "wrong")

    @property
    def first_bad(self) -> int | None:
        """The line of the text, from 1, that is the first not to follow."""
        return self.bad[0].number if self.bad else None

    @property
    def unreadable(self) -> tuple[CheckedLine, ...]:
        """The lines that could not be read."""
        return tuple(line for line in self.lines if line.status == "unreadable")

    def hint(self, level: int = 1) -> str:
        """A hint on the first line that does not follow: 1 which it is, 2 which rule, 3 the rule applied; or ""."""
        if not self.bad:
            return ""
        first = self.bad[0]
        if level >= 3:
            return f"Line {first.number} does not follow: {first.message}"
        return f"Look at line {first.number}." + (f" {_named(first)}" if level == 2 else "")

    def without_answer(self) -> DerivationReport:
        """The same report, without how the lines should read."""
        hidden = [replace(line, should="", message=_named(line)) if line.kind else line for line in self.lines]
        return replace(self, lines=tuple(hidden))

    def without_shapes(self) -> DerivationReport:
        """The same report, without what tells a shape or a domain."""
        hidden = [replace(line, message=shapeless(line.kind or "unreadable", line.message)) for line in self.lines]
        return replace(self, lines=tuple(hidden))

    def in_words(self, words: Mapping[str, str]) -> DerivationReport:
        """The same report in a teacher's own words: {"matrix": "operator"}, plurals as well."""
        said = [replace(line, message=in_words(line.message, words)) for line in self.lines]
        return replace(self, lines=tuple(said))

    def __str__(self) -> str:
        return "\n".join((*self._head(), "", *self._rows()))

    def _head(self) -> list[str]:
        if self.bad:
            first = self.bad[0]
            said = f"Line {first.number} does not follow: {first.message}"
            found = [said]
            if first.should:
                found.append(f"It should read: {first.should}")
            return found
        if self.unreadable:
            numbers = ", ".join(str(line.number) for line in self.unreadable)
            return [f"Could not be read: line {numbers}. Nothing else is wrong."]
        if not self.judged:
            return ["Nothing here could be judged."]
        several = sum(line.status == "right" for line in self.lines) > 1
        return ["Every line follows." if several else "The line is right."]

    def _rows(self) -> list[str]:
        width = max((len(str(line.number)) for line in self.lines), default=1)
        wide = max(map(len, _SAYS.values()))
        found = []
        for line in self.lines:
            says = _SAYS[line.status]
            head = f"{line.number:>{width}}  {says:<{wide}}  "
            found.append(f"{head}{' '.join(line.text.split())}".rstrip())
            below = " " * len(head)
            if line.status == "follows":
                found.append(f"{below}(from line {line.since})")
            elif line.message and line.status != "right":
                found += [f"{below}{part}" for part in line.message.splitlines()]
                found += [f"{below}rule: {line.rule}"] if line.rule else []
                if line.should:
                    found.append(f"{below}should read: {line.should}")
        return found

    def to_dict(self) -> Mapping[str, Any]:
        """The report as plain data."""
        return {
            "ok": self.ok,
            "first_bad": self.first_bad,
            "bad": [line.number for line in self.bad],
            "lines": [
                {
                    "number": line.number,
                    "text": line.text,
                    "status": line.status,
                    "message": line.message,
                    "kind": line.kind,
                    "rule": line.rule,
                    "should": line.should,
                    "span": list(line.span),
                    "since": line.since,
                }
                for line in self.lines
            ],
        }

    def to_json(self) -> str:
        """The report as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)


@checked
def check_derivation(source: str | Program, text: str = "", *, time_limit: float = 60.0) -> DerivationReport:
    """A reader's derivation, judged line by line: each against the one before, the first that does not follow named.

    `source` is the program, `text` the derivation; or one text has both, definitions, `given`s and the derivation.
    Differentials are judged as linear maps, gradients and values as `equal` judges them. After `time_limit` seconds the
    rest is skipped. Raises the errors of `parse` for the program, ParseError for a text without any formula; a line
    that cannot be read is in the report.

    >>> report = check_derivation("J = w' A w; A: n x n", "dJ = 2 w' A dw")
    >>> report.first_bad
    1
    """
    if not text and isinstance(source, str):
        source, text = "", source
    program, written = problem(source, text)
    if not written.statements:
        message = "there is no derivation here, only what is declared and defined"
        raise Source(text).error(ParseError, message, 0, hint="write a line such as dJ = G : dX")
    judge = Judge(left=float(time_limit))
    run = Stepwise(program, written, judge)
    steps = judged_steps(run)
    return DerivationReport(text, tuple(_line(run, written, steps, n) for n in range(len(steps))))


def _line(run: Stepwise, written: WrittenDerivation, steps: list[JudgedStep], n: int) -> CheckedLine:
    step = steps[n]
    start, end = step.claim.start, step.claim.end
    text = _typed(written, steps, n)
    found = CheckedLine(written.line(start), text, step.status, span=(start, end))
    if step.status == "unreadable" and step.error is not None:
        return _with(found, message=_pointed(written, step.error))
    if step.status == "skipped":
        return _with(found, message=step.detail)
    if step.status == "follows" and step.source is not None:
        return _with(found, since=written.line(step.source.claim.start))
    if step.status != "wrong":
        return found
    if step.detail:
        return _with(found, message=step.detail, kind="other")
    before = next((s for s in reversed(steps[:n]) if s.left is step.left and s.status in ("right", "defines")), None)
    should = corrected(run, step, before)
    shown = ""
    if should is not None:
        should = in_own_names(run, should)
        notation = LATEX if is_latex(written.text) else TEXT
        shown = stated(should, notation) if short_enough(should) else ""
    verdict = misstep(run, n, should)
    if verdict is None:
        nonconforming = isinstance(step.error, ShapeError)
        message = step.error.message if step.error is not None else "it is not equal to what it should be"
        return _with(found, message=message, kind="shape" if nonconforming else "other", should=_read(step, shown))
    said = verdict.said.replace("the answer", "the formula").replace("the gradient", "what it should be")
    said = _joined(run, said)
    kind = {"layout": "transpose"}.get(verdict.kind, verdict.kind)
    if kind == "shape":
        kind = next((finer for end, finer in _FINER.items() if said.endswith(end)), kind)
    if should is not None and kind in ("side", "transpose", "shape"):
        said = "; ".join(filter(None, (said, crossing(run, step, before, should))))
    return _with(
        found,
        message=said,
        kind=kind,
        rule=verdict.rule,
        should=_read(step, shown if shown and kind in _WHOLE else _joined(run, verdict.repaired) or shown),
        span=verdict.where or found.span,
    )


def _read(step: JudgedStep, formula: str) -> str:
    left = step.left
    if (
        left is not None and left.letters and left.by is not None and left.of is not None
    ):  # an entry is mended as a whole
        return f"d{left.of.name}/d{left.by.name} = {formula}" if formula else ""
    return f"{step.stated} = {formula}" if formula else ""


_FINER = {"in the other order": "side", "transposed": "transpose", "without the transpose": "transpose"}
"""The mistake in a formula that does not conform, by the change that mends it."""
_WHOLE = ("side", "transpose", "shape", "factor", "sign")
"""Kinds for which the whole formula is shown as it should be, and not the reader's own with one part replaced."""


def _joined(run: Stepwise, said: str) -> str:
    """A text in which increments stand as they are typed: dX, where a formula has d X as one name."""
    names = "|".join(map(re.escape, sorted(run.world().known(), key=len, reverse=True)))
    return re.sub(rf"\bd (?=(?:{names})(?!\w))", "d", said)


def _with(line: CheckedLine, **changes: Any) -> CheckedLine:
    return replace(line, **changes)


def _typed(written: WrittenDerivation, steps: list[JudgedStep], n: int) -> str:
    """The formula with what stands on its left, or = in a chain."""
    claim = steps[n].claim
    formula = written.text[claim.start : claim.end]
    first = n == 0 or steps[n - 1].left is not steps[n].left or steps[n].left is None
    return f"{claim.left} = {formula}" if first and claim.left and not claim.chained else f"= {formula}"


def _pointed(written: WrittenDerivation, error: MatcalcError) -> str:
    """The error with its caret in the text as it was typed."""
    if error.line is not None and error.column is not None:
        lines = written.formulas.split("\n")[: error.line - 1]
        at = sum(len(line) + 1 for line in lines) + error.column - 1
        pointed = Source(written.text).error(type(error), error.message, at, at + len(error.text), hint=error.hint)
        return str(pointed)
    return str(error)
