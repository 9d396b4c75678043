"""The words of the notation: functions, constants, attributes.

A function has the words of its operator's row; FUNCTIONS adds those that stand for one of several operators, or are
expanded into others. Words without an operator yet are rows of UNSUPPORTED.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.named_functions import ENTRYWISE
from matcalc.signatures import Signature, signature

MANY = 1_000
"""The most arguments that a function may have."""


class Function(NamedTuple):
    """How a function is read.

    `operators` are those that it may stand for: of a column vector the first, of a matrix the last. `signature`: its
    shapes, where one says them all; `least`, `most`: how many arguments it takes; those from number `sizes` on are
    sizes. `options`: the last argument may be `rows` or `columns`. `assumes`: the attribute of a name as its last
    argument that nothing declares. `note`: what is said where it occurs.
    """

    operators: tuple[ops.Operator, ...] = ()
    signature: Signature | None = None
    least: int = 1
    most: int = 1
    sizes: int = MANY
    options: bool = False
    assumes: str = ""
    note: str = ""


def _of(shapes: Signature, operators: Sequence[ops.Operator] = (), assumes: str = "", note: str = "") -> Function:
    # What a signature says of a call.
    arguments = shapes.arguments
    sizes = next((i for i, argument in enumerate(arguments) if argument.size), MANY)
    least = sum(argument.default is None for argument in arguments)
    most = MANY if shapes.folded else len(arguments)
    return Function(tuple(operators), shapes, least, most, sizes, assumes=assumes, note=note)


def _row(op: ops.Operator) -> Function:
    return _of(op.signature, [op], op.assumes or op.asks, op.note)


_SOFTMAX = (ops.SOFTMAX_COLUMNS, ops.SOFTMAX_ROWS)
_LOG_SOFTMAX = (ops.LOG_SOFTMAX_COLUMNS, ops.LOG_SOFTMAX_ROWS)
_LOGSUMEXP = (ops.LOGSUMEXP_COLUMNS, ops.LOGSUMEXP_ROWS)
NORMS = ("norm", "norm1", "norm2", "norm_1", "norm_2", "norm_F", "norm_inf", "norm_nuc", "norm_spec")

BARS = "|·|"
"""What single bars are: of a scalar its absolute value, of a column its norm, of a square matrix its determinant."""

ENTRY = "[·]"
"""What x[1] is: an entry of a column."""

FUNCTIONS: dict[str, Function] = {
    **{op.words[0]: _row(op) for op in ops.TABLE.values() if op.words},
    # One of several operators, by the shapes or the number of the arguments.
    **dict.fromkeys(NORMS, Function((ops.NORM, ops.NORM_SPEC, ops.NORM_NUC))),
    "diag": Function((ops.DIAG, ops.DIAGONAL)),
    BARS: Function((ops.NORM, ops.DET)),
    ENTRY: _row(ops.ROWRANGE),
    "softmax": Function(_SOFTMAX, ops.SAME, 1, 2, options=True),
    "log_softmax": Function(_LOG_SOFTMAX, ops.SAME, 1, 2, options=True),
    "logsumexp": Function(_LOGSUMEXP, None, 1, 2, options=True),
    "layer_norm": _of(ops.LAYER_NORM.signature, (ops.BATCH_NORM, ops.LAYER_NORM)),
    "max": Function((ops.LARGEST, ops.MAX), None, 1, 2),
    "min": Function((ops.SMALLEST, ops.MIN), None, 1, 2),
    # Arrays whose size the neighbours say.
    "vector": Function(),
    "matrix": Function(),
    "sqdist": Function((ops.SQDIST,), None, 1, 2),
    # Written in others (sugar.py).
    "cosine": _of(signature("n×m, n×m -> 1×1")),
    "quad_over_lin": _of(signature("n×m, 1×1 -> 1×1")),
    "normalize": _of(ops.SAME),
    **dict.fromkeys(("adj", "sym"), _of(signature("n×n -> n×n"))),
    "sum_squares": _of(signature("n×m -> 1×1")),
    "rowmin": _of(signature("n×m -> n×1")),
    **dict.fromkeys(("colmax", "colmin"), _of(signature("n×m -> 1×m"))),
}

ENTRIES = frozenset(ops.FUNCTION_NAMES)
"""The named functions of the entries."""

ALIASES = {
    **{word: op.words[0] for op in ops.TABLE.values() for word in op.words[1:]},
    **{word: name for name, row in ENTRYWISE.items() for word in row.also.split()},
    "sgn": "sign",
    "signum": "sign",
    "maximum": "max",
    "minimum": "min",
    "adjugate": "adj",
    "log_sum_exp": "logsumexp",
    "amax": "max",
    "amin": "min",
    "layernorm": "layer_norm",
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
    **dict.fromkeys(("sigma_max", "s_max"), "norm_spec"),
    "sigma": "sigmoid",
    "Tr": "tr",
    **{
        word: word.lower()
        for word in ("ReLU", "RELU", "Relu", "GELU", "ELU", "SiLU", "Softmax", "Sigmoid", "Softplus", "Tanh")
    },
    "Trace": "tr",
    "Det": "det",
}
"""Other spellings, of a name that is called. (sigma is the letter σ: only where it is called and nothing else.)"""

FUNCTION_LETTERS = frozenset({"f", "g", "h", "phi", "psi", "rho", "sigma", "act"})
"""Names that are functions in f'(z) though they are called nowhere else; any other is transposed there."""

OPTIONS = frozenset({"rows", "columns"})
"""What the second argument of softmax and its kin may be."""

UNSUPPORTED: dict[str, str] = {
    "rank": "the rank",
    "cond": "the condition number",
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
"""Functions that are recognized but not supported, with their names for messages."""

NEAR: dict[str, str] = {
    "svd": "||A||_2 and ||A||_* are the largest singular value and the sum of all",
    "eig": "of a symmetric matrix there are lambda_max(A) and lambda_min(A); tr(A) and det(A) are sum and product",
    "reshape": "vec(A) stacks the columns, unvec(a, n, m) undoes it",
    "cond": "of an invertible A it is norm_spec(A) norm_spec(inv(A)); ||A||_2, lambda_max(A), lambda_min(A) are there",
    "cov": "1/n (X - 1 colmean(X))'(X - 1 colmean(X)) is the covariance of the columns of X",
}
NEAR |= dict.fromkeys(("eigvals", "eigvalsh"), NEAR["eig"])
"""Possible replacements for them."""

INSTEAD: dict[str, str] = {
    "log2": "log(x)/log(2)",
    "log10": "log(x)/log(10)",
    "square": "x^2, or x.^2 for the square of every entry",
    "transpose": "X'",
    **dict.fromkeys(("length", "numel", "size", "dim", "len"), "n, and declare x: n"),
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
}
"""Functions of other languages, and their spelling in this notation."""

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
    """Whether a name is that of a function."""
    return name in ENTRIES or name in FUNCTIONS or name in ALIASES or name in UNSUPPORTED or name in INSTEAD


def known_functions() -> list[str]:
    """All functions that can be called."""
    small = {name for name in ALIASES if name.islower()}
    return sorted({*ENTRIES, *FUNCTIONS, *small} - {"sigma", "sigma_max", "s_max", BARS, ENTRY})
