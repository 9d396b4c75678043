"""A row or a column of a formula in matrix notation: row i of X'D v' is (X[:,i]'D) v'.

The row of a product is the row of its first factor times the others; the row of a sum, a function of the entries or an
elementwise product is formed from the rows of its parts. The row of a name is a form of the notation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from matcalc import operators as ops
from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.indices.entry import DEEP
from matcalc.indices.terms import Index
from matcalc.write.indexed import Indexed
from matcalc.write.pieces import Notation, Piece
from matcalc.write.writer import Writer

Spelled = Callable[[Node, int], Node]
"""(array, axis): the name of its row or column."""


def sliced(node: Node, axis: int, index: Index, notation: Notation, names: Collection[str] = ()) -> Piece:
    """Row (`axis` 0) or column (1) `index` of `node` in a notation. `names`: those of the program."""
    writer = Writer(notation, names)
    indexed = Indexed(writer)
    shown: dict[Node, Piece] = {}

    def spelled(part: Node, axis: int) -> Node:
        array = writer.piece(part)
        if 1 in part.shape:
            piece = indexed.below(array, [index.name])
        else:
            piece = indexed.slice(array, [index.name, ":"] if axis == 0 else [":", index.name])
        symbol = Symbol(str(piece), (1, part.shape[1]) if axis == 0 else (part.shape[0], 1))
        shown[symbol] = piece
        return symbol

    line = cut(node, axis, spelled)
    return Writer(notation, names, shown).piece(line)


def cut(node: Node, axis: int, spelled: Spelled) -> Node:
    """The row (`axis` 0) or column (1) of `node`; of an array that has only one, the array itself."""
    if node.shape[axis] == 1:
        return node
    if isinstance(node, Term) and node.depth <= DEEP:
        op, args = node.op, node.args
        if op in (ops.PLUS, ops.HADAMARD) or op.function is not None:
            return ops.term(op, *(cut(a, axis, spelled) for a in args))
        if op is ops.SCALE:
            return ops.term(ops.SCALE, args[0], cut(args[1], axis, spelled))
        if op is ops.POWER:
            return ops.term(ops.POWER, cut(args[0], axis, spelled), args[1])
        if op is ops.MATMUL:
            first = cut(args[0] if axis == 0 else args[-1], axis, spelled)
            return ops.term(ops.MATMUL, first, *args[1:]) if axis == 0 else ops.term(ops.MATMUL, *args[:-1], first)
        if op is ops.TRANSPOSE:
            inner = cut(args[0], 1 - axis, spelled)
            return inner if inner.is_scalar else ops.T(inner)
        if op in (ops.ONES, ops.ZEROS):
            shape = (1, node.shape[1]) if axis == 0 else (node.shape[0], 1)
            return ops.ones(*shape) if op is ops.ONES else ops.zeros(*shape)
        if op is ops.EYE:
            return spelled(node, axis)
    assert not isinstance(node, (Number, Size))
    return spelled(node, axis)
