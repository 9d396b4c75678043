"""Removes structure that the derivation must not use, before anything is rewritten.

If the structure of an orthogonal X is to be ignored (the convention "free"), X'X = I must not be used. The same holds
for Q = A C that is differentiated by, even if A and C are orthogonal: only declared attributes of a variable are its
structure. The derivation runs on variables without these attributes; the record then refers to the declared ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from matcalc.derive.line import SIMPLIFY
from matcalc.derive.record import Record
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, definitions, replace
from matcalc.rewrite import Rewrite, Section
from matcalc.rewrite.varied import KEPT, VARIED, VARIED_SYMMETRIC
from matcalc.rules.conventions import UNSTRUCTURED, structure
from matcalc.rules.structure import attributes
from matcalc.syntax.program import Program


def attempts(
    program: Program, wrt: Sequence[str], declared: bool, run: Callable[[Program, list[Symbol]], Record]
) -> Record:
    """run(program, variables) with as few attributes of the variables as it needs, in terms of the original program.

    If an operator requires the structure of its argument, it is kept. Raises UnsupportedError if `run` fails even with
    all attributes.
    """
    for asked in (False, True):
        free, known = freed(program, wrt, declared, asked)
        with suppress(UnsupportedError):
            if known:
                return restored(run(free, [*map(free.symbol, wrt)]), program, known)
    return run(program, [*map(program.symbol, wrt)])


def freed(
    program: Program, wrt: Sequence[str], declared: bool, asked: bool = False
) -> tuple[Program, dict[Node, Node]]:
    """The program with fewer attributes on its variables, and the original of each of them.

    A defined name loses every attribute that only its definition implies, except symmetry if `asked` for. An input
    does too, if its `declared` attributes are to be ignored.
    """
    became: dict[Node, Symbol] = {}
    word = VARIED_SYMMETRIC if asked else VARIED
    for s in program.inputs if declared else ():
        if s.name in wrt and structure(s.attributes) != "":
            stays = UNSTRUCTURED | (KEPT[VARIED_SYMMETRIC] if asked else frozenset())
            became[s] = Symbol(s.name, s.shape, s.attributes & stays | ({VARIED_SYMMETRIC} if asked else frozenset()))
    given = {s.name for s, _ in program.given}
    for s in program.definitions:
        assert s.definition is not None
        definition = replace(s.definition, became)
        varies = s.name in wrt or s.name in given
        if definition is not s.definition or varies:
            became[s] = Symbol(s.name, s.shape, s.attributes | {word} if varies else s.attributes, definition)
    if not became:
        return program, {}
    free = dataclasses.replace(
        program,
        inputs=tuple(became.get(s, s) for s in program.inputs),
        definitions=tuple(became.get(s, s) for s in program.definitions),
        objective=became.get(program.objective, program.objective),
        given=tuple((became.get(s, s), replace(node, became)) for s, node in program.given),
    )
    return free, {new: old for old, new in became.items()}


def restored(record: Record, program: Program, known: Mapping[Node, Node]) -> Record:
    """The record with the variables as they were declared."""
    became: dict[Node, Node] = dict(known)

    def back(node: Node) -> Node:
        for s in definitions(node):
            if s not in became and s.definition is not None:
                became[s] = Symbol(s.name, s.shape, s.attributes - KEPT.keys(), replace(s.definition, became))
        return replace(node, became)

    record = record.changed(back)
    shortened = [_shortened(*pair) for pair in record.gradients]
    return dataclasses.replace(
        record,
        program=program,
        sections=(*record.sections, *(last for *_, last in shortened if last is not None)),
        gradients=tuple((s, node) for s, node, _ in shortened),
    )


def _shortened(symbol: Symbol, gradient: Node) -> tuple[Symbol, Node, Section | None]:
    # The gradient by S = X'X is complete, so S' = S may be used in it: attributes of a value hold there.
    if not any(attributes(s) for s in definitions(gradient)):
        return symbol, gradient, None
    lines = list(SIMPLIFY.forms(gradient))
    short = SIMPLIFY.normal(gradient)[0]
    before = [gradient, *(form for _, form in lines)]
    steps = tuple(Rewrite(rule, old, new) for old, (rule, new) in zip(before, lines, strict=False))
    return symbol, short, Section("finish", symbol, steps, ((symbol, short),)) if steps else None
