"""Names for what is too wide for a column: a term of a result that no line can hold is a name, explained below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from matcalc.derive.naming import TakenNames, part_name
from matcalc.document import blocks as b
from matcalc.expr import Node, Symbol, Term, postorder, replace
from matcalc.operators import PLUS, SCALE, TRANSPOSE

_LIGHT = (SCALE, TRANSPOSE)
"""Parts that are no better names than what is in them."""


def fitted(document: b.Document, width: Callable[[b.Math], float], column: float) -> Iterator[b.Block]:
    """The blocks of a document with names for what makes a term of a result, or of a definition in it, too wide."""
    if document.report is None or document.report.program.family is not None:  # a part of one layer has its range
        yield from document.blocks
        return
    names = _Names(document, width, column)
    waiting: list[Symbol] = []
    for block in document.blocks:
        below = isinstance(block, b.Equations) and block.where
        if waiting and not below:
            yield b.Equations("definition", names.rows(waiting), where=True)
            waiting = []
        if isinstance(block, b.Equations) and (below or block.kind != "definition"):
            rows = [names.fitted(row, waiting) for row in block.rows]
            if below:
                rows += names.rows(waiting)
                waiting = []
            block = block._replace(rows=tuple(rows))
        yield block
    if waiting:
        yield b.Equations("definition", names.rows(waiting), where=True)


class _Names:
    def __init__(self, document: b.Document, width: Callable[[b.Math], float], column: float) -> None:
        rows = [row for block in document.blocks if isinstance(block, b.Equations) for row in block.rows]
        self._taken = TakenNames([*document.names, *(row.symbol.name for row in rows)])
        self._known: dict[Node, Symbol] = {}
        self._width, self._column = width, column

    def rows(self, symbols: Sequence[Symbol]) -> tuple[b.Equation, ...]:
        """name = formula for each."""
        return tuple(
            b.Equation(s, s, b.Displayed(s.definition), b.Extent(s.shape)) for s in symbols if s.definition is not None
        )

    def fitted(self, row: b.Equation, found: list[Symbol]) -> b.Equation:
        """The row with names in it; those that are new are added to `found`."""
        node = row.right.node
        for term in node.args if isinstance(node, Term) and node.op is PLUS else (node,):
            part = self._part(term) if self._is_wide(term) else None
            if part is None:
                continue
            if part not in self._known:
                self._known[part] = Symbol(part_name(part, self._taken), part.shape, (), part)
                found.append(self._known[part])
            node = replace(node, {part: self._known[part]})
        return row if node is row.right.node else row._replace(right=row.right._replace(node=node))

    def _is_wide(self, term: Node) -> bool:
        return self._width(b.Displayed(term)) > self._column

    def _part(self, term: Node) -> Node | None:
        # The part that leaves the least width above and below; the larger one of equals.
        best, least = None, self._width(b.Displayed(term)) * 0.9
        for part in postorder(term):
            if (
                not isinstance(part, Term)
                or part is term
                or part.is_scalar
                or (part.op in _LIGHT and part.op is not PLUS)
            ):
                continue
            short = replace(term, {part: Symbol("M1", part.shape)})
            most = max(self._width(b.Displayed(part)), self._width(b.Displayed(short)))
            if most < least:
                best, least = part, most
        return best
