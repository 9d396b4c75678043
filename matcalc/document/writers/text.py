"""A document as text: columns of a fixed width, colour only where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from matcalc.document import blocks as b
from matcalc.document.columns import Below, Cell, TableLine, in_columns, spaced, table, widest
from matcalc.document.ink import Ink
from matcalc.document.plain import plain
from matcalc.prose import Typed
from matcalc.write import ASCII, TEXT, Piece

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

NARROWEST = 60
"""Characters in a line, at least."""


def text(document: b.Document) -> str:
    """The document. Lines are at most as wide as the view says where formulas can be broken so.

    Raises UnsupportedError for a formula that is too large.
    """
    return "\n".join(_Text(document).lines()).strip("\n") + "\n"


def in_one_line(ink: Ink, sentence: b.Words) -> str:
    """A sentence as text."""
    ascii = ink.notation is ASCII
    found = []
    for part in sentence:
        if isinstance(part, Typed):
            part = part.plain or part.text if ascii else part.text
        text = part if isinstance(part, str) else ink.write(part)
        found.append(plain(text) if ascii else text)
    return "".join(found)


class _Text:
    def __init__(self, document: b.Document) -> None:
        self.document = document
        view = document.view
        self.ascii, self.color = view.ascii, view.color
        self.width = max(view.width, NARROWEST)
        self.ink = Ink.of(document, ASCII if view.ascii else TEXT)

    def lines(self) -> list[str]:
        """All lines; a blank one between blocks, but not below a heading."""
        found: list[str] = []
        before: b.Block | None = None
        for block in self.document.blocks:
            shown = WRITERS[type(block)](self, block)
            if shown:
                glued = isinstance(before, b.Heading) or type(before) is type(block) is b.Sentences
                found += shown if glued else ["", *shown]
                before = block
        return [line.rstrip() for text in found for line in text.split("\n")]

    # --------------------------------------------------------------------------------------------------- layout

    def say(self, sentence: b.Words) -> str:
        """A sentence in one line."""
        return in_one_line(self.ink, sentence)

    def paint(self, style: str, words: str) -> str:
        return f"\033[{STYLES[style]}m{words}\033[0m" if self.color and style in STYLES and words.strip() else words

    def table(self, rows: Sequence[TableLine], indent: int = 2, gap: int = 2) -> list[str]:
        """Rows of cells, every column as wide as its widest cell that fits; an empty column takes no room."""
        return table(rows, self.width, indent, gap, self.field)

    def field(self, line: str, width: int, style: str) -> str:
        """A line of a cell."""
        if isinstance(line, Below):
            return self.paint("faint", line) + " " * (width - len(line))
        return self.paint(style, line.ljust(width))

    def formula(self, math: b.Math | Piece, width: int) -> list[str]:
        """A formula in lines of at most `width`, the later ones indented; below each the shapes that belong there."""
        found: list[str] = []
        fits = not isinstance(math, Piece) and self.ink.width(math) <= width
        if fits and not self.document.view.braces and not isinstance(math, Piece):
            return [self.ink.write(math)]
        for line, below in self.ink.labelled(math, width if fits else width - 2):
            indent = "  " if found else ""
            found.append(indent + line)
            if below:
                found.append(Below(indent + below))
        return found

    def indented(self, lines: Iterable[str], indent: int) -> list[str]:
        """Lines further to the right."""
        return [type(line)(" " * indent + line) for line in lines]

    def words(self, sentence: b.Words | str, width: int) -> list[str]:
        """Running text in lines."""
        lines = [""]
        for word in (sentence if isinstance(sentence, str) else self.say(sentence)).split():
            if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".strip()
        return lines

    def clauses(self, clauses: Sequence[b.Words], width: int) -> list[str]:
        """Clauses with semicolons between them in lines, each whole where it fits into one."""
        lines = [""]
        for i, clause in enumerate(clauses):
            part = self.say(clause) + (";" if i < len(clauses) - 1 else "")
            if lines[-1] and len(lines[-1]) + 1 + len(part) <= width:
                lines[-1] += f" {part}"
            else:
                lines += self.words(part, width)
        return lines[1:] or lines

    def bullets(self, sentences: Iterable[b.Words]) -> list[str]:
        """One sentence after the other, each marked."""
        return [
            f"  {'-' if i == 0 else ' '} {line}"
            for sentence in sentences
            for i, line in enumerate(self.words(sentence, self.width - 4))
        ]

    def extent(self, extent: b.Extent) -> tuple[str, str]:
        """A shape, and the layers that it is the shape of."""
        layers = "" if extent.layers is None else self.ink.write(b.InForm("layers", extent.layers))
        return self.ink.shape(extent.shape), layers

    # --------------------------------------------------------------------------------------------------- blocks

    def heading(self, block: b.Heading) -> list[str]:
        return [self.paint("heading", self.say(block.words))]

    def equations(self, block: b.Equations) -> list[str]:
        """name = formula, shape: aligned at the equals sign."""
        if block.where:
            return ["  where", *self.aligned(block.rows, indent=4)]
        return self.aligned(block.rows, "" if block.kind == "definition" else "result")

    def aligned(self, rows: Sequence[b.Equation], style: str = "", indent: int = 2) -> list[str]:
        names = max((self.ink.width(row.left) for row in rows), default=0)
        extents = [self.extent(row.extent) for row in rows]
        shapes = max((len(shape) + (len(layers) + 4 if layers else 0) for shape, layers in extents), default=0)
        room = self.width - indent - names - shapes - 7
        found: list[TableLine] = []
        for row, extent in zip(rows, extents, strict=True):
            first, *rest = self.formula(row.right, room)
            lines = [f"{self.ink.write(row.left).ljust(names)} = {first}", *self.indented(rest, names + 3)]
            found.append(((lines, style), *(([part], "faint") for part in extent)))
        return self.table(found, indent, 4)

    def names(self, block: b.Names) -> list[str]:
        rows: list[TableLine] = []
        for name in block.rows:
            shape, layers = self.extent(name.extent) if name.extent is not None else ("", "")
            cells = (self.ink.write(name.math), ""), (shape, ""), (layers, ""), (name.how, "faint"), (name.what, "")
            rows.append(tuple(([text], style) for text, style in cells))
        asked = ["", *self.bullets([(*block.asked, ".")])] if block.asked and self.document.report is None else []
        return [*self.table(rows), *asked]

    def sentences(self, block: b.Sentences) -> list[str]:
        return self.bullets(block.sentences)

    def operators(self, block: b.Operators) -> list[str]:
        return self.bullets(map(self.ink.explanation, block.rows))

    def findings(self, block: b.Findings) -> list[str]:
        if block.alone:
            return [f"{self.say(row.who)}  {self.paint(row.status, self.say(row.sentence))}" for row in block.rows]
        rows: list[TableLine] = []
        for row in block.rows:
            names = self.words(row.who, 30)
            rows.append(((names, ""), (self.words(row.sentence, self.width - 4 - widest(names)), row.status)))
        return self.table(rows)

    # ---------------------------------------------------------------------------------------------- the derivation

    def stages(self, block: b.Stages) -> list[str]:
        # A line with nothing beside it takes the whole width.
        shown = [row for stage in block.stages for row in stage.rows if row.reason or any(row.beside)]
        leads = [self.lead(stage) for stage in block.stages]
        margin = max(map(len, leads)) + 2
        numbers = len(str(max((row.number for row in shown), default=0)))
        room = self.width - numbers - margin - 11
        line, shape, name, statement = self.allotted(shown, room)
        cells = {id(row): self.terms(row, line, shape) for row in shown}
        # What the formulas do not need of their column goes to the rules.
        room -= sum(max((widest(cell[i]) for cell in cells.values()), default=0) for i in (0, 1))
        name, statement = (name, room - name) if statement else (room, 0)
        lines: list[TableLine] = []
        for stage, lead in zip(block.stages, leads, strict=True):
            if lines:
                lines.append("")
            if stage.title:
                lines += ["  " + self.paint("heading", self.say(stage.title))]
                remark = self.words(stage.remark, self.width - 4)
                lines += [f"  {line}" for line in remark if line] + [""]
            lines.append("  " + self.paint("faint", self.say(stage.heading)))
            for i, row in enumerate(stage.rows):
                if i or not stage.continues:
                    equals = f"{lead if not i else ''} {'=' if i or lead else ' '}".rjust(margin)
                    number = str(row.number or "").rjust(numbers)
                    alone = id(row) not in cells
                    room = self.width - margin - numbers - 5
                    formula, shapes = (self.formula(row.line, room), ()) if alone else cells[id(row)]
                    formula = [f"{equals} {formula[0]}", *self.indented(formula[1:], margin + 1)]
                    if alone:
                        lines += [self.field(line, 0, "") for line in self.indented(formula, numbers + 4)]
                    else:
                        beside = self.beside(row, name, statement)
                        lines.append((([number], "faint"), (formula, ""), (shapes, "faint"), *beside))
                    lines += self.entry(row, margin + numbers + 3)
                    lines += self.explained(row, margin + numbers + 5)
            lines += map(self.hence, stage.results)
        return self.table(lines)

    def lead(self, stage: b.Stage) -> str:
        first = next(iter(stage.rows), None)
        return "" if first is None or first.lead is None else self.ink.write(first.lead)

    def entry(self, row: b.DerivationRow, indent: int) -> list[str]:
        """A line of the derivation in index notation; empty where it is not asked for."""
        if row.entry is None:
            return []
        term, over = row.entry
        ranges = self.ink.write(over)
        room = self.width - indent - 2
        first, *rest = self.formula(term, room)
        if ranges and len((rest or [first])[-1]) + len(ranges) + 3 <= room:
            first, *rest = [*[first, *rest][:-1], f"{[first, *rest][-1]}   {ranges}"]
        elif ranges:
            rest.append(f"  {ranges}")
        sign = "=" if row.line.node.is_scalar else "|"
        lines = [f"{sign} {first}", *(f"  {part}" for part in rest)]
        return [" " * indent + self.paint("faint", part) for part in lines]

    def explained(self, row: b.DerivationRow, indent: int) -> list[str]:
        """The sentences about a step, below it."""
        room = self.width - indent
        return [" " * indent + line for words in row.explained for line in self.words(words, room)]

    def said(self, row: b.DerivationRow) -> list[b.InForm]:
        """The rules of a line that say something."""
        return [statement for statement in row.statements if self.ink.statement(statement)]

    def allotted(self, rows: Sequence[b.DerivationRow], room: int) -> tuple[int, int, int, int]:
        """The widths of line, shapes, rule name and statement that make the fewest lines; 0: below the name."""
        sample = rows[:SAMPLE]
        widths = [self.ink.width(row.line) for row in sample]
        shape = min(max((len(_joined(self.ink.shapes(row))) for row in sample), default=0), 16)
        room -= shape
        longs = sorted({width for width in widths if width <= room})
        said_by = [self.said(row) for row in sample]
        reasons = [row.reason for row in sample]
        longest = max((len("; ".join(map(self.say, reason))) for reason in reasons), default=0)
        widest = max((self.ink.width(s) for said in said_by for s in said), default=0)

        @cache
        def broken_into(statement: b.InForm, width: int) -> int:
            return len(self.formula(statement, width))

        @cache
        def below(width: int) -> list[int]:
            return [sum(broken_into(s, width) for s in said) for said in said_by]

        @cache
        def named(width: int) -> list[int]:
            return [len(self.clauses(reason, width)) for reason in reasons]

        @cache
        def long(width: int) -> list[int]:
            lines = (self.terms(row, width, shape)[0] for row in sample)
            return [sum(not isinstance(line, Below) for line in some) for some in lines]

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

    def beside(self, row: b.DerivationRow, name: int, statement: int) -> Sequence[Cell]:
        """What led to a line."""
        said = [part for s in self.said(row) for part in self.formula(s, statement or name)]
        words = self.clauses(row.reason, name)
        return ((words, "rule"), (said, "")) if statement else (([*words, *said], "rule"), ([""], ""))

    def terms(self, row: b.DerivationRow, width: int, beside_width: int) -> tuple[list[str], list[str]]:
        """A line in as many lines as it needs, and beside each the shapes of the terms that begin there."""
        shapes = self.ink.shapes(row)
        parts: Sequence[Piece] = self.ink.summands(row.line) if self.ink.width(row.line) > width else ()
        if len(parts) != len(shapes):
            return self.formula(row.line, width), self.words(_joined(shapes), beside_width)
        together: list[list[Piece]] = []
        room = 0.0
        for part in parts:
            if not together or part.width + 1 > room:
                together.append([])
                room = width - (2 if len(together) > 1 else -1)
            together[-1].append(part)
            room -= part.width + 1
        formula: list[str] = []
        beside: list[str] = []
        said = iter(shapes)
        for terms in together:
            indent = 2 if formula else 0
            lines = self.formula(self.ink.row(terms), width - indent)
            formula += self.indented(lines, indent)
            beside += [_joined([next(said) for _ in terms]), *("" for _ in lines[1:])]
        return formula, beside

    def hence(self, result: b.Equation) -> str:
        first, *rest = self.formula(b.Beside(("hence ", result.left, " = ", result.right)), self.width - 16)
        shape = self.paint("faint", "    ".join(filter(None, self.extent(result.extent))))
        below = [self.field(line, 0, "") for line in self.indented(rest, 2)]
        return "\n".join(["  " + self.paint("result", first) + f"    {shape}", *below])

    # ---------------------------------------------------------------------------------------- entries, chains, rules

    def entrywise(self, block: b.IndexEquations) -> list[str]:
        found = [*self.heading(block.heading), *self.bullets(block.before)]
        names = min(max((self.ink.width(e.left) for e in block.equations), default=0), 24)
        said = [[self.ink.write(e.ranges) if e.ranges is not None else "", self.say(e.beside)] for e in block.equations]
        room = min(max((len(text) for some in said for text in some), default=0), self.width * 2 // 5)
        rows: list[TableLine] = []
        for equation, some in zip(block.equations, said, strict=True):
            lines: list[str] = []
            for right in equation.rights:
                first, *rest = self.formula(right, self.width - room - names - 9)
                lines.append(f"{'' if lines else self.ink.write(equation.left):{names}} = {first}")
                lines += self.indented(rest, names + 3)
            beside = [part for text in some if text for part in self.words(text, room)]
            rows.append(((lines, ""), (beside, "faint")))
        return [*found, *self.table(rows, gap=4), *self.bullets(block.after)]

    def chains(self, block: b.Chains) -> list[str]:
        """The factors of a line stand in columns, with ∂z/∂x, the formula and the shape below one another."""
        found: list[str] = []
        for chain in block.chains:
            found += [""] if found else []
            found += self.chain(chain, self.width - 2)
        return [f"  {line}" for line in found]

    def chain(self, chain: b.ChainShown, width: int) -> list[str]:
        dot = " * " if self.ascii else " · "
        found = self.words(chain.why, width) if chain.why else []
        for path in chain.paths:
            lead = "" if path.lead is None else self.ink.write(path.lead)
            margin = len(lead)
            found += [self.say(path.before)] if path.before else []
            for n, line in enumerate(path.lines):
                if line.why:
                    why = "; ".join(filter(None, dict.fromkeys(map(self.reason, line.why))))
                    if why:
                        found += [" " * (margin + 5) + part for part in self.words(f"by {why}", width - margin - 5)]
                shapes = [self.ink.shape(shape).replace(" x ", "x") for shape in line.shapes]
                rows = [[*map(self.ink.write, line.symbols)], [*map(self.ink.write, line.factors)], shapes]
                shown = lead if not n else ""
                for k, part in enumerate(in_columns([row for row in rows if row], width - margin - 3, dot)):
                    for i, text in enumerate(part):
                        sign = "" if i == len(part) - 1 else dot.strip() if k else "="
                        found.append(f"{shown.ljust(margin)} {sign:1} {text}".rstrip())
                        shown = ""
            found += [""] if path.before else []
        if chain.paths:
            words = "the sum of all paths: " if len(chain.paths) > 1 else "hence "
            left, right = map(self.ink.write, chain.result.parts)
            found += spaced(f"{words}{left} = {right}    {self.ink.shape(chain.shape)}{self.say(chain.note)}", width)
        return found

    def reason(self, why: b.Words) -> str:
        # A rule or a definition.
        return "".join(self.ink.statement(part) if isinstance(part, b.InForm) else self.say((part,)) for part in why)

    def rules(self, block: b.Rules) -> list[str]:
        """The rules that were used, each once: its name, what it says, and why that holds."""
        said = [row for row in block.rows if self.ink.statement(row.statement)]
        cited: list[tuple[str, b.InForm, str]] = []
        for _, rows in groupby(said, key=lambda row: row.name):
            for i, row in enumerate(rows):
                cited.append(("" if i else self.say(row.name), row.statement, self.say(row.why or row.source)))
        if not cited:
            return []
        room = self.width - 6
        name = min(max(len(name) for name, _, _ in cited), room * 3 // 10)
        widths = {min(self.ink.width(statement), room // 2) for _, statement, _ in cited}
        statement = min(sorted(widths), key=lambda width: self._height(cited, width, room - name - width))
        found: list[TableLine] = []
        last = ""
        for title, form, why in cited:
            # Rules of one name that hold for one reason say it once.
            because = self.words(why, room - name - statement) if title or why != last else []
            last = why
            found.append(((self.words(title, name), "rule"), (self.formula(form, statement), ""), (because, "faint")))
        return [*self.heading(block.heading), *self.table(found)]

    def _height(self, cited: Sequence[tuple[str, b.InForm, str]], statement: int, why: int) -> int:
        # The lines that rules take where their statements are so wide, and their reasons.
        return sum(max(len(self.formula(s, statement)), len(self.words(w, why))) for _, s, w in cited)

    # ----------------------------------------------------------------------------------------------- the rule book

    def legend(self, block: b.Legend) -> list[str]:
        width = max(len(letter) for letter, _ in block.rows)
        return ["The letters", "", *(f"  {letter:{width}}  {self.say(meaning)}" for letter, meaning in block.rows)]

    def chapter(self, block: b.Chapter) -> list[str]:
        found = [self.say(block.title), ""]
        if block.used:
            found += [*(f"  {line}" for line in self.words(block.used, self.width - 2)), ""]
        rows = [row for row in block.rows if self.ink.statement(row.statement)]
        column = max(len(self.say(row.name)) for row in rows) + 4
        room = self.width - column - 2
        name: b.Words = ()
        said: tuple[str, ...] = ()
        for row in rows:
            lines = self.ink.lines(row.statement, room)
            if row.asks:
                asks = f"[{self.say(row.asks)}]"
                if len(lines[-1]) + len(asks) + 3 > room:
                    lines.append(asks)
                else:
                    lines[-1] += f"   {asks}"
            shown = "" if row.name == name else self.say(row.name)
            found.append(f"  {shown:{column - 2}}{lines[0]}")
            found += [" " * (column + 2) + line for line in lines[1:]]
            remarks = tuple(map(self.say, row.remarks))
            if shown or remarks != said:  # rules of one name that hold for one reason say it once
                for remark in remarks:
                    found += [" " * (column + 4) + line for line in self.words(remark, room - 2)]
            name, said = row.name, remarks
        return found

    def exercise(self, block: b.Exercise) -> list[str]:
        return [self.paint("heading", self.say(block.title)), *_Text(block.document).lines()]


def _joined(shapes: Sequence[str]) -> str:
    # The shapes of a line's terms in order; one for all where they are the same.
    return ", ".join(shapes[:1] if len(set(shapes)) == 1 else filter(None, shapes))


WRITERS: dict[type, Callable[[_Text, Any], list[str]]] = {
    b.Heading: _Text.heading,
    b.Equations: _Text.equations,
    b.Names: _Text.names,
    b.Sentences: _Text.sentences,
    b.Operators: _Text.operators,
    b.Stages: _Text.stages,
    b.IndexEquations: _Text.entrywise,
    b.Chains: _Text.chains,
    b.Rules: _Text.rules,
    b.Chapter: _Text.chapter,
    b.Legend: _Text.legend,
    b.Findings: _Text.findings,
    b.Exercise: _Text.exercise,
}
