"""What is said about a derivation, in the notation of one format: shapes, statements, headings, reasons.

The statement beside a line is the rule itself, printed; a line's own words are few: its rule's name, and what was
constant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice

from matcalc.expr import SCALAR, Node, Shape, Size, Slot, Symbol, postorder
from matcalc.families import indexed, stem_of
from matcalc.operators import D, T, size_node, stacked, term
from matcalc.render.glossary import Entry
from matcalc.render.report import Report, Row, gradient_shape, jacobian_shape
from matcalc.render.requirements import ATTRIBUTES, CONVENTIONS, GUARDS, STRUCTURES, requirements, spelled
from matcalc.rewrite import Condition, Rule, Section
from matcalc.write.pieces import Notation, Piece
from matcalc.write.writer import Writer


class Phrases:
    """`notation` for formulas; `math` puts a formula into running text, `prose` escapes what else stands there.

    `names`: those of the program.
    """

    def __init__(
        self,
        notation: Notation,
        names: Collection[str] = (),
        math: Callable[[str], str] = str,
        prose: Callable[[str], str] = str,
    ) -> None:
        self.notation = notation
        self.writer = Writer(notation, names)
        self.math = math
        self.prose = prose
        self.kind = self.layout = "gradient"
        self._written: dict[Node, str] = {}
        self._statements: dict[Rule, str] = {}
        self._shapes: dict[Shape, str] = {}
        self.ranges: Mapping[str, tuple[Node, Node]] = {}
        self.elsewhere: Collection[str] = ()
        self.given = ""

    @property
    def what(self) -> str:
        """What is derived, in words."""
        return "Jacobian" if self.kind == "jacobian" else self.kind

    def about(self, report: Report) -> None:
        """What is said is said of this report."""
        self.kind, self.layout = report.kind, report.layout
        self.ranges = report.ranges
        family = report.program.family
        if family is not None:
            self.elsewhere = {stem_of(s.name) for s in (*family.definitions, *report.wrt)}
        given = report.program.given
        # With one known gradient all of dJ goes through its name.
        self.given = given[0][0].name if len(given) == 1 and report.program.objective.definition is None else ""

    def write(self, node: Node) -> str:
        """The formula itself."""
        known = self._written.get(node)
        if known is None:
            known = self._written[node] = self.writer.write(node)
        return known

    def line(self, node: Node) -> str:
        """A formula that stands by itself, such as a line of a derivation."""
        return self.write(node)

    def _piece(self, node: Node) -> Piece:
        return self.writer.reading(node).piece

    def shape(self, shape: Shape) -> str:
        """n×d."""
        known = self._shapes.get(shape)
        if known is None:
            known = str(self.notation.build("shape", *(self._piece(size_node(dim)) for dim in shape)))
            self._shapes[shape] = known
        return known

    def extent(self, symbol: Symbol, node: Node | None = None) -> str:
        """The shape of a name, or of what is said of it, and the layers that it is said of."""
        shape = self.shape((symbol if node is None else node).shape)
        # A gradient may be said of fewer layers than its variable.
        own = None if node is None else self.ranges.get(f"d{symbol.name}")
        ends, place = own or self.ranges.get(symbol.name), indexed(symbol.name)
        if ends is None or place is None:
            return shape
        letter = size_node(place.place.letter)
        return str(self.notation.build("range", self.notation.atom(shape), *map(self._piece, (letter, *ends))))

    def title_of(self, section: Section) -> str:
        """What begins with a section."""
        title = section.title
        return "" if title is None else self.said(title.words, dict(title.parts))

    def remark_of(self, section: Section) -> str:
        """What is kept in mind from a section on."""
        remark = section.remark
        return "" if remark is None else self.said(remark.words, dict(remark.parts))

    def equation(self, left: Node, right: Node) -> str:
        """left = right."""
        return str(self.notation.build("equation", self._piece(left), self._piece(right)))

    def definition(self, symbol: Symbol) -> str:
        """name = what it stands for."""
        assert symbol.definition is not None
        return self.equation(symbol, symbol.definition)

    def whole(self, node: Node) -> str:
        """A result, beside which its shape stands: I ⊗ A, where the size of I is what that shape leaves."""
        bare = self.writer.reading(node).bare if self.kind == "jacobian" else None
        return self.line(node) if bare is None else str(bare.piece)

    def derivative(self, of: Symbol, by: Symbol) -> str:
        """dJ/dX, the gradient; dvec(Y)/dvec(X)', a Jacobian in numerator layout."""
        if self.kind == "jacobian":
            return self.jacobian(of, by, "numerator")
        return str(self.notation.build("derivative", self._piece(of), self._piece(by)))

    def result(self, of: Symbol, by: Symbol) -> str:
        """A derivative in the layout that was asked for, where that is not the gradient's: ∂J/∂X."""
        if self.kind == "jacobian":
            return self.jacobian(of, by, self.layout)
        return self.derivative(of, by) if self.layout == "gradient" else self.partial(of, by)

    def partial(self, of: Node, by: Node) -> str:
        """∂z/∂x, in a layout."""
        return str(self.notation.build("partial", self._piece(of), self._piece(by)))

    def jacobian(self, of: Node, by: Node, layout: str) -> str:
        """dvec(Y)/dvec(X)', or in denominator layout dvec(Y)'/dvec(X)."""
        pair = [stacked(of), stacked(by)]
        turned = 0 if layout == "denominator" else 1
        if not pair[turned].is_scalar:
            pair[turned] = T(pair[turned])
        return str(self.notation.build("jacobian", *map(self._piece, pair)))

    def title(self, report: Report) -> str:
        """What a report is about."""
        by = [self.math(self.write(s)) for s in report.wrt]
        names = _listed(by) if len(by) <= 6 else f"{', '.join(by[:5])}, … ({len(by)} variables)"
        return f"The {self.what} of {self.math(self.write(report.objective))} with respect to {names}"

    def derivatives(self, report: Report, symbols: Sequence[Symbol]) -> str:
        """dJ/dX, dJ/dY in running text; where they are many and all there are, how many."""
        if len(symbols) > 6 and len(symbols) == len(report.gradients):
            return f"all {len(symbols)} gradients"
        return ", ".join(self.math(self.derivative(report.objective, s)) for s in symbols)

    def statement(self, rule: Rule) -> str:
        """What the rule says; empty for one that has no fixed form (numbers combined, terms put in order).

        Empty, too, where both sides are written the same.
        """
        known = self._statements.get(rule)
        if known is None:
            left, right = spelled(rule)
            same = left is right or self.write(left) == self.write(right)
            known = self._statements[rule] = "" if same else self.equation(left, right)
        return known

    def requirement(self, rule: Rule) -> str:
        """What must be true of the slots, such as "S symmetric"; empty where nothing must."""
        found: dict[str, list[str]] = {}
        for slot, words in requirements(rule):
            key = words if " a " not in words else f"{words}\0{slot.name}"  # A a row, B a row
            found.setdefault(key, []).append(self.math(self.write(slot)))
        if rule.guard is not None and rule.guard in GUARDS:
            found[GUARDS[rule.guard]] = [self.math(self.write(node)) for node in rule.lhs.args[:2]]
        return ", ".join(words.partition("\0")[0].replace("#", _listed(letters)) for words, letters in found.items())

    def said(self, words: str, parts: Mapping[str, Node]) -> str:
        """A sentence with formulas for the letters in braces; [what is said of arrays] goes where all are scalars."""
        found = []
        for i, piece in enumerate(_LETTER.split(_in_full(words, parts))):
            formula = parts.get(piece) if i % 2 else None
            found.append(self.prose(piece) if formula is None else self.math(self.write(formula)))
        return "".join(found)

    def condition(self, rule: Rule) -> str:
        """When a rule holds, said of its slots; empty where it always does."""
        return self.said(rule.condition, _letters(rule.lhs, rule.rhs))

    def why(self, rule: Rule, reasons: Mapping[str, str]) -> str:
        """Why a rule holds: the sum over indices that both its sides are; else its own reason, or that of its name."""
        from matcalc.write.indexed import common

        formula = common(rule, self.notation)
        if formula:
            return f"both are {self.math(formula)}"
        return self.prose(rule.reason or reasons.get(rule.name, ""))

    def because(self, rule: Rule, reasons: Mapping[str, str]) -> str:
        """What a rule asks for, why it holds, where it is proved, and when it holds."""
        said = (self.requirement(rule), self.why(rule, reasons), self.prose(rule.source), self.condition(rule))
        return "; ".join(filter(None, said))

    def conditions(self, conditions: Iterable[Condition]) -> list[str]:
        """When a result holds, each condition once; what is asked of several formulas is said of all."""
        found: dict[str, dict[str, None]] = {}
        for words, parts in conditions:
            filled = dict(parts)
            words = _in_full(words, filled)
            alike = _ASKED.fullmatch(words) if filled else None
            key = alike[2] if alike else self.said(words, filled)
            found.setdefault(key, {})
            if alike:
                found[key][self.math(self.write(filled[alike[1]]))] = None
        return [
            f"{_listed(list(of))} {self.prose(key if len(of) == 1 else _PLURAL.sub(_plural, key))}" if of else key
            for key, of in found.items()
        ]

    def explanation(self, entry: Entry) -> str:
        """What an operator means: a formula, or words, or both."""
        left = self.write(entry.term)
        words = self.said(entry.words, {**_letters(entry.term), **entry.parts})
        if entry.formula is None:
            return f"{self.math(left)}: {words}"
        piece = self._piece(entry.formula)
        right = str(self.notation.build(entry.around, piece) if entry.around else piece)
        if right == left:  # the notation writes it so
            return f"{self.math(left)}: {words}"
        return f"{self.math(f'{left} = {right}')}, {words}"

    def structured(self, report: Report) -> list[str]:
        """What the gradients by structured variables are, under the convention that was used."""
        found: list[str] = []
        if report.kind == "jacobian":
            return found
        for symbol, _ in report.gradients:
            structure = next((words for attribute, words in STRUCTURES.items() if attribute in symbol.attributes), None)
            if structure is not None:
                name = self.math(self.write(symbol))
                gradient = self.math(self.derivative(report.objective, symbol))
                words = CONVENTIONS[report.convention]
                onto, what = structure
                found.append(words.format(gradient=gradient, variable=name, onto=onto.replace("#", name), what=what))
        return found

    def statements(self, row: Row) -> list[str]:
        """What leads to a line: the definitions of the names that it introduces, or the rules."""
        if row.named:
            return [self.definition(s) for s in row.named]
        return [text for text in map(self.statement, row.rules) if text]

    def reason(self, row: Row) -> str:
        """The name of the rule, what was known, and what was constant."""
        parts = [self.prose(row.rules[0].name)] if row.rules else []
        known: dict[str, list[str]] = {}
        for node, kind in row.known:
            known.setdefault(kind, []).append(self.math(self.write(node)))
        parts += [ATTRIBUTES[kind].replace("#", _listed(names[:3])) for kind, names in known.items()]
        if row.constant:
            shown = [self.math(self.write(node)) for node in islice(row.constant, 3)]
            how = "held fixed" if any(map(self._varies_elsewhere, row.constant)) else "constant"
            parts.append(f"{', '.join(shown)}{', …' if len(row.constant) > 3 else ''} {how}")
        return "; ".join(parts)

    def _varies_elsewhere(self, node: Node) -> bool:
        """Whether it depends on the variables through other layers, or is a variable that other layers have too."""
        return any(isinstance(n, Symbol) and stem_of(n.name) in self.elsewhere for n in postorder(node))

    def lead(self, section: Section, objective: Symbol) -> str:
        """What the section's first line is equal to; empty for a part of dJ."""
        subject = section.subject
        if section.kind == "layers" or (section.kind == "push" and subject.name == self.given):
            return self.write(term(D, objective))
        if section.kind in ("rewrite", "recognize"):
            return self.write(subject)
        if section.kind == "differential":
            return self.write(term(D, subject))
        if section.kind == "vec":
            return self.write(stacked(term(D, subject)))
        return self.derivative(objective, subject) if section.kind in ("finish", "name") else ""

    def shapes(self, row: Row) -> list[str]:
        """The shape of the gradient in each term G : V or g dv; all empty where there are only scalars."""
        found = self.measured(row)
        if all(shape is None or shape == SCALAR for shape in found):
            return [""] * len(found)
        return [self.shape(shape) if shape is not None else "" for shape in found]

    def measured(self, row: Row) -> list[Shape | None]:
        """The shape of the gradient, or of the Jacobian, in each term."""
        return [(jacobian_shape if self.kind == "jacobian" else gradient_shape)(term) for term in row.terms]

    def heading(self, section: Section) -> str:
        """What a section does."""
        subject = section.subject
        name = self.math(self.write(subject))
        if section.kind == "rewrite":
            return f"The objective {name}"
        if section.kind == "recognize":
            return f"The definition of {name}"
        if section.kind == "differential":
            return f"The differential of {name}"
        if section.kind == "vec":
            columns = ", its columns stacked" if subject.shape[1] != 1 else ""
            return f"The differential of {name}{columns}"
        if section.kind == "collect":
            return f"The terms in {self.math(self.write(term(D, subject)))}"
        if section.kind == "finish":
            # A convention's rule gives a form to P, whatever it is; a law of algebra says nothing of structure.
            lawful = section.steps and not any(isinstance(step.rule.lhs, Slot) for step in section.steps)
            return f"The {self.what} with respect to {name}" if lawful else f"The structure of {name}"
        if section.kind == "name":
            return f"What is repeated in the {self.what} with respect to {name}"
        if section.kind == "layers":
            return f"The gradient with respect to {name}"
        if subject.definition is None:
            return f"Through {name}"
        return f"Through {self.math(self.definition(subject))}"


