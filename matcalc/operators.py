"""The operators: the table TABLE with a row for each, and constructors that build terms.

A row states an operator's signature and its algebraic properties (linear in its arguments jointly, in each, or not;
associative; commutative; elementwise). Its meaning, its forms in print, its differential and its adjoint are in tables
of other rooms, keyed by the operators named here.

Scalars are 1×1 matrices. Products have one representation each: a product of scalars is `hadamard`, a scalar times an
array is `scale`, a product of arrays is `matmul`. `term` picks among them by shape; it does no other simplification.
"""

from __future__ import annotations

import copyreg
from fractions import Fraction
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from matcalc.dims import Dim, DimSum, interned
from matcalc.expr import Linearity, Node, Number, Size, Term
from matcalc.expr import Operator as Operator
from matcalc.named_functions import ENTRYWISE
from matcalc.signatures import signature

# ---------------------------------------------------------------------------------------------------------------- table

TABLE: dict[str, Operator] = {}


def operator(name: str) -> Operator:
    """The row named `name`. Raises KeyError."""
    return TABLE[name]


POPULATION = "var and std divide by the number of entries (population), not by one less"


def _row(
    name: str, shapes: str, says: str, linear: Linearity = "no", *, also: str = "", sign: bool = False, **more: Any
) -> Operator:
    # `also`: further names of the operator. `sign`: it has a notation of its own and no name.
    words = () if sign else (name, *also.split())
    TABLE[name] = Operator(name, signature(shapes, more.get("flat", False)), linear, says=says, words=words, **more)
    return TABLE[name]


_statistic, _kronecker = partial(_row, family="statistics"), partial(_row, family="kronecker")
_entries = partial(_row, elementwise=True)
_folded = partial(_entries, sign=True, flat=True, commutes=True)
_part, _spectral = partial(_row, family="parts"), partial(_row, family="spectral")

