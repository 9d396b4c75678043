"""Meanings of what arranges entries: triangles, Kronecker products, stacked columns, partial traces, blocks, ranges."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from matcalc import operators as ops
from matcalc.errors import ShapeError
from matcalc.meaning.linear import Numbers, constant, everything, half_of, masked, side_by_side, transposed
from matcalc.meaning.protocol import Field, Rows
from matcalc.meaning.table import row


def _kron(a: Rows, b: Rows) -> Rows:
    return [[x * y for x in upper for y in lower] for upper in a for lower in b]


def _khatri_rao(a: Rows, b: Rows) -> Rows:
    return [[x * y for x, y in zip(upper, lower, strict=True)] for upper in a for lower in b]


def _cross(a: Rows, b: Rows) -> Rows:
    others = ((1, 2), (2, 0), (0, 1))
    return [[a[i][k] * b[j][k] - a[j][k] * b[i][k] for k in range(len(a[0]))] for i, j in others]


def _commutation(field: Field, shape: Numbers, columns: int) -> Rows:
    rows = shape[0] // columns
    return constant(field, shape, lambda to, at: int(divmod(at, rows) == divmod(to, columns)[::-1]))


def _duplication(n: int, halves: Callable[[int, int], bool], mirrored: int = 0) -> dict[tuple[int, int], int]:
    # Its entries that are not 0, by place: a column for each of those entries (i, j) of an n×n array that are
    # independent, column by column. Entry (j, i) is `mirrored` times it.
    found: dict[tuple[int, int], int] = {}
    for at, (j, i) in enumerate((j, i) for j in range(n) for i in range(n) if halves(i, j)):
        if i != j:
            found[j + i * n, at] = mirrored
        found[i + j * n, at] = 1
    return found


def _exact_duplication(half: tuple[Callable[[int, int], bool], int], field: Field, shape: Numbers, n: Rows) -> Rows:
    places = _duplication(field.whole(n[0][0]) or 1, *half)
    return constant(field, shape, lambda i, j: places.get((i, j), 0))


def _duplication_array(half: tuple[Callable[[int, int], bool], int], np: Any, shape: Numbers, n: Any) -> Any:
    found = np.zeros(shape)
    for place, value in _duplication(int(n[0, 0]), *half).items():
        found[place] = value
    return found


def _blocks(a: Rows, shape: Numbers) -> list[list[Rows]]:
    # A cut into blocks of `shape`: the block in the i-th row of blocks, the j-th column of blocks.
    n, m = shape
    return [[[line[j : j + m] for line in a[i : i + n]] for j in range(0, len(a[0]), m)] for i in range(0, len(a), n)]


def _trace_of_blocks(field: Field, shape: Numbers, a: Rows) -> Rows:
    blocks = _blocks(a, shape)
    return [
        [field.sum([blocks[k][k][i][j] for k in range(len(blocks))]) for j in range(shape[1])] for i in range(shape[0])
    ]


def _traces_in_blocks(field: Field, shape: Numbers, a: Rows) -> Rows:
    size = len(a) // shape[0]
    blocks = _blocks(a, (size, size))
    return [[field.sum([block[k][k] for k in range(size)]) for block in line] for line in blocks]


def range_of(first: int | None, length: int, size: int) -> slice:
    """The positions from `first`, counted from 1, on. Raises ShapeError where they leave an array of `size`."""
    if first is None or length < 1 or first + length - 1 > size:
        last = "" if first is None else f" {first} to {first + length - 1}"
        raise ShapeError(f"the range{last} is empty or leaves what has {size}", hint="ranges count from 1")
    return slice(first - 1, first - 1 + length)


def _rows(first: int | None, shape: Numbers, a: Any) -> Any:
    return a[range_of(first, shape[0], len(a))]


def _columns(first: int | None, shape: Numbers, a: Rows) -> Rows:
    part = range_of(first, shape[1], len(a[0]))
    return [line[part] for line in a]


def _triangle(op: ops.Operator, keep: Callable[[int, int], bool], fast: Callable[[Any, Any], Any]) -> None:
    row(op, lambda field, shape, a: masked(field, a, keep), lambda np, shape, a: fast(np, a))


_triangle(ops.TRIL, lambda i, j: j <= i, lambda np, a: np.tril(a))
_triangle(ops.TRIU, lambda i, j: j >= i, lambda np, a: np.triu(a))
row(
    ops.TRIL_HALF,
    lambda field, shape, a: half_of(field, masked(field, a, lambda i, j: j <= i)),
    lambda np, shape, a: np.tril(a) - np.diag(np.diag(a)) / 2,
)
row(
    ops.KRON,
    lambda field, shape, *factors: reduce(_kron, factors),
    lambda np, shape, *factors: reduce(np.kron, factors),
)
row(
    ops.KHATRI_RAO,
    lambda field, shape, a, b: _khatri_rao(a, b),
    lambda np, shape, a, b: np.concatenate([line * b for line in a]),
)
row(
    ops.CROSS,
    lambda field, shape, a, b: _cross(a, b),
    lambda np, shape, a, b: np.array(_cross(a, b)),
)
row(
    ops.VEC,
    lambda field, shape, a: [[x] for x in everything(transposed(a))],
    lambda np, shape, a: a.reshape((-1, 1), order="F"),
)
row(
    ops.VECH,
    lambda field, shape, a: [[a[i][j]] for j in range(len(a)) for i in range(j, len(a))],
    lambda np, shape, a: np.concatenate([a[j:, [j]] for j in range(len(a))]),
)
row(
    ops.UNVEC,
    lambda field, shape, a, n, m: transposed([[x for (x,) in a[k : k + shape[0]]] for k in range(0, len(a), shape[0])]),
    lambda np, shape, a, n, m: a.reshape(shape, order="F"),
)
row(  # entry (i, j) of an n×m matrix is number i + j n of its columns, and number j + i m of those of its transpose
    ops.COMMUTATION,
    lambda field, shape, n, m: _commutation(field, shape, field.whole(m[0][0]) or 1),
    lambda np, shape, n, m: np.eye(shape[0])[
        [i + j * int(n[0, 0]) for i in range(int(n[0, 0])) for j in range(int(m[0, 0]))]
    ],
)
_HALVES: dict[ops.Operator, tuple[Callable[[int, int], bool], int]] = {
    ops.DUPLICATIONS["symmetric"]: (int.__ge__, 1),
    ops.DUPLICATIONS["skew"]: (int.__gt__, -1),
    ops.DUPLICATIONS["diagonal"]: (int.__eq__, 0),
    ops.DUPLICATIONS["lower"]: (int.__ge__, 0),
    ops.DUPLICATIONS["upper"]: (int.__le__, 0),
}
for _op, _half in _HALVES.items():
    row(_op, partial(_exact_duplication, _half), partial(_duplication_array, _half))
row(  # tr(A) B of A ⊗ B
    ops.PTRACE1,
    lambda field, shape, a, k: _trace_of_blocks(field, shape, a),
    lambda np, shape, a, k: sum(
        a[k * shape[0] :, k * shape[1] :][: shape[0], : shape[1]] for k in range(len(a) // shape[0])
    ),
)
row(  # A tr(B) of A ⊗ B
    ops.PTRACE2,
    lambda field, shape, a, k: _traces_in_blocks(field, shape, a),
    lambda np, shape, a, k: sum(a[k :: len(a) // shape[0], k :: len(a) // shape[0]] for k in range(len(a) // shape[0])),
)
row(
    ops.HCAT,
    lambda field, shape, *blocks: side_by_side(*blocks),
    lambda np, shape, *blocks: np.concatenate(blocks, axis=1),
)
row(
    ops.VCAT,
    lambda field, shape, *blocks: [line for block in blocks for line in block],
    lambda np, shape, *blocks: np.concatenate(blocks, axis=0),
)
row(
    ops.ROWRANGE,
    lambda field, shape, a, i, j: _rows(field.whole(i[0][0]), shape, a),
    lambda np, shape, a, i, j: _rows(int(i[0, 0]), shape, a),
)
row(
    ops.COLRANGE,
    lambda field, shape, a, i, j: _columns(field.whole(i[0][0]), shape, a),
    lambda np, shape, a, i, j: a[:, range_of(int(i[0, 0]), shape[1], a.shape[1])],
)
