r"""LaTeX and Markdown as it stands in papers, lecture notes and questions, with remarks beside the objective."""

from __future__ import annotations

from .case import ASKED, REFUSED, Case

LEAST = "X: n d, w: d, y: n"
BESIDE = "what a text says beside the objective and defines nothing is left out, noted"
LEFT = "what stands to the left of = and is no name says what stands to the right of it"
LISTED = "x_1, \\dots, x_n is the vector x"
SETS = "\\in a set declares what it says of sizes"
BRACES = "curly brackets are brackets"
INNER = "\\langle A, B\\rangle is A : B"
INDICATOR = "\\mathbb 1[…] is 1 where what is in the brackets holds"
WEIGHTED = "\\|x\\|_Q^2 is x'Qx, noted"
PRODUCT = "(UV)_{ij} is an entry of the product"
MODEL = "a model, a solution and a value to begin with are no definitions for the objective"
WHICH = "the objective is what the text asks the derivative of; two are asked"

FORMULAS = (
    Case(r"\mathcal{L}(\theta;\mathcal{D}) = \frac{1}{N}\|\Phi\theta - t\|_2^2 + \frac{\alpha}{2}\theta^\top"
         r"\theta", "theta", "N positive, Phi: n d, theta: d, t: n, alpha",
         "sq(Phi @ theta - t)/N + alpha/2*sq(theta)", LEFT),
    Case(r"\ln p(\mathbf{t}\mid\mathbf{w},\beta) = \frac{N}{2}\ln\beta - \frac{\beta}{2}\|\mathbf{t}-\Phi"
         r"\mathbf{w}\|^2", "w beta", "N, t: n, w: d, beta positive, Phi: n d",
         "N/2*log(beta) - beta/2*sq(t - Phi @ w)", LEFT, noted=True),
    Case(r"\log p(y|X,\beta,\sigma) = -n\log\sigma - \frac{1}{2\sigma^2}\|y-X\beta\|_2^2", "beta sigma",
         "n, y: m, X: m d, beta: d, sigma positive", "-n*log(sigma) - sq(y - X @ beta)/(2*sigma**2)", LEFT,
         noted=True),
    Case(r"-\log L(\mu) = \frac12 (x-\mu)^\top P (x-\mu)", "mu", "x: n, mu: n, P: n n", "(x - mu) @ P @ (x - mu)/2",
         LEFT, noted=True),
    Case(r"D_{\mathrm{KL}}(p\,\|\,q) = \sum_i p_i \log\frac{p_i}{q_i}", "q", "p: n positive, q: n positive",
         "(p*log(p/q)).sum()", LEFT, noted=True),
    Case(r"\mathrm{KL}(\mathcal N_0\|\mathcal N_1)=\frac12\left(\operatorname{tr}(S^{-1}C)+(\mu-m)^\top "
         r"S^{-1}(\mu-m)-\ln\det C+\ln\det S\right)", "mu S", "S: n n spd, C: n n spd, mu: n, m: n",
         "(tr(inv(S) @ C) + (mu - m) @ inv(S) @ (mu - m) - logdet(C) + logdet(S))/2", LEFT,
         shapes="S: n x n; C: n x n; mu: n; m: n", noted=True),
    Case(r"\ell(\beta,\tau)=\frac{n}{2}\log\tau-\frac{\tau}{2}\sum_{i=1}^{n}\{y_i-x_i^\top\beta\}^2", "beta tau",
         "X: n d, beta: d, y: n, tau positive", "n/2*log(tau) - tau/2*sq(y - X @ beta)", LEFT),
    Case(r"\frac{N}{2}\left\{\ln\det C + \operatorname{tr}(C^{-1}S)\right\}", "C", "N, C: n n spd, S: n n",
         "N/2*(logdet(C) + tr(inv(C) @ S))", BRACES, noted=True),
    Case(r"-\frac{N}{2}\big\{D\ln(2\pi)+\ln|C|+\operatorname{Tr}(C^{-1}S)\big\},\quad C=WW^\top+\sigma^2 I",
         "W sigma", "N, D, W: n k, sigma positive, S: n n",
         "C = W @ W.T + sigma**2*eye(n); -N/2*(D*log(2*pi) + logdet(C) + tr(inv(C) @ S))", BRACES,
         shapes="W: n x k; S: n x n; D: scalar", noted=True),
    Case(r"\frac1n\sum_{i=1}^n \log\left(1+e^{-y_i\langle w, x_i\rangle}\right)", "w", "X: n d, w: d, y: n signs",
         "np.log1p(exp(-y*(X @ w))).mean()", INNER),
    Case(r"\sum_{i=1}^{m}\max\{0,\,1-y_i(\langle x_i, w\rangle+b)\}+\frac{\lambda}{2}\|w\|^2", "w",
         "X: m d, y: m signs, w: d, b, lambda", "relu(1 - y*(X @ w + b)).sum() + lambda_/2*sq(w)", INNER),
    Case(r"\sum_{i,j}(R_{ij}-\langle u_i,v_j\rangle)^2", "U V", "R: n m, U: n k, V: m k", "sq(R - U @ V.T)", INNER,
         shapes="U: n x k; V: m x k"),
    Case(r"\sum_{i=1}^n \mathbb{1}[x_i>0]\,x_i^2", "x", "x: n", "(x**2*(x > 0)).sum()", INDICATOR),
    Case(r"\sum_i w_i \mathbf{1}\{x_i \ge 0\} x_i", "x w", "x: n, w: n", "(w*x*(x >= 0)).sum()", INDICATOR),
    Case(r"\|Ax-b\|_{\Sigma^{-1}}^2+\|x\|_2^2", "x", "A: m n, x: n, b: m, Sigma: m m spd",
         "(A @ x - b) @ inv(Sigma) @ (A @ x - b) + sq(x)", WEIGHTED, noted=True),
    Case(r"\frac12\|x-\mu\|_{P}^{2}", "x mu", "x: n, mu: n, P: n n spd", "(x - mu) @ P @ (x - mu)/2", WEIGHTED,
         noted=True),
    Case(r"\lambda\mathbf{1}^\top|w|+\frac12\|Xw-y\|_2^2", "w", "lambda, w: d, X: n d, y: n",
         "lambda_*abs(w).sum() + sq(X @ w - y)/2"),
    Case(r"\sum_{i,j}\left(V_{ij}\log\frac{V_{ij}}{(WH)_{ij}}-V_{ij}+(WH)_{ij}\right)", "W H",
         "V: n m positive, W: n k positive, H: k m positive", "P = W @ H; (V*log(V/P) - V + P).sum()", PRODUCT),
    Case(r"\sum_{i=1}^m \exp\left(b_i-(Ax)_i\right)", "x", "b: m, A: m n, x: n", "exp(b - A @ x).sum()", PRODUCT),
    Case(r"\sum_i \left(y_i-(Xw)_i\right)^2+\lambda\sum_j|w_j|", "w", "y: n, X: n d, w: d, lambda",
         "sq(y - X @ w) + lambda_*abs(w).sum()", PRODUCT),
    Case(r"\sigma_{\max}(X)+\lambda\|X\|_F^2", "X", "X: n m, lambda", "norm(X, 2) + lambda_*sq(X)"),
    Case(r"\operatorname{tr}(X^{-1\top}A)", "X", "X: n n invertible, A: n n", "tr(inv(X).T @ A)"),
    Case(r"J(\theta)=\frac{1}{2m}\sum_{i=1}^m\left(h_\theta(x^{(i)})-y^{(i)}\right)^2,\qquad h_\theta(x)="
         r"\theta^Tx", "theta", "y: m, X: m d, theta: d", "sq(X @ theta - y)/(2*m)"),
    Case(r"\|Ax-b\|_2^2 \to \min_x", "x", "A: m n, x: n, b: m", "sq(A @ x - b)", "words before an objective"),
    Case(r"\|Ax-b\|_2^2 \rightarrow \min", "x", "A: m n, x: n, b: m", "sq(A @ x - b)", "words before an objective"),
    Case(r"\min_{U^\top U=I}\|X-UU^\top X\|_F^2", "U", "X: n d, U: n k", "sq(X - U @ U.T @ X)", noted=True),
    Case(r"\max_{\|w\|_2=1} w^\top C w", "w", "w: n, C: n n", "w @ C @ w", noted=True),
    Case(r"f(x)=x^\top A x,\quad A^\top=A", "x", "x: n, A: n n symmetric", "x @ A @ x", BESIDE),
    Case(r"f(U)=\operatorname{tr}(U^\top S U),\quad U^\top U=I_k", "U", "U: n k, S: n n", "tr(U.T @ S @ U)", BESIDE,
         shapes="U: n x k", noted=True),
    Case(r"\|X-UV^\top\|_F^2 = \operatorname{tr}\left((X-UV^\top)^\top(X-UV^\top)\right)", "U",
         "X: n m, U: n k, V: m k", "sq(X - U @ V.T)", LEFT, noted=True),
    Case(r"f(w)=\|Xw-y\|^2,\quad y\in\{-1,1\}^n", "w", "X: n d, w: d, y: n", "sq(X @ w - y)", SETS),
    Case(r"A\in\mathbb{S}^n_{++},\quad b^\top A^{-1}b", "b", "A: n n spd, b: n", "b @ inv(A) @ b", SETS),
    Case(r"\|V-WH\|_F^2,\quad W\in\mathbb{R}_+^{m\times r},\ H\in\mathbb{R}_{+}^{r\times n}", "W H",
         "V: m n, W: m r, H: r n", "sq(V - W @ H)", SETS),
    Case(r"\log\det(X)+\operatorname{tr}(X^{-1}S),\quad X\in\mathbb{S}_{++}^{n}", "X", "X: n n pd, S: n n",
         "logdet(X) + tr(inv(X) @ S)", SETS),
    Case(r"\sum_{i=1}^m\log(1+\exp(-y_i a_i^\top x)),\quad y_i\in\{-1,+1\},\ a_i\in\mathbb{R}^n", "x",
         "y: m signs, A: m n, x: n", "np.log1p(exp(-y*(A @ x))).sum()", SETS),
    Case(r"x\in[0,1]^n,\quad x^\top Q x + c^\top x", "x", "x: n, Q: n n, c: n", "x @ Q @ x + c @ x", SETS),
    Case(r"p^\top r-\frac{\gamma}{2}p^\top\Sigma p,\qquad p\in\Delta^{n}", "p", "p: n, r: n, gamma, Sigma: n n",
         "p @ r - gamma/2*(p @ Sigma @ p)", SETS),
    Case(r"D=\operatorname{diag}(d_1,\dots,d_n),\quad (y-Xw)^\top D(y-Xw)", "w d", "d: n, y: n, X: n k, w: k",
         "(y - X @ w) @ diag(d) @ (y - X @ w)", LISTED),
    Case(r"f(x_1,\dots,x_n)=\log\sum_{i=1}^n e^{x_i}", "x", "x: n", "lse(x)", LISTED),
    Case(r"x=(x_1,\ldots,x_n)^\top,\quad \sum_{i=1}^n x_i^4+x^\top Bx", "x", "x: n, B: n n",
         "(x**4).sum() + x @ B @ x", LISTED),
    Case(r"\frac12\left\|\,Y-\sigma(XW_1)W_2\,\right\|_F^2+\frac{\mu}{2}\left(\|W_1\|_F^2+\|W_2\|_F^2\right)",
         "W1 W2", "Y: n k, X: n d, W1: d h, W2: h k, mu", "sq(Y - sigmoid(X @ W1) @ W2)/2 + mu/2*(sq(W1) + sq(W2))",
         shapes="X: n x d; W1: d x h; W2: h x k; Y: n x k"),
    Case(r"\operatorname{Tr}\left(\mathbf{W}^{\top}\mathbf{S}_w\mathbf{W}\right)^{-1}\operatorname{Tr}\left("
         r"\mathbf{W}^{\top}\mathbf{S}_b\mathbf{W}\right)", "W", "W: n k, S_w: n n spd, S_b: n n",
         "tr(W.T @ S_b @ W)/tr(W.T @ S_w @ W)", shapes="W: n x k; S_w: n x n; S_b: n x n", also=ASKED),
    Case(r"\frac{\operatorname{Tr}(W^\top S_b W)}{\operatorname{Tr}(W^\top S_w W)}", "W",
         "W: n k, S_w: n n spd, S_b: n n", "tr(W.T @ S_b @ W)/tr(W.T @ S_w @ W)",
         shapes="W: n x k; S_w: n x n; S_b: n x n"),
    Case(r"\|\mathcal{A}\odot(\mathbf{M}-\mathbf{L}\mathbf{R}^\intercal)\|_{\mathrm F}^2+\eta(\|\mathbf L\|_{"
         r"\mathrm F}^2+\|\mathbf R\|_{\mathrm F}^2)", "L R", "A: n m, M: n m, L: n k, R: m k, eta",
         "sq(A*(M - L @ R.T)) + eta*(sq(L) + sq(R))", shapes="A: n x m; M: n x m; L: n x k; R: m x k"),
    Case(r"\mathbf{a}^{\mathsf T}(\mathbf{X}^{\mathsf T}\mathbf{X}+\lambda\mathbf{I})^{-1}\mathbf{a}", "X",
         "a: d, X: n d, lambda positive", "a @ inv(X.T @ X + lambda_*eye(d)) @ a", shapes="X: n x d; a: d"),
    Case(r"\operatorname{tr}\bigl[(A X B - C)^{\!\top}(A X B - C)\bigr]", "X", "A: n m, X: m p, B: p q, C: n q",
         "sq(A @ X @ B - C)", shapes="A: n x m; X: m x p; B: p x q; C: n x q"),
    Case(r"\exp\!\Big(-\tfrac{1}{2\ell^2}\|x-z\|^2\Big)", "x z ell", "x: n, z: n, ell positive",
         "exp(-sq(x - z)/(2*ell**2))", shapes="x: n; z: n"),
    Case(r"\sum_{k=1}^{K}\alpha_k\exp\left(-\frac{\|x-c_k\|^2}{2 s^2}\right)", "x alpha",
         "alpha: K, x: d, C: K d, s positive", "alpha @ exp(-((x - C)**2).sum(1)/(2*s**2))",
         shapes="x: d; C: K x d; alpha: K"),
    Case(r"\sum_{i=1}^{n}\left\|x_i-\sum_{j=1}^{n}w_{ij}x_j\right\|^2", "X", "X: n d, w: n n", "sq(X - w @ X)",
         shapes="X: n x d; w: n x n"),
    Case(r"\sum_{i=1}^n \|x_i - W^\top W x_i\|_2^2", "W", "X: n d, W: k d", "sq(X - X @ W.T @ W)",
         shapes="X: n x d; W: k x d"),
    Case(r"-\sum_{i=1}^{n}\sum_{c=1}^{C} Y_{ic}\log\frac{\exp(w_c^\top x_i)}{\sum_{c'}\exp(w_{c'}^\top x_i)}", "W",
         "Y: n C, X: n d, W: C d", "-(Y*logsoftmax(X @ W.T)).sum()", shapes="X: n x d; W: C x d; Y: n x C",
         also=REFUSED),
    Case(r"-\sum_{i=1}^{n}\sum_{c=1}^{C} Y_{ic}\log\frac{\exp(w_c^\top x_i)}{\sum_{k}\exp(w_{k}^\top x_i)}", "W",
         "Y: n C, X: n d, W: C d", "-(Y*logsoftmax(X @ W.T)).sum()", shapes="X: n x d; W: C x d; Y: n x C"),
    Case(r"\sum_{t=1}^{T}\left(r_t+\gamma w^\top\phi_t\right)^2", "w", "r: T, gamma, w: d, Phi: T d",
         "sq(r + gamma*Phi @ w)", shapes="r: T; w: d; Phi: T x d"),
    Case(r"\frac{1}{n}\sum_{i=1}^n\left(\tfrac{1}{2}x_i^\top A x_i+b^\top x_i\right)", "A b",
         "X: n d, A: d d, b: d", "((X @ A * X).sum(1)/2 + X @ b).mean()", shapes="X: n x d; A: d x d; b: d"),
    Case(r"\|D^{-1/2}(I-A)D^{-1/2}x\|^2", "x", "D: n n spd, A: n n, x: n",
         "d, U = np.linalg.eigh(D); R = U @ diag(d**-0.5) @ U.T; sq(R @ (eye(n) - A) @ R @ x)",
         shapes="D: n x n pd; A: n x n; x: n"),
    Case(r"\ln\left|\mathbf{K}+\sigma_n^2\mathbf{I}\right|+\mathbf{y}^\top\left(\mathbf{K}+\sigma_n^2"
         r"\mathbf{I}\right)^{-1}\mathbf{y}", "K sigma_n", "K: n n spd, sigma_n positive, y: n",
         "M = K + sigma_n**2*eye(n); logdet(M) + y @ inv(M) @ y", shapes="K: n x n; y: n"),
    Case(r"\mathbf{u}^\top\operatorname{diag}(\mathbf{v})\,\mathbf{M}\,\operatorname{diag}(\mathbf{v})\,"
         r"\mathbf{u}", "v u", "u: n, v: n, M: n n", "u @ diag(v) @ M @ diag(v) @ u", shapes="u: n; v: n; M: n x n"),
    Case(r"\operatorname{vec}(\mathbf{X})^\top(\mathbf{B}\otimes\mathbf{A})\operatorname{vec}(\mathbf{X})", "X",
         "X: n m, B: m m, A: n n", "tr(X.T @ A @ X @ B.T)", shapes="X: n x m; A: n x n; B: m x m"),
    Case(r"\|\mathbf{y}-\mathbf{X}\boldsymbol{\beta}\|_2^2+\lambda_1\|\boldsymbol{\beta}\|_1+\lambda_2\|"
         r"\boldsymbol{\beta}\|_2^2", "beta", "y: n, X: n d, beta: d, lambda1, lambda2",
         "sq(y - X @ beta) + lambda1*abs(beta).sum() + lambda2*sq(beta)", shapes="X: n x d; y: n; beta: d"),
    Case(r"\frac{\mathbf{x}^\top\mathbf{y}}{\|\mathbf{x}\|\,\|\mathbf{y}\|}", "x y", "x: n, y: n",
         "x @ y/(norm(x)*norm(y))", shapes="x: n; y: n"),
    Case(r"1-\frac{\langle u,v\rangle}{\lVert u\rVert\lVert v\rVert}", "u", "u: n, v: n",
         "1 - u @ v/(norm(u)*norm(v))", INNER, shapes="u: n; v: n"),
    Case(r"-\log\frac{\exp(q^\top k/\tau)}{\exp(q^\top k/\tau)+\sum_{j=1}^{m}\exp(q^\top n_j/\tau)}", "q k",
         "q: d, k: d, tau positive, N: m d", "a = exp(q @ k/tau); -log(a/(a + exp(N @ q/tau).sum()))",
         shapes="q: d; k: d; N: m x d"),
    Case(r"\sum_{i=1}^n (x_i - \mu)^\top \Sigma^{-1} (x_i - \mu) + n\log\det\Sigma", "mu Sigma",
         "X: n d, mu: d, Sigma: d d spd", "((X - mu) @ inv(Sigma) * (X - mu)).sum() + n*logdet(Sigma)",
         shapes="X: n x d; mu: d; Sigma: d x d"),
    Case(r"\mathbf{w}^\top\hat{\Sigma}\mathbf{w}-\lambda(\mathbf{w}^\top\mathbf{w}-1)", "w lambda",
         "w: n, Sigmahat: n n, lambda", "w @ Sigmahat @ w - lambda_*(w @ w - 1)", shapes="w: n; Sigmahat: n x n"),
    Case(r"\operatorname{tr}(\Theta S)-\log\det\Theta+\rho\|\Theta\|_1", "Theta", "Theta: n n spd, S: n n, rho",
         "tr(Theta @ S) - logdet(Theta) + rho*abs(Theta).sum(0).max()", shapes="Theta: n x n; S: n x n", noted=True,
         also=ASKED),
    Case(r"\left\|\mathbf{X}-\mathbf{X}\mathbf{C}\right\|_F^2+\gamma\left\|\mathbf{C}\right\|_*", "C",
         "X: n m, C: m m, gamma", "sq(X - X @ C) + gamma*norm(C, 'nuc')", shapes="X: n x m; C: m x m"),
    Case(r"\boldsymbol\alpha^\top\mathbf 1-\tfrac12\boldsymbol\alpha^\top\operatorname{diag}(\mathbf y)"
         r"\mathbf K\operatorname{diag}(\mathbf y)\boldsymbol\alpha", "alpha", "alpha: n, y: n signs, K: n n",
         "alpha.sum() - (alpha*y) @ K @ (alpha*y)/2", shapes="alpha: n; y: n; K: n x n"),
    Case(r"\|\tanh(\mathbf{U}\mathbf{h}+\mathbf{V}\mathbf{x}+\mathbf{c})-\mathbf{t}\|_2^2", "U V c",
         "U: k m, h: m, V: k d, x: d, c: k, t: k", "sq(tanh(U @ h + V @ x + c) - t)",
         shapes="U: k x m; h: m; V: k x d; x: d; c: k; t: k"),
)  # fmt: skip

