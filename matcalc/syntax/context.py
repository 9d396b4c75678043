"""The names and shapes that are known while expressions are built, and errors at places of the text."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from matcalc.dims import Dim
from matcalc.errors import MatcalcError
from matcalc.prose import Prose
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree

Shaped = Callable[[Tree], "tuple[Dim | None, Dim | None]"]


@dataclass
class Context:
    """The text and its names.

    `shape_of`: the shape that was inferred for a constant of any size, None where it is not known. `size_of`: the
    dimension that a tree is. `said`: names whose shape the program says; `sizes`: the names of dimensions; `unknown`:
    functions that nobody declared. `notes` collects readings that a reader might have taken otherwise.
    """

    source: Source
    shape_of: Shaped
    size_of: Callable[[Tree], Dim | None]
    said: Collection[str] = ()
    sizes: Collection[str] = ()
    unknown: Collection[str] = ()
    declared_functions: Collection[str] = ()
    notes: dict[Prose, None] = field(default_factory=dict, init=False)

    def text(self, tree: Tree) -> str:
        """A piece of the program, short enough for a message."""
        return self.source.quote(tree.start, tree.end)

    def error(self, kind: type[MatcalcError], message: str, tree: Tree, hint: str = "") -> MatcalcError:
        """An error at a piece of the program."""
        return self.source.error(kind, message, tree.start, tree.end, hint=hint)
