"""Whether a function has a continuous slope on a convex set."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from matcalc import operators as ops
from matcalc.derive.bending import LINEAR, bends
from matcalc.derive.bent import Bend
from matcalc.derive.bent_products import PRODUCTS
from matcalc.derive.bounds import bounds
from matcalc.expr import Node, Number, Symbol, Term, expand
from matcalc.rewrite.arithmetic import whole
from matcalc.rules.structure import attributes

Known = Mapping[Node, Bend]

_SMOOTH_FUNCTIONS = frozenset(
    ["exp", "expm1", "sin", "cos", "tanh", "cosh", "sinh", "sigmoid", "softplus", "gelu", "silu", "mish", "erf", "erfc",
     "log_sigmoid", "normcdf", "normpdf", "atan"]
)  # fmt: skip
_SMOOTH = frozenset(
    [*LINEAR, *PRODUCTS, ops.PLUS, ops.CROSS, ops.KHATRI_RAO, ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS, ops.TRIL_HALF,
     ops.LOG_SOFTMAX_ROWS, ops.LOG_SOFTMAX_COLUMNS, ops.LOGSUMEXP_ROWS, ops.LOGSUMEXP_COLUMNS, ops.VAR, ops.ROWVAR,
     ops.COLVAR, ops.SQDIST, ops.EXPM, ops.HUBER, ops.PROD]
)  # fmt: skip
"""Operators with continuous derivatives everywhere: of second order, or of first order with jumps in the second."""
_WHERE_POSITIVE = frozenset(["log", "log1p", "sqrt"])


def smooth(of: Node, names: Collection[Symbol]) -> bool:
    """Whether a function of `names` has a continuous slope, and is defined on a convex set.

    Such a function is convex if its second derivative is nowhere negative (Boyd & Vandenberghe, 3.1.4).
    """
    root = expand(of)
    known = bends(root, names)
    for node in known:
        if not known[node].fixed and node not in names and not _is_smooth(node, known):
            return False
        if not _is_even_power(node) and any(_is_rough(a) and not known[a].fixed for a in node.args):
            return False
    return not _is_rough(root)


def _is_even_power(node: Node) -> bool:
    k = whole(node.args[1]) if isinstance(node, Term) and node.op is ops.POWER else None
    return k is not None and k > 0 and k % 2 == 0


def _is_rough(node: Node) -> bool:
    # Norms have a kink at 0, their squares have none.
    return isinstance(node, Term) and node.op in (ops.NORM, ops.STD) and not bounds(node).positive


def _is_smooth(node: Node, known: Known) -> bool:
    if not isinstance(node, Term):
        return False
    op, args = node.op, node.args
    if op in _SMOOTH or (op.function in _SMOOTH_FUNCTIONS and op.order == 0):
        return True
    inside = bounds(args[0])
    if op.function in _WHERE_POSITIVE and op.order == 0:
        return inside.positive or _is_down(known[args[0]])
    if op is ops.POWER and isinstance(args[1], Number):
        k = whole(args[1])
        return (k is not None and k > 0) or inside.positive or (k is None and _is_down(known[args[0]]))
    return op in (ops.NORM, ops.STD) or (op in (ops.INV, ops.LOGDET, ops.LOGABSDET) and "pd" in attributes(args[0]))


def _is_down(found: Bend) -> bool:
    return found.down and not found.where
