"""KINDS beyond attributes: what may fill a slot, and guards, which decide whether a rule is used on a whole term.

Most say when a rule helps; it holds in any case. Those in HOLDING say when it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.operators import EXPM, EYE, HADAMARD, INV, LOGM, MATMUL, MATPOW, ONES, PLUS, SCALE, SQRTM, TRANSPOSE, ZEROS
from matcalc.rewrite import KINDS, coefficient
from matcalc.rewrite.arithmetic import whole
from matcalc.rules.order import key
from matcalc.rules.structure import attributes, lighter, transposes
from matcalc.rules.varied import varied

_OF_ONE = (INV, EXPM, LOGM, SQRTM, MATPOW)


def _untransposed(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is TRANSPOSE else node


def _function(node: Node) -> bool:
    inside = _untransposed(node)
    return isinstance(inside, Term) and inside.op in (EXPM, LOGM, SQRTM)


def _negative_term(node: Node) -> bool:
    return isinstance(node, Term) and node.op is SCALE and isinstance(node.args[0], Number) and node.args[0].value < 0


def _difference(node: Node) -> bool:
    return isinstance(node, Term) and node.op is PLUS and any(_negative_term(a) for a in node.args)


def steady(node: Node) -> bool:
    """True if no factor of `node` is a difference, whose sign could be turned round."""
    factors = node.args if isinstance(node, Term) and node.op in (MATMUL, HADAMARD) else (node,)
    return not any(_difference(_untransposed(f)) for f in factors)


KINDS["steady"] = steady
KINDS["onehot rows"] = lambda node: node.shape[1] != 1 and "onehot" in attributes(node)
KINDS["symbolic"] = lambda node: not isinstance(node, Number)
KINDS["not ones"] = lambda node: not isinstance(node, Number) and not (isinstance(node, Term) and node.op is ONES)
KINDS["block of ones"] = lambda node: isinstance(node, Term) and node.op is ONES and 1 not in node.shape
KINDS["count"] = lambda node: isinstance(node, Size) or (whole(node) or -1) >= 0  # a whole number from 0
KINDS["exponent"] = lambda node: not isinstance(node, Number) or whole(node) is not None  # of a matrix
KINDS["factor"] = lambda node: not (isinstance(node, Term) and node.op is MATMUL)  # a single one
KINDS["name"] = lambda node: isinstance(_untransposed(node), Symbol)
KINDS["function of a matrix"] = _function

# --------------------------------------------------------------------------------------------------------------- guards

HOLDING: Mapping[str, str] = {"commuting": "the first argument times the second is the second times the first"}
"""Guards without which a rule would be wrong, in words."""

_DEEPEST = 20
_NORMAL = frozenset({"symmetric", "skew", "orthogonal"})
"""What commutes with its transpose."""


def _generators(node: Node, turned: bool = False, deep: int = _DEEPEST) -> frozenset[tuple[Node, bool]]:
    # What `node` is a function of: (matrix, transposed). A sum or product of functions of several is one of itself.
    if isinstance(node, Symbol) and node.definition is not None and deep and not varied(node):
        return _generators(node.definition, turned, deep - 1)
    alone = frozenset({(node, turned and not _NORMAL & attributes(node))})
    if not isinstance(node, Term) or not deep:
        return alone
    if node.op in (EYE, ZEROS):
        return frozenset()
    if node.op is TRANSPOSE:
        return _generators(node.args[0], not turned, deep - 1)
    if node.op in _OF_ONE:
        return _generators(node.args[0], turned, deep - 1)
    if node.op in (PLUS, MATMUL, SCALE):
        parts = node.args[1:] if node.op is SCALE else node.args
        if all(part.shape == node.shape for part in parts):
            found = frozenset().union(*(_generators(part, turned, deep - 1) for part in parts))
            return found if len(found) <= 1 else alone
    return alone


def commuting(node: Node) -> bool:
    """Are the first two arguments of `node` functions of one matrix (powers, inverse, exponential … and their sums)?"""
    first, second = node.args[:2]
    return first is second or len(_generators(first) | _generators(second)) <= 1


def _turned_round(node: Node) -> bool:
    # A scalar a' X b that has fewer transposes as b' X' a.
    return node.is_scalar and sum(map(transposes, node.args)) < 0


_FEW = 6
"""A sum of more terms is not turned round."""


def _all_turned(node: Node) -> bool:
    # A' B' + C' + S: every part is as light, or lighter, without its transposes.
    return len(node.args) <= _FEW and all(_turned(a) or transposes(a) == 0 for a in node.args)


def _turned(node: Node) -> bool:
    # c A' B': lighter, and no factor heavier.
    return transposes(node) < 0 and all(transposes(factor) <= 0 for factor in _factors(node))


def _factors(node: Node) -> tuple[Node, ...]:
    node = coefficient(node)[1]
    return node.args if isinstance(node, Term) and node.op is MATMUL else (node,)


def _sandwich(node: Node) -> bool:
    # inv(S) B A inv(S), as the differential of an inverse makes it, turned round as a whole.
    if not (isinstance(node, Term) and node.op is MATMUL and len(node.args) > 2):
        return False
    inverses = [isinstance(f := _untransposed(a), Term) and f.op is INV for a in node.args]
    return inverses[0] and sum(inverses) == 2 and node.args[0] is node.args[-1]


def _turned_sandwich(node: Node) -> bool:
    counts = [transposes(a) for a in node.args]
    return _sandwich(node) and max(counts) <= 0 and sum(counts) <= -3


def _opens(node: Node) -> bool:
    # A transposed product, unless it is shorter as it stands.
    inside = node.args[0]
    counts = [transposes(a) for a in inside.args]
    return not (_sandwich(inside) and min(counts) >= 0 and sum(counts) >= 3)


def _rotates(node: Node) -> bool:
    # tr(B A) that is better written tr(A B): its names in order.
    names = [key(factor)[2:] for factor in node.args[0].args]
    return any(names[i:] + names[:i] < names for i in range(1, len(names)))


KINDS["commuting"] = commuting
KINDS["asymmetric"] = lambda node: any(map(_function, node.args)) and "symmetric" not in attributes(node)
KINDS["better turned"] = _turned_round
KINDS["turned"] = _turned
KINDS["turned twice"] = lambda node: _turned(node) and transposes(node) < -1
KINDS["all turned"] = _all_turned
KINDS["turned sandwich"] = _turned_sandwich
KINDS["opens"] = _opens
KINDS["rotates"] = _rotates
KINDS["turned inside"] = lambda node: transposes(node.args[0]) < 0
KINDS["turned twice inside"] = lambda node: transposes(node.args[0]) < -1
KINDS["lighter without"] = lighter


def _mean(axis: int) -> Callable[[Node], bool]:
    # c times the sums over an axis of known length, c a multiple of one over that length.
    def holds(node: Node) -> bool:
        factor, sums = node.args
        length = sums.args[0].shape[axis] if sums.args else 1
        return (
            isinstance(factor, Number)
            and isinstance(length, int)
            and length > 1
            and (factor.value * length).denominator == 1
            and factor.value.denominator > 1
        )

    return holds


KINDS["mean of rows"] = _mean(1)
KINDS["mean of columns"] = _mean(0)
