"""Rules, matching, and the record that rewriting leaves.

A rule is two expressions with slots. Matching solves for the slots and for the dimensions in their shapes; filling
puts the solution into the other side. `Rules` finds rules by the operator at their root; `Rules.normal` rewrites an
expression bottom up until no rule applies and says what it did. A `Step` is one line of a derivation turned into the
next; a `Section` is a run of them.

This room knows no rule by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple
from weakref import WeakKeyDictionary

from matcalc.errors import UnsupportedError
from matcalc.expr import Dim, Node, Number, Size, Slot, Symbol, Term, remembered
from matcalc.operators import HADAMARD, ONE, PLUS, POWER, SCALE, ZEROS, D, Operator, term


@dataclass(frozen=True, eq=False)
class Rule:
    """lhs = rhs, for every filling of the slots. `name` as a textbook would call it.

    `source` cites where the rule is proved, where that is not obvious. `quiet` marks bookkeeping (X + 0 = X) that is
    recorded as any other step and folded into its neighbour only when it is shown. `condition` says in words when
    the rule holds, where it does not always ("A invertible"). `reason` gives, for an identity of the colon, the index
    sum that both sides are. `guard` is a kind (see KINDS) that the whole expression must be of for the rule to be used:
    it says when the rule helps, not when it holds.
    """

    name: str
    lhs: Node
    rhs: Node
    source: str = ""
    quiet: bool = False
    condition: str = ""
    reason: str = ""
    guard: str = ""


class Step(NamedTuple):
    """`before` = `after`, by `rule`, used at one or more places of the line. Both are whole lines."""

    rule: Rule
    before: Node
    after: Node


class Section(NamedTuple):
    """One stretch of a derivation: the lines from `steps[0].before` to `steps[-1].after`.

    kind "rewrite": the objective's own formula is rewritten (J = … = …); `subject` is the objective.
    kind "differential": dJ, from the objective's formula until only differentials of names are left.
    kind "push": the part of dJ that goes through `subject`, a named intermediate, pushed back by its definition; the
    first line is `gradient : d(subject)`.
    kind "finish": the gradient with respect to `subject` is brought into its final form.
    `results`: the gradients that this section completes, (symbol, gradient).
    """

    kind: str
    subject: Symbol
    steps: tuple[Step, ...]
    results: tuple[tuple[Symbol, Node], ...] = ()

    @property
    def first(self) -> Node | None:
        """The section's first line."""
        return self.steps[0].before if self.steps else None


# ------------------------------------------------------------------------------------------------------------- matching


class Match(NamedTuple):
    """What the slots and the dimensions of a pattern stand for."""

    nodes: dict[str, Node]
    dims: dict[str, Dim]


NOTHING = Match({}, {})


def varies(node: Node) -> bool:
    """True if a differential occurs in `node`."""
    return remembered(node, _varying, _holds_d)


def _holds_d(node: Node) -> bool:
    return isinstance(node, Term) and (node.op is D or any(_varying[a] for a in node.args))


_varying: WeakKeyDictionary[Node, bool] = WeakKeyDictionary()


def _is_number(node: Node) -> bool:
    return isinstance(node, Number)


def _whole(node: Node) -> int | None:
    return int(node.value) if isinstance(node, Number) and node.value.denominator == 1 else None


KINDS: dict[str, Callable[[Node], bool]] = {
    "any": lambda node: True,
    "number": _is_number,
    "negative": lambda node: isinstance(node, Number) and node.value < 0,
    "integer": lambda node: _whole(node) is not None,
    "negative integer": lambda node: (_whole(node) or 0) < 0,
    "above two": lambda node: (_whole(node) or 0) > 2,
    "constant": lambda node: not varies(node),
    "varying": varies,
}
"""What may fill a slot, by its kind. rules/structure.py adds the attributes."""


