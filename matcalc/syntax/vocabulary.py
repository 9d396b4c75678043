"""The names that mean something: functions, constants, attributes. New mathematics is a new row here.

A function is a row of FUNCTIONS or a function of the entries; what is in the notation and no operator does yet is a row
of UNSUPPORTED.
"""

from __future__ import annotations

from typing import NamedTuple

from matcalc.operators import (
    BATCH_NORM,
    CHOL,
    COLMEAN,
    COLRANGE,
    COLSTD,
    COLSUM,
    COLVAR,
    COMMUTATION,
    DET,
    DIAG,
    DIAGONAL,
    EIGVEC_MAX,
    EIGVEC_MIN,
    EXPM,
    EXPM_FRECHET,
    FUNCTION_NAMES,
    INDICATOR_MAX,
    INDICATOR_MIN,
    INV,
    KRON,
    LAMBDA_MAX,
    LAMBDA_MIN,
    LARGEST,
    LAYER_NORM,
    LOG_SOFTMAX_COLUMNS,
    LOG_SOFTMAX_ROWS,
    LOGDET,
    LOGM,
    LOGM_FRECHET,
    LOGSUMEXP_COLUMNS,
    LOGSUMEXP_ROWS,
    MAX,
    MEAN,
    MIN,
    NORM,
    PINV,
    POWER_FRECHET,
    PTRACE1,
    PTRACE2,
    ROWMEAN,
    ROWRANGE,
    ROWSTD,
    ROWSUM,
    ROWVAR,
    SINGULAR_U,
    SINGULAR_U1,
    SINGULAR_V,
    SINGULAR_V1,
    SMALLEST,
    SOFTMAX_COLUMNS,
    SOFTMAX_ROWS,
    SQRTM,
    SQRTM_FRECHET,
    STD,
    STEP_GE,
    SUM,
    TRACE,
    TRIL,
    TRIL_HALF,
    TRIU,
    UNVEC,
    VAR,
    VEC,
    Operator,
)

MANY = 1_000
"""The most arguments that a function may have."""

POPULATION = "var and std divide by the number of entries (population), not by one less"


class Function(NamedTuple):
    """How a function is read.

    `takes` says how its shape is found (infer.py) and how its operator is chosen (functions.py); `operators` are those
    that it may stand for: of a column vector the first, of a matrix the last. `least`, `most`: how many arguments it
    takes; those from number `sizes` on are sizes. `assumes`: the attribute of a name as its argument that nothing
    declares. `note`: what is said where it occurs.
    """

    takes: str
    operators: tuple[Operator, ...] = ()
    least: int = 1
    most: int = 1
    sizes: int = MANY
    assumes: str = ""
    note: str = ""


