"""Backpropagation through L layers, where L is a letter: the recursion is derived on one layer, by the usual rules.

Layer l + 1 takes a few quantities from layer l: its carriers, such as z[l]. Their gradients get names, delta[l+1], and
are pushed back through the definitions of layer l until those of layer l are known. Two more derivations treat the
ends: from the objective to the last layer, and from the first layer to the inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matcalc.derive.forms import simplified
from matcalc.derive.layer_parts import LayerPart, LayerParts, is_zero
from matcalc.derive.record import Record
from matcalc.derive.run import unrelated
from matcalc.derive.totals import gathered, into_sums
from matcalc.expr import Node, Symbol, definitions, postorder
from matcalc.families import IndexedName, Place, Recursion, indexed, renamed, stem_of
from matcalc.operators import indexed_sum, plus, term, zeros
from matcalc.rewrite import Condition, Section
from matcalc.syntax.program import Program

LAST = "The last {one}, {{i}} = {{last}}"
BACK = "From {one} {{next}} back to {one} {{i}}"
FIRST = "Before the first {one}"
SHARED = "All {one}s together"
LAST_FIXED = "What comes from the {many} before is held fixed here; it follows below."
BACK_FIXED = (
    "A gradient of {one} {{next}} is the whole one with respect to its name. So in each such term of $dJ$ only what "
    "comes directly from {one} {{i}} is followed; what else there is, in {one} {{next}} and in the {many} before, is "
    "held fixed."
)
ALONE_FIXED = "What comes from the other {many} is held fixed."
FIRST_FIXED = "What belongs to the {many} is held fixed."


def derive_layers(program: Program, wrt: Sequence[str], convention: str, primes: bool = False) -> Record:
    """The gradients of a program about layers l = 1 … L, with their derivation.

    `wrt`: names of inputs; W[l] or W for the weights of every layer, W[1] for those of one. Raises UnknownNameError for
    a name that does not occur or an index that no layer has.
    """
    return _Layers(program, convention, primes).derive(wrt)


class _Layers(LayerParts):
    """Puts the parts of the derivation together."""

    def derive(self, names: Sequence[str]) -> Record:
        """The whole derivation."""
        wanted = self.prepare(names)
        objective = self._objective()
        last = self._last(objective, self.inside) if self.inside or self.ahead else None
        layer = self._layer(objective) if last is not None else None
        return self._together(wanted, objective, last, layer)

    def _together(
        self, wanted: Mapping[str, Symbol], objective: LayerPart | None, last: LayerPart | None, layer: LayerPart | None
    ) -> Record:
        family, sections = self.family, list[Section]()
        recursion: dict[str, Node] = {}
        start: dict[str, Node] = {}
        if last is not None and layer is not None and self.needs_recursion:
            start = {name: self._found(last, name, family.last) for name in self.named}
            recursion = {name: self._found(layer, name, family.here) for name in self.named}
        ends = self._how_it_starts(start, recursion, objective)
        same = last is None or layer is None or self._same_gradients(last, layer)
        deltas: list[Symbol] = []
        if objective is not None:
            sections += into_sums(objective.record.sections)
            deltas += objective.record.deltas
        if last is not None and layer is not None:
            if ends == "start" or not same:
                # If variables are treated as in any layer, reaching the carriers is enough.
                shown_last = self._last(objective, []) if same and self.named else last
                sections += self._titled(shown_last, LAST, LAST_FIXED)
            sections += self._titled(layer, BACK, BACK_FIXED if self.named else ALONE_FIXED)
        starts = self._starts(ends, start, objective)
        own = [self._delta(self.generic[name], family.here, node) for name, node in recursion.items()]
        shown = last if ends == "start" or not same else None
        others = {s.name: s for part in (shown, layer) if part for s in part.record.deltas}
        deltas += starts
        deltas += [s for n, s in others.items() if n not in {d.name for d in (*deltas, *own)}]
        deltas += own
        first = self._first()
        if first is not None:
            sections += self._titled(first, FIRST, FIRST_FIXED)
            deltas += first.record.deltas
        parts = [part for part in (objective, shown, layer, first) if part]
        # At the end delta[l] has another definition; its symbol must differ from the one for the other layers.
        opaque: dict[str, Node] = {s.name: Symbol(s.name, s.shape, s.attributes) for s in own}
        ahead = {s.name: s for s in starts if self._is_at(s.name, family.last)}
        found = self._gradients(wanted, objective, last, layer, first, same, sections, {**opaque, **ahead})
        gradients = [(s, renamed(node, opaque)) for s, node in found]
        for symbol, node in gradients if self.program.given else ():
            names = [s for s, _ in gradients if stem_of(s.name) == stem_of(symbol.name)]
            if is_zero(node) and len(names) == 1:
                raise unrelated(self.program.objective, [s for s, _ in self.program.given], symbol)
        known = self._all_names()
        extra = [s for part in parts for s in part.record.where if s.name not in known]
        until = family.last.moved(-1) if ends == "start" else family.last
        recursion_ = Recursion(
            family=family,
            outside=self.around,
            start=tuple(starts),
            step=tuple(own),
            until=until,
            adjoints=tuple(self._adjoints(objective, last if ends == "start" else None, layer)),
            ranges=tuple(self._ranges([s for s in deltas if self._is_at(s.name, family.here)], until, gradients)),
        )
        return Record(
            program=self.program,
            objective=self.program.objective,
            wrt=tuple(s for s, _ in gradients),
            sections=tuple(sections),
            where=tuple(dict.fromkeys((*self._forward(), *extra))),
            deltas=tuple(s for s in definitions(*deltas) if s in set(deltas)),
            gradients=tuple(gradients),
            adjoints=(),
            given=self.program.given,
            convention=self.convention,
            conditions=tuple(dict.fromkeys(c for part in parts for c in part.record.conditions)),
            notes=tuple(dict.fromkeys(n for part in parts for n in part.record.notes if "does not occur" not in n)),
            recursion=recursion_,
        )

    def _adjoints(
        self, objective: LayerPart | None, last: LayerPart | None, layer: LayerPart | None
    ) -> Iterable[tuple[Symbol, Node]]:
        """The gradients of the definitions: outside the layers, in the last layer, in layer l."""
        for part, place in ((objective, None), (last, self.family.last), (layer, self.family.here)):
            for symbol, node in () if part is None else part.record.adjoints:
                own = place is None or self._is_at(symbol.name, place)
                if own and symbol.definition is not None:
                    yield symbol, node

    def _all_names(self) -> set[str]:
        family = self.family
        places = (family.here.moved(-1), family.here, family.here.moved(1), family.last, Place("", family.first))
        own = {self._at(s.name, {family.letter: p}) for s in family.definitions for p in places}
        return {*self.program.names, *own}

    def _forward(self) -> list[Symbol]:
        before = [s for s in self.around if s in self.before]
        after = [s for s in self.around if s not in self.before and s.name != self.program.objective.name]
        return [*before, *self.family.definitions, *after]

    def _found(self, part: LayerPart, name: str, place: Place) -> Node:
        """The gradient with respect to a carrier, before it gets its name."""
        own = self._at(name, {self.family.letter: place})
        delta = part.deltas.get(f"{self.named[name]}[{place}]")
        if delta is not None and delta.definition is not None:
            return delta.definition
        node = part.adjoints.get(own)
        return zeros(*self.family.at(place, self.generic[name]).shape) if node is None else node

    def _alike(self, a: Node, b: Node, known: Mapping[str, Node] | None = None) -> bool:
        """Whether two formulas are equal once names are replaced by what they stand for.

        `known`: what names in the first one stand for.
        """
        if a.shape != b.shape:
            return False
        return simplified(self._bare(a, known or {})) is simplified(self._bare(b, {}))

    def _bare(self, node: Node, known: Mapping[str, Node]) -> Node:
        """The formula in terms of the program's names and the carriers' gradients only."""
        own = set(self.named.values())
        while True:
            inner = {
                s.name: s.definition
                for s in postorder(node)
                if isinstance(s, Symbol) and s.definition is not None and "adjoint" in s.attributes
                if s.name.partition("[")[0] not in own
            }
            if not inner:
                break
            node = renamed(node, inner)
        names = {s.name: Symbol(s.name, s.shape) for s in postorder(node) if isinstance(s, Symbol)}
        return renamed(node, {**names, **known})

    def _how_it_starts(self, start: Mapping[str, Node], step: Mapping[str, Node], objective: LayerPart | None) -> str:
        """How the recursion starts: gradients after the last layer that are 0 or known, or a formula for the last."""
        self.beyond: Mapping[str, Node] = {}
        if not step:
            return "none"
        after = self.family.last.moved(1)
        nothing = {
            str(IndexedName(stem, after)): zeros(*self._delta(self.generic[n], after).shape)
            for n, stem in self.named.items()
        }
        at_end = {name: self.family.at_end(node) for name, node in step.items()}
        # W[l+1] does not exist in the last layer, even where it is multiplied by 0.
        beyond = {n.name for node in at_end.values() for n in postorder(self._bare(node, {})) if isinstance(n, Symbol)}
        exist = not any(self._is_at(name, after) for name in beyond - set(nothing))
        if exist and all(self._alike(node, start[name], nothing) for name, node in at_end.items()):
            self.beyond = nothing
            return "nothing"
        known = {s.name for s in objective.record.deltas} if objective is not None else set()
        if set(nothing) <= known and all(self._alike(node, start[name]) for name, node in at_end.items()):
            return "known"
        return "start"

    def _starts(self, ends: str, start: Mapping[str, Node], objective: LayerPart | None) -> list[Symbol]:
        if ends == "start":
            return [self._delta(self.generic[name], self.family.last, node) for name, node in start.items()]
        if ends == "known" and objective is not None:
            after = self.family.last.moved(1)
            known = {str(IndexedName(stem, after)) for stem in self.named.values()}
            return [s for s in objective.record.deltas if s.name in known]
        if ends == "nothing":
            after = self.family.last.moved(1)
            found = [self._delta(self.generic[name], after) for name in self.named]
            carriers = {c.name for c in self.carriers}
            return [
                Symbol(s.name, s.shape, s.attributes, zeros(*s.shape))
                for s, name in zip(found, self.named, strict=True)
                if name in carriers
            ]
        return []

    def _same_gradients(self, last: LayerPart, layer: LayerPart) -> bool:
        return all(self._same_at_end(v, last, layer) for v in self.inside)

    def _same_at_end(self, variable: Symbol, last: LayerPart, layer: LayerPart) -> bool:
        one = last.gradients.get(self._placed_name(variable, self.family.last))
        other = layer.gradients.get(variable.name)
        if one is None or other is None:
            return one is other
        return self._alike(self.family.at_end(other), one, self.beyond)

    def _titled(self, part: LayerPart, words: str, fixed: str) -> list[Section]:
        family = self.family
        parts = (("i", family.here.node), ("next", family.here.moved(1).node), ("last", family.last.node))
        one = family.word[:-1]
        title, remark = (Condition(text.format(one=one, many=family.word), parts) for text in (words, fixed))
        sections = [s for s in part.record.sections if s.steps or s.results]
        return [s if n else s._replace(title=title, remark=remark) for n, s in enumerate(sections)]

    def _gradients(
        self,
        wanted: Mapping[str, Symbol],
        objective: LayerPart | None,
        last: LayerPart | None,
        layer: LayerPart | None,
        first: LayerPart | None,
        same: bool,
        sections: list[Section],
        named: Mapping[str, Node],
    ) -> list[tuple[Symbol, Node]]:
        family = self.family
        found: list[tuple[Symbol, Node]] = []
        for name, symbol in wanted.items():
            found_at = indexed(symbol.name)
            if symbol in self.inside and found_at is not None:
                assert last is not None and layer is not None
                node = layer.gradients[symbol.name]
                differs = not same and not self._same_at_end(symbol, last, layer)
                asked = indexed(name)
                if asked is not None and asked.place != family.here:
                    at_last = differs and asked.place == family.last
                    own = family.at(asked.place, symbol)
                    assert isinstance(own, Symbol)
                    # Keep the name delta[1]: its formula differs in the last layer.
                    there = renamed(family.at(asked.place, renamed(node, named)), named)
                    found.append((own, last.gradients[own.name] if at_last else there))
                    sections.append(Section("layers", own, (), (found[-1],)))
                    continue
                if differs:
                    at_end = family.at_end(symbol)
                    assert isinstance(at_end, Symbol)
                    found.append((at_end, last.gradients[at_end.name]))
                found.append((symbol, node))
                continue
            parts = []
            if objective is not None and symbol in dict(objective.record.gradients):
                parts.append(objective.gradients[symbol.name])
            if symbol in self.inside:
                assert last is not None and layer is not None
                until = family.last
                if not same and not self._same_at_end(symbol, last, layer):
                    parts.append(last.gradients[symbol.name])
                    until = until.moved(-1)
                over = indexed_sum(family.letter, str(family.first), str(until))
                if not is_zero(layer.gradients[symbol.name]):
                    parts.append(term(over, layer.gradients[symbol.name]))
            if first is not None and symbol in self.ahead:
                parts.append(first.gradients[symbol.name])
            parts = [p for p in parts if not is_zero(p)] or [zeros(*symbol.shape)]
            node = plus(*parts)
            if len(parts) > 1 or symbol in self.inside:
                shared = Condition(SHARED.format(one=family.word[:-1]), ())
                title = None if sections and sections[-1].kind == "layers" else shared
                sections.append(Section("layers", symbol, gathered(parts, symbol), ((symbol, node),), title))
            found.append((symbol, node))
        return found

    def _ranges(
        self, step: Sequence[Symbol], until: Place, gradients: Sequence[tuple[Symbol, Node]]
    ) -> Iterable[tuple[str, tuple[Node, Node]]]:
        """For each name of layer l, the first and last layer for which it is stated."""
        family = self.family
        first, last = Place("", family.first).node, family.last.node
        names = [*(s.name for s in (*self.family.definitions, *self.program.inputs)), *(s.name for s, _ in gradients)]
        for name in dict.fromkeys(names):
            if self._is_at(name, family.here):
                yield name, (first, last)
        split = {
            found.stem for s, _ in gradients if (found := indexed(s.name)) is not None and found.place == family.last
        }
        for symbol, _ in gradients:
            found = indexed(symbol.name)
            if found is not None and found.place == family.here and found.stem in split:
                own = any(s.name == str(IndexedName(found.stem, family.last)) for s in self.program.inputs)
                if not own:
                    yield f"d{symbol.name}", (first, family.last.moved(-1).node)
        for symbol in step:
            yield symbol.name, (until.node, first)