PROSE = (
    Case(r"We want to solve $Ax=b$ by minimising $f(x)=\frac12x^\top Ax-b^\top x$.", "x", "A: n n, x: n, b: n",
         "x @ A @ x/2 - b @ x", BESIDE, noted=True),
    Case(r"We want to solve $Ax=b$ by minimising $\|Ax-b\|^2$.", "x", "A: n m, x: m, b: n", "sq(A @ x - b)", BESIDE,
         noted=True),
    Case(r"Given the overdetermined system $AX=B$, I minimise $\|AX-B\|_F^2$ over $X$.", "X",
         "A: n m, X: m k, B: n k", "sq(A @ X - B)", BESIDE, noted=True),
    Case(r"The cost is $\|AX-B\|_F^2$ subject to $X^\top X=I$.", "X", "A: n m, X: m k, B: n k", "sq(A @ X - B)",
         BESIDE, noted=True),
    Case(r"The constraint is $\operatorname{tr}(X)=1$ and the cost is $\|AX-B\|_F^2$. What is the gradient "
         "w.r.t. $X$?", "X", "A: n m, X: m m, B: n m", "sq(A @ X - B)", BESIDE, noted=True),
    Case(r"If $\|x\|_2=1$, what is the gradient of $x^\top A x$?", "x", "x: n, A: n n", "x @ A @ x", BESIDE,
         noted=True),
    Case(r"Let $X\in\mathbb{R}^{n\times d}$ and $y\in\{0,1\}^n$. The loss is $$L(w)=-y^\top\log"
         r"\sigma(Xw)-(1-y)^\top\log(1-\sigma(Xw)).$$", "w", "X: n d, w: d, y: n binary",
         "p = sigmoid(X @ w); -(y*log(p) + (1-y)*log(1-p)).sum()", SETS),
    Case(r"How to differentiate $$\log\left(1+\exp(-y\,w^\top x)\right)$$ with respect to $w$ (where $y\in"
         r"\{-1,1\}$)?", "w", "y, w: d, x: d", "np.log1p(exp(-y*(w @ x)))", SETS),
    Case('Let $x_1,\\dots,x_n\\in\\mathbb{R}^d$ and let\n$$J(\\mu)=\\sum_{i=1}^n (x_i-'
         '\\mu)^\\top P(x_i-\\mu).$$\nFind $\\frac{\\partial J}{\\partial\\mu}$.', "mu", "X: n d, mu: d, P: d d",
         "((X - mu) @ P * (X - mu)).sum()", LISTED),
    Case(r"Let $D=\operatorname{diag}(d_1,\dots,d_n)$ be a weight matrix. Minimise $$S(w)=(y-Xw)^\top "
         "D(y-Xw)$$ over $w$.", "w", "d: n, y: n, X: n k, w: k", "(y - X @ w) @ diag(d) @ (y - X @ w)", LISTED),
    Case(r"$$J=\tfrac12\|y-\Phi w\|^2$$ where $y=(y_1,\dots,y_n)^\top$ and $n>d$.", "w", "y: n, Phi: n d, w: d",
         "sq(y - Phi @ w)/2", LISTED),
    Case(r"For $A\in\mathbb{R}^{m\times n}$ and $b\in\mathbb{R}^m$ how does one compute $$\frac{\partial}{"
         r"\partial x}\|Ax-b\|_2\,?$$ I know that for the square the result is $2A^\top(Ax-b)$.", "x",
         "A: m n, b: m, x: n", "norm(A @ x - b)", WHICH),
    Case(r"Let $J(w)=\|Xw-y\|^2$. Then $\nabla J = 2X^\top(Xw-y)$ and $H = 2X^\top X$. How do they get this?", "w",
         "X: n d, w: d, y: n", "sq(X @ w - y)", BESIDE, noted=True),
    Case(r"The minimiser of $J=\|Xw-y\|^2$ is $\hat w=(X^\top X)^{-1}X^\top y$. What is the gradient w.r.t. $w$?",
         "w", "X: n d, w: d, y: n", "sq(X @ w - y)", BESIDE, noted=True),
    Case(r"Let $f(x)=x^\top A x$. I computed $f'(x) = x^\top(A+A^\top)$. Correct?", "x", "x: n, A: n n",
         "x @ A @ x", BESIDE, noted=True),
    Case(r"Let $f(t)=\|x+tv\|^2$. I think $\dot f = 2v^\top x+2t v^\top v$.", "t", "t, x: n, v: n", "sq(x + t*v)",
         BESIDE, noted=True),
    Case(r"Find the derivative of $\|Xw-y\|^2+\lambda\|w\|^2$ with respect to $w$. My answer: $2X^"
         r"\top(Xw-y)+2\lambda w$.", "w", "X: n d, w: d, y: n, lambda", "sq(X @ w - y) + lambda_*sq(w)", WHICH,
         noted=True),
    Case(r"Let $L=\|Xw-y\|^2$ and $E = \|w\|^2$. Differentiate $L$ with respect to $w$.", "w", "X: n d, w: d, y: n",
         "sq(X @ w - y)", WHICH),
    Case(r"Let $f(s)=s^2$, $u(s)=e^{s}$. What is the derivative of $f(s)\,u(s)$?", "s", "s", "s**2*exp(s)", WHICH),
    Case(r"Gradient of $\operatorname{tr}(AX)$ w.r.t. $X$, and of $\operatorname{tr}(X^\top A X)$?", "X",
         "A: n n, X: n n", ASKED, WHICH, meanings=("tr(A @ X)", "A: n n, X: n m => tr(X.T @ A @ X)")),
    Case(r"Assume $y = X\beta + \epsilon$. The log likelihood is $$\ell(\beta) = -\frac{1}{2\sigma^2}(y-X"
         r"\beta)^\top(y-X\beta)$$ How can I get the derivative by $\beta$?", "beta",
         "y: n, X: n d, beta: d, sigma positive", "-sq(y - X @ beta)/(2*sigma**2)", MODEL, noted=True),
    Case(r"We factorise $X = UV^\top$ by minimising $\|X-UV^\top\|_F^2$.", "U", "X: n m, U: n k, V: m k",
         "sq(X - U @ V.T)", MODEL, noted=True),
    Case(r"Assume $y_i = w^\top x_i+\epsilon_i$. We minimise $\sum_i (y_i-w^\top x_i)^2$.", "w",
         "X: n d, w: d, y: n", "sq(y - X @ w)", MODEL, noted=True),
    Case(r"If $y = X\beta + \epsilon$ with $\epsilon \sim N(0,\sigma^2 I)$, the "
         'log likelihood is \\begin{equation}\n\\ell(\\beta,\\sigma) = -n\\log\\sigma - '
         '\\frac{1}{2\\sigma^2}(y-X\\beta)^\\top(y-X\\beta)\n\\end{equation}', "beta",
         "n, y: m, X: m d, beta: d, sigma positive", "-n*log(sigma) - sq(y - X @ beta)/(2*sigma**2)", MODEL,
         noted=True),
    Case(r"The loss is $L=\|XW-Y\|_F^2$. The update is $W \leftarrow W - \eta \nabla_W L$.", "W",
         "X: n d, W: d k, Y: n k", "sq(X @ W - Y)", BESIDE),
    Case(r"Gradient descent for $L(w)=\|Xw-y\|^2$ is $w_{t+1}=w_t-\eta\nabla L(w_t)$. I need $\nabla L$.", "w",
         "X: n d, w: d, y: n", "sq(X @ w - y)", BESIDE),
    Case(r"Let $s = w^\top x$ and $p=\frac{1}{1+e^{-s}}$. The loss is $L=-y\log p-(1-y)\log(1-p)$. Note that "
         "$p' = p(1-p)$.", "w", "w: d, x: d, y unit", "p = sigmoid(w @ x); -y*log(p) - (1-y)*log(1-p)", BESIDE,
         noted=True),
    Case(r"In the problem $\min_w \|Xw-y\|^2$, put $e=y-Xw$. Then $\|e\|^2=e^\top e$.", "w", "X: n d, w: d, y: n",
         "sq(X @ w - y)", BESIDE, noted=True, also=REFUSED),
    Case(r"I know $\frac{d}{dx}\|x\|^2=2x$. Now what is the gradient of $\|Ax\|^2$?", "x", "A: n m, x: m",
         "sq(A @ x)", BESIDE, noted=True),
    Case(r"Find the gradient of $f(x)=\|Ax\|^4$. Hint: $f(x) = (x^\top A^\top A x)^2$.", "x", "A: n m, x: m",
         "sq(A @ x)**2", BESIDE, noted=True),
    Case(r"I have $f(w)=\sum_{i=1}^n (y_i-w^\top\phi(x_i))^2$ where $\phi:\mathbb{R}^d\to\mathbb{R}^m$ is a "
         "feature map.", "w", meant=REFUSED, why="a function of vectors has no form", says="phi"),
    Case(r"$$\min_{W\ge0,H\ge0}\|V-WH\|_F^2$$ where $V\in\mathbb{R}_+^{m\times n}$, $W\in\mathbb{R}_+^{m"
         r"\times r}$ and $H\in\mathbb{R}_+^{r\times n}$.", "H", "V: m n, W: m r, H: r n", "sq(V - W @ H)", SETS,
         noted=True),
    Case(r"Suppose $f(\mathbf{x})=\mathbf{x}^\top\mathbf{A}\mathbf{x}$, where $\mathbf{A}^\top=\mathbf{A}$. "
         r"Find $\nabla f$.", "x", "x: n, A: n n symmetric", "x @ A @ x", BESIDE),
    Case(r"Consider $\min_w f(w)+\lambda\|w\|^2$ with $f(w)=\|Xw-y\|^2$.", "w", "X: n d, w: d, y: n, lambda",
         "sq(X @ w - y) + lambda_*sq(w)"),
    Case(r"Minimise $\frac1n\sum_{i=1}^n f_i(w)$ with $f_i(w)=(w^\top x_i-y_i)^2$.", "w", "X: n d, w: d, y: n",
         "sq(X @ w - y)/n"),
    Case(r"Let $\lambda>0$, $X\in\mathbb{R}^{n\times d}$. Define $g(w)=\|Xw-y\|_2^2+\lambda\|w\|_2^2$, so $"
         r"\nabla g(w)=0$ gives $w^\star=(X^\top X+\lambda I)^{-1}X^\top y$.", "w", "X: n d, w: d, y: n, lambda",
         "sq(X @ w - y) + lambda_*sq(w)", BESIDE, noted=True),
)  # fmt: skip

CASES = FORMULAS + PROSE