FUNCTIONS: dict[str, Function] = {
    "sum": Function("array to scalar", (SUM,)),
    "mean": Function("array to scalar", (MEAN,)),
    "var": Function("array to scalar", (VAR,), note=POPULATION),
    "std": Function("array to scalar", (STD,), note=POPULATION),
    "norm": Function("array to scalar", (NORM,)),
    "norm1": Function("norm"),
    "norm2": Function("array to scalar", (NORM,)),
    "norm_1": Function("norm"),
    "norm_2": Function("norm"),
    "norm_F": Function("array to scalar", (NORM,)),
    "norm_inf": Function("norm"),
    "norm_nuc": Function("norm"),
    "norm_spec": Function("norm"),
    "tr": Function("square to scalar", (TRACE,)),
    "det": Function("square to scalar", (DET,)),
    "logdet": Function("square to scalar", (LOGDET,)),
    "lambda_max": Function("square to scalar", (LAMBDA_MAX,), assumes="symmetric"),
    "lambda_min": Function("square to scalar", (LAMBDA_MIN,), assumes="symmetric"),
    "eigvec_max": Function("square to column", (EIGVEC_MAX,), assumes="symmetric"),
    "eigvec_min": Function("square to column", (EIGVEC_MIN,), assumes="symmetric"),
    "inv": Function("square", (INV,)),
    "pinv": Function("transposed", (PINV,)),
    "expm": Function("square", (EXPM,)),
    "logm": Function("square", (LOGM,)),
    "sqrtm": Function("square", (SQRTM,)),
    "chol": Function("square", (CHOL,), assumes="pd"),
    "expm_frechet": Function("in direction", (EXPM_FRECHET,), 2, 2),
    "logm_frechet": Function("in direction", (LOGM_FRECHET,), 2, 2),
    "sqrtm_frechet": Function("in direction", (SQRTM_FRECHET,), 2, 2),
    "power_frechet": Function("in direction", (POWER_FRECHET,), 3, 3),
    "singular_u1": Function("rows", (SINGULAR_U1,)),
    "singular_v1": Function("column of columns", (SINGULAR_V1,)),
    "singular_u": Function("array", (SINGULAR_U,)),
    "singular_v": Function("columns square", (SINGULAR_V,)),
    "tril": Function("square", (TRIL,)),
    "triu": Function("square", (TRIU,)),
    "tril_half": Function("square", (TRIL_HALF,)),
    "rowsum": Function("rows", (ROWSUM,)),
    "colsum": Function("columns", (COLSUM,)),
    "rowmean": Function("rows", (ROWMEAN,)),
    "colmean": Function("columns", (COLMEAN,)),
    "rowvar": Function("rows", (ROWVAR,), note=POPULATION),
    "colvar": Function("columns", (COLVAR,), note=POPULATION),
    "rowstd": Function("rows", (ROWSTD,), 1, 2, note=POPULATION),
    "colstd": Function("columns", (COLSTD,), 1, 2, note=POPULATION),
    "layer_norm": Function("normalized", (BATCH_NORM, LAYER_NORM), 1, 2),
    "batch_norm": Function("normalized", (BATCH_NORM,), 1, 2),
    "kron": Function("kron", (KRON,), 2, MANY),
    "vec": Function("vec", (VEC,)),
    "unvec": Function("unvec", (UNVEC,), 3, 3, sizes=1),
    "commutation": Function("sizes", (COMMUTATION,), 2, 2, sizes=0),
    "ptrace1": Function("partial trace", (PTRACE1,), 2, 2, sizes=1),
    "ptrace2": Function("partial trace", (PTRACE2,), 2, 2, sizes=1),
    "rowrange": Function("row range", (ROWRANGE,), 3, 3, sizes=1),
    "colrange": Function("column range", (COLRANGE,), 3, 3, sizes=1),
    "diag": Function("diag", (DIAG, DIAGONAL)),
    "softmax": Function("entries", (SOFTMAX_COLUMNS, SOFTMAX_ROWS), 1, 2),
    "log_softmax": Function("entries", (LOG_SOFTMAX_COLUMNS, LOG_SOFTMAX_ROWS), 1, 2),
    "logsumexp": Function("by line", (LOGSUMEXP_COLUMNS, LOGSUMEXP_ROWS), 1, 2),
    "max": Function("largest", (LARGEST, MAX), 1, 2),
    "min": Function("largest", (SMALLEST, MIN), 1, 2),
    "indicator_max": Function("array", (INDICATOR_MAX,)),
    "indicator_min": Function("array", (INDICATOR_MIN,)),
    "step_ge": Function("two alike", (STEP_GE,), 2, 2),
    "ones": Function("sizes", (), 1, 2, sizes=0),
    "zeros": Function("sizes", (), 1, 2, sizes=0),
    "eye": Function("sizes", (), 1, 1, sizes=0),
    "vector": Function("filled"),
    "matrix": Function("filled"),
    # Written in others (sugar.py).
    "sqdist": Function("pairs", (), 1, 2),
    "cosine": Function("angle", (), 2, 2),
    "quad_over_lin": Function("over", (), 2, 2),
    "normalize": Function("array"),
    "adj": Function("square"),
    "sum_squares": Function("array to scalar"),
}

ENTRIES = frozenset(FUNCTION_NAMES)
"""The named functions of the entries."""

ALIASES = {
    "trace": "tr",
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "logistic": "sigmoid",
    "heaviside": "step",
    "maximum": "max",
    "minimum": "min",
    "inverse": "inv",
    "pseudoinverse": "pinv",
    "pseudoinv": "pinv",
    "identity": "eye",
    "kronecker": "kron",
    "matrix_exp": "expm",
    "matrix_log": "logm",
    "matrix_sqrt": "sqrtm",
    "cholesky": "chol",
    "eigmax": "lambda_max",
    "eigmin": "lambda_min",
    "lambdamax": "lambda_max",
    "lambdamin": "lambda_min",
    "adjugate": "adj",
    "log_det": "logdet",
    "log_sum_exp": "logsumexp",
    "average": "mean",
    "variance": "var",
    "stdev": "std",
    "amax": "max",
    "amin": "min",
    "layernorm": "layer_norm",
    "batchnorm": "batch_norm",
    "cosine_similarity": "cosine",
    "squared_distances": "sqdist",
    "sumsq": "sum_squares",
    "norm_fro": "norm_F",
    "norm_frobenius": "norm_F",
    "frobenius_norm": "norm_F",
    "nuclear_norm": "norm_nuc",
    "norm_nuclear": "norm_nuc",
    "spectral_norm": "norm_spec",
    "norm_spectral": "norm_spec",
    "norminf": "norm_inf",
    "sigma": "sigmoid",
}
"""Other spellings, of a name that is called. (sigma is the letter σ: only where it is called and nothing else.)"""

