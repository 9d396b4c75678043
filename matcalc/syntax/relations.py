"""The constraints on shapes that each construct of the notation implies; the solver runs them.

`run` states what is certain, `suppose` what a reader would assume: a lower-case name beside an array in a sum is a
vector of its length; an operand that is summed or measured is an array.
"""

from __future__ import annotations

from matcalc.syntax.solve import ARRAY, SCALAR, STRONG, SUPPOSED, Constraint, Joined, OfOne, Solver, Var


class ProductShapes(Joined):
    """out = left right: scales where one is a scalar, else a matrix product."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        left, right, out = self.left, self.right, self.out
        a, b = solver.state(left), solver.state(right)
        if SCALAR in (a, b):
            solver.same(out, right if a == SCALAR else left)
            return True
        if a == ARRAY and b == ARRAY:
            solver.equal(left.columns, right.rows)
            solver.equal(out.rows, left.rows)
            solver.equal(out.columns, right.columns)
            if solver.state(out) is None:
                # a' a is a scalar where a turns out to be a column; A B of capitals is not. Until its ends are known no
                # factor beside it says which: (I ⊗ z) (I ⊗ m) y.
                if not (solver.leans_away(out.rows) or solver.leans_away(out.columns)):
                    solver.tell(out, SUPPOSED)
                    return False
                solver.make_array(out)
            return True
        if b == ARRAY:  # whatever left is, out ends as right does
            solver.equal(out.columns, right.columns)
            if solver.is_plural(right.rows):  # left is made of names: a scalar or a column, unless it was told better
                if not solver.told(left):
                    solver.make_scalar(left)
            elif solver.is_one(right.rows) and solver.is_plural(out.rows):  # an outer product
                solver.tell(left, SUPPOSED)
            if not solver.is_one(right.columns):
                solver.make_array(out)
        elif a == ARRAY:
            solver.equal(out.rows, left.rows)
            if not solver.leans(left.columns):
                solver.tell(right, SUPPOSED)
        elif solver.state(out) == SCALAR:
            solver.make_scalar(left)
            solver.make_scalar(right)
        return False

    def suppose(self, solver: Solver) -> None:
        left, right, out = self.left, self.right, self.out
        if solver.state(left) == ARRAY and solver.state(right) == ARRAY:
            solver.make_array(out)
            self.done = True
        if solver.state(left) is not None:
            return
        if solver.state(right) is None:
            # s x, told to be an array: the last factor is.
            if solver.told(out):
                left_only = solver.is_greek(right) and not solver.is_greek(left)
                solver.tell(left if left_only else right, SUPPOSED)
        elif solver.is_one(right.rows) and not solver.is_one(right.columns) and solver.leans_away(out.rows):
            solver.tell(left, SUPPOSED)  # u v' beside a matrix: an outer product


class Ones(Constraint):
    """out = before 1 after, where 1 may be a vector of ones: it is the number unless `before` is an array or `after` a
    row. `product` is before 1. What is missing on either side is None.
    """

    __slots__ = ("after", "before", "ones", "out", "product")

    def __init__(self, before: Var | None, ones: Var, product: Var) -> None:
        super().__init__()
        self.before, self.ones, self.product = before, ones, product
        self.after: Var | None = None
        self.out = product

    def vars(self) -> tuple[Var, ...]:
        return tuple(var for var in (self.before, self.after) if var is not None)

    def run(self, solver: Solver) -> bool:
        before = SCALAR if self.before is None else solver.state(self.before)
        after = SCALAR if self.after is None else solver.state(self.after)
        if before == ARRAY:
            return self.multiply(solver)
        if before is None or after is None:
            return False
        if self.after is None or after == SCALAR or solver.is_plural(self.after.rows):
            return self.number(solver)
        return self.multiply(solver) if solver.is_one(self.after.rows) else False

    def suppose(self, solver: Solver) -> None:
        before = SCALAR if self.before is None else solver.state(self.before)
        if before == SCALAR and self.after is not None and solver.leans_away(self.after.rows):
            self.done = self.number(solver)

    def multiply(self, solver: Solver) -> bool:
        """1 is a vector of ones, of the length that the product asks for."""
        if self.after is not None:
            solver.add(ProductShapes(self.product, self.after, self.out), first=True)
        return True

    def number(self, solver: Solver) -> bool:
        """1 is the number."""
        solver.equal(self.ones.rows, solver.one)
        return self.multiply(solver)


class Alike(Joined):
    """out = left op right entry by entry, a scalar spreading over an array: sums (`bias`: with a vector spreading too),
    Hadamard products (`entries`), max.

    `spreads`: which operands are names whose shape the program says; only they spread for certain. `outer`: the right
    operand is written like an outer product, so `a ⊙ (1 - a) b'` is rather `(a ⊙ (1 - a)) b'` than a number times b'.
    """

    __slots__ = ("bias", "entries", "outer", "spreads")

    def __init__(
        self,
        left: Var,
        right: Var,
        out: Var,
        *,
        bias: bool = False,
        entries: bool = False,
        outer: bool = False,
        spreads: tuple[bool, bool] = (False, False),
    ) -> None:
        super().__init__(left, right, out)
        self.bias, self.entries, self.outer, self.spreads = bias, entries, outer, spreads

    def run(self, solver: Solver) -> bool:
        left, right, out = self.left, self.right, self.out
        a, b = solver.state(left), solver.state(right)
        if SCALAR in (a, b):
            solver.same(out, right if a == SCALAR else left)
            return True
        if a == ARRAY and b == ARRAY:
            return self._arrays(solver)
        if ARRAY in (a, b):
            solver.same(out, left if a == ARRAY else right)
        elif solver.state(out) == SCALAR:
            solver.make_scalar(left)
            solver.make_scalar(right)
        elif strength := solver.told(out):
            both = strength == STRONG or solver.is_greek(left) == solver.is_greek(right)
            if both or not solver.is_greek(left):
                solver.tell(left, strength)
            if both or not solver.is_greek(right):
                solver.tell(right, strength)
        return False

    def _arrays(self, solver: Solver) -> bool:
        left, right, out = self.left, self.right, self.out
        if self.bias:
            pairs = ((left, right, self.spreads[0]), (right, left, self.spreads[1]))
            for vector, other, spreads in pairs:
                if solver.is_one(vector.columns) and not _as_one(solver, other.columns, out.columns):
                    return self._column(solver, vector, other, spreads)
            for vector, other, spreads in pairs:
                if solver.is_one(vector.rows) and not _as_one(solver, other.rows, out.rows):
                    return self._row(solver, vector, other, spreads)
        solver.same(left, right)
        solver.same(out, left)
        return True

    def _column(self, solver: Solver, vector: Var, other: Var, spreads: bool) -> bool:
        # W2 of n×1 or n×h: supposed to be as the vector is, if nothing else comes.
        if not solver.is_plural(other.columns):
            if not spreads or not (solver.is_plural(self.out.columns) or solver.differ(vector.rows, other.rows)):
                solver.make_array(self.out)
                return False
            if solver.is_plural(self.out.columns):
                solver.same(self.out, other)
        if spreads and solver.differ(vector.rows, other.rows):
            solver.equal(other.columns, vector.rows)  # a bias, added to every row
        solver.same(self.out, other)
        return True  # a bias, or a clash: building the expression tells

    def _row(self, solver: Solver, vector: Var, other: Var, spreads: bool) -> bool:
        if not solver.is_plural(other.rows):
            if not spreads or not solver.is_plural(self.out.rows):
                solver.make_array(self.out)
                return False
            solver.same(self.out, other)
        solver.equal(other.columns, vector.columns)
        solver.same(self.out, other)
        return True

    def suppose(self, solver: Solver) -> None:
        left, right, out = self.left, self.right, self.out
        a, b = solver.state(left), solver.state(right)
        if a == ARRAY and b == ARRAY:
            solver.same(left, right)
        elif a is None and b is None:
            if solver.is_row(out):
                for name in (left, right):
                    if not solver.is_greek(name):
                        solver.same(name, out)
            elif self.entries:
                for name in (left, right):
                    if not solver.is_greek(name):
                        solver.tell(name, SUPPOSED)
        else:
            name, other = (left, right) if a is None else (right, left)
            if solver.state(other) != ARRAY or solver.is_greek(name):
                return
            if solver.is_row(other):
                solver.same(name, other)
            elif (solver.may_be_one(other.columns) and not solver.is_one(other.rows)) or (self.outer and name is left):
                solver.tell(name, SUPPOSED)


def _as_one(solver: Solver, dim: int, whole: int) -> bool:
    """Whether a dimension is 1, or that of an 𝟏 beside a vector in a sum that nothing makes wider."""
    return solver.is_one(dim) or (solver.leans(dim) and not solver.leans_away(whole))


class Frobenius(Constraint):
    """left : right."""

    __slots__ = ("left", "right")

    def __init__(self, left: Var, right: Var) -> None:
        super().__init__()
        self.left, self.right = left, right

    def vars(self) -> tuple[Var, ...]:
        return self.left, self.right

    def run(self, solver: Solver) -> bool:
        states = {solver.state(self.left), solver.state(self.right)}
        if states == {ARRAY}:
            solver.same(self.left, self.right)
            return True
        if states == {SCALAR, None}:
            solver.make_scalar(self.left)
            solver.make_scalar(self.right)
        return None not in states

    def suppose(self, solver: Solver) -> None:
        solver.tell(self.left, SUPPOSED)
        solver.tell(self.right, SUPPOSED)


class Same(Constraint):
    """Two expressions of one shape: a name and what defines it."""

    __slots__ = ("left", "right")

    def __init__(self, left: Var, right: Var) -> None:
        super().__init__()
        self.left, self.right = left, right

    def vars(self) -> tuple[Var, ...]:
        return ()

    def run(self, solver: Solver) -> bool:
        solver.same(self.left, self.right)
        return True


class Divisor(Constraint):
    """A divisor or an exponent: a scalar. An undeclared capital is taken for one where it divides a scalar."""

    __slots__ = ("dividend", "var")

    def __init__(self, var: Var, dividend: Var | None = None) -> None:
        super().__init__()
        self.var, self.dividend = var, dividend

    def vars(self) -> tuple[Var, ...]:
        return (self.var,) if self.dividend is None else (self.var, self.dividend)

    def run(self, solver: Solver) -> bool:
        if solver.state(self.var) is None:
            solver.make_scalar(self.var)
        if solver.state(self.var) == SCALAR:
            return True
        if self.dividend is not None and solver.state(self.dividend) is None:
            return False
        if self.dividend is not None and solver.state(self.dividend) == SCALAR:
            solver.make_scalar(self.var)
        return True


class Measured(OfOne):
    """What is summed, measured or normalized should be an array."""

    __slots__ = ("strength",)

    def __init__(self, var: Var, strength: int) -> None:
        super().__init__(var)
        self.strength = strength

    def run(self, solver: Solver) -> bool:
        return solver.state(self.var) is not None

    def suppose(self, solver: Solver) -> None:
        solver.tell(self.var, self.strength)


class Transposed(OfOne):
    """A transpose says strongly that its operand is an array."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        solver.tell(self.var, STRONG)
        return True


