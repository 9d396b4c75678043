r"""A document in Markdown, as GitHub and question sites render it: formulas between dollar signs, lines in align.

Markdown reads a backslash before punctuation as an escape, so formulas here hold no such command; nor a bar, which
would end a table's cell; nor \operatorname, which GitHub refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from matcalc.document import blocks as b
from matcalc.document.ink import Ink
from matcalc.document.writers.latex import WIDE, chains
from matcalc.write.notations.latex import LATEX

_COMMANDS = {r"\,": r"\thinspace", r"\;": r"\enspace", r"\\": r"\cr", "*": r"\ast", r"\operatorname": r"\mathrm"}
"""What Markdown would take for markup, or a site refuses, and commands of LaTeX that are the same."""
_NOT_IN_TEXT = str.maketrans(dict.fromkeys("\\{}$&#%^_~|*", " ") | {"…": "..."})


def markdown(document: b.Document) -> str:
    """The document. Raises UnsupportedError for a formula too large."""
    found: list[str] = []
    for line in _Markdown(document).page():
        if line or (found and found[-1]):
            found.append(line)
    return "\n".join(found).strip() + "\n"


def plainly(latex: str) -> str:
    """A formula without what Markdown would take for markup."""
    for sign, command in _COMMANDS.items():
        latex = latex.replace(sign, command)
    return latex


def formula(latex: str) -> str:
    """A formula in running text."""
    return f"${plainly(latex)}$"


def escaped(words: str) -> str:
    """Words with what Markdown would take for markup escaped."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>#|$~" else c for c in words)


