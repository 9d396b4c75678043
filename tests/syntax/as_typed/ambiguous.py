"""What is to be asked, with what the readings mean; and what is to be refused, with the words that lead on."""

from __future__ import annotations

from .case import ASKED, REFUSED, Case

HALF = "1/2n: a number after / that touches a name is asked"
DIVIDES = "a number after / followed by a name is asked"
ROW = "x, h, a, z directly before an undeclared matrix is asked: a row, or W x"
SPREAD = "an undeclared r in r .* X, X ./ r is asked"
SAMPLES = "softmax on a product that begins with W is asked where nothing is declared"
TOUCH = "any other undeclared lower-case name that touches a bracket is asked"
SQUARE = "sum (A)^2 with the space is asked"
SIGMA = "Σ before a bracket alone is asked"
BARS = "|X| of a matrix that nothing says is square is asked"
FONTS = "one letter in two fonts is asked"
INDEX = "a letter that is the subscript of two one-letter stems is asked"
FREE = "an index left free in a term of a scalar beside a sum over it is asked"
FACTORS = "more than one factor after a function without brackets is asked"
ONE = "a 1 followed by / is asked"
GLUED = "a name made of capitals and of names is refused with X w"
BOTH = "where both directions fit, refused with both spellings"
CROSS = "a column and a row without a matrix are refused"
ENTRIES = "a name that a product under a sum would make a scalar, or a matrix before log, is asked: .* or not"
DOT = "w·x of names that may be vectors or numbers is asked"
SEVERAL = "functions and matrices of which there is one for each index have no form; defined ones are put in"
CALLED = "f(z) = … is substituted where f is called, at the beginning of an objective too"
MODEL = "a model, a solution and a value to begin with are no definitions for the objective"
RAISED = "an undeclared t above what is multiplied is asked: the transpose, or a number"
ENTRY = "x_1 beside a vector x is asked: its entry, or a name of its own"
POWER = "a power after the bracket of a logarithm is asked; a square is of the logarithm, noted"
MIXED = "a name used both ways is an error that says so"


def ask(text: str, wrt: str, sizes: str, why: str, *meanings: str, shapes: str = "") -> Case:
    """To be asked; among the readings are these."""
    return Case(text, wrt, sizes, ASKED, why, shapes, meanings=meanings)


def refuse(text: str, wrt: str, says: str, why: str = "", shapes: str = "", language: str = "") -> Case:
    """To be refused in a message with these words."""
    return Case(text, wrt, "", REFUSED, why, shapes, language, says=says)


def spoken(text: str, wrt: str, sizes: str, meant: str) -> Case:
    """Words around an objective: left out, or refused; never factors."""
    return Case(text, wrt, sizes, meant, "a program in which a word became a factor is refused", also=REFUSED)