FUNCTION_LETTERS = frozenset({"f", "g", "h", "phi", "psi", "rho", "sigma", "act"})
"""Names that are functions in f'(z) though they are called nowhere else; any other is transposed there."""

OPTIONS = frozenset({"rows", "columns"})
"""What the second argument of softmax and its kin may be."""
WITH_OPTIONS = frozenset({"entries", "by line"})
"""What those functions take."""

UNSUPPORTED: dict[str, str] = {
    "rank": "the rank",
    "cond": "the condition number",
    "prod": "the product of all entries",
    "cumsum": "the cumulative sum",
    "median": "the median",
    "cov": "the covariance of samples",
    "corr": "the correlation",
    "argmax": "argmax",
    "argmin": "argmin",
    "sort": "sorting",
    "svd": "the singular value decomposition",
    "eig": "the eigenvalue decomposition",
    "eigvals": "the vector of eigenvalues",
    "eigvalsh": "the vector of eigenvalues",
    "qr": "the QR decomposition",
    "fft": "the Fourier transform",
    "reshape": "reshaping",
    "conv": "convolution",
}
"""Functions that are understood but not done, by what they are called in a message."""

NEAR: dict[str, str] = {
    "svd": "||A||_2 and ||A||_* are the largest singular value and the sum of all",
    "eig": "of a symmetric matrix there are lambda_max(A) and lambda_min(A); tr(A) and det(A) are sum and product",
    "prod": "exp(sum(log(x))) is the product of positive entries",
    "reshape": "vec(A) stacks the columns, unvec(a, n, m) undoes it",
    "cond": "||A||_2 and lambda_max(A), lambda_min(A) are there",
    "cov": "1/n (X - 1 colmean(X))'(X - 1 colmean(X)) is the covariance of the columns of X",
}
NEAR |= dict.fromkeys(("eigvals", "eigvalsh"), NEAR["eig"])
"""What there is that may do instead of them."""

INSTEAD = {
    "square": "x^2, or x.^2 for the square of every entry",
    "transpose": "X'",
    "dot": "x' y, or A : B for matrices",
    "inner": "x' y, or A : B for matrices",
    "outer": "x y'",
    "matmul": "A B",
    "mul": "A B",
    "power": "A.^s",
    "pow": "x^s",
    "hstack": "[A, B]",
    "hcat": "[A, B]",
    "horzcat": "[A, B]",
    "vstack": "[A; B]",
    "vcat": "[A; B]",
    "vertcat": "[A; B]",
    "concatenate": "[A, B] side by side, [A; B] one above the other",
    "cross": "",
}
"""Functions of other languages, and how the same is written here."""

SQUARE = frozenset(
    {"symmetric", "skew", "diagonal", "lower", "upper", "orthogonal", "psd", "pd", "invertible"},
)
"""Attributes that only a square matrix has."""
ATTRIBUTES = SQUARE | {"positive", "binary", "onehot", "constant"}
SHAPE_WORDS = frozenset({"scalar", "vector", "matrix"})
FUNCTION_WORDS = frozenset({"elementwise", "function"})
DECLARING = ATTRIBUTES | SHAPE_WORDS | FUNCTION_WORDS

GREEK_SCALARS = frozenset({"lam", "eps"})
"""Latin spellings that count as Greek letters."""


def is_function(name: str) -> bool:
    """Whether a name is one that calls are known by."""
    return name in ENTRIES or name in FUNCTIONS or name in ALIASES or name in UNSUPPORTED or name in INSTEAD


def known_functions() -> list[str]:
    """All functions that can be called."""
    return sorted({*ENTRIES, *FUNCTIONS, *ALIASES} - {"sigma"})