class SquareOnly(OfOne):
    """A square matrix; of a power -1 only where nothing says otherwise."""

    __slots__ = ("certain",)

    def __init__(self, var: Var, certain: bool = True) -> None:
        super().__init__(var)
        self.certain = certain

    def run(self, solver: Solver) -> bool:
        if self.certain:
            solver.equal(self.var.rows, self.var.columns)
        return self.certain or solver.state(self.var) == SCALAR

    def suppose(self, solver: Solver) -> None:
        var = self.var
        if solver.state(var) == ARRAY and not solver.is_one(var.rows) and not solver.is_one(var.columns):
            solver.equal(var.rows, var.columns)
            self.done = True


class AppliedTo(OfOne):
    """out = some function of var; what is known of var decides."""

    __slots__ = ("out",)

    def __init__(self, var: Var, out: Var) -> None:
        super().__init__(var)
        self.out = out


class Diagonal(AppliedTo):
    """out = diag(var): of a column the diagonal matrix, of a matrix the column of its diagonal."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        var, out = self.var, self.out
        if solver.is_one(var.columns):
            solver.equal(out.rows, var.rows)
            solver.equal(out.columns, var.rows)
            return True
        if solver.is_plural(var.columns):
            self._of_matrix(solver)
            return True
        return False

    def _of_matrix(self, solver: Solver) -> None:
        solver.equal(self.var.rows, self.var.columns)
        solver.equal(self.out.rows, self.var.rows)
        solver.equal(self.out.columns, solver.one)

    def suppose(self, solver: Solver) -> None:
        if solver.state(self.var) is None:
            solver.tell(self.var, STRONG)
        else:
            self._of_matrix(solver)
            self.done = True


class ByLine(AppliedTo):
    """out = logsumexp(var): over each row of a matrix, over all entries of a vector."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        if solver.is_one(self.var.columns):
            solver.make_scalar(self.out)
            return True
        if solver.is_plural(self.var.columns):
            self._of_matrix(solver)
            return True
        return False

    def suppose(self, solver: Solver) -> None:
        if solver.state(self.var) is None:
            solver.tell(self.var, STRONG)
        else:
            solver.make_plural(self.var.columns)  # a capital's
            self._of_matrix(solver)
            self.done = True

    def _of_matrix(self, solver: Solver) -> None:
        solver.equal(self.out.rows, self.var.rows)
        if not solver.is_one(self.out.rows):
            solver.make_array(self.out)


class Summed(AppliedTo):
    """out = rowsum(var) or colsum(var), whose shape is given: an array unless it comes out 1×1."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        if solver.state(self.var) == ARRAY and solver.state(self.out) is None:
            solver.make_array(self.out)
        return solver.state(self.out) is not None

    def suppose(self, solver: Solver) -> None:
        solver.tell(self.var, SUPPOSED)
