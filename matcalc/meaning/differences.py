"""d(A) at a point, as a limit: a central difference in numbers of many digits. No rule of differentiation is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from matcalc.errors import ShapeError, UnsupportedError
from matcalc.expr import Node, Symbol, Term
from matcalc.meaning.callables import Functions, extended
from matcalc.meaning.exact import entries, order, shape_of
from matcalc.meaning.fields import Multiprecision
from matcalc.meaning.protocol import Entry, Rows
from matcalc.meaning.values import array_of
from matcalc.operators import D

if TYPE_CHECKING:
    from matcalc.meaning.values import Array


DIGITS = 40
"""The step of a central difference is 10^-DIGITS; every d within a d adds as many digits to the numbers."""
DEEPEST = 4
"""The most d's within one another."""


def differentials_of(
    terms: Sequence[Term],
    reached: Sequence[Node],
    arrays: Mapping[Node, Array],
    values: Mapping[str, object],
    given: Functions,
    sizes: Mapping[str, int],
) -> dict[Node, Array]:
    """The values of terms d(A), by the increments dX among `values`. Raises UnsupportedError for d's nested deeply."""
    if not terms:
        return {}
    import numpy as np

    names = {s.name for s in reached if isinstance(s, Symbol)}
    increments = {
        s: _increment(s, values[f"d{s.name}"], sizes)
        for s in reached
        if isinstance(s, Symbol) and f"d{s.name}" in values and f"d{s.name}" not in names
    }
    depth = _depth(terms)
    if depth > DEEPEST:
        raise UnsupportedError(f"a differential of order {depth} is not evaluated")
    field = Multiprecision((depth + 2) * DIGITS)
    field.calls = {name: partial(extended, field, np, given, name) for name in given}
    limit = _Limit(field, sizes, {s: _lift(field, a) for s, a in increments.items()})
    env = {s: _lift(field, a) for s, a in arrays.items() if isinstance(s, Symbol)}
    found = limit([node.args[0] for node in terms], env)
    return {node: np.array([[float(x) for x in row] for row in rows]) for node, rows in zip(terms, found, strict=True)}


def _increment(symbol: Symbol, value: object, sizes: Mapping[str, int]) -> Array:
    increment = array_of(Symbol(f"d{symbol.name}", symbol.shape), value)
    if increment.shape != shape_of(symbol, sizes):
        rows, columns = shape_of(symbol, sizes)
        raise ShapeError(f"the increment d{symbol.name} must be {rows}×{columns}, as {symbol.name} is")
    return increment


def _depth(terms: Sequence[Term]) -> int:
    depths: dict[Node, int] = {}
    for node in order(terms, into_differentials=True):
        below = [depths[a] for a in node.args]
        if isinstance(node, Symbol) and node.definition is not None:
            below.append(depths.get(node.definition, 0))
        depths[node] = max(below, default=0) + (isinstance(node, Term) and node.op is D)
    return max(depths[node] for node in terms)


def _lift(field: Multiprecision, array: Array) -> Rows:
    return [[field.number(float(x)) for x in row] for row in array]


class _Limit:
    """d of expressions at a point, along increments of the symbols, as central differences."""

    def __init__(self, field: Multiprecision, sizes: Mapping[str, int], increments: Mapping[Symbol, Rows]) -> None:
        self._field = field
        self._sizes = sizes
        self._increments = increments
        self._step = field.mp.mpf(10) ** -DIGITS

    def __call__(self, nodes: Sequence[Node], env: Mapping[Symbol, Rows]) -> list[Rows]:
        ahead = self._beside(nodes, env, self._step)
        behind = self._beside(nodes, env, -self._step)
        found = []
        for node, a, b in zip(nodes, ahead, behind, strict=True):
            if isinstance(node, Symbol) and node in self._increments:
                found.append(self._increments[node])
            else:
                found.append(
                    [
                        [(x - y) / (2 * self._step) for x, y in zip(one, two, strict=True)]
                        for one, two in zip(a, b, strict=True)
                    ]
                )
        return found

    def _beside(self, nodes: Sequence[Node], env: Mapping[Symbol, Rows], step: Entry) -> list[Rows]:
        moved = dict(env)
        for symbol, rows in self._increments.items():
            if symbol in env:
                moved[symbol] = [
                    [x + step * v for x, v in zip(one, two, strict=True)]
                    for one, two in zip(env[symbol], rows, strict=True)
                ]
        return entries(nodes, moved, self._field, self._sizes, lambda node: self([node.args[0]], moved)[0])
