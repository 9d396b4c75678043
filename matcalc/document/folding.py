"""Folds a record into the lines that a reader sees.

A record has every rewriting. A document shows the lines after visible rules: a quiet rewriting is folded into the line
before it, and neighbouring rewritings by the same rule become one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from matcalc.document.requirements import ATTRIBUTES
from matcalc.expr import SCALAR, Node, Shape, Slot, Symbol, Term, postorder, replace
from matcalc.operators import HADAMARD, INNER, MATMUL, PLUS, SCALE, TRANSPOSE, ZEROS, D, T, d
from matcalc.rewrite import RewriteRule, Section, match


class ShownLine:
    """A line to show. `rules` led to it (none for the first line of a stretch): of one name, or each of another term.

    `number` counts the lines of the whole derivation. `named`: names that the line introduces. `constant`: what was
    dropped because it does not depend on the variables, without repetition or transposes. `known`: (expression, kind)
    for attributes that were used, such as (A, "symmetric").
    """

    __slots__ = ("constant", "known", "named", "node", "number", "rules")

    def __init__(self, node: Node, rules: Iterable[RewriteRule] = (), named: Iterable[Symbol] = ()) -> None:
        self.node = node
        self.number = 0
        self.rules = list(rules)
        self.named = list(named)
        self.constant: dict[Node, None] = {}
        self.known: dict[tuple[Node, str], None] = {}

    @property
    def terms(self) -> tuple[Node, ...]:
        """The terms of the line."""
        return terms(self.node)


def terms(line: Node) -> tuple[Node, ...]:
    """The terms of a sum."""
    return line.args if isinstance(line, Term) and line.op is PLUS else (line,)


class Stretch(NamedTuple):
    """A section to show: `results` are the gradients of variables that it completes.

    `continues`: its first line is the last line of the stretch before it.
    """

    section: Section
    rows: Sequence[ShownLine]
    results: tuple[tuple[Symbol, Node], ...]
    continues: bool = False


def gradient_shape(term: Node) -> Shape | None:
    """The shape of G in a term G : V; (1, 1) for a scalar times a differential; None for other terms."""
    if not isinstance(term, Term) or not term.is_scalar or not term.varies:
        return None
    if term.op is INNER:
        return term.args[0].shape
    factors = term.args if term.op is HADAMARD else (term,)
    return SCALAR if any(isinstance(f, Term) and f.op is D for f in factors) else None


def jacobian_shape(term: Node) -> Shape | None:
    """The shape of M in a term M vec(V); None if M is a multiple of the identity."""
    if not isinstance(term, Term) or not term.varies:
        return None
    if term.op is MATMUL:
        return term.shape[0], term.args[-1].shape[0]
    if term.op is SCALE:
        return term.args[1].shape if term.args[0].varies else jacobian_shape(term.args[1])
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


def _rows(section: Section) -> Iterator[ShownLine]:
    if not section.steps:
        return
    row = ShownLine(_start(section, section.steps[0].before))
    untouched: frozenset[Node] = frozenset()  # terms of the line before that are still there
    for rule, before, after in section.steps:
        row_is_first = not row.rules
        known = _known(rule, before, after)
        if rule.quiet:
            row.known |= known
            row.node = _start(section, after)
            if not row_is_first:
                row.constant |= _dropped(rule, before, after)
        elif not row_is_first and (
            rule.name == row.rules[-1].name
            or _spells_out(rule, row.rules)
            or _is_apart(row, rule, before, after, untouched)
        ):
            row.node = after
            row.known |= known
            if all(rule is not known for known in row.rules):
                row.rules.append(rule)
            row.named += _introduced(rule, before, after)
        else:
            yield row
            untouched = frozenset(row.terms)
            row = ShownLine(after, [rule], _introduced(rule, before, after))
            row.known = known
    yield row


def _spells_out(rule: RewriteRule, before: Sequence[RewriteRule]) -> bool:
    """Whether it writes out a derivative f' that a rule before it brought in."""
    derivative = isinstance(rule.lhs, Term) and rule.lhs.op.order > 0
    brought = postorder(*(known.rhs for known in before)) if derivative else ()
    return any(isinstance(n, Term) and n.op.order > 0 for n in brought)


MOST_RULES = 3
"""In a line that takes a step in each of its terms."""


def _is_apart(row: ShownLine, rule: RewriteRule, before: Node, after: Node, untouched: frozenset[Node]) -> bool:
    """Whether a step is one of a term of its own: then it goes into the same line as those of other terms."""
    if (isinstance(rule.lhs, Term) and rule.lhs.op is PLUS) or len({known.name for known in row.rules}) == MOST_RULES:
        return False
    gone = {*terms(before)} - {*terms(after)}
    return bool(gone) and gone <= untouched


def _start(section: Section, line: Node) -> Node:
    # A first line G : d(definition) is shown with the name instead of its definition.
    subject = section.subject
    if section.kind == "push" and subject.definition is not None:
        return replace(line, {d(subject.definition): d(subject)})
    return line


def _introduced(rule: RewriteRule, before: Node, after: Node) -> list[Symbol]:
    # A rule without a statement (A = A) replaces a definition by its name; the definition is then the statement.
    if rule.lhs is not rule.rhs:
        return []
    known = set(postorder(before))
    return [n for n in postorder(after) if isinstance(n, Symbol) and n.definition is not None and n not in known]


def _dropped(rule: RewriteRule, before: Node, after: Node) -> dict[Node, None]:
    # d of a constant is 0: collect the arguments of the d's that vanished.
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


def _is_plain(node: Node) -> bool:
    # That I and A + A' are symmetric needs no word.
    parts = set(terms(node))
    return not _names(node) or (len(parts) > 1 and all({_upright(a), T(_upright(a))} <= parts for a in parts))


def _names(node: Node) -> list[Symbol]:
    return [part for part in postorder(node) if isinstance(part, Symbol)]


def _known(rule: RewriteRule, before: Node, after: Node) -> dict[tuple[Node, str], None]:
    # The fillings of slots that require an attribute: a name, or the names inside that have the attribute.
    asked = [n for n in postorder(rule.lhs) if isinstance(n, Slot) and n.kind in ATTRIBUTES]
    found: dict[tuple[Node, str], None] = {}
    if not asked:
        return found
    gone = list(_gone(before, after))
    for slot in asked:
        has = slot.kind.holds
        filled = [way.nodes[slot.name] for node in gone for way in match(rule.lhs, node)]
        # Part of a product may have matched, which `match` does not report: collect all names with the attribute.
        for node in filled or gone:
            names = _names(node)
            named: list[Node] = [s for s in names if has(s)]
            if filled and (len(named) < len(names) or not named):
                named = [node]  # L L' + D is symmetric, and not because D is
            found |= {(part, slot.kind): None for part in named if not _is_plain(part)}
    return found
