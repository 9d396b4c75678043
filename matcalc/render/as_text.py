"""A report as text: columns of a fixed width, colour only where it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from matcalc.expr import Node, Symbol
from matcalc.render import chain, layouts
from matcalc.render.braces import Braced
from matcalc.render.phrases import Phrases, together
from matcalc.render.report import Report, Row
from matcalc.render.words import plain
from matcalc.write.notations.ascii import ASCII
from matcalc.write.notations.text import TEXT
from matcalc.write.pieces import Notation
from matcalc.write.wrap import summands, wrapped

if TYPE_CHECKING:
    from matcalc.render.entries import Entries

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

BESIDE = 6
"""What stands at least so many blanks after the shapes of factors is beside them."""

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
        phrases = Braced if report.braces else Phrases
        self.say = phrases(notation, report.program.names, prose=plain if notation is ASCII else str)
        self.say.about(report)
        self.color = color
        self.width = width

    def lines(self, steps: bool) -> list[str]:
        found = [*self.problem(), *self.intermediates()]
        if steps:
            found += self.derivation()
        found += self.gradients(steps)
        if self.report.entries or self.report.parts:
            found += self.by_entries()
        found += self.chains()
        if steps:
            found += self.rules()
        return [line.rstrip() for line in self.labelled((*found, *self.closing()))]

    def labelled(self, lines: Iterable[str]) -> Iterable[str]:
        """Lines, and below each the shapes of its factors where they are asked for."""
        if not isinstance(self.say, Braced):
            return lines
        found: list[str] = []
        below = ""
        for line in "\n".join(lines).split("\n"):
            # What stands beside a formula and goes on below it goes on beside the shapes.
            if below and line.startswith(" " * (len(below) + BESIDE)):
                found[-1] += line[len(below) :]
                below = ""
                continue
            shown, below = self.say.labelled(line)
            found += [shown, self.paint("faint", below)] if below else [shown]
        return found

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
            rows.append(((lines, style), *(([part], "faint") for part in _extent(shape))))
        return self.table(rows, indent, 4)

    # ------------------------------------------------------------------------------------------------ the problem

    def problem(self) -> list[str]:
        say, program = self.say, self.report.program
        objective = program.objective
        defined = [(say.write(s), say.line(s.definition), say.extent(s)) for s in program.definitions if s.definition]
        given = [(say.derivative(objective, s), say.line(g), say.extent(s)) for s, g in program.given]
        wanted = {s.name for s in self.report.wrt}
        rows: list[Line] = []
        for s in program.inputs:
            how = "inferred" if s.name in program.inferred else "declared"
            what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
            extent = ((([part]), "") for part in _extent(say.extent(s)))
            rows.append((([say.write(s)], ""), *extent, ([how], "faint"), ([what], "")))
        for name in program.functions:
            f = say.notation.function(name, 0)
            rows.append((([f], ""), ([""], ""), ([""], ""), (["unknown"], "faint"), (["function of the entries"], "")))
        if objective.definition is None:
            known = (["unknown"], "faint"), (["objective, of which a gradient is given"], "")
            rows.append((([say.write(objective)], ""), ([say.shape(objective.shape)], ""), ([""], ""), *known))
        found = [self.paint("heading", "Problem"), *self.equations([*defined, *given]), "", *self.table(rows)]
        notes = self.bullets(map(say.prose, (*program.notes, *self.report.notes)))
        return [*found, *([""] if notes else []), *notes]

    def intermediates(self) -> list[str]:
        known = {s.name for s in self.report.program.definitions}
        named = [s for s in self.report.where if s.name not in known]
        return [*self.heading("Named intermediates"), *self.definitions(named)] if named else []

    def definitions(self, symbols: Iterable[Symbol], indent: int = 2) -> list[str]:
        say = self.say
        entries = [(say.write(s), say.line(s.definition), say.extent(s)) for s in symbols if s.definition]
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
            if stretch.section.title is not None:
                lines += ["  " + self.paint("heading", say.title_of(stretch.section))]
                remark = self.words(say.remark_of(stretch.section), self.width - 4)
                lines += [f"  {line}" for line in remark if line] + [""]
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
                    else:
                        beside = self.beside(row, name, statement)
                        lines.append((([number], "faint"), (formula, ""), (shapes, "faint"), *beside))
                    lines += self.entry_line(row.node, margin + numbers + 3)
            lines += [self.hence(symbol, node) for symbol, node in stretch.results]
        return [*self.heading("Derivation"), *self.table(lines)]

    @cached_property
    def entries(self) -> Entries:
        from matcalc.render.entries import Entries

        return Entries(self.report, Phrases(self.say.notation, self.report.program.names, prose=self.say.prose))

    def entry_line(self, node: Node, indent: int) -> list[str]:
        """A line of the derivation in index notation; empty where it is not asked for."""
        if not self.report.entries:
            return []
        line, ranges = self.entries.line(node)
        first, *rest = self.formula(line, self.width - indent - 2)
        if ranges and len((rest or [first])[-1]) + len(ranges) + 3 <= self.width - indent - 2:
            first, *rest = [*[first, *rest][:-1], f"{[first, *rest][-1]}   {ranges}"]
        elif ranges:
            rest.append(f"  {ranges}")
        sign = "=" if node.is_scalar else "|"
        lines = [f"{sign} {first}", *(f"  {part}" for part in rest)]
        return [" " * indent + self.paint("faint", part) for part in lines]

    def by_entries(self) -> list[str]:
        """What stands after the gradients, entry by entry."""
        found: list[str] = []
        for block in self.entries.blocks():
            found += self.heading(block.heading)
            found += self.bullets(block.before)
            names = min(max((len(e.left) for e in block.equations), default=0), 24)
            said = [[e.ranges, e.beside] for e in block.equations]
            room = min(max((len(text) for some in said for text in some), default=0), self.width * 2 // 5)
            rows: list[Line] = []
            for (left, rights, _, _), some in zip(block.equations, said, strict=True):
                lines: list[str] = []
                for right in rights:
                    first, *rest = self.formula(right, self.width - room - names - 9)
                    lines.append(f"{'' if lines else left:{names}} = {first}")
                    lines += [" " * (names + 3) + part for part in rest]
                beside = [part for text in some if text for part in self.words(text, room)]
                rows.append(((lines, ""), (beside, "faint")))
            found += self.table(rows, gap=4)
            found += self.bullets(block.after)
        return found

    def alone(self, row: Row, margin: int) -> list[str]:
        """A line with nothing beside it."""
        return self.formula(self.say.line(row.node), self.width - margin)

    def allotted(self, rows: Sequence[Row], room: int) -> tuple[int, int, int, int]:
        """The widths of line, shapes, rule name and statement that make the fewest lines; 0: below the name."""
        say = self.say
        sample = rows[:SAMPLE]
        shape = min(max((len(_joined(say.shapes(row))) for row in sample), default=0), 16)
        room -= shape
        longs = sorted({len(say.line(row.node)) for row in sample if len(say.line(row.node)) <= room})
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
        line, shapes = self.say.line(row.node), self.say.shapes(row)
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
        line = f"hence {say.derivative(self.report.objective, symbol)} = {say.whole(gradient)}"
        first, *rest = self.formula(line, self.width - 16)
        shape = self.paint("faint", say.extent(symbol, gradient))
        return "\n".join(["  " + self.paint("result", first) + f"    {shape}", *(f"    {part}" for part in rest)])

    # -------------------------------------------------------------------------------------------------- the answer

    def gradients(self, steps: bool) -> list[str]:
        report, say = self.report, self.say
        of = report.objective
        entries = [(say.result(of, s), say.whole(node), say.extent(s, node)) for s, node in report.results]
        structured = say.structured(report)
        convention = f" ({report.convention})" if structured else ""
        found = [*self.heading(layouts.heading(report) + convention), *self.equations(entries, "result")]
        if report.needed:
            found += ["", "  where", *self.definitions(report.needed, 4)]
        said = [*structured, *map(say.prose, layouts.sentences(say, report))]
        if said:
            found += ["", *self.bullets(said)]
        explained = self.bullets(map(say.explanation, report.explained(steps)))
        return [*found, *self.heading("Operators"), *explained] if explained else found

    def chains(self) -> list[str]:
        """The chain of Jacobians of each variable, in the layout."""
        if not self.report.chains:
            return []
        lines = chain.in_text(self.say, self.report, self.width - 2, self.say.notation is ASCII)
        return [*self.heading("The chain of Jacobians"), *(f"  {line}" for line in lines)]

    def rules(self) -> list[str]:
        """The rules that were used, each once: its name, what it says, and why that holds."""
        say, report = self.say, self.report
        cited: list[tuple[str, str, str]] = []
        for title, rules in report.cited:
            said = [(say.statement(r), say.why(r, report.reasons) or say.prose(r.source)) for r in rules]
            cited += [("" if i else say.prose(title), *pair) for i, pair in enumerate(pair for pair in said if pair[0])]
        room = self.width - 6
        name = min(max((len(name) for name, _, _ in cited), default=0), room * 3 // 10)
        widths = {min(len(text), room // 2) for _, text, _ in cited} or {0}
        statement = min(sorted(widths), key=lambda width: self._height(cited, width, room - name - width))
        rows: list[Line] = []
        last = ""
        for title, text, why in cited:
            # Rules of one name that hold for one reason say it once.
            because = self.words(why, room - name - statement) if title or why != last else []
            last = why
            rows.append(((self.words(title, name), "rule"), (self.formula(text, statement), ""), (because, "faint")))
        return [*self.heading("Rules used"), *self.table(rows)] if rows else []

    def _height(self, cited: Sequence[tuple[str, str, str]], statement: int, why: int) -> int:
        # The lines that rules take where their statements are so wide, and their reasons.
        return sum(max(len(self.formula(s, statement)), len(self.words(w, why))) for _, s, w in cited)

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


def _extent(shape: str) -> tuple[str, str]:
    # A shape, and the layers that it is the shape of.
    shape, _, layers = shape.partition("    ")
    return shape, layers


def _widest(lines: Iterable[str]) -> int:
    return max(map(len, lines), default=0)


def _joined(shapes: Sequence[str]) -> str:
    return ", ".join(together(shapes))
