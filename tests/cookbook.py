"""Problems from Petersen & Pedersen, The Matrix Cookbook (2012), sections 2 and 10, by equation number.

A row: (equation, declarations, objective, variable, the gradient as it is to be printed). Where the Cookbook's variable
is square and its other matrices are not, the shapes are as general as the formula allows.
"""

from __future__ import annotations

SQUARE = "A, B, C, D, X: n x n; a, b, c, d, x, s: n"
PLAIN = "X: n x m; A: p x n; B: m x q; C: p x q; D: n x n; F: m x m; G: m x n; H: n x m; K: m x p; L: n x p"
SYMMETRIC = "A, B, C, X: n x n symmetric; a, b, x: n; M: n x n"

PROBLEMS: tuple[tuple[str, str, str, str, str], ...] = (
    # 2.1 determinants
    ("49", SQUARE, "det(X)", "X", "det(X) inv(X)'"),
    ("51", SQUARE, "det(A X B)", "X", "det(A X B) A' inv(A X B)' B'"),
    ("52", SQUARE, "det(X A)", "X", "det(X A) inv(X A)' A'"),
    ("53", "X: n x m; S: n x n symmetric", "det(X' S X)", "X", "2 det(X' S X) S X inv(X' S X)"),
    ("54", SQUARE, "det(X'X)", "X", "2 det(X' X) X inv(X' X)"),
    ("56", "X: n x m", "log(det(X'X))", "X", "2 X inv(X' X)"),
    ("57", SQUARE, "log(det(X))", "X", "inv(X)'"),
    ("57b", SQUARE, "logdet(X)", "X", "inv(X)'"),
    ("58", SQUARE, "det(X)^3", "X", "3 det(X)^3 inv(X)'"),
    # 2.2 inverses
    ("61", SQUARE, "a' inv(X) b", "X", "-inv(X)' a b' inv(X)'"),
    ("62", SQUARE, "det(inv(X))", "X", "-det(inv(X)) inv(X)'"),
    ("63", SQUARE, "tr(A inv(X) B)", "X", "-inv(X)' A' B' inv(X)'"),
    ("64", SQUARE, "tr(inv(X + A))", "X", "-inv(A + X)'^2"),
    # 2.4 first order
    ("69", SQUARE, "x'a", "x", "a"),
    ("69b", SQUARE, "a'x", "x", "a"),
    ("70", "a: n; X: n x m; b: m", "a'X b", "X", "a b'"),
    ("71", "a: m; X: n x m; b: n", "a'X'b", "X", "b a'"),
    ("72", SQUARE, "a'X a", "X", "a a'"),
    ("72b", SQUARE, "a'X'a", "X", "a a'"),
    # 2.4 second order
    ("77", "X: n x m; b, c: m", "b'X'X c", "X", "X (b c' + c b')"),
    ("78", "B: p x n; b: p; x: n; C: p x q; D: q x n; d: q", "(B x + b)' C (D x + d)", "x",
     "B' C (D x + d) + D' C'(B x + b)"),
    ("81", SQUARE, "x'B x", "x", "(B + B') x"),
    ("82", "b, c: m; X: n x m; D: n x n", "b'X'D X c", "X", "D X c b' + D' X b c'"),
    ("83", "X: n x m; b: m; c: n; D: n x n", "(X b + c)' D (X b + c)", "X", "(D + D') (X b + c) b'"),
    ("84", "W: n x n symmetric; A: n x m; x: n; s: m", "(x - A s)' W (x - A s)", "s", "2 A' W (A s - x)"),
    ("85", "W: n x n symmetric; x, s: n", "(x - s)' W (x - s)", "x", "2 W (x - s)"),
    ("86", "W: n x n symmetric; x, s: n", "(x - s)' W (x - s)", "s", "2 W (s - x)"),
    ("87", "W: n x n symmetric; A: n x m; x: n; s: m", "(x - A s)' W (x - A s)", "x", "2 W (x - A s)"),
    ("88", "W: n x n symmetric; A: n x m; x: n; s: m", "(x - A s)' W (x - A s)", "A", "2 W (A s - x) s'"),
    ("96", SQUARE, "x'A x + b'x", "x", "(A + A') x + b"),
    # 2.5 traces, first order
    ("100", SQUARE, "tr(X)", "X", "eye(n)"),
    ("101", "X: n x m; A: m x n", "tr(X A)", "X", "A'"),
    ("102", "A: p x n; X: n x m; B: m x p", "tr(A X B)", "X", "A' B'"),
    ("103", "A: p x m; X: n x m; B: n x p", "tr(A X' B)", "X", "B A"),
    ("104", "X, A: n x m", "tr(X' A)", "X", "A"),
    ("105", "X, A: n x m", "tr(A X')", "X", "A"),
    # second order
    ("107", SQUARE, "tr(X^2)", "X", "2 X'"),
    ("108", SQUARE, "tr(X^2 B)", "X", "B' X' + X' B'"),
    ("109", "X: n x m; B: n x n", "tr(X' B X)", "X", "(B + B') X"),
    ("110", "X: n x m; B: n x n", "tr(B X X')", "X", "(B + B') X"),
    ("111", "X: n x m; B: n x n", "tr(X X' B)", "X", "(B + B') X"),
    ("112", "X: n x m; B: m x m", "tr(X B X')", "X", "X (B + B')"),
    ("113", "X: n x m; B: m x m", "tr(B X' X)", "X", "X (B + B')"),
    ("114", "X: n x m; B: m x m", "tr(X' X B)", "X", "X (B + B')"),
    ("115", "A, B: m x n; X: n x m", "tr(A X B X)", "X", "A' X' B' + B' X' A'"),
    ("116", "X: n x m", "tr(X' X)", "X", "2 X"),
    ("116b", "X: n x m", "tr(X X')", "X", "2 X"),
    ("117", "X: n x m; B: m x p; C: n x n", "tr(B' X' C X B)", "X", "(C + C') X B B'"),
    ("118", "X: n x m; B: n x n; C: m x m", "tr(X' B X C)", "X", "B X C + B' X C'"),
    ("119", "A: p x n; B: m x m; C: n x p; X: n x m", "tr(A X B X' C)", "X", "C A X B + A' C' X B'"),
    ("120", PLAIN, "tr((A X B + C) (A X B + C)')", "X", "2 A'(A X B + C) B'"),
    # higher order and other
    ("122", SQUARE, "tr(X^4)", "X", "4 X'^3"),
    ("125", SQUARE, "tr(A inv(X) B)", "X", "-inv(X)' A' B' inv(X)'"),
    ("126", "X: n x m; S: n x n symmetric; A: m x m", "tr(inv(X' S X) A)", "X",
     "-S X inv(X' S X) (A + A') inv(X' S X)"),
    ("129", "x, a: n", "norm(x - a)", "x", "(x - a) / norm(x - a)"),
    ("131", "x: n", "norm(x)^2", "x", "2 x"),
    ("132", "X: n x m", "||X||_F^2", "X", "2 X"),
    ("132b", "X: n x m", "norm(X)", "X", "X / norm(X)"),
    # quadratic forms and least squares in the forms people write
    ("q1", "A: n x m; x: m; b: n", "1/2 ||A x - b||^2", "x", "A'(A x - b)"),
    ("q2", "A: n x m; x: m; b: n", "1/2 (A x - b)'(A x - b)", "A", "(A x - b) x'"),
    ("q3", "A: n x m; x: m; b: n", "norm(A x - b)", "x", "A'(A x - b) / norm(A x - b)"),
    ("q4", "A: n x n pd; x, b: n", "1/2 x'A x - b'x", "x", "A x - b"),
    ("q5", "X: n x d; W: d x k; Y: n x k", "||X W - Y||^2", "W", "2 X'(X W - Y)"),
    ("q6", "X: n x d; W: d x k; Y: n x k", "||Y - X W||^2", "X", "2 (X W - Y) W'"),
    ("q7", SQUARE, "(a'x) (b'x)", "x", "(a' x) b + (b' x) a"),
    ("q8", SQUARE, "(a'x)^2", "x", "2 (a' x) a"),
    ("q9", "x: n; A: n x n symmetric", "exp(-1/2 x'A x)", "x", "-exp(-1/2 x' A x) A x"),
    ("q10", SQUARE, "sum(A x)", "x", "colsum(A)'"),
    ("q11", SQUARE, "a' diag(x) b", "x", "a .* b"),
    ("q12", SQUARE, "a' diag(diag(X)) b", "X", "diag(a .* b)"),
    # 2.8 structured
    ("138", SYMMETRIC, "tr(M X)", "X", "1/2 (M + M')"),
    ("142", SYMMETRIC, "logdet(X)", "X", "inv(X)"),
    ("143", "X: n x n diagonal; A: n x n", "tr(A X)", "X", "diag(diag(A))"),
)  # fmt: skip
