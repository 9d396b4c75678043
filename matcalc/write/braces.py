r"""The shape of every factor, below it: 3×2 2×1 in the line after W3' δ3; in LaTeX \underbrace{\delta_3}_{2 \times 1}.

A `Braced` writes pieces whose factors carry their shapes. Where a notation has a form "underbrace" the shape is part of
the formula; elsewhere `labelled` gives the line that stands below.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matcalc.expr import Node, Term
from matcalc.operators import HADAMARD, INNER, MATMUL, PLUS, SCALE, size_node
from matcalc.write.pieces import Leaf, Level, Notation, Piece, WrittenNode
from matcalc.write.writer import Writer

_PRODUCTS = frozenset((MATMUL, HADAMARD, SCALE, INNER))
"""What is no factor itself: its own factors are."""
_FACTORS = {
    MATMUL: (Level.POWER, 0, True),
    HADAMARD: (Level.POWER, 0, False),
    SCALE: (Level.LIST, 1, False),
    PLUS: (Level.LIST, 0, False),
    INNER: (Level.LIST, 0, False),
}
"""Of what the operands are factors: the brackets that belong to a factor, the first factor, whether they stand side by
side."""
_CROWDED = 2
"""How far a shape may stand out to the right of a factor with a sign after it."""


class Braced(Writer):
    """Writes a formula with the shape of every factor; within a factor nothing is said of its own factors."""

    def __init__(self, notation: Notation, names: Collection[str] = ()) -> None:
        super().__init__(notation, names)
        self._inside = Writer(notation, names)

    def _operands(self, node: Term) -> Sequence[WrittenNode]:
        args = super()._operands(node)
        row = _FACTORS.get(node.op)
        if row is None or (node.is_scalar and node.op is HADAMARD):
            return args
        least, first, tight = row
        last = len(args) - 1
        return [
            self._factor(a, r, least, tight and i < last) if i >= first and _is_factor(a) else r
            for i, (a, r) in enumerate(zip(node.args, args, strict=True))
        ]

    def _factor(self, node: Node, own: WrittenNode, least: Level, tight: bool) -> WrittenNode:
        notation = self.notation
        shape = notation.build("shape", *(self._inside.piece(size_node(dim)) for dim in node.shape))

        def mark(piece: Piece) -> Piece:
            shown = notation.bracket(piece, least)
            if "underbrace" in notation.forms:
                marked = notation.build("underbrace", shown, shape)
            else:
                below = str(shape).replace(" ", "")
                room = len(below) - round(shown.width) - (0 if tight else _CROWDED)
                pad = (Leaf(" " * room, room),) if room > 0 else ()
                marked = Piece((shown, *pad), shown.level, shown.size)
                marked.below = below, round(shown.width)
            marked.level, marked.size, marked.tall = shown.level, shown.size, shown.tall
            marked.head, marked.tail = shown.head, shown.tail
            return marked

        def copy(one: WrittenNode, own: WrittenNode) -> WrittenNode:
            made = WrittenNode(mark(one.piece), one.negated and mark(one.negated), own.under, one.simple)
            made.bare = copy(one.bare, own.bare or own) if one.bare is not None else None
            made.open, made.spread = one.open, one.spread
            return made

        return copy(self._inside.reading(node), own)


def _is_factor(node: Node) -> bool:
    return not (node.is_scalar or (isinstance(node, Term) and node.op in _PRODUCTS))
