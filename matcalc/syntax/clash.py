"""Error messages for shapes that do not conform, with a transpose that would help."""

from __future__ import annotations

import re

from matcalc.dims import Dim, DimSum
from matcalc.errors import MatcalcError, ShapeError, UnsupportedError
from matcalc.expr import Shape
from matcalc.syntax.sizes import DEGREE, TERMS
from matcalc.syntax.sizes import product as sized_product
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree

_SAID = {
    "+-": "added",
    ":": "multiplied by :",
    ".*": "multiplied entry by entry",
    "./": "divided entry by entry",
    ",": "compared",
}


def shown(shape: Shape) -> str:
    """n×d, (n + 1)×d."""
    return "×".join(f"({dim})" if isinstance(dim, DimSum) else str(dim) for dim in shape)


def unlike(source: Source, left: tuple[Tree | int, Shape], right: tuple[Tree, Shape], op: str) -> MatcalcError:
    """Two operands that must have one shape. The left one is a part, or where the product begins that it ends."""
    (part, shape), (factor, other) = left, right
    start, end = (part.start, part.end) if isinstance(part, Tree) else (part, before(source, part, factor))
    a, b = source.quote(start, end), source.quote(factor.start, factor.end)
    message = f"{a} is {shown(shape)} and {b} is {shown(other)}: they cannot be {_SAID[op]}"
    hint = ""
    if shape == other[::-1]:
        hint = f"{primed(b)} would fit"
        if primed(b) == a and 1 in shape:
            hint = f"{b} is {a} transposed; another point has another name"
    elif op != ":" and (1 in other) != (1 in shape):
        hint = _spread(b, shape, other, op) if 1 in other else _spread(a, other, shape, op)
    elif op != ":" and 1 in shape and sorted(shape.index(1) for shape in (shape, other)) == [0, 1]:
        column, row = (f"{_bracketed(a)} 1'", f"1 {_bracketed(b)}")
        column, row = (column, row) if shape[1] == 1 else (f"1 {_bracketed(a)}", f"{_bracketed(b)} 1'")
        hint = f"for the matrix of all pairs write {column} and {row}"
    hint = hint or _undetermined(shape, other)
    return source.error(ShapeError, message, start, factor.end, hint=hint)


def _undetermined(*shapes: Shape) -> str:
    if any(isinstance(dim, DimSum) for shape in shapes for dim in shape):
        return "a size that is a sum or a product must follow from its parts: declare their shapes"
    return ""


def _spread(vector: str, matrix: Shape, shape: Shape, op: str) -> str:
    rows, columns = matrix
    if rows == columns and rows in shape:
        in_columns, in_rows = f"{_bracketed(vector)} 1'", f"1 {primed(vector)}"
        if op in (".*", "./"):
            in_columns, in_rows = f"({in_columns})", f"({in_rows})"
        return f"write {in_columns} for it in every column, {in_rows} for it in every row"
    size, line = (columns, "row") if shape[0] == 1 else (rows, "column")
    other = f", a column of size {columns} in every row" if shape[1] == 1 else ""
    return f"a {line} of size {size} would stand in every {line}{other}; {vector} is neither"


def product(source: Source, left: tuple[int, Shape], right: tuple[Tree, Shape]) -> MatcalcError:
    """A matrix product whose inner dimensions differ. The left factor begins where the whole product does."""
    (start, shape), (factor, other) = left, right
    a, b = source.quote(start, before(source, start, factor)), source.quote(factor.start, factor.end)
    must = f"the columns of the left factor, {shape[1]}, must equal the rows of the right one, {other[0]}"
    message = f"{a} is {shown(shape)} and {b} is {shown(other)}: {must}"
    fits = []
    if shape[0] == other[0]:
        if shape[1] == 1 != other[1]:  # the column stays a column
            fits.append(f"{primed(b)} {_bracketed(a)} ({shown(other[::-1])} times {shown(shape)})")
        fits.append(f"{primed(a)} {_bracketed(b)}")
    if shape[1] == other[1]:
        fits.append(f"{_bracketed(a)} {primed(b)}")
    if not fits and shape[0] == other[1]:
        fits = [f"{primed(a)} {primed(b)}", f"{_bracketed(b)} {_bracketed(a)}"]
    hint = f"{' or '.join(fits)} would fit" if fits else _undetermined((shape[1], 1), (other[0], 1))
    if not hint and factor.kind == "name" and str(factor.value)[0].isupper():
        hint = f"declare `{factor.value}: scalar` if it is a number"
    if shape == other and 1 in shape:
        hint += "; the product entry by entry is .*"
        hint += f", the cross product cross({a}, {b})" if shape == (3, 1) else ""
    return source.error(ShapeError, message, start, factor.end, hint=hint)


