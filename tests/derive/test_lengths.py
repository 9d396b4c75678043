"""Every example's answer has at most as many symbols as the form in which the literature has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import check_length

import matcalc

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

# file -> variable or delta -> as published, in the names of the program: Bishop, Pattern Recognition and Machine
# Learning, 3.1, 4.3, 5.3; Hastie, Tibshirani & Friedman, 3.4, 4.4; Magnus & Neudecker, 15.3; Koren, Bell &
# Volinsky 2009; Vaswani et al. 2017 with the softmax's derivative written out; Ba, Kiros & Hinton 2016; de Leeuw 1977;
# Candès & Recht 2009; Edelman, Arias & Smith 1998; Van Loan & Pitsianis 1993.
PUBLISHED: dict[str, dict[str, str]] = {
    "network": {
        "W1": "X' delta1",
        "W2": "A1' delta2",
        "delta2": "2 (yhat - y) .* f'(z2)",
        "delta1": "(delta2 W2') .* f'(Z1)",
    },
    "five_equations": {
        "W1": "X' delta2",
        "W2": "a2' delta3",
        "delta3": "2 (yhat - y) .* f'(z3)",
        "delta2": "(delta3 W2') .* f'(z2)",
    },
    "by_indices": {
        "w": "delta2 h'",
        "v": "delta1 x'",
        "delta2": "f'(z2) .* (o - t)",
        "delta1": "f'(z1) .* (w' delta2)",
    },
    "two_three_two": {
        "W2": "delta2 a1'",
        "b2": "delta2",
        "W3": "delta3 a2'",
        "b3": "delta3",
        "delta3": "(a3 - y) .* a3 .* (1 - a3)",
        "delta2": "(W3' delta3) .* [z2 > 0]",
    },
    "pushed_back": {"W3": "A3'(A5 - R) W4'", "W4": "A4'(A5 - R)"},
    "bias_over_batch": {"W": "X' delta_Z", "b": "delta_Z' ones(n)", "delta_Z": "(A - Y) .* A .* (1 - A)"},
    "dropout": {
        "W1": "X' delta1",
        "W2": "D1' delta2",
        "delta2": "1/n (softmax(Z2) - Y)",
        "delta1": "1/q M1 .* (delta2 W2') .* [Z1 > 0]",
    },
    "weight_decay": {
        "W1": "X' delta1 + lam W1",
        "W2": "A1'(Yhat - Y) + lam W2",
        "delta1": "((Yhat - Y) W2') .* (1 - A1.^2)",
    },
    "linear_two_layer": {"W": "X'(X W v - y) v'", "v": "W' X'(X W v - y)"},
    "deep_network": {"W[l]": "delta[l] a[l-1]'", "b[l]": "delta[l]", "delta[l]": "(W[l+1]' delta[l+1]) .* g'(z[l])"},
    "deep_rows": {"W[l]": "A[l-1]' delta[l]", "b[l]": "delta[l]' ones(n)", "delta[L]": "(A[L] - Y) .* g'(Z[L])"},
    "residual": {"W[l]": "delta[l] a[l-1]' + lam W[l]", "delta_a[l]": "delta_a[l+1] + W[l+1]' delta[l+1]"},
    "shared_layers": {"W": "sum(delta[l] a[l-1]', l = 1..L)", "delta[l]": "(W' delta[l+1]) .* a[l] .* (1 - a[l])"},
    "classifier": {
        "W[L]": "delta[L] a[L-1]'",
        "delta[L]": "yhat - y",
        "delta[l]": "(W[l+1]' delta[l+1]) .* [z[l] > 0]",
    },
    "recurrent": {
        "W": "sum(delta[t] h[t-1]', t = 1..T)",
        "V": "sum((yhat[t] - y[t]) h[t]', t = 1..T)",
        "delta_h[t]": "V'(yhat[t] - y[t]) + W' delta[t+1]",
        "delta[t]": "delta_h[t] .* (1 - h[t].^2)",
    },
    "ridge": {"w": "2 X'(X w - y) + 2 lam w"},
    "logistic": {"w": "-X'(y .* sigmoid(-y .* (X w)))"},
    "softmax_cross_entropy": {"W": "X'(softmax(X W) - Y)"},
    "gaussian": {"mu": "-inv(S) R' ones(n)", "S": "n/2 inv(S) - 1/2 inv(S) R' R inv(S)"},
    "matrix_factorization": {
        "U": "-2 (M .* (R - U V')) V + 2 lam U",
        "V": "-2 (M .* (R - U V'))' U + 2 lam V",
    },
    "autoencoder": {"W": "2 X'(X W W' - X) W + 2 (X W W' - X)' X W", "delta_Xhat": "2 (Xhat - X)"},
    "rayleigh": {"x": "2 A x / (x' x) - 2 (x' A x) x / (x' x)^2"},
    "four_layers": {
        "W1": "delta1 x'",
        "b1": "delta1",
        "W4": "delta4 a3'",
        "delta4": "(a4 - y) .* a4 .* (1 - a4)",
        "delta3": "(W4' delta4) .* a3 .* (1 - a3)",
        "delta2": "(W3' delta3) .* a2 .* (1 - a2)",
        "delta1": "(W2' delta2) .* a1 .* (1 - a1)",
    },
    "logdet": {"X": "2 X inv(X'X + A)"},
    "attention": {
        "Wq": "1/sqrt(d) X' delta_S K",
        "Wk": "1/sqrt(d) X' delta_S' Q",
        "Wv": "X' P'(O - Y)",
        "delta_P": "(O - Y) V'",
        "delta_S": "P .* (delta_P - rowsum(delta_P .* P) ones(n)')",
    },
    "layer_norm": {
        "W": "X' delta_Z",
        "g": "colsum(N .* (A - Y))'",
        "b": "colsum(A - Y)'",
        "delta_N": "(A - Y) .* (ones(n) g')",
        "delta_Z": "(delta_N - rowmean(delta_N) ones(k)' - N .* (rowmean(delta_N .* N) ones(k)'))"
        " ./ (rowstd(Z, eps) ones(k)')",
    },
    "transformer_block": {
        "Wq": "1/sqrt(d) A' delta_S K",
        "Wk": "1/sqrt(d) A' delta_S' Q",
        "Wv": "A' P' delta_R Wo'",
        "Wo": "O' delta_R",
        "W1": "B' delta_Z",
        "b1": "colsum(delta_Z)'",
        "W2": "F' delta_T U'",
        "b2": "colsum(delta_T U')'",
        "g1": "colsum(N1 .* delta_A)'",
        "c1": "colsum(delta_A)'",
        "g2": "colsum(N2 .* (delta_Z W1'))'",
        "c2": "colsum(delta_Z W1')'",
        "U": "H' delta_T",
        "delta_T": "softmax(T) - Y",
        "delta_S": "P .* (delta_P - rowsum(delta_P .* P) ones(n)')",
        "delta_A": "delta_Q Wq' + delta_K Wk' + delta_V Wv'",
    },
    "distances": {"X": "4 (diag(rowsum(W)) - W) X"},
    "completion": {"X": "M .* (X - R) + lam U V'"},
    "procrustes": {"Q": "1/2 (Q B' A Q - A' B)"},
    "separable": {
        "A": "ptrace2((kron(A, B) - C) kron(eye(m), B'), p)",
        "B": "ptrace1(kron(A', eye(p)) (kron(A, B) - C), m)",
    },
    "logistic_by_hand": {"w": "X'(s - y)"},
    "softmax_in_numpy": {"W": "X' delta_Z + lam W", "b": "delta_Z' ones(n)", "delta_Z": "1/n (P - Y)"},
    "regression_in_matlab": {"theta": "X' delta1", "delta1": "1/n (h2 - y)"},
}


def test_every_example_is_here() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.mc")} == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_example(name: str) -> None:
    source = (EXAMPLES / f"{name}.mc").read_text("utf-8")
    program = matcalc.parse(source)
    variables = [wrt for wrt in PUBLISHED[name] if wrt in program.names]
    if program.family is not None:  # deltas of all that is there
        variables = [s.name for s in program.inputs if s.name[0] in "WUVbc"]
    derivation = matcalc.derive(source, variables, verify=False)
    where = dict(derivation.where)
    for wrt, published in PUBLISHED[name].items():
        printed = derivation[wrt] if wrt in variables else where[wrt]
        check_length(printed.ascii(), published)
