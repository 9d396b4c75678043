"""Arrays that are made, put together and summed up."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import Any

from .array import ArrayShape, array, asarray, dot, largest, least, ndarray, spread

# ---------------------------------------------------------------------------------------------------------------- made


def full(shape: int | ArrayShape, value: Any) -> ndarray:
    """The same in every entry."""
    sizes = shape if isinstance(shape, tuple) else (shape,)
    return ndarray([value] * math.prod(sizes), sizes)


def zeros(shape: int | ArrayShape) -> ndarray:
    """Zeros."""
    return full(shape, 0.0)


def ones(shape: int | ArrayShape) -> ndarray:
    """Ones."""
    return full(shape, 1.0)


def zeros_like(a: ndarray) -> ndarray:
    """Zeros in the shape of an array."""
    return zeros(a.shape)


def _by_place(shape: ArrayShape, entry: Callable[[int, int], Any]) -> ndarray:
    n, m = shape
    return ndarray([entry(i, j) for i in range(n) for j in range(m)], shape)


def eye(n: int) -> ndarray:
    """The identity."""
    return _by_place((n, n), lambda i, j: float(i == j))


def diag(a: ndarray) -> ndarray:
    """A matrix of its diagonal; the diagonal of a matrix."""
    if a.ndim == 1:
        return _by_place((a.size, a.size), lambda i, j: a.entries[i] if i == j else 0.0)
    found = [row[i] for i, row in enumerate(a.rows()) if i < len(row)]
    return ndarray(found, (len(found),))


def tril(a: ndarray) -> ndarray:
    """Without what is above the diagonal."""
    rows = a.rows()
    return _by_place(a.shape, lambda i, j: rows[i][j] if j <= i else 0.0)


def triu(a: ndarray) -> ndarray:
    """Without what is below the diagonal."""
    return tril(a.T).T


# -------------------------------------------------------------------------------------------------------- put together


def concatenate(arrays: Sequence[ndarray], axis: int = 0) -> ndarray:
    """Arrays below one another, or beside (axis 1)."""
    if axis:
        return concatenate([a.T for a in arrays]).T
    if len({a.shape[1:] for a in arrays}) > 1:
        raise ValueError("arrays below one another must have one width")
    entries = list(chain.from_iterable(a.entries for a in arrays))
    return ndarray(entries, (builtins.sum(a.shape[0] for a in arrays), *arrays[0].shape[1:]))


def stack(arrays: Sequence[ndarray], axis: int = 0) -> ndarray:
    """Arrays of one axis as rows, or as columns (axis 1)."""
    found = array(list(arrays))
    return found.T if axis else found


def block(rows: Sequence[Sequence[ndarray]]) -> ndarray:
    """A matrix of matrices."""
    return concatenate([concatenate(row, axis=1) for row in rows])


def kron(a: ndarray, b: ndarray) -> ndarray:
    """The Kronecker product."""
    found = [x * y for upper in a.rows() for lower in b.rows() for x in upper for y in lower]
    return ndarray(found, (a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))


def broadcast_to(a: Any, shape: ArrayShape) -> ndarray:
    """An array that is repeated along the axes where its length is 1."""
    return ndarray(list(spread(asarray(a), shape)), shape)


# ------------------------------------------------------------------------------------------------------------ summed up


def sum(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The sum of the entries, or of those along an axis."""
    return asarray(a).reduced(builtins.sum, axis, keepdims)


def mean(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The mean of the entries, or of those along an axis."""
    return asarray(a).reduced(lambda line: builtins.sum(line) / len(line), axis, keepdims)


def prod(a: Any) -> Any:
    """The product of the entries."""
    return asarray(a).reduced(math.prod)


def max(a: Any, axis: int | None = None, keepdims: bool = False, initial: float | None = None) -> Any:
    """The largest entry, or the largest along an axis; at least `initial`."""
    more = [] if initial is None else [initial]
    return asarray(a).reduced(lambda line: largest(line + more), axis, keepdims)


def min(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The least entry, or the least along an axis."""
    return asarray(a).reduced(least, axis, keepdims)


def all(a: Any) -> bool:
    """Whether every entry is true."""
    return asarray(a).all()


def argmax(a: Any) -> int:
    """The place of the largest entry, the first of those."""
    return asarray(a).argmax()


def argsort(a: ndarray, axis: None = None, kind: str = "stable") -> ndarray:
    """The places of the entries, from the least to the largest."""
    return ndarray(sorted(range(a.size), key=a.entries.__getitem__), (a.size,))


def cumsum(a: ndarray, axis: int = 0) -> ndarray:
    """The sums from the first entry of a column on."""
    return array([list(accumulate(column)) for column in a.columns()]).T.reshape(a.shape)


def trace(a: ndarray) -> Any:
    """The sum of the diagonal."""
    return builtins.sum(diag(a).entries)


def vdot(a: ndarray, b: ndarray) -> Any:
    """The sum of the products of entries."""
    return dot(a.entries, b.entries)


def allclose(a: ndarray, b: ndarray, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether all entries differ by no more than a share, and a little."""
    return bool(all(abs(a - b) <= atol + rtol * abs(b)))


def iscomplexobj(a: ndarray) -> bool:
    """Whether an entry is a complex number."""
    return any(isinstance(x, complex) for x in a.entries)
