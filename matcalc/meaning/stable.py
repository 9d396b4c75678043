"""STABLE: compositions that lose accuracy in float64, and the stable operators that replace them.

For example det(A) of a 300×300 matrix overflows although log(det(A)) is a small number. A row is a pattern and its
replacement, two expressions with slots that are equal as functions; exact evaluation does not use this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import permutations
from typing import TypeAlias

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.expr import Node, Number, Slot, Term
from matcalc.operators import (
    Operator,
    fn,
    hadamard,
    matmul,
    minus,
    negative,
    number,
    ones,
    plus,
    power,
    scale,
    term,
)

Restated: TypeAlias = tuple[Node, Node]
Found: TypeAlias = dict[Node, Node]
Look: TypeAlias = Callable[[Node], Node]
"""Maps a name to its definition, if that may be used."""


def _of_entries(n: Dim, m: Dim) -> Iterator[Restated]:
    # Functions of the entries of an n×m array.
    z = Slot("Z", (n, m))
    one, exp, sigmoid = ones(n, m), fn("exp", z), fn("sigmoid", z)
    yield fn("log", sigmoid), fn("log_sigmoid", z)
    yield fn("log", minus(one, sigmoid)), fn("log_sigmoid", negative(z))
    yield fn("log", plus(one, exp)), fn("softplus", z)
    yield fn("log", power(plus(one, exp), -1)), fn("log_sigmoid", negative(z))
    yield fn("log", plus(one, z)), fn("log1p", z)
    yield minus(exp, one), fn("expm1", z)


def _rows() -> Iterator[Restated]:
    yield from _of_entries("n", "m")
    yield from _of_entries(1, 1)
    a, z = Slot("A", ("n", "n")), Slot("Z", ("n", "m"))
    exp = fn("exp", z)
    yield fn("log", term(ops.DET, a)), term(ops.LOGDET, a)
    yield plus(fn("exp", Slot("z", (1, 1))), number(-1)), fn("expm1", Slot("z", (1, 1)))
    yield fn("log", term(ops.SOFTMAX_ROWS, z)), term(ops.LOG_SOFTMAX_ROWS, z)
    yield fn("log", term(ops.SOFTMAX_COLUMNS, z)), term(ops.LOG_SOFTMAX_COLUMNS, z)
    yield fn("log", term(ops.SUM, exp)), term(ops.LOGSUMEXP_COLUMNS, term(ops.VEC, z))
    yield fn("log", term(ops.ROWSUM, exp)), term(ops.LOGSUMEXP_ROWS, z)
    yield fn("log", matmul(exp, ones("m"))), term(ops.LOGSUMEXP_ROWS, z)
    yield fn("log", term(ops.COLSUM, exp)), term(ops.LOGSUMEXP_COLUMNS, z)
    yield fn("log", matmul(ones(1, "n"), exp)), term(ops.LOGSUMEXP_COLUMNS, z)
    by_row = hadamard(exp, power(matmul(term(ops.ROWSUM, exp), ones(1, "m")), -1))
    by_column = hadamard(exp, power(matmul(ones("n"), term(ops.COLSUM, exp)), -1))
    yield by_row, term(ops.SOFTMAX_ROWS, z)
    yield by_column, term(ops.SOFTMAX_COLUMNS, z)
    for shape, op in ((("n", 1), ops.SOFTMAX_COLUMNS), ((1, "n"), ops.SOFTMAX_ROWS)):
        exp = fn("exp", Slot("z", shape))
        yield scale(power(term(ops.SUM, exp), -1), exp), term(op, Slot("z", shape))


@cache
def _by_operators() -> Mapping[tuple[Operator, Operator], tuple[Restated, ...]]:
    # Rows by their operator and that of one argument, a function of the entries if there is one.
    found: dict[tuple[Operator, Operator], list[Restated]] = {}
    for pattern, instead in _rows():
        inner = [a.op for a in pattern.args if isinstance(a, Term)]
        first = next((op for op in inner if op.function), inner[0])
        if isinstance(pattern, Term):
            found.setdefault((pattern.op, first), []).append((pattern, instead))
    return {ops_: tuple(rows) for ops_, rows in found.items()}


LONGEST = 2
"""Arguments of a composition that is looked at, at most."""


def stable(node: Term, look: Look) -> Node | None:
    """The replacement for `node`, or None. `look` gives the definitions of names."""
    if len(node.args) > LONGEST:
        return None
    rows = _by_operators()
    for a in node.args:
        inner = look(a)
        for pattern, instead in rows.get((node.op, inner.op), ()) if isinstance(inner, Term) else ():
            found: Found = {}
            if _fits(pattern, node, look, found):
                return _filled(instead, found)
    return None


def _fits(pattern: Node, node: Node, look: Look, found: Found) -> bool:
    if isinstance(pattern, Slot):
        sizes = zip(pattern.shape, node.shape, strict=True)
        return all(p == n for p, n in sizes if isinstance(p, int)) and found.setdefault(pattern, node) is node
    node = look(node)
    if isinstance(pattern, Number):
        return node is pattern
    if not isinstance(pattern, Term) or not isinstance(node, Term) or node.op is not pattern.op:
        return False
    if pattern.op is ops.ONES:
        return True
    if len(node.args) != len(pattern.args):
        return False
    for args in permutations(node.args) if pattern.op.commutes else (node.args,):
        tried = dict(found)
        if all(_fits(p, a, look, tried) for p, a in zip(pattern.args, args, strict=True)):
            found.update(tried)
            return True
    return False


def _filled(instead: Node, found: Found) -> Node:
    if instead in found:
        return found[instead]
    if isinstance(instead, Term):
        return Term(instead.op, tuple(_filled(a, found) for a in instead.args))
    return instead
