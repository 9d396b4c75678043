"""A row or a column of a formula, as matrix notation has it: row i of X'D v' is (X[:,i]'D) v'.

The row of a product is that of its first factor times the others; of a sum, a function of the entries, an elementwise
product that of each part. What a row of a name is, is spelled by the notation.
"""

from __future__ import annotations

from collections.abc import Callable

from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.indices.entry import DEEP
from matcalc.operators import EYE, HADAMARD, MATMUL, ONES, PLUS, POWER, SCALE, TRANSPOSE, ZEROS, T, ones, term, zeros

Spelled = Callable[[Node, int], Node]
"""(array, axis): the name of its row or column."""


def cut(node: Node, axis: int, spelled: Spelled) -> Node:
    """The row (`axis` 0) or column (1) of `node`; of an array that has only one, the array itself."""
    if node.shape[axis] == 1:
        return node
    if isinstance(node, Term) and node.height <= DEEP:
        op, args = node.op, node.args
        if op in (PLUS, HADAMARD) or op.function is not None:
            return term(op, *(cut(a, axis, spelled) for a in args))
        if op is SCALE:
            return term(SCALE, args[0], cut(args[1], axis, spelled))
        if op is POWER:
            return term(POWER, cut(args[0], axis, spelled), args[1])
        if op is MATMUL:
            first = cut(args[0] if axis == 0 else args[-1], axis, spelled)
            return term(MATMUL, first, *args[1:]) if axis == 0 else term(MATMUL, *args[:-1], first)
        if op is TRANSPOSE:
            inner = cut(args[0], 1 - axis, spelled)
            return inner if inner.is_scalar else T(inner)
        if op in (ONES, ZEROS):
            shape = (1, node.shape[1]) if axis == 0 else (node.shape[0], 1)
            return ones(*shape) if op is ONES else zeros(*shape)
        if op is EYE:
            return spelled(node, axis)
    assert not isinstance(node, (Number, Size))
    return spelled(node, axis)


def name(text: str, node: Node, axis: int) -> Symbol:
    """A name that is written as `text`, for a row or a column of `node`."""
    return Symbol(f"\0{text}", (1, node.shape[1]) if axis == 0 else (node.shape[0], 1))