# Sums and products.
PLUS = _folded("plus", "n×m, n×m -> n×m", "{A} plus {B}", "jointly")
SCALE = _row("scale", "1×1, n×m -> n×m", "{A} times the scalar {s}", "each", sign=True)
MATMUL = _row("matmul", "n×k, k×m -> n×m", "the matrix product of {A} and {B}", "each", sign=True, flat=True)
HADAMARD = _folded("hadamard", "n×m, n×m -> n×m", "the products of the entries of {A} and {B}", "each")
POWER = _row("power", "n×m, 1×1 -> n×m", "every entry of {A} to the power {s}", sign=True, elementwise=True)
MATPOW = _spectral("matpow", "n×n, 1×1 -> n×n", "the matrix power of {A} with the exponent {s}", sign=True)
_MATCHED = "the sum of the products of the entries of {A} and {B}"
INNER = _row("inner", "n×m, n×m -> 1×1", _MATCHED, "each", sign=True, commutes=True)
# Linear maps.
TRANSPOSE = _row("transpose", "n×m -> m×n", "the transpose of {A}", "jointly", sign=True)
TRACE = _row("tr", "n×n -> 1×1", "the sum of the entries on the diagonal of {A}", "jointly", also="trace")
SUM = _row("sum", "n×m -> 1×1", "the sum of all entries of {A}", "jointly")
MEAN = _statistic("mean", "n×m -> 1×1", "the mean of all entries of {A}", "jointly", also="average")
ROWSUM = _statistic("rowsum", "n×m -> n×1", "the sums of the rows of {A}, a column", "jointly")
COLSUM = _statistic("colsum", "n×m -> 1×m", "the sums of the columns of {A}, a row", "jointly")
CUMSUM = _row("cumsum", "n×1 -> n×1", "the sums of the first entries of {a}, of each number of them", "jointly")
PROD = _row("prod", "n×m -> 1×1", "the product of all entries of {A}", also="product")
DIAG = _part("diag", "n×1 -> n×n", "the diagonal matrix with {a} on its diagonal", "jointly", sign=True)
DIAGONAL = _part("diagonal", "n×n -> n×1", "the diagonal of {A}, a column", "jointly", sign=True)
ROWMEAN = _statistic("rowmean", "n×m -> n×1", "the means of the rows of {A}, a column", "jointly")
COLMEAN = _statistic("colmean", "n×m -> 1×m", "the means of the columns of {A}, a row", "jointly")
TRIL = _part("tril", "n×n -> n×n", "the lower triangle of {A} with its diagonal, 0 above it", "jointly")
TRIU = _part("triu", "n×n -> n×n", "the upper triangle of {A} with its diagonal, 0 below it", "jointly")
TRIL_HALF = _part(
    "tril_half", "n×n -> n×n", "the lower triangle of {A} with half its diagonal (Murray 2016)", "jointly"
)
# Kronecker products, stacked columns, blocks. Ranges count from 1 and include both ends.
KRON = _kronecker(
    "kron", "n×m, p×q -> n p×m q", "the matrix of the blocks {A}_ij {B}", "each", flat=True, also="kronecker"
)
VEC = _kronecker("vec", "n×m -> m n×1", "the columns of {A}, one below the other", "jointly")
VECH = _kronecker(
    "vech", "n×n -> (n n + n)/2×1", "the columns of the lower triangle of {A}, one below the other", "jointly"
)
UNVEC = _kronecker(
    "unvec", "m n×1, #n, #m -> n×m", "the matrix of {n} rows and {m} columns whose stacked columns are {a}", "jointly"
)
COMMUTATION = _kronecker(
    "commutation",
    "#n, #m -> n m×n m",
    "the commutation matrix, which turns the stacked columns of any matrix of {n} rows and {m} columns into those of "
    "its transpose (Magnus & Neudecker, ch. 3)",
)
# For each structure the matrix D with vec(X) = D v, v the independent entries of X, column by column.
_HALVES = (
    ("symmetric", "", "(n n + n)/2", "their lower triangle (Magnus & Neudecker, ch. 3)"),
    ("skew", "_skew", "(n n - n)/2", "their entries below the diagonal (Magnus 1988, ch. 6)"),
    ("diagonal", "_diagonal", "n", "their diagonal"),
    ("lower", "_lower", "(n n + n)/2", "their lower triangle (Magnus & Neudecker 1980)"),
    ("upper", "_upper", "(n n + n)/2", "their upper triangle"),
)
DUPLICATIONS = {
    kind: _kronecker(
        f"duplication{end}",
        f"#n -> n n×{size}",
        f"the duplication matrix of {kind}{' triangular' * (kind in ('lower', 'upper'))} matrices of {{n}} rows, which "
        f"makes their stacked columns of those of {part}",
    )
    for kind, end, size, part in _HALVES
}
KHATRI_RAO = _kronecker(
    "khatri_rao",
    "n×m, p×m -> n p×m",
    "the Kronecker products of the columns of {A} with those of {B} (Khatri & Rao 1968)",
    "each",
    also="khatrirao",
)
CROSS = _kronecker("cross", "3×m, 3×m -> 3×m", "the cross products of the columns of {A} with those of {B}", "each")
PTRACE1 = _kronecker("ptrace1", "n k×m k, #k -> n×m", "the sum of the {k} diagonal blocks of {A}", "jointly")
PTRACE2 = _kronecker(
    "ptrace2",
    "n k×m k, #k -> n×m",
    "the matrix of the traces of the blocks of {A} that have {k} rows and {k} columns",
    "jointly",
)
HCAT = _part("hcat", "n×m, n×p -> n×m + p", "{B} to the right of {A}", "jointly", sign=True, flat=True)
VCAT = _part("vcat", "n×m, p×m -> n + p×m", "{B} below {A}", "jointly", sign=True, flat=True)
ROWRANGE = _part(
    "rowrange", "n×m, #i, #j -> j - i + 1×m", "the rows {i} to {j} of {A}, counted from 1, both included", "jointly"
)
COLRANGE = _part(
    "colrange", "n×m, #i, #j -> n×j - i + 1", "the columns {i} to {j} of {A}, counted from 1, both included", "jointly"
)
# Functions of a matrix.
INV = _spectral("inv", "n×n -> n×n", "the inverse of {A}", also="inverse")
DET = _spectral("det", "n×n -> 1×1", "the determinant of {A}")
LOGDET = _spectral("logdet", "n×n -> 1×1", "the logarithm of the determinant of {A}", also="log_det")
NORM = _spectral("norm", "n×m -> 1×1", "the Euclidean norm of {A}, of a matrix the Frobenius norm", sign=True)
LOGABSDET = _row("logabsdet", "n×n -> 1×1", "the logarithm of the absolute value of the determinant of {A}")
PINV = _spectral("pinv", "n×m -> m×n", "the pseudoinverse of {A} (Moore-Penrose)", also="pseudoinverse pseudoinv")
EXPM = _spectral("expm", "n×n -> n×n", "the matrix exponential of {A}", also="matrix_exp")
LOGM = _spectral("logm", "n×n -> n×n", "the principal matrix logarithm of {A}", also="matrix_log")
SQRTM = _spectral("sqrtm", "n×n -> n×n", "the principal square root of the matrix {A}", also="matrix_sqrt")
# Frechet derivatives L(A, E) of matrix functions at A in direction E (Higham 2008), linear in E; for A^k it is the sum
# over r = 0 … k-1 of A^r E A^(k-1-r).
_ALONG = "the Fréchet derivative of {} at {{A}} in the direction {{B}} (Higham 2008, ch. {})".format
EXPM_FRECHET = _spectral("expm_frechet", "n×n, n×n -> n×n", _ALONG("expm", 10))
LOGM_FRECHET = _spectral("logm_frechet", "n×n, n×n -> n×n", _ALONG("logm", 11))
SQRTM_FRECHET = _spectral("sqrtm_frechet", "n×n, n×n -> n×n", _ALONG("sqrtm", 6))
POWER_FRECHET = _spectral("power_frechet", "n×n, n×n, the exponent -> n×n", _ALONG("the power {s}", 3))
# Second Fréchet derivatives: what L(A, E) changes by along F. They are linear in E and in F, which may be exchanged.
_TWICE = "the second Fréchet derivative of {} at {{A}} in the directions {{B}} and {{C}} (Higham & Relton 2014)".format
EXPM_FRECHET2 = _spectral("expm_frechet2", "n×n, n×n, n×n -> n×n", _TWICE("expm"))
LOGM_FRECHET2 = _spectral("logm_frechet2", "n×n, n×n, n×n -> n×n", _TWICE("logm"))
POWER_FRECHET2 = _spectral(
    "power_frechet2", "n×n, n×n, n×n, the exponent -> n×n", _TWICE("the power {s}"), also="powerfrechet2"
)
CHOL = _spectral(
    "chol",
    "n×n -> n×n",
    "the Cholesky factor of {A}, lower triangular with a positive diagonal",
    atom="L",
    asks="symmetric",
    assumes="pd",
    also="cholesky",
)
# Eigenvalues of symmetric matrices, with unit eigenvectors; singular values with unit singular vectors. The sign of a
# vector is such that its entry of largest absolute value is positive; of a singular vector, that of u.
LAMBDA_MAX = _spectral(
    "lambda_max", "n×n -> 1×1", "the largest eigenvalue of the symmetric {A}", asks="symmetric", also="eigmax lambdamax"
)
LAMBDA_MIN = _spectral(
    "lambda_min", "n×n -> 1×1", "the least eigenvalue of the symmetric {A}", asks="symmetric", also="eigmin lambdamin"
)
EIGVEC_MAX = _spectral(
    "eigvec_max",
    "n×n -> n×1",
    "the unit eigenvector of {A} for its largest eigenvalue; its entry of largest absolute value is positive",
    atom="u1",
    asks="symmetric",
)
EIGVEC_MIN = _spectral(
    "eigvec_min",
    "n×n -> n×1",
    "the unit eigenvector of {A} for its smallest eigenvalue; its entry of largest absolute value is positive",
    atom="un",
    asks="symmetric",
)
NORM_SPEC = _spectral("norm_spec", "n×m -> 1×1", "the largest singular value of {A}", sign=True)
NORM_NUC = _spectral("norm_nuc", "n×m -> 1×1", "the sum of the singular values of {A}", sign=True)
SINGULAR_U1 = _spectral(
    "singular_u1",
    "n×m -> n×1",
    "the unit left singular vector of {A} for its largest singular value; its entry of largest absolute value is "
    "positive",
    atom="u1",
)
SINGULAR_V1 = _spectral(
    "singular_v1", "n×m -> m×1", "the unit right singular vector of {A} for its largest singular value", atom="v1"
)
SINGULAR_U = _spectral(
    "singular_u",
    "n×m -> n×m",
    "the left singular vectors of {A} as columns, 0 for singular values that are 0",
    atom="U",
)
SINGULAR_V = _spectral(
    "singular_v", "n×m -> m×m", "the right singular vectors of {A} as columns, in the order of the left ones", atom="V"
)
POLAR = _spectral(
    "polar",
    "n×m -> n×m",
    "the polar factor of {A}: {A} with each singular value that is not 0 replaced by 1 (Higham 2008, ch. 8)",
)
POLAR_FRECHET = _spectral("polar_frechet", "n×m, n×m -> n×m", _ALONG("the polar factor", 8), also="polarfrechet")
# Statistics of all entries, of each row, of each column; divided by the count n, not by n - 1.
VAR = _statistic(
    "var",
    "n×m -> 1×1",
    "the mean of the squared distances of the entries of {A} from their mean",
    note=POPULATION,
    also="variance",
)
STD = _statistic("std", "n×m -> 1×1", "the standard deviation of the entries of {A}", note=POPULATION, also="stdev")
ROWVAR = _statistic("rowvar", "n×m -> n×1", "the variances of the rows of {A}, a column", note=POPULATION)
COLVAR = _statistic("colvar", "n×m -> 1×m", "the variances of the columns of {A}, a row", note=POPULATION)
ROWSTD = _statistic(
    "rowstd",
    "n×m, what is added to the variance = 0 -> n×1",
    "the standard deviations of the rows of {A}; {s} is 0 where it is not written",
    note=POPULATION,
)
COLSTD = _statistic(
    "colstd",
    "n×m, what is added to the variance = 0 -> 1×m",
    "the standard deviations of the columns of {A}; {s} is 0 where it is not written",
    note=POPULATION,
)
LAYER_NORM = _statistic(
    "layer_norm",
    "n×m, what is added to the variance = 0 -> n×m",
    "each row of {A} less its mean and divided by its standard deviation; {s} is 0 where it is not written",
    sign=True,
)
BATCH_NORM = _statistic(
    "batch_norm",
    "n×m, what is added to the variance = 0 -> n×m",
    "each column of {A} less its mean and divided by its standard deviation; {s} is 0 where it is not written",
    also="batchnorm",
)
# The largest and the smallest entry, and arrays that are 1 where it stands (the first, row by row) and 0 elsewhere.
LARGEST = _statistic("largest", "n×m -> 1×1", "the largest entry of {A}", sign=True)
SMALLEST = _statistic("smallest", "n×m -> 1×1", "the smallest entry of {A}", sign=True)
INDICATOR_MAX = _statistic(
    "indicator_max", "n×m -> n×m", "1 where the largest entry of {A} stands (the first one, row by row), else 0"
)
INDICATOR_MIN = _statistic(
    "indicator_min", "n×m -> n×m", "1 where the smallest entry of {A} stands (the first one, row by row), else 0"
)
ROWMAX = _statistic("rowmax", "n×m -> n×1", "the largest entries of the rows of {A}, a column")
INDICATOR_ROWMAX = _statistic("indicator_rowmax", "n×m -> n×m", "1 at the largest entry of each row of {A}, else 0")
SQDIST = _statistic("sqdist", "n×k, m×k -> n×m", "the squared distances of the rows of {A} from those of {B}")
SUM_LARGEST = _statistic("sum_largest", "n×m, #k -> 1×1", "the sum of the {k} largest entries of {A}")
INDICATOR_LARGEST = _statistic(
    "indicator_largest",
    "n×m, #k -> n×m",
    "1 where the {k} largest entries of {A} stand (of equal ones the first, row by row), else 0",
)
# By row or by column; of a vector always by column.
SOFTMAX_ROWS = _row("softmax_rows", "n×m -> n×m", "the softmax of each row of {A}", sign=True)
SOFTMAX_COLUMNS = _row("softmax_columns", "n×m -> n×m", "the softmax of each column of {A}", sign=True)
LOG_SOFTMAX_ROWS = _row("log_softmax_rows", "n×m -> n×m", "the logarithm of the softmax of each row of {A}", sign=True)
LOG_SOFTMAX_COLUMNS = _row(
    "log_softmax_columns", "n×m -> n×m", "the logarithm of the softmax of each column of {A}", sign=True
)
LOGSUMEXP_ROWS = _row(
    "logsumexp_rows", "n×m -> n×1", "the logarithms of the sums of the exponentials of each row of {A}", sign=True
)
LOGSUMEXP_COLUMNS = _row(
    "logsumexp_columns", "n×m -> 1×m", "the logarithms of the sums of the exponentials of each column of {A}", sign=True
)
# Of the entries of two arrays.
MAX = _entries("max", "n×m, n×m -> n×m", "the larger of the entries of {A} and {B}", sign=True, commutes=True)
MIN = _entries("min", "n×m, n×m -> n×m", "the smaller of the entries of {A} and {B}", sign=True, commutes=True)
CLIP = _entries(
    "clip", "n×m, 1×1, 1×1 -> n×m", "every entry of {A}, {s} where it is less, {t} where it is more", also="clamp"
)
HUBER = _entries(
    "huber",
    "n×m, 1×1 -> n×m",
    "half the square of every entry of {A}, beyond {s} and -{s} continued by straight lines (Huber 1964)",
    assumes="positive",
)
# 1 where a >= b, else 0: the derivative of max and min.
STEP_GE = _entries("step_ge", "n×m, n×m -> n×m", "1 where the entry of {A} is at least that of {B}, else 0")
# Constants; their arguments are sizes.
EYE = _row("eye", "#n -> n×n", "the identity of size {n}", also="identity")
ONES = _row("ones", "#n, #m = 1 -> n×m", "the array of ones of {n} rows and {m} columns")
ZEROS = _row("zeros", "#n, #m = 1 -> n×m", "the array of zeros of {n} rows and {m} columns")
PI = _row("pi", "-> 1×1", "the ratio of circumference to diameter", sign=True)
E = _row("e", "-> 1×1", "the base of the natural logarithm", sign=True)
# The differential of an expression; of a symbol, the increment dX.
D = _row("d", "n×m -> n×m", "the differential of {A}", "jointly", sign=True, differential=True)


