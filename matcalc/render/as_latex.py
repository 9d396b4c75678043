r"""A report in LaTeX: a fragment for amsmath and amssymb, or a document that needs nothing else.

Each stretch of the derivation is one flalign*, which breaks over pages; beside each line stand its number, the rule's
name, the shapes and the rule. Lines that would run off the page are broken at their operators.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.expr import Node, Symbol
from matcalc.render import chain, layouts
from matcalc.render.braces import Braced
from matcalc.render.phrases import Phrases, together
from matcalc.render.report import Report, Row, Stretch
from matcalc.render.words import math, plain, runs
from matcalc.write import names
from matcalc.write.notations.latex import LATEX
from matcalc.write.wrap import extent, loosened, summands, wrapped

if TYPE_CHECKING:
    from matcalc.render.entries import Entries

LINE, WIDE, ROOM, SHAPE = 232, 390, 200, 40
"""The room for a line beside its reason, for a line alone, for a rule, and for the shape of a term, in points."""
PAGE = r"\par\pagebreak[1]"
"""A place where a page may well end."""
TALL = 10
"""A line of the derivation that takes more rows than this may break over pages."""
NEXT = r"\par\nobreak"
"""The next paragraph, on the same page."""
LEAD, MIDDLE, BESIDE = 0.08, 0.53, 0.36
"""The columns of the derivation, in parts of the text's width."""

HEAD = r"""\documentclass[11pt,a4paper]{article}
\usepackage{amsmath,amssymb}
\setlength{\textwidth}{17cm}
\setlength{\oddsidemargin}{-0.54cm}
\setlength{\textheight}{25cm}
\setlength{\topmargin}{-1.8cm}
\setlength{\parindent}{0pt}
\begin{document}
"""


def latex(report: Report, *, document: bool = False, steps: bool = True) -> str:
    """The problem, the derivation, the gradients and the proof. Raises UnsupportedError for a formula too large."""
    page = _Latex(report)
    body = "\n".join(page.lines(steps)) + "\n"
    return f"{HEAD}{page.title()}\n\n{body}\n\\end{{document}}\n" if document else body


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


def prose(sentence: str, known: Collection[str] = ()) -> str:
    """Running text with what LaTeX would take for a command escaped; its formulas and the names `known` as formulas."""
    found = []
    for kind, text in runs(sentence, known):
        if kind == "math":
            found.append(formula(names.latex(text) if text in known else math(text)))
        else:
            escaped = "".join(map(_escaped, text))
            found.append(rf"\texttt{{{escaped}}}" if kind == "code" else escaped)
    return "".join(found)


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


def broken(line: str, width: int) -> list[str]:
    """A formula in lines that are at most `width` points wide; growing brackets give way where they must."""
    lines = wrapped(line, width, extent)
    return lines if all(extent(part) <= width for part in lines) else wrapped(loosened(line, width), width, extent)


def _lead(formula: str) -> str:
    return rf"\makebox[{LEAD}\textwidth][r]{{$\displaystyle {formula}$}}"


def _line(formula: str, part: float) -> str:
    return rf"\parbox[t]{{{part}\textwidth}}{{\raggedright$\displaystyle {formula}$}}"


def formula(latex: str) -> str:
    """A formula in running text."""
    return f"${latex}$"


