"""Functions of a matrix, eigenvalues and singular values in float64 arrays, by NumPy alone.

As in precise.py: nan where no real value exists, and where a matrix that must be symmetric clearly is not. Functions of
a symmetric matrix go by its eigenvalues, others by Padé approximants and Denman and Beavers' iteration.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matcalc.meaning.precise import signed

EPSILON = sys.float_info.epsilon
CLEARLY = 1e-8
"""The relative asymmetry that is accepted in a matrix that must be symmetric."""
ROUNDING = 1e-14
"""The relative asymmetry that rounding can cause."""


def lost(np: Any, shape: tuple[int, ...]) -> Any:
    """nan in every entry."""
    return np.full(shape, np.nan)


def _symmetric(np: Any, a: Any, tolerance: float) -> bool:
    return bool(np.all(np.abs(a - a.T) <= tolerance * np.max(np.abs(a), initial=0.0)))


# ------------------------------------------------------------------------------------------------ functions of a matrix


@dataclass(frozen=True)
class MatrixFunction:
    """A function of a matrix: of numbers, its divided difference (f(x) - f(y)) / (x - y), and of any square matrix."""

    of_numbers: Callable[[Any, Any], Any]
    divided: Callable[[Any, Any, Any], Any]
    of_matrix: Callable[[Any, Any], Any]


def _divided_exp(np: Any, x: Any, y: Any) -> Any:
    d = np.abs(x - y)
    return np.exp(np.maximum(x, y)) * np.where(d > 0, -np.expm1(-d) / np.where(d > 0, d, 1.0), 1.0)


def _divided_log(np: Any, x: Any, y: Any) -> Any:
    d, least = np.abs(x - y) / np.minimum(x, y), np.minimum(x, y)
    return np.where(d > 0, np.log1p(d) / np.where(d > 0, d, 1.0), 1.0) / least


def _divided_sqrt(np: Any, x: Any, y: Any) -> Any:
    return 1.0 / (np.sqrt(x) + np.sqrt(y))


PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
"""The coefficients of the [13/13] approximant of exp (Higham 2008, 10.3), good up to a norm of THETA."""
THETA = 5.37


def _expm(np: Any, a: Any) -> Any:
    norm = np.max(np.sum(np.abs(a), axis=0))
    squarings = max(0, math.ceil(math.log2(norm / THETA))) if norm > 0 else 0
    a = a / 2.0**squarings
    square = a @ a
    even, odd = np.zeros_like(a), np.zeros_like(a)
    power = np.eye(len(a))
    for k in range(0, len(PADE), 2):
        even, odd = even + PADE[k] * power, odd + PADE[k + 1] * power
        power = power @ square
    odd = a @ odd
    result = np.linalg.solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result


def _sqrtm(np: Any, a: Any) -> Any:
    # The product form of Denman and Beavers' iteration, scaled by determinants (Higham 2008, 6.5).
    n = len(a)
    one = np.eye(n)
    m, x = a, a
    scaling = True
    for _ in range(100):
        inverse = np.linalg.inv(m)
        scale = math.exp(-np.linalg.slogdet(m)[1] / (2 * n)) if scaling else 1.0
        x = scale / 2 * x @ (one + inverse / scale**2)
        m = (one + (scale**2 * m + inverse / scale**2) / 2) / 2
        distance = np.max(np.abs(m - one))
        if not np.isfinite(distance):
            break
        scaling = scaling and distance > 1e-2
        if distance < 1e-14 * n:
            return x
    if np.max(np.abs(x @ x - a)) <= 1e-8 * np.max(np.abs(a)):
        return x
    return lost(np, a.shape)


QUADRATURE = tuple(
    (sign * t, w)
    for t, w in (
        (0.18343464249564980494, 0.36268378337836198297),
        (0.52553240991632898582, 0.31370664587788728734),
        (0.79666647741362673959, 0.22238103445337447054),
        (0.96028985649753623168, 0.10122853629037625915),
    )
    for sign in (-1, 1)
)
"""The nodes and weights of Gauss and Legendre's quadrature with 8 nodes (Abramowitz & Stegun, 25.4)."""


def _logm(np: Any, a: Any) -> Any:
    # Square roots until A is near I, then Gauss and Legendre's quadrature of (A - I)(I + t (A - I))⁻¹ over t in [0, 1],
    # which is a Padé approximant (Higham 2008, 11.4).
    one = np.eye(len(a))
    roots = 0
    while np.max(np.sum(np.abs(a - one), axis=0)) > 0.25:
        a, roots = _sqrtm(np, a), roots + 1
        if roots > 60 or not np.isfinite(a).all():
            return lost(np, a.shape)
    rest = a - one
    parts = [w / 2 * np.linalg.solve(one + (t + 1) / 2 * rest, rest) for t, w in QUADRATURE]
    return 2.0**roots * sum(parts)


EXP = MatrixFunction(lambda np, x: np.exp(x), _divided_exp, _expm)
LOG = MatrixFunction(lambda np, x: np.log(x), _divided_log, _logm)
SQRT = MatrixFunction(lambda np, x: np.sqrt(x), _divided_sqrt, _sqrtm)


