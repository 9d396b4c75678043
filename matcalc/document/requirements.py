"""Requirements on the slots of a rule, in words: "A symmetric", "V a column"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from matcalc.expr import Node, Operator, Slot, Term, postorder
from matcalc.operators import DUPLICATIONS, SCALE, D, ones
from matcalc.rewrite import Match, RewriteRule, fill

ATTRIBUTES: Mapping[str, str] = {
    "symmetric": "# symmetric",
    "skew": "# skew",
    "diagonal": "# diagonal",
    "lower": "# lower triangular",
    "upper": "# upper triangular",
    "psd": "# positive semidefinite",
    "pd": "# positive definite",
    "orthogonal": "# orthogonal",
    "invertible": "# invertible",
    "onehot": "entries of # sum to one",
    "onehot rows": "rows of # sum to one",
    "binary": "entries of # 0 or 1",
    "positive": "entries of # positive",
    "nonnegative": "entries of # not negative",
}
"""Kinds of slots that require a declared attribute of the name; # is the name."""
NUMBERS: Mapping[str, str] = {
    "count": "# not negative",
    "negative": "# negative",
    "negative integer": "# negative",
    "few": "# from 3 to 8",
}
STRUCTURES: Mapping[str, tuple[str, str]] = {
    "diagonal": ("the diagonal matrices", "a diagonal matrix"),
    "orthogonal": ("the tangent space of the orthogonal matrices at #", "an orthogonal matrix"),
    "symmetric": ("the symmetric matrices", "a symmetric matrix"),
    "psd": ("the symmetric matrices", "a symmetric matrix"),
    "pd": ("the symmetric matrices", "a symmetric matrix"),
    "skew": ("the skew matrices", "a skew matrix"),
    "lower": ("the lower triangular matrices", "a lower triangular matrix"),
    "upper": ("the upper triangular matrices", "an upper triangular matrix"),
}
"""By attribute: the space onto which the gradient by # is projected, and a description of #. The first match counts."""
CONVENTIONS: Mapping[str, str] = {
    "projected": "{gradient} is the orthogonal projection onto {onto}",
    "entries": "{gradient} is by the independent entries of {variable}, {what}",
    "free": "{gradient} leaves out of account that {variable} is {what}",
}
"""The meaning of a gradient by a structured variable, under each convention."""
HALVES: Mapping[Operator, str] = {
    DUPLICATIONS["symmetric"]: "the entries of the lower triangle of {x}",
    DUPLICATIONS["skew"]: "the entries of {x} below the diagonal",
    DUPLICATIONS["diagonal"]: "the entries of the diagonal of {x}",
    DUPLICATIONS["lower"]: "the entries of the lower triangle of {x}",
    DUPLICATIONS["upper"]: "the entries of the upper triangle of {x}",
}
"""The independent entries of a structured variable, by the matrix D with vec(X) = D v."""
GUARDS: Mapping[str, str] = {"commuting": "# commute"}
"""The guards without which a rule would be wrong; # are the first two operands."""
ONES = "block of ones"
SQUARE = frozenset("S")
"""Letters that are square, as the legend of the rule book says."""


def requirements(rule: RewriteRule) -> Iterator[tuple[Slot, str]]:
    """(slot, words with # for its name) for each slot of the left side with a restriction.

    A capital stands for any matrix, a small letter for a column or a scalar. Kinds that only decide whether a rule
    helps, not whether it is true, are no requirements.
    """
    steady = _constant(rule)
    for slot in _slots(rule.lhs):
        words = ATTRIBUTES.get(slot.kind) or NUMBERS.get(slot.kind)
        if words:
            yield slot, words.removeprefix("entries of ") if slot.is_scalar else words
        if slot in steady:
            yield slot, "# constant"
        rows, columns = slot.shape
        if not slot.name.isupper() or slot.is_scalar or slot.kind == ONES:
            continue
        if columns == 1:
            yield slot, "# a column"
        elif rows == 1:
            yield slot, "# a row"
        elif rows == columns and slot.name not in SQUARE:
            yield slot, "# square"


def _slots(*nodes: Node) -> dict[Slot, None]:
    return {n: None for n in postorder(*nodes) if isinstance(n, Slot)}


def _constant(rule: RewriteRule) -> Collection[Slot]:
    # d(s A) = s dA requires a constant s: its differential is missing on the right.
    if not isinstance(rule.lhs, Term) or rule.lhs.op is not D:
        return ()
    if isinstance(rule.lhs.args[0], Slot):
        return [rule.lhs.args[0]]
    moving = _slots(*(n for n in postorder(rule.rhs) if isinstance(n, Term) and n.op is D))
    return [slot for slot in _slots(rule.lhs) if moving and slot not in moving and slot.kind in ("any", "constant")]


def _says_more(column: Node, other: Node) -> bool:
    # v a = a v, and A = A, say nothing without vec.
    return column.shape[1] == 1 and column is not other and isinstance(column, Term) and column.op is not SCALE


def spelled(rule: RewriteRule) -> tuple[Node, Node]:
    """The two sides of a rule, with blocks of ones written as such; a column needs no vec."""
    if isinstance(rule.lhs, Term) and rule.lhs.op.name == "vec" and _says_more(rule.lhs.args[0], rule.rhs):
        return rule.lhs.args[0], rule.rhs
    slots = _slots(rule.lhs)
    if all(slot.kind != ONES for slot in slots):
        return rule.lhs, rule.rhs
    dims = {dim: dim for slot in slots for dim in slot.shape if isinstance(dim, str)}
    found = Match({s.name: ones(*s.shape) if s.kind == ONES else s for s in slots}, dict(dims))
    return fill(rule.lhs, found), fill(rule.rhs, found)
