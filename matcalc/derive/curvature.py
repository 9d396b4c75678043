"""Why a Hessian is positive or negative semidefinite, and a function convex or concave.

What is not shown is not claimed.

The form of the Hessian shows it, or the way in which the function is put together (bending.py). Sources: Boyd &
Vandenberghe, Convex Optimization, 3.1.4; Horn & Johnson, Matrix Analysis, 7.1 (B'DB), 7.5 (Hadamard
products, Schur) and Topics in Matrix Analysis, 4.2 (Kronecker products).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.derive.bending import bend
from matcalc.derive.bent import Bend
from matcalc.derive.bounds import bounds, signed
from matcalc.derive.smoothness import smooth
from matcalc.expr import Node, Symbol, Term, postorder
from matcalc.rewrite import Condition
from matcalc.rewrite.arithmetic import coefficient, whole
from matcalc.rules.structure import alike, attributes

_SOFTMAX = frozenset([ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS])
DEEP = 200
"""A Hessian that is nested deeper is not looked into."""


class Definite(NamedTuple):
    """Why a matrix is semidefinite, and whether it is definite: x'H x is 0 for x = 0 alone."""

    why: str
    strict: bool = False
    weak: str = ""
    """Why it is semidefinite, where it is definite for another reason."""
    where: tuple[Condition, ...] = ()
    """Signs of parts that no declaration tells."""


def definite(hessian: Node) -> tuple[int, Definite] | None:
    """1 and why the matrix is positive semidefinite; -1 and why it is negative; None where the form shows neither."""
    if hessian.height > DEEP:
        return None
    conditional: tuple[int, Definite] | None = None
    for side in (1, -1):
        found = _number(hessian, side) if hessian.is_scalar else semidefinite(hessian, side)
        if found is not None and not found.where:
            return side, found
        if found is not None and conditional is None:
            conditional = side, found
    return conditional


class Curvature(NamedTuple):
    """What is claimed: `sign` 1 or -1, whether strictly, and the sentence that says it, with its reason."""

    sign: int
    strict: bool
    said: Condition
    where: tuple[Condition, ...] = ()


def curvature(hessian: Node, objective: Symbol, by: Symbol) -> Curvature | None:
    """Whether the Hessian of `objective` by one name is semidefinite, and the objective convex or concave; and why."""
    if by.attributes & {"orthogonal", "binary", "onehot"}:
        return None  # such arrays are no convex set
    of = objective.definition or objective
    shown = definite(hessian)
    bent = bend(of, [by])
    straight = bent.up and bent.down
    side = 0 if straight else 1 if bent.up else -1 if bent.down else 0
    if shown is not None and any(by in set(postorder(node)) for c in shown[1].where for _, node in c.parts):
        shown = None  # the set where this holds need not be convex
    sure = bool(side and not bent.where)
    if (
        shown is not None
        and not (sure and shown[1].where)
        and ((sure and shown[0] == side) or (side in (0, shown[0]) and smooth(of, [by])))
    ):
        return _of_both(shown, objective, by)
    return _of_bend(bent, side, objective, by) if side else None


_DEFINITE = {
    (1, True): "positive definite",
    (1, False): "positive semidefinite",
    (-1, True): "negative definite",
    (-1, False): "negative semidefinite",
}
BENT = {1: "convex", -1: "concave"}


def _of_both(shown: tuple[int, Definite], objective: Symbol, by: Symbol) -> Curvature:
    side, (why, strict, _, asked) = shown
    parts: dict[str, Node] = {"J": objective, "X": by}
    where = places(asked, parts)
    told = f"{_DEFINITE[side, strict]}{where}, as {why}: {{J}} is {'strictly ' * strict}{BENT[side]} in {{X}}{where}"
    return Curvature(side, strict, Condition(told, tuple(parts.items())), asked)


def places(asked: tuple[Condition, ...], parts: dict[str, Node]) -> str:
    """The conditions in words; their formulas are added to `parts`."""
    places = []
    for number, (words, ((letter, node),)) in enumerate(asked):
        parts[f"M{number}"] = node
        places.append(words.replace(f"{{{letter}}}", f"{{M{number}}}"))
    return f" where {_and(places)}" if places else ""


