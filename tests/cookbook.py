"""Petersen & Pedersen, The Matrix Cookbook (version of November 15, 2012): its derivatives, by equation number.

Sections 2.1 to 2.8, 10.2 and 10.3. A row says what is differentiated by what, the gradient as it is to be printed, and
the gradient as it is published, in matcalc's notation. Where the Cookbook's variable is square and its other matrices
are not, shapes are as general as the formula allows; a letter behind a number marks a variant of that equation.

The numbers were counted in the text between those that are cited widely (33, 61, 69, 77, 100, 119, 125, 142).
Not here, since they are not derivatives of a scalar:
(47), (50) a property of the derivative of a determinant, tested beside this table;
(60), (73)-(75), (79), (80), (90) derivatives of single entries: (61), (70), (82), (91) with unit vectors for a and b;
(68) the derivative of an eigenvector, which is not a scalar; (94), (96) what is differentiated in (95) and (97);
(98) a Hessian; (133)-(137) the chain rule, by which everything is derived; (138) the convention "entries" itself.
Outside the notation: (89) complex, here in its real form; (143), (144) Toeplitz matrices.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """`published` is empty where the printed form is the published one."""

    number: str
    shapes: str
    objective: str
    wrt: str
    expected: str
    published: str = ""
    convention: str = "projected"


SQUARE = "A, B, C, D, X: n x n; a, b, c, d, x, s: n"
PLAIN = "X: n x m; A: p x n; B: m x q; C: p x q; D: n x n; F: m x m; G: m x n; H: n x m; K: m x p; L: n x p"
SYMMETRIC = "A, B, C, X: n x n symmetric; a, b, x: n; M: n x n"
LINE = "A, B, C: n x n; a, b: n; t: scalar"
POWER = "X, A: n x n; a, b: n; k: scalar"
WEIGHTED = "W: n x n symmetric; A: n x m; x: n; s: m"

PROBLEMS: tuple[Row, ...] = (
    # 2.1 Determinants
    Row("46", LINE, "det(A + t B)", "t", "det(A + t B) tr(inv(A + t B) B)"),
    Row("48", LINE, "det(A + t B) tr(inv(A + t B) B)", "t",
            "(tr(inv(A + t B) B)^2 - tr((inv(A + t B) B)^2)) det(A + t B)",
            "det(A + t B) (tr(inv(A + t B) B) tr(inv(A + t B) B) - tr((inv(A + t B) B) (inv(A + t B) B)))"),
    Row("49", SQUARE, "det(X)", "X", "det(X) inv(X)'"),
    Row("51", SQUARE, "det(A X B)", "X", "det(A X B) inv(X)'"),
    Row("51b", SQUARE, "det(X A)", "X", "det(X A) inv(X)'"),
    Row("52", SQUARE, "det(X' A X)", "X", "2 det(X' A X) inv(X)'"),
    Row("52b", SQUARE, "det(X'X)", "X", "2 det(X' X) inv(X)'"),
    Row("53", "X: n x m; A: n x n symmetric", "det(X' A X)", "X", "2 det(X' A X) A X inv(X' A X)"),
    Row("54", "X: n x m; A: n x n", "det(X' A X)", "X", "det(X' A X) (A X inv(X' A X) + A' X inv(X' A X)')",
            "det(X' A X) (A X inv(X' A X) + A' X inv(X' A' X))"),
    Row("55", "X: n x m", "log(det(X'X))", "X", "2 pinv(X)'"),
    Row("56", "P: m x n", "log(det(pinv(P)' pinv(P)))", "P", "-2 pinv(P)'"),
    Row("57", SQUARE, "log(abs(det(X)))", "X", "inv(X)'"),
    Row("57b", SQUARE, "log(det(X))", "X", "inv(X)'"),
    Row("57c", SQUARE, "logdet(X)", "X", "inv(X)'"),
    Row("58", POWER, "det(X^k)", "X", "k det(X^k) inv(X)'"),
    Row("58b", SQUARE, "det(X)^3", "X", "3 det(X)^3 inv(X)'"),
    # 2.2 Inverses
    Row("59", LINE, "a' inv(A + t B) b", "t", "-a' inv(A + t B) B inv(A + t B) b"),
    Row("61", SQUARE, "a' inv(X) b", "X", "-inv(X)' a b' inv(X)'"),
    Row("62", SQUARE, "det(inv(X))", "X", "-det(inv(X)) inv(X)'"),
    Row("63", SQUARE, "tr(A inv(X) B)", "X", "-(inv(X) B A inv(X))'"),
    Row("64", SQUARE, "tr(inv(X + A))", "X", "-inv(A + X)'^2", "-(inv(X + A) inv(X + A))'"),
    # 2.3 Eigenvalues; in (67) and (68) lambda is the largest, then the smallest
    Row("65", SQUARE, "tr(X)", "X", "eye(n)"),
    Row("66", SQUARE, "det(X)", "X", "det(X) inv(X)'"),
    Row("67", "A, B: n x n symmetric; t: scalar", "lambda_max(A + t B)", "t",
        "eigvec_max(A + t B)' B eigvec_max(A + t B)"),
    Row("67b", "A: n x n symmetric", "lambda_max(A)", "A", "eigvec_max(A) eigvec_max(A)'"),
    Row("67c", "A, B: n x n symmetric; t: scalar", "lambda_min(A + t B)", "t",
        "eigvec_min(A + t B)' B eigvec_min(A + t B)"),
    Row("67d", "A: n x n symmetric", "lambda_min(A)", "A", "eigvec_min(A) eigvec_min(A)'"),
    # 2.4 First order
    Row("69", SQUARE, "x'a", "x", "a"),
    Row("69b", SQUARE, "a'x", "x", "a"),
    Row("70", "a: n; X: n x m; b: m", "a'X b", "X", "a b'"),
    Row("71", "a: m; X: n x m; b: n", "a'X'b", "X", "b a'"),
    Row("72", SQUARE, "a'X a", "X", "a a'"),
    Row("72b", SQUARE, "a'X'a", "X", "a a'"),
    Row("74", "X: n x m; A: m x p; a: n; b: p", "a'X A b", "X", "a b' A'"),
    Row("75", "X: n x m; A: n x p; a: m; b: p", "a'X'A b", "X", "A b a'"),
    # 2.4 Second order
    Row("76", "X: n x m", "sum(X)^2", "X", "2 sum(X) ones(n, m)"),
    Row("77", "X: n x m; b, c: m", "b'X'X c", "X", "X (b c' + c b')"),
    Row("78", "B: p x n; b: p; x: n; C: p x q; D: q x n; d: q", "(B x + b)' C (D x + d)", "x",
        "B' C (D x + d) + D' C'(B x + b)"),
    Row("81", SQUARE, "x'B x", "x", "(B + B') x"),
    Row("82", "b, c: m; X: n x m; D: n x n", "b'X'D X c", "X", "D X c b' + D' X b c'"),
    Row("83", "X: n x m; b: m; c: n; D: n x n", "(X b + c)' D (X b + c)", "X", "(D + D') (X b + c) b'"),
    Row("84", WEIGHTED, "(x - A s)' W (x - A s)", "s", "2 A' W (A s - x)", "-2 A' W (x - A s)"),
    Row("85", "W: n x n symmetric; x, s: n", "(x - s)' W (x - s)", "x", "2 W (x - s)"),
    Row("86", "W: n x n symmetric; x, s: n", "(x - s)' W (x - s)", "s", "2 W (s - x)", "-2 W (x - s)"),
    Row("87", WEIGHTED, "(x - A s)' W (x - A s)", "x", "2 W (x - A s)"),
    Row("88", WEIGHTED, "(x - A s)' W (x - A s)", "A", "2 W (A s - x) s'", "-2 W (x - A s) s'"),
    Row("89", "x, b: n; a: scalar", "(a - x'b)^2", "x", "2 (x' b - a) b", "-2 b (a - x'b)"),
    # 2.4 Higher order and nonlinear; a sum over r of X^r E X^(k-1-r) is power_frechet(X, E, k)
    Row("91", POWER, "a' X^k b", "X", "power_frechet(X', a b', k)"),
    Row("91b", SQUARE, "a' X^3 b", "X", "X'^2 a b' + a b' X'^2 + X' a b' X'", "a b' X'^2 + X' a b' X' + X'^2 a b'"),
    # As printed there, the first half of (92) is transposed; here it is as it must be.
    Row("92", POWER, "a' (X^k)' X^k b", "X", "power_frechet(X', X^k (a b' + b a'), k)",
        "power_frechet(X', X^k b a', k) + power_frechet(X', X^k a b', k)"),
    Row("92b", SQUARE, "a' (X^2)' X^2 b", "X", "X^2 (a b' + b a') X' + X' X^2 (a b' + b a')",
        "X^2 b a' X' + X' X^2 b a' + X^2 a b' X' + X' X^2 a b'"),
    Row("93", "A: n x n; x: n", "sin(x)' A exp(x)", "x", "(A exp(x)) .* cos(x) + (A' sin(x)) .* exp(x)",
            "diag(cos(x))' A exp(x) + diag(exp(x))' A' sin(x)"),
    Row("95", "A: m x n; B: p x n; x: n", "(A x)'(A x) / ((B x)'(B x))", "x",
            "2 (A' A x - (x' A' A x) B' B x / (x' B' B x)) / (x' B' B x)",
            "2 A' A x / (x' B' B x) - 2 x' A' A x B' B x / (x' B' B x)^2"),
    Row("97", SQUARE, "x'A x + b'x", "x", "(A + A') x + b"),
    # 2.5 Traces: of a function of a matrix, and first order
    Row("99", SQUARE, "tr(expm(X))", "X", "expm(X)'"),
    Row("99b", SQUARE, "tr(logm(X))", "X", "inv(X)'"),
    Row("99c", SQUARE, "tr(sqrtm(X))", "X", "1/2 inv(sqrtm(X))'"),
    Row("100", SQUARE, "tr(X)", "X", "eye(n)"),
    Row("101", "X: n x m; A: m x n", "tr(X A)", "X", "A'"),
    Row("102", "A: p x n; X: n x m; B: m x p", "tr(A X B)", "X", "A' B'"),
    Row("103", "A: p x m; X: n x m; B: n x p", "tr(A X' B)", "X", "B A"),
    Row("104", "X, A: n x m", "tr(X' A)", "X", "A"),
    Row("105", "X, A: n x m", "tr(A X')", "X", "A"),
    Row("106", "A: n x n; X: m x m", "tr(A ⊗ X)", "X", "tr(A) eye(m)"),
    # 2.5 Second order
    Row("107", SQUARE, "tr(X^2)", "X", "2 X'"),
    Row("108", SQUARE, "tr(X^2 B)", "X", "(B X + X B)'", "(X B + B X)'"),
    Row("109", "X: n x m; B: n x n", "tr(X' B X)", "X", "(B + B') X", "B X + B' X"),
    Row("110", "X: n x m; B: n x n", "tr(B X X')", "X", "(B + B') X", "B X + B' X"),
    Row("111", "X: n x m; B: n x n", "tr(X X' B)", "X", "(B + B') X", "B X + B' X"),
    Row("112", "X: n x m; B: m x m", "tr(X B X')", "X", "X (B + B')", "X B' + X B"),
    Row("113", "X: n x m; B: m x m", "tr(B X' X)", "X", "X (B + B')", "X B' + X B"),
    Row("114", "X: n x m; B: m x m", "tr(X' X B)", "X", "X (B + B')", "X B' + X B"),
    Row("115", "A, B: m x n; X: n x m", "tr(A X B X)", "X", "(A X B + B X A)'", "A' X' B' + B' X' A'"),
    Row("116", "X: n x m", "tr(X' X)", "X", "2 X"),
    Row("116b", "X: n x m", "tr(X X')", "X", "2 X"),
    Row("117", "X: n x m; B: m x p; C: n x n", "tr(B' X' C X B)", "X", "(C + C') X B B'",
        "C' X B B' + C X B B'"),
    Row("118", "X: n x m; B: n x n; C: m x m", "tr(X' B X C)", "X", "B X C + B' X C'"),
    Row("119", "A: p x n; B: m x m; C: n x p; X: n x m", "tr(A X B X' C)", "X", "C A X B + A' C' X B'"),
    Row("120", PLAIN, "tr((A X B + C) (A X B + C)')", "X", "2 A'(A X B + C) B'"),
    Row("121", SQUARE, "tr(X ⊗ X)", "X", "2 tr(X) eye(n)"),
    Row("121b", SQUARE, "tr(X) tr(X)", "X", "2 tr(X) eye(n)"),
    # 2.5 Higher order and other
    Row("122", POWER, "tr(X^k)", "X", "k X'^(k - 1)"),
    Row("122b", SQUARE, "tr(X^4)", "X", "4 X'^3"),
    Row("123", POWER, "tr(A X^k)", "X", "power_frechet(X, A, k)'"),
    Row("123b", SQUARE, "tr(A X^3)", "X", "(A X^2 + X^2 A + X A X)'", "(A X^2 + X A X + X^2 A)'"),
    Row("124", "X: n x m; B: m x q; C: n x n", "tr(B' X' C X X' C X B)", "X",
            "C X (B B' X' C X + X' C X B B') + C' X (B B' X' C' X + X' C' X B B')",
            "C X X' C X B B' + C' X B B' X' C' X + C X B B' X' C X + C' X X' C' X B B'"),
    Row("125", SQUARE, "tr(A inv(X) B)", "X", "-(inv(X) B A inv(X))'"),
    Row("126", "X: n x m; C: n x n symmetric; A: m x m", "tr(inv(X' C X) A)", "X",
        "-C X inv(X' C X) (A + A') inv(X' C X)"),
    Row("127", "X: n x m; B, C: n x n symmetric", "tr(inv(X' C X) (X' B X))", "X",
            "2 (B - C X inv(X' C X) X' B) X inv(X' C X)", "-2 C X inv(X' C X) X' B X inv(X' C X) + 2 B X inv(X' C X)"),
    # (128) holds for a symmetric A, which the Cookbook does not say.
    Row("128", "X: n x m; B, C: n x n symmetric; A: m x m symmetric", "tr(inv(A + X' C X) (X' B X))", "X",
            "2 (B - C X inv(X' C X + A) X' B) X inv(X' C X + A)",
            "-2 C X inv(A + X' C X) X' B X inv(A + X' C X) + 2 B X inv(A + X' C X)"),
    # Behind (128), without a number; sin is that of the entries here.
    Row("128b", SQUARE, "tr(sin(X))", "X", "I .* cos(X)", "diag(cos(diag(X)))"),
    # 2.6, 2.7 Norms; (130), a Jacobian, along a constant c
    Row("129", "x, a: n", "norm(x - a)", "x", "(x - a) / norm(x - a)"),
    Row("130", "x, a, c: n", "c'(x - a) / norm(x - a)", "x",
            "((c'(x - a)) (a - x) / norm(x - a)^2 + c) / norm(x - a)",
            "c / norm(x - a) - (x - a) (x - a)' c / norm(x - a)^3"),
    Row("131", "x: n", "norm(x)^2", "x", "2 x"),
    Row("131b", "x: n", "norm(x'x)", "x", "2 x"),
    Row("132", "X: n x m", "||X||_F^2", "X", "2 X"),
    Row("132b", "X: n x m", "norm(X)", "X", "X / norm(X)"),
    # 2.8 Structured matrices: independent entries, as there, and projected
    Row("139", "A: n x n; X: n x n symmetric", "tr(A X)", "X", "A + A' - diag(diag(A))", "A + A' - A .* eye(n)",
        "entries"),
    Row("139b", "A: n x n; X: n x n symmetric", "tr(A X)", "X", "1/2 (A + A')"),
    Row("140", SYMMETRIC, "det(X)", "X", "det(X) (2 inv(X) - diag(diag(inv(X))))",
        "det(X) (2 inv(X) - inv(X) .* eye(n))", "entries"),
    Row("140b", SYMMETRIC, "det(X)", "X", "det(X) inv(X)"),
    Row("141", SYMMETRIC, "logdet(X)", "X", "2 inv(X) - diag(diag(inv(X)))", "2 inv(X) - inv(X) .* eye(n)",
        "entries"),
    Row("141b", SYMMETRIC, "logdet(X)", "X", "inv(X)"),
    Row("142", "X: n x n diagonal; A: n x n", "tr(A X)", "X", "diag(diag(A))", "A .* eye(n)"),
    Row("142b", "X: n x n diagonal; A: n x n", "tr(A X)", "X", "diag(diag(A))", "A .* eye(n)", "entries"),
    # 10.2 Kronecker products and stacked columns
    Row("512", "A: n x n; B: m x m", "logdet(A ⊗ B)", "A", "m inv(A)'"),
    Row("515", "A: n x n; B: m x m", "tr(A ⊗ B)", "A", "tr(B) eye(n)"),
    Row("515b", "A: n x n; B: m x m", "tr(A ⊗ B)", "B", "tr(A) eye(m)"),
    Row("516", "A: n x n; B: m x m", "det(A ⊗ B)", "A", "m det(kron(A, B)) inv(A)'", "m det(A)^m det(B)^n inv(A)'"),
    Row("520", "A: p x n; X: n x m; B: m x q", "c' vec(A X B)", "X", "A' unvec(c, p, q) B'"),
    Row("520b", "A: p x n; X: n x m; B: m x q", "c'(B' ⊗ A) vec(X)", "X", "A' unvec(c, p, q) B'",
        "unvec((B ⊗ A') c, n, m)"),
    Row("521", "A, B: n x m", "vec(A)' vec(B)", "A", "B"),
    Row("522", "A, B: n x m", "c' vec(A + B)", "A", "unvec(c, n, m)"),
    Row("523", "A: n x m; t: scalar", "c' vec(t A)", "A", "t unvec(c, n, m)"),
    # As printed there, (524) has B where B' must be.
    Row("524", "X: n x m; B: m x m; a, c: n", "a' X B X' c", "X", "c a' X B + a c' X B'", "a c' X B' + c a' X B"),
    Row("524b", "X: n x m; B: m x m; a, c: n", "vec(X)' (B' ⊗ (c a')) vec(X)", "X", "c a' X B + a c' X B'",
            "a c' X B' + c a' X B"),
    # 10.3 Vector norms
    Row("525", "x, a: n", "norm_1(x - a)", "x", "sign(x - a)"),
    Row("526", "x: n", "x'x", "x", "2 x"),
    Row("527", "x: n positive; p: scalar", "sum(x.^p)^(1/p)", "x", "sum(x.^p)^(1/p - 1) x.^(p - 1)",
            "sum(x.^p)^(1 / p - 1) x.^(p - 1)"),
    Row("527b", "x: n", "sum(abs(x).^3)^(1/3)", "x", "(x.^2 .* sign(x)) / sum(abs(x).^3)^(2/3)",
            "abs(x).^2 .* sign(x) / sum(abs(x).^3)^(2/3)"),
    Row("528", "x: n", "norm_inf(x)", "x", "sign(x) .* indicator_max(abs(x))"),
    # Quadratic forms and least squares in the forms people write
    Row("q1", "A: n x m; x: m; b: n", "1/2 ||A x - b||^2", "x", "A'(A x - b)"),
    Row("q2", "A: n x m; x: m; b: n", "1/2 (A x - b)'(A x - b)", "A", "(A x - b) x'"),
    Row("q3", "A: n x m; x: m; b: n", "norm(A x - b)", "x", "A'(A x - b) / norm(A x - b)"),
    Row("q4", "A: n x n pd; x, b: n", "1/2 x'A x - b'x", "x", "A x - b"),
    Row("q5", "X: n x d; W: d x k; Y: n x k", "||X W - Y||^2", "W", "2 X'(X W - Y)"),
    Row("q6", "X: n x d; W: d x k; Y: n x k", "||Y - X W||^2", "X", "2 (X W - Y) W'"),
    Row("q7", SQUARE, "(a'x) (b'x)", "x", "(a' x) b + (b' x) a"),
    Row("q8", SQUARE, "(a'x)^2", "x", "2 (a' x) a"),
    Row("q9", "x: n; A: n x n symmetric", "exp(-1/2 x'A x)", "x", "-exp(-1/2 x' A x) A x"),
    Row("q10", SQUARE, "sum(A x)", "x", "colsum(A)'"),
    Row("q11", SQUARE, "a' diag(x) b", "x", "a .* b"),
    Row("q12", SQUARE, "a' diag(diag(X)) b", "X", "diag(a .* b)"),
)  # fmt: skip
