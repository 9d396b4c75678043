"""The operators: one table, TABLE, a row for each; and the constructors that rules and the parser build terms with.

A row says what an operator's shape is and how it behaves algebraically (linear in its arguments jointly, in each, or
not; associative; commutative; elementwise). What it means, how it prints, what its differential is and how it crosses
the colon stand in the tables of those rooms, keyed by the operators named here.

Scalars are 1×1 matrices. Products have one representation each: a product of scalars is `hadamard`, a scalar times an
array is `scale`, a product of arrays is `matmul`. `term` picks among them by shape; it does no other simplification.
"""

from __future__ import annotations

import copyreg
from fractions import Fraction
from typing import Any
from weakref import WeakValueDictionary

from matcalc.dims import Dim, DimSum
from matcalc.expr import Linearity, Node, Number, Size, Term
from matcalc.expr import Operator as Operator
from matcalc.signatures import signature

# ---------------------------------------------------------------------------------------------------------------- table

TABLE: dict[str, Operator] = {}


def operator(name: str) -> Operator:
    """The row named `name`. Raises KeyError."""
    return TABLE[name]


POPULATION = "var and std divide by the number of entries (population), not by one less"


def _row(name: str, shapes: str, linear: Linearity = "no", **more: Any) -> Operator:
    TABLE[name] = Operator(name, signature(shapes, more.get("flat", False)), linear, **more)
    return TABLE[name]


def _called(name: str, shapes: str, linear: Linearity = "no", *, also: str = "", **more: Any) -> Operator:
    # A row that is called by its name; `also`: and by these.
    return _row(name, shapes, linear, words=(name, *also.split()), **more)


