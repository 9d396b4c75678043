"""The sentences about a derivation: names of derivatives, headings, reasons, conditions. Independent of notations.

The statement beside a line is the rule itself; its words are the rule's name and what was constant.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from matcalc.document import blocks as b
from matcalc.document.folding import ShownLine, gradient_shape, jacobian_shape
from matcalc.document.glossary import GlossaryEntry
from matcalc.document.report import Report
from matcalc.document.requirements import ATTRIBUTES, CONVENTIONS, GUARDS, HALVES, STRUCTURES, requirements, spelled
from matcalc.expr import Node, Shape, Size, Slot, Symbol, Term, dims, postorder
from matcalc.families import stem_of
from matcalc.indices.entry import FreshIndices, entry, tidy
from matcalc.indices.normal import has_sum, same
from matcalc.operators import D, T, matmul, stacked, term
from matcalc.prose import marked, parts_of
from matcalc.rewrite import Condition, RewriteRule, Section
from matcalc.sigmas import at, is_entry, is_row, row_of


def words(sentence: str) -> b.Words:
    """A sentence with its mathematics."""
    return tuple(part for part in parts_of(marked(sentence)) if part != "")


def said(template: str, parts: Mapping[str, Node]) -> b.Words:
    """A sentence with formulas for the letters in braces; [text about arrays] is dropped if all are scalars."""
    found: list[str | b.Math] = []
    for i, piece in enumerate(_LETTER.split(_in_full(template, parts))):
        formula = parts.get(piece) if i % 2 else None
        found += words(piece) if formula is None else (formula,)
    return tuple(found)


def spoken(sentence: Condition | None) -> b.Words:
    """A sentence that brings its formulas; nothing for None."""
    return () if sentence is None else said(sentence.words, dict(sentence.parts))


def filled(template: str, **parts: b.Math | b.Words) -> b.Words:
    """A sentence with formulas and sentences for the words in braces."""
    found: list[str | b.Math] = []
    for i, piece in enumerate(_LETTER.split(template)):
        part = parts[piece] if i % 2 else piece
        found += part if type(part) is tuple else (part,)
    return tuple(part for part in found if part != "")


# ---------------------------------------------------------------------------------------------------------------- rules


def statement(rule: RewriteRule) -> b.InForm:
    """The statement of the rule."""
    return b.equation(*spelled(rule))


def definition(symbol: Symbol) -> b.InForm:
    """name = what it stands for."""
    assert symbol.definition is not None
    return b.equation(symbol, symbol.definition)


def condition(rule: RewriteRule) -> b.Words:
    """The condition of a rule, in terms of its slots; empty if it always holds."""
    return said(rule.condition, _letters(rule.lhs, rule.rhs))


def asked(rule: RewriteRule) -> b.Words:
    """The requirements on the slots, such as "S symmetric"; empty if there are none."""
    found: dict[tuple[str, str], list[b.Words]] = {}
    for slot, says in requirements(rule):
        own = slot.name if " a " in says else ""  # A a row, B a row
        found.setdefault((says, own), []).append((slot,))
    if rule.guard is not None and rule.guard in GUARDS:
        found[GUARDS[rule.guard], ""] = [(node,) for node in rule.lhs.args[:2]]
    return b.joined(", ", (about(says, b.listed(letters)) for (says, _), letters in found.items()))


def about(template: str, subject: b.Words) -> b.Words:
    """A phrase such as "entries of # positive" with the subject in the place of #; a phrase without one as it is."""
    if "#" not in template:
        return (template,)
    before, _, after = template.partition("#")
    return tuple(part for part in (before, *subject, after) if part != "")


@lru_cache(maxsize=512)
def common(rule: RewriteRule) -> b.Common | None:
    """The index sum that both sides of a rule about numbers equal; None if they are no numbers, or differ."""
    if rule.lhs is rule.rhs or not rule.lhs.is_scalar or not rule.rhs.is_scalar:
        return None
    walk = list(postorder(rule.lhs, rule.rhs))
    if any(isinstance(n, Term) and n.op.letters for n in walk):  # it is a sum as it stands
        return None
    # The ranges are not shown, so a size is a name only where it is a number in the formula.
    taken = {n.name for n in walk if isinstance(n, Slot)} | set(dims(*(n for n in walk if isinstance(n, Size))))
    letters = FreshIndices(taken)
    sides = [entry(side, letters.position(side), letters) for side in (rule.lhs, rule.rhs)]
    if not all(map(has_sum, sides)) or not same(*sides):
        return None
    return b.Common(tuple(tidy(side, (), taken) for side in sides))