FUNCTION_NAMES = tuple(ENTRYWISE)

SAME = signature("n×m -> n×m")
_functions: WeakValueDictionary[tuple[str, int], Operator] = WeakValueDictionary()


def function(name: str, order: int = 0) -> Operator:
    """The operator for the elementwise function `name` (named or unknown), differentiated `order` times."""
    found = _functions.get((name, order))
    if found is None:
        found = Operator(name + "'" * order, SAME, elementwise=True, function=name, order=order)
        found = interned(_functions, (name, order), found)
    return found


_sums: WeakValueDictionary[tuple[str, str, str], Operator] = WeakValueDictionary()


def indexed_sum(letter: str, first: str, last: str) -> Operator:
    """The operator that sums its argument, a formula for layer `letter`, over the layers from `first` to `last`."""
    found = _sums.get(over := (letter, first, last))
    if found is None:
        found = interned(_sums, over, Operator(f"sum over {letter} = {first}..{last}", SAME, "jointly", over=over))
    return found


def reduced(op: Operator) -> tuple[Any, ...]:
    """How an operator is pickled: by name, so that unpickling returns the same object."""
    if op.over:
        return indexed_sum, op.over
    return (function, (op.function, op.order)) if op.function else (operator, (op.name,))


copyreg.pickle(Operator, reduced)
for _name in FUNCTION_NAMES:
    TABLE[_name] = function(_name)