def _match_dim(pattern: Dim, dim: Dim, dims: dict[str, Dim]) -> dict[str, Dim] | None:
    if isinstance(pattern, str):
        known = dims.get(pattern)
        if known is None:
            return {**dims, pattern: dim}
        return dims if known == dim else None
    return dims if pattern == dim else None


def _match_slot(slot: Slot, node: Node, found: Match) -> Match | None:
    known = found.nodes.get(slot.name)
    if known is not None:
        return found if known is node else None
    rows, columns = slot.shape
    dims = _match_dim(rows, node.shape[0], found.dims)
    if dims is None:
        return None
    dims = _match_dim(columns, node.shape[1], dims)
    if dims is None or not (slot.kind == "any" or KINDS[slot.kind](node)):
        return None
    return Match({**found.nodes, slot.name: node}, dims)


def match(pattern: Node, node: Node, found: Match = NOTHING) -> Iterator[Match]:
    """Every way in which `node` is an instance of `pattern`. Recursion goes as deep as the pattern, not the node."""
    if isinstance(pattern, Slot):
        one = _match_slot(pattern, node, found)
        if one is not None:
            yield one
    elif isinstance(pattern, Term):
        if isinstance(node, Term) and node.op is pattern.op:
            yield from _match_args(pattern.op, pattern.args, node.args, found)
    elif isinstance(pattern, Size):
        if isinstance(node, Size) or (isinstance(node, Number) and node.value.denominator == 1):
            dims = _match_dim(pattern.dim, node.dim if isinstance(node, Size) else int(node.value), found.dims)
            if dims is not None:
                yield Match(found.nodes, dims)
    elif pattern is node:
        yield found


