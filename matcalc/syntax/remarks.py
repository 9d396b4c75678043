"""Notes about undeclared shapes: a count that is not a size, an unintended column.

An undeclared capital that turns out to be 1×1 is refused here, unless it is a divisor: N may be a count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from matcalc.dims import dim_names
from matcalc.errors import MatcalcError, ShapeError
from matcalc.expr import SCALAR, Shape, Symbol
from matcalc.prose import Prose, marked
from matcalc.syntax.dimensions import fresh
from matcalc.syntax.guesses import Guesses
from matcalc.syntax.tree import walk

ROWS, COLUMNS = frozenset("nmN"), frozenset("dkpq")
"""Letters that count rows or columns by convention."""
_TERMS = frozenset({"group", "negative", "chain", "product", "sum", "power"})


class Remarks:
    """Checks the names of a program after their shapes are known."""

    def __init__(self, guesses: Guesses, inputs: Mapping[str, Symbol], shape_of: Callable[[str], Shape]) -> None:
        self.guesses = guesses
        self.reader = reader = guesses.reader
        self.trees = guesses.trees
        self.inputs = inputs
        self.shape_of = shape_of
        self.free = {name: s for name, s in inputs.items() if name not in reader.declared}
        self.dims = {name for s in inputs.values() for dim in s.shape for name in dim_names(dim)}

    def notes(self) -> Iterator[Prose]:
        """The notes. Raises ShapeError for a capital that is a scalar."""
        divisors = self._divisors()
        for name, symbol in self.free.items():
            if symbol.shape == SCALAR and name[0].isupper() and name not in (*divisors, *self.guesses.scalars):
                raise self._capital(name)
        for name, plain in divisors.items():
            if name in self.free and self.free[name].shape == SCALAR:
                if plain and name in ROWS | COLUMNS:
                    yield from self._count(name)
                elif name[0].isupper():
                    yield marked(f"`{name}` is taken to be a scalar, as it divides one; otherwise declare its shape")
        yield from self.guesses.narrowed(self.shape_of, self._letter_of_columns())
        for name in sorted(self.guesses.scalars & set(self.free) - set(divisors)):
            yield marked(f"`{name}` is taken to be a scalar, as it multiplies one; otherwise declare its shape")

    def _divisors(self) -> dict[str, bool]:
        """The names in divisors, and whether they occur directly, not inside a function other than the root."""
        found: dict[str, bool] = {}
        stack = [(tree, False, False) for tree in reversed(self.trees)]
        while stack:
            tree, below, plain = stack.pop()
            if tree.kind == "name" and below:
                found[tree.value] = plain or found.get(tree.value, False)
            plain = plain and (tree.kind in _TERMS or (tree.kind == "call" and tree.value == ("sqrt", 0)))
            ops = tree.ops or [""] * len(tree.args)
            for op, arg in zip(reversed(ops), reversed(tree.args), strict=True):
                divides = op in ("OVER", "OVER_ENTRIES")
                stack.append((arg, below or divides, plain or (divides and not below)))
        return found

    def _capital(self, name: str) -> MatcalcError:
        tree = next(t for t in self.trees if any(part.kind == "name" and part.value == name for part in walk(t)))
        message = f"{name} is used as a scalar, but a name with a capital is a matrix"
        place = self.reader.place(tree, name)
        return self.reader.source.error(ShapeError, message, *place, hint=f"declare `{name}: scalar` if it is one")

    def _letter(self, *taken: str) -> str:
        reader = self.reader
        return next(fresh({*self.inputs, *reader.definitions, *reader.dimensions, *taken}))

    def _letter_of_columns(self) -> str:
        return "k" if "k" not in {*self.inputs, *self.reader.definitions, *self.dims} else self._letter(*self.dims)

    def _count(self, name: str) -> Iterator[Prose]:
        shapes = {n: s.shape for n, s in self.free.items() if s.shape != SCALAR}
        own = f"`{name}` is read as a scalar, not as a size"
        matrix = next((n for n, shape in shapes.items() if n[0].isupper() and 1 not in shape), None)
        if matrix is not None:
            rows, columns = (name, self._letter(name, "n")) if name in ROWS else (self._letter(name), name)
            of = "rows" if name in ROWS else "columns"
            yield marked(f"{own}; `{matrix}: {rows} x {columns}` would make it the number of {of} of `{matrix}`")
        elif vector := next((n for n, shape in shapes.items() if shape[1] == 1), None):
            yield marked(f"{own}; `{vector}: {name}` would make it the number of entries of `{vector}`")
