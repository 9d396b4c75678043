"""The array: a shape and a flat list of its entries, row by row. Its arithmetic goes entry by entry."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, TypeAlias

ArrayShape: TypeAlias = tuple[int, ...]
Operation: TypeAlias = Callable[[Any, Any], Any]


class ndarray:
    """An array of at most two axes. Its parts are copies, not views."""

    __slots__ = ("entries", "shape")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, entries: list[Any], shape: ArrayShape) -> None:
        self.entries = entries
        self.shape = shape

    def __repr__(self) -> str:
        return f"array({self.tolist()})"

    # -------------------------------------------------------------------------------------------------- what it is

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def dtype(self) -> type:
        return float if all(isinstance(x, (int, float)) for x in self.entries) else object

    def item(self) -> Any:
        (entry,) = self.entries
        return entry

    def __float__(self) -> float:
        return float(self.item())

    def __bool__(self) -> bool:
        if len(self.entries) != 1:
            raise ValueError("an array of several entries is neither true nor false")
        return bool(self.entries[0])

    def __len__(self) -> int:
        return self.shape[0]

    def rows(self) -> list[list[Any]]:
        """The entries, row by row; an array with one axis is a row."""
        if len(self.shape) < 2:
            return [self.entries]
        n, m = self.shape
        return [self.entries[i : i + m] for i in range(0, n * m, m)]

    def columns(self) -> list[list[Any]]:
        """The entries, column by column; an array with one axis is a column."""
        if len(self.shape) < 2:
            return [self.entries]
        m = self.shape[1]
        return [self.entries[j::m] for j in range(m)]

    def tolist(self) -> Any:
        return self.rows() if len(self.shape) == 2 else list(self.entries) if self.shape else self.entries[0]

    def __iter__(self) -> Iterator[Any]:
        if len(self.shape) == 2:
            return (ndarray(row, self.shape[1:]) for row in self.rows())
        return iter(self.entries)

    # ------------------------------------------------------------------------------------------- in another shape

    @property
    def T(self) -> ndarray:
        if len(self.shape) < 2:
            return self
        n, m = self.shape
        turned = self.entries if n == 1 or m == 1 else list(chain.from_iterable(self.columns()))
        return ndarray(turned, (m, n))

    def ravel(self, order: str = "C") -> ndarray:
        entries = (self.T if order == "F" else self).entries
        return ndarray(list(entries), (len(entries),))

    def reshape(self, *shape: Any, order: str = "C") -> ndarray:
        wanted: ArrayShape = shape[0] if isinstance(shape[0], tuple) else shape
        if -1 in wanted:
            known = -math.prod(wanted)
            wanted = tuple(len(self.entries) // known if size == -1 else size for size in wanted)
        if math.prod(wanted) != len(self.entries):
            raise ValueError(f"an array of shape {self.shape} has no shape {wanted}")
        if order == "F":
            return ndarray(self.T.entries, wanted[::-1]).T
        return ndarray(self.entries, wanted)

    # ------------------------------------------------------------------------------------------------------- parts

    def _chosen(self, key: Any) -> tuple[list[int], ArrayShape]:
        # The places in the list of what is between the brackets, and its shape.
        if isinstance(key, ndarray) and key.entries and isinstance(key.entries[0], bool):
            places = [k for k, wanted in enumerate(key.entries) if wanted]
            return places, (len(places),)
        keys = key if isinstance(key, tuple) else (key,)
        given = sum(one is not None for one in keys)
        axes = iter(self.shape)
        shape: list[int] = []
        chosen: list[range | list[int]] = []
        for one in (*keys, *(slice(None),) * (len(self.shape) - given)):
            if one is None:
                shape.append(1)
                continue
            axis = range(next(axes))
            if isinstance(one, slice):
                chosen.append(axis[one])
            elif isinstance(one, (list, ndarray)):
                chosen.append([axis[k] for k in one])
            else:
                chosen.append([axis[one]])
                continue
            shape.append(len(chosen[-1]))
        if len(chosen) < 2:
            return list(*chosen), tuple(shape)
        width = self.shape[1]
        return [i * width + j for i in chosen[0] for j in chosen[1]], tuple(shape)

    def __getitem__(self, key: Any) -> Any:
        places, shape = self._chosen(key)
        found = [self.entries[k] for k in places]
        return ndarray(found, shape) if shape else found[0]

    def __setitem__(self, key: Any, value: Any) -> None:
        places, shape = self._chosen(key)
        for place, entry in zip(places, spread(asarray(value), shape), strict=True):
            self.entries[place] = entry

    # -------------------------------------------------------------------------------------------------- arithmetic

    def __add__(self, other: Any) -> Any:
        return add(self, other)

    def __sub__(self, other: Any) -> Any:
        return _subtract(self, other)

    def __mul__(self, other: Any) -> Any:
        return multiply(self, other)

    def __truediv__(self, other: Any) -> Any:
        return divide(self, other)

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __matmul__(self, other: Any) -> Any:
        return matrix_product(self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Any:
        return _subtract(other, self)

    def __rtruediv__(self, other: Any) -> Any:
        return divide(other, self)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __neg__(self) -> ndarray:
        return ndarray(list(map(operator.neg, self.entries)), self.shape)

    def __abs__(self) -> ndarray:
        return ndarray(list(map(abs, self.entries)), self.shape)

    def __lt__(self, other: Any) -> Any:
        return _below(self, other)

    def __le__(self, other: Any) -> Any:
        return _at_most(self, other)

    def __gt__(self, other: Any) -> Any:
        return _below(other, self)

    def __ge__(self, other: Any) -> Any:
        return _at_most(other, self)

    def __eq__(self, other: object) -> Any:
        return _same(self, other)

    def __ne__(self, other: object) -> Any:
        return _other(self, other)

    def __and__(self, other: Any) -> Any:
        return _both(self, other)

    def __or__(self, other: Any) -> Any:
        return _either(self, other)

    def __invert__(self) -> ndarray:
        return ndarray(list(map(operator.not_, self.entries)), self.shape)

    # ------------------------------------------------------------------------------------- of all entries, or lines

    def lines(self, axis: int | None) -> tuple[list[list[Any]], ArrayShape]:
        """The entries that an axis runs through, for each place beside it, and the shape with that axis of length 1."""
        if axis is None:
            return [self.entries], (1,) * len(self.shape)
        if axis % len(self.shape) == 1:
            return self.rows(), (self.shape[0], 1)
        return self.columns(), (1, *self.shape[1:])

    def reduced(self, f: Callable[[list[Any]], Any], axis: int | None = None, keepdims: bool = False) -> Any:
        """What f makes of the entries that an axis runs through, or of all."""
        lines, shape = self.lines(axis)
        found = list(map(f, lines))
        if keepdims:
            return ndarray(found, shape)
        return found[0] if axis is None or len(self.shape) == 1 else ndarray(found, (len(found),))

    def any(self) -> bool:
        return any(self.entries)

    def all(self) -> bool:
        return all(self.entries)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Any:
        return self.reduced(sum, axis, keepdims)

    def max(self) -> Any:
        return self.reduced(largest)

    def min(self) -> Any:
        return self.reduced(least)

    def argmax(self) -> int:
        greatest = largest(self.entries)
        return next(k for k, x in enumerate(self.entries) if x == greatest or x != x)


def largest(line: list[Any]) -> Any:
    """The largest of numbers; nan if one is."""
    return math.nan if any(map(operator.ne, line, line)) else max(line)


def least(line: list[Any]) -> Any:
    """The least of numbers; nan if one is."""
    return math.nan if any(map(operator.ne, line, line)) else min(line)


# ---------------------------------------------------------------------------------------------------------- from others


def array(value: Any, dtype: Any = None) -> ndarray:
    """An array of a number, of a list, or of lists of one length; a copy of an array."""
    if isinstance(value, ndarray):
        entries, shape = list(value.entries), value.shape
    elif isinstance(value, (list, tuple)):
        parts = [asarray(part) for part in value]
        inner = parts[0].shape if parts else ()
        if any(part.shape != inner for part in parts):
            raise ValueError("the lists in a list must have one length")
        entries, shape = [x for part in parts for x in part.entries], (len(parts), *inner)
    else:
        entries, shape = [value], ()
    return ndarray(entries if dtype is None else list(map(dtype, entries)), shape)


def asarray(value: Any, dtype: Any = None) -> ndarray:
    """An array of a value; the array itself if it is one."""
    return value if type(value) is ndarray and dtype is None else array(value, dtype)


# -------------------------------------------------------------------------------------------------- two arrays together


def spread(a: ndarray, shape: ArrayShape) -> list[Any]:
    """The entries of an array that is repeated along the axes where its length is 1."""
    if a.shape == shape:
        return a.entries
    size = math.prod(shape)
    if len(a.entries) == 1 and len(a.shape) <= len(shape):
        return a.entries * size
    if len(shape) == 2 and a.shape in ((shape[1],), (1, shape[1])):
        return a.entries * shape[0]
    if len(shape) == 2 and a.shape == (shape[0], 1):
        return [x for x in a.entries for _ in range(shape[1])]
    raise ValueError(f"an array of shape {a.shape} has no shape {shape}")


def _common(one: ArrayShape, two: ArrayShape) -> ArrayShape:
    width = max(len(one), len(two))
    axes = zip((1,) * (width - len(one)) + one, (1,) * (width - len(two)) + two, strict=True)
    return tuple(b if a == 1 else a for a, b in axes)


def together(*values: Any) -> tuple[list[list[Any]], ArrayShape]:
    """The entries of arrays and numbers, each spread to the shape that all have in common."""
    arrays = [asarray(value) for value in values]
    shape = arrays[0].shape
    for a in arrays:
        if a.shape != shape:
            shape = _common(shape, a.shape)
    return [spread(a, shape) for a in arrays], shape


def of_two(f: Operation, otherwise: Operation | None = None) -> Operation:
    """f for the entries of two arrays; `otherwise` does the same where f may raise an error."""

    def entrywise(a: Any, b: Any) -> Any:
        (one, two), shape = together(a, b)
        try:
            found = list(map(f, one, two))
        except ArithmeticError:
            if otherwise is None:
                raise
            found = list(map(otherwise, one, two))
        return ndarray(found, shape) if shape else found[0]

    return entrywise


def _quotient(x: Any, y: Any) -> float:
    if y:
        return float(x / y)
    return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)


def _power(x: Any, y: Any) -> float:
    if y == 2:
        return float(x * x)  # as exact as it gets
    odd = y % 2 == 1
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and odd else math.inf
    except ValueError:  # of a negative number, or 1 / 0
        return math.nan if x else math.copysign(math.inf, x) if odd else math.inf


add = of_two(operator.add)
multiply = of_two(operator.mul)
divide = of_two(operator.truediv, _quotient)
power = of_two(_power)
_subtract = of_two(operator.sub)
_below, _at_most = of_two(operator.lt), of_two(operator.le)
_same, _other = of_two(operator.eq), of_two(operator.ne)
_both, _either = of_two(operator.and_), of_two(operator.or_)


def dot(x: list[Any], y: list[Any]) -> Any:
    """The sum of the products of entries."""
    return sum(map(operator.mul, x, y))


def matrix_product(a: ndarray, b: ndarray) -> Any:
    """A B, of arrays of one axis or two."""
    if a.shape[-1] != b.shape[0]:
        raise ValueError(f"arrays of shapes {a.shape} and {b.shape} have no product")
    columns = b.columns()
    found = [dot(row, column) for row in a.rows() for column in columns]
    shape = (*a.shape[:-1], *b.shape[1:])
    return ndarray(found, shape) if shape else found[0]
