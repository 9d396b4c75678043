"""Products that are convex or concave: squares, quadratic forms, a square over a positive function, x log(x)."""

from __future__ import annotations

from matcalc import operators as ops
from matcalc.derive.bent import NONE, NONE_OF_THEM, Bend, Known, all_of, under, where_pd, where_positive
from matcalc.derive.bounds import bounds, signed
from matcalc.expr import Node, Term
from matcalc.rewrite.arithmetic import whole
from matcalc.rules.structure import alike, attributes

PRODUCTS = frozenset([ops.SCALE, ops.HADAMARD, ops.MATMUL, ops.INNER, ops.KRON])


def product_of(node: Term, known: Known) -> Bend:
    """What is known of a product."""
    args = node.args
    moving = [a for a in args if not known[a].fixed]
    if node.op is ops.MATMUL and node.is_scalar and (form := _palindrome(args, known)) is not None:
        return form
    if len(moving) == 1:
        return _weighted(node, moving[0], known)
    if node.op is ops.HADAMARD and 1 < len(moving) < len(args):
        inner = ops.hadamard(*moving)
        assert isinstance(inner, Term)
        return _times([a for a in args if known[a].fixed], product_of(inner, known), alone=True)
    square = _square(node, known)
    if square is not None:
        return square
    parts = [known[a] for a in args]
    entries = node.op in (ops.HADAMARD, ops.SCALE)
    if all(p.log_up for p in parts) or (entries and all(p.log_down for p in parts)):
        up = all(p.log_up for p in parts)
        return Bend(up, False, up, not up, *all_of(parts))
    return _ratio(node, known) or _entropy(node, known) or NONE


def _weighted(node: Term, moving: Node, known: Known) -> Bend:
    factors = [a for a in node.args if known[a].fixed]
    if node.op is ops.INNER and isinstance(moving, Term) and moving.op is ops.INV and "psd" in attributes(factors[0]):
        return _inverse(moving, NONE_OF_THEM, known) or NONE
    return _times(factors, known[moving], alone=node.op in (ops.HADAMARD, ops.SCALE))


def _times(factors: list[Node], found: Bend, alone: bool) -> Bend:
    """Constant factors keep what is convex if none of their entries is negative. `alone`: no sums are taken."""
    if found.affine:
        return Bend(True, True, why=found.why, where=found.where)
    turn = 1
    for factor in factors:
        side, asked = signed(factor)
        turn *= side
        found = under(found, asked)
    positive = turn > 0 and all(bounds(a).positive for a in factors)
    turned = found if turn > 0 else found.turned
    return turned._replace(log_up=positive and found.log_up, log_down=positive and alone and found.log_down)


def _square(node: Term, known: Known) -> Bend | None:
    """The square of what is affine, entry by entry, or u : A u B with A and B semidefinite."""
    args, op = node.args, node.op
    if op is ops.INNER:
        sides = [a.args if isinstance(a, Term) and a.op is ops.MATMUL else (a,) for a in args]
        for one, other in (sides, sides[::-1]):
            # u : A u B with A and B semidefinite
            if len(one) == 1 and one[0] in other and other.count(one[0]) == 1 and known[one[0]].affine:
                at = other.index(one[0])
                around = [ops.matmul(*part) for part in (other[:at], other[at + 1 :]) if part]
                if all(_is_fixed(a, known) and "psd" in attributes(a) for a in around):
                    return quadratic(known[one[0]])
        return None
    if op is ops.HADAMARD and len(args) == 2 and args[0] is args[1] and known[args[0]].affine:
        return quadratic(known[args[0]])
    return None


def _palindrome(args: tuple[Node, ...], known: Known) -> Bend | None:
    """u' Q u with u affine, Q constant and semidefinite, or the inverse of an affine matrix; of a matrix, its trace."""
    half, middle = divmod(len(args), 2)
    pairs = list(zip(args[:half], reversed(args[-half:]), strict=True))
    outer = [a for a, _ in pairs]
    if not all(alike(a, b) for a, b in pairs) or not all(known[a].affine for a in outer):
        return None
    moving = [known[a] for a in outer if not known[a].fixed]
    center = args[half] if middle else None
    if center is not None and isinstance(center, Term) and center.op is ops.INV and not known[center].fixed:
        return _inverse(center, moving[0], known) if len(moving) == 1 else _inverse(center, NONE_OF_THEM, known)
    if len(moving) != 1 or not (center is None or (known[center].fixed and "psd" in attributes(center))):
        return None
    return quadratic(moving[0])


