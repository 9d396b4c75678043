"""What all layers have in common, found in a program that is written out for a few of them.

Two layers in the middle are laid side by side: where they differ by one layer stands an index, z[l-1]; what they share
has none. Sizes that change from layer to layer get an index as well, n[l]. What is found is then written out again and
must be the program that it was found in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from matcalc.dims import Dim, dim_names, dim_replace
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Shape, Size, Symbol, Term
from matcalc.families import Family, IndexedName, Place, Unrolled, indexed, moved
from matcalc.operators import indexed_sum, size_node, term
from matcalc.prose import Prose
from matcalc.signatures import Nonconforming
from matcalc.syntax.dimensions import fresh
from matcalc.syntax.program import Program
from matcalc.syntax.unrolling import MIDDLE, Unrolling


class _Unlike(Exception):
    """The layers differ in more than their index."""


def generic(program: Program, unrolling: Unrolling, declared: frozenset[str]) -> Program:
    """The program that was written out, said of a layer l. `declared`: sizes that the text names.

    Raises UnsupportedError where the layers are not alike.
    """
    try:
        return _Generic(program, unrolling, declared).program()
    except _Unlike as error:
        layers = unrolling.symbolic
        assert layers is not None
        message = f"the {layers.word} {layers} are not alike{error.args[0] if error.args else ''}"
        hint = f"give their number, as in {layers.letter} = {layers.first}..3"
        raise unrolling.source.error(UnsupportedError, message, layers.start, layers.end, hint=hint) from None


class _Generic:
    def __init__(self, program: Program, unrolling: Unrolling, declared: frozenset[str]) -> None:
        assert unrolling.symbolic is not None
        self.unrolled = program
        self.unrolling = unrolling
        self.declared = declared
        self.layers = unrolling.symbolic
        self.letter, self.length = self.layers.letter, self.layers.last.letter
        self.first, self.last = self.layers.first, self.layers.first + MIDDLE - 1
        self.middle = self.first + 1
        self.stems: dict[str, dict[int, Symbol]] = {}
        for symbol in program.names.values():
            found = indexed(symbol.name)
            if found is not None:
                self.stems.setdefault(found.stem, {})[found.place.offset] = symbol
        self.places: dict[str, tuple[str, int]] = {}
        self.names_at: dict[tuple[str, int], list[str]] = {}
        self.starting: set[str] = set()
        """Sizes that the first layer has, or what comes before it: n[2] is one of them where c[l] is n[l+1]×1."""
        self.ends: dict[str, Dim] = {}
        self._sizes()
        self.found: dict[tuple[Node, Node], Node] = {}
        self.outer: dict[Node, Node] = {}

    # ---------------------------------------------------------------------------------------------------------- sizes

    def _sizes(self) -> None:
        """A letter for each size that changes from layer to layer."""
        varying: list[tuple[str, int, dict[int, Dim]]] = []
        uniform: set[str] = set()
        defined = [s for s in self.unrolling.stems if s in self.stems]
        for stem in [*defined, *(s for s in self.stems if s not in defined)]:
            layers = self.stems[stem]
            if stem in defined and stem not in self.unrolling.lagged:
                # Nothing follows c[0] where c[l-1] does not occur: it is a name outside the layers.
                layers = {k: symbol for k, symbol in layers.items() if k >= self.first}
            if not {self.middle, self.middle + 1} <= layers.keys():
                continue
            for axis in (0, 1):
                dims = {k: symbol.shape[axis] for k, symbol in layers.items()}
                if dims[self.middle] == dims[self.middle + 1]:
                    uniform |= dim_names(dims[self.middle])
                    self._all_one(stem, layers, axis)
                else:
                    varying.append((stem, axis, dims))
        uniform |= {
            n for s in self.unrolled.names.values() if not indexed(s.name) for d in s.shape for n in dim_names(d)
        }
        changing = {name for _, _, dims in varying for d in dims.values() for name in dim_names(d)} - self.declared
        taken = {name.partition("[")[0] for name in (*self.unrolled.names, *self.declared)}
        taken |= {*self.unrolled.functions, self.letter, self.length, *(uniform - changing)}
        letters = fresh(taken)
        marks: list[str] = []
        for _, _, dims in varying:
            names = {k: d for k, d in dims.items() if isinstance(d, str)}
            middle = names.get(self.middle)
            if middle is None:
                continue
            if middle not in self.places:
                marks.append(f"?{len(marks)}")
                self.places[middle] = marks[-1], self.middle
            mark, k = self.places[middle]
            for layer, name in names.items():
                self.places.setdefault(name, (mark, layer - self.middle + k))
                if layer <= self.first:
                    self.starting.add(name)
        letter_of = {mark: self._called(mark) or next(letters) for mark in marks}
        self.places = {name: (letter_of[mark], k) for name, (mark, k) in self.places.items()}
        for name, place in self.places.items():
            self.names_at.setdefault(place, []).append(name)
        called: dict[str, Dim] = {}
        for stem, _, dims in varying:
            if (name := str(dims[self.middle])) in self.places:
                letter, k = self.places[name]
                for layer, dim in dims.items():
                    if self._inside(layer):
                        continue
                    place = (letter, layer - self.middle + k)
                    end = self._end(*place, layer <= self.first)
                    # The size at its own place is called so, whether that is counted from the first or the last.
                    own = self.places.get(str(dim)) == place and dim not in self.declared
                    outer = end if own else self._outer_dim(dim)
                    if called.setdefault(end, outer) != outer:
                        name = str(IndexedName(stem, self._place(layer)))
                        raise _Unlike(f": {name} has the size {outer} where others have {called[end]}")
        self.ends = {end: outer for end, outer in called.items() if end != outer}

    def _all_one(self, stem: str, layers: dict[int, Symbol], axis: int) -> None:
        """Raise where a size is the same in all layers but one at an end."""
        usual = layers[self.middle].shape
        for k, symbol in layers.items():
            if symbol.shape[axis] != usual[axis]:
                name = IndexedName(stem, self._place(k))
                is_, are = (f"{self._outer_dim(r)}×{self._outer_dim(c)}" for r, c in (symbol.shape, usual))
                raise _Unlike(f": {name} is {is_}, and {stem}[{self.letter}] between the ends is {are}")

    def _called(self, mark: str) -> str:
        """The letter of a size that a declaration gives it: n of x: n[0]."""
        for name, (own, k) in self.places.items():
            found = indexed(name)
            if own == mark and name in self.declared and found is not None and found.place.offset == k:
                return found.stem
        return ""

    def _inside(self, k: int) -> bool:
        return self.middle <= k <= self.middle + 1

    def _end(self, stem: str, k: int, start: bool) -> str:
        return str(IndexedName(stem, Place("", k) if start else Place(self.length, k - self.unrolling.length)))

    def _place(self, k: int) -> Place:
        """A number of the program that was written out, as it is without one: 0 and 1, but L-1 and L."""
        return Place("", k) if k <= self.first else Place(self.length, k - self.unrolling.length)

    def _outer_dim(self, dim: Dim) -> Dim:
        """A size outside the layers."""
        new: dict[str, Dim] = {}
        for name in dim_names(dim):
            if name in self.declared and indexed(name) is None:
                continue
            if name in self.places:
                new[name] = self._end(*self.places[name], name in self.starting)
            elif (found := indexed(name)) is not None:
                new[name] = str(IndexedName(found.stem, self._place(found.place.offset)))
        return dim_replace(dim, new)

    def _dim(self, a: Dim, b: Dim) -> Dim:
        """A size of layer l, from those of two layers that follow one another."""
        if a == b:
            return self._outer_dim(a)
        new: dict[str, Dim] = {}
        later: dict[str, Dim] = {}
        for name in dim_names(a):
            if name in self.places:
                letter, k = self.places[name]
                new[name] = str(IndexedName(letter, Place(self.letter, k - self.middle)))
                ahead = self.names_at.get((letter, k + 1), ())
                if len(ahead) == 1:
                    later[name] = ahead[0]
        if dim_replace(a, later) != b:
            raise _Unlike(f": where one has the size {a}, the next has {b}")
        return dim_replace(a, new)

    def _shape(self, a: Shape, b: Shape) -> Shape:
        return self._dim(a[0], b[0]), self._dim(a[1], b[1])

    # -------------------------------------------------------------------------------------------------------- a layer

    def _same(self, a: Node, b: Node) -> Node:
        """What two layers that follow one another have in common."""
        stack = [(a, b)]
        while stack:
            pair = stack[-1]
            if pair in self.found:
                stack.pop()
                continue
            missing = [p for p in self._below(*pair) if p not in self.found]
            if missing:
                stack.extend(missing)
            else:
                self.found[pair] = self._joined(*pair)
                stack.pop()
        return self.found[a, b]

    def _below(self, a: Node, b: Node) -> Iterator[tuple[Node, Node]]:
        if isinstance(a, Term) and isinstance(b, Term):
            if a.op is not b.op or len(a.args) != len(b.args):
                raise _Unlike
            yield from zip(a.args, b.args, strict=True)
        elif isinstance(a, Symbol) and isinstance(b, Symbol) and self._follows(a, b) and a.definition is not None:
            assert b.definition is not None
            if self._offset(a) == 0:
                yield a.definition, b.definition
        elif isinstance(a, Symbol) and a is b and a.definition is not None and indexed(a.name) is None:
            yield a.definition, a.definition

    def _follows(self, a: Symbol, b: Symbol) -> bool:
        one, two = indexed(a.name), indexed(b.name)
        return one is not None and two is not None and IndexedName(one.stem, one.place.moved(1)) == two

    def _offset(self, symbol: Symbol) -> int:
        found = indexed(symbol.name)
        assert found is not None
        return found.place.offset - self.middle

    def _joined(self, a: Node, b: Node) -> Node:
        if isinstance(a, Term):
            if not isinstance(b, Term):
                raise _Unlike
            return term(a.op, *(self.found[pair] for pair in zip(a.args, b.args, strict=True)))
        if isinstance(a, Size) and isinstance(b, Size):
            return size_node(self._dim(a.dim, b.dim))
        if isinstance(a, Symbol) and isinstance(b, Symbol):
            return self._name(a, b)
        if isinstance(a, Number) and a is b:
            return a
        raise _Unlike

    def _name(self, a: Symbol, b: Symbol) -> Symbol:
        if self._follows(a, b):
            found = indexed(a.name)
            assert found is not None
            name = str(IndexedName(found.stem, Place(self.letter, self._offset(a))))
            if a.definition is not None and b.definition is not None and self._offset(a) == 0:
                definition = self.found[a.definition, b.definition]
                return Symbol(name, definition.shape, a.attributes, definition)
            return Symbol(name, self._shape(a.shape, b.shape), a.attributes)
        if a is not b:
            raise _Unlike(f": where one has {a.name}, the next has {b.name}")
        return self._outer_symbol(a)

    # -------------------------------------------------------------------------------------------- what stands outside

    def _outside(self, root: Node) -> Node:
        """What belongs to no layer: names of layers have no definition there, sums over them are sums again."""
        stack = [root]
        while stack:
            node = stack[-1]
            if node in self.outer:
                stack.pop()
                continue
            below = node.args
            if isinstance(node, Symbol) and node.definition is not None and not self._of_layers(node):
                below = (node.definition,) if node.name not in self.unrolling.sums else ()
            missing = [n for n in below if n not in self.outer]
            if missing:
                stack.extend(missing)
            else:
                self.outer[node] = self._outside_of(node)
                stack.pop()
        return self.outer[root]

    def _outer_symbol(self, symbol: Symbol) -> Symbol:
        found = self._outside(symbol)
        assert isinstance(found, Symbol)
        return found

    def _of_layers(self, symbol: Symbol) -> bool:
        found = indexed(symbol.name)
        if found is None:
            return False
        return found.stem in self.unrolling.stems and self.first <= found.place.offset <= self.last

    def _outside_of(self, node: Node) -> Node:
        if isinstance(node, Size):
            return size_node(self._outer_dim(node.dim))
        if isinstance(node, Term):
            return term(node.op, *(self.outer[a] for a in node.args))
        if not isinstance(node, Symbol):
            return node
        if node.name in self.unrolling.sums:
            return self._sum(self.unrolling.sums[node.name])
        found = indexed(node.name)
        name = node.name if found is None else str(IndexedName(found.stem, self._place(found.place.offset)))
        if node.definition is not None and not self._of_layers(node):
            definition = self.outer[node.definition]
            return Symbol(name, definition.shape, node.attributes, definition)
        rows, columns = node.shape
        return Symbol(name, (self._outer_dim(rows), self._outer_dim(columns)), node.attributes)

    def _sum(self, of: str) -> Node:
        found = indexed(of)
        assert found is not None
        return term(indexed_sum(self.letter, str(self.first), str(self.layers.last)), self._layer(found.stem))

    def _layer(self, stem: str) -> Symbol:
        found = self._same(*(self.stems[stem][self.middle + k] for k in (0, 1)))
        assert isinstance(found, Symbol)
        return found

    # -------------------------------------------------------------------------------------------------------- program

    def program(self) -> Program:
        """The program about a layer l."""
        unrolled, stems = self.unrolled, self.unrolling.stems
        order = dict.fromkeys(
            found.stem for s in unrolled.definitions if (found := indexed(s.name)) is not None and self._of_layers(s)
        )
        layers = tuple(self._layer(stem) for stem in order)
        around: list[Symbol] = []
        for s in (*unrolled.definitions, unrolled.objective):
            if s.definition is not None and not self._of_layers(s) and s.name not in self.unrolling.sums:
                around.append(self._outer_symbol(s))
        inputs: dict[Symbol, None] = {}
        inferred: set[str] = set()
        for s in unrolled.inputs:
            found = indexed(s.name)
            inside = found is not None and self.first <= found.place.offset <= self.last and found.stem not in stems
            if inside and found is not None and {self.middle, self.middle + 1} <= self.stems[found.stem].keys():
                symbol = self._layer(found.stem)
            else:
                symbol = self._outer_symbol(s)
            inputs[symbol] = None
            if s.name in unrolled.inferred:
                inferred.add(symbol.name)
        family = Family(self.letter, self.first, self.layers.last, layers, tuple(self.ends.items()), self.layers.word)
        base = [s for s in around if self._is_base(s)]
        result = Program(
            inputs=tuple(inputs),
            definitions=tuple(dict.fromkeys((*base, *layers, *(s for s in around if s not in base)))),
            objective=self._outer_symbol(unrolled.objective),
            inferred=frozenset(inferred),
            functions=unrolled.functions,
            notes=tuple(dict.fromkeys(map(self._note, filter(self._fits, unrolled.notes)))),
            given=tuple(self._given()),
            source=unrolled.source,
            family=family,
            asked=tuple(name for name in unrolled.asked if name in {s.name for s in inputs}),
            goal=unrolled.goal,
        )
        self._check(result, tuple(around))
        return result

    def _is_base(self, symbol: Symbol) -> bool:
        found = indexed(symbol.name)
        return found is not None and not found.place.letter

    def _given(self) -> Iterator[tuple[Symbol, Node]]:
        for symbol, gradient in self.unrolled.given:
            yield self._outer_symbol(symbol), self._outside(gradient)

    def _fits(self, note: str) -> bool:
        # What is said of one of the layers that were written out says nothing of the others.
        return all(name in self.unrolled.source for name in re.findall(r"\w+\[\d+\]", note))

    def _note(self, note: Prose) -> Prose:
        # ones(h) of a size that changes from layer to layer, or that has another name now.
        def size(match: re.Match[str]) -> str:
            name = match[1]
            return match[0] if name not in self.places else "𝟏"

        return note.each(lambda text: re.sub(r"ones\((\w+)\)", size, text))

    def _check(self, program: Program, around: tuple[Symbol, ...]) -> None:
        """Hold what was found against the program that it was found in."""
        assert program.family is not None
        try:
            again = Unrolled(program.family, around, self.unrolling.length)
        except Nonconforming:
            raise _Unlike(": the first or the last has other sizes than the others") from None
        names: dict[str, Dim] = {}
        for symbol in self.unrolled.names.values():
            for dim in symbol.shape:
                for name in dim_names(dim):
                    outer = (
                        self._outer_dim(name)
                        if name not in self.places
                        else str(IndexedName(*_numbered(self.places[name])))
                    )
                    names[name] = again.size(outer)
        ends = {self.length: Place("", self.unrolling.length)}
        whole: dict[str, Node] = {}
        for symbol in self.unrolled.definitions:
            if symbol.name in self.unrolling.sums and symbol.definition is not None:
                whole[symbol.name] = moved(symbol.definition, ends, {}, names)
        for symbol in (*self.unrolled.definitions, self.unrolled.objective):
            if symbol.name in whole or symbol.definition is None:
                continue
            if moved(symbol, ends, whole, names) is not again.names.get(symbol.name):
                raise _Unlike(f": {symbol.name} is not as it would be in any layer")
        for (by, gradient), (of, ours) in zip(self.unrolled.given, program.given, strict=True):
            theirs = moved(by, ends, whole, names), moved(gradient, ends, whole, names)
            if theirs[0] is not again.node(of) or theirs[1] is not again.node(ours):
                raise _Unlike(f": the gradient given of {by.name} is not as it would be in any layer")


def _numbered(place: tuple[str, int]) -> tuple[str, Place]:
    stem, k = place
    return stem, Place("", k)