def why(rule: RewriteRule, reasons: Mapping[str, str]) -> b.Words:
    """Why a rule holds: the index sum that both sides equal; else its own reason, or that of its name."""
    both = common(rule)
    return ("both are ", both) if both is not None else words(rule.reason or reasons.get(rule.name, ""))


def rule_row(rule: RewriteRule, reasons: Mapping[str, str]) -> b.RuleRow:
    """The row of a rule: statement, requirements, reason, condition and source."""
    return b.RuleRow(
        rule, words(rule.name), statement(rule), asked(rule), why(rule, reasons), words(rule.source), condition(rule)
    )


# ---------------------------------------------------------------------------------------------------------- conditions


def conditions(conditions: Iterable[Condition]) -> Iterator[b.Words]:
    """The conditions of a result, without repetition; a condition on several formulas is one sentence."""
    found: dict[tuple[str, b.Words], dict[Node, None]] = {}
    for template, pairs in conditions:
        parts = dict(pairs)
        full = _in_full(template, parts)
        alike = _ASKED.fullmatch(full) if parts else None
        of = found.setdefault((alike[2], ()) if alike else ("", said(full, parts)), {})
        if alike:
            of[parts[alike[1]]] = None
    for (verb, sentence), of in found.items():
        if of:
            yield (
                *b.listed([(node,) for node in of]),
                " ",
                *words(verb if len(of) == 1 else _PLURAL.sub(_plural, verb)),
            )
        else:
            yield sentence


def explanation(entry: GlossaryEntry) -> b.Explanation:
    """The meaning of an operator."""
    sentence = said(entry.words, {**_letters(entry.term), **entry.parts})
    formula = b.InForm(entry.around, (entry.formula,)) if entry.around and entry.formula else entry.formula
    return b.Explanation(entry.term.op.name, entry.term, formula, sentence)


# -------------------------------------------------------------------------------------------------- one report's words


def partial(of: Node, by: Node) -> b.InForm:
    """∂z/∂x, in a layout."""
    return b.InForm("partial", (of, by))


def jacobian(of: Node, by: Node, layout: str, half: Node | None = None) -> b.InForm:
    """dvec(Y)/dvec(X)', or in denominator layout dvec(Y)'/dvec(X). `half`: the independent entries of X."""
    pair = [stacked(of), stacked(by) if half is None else half]
    turned = 0 if layout == "denominator" else 1
    if not pair[turned].is_scalar:
        pair[turned] = T(pair[turned])
    return b.InForm("jacobian", tuple(pair))


def structured(symbol: Symbol) -> tuple[str, str] | None:
    """The space that a structured variable is in, and what it is."""
    return next((text for attribute, text in STRUCTURES.items() if attribute in symbol.attributes), None)


def independent(x: Symbol, v: Node, d: Term, names: Iterable[Symbol] = ()) -> b.Words:
    """What v and D are, where vec(X) = D v; D may be among the `names`."""
    holds = b.equation(stacked(x), matmul(next((s for s in names if s.definition is d), d), v))
    return filled(
        f"{{v}} stacks {HALVES[d.op]}, column by column: {{x}} is {{what}}, and {{holds}}",
        v=v,
        x=x,
        what=(structured(x) or ("", "structured"))[1:],
        holds=holds,
    )


def element(symbol: Symbol, extent: b.Extent) -> b.Words:
    """X ∈ ℝ^{n×n}, and what is known of it: symmetric."""
    one_a_row = "" if 1 in symbol.shape else " rows"
    known = (a + one_a_row if a + one_a_row in ATTRIBUTES else a for a in sorted(symbol.attributes))
    phrases = (ATTRIBUTES.get(a, f"# {a}") for a in known)
    said = [about(p.removeprefix("entries of ") if symbol.is_scalar else p, (symbol,)) for p in phrases]
    how = b.joined(", ", (words[1:] if words[0] == symbol else (" (", *words, ")") for words in said))
    return (*b.element(symbol, extent), *how)


def defined(symbols: Iterable[Symbol], ranges: Mapping[str, tuple[Node, Node]]) -> tuple[b.Equation, ...]:
    """name = definition, aligned."""
    return tuple(
        b.Equation(s, s, b.Displayed(s.definition), b.extent(s, ranges)) for s in symbols if s.definition is not None
    )


