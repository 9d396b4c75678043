"""The text in a drawing: formulas as on a board, W₁ᵀ δ₂ and ŷ, and words about them.

The notation of a drawing is one-line text whose names have subscript numbers; a name in this form parses to the same
name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from matcalc.document import blocks
from matcalc.document.ink import Ink
from matcalc.drawing.computation import VARIABLE, Drawing, Edge, Vertex
from matcalc.expr import Node, Symbol, tree_size
from matcalc.names import unicode
from matcalc.write.notations.ascii import ASCII
from matcalc.write.notations.text import ATOM, TEXT
from matcalc.write.pieces import Form, Notation, Piece

WIDTH = 40
"""Characters in a line of a vertex, if a formula can be broken so."""
SHORT = 24
"""The longest formula on an edge; a longer one is shown in its vertex, and by a name on the edge."""
LINES = 5
"""The most lines of a formula that are shown."""
LARGE = 2_000
"""A formula with more symbols than this is not shown."""

INK, FAINT, BACK = "#22303c", "#5d6b78", "#c0392b"
"""Colours of text about a name, about values forward, and about gradients back."""
FILL = {"input": "#ffffff", "variable": "#fdebc8", "intermediate": "#eef3f8", "objective": "#dcefe0"}
LINE = {"input": "#9aa7b3", "variable": "#d08a1d", "intermediate": "#6b7a88", "objective": "#3c8c4f"}
"""Colours of the vertices of each kind."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ACCENTED = re.compile(r"(?P<before>^|_)(?P<letter>[^\W\d_])(?P<accent>hat|bar|tilde)(?P<index>\d*)$")
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}


@lru_cache(maxsize=4096)
def _name(name: str) -> str:
    spelled = _ACCENTED.sub(
        lambda m: m["before"] + normalize("NFC", m["letter"] + _ACCENTS[m["accent"]]) + m["index"], unicode(name)
    )
    return re.sub(r"(?<=[^\W_])\d+$", lambda digits: digits.group().translate(_SUBSCRIPTS), spelled)


def _beside(left: Piece, right: Piece) -> str:
    return "" if left.tail == "ᵀ" and right.head.startswith("(") else " "


_OWN = {
    "transpose": Form("#1ᵀ", ATOM, [ATOM]),
    "transpose_inv": Form("#1⁻ᵀ", ATOM, [ATOM]),
    "inv": Form("#1⁻¹", ATOM, [ATOM]),
}
BOARD = Notation(
    "a drawing",
    {name: form for name, form in TEXT.forms.items() if name != "ones_column_bare"} | _OWN,
    name=_name,
    function=lambda name, order: _name(name) + "'" * order,
    beside=_beside,
    called=TEXT.called,
)
"""The notation of a drawing."""


@dataclass(frozen=True)
class VertexLabel:
    """The text of a vertex: `forward` its name and formula, `shape`, `back` its gradient; each in lines."""

    forward: tuple[str, ...]
    shape: str
    back: tuple[str, ...] = ()


class Labels:
    """The words of a drawing, in ASCII or not. `legend` explains the two kinds of edges, `gap` a gap."""

    def __init__(self, drawing: Drawing, ascii: bool = False) -> None:
        self.drawing = drawing
        self._say = Ink(ASCII if ascii else BOARD, drawing.names)
        self._vertices = {vertex.symbol.name: vertex for vertex in drawing.vertices}
        self._whole = {edge.operand.name for edge in drawing.edges if edge.whole}
        self._more = "..." if ascii else "…"
        self.gap = self._more
        objective = self._say.write(drawing.objective)
        self.legend = "solid: values, forwards", f"dashed: the gradients of {objective} by them, backwards"

    def vertex(self, vertex: Vertex) -> VertexLabel:
        """The name with its formula and shape, and its gradient if no edge carries all of it."""
        symbol = vertex.symbol
        forward = self._equation(self._say.write(symbol), vertex.formula)
        shape = self._say.extent(blocks.extent(symbol, self.drawing.ranges))
        if vertex.gradient is None:
            return VertexLabel(forward, shape)
        back: tuple[str, ...] = ()
        if vertex.delta is not None:
            back = self._equation(self._say.write(vertex.delta), vertex.delta.definition)
        if vertex.kind == VARIABLE or not (back or self._carried(vertex)):
            value = vertex.delta if vertex.delta is not None else vertex.gradient
            back += self._equation(self._derivative(symbol), value)
        return VertexLabel(forward, shape, back)

    def forward(self, edge: Edge) -> str:
        """The value that an edge carries, and its shape."""
        return f"{self._say.write(edge.operand)}  {self._say.shape(edge.operand.shape)}"

    def back(self, edge: Edge) -> tuple[str, ...]:
        """The gradient that an edge carries back, and its shape: a name, a short formula, or a part of dJ/dz."""
        assert edge.back is not None
        vertex = self._vertices[edge.operand.name]
        if edge.whole and vertex.delta is not None:
            words = self._say.write(vertex.delta)
        elif edge.whole:
            words = self._carried(vertex) or self._derivative(edge.operand)
        else:
            words = self._short(edge.back) or f"part of {self._derivative(edge.operand)}"
        return (words, self._say.shape(edge.operand.shape))

    def parts(self) -> list[tuple[str, ...]]:
        """The definitions of the names that only the gradients use."""
        return [self._equation(self._say.write(s), s.definition) for s in self.drawing.parts]

    def _derivative(self, symbol: Symbol) -> str:
        return self._say.write(blocks.InForm("derivative", (self.drawing.objective, symbol)))

    def _carried(self, vertex: Vertex) -> str:
        # The formula of the gradient if an edge carries all of it and it is short.
        if vertex.kind == VARIABLE or vertex.gradient is None or vertex.symbol.name not in self._whole:
            return ""
        return self._short(vertex.gradient)

    def _short(self, node: Node) -> str:
        # The formula if it is short, else nothing.
        text = self._written(node) if tree_size(node) <= SHORT else ""
        return text if len(text) <= SHORT else ""

    def _equation(self, left: str, right: Node | None) -> tuple[str, ...]:
        if right is None:
            return (left,)
        width = max(WIDTH - len(left) - 3, WIDTH // 2)
        first, *rest = [self._more] if tree_size(right) > LARGE else self._say.lines(right, width)
        if len(rest) >= LINES:
            rest = [*rest[: LINES - 2], self._more]
        return (f"{left} = {first}", *("  " + line for line in rest))

    def _written(self, node: Node) -> str:
        # A formula that is too long to be shown is not written out.
        return self._more if tree_size(node) > LARGE else self._say.write(node)
