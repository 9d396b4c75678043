"""Linear algebra of small real matrices: elimination, and rotations for eigenvalues and singular values."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

from .array import array, dot, matrix_product, ndarray
from .shaped import diag, eye

EPSILON = sys.float_info.epsilon
SWEEPS = 60
"""A sweep rotates every pair of lines once; some ten are enough."""


class LinAlgError(ValueError):
    """The matrix has no such thing, or the iteration did not end."""


# ---------------------------------------------------------------------------------------------------------- elimination


def _eliminated(a: ndarray, beside: ndarray | None = None) -> tuple[list[list[float]], int]:
    """The rows of [A, B] with zeros below the diagonal of A, and the sign of the exchanges; 0 for a singular A."""
    rows = [list(row) for row in a.rows()]
    if beside is not None:
        rows = [row + more for row, more in zip(rows, beside.reshape(len(rows), -1).rows(), strict=True)]
    sign = 1
    for k in range(len(rows)):
        pivot = max(range(k, len(rows)), key=lambda i: abs(rows[i][k]))
        if rows[pivot][k] == 0:
            return rows, 0
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        head = rows[k]
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / head[k]
            if factor:
                rows[i][k:] = [x - factor * y for x, y in zip(rows[i][k:], head[k:], strict=True)]
    return rows, sign


def solve(a: ndarray, b: ndarray) -> ndarray:
    """X with A X = B."""
    n = len(a)
    rows, sign = _eliminated(a, b)
    if not sign:
        raise LinAlgError("Singular matrix")
    for k in reversed(range(n)):
        rows[k] = [x / rows[k][k] for x in rows[k][n:]]  # a row of X, from here on
        for row in rows[:k]:
            row[n:] = [x - row[k] * y for x, y in zip(row[n:], rows[k], strict=True)]
    return array(rows).reshape(b.shape)


def inv(a: ndarray) -> ndarray:
    """The inverse."""
    return solve(a, eye(len(a)))


def slogdet(a: ndarray) -> tuple[float, float]:
    """The sign of the determinant, and the logarithm of its size."""
    rows, sign = _eliminated(a)
    if not sign:
        return 0.0, -math.inf
    diagonal = [row[k] for k, row in enumerate(rows)]
    return sign * math.prod(math.copysign(1.0, x) for x in diagonal), sum(math.log(abs(x)) for x in diagonal)


def det(a: ndarray) -> float:
    """The determinant."""
    rows, sign = _eliminated(a)
    return float(sign * math.prod(row[k] for k, row in enumerate(rows))) if sign else 0.0


def matrix_power(a: ndarray, times: int) -> ndarray:
    """A A … A, so many times."""
    found = eye(len(a))
    for digit in f"{times:b}":
        found = matrix_product(found, found)
        if digit == "1":
            found = matrix_product(found, a)
    return found


def cholesky(a: ndarray) -> ndarray:
    """L, lower triangular, with L L' = A."""
    n, rows = len(a), a.rows()
    found = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = rows[i][j] - dot(found[i][:j], found[j][:j])
            if i > j:
                found[i][j] = rest / found[j][j]
            elif rest > 0:
                found[i][i] = math.sqrt(rest)
            else:
                raise LinAlgError("Matrix is not positive definite")
    return array(found)


# ------------------------------------------------------------------------------------- eigenvalues and singular values


def _rotation(x: float, y: float, beside: float) -> tuple[float, float]:
    # The cosine and sine that make [x, beside; beside, y] diagonal (Golub & Van Loan 2013, 8.5).
    ratio = (y - x) / (2 * beside)
    tangent = math.copysign(1.0, ratio) / (abs(ratio) + math.hypot(1.0, ratio))
    cosine = 1 / math.hypot(1.0, tangent)
    return cosine, tangent * cosine


