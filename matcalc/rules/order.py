"""The order in which a person writes sums and products, and the weight that simplification reduces.

Sums: positive terms before negative ones, 1 first (1 - s), longer terms first (X w - y), A before A'.
Products of entries: numbers, then incoming gradients (an error, a delta), data, products, activations, functions, and
1 - a last.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import islice
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from matcalc import operators as ops
from matcalc.expr import Node, Number, Size, Slot, Symbol, Term, remembered
from matcalc.operators import term
from matcalc.rewrite import ARITHMETIC, RewriteRule, coefficient

Weight: TypeAlias = "tuple[int, int, str, bytes]"

LETTERS = 4
"""The number of an expression's names that decide its alphabetical place."""


def _letters(node: Node, below: list[Weight]) -> str:
    if isinstance(node, (Symbol, Slot)):
        return node.name
    if isinstance(node, (Number, Size)):
        return repr(node)
    return " ".join(islice((w for key in below for w in key[2].split()), LETTERS))


def _label(node: Node) -> str:
    if isinstance(node, Term):
        return node.op.name
    if isinstance(node, Symbol):
        return f"{node.name}:{node.shape}"
    return repr(node)


_LIGHT = (ops.TRANSPOSE, ops.SCALE)
_ONES = (ops.ONES, ops.EYE)
_keys: WeakKeyDictionary[Node, Weight] = WeakKeyDictionary()


def key(node: Node) -> Weight:
    """(symbols, transposes, first letters, digest): equal for equal expressions, in every run.

    Arguments of commutative operators count in the order in which they stand.
    """
    return remembered(node, _keys, _key)


def _key(node: Node) -> Weight:
    below = [_keys[a] for a in node.args]
    op = node.op if isinstance(node, Term) else None
    symbols = 1 if op in _ONES else sum(w[0] for w in below) + (0 if op in _LIGHT else 1)
    transposes = sum(w[1] for w in below) + (op is ops.TRANSPOSE)
    digest = blake2b(digest_size=12)
    digest.update(_label(node).encode())
    for w in below:
        digest.update(w[3])
    # A shared graph may print with more symbols than it has atoms; a bound keeps the numbers small.
    return min(symbols, 1 << 60), min(transposes, 1 << 60), _letters(node, below), digest.digest()


def _is_one(node: Node) -> bool:
    return isinstance(node, Number) or (isinstance(node, Term) and node.op in (ops.ONES, ops.EYE))


def _is_spread(node: Node) -> bool:
    # 1 b', a bias: after the term that it is added to.
    return (
        isinstance(node, Term)
        and node.op is ops.MATMUL
        and any(_is_one(a) or _is_one(a.args[0]) for a in node.args if a.args)
    )


def _spread(node: Node) -> int:
    # Z, then a 1', then Z .* (a 1').
    if isinstance(node, Term) and node.op is ops.HADAMARD:
        return 2 * any(map(_is_spread, node.args))
    return int(_is_spread(node))


def _in_sum(node: Node) -> tuple[Any, ...]:
    factor, core = coefficient(node)
    symbols, transposes, letters, digest = key(core)
    if isinstance(core, Term) and core.op is ops.SCALE:  # A + t B: a scalar in front does not make it longer
        symbols = key(core.args[1])[0]
    return factor < 0, not _is_one(core), _spread(core), -symbols, transposes, letters, digest


def _rank(node: Node) -> int:
    if isinstance(node, Number):
        return 0
    if isinstance(node, Size):
        return 1
    if isinstance(node, Symbol):
        return 2 if "adjoint" in node.attributes else 5 if node.definition is not None else 3
    if not isinstance(node, Term):
        return 3
    if not node.args:  # pi, e
        return 1
    if node.op is ops.PLUS:
        return 7 if any(_is_one(coefficient(a)[1]) for a in node.args) else 4 if node.is_scalar else 2
    if node.op is ops.POWER:
        exponent = node.args[1]
        negative = isinstance(exponent, Number) and exponent.value < 0
        return 8 if negative else _rank(node.args[0])
    if _is_spread(node):
        return 7
    return 4 if node.op is ops.MATMUL else _rank(node.args[0]) if node.op is ops.TRANSPOSE else 6


def _in_product(node: Node) -> tuple[Any, ...]:
    symbols, transposes, letters, digest = key(node)
    return _rank(node), symbols, transposes, letters, digest


def arranged(node: Term) -> Node:
    """The arguments of a commutative operator in order."""
    if node.op is ops.PLUS:
        args = sorted(node.args, key=_in_sum)
    elif node.op is ops.HADAMARD:
        args = sorted(node.args, key=_in_product)
    else:
        args = sorted(node.args, key=key)
    return node if tuple(args) == node.args else term(node.op, *args)


arrange = (RewriteRule("order", ARITHMETIC.lhs, ARITHMETIC.rhs, quiet=True), arranged)
"""The `arrange` of a RuleSet: puts the arguments of a commutative operator in order."""
