"""The constraints on shapes that each construct of the notation implies; the solver runs them.

`run` states what is certain, `suppose` what a reader would assume: a lower-case name beside an array in a sum is a
vector of its length; an operand that is summed or measured is an array.
"""

from __future__ import annotations

from matcalc.syntax.solve import ARRAY, SCALAR, STRONG, SUPPOSED, Constraint, Joined, OfOne, Solver, Var


class ProductShapes(Joined):
    """out = left right: scales where one is a scalar, else a matrix product.

    `following`: the factor after these. A Greek letter between two arrays is a number: x' λ A y, 1' λ z.
    """

    __slots__ = ("following",)

    def __init__(self, left: Var, right: Var, out: Var, following: Var | None = None) -> None:
        super().__init__(left, right, out)
        self.following = following

    def run(self, solver: Solver) -> bool:
        left, right, out = self.left, self.right, self.out
        a, b = solver.state(left), solver.state(right)
        if SCALAR in (a, b):
            solver.same(out, right if a == SCALAR else left)
            return True
        if a == ARRAY and b == ARRAY:
            solver.meet(left.columns, right.rows)
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
            if self._is_between(solver):
                if solver.is_matrix(left):
                    solver.make_array(out)
                return False
            if not solver.leans(left.columns):
                solver.tell(right, SUPPOSED)
                if solver.state(right) == ARRAY:
                    return self.run(solver)
        elif solver.state(out) == SCALAR and not (solver.told(left) and solver.told(right)):  # but a' a may be one
            solver.make_scalar(left)
            solver.make_scalar(right)
        return False

    def _is_between(self, solver: Solver) -> bool:
        """Whether the right factor is a Greek letter before one that may be an array, and no row: A μ v'."""
        following = self.following
        if following is None or not solver.is_greek(self.right) or solver.is_greek(following):
            return False
        return solver.state(following) != SCALAR and not solver.is_one(following.rows)

    def suppose(self, solver: Solver) -> None:
        left, right, out = self.left, self.right, self.out
        if solver.state(left) == ARRAY and solver.state(right) == ARRAY:
            square = solver.root(left.rows) == solver.root(left.columns)  # I, say
            if solver.is_one(out.columns) and not square and not solver.leans_away(out.rows):
                return  # m v' v is a number if m is one
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
    """out = left op right entry by entry: sums, Hadamard products and quotients, max. What is smaller spreads: a scalar
    over an array, a column over the columns of a matrix, or its rows if it is of their length, a row over its rows.

    `outer`: the right operand is written like an outer product, so `a ⊙ (1 - a) b'` is rather `(a ⊙ (1 - a)) b'` than a
    number times b'. `direct`: it is divided by a name alone, entry by entry. `open`: the vector beside a matrix of
    which nothing says what it stands for, a row or a column.
    """

    __slots__ = ("direct", "op", "open", "outer")

    def __init__(self, left: Var, right: Var, out: Var, op: str = "PLUS", *, outer: bool = False) -> None:
        super().__init__(left, right, out)
        self.op, self.outer = op, outer
        self.direct = False
        self.open: Var | None = None

    def run(self, solver: Solver) -> bool:
        left, right, out = self.left, self.right, self.out
        a, b = solver.state(left), solver.state(right)
        if SCALAR in (a, b):
            solver.same(out, right if a == SCALAR else left)
            return True
        if a == ARRAY and b == ARRAY:
            return self._arrays(solver)
        if ARRAY in (a, b):
            array, other = (left, right) if a == ARRAY else (right, left)
            if not (solver.is_one(array.columns) and solver.leans_away(other.columns)):  # which may be a matrix
                solver.same(out, array)
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
        solver.make_array(out)
        for vector, other in ((left, right), (right, left)):
            if solver.is_column(vector) and solver.is_matrix(other):
                return self._spread(solver, vector, other)
        found = [self._side(solver, *dims) for dims in zip(left[:2], right[:2], out[:2], strict=True)]
        return all(found)

    def _spread(self, solver: Solver, vector: Var, other: Var) -> bool:
        solver.equal(self.out.rows, other.rows)
        solver.equal(self.out.columns, other.columns)
        if solver.are_one(vector.rows, other.rows):
            return True
        if solver.differ(vector.rows, other.rows) or solver.are_one(vector.rows, other.columns):
            solver.equal(vector.rows, other.columns)
            return True
        return False

    def _side(self, solver: Solver, a: int, b: int, out: int) -> bool:
        """Rows, or else columns. Whether there is no more to say of them."""
        if solver.is_one(a) or solver.is_one(b):
            other = b if solver.is_one(a) else a
            solver.equal(out, other)
            return solver.is_one(other) or solver.leans_away(other)
        if solver.leans_away(a) and solver.leans_away(b):
            solver.equal(a, b)
        elif solver.is_plural(a) or solver.is_plural(b):
            solver.equal(out, a if solver.is_plural(a) else b)
            return solver.are_one(a, b)
        return solver.equal(out, a) if solver.are_one(a, b) else False

    def suppose(self, solver: Solver) -> None:
        left, right, out = self.left, self.right, self.out
        a, b = solver.state(left), solver.state(right)
        if a == ARRAY and b == ARRAY:
            self._suppose_alike(solver)
        elif a is None and b is None:
            if solver.is_row(out):
                for name in (left, right):
                    if not solver.is_greek(name):
                        solver.same(name, out)
            elif self.op == "HADAMARD":
                for name in (left, right):
                    if not solver.is_greek(name):
                        solver.tell(name, SUPPOSED)
        else:
            name, other = (left, right) if a is None else (right, left)
            if solver.state(other) != ARRAY:
                return
            if (
                self.op in ("HADAMARD", "OVER_ENTRIES")
                and solver.is_matrix(other)
                and not (self.outer and name is left)
            ):
                self.open = name
            elif solver.is_greek(name) and self.op != "HADAMARD" and not self.direct:
                return
            elif solver.is_row(other):
                solver.same(name, other)
            elif not (solver.leans_away(other.columns) or solver.is_one(other.rows)) or (self.outer and name is left):
                solver.tell(name, SUPPOSED)

    def _suppose_alike(self, solver: Solver) -> None:
        left, right, out = self.left, self.right, self.out
        self.done = True
        for vector, other in ((left, right), (right, left)):
            if solver.is_column(vector) and solver.is_matrix(other):
                self.open = vector
                solver.equal(vector.rows, other.rows)
                return
        for a, b, whole in zip(left[:2], right[:2], out[:2], strict=True):
            solver.meet(a, b)
            solver.equal(whole, b if solver.is_one(a) else a)


class Quotient(Alike):
    """out = left / right, entry by entry if the divisor is an array; nothing makes it one here."""

    __slots__ = ()

    def __init__(self, left: Var, right: Var, out: Var) -> None:
        super().__init__(left, right, out, "OVER_ENTRIES")

    def run(self, solver: Solver) -> bool:
        lean = solver.leans_away(self.right.rows) or solver.leans_away(self.right.columns)
        if solver.state(self.right) is None and not lean:
            return False
        return super().run(solver)

    def suppose(self, solver: Solver) -> None:
        if solver.state(self.right) is None:
            solver.make_scalar(self.right)
        else:
            super().suppose(solver)


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
        for var, other in ((self.left, self.right), (self.right, self.left)):
            if not solver.is_matrix(other):  # X : y is left to be refused
                solver.tell(var, SUPPOSED)


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


class Divisor(OfOne):
    """A divisor or an exponent: a scalar."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        if solver.state(self.var) is None and not (
            solver.leans_away(self.var.rows) or solver.leans_away(self.var.columns)
        ):
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
        elif solver.leans(self.var.columns):  # diag(A 𝟏) is the matrix of degrees
            solver.equal(self.var.columns, solver.one)
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