# --------------------------------------------------------------------------------------------------------- constructors


def term(op: Operator, *args: Node) -> Node:
    """`op` applied to `args`; a product gets the representation for its shapes. Raises Nonconforming.

    matmul and kron with a scalar factor become scale, scale of a scalar hadamard; a sum or product of one is that one.
    """
    if op in (MATMUL, KRON):
        scalars = [a for a in args if a.is_scalar]
        if scalars:
            rest = [a for a in args if not a.is_scalar]
            if op is MATMUL and rest:  # a scalar may stand anywhere; the arrays must conform among themselves
                MATMUL.shape_of(tuple(rest))
            coefficient = term(HADAMARD, *scalars)
            return term(SCALE, coefficient, term(op, *rest)) if rest else coefficient
    elif op is SCALE and args[1].is_scalar:
        return term(HADAMARD, *args)
    elif op in SCALAR_CONSTANTS and all(isinstance(a, Number) and a.value == 1 for a in args):
        return Number(SCALAR_CONSTANTS[op])
    if op.flat and len(args) == 1:
        return args[0]
    return Term(op, args)


SIZED = frozenset((EYE, ONES, ZEROS, COMMUTATION, *DUPLICATIONS.values()))
"""The constants that sizes determine."""
SCALAR_CONSTANTS = {**dict.fromkeys(SIZED - {DUPLICATIONS["skew"]}, 1), ZEROS: 0}
"""The values of the constants at shape 1×1."""