def _match_args(op: Operator, patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    if op.flat and op.commutes:
        yield from _match_bag(op, patterns, args, found)
    elif op.flat:
        yield from _match_run(op, patterns, args, found)
    elif len(patterns) == len(args):
        yield from _match_list(patterns, args, found)
        if op.commutes and args[0] is not args[1]:
            yield from _match_list(patterns, (args[1], args[0]), found)


def _match_list(patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    if not patterns:
        yield found
        return
    for first in match(patterns[0], args[0], found):
        yield from _match_list(patterns[1:], args[1:], first)


def _match_run(op: Operator, patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    # Associative: a slot may take a run of neighbours. Long runs first, so that a constant factor is taken whole.
    if not patterns:
        if not args:
            yield found
        return
    pattern, rest = patterns[0], patterns[1:]
    longest = len(args) - len(rest)
    if longest < 1 or (longest > 1 and not rest and not isinstance(pattern, Slot)):
        return
    for length in (longest,) if not rest else _lengths(pattern, longest):
        if isinstance(pattern, Slot) and not _fits(pattern, args[0].shape[0], args[length - 1].shape[1], found):
            continue
        taken = args[0] if length == 1 else term(op, *args[:length])
        for first in match(pattern, taken, found):
            yield from _match_run(op, rest, args[length:], first)


def _lengths(pattern: Node, longest: int) -> Iterable[int]:
    if not isinstance(pattern, Slot):
        return (1,)
    if pattern.kind == "any" and longest > 2:
        # A long product is taken apart in the middle, which halves it.
        middle = longest // 2
        return (middle, *range(longest, middle, -1), *range(middle - 1, 0, -1))
    # The factor with the differential is split off alone, from as much of the rest as there is.
    return range(1, longest + 1) if pattern.kind == "varying" else range(longest, 0, -1)


def _fits(slot: Slot, rows: Dim, columns: Dim, found: Match) -> bool:
    dims = _match_dim(slot.shape[0], rows, found.dims)
    return dims is not None and _match_dim(slot.shape[1], columns, dims) is not None


def _match_bag(op: Operator, patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    # Associative and commutative: structured patterns choose an argument each, then particular slots, then any; the
    # last takes the rest.
    if len(patterns) > len(args):
        return
    ordered = sorted(
        patterns, key=lambda p: (isinstance(p, Slot), isinstance(p, Slot) and p.kind in ("any", "constant"))
    )
    yield from _match_choice(op, ordered, list(args), found)


def _match_choice(op: Operator, patterns: Sequence[Node], args: list[Node], found: Match) -> Iterator[Match]:
    pattern, rest = patterns[0], patterns[1:]
    if not rest:
        if len(args) == 1 or isinstance(pattern, Slot):
            yield from match(pattern, args[0] if len(args) == 1 else term(op, *args), found)
        return
    for i, arg in enumerate(args):
        for first in match(pattern, arg, found):
            yield from _match_choice(op, rest, args[:i] + args[i + 1 :], first)


def fill(pattern: Node, found: Match) -> Node:
    """`pattern` with its slots and dimensions replaced by what they stand for."""
    if isinstance(pattern, Slot):
        return found.nodes[pattern.name]
    if isinstance(pattern, Term):
        filled = term(pattern.op, *(fill(a, found) for a in pattern.args))
        if isinstance(filled, Term) and all(isinstance(a, Number) for a in filled.args):
            return arithmetic(filled) or filled  # k - 1 for k = 3 is the number 2
        return filled
    if isinstance(pattern, Size):
        dim = found.dims[pattern.dim] if isinstance(pattern.dim, str) else pattern.dim
        return Number(dim) if isinstance(dim, int) else Size(dim)
    return pattern


# ------------------------------------------------------------------------------------------------------- applying rules

WIDE = 64
"""Rules that compare the terms of a sum or a product pairwise are not tried on more terms than this."""


def apply(rule: Rule, node: Node) -> Node | None:
    """`node` rewritten by `rule` at its root, or None. Part of a flat sum or product may match; the rest stays."""
    for result in _results(rule, node):
        return result
    return None


def _results(rule: Rule, node: Node) -> Iterator[Node]:
    lhs = rule.lhs
    if not isinstance(lhs, Term) or not isinstance(node, Term) or node.op is not lhs.op:
        return
    if rule.guard and not KINDS[rule.guard](node):
        return
    op, args, patterns = node.op, node.args, lhs.args
    if op.flat and not _needed(rule) <= {a.op for a in args if isinstance(a, Term)}:
        return
    if not op.flat:
        for found in match(lhs, node):
            yield fill(rule.rhs, found)
    elif op.commutes:
        if len(patterns) > len(args) or len(args) > WIDE:
            return
        for chosen, found in _choices(patterns, args, NOTHING, ()):
            rest = [a for i, a in enumerate(args) if i not in chosen]
            at = min(chosen)
            position = sum(1 for i in range(at) if i not in chosen)
            rest.insert(position, fill(rule.rhs, found))
            yield term(op, *rest)
    else:
        for start in range(len(args)):
            for stop, found in _windows(op, patterns, args, start, NOTHING):
                yield term(op, *args[:start], fill(rule.rhs, found), *args[stop:])


def _choices(
    patterns: Sequence[Node], args: Sequence[Node], found: Match, chosen: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], Match]]:
    if not patterns:
        yield chosen, found
        return
    for i, arg in enumerate(args):
        if i not in chosen:
            for first in match(patterns[0], arg, found):
                yield from _choices(patterns[1:], args, first, (*chosen, i))


LONGEST_RUN = 8
"""Neighbouring factors that a slot takes together, in a product of up to WIDE of them; in a longer one a slot takes one."""

_needs: dict[Rule, frozenset[Operator]] = {}


def _needed(rule: Rule) -> frozenset[Operator]:
    # The operators that must be among the arguments: most rules are ruled out by this alone.
    known = _needs.get(rule)
    if known is None:
        known = _needs[rule] = frozenset(a.op for a in rule.lhs.args if isinstance(a, Term))
    return known


def _windows(
    op: Operator, patterns: Sequence[Node], args: Sequence[Node], start: int, found: Match
) -> Iterator[tuple[int, Match]]:
    if not patterns:
        yield start, found
        return
    pattern = patterns[0]
    longest = min(len(args) - start - len(patterns) + 1, LONGEST_RUN if len(args) <= WIDE else 1)
    for length in range(1, (longest if isinstance(pattern, Slot) else min(1, longest)) + 1):
        stop = start + length
        if isinstance(pattern, Slot) and not _fits(pattern, args[start].shape[0], args[stop - 1].shape[1], found):
            continue
        taken = args[start] if length == 1 else term(op, *args[start:stop])
        for first in match(pattern, taken, found):
            yield from _windows(op, patterns[1:], args, stop, first)


# ----------------------------------------------------------------------------------------------------------- arithmetic


def coefficient(node: Node) -> tuple[Fraction, Node]:
    """(c, rest) with node = c rest and c the number that stands in front; rest is 1 for a number."""
    if isinstance(node, Number):
        return node.value, ONE
    if isinstance(node, Term):
        if node.op is HADAMARD and isinstance(node.args[0], Number):
            return node.args[0].value, term(HADAMARD, *node.args[1:])
        if node.op is SCALE:
            c, rest = coefficient(node.args[0])
            if c != 1:
                return c, node.args[1] if rest is ONE else term(SCALE, rest, node.args[1])
    return Fraction(1), node


def times(c: Fraction, node: Node) -> Node:
    """c node, the number in front of any scalar that is there already."""
    if c == 1:
        return node
    if isinstance(node, Number):
        return Number(c * node.value)
    if isinstance(node, Term) and node.op is SCALE:
        return term(SCALE, times(c, node.args[0]), node.args[1])
    return term(SCALE, Number(c), node)


def _sum(node: Term) -> Node | None:
    # Like terms, 0, and a number that all terms share.
    found: dict[Node, Fraction] = {}
    for arg in node.args:
        c, rest = coefficient(arg)
        found[rest] = found.get(rest, Fraction(0)) + c
    if len(found) < len(node.args) or not all(found.values()):
        kept = [times(c, rest) for rest, c in found.items() if c]
        return term(PLUS, *kept) if kept else term(ZEROS, *map(_size_of, node.shape))
    size = {abs(c) for c in found.values()}
    if len(size) == 1:
        (shared,) = size
        if all(c < 0 for c in found.values()):
            shared = -shared
        if shared != 1:
            return times(shared, term(PLUS, *(times(c / shared, rest) for rest, c in found.items())))
    return None


def _size_of(dim: Dim) -> Node:
    return Number(dim) if isinstance(dim, int) else Size(dim)


def _product(node: Term) -> Node | None:
    numbers = [a for a in node.args if isinstance(a, Number)]
    if not numbers or (len(numbers) == 1 and numbers[0].value not in (0, 1) and node.args[0] is numbers[0]):
        return None
    total = Fraction(1)
    for n in numbers:
        total *= n.value
    rest = [a for a in node.args if not isinstance(a, Number)]
    if total == 0 or not rest:
        return Number(total)
    return term(HADAMARD, *rest) if total == 1 else term(HADAMARD, Number(total), *rest)


def _power(node: Term) -> Node | None:
    base, exponent = node.args
    k = _whole(exponent)
    if not isinstance(base, Number) or k is None or abs(k) > 64 or (base.value == 0 and k <= 0):
        return None
    return Number(base.value**k)


_COMBINE: dict[Operator, Callable[[Term], Node | None]] = {PLUS: _sum, HADAMARD: _product, POWER: _power}


def arithmetic(node: Term) -> Node | None:
    """`node` with the numbers in it combined (2 A + 3 A = 5 A), or None if there is nothing to do."""
    combine = _COMBINE.get(node.op)
    return combine(node) if combine is not None else None


_zero = Number(0)
ARITHMETIC = Rule("arithmetic", _zero, _zero, quiet=True)
"""Stands in the record for what `arithmetic` did; it has no statement of its own."""


# -------------------------------------------------------------------------------------------------------- normal forms


class Rewriting(NamedTuple):
    """One use of a rule inside a larger expression: the part `before` became `after`."""

    rule: Rule
    before: Node
    after: Node


LIMIT = 20_000
"""Rewritings of one expression, after which it is refused rather than followed further."""


class Rules:
    """A set of rules, found by operator, with the order that the sums and products of a normal form have.

    `rows`: the rules, earlier ones tried first. `more`: further rules for an operator that no table can list
    (a function of the entries that the user declared). `arrange`: the arguments of a commutative operator in order.
    """

    def __init__(
        self,
        rows: Iterable[Rule],
        more: Callable[[Operator], tuple[Rule, ...]] = lambda op: (),
        arrange: tuple[Rule, Callable[[Term], Node]] | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self._by_op: dict[Operator, tuple[Rule, ...]] = {}
        for rule in self.rows:
            op = rule.lhs.op if isinstance(rule.lhs, Term) else None
            if op is None:
                raise ValueError(f"{rule.name}: the left side must be a term")
            self._by_op[op] = (*self._by_op.get(op, ()), rule)
        self._more = more
        self._generated: dict[Operator, tuple[Rule, ...]] = {}
        self._arrange = arrange
        self._normal: WeakKeyDictionary[Node, tuple[Node, tuple[Rewriting, ...]]] = WeakKeyDictionary()

    def of(self, op: Operator) -> tuple[Rule, ...]:
        """The rules whose left side has `op` at its root."""
        known = self._generated.get(op)
        if known is None:
            known = self._generated[op] = (*self._by_op.get(op, ()), *self._more(op))
        return known

    def step(self, node: Term) -> Rewriting | None:
        """One rewriting at the root of `node`, or None if it is in normal form there."""
        combined = arithmetic(node)
        if combined is not None:
            return Rewriting(ARITHMETIC, node, combined)
        # First, so that the choice of a common factor does not depend on the order of the input.
        if self._arrange is not None and node.op.commutes:
            arranged = self._arrange[1](node)
            if arranged is not node:
                return Rewriting(self._arrange[0], node, arranged)
        for rule in self.of(node.op):
            after = apply(rule, node)
            if after is not None and after is not node:
                return Rewriting(rule, node, after)
        return None

    def normal(self, root: Node) -> tuple[Node, tuple[Rewriting, ...]]:
        """`root` in normal form, and the rewritings that led there, innermost first, each at the root of some part."""
        history: list[Rewriting] = []
        results: dict[Node, Node] = {}
        forward: dict[Node, Node] = {}  # what a node was rewritten to; it shares that node's normal form
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
            elif node in self._normal:
                results[node], past = self._normal[node]
                history.extend(past)
            elif not isinstance(node, Term):
                results[node] = node
            elif missing := [a for a in node.args if a not in results]:
                stack.extend(reversed(missing))
            elif (rebuilt := term(node.op, *(results[a] for a in node.args))) is not node:
                forward[node] = rebuilt
            elif (done := self.step(node)) is None:
                results[node] = node
            else:
                history.append(done)
                forward[node] = done.after
                if len(history) > LIMIT:
                    raise UnsupportedError(
                        "this expression is too large to simplify",
                        hint="name its parts by definitions (z = …) and use the names",
                    )
        answer = (results[root], tuple(history))
        self._normal[root] = answer
        self._normal[answer[0]] = (answer[0], ())
        return answer


def replay(root: Node, history: Iterable[Rewriting]) -> Iterator[tuple[Rule, Node]]:
    """The forms that `root` takes as the rewritings are made, each with the rule that led to it.

    Uses of one rule in a row make one form.
    """
    forward: dict[Node, Node] = {}
    current = root
    for rule, uses in groupby(history, lambda r: r.rule):
        forward.update((before, after) for _, before, after in uses)
        changed = _followed(root, forward)
        if changed is not current:
            current = changed
            yield rule, current


def _followed(root: Node, forward: dict[Node, Node]) -> Node:
    # Operands first, as in `normal`: what an operand becomes may be spliced into a sum or a product around it.
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
        elif not isinstance(node, Term):
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
    return results[root]
