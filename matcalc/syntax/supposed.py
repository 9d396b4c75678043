"""The relations of what is guessed of names that nothing declares: biases, intercepts, capitals that are columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from matcalc.syntax.relations import Alike
from matcalc.syntax.solve import ARRAY, SCALAR, SUPPOSED, Constraint, OfOne, Solver, Var
from matcalc.syntax.tree import Tree


class Biased(NamedTuple):
    """A bias in a sum: whether it has an entry for each row of a matrix, and what it is added to."""

    by_row: bool
    whole: Var


class Operands(NamedTuple):
    """Two parts that are combined entry by entry, where they are written, and their relation."""

    left: Tree
    right: Tree
    relation: Alike


class Bias(Alike):
    """out = whole + bias, a name that nothing declares: it has the shape of a column, or an entry for each column of a
    matrix, or for each row (`by_row`).

    `scalar` says whether it is a number beside a column; known when all names are that may be narrowed.
    """

    __slots__ = ("by_row", "scalar")
    late = 2

    def __init__(self, whole: Var, bias: Var, out: Var, by_row: bool, scalar: Callable[[], bool]) -> None:
        super().__init__(whole, bias, out)
        self.by_row, self.scalar = by_row, scalar

    def run(self, solver: Solver) -> bool:
        whole, bias = self.left, self.right
        if solver.state(whole) != ARRAY or solver.state(bias) == SCALAR or solver.is_row(bias):
            return super().run(solver)
        solver.equal(self.out.rows, whole.rows)
        solver.equal(self.out.columns, whole.columns)
        solver.make_array(self.out)
        return False

    def suppose(self, solver: Solver) -> None:
        whole, bias = self.left, self.right
        if solver.state(whole) != ARRAY:
            super().suppose(solver)
        elif solver.is_matrix(whole):
            solver.tell(bias, SUPPOSED)
            solver.equal(bias.rows, whole.rows if self.by_row else whole.columns)
            self.done = True
        elif solver.state(bias) is None and solver.leans(whole.columns) and self.scalar():
            solver.make_scalar(bias)
            self.done = True
        else:
            if solver.state(bias) is None:
                solver.same(bias, whole)
            super().suppose(solver)
            self.done = True


class Intercept(OfOne):
    """A name beside the product of a slope and a vector, a + b x, is a number unless something else is certain."""

    __slots__ = ()
    late = 0

    def run(self, solver: Solver) -> bool:
        return solver.state(self.var) is not None

    def suppose(self, solver: Solver) -> None:
        if not solver.told(self.var):
            solver.make_scalar(self.var)


class Narrow(Constraint):
    """A name beside a product of which it is subtracted: a column, and so is the last factor, an undeclared capital.

    Where the product is a row, h' W, so is the name, and nothing becomes narrower.
    """

    __slots__ = ("last", "name", "narrowed", "product", "row")
    late = 0

    def __init__(self, name: Var, last: Var, product: Var) -> None:
        super().__init__()
        self.name, self.last, self.product = name, last, product
        self.narrowed = self.row = False

    def vars(self) -> tuple[Var, ...]:
        return self.name, self.last, self.product

    def run(self, solver: Solver) -> bool:
        last = self.last
        if solver.is_plural(last.columns) or solver.state(self.name) == SCALAR or solver.is_one(last.columns):
            return True
        return solver.are_one(last.rows, last.columns)

    def suppose(self, solver: Solver) -> None:
        self.row = solver.is_one(self.product.rows)
        if self.row and solver.state(self.name) is None:
            solver.same(self.name, self.product)
        elif solver.state(self.name) is None:
            solver.tell(self.name, SUPPOSED)
        if solver.is_one(self.name.columns) and not self.row:
            self.narrowed = solver.equal(self.last.columns, solver.one)
        self.done = True
