"""Formulas with indices, as they were typed: y_i, row i of X, Σ_i, the array of a formula for each i and k.

A letter is bound by the sum or the array around it; what it runs over is the last argument of a sum. Where no letter is
free, the value is that of any other expression. Such formulas stand only in the steps that lead to matrix form (sums/)
and in what a proof is about.
"""

from __future__ import annotations

import copyreg
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from matcalc.dims import Dim, interned
from matcalc.expr import Node, Operator, Term
from matcalc.operators import reduced, size_node
from matcalc.signatures import signature

_ENTRY, _ROW, _EACH, _ARRAY = "entry", "row", "sum over", "array over"
_INDEXED = {
    (_ENTRY, 1): signature("n×1 -> 1×1"),
    (_ENTRY, 2): signature("n×m -> 1×1"),
    (_ROW, 1): signature("n×m -> m×1"),
    (_EACH, 1): signature("n×m, the size -> n×m"),
    (_ARRAY, 1): signature("m×1, #n -> n×m"),
    (_ARRAY, 2): signature("1×1, #n, #m -> n×m"),
}
_lettered: WeakValueDictionary[tuple[str, tuple[str, ...]], Operator] = WeakValueDictionary()


def _with_letters(kind: str, letters: tuple[str, ...]) -> Operator:
    found = _lettered.get((kind, letters))
    if found is None:
        op = Operator(f"{kind} {','.join(letters)}", _INDEXED[kind, len(letters)], "jointly", letters=letters)
        found = interned(_lettered, (kind, letters), op)
    return found


def at(a: Node, *letters: str) -> Node:
    """y_i, A_ij: an entry of an array."""
    return a if not letters else Term(_with_letters(_ENTRY, letters), (a,))


def row_of(a: Node, letter: str) -> Node:
    """Row i of A, as a column."""
    return Term(_with_letters(_ROW, (letter,)), (a,))


def sum_over(letter: str, size: Dim, body: Node) -> Node:
    """Σ_i of a formula in the letter, which runs from 1 to `size`."""
    return Term(_with_letters(_EACH, (letter,)), (body, size_node(size)))


def array_over(letters: tuple[str, ...], sizes: tuple[Dim, ...], body: Node) -> Node:
    """The array whose entry i, or i k, is a formula in these letters; of a formula that is a column, its row i."""
    return Term(_with_letters(_ARRAY, letters), (body, *map(size_node, sizes)))


def is_entry(op: Operator) -> bool:
    """Whether it takes an entry of its argument."""
    return bool(op.letters) and op.name.startswith(_ENTRY)


def is_row(op: Operator) -> bool:
    """Whether it takes a row of its argument, as a column."""
    return bool(op.letters) and op.name.startswith(_ROW)


def is_sum_over(op: Operator) -> bool:
    """Whether it is a sum over an index."""
    return bool(op.letters) and op.name.startswith(_EACH)


def is_array_over(op: Operator) -> bool:
    """Whether it is an array, given by a formula for its entries."""
    return bool(op.letters) and op.name.startswith(_ARRAY)


def _reduced(op: Operator) -> tuple[Any, ...]:
    return (_with_letters, (op.name.rpartition(" ")[0], op.letters)) if op.letters else reduced(op)


copyreg.pickle(Operator, _reduced)


class Conversion(NamedTuple):
    """A step of a formula with indices on its way to matrix form: in `before` the `piece` became the `result`."""

    name: str
    reason: str
    piece: Node
    result: Node
    before: Node
    after: Node


class TypedDefinition(NamedTuple):
    """A definition that was typed with indices. `node`: as it was typed, with no letter free; `steps` lead from its
    formula to the definition in matrix form."""

    node: Node
    steps: tuple[Conversion, ...]
