"""The convention "free": the structure of the variables is forgotten before anything is rewritten.

X'X = I must not be used of an orthogonal X whose structure is to be ignored; the derivation is of a variable without
attributes, and what it leaves is then said of the declared one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from matcalc.derive.record import Derivation
from matcalc.expr import Node, Symbol, definitions, replace
from matcalc.rewrite import Condition, Section, Step
from matcalc.rules.conventions import UNSTRUCTURED, structure
from matcalc.syntax.program import Program


def freed(program: Program, wrt: Sequence[str]) -> tuple[Program, Mapping[Node, Node]]:
    """The program with nothing known of the structure of the variables, and what each of them was declared to be."""
    became: dict[Node, Symbol] = {}
    known: dict[Node, Node] = {}
    for s in program.inputs:
        if s.name in wrt and structure(s.attributes) != "":
            became[s] = Symbol(s.name, s.shape, s.attributes & UNSTRUCTURED)
            known[became[s]] = s
    for s in program.definitions if became else ():
        assert s.definition is not None
        definition = replace(s.definition, became)
        if definition is not s.definition:
            became[s] = Symbol(s.name, s.shape, s.attributes, definition)
    free = dataclasses.replace(
        program,
        inputs=tuple(became.get(s, s) for s in program.inputs),
        definitions=tuple(became.get(s, s) for s in program.definitions),
        objective=became.get(program.objective, program.objective),
        given=tuple((became.get(s, s), replace(node, became)) for s, node in program.given),
    )
    return free, known


def restored(record: Derivation, program: Program, known: Mapping[Node, Node]) -> Derivation:
    """The record with the variables as they were declared."""
    became: dict[Node, Node] = dict(known)

    def back(node: Node) -> Node:
        for s in definitions(node):
            if s not in became and s.definition is not None:
                became[s] = Symbol(s.name, s.shape, s.attributes, replace(s.definition, became))
        return replace(node, became)

    def name(symbol: Symbol) -> Symbol:
        found = back(symbol)
        assert isinstance(found, Symbol)
        return found

    def section(old: Section) -> Section:
        steps = tuple(Step(s.rule, back(s.before), back(s.after)) for s in old.steps)
        return Section(old.kind, name(old.subject), steps, pairs(old.results))

    def pairs(old: Sequence[tuple[Symbol, Node]]) -> tuple[tuple[Symbol, Node], ...]:
        return tuple((name(s), back(node)) for s, node in old)

    return dataclasses.replace(
        record,
        program=program,
        objective=name(record.objective),
        wrt=tuple(map(name, record.wrt)),
        sections=tuple(map(section, record.sections)),
        where=tuple(map(name, record.where)),
        deltas=tuple(map(name, record.deltas)),
        gradients=pairs(record.gradients),
        adjoints=pairs(record.adjoints),
        given=pairs(record.given),
        conditions=tuple(Condition(c.words, tuple((k, back(n)) for k, n in c.parts)) for c in record.conditions),
    )
