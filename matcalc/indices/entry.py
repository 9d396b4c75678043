"""ENTRIES: what entry ij of a term is, a row for each operator.

What has no row is an array whose entries have no formula shorter than its name: (inv(X))_ij.

Source: the definitions, as in Magnus & Neudecker, Matrix Differential Calculus, ch. 1 and 2.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from itertools import count

from matcalc.dims import Dim, dim_names
from matcalc.expr import Node, Number, Size, Symbol, Term, postorder
from matcalc.indices.terms import (
    ONE,
    ZERO,
    Applied,
    Constant,
    Delta,
    Entry,
    Index,
    Index_term,
    Length,
    Place,
    Product,
    Raised,
    Sigma,
    Total,
    changed,
    indices,
    parts,
    product,
    sigma,
    substituted,
    total,
)
from matcalc.operators import (
    COLMEAN,
    COLSUM,
    DIAG,
    DIAGONAL,
    EYE,
    HADAMARD,
    INNER,
    MATMUL,
    MAX,
    MEAN,
    MIN,
    NORM,
    ONES,
    PLUS,
    POWER,
    ROWMEAN,
    ROWSUM,
    SCALE,
    STEP_GE,
    SUM,
    TRACE,
    TRANSPOSE,
    ZEROS,
    Operator,
    function,
)

LETTERS = "i j k l r s t u v p q a b c"
Position = tuple["Index | None", "Index | None"]


class Letters:
    """Letters for indices that no formula and no dimension has taken."""

    def __init__(self, taken: Collection[str]) -> None:
        self._letters = letters(taken)

    def index(self, size: Dim) -> Index | None:
        """A new index over a dimension; None over 1."""
        return None if size == 1 else Index(next(self._letters), size)

    def position(self, node: Node) -> Position:
        """New indices for the entries of `node`."""
        return self.index(node.shape[0]), self.index(node.shape[1])


def letters(taken: Collection[str]) -> Iterator[str]:
    """i, j, k, l, … then i1, j1, …, but none that is taken. Endless."""
    for number in count():
        for letter in LETTERS.split():
            name = f"{letter}{number or ''}"
            if name not in taken:
                yield name


def names_in(*nodes: Node) -> set[str]:
    """The names of symbols and of dimensions that stand in the formulas."""
    found: set[str] = set()
    for node in postorder(*nodes):
        if isinstance(node, Symbol):
            found.add(node.name)
        found.update(name for dim in node.shape for name in dim_names(dim))
    return found


def entry(node: Node, at: Position, letters: Letters) -> Index_term:
    """Entry `at` of `node`, in entries of the names in it."""
    if isinstance(node, Number):
        return Constant(node.value)
    if isinstance(node, Size):
        return Constant(Fraction(node.dim)) if isinstance(node.dim, int) else Length(node.dim)
    if isinstance(node, Term):
        row = ENTRIES.get(node.op)
        if row is not None:
            return row(node, at, letters)
        if node.op.function is not None or node.op in _ENTRYWISE:
            return Applied(node.op, tuple(entry(a, at, letters) for a in node.args))
    return Entry(node, place(at))


def place(at: Position) -> Place:
    """The indices that there are."""
    return tuple(i for i in at if i is not None)


def _plus(node: Term, at: Position, letters: Letters) -> Index_term:
    return total(*(entry(a, at, letters) for a in node.args))


def _matmul(node: Term, at: Position, letters: Letters) -> Index_term:
    inner = [letters.index(a.shape[1]) for a in node.args[:-1]]
    ends = [at[0], *inner, at[1]]
    factors = (entry(a, (ends[n], ends[n + 1]), letters) for n, a in enumerate(node.args))
    return sigma((i for i in inner if i is not None), product(*factors))


def _hadamard(node: Term, at: Position, letters: Letters) -> Index_term:
    return product(*(entry(a, at, letters) for a in node.args))


def _scale(node: Term, at: Position, letters: Letters) -> Index_term:
    return product(entry(node.args[0], (None, None), letters), entry(node.args[1], at, letters))


def _power(node: Term, at: Position, letters: Letters) -> Index_term:
    base, exponent = entry(node.args[0], at, letters), entry(node.args[1], (None, None), letters)
    return ONE if exponent == ZERO else base if exponent == ONE else Raised(base, exponent)


def _summed(node: Node, over: Position, letters: Letters) -> Index_term:
    return sigma(place(over), entry(node, over, letters))


def _sum(node: Term, at: Position, letters: Letters) -> Index_term:
    return _summed(node.args[0], letters.position(node.args[0]), letters)


def _per(*sizes: Dim) -> Index_term:
    factors = [
        Constant(Fraction(1, n)) if isinstance(n, int) else Raised(Length(n), Constant(Fraction(-1))) for n in sizes
    ]
    return product(*factors)


def _mean(node: Term, at: Position, letters: Letters) -> Index_term:
    return product(_per(*node.args[0].shape), _sum(node, at, letters))


def _inner(node: Term, at: Position, letters: Letters) -> Index_term:
    over = letters.position(node.args[0])
    return sigma(place(over), product(*(entry(a, over, letters) for a in node.args)))


def _trace(node: Term, at: Position, letters: Letters) -> Index_term:
    i = letters.index(node.args[0].shape[0])
    return sigma(place((i, None)), entry(node.args[0], (i, i), letters))


def _rowsum(node: Term, at: Position, letters: Letters) -> Index_term:
    j = letters.index(node.args[0].shape[1])
    return sigma(place((j, None)), entry(node.args[0], (at[0], j), letters))


def _colsum(node: Term, at: Position, letters: Letters) -> Index_term:
    i = letters.index(node.args[0].shape[0])
    return sigma(place((i, None)), entry(node.args[0], (i, at[1]), letters))


def _diag(node: Term, at: Position, letters: Letters) -> Index_term:
    return product(_equal(at), entry(node.args[0], (at[0], None), letters))


def _equal(at: Position) -> Index_term:
    i, j = at
    return ONE if i == j else Delta(i, j) if i is not None and j is not None else ONE


def _norm(node: Term, at: Position, letters: Letters) -> Index_term:
    over = letters.position(node.args[0])
    square = Raised(entry(node.args[0], over, letters), Constant(Fraction(2)))
    return Applied(function("sqrt"), (sigma(place(over), square),))


_ENTRYWISE = frozenset({MAX, MIN, STEP_GE})
ENTRIES: Mapping[Operator, Callable[[Term, Position, Letters], Index_term]] = {
    PLUS: _plus,
    SCALE: _scale,
    MATMUL: _matmul,
    HADAMARD: _hadamard,
    POWER: _power,
    INNER: _inner,
    TRANSPOSE: lambda node, at, letters: entry(node.args[0], at[::-1], letters),
    TRACE: _trace,
    SUM: _sum,
    MEAN: _mean,
    ROWSUM: _rowsum,
    COLSUM: _colsum,
    ROWMEAN: lambda node, at, letters: product(_per(node.args[0].shape[1]), _rowsum(node, at, letters)),
    COLMEAN: lambda node, at, letters: product(_per(node.args[0].shape[0]), _colsum(node, at, letters)),
    DIAG: _diag,
    DIAGONAL: lambda node, at, letters: entry(node.args[0], (at[0], at[0]), letters),
    NORM: _norm,
    EYE: lambda node, at, letters: _equal(at),
    ONES: lambda node, at, letters: ONE,
    ZEROS: lambda node, at, letters: ZERO,
}


# ----------------------------------------------------------------------------------------------------------------- tidy


def tidy(term: Index_term, free: Collection[Index], taken: Collection[str]) -> Index_term:
    """`term` with the bound indices named anew, the first letters first; sums beside each other share letters."""
    held = {i.name for i in free}
    if isinstance(term, Sigma):
        ahead = letters({*taken, *held})
        order = [i for i in dict.fromkeys(indices(term.body)) if i in term.over]
        renamed = {i: Index(next(ahead), i.size) for i in order}
        # Through names that nothing has, so that exchanged letters do not meet.
        apart = {i: Index(f"\0{n}", i.size) for n, i in enumerate(order)}
        body = substituted(substituted(term.body, apart), {apart[i]: renamed[i] for i in order})
        bound = tuple(renamed[i] for i in order)
        return Sigma(bound, tidy(body, (*free, *bound), taken))
    if not parts(term):
        return term
    if isinstance(term, (Product, Total)):
        return type(term)(tuple(tidy(part, free, taken) for part in parts(term)))
    return changed(term, lambda part: tidy(part, free, taken))
