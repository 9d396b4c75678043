"""A formula that holds for one choice of sizes only is found out, and the convention "free" forgets all structure."""

from __future__ import annotations

import pytest

import matcalc

FALSE_GRADIENTS = [
    ("X: n x d\nJ = sum(X)", "X", "(n - d) ones(n, d)"),
    ("X: n x d\nJ = mean(X)", "X", "ones(n, d) / (d + d^2)"),
    ("X: n x n\nJ = det(X)", "X", "-det(-X) inv(X)'"),
    ("X: n x n\nJ = det(-X)", "X", "-det(X) inv(X)'"),
    ("X: n x n skew\nJ = det(X)", "X", "zeros(n, n)"),
]
FALSE_EQUATIONS = [
    ("(n - d) A", "A", "A: n x d"),
    ("n", "d + 1", "X: n x d"),
    ("d", "n + 1", "X: n x d"),
    ("det(-A)", "-det(A)", "A: n x n"),
    ("det(A)", "0", "A: n x n skew"),
    ("pinv(A B)", "pinv(B) pinv(A)", "A: n x d; B: d x m"),
]


@pytest.mark.parametrize(("source", "wrt", "formula"), FALSE_GRADIENTS)
def test_a_gradient_right_for_one_size_only(source: str, wrt: str, formula: str) -> None:
    assert not matcalc.verify(source, wrt, formula).ok


@pytest.mark.parametrize(("a", "b", "source"), FALSE_EQUATIONS)
def test_an_equation_right_for_one_size_only(a: str, b: str, source: str) -> None:
    assert not matcalc.equal(a, b, source).ok


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("X: n x n orthogonal; A: n x n\nJ = ||X A||^2", "2 X A A'"),
        ("X: n x n skew; x: n\nJ = x' X x", "x x'"),
        ("X: n x n symmetric; A: n x n\nJ = tr(X' A)", "A"),
        ("X: n x n diagonal\nJ = sum(X)", "ones(n, n)"),
        ("X: n x n orthogonal\nJ = tr(X' X)", "2 X"),
    ],
)
def test_free_forgets_the_structure(source: str, expected: str) -> None:
    found = matcalc.derive(source, "X", convention="free")
    assert found["X"].ascii() == expected
    assert found.verification["X"].ok
    # The variable is still shown as it was declared.
    assert found.program.symbol("X").attributes == matcalc.parse(source).symbol("X").attributes


def test_free_keeps_what_an_operator_asks_for() -> None:
    found = matcalc.derive("A: n x n symmetric\nJ = lambda_max(A)", "A", convention="free")
    assert found["A"].ascii() == "u1 u1'"


def test_a_point_of_enormous_values_is_not_used(fuzz: bool) -> None:
    source = "X: n x n; x: n\nS = expm(X)\nT = S - S'\nJ = det(S + T T') + std(T x) + max(T) + ||T||_F ||S||_1"
    found = matcalc.derive(source, ["X", "x"], time_limit=6 if fuzz else 2)
    assert all(v.status != "failed" for v in found.verification.values()), dict(found.verification)
