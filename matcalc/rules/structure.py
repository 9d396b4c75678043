"""PROPAGATION: which attributes an expression has, from those of its symbols; and the slot kinds that ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from matcalc.expr import Node, Number, Symbol, Term, remembered
from matcalc.operators import (
    DIAG,
    EYE,
    HADAMARD,
    INV,
    MATMUL,
    MATPOW,
    ONES,
    PLUS,
    POWER,
    SCALE,
    TRANSPOSE,
    ZEROS,
    Operator,
)
from matcalc.rewrite import KINDS

IMPLIED: Mapping[str, frozenset[str]] = {
    "diagonal": frozenset({"symmetric", "lower", "upper"}),
    "psd": frozenset({"symmetric"}),
    "pd": frozenset({"symmetric", "psd", "invertible"}),
    "orthogonal": frozenset({"invertible"}),
}
"""What an attribute brings with it."""

_ALL = frozenset({"symmetric", "diagonal", "lower", "upper"})
_KEPT: Mapping[Operator, frozenset[str]] = {
    # Attributes that a term has where every array among its arguments has them.
    PLUS: _ALL,
    SCALE: _ALL,
    HADAMARD: _ALL,
    INV: _ALL | {"invertible", "pd", "orthogonal"},
    MATPOW: _ALL,
    POWER: frozenset({"symmetric"}),
    MATMUL: frozenset({"diagonal", "lower", "upper", "orthogonal"}),
}
_OWN: Mapping[Operator, frozenset[str]] = {
    EYE: frozenset({"symmetric", "diagonal", "lower", "upper", "orthogonal", "invertible", "pd", "psd"}),
    DIAG: _ALL,
}


def _transposed(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is TRANSPOSE else node


def _palindrome(args: tuple[Node, ...]) -> bool:
    # A B B' A' and X' S X with S symmetric are symmetric.
    n = len(args)
    for i in range((n + 1) // 2):
        left, right = args[i], args[n - 1 - i]
        if i == n - 1 - i:
            return "symmetric" in attributes(left)
        same = _transposed(left) is _transposed(right)
        crossed = (left is not right) or "symmetric" in attributes(left)
        if not (same and crossed):
            return False
    return True


def _of(node: Node) -> frozenset[str]:
    if isinstance(node, Symbol):
        found = set(node.attributes)
        for attribute in node.attributes:
            found |= IMPLIED.get(attribute, frozenset())
        if node.definition is not None:
            found |= attributes(node.definition)
        return frozenset(found)
    if not isinstance(node, Term) or node.is_scalar:
        return frozenset()
    if node.op in (ONES, ZEROS):
        return frozenset({"symmetric"}) if node.shape[0] == node.shape[1] else frozenset()
    if node.op in _OWN:
        return _OWN[node.op]
    found = set()
    arrays = [a for a in node.args if not a.is_scalar]
    if node.op in _KEPT and arrays:
        found |= _KEPT[node.op].intersection(*(attributes(a) for a in arrays))
    if node.op is TRANSPOSE:
        swap = {"lower": "upper", "upper": "lower"}
        found |= {swap.get(a, a) for a in attributes(node.args[0]) - {"onehot"}}  # columns need not sum to one
    if node.op is MATMUL and _palindrome(node.args):
        found.add("symmetric")
    if node.op.function is not None and "symmetric" in attributes(node.args[0]):
        found.add("symmetric")
    return frozenset(found)


_known: WeakKeyDictionary[Node, frozenset[str]] = WeakKeyDictionary()


def attributes(node: Node) -> frozenset[str]:
    """What is known of `node` by declaration and by PROPAGATION."""
    return remembered(node, _known, _of, through_definitions=True)


def _asks(attribute: str) -> None:
    KINDS[attribute] = lambda node: attribute in attributes(node)


for _attribute in ("symmetric", "skew", "diagonal", "orthogonal", "invertible", "onehot", "binary", "positive"):
    _asks(_attribute)


def _negative_term(node: Node) -> bool:
    return isinstance(node, Term) and node.op is SCALE and isinstance(node.args[0], Number) and node.args[0].value < 0


def _difference(node: Node) -> bool:
    return isinstance(node, Term) and node.op is PLUS and any(_negative_term(a) for a in node.args)


def steady(node: Node) -> bool:
    """True if no factor of `node` is a difference, whose sign could be turned round."""
    factors = node.args if isinstance(node, Term) and node.op in (MATMUL, HADAMARD) else (node,)
    return not any(_difference(_transposed(f)) for f in factors)


_THROUGH = (MATMUL, HADAMARD, PLUS)
_extra: WeakKeyDictionary[Node, int] = WeakKeyDictionary()


def _transposes(node: Node) -> int:
    # How many transposes more A' needs than A when they are moved to the factors.
    return remembered(node, _extra, _extra_transposes)


def _extra_transposes(node: Node) -> int:
    if node.is_scalar or "symmetric" in attributes(node):
        return 0
    if not isinstance(node, Term):
        return 1
    if node.op is TRANSPOSE:
        return -1
    if node.op in _THROUGH:
        return sum(_extra[a] for a in node.args)
    if node.op in (SCALE, POWER):
        return _extra[node.args[0 if node.op is POWER else 1]]
    return 1


KINDS["steady"] = steady
KINDS["lighter without"] = lambda node: _transposes(node.args[0]) <= 0  # a transpose, better moved to the factors
KINDS["symbolic"] = lambda node: not isinstance(node, Number)
KINDS["not ones"] = lambda node: not isinstance(node, Number) and not (isinstance(node, Term) and node.op is ONES)
KINDS["block of ones"] = lambda node: isinstance(node, Term) and node.op is ONES and 1 not in node.shape
