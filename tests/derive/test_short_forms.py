"""The forms that a person would write: what is known of a name is used, what cancels goes, signs stay as typed."""

from __future__ import annotations

import pytest

import matcalc

FORMS = [
    ("P, Q: n", "sum(P .* log(P ./ Q))", "Q", "-P ⊘ Q"),
    ("X: n x d; b: d; y: n", "m = exp(X b); sum(m) - y' log(m)", "b", "X'(m - y)"),
    ("x, y: n; s: scalar", "m = exp(x); sum(m) - s y' log(m)", "x", "m - s y"),
    (
        "K: n x n pd; y: n",
        "L = chol(K); 1/2 ‖inv(L) y‖^2 + sum(log(diag(L)))",
        "K",
        "1/2 (inv(K) - inv(K) y y' inv(K))",
    ),
    ("K: n x n pd; Y: n x m", "sum((inv(chol(K)) Y).^2)", "Y", "2 inv(K) Y"),
    ("W: n x n", "log(abs(det(W)))", "W", "inv(W)'"),
    ("x: n", "sum(log(cosh(x)))", "x", "tanh(x)"),
    ("x: n", "sum(log(cos(x)))", "x", "-tan(x)"),
    ("x: n", "sum(relu(x)^2)", "x", "2 relu(x)"),
    ("x: n", "sum(relu(x).^3)", "x", "3 relu(x).^2"),
    ("S: n x n symmetric; x, mu: n", "-1/2 (x - mu)' inv(S) (x - mu)", "S", "1/2 inv(S) (x - μ) (x - μ)' inv(S)"),
    (
        "S: q x q psd; B: p x q; x, m: p",
        "-logdet(B S B') - (x - m)' inv(B S B') (x - m)",
        "B",
        "2 (M1 (x - m) (x - m)' M1 - M1) B S",
    ),
    ("M, N: n x n", "tr(M inv(N)) - logdet(M inv(N))", "M", "(inv(N) - inv(M))'"),
    ("g, x: n", "g' x / sqrt(mean(x.^2))", "x", "(g - (g' x) x / (x' x)) / sqrt(x' x / n)"),
    ("Z, S: n x k", "P = softmax(Z); sum(P .* log_softmax(S))", "S", "P - softmax(S)"),
    (
        "X: n x d; Y: m x d; K: n x m",
        "sum(K .* exp(-sqdist(X, Y)))",
        "X",
        "2 ((K ⊙ exp(-sqdist(X, Y))) Y - diag(rowsum(K ⊙ exp(-sqdist(X, Y)))) X)",
    ),
    ("A: n x n", "det(A)^(1/n)", "A", "det(A)^(1/n) inv(A)' / n"),
]


@pytest.mark.parametrize(("declared", "program", "by", "form"), FORMS)
def test_a_gradient_is_as_short_as_a_person_would_write_it(declared: str, program: str, by: str, form: str) -> None:
    found = matcalc.derive(f"{declared}; {program}", by)
    assert str(found[by]) == form
    assert found.verification[by].ok


def test_what_a_name_stands_for_is_not_used_where_the_name_is_varied() -> None:
    """dJ/dL, with L free, is that of ‖inv(L) y‖² for any L: not zero because of L = chol(K)."""
    program = "K: n x n pd; y: n; L = chol(K); J = ‖inv(L) y‖^2"
    found = matcalc.derive(program, "L")
    assert str(found["L"]) == "-2 inv(L)' inv(L) y y' inv(L)'"
    program = "Z: n x k; y: n; P = softmax(Z); J = y' rowsum(P)"
    assert str(matcalc.derive(program, "P")["P"]) == "y 𝟏_k'"
