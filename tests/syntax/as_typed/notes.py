r"""LaTeX of lecture notes, papers and question sites: dots and crosses between vectors, samples above, operators."""

from __future__ import annotations

from .case import ASKED, Case

LEAST = "X: n d, w: d, y: n"
DOTS = "a dot between bold letters, or between columns, is the product of vectors"
CROSSES = "a cross between bold letters is the cross product"

CASES = (
    # --------------------------------------------------------------------------------------------- dots and crosses
    Case(
        r"\frac{1}{n}\sum_{i=1}^n\ln(1+\exp(-y_i\,\mathbf{w}\cdot\mathbf{x}_i))",
        "w",
        "X: n d, w: d, y: n signs",
        "np.log1p(exp(-y*(X @ w))).sum()/n",
        DOTS,
    ),
    Case(
        r"\sum_i\alpha_i-\frac12\sum_{i,j}\alpha_i\alpha_jy_iy_j\mathbf x_i\cdot\mathbf x_j",
        "alpha",
        "alpha: n, y: n signs, X: n d",
        "alpha.sum() - sq(X.T @ (alpha*y))/2",
        DOTS,
    ),
    Case(
        r"\sum_i \log\sigma(y_i\,\vec w\cdot\vec x_i)",
        "w",
        "X: n d, w: d, y: n signs",
        "log(sigmoid(y*(X @ w))).sum()",
        DOTS,
    ),
    Case(r"\mathbf{x}\cdot\mathbf{A}\mathbf{x}", "x A", "x: n, A: n n", "x @ A @ x", DOTS),
    Case(r"(\mathbf x-\mathbf y)\cdot\mathbf z", "x", "x: n, y: n, z: n", "(x - y) @ z", DOTS),
    Case(r"\mathbf w\cdot(\mathbf x-\mathbf z)^{\top}", "w", meant=ASKED, also="refused"),
    Case(r"(\mathbf{X}\mathbf{w}-\mathbf{y})\cdot(\mathbf{X}\mathbf{w}-\mathbf{y})", "w", LEAST, "sq(X @ w - y)", DOTS),
    Case(
        r"\mathbf{A}^{-1}(\mathbf x - \mathbf m)\cdot(\mathbf x-\mathbf m)",
        "x A",
        "A: n n invertible, x: n, m: n",
        "(x - m) @ inv(A) @ (x - m)",
        DOTS,
    ),
    Case(r"\mathbf w\cdot\phi(\mathbf V\mathbf x)", "w V", "w: n, V: n d, x: d", "w @ phi(V @ x)", DOTS),
    Case(r"\exp(-\beta\,\mathbf{x}\cdot\mathbf{y})", "x", "beta, x: n, y: n", "exp(-beta*(x @ y))", DOTS),
    Case(
        r"\mathbf{a}\cdot\mathbf{b}\,\mathbf{c}\cdot\mathbf{d}",
        "a c",
        "a: n, b: n, c: m, d: m",
        "(a @ b)*(c @ d)",
        DOTS,
    ),
    Case(r"\|\mathbf x\|\,\mathbf x\cdot\mathbf y/\|\mathbf y\|", "x y", "x: n, y: n", "norm(x)*(x @ y)/norm(y)", DOTS),
    Case(r"x\in\mathbb{R}^n, A\in\mathbb{R}^{n\times n}, f = x\cdot A x", "x", "x: n, A: n n", "x @ A @ x", DOTS),
    Case(r"f = \lambda\cdot u\cdot v", "u", "lambda, u: n, v: n", "lambda_*(u @ v)", DOTS, shapes="u: n; v: n"),
    Case("loss = x @ A @ x - 2*b @ x", "x", "x: n, A: n n, b: n", "x @ A @ x - 2*b @ x", DOTS, shapes="b: n"),
    Case("J = (X @ w - y) @ (X @ w - y)", "w", LEAST, "sq(X @ w - y)", DOTS),
    Case(r"\sum_i (w\cdot x_i)^2", "w", "X: n d, w: d", "sq(X @ w)", DOTS, shapes="w: d; X: n x d"),
    Case(r"\sum_i (y_i - w\cdot x_i)^2", "w", meant=ASKED, why=DOTS),
    Case(r"\mathbf{a}\cdot(\mathbf{b}\times\mathbf{c})", "a b", "a: 3, b: 3, c: 3", "a @ np.cross(b, c)", CROSSES),
    Case(r"\mathbf{a}\times\mathbf{b}\cdot\mathbf{c}", "a", "a: 3, b: 3, c: 3", "np.cross(a, b) @ c", CROSSES),
    Case(r"\|\vec r\times\vec v\|^2", "r v", "r: 3, v: 3", "sq(np.cross(r, v))", CROSSES),
    Case(r"\|\mathbf r\times\mathbf F\|^2", "r", meant=ASKED, why=CROSSES),
    Case(r"2\times\mathbf x\cdot\mathbf y", "x", "x: n, y: n", "2*(x @ y)", DOTS),
)
