"""Builds the document of a derivation, of a Jacobian, of verdicts, or of the rule book. All formats share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.derive.lessons import Lesson, lessons
from matcalc.document import blocks as b
from matcalc.document import layouts
from matcalc.document.chains import chains
from matcalc.document.folding import ShownLine, Stretch, folded, gradient_shape
from matcalc.document.preface import preface
from matcalc.document.report import Judged, Report
from matcalc.document.sentences import (
    Phrases,
    conditions,
    defined,
    element,
    explanation,
    rule_row,
    spoken,
    statement,
    words,
)
from matcalc.document.view import View
from matcalc.expr import SCALAR, Node, Symbol, Term, postorder
from matcalc.rewrite import RewriteRule, Section
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.document.entrywise import Entries

_NO_RANGES: Mapping[str, tuple[Node, Node]] = {}


def derivation(report: Report) -> b.Document:
    """The problem, the derivation, the results, what they mean and need, and the proof."""
    build = _Build(report)
    names = (*report.program.names, *report.program.functions)
    blocks = tuple(build.blocks())
    kronecker = (report.view.entries or bool(report.parts)) and build.entries.kronecker
    return b.Document(build.say.title(), blocks, names, kronecker, report, report.view)


def problem(program: Program, by: Collection[str] = ()) -> b.Document:
    """A program as it was understood: definitions, what is given, names and shapes, notes. `by`: the variables."""
    of = program.objective
    given = (
        b.Equation(s, b.InForm("gradient", (of, s)), b.Displayed(g), b.extent(s, _NO_RANGES), True)
        for s, g in program.given
    )
    blocks = (
        b.Equations("definition", (*defined(program.definitions, _NO_RANGES), *given)),
        b.Names((), tuple(_names(program, by))),
        b.Sentences("note", tuple(map(words, program.notes))),
    )
    return b.Document((), blocks, (*program.names, *program.functions))


def verdicts(program: Program, found: Mapping[str, Judged], view: View) -> b.Document:
    """The verdict on each formula, by the name of its variable."""
    of, known = program.objective, program.names
    rows = tuple(
        b.FindingRow(
            (b.InForm("gradient", (of, known.get(name, b.FunctionName(name)))),),
            words(verdict.said()),
            verdict.status,
            (name, verdict),
        )
        for name, verdict in found.items()
    )
    return b.Document(
        ("Verification",), (b.Findings(rows, alone=True),), (*program.names, *program.functions), view=view
    )


def rulebook(
    rules: Iterable[tuple[str, RewriteRule]],
    used: Mapping[str, str],
    letters: Mapping[str, str],
    reasons: Mapping[str, str],
    derived: Sequence[Lesson] = (),
) -> b.Document:
    """Rules by chapter. `used`: where those of a chapter are used; `letters`: what the letters stand for.

    `derived`: rules that are shown with their own derivations.
    """
    chapters: dict[str, list[RewriteRule]] = {}
    for chapter, rule in rules:
        if rule.lhs is not rule.rhs:
            chapters.setdefault(chapter, []).append(rule)
    legend = b.Legend(tuple((letter, words(meaning)) for letter, meaning in letters.items()))
    found = [
        b.Chapter(words(title), words(used.get(title, "")), tuple(rule_row(rule, reasons) for rule in of))
        for title, of in chapters.items()
    ]
    blocks = (*([legend] if letters else []), *found, *_lessons(derived))
    return b.Document(("The rule book",), blocks)


def _lessons(derived: Sequence[Lesson]) -> Iterator[b.Block]:
    """The derivations of rules."""
    if derived:
        yield b.Heading(("How rules are derived",))
        yield b.Stages(tuple(map(_lesson, derived)), "lessons")
        remarks = tuple(words(f"{lesson.rule.name}: {lesson.remark}") for lesson in derived if lesson.remark)
        yield b.Sentences("lesson", remarks)


def _lesson(lesson: Lesson) -> b.Stage:
    section = Section("rule", Symbol(lesson.rule.name, SCALAR), lesson.steps)
    (stretch,) = folded((section,), ())
    rows = tuple(
        b.DerivationRow(
            row.number,
            None,
            b.Displayed(row.node),
            tuple(map(gradient_shape, row.terms)),
            tuple(words(name) for name in dict.fromkeys(rule.name for rule in row.rules)),
            tuple(map(statement, row.rules)),
            None,
            row,
        )
        for row in stretch.rows
    )
    return b.Stage(words(lesson.rule.name), (), (), rows, (), False, section)


class _Build:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.say = Phrases(report)

    @cached_property
    def entries(self) -> Entries:
        from matcalc.document.entrywise import Entries  # only where it is asked for

        return Entries(self.say)

    def blocks(self) -> Iterator[b.Block]:
        report = self.report
        yield from self.problem()
        if report.view.steps and report.stretches:
            yield b.Heading(("Derivation",))
            yield b.Sentences("preface", tuple(preface(self.say)))
            yield b.Stages(tuple(map(self.stage, report.stretches)))
        yield from self.results()
        if report.view.entries or report.parts:
            yield from self.entries.blocks()
        if report.chains:
            yield b.Heading(("The chain of Jacobians",))
            yield b.Chains(tuple(chains(report)))
        if report.view.steps:
            cited = [rule for _, rules in report.cited for rule in rules]
            yield b.Rules(b.Heading(("Rules used",)), tuple(rule_row(rule, report.reasons) for rule in cited))
            if report.view.explain:
                yield from _lessons([lesson for lesson in lessons("") if lesson.rule in cited])
        if report.record.conditions:
            yield b.Heading(("Holds where",))
            yield b.Sentences("condition", tuple(conditions(report.record.conditions)))
        if report.proofs:
            yield b.Heading(("Verification",))
            yield b.Findings(
                tuple(
                    b.FindingRow(self.say.derivatives(of), words(sentence), status)
                    for of, sentence, status in report.proofs
                )
            )

    def problem(self) -> Iterator[b.Block]:
        say, report, program = self.say, self.report, self.report.program
        of = program.objective
        yield b.Heading(("Problem",))
        given = (b.Equation(s, say.known(of, s), b.Displayed(g), say.extent(s), True) for s, g in program.given)
        yield b.Equations("definition", (*say.defined(program.definitions), *given))
        yield b.Names(say.asked(), tuple(_names(program, {s.name for s in report.wrt}, report.ranges)))
        yield b.Sentences("note", tuple(map(words, (*program.notes, *report.record.notes))))
        known = {s.name for s in program.definitions}
        named = [s for s in report.record.where if s.name not in known]
        if named:
            yield b.Heading(("Named intermediates",), 2)
            yield b.Equations("definition", say.defined(named))

    def stage(self, stretch: Stretch) -> b.Stage:
        say, section = self.say, stretch.section
        return b.Stage(
            say.heading(section),
            spoken(section.title),
            spoken(section.remark),
            tuple(self.row(stretch, row) for row in stretch.rows),
            tuple(say.hence(s, node) for s, node in stretch.results),
            stretch.continues,
            section,
        )

    def row(self, stretch: Stretch, row: ShownLine) -> b.DerivationRow:
        say = self.say
        return b.DerivationRow(
            row.number,
            None if row.number else say.lead(stretch.section),
            b.Displayed(row.node),
            say.shapes(row),
            say.reason(row),
            say.statements(row),
            self.entries.line(row.node) if self._by_line and not _typed(row.node) else None,
            row,
            self.explained(row),
        )

    @property
    def _by_line(self) -> bool:
        return self.report.view.entries and self.report.kind == "gradient"

    def explained(self, row: ShownLine) -> tuple[b.Words, ...]:
        """What a step does and why, in words, where that is asked for."""
        return (
            tuple(map(words, dict.fromkeys(map(self.report.sentence, row.rules)))) if self.report.view.explain else ()
        )

    def results(self) -> Iterator[b.Block]:
        report, say = self.report, self.say
        structured = tuple(say.structured())
        convention = f" ({report.convention})" if structured else ""
        yield b.Heading((layouts.heading(report) + convention,))
        yield b.Equations(report.kind, tuple(say.result(s, node) for s, node in report.results))
        if report.needed:
            yield b.Equations("definition", say.defined(report.needed), where=True)
        yield b.Sentences("structure", structured)
        yield b.Sentences("layout", tuple(layouts.sentences(say)))
        explained = tuple(map(explanation, report.explained(report.view.steps)))
        if explained:
            yield b.Heading(("Operators",), 2)
            yield b.Operators(explained)


def _names(
    program: Program, wanted: Collection[str] = (), ranges: Mapping[str, tuple[Node, Node]] = _NO_RANGES
) -> Iterator[b.Name]:
    for s in program.inputs:
        how = "inferred" if s.name in program.inferred else "declared"
        what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
        place = b.extent(s, ranges)
        yield b.Name(s, place, how, what, element(s, place), s)
    for name in program.functions:
        what = "function of the entries"
        yield b.Name(b.FunctionName(name), None, "unknown", what, (b.FunctionName(name), " acts on each entry"))
    of = program.objective
    if of.definition is None:
        what = "objective, of which a gradient is given"
        yield b.Name(of, b.Extent(of.shape), "unknown", what, (of, " an unknown function"))


def _typed(line: Node) -> bool:
    """Whether a line is in index notation as it stands."""
    return any(isinstance(n, Term) and n.op.letters for n in postorder(line))
