"""Derivatives by entries: the calculus of several variables, one entry at a time.

dA_kl / dW_ij of a formula in index notation, and the chain rule dJ/dW_ij = Σ_kl dJ/dZ_kl dZ_kl/dW_ij through one
definition Z = …. It owes nothing to differentials; both must come to the same matrix.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, postorder
from matcalc.indices.entry import Letters, entry, names_in, place, tidy
from matcalc.indices.terms import (
    ONE,
    ZERO,
    Applied,
    Constant,
    Delta,
    Entry,
    Index,
    Index_term,
    Place,
    Product,
    Raised,
    Sigma,
    Total,
    product,
    sigma,
    substituted,
    total,
)
from matcalc.operators import function


def derivative(term: Index_term, by: Entry) -> Index_term:
    """The derivative of `term` by an entry of a name. Raises UnsupportedError for an array that is not written out."""
    if isinstance(term, Entry):
        if term.of is by.of:
            return product(*(_same(i, j) for i, j in zip(term.at, by.at, strict=True)))
        if by.of in set(postorder(term.of)):
            raise UnsupportedError("the entries of this array are not written out", text=repr(term.of))
        return ZERO
    if isinstance(term, Total):
        return total(*(derivative(t, by) for t in term.terms))
    if isinstance(term, Product):
        parts = term.factors
        return total(
            *(product(*parts[:n], derivative(part, by), *parts[n + 1 :]) for n, part in enumerate(parts)),
        )
    if isinstance(term, Sigma):
        return _summed(term.over, derivative(term.body, by))
    if isinstance(term, Applied) and term.op.function is not None:
        (x,) = term.args
        return product(Applied(function(term.op.function, term.op.order + 1), (x,)), derivative(x, by))
    if isinstance(term, Raised) and derivative(term.exponent, by) == ZERO:
        inner = derivative(term.base, by)
        less = total(term.exponent, Constant(Fraction(-1)))
        slope = term.base if less == ONE else Raised(term.base, less)
        return product(term.exponent, slope, inner)
    if not isinstance(term, (Applied, Raised)):
        return ZERO
    raise UnsupportedError("this function has no derivative entry by entry yet")


def _same(i: Index, j: Index) -> Index_term:
    return ONE if i == j else Delta(i, j)


def _summed(over: Place, body: Index_term) -> Index_term:
    # The sum of a sum is the sum of sums, so that each contracts its own deltas.
    if isinstance(body, Total):
        return total(*(sigma(over, term) for term in body.terms))
    return sigma(over, body)


class Link(NamedTuple):
    """dJ/dW_ij through Z: the entry of Z that is looked at, its formula, its slope, and the sum over all entries.

    `row`: the same for the whole row i of W, its columns left standing; None where W has one column or one row.
    """

    by: Entry
    of: Entry
    formula: Index_term
    slope: Index_term
    gradient: Index_term


def link(gradient: Node, of: Symbol, by: Symbol, taken: Collection[str] = ()) -> Link:
    """The chain rule through the definition of `of`, whose own gradient is the formula `gradient`."""
    assert of.definition is not None
    taken = {*taken, *names_in(gradient, of, by, of.definition)}
    letters = Letters(taken)
    entry_by = Entry(by, place(letters.position(by)))
    at = letters.position(of)
    entry_of = Entry(of, place(at))
    formula = entry(of.definition, at, letters)
    slope = derivative(formula, entry_by)
    whole = _summed(entry_of.at, _spread(entry(gradient, at, letters), slope))
    free = (*entry_by.at, *entry_of.at)
    return Link(
        entry_by, entry_of, tidy(formula, free, taken), tidy(slope, free, taken), tidy(whole, entry_by.at, taken)
    )


def _spread(factor: Index_term, slope: Index_term) -> Index_term:
    if isinstance(slope, Total):
        return total(*(product(factor, term) for term in slope.terms))
    return product(factor, slope)


def renamed(term: Index_term, old: Place, new: Place) -> Index_term:
    """`term` with its free indices called otherwise."""
    return substituted(term, dict(zip(old, new, strict=True)))
