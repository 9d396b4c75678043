"""Whether a function is convex or concave in some of its names, by the rules of composition.

A function is put together of functions that are known to be convex or concave, in ways that keep it: sums with weights
of one sign, affine maps inside, convex increasing functions of convex ones. Where these rules say nothing, nothing is
claimed. Sources: Boyd & Vandenberghe, Convex Optimization, 3.1.5 (atoms), 3.2 (composition), 3.5 (log-concave
functions); Grant, Boyd & Ye 2006 (disciplined convex programming).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.derive.bounds import bounds, signed
from matcalc.expr import Node, Number, Symbol, Term, expand, postorder
from matcalc.rewrite import Condition
from matcalc.rewrite.arithmetic import whole
from matcalc.rules.structure import alike, attributes


class Bend(NamedTuple):
    """What is known of every entry: convex (`up`), concave (`down`), both where it is affine.

    `log_up`, `log_down`: positive, with a convex or a concave logarithm. `why`: the functions that bend it. `where`:
    conditions under which this holds; the set where they hold is convex. `fixed`: none of the names occurs.
    """

    up: bool = False
    down: bool = False
    log_up: bool = False
    log_down: bool = False
    why: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    fixed: bool = False

    @property
    def affine(self) -> bool:
        """Whether it is affine in the names."""
        return self.up and self.down

    @property
    def turned(self) -> Bend:
        """That of the negative."""
        return Bend(self.down, self.up, False, False, self.why, self.where, self.fixed)


NONE = Bend()
NONE_OF_THEM = Bend(True, True, fixed=True)
Known = Mapping[Node, Bend]

# name -> (convex, concave; increasing, decreasing)
_ENTRIES: Mapping[str, tuple[str, str]] = {
    "exp": ("up", "more"),
    "expm1": ("up", "more"),
    "softplus": ("up", "more"),
    "relu": ("up", "more"),
    "abs": ("up", ""),
    "cosh": ("up", ""),
    "log": ("down", "more"),
    "log1p": ("down", "more"),
    "sqrt": ("down", "more"),
    "log_sigmoid": ("down", "more"),
}
"""Convex or concave functions of the entries, and whether they increase."""
_LOG_DOWN = frozenset(["sigmoid", "normcdf", "normpdf", "erfc"])
"""Functions of the entries with a concave logarithm; the first two increase."""
LINEAR = frozenset(
    [ops.TRANSPOSE, ops.TRACE, ops.SUM, ops.MEAN, ops.ROWSUM, ops.COLSUM, ops.ROWMEAN, ops.COLMEAN, ops.CUMSUM,
     ops.DIAG, ops.DIAGONAL, ops.VEC, ops.UNVEC, ops.HCAT, ops.VCAT, ops.ROWRANGE, ops.COLRANGE, ops.TRIL, ops.TRIU,
     ops.PTRACE1, ops.PTRACE2]
)  # fmt: skip
"""Linear, with weights that are not negative."""
_PICKS = frozenset([ops.TRANSPOSE, ops.VEC, ops.UNVEC, ops.ROWRANGE, ops.COLRANGE, ops.DIAGONAL, ops.HCAT, ops.VCAT])
"""Each entry is an entry of an argument."""
PRODUCTS = frozenset([ops.SCALE, ops.HADAMARD, ops.MATMUL, ops.INNER, ops.KRON])
_NORMS = frozenset([ops.NORM, ops.NORM_SPEC, ops.NORM_NUC])


def bend(of: Node, names: Collection[Symbol]) -> Bend:
    """What the rules show of an expression as a function of `names`, all of them together."""
    root = expand(of)
    return bends(root, names)[root]


def bends(root: Node, names: Collection[Symbol]) -> dict[Node, Bend]:
    """The same for every part of an expression without definitions."""
    known: dict[Node, Bend] = {}
    for node in postorder(root):
        found = _of(node, names, known)
        if not found.fixed and found.down and bounds(node).positive:
            found = found._replace(log_down=True)  # the logarithm of a positive concave function is concave
        known[node] = found
    return known


def _of(node: Node, names: Collection[Symbol], known: Known) -> Bend:
    if node in names:
        return Bend(True, True)
    if all(known[a].fixed for a in node.args):
        positive = bounds(node).positive
        return Bend(True, True, positive, positive, fixed=True)
    if not isinstance(node, Term):
        return NONE
    op, args = node.op, node.args
    if op is ops.PLUS:
        return _sum([known[a] for a in args])
    if op is ops.TRACE and (form := _traced(node, known)) is not None:
        return form
    if op in LINEAR:
        found = _sum([known[a] for a in args if not known[a].fixed])
        kept = known[args[0]]
        return found._replace(log_down=kept.log_down) if op in _PICKS and len(args) - op.parameters == 1 else found
    if op in PRODUCTS:
        return _product(node, known)
    if op is ops.POWER:
        return _power(args[0], args[1], known[args[0]]) if known[args[1]].fixed else NONE
    if op.function is not None:
        return _function(op.function, args[0], known[args[0]]) if op.order == 0 else NONE
    rule = _RULES.get(op)
    return rule(node, known) if rule is not None else NONE


def _all(parts: Iterable[Bend]) -> tuple[tuple[str, ...], tuple[Condition, ...]]:
    parts = tuple(parts)
    why = dict.fromkeys(word for part in parts for word in part.why)
    return tuple(why), tuple(dict.fromkeys(c for part in parts for c in part.where))


def _sum(parts: list[Bend]) -> Bend:
    if len(parts) == 1:
        return parts[0]._replace(log_down=False)
    return Bend(all(p.up for p in parts), all(p.down for p in parts), all(p.log_up for p in parts), False, *_all(parts))


# ------------------------------------------------------------------------------------------------------------ products


def _product(node: Term, known: Known) -> Bend:
    args = node.args
    moving = [a for a in args if not known[a].fixed]
    if node.op is ops.MATMUL and node.is_scalar and (form := _palindrome(args, known)) is not None:
        return form
    if len(moving) == 1:
        return _weighted(node, moving[0], known)
    if node.op is ops.HADAMARD and 1 < len(moving) < len(args):
        inner = ops.hadamard(*moving)
        assert isinstance(inner, Term)
        return _times([a for a in args if known[a].fixed], _product(inner, known), alone=True)
    square = _square(node, known)
    if square is not None:
        return square
    parts = [known[a] for a in args]
    entries = node.op in (ops.HADAMARD, ops.SCALE)
    if all(p.log_up for p in parts) or (entries and all(p.log_down for p in parts)):
        up = all(p.log_up for p in parts)
        return Bend(up, False, up, not up, *_all(parts))
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
        found = _with(found, asked)
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
                if all(known_fixed(a, known) and "psd" in attributes(a) for a in around):
                    return _quadratic(known[one[0]])
        return None
    if op is ops.HADAMARD and len(args) == 2 and args[0] is args[1] and known[args[0]].affine:
        return _quadratic(known[args[0]])
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
    return _quadratic(moving[0])


def _inverse(node: Term, outer: Bend, known: Known) -> Bend | None:
    """u' inv(S) u, u and S affine: convex in both."""
    matrix = node.args[0]
    where = _pd(matrix) if known[matrix].affine else None
    if where is None:
        return None
    why, held = _all((outer, known[matrix]))
    return Bend(True, why=(*why, "`x' inv(S) x` is convex on pd matrices `S`"), where=(*held, *where))


