"""Evaluates a formula in index notation at fixed sizes: every sum is written out, as an expression that can be judged.

Σ_k X_ki d_k at n = 2 is the column of X[1,1] d[1] + X[2,1] d[2], …. Nothing is simplified.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from matcalc import operators as ops
from matcalc.dims import dim_replace, dim_value
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term, postorder
from matcalc.indices import terms
from matcalc.operators import hadamard, plus, power, size_node, term

LONGEST = 20_000
"""The largest number of products of entries that are written out."""


class Concrete:
    """Builds expressions at the given sizes, each at least 2, so that no array becomes a scalar."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.sizes = dict(sizes)
        self._known: dict[Node, Node] = {}
        self._entries: dict[terms.EntryOf, Node] = {}
        self._count = 0

    def resized(self, node: Node) -> Node:
        """`node` with numbers for the names of dimensions, also in definitions."""
        known = self._known
        for part in postorder(node, through_definitions=True):
            if part in known:
                continue
            if isinstance(part, Symbol):
                rows, columns = (dim_replace(dim, self.sizes) for dim in part.shape)
                definition = None if part.definition is None else known[part.definition]
                known[part] = Symbol(part.name, (rows, columns), part.attributes - {"adjoint"}, definition)
            elif isinstance(part, Size):
                known[part] = size_node(dim_replace(part.dim, self.sizes))
            elif isinstance(part, Term):
                known[part] = term(part.op, *(known[a] for a in part.args))
            else:
                known[part] = part
        return known[node]

    def array(self, formula: terms.Index_term, rows: terms.Indices, columns: terms.Indices) -> Node:
        """The array of a formula's values: a row for each value of the indices `rows`, a column for each of `columns`.

        The first index of each varies fastest, as where columns are stacked. Raises UnsupportedError if it is too long.
        """

        def places(indices: terms.Indices) -> list[dict[terms.Index, int]]:
            ranges = [range(1, dim_value(i.size, self.sizes) + 1) for i in reversed(indices)]
            return [dict(zip(reversed(indices), place, strict=True)) for place in product(*ranges)]

        across = places(columns)
        table = [[self._value(formula, {**down, **place}) for place in across] for down in places(rows)]
        return term(ops.VCAT, *(term(ops.HCAT, *line) for line in table))

    def entry(self, array: Node, at: terms.Indices) -> Node:
        """One entry of an array, at a place given by numbers."""
        key = terms.EntryOf(array, at)
        if key not in self._entries:
            found = self.resized(array)
            left = iter(at)
            for op, dim in zip((ops.ROWRANGE, ops.COLRANGE), array.shape, strict=True):
                if dim != 1:
                    value = next(left).value
                    assert value is not None
                    found = term(op, found, Number(value), Number(value))
            self._entries[key] = found
        return self._entries[key]

    def _value(self, part: terms.Index_term, at: Mapping[terms.Index, int]) -> Node:
        if isinstance(part, terms.Constant):
            return Number(part.value)
        if isinstance(part, terms.Length):
            return Number(dim_value(part.dim, self.sizes))
        if isinstance(part, terms.EntryOf):
            return self.entry(part.of, tuple(self._number(i, at) for i in part.at))
        if isinstance(part, terms.Delta):
            return Number(int(self._number(part.i, at).value == self._number(part.j, at).value))
        if isinstance(part, terms.Product):
            self._count += 1
            if self._count > LONGEST:
                raise UnsupportedError("this sum is too long to write out")
            return hadamard(*(self._value(f, at) for f in part.factors))
        if isinstance(part, terms.Total):
            return plus(*(self._value(t, at) for t in part.terms))
        if isinstance(part, terms.Raised):
            return power(self._value(part.base, at), self._value(part.exponent, at))
        if isinstance(part, terms.Applied):
            if part.op is ops.D:
                raise UnsupportedError("a differential has no value")
            return term(part.op, *(self._value(a, at) for a in part.args))
        ranges = [range(1, dim_value(i.size, self.sizes) + 1) for i in part.over]
        return plus(*(self._value(part.body, {**at, **dict(zip(part.over, p, strict=True))}) for p in product(*ranges)))

    def _number(self, index: terms.Index, at: Mapping[terms.Index, int]) -> terms.Index:
        value = at[index] if index.value is None else index.value
        return terms.Index(str(value), index.size, value)
