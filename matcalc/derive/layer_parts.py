"""The parts of a derivation about layers: objective to last layer, layer l + 1 to layer l, first layer to the inputs.

Each is an ordinary derivation of a small program, in which names of other layers have no definition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matcalc.derive.forms import simplified
from matcalc.derive.naming import TakenNames, fresh, name_operands
from matcalc.derive.record import Record
from matcalc.derive.run import Run
from matcalc.errors import UnknownNameError, UnsupportedError
from matcalc.expr import SCALAR, Node, Symbol, definitions, postorder, symbols
from matcalc.families import Family, IndexedName, Place, indexed, moved, renamed, sums
from matcalc.operators import plus, zeros
from matcalc.syntax.program import Program


@dataclass
class LayerPart:
    """A part of the derivation and its results: gradients of variables, and of carriers."""

    record: Record
    gradients: dict[str, Node]
    adjoints: dict[str, Node]
    deltas: dict[str, Symbol]


class LayerParts:
    """Runs each part of a derivation on one layer: to the last layer, from the next layer, to the first."""

    def __init__(self, program: Program, convention: str, primes: bool) -> None:
        assert program.family is not None
        self.program, self.convention, self.primes = program, convention, primes
        self.taken = TakenNames(program.names)
        self._written: dict[Symbol, tuple[Symbol, ...]] = {}
        self._layers: dict[Place, dict[str, Symbol]] = {}
        self.letter = program.family.letter
        self.family = self._with_names(program.family)
        self.generic = {s.name: s for s in self.family.definitions}
        layers = set(self.generic)
        self.around = tuple(s for s in program.definitions if s.name not in layers)
        self.before = tuple(s for s in self.around if self._is_before(s.name))
        self.carriers = [s for s in self.family.definitions if any(self._lagged(n) for n in self._own(s))]
        self.totals: dict[Node, Symbol] = {
            node: Symbol(fresh("S", self.taken), node.shape) for node in dict.fromkeys(sums(*self.around))
        }

    # ---------------------------------------------------------------------------------------------------------- names

    def _with_names(self, family: Family) -> Family:
        """The family with names for the operands of its functions: g(W[l] a[l-1]) is g(z[l])."""
        known: dict[str, Node] = {}
        found: list[Symbol] = []
        for symbol in family.definitions:
            current = renamed(symbol, known)
            assert isinstance(current, Symbol) and current.definition is not None
            named, definition = name_operands(current.definition, self._fresh)
            found += named
            known[symbol.name] = Symbol(symbol.name, symbol.shape, symbol.attributes, definition)
            found.append(known[symbol.name])  # type: ignore[arg-type]
        return replace(family, definitions=tuple(found))

    def _fresh(self, stem: str) -> str:
        for number in ("", *map(str, range(2, 100))):
            name = f"{stem}{number}[{self.letter}]"
            if name not in self.taken:
                self.taken.add(name)
                return name
        raise UnsupportedError("there are too many operands without a name in a layer")

    def _own(self, symbol: Symbol) -> tuple[Symbol, ...]:
        """The names in the definition of a symbol."""
        if symbol not in self._written:
            assert symbol.definition is not None
            self._written[symbol] = symbols(symbol.definition)
        return self._written[symbol]

    def _lagged(self, symbol: Symbol) -> bool:
        found = indexed(symbol.name)
        return found is not None and found.place == Place(self.family.letter, -1)

    def _is_before(self, name: str) -> bool:
        found = indexed(name)
        return found is not None and not found.place.letter and found.place.offset < self.family.first

    def _is_at(self, name: str, place: Place) -> bool:
        found = indexed(name)
        return found is not None and found.place == place

    def _wanted(self, names: Iterable[str]) -> dict[str, Symbol]:
        """The inputs for each name asked for: W[l] and W[L] for W, and W[l] for W[1]."""
        inputs = {s.name: s for s in self.program.inputs}
        wanted: dict[str, Symbol] = {}
        for name in names:
            if name in self.program.names:
                wanted[name] = self.program.symbol(name)
                continue
            of_stem = [s for s in inputs if (found := indexed(s)) is not None and found.stem == name]
            if of_stem:
                wanted.update((s, inputs[s]) for s in of_stem)
                continue
            found = indexed(name)
            here = None if found is None else inputs.get(str(IndexedName(found.stem, self.family.here)))
            if found is None or here is None:
                self.program.symbol(name)  # raises the error
            elif not self._exists(found.place):
                family = self.family
                message = (
                    f"{name} does not exist: the {family.word} are {family.letter} = {family.first}..{family.last}"
                )
                hint = f"{here.name} is the one of any layer, {IndexedName(found.stem, family.last)} the last"
                raise UnknownNameError(message, hint=hint, text=name)
            else:
                wanted[name] = here
        return wanted

    def _exists(self, place: Place) -> bool:
        family = self.family
        if place.letter:
            return place.letter == family.length and place.offset <= family.last.offset
        return place.offset >= family.first

    # ----------------------------------------------------------------------------------------------------- the stages

    def prepare(self, names: Sequence[str]) -> dict[str, Symbol]:
        """Find the variables for each name asked for, and the quantities whose gradients need a name."""
        wanted = self._wanted(names)
        self.wrt = list(dict.fromkeys(wanted.values()))
        for symbol in self.wrt:
            if symbol.definition is not None:
                message = f"{symbol.name} is defined by the program, and gradients are with respect to inputs"
                raise UnsupportedError(message, hint="name a weight or an input", text=symbol.name)
        self._check_given()
        self.inside = [s for s in self.wrt if any(s in self._own(own) for own in self.family.definitions)]
        self.ahead = [s for s in self.wrt if self._is_before(s.name) or any(s in self._own(b) for b in self.before)]
        reaching = self._reaching()
        self.reached = [s for s in self.family.definitions if s.name in reaching]
        self.needs_recursion = bool(self.ahead) or any(v in self._own(s) for s in self.reached for v in self.inside)
        self.needs_recursion = self.needs_recursion or any(self._carried(v) for v in self.inside)
        self.named = self._to_name()
        return wanted

    def _check_given(self) -> None:
        """Raises UnsupportedError for given gradients whose agreement is not checked."""
        family, given = self.family, self.program.given
        if given and (len(given) > 1 or self.program.objective.definition is not None):
            others = "another known gradient" if len(given) > 1 else f"the definition of {self.program.objective.name}"
            message = f"with {family.length} {family.word} a known gradient stands alone, and here is {others} besides"
            hint = f"leave out one of them, or give the number of {family.word}"
            raise UnsupportedError(message, hint=hint, text=given[-1][0].name)
        inputs = {str(self.family.at_end(s)) for s in self.program.inputs} | {s.name for s in self.program.inputs}
        for symbol, _ in given:
            if symbol.name in inputs and symbol.definition is None and symbol.name not in self._placed(family.last):
                message = (
                    f"the gradient with respect to {symbol.name}, an input, is given, and nothing is left to derive"
                )
                raise UnsupportedError(message, hint="give the gradient of something computed", text=symbol.name)

    def _carried(self, variable: Symbol) -> bool:
        """Whether the next layer uses this layer's variable."""
        found = indexed(variable.name)
        before = None if found is None else str(IndexedName(found.stem, self.family.here.moved(-1)))
        return any(n.name == before for s in self.family.definitions for n in self._own(s))

    def _reaching(self) -> set[str]:
        """The definitions of a layer on which the next layer depends."""
        used = {n.name for s in self.family.definitions for n in self._own(s) if self._lagged(n)}
        found: set[str] = set()
        for symbol in reversed(self.family.definitions):
            own = indexed(symbol.name)
            assert own is not None
            users = [s for s in self.family.definitions if any(n.name == symbol.name for n in self._own(s))]
            if str(IndexedName(own.stem, own.place.moved(-1))) in used or any(s.name in found for s in users):
                found.add(symbol.name)
        return found

    def _to_name(self) -> dict[str, str]:
        """The quantities whose gradients get a name, and the name: delta[l] if there is only one, or for z[l]."""
        if not self.needs_recursion:
            return {}
        touched = [s for s in self.reached if any(v in self._own(s) for v in self.inside)]
        found = list(dict.fromkeys((*self.carriers, *touched)))
        named: dict[str, str] = {}
        stems = {own.stem for s in found if (own := indexed(s.name)) is not None}
        known = (*self.program.names, *self.generic)
        names = {own.stem for s in known if (own := indexed(s)) is not None}
        other_z = bool(({"z", "Z"} & names) - stems)
        for symbol in found:
            place = indexed(symbol.name)
            assert place is not None
            z = re.fullmatch(r"[zZ](\d*)", place.stem)
            stem = "delta" if len(found) == 1 and not other_z else f"delta{z[1]}" if z else f"delta_{place.stem}"
            while any(n.partition("[")[0] == stem for n in self.taken) or stem in named.values():
                stem += f"_{place.stem}"
            named[symbol.name] = stem
        return dict(reversed(named.items()))  # backpropagation meets the last one first

    def _delta(self, of: Symbol, place: Place, definition: Node | None = None) -> Symbol:
        """The name of the gradient with respect to a carrier at an index."""
        own = self.family.at(place, of)
        return Symbol(str(IndexedName(self.named[of.name], place)), own.shape, ("adjoint",), definition)

    def _program(self, seeds: Mapping[Symbol, Node], given: Mapping[Symbol, Node]) -> Program:
        known = {s.name: s for root in (*seeds, *given) for s in definitions(root)}
        return replace(
            self.program,
            definitions=tuple(known.values()),
            objective=Symbol(self.program.objective.name, SCALAR),
            given=tuple(given.items()),
            notes=(),
            family=None,
        )

    def _part(
        self,
        seeds: Mapping[Symbol, Node],
        wrt: Iterable[Symbol],
        place: Place,
        back: Mapping[str, Node] | None = None,
        given: Mapping[Symbol, Node] | None = None,
    ) -> LayerPart:
        to = {self.family.letter: place}
        named = {self._at(name, to): f"{stem}[{place}]" for name, stem in self.named.items()}
        program = self._program(seeds, given or {})
        record = Run(program, list(dict.fromkeys(wrt)), self.convention, self.primes, seeds, named).result()
        if back:
            record = record.renamed(back)
        return LayerPart(
            record,
            {s.name: node for s, node in record.gradients},
            {s.name: node for s, node in record.adjoints},
            {s.name: s for s in record.deltas},
        )

    def _at(self, name: str, to: Mapping[str, Place]) -> str:
        found = indexed(name)
        assert found is not None
        return str(IndexedName(found.stem, to[found.place.letter].moved(found.place.offset)))

    def _objective(self) -> LayerPart | None:
        """From the objective to the last layer's names, the sums over layers, and the names outside the layers."""
        objective = self.program.objective
        given = {s: node for s, node in self.program.given if not self._is_at(s.name, self.family.last)}
        if objective.definition is None and not given:
            return None
        root = self._without_sums(objective)
        roots = [root, *(self._without_sums(s) for s in given)]
        names = [n for n in postorder(*roots, through_definitions=True) if isinstance(n, Symbol)]
        inner = [
            n for n in names if self._is_at(n.name, self.family.last) and n.definition is None and self._of_layers(n)
        ]
        inner += [n for n in names if n in self.totals.values()]
        own = [s for s in self.wrt if s in names]
        wrt = [*(inner if self.inside or self.ahead else []), *own]
        if not wrt:
            return None
        assert isinstance(root, Symbol)
        pairs = tuple((s, node) for s, node in zip(roots[1:], given.values(), strict=True) if isinstance(s, Symbol))
        program = replace(
            self.program, objective=root, definitions=definitions(*roots), given=pairs, notes=(), family=None
        )
        after = self.family.last.moved(1)
        to = {self.family.letter: after}
        named = {self._at(name, to): f"{stem}[{after}]" for name, stem in self.named.items()}
        record = Run(program, wrt, self.convention, self.primes, named=named).result()
        record = record.renamed({symbol.name: node for node, symbol in self.totals.items()})
        return LayerPart(record, {s.name: g for s, g in record.gradients}, dict(_by_name(record.adjoints)), {})

    def _without_sums(self, node: Node) -> Node:
        """`node` with names in place of its sums over layers."""
        return moved(node, {}, total=self.totals.__getitem__)

    def _of_layers(self, symbol: Symbol) -> bool:
        found = indexed(symbol.name)
        here = None if found is None else str(IndexedName(found.stem, self.family.here))
        return here in self.generic or here in {s.name for s in self.program.inputs}

    def _arriving(self, objective: LayerPart | None, place: Place) -> dict[Symbol, Node]:
        """The gradient that the objective sends to each term of the sums over layers."""
        found: dict[Symbol, Node] = {}
        for node, symbol in self.totals.items():
            summand = node.args[0]
            gradient = None if objective is None else objective.adjoints.get(symbol.name)
            if gradient is not None:
                of = self._placed(place)[self._at(summand.name, {self.family.letter: place})]  # type: ignore[attr-defined]
                found[of] = plus(found[of], gradient) if of in found else gradient
        return found

    def _placed(self, place: Place) -> dict[str, Symbol]:
        """The definitions of one layer, by name."""
        if place not in self._layers:
            memo: dict[Node, Node] = {}
            found = [self.family.at(place, symbol, memo=memo) for symbol in self.family.definitions]
            self._layers[place] = {own.name: own for own in found if isinstance(own, Symbol)}
        return self._layers[place]

    def _last(self, objective: LayerPart | None, variables: Sequence[Symbol]) -> LayerPart:
        """From the names of the last layer to its carriers and its variables."""
        place = self.family.last
        layer = self._placed(place)
        inputs = {s.name: s for s in self._inputs_at(place)}
        seeds = self._arriving(objective, place)
        for name, gradient in () if objective is None else objective.gradients.items():
            symbol = layer.get(name) or inputs.get(name)
            if symbol is not None and self._is_at(name, place) and not is_zero(gradient):
                seeds[symbol] = plus(seeds[symbol], gradient) if symbol in seeds else gradient
        seeds = {s: renamed(node, layer) for s, node in seeds.items()}
        given = {layer[s.name]: renamed(node, layer) for s, node in self.program.given if s.name in layer}
        wrt = [inputs[self._placed_name(v, place)] for v in variables]
        return self._part(seeds, [*wrt, *self._ends(place)], place, given=given)

    def _inputs_at(self, place: Place) -> list[Symbol]:
        found = [self.family.at(place, s) for s in self.program.inputs]
        return [s for s in found if isinstance(s, Symbol)]

    def _placed_name(self, variable: Symbol, place: Place) -> str:
        found = self.family.at(place, variable)
        assert isinstance(found, Symbol)
        return found.name

    def _ends(self, place: Place) -> list[Symbol]:
        """The quantities at an index where the derivation ends."""
        layer = self._placed(place)
        return [layer[self._at(name, {self.family.letter: place})] for name in self.named]

    def _cut(self, place: Place, known: Mapping[str, Node], variables: Iterable[Symbol]) -> dict[Symbol, Node]:
        """A layer's carriers with their gradients; everything except the inputs from the layer before is constant."""
        found: dict[Symbol, Node] = {}
        same = {s.name: Symbol(s.name, s.shape, s.attributes) for s in self.family.definitions}
        fixed = {
            v.name: Symbol(v.name, v.shape, v.attributes | {"constant"}) for v in variables if indexed(v.name) is None
        }
        for carrier in self.carriers if self.needs_recursion else ():
            assert carrier.definition is not None
            body = renamed(carrier.definition, {**same, **fixed})
            definition = self.family.at(place, body, known)
            name = self._placed_name(carrier, place)
            symbol = Symbol(name, definition.shape, carrier.attributes, definition)
            found[symbol] = self._delta(carrier, place)
        return found

    def _layer(self, objective: LayerPart | None) -> LayerPart:
        """From the carriers of layer l + 1 to those of layer l and to its variables."""
        here, after = self.family.here, self.family.here.moved(1)
        layer = self._placed(here)
        seeds: dict[Symbol, Node] = {**self._cut(after, layer, self.inside), **self._arriving(objective, here)}
        wrt = [*self.inside, *self._ends(here)]
        return self._part(seeds, wrt, here, {v.name: v for v in self.inside})

    def _first(self) -> LayerPart | None:
        """From the carriers of the first layer to the inputs."""
        if not self.ahead:
            return None
        place = Place("", self.family.first)
        known: dict[str, Node] = {s.name: s for s in self.before}
        seeds = self._cut(place, known, self.ahead)
        fixed = {v.name: v for v in self.ahead}
        run = Run(self._program(seeds, {}), self.ahead, self.convention, self.primes, seeds).result().renamed(fixed)
        return LayerPart(run, dict(_by_name(run.gradients)), dict(_by_name(run.adjoints)), {})


def _by_name(pairs: Iterable[tuple[Symbol, Node]]) -> Iterable[tuple[str, Node]]:
    return ((s.name, node) for s, node in pairs)


def is_zero(node: Node) -> bool:
    return simplified(node) is zeros(*node.shape)
