"""Meanings of functions of a matrix: pseudoinverse, exponential, logarithm, roots, Cholesky factor, spectra.

The pseudoinverse of a matrix of full rank, powers and the Cholesky factor have formulas; the others only numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from matcalc import operators as ops
from matcalc.meaning import floats, precise
from matcalc.meaning.basic import fast_matpow
from matcalc.meaning.linear import Square, chol, pinv, power, side_by_side
from matcalc.meaning.protocol import Entry, Field, Rows
from matcalc.meaning.table import row
from matcalc.operators import Operator


def _power_frechet(field: Field, a: Rows, e: Rows, k: Entry) -> Rows:
    return power(Square(field, a, e), k).e or []


def _fast_power_frechet(np: Any, a: Any, e: Any, exponent: Any) -> Any:
    n = len(a)
    block = np.block([[a, e], [np.zeros_like(a), a]])
    return fast_matpow(np, block, exponent)[:n, n:]


def _widened(a: Rows, columns: int) -> Rows:
    # Columns of zeros beside A.
    return side_by_side(a, [[x - x for x in line[:1] * (columns - len(line))] for line in a])


def _function(op: Operator, derivative: Operator, exact: precise.PreciseFunction, fast: floats.MatrixFunction) -> None:
    row(
        op,
        lambda field, shape, a: precise.of_matrix(field, exact, a),
        lambda np, shape, a: floats.of_matrix(np, fast, a),
        written=False,
    )
    row(
        derivative,
        lambda field, shape, a, e: precise.frechet(field, exact, a, e),
        lambda np, shape, a, e: floats.frechet(np, fast, a, e),
        written=False,
    )


def _second(op: Operator, exact: precise.PreciseFunction, fast: floats.MatrixFunction) -> None:
    # That of the block matrix [A, E; 0, A] along F in both blocks stands where L(A, E) stands (Higham & Relton 2014).
    row(
        op,
        lambda field, shape, a, e, f: _upper(precise.frechet(field, exact, *_beside(field, a, e, f))),
        lambda np, shape, a, e, f: _fast_upper(floats.frechet(np, fast, *_fast_beside(np, a, e, f))),
        written=False,
    )


def _beside(field: Field, a: Rows, e: Rows, f: Rows) -> tuple[Rows, Rows]:
    nothing = [[field.number(Fraction(0))] * len(a) for _ in a]
    return side_by_side(a, e) + side_by_side(nothing, a), side_by_side(f, nothing) + side_by_side(nothing, f)


def _upper(a: Rows) -> Rows:
    n = len(a) // 2
    return [line[n:] for line in a[:n]]


def _fast_beside(np: Any, a: Any, e: Any, f: Any) -> tuple[Any, Any]:
    nothing = np.zeros_like(a)
    return np.block([[a, e], [nothing, a]]), np.block([[f, nothing], [nothing, f]])


def _fast_upper(a: Any) -> Any:
    n = len(a) // 2
    return a[:n, n:]


_function(ops.EXPM, ops.EXPM_FRECHET, precise.expm, floats.EXP)
_function(ops.LOGM, ops.LOGM_FRECHET, precise.logm, floats.LOG)
_function(ops.SQRTM, ops.SQRTM_FRECHET, precise.sqrtm, floats.SQRT)
_second(ops.EXPM_FRECHET2, precise.expm, floats.EXP)
_second(ops.LOGM_FRECHET2, precise.logm, floats.LOG)
row(
    ops.POWER_FRECHET,
    lambda field, shape, a, e, k: _power_frechet(field, a, e, k[0][0]),
    lambda np, shape, a, e, k: _fast_power_frechet(np, a, e, k),
)
row(
    ops.POWER_FRECHET2,
    lambda field, shape, a, e, f, k: _upper(_power_frechet(field, *_beside(field, a, e, f), k[0][0])),
    lambda np, shape, a, e, f, k: _fast_upper(_fast_power_frechet(np, *_fast_beside(np, a, e, f), k)),
)
row(ops.PINV, lambda field, shape, a: pinv(field, a), lambda np, shape, a: floats.pinv(np, a))
row(ops.CHOL, lambda field, shape, a: chol(field, a), lambda np, shape, a: floats.chol(np, a))


def _eigenvalue(value: Operator, vector: Operator, k: int) -> None:
    row(
        value,
        lambda field, shape, a: [[precise.eigenvalues(field, a)[k]]],
        lambda np, shape, a: np.array([[floats.eigenvalues(np, a)[k]]]),
        written=False,
    )
    row(
        vector,
        lambda field, shape, a: precise.eigenvector(field, a, k),
        lambda np, shape, a: floats.eigenvector(np, a, k),
        written=False,
    )


_eigenvalue(ops.LAMBDA_MAX, ops.EIGVEC_MAX, -1)
_eigenvalue(ops.LAMBDA_MIN, ops.EIGVEC_MIN, 0)
row(
    ops.NORM_SPEC,
    lambda field, shape, a: [[precise.singular_values(field, a)[0]]],
    lambda np, shape, a: np.array([[floats.singular_values(np, a)[0]]]),
    written=False,
)
row(
    ops.NORM_NUC,
    lambda field, shape, a: [[field.sum(precise.singular_values(field, a))]],
    lambda np, shape, a: np.array([[np.sum(floats.singular_values(np, a))]]),
    written=False,
)


def _vectors(first: Operator, every: Operator, side: int) -> None:
    # side: 0 for u, of the rows, 1 for v, of the columns.
    row(
        first,
        lambda field, shape, a: precise.first_singular(field, a)[side],
        lambda np, shape, a: floats.first_singular(np, a)[side],
        written=False,
    )
    row(
        every,
        lambda field, shape, a: _widened(precise.singular(field, a)[2 * side], shape[1]),
        lambda np, shape, a: _fast_widened(np, floats.singular(np, a)[2 * side], shape[1]),
        written=False,
    )


def _fast_widened(np: Any, a: Any, columns: int) -> Any:
    return np.concatenate([a, np.zeros((len(a), columns - a.shape[1]))], axis=1)


_vectors(ops.SINGULAR_U1, ops.SINGULAR_U, 0)
_vectors(ops.SINGULAR_V1, ops.SINGULAR_V, 1)
row(
    ops.POLAR,
    lambda field, shape, a: precise.polar(field, a),
    lambda np, shape, a: floats.polar(np, a),
    written=False,
)
row(
    ops.POLAR_FRECHET,
    lambda field, shape, a, e: precise.polar_frechet(field, a, e),
    lambda np, shape, a, e: floats.polar_frechet(np, a, e),
    written=False,
)