class Phrases:
    """The sentences of one report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.what = "Jacobian" if report.kind == "jacobian" else report.kind
        family, given = report.program.family, report.program.given
        own = () if family is None else (*family.definitions, *report.wrt)
        self.elsewhere: Collection[str] = {stem_of(s.name) for s in own}
        # With one given gradient, all of dJ goes through its name.
        self.given = given[0][0].name if len(given) == 1 and report.program.objective.definition is None else ""

    def extent(self, symbol: Symbol, node: Node | None = None) -> b.Extent:
        """The shape of a name, or of `node` with respect to it, and the layers for which it holds."""
        return b.extent(symbol, self.report.ranges, node)

    def defined(self, symbols: Iterable[Symbol]) -> tuple[b.Equation, ...]:
        """name = definition, aligned."""
        return defined(symbols, self.report.ranges)

    def derivative(self, of: Symbol, by: Symbol) -> b.InForm:
        """dJ/dX, the gradient; dvec(Y)/dvec(X)', a Jacobian in numerator layout.

        On a page the gradient is ∂J/∂X, unless a layout calls something else so.
        """
        if self.what == "Jacobian":
            return jacobian(of, by, "numerator", self.half(by))
        return b.InForm("gradient" if self.report.layout == "gradient" else "derivative", (of, by))

    def half(self, by: Symbol) -> Node | None:
        """The independent entries of a variable, where a Jacobian is by them."""
        return next((v for x, (v, _) in self.report.halves.items() if x.name == by.name), None)

    def known(self, of: Symbol, by: Symbol) -> b.InForm:
        """dE/dY, a gradient that the program gives."""
        return b.InForm("gradient", (of, by)) if self.what == "Jacobian" else self.derivative(of, by)

    def result(self, by: Symbol, node: Node) -> b.Equation:
        """A derivative in the chosen layout, if that differs from the gradient: ∂J/∂X."""
        of, layout = self.report.objective, self.report.layout
        if self.what == "Jacobian":
            left = jacobian(of, by, layout, self.half(by))
        else:
            left = self.derivative(of, by) if layout == "gradient" else partial(of, by)
        return b.Equation(by, left, self.whole(node), self.extent(by, node))

    def hence(self, by: Symbol, node: Node) -> b.Equation:
        """A derivative that a stretch completes."""
        return b.Equation(by, self.derivative(self.report.objective, by), self.whole(node), self.extent(by, node))

    def whole(self, node: Node) -> b.Displayed:
        """A result, with its shape shown beside it."""
        return b.Displayed(node, whole=self.what == "Jacobian")

    def title(self) -> b.Words:
        """The title of a report."""
        by: list[b.Words] = [(s,) for s in self.report.wrt]
        names = b.listed(by) if len(by) <= 6 else (*b.joined(", ", by[:5]), f", … ({len(by)} variables)")
        return (f"The {self.what} of ", self.report.objective, " with respect to ", *names)

    def asked(self) -> b.Words:
        """What the problem is."""
        by = b.listed([(s,) for s in self.report.wrt])
        return (f"Find the {self.what} of ", self.report.objective, " with respect to ", *by)

    def derivatives(self, symbols: Sequence[Symbol]) -> b.Words:
        """dJ/dX, dJ/dY in running text; if it would be all of many, their number."""
        if len(symbols) > 6 and len(symbols) == len(self.report.gradients):
            return (f"all {len(symbols)} gradients",)
        return b.joined(", ", ((self.derivative(self.report.objective, s),) for s in symbols))

    def structured(self) -> Iterator[b.Words]:
        """The meaning of the gradients by structured variables under the convention used."""
        if self.what == "Jacobian":
            return
        for symbol, _ in self.report.gradients:
            structure = structured(symbol)
            if structure is not None:
                onto, what = structure
                yield filled(
                    CONVENTIONS[self.report.convention],
                    gradient=self.derivative(self.report.objective, symbol),
                    variable=symbol,
                    onto=about(onto, (symbol,)),
                    what=(what,),
                )

    def statements(self, row: ShownLine) -> tuple[b.InForm, ...]:
        """What leads to a line: the definitions of the names that it introduces, or the rules."""
        return tuple(map(definition, row.named) if row.named else map(statement, row.rules))

    def reason(self, row: ShownLine) -> tuple[b.Words, ...]:
        """The names of the rules, what was known, and what was constant."""
        parts = [words(name) for name in dict.fromkeys(rule.name for rule in row.rules)]
        known: dict[str, list[b.Words]] = {}
        for node, kind in row.known:
            known.setdefault(kind, []).append((node,))
        parts += [about(ATTRIBUTES[kind], b.listed(names[:3])) for kind, names in known.items()]
        if row.constant:
            shown = b.joined(", ", ((node,) for node in islice(row.constant, 3)))
            how = "held fixed" if any(map(self._varies_elsewhere, row.constant)) else "constant"
            parts.append((*shown, f"{', …' if len(row.constant) > 3 else ''} {how}"))
        return tuple(parts)

    def _varies_elsewhere(self, node: Node) -> bool:
        """Whether it depends on the variables through other layers, or is a variable that other layers share."""
        return any(isinstance(n, Symbol) and stem_of(n.name) in self.elsewhere for n in postorder(node))

    def lead(self, section: Section) -> b.Math | None:
        """The left side of the section's first line; None for a part of dJ."""
        subject, objective = section.subject, self.report.objective
        if section.kind == "layers" or (section.kind == "push" and subject.name == self.given):
            return term(D, objective)
        if section.kind in ("rewrite", "recognize"):
            return subject
        if section.kind == "sums":
            return _with_indices(subject, section.steps[-1].after)
        if section.kind == "differential":
            return term(D, subject)
        if section.kind == "vec":
            return stacked(term(D, subject))
        return self.derivative(objective, subject) if section.kind in ("finish", "name", "short") else None

    def shapes(self, row: ShownLine) -> tuple[Shape | None, ...]:
        """The shape of the gradient, or of the Jacobian, in each term."""
        return tuple(map(jacobian_shape if self.what == "Jacobian" else gradient_shape, row.terms))

    def heading(self, section: Section) -> b.Words:
        """What a section does."""
        return heading(section, self.what)


