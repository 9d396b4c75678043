"""What looks like another problem than it is: to be answered as meant, asked or refused."""

from __future__ import annotations

from .ambiguous import ask, refuse
from .case import ASKED, REFUSED, Case

LAST = "partial ranges are slices or refused"
SHIFTED = "a number that touches an index may belong to it"
SPELLED = "an unknown name that looks like a definition which nothing uses is refused"
NAMED = "of several definitions that no other uses, the one that is called as objectives are"

CASES = (
    # ----------------------------------------------------------------------------------- an index that ends a sum
    refuse("Σ_{i=1}^n Σ_{j=1}^i x_j", "x", "Σ_{j=1}^i", LAST),
    refuse("sum_{k=1}^n w_k sum_{i=1}^k x_i", "x", "sum_{i=1}^k", LAST),
    refuse("sum_{t=1}^T (y_t - sum_{s=1}^t a_s)^2", "a", "sum_{s=1}^t", LAST),
    refuse("sum_{i=1}^n log(sum_{j=1}^{i} exp(x_j))", "x", "^{i}", LAST),
    refuse("Σ_i^n Σ_j^i x_j", "x", "Σ_j^i", LAST),
    refuse("z_i = Σ_{j=1}^i x_j; J = Σ_k z_k^2", "x", "Σ_{j=1}^i", LAST),
    refuse(r"\sum_{i=1}^n \sum_{j=1}^{i} x_j y_i", "x", "{i}", LAST),
    # ------------------------------------------------------------------------------------- a number beside an index
    refuse("Σ_i (x_i+1 - x_i)^2", "x", "x_i + 1 | x[2:n]", SHIFTED),
    refuse("Σ_i |x_i+1 - x_i|", "x", "x_i + 1", SHIFTED),
    refuse("sum_t (x_t - a x_t-1)^2", "a", "x_t - 1", SHIFTED),
    refuse("sum_{t=2}^T ||h_t - W h_t-1||^2", "W", "", SHIFTED),
    refuse("sum_k (x_k+1 - A x_k)'Q(x_k+1 - A x_k)", "A", "x_k + 1", SHIFTED),
    refuse("||x_t+1 - A x_t||^2", "A", "x_t + 1 | x_tp1", SHIFTED),
    refuse("h_t = tanh(W h_t-1 + U x_t); ||h_t - y||^2", "W", "h_t - 1 | h_tm1", SHIFTED),
    Case("Σ_i (x_i + 1)^2", "x", "x: n", "sq(x + 1)", "blanks around the sign: a number added to the entry"),
    Case("Σ_i (x_i -2y_i)^2", "x", "x: n, y: n", "sq(x - 2*y)", "a number that multiplies what touches it"),
    # --------------------------------------------------------------------------------------- a name spelled otherwise
    refuse("yhat = X w; J = sum((y_hat - y)^2) + lam*w'w", "w", "y_hat | yhat", SPELLED),
    refuse("pred = X w; J = mean((preds - y)^2) + lam w'w", "w", "preds | pred", SPELLED),
    refuse("xhat = D z; ||x - x_hat||^2 + lam ||z||_1", "z", "x_hat | xhat", SPELLED),
    refuse("z1 = W1 x; h1 = relu(z_1); J = ||W2 h1 - t||^2 + lam ||W1||^2", "W1", "z_1 | z1", SPELLED),
    refuse("lam = 0.1; J = ||X w - y||^2 + lambda w'w", "w", "lambda | lam", SPELLED),
    refuse("J = (y - y_hat)^2; yhat = w'x", "w", "y_hat | yhat", SPELLED),
    Case("y_hat: n; yhat = X w; ||y - y_hat||^2 + w'w", "w", "X: n d, y: n, y_hat: n, w: d", "sq(y - y_hat) + sq(w)",
         "what is declared is another name", noted=True),
    # ------------------------------------------------------------------------------------------ which is the objective
    Case("J = ||X w - y||^2, lambda = 0.1", "w", "X: n d, w: d, y: n", "sq(X @ w - y)", NAMED, noted=True),
    Case("J = (y - yhat)^2; yhat = w'x; z = 3", "w", "y, w: d, x: d", "(y - w @ x)**2", NAMED, noted=True),
    Case("J = sum((y - p).^2); p = X w; acc = mean(y)", "w", "X: n d, w: d, y: n", "sq(X @ w - y)", NAMED, noted=True),
    Case("loss = ||X w - y||^2; reg = w'w", "w", "X: n d, w: d, y: n", "sq(X @ w - y)", NAMED, noted=True,
         also=ASKED),
    Case("f = x'A x; w0 = x - eta g", "x", "x: n, A: n n, eta, g: n",
         "x @ A @ x", NAMED, noted=True, also=f"{ASKED} {REFUSED}"),
    ask("J1 = ||X w - y||^2; J2 = lam ||w||^2", "w",
        "X: n d, w: d, y: n, lam", NAMED, "sq(X @ w - y)", "lam*sq(w)"),
)  # fmt: skip
