"""What looks like another problem than it is: to be answered as meant, asked or refused."""

from __future__ import annotations

from .ambiguous import ask, refuse, spoken
from .case import Case

LAST = "partial ranges are slices or refused"
SHIFTED = "a number that touches an index may belong to it"
SPELLED = "an unknown name that looks like a definition which nothing uses is refused"
LAST = "of several definitions that no other uses the last is the objective, noted"
WORDS = "a program in which a word became a factor is refused"
QUOTIENT = "an exponent with a sign, or 1, before a stroke is asked"
EXPONENT = "what follows e^-b is asked"
SUFFIX = "a number that touches bars, a letter in a bracket that touches an expression"
NESTED = "lists in a list are refused, with the spelling of rows"
RAISED = "a letter above a name beside the name itself, or a word, is asked: a name of its own, or a power"
OUTER = "u_i v_i' of names of which nothing is known is asked: an outer product, or a number times a row"
GLUED = "a name that looks like a matrix and a vector, alone in a norm or a sum, is refused"
SAID = "a word that says something of a name, and is no attribute, is no size"

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
    Case("J = sum((y - p).^2); p = X w; acc = mean(y .* p)", "w", "X: n d, w: d, y: n", "(y * (X @ w)).mean()", LAST,
         noted=True),
    Case("loss = ||X w - y||^2; reg = w'w", "w", "X: n d, w: d, y: n", "sq(w)", LAST, noted=True),
    Case("J1 = ||X w - y||^2; J2 = lam ||w||^2", "w", "X: n d, w: d, y: n, lam", "lam*sq(w)", LAST, noted=True),
    # ---------------------------------------------------------------------------------------------------------- words
    spoken("loss = ||W x - t||^2 (mse)", "W", "W: k d, x: d, t: k", "sq(W @ x - t)"),
    spoken("||X w - y||^2 (ridge)", "w", "X: n d, w: d, y: n", "sq(X @ w - y)"),
    spoken("x' A x [quadratic]", "x", "x: n, A: n n", "x @ A @ x"),
    refuse("sum(relu(W x)^2) summed up", "W", "summed | sum(", WORDS),
    refuse("relu(W x).^2 summed up: sum(relu(W x)^2)", "W", "summed", WORDS),
    spoken("loss ||W x - t||^2", "W", "W: k d, x: d, t: k", "sq(W @ x - t)"),
    spoken("so x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("x' A x as f", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("x' A x at x0", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("my objective: x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("my loss: ||X w - y||^2", "w", "X: n d, w: d, y: n", "sq(X @ w - y)"),
    spoken("loss fn: (y-t)^2", "t", "y, t", "(y - t)**2"),
    spoken("a quadratic: x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("exercise 3: x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("case a: ||x - y||^2", "x", "x: n, y: n", "sq(x - y)"),
    spoken("u-net: ||X - Y||^2", "X", "X: n d, Y: n d", "sq(X - Y)"),
    spoken("eq: x' x", "x", "x: n", "sq(x)"),
    spoken("f: x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("phi: x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    # --------------------------------------------------------------------------------------------------------- powers
    ask("|Sigma|^-1/2 * exp(-1/2 (x-mu)' * Sigma^-1 * (x-mu))", "mu", "x: n, mu: n, Sigma: n n pd", QUOTIENT,
        "det(Sigma)**-0.5*exp(-(x - mu) @ inv(Sigma) @ (x - mu)/2)",
        "exp(-(x - mu) @ inv(Sigma) @ (x - mu)/2)/det(Sigma)/2"),
    ask("det(S)^-1/2", "S", "S: n n pd", QUOTIENT, "det(S)**-0.5", "1/det(S)/2"),
    ask("(x'x)^1/2", "x", "x: n", QUOTIENT, "norm(x)", "sq(x)/2"),
    ask("(x'x)^-1/2", "x", "x: n", QUOTIENT, "1/norm(x)", "1/sq(x)/2"),
    ask("(2 pi)^-d/2 exp(-x'x/2)", "x", "x: n, d", QUOTIENT, "(2*pi)**(-d/2)*exp(-sq(x)/2)",
        "(2*pi)**-d/2*exp(-sq(x)/2)"),
    ask("tr(B' D^-1/2 A D^-1/2 B)", "B", "B: n m, D: n n pd, A: n n", QUOTIENT),
    ask("a e^-b t", "b", "a, b, t", EXPONENT, "a*exp(-b*t)", "a*exp(-b)*t"),
    ask("1/(1+e^-w'x)", "w", "w: n, x: n", EXPONENT, "1/(1 + exp(-w @ x))"),
    ask("log(1 + e^-y w'x)", "w", "y, w: n, x: n", EXPONENT, "log(1 + exp(-y*(w @ x)))", "log(1 + exp(-y)*(w @ x))"),
    ask("e^-lam*t", "t", "lam, t", EXPONENT, "exp(-lam*t)", "exp(-lam)*t"),
    ask("e^-x^2/2", "x", "x", EXPONENT, "exp(-x**2/2)", "exp(-x**2)/2"),
    Case("1/(1 + e^-x)", "x", "x", "1/(1 + exp(-x))", "an exponent that ends where its bracket does"),
    Case("||x||^2/2", "x", "x: n", "sq(x)/2", "only an exponent with a sign, or 1, is asked"),
    # ------------------------------------------------------------------------------------------ what touches a bracket
    refuse("||x||2^2", "x", "||…||_2", SUFFIX),
    refuse("||A x - b||_2^2 + ||x||1", "x", "||…||_1", SUFFIX),
    refuse("||W||F^2", "W", "||…||_F", SUFFIX),
    # --------------------------------------------------------------------------------------- blocks, and what is said
    refuse("A = [[1,2],[3,4]]; tr(A X)", "X", "[1, 2; 3, 4]", NESTED),
    refuse("A = [[1,2],[3,4]]; ||A x||^2", "x", "[1, 2; 3, 4]", NESTED),
    refuse("||A^+ b||^2", "b", "pinv(A)", "a plus sign is no exponent"),
    refuse("||y - A A^+ y||^2", "y", "pinv(A)", "a plus sign is no exponent"),
    refuse("Q: orthonormal; ||Q x - y||^2", "x", "orthogonal", SAID),
    refuse("A: spd; x' A x", "x", "pd", SAID),
    refuse("A: sym; x' A x", "x", "symmetric", SAID),
    refuse("A: nxn; x' A x", "x", "n x n", SAID),
    Case("y: samples; X: samples x features; ||y - X w||^2", "w", "y: n, X: n d, w: d", "sq(y - X @ w)",
         "a size may be a word"),
    # ----------------------------------------------------------------------------------------- a letter above a name
    ask("||x - x^k||^2", "x", "x: n, xk: n", RAISED, "sq(x - xk)", "x: n, k power => sq(x - x**k)"),
    ask("g'(x - x^t) + 1/2 (x - x^t)'H(x - x^t)", "x", "g: n, x: n, xt: n, H: n n", RAISED,
        "g @ (x - xt) + (x - xt) @ H @ (x - xt)/2"),
    ask("rho/2 ||x - z^k + u^k||^2", "x", "rho, x: n, zk: n, uk: n", RAISED, "rho/2*sq(x - zk + uk)"),
    ask("||x - x^0||^2", "x", "x: n, x0: n", RAISED, "sq(x - x0)"),
    ask("(θ - θ^old)'F (θ - θ^old)", "theta", "theta: n, F: n n, theta_old: n", RAISED,
        "(theta - theta_old) @ F @ (theta - theta_old)"),
    Case("sum(x^p)", "x", "x: n positive, p power", "(x**p).sum()", RAISED, noted=True),
    Case("(1 - r^k)/(1 - r)", "r", "r unit, k power", "(1 - r**k)/(1 - r)", RAISED),
    # ------------------------------------------------------------------------------------------- outer products, rows
    ask("||A - sum_i σ_i u_i v_i'||^2", "sigma", "A: n d, sigma: r, u: r n, V: r d", OUTER,
        "A: n d, sigma: r, U: r n, V: r d => sq(A - np.einsum('r,rn,rd->nd', sigma, U, V))",
        "A: n d, sigma: r, u: r, V: r d => sq(A - (sigma*u) @ V)"),
    ask("sum_i (y_i - X_i b)^2", "b", "y: n, X: n d, b: d", OUTER, "sq(y - X @ b)"),
    Case("sum_i y_i x_i' w", "w", "y: n, X: n d, w: d", "y @ X @ w", OUTER),
    # --------------------------------------------------------------------------------------------- products and names
    refuse("||Ax - b||^2", "b", "write A x", GLUED),
    refuse("(Xw - y)'(Xw - y)", "y", "write X w", GLUED),
    refuse("lam*||Dx||_1", "lam", "write D x", GLUED),
    Case("Q = X Wq; V = X Wv; sum(Q .* V) + lam ||Wv||^2", "Wv", "X: n d, Wq: d h, Wv: d h, lam",
         "((X @ Wq)*(X @ Wv)).sum() + lam*sq(Wv)", GLUED),
    # ---------------------------------------------------------------------------------------------- what divides what
    ask("sum_i exp(x_i)/sum_j exp(x_j) y_i", "x", "x: n, y: n positive", "a sum that divides",
        "exp(x) @ y/exp(x).sum()", "exp(x) @ (1/y)/exp(x).sum()"),
    ask("1/sigma sqrt(2 pi) exp(-(x-mu)^2/(2 sigma^2))", "sigma", "sigma positive, x, mu", "the root of a number",
        "exp(-(x - mu)**2/(2*sigma**2))/(sigma*sqrt(2*pi))"),
    ask("1/sqrt(2 pi) sigma exp(-x^2/(2 sigma^2))", "sigma", "sigma positive, x", "the root of a number",
        "exp(-x**2/(2*sigma**2))/(sigma*sqrt(2*pi))"),
    Case("y'*X*w./n", "w", "y: m, X: m d, w: d, n positive", "y @ X @ w/n", "n is a number", noted=True),
    Case("1 - sum_i (y_i - f_i)^2 / sum_i (y_i - ybar)^2", "f", "y: n, f: n, ybar",
         "1 - sq(y - f)/sq(y - ybar)", "a sum inside a sum over the same letter is one of its own"),
    refuse("sum(x)/length(x)", "x", "x: n", "no function of the notation"),
)  # fmt: skip
