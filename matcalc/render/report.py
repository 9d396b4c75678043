"""What is to be shown, before any notation: a report, and its derivation folded into the lines that a reader sees.

A record holds every rewriting. Shown are the lines after visible rules: a quiet rewriting is folded into the line
before it, and neighbours by the same rule become one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from matcalc.expr import SCALAR, Node, Shape, Slot, Symbol, Term, postorder, replace
from matcalc.families import stem_of
from matcalc.indices.part import Part
from matcalc.operators import HADAMARD, INNER, MATMUL, PLUS, SCALE, TRANSPOSE, ZEROS, D, d
from matcalc.render.glossary import Entry, explained
from matcalc.render.requirements import ATTRIBUTES
from matcalc.rewrite import Chain, Condition, Rule, Section, match, varies
from matcalc.syntax.program import Program


class Finding(Protocol):
    """What a judge says of one gradient; its str is a sentence. The judge itself is not known here."""

    @property
    def status(self) -> str:
        """One of proved, agrees, failed, skipped."""

    @property
    def method(self) -> str:
        """How it was found out."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """The number that each dimension stood for."""

    @property
    def detail(self) -> str:
        """What was assumed, or what was seen."""

    @property
    def counterexample(self) -> Any:
        """None, or an entry, the two values there (measured, claimed), and the point as (name, rows) pairs."""


@dataclass(frozen=True)
class Report:
    """A derivation as it is shown.

    `program`: the problem as understood. `objective`: the objective with names put in. `wrt`: the variables.
    `sections`: the record. `where`: the named intermediates in forward order; `deltas`: the named gradients of
    intermediates; both are symbols with definitions. `gradients`: (variable, gradient). `verifications`: for a
    variable's name whether its gradient was proved; see Finding.
    `conditions`: when the result holds. `notes`: what a reader should know besides. `convention`: what the gradient
    with respect to a structured variable is. `expanded`: the gradients are written without intermediates.
    `ranges`: for a name of layer l from which layer to which it is said. `braces`: the shape of every factor stands
    below it. `reasons`: why the rules of a name hold that say nothing of it themselves. `kind`: "gradient"; or
    "jacobian", and then `gradients` holds (variable, Jacobian), in `layout`. `layout`: "gradient", "numerator" or
    "denominator"; how derivatives by vectors and matrices are laid out. `turned`: the gradients as that layout has
    them. `chains`: for each variable the factors from it to the objective, in that layout.
    `adjoint`: of a Jacobian, a letter for the gradient by the output, and what it becomes by each variable.
    """

    program: Program
    objective: Symbol
    wrt: tuple[Symbol, ...]
    sections: tuple[Section, ...]
    deltas: tuple[Symbol, ...]
    where: tuple[Symbol, ...]
    gradients: tuple[tuple[Symbol, Node], ...]
    verifications: Mapping[str, Finding] | None = None
    conditions: tuple[Condition, ...] = ()
    notes: tuple[str, ...] = ()
    convention: str = "projected"
    expanded: bool = False
    ranges: Mapping[str, tuple[Node, Node]] = field(default_factory=dict)
    braces: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)
    adjoints: tuple[tuple[Symbol, Node], ...] = ()
    parts: tuple[Part, ...] = ()
    entries: bool = False
    summed: Mapping[str, Finding] = field(default_factory=dict)
    kind: str = "gradient"
    layout: str = "gradient"
    turned: tuple[tuple[Symbol, Node], ...] = ()
    chains: tuple[Chain, ...] = ()
    adjoint: tuple[Symbol, tuple[tuple[Symbol, Node], ...]] | None = None

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The derivation as it is shown."""
        return folded(self.sections, self.wrt)

    @property
    def results(self) -> tuple[tuple[Symbol, Node], ...]:
        """The gradients, or the Jacobian, in the layout."""
        return self.turned or self.gradients

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The visible rules that were used, each once, in order."""
        found = {rule: None for stretch in self.stretches for row in stretch.rows for rule in row.rules}
        return tuple(found)

    @property
    def cited(self) -> tuple[tuple[str, tuple[Rule, ...]], ...]:
        """The same by their names, in the order in which each name was used first."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.name, []).append(rule)
        return tuple((name, tuple(rules)) for name, rules in found.items())

    @property
    def needed(self) -> tuple[Symbol, ...]:
        """The intermediates, then the deltas, that the gradients are written in, directly or through one another.

        What is defined by deltas comes after them.
        """
        walk = postorder(*(node for _, node in self.gradients), through_definitions=True)
        used = {node for node in walk if isinstance(node, Symbol)}
        if self.program.family is not None:
            # Of layers, a[l-1] is explained by a[l], and the recursion has a start to which no formula leads.
            walk = postorder(*self.deltas, *used, through_definitions=True)
            stems = {stem_of(node.name) for node in walk if isinstance(node, Symbol)}
            used |= {*self.deltas, *(s for s in self.where if stem_of(s.name) in stems)}
        later = _using(self.deltas, self.where)
        order = (*(s for s in self.where if s not in later), *self.deltas, *later)
        return tuple(s for s in order if s in used)

    def explained(self, steps: bool) -> tuple[Entry, ...]:
        """What the less known operators mean that occur in the gradients, in their intermediates or in the `steps`."""
        shown = [node for _, node in self.gradients]
        if steps:
            shown += [row.node for stretch in self.stretches for row in stretch.rows]
        return tuple(explained(set(postorder(*shown, *self.needed, through_definitions=True))))

    @property
    def proofs(self) -> tuple[tuple[tuple[Symbol, ...], str, str], ...]:
        """What was said of the gradients: (variables of which the same was said, the sentence, the status)."""
        found: dict[tuple[str, str], list[Symbol]] = {}
        for symbol, _ in self.gradients:
            said = (self.verifications or {}).get(symbol.name)
            if said is not None:
                found.setdefault((str(said), said.status), []).append(symbol)
        return tuple((tuple(who), _of_each(sentence, len(who)), status) for (sentence, status), who in found.items())


