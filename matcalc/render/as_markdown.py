r"""A report in GitHub's Markdown, formulas between dollar signs.

Markdown reads a backslash before punctuation as an escape, so formulas here hold no such command; nor a bar, which
would end a table's cell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from matcalc.expr import Symbol
from matcalc.render import names
from matcalc.render.notations.latex import LATEX
from matcalc.render.phrases import Phrases, together
from matcalc.render.report import Report, Row, Stretch
from matcalc.render.words import math, runs


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
        self.say = Phrases(LATEX, report.program.names, formula, prose)

    def lines(self, steps: bool) -> Iterator[str]:
        yield f"# {self.say.title(self.report)}"
        yield ""
        yield from self.problem()
        if steps:
            yield from self.derivation()
        yield from self.gradients(steps)
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
        rows = [(say.definition(s), say.shape(s.shape)) for s in symbols if s.definition is not None]
        yield from self.table((head, "shape"), ((formula(line), formula(shape)) for line, shape in rows))

    # ------------------------------------------------------------------------------------------------ the problem

    def problem(self) -> Iterator[str]:
        say, report, program = self.say, self.report, self.report.program
        yield "## Problem"
        yield from self.definitions(program.definitions)
        given = ((say.derivative(program.objective, s), g, s) for s, g in program.given)
        rows = [(formula(f"{name} = {say.write(g)}"), formula(say.shape(s.shape))) for name, g, s in given]
        yield from self.table(("given", "shape"), rows)
        wanted = {s.name for s in report.wrt}
        known: list[Sequence[str]] = []
        for s in program.inputs:
            how = "inferred" if s.name in program.inferred else "declared"
            what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
            known.append((formula(say.write(s)), formula(say.shape(s.shape)), how, what))
        for name in program.functions:
            known.append((formula(say.notation.function(name, 0)), "", "unknown", "function of the entries"))
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
            yield from ("", f"### {self.say.heading(stretch.section)}")
            shown = stretch.rows[1:] if stretch.continues else stretch.rows
            yield from self.table(
                ("no.", "line", "shapes", "rule", "statement"), (self.row(stretch, row) for row in shown)
            )
            for symbol, gradient in stretch.results:
                name = self.say.derivative(self.report.objective, symbol)
                line = formula(f"{name} = {self.say.write(gradient)}")
                yield f"hence {line}, {formula(self.say.shape(symbol.shape))}"

    def row(self, stretch: Stretch, row: Row) -> Sequence[str]:
        say = self.say
        line = say.write(row.node)
        lead = "" if row.number else say.lead(stretch.section, self.report.objective)
        if row.number or lead:
            line = f"{lead} = {line}".strip()
        return (
            str(row.number or ""),
            formula(line),
            ", ".join(map(formula, filter(None, together(say.shapes(row))))),
            say.reason(row),
            ", ".join(map(formula, say.statements(row))),
        )

    # -------------------------------------------------------------------------------------------------- the answer

    def gradients(self, steps: bool) -> Iterator[str]:
        report, say = self.report, self.say
        structured = say.structured(report)
        yield from ("", "## Gradients" + (f" ({report.convention})" if structured else ""))
        rows = [
            (formula(f"{say.derivative(report.objective, s)} = {say.write(g)}"), formula(say.shape(s.shape)))
            for s, g in report.gradients
        ]
        yield from self.table(("gradient", "shape"), rows)
        if report.needed:
            yield "where"
            yield from self.definitions(report.needed)
        yield from ("", *(f"- {sentence}" for sentence in structured))
        explained = [f"- {say.explanation(entry)}" for entry in report.explained(steps)]
        if explained:
            yield from ("", "### Operators", "", *explained)

    def rules(self) -> Iterator[str]:
        rows: list[Sequence[str]] = []
        for rule in self.report.rules:
            statement = self.say.statement(rule)
            if statement:
                rows.append((prose(rule.name), formula(statement), self.say.because(rule)))
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
