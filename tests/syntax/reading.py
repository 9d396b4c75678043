"""Short ways to read texts in the tests of this folder."""

from __future__ import annotations

from matcalc.errors import MatcalcError
from matcalc.expr import Node, Shape
from matcalc.syntax import Program, parse

DECLARED = "A, B, C: n x n; X: n x d; W: d x h; x, y, v: n; b: h; s, t: scalar; f: elementwise\n"
"""Names of every shape."""


def read(text: str, declarations: str = DECLARED) -> Node:
    """The expression that a formula is, its names declared."""
    node = program(text, declarations).objective.definition
    assert node is not None
    return node


def program(text: str, declarations: str = DECLARED) -> Program:
    """The program with one definition."""
    return parse(f"{declarations}R = {text}")


def noted(text: str, declarations: str = DECLARED) -> tuple[str, ...]:
    """How it was read, but not which of the declared names do not occur."""
    return tuple(note for note in map(str, program(text, declarations).notes) if "occurs nowhere" not in note)


def shapes(text: str) -> dict[str, Shape]:
    """The shapes of a program's names without a definition."""
    return {s.name: s.shape for s in parse(text).inputs}


def refusal(text: str, *declared: str) -> MatcalcError:
    """The error that a program raises."""
    try:
        found = parse(text, declared)
    except MatcalcError as error:
        return error
    raise AssertionError(f"{text!r} is read as {found.objective.definition!r}")
