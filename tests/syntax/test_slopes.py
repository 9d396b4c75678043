"""Statements about gradients: known ones in other words than `given`, and what asks for one."""

from __future__ import annotations

import pytest
from syntax.reading import refusal

from matcalc.syntax import parse

PROGRAM = "Y = X W + Z; "


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dL/dY = G", "given dL/dY = G"),
        ("∂L/∂Y = G", "given dL/dY = G"),
        ("dL = G : dY", "given dL/dY = G"),
        ("dL = (Y - T) : dY", "given dL/dY = Y - T"),
        ("dL = tr(G' dY)", "given dL/dY = G"),
        ("dL = tr((Y - T)' dY)", "given dL/dY = Y - T"),
        ("dL/dY = G; dL/dW", "given dL/dY = G"),
        ("dloss/dY = G", "given dloss/dY = G"),
    ],
)
def test_a_known_gradient(typed: str, meant: str) -> None:
    found, expected = parse(PROGRAM + typed), parse(PROGRAM + meant)
    assert [(s.name, g) for s, g in found.given] == [(s.name, g) for s, g in expected.given]
    assert found.inputs == expected.inputs
    assert found.objective.name == expected.objective.name
    assert any("read as" in str(note) for note in found.notes)


def test_a_known_gradient_of_a_vector() -> None:
    found = parse("z = W x; dL = (z - t)' dz")
    assert [(s.name, g) for s, g in found.given] == [
        (s.name, g) for s, g in parse("z = W x; given dL/dz = z - t").given
    ]


@pytest.mark.parametrize("asked", ["dJ/dw", "∂J/∂w", "dJ/dw = ?", "∂J/∂w ="])
def test_what_asks_for_a_gradient_is_no_formula(asked: str) -> None:
    found = parse(f"J = ‖X w - y‖^2; {asked}")
    assert found.asked == ("w",)
    assert found.objective.definition == parse("J = ‖X w - y‖^2").objective.definition


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Y = X W; dL = tr(A' B' dY)", "given dL/dY"),
        ("Y = X W; Z = Y V; dL = G : dY + H : dZ", "given dL/dY"),
        ("J = x' A x; dJ/dx = 2 A x", "J is defined, so its gradient by x is what is asked for"),
    ],
)
def test_a_differential_is_no_name(text: str, said: str) -> None:
    assert said in str(refusal(text))


@pytest.mark.parametrize(
    "text",
    [
        "dx = x - y; J = dx' dx",
        "d = x - y; J = d' d",
        "da: scalar; a: scalar; J = a/da",
        "delta = x - y; J = delta' delta",
        "D = A - B; dD: n x n; J = D : dD",
    ],
)
def test_names_that_begin_with_d(text: str) -> None:
    assert parse(text).given == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("<x, y> + 2<A, B>", "x : y + 2 (A : B)"),
        ("‖x‖^2 + 2⟨x, A y⟩", "‖x‖^2 + 2 (x : A y)"),
        ("<A x + b, y>/<y, y>", "((A x + b) : y)/(y : y)"),
        ("<<x, y> z, w>", "((x : y) z) : w"),
        ("sum([x < 3] .* x)", "sum([3 > x] .* x)"),
        ("|x' y| + |(A y)' x|", "abs(x' y) + abs((A y)' x)"),
        ("log|A + I| + tr(A)", "logdet(A + I) + tr(A)"),
        ("norm(x, 1) + norm(x, 2) + norm(x, inf)", "‖x‖_1 + ‖x‖ + ‖x‖_inf"),
        ("norm(A, fro) + norm(A, nuc)", "‖A‖_F + ‖A‖_*"),
        ("½ x'x + ¾ y'y", "1/2 x'x + 3/4 y'y"),
    ],
)
def test_brackets_of_the_books(typed: str, meant: str) -> None:
    declared = "x, y, z, w, b: n; A, B: n x n\nJ = "
    assert parse(declared + typed).objective.definition == parse(declared + meant).objective.definition
