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
    # Centered values add up to 0, whether by a mean or by a sum, under a name or not.
    ("x: n", "sum((x - mean(x)).^2)", "x", "2 (x - mean(x))"),
    ("x, y: n", "(x - mean(x))'(y - mean(y))", "x", "y - mean(y)"),
    ("x: n", "r = x - sum(x)/n; r' r", "x", "2 r"),
    # Traces, and scalars before sums.
    ("S: n x n symmetric; W: n x k", "tr(W' S W) / tr(W' W)", "W", "2 (S W - J W) / tr(W' W)"),
    ("A: n x n symmetric; X: n x k", "log(tr(X' A X))", "X", "2 A X / tr(X' A X)"),
    ("X: k x n; A: n x n symmetric", "tr(X A X')^2", "X", "4 tr(X A X') X A"),
    ("x, y: n; c, k: scalar", "(x' y + c)^k", "x", "k (x' y + c)^(k - 1) y"),
    ("x, y: n", "1 - (x' y) / (‖x‖ ‖y‖)", "x", "((x' y) x / ‖x‖^2 - y) / (‖x‖ ‖y‖)"),
    ("a, x: n", "-a' x / ‖x‖", "x", "((a' x) x / ‖x‖^2 - a) / ‖x‖"),
    ("A: n x d; x: d", "‖A x‖^2 / ‖x‖^2", "x", "2 (A' A x - ‖A x‖^2 x / ‖x‖^2) / ‖x‖^2"),
    ("X: n x d", "sum(sqrt(rowsum(X.^2)))", "X", "X ⊘ (sqrt(rowsum(X.^2)) 𝟏')"),
    ("X: n x d", "sum(log(colsum(X.^2)))", "X", "2 X ⊘ (𝟏 colsum(X.^2))"),
    ("X: n x d", "log(sum(exp(X)))", "X", "exp(X) / sum(exp(X))"),
    # One row, column or entry: unit vectors, not a stack of zeros.
    ("W: n x d; x: d", "-log(softmax(W x)[k])", "W", "(softmax(W x) - I_n[:,k]) x'"),
    ("Z: n x k", "-log(softmax(Z)[2,1])", "Z", "I_n[:,2] (rowrange(softmax(Z), 2, 2) - I_k[:,1]')"),
    ("X: n x d; v: d", "X[2,:] v", "X", "I_n[:,2] v'"),
    ("X: n x d", "X[i,j]^2", "X", "2 X[i,j] I_n[:,i] I_d[:,j]'"),
    ("x: n", "x[1] x[2]", "x", "x[1] I_n[:,2] + x[2] I_n[:,1]"),
    # Nothing short has a name.
    ("x: n", "sum(log(sinh(x)))", "x", "cosh(x) ⊘ sinh(x)"),
    ("x, y: n", "sum(log(exp(x) + exp(y)))", "x", "exp(x) ⊘ (exp(x) + exp(y))"),
    ("X: n x d; w: d; y: n", "mean(abs(X w - y))", "w", "X' sign(X w - y) / n"),
    ("X: n x d; w: d; y: n", "sum(huber(X w - y, 1))", "w", "X' clip(X w - y, -1, 1)"),
    ("x: n", "sum(f(f(x)))", "x", "f'(x) ⊙ f'(f(x))"),
    # Sums and products entry by entry as they are typed.
    ("A: n x n symmetric; X: n x k", "logdet(A + X X')", "X", "2 inv(A + X X') X"),
    ("y: n; X: n x k; s: scalar", "y' inv(s I + X X') y", "X", "-2 inv(s I + X X') y y' inv(s I + X X') X"),
    ("M, X: n x k; R: n x k", "1/2 ‖M .* (X - R)‖^2", "X", "(X - R) ⊙ M.^2"),
    ("b: n; A: n x k; x: k", "‖b + A x‖^2", "x", "2 A'(b + A x)"),
    ("c: scalar; x, y: n", "(c + x'y)^3", "x", "3 (c + x' y)^2 y"),
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


def test_a_long_softmax_has_the_name_that_papers_give_it() -> None:
    source = "X: n x m; Wq, Wk: m x d; J = 1/2 ‖softmax(X Wq (X Wk)' / sqrt(d)) X Wv - Y‖^2"
    found = matcalc.derive(source, "Wq")
    assert [name for name, _ in found.where] == ["P", "delta_P"]
    assert str(found["Wq"]) == "X'((δ_P - rowsum(δ_P ⊙ P) 𝟏') ⊙ P) X Wk / sqrt(d)"
    assert found.verification["Wq"].ok
    taken = matcalc.derive(source.replace("Y", "P"), "Wq", verify=False)
    assert next(name for name, _ in taken.where) == "P_2"
    assert not matcalc.derive("J = sum(softmax(X W) .* A)", "W", verify=False).where


def test_lines_keep_the_order_of_the_program() -> None:
    """In every line, not in the answer alone; a sum that is typed in two orders stays sorted."""
    found = matcalc.derive("A: n x n symmetric; J = logdet(A + X X')", "X", verify=False)
    assert "X X' + A" not in found.to_text() and "A + X X'" in str(found.steps[-1].after)
    named = matcalc.derive("A: k x k; B: k x k symmetric; X: n x k; J = tr(inv(A + X' X) B)", "X", verify=False)
    assert str(named["X"]) == "-X (M1 B M1 + M1' B M1')" and str(dict(named.where)["M1"]) == "inv(A + X' X)"
    both = matcalc.derive("A: n x n symmetric; J = logdet(A + X X') + tr(inv(X X' + A))", "X", verify=False)
    assert "inv(A + X X')" not in str(both["X"])
