"""Arithmetic on the numbers in an expression: coefficients and like terms, which no row of a table can compute."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.expr import Node, Number, Size, Term
from matcalc.operators import term
from matcalc.rewrite.rows import RewriteRule


def coefficient(node: Node) -> tuple[Fraction, Node]:
    """(c, rest) with node = c rest, where c is the number in front; rest is 1 if `node` is a number."""
    if isinstance(node, Number):
        return node.value, ops.ONE
    if isinstance(node, Term):
        if node.op is ops.HADAMARD and isinstance(node.args[0], Number):
            return node.args[0].value, term(ops.HADAMARD, *node.args[1:])
        if node.op is ops.SCALE:
            c, rest = coefficient(node.args[0])
            if c != 1:
                return c, node.args[1] if rest is ops.ONE else term(ops.SCALE, rest, node.args[1])
    return Fraction(1), node


def times(c: Fraction, node: Node) -> Node:
    """c node, with c multiplied into the number that already stands in front."""
    if c == 1:
        return node
    if isinstance(node, Number):
        return Number(c * node.value)
    if isinstance(node, Term) and node.op is ops.SCALE:
        return term(ops.SCALE, times(c, node.args[0]), node.args[1])
    return term(ops.SCALE, Number(c), node)


def _sum(node: Term) -> Node | None:
    # Collect like terms, drop 0, take out a number that all terms share.
    found: dict[Node, Fraction] = {}
    for arg in node.args:
        c, rest = coefficient(arg)
        found[rest] = found.get(rest, Fraction(0)) + c
    if len(found) < len(node.args) or not all(found.values()):
        kept = [times(c, rest) for rest, c in found.items() if c]
        return term(ops.PLUS, *kept) if kept else term(ops.ZEROS, *map(_size_of, node.shape))
    shared = min(abs(c) for c in found.values())
    equal = all(abs(c) == shared for c in found.values())
    if equal or (shared > 1 and all((c / shared).denominator == 1 for c in found.values())):
        if all(c < 0 for c in found.values()):
            shared = -shared
        if shared != 1:
            return times(shared, term(ops.PLUS, *(times(c / shared, rest) for rest, c in found.items())))
    return None


def _size_of(dim: Dim) -> Node:
    return Number(dim) if isinstance(dim, int) else Size(dim)


def _product(node: Term) -> Node | None:
    numbers = [a for a in node.args if isinstance(a, Number)]
    if not numbers or (len(numbers) == 1 and numbers[0].value not in (0, 1) and node.args[0] is numbers[0]):
        return None
    total = Fraction(1)
    for n in numbers:
        total *= n.value
    rest = [a for a in node.args if not isinstance(a, Number)]
    if total == 0 or not rest:
        return Number(total)
    return term(ops.HADAMARD, *rest) if total == 1 else term(ops.HADAMARD, Number(total), *rest)


def whole(node: Node) -> int | None:
    """The whole number that `node` is, or None."""
    return int(node.value) if isinstance(node, Number) and node.value.denominator == 1 else None


def _power(node: Term) -> Node | None:
    base, exponent = node.args
    k = whole(exponent)
    if not isinstance(base, Number) or k is None or abs(k) > 64 or (base.value == 0 and k <= 0):
        return None
    return Number(base.value**k)


_COMBINE: dict[ops.Operator, Callable[[Term], Node | None]] = {
    ops.PLUS: _sum,
    ops.HADAMARD: _product,
    ops.POWER: _power,
}


def arithmetic(node: Term) -> Node | None:
    """`node` with the numbers in it combined (2 A + 3 A = 5 A), or None if there is nothing to do."""
    combine = _COMBINE.get(node.op)
    return combine(node) if combine is not None else None


_zero = Number(0)
ARITHMETIC = RewriteRule("arithmetic", _zero, _zero, quiet=True)
"""The rule that the record shows for `arithmetic`; it has no statement of its own."""
