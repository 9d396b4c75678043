"""The ladder of precedence: each pair of spellings is one expression, or is not."""

from __future__ import annotations

import pytest
from syntax.reading import noted, read

from matcalc.syntax import parse

SAME = [
    # The contract's own cases.
    ("1/2 x' A x", "(1/2) (x' A x)"),
    ("s/2 ||x||^2", "(s / 2) (||x||^2)"),
    ("X X' / sqrt(d) A", "1/sqrt(d) (X X' A)"),
    ("A .* B C", "A ⊙ (B C)"),
    ("A .* B * C", "(A ⊙ B) C"),
    # = and the colon of a declaration are the loosest; then + and -.
    ("A + B : C + A", "A + (B : C) + A"),
    ("s - A : B", "s - (A : B)"),
    # : is looser than the products.
    ("A : B C", "A : (B C)"),
    ("A B : C", "(A B) : C"),
    ("A : B .* C", "A : (B .* C)"),
    ("2 A : -B", "(2 A) : (-B)"),
    # * @ .* ⊗ from left to right, looser than the chain.
    ("A * B .* C", "(A B) .* C"),
    ("A B .* C", "(A B) .* C"),
    ("A .* B C .* A", "(A .* (B C)) .* A"),
    ("A @ B ⊙ C", "(A B) ⊙ C"),
    # The chain: juxtaposition, / and ./ from left to right.
    ("A B / s C", "1/s (A B C)"),
    ("A / s B", "1/s (A B)"),
    ("A ./ B C", "(A ./ B) C"),
    ("A B ./ C", "(A B) ./ C"),
    ("A .* B ./ C", "A .* (B ./ C)"),
    ("s / t A", "(s / t) A"),
    ("s / t / s", "(s / t) / s"),
    # Unary minus is tighter than the chain, looser than ^.
    ("-A B", "-(A B)"),
    ("-A^2", "-(A^2)"),
    ("s / -t", "s / (-t)"),
    ("-A'", "-(A')"),
    # ^ to the right, tighter than everything but the postfixes.
    ("s^t^2", "s^(t^2)"),
    ("2 A^2", "2 (A^2)"),
    ("A B^2", "A (B^2)"),
    ("A B'", "A (B')"),
    ("A'^2", "(A')^2"),
    ("x.^2'", "(x.^2)'"),
    ("s^-1 A", "(s^-1) A"),
    ("s^-t A", "(s^(-t)) A"),
    ("f(A)'", "(f(A))'"),
    ("f(A)^2", "(f(A))^2"),
    ("f(A) B", "(f(A)) B"),
    ("A f(B)", "A (f(B))"),
    ("2 f(A)", "2 (f(A))"),
    ("||A x|| ||B x||", "norm(A x) norm(B x)"),
    ("||x|| - ||y||", "norm(x) - norm(y)"),
    ("|| ||x|| y ||", "norm(norm(x) y)"),
    ("||(||x|| y)||", "norm(norm(x) y)"),
    ("||x||/||y||", "norm(x) / norm(y)"),
    ("(||x||)^2", "norm(x)^2"),
    ("A^T B", "A' B"),
    ("A^T^2", "(A')^2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "bracketed"), SAME)
def test_is_read_as(text: str, bracketed: str) -> None:
    assert read(text) is read(bracketed)


DIFFERENT = [
    ("A .* B C", "(A .* B) C"),
    ("A .* B * C", "A .* (B C)"),
    ("A : B C", "(A : B) C"),
    ("-A^2", "(-A)^2"),
    ("A B^2", "(A B)^2"),
    ("A B'", "(A B)'"),
    ("s^t^2", "(s^t)^2"),
    ("A ./ B C", "A ./ (B C)"),
    ("A - B - C", "A - (B - C)"),
    ("s / t s", "s / (t s)"),
]


@pytest.mark.parametrize(("text", "bracketed"), DIFFERENT)
def test_is_not_read_as(text: str, bracketed: str) -> None:
    assert read(text) is not read(bracketed)


REGROUPED = [
    ("(x - y) ⊙ x ⊙ (1 - x) b^T", "((x - y) ⊙ x ⊙ (1 - x)) b^T"),
    ("x .* y b'", "(x .* y) b'"),
    ("x .* y x' A", "(x .* y) x' A"),
    ("A .* B x .* y", "((A .* B) x) .* y"),
    ("x .* A * y", "x .* (A * y)"),
    ("v .* x .* A * B * y", "v .* x .* (A * B * y)"),
]


@pytest.mark.parametrize(("text", "bracketed"), REGROUPED)
def test_the_reading_that_conforms_is_taken(text: str, bracketed: str) -> None:
    assert read(text) is read(bracketed)
    assert noted(text) == (f"{text} is read as {bracketed}, which conforms",)


@pytest.mark.parametrize(("text", "bracketed"), [("x .* A y", "x .* (A y)"), ("A .* x y'", "A .* (x y')")])
def test_the_ladder_is_kept_where_it_conforms(text: str, bracketed: str) -> None:
    assert read(text) is read(bracketed)
    assert noted(text) == ()


def test_many_products_are_regrouped_at_once() -> None:
    text = "; ".join(f"d{i} = a .* b c'" for i in range(200))
    found = parse(f"a, b: n; c: m; {text}; sum(d0)")
    assert {s.shape for s in found.definitions[:-1]} == {("n", "m")}


@pytest.mark.parametrize("left", ["(w ⊗ v')'", "(A ⊗ B)'", "(w v')'", "A'"])
def test_a_dot_behind_a_transpose_transposes_no_more(left: str) -> None:
    dotted, plain = (parse(f"J = tr({left}{dot}W)").objective.definition for dot in ("·", " "))
    assert dotted == plain