class _Markdown:
    def __init__(self, document: b.Document, level: int = 1) -> None:
        self.document = document
        self.level = level
        self.ink = Ink.of(document, LATEX)

    def page(self) -> Iterator[str]:
        """The title and all blocks."""
        if self.document.headline:
            yield from (f"# {self.say(self.document.headline)}", "")
        yield from (f"{escaped(part)}  " for part in self.document.byline)
        yield from self.lines()

    def lines(self) -> Iterator[str]:
        for block in self.document.blocks:
            yield from WRITERS[type(block)](self, block)

    def say(self, sentence: b.Words) -> str:
        """A sentence."""
        return self.ink.say(sentence, escaped, lambda typed: f"`{typed.text}`", self.math)

    def math(self, *parts: b.Math | str) -> str:
        """A formula in running text."""
        return formula("".join(part if isinstance(part, str) else self.ink.write(part) for part in parts))

    def extent(self, extent: b.Extent | None) -> str:
        return "" if extent is None else formula(self.ink.extent(extent))

    def statement(self, statement: b.InForm) -> str:
        """A rule; empty where it says nothing."""
        shown = self.ink.statement(statement)
        return formula(shown) if shown else ""

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """A table without the columns that are empty."""
        rows = list(rows)
        if rows:
            yield ""
            used = [i for i in range(len(head)) if any(cells[i] for cells in rows)]
            for cells in (head, ["---"] * len(head), *rows):
                yield f"| {' | '.join(cells[i] for i in used)} |"
            yield ""

    def bullets(self, sentences: Iterable[b.Words]) -> Iterator[str]:
        yield from ("", *(f"- {self.say(sentence)}" for sentence in sentences))

    def display(self, rows: Iterable[str]) -> Iterator[str]:
        """Rows aligned at their signs; sites number the rows of an align, so each of its rows says what it wants."""
        rows = list(map(plainly, rows))
        if not rows:
            return
        numbered = any(r"\tag" in row for row in rows)
        if numbered:
            rows = [row if r"\tag" in row else rf"{row} \notag" for row in rows]
        kind = "align" if numbered else "aligned"
        yield from ("", "$$", rf"\begin{{{kind}}}")
        yield from (rf"{row} \cr" for row in rows[:-1])
        yield from (rows[-1], rf"\end{{{kind}}}", "$$", "")

    def row(self, left: str, sign: str, math: b.Math, beside: str = "", number: int = 0) -> Iterator[str]:
        """A formula in as many rows as it needs, and what stands at the right margin."""
        first, *rest = self.ink.lines(math, WIDE)
        tag = rf" \tag{{{number}}}" if number else ""
        yield f"{left} &{sign} {first}{f' && {beside}' if beside else ''}{tag}"
        yield from (rf"&\quad {part}" for part in rest)

    def inside(self, sentence: b.Words) -> str:
        """A sentence inside a formula."""
        return self.ink.say(sentence, _text, lambda typed: _text(typed.text), self.ink.write)

    # ------------------------------------------------------------------------------------------------------- blocks

    def heading(self, block: b.Heading) -> Iterator[str]:
        yield from ("", f"{'#' * (block.level + self.level)} {self.say(block.words)}")

    def equations(self, block: b.Equations) -> Iterator[str]:
        if block.where:
            yield from ("", "where")
        for given, group in groupby(block.rows, key=lambda row: row.given):
            if given:
                yield from ("", "given")
            yield from self.display(line for row in group for line in self.equation(row))

    def equation(self, row: b.Equation) -> Iterator[str]:
        return self.row(self.ink.write(row.left), "=", row.right, self.ink.extent(row.extent))

    def names(self, block: b.Names) -> Iterator[str]:
        yield from ("", self.say(block.sentence))

    def sentences(self, block: b.Sentences) -> Iterator[str]:
        return self.bullets(block.sentences)

    def operators(self, block: b.Operators) -> Iterator[str]:
        return self.bullets(map(self.ink.explanation, block.rows))

    def findings(self, block: b.Findings) -> Iterator[str]:
        return self.bullets((*row.who, " – ", *row.sentence) for row in block.rows)

    def stages(self, block: b.Stages) -> Iterator[str]:
        rows: list[str] = []
        for stage in block.stages:
            if stage.title:
                yield from self.display(rows)
                rows.clear()
                yield from self.heading(b.Heading(stage.title, 2))
                yield from ("", self.say(stage.remark))
            if not stage.continues and stage.rows and stage.rows[0].lead is None:
                rows.append(f"&{self.inside(stage.heading)}")
            for line in stage.rows[1:] if stage.continues else stage.rows:
                rows += self.line(line)
            for row in stage.results:
                said = b.Beside((row.left, " = ", row.right))
                rows += self.row("", r"\text{hence}\quad", said, self.ink.extent(row.extent))
        yield from self.display(rows)
        told = [said for stage in block.stages for said in stage.told]
        yield from self.bullets(told) if told else ()

    def line(self, row: b.DerivationRow) -> Iterator[str]:
        """A line of a derivation, and the same in index notation where it is asked for."""
        shapes = [self.ink.shape(shape) for shape in row.beside if shape is not None]
        said = [self.inside(b.joined("; ", row.reason))]
        said += [self.ink.write(s) for s in row.statements if row.row.named and self.ink.statement(s)]
        said.append(", ".join(shapes[:1] if len(set(row.beside)) == 1 else shapes))
        sign = "=" if row.number or row.lead is not None else ""
        left = "" if row.lead is None else self.ink.write(row.lead)
        yield from self.row(left, sign, row.line, r"\quad ".join(filter(None, said)), row.number)
        if row.entry is not None:
            term, over = row.entry
            yield from self.row(
                "", r"\quad =" if row.line.node.is_scalar else r"\quad\vert", term, self.ink.write(over)
            )

    def entrywise(self, block: b.IndexEquations) -> Iterator[str]:
        yield from self.heading(block.heading)
        yield from map(self.say, block.before)
        rows: list[str] = []
        for equation in block.equations:
            ranges = "" if equation.ranges is None else self.ink.write(equation.ranges)
            said = r"\quad ".join(filter(None, (ranges, self.inside(equation.beside))))
            for n, right in enumerate(equation.rights):
                rows += self.row("" if n else self.ink.write(equation.left), "=", right, "" if n else said)
        yield from self.display(rows)
        yield from self.bullets(block.after)

    def chains(self, block: b.Chains) -> Iterator[str]:
        for shown in chains(self.ink, block, self.say):
            if isinstance(shown, str):
                yield from ("", shown)
            else:
                yield from self.display(row for left, factors in shown for row in self.product(left, factors))

    def product(self, left: str, factors: Iterable[b.Math]) -> Iterator[str]:
        """left = a product, in as many rows as it needs."""
        rows: list[list[str]] = [[]]
        used = 0
        for factor in factors:
            used += self.ink.width(factor) + 10
            if rows[-1] and used > WIDE:
                rows.append([])
                used = self.ink.width(factor) + 10
            rows[-1].append(self.ink.write(factor))
        for i, row in enumerate(rows):
            start = r"&\quad \cdot " if i else f"{left} &= "
            yield start + r" \cdot ".join(row)

    def rules(self, block: b.Rules) -> Iterator[str]:
        rows = [(self.say(row.name), self.statement(row.statement), self.say(row.because)) for row in block.rows]
        rows = [cells for cells in rows if cells[1]]
        if rows:
            yield from self.heading(block.heading)
        yield from self.table(("rule", "statement", "why, and when"), rows)

    def legend(self, block: b.Legend) -> Iterator[str]:
        yield from ("", "| letters | what they stand for |", "| --- | --- |")
        yield from (f"| {formula(letters)} | {self.say(meaning)} |" for letters, meaning in block.rows)

    def chapter(self, block: b.Chapter) -> Iterator[str]:
        yield from ("", f"## {self.say(block.title)}", "")
        if block.used:
            yield from (self.say(block.used), "")
        yield from ("| rule | statement | asks for | why, when, and source |", "| --- | --- | --- | --- |")
        before: b.Words = ()
        for row in block.rows:
            statement = self.statement(row.statement)
            if statement:
                name = "" if row.name == before else self.say(row.name)
                remarks = "; ".join(map(self.say, row.remarks))
                yield f"| {name} | {statement} | {self.say(row.asks)} | {remarks} |"
                before = row.name

    def exercise(self, block: b.Exercise) -> Iterator[str]:
        yield from self.heading(b.Heading(block.title))
        yield from _Markdown(block.document, self.level + 1).lines()


def _text(words: str) -> str:
    words = words.translate(_NOT_IN_TEXT)
    return rf"\text{{{words}}}" if words.strip() else words


WRITERS: dict[type, Callable[[_Markdown, Any], Iterator[str]]] = {
    b.Heading: _Markdown.heading,
    b.Equations: _Markdown.equations,
    b.Names: _Markdown.names,
    b.Sentences: _Markdown.sentences,
    b.Operators: _Markdown.operators,
    b.Stages: _Markdown.stages,
    b.IndexEquations: _Markdown.entrywise,
    b.Chains: _Markdown.chains,
    b.Rules: _Markdown.rules,
    b.Chapter: _Markdown.chapter,
    b.Legend: _Markdown.legend,
    b.Findings: _Markdown.findings,
    b.Exercise: _Markdown.exercise,
}
