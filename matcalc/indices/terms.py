"""Formulas in index notation: entries, sums over indices, Kronecker deltas; constructors simplify them.

A term is immutable and compared by value. An index is a letter and the dimension that it runs over, starting at 1.
Directions of size 1 have no index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from matcalc.dims import Dim
from matcalc.expr import Node
from matcalc.operators import Operator


@dataclass(frozen=True)
class Index:
    """A letter and its range: i = 1 … size. Two indices with the same name are the same index.

    `value`: set for an index that is a number and has no range; its name is its digits.
    """

    name: str
    size: Dim
    value: int | None = None


Indices: TypeAlias = "tuple[Index, ...]"


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: Fraction


@dataclass(frozen=True)
class Length:
    """The value of a dimension."""

    dim: Dim


@dataclass(frozen=True)
class EntryOf:
    """An entry of an array that is not written out: a name, an inverse, a softmax …"""

    of: Node
    at: Indices


@dataclass(frozen=True)
class Delta:
    """1 where the two indices are equal, else 0 (Kronecker)."""

    i: Index
    j: Index


@dataclass(frozen=True)
class Applied:
    """A function of entries: f(x), max(x, y), [x >= y]."""

    op: Operator
    args: tuple[Index_term, ...]


@dataclass(frozen=True)
class Raised:
    """x to the power of a scalar."""

    base: Index_term
    exponent: Index_term


@dataclass(frozen=True)
class Product:
    """x y …"""

    factors: tuple[Index_term, ...]


@dataclass(frozen=True)
class Total:
    """x + y + …"""

    terms: tuple[Index_term, ...]


@dataclass(frozen=True)
class Sigma:
    """The sum over indices; they are bound here and occur nowhere outside."""

    over: Indices
    body: Index_term


Index_term: TypeAlias = "Constant | Length | EntryOf | Delta | Applied | Raised | Product | Total | Sigma"
ZERO, ONE = Constant(Fraction(0)), Constant(Fraction(1))

# --------------------------------------------------------------------------------------------------------- constructors


def product(*factors: Index_term) -> Index_term:
    """x y …: the number moves to the front, sums are placed around the whole product, factors 0 and 1 are evaluated."""
    number = Fraction(1)
    flat: list[Index_term] = []
    over: list[Index] = []
    todo = list(reversed(factors))
    held: set[Index] | None = None
    while todo:
        factor = todo.pop()
        if isinstance(factor, Constant):
            number *= factor.value
        elif isinstance(factor, Product):
            todo.extend(reversed(factor.factors))
        elif isinstance(factor, Sigma):
            if held is None:  # rename a sum's indices if they clash with the other factors or sums
                held = {i for f in factors for i in free(f)}
            factor = renewed(factor, held)
            held.update(factor.over)
            over += factor.over
            todo.append(factor.body)
        else:
            flat.append(factor)
    if not number:
        return ZERO
    if number != 1 or not flat:
        flat.insert(0, Constant(number))
    body = flat[0] if len(flat) == 1 else Product(tuple(flat))
    return sigma(over, body)


def total(*terms: Index_term) -> Index_term:
    """x + y + …, numbers added, equal terms collected."""
    flat: list[Index_term] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Total) else (term,))
    found: dict[Index_term, Fraction] = {}
    for term in flat:
        number, rest = coefficient(term)
        found[rest] = found.get(rest, Fraction(0)) + number
    kept = [product(Constant(number), rest) for rest, number in found.items() if number]
    return ZERO if not kept else kept[0] if len(kept) == 1 else Total(tuple(kept))


def coefficient(term: Index_term) -> tuple[Fraction, Index_term]:
    """(c, rest) with term = c rest and c the number in front."""
    if isinstance(term, Constant):
        return term.value, ONE
    if isinstance(term, Product) and isinstance(term.factors[0], Constant):
        rest = term.factors[1:]
        return term.factors[0].value, rest[0] if len(rest) == 1 else Product(rest)
    if isinstance(term, Sigma):
        number, rest_ = coefficient(term.body)
        return number, Sigma(term.over, rest_)
    return Fraction(1), term


def multiple(number: Fraction, term: Index_term) -> Index_term:
    """A multiple for display: a sum in the term stays in place."""
    if number == 1:
        return term
    factors = term.factors if isinstance(term, Product) else () if term == ONE else (term,)
    return Product((Constant(number), *factors)) if factors else Constant(number)


def sigma(over: Iterable[Index], body: Index_term) -> Index_term:
    """The sum of `body` over indices, deltas contracted; an index that does not occur gives a factor."""
    left = list(over)
    if isinstance(body, Sigma):
        body = renewed(body, left)
        left, body = [*left, *body.over], body.body
    if body == ZERO or not left:
        return body
    for index in list(left):
        replaced = _contracted(index, body)
        if replaced is not None:
            left.remove(index)
            body = replaced
    if body == ZERO:
        return ZERO
    if isinstance(body, Sigma):  # expansion has brought a sum to the front
        return sigma(left, body)
    found = set(free(body))
    for index in [i for i in left if i not in found]:
        left.remove(index)
        body = product(Length(index.size) if not isinstance(index.size, int) else Constant(Fraction(index.size)), body)
    if isinstance(body, Sigma):
        return Sigma((*left, *body.over), body.body)
    return Sigma(tuple(left), body) if left else body


def delta(i: Index, j: Index) -> Index_term:
    """1 where i = j, else 0."""
    if i == j:
        return ONE
    return ZERO if i.value is not None and j.value is not None else Delta(i, j)


def renewed(term: Sigma, held: Iterable[Index]) -> Sigma:
    """The same sum, with its indices renamed if they are in `held`."""
    held = set(held)
    clashing = [i for i in term.over if i in held]
    if not clashing:
        return term
    taken = {i.name for i in (*held, *indices(term))}
    mapping: dict[Index, Index] = {}
    for i in clashing:
        name = i.name
        while name in taken:
            name += "'"
        taken.add(name)
        mapping[i] = Index(name, i.size)
    return Sigma(tuple(mapping.get(i, i) for i in term.over), substituted(term.body, mapping))


def _contracted(index: Index, body: Index_term) -> Index_term | None:
    # Σ_k δ_kj x_k = x_j
    factors = body.factors if isinstance(body, Product) else (body,)
    for n, factor in enumerate(factors):
        if isinstance(factor, Delta) and index in (factor.i, factor.j):
            other = factor.j if factor.i == index else factor.i
            if other.size != index.size:  # a longer range has values that this one lacks
                continue
            return product(*(substituted(f, {index: other}) for f in (*factors[:n], *factors[n + 1 :])))
    return None


# ---------------------------------------------------------------------------------------------------------------- walks


def parts(term: Index_term) -> tuple[Index_term, ...]:
    """The direct parts of a term."""
    if isinstance(term, Product):
        return term.factors
    if isinstance(term, Total):
        return term.terms
    if isinstance(term, Sigma):
        return (term.body,)
    if isinstance(term, Applied):
        return term.args
    if isinstance(term, Raised):
        return term.base, term.exponent
    return ()


def walk(term: Index_term) -> Iterator[Index_term]:
    """A term and all its parts, at any depth."""
    yield term
    for part in parts(term):
        yield from walk(part)


def indices(term: Index_term) -> Iterator[Index]:
    """Every index in a term, bound ones included, in reading order."""
    if isinstance(term, EntryOf):
        yield from term.at
    elif isinstance(term, Delta):
        yield from (term.i, term.j)
    elif isinstance(term, Sigma):
        yield from term.over
    for part in parts(term):
        yield from indices(part)


def free(term: Index_term) -> Iterator[Index]:
    """The indices of a term that no sum in it binds, numbers included; an index may repeat."""
    if isinstance(term, Sigma):
        own = set(term.over)
        yield from (i for i in free(term.body) if i not in own)
        return
    if isinstance(term, EntryOf):
        yield from term.at
    elif isinstance(term, Delta):
        yield from (term.i, term.j)
    for part in parts(term):
        yield from free(part)


def changed(term: Index_term, change: Callable[[Index_term], Index_term], exactly: bool = False) -> Index_term:
    """`term` with `change` applied to its direct parts, simplified unless `exactly`."""
    if isinstance(term, Product):
        factors = tuple(map(change, term.factors))
        return Product(factors) if exactly else product(*factors)
    if isinstance(term, Total):
        terms = tuple(map(change, term.terms))
        return Total(terms) if exactly else total(*terms)
    if isinstance(term, Sigma):
        body = change(term.body)
        return Sigma(term.over, body) if exactly else sigma(term.over, body)
    if isinstance(term, Applied):
        return Applied(term.op, tuple(map(change, term.args)))
    if isinstance(term, Raised):
        return Raised(change(term.base), change(term.exponent))
    return term


def substituted(term: Index_term, mapping: Mapping[Index, Index]) -> Index_term:
    """`term` with free indices renamed; bound indices are renamed if they would clash."""
    if isinstance(term, EntryOf):
        return EntryOf(term.of, tuple(mapping.get(i, i) for i in term.at))
    if isinstance(term, Delta):
        return delta(mapping.get(term.i, term.i), mapping.get(term.j, term.j))
    if isinstance(term, Sigma):
        mapping = {old: new for old, new in mapping.items() if old not in term.over}
        if not mapping:
            return term
        term = renewed(term, mapping.values())
        return sigma(term.over, substituted(term.body, mapping))
    return changed(term, lambda part: substituted(part, mapping))


def renamed(term: Index_term, mapping: Mapping[Index, Index]) -> Index_term:
    """`term` with free indices renamed, without simplification. The new names must not occur in it."""
    if isinstance(term, EntryOf):
        return EntryOf(term.of, tuple(mapping.get(i, i) for i in term.at))
    if isinstance(term, Delta):
        return Delta(mapping.get(term.i, term.i), mapping.get(term.j, term.j))
    if isinstance(term, Sigma):
        inner = {old: new for old, new in mapping.items() if old not in term.over}
        return Sigma(term.over, renamed(term.body, inner))
    return changed(term, lambda part: renamed(part, mapping), exactly=True)
