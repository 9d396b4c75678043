"""Sizes that are sums of others, as of blocks side by side, or products, as of Kronecker products and stacked columns.

From the parts follows the whole; from the whole and all parts but one the last. Two sums, or two products, of equally
many parts that make one whole are supposed to have equal parts in turn, as [A, B] [x; y] is A x + B y.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcalc.dims import Dim, DimSum, dim_add, dim_divide, dim_mul, dim_replace, dim_total, dim_value
from matcalc.syntax.solve import ARRAY, SCALAR, STRONG, SUPPOSED, Constraint, Joined, OfOne, Solver, Var

TERMS, DEGREE, LARGEST = 500, 50, 10**50
"""Limits of a size: its terms, the factors of a term, and its numbers."""


class Combined(Constraint):
    """whole = a combination of parts, all of them dimensions."""

    __slots__ = ("parts", "whole")
    of_sizes = True

    def __init__(self, whole: int, parts: Sequence[int]) -> None:
        super().__init__()
        self.whole = whole
        self.parts = tuple(parts)

    def vars(self) -> tuple[Var, ...]:
        return ()

    def dims(self) -> Iterable[int]:
        return (self.whole, *self.parts)


class Added(Combined):
    """The whole is the sum of the parts, two or more."""

    __slots__ = ("_left",)

    def __init__(self, whole: int, parts: Sequence[int]) -> None:
        super().__init__(whole, parts)
        self._left = list(parts)

    def run(self, solver: Solver) -> bool:
        # Two unknown parts are enough to know that there is nothing to say: of many, only the last two are looked at.
        left = self._left
        while left and solver.known(left[-1]) is not None:
            left.pop()
        while len(left) > 1 and solver.known(left[-2]) is not None:
            del left[-2]
        if len(left) > 1 and any(solver.root(part) != solver.root(left[-1]) for part in reversed(left)):
            return False
        whole = solver.known(self.whole)
        if left and whole is None:
            return False
        known = dim_total([value for part in self.parts if (value := solver.known(part)) is not None])
        if not left:
            solver.equal(self.whole, solver.value(known))
        elif whole is not None:
            rest = dim_divide(dim_add(whole, dim_mul(-1, known)), len(left))
            if rest is not None and is_dimension(rest):
                solver.equal(left[0], solver.value(rest))
        return True


class Multiplied(Combined):
    """The whole is the product of the parts, the one that varies slowest first."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        if solver.is_one(self.whole):
            for part in self.parts:
                solver.equal(part, solver.one)
            return True
        left = [part for part in self.parts if not solver.is_one(part)]
        if len(left) < 2:
            solver.equal(self.whole, left[0] if left else solver.one)
            return True
        known: Dim = 1
        unknown = []
        for part in left:
            value = solver.known(part)
            if value is None:
                unknown.append(part)
                continue
            times = product(known, value)
            if times is None:
                return False
            known = times
        whole = solver.known(self.whole)
        if not unknown:
            solver.equal(self.whole, solver.value(known))
        elif len(unknown) == 1 and whole is not None:
            rest = dim_divide(whole, known)
            if rest is not None and is_dimension(rest):
                solver.equal(unknown[0], solver.value(rest))
        else:
            return False
        return True


class Computed(Combined):
    """The whole is a polynomial in the part, n (n + 1)/2."""

    __slots__ = ("dim", "letter")

    def __init__(self, whole: int, part: int, dim: Dim, letter: str) -> None:
        super().__init__(whole, [part])
        self.dim, self.letter = dim, letter

    def run(self, solver: Solver) -> bool:
        (part,) = self.parts
        value = solver.known(part)
        if value is None:
            return False
        size = dim_replace(self.dim, {self.letter: value})
        if is_dimension(size):
            solver.equal(self.whole, solver.value(size))
        return True


