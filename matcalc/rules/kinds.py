"""Kinds: predicates for slots, and guards, predicates for the whole expression that a rule is used on.

Most kinds decide whether a rule helps; the rule holds anyway. `commuting` is the guard that a rule needs to be true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcalc import operators as ops
from matcalc.expr import Kind, Node, Number, Size, Symbol, Term, postorder
from matcalc.expr import anything as anything
from matcalc.rewrite import coefficient
from matcalc.rewrite.arithmetic import whole
from matcalc.rewrite.matching import constant as constant
from matcalc.rewrite.matching import few as few
from matcalc.rewrite.matching import integer as integer
from matcalc.rewrite.matching import negative as negative
from matcalc.rewrite.matching import negative_integer as negative_integer
from matcalc.rewrite.matching import number as number
from matcalc.rewrite.matching import positive_integer as positive_integer
from matcalc.rewrite.matching import varying as varying
from matcalc.rewrite.varied import VARIED_SYMMETRIC, varied
from matcalc.rules.order import key
from matcalc.rules.structure import attributes, known, lighter, transposes

_OF_ONE = (ops.INV, ops.EXPM, ops.LOGM, ops.SQRTM, ops.MATPOW)


def _untransposed(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is ops.TRANSPOSE else node


def _function(node: Node) -> bool:
    inside = _untransposed(node)
    return isinstance(inside, Term) and inside.op in (ops.EXPM, ops.LOGM, ops.SQRTM)


def _negative_term(node: Node) -> bool:
    return (
        isinstance(node, Term) and node.op is ops.SCALE and isinstance(node.args[0], Number) and node.args[0].value < 0
    )


def _difference(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.PLUS and any(_negative_term(a) for a in node.args)


def _is_steady(node: Node) -> bool:
    """True if no factor of `node` is a difference, whose sign could be absorbed."""
    factors = node.args if isinstance(node, Term) and node.op in (ops.MATMUL, ops.HADAMARD) else (node,)
    return not any(_difference(_untransposed(f)) for f in factors)


def _is_onehot_rows(node: Node) -> bool:
    return node.shape[1] != 1 and "onehot" in attributes(node)


def _is_symbolic(node: Node) -> bool:
    return not isinstance(node, Number)


def _is_not_ones(node: Node) -> bool:
    return not isinstance(node, Number) and not (isinstance(node, Term) and node.op is ops.ONES)


def _is_block_of_ones(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.ONES and 1 not in node.shape


def _is_count(node: Node) -> bool:
    return isinstance(node, Size) or (whole(node) or -1) >= 0  # a whole number from 0


def _is_exponent(node: Node) -> bool:
    return not isinstance(node, Number) or whole(node) is not None  # of a matrix


def _is_factor(node: Node) -> bool:
    return not (isinstance(node, Term) and node.op is ops.MATMUL)  # a single one


def _is_name(node: Node) -> bool:
    return isinstance(_untransposed(node), Symbol)


# --------------------------------------------------------------------------------------------------------------- guards

_DEEPEST = 20
_NORMAL = frozenset({"symmetric", "skew", "orthogonal"})
"""Matrices that commute with their transposes."""


def _generators(node: Node, turned: bool = False, deep: int = _DEEPEST) -> frozenset[tuple[Node, bool]]:
    # The matrix that `node` is a function of: (matrix, transposed). A composite of several is a function of itself.
    if isinstance(node, Symbol) and node.definition is not None and deep and not varied(node):
        return _generators(node.definition, turned, deep - 1)
    alone = frozenset({(node, turned and not _NORMAL & attributes(node))})
    if not isinstance(node, Term) or not deep:
        return alone
    if node.op in (ops.EYE, ops.ZEROS):
        return frozenset()
    if node.op is ops.TRANSPOSE:
        return _generators(node.args[0], not turned, deep - 1)
    if node.op in _OF_ONE:
        return _generators(node.args[0], turned, deep - 1)
    if node.op in (ops.PLUS, ops.MATMUL, ops.SCALE):
        parts = node.args[1:] if node.op is ops.SCALE else node.args
        if all(part.shape == node.shape for part in parts):
            found = frozenset().union(*(_generators(part, turned, deep - 1) for part in parts))
            return found if len(found) <= 1 else alone
    return alone


def _is_commuting(node: Node) -> bool:
    """Whether the first two arguments are functions of one matrix (powers, inverse, exponential … and their sums)."""
    first, second = node.args[:2]
    return first is second or len(_generators(first) | _generators(second)) <= 1


def _turned_round(node: Node) -> bool:
    # A scalar a' X b that has fewer transposes when written b' X' a.
    return node.is_scalar and sum(map(transposes, node.args)) < 0


def _is_unordered(node: Node) -> bool:
    # The last Kronecker product among the factors has its factors in the other order than sums have them.
    pairs = [n.args for n in node.args if isinstance(n, Term) and n.op is ops.KRON]
    return bool(pairs) and key(pairs[-1][0]) > key(pairs[-1][-1])


_FEW = 6
"""A sum of more terms is not transposed."""


def _all_turned(node: Node) -> bool:
    # A' B' + C' + S: every part has as few transposes, or fewer, after transposition.
    return len(node.args) <= _FEW and all(_turned(a) or transposes(a) == 0 for a in node.args)


def _has_few_terms(node: Node) -> bool:
    return len(node.args) <= _FEW


def _turned(node: Node) -> bool:
    # c A' B': transposition makes the product lighter, and no factor heavier.
    return transposes(node) < 0 and all(transposes(factor) <= 0 for factor in _factors(node))


def _factors(node: Node) -> tuple[Node, ...]:
    node = coefficient(node)[1]
    return node.args if isinstance(node, Term) and node.op is ops.MATMUL else (node,)


def _sandwich(node: Node) -> bool:
    # inv(S) B A inv(S), as in the differential of an inverse, transposed as a whole.
    if not (isinstance(node, Term) and node.op is ops.MATMUL and len(node.args) > 2):
        return False
    inverses = [isinstance(f := _untransposed(a), Term) and f.op is ops.INV for a in node.args]
    return inverses[0] and sum(inverses) == 2 and node.args[0] is node.args[-1]


def _turned_sandwich(node: Node) -> bool:
    counts = [transposes(a) for a in node.args]
    return _sandwich(node) and max(counts) <= 0 and sum(counts) <= -3


def _opens(node: Node) -> bool:
    # A transposed product, unless it is shorter as it is.
    inside = node.args[0]
    counts = [transposes(a) for a in inside.args]
    return not (_sandwich(inside) and min(counts) >= 0 and sum(counts) >= 3)


def _rotates(node: Node) -> bool:
    # tr(A X X'), which is written tr(X' A X), and tr(B A), which is written tr(A B): names in alphabetical order.
    factors = list(node.args[0].args)
    own = _turning(factors)
    return any(_turning(factors[i:] + factors[:i]) < own for i in range(1, len(factors)))


def _turning(factors: list[Node]) -> tuple[bool, bool, list[tuple[str, bytes]]]:
    first = factors[0]
    names = [key(factor)[2:] for factor in factors]
    return not _is_sandwich(factors), not _is_transpose(first), names


def _is_sandwich(factors: Sequence[Node]) -> bool:
    # X' A X
    first, last = factors[0], factors[-1]
    return first is not last and _untransposed(first) is _untransposed(last)


def _is_no_trace_of_a_form(node: Node) -> bool:
    return node.varies or not _is_sandwich(node.args[0].args)


def _is_transpose(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.TRANSPOSE


def _is_asymmetric(node: Node) -> bool:
    return any(map(_function, node.args)) and "symmetric" not in attributes(node)


def _is_symmetric_by_form(node: Node) -> bool:
    # X'X is, and so is its differential; a name that is varied by itself may leave the symmetric matrices.
    names = (n for n in postorder(node, through_definitions=True) if isinstance(n, Symbol))
    return "symmetric" in attributes(node) and not any(VARIED_SYMMETRIC in s.attributes for s in names)


def _is_turned_twice(node: Node) -> bool:
    return _turned(node) and transposes(node) < -1


def _is_turned_inside(node: Node) -> bool:
    return transposes(node.args[0]) < 0


def _is_turned_twice_inside(node: Node) -> bool:
    return transposes(node.args[0]) < -1


@dataclass(frozen=True)
class _Mean:
    """c times sums along an axis of known length n, where c is a multiple of 1/n."""

    axis: int

    def __call__(self, node: Node) -> bool:
        factor, sums = node.args
        length = sums.args[0].shape[self.axis] if sums.args else 1
        return (
            isinstance(factor, Number)
            and isinstance(length, int)
            and length > 1
            and (factor.value * length).denominator == 1
            and factor.value.denominator > 1
        )


# ---------------------------------------------------------------------------------------------------------------- kinds

steady = Kind("steady", _is_steady)
onehot_rows = Kind("onehot rows", _is_onehot_rows)
symbolic = Kind("symbolic", _is_symbolic)
not_ones = Kind("not ones", _is_not_ones)
block_of_ones = Kind("block of ones", _is_block_of_ones, ops.ONES)
count = Kind("count", _is_count)
exponent = Kind("exponent", _is_exponent)
factor = Kind("factor", _is_factor)
name = Kind("name", _is_name)
function_of_a_matrix = Kind("function of a matrix", _function)
commuting = Kind("commuting", _is_commuting)
asymmetric = Kind("asymmetric", _is_asymmetric)
better_turned = Kind("better turned", _turned_round)
turned = Kind("turned", _turned)
turned_twice = Kind("turned twice", _is_turned_twice)
few_terms = Kind("few terms", _has_few_terms)
all_turned = Kind("all turned", _all_turned)
turned_sandwich = Kind("turned sandwich", _turned_sandwich)
opens = Kind("opens", _opens)
rotates = Kind("rotates", _rotates)
no_trace_of_a_form = Kind("no trace of a form", _is_no_trace_of_a_form)
"""tr(X' A X) stays what it is."""
turned_inside = Kind("turned inside", _is_turned_inside)
unordered = Kind("unordered", _is_unordered)
turned_twice_inside = Kind("turned twice inside", _is_turned_twice_inside)
lighter_without = Kind("lighter without", lighter)
mean_of_rows = Kind("mean of rows", _Mean(1))
mean_of_columns = Kind("mean of columns", _Mean(0))
symmetric = known("symmetric")
symmetric_by_form = Kind("symmetric by form", _is_symmetric_by_form)
skew = known("skew")
diagonal = known("diagonal")
lower = known("lower")
upper = known("upper")
orthogonal = known("orthogonal")
psd = known("psd")
pd = known("pd")
invertible = known("invertible")
onehot = known("onehot")
binary = known("binary")
positive = known("positive")
nonnegative = known("nonnegative")