def divided(source: Source, start: int, factor: Tree, last: Tree | None) -> MatcalcError:
    """A / B by something that is not a scalar; up to the factor `last` it would be one."""
    a, b = source.quote(start, before(source, start, factor)), source.quote(factor.start, factor.end)
    over = f"{a} ./ {b}"
    if a.endswith("{"):  # of a fraction in LaTeX
        a = re.sub(r"\}?\s*\{$", "", a)
        over = f"{_bracketed(a)} ./ ({b})"
    shape = factor.node.shape
    if last is not None:
        message = f"{b} is {shown(shape)}, and / divides by a scalar: it ends at the next factor"
        hint = f"write {a} / ({source.quote(factor.start, last.end)})"
        return source.error(ShapeError, message, factor.start, last.end, hint=hint)
    hint = f"write {over} to divide entry by entry"
    if shape[0] == shape[1] or (1 not in shape and factor.kind == "name"):
        hint += f", {'' if a == '1' else _bracketed(a) + ' '}inv({b}) for the inverse"
    if factor.kind == "name":
        hint += f", or declare `{b}: scalar`"
    return source.error(
        ShapeError, f"{b} is {shown(shape)}, and / divides by a scalar", factor.start, factor.end, hint=hint
    )


def divided_by_ones(source: Source, start: int, ones: Tree, last: Tree) -> MatcalcError:
    """A / 1' B: the row of ones is no scalar; up to the factor `last` it may be one."""
    a = source.quote(start, before(source, start, ones))
    message = "1' before another factor is a row of ones, and / divides by a scalar: it ends at the next factor"
    hint = f"write {a} / ({source.quote(ones.start, last.end)})"
    return source.error(ShapeError, message, ones.start, last.end, hint=hint)


def not_scalar(source: Source, tree: Tree, what: str, hint: str) -> MatcalcError:
    """The error for something that must be a scalar."""
    text = source.quote(tree.start, tree.end)
    message = f"{what} must be a scalar, and {text} is {shown(tree.node.shape)}"
    return source.error(ShapeError, message, tree.start, tree.end, hint=hint)


def differing(source: Source, left: Tree, right: Tree, why: str) -> MatcalcError:
    """Two operands of a function that do not fit each other."""
    a, b = source.quote(left.start, left.end), source.quote(right.start, right.end)
    shape, other = left.node.shape, right.node.shape
    message = f"{a} is {shown(shape)} and {b} is {shown(other)}: {why}"
    hint = f"{primed(b)} would fit" if shape == other[::-1] else _undetermined(shape, other)
    return source.error(ShapeError, message, left.start, right.end, hint=hint)


def blocks(source: Source, left: Tree, right: Tree, beside: bool) -> MatcalcError:
    """Blocks that do not fit beside each other, or else above each other."""
    # A row of several blocks is shown as the matrix that it is.
    a, b = (
        f"[{source.quote(t.start, t.end)}]" if t.kind == "row" else source.quote(t.start, t.end) for t in (left, right)
    )
    shape, other = left.node.shape, right.node.shape
    must = "side by side must have equally many rows" if beside else "above each other must have equally many columns"
    hint = ""
    fixed, free = (0, 1) if beside else (1, 0)
    if left.node.is_scalar or right.node.is_scalar:
        scalar, size = (b, shape[fixed]) if right.node.is_scalar else (a, other[fixed])
        ones = f"ones({size})" if beside else f"ones({size})'"
        hint = f"{scalar} is a scalar; for a {'column' if beside else 'row'} "
        hint += f"of ones write {ones}" if scalar == "1" else f"with it in every entry write {scalar} * {ones}"
    elif other[free] == shape[fixed]:
        hint = f"{primed(b)} would fit"
    elif shape[free] == other[fixed]:
        hint = f"{a}' would fit" if a.startswith("[") else f"{primed(a)} would fit"
    else:
        hint = _undetermined((shape[fixed], 1), (other[fixed], 1))
    message = f"{a} is {shown(shape)} and {b} is {shown(other)}: blocks {must}"
    return source.error(ShapeError, message, left.start, right.end, hint=hint)


def multiplied(source: Source, tree: Tree, a: Dim, b: Dim) -> Dim:
    """The product of two sizes. Raises UnsupportedError if it is too large for a size."""
    found = sized_product(a, b)
    if found is None:
        message = f"a size here would be a sum of more than {TERMS} terms, or a product of more than {DEGREE} factors"
        raise source.error(UnsupportedError, message, tree.start, tree.end, hint="declare smaller sizes")
    return found


def refused(source: Source, tree: Tree, arg: Tree, why: str) -> MatcalcError:
    """The error for an operator that does not take an operand of this shape."""
    text, whole = source.quote(arg.start, arg.end), source.quote(tree.start, tree.end)
    message = f"{text} is {shown(arg.node.shape)}, so {whole} has no meaning: {why}"
    return source.error(ShapeError, message, tree.start, tree.end)


def before(source: Source, start: int, factor: Tree) -> int:
    """Where the left operand ends: without the blanks and the sign of the product between the two."""
    return start + len(
        source.text[start : factor.start]
        .rstrip(" \t\n*@·⋅.⊙∘/⊘⊗")
        .removesuffix("\\cdot")
        .removesuffix("\\times")
        .rstrip()
    )


def _simple(text: str) -> bool:
    return text.replace("_", "").isalnum() or (text[:1] == "(" and text[-1:] == ")" and text.count("(") == 1)


def primed(text: str) -> str:
    """The transpose of a piece of the program."""
    if text.endswith("'") and _simple(text[:-1]):
        return text[:-1]
    return f"{text}'" if _simple(text) else f"({text})'"


def _bracketed(text: str) -> str:
    return text if _simple(text.rstrip("'")) or " " not in text else f"({text})"
