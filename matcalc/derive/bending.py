"""Whether a function is convex or concave in some of its names, by the rules of composition.

A function is put together of functions that are known to be convex or concave, in ways that keep it: sums with weights
of one sign, affine maps inside, convex increasing functions of convex ones. Where these rules say nothing, nothing is
claimed. Sources: Boyd & Vandenberghe, Convex Optimization, 3.1.5 (atoms), 3.2 (composition), 3.5 (log-concave
functions); Grant, Boyd & Ye 2006 (disciplined convex programming).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from matcalc import operators as ops
from matcalc.derive.bent import NONE, Bend, Known, all_of, under, where_nonnegative, where_pd, where_positive
from matcalc.derive.bent_products import PRODUCTS, product_of, quadratic, trace_of
from matcalc.derive.bounds import bounds
from matcalc.expr import Node, Number, Symbol, Term, expand, postorder
from matcalc.rewrite.arithmetic import whole

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
    if op is ops.TRACE and (form := trace_of(node, known)) is not None:
        return form
    if op in LINEAR:
        found = _sum([known[a] for a in args if not known[a].fixed])
        kept = known[args[0]]
        return found._replace(log_down=kept.log_down) if op in _PICKS and len(args) - op.parameters == 1 else found
    if op in PRODUCTS:
        return product_of(node, known)
    if op is ops.POWER:
        return _power(args[0], args[1], known[args[0]]) if known[args[1]].fixed else NONE
    if op.function is not None:
        return _function(op.function, args[0], known[args[0]]) if op.order == 0 else NONE
    rule = _RULES.get(op)
    return rule(node, known) if rule is not None else NONE


def _sum(parts: list[Bend]) -> Bend:
    if len(parts) == 1:
        return parts[0]._replace(log_down=False)
    up, down = all(p.up for p in parts), all(p.down for p in parts)
    return Bend(up, down, all(p.log_up for p in parts), False, *all_of(parts))


# ------------------------------------------------------------------------------------------------- functions of entries


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
    return under(found, where_positive(arg)) if name == "log" else found


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
            return _composed("up", "", inside, name) if n != 2 else quadratic(_without(inside, "a norm is convex"))
        return _composed("up", "more", inside, name) if bounds(base).nonnegative else NONE
    if k >= 1:
        if k == 1:
            return inside
        # what is convex need not be positive on a convex set
        known = inside.affine or bounds(base).nonnegative
        found = _composed("up", "more", inside, name) if known else NONE
        return under(found, where_nonnegative(base) if n is not None else ())
    if k > 0:
        return _composed("down", "more", inside, name)
    found = _composed("up", "less", inside, name)
    return under(found, where_positive(base) if n is not None and not bounds(base).nonnegative else ())


def _without(found: Bend, word: str) -> Bend:
    return found._replace(why=tuple(w for w in found.why if w != word))


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
        why, where = all_of(parts)
        return Bend(up, not up, why=(*why, f"{word} is {'convex' if up else 'concave'}"), where=where)

    return rule


def _logdet(node: Node, known: Known) -> Bend:
    matrix = node.args[0]
    where = where_pd(matrix) if known[matrix].affine else None
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
        why, where = all_of(moving)
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
