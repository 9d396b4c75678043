"""Functions of a matrix, eigenvalues and singular values in numbers of many digits.

The functions are those of real matrices, nan where no real value exists: logm and sqrtm are principal and need a matrix
without eigenvalues on the closed negative axis. They use rational iterations and series, so coinciding eigenvalues do
no harm (N. Higham, Functions of Matrices, 2008). Functions of symmetric matrices accept an argument that is symmetric
up to a small error, and return nan for others. Vectors of coinciding eigenvalues or singular values are nan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import factorial, isqrt
from typing import Any, TypeAlias

from matcalc.meaning.fields import Multiprecision
from matcalc.meaning.linear import (
    Square,
    det,
    everything,
    not_a_number,
    power,
    product,
    rounding,
    scaled,
    transposed,
)
from matcalc.meaning.protocol import Entry, Rows

PreciseFunction: TypeAlias = Callable[[Square, Multiprecision], "Square | None"]
"""A function of a checked matrix; None if it has no real value."""

EXTRA = 24
"""Digits that are worked with beside those that are wanted."""
LARGEST = 10**6
"""The size of a matrix above which its exponential counts as infinite."""
HAIR = 20
"""Digits to which a matrix must be symmetric where that is needed: a difference quotient may leave it by less."""
STEPS = 50
"""Iterations after which a square root is given up: there is none."""


def _real(field: Multiprecision, entries: Iterable[Entry]) -> bool:
    return all(map(field.finite, entries))


def _largest(entries: Iterable[Entry]) -> Entry:
    return max(map(abs, entries))


# ----------------------------------------------------------------------------------------------- functions of a matrix


def of_matrix(field: Multiprecision, function: PreciseFunction, a: Rows) -> Rows:
    """The function's value at A."""
    found = _value(field, function, Square(field, a))
    return not_a_number(field, (len(a), len(a))) if found is None else found.a


def frechet(field: Multiprecision, function: PreciseFunction, a: Rows, e: Rows) -> Rows:
    """The derivative of `function` at A in direction E."""
    size = field.sum(map(abs, everything(e)))
    if size == 0:
        return e
    # The derivative is linear in E, which is brought to the size of A.
    scale = (_largest(everything(a)) or 1) / size
    found = _value(field, function, Square(field, a, scaled(scale, e)))
    if found is None or found.e is None:
        return not_a_number(field, (len(a), len(a)))
    return [[x / scale for x in line] for line in found.e]


def _value(field: Multiprecision, function: PreciseFunction, a: Square) -> Square | None:
    if not _real(field, a.parts):
        return None
    digits = field.digits
    try:
        field.digits = field.mp.dps = digits + EXTRA
        found = function(a, field)
    except (RuntimeError, ZeroDivisionError):  # an iteration of mpmath's that did not end
        found = None
    finally:
        field.digits = field.mp.dps = digits
    if found is None:
        return None
    return Square(field, *([[+x for x in line] for line in rows] for rows in (found.a, found.e) if rows is not None))


def _norm(rows: Rows) -> Entry:
    # The largest sum of a row's sizes: that of a product is at most the product of the two.
    return max(sum(map(abs, line)) for line in rows)


def _series(a: Square, field: Multiprecision, coefficient: Callable[[int], Fraction]) -> Square:
    """c0 I + c1 A + c2 A² + …, of which each falls below the one before it.

    Blocks of lower powers are multiplied by the power after them (Paterson & Stockmeyer 1973), since products are dear.
    """
    size, below = _norm(a.a), field.mp.mpf(1)
    numbers = [field.number(coefficient(0)), field.number(coefficient(1))]
    while len(numbers) * numbers[-1] * below > field.mp.mpf(10) ** -field.digits:  # as large is the differential
        below *= size
        numbers.append(field.number(coefficient(len(numbers))))
    step = isqrt(len(numbers) - 1) + 1
    powers = [power(a, field.number(Fraction(0))), a]
    while len(powers) <= step:
        powers.append(powers[-1] * a)
    total: Square | None = None
    for start in reversed(range(0, len(numbers), step)):
        terms = [x.times(c) for x, c in zip(powers[:step], numbers[start : start + step], strict=False)]
        total = sum(terms[1:], terms[0] if total is None else total * powers[step] + terms[0])
    assert total is not None
    return total


