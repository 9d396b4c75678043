r"""LaTeX of lecture notes, papers and question sites: dots and crosses between vectors, samples above, operators."""

from __future__ import annotations

from .case import ASKED, REFUSED, Case

LEAST = "X: n d, w: d, y: n"
DOTS = "a dot between bold letters, or between columns, is the product of vectors"
SAMPLE = "x^{(i)} is row i of X: what is of one sample is of all rows"
CODE = "the code of a Markdown text is read"
CHAIN = "of f = … = … the first right side is read, noted"
POWER = "s^2 = … defines s as the root where s occurs elsewhere, or is the objective"
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
    # ------------------------------------------------------------------------------------------------- samples above
    Case(
        r"p^{(i)} = \operatorname{softmax}(W x^{(i)} + b),\; L = -\sum_i \sum_k y_k^{(i)} \log p_k^{(i)}",
        "W b",
        "W: k d, X: n d, b: k, y: n k onehot",
        "-(y*logsoftmax(X @ W.T + b)).sum()",
        SAMPLE,
    ),
    Case(
        r"z^{(i)} = W x^{(i)} + b,\ \hat y^{(i)} = \text{softmax}(z^{(i)}),\ J = -\frac1m\sum_{i=1}"
        r"^m\sum_k y^{(i)}_k\log\hat y^{(i)}_k",
        "W",
        "W: k d, X: m d, b: k, y: m k onehot",
        "-(y*logsoftmax(X @ W.T + b)).sum()/m",
        SAMPLE,
    ),
    Case(
        r"J = -\frac1m\sum_{i=1}^m {y^{(i)}}^T\log \text{softmax}(W x^{(i)})",
        "W",
        "W: k d, X: m d, Y: m k",
        "-(Y*logsoftmax(X @ W.T)).sum()/m",
        SAMPLE,
    ),
    Case(
        r"\sum_i -y_i^\top \log\operatorname{softmax}(W_2 \tanh(W_1 x_i + b_1) + b_2)",
        "W1 W2 b1",
        "Y: n k, W2: k h, W1: h d, X: n d, b1: h, b2: k",
        "-(Y*logsoftmax(tanh(X @ W1.T + b1) @ W2.T + b2)).sum()",
        SAMPLE,
    ),
    Case(
        r"a^{[1](i)} = \sigma(W^{[1]}x^{(i)} + b^{[1]}),\ J = \sum_i \|a^{[1](i)} - y^{(i)}\|^2",
        "W1",
        "W1: h d, X: n d, b1: h, Y: n h",
        "sq(sigmoid(X @ W1.T + b1) - Y)",
        SAMPLE,
    ),
    Case(
        r"h^{(i)} = f(V x^{(i)}),\ J = \sum_{i} \|U h^{(i)} - y^{(i)}\|^2",
        "U V",
        "V: h d, X: n d, U: k h, Y: n k",
        "sq(f(X @ V.T) @ U.T - Y)",
        SAMPLE,
    ),
    # --------------------------------------------------------------------------------------------------- conditions
    Case(
        r"\max_{w} w^TSw \text{ s.t. } w^Tw = 1",
        "w",
        "w: n, S: n n",
        "w @ S @ w",
        "a condition is left out, noted",
        noted=True,
    ),
    Case(
        r"\min_x \tfrac12\|x - v\|^2 \quad \text{subject to} \quad \|x\|_1 \le 1",
        "x",
        "x: n, v: n",
        "sq(x - v)/2",
        "a condition is left out, noted",
        noted=True,
    ),
    Case(r"\min_x \|z\|^2 \text{ such that } z = Ax-c", "x", "A: m n, x: n, c: m", "sq(A @ x - c)", also="asked"),
    # ------------------------------------------------------------------------------------------------------ Markdown
    Case(
        "The forward pass:\n\n    z2 = W1 x + b1\n    a2 = sigmoid(z2)\n    J = 1/2 ||a2 - y||^2\n\nHow "
        "do I get dJ/dW1?",
        "W1",
        "W1: h d, x: d, b1: h, y: h",
        "sq(sigmoid(W1 @ x + b1) - y)/2",
        CODE,
    ),
    Case(
        "My loss is\n\n```python\ndef loss(w):\n    r = X @ w - y\n    return np.sum(r**2)\n```\n\nWhat "
        "is its gradient?",
        "w",
        LEAST,
        "sq(X @ w - y)",
        CODE,
    ),
    Case("```\nJ = x'A x\n```", "x", "x: n, A: n n", "x @ A @ x", CODE),
    Case(
        "In MATLAB I have\n\n~~~matlab\nJ = sum(mean((X*W - Y).^2));\n~~~\n",
        "W",
        "X: n d, W: d k, Y: n k",
        "sq(X @ W - Y)/n",
        CODE,
    ),
    Case(
        "Let $X$ be a matrix. Define\n$$f(\\beta)=(y-X\\beta)^T(y-X\\beta)$$\nFind $\\nabla f$.",
        "beta",
        "y: n, X: n d, beta: d",
        "sq(y - X @ beta)",
    ),
    Case(
        "I have $$\\ell(\\mu, \\Sigma) = -\\frac{m}{2}\\log\\det\\Sigma - \\frac{1}{2}\\sum_{i=1}^m "
        "(x^{(i)}-\\mu)^T\\Sigma^{-1}(x^{(i)}-\\mu)$$ Why is $\\frac{\\partial}{\\partial \\Sigma}\\ell ="
        " -\\frac m2\\Sigma^{-1} + \\ldots$?",
        "Sigma mu",
        "X: m d, mu: d, Sigma: d d spd",
        "-m/2*logdet(Sigma) - ((X - mu) @ inv(Sigma)*(X - mu)).sum()/2",
    ),
    # ---------------------------------------------------------------------------------------- with declared shapes
    Case(
        r"\text{Let } A\in\mathbb{R}^{m\times n},\ b\in\mathbb{R}^m,\ x\in\mathbb{R}^n. \quad f(x)="
        r"\tfrac12\|Ax-b\|_2^2+\tfrac{\mu}{2}\|x\|_2^2",
        "x",
        "A: m n, b: m, x: n, mu",
        "sq(A @ x - b)/2 + mu/2*sq(x)",
    ),
    Case(
        r"X\in\mathbb{R}^{n\times d}, W\in\mathbb{R}^{d\times k}, b\in\mathbb{R}^{k}, Y\in\mathbb{R}"
        r"^{n\times k}:\quad \mathcal{L}=\frac{1}{2n}\left\|XW+\mathbf{1}b^\top-Y\right\|_F^2",
        "W b",
        "X: n d, W: d k, b: k, Y: n k",
        "sq(X @ W + b - Y)/(2*n)",
    ),
    Case(
        r"\newcommand{\tr}{\operatorname{tr}}\newcommand{\T}{^{\mathsf T}} \tr\left(A\T X B X\T\right)",
        "X",
        "A: n n, X: n d, B: d d",
        "tr(A.T @ X @ B @ X.T)",
    ),
    Case(
        r"\def\bx{\mathbf x}\def\bA{\mathbf A} \frac{\bx^\top\bA\bx}{\bx^\top\bx}",
        "x",
        "A: n n, x: n",
        "x @ A @ x/(x @ x)",
    ),
    Case(
        r"\begin{align*} H &= \tanh(XW_1 + \mathbf{1}b_1^\top)\\ \hat Y &= HW_2 \\ \mathcal{L} &= \|\hat "
        r"Y - Y\|_F^2 + \lambda\left(\|W_1\|_F^2+\|W_2\|_F^2\right)\end{align*}",
        "W1 W2 b1",
        "X: n d, W1: d h, b1: h, W2: h k, Y: n k, lambda",
        "sq(tanh(X @ W1 + b1) @ W2 - Y) + lambda_*(sq(W1) + sq(W2))",
    ),
    Case(
        r"\left\| \begin{bmatrix} A \\ \sqrt{\lambda}\, I \end{bmatrix} x - \begin{bmatrix} b \\ 0 "
        r"\end{bmatrix} \right\|_2^2",
        "x",
        "A: m n, x: n, b: m, lambda positive",
        "sq(A @ x - b) + lambda_*sq(x)",
        shapes="A: m x n; b: m; x: n",
        also=REFUSED,
    ),
    Case(
        r"\operatorname{vec}(X)^\top (B^\top\otimes A)\operatorname{vec}(X)",
        "X",
        "X: m n, A: m m, B: n n",
        "(X*(A @ X @ B)).sum()",
    ),
    Case(
        r"\|(I\otimes A)\operatorname{vec}(X) - \operatorname{vec}(C)\|^2",
        "X",
        "A: m n, X: n k, C: m k",
        "sq(A @ X - C)",
        shapes="A: m x n; X: n x k; C: m x k",
    ),
    Case(
        r"\log\det\left(\Sigma\right)+\operatorname{Tr}\left[\Sigma^{-1}\left(S+(\mu-m)(\mu-m)^{\mathsf T}"
        r"\right)\right]",
        "Sigma mu",
        "Sigma: n n spd, S: n n, mu: n, m: n",
        "logdet(Sigma) + tr(inv(Sigma) @ (S + outer(mu - m, mu - m)))",
    ),
    Case(
        r"\frac12\left[\operatorname{tr}(\Sigma_2^{-1}\Sigma_1)+(\mu_2-\mu_1)^\top\Sigma_2^{-1}"
        r"(\mu_2-\mu_1)-k+\ln\frac{\det\Sigma_2}{\det\Sigma_1}\right]",
        "Sigma1 mu1",
        "Sigma2: n n spd, Sigma1: n n spd, mu2: n, mu1: n, k",
        "(tr(inv(Sigma2) @ Sigma1) + (mu2 - mu1) @ inv(Sigma2) @ (mu2 - mu1) - k + logdet(Sigma2) - logdet(Sigma1))/2",
    ),
    Case(
        r"-\frac{n}{2}\ln(2\pi) - \frac n2\ln\sigma^2 - \frac{1}{2\sigma^2}(y-X\beta)^\top(y-X\beta)",
        "beta sigma",
        "y: n, X: n d, beta: d, sigma positive",
        "-n/2*log(2*pi) - n/2*log(sigma**2) - sq(y - X @ beta)/(2*sigma**2)",
        shapes="y: n; X: n x d",
        also=ASKED,
    ),
    Case(
        r"\sum_{i=1}^{n}\left[ y_i\,\mathbf{x}_i^\top\boldsymbol\beta - \ln\left(1+e^{\mathbf{x}"
        r"_i^\top\boldsymbol\beta}\right)\right]",
        "beta",
        "y: n, X: n d, beta: d",
        "y @ (X @ beta) - np.log1p(exp(X @ beta)).sum()",
    ),
    Case(
        r"\sum_{i=1}^{n}\left(y_i \mathbf{x}_i^\top\beta - e^{\mathbf{x}_i^\top\beta} - \log(y_i!)\right)",
        "beta",
        meant=REFUSED,
        also=ASKED,
    ),
    Case(
        r"L(w)=\sum_{i=1}^{N}\log\left(1+\exp\left(-y^{(i)}w^{\top}x^{(i)}\right)\right)+\frac{\lambda}{2}"
        r"w^{\top}w",
        "w",
        "w: d, y: N signs, X: N d, lambda",
        "np.log1p(exp(-y*(X @ w))).sum() + lambda_/2*sq(w)",
    ),
    Case(
        r"\frac{1}{N}\sum_{n=1}^{N}\left\lVert \mathbf{x}_n-\mathbf{W}\mathbf{W}^{\top}\mathbf{x}"
        r"_n\right\rVert_2^{2}",
        "W",
        "X: N d, W: d k",
        "sq(X - X @ W @ W.T)/N",
    ),
    Case(
        r"\min_{U,V}\ \tfrac{1}{2}\left\|P\odot(UV^{\top}-M)\right\|_F^2+\tfrac{\lambda}{2}"
        r"\left(\|U\|_F^2+\|V\|_F^2\right)",
        "U V",
        "P: n m, U: n k, V: m k, M: n m, lambda",
        "sq(P*(U @ V.T - M))/2 + lambda_/2*(sq(U) + sq(V))",
    ),
    Case(
        r"\underbrace{\|y-X\beta\|_2^2}_{\text{fit}} + \lambda_1\underbrace{\|\beta\|_1}_{\text{lasso}} + "
        r"\lambda_2\overbrace{\|\beta\|_2^2}^{\text{ridge}}",
        "beta",
        "y: n, X: n d, beta: d, lambda1, lambda2",
        "sq(y - X @ beta) + lambda1*abs(beta).sum() + lambda2*sq(beta)",
    ),
    Case(
        r"f(\mathbf{x}) = \log\left(\sum_{i=1}^{m}\exp(\mathbf{a}_i^{\top}\mathbf{x}+b_i)\right)",
        "x",
        "A: m n, x: n, b: m",
        "lse(A @ x + b)",
    ),
    Case(
        r"\phi(x) = -\sum_{i=1}^{m}\log(b_i+(a_i^{T}x)^2)",
        "x",
        "b: m positive, A: m n, x: n",
        "-log(b + (A @ x)**2).sum()",
        shapes="b: m positive",
    ),
    Case(
        r"E = \tfrac12 \|W\sigma(V\mathbf{x}) - \mathbf{t}\|^2",
        "W V",
        "W: k h, V: h d, x: d, t: k",
        "sq(W @ sigmoid(V @ x) - t)/2",
    ),
    Case(r"\operatorname{tr}\left\{(X^{\mathsf T}X)^{-1}\right\}", "X", "X: n d", "tr(inv(X.T @ X))"),
    Case(r"\det(A+uv^{\mathsf T})", "u A", "A: n n, u: n, v: n", "det(A + outer(u, v))"),
    Case(r"\ln\left|X^\top X\right|", "X", "X: n d", "logdet(X.T @ X)"),
    Case(r"\|X^{-1}\|_F^2", "X", "X: n n invertible", "sq(inv(X))"),
    Case(r"\operatorname{trace}\!\left[(Y-BX)^{\!\top}\!(Y-BX)\right]", "B", "Y: n m, B: n k, X: k m", "sq(Y - B @ X)"),
    Case(
        r"\mathrm{Tr}\,X^{T}AX - 2\,\mathrm{Tr}\,B^{T}X",
        "X",
        "X: n d, A: n n, B: n d",
        "tr(X.T @ A @ X) - 2*tr(B.T @ X)",
    ),
    Case(
        r"\mathbf{1}^{\top}\left(\mathbf{y}\odot\log\mathbf{p}\right)", "p", "y: n, p: n positive", "(y*log(p)).sum()"
    ),
    Case(
        r"J=-\mathbf{y}^{\top}\log\hat{\mathbf{y}},\quad \hat{\mathbf{y}}=\operatorname{softmax}"
        r"(\mathbf{W}\mathbf{h}+\mathbf{b})",
        "W h",
        "y: k, W: k d, h: d, b: k",
        "-y @ logsoftmax(W @ h + b)",
    ),
    Case(
        r"\operatorname{Attention}=\operatorname{softmax}\left(\frac{QK^{\top}}{\sqrt{d_k}}\right)V,\quad "
        r"L=\langle G,\operatorname{Attention}\rangle",
        "Q V",
        "Q: n p, K: m p, d_k positive, V: m q, G: n q",
        "(softmax(Q @ K.T/np.sqrt(d_k)) @ V*G).sum()",
        also=f"{REFUSED} {ASKED}",
    ),
    Case(
        r"s=\frac{\mathbf{u}^{\top}\mathbf{v}}{\|\mathbf{u}\|_2\|\mathbf{v}\|_2}",
        "u",
        "u: n, v: n",
        "u @ v/(norm(u)*norm(v))",
    ),
    Case(
        r"\frac{1}{2}\sum_{i=1}^n\sum_{j=1}^n w_{ij}(f_i-f_j)^2", "f", "w: n n, f: n", "(w*(f[:, None] - f)**2).sum()/2"
    ),
    Case(
        r"\sum_{i,j} W_{ij}\|y_i-y_j\|^2",
        "Y",
        "W: n n, Y: n d",
        "(W*((Y[:, None] - Y)**2).sum(-1)).sum()",
        shapes="Y: n x d",
        also=REFUSED,
    ),
    Case(
        r"\sum_{i=1}^n \rho\,(y_i - x_i^{\top}\beta)^2",
        "beta",
        "rho, y: n, X: n d, beta: d",
        "rho*sq(y - X @ beta)",
        also=f"{ASKED} {REFUSED}",
    ),
    Case(
        r"Q=\sum_{k}\gamma_k\left[-\tfrac12\log\det\Sigma-\tfrac12(x_k-\mu)^{\top}\Sigma^{-1}(x_k-\mu)\right]",
        "mu Sigma",
        "gamma: n, X: n d, mu: d, Sigma: d d spd",
        "-gamma.sum()/2*logdet(Sigma) - (gamma*((X - mu) @ inv(Sigma)*(X - mu)).sum(1)).sum()/2",
    ),
    Case(r"\mathbb{E}\left[\|x - Ax\|^2\right]", "A", meant=REFUSED),
    Case(r"\left.\frac{\partial f}{\partial x}\right|_{x=0}", "x", meant=REFUSED),
    Case(
        r"f(X)=\|AXB-C\|_F^2,\qquad X\in\mathbb R^{p\times q}",
        "X",
        "A: m p, X: p q, B: q n, C: m n",
        "sq(A @ X @ B - C)",
    ),
    Case(r"\frac{\partial}{\partial X}\left\lVert X\right\rVert_{*}", "X", "X: n d", "norm(X, 'nuc')"),
    Case(
        r"\sigma(x)=\frac{1}{1+e^{-x}},\quad L=-\sum_i \left[y_i\log\sigma(w^{\top}x_i)+(1-y_i)"
        r"\log(1-\sigma(w^{\top}x_i))\right]",
        "w",
        "y: n, w: d, X: n d",
        "p = sigmoid(X @ w); -(y*log(p) + (1 - y)*log(1 - p)).sum()",
    ),
    Case(
        r"g = \mathbf{a}^{\mathrm{T}}\mathbf{X}^{-1}\mathbf{b}",
        "X a",
        "a: n, X: n n invertible, b: n",
        "a @ inv(X) @ b",
    ),
    Case(
        r"\exp\left\{-\tfrac{1}{2\ell^2}\|\mathbf{x}-\mathbf{z}\|^2\right\}",
        "x",
        "ell positive, x: n, z: n",
        "exp(-sq(x - z)/(2*ell**2))",
    ),
    Case(
        r"\frac{1}{2}\mathbf{w}^{\intercal}\mathbf{w} + C\sum_{i=1}^{n}\xi_i",
        "w xi",
        "w: d, C, xi: n",
        "sq(w)/2 + C*xi.sum()",
    ),
    Case(
        r"\|\mathbf{D}^{-1/2}\mathbf{x}\|_2^2",
        "x",
        "D: n n spd, x: n",
        "x @ inv(D) @ x",
        shapes="D: n x n pd",
        also=REFUSED,
    ),
    Case(
        r"\operatorname{diag}(\mathbf{d})\mathbf{X}\mathbf{w}=\mathbf{z},\quad J=\|\mathbf{z}\|^2",
        "w",
        meant=REFUSED,
        also=ASKED,
    ),
    Case(
        r"\bigl\|\mathbf{y}-\Phi\mathbf{w}\bigr\|^{2}+\alpha\,\mathbf{w}^{\top}\mathbf{w}",
        "w",
        "y: n, Phi: n d, w: d, alpha",
        "sq(y - Phi @ w) + alpha*sq(w)",
    ),
    Case(
        r"\mathcal{E}(\mathbf{v},\mathbf{h})=-\mathbf{a}^{\top}\mathbf{v}-\mathbf{b}^{\top}\mathbf{h}"
        r"-\mathbf{v}^{\top}\mathbf{W}\mathbf{h}",
        "W v",
        "a: n, v: n, b: m, h: m, W: n m",
        "-a @ v - b @ h - v @ W @ h",
    ),
    Case(r"\sum_{t=1}^{T}\left(y_t-\phi y_{t-1}\right)^2", "phi", meant=REFUSED, also=ASKED),
    Case(r"\frac{1}{2}\int_0^1 \|u\|^2\,dt", "u", meant=REFUSED),
    Case(
        r"\mathbf{K}=\exp(-\gamma\,\mathbf{D}),\quad \ell=\mathbf{y}^{\top}\mathbf{K}\mathbf{y}",
        "gamma D",
        "gamma, D: n n, y: n",
        "y @ exp(-gamma*D) @ y",
    ),
    Case(r"\left(\sum_{i=1}^n x_i^2\right)^{1/2}", "x", "x: n", "norm(x)"),
    Case(r"\left(\sum_{i} |x_i|^{3}\right)^{1/3}", "x", "x: n", "(abs(x)**3).sum()**(1/3)"),
    Case(r"\max_i x_i", "x", meant=REFUSED, also=ASKED),
    Case(r"\|x\|_p^p", "x", says="|x_i|^p"),
    Case(r"\mathrm{KL}(p\|q)+\sum_i q_i", "q", says="a divergence is not read"),
    Case(r"\frac{N}{2}\ln 2\pi + \tfrac12 x^Tx", "x", "N, x: n", "N/2*log(2*pi) + sq(x)/2"),
    Case(
        r"\begin{align} f(x) &= \|Ax-c\|^2 \\ &= (Ax-c)^T(Ax-c) \end{align}",
        "x",
        "A: m n, x: n, c: m",
        "sq(A @ x - c)",
        CHAIN,
        noted=True,
    ),
    Case(r"J = L = \frac12 r^Tr = \frac12\|r\|^2,\quad r = Xw - y", "w", LEAST, "sq(X @ w - y)/2", CHAIN, noted=True),
    Case(
        r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $\mu=\frac1m\sum_i x_i$, $\sigma^2="
        r"\frac1m\sum_i(x_i-\mu)^2$, $y_i=\gamma\hat x_i+\beta$, $L = \sum_i g_i y_i$",
        "x gamma",
        "x: n, epsilon positive, m positive, gamma, beta, g: n",
        "mu = x.sum()/m; s = sq(x - mu)/m; g @ (gamma*(x - mu)/np.sqrt(s + epsilon) + beta)",
        POWER,
    ),
    Case(
        r"\chi^2 = (y-Ax)^T\Sigma^{-1}(y-Ax)",
        "x",
        "y: n, A: n d, x: d, Sigma: n n spd",
        "(y - A @ x) @ inv(Sigma) @ (y - A @ x)",
        POWER,
    ),
    Case(r"R^2 = 1 - \frac{\|y-Xw\|^2}{\|y\|^2}", "w", LEAST, "1 - sq(y - X @ w)/sq(y)", POWER),
    Case(
        r"S_{ij} = q_i^\top k_j / \sqrt{d},\; A_{ij} = \frac{e^{S_{ij}}}{\sum_l e^{S_{il}}},\; o_i = "
        r"\sum_j A_{ij} v_j,\; L = \sum_i \|o_i - t_i\|^2",
        "Q V",
        "Q: n p, K: m p, d positive, V: m q, T: n q",
        "sq(softmax(Q @ K.T/np.sqrt(d)) @ V - T)",
        "a norm makes o_i a vector, and v_j with it",
    ),
    Case(
        r"\frac12\|w\|^2 - \sum_i\alpha_i\left[y_i(w^T x_i+b)-1\right]",
        "w alpha",
        "w: d, alpha: n, y: n signs, X: n d, b",
        "sq(w)/2 - alpha @ (y*(X @ w + b) - 1)",
        "square brackets around a factor are no index",
    ),
    Case(
        r"\lambda[x-y]^T[x-y]",
        "x",
        "lambda, x: n, y: n",
        "lambda_*sq(x - y)",
        "square brackets around a factor are no index",
    ),
    Case(
        r"\mathrm{d}\operatorname{tr}(X^{-1}A)",
        "X",
        "X: n n invertible, A: n n",
        "tr(inv(X) @ A)",
        "d before a function is left out, noted",
        noted=True,
    ),
    Case(
        r"y_i=\mathbf{x}_i\cdot\boldsymbol\beta,\ \sum_i(y_i-t_i)^2",
        "beta",
        "X: n d, beta: d, t: n",
        "sq(X @ beta - t)",
        "an expression may follow definitions",
    ),
    Case(r"r = y - Xw, \|r\|^2", "w", LEAST, "sq(y - X @ w)", "an expression may follow definitions"),
    Case(r"\|A\|_{\mathrm{op}}", "A", "A: n m", "norm(A, 2)", noted=True),
    Case(
        r"\|y-Hx\|_{R^{-1}}^2", "x", "y: n, H: n d, x: d, R: n n spd", "(y - H @ x) @ inv(R) @ (y - H @ x)", noted=True
    ),
    Case(r"\|x\|_0", "x", says="has no slope"),
    Case(
        r"\sum_{i=1}^n \log \sum_{k=1}^K \pi_k \exp(-\tfrac12 \|x_i-\mu_k\|^2)",
        "pi Mu",
        "pi: K positive, X: n d, Mu: K d",
        "log(exp(-((X[:, None] - Mu)**2).sum(-1)/2) @ pi).sum()",
        "pi with an index and nowhere alone is a name",
    ),
    Case(
        r"-\sum_k \pi_k \log q_k",
        "q",
        "pi: n positive, q: n positive",
        "-(pi*log(q)).sum()",
        "pi with an index and nowhere alone is a name",
    ),
    Case(r"\sum_k \pi_k\log(2\pi x_k)", "x", says="alone is a constant"),
    Case(r"\sum_i[1-y_i w^Tx_i]_+", "w", "y: n signs, w: d, X: n d", "relu(1 - y*(X @ w)).sum()", "[x]_+ is max(0, x)"),
    Case(r"\left(1-a^\top x\right)_+^2", "x", "a: n, x: n", "relu(1 - a @ x)**2", "[x]_+ is max(0, x)"),
    Case(
        r"\|X\theta-y\|^2 + \|\theta-\theta^{\text{old}}\|^2",
        "theta theta_old",
        "X: n d, y: n, theta: d, theta_old: d",
        "sq(X @ theta - y) + sq(theta - theta_old)",
        "a word above is a part of the name",
        shapes="theta_old: d",
    ),
    Case(r"\delta_{ij} x_i x_j", "x", meant=ASKED, why="repeated indices without a sum are asked"),
    Case(r"\epsilon_{ijk}a_ib_jc_k", "a", meant=REFUSED, also=ASKED, why="repeated indices without a sum are asked"),
    Case(r"\alpha_i x_i", "x", meant=ASKED, why="repeated indices without a sum are asked"),
    Case(r"\mu_x^2 + \sigma_x", "mu_x", "mu_x, sigma_x", "mu_x**2 + sigma_x", "x says whose a Greek letter is"),
    Case(
        r"\ln\Gamma\left(\sum_k\alpha_k\right) - \sum_k\ln\Gamma(\alpha_k) + \sum_k(\alpha_k-1)\log x_k",
        "alpha",
        "alpha: n positive, x: n positive",
        "lgamma(alpha.sum()) - lgamma(alpha).sum() + (alpha - 1) @ log(x)",
        "the logarithm of Gamma(x) is lgamma(x)",
    ),
    Case(
        r"X \in \mathbb{R}^{m \times n}, \theta \in \mathbb{R}^{n}.\ J(\theta) = \frac{1}{2m} (X\theta - "
        r"y)^T(X\theta - y)",
        "theta",
        "X: m n, theta: n, y: m",
        "sq(X @ theta - y)/(2*m)",
        "a full stop ends a sentence",
    ),
)
