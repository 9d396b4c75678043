"""Programs about layers, followed for a number of layers: what a recursion comes to, and the program written out."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from matcalc.dims import dim_value
from matcalc.expr import Node, Number, Symbol, postorder
from matcalc.families import IndexedName, Place, Unrolled, indexed, moved_name, renamed
from matcalc.syntax.program import Program


def at_length(record: Any, length: int) -> tuple[Unrolled, dict[str, Node]]:
    """The record's recursion followed for a number of layers: gradients by the name of the variable."""
    recursion = record.recursion
    family = recursion.family
    whole = Unrolled(family, recursion.outside, length)
    for symbol in recursion.start:
        whole.add(symbol)
    for k in range(recursion.until.offset + length, family.first - 1, -1):
        for symbol in recursion.step:
            whole.add(symbol, k)
    ranges = dict(recursion.ranges)
    found: dict[str, Node] = {}
    for symbol, node in record.gradients:
        place = indexed(symbol.name)
        if place is None or place.place.letter != family.letter:
            found[moved_name(symbol.name, whole.ends)] = whole.node(node)
            continue
        low, high = (
            int(end.value) if isinstance(end, Number) else dim_value(end.dim, {family.length: length})
            for end in ranges.get(f"d{symbol.name}", ranges[symbol.name])
        )
        for k in range(low, high + 1):
            found[str(IndexedName(place.stem, Place("", k)))] = whole.node(node, k)
    return whole, found


def bare(node: Node) -> Node:
    """The formula in names alone, whatever they stand for."""
    return renamed(node, {s.name: Symbol(s.name, s.shape) for s in postorder(node) if isinstance(s, Symbol)})


def written_out(source: str, length: int) -> str:
    """The program with a number for L: read by another way, statement by statement."""
    return re.sub(r"\bL\s*-\s*1\b", str(length - 1), source).replace("L", str(length))


def sizes_of_inputs(
    whole: Unrolled, derivation: Any, program: Program, rng: np.random.Generator
) -> tuple[dict[str, int], dict[str, Any]]:
    """A number for each size as the recursion calls it, and random values for the inputs of the program written out."""
    sizes: dict[str, int] = {}

    def number(dim: object) -> int:
        return dim if isinstance(dim, int) else sizes.setdefault(str(dim), 2 + len(sizes) % 3)

    shapes = {s.name: _shape(whole, derivation, s) for s in program.inputs}
    return sizes, {name: rng.normal(size=[number(dim) for dim in shape]) for name, shape in shapes.items()}


def _shape(whole: Unrolled, derivation: Any, symbol: Symbol) -> tuple[object, ...]:
    place, family = indexed(symbol.name), derivation.program.family
    for candidate in derivation.program.inputs:
        found = indexed(candidate.name)
        inside = place is not None and found is not None and found.place == family.here
        k = place.place.offset if inside and place is not None else None
        node = whole.node(candidate, k if k is not None and family.first <= k <= whole.last else None)
        if isinstance(node, Symbol) and node.name == symbol.name:
            return node.shape
    return symbol.shape
