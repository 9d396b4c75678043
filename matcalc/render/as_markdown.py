r"""A report in GitHub's Markdown, formulas between dollar signs.

Markdown reads a backslash before punctuation as an escape, so formulas here hold no such command; nor a bar, which
would end a table's cell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.expr import Node, Symbol
from matcalc.render import chain, layouts
from matcalc.render.as_latex import WIDE
from matcalc.render.braces import Braced
from matcalc.render.phrases import Phrases, together
from matcalc.render.report import Report, Row, Stretch
from matcalc.render.words import math, runs
from matcalc.write import names
from matcalc.write.notations.latex import LATEX

if TYPE_CHECKING:
    from matcalc.render.entries import Entries


def markdown(report: Report, *, steps: bool = True) -> str:
    """The problem, the derivation, the gradients and the proof. Raises UnsupportedError for a formula too large."""
    found: list[str] = []
    for line in _Markdown(report).lines(steps):
        if line or (found and found[-1]):
            found.append(line)
    return "\n".join(found).strip() + "\n"


def prose(sentence: str, known: Collection[str] = ()) -> str:
    """Running text with what Markdown would take for markup escaped; its formulas and the names `known` as formulas."""
    found = []
    for kind, text in runs(sentence, known):
        if kind == "math":
            found.append(formula(names.latex(text) if text in known else math(text)))
        elif kind == "code" and "`" not in text:
            found.append(f"`{text}`")
        else:
            found.append("".join(f"\\{c}" if c in r"\`*_[]<>#|$~" else c for c in text))
    return "".join(found)


def formula(latex: str) -> str:
    """A formula in running text."""
    for sign, command in _COMMANDS.items():
        latex = latex.replace(sign, command)
    return f"${latex}$"


_COMMANDS = {r"\,": r"\thinspace", r"\\": r"\cr", "*": r"\ast"}
"""What Markdown would take for markup, and commands of LaTeX that are the same."""


class _Markdown:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.names = {*report.program.names, *report.program.functions}
        self.say = (Braced if report.braces else Phrases)(LATEX, report.program.names, formula, prose)
        self.say.about(report)

    def lines(self, steps: bool) -> Iterator[str]:
        yield f"# {self.say.title(self.report)}"
        yield ""
        yield from self.problem()
        if steps:
            yield from self.derivation()
        yield from self.gradients(steps)
        if self.report.entries or self.report.parts:
            yield from self.by_entries()
        yield from self.chains()
        if steps:
            yield from self.rules()
        yield from self.closing()

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        rows = list(rows)
        if rows:
            yield ""
            used = [i for i in range(len(head)) if any(cells[i] for cells in rows)]
            for cells in (head, ["---"] * len(head), *rows):
                cells = [cells[i] for i in used]
                yield f"| {' | '.join(cells)} |"
            yield ""

    def definitions(self, symbols: Iterable[Symbol], head: str = "definition") -> Iterator[str]:
        say = self.say
        known = ((s, s.definition) for s in symbols)
        rows = [(f"{say.write(s)} = {say.line(of)}", say.extent(s)) for s, of in known if of is not None]
        yield from self.table((head, "shape"), ((formula(line), formula(shape)) for line, shape in rows))

    # ------------------------------------------------------------------------------------------------ the problem

    def problem(self) -> Iterator[str]:
        say, report, program = self.say, self.report, self.report.program
        yield "## Problem"
        yield from self.definitions(program.definitions)
        given = ((say.derivative(program.objective, s), g, s) for s, g in program.given)
        rows = [(formula(f"{name} = {say.line(g)}"), formula(say.extent(s))) for name, g, s in given]
        yield from self.table(("given", "shape"), rows)
        wanted = {s.name for s in report.wrt}
        known: list[Sequence[str]] = []
        for s in program.inputs:
            how = "inferred" if s.name in program.inferred else "declared"
            what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
            known.append((formula(say.write(s)), formula(say.extent(s)), how, what))
        for name in program.functions:
            known.append((formula(say.notation.function(name, 0)), "", "unknown", "function of the entries"))
        if program.objective.definition is None:
            of, shape = (formula(text) for text in (say.write(program.objective), say.shape(program.objective.shape)))
            known.append((of, shape, "unknown", "objective, of which a gradient is given"))
        yield from self.table(("name", "shape", "how it is known", "what it is"), known)
        yield from (f"- {prose(note, self.names)}" for note in (*program.notes, *report.notes))
        own = {s.name for s in program.definitions}
        named = [s for s in report.where if s.name not in own]
        if named:
            yield from ("", "### Named intermediates")
            yield from self.definitions(named)

    # ---------------------------------------------------------------------------------------------- the derivation

    def derivation(self) -> Iterator[str]:
        stretches = self.report.stretches
        if stretches:
            yield from ("", "## Derivation")
        for stretch in stretches:
            if stretch.section.title is not None:
                yield from ("", f"### {self.say.title_of(stretch.section)}")
                yield from ("", self.say.remark_of(stretch.section))
            level = "###" if self.report.program.family is None else "####"
            yield from ("", f"{level} {self.say.heading(stretch.section)}")
            shown = stretch.rows[1:] if stretch.continues else stretch.rows
            yield from self.table(
                ("no.", "line", "by entries", "shapes", "rule", "statement"), (self.row(stretch, row) for row in shown)
            )
            for symbol, gradient in stretch.results:
                name = self.say.derivative(self.report.objective, symbol)
                line = formula(f"{name} = {self.say.whole(gradient)}")
                yield f"hence {line}, {formula(self.say.extent(symbol, gradient))}"

    @cached_property
    def entries(self) -> Entries:
        from matcalc.render.entries import Entries

        return Entries(self.report, Phrases(LATEX, self.report.program.names, formula, prose))

    def entry_cell(self, node: Node) -> str:
        """A line of the derivation in index notation; empty where it is not asked for."""
        if not self.report.entries:
            return ""
        line, ranges = self.entries.line(node)
        return ", ".join(formula(text) for text in (line, ranges) if text)

    def by_entries(self) -> Iterator[str]:
        """What stands after the gradients, entry by entry."""
        for block in self.entries.blocks():
            yield from ("", f"## {block.heading}", *block.before)
            rows = [
                (formula(" = ".join((left, *rights))), formula(ranges) if ranges else "", beside)
                for left, rights, ranges, beside in block.equations
            ]
            yield from self.table(("formula", "indices", "shape"), rows)
            yield from (f"- {sentence}" for sentence in block.after)

    def row(self, stretch: Stretch, row: Row) -> Sequence[str]:
        say = self.say
        line = say.line(row.node)
        lead = "" if row.number else say.lead(stretch.section, self.report.objective)
        if row.number or lead:
            line = f"{lead} = {line}".strip()
        return (
            str(row.number or ""),
            formula(line),
            self.entry_cell(row.node),
            ", ".join(map(formula, filter(None, together(say.shapes(row))))),
            say.reason(row),
            ", ".join(map(formula, say.statements(row))),
        )

    # -------------------------------------------------------------------------------------------------- the answer

    def gradients(self, steps: bool) -> Iterator[str]:
        report, say = self.report, self.say
        structured = say.structured(report)
        yield from ("", f"## {layouts.heading(report)}" + (f" ({report.convention})" if structured else ""))
        rows = [
            (formula(f"{say.result(report.objective, s)} = {say.whole(g)}"), formula(say.extent(s, g)))
            for s, g in report.results
        ]
        yield from self.table((report.kind if report.kind == "jacobian" else "gradient", "shape"), rows)
        if report.needed:
            yield "where"
            yield from self.definitions(report.needed)
        yield from ("", *(f"- {sentence}" for sentence in (*structured, *layouts.sentences(say, report))))
        explained = [f"- {say.explanation(entry)}" for entry in report.explained(steps)]
        if explained:
            yield from ("", "### Operators", "", *explained)

    def chains(self) -> Iterator[str]:
        if self.report.chains:
            yield from ("", "## The chain of Jacobians")
        for kind, lines in chain.in_latex(self.say, self.report, WIDE):
            for line in lines:
                yield from ("", line if kind == "words" else formula(line.replace("&", "")))

    def rules(self) -> Iterator[str]:
        rows: list[Sequence[str]] = []
        for name, rules in self.report.cited:
            for rule in rules:
                statement = self.say.statement(rule)
                if statement:
                    rows.append((prose(name), formula(statement), self.say.because(rule, self.report.reasons)))
        if rows:
            yield from ("", "## Rules used")
        yield from self.table(("rule", "statement", "why, and when"), rows)

    def closing(self) -> Iterator[str]:
        report = self.report
        if report.conditions:
            yield from ("", "## Holds where", "")
            yield from (f"- {condition}" for condition in self.say.conditions(report.conditions))
        if report.proofs:
            yield from ("", "## Verification", "")
        for symbols, sentence, _ in report.proofs:
            who = self.say.derivatives(self.report, symbols)
            yield f"- {who} – {prose(sentence, self.names)}"
