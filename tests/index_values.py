"""Formulas in index notation as numbers: every index an axis, every sum over one. It shares no code with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from matcalc import meaning
from matcalc.dims import dim_value
from matcalc.expr import Node, Symbol
from matcalc.indices import Index, Index_term, terms
from matcalc.operators import D, function, term

Array: TypeAlias = "np.ndarray[Any, Any]"
Axes: TypeAlias = "tuple[Index, ...]"
STEP = 1e-6


class Values:
    """`values` of the inputs by name, and their increments as dX; `sizes` of the dimensions.

    With `exact`, entries are objects that know + and * (SymPy's), and `apply` what a function of them is.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        sizes: Mapping[str, int],
        functions: Mapping[str, Any] | None = None,
        apply: Callable[[str, Any], Any] | None = None,
        arrays: Mapping[str, Array] | None = None,
    ) -> None:
        self.values = values
        self.sizes = sizes
        self.functions = functions or {}
        self.apply = apply
        self.arrays = arrays or {}
        self._known: dict[Node, Array] = {}

    def of(self, formula: Index_term, free: terms.Indices) -> Array:
        """The array of a formula's values, an axis for each of its free indices, in their order."""
        array, axes = self._value(formula)
        array = np.asarray(array)
        assert set(axes) <= set(free), (axes, free)
        missing = [i for i in free if i not in axes]
        array = np.broadcast_to(array[(..., *[None] * len(missing))], (*array.shape, *map(self._size, missing)))
        order = [*axes, *missing]
        return np.transpose(array, [order.index(i) for i in free])

    def _size(self, index: Index) -> int:
        return dim_value(index.size, self.sizes)

    def _array(self, node: Node) -> Array:
        if isinstance(node, Symbol) and node.name in self.arrays:
            return self.arrays[node.name]
        if node not in self._known:
            (array,) = meaning.evaluate([node], self.values, self.functions, self.sizes)
            self._known[node] = array.reshape([n for n, dim in zip(array.shape, node.shape, strict=True) if dim != 1])
        return self._known[node]

    def _value(self, part: Index_term) -> tuple[Array, Axes]:
        if isinstance(part, terms.Constant):
            return np.array(part.value if self.apply else float(part.value)), ()
        if isinstance(part, terms.Length):
            return np.array(dim_value(part.dim, self.sizes)), ()
        if isinstance(part, terms.Delta):
            return self._delta(part)
        if isinstance(part, terms.EntryOf):
            return self._entry(self._array(part.of), part.at)
        if isinstance(part, terms.Product):
            return self._together([self._value(f) for f in part.factors], np.multiply)
        if isinstance(part, terms.Total):
            return self._together([self._value(t) for t in part.terms], np.add)
        if isinstance(part, terms.Raised):
            return self._together([self._value(part.base), self._value(part.exponent)], np.power)
        if isinstance(part, terms.Applied):
            return self._differential(part) if part.op is D else self._applied(part)
        assert isinstance(part, terms.Sigma)
        array, axes = self._value(part.body)
        for index in part.over:
            if index in axes:
                array = np.asarray(np.asarray(array).sum(axis=axes.index(index)))
                axes = tuple(i for i in axes if i != index)
            else:
                array = array * self._size(index)
        return np.asarray(array), axes

    def _delta(self, part: terms.Delta) -> tuple[Array, Axes]:
        axes = tuple(i for i in (part.i, part.j) if i.value is None)
        rows, columns = ([i.value - 1] if i.value is not None else range(self._size(i)) for i in (part.i, part.j))
        table = np.array([[int(r == c) for c in columns] for r in rows])
        return table.reshape([self._size(i) for i in axes]), axes

    def _entry(self, array: Array, at: terms.Indices) -> tuple[Array, Axes]:
        array = array[tuple(slice(0, self._size(i)) if i.value is None else i.value - 1 for i in at)]
        letters = [i for i in at if i.value is None]
        if len(letters) == 2 and letters[0] == letters[1]:
            return np.diagonal(array), (letters[0],)
        return array, tuple(letters)

    def _together(self, parts: list[tuple[Array, Axes]], how: Any) -> tuple[Array, Axes]:
        axes: Axes = tuple(dict.fromkeys(i for _, own in parts for i in own))
        found = None
        for array, own in parts:
            shown = np.asarray(array)[(..., *[None] * (len(axes) - len(own)))]
            order = [*own, *(i for i in axes if i not in own)]
            shown = np.transpose(shown, [order.index(i) for i in axes])
            found = shown if found is None else how(found, shown)
        assert found is not None
        return np.asarray(found), axes

    def _applied(self, part: terms.Applied) -> tuple[Array, Axes]:
        parts = [self._value(a) for a in part.args]
        axes: Axes = tuple(dict.fromkeys(i for _, own in parts for i in own))
        arrays = [self._together([(np.array(0), ()), p, (np.zeros([self._size(i) for i in axes]), axes)], np.add)
                  for p in parts]  # fmt: skip
        flat = [np.transpose(a, [own.index(i) for i in axes]).reshape(-1) for a, own in arrays]
        shape = [self._size(i) for i in axes]
        if self.apply is not None:
            assert part.op.function is not None
            name = part.op.function + "'" * part.op.order
            return np.array([self.apply(name, x) for x in flat[0]], dtype=object).reshape(shape), axes
        # What is one number in every term stays one.
        names = {f"x{n}": a[:1] if n in part.op.signature.scalars else a for n, a in enumerate(flat)}
        applied = term(part.op, *(Symbol(name, (len(a), 1)) for name, a in names.items()))
        (value,) = meaning.evaluate([applied], names, self.functions)
        return value.reshape(shape), axes

    def _differential(self, part: terms.Applied) -> tuple[Array, Axes]:
        (inner,) = part.args
        if isinstance(inner, terms.EntryOf):
            return self._entry(self._array(term(D, inner.of)), inner.at)
        moved = []
        axes: Axes = ()
        for sign in (1, -1):
            values = {
                name: np.asarray(x) + sign * STEP * np.asarray(self.values.get("d" + name, 0))
                for name, x in self.values.items()
            }
            array, axes = Values(values, self.sizes, self.functions)._value(inner)
            moved.append(array)
        return (moved[0] - moved[1]) / (2 * STEP), axes


__all__ = ["Values", "function"]
