"""What is asked about undeclared names in code, where nothing says how many axes they have.

A bias beside W @ X, mu beside a vector, gamma and beta of a normalization, w1 and w2 in x.dot(w1).dot(w2): every way
to declare them is a reading.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from matcalc.errors import Alternative
from matcalc.syntax.python import words
from matcalc.syntax.python.ranks import Ranks, called, operand

_STATISTICS = frozenset({"mu", "sigma"})
_SCALES = frozenset({"gamma", "beta"})
_BIAS = re.compile(r"(b|c|bias)_?\d*")
_WEIGHTS = re.compile(r"(W|Theta)\w*")
_THROUGH = frozenset({*words.ENTRIES, "maximum", "minimum", "clip", "clamp"})
_SIZES = "ndhkmpqrst"


class Doubt(NamedTuple):
    """A name, where it stands, and the readings."""

    name: str
    node: ast.expr
    readings: Sequence[Alternative]


def doubts(
    roots: Sequence[tuple[str, ast.expr]], ranks: Ranks, declared: Collection[str], spreads_last: bool
) -> Iterator[Doubt]:
    """What is to be asked about names that nothing defines or declares.

    `ranks`: what they were taken for; `spreads_last`: whether an array of one axis stands along the last one.
    """
    values = dict(roots)
    nodes = [node for _, root in roots for node in ast.walk(root)]

    def free(node: ast.expr) -> str:
        return node.id if isinstance(node, ast.Name) and node.id not in values and node.id not in declared else ""

    yield from _of_layers(nodes, values, ranks, free)
    for node in (n for n in nodes if isinstance(n, ast.BinOp)):
        sides = (node.left, node.right), (node.right, node.left)
        for part, other in sides if isinstance(node.op, ast.Add | ast.Sub) else sides[1:]:
            name, rank = free(_inner(part)), ranks.of(other) or 0
            if not name or not rank or isinstance(node.op, ast.Mult | ast.MatMult | ast.Pow):
                continue
            if (
                name in _STATISTICS
                and not ranks.known.get(name)
                and (isinstance(node.op, ast.Add | ast.Sub) or name == "sigma")
            ):
                yield Doubt(name, part, _number_or(name, "d" if rank == 2 else "n", "a vector beside the other"))
            product = _product(other)
            if (
                spreads_last
                and rank == 2
                and _BIAS.fullmatch(name)
                and product is not None
                and isinstance(part, ast.Name)
            ):
                first, last = (n.id if isinstance(n, ast.Name) else "" for n in product)
                if _WEIGHTS.fullmatch(first) and not _WEIGHTS.fullmatch(last):
                    yield Doubt(name, part, _beside_columns(name))
            if isinstance(node.op, ast.Add) and name == "beta" and isinstance(other, ast.BinOp):
                scales = [free(n) for n in (other.left, other.right) if isinstance(other.op, ast.Mult)]
                if "gamma" in scales:
                    size = "d" if rank == 2 else "n"
                    yield Doubt(name, node, _number_or("gamma, beta", size, "vectors, with an entry for each column"))


def _number_or(names: str, size: str, vector: str) -> list[Alternative]:
    several = "," in names
    return [
        Alternative("vectors" if several else vector, f"{names}: {size}"),
        Alternative("numbers" if several else "a number", f"{names}: scalar"),
    ]


def _beside_columns(name: str) -> list[Alternative]:
    return [
        Alternative("a column, with an entry for each row", f"{name}: h x 1"),
        Alternative("a number", f"{name}: scalar"),
        Alternative("an entry for each column, as an array of one axis spreads", f"{name}: n"),
    ]


def _inner(node: ast.expr) -> ast.expr:
    """The name that an expression is entry by entry: of mu.pow(2), sigma**2 and 2 * torch.log(sigma)."""
    while True:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            node = node.left
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
            node = node.right
        elif isinstance(node, ast.Call) and called(node) in (*_THROUGH, "pow", "square") and (of := operand(node)):
            node = of
        else:
            return node


def _product(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """The factors of A @ B, A.dot(B), A.mm(B)."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    if isinstance(node, ast.Call) and called(node) in ("dot", "matmul", "mm") and node.args:
        first = operand(node)
        return None if first is None or first is node.args[-1] else (first, node.args[-1])
    return None


def _beside(nodes: Sequence[ast.AST], values: Mapping[str, ast.expr], node: ast.expr) -> Iterator[ast.expr]:
    """What an expression, with its bias or by its name, has added to it or taken from it."""
    sums = [n for n in nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add | ast.Sub)]
    seen = {ast.dump(node)}
    for _ in range(3):
        seen |= {ast.dump(n) for n in sums if ast.dump(n.left) in seen and _is_bias(n.right)}
        seen |= {ast.dump(ast.Name(name, ast.Load())) for name, root in values.items() if ast.dump(root) in seen}
    for each in sums:
        for part, other in ((each.left, each.right), (each.right, each.left)):
            if ast.dump(part) in seen and not _is_bias(other):
                yield other


def _is_bias(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and _BIAS.fullmatch(node.id) is not None


def _of_layers(nodes: Sequence[ast.AST], values: dict[str, ast.expr], ranks: Ranks, free: object) -> Iterator[Doubt]:
    """w1 of x.dot(w1), whose value is multiplied by w2 again: both are matrices, and x one sample or several."""
    assert callable(free)
    for node in nodes:
        product = _product(node)
        if not isinstance(node, ast.expr) or product is None or not (last := free(product[1])) or not last[0].islower():
            continue
        chain = [last]
        left, within = product[0], False
        while True:
            left = _inner(left)
            if isinstance(left, ast.Name) and left.id in values:
                left, within = values[left.id], True
            elif isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):  # with a bias
                left = left.left
            elif isinstance(left, ast.Call) and called(left) in ("where",):
                return
            elif (before := _product(left)) is not None:
                chain.insert(0, free(before[1]) or "")
                left = before[0]
            else:
                break
        names = [name for name in chain if name]
        weights = all(name[:1].islower() and name[-1:].isdigit() for name in chain)
        if len(chain) < 2 or not within or not weights or not all(ranks.known.get(name) == 1 for name in names):
            continue
        x = free(left)
        rows = [x] if x and x[0].islower() and ranks.known.get(x) == 1 else []
        rank = 1 if rows else 2
        beside = list(dict.fromkeys(filter(None, (free(other) for other in _beside(nodes, values, node)))))
        below = dict(zip(chain, pairwise([*_SIZES[1:], *(f"n{i}" for i in range(1, len(chain)))]), strict=False))
        matrices = "; ".join(f"{name}: {a} x {b}" for name, (a, b) in below.items())
        out, vectors = below[last][1], "; ".join(f"{name}: {a}" for name, (a, _) in below.items())
        readings = [("matrices", [*(f"{x}: n x d" for x in rows), matrices, *(f"{y}: n x {out}" for y in beside)])]
        readings += [
            ("matrices, and one sample", [f"{x}: d" for x in rows] + [matrices] + [f"{y}: {out}" for y in beside])
        ]
        readings = readings if rank == 1 else [readings[0], ("vectors", [vectors])]
        yield Doubt(names[0], product[0], [Alternative(said, "; ".join(shapes)) for said, shapes in readings])
        return