CASES = (
    # ----------------------------------------------------------------------------------------------------------- asked
    ask("1/2n ‖X w - y‖^2", "w", "X: n d, w: d, y: n", HALF, "sq(X @ w - y)/(2*n)", "n/2*sq(X @ w - y)"),
    ask("X: n x d; w: d; y: n; 1/2n ‖X w - y‖^2", "w", "X: n d, w: d, y: n", HALF, "sq(X @ w - y)/(2*n)",
         "n/2*sq(X @ w - y)"),
    ask("‖x - m‖^2 / 2 s^2", "x", "x: n, m: n, s positive", DIVIDES, "sq(x - m)/(2*s**2)", "sq(x - m)/2*s**2"),
    ask("exp(-‖x - m‖^2 / 2s^2)", "x", "x: n, m: n, s positive", HALF, "exp(-sq(x - m)/(2*s**2))",
         "exp(-sq(x - m)/2*s**2)"),
    ask("x' x / 2 lam", "x", "x: n, lam positive", DIVIDES, "x @ x/(2*lam)", "x @ x/2*lam"),
    ask("‖x W + b - y‖^2", "W", "x: n, W: n k, b: k, y: k", ROW),
    ask("‖h W2 - y‖^2", "W2", "h: n, W2: n k, y: k", ROW),
    ask("-sum(y .* log(softmax(x W)))", "W", "x: n, W: n k, y: k", ROW),
    ask("‖tanh(a W1) - y‖^2", "W1", "a: n, W1: n k, y: k", ROW),
    ask("‖z A - B‖^2", "A", "z: n, A: n k, B: k", ROW),
    ask("‖r .* X‖^2", "X", "r: n, X: n m", SPREAD, "r: n, X: n m => sq(r[:, None]*X)"),
    ask("sum((X ./ r).^2)", "X", "r: n positive, X: n m", SPREAD, "r: n positive, X: n m => sq(X/r[:, None])"),
    ask("sum(tanh(d .* A) .* B)", "A", "d: n, A: n m, B: n m", SPREAD),
    ask("-sum(Y .* log(softmax(W X + b)))", "W", "W: k d, X: d n, b: k, Y: k n", SAMPLES,
        "-(Y*logsoftmax(W @ X + b[:, None], 0)).sum()"),
    ask("sum(logsumexp(W X))", "W", "W: k d, X: d n", SAMPLES, "lse(W @ X, 0).sum()", "lse(W @ X).sum()"),
    ask("-sum(Y .* log_softmax(W2 H))", "W2", "W2: k h, H: h n, Y: k n", SAMPLES, "-(Y*logsoftmax(W2 @ H, 0)).sum()"),
    ask("max(0, 1 - y(w'x + b))", "w", "y, w: d, x: d, b", TOUCH, "relu(1 - y*(w @ x + b))"),
    ask("log(1 + exp(-y(w'x)))", "w", "y, w: d, x: d", TOUCH, "log(1 + exp(-y*(w @ x)))"),
    ask("s(w'x) + w'w", "w", "s, w: d, x: d", TOUCH, "s*(w @ x) + w @ w"),
    ask("sum (A)^2", "A", "A: n m", SQUARE, "A.sum()**2", "sq(A)"),
    ask("mean (A)^2", "A", "A: n m", SQUARE, "A.mean()**2", "np.mean(A**2)"),
    ask("Σ (y - X w)^2", "w", "y: n, X: n d, w: d", SIGMA, "sq(y - X @ w)"),
    ask("1/2 Σ(y - f(X w))^2", "w", "y: n, X: n d, w: d", SIGMA, "sq(y - f(X @ w))/2"),
    ask("Σ (t - o)^2", "o", "t: n, o: n", SIGMA),
    ask(r"$|X|^2$", "X", "X: n n", BARS, "X: n n => det(X)**2", "X: n m => sq(X)"),
    ask(r"|Y| + \|Y\|_F^2", "Y", "Y: n n", BARS, "Y: n n => det(Y) + sq(Y)"),
    ask(r"x^T\mathbf{x}", "x", "x: n", FONTS),
    ask(r"\|\mathbf{x} - x\mathbf{1}\|^2", "x", "x: n", FONTS),
    ask(r"A : \mathbf{A} + \|A\|^2", "A", "A: n m", FONTS),
    ask("sum((t_k - o_k)^2)", "o", "t: k, o: k", INDEX, "sq(t - o)"),
    ask("1/2 sum((y_i - a x_i)^2)", "a", "y: n, a, x: n", INDEX, "sq(y - a*x)/2"),
    ask("Σ_i x_i y_i + x_i^2", "y x", "x: n, y: n", FREE, "x @ y + sq(x)"),
    ask("sum(log X w)", "w", "X: n d positive, w: d positive", FACTORS, "log(X @ w).sum()"),
    ask("y' log X w", "w", "y: n, X: n d positive, w: d positive", FACTORS, "y @ log(X @ w)"),
    ask("X: n x d; ‖X 1/2‖^2", "X", "X: n d", ONE, "sq(X)/4", "sq(X.sum(1)/2)"),
    ask("X: n x d; ‖X' 1/n‖^2", "X", "X: n d", ONE, "sq(X.mean(0))", "sq(X)/n**2"),
    ask("E = 1/2 Σ_k (t_k - o_k)^2; o_k = f(Σ_j w_jk z_j); z_j = f(Σ_i w_ij x_i)", "w", "t: k, w: h k, x: d",
        "two layers told apart only by their index letters are asked"),
    # --------------------------------------------------------------------------------------------------------- refused
    refuse("‖Xw - y‖^2", "w", "X w", GLUED),
    refuse("X: n x d; w: d; y: n; ‖Xw - y‖^2", "w", "X w", GLUED),
    refuse("x'Ax", "x", "A x", GLUED),
    refuse("A: n x n; x: n; x'Ax", "x", "A x", GLUED),
    refuse("‖XW - Y‖_F^2", "W", "X W", GLUED),
    refuse("(y - Xw)'(y - Xw) + lam w'w", "w", "X w", GLUED),
    refuse("1/2 x'Ax - b'x", "x", "A x", GLUED),
    refuse("‖Ax - b‖^2 + ‖x‖^2", "x", "A x", GLUED),
    refuse("tr(X'AX)", "X", "A X", GLUED),
    refuse("a'Xb", "X", "X b", GLUED),
    refuse("w: d; X: n x d; mean(log(1 + exp(-Xw)))", "w", "X w", GLUED),
    refuse("H = relu(X W1); ‖HW2 - Y‖^2", "W2", "H W2", GLUED),
    refuse("J(w) = (y-Xw)^T(y-Xw)", "w", "X w", GLUED),
    refuse("E[x]", "x", "expectation", "E[x] is refused as an expectation"),
    refuse("E[(y - w'x)^2]", "w", "expectation", "E[x] is refused as an expectation"),
    refuse("v: n; sum(v[v > 0])", "v", ".* [v > 0]", "refused with the hint v .* [v > 0]"),
    refuse("x^H A x", "x", "x'", "the hint that leads on"),
    refuse("sum(X, 1)", "X", "rowsum | colsum", "the hint that leads on"),
    refuse("X: n x n; v: n; ‖X - v‖^2", "X", "v'", BOTH),
    refuse("X: n x n; v: n; sum((v .* X).^2)", "X", "v'", BOTH),
    refuse("A: n x n; s: n; ‖A ./ s‖^2", "A", "s'", BOTH),
    refuse("r: n; s: 1 x m; ‖r + s‖^2", "r", "", CROSS),
    refuse("x: n; y: m; ‖x - y'‖^2", "x", "", CROSS),
    refuse("sum(f(x)) + f x'x", "x", "f", MIXED),
    refuse("X: n x d; x: n; x[1] + X[2]", "x", "X[2,:]", "one index on a matrix is refused"),
    refuse("X: n x d; w: d; r: n; r'r + X w", "w", "", "no scalar"),
    refuse("‖X w - y‖^2 s.t. w'w = 1", "w", "", "words that are not left out"),
    refuse("X: n x d; w: k; ‖X w‖^2", "w", "n×d | k×1", "names both shapes"),
    refuse("hw1.txt", "x", "", "no such file"),
    spoken("the gradient of x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("find dJ/dw where J = ‖X w - y‖^2", "w", "X: n d, w: d, y: n", "sq(X @ w - y)"),
    spoken("J = ‖X w - y‖^2 where w is a vector", "w", "X: n d, w: d, y: n", "sq(X @ w - y)"),
    spoken("solve ‖A x - b‖^2", "x", "A: m n, x: n, b: m", "sq(A @ x - b)"),
    spoken("derivative x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("let J = x' A x", "x", "x: n, A: n n", "x @ A @ x"),
    spoken("loss = ‖X w - y‖^2 subject to w'w = 1", "w", "X: n d, w: d, y: n", "sq(X @ w - y)"),
    spoken("compute the derivative of tr(X' A X) with respect to X", "X", "X: n m, A: n n", "tr(X.T @ A @ X)"),
    refuse("X: n x d; w: d; ‖X w‖^2", "W", "w", "the names differ by their case"),
    refuse("Σ_ij W_ij^2", "W_ij", "W", "w_kj is w, asked for by --wrt w"),
    refuse(r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}", "x", "cases", "cases are refused"),
    refuse(r"\|A \circ f(x)\|^2 + (f \circ g)(x)", "x", "", "\\circ beside a function is refused"),
    refuse(r"\int x^2 dx", "x", "", "no integral"),
    refuse(r"\mathbb{E}[\|Xw-y\|^2]", "w", "expectation", "E[x] is refused as an expectation"),
    Case(r"\prod_{i} x_i", "x", "x: n", "np.prod(x)", "what has no matrix form is refused", also=f"{ASKED} {REFUSED}"),
    refuse(r"\frac{1}{2", "x", "", "unbalanced"),
    refuse(r"\left( x^T x", "x", "", "unbalanced"),
    refuse(r"\unknownmacro{x} + x^T x", "x", "unknownmacro", "an unknown macro"),
    refuse(r"x^* A x", "x", "", "no complex numbers"),
    # ----------------------------------------------------------------------------- products under a sum of the entries
    ask("-sum(y*log(p))", "p", "y: n, p: n positive", ENTRIES, "-(y*log(p)).sum()",
        "y, p: n positive => -(y*log(p)).sum()"),
    ask("p = sigmoid(X w); L = -sum(y log p + (1-y) log(1-p))", "w", "X: n d, w: d, y: n", ENTRIES,
        "p = sigmoid(X @ w); -(y*log(p) + (1 - y)*log(1 - p)).sum()"),
    ask("s = sum(x*y)/sqrt(sum(x^2)*sum(y^2))", "x", "x: n, y: n", ENTRIES, "(x @ y)/np.sqrt(sq(x)*sq(y))"),
    ask("sum(w*(x - m)^2)", "m", "w: n, x: n, m: n", ENTRIES, "(w*(x - m)**2).sum()"),
    ask(r"L = -\sum y \log(\sigma(X w))", "w", "X: n d, w: d, y: n", ENTRIES, "-(y*log(sigmoid(X @ w))).sum()"),
    ask("p = softmax(X W); L = -sum(Y*log(p))", "W", "X: n d, W: d k, Y: n k onehot", ENTRIES,
        "-(Y*log(softmax(X @ W))).sum()", "X: n d, W: d k, Y: m n => -(Y @ log(softmax(X @ W))).sum()"),
    ask("u'v/||u|| ||v||", "u", "u: n, v: n", DIVIDES, "u @ v/(norm(u)*norm(v))", "u @ v/norm(u)*norm(v)"),
    ask("(w·x + b - y)^2", "w", "w: n, x: n, b, y", DOT, "(w @ x + b - y)**2", "w, x, b, y => (w*x + b - y)**2"),
    ask(r"\log\left(\sum_{k}e^{w_k^Tx}\right) - w[2]^Tx", "x", "W: k d, x: d", INDEX, "lse(W @ x) - W[1] @ x"),
    ask("J = w @ x + b", "w", "w: n, x: n, b", DOT, "w @ x + b", "w, x, b => w*x + b"),
    ask("loss = x @ A @ x - 2 * b @ x", "x", "x: n, A: n n, b: n", DOT, "x @ A @ x - 2*b @ x"),
    ask(r"(w \cdot x + b - y)^2", "w", "w: n, x: n, b, y", DOT, "(w @ x + b - y)**2", "w, x, b, y => (w*x + b - y)**2"),
    # ------------------------------------------------------------------------- several functions, several matrices
    refuse(r"\sum_j w_j \phi_j(x)", "x", r"\phi_j | functions", SEVERAL),
    refuse(r"\sum_i (y_i - \sum_j w_j\phi_j(x_i))^2", "w", r"\phi_j", SEVERAL),
    refuse(r"\sum_{i=1}^n \ell_i(w^\top x_i)", "w", r"\ell_i", SEVERAL),
    refuse(r"f(X)=\sum_{i=1}^n \lambda_i(X)", "X", r"\lambda_i", SEVERAL),
    refuse(r"f_0(x) + \sum_{i=1}^m\lambda_i f_i(x)", "x", "f_i", SEVERAL),
    refuse("sum_j w_j f_j(x)", "x", "f_j", SEVERAL),
    refuse("sum_k a_k g_k(W x + b)", "W", "g_k", SEVERAL),
    refuse("sum_n E_n(w)", "w", "E_n", SEVERAL),
    refuse(r"\sum_{i=1}^N (x-\mu_i)^\top\Sigma_i^{-1}(x-\mu_i)", "x", r"\Sigma_i | matrices", SEVERAL),
    refuse(r"\sum_k \pi_k |\Sigma_k|^{-1/2}", "pi", r"\Sigma_k", SEVERAL),
    refuse(r"\sum_k \log|S_k|", "S", "S_k", SEVERAL),
    refuse(r"\sum_k \alpha_k \operatorname{tr}(K_k Y)", "alpha", "K_k", SEVERAL),
    refuse(r"\sum_i \|A_i x - b_i\|^2", "x", "A_i", SEVERAL),
    refuse("sum_k ||A_k x - b_k||^2", "x", "A_k", SEVERAL),
    refuse("A_k: n x d; sum_k ||A_k x - b_k||^2", "x", "A_k", SEVERAL),
    refuse(r"\log\det\left(\sum_i x_i A_i\right)", "x", "A_i", SEVERAL),
    refuse(r"\sum_i x^\top Q_i x", "x", "Q_i", SEVERAL),
    Case("f_i(w) = (w'x_i - y_i)^2; J = sum_i f_i(w)", "w", "X: n d, w: d, y: n", "sq(X @ w - y)", SEVERAL),
    Case(r"J(w)=\frac1n\sum_{i=1}^n f_i(w),\ f_i(w)=\log(1+e^{-y_i w^\top x_i})", "w", "y: n, X: n d, w: d",
         "np.mean(np.log1p(np.exp(-y*(X @ w))))", SEVERAL),
    Case(r"\sum_i \alpha_i (1 - y_i (w^\top x_i + b))", "w", "alpha: n, y: n, X: n d, w: d, b",
         "(alpha*(1 - y*(X @ w + b))).sum()", "a name with an index before a bracket of more than a name is a factor"),
    Case(r"\sum_i \|Y_i - W X_i\|^2", "W", "W: k d, X: n d, Y: n k", "sq(Y - X @ W.T)", "x_i is row i of X"),
    Case(r"\sum_i Y_i \beta^\top X_i", "beta", "Y: n, X: n d, beta: d", "Y @ X @ beta", "x_i is row i of X"),
    # ----------------------------------------------------------------- an objective that begins with a function's call
    Case(r"f(s) = s^2 + 1,\quad f(s) + 3 s", "s", "s", "s**2 + 1 + 3*s", CALLED),
    Case(r"f(s) = s^2 + 1,\quad g(s)=\sin s,\quad f(s)g(s)", "s", "s", "(s**2 + 1)*np.sin(s)", CALLED),
    Case(r"f(s) = s^2 + 1,\quad g(s)=3s,\quad f(g(s))", "s", "s", "9*s**2 + 1", CALLED),
    Case(r"u(s) = s^2 + 1,\quad u(s)^2 + a", "s", "s, a", "(s**2 + 1)**2 + a", CALLED),
    Case(r"Let $f(\sigma)=\log\sigma$ and $g(\sigma)=a/\sigma$. Derivative of $f(\sigma)+g(\sigma)$?", "sigma",
         "sigma positive, a", "log(sigma) + a/sigma", CALLED),
    Case(r"Let $f(x)=\|Ax-b\|^2$, $g(x)=\|x\|^2$. I need the gradient of $f(x)+\lambda g(x)$.", "x",
         "A: n d, b: n, x: d, lambda", "sq(A @ x - b) + lambda_*sq(x)", CALLED, noted=True),
    # ------------------------------------------------------ what a text says beside the objective that defines nothing
    Case(r"Linear regression: $y = Xw$. Loss $J = \frac12\|y - Xw\|^2$.", "w", "X: n d, w: d, y: n", "sq(X @ w - y)/2",
         MODEL, noted=True),
    Case(r"y = X\beta+\varepsilon,\quad S(\beta)=\|y-X\beta\|^2 + \lambda\|\beta\|^2", "beta",
         "X: n d, beta: d, y: n, lambda", "sq(y - X @ beta) + lambda_*sq(beta)", MODEL, noted=True),
    Case(r"L=\frac12\|y-\hat y\|^2,\ \hat y = Xw,\ y=Xw+\epsilon", "w", "X: n d, w: d, y: n", "sq(X @ w - y)/2", MODEL,
         noted=True),
    refuse("y = X w; J = ||X w - y||^2", "w", "leave out", MODEL),
    Case(r"\hat y = Xw,\ L=\frac12\|y-\hat y\|^2", "w", "X: n d, w: d, y: n", "sq(y - X @ w)/2", MODEL),
    Case(r"Minimise $J(w)=\|Xw-y\|^2$ starting at $w=0$.", "w", "X: n d, w: d, y: n", "sq(X @ w - y)", MODEL,
         noted=True),
    Case(r"$J(w)=\|Xw-y\|^2$. Setting $\frac{\partial J}{\partial w}=0$ gives $w=(X^\top X)^{-1}X^\top y$.", "w",
         "X: n d, w: d, y: n", "sq(X @ w - y)", MODEL, noted=True),
    Case(r"L(z)=\|z-y\|^2,\quad z=Wx", "W", "W: n d, x: d, y: n", "sq(W @ x - y)", MODEL),
    refuse(r"\|Xw-y\|^2,\quad w = 0", "w", "leave out", MODEL),
    refuse("p = ||X w - y||^2; q = ||z||^2", "w", "q | p", "a variable that is not in the objective is refused"),
    Case(r"I want $\frac{\partial f}{\partial\sigma}$ "
         r"for $f(\sigma) = \frac{\|y-X\beta\|^2}{2\sigma^2} + n\log\sigma$. I "
         r"obtained $-\frac{\|y-X\beta\|^2}{\sigma^3}$.", "sigma", "sigma positive, n, y: m, X: m d, beta: d",
         "sq(y - X @ beta)/(2*sigma**2) + n*log(sigma)", "the derivative that is asked for names the objective",
         noted=True),
    # --------------------------------------------------------------- t for the transpose, entries, powers of logarithms
    ask("(w^t x - y)^2", "w", "w: n, x: n, y", RAISED, "(w @ x - y)**2"),
    ask(r"\ln\det(X^tX)", "X", "X: n d", RAISED, "logdet(X.T @ X)"),
    ask(r"\operatorname{tr}(A^{t} B)", "A", "A: n d, B: n d", RAISED, "np.trace(A.T @ B)"),
    ask(r"\frac12\|x\|^2 + x_1,\ x\in\mathbb{R}^n", "x", "x: n", ENTRY, "sq(x)/2 + x[0]"),
    ask(r"z = Wx, \quad L = (z_1 - y_1)^2 + \frac{1}{2}\|W\|_F^2", "W", "W: n d, x: d", ENTRY),
    Case(r"m = (m_1 + m_2)/2,\ L = \|x - m\|^2", "x", "x: n, m1: n, m2: n", "sq(x - (m1 + m2)/2)", ENTRY),
    ask(r"\ln\det(X^\top X)^{-1/2}", "X", "X: n d", POWER, "-logdet(X.T @ X)/2"),
    ask(r"\log(w^\top x)^y", "w", "w: n positive, x: n positive, y", POWER, "y*log(w @ x)", "log(w @ x)**y"),
    Case(r"\ln\left(w^\top x\right)^2", "w", "w: n positive, x: n positive", "log(w @ x)**2", POWER, noted=True),
)  # fmt: skip
