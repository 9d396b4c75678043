"""Derivatives of formulas in index notation by an entry of a name; SLOPES for arrays that are not written out.

Source: calculus of one variable, entry by entry; for the inverse, the determinant and the softmax their well-known
derivatives (Magnus & Neudecker, Matrix Differential Calculus, ch. 8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Term, postorder
from matcalc.indices import terms
from matcalc.indices.entry import FreshIndices, Position, entry, place, position
from matcalc.operators import term

MINUS = terms.Constant(Fraction(-1))
Slope: TypeAlias = Callable[[Term, Position, Position, FreshIndices], terms.Index_term]
"""Returns the derivative of entry `at` of a term by an entry of its argument."""


def derivative(term: terms.Index_term, by: terms.EntryOf, letters: FreshIndices) -> terms.Index_term:
    """The derivative of `term` by an entry of a name. Raises UnsupportedError for an array that is not written out."""
    if isinstance(term, terms.EntryOf):
        return _of_entry(term, by, letters)
    if isinstance(term, terms.Total):
        return terms.total(*(derivative(t, by, letters) for t in term.terms))
    if isinstance(term, terms.Product):
        parts = term.factors
        return terms.total(
            *(spread(parts[:n], derivative(f, by, letters), parts[n + 1 :]) for n, f in enumerate(parts))
        )
    if isinstance(term, terms.Sigma):
        return summed(term.over, derivative(term.body, by, letters))
    if isinstance(term, terms.Raised):
        return _of_power(term, by, letters)
    if isinstance(term, terms.Applied):
        return _of_function(term, by, letters)
    return terms.ZERO


def uncontracted(term: terms.Index_term, by: terms.EntryOf, letters: FreshIndices) -> terms.Index_term:
    """The derivative with the sums of `term` as they stand: Σ_j 2 (a_j - y_j) δ_ji, which is 2 (a_i - y_i)."""
    parts: list[terms.Index_term]
    if isinstance(term, terms.Total):
        parts = [uncontracted(t, by, letters) for t in term.terms]
    elif isinstance(term, terms.Sigma):
        parts = [terms.Sigma(term.over, t) for t in terms_of(uncontracted(term.body, by, letters))]
    elif isinstance(term, terms.Product) and isinstance(term.factors[0], terms.Constant):
        rest = uncontracted(terms.product(*term.factors[1:]), by, letters)
        parts = [terms.Product((term.factors[0], t)) for t in terms_of(rest)]
    else:
        return derivative(term, by, letters)
    flat = tuple(t for part in parts for t in terms_of(part))
    return flat[0] if len(flat) == 1 else terms.Total(flat) if flat else terms.ZERO


def terms_of(term: terms.Index_term) -> tuple[terms.Index_term, ...]:
    """The terms of a sum, none of 0."""
    return term.terms if isinstance(term, terms.Total) else () if term == terms.ZERO else (term,)


def spread(
    before: tuple[terms.Index_term, ...], middle: terms.Index_term, after: tuple[terms.Index_term, ...] = ()
) -> terms.Index_term:
    """The product; a sum in the middle that contains deltas is expanded, so that each term contracts its own."""
    return terms.total(*(terms.product(*before, part, *after) for part in _opened(middle)))


def _opened(term: terms.Index_term) -> tuple[terms.Index_term, ...]:
    # The terms of a sum if a delta is a factor of one of them; otherwise the whole sum.
    if not isinstance(term, terms.Total):
        return (term,)
    bodies = [t.body if isinstance(t, terms.Sigma) else t for t in term.terms]
    factors = [f for body in bodies for f in (body.factors if isinstance(body, terms.Product) else (body,))]
    return term.terms if any(isinstance(f, (terms.Delta, terms.Total)) for f in factors) else (term,)


def contracted(over: terms.Indices, left: terms.Index_term, right: terms.Index_term) -> terms.Index_term:
    """The sum of the product over indices; factors that contain deltas are expanded."""
    return terms.total(*(summed(over, spread((part,), right)) for part in _opened(left)))


def summed(over: terms.Indices, body: terms.Index_term) -> terms.Index_term:
    """The sum over indices, distributed over the terms of `body`."""
    if isinstance(body, terms.Total):
        return terms.total(*(terms.sigma(over, term) for term in body.terms))
    return terms.sigma(over, body)


def _of_entry(term: terms.EntryOf, by: terms.EntryOf, letters: FreshIndices) -> terms.Index_term:
    if term.of is by.of:
        return terms.product(*(terms.delta(i, j) for i, j in zip(term.at, by.at, strict=True)))
    if by.of not in set(postorder(term.of)):
        return terms.ZERO
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


def _of_power(term: terms.Raised, by: terms.EntryOf, letters: FreshIndices) -> terms.Index_term:
    base, exponent = derivative(term.base, by, letters), derivative(term.exponent, by, letters)
    less = terms.total(term.exponent, MINUS)
    slope = terms.ONE if less == terms.ZERO else term.base if less == terms.ONE else terms.Raised(term.base, less)
    found = spread((term.exponent, slope), base)
    if exponent == terms.ZERO:
        return found
    return terms.total(found, spread((term, terms.Applied(ops.function("log"), (term.base,))), exponent))


def _of_function(term: terms.Applied, by: terms.EntryOf, letters: FreshIndices) -> terms.Index_term:
    slopes = [derivative(a, by, letters) for a in term.args]
    if all(slope == terms.ZERO for slope in slopes) or term.op is ops.STEP_GE:
        return terms.ZERO
    if term.op in PARTIALS:
        own_slopes = PARTIALS[term.op](*term.args)
        return terms.total(*(spread(own, slope) for own, slope in zip(own_slopes, slopes, strict=True)))
    if term.op.function is None:
        raise UnsupportedError("this function has no derivative entry by entry")
    prime = PRIMES.get(term.op.function) if not term.op.order else None
    own = prime(term) if prime else terms.Applied(ops.function(term.op.function, term.op.order + 1), term.args)
    return spread((own,), slopes[0])


def _one_minus(x: terms.Index_term) -> terms.Index_term:
    return terms.total(terms.ONE, terms.product(MINUS, x))


def _at_least(a: terms.Index_term, b: terms.Index_term) -> terms.Index_term:
    return terms.Applied(ops.STEP_GE, (a, b))


def _of(name: str, x: terms.Index_term) -> terms.Index_term:
    return terms.Applied(ops.function(name), (x,))


def _minus(a: terms.Index_term, b: terms.Index_term) -> terms.Index_term:
    return terms.total(a, terms.product(MINUS, b))


def _clip(x: terms.Index_term, least: terms.Index_term, most: terms.Index_term) -> tuple[PartialSlope, ...]:
    ordered, above, below = _at_least(most, least), _at_least(x, least), _at_least(most, x)
    return (above, below), (ordered, _one_minus(above)), (_one_minus(terms.product(ordered, below)),)


def _huber(x: terms.Index_term, bound: terms.Index_term) -> tuple[PartialSlope, ...]:
    constant = isinstance(bound, terms.Constant) and bound.value >= 0
    size = bound if constant else _of("abs", bound)
    near = terms.Applied(ops.CLIP, (x, terms.product(MINUS, size), size))
    return (near,), (_of("sign", bound), _of("relu", _minus(_of("abs", x), size)))


PartialSlope: TypeAlias = tuple[terms.Index_term, ...]
PARTIALS: Mapping[ops.Operator, Callable[..., tuple[PartialSlope, ...]]] = {
    ops.MAX: lambda a, b: ((_at_least(a, b),), (_one_minus(_at_least(a, b)),)),
    ops.MIN: lambda a, b: ((_at_least(b, a),), (_one_minus(_at_least(b, a)),)),
    ops.CLIP: _clip,
    ops.HUBER: _huber,
}
"""The partial derivatives of functions of several entries, one for each argument, as lists of factors."""


def _power(x: terms.Index_term, exponent: Fraction | int) -> terms.Index_term:
    return terms.Raised(x, terms.Constant(Fraction(exponent)))


PRIMES: Mapping[str, Callable[[terms.Applied], terms.Index_term]] = {
    "exp": lambda f: f,
    "log": lambda f: _power(f.args[0], -1),
    "sqrt": lambda f: terms.product(terms.Constant(Fraction(1, 2)), _power(f, -1)),
    "sin": lambda f: terms.Applied(ops.function("cos"), f.args),
    "cos": lambda f: terms.product(MINUS, terms.Applied(ops.function("sin"), f.args)),
    "tanh": lambda f: terms.total(terms.ONE, terms.product(MINUS, _power(f, 2))),
    "sigmoid": lambda f: terms.product(f, _one_minus(f)),
    "relu": lambda f: terms.Applied(ops.function("step"), f.args),
    "softplus": lambda f: terms.Applied(ops.function("sigmoid"), f.args),
}
"""f'(x) in terms of f(x), where that is short; other derivatives are written f'(x)."""


# --------------------------------------------------------------------------------------------------------------- SLOPES


def _same(i: terms.Index | None, j: terms.Index | None) -> terms.Index_term:
    return terms.ONE if i is None or j is None else terms.delta(i, j)


def _at(op: ops.Operator, a: Node, at: Position) -> terms.Index_term:
    return terms.EntryOf(term(op, a), place(at))


def _inv(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    return terms.product(MINUS, terms.EntryOf(node, place((at[0], by[0]))), terms.EntryOf(node, place((by[1], at[1]))))


def _det(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    return terms.product(terms.EntryOf(node, ()), _at(ops.INV, node.args[0], by[::-1]))


def _logdet(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    return _at(ops.INV, node.args[0], by[::-1])


def _softmax(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    # Along the rows: a_ij (δ_jl - a_il) δ_ik; similarly along the columns.
    along = 1 if node.op is ops.SOFTMAX_ROWS else 0
    own = terms.EntryOf(node, place(at))
    other = place((at[0], by[1]) if along else (by[0], at[1]))
    inside = terms.total(_same(at[along], by[along]), terms.product(MINUS, terms.EntryOf(node, other)))
    return spread((own,), inside, (_same(at[1 - along], by[1 - along]),))


def _log_softmax(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    along = 1 if node.op is ops.LOG_SOFTMAX_ROWS else 0
    op = ops.SOFTMAX_ROWS if along else ops.SOFTMAX_COLUMNS
    other = (at[0], by[1]) if along else (by[0], at[1])
    inside = terms.total(_same(at[along], by[along]), terms.product(MINUS, _at(op, node.args[0], other)))
    return spread((), inside, (_same(at[1 - along], by[1 - along]),))


def _logsumexp(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    along = 1 if node.op is ops.LOGSUMEXP_ROWS else 0
    op = ops.SOFTMAX_ROWS if along else ops.SOFTMAX_COLUMNS
    return terms.product(_at(op, node.args[0], by), _same(at[1 - along], by[1 - along]))


def _norm(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    return terms.product(entry(node.args[0], by, letters), terms.Raised(terms.EntryOf(node, ()), MINUS))


def _normalized(node: Term, at: Position, by: Position, letters: FreshIndices) -> terms.Index_term:
    # (δ_jl - 1/m - n_ij n_il / m) / s_i δ_ik along rows of length m, where s are their standard deviations.
    along = 1 if node.op is ops.LAYER_NORM else 0
    size = node.shape[along]
    per = terms.Constant(Fraction(1, size)) if isinstance(size, int) else terms.Raised(terms.Length(size), MINUS)
    other = place((at[0], by[1]) if along else (by[0], at[1]))
    deviations = term(ops.ROWSTD if along else ops.COLSTD, *node.args)
    below = terms.Raised(terms.EntryOf(deviations, place((at[0], None) if along else (None, at[1]))), MINUS)
    products = terms.product(MINUS, terms.EntryOf(node, place(at)), terms.EntryOf(node, other), per)
    inside = terms.total(_same(at[along], by[along]), terms.product(MINUS, per), products)
    return spread((_same(at[1 - along], by[1 - along]),), inside, (below,))


SLOPES: Mapping[ops.Operator, Slope] = {
    ops.INV: _inv,
    ops.DET: _det,
    ops.LOGDET: _logdet,
    ops.LOGABSDET: _logdet,
    ops.SOFTMAX_ROWS: _softmax,
    ops.SOFTMAX_COLUMNS: _softmax,
    ops.LOG_SOFTMAX_ROWS: _log_softmax,
    ops.LOG_SOFTMAX_COLUMNS: _log_softmax,
    ops.LOGSUMEXP_ROWS: _logsumexp,
    ops.LOGSUMEXP_COLUMNS: _logsumexp,
    ops.NORM: _norm,
    ops.LAYER_NORM: _normalized,
    ops.BATCH_NORM: _normalized,
}
