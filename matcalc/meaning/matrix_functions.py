"""Meanings of functions of a matrix: pseudoinverse, exponential, logarithm, roots, Cholesky factor, spectra.

The pseudoinverse of a matrix of full rank, powers and the Cholesky factor have formulas; the others only numbers.
"""

from __future__ import annotations

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


_function(ops.EXPM, ops.EXPM_FRECHET, precise.expm, floats.EXP)
_function(ops.LOGM, ops.LOGM_FRECHET, precise.logm, floats.LOG)
_function(ops.SQRTM, ops.SQRTM_FRECHET, precise.sqrtm, floats.SQRT)
row(
    ops.POWER_FRECHET,
    lambda field, shape, a, e, k: _power_frechet(field, a, e, k[0][0]),
    lambda np, shape, a, e, k: _fast_power_frechet(np, a, e, k),
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
    return np.hstack([a, np.zeros((len(a), columns - a.shape[1]))])


_vectors(ops.SINGULAR_U1, ops.SINGULAR_U, 0)
_vectors(ops.SINGULAR_V1, ops.SINGULAR_V, 1)
