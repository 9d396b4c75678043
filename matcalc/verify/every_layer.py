"""Proofs for every size and every number of layers, by induction on the layer.

Every definition of a layer is an equation between letters such as z[l], W[l] and a[l-1]. For a name u[l] inside the
layers the definitions that use it are those of layer l and of layer l + 1. The gradients of the names of layer l + 1
are assumed, under their names delta[l+1], and that of u[l] is proved (the step). At the layers that definitions outside
the layers use, such as L, it is proved by itself (the start). The gradient of what all layers share is a sum over the
layers, and its summand is proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matcalc.expr import Node, Number, Symbol, Term, definitions, postorder, replace, symbols
from matcalc.families import Place, Recursion, indexed
from matcalc.operators import PLUS, plus, zeros
from matcalc.verify.every_size import is_slope
from matcalc.verify.links import Body


def bare(node: Node) -> Node:
    """`node` with a plain letter for every name that has a definition or is a gradient's."""
    named = (s for s in symbols(node) if s.definition is not None or "adjoint" in s.attributes)
    known: dict[Node, Node] = {s: Symbol(s.name, s.shape) for s in named}
    return replace(node, known)


class _Unknown(Exception):
    """A gradient that a question needs is not claimed."""


class EveryLayer:
    """The claims of one recursion. `names` of layer l hold at every layer in their range."""

    def __init__(
        self,
        objective: Symbol,
        gradients: Sequence[tuple[Symbol, Node]],
        recursion: Recursion,
        given: Mapping[Symbol, Node],
        convention: str,
    ) -> None:
        family = self._family = recursion.family
        self._convention = convention
        self._until = recursion.until
        self._gradients = gradients
        self._inside = {stem(s): bare(s.definition) for s in family.definitions if s.definition is not None}
        self._shape = {stem(s): s.shape for s in family.definitions}
        outside = {s.name: s for s in (*recursion.outside, objective)}
        self._outside = {n: bare(s.definition) for n, s in outside.items() if s.definition is not None}
        self._shapes = {n: s.shape for n, s in outside.items()}
        self._claims = {s.name: bare(node) for s, node in (*recursion.adjoints, *gradients)}
        self._start = {s.name: bare(s.definition) for s in recursion.start if s.definition is not None}
        nodes = [node for _, node in (*recursion.adjoints, *gradients)]
        met = {s.name: s for s in definitions(*nodes, *recursion.start, *recursion.step)}
        self._deltas = {
            name: bare(s.definition)
            for name, s in met.items()
            if s.definition is not None and stem(s) not in self._inside and name not in (self._outside | self._start)
        }
        self._given = {s.name: bare(node) for s, node in given.items()}
        self._objective = objective.name
        self._ends = self._special()
        self._sound = self._holds_inside()

    def holds(self, symbol: Symbol) -> bool:
        """True only if the gradient of `symbol` is proved at every layer, for every number of layers."""
        if not self._sound:
            return False
        try:
            found = indexed(symbol.name)
            claim = self._claims[symbol.name]
            if found is None:
                return self._shared(symbol, claim)
            if found.place.letter != self._family.letter:
                return self._at(symbol, found.place, claim)
            ends = [p for p in self._ends if self._within(p)]
            return all(
                self._at(self._moved_symbol(symbol, p), p, self._family.at(p, claim))
                for p in (self._family.here, *ends)
            )
        except _Unknown:
            return False

    # ------------------------------------------------------------------------------------------------ the intermediates

    def _special(self) -> list[Place]:
        # The layers that definitions outside use, and the last one.
        found = {self._family.last: None}
        for node in (*self._outside.values(), *self._given.values()):
            for s in symbols(_without_sums(node)):
                there = indexed(s.name)
                if there is not None and there.stem in self._inside:
                    found[there.place] = None
        for name in self._given:
            there = indexed(name)
            if there is not None and there.stem in self._inside:
                found[there.place] = None
        return list(found)

    def _within(self, place: Place) -> bool:
        """Whether a place counted from L is a layer of the family."""
        last = self._family.last
        return place.letter == last.letter and place.offset <= last.offset

    def _holds_inside(self) -> bool:
        letter = self._family.letter
        if any(not p.letter and p.offset >= self._family.first for p in self._ends):
            return False  # a layer with a number may be the last one, too
        for node in self._inside.values():
            for s in symbols(node):
                there = indexed(s.name)
                if there is not None and there.place not in (Place(letter, 0), Place(letter, -1)):
                    return False
        places = [self._family.here, *filter(self._within, self._ends)]
        inside = [(name, p) for name in self._inside for p in places if self._claimed(name, p)]
        try:
            return all(self._at(self._inner(name, p), p) for name, p in inside) and all(
                self._question(Symbol(name, self._shapes[name]), self._outer(name), self._claims[name])
                for name in self._outside
                if name in self._claims and name != self._objective
            )
        except _Unknown:
            return False

    def _inner(self, name: str, place: Place) -> Symbol:
        return Symbol(f"{name}[{place}]", self._family.at(place, Symbol("u", self._shape[name])).shape)

    def _claimed(self, name: str, place: Place) -> bool:
        try:
            return self._claim(name, place) is not None
        except _Unknown:
            return False

    def _at(self, u: Symbol, place: Place, claim: Node | None = None) -> bool:
        """Whether the gradient of a name at a layer follows from those of the same layer and of the next."""
        name = f"{stem(u)}[{place}]"
        if name in self._given:
            return self._question(u, [(self._given[name], u)], self._claim(stem(u), place))
        bodies = list(self._outer(u.name, place))
        for by in (0, 1):
            there = place.moved(by)
            if self._family.letter != there.letter and there.letter and not self._within(there):
                continue
            for v, node in self._inside.items():
                body = self._family.at(there, node)
                if any(s.name == u.name for s in symbols(body)):
                    bodies.append((self._weight(v, there), body))
        return self._question(u, bodies, self._claim(stem(u), place) if claim is None else claim, place)

    def _outer(self, name: str, place: Place | None = None) -> Iterator[Body]:
        # The definitions outside the layers that use a name.
        for v, node in self._outside.items():
            body = self._opened(node, place)
            if any(s.name == name for s in symbols(body)):
                yield self._opened(self._weight_outside(v), place), body

    def _opened(self, node: Node, place: Place | None) -> Node:
        """`node` with each sum over all layers as the summand of one layer and the rest."""
        known: dict[Node, Node] = {}
        for part in postorder(node):
            if isinstance(part, Term) and part.op.over is not None and place is not None:
                known[part] = plus(self._summand(part, place), Symbol(f"the rest of sum {len(known)}", part.shape))
        return replace(node, known)

    def _summand(self, node: Term, place: Place) -> Node:
        family = self._family
        if node.op.over != (family.letter, str(family.first), str(family.last)):
            raise _Unknown
        return family.at(place, bare(node.args[0]))

    # ---------------------------------------------------------------------------------------------------------- claims

    def _claim(self, name: str, place: Place) -> Node:
        exact = self._claims.get(f"{name}[{place}]")
        if exact is not None:
            return exact
        here = self._claims.get(f"{name}[{self._family.here}]")
        if here is None or (place.letter == self._until.letter and place.offset > self._until.offset):
            raise _Unknown
        return self._family.at(place, here)

    def _weight_outside(self, name: str) -> Node:
        if name == self._objective:
            return Number(1)
        if name not in self._claims:
            raise _Unknown
        return self._claims[name]

    def _weight(self, name: str, place: Place) -> Node:
        """The gradient of an inner name at a layer, under its own name where it has one."""
        here = self._family.here
        if place != here.moved(1):
            claim = self._claim(name, place)
            for delta, node in (self._start | {n: self._family.at(place, d) for n, d in self._deltas.items()}).items():
                found = indexed(delta)
                at_end = delta in self._start and found is not None and found.place != place
                if node is claim and found is not None and not at_end:
                    return Symbol(f"{found.stem}[{place}]", claim.shape)
            return claim
        # Of the next layer it is not known whether it is the last.
        claim = self._claim(name, here)
        ends = [p for p in self._ends if self._within(p)]
        for delta, node in self._deltas.items():
            found = indexed(delta)
            if node is claim and found is not None:
                named = {p: self._start.get(f"{found.stem}[{p}]", self._family.at(p, node)) for p in ends}
                if all(named[p] is self._claim(name, p) for p in ends):
                    return Symbol(f"{found.stem}[{place}]", self._family.at(place, claim).shape)
        if any(self._claim(name, p) is not self._family.at(p, claim) for p in ends):
            raise _Unknown
        return self._family.at(place, claim)

    # ---------------------------------------------------------------------------------------------------- the questions

    def _shared(self, u: Symbol, claim: Node) -> bool:
        # The summand at each layer, and what stands outside the sums.
        terms = claim.args if isinstance(claim, Term) and claim.op is PLUS else (claim,)
        sums = [t for t in terms if isinstance(t, Term) and t.op.over is not None]
        rest = [t for t in terms if t not in sums]
        if any(s.name == u.name for node in self._outside.values() for t in _sums(node) for s in symbols(t)):
            return False
        ends = [p for p in self._ends if self._within(p)]
        for place in (self._family.here, *ends):
            bodies = []
            for v, node in self._inside.items():
                if any(s.name == u.name for s in symbols(node)):
                    bodies.append((self._weight(v, place), self._family.at(place, node)))
            summand = [self._summand(t, place) for t in sums]
            if not self._question(u, bodies, plus(*summand) if summand else zeros(*u.shape), place):
                return False
        return self._question(u, list(self._outer(u.name)), plus(*rest) if rest else zeros(*u.shape))

    def _question(
        self, u: Symbol, bodies: Sequence[Body] | Iterator[Body], claim: Node, place: Place | None = None
    ) -> bool:
        # What is known of the layer: its definitions, and the named gradients at the end.
        starts: dict[Node, Node] = {}
        bodies = list(bodies)
        nodes = [claim, *(n for body in bodies for n in body)]
        met = {s.name: s for node in nodes for s in symbols(node)}
        for name, node in self._start.items():
            if name in met:
                starts[met[name]] = node
        inner = {} if place is None else {f"{v}[{place}]": self._family.at(place, n) for v, n in self._inside.items()}
        for name, node in (inner | self._outside).items():
            met.setdefault(name, Symbol(name, node.shape))
        known: dict[Node, Node] = {met[name]: node for name, node in (inner | self._outside).items()}
        return is_slope(u, bodies, claim, (starts, starts | known), self._convention)

    def _moved_symbol(self, symbol: Symbol, place: Place) -> Symbol:
        found = self._family.at(place, symbol)
        assert isinstance(found, Symbol)
        return found


def stem(symbol: Symbol) -> str:
    """The name of a symbol without its index."""
    found = indexed(symbol.name)
    return symbol.name if found is None else found.stem


def _sums(node: Node) -> Iterator[Term]:
    return (part for part in postorder(node) if isinstance(part, Term) and part.op.over is not None)


def _without_sums(node: Node) -> Node:
    return replace(node, {part: zeros(*part.shape) for part in _sums(node)})
