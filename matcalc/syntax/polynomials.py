"""Sizes as they are written in a formula: 3, n, m + 1, 2 n, n m, n^2, n (n + 1)/2."""

from __future__ import annotations

from collections.abc import Container, Sequence
from fractions import Fraction
from itertools import zip_longest

from matcalc.dims import Dim, DimSum, dim_divide, dim_mul, dim_total
from matcalc.syntax.sizes import product
from matcalc.syntax.tree import Tree

LARGEST_EXPONENT = 9
_KINDS = frozenset({"number", "name", "group", "negative", "sum", "chain", "product", "power"})


def polynomial(root: Tree, names: Container[str] | None) -> Dim | None:
    """The polynomial that a tree is, in `names` (in any, where that is None); None where it is none."""
    order: list[Tree] = []
    stack = [root]
    while stack:
        tree = stack.pop()
        if tree.kind not in _KINDS:
            return None
        order.append(tree)
        stack.extend(tree.args)
    found: dict[int, Dim] = {}
    for tree in reversed(order):
        value = _value(tree, [found[id(arg)] for arg in tree.args], names)
        if value is None:
            return None
        found[id(tree)] = value
    return found[id(root)]


def _value(tree: Tree, parts: Sequence[Dim], names: Container[str] | None) -> Dim | None:
    if tree.kind == "number":
        assert isinstance(tree.value, Fraction)
        return int(tree.value) if tree.value.denominator == 1 else None
    if tree.kind == "name":
        return str(tree.value) if names is None or tree.value in names else None
    if tree.kind == "group":
        return parts[0]
    if tree.kind == "negative":
        return dim_mul((-1) ** tree.value, parts[0])
    if tree.kind == "power":
        base, exponent = parts
        if tree.value != "POWER" or not isinstance(exponent, int) or not 0 < exponent <= LARGEST_EXPONENT:
            return None
        return _product([base] * exponent)
    if tree.kind == "sum":
        return dim_total([dim_mul(-1, p) if op == "MINUS" else p for op, p in zip(tree.ops, parts, strict=True)])
    return None if any(op not in ("", "TIMES", "OVER") for op in tree.ops) else _product(parts, tree.ops)


def _product(parts: Sequence[Dim], by: Sequence[str] = ()) -> Dim | None:
    whole: Dim = 1
    for op, part in zip_longest(by, parts):
        times = dim_divide(whole, part) if op == "OVER" else product(whole, part)
        if times is None:
            return None
        whole = times
    return whole


def is_size(dim: Dim) -> bool:
    """Whether it may be a size: n - m may, 0 and -n may not."""
    if isinstance(dim, DimSum):
        return any(monomial and count > 0 for monomial, count in dim.terms)
    return not isinstance(dim, int) or dim > 0
