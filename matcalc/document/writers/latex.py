r"""Writes a document in LaTeX: a fragment for amsmath and amssymb, or a complete file.

Each section of a derivation is one flalign*, which may break over pages. Beside each line are its number, the rule's
name, the shapes and the rule. Lines that are too long for the page are broken at their operators.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from matcalc import names
from matcalc.document import blocks as b
from matcalc.document.ink import Ink
from matcalc.document.plain import plain
from matcalc.write import LATEX

LINE, WIDE, ROOM, SHAPE, BOOK = 232, 390, 200, 40, 340
"""The room for a line beside its reason, for a line alone, for a rule, for the shape of a term, for a rule of the rule
book, in points."""
PAGE = r"\par\pagebreak[1]"
"""A place where a page may well end."""
TALL = 10
"""A line of the derivation that takes more rows than this may break over pages."""
LONGEST = 40
"""Rows of a table, which does not break over pages."""
NEXT = r"\par\nobreak"
"""The next paragraph, on the same page."""
NEXT_RULE = r"\par"
"""The next rule, which a page may begin with."""
LEAD, MIDDLE, BESIDE = 0.08, 0.53, 0.36
"""The columns of the derivation, in parts of the text's width."""

NOTHING = r"\phantom{=}"
"""Placeholder for a missing left side."""

