"""Losses as engineers have them, in NumPy, PyTorch, JAX and MATLAB; and what is asked of undeclared names in code."""

from __future__ import annotations

from .case import ASKED, REFUSED, Case
from .code import C, M

LEAST = "X: n d, w: d, y: n"
EINSUM = "np.einsum of one array, two or three"
DOUBTS = "a guess about axes that has no clear winner is asked, with declarations as readings"
SPREAD = "arrays spread along the last axis"
NORMALIZED = "Xh = (X - X.mean(axis=0))/np.sqrt(X.var(axis=0) + eps)\nout = gamma * Xh + beta\nloss = np.sum(out * G)"
TUTORIAL = "h = x.dot(w1)\nh_relu = np.maximum(h, 0)\ny_pred = h_relu.dot(w2)\nloss = np.square(y_pred - y).sum()"
ENCODER = "kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())"
COLUMNS = "Z = W @ X + b\nloss = ((Z - Y)**2).sum()"
HUBER = "r = y - X @ w\nloss = np.where(np.abs(r) <= 1.5, 0.5*r**2, 1.5*(np.abs(r) - 0.75)).sum()"
ATTENTION = "S = Q @ K.transpose(-2, -1) / math.sqrt(d)\nP = torch.softmax(S, dim=-1)\nloss = (P @ V * G).sum()"


def asked(text: str, wrt: str, sizes: str, *meanings: str, shapes: str = "") -> Case:
    """Code in which something is to be asked; among the readings are these."""
    return Case(text, wrt, sizes, ASKED, DOUBTS, shapes, meanings=meanings)


