"""The names that mean something: functions, constants, attributes. New mathematics is a new row here.

A function is a row of FUNCTIONS or a function of the entries; what is in the notation and no operator does yet is a row
of UNSUPPORTED.
"""

from __future__ import annotations

from typing import NamedTuple

from matcalc.operators import (
    COLSUM,
    DET,
    DIAG,
    DIAGONAL,
    FUNCTION_NAMES,
    INV,
    LOG_SOFTMAX_COLUMNS,
    LOG_SOFTMAX_ROWS,
    LOGDET,
    LOGSUMEXP_COLUMNS,
    LOGSUMEXP_ROWS,
    MAX,
    MEAN,
    MIN,
    NORM,
    ROWSUM,
    SOFTMAX_COLUMNS,
    SOFTMAX_ROWS,
    STEP_GE,
    SUM,
    TRACE,
    Operator,
)


class Function(NamedTuple):
    """How a function is read.

    `takes` says how its shape is found (infer.py) and how its operator is chosen (build.py); `operators` are those that
    it may stand for: of a column vector the first, of a matrix the last. `least`, `most`: how many arguments it takes.
    """

    takes: str
    operators: tuple[Operator, ...] = ()
    least: int = 1
    most: int = 1


FUNCTIONS: dict[str, Function] = {
    "sum": Function("array to scalar", (SUM,)),
    "mean": Function("array to scalar", (MEAN,)),
    "norm": Function("array to scalar", (NORM,)),
    "norm1": Function("norm"),
    "norm2": Function("norm"),
    "norm_1": Function("norm"),
    "norm_2": Function("norm"),
    "norm_F": Function("array to scalar", (NORM,)),
    "norm_inf": Function("norm"),
    "norm_nuc": Function("norm"),
    "norm_spec": Function("norm"),
    "tr": Function("square to scalar", (TRACE,)),
    "det": Function("square to scalar", (DET,)),
    "logdet": Function("square to scalar", (LOGDET,)),
    "inv": Function("square", (INV,)),
    "rowsum": Function("rows", (ROWSUM,)),
    "colsum": Function("columns", (COLSUM,)),
    "diag": Function("diag", (DIAG, DIAGONAL)),
    "softmax": Function("entries", (SOFTMAX_COLUMNS, SOFTMAX_ROWS), 1, 2),
    "log_softmax": Function("entries", (LOG_SOFTMAX_COLUMNS, LOG_SOFTMAX_ROWS), 1, 2),
    "logsumexp": Function("by line", (LOGSUMEXP_COLUMNS, LOGSUMEXP_ROWS), 1, 2),
    "max": Function("two alike", (MAX,), 2, 2),
    "min": Function("two alike", (MIN,), 2, 2),
    "step_ge": Function("two alike", (STEP_GE,), 2, 2),
    "ones": Function("sizes", (), 1, 2),
    "zeros": Function("sizes", (), 1, 2),
    "eye": Function("sizes", (), 1, 1),
    "vector": Function("filled"),
    "matrix": Function("filled"),
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
    "identity": "eye",
    "norm_fro": "norm_F",
    "norm_frobenius": "norm_F",
    "sigma": "sigmoid",
}
"""Other spellings, of a name that is called. (sigma is the letter σ: only where it is called and nothing else.)"""

FUNCTION_LETTERS = frozenset({"f", "g", "h", "phi", "psi", "rho", "sigma", "act"})
"""Names that are functions in f'(z) though they are called nowhere else; any other is transposed there."""

OPTIONS = frozenset({"rows", "columns"})
"""What the second argument of softmax and its kin may be."""

UNSUPPORTED: dict[str, str] = {
    "vec": "vec",
    "kron": "the Kronecker product",
    "pinv": "the pseudoinverse",
    "expm": "the matrix exponential",
    "logm": "the matrix logarithm",
    "sqrtm": "the matrix square root",
    "chol": "the Cholesky factor",
    "lambda_max": "the largest eigenvalue",
    "lambda_min": "the smallest eigenvalue",
    "rank": "the rank",
    "adj": "the adjugate",
    "prod": "the product of all entries",
    "cumsum": "the cumulative sum",
    "std": "the standard deviation",
    "var": "the variance",
    "argmax": "argmax",
    "argmin": "argmin",
    "reshape": "reshaping",
    "conv": "convolution",
}
"""Functions that are understood but not done, by what they are called in a message."""

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
