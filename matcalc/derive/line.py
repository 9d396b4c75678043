"""A line of a derivation: a sum of terms G : V, with the differentials in V; and the moves that rewrite it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar
from weakref import WeakKeyDictionary

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Slot, Symbol, Term, postorder, replace, symbols
from matcalc.operators import T, d, hadamard, inner, number, plus, term
from matcalc.rewrite import (
    NOTHING,
    Condition,
    Match,
    Rewrite,
    RewriteRule,
    Rewriting,
    RuleSet,
    coefficient,
    fill,
    match,
    times,
)
from matcalc.rules.activations import ACTIVATIONS
from matcalc.rules.adjoints import COLLECT, DISTRIBUTE, adjoints
from matcalc.rules.derivatives import ACTIVATIONS as OF_LAYERS
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.rules.differentials import CONSTANT, LACKING, LINEAR, MULTIPLES, PRODUCTS, SCALAR_PRODUCT, differentials
from matcalc.rules.identities import IDENTITIES, OBJECTIVES
from matcalc.rules.order import arrange
from matcalc.rules.slots import matrix
from matcalc.rules.structure import attributes

SIMPLIFY = RuleSet(IDENTITIES, arrange=arrange)
PRIMES = RuleSet(FUNCTIONS, numbers=False)
PREPARE = RuleSet(OBJECTIVES, numbers=False)
RECOGNIZE = RuleSet(ACTIVATIONS, numbers=False)
_A = matrix("A")
DEFINITION = RewriteRule("definition", _A, _A, quiet=True)
NAME = RewriteRule("name", _A, _A)

WIDE_PRODUCT = 8
"""In a longer product, terms with the differential of a constant are omitted at once, and all constant factors are
taken out of d together."""
LONG_PRODUCT = 20_000
"""Up to this many factors, the product rule is written in one line."""
LONG_LINE = 10_000
"""A line with more terms is refused."""

GradientTerm = tuple[Node, Node]


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
            return rule, _product_rule(node, active), NOTHING
        if node.op is ops.PLUS:
            return rule, term(ops.PLUS, *(times(c, d(rest)) for c, rest in map(coefficient, node.args))), NOTHING
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


def _product_rule(node: Term, active: Callable[[Node], bool]) -> Node:
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
    for rule in adjoints(v.op):
        for found in match(rule.lhs, inner(g, v)):
            after = fill(rule.rhs, found)
            assert isinstance(after, Term)
            return rule, after.args[0], after.args[1]
    raise UnsupportedError(f"there is no rule yet for how {v.op.name} crosses the colon", text=v.op.name)


@dataclass
class Line:
    """The terms of the current line, the steps that led here, and their conditions.

    `active`: whether a node depends on the variables. `atom`: the name for a term that is not written out, such as u1
    for an eigenvector. `primes`: derivatives of activations are kept as sigmoid'(z).
    """

    DISTRIBUTES: ClassVar[RewriteRule] = DISTRIBUTE
    COLLECTS: ClassVar[RewriteRule] = COLLECT

    active: Callable[[Node], bool]
    atom: Callable[[Term], Symbol]
    pairs: list[GradientTerm]
    steps: list[Rewrite] = field(default_factory=list)
    conditions: dict[Condition, None] = field(default_factory=dict)
    primes: bool = False

    def node(self) -> Node:
        """The line as one expression; 1 : V is written V, and a line without terms is 0."""
        if not self.pairs:
            return number(0)
        return plus(*(v if g is ops.ONE else hadamard(g, v) if v.is_scalar else inner(g, v) for g, v in self.pairs))

    def become(self, rule: RewriteRule, pairs: list[GradientTerm]) -> None:
        """Add the next line, derived by `rule`."""
        if len(pairs) > LONG_LINE:
            raise UnsupportedError(
                "this derivation has too many terms in one line", hint="split the formula by definitions"
            )
        if pairs == self.pairs:
            return
        before = self.steps[-1].after if self.steps else self.node()
        self.pairs = pairs
        after = self.node()
        if before is not after:
            self.steps.append(Rewrite(rule, before, after))

    def _need(self, *rewritings: Rewriting) -> None:
        for rule, before, _ in rewritings:
            self.conditions.update(dict.fromkeys(conditions(rule, before)))

    def crossed(self, g: Node, v: Term) -> tuple[RewriteRule, Node, Node]:
        """The rule by which a term passes the root of v, and the new pair. Raises UnsupportedError without a row."""
        return cross(g, v)

    # ----------------------------------------------------------------------------------------------------------- moves

    def simplify(self) -> None:
        """Bring every gradient factor into normal form, one line for each rule."""
        histories = [SIMPLIFY.normal(g)[1] for g, _ in self.pairs]
        self._need(*(rewriting for history in histories for rewriting in history))
        ahead = [SIMPLIFY.forms(g) for g, _ in self.pairs]
        upcoming = [next(forms, None) for forms in ahead]
        while following := next((form for form in upcoming if form is not None), None):
            # Terms that take the same rule next are rewritten in one line.
            rule = following[0]
            pairs = list(self.pairs)
            for i, form in enumerate(upcoming):
                if form is not None and form[0] is rule:
                    pairs[i] = (form[1], pairs[i][1])
                    upcoming[i] = next(ahead[i], None)
            self.become(rule, pairs)

    def drop_constants(self) -> None:
        """d of an expression that does not depend on the variables is 0."""
        kept = [
            (g, v) for g, v in self.pairs if not (isinstance(v, Term) and v.op is ops.D and not self.active(v.args[0]))
        ]
        if len(kept) < len(self.pairs):
            self.become(CONSTANT, kept)

    def drop_inner_constants(self) -> None:
        """The same for d of a constant inside a sum or a product."""
        kept: list[GradientTerm] = []
        for g, v in self.pairs:
            alive = [a for a in _summands(v) if self._alive(a)]
            if alive:
                kept.append((g, plus(*alive)))
        self.become(CONSTANT, kept)

    def _alive(self, v: Node) -> bool:
        return any(isinstance(n, Term) and n.op is ops.D and self.active(n.args[0]) for n in postorder(v, atom=ops.D))

    def distribute(self) -> None:
        """G : (U + V) = G : U + G : V."""
        self.become(self.DISTRIBUTES, [(g, a) for g, v in self.pairs for a in _summands(v)])

    def collect(self) -> None:
        """Add the terms that have the same differential."""
        found: dict[Node, list[Node]] = {}
        for g, v in self.pairs:
            found.setdefault(v, []).append(g)
        if len(found) < len(self.pairs):
            self.become(self.COLLECTS, [(plus(*gs), v) for v, gs in found.items()])
            self.simplify()

    def _put_inside(self, rule: RewriteRule, mapping: dict[Node, Node]) -> None:
        """Rewrite parts of every V that contain no differential."""
        if mapping:
            self.become(rule, [(g, _replaced(v, mapping)) for g, v in self.pairs])

    # ---------------------------------------------------------------------------------------------------------- the run

    def run(self, own: dict[Node, Node]) -> None:
        """Rewrite until every V is the differential of a name. `own`: the subject's definition and its name."""
        while True:
            self.drop_constants()
            crossing = [i for i, (_, v) in enumerate(self.pairs) if not (isinstance(v, Term) and v.op is ops.D)]
            if crossing:
                self._cross(crossing)
                continue
            self.collect()
            open_ = [v.args[0] for _, v in self.pairs if isinstance(v, Term) and isinstance(v.args[0], Term)]
            if not open_:
                return
            self._differentiate(open_, own)

    def _cross(self, places: list[int]) -> None:
        rules: dict[int, tuple[RewriteRule, Node, Node]] = {}
        for i in places:
            g, v = self.pairs[i]
            assert isinstance(v, Term)
            rules[i] = self.crossed(g, v)
        first = rules[places[0]][0]
        chosen = {i for i in places if rules[i][0] is first}
        self.become(first, [(rules[i][1], rules[i][2]) if i in chosen else pair for i, pair in enumerate(self.pairs)])
        self.distribute()
        self.drop_constants()
        self.simplify()

    def _differentiate(self, targets: list[Term], own: dict[Node, Node]) -> None:
        below = _below(targets)
        ready = [t for t in targets if t not in below]
        made: dict[Node, tuple[RewriteRule, Node]] = {}
        needed: dict[Node, list[Condition]] = {}
        for target in ready:
            prepared = self._prepared(target)
            if prepared is not None:
                rule, _, after = prepared
                needed[target] = list(conditions(*prepared[:2]))
                made[target] = rule, d(after)
            else:
                rule, after, found = differentiate(target, self.active)
                needed[target] = list(conditions(rule, d(target), found))
                made[target] = rule, after
        rule = made[ready[0]][0]
        chosen = {t: after for t, (r, after) in made.items() if r is rule}
        self.conditions.update(dict.fromkeys(c for target in chosen for c in needed[target]))
        self.become(rule, [(g, chosen.get(v.args[0], v)) for g, v in self.pairs])
        self.drop_inner_constants()
        self.become(LINEAR[ops.TRANSPOSE], [(g, _through_transposes(v)) for g, v in self.pairs])
        self._write_derivatives(own)
        self.distribute()

    def _prepared(self, target: Term) -> Rewriting | None:
        # Rewrite the operand before differentiating where that helps: sum(A.^2) = A : A, tanh' = 1 - tanh.^2.
        for rules in (PREPARE, PRIMES):
            done = rules.step(target)
            if done is not None and done.rule.lhs is not done.rule.rhs:
                return done
        return None

    def _write_derivatives(self, own: dict[Node, Node]) -> None:
        # tanh'(z) = 1 - tanh(z).^2; if the subject is tanh(z), use its name.
        parts = [part for _, v in self.pairs for part in postorder(v, atom=ops.D) if isinstance(part, Term)]
        primed = [part for part in parts if part.op.order]
        found = [PRIMES.step(part) for part in dict.fromkeys(primed) if not part.varies]
        changes: dict[RewriteRule, dict[Node, Node]] = {}
        self._need(*filter(None, found))
        for rule, before, after in filter(None, found):
            if self.primes and isinstance(before, Term) and before.op.function in OF_LAYERS:
                continue
            changes.setdefault(rule, {})[before] = after
        for rule, mapping in changes.items():
            self._put_inside(rule, mapping)
        if changes or not own.keys().isdisjoint(parts):
            self._put_inside(DEFINITION, own)
        self._put_inside(NAME, {part: self.atom(part) for part in parts if part.op.atom})


