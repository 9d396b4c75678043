"""Meanings of sums, products, traces, inverses, determinants, norms, softmax, maxima and constants."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from typing import Any

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.meaning.linear import (
    Square,
    constant,
    det,
    entrywise,
    everything,
    eye,
    inv,
    power,
    product,
    square_root,
    transposed,
)
from matcalc.meaning.protocol import Entry, Field
from matcalc.meaning.table import row


def _softmax(field: Field, row: list[Entry]) -> list[Entry]:
    powers = [field.call("exp", 0, x) for x in row]
    total = field.sum(powers)
    return [field.divide(p, total) for p in powers]


def _logsumexp(field: Field, row: list[Entry]) -> Entry:
    return field.call("log", 0, field.sum([field.call("exp", 0, x) for x in row]))


def _log_softmax(field: Field, row: list[Entry]) -> list[Entry]:
    total = _logsumexp(field, row)
    return [x - total for x in row]


# ---------------------------------------------------------------------------------------------------------- in float64


def _fast_inv(np: Any, a: Any) -> Any:
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.full(a.shape, np.nan)


def _fast_logdet(np: Any, a: Any) -> Any:
    sign, value = np.linalg.slogdet(a)
    return np.array([[value if sign > 0 else -np.inf if sign == 0 else np.nan]])


def fast_matpow(np: Any, a: Any, exponent: Any) -> Any:
    """A^k. Raises UnsupportedError where k is not whole."""
    k = float(exponent[0, 0])
    if not k.is_integer():
        raise UnsupportedError("a power of a matrix needs a whole exponent here")
    return np.linalg.matrix_power(a if k >= 0 else _fast_inv(np, a), abs(int(k)))


def _fast_norm(np: Any, a: Any) -> Any:
    largest = np.max(np.abs(a), initial=0.0)
    if not 0 < largest < math.inf:
        return np.array([[largest]])
    return np.array([[largest * np.sqrt(np.sum((a / largest) ** 2))]])


def _shift(np: Any, a: Any, axis: int) -> Any:
    largest = np.max(a, axis=axis, keepdims=True)
    return np.where(np.isfinite(largest), largest, 0.0)


def _fast_logsumexp(np: Any, a: Any, axis: int) -> Any:
    shift = _shift(np, a, axis)
    return shift + np.log(np.sum(np.exp(a - shift), axis=axis, keepdims=True))


def _fast_log_softmax(np: Any, a: Any, axis: int) -> Any:
    a = a - _shift(np, a, axis)
    return a - np.log(np.sum(np.exp(a), axis=axis, keepdims=True))


def _fast_softmax(np: Any, a: Any, axis: int) -> Any:
    powers = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _clip(field: Field, x: Entry, least: Entry, most: Entry) -> Entry:
    above = field.where(x - least, False, x, least)
    return field.where(above - most, False, most, above)


def _huber(field: Field, x: Entry, bound: Entry) -> Entry:
    bound = field.call("abs", 0, bound)
    near = _clip(field, x, -bound, bound)
    return near * (x - near * field.number(Fraction(1, 2)))


def _fast_huber(np: Any, a: Any, bound: Any) -> Any:
    bound = np.abs(bound)
    near = np.minimum(np.maximum(a, -bound), bound)
    return near * (a - near / 2)


def _scalar(np: Any, value: Any) -> Any:
    return np.array([[value]])


# ---------------------------------------------------------------------------------------------------------------- table

row(
    ops.PLUS,
    lambda field, shape, *terms: entrywise(lambda *entries: field.sum(entries), *terms),
    lambda np, shape, *terms: reduce(np.add, terms),
)
row(
    ops.SCALE,
    lambda field, shape, s, a: entrywise(lambda x: s[0][0] * x, a),
    lambda np, shape, s, a: s * a,
)
row(
    ops.MATMUL,
    lambda field, shape, *factors: reduce(lambda a, b: product(field, a, b), factors),
    lambda np, shape, *factors: reduce(np.matmul, factors),
)
row(
    ops.HADAMARD,
    lambda field, shape, *factors: entrywise(lambda *entries: reduce(lambda x, y: x * y, entries), *factors),
    lambda np, shape, *factors: reduce(np.multiply, factors),
)
row(
    ops.POWER,
    lambda field, shape, a, e: entrywise(lambda x: field.power(x, e[0][0]), a),
    lambda np, shape, a, e: np.power(a, float(e[0, 0])),
)
row(
    ops.MATPOW,
    lambda field, shape, a, e: power(Square(field, a), e[0][0]).a,
    lambda np, shape, a, e: fast_matpow(np, a, e),
)
row(
    ops.INNER,
    lambda field, shape, a, b: [[field.dot(everything(a), everything(b))]],
    lambda np, shape, a, b: _scalar(np, np.vdot(a, b)),
)
row(ops.TRANSPOSE, lambda field, shape, a: transposed(a), lambda np, shape, a: a.T)
row(
    ops.TRACE,
    lambda field, shape, a: [[field.sum([a[i][i] for i in range(len(a))])]],
    lambda np, shape, a: _scalar(np, np.trace(a)),
)
row(ops.SUM, lambda field, shape, a: [[field.sum(everything(a))]], lambda np, shape, a: _scalar(np, np.sum(a)))
row(
    ops.MEAN,
    lambda field, shape, a: [[field.sum(everything(a)) * field.number(Fraction(1, len(everything(a))))]],
    lambda np, shape, a: _scalar(np, np.mean(a)),
)
row(
    ops.ROWSUM,
    lambda field, shape, a: [[field.sum(line)] for line in a],
    lambda np, shape, a: np.sum(a, axis=1, keepdims=True),
)
row(
    ops.COLSUM,
    lambda field, shape, a: [[field.sum(column) for column in transposed(a)]],
    lambda np, shape, a: np.sum(a, axis=0, keepdims=True),
)
row(
    ops.DIAG,
    lambda field, shape, a: [
        [a[i][0] if i == j else field.number(Fraction(0)) for j in range(len(a))] for i in range(len(a))
    ],
    lambda np, shape, a: np.diag(a[:, 0]),
)
row(
    ops.PROD,
    lambda field, shape, a: [[reduce(lambda x, y: x * y, everything(a))]],
    lambda np, shape, a: _scalar(np, np.prod(a)),
)
row(
    ops.CUMSUM,
    lambda field, shape, a: [[field.sum([x for (x,) in a[: i + 1]])] for i in range(len(a))],
    lambda np, shape, a: np.cumsum(a, axis=0),
)
row(
    ops.LOGABSDET,
    lambda field, shape, a: [[field.call("log", 0, field.call("abs", 0, det(field, a)))]],
    lambda np, shape, a: _scalar(np, np.linalg.slogdet(a)[1]),
)
row(
    ops.DIAGONAL,
    lambda field, shape, a: [[a[i][i]] for i in range(len(a))],
    lambda np, shape, a: np.diag(a).reshape(-1, 1),
)
row(ops.INV, lambda field, shape, a: inv(field, a), lambda np, shape, a: _fast_inv(np, a))
row(ops.DET, lambda field, shape, a: [[det(field, a)]], lambda np, shape, a: _scalar(np, np.linalg.det(a)))
row(  # the logarithm of the determinant, so nan where that is negative
    ops.LOGDET,
    lambda field, shape, a: [[field.call("log", 0, det(field, a))]],
    lambda np, shape, a: _fast_logdet(np, a),
)
row(
    ops.NORM,
    lambda field, shape, a: [[square_root(field, field.dot(everything(a), everything(a)))]],
    lambda np, shape, a: _fast_norm(np, a),
)
row(
    ops.SOFTMAX_ROWS,
    lambda field, shape, a: [_softmax(field, line) for line in a],
    lambda np, shape, a: _fast_softmax(np, a, 1),
)
row(
    ops.SOFTMAX_COLUMNS,
    lambda field, shape, a: transposed([_softmax(field, column) for column in transposed(a)]),
    lambda np, shape, a: _fast_softmax(np, a, 0),
)
row(
    ops.LOG_SOFTMAX_ROWS,
    lambda field, shape, a: [_log_softmax(field, line) for line in a],
    lambda np, shape, a: _fast_log_softmax(np, a, 1),
)
row(
    ops.LOG_SOFTMAX_COLUMNS,
    lambda field, shape, a: transposed([_log_softmax(field, column) for column in transposed(a)]),
    lambda np, shape, a: _fast_log_softmax(np, a, 0),
)
row(
    ops.LOGSUMEXP_ROWS,
    lambda field, shape, a: [[_logsumexp(field, line)] for line in a],
    lambda np, shape, a: _fast_logsumexp(np, a, 1),
)
row(
    ops.LOGSUMEXP_COLUMNS,
    lambda field, shape, a: [[_logsumexp(field, column) for column in transposed(a)]],
    lambda np, shape, a: _fast_logsumexp(np, a, 0),
)
row(
    ops.MAX,
    lambda field, shape, a, b: entrywise(lambda x, y: field.where(x - y, False, x, y), a, b),
    lambda np, shape, a, b: np.maximum(a, b),
)
row(
    ops.MIN,
    lambda field, shape, a, b: entrywise(lambda x, y: field.where(x - y, False, y, x), a, b),
    lambda np, shape, a, b: np.minimum(a, b),
)
row(
    ops.CLIP,
    lambda field, shape, a, least, most: entrywise(lambda x: _clip(field, x, least[0][0], most[0][0]), a),
    lambda np, shape, a, least, most: np.minimum(np.maximum(a, least), most),
)
row(
    ops.HUBER,
    lambda field, shape, a, bound: entrywise(lambda x: _huber(field, x, bound[0][0]), a),
    lambda np, shape, a, bound: _fast_huber(np, a, bound),
)
row(
    ops.STEP_GE,
    lambda field, shape, a, b: entrywise(
        lambda x, y: field.where(x - y, False, field.number(Fraction(1)), field.number(Fraction(0))), a, b
    ),
    lambda np, shape, a, b: np.where(np.isnan(a) | np.isnan(b), np.nan, a >= b),
)
row(
    ops.EYE,
    lambda field, shape, n: eye(field, shape[0]),
    lambda np, shape, n: np.eye(shape[0]),
)
row(
    ops.ONES,
    lambda field, shape, n, m: constant(field, shape, lambda i, j: 1),
    lambda np, shape, n, m: np.ones(shape),
)
row(
    ops.ZEROS,
    lambda field, shape, n, m: constant(field, shape, lambda i, j: 0),
    lambda np, shape, n, m: np.zeros(shape),
)
row(ops.PI, lambda field, shape: [[field.constant("pi")]], lambda np, shape: _scalar(np, math.pi))
row(ops.E, lambda field, shape: [[field.constant("e")]], lambda np, shape: _scalar(np, math.e))
