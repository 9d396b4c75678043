"""The relations between shapes in a call that follow from its operator's signature; they give undeclared sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matcalc.dims import Dim, dim_names, dim_replace
from matcalc.signatures import ONE, Argument, Side, Signature
from matcalc.syntax.polynomials import is_size
from matcalc.syntax.relations import Divisor, Frobenius, Measured, Same, SquareOnly, Summed
from matcalc.syntax.sizes import Column, Combined, Computed, Multiplied
from matcalc.syntax.solve import ARRAY, STRONG, SUPPOSED, Solver, Var


class Called:
    """A call whose signature says what holds of the arguments' shapes.

    `args`: the shapes of the arguments; `sizes`: the dimension that each is, where it is one. `combine` states that a
    size is the product of others.
    """

    def __init__(
        self,
        solver: Solver,
        combine: Callable[[Combined], None],
        signature: Signature,
        args: Sequence[Var],
        sizes: Sequence[Dim | None],
    ) -> None:
        self.solver, self.combine, self.signature = solver, combine, signature
        self.dims: dict[str, int] = {}
        self.values: dict[str, Dim] = {}
        self.arrays: list[tuple[Argument, Var]] = []
        self.solved = False
        for i, argument in enumerate(signature.arguments):
            given = i < len(args)
            if argument.size:
                self._size(argument.size, sizes[i] if given else argument.default)
            elif given and argument.sides == (ONE, ONE):
                solver.add(Divisor(args[i]))
            elif given:
                self.arrays.append((argument, args[i]))

    def _size(self, letter: str, value: Dim | None) -> None:
        if value is not None:
            self.values[letter] = value
        self.dims[letter] = self.solver.dim() if value is None else self.solver.value(value)

    def result(self) -> Var:
        """The shape of the result, all relations stated."""
        first = self.arrays[0][0] if self.arrays else None
        for argument, var in self.arrays[1:]:
            if first is not None and argument.sides == first.sides and self.signature.result == (ONE, ONE):
                self.solver.add(Frobenius(self.arrays[0][1], var))
                return self.solver.scalar
        for argument, var in self.arrays:
            self._argument(argument, var)
        for argument, var in self.arrays[1:]:
            if first is not None and argument.sides == first.sides:
                self.solver.add(Same(self.arrays[0][1], var))
        return self._out()

    def _argument(self, argument: Argument, var: Var) -> None:
        solver = self.solver
        rows, columns = argument.sides
        if rows.letter and rows == columns:
            solver.add(SquareOnly(var))
            self.dims.setdefault(rows.letter, var.rows)
            return
        if columns == ONE:
            solver.add(Column(var))
        elif not self._reduces(argument):
            solver.add(Measured(var, SUPPOSED if self.signature.result == (ONE, ONE) else STRONG))
        for side, dim in zip(argument.sides, (var.rows, var.columns), strict=True):
            if side.letter and side.letter in self.dims:
                solver.equal(self.dims[side.letter], dim)
            elif side.letter:
                self.dims[side.letter] = dim
            elif isinstance(side.dim, int) and side != ONE:
                solver.equal(solver.value(side.dim), dim)
                solver.equal(var.columns, solver.dim(lean=True))  # of one column, unless a capital says otherwise
            elif side.factors:
                for letter in side.factors:
                    if letter not in self.dims:
                        self.dims[letter] = solver.dim()
                        self.solved = True
                self.combine(Multiplied(dim, [self.dims[letter] for letter in side.factors]))

    def _reduces(self, argument: Argument) -> bool:
        # n×m -> n×1 or m×m: it says of its argument what the result is told.
        sides = self.signature.result
        letters = {side.letter for side in argument.sides}
        kept = {side.letter for side in sides if side != ONE}
        return sides != (ONE, ONE) and kept < letters and None not in kept

    def _out(self) -> Var:
        solver = self.solver
        sides = self.signature.result
        if sides == (ONE, ONE):
            return solver.scalar
        if not self.arrays:
            rows, columns = map(self._side, sides)
            return solver.var(rows, columns)
        argument, var = self.arrays[0]
        if sides == argument.sides:
            return var
        if sides == argument.sides[::-1]:
            return solver.transposed(var)
        rows = self._side(sides[0])
        columns = rows if sides[0] == sides[1] else self._side(sides[1])
        if self._reduces(argument) or argument.rows == argument.columns:
            out = solver.var(rows, columns)
            solver.add(Summed(var, out))
            return out
        if any(side.factors for side in sides):  # stacked: a scalar stays one
            return Var(rows, columns, var.kind)
        ranged = any(not side.letter and side != ONE for side in sides)
        return solver.var(rows, columns, ARRAY if self.solved or ranged else None)

    def _side(self, side: Side) -> int:
        solver = self.solver
        if side == ONE:
            return solver.one
        if side.letter:
            return self.dims[side.letter]
        if side.factors:
            whole = solver.dim()
            self.combine(Multiplied(whole, [self.dims[letter] for letter in side.factors]))
            return whole
        names = dim_names(side.dim)
        if len(names) == 1 and not names <= self.values.keys():
            whole, (letter,) = solver.dim(), names
            self.combine(Computed(whole, self.dims[letter], side.dim, letter))
            return whole
        length = dim_replace(side.dim, self.values) if names <= self.values.keys() else 0
        return solver.value(length) if is_size(length) else solver.dim()
