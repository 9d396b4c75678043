"""A report as text: columns of a fixed width, colour only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from matcalc.expr import Node, Symbol
from matcalc.render.notations.ascii import ASCII
from matcalc.render.notations.text import TEXT
from matcalc.render.phrases import Phrases, together
from matcalc.render.printer import Notation
from matcalc.render.report import Report, Row
from matcalc.render.words import plain
from matcalc.render.wrap import summands, wrapped

STYLES = {
    "heading": "1",
    "rule": "36",
    "faint": "2",
    "result": "1;32",
    "proved": "32",
    "agrees": "33",
    "failed": "1;31",
}
"""ANSI codes."""

SAMPLE = 24
"""The lines of a derivation from which the widths of its columns are found."""

Cell = tuple[Sequence[str], str]
"""The lines of one field of a table, and their style."""
Line = Sequence[Cell] | str
"""A row of a table, or a line across all its columns."""


def text(report: Report, *, ascii: bool = False, steps: bool = True, color: bool = False, width: int = 100) -> str:
    """The problem as understood, the derivation, the gradients, the proof.

    Lines are at most `width` characters wide where formulas can be broken so. Raises UnsupportedError for a formula
    that is too large.
    """
    return "\n".join(_Text(report, ASCII if ascii else TEXT, color, max(width, 60)).lines(steps)) + "\n"


class _Text:
    def __init__(self, report: Report, notation: Notation, color: bool, width: int) -> None:
        self.report = report
        self.say = Phrases(notation, report.program.names, prose=plain if notation is ASCII else str)
        self.color = color
        self.width = width

    def lines(self, steps: bool) -> list[str]:
        found = [*self.problem(), *self.intermediates()]
        if steps:
            found += self.derivation()
        return [line.rstrip() for line in (*found, *self.gradients(steps), *self.closing())]

    # --------------------------------------------------------------------------------------------------- layout

    def paint(self, style: str, words: str) -> str:
        return f"\033[{STYLES[style]}m{words}\033[0m" if self.color and style and words.strip() else words

    def heading(self, words: str) -> list[str]:
        return ["", self.paint("heading", words)]

    def table(self, rows: Sequence[Line], indent: int = 2, gap: int = 2) -> list[str]:
        """Rows of cells, every column as wide as its widest cell that fits; an empty column takes no room."""
        cells = [row for row in rows if not isinstance(row, str)]
        widths = [
            _widest(line for row in column for line in row if len(line) <= self.width) for column in _columns(cells)
        ]
        used = [any(line for row in column for line in row) for column in _columns(cells)]
        found: list[str] = []
        for row in rows:
            if isinstance(row, str):
                found.append(row)
                continue
            for j in range(max(len(lines) for lines, _ in row)):
                fields = [
                    self.paint(style, (lines[j] if j < len(lines) else "").ljust(width))
                    for (lines, style), width, shown in zip(row, widths, used, strict=True)
                    if shown
                ]
                found.append(" " * indent + (" " * gap).join(fields))
        return found

    def formula(self, line: str, width: int) -> list[str]:
        """A formula in lines of at most `width`, the later ones indented."""
        if len(line) <= width:
            return [line]
        first, *rest = wrapped(line, width - 2)
        return [first, *("  " + part for part in rest)]

    def words(self, sentence: str, width: int) -> list[str]:
        """Running text in lines."""
        lines = [""]
        for word in sentence.split():
            if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
        return lines

    def clauses(self, reason: str, width: int) -> list[str]:
        """Parts between semicolons in lines, each part whole where it fits into one."""
        lines: list[str] = []
        *parts, last = reason.split("; ")
        for part in (*(f"{part};" for part in parts), last):
            if lines and len(lines[-1]) + 1 + len(part) <= width:
                lines[-1] += f" {part}"
            else:
                lines += wrapped(part, width)
        return lines

    def bullets(self, sentences: Iterable[str]) -> list[str]:
        """One sentence after the other, each marked."""
        return [
            f"  {'-' if i == 0 else ' '} {line}"
            for sentence in sentences
            for i, line in enumerate(self.words(sentence, self.width - 4))
        ]

    def equations(self, left: Iterable[tuple[str, str, str]], style: str = "", indent: int = 2) -> list[str]:
        """name = formula, shape: aligned at the equals sign."""
        entries = list(left)
        names = max((len(name) for name, _, _ in entries), default=0)
        room = self.width - indent - names - max((len(shape) for _, _, shape in entries), default=0) - 7
        rows: list[Line] = []
        for name, formula, shape in entries:
            first, *rest = self.formula(formula, room)
            lines = [f"{name.ljust(names)} = {first}", *(" " * (names + 3) + part for part in rest)]
            rows.append(((lines, style), ([shape], "faint")))
        return self.table(rows, indent, 4)

    # ------------------------------------------------------------------------------------------------ the problem

    def problem(self) -> list[str]:
        say, program = self.say, self.report.program
        objective = program.objective
        defined = [
            (say.write(s), say.write(s.definition), say.shape(s.shape)) for s in program.definitions if s.definition
        ]
        given = [(say.derivative(objective, s), say.write(g), say.shape(s.shape)) for s, g in program.given]
        wanted = {s.name for s in self.report.wrt}
        rows: list[Line] = []
        for s in program.inputs:
            how = "inferred" if s.name in program.inferred else "declared"
            what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
            rows.append((([say.write(s)], ""), ([say.shape(s.shape)], ""), ([how], "faint"), ([what], "")))
        for name in program.functions:
            f = say.notation.function(name, 0)
            rows.append((([f], ""), ([""], ""), (["unknown"], "faint"), (["function of the entries"], "")))
        found = [self.paint("heading", "Problem"), *self.equations([*defined, *given]), "", *self.table(rows)]
        notes = self.bullets(map(say.prose, (*program.notes, *self.report.notes)))
        return [*found, *([""] if notes else []), *notes]

    def intermediates(self) -> list[str]:
        known = {s.name for s in self.report.program.definitions}
        named = [s for s in self.report.where if s.name not in known]
        return [*self.heading("Named intermediates"), *self.definitions(named)] if named else []

    def definitions(self, symbols: Iterable[Symbol], indent: int = 2) -> list[str]:
        say = self.say
        entries = [(say.write(s), say.write(s.definition), say.shape(s.shape)) for s in symbols if s.definition]
        return self.equations(entries, indent=indent)

    # ---------------------------------------------------------------------------------------------- the derivation

    def derivation(self) -> list[str]:
        say, stretches = self.say, self.report.stretches
        if not stretches:
            return []
        # A line with nothing beside it takes the whole width.
        shown = [row for stretch in stretches for row in stretch.rows if say.reason(row) or any(say.shapes(row))]
        leads = [say.lead(stretch.section, self.report.objective) for stretch in stretches]
        margin = max(map(len, leads)) + 2
        numbers = len(str(max((row.number for row in shown), default=0)))
        room = self.width - numbers - margin - 11
        line, shape, name, statement = self.allotted(shown, room)
        cells = {id(row): self.terms(row, line, shape) for row in shown}
        # What the formulas do not need of their column goes to the rules.
        room -= sum(max((_widest(cell[i]) for cell in cells.values()), default=0) for i in (0, 1))
        name, statement = (name, room - name) if statement else (room, 0)
        lines: list[Line] = []
        for stretch, lead in zip(stretches, leads, strict=True):
            if lines:
                lines.append("")
            lines.append("  " + self.paint("faint", say.heading(stretch.section)))
            for i, row in enumerate(stretch.rows):
                if i or not stretch.continues:
                    equals = f"{lead if not i else ''} {'=' if i or lead else ' '}".rjust(margin)
                    number = str(row.number or "").rjust(numbers)
                    alone = id(row) not in cells
                    formula, shapes = (self.alone(row, margin + numbers + 5), ()) if alone else cells[id(row)]
                    formula = [f"{' ' * margin if j else equals} {part}" for j, part in enumerate(formula)]
                    if alone:
                        lines += [f"{' ' * (numbers + 4)}{part}" for part in formula]
                        continue
                    beside = self.beside(row, name, statement)
                    lines.append((([number], "faint"), (formula, ""), (shapes, "faint"), *beside))
            lines += [self.hence(symbol, node) for symbol, node in stretch.results]
        return [*self.heading("Derivation"), *self.table(lines)]

    def alone(self, row: Row, margin: int) -> list[str]:
        """A line with nothing beside it."""
        return self.formula(self.say.write(row.node), self.width - margin)

    def allotted(self, rows: Sequence[Row], room: int) -> tuple[int, int, int, int]:
        """The widths of line, shapes, rule name and statement that make the fewest lines; 0: below the name."""
        say = self.say
        sample = rows[:SAMPLE]
        shape = min(max((len(_joined(say.shapes(row))) for row in sample), default=0), 16)
        room -= shape
        longs = sorted({len(say.write(row.node)) for row in sample if len(say.write(row.node)) <= room})
        said_by = [say.statements(row) for row in sample]
        reasons = [say.reason(row) for row in sample]
        longest = max(map(len, reasons), default=0)
        widest = max((len(s) for said in said_by for s in said), default=0)

        @cache
        def broken_into(text: str, width: int) -> int:
            return 1 if len(text) <= width else len(self.formula(text, width))

        @cache
        def below(width: int) -> list[int]:
            return [sum(broken_into(s, width) for s in said) for said in said_by]

        @cache
        def named(width: int) -> list[int]:
            return [len(self.clauses(reason, width)) for reason in reasons]

        @cache
        def long(width: int) -> list[int]:
            return [len(self.terms(row, width, shape)[0]) for row in sample]

        def height(widths: tuple[int, int, int]) -> tuple[int, int]:
            line, name, statement = widths
            said = below(statement or name)
            beside = [max(n, s) if statement else n + s for n, s in zip(named(name), said, strict=True)]
            lines = long(line)
            broken = sum(n > 1 for n in lines)
            return 2 * sum(map(max, lines, beside)) + 2 * broken, -statement

        candidates = [
            (line, name, statement)
            for line in {*longs[:: max(1, len(longs) // 8)], *longs[-1:], room // 2}
            for name in {18, 24, 28, min(40, longest), room - line}
            for statement in {0, min(room - line - name, widest)}
            if line >= 24 and name >= 18 and (statement >= 20 or statement == 0) and line + name + statement <= room
        ]
        line, name, statement = min(candidates, key=height, default=(max(room - 18, 20), 18, 0))
        return line, shape, name, statement

    def beside(self, row: Row, name: int, statement: int) -> Sequence[Cell]:
        """What led to a line."""
        said = [part for s in self.say.statements(row) for part in self.formula(s, statement or name)]
        words = self.clauses(self.say.reason(row), name)
        return ((words, "rule"), (said, "")) if statement else (([*words, *said], "rule"), ([""], ""))

    def terms(self, row: Row, width: int, beside_width: int) -> tuple[list[str], list[str]]:
        """A line in as many lines as it needs, and beside each the shapes of the terms that begin there."""
        line, shapes = self.say.write(row.node), self.say.shapes(row)
        parts = summands(line) if len(line) > width else ()
        if len(parts) != len(shapes):
            return self.formula(line, width), self.words(_joined(shapes), beside_width)
        formula: list[str] = []
        beside: list[list[str]] = []
        for part, shape in zip(parts, shapes, strict=True):
            indent = "  " if formula else ""
            if formula and len(formula[-1]) + 1 + len(part) <= width:
                formula[-1] += f" {part}"
                beside[-1].append(shape)
                continue
            lines = self.formula(part, width - len(indent))
            formula += [indent + piece for piece in lines]
            beside += [[shape], *([] for _ in lines[1:])]
        return formula, [_joined(some) for some in beside]

    def hence(self, symbol: Symbol, gradient: Node) -> str:
        say = self.say
        line = f"hence {say.derivative(self.report.objective, symbol)} = {say.write(gradient)}"
        first, *rest = self.formula(line, self.width - 16)
        shape = self.paint("faint", say.shape(symbol.shape))
        return "\n".join(["  " + self.paint("result", first) + f"    {shape}", *(f"    {part}" for part in rest)])

    # -------------------------------------------------------------------------------------------------- the answer

    def gradients(self, steps: bool) -> list[str]:
        report, say = self.report, self.say
        of = report.objective
        entries = [(say.derivative(of, s), say.write(node), say.shape(s.shape)) for s, node in report.gradients]
        structured = say.structured(report)
        convention = f" ({report.convention})" if structured else ""
        found = [*self.heading("Gradients" + convention), *self.equations(entries, "result")]
        if report.needed:
            found += ["", "  where", *self.definitions(report.needed, 4)]
        if structured:
            found += ["", *self.bullets(structured)]
        explained = self.bullets(map(say.explanation, report.explained(steps)))
        return [*found, *self.heading("Operators"), *explained] if explained else found

    def closing(self) -> list[str]:
        found: list[str] = []
        if self.report.conditions:
            found += [*self.heading("Holds where"), *self.bullets(self.say.conditions(self.report.conditions))]
        if self.report.proofs:
            found += self.heading("Verification")
        rows: list[Line] = []
        for symbols, sentence, status in self.report.proofs:
            who = self.say.derivatives(self.report, symbols)
            sentence = self.say.prose(sentence)
            names = self.words(who, 30)
            style = status if status in STYLES else ""
            rows.append(((names, ""), (self.words(sentence, self.width - 4 - _widest(names)), style)))
        found += self.table(rows)
        return found


def _columns(rows: Sequence[Sequence[Cell]]) -> list[list[Sequence[str]]]:
    count = max(map(len, rows), default=0)
    return [[row[i][0] for row in rows if i < len(row)] for i in range(count)]


def _widest(lines: Iterable[str]) -> int:
    return max(map(len, lines), default=0)


def _joined(shapes: Sequence[str]) -> str:
    return ", ".join(together(shapes))
