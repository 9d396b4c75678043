"""Builds the document of a derivation, of a Jacobian, of verdicts, or of the rule book. All formats share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from matcalc.derive.lessons import Lesson, lessons
from matcalc.document import blocks as b
from matcalc.document import layouts
from matcalc.document.chains import chains
from matcalc.document.folding import ShownLine, Stretch, folded, gradient_shape
from matcalc.document.glossary import explained
from matcalc.document.preface import preface
from matcalc.document.report import Judged, Report
from matcalc.document.sentences import (
    Phrases,
    conditions,
    defined,
    element,
    explanation,
    independent,
    jacobian,
    rule_row,
    said,
    statement,
    structured,
    words,
)
from matcalc.document.view import View
from matcalc.expr import SCALAR, Node, Symbol, Term, postorder
from matcalc.operators import COMMUTATION
from matcalc.rewrite import Condition, RewriteRule, Section
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.document.entrywise import Entries


class Hessians(NamedTuple):
    """The forms of a Hessian: as a map of a direction, and as a matrix, if it is short.

    `slope`: what it is the Jacobian of. `where`: the names in them. `halves`: as in a report. `verdicts`: on the map,
    and on the symmetry of the matrix.
    """

    direction: Symbol
    operator: Node
    matrix: Node | None
    slope: Symbol
    where: tuple[Symbol, ...] = ()
    curvature: tuple[Condition, ...] = ()
    halves: Mapping[Symbol, tuple[Node, Term]] = {}
    verdicts: tuple[Judged | None, Judged | None] = (None, None)


def commutes(symbol: Symbol) -> bool:
    """Whether the name is that of a commutation matrix."""
    return isinstance(symbol.definition, Term) and symbol.definition.op is COMMUTATION


_NO_RANGES: Mapping[str, tuple[Node, Node]] = {}


def derivation(report: Report) -> b.Document:
    """The problem, the derivation, the results, what they mean and need, and the proof."""
    build = _Build(report)
    names = (*report.program.names, *report.program.functions)
    blocks = tuple(build.blocks())
    kronecker = (report.view.entries or bool(report.parts)) and build.entries.kronecker
    return b.Document(build.say.title(), blocks, names, kronecker, report, report.view)


def homework(documents: Sequence[b.Document], view: View) -> b.Document:
    """Several problems on one page. What is said of all lines stands before the first of them, the rules at the end."""
    told: set[b.Words] = set()
    rules: dict[RewriteRule, b.RuleRow] = {}
    found: list[b.Block] = []
    for number, document in enumerate(documents, 1):
        blocks: list[b.Block] = []
        for block in document.blocks[1:]:  # the heading "Problem" gets a number
            if isinstance(block, b.Rules):
                rules.update((row.rule, row) for row in block.rows)
            elif isinstance(block, b.Sentences) and block.kind == "preface" and document.report is not None:
                blocks.append(block._replace(sentences=tuple(preface(Phrases(document.report), told))))
            else:
                blocks.append(block)
        found.append(b.Exercise((f"Problem {number}",), replace(document, blocks=tuple(blocks))))
    found.append(b.Rules(b.Heading(("Rules used",)), tuple(rules.values())))
    return b.Document(("Homework",), tuple(found), view=view)


def second_order(
    gradient: b.Document,
    onward: b.Document,
    program: Program,
    by: tuple[Symbol, Symbol],
    forms: Hessians,
    view: View,
    entries: b.IndexEquations | None = None,
) -> b.Document:
    """The gradient by the first of `by`, its Jacobian by the second, and what both make: the Hessian, in its forms."""
    rows = [
        b.Equation(by[0], left, b.Displayed(node), b.Extent(node.shape))
        for left, node in (
            (b.Beside(("H[", forms.direction, "]")), forms.operator),
            (Symbol("H", SCALAR), forms.matrix),
        )
        if node is not None
    ]
    of = " and ".join(symbol.name for symbol in dict.fromkeys(by))
    known = structured(forms.direction)
    among = (f", {known[1]}",) if known is not None else ()
    claims: list[b.Words] = [
        ("H[", forms.direction, "] is what the gradient changes by along ", forms.direction, *among)
    ]
    if forms.matrix is not None:
        claims += [independent(x, *half, forms.where) for x, half in forms.halves.items()]
        own = forms.halves.get(by[1], (None,))[0]
        what: b.Words = ("the gradient by ", by[0])
        if by[0] in forms.halves:
            what = ("the derivatives by ", forms.halves[by[0]][0])
        stacks = "; vec stacks columns" * (own is None and any(s.shape[1] != 1 for s in by))
        claims.append(("H = ", jacobian(forms.slope, by[1], "numerator", own), ", ", forms.slope, " ", *what, stacks))
    turns = " vec(A) = vec(A'): it turns stacked columns into stacked rows"
    claims += [(symbol, turns) for symbol in forms.where if commutes(symbol)]
    mixed = by[0] is not by[1]
    curved = tuple((*(() if mixed else ("H is ",)), *_said(claim)) for claim in forms.curvature)
    found = [] if view.steps else _problem(program, *by)
    if view.steps:
        again = words(
            f"the second differential, `d(d{program.objective.name}) = dG : d{by[0].name}` with the gradient "
            f"G: `d(d{by[0].name}) = 0`, as d{by[0].name} stays the same while {by[1].name} changes"
        )
        found += [
            b.Exercise(("The gradient",), gradient),
            b.Sentences("layout", (again,)),
            b.Exercise(("The Jacobian of the gradient",), onward),
        ]
    found += [
        b.Heading((f"The Hessian of {program.objective.name} by {of}",)),
        b.Equations("hessian", tuple(rows)),
        *([b.Equations("definition", defined(forms.where, {}), where=True)] if forms.where else []),
        b.Sentences("layout", tuple(claims)),
        b.Sentences("curvature", curved),
        *([entries] if entries is not None else []),
    ]
    if not view.steps:  # otherwise they stand beside the derivations
        found += _needed((gradient, onward), [node for node in (forms.operator, forms.matrix) if node is not None])
    whose: tuple[b.Words, ...] = (("H[", forms.direction, "]"), ("H' = H",))
    findings = [
        b.FindingRow(who, words(verdict.said()), verdict.status)
        for who, verdict in zip(whose, forms.verdicts, strict=True)
        if verdict is not None
    ]
    if findings:
        found += [b.Heading(("Verification",)), b.Findings(tuple(findings))]
    kronecker = entries is not None and not any(name.startswith("delta") for name in onward.names)
    return b.Document(("Hessian",), tuple(found), onward.names, kronecker, view=view)


def _needed(documents: Sequence[b.Document], shown: Sequence[Node]) -> Iterator[b.Block]:
    """The less common operators in what is shown, and when the derivations of the documents hold."""
    met = set(postorder(*shown, through_definitions=True))
    # That of a commutation matrix stands beside its name.
    operators = tuple(explanation(entry) for entry in explained(met) if entry.term.op is not COMMUTATION)
    if operators:
        yield b.Heading(("Operators",), 2)
        yield b.Operators(operators)
    blocks = (block for document in documents for block in document.blocks if isinstance(block, b.Sentences))
    held = dict.fromkeys(said for block in blocks if block.kind == "condition" for said in block.sentences)
    if held:
        yield b.Heading(("Holds where",))
        yield b.Sentences("condition", tuple(held))


def outer_products(
    kind: str,
    program: Program,
    by: Symbol,
    parts: Sequence[tuple[Symbol, Symbol, b.Document, b.Document]],
    forms: tuple[Node, Node | None],
    said: tuple[Sequence[Condition], Sequence[Condition], str],
    view: View,
) -> b.Document:
    """r and g of each term of a loss g(r), the Jacobian of r, the Hessian of g, and what both make."""
    claims, models, proof = said
    named: list[b.Equation] = []
    found = _problem(program, by)
    for residual, loss, first, second in parts:
        named += [
            b.Equation(s, s, b.Displayed(s.definition), b.Extent(s.shape))
            for s in (residual, loss)
            if s.definition is not None
        ]
        if view.steps:
            found += [
                b.Exercise((f"The Jacobian of {residual.name} by {by.name}",), first),
                b.Exercise((f"The Hessian of {loss.name} by {residual.name}",), second),
            ]
    letter = "F" if kind == "Fisher" else "G"
    direction = Symbol(f"d{by.name}", by.shape)
    lefts = (b.Beside((f"{letter}[", direction, "]")), Symbol(letter, SCALAR))
    rows = tuple(
        b.Equation(by, left, b.Displayed(node), b.Extent(node.shape))
        for left, node in zip(lefts, forms, strict=True)
        if node is not None
    )
    names = ", ".join(dict.fromkeys(residual.name for residual, *_ in parts))
    middle = "the expected Hessian" if letter == "F" else "the Hessian"
    about: list[b.Words] = [
        (f"taken as a function of {names}; --residual NAME takes another one",),
        (f"{letter} is B' D B, B the Jacobian of {names}, D {middle} of g: the curvature of {names} is left out"
         " (Nocedal & Wright 10.3; Schraudolph 2002; Martens 2020)",),
    ]  # fmt: skip
    if by.shape[1] != 1:
        about.append(("vec stacks columns, of ", by, " too"))
    found += [
        b.Heading((f"The {kind} matrix of {program.objective.name} by {by.name}",)),
        b.Equations("definition", tuple(named)),
        b.Equations("matrix", rows),
        b.Sentences("layout", (*map(_said, models), *about)),
        b.Sentences("curvature", tuple((f"{letter} is ", *_said(claim)) for claim in claims)),
        *([b.Sentences("layout", ((f"the Jacobian, the Hessian and their product: {proof}",),))] if proof else []),
    ]
    return b.Document((kind,), tuple(found), objective_names(parts), view=view)


def objective_names(parts: Sequence[tuple[Symbol, Symbol, b.Document, b.Document]]) -> tuple[str, ...]:
    """The names that occur in several documents."""
    return tuple(dict.fromkeys(name for _, _, *documents in parts for one in documents for name in one.names))


def stationary(
    gradient: b.Document,
    program: Program,
    variable: Symbol,
    equation: tuple[Node, Node],
    value: Node,
    said: tuple[str, str, str],
    view: View,
) -> b.Document:
    """The gradient, the equation that it is 0, the solution, when it is one, its name, and the proof."""
    (left, right), solved = equation, (variable, value)
    held = "tried at random data: " if said[1] else "put into the gradient, held against 0: "
    rows = (
        b.Equation(variable, b.Displayed(left), b.Displayed(right), b.Extent(right.shape)),
        *([b.Equation(variable, variable, b.Displayed(value), b.Extent(value.shape))] if equation != solved else []),
    )
    found = [] if view.steps else _problem(program, variable)
    if view.steps:
        found.append(b.Exercise(("The gradient",), gradient))
    found += [
        b.Heading((said[1] or "Where the gradient is 0",)),
        b.Equations("definition", rows),
        b.Sentences("layout", ((said[0],),)),
        *([b.Sentences("layout", ((held, said[2]),))] if said[2] else []),
    ]
    return b.Document(("Stationary point",), tuple(found), gradient.names, view=view)


def worksheet(documents: Sequence[b.Document], solved: bool, view: View) -> b.Document:
    """What is asked, problem by problem; the solutions behind them if the sheet is `solved`."""
    found: list[b.Block] = []
    for number, document in enumerate(documents, 1):
        asked = tuple(block for block in document.blocks if isinstance(block, (b.Equations, b.Names)))[:2]
        found.append(b.Exercise((f"Problem {number}",), replace(document, blocks=asked, report=None)))
    if solved:
        found += [b.Heading(("Solutions",)), *homework(documents, view).blocks]
    return b.Document(("Exercises",), tuple(found), view=view)


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


def _problem(program: Program, *by: Symbol) -> list[b.Block]:
    return [b.Heading(("Problem",)), *problem(program, {symbol.name for symbol in by}).blocks]


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
            _said(section.title),
            _said(section.remark),
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


def _said(sentence: Condition | None) -> b.Words:
    return () if sentence is None else said(sentence.words, dict(sentence.parts))
