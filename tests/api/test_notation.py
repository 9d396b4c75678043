"""What `matcalc notation` says may be typed is read, and all that it says is the same is read as the same."""

from __future__ import annotations

import re

import pytest

import matcalc
from matcalc.api.notation import SIGNS, STATEMENTS, Typable, calls
from matcalc.api.reference import notation
from matcalc.document.glossary import described
from matcalc.expr import Slot, Symbol, Term, postorder
from matcalc.operators import FUNCTION_NAMES, TABLE
from matcalc.syntax import parse_expression

DECLARED = "A, B, C, D: n x n; X: n x d; W: d x h; Z: n x h; x: n; w: d; s: scalar"
"""The names in SIGNS."""


def program(row: Typable, way: str) -> str:
    if row in STATEMENTS or row.within != "{}":
        return row.within.replace("{}", way)
    return f"{DECLARED}; {way}"


@pytest.mark.parametrize("row", [*STATEMENTS, *SIGNS], ids=lambda row: row.meaning)
def test_all_ways_are_read_and_mean_the_same(row: Typable) -> None:
    found = [matcalc.parse(program(row, way)) for way in row.ways]
    first, *others = found
    assert first.objective.definition is not None or first.given
    for other in others:
        assert other.objective.definition is first.objective.definition
        assert other.given == first.given and other.inputs == first.inputs


CALLS = list(calls())


@pytest.mark.parametrize(("typed", "op"), CALLS, ids=[typed for typed, _ in CALLS])
def test_what_is_called_is_the_operator(typed: str, op: matcalc.expr.Operator) -> None:
    names = {
        part.name: Symbol(part.name, part.shape, [op.asks] if op.asks else [])
        for part in postorder(described(op).term)
        if isinstance(part, Slot)
    }
    sizes = {f"size{i}": Symbol(f"size{i}", dims) for i, dims in enumerate((("n", "m"), ("k", "i"), ("j", 1)))}
    found = parse_expression(typed.replace("ε", "epsilon"), names | sizes)
    assert isinstance(found, Term) and found.op is op


def test_nothing_is_left_out() -> None:
    text = notation()
    for name, op in TABLE.items():
        if op.function is None and name != "step_ge":  # which is typed with brackets
            assert not op.words or re.search(rf"\b{op.words[0]}\(", text), name
    for name in FUNCTION_NAMES:
        assert re.search(rf"\b{name}\(Z\)", text), name