class _Latex:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.names = {*report.program.names, *report.program.functions}
        self.say = (Braced if report.braces else Phrases)(LATEX, report.program.names, formula, prose)
        self.say.about(report)

    def prose(self, sentence: str) -> str:
        """Running text in which the program's names are formulas."""
        return prose(sentence, self.names)

    def title(self) -> str:
        say = self.say
        return rf"\begin{{center}}\Large {say.title(self.report)}\end{{center}}"

    def lines(self, steps: bool) -> Iterator[str]:
        # Pages break before headings and between the lines of a derivation, and nowhere else of themselves.
        yield r"{\allowdisplaybreaks\abovedisplayskip=4pt\belowdisplayskip=4pt\postdisplaypenalty=10000\sloppy"
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
        yield "}"

    def heading(self, words: str) -> Iterator[str]:
        yield rf"\par\pagebreak[2]\bigskip\noindent\textbf{{{words}}}"

    def display(self, equations: Iterable[tuple[str, str, str]]) -> Iterator[str]:
        """name = formula, and its shape at the right, aligned."""
        rows: list[str] = []
        for name, formula, shape in equations:
            first, *rest = broken(formula, WIDE - extent(name))
            rows.append(rf"{name} &= {first} && {shape}")
            rows += [rf"&\quad {part} &&" for part in rest]
        if rows:
            yield r"\begin{flalign*}"
            yield " \\\\\n".join(rows)
            yield r"\end{flalign*}"

    def definitions(self, symbols: Iterable[Symbol]) -> Iterator[str]:
        say = self.say
        return self.display((say.write(s), say.line(s.definition), say.extent(s)) for s in symbols if s.definition)

    # ------------------------------------------------------------------------------------------------ the problem

    def problem(self) -> Iterator[str]:
        say, report, program = self.say, self.report, self.report.program
        yield from self.heading("Problem")
        of = program.objective
        yield from self.definitions(program.definitions)
        yield from self.display((say.derivative(of, s), say.line(g), say.extent(s)) for s, g in program.given)
        wanted = {s.name for s in report.wrt}
        rows = []
        for s in program.inputs:
            how = "inferred" if s.name in program.inferred else "declared"
            what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
            rows.append(rf"${say.write(s)}$ & ${say.extent(s)}$ & {how} & {what}")
        for name in program.functions:
            rows.append(rf"${say.notation.function(name, 0)}$ & & unknown & function of the entries")
        if of.definition is None:
            rows.append(
                rf"${say.write(of)}$ & ${say.shape(of.shape)}$ & unknown & objective, of which a gradient is given"
            )
        for i in range(0, len(rows), 40):  # a tabular does not break over pages
            yield rf"{NEXT}\medskip\noindent\begin{{tabular}}{{@{{}}llll@{{}}}}"
            yield " \\\\\n".join(rows[i : i + 40])
            yield r"\end{tabular}"
        yield from self.sentences(map(self.prose, (*program.notes, *report.notes)))
        known = {s.name for s in program.definitions}
        named = [s for s in report.where if s.name not in known]
        if named:
            yield from self.heading("Named intermediates")
            yield from self.definitions(named)

    def sentences(self, sentences: Iterable[str]) -> Iterator[str]:
        for sentence in sentences:
            yield rf"{NEXT}\noindent {sentence}\par"

    # ---------------------------------------------------------------------------------------------- the derivation

    def derivation(self) -> Iterator[str]:
        stretches = self.report.stretches
        if not stretches:
            return
        yield from self.heading("Derivation")
        for stretch in stretches:
            yield from self.stretch(stretch, stretch is stretches[0])

    def stretch(self, stretch: Stretch, first: bool) -> Iterator[str]:
        say, section = self.say, stretch.section
        if section.title is not None:
            yield rf"{'' if first else PAGE}{NEXT}\medskip\noindent\textbf{{{say.title_of(section)}}}"
            if section.remark is not None:
                yield rf"\par\nobreak\noindent {say.remark_of(section)}"
            first = True
        yield rf"{'' if first else PAGE}{NEXT}\medskip\noindent\textit{{{say.heading(section)}}}"
        rows: list[str] = []
        lead = say.lead(section, self.report.objective)
        for i, row in enumerate(stretch.rows):
            if i == 0 and stretch.continues:
                continue
            beside = self.beside(row)
            formula, below = self.line(row, "=" if i or lead else r"\phantom{=}", LINE if beside else WIDE - SHAPE)
            line = _line(formula, MIDDLE if beside else MIDDLE + BESIDE)
            rows.append(rf"{_lead('' if i else lead)} &{line} {beside}")
            rows += [rf"&\qquad {part}" for part in below]
            rows += self.entry_rows(row.node)
        if rows:
            yield r"\begin{flalign*}"
            yield " \\\\*\n".join([" \\\\\n".join(rows[:-1]), rows[-1]] if len(rows) > 1 else rows)
            yield r"\end{flalign*}"
        for symbol, gradient in stretch.results:
            line = rf"{say.derivative(self.report.objective, symbol)} = {say.whole(gradient)}"
            head, *rest = broken(line, WIDE)
            box = self.aligned([rf"& {head}", *(rf"&\quad {part}" for part in rest)]) if rest else head
            yield rf"\[ \text{{hence}}\quad \boxed{{{box}}} \qquad {say.extent(symbol, gradient)} \]"

    @cached_property
    def entries(self) -> Entries:
        from matcalc.render.entries import Entries

        return Entries(self.report, Phrases(LATEX, self.report.program.names, formula, self.prose))

    def entry_rows(self, node: Node) -> list[str]:
        """A line of the derivation in index notation; empty where it is not asked for."""
        if not self.report.entries:
            return []
        line, ranges = self.entries.line(node)
        sign = "=" if node.is_scalar else r"\vert"
        pieces = broken(line, WIDE - SHAPE)
        found = [rf"\; {sign} {part}" if not n else rf"\qquad {part}" for n, part in enumerate(pieces)]
        if ranges:
            found[-1] += rf"\qquad {ranges}"
        width = MIDDLE + BESIDE
        return [rf"&\parbox[t]{{{width}\textwidth}}{{\footnotesize$\displaystyle {part}$}}" for part in found]

    def by_entries(self) -> Iterator[str]:
        """What stands after the gradients, entry by entry."""
        for block in self.entries.blocks():
            yield from self.heading(block.heading)
            yield from self.sentences(block.before)
            rows: list[str] = []
            for left, rights, ranges, beside in block.equations:
                said = [rf"\scriptstyle {ranges}"] if ranges else []
                said += [rf"\text{{\footnotesize {beside}}}"] if beside else []
                for n, right in enumerate(rights):
                    first, *rest = broken(right, WIDE - extent(left) - (max(map(extent, said)) if said else 0))
                    beside_it = said.pop(0) if said else ""
                    rows.append(rf"{'' if n else left} &= {first} && {beside_it}")
                    rows += [rf"&\quad {part} &&" for part in rest]
                rows += [rf"& && {text}" for text in said]
            if rows:
                yield r"\begin{flalign*}"
                yield " \\\\\n".join(rows)
                yield r"\end{flalign*}"
            yield from self.sentences(block.after)

    def line(self, row: Row, sign: str, room: int) -> tuple[str, Sequence[str]]:
        """A line, and the lines below it where it is so long that it may break over pages.

        Terms whose gradients differ in shape stand below one another, each with its shape.
        """
        line, shapes = self.say.line(row.node), self.say.shapes(row)
        parts = summands(line)
        if len(together(shapes)) > 1 and len(parts) == len(shapes) <= TALL:
            rows: list[str] = []
            for term, shape in zip(parts, shapes, strict=True):
                head, *rest = broken(term, room - SHAPE)
                before = r"\quad" if rows else sign
                rows.append(rf"&{before} {head} &&\scriptstyle {shape}")
                rows += [rf"&\qquad {part}" for part in rest]
            return self.aligned(rows), ()
        head, *rest = broken(line, room)
        if not rest:
            return rf"\, {sign} {head}", ()  # the space that aligned sets before itself
        if len(rest) > TALL:
            return rf"{sign} {head}", rest
        return self.aligned([rf"&{sign} {head}", *(rf"&\quad {part}" for part in rest)]), ()

    def aligned(self, rows: Iterable[str]) -> str:
        """Rows below one another, the first on the line."""
        joined = r" \\ ".join(rows)
        return rf"\begin{{aligned}}[t] {joined} \end{{aligned}}"

    def beside(self, row: Row) -> str:
        """The number and the name of the rule, the shapes of the gradients, and the rule."""
        say = self.say
        shapes = together(say.shapes(row))
        shape = formula(shapes[0]) if len(shapes) == 1 and shapes[0] else ""
        words = [rf"({row.number}) {say.reason(row)}" if row.number else say.reason(row)]
        words += [r"\\ \hspace*{1em}".join(formula(part) for part in broken(s, ROOM)) for s in say.statements(row)]
        # The shape stands at the right end of the last line, or of a line of its own.
        said = r"\newline ".join(filter(None, words))
        room = r"\unskip\nobreak\hfill\penalty50\hskip1em\hbox{}\nobreak\hfill" if said else r"\hspace*{\fill}"
        right = rf"{room}\mbox{{{shape}}}" if shape else ""
        if not said and not shape:
            return ""
        return rf"\parbox[t]{{{BESIDE}\textwidth}}{{\footnotesize\raggedright {said}{right}\strut}}"

    # -------------------------------------------------------------------------------------------------- the answer

    def gradients(self, steps: bool) -> Iterator[str]:
        report, say = self.report, self.say
        of = report.objective
        structured = say.structured(report)
        yield from self.heading(layouts.heading(report) + (f" ({report.convention})" if structured else ""))
        yield from self.display((say.result(of, s), say.whole(g), say.extent(s, g)) for s, g in report.results)
        if report.needed:
            yield r"\par\noindent where"
            yield from self.definitions(report.needed)
        yield from self.sentences([*structured, *layouts.sentences(say, report)])
        explained = list(report.explained(steps))
        if explained:
            yield from self.heading("Operators")
        yield from self.sentences(map(say.explanation, explained))

    def chains(self) -> Iterator[str]:
        if self.report.chains:
            yield from self.heading("The chain of Jacobians")
        for kind, lines in chain.in_latex(self.say, self.report, WIDE):
            if kind == "words":
                yield from self.sentences(lines)
            else:
                yield r"\begin{flalign*}"
                yield " \\\\\n".join(f"{line} &&" for line in lines)
                yield r"\end{flalign*}"

    def rules(self) -> Iterator[str]:
        rules = [rule for _, rules in self.report.cited for rule in rules]
        if rules:
            yield from self.heading("Rules used")
        next_ = NEXT
        for rule in rules:
            statement = self.say.statement(rule)
            if statement:
                because = self.say.because(rule, self.report.reasons)
                tail = rf" {{\footnotesize ({because})}}" if because else ""
                yield rf"{next_}\noindent {prose(rule.name)}: {formula(statement)}{tail}"
                next_ = r"\par"

    def closing(self) -> Iterator[str]:
        report = self.report
        if report.conditions:
            yield from self.heading("Holds where")
            yield from self.sentences(self.say.conditions(report.conditions))
        if report.proofs:
            yield from self.heading("Verification")
        for symbols, sentence, _ in report.proofs:
            who = self.say.derivatives(self.report, symbols)
            yield rf"{NEXT}\noindent {who}\quad {self.prose(sentence)}\par"
