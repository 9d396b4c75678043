"""ENTRIES: the formula for entry ij of a term, one row for each operator.

A term of an operator without a row is an array that is not written out: its entries are written (inv(X))_ij.

Source: the definitions, as in Magnus & Neudecker, Matrix Differential Calculus, ch. 1 and 2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from itertools import count
from types import MappingProxyType
from typing import TypeAlias

from matcalc import operators as ops
from matcalc.dims import Dim, dim_names
from matcalc.expr import Node, Number, Size, Slot, Symbol, Term, postorder, tree_size
from matcalc.indices.terms import (
    ONE,
    ZERO,
    Applied,
    Constant,
    EntryOf,
    Index,
    Index_term,
    Indices,
    Length,
    Product,
    Raised,
    Sigma,
    Total,
    changed,
    coefficient,
    delta,
    indices,
    multiple,
    parts,
    product,
    renamed,
    sigma,
    substituted,
    total,
)
from matcalc.operators import fn, matmul, term
from matcalc.sigmas import is_entry, is_row, is_sum_over

LETTERS = "i j k l r s t u v p q a b c"
Position: TypeAlias = tuple["Index | None", "Index | None"]
DEEP, LONG = 60, 800
"""A term that is nested deeper, or has more symbols, is not written out."""


class FreshIndices:
    """Letters for indices that no formula and no dimension uses.

    `whole`: operators whose terms are not written out. `sizes`: the dimension that each letter runs over in other
    formulas, so that no letter runs over two; new letters are added. `rows`: rows beside those of ENTRIES.
    `before`: what stands before each letter, so that none is a letter of a formula that is made elsewhere.
    """

    def __init__(
        self,
        taken: Collection[str],
        whole: Collection[ops.Operator] = (),
        sizes: dict[str, Dim] | None = None,
        rows: Mapping[ops.Operator, EntryRule] = MappingProxyType({}),
        before: str = "",
    ) -> None:
        self._before = before
        self.rows = rows
        self._letters = letters(taken)
        self._sizes = sizes
        self.whole = whole

    def index(self, size: Dim) -> Index | None:
        """A new index over a dimension; None over 1."""
        if size == 1:
            return None
        known = self._sizes
        name = next(n for n in self._letters if known is None or known.setdefault(n, size) == size)
        return Index(self._before + name, size)

    def position(self, node: Node) -> Position:
        """New indices for the entries of `node`."""
        return self.index(node.shape[0]), self.index(node.shape[1])


EntryRule: TypeAlias = Callable[[Term, Position, FreshIndices], Index_term]
"""Returns entry `at` of a term of one operator; the letters name the indices of its sums."""


def letters(taken: Collection[str]) -> Iterator[str]:
    """i, j, k, l, … then i1, j1, …, without the letters in `taken`. Endless."""
    for number in count():
        for letter in LETTERS.split():
            name = f"{letter}{number or ''}"
            if name not in taken:
                yield name


_LAYER = re.compile(r"\[([A-Za-z]\w*)")
"""The letter l of W[l], which no other index may use."""


def names_in(*nodes: Node) -> set[str]:
    """The names of the symbols and dimensions in the formulas."""
    found: set[str] = set()
    for node in postorder(*nodes):
        if isinstance(node, (Slot, Symbol)):
            found.add(node.name)
            found.update(_LAYER.findall(node.name))
        elif isinstance(node, Term):
            found.update(node.op.letters)
        found.update(name for dim in node.shape for name in dim_names(dim))
    return found


def entry(node: Node, at: Position, letters: FreshIndices) -> Index_term:
    """Entry `at` of `node`, in entries of its names; a very deep term becomes an array that is not written out."""
    if isinstance(node, Number):
        return Constant(node.value)
    if isinstance(node, Size):
        return Constant(Fraction(node.dim)) if isinstance(node.dim, int) else Length(node.dim)
    if isinstance(node, Term):
        if node.op.letters:
            return _as_typed(node, at, letters)
        row = letters.rows.get(node.op) or ENTRIES.get(node.op)
        if node.depth > DEEP or node.op in letters.whole:
            return EntryOf(node, place(at))
        if row is not None:
            return row(node, at, letters)
        if node.op.function is not None or node.op.over or node.op in _ENTRYWISE:
            places = (at if a.shape == node.shape else (None, None) for a in node.args)
            return Applied(node.op, tuple(entry(a, p, letters) for a, p in zip(node.args, places, strict=True)))
    return EntryOf(node, place(at))


def _as_typed(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    # What was typed with indices: they are indices here.
    op, body = node.op, node.args[0]
    if is_entry(op):
        own = tuple(Index(name, dim) for name, dim in zip(op.letters, body.shape, strict=False))
        return entry(body, (own[0], own[1] if len(own) > 1 else None), letters)
    if is_row(op):
        return entry(body, (Index(op.letters[0], body.shape[0]), at[0]), letters)
    if is_sum_over(op):
        size = node.args[1]
        dim = size.dim if isinstance(size, Size) else int(size.value) if isinstance(size, Number) else 1
        return sigma((Index(op.letters[0], dim),), entry(body, at, letters))
    own = tuple(Index(name, dim) for name, dim in zip(op.letters, node.shape, strict=False))
    inside = (at[1], None) if len(own) == 1 else (None, None)
    place_ = {i: to for i, to in zip(own, at, strict=False) if to is not None}
    return substituted(entry(body, inside, letters), place_)


def written(node: Node, at: Position, letters: FreshIndices) -> Index_term:
    """Like `entry`, with bounded time and length: long terms of a sum become arrays that are not written out."""
    if tree_size(node) <= LONG:
        return entry(node, at, letters)
    if isinstance(node, Term) and node.op is ops.PLUS:
        return total(*(written(a, at, letters) for a in node.args))
    return EntryOf(node, place(at))


def position(node: Node, at: Indices) -> Position:
    """The indices of an entry by row and column; None for a single row or column."""
    left = iter(at)
    rows, columns = (None if dim == 1 else next(left) for dim in node.shape)
    return rows, columns


def place(at: Position) -> Indices:
    """The indices that are not None."""
    return tuple(i for i in at if i is not None)


def _plus(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    return total(*(entry(a, at, letters) for a in node.args))


def _matmul(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    inner = [letters.index(a.shape[1]) for a in node.args[:-1]]
    ends = [at[0], *inner, at[1]]
    factors = (entry(a, (ends[n], ends[n + 1]), letters) for n, a in enumerate(node.args))
    return sigma((i for i in inner if i is not None), product(*factors))


def _hadamard(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    return product(*(entry(a, at, letters) for a in node.args))


def _scale(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    return product(entry(node.args[0], (None, None), letters), entry(node.args[1], at, letters))


def _power(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    base, exponent = entry(node.args[0], at, letters), entry(node.args[1], (None, None), letters)
    root = isinstance(base, Applied) and base.op is ops.function("sqrt")
    if root and isinstance(exponent, Constant) and exponent.value % 2 == 0:  # ||x||^2 is the plain sum of squares
        base, exponent = parts(base)[0], Constant(exponent.value / 2)
    return ONE if exponent == ZERO else base if exponent == ONE else Raised(base, exponent)


def _summed(node: Node, over: Position, letters: FreshIndices) -> Index_term:
    return sigma(place(over), entry(node, over, letters))


def _sum(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    return _summed(node.args[0], letters.position(node.args[0]), letters)


def _per(*sizes: Dim) -> Index_term:
    factors = [
        Constant(Fraction(1, n)) if isinstance(n, int) else Raised(Length(n), Constant(Fraction(-1))) for n in sizes
    ]
    return product(*factors)


def _mean(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    return product(_per(*node.args[0].shape), _sum(node, at, letters))


def _inner(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    over = letters.position(node.args[0])
    return sigma(place(over), product(*(entry(a, over, letters) for a in node.args)))


def _trace(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    i = letters.index(node.args[0].shape[0])
    return sigma(place((i, None)), entry(node.args[0], (i, i), letters))


def _rowsum(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    j = letters.index(node.args[0].shape[1])
    return sigma(place((j, None)), entry(node.args[0], (at[0], j), letters))


def _colsum(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    i = letters.index(node.args[0].shape[0])
    return sigma(place((i, None)), entry(node.args[0], (i, at[1]), letters))


def _diag(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    return product(_equal(at), entry(node.args[0], (at[0], None), letters))


def _equal(at: Position) -> Index_term:
    i, j = at
    return delta(i, j) if i is not None and j is not None else ONE


def _norm(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    over = letters.position(node.args[0])
    square = Raised(entry(node.args[0], over, letters), Constant(Fraction(2)))
    return Applied(ops.function("sqrt"), (sigma(place(over), square),))


def _variance(sizes: Indices, entries: Index_term, of: Callable[[], Index_term]) -> Index_term:
    # The mean of the squared deviations from the mean.
    per = _per(*(i.size for i in sizes))
    centered = total(entries, product(Constant(Fraction(-1)), per, of()))
    return product(per, sigma(sizes, Raised(centered, Constant(Fraction(2)))))


def _var(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    a = node.args[0]
    over = letters.position(a)
    return _variance(place(over), entry(a, over, letters), lambda: _sum(node, at, letters))


def _rowvar(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    j = letters.index(node.args[0].shape[1])
    return _variance(place((None, j)), entry(node.args[0], (at[0], j), letters), lambda: _rowsum(node, at, letters))


def _colvar(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    i = letters.index(node.args[0].shape[0])
    return _variance(place((i, None)), entry(node.args[0], (i, at[1]), letters), lambda: _colsum(node, at, letters))


def _sqdist(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    a, b = node.args
    k = letters.index(a.shape[1])
    minus_one = Constant(Fraction(-1))
    apart = total(entry(a, (at[0], k), letters), product(minus_one, entry(b, (at[1], k), letters)))
    return sigma(place((None, k)), Raised(apart, Constant(Fraction(2))))


def _deviation(variance: EntryRule) -> EntryRule:
    def row(node: Term, at: Position, letters: FreshIndices) -> Index_term:
        found = variance(node, at, letters)
        if len(node.args) > 1:
            found = total(found, entry(node.args[1], (None, None), letters))
        return Applied(ops.function("sqrt"), (found,))

    return row


def _exponentials(sums: ops.Operator, node: Term) -> tuple[Node, Node]:
    exp = fn("exp", node.args[0])
    return exp, term(sums, exp)


def _within(node: Node, at: Position) -> Position:
    # The case of a sum over the other direction.
    return at[0] if node.shape[0] != 1 else None, at[1] if node.shape[1] != 1 else None


def _softmax(sums: ops.Operator) -> EntryRule:
    # exp(Z_ij) / Σ_k exp(Z_ik)
    def row(node: Term, at: Position, letters: FreshIndices) -> Index_term:
        exp, whole = _exponentials(sums, node)
        below = entry(whole, _within(whole, at), letters)
        return product(entry(exp, at, letters), Raised(below, Constant(Fraction(-1))))

    return row


def _logsumexp(sums: ops.Operator) -> EntryRule:
    def row(node: Term, at: Position, letters: FreshIndices) -> Index_term:
        return Applied(ops.function("log"), (entry(_exponentials(sums, node)[1], at, letters),))

    return row


def _matpow(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    exponent = node.args[1]
    if isinstance(exponent, Number) and exponent.value in (2, 3):
        return entry(matmul(*[node.args[0]] * int(exponent.value)), at, letters)
    return EntryOf(node, place(at))


def _rowrange(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    # The first rows have the same entries, with a smaller range.
    first = node.args[1]
    if isinstance(first, Number) and first.value == 1 and node.shape[0] != 1:
        return entry(node.args[0], at, letters)
    return EntryOf(node, place(at))


def _colrange(node: Term, at: Position, letters: FreshIndices) -> Index_term:
    first = node.args[1]
    if isinstance(first, Number) and first.value == 1 and node.shape[1] != 1:
        return entry(node.args[0], at, letters)
    return EntryOf(node, place(at))


_ENTRYWISE = frozenset({ops.D, ops.MAX, ops.MIN, ops.STEP_GE, ops.CLIP, ops.HUBER})
ENTRIES: Mapping[ops.Operator, EntryRule] = {
    ops.PLUS: _plus,
    ops.SCALE: _scale,
    ops.MATMUL: _matmul,
    ops.HADAMARD: _hadamard,
    ops.POWER: _power,
    ops.INNER: _inner,
    ops.TRANSPOSE: lambda node, at, letters: entry(node.args[0], at[::-1], letters),
    ops.TRACE: _trace,
    ops.SUM: _sum,
    ops.MEAN: _mean,
    ops.ROWSUM: _rowsum,
    ops.COLSUM: _colsum,
    ops.ROWMEAN: lambda node, at, letters: product(_per(node.args[0].shape[1]), _rowsum(node, at, letters)),
    ops.COLMEAN: lambda node, at, letters: product(_per(node.args[0].shape[0]), _colsum(node, at, letters)),
    ops.DIAG: _diag,
    ops.DIAGONAL: lambda node, at, letters: entry(node.args[0], (at[0], at[0]), letters),
    ops.NORM: _norm,
    ops.VAR: _var,
    ops.STD: _deviation(_var),
    ops.ROWVAR: _rowvar,
    ops.COLVAR: _colvar,
    ops.SQDIST: _sqdist,
    ops.ROWSTD: _deviation(_rowvar),
    ops.COLSTD: _deviation(_colvar),
    ops.SOFTMAX_ROWS: _softmax(ops.ROWSUM),
    ops.SOFTMAX_COLUMNS: _softmax(ops.COLSUM),
    ops.LOGSUMEXP_ROWS: _logsumexp(ops.ROWSUM),
    ops.LOGSUMEXP_COLUMNS: _logsumexp(ops.COLSUM),
    ops.MATPOW: _matpow,
    ops.ROWRANGE: _rowrange,
    ops.COLRANGE: _colrange,
    ops.EYE: lambda node, at, letters: _equal(at),
    ops.ONES: lambda node, at, letters: ONE,
    ops.ZEROS: lambda node, at, letters: ZERO,
}


# ----------------------------------------------------------------------------------------------------------------- tidy


def tidy(
    term: Index_term, free: Collection[Index], taken: Collection[str], sizes: dict[str, Dim] | None = None
) -> Index_term:
    """`term` with bound indices renamed, earliest letters first; neighbouring sums share letters.

    A letter runs over one dimension everywhere; `sizes` keeps this for formulas shown together, and is updated.
    Factors that a sum does not bind move in front of it, and equal factors become a power. Display only; do not combine
    the result further, because its sums may share letters.
    """
    sizes = {} if sizes is None else sizes
    sizes.update((i.name, i.size) for i in free)
    return _lettered(_apart(term, count()), free, taken, sizes)


def _apart(term: Index_term, numbers: Iterator[int]) -> Index_term:
    # Give every bound index a new name first, so that exchanged letters do not collide.
    if isinstance(term, Sigma):
        names = {i: Index(f"\0{next(numbers)}", i.size) for i in term.over}
        return Sigma(tuple(names.values()), _apart(renamed(term.body, names), numbers))
    return changed(term, lambda part: _apart(part, numbers), exactly=True)


def _lettered(term: Index_term, free: Collection[Index], taken: Collection[str], sizes: dict[str, Dim]) -> Index_term:
    if isinstance(term, Sigma):
        held = {*taken, *(i.name for i in free)}
        named: dict[Index, Index] = {}
        for i in dict.fromkeys(indices(term.body)):
            if i in term.over:
                name = next(n for n in letters(held) if sizes.setdefault(n, i.size) == i.size)
                held.add(name)
                named[i] = Index(name, i.size)
        body = renamed(term.body, named)
        bound = tuple(sorted(named.values(), key=_letter))
        before, inside = _ahead(body, set(bound))
        summed = Sigma(bound, _lettered(inside, (*free, *bound), taken, sizes))
        return _powers([*(_lettered(f, free, taken, sizes) for f in before), summed]) if before else summed
    if isinstance(term, Product):
        return _powers([_lettered(part, free, taken, sizes) for part in term.factors])
    if isinstance(term, Total):
        return _collected([_lettered(part, free, taken, sizes) for part in term.terms])
    return changed(term, lambda part: _lettered(part, free, taken, sizes), exactly=True)


def _collected(terms: list[Index_term]) -> Index_term:
    # Sums that differ only in their letters now have the same letters.
    found: dict[Index_term, Fraction] = {}
    for part in terms:
        number, rest = coefficient(part)
        found[rest] = found.get(rest, Fraction(0)) + number
    if len(found) == len(terms):
        return Total(tuple(terms))
    made = [multiple(number, rest) for rest, number in found.items() if number]
    return ZERO if not made else made[0] if len(made) == 1 else Total(tuple(made))


def _letter(index: Index) -> tuple[int, int]:
    # i, j, k, l, … before i1
    letter, number = index.name[0], index.name[1:]
    return int(number or 0), LETTERS.find(letter)


def _ahead(body: Index_term, bound: set[Index]) -> tuple[list[Index_term], Index_term]:
    # In front of a sum: numbers, scalars, and the factors before the first that the sum binds.
    factors = _cancelled(list(body.factors)) if isinstance(body, Product) else [body]
    scalar: list[Index_term] = [
        f for f in factors if isinstance(f, (Constant, EntryOf, Length)) and not list(indices(f))
    ]
    rest = [f for f in factors if f not in scalar]
    while rest and bound.isdisjoint(indices(rest[0])) and not isinstance(rest[0], Raised):
        scalar.append(rest.pop(0))
    if not rest:
        return [], body
    return scalar, rest[0] if len(rest) == 1 else Product(tuple(rest))


def _powers(factors: list[Index_term]) -> Index_term:
    # x x as x^2, x / x cancels, numbers are one number
    made = _cancelled(factors)
    return ONE if not made else made[0] if len(made) == 1 else Product(tuple(made))


def _cancelled(factors: list[Index_term]) -> list[Index_term]:
    found: dict[Index_term, Fraction] = {}
    number = Fraction(1)
    for factor in factors:
        if isinstance(factor, Constant):
            number *= factor.value
            continue
        base: Index_term = factor
        power = Fraction(1)
        if isinstance(factor, Raised) and isinstance(factor.exponent, Constant):
            base, power = factor.base, factor.exponent.value
        found[base] = found.get(base, Fraction(0)) + power
    made: list[Index_term] = [] if number == 1 else [Constant(number)]
    return made + [f if n == 1 else Raised(f, Constant(n)) for f, n in found.items() if n]