# Sums and products.
PLUS = _row("plus", "n×m, n×m -> n×m", "jointly", flat=True, commutes=True, elementwise=True)
SCALE = _row("scale", "1×1, n×m -> n×m", "each")
MATMUL = _row("matmul", "n×k, k×m -> n×m", "each", flat=True)
HADAMARD = _row("hadamard", "n×m, n×m -> n×m", "each", flat=True, commutes=True, elementwise=True)
POWER = _row("power", "n×m, 1×1 -> n×m", elementwise=True)
MATPOW = _row("matpow", "n×n, 1×1 -> n×n")
INNER = _row("inner", "n×m, n×m -> 1×1", "each", commutes=True)
# Linear maps.
TRANSPOSE = _row("transpose", "n×m -> m×n", "jointly")
TRACE = _called("tr", "n×n -> 1×1", "jointly", also="trace", says="the sum of the entries on the diagonal of {A}")
SUM = _called("sum", "n×m -> 1×1", "jointly", says="the sum of all entries of {A}")
MEAN = _called("mean", "n×m -> 1×1", "jointly", also="average", says="the mean of all entries of {A}")
ROWSUM = _called("rowsum", "n×m -> n×1", "jointly", says="the sums of the rows of {A}, a column")
COLSUM = _called("colsum", "n×m -> 1×m", "jointly", says="the sums of the columns of {A}, a row")
DIAG = _row("diag", "n×1 -> n×n", "jointly", says="the diagonal matrix with {a} on its diagonal")
DIAGONAL = _row("diagonal", "n×n -> n×1", "jointly", says="the diagonal of {A}, a column")
ROWMEAN = _called("rowmean", "n×m -> n×1", "jointly", says="the means of the rows of {A}, a column")
COLMEAN = _called("colmean", "n×m -> 1×m", "jointly", says="the means of the columns of {A}, a row")
TRIL = _called("tril", "n×n -> n×n", "jointly", says="the lower triangle of {A} with its diagonal, 0 above it")
TRIU = _called("triu", "n×n -> n×n", "jointly", says="the upper triangle of {A} with its diagonal, 0 below it")
TRIL_HALF = _called(
    "tril_half", "n×n -> n×n", "jointly", says="the lower triangle of {A} with half its diagonal (Murray 2016)"
)
# Kronecker products, stacked columns, blocks. Ranges count from 1 and have both ends.
KRON = _called(
    "kron", "n×m, p×q -> n p×m q", "each", flat=True, also="kronecker", says="the matrix of the blocks {A}_ij {B}"
)
VEC = _called("vec", "n×m -> m n×1", "jointly", says="the columns of {A}, one below the other")
UNVEC = _called(
    "unvec",
    "m n×1, #n, #m -> n×m",
    "jointly",
    says="the matrix of {n} rows and {m} columns whose columns, one below the other, are {a}",
)
COMMUTATION = _called(
    "commutation",
    "#n, #m -> n m×n m",
    says="the commutation matrix, which turns the stacked columns of any matrix of {n} rows and {m} columns into those "
    "of its transpose (Magnus & Neudecker, ch. 3)",
)
PTRACE1 = _called("ptrace1", "n k×m k, #k -> n×m", "jointly", says="the sum of the {k} diagonal blocks of {A}")
PTRACE2 = _called(
    "ptrace2",
    "n k×m k, #k -> n×m",
    "jointly",
    says="the matrix of the traces of the blocks of {A} that have {k} rows and {k} columns",
)
HCAT = _row("hcat", "n×m, n×p -> n×m + p", "jointly", flat=True, says="{B} to the right of {A}")
VCAT = _row("vcat", "n×m, p×m -> n + p×m", "jointly", flat=True, says="{B} below {A}")
ROWRANGE = _called(
    "rowrange",
    "n×m, #i, #j -> j - i + 1×m",
    "jointly",
    says="the rows {i} to {j} of {A}, counted from 1, both included",
)
COLRANGE = _called(
    "colrange",
    "n×m, #i, #j -> n×j - i + 1",
    "jointly",
    says="the columns {i} to {j} of {A}, counted from 1, both included",
)
# Functions of a matrix.
INV = _called("inv", "n×n -> n×n", also="inverse", says="the inverse of {A}")
DET = _called("det", "n×n -> 1×1", says="the determinant of {A}")
LOGDET = _called("logdet", "n×n -> 1×1", also="log_det", says="the logarithm of the determinant of {A}")
NORM = _row("norm", "n×m -> 1×1", says="the Euclidean norm of {A}, of a matrix the Frobenius norm")
PINV = _called("pinv", "n×m -> m×n", also="pseudoinverse pseudoinv", says="the pseudoinverse of {A} (Moore-Penrose)")
EXPM = _called("expm", "n×n -> n×n", also="matrix_exp", says="the matrix exponential of {A}")
LOGM = _called("logm", "n×n -> n×n", also="matrix_log", says="the principal matrix logarithm of {A}")
SQRTM = _called("sqrtm", "n×n -> n×n", also="matrix_sqrt", says="the principal square root of the matrix {A}")
# Frechet derivatives L(A, E) of matrix functions at A in direction E (Higham 2008), linear in E; for A^k it is the sum
# over r = 0 … k-1 of A^r E A^(k-1-r).
EXPM_FRECHET = _called(
    "expm_frechet",
    "n×n, n×n -> n×n",
    says="the Fréchet derivative of expm at {A} in the direction {B} (Higham 2008, ch. 10)",
)
LOGM_FRECHET = _called(
    "logm_frechet",
    "n×n, n×n -> n×n",
    says="the Fréchet derivative of logm at {A} in the direction {B} (Higham 2008, ch. 11)",
)
SQRTM_FRECHET = _called(
    "sqrtm_frechet",
    "n×n, n×n -> n×n",
    says="the Fréchet derivative of sqrtm at {A} in the direction {B} (Higham 2008, ch. 6)",
)
POWER_FRECHET = _called(
    "power_frechet",
    "n×n, n×n, the exponent -> n×n",
    says="the Fréchet derivative of the power {k} at {A} in the direction {B} (Higham 2008, ch. 3)",
)
CHOL = _called(
    "chol",
    "n×n -> n×n",
    atom="L",
    asks="symmetric",
    assumes="pd",
    also="cholesky",
    says="the Cholesky factor of {A}, lower triangular with a positive diagonal",
)
# Eigenvalues of symmetric matrices, with unit eigenvectors; singular values with unit singular vectors. The sign of a
# vector is such that its entry of largest absolute value is positive; of a singular vector, that of u.
LAMBDA_MAX = _called(
    "lambda_max",
    "n×n -> 1×1",
    asks="symmetric",
    also="eigmax lambdamax",
    says="the largest eigenvalue of the symmetric {A}",
)
LAMBDA_MIN = _called(
    "lambda_min",
    "n×n -> 1×1",
    asks="symmetric",
    also="eigmin lambdamin",
    says="the smallest eigenvalue of the symmetric {A}",
)
EIGVEC_MAX = _called(
    "eigvec_max",
    "n×n -> n×1",
    atom="u1",
    asks="symmetric",
    says="the unit eigenvector of {A} for its largest eigenvalue; its entry of largest absolute value is positive",
)
EIGVEC_MIN = _called(
    "eigvec_min",
    "n×n -> n×1",
    atom="un",
    asks="symmetric",
    says="the unit eigenvector of {A} for its smallest eigenvalue; its entry of largest absolute value is positive",
)
NORM_SPEC = _row("norm_spec", "n×m -> 1×1", says="the largest singular value of {A}")
NORM_NUC = _row("norm_nuc", "n×m -> 1×1", says="the sum of the singular values of {A}")
SINGULAR_U1 = _called(
    "singular_u1",
    "n×m -> n×1",
    atom="u1",
    says="the unit left singular vector of {A} for its largest singular value; its entry of largest absolute value is "
    "positive",
)
SINGULAR_V1 = _called(
    "singular_v1", "n×m -> m×1", atom="v1", says="the unit right singular vector of {A} for its largest singular value"
)
SINGULAR_U = _called(
    "singular_u",
    "n×m -> n×m",
    atom="U",
    says="the left singular vectors of {A} as columns, 0 for each singular value that is 0",
)
SINGULAR_V = _called(
    "singular_v",
    "n×m -> m×m",
    atom="V",
    says="the right singular vectors of {A} as columns, in the order of the left ones",
)
# Statistics of all entries, of each row, of each column; divided by the count, not by one less.
VAR = _called(
    "var",
    "n×m -> 1×1",
    note=POPULATION,
    also="variance",
    says="the mean of the squared distances of the entries of {A} from their mean",
)
STD = _called("std", "n×m -> 1×1", note=POPULATION, also="stdev", says="the standard deviation of the entries of {A}")
ROWVAR = _called("rowvar", "n×m -> n×1", note=POPULATION, says="the variances of the rows of {A}, a column")
COLVAR = _called("colvar", "n×m -> 1×m", note=POPULATION, says="the variances of the columns of {A}, a row")
ROWSTD = _called(
    "rowstd",
    "n×m, what is added to the variance = 0 -> n×1",
    note=POPULATION,
    says="the standard deviations of the rows of {A}; {eps} is 0 where it is not written",
)
COLSTD = _called(
    "colstd",
    "n×m, what is added to the variance = 0 -> 1×m",
    note=POPULATION,
    says="the standard deviations of the columns of {A}; {eps} is 0 where it is not written",
)
LAYER_NORM = _row(
    "layer_norm",
    "n×m, what is added to the variance = 0 -> n×m",
    says="each row of {A} less its mean and divided by its standard deviation; {eps} is 0 where it is not written",
)
BATCH_NORM = _called(
    "batch_norm",
    "n×m, what is added to the variance = 0 -> n×m",
    also="batchnorm",
    says="each column of {A} less its mean and divided by its standard deviation; {eps} is 0 where it is not written",
)
# The largest and the smallest entry, and arrays that are 1 where it stands (the first, row by row) and 0 elsewhere.
LARGEST = _row("largest", "n×m -> 1×1", says="the largest entry of {A}")
SMALLEST = _row("smallest", "n×m -> 1×1", says="the smallest entry of {A}")
INDICATOR_MAX = _called(
    "indicator_max", "n×m -> n×m", says="1 where the largest entry of {A} stands (the first one, row by row), else 0"
)
INDICATOR_MIN = _called(
    "indicator_min", "n×m -> n×m", says="1 where the smallest entry of {A} stands (the first one, row by row), else 0"
)
# By row or by column; of a vector always by column.
SOFTMAX_ROWS = _row("softmax_rows", "n×m -> n×m", says="the softmax of each row of {A}")
SOFTMAX_COLUMNS = _row("softmax_columns", "n×m -> n×m", says="the softmax of each column of {A}")
LOG_SOFTMAX_ROWS = _row("log_softmax_rows", "n×m -> n×m", says="the logarithm of the softmax of each row of {A}")
LOG_SOFTMAX_COLUMNS = _row(
    "log_softmax_columns", "n×m -> n×m", says="the logarithm of the softmax of each column of {A}"
)
LOGSUMEXP_ROWS = _row(
    "logsumexp_rows", "n×m -> n×1", says="the logarithms of the sums of the exponentials of each row of {A}"
)
LOGSUMEXP_COLUMNS = _row(
    "logsumexp_columns", "n×m -> 1×m", says="the logarithms of the sums of the exponentials of each column of {A}"
)
# Of the entries of two arrays.
MAX = _row("max", "n×m, n×m -> n×m", commutes=True, elementwise=True, says="the larger of the entries of {A} and {B}")
MIN = _row("min", "n×m, n×m -> n×m", commutes=True, elementwise=True, says="the smaller of the entries of {A} and {B}")
# 1 where a >= b, else 0: what max and min differentiate to.
STEP_GE = _called(
    "step_ge", "n×m, n×m -> n×m", elementwise=True, says="1 where the entry of {A} is at least that of {B}, else 0"
)
# Constants; their arguments are sizes.
EYE = _called("eye", "#n -> n×n", also="identity", says="the identity of size {n}")
ONES = _called("ones", "#n, #m = 1 -> n×m", says="the array of ones of {n} rows and {m} columns")
ZEROS = _called("zeros", "#n, #m = 1 -> n×m", says="the array of zeros of {n} rows and {m} columns")
PI = _row("pi", "-> 1×1")
E = _row("e", "-> 1×1")
# The differential of an expression; of a symbol, the increment dX.
D = _row("d", "n×m -> n×m", "jointly")

