"""Dimensions: a number, a name, or a polynomial in names, such as n m, n + m (blocks), n (n + 1)/2 (a triangle)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product as choices
from math import lcm, prod
from threading import Lock
from typing import Any, ClassVar, TypeAlias, TypeVar
from weakref import WeakValueDictionary

Monomial: TypeAlias = tuple[str, ...]
Multiple: TypeAlias = "int | Fraction"
"""A coefficient. It may be a fraction where the value of the polynomial is whole: n (n + 1)/2."""
_K = TypeVar("_K")
_V = TypeVar("_V")
_one_by_one = Lock()
MOST_RESTS = 600
"""Sizes at which a polynomial with fractions is looked at, to see whether its value is whole."""


def interned(table: WeakValueDictionary[_K, _V], key: _K, value: _V) -> _V:
    """The value held for `key`: this one, unless another thread has just entered its own."""
    with _one_by_one:
        return table.setdefault(key, value)


class DimSum:
    """A dimension that is neither a number nor a name: a polynomial in names, such as n m or n + m."""

    __slots__ = ("__weakref__", "terms")
    _interned: ClassVar[WeakValueDictionary[tuple[tuple[Monomial, Multiple], ...], DimSum]] = WeakValueDictionary()
    terms: tuple[tuple[Monomial, Multiple], ...]

    def __new__(cls, terms: tuple[tuple[Monomial, Multiple], ...]) -> DimSum:
        found = cls._interned.get(terms)
        if found is None:
            found = object.__new__(cls)
            found.terms = terms
            found = interned(cls._interned, terms, found)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return DimSum, (self.terms,)

    def __str__(self) -> str:
        # n + m - 1: positive terms first, numbers last; halves are n (n + 1)/2.
        names, rest, below = over(self)
        if below != 1:
            return f"{' '.join((*names, f'({rest})'))}/{below}"
        ordered = sorted(self.terms, key=lambda term: (term[1] < 0, not term[0], term))
        text = ""
        for monomial, count in ordered:
            size = " ".join(([str(abs(count))] if abs(count) != 1 or not monomial else []) + list(monomial))
            text += ((" - " if count < 0 else " + ") if text else "-" if count < 0 else "") + size
        return text

    __repr__ = __str__


Dim: TypeAlias = "int | str | DimSum"


def _polynomial(dim: Dim) -> dict[Monomial, Multiple]:
    if isinstance(dim, int):
        return {(): dim} if dim else {}
    if isinstance(dim, str):
        return {(dim,): 1}
    return dict(dim.terms)


def _dimension(polynomial: Mapping[Monomial, Multiple]) -> Dim:
    terms = tuple(sorted((m, c.numerator if c.denominator == 1 else c) for m, c in polynomial.items() if c))
    if not terms:
        return 0
    if len(terms) == 1:
        (monomial, count) = terms[0]
        if not monomial and isinstance(count, int):
            return count
        if len(monomial) == 1 and count == 1:
            return monomial[0]
    return DimSum(terms)


def dim_add(a: Dim, b: Dim) -> Dim:
    """a + b, simplified to an int or a name where possible."""
    total = _polynomial(a)
    for monomial, count in _polynomial(b).items():
        total[monomial] = total.get(monomial, 0) + count
    return _dimension(total)


def dim_total(dims: Sequence[Dim]) -> Dim:
    """The sum of dimensions, by halves, so that a long one takes no time beyond its length."""
    while len(dims) > 1:
        dims = [dim_add(dims[i], dims[i + 1]) if i + 1 < len(dims) else dims[i] for i in range(0, len(dims), 2)]
    return dims[0] if dims else 0


def dim_mul(a: Dim, b: Dim) -> Dim:
    """a b, simplified to an int or a name where possible."""
    total: dict[Monomial, Multiple] = {}
    for m1, c1 in _polynomial(a).items():
        for m2, c2 in _polynomial(b).items():
            monomial = tuple(sorted(m1 + m2))
            total[monomial] = total.get(monomial, 0) + c1 * c2
    return _dimension(total)


def dim_divide(a: Dim, b: Dim) -> Dim | None:
    """a / b if that is a polynomial whose value is always whole; else None."""
    rest, divisor = _polynomial(a), _polynomial(b)
    if not divisor:
        return None
    names = sorted(dim_names(a) | dim_names(b))

    def order(monomial: Monomial) -> tuple[int, ...]:
        return tuple(map(monomial.count, names))

    lead = max(divisor, key=order)
    quotient: dict[Monomial, Multiple] = {}
    while rest:
        top = max(rest, key=order)
        factor = _cancelled(top, lead)
        if factor is None:
            return None
        count = Fraction(rest[top]) / divisor[lead]
        quotient[factor] = quotient.get(factor, 0) + count
        for monomial, c in divisor.items():
            product = tuple(sorted(factor + monomial))
            rest[product] = rest.get(product, 0) - count * c
            if not rest[product]:
                del rest[product]
    return _whole(quotient)


def _cancelled(monomial: Monomial, by: Monomial) -> Monomial | None:
    left = list(monomial)
    for name in by:
        if name not in left:
            return None
        left.remove(name)
    return tuple(left)


def dim_half(dim: Dim) -> Dim | None:
    """Half of `dim`, if that is whole whatever the names are: n (n + 1)/2, not n/2; else None."""
    return _whole({monomial: count * Fraction(1, 2) for monomial, count in _polynomial(dim).items()})


def _whole(polynomial: Mapping[Monomial, Multiple]) -> Dim | None:
    # The polynomial if its value is whole whatever the names are: that depends on their rests only.
    below = lcm(*(count.denominator for count in polynomial.values()))
    if below > 1:
        names = sorted({name for monomial in polynomial for name in monomial})
        if below ** len(names) > MOST_RESTS:
            return None
        for rests in choices(range(below), repeat=len(names)):
            sizes = dict(zip(names, rests, strict=True))
            if sum(c * prod(map(sizes.__getitem__, m)) for m, c in polynomial.items()).denominator > 1:
                return None
    return _dimension(polynomial)


def over(dim: DimSum) -> tuple[Monomial, Dim, int]:
    """n (n + 1)/2 as the names of all its terms, n, the rest, n + 1, and what it is over, 2; else (), `dim`, 1."""
    below = lcm(*(count.denominator for _, count in dim.terms))
    if below == 1:
        return (), dim, 1
    first, *others = (monomial for monomial, _ in dim.terms)
    names = tuple(name for name in dict.fromkeys(first) if all(name in monomial for monomial in others))
    rest = dim_divide(dim_mul(dim, below), _dimension({names: 1}))
    assert rest is not None
    return names, rest, below


def dim_solve(pattern: Dim, name: str, known: Mapping[str, Dim], dim: Dim) -> Dim | None:
    """The value of `name` for which `pattern` equals `dim`, given the other names in `pattern`; None if there is none.

    `pattern` is of the first degree in `name`. For k n = 6 with k = 2, n is 3; with k = 4 there is none.
    """
    # Evaluate at 0 and 1 instead of inserting the name itself: a known dimension may use the same letter.
    rest = dim_replace(pattern, {**known, name: 0})
    factor = dim_add(dim_replace(pattern, {**known, name: 1}), dim_mul(-1, rest))
    return dim_divide(dim_add(dim, dim_mul(-1, rest)), factor)


def dim_value(dim: Dim, sizes: Mapping[str, int]) -> int:
    """The value of `dim` when each name has the given size. Raises KeyError for a name without a size."""
    value: Multiple = 0
    for monomial, count in _polynomial(dim).items():
        for name in monomial:
            count *= sizes[name]
        value += count
    return int(value)


def dim_replace(dim: Dim, names: Mapping[str, Dim]) -> Dim:
    """`dim` with names replaced by dimensions."""
    if isinstance(dim, int):
        return dim
    if isinstance(dim, str):
        return names.get(dim, dim)
    total: Dim = 0
    for monomial, count in dim.terms:
        product = _dimension({(): count})
        for name in monomial:
            product = dim_mul(product, names.get(name, name))
        total = dim_add(total, product)
    return total


def dim_names(dim: Dim) -> frozenset[str]:
    """The names that occur in `dim`."""
    return frozenset(name for monomial in _polynomial(dim) for name in monomial)
