"""Problems from textbooks and papers on which SymPy, tensorgrad or Mathematica fail, with their published gradients.

A row: (name, declarations, objective, variable, the gradient as it is to be printed, as it is published). Every
operator that a user can write occurs in two rows or more.

Sources: MN Magnus & Neudecker; CB the Matrix Cookbook; B Bishop, Pattern Recognition; HTF Hastie, Tibshirani, Friedman;
BV Boyd & Vandenberghe; GP Golub & Pereyra 1973; H Higham, Functions of Matrices; Mu Murray 2016 (Cholesky); Gi Giles
2008; Lw Lewis 1996 (eigenvalues); Wa Watson 1992 (norms); BKH Ba, Kiros, Hinton 2016; IS Ioffe, Szegedy 2015; VP Van
Loan & Pitsianis 1993; GvL Golub & Van Loan; RW Rasmussen & Williams.
"""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """`published` is empty where the printed form is the published one."""

    name: str
    shapes: str
    objective: str
    wrt: str
    expected: str
    published: str = ""
    convention: str = "projected"


SQUARE = "A, B, C, X: n x n; a, b, x, y: n"
LN = "layer_norm(Z)"
BN = "batch_norm(Z)"
L = "chol(A)"
P = "pinv(A)"

PROBLEMS: tuple[Problem, ...] = (
    # Means, sums
    Problem("rowmean linear", "A: n x m; x: n", "x' rowmean(A)", "A", "x ones(m)' / m"),
    Problem("rowmean squared", "A: n x m", "norm(rowmean(A))^2", "A", "2/m rowmean(A) ones(m)'",
            "2 / m * rowmean(A) ones(m)'"),
    Problem("colmean linear", "A: n x m; x: m", "colmean(A) x", "A", "ones(n) x' / n"),
    Problem("colmean squared", "A: n x m; b: m", "norm(colmean(A) - b')^2", "A", "2/n ones(n) (colmean(A) - b')",
            "2 / n * ones(n) (colmean(A) - b')"),
    Problem("centered", "X: n x m", "1/2 norm(X - ones(n) colmean(X))^2", "X", "X - ones(n) colmean(X)"),
    # Triangles
    Problem("tril sum", SQUARE, "a' tril(X) b", "X", "tril(a b')"),
    Problem("tril squared", SQUARE, "norm(tril(X))^2", "X", "2 tril(X)"),
    Problem("tril trace", SQUARE, "tr(A tril(X))", "X", "tril(A')"),
    Problem("triu sum", SQUARE, "a' triu(X) b", "X", "triu(a b')"),
    Problem("triu trace", SQUARE, "tr(A triu(X))", "X", "triu(A')"),
    Problem("tril_half sum", SQUARE, "a' tril_half(X) b", "X", "tril_half(a b')"),
    Problem("tril_half trace", SQUARE, "tr(A tril_half(X))", "X", "tril_half(A')"),
    # Kronecker products, stacked columns, partial traces (VP; MN 2.4)
    Problem("kron norm", "A: n x n; B: m x p", "norm(A ⊗ B)^2", "A", "2 norm(B)^2 A"),
    Problem("kron nearest", "A: n x r; B: m x p", "norm(A ⊗ B - C)^2", "B",
            "2 ptrace1(kron(A', I) (kron(A, B) - C), r)", "2 (norm(A)^2 B - ptrace1(kron(A', I) C, r))"),
    Problem("kron trace", "A: n x n; B: m x m", "tr((A ⊗ B) C)", "A", "ptrace2(kron(I, B) C, m)'"),
    Problem("kron bilinear", "A: n x m; B: p x q", "vec(Y)'(A ⊗ B) vec(X)", "A", "Y' B X"),
    Problem("kron sum", "A: n x n; B: m x m", "sum(A ⊗ B)", "A", "sum(B) ones(n, n)"),
    Problem("kron logdet", "A: n x n pd; B: m x m pd", "logdet(A ⊗ B)", "B", "n inv(B)"),
    Problem("commutation", "X: n x m", "y' commutation(n, m) vec(X)", "X", "unvec(commutation(m, n) y, n, m)"),
    Problem("commutation twice", "X: n x n", "vec(X)' commutation(n, n) vec(X)", "X", "2 X'"),
    Problem("vec squared", "X: n x m", "norm(vec(X) - y)^2", "X", "2 (X - unvec(y, n, m))"),
    Problem("vec quadratic", "X: n x m", "vec(X)' A vec(X)", "X", "unvec((A + A') vec(X), n, m)"),
    Problem("matrix normal", "X: n x m; A: n x n pd; B: m x m pd", "1/2 vec(X)' inv(B ⊗ A) vec(X)", "X",
            "inv(A) X inv(B)"),
    Problem("unvec squared", "B: n x m", "norm(unvec(x, n, m) - B)^2", "x", "2 (x - vec(B))"),
    Problem("unvec trace", "A: m x n", "tr(A unvec(x, n, m))", "x", "vec(A')"),
    Problem("unvec logdet", "", "logdet(unvec(x, n, n))", "x", "vec(inv(unvec(x, n, n))')"),
    Problem("ptrace1", "A: n x n", "tr(A ptrace1(M, k))", "M", "kron(eye(k), A')"),
    Problem("ptrace1 of product", "A: n x n; B: m x m; C: m x m", "tr(C ptrace1(A ⊗ B, n))", "A", "tr(B C) eye(n)",
            "tr(C B) eye(n)"),
    Problem("ptrace2", "A: n x n", "tr(A ptrace2(M, k))", "M", "kron(A', eye(k))"),
    Problem("ptrace2 purity", "B: n x m", "norm(ptrace2(M, k) - B)^2", "M", "2 kron(ptrace2(M, k) - B, eye(k))"),
    # Blocks
    Problem("blocks norm", "A: n x m; B: n x p", "norm([A, B])^2", "A", "2 A"),
    Problem("blocks trace", "A: n x n; D: m x m", "tr([A, B; C, D])", "D", "eye(m)"),
    Problem("blocks determinant", "A: n x n; D: m x m", "logdet([A, B; C, D])", "A",
            "rowrange(colrange(inv([A, B; C, D]), 1, n), 1, n)'"),
    Problem("bias column", "X: n x d; y: n; w: d; b: scalar", "norm([X, ones(n)] [w; b] - y)^2", "w",
            "2 X'(X w + b - y)"),
    Problem("bias", "X: n x d; y: n; w: d; b: scalar", "norm([X, ones(n)] [w; b] - y)^2", "b",
            "2 sum(X w + b - y)"),
    Problem("ridge by blocks", "X: n x d; y: n; w: d; a: scalar", "norm([X; a eye(d)] w - [y; zeros(d)])^2", "w",
            "2 (X'(X w - y) + a^2 w)"),
    Problem("stacked", "A: n x m; B: p x m; x: m", "norm([A; B] x)^2", "x", "2 (A' A + B' B) x", "2 (A' A x + B' B x)"),
    Problem("stacked by block", "A: n x m; B: p x m; x: m", "norm([A; B] x)^2", "B", "2 B x x'"),
    Problem("row range", "A: 5 x m", "norm(rowrange(A, 2, 4))^2", "A",
            "2 [zeros(1, m); rowrange(A, 2, 4); zeros(1, m)]"),
    Problem("column range", "A: n x 5; x: n", "x' colrange(A, 1, 2) b", "A", "[x b', zeros(n, 3)]"),
    Problem("row range of blocks", "A: n x m; B: p x m", "norm(rowrange([A; B], 1, n))^2", "A", "2 A"),
    Problem("column range of blocks", "A: n x m; B: n x p", "sum(colrange([A, B], m + 1, m + p).^2)", "B", "2 B"),
    # Pseudoinverse (GP)
    Problem("pinv bilinear", "A: n x m; b: m; c: n", "b' pinv(A) c", "A",
            "pinv(A)'(pinv(A) c b'(I - pinv(A) A) - b c' pinv(A)') + (I - A pinv(A)) c b' pinv(A) pinv(A)'",
            f"-{P}' b c' {P}' + (eye(n) - A {P}) c b' {P} {P}' + {P}' {P} c b'(eye(m) - {P} A)"),
    Problem("variable projection", "A: n x m; y: n", "1/2 norm(y - A pinv(A) y)^2", "A",
            "(A pinv(A) y - y) y' pinv(A)'", f"-(y - A {P} y) ({P} y)'"),
    Problem("least squares solved", "A: n x m; y: n; c: m", "c' pinv(A) y", "y", f"{P}' c"),
    Problem("gram", "X: n x m", "logdet(X'X)", "X", "2 pinv(X)'"),
    # Functions of a matrix (H)
    Problem("expm trace", SQUARE, "tr(expm(X))", "X", "expm(X)'"),
    Problem("expm bilinear", SQUARE, "a' expm(X) b", "X", "expm_frechet(X', a b')"),
    Problem("expm weighted", SQUARE, "tr(A expm(X))", "X", "expm_frechet(X, A)'"),
    Problem("expm in time", "A, B: n x n; t: scalar", "tr(expm(t A) B)", "t", "tr(A expm(t A) B)"),
    Problem("logdet of expm", SQUARE, "logdet(expm(X))", "X", "eye(n)"),
    Problem("free energy", "H: n x n symmetric", "log(tr(expm(H)))", "H", "expm(H) / tr(expm(H))"),
    Problem("acyclicity", "W: n x n", "tr(expm(W .* W)) - n", "W", "2 W .* expm(W.^2)'", "2 W .* expm(W .* W)'"),
    Problem("logm trace", SQUARE, "tr(logm(X))", "X", "inv(X)'"),
    Problem("logm weighted", SQUARE, "tr(A logm(X))", "X", "logm_frechet(X, A)'"),
    Problem("entropy", "X: n x n pd", "tr(X logm(X))", "X", "I + logm(X)", "logm(X) + eye(n)"),
    Problem("sqrtm trace", SQUARE, "tr(sqrtm(X))", "X", "1/2 inv(sqrtm(X))'"),
    Problem("sqrtm weighted", SQUARE, "tr(A sqrtm(X))", "X", "sqrtm_frechet(X, A)'"),
    Problem("Frechet distance", "A, B: n x n", "tr(A) + tr(B) - 2 tr(sqrtm(A B))", "B", "(I - inv(sqrtm(A B)) A)'",
            "eye(n) - (inv(sqrtm(A B)) A)'"),
    Problem("matrix power", "X: n x n; a, b: n; k: scalar", "a' X^k b", "X", "power_frechet(X', a b', k)"),
    Problem("power weighted", "A, X: n x n; k: scalar", "tr(A X^k)", "X", "power_frechet(X, A, k)'"),
    Problem("power trace", "X: n x n; k: scalar", "tr(X^k)", "X", "k X'^(k - 1)"),
    Problem("power determinant", "X: n x n; k: scalar", "log(det(X^k))", "X", "k inv(X)'"),
    Problem("expm_frechet", SQUARE, "tr(B expm_frechet(A, X))", "X", "expm_frechet(A, B)'"),
    Problem("logm_frechet", SQUARE, "tr(B logm_frechet(A, X))", "X", "logm_frechet(A, B)'"),
    Problem("sqrtm_frechet", SQUARE, "tr(B sqrtm_frechet(A, X))", "X", "sqrtm_frechet(A, B)'"),
    Problem("power_frechet", "A, B, X: n x n; k: scalar", "tr(B power_frechet(A, X, k))", "X",
            "power_frechet(A, B, k)'"),
    # Cholesky (Mu)
    Problem("chol logdet", "A: n x n pd", "sum(log(diag(chol(A))))", "A", "1/2 inv(A)"),
    Problem("chol linear", "A: n x n pd; B: n x n", "tr(B' chol(A))", "A",
            f"1/2 inv({L})'(tril_half({L}' B) + tril_half({L}' B)') inv({L})"),
    Problem("chol bilinear", "A: n x n pd; a, b: n", "a' chol(A) b", "A",
            f"1/2 inv({L})'(tril_half({L}' a b') + tril_half({L}' a b')') inv({L})"),
    Problem("chol squared", "A: n x n pd", "norm(chol(A))^2", "A", "eye(n)"),
    # Eigenvalues (Lw), spectral and nuclear norm (Wa)
    Problem("largest eigenvalue", "A: n x n symmetric", "lambda_max(A)", "A", "eigvec_max(A) eigvec_max(A)'"),
    Problem("eigenvalue of gram", "X: n x m", "lambda_max(X'X)", "X", "2 X eigvec_max(X' X) eigvec_max(X' X)'"),
    Problem("eigenvalue of symmetric part", "A: n x n", "lambda_max((A + A')/2)", "A",
            "eigvec_max(1/2 (A + A')) eigvec_max(1/2 (A + A'))'"),
    Problem("smallest eigenvalue", "A: n x n symmetric", "lambda_min(A)", "A", "eigvec_min(A) eigvec_min(A)'"),
    Problem("eigenvalue by diagonal", "A: n x n symmetric; x: n", "lambda_min(A + diag(x))", "x",
            "eigvec_min(diag(x) + A).^2", "eigvec_min(A + diag(x)).^2"),
    Problem("spectral norm", "X: n x m", "norm_spec(X)", "X", "singular_u1(X) singular_v1(X)'"),
    Problem("spectral norm of product", "A: n x n; X: n x m; B: m x p", "||A X B||_2", "X",
            "A' singular_u1(A X B) singular_v1(A X B)' B'"),
    Problem("nuclear norm", "X: n x m", "norm_nuc(X)", "X", "singular_u(X) singular_v(X)'"),
    Problem("matrix completion", "X, Y: n x m; M: n x m binary; a: scalar", "1/2 ||M .* (X - Y)||^2 + a ||X||_*", "X",
            "(X - Y) .* M + a singular_u(X) singular_v(X)'", "M .* (X - Y) + a singular_u(X) singular_v(X)'"),
    # Variance and standard deviation
    Problem("variance", "x: n", "var(x)", "x", "2/n (x - mean(x))", "2 / n * (x - mean(x))"),
    Problem("variance of residuals", "A: n x m; x: m; b: n", "var(A x - b)", "x", "2/n A'(A x - mean(A x - b) - b)",
            "2 / n * A'(A x - b - mean(A x - b))"),
    Problem("standard deviation", "x: n", "std(x)", "x", "(x - mean(x)) / (n std(x))"),
    Problem("Sharpe ratio", "R: n x m; x: m", "mean(R x) / std(R x)", "x",
            "R'(1 - mean(R x) (R x - mean(R x)) / std(R x)^2) / (n std(R x))",
            "1 / (n std(R x)) * R'(1 - (mean(R x) / std(R x)^2) (R x - mean(R x)))"),
    Problem("rowvar", "X: n x m; a: n", "a' rowvar(X)", "X", "2/m diag(a) (X - rowmean(X) ones(m)')",
            "2 / m * diag(a) (X - rowmean(X) ones(m)')"),
    Problem("rowvar sum", "X: n x m", "sum(rowvar(X))", "X", "2/m (X - rowmean(X) ones(m)')",
            "2 / m * (X - rowmean(X) ones(m)')"),
    Problem("colvar", "X: n x m; b: m", "colvar(X) b", "X", "2/n (X - ones(n) colmean(X)) diag(b)",
            "2 / n * (X - ones(n) colmean(X)) diag(b)"),
    Problem("colvar sum", "X: n x m", "sum(colvar(X))", "X", "2/n (X - ones(n) colmean(X))",
            "2 / n * (X - ones(n) colmean(X))"),
    Problem("rowstd", "X: n x m; a: n", "a' rowstd(X)", "X", "diag(a) layer_norm(X) / m",
            "(X - rowmean(X) ones(m)') .* ((a ./ rowstd(X)) ones(m)') / m"),
    Problem("rowstd regularized", "X: n x m; s: scalar", "sum(rowstd(X, s))", "X", "layer_norm(X, s) / m",
            "(X - rowmean(X) ones(m)') ./ (rowstd(X, s) ones(m)') / m"),
    Problem("colstd", "X: n x m; b: m", "colstd(X) b", "X", "batch_norm(X) diag(b) / n",
            "(X - ones(n) colmean(X)) .* (ones(n) (b' ./ colstd(X))) / n"),
    Problem("colstd sum", "X: n x m", "sum(colstd(X))", "X", "batch_norm(X) / n",
            "(X - ones(n) colmean(X)) ./ (ones(n) colstd(X)) / n"),
    # Normalization (BKH, IS)
    Problem("layer norm", "Z, G: n x m", "G : layer_norm(Z)", "Z",
            f"(G - rowmean(G) ones(m)' - {LN} .* (rowmean(G .* {LN}) ones(m)')) ./ (rowstd(Z) ones(m)')"),
    Problem("layer norm, regularized", "Z, G: n x m; s: scalar", "G : layer_norm(Z, s)", "Z",
            "(G - rowmean(G) ones(m)' - layer_norm(Z, s) .* (rowmean(G .* layer_norm(Z, s)) ones(m)'))"
            " ./ (rowstd(Z, s) ones(m)')"),
    Problem("batch norm", "Z, G: n x m", "G : batch_norm(Z)", "Z",
            f"(G - ones(n) colmean(G) - {BN} .* (ones(n) colmean(G .* {BN}))) ./ (ones(n) colstd(Z))"),
    Problem("batch norm of scores", "X: n x d; W: d x m; G: n x m", "G : batch_norm(X W)", "W",
            "X'((G - ones(n) colmean(G) - batch_norm(X W) .* (ones(n) colmean(G .* batch_norm(X W))))"
            " ./ (ones(n) colstd(X W)))"),
    # Largest and smallest, norms 1 and inf
    Problem("max", "x: n", "max(x)", "x", "indicator_max(x)"),
    Problem("max of affine", "A: n x m; x: m; b: n", "max(A x + b)", "x", "A' indicator_max(A x + b)"),
    Problem("min", "X: n x m", "min(X)", "X", "indicator_min(X)"),
    Problem("range", "x: n", "max(x) - min(x)", "x", "indicator_max(x) - indicator_min(x)"),
    Problem("Chebyshev", "A: n x m; x: m; b: n", "norm_inf(A x - b)", "x",
            "A'(sign(A x - b) .* indicator_max(abs(A x - b)))"),
    Problem("column sums", "X: n x m", "||X||_1", "X", "sign(X) .* (ones(n) indicator_max(colsum(abs(X))))"),
    Problem("row sums", "X: n x m", "||X||_inf", "X", "sign(X) .* (indicator_max(rowsum(abs(X))) ones(m)')"),
    Problem("hinge", "X: n x d; w: d; y: n", "sum(max(0, 1 - y .* (X w)))", "w", "-X'(y .* [1 - y .* (X w) > 0])"),
    # Determinants and statistics (B, MN, RW, HTF)
    Problem("Gaussian process", "K: n x n pd; y: n", "1/2 y' inv(K) y + 1/2 logdet(K)", "K",
            "1/2 (inv(K) - inv(K) y y' inv(K))"),
    Problem("Gaussian precision", "S: n x n symmetric; Q: n x n pd", "tr(S Q) - logdet(Q)", "Q", "S - inv(Q)"),
    Problem("divergence of Gaussians", "S: n x n pd; T: n x n pd", "tr(inv(T) S) + logdet(T) - logdet(S)", "S",
            "inv(T) - inv(S)"),
    Problem("discriminant analysis", "W: n x m; A, B: n x n symmetric", "tr(inv(W' B W) (W' A W))", "W",
            "2 (A - B W inv(W' B W) W' A) W inv(W' B W)", "2 (A W - B W inv(W' B W) W' A W) inv(W' B W)"),
    Problem("discriminant ratio", "W: n x m; A, B: n x n symmetric", "log(det(W' A W)) - log(det(W' B W))", "W",
            "2 (A W inv(W' A W) - B W inv(W' B W))"),
    Problem("factor analysis", "S, Q: n x n pd; F: n x k", "logdet(F F' + Q) + tr(S inv(F F' + Q))", "F",
            "2 (inv(F F' + Q) - inv(F F' + Q) S inv(F F' + Q)) F",
            "2 inv(F F' + Q) F - 2 inv(F F' + Q) S inv(F F' + Q) F"),
    Problem("Poisson regression", "X: n x d; w: d; y: n", "sum(exp(X w)) - y' X w", "w", "X'(exp(X w) - y)"),
    Problem("logistic with two logs", "X: n x d; w: d; y: n",
            "-sum(y .* log(sigmoid(X w)) + (1 - y) .* log(1 - sigmoid(X w)))", "w", "X'(sigmoid(X w) - y)"),
    Problem("softmax by hand", "t: n; y: n", "-y' log(exp(t) / sum(exp(t)))", "t", "sum(y) softmax(t) - y",
            "sum(y) exp(t) / sum(exp(t)) - y"),
    Problem("one-hot cross entropy", "X: n x d; W: d x k; Y: n x k onehot", "-sum(Y .* log(softmax(X W)))", "W",
            "X'(softmax(X W) - Y)"),
    Problem("log-sum-exp", "A: n x m; x: m; b: n", "log(sum(exp(A x + b)))", "x", "A' softmax(A x + b)"),
    Problem("sigmoid by hand", "w, x: n", "log(1 + exp(-w'x))", "w", "-sigmoid(-w' x) x"),
    # Distances and quotients (BV)
    Problem("pairwise distances", "X: n x d; W: n x n symmetric", "sum(W .* sqdist(X))", "X",
            "4 (diag(rowsum(W)) - W) X"),
    Problem("pairwise distances by hand", "X: n x d; W: n x n symmetric",
            "sum(W .* (rowsum(X.^2) ones(n)' + ones(n) rowsum(X.^2)' - 2 X X'))", "X", "4 (diag(rowsum(W)) - W) X"),
    Problem("row maxima", "A: n x m; b: n", "b' rowmax(A)", "A", "diag(b) indicator_rowmax(A)"),
    Problem("squared row maxima", "A: n x d; X: d x m; b: n", "norm(rowmax(A X) - b)^2", "X",
            "2 A'(indicator_rowmax(A X) .* ((rowmax(A X) - b) ones(m)'))"),
    Problem("entries at row maxima", "A, B: n x m", "sum(B .* indicator_rowmax(A))", "B", "indicator_rowmax(A)"),
    Problem("squares at row maxima", "A, B: n x m", "sum(B.^2 .* indicator_rowmax(A))", "B",
            "2 B .* indicator_rowmax(A)"),
    Problem("cosine similarity", "x, y: n", "x'y / (norm(x) norm(y))", "x",
            "(y - (x' y) x / norm(x)^2) / (norm(x) norm(y))", "y / (norm(x) norm(y)) - (x' y) x / (norm(x)^3 norm(y))"),
    Problem("cosine", "x, y: n", "cosine(x, y)", "y", "(x - (x' y) y / norm(y)^2) / (norm(x) norm(y))",
            "x / (norm(x) norm(y)) - (x' y) y / (norm(x) norm(y)^3)"),
    Problem("quadratic over linear", "x: n; t: scalar", "x'x / t", "t", "-x' x / t^2"),
    Problem("quadratic over affine", "A: n x m; x, c: m; b: n; s: scalar", "norm(A x - b)^2 / (c'x + s)", "x",
            "2 A'(A x - b) / (c' x + s) - norm(A x - b)^2 c / (c' x + s)^2"),
    Problem("log barrier", "A: n x m; x: m; b: n", "-sum(log(b - A x))", "x", "A'(1 ./ (b - A x))"),
    Problem("geometric mean", "x: n positive", "exp(mean(log(x)))", "x", "exp(mean(log(x))) (1 ./ x) / n",
            "exp(mean(log(x))) / n * (1 ./ x)"),
    # Networks
    Problem("two layers", "X: n x d; W: d x h; v: h; y: n", "norm(f(X W) v - y)^2", "W",
            "2 X'(((f(X W) v - y) v') .* f'(X W))"),
    Problem("weight decay", "X: n x d; W: d x h; Y: n x h; a: scalar", "||relu(X W) - Y||^2 + a ||W||^2", "W",
            "2 (X'((relu(X W) - Y) .* [X W > 0]) + a W)"),
    Problem("bilinear attention", "Q, K: n x d; V: n x p; G: n x p", "G : (softmax(Q K') V)", "V", "softmax(Q K')' G"),
    # Structured variables, in all conventions
    Problem("lower factor", "L: n x n lower; S: n x n symmetric", "1/4 ||L L' - S||^2", "L", "tril((L L' - S) L)"),
    Problem("lower, free", "L: n x n lower; S: n x n symmetric", "1/4 ||L L' - S||^2", "L", "(L L' - S) L",
            convention="free"),
    Problem("lower, entries", "L: n x n lower; A: n x n", "tr(A L)", "L", "tril(A')", convention="entries"),
    Problem("upper", "U: n x n upper; A: n x n", "tr(A U)", "U", "triu(A')"),
    Problem("skew", "X: n x n skew; A: n x n", "tr(A X)", "X", "1/2 (A' - A)"),
    Problem("skew, entries", "X: n x n skew; A: n x n", "tr(A X)", "X", "A' - A", convention="entries"),
    Problem("skew, free", "X: n x n skew; A: n x n", "tr(A X)", "X", "A'", convention="free"),
    Problem("diagonal", "D: n x n diagonal; A: n x n", "logdet(D) + tr(A D)", "D", "diag(diag(A)) + inv(D)",
            "inv(D) + diag(diag(A))"),
    Problem("orthogonal", "Q: n x n orthogonal; A: n x n", "tr(A Q)", "Q", "1/2 (A' - Q A Q)"),
    Problem("orthogonal Procrustes", "Q: n x n orthogonal; A, B: p x n", "1/2 ||A Q - B||^2", "Q",
            "1/2 (Q B' A Q - A' B)"),
    Problem("orthogonal, free", "Q: n x n orthogonal; A: n x n", "tr(A Q)", "Q", "A'", convention="free"),
    Problem("symmetric, entries", "X: n x n symmetric; a, b: n", "a' X b", "X", "a b' + b a' - diag(a .* b)",
            convention="entries"),
    Problem("psd", "X: n x n psd; A: n x n", "tr(A X)", "X", "1/2 (A + A')"),
    Problem("pd, free", "X: n x n pd; a, b: n", "a' inv(X) b", "X", "-inv(X) a b' inv(X)", convention="free"),
    Problem("pd", "X: n x n pd; a, b: n", "a' inv(X) b", "X", "-1/2 inv(X) (a b' + b a') inv(X)"),
    Problem("cumsum", "x, a: n", "a' cumsum(x)", "x", "triu(ones(n, n)) a"),
    Problem("cumsum squared", "x: n", "‖cumsum(x)‖^2", "x", "2 triu(ones(n, n)) cumsum(x)"),
    Problem("logabsdet", "X: n x n", "logabsdet(X)", "X", "inv(X)'"),
    Problem("logabsdet of a product", "A, X: n x n", "logabsdet(A X)", "X", "inv(X)'"),
    # Distributions: the Dirichlet, the gamma's entropy, probit regression (HTF 4.4), the normal distribution
    Problem("Dirichlet", "p, c: n positive", "lgamma(sum(p)) - sum(lgamma(p)) + (p - 1)'c", "p",
            "c + digamma(sum(p)) - digamma(p)"),
    Problem("entropy of a gamma distribution", "k: n positive", "sum(k + lgamma(k) + (1 - k) .* digamma(k))", "k",
            "1 + trigamma(k) .* (1 - k)"),
    Problem("probit", "X: n x d; w: d; y: n", "-sum(log(normcdf(y .* (X w))))", "w",
            "-X'(y .* normpdf(y .* (X w)) ./ normcdf(y .* (X w)))"),
    Problem("erfc", "X: n x d; w: d", "sum(erfc(X w))", "w", "-2 X' exp(-(X w).^2) / sqrt(pi)"),
    Problem("normal density", "x, m: n; s: scalar positive", "sum(log(normpdf((x - m) / s))) - n log(s)", "m",
            "(x - m) / s^2"),
)  # fmt: skip
