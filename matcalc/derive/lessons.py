"""Lessons: how G : d f(Z) becomes f*(G) : dZ for a function of rows whose derivation is always the same.

The derivation is made once, by the same line of rewriting as any other, and its two ends are a rule: the adjoint of
softmax, G : d(softmax(Z)) = (G - rowsum(G ⊙ P) 𝟏') ⊙ P : dZ. A derivation then takes one step where it would repeat it.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.derive.line import Line
from matcalc.derive.moves import differentiate, product_rule
from matcalc.expr import Node, Operator, Shape, Slot, Symbol, Term, postorder, replace
from matcalc.operators import T, d, fn, inner, inv, matmul, plus, term
from matcalc.rewrite import Rewrite, RewriteRule, fill, match
from matcalc.rules.differentials import PRODUCTS, differentials

NAMES = {
    ops.SOFTMAX_ROWS: "softmax",
    ops.SOFTMAX_COLUMNS: "softmax",
    ops.LOG_SOFTMAX_ROWS: "log_softmax",
    ops.LOG_SOFTMAX_COLUMNS: "log_softmax",
    ops.LAYER_NORM: "layer_norm",
    ops.BATCH_NORM: "batch_norm",
}
"""The operators whose adjoint is a lesson."""


class Lesson(NamedTuple):
    """A rule, its derivation, and what remains to be said."""

    rule: RewriteRule
    steps: tuple[Rewrite, ...]
    remark: str = ""


@cache
def lesson(op: Operator, column: bool) -> Lesson:
    """The adjoint of `op` applied to a matrix, or to a column."""
    shape: Shape = ("n", 1) if column else ("n", "m")
    gradient, variable = Symbol("G", shape), Symbol("z" if column else "Z", shape)
    more = [Symbol("e", (1, 1))] if len(op.signature.arguments) > 1 else []
    of = term(op, variable, *more)
    line = _line(variable, d(of))
    line.pairs = [(gradient, d(of))]
    line.run({})
    ((found, _),) = line.pairs
    slots: dict[Node, Node] = {s: Slot(s.name, s.shape) for s in (gradient, variable, *more)}
    lhs, rhs = inner(gradient, d(of)), inner(found, d(variable))
    statement = replace(lhs, slots), replace(rhs, slots)
    return Lesson(
        RewriteRule(f"adjoint of {NAMES[op]}", *statement, reason="derived once, in the rule book"), tuple(line.steps)
    )


def _no_atom(node: Term) -> Symbol:
    raise AssertionError(f"{node.op.name} has no formula of its own")


def pulled_back(g: Node, target: Term) -> tuple[RewriteRule, Node] | None:
    """The adjoint's rule for G : d(target), and the gradient by its first argument; None if there is none."""
    if target.op not in NAMES:
        return None
    rule = lesson(target.op, target.shape[1] == 1 and target.op in _OF_COLUMNS).rule
    found = next(match(rule.lhs, inner(g, d(target))), None)
    if found is None:
        return None
    after = fill(rule.rhs, found)
    assert isinstance(after, Term)
    return rule, after.args[0]


_OF_COLUMNS = (ops.SOFTMAX_COLUMNS, ops.LOG_SOFTMAX_COLUMNS)


def lessons(word: str) -> list[Lesson]:
    """The lessons whose name holds `word`: adjoints, and the differentials that have a derivation of their own."""
    found = [lesson(op, column) for op in NAMES for column in ((False, True) if op in _OF_COLUMNS else (False,))]
    found += [_by_products("square"), _by_products("quadratic form", mirror), _inverse(), _log_det()]
    return [one for one in found if word.lower() in one.rule.name.lower()]


_a, _S = Symbol("a", ("n", 1)), Symbol("S", ("n", "n"))
mirror = Symbol("S", ("n", "n"), ("symmetric",))


def _row(name: str, op: Operator) -> RewriteRule:
    return next(rule for rule in differentials(op) if rule.name == f"differential of {name}")


def _by_products(name: str, *between: Node) -> Lesson:
    # d(a' S a) and d(a' a) by the product rule.
    form = matmul(T(_a), *between, _a)
    assert isinstance(form, Term)
    line = _line(_a, d(form))
    line.start(PRODUCTS[ops.MATMUL], product_rule(form, line.active))
    line.run({})
    return Lesson(_row(f"a {name}", ops.MATMUL), tuple(line.steps))


def _inverse() -> Lesson:
    product = matmul(_S, inv(_S))
    after = plus(matmul(d(_S), inv(_S)), matmul(_S, d(inv(_S))))
    remark = "`S inv(S)` is $I$, so this is 0, and multiplied by `inv(S)` from the left it gives the rule"
    return Lesson(_row("the inverse", ops.INV), (Rewrite(PRODUCTS[ops.MATMUL], d(product), after),), remark)


def _log_det() -> Lesson:
    of = fn("log", term(ops.DET, _S))
    assert isinstance(of, Term)
    line = _line(_S, d(of))
    rule, after, _ = differentiate(of, line.active)
    line.start(rule, after)
    line.run({})
    return Lesson(_row("log det", ops.LOGDET), tuple(line.steps))


def _line(variable: Symbol, first: Node) -> Line:
    return Line(lambda node: variable in set(postorder(node)), _no_atom, [(ops.ONE, first)])