def _below(targets: Iterable[Term]) -> set[Node]:
    """The nodes below the targets that are high enough to be targets themselves."""
    lowest = min(t.height for t in targets)
    found: set[Node] = set()
    stack = [a for t in targets for a in t.args]
    while stack:
        node = stack.pop()
        if node.height >= lowest and node not in found:
            found.add(node)
            stack.extend(node.args)
    return found


def _leaves(v: Node) -> Iterator[Node]:
    """The differentials in V, and the largest parts of V without any."""
    stack, seen = [v], set[Node]()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if not node.varies or (isinstance(node, Term) and node.op is ops.D):
            yield node
        else:
            stack.extend(node.args)


def _replaced(node: Node, mapping: dict[Node, Node]) -> Node:
    # Like expr.replace, but leaves the arguments of d unchanged.
    return replace(node, {**mapping, **{n: n for n in _leaves(node) if n.varies}})


def _through_transposes(v: Node) -> Node:
    # d(A') = dA', everywhere in V. The leaves that stay are in the mapping, too, so that nothing in them is replaced.
    turned = {n: _turned(n) if isinstance(n, Term) and n.op is ops.D else n for n in _leaves(v)}
    return v if all(new is old for old, new in turned.items()) else replace(v, turned)


def _turned(differential: Term) -> Node:
    turns, below = 0, differential.args[0]
    while isinstance(below, Term) and below.op is ops.TRANSPOSE:
        turns, below = turns + 1, below.args[0]
    found = d(below)
    for _ in range(turns):
        found = T(found)
    return found


def _summands(v: Node) -> tuple[Node, ...]:
    return v.args if isinstance(v, Term) and v.op is ops.PLUS else (v,)
