"""Shape rules: what an operator's shape is, from its arguments, and which arguments do not conform."""

from __future__ import annotations

from matcalc.dims import Dim, dim_add, dim_divide, dim_mul
from matcalc.expr import SCALAR, Node, Number, Shape, Size


class Nonconforming(ValueError):
    """The operands' shapes do not fit. `operands` are the positions, in the argument list, of those that clash."""

    def __init__(self, message: str, operands: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.operands = operands


def same(args: tuple[Node, ...]) -> Shape:
    first = args[0].shape
    for i, arg in enumerate(args):
        if arg.shape != first:
            raise Nonconforming("the shapes must be equal", (0, i))
    return first


def identity_shape(args: tuple[Node, ...]) -> Shape:
    return args[0].shape


def transposed(args: tuple[Node, ...]) -> Shape:
    rows, columns = args[0].shape
    return columns, rows


def product(args: tuple[Node, ...]) -> Shape:
    for i in range(len(args) - 1):
        if args[i].shape[1] != args[i + 1].shape[0]:
            raise Nonconforming("the columns of the left factor must equal the rows of the right one", (i, i + 1))
    return args[0].shape[0], args[-1].shape[1]


def scaled(args: tuple[Node, ...]) -> Shape:
    if not args[0].is_scalar:
        raise Nonconforming("the factor must be a scalar", (0,))
    return args[1].shape


def scalar(args: tuple[Node, ...]) -> Shape:
    return SCALAR


def paired(args: tuple[Node, ...]) -> Shape:
    same(args)
    return SCALAR


def powered(args: tuple[Node, ...]) -> Shape:
    if not args[1].is_scalar:
        raise Nonconforming("the exponent must be a scalar", (1,))
    return args[0].shape


def square(args: tuple[Node, ...]) -> Shape:
    rows, columns = args[0].shape
    if rows != columns:
        raise Nonconforming("the matrix must be square", (0,))
    return rows, columns


def square_to_scalar(args: tuple[Node, ...]) -> Shape:
    square(args)
    return SCALAR


def square_powered(args: tuple[Node, ...]) -> Shape:
    powered(args)
    return square(args)


def rows(args: tuple[Node, ...]) -> Shape:
    return args[0].shape[0], 1


def columns(args: tuple[Node, ...]) -> Shape:
    return 1, args[0].shape[1]


def diagonal_matrix(args: tuple[Node, ...]) -> Shape:
    rows, columns = args[0].shape
    if columns != 1:
        raise Nonconforming("diag of a vector needs a column", (0,))
    return rows, rows


def diagonal_of(args: tuple[Node, ...]) -> Shape:
    return square(args)[0], 1


def size_of(node: Node) -> Dim:
    if isinstance(node, Size):
        return node.dim
    if isinstance(node, Number) and node.value.denominator == 1 and node.value > 0:
        return int(node.value)
    raise Nonconforming("a size must be a positive whole number or the name of a dimension")


def kronecker(args: tuple[Node, ...]) -> Shape:
    rows: Dim = 1
    columns: Dim = 1
    for arg in args:
        rows, columns = dim_mul(rows, arg.shape[0]), dim_mul(columns, arg.shape[1])
    return rows, columns


def stacked(args: tuple[Node, ...]) -> Shape:
    return dim_mul(*args[0].shape), 1


def unstacked(args: tuple[Node, ...]) -> Shape:
    rows, columns = size_of(args[1]), size_of(args[2])
    if args[0].shape != (dim_mul(rows, columns), 1):
        raise Nonconforming("the column must have as many entries as the matrix", (0,))
    return rows, columns


def commuting(args: tuple[Node, ...]) -> Shape:
    entries = dim_mul(size_of(args[0]), size_of(args[1]))
    return entries, entries


def partial_trace(args: tuple[Node, ...]) -> Shape:
    size = size_of(args[1])
    rows, columns = (dim_divide(dim, size) for dim in args[0].shape)
    if rows is None or columns is None:
        raise Nonconforming(f"rows and columns must be multiples of {size}", (0,))
    return rows, columns


def side_by_side(args: tuple[Node, ...]) -> Shape:
    columns: Dim = 0
    for i, arg in enumerate(args):
        if arg.shape[0] != args[0].shape[0]:
            raise Nonconforming("blocks side by side must have equally many rows", (0, i))
        columns = dim_add(columns, arg.shape[1])
    return args[0].shape[0], columns


def one_above_another(args: tuple[Node, ...]) -> Shape:
    rows: Dim = 0
    for i, arg in enumerate(args):
        if arg.shape[1] != args[0].shape[1]:
            raise Nonconforming("blocks above each other must have equally many columns", (0, i))
        rows = dim_add(rows, arg.shape[0])
    return rows, args[0].shape[1]


def range_length(args: tuple[Node, ...]) -> Dim:
    # From the first to the last, both included, counted from 1.
    length = dim_add(dim_add(size_of(args[2]), dim_mul(-1, size_of(args[1]))), 1)
    if isinstance(length, int) and length < 1:
        raise Nonconforming("the range is empty", (1, 2))
    return length


def row_range(args: tuple[Node, ...]) -> Shape:
    return range_length(args), args[0].shape[1]


def column_range(args: tuple[Node, ...]) -> Shape:
    return args[0].shape[0], range_length(args)


def in_direction(args: tuple[Node, ...]) -> Shape:
    square(args)
    return same(args[:2])


def power_in_direction(args: tuple[Node, ...]) -> Shape:
    if not args[2].is_scalar:
        raise Nonconforming("the exponent must be a scalar", (2,))
    return in_direction(args)


def square_to_column(args: tuple[Node, ...]) -> Shape:
    return square(args)[0], 1


def columns_square(args: tuple[Node, ...]) -> Shape:
    return args[0].shape[1], args[0].shape[1]


def column_of_columns(args: tuple[Node, ...]) -> Shape:
    return args[0].shape[1], 1


def regularized(args: tuple[Node, ...]) -> Shape:
    if not args[1].is_scalar:
        raise Nonconforming("what is added to the variance must be a scalar", (1,))
    return args[0].shape


def regularized_rows(args: tuple[Node, ...]) -> Shape:
    regularized(args)
    return rows(args)


def regularized_columns(args: tuple[Node, ...]) -> Shape:
    regularized(args)
    return columns(args)


def sized(args: tuple[Node, ...]) -> Shape:
    return size_of(args[0]), size_of(args[1])


def sized_square(args: tuple[Node, ...]) -> Shape:
    return size_of(args[0]), size_of(args[0])
