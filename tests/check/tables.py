"""Answers to problems of every field: right ones in odd forms, and wrong ones with the kind of their mistake.

A row is (source, variable, right answers, wrong answers); a wrong answer is (kind, text). What is right and wrong is
checked by finite differences of the objective in test_tables.py.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    source: str
    wrt: str
    right: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...]


NET = "z1 = X W1; a1 = f(z1); z2 = a1 W2; yhat = f(z2); J = ||yhat - y||^2"
SIG = "z1 = X W1; a1 = sigmoid(z1); z2 = a1 W2; a2 = sigmoid(z2); J = 1/2 ||a2 - y||^2"
BIAS = "X: n x d; W: d x k; b: k; Y: n x k; Z = X W + b; J = 1/2||tanh(Z) - Y||^2"
DEEP = "A2: n x d2; A3 = relu(A2 W2); A4 = A3 W3; A5 = A4 W4; J = 1/2||A5 - R||^2"

HIDDEN = (
    "X: n x d; W1: d x h; b1: h; W2: h x k; b2: k; Y: n x k onehot; "
    "Z1 = X W1 + b1; A1 = relu(Z1); Z2 = A1 W2 + b2; P = softmax(Z2); J = -1/n sum(Y .* log(P))"
)

TABLE: dict[str, Row] = {
    "least squares": Row(
        "J = 1/2||X w - y||^2",
        "w",
        (
            "X'(X w - y)",
            "X'X w - X'y",
            "-X'(y - X w)",
            "dJ/dw = X^T (X w - y)",
            r"\frac{\partial J}{\partial w} = X^\top X w - X^\top y",
            "r = X w - y; dJ/dw = X' r",
            "((X w - y)' X)'",
            "dJ/dw_j = Σ_i X_ij (Σ_k X_ik w_k - y_i)",
            "∇_w J = X'(X w – y)",
            "vec(X'(X w - y))",
            r"\nabla_w J = \sum_i x_i (x_i^T w - y_i)",
            "diag(ones(d)) X'(X w - y)",
        ),
        (
            ("factor", "2 X'(X w - y)"),
            ("factor", "1/n X'(X w - y)"),
            ("sign", "X'(y - X w)"),
            ("sign", "X'(X w + y)"),
            ("sign", "X'X w + X'y"),
            ("layout", "(X w - y)' X"),
            ("shape", "X (X w - y)"),
            ("shape", "(X w - y) X'"),
            ("chain", "X w - y"),
            ("product-rule", "X'X w"),
            ("factor", "X'(X w - 2 y)"),
            ("indices", "dJ/dw_j = Σ_i X_ji (Σ_k X_ik w_k - y_i)"),
        ),
    ),
    "matrix least squares": Row(
        "Y: n x k; J = ||X W - Y||^2",
        "W",
        (
            "2 X'(X W - Y)",
            "2 X'X W - 2 X'Y",
            "vec(dJ/dW) = 2 kron(I, X') vec(X W - Y)",
            "vec(dJ/dW) = vec(2 X'(X W - Y))",
            "dJ/dW_ij = 2 Σ_k X_ki (Σ_l X_kl W_lj - Y_kj)",
            "dJ/dW_ij = 2 Σ_k X_ki (X W - Y)_kj",
            "(dJ/dW)' = 2 (X W - Y)' X",
            "E = X W - Y\ndJ/dW = 2 X' E",
            "X'(X W - Y) + X'(X W - Y)",
            r"\nabla_W J = 2X^T(XW-Y)",
            "dJ/dE = 2 (X W - Y); dJ/dW = X' dJ/dE",
        ),
        (
            ("factor", "X'(X W - Y)"),
            ("layout", "2 (X W - Y)' X"),
            ("sign", "2 X'(Y - X W)"),
            ("shape", "2 (X W - Y) X'"),
            ("indices", "dJ/dW_ij = 2 Σ_k X_ki (Σ_l X_kl W_jl - Y_kj)"),
            ("indices", "dJ/dW_ji = 2 Σ_k X_ki (Σ_l X_kl W_lj - Y_kj)"),
            ("factor", "2/n X'(X W - Y)"),
        ),
    ),
    "quadratic form": Row(
        "J = x' A x",
        "x",
        ("(A + A') x", "A x + A' x", "(x'(A + A'))'", "dJ/dx_i = Σ_j A_ij x_j + Σ_j A_ji x_j", "(A' + A) x"),
        (
            ("subset", "2 A x"),
            ("subset", "2 A' x"),
            ("product-rule", "A x"),
            ("product-rule", "A' x"),
            ("layout", "x'(A + A')"),
            ("sign", "(A - A') x"),
            ("count", "2 A x + A' x"),
            ("factor", "2 (A + A') x"),
        ),
    ),
    "quadratic form by its matrix": Row(
        "J = x' A y",
        "A",
        ("x y'", "(y x')'", "dJ/dA_ij = x_i y_j", "kron(x, y')"),
        (
            ("layout", "y x'"),
            ("outer", "x' y"),
            ("factor", "2 x y'"),
            ("sign", "-x y'"),
        ),
    ),
    "quadratic form by a square matrix": Row(
        "x, y: n; A: n x n; J = x' A y",
        "A",
        ("x y'", "(y x')'", "dJ/dA_ij = x_i y_j"),
        (("transpose", "y x'"), ("outer", "x' y"), ("hadamard", "x .* y"), ("indices", "dJ/dA_ij = x_j y_i")),
    ),
    "symmetric quadratic form": Row(
        "A: n x n symmetric; b: n; J = 1/2 x' A x - b' x",
        "x",
        ("A x - b", "A' x - b", "1/2 (A + A') x - b", "-(b - A x)"),
        (("sign", "A x + b"), ("factor", "2 A x - b"), ("factor", "1/2 A x - b"), ("product-rule", "A x")),
    ),
    "ridge": Row(
        "X: n x d; J = 1/n ||X w - y||^2 + lam ||w||^2",
        "w",
        (
            "2/n X'(X w - y) + 2 lam w",
            "2 (1/n X'(X w - y) + lam w)",
            "2/n (X'X w - X'y) + 2 lam w",
            "2 ((1/n) X'X + lam I) w - 2/n X'y",
        ),
        (
            ("factor", "2/n X'(X w - y) + lam w"),
            ("factor", "2 X'(X w - y) + 2 lam w"),
            ("product-rule", "2/n X'(X w - y)"),
            ("sign", "2/n X'(X w - y) - 2 lam w"),
            ("factor", "1/n X'(X w - y) + lam w"),
            ("factor", "2/d X'(X w - y) + 2 lam w"),
        ),
    ),
    "log det": Row(
        "J = logdet(X)",
        "X",
        ("inv(X)'", "X^{-T}", "inv(X')", "(X^-1)'", r"X^{-\top}"),
        (("inverse", "inv(X)"), ("inverse", "X"), ("sign", "-inv(X)'"), ("inverse", "X'"), ("scalar-rule", "1 ./ X")),
    ),
    "log det, symmetric": Row(
        "S: n x n symmetric; J = logdet(S)",
        "S",
        ("inv(S)", "inv(S)'", "S^-1"),
        (
            ("convention", "2 inv(S) - diag(diag(inv(S)))"),
            ("sign", "-inv(S)"),
            ("inverse", "S"),
            ("factor", "2 inv(S)"),
        ),
    ),
    "log likelihood": Row(
        "S: n x n pd; x: n; J = -1/2 logdet(S) - 1/2 x' inv(S) x",
        "S",
        (
            "-1/2 inv(S) + 1/2 inv(S) x x' inv(S)",
            "1/2 (inv(S) x x' inv(S) - inv(S))",
            "a = inv(S) x; dJ/dS = 1/2 (a a' - inv(S))",
        ),
        (
            ("sign", "1/2 inv(S) + 1/2 inv(S) x x' inv(S)"),
            ("sign", "-1/2 inv(S) - 1/2 inv(S) x x' inv(S)"),
            ("factor", "inv(S) x x' inv(S) - inv(S)"),
            ("product-rule", "-1/2 inv(S)"),
        ),
    ),
    "trace of a product": Row(
        "J = tr(A X B)",
        "X",
        ("A' B'", "(B A)'", "dJ/dX_ij = Σ_k A_ki B_jk"),
        (("layout", "B A"), ("shape", "A B"), ("shape", "B' A'"), ("sign", "-A' B'"), ("factor", "2 A' B'")),
    ),
    "trace of a square product": Row(
        "A, B, X: n x n; J = tr(A X B)",
        "X",
        ("A' B'", "(B A)'"),
        (
            ("transpose", "B A"),
            ("transpose", "A B'"),
            ("transpose", "A' B"),
            ("side", "B' A'"),
            ("transpose", "A B"),
            ("hadamard", "A' .* B'"),
        ),
    ),
    "trace of a square": Row(
        "J = tr(X X)",
        "X",
        ("2 X'", "X' + X'", "(2 X)'"),
        (("transpose", "2 X"), ("factor", "X'"), ("sign", "-2 X'"), ("transpose", "X + X'")),
    ),
    "trace of an inverse": Row(
        "J = tr(Y inv(X))",
        "X",
        ("-inv(X)' Y' inv(X)'", "-(inv(X) Y inv(X))'", "-X^{-T} Y' X^{-T}", r"-X^{-\top} Y^\top X^{-\top}"),
        (
            ("scalar-rule", "-Y X^-2"),
            ("transpose", "-inv(X) Y inv(X)"),
            ("sign", "inv(X)' Y' inv(X)'"),
            ("transpose", "-inv(X)' Y inv(X)'"),
            ("inverse", "-inv(X) Y' inv(X)'"),
            ("chain", "-inv(X)' Y'"),
        ),
    ),
    "squared trace": Row(
        "X: n x n; J = tr(X)^2",
        "X",
        ("2 tr(X) I", "2 tr(X) eye(n)", "2 I tr(X)"),
        (("trace", "2 X"), ("chain", "2 I"), ("factor", "tr(X) I"), ("sign", "-2 tr(X) I")),
    ),
    "determinant": Row(
        "J = det(X)",
        "X",
        ("det(X) inv(X)'", "det(X) X^{-T}"),
        (("inverse", "det(X) inv(X)"), ("chain", "inv(X)'"), ("inverse", "det(X) X'"), ("sign", "-det(X) inv(X)'")),
    ),
    "log det of a Gram matrix": Row(
        "J = logdet(X' X)",
        "X",
        ("2 X inv(X' X)", "2 (inv(X' X) X')'", "X inv(X'X) + X inv(X'X)'"),
        (
            ("factor", "X inv(X' X)"),
            ("layout", "2 inv(X' X) X'"),
            ("shape", "2 inv(X' X) X"),
            ("inverse", "2 X (X' X)"),
        ),
    ),
    "norm": Row(
        "J = ||x||",
        "x",
        ("x / ||x||", "x / norm(x)", "(x'x)^(-1/2) x", "1/||x|| x"),
        (("chain", "x"), ("factor", "2 x / ||x||"), ("sign", "-x / ||x||"), ("layout", "x' / ||x||")),
    ),
    "Rayleigh quotient": Row(
        "A: n x n symmetric; J = (x' A x) / (x' x)",
        "x",
        ("2 (A x - J x) / (x'x)", "2 A x / (x' x) - 2 (x' A x) x / (x' x)^2"),
        (
            ("subset", "2 (A x - (x' A x) x)"),
            ("product-rule", "2 A x / (x'x)"),
            ("sign", "2 (A x + J x) / (x'x)"),
            ("factor", "(A x - J x) / (x'x)"),
        ),
    ),
    "sum of exponentials": Row(
        "J = sum(exp(X w))",
        "w",
        ("X' exp(X w)", "(exp(X w)' X)'", "z = X w; X' exp(z)"),
        (
            ("function", "X' log(X w)"),
            ("layout", "exp(X w)' X"),
            ("shape", "X exp(X w)"),
            ("chain", "X' ones(n)"),
        ),
    ),
    "logistic": Row(
        "y: n; J = sum(log(1 + exp(-y .* (X w))))",
        "w",
        (
            "-X' (y .* sigmoid(-y .* (X w)))",
            "-X' (y ./ (1 + exp(y .* (X w))))",
            "m = y .* (X w); dJ/dw = -X' (y .* (1 - sigmoid(m)))",
        ),
        (
            ("sign", "X' (y .* sigmoid(-y .* (X w)))"),
            ("chain", "-X' sigmoid(-y .* (X w))"),
            ("layout", "-(y .* sigmoid(-y .* (X w)))' X"),
        ),
    ),
    "network, second layer": Row(
        NET,
        "W2",
        (
            "2 a1' ((yhat - y) .* f'(z2))",
            "d = 2 (yhat - y) .* f'(z2); dJ/dW2 = a1' d",
            "a1' delta2",
            r"\delta_2 = 2(\hat y - y) \odot f'(z_2);\; \frac{\partial J}{\partial W_2} = a_1^T \delta_2",
            "2 a1' diag(f'(z2)) (yhat - y)",
            "-2 a1' ((y - yhat) .* f'(z2))",
        ),
        (
            ("factor", "a1' ((yhat - y) .* f'(z2))"),
            ("function", "2 a1' ((yhat - y) .* f(z2))"),
            ("function", "2 a1' ((yhat - y) .* yhat)"),
            ("point", "2 a1' ((yhat - y) .* f'(yhat))"),
            ("chain", "2 a1' (yhat - y)"),
            ("sign", "2 a1' ((y - yhat) .* f'(z2))"),
            ("shape", "2 a1 ((yhat - y) .* f'(z2))"),
            ("layout", "2 ((yhat - y) .* f'(z2))' a1"),
            ("chain", "2 z1' ((yhat - y) .* f'(z2))"),
        ),
    ),
    "network, first layer": Row(
        NET,
        "W1",
        (
            "X' ((2 (yhat - y) .* f'(z2)) W2' .* f'(z1))",
            "d2 = 2 (yhat - y) .* f'(z2)\nd1 = d2 W2' .* f'(z1)\ndJ/dW1 = X' d1",
            "2 X' (((yhat - y) .* f'(z2) * W2') .* f'(z1))",
            r"\frac{\partial J}{\partial W_1} = X^T \left((2(\hat y - y) \odot f'(z_2)) W_2^T \odot f'(z_1)\right)",
        ),
        (
            ("chain", "X' ((2 (yhat - y) .* f'(z2)) W2')"),
            ("function", "X' ((2 (yhat - y) .* f'(z2)) W2' .* f(z1))"),
            ("point", "X' ((2 (yhat - y) .* f'(z2)) W2' .* f'(a1))"),
            ("factor", "X' (((yhat - y) .* f'(z2)) W2' .* f'(z1))"),
            ("chain", "X' ((2 (yhat - y)) W2' .* f'(z1))"),
            ("shape", "X' ((2 (yhat - y) .* f'(z2)) W2 .* f'(z1))"),
            ("layout", "((2 (yhat - y) .* f'(z2)) W2' .* f'(z1))' X"),
            ("shape", "((2 (yhat - y) .* f'(z2)) W2' .* f'(z1)) X'"),
        ),
    ),
    "sigmoid network": Row(
        SIG,
        "W1",
        (
            "X' (((a2 - y) .* a2 .* (1 - a2)) W2' .* a1 .* (1 - a1))",
            "d2 = (a2 - y) .* a2 .* (1 - a2); d1 = (d2 W2') .* a1 .* (1 - a1); X' d1",
            "X' (((a2 - y) .* (a2 - a2^2)) W2' .* (a1 - a1 .* a1))",
            "X' (((a2 - y) .* sigmoid'(z2)) W2' .* sigmoid'(z1))",
        ),
        (
            ("function", "X' (((a2 - y) .* a2 .* (1 - a2)) W2' .* (1 - a1.^2))"),
            ("chain", "X' (((a2 - y) .* a2 .* (1 - a2)) W2')"),
            ("point", "X' (((a2 - y) .* a2 .* (1 - a2)) W2' .* z1 .* (1 - z1))"),
            ("factor", "2 X' (((a2 - y) .* a2 .* (1 - a2)) W2' .* a1 .* (1 - a1))"),
            ("sign", "X' (((y - a2) .* a2 .* (1 - a2)) W2' .* a1 .* (1 - a1))"),
            ("sign", "X' (((a2 - y) .* a2 .* (1 + a2)) W2' .* a1 .* (1 - a1))"),
            ("chain", "X' (((a2 - y) .* (1 - a2)) W2' .* a1 .* (1 - a1))"),
        ),
    ),
    "the net that was asked about": Row(
        "a1: n x 3; a3 = sigmoid(a1 W3); y: n x 3; J = 1/2||a3 - y||^2",
        "W3",
        ("a1' ((a3 - y) .* a3 .* (1 - a3))", "d = (a3 - y) ⊙ a3 ⊙ (1 - a3); a1' d"),
        (("shape", "(a3 - y) .* a3 .* (1 - a3) W3 (1,1,1)' a1'"), ("chain", "a1' (a3 - y)")),
    ),
    "bias over a batch": Row(
        BIAS,
        "b",
        (
            "((tanh(Z) - Y) .* (1 - tanh(Z).^2))' ones(n)",
            "colsum((tanh(Z) - Y) .* (1 - tanh(Z)^2))'",
            "D = (tanh(Z) - Y) .* tanh'(Z); dJ/db = D' 1",
            "dJ/db_j = Σ_i ((tanh(Z) - Y) .* tanh'(Z))_ij",
        ),
        (
            ("bias", "(tanh(Z) - Y) .* (1 - tanh(Z)^2)"),
            ("layout", "colsum((tanh(Z) - Y) .* (1 - tanh(Z)^2))"),
            ("axis", "rowsum((tanh(Z) - Y) .* (1 - tanh(Z)^2))"),
            ("factor", "1/n colsum((tanh(Z) - Y) .* (1 - tanh(Z)^2))'"),
            ("chain", "colsum(tanh(Z) - Y)'"),
            ("function", "colsum((tanh(Z) - Y) .* tanh(Z))'"),
        ),
    ),
    "deep with a relu": Row(
        DEEP,
        "W2",
        (
            "A2' (((A5 - R) W4' W3') .* relu'(A2 W2))",
            "G = A5 - R; dA4 = G W4'; D3 = dA4 W3'; dJ/dW2 = A2' (D3 .* step(A2 W2))",
            "A2' (((A5 - R) W4' W3') .* [A2 W2 > 0])",
        ),
        (
            ("chain", "A2' ((A5 - R) W4' W3')"),
            ("shape", "A2' (((A5 - R) W3' W4') .* relu'(A2 W2))"),
            ("function", "A2' (((A5 - R) W4' W3') .* relu(A2 W2))"),
            ("function", "A2' (((A5 - R) W4' W3') .* A3)"),
        ),
    ),
    "deep, the last but one": Row(
        DEEP,
        "W3",
        ("A3' (A5 - R) W4'", "(W4 (A5 - R)' A3)'", "A3' ((A5 - R) W4')"),
        (
            ("shape", "W4' A3' (A5 - R)"),
            ("shape", "A3' W4' (A5 - R)"),
            ("layout", "W4 (A5 - R)' A3"),
            ("factor", "2 A3' (A5 - R) W4'"),
        ),
    ),
    "softmax cross entropy": Row(
        "Y: n x k onehot; P = softmax(X W); J = -1/n sum(Y .* log(P))",
        "W",
        ("1/n X' (P - Y)", "X' (P - Y) / n", "D = (P - Y) / n; X' D", "1/n (X' P - X' Y)"),
        (
            ("factor", "X' (P - Y)"),
            ("sign", "1/n X' (Y - P)"),
            ("softmax", "1/n X' ((P - Y) .* P .* (1 - P))"),
            ("layout", "1/n (P - Y)' X"),
            ("softmax", "-1/n X' (Y .* (1 - P))"),
        ),
    ),
    "softmax cross entropy, any targets": Row(
        "Y: n x k; P = softmax(X W); J = -sum(Y .* log(P))",
        "W",
        ("X' (diag(rowsum(Y)) P - Y)", "X' ((rowsum(Y) 1') .* P - Y)"),
        (("subset", "X' (P - Y)"), ("sign", "X' ((rowsum(Y) 1') .* P + Y)")),
    ),
    "softmax of a vector": Row(
        "p = softmax(z); z: n; g: n; J = g' p",
        "z",
        ("(diag(p) - p p') g", "p .* (g - p' g)", "p .* g - p (p' g)", "diag(p) g - p p' g"),
        (
            ("softmax", "p .* (1 - p) .* g"),
            ("softmax", "diag(p) g"),
            ("sign", "(diag(p) + p p') g"),
            ("softmax", "p .* g"),
        ),
    ),
    "distance": Row(
        "J = ||X - U V'||^2",
        "U",
        ("-2 (X - U V') V", "2 (U V' - X) V", "2 U V' V - 2 X V"),
        (
            ("sign", "2 (X - U V') V"),
            ("shape", "-2 V (X - U V')"),
            ("shape", "-2 (X - U V') V'"),
            ("factor", "-(X - U V') V"),
            ("layout", "-2 V' (X - U V')'"),
        ),
    ),
    "masked factors": Row(
        "M: n x m binary; R: n x m; U: n x r; V: m x r; J = 1/2||M .* (R - U V')||^2",
        "V",
        ("-(M .* (R - U V'))' U", "(M .* (U V' - R))' U", "-(M' .* (R' - V U')) U"),
        (
            ("shape", "-(M .* (R - U V')) U"),
            ("chain", "-(R - U V')' U"),
            ("sign", "(M .* (R - U V'))' U"),
            ("layout", "-U' (M .* (R - U V'))"),
        ),
    ),
    "autoencoder": Row(
        "J = ||X W W' - X||^2",
        "W",
        (
            "E = X W W' - X; 2 X' E W + 2 E' X W",
            "2 (X' (X W W' - X) + (X W W' - X)' X) W",
        ),
        (
            ("product-rule", "2 X' (X W W' - X) W"),
            ("product-rule", "2 (X W W' - X)' X W"),
            ("factor", "E = X W W' - X; X' E W + E' X W"),
            ("sign", "E = X W W' - X; 2 X' E W - 2 E' X W"),
        ),
    ),
    "weights of rows": Row(
        "d: n; s: n; x: m; W: n x m; J = sum(d .* s .* (W x))",
        "W",
        ("(d .* s) x'", "diag(d) diag(s) 1 x'", "diag(d) s x'", "dJ/dW_ij = d_i s_i x_j"),
        (
            ("chain", "d x'"),
            ("layout", "x (d .* s)'"),
            ("shape", "(d .* s) x"),
        ),
    ),
    "matrix power": Row(
        "X: n x n; J = tr(X^3)",
        "X",
        ("3 (X')^2", "3 (X^2)'", "3 X' X'"),
        (("transpose", "3 X^2"), ("function", "3 X'"), ("factor", "2 (X')^2"), ("function", "3 (X')^3")),
    ),
    "elementwise powers": Row(
        "x: n; J = sum(x.^3)",
        "x",
        ("3 x.^2", "3 x .* x"),
        (("factor", "x.^2"), ("function", "3 x.^3"), ("function", "3 x"), ("layout", "3 (x.^2)'")),
    ),
    "a sum of all": Row(
        "J = sum(A X B)",
        "X",
        ("A' 1 1' B'", "(colsum(A))' rowsum(B)'", "dJ/dX_ij = Σ_k Σ_l A_ki B_jl"),
        (("shape", "A' B'"), ("factor", "2 A' 1 1' B'")),
    ),
    "row sums": Row(
        "X: n x d; v: n; J = v' rowsum(X)",
        "X",
        ("v 1'", "v ones(d)'", "dJ/dX_ij = v_i"),
        (("layout", "1 v'"), ("factor", "2 v 1'"), ("sign", "-v 1'")),
    ),
    "a diagonal": Row(
        "A, B: n x n; w: n; J = tr(A diag(w) B)",
        "w",
        ("diag(B A)", "rowsum(B .* A')", "diag(A' B')"),
        (("trace", "B A"), ("trace", "tr(B A)"), ("trace", "diag(diag(B A))"), ("side", "diag(A B)")),
    ),
    "symmetric variable": Row(
        "S: n x n symmetric; A: n x n; J = tr(A S)",
        "S",
        ("1/2 (A + A')", "(A + A') / 2"),
        (("convention", "A'"), ("convention", "A + A' - diag(diag(A))"), ("factor", "A + A'"), ("subset", "A")),
    ),
    "commuting": Row(
        "A, X: n x n; J = tr(X A X)",
        "X",
        ("(A X + X A)'", "X' A' + A' X'"),
        (
            ("subset", "2 A' X'"),
            ("product-rule", "X' A'"),
            ("transpose", "A X + X A"),
        ),
    ),
    "given": Row(
        "A5 = A4 W4; A4 = A3 W3; A3: n x d; given dE/dA5 = A5 - R",
        "W3",
        ("A3' (A5 - R) W4'", "G = A5 - R; A3' G W4'"),
        (("shape", "W4' A3' (A5 - R)"), ("sign", "A3' (R - A5) W4'"), ("product-rule", "A3' A5 W4'")),
    ),
    "batch mean": Row(
        "X: n x d; J = ||X - 1 colmean(X)||^2",
        "X",
        ("2 (X - 1 colmean(X))", "2 (I - 1/n 1 1') X"),
        (("factor", "X - 1 colmean(X)"), ("product-rule", "2 X"), ("sign", "2 (X + 1 colmean(X))")),
    ),
    "Gaussian mean": Row(
        "S: n x n pd; J = (x - m)' inv(S) (x - m)",
        "m",
        ("-2 inv(S) (x - m)", "2 inv(S) (m - x)", "2 S^-1 m - 2 S^-1 x"),
        (
            ("sign", "2 inv(S) (x - m)"),
            ("factor", "-inv(S) (x - m)"),
            ("inverse", "-2 S (x - m)"),
            ("layout", "-2 (x - m)' inv(S)"),
        ),
    ),
    "mean of a sample": Row(
        "X: n x d; m: d; J = 1/2||X - 1 m'||^2",
        "m",
        ("-(X - 1 m')' 1", "n m - X' 1", "n m - colsum(X)'", "colsum(1 m' - X)'"),
        (
            ("sum", "-(X - 1 m')"),
            ("sign", "(X - 1 m')' 1"),
            ("factor", "m - 1/n X' 1"),
            ("axis", "-(X - 1 m') 1"),
            ("layout", "-1' (X - 1 m')"),
        ),
    ),
    "scale": Row(
        "x, y: n; t: scalar; J = 1/2||t x - y||^2",
        "t",
        ("x' (t x - y)", "t x'x - x'y", "sum(x .* (t x - y))", "(t x - y) : x"),
        (
            ("hadamard", "x .* (t x - y)"),
            ("sign", "x' (y - t x)"),
            ("factor", "2 x' (t x - y)"),
            ("chain", "sum(t x - y)"),
            ("outer", "x (t x - y)'"),
        ),
    ),
    "offset": Row(
        "X: n x d; y: n; c: scalar; J = 1/2||X w + c 1 - y||^2",
        "c",
        ("sum(X w + c 1 - y)", "1' (X w + c 1 - y)", "n c + 1' (X w - y)"),
        (("bias", "X w + c 1 - y"), ("factor", "mean(X w + c 1 - y)"), ("sign", "sum(y - X w - c 1)")),
    ),
    "classifier with a hidden layer": Row(
        HIDDEN,
        "W1",
        (
            "1/n X' (((P - Y) W2') .* relu'(Z1))",
            "dZ2 = (P - Y)/n; dA1 = dZ2 W2'; dZ1 = dA1 .* (Z1 > 0); dW1 = X' dZ1",
            "dZ2 = (P - Y)/n\ndA1 = dZ2 @ W2.T\ndZ1 = dA1 * (Z1 > 0)\ndW1 = X.T @ dZ1",
            r"\delta_2 = \frac{1}{n}(P - Y),\ \delta_1 = (\delta_2 W_2^\top) \odot \mathbb{1}[Z_1 > 0],\ "
            r"\frac{\partial J}{\partial W_1} = X^\top \delta_1",
        ),
        (
            ("chain", "1/n X' ((P - Y) W2')"),
            ("factor", "X' (((P - Y) W2') .* relu'(Z1))"),
            ("function", "1/n X' (((P - Y) W2') .* A1)"),
            ("sign", "1/n X' (((Y - P) W2') .* relu'(Z1))"),
            ("softmax", "1/n X' ((((P - Y) .* P .* (1 - P)) W2') .* relu'(Z1))"),
            ("sign", "dZ2 = (Y - P)/n; dA1 = dZ2 W2'; dZ1 = dA1 .* (Z1 > 0); dW1 = X' dZ1"),
            ("function", "dZ2 = (P - Y)/n; dA1 = dZ2 W2'; dZ1 = dA1 .* A1; dW1 = X' dZ1"),
            ("shape", "dZ2 = (P - Y)/n; dA1 = W2' dZ2; dZ1 = dA1 .* (Z1 > 0); dW1 = X' dZ1"),
        ),
    ),
    "its biases": Row(
        HIDDEN,
        "b1",
        (
            "1/n colsum(((P - Y) W2') .* relu'(Z1))'",
            "1/n (((P - Y) W2') .* relu'(Z1))' 1",
            "D = (P - Y)/n; D1 = (D W2') .* step(Z1); dJ/db1_j = Σ_i D1_ij",
        ),
        (
            ("bias", "1/n ((P - Y) W2') .* relu'(Z1)"),
            ("axis", "1/n (((P - Y) W2') .* relu'(Z1)) 1"),
            ("chain", "D = (P - Y)/n; D1 = D W2'; dJ/db1 = D1' 1"),
        ),
    ),
    "attention, by the queries": Row(
        "S = Q K' / sqrt(d); Q: n x d; K: m x d; V: m x p; A = softmax(S); O = A V; T: n x p; J = 1/2||O - T||^2",
        "Q",
        ("G = (O - T) V'; dS = A .* (G - rowsum(G .* A) 1'); dQ = dS K / sqrt(d)",),
        (
            ("softmax", "G = (O - T) V'; dS = A .* (1 - A) .* G; dQ = dS K / sqrt(d)"),
            ("factor", "G = (O - T) V'; dS = A .* (G - rowsum(G .* A) 1'); dQ = dS K"),
            ("sign", "G = (O - T) V'; dS = A .* (G + rowsum(G .* A) 1'); dQ = dS K / sqrt(d)"),
        ),
    ),
    "one layer of columns": Row(
        "z = W x + b; h = tanh(z); J = 1/2||V h - y||^2",
        "W",
        (
            "(V'(V h - y) .* (1 - h.^2)) x'",
            "(V'(V h - y) .* (1 - h.^2)) * x'",
            "delta = V'(V h - y) .* tanh'(z)\ndelta x'",
            r"\frac{\partial J}{\partial W} = \mathrm{diag}(1 - h^2) V^\top (V h - y) x^\top",
        ),
        (
            ("layout", "x (V'(V h - y) .* (1 - h.^2))'"),
            ("function", "(V'(V h - y) .* h .* (1 - h)) x'"),
            ("chain", "V'(V h - y) x'"),
            ("point", "(V'(V h - y) .* tanh'(h)) x'"),
            ("sign", "(V'(V h - y) .* (1 + h.^2)) x'"),
        ),
    ),
    "its bias": Row(
        "z = W x + b; h = tanh(z); J = 1/2||V h - y||^2",
        "b",
        ("V'(V h - y) .* (1 - h.^2)", r"\nabla_b J = V^\top (Vh-y) \odot (1-h^2)"),
        (("hadamard", "V'(V h - y) (1 - h.^2)'"), ("layout", "(V'(V h - y) .* (1 - h.^2))'")),
    ),
    "a weighted Gram matrix": Row(
        "A: n x n; X: n x d; J = logdet(X' A X)",
        "X",
        ("A X inv(X' A X) + A' X inv(X' A X)'",),
        (("subset", "2 A X inv(X' A X)"), ("product-rule", "A X inv(X' A X)")),
    ),
    "regularizer of a kernel": Row(
        "K = X X'; X: n x d; Y: n x p; J = tr(inv(K + lam I) Y Y')",
        "lam",
        ("-tr(inv(K + lam I) Y Y' inv(K + lam I))", "-||inv(K + lam I) Y||^2"),
        (("trace", "-inv(K + lam I) Y Y' inv(K + lam I)"), ("sign", "tr(inv(K + lam I) Y Y' inv(K + lam I))")),
    ),
    "log-sum-exp": Row(
        "J = log(sum(exp(z)))",
        "z",
        ("softmax(z)", "exp(z) / sum(exp(z))", "dJ/dz_i = exp(z_i) / Σ_j exp(z_j)"),
        (("function", "log(softmax(z))"), ("chain", "exp(z)"), ("layout", "softmax(z)'")),
    ),
    "samples as rows": Row(
        "X: n x d; J = 1/n ||X w - y||^2",
        "w",
        (
            r"\nabla_w J = \frac{2}{n}\sum_{i=1}^{n} (w^\top x_i - y_i) x_i",
            r"\frac{\partial J}{\partial w_j} = \frac{2}{n}\sum_{i=1}^n (x_i^\top w - y_i) x_{ij}",
            "2/n Σ_i (x_i' w - y_i) x_i",
            "2/n X.T @ (X @ w - y)",
            "2/n colsum(X .* ((X w - y) 1'))'",
            "dJ = 2/n (X w - y)' X dw",
        ),
        (
            ("sum", r"\frac{2}{n}(w^\top x_i - y_i) x_i"),
            ("sum", "2/n (x_i' w - y_i) x_i"),
            ("factor", "2/d X'(X w - y)"),
            ("factor", r"\nabla_w J = 2\sum_i (w^\top x_i - y_i) x_i"),
        ),
    ),
    "a relu of a vector": Row(
        "x: n; J = sum(relu(x))",
        "x",
        ("[x > 0]", "step(x)", "relu'(x)", "(1 + sign(x)) / 2", "[x >= 0]", "(x > 0)"),
        (("function", "relu(x)"), ("subset", "ones(n)")),
    ),
    "an outer product": Row(
        "u: n; v: m; J = ||A - u v'||^2",
        "u",
        ("-2 (A - u v') v", "2 (v'v) u - 2 A v", "2||v||^2 u - 2 A v"),
        (("sign", "2 (A - u v') v"), ("product-rule", "-2 A v"), ("shape", "-2 (A - u v')' v")),
    ),
    "an exponential": Row(
        "A: n x n; x: n; J = exp(x' A x)",
        "x",
        ("J (A + A') x", "exp(x'A x) (A + A') x"),
        (("chain", "(A + A') x"), ("subset", "2 J A x"), ("layout", "J x'(A + A')")),
    ),
    "a sample of a classifier": Row(
        "z = W x; p = softmax(z); y: k onehot; W: k x d; J = -y' log(p)",
        "W",
        ("(p - y) x'", r"(p - y) x^\top"),
        (("sign", "(y - p) x'"), ("layout", "x (p - y)'"), ("softmax", "((p - y) .* p .* (1 - p)) x'")),
    ),
    "two steps of a recurrence": Row(
        "h1 = tanh(U x1 + W h0); h2 = tanh(U x2 + W h1); J = 1/2||h2 - y||^2; W: n x n; h0: n; U: n x m",
        "W",
        ("d2 = (h2 - y) .* (1 - h2.^2); d1 = (W' d2) .* (1 - h1.^2); d2 h1' + d1 h0'",),
        (
            ("product-rule", "d2 = (h2 - y) .* (1 - h2.^2); d2 h1'"),
            ("product-rule", "d2 = (h2 - y) .* (1 - h2.^2); d1 = (W' d2) .* (1 - h1.^2); d1 h0'"),
            ("transpose", "d2 = (h2 - y) .* (1 - h2.^2); d1 = (W d2) .* (1 - h1.^2); d2 h1' + d1 h0'"),
            ("chain", "d2 = (h2 - y) .* (1 - h2.^2); d1 = W' d2; d2 h1' + d1 h0'"),
            ("point", "d2 = (h2 - y) .* (1 - h2.^2); d1 = (W' d2) .* (1 - h0.^2); d2 h1' + d1 h0'"),
        ),
    ),
    "a sum over classes": Row(
        "X: n x d; J = tr(softmax(X W)' C); C: n x k",
        "W",
        ("P = softmax(X W); X' (P .* (C - rowsum(P .* C) 1'))",),
        (("softmax", "P = softmax(X W); X' (P .* (1 - P) .* C)"), ("softmax", "P = softmax(X W); X' (P .* C)")),
    ),
    "a quotient": Row(
        "x: n; J = x'x / (1' x)",
        "x",
        ("2 x / (1'x) - (x'x) / (1'x)^2 1",),
        (("product-rule", "2 x / (1' x)"), ("sign", "2 x / (1'x) + (x'x) / (1'x)^2 1")),
    ),
    "what falls short": Row(
        "J = sum(max(0, y - X w)); y: n",
        "w",
        ("-X' [y - X w > 0]", "-X' step(y - X w)", "-X' (y > X w)"),
        (("chain", "-X' ones(n)"), ("sign", "X' step(y - X w)"), ("function", "-X' relu(y - X w)")),
    ),
    "lasso": Row(
        "J = ||w||_1 + 1/2 ||X w - y||^2",
        "w",
        ("sign(w) + X'(X w - y)", "w ./ abs(w) + X'X w - X'y"),
        (
            ("product-rule", "X'(X w - y)"),
            ("function", "abs(w) + X'(X w - y)"),
            ("factor", "2 sign(w) + X'(X w - y)"),
        ),
    ),
}