HEAD = r"""\documentclass[11pt,a4paper]{article}
\usepackage{amsmath,amssymb}
\setlength{\textwidth}{17cm}
\setlength{\oddsidemargin}{-0.54cm}
\setlength{\textheight}{25cm}
\setlength{\topmargin}{-1.8cm}
\setlength{\parindent}{0pt}
\begin{document}
"""
_CAPITALS = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
_SIGNS = {
    "×": r"\times",
    "⊙": r"\odot",
    "⊘": r"\oslash",
    "⊗": r"\otimes",
    "𝟏": r"\mathbf{1}",
    "≥": r"\ge",
    "≤": r"\le",
    "≠": r"\ne",
    "∞": r"\infty",
    "∑": r"\sum",
    "∏": r"\prod",
    "∇": r"\nabla",
    "∂": r"\partial",
    "∈": r"\in",
    "∘": r"\circ",
    "⊤": r"\top",
    "ᵀ": r"^\top",
    "→": r"\to",
    "⁻": "^{-}",
    "⁺": "^{+}",
}
_SIGNS |= {c: f"^{{{i}}}" for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {c: f"_{{{i}}}" for i, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
_SIGNS |= {letter: f"\\{name}" for name, letter in names.GREEK.items() if name[0].islower()}
_SIGNS |= {names.GREEK[name]: f"\\{name}" for name in _CAPITALS.split()}
_ESCAPES = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "…": r"\dots{}",
    "–": "--",
    "‖": r"$\|$",
    '"': "''",
}
_ACCENTS = {"\u0301": "\\'", "\u0300": "\\`", "\u0302": "\\^", "\u0303": "\\~", "\u0308": '\\"', "\u030c": "\\v"}


def latex(document: b.Document) -> str:
    """The document. Raises UnsupportedError for a formula too large."""
    page = _Latex(document)
    lines = page.lines()
    if document.report is None:
        return "\n".join(lines) + "\n"
    # Pages may break before headings and between the lines of a derivation, and nowhere else.
    start = r"{\allowdisplaybreaks\abovedisplayskip=4pt\belowdisplayskip=4pt\postdisplaypenalty=10000\sloppy"
    body = "\n".join((start, *lines, "}")) + "\n"
    if not document.view.document:
        return body
    title = rf"\begin{{center}}\Large {page.say(document.title)}\end{{center}}"
    return f"{HEAD}{title}\n\n{body}\n\\end{{document}}\n"


def sentence(ink: Ink, words: b.Words) -> str:
    """Running text with what LaTeX would take for a command escaped."""
    return ink.say(
        words, escaped, lambda typed: rf"\texttt{{{escaped(typed.text)}}}", lambda math: f"${ink.write(math)}$"
    )


def escaped(words: str) -> str:
    """Words with what LaTeX would take for a command escaped."""
    return "".join(map(_escaped, words))


def _escaped(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c in _SIGNS:
        return f"${_SIGNS[c]}$"
    if c.isascii():
        return c
    parts = unicodedata.normalize("NFD", c)
    letter, accent = parts[0], _ACCENTS.get(parts[1:])
    return f"{accent}{{{letter}}}" if accent and letter.isascii() else "".join(map(_escaped, plain(c)))


def _flalign(rows: Sequence[str], between: str = " \\\\\n") -> list[str]:
    return [r"\begin{flalign*}", between.join(rows), r"\end{flalign*}"] if rows else []


def _line(formula: str, part: float) -> str:
    return rf"\parbox[t]{{{part}\textwidth}}{{\raggedright$\displaystyle {formula}$}}"


def _aligned(rows: Iterable[str]) -> str:
    """Rows below one another, the first on the line."""
    joined = r" \\ ".join(rows)
    return rf"\begin{{aligned}}[t] {joined} \end{{aligned}}"


class _Latex:
    def __init__(self, document: b.Document) -> None:
        self.document = document
        self.ink = Ink.of(document, LATEX)

    def lines(self) -> list[str]:
        return [line for block in self.document.blocks for line in WRITERS[type(block)](self, block)]

    def say(self, words: b.Words) -> str:
        """A sentence."""
        return sentence(self.ink, words)

    # ------------------------------------------------------------------------------------------------------- blocks

    def heading(self, block: b.Heading) -> Iterator[str]:
        yield rf"\par\pagebreak[2]\bigskip\noindent\textbf{{{self.say(block.words)}}}"

    def equations(self, block: b.Equations) -> Iterator[str]:
        """name = formula, and its shape at the right, aligned."""
        if block.where:
            yield r"\par\noindent where"
        for _, group in groupby(block.rows, key=lambda row: row.given):
            rows: list[str] = []
            for row in group:
                name = self.ink.write(row.left)
                first, *rest = self.ink.lines(row.right, WIDE - self.ink.width(row.left))
                rows.append(rf"{name} &= {first} && {self.ink.extent(row.extent)}")
                rows += [rf"&\quad {part} &&" for part in rest]
            yield from _flalign(rows)

    def names(self, block: b.Names) -> Iterator[str]:
        rows = []
        for name in block.rows:
            shape = f"${self.ink.extent(name.extent)}$ " if name.extent is not None else ""
            rows.append(rf"${self.ink.write(name.math)}$ & {shape}& {name.how} & {name.what}")
        for i in range(0, len(rows), LONGEST):
            yield rf"{NEXT}\medskip\noindent\begin{{tabular}}{{@{{}}llll@{{}}}}"
            yield " \\\\\n".join(rows[i : i + LONGEST])
            yield r"\end{tabular}"

    def paragraphs(self, sentences: Iterable[b.Words]) -> Iterator[str]:
        for words in sentences:
            yield rf"{NEXT}\noindent {self.say(words)}\par"

    def sentences(self, block: b.Sentences) -> Iterator[str]:
        return self.paragraphs(block.sentences)

    def operators(self, block: b.Operators) -> Iterator[str]:
        return self.paragraphs(map(self.ink.explanation, block.rows))

    def findings(self, block: b.Findings) -> Iterator[str]:
        for row in block.rows:
            yield rf"{NEXT}\noindent {self.say(row.who)}\quad {self.say(row.sentence)}\par"

    # ---------------------------------------------------------------------------------------------- the derivation

    def stages(self, block: b.Stages) -> Iterator[str]:
        for i, stage in enumerate(block.stages):
            page = PAGE if i else ""
            if stage.title:
                yield rf"{page}{NEXT}\medskip\noindent\textbf{{{self.say(stage.title)}}}"
                if stage.remark:
                    yield rf"\par\nobreak\noindent {self.say(stage.remark)}"
                page = ""
            yield rf"{page}{NEXT}\medskip\noindent\textit{{{self.say(stage.heading)}}}"
            rows: list[str] = []
            for j, row in enumerate(stage.rows):
                if j or not stage.continues:
                    rows += self.row(row)
            # The last two rows stay on one page.
            yield from _flalign([" \\\\\n".join(rows[:-1]), rows[-1]] if len(rows) > 1 else rows, " \\\\*\n")
            for result in stage.results:
                head, *rest = self.ink.lines(b.Beside((result.left, " = ", result.right)), WIDE)
                box = _aligned([rf"& {head}", *(rf"&\quad {part}" for part in rest)]) if rest else head
                yield rf"\[ \text{{hence}}\quad \boxed{{{box}}} \qquad {self.ink.extent(result.extent)} \]"

    def row(self, row: b.DerivationRow) -> Iterator[str]:
        beside = self.beside(row)
        lead = "" if row.lead is None else self.ink.write(row.lead)
        sign = "=" if row.number or lead else NOTHING
        formula, below = self.line(row, sign, LINE if beside else WIDE - SHAPE)
        box = rf"\makebox[{LEAD}\textwidth][r]{{$\displaystyle {lead}$}}"
        yield rf"{box} &{_line(formula, MIDDLE if beside else MIDDLE + BESIDE)} {beside}"
        yield from (rf"&\qquad {part}" for part in below)
        if row.entry is not None:
            yield from self.entry(row.line.node.is_scalar, *row.entry)

    def entry(self, scalar: bool, term: b.Math, over: b.IndexRanges) -> list[str]:
        """A line of the derivation in index notation."""
        sign = "=" if scalar else r"\vert"
        pieces = self.ink.lines(term, WIDE - SHAPE)
        found = [rf"\; {sign} {part}" if not n else rf"\qquad {part}" for n, part in enumerate(pieces)]
        ranges = self.ink.write(over)
        if ranges:
            found[-1] += rf"\qquad {ranges}"
        width = MIDDLE + BESIDE
        return [rf"&\parbox[t]{{{width}\textwidth}}{{\footnotesize$\displaystyle {part}$}}" for part in found]

    def line(self, row: b.DerivationRow, sign: str, room: int) -> tuple[str, Sequence[str]]:
        """A line, and the lines below it where it is so long that it may break over pages.

        Terms whose gradients differ in shape stand below one another, each with its shape.
        """
        shapes = self.ink.shapes(row)
        if len(set(shapes)) > 1 and len(list(filter(None, shapes))) > 1 and len(shapes) <= TALL:
            parts = self.ink.summands(row.line)
            if len(parts) == len(shapes):
                rows: list[str] = []
                for term, shape in zip(parts, shapes, strict=True):
                    head, *rest = self.ink.lines(term, room - SHAPE)
                    before = r"\quad" if rows else sign
                    rows.append(rf"&{before} {head} &&\scriptstyle {shape}")
                    rows += [rf"&\qquad {part}" for part in rest]
                return _aligned(rows), ()
        head, *rest = self.ink.lines(row.line, room)
        if not rest:
            return rf"\, {sign} {head}", ()  # the space that aligned sets before itself
        if len(rest) > TALL:
            return rf"{sign} {head}", rest
        return _aligned([rf"&{sign} {head}", *(rf"&\quad {part}" for part in rest)]), ()

    def beside(self, row: b.DerivationRow) -> str:
        """The number and the name of the rule, the shapes of the gradients, and the rule."""
        shapes = self.ink.shapes(row)
        together = shapes[:1] if len(set(shapes)) == 1 else [shape for shape in shapes if shape]
        shape = f"${together[0]}$" if len(together) == 1 and together[0] else ""
        reason = self.say(b.joined("; ", row.reason))
        words = [rf"({row.number}) {reason}" if row.number else reason]
        for statement in row.statements:
            if self.ink.statement(statement):
                words.append(r"\\ \hspace*{1em}".join(f"${part}$" for part in self.ink.lines(statement, ROOM)))
        # The shape is at the right end of the last line, or of a line of its own.
        said = r"\newline ".join(filter(None, words))
        if not said and not shape:
            return ""
        room = r"\unskip\nobreak\hfill\penalty50\hskip1em\hbox{}\nobreak\hfill" if said else r"\hspace*{\fill}"
        right = rf"{room}\mbox{{{shape}}}" if shape else ""
        return rf"\parbox[t]{{{BESIDE}\textwidth}}{{\footnotesize\raggedright {said}{right}\strut}}"

    # ---------------------------------------------------------------------------------------- entries, chains, rules

    def entrywise(self, block: b.IndexEquations) -> Iterator[str]:
        yield from self.heading(block.heading)
        yield from self.paragraphs(block.before)
        rows: list[str] = []
        for equation in block.equations:
            beside: list[tuple[str, int]] = []
            if equation.ranges is not None and self.ink.write(equation.ranges):
                beside.append((rf"\scriptstyle {self.ink.write(equation.ranges)}", self.ink.width(equation.ranges)))
            if equation.beside:
                words = self.say(equation.beside)
                beside.append((rf"\text{{\footnotesize {words}}}", self.ink.width(b.Beside((words,)))))
            room = WIDE - self.ink.width(equation.left)
            for n, right in enumerate(equation.rights):
                first, *rest = self.ink.lines(right, room - max((width for _, width in beside), default=0))
                beside_it = beside.pop(0)[0] if beside else ""
                rows.append(rf"{'' if n else self.ink.write(equation.left)} &= {first} && {beside_it}")
                rows += [rf"&\quad {part} &&" for part in rest]
            rows += [rf"& && {text}" for text, _ in beside]
        yield from _flalign(rows)
        yield from self.paragraphs(block.after)

    def chains(self, block: b.Chains) -> Iterator[str]:
        for shown in chains(self.ink, block, self.say):
            if isinstance(shown, str):
                yield rf"{NEXT}\noindent {shown}\par"
            else:
                yield from _flalign([f"{left}&{sign} {factors} &&" for left, sign, factors in shown])

    def rules(self, block: b.Rules) -> Iterator[str]:
        rows = [row for row in block.rows if self.ink.statement(row.statement)]
        if rows:
            yield from self.heading(block.heading)
        for i, row in enumerate(rows):
            because = self.say(row.because)
            tail = rf" {{\footnotesize ({because})}}" if because else ""
            name, statement = self.say(row.name), self.ink.write(row.statement)
            yield rf"{NEXT_RULE if i else NEXT}\noindent {name}: ${statement}${tail}"

    def legend(self, block: b.Legend) -> Iterator[str]:
        rows = (rf"${letter}$ & {self.say(meaning)} \\" for letter, meaning in block.rows)
        yield from (r"\subsection*{The letters}", r"\begin{tabular}{@{}ll@{}}", *rows, r"\end{tabular}")

    def chapter(self, block: b.Chapter) -> Iterator[str]:
        yield rf"\subsection*{{{self.say(block.title)}}}"
        if block.used:
            yield self.say(block.used)
        yield r"\begin{description}"
        rows = (row for row in block.rows if self.ink.statement(row.statement))
        for name, group in groupby(rows, key=lambda row: row.name):
            yield rf"\item[{self.say(name)}] \hfill"
            for row in group:
                lines = [f"${line}$" for line in self.ink.lines(row.statement, BOOK)]
                lines[-1] += rf"\quad [{self.say(row.asks)}]" if row.asks else ""
                remarks = "; ".join(map(self.say, row.remarks))
                lines += [rf"{{\footnotesize {remarks}}}"] if remarks else []
                yield r"\\ " + r" \\* ".join(lines)
        yield r"\end{description}"


DisplayRows = Sequence[tuple[str, str, str]]
"""Rows of a display: what stands before the sign, the sign, and the factors."""


def chains(ink: Ink, block: b.Chains, say: Callable[[b.Words], str]) -> Iterator[str | DisplayRows]:
    """Sentences, and the rows of displays that are aligned at their signs."""
    for chain in block.chains:
        if chain.why:
            yield say(chain.why)
        for path in chain.paths:
            if path.before:
                yield say(path.before)
            lead = f"{NOTHING if path.lead is None else ink.write(path.lead)} "
            for n, line in enumerate(path.lines):
                why = [words for words in line.why if not isinstance(words[0], b.InForm) or ink.statement(words[0])]
                if why:
                    yield f"by {say(b.joined('; ', dict.fromkeys(why)))}"
                symbols = _rows(lead, [(ink.write(s), ink.width(s)) for s in line.symbols]) if line.symbols else []
                braces = [
                    b.InForm("underbrace", (f, b.shape_of(s))) for f, s in zip(line.factors, line.shapes, strict=True)
                ]
                left = "" if n or symbols else lead
                yield [*symbols, *_rows(left, [(ink.write(brace), ink.width(brace)) for brace in braces])]
        if chain.paths:
            words = "the sum of all paths: " if len(chain.paths) > 1 else "hence "
            result = b.Beside((chain.result.parts[0], " = ", chain.result.parts[1]))
            yield f"{words}{say((result, ', ', b.shape_of(chain.shape), *chain.note))}"


def _rows(left: str, factors: Sequence[tuple[str, int]]) -> DisplayRows:
    # As many rows as the factors need.
    rows: list[list[str]] = [[]]
    used = 0
    for factor, width in factors:
        if rows[-1] and used + width + 10 > WIDE:
            rows.append([])
            used = 0
        rows[-1].append(factor)
        used += width + 10
    dot = r" \cdot "
    return [("" if i else left, dot if i else "=", dot.join(row)) for i, row in enumerate(rows)]


WRITERS: dict[type, Callable[[_Latex, Any], Iterator[str]]] = {
    b.Heading: _Latex.heading,
    b.Equations: _Latex.equations,
    b.Names: _Latex.names,
    b.Sentences: _Latex.sentences,
    b.Operators: _Latex.operators,
    b.Stages: _Latex.stages,
    b.IndexEquations: _Latex.entrywise,
    b.Chains: _Latex.chains,
    b.Rules: _Latex.rules,
    b.Chapter: _Latex.chapter,
    b.Legend: _Latex.legend,
    b.Findings: _Latex.findings,
}
