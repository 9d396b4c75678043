"""The names and shapes that are known while expressions are built, and errors at places of the text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from matcalc.dims import Dim
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Shape
from matcalc.operators import T, matmul, ones
from matcalc.prose import Prose, Typed, marked
from matcalc.syntax.clash import primed
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree, walk

Shaped = Callable[[Tree], "tuple[Dim | None, Dim | None]"]


@dataclass
class Context:
    """The text and its names.

    `shape_of`: the shape that was inferred for a constant of any size, None where it is not known. `size_of`: the
    dimension that a tree is. `said`: names whose shape the program says; `sizes`: the names of dimensions; `unknown`:
    functions that nobody declared; `biases`: terms of sums that are biases, and whether they have an entry for each
    row. `notes` collects readings that a reader might have taken otherwise.
    """

    source: Source
    shape_of: Shaped
    size_of: Callable[[Tree], Dim | None]
    said: Collection[str] = ()
    sizes: Collection[str] = ()
    unknown: Collection[str] = ()
    declared_functions: Collection[str] = ()
    biases: Mapping[Tree, bool] = field(default_factory=dict)
    notes: dict[Prose, None] = field(default_factory=dict, init=False)

    def text(self, tree: Tree) -> str:
        """A piece of the program, short enough for a message."""
        return self.source.quote(tree.start, tree.end)

    def error(self, kind: type[MatcalcError], message: str, tree: Tree, hint: str = "") -> MatcalcError:
        """An error at a piece of the program."""
        return self.source.error(kind, message, tree.start, tree.end, hint=hint)

    def spread(self, node: Node, shape: Shape, place: tuple[int, int], of: tuple[int, int], said: str) -> Node | None:
        """A vector as a matrix of `shape`, in every column or row, with a note; None where it does not fit, or twice.

        `place`: where it stands in the text, `of` where the matrix does; `said`: what it does to its columns, or rows.
        """
        rows, columns = shape
        if 1 in shape or 1 not in node.shape:
            return None
        in_columns, in_rows = node.shape == (rows, 1), node.shape == (columns, 1)
        text, matrix = self.source.quote(*place), self.source.quote(*of)
        by_row, instead = self._bias_at(place)
        if in_columns and in_rows and by_row is None:
            return None
        if in_columns and (not in_rows or by_row):
            self._note_spread(f"the vector `{text}` {said} every column of `{matrix}`{instead}", f"{text} 𝟏'", columns)
            return matmul(node, T(ones(columns)))
        if not in_rows and node.shape != (1, columns):
            return None
        row = T(node) if in_rows else node
        shown = primed(text) if in_rows else text
        kind = "vector" if in_rows else "row"
        self._note_spread(f"the {kind} `{text}` {said} every row of `{matrix}`{instead}", f"𝟏 {shown}", rows)
        return matmul(ones(rows), row)

    def _bias_at(self, place: tuple[int, int]) -> tuple[bool | None, str]:
        # Whether what stands there is a bias of the rows, and how to say otherwise.
        for tree, by_row in self.biases.items():
            if (tree.start, tree.end) == place:
                name = next((str(t.value) for t in walk(tree) if t.kind == "name"), "")
                if name in self.said:
                    return by_row, ""
                text = self.text(tree)
                other = f"1 {primed(text)}" if by_row else f"{text} 1'"
                other = f"for an entry for each {'column' if by_row else 'row'} write `{other}`"
                return by_row, f"; {other}, for a number declare `{name}: scalar`"
        return None, ""

    def _note_spread(self, said: str, product: str, size: Dim) -> None:
        sized = product.replace("𝟏", f"ones({size})")
        self.notes[Prose(marked(said), ": ", Typed(f"{product} = {sized}", sized))] = None
