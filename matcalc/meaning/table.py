"""MEANINGS: what each operator's entries are, a row for each operator.

A row says it twice: `exact(field, shape, *arguments)` makes a list of rows of entries of any field, straight from the
definition; `fast(numpy, shape, *arguments)` makes a float64 array, and is written to be stable. `shape` is the
term's own shape in numbers. Functions of the entries have their rows in functions.py; d has none, it is a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.meaning.fields import Entry, Field, Rows, TooLarge
from matcalc.operators import Operator

Numbers = tuple[int, int]


@dataclass(frozen=True)
class Meaning:
    """A row of MEANINGS."""

    exact: Callable[..., Rows]
    fast: Callable[..., Any]


MEANINGS: dict[Operator, Meaning] = {}


def meaning(op: Operator) -> Meaning:
    """The row of `op`. Raises UnsupportedError naming the operator if there is none."""
    row = MEANINGS.get(op)
    if row is None:
        raise UnsupportedError(f"the operator {op.name} has no meaning in numbers")
    return row


# ------------------------------------------------------------------------------------------- entry by entry, any field


def _entrywise(f: Callable[..., Entry], *arrays: Rows) -> Rows:
    return [[f(*entries) for entries in zip(*rows, strict=True)] for rows in zip(*arrays, strict=True)]


def _all(a: Rows) -> list[Entry]:
    return [x for row in a for x in row]


def _transposed(a: Rows) -> Rows:
    return [list(column) for column in zip(*a, strict=True)]


def _dot(field: Field, a: list[Entry], b: list[Entry]) -> Entry:
    return field.sum([x * y for x, y in zip(a, b, strict=True)])


def _product(field: Field, a: Rows, b: Rows) -> Rows:
    columns = _transposed(b)
    return [[_dot(field, row, column) for column in columns] for row in a]


def _constant(field: Field, shape: Numbers, value: Callable[[int, int], int]) -> Rows:
    numbers = {v: field.number(Fraction(v)) for v in (0, 1)}
    return [[numbers[value(i, j)] for j in range(shape[1])] for i in range(shape[0])]


def _eye(field: Field, n: int) -> Rows:
    return _constant(field, (n, n), lambda i, j: int(i == j))


def _half_power(field: Field, x: Entry, sign: int = 1) -> Entry:
    return field.power(x, field.number(Fraction(sign, 2)))


WIDEST = 5
"""The largest matrix whose determinant or inverse is written out in formulas."""


def _minor(field: Field, a: Rows, rows: tuple[int, ...], columns: tuple[int, ...]) -> Entry:
    # Laplace's expansion along the first rows, minors of the last ones shared: n 2^n products.
    below: dict[tuple[int, ...], Entry] = {(): field.number(Fraction(1))}
    for count, i in enumerate(reversed(rows), 1):
        here: dict[tuple[int, ...], Entry] = {}
        for chosen in _subsets(columns, count):
            terms = []
            for k, j in enumerate(chosen):
                product = a[i][j] * below[chosen[:k] + chosen[k + 1 :]]
                terms.append(-product if k % 2 else product)
            here[chosen] = field.sum(terms)
        below = here
    return below[columns]


def _subsets(items: tuple[int, ...], count: int) -> list[tuple[int, ...]]:
    from itertools import combinations

    return list(combinations(items, count))


GUARD = 30
"""Digits that cancellation may cost before a pivot counts as nothing but rounding, and the matrix as singular."""


def _eliminate(field: Field, a: Rows, b: Rows) -> tuple[Entry, Rows] | None:
    # Gauss and Jordan with partial pivoting: det A, and A⁻¹ B. None for a matrix that is singular, as far as can be
    # seen beside the size of its rows and columns.
    n = len(a)
    rounding = field.number(Fraction(1, 10 ** max(1, field.digits - GUARD)))
    columns = [max(abs(row[j]) for row in a) for j in range(n)]
    sizes = [max(abs(x) for x in row) for row in a]
    work = [list(row) + list(more) for row, more in zip(a, b, strict=True)]
    determinant = field.number(Fraction(1))
    for j in range(n):
        pivot = max(range(j, n), key=lambda i: abs(work[i][j]))
        if pivot != j:
            work[j], work[pivot] = work[pivot], work[j]
            sizes[j], sizes[pivot] = sizes[pivot], sizes[j]
            determinant = -determinant
        if abs(work[j][j]) <= rounding * min(sizes[j], columns[j]):
            return None
        determinant = determinant * work[j][j]
        scale = field.divide(field.number(Fraction(1)), work[j][j])
        work[j] = [x * scale for x in work[j]]
        for i in range(n):
            if i != j:
                factor = work[i][j]
                work[i] = [x - factor * y for x, y in zip(work[i], work[j], strict=True)]
    return determinant, [row[n:] for row in work]


def _small_enough(a: Rows) -> None:
    if len(a) > WIDEST:
        raise TooLarge(f"a determinant of size {len(a)} is too long to write out")


def _det(field: Field, a: Rows) -> Entry:
    n = len(a)
    if field.digits:
        found = _eliminate(field, a, [[] for _ in a])
        return _nothing(field, a) if found is None else found[0]
    _small_enough(a)
    everything = tuple(range(n))
    return _minor(field, a, everything, everything)


def _nothing(field: Field, a: Rows) -> Entry:
    # 0, unless an entry is not a number.
    total = field.sum(_all(a))
    return total - total


def _inv(field: Field, a: Rows) -> Rows:
    n = len(a)
    if field.digits:
        found = _eliminate(field, a, _eye(field, n))
        if found is None:
            nan = field.divide(_nothing(field, a), _nothing(field, a))
            return [[nan] * n for _ in a]
        return found[1]
    _small_enough(a)
    whole = tuple(range(n))
    scale = field.divide(field.number(Fraction(1)), _det(field, a))
    result = []
    for i in range(n):
        row = []
        for j in range(n):
            cofactor = _minor(field, a, whole[:j] + whole[j + 1 :], whole[:i] + whole[i + 1 :])
            row.append((-cofactor if (i + j) % 2 else cofactor) * scale)
        result.append(row)
    return result


def _matpow(field: Field, a: Rows, exponent: Entry) -> Rows:
    k = field.whole(exponent)
    if k is None:
        raise UnsupportedError("a power of a matrix needs a whole exponent here")
    base, result = (a if k >= 0 else _inv(field, a)), None
    k = abs(k)
    if k > 64 and not field.digits:
        raise TooLarge(f"a matrix to the power {k} is too long to write out")
    while k:
        if k & 1:
            result = base if result is None else _product(field, result, base)
        k >>= 1
        if k:
            base = _product(field, base, base)
    return _eye(field, len(a)) if result is None else result


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


def _fast_matpow(np: Any, a: Any, exponent: Any) -> Any:
    k = float(exponent[0, 0])
    if k != int(k):
        raise UnsupportedError("a power of a matrix needs a whole exponent here")
    return np.linalg.matrix_power(a if k >= 0 else _fast_inv(np, a), abs(int(k)))


def _fast_norm(np: Any, a: Any) -> Any:
    largest = np.max(np.abs(a), initial=0.0)
    if not 0 < largest < math.inf:
        return np.array([[largest]])
    return np.array([[largest * np.sqrt(np.sum((a / largest) ** 2))]])


def _fast_logsumexp(np: Any, a: Any, axis: int) -> Any:
    largest = np.max(a, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0.0)
    return shift + np.log(np.sum(np.exp(a - shift), axis=axis, keepdims=True))


def _fast_softmax(np: Any, a: Any, axis: int) -> Any:
    powers = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


def _scalar(np: Any, value: Any) -> Any:
    return np.array([[value]])


# ---------------------------------------------------------------------------------------------------------------- table


def _row(op: Operator, exact: Callable[..., Rows], fast: Callable[..., Any]) -> None:
    MEANINGS[op] = Meaning(exact, fast)


_row(
    ops.PLUS,
    lambda field, shape, *terms: _entrywise(lambda *entries: field.sum(entries), *terms),
    lambda np, shape, *terms: reduce(np.add, terms),
)
_row(
    ops.SCALE,
    lambda field, shape, s, a: _entrywise(lambda x: s[0][0] * x, a),
    lambda np, shape, s, a: s * a,
)
_row(
    ops.MATMUL,
    lambda field, shape, *factors: reduce(lambda a, b: _product(field, a, b), factors),
    lambda np, shape, *factors: reduce(np.matmul, factors),
)
_row(
    ops.HADAMARD,
    lambda field, shape, *factors: _entrywise(lambda *entries: reduce(lambda x, y: x * y, entries), *factors),
    lambda np, shape, *factors: reduce(np.multiply, factors),
)
_row(
    ops.POWER,
    lambda field, shape, a, e: _entrywise(lambda x: field.power(x, e[0][0]), a),
    lambda np, shape, a, e: np.power(a, float(e[0, 0])),
)
_row(
    ops.MATPOW,
    lambda field, shape, a, e: _matpow(field, a, e[0][0]),
    lambda np, shape, a, e: _fast_matpow(np, a, e),
)
_row(
    ops.INNER,
    lambda field, shape, a, b: [[_dot(field, _all(a), _all(b))]],
    lambda np, shape, a, b: _scalar(np, np.vdot(a, b)),
)
_row(ops.TRANSPOSE, lambda field, shape, a: _transposed(a), lambda np, shape, a: a.T)
_row(
    ops.TRACE,
    lambda field, shape, a: [[field.sum([a[i][i] for i in range(len(a))])]],
    lambda np, shape, a: _scalar(np, np.trace(a)),
)
_row(ops.SUM, lambda field, shape, a: [[field.sum(_all(a))]], lambda np, shape, a: _scalar(np, np.sum(a)))
_row(
    ops.MEAN,
    lambda field, shape, a: [[field.sum(_all(a)) * field.number(Fraction(1, len(_all(a))))]],
    lambda np, shape, a: _scalar(np, np.mean(a)),
)
_row(
    ops.ROWSUM,
    lambda field, shape, a: [[field.sum(row)] for row in a],
    lambda np, shape, a: np.sum(a, axis=1, keepdims=True),
)
_row(
    ops.COLSUM,
    lambda field, shape, a: [[field.sum(column) for column in _transposed(a)]],
    lambda np, shape, a: np.sum(a, axis=0, keepdims=True),
)
_row(
    ops.DIAG,
    lambda field, shape, a: [
        [a[i][0] if i == j else field.number(Fraction(0)) for j in range(len(a))] for i in range(len(a))
    ],
    lambda np, shape, a: np.diag(a[:, 0]),
)
_row(
    ops.DIAGONAL,
    lambda field, shape, a: [[a[i][i]] for i in range(len(a))],
    lambda np, shape, a: np.diag(a).reshape(-1, 1),
)
_row(ops.INV, lambda field, shape, a: _inv(field, a), lambda np, shape, a: _fast_inv(np, a))
_row(ops.DET, lambda field, shape, a: [[_det(field, a)]], lambda np, shape, a: _scalar(np, np.linalg.det(a)))
_row(  # the logarithm of the determinant, so nan where that is negative
    ops.LOGDET,
    lambda field, shape, a: [[field.call("log", 0, _det(field, a))]],
    lambda np, shape, a: _fast_logdet(np, a),
)
_row(
    ops.NORM,
    lambda field, shape, a: [[_half_power(field, _dot(field, _all(a), _all(a)))]],
    lambda np, shape, a: _fast_norm(np, a),
)
_row(
    ops.SOFTMAX_ROWS,
    lambda field, shape, a: [_softmax(field, row) for row in a],
    lambda np, shape, a: _fast_softmax(np, a, 1),
)
_row(
    ops.SOFTMAX_COLUMNS,
    lambda field, shape, a: _transposed([_softmax(field, column) for column in _transposed(a)]),
    lambda np, shape, a: _fast_softmax(np, a, 0),
)
_row(
    ops.LOG_SOFTMAX_ROWS,
    lambda field, shape, a: [_log_softmax(field, row) for row in a],
    lambda np, shape, a: a - _fast_logsumexp(np, a, 1),
)
_row(
    ops.LOG_SOFTMAX_COLUMNS,
    lambda field, shape, a: _transposed([_log_softmax(field, column) for column in _transposed(a)]),
    lambda np, shape, a: a - _fast_logsumexp(np, a, 0),
)
_row(
    ops.LOGSUMEXP_ROWS,
    lambda field, shape, a: [[_logsumexp(field, row)] for row in a],
    lambda np, shape, a: _fast_logsumexp(np, a, 1),
)
_row(
    ops.LOGSUMEXP_COLUMNS,
    lambda field, shape, a: [[_logsumexp(field, column) for column in _transposed(a)]],
    lambda np, shape, a: _fast_logsumexp(np, a, 0),
)
_row(
    ops.MAX,
    lambda field, shape, a, b: _entrywise(lambda x, y: field.where(x - y, False, x, y), a, b),
    lambda np, shape, a, b: np.maximum(a, b),
)
_row(
    ops.MIN,
    lambda field, shape, a, b: _entrywise(lambda x, y: field.where(x - y, False, y, x), a, b),
    lambda np, shape, a, b: np.minimum(a, b),
)
_row(
    ops.STEP_GE,
    lambda field, shape, a, b: _entrywise(
        lambda x, y: field.where(x - y, False, field.number(Fraction(1)), field.number(Fraction(0))), a, b
    ),
    lambda np, shape, a, b: np.where(np.isnan(a) | np.isnan(b), np.nan, a >= b),
)
_row(
    ops.EYE,
    lambda field, shape, n: _eye(field, shape[0]),
    lambda np, shape, n: np.eye(shape[0]),
)
_row(
    ops.ONES,
    lambda field, shape, n, m: _constant(field, shape, lambda i, j: 1),
    lambda np, shape, n, m: np.ones(shape),
)
_row(
    ops.ZEROS,
    lambda field, shape, n, m: _constant(field, shape, lambda i, j: 0),
    lambda np, shape, n, m: np.zeros(shape),
)
_row(ops.PI, lambda field, shape: [[field.constant("pi")]], lambda np, shape: _scalar(np, math.pi))
_row(ops.E, lambda field, shape: [[field.constant("e")]], lambda np, shape: _scalar(np, math.e))
