"""What a user gives as values, as arrays of the shapes that the symbols have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from matcalc.dims import dim_names
from matcalc.errors import ShapeError, UnknownNameError
from matcalc.expr import Node, Symbol
from matcalc.meaning.exact import shape_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[numpy.float64]


def arrays_of(
    symbols: Sequence[Symbol], values: Mapping[str, object], sizes: Mapping[str, int]
) -> tuple[dict[Node, Array], dict[str, int]]:
    """The array of each symbol, and the number of each dimension. Raises UnknownNameError and ShapeError."""
    known = dict(sizes)
    source = dict.fromkeys(known, "sizes")
    arrays: dict[Node, Array] = {}
    for symbol in symbols:
        if symbol.name not in values:
            raise UnknownNameError(
                f"{symbol.name} has no value",
                hint=f"the values given are {', '.join(values) or 'none'}",
                text=symbol.name,
            )
        arrays[symbol] = array = array_of(symbol, values[symbol.name])
        for dim, size in zip(symbol.shape, array.shape, strict=True):
            if isinstance(dim, str) and dim not in known:
                known[dim], source[dim] = size, symbol.name
    for symbol in symbols:
        array = arrays[symbol]
        if array.shape != shape_of(symbol, known):
            wanted = " and ".join(
                f"{name} = {known[name]} by {source[name]}"
                for name in sorted(dim_names(symbol.shape[0]) | dim_names(symbol.shape[1]))
                if source[name] != symbol.name
            )
            raise ShapeError(
                f"the value of {symbol.name} is {array.shape[0]}×{array.shape[1]}, "
                f"but {symbol.name} is {symbol.shape[0]}×{symbol.shape[1]}" + (f" with {wanted}" if wanted else ""),
                hint=f"so it was understood; declare another shape, `{symbol.name}: {_declared(array)}`",
                text=symbol.name,
            )
    return arrays, known


def _declared(array: Array) -> str:
    # The shape as a declaration with letters, n x m.
    rows, columns = ("" if size == 1 else letter for size, letter in zip(array.shape, "nm", strict=True))
    return f"{rows or 1} x {columns}" if columns else rows or "scalar"


def array_of(symbol: Symbol, value: Any) -> Array:
    """A value as an array of two dimensions. Raises ShapeError for what is none of real numbers."""
    import numpy as np

    try:
        given = np.asarray(value)
        if np.iscomplexobj(given) or (given.dtype == object and any(x is None for x in given.flat)):
            raise TypeError  # NumPy takes None for nan
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        hint = "a list of equally long lists of numbers, or a NumPy array; a number within 10^308"
        message = f"the value of {symbol.name} is not an array of real numbers"
        raise ShapeError(message, text=symbol.name, hint=hint) from None
    if not array.size:
        raise ShapeError(
            f"the value of {symbol.name} has no entries", text=symbol.name, hint="every size is at least 1"
        )
    if array.ndim == 2:
        return array
    if array.ndim > 2:
        raise ShapeError(f"the value of {symbol.name} has {array.ndim} axes, not two", text=symbol.name)
    row = array.ndim == 1 and symbol.shape[0] == 1 and symbol.shape[1] != 1
    return array.reshape((1, -1) if row else (-1, 1))