def _of_bend(bent: Bend, side: int, objective: Symbol, by: Symbol) -> Curvature:
    """The claim with the reason that the rules of composition give."""
    parts: dict[str, Node] = {"J": objective, "X": by, "D": Symbol(f"d{by.name}", by.shape)}
    asked = tuple(c for c in bent.where if not (c.parts[0][1] is by and "pd" in by.attributes))
    pd = any(node is by and "pd" in words for words, ((_, node),) in bent.where)
    structure = next((a for a in _STRUCTURES if a in attributes(by)), "symmetric" if pd else "")
    along = f" along {structure} {{D}}" if structure else ""
    where = places(asked, parts)
    on = " on pd {X}" if pd and len(bent.where) == 1 else f" in {{X}}{where}"
    told = f"{_DEFINITE[side, False]}{along}{where}, as {_and(list(bent.why))}: {{J}} is {BENT[side]}{on}"
    return Curvature(side, False, Condition(told, tuple(parts.items())), asked)


def _and(words: list[str]) -> str:
    words = list(dict.fromkeys(words))
    return ", ".join(words[:-1]) + " and " * (len(words) > 1) + words[-1] if words else "it is put together so"


def jointly(objective: Symbol, names: tuple[Symbol, Symbol]) -> Curvature | None:
    """Whether the objective is convex or concave in two names together, by the rules of composition."""
    found = bend(objective.definition or objective, names)
    if found.up == found.down:
        return None
    side = 1 if found.up else -1
    parts: dict[str, Node] = {"J": objective, "X": names[0], "Y": names[1]}
    where = places(found.where, parts)
    words = f"{{J}} is {BENT[side]} in {{X}} and {{Y}} together{where}, as {_and(list(found.why))}"
    return Curvature(side, False, Condition(words, tuple(parts.items())), found.where)


_STRUCTURES = ("diagonal", "symmetric", "skew", "lower", "upper")


def _number(node: Node, side: int) -> Definite | None:
    inside = bounds(node) if side > 0 else bounds(node).negated
    word = "negative" if side > 0 else "positive"
    if inside.positive:
        return Definite(f"its value is {'positive' if side > 0 else 'negative'}", True)
    if _is_zero(node):
        return None
    turn, asked = signed(node)
    return Definite(f"its value is not {word}", where=asked) if turn == side else None


def semidefinite(node: Node, side: int = 1) -> Definite | None:
    """Why `side` times a symmetric matrix is positive semidefinite; None if its form does not show it."""
    if isinstance(node, Symbol) and node.definition is not None:
        return semidefinite(node.definition, side)
    has = attributes(node)
    if _is_zero(node):
        return None  # nothing is said of it
    if isinstance(node, Symbol):
        return Definite(f"`{node.name}`", "pd" in has) if side > 0 and "psd" in has else None
    if not isinstance(node, Term):
        return None
    found = _of_form(node, side)
    if found is None and side > 0 and "psd" in has:
        return Definite("a positive semidefinite matrix", "pd" in has)
    return found._replace(strict=True) if found is not None and side > 0 and "pd" in has else found


def _of_form(node: Term, side: int) -> Definite | None:
    op, args = node.op, node.args
    if op is ops.SCALE:
        return _multiple(args[0], args[1], side)
    if op is ops.PLUS:
        return _sum(args, side)
    if op is ops.EYE:
        return Definite("`I`", True) if side > 0 else None
    if op is ops.INV:
        found = semidefinite(args[0], side)
        return None if found is None else found._replace(strict=True)
    if op is ops.DIAG:
        return _diagonal(args[0], side)
    if op is ops.KRON:
        return _product(args, side, "a Kronecker product of such matrices")
    if op is ops.HADAMARD:
        return _product(args, side, "a Hadamard product of such matrices (Schur)")
    if op is ops.MATMUL:
        return _congruence(args, side)
    if op is ops.POWER and side > 0 and whole(args[1]) == 2:
        inside = semidefinite(args[0]) or semidefinite(args[0], -1)
        return None if inside is None else inside._replace(why="a Hadamard product of such matrices (Schur)")
    return None


def _multiple(scalar: Node, inside: Node, side: int) -> Definite | None:
    turn, asked = signed(scalar)
    found = semidefinite(inside, side * turn)
    if found is None:
        return None
    of = bounds(scalar) if turn > 0 else bounds(scalar).negated
    return Definite("minus " * (turn < 0) + found.why, found.strict and of.positive, "", (*asked, *found.where))