def _letters(*nodes: Node) -> dict[str, Node]:
    return {n.name if isinstance(n, Slot) else str(n.dim): n for n in postorder(*nodes) if isinstance(n, (Slot, Size))}


_LETTER = re.compile(r"\{(\w+)\}")
_OF_ARRAYS = re.compile(r"\[([^\[\]]*)\]")
_ASKED = re.compile(r"\{(\w+)\} ((?:is|has) (?!an? |the )[^\[\]{}]*)")
_PLURAL = re.compile(r"^(is|has)")


def _in_full(words: str, parts: Mapping[str, Node]) -> str:
    # Without brackets; what stands in them goes where all is scalar that the sentence is about.
    about = [parts[letter] for letter in _LETTER.findall(words) if letter in parts]
    scalar = bool(about) and all(node.is_scalar for node in about)
    return _OF_ARRAYS.sub("" if scalar else r"\1", words)


def _plural(verb: re.Match[str]) -> str:
    return {"is": "are", "has": "have"}[verb[0]]


def _listed(names: Sequence[str]) -> str:
    # A, B and C.
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def together(shapes: Sequence[str]) -> Sequence[str]:
    """The shapes of a line's terms in order; one for all where they are the same."""
    return shapes[:1] if len(set(shapes)) == 1 else [shape for shape in shapes if shape]
