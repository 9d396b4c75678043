r"""A document in GitHub's Markdown, formulas between dollar signs.

Markdown reads a backslash before punctuation as an escape, so formulas here hold no such command; nor a bar, which
would end a table's cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from matcalc.document import blocks as b
from matcalc.document.ink import Ink
from matcalc.document.writers.latex import chains
from matcalc.write import LATEX

_COMMANDS = {r"\,": r"\thinspace", r"\\": r"\cr", "*": r"\ast"}
"""What Markdown would take for markup, and commands of LaTeX that are the same."""


def markdown(document: b.Document) -> str:
    """The document. Raises UnsupportedError for a formula too large."""
    found: list[str] = []
    for line in _Markdown(document).lines():
        if line or (found and found[-1]):
            found.append(line)
    return "\n".join(found).strip() + "\n"


def formula(latex: str) -> str:
    """A formula in running text."""
    for sign, command in _COMMANDS.items():
        latex = latex.replace(sign, command)
    return f"${latex}$"


def escaped(words: str) -> str:
    """Words with what Markdown would take for markup escaped."""
    return "".join(f"\\{c}" if c in r"\`*_[]<>#|$~" else c for c in words)


class _Markdown:
    def __init__(self, document: b.Document) -> None:
        self.document = document
        self.ink = Ink.of(document, LATEX)

    def lines(self) -> Iterator[str]:
        yield from (f"# {self.say(self.document.title)}", "")
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

    # ------------------------------------------------------------------------------------------------------- blocks

    def heading(self, block: b.Heading) -> Iterator[str]:
        yield from ("", f"#{'#' * block.level} {self.say(block.words)}")

    def equations(self, block: b.Equations) -> Iterator[str]:
        if block.where:
            yield "where"
        for given, group in groupby(block.rows, key=lambda row: row.given):
            rows = ((self.math(row.left, " = ", row.right), self.extent(row.extent)) for row in group)
            yield from self.table(("given" if given else block.kind, "shape"), rows)

    def names(self, block: b.Names) -> Iterator[str]:
        rows = ((self.math(name.math), self.extent(name.extent), name.how, name.what) for name in block.rows)
        return self.table(("name", "shape", "how it is known", "what it is"), rows)

    def sentences(self, block: b.Sentences) -> Iterator[str]:
        return self.bullets(block.sentences)

    def operators(self, block: b.Operators) -> Iterator[str]:
        return self.bullets(map(self.ink.explanation, block.rows))

    def findings(self, block: b.Findings) -> Iterator[str]:
        return self.bullets((*row.who, " – ", *row.sentence) for row in block.rows)

    def stages(self, block: b.Stages) -> Iterator[str]:
        titled = any(stage.title for stage in block.stages)
        for stage in block.stages:
            if stage.title:
                yield from ("", f"### {self.say(stage.title)}", "", self.say(stage.remark))
            yield from ("", f"{'####' if titled else '###'} {self.say(stage.heading)}")
            rows = map(self.row, stage.rows[1:] if stage.continues else stage.rows)
            yield from self.table(("no.", "line", "by entries", "shapes", "rule", "statement"), rows)
            for row in stage.results:
                yield f"hence {self.math(row.left, ' = ', row.right)}, {self.extent(row.extent)}"

    def row(self, row: b.DerivationRow) -> Sequence[str]:
        equals: tuple[b.Math | str, ...] = () if row.lead is None else (row.lead, " ")
        if row.number or equals:
            equals = (*equals, "= ")
        entry = ", ".join(self.math(part) for part in row.entry or () if self.ink.write(part))
        shapes = [self.math(b.shape_of(shape)) for shape in row.beside if shape is not None]
        return (
            str(row.number or ""),
            self.math(*equals, row.line),
            entry,
            ", ".join(shapes[:1] if len(set(row.beside)) == 1 else shapes),
            self.say(b.joined("; ", row.reason)),
            ", ".join(filter(None, map(self.statement, row.statements))),
        )

    def entrywise(self, block: b.IndexEquations) -> Iterator[str]:
        yield from self.heading(block.heading)
        yield from map(self.say, block.before)
        rows = []
        for equation in block.equations:
            line = [part for right in equation.rights for part in (" = ", right)]
            ranges = "" if equation.ranges is None else self.ink.write(equation.ranges)
            rows.append((self.math(equation.left, *line), formula(ranges) if ranges else "", self.say(equation.beside)))
        yield from self.table(("formula", "indices", "shape"), rows)
        yield from self.bullets(block.after)

    def chains(self, block: b.Chains) -> Iterator[str]:
        for shown in chains(self.ink, block, self.say):
            if isinstance(shown, str):
                yield from ("", shown)
            else:
                yield from (line for row in shown for line in ("", formula("{}{} {}".format(*row))))

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
}
