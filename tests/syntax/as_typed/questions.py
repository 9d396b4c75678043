"""Texts as they stand in questions: words and labels, sums of bars, densities, temperatures, constraints."""

from __future__ import annotations

from .ambiguous import ask, refuse
from .case import ASKED, REFUSED, Case

LABEL = "a label stands at the beginning or the end of a line"
REMARK = "words in brackets at the end of a line are a remark"
WORD = "a word that became a factor is refused"
BARS = "single bars in what is added are absolute values"
DENSITY = "under a trace a Greek letter is a matrix"
CAPITAL = "a capital that divides, or multiplies a scalar, is a scalar"
INVERSE = "an inverse function is no power"
CONSTRAINT = "a constraint is left out and said to be, or refused"
ROWS = "what is transposed or in a norm is a vector"
DOT = "w·x of names that may be vectors or numbers is asked"
SIGMA = "Σ before a bracket or a product with a logarithm is asked"
ENTRIES = "a product that would make a name a scalar beside a vector is asked"
SEVERAL = "a name that nothing defines has no several arguments"
LEAST = "X: n d, w: d, y: n"

CASES = (
    # ------------------------------------------------------------------------------------------------ labels, remarks
    Case("J = ||X w - y||^2  (squared loss)", "w", LEAST, "sq(X @ w - y)", REMARK, noted=True),
    Case("J = ||X w - y||^2 (loss)", "w", LEAST, "sq(X @ w - y)", REMARK, noted=True),
    Case("z = X w (the prediction)\nJ = ||z - y||^2 (the error)", "w", LEAST, "sq(X @ w - y)", REMARK, noted=True),
    Case("J = ||X w - y||^2   [5]", "w", LEAST, "sq(X @ w - y)", LABEL, noted=True),
    Case("J = ||X w - y||^2 (1.2)", "w", LEAST, "sq(X @ w - y)", LABEL, noted=True),
    Case("J = ||X w - y||^2   (A.1)", "w", LEAST, "sq(X @ w - y)", LABEL, noted=True),
    Case("(5)  ||X w - y||^2", "w", LEAST, "sq(X @ w - y)", LABEL, noted=True),
    Case("(1) z = W x + b\n(2) J = ||z||^2", "W b", "W: k d, x: d, b: k", "sq(W @ x + b)", LABEL),
    Case("1. z = X w\n2. J = ||z - y||^2", "w", LEAST, "sq(X @ w - y)", LABEL),
    Case("1) z = X w\n2) J = ||z - y||^2", "w", LEAST, "sq(X @ w - y)", LABEL),
    Case("- z = X w\n- J = ||z - y||^2", "w", LEAST, "sq(X @ w - y)", LABEL),
    Case("z = W x + b,\na = f(z),\nJ = ||a - y||^2.", "W b", "W: k d, x: d, b: k, y: k", "sq(f(W @ x + b) - y)",
         "commas and full stops end lines"),
    Case("x'A x,", "x", "x: n, A: n n", "x @ A @ x", "commas and full stops end lines"),
    Case("Loss function: J = ||X w - y||^2", "w", LEAST, "sq(X @ w - y)", "a heading is left out", noted=True),
    Case("The squared loss: ||X w - y||^2", "w", LEAST, "sq(X @ w - y)", "a heading is left out", noted=True),
    Case("J: ||X w - y||^2", "w", LEAST, "sq(X @ w - y)", "a heading is left out", noted=True),
    Case("x: n; 2 x[1] x[2] [1]", "x", "x: n", "2*x[0]*x[1]", LABEL, also=REFUSED),
    refuse("J = ||X w - y||^2  -- squared loss", "w", "#", WORD),
    refuse("J = ||X w - y||^2 % squared loss", "w", "#", WORD),
    Case("total loss = ||X w - y||^2", "w", LEAST, "sq(X @ w - y)", WORD, noted=True),
    refuse("x squared", "x", "x^2", WORD),
    refuse("x plus y", "x", "+", WORD),
    refuse("two times x", "x", "2 x", WORD),
    refuse("half ||x||^2", "x", "x / 2", WORD),
    refuse("data fidelity + lam ||w||^2", "w", "data_fidelity", WORD),
    Case("mass * accel + mass * grav", "mass", "mass, accel, grav", "mass*accel + mass*grav"),
    # --------------------------------------------------------------------------------------------------- sums of bars
    Case("Σ_i (a_i'x - b_i)^2 + λ Σ_j |x_j|", "x", "A: m n, x: n, b: m, lambda", "sq(A @ x - b) + lambda_*abs(x).sum()",
         BARS),
    Case("Σ_i Σ_j |X_ij|", "X", "X: n m", "abs(X).sum()", BARS),
    Case("Σ_i |Σ_j A_ij x_j - b_i|", "x", "A: m n, x: n, b: m", "abs(A @ x - b).sum()", BARS),
    Case("sum_j |x_j|", "x", "x: n", "abs(x).sum()", BARS),
    Case("Σ_j |x_j|^2", "x", "x: n", "sq(x)", BARS),
    Case("||A x - b||^2 + λ Σ|x|", "x", "A: m n, x: n, b: m, lambda", "sq(A @ x - b) + lambda_*abs(x).sum()", BARS,
         noted=True),
    Case("||A x - b||^2 + λ sum|x|", "x", "A: m n, x: n, b: m, lambda", "sq(A @ x - b) + lambda_*abs(x).sum()", BARS,
         noted=True),
    Case("mean(|y - X w|)", "w", LEAST, "np.mean(abs(y - X @ w))", BARS, noted=True),
    Case("sum(|X|)", "X", "X: n m", "abs(X).sum()", BARS, noted=True),
    Case("sum(x |x|)", "x", "x: n", "x.sum()*norm(x)", "of a vector its norm, noted", shapes="x: n", noted=True),
    Case("log|Σ_k| + (x_k - m)'Σ_k^-1 (x_k - m)", "m", "Sigma_k: n n spd, x_k: n, m: n",
         "logdet(Sigma_k) + (x_k - m) @ inv(Sigma_k) @ (x_k - m)", "Σ_k without a summed index is a name"),
    ask("H = -Σ p log p", "p", "p: n positive", SIGMA, "-(p*log(p)).sum()"),
    ask("H = -Σ p_i log p_i", "p", "p: n positive", SIGMA, "-(p*log(p)).sum()"),
    ask("|w·x + b|/||w||", "w", "w: n, x: n, b", DOT, "abs(w @ x + b)/norm(w)"),
    # ------------------------------------------------------------------------------------------------ Greek matrices
    Case("-tr(ρ log ρ)", "rho", "rho: n n positive", "-np.trace(rho @ log(rho))", DENSITY, noted=True),
    Case("tr(ρ H) + T tr(ρ ρ)", "rho", "rho: n n, H: n n, T", "np.trace(rho @ H) + T*np.trace(rho @ rho)", DENSITY,
         noted=True),
    Case("det(σ)", "sigma", "sigma: n n", "np.linalg.det(sigma)", DENSITY, noted=True),
    Case("logdet(σ^2 I + X X')", "sigma X", "sigma positive, X: n d", "logdet(sigma**2*np.eye(len(X)) + X @ X.T)",
         "small Greek letters are scalars unless their uses say otherwise"),
    Case("det(A - λ I)", "lambda", "A: n n, lambda", "np.linalg.det(A - lambda_*np.eye(len(A)))",
         "small Greek letters are scalars unless their uses say otherwise"),
    # -------------------------------------------------------------------------------------------- capitals, functions
    Case("L = T^2 KL; KL = sum(p .* log(p ./ q)); q = softmax(z/T)", "z", "T positive, p: n positive, z: n",
         "T**2*(p*log(p/softmax(z/T))).sum()", CAPITAL, noted=True),
    Case("J = N log(sigma) + ||x||^2/sigma^2", "sigma x", "N, sigma positive, x: n", "N*log(sigma) + sq(x)/sigma**2",
         CAPITAL, noted=True),
    Case("-M log(s) - ||x||/s", "s", "M, s positive, x: n", "-M*log(s) - norm(x)/s", CAPITAL, noted=True),
    Case("w'w C", "w", "w: n, C", "C*(w @ w)", CAPITAL, noted=True),
    Case("K/2 log(2 pi) + ||x||^2", "x", "K, x: n", "K/2*log(2*np.pi) + sq(x)", CAPITAL, noted=True),
    Case("-y' log(softmax(z/T))", "z T", "y: n, z: n, T positive", "-y @ log(softmax(z/T))", CAPITAL, noted=True),
    Case("sum((A exp(-t/T) - y).^2)", "A T", "A: n k, t: k, T positive, y: n", "sq(A @ exp(-t/T) - y)", CAPITAL,
         noted=True),
    Case("A = softmax(Q K'/T) V; sum(A .* G)", "Q V", "Q: n d, K: m d, T positive, V: m k, G: n k",
         "(softmax(Q @ K.T/T) @ V*G).sum()", CAPITAL, noted=True),
    refuse("A/B + 0 C", "A", "A ./ B", "of two capitals nothing is guessed"),
    refuse("f^-1(x)", "x", "finv: elementwise", INVERSE),
    refuse("sin^-1(x)", "x", "asin(x)", INVERSE),
    refuse(r"f^{-1}(x) + x", "x", "finv: elementwise", INVERSE),
    Case("g: n x n; sum(g^-1 (x))", "x", "g: n n, x: n", "(inv(g) @ x).sum()", "a declared name is a factor"),
    Case(r"\max_{\|w\|=1} w^TSw", "w", "w: n, S: n n", "w @ S @ w", CONSTRAINT, noted=True),
    refuse("max_{‖w‖=1} w'S w", "w", "constraint", CONSTRAINT),
    Case("w = Σ_i α_i y_i x_i; J = 1/2 ‖w‖²", "alpha", "alpha: n, y: n, X: n d", "sq(X.T @ (alpha*y))/2", ROWS,
         noted=True, also=ASKED),
    Case("w: scalar; w = Σ_i α_i y_i x_i; J = 1/2 w^2", "alpha", "alpha: n, y: n, x: n", "(alpha @ (y*x))**2/2", ROWS),
    Case("z = (x - m) ./ σ; z'z", "sigma m", "x: n, m: n, sigma: n positive", "sq((x - m)/sigma)",
         "what divides entry by entry is a vector"),
    # --------------------------------------------------------------------------------------- products that may be .*
    ask("L = -y*log(p); J = sum(L)", "p", "y: n, p: n positive", ENTRIES, "-(y*log(p)).sum()"),
    ask("q = y log p; sum(q)", "p", "y: n, p: n positive", ENTRIES, "(y*log(p)).sum()",
        "y, p: n positive => y*log(p).sum()"),
    ask("L = t log(o); J = -mean(L); o = softmax(z)", "z", "t: n, z: n", ENTRIES, "-np.mean(t*log(softmax(z)))"),
    ask("sum(X*X)", "X", "X: n n", ENTRIES, "sq(X)", "X: n n => (X @ X).sum()"),
    ask("RSS = ||Y - Xβ||^2", "beta", "Y: n, X: n d, beta: d", "a column beside a capital is asked",
        "sq(Y - X @ beta)"),
    Case("t log(x'x) + p'p", "x", "t, x: n, p: m", "t*log(x @ x) + p @ p", "nothing there is an array"),
    # ----------------------------------------------------------------------------------------------- hints that lead on
    refuse("MSE(y, X w)", "w", "mean((y - p).^2)", SEVERAL),
    refuse("loss = CE(softmax(X W), Y)", "W", "sum(y .* log(p))", SEVERAL),
    refuse("cross_entropy(y, softmax(z))", "z", "sum(y .* log(p))", SEVERAL),
    refuse("sum_i alpha_i k(x_i, x)", "x", "k(u, v) =", SEVERAL),
    refuse("L(y, f(W x))", "W", "L(u, v) =", SEVERAL),
    refuse("σ² = mean((x - μ)^2)", "x", "s2", "only a name can be defined"),
    refuse("θ^{t+1} = θ^t - η g", "theta", "x_new", "only a name can be defined"),
    Case("log p = -1/2 (x - m)' P (x - m)", "m", "x: n, m: n, P: n n", "-(x - m) @ P @ (x - m)/2", WORD, noted=True),
    Case("h = tanh(W h_{t-1} + U x + b); ||h - y||^2", "W", "W: n k, h_tm1: k, U: n d, x: d, b: n, y: n",
         "sq(tanh(W @ h_tm1 + U @ x + b) - y)", "h_{t-1} outside layers is h_tm1", noted=True),
    refuse("sum_{t=1}^T (y_t - phi y_{t-1})^2", "phi", "x[2:n] - x[1:n-1]", "partial ranges are slices or refused"),
    refuse("exp(-||x - x'||^2/2)", "x", "another name", "x' is a transpose"),
    refuse("2xy", "x", "x y", "glued names"),
    refuse("(ax+b)^2", "x", "a x", "glued names"),
    refuse("Σ_ij A_ij x_ix_j", "x", "x_i x_j", "glued names"),
    Case("sum_i sum_k r_ik ||x_i - mu_k||^2", "Mu", "r: n k, X: n d, Mu: k d",
         "(r*((X[:, None] - Mu)**2).sum(2)).sum()", "mu_k is row k of Mu"),
    refuse("x + f(LN(x))", "x", "layer_norm", "the normalization, not the logarithm"),
    refuse("||X w - y||^2 + penalty(w)", "w", "penalty: scalar function", "an unknown scalar function"),
    Case("A is symmetric: x'A x", "x", "A: n n symmetric, x: n", "x @ A @ x", WORD, noted=True),
    Case("sum_i (y[i] - X[i,:] w)^2", "w X", LEAST, "sq(y - X @ w)", "the row X[i,:] of a letter that a sum binds"),
    Case("sum_i=1^n (y_i - w'x_i)^2", "w", LEAST, "sq(y - X @ w)", "Σ_{i=1}^n"),
    Case("sgn(x)' y + x'x", "x", "x: n, y: n", "np.sign(x) @ y + x @ x", "another spelling of sign"),
    Case("tr(log(A) B)", "A", "A: n d positive, B: d n", "np.trace(log(A) @ B)", "entry by entry, noted", noted=True),
    Case("sum(max(A, b))", "A", "A: n m, b", "maximum(A, b).sum()", "a scalar that spreads is noted", noted=True),
    Case("J = p[1]/p[3] + p[2] X[2,3]", "p X", "p: 4 positive, X: 4 5", "p[0]/p[2] + p[1]*X[1, 2]",
         "entries are counted from 1", shapes="p: 4; X: 4 x 5"),
    refuse("H = 1/2 p'M^-1 p + U", "p", "U: scalar", "a capital that is added is a matrix"),
    refuse("P = I^2 R", "I", "I: scalar", "I is the identity"),
    Case("dL/dW where L = ||W x - y||^2", "W", "W: n d, x: d, y: n", "sq(W @ x - y)", WORD),
    Case("R(w) = w'w; J = ||X w - y||^2 + λ R(w)", "w", f"{LEAST}, lambda", "sq(X @ w - y) + lambda_*sq(w)",
         "a function defined by a formula is put in"),
    Case("E_D(w) = 1/2 Σ_n {t_n - w'φ_n}^2 + λ/2 w'w", "w", "t: n, Phi: n d, w: d, lambda",
         "sq(t - Phi @ w)/2 + lambda_/2*sq(w)", "φ_n is row n of Φ"),
    Case("s = v0 t + 1/2 a t^2", "t", "v0, t, a", "v0*t + a*t**2/2", "a lower-case name takes the smallest shape"),
    Case("c = cos(θ); s = sin(θ); R = [c, -s; s, c]; J = ||R p - q||^2", "theta", "theta, p: 2, q: 2",
         "c, s = np.cos(theta), np.sin(theta); sq(np.array([[c, -s], [s, c]]) @ p - q)"),
)  # fmt: skip
