"""Shapes that do not conform: what is said of them, and which transpose would help."""

from __future__ import annotations

from matcalc.errors import MatcalcError, ShapeError
from matcalc.expr import Node, Shape
from matcalc.syntax.parser import Tree
from matcalc.syntax.source import Source


def shown(shape: Shape) -> str:
    """n×d."""
    return f"{shape[0]}×{shape[1]}"


_SAID = {"+-": "added", ":": "multiplied by :", ".*": "multiplied entry by entry", "./": "divided entry by entry", ",": "compared"}


def unlike(
    source: Source, left: Tree | tuple[int, Tree, Shape], right: Tree, what: str, whole: Tree | None = None
) -> MatcalcError:
    """Two operands that must have one shape. `left` may be the part of a product that ends before `right`."""
    if isinstance(left, tuple):
        start, _, shape = left
        end = _before(source, start, right)
    else:
        start, end, shape = left.start, left.end, left.node.shape
    a, b = source.quote(start, end), source.quote(right.start, right.end)
    other = right.node.shape
    message = f"{a} is {shown(shape)} and {b} is {shown(other)}: they cannot be {_SAID[what]}"
    hint = ""
    if shape == other[::-1]:
        hint = f"{_primed(b)} would fit"
    elif what in (".*", "./") and other[1] == 1 and other[0] == shape[0]:
        hint = f"diag({b}) {_bracketed(a)} multiplies each row by an entry of {b}"
    elif what == "+-" and 1 in other and other[0] in shape and shape[0] == shape[1]:
        hint = f"write ones({shape[0]}) {_primed(b)} to add it to every row, {_bracketed(b)} ones({shape[1]})' to every column"
    return source.error(ShapeError, message, start, right.end, hint=hint)


def product(source: Source, start: int, factor: Tree, shape: Shape, array: Node | None) -> MatcalcError:
    """A matrix product whose inner dimensions differ."""
    end = _before(source, start, factor)
    a, b = source.quote(start, end), source.quote(factor.start, factor.end)
    other = factor.node.shape
    message = (
        f"{a} is {shown(shape)} and {b} is {shown(other)}: "
        f"the columns of the left factor, {shape[1]}, must equal the rows of the right one, {other[0]}"
    )
    fits = []
    if shape[0] == other[0]:
        fits.append(f"{_primed(a)} {_bracketed(b)}")
    if shape[1] == other[1]:
        fits.append(f"{_bracketed(a)} {_primed(b)}")
    if not fits and shape[0] == other[1]:
        fits += [f"{_primed(a)} {_primed(b)}", f"{_bracketed(b)} {_bracketed(a)}"]
    hint = f"{' or '.join(fits)} would fit" if fits else ""
    if shape == other and 1 in shape:
        hint += "; the product entry by entry is .*"
    return source.error(ShapeError, message, start, factor.end, hint=hint)


def divided(source: Source, start: int, factor: Tree, shape: Shape) -> MatcalcError:
    """A / B by something that is not a scalar."""
    a, b = source.quote(start, _before(source, start, factor)), source.quote(factor.start, factor.end)
    other = factor.node.shape
    message = f"{b} is {shown(other)}, and / divides by a scalar"
    hint = f"write {a} ./ {b} to divide entry by entry"
    if other[0] == other[1] or (1 not in other and factor.kind == "name"):
        hint += f", {a} inv({b}) for the inverse"
    if factor.kind == "name":
        hint += f", or declare `{b}: scalar`"
    return source.error(ShapeError, message, factor.start, factor.end, hint=hint)


def not_scalar(source: Source, tree: Tree, what: str, hint: str) -> MatcalcError:
    """Something that must be a scalar."""
    text = source.quote(tree.start, tree.end)
    message = f"{what} must be a scalar, and {text} is {shown(tree.node.shape)}"
    return source.error(ShapeError, message, tree.start, tree.end, hint=hint)


def refused(source: Source, tree: Tree, arg: Tree, why: str) -> MatcalcError:
    """An operator that does not take an operand of this shape."""
    text = source.quote(arg.start, arg.end)
    whole = source.quote(tree.start, tree.end)
    message = f"{text} is {shown(arg.node.shape)}, so {whole} has no meaning: {why}"
    return source.error(ShapeError, message, tree.start, tree.end)


def _before(source: Source, start: int, factor: Tree) -> int:
    # Where the left operand ends: without the blanks and the sign of the product between the two.
    return start + len(source.text[start : factor.start].rstrip(" \t\n*@·⋅.⊙∘/⊘⊗"))


def _simple(text: str) -> bool:
    return text.replace("_", "").isalnum() or (text[:1] == "(" and text[-1:] == ")" and text.count("(") == 1)


def _primed(text: str) -> str:
    return f"{text}'" if _simple(text) else f"({text})'"


def _bracketed(text: str) -> str:
    return text if _simple(text) or " " not in text else f"({text})"
