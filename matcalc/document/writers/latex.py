r"""Writes a document in LaTeX: a fragment for amsmath and amssymb, or a complete file.

Formulas stand in align*, with what led there at the right margin. TeX breaks a line that is too long for its column,
at the places that the printer marks, so a fragment fits any column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from matcalc import names
from matcalc.document import blocks as b
from matcalc.document.ink import Ink
from matcalc.document.plain import plain
from matcalc.document.writers.wide import fitted
from matcalc.operators import FUNCTION_NAMES, TABLE
from matcalc.prose import Typed
from matcalc.write import Notation
from matcalc.write.notations.latex import LATEX

NARROW, WIDE = 180, 390
"""A formula that is no wider, in points, is not marked where a line may end: it fits into every column; into a page."""
COLUMN = 240
"""A term of a result that is wider, in points, fits in no column of two, and a part of it gets a name."""
HENCE = 40
"""How wide "hence" and the sign of equality before a result are, in points."""
PART = 2400
"""A formula that is wider is set in several rows of a display, between which a page may end."""
NOTHING = r"\phantom{=}"
"""Placeholder for a missing left side, or sign."""
PAGE = r"\par\pagebreak[1]"
"""A place where a page may well end."""
NEXT = r"\par\nobreak"
"""The next paragraph, on the same page."""
NEXT_RULE = r"\par"
"""The next rule, which a page may begin with."""

HEAD = r"""\documentclass[11pt,a4paper]{article}
\usepackage{amsmath,amssymb}
\setlength{\textwidth}{16cm}
\setlength{\oddsidemargin}{-0.04cm}
\setlength{\textheight}{24cm}
\setlength{\topmargin}{-1.3cm}
\setlength{\parindent}{0pt}
\begin{document}
"""
START = r"""{\raggedright\allowdisplaybreaks\abovedisplayskip=4pt\belowdisplayskip=4pt\postdisplaypenalty=10000\sloppy
\ifdefined\mathindent\mathindent=0pt\fi
% \from{left sides} measures them, \lhs sets one as wide; \row{formula}{reason} is a line, the reason at the right
% margin; \nl{penalty} is a place where a line of a formula may end.
\def\from#1{\sbox0{$\everymath{\displaystyle}\begin{array}{@{}l@{}}#1\end{array}$}\edef\lead{\the\wd0}}
\def\lhs#1{\makebox[\lead][r]{$\displaystyle#1$}}
\def\nl#1{\hfil\penalty#1\hfilneg}
\def\row#1#2{\parbox[t]{\dimexpr\linewidth-\lead}{\hangindent=2em\hangafter=1\emergencystretch=3em
  \binoppenalty=10000\relpenalty=10000\strut$\displaystyle{}#1$\sbox0{\footnotesize#2}\ifdim\wd0>0pt
  \ifdim\wd0>\dimexpr\linewidth-2.5em\sbox0{\parbox[t]{\dimexpr\linewidth-2.5em}{%
    \def\nl##1{\penalty##1\relax}\footnotesize\raggedleft#2}}\fi
  \unskip\nobreak\hfil\penalty10\hskip1.5em\hbox{}\nobreak\hfil\box0
  \parfillskip=0pt\finalhyphendemerits=0\fi\strut\par}}"""
"""The beginning of a fragment: the commands end with it."""
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
    body = "\n".join((START, *lines, "}")) + "\n"
    if not document.view.document:
        return body
    name = _kept(document.view.title) or page.say(document.title)
    title = rf"\begin{{center}}{{\Large {name}\par}}"
    byline = "".join(rf"\medskip {_kept(part)}\par" for part in document.byline)
    return f"{HEAD}{title}{byline}\\end{{center}}\n\n{body}\n\\end{{document}}\n"


def sentence(ink: Ink, words: b.Words, math: Callable[[b.Math], str] | None = None, literal: bool = False) -> str:
    """Running text with what LaTeX would take for a command escaped; its formulas by `math`.

    What a user types is set as a formula, unless it is shown how to type it: `literal`.
    """

    def typed(part: Typed) -> str:
        formula = None if literal else _formula(part.text, ink.notation)
        return rf"\texttt{{{escaped(part.text)}}}" if formula is None else f"${formula}$"

    return ink.say(words, escaped, typed, math or (lambda formula: f"${ink.write(formula)}$"))


_TOKEN = re.compile(
    r"(?P<call>[A-Za-z]\w*)(?='*\()|(?P<name>[A-Za-zα-ωΑ-Ω][A-Za-z0-9_α-ωΑ-Ω]*)|\.\^(?P<power>[0-9]+)|\^(?P<raised>[0-9]+)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<space>\s+)|(?P<primes>'+)|(?P<sign>\.\*|\./|\|\||\.\.|[^a-zA-Z0-9\s])"
)
_TYPED = {".*": r"\odot", "./": r"\oslash", "*": r"\cdot", "||": r"\|", "‖": r"\|", "|": r"\vert"}
_TYPED |= {"..": r"\dots", "…": r"\dots"} | {c: c for c in "+-=<>,;:()[]/"}
_SPELLED = {letter: name for name, letter in names.GREEK.items()}


def _formula(typed: str, notation: Notation) -> str | None:
    """What a user types as a formula; None if it is none, or a sign alone."""
    found: list[str] = []
    at = 0
    typed = re.sub(r"(?<=\w) x (?=\w)", " × ", typed) if re.match(r"[\w, ]+:", typed) else typed
    while at < len(typed):
        token = _TOKEN.match(typed, at)
        if token is None:
            return None
        kind, text, at = str(token.lastgroup), token[str(token.lastgroup)], token.end()
        said: str | None = text.strip()
        if kind == "call":
            named = text in TABLE and text not in FUNCTION_NAMES
            said = rf"\operatorname{{{text}}}" if named else notation.function(text, 0)
        elif kind == "name":
            said = notation.name("".join(_SPELLED.get(c, c) for c in text))
        elif kind in ("power", "raised"):
            said = rf"^{{\odot {text}}}" if kind == "power" else f"^{{{text}}}"
        elif kind == "primes" and typed[at : at + 1] != "(":  # a transpose, not the derivative of a function
            said = "^{" + r"\top " * len(text) + "}"
        elif kind == "sign":
            said = _TYPED.get(text) or _SIGNS.get(text)
        if said is None:
            return None
        if said.startswith("^") and found and found[-1].startswith("^"):
            said = found.pop()[:-1] + said[2:]  # what is raised twice is raised together: ⁻¹
        found.append(said)
    return " ".join(filter(None, found)) if any(c.isalnum() for c in typed) else None


def escaped(words: str) -> str:
    """Words with what LaTeX would take for a command escaped."""
    return "".join(map(_escaped, words))


def _kept(words: str) -> str:
    """Words of the user escaped; a letter that LaTeX has no command for stays, for a TeX that can set it."""
    return "".join(c if (said := _escaped(c)) == "?" else said for c in words)


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


def _cost(cost: float) -> str:
    """The mark of a place where a line may end."""
    return rf"\nl{{{round(20 * cost)}}}"


class DisplayLine(NamedTuple):
    """A line of a display: what stands left of it, the formula, and what stands at the right margin.

    `taken`: how much of the line `sign` takes, in points, where it is more than a sign.
    """

    left: b.Math | None
    formula: b.Math
    beside: str = ""
    sign: str = "="
    taken: int = 0


class _Latex:
    def __init__(self, document: b.Document) -> None:
        self.document = document
        self.ink = Ink.of(document, LATEX)
        self.narrow = WIDE if document.view.document else NARROW
        self.literal = False

    def lines(self) -> list[str]:
        column = WIDE if self.document.view.document else COLUMN
        blocks = fitted(self.document, self.ink.width, column)
        return [line for block in blocks for line in WRITERS[type(block)](self, block)]

    def say(self, words: b.Words) -> str:
        """A sentence."""
        return sentence(self.ink, words, self.math, self.literal)

    def math(self, formula: b.Math) -> str:
        """A formula in running text."""
        return f"${' '.join(self.parts(formula))}$"

    # ------------------------------------------------------------------------------------------------------- blocks

    def heading(self, block: b.Heading) -> Iterator[str]:
        yield rf"\par\pagebreak[2]\bigskip\noindent\textbf{{{self.say(block.words)}}}"

    def display(self, rows: Iterable[DisplayLine], lead: str | None = None) -> list[str]:
        """Rows that are aligned at their signs; `lead` is as wide as the left sides, if several displays are."""
        rows = list(rows)
        if not rows:
            return []
        widest = self.widest(row.left for row in rows) if lead is None else lead
        lines = [line for row in rows for line in self.row(row)]
        # A display is as wide as its column, as long as one left side has its width; the last two lines stay together.
        left, _, first = lines[0].partition("&")
        between = [r" \\"] * (len(lines) - 2) + [r" \\*"] * (len(lines) > 1) + [""]
        shown = [line + end for line, end in zip([rf"\lhs{{{left}}}&{first}", *lines[1:]], between, strict=True)]
        return [rf"\from{{{widest}}}", r"\begin{align*}", *shown, r"\end{align*}"]

    def widest(self, lefts: Iterable[b.Math | None]) -> str:
        """The widest of left sides, and those about as wide."""
        widths = {self.ink.write(left): self.ink.width(left) for left in lefts if left is not None}
        most = max(widths.values(), default=0)
        return r"\\".join(left for left, width in widths.items() if width > 0.7 * most)

    def row(self, row: DisplayLine) -> Iterator[str]:
        """A row, in several lines where it is so long that a page may end in it."""
        *parts, last = self.ink.flowing(row.formula, self.narrow - row.taken, PART, _cost)
        left = "" if row.left is None else self.ink.write(row.left)
        for part in parts:
            yield rf"{left}&\row{{{row.sign if left or part is parts[0] else ''} {part}}}{{}}"
            left = ""
        sign = row.sign if not parts else r"\quad"
        yield rf"{left}&\row{{{sign} {last}}}{{{row.beside}}}"

    def equations(self, block: b.Equations) -> Iterator[str]:
        """name = formula, and its shape at the right, aligned."""
        if block.where:
            yield r"\par\noindent where"
        for _, group in groupby(block.rows, key=lambda row: row.given):
            yield from self.display(map(self.equation, group))

    def equation(self, row: b.Equation) -> DisplayLine:
        return DisplayLine(row.left, row.right, f"${self.ink.extent(row.extent)}$")

    def names(self, block: b.Names) -> Iterator[str]:
        return self.paragraphs((block.sentence,))

    def paragraphs(self, sentences: Iterable[b.Words]) -> Iterator[str]:
        for words in sentences:
            yield rf"{NEXT}\noindent {self.say(words)}\par"

    def sentences(self, block: b.Sentences) -> Iterator[str]:
        self.literal = block.kind == "typed"
        said = tuple(self.paragraphs(block.sentences))
        self.literal = False
        yield from (r"{\footnotesize", *said, r"\par}") if said and block.kind == "note" else said

    def operators(self, block: b.Operators) -> Iterator[str]:
        return self.paragraphs(map(self.ink.explanation, block.rows))

    def findings(self, block: b.Findings) -> Iterator[str]:
        for row in block.rows:
            yield rf"{NEXT}\noindent {self.say(row.who)}\quad {self.say(row.sentence)}\par"

    # ---------------------------------------------------------------------------------------------- the derivation

    def stages(self, block: b.Stages) -> Iterator[str]:
        lead = self.widest(row.lead for stage in block.stages for row in stage.rows)
        for i, stage in enumerate(block.stages):
            page = PAGE if i else ""
            if stage.title:
                yield rf"{page}{NEXT}\medskip\noindent\textbf{{{self.say(stage.title)}}}"
                if stage.remark:
                    yield rf"\par\nobreak\noindent {self.say(stage.remark)}"
                page = ""
            yield rf"{page}{NEXT}\medskip\noindent\textit{{{self.say(stage.heading)}}}"
            rows = [row for line in self.shown(stage) for row in self.line(line)]
            rows += map(self.hence, stage.results)
            yield from self.display(rows, lead)
            yield from self.paragraphs(stage.told)

    def hence(self, row: b.Equation) -> DisplayLine:
        sign = rf"\text{{hence}}\quad {self.ink.write(row.left)} ="
        return DisplayLine(None, *self.equation(row)[1:3], sign=sign, taken=HENCE + self.ink.width(row.left))

    def shown(self, stage: b.Stage) -> Sequence[b.DerivationRow]:
        return stage.rows[1:] if stage.continues else stage.rows

    def line(self, row: b.DerivationRow) -> Iterator[DisplayLine]:
        """A line of a derivation, and the same in index notation where it is asked for."""
        shapes = list(filter(None, self.ink.shapes(row)))
        said = [self.say(b.joined("; ", row.reason))]
        named = row.statements if row.row.named else ()
        said += [self.math(statement) for statement in named if self.ink.statement(statement)]
        said += [", ".join(f"${shape}$" for shape in (shapes[:1] if len(set(shapes)) == 1 else shapes))]
        said += [f"({row.number})"] if row.number else []
        sign = "=" if row.number or row.lead is not None else NOTHING
        yield DisplayLine(row.lead, row.line, r"\quad ".join(filter(None, said)), sign)
        if row.entry is not None:
            term, over = row.entry
            sign = "=" if row.line.node.is_scalar else r"\vert"
            yield DisplayLine(None, term, self.math(over).replace("$$", ""), rf"\; {sign}")

    # ---------------------------------------------------------------------------------------- entries, chains, rules

    def entrywise(self, block: b.IndexEquations) -> Iterator[str]:
        yield from self.heading(block.heading)
        yield from self.paragraphs(block.before)
        rows: list[DisplayLine] = []
        for equation in block.equations:
            ranges = "" if equation.ranges is None else self.math(equation.ranges).replace("$$", "")
            beside = list(filter(None, (ranges, self.say(equation.beside))))
            for n, right in enumerate(equation.rights):
                last = n == len(equation.rights) - 1
                rows.append(DisplayLine(None if n else equation.left, right, r"\quad ".join(beside) if last else ""))
        yield from self.display(rows)
        yield from self.paragraphs(block.after)

    def chains(self, block: b.Chains) -> Iterator[str]:
        for shown in chains(self.ink, block, self.say):
            if isinstance(shown, str):
                yield rf"{NEXT}\noindent {shown}\par"
                continue
            yield rf"\from{{{shown[0][0]}}}"
            rows = [f"{left}&\\row{{= {self.product(factors)}}}{{}}" for left, factors in shown]
            yield from (r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}")

    def product(self, factors: Iterable[b.Math]) -> str:
        return rf" {_cost(1)} \cdot ".join(" ".join(self.parts(factor)) for factor in factors)

    def parts(self, formula: b.Math) -> Sequence[str]:
        """A formula, in parts if a page may end in it, with the places where its lines may end."""
        return self.ink.flowing(formula, self.narrow, PART, _cost)

    def rules(self, block: b.Rules) -> Iterator[str]:
        rows = [row for row in block.rows if self.ink.statement(row.statement)]
        if rows:
            yield from self.heading(block.heading)
        for i, row in enumerate(rows):
            because = self.say(row.because)
            tail = rf" {{\footnotesize ({because})}}" if because else ""
            yield rf"{NEXT_RULE if i else NEXT}\noindent {self.say(row.name)}: {self.math(row.statement)}{tail}"

    def legend(self, block: b.Legend) -> Iterator[str]:
        yield from self.heading(b.Heading(("The letters",)))
        yield from (rf"{NEXT}\noindent ${letter}$: {self.say(meaning)}" for letter, meaning in block.rows)

    def chapter(self, block: b.Chapter) -> Iterator[str]:
        yield from self.heading(b.Heading(block.title))
        yield from self.paragraphs([block.used] if block.used else ())
        rows = (row for row in block.rows if self.ink.statement(row.statement))
        for name, group in groupby(rows, key=lambda row: row.name):
            yield rf"\par\pagebreak[1]\smallskip\noindent\textit{{{self.say(name)}}}\nopagebreak"
            for row in group:
                asks = rf"\quad [{self.say(row.asks)}]" if row.asks else ""
                yield rf"{NEXT}\hangindent=3em\hspace*{{1em}}{self.math(row.statement)}{asks}"
                if row.remarks:
                    remarks = "; ".join(map(self.say, row.remarks))
                    yield rf"{NEXT}\hangindent=3em\hspace*{{1em}}{{\footnotesize {remarks}}}"

    def exercise(self, block: b.Exercise) -> Iterator[str]:
        yield rf"\par\pagebreak[3]\bigskip\bigskip\noindent{{\large\textbf{{{self.say(block.title)}}}}}"
        yield from _Latex(block.document).lines()


ChainRow = tuple[str, Sequence[b.Math]]
"""What stands before the equals sign, and the factors."""


def chains(ink: Ink, block: b.Chains, say: Callable[[b.Words], str]) -> Iterator[str | Sequence[ChainRow]]:
    """Sentences, and the rows of displays that are aligned at their signs."""
    for chain in block.chains:
        if chain.why:
            yield say(chain.why)
        for path in chain.paths:
            if path.before:
                yield say(path.before)
            lead = NOTHING if path.lead is None else ink.write(path.lead)
            for n, line in enumerate(path.lines):
                why = [words for words in line.why if not isinstance(words[0], b.InForm) or ink.statement(words[0])]
                if why:
                    yield f"by {say(b.joined('; ', dict.fromkeys(why)))}"
                shapes = map(b.shape_of, line.shapes)
                braces = [b.InForm("underbrace", pair) for pair in zip(line.factors, shapes, strict=True)]
                first = [(lead, line.symbols)] if line.symbols else []
                yield [*first, ("" if n or first else lead, braces)]
        if chain.paths:
            words = "the sum of all paths: " if len(chain.paths) > 1 else "hence "
            result = b.Beside((chain.result.parts[0], " = ", chain.result.parts[1]))
            yield f"{words}{say((result, ', ', b.shape_of(chain.shape), *chain.note))}"


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
    b.Exercise: _Latex.exercise,
}
