"""Edits for rules that do not hold: a rule for numbers on matrices, softmax as a function of the entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from matcalc import operators as ops
from matcalc.check.edits import Truth
from matcalc.check.repairs import Parts, entry_factors, made, matrix_factors, turned
from matcalc.expr import Node, Number, Term, expand, replace, symbols
from matcalc.syntax.tree import Tree


def by_scalar_rule(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """-Y X^-2 for the derivative of tr(Y X^-1), 1/X for that of log det X."""
    found = matrix_factors(tree) or entry_factors(tree) or [tree.node]
    factors = [f for factor in found for f in _scaled(factor)]
    for i, factor in enumerate(factors):
        base, times = _negative_power(factor)
        if base is None or base.is_scalar or base.shape[0] != base.shape[1]:
            continue
        inverse = ops.inv(base)
        others = factors[:i] + factors[i + 1 :]
        scalars = [f for f in others if f.is_scalar]
        middle = [f for f in others if not f.is_scalar]
        if times == 1:
            for new in (inverse, ops.T(inverse)):
                yield from made(ops.MATMUL, *factors[:i], new, *factors[i + 1 :])
        for inside in made(ops.MATMUL, *(middle or [ops.eye(base.shape[0])])):
            if times == 2 and inside.shape == base.shape:
                for a in (inverse, ops.T(inverse)):
                    for b in (inside, turned(inside)):
                        for c in (inverse, ops.T(inverse)):
                            yield from made(ops.MATMUL, *scalars, a, b, c)


def _scaled(node: Node) -> tuple[Node, ...]:
    """A matrix and the number before it."""
    return node.args if isinstance(node, Term) and node.op is ops.SCALE else (node,)


def _negative_power(node: Node) -> tuple[Node | None, int]:
    """A and k of A^-k, of inv(A)^k, A A and their transposes."""
    if isinstance(node, Term) and node.op is ops.TRANSPOSE:
        base, times = _negative_power(node.args[0])
        return (turned(base), times) if base is not None else (None, 0)
    if isinstance(node, Term) and node.op is ops.INV:
        inner = node.args[0]
        if isinstance(inner, Term) and inner.op is ops.MATPOW and isinstance(inner.args[1], Number):
            return inner.args[0], int(inner.args[1].value)
        return inner, 1
    if isinstance(node, Term) and node.op in (ops.MATPOW, ops.POWER) and isinstance(node.args[1], Number):
        exponent = node.args[1].value
        if node.op is ops.MATPOW and isinstance(node.args[0], Term) and node.args[0].op is ops.INV:
            return node.args[0].args[0], int(exponent)
        return (node.args[0], int(-exponent)) if exponent < 0 and exponent.denominator == 1 else (None, 0)
    return None, 0


def by_softmax(parts: Parts, tree: Tree, truth: Truth) -> Iterator[Node]:
    """p .* (1 - p) .* g, as for a function of the entries, in place of p .* (g - the sums of g .* p)."""
    if not truth.softmaxes:
        return
    node = expand(tree.node)
    entries = [expand(f) for f in entry_factors(tree)]
    named = {expand(s): s for s in symbols(tree.node) if s.definition is not None}  # p where the reader writes p
    for p in dict.fromkeys(map(expand, truth.softmaxes)):
        yield from (replace(found, named) for found in _pushed_back(node, entries, p))


def _pushed_back(node: Node, entries: Sequence[Node], p: Node) -> Iterator[Node]:
    if _is_slope_of(node, p):  # the factor alone
        yield ops.ones(*p.shape)
        if p.shape[1] == 1:
            yield ops.minus(ops.term(ops.DIAG, p), ops.matmul(p, ops.T(p)))
    if isinstance(node, Term) and node.op is ops.DIAG and node.args[0] is p:
        yield ops.minus(node, ops.matmul(p, ops.T(p)))
    if p.shape != node.shape:
        return
    rest = _without_slope(entries, p)
    if rest is not None:
        g = ops.hadamard(*rest) if rest else ops.ones(*p.shape)
        yield softmax_adjoint(p, g)
        yield g
    elif any(_is_one_minus(f, p) for f in entries):  # y .* (1 - p), where p was divided out
        others = [f for f in entries if not _is_one_minus(f, p)] or [ops.ones(*p.shape)]
        yield ops.minus(ops.hadamard(*others), ops.hadamard(p, _spread_sums(ops.hadamard(*others))))
    elif p in entries and len(entries) > 1:
        yield softmax_adjoint(p, ops.hadamard(*(f for f in entries if f is not p)))


def softmax_adjoint(p: Node, g: Node) -> Node:
    """What is pushed back through p = softmax(z), by rows of a matrix."""
    return ops.hadamard(p, ops.minus(g, _spread_sums(ops.hadamard(g, p))))


def _spread_sums(node: Node) -> Node:
    """The sum of each row in every place of it; of a column its sum."""
    if node.shape[1] == 1:
        return ops.scale(ops.term(ops.SUM, node), ops.ones(node.shape[0]))
    return ops.matmul(ops.term(ops.ROWSUM, node), ops.T(ops.ones(node.shape[1])))


def _is_slope_of(node: Node, p: Node) -> bool:
    return _without_slope(list(node.args) if isinstance(node, Term) and node.op is ops.HADAMARD else [], p) == []


def _without_slope(factors: Sequence[Node], p: Node) -> list[Node] | None:
    """The other factors of p .* (1 - p) .* …; None if it is no such product."""
    flat = list(chain.from_iterable(f.args if isinstance(f, Term) and f.op is ops.HADAMARD else [f] for f in factors))
    others = [f for f in flat if f is not p and not _is_one_minus(f, p)]
    return others if len(flat) == len(others) + 2 else None


def _is_one_minus(node: Node, p: Node) -> bool:
    minus = ops.negative(p)
    return (
        isinstance(node, Term)
        and node.op is ops.PLUS
        and len(node.args) == 2
        and minus in node.args
        and any(isinstance(a, Term) and a.op is ops.ONES for a in node.args)
    )