ONE = Number(1)
MINUS_ONE = Number(-1)


def number(value: int | Fraction) -> Number:
    """The rational constant `value`."""
    return Number(value)


def plus(*args: Node) -> Node:
    """A + B + …"""
    return term(PLUS, *args)


def scale(s: Node, a: Node) -> Node:
    """s A for a scalar s."""
    return term(SCALE, s, a)


def negative(a: Node) -> Node:
    """-A."""
    return scale(MINUS_ONE, a)


def minus(a: Node, b: Node) -> Node:
    """A - B."""
    return plus(a, negative(b))


def matmul(*args: Node) -> Node:
    """A B …"""
    return term(MATMUL, *args)


def hadamard(*args: Node) -> Node:
    """A ⊙ B …; of scalars their product."""
    return term(HADAMARD, *args)


def fn(name: str, a: Node, order: int = 0) -> Node:
    """The elementwise function `name` of A, differentiated `order` times."""
    return term(function(name, order), a)


def power(a: Node, exponent: Node | int) -> Node:
    """Every entry of A to the power of a scalar."""
    return term(POWER, a, Number(exponent) if isinstance(exponent, int) else exponent)


def reciprocal(a: Node) -> Node:
    """1 / a, entry by entry; 1 / x^2 is held as x^-2, and 1 / (s t) of scalars as the product of 1/s and 1/t."""
    if isinstance(a, Term) and a.op is HADAMARD and a.is_scalar:
        return hadamard(*map(reciprocal, a.args))
    if isinstance(a, Number) and a.value:
        return Number(1 / a.value)
    if isinstance(a, Term) and a.op is POWER and isinstance(a.args[1], Number) and a.args[1].value > 0:
        return power(a.args[0], Number(-a.args[1].value))
    return power(a, -1)