CASES = (
    # ----------------------------------------------------------------------------------------------- what is asked
    asked(
        TUTORIAL,
        "w1",
        "x: n d, w1: d h, w2: h k, y: n k",
        "sq(relu(x @ w1) @ w2 - y)",
        "x: d, w1: d h, w2: h k, y: k => sq(relu(x @ w1) @ w2 - y)",
    ),
    asked("h = np.tanh(X @ w1)\nloss = (h @ w2).sum()", "w1", "X: n d, w1: d h, w2: h k", "(tanh(X @ w1) @ w2).sum()"),
    asked(
        ENCODER,
        "mu",
        "logvar: n, mu: n",
        "-(1 + logvar - mu**2 - exp(logvar)).sum()/2",
        "logvar: n, mu => -(1 + logvar - mu**2 - exp(logvar)).sum()/2",
    ),
    asked("loss = np.sum((x - mu)**2)", "mu", "x: n, mu: n", "sq(x - mu)", "x: n, mu => sq(x - mu)"),
    asked(
        COLUMNS,
        "b",
        "W: h d, X: d n, b: h, Y: h n",
        "sq(W @ X + b[:, None] - Y)",
        "W: h d, X: d n, b: n, Y: h n => sq(W @ X + b - Y)",
        "W: h d, X: d n, b, Y: h n => sq(W @ X + b - Y)",
    ),
    asked(
        NORMALIZED,
        "gamma",
        "X: n d, eps positive, gamma: d, beta: d, G: n d",
        "((gamma*(X - X.mean(0))/np.sqrt(X.var(0) + eps) + beta)*G).sum()",
    ),
    asked("loss = (x.mm(W1) - y).pow(2).sum()", "W1", "x: n d, W1: d k, y: n k", "sq(x @ W1 - y)"),
    C(COLUMNS, "b W", "W: h d, X: d n, b: h, Y: h n", SPREAD, "sq(W @ X + b[:, None] - Y)", shapes="b: h x 1"),
    C(
        NORMALIZED,
        "gamma beta X",
        "X: n d, eps positive, gamma: d, beta: d, G: n d",
        SPREAD,
        "((gamma*(X - X.mean(0))/np.sqrt(X.var(0) + eps) + beta)*G).sum()",
        shapes="gamma, beta: d",
    ),
    C(
        ENCODER,
        "mu logvar",
        "mu: n k, logvar: n k",
        "",
        "-(1 + logvar - mu**2 - exp(logvar)).sum()/2",
        shapes="mu, logvar: n x k",
    ),
    # ------------------------------------------------------------------------------------------------------ einsum
    C("np.einsum('ij,jk,ik->', A, B, C)", "A B C", "A: n d, B: d k, C: n k", EINSUM),
    C("np.einsum('i,ij,j->', x, A, y)", "x A", "x: n, A: n m, y: m", EINSUM),
    C("np.einsum('ij,ij', A, B)", "A", "A: n m, B: n m", EINSUM),
    C("np.sum(np.einsum('ij,ik->jk', X, Y)**2)", "X", "X: n d, Y: n k", EINSUM),
    C("np.sum(np.einsum('ij,kj->ki', X, Y) * G)", "X", "X: n d, Y: k d, G: k n", EINSUM),
    C("np.sum(np.einsum('bi,ij,bj->b', X, A, X) * y)", "A X", "X: n d, A: d d, y: n", EINSUM),
    C("np.sum(np.einsum('i,ij->ij', v, A)**2)", "v A", "v: n, A: n m", EINSUM),
    C("np.sum(np.einsum('ij,j->ij', A, v)**2)", "v A", "v: m, A: n m", EINSUM),
    C("np.einsum('ii->', A @ B)", "A", "A: n m, B: m n", EINSUM),
    C("np.sum(np.einsum('ij,j->i', A, x)**2)", "A x", "A: n m, x: m", EINSUM),
    C("np.sum(np.einsum('i,ij->j', x, A)**2)", "A x", "A: n m, x: n", EINSUM),
    C("np.sum(np.einsum('i,j->ji', u, v) * A)", "u", "u: n, v: m, A: m n", EINSUM),
    C("np.einsum('ijk,kl->ijl', A, B).sum()", "B", "", EINSUM, meant=REFUSED),
    # ------------------------------------------------------------------------------------------------------ losses
    C("np.sum(np.exp(X @ w) - y * (X @ w))", "w", LEAST),
    C("np.sum(np.log1p((y - X @ w)**2))", "w", LEAST),
    C(
        "d = x - m\nloss = 0.5 * d @ np.linalg.solve(S, d) + 0.5 * np.linalg.slogdet(S)[1]",
        "S m",
        "x: n, m: n, S: n n spd",
        "",
        "(x - m) @ inv(S) @ (x - m)/2 + logdet(S)/2",
    ),
    C("np.linalg.norm(X - U @ np.diag(s) @ V.T)**2", "s U", "X: n m, U: n k, s: k, V: m k"),
    C("0.5*np.sum((X @ w - y)**2) + a*(r*np.abs(w).sum() + 0.5*(1 - r)*(w**2).sum())", "w", LEAST + ", a, r"),
    C("-torch.log(torch.sigmoid(Z @ w)).mean()", "w", "Z: n d, w: d", "", "-log(sigmoid(Z @ w)).mean()"),
    C(
        "P = torch.softmax(Z / T, dim=1)\nloss = -(Q * torch.log(P)).sum(dim=1).mean()",
        "Z",
        "Z: n k, T positive, Q: n k",
        "",
        "-(Q*logsoftmax(Z/T)).sum()/n",
        shapes="T: scalar",
    ),
    C(
        "U = X / np.linalg.norm(X, axis=1, keepdims=True)\nloss = (U @ U.T * G).sum()",
        "X",
        "X: n d, G: n n",
        "",
        "U = X/np.linalg.norm(X, axis=1, keepdims=True); (U @ U.T*G).sum()",
    ),
    C(
        "np.maximum(0, ((A - P)**2).sum(axis=1) - ((A - N)**2).sum(axis=1) + 0.5).mean()",
        "A P",
        "A: n d, P: n d, N: n d",
    ),
    C("np.sum((x - y)**2) + lam*np.sum((x[1:] - x[:-1])**2)", "x", "x: n, y: n, lam"),
    C(
        "-np.sum(np.log(b - A @ x)) + c @ x",
        "x",
        "A: m n, b: m positive, x: n, c: n",
        shapes="b: m; c: n",
        meant="-np.sum(np.log(np.abs(b - A @ x))) + c @ x",
        also=REFUSED,
    ),
    C("np.sum(P*C) + eps*np.sum(P*(np.log(P) - 1))", "P", "P: n m positive, C: n m, eps"),
    C(
        "torch.log(torch.det(S)) + torch.trace(torch.inverse(S) @ C)",
        "S",
        "S: n n spd, C: n n",
        "",
        "logdet(S) + tr(inv(S) @ C)",
    ),
    C(
        "logits = X @ W + b\nlogp = logits - torch.logsumexp(logits, dim=1, keepdim=True)\n"
        "loss = -(Y * logp).sum(dim=1).mean()",
        "W b",
        "X: n d, W: d k, b: k, Y: n k onehot",
        "",
        "-(Y*logsoftmax(X @ W + b)).sum()/n",
    ),
    C("jnp.logaddexp(0.0, -y * (X @ w)).sum()", "w", "X: n d, w: d, y: n signs", "", "np.log1p(exp(-y*(X @ w))).sum()"),
    C(HUBER, "w", LEAST, "", "r = y - X @ w; np.where(abs(r) <= 1.5, r**2/2, 1.5*(abs(r) - 0.75)).sum()"),
    C(
        ATTENTION,
        "Q K V",
        "Q: n p, K: m p, V: m q, G: n q, d positive",
        "",
        "(softmax(Q @ K.T/np.sqrt(d)) @ V*G).sum()",
    ),
    C(
        "X.norm(dim=1).sum() + (X**2).sum(-1).mean()",
        "X",
        "X: n d",
        "",
        "norm(X, axis=1).sum() + (X**2).sum(-1).mean()",
    ),
    C("torch.sum(A * B, dim=-1).mean()", "A", "A: n d, B: n d", "", "(A*B).sum(-1).mean()"),
    C("np.sum(np.power(X @ w - y, 2)) / (2 * len(y))", "w", LEAST),
    C("np.inner(x, A @ x)", "x A", "x: n, A: n n"),
    C(
        "sig = lambda z: 1/(1 + np.exp(-z))\nloss = np.sum((sig(X @ w) - y)**2)",
        "w",
        LEAST,
        "",
        "sq(sigmoid(X @ w) - y)",
    ),
    C(
        "y_pred = a + b * x + c * x ** 2 + d * x ** 3\nloss = np.square(y_pred - y).sum()",
        "a c d",
        "a, b, c, d, x: n, y: n",
        "",
        "sq(a + b*x + c*x**2 + d*x**3 - y)",
    ),
    C(
        "A = X - X.mean(0)\nloss = -np.trace(W.T @ A.T @ A @ W) / (X.shape[0] - 1)",
        "W",
        "X: n d, W: d k",
        "",
        "A = X - X.mean(0); -tr(W.T @ A.T @ A @ W)/(n - 1)",
    ),
    C("np.sum((W.T @ W - np.eye(W.shape[1]))**2)", "W", "W: n d"),
    C("loss = lambda w: np.sum((X @ w - y)**2)", "w", LEAST, "", "sq(X @ w - y)"),
    C(
        "p = 1/(1 + np.exp(-(X @ w)))\nloss = -np.mean(0.9*y*np.log(p) + 0.1*(1 - y)*np.log(1 - p))",
        "w",
        "X: n d, w: d, y: n binary",
        "",
        "p = sigmoid(X @ w); -np.mean(0.9*y*log(p) + 0.1*(1 - y)*log(1 - p))",
    ),
    C(
        "x = np.tanh(x @ W1)\nx = np.tanh(x @ W2)\nloss = ((x - y)**2).sum()",
        "W1 W2",
        "x: d, W1: d h, W2: h k, y: k",
        "",
        "sq(tanh(tanh(x @ W1) @ W2) - y)",
    ),
    C(
        "def loss(params):\n    W, c = params\n    return np.mean((X @ W - Y)**2)",
        "W",
        "X: n d, W: d k, Y: n k",
        "",
        "np.mean((X @ W - Y)**2)",
    ),
    C(
        "np.linalg.norm(A @ X - B)**2 + lam * np.linalg.matrix_norm(X, ord='nuc')",
        "X",
        "A: n m, X: m k, B: n k, lam",
        "",
        "sq(A @ X - B) + lam*norm(X, 'nuc')",
    ),
    C("loss = torch.linalg.vector_norm(x - y)**2", "x", "x: n, y: n", "", "sq(x - y)"),
    C("np.sum(np.cumsum(x) * g)", "x", "x: n, g: n"),
    C("loss = sum((X @ w - y)**2)", "w", LEAST, "** is Python", "sq(X @ w - y)"),
    C("np.sum((W.dot(X) + b.reshape(-1, 1) - Y)**2)", "W b", "W: h d, X: d n, b: h, Y: h n"),
    C("F.leaky_relu(W @ x, 0.1).sum()", "W", "W: m n, x: n", "", "z = W @ x; np.where(z > 0, z, 0.1*z).sum()"),
    C("F.leaky_relu(W @ x).sum()", "W", "W: m n, x: n", "", "z = W @ x; np.where(z > 0, z, 0.01*z).sum()"),
    C("F.gelu(W @ x).sum()", "W", "W: m n, x: n", "", "z = W @ x; (z*(1 + erf(z/np.sqrt(2)))/2).sum()"),
    C("jax.nn.gelu(W @ x).sum()", "W", "", "jax.nn.gelu is approximate", meant=REFUSED),
    # ------------------------------------------------------------------------------------------------- what to write
    Case("F.cross_entropy(X @ W + b, y)", "W", says="log_softmax(Z, dim=1)"),
    Case("criterion = nn.MSELoss()\nloss = criterion(X @ w, y)", "w", says="((a - y)**2).mean()"),
    Case("loss = nn.CrossEntropyLoss()(X @ W, y)", "W", says="log_softmax(Z, dim=1)"),
    Case("loss = -np.log(softmax(W @ x)[y])", "W", says="torch.softmax(Z, dim=1)"),
    Case("loss = np.log(np.sum(np.exp(z))) - z[y]", "z", says="(y * z).sum()"),
    # ------------------------------------------------------------------------------------------------------- MATLAB
    M(
        "J = sum(log(1 + exp(-y .* (X*w)))) / numel(y) + lambda/2 * (w'*w);",
        "w",
        "X: n d, w: d, y: n signs, lambda",
        "np.log1p(exp(-y*(X @ w))).sum()/n + lambda_/2*sq(w)",
    ),
    M("E = X - U*diag(s)*V'; f = sum(E(:).^2);", "U s", "X: n m, U: n k, s: k, V: m k", "sq(X - U @ diag(s) @ V.T)"),
    M(
        "P = exp(X*W);\nP = bsxfun(@rdivide, P, sum(P, 2));\nJ = -mean(sum(Y .* log(P), 2));",
        "W",
        "X: n d, W: d k, Y: n k onehot",
        "-(Y*logsoftmax(X @ W)).sum()/n",
    ),
    M(
        "d = x - m;\nf = 0.5*d'*(S\\d) + 0.5*log(det(S));",
        "S m",
        "x: n, m: n, S: n n spd",
        "(x - m) @ inv(S) @ (x - m)/2 + logdet(S)/2",
    ),
    M("f = trace(inv(S)*C) + log(det(S));", "S", "S: n n spd, C: n n", "tr(inv(S) @ C) + logdet(S)"),
    M("K = A*A'; f = sum(sum(K .* G));", "A", "A: n d, G: n n", "(A @ A.T*G).sum()"),
    M(
        "h = max(0, W1*x + b1);\nyhat = W2*h + b2;\nf = 0.5*norm(yhat - t)^2;",
        "W1 b1 W2",
        "W1: h d, x: d, b1: h, W2: k h, b2: k, t: k",
        "sq(W2 @ relu(W1 @ x + b1) + b2 - t)/2",
    ),
    M("f = sum(abs(x(2:end) - x(1:end-1)));", "x", "x: n", "abs(x[1:] - x[:-1]).sum()"),
    M("f = mean((X*w - y).^2) + lambda*norm(w, 1);", "w", LEAST + ", lambda", "sq(X @ w - y)/n + lambda_*abs(w).sum()"),
    M(
        "f = sum(sum((W1*X + repmat(b, 1, size(X, 2)) - Y).^2));",
        "W1 b",
        "W1: h d, X: d n, b: h, Y: h n",
        "sq(W1 @ X + b[:, None] - Y)",
        also=REFUSED,
    ),
    M(
        "r = A*x - b;\nf = sqrt(r'*r + epsilon);",
        "x",
        "A: m n, x: n, b: m, epsilon positive",
        "np.sqrt(sq(A @ x - b) + epsilon)",
    ),
    M(
        "f = sum(log(sum(exp(X*W), 2)) - sum((X*W).*Y, 2));",
        "W",
        "X: n d, W: d k, Y: n k",
        "(lse(X @ W) - (X @ W*Y).sum(1)).sum()",
    ),
    Case("f = sum(diff(x).^2);", "x", says="x(2:end) - x(1:end-1)", language="matlab"),
    Case("f = sum(sum((X - repmat(c, n, 1)).^2));", "X", says="X - c", language="matlab"),
)