def of_matrix(np: Any, f: MatrixFunction, a: Any) -> Any:
    """f(A)."""
    if not np.isfinite(a).all():
        return lost(np, a.shape)
    try:
        if _symmetric(np, a, ROUNDING):
            values, vectors = np.linalg.eigh((a + a.T) / 2)
            return (vectors * f.of_numbers(np, _clean(np, values))) @ vectors.T
        return f.of_matrix(np, a)
    except np.linalg.LinAlgError:
        return lost(np, a.shape)


def _clean(np: Any, values: Any) -> Any:
    # An eigenvalue that is negative by rounding is 0.
    tiny = len(values) * EPSILON * np.max(np.abs(values))
    return np.where((values < 0) & (values >= -tiny), 0.0, values)


def frechet(np: Any, f: MatrixFunction, a: Any, e: Any) -> Any:
    """The derivative of f at A in direction E (Higham 2008, (3.16); for symmetric A Daleckii and Krein's, 3.11)."""
    n = len(a)
    size = np.max(np.abs(e))
    if not (np.isfinite(a).all() and np.isfinite(size)):
        return lost(np, a.shape)
    if size == 0:
        return np.zeros_like(a)
    try:
        if _symmetric(np, a, ROUNDING):
            values, vectors = np.linalg.eigh((a + a.T) / 2)
            quotients = f.divided(np, values[:, None], values[None, :])
            return vectors @ (quotients * (vectors.T @ e @ vectors)) @ vectors.T
        scale = np.max(np.abs(a)) / size
        return f.of_matrix(np, np.block([[a, scale * e], [np.zeros_like(a), a]]))[:n, n:] / scale
    except np.linalg.LinAlgError:
        return lost(np, a.shape)


CANCELLED = 2.0**12
"""How many times the rounding of A the rounding errors of a difference such as λ I - S may be, beside its size."""


def pinv(np: Any, a: Any) -> Any:
    """The Moore-Penrose inverse; singular values below rounding count as 0."""
    if not np.isfinite(a).all():
        return lost(np, a.T.shape)
    return np.linalg.pinv(a, rcond=max(a.shape) * EPSILON * CANCELLED)


def chol(np: Any, a: Any) -> Any:
    """The Cholesky factor; nan where A is not symmetric positive definite."""
    if not np.isfinite(a).all() or not _symmetric(np, a, CLEARLY):
        return lost(np, a.shape)
    try:
        return np.linalg.cholesky((a + a.T) / 2)
    except np.linalg.LinAlgError:
        return lost(np, a.shape)


# ------------------------------------------------------------------------------------- eigenvalues and singular values


def eigenvalues(np: Any, a: Any) -> Any:
    """The eigenvalues of a symmetric matrix, ascending."""
    return _eigen(np, a)[0]


def eigenvector(np: Any, a: Any, k: int) -> Any:
    """The unit eigenvector of the k-th eigenvalue, as a column; nan if that is not simple."""
    values, vectors = _eigen(np, a)
    near = 8 * len(a) * EPSILON * np.max(np.abs(values))
    if np.sum(np.abs(values - values[k]) <= near) != 1:
        return lost(np, (len(a), 1))
    return np.array([signed(list(vectors[:, k]))[0]]).T


def _eigen(np: Any, a: Any) -> tuple[Any, Any]:
    if not np.isfinite(a).all() or not _symmetric(np, a, CLEARLY):
        return lost(np, (len(a),)), lost(np, a.shape)
    found: tuple[Any, Any] = np.linalg.eigh((a + a.T) / 2)
    return found


def singular_values(np: Any, a: Any) -> Any:
    """The singular values, descending."""
    if not np.isfinite(a).all():
        return lost(np, (min(a.shape),))
    return np.linalg.svd(a, compute_uv=False)


def singular(np: Any, a: Any) -> tuple[Any, Any, Any]:
    """U, s and V, thin, A = U diag(s) V'; columns of singular values that are 0 are 0."""
    n, m = a.shape
    k = min(n, m)
    if not np.isfinite(a).all():
        return lost(np, (n, k)), lost(np, (k,)), lost(np, (m, k))
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    signs = np.array([signed(list(column))[1] for column in u.T])
    kept = np.where(s > max(n, m) * EPSILON * s[0], signs, 0.0)
    return u * kept, s, vt.T * kept


def first_singular(np: Any, a: Any) -> tuple[Any, Any]:
    """u1 and v1, as columns; nan if the largest singular value is not simple, or 0."""
    u, s, v = singular(np, a)
    near = 8 * max(a.shape) * EPSILON * s[0]
    if not (s[0] > 0 and np.all(s[0] - s[1:] > near)):
        return lost(np, (len(u), 1)), lost(np, (len(v), 1))
    return u[:, :1], v[:, :1]


def polar(np: Any, a: Any) -> Any:
    """U V' with the thin U and V of A."""
    u, _, v = singular(np, a)
    return u @ v.T


def polar_frechet(np: Any, a: Any, e: Any) -> Any:
    """What U V' changes by along E; nan where A does not have full rank."""
    u, s, v = singular(np, a)
    if not np.all(s > max(a.shape) * EPSILON * s[0]):
        return lost(np, a.shape)
    inside = u.T @ e @ v
    right, left = e @ (v / s) @ v.T, (u / s) @ u.T @ e
    turned = u @ ((inside - inside.T) / (s[:, None] + s)) @ v.T
    return turned + right - u @ (u.T @ right) + left - left @ v @ v.T
