"""Second-order problems with the short form that a person publishes, written before matcalc was asked.

A line, which may be folded: program |
    by what, one name or two | m the Hessian as a matrix, o as a map of a direction, j a Jacobian, - only
the values | the published form | the names in it. 𝟏 is written 1; K is the commutation matrix.

Sources: Magnus & Neudecker, Matrix Differential Calculus, ch. 9 and 10; Petersen & Pedersen, The Matrix Cookbook, 2;
Laue, Mitterreiter & Giesen 2018, Computing higher order derivatives of matrix and tensor expressions; Boyd &
Vandenberghe, Convex Optimization, 4, 7, 9; McCullagh & Nelder, Generalized Linear Models; Rasmussen & Williams,
Gaussian Processes for Machine Learning, 5; Pukelsheim, Optimal Design of Experiments; Bishop, Pattern Recognition, 4.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Second(NamedTuple):
    program: str
    by: tuple[str, ...]
    kind: str
    published: str = ""
    where: str = ""

    @property
    def is_jacobian(self) -> bool:
        return re.search(r"(^|; )F =", self.program) is not None


TABLE = """
# Sums over pairs, means, scalars, Kronecker products (Chung, Spectral Graph Theory, 1.4; Magnus & Neudecker 10)
J = Σ_ij A_ij (x_i - x_j)^2 | x | m | 2 (diag(rowsum(A + A')) - A - A')
A: n x n symmetric; J = Σ_ij A_ij (x_i - x_j)^2 | x | m | 4 (diag(rowsum(A)) - A)
A: n x n symmetric; J = Σ_ij A_ij (x_i - x_j)^2 | x | o | 4 (dx .* rowsum(A) - A dx)
J = Σ_ij (x_i - x_j)^2 | x | m | 4 (n I - 𝟏_n 𝟏_n')
J = var(x) | x | m | 2/n (I - 𝟏_n 𝟏_n' / n)
J = var(x) | x | o | 2/n (dx - mean(dx))
J = mean((x - mean(x)).^2) | x | o | 2/n (dx - mean(dx))
J = ||kron(A, X) - B||^2 | X | m | 2 tr(A' A) I
J = ||kron(X, A) - B||^2 | X | m | 2 tr(A' A) I
X: n x n; Y: m x m; J = det(kron(X, Y)) | X Y | m | n m det(X ⊗ Y) vec(inv(X)') vec(inv(Y)')'
X: n x n; Y: m x m; J = logdet(kron(X, Y)) | X | o | -m (inv(X) dX inv(X))'
A: n x n symmetric; J = c' inv(diag(x) + A) c | x | m | 2 (Y c c' Y) .* Y | Y = inv(diag(x) + A)
J = c' inv(diag(x) + A) c | x | m | (Y' c c' Y') .* Y + (Y c c' Y) .* Y' | Y = inv(diag(x) + A)
A: n x n symmetric; J = logdet(A + diag(x)) | x | m | -inv(A + diag(x)).^2
A: n x n symmetric; J = tr(inv(A + diag(x))) | x | m | 2 Y .* Y^2 | Y = inv(A + diag(x))
S: n x n symmetric; J = lambda_max(S) | S | o | M dS v v' + v v' dS M | v = eigvec_max(S); M = pinv(lambda_max(S) I - S)
A: n x n symmetric; J = lambda_max(A + diag(x)) |
    x | m | 2 pinv(lambda_max(Q) I - Q) .* (v v') | Q = A + diag(x); v = eigvec_max(Q)
U: n x k; V: d x k; A: n x d; J = 1/2 ||A - U V'||^2 + ||U||^2 |
    V U | m | (U' ⊗ V) K + I ⊗ (U V' - A)' | K = commutation(n, k)
a: scalar; J = ||y - a X w||^2 | a | m | 2 w' X' X w
K: n x n pd; s: scalar; J = 1/2 logdet(K + s I) | s | m | -1/2 tr(inv(K + s I)^2)
t: scalar; J = log(sum(exp(t x))) | t | m | x' (diag(p) - p p') x | p = softmax(t x)
t: scalar; J = sum(exp(-t x)) | t | m | x' (exp(-t x) .* x)
s: scalar; J = n log(s) + ||y - X w||^2 / (2 s^2); n: scalar | s | m | (3 ||y - X w||^2 / s^2 - n) / s^2
s: scalar; J = exp(s) ||X w - y||^2 - s | s | m | exp(s) ||X w - y||^2
a: scalar; x: n; J = 1/2 ||a x - b||^2 | a x | m | 2 a x' - b'
x1, x2: scalar; J = 100 (x2 - x1^2)^2 + (1 - x1)^2 | x1 | m | 1200 x1^2 - 400 x2 + 2
x1, x2: scalar; J = 100 (x2 - x1^2)^2 + (1 - x1)^2 | x1 x2 | m | -400 x1
a: scalar; J = sum(log(1 + a exp(X w))) | a | m | -sum((u ./ (1 + a u)).^2) | u = exp(X w)
K: n x n pd; t, u: scalar; J = 1/2 y' inv(exp(t) K + u I) y | t | -
# Quadratic and rational forms (Magnus & Neudecker 10; Cookbook 2.4; Laue et al.)
J = x' A x | x | m | A + A'
A: n x n symmetric; J = x' A x + b' x | x | m | 2 A
J = ||A x - b||^2 | x | m | 2 A' A
J = 1/2 ||A x - b||^2 + lam/2 ||x||^2 | x | m | A' A + lam I
W: n x n symmetric; J = (A x - b)' W (A x - b) | x | m | 2 A' W A
J = (A x - b)' W (A x - b) | x | m | A' (W + W') A
J = (a' x) (b' x) | x | m | a b' + b a'
J = (a' x)^2 | x | m | 2 a a'
J = (x' x)^2 | x | m | 4 (2 x x' + (x' x) I)
J = ||x|| | x | m | (I - x x' / ||x||^2) / ||x||
J = ||A x - b|| | x | m | A' (I - r r' / ||r||^2) A / ||r|| | r = A x - b
J = ||x - a|| | x | m | (I - r r' / ||r||^2) / ||r|| | r = x - a
J = ||x - a|| | x | o | (dx - (r' dx) r / ||r||^2) / ||r|| | r = x - a
J = ||A x - b|| | x | o | A' (A dx - (r' A dx) r / ||r||^2) / ||r|| | r = A x - b
J = (a' X b)^2 | X | m | 2 (b b') ⊗ (a a')
J = ||x||^3 | x | m | 3 (||x|| I + x x' / ||x||)
A: n x n symmetric; J = (x' A x) / (x' x) |
    x | m | 2 (A - c I - g x' - x g') / (x' x) | c = x' A x / (x' x); g = 2 (A x - c x) / (x' x)
A: n x n symmetric; J = log(x' A x) | x | m | 2 (A - 2 A x x' A / q) / q | q = x' A x
J = sqrt(1 + x' x) | x | m | (I - x x' / q) / sqrt(q) | q = 1 + x' x
J = 1 / (1 + x' x) | x | m | 2 (4 x x' / q - I) / q^2 | q = 1 + x' x
A: n x n symmetric; J = exp(-1/2 x' A x) | x | m | exp(-1/2 x' A x) (A x x' A - A)
J = exp(a' x) | x | m | exp(a' x) a a'
J = log(a' x) | x | m | -a a' / (a' x)^2
J = 1 / (a' x) | x | m | 2 a a' / (a' x)^3
J = (x' A x) / (b' x) | x | -
A: n x n pd; J = sqrt(x' A x) | x | m | (A - A x x' A / q) / sqrt(q) | q = x' A x
A: n x n symmetric; J = ||x x' - A||^2 | x | m | 4 (2 x x' + (x' x) I - A)
J = a' x x' b | x | m | a b' + b a'
S: n x n pd; J = 1/2 (x - m)' inv(S) (x - m) | x | m | inv(S)
J = x' x x' A x | x | -
J = exp(-||x - m||^2 / 2) | x | m | exp(-||r||^2 / 2) (r r' - I) | r = x - m
J = log(1 + ||x - m||^2) | x | m | 2 (I - 2 r r' / q) / q | r = x - m; q = 1 + ||r||^2
J = (x' A x)^2 | x | m | 2 ((B x) (B x)' + (x' A x) B) | B = A + A'
J = ||x - a|| + ||x - b|| | x | m | (I - u u' / ||u||^2) / ||u|| + (I - v v' / ||v||^2) / ||v|| | u = x - a; v = x - b
J = (a' x) / (b' x) | x | m | (2 (a' x) b b' / c - a b' - b a') / c^2 | c = b' x
J = a' x / ||x|| | x | -
J = prod(x) | x | -
J = 1/2 sum((A x).^2 .* (B x)) | x | -
# Functions of the entries
J = sum(exp(A x)) | x | m | A' diag(exp(A x)) A
J = sum(log(x)) | x | m | -diag(1 ./ x.^2)
J = sum(x .* log(x)) | x | m | diag(1 ./ x)
J = sum((A x).^3) | x | m | 6 A' diag(A x) A
J = sum(sqrt(1 + x.^2)) | x | m | diag(1 ./ (1 + x.^2).^(3/2))
J = sum(log(cosh(x))) | x | m | diag(1 - tanh(x).^2)
J = a' tanh(W x) | x | m | -2 W' diag(a .* t .* (1 - t.^2)) W | t = tanh(W x)
J = a' sigmoid(W x) | x | m | W' diag(a .* s .* (1 - s) .* (1 - 2 s)) W | s = sigmoid(W x)
J = sum(sin(x)) | x | m | -diag(sin(x))
J = a' f(W x) | x | m | W' diag(a .* f''(W x)) W
J = 1/2 ||f(A x) - b||^2 | x | m | A' diag(f'(z).^2 + (f(z) - b) .* f''(z)) A | z = A x
J = sum(f(x)) | x | m | diag(f''(x))
J = sum(relu(A x - b).^2) | x | m | 2 A' diag(step(A x - b)) A
J = sum(huber(A x - b, c)) | x | -
J = sum(exp(x) ./ (1 + x.^2)) | x | -
J = sum(A x ./ (1 + (A x).^2)) | x | -
J = sum(x.^k) | x | m | k (k - 1) diag(x.^(k - 2))
J = sum(1 ./ (A x)) | x | m | 2 A' diag(1 ./ (A x).^3) A
J = sum(exp(X)) | X | o | exp(X) .* dX
J = sum(X.^3) | X | o | 6 X .* dX
J = sum(log(X)) | X | o | -dX ./ X.^2
J = 1/4 sum((A X B).^4) | X | o | 3 A' ((A X B).^2 .* (A dX B)) B'
J = sum(X .* X .* A) | X | o | 2 A .* dX
J = sum(softplus(X W)) | W | o | X' (S .* (1 - S) .* (X dW)) | S = sigmoid(X W)
J = sum(sigmoid(X)) | X | o | S .* (1 - S) .* (1 - 2 S) .* dX | S = sigmoid(X)
# Generalized linear models, losses
J = sum(log(X w) + y ./ (X w)) | w | m | X' diag(2 y ./ (X w).^3 - 1 ./ (X w).^2) X
J = -sum(log(1 ./ (1 + (y - X w).^2))) | w | m | 2 X' diag((1 - r.^2) ./ z.^2) X | r = y - X w; z = 1 + r.^2
J = sum(sqrt(1 + (y - X w).^2) - 1) | w | m | X' diag(1 ./ z.^(3/2)) X | z = 1 + (y - X w).^2
J = sum(gelu(X w)) | w | m | X' diag(u .* (2 - (X w).^2)) X / sqrt(2 pi) | u = exp(-(X w).^2 / 2)
J = sum(log(1 + exp(X w))) - y' (X w) | w | m | X' diag(s .* (1 - s)) X | s = sigmoid(X w)
J = sum(log(1 + exp(-y .* (X w)))) | w | m | X' diag(y.^2 .* s .* (1 - s)) X | s = sigmoid(y .* (X w))
J = sum(log(1 + exp(X w))) - y' (X w) + lam/2 ||w||^2 | w | m | X' diag(s .* (1 - s)) X + lam I | s = sigmoid(X w)
p = sigmoid(X w); J = -sum(y .* log(p) + (1 - y) .* log(1 - p)) | w | m | X' diag(p .* (1 - p)) X | p = sigmoid(X w)
J = sum(exp(X w)) - y' X w | w | m | X' diag(exp(X w)) X
J = 1/n (sum(exp(X w)) - y' X w) | w | m | X' diag(exp(X w)) X / n
J = sum(X w + y .* exp(-X w)) | w | m | X' diag(y .* exp(-X w)) X
J = c' log(1 + exp(X w)) | w | m | X' diag(c .* s .* (1 - s)) X | s = sigmoid(X w)
J = log(sum(exp(A x + b))) | x | m | A' (diag(p) - p p') A | p = softmax(A x + b)
J = log(sum(exp(x))) | x | m | diag(p) - p p' | p = softmax(x)
x: d; y: k; W: k x d; J = -y' log_softmax(W x) | x | m | sum(y) W' (diag(p) - p p') W | p = softmax(W x)
z, y: k; J = -y' log_softmax(z) | z | m | sum(y) (diag(p) - p p') | p = softmax(z)
z: k; y: k onehot; J = -y' log_softmax(z) | z | m | diag(p) - p p' | p = softmax(z)
W: k x d; x: d; y: k; J = -y' log_softmax(W x) | W | m | sum(y) (x x') ⊗ (diag(p) - p p') | p = softmax(W x)
W: k x d; x: d; y: k; b: k; J = -y' log_softmax(W x + b) | b | m | sum(y) (diag(p) - p p') | p = softmax(W x + b)
X: n x d; W: d x k; Y: n x k onehot; J = -sum(Y .* log_softmax(X W)) |
    W | o | X' (P .* (Z - rowsum(P .* Z) 1')) | P = softmax(X W); Z = X dW
X: n x d; W: d x k; Y: n x k; J = -sum(Y .* log_softmax(X W)) |
    W | o | X' diag(rowsum(Y)) (P .* (Z - rowsum(P .* Z) 1')) | P = softmax(X W); Z = X dW
X: n x d; W: d x k; Y: n x k onehot; J = -1/n sum(Y .* log_softmax(X W)) |
    W | o | X' (P .* (Z - rowsum(P .* Z) 1')) / n | P = softmax(X W); Z = X dW
X: n x d; W: d x k; J = sum(logsumexp(X W)) | W | o | X' (P .* (Z - rowsum(P .* Z) 1')) | P = softmax(X W); Z = X dW
Z: n x k; Y: n x k onehot; J = -sum(Y .* log(softmax(Z))) | Z | o | P .* (dZ - rowsum(P .* dZ) 1') | P = softmax(Z)
J = -y' log(normcdf(X w)) | w | -
J = sum(exp(-y .* (X w))) | w | m | X' diag(y.^2 .* exp(-y .* (X w))) X
J = sum(log(cosh(X w - y))) | w | m | X' diag(1 - tanh(X w - y).^2) X
J = sum(sqrt(1 + (X w - y).^2)) | w | m | X' diag(1 ./ (1 + (X w - y).^2).^(3/2)) X
J = sum(log(1 + (X w - y).^2)) | w | m | 2 X' diag((1 - r.^2) ./ (1 + r.^2).^2) X | r = X w - y
J = sum((X w - y).^4) | w | m | 12 X' diag((X w - y).^2) X
J = sum(max(0, 1 - y .* (X w)).^2) | w | m | 2 X' diag(y.^2 .* step(1 - y .* (X w))) X
J = 1/2 ||X w - y||^2 + lam ||w||_1 | w | m | X' X
J = ||X w - y||^2 + lam ||w||^2 | w | m | 2 (X' X + lam I)
J = 1/(2 n) ||X w - y||^2 | w | m | X' X / n
K: n x n symmetric; J = ||y - K a||^2 + lam a' K a | a | m | 2 (K^2 + lam K)
K: n x n symmetric; a, y: n; J = sum(a) - 1/2 (a .* y)' K (a .* y) | a | m | -diag(y) K diag(y)
J = log(1 + exp(-u' v)) | u | m | s (1 - s) v v' | s = sigmoid(u' v)
J = -log(sigmoid(u' v)) | u v | o | s (1 - s) (u' dv) v - (1 - s) dv | s = sigmoid(u' v)
J = -sum(log(sigmoid(A x))) | x | m | A' diag(s .* (1 - s)) A | s = sigmoid(A x)
J = sum(huber(X w - y, c)) + lam ||w||^2 | w | -
p = softmax(x); J = sum(p .* log(p)) | x | -
p = softmax(x); J = a' p |
    x | m | diag(p .* (a - a' p)) - p (p .* (a - a' p))' - (p .* (a - a' p)) p' | p = softmax(x)
J = sum(sigmoid(X w)) | w | m | X' diag(s .* (1 - s) .* (1 - 2 s)) X | s = sigmoid(X w)
J = var(X w) | w | m | 2/n (X' X - X' 1 1' X / n)
J = ||X w - y||^2 / (w' w) | w | -
J = sum(X w .* log(X w)) | w | m | X' diag(1 ./ (X w)) X
J = sum(X w - y .* log(X w)) | w | m | X' diag(y ./ (X w).^2) X
# Barriers, design, interior points
J = -sum(log(b - A x)) | x | m | A' diag(1 ./ s.^2) A | s = b - A x
t: scalar; J = t c' x - sum(log(b - A x)) | x | m | A' diag(1 ./ s.^2) A | s = b - A x
J = -log(1 - x' x) | x | m | 2 (I + 2 x x' / q) / q | q = 1 - x' x
J = -logdet(A' diag(x) A) | x | m | (A inv(M) A').^2 | M = A' diag(x) A
J = tr(inv(A' diag(x) A)) | x | m | 2 (A inv(M) A') .* (A inv(M)^2 A') | M = A' diag(x) A
c: m; A: n x m; x: n; J = c' inv(A' diag(x) A) c |
    x | m | 2 (A inv(M) A') .* (v v') | M = A' diag(x) A; v = A inv(M) c
A, S: n x n symmetric; x: scalar; J = -logdet(S + x A) | x | m | tr((inv(S + x A) A)^2)
J = sum(x .* log(x ./ y)) | x | m | diag(1 ./ x)
J = -log(x' A x) + b' x | x | -
X: n x n pd; J = -logdet(X) | X | o | inv(X) dX inv(X)
X, S: n x n pd; J = tr(S X) - logdet(X) | X | o | inv(X) dX inv(X)
J = sum(log(1 + exp(-A x))) + t sum(1 ./ x) | x | m | A' diag(s .* (1 - s)) A + 2 t diag(1 ./ x.^3) | s = sigmoid(A x)
# Traces, products, powers of a matrix
J = tr(X^2) | X | o | 2 dX'
J = tr(X^3) | X | o | 3 (X dX + dX X)'
J = tr(X^4) | X | o | 4 (X^2 dX + X dX X + dX X^2)'
J = tr(X' A X) | X | m | I ⊗ (A + A')
J = tr(X' A X) | X | o | (A + A') dX
J = tr(X A X') | X | m | (A + A') ⊗ I
J = tr(A X B X') | X | m | B' ⊗ A + B ⊗ A'
J = tr(A X B X') | X | o | A dX B + A' dX B'
J = tr(A X B X) | X | o | (A dX B + B dX A)'
J = tr(X' A X B) | X | o | A dX B + A' dX B'
A, X: n x n; J = tr(A X^2) | X | o | (A dX + dX A)'
J = ||X||^2 | X | m | 2 I
J = ||A X - B||^2 | X | m | 2 I ⊗ (A' A)
J = ||X A - B||^2 | X | m | 2 (A A') ⊗ I
J = ||A X B - C||^2 | X | m | 2 (B B') ⊗ (A' A)
J = ||A X + X B - C||^2 | X | o | 2 (A' R + R B') | R = A dX + dX B
J = ||A X - X B||^2 | X | o | 2 (A' R - R B') | R = A dX - dX B
A: n x n symmetric; J = 1/4 ||X' X - A||^2 | X | o | dX (X' X - A) + X (dX' X + X' dX)
A: n x n symmetric; J = 1/4 ||X X' - A||^2 | X | o | (X X' - A) dX + (dX X' + X dX') X
J = 1/4 ||X' X||^2 | X | o | dX X' X + X (dX' X + X' dX)
J = ||W' W - I||^2 | W | o | 4 (dW (W' W - I) + W (dW' W + W' dW))
J = ||X||_F | X | o | (dX - (X : dX) X / ||X||^2) / ||X||
J = tr(X)^2 | X | o | 2 tr(dX) I_n
J = (a' X b)^2 | X | o | 2 (a' dX b) a b'
J = exp(a' X b) | X | o | exp(a' X b) (a' dX b) a b'
J = a' X X' b | X | o | (a b' + b a') dX
J = a' X' X b | X | o | dX (a b' + b a')
J = a' X' X a | X | m | 2 (a a') ⊗ I
J = a' X' A X b | X | o | A dX b a' + A' dX a b'
X: n x n; J = a' X^2 b | X | o | a b' dX' + dX' a b'
X: n x n; J = a' X^3 a | X | -
J = sum(X' X) | X | o | 2 dX 1 1'
J = ||X' X - X X'||^2 | X | -
J = (x - y)' M' M (x - y) | M | o | 2 dM r r' | r = x - y
A: n x n symmetric; J = tr(W' A W) | W | o | 2 A dW
J = log(||X||^2) | X | o | 2 (dX - 2 (X : dX) X / q) / q | q = norm(X)^2
J = tr(X' A X inv(B)) | X | o | A dX inv(B) + A' dX inv(B)'
J = ||X w - y||^2 | X | o | 2 dX w w'
J = x' X' A X x | x | m | X' (A + A') X
J = sum((X .* W).^2) | W | o | 2 X.^2 .* dW
# Inverses and determinants
J = logdet(X) | X | m | -K (inv(X)' ⊗ inv(X)) | K = commutation(n, n)
J = logdet(X) | X | o | -(inv(X) dX inv(X))'
J = det(X) | X | o | det(X) (tr(inv(X) dX) inv(X) - inv(X) dX inv(X))'
J = det(X)^2 | X | o | 2 det(X)^2 (2 tr(inv(X) dX) inv(X) - inv(X) dX inv(X))'
J = 1 / det(X) | X | o | (tr(inv(X) dX) inv(X) + inv(X) dX inv(X))' / det(X)
J = tr(inv(X)) | X | o | (Y dX Y^2 + Y^2 dX Y)' | Y = inv(X)
J = tr(inv(X) A) | X | o | (Y dX Y A Y + Y A Y dX Y)' | Y = inv(X)
J = a' inv(X) b | X | o | (Y dX Y b a' Y + Y b a' Y dX Y)' | Y = inv(X)
X: n x m; J = logdet(X' X) | X | o | 2 (dX - X M (dX' X + X' dX)) M | M = inv(X' X)
X: n x m; J = logdet(I + X' X) | X | o | 2 (dX - X M (dX' X + X' dX)) M | M = inv(I + X' X)
A, X, B: n x n; J = logdet(A X B) | X | o | -(inv(X) dX inv(X))'
J = logdet(A + X) | X | o | -(M dX M)' | M = inv(A + X)
J = tr(A inv(X) B inv(X)) | X | -
J = tr(inv(X' X)) | X | -
J = log(det(X)^2) | X | o | -2 (inv(X) dX inv(X))'
J = x' inv(A + diag(x)) x | x | -
J = logdet(A + x x') | x | -
J = y' inv(A + x x') y | x | -
J = tr(A inv(X + B)) | X | o | (M dX M A M + M A M dX M)' | M = inv(X + B)
# Gaussians, Gaussian processes, statistics
S: n x n pd; J = -1/2 logdet(S) - 1/2 (x - m)' inv(S) (x - m) | m | m | -inv(S)
S: n x n pd; J = 1/2 logdet(S) + 1/2 (x - m)' inv(S) (x - m) |
    S | o | 1/2 (Y dS Y r r' Y + Y r r' Y dS Y - Y dS Y) | Y = inv(S); r = x - m
S: n x n pd; J = 1/2 (x - m)' inv(S) (x - m) | m S | o | inv(S) dS inv(S) (x - m)
S: n x n pd; A: n x n symmetric; J = logdet(S) + tr(inv(S) A) | S | o | Y dS Y A Y + Y A Y dS Y - Y dS Y | Y = inv(S)
Q: n x n pd; J = logdet(Q) - (x - m)' Q (x - m) | Q | o | -inv(Q) dQ inv(Q)
Q: n x n pd; J = 1/2 (x - m)' Q (x - m) | m Q | o | dQ (m - x)
X: n x d; m: d; S: d x d pd; J = 1/2 sum_i (x_i - m)' inv(S) (x_i - m) | m | m | n inv(S)
K: n x n pd; J = 1/2 y' inv(K) y + 1/2 logdet(K) | K | o | 1/2 (Y dK Y y y' Y + Y y y' Y dK Y - Y dK Y) | Y = inv(K)
K: n x n pd; J = 1/2 y' inv(K) y + 1/2 logdet(K) | y | m | inv(K)
K: n x n symmetric; s: scalar; J = 1/2 y' inv(K + s I) y + 1/2 logdet(K + s I) |
    s | m | y' M^3 y - 1/2 tr(M^2) | M = inv(K + s I)
s: scalar; x: n; m: n; J = n log(s) + ||x - m||^2 / (2 s^2) | s | m | 3 ||x - m||^2 / s^4 - n / s^2
s: scalar; x: n; m: n; J = n log(s) + ||x - m||^2 / (2 s^2) | m s | o | 2 ds (x - m) / s^3
S: n x n pd; W: n x k; J = logdet(W W' + S) | W | -
J = ||y - X w||^2 / (2 s^2) + n log(s) | w | m | X' X / s^2
X: n x m; A: n x n pd; B: m x m pd; J = 1/2 tr(inv(A) X inv(B) X') | X | o | inv(A) dX inv(B)
# Factorizations, networks, attention
J = ||U V' - A||^2 | U | m | 2 (V' V) ⊗ I
J = ||U V' - A||^2 | U | o | 2 dU V' V
J = ||U V' - A||^2 | U V | o | 2 (U V' - A) dV + 2 U dV' V
J = ||U V' - A||^2 + lam ||U||^2 | U | o | 2 dU (V' V + lam I)
M: n x m binary; J = ||M .* (U V' - A)||^2 | U | o | 2 (M .* (dU V')) V
M: n x m; J = ||M .* (U V' - A)||^2 | U | o | 2 (M.^2 .* (dU V')) V
J = ||X - U S V'||^2 | S | o | 2 U' U dS V' V
J = ||A - x y'||^2 | x y | o | 2 (2 x y' dy - A dy)
J = ||X - X W W'||^2 | W | -
J = ||X - f(X W1) W2||^2 | W2 | o | 2 A' A dW2 | A = f(X W1)
J = ||X - f(X W1) W2||^2 | W1 | -
J = 1/2 ||f(X W) - Y||^2 | W | o | X' ((f'(Z).^2 + (f(Z) - Y) .* f''(Z)) .* (X dW)) | Z = X W
J = 1/2 ||sigmoid(X W) - Y||^2 | W | -
W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 f(W1 x) - y||^2 | W2 | m | (a a') ⊗ I | a = f(W1 x)
W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 f(W1 x) - y||^2 | W2 | o | dW2 a a' | a = f(W1 x)
W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 f(W1 x) - y||^2 |
    W1 | o | Q dW1 x x' | z = W1 x; Q = diag((W2' (W2 f(z) - y)) .* f''(z)) + diag(f'(z)) W2' W2 diag(f'(z))
W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 f(W1 x) - y||^2 |
    W1 | m | (x x') ⊗ Q | z = W1 x; Q = diag((W2' (W2 f(z) - y)) .* f''(z)) + diag(f'(z)) W2' W2 diag(f'(z))
W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 tanh(W1 x) - y||^2 | W1 | -
W1: h x d; W2: k x h; x: d; y: k; b: h; J = 1/2 ||W2 f(W1 x + b) - y||^2 | b | -
W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 f(W1 x) - y||^2 |
    W1 W2 | o | ((dW2' (W2 a - y) + W2' dW2 a) .* f'(z)) x' | z = W1 x; a = f(z)
W1: h x d; W2: k x h; x: d; y: k; J = -y' log_softmax(W2 relu(W1 x)) |
    W2 | m | sum(y) (a a') ⊗ (diag(p) - p p') | a = relu(W1 x); p = softmax(W2 a)
W1: h x d; W2: k x h; x: d; y: k; J = -y' log_softmax(W2 relu(W1 x)) | W1 | -
W1: d x h; w2: h; X: n x d; y: n; J = 1/2 ||sigmoid(X W1) w2 - y||^2 | w2 | m | A' A | A = sigmoid(X W1)
W1: d x h; w2: h; X: n x d; y: n; J = 1/2 ||sigmoid(X W1) w2 - y||^2 | W1 | -
W1: d x h; w2: h; X: n x d; y: n; J = 1/2 ||f(X W1) w2 - y||^2 | W1 w2 | -
Q: n x k; K: n x k; V: n x m; T: n x m; J = 1/2 ||softmax(Q K') V - T||^2 | V | o | P' P dV | P = softmax(Q K')
Q: n x k; K: n x k; V: n x m; T: n x m; J = 1/2 ||softmax(Q K') V - T||^2 | Q | -
q: k; K: n x k; c: n; J = c' softmax(K q) | q | -
q: k; K: n x k; J = log(sum(exp(K q))) | q | m | K' (diag(p) - p p') K | p = softmax(K q)
A, P, R: n x n symmetric; K, H: n x n; J = tr((I - K H) P (I - K H)' + K R K') | K | o | 2 dK (H P H' + R)
X: n x d; W: d x k; B: k x d; J = 1/2 ||X W B - X||^2 | W B | -
J = 1/2 ||layer_norm(X) W - Y||^2 | W | o | L' L dW | L = layer_norm(X)
# Mixed derivatives
J = x' A y | x y | o | A dy
J = x' A x | x A | o | (dA + dA') x
J = ||A x - b||^2 | x A | o | 2 (dA' (A x - b) + A' dA x)
J = ||A x - b||^2 | x b | m | -2 A'
J = sum(exp(X w)) | w X | o | dX' exp(X w) + X' (exp(X w) .* (dX w))
J = tr(A X B Y) | X Y | o | A' dY' B'
J = logdet(A X + B) | X A | -
J = -sum(log(b - A x)) | x b | m | -A' diag(1 ./ (b - A x).^2)
J = 1/2 ||A x - b||^2 + lam/2 ||x||^2 | x lam | m | x
J = x' y z' y | x z | m | y y'
J = sum(log(1 + exp(X w))) - y' X w | w y | m | -X'
# Jacobians
F = X' X | X | j | (I + K) (I ⊗ X') | K = commutation(d, d)
F = X X' | X | j | (I + K) (X ⊗ I) | K = commutation(n, n)
F = inv(X) | X | j | -inv(X)' ⊗ inv(X)
F = A inv(X) B | X | j | -(inv(X) B)' ⊗ (A inv(X))
X: n x m; F = X inv(X' X) X' | X | j | (I + K) ((X inv(X' X)) ⊗ (I - X inv(X' X) X')) | K = commutation(n, n)
F = softmax(x) | x | j | diag(p) - p p' | p = softmax(x)
x: n; F = layer_norm(x) | x | -
P: n x n symmetric; R: m x m symmetric; H: m x n; F = P H' inv(H P H' + R) |
    P | j | (M H) ⊗ (I - P H' M H) | M = inv(H P H' + R)
X, B, Q, A: n x n; F = A' X + X A - X B X + Q | X | j | I ⊗ (A' - X B) + (A - B X)' ⊗ I
F = A X B | X | j | B' ⊗ A
F = A X + X B | X | j | I ⊗ A + B' ⊗ I
A: n x n symmetric; F = X' A X | X | j | (I + K) (I ⊗ (X' A)) | K = commutation(d, d)
X: n x n; F = X^2 | X | j | X' ⊗ I + I ⊗ X
X: n x n; F = X^3 | X | j | X'^2 ⊗ I + X' ⊗ X + I ⊗ X^2
F = x x' | x | j | x ⊗ I + I ⊗ x
F = X .* X | X | j | 2 diag(vec(X))
F = f(W x) | x | j | diag(f'(W x)) W
F = f(W x) | W | j | x' ⊗ diag(f'(W x))
F = x / ||x|| | x | j | (I - x x' / ||x||^2) / ||x||
F = W x + b | W | j | x' ⊗ I
F = det(X) | X | j | det(X) vec(inv(X)')'
F = tr(X) | X | j | vec(I_n)'
F = ||x|| x | x | j | ||x|| I + x x' / ||x||
F = X inv(A) X' | X | -
F = A' diag(x) A | x | -
F = diag(x) A | x | -
F = exp(X w) | w | j | diag(exp(X w)) X
F = (a' x) x | x | j | x a' + (a' x) I
F = logdet(X) X | X | j | vec(X) vec(inv(X)')' + logdet(X) I
F = X ⊗ A | X | -
F = pinv(X) | X | -
W: k x d; x: d; F = softmax(W x) | W | j | x' ⊗ (diag(p) - p p') | p = softmax(W x)
F = X / tr(X) | X | j | (I - vec(X) vec(I_n)' / t) / t | t = tr(X)
F = sigmoid(W2 tanh(W1 x)) | x | j | diag(s .* (1 - s)) W2 diag(1 - t.^2) W1 | t = tanh(W1 x); s = sigmoid(W2 t)
F = X' | X | j | K | K = commutation(n, d)
# A second collection, of the same kinds, written blind after the first was printed well
W: n x n pd; J = 1/2 (A x - b)' W (A x - b) + lam/2 x' x | x | m | A' W A + lam I
J = 1/2 ||B x||^2 + 1/2 ||x - y||^2 | x | m | B' B + I
J = x' x + (a' x)^2 | x | m | 2 (I + a a')
J = log(1 + (a' x)^2) | x | m | 2 (1 - c^2) / (1 + c^2)^2 a a' | c = a' x
J = sqrt(c + x' A x) | x | -
J = ||A x||^2 / ||x||^2 | x | -
J = (c' x + d) / (a' x + b) | x | -
A: n x n symmetric; J = exp(x' A x) | x | m | 2 exp(x' A x) (A + 2 A x x' A)
J = sum(x.^4) - (x' x)^2 | x | m | 12 diag(x.^2) - 8 x x' - 4 (x' x) I
J = sum(cosh(A x - b)) | x | m | A' diag(cosh(A x - b)) A
J = sum(atan(A x)) | x | m | -2 A' diag(z ./ (1 + z.^2).^2) A | z = A x
J = sum(gelu(W x)) | x | -
J = sum(softplus(W x + b)) | x | m | W' diag(s .* (1 - s)) W | s = sigmoid(W x + b)
J = sum(W2 softplus(W1 x)) | x | -
J = v' tanh(W x + b) | x | m | -2 W' diag(v .* t .* (1 - t.^2)) W | t = tanh(W x + b)
J = 1/n sum(log(1 + exp(-y .* (X w)))) + lam/2 w' w |
    w | m | X' diag(y.^2 .* s .* (1 - s)) X / n + lam I | s = sigmoid(y .* (X w))
J = sum(exp(X w + o)) - y' (X w + o) | w | m | X' diag(exp(X w + o)) X
r: scalar; J = sum((y + r) .* log(r + exp(X w)) - y .* (X w)) |
    w | m | X' diag((y + r) .* (r exp(X w)) ./ (r + exp(X w)).^2) X
J = sum(log(X w) + y ./ (X w)) | w | -
X: n x n pd; C: n x n symmetric; J = tr(C X) - mu logdet(X) | X | o | mu inv(X) dX inv(X)
J = -sum(log(1 - x.^2)) | x | m | 2 diag((1 + x.^2) ./ (1 - x.^2).^2)
J = -sum(log(x)) - sum(log(1 - x)) | x | m | diag(1 ./ x.^2 + 1 ./ (1 - x).^2)
X: n x n; J = tr(X' X X' X) | X | o | 4 (dX X' X + X (dX' X + X' dX))
X: n x n; J = tr(A X B X') + tr(C X) | X | o | A dX B + A' dX B'
J = ||X A X' - B||^2 | X | -
A, B: n x n symmetric; J = ||X A X' - B||^2 | X | o | 4 ((X A X' - B) dX + (dX A X' + X A dX') X) A
J = tr(inv(X) A inv(X)') | X | -
X: n x n; J = logdet(X) + tr(A inv(X)) | X | -
A, X, B: n x n; J = det(A X B) | X | -
X: n x m; J = det(X' X) | X | -
X: n x n; J = x' inv(X) x | X | o | (Y dX Y x x' Y + Y x x' Y dX Y)' | Y = inv(X)
J = log(a' X b) | X | o | -(a' dX b) a b' / (a' X b)^2
J = sqrt(tr(X' X)) | X | o | (dX - (X : dX) X / ||X||^2) / ||X||
J = ||X||^4 | X | o | 4 (||X||^2 dX + 2 (X : dX) X)
X: n x n; J = exp(tr(X)) | X | o | exp(tr(X)) tr(dX) I_n
X: n x n; J = tr(X) logdet(X) | X | o | tr(dX) inv(X)' + tr(inv(X) dX) I_n - tr(X) (inv(X) dX inv(X))'
S: d x d pd; X: n x d; J = n/2 logdet(S) + 1/2 tr(X inv(S) X') |
    S | o | 1/2 (Y dS Y X' X Y + Y X' X Y dS Y - n Y dS Y) | Y = inv(S)
S: n x n pd; J = -1/2 logdet(S) - 1/2 (x - m)' inv(S) (x - m) |
    S | o | 1/2 (Y dS Y - Y dS Y r r' Y - Y r r' Y dS Y) | Y = inv(S); r = x - m
S: n x n pd; J = 1/2 (x - m)' inv(S) (x - m) | x S | o | -inv(S) dS inv(S) (x - m)
S, T: n x n pd; J = tr(inv(T) S) + logdet(T) - logdet(S) | S T | o | -inv(T) dT inv(T)
S: n x n pd; J = logdet(S) | S | o | -inv(S) dS inv(S)
v: scalar; X: n x d; w: d; y: n; J = ||y - X w||^2 / (2 v) + n/2 log(v) | v | m | ||y - X w||^2 / v^3 - n / (2 v^2)
v: scalar; X: n x d; w: d; y: n; J = ||y - X w||^2 / (2 v) + n/2 log(v) | w v | o | dv X' (y - X w) / v^2
K: n x n pd; s: scalar; J = y' inv(K + s I) y | s | m | 2 y' inv(K + s I)^3 y
l: scalar; D: n x n; J = sum(exp(-D / l)) | l | -
J = ||Y - U diag(s) V'||^2 | s | m | 2 (U' U) .* (V' V)
J = ||U V' - A||^2 + lam (||U||^2 + ||V||^2) | V | o | 2 (dV U' U + lam dV)
M: n x m; J = 1/2 ||M .* (U V' - A)||^2 | U V | -
J = ||X - U V'||^2 | V U | o | 2 ((U V' - X)' dU + V dU' U)
J = ||X - W H||^2 | H | m | 2 I ⊗ (W' W)
J = ||X - W H||^2 | W | m | 2 (H H') ⊗ I
J = sum(W H - X .* log(W H)) | H | o | W' (X .* (W dH) ./ (W H).^2)
J = ||X - X W1 W2||^2 | W1 | o | 2 X' X dW1 W2 W2'
J = ||X - X W1 W2||^2 | W2 | o | 2 W1' X' X W1 dW2
J = 1/2 ||X W + 1 b' - Y||^2 | W b | -
J = 1/2 ||X W + 1 b' - Y||^2 | b | m | n I
W2: k x h; W1: h x d; x: d; y: k; J = 1/2 ||W2 sigmoid(W1 x) - y||^2 | W2 | m | (s s') ⊗ I | s = sigmoid(W1 x)
W1: h x d; w: h; x: d; y: scalar; J = 1/2 (w' tanh(W1 x) - y)^2 | w | m | t t' | t = tanh(W1 x)
W1: h x d; w: h; x: d; y: scalar; J = log(1 + exp(-y w' relu(W1 x))) |
    w | m | y^2 s (1 - s) a a' | a = relu(W1 x); s = sigmoid(y w' a)
W: k x d; x: d; y: k onehot; J = -y' log(softmax(W x)) | W | m | (x x') ⊗ (diag(p) - p p') | p = softmax(W x)
W: k x d; x: d; y: k onehot; J = -y' log(softmax(W x)) | x | m | W' (diag(p) - p p') W | p = softmax(W x)
X: n x d; W: d x k; Y: n x k onehot; J = -sum(Y .* log(softmax(X W))) + lam/2 ||W||^2 |
    W | o | X' (P .* (Z - rowsum(P .* Z) 1')) + lam dW | P = softmax(X W); Z = X dW
z: k; y: k; J = 1/2 ||softmax(z) - y||^2 | z | -
z: n; t: scalar; J = t log(sum(exp(z / t))) | z | m | (diag(p) - p p') / t | p = softmax(z / t)
q: d; K: n x d; V: n x m; y: m; J = 1/2 ||V' softmax(K q) - y||^2 | q | -
Q: n x d; K: n x d; A: n x n; J = A : (Q K') / sqrt(d) | Q K | o | A dK / sqrt(d)
J = sum(sigmoid(X W) .* Y) | W | o | X' (Y .* S .* (1 - S) .* (1 - 2 S) .* (X dW)) | S = sigmoid(X W)
J = sum(log(1 + exp(X W))) | W | o | X' (S .* (1 - S) .* (X dW)) | S = sigmoid(X W)
J = sum(relu(X W).^2) | W | o | 2 X' (step(X W) .* (X dW))
J = sum(f(X W)) | W | o | X' (f''(X W) .* (X dW))
J = 1/2 sum(f(A x).^2) | x | m | A' diag(f'(z).^2 + f(z) .* f''(z)) A | z = A x
A: n x n symmetric; B: n x n pd; J = (x' A x) / (x' B x) | x | -
A: n x n symmetric; J = x' A x / 2 - b' x + 1/3 sum(abs(x).^3) | x | m | A + 2 diag(abs(x))
F = A inv(X) | X | j | -inv(X)' ⊗ (A inv(X))
X: n x n; F = X A X | X | j | (A X)' ⊗ I + I ⊗ (X A)
X: n x n; F = X + X' | X | j | I + K | K = commutation(n, n)
F = exp(X) | X | j | diag(vec(exp(X)))
F = x' A x | x | j | x' (A + A')
F = A x / (b' x) | x | j | (A - A x b' / (b' x)) / (b' x)
F = sigmoid(W x + b) | W | j | x' ⊗ diag(s .* (1 - s)) | s = sigmoid(W x + b)
F = tanh(W x) | x | j | diag(1 - tanh(W x).^2) W
F = log_softmax(x) | x | j | I - 1 softmax(x)'
x: n; F = (x - mean(x)) / std(x) | x | -
F = diag(x) A x | x | j | diag(A x) + diag(x) A
F = W2 relu(W1 x + b1) | x | j | W2 diag(step(W1 x + b1)) W1
P, R: n x n symmetric; A, B, K: n x n; F = (A - B K)' P (A - B K) | K | -
P: n x n symmetric; A, Q: n x n; F = A P A' + Q | P | j | A ⊗ A
X: n x n symmetric; A, Q, S: n x n symmetric; F = A X + X A - X S X + Q | X | j | I ⊗ (A - X S) + (A - X S) ⊗ I
x: n; y: n; F = x ⊗ y | x | j | I ⊗ y
X: n x n; F = tr(X) X | X | j | vec(X) vec(I_n)' + tr(X) I
X: n x n; F = det(X) inv(X) | X | -
J = (y - X w)' inv(S) (y - X w) | w | m | X' (inv(S) + inv(S)') X
J = sum(log(cosh(A x - b))) + lam x' x | x | m | A' diag(1 - tanh(A x - b).^2) A + 2 lam I
J = 1/2 x' A x + sum(log(1 + exp(x))) | x | -
J = x' inv(A) x | A | -
"""


def _row(line: str) -> Second:
    program, by, *rest = re.split(r" \|(?: |$)", line)
    return Second(program, tuple(by.split()), *rest)


_LINES = TABLE.strip().replace("|\n    ", "| ").splitlines()
SECOND = tuple(_row(line) for line in _LINES if not line.startswith("#"))
