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

from matcalc.expr import SCALAR, Dim, Node, Number, Shape, Size, Term

Linearity: TypeAlias = Literal["jointly", "each", "no"]
ShapeRule: TypeAlias = Callable[[tuple[Node, ...]], Shape]


class Nonconforming(ValueError):
    """The operands' shapes do not fit. `operands` are the positions, in the argument list, of those that clash."""

    def __init__(self, message: str, operands: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.operands = operands


@dataclass(frozen=True, eq=False)
class Operator:
    """A row of TABLE.

    `linear`: "jointly" (op of a sum of argument lists is the sum: +, transpose, sum), "each" (a product) or "no".
    `flat`: associative, so held with any number of arguments. `commutes`: the order of arguments does not matter.
    `elementwise`: entry ij depends on the arguments' entries ij alone. For a function of the entries, `function` is
    its name and `order` says how often it has been differentiated.
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

    def __reduce__(self) -> tuple[Any, ...]:
        return (function, (self.function, self.order)) if self.function else (operator, (self.name,))

    def __repr__(self) -> str:
        return self.name


# ---------------------------------------------------------------------------------------------------------- shape rules


def _same(args: tuple[Node, ...]) -> Shape:
    first = args[0].shape
    for i, arg in enumerate(args):
        if arg.shape != first:
            raise Nonconforming("the shapes must be equal", (0, i))
    return first


def _identity_shape(args: tuple[Node, ...]) -> Shape:
    return args[0].shape


def _transposed(args: tuple[Node, ...]) -> Shape:
    rows, columns = args[0].shape
    return columns, rows


def _product(args: tuple[Node, ...]) -> Shape:
    for i in range(len(args) - 1):
        if args[i].shape[1] != args[i + 1].shape[0]:
            raise Nonconforming("the columns of the left factor must equal the rows of the right one", (i, i + 1))
    return args[0].shape[0], args[-1].shape[1]


def _scaled(args: tuple[Node, ...]) -> Shape:
    if not args[0].is_scalar:
        raise Nonconforming("the factor must be a scalar", (0,))
    return args[1].shape


def _scalar(args: tuple[Node, ...]) -> Shape:
    return SCALAR


def _paired(args: tuple[Node, ...]) -> Shape:
    _same(args)
    return SCALAR


def _powered(args: tuple[Node, ...]) -> Shape:
    if not args[1].is_scalar:
        raise Nonconforming("the exponent must be a scalar", (1,))
    return args[0].shape


def _square(args: tuple[Node, ...]) -> Shape:
    rows, columns = args[0].shape
    if rows != columns:
        raise Nonconforming("the matrix must be square", (0,))
    return rows, columns


def _square_to_scalar(args: tuple[Node, ...]) -> Shape:
    _square(args)
    return SCALAR


def _square_powered(args: tuple[Node, ...]) -> Shape:
    _powered(args)
    return _square(args)


def _rows(args: tuple[Node, ...]) -> Shape:
    return args[0].shape[0], 1


def _columns(args: tuple[Node, ...]) -> Shape:
    return 1, args[0].shape[1]


def _diagonal_matrix(args: tuple[Node, ...]) -> Shape:
    rows, columns = args[0].shape
    if columns != 1:
        raise Nonconforming("diag of a vector needs a column", (0,))
    return rows, rows


def _diagonal_of(args: tuple[Node, ...]) -> Shape:
    return _square(args)[0], 1


def _size(node: Node) -> Dim:
    if isinstance(node, Size):
        return node.dim
    if isinstance(node, Number) and node.value.denominator == 1 and node.value > 0:
        return int(node.value)
    raise Nonconforming("a size must be a positive whole number or the name of a dimension")


def _sized(args: tuple[Node, ...]) -> Shape:
    return _size(args[0]), _size(args[1])


def _sized_square(args: tuple[Node, ...]) -> Shape:
    return _size(args[0]), _size(args[0])


# ---------------------------------------------------------------------------------------------------------------- table

TABLE: dict[str, Operator] = {}


def operator(name: str) -> Operator:
    """The row named `name`. Raises KeyError."""
    return TABLE[name]


def _row(name: str, shape_of: ShapeRule, linear: Linearity = "no", **more: Any) -> Operator:
    TABLE[name] = Operator(name, shape_of, linear, **more)
    return TABLE[name]


# Sums and products.
PLUS = _row("plus", _same, "jointly", flat=True, commutes=True, elementwise=True, arity=None)
SCALE = _row("scale", _scaled, "each", arity=2)  # s A, A not a scalar
MATMUL = _row("matmul", _product, "each", flat=True, arity=None)  # no factor a scalar
HADAMARD = _row("hadamard", _same, "each", flat=True, commutes=True, elementwise=True, arity=None)
POWER = _row("power", _powered, elementwise=True, arity=2)  # A.^s, entry by entry; of a scalar s^t
MATPOW = _row("matpow", _square_powered, arity=2)  # A^k of a square matrix
INNER = _row("inner", _paired, "each", commutes=True, arity=2)  # A : B = sum of A_ij B_ij
# Linear maps.
TRANSPOSE = _row("transpose", _transposed, "jointly")
TRACE = _row("tr", _square_to_scalar, "jointly")
SUM = _row("sum", _scalar, "jointly")
MEAN = _row("mean", _scalar, "jointly")
ROWSUM = _row("rowsum", _rows, "jointly")  # A 1, a column
COLSUM = _row("colsum", _columns, "jointly")  # 1' A, a row
DIAG = _row("diag", _diagonal_matrix, "jointly")  # vector to diagonal matrix
DIAGONAL = _row("diagonal", _diagonal_of, "jointly")  # square matrix to the vector of its diagonal; written diag too
# Functions of a matrix.
INV = _row("inv", _square)
DET = _row("det", _square_to_scalar)
LOGDET = _row("logdet", _square_to_scalar)
NORM = _row("norm", _scalar)  # Euclidean, of a matrix Frobenius
# By row or by column; of a vector always by column.
SOFTMAX_ROWS = _row("softmax_rows", _identity_shape)
SOFTMAX_COLUMNS = _row("softmax_columns", _identity_shape)
LOG_SOFTMAX_ROWS = _row("log_softmax_rows", _identity_shape)
LOG_SOFTMAX_COLUMNS = _row("log_softmax_columns", _identity_shape)
LOGSUMEXP_ROWS = _row("logsumexp_rows", _rows)
LOGSUMEXP_COLUMNS = _row("logsumexp_columns", _columns)
# Of the entries of two arrays.
MAX = _row("max", _same, commutes=True, elementwise=True, arity=2)
MIN = _row("min", _same, commutes=True, elementwise=True, arity=2)
# 1 where a >= b, else 0: what max and min differentiate to.
STEP_GE = _row("step_ge", _same, elementwise=True, arity=2)
# Constants; their arguments are sizes.
EYE = _row("eye", _sized_square)
ONES = _row("ones", _sized, arity=2)
ZEROS = _row("zeros", _sized, arity=2)
PI = _row("pi", _scalar, arity=0)
E = _row("e", _scalar, arity=0)
# The differential of an expression; of a symbol, the increment dX.
D = _row("d", _identity_shape, "jointly")

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
        found = Operator(name + "'" * order, _identity_shape, elementwise=True, function=name, order=order)
        _functions[name, order] = found
    return found


for _name in FUNCTION_NAMES:
    TABLE[_name] = function(_name)


# --------------------------------------------------------------------------------------------------------- constructors


def term(op: Operator, *args: Node) -> Node:
    """`op` applied to `args`, a product in the representation that its shapes ask for. Raises Nonconforming.

    matmul with a scalar factor becomes scale, scale of a scalar hadamard; a sum or a product of one is that one.
    """
    if op is MATMUL:
        scalars = [a for a in args if a.is_scalar]
        if scalars:
            _product_or_scale(args)
            rest = [a for a in args if not a.is_scalar]
            coefficient = term(HADAMARD, *scalars)
            return term(SCALE, coefficient, term(MATMUL, *rest)) if rest else coefficient
    elif op is SCALE and args[1].is_scalar:
        return term(HADAMARD, *args)
    elif op in SCALAR_CONSTANTS and all(isinstance(a, Number) and a.value == 1 for a in args):
        return Number(SCALAR_CONSTANTS[op])
    if op.flat and len(args) == 1:
        return args[0]
    return Term(op, args)


SCALAR_CONSTANTS = {EYE: 1, ONES: 1, ZEROS: 0}
"""What the constants are when they are 1×1."""


def _product_or_scale(args: tuple[Node, ...]) -> None:
    # A scalar may stand anywhere in a product of arrays; the arrays must conform among themselves.
    rest = tuple(a for a in args if not a.is_scalar)
    if rest:
        _product(rest)


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


def eye(n: Dim) -> Node:
    """The n×n identity; for n = 1 the number 1."""
    return term(EYE, size_node(n))


def ones(n: Dim, m: Dim = 1) -> Node:
    """The n×m array of ones; for 1×1 the number 1."""
    return term(ONES, size_node(n), size_node(m))


def zeros(n: Dim, m: Dim = 1) -> Node:
    """The n×m array of zeros; for 1×1 the number 0."""
    return term(ZEROS, size_node(n), size_node(m))
