r"""LaTeX of further kinds: plain TeX, labels, dots between vectors, limits below sums."""

from __future__ import annotations

from .case import ASKED, REFUSED, Case

LEAST = "X: n d, w: d, y: n"

CASES = (
    Case(r"\ln\det(WW^T+\sigma^2 I)", "W", "W: n d, sigma", "log(np.linalg.det(W @ W.T + sigma**2*np.eye(n)))"),
    Case(
        r"\frac{d}{dW}\log (\det(\sigma^2 I+WW^T)) ",
        "W",
        "W: n d, sigma",
        "log(np.linalg.det(W @ W.T + sigma**2*np.eye(n)))",
    ),
    Case(
        r"{\rm tr}\left((\sigma^2 I+WW^T)^{-1}S\right)",
        "W",
        "W: n d, sigma, S: n n",
        "tr(inv(W @ W.T + sigma**2*np.eye(n)) @ S)",
    ),
    Case(
        r"$$\nabla_{\mathrm W}\left(\mbox{tr} \left( \mathrm W^{\top} \mathrm X^{\top} \mathrm X \mathrm"
        r" W - \mathrm Y^{\top} \mathrm X \mathrm W \right)\right)$$",
        "W",
        "X: n d, W: d k, Y: n k",
        "sq(X @ W) - (Y*(X @ W)).sum()",
    ),
    Case(
        r"\frac{d}{d\mathbf{X}} |\mathbf{X}^{T} \mathbf{X}|",
        "X",
        "X: n d",
        "np.linalg.det(X.T @ X)",
        shapes="X: n x d",
        noted=True,
    ),
    Case(r"$$\eqalign{ \phi &= {\rm tr}(X^3) \cr }$$", "X", "X: n n", "tr(X @ X @ X)"),
    Case(
        r"$obj=\sum\limits_{u}\sum\limits_{i}c_{ui}(p_{ui}-x^T_uy_i)^2+\lambda(\sum\limits_{u}||x_u||^2+\sum\limits_{i}||y_i||^2)"
        r"$",
        "X Y",
        "c: m n, p: m n, X: m k, Y: n k, lambda",
        "(c*(p - X @ Y.T)**2).sum() + lambda_*(sq(X)+sq(Y))",
        shapes="X: m x k; Y: n x k",
    ),
    Case(
        r"$obj=\sum_\limits{u}\sum_\limits{i}c_{ui}(p_{ui}-x^T_uy_i)^2$",
        "X Y",
        "c: m n, p: m n, X: m k, Y: n k",
        "(c*(p - X @ Y.T)**2).sum()",
        shapes="X: m x k; Y: n x k",
    ),
    Case(
        r"\[L = - \sum_i y_i \log p_i\] \[p_i = \frac{ \exp (o_i) }{\sum_j \exp(o_j) }\]",
        "o",
        "y: n, o: n",
        "-(y*logsoftmax(o)).sum()",
    ),
    Case(
        r"\[ L = -\sum_j^C y_j \log p_j, \qquad p_j = \frac{\exp( a_j)}{\sum_k^C \exp(a_k)}. \]",
        "a",
        "y: n, a: n",
        "-(y*logsoftmax(a)).sum()",
    ),
    Case(
        r"$$ \min\ \ \sum_i(y_i-x_i^T\beta)^2 + \lambda\sum_j\beta^2_j $$",
        "beta",
        "y: n, X: n d, beta: d, lambda",
        "sq(y - X @ beta) + lambda_*sq(beta)",
    ),
    Case(
        r"\min_{U, V} \| M - UV^T \|_F^2 + \lambda (\| U \|_F^2 + \| V \|_F^2)",
        "U V",
        "M: n m, U: n k, V: m k, lambda",
        "sq(M - U @ V.T) + lambda_*(sq(U) + sq(V))",
    ),
    Case(
        r"E(W)=-\sum_{n=1}^{N}\sum_{k=1}^{K} t_{nk}\ln y_{nk}, \quad y_{nk} = \frac{\exp(a_{nk})}{\sum_j \exp(a_{nj})}",
        "a",
        "t: N K, a: N K",
        "-(t*logsoftmax(a)).sum()",
    ),
    Case(
        r"\mathbf{h} = \tanh(\mathbf{W}_{xh}\mathbf{x} + \mathbf{b}_h),\ \mathbf{o} ="
        r" \mathbf{W}_{ho}\mathbf{h}+\mathbf b_o,\ \ell = \tfrac12\|\mathbf{o}-\mathbf{y}\|^2",
        "W_xh W_ho b_h",
        "W_xh: h d, x: d, b_h: h, W_ho: k h, b_o: k, y: k",
        "sq(W_ho @ tanh(W_xh @ x + b_h) + b_o - y)/2",
    ),
    Case(
        r"J=-\frac{1}{m}\sum_{i=1}^{m}\left[y^{(i)}\log h_\theta(x^{(i)})+(1-y^{(i)})\log(1-h_\theta(x^{(i)}))\right]",
        "theta",
        "y: m, X: m d, theta: d",
        "p = sigmoid(X @ theta); -(y*log(p)+(1-y)*log(1-p)).mean()",
        also=f"{REFUSED} {ASKED}",
    ),
    Case(
        r"f(\mathbf{x})=\frac{\mathbf x^\top\mathbf A\mathbf x}{\mathbf x^\top\mathbf x}",
        "x",
        "x: n, A: n n",
        "x @ A @ x/(x @ x)",
    ),
    Case(
        r"\text{KL} = \frac12\left[\operatorname{tr}(\Sigma_2^{-1}\Sigma_1) +"
        r" (\mu_2-\mu_1)^\top\Sigma_2^{-1}(\mu_2-\mu_1) - d + \log\frac{|\Sigma_2|}{|\Sigma_1|}\right]",
        "mu1 Sigma1",
        "Sigma2: d d spd, Sigma1: d d spd, mu1: d, mu2: d",
        "(tr(inv(Sigma2) @ Sigma1) + (mu2-mu1) @ inv(Sigma2) @ (mu2-mu1) - d + logdet(Sigma2) - logdet(Sigma1))/2",
        shapes="Sigma1: d x d; Sigma2: d x d",
    ),
    Case(
        r"\ell(\mu,\Sigma) = -\frac{n}{2}\log|\Sigma| - \frac12\sum_{i=1}^n (x_i-\mu)^T\Sigma^{-1}(x_i-\mu)",
        "mu",
        "X: n d, mu: d, Sigma: d d spd",
        "-n/2*logdet(Sigma) - ((X - mu) @ inv(Sigma) * (X - mu)).sum()/2",
        noted=True,
    ),
    Case(
        r"\mathcal{L}=\|\mathbf{X}-\mathbf{D}\mathbf{A}\|_F^2+\lambda\|\mathbf{A}\|_1",
        "D A",
        "X: n m, D: n k, A: k m, lambda",
        "sq(X - D @ A) + lambda_*abs(A).sum(0).max()",
        noted=True,
    ),
    Case(
        r"\left\lVert \mathbf{W}\odot(\mathbf{X}-\mathbf{UV}^\top)\right\rVert_F^2",
        "U V W",
        "W: n m, X: n m, U: n k, V: m k",
        "sq(W*(X - U @ V.T))",
    ),
    Case(
        r"\sum_{i,j} W_{ij}\lVert \mathbf{y}_i-\mathbf{y}_j\rVert^2",
        "Y W",
        "W: n n, Y: n k",
        "(W*((Y[:, None]-Y[None])**2).sum(2)).sum()",
    ),
    Case(
        r"\operatorname{Tr}(Y^\top L Y),\quad L = D - W,\quad D=\operatorname{diag}(W\mathbf{1})",
        "Y W",
        "Y: n k, W: n n",
        "tr(Y.T @ (np.diag(W.sum(1)) - W) @ Y)",
        also=REFUSED,
    ),
    Case(
        r"L = D - W,\quad D=\operatorname{diag}(W\mathbf{1}), \quad J = \operatorname{Tr}(Y^\top L Y)",
        "Y W",
        "Y: n k, W: n n",
        "tr(Y.T @ (np.diag(W.sum(1)) - W) @ Y)",
    ),
    Case(
        r"O = \operatorname{softmax}\!\left(\frac{QK^{\top}}{\sqrt{d_k}}\right)V,\quad J = \|O - Y\|_F^2",
        "Q K V",
        "Q: n k, K: m k, V: m p, Y: n p, d_k positive",
        "s = Q @ K.T/np.sqrt(d_k); sq(softmax(s) @ V - Y)",
    ),
    Case(
        r"\sum_{i=1}^n \max(0, 1 - y_i(w^Tx_i+b)) + \frac{\lambda}{2}\|w\|^2",
        "w b",
        "X: n d, w: d, y: n, b, lambda",
        "np.maximum(0, 1 - y*(X @ w + b)).sum() + lambda_/2*sq(w)",
    ),
    Case(
        r"\frac{\lambda}{2}\lVert\mathbf w\rVert^2+\frac1n\sum_{i=1}^n\max\{0,1-y_i(\mathbf w\cdot\mathbf x_i-b)\}",
        "w b",
        "X: n d, w: d, y: n, b, lambda",
        "np.maximum(0, 1 - y*(X @ w - b)).sum()/n + lambda_/2*sq(w)",
        also=f"{REFUSED} {ASKED}",
    ),
    Case(
        r"\hat{y}=\sigma(\mathbf{W}^{[2]}\,\mathrm{ReLU}(\mathbf{W}^{[1]}\mathbf{x}+\mathbf{b}^{[1]})+\mathbf{b}^{[2]})"
        r"\\ \mathcal{L}(\hat y,y)=-\left(y\log\hat{y}+(1-y)\log(1-\hat{y})\right)",
        "W1 W2 b2",
        "W1: h d, x: d, b1: h, W2: 1 h, b2, y",
        "p = sigmoid((W2 @ np.maximum(0, W1 @ x + b1))[0] + b2); -(y*log(p)+(1-y)*log(1-p))",
        also=ASKED,
        shapes="W2: 1 x h",
    ),
    Case(
        r"\begin{aligned} a_1 &= x\\ z_2 &= \theta_1 a_1\\ a_2&=f(z_2)\\ z_3&=\theta_2a_2 \\ J &="
        r" \tfrac12\|f(z_3)-y\|^2\end{aligned}",
        "theta1 theta2",
        "x: d, theta1: h d, theta2: k h, y: k",
        "sq(f(theta2 @ f(theta1 @ x)) - y)/2",
        shapes="theta1: h x d; theta2: k x h; x: d",
    ),
    Case(r"\frac{\partial}{\partial A}\,\mathrm{tr}(AXB)", "A", "A: n m, X: m k, B: k n", "tr(A @ X @ B)"),
    Case(r"\log\left(1+\exp(-y\,\mathbf{x}^\top\mathbf{w})\right)", "w", "y, x: d, w: d", "log(1 + exp(-y*(x @ w)))"),
    Case(r"\phi(x) = a^T x x^T b", "x", "a: n, x: n, b: n", "(a @ x)*(x @ b)"),
    Case(r"\mathbf{a}^T\mathbf{X}^{-1}\mathbf{b}", "X", "a: n, X: n n, b: n", "a @ inv(X) @ b"),
    Case(
        r"\left(x-\mu\right)'\Sigma^{-1}\left(x-\mu\right)",
        "x mu",
        "x: n, mu: n, Sigma: n n",
        "(x - mu) @ inv(Sigma) @ (x - mu)",
    ),
    Case(r"\frac{1}{2} x'Qx + c'x", "x", "x: n, Q: n n, c: n", "x @ Q @ x/2 + c @ x"),
    Case("||\\mathbf{y} – \\mathbf{X}\\beta||^2", "beta", "y: n, X: n d, beta: d", "sq(y - X @ beta)"),
    Case(
        r"J(\theta) = \dfrac {1}{2m} \displaystyle \sum _{i=1}^m \left ( h_\theta (x_i) - y_i \right)^2",
        "theta",
        meant=REFUSED,
    ),
    Case(
        r"E_{in}(\mathbf w) = \frac{1}{N}\sum_{n=1}^{N}(\mathbf{w}^T\mathbf{x}_n - y_n)^2",
        "w",
        "X: N d, w: d, y: N",
        "sq(X @ w - y)/N",
    ),
    Case(
        r"\hat{\beta} = \arg\min_\beta \|y - X\beta\|_2^2 + \lambda\|\beta\|_2^2",
        "beta",
        "y: n, X: n d, beta: d, lambda",
        "sq(y - X @ beta) + lambda_*sq(beta)",
    ),
    Case(
        r"\sum_{i}\alpha_i-\frac12\sum_{i,j}\alpha_i\alpha_jy_iy_jK_{ij}",
        "alpha",
        "alpha: n, y: n, K: n n",
        "alpha.sum() - (alpha*y) @ K @ (alpha*y)/2",
    ),
    Case(
        r"\left\| \mathbf{y} - \sum_{k=1}^{K} a_k\mathbf{d}_k \right\|_2^2",
        "a D",
        "y: n, a: K, D: K n",
        "sq(y - D.T @ a)",
        shapes="D: K x n",
        also=f"{REFUSED} {ASKED}",
    ),
    Case(
        r"\mathcal{L}=\|f(WX)-Y\|_F^2, \quad \frac{\partial \mathcal L}{\partial W} = ?",
        "W",
        "W: k d, X: d n, Y: k n",
        "sq(f(W @ X) - Y)",
    ),
    Case(r"\|X w-y\|^{2}_{2} + \|W\|^2_F", "w W", f"{LEAST}, W: n m", "sq(X @ w - y) + sq(W)"),
    Case(r"\mathrm{vec}(X)^\top (A\otimes B)\,\mathrm{vec}(X)", "X", "X: p n, A: n n, B: p p", "tr(X.T @ B @ X @ A.T)"),
    Case(
        r"\left[ \mathbf{x}^\top \mathbf{A} \mathbf{x} + 1 \right]^{\frac{1}{2}} + \sqrt[3]{x^Tx}",
        "x",
        "x: n, A: n n spd",
        "np.sqrt(x @ A @ x + 1) + (x @ x)**(1/3)",
        also=ASKED,
    ),
    Case(
        r"\exp\left\{-\frac{\|x-c\|^2}{2\sigma^2}\right\}",
        "x c sigma",
        "x: n, c: n, sigma positive",
        "exp(-sq(x - c)/(2*sigma**2))",
        shapes="c: n",
    ),
    Case(
        r"e^{-\frac{1}{2}(x-\mu)^T\Sigma^{-1}(x-\mu)}",
        "x",
        "x: n, mu: n, Sigma: n n",
        "exp(-(x - mu) @ inv(Sigma) @ (x - mu)/2)",
    ),
    Case(
        r"\frac{1}{\sqrt{(2\pi)^d|\Sigma|}}\exp\left(-\frac{1}{2}(x-\mu)^T\Sigma^{-1}(x-\mu)\right)",
        "x",
        "x: d, mu: d, Sigma: d d spd",
        "exp(-(x - mu) @ inv(Sigma) @ (x - mu)/2)/np.sqrt((2*np.pi)**d*np.linalg.det(Sigma))",
        shapes="mu: d",
    ),
    Case(r"\|\mathbf{1}_n\mathbf{b}^T+XW-Y\|_F^2", "b W", "b: k, X: n d, W: d k, Y: n k", "sq(b + X @ W - Y)"),
    Case(r"C = \frac{1}{2n}\sum_x\|y(x)-a^L(x)\|^2", "a", meant=REFUSED),
    Case(r"a^l = \sigma(w^l a^{l-1}+b^l)", "a", meant=REFUSED),
    Case(r"\frac{d}{dx}\left(\frac{1}{2}\|Ax-b\|_2^2\right)", "x", "A: m n, x: n, b: m", "sq(A @ x - b)/2"),
    Case(
        r"\lambda\mathbf{w}^T\mathbf{w}+\sum_n\{t_n-\mathbf{w}^T\phi(\mathbf{x}_n)\}^2",
        "w",
        "lambda, w: d, t: n, X: n d",
        "lambda_*w @ w + sq(t - phi(X) @ w)",
    ),
    Case(
        r"$\mathcal{L} = \frac{1}{2}\sum_{i=1}^{n}\left(y_i - \mathbf{w}^{\top}\mathbf{x}_i\right)^2 +"
        r" \frac{\color{red}{\lambda}}{2}\|\mathbf{w}\|^2$",
        "w",
        f"{LEAST}, lambda",
        "sq(y - X @ w)/2 + lambda_/2*sq(w)",
    ),
    Case(
        r"y = \overrightarrow{w}^T\overrightarrow{x} + b, \; E = (y - t)^2",
        "w b",
        "w: d, x: d, b, t",
        "(w @ x + b - t)**2",
    ),
)