def _traced(node: Term, known: Known) -> Bend | None:
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


def known_fixed(node: Node, known: Known) -> bool:
    """Whether none of the names occurs in an expression made of parts that are known."""
    return known[node].fixed if node in known else all(known_fixed(a, known) for a in node.args)


def _quadratic(inside: Bend) -> Bend:
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
    why, where = _all(parts)
    return Bend(
        True, why=(*why, "a square over a positive concave function is convex"), where=(*where, *_positive(base))
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
    where = (*known[inside].where, *_positive(inside))
    return Bend(True, why=(*known[inside].why, "`x log(x)` is convex"), where=where)


# ------------------------------------------------------------------------------------------------- functions of entries


def _positive(node: Node) -> tuple[Condition, ...]:
    return () if bounds(node).positive else (Condition("{t} > 0", (("t", node),)),)


def _nonnegative(node: Node) -> tuple[Condition, ...]:
    return () if bounds(node).nonnegative else (Condition("{t} ≥ 0", (("t", node),)),)


def _composed(bent: str, slope: str, inside: Bend, name: str) -> Bend:
    # f(u): f convex and increasing, u convex; f convex and decreasing, u concave; u affine.
    fits = (inside.up if bent == "up" else inside.down) if slope == "more" else False
    if slope == "less":
        fits = inside.down if bent == "up" else inside.up
    if not (fits or inside.affine):
        return NONE
    word = "convex" if bent == "up" else "concave"
    said = f"{name} is {word}{' and increasing' if slope == 'more' else ' and decreasing' if slope == 'less' else ''}"
    return Bend(bent == "up", bent == "down", why=(*inside.why, said), where=inside.where)


def _function(name: str, arg: Node, inside: Bend) -> Bend:
    if name == "log" and (inside.log_up or inside.log_down):
        words = _LOGS.get(arg.op) if isinstance(arg, Term) else None
        said = words or ("the logarithm of a sum of exponentials is convex" if inside.log_up else "")
        if inside.down:
            said = "log is concave and increasing"
        why = (*(w for w in inside.why if inside.log_down or not w.startswith("exp ")), *([said] if said else []))
        return Bend(inside.log_up, inside.log_down, why=why, where=inside.where)
    if name == "exp":
        found = _composed("up", "more", inside, "exp")
        log_down = inside.down
        if found.up:
            return found._replace(log_up=True, log_down=log_down)
        return Bend(False, False, False, log_down, inside.why, inside.where)
    if name in _LOG_DOWN and (inside.affine or (inside.down and name in ("sigmoid", "normcdf"))):
        return Bend(log_down=True, why=(*inside.why, f"log({name}) is concave"), where=inside.where)
    if name == "cosh" and inside.affine:
        return _composed("up", "", inside, "cosh")
    if name not in _ENTRIES:
        return NONE
    bent, slope = _ENTRIES[name]
    if name in ("abs", "cosh") and bounds(arg).nonnegative:
        slope = "more"
    found = _composed(bent, slope, inside, "the absolute value" if name == "abs" else name)
    # the slopes of a logarithm have values where it has none
    return _with(found, _positive(arg)) if name == "log" else found


_LOGS = dict.fromkeys((ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS), "log softmax is concave")


def _power(base: Node, exponent: Node, inside: Bend) -> Bend:
    if isinstance(exponent, Number):
        return _numbered(base, exponent, inside)
    k = bounds(exponent)
    if inside.log_up and k.nonnegative:
        return Bend(True, False, True, False, inside.why, inside.where)
    return NONE


def _numbered(base: Node, exponent: Number, inside: Bend) -> Bend:
    k, n = exponent.value, whole(exponent)
    name = f"the power {k}"
    if (inside.log_up and k > 0) or (inside.log_down and k < 0):
        found = Bend(True, False, True, False, inside.why, inside.where)
        if inside.log_up and k > 0:
            return found
        words = _composed("up", "less", inside, name) if inside.down else found
        return words._replace(log_up=True) if words.up else found
    if n is not None and n > 0 and n % 2 == 0:
        if inside.affine or (n == 2 and isinstance(base, Term) and base.op is ops.NORM and inside.up):
            return _composed("up", "", inside, name) if n != 2 else _quadratic(_without(inside, "a norm is convex"))
        return _composed("up", "more", inside, name) if bounds(base).nonnegative else NONE
    if k >= 1:
        if k == 1:
            return inside
        # what is convex need not be positive on a convex set
        known = inside.affine or bounds(base).nonnegative
        found = _composed("up", "more", inside, name) if known else NONE
        return _with(found, _nonnegative(base) if n is not None else ())
    if k > 0:
        return _composed("down", "more", inside, name)
    found = _composed("up", "less", inside, name)
    return _with(found, _positive(base) if n is not None and not bounds(base).nonnegative else ())


def _without(found: Bend, word: str) -> Bend:
    return found._replace(why=tuple(w for w in found.why if w != word))


def _with(found: Bend, where: tuple[Condition, ...]) -> Bend:
    return found._replace(where=(*found.where, *where)) if found.up or found.down else found


# --------------------------------------------------------------------------------------------------------- other atoms


def _norm(node: Node, known: Known) -> Bend:
    inside = known[node.args[0]]
    word = "a norm is convex"
    if inside.affine:
        return Bend(True, why=(*inside.why, word), where=inside.where)
    increasing = isinstance(node, Term) and node.op is ops.NORM and bounds(node.args[0]).nonnegative and inside.up
    return Bend(True, why=(*inside.why, word), where=inside.where) if increasing else NONE


def _logsumexp(node: Node, known: Known) -> Bend:
    inside = known[node.args[0]]
    if not inside.up:
        return NONE
    return Bend(True, why=(*inside.why, "log-sum-exp is convex and increasing"), where=inside.where)


def _log_softmax(node: Node, known: Known) -> Bend:
    inside = known[node.args[0]]
    return Bend(down=True, why=(*inside.why, "log softmax is concave"), where=inside.where) if inside.affine else NONE


def _softmax(node: Node, known: Known) -> Bend:
    inside = known[node.args[0]]
    return Bend(log_down=True, why=inside.why, where=inside.where) if inside.affine else NONE


def _extreme(up: bool, word: str) -> Callable[[Node, Known], Bend]:
    def rule(node: Node, known: Known) -> Bend:
        args = node.args[: len(node.args) - node.op.parameters] if isinstance(node, Term) else node.args
        parts = [known[a] for a in args]
        if not all(p.up if up else p.down for p in parts):
            return NONE
        why, where = _all(parts)
        return Bend(up, not up, why=(*why, f"{word} is {'convex' if up else 'concave'}"), where=where)

    return rule


def _pd(node: Node) -> tuple[Condition, ...] | None:
    """That a symmetric matrix is positive definite: no condition where this is shown, None if it is not symmetric."""
    if isinstance(node, Symbol) or "symmetric" in attributes(node):
        shown = "psd" in attributes(node) and not isinstance(node, Symbol)  # pd wherever it has an inverse
        return () if shown else (Condition("{S} is pd", (("S", node),)),)
    return None


def _logdet(node: Node, known: Known) -> Bend:
    matrix = node.args[0]
    where = _pd(matrix) if known[matrix].affine else None
    if where is None:
        return NONE
    inside = known[matrix]
    return Bend(down=True, why=(*inside.why, "log det is concave on pd matrices"), where=(*inside.where, *where))


def _eigenvalue(up: bool) -> Callable[[Node, Known], Bend]:
    def rule(node: Node, known: Known) -> Bend:
        inside = known[node.args[0]]
        word = "the largest eigenvalue is convex" if up else "the smallest eigenvalue is concave"
        return Bend(up, not up, why=(*inside.why, word), where=inside.where) if inside.affine else NONE

    return rule


def _affine_inside(word: str) -> Callable[[Node, Known], Bend]:
    def rule(node: Node, known: Known) -> Bend:
        args = node.args[: len(node.args) - node.op.parameters] if isinstance(node, Term) else node.args
        moving = [known[a] for a in args if not known[a].fixed]
        why, where = _all(moving)
        return Bend(True, why=(*why, word), where=where) if all(m.affine for m in moving) else NONE

    return rule


_RULES: Mapping[ops.Operator, Callable[[Node, Known], Bend]] = {
    **dict.fromkeys(_NORMS, _norm),
    **dict.fromkeys((ops.LOGSUMEXP_ROWS, ops.LOGSUMEXP_COLUMNS), _logsumexp),
    **dict.fromkeys((ops.LOG_SOFTMAX_ROWS, ops.LOG_SOFTMAX_COLUMNS), _log_softmax),
    **dict.fromkeys((ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS), _softmax),
    **dict.fromkeys((ops.MAX, ops.LARGEST, ops.ROWMAX), _extreme(True, "the largest of some numbers")),
    **dict.fromkeys((ops.MIN, ops.SMALLEST), _extreme(False, "the smallest of some numbers")),
    ops.SUM_LARGEST: _extreme(True, "the sum of the largest of some numbers"),
    **dict.fromkeys((ops.VAR, ops.ROWVAR, ops.COLVAR), _affine_inside("a variance is convex")),
    **dict.fromkeys((ops.STD,), _affine_inside("a standard deviation is convex")),
    ops.SQDIST: _affine_inside("squares and semidefinite quadratic forms are convex"),
    ops.LOGDET: _logdet,
    ops.LAMBDA_MAX: _eigenvalue(True),
    ops.LAMBDA_MIN: _eigenvalue(False),
}
