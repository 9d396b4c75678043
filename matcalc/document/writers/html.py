"""Writes a document as a fragment of HTML with MathML formulas.

The reason for a rule is in a <details> element that a reader opens. A fragment has no style and no script: the page
that contains it sets its appearance through the class of each element. A complete page has a style of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from html import escape
from typing import Any

from matcalc.document import blocks as b
from matcalc.document.ink import Ink
from matcalc.document.writers.text import in_one_line
from matcalc.write import TEXT
from matcalc.write.notations.mathml import MATHML

STYLE = """\
.matcalc { max-width: 60em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 serif }
.matcalc table { border-spacing: 1em .3em; margin-left: -1em } .matcalc td, .matcalc th { text-align: left }
.matcalc .lines { width: 100%; table-layout: fixed } .matcalc .lines th:first-child { width: 2em }
.matcalc .lines th:nth-child(2) { width: 50% } .matcalc .lines th:nth-child(4) { width: 30% }
.matcalc .lines td:last-child, .matcalc .note { opacity: .75; font-size: 85% } .matcalc th { font-weight: normal }
.matcalc .left:not(:empty) + math, .matcalc .right { margin-left: .3em }
.matcalc .line .left { display: inline-block; min-width: 1.6em }
.matcalc thead { opacity: .65; font-size: 85% } .matcalc ul { padding-left: 1.2em } .matcalc details { cursor: pointer }
"""
"""How a fragment looks where nothing around it says so."""
HEAD = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
{STYLE}</style>
"""
"""What a complete page begins with."""


def html(document: b.Document) -> str:
    """The document. Raises UnsupportedError for a formula too large."""
    page = _Html(document)
    head = element("h1", page.say(document.headline)) if document.headline else ""
    byline = (element("p", escape(part), "byline") for part in document.byline)
    inside = filter(None, (head, *byline, *page.lines()))
    lines = "\n".join(('<article class="matcalc">', *inside, "</article>")) + "\n"
    if not document.view.document:
        return lines
    title = element("title", escape(in_one_line(Ink.of(document, TEXT), document.headline)))
    return f"{HEAD}{title}\n<main>\n{lines}</main>\n</html>\n"


def sentence(words: b.Words, names: Collection[str] = ()) -> str:
    """Running text, in which `names` are names."""
    return _Html(b.Document((), (), tuple(names))).say(words)


def element(name: str, inside: str, kind: str = "") -> str:
    """<name class="kind">inside</name>"""
    return f"<{name}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{inside}</{name}>"


def sections(document: b.Document) -> Iterator[tuple[str, str]]:
    """Its parts, each from a heading to the next: what a part is (SECTIONS), and its HTML."""
    page = _Html(document)
    part: list[b.Block] = []
    for block in (*document.blocks, None):
        begins = isinstance(block, b.Rules) or (isinstance(block, b.Heading) and block.level == 1)
        if part and (block is None or begins):
            kinds = {type(x) for x in part}
            kind = next((SECTIONS[of] for of in SECTIONS if of in kinds), "remarks")
            yield kind, "\n".join(page.lines(part))
            part = []
        if block is not None:
            part.append(block)


def echo(document: b.Document) -> tuple[str, list[tuple[b.Name, str, str]], list[str]]:
    """Of a program as it was understood: its equations, its names each with its formula and its shape, its notes."""
    page = _Html(document)
    equations = [block for block in document.blocks if isinstance(block, b.Equations)]
    names = [row for block in document.blocks if isinstance(block, b.Names) for row in block.rows]
    notes = [words for block in document.blocks if isinstance(block, b.Sentences) for words in block.sentences]
    rows = [(row, page.math(row.math), page.extent(row.extent)) for row in names]
    return "\n".join(page.lines(equations)), rows, [*map(page.say, notes)]


SECTIONS: dict[type, str] = {
    b.Names: "problem",
    b.Stages: "derivation",
    b.Exercise: "derivation",
    b.Rules: "rules",
    b.Findings: "verification",
    b.Equations: "result",
    b.IndexEquations: "entries",
    b.Chains: "chains",
}
"""What a part of a document is, by the first of these kinds of blocks that is in it; otherwise it is of remarks."""