# Functions of the entries: names only; f and f' stand in rules/functions.py, meanings in meaning.py.
FUNCTION_NAMES = tuple(
    """
    exp log log1p expm1 sqrt abs sign sin cos tan asin acos atan sinh cosh tanh sigmoid relu leaky_relu elu
    softplus gelu silu mish erf step log_sigmoid
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)


SAME = signature("n×m -> n×m")
_functions: WeakValueDictionary[tuple[str, int], Operator] = WeakValueDictionary()


def function(name: str, order: int = 0) -> Operator:
    """The operator of the elementwise function `name` (named or unknown), differentiated `order` times."""
    found = _functions.get((name, order))
    if found is None:
        found = Operator(name + "'" * order, SAME, elementwise=True, function=name, order=order)
        _functions[name, order] = found
    return found


_sums: WeakValueDictionary[tuple[str, str, str], Operator] = WeakValueDictionary()


def indexed_sum(letter: str, first: str, last: str) -> Operator:
    """The operator that sums its argument, which speaks of layer `letter`, over the layers from `first` to `last`."""
    found = _sums.get((letter, first, last))
    if found is None:
        name = f"sum over {letter} = {first}..{last}"
        found = Operator(name, SAME, "jointly", over=(letter, first, last))
        _sums[letter, first, last] = found
    return found


def _reduced(op: Operator) -> tuple[Any, ...]:
    # Operators are pickled by name: one that comes back is the same object.
    if op.over:
        return indexed_sum, op.over
    return (function, (op.function, op.order)) if op.function else (operator, (op.name,))


copyreg.pickle(Operator, _reduced)
for _name in FUNCTION_NAMES:
    TABLE[_name] = function(_name)


# --------------------------------------------------------------------------------------------------------- constructors


def term(op: Operator, *args: Node) -> Node:
    """`op` applied to `args`, a product in the representation that its shapes ask for. Raises Nonconforming.

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


SCALAR_CONSTANTS = {EYE: 1, ONES: 1, ZEROS: 0, COMMUTATION: 1}
"""What the constants are when they are 1×1."""


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
    """The value of a dimension: a Number where it is one, else a Size."""
    return Number(dim) if isinstance(dim, int) else Size(dim)


def size_value(dim: Dim) -> Node:
    """The value of a dimension as a scalar: of n m + 1 the sum of a product and 1, as it is written in a formula."""
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
