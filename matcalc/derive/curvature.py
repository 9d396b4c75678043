"""Why a Hessian is positive or negative semidefinite, read off its form; what that does not show is not claimed.

Sources: Boyd & Vandenberghe, Convex Optimization, 3.1.4; Horn & Johnson, Matrix Analysis, 7.1 (B'DB), 7.5 (Hadamard
products, Schur) and Topics in Matrix Analysis, 4.2 (Kronecker products).
"""

from __future__ import annotations

from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node, Number, Size, Symbol, Term

POSITIVE_FUNCTIONS = frozenset(["exp", "sigmoid", "abs", "relu", "softplus", "cosh", "sqrt", "step", "normcdf"])
"""Functions of the entries without negative values."""
BELOW_ONE = frozenset(["sigmoid", "normcdf", "step", "tanh", "sin", "cos", "erf"])
"""Functions of the entries without values above 1."""
WITHIN_ONE = frozenset(["tanh", "sin", "cos", "erf", "sigmoid", "normcdf", "step"])
"""Functions of the entries with values from -1 to 1."""
_SOFTMAX = frozenset([ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS])
_NORMS = frozenset([ops.NORM, ops.NORM_SPEC, ops.NORM_NUC])
_DEFINITE = frozenset(["psd", "pd"])


def curvature(hessian: Node) -> tuple[str, str]:
    """("positive semidefinite", why), ("negative semidefinite", why), or ("", "") where the form shows neither."""
    for sign, words in ((1, "positive semidefinite"), (-1, "negative semidefinite")):
        why = _number(hessian, sign) if hessian.is_scalar else semidefinite(hessian, sign)
        if why:
            return words, why
    return "", ""


def _number(node: Node, sign: int) -> str:
    return ("its value is not negative" if sign > 0 else "its value is not positive") if bounded(node, sign) else ""


def semidefinite(node: Node, sign: int = 1) -> str:
    """Why `sign` times a symmetric matrix is positive semidefinite; "" if its form does not show it."""
    if isinstance(node, Symbol):
        if node.definition is not None:
            return semidefinite(node.definition, sign)
        return node.name if sign > 0 and node.attributes & _DEFINITE else ""
    if not isinstance(node, Term):
        return ""
    op, args = node.op, node.args
    if op is ops.SCALE:
        scalar, inside = args
        for side, minus in ((1, ""), (-1, "minus ")):
            if bounded(scalar, side) and (why := semidefinite(inside, sign * side)):
                return minus + why
        return ""
    if op is ops.PLUS:
        if sign > 0 and _is_covariance(args):
            return "diag(p) - p p' with the entries of p adding to 1"
        if sign > 0 and _is_projector(args):
            return "the projector I - z z'/z'z"
        parts = [semidefinite(arg, sign) for arg in args]
        return _told(parts, "a sum of such matrices")
    if op is ops.EYE:
        return "I" if sign > 0 else ""
    if op is ops.INV:
        return semidefinite(args[0], sign)
    if op is ops.DIAG:
        words = "no negative entry" if sign > 0 else "no positive entry"
        return f"a diagonal matrix with {words}" if bounded(args[0], sign) else ""
    if op is ops.KRON:
        return _product(args, sign, "a Kronecker product of such matrices")
    if op is ops.HADAMARD:
        return _product(args, sign, "a Hadamard product of such matrices (Schur)")
    if op is ops.MATMUL:
        return _congruence(args, sign)
    if op is ops.POWER and sign > 0 and args[1] == Number(2) and (semidefinite(args[0]) or semidefinite(args[0], -1)):
        return "a Hadamard product of such matrices (Schur)"
    return ""


def _told(parts: list[str], otherwise: str) -> str:
    if not all(parts):
        return ""
    return parts[0] if len(set(parts)) == 1 else otherwise


def _product(args: tuple[Node, ...], sign: int, words: str) -> str:
    # An even number of negative factors is positive.
    signs = [next((side for side in (1, -1) if semidefinite(arg, side)), 0) for arg in args]
    total = 1
    for side in signs:
        total *= side
    return words if total == sign else ""


def _congruence(args: tuple[Node, ...], sign: int) -> str:
    half, middle = divmod(len(args), 2)
    if any(_turned(a) is not b for a, b in zip(args[:half], reversed(args[-half:]), strict=True)):
        return ""
    if not middle:
        return "a matrix of the form B' B" if sign > 0 else ""
    why = semidefinite(args[half], sign)
    return f"a matrix of the form B' D B, D {why}" if why else ""


