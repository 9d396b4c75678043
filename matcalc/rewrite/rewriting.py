"""Applying rules: at the root of an expression, or everywhere until none applies, with a record of the rewritings."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import count, groupby
from typing import NamedTuple, TypeAlias
from weakref import WeakKeyDictionary, WeakSet

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Slot, Symbol, Term, postorder, replace
from matcalc.operators import SCALAR_CONSTANTS, SCALE, Operator, term
from matcalc.rewrite.arithmetic import ARITHMETIC, arithmetic
from matcalc.rewrite.later import Later, every
from matcalc.rewrite.matching import NOTHING, Match, fill, match, may_follow, may_match, slot_fits
from matcalc.rewrite.rows import RewriteRule
from matcalc.rewrite.varied import varied

WIDE = 64
"""Rules that compare the terms of a sum or a product pairwise are skipped if there are more terms than this."""


def apply(rule: RewriteRule, node: Node) -> Node | None:
    """`node` rewritten by `rule` at its root, or None. Part of a flat sum or product may match; the rest is kept."""
    names = _names(rule, node) if rule.through else {}
    for result in _results(rule, replace(node, names) if names else node):
        return replace(result, {definition: name for name, definition in names.items()}) if names else result
    return None


def _names(rule: RewriteRule, node: Node) -> dict[Node, Node]:
    # The names in `node` that may stand for a part of the pattern, and their definitions.
    wanted = {n.op for n in postorder(rule.lhs) if isinstance(n, Term)}
    found: dict[Node, Node] = {}
    level = {node}
    for _ in range(rule.lhs.height):
        level = {a for n in level for a in n.args}
        for n in level:
            if isinstance(n, Symbol) and isinstance(n.definition, Term) and n.definition.op in wanted and not varied(n):
                found[n] = n.definition
    # A name in the definition of another one stays in both: (Z - mu) ./ s with mu = rowmean(Z), whatever Z is.
    inside = set(postorder(*found.values()))
    return {name: definition for name, definition in found.items() if name not in inside}


def _results(rule: RewriteRule, node: Node) -> Iterator[Node]:
    lhs = rule.lhs
    if not isinstance(lhs, Term) or not isinstance(node, Term) or node.op is not lhs.op:
        return
    if rule.guard is not None and not rule.guard.holds(node):
        return
    op, args, patterns = node.op, node.args, lhs.args
    if not op.flat:
        for found in match(lhs, node):
            yield fill(rule.rhs, found)
    elif op.commutes:
        if len(patterns) > len(args) or len(args) > WIDE:
            return
        for chosen, found in _choices(rule, args):
            rest = [a for i, a in enumerate(args) if i not in chosen]
            at = min(chosen)
            position = sum(1 for i in range(at) if i not in chosen)
            rest.insert(position, fill(rule.rhs, found))
            yield term(op, *rest)
    elif len(args) > SHORT_PRODUCT:
        yield from _everywhere(rule, op, args)
    else:
        for start in range(len(args)):
            for stop, found in _windows(op, patterns, args, start, NOTHING):
                yield term(op, *args[:start], fill(rule.rhs, found), *args[stop:])


def _everywhere(rule: RewriteRule, op: Operator, args: Sequence[Node]) -> Iterator[Node]:
    # A long product is rewritten at all places at once: one place at a time would copy the whole product for each.
    made: list[Node] = []
    at = 0
    while at < len(args):
        stop, found = next(_windows(op, rule.lhs.args, args, at, NOTHING), (at, NOTHING))
        made.append(args[at] if stop == at else fill(rule.rhs, found))
        at = max(stop, at + 1)
    if len(made) < len(args) or any(new is not old for new, old in zip(made, args, strict=True)):
        yield term(op, *made)


def _choices(rule: RewriteRule, args: Sequence[Node]) -> Iterator[tuple[tuple[int, ...], Match]]:
    # The choices of an argument for each part of the pattern, and their matches.
    patterns = rule.lhs.args
    readers = _readers(rule)
    if not readers:
        yield from _chosen(patterns, args, [range(len(args))] * len(patterns), (), NOTHING)
        return
    places: list[dict[Node | None, list[int]]] = [{} for _ in readers]
    for reader, at in zip(readers, places, strict=True):
        for i, arg in enumerate(args):
            at.setdefault(reader(arg), []).append(i)
    for i, arg in enumerate(args):
        value = readers[0](arg)
        if value is not None and all(value in at for at in places):
            yield from _chosen(patterns, args, [[i], *(at[value] for at in places[1:])], (), NOTHING)


def _chosen(
    patterns: Sequence[Node],
    args: Sequence[Node],
    places: Sequence[Sequence[int]],
    chosen: tuple[int, ...],
    found: Match,
) -> Iterator[tuple[tuple[int, ...], Match]]:
    if not patterns:
        yield chosen, found
        return
    for i in places[0]:
        if i not in chosen and may_match(patterns[0], args[i]):
            for first in match(patterns[0], args[i], found):
                yield from _chosen(patterns[1:], args, places[1:], (*chosen, i), first)


PartOf: TypeAlias = "Callable[[Node], Node | None]"
_known_readers: WeakKeyDictionary[RewriteRule, Sequence[PartOf]] = WeakKeyDictionary()


def _readers(rule: RewriteRule) -> Sequence[PartOf]:
    # Where all parts of the pattern hold one slot, as in A B + A C or A .* A.^k: for each part, what an argument has in
    # that place. Arguments that differ there need not be compared. Of a product, this is its first or last factor.
    if rule not in _known_readers:
        slots = dict.fromkeys(n for n in postorder(rule.lhs) if isinstance(n, Slot))
        ways = ([_reader(p, slot, end) for p in rule.lhs.args] for slot in slots for end in (0, -1))
        _known_readers[rule] = next(([r for r in way if r] for way in ways if all(way)), ())
    return _known_readers[rule]


def _reader(pattern: Node, slot: Slot, end: int) -> PartOf | None:
    if pattern is slot:
        return lambda node: _end(node, end)
    core = _core(pattern)
    if not isinstance(core, Term) or core.op.commutes:
        return None
    if core.op.flat:
        return (lambda node: _end(_core(node), end)) if core.args[end] is slot else None
    if core is not pattern:
        return None
    inner = [_reader(a, slot, end) for a in core.args]
    return next((_below(core.op, i, reader) for i, reader in enumerate(inner) if reader), None)


def _below(op: Operator, place: int, reader: PartOf) -> PartOf:
    return lambda node: reader(node.args[place]) if isinstance(node, Term) and node.op is op else None


def _core(node: Node) -> Node:
    # The array of a scaled array; any other node itself.
    return node.args[1] if isinstance(node, Term) and node.op is SCALE else node


def _end(node: Node, end: int) -> Node:
    return node.args[end] if isinstance(node, Term) and node.op.flat and not node.op.commutes else node


LONGEST_RUN = 8
SHORT_PRODUCT = 12
"""A slot takes up to LONGEST_RUN neighbouring factors of a product of up to SHORT_PRODUCT factors, otherwise one."""

_needs: WeakKeyDictionary[RewriteRule, frozenset[object]] = WeakKeyDictionary()
_LOOSE = (SCALE, *SCALAR_CONSTANTS)
"""Operators whose patterns also match other nodes: products of scalars, the numbers 0 and 1."""


def _needed(rule: RewriteRule) -> frozenset[object]:
    # What the arguments must contain: numbers, operators, and pairs of an operator and what is below it. This test
    # alone excludes most rules.
    known = _needs.get(rule)
    if known is None:
        assert isinstance(rule.lhs, Term)
        loose = () if rule.lhs.op.flat else _LOOSE
        found: list[object] = []
        for a in rule.lhs.args:
            root = _root(a)
            if root is not None and root not in loose:
                found.append(root)
            if isinstance(a, Term) and a.op not in _LOOSE:
                found += ((a.op, below) for b in a.args if (below := _root(b)) is not None and below not in _LOOSE)
        known = _needs[rule] = frozenset(() if rule.through else found)
    return known


def _root(node: Node) -> object:
    # The operator of a term, or a number; None for what may be different things.
    if isinstance(node, Slot):
        return node.kind.op
    return node.op if isinstance(node, Term) else node if isinstance(node, Number) else None


def _offered(node: Term) -> set[object]:
    found: set[object] = set()
    for a in node.args:
        if isinstance(a, Term):
            found.add(a.op)
            found.update([(a.op, b.op if isinstance(b, Term) else b) for b in a.args])
        else:
            found.add(a)
    return found


def _windows(
    op: Operator, patterns: Sequence[Node], args: Sequence[Node], start: int, found: Match
) -> Iterator[tuple[int, Match]]:
    if not patterns:
        yield start, found
        return
    pattern = patterns[0]
    longest = min(len(args) - start - len(patterns) + 1, LONGEST_RUN if len(args) <= SHORT_PRODUCT else 1)
    known = found.nodes.get(pattern.name) if isinstance(pattern, Slot) else None
    if known is not None:
        taken = known.args if isinstance(known, Term) and known.op is op else (known,)
        if tuple(args[start : start + len(taken)]) == taken:
            yield from _windows(op, patterns[1:], args, start + len(taken), found)
        return
    following = patterns[1] if len(patterns) > 1 else None
    if not may_match(pattern, args[start]):
        return
    for length in range(1, (longest if isinstance(pattern, Slot) else min(1, longest)) + 1):
        stop = start + length
        if isinstance(pattern, Slot) and not slot_fits(pattern, args[start].shape[0], args[stop - 1].shape[1], found):
            continue
        # What stands next is looked at before a run of factors is put together.
        if following is not None and not may_follow(op, pattern, args[start:stop], following, args[stop:], found):
            continue
        run = args[start] if length == 1 else term(op, *args[start:stop])
        for first in match(pattern, run, found):
            yield from _windows(op, patterns[1:], args, stop, first)


class Rewriting(NamedTuple):
    """One use of a rule inside a larger expression: the part `before` became `after`."""

    rule: RewriteRule
    before: Node
    after: Node


REMEMBERED = 5_000
"""Normal forms kept for reuse."""
LIMIT = 20_000
"""An expression that takes more rewritings than this is refused."""


class RuleSet:
    """A set of rules, indexed by operator, that brings sums and products into a fixed order.

    `rows`: the rules; earlier ones are tried first, and some may be loaded later (later.py). `arrange` orders the
    arguments of a commutative operator. `numbers`: whether numbers are combined.
    """

    def __init__(
        self,
        rows: Iterable[RewriteRule | Later],
        arrange: tuple[RewriteRule, Callable[[Term], Node]] | None = None,
        numbers: bool = True,
    ) -> None:
        self.rows = tuple(rows)
        self._waiting = [row for row in self.rows if isinstance(row, Later)]
        self._by_op: dict[Operator, list[tuple[RewriteRule, frozenset[object]]]] = {}
        self._file()
        self._arrange = arrange
        self._numbers = numbers
        self._normal: dict[Node, tuple[Node, tuple[Rewriting, ...]]] = {}
        self.settled: WeakSet[Node] = WeakSet()
        """Nodes known to be in normal form with all their parts. What grows around one does not visit it again."""

    def _file(self) -> None:
        # Assigned in one step: another thread may be reading the index.
        filed: dict[Operator, list[tuple[RewriteRule, frozenset[object]]]] = {}
        for rule in every(row for row in self.rows if row not in self._waiting):
            if not isinstance(rule.lhs, Term):
                raise ValueError(f"{rule.name}: the left side must be a term")
            filed.setdefault(rule.lhs.op, []).append((rule, _needed(rule)))
        self._by_op = filed

    def of(self, op: Operator) -> Sequence[RewriteRule]:
        """The rules whose left side has `op` at its root. Loads later rows that `op` needs."""
        return [rule for rule, _ in self._of(op)]

    def _of(self, op: Operator) -> Sequence[tuple[RewriteRule, frozenset[object]]]:
        if self._waiting and any(later.wanted(op) for later in self._waiting):
            self._waiting = [later for later in self._waiting if not later.wanted(op)]
            self._file()  # threads that arrive here together build the same index
        return self._by_op.get(op, ())

    def step(self, node: Term) -> Rewriting | None:
        """One rewriting at the root of `node`, or None if it is in normal form there."""
        combined = arithmetic(node) if self._numbers else None
        if combined is not None:
            return Rewriting(ARITHMETIC, node, combined)
        # First, so that the common factor that is chosen does not depend on the order of the input.
        if self._arrange is not None and node.op.commutes:
            arranged = self._arrange[1](node)
            if arranged is not node:
                return Rewriting(self._arrange[0], node, arranged)
        rules = self._of(node.op)
        offered = _offered(node) if rules else set()
        for rule, needed in rules:
            if needed <= offered:
                after = apply(rule, node)
                if after is not None and after is not node:
                    return Rewriting(rule, node, after)
        return None

    def normal(self, root: Node) -> tuple[Node, tuple[Rewriting, ...]]:
        """The normal form of `root`, and the rewritings leading to it, innermost first, each at the root of a part."""
        history: list[Rewriting] = []
        results: dict[Node, Node] = {}
        forward: dict[Node, Node] = {}  # node -> what it was rewritten to; both have the same normal form
        stack = [root]
        while stack:
            node = stack[-1]
            if node in results:
                stack.pop()
            elif node in forward:
                target = forward[node]
                if target in results:
                    results[node] = results[target]
                    stack.pop()
                else:
                    stack.append(target)
            elif (known := self._normal.get(node)) is not None:
                results[node], past = known
                history.extend(past)
            elif node in self.settled or not isinstance(node, Term):
                results[node] = node
            elif missing := [a for a in node.args if a not in results]:
                stack.extend(reversed(missing))
            elif (rebuilt := term(node.op, *(results[a] for a in node.args))) is not node:
                if _ends_in(rebuilt, forward) is node:  # two rules undo each other: stop here
                    results[node] = node
                else:
                    forward[node] = rebuilt
            elif (done := self.step(node)) is None or _ends_in(done.after, forward) is node:
                results[node] = node
                if done is None and all(not isinstance(a, Term) or a in self.settled for a in node.args):
                    self.settled.add(node)
            else:
                history.append(done)
                forward[node] = done.after
                if len(history) > LIMIT:
                    raise UnsupportedError(
                        "this expression is too large to simplify",
                        hint="name its parts by definitions (z = …) and use the names",
                    )
        answer = (results[root], tuple(history))
        if len(self._normal) > REMEMBERED:
            self._normal.clear()
        self._normal[root] = answer
        self._normal[answer[0]] = (answer[0], ())
        return answer

    def forms(self, root: Node) -> Iterator[tuple[RewriteRule, Node]]:
        """The forms that `root` takes on the way to its normal form, each with the rule that led to it.

        Consecutive uses of one rule make one form. If that still gives many forms, as for a long sum whose terms are
        each rewritten by two rules, all uses of a rule that are possible at one time make one form; and if there are
        many of these, as for blocks in blocks, all that are left, with those that they make possible.
        """
        forward: dict[Node, Node] = {}
        current = root
        for rule, uses in _grouped(root, self.normal(root)[1], self.settled):
            forward.update((before, after) for _, before, after in uses)
            changed = _met(root, forward, self.settled)[root]
            if changed is not current:
                current = changed
                yield rule, current


def _ends_in(node: Node, forward: dict[Node, Node]) -> Node:
    while node in forward:
        node = forward[node]
    return node


SEVERAL = 24
"""Up to this many forms show the rewritings in the order in which they were made."""


def _grouped(
    root: Node, history: Sequence[Rewriting], settled: Container[Node]
) -> Iterator[tuple[RewriteRule, Iterable[Rewriting]]]:
    in_a_row = [(rule, list(uses)) for rule, uses in groupby(history, lambda r: r.rule)]
    if len(in_a_row) <= SEVERAL:
        yield from in_a_row
        return
    forward: dict[Node, Node] = {}
    left = list(history)
    for shown in count():
        if not left:
            return
        rule = left[0].rule
        uses = of_rule = [r for r in left if r.rule is rule]
        if shown < SEVERAL:
            met = _met(root, forward | {r.before: r.after for r in of_rule}, settled)
            uses = [r for r in of_rule if r.before in met] or of_rule
        forward.update((r.before, r.after) for r in uses)
        done = set(uses)
        left = [r for r in left if r not in done]
        yield rule, uses


def _met(root: Node, forward: dict[Node, Node], settled: Container[Node]) -> dict[Node, Node]:
    # Rewrite `root` and all its parts, operands first, as in `normal`: an operand's new form may be spliced into a sum
    # or a product around it.
    results: dict[Node, Node] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in results:
            stack.pop()
        elif node in forward and forward[node] in results:
            results[node] = results[forward[node]]
        elif node in forward:
            stack.append(forward[node])
        elif node in settled or not isinstance(node, Term):
            results[node] = node
        elif missing := [a for a in node.args if a not in results]:
            stack.extend(missing)
        else:
            rebuilt = term(node.op, *(results[a] for a in node.args))
            if rebuilt is node or (rebuilt not in forward and all(a in results for a in rebuilt.args)):
                results[node] = results[rebuilt] = rebuilt
            elif rebuilt in results:
                results[node] = results[rebuilt]
            else:
                stack.append(rebuilt)
    return results
