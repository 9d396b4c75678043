"""Maxima that are subtracted before exp for the sake of small numbers, and that the objective does not depend on.

Let every entry of such a maximum be larger by c. Then an expression is larger by k c for a number k, or it is
exp(k c) times as large, or nothing is known of it. Where the objective stays the same, the maximum may be left out.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.syntax.python import words
from matcalc.syntax.python.ranks import Ranks, called, new_axis, operand

Roots = list[tuple[str, ast.expr]]


class Shift(NamedTuple):
    """What becomes of an expression: `k` as above; `axis` is that along which c varies, from the end; None: no axis."""

    k: Fraction = Fraction(0)
    axis: int | None = None
    times: bool = False


SAME = Shift()


def without_maxima(roots: Roots, ranks: Ranks) -> tuple[Roots, list[ast.expr]]:
    """The assignments without the maxima that the last of them does not depend on, and those maxima."""
    found: dict[object, list[ast.expr]] = {}
    for _, root in roots:
        for node in ast.walk(root):
            if isinstance(node, ast.Call) and called(node) in ("max", "amax") and ranks.reduces(node):
                of = operand(node)
                along = ranks.along(node)
                found.setdefault((ast.dump(of or node), along and along[0]), []).append(node)
    gone: list[ast.expr] = []
    for places in found.values():
        if _are_terms(places, roots) and _Shifted(places, ranks).last(roots) == SAME:
            gone += places
    if not gone:
        return roots, []
    without = _Without(set(gone))
    return [(name, left) for name, root in roots if (left := without.assigned(name, root)) is not None], gone


def _are_terms(maxima: Sequence[ast.expr], roots: Roots) -> bool:
    # Whether all are added or subtracted, under a name or not, so that they can be left out there.
    names = {name for name, root in roots if root in maxima}
    terms = set(maxima) & {root for _, root in roots}
    everything = [node for _, root in roots for node in ast.walk(root)]
    for node in everything:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            terms |= {node.left, node.right}
    return all(
        node in terms for node in everything if node in maxima or (isinstance(node, ast.Name) and node.id in names)
    )


class _Shifted:
    def __init__(self, maxima: Sequence[ast.expr], ranks: Ranks) -> None:
        self.maxima = set(maxima)
        self.ranks = ranks
        self.names: dict[str, Shift | None] = {}
        self._found: dict[ast.expr, Shift | None] = {}

    def last(self, roots: Roots) -> Shift | None:
        found: Shift | None = None
        for name, root in roots:
            self.names[name] = found = self.of(root)
        return found

    def of(self, node: ast.expr) -> Shift | None:
        if node not in self._found:
            self._found[node] = self._of(node)
        return self._found[node]

    def _of(self, node: ast.expr) -> Shift | None:
        if node in self.maxima:
            assert isinstance(node, ast.Call)
            return self._maximum(node)
        if isinstance(node, ast.Name):
            return self.names.get(node.id, SAME)
        if isinstance(node, ast.BinOp):
            return self._binary(type(node.op).__name__, node.left, node.right)
        if isinstance(node, ast.UnaryOp):
            found = self.of(node.operand)
            return found if found is None or found.times else found._replace(k=-found.k)
        if isinstance(node, ast.Attribute):
            found = SAME if node.attr in ("shape", "size") else self.of(node.value)
            turned = node.attr == "T" and found is not None and self.ranks.axes(node.value) == 2
            return Shift(found.k, -3 - found.axis, found.times) if found and found.axis and turned else found
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript) and new_axis(node) is not None:
            found = self.of(node.value)
            return found._replace(axis=-2) if found and found.axis == -1 and new_axis(node) == 1 else found
        parts = [self.of(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return SAME if all(part == SAME for part in parts) else None

    def _maximum(self, node: ast.Call) -> Shift | None:
        of, along = operand(node), self.ranks.along(node)
        if of is None or along is None or self.of(of) != SAME:
            return None
        axis, kept = along
        if axis is None or self.ranks.axes(of) == 1:
            return Shift(Fraction(1))
        return Shift(Fraction(1), -3 - axis if kept else -1)

    def _binary(self, op: str, left: ast.expr, right: ast.expr) -> Shift | None:
        a, b = self.of(left), self.of(right)
        if a is None or b is None:
            return None
        if a == b == SAME:
            return SAME
        if op == "Pow":
            number = right.value if isinstance(right, ast.Constant) else None
            return _scaled(a, number) if a.times else None
        if op == "MatMult":
            return self._matmul(a, b, left, right)
        if SAME not in (a, b) and a.axis != b.axis:
            return None
        axis = b.axis if a == SAME else a.axis
        if op in ("Add", "Sub"):
            if a.times or b.times:
                return a if a == b else None
            return _shift(a.k + (b.k if op == "Add" else -b.k), axis, False)
        if op in ("Mult", "Div") and (a.times or a == SAME) and (b.times or b == SAME):
            return _shift(a.k + (b.k if op == "Mult" else -b.k), axis, True)
        for one, node in ((a, right), (b, left)):
            if isinstance(node, ast.Constant) and (op == "Mult" or (op == "Div" and one is a)):
                return _scaled(one, node.value, op == "Div")
        return None

    def _matmul(self, a: Shift, b: Shift, left: ast.expr, right: ast.expr) -> Shift | None:
        one, other, inner = (a, b, -1) if b == SAME else (b, a, max(-2, -(self.ranks.axes(right) or 0)))
        if other != SAME or not one.times or one.axis == inner:
            return None
        # The axis of c is one that stays: of a matrix beside a vector it is the only one.
        ranks = self.ranks.axes(left), self.ranks.axes(right)
        return one._replace(axis=-1) if one.axis is not None and 1 in ranks else one

    def _call(self, node: ast.Call) -> Shift | None:
        name, of = called(node), operand(node)
        if name in ("len", "size"):
            return SAME
        rest = [self.of(n) for n in node.args if n is not of]
        found = None if of is None else self.of(of)
        if found == SAME and all(part == SAME for part in rest):
            return SAME
        if found is None or of is None:
            return None
        if name == "exp":
            return None if found.times else found._replace(times=True)
        if name == "log":
            return found._replace(times=False) if found.times else None
        if name in words.BINARY and len(rest) == 1:
            return self._binary(words.BINARY[name], of, next(n for n in node.args if n is not of))
        if name == "sqrt":
            return _scaled(found, Fraction(1, 2)) if found.times else None
        reduces = {"sum": found.times, "mean": True, "max": True, "amax": True, "min": True, "amin": True}
        shifts = {"softmax": SAME, "log_softmax": SAME, "logsumexp": found}
        if not reduces.get(name, name in shifts and not found.times):
            return None
        along = self.ranks.along(node)
        if along is None or (found.axis is not None and along[0] in (None, found.axis)):
            return None
        found, kept = shifts.get(name, found), along[1]
        return found if kept or found.axis is None or name in ("softmax", "log_softmax") else found._replace(axis=-1)


def _shift(k: Fraction, axis: int | None, times: bool) -> Shift:
    return Shift(k, axis, times) if k else SAME


def _scaled(found: Shift, by: object, divided: bool = False) -> Shift | None:
    if not isinstance(by, int | float | Fraction) or (divided and not by):
        return None
    return _shift(found.k / Fraction(by) if divided else found.k * Fraction(by), found.axis, found.times)


class _Without(ast.NodeTransformer):
    """Leaves out some expressions, and the names for them, which are added or subtracted."""

    def __init__(self, gone: set[ast.expr]) -> None:
        self.gone = gone
        self.names: set[str] = set()
        self.same: dict[str, ast.Name] = {}
        """Names that are now the same as others."""

    def assigned(self, name: str, root: ast.expr) -> ast.expr | None:
        """What is left of an assignment; None if nothing is."""
        if self._is_gone(root):
            self.names.add(name)
            return None
        left = self.visit(root)
        assert isinstance(left, ast.expr)
        if name and isinstance(left, ast.Name) and left is not root:
            self.same[name] = left
            return None
        return left

    def _is_gone(self, node: ast.expr) -> bool:
        return node in self.gone or (isinstance(node, ast.Name) and node.id in self.names)

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            if self._is_gone(node.right):
                return self.visit(node.left)
            if self._is_gone(node.left):
                right = self.visit(node.right)
                assert isinstance(right, ast.expr)
                minus = ast.UnaryOp(ast.USub(), right)
                return right if isinstance(node.op, ast.Add) else ast.copy_location(minus, node)
        if isinstance(node, ast.Name) and node.id in self.same:
            return ast.copy_location(ast.Name(self.same[node.id].id), node)
        return self.generic_visit(node)
