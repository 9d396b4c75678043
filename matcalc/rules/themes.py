"""THEMES: subjects whose rows are entered when a program is about them, by operator."""

from __future__ import annotations

from collections.abc import Collection

from matcalc import operators as ops
from matcalc.operators import Operator
from matcalc.rewrite import Theme

STATISTICS = Theme(
    "matcalc.rules.statistics",
    (
        ops.MEAN, ops.ROWSUM, ops.COLSUM, ops.ROWMEAN, ops.COLMEAN, ops.VAR, ops.STD, ops.ROWVAR, ops.COLVAR,
        ops.ROWSTD, ops.COLSTD, ops.LAYER_NORM, ops.BATCH_NORM, ops.LARGEST, ops.SMALLEST,
        ops.INDICATOR_MAX, ops.INDICATOR_MIN,
    ),
)  # fmt: skip
KRONECKER = Theme("matcalc.rules.kronecker", (ops.KRON, ops.VEC, ops.UNVEC, ops.COMMUTATION, ops.PTRACE1, ops.PTRACE2))
PARTS = Theme(
    "matcalc.rules.parts",
    (
        ops.HCAT, ops.VCAT, ops.ROWRANGE, ops.COLRANGE, ops.TRIL, ops.TRIU, ops.TRIL_HALF, ops.DIAG, ops.DIAGONAL,
    ),
)  # fmt: skip
SPECTRAL = Theme(
    "matcalc.rules.spectral",
    (
        ops.INV, ops.DET, ops.LOGDET, ops.NORM, ops.MATPOW, ops.PINV, ops.EXPM, ops.LOGM, ops.SQRTM, ops.EXPM_FRECHET,
        ops.LOGM_FRECHET, ops.SQRTM_FRECHET, ops.POWER_FRECHET, ops.CHOL, ops.LAMBDA_MAX, ops.LAMBDA_MIN,
        ops.EIGVEC_MAX, ops.EIGVEC_MIN, ops.NORM_SPEC, ops.NORM_NUC, ops.SINGULAR_U1, ops.SINGULAR_V1,
        ops.SINGULAR_U, ops.SINGULAR_V,
    ),
)  # fmt: skip
THEMES = (STATISTICS, KRONECKER, PARTS, SPECTRAL)


def know(found: Collection[Operator]) -> None:
    """Enter the themes of the operators that a program has: their rows may begin with other operators."""
    for theme in THEMES:
        if not theme.operators.isdisjoint(found):
            theme.entered = True
