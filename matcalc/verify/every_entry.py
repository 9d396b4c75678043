"""Judges Jacobians: every entry of the output is differentiated by every entry of the variable.

M = dvec(Y)/dvec(X)' holds exactly if for every U the scalar U : Y has the gradient G by X with vec(G) = M' vec(U). So a
Jacobian is verified as a gradient, with U as one more input.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from matcalc.dims import Dim, dim_mul, dim_value
from matcalc.expr import Node, Number, Symbol
from matcalc.operators import DUPLICATIONS, ROWRANGE, UNVEC, T, eye, matmul, size_node, stacked, term
from matcalc.verify.judge import Case
from matcalc.verify.result import Verification
from matcalc.verify.sampling import structure as structure_of
from matcalc.verify.slopes import at_entry

WEIGHT = "the free weight"
"""The name of U; no program can use it."""


def judged(
    output: Node,
    jacobians: Mapping[Symbol, Node],
    adjoints: Mapping[Symbol, Node],
    rewritten: Node,
    time_limit: float,
    seed: int,
    structure: str = "free",
) -> dict[str, Verification]:
    """A finding for the Jacobian by each variable, by its name; `adjoints`: those claimed for intermediates.

    `rewritten`: the output in the names of these. `structure` as in `verify_jacobians`.
    """
    end = time.monotonic() + time_limit
    found: dict[str, Verification] = {}
    name = output.name if isinstance(output, Symbol) else "Y"
    claims: dict[Symbol, Node] = {}
    for x, m in jacobians.items():
        turn = _independent(x) if structure == "half" else None
        shape = dim_mul(*output.shape), dim_mul(*x.shape) if turn is None else turn.shape[1]
        if m.shape == shape:
            claims[x] = m if turn is None else matmul(m, T(turn))
        else:
            shapes = f"the formula is {m.shape[0]}×{m.shape[1]}, and the Jacobian {shape[0]}×{shape[1]}"
            found[x.name] = Verification("failed", detail=shapes)
    weight, convention = Symbol(WEIGHT, output.shape), "entries" if structure == "half" else structure
    inner = {s: m for s, m in adjoints.items() if s is not rewritten and s.definition is not None}
    between = {s: _gradient(m, weight, s) for s, m in inner.items()}
    gradients = {x: _gradient(m, weight, x) for x, m in claims.items()}
    if gradients:
        other = None if rewritten is output else [(weight, rewritten)]
        found |= Case([(weight, output)], gradients, between, time_limit, seed, convention, name, other).judge()
    for x, m in claims.items():
        if found[x.name].status == "failed":
            found[x.name] = _entry(output, x, m, found[x.name], end, seed, convention)
    return {x.name: found[x.name] for x in jacobians}


def _gradient(m: Node, weight: Node, x: Symbol) -> Node:
    # G with vec(G) = M' vec(U).
    column = matmul(T(m), stacked(weight))
    return column if x.shape[1] == 1 else term(UNVEC, column, *map(size_node, x.shape))


def _independent(x: Symbol) -> Node | None:
    """The matrix D with vec(X) = D v, v the independent entries of X; None if each entry is one.

    For M by v, the rows of M D' are the entries that the judge calls independent, each in all its places.
    """
    name = {"pd": "symmetric", "psd": "symmetric"}.get(known := structure_of(x) or "", known)
    return term(DUPLICATIONS[name], size_node(x.shape[0])) if name in DUPLICATIONS else None


def _entry(
    output: Node, x: Symbol, m: Node, whole: Verification, end: float, seed: int, convention: str
) -> Verification:
    """The finding with an entry of the Jacobian in it, in place of one of the gradient of U : Y."""
    sizes = dict(whole.dimensions)
    rows = dim_value(output.shape[0], sizes)
    for i, j, weight in _units(output, sizes):
        left = end - time.monotonic()
        if left <= 0:
            break
        case = Case([(weight, output)], {x: _gradient(m, weight, x)}, {}, left, seed, convention, "Y")
        found = case.judge()[x.name]
        seen = found.counterexample
        if found.status == "failed" and seen is not None:
            row, column = seen.entry
            at = f"entry {at_entry(i, j)} of the output by entry {at_entry(row, column)} of {x.name}"
            text = f"{at} has the slope {seen.measured:.6g}, and the formula says {seen.claimed:.6g}"
            place = i + j * rows, row + column * dim_value(x.shape[0], dict(found.dimensions))
            return replace(found, detail=text, counterexample=replace(seen, entry=place))
    return whole


def _units(output: Node, sizes: Mapping[str, int]) -> Iterator[tuple[int, int, Node]]:
    # (i, j, the array of the output's shape that is 1 there and 0 elsewhere).
    rows, columns = (dim_value(dim, sizes) for dim in output.shape)
    for j in range(columns):
        for i in range(rows):
            left, right = (_unit(k, dim) for k, dim in zip((i, j), output.shape, strict=True))
            yield i, j, matmul(T(left), right)


def _unit(k: int, dim: Dim) -> Node:
    # Row k of the identity.
    return Number(1) if dim == 1 else term(ROWRANGE, eye(dim), Number(k + 1), Number(k + 1))
