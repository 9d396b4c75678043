"""Shorthand of lectures and papers: quotients of arrays, ranges of an index, shapes beside names, columns."""

from __future__ import annotations

from .case import ASKED, Case

FIT = "X: n d, w: d, y: n"
LABELS = "X: n d, w: d, y: n unit"
QUOTIENT = "a quotient by a sum of functions of the entries is taken entry by entry, noted"
RANGE = "i = 1..n beside a formula is what its index runs over, as in Σ_{i=1}^n"
SHAPES = "sizes behind a name, in brackets or after a word, declare it"
SLICE = "what stands below a name is an index as in brackets: W_{:,j} is W[:,j]"
SPECTRAL = "λ_1, ρ, κ of a matrix are numbers where the objective is one only then, noted; σ_1 is asked"
PAIRS = "Σ_{i≠j} is the sum over all pairs without i = j, Σ_{i<j} half of it where i and j may be exchanged"
POWER = "e to an array that is no square matrix is taken entry by entry, noted"
LOGISTIC = "p = sigmoid(X @ w); "

CASES = (
    # ------------------------------------------------------------------------------------ quotients entry by entry
    Case(r"J = \|\frac{1}{1+e^{-Xw}} - y\|^2", "w X", FIT, "sq(sigmoid(X @ w) - y)", QUOTIENT, noted=True),
    Case(
        r"\frac{1}{2}\left\lVert y - \frac1{1+\exp(-Xw)}\right\rVert_2^2",
        "w",
        FIT,
        "sq(sigmoid(X @ w) - y)/2",
        QUOTIENT,
        noted=True,
    ),
    Case(
        r"-y^T\log\frac{1}{1+e^{-Xw}} - (1-y)^T\log\left(1-\frac{1}{1+e^{-Xw}}\right)",
        "w X",
        LABELS,
        LOGISTIC + "-y @ log(p) - (1 - y) @ log(1 - p)",
        QUOTIENT,
        noted=True,
    ),
    Case(
        r"-\sum_i \left[y_i\log\frac{1}{1+e^{-x_i^Tw}} + (1-y_i)\log\left(1-\frac{1}{1+e^{-x_i^Tw}}\right)\right]",
        "w X",
        LABELS,
        LOGISTIC + "-y @ log(p) - (1 - y) @ log(1 - p)",
        QUOTIENT,
    ),
    Case(r"-\sum_i y_i\log\frac{1}{1+e^{-x_i^Tw}}", "w", LABELS, LOGISTIC + "-y @ log(p)", QUOTIENT),
    Case(r"J = \|\frac{e^{Z}}{1+e^{Z}} - Y\|_F^2", "Z", "Z: n d, Y: n d", "sq(sigmoid(Z) - Y)", QUOTIENT, noted=True),
    Case(
        r"\|Y - \frac{\exp(XW)}{1+\exp(XW)}\|_F^2",
        "W",
        "X: n d, W: d k, Y: n k",
        "sq(Y - sigmoid(X @ W))",
        QUOTIENT,
        noted=True,
    ),
    Case(r"J = c^T \frac{e^z - e^{-z}}{e^z + e^{-z}}", "z", "c: n, z: n", "c @ tanh(z)", QUOTIENT, noted=True),
    Case(
        r"J = \|y - \frac{e^{Wx} - e^{-Wx}}{e^{Wx} + e^{-Wx}}\|^2",
        "W x",
        "y: n, W: n d, x: d",
        "sq(y - tanh(W @ x))",
        QUOTIENT,
        noted=True,
    ),
    Case(
        r"J = \|y - \frac{1-e^{-2Wx}}{1+e^{-2Wx}}\|^2",
        "W",
        "y: n, W: n d, x: d",
        "sq(y - tanh(W @ x))",
        QUOTIENT,
        noted=True,
    ),
    Case(
        r"\left\|\frac{Xw}{1+e^{-Xw}} - y\right\|^2", "w", FIT, "sq((X @ w)*sigmoid(X @ w) - y)", QUOTIENT, noted=True
    ),
    Case(
        r"\|\frac{v}{1+e^{-Xw}} - y\|^2",
        "w v",
        FIT + ", v: n",
        "sq(v*sigmoid(X @ w) - y)",
        QUOTIENT,
        noted=True,
        shapes="v: n",
    ),
    Case(
        r"z = Xw; p = \frac{1}{1+e^{-z}}; J = -y^T\log p - (1-y)^T\log(1-p)",
        "w",
        LABELS,
        LOGISTIC + "-y @ log(p) - (1 - y) @ log(1 - p)",
        QUOTIENT,
        noted=True,
    ),
    Case(r"\sum \frac{x}{1+x^2}", "x", "x", "x/(1 + x**2)", "no function of the entries divides"),
    Case("||1/(1+e^(-X w)) - y||^2", "w", FIT, "sq(sigmoid(X @ w) - y)", POWER, noted=True),
    Case("||e^(X w) / (1 + e^(X w)) - y||^2", "w", FIT, "sq(sigmoid(X @ w) - y)", POWER, noted=True),
    Case("‖y - e^(X w)‖^2", "w", FIT, "sq(y - exp(X @ w))", POWER, noted=True),
    Case("‖y - exp(X w) / (1 + exp(X w))‖^2", "w", FIT, "sq(y - sigmoid(X @ w))", QUOTIENT, noted=True),
    Case(
        "‖(exp(X w) - exp(-X w)) / (exp(X w) + exp(-X w)) - y‖^2", "w", FIT, "sq(tanh(X @ w) - y)", QUOTIENT, noted=True
    ),
    Case("‖1/(1 + exp(-X w))^2 - y‖^2", "w", FIT, "sq(sigmoid(X @ w)**2 - y)", QUOTIENT, noted=True),
    Case("sum(1/sqrt(p))", "p", "p: n positive", "(1/sqrt(p)).sum()", QUOTIENT, shapes="p: n", noted=True),
    Case("‖X w / (1 + exp(s)) - y‖^2", "s w", FIT + ", s", "sq(X @ w/(1 + exp(s)) - y)", "s is a scalar"),
    Case("tr(e^A)", "A", shapes="A: n x n", says="expm(A)", why="e to a square matrix is one function or the other"),
    # ------------------------------------------------------------------------------------- ranges behind a formula
    *(
        Case(text, "w", "X: n d, w: d, b, y: n", "sq(X @ w + b - y)", RANGE)
        for text in (
            "z_i = w^T x_i + b for i = 1..n; J = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b for i = 1,…,n\nJ = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b for all i\nJ = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b ∀ i\nJ = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b (i = 1, …, n)\nJ = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b, i = 1, ..., n\nJ = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b, i=1:n; J = Σ_i (z_i - y_i)^2",
            "for i = 1..n: z_i = w'x_i + b\nJ = sum_i (z_i - y_i)^2",
            "for all i, z_i = w'x_i + b\nJ = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b for each i = 1 to n; J = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b where i = 1, 2, ..., n; J = sum_i (z_i - y_i)^2",
            "z_i = w'x_i + b, i ∈ {1,…,n}; J = ‖z - y‖^2",
            "z_i = w'x_i + b for i in [n]; J = ‖z - y‖^2",
            r"z_i = w^T x_i + b, \quad i=1,\dots,n \\ J = \sum_i (z_i - y_i)^2",
            r"z_i = w^T x_i + b \quad \forall i \\ J = \sum_i (z_i - y_i)^2",
            r"z_i = w^\top x_i + b \quad (i = 1, \ldots, n) \\ J = \sum_i (z_i - y_i)^2",
            r"z_i = w^\top x_i + b,\ i = 1, \ldots, n; J = \sum_{i=1}^n (z_i - y_i)^2",
            r"z_i = w^\top x_i + b \text{ for } i = 1, \ldots, n \\ J = \|z - y\|^2",
            r"z_i = w^\top x_i + b \text{ for all } i \\ J = \sum_i (z_i - y_i)^2",
            r"z_i = w^\top x_i + b, \quad \forall i = 1, \ldots, n \\ J = \|z - y\|^2",
            r"z_i = w^\top x_i + b, \quad \forall i \in \{1, \ldots, n\} \\ J = \|z - y\|^2",
            r"z_i = w^\top x_i + b, \quad i \in [n] \\ J = \|z - y\|^2",
            r"z_i = w^\top x_i + b, \quad i = 1:n \\ J = \|z - y\|^2",
            r"z_i = w^\top x_i + b, \quad 1 \le i \le n \\ J = \|z - y\|^2",
            r"\forall i: z_i = w^\top x_i + b \\ J = \sum_i (z_i - y_i)^2",
        )
    ),
    Case("J = 1/n Σ_i (y_i - w'x_i)^2, i = 1..n", "w", FIT, "sq(y - X @ w)/n", RANGE),
    Case("J = 1/n Σ_i (y_i - w'x_i)^2\ni = 1..n", "w", FIT, "sq(y - X @ w)/n", RANGE),
    Case(r"J = \frac1n \sum_i (y_i - w^T x_i)^2, \quad i = 1,\dots,n", "w", FIT, "sq(y - X @ w)/n", RANGE),
    Case("z_i = w'x_i for i = 1..4; J = Σ_i (z_i - y_i)^2", "w", "X: 4 d, w: d, y: 4", "sq(X @ w - y)", RANGE),
    Case(
        "h_j = tanh(Σ_i w_ji x_i + b_j) for j = 1..m\nJ = Σ_j v_j h_j",
        "w v",
        "w: m n, x: n, b: m, v: m",
        "v @ tanh(w @ x + b)",
        RANGE,
    ),
    Case(
        r"h_j = \tanh\left(\sum_{i} w_{ji} x_i + b_j\right), \quad j=1,\dots,m \\ J = \sum_j v_j h_j",
        "w v",
        "w: m n, x: n, b: m, v: m",
        "v @ tanh(w @ x + b)",
        RANGE,
    ),
    Case(
        "P_ij = exp(Z_ij)/Σ_k exp(Z_ik), i = 1..n, j = 1..m; J = Σ_ij Y_ij log(P_ij)",
        "Z",
        "Z: n m, Y: n m",
        "(Y*logsoftmax(Z)).sum()",
        RANGE,
    ),
    Case(
        "P_ij = exp(Z_ij)/Σ_k exp(Z_ik) for i=1..n and j = 1..m; J = Σ_ij Y_ij log(P_ij)",
        "Z",
        "Z: n m, Y: n m",
        "(Y*logsoftmax(Z)).sum()",
        RANGE,
    ),
    Case(
        r"P_{ij} = \frac{e^{Z_{ij}}}{\sum_k e^{Z_{ik}}}, \quad i=1,\dots,n,\ j=1,\dots,m \\ J = \sum_{ij} "
        r"Y_{ij}\log P_{ij}",
        "Z",
        "Z: n m, Y: n m",
        "(Y*logsoftmax(Z)).sum()",
        RANGE,
    ),
    Case("J = Σ_{i,j} A_ij x_i x_j for i, j = 1..n", "x", "A: n n, x: n", "x @ A @ x", RANGE),
    Case(
        r"h_t = \tanh(W h_{t-1} + U x_t),\ t = 1,\dots,3 \\ J = \sum_t \|h_t - y_t\|^2",
        "W U",
        "W: n n, U: n d, h[0]: n, x[1]: d, x[2]: d, x[3]: d, y[1]: n, y[2]: n, y[3]: n",
        "h1 = tanh(W @ h0 + U @ x1); h2 = tanh(W @ h1 + U @ x2); h3 = tanh(W @ h2 + U @ x3); "
        "sq(h1 - y1) + sq(h2 - y2) + sq(h3 - y3)",
        "a sum over all steps",
    ),
    Case(r"t = 1.5 \\ J = \|x\|^2 / t", "x", "x: n", "sq(x)/1.5", "a number with a point is no range"),
    Case(r"m = 0.5, J = m \|x\|^2", "x", "x: n", "sq(x)/2", "a number with a point is no range"),
    Case("z_i = w'x_i for i = 0..n; J = Σ_i z_i^2", "w", says="counted from 1", why="partial ranges are refused"),
    Case("z_i = w'x_i for i = 2..n; J = Σ_i z_i^2", "w", says="whole dimension", why="partial ranges are refused"),
    Case(
        r"z_i = w^T x_i, \quad i = 2,\dots,n \\ J = \sum_i z_i^2",
        "w",
        says="whole dimension",
        why="partial ranges are refused",
    ),
    Case("(y_i - w'x_i)^2 for i = 1..n", "w", meant=ASKED, why="a letter without a sum is asked"),
    # -------------------------------------------------------------------------------------- shapes beside names
    *(
        Case(text, "x", "x: 3, A: 3 3", "x @ A @ x", SHAPES)
        for text in (
            "A (3x3), x (3x1)\nx'A x",
            "A (3×3), x (3)\nx'A x",
            "A (3 x 3) and x (3 x 1)\nx'A x",
            "A (3x3), x (3x1): x'A x",
            "x'A x, A (3x3), x (3x1)",
            "x'A x with A (3x3)",
            "x'A x where A is 3x3 and x is 3x1",
            "x'A x, where A is 3-by-3",
            "x'A x, where A is 3 by 3",
            "Let A be 3x3. x'A x",
            "x'A x, A ∈ R^{3×3}, x ∈ R^3",
            "A: 3x3, x: 3x1\nx'A x",
            r"A\ (3\times 3),\ x\ (3\times 1) \\ x^TAx",
            r"x^TAx \text{ where } A \text{ is } 3\times 3",
            r"$x^TAx$ where $A$ is $3\times3$ and $x$ is $3 \times 1$",
            r"The matrix $A$ ($3 \times 3$) is given. $f(x) = x^TAx$",
        )
    ),
    *(
        Case(text, "x", "A: n d, x: d, b: n", "sq(A @ x - b)", SHAPES)
        for text in (
            "A (n x d)\n||A x - b||^2",
            "A (n x d), x (d), b (n)\n||A x - b||^2",
            "||A x - b||^2 where A is n x d",
            "A in R^(n x d)\n||A x - b||^2",
            "given A (n x d), minimize ||A x - b||^2",
            r"A\ (n\times d) \\ \|Ax - b\|^2",
            r"$A$ is $n\times d$. $\|Ax - b\|^2$",
        )
    ),
    Case("S (n x n symmetric)\nx'S x", "S", "S: n n symmetric, x: n", "x @ S @ x", SHAPES, noted=True),
    Case(
        r"$A$ and $B$ are $3\times 3$ and $x$ is $3\times 1$. Find the gradient of $x^TABx$",
        "x",
        "A: 3 3, B: 3 3, x: 3",
        "x @ A @ B @ x",
        SHAPES,
    ),
    Case("A (nxd)\n||A x - b||^2", "x", says="n x d", why="sizes stand apart"),
    # ----------------------------------------------------------------------------------------- columns and rows below
    *(
        Case(text, "W y", "W: 3 4, y: 3", "sq(W[:, 1] - y)", SLICE, shapes="W: 3 x 4")
        for text in (
            r"\|W_{:,2} - y\|^2",
            r"\|W_{:2} - y\|^2",
            r"\|W_{\cdot 2} - y\|^2",
            r"\|W_{\cdot, 2} - y\|^2",
            r"\|W_{*2} - y\|^2",
            r"\|\mathbf W_{:, 2} - \mathbf y\|^2",
            "‖W_{:,2} - y‖^2",
            "‖W_{:2} - y‖^2",
            "‖W_:2 - y‖^2",
            "‖W_{·2} - y‖^2",
            "‖W_{*2} - y‖^2",
        )
    ),
    *(
        Case(text, "W x", "W: 3 4, x: 4", "(W[1] @ x)**2", SLICE, shapes="W: 3 x 4")
        for text in (
            r"\left(W_{2,:} x\right)^2",
            r"\left(W_{2:} x\right)^2",
            r"(W_{2\cdot} x)^2",
            r"(W_{2*}x)^2",
            r"(W_{2,\bullet}x)^2",
            "(W_{2,:} x)^2",
            "(W_{2:} x)^2",
            "(W_{2·} x)^2",
            "(W_{2*} x)^2",
            "(x' W_{2,:}')^2",
            r"(x^T W_{2,:}^T)^2",
        )
    ),
    Case(r"\|X_{:,1:2} w - y\|^2", "X w", "X: 3 4, w: 2, y: 3", "sq(X[:, :2] @ w - y)", SLICE, shapes="X: 3 x 4"),
    Case("‖X_{:,1:2} w - y‖^2", "X w", "X: 3 4, w: 2, y: 3", "sq(X[:, :2] @ w - y)", SLICE, shapes="X: 3 x 4"),
    Case(r"\|X_{2:3,:} w - y\|^2", "X w", "X: 3 4, w: 4, y: 2", "sq(X[1:] @ w - y)", SLICE, shapes="X: 3 x 4"),
    Case("x_{1:3}' x_{2:4}", "x", "x: 4", "x[:3] @ x[1:]", SLICE, shapes="x: 4"),
    Case(r"\|x_{2:4} - x_{1:3}\|^2", "x", "x: 4", "sq(x[1:] - x[:3])", SLICE, shapes="x: 4"),
    Case(r"W_{:,1}^T W_{:,3}", "W", "W: 3 4", "W[:, 0] @ W[:, 2]", SLICE, shapes="W: 3 x 4"),
    Case(r"\sum_i (y_i - X_{i,:} w)^2", "w X", FIT, "sq(y - X @ w)", SLICE),
    Case(r"\sum_i (y_i - X_{i\cdot} w)^2", "w X", FIT, "sq(y - X @ w)", SLICE),
    Case("Σ_i (y_i - X_{i,:} w)^2", "w X", FIT, "sq(y - X @ w)", SLICE),
    Case("Σ_i (y_i - X[i,:] w)^2", "w X", FIT, "sq(y - X @ w)", SLICE),
    Case("Σ_i y_i log(1 + exp(-X_{i,:} w))", "w", FIT, "y @ log(1 + exp(-X @ w))", SLICE),
    Case(r"\sum_j \|W_{:,j}\|_2", "W", "W: n d", "norm(W, axis=0).sum()", SLICE),
    Case("Σ_j ‖W[:,j]‖", "W", "W: n d", "norm(W, axis=0).sum()", SLICE),
    Case("Σ_i ‖W_{i·}‖", "W", "W: n d", "norm(W, axis=1).sum()", SLICE),
    Case(r"\sum_j c_j\, W_{:,j}^T v", "W", "c: d, W: n d, v: n", "v @ W @ c", SLICE),
    Case(
        r"\sum_j \|X - W_{:,j} H_{j,:}\|_F^2",
        "W H",
        "X: n d, W: n 3, H: 3 d",
        "sum(sq(X - outer(W[:, j], H[j])) for j in range(3))",
        SLICE,
        shapes="W: n x 3",
    ),
    # ------------------------------------------------------------------------- singular values, eigenvalues of a matrix
    *(
        Case(text, "X", "X: n d", meant=ASKED, why=SPECTRAL, meanings=("norm(X, 2)",))
        for text in (r"\sigma_1(X)", r"J = \sigma_1\left(X\right)", "σ_1(X)", "σ₁(X)")
    ),
    *(
        Case(text, "X", "X: n d", "norm(X, 2)", SPECTRAL)
        for text in (
            r"\sigma_{\max}(X)",
            r"\sigma_{max}(X)",
            "σ_max(X)",
            "sigma_max(X)",
            "s_max(X)",
        )
    ),
    Case(r"\sigma_1(X)^2 + \|X\|_F^2", "X", "X: n d", meant=ASKED, why=SPECTRAL, meanings=("norm(X, 2)**2 + sq(X)",)),
    Case(r"\sigma_{\max}(X)^2 + \|X\|_F^2", "X", "X: n d", "norm(X, 2)**2 + sq(X)", SPECTRAL),
    Case(r"\|y - \sigma_{\max}(A) A x\|^2", "x", "y: n, A: n d, x: d", "sq(y - norm(A, 2)*A @ x)", SPECTRAL),
    Case(r"\lambda_{\max}(S)", "S", "S: n n symmetric", "max(np.linalg.eigvalsh(S))", SPECTRAL, noted=True),
    Case(r"\lambda_1(S)", "S", "S: n n symmetric", "max(np.linalg.eigvalsh(S))", SPECTRAL, noted=True),
    Case("λ_1(X'X)", "X", "X: n d", "norm(X, 2)**2", SPECTRAL, noted=True),
    Case("S: n x n symmetric\nρ(S)", "S", "S: n n symmetric", "abs(np.linalg.eigvalsh(S)).max()", SPECTRAL, noted=True),
    Case(r"\kappa(A)", "A", "A: n n invertible", "np.linalg.cond(A)", SPECTRAL, noted=True),
    Case("log κ(A)", "A", "A: n n invertible", "log(np.linalg.cond(A))", SPECTRAL, noted=True),
    Case(r"\rho(S)", "S", says="S: n x n symmetric", why="the spectral radius is there of symmetric matrices"),
    Case("σ_min(X)", "X", says="sqrt(lambda_min(X' X))", why="a function that is not there is refused with a formula"),
    Case(
        r"\lambda_1 (x^Tx) + \lambda_2 \|x\|_1",
        "x",
        "lambda1, x: n, lambda2",
        "lambda1*sq(x) + lambda2*abs(x).sum()",
        "a Greek letter before a bracket is a factor",
    ),
    Case("‖x‖^2 + κ(x'x)", "x", "x: n, kappa", "(1 + kappa)*sq(x)", "a Greek letter before a bracket is a factor"),
    # ------------------------------------------------------------------------------------------- parts of all pairs
    *(
        Case(text, "x", "x: n", "((x[:, None] - x)**2).sum()/2", PAIRS, noted=True)
        for text in (
            "sum_{i<j} (x_i - x_j)^2",
            "Σ_{i>j} (x_j - x_i)^2",
            "Σ_i Σ_{j<i} (x_i - x_j)^2",
            "Σ_{i,j: i<j} (x_i - x_j)^2",
            "1/2 Σ_{i≠j} (x_i - x_j)^2",
            "1/2 Σ_{i!=j} (x_i - x_j)^2",
            "1/2 Σ_i Σ_{j≠i} (x_i - x_j)^2",
            r"\sum_{1 \le i < j \le n} (x_i - x_j)^2",
            r"\sum_{i=1}^n\sum_{j=i+1}^n (x_i - x_j)^2",
            r"\sum_{i}\sum_{j>i} (x_i - x_j)^2",
            r"\frac12\sum_{i \neq j} (x_i - x_j)^2",
            r"\frac12\sum_i\sum_{j \ne i} (x_i - x_j)^2",
        )
    ),
    Case(
        r"\sum_{i \neq j} A_{ij}(x_i - x_j)^2",
        "x A",
        "A: n n, x: n",
        "(A*(x[:, None] - x)**2).sum()",
        PAIRS,
        noted=True,
    ),
    Case("Σ_{i≠j} A_ij x_i x_j", "x A", "A: n n, x: n", "x @ A @ x - diag(A) @ x**2", PAIRS, noted=True),
    Case("Σ_{i≠j} W_ij^2", "W", "W: n n", "sq(W) - sq(diag(W))", PAIRS, noted=True),
    Case("Σ_{i≠j} exp(x_i - 2 x_j)", "x", "x: n", "exp(x[:, None] - 2*x).sum() - exp(-x).sum()", PAIRS, noted=True),
    Case(r"\sum_{i \neq j} (x_i^T x_j)^2", "X", "X: n d", "sq(X @ X.T) - sq(diag(X @ X.T))", PAIRS, noted=True),
    Case(r"\sum_{i<j} (x_i^T x_j)^2", "X", "X: n d", "sq(np.triu(X @ X.T, 1))", PAIRS, noted=True),
    Case(
        r"\sum_i\sum_{j<i} \|x_i - x_j\|^2",
        "X",
        "X: n d",
        "sum(sq(X[i] - X[j]) for i in range(len(X)) for j in range(i))",
        PAIRS,
        noted=True,
    ),
    Case(
        "Σ_{i<j} A_ij x_i x_j",
        "x",
        "A: n n symmetric, x: n",
        "x @ np.triu(A, 1) @ x",
        PAIRS,
        noted=True,
        shapes="A: n x n symmetric",
    ),
    Case("Σ_{i<j} |x_i - x_j|", "x", "x: n", "abs(x[:, None] - x).sum()/2", PAIRS, noted=True),
    Case(
        "Σ_{i<j} (x_i - x_j)(y_i - y_j)",
        "x y",
        "x: n, y: n",
        "((x[:, None] - x)*(y[:, None] - y)).sum()/2",
        PAIRS,
        noted=True,
    ),
    Case("Σ_{i>j} x_i x_j", "x", "x: n", "(x.sum()**2 - sq(x))/2", PAIRS, noted=True),
    Case("Σ_i y_i Σ_{j≠i} A_ij x_j", "x A", "y: n, A: n n, x: n", "y @ A @ x - (y*diag(A)) @ x", PAIRS, noted=True),
    Case("Σ_{i<j} A_ij x_i x_j", "x", says="U = triu(ones(n, n)) - eye(n) | U_ij A_ij x_i x_j", why=PAIRS),
    Case("Σ_{i<j} x_i y_j", "x", says="U_ij x_i y_j", why=PAIRS),
    Case("Σ_{i<j} W_ij^2", "W", says="U_ij W_ij^2", why=PAIRS),
    Case("Σ_{i<j} (x_i - y_j)^2", "x", says="U_ij (x_i - y_j)^2", why=PAIRS),
    Case("Σ_{i<j} (x_i - x_j)^3", "x", says="U_ij (x_i - x_j)^3", why=PAIRS),
    Case("Σ_{i<k} x_i", "x", says="whole dimension", why="partial ranges are refused"),
    Case("Σ_{j≠k} exp(z_j)", "z", says="whole dimension | take away", also=ASKED, why="partial ranges are refused"),
    Case(
        "U = triu(ones(n, n)) - eye(n); Σ_{i,j} U_ij A_ij x_i x_j",
        "x",
        "A: n n, x: n",
        "x @ np.triu(A, 1) @ x",
        "what the refusal of Σ_{i<j} says to write",
    ),
)
