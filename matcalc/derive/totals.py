"""Lines about sums over layers: d of a sum, and the sum of the terms of all layers."""

from __future__ import annotations

from collections.abc import Sequence

from matcalc.expr import Node, Symbol, Term, postorder, replace
from matcalc.operators import D, Operator, d, hadamard, inner, plus, term
from matcalc.rewrite import Rewrite, RewriteRule, Section
from matcalc.rules.adjoints import COLLECT
from matcalc.rules.differentials import LINEARLY
from matcalc.rules.slots import matrix

_A, _G, _V = matrix("A"), matrix("G"), matrix("V")


def gathered(parts: Sequence[Node], variable: Symbol) -> tuple[Rewrite, ...]:
    """The lines that turn dJ, a sum over layers of terms in one differential, into one term."""
    v = d(variable)
    lines = [
        plus(*(term(p.op, _term(p.args[0], v)) if isinstance(p, Term) and p.op.over else _term(p, v) for p in parts)),
        plus(*(_term(p, v) for p in parts)),
        _term(plus(*parts), v),
    ]
    over = next((p.op for p in parts if isinstance(p, Term) and p.op.over), None)
    rules = [COLLECT if over is None else _out_of_sum(over), COLLECT]
    steps = zip(rules, lines, lines[1:], strict=False)
    return tuple(Rewrite(rule, before, after) for rule, before, after in steps if before is not after)


def _out_of_sum(over: Operator) -> RewriteRule:
    """The rule that takes factors common to all layers out of a sum over them."""
    sides = term(over, inner(_G, _V)), inner(term(over, _G), _V)
    return RewriteRule("the same in all terms", *sides, reason="the Frobenius product is linear in its first factor")


def into_sums(sections: Sequence[Section]) -> list[Section]:
    """The sections, where a line that ends with d of a sum over layers becomes the sum of the d's."""
    found: list[Section] = []
    for section in sections:
        steps = list(section.steps)
        line = steps[-1].after if steps else None
        ends = [n for n in postorder(line) if isinstance(n, Term) and n.op is D] if line is not None else []
        for n in ends:
            inside = n.args[0]
            if isinstance(inside, Term) and inside.op.over is not None and line is not None:
                rule = RewriteRule(LINEARLY, d(term(inside.op, _A)), term(inside.op, d(_A)))
                after = replace(line, {n: term(inside.op, d(inside.args[0]))})
                steps.append(Rewrite(rule, line, after))
                line = after
        found.append(section._replace(steps=tuple(steps)))
    return found


def _term(gradient: Node, differential: Node) -> Node:
    return (hadamard if differential.is_scalar else inner)(gradient, differential)
