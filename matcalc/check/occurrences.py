"""The gradient as a sum over the places where the variable occurs: by the product rule every place gives a term."""

from __future__ import annotations

from dataclasses import replace as changed

from matcalc.derive import derive
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, Term, expand, expanded_length, postorder, replace
from matcalc.operators import PLUS, plus
from matcalc.syntax.program import Program

LONGEST = 1_000
"""Symbols of an objective whose places are told apart, its names substituted."""
MOST = 6
"""Places of a variable that are told apart."""


def terms_by_place(program: Program, variable: Symbol) -> list[tuple[int, Node]]:
    """What each place of the variable in the objective gives to its gradient; [] where there are many, or one.

    Each stands with the number of the term of the objective that the place is in. What they are is written in the
    program's inputs.
    """
    if program.given or program.objective.definition is None or expanded_length(program.objective) > LONGEST:
        return []
    objective = expand(program.objective)
    places: list[Symbol] = []
    terms = objective.args if isinstance(objective, Term) and objective.op is PLUS else (objective,)
    of: list[int] = []
    apart: list[Node] = []
    for number, term in enumerate(terms):
        apart.append(_apart(term, variable, places))
        of += [number] * (len(places) - len(of))
    whole = plus(*apart)
    if not 1 < len(places) <= MOST:
        return []
    target = Symbol(program.objective.name, (1, 1), (), whole)
    inputs = (*(s for s in program.inputs if s is not variable), *places)
    alone = changed(program, inputs=inputs, definitions=(target,), objective=target, indexed=(), asked=())
    try:
        record = derive(alone, [s.name for s in places], "free")
    except MatcalcError:
        return []
    back: dict[Node, Node] = dict.fromkeys(places, variable)
    return [(n, replace(expand(node), back)) for n, (_, node) in zip(of, record.gradients, strict=True)]


def _apart(node: Node, variable: Symbol, places: list[Symbol]) -> Node:
    """The expression with a symbol of its own at each place of the variable. Depth is that of the expression."""
    if node is variable:
        places.append(Symbol(f"{variable.name}_{len(places) + 1}_", variable.shape))
        return places[-1]
    if not isinstance(node, Term) or variable not in set(postorder(node)) or len(places) > MOST:
        return node
    return Term(node.op, tuple(_apart(arg, variable, places) for arg in node.args))