def _rotate(lines: list[list[float]], p: int, q: int, cosine: float, sine: float) -> None:
    one, two = lines[p], lines[q]
    lines[p] = [cosine * x - sine * y for x, y in zip(one, two, strict=True)]
    lines[q] = [sine * x + cosine * y for x, y in zip(one, two, strict=True)]


def _until_done(n: int, rotated: Callable[[int, int], bool]) -> None:
    # Rotates every pair of n lines, until none needs it.
    for _ in range(SWEEPS):
        if not sum([rotated(p, q) for p in range(n) for q in range(p + 1, n)]):
            return
    raise LinAlgError("the iteration did not converge")


def eigh(a: ndarray) -> tuple[ndarray, ndarray]:
    """The eigenvalues of a symmetric matrix, ascending, and their vectors as columns: by Jacobi's rotations."""
    n, rows, vectors = len(a), a.rows(), eye(len(a)).rows()

    def rotated(p: int, q: int) -> bool:
        x, y, beside = rows[p][p], rows[q][q], abs(rows[p][q])
        if abs(x) + beside == abs(x) and abs(y) + beside == abs(y):
            return False
        turn = _rotation(x, y, rows[p][q])
        _rotate(rows, p, q, *turn)
        cosine, sine = turn
        for row in rows:
            row[p], row[q] = cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]
        _rotate(vectors, p, q, *turn)
        return True

    _until_done(n, rotated)
    order = sorted(range(n), key=lambda k: rows[k][k])
    return array([rows[k][k] for k in order]), array([vectors[k] for k in order]).T


def eigvalsh(a: ndarray) -> ndarray:
    """The eigenvalues of a symmetric matrix, ascending."""
    return eigh(a)[0]


def svd(a: ndarray, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, the singular values, descending, and V', thin; or the values alone. Columns of U for values of 0 are 0.

    By Hestenes' one-sided rotations: columns are turned until each is orthogonal to the others.
    """
    if full_matrices and compute_uv:
        raise ValueError("U and V are thin here: full_matrices must be False")
    if a.shape[0] < a.shape[1]:
        found = svd(a.T, full_matrices, compute_uv)
        return (found[2].T, found[1], found[0].T) if compute_uv else found
    n = a.shape[1]
    largest = float(abs(a).max()) or 1.0
    columns, turned = (a / largest).columns(), eye(n).rows()
    near = EPSILON * a.shape[0]
    nothing = near**2 * sum(dot(column, column) for column in columns)

    def rotated(p: int, q: int) -> bool:
        one, two = columns[p], columns[q]
        x, y, beside = dot(one, one), dot(two, two), dot(one, two)
        if not (x > nothing < y and abs(beside) > near * math.sqrt(x * y)):
            return False
        turn = _rotation(x, y, beside)
        _rotate(columns, p, q, *turn)
        _rotate(turned, p, q, *turn)
        return True

    _until_done(n, rotated)
    sizes = [math.sqrt(dot(column, column)) for column in columns]
    order = sorted(range(n), key=lambda k: -sizes[k])
    values = array([largest * sizes[k] for k in order])
    if not compute_uv:
        return values
    u = array([[x / (sizes[k] or 1.0) for x in columns[k]] for k in order]).T
    return u, values, array([turned[k] for k in order])


def cond(a: ndarray) -> float:
    """The largest singular value, as a multiple of the least."""
    values = svd(a, compute_uv=False).entries
    return values[0] / values[-1] if values[-1] else math.inf


def pinv(a: ndarray, rcond: float) -> Any:
    """The Moore-Penrose inverse; singular values below a share of the largest count as 0."""
    u, s, v = svd(a, full_matrices=False)
    near = rcond * s.entries[0]
    inverted = ndarray([1 / x if x > near else 0.0 for x in s.entries], s.shape)
    return matrix_product(matrix_product(v.T, diag(inverted)), u.T)


def lstsq(a: ndarray, b: ndarray, rcond: None = None) -> tuple[Any]:
    """X of the least |A X - B|."""
    return (matrix_product(pinv(a, EPSILON * max(a.shape)), b),)
