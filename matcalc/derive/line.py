"""A line of a derivation: a sum of terms G : V, with the differentials in V; and the moves that rewrite it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, TypeGuard

from matcalc import operators as ops
from matcalc.derive.moves import conditions, cross, differentiate
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term, postorder, replace
from matcalc.operators import T, d, hadamard, inner, matmul, number, plus, scale
from matcalc.rewrite import (
    Condition,
    Match,
    Rewrite,
    RewriteRule,
    Rewriting,
    RuleSet,
    coefficient,
    fill,
)
from matcalc.rules.activations import ACTIVATIONS
from matcalc.rules.adjoints import (
    COLLECT,
    DISTRIBUTE,
    GATHER,
    TOGETHER,
    TURN_SCALAR,
    adjoints,
)
from matcalc.rules.derivatives import ACTIVATIONS as OF_LAYERS
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.rules.differentials import (
    CONSTANT,
    LINEAR,
    MULTIPLES,
    QUOTIENT,
    quotient,
)
from matcalc.rules.identities import GRAM, IDENTITIES, NORMALIZED, OBJECTIVES
from matcalc.rules.kinds import symmetric
from matcalc.rules.order import arrange
from matcalc.rules.slots import matrix, scalar

REDUCE = RuleSet(IDENTITIES, arrange=arrange)
SIMPLIFY = RuleSet((*IDENTITIES, GRAM), arrange=arrange)
PRIMES = RuleSet(FUNCTIONS, numbers=False)
PREPARE = RuleSet(OBJECTIVES, numbers=False)
RECOGNIZE = RuleSet((*ACTIVATIONS, NORMALIZED), numbers=False)
_A = matrix("A")
DEFINITION = RewriteRule("definition", _A, _A, quiet=True)
NAME = RewriteRule("name", _A, _A)

LONG_LINE = 10_000
"""A line with more terms is refused."""

GradientTerm = tuple[Node, Node]


@dataclass
class Line:
    """The terms of the current line, the steps that led here, and their conditions.

    `active`: whether a node depends on the variables. `atom`: the name for a term that is not written out, such as u1
    for an eigenvector. `primes`: derivatives of activations are kept as sigmoid'(z). `pulled`: for G : d(f(A, …)) the
    rule and the gradient by A, where it is known as a whole (lessons.py).
    """

    DISTRIBUTES: ClassVar[RewriteRule] = DISTRIBUTE
    COLLECTS: ClassVar[RewriteRule] = COLLECT
    TURNS: ClassVar[bool] = True

    active: Callable[[Node], bool]
    atom: Callable[[Term], Symbol]
    pairs: list[GradientTerm]
    steps: list[Rewrite] = field(default_factory=list)
    conditions: dict[Condition, None] = field(default_factory=dict)
    primes: bool = False
    pulled: Callable[[Node, Term], tuple[RewriteRule, Node] | None] = lambda g, target: None
    _opened: dict[Node, tuple[Term, ...]] = field(default_factory=dict)

    def node(self) -> Node:
        """The line as one expression; 1 : V is written V, and a line without terms is 0."""
        if not self.pairs:
            return number(0)
        return plus(*(_factored(g, v) if v.is_scalar else inner(g, v) for g, v in self.pairs))

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
        histories = [REDUCE.normal(g)[1] for g, _ in self.pairs]
        self._need(*(rewriting for history in histories for rewriting in history))
        ahead = [REDUCE.forms(g) for g, _ in self.pairs]
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

    def collect(self, of: Container[Node] | None = None) -> None:
        """Add the terms that have the same differential, of all or of those in `of`."""
        found: dict[object, tuple[list[Node], Node]] = {}
        for i, (g, v) in enumerate(self.pairs):
            found.setdefault(v if of is None or v in of else i, ([], v))[0].append(g)
        if len(found) < len(self.pairs):
            self.become(self.COLLECTS, [(plus(*gs), v) for gs, v in found.values()])
            self.simplify()

    def _put_inside(self, rule: RewriteRule, mapping: dict[Node, Node]) -> None:
        """Rewrite parts of every V that contain no differential."""
        if mapping:
            self.become(rule, [(g, _replaced(v, mapping)) for g, v in self.pairs])

    # ---------------------------------------------------------------------------------------------------------- the run

    def run(self, own: dict[Node, Node], whole: Symbol | None = None) -> None:
        """Rewrite until every V is the differential of a name.

        `own`: the subject's definition and its name; `whole`: the name of a quotient that is differentiated.
        """
        turn = True
        while True:
            self.drop_constants()
            self._cross_factors()
            crossing = [i for i, (_, v) in enumerate(self.pairs) if not _is_differential(v)]
            # A term with differentials of names alone waits for the others.
            urgent = [i for i in crossing if self._open(self.pairs[i][1])]
            inside = [n for i in urgent for n in self._open(self.pairs[i][1])]
            open_ = [v.args[0] for _, v in self.pairs if _is_differential(v) and isinstance(v.args[0], Term)]
            if not urgent and not open_:
                if not crossing:
                    self.collect()
                    return
                self._cross(crossing, crossing)
                continue
            # What may still come out of another term waits for it, so that nothing is differentiated twice.
            below = _below([*open_, *inside])
            ready = [t for t in open_ if t not in below and t not in inside]
            # In turns, so that every term takes a step.
            turn = not turn
            if ready and (turn or not urgent):
                self.collect({d(target) for target in ready})
                self._differentiate(ready, own, whole)
            else:
                self._cross(urgent, crossing)

    def _cross_factors(self) -> None:
        """Numbers in front cross at once, which no reader sees."""
        while factors := [i for i, (_, v) in enumerate(self.pairs) if _is_multiple(v)]:
            self._cross(factors, factors)

    def _open(self, v: Node) -> tuple[Term, ...]:
        # The expressions in V, other than names, whose differential it holds.
        if v not in self._opened:
            held = (n.args[0] for n in postorder(v, atom=ops.D) if _is_differential(n))
            self._opened[v] = tuple(of for of in held if isinstance(of, Term))
        return self._opened[v]

    def _cross(self, urgent: list[int], places: list[int]) -> None:
        """Move what stands around differentials to the left."""
        rules: dict[int, tuple[RewriteRule, Node, Node]] = {}
        for i in places:
            g, v = self.pairs[i]
            assert isinstance(v, Term)
            rules[i] = self.crossed(g, v)
        quiet = next((rules[i][0] for i in places if rules[i][0].quiet), None)
        known = set(self.pairs)
        if quiet is None and self.TURNS and (self._turn(places) or self._gather(places)):
            # The others cross in the same line.
            others = [i for i, pair in enumerate(self.pairs) if pair in known and not _is_differential(pair[1])]
            urgent = [i for i in others if self._open(self.pairs[i][1])]
            if urgent:
                self._cross(urgent, others)
            return
        # Each term by its own rule; what may wait goes along with those that must cross.
        chosen = [quiet] if quiet is not None else list(dict.fromkeys(rules[i][0] for i in urgent))
        for rule in chosen:
            ready = {i for i in places if rules[i][0] is rule}
            self.become(rule, [(rules[i][1], rules[i][2]) if i in ready else pair for i, pair in enumerate(self.pairs)])
        self.distribute()
        self.drop_constants()
        self.simplify()

    def _turn(self, places: Iterable[int]) -> bool:
        """Where V is a number, or G is symmetric, V may be transposed: dX then stands upright."""
        numbers, arrays = list(self.pairs), list(self.pairs)
        for i in places:
            g, v = self.pairs[i]
            if _upside_down(v):
                turned = matmul(*(REDUCE.normal(T(a))[0] for a in reversed(v.args)))
                if v.is_scalar:
                    numbers[i] = g, turned
                elif symmetric.holds(g):
                    arrays[i] = T(g), turned
        if numbers != self.pairs:
            self.become(TURN_SCALAR, numbers)
            return True
        if arrays == self.pairs:
            return False
        self.become(adjoints(ops.TRANSPOSE)[0], arrays)
        self.simplify()
        self._add_equals()
        return True

    def _add_equals(self) -> None:
        # S : V + S : V = 2 S : V.
        times = Counter(self.pairs)
        if len(times) < len(self.pairs):
            self.become(TOGETHER, [(scale(number(n), g) if n > 1 else g, v) for (g, v), n in times.items()])
            self.simplify()

    def _gather(self, places: Iterable[int]) -> bool:
        """L dX + M dX = (L + M) dX, in numbers or under the same G."""
        alike: dict[tuple[Node, Node], list[int]] = {}
        left: dict[int, Node] = {}
        for i in places:
            g, v = self.pairs[i]
            before, rest = _split(v)
            left[i] = scale(g, before) if v.is_scalar else before
            if before is not ops.ONE and _is_differential(rest):
                alike.setdefault((ops.ONE if v.is_scalar else g, rest), []).append(i)
        for (g, rest), together in alike.items():
            if len(together) < 2:
                continue
            total = plus(*(left[i] for i in together))
            short, history = REDUCE.normal(total)
            if _is_sum(short):
                continue  # the terms have nothing in common
            self._put_left(GATHER, together, g, total, rest)
            self._need(*history)
            for rule, changed in REDUCE.forms(total):
                self._put_left(rule, together[:1], g, changed, rest)
            return True
        return False

    def _put_left(self, rule: RewriteRule, places: list[int], g: Node, left: Node, rest: Node) -> None:
        # s L dX is s (L dX).
        if g is ops.ONE and isinstance(left, Term) and left.op is ops.SCALE:
            g, left = left.args
        pairs = [pair for i, pair in enumerate(self.pairs) if i not in places[1:]]
        pairs[places[0]] = g, matmul(left, rest)
        self.become(rule, pairs)

    def _differentiate(self, ready: list[Term], own: dict[Node, Node], whole: Symbol | None) -> None:
        made: dict[Node, tuple[RewriteRule, Node]] = {}
        pulled: dict[Node, GradientTerm] = {}
        factors = {v.args[0]: g for g, v in self.pairs if _is_differential(v)}
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
                if rule is QUOTIENT and whole is not None and target is whole.definition:
                    after = fill(quotient(_RATIO), Match({**found.nodes, _RATIO.name: whole}, found.dims))
                made[target] = rule, after
                back = None if any(map(self.active, target.args[1:])) else self.pulled(factors[target], target)
                if back is not None:
                    made[target] = back[0], after
                    pulled[target] = replace(back[1], own), d(target.args[0])
        # Constant factors first; then every term takes a step.
        linear = [t for t, (rule, _) in made.items() if rule.quiet or rule in MULTIPLES.values()]
        groups: dict[RewriteRule, dict[Node, Node]] = {}
        for chosen_now in linear or ready:
            groups.setdefault(made[chosen_now][0], {})[chosen_now] = made[chosen_now][1]
            self.conditions.update(dict.fromkeys(needed[chosen_now]))
        for rule, chosen in groups.items():
            pairs: list[GradientTerm] = []
            for g, v in self.pairs:
                of = v.args[0] if _is_differential(v) else v
                pairs.append(pulled.get(of, (g, chosen[of])) if of in chosen else (g, v))
            self.become(rule, pairs)
        if pulled:
            self.simplify()
        self._tidy(own)

    def start(self, rule: RewriteRule, after: Node) -> None:
        """Take the first step by `rule`, whatever the tables say."""
        self.become(rule, [(ops.ONE, part) for part in _summands(after)])
        self._tidy({})

    def _tidy(self, own: dict[Node, Node]) -> None:
        # After differentials: what is constant goes, transposes stand at names, derivatives are written out.
        self.drop_inner_constants()
        self.become(LINEAR[ops.TRANSPOSE], [(g, _through_transposes(v)) for g, v in self.pairs])
        self._write_derivatives(own)
        self.distribute()
        self._cross_factors()
        parts = [part for _, v in self.pairs for part in postorder(v, atom=ops.D) if isinstance(part, Term)]
        self._put_inside(NAME, {part: self.atom(part) for part in parts if part.op.atom})

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


_RATIO = scalar("r")


def _factored(g: Node, v: Node) -> Node:
    """g v for numbers: what v is divided by stands after it."""
    if g is ops.ONE:
        return v
    factors = g.args if isinstance(g, Term) and g.op is ops.HADAMARD else (g,)
    below = [f for f in factors if isinstance(f, Term) and f.op is ops.POWER and coefficient(f.args[1])[0] < 0]
    return hadamard(*(f for f in factors if f not in below), v, *below)


def _is_differential(v: Node) -> TypeGuard[Term]:
    return isinstance(v, Term) and v.op is ops.D


def _is_multiple(v: Node) -> bool:
    """Whether V is a number times something."""
    return isinstance(v, Term) and (v.op is ops.SCALE or (v.op is ops.HADAMARD and v.is_scalar))


def _upside_down(v: Node) -> bool:
    """Whether the differential in a product is transposed."""
    parts = v.args if isinstance(v, Term) and v.op is ops.MATMUL else ()
    return any(part.varies and isinstance(part, Term) and part.op is ops.TRANSPOSE for part in parts)


def _is_sum(node: Node) -> bool:
    """Whether a sum is left, or a multiple or the transpose of one."""
    node = coefficient(node)[1]
    node = node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node
    return isinstance(node, Term) and node.op is ops.PLUS


def _split(v: Node) -> tuple[Node, Node]:
    """The factors before the differential in a product, or 1, and the rest."""
    at = next((i for i, a in enumerate(v.args) if a.varies), 0) if isinstance(v, Term) and v.op is ops.MATMUL else 0
    return (matmul(*v.args[:at]), matmul(*v.args[at:])) if at else (ops.ONE, v)


def _below(targets: Iterable[Term]) -> set[Node]:
    """The nodes below the targets that are high enough to be targets themselves."""
    lowest = min((t.height for t in targets), default=0)
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
