"""Meanings of means, variances, normalizations, and of the largest and the smallest entry.

Variances take two passes: the mean is subtracted before anything is squared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from matcalc import operators as ops
from matcalc.meaning.linear import everything, square_root, transposed
from matcalc.meaning.protocol import Entry, Field, Rows
from matcalc.meaning.table import row


def _mean(field: Field, line: Sequence[Entry]) -> Entry:
    return field.sum(line) * field.number(Fraction(1, len(line)))


def _centred(field: Field, line: Sequence[Entry]) -> list[Entry]:
    mean = _mean(field, line)
    return [x - mean for x in line]


def _var(field: Field, line: Sequence[Entry]) -> Entry:
    return _mean(field, [x * x for x in _centred(field, line)])


def _std(field: Field, line: Sequence[Entry], eps: Rows) -> Entry:
    return square_root(field, field.sum((_var(field, line), eps[0][0])))


def _normalized(field: Field, line: Sequence[Entry], eps: Rows) -> list[Entry]:
    deviation = _std(field, line, eps)
    return [field.divide(x, deviation) for x in _centred(field, line)]


def _apart(field: Field, a: Sequence[Entry], b: Sequence[Entry]) -> Entry:
    return field.sum((x - y) * (x - y) for x, y in zip(a, b, strict=True))


def _fast_var(np: Any, a: Any, axis: int | None) -> Any:
    return np.mean((a - np.mean(a, axis=axis, keepdims=True)) ** 2, axis=axis, keepdims=True)


def _fast_std(np: Any, a: Any, axis: int | None, eps: Any) -> Any:
    return np.sqrt(_fast_var(np, a, axis) + eps)


def _fast_normalized(np: Any, a: Any, axis: int, eps: Any) -> Any:
    return (a - np.mean(a, axis=axis, keepdims=True)) / _fast_std(np, a, axis, eps)


# --------------------------------------------------------------------------------------------- the largest, where it is


def _extreme(field: Field, a: Rows, sign: int) -> tuple[Entry, Rows]:
    # The largest entry (the smallest for sign -1), and 1 where it stands first, row by row.
    one, zero = field.number(Fraction(1)), field.number(Fraction(0))
    first, *rest = everything(a)
    best, places = first, [one]
    for x in rest:
        u = x - best if sign > 0 else best - x
        places = [*(field.where(u, True, zero, place) for place in places), field.where(u, True, one, zero)]
        best = field.where(u, True, x, best)
    columns = len(a[0])
    return best, [places[k : k + columns] for k in range(0, len(places), columns)]


def _largest_few(field: Field, a: Rows, count: Rows) -> Rows:
    # 1 where fewer than `count` entries are larger, or equal and before.
    one, zero = field.number(Fraction(1)), field.number(Fraction(0))
    line, columns = everything(a), len(a[0])
    found = []
    for k, x in enumerate(line):
        before = (field.where(y - x, n > k, one, zero) for n, y in enumerate(line) if n != k)
        found.append(field.where(count[0][0] - field.sum((zero, *before)), True, one, zero))
    return [found[k : k + columns] for k in range(0, len(line), columns)]


def _fast_largest_few(np: Any, a: Any, count: Any) -> Any:
    if np.isnan(a).any():
        return np.full(a.shape, np.nan)
    return _ones_at(np, np.argsort(-a, axis=None, kind="stable")[: int(count[0, 0])], a.shape)


def _fast_indicator(np: Any, a: Any, sign: int) -> Any:
    if np.isnan(a).any():
        return np.full(a.shape, np.nan)
    return _ones_at(np, np.argmax(sign * a), a.shape)


def _ones_at(np: Any, places: Any, shape: tuple[int, ...]) -> Any:
    found = np.zeros(math.prod(shape))
    found[places] = 1.0
    return found.reshape(shape)


# ---------------------------------------------------------------------------------------------------------------- table

row(
    ops.ROWMEAN,
    lambda field, shape, a: [[_mean(field, line)] for line in a],
    lambda np, shape, a: np.mean(a, axis=1, keepdims=True),
)
row(
    ops.COLMEAN,
    lambda field, shape, a: [[_mean(field, column) for column in transposed(a)]],
    lambda np, shape, a: np.mean(a, axis=0, keepdims=True),
)
row(
    ops.VAR,
    lambda field, shape, a: [[_var(field, everything(a))]],
    lambda np, shape, a: _fast_var(np, a, None),
)
row(
    ops.STD,
    lambda field, shape, a: [[square_root(field, _var(field, everything(a)))]],
    lambda np, shape, a: _fast_std(np, a, None, 0.0),
)
row(
    ops.ROWVAR,
    lambda field, shape, a: [[_var(field, line)] for line in a],
    lambda np, shape, a: _fast_var(np, a, 1),
)
row(
    ops.COLVAR,
    lambda field, shape, a: [[_var(field, column) for column in transposed(a)]],
    lambda np, shape, a: _fast_var(np, a, 0),
)
row(
    ops.SQDIST,
    lambda field, shape, a, b: [[_apart(field, p, q) for q in b] for p in a],
    lambda np, shape, a, b: np.stack([np.sum((a - line) ** 2, axis=1) for line in b], axis=1),
)
row(
    ops.ROWSTD,
    lambda field, shape, a, eps: [[_std(field, line, eps)] for line in a],
    lambda np, shape, a, eps: _fast_std(np, a, 1, eps),
)
row(
    ops.COLSTD,
    lambda field, shape, a, eps: [[_std(field, column, eps) for column in transposed(a)]],
    lambda np, shape, a, eps: _fast_std(np, a, 0, eps),
)
row(
    ops.LAYER_NORM,
    lambda field, shape, a, eps: [_normalized(field, line, eps) for line in a],
    lambda np, shape, a, eps: _fast_normalized(np, a, 1, eps),
)
row(
    ops.BATCH_NORM,
    lambda field, shape, a, eps: transposed([_normalized(field, column, eps) for column in transposed(a)]),
    lambda np, shape, a, eps: _fast_normalized(np, a, 0, eps),
)
row(
    ops.LARGEST,
    lambda field, shape, a: [[_extreme(field, a, 1)[0]]],
    lambda np, shape, a: np.max(a, keepdims=True),
)
row(
    ops.SMALLEST,
    lambda field, shape, a: [[_extreme(field, a, -1)[0]]],
    lambda np, shape, a: np.min(a, keepdims=True),
)
row(
    ops.ROWMAX,
    lambda field, shape, a: [[_extreme(field, [line], 1)[0]] for line in a],
    lambda np, shape, a: np.max(a, axis=1, keepdims=True),
)
row(
    ops.INDICATOR_ROWMAX,
    lambda field, shape, a: [_extreme(field, [line], 1)[1][0] for line in a],
    lambda np, shape, a: np.stack([_fast_indicator(np, line, 1) for line in a]),
)
row(
    ops.INDICATOR_LARGEST,
    lambda field, shape, a, k: _largest_few(field, a, k),
    lambda np, shape, a, k: _fast_largest_few(np, a, k),
)
row(
    ops.SUM_LARGEST,
    lambda field, shape, a, k: [[field.dot(everything(a), everything(_largest_few(field, a, k)))]],
    lambda np, shape, a, k: np.sum(np.where(_fast_largest_few(np, a, k), a, 0.0), keepdims=True),
)
row(
    ops.INDICATOR_MAX,
    lambda field, shape, a: _extreme(field, a, 1)[1],
    lambda np, shape, a: _fast_indicator(np, a, 1),
)
row(
    ops.INDICATOR_MIN,
    lambda field, shape, a: _extreme(field, a, -1)[1],
    lambda np, shape, a: _fast_indicator(np, a, -1),
)