def _using(names: Iterable[Symbol], symbols: Iterable[Symbol]) -> dict[Symbol, None]:
    # Those of `symbols` that are defined by some of `names`, directly or through one another.
    symbols = list(symbols)
    using: set[Node] = set(names)
    for node in postorder(*symbols, through_definitions=True) if using else ():
        below = (node.definition,) if isinstance(node, Symbol) and node.definition is not None else node.args
        if not using.isdisjoint(below):
            using.add(node)
    return {s: None for s in symbols if s in using}


def _of_each(sentence: str, count: int) -> str:
    # What was said of each gradient, said of `count` of them.
    if count == 1:
        return sentence
    return sentence.replace("every entry", "every entry of both" if count == 2 else f"every entry of all {count}", 1)


class Row:
    """A line that is shown. `rules` led to it (none for the first line of a stretch), all of one name.

    `number` counts the lines of the whole derivation. `named`: names that the line introduces. `constant`: what was
    dropped because it does not depend on the variables, once each, without transposes. `known`: (what, kind) for the
    attributes that were used, such as (A, "symmetric").
    """

    __slots__ = ("constant", "known", "named", "node", "number", "rules")

    def __init__(self, node: Node, rules: Iterable[Rule] = (), named: Iterable[Symbol] = ()) -> None:
        self.node = node
        self.number = 0
        self.rules = list(rules)
        self.named = list(named)
        self.constant: dict[Node, None] = {}
        self.known: dict[tuple[Node, str], None] = {}

    @property
    def terms(self) -> tuple[Node, ...]:
        """The terms that the line is a sum of."""
        node = self.node
        return node.args if isinstance(node, Term) and node.op is PLUS else (node,)


class Stretch(NamedTuple):
    """A section as it is shown: `results` are the gradients of variables that are complete with it.

    `continues`: its first line is the last line of the stretch before it.
    """

    section: Section
    rows: Sequence[Row]
    results: tuple[tuple[Symbol, Node], ...]
    continues: bool = False


def gradient_shape(term: Node) -> Shape | None:
    """The shape of G in a term G : V; (1, 1) for a scalar times a differential; None for a term of another kind."""
    if not isinstance(term, Term) or not term.is_scalar:
        return None
    if term.op is INNER:
        return term.args[0].shape
    factors = term.args if term.op is HADAMARD else (term,)
    return SCALAR if any(isinstance(f, Term) and f.op is D for f in factors) else None


