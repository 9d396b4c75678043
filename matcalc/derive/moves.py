"""The single moves of a derivation: d of one operator, and G : V past one operator; with the conditions of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Slot, Term, postorder, symbols
from matcalc.operators import d, inner, scale, term
from matcalc.rewrite import NOTHING, Condition, Match, RewriteRule, coefficient, fill, match, times
from matcalc.rules.adjoints import NUMBERS, adjoints, scalar_as_product
from matcalc.rules.differentials import LACKING, MULTIPLES, PRODUCTS, QUOTIENT, SCALAR_PRODUCT, differentials
from matcalc.rules.structure import attributes

WIDE_PRODUCT = 8
"""In a longer product, terms with the differential of a constant are omitted at once, and all constant factors are
taken out of d together."""
LONG_PRODUCT = 20_000
"""Up to this many factors, the product rule is written in one line."""


def _undifferentiated(rule: RewriteRule) -> frozenset[str]:
    # A rule for d(…) without dA on its right side holds where A is constant; one whose right side is 0 holds always.
    if isinstance(rule.rhs, Term) and rule.rhs.op is ops.ZEROS:
        return frozenset()
    slots = {n.name for n in postorder(rule.lhs) if isinstance(n, Slot)}
    under_d = {
        n.args[0].name
        for n in postorder(rule.rhs)
        if isinstance(n, Term) and n.op is ops.D and isinstance(n.args[0], Slot)
    }
    return frozenset(slots - under_d)


_still: WeakKeyDictionary[RewriteRule, frozenset[str]] = WeakKeyDictionary()


def conditions(rule: RewriteRule, before: Node, found: Match | None = None) -> Iterator[Condition]:
    """The conditions, not known to hold, for rewriting `before` by `rule`; `found`: how the two match."""
    if rule.condition:
        found = found or next(match(rule.lhs, before), NOTHING)
        letters = re.findall(r"\{(\w+)\}", rule.condition)
        parts = tuple((letter, _measured(found.nodes[letter])) for letter in dict.fromkeys(letters))
        known = rule.unless in attributes(parts[0][1]) if parts else False
        if not known and any(symbols(node) for _, node in parts):
            yield Condition(rule.condition, parts)


def _measured(node: Node) -> Node:
    # A norm is nonzero if its argument is.
    while isinstance(node, Term) and node.op is ops.NORM:
        node = node.args[0]
    return node


def differentiate(node: Term, active: Callable[[Node], bool]) -> tuple[RewriteRule, Node, Match]:
    """The rule for d(node), its result, and the match. Raises UnsupportedError if no row fits."""
    target = d(node)
    for rule in differentials(node.op):
        whole = SCALAR_PRODUCT if node.op is ops.HADAMARD and node.is_scalar else PRODUCTS.get(node.op)
        if rule is whole and len(node.args) > 2:
            return rule, product_rule(node, active), NOTHING
        if node.op is ops.PLUS:
            return rule, term(ops.PLUS, *(times(c, d(rest)) for c, rest in map(coefficient, node.args))), NOTHING
        if rule is QUOTIENT and any(_is_linear(a, active) for a in _ratio_of(node)):
            continue  # the product rule is as short
        if rule is MULTIPLES.get(node.op) and len(node.args) > WIDE_PRODUCT:
            constant = [a for a in node.args if not active(a)]
            if constant and len(constant) < len(node.args):
                rest = term(node.op, *(a for a in node.args if active(a)))
                return rule, term(node.op, *constant, d(rest)), NOTHING
        if rule not in _still:
            _still[rule] = _undifferentiated(rule)
        for found in match(rule.lhs, target):
            if not any(active(found.nodes[name]) for name in _still[rule] if name in found.nodes):
                return rule, fill(rule.rhs, found), found
    raise UnsupportedError(
        f"there is no rule yet for the differential of {LACKING.get(node.op, node.op.name)}",
        hint="`matcalc rules` lists those that there are",
        text=node.op.name,
    )


def _ratio_of(node: Term) -> tuple[Node, Node]:
    # s and t of s/t.
    found = next(match(QUOTIENT.lhs, d(node)), NOTHING)
    return (found.nodes["s"], found.nodes["t"]) if found is not NOTHING else (node, node)


def _is_linear(node: Node, active: Callable[[Node], bool]) -> bool:
    """Whether `node` is an affine function of the names in it that vary."""
    linear: dict[Node, bool] = {}
    for n in postorder(node):
        varying = [a for a in n.args if active(a)]
        linear[n] = all(linear[a] for a in varying) and (
            not varying
            or (isinstance(n, Term) and (n.op.linear == "jointly" or (n.op.linear == "each" and len(varying) == 1)))
        )
    return linear[node]


def repeats(op: ops.Operator) -> int:
    """How often the gradient of a term of `op` occurs in the gradient of one argument: twice for softmax."""
    if op.linear != "no":
        return 1
    counts = [_occurrences(rule.rhs) for rule in differentials(op)]
    return max((max(found.values(), default=1) for found in counts), default=1)


def _occurrences(node: Node) -> Counter[Node]:
    # Count each d(…) in a row; rows are small, so shared parts may be visited again.
    if isinstance(node, Term) and node.op is ops.D:
        return Counter([node])
    return sum(map(_occurrences, node.args), Counter())


def product_rule(node: Term, active: Callable[[Node], bool]) -> Node:
    """d of a product of any length."""
    args = node.args
    at = [i for i in range(len(args)) if len(args) <= WIDE_PRODUCT or active(args[i])]
    if len(at) * len(args) > LONG_PRODUCT:
        raise UnsupportedError(
            f"a product of {len(args)} factors is too long to differentiate",
            hint="name parts of it by definitions (P = A B …) and multiply those",
        )
    return term(ops.PLUS, *(term(node.op, *args[:i], d(args[i]), *args[i + 1 :]) for i in at))


def cross(g: Node, v: Term) -> tuple[RewriteRule, Node, Node]:
    """The rule by which G : v passes the root of v, and the new pair. Raises UnsupportedError without a row."""
    special = NUMBERS if v.op is ops.MATMUL and v.is_scalar else ()
    for rule in (*special, *adjoints(v.op)):
        # A rule for a number v says what v is, and the factor g stays in front.
        number_alone = isinstance(rule.lhs, Term) and rule.lhs.op is not ops.INNER
        for found in match(rule.lhs, scalar_as_product(v) if number_alone else inner(g, v)):
            after = fill(rule.rhs, found)
            assert isinstance(after, Term)
            return rule, scale(g, after.args[0]) if number_alone else after.args[0], after.args[1]
    raise UnsupportedError(f"there is no rule yet for how {v.op.name} crosses the colon", text=v.op.name)
