"""What stands in for NumPy on a page without a server: the functions that checks and meanings call, in plain Python.

The archives of the page hold this package under the name `numpy`; nothing imports it elsewhere. Arrays are small
there and have at most two axes. What NumPy makes nan or infinite is so here, without warnings.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Any

from . import linalg
from .array import add, array, asarray, divide, multiply, ndarray, power
from .array import matrix_product as matmul
from .entries import (
    abs,
    arccos,
    arcsin,
    arctan,
    cos,
    cosh,
    exp,
    expm1,
    isfinite,
    isnan,
    log,
    log1p,
    logaddexp,
    maximum,
    minimum,
    round,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
    where,
)
from .shaped import (
    all,
    allclose,
    argmax,
    argsort,
    block,
    broadcast_to,
    concatenate,
    cumsum,
    diag,
    eye,
    full,
    iscomplexobj,
    kron,
    max,
    mean,
    min,
    ones,
    prod,
    stack,
    sum,
    trace,
    tril,
    triu,
    vdot,
    zeros,
    zeros_like,
)

__all__ = [
    "abs", "add", "all", "allclose", "arccos", "arcsin", "arctan", "argmax", "argsort", "array", "asarray", "block",
    "broadcast_to", "concatenate", "cos", "cosh", "cumsum", "diag", "divide", "errstate", "exp", "expm1", "eye",
    "float64", "full", "inf", "iscomplexobj", "isfinite", "isnan", "kron", "linalg", "log", "log1p", "logaddexp",
    "matmul", "max", "maximum", "mean", "min", "minimum", "multiply", "nan", "ndarray", "ones", "pi", "power", "prod",
    "round", "sign", "sin", "sinh", "sqrt", "stack", "sum", "tan", "tanh", "trace", "tril", "triu", "vdot", "where",
    "zeros", "zeros_like",
]  # fmt: skip
float64 = float
inf, nan, pi = math.inf, math.nan, math.pi


def errstate(**how: str) -> Any:
    """Nothing warns here."""
    return nullcontext()