class _Html:
    def __init__(self, document: b.Document, level: int = 1) -> None:
        self.document = document
        self.level = level
        self.ink = Ink.of(document, MATHML)
        self.text = Ink(TEXT, document.names, kronecker=document.kronecker)
        self.cited_rules = {
            row.rule: row for block in document.blocks if isinstance(block, b.Rules) for row in block.rows
        }

    def lines(self, blocks: Iterable[b.Block] | None = None) -> Iterator[str]:
        """All blocks of the document, or some of them."""
        found = self.document.blocks if blocks is None else blocks
        return filter(None, (line for block in found for line in WRITERS[type(block)](self, block)))

    def formula(self, inside: str, text: str) -> str:
        """MathML, with its text for who listens."""
        return f'<math alttext="{escape(text)}">{inside}</math>' if inside else ""

    def math(self, *parts: b.Math) -> str:
        """A formula; several, with equals signs between them."""
        inside = parts[0] if len(parts) == 1 else b.InForm("equation", parts)
        return self.formula(self.ink.write(inside), self.text.write(inside))

    def equal(self, left: b.Math | None, *rights: b.Math) -> str:
        """left = right = …, or = right with nothing on the left; a page may break a right side between its terms."""
        sign = self.formula("<mo>=</mo>", "=")
        found = element("span", "" if left is None else self.math(left), "left")
        for right in rights:
            found += sign + element("span", self.terms(right), "right")
        return element("span", found, "equation")

    def terms(self, math: b.Math) -> str:
        """The terms of a sum, each a formula with its sign."""
        parts, texts = self.ink.summands(math), self.text.summands(math)
        if len(parts) != len(texts):
            return self.math(math)
        # A sign that begins a formula would stand close to what follows it; here it stands between two terms.
        infix = [str(parts[0]), *(re.sub("^<mo>", '<mo lspace="0" rspace="0.25em">', str(part)) for part in parts[1:])]
        return " ".join(self.formula(part, str(text)) for part, text in zip(infix, texts, strict=True))

    def say(self, sentence: b.Words) -> str:
        """A sentence."""
        escaped = partial(escape, quote=False)
        return self.ink.say(sentence, escaped, lambda typed: element("code", escaped(typed.text)), self.math)

    def extent(self, extent: b.Extent | None) -> str:
        return "" if extent is None else self.formula(self.ink.extent(extent), self.text.extent(extent))

    def statement(self, statement: b.InForm) -> str:
        """A rule; empty where it says nothing."""
        return self.math(statement) if self.ink.statement(statement) else ""

    def table(self, kind: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
        """A table without the columns that are empty."""
        rows = list(rows)
        used = [i for i in range(len(head)) if any(cells[i] for cells in rows)]
        if rows:
            yield f'<table class="{kind}">'
            yield element("thead", element("tr", "".join(element("th", escape(head[i])) for i in used)))
            yield "<tbody>"
            kinds = [re.sub(r"\W+", "-", title).strip("-") for title in head]
            yield from (element("tr", "".join(element("td", cells[i], kinds[i]) for i in used)) for cells in rows)
            yield "</tbody></table>"

    def listed(self, kind: str, sentences: Iterable[b.Words]) -> Iterator[str]:
        items = [element("li", self.say(sentence)) for sentence in sentences]
        if items:
            yield element("ul", "".join(items), kind)

    def reasons(self, summary: str, said: Iterable[b.Words]) -> str:
        """What a reader opens to know more."""
        inside = "".join(element("p", self.say(sentence)) for sentence in said if sentence)
        return element("details", element("summary", summary) + inside) if inside else summary

    # ------------------------------------------------------------------------------------------------------- blocks

    def heading(self, block: b.Heading) -> Iterator[str]:
        yield element(f"h{block.level + self.level}", self.say(block.words))

    def equations(self, block: b.Equations) -> Iterator[str]:
        if block.where:
            yield element("p", "where")
        rows = ((self.equal(row.left, row.right), self.extent(row.extent)) for row in block.rows)
        yield from self.table(block.kind, (block.kind, "shape"), rows)

    def names(self, block: b.Names) -> Iterator[str]:
        yield element("p", self.say(block.sentence), "names")

    def sentences(self, block: b.Sentences) -> Iterator[str]:
        return self.listed(block.kind, block.sentences)

    def operators(self, block: b.Operators) -> Iterator[str]:
        return self.listed("operators", map(self.ink.explanation, block.rows))

    def findings(self, block: b.Findings) -> Iterator[str]:
        for row in block.rows:
            yield element("p", f"{self.say(row.who)}: {self.say(row.sentence)}", row.status)

    def stages(self, block: b.Stages) -> Iterator[str]:
        for stage in block.stages:
            yield '<section class="stage">'
            level = self.level + 2
            if stage.title:
                yield element(f"h{level}", self.say(stage.title)) + element("p", self.say(stage.remark))
                level += 1
            yield element(f"h{level}", self.say(stage.heading))
            rows = stage.rows[1:] if stage.continues else stage.rows
            yield from self.table("lines", ("no.", "line", "by entries", "shapes", "rule"), map(self.row, rows))
            for row in stage.results:
                result = self.equal(row.left, row.right)
                yield element("p", f"hence {result}, {element('span', self.extent(row.extent), 'shape')}", "result")
            yield "</section>"

    def row(self, row: b.DerivationRow) -> Sequence[str]:
        line = self.equal(row.lead, row.line) if row.number or row.lead is not None else self.terms(row.line)
        entry = ", ".join(self.math(part) for part in row.entry or () if self.ink.write(part))
        shapes = dict.fromkeys(self.math(b.shape_of(shape)) for shape in row.beside if shape is not None)
        statements: list[b.Words] = [(s,) for s in row.statements if self.ink.statement(s)]
        said = b.joined("; ", row.reason)
        why = [self.cited_rules[rule].why for rule in row.row.rules if rule in self.cited_rules]
        if row.row.named:  # the definition of a name is no reason that a reader may leave closed
            reason = self.say(b.joined(" ", (said, *statements)))
        else:
            reason = self.reasons(self.say(said), dict.fromkeys((*statements, *why)))
        reason += "".join(element("p", self.say(words), "words") for words in row.explained)
        return str(row.number or ""), line, entry, ", ".join(shapes), reason

    def entrywise(self, block: b.IndexEquations) -> Iterator[str]:
        yield from self.heading(block.heading)
        yield from self.listed("remark", block.before)
        rows = []
        for equation in block.equations:
            ranges = "" if equation.ranges is None else self.math(equation.ranges)
            line = self.equal(equation.left, *equation.rights)
            rows.append((line, ranges, self.say(equation.beside)))
        yield from self.table("entries", ("formula", "indices", "shape"), rows)
        yield from self.listed("remark", block.after)

    def chains(self, block: b.Chains) -> Iterator[str]:
        for chain in block.chains:
            if chain.why:
                yield element("p", self.say(chain.why))
            for path in chain.paths:
                if path.before:
                    yield element("p", self.say(path.before))
                lead = "" if path.lead is None else self.math(path.lead)
                yield element("ol", "".join(element("li", lead + self.product(line)) for line in path.lines), "chain")
            if chain.paths:
                yield element("p", self.say((chain.result, ", ", b.shape_of(chain.shape), *chain.note)), "result")

    def product(self, line: b.ChainLine) -> str:
        """The factors of a chain, each above its shape, and what led there."""
        rows = [line.symbols, line.factors, tuple(map(b.shape_of, line.shapes))]
        cells = ["".join(element("td", self.math(part)) for part in row) for row in rows if row]
        why = [words for words in line.why if not isinstance(words[0], b.InForm) or self.ink.statement(words[0])]
        return element("table", "".join(element("tr", row) for row in cells)) + (
            self.reasons("by", dict.fromkeys(why)) if why else ""
        )

    def rules(self, block: b.Rules) -> Iterator[str]:
        rows = list(self.cited(block.rows))
        if rows:
            yield from self.heading(block.heading)
        yield from self.table("rules", ("rule", "statement", "asks for"), rows)

    def cited(self, rows: Iterable[b.RuleRow]) -> Iterator[Sequence[str]]:
        for row in rows:
            statement = self.statement(row.statement)
            if statement:
                yield self.reasons(self.say(row.name), row.remarks), statement, self.say(row.asks)

    def legend(self, block: b.Legend) -> Iterator[str]:
        rows = ((element("i", escape(letters)), self.say(meaning)) for letters, meaning in block.rows)
        return self.table("legend", ("letters", "what they stand for"), rows)

    def chapter(self, block: b.Chapter) -> Iterator[str]:
        yield element("h2", self.say(block.title))
        if block.used:
            yield element("p", self.say(block.used))
        yield from self.table("rules", ("rule", "statement", "asks for"), self.cited(block.rows))

    def exercise(self, block: b.Exercise) -> Iterator[str]:
        inner = _Html(block.document, self.level + 1)
        yield '<section class="problem">'
        yield from self.heading(b.Heading(block.title))
        yield from inner.lines()
        yield "</section>"


WRITERS: dict[type, Callable[[_Html, Any], Iterator[str]]] = {
    b.Heading: _Html.heading,
    b.Equations: _Html.equations,
    b.Names: _Html.names,
    b.Sentences: _Html.sentences,
    b.Operators: _Html.operators,
    b.Stages: _Html.stages,
    b.IndexEquations: _Html.entrywise,
    b.Chains: _Html.chains,
    b.Rules: _Html.rules,
    b.Chapter: _Html.chapter,
    b.Legend: _Html.legend,
    b.Findings: _Html.findings,
    b.Exercise: _Html.exercise,
}