class BlockBeside(Constraint):
    """A block beside others, as high as the whole; one above others is given transposed, and `stacked`.

    A lower-case name beside a matrix is a column; in a stack of columns, too, if nothing says otherwise (settle.py).
    """

    __slots__ = ("out", "part", "stacked")

    def __init__(self, part: Var, out: Var, stacked: bool) -> None:
        super().__init__()
        self.part, self.out, self.stacked = part, out, stacked

    def vars(self) -> tuple[Var, ...]:
        return self.part, self.out

    def run(self, solver: Solver) -> bool:
        part, height = self.part, self.out.rows
        if solver.state(part) is None and solver.is_plural(height):
            solver.tell(part, STRONG)
        state = solver.state(part)
        if state == SCALAR:
            solver.equal(height, solver.one)
        elif state == ARRAY:
            solver.equal(part.rows, height)
        return state is not None

    def suppose(self, solver: Solver) -> None:
        if not self.stacked and solver.leans_away(self.out.rows) and not solver.is_greek(self.part):
            solver.tell(self.part, SUPPOSED)


class Column(OfOne):
    """A column, which unvec takes."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        solver.tell(self.var, STRONG)
        solver.equal(self.var.columns, solver.one)
        return True


class Tensor(Joined):
    """out = left ⊗ right, of which the sizes are products; a scalar scales."""

    __slots__ = ()

    def run(self, solver: Solver) -> bool:
        states = (solver.state(self.left), solver.state(self.right))
        if SCALAR in states:
            solver.same(self.out, self.right if states[0] == SCALAR else self.left)
            return True
        if ARRAY in states:
            solver.make_array(self.out)
        elif solver.state(self.out) == SCALAR:
            solver.make_scalar(self.left)
            solver.make_scalar(self.right)
        if None in states:
            return False
        for whole, *parts in zip(self.out[:2], self.left[:2], self.right[:2], strict=True):
            if any(map(solver.leans_away, parts)) and not solver.leans_away(whole):
                solver.equal(whole, solver.dim(lean=False))
        return True

    def suppose(self, solver: Solver) -> None:
        for part in (self.left, self.right):
            if not solver.is_greek(part):
                solver.tell(part, SUPPOSED)


def align(solver: Solver, relations: Iterable[Combined]) -> bool:
    """Make the parts of sums, and of products, that make one whole equal in turn. True where that says anything new."""
    first: dict[tuple[type, int, int], Combined] = {}
    found = False
    for relation in relations:
        other = first.setdefault((type(relation), solver.root(relation.whole), len(relation.parts)), relation)
        pairs = [(a, b) for a, b in zip(other.parts, relation.parts, strict=True) if solver.root(a) != solver.root(b)]
        if pairs and all(solver.compatible(a, b) for a, b in pairs):
            for a, b in pairs:
                found = solver.equal(a, b) or found
    return found


# ----------------------------------------------------------------------------------------------------------- dimensions


def product(a: Dim, b: Dim) -> Dim | None:
    """a b; None if it exceeds the limits."""
    terms = [(1, 0, abs(dim)) if isinstance(dim, int) else _extent(dim) for dim in (a, b)]
    (terms_a, degree_a, largest_a), (terms_b, degree_b, largest_b) = terms
    if terms_a * terms_b > TERMS or degree_a + degree_b > DEGREE or largest_a * largest_b > LARGEST:
        return None
    return dim_mul(a, b)


def _extent(dim: str | DimSum) -> tuple[int, int, int]:
    # How many terms, factors in one of them, and the largest coefficient.
    if isinstance(dim, str):
        return 1, 1, 1
    return len(dim.terms), max(len(m) for m, _ in dim.terms), max(abs(c.numerator) for _, c in dim.terms)


def is_dimension(dim: Dim) -> bool:
    """Whether a difference or a quotient is a size: positive where every name in it is 2 or more, as n - 1 is."""
    if not isinstance(dim, DimSum):
        return not isinstance(dim, int) or dim > 0
    counts = {monomial: count for monomial, count in dim.terms if monomial}
    names = dict.fromkeys((name for monomial in counts for name in monomial), 2)
    return all(count > 0 for count in counts.values()) and dim_value(dim, names) > 0
