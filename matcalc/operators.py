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


def _row(name: str, shapes: str, linear: Linearity = "no", **more: Any) -> Operator:
    TABLE[name] = Operator(name, signature(shapes, more.get("flat", False)), linear, **more)
    return TABLE[name]


# Sums and products.
PLUS = _row("plus", "n×m, n×m -> n×m", "jointly", flat=True, commutes=True, elementwise=True)
SCALE = _row("scale", "1×1, n×m -> n×m", "each")  # s A, A not a scalar
MATMUL = _row("matmul", "n×k, k×m -> n×m", "each", flat=True)  # no factor a scalar
HADAMARD = _row("hadamard", "n×m, n×m -> n×m", "each", flat=True, commutes=True, elementwise=True)
POWER = _row("power", "n×m, 1×1 -> n×m", elementwise=True)  # A.^s, entry by entry; of a scalar s^t
MATPOW = _row("matpow", "n×n, 1×1 -> n×n")  # A^k of a square matrix
INNER = _row("inner", "n×m, n×m -> 1×1", "each", commutes=True)  # A : B = sum of A_ij B_ij
# Linear maps.
TRANSPOSE = _row("transpose", "n×m -> m×n", "jointly")
TRACE = _row("tr", "n×n -> 1×1", "jointly")
SUM = _row("sum", "n×m -> 1×1", "jointly")
MEAN = _row("mean", "n×m -> 1×1", "jointly")
ROWSUM = _row("rowsum", "n×m -> n×1", "jointly")  # A 1, a column
COLSUM = _row("colsum", "n×m -> 1×m", "jointly")  # 1' A, a row
DIAG = _row("diag", "n×1 -> n×n", "jointly")  # vector to diagonal matrix
DIAGONAL = _row("diagonal", "n×n -> n×1", "jointly")  # of a square matrix the vector of its diagonal
ROWMEAN = _row("rowmean", "n×m -> n×1", "jointly")  # the mean of each row, a column
COLMEAN = _row("colmean", "n×m -> 1×m", "jointly")  # the mean of each column, a row
TRIL = _row("tril", "n×n -> n×n", "jointly")  # the lower triangle with the diagonal, zeros above
TRIU = _row("triu", "n×n -> n×n", "jointly")  # the upper triangle with the diagonal, zeros below
TRIL_HALF = _row("tril_half", "n×n -> n×n", "jointly")  # the lower triangle with half the diagonal (Murray 2016: Phi)
# Kronecker products, stacked columns, blocks. Ranges count from 1 and have both ends.
KRON = _row("kron", "n×m, p×q -> n p×m q", "each", flat=True)  # blocks A_ij B; no factor a scalar
VEC = _row("vec", "n×m -> m n×1", "jointly")  # the columns one above another
UNVEC = _row("unvec", "m n×1, #n, #m -> n×m", "jointly")  # (a, n, m): n x m, undoes vec
COMMUTATION = _row("commutation", "#n, #m -> n m×n m")  # (n, m): K vec(A) = vec(A') for A n x m; sizes alone
PTRACE1 = _row("ptrace1", "n k×m k, #k -> n×m", "jointly")
PTRACE2 = _row("ptrace2", "n k×m k, #k -> n×m", "jointly")
HCAT = _row("hcat", "n×m, n×p -> n×m + p", "jointly", flat=True)  # [A, B]
VCAT = _row("vcat", "n×m, p×m -> n + p×m", "jointly", flat=True)  # [A; B]
ROWRANGE = _row("rowrange", "n×m, #i, #j -> j - i + 1×m", "jointly")  # (A, i, j): rows i to j
COLRANGE = _row("colrange", "n×m, #i, #j -> n×j - i + 1", "jointly")  # (A, i, j): columns i to j
# Functions of a matrix.
INV = _row("inv", "n×n -> n×n")
DET = _row("det", "n×n -> 1×1")
LOGDET = _row("logdet", "n×n -> 1×1")
NORM = _row("norm", "n×m -> 1×1")  # Euclidean, of a matrix Frobenius
PINV = _row("pinv", "n×m -> m×n")  # Moore-Penrose
EXPM = _row("expm", "n×n -> n×n")
LOGM = _row("logm", "n×n -> n×n")  # principal
SQRTM = _row("sqrtm", "n×n -> n×n")  # principal
# Frechet derivatives L(A, E) of matrix functions at A in direction E (Higham 2008), linear in E; for A^k it is the sum
# over r = 0 … k-1 of A^r E A^(k-1-r).
EXPM_FRECHET = _row("expm_frechet", "n×n, n×n -> n×n")
LOGM_FRECHET = _row("logm_frechet", "n×n, n×n -> n×n")
SQRTM_FRECHET = _row("sqrtm_frechet", "n×n, n×n -> n×n")
POWER_FRECHET = _row("power_frechet", "n×n, n×n, the exponent -> n×n")
CHOL = _row("chol", "n×n -> n×n", atom="L", asks="symmetric")  # lower triangular, L L' = A positive definite
# Eigenvalues of symmetric matrices, with unit eigenvectors; singular values with unit singular vectors. The sign of a
# vector is such that its entry of largest absolute value is positive; of a singular vector, that of u.
LAMBDA_MAX = _row("lambda_max", "n×n -> 1×1", asks="symmetric")
LAMBDA_MIN = _row("lambda_min", "n×n -> 1×1", asks="symmetric")
EIGVEC_MAX = _row("eigvec_max", "n×n -> n×1", atom="u1", asks="symmetric")
EIGVEC_MIN = _row("eigvec_min", "n×n -> n×1", atom="un", asks="symmetric")
NORM_SPEC = _row("norm_spec", "n×m -> 1×1")  # the largest singular value
NORM_NUC = _row("norm_nuc", "n×m -> 1×1")  # the sum of the singular values
SINGULAR_U1 = _row("singular_u1", "n×m -> n×1", atom="u1")  # A v1 = sigma1 u1
SINGULAR_V1 = _row("singular_v1", "n×m -> m×1", atom="v1")
SINGULAR_U = _row("singular_u", "n×m -> n×m", atom="U")  # A = U diag(sigma) V', zero columns where sigma is 0
SINGULAR_V = _row("singular_v", "n×m -> m×m", atom="V")
# Statistics of all entries, of each row, of each column; divided by the count, not by one less.
VAR = _row("var", "n×m -> 1×1")
STD = _row("std", "n×m -> 1×1")
ROWVAR = _row("rowvar", "n×m -> n×1")
COLVAR = _row("colvar", "n×m -> 1×m")
ROWSTD = _row("rowstd", "n×m, what is added to the variance -> n×1")  # (A, eps): sqrt(rowvar(A) + eps)
COLSTD = _row("colstd", "n×m, what is added to the variance -> 1×m")
LAYER_NORM = _row("layer_norm", "n×m, what is added to the variance -> n×m")  # (A, eps): (A - rowmean) / rowstd
BATCH_NORM = _row("batch_norm", "n×m, what is added to the variance -> n×m")  # the same by columns
# The largest and the smallest entry, and arrays that are 1 where it stands (the first, row by row) and 0 elsewhere.
LARGEST = _row("largest", "n×m -> 1×1")
SMALLEST = _row("smallest", "n×m -> 1×1")
INDICATOR_MAX = _row("indicator_max", "n×m -> n×m")
INDICATOR_MIN = _row("indicator_min", "n×m -> n×m")
# By row or by column; of a vector always by column.
SOFTMAX_ROWS = _row("softmax_rows", "n×m -> n×m")
SOFTMAX_COLUMNS = _row("softmax_columns", "n×m -> n×m")
LOG_SOFTMAX_ROWS = _row("log_softmax_rows", "n×m -> n×m")
LOG_SOFTMAX_COLUMNS = _row("log_softmax_columns", "n×m -> n×m")
LOGSUMEXP_ROWS = _row("logsumexp_rows", "n×m -> n×1")
LOGSUMEXP_COLUMNS = _row("logsumexp_columns", "n×m -> 1×m")
# Of the entries of two arrays.
MAX = _row("max", "n×m, n×m -> n×m", commutes=True, elementwise=True)
MIN = _row("min", "n×m, n×m -> n×m", commutes=True, elementwise=True)
# 1 where a >= b, else 0: what max and min differentiate to.
STEP_GE = _row("step_ge", "n×m, n×m -> n×m", elementwise=True)
# Constants; their arguments are sizes.
EYE = _row("eye", "#n -> n×n")
ONES = _row("ones", "#n, #m -> n×m")
ZEROS = _row("zeros", "#n, #m -> n×m")
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
