"""For every operator an expression with it, made from its signature, and values at which it is defined.

The value of such an expression is known from `finite.OPERATORS` alone, so a new operator needs one row there and no
other in the tests.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.dims import Dim, dim_value
from matcalc.expr import Node, Operator, Size, Symbol, Term
from matcalc.operators import TABLE, function, number, term
from matcalc.signatures import ONE

SIZES = {"n": 3, "m": 2, "k": 2, "p": 2, "q": 4}
LIMITS = {"i": number(1), "j": number(2)}
"""The ends of a range of rows or columns."""
EXPONENT, EPS = number(3), number(Fraction(1, 4))


def operators() -> dict[str, Operator]:
    """Every operator but d, by name."""
    found = {name: function(name) if op.function else op for name, op in TABLE.items()}
    return {name: op for name, op in found.items() if name != "d"}


def sample(op: Operator) -> Term:
    """The operator applied to inputs, one for each argument."""
    places = [*range(len(op.signature.arguments))]
    if op.signature.folded and op.signature.arguments[0].sides == op.signature.arguments[1].sides:
        places.append(1)
    made = term(op, *(_argument(op, i, of) for i, of in enumerate(places)))
    assert isinstance(made, Term)
    return made


def inputs(op: Operator) -> list[Symbol]:
    """The arrays among the arguments of its sample."""
    return [arg for arg in sample(op).args if isinstance(arg, Symbol)]


def numbers(op: Operator, seed: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    """Values of the inputs of its sample: positive, and square ones positive definite with simple eigenvalues."""
    rng = np.random.default_rng(seed)
    found = {}
    for symbol in inputs(op):
        rows, columns = (_value(dim) for dim in symbol.shape)
        drawn = rng.uniform(0.2, 0.9, size=(rows, columns))
        if rows == columns:
            drawn = (drawn + drawn.T) / 4 + np.diag(np.linspace(1, 2, rows))
            if "symmetric" not in symbol.attributes:
                drawn[0, -1] += 0.1
        found[symbol.name] = drawn
    return found


def _argument(op: Operator, i: int, of: int) -> Node:
    # The argument in place i, which the signature describes as its argument `of`.
    argument = op.signature.arguments[of]
    if argument.size:
        return LIMITS.get(argument.size) or Size(argument.size)
    if argument.constant:
        return EPS if argument.default is not None else EXPONENT
    if i and argument.sides == (ONE, ONE):
        return EXPONENT
    attributes = (op.asks,) if op.asks and i == 0 else ()
    return Symbol("ABC"[i], (argument.rows.dim, argument.columns.dim), attributes)


def _value(dim: Dim) -> int:
    return dim_value(dim, SIZES)