def _turned(node: Node) -> Node:
    if isinstance(node, Term) and node.op is ops.TRANSPOSE:
        return node.args[0]
    symmetric = isinstance(node, Symbol) and node.attributes & {"symmetric", *_DEFINITE, "diagonal"}
    return node if symmetric or (isinstance(node, Term) and node.op in (ops.DIAG, ops.EYE)) else ops.T(node)


def _is_covariance(args: tuple[Node, ...]) -> bool:
    if len(args) != 2:
        return False
    first, second = args
    if not (isinstance(first, Term) and first.op is ops.DIAG and isinstance(second, Term) and second.op is ops.SCALE):
        return False
    p = first.args[0]
    value = p.definition if isinstance(p, Symbol) else p
    sums_to_one = isinstance(value, Term) and value.op in _SOFTMAX
    return sums_to_one and second.args == (ops.MINUS_ONE, ops.matmul(p, ops.T(p)))


def _is_projector(args: tuple[Node, ...]) -> bool:
    """I - z z'/‖z‖^2."""
    if len(args) != 2 or not (isinstance(args[0], Term) and args[0].op is ops.EYE):
        return False
    taken = args[1]
    if not (isinstance(taken, Term) and taken.op is ops.SCALE and isinstance(taken.args[1], Term)):
        return False
    outer = taken.args[1]
    if outer.op is not ops.MATMUL or len(outer.args) != 2 or _turned(outer.args[1]) is not outer.args[0]:
        return False
    norm = ops.term(ops.NORM, outer.args[0])
    return taken.args[0] is ops.negative(ops.power(norm, -2))


# ------------------------------------------------------------------------------------------------------------- entries


def bounded(node: Node, sign: int = 1) -> bool:
    """Whether no entry of `sign` times an expression is negative, as its form shows."""
    if isinstance(node, Number):
        return node.value * sign >= 0
    if isinstance(node, Size):
        return sign > 0
    if isinstance(node, Symbol):
        if node.definition is not None:
            return bounded(node.definition, sign)
        return sign > 0 and bool(node.attributes & {"positive", "binary", "onehot"})
    if not isinstance(node, Term):
        return False
    op, args = node.op, node.args
    if op in (ops.HADAMARD, ops.SCALE, ops.MATMUL, ops.KRON):
        return _signs(args) == sign or (sign > 0 and op is ops.MATMUL and len(args) == 2 and _is_square(args))
    if op is ops.PLUS:
        return all(bounded(arg, sign) for arg in args) or (sign > 0 and _is_below_one(args))
    if op in (ops.TRANSPOSE, ops.VEC, ops.DIAG, ops.DIAGONAL, ops.SUM, ops.MEAN, ops.ROWSUM, ops.COLSUM):
        return bounded(args[0], sign)
    if op is ops.POWER:
        exponent = args[1]
        even = isinstance(exponent, Number) and Fraction(exponent.value) % 2 == 0
        return sign > 0 and (even or bounded(args[0]))
    if op is ops.INNER:
        return _signs(args) == sign or (sign > 0 and args[0] is args[1])
    if op.function is not None:
        return sign > 0 and op.order == 0 and op.function in POSITIVE_FUNCTIONS
    return sign > 0 and (op in _SOFTMAX or op in _NORMS or op in (ops.ONES, ops.EYE))


def _signs(args: tuple[Node, ...]) -> int:
    total = 1
    for arg in args:
        total *= 1 if bounded(arg) else -1 if bounded(arg, -1) else 0
    return total


def _is_square(args: tuple[Node, ...]) -> bool:
    """Whether the product is x' x."""
    return args[0].shape[0] == 1 and _turned(args[0]) is args[1]


def _is_below_one(args: tuple[Node, ...]) -> bool:
    """1 - f, f with values up to 1; or 1 - f.^2, f with values from -1 to 1."""
    one, taken = args if len(args) == 2 else (None, None)
    ones = isinstance(one, Term) and one.op is ops.ONES
    if not (ones or (isinstance(one, Number) and one.value >= 1)):
        return False
    if not (isinstance(taken, Term) and taken.op is ops.SCALE and taken.args[0] is ops.MINUS_ONE):
        return False
    inside = taken.args[1]
    if isinstance(inside, Symbol) and inside.definition is not None:
        inside = inside.definition
    if not isinstance(inside, Term):
        return False
    if inside.op is ops.POWER and inside.args[1] == Number(2):
        base = inside.args[0]
        base = base.definition if isinstance(base, Symbol) and base.definition is not None else base
        return isinstance(base, Term) and base.op.order == 0 and base.op.function in WITHIN_ONE
    return inside.op in _SOFTMAX or (inside.op.order == 0 and inside.op.function in BELOW_ONE)
