"""The value of a normal form of index notation, at definite sizes: every sum is added up, and nothing is simplified."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from matcalc import meaning
from matcalc import operators as ops
from matcalc.dims import Dim, dim_value
from matcalc.expr import Node, Symbol
from matcalc.indices.algebra import Algebra
from matcalc.indices.products import Expanded


class NoValueError(Exception):
    """There is too much to add up, or a determinant, which does not say of what size its matrix is."""


MOST = 20_000
"""Products of entries that are added up for one value."""


class Values:
    """The values of normal forms. `arrays` are those of the symbols, by name; places count from 0."""

    def __init__(self, of: Algebra, arrays: Mapping[str, Any], functions: Any, sizes: Mapping[str, int]) -> None:
        self.of, self.arrays, self.functions, self.sizes = of, arrays, functions, sizes
        self._known: dict[Node, Any] = {}
        self._left = MOST

    def number(self, p: Expanded, at: Mapping[int, int], ranges: Mapping[int, int]) -> float:
        """The value where the free indices are `at`; `ranges` says how far they go."""
        with np.errstate(all="ignore"):
            return self._number(p, at, ranges)

    def _number(self, p: Expanded, at: Mapping[int, int], ranges: Mapping[int, int]) -> float:
        total = 0.0
        for (bound, factors), front in p.items():
            lengths = [self._length(self.of.sizes[s]) for s in bound]
            far = dict(ranges) | {-n: length for n, length in enumerate(lengths, 1)}
            for chosen in product(*map(range, lengths)):
                self._left -= 1
                if self._left < 0:
                    raise NoValueError
                here = dict(at) | {-n: i for n, i in enumerate(chosen, 1)}
                value: Any = np.float64(float(front))
                for head, places, power in factors:
                    value *= self._head(head, places, here, far) ** float(power)
                total += value
        return total

    def _length(self, dim: Dim) -> int:
        return dim_value(dim, self.sizes)

    def _head(self, head: int, places: tuple[int, ...], at: Mapping[int, int], ranges: Mapping[int, int]) -> Any:
        kind, *rest = self.of.heads.rows[head].key
        where = [at[i] for i in places]
        far = {n: ranges[i] for n, i in enumerate(places, 1)}
        if kind in ("size", "number", "e"):
            return np.float64(self._length(rest[0]) if kind == "size" else rest[0] if kind == "number" else np.e)
        if kind in ("array", "orthogonal", "onehot", "diagonal"):
            return self._array(rest[0], where * 2 if kind == "diagonal" else where)
        if kind in ("delta", "pair", "part", "below"):
            if kind == "pair":
                return np.float64(where[2] == where[0] * ranges[places[1]] + where[1])
            if kind == "part":
                return np.float64(where[-1] == self._length(rest[0]) + sum(where[:-1]))
            return np.float64(where[0] == where[1] if kind == "delta" else where[0] >= where[1])
        if kind == "inv":
            matrix = dict(rest[0])
            n = ranges[places[0]]
            table = [[self.number(matrix, {1: i, 2: j}, {1: n, 2: n}) for j in range(n)] for i in range(n)]
            return np.linalg.inv(np.array(table))[where[0], where[1]]
        if kind in ("det", "logdet"):
            raise NoValueError
        inside = [self.number(dict(q), dict(enumerate(where, 1)), far) for q in rest[-1]]
        if kind == "function":
            return self._function(rest[0], inside)
        values = {"exp": np.exp, "sum": np.float64, "step": lambda x: np.float64(x > 0), "power": np.power}
        return values[kind](*inside)

    def _array(self, node: Node, where: list[int]) -> Any:
        if node not in self._known:
            (self._known[node],) = meaning.evaluate([node], self.arrays, self.functions, self.sizes)
        found = np.asarray(self._known[node]).reshape([self._length(dim) for dim in node.shape])
        return found[tuple(i for i in self._full(node, where))]

    def _full(self, node: Node, where: list[int]) -> list[int]:
        left = iter(where)
        return [0 if dim == 1 else next(left) for dim in node.shape]

    def _function(self, name: str, inside: list[float]) -> Any:
        op = ops.TABLE.get(name) or ops.function(name.rstrip("'"), name.count("'"))
        symbols = [Symbol(f"x{n}", (1, 1)) for n in range(len(inside))]
        values = {s.name: np.array([[x]]) for s, x in zip(symbols, inside, strict=True)}
        (found,) = meaning.evaluate([ops.term(op, *symbols)], values, self.functions)
        return np.float64(np.asarray(found).reshape(()))