def expm(a: Square, field: Multiprecision) -> Square | None:
    """exp A, by its series for A / 2^s, squared s times (Higham 2008, 10.3)."""
    size = _norm(a.a)
    if size > LARGEST:
        return None
    halvings = max(0, field.mp.mag(size) + 4) if size else 0
    total = _series(a.times(field.mp.ldexp(field.mp.mpf(1), -halvings)), field, lambda k: Fraction(1, factorial(k)))
    for _ in range(halvings):
        total = total * total
    return total


def sqrtm(a: Square, field: Multiprecision) -> Square | None:
    """The principal square root, by the product form of Denman and Beavers' iteration (Higham 2008, (6.29))."""
    if _rootless(a, field):
        return None
    # M -> (M + M⁻¹ + 2 I) / 4 goes to I, and X -> X (I + M⁻¹) / 2 to the root. Without one nothing converges.
    one = power(a, field.number(Fraction(0)))
    half = field.mp.mpf(1) / 2
    m = x = a
    last = False
    for _ in range(STEPS):
        inverse = m.inverse()
        if not _real(field, inverse.parts):
            return None
        x = (x * (one + inverse)).times(half)
        if last:
            return x
        m = ((m + inverse).times(half) + one).times(half)
        last = _largest((m + one.times(-1)).parts) < field.mp.mpf(10) ** -(field.digits // 2 + 2)
    return None


def _rootless(a: Square, field: Multiprecision) -> bool:
    # True if there is no root, as far as can be seen at once.
    rows = a.a
    if not det(field, rows) > 0:
        return True
    return rows == transposed(rows) and not field.mp.eigsy(field.mp.matrix(rows), eigvals_only=True)[0] > 0


def logm(a: Square, field: Multiprecision) -> Square | None:
    """The principal logarithm: square roots until A is near I, then 2 artanh((A - I)(A + I)⁻¹), a series."""
    one = power(a, field.number(Fraction(0)))
    minus = one.times(-1)
    roots = 0
    while _norm((a + minus).a) > field.mp.mpf(1) / 2:
        root = sqrtm(a, field)
        if root is None or roots > STEPS:
            return None
        a, roots = root, roots + 1
    ratio = (a + minus) * (a + one).inverse()
    total = ratio * _series(ratio * ratio, field, lambda k: Fraction(1, 2 * k + 1))
    return total.times(field.mp.mpf(2) ** (roots + 1))


# ----------------------------------------------------------------------------------- eigenvalues and singular values


def eigenvalues(field: Multiprecision, a: Rows) -> list[Entry]:
    """The eigenvalues of a symmetric matrix, ascending; nan if it is not symmetric."""
    return _eigen(field, a)[0]


def eigenvector(field: Multiprecision, a: Rows, k: int) -> Rows:
    """The unit eigenvector of the k-th eigenvalue, ascending, as a column. Its largest entry is positive."""
    values, vectors = _eigen(field, a)
    near = rounding(field) * _largest(values)
    others = [x for i, x in enumerate(values) if i != k % len(values)]
    if not all(abs(values[k] - x) > near for x in others):
        return not_a_number(field, (len(a), 1))
    return [[x] for x in signed([line[k] for line in vectors])[0]]


def _eigen(field: Multiprecision, a: Rows) -> tuple[list[Entry], Rows]:
    n = len(a)
    near = field.mp.mpf(10) ** -min(HAIR, field.digits // 2)
    failed = [field.nan] * n, not_a_number(field, (n, n))
    if not _real(field, everything(a)):
        return failed
    near = near * _largest(everything(a))
    if any(abs(a[i][j] - a[j][i]) > near for i in range(n) for j in range(i)):
        return failed
    matrix = field.mp.matrix([[(a[i][j] + a[j][i]) / 2 for j in range(n)] for i in range(n)])
    try:
        values, vectors = field.mp.eigsy(matrix)
    except (RuntimeError, ZeroDivisionError):
        return failed
    return list(values), vectors.tolist()


def singular_values(field: Multiprecision, a: Rows) -> list[Entry]:
    """The singular values, descending, as many as A has rows or columns, whichever is less."""
    return singular(field, a)[1]


def singular(field: Multiprecision, a: Rows) -> tuple[Rows, list[Entry], Rows]:
    """U, the singular values s and V, thin: A = U diag(s) V'. Columns of singular values that are 0 are 0.

    The largest entry of a column of U is positive.
    """
    n, m = len(a), len(a[0])
    k = min(n, m)
    failed = not_a_number(field, (n, k)), [field.nan] * k, not_a_number(field, (m, k))
    if not _real(field, everything(a)):
        return failed
    try:
        u, s, v = field.mp.svd_r(field.mp.matrix(a))
    except (RuntimeError, ZeroDivisionError):
        return failed
    near = rounding(field) * s[0]
    left, right = [], []
    for column, line, value in zip(transposed(u.tolist()), v.tolist(), s, strict=True):
        one, sign = signed(column)
        nonzero = value > near
        left.append([x if nonzero else x - x for x in one])
        right.append([sign * x if nonzero else x - x for x in line])
    return transposed(left), list(s), transposed(right)


def first_singular(field: Multiprecision, a: Rows) -> tuple[Rows, Rows]:
    """u1 and v1, as columns; nan if the largest singular value is not simple, or 0."""
    u, s, v = singular(field, a)
    near = rounding(field) * s[0]
    if not s[0] > near or not all(s[0] - x > near for x in s[1:]):
        return not_a_number(field, (len(u), 1)), not_a_number(field, (len(v), 1))
    return [[line[0]] for line in u], [[line[0]] for line in v]


def polar(field: Multiprecision, a: Rows) -> Rows:
    """U V' with the thin U and V of A."""
    u, _, v = singular(field, a)
    return product(field, u, transposed(v))


def polar_frechet(field: Multiprecision, a: Rows, e: Rows) -> Rows:
    """What U V' changes by along E; nan where A does not have full rank (Kenney & Laub 1991).

    It is U W V' + (I - U U') E V / s V' + U / s U' E (I - V V'), where W_ij = (U' E V - V' E' U)_ij / (s_i + s_j).
    """
    u, s, v = singular(field, a)
    if not min(s) > rounding(field) * s[0]:
        return not_a_number(field, (len(a), len(a[0])))
    u_, v_ = transposed(u), transposed(v)
    inside = product(field, product(field, u_, e), v)
    k = len(s)
    turned = [[(inside[i][j] - inside[j][i]) / (s[i] + s[j]) for j in range(k)] for i in range(k)]
    over_u, over_v = ([[x / y for x, y in zip(line, s, strict=True)] for line in w] for w in (u, v))
    right, left = product(field, e, product(field, over_v, v_)), product(field, product(field, over_u, u_), e)
    parts = (
        product(field, product(field, u, turned), v_),
        right,
        scaled(-1, product(field, u, product(field, u_, right))),
        left,
        scaled(-1, product(field, product(field, left, v), v_)),
    )
    return [[field.sum(xs) for xs in zip(*lines, strict=True)] for lines in zip(*parts, strict=True)]


def signed(column: list[Any]) -> tuple[list[Any], int]:
    """The column or its negative, whose largest entry (the first of those that are, but for a hair) is positive."""
    largest = max(map(abs, column))
    first = next((x for x in column if abs(x) * (1 + 1e-9) >= largest), 1)
    sign = 1 if first >= 0 else -1
    return [sign * x for x in column], sign
