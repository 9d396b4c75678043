"""Slopes: the derivative of a formula in index notation by an entry of a name, and SLOPES for arrays not written out.

Source: calculus of one variable, entry by entry; for the inverse, the determinant and the softmax their well-known
derivatives (Magnus & Neudecker, Matrix Differential Calculus, ch. 8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Term, postorder
from matcalc.indices.entry import Letters, Position, entry, place, position
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
    delta,
    product,
    sigma,
    total,
)
from matcalc.operators import (
    BATCH_NORM,
    COLSTD,
    DET,
    INV,
    LAYER_NORM,
    LOG_SOFTMAX_COLUMNS,
    LOG_SOFTMAX_ROWS,
    LOGDET,
    LOGSUMEXP_COLUMNS,
    LOGSUMEXP_ROWS,
    MAX,
    MIN,
    NORM,
    ROWSTD,
    SOFTMAX_COLUMNS,
    SOFTMAX_ROWS,
    STEP_GE,
    Operator,
    function,
    term,
)

MINUS = Constant(Fraction(-1))
Slope: TypeAlias = Callable[[Term, Position, Position, Letters], Index_term]
"""The derivative of entry `at` of a term by the entry of its argument at the second place."""


def derivative(term: Index_term, by: Entry, letters: Letters) -> Index_term:
    """The derivative of `term` by an entry of a name. Raises UnsupportedError for an array that is not written out."""
    if isinstance(term, Entry):
        return _of_entry(term, by, letters)
    if isinstance(term, Total):
        return total(*(derivative(t, by, letters) for t in term.terms))
    if isinstance(term, Product):
        parts = term.factors
        return total(*(spread(parts[:n], derivative(f, by, letters), parts[n + 1 :]) for n, f in enumerate(parts)))
    if isinstance(term, Sigma):
        return summed(term.over, derivative(term.body, by, letters))
    if isinstance(term, Raised):
        return _of_power(term, by, letters)
    if isinstance(term, Applied):
        return _of_function(term, by, letters)
    return ZERO


def spread(before: tuple[Index_term, ...], middle: Index_term, after: tuple[Index_term, ...] = ()) -> Index_term:
    """The product; a sum in the middle that holds deltas is opened, so that each of its terms contracts its own."""
    return total(*(product(*before, part, *after) for part in _opened(middle)))


def _opened(term: Index_term) -> tuple[Index_term, ...]:
    # The terms of a sum, where a delta is a factor of one of them; else the whole.
    if not isinstance(term, Total):
        return (term,)
    bodies = [t.body if isinstance(t, Sigma) else t for t in term.terms]
    factors = [f for body in bodies for f in (body.factors if isinstance(body, Product) else (body,))]
    return term.terms if any(isinstance(f, (Delta, Total)) for f in factors) else (term,)


def contracted(over: Place, left: Index_term, right: Index_term) -> Index_term:
    """The sum of the product over indices, what holds deltas opened."""
    return total(*(summed(over, spread((part,), right)) for part in _opened(left)))


def summed(over: Place, body: Index_term) -> Index_term:
    """The sum of a sum as the sum of sums."""
    if isinstance(body, Total):
        return total(*(sigma(over, term) for term in body.terms))
    return sigma(over, body)


def _of_entry(term: Entry, by: Entry, letters: Letters) -> Index_term:
    if term.of is by.of:
        return product(*(delta(i, j) for i, j in zip(term.at, by.at, strict=True)))
    if by.of not in set(postorder(term.of)):
        return ZERO
    node = term.of
    if not isinstance(node, Term) or node.op not in SLOPES:
        raise UnsupportedError("the entries of this array are not written out", text=repr(term.of))
    a = node.args[0]
    if any(by.of in set(postorder(parameter)) for parameter in node.args[1:]):
        raise UnsupportedError("a parameter of this array is not written out", text=repr(term.of))
    over = letters.position(a)
    slope = SLOPES[node.op](node, position(node, term.at), over, letters)
    inner = derivative(entry(a, over, letters), by, letters)
    return contracted(place(over), slope, inner)


def _of_power(term: Raised, by: Entry, letters: Letters) -> Index_term:
    base, exponent = derivative(term.base, by, letters), derivative(term.exponent, by, letters)
    less = total(term.exponent, MINUS)
    slope = ONE if less == ZERO else term.base if less == ONE else Raised(term.base, less)
    found = spread((term.exponent, slope), base)
    if exponent == ZERO:
        return found
    return total(found, spread((term, Applied(function("log"), (term.base,))), exponent))


def _of_function(term: Applied, by: Entry, letters: Letters) -> Index_term:
    slopes = [derivative(a, by, letters) for a in term.args]
    if all(slope == ZERO for slope in slopes) or term.op is STEP_GE:
        return ZERO
    if term.op in (MAX, MIN):
        first = Applied(STEP_GE, term.args if term.op is MAX else term.args[::-1])
        return total(spread((first,), slopes[0]), spread((_one_minus(first),), slopes[1]))
    if term.op.function is None:
        raise UnsupportedError("this function has no derivative entry by entry")
    prime = PRIMES.get(term.op.function) if not term.op.order else None
    own = prime(term) if prime else Applied(function(term.op.function, term.op.order + 1), term.args)
    return spread((own,), slopes[0])


def _one_minus(x: Index_term) -> Index_term:
    return total(ONE, product(MINUS, x))


def _power(x: Index_term, exponent: Fraction | int) -> Index_term:
    return Raised(x, Constant(Fraction(exponent)))


PRIMES: Mapping[str, Callable[[Applied], Index_term]] = {
    "exp": lambda f: f,
    "log": lambda f: _power(f.args[0], -1),
    "sqrt": lambda f: product(Constant(Fraction(1, 2)), _power(f, -1)),
    "sin": lambda f: Applied(function("cos"), f.args),
    "cos": lambda f: product(MINUS, Applied(function("sin"), f.args)),
    "tanh": lambda f: total(ONE, product(MINUS, _power(f, 2))),
    "sigmoid": lambda f: product(f, _one_minus(f)),
    "relu": lambda f: Applied(function("step"), f.args),
    "softplus": lambda f: Applied(function("sigmoid"), f.args),
}
"""f'(x) of functions whose derivative is short, from f(x); of all others it is written f'(x)."""


# --------------------------------------------------------------------------------------------------------------- SLOPES


def _same(i: Index | None, j: Index | None) -> Index_term:
    return ONE if i is None or j is None else delta(i, j)


def _at(op: Operator, a: Node, at: Position) -> Index_term:
    return Entry(term(op, a), place(at))


def _inv(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    return product(MINUS, Entry(node, place((at[0], by[0]))), Entry(node, place((by[1], at[1]))))


def _det(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    return product(Entry(node, ()), _at(INV, node.args[0], by[::-1]))


def _logdet(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    return _at(INV, node.args[0], by[::-1])


def _softmax(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    # Along the rows a_ij (δ_jl - a_il) δ_ik; along the columns likewise.
    along = 1 if node.op is SOFTMAX_ROWS else 0
    own = Entry(node, place(at))
    other = place((at[0], by[1]) if along else (by[0], at[1]))
    inside = total(_same(at[along], by[along]), product(MINUS, Entry(node, other)))
    return spread((own,), inside, (_same(at[1 - along], by[1 - along]),))


def _log_softmax(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    along = 1 if node.op is LOG_SOFTMAX_ROWS else 0
    op = SOFTMAX_ROWS if along else SOFTMAX_COLUMNS
    other = (at[0], by[1]) if along else (by[0], at[1])
    inside = total(_same(at[along], by[along]), product(MINUS, _at(op, node.args[0], other)))
    return spread((), inside, (_same(at[1 - along], by[1 - along]),))


def _logsumexp(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    along = 1 if node.op is LOGSUMEXP_ROWS else 0
    op = SOFTMAX_ROWS if along else SOFTMAX_COLUMNS
    return product(_at(op, node.args[0], by), _same(at[1 - along], by[1 - along]))


def _norm(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    return product(entry(node.args[0], by, letters), Raised(Entry(node, ()), MINUS))


def _normalized(node: Term, at: Position, by: Position, letters: Letters) -> Index_term:
    # (δ_jl - 1/m - n_ij n_il / m) / s_i δ_ik along the rows of length m, s their deviations.
    along = 1 if node.op is LAYER_NORM else 0
    size = node.shape[along]
    per = Constant(Fraction(1, size)) if isinstance(size, int) else Raised(Length(size), MINUS)
    other = place((at[0], by[1]) if along else (by[0], at[1]))
    deviations = term(ROWSTD if along else COLSTD, *node.args)
    below = Raised(Entry(deviations, place((at[0], None) if along else (None, at[1]))), MINUS)
    products = product(MINUS, Entry(node, place(at)), Entry(node, other), per)
    inside = total(_same(at[along], by[along]), product(MINUS, per), products)
    return spread((_same(at[1 - along], by[1 - along]),), inside, (below,))


SLOPES: Mapping[Operator, Slope] = {
    INV: _inv,
    DET: _det,
    LOGDET: _logdet,
    SOFTMAX_ROWS: _softmax,
    SOFTMAX_COLUMNS: _softmax,
    LOG_SOFTMAX_ROWS: _log_softmax,
    LOG_SOFTMAX_COLUMNS: _log_softmax,
    LOGSUMEXP_ROWS: _logsumexp,
    LOGSUMEXP_COLUMNS: _logsumexp,
    NORM: _norm,
    LAYER_NORM: _normalized,
    BATCH_NORM: _normalized,
}
