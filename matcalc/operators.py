"""The operators: one table, TABLE, a row for each; and the constructors that rules and the parser build terms with.

A row says what an operator's shape is and how it behaves algebraically (linear in its arguments jointly, in each, or
not; associative; commutative; elementwise). What it means, how it prints, what its differential is and how it crosses
the colon stand in the tables of those rooms, keyed by the operators named here.

Scalars are 1×1 matrices. Products have one representation each: a product of scalars is `hadamard`, a scalar times an
array is `scale`, a product of arrays is `matmul`. `term` picks among them by shape; it does no other simplification.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

from matcalc import shapes
from matcalc.dims import Dim, DimSum
from matcalc.expr import Node, Number, Shape, Size, Term

Linearity: TypeAlias = Literal["jointly", "each", "no"]
ShapeRule: TypeAlias = Callable[[tuple[Node, ...]], Shape]


@dataclass(frozen=True, eq=False)
class Operator:
    """A row of TABLE.

    `linear`: "jointly" (op of a sum of argument lists is the sum: +, transpose, sum), "each" (a product) or "no".
    `flat`: associative, so held with any number of arguments. `commutes`: the order of arguments does not matter.
    `elementwise`: entry ij depends on the arguments' entries ij alone. For a function of the entries, `function` is
    its name and `order` says how often it has been differentiated. `parameters`: how many of the last arguments are
    sizes or other constants, to which linearity does not refer. `atom`: the letter that a value of the operator goes by
    in a derivation (u1 for a singular vector). `asks`: the attribute that its argument must be known to have. `over`:
    of a sum over layers its letter and where it begins and ends, as written in an index ("l", "1", "L-1").
    """

    name: str
    shape_of: ShapeRule
    linear: Linearity = "no"
    flat: bool = False
    commutes: bool = False
    elementwise: bool = False
    arity: int | None = 1
    function: str | None = None
    order: int = 0
    parameters: int = 0
    atom: str = ""
    asks: str = ""
    over: tuple[str, str, str] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        if self.over:
            return indexed_sum, self.over
        return (function, (self.function, self.order)) if self.function else (operator, (self.name,))

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------------------------------------------------------- table

TABLE: dict[str, Operator] = {}


def operator(name: str) -> Operator:
    """The row named `name`. Raises KeyError."""
    return TABLE[name]


def _row(name: str, shape_of: ShapeRule, linear: Linearity = "no", **more: Any) -> Operator:
    TABLE[name] = Operator(name, shape_of, linear, **more)
    return TABLE[name]


# Sums and products.
PLUS = _row("plus", shapes.same, "jointly", flat=True, commutes=True, elementwise=True, arity=None)
SCALE = _row("scale", shapes.scaled, "each", arity=2)  # s A, A not a scalar
MATMUL = _row("matmul", shapes.product, "each", flat=True, arity=None)  # no factor a scalar
HADAMARD = _row("hadamard", shapes.same, "each", flat=True, commutes=True, elementwise=True, arity=None)
POWER = _row("power", shapes.powered, elementwise=True, arity=2)  # A.^s, entry by entry; of a scalar s^t
MATPOW = _row("matpow", shapes.square_powered, arity=2)  # A^k of a square matrix
INNER = _row("inner", shapes.paired, "each", commutes=True, arity=2)  # A : B = sum of A_ij B_ij
# Linear maps.
TRANSPOSE = _row("transpose", shapes.transposed, "jointly")
TRACE = _row("tr", shapes.square_to_scalar, "jointly")
SUM = _row("sum", shapes.scalar, "jointly")
MEAN = _row("mean", shapes.scalar, "jointly")
ROWSUM = _row("rowsum", shapes.rows, "jointly")  # A 1, a column
COLSUM = _row("colsum", shapes.columns, "jointly")  # 1' A, a row
DIAG = _row("diag", shapes.diagonal_matrix, "jointly")  # vector to diagonal matrix
DIAGONAL = _row("diagonal", shapes.diagonal_of, "jointly")  # of a square matrix the vector of its diagonal
ROWMEAN = _row("rowmean", shapes.rows, "jointly")  # the mean of each row, a column
COLMEAN = _row("colmean", shapes.columns, "jointly")  # the mean of each column, a row
TRIL = _row("tril", shapes.square, "jointly")  # the lower triangle with the diagonal, zeros above
TRIU = _row("triu", shapes.square, "jointly")  # the upper triangle with the diagonal, zeros below
TRIL_HALF = _row("tril_half", shapes.square, "jointly")  # the lower triangle with half the diagonal (Murray 2016: Phi)
# Kronecker products, stacked columns, blocks. Ranges count from 1 and have both ends.
KRON = _row("kron", shapes.kronecker, "each", flat=True, arity=None)  # blocks A_ij B; no factor a scalar
VEC = _row("vec", shapes.stacked, "jointly")  # the columns one above another
UNVEC = _row("unvec", shapes.unstacked, "jointly", arity=3, parameters=2)  # (a, n, m): n x m, undoes vec
COMMUTATION = _row("commutation", shapes.commuting, arity=2)  # (n, m): K vec(A) = vec(A') for A n x m; sizes alone
PTRACE1 = _row("ptrace1", shapes.partial_trace, "jointly", arity=2, parameters=1)
PTRACE2 = _row("ptrace2", shapes.partial_trace, "jointly", arity=2, parameters=1)
HCAT = _row("hcat", shapes.side_by_side, "jointly", flat=True, arity=None)  # [A, B]
VCAT = _row("vcat", shapes.one_above_another, "jointly", flat=True, arity=None)  # [A; B]
ROWRANGE = _row("rowrange", shapes.row_range, "jointly", arity=3, parameters=2)  # (A, i, j): rows i to j
COLRANGE = _row("colrange", shapes.column_range, "jointly", arity=3, parameters=2)  # (A, i, j): columns i to j
# Functions of a matrix.
INV = _row("inv", shapes.square)
DET = _row("det", shapes.square_to_scalar)
LOGDET = _row("logdet", shapes.square_to_scalar)
NORM = _row("norm", shapes.scalar)  # Euclidean, of a matrix Frobenius
PINV = _row("pinv", shapes.transposed)  # Moore-Penrose
EXPM = _row("expm", shapes.square)
LOGM = _row("logm", shapes.square)  # principal
SQRTM = _row("sqrtm", shapes.square)  # principal
# Frechet derivatives L(A, E) of matrix functions at A in direction E (Higham 2008), linear in E; for A^k it is the sum
# over r = 0 … k-1 of A^r E A^(k-1-r).
EXPM_FRECHET = _row("expm_frechet", shapes.in_direction, arity=2)
LOGM_FRECHET = _row("logm_frechet", shapes.in_direction, arity=2)
SQRTM_FRECHET = _row("sqrtm_frechet", shapes.in_direction, arity=2)
POWER_FRECHET = _row("power_frechet", shapes.power_in_direction, arity=3, parameters=1)
CHOL = _row("chol", shapes.square, atom="L", asks="symmetric")  # lower triangular, L L' = A positive definite
# Eigenvalues of symmetric matrices, with unit eigenvectors; singular values with unit singular vectors. The sign of a
# vector is such that its entry of largest absolute value is positive; of a singular vector, that of u.
LAMBDA_MAX = _row("lambda_max", shapes.square_to_scalar, asks="symmetric")
LAMBDA_MIN = _row("lambda_min", shapes.square_to_scalar, asks="symmetric")
EIGVEC_MAX = _row("eigvec_max", shapes.square_to_column, atom="u1", asks="symmetric")
EIGVEC_MIN = _row("eigvec_min", shapes.square_to_column, atom="un", asks="symmetric")
NORM_SPEC = _row("norm_spec", shapes.scalar)  # the largest singular value
NORM_NUC = _row("norm_nuc", shapes.scalar)  # the sum of the singular values
SINGULAR_U1 = _row("singular_u1", shapes.rows, atom="u1")  # A v1 = sigma1 u1
SINGULAR_V1 = _row("singular_v1", shapes.column_of_columns, atom="v1")
SINGULAR_U = _row("singular_u", shapes.identity_shape, atom="U")  # A = U diag(sigma) V', zero columns where sigma is 0
SINGULAR_V = _row("singular_v", shapes.columns_square, atom="V")
# Statistics of all entries, of each row, of each column; divided by the count, not by one less.
VAR = _row("var", shapes.scalar)
STD = _row("std", shapes.scalar)
ROWVAR = _row("rowvar", shapes.rows)
COLVAR = _row("colvar", shapes.columns)
ROWSTD = _row("rowstd", shapes.regularized_rows, arity=2, parameters=1)  # (A, eps): sqrt(rowvar(A) + eps)
COLSTD = _row("colstd", shapes.regularized_columns, arity=2, parameters=1)
LAYER_NORM = _row("layer_norm", shapes.regularized, arity=2, parameters=1)  # (A, eps): (A - rowmean) / rowstd
BATCH_NORM = _row("batch_norm", shapes.regularized, arity=2, parameters=1)  # the same by columns
# The largest and the smallest entry, and arrays that are 1 where it stands (the first, row by row) and 0 elsewhere.
LARGEST = _row("largest", shapes.scalar)
SMALLEST = _row("smallest", shapes.scalar)
INDICATOR_MAX = _row("indicator_max", shapes.identity_shape)
INDICATOR_MIN = _row("indicator_min", shapes.identity_shape)
# By row or by column; of a vector always by column.
SOFTMAX_ROWS = _row("softmax_rows", shapes.identity_shape)
SOFTMAX_COLUMNS = _row("softmax_columns", shapes.identity_shape)
LOG_SOFTMAX_ROWS = _row("log_softmax_rows", shapes.identity_shape)
LOG_SOFTMAX_COLUMNS = _row("log_softmax_columns", shapes.identity_shape)
LOGSUMEXP_ROWS = _row("logsumexp_rows", shapes.rows)
LOGSUMEXP_COLUMNS = _row("logsumexp_columns", shapes.columns)
# Of the entries of two arrays.
MAX = _row("max", shapes.same, commutes=True, elementwise=True, arity=2)
MIN = _row("min", shapes.same, commutes=True, elementwise=True, arity=2)
# 1 where a >= b, else 0: what max and min differentiate to.
STEP_GE = _row("step_ge", shapes.same, elementwise=True, arity=2)
# Constants; their arguments are sizes.
EYE = _row("eye", shapes.sized_square)
ONES = _row("ones", shapes.sized, arity=2)
ZEROS = _row("zeros", shapes.sized, arity=2)
PI = _row("pi", shapes.scalar, arity=0)
E = _row("e", shapes.scalar, arity=0)
# The differential of an expression; of a symbol, the increment dX.
D = _row("d", shapes.identity_shape, "jointly")

# Functions of the entries: names only; f and f' stand in rules/functions.py, meanings in meaning.py.
FUNCTION_NAMES = tuple(
    """
    exp log log1p expm1 sqrt abs sign sin cos tan asin acos atan sinh cosh tanh sigmoid relu leaky_relu elu
    softplus gelu silu mish erf step log_sigmoid
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)


_functions: WeakValueDictionary[tuple[str, int], Operator] = WeakValueDictionary()


def function(name: str, order: int = 0) -> Operator:
    """The operator of the elementwise function `name` (named or unknown), differentiated `order` times."""
    found = _functions.get((name, order))
    if found is None:
        found = Operator(name + "'" * order, shapes.identity_shape, elementwise=True, function=name, order=order)
        _functions[name, order] = found
    return found


_sums: WeakValueDictionary[tuple[str, str, str], Operator] = WeakValueDictionary()


def indexed_sum(letter: str, first: str, last: str) -> Operator:
    """The operator that sums its argument, which speaks of layer `letter`, over the layers from `first` to `last`."""
    found = _sums.get((letter, first, last))
    if found is None:
        name = f"sum over {letter} = {first}..{last}"
        found = Operator(name, shapes.identity_shape, "jointly", over=(letter, first, last))
        _sums[letter, first, last] = found
    return found


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
                shapes.product(tuple(rest))
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