def jacobian_shape(term: Node) -> Shape | None:
    """The shape of M in a term M vec(V); None where M is the identity or a multiple of it."""
    if not isinstance(term, Term) or not varies(term):
        return None
    if term.op is MATMUL:
        return term.shape[0], term.args[-1].shape[0]
    if term.op is SCALE:
        return term.args[1].shape if varies(term.args[0]) else jacobian_shape(term.args[1])
    return SCALAR if term.op is HADAMARD and term.is_scalar else None


def folded(sections: tuple[Section, ...], wrt: tuple[Symbol, ...]) -> tuple[Stretch, ...]:
    """The sections with quiet steps folded and lines numbered."""
    last: dict[Symbol, int] = {}
    for i, section in enumerate(sections):
        for symbol, _ in section.results:
            last[symbol] = i
    found: list[Stretch] = []
    number = 0
    for i, section in enumerate(sections):
        rows = list(_rows(section))
        for row in rows[1:]:
            number += 1
            row.number = number
        results = tuple((s, g) for s, g in section.results if s in wrt and last[s] == i)
        if len(rows) > 1 or results:
            continues = bool(found and rows and found[-1].rows and rows[0].node is found[-1].rows[-1].node)
            found.append(Stretch(section, rows, results, continues))
    return tuple(found)


def _rows(section: Section) -> Iterator[Row]:
    if not section.steps:
        return
    row = Row(_start(section, section.steps[0].before))
    for rule, before, after in section.steps:
        row_is_first = not row.rules
        known = _known(rule, before, after)
        if rule.quiet:
            row.known |= known
            row.node = _start(section, after)
            if not row_is_first:
                row.constant |= _dropped(rule, before, after)
        elif not row_is_first and rule.name == row.rules[-1].name:
            row.node = after
            row.known |= known
            if all(rule is not known for known in row.rules):
                row.rules.append(rule)
            row.named += _introduced(rule, before, after)
        else:
            yield row
            row = Row(after, [rule], _introduced(rule, before, after))
            row.known = known
    yield row


def _start(section: Section, line: Node) -> Node:
    # A first line G : d(definition) is that with the name in place of its definition.
    subject = section.subject
    if section.kind == "push" and subject.definition is not None:
        return replace(line, {d(subject.definition): d(subject)})
    return line


def _introduced(rule: Rule, before: Node, after: Node) -> list[Symbol]:
    # A rule that states nothing (A = A) puts a name for its definition; the statement is then the definition.
    if rule.lhs is not rule.rhs:
        return []
    known = set(postorder(before))
    return [n for n in postorder(after) if isinstance(n, Symbol) and n.definition is not None and n not in known]


def _dropped(rule: Rule, before: Node, after: Node) -> dict[Node, None]:
    # d of a constant is 0: what stood under the d's that are gone.
    constant = isinstance(rule.lhs, Term) and rule.lhs.op is D and isinstance(rule.rhs, Term) and rule.rhs.op is ZEROS
    if not constant:
        return {}
    gone = [_upright(n.args[0]) for n in _gone(before, after) if n.op is D]
    return {node: None for node in gone if _names(node)}  # 1 needs no word


def _gone(before: Node, after: Node) -> Iterator[Term]:
    kept = set(postorder(after))
    return (n for n in postorder(before) if isinstance(n, Term) and n not in kept)


def _upright(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is TRANSPOSE else node


def _names(node: Node) -> list[Symbol]:
    return [part for part in postorder(node) if isinstance(part, Symbol)]


def _known(rule: Rule, before: Node, after: Node) -> dict[tuple[Node, str], None]:
    # What filled the slots that ask for an attribute: a name, or the names inside that have the attribute.
    asked = [n for n in postorder(rule.lhs) if isinstance(n, Slot) and n.kind in ATTRIBUTES]
    found: dict[tuple[Node, str], None] = {}
    if not asked:
        return found
    gone = list(_gone(before, after))
    for slot in asked:
        has = slot.kind.holds
        filled = [way.nodes[slot.name] for node in gone for way in match(rule.lhs, node)]
        # Part of a product may have matched, of which `match` knows nothing: then whoever has the attribute.
        for node in filled or gone:
            names = _names(node)
            named: list[Node] = [s for s in names if has(s)]
            if filled and (len(named) < len(names) or not named):
                named = [node]  # L L' + D is symmetric, and not because D is
            found |= {(part, slot.kind): None for part in named}
    return found
