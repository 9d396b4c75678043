"""Applying rules: at the root of an expression, or everywhere until none applies, with a record of the rewritings."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakSet

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Slot, Term
from matcalc.operators import SCALAR_CONSTANTS, SCALE, Operator, term
from matcalc.rewrite.arithmetic import ARITHMETIC, arithmetic
from matcalc.rewrite.later import Later, every
from matcalc.rewrite.matching import NOTHING, Match, fill, match, slot_fits
from matcalc.rewrite.rows import RewriteRule

WIDE = 64
"""Rules that compare the terms of a sum or a product pairwise are skipped if there are more terms than this."""


def apply(rule: RewriteRule, node: Node) -> Node | None:
    """`node` rewritten by `rule` at its root, or None. Part of a flat sum or product may match; the rest is kept."""
    for result in _results(rule, node):
        return result
    return None


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
        for chosen, found in _choices(patterns, args, NOTHING, (), _shared_end(rule)):
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


def _choices(
    patterns: Sequence[Node], args: Sequence[Node], found: Match, chosen: tuple[int, ...], end: int | None
) -> Iterator[tuple[tuple[int, ...], Match]]:
    if not patterns:
        yield chosen, found
        return
    for i, arg in enumerate(args):
        if i in chosen or (end is not None and chosen and _end(arg, end) is not _end(args[chosen[0]], end)):
            continue
        for first in match(patterns[0], arg, found):
            yield from _choices(patterns[1:], args, first, (*chosen, i), end)


_ends: WeakKeyDictionary[RewriteRule, int | None] = WeakKeyDictionary()


def _shared_end(rule: RewriteRule) -> int | None:
    # The factor that all terms of the pattern share: 0 (first) in A B + A C, -1 (last), or None. Terms whose factors
    # differ there need not be compared.
    if rule not in _ends:
        products = [_core(p) for p in rule.lhs.args]
        same = [end for end in (0, -1) if all(isinstance(p, Term) for p in products) and _one_slot(products, end)]
        _ends[rule] = same[0] if same else None
    return _ends[rule]


def _core(node: Node) -> Node:
    # The array of a scaled array; any other node itself.
    return node.args[1] if isinstance(node, Term) and node.op is SCALE else node


def _one_slot(products: Sequence[Node], end: int) -> bool:
    chains = [p for p in products if isinstance(p, Term) and p.op.flat and not p.op.commutes]
    return len(chains) == len(products) > 1 and len({p.args[end] for p in chains}) == 1


def _end(node: Node, end: int) -> Node:
    core = _core(node)
    return core.args[end] if isinstance(core, Term) and core.op.flat and not core.op.commutes else core


LONGEST_RUN = 8
SHORT_PRODUCT = 12
"""A slot takes up to LONGEST_RUN neighbouring factors of a product of up to SHORT_PRODUCT factors, otherwise one."""

_needs: WeakKeyDictionary[RewriteRule, frozenset[object]] = WeakKeyDictionary()
_LOOSE = (SCALE, *SCALAR_CONSTANTS)
"""Operators whose patterns also match other nodes: products of scalars, the numbers 0 and 1."""


def _needed(rule: RewriteRule) -> frozenset[object]:
    # What the arguments must contain: operators, or pairs of a unary operator and the operator of its argument. This
    # test alone excludes most rules.
    known = _needs.get(rule)
    if known is None:
        assert isinstance(rule.lhs, Term)
        loose = () if rule.lhs.op.flat else _LOOSE
        terms = [a for a in rule.lhs.args if isinstance(a, Term)]
        inner = [(a.op, b.op) for a in terms if a.op.arity == 1 for b in a.args if isinstance(b, Term)]
        known = frozenset(
            [*(a.op for a in terms if a.op not in loose), *(pair for pair in inner if pair[1] not in _LOOSE)]
        )
        _needs[rule] = known
    return known


def _offered(node: Term) -> set[object]:
    found: set[object] = set()
    for a in node.args:
        if isinstance(a, Term):
            found.add(a.op)
            if a.op.arity == 1 and isinstance(b := a.args[0], Term):
                found.add((a.op, b.op))
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
    for length in range(1, (longest if isinstance(pattern, Slot) else min(1, longest)) + 1):
        stop = start + length
        if isinstance(pattern, Slot) and not slot_fits(pattern, args[start].shape[0], args[stop - 1].shape[1], found):
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
        offered = _offered(node)
        for rule, needed in self._of(node.op):
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


def _ends_in(node: Node, forward: dict[Node, Node]) -> Node:
    while node in forward:
        node = forward[node]
    return node


SEVERAL = 24
"""Up to this many forms, a replay shows the rewritings in the order in which they were made."""


def replay(
    root: Node, history: Sequence[Rewriting], settled: Container[Node] = ()
) -> Iterator[tuple[RewriteRule, Node]]:
    """The forms that `root` takes as the rewritings are made, each with the rule that led to it.

    Parts that are `settled` are in normal form, and not visited.

    Consecutive uses of one rule make one form. If that still gives many forms, as for a long sum whose terms are each
    rewritten by two rules, all uses of a rule that are possible at one time make one form.
    """
    forward: dict[Node, Node] = {}
    current = root
    for rule, uses in _grouped(root, history, settled):
        forward.update((before, after) for _, before, after in uses)
        changed = _met(root, forward, settled)[root]
        if changed is not current:
            current = changed
            yield rule, current


def _grouped(
    root: Node, history: Sequence[Rewriting], settled: Container[Node]
) -> Iterator[tuple[RewriteRule, Iterable[Rewriting]]]:
    in_a_row = [(rule, list(uses)) for rule, uses in groupby(history, lambda r: r.rule)]
    if len(in_a_row) <= SEVERAL:
        yield from in_a_row
        return
    forward: dict[Node, Node] = {}
    left = list(history)
    while left:
        rule = left[0].rule
        of_rule = [r for r in left if r.rule is rule]
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
