"""Verification for programs about layers: formulas for layer l are checked at L = 1, 2, 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcalc.derive import Record, derive
from matcalc.expr import Node, Symbol
from matcalc.families import Place, indexed
from matcalc.syntax import parse_expression
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.verify import Verification


def proofs(
    record: Record, gradients: tuple[tuple[Symbol, Node], ...], time_limit: float
) -> tuple[tuple[str, Verification], ...]:
    """What the judge says of gradients that are written in names of the record."""
    from matcalc.verify.every_depth import verify_layers

    assert record.recursion is not None
    given = dict(record.given)
    found = verify_layers(record.objective, gradients, record.recursion, given, time_limit, record.convention)
    return tuple(found.items())


def candidate(program: Program, wrt: str, text: str | Node, convention: str) -> tuple[Record, Symbol, Node]:
    """A formula that somebody claims for a gradient: the record that its names are from, its variable, the formula.

    Raises what `parse_expression` raises.
    """
    record = derive(program, [wrt], convention)
    variable = record.gradients[0][0]
    if isinstance(text, Node):
        return record, variable, text
    return record, variable, parse_expression(text, names(record), program.functions, variable.shape)


def names(record: Record) -> dict[str, Symbol]:
    """Every name that a formula about layer l may be written in: of that layer, of its neighbours, of the ends."""
    family = record.program.family
    assert family is not None
    known = {s.name: s for s in (*record.program.inputs, *record.where, *record.deltas, record.objective)}
    found: dict[str, Symbol] = {}
    places = [family.here.moved(k) for k in (-1, 0, 1)]
    places += [family.last.moved(k) for k in (-1, 0, 1)] + [Place("", family.first + k) for k in (-1, 0, 1)]
    for symbol in known.values():
        place = indexed(symbol.name)
        if place is None or place.place != family.here:
            continue
        for other in places:
            moved = family.at(other, Symbol(symbol.name, symbol.shape, symbol.attributes))
            assert isinstance(moved, Symbol)
            found.setdefault(moved.name, moved)
    return {**found, **known}