def _with_indices(subject: Symbol, line: Node) -> Node:
    """P_ik, or row i of H, where that is what a line says."""
    op = line.op if isinstance(line, Term) and not subject.is_scalar else None
    if op is not None and is_row(op):
        return row_of(subject, op.letters[0])
    return at(subject, *op.letters) if op is not None and is_entry(op) else subject


def heading(section: Section, what: str = "gradient") -> b.Words:
    """The purpose of a section of a derivation; `what` is the kind of derivative."""
    subject = section.subject
    if section.kind == "finish":
        # A convention's rule gives its form to any P; a law of algebra is independent of structure.
        lawful = section.steps and not any(isinstance(step.rule.lhs, Slot) for step in section.steps)
        return (f"The {what} with respect to " if lawful else "The structure of ", subject)
    if section.kind == "push":
        return ("Through ", subject if subject.definition is None else definition(subject))
    if section.kind == "collect":
        return ("The terms in ", term(D, subject))
    columns = ", its columns stacked" if section.kind == "vec" and subject.shape[1] != 1 else ""
    return tuple(part for part in (_HEADINGS[section.kind].format(what=what), subject, columns) if part != "")


_HEADINGS = {
    "sums": "In matrix form, ",
    "rewrite": "The objective ",
    "recognize": "The definition of ",
    "differential": "The differential of ",
    "vec": "The differential of ",
    "name": "What is repeated in the {what} with respect to ",
    "short": "The {what} in its shortest form, with respect to ",
    "layers": "The gradient with respect to ",
}


def _letters(*nodes: Node) -> dict[str, Node]:
    return {n.name if isinstance(n, Slot) else str(n.dim): n for n in postorder(*nodes) if isinstance(n, (Slot, Size))}


_LETTER = re.compile(r"\{(\w+)\}")
_OF_ARRAYS = re.compile(r"\[([^\[\]]*)\]")
_ASKED = re.compile(r"\{(\w+)\} ((?:is|has) (?!an? |the )[^\[\]{}]*)")
_PLURAL = re.compile(r"^(is|has)")


def _in_full(template: str, parts: Mapping[str, Node]) -> str:
    # Drop the brackets; also drop their content if everything in the sentence is a scalar.
    about = [parts[letter] for letter in _LETTER.findall(template) if letter in parts]
    scalar = bool(about) and all(node.is_scalar for node in about)
    return _OF_ARRAYS.sub("" if scalar else r"\1", template)


def _plural(verb: re.Match[str]) -> str:
    return {"is": "are", "has": "have"}[verb[0]]
