"""Families of layers: names with an index, such as `z[l]`, and their definitions in any layer of a network.

A family states once what happens in each layer l = 1 … L of a network, or in each step of a recursion; L may be a
letter. Its names are symbols whose names end with an index: l, l-1, L, 0. Sizes may have an index too: n[l].
This module knows no derivatives; derivation and verification both use it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from matcalc.dims import Dim, dim_add, dim_names, dim_replace
from matcalc.expr import Node, Size, Symbol, Term, postorder, remembered
from matcalc.operators import Operator, indexed_sum, plus, size_node, term, zeros


class Place(NamedTuple):
    """An index: a letter and an offset, as in l-1 or L; a number has no letter."""

    letter: str
    offset: int

    def __str__(self) -> str:
        if not self.letter:
            return str(self.offset)
        return self.letter + (f"{self.offset:+d}" if self.offset else "")

    def moved(self, by: int) -> Place:
        """The index `by` layers later."""
        return Place(self.letter, self.offset + by)

    @property
    def node(self) -> Node:
        """The index as an expression."""
        dim: Dim = dim_add(self.letter, self.offset) if self.letter else self.offset
        return size_node(dim)


class IndexedName(NamedTuple):
    """A name with an index: its stem and its place."""

    stem: str
    place: Place

    def __str__(self) -> str:
        return f"{self.stem}[{self.place}]"


_INDEXED = re.compile(r"(.+)\[(?:([A-Za-z]\w*)([+-]\d+)?|(-?\d+))\]$", re.S)


def indexed(name: str) -> IndexedName | None:
    """`z[l-1]` split into its parts; None for a name without an index."""
    found = _INDEXED.match(name) if name.endswith("]") else None
    if found is None:
        return None
    stem, letter, offset, number = found.groups()
    return IndexedName(stem, Place(letter or "", int(offset or number or 0)))


def stem_of(name: str) -> str:
    """A name without its index."""
    found = indexed(name)
    return name if found is None else found.stem


Places = Mapping[str, Place]
"""New values for index letters: {"l": l+1} gives the next layer, {"l": 3, "L": 5} the third of five."""


def moved_name(name: str, to: Places) -> str:
    """A name with its index changed."""
    found = indexed(name)
    if found is None or found.place.letter not in to:
        return name
    return str(IndexedName(found.stem, to[found.place.letter].moved(found.place.offset)))


def moved(
    root: Node,
    to: Places,
    known: Mapping[str, Node] | None = None,
    sizes: Mapping[str, Dim] | None = None,
    total: Callable[[Term], Node] | None = None,
    memo: dict[Node, Node] | None = None,
) -> Node:
    """`root` with every index changed, in names, in sizes and in sums.

    `known`: replacements for names (after the change), including their definitions. `sizes`: other names for sizes
    (after the change), such as d for n[0]. `total`: the replacement for a sum over layers.
    `memo`: earlier results with the same arguments.
    """
    known, sizes = known or {}, sizes or {}
    results: dict[Node, Node] = {} if memo is None else memo

    def dim_of(dim: Dim) -> Dim:
        new: dict[str, Dim] = {}
        for name in dim_names(dim):
            place = to.get(name)
            if place is not None:  # the number of layers
                new[name] = dim_add(place.letter, place.offset) if place.letter else place.offset
            else:
                changed = moved_name(name, to)
                new[name] = sizes.get(changed, changed)
        return dim_replace(dim, new)

    def symbol(node: Symbol) -> Node:
        name = moved_name(node.name, to)
        if name in known:
            return known[name]
        definition = None if node.definition is None else results[node.definition]
        shape = (dim_of(node.shape[0]), dim_of(node.shape[1])) if definition is None else definition.shape
        return Symbol(name, shape, node.attributes, definition)

    def compute(node: Node) -> Node:
        if isinstance(node, Symbol):
            return symbol(node)
        if isinstance(node, Size):
            return size_node(dim_of(node.dim))
        if isinstance(node, Term):
            if node.op.over is not None and total is not None:
                return total(node)
            if node.op.over is not None and node.op.over[0] in to:
                # The letter of a sum is bound in it and differs from an outer l.
                inside = {letter: place for letter, place in to.items() if letter != node.op.over[0]}
                body = moved(node.args[0], inside, known, sizes, total)
                return term(_moved_operator(node.op, inside), body)
            return term(_moved_operator(node.op, to), *(results[a] for a in node.args))
        return node

    return remembered(root, results, compute, through_definitions=True)


def _moved_operator(op: Operator, to: Places) -> Operator:
    if op.over is None:
        return op
    letter, first, last = op.over
    return indexed_sum(letter, str(_moved_place(first, to)), str(_moved_place(last, to)))


def _moved_place(text: str, to: Places) -> Place:
    found = indexed(f"x[{text}]")
    assert found is not None
    place = found.place
    return to[place.letter].moved(place.offset) if place.letter in to else place


def renamed(root: Node, known: Mapping[str, Node], memo: dict[Node, Node] | None = None) -> Node:
    """`root` with names replaced; indices stay. `memo`: earlier results with the same names."""
    return moved(root, {}, known, memo=memo)


def sums(*roots: Node) -> Iterator[Term]:
    """The sums over layers in the roots; definitions are searched."""
    for node in postorder(*roots, through_definitions=True):
        if isinstance(node, Term) and node.op.over is not None:
            yield node


@dataclass(frozen=True)
class Family:
    """The definitions that every layer shares.

    `letter`: the index l; it runs from `first`, a number, to `last`, L or L-1. `definitions`: those of layer l, in
    dependency order; names of the layer before, a[l-1], have no definition in them. `sizes`: other names for the sizes
    at the ends, ("n[0]", "d"). `length`: the letter L.
    """

    letter: str
    first: int
    last: Place
    definitions: tuple[Symbol, ...]
    sizes: tuple[tuple[str, Dim], ...] = ()
    word: str = "layers"

    @property
    def length(self) -> str:
        """The letter for the number of layers."""
        return self.last.letter

    @property
    def here(self) -> Place:
        """The index l."""
        return Place(self.letter, 0)

    def at(
        self,
        place: Place,
        node: Node,
        known: Mapping[str, Node] | None = None,
        memo: dict[Node, Node] | None = None,
    ) -> Node:
        """`node`, a formula for layer l, for the layer at `place`. `known` and `memo` as in `moved`."""
        return moved(node, {self.letter: place}, known, dict(self.sizes), memo=memo)

    def at_end(self, node: Node) -> Node:
        """The same for the last layer."""
        return self.at(self.last, node)


@dataclass(frozen=True)
class Recursion:
    """The recursion that computes the gradients of layers, from the last one back.

    `outside`: the program's definitions that belong to no layer. `start`: named gradients at the end, if the last layer
    differs from the others. `step`: the gradients of layer l in terms of those of layer l + 1, from layer `until` down
    to the first. `adjoints`: the gradient of every name in layer l. `ranges`: for names of layer l, the first and last
    layer for which they are stated.
    """

    family: Family
    outside: tuple[Symbol, ...]
    start: tuple[Symbol, ...]
    step: tuple[Symbol, ...]
    until: Place
    adjoints: tuple[tuple[Symbol, Node], ...]
    ranges: tuple[tuple[str, tuple[Node, Node]], ...]


class Unrolled:
    """A family with a fixed number of layers: formulas for layer l become formulas for layers 1, 2, …

    `names`: all definitions by name, those outside the layers included.
    """

    def __init__(self, family: Family, outside: tuple[Symbol, ...], length: int) -> None:
        """`outside`: the definitions that belong to no layer, in dependency order except for layers' names."""
        self.family = family
        self.length = length
        self.ends = {family.length: Place("", length)}
        self.last = length + family.last.offset
        self.names: dict[str, Node] = {}
        self._sizes = {moved_name(name, self.ends): self._numbered(dim) for name, dim in family.sizes}
        waiting = list(outside)
        for k in range(family.first, self.last + 1):
            waiting = self._define([s for s in waiting if self._ready(s, k)], waiting)
            for symbol in family.definitions:
                self.add(symbol, k)
        self._define(waiting, waiting)

    def _numbered(self, dim: Dim) -> Dim:
        return dim_replace(dim, {name: moved_name(name, self.ends) for name in dim_names(dim)})

    def size(self, dim: Dim) -> Dim:
        """A size outside the layers under its name here: n[L] becomes n[3], or k if that is its other name."""
        found = self._numbered(dim)
        return dim_replace(found, {name: self._sizes.get(name, name) for name in dim_names(found)})

    def _ready(self, symbol: Symbol, k: int) -> bool:
        # Whether a definition is about a layer before layer k, such as a[0] = x.
        found = indexed(moved_name(symbol.name, self.ends))
        return found is not None and not found.place.letter and found.place.offset < k

    def _define(self, now: list[Symbol], waiting: list[Symbol]) -> list[Symbol]:
        for symbol in now:
            self.add(symbol)
        return [s for s in waiting if s not in now]

    def add(self, symbol: Symbol, k: int | None = None) -> Symbol:
        """Adds the symbol with its definition, in layer k; later formulas use it for its name."""
        found = self.node(symbol, k)
        assert isinstance(found, Symbol)
        self.names[found.name] = found
        return found

    def _to(self, k: int | None) -> Places:
        return self.ends if k is None else {**self.ends, self.family.letter: Place("", k)}

    def node(self, node: Node, k: int | None = None) -> Node:
        """`node` with numbers for indices and sums written out."""
        return moved(node, self._to(k), self.names, self._sizes, self._sum)

    def _sum(self, node: Term) -> Node:
        assert node.op.over is not None
        letter, first, last = node.op.over
        low, high = (_moved_place(text, self.ends).offset for text in (first, last))
        parts = [
            moved(node.args[0], {**self.ends, letter: Place("", k)}, self.names, self._sizes, self._sum)
            for k in range(low, high + 1)
        ]
        return plus(*parts) if parts else moved(zeros(*node.shape), self.ends, {}, self._sizes)
