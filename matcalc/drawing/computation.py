"""The content of a drawing, independent of any format: the names of a computation, values forward, gradients back.

A vertex is a name: an input, a variable, a named intermediate with its formula, the objective. An edge leads from an
operand to the name whose formula contains it. It carries the operand's value forward; if the operand depends on the
variables, it also carries that formula's contribution to dJ/d(operand) back. A family of layers is drawn as one layer
with its neighbour and the last one, and gaps for the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from matcalc.derive import Record
from matcalc.expr import Node, Symbol, Term, definitions, symbols
from matcalc.families import indexed, moved_name

INPUT, VARIABLE, INTERMEDIATE, OBJECTIVE = "input", "variable", "intermediate", "objective"


@dataclass(frozen=True)
class Vertex:
    """A name. `formula`: its definition in the program; `kind`: one of the four above.

    `gradient`: the whole dJ/d(symbol), None if nothing is sent back to it; `delta`: its name.
    """

    symbol: Symbol
    kind: str
    formula: Node | None = None
    gradient: Node | None = None
    delta: Symbol | None = None


@dataclass(frozen=True)
class Edge:
    """`operand` occurs in the formula of `user`. `back`: the contribution of `user` to its gradient.

    `whole`: the contribution is all of dJ/d(operand).
    """

    operand: Symbol
    user: Symbol
    back: Node | None = None
    whole: bool = False


@dataclass(frozen=True)
class Drawing:
    """The vertices in forward order and the edges between them.

    `gaps`: pairs of names with layers between them that are not drawn. `parts`: defined names, such as c1, that only
    the gradients use. `names`: the names of the program. `ranges`: for names of layer l, the first and last layer for
    which they are stated.
    """

    objective: Symbol
    vertices: tuple[Vertex, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[tuple[Symbol, Symbol], ...] = ()
    parts: tuple[Symbol, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)
    ranges: Mapping[str, tuple[Node, Node]] = field(default_factory=dict)


def drawing(record: Record) -> Drawing:
    """The drawing of a derivation; linear in its size."""
    return _Reader(record).drawing()


class _Reader:
    # Vertices are identified by name: a[L] with and without its definition are the same vertex.

    def __init__(self, record: Record) -> None:
        self.record = record
        self.layers = record.recursion
        adjoints = (*record.adjoints, *(self.layers.adjoints if self.layers else ()))
        self.adjoints = {s.name: node for s, node in adjoints}
        self.gradients = {s.name: node for s, node in record.gradients}
        self.pushed = [s for s in record.sections if s.kind in ("push", "differential")]
        self.adjoints |= {name: node for name, node in self._arriving() if name not in self.adjoints}
        self.finished = {s.subject.name for s in record.sections if s.kind in ("finish", "layers")}
        self.deltas = dict(self._named())

    def drawing(self) -> Drawing:
        record = self.record
        users = self._users()
        formulas = {name: symbol.definition for name, symbol in users.items() if symbol.definition is not None}
        objective = record.objective.name
        if objective in formulas:
            formulas[objective] = _as_written(record, formulas[objective])
        operands = {name: self._operands(user, formulas.get(name), users) for name, user in users.items()}
        met: dict[str, Symbol] = {}
        for name, user in users.items():
            for symbol in (*operands[name], user):
                met.setdefault(symbol.name, symbol)
        for symbol in record.wrt:
            met.setdefault(symbol.name, symbol)
        edges = tuple(self._edges([(operand, user) for name, user in users.items() for operand in operands[name]]))
        own = {*met, *(s.name for s in (*record.deltas, *(self.layers.family.definitions if self.layers else ())))}
        return Drawing(
            objective=record.objective,
            vertices=tuple(self._vertex(symbol, formulas.get(name)) for name, symbol in met.items()),
            edges=edges,
            gaps=tuple(self._gaps(met, edges)),
            parts=tuple(s for s in record.where if s.name not in own),
            names=frozenset(record.program.names),
            ranges=dict(self.layers.ranges) if self.layers else {},
        )

    def _users(self) -> dict[str, Symbol]:
        """The names whose formulas are drawn, in dependency order; of layers, those in the drawing."""
        record = self.record
        if self.layers:
            defined = (*self.layers.outside, *(section.subject for section in reversed(self.pushed)))
        else:
            defined = definitions(record.objective, *(s for s, _ in record.given))
        found = {symbol.name: symbol for symbol in defined if symbol.name != record.objective.name}
        return {**found, record.objective.name: record.objective}

    def _operands(self, user: Symbol, formula: Node | None, users: Mapping[str, Symbol]) -> list[Symbol]:
        found = {s.name: s for s in (symbols(formula) if formula is not None else ())}
        if user is self.record.objective:
            # Some unknown function of the names whose gradients are given.
            found |= {s.name: s for s, _ in self.record.given}
        return [users.get(name, symbol) for name, symbol in found.items()]

    def _edges(self, places: Sequence[tuple[Symbol, Symbol]]) -> Iterator[Edge]:
        objective = self.record.objective.name
        back = {(objective, s.name): node for s, node in self.record.given}
        back |= {(section.subject.name, s.name): node for section in self.pushed for s, node in section.results}
        back = {**dict(self._before(back)), **back}
        count = Counter(operand.name for operand, user in places if (user.name, operand.name) in back)
        for operand, user in places:
            part = back.get((user.name, operand.name))
            yield Edge(operand, user, part, part is not None and self._whole(operand.name, part, count[operand.name]))

    def _arriving(self) -> Iterator[tuple[str, Node]]:
        """The gradients that arrive from the layer after l: delta[l+1], and for a[l-1] the gradient for a[l]."""
        if self.layers is None:
            return
        family = self.layers.family
        before = {family.letter: family.here.moved(-1)}
        for symbol, node in self.layers.adjoints:
            if (found := indexed(symbol.name)) is not None and found.place == family.here:
                yield moved_name(symbol.name, before), family.at(before[family.letter], node)
        for section in self.pushed:
            line = section.steps[0].before if section.kind == "push" and section.steps else None
            if isinstance(line, Term) and len(line.args) == 2 and isinstance(line.args[0], Symbol):
                yield section.subject.name, line.args[0]

    def _before(self, back: Mapping[tuple[str, str], Node]) -> Iterator[tuple[tuple[str, str], Node]]:
        """The contributions of layer l to layer l - 1: those of layer l + 1 to layer l, shifted by one."""
        if self.layers is None:
            return
        family = self.layers.family
        to = {family.letter: family.here.moved(-1)}
        for (user, operand), node in back.items():
            found = indexed(user)
            if found is not None and found.place == family.here.moved(1) and indexed(operand) is not None:
                yield (moved_name(user, to), moved_name(operand, to)), family.at(family.here.moved(-1), node)

    def _whole(self, name: str, part: Node, count: int) -> bool:
        """Whether a name gets no other contribution, even from another layer, and this one is not changed further."""
        if count > 1 or name in self.finished:
            return False
        return self.layers is None or indexed(name) is not None or part is self.gradients.get(name)

    def _vertex(self, symbol: Symbol, formula: Node | None) -> Vertex:
        name, objective = symbol.name, self.record.objective.name
        kind = INTERMEDIATE if formula is not None else INPUT
        kind = VARIABLE if name in self.gradients else OBJECTIVE if name == objective else kind
        gradient = self.gradients.get(name, self.adjoints.get(name)) if name != objective else None
        return Vertex(symbol, kind, formula, gradient, self.deltas.get(name))

    def _named(self) -> Iterator[tuple[str, Symbol]]:
        """The delta of each intermediate that has one, from the first line of the section that pushes it back."""
        known = set(self.record.deltas)
        for section in self.pushed:
            if section.kind == "push" and section.steps:
                _, before, after = section.steps[0]
                for delta in known.intersection(symbols(after)).difference(symbols(before)):
                    yield section.subject.name, delta

    def _gaps(self, met: Mapping[str, Symbol], edges: Sequence[Edge]) -> Iterator[tuple[Symbol, Symbol]]:
        """Pairs of the end of one stretch of layers and the beginning of the next."""
        if self.layers is None:
            return
        family = self.layers.family
        stems = {found.stem for s in family.definitions if (found := indexed(s.name)) is not None}
        used, made = {edge.operand.name for edge in edges}, {edge.user.name for edge in edges}
        ends: dict[str, list[Symbol]] = {}
        starts: dict[str, list[Symbol]] = {}
        for name, symbol in met.items():
            found = indexed(name)
            if found is not None and found.stem in stems:
                if name not in used:
                    ends.setdefault(found.place.letter, []).append(symbol)
                if name not in made:
                    starts.setdefault(found.place.letter, []).append(symbol)
        # Before layer l, and between it and the last one.
        for before, after in (("", family.letter), (family.letter, family.length)):
            yield from product(ends.get(before, []), starts.get(after, []))


def _as_written(record: Record, definition: Node) -> Node:
    """The objective's formula before it was rewritten, if that has the same names."""
    names = {s.name for s in symbols(definition)}
    for section in record.sections:
        if section.kind == "rewrite" and section.subject.name == record.objective.name:
            first = section.steps[0]
            for node in (first.before, first.after):
                if {s.name for s in symbols(node)} == names:
                    return node
    return definition
