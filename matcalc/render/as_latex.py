r"""A report in LaTeX: a fragment for amsmath and amssymb, or a document that needs nothing else.

Each stretch of the derivation is one flalign*, which breaks over pages; beside each line stand its number, the rule's
name, the shapes and the rule. Lines that would run off the page are broken at their operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from matcalc.expr import Symbol
from matcalc.render.names import GREEK
from matcalc.render.notations.latex import LATEX
from matcalc.render.phrases import Phrases
from matcalc.render.report import Report, Row, Stretch
from matcalc.render.wrap import extent, wrapped

LINE, WIDE = 232, 390
"""The room for a line beside its reason, and for a line alone, in points."""
TALL = 10
"""A line of the derivation that takes more rows than this may break over pages."""
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
_SIGNS = {"×": r"\times", "⊙": r"\odot", "⊘": r"\oslash", "𝟏": r"\mathbf{1}", "≥": r"\ge", "≤": r"\le", "≠": r"\ne"}
_SIGNS |= {letter: f"\\{name}" for name, letter in GREEK.items() if name[0].islower()}
_SIGNS |= {GREEK[name]: f"\\{name}" for name in _CAPITALS.split()}
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


def prose(sentence: str) -> str:
    """Running text with what LaTeX would take for a command escaped; entries such as G_ij and indices as formulas."""
    found = []
    for part in re.split(r"(\b[A-Za-z]_[a-z]{1,3}\b|(?<=over )[a-z](?:, [a-z])*(?= of))", sentence):
        if re.fullmatch(r"[A-Za-z]_[a-z]{1,3}", part):
            found.append(f"${part[0]}_{{{part[2:]}}}$")
        elif re.fullmatch(r"[a-z](, [a-z])*", part):
            found.append(f"${part}$")
        else:
            found += [_ESCAPES.get(c) or (f"${_SIGNS[c]}$" if c in _SIGNS else c if c.isascii() else "?") for c in part]
    return "".join(found)


def _lead(formula: str) -> str:
    return rf"\makebox[{LEAD}\textwidth][r]{{$\displaystyle {formula}$}}"


def _line(formula: str) -> str:
    return rf"\parbox[t]{{{MIDDLE}\textwidth}}{{\raggedright$\displaystyle {formula}$}}"


def formula(latex: str) -> str:
    """A formula in running text."""
    return f"${latex}$"


class _Latex:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.say = Phrases(LATEX, report.program.names, formula, prose)

    def title(self) -> str:
        say = self.say
        names = ", ".join(f"${say.write(s)}$" for s in self.report.wrt)
        of = f"${say.write(self.report.objective)}$"
        return rf"\begin{{center}}\Large The gradient of {of} with respect to {names}\end{{center}}"

    def lines(self, steps: bool) -> Iterator[str]:
        yield r"{\allowdisplaybreaks\abovedisplayskip=4pt\belowdisplayskip=4pt"
        yield from self.problem()
        if steps:
            yield from self.derivation()
        yield from self.gradients()
        if steps:
            yield from self.rules()
        yield from self.closing()
        yield "}"

    def heading(self, words: str) -> Iterator[str]:
        yield rf"\par\bigskip\noindent\textbf{{{words}}}\nopagebreak"

    def display(self, equations: Iterable[tuple[str, str, str]]) -> Iterator[str]:
        """name = formula, and its shape at the right, aligned."""
        rows: list[str] = []
        for name, formula, shape in equations:
            first, *rest = wrapped(formula, WIDE - extent(name), extent)
            rows.append(rf"{name} &= {first} && {shape}")
            rows += [rf"&\quad {part} &&" for part in rest]
        if rows:
            yield r"\begin{flalign*}"
            yield " \\\\\n".join(rows)
            yield r"\end{flalign*}"

    def definitions(self, symbols: Iterable[Symbol]) -> Iterator[str]:
        say = self.say
        return self.display(
            (say.write(s), say.write(s.definition), say.shape(s.shape)) for s in symbols if s.definition
        )

    # ------------------------------------------------------------------------------------------------ the problem

    def problem(self) -> Iterator[str]:
        say, report, program = self.say, self.report, self.report.program
        yield from self.heading("Problem")
        of = program.objective
        yield from self.definitions(program.definitions)
        yield from self.display((say.derivative(of, s), say.write(g), say.shape(s.shape)) for s, g in program.given)
        wanted = {s.name for s in report.wrt}
        rows = []
        for s in program.inputs:
            how = "inferred" if s.name in program.inferred else "declared"
            what = ", ".join([*(["variable"] if s.name in wanted else []), *sorted(s.attributes)])
            rows.append(rf"${say.write(s)}$ & ${say.shape(s.shape)}$ & {how} & {what}")
        for name in program.functions:
            rows.append(rf"${say.notation.function(name, 0)}$ & & unknown & function of the entries")
        for i in range(0, len(rows), 40):  # a tabular does not break over pages
            yield r"\par\medskip\noindent\begin{tabular}{@{}llll@{}}"
            yield " \\\\\n".join(rows[i : i + 40])
            yield r"\end{tabular}"
        yield from self.sentences((*program.notes, *report.notes))
        known = {s.name for s in program.definitions}
        named = [s for s in report.where if s.name not in known]
        if named:
            yield from self.heading("Named intermediates")
            yield from self.definitions(named)

    def sentences(self, sentences: Iterable[str]) -> Iterator[str]:
        for sentence in sentences:
            yield rf"\par\noindent {prose(sentence)}\par"

    # ---------------------------------------------------------------------------------------------- the derivation

    def derivation(self) -> Iterator[str]:
        stretches = self.report.stretches
        if not stretches:
            return
        yield from self.heading("Derivation")
        for stretch in stretches:
            yield from self.stretch(stretch)

    def stretch(self, stretch: Stretch) -> Iterator[str]:
        say, section = self.say, stretch.section
        yield rf"\par\medskip\noindent\textit{{{say.heading(section)}}}\nopagebreak"
        rows: list[str] = []
        lead = say.lead(section, self.report.objective)
        for i, row in enumerate(stretch.rows):
            if i == 0 and stretch.continues:
                continue
            sign = "=" if i or lead else r"\phantom{=}"
            first, *rest = wrapped(say.write(row.node), LINE, extent)
            formula, below = rf"{sign} {first}", rest
            if rest and len(rest) <= TALL:
                formula, below = rf"\begin{{aligned}}[t] &{formula}", []
                formula += "".join(rf" \\ &\quad {part}" for part in rest) + r" \end{aligned}"
            elif not rest:
                formula = rf"\, {formula}"  # the space that aligned sets before itself
            rows.append(rf"{_lead('' if i else lead)} &{_line(formula)} {self.beside(row)}")
            rows += [rf"&\qquad {part}" for part in below]
        if rows:
            yield r"\begin{flalign*}"
            yield " \\\\\n".join(rows)
            yield r"\end{flalign*}"
        for symbol, gradient in stretch.results:
            line = rf"{say.derivative(self.report.objective, symbol)} = {say.write(gradient)}"
            first, *rest = wrapped(line, WIDE, extent)
            broken = "".join(rf" \\ &\quad {part}" for part in rest)
            shape = rf"\qquad {say.shape(symbol.shape)}"
            yield rf"\[ \text{{hence}}\quad \boxed{{\begin{{aligned}} & {first}{broken} \end{{aligned}}}} {shape} \]"

    def beside(self, row: Row) -> str:
        """The number and the name of the rule, the shapes of the gradients, and the rule."""
        say = self.say
        shown = r",\; ".join(dict.fromkeys(filter(None, say.shapes(row))))
        words = [rf"({row.number}) {say.reason(row)}"] if row.number else []
        words += [f"${text}$" for text in say.statements(row)]
        # The shapes at the right end of the last line, or of a line of their own.
        right = rf"\unskip\nobreak\hfill\penalty50\hskip1em\hbox{{}}\nobreak\hfill\mbox{{${shown}$}}" if shown else ""
        said = r"\newline ".join(words) + right
        return rf"\parbox[t]{{{BESIDE}\textwidth}}{{\footnotesize\raggedright {said}\strut}}" if said else ""

    # -------------------------------------------------------------------------------------------------- the answer

    def gradients(self) -> Iterator[str]:
        report, say = self.report, self.say
        of = report.objective
        structured = any(s.attributes for s in report.wrt)
        yield from self.heading("Gradients" + (f" ({report.convention})" if structured else ""))
        yield from self.display((say.derivative(of, s), say.write(g), say.shape(s.shape)) for s, g in report.gradients)
        if report.needed:
            yield r"\par\noindent where"
            yield from self.definitions(report.needed)

    def rules(self) -> Iterator[str]:
        rules = self.report.rules
        if rules:
            yield from self.heading("Rules used")
        for rule in rules:
            statement = self.say.statement(rule)
            if statement:
                because = "; ".join(prose(words) for words in (rule.reason, rule.source, rule.condition) if words)
                tail = rf" {{\footnotesize ({because})}}" if because else ""
                yield rf"\par\noindent {prose(rule.name)}: ${statement}${tail}\par"

    def closing(self) -> Iterator[str]:
        report = self.report
        if report.conditions:
            yield from self.heading("Holds where")
            yield from self.sentences(report.conditions)
        if report.proofs:
            yield from self.heading("Verification")
        for symbols, sentence, _ in report.proofs:
            who = self.say.derivatives(self.report, symbols)
            yield rf"\par\noindent {who}\quad {prose(sentence)}\par"
