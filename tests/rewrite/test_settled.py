"""What is in normal form is not walked through again by what grows around it."""

from __future__ import annotations

from matcalc.expr import Node, Symbol
from matcalc.operators import matmul, plus
from matcalc.rewrite import RuleSet
from matcalc.rules.identities import IDENTITIES
from matcalc.rules.order import arrange


def test_a_settled_part_is_not_visited_again() -> None:
    a, x = Symbol("A", ("n", "n")), Symbol("X", ("n", "n"))
    asked: list[object] = []
    rules = RuleSet(IDENTITIES, arrange=arrange)
    step = rules.step
    rules.step = lambda node: (asked.append(node), step(node))[1]  # type: ignore[method-assign, assignment]
    deep: Node = x
    for _ in range(60):
        deep = plus(matmul(a, deep), x)
    rules.normal(matmul(deep, a))
    assert len(asked) > 100 and deep in rules.settled
    asked.clear()
    again, _ = rules.normal(matmul(deep, x))
    assert len(asked) <= 5, "the part is asked about again"
    assert list(rules.forms(again)) == []