def _diagonal(entries: Node, side: int) -> Definite | None:
    turn, asked = signed(entries)
    if turn != side:
        return None
    strict = (bounds(entries) if side > 0 else bounds(entries).negated).positive
    word, other = ("positive", "negative") if side > 0 else ("negative", "positive")
    weak = f"a diagonal matrix with no {other} entry"
    return Definite(f"a diagonal matrix with {word} entries" if strict else weak, strict, weak, asked)


def _sum(args: tuple[Node, ...], side: int) -> Definite | None:
    if side > 0 and _is_covariance(args):
        return Definite("`diag(p) - p p'` with the entries of `p` adding to 1")
    if side > 0 and _is_projector(args):
        return Definite("the projector `I - z z'/z'z`")
    if side > 0 and _is_damped(args):
        return Definite("`I - z z'/(c + z'z)`, `c` positive", True)
    parts = [semidefinite(arg, side) for arg in args if not _is_zero(arg)]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    alone = len({part.why for part in known}) == 1
    strict = any(part.strict for part in known)
    return Definite(known[0].why if alone else "a sum of such matrices", strict, "", _asked(known))


def _asked(parts: Iterable[Definite]) -> tuple[Condition, ...]:
    return tuple(dict.fromkeys(condition for part in parts for condition in part.where))


def _product(args: tuple[Node, ...], side: int, words: str) -> Definite | None:
    # An even number of negative factors is positive.
    total, parts = 1, []
    for arg in args:
        found = next(((turn, why) for turn in (1, -1) if (why := semidefinite(arg, turn))), None)
        if found is None:
            return None
        total *= found[0]
        parts.append(found[1])
    return Definite(words, all(part.strict for part in parts), "", _asked(parts)) if total == side else None


def _congruence(args: tuple[Node, ...], side: int) -> Definite | None:
    half, middle = divmod(len(args), 2)
    if not all(alike(a, b) for a, b in zip(args[:half], reversed(args[-half:]), strict=True)):
        return None
    regular = all("invertible" in attributes(a) for a in args[:half])
    if not middle:
        return Definite("a matrix of the form `B' B`", regular) if side > 0 else None
    if args[half].is_scalar:
        return None
    found = semidefinite(args[half], side)
    if found is None:
        return None
    strict = regular and found.strict
    why = found.why if strict else found.weak or found.why
    return Definite(f"a matrix of the form `B' D B`, `D` {why}", strict, "", found.where)


def _is_zero(node: Node) -> bool:
    found = bounds(node)
    return found.low == found.high == 0


def _less_outer(args: tuple[Node, ...]) -> tuple[Node, Node, Node] | None:
    """D, c and z of D - c z z', c without a number in front."""
    if len(args) != 2:
        return None
    number, taken = coefficient(args[1])
    factor, outer = taken.args if isinstance(taken, Term) and taken.op is ops.SCALE else (ops.ONE, taken)
    if number != -1 or not (isinstance(outer, Term) and outer.op is ops.MATMUL and len(outer.args) == 2):
        return None
    z = outer.args[0]
    return (args[0], factor, z) if z.shape[1] == 1 and alike(*outer.args) else None


def _is(node: Node, op: ops.Operator) -> bool:
    return isinstance(node, Term) and node.op is op


def _is_covariance(args: tuple[Node, ...]) -> bool:
    found = _less_outer(args)
    if found is None or not _is(found[0], ops.DIAG) or found[1] is not ops.ONE or found[0].args[0] is not found[2]:
        return False
    p = found[2].definition if isinstance(found[2], Symbol) else found[2]
    return isinstance(p, Term) and p.op in _SOFTMAX


def _is_projector(args: tuple[Node, ...]) -> bool:
    """I - z z'/‖z‖^2."""
    found = _less_outer(args)
    return (
        found is not None
        and _is(found[0], ops.EYE)
        and found[1]
        in (ops.power(ops.term(ops.NORM, found[2]), -2), ops.power(ops.matmul(ops.T(found[2]), found[2]), -1))
    )


def _is_damped(args: tuple[Node, ...]) -> bool:
    """I - z z'/(c + z'z), c positive."""
    found = _less_outer(args)
    if found is None or not _is(found[0], ops.EYE) or not _is(found[1], ops.POWER) or whole(found[1].args[1]) != -1:
        return False
    total, z = found[1].args[0], found[2]
    squares = (ops.matmul(ops.T(z), z), ops.power(ops.term(ops.NORM, z), 2))
    rest = [n for n in total.args if n not in squares]
    return _is(total, ops.PLUS) and len(rest) == len(total.args) - 1 and all(bounds(n).positive for n in rest)