def _inverse(node: Term, outer: Bend, known: Known) -> Bend | None:
    """u' inv(S) u, u and S affine: convex in both."""
    matrix = node.args[0]
    where = where_pd(matrix) if known[matrix].affine else None
    if where is None:
        return None
    why, held = all_of((outer, known[matrix]))
    return Bend(True, why=(*why, "`x' inv(S) x` is convex on pd matrices `S`"), where=(*held, *where))


def trace_of(node: Term, known: Known) -> Bend | None:
    """The trace of inv(S), or of a product that is a quadratic form or has the factor inv(S)."""
    inside = node.args[0]
    if not isinstance(inside, Term) or known[inside].fixed:
        return None
    if inside.op is ops.INV:
        return _inverse(inside, NONE_OF_THEM, known)
    if inside.op is not ops.MATMUL:
        return None
    found = _palindrome(inside.args, known)
    moving = [a for a in inside.args if not known[a].fixed]
    if found is not None or len(moving) != 1:
        return found
    at = inside.args.index(moving[0])
    around = ops.matmul(*inside.args[at + 1 :], *inside.args[:at])
    if isinstance(moving[0], Term) and moving[0].op is ops.INV and "psd" in attributes(around):
        return _inverse(moving[0], NONE_OF_THEM, known)
    return None


def _is_fixed(node: Node, known: Known) -> bool:
    """Whether none of the names occurs in an expression made of parts that are known."""
    return known[node].fixed if node in known else all(_is_fixed(a, known) for a in node.args)


def quadratic(inside: Bend) -> Bend:
    """A square, or a semidefinite quadratic form, of what is affine."""
    return Bend(True, why=(*inside.why, "squares and semidefinite quadratic forms are convex"), where=inside.where)


def _ratio(node: Term, known: Known) -> Bend | None:
    """‖u‖^2 / t, u affine, t positive and concave."""
    if node.op not in (ops.HADAMARD, ops.SCALE):
        return None
    above: list[Node] = []
    below: list[Node] = []
    for arg in node.args:
        inverse = isinstance(arg, Term) and arg.op is ops.POWER and whole(arg.args[1]) == -1
        (below if inverse and not known[arg].fixed else above).append(arg)
    weights = [a for a in above if known[a].fixed]
    moving = [a for a in above if not known[a].fixed]
    if len(below) != 1 or len(moving) != 1 or not all(bounds(a).nonnegative for a in weights):
        return None
    base = below[0].args[0]
    if not known[base].down or not _is_square_of_affine(moving[0], known):
        return None
    parts = (known[moving[0]], known[base])
    why, where = all_of(parts)
    return Bend(
        True, why=(*why, "a square over a positive concave function is convex"), where=(*where, *where_positive(base))
    )


def _is_square_of_affine(node: Node, known: Known) -> bool:
    if isinstance(node, Term) and node.op is ops.POWER and whole(node.args[1]) == 2:
        inside = node.args[0]
        return known[inside].affine or (
            isinstance(inside, Term) and inside.op is ops.NORM and known[inside.args[0]].affine
        )
    if isinstance(node, Term) and node.op is ops.SUM:
        return _is_square_of_affine(node.args[0], known)
    if isinstance(node, Term) and node.op is ops.MATMUL and node.is_scalar:
        return _palindrome(node.args, known) is not None and not any(map(_is_inverse, node.args))
    return isinstance(node, Term) and node.op in PRODUCTS and _square(node, known) is not None


def _is_inverse(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.INV


def _entropy(node: Term, known: Known) -> Bend | None:
    """u ⊙ log(u), u affine; the sum of it for an inner product."""
    if node.op not in (ops.HADAMARD, ops.INNER, ops.MATMUL) or (node.op is ops.MATMUL and not node.is_scalar):
        return None
    logs = [a for a in node.args if isinstance(a, Term) and a.op is ops.function("log")]
    rest = [a for a in node.args if a not in logs]
    if len(node.args) != 2 or len(logs) != 1 or len(rest) != 1:
        return None
    inside, other = logs[0].args[0], rest[0]
    if node.op is ops.MATMUL and alike(other, inside):
        other = inside
    if other is not inside or not known[inside].affine:
        return None
    where = (*known[inside].where, *where_positive(inside))
    return Bend(True, why=(*known[inside].why, "`x log(x)` is convex"), where=where)