def over(a: Node, s: Node) -> Node:
    """A / s for a scalar s."""
    return scale(reciprocal(s), a)


def T(a: Node) -> Node:
    """A transposed."""
    return term(TRANSPOSE, a)


def inner(a: Node, b: Node) -> Node:
    """A : B, the Frobenius product."""
    return term(INNER, a, b)


def inv(a: Node) -> Node:
    """The inverse of A."""
    return term(INV, a)


def d(a: Node) -> Node:
    """The differential of A."""
    return term(D, a)


def size_node(dim: Dim) -> Node:
    """The value of a dimension: a Number if it is one, else a Size."""
    return Number(dim) if isinstance(dim, int) else Size(dim)


def size_value(dim: Dim) -> Node:
    """The value of a dimension as a scalar expression: for n m + 1, the sum of a product and 1."""
    if not isinstance(dim, DimSum):
        return size_node(dim)
    terms = [hadamard(*([Number(c)] if c != 1 or not m else []), *map(Size, m)) for m, c in dim.terms]
    return plus(*terms)


def eye(n: Dim) -> Node:
    """The n×n identity; for n = 1 the number 1."""
    return term(EYE, size_node(n))


def stacked(a: Node) -> Node:
    """vec(A), the columns of A one above another; of a column A itself."""
    return a if a.shape[1] == 1 else term(VEC, a)


def commutation(n: Dim, m: Dim) -> Node:
    """The n m × n m commutation matrix K with K vec(A) = vec(A') for every n×m matrix A."""
    return term(COMMUTATION, size_node(n), size_node(m))


def ones(n: Dim, m: Dim = 1) -> Node:
    """The n×m array of ones; for 1×1 the number 1."""
    return term(ONES, size_node(n), size_node(m))


def zeros(n: Dim, m: Dim = 1) -> Node:
    """The n×m array of zeros; for 1×1 the number 0."""
    return term(ZEROS, size_node(n), size_node(m))
