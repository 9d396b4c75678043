"""Builds the expression for a call whose operands are built.

`call` reads a row of FUNCTIONS. A function in _MORE needs more than its operators; all others are applied directly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from matcalc import operators as ops
from matcalc.dims import Dim, dim_add, dim_mul
from matcalc.errors import Alternative, ParseError, ShapeError, UnsupportedError
from matcalc.expr import Node, Number, Shape
from matcalc.prose import marked
from matcalc.signatures import Nonconforming
from matcalc.syntax import clash
from matcalc.syntax.calls import of_several
from matcalc.syntax.context import Context
from matcalc.syntax.infer import of_bars
from matcalc.syntax.sugar import SUGAR
from matcalc.syntax.tree import Tree, walk
from matcalc.syntax.vocabulary import BARS, ENTRY, FUNCTIONS, NEAR, NORMS, UNSUPPORTED

_NORM_NAMES = dict.fromkeys(("norm", "norm2", "norm_F"), "F") | {
    "norm1": "sum",
    "norm_1": "1",
    "norm_2": "2",
    "norm_spec": "2",
    "norm_inf": "inf",
    "norm_nuc": "nuc",
}


def call(context: Context, tree: Tree) -> Node:
    """The expression for a call. Raises ParseError, ShapeError, UnsupportedError."""
    name, order = tree.value
    if name in UNSUPPORTED and name not in context.declared_functions:
        what = UNSUPPORTED[name]
        message = f"{name}(…) is not supported" if what == name else f"{what}, {name}(…), is not supported"
        raise context.error(UnsupportedError, message, tree, NEAR.get(name, ""))
    row = FUNCTIONS.get(name)
    count = len(tree.args)
    least, most = (1, 1) if row is None else (row.least, row.most)
    if not least <= count <= most:
        takes = f"{least} argument{'s'[: least > 1]}" if least == most else f"{least} or {most} arguments"
        takes = takes if most < 10 else f"{least} arguments or more"
        hint = "only max and min take two" if row is None else ""
        if name in ("sum", "mean") and count == 2:
            of = context.text(tree.args[0])
            hint = f"rowsum({of}) and colsum({of}) add along the rows and down the columns; rowmean, colmean likewise"
        if name == "norm" and count == 2:
            of, p = map(context.text, tree.args)
            hint = f"1, 2, inf, fro and nuc are read; of a vector the {p}-norm is sum(abs({of}).^{p})^(1/{p})"
        elif row is not None and not hint and len(row.operators) == 1:
            (op,) = row.operators
            hint = f"{name}({', '.join(op.signature.letters)}) is {re.sub('[{}]', '', op.says)}" if op.says else ""
        if name in context.unknown:
            raise of_several(context.source, name, tree.start, tree.start + len(name))
        raise context.error(ParseError, f"{name} takes {takes}, but is given {count}", tree, hint)
    if name == "log" and not order and (bars := of_bars(tree.args[0])) and 1 not in bars.args[0].node.shape:
        return ops.term(ops.LOGDET, _determined(context, bars))
    if row is None:
        if name == "abs" and not tree.args[0].node.is_scalar and context.source.text[tree.start] == "|":
            context.notes[marked(f"`{context.text(tree)}` is taken entry by entry, as its entries are added")] = None
        return ops.term(ops.function(name, order), tree.args[0].node)
    if order:
        raise context.error(ParseError, f"{name} is not a function of the entries, so there is no {name}'", tree)
    if row.note and not context.source.language:  # in code the language's own meaning is spelled out
        context.notes[marked(row.note)] = None
    if name in SUGAR:
        return _written(context, tree)
    return _MORE.get(name, _operator)(context, tree)


# ------------------------------------------------------------------------------------------------ operators as they are


def _applied(context: Context, tree: Tree, make: Callable[..., Node], *args: object) -> Node:
    # An operator that refuses its operands' shapes.
    try:
        return make(*args)
    except Nonconforming as error:
        sizes = FUNCTIONS[tree.value[0]].sizes
        if any(i >= sizes for i in error.operands):
            raise context.error(ShapeError, f"{context.text(tree)} has no meaning: {error}", tree) from None
        if len(error.operands) > 1:
            left, right = (tree.args[i] for i in error.operands[:2])
            raise clash.differing(context.source, left, right, str(error)) from None
        arg = tree.args[error.operands[0] if error.operands else 0]
        raise clash.refused(context.source, tree, arg, str(error)) from None


def _operator(context: Context, tree: Tree) -> Node:
    row = FUNCTIONS[tree.value[0]]
    (op,) = row.operators
    if op.signature.text == "n×n -> 1×1":
        _entry_by_entry(context, tree.args[0])
    args = [arg.node for arg in tree.args[: row.sizes]] + [ops.size_node(d) for d in _dims(context, tree)]
    return _applied(context, tree, ops.term, op, *args, *_left_out(op, len(args)))


def _left_out(op: ops.Operator, given: int) -> list[Node]:
    # Defaults for the arguments that a call leaves out.
    return [Number(a.default) for a in op.signature.arguments[given:] if a.default is not None]


_MATRIX_FUNCTIONS = {"exp": "exponential is `expm", "log": "logarithm is `logm", "sqrt": "square root is `sqrtm"}
"""Functions of the entries that are easily confused with functions of a matrix."""


def note_factors(context: Context, tree: Tree) -> None:
    """Say of exp, log and sqrt that are factors of a matrix product that they are no functions of a matrix."""
    for op, after, arg in zip(tree.ops, (*tree.ops[1:], ""), tree.args, strict=True):
        if "TIMES" in (op, after) and arg.kind == "call":
            _note_function(context, arg)


def _entry_by_entry(context: Context, tree: Tree) -> None:
    # tr(exp(X)) and tr(X log(X)) are rarely what was meant.
    stack = [tree]
    while stack:
        tree = stack.pop()
        if tree.kind in ("group", "negative", "transpose", "sum", "chain", "product"):
            stack += [arg for arg in reversed(tree.args) if not arg.node.is_scalar and "HADAMARD" not in tree.ops]
        if tree.kind == "call":
            _note_function(context, tree, 1 not in tree.node.shape)


def _note_function(context: Context, call: Tree, matrix: bool = False) -> None:
    name, (rows, columns) = call.value[0], call.node.shape
    if name in _MATRIX_FUNCTIONS and (matrix or rows == columns != 1):
        of = context.text(call.args[0])
        note = f"`{name}({of})` is taken entry by entry; the matrix {_MATRIX_FUNCTIONS[name]}({of})`"
        context.notes[marked(note)] = None


def _dims(context: Context, tree: Tree) -> list[Dim]:
    dims: list[Dim] = []
    for arg in tree.args[FUNCTIONS[tree.value[0]].sizes :]:
        dim = context.size_of(arg)
        if dim is None:
            text = context.text(arg)
            message = f"a size must be a positive whole number or the name of a dimension, not {text}"
            if tree.value[0] in (ENTRY, "rowrange", "colrange"):
                message = f"an index is a positive whole number or the name of a size, counted from 1, not {text}"
            raise context.error(ShapeError, message, arg)
        dims.append(dim)
    return dims


def _written(context: Context, tree: Tree) -> Node:
    nodes = [arg.node for arg in tree.args]
    return _applied(context, tree, SUGAR[tree.value[0]], *nodes)


def _range(context: Context, tree: Tree) -> Node:
    by_row = tree.value[0] != "colrange"
    if tree.value[0] == ENTRY and tree.args[0].node.shape[1] != 1:
        name, i = context.text(tree.args[0]), context.text(tree.args[1])
        of = f"{name} is {clash.shown(tree.args[0].node.shape)}"
        hint = f"write {name}[{i},:] for its row, {name}[:,{i}] for its column, {name}[{i},1] for an entry"
        raise context.error(ShapeError, f"{context.text(tree)} has one index, and {of}", tree, hint)
    size = tree.args[0].node.shape[0 if by_row else 1]
    last = _dims(context, tree)[1]
    beyond = dim_add(last, dim_mul(-1, size))
    if isinstance(beyond, int) and beyond > 0:
        arg, kind = tree.args[0], "rows" if by_row else "columns"
        raise clash.refused(context.source, tree, arg, f"it has {size} {kind if size != 1 else kind[:-1]}")
    return _operator(context, tree)


def _few(context: Context, tree: Tree) -> Node:
    rows, columns = tree.args[0].node.shape
    count, taken = dim_mul(rows, columns), _dims(context, tree)[0]
    if isinstance(count, int) and isinstance(taken, int) and taken > count:
        has = f"it has {count} entr{'ies' if count > 1 else 'y'}, and {taken} are taken"
        raise clash.refused(context.source, tree, tree.args[0], has)
    return _operator(context, tree)


def _kron(context: Context, tree: Tree) -> Node:
    rows: Dim = 1
    columns: Dim = 1
    for arg in tree.args:
        rows = clash.multiplied(context.source, tree, rows, arg.node.shape[0])
        columns = clash.multiplied(context.source, tree, columns, arg.node.shape[1])
    return ops.term(ops.KRON, *(arg.node for arg in tree.args))


def _vec(context: Context, tree: Tree) -> Node:
    node = tree.args[0].node
    clash.multiplied(context.source, tree, *node.shape)
    return node if node.is_scalar else ops.term(ops.VEC, node)


# ----------------------------------------------------------------------------------------------------- by their operand


def norm(context: Context, tree: Tree) -> Node:
    """A norm, written with bars or as a call."""
    arg = tree.args[0].node
    which = tree.value if tree.kind == "norm" else _NORM_NAMES[tree.value[0]]
    vector = 1 in arg.shape
    text = context.text(tree.args[0])
    if which == "F" or (which in ("2", "nuc") and vector):
        return ops.term(ops.NORM, arg)
    if which == "2":
        if tree.value != ("norm_spec", 0) and not all(name in context.said for name in _names(tree)):
            note = f"`{context.text(tree)}` is the largest singular value; `‖{text}‖` is the root of the sum of squares"
            context.notes[marked(note)] = None
        return ops.term(ops.NORM_SPEC, arg)
    if which == "nuc":
        return ops.term(ops.NORM_NUC, arg)
    sizes, shown = ops.term(ops.function("abs"), arg), context.text(tree)
    if vector:
        return ops.term(ops.LARGEST if which == "inf" else ops.SUM, sizes)
    if which == "sum":
        said = f"`{shown}` is the sum of all absolute values; `norm_1({text})` is the largest column sum"
        context.notes[marked(said)] = None
        return ops.term(ops.SUM, sizes)
    if which == "1":
        said, instead, sums = "largest column sum", f"`sum(abs({text}))` is the sum of all entries", ops.COLSUM
    else:
        said, instead, sums = "largest row sum", f"`max(abs({text}))` is the largest entry", ops.ROWSUM
    note = f"`{shown}` is the norm of a matrix, its {said} of absolute values; {instead}"
    context.notes[marked(note)] = None
    return ops.term(ops.LARGEST, ops.term(sums, sizes))


def _names(root: Tree) -> Iterator[str]:
    return (str(tree.value) for tree in walk(root) if tree.kind == "name")


def _bars(context: Context, tree: Tree) -> Node:
    arg = tree.args[0].node
    if arg.is_scalar:
        return ops.term(ops.function("abs"), arg)
    shown = f"`{context.text(tree)}`"
    if 1 in arg.shape:
        context.notes[marked(f"{shown} is the norm of a vector")] = None
        return ops.term(ops.NORM, arg)
    return ops.term(ops.DET, _determined(context, tree))


def _determined(context: Context, tree: Tree) -> Node:
    """The matrix between single bars, which are its determinant. Raises AmbiguousError where nothing says so."""
    arg, text = tree.args[0].node, context.text(tree.args[0])
    if arg.shape[0] != arg.shape[1]:
        det = Alternative("it is the determinant", f"det({text})")
        raise context.source.asked(tree.start, tree.end, det, Alternative("it is the norm", f"norm({text})"))
    context.notes[marked(f"`{context.text(tree)}` is the determinant of `{text}`")] = None
    return arg


def _diag(context: Context, tree: Tree) -> Node:
    arg = tree.args[0].node
    op = FUNCTIONS["diag"].operators[arg.shape[1] != 1]
    if op is ops.DIAG and arg.is_scalar:
        return arg
    return _applied(context, tree, ops.term, op, arg)


def _by_line(context: Context, tree: Tree) -> Node:
    arg, (by_column, by_row) = tree.args[0].node, FUNCTIONS[tree.value[0]].operators
    if len(tree.args) > 1:
        if tree.args[1].kind != "option":
            hint = "softmax(Z) goes along rows, softmax(Z, columns) down columns"
            raise context.error(ParseError, "the second argument is `rows` or `columns`", tree.args[1], hint)
        return ops.term(by_row if tree.args[1].value == "rows" else by_column, arg)
    return ops.term(by_column if arg.shape[1] == 1 else by_row, arg)


def _normalized(context: Context, tree: Tree) -> Node:
    arg, operators = tree.args[0].node, FUNCTIONS[tree.value[0]].operators
    if arg.is_scalar:
        raise clash.refused(context.source, tree, tree.args[0], "a scalar has no mean and variance to be normalized by")
    if arg.shape[1] == 1 and len(operators) > 1:
        note = f"`{context.text(tree)}` normalizes a vector over its entries"
        context.notes[marked(note)] = None
    op = operators[0 if arg.shape[1] == 1 else -1]
    args = [arg.node for arg in tree.args]
    return _applied(context, tree, ops.term, op, *args, *_left_out(op, len(args)))


def _largest(context: Context, tree: Tree) -> Node:
    name = tree.value[0]
    largest, entrywise = FUNCTIONS[name].operators
    if len(tree.args) > 1:
        return _alike(context, tree, entrywise)
    arg = tree.args[0].node
    if 1 not in arg.shape:
        said = "largest" if name == "max" else "smallest"
        context.notes[marked(f"`{context.text(tree)}` is the {said} of all entries")] = None
    return ops.term(largest, arg)


def _distances(context: Context, tree: Tree) -> Node:
    # Of the rows of one array from each other, or from those of another one.
    return _applied(context, tree, ops.term, ops.SQDIST, tree.args[0].node, tree.args[-1].node)


def _two_alike(context: Context, tree: Tree) -> Node:
    return _alike(context, tree, FUNCTIONS[tree.value[0]].operators[0])


def _alike(context: Context, tree: Tree, op: ops.Operator) -> Node:
    left, right = (arg.node for arg in tree.args)
    if left.is_scalar != right.is_scalar:
        small, large = tree.args if left.is_scalar else tree.args[::-1]
        if not isinstance(small.node, Number):
            note = f"`{context.text(small)}` is a scalar, compared with every entry of `{context.text(large)}`"
            context.notes[marked(note)] = None
        left, right = (
            filled(left, right.shape) if left.is_scalar else left,
            filled(right, left.shape) if right.is_scalar else right,
        )
    a, b = tree.args
    if left.shape != right.shape:
        at, of = (a.start, a.end), (b.start, b.end)
        left = context.spread(left, right.shape, at, of, "is compared with") or left
        right = context.spread(right, left.shape, of, at, "is compared with") or right
    if left.shape != right.shape:
        raise clash.unlike(context.source, (a, a.node.shape), (b, b.node.shape), ",")
    return ops.term(op, left, right)


def _filled(context: Context, tree: Tree) -> Node:
    if not tree.args[0].node.is_scalar:
        raise clash.not_scalar(context.source, tree.args[0], "what fills an array", "")
    rows, columns = context.shape_of(tree)
    if rows is None or columns is None:
        message = f"nothing in the program says what size {context.text(tree)} has"
        raise context.error(ShapeError, message, tree, "write c * ones(n), or c * ones(n, m)")
    return filled(tree.args[0].node, (rows, columns))


def filled(value: Node, shape: Shape) -> Node:
    """The array of a shape with every entry equal to a scalar."""
    if isinstance(value, Number) and value.value in (0, 1):
        return ops.ones(*shape) if value.value else ops.zeros(*shape)
    return ops.term(ops.SCALE, value, ops.ones(*shape))


_MORE: Mapping[str, Callable[[Context, Tree], Node]] = {
    **dict.fromkeys(NORMS, norm),
    **dict.fromkeys(("softmax", "log_softmax", "logsumexp"), _by_line),
    **dict.fromkeys(("layer_norm", "batch_norm"), _normalized),
    **dict.fromkeys(("max", "min"), _largest),
    **dict.fromkeys(("rowrange", "colrange", ENTRY), _range),
    **dict.fromkeys(("sum_largest", "indicator_largest"), _few),
    **dict.fromkeys(("vector", "matrix"), _filled),
    "diag": _diag,
    BARS: _bars,
    "step_ge": _two_alike,
    "sqdist": _distances,
    "kron": _kron,
    "vec": _vec,
}
