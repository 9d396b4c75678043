"""The objective as code: NumPy, PyTorch, JAX and MATLAB, each with its language's own meaning; and functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import ASKED, REFUSED, Case

STAR = "* is elementwise there"
SPREAD = "arrays spread along the last axis"
NORM = "its norms"
VARIANCE = "its variances"
MAXIMUM = "subtracting the row maximum is recognised"
SIZES = "m = X.shape[0] names a size"
CAPITAL = "a capital that multiplies a scalar is a scalar, noted"
LINE = "an intercept and a slope beside a vector are numbers, noted"
NAMES = "locals may be called m, d, I, T, norm or f"
DOWN = "MATLAB's sum(A) goes down the columns"
NEVER = "what is not in the notation is refused with line, column and caret"
LEAST = "X: n d, w: d, y: n"
DECLARED = "X: n x d; w: d; y: n"
LAYERS = "X: n d, W: d k, Y: n k"
NETWORK = "X: n d, W1: d h, W2: h k, Y: n k"

# ---------------------------------------------------------------------------------------- functions, as they are called


def squares(X: Any, w: Any, y: Any) -> Any:
    r = X @ w - y
    return np.sum(r**2)


def ridge(X: Any, w: Any, y: Any, lam: Any) -> Any:
    """Ridge regression.

    X: n x d; w: d; y: n; lam: scalar
    """
    n = X.shape[0]
    residual = X @ w - y
    return residual @ residual / n + lam * np.sum(w * w)


def network(X: Any, W1: Any, W2: Any, Y: Any) -> Any:
    Z1 = X @ W1
    A1 = np.tanh(Z1)
    A2 = A1 @ W2
    return 0.5 * np.sum((A2 - Y) ** 2)


def logistic(X: Any, w: Any, b: Any, y: Any) -> Any:
    """X: n x d; w: d; b: scalar; y: n"""
    p = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def cross_entropy(X: Any, W: Any, b: Any, Y: Any) -> Any:
    """X: n x d; W: d x k; b: k; Y: n x k"""
    Z = X @ W + b
    Z = Z - Z.max(axis=1, keepdims=True)
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    return -(Y * np.log(P)).sum(axis=1).mean()


def own_names(A: Any, x: Any) -> Any:
    """A: n x n; x: n"""
    T = A.T
    norm = T @ x
    f = norm * norm
    return f.sum()


def with_default(X: Any, w: Any, y: Any, alpha: float = 0.5) -> Any:
    """X: n x d; w: d; y: n"""
    return np.mean((X @ w - y) ** 2) + alpha * np.abs(w).sum()


def standardized(X: Any, G: Any) -> Any:
    """X: n x d; G: n x d"""
    mu = X.mean(axis=0)
    sd = X.std(axis=0)
    return np.sum((X - mu) / sd * G)


def looped(X: Any, w: Any, y: Any) -> Any:
    total = 0.0
    for i in range(len(y)):
        total += (X[i] @ w - y[i]) ** 2
    return total


def branching(x: Any) -> Any:
    if x.sum() > 0:
        return (x * x).sum()
    return x.sum()


def C(
    text: str,
    wrt: str,
    sizes: str,
    why: str = "",
    meant: str = "",
    shapes: str = "",
    language: str = "",
    also: str = "",
) -> Case:
    """Code whose value NumPy itself gives, where `meant` is nothing else."""
    return Case(text, wrt, sizes, meant or text.replace("\n", "; "), why, shapes, language, also=also)


def M(text: str, wrt: str, sizes: str, meant: str, why: str = "", shapes: str = "", also: str = "") -> Case:
    """A piece of MATLAB."""
    return Case(text, wrt, sizes, meant, why, shapes, "matlab", also=also)


CASES = (
    # ----------------------------------------------------------------------------------------------------------- NumPy
    C("np.sum((X @ w - y)**2)", "w", LEAST, STAR),
    C("np.sum((X @ w - y)**2)", "w X", LEAST, STAR, shapes=DECLARED),
    C("0.5*np.linalg.norm(A @ x - b)**2 + lam*np.abs(x).sum()", "x", "A: m n, x: n, b: m, lam", NORM),
    C("-(Y * np.log(P)).sum(axis=1).mean()", "P", "Y: n k, P: n k positive", STAR),
    C("np.sum(X.T @ X * A)", "X", "X: n d, A: d d", STAR),
    C("np.trace(A @ X.T)", "X A", "A: n m, X: n m"),
    C("np.linalg.slogdet(S)[1]", "S", "S: n n spd"),
    C("np.log(np.linalg.det(S)) + np.trace(S @ A)", "S", "S: n n spd, A: n n"),
    C("np.sum((Z - Z.max(axis=1, keepdims=True)) * G)", "Z", "Z: n m, G: n m", "the row maximum is what it is"),
    C("np.mean((y - X.dot(w))**2)", "w", LEAST),
    C("np.dot(x, np.dot(A, x))", "x", "x: n, A: n n"),
    C("x @ A @ x", "x A", "x: n, A: n n", "nothing marks it as Python", also=f"{ASKED} {REFUSED}"),
    C("np.linalg.norm(A)**2", "A", "A: n m", NORM),
    C("np.linalg.norm(A, 2)", "A", "A: n m", NORM),
    C("np.linalg.norm(A, 'fro')**2", "A", "A: n m", NORM),
    C("np.linalg.norm(A, 'nuc')", "A", "A: n m", NORM),
    C("np.linalg.norm(A, 1)", "A", "A: n m", "np.linalg.norm(A, 1) is the largest column sum", also=REFUSED),
    C("np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf)", "x", "x: n", NORM, shapes="x: n"),
    C("np.sum(np.log(1 + np.exp(-y * (X @ w))))", "w", "X: n d, w: d, y: n signs", STAR),
    C("np.sum(np.maximum(0, 1 - y * (X @ w))) + 0.5 * lam * w @ w", "w", "X: n d, w: d, y: n signs, lam", STAR),
    C("np.sum(X * v)", "X v", "X: n d, v: d", SPREAD, shapes="X: n x d; v: d"),
    C("np.sum((X - v)**2)", "X v", "X: n n, v: n", SPREAD, shapes="X: n x n; v: n"),
    C("np.sum((X - X.mean(axis=0))**2)", "X", "X: n d", SPREAD),
    C("np.sum((X - X.mean(axis=1, keepdims=True))**2 * G)", "X", "X: n d, G: n d", SPREAD),
    C("np.sum((X @ W + b - Y)**2)", "W b", "X: n d, W: d k, b: k, Y: n k", SPREAD,
         shapes="X: n x d; W: d x k; b: k; Y: n x k"),
    C("np.sum(np.var(X, axis=0) * g)", "X", "X: n d, g: d", VARIANCE),
    C("np.std(x)**2 + x.var()", "x", "x: n", VARIANCE, shapes="x: n"),
    C("np.log(np.sum(np.exp(x))) - x @ t", "x", "x: n, t: n", shapes="x: n; t: n"),
    C("np.sum(np.outer(x, y) * A)", "x A", "x: n, y: m, A: n m", STAR),
    C("np.sum(np.diag(A) * x)", "A x", "A: n n, x: n", STAR),
    C("np.sum(np.kron(A, B)**2)", "A", "A: n m, B: p q", STAR),
    C("np.einsum('ij,ij->', A, B)", "A", "A: n m, B: n m", also=REFUSED),
    C("(A * B).sum() + A.sum()**2", "A", "A: n m, B: n m", STAR, also=ASKED),
    C("np.square(X @ w - y).mean()", "w", LEAST),
    C("np.sum(np.tanh(X @ W1) @ W2 * Y)", "W1 W2", NETWORK),
    C("np.sum(np.where(x > 0, x, 0.1 * x) * y)", "x", "x: n, y: n", also=REFUSED),
    C("np.sum(np.where(x > 0, x, 0) * y)", "x", "x: n, y: n", STAR),
    C("np.sum(np.maximum(x, 0) * y)", "x", "x: n, y: n", STAR),
    C("np.sum(np.clip(x, 0, 1) * y)", "x", "x: n, y: n"),
    C("x @ np.linalg.inv(A) @ x + np.sum(A ** 2)", "A x", "x: n, A: n n invertible"),
    C("x @ np.linalg.solve(A, b)", "x b", "x: n, A: n n invertible, b: n", also=REFUSED),
    C("Z = X @ W\nP = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)\n-np.mean(np.sum(Y * np.log(P), axis=1))", "W",
         LAYERS, STAR),
    C("r = y - X @ w\nloss = np.dot(r, r) / len(y)", "w", LEAST, SIZES, meant="sq(y - X @ w)/n"),
    C("n = X.shape[0]\nJ = np.sum((X @ w - y)**2) / (2 * n)", "w", LEAST, SIZES, meant="sq(X @ w - y)/(2*n)",
         shapes=DECLARED),
    C("np.multiply(A, X).sum() + np.power(X, 2).sum()", "X", "A: n m, X: n m", STAR),
    C("np.sum(np.abs(A @ x - b))", "x", "A: m n, x: n, b: m"),
    C("np.sum((A @ X - X @ B)**2)", "X A", "A: n n, X: n m, B: m m"),
    C("numpy.sum((X @ w - y)**2)", "w", LEAST, meant="np.sum((X @ w - y)**2)"),
    C("y.T @ np.log(1 / (1 + np.exp(-X @ w)))", "w", "X: n d, w: d, y: n"),
    # -------------------------------------------------------------------------------------------------- PyTorch and JAX
    C("torch.sum((X @ w - y)**2)", "w", LEAST, meant="sq(X @ w - y)"),
    C("torch.norm(A, p=2)**2", "A", "A: n m", NORM, meant="sq(A)"),
    C("torch.linalg.norm(X @ W - Y)**2", "W", LAYERS, NORM, meant="sq(X @ W - Y)"),
    C("torch.mean((torch.sigmoid(X @ w) - y)**2)", "w", LEAST, meant="np.mean((sigmoid(X @ w) - y)**2)"),
    C("(torch.relu(X @ W1) @ W2 - Y).pow(2).sum()", "W1 W2", NETWORK, meant="sq(relu(X @ W1) @ W2 - Y)"),
    C("-(Y * torch.log_softmax(X @ W, dim=1)).sum(dim=1).mean()", "W", LAYERS, "the dim is the axis",
      meant="-(Y*logsoftmax(X @ W)).sum()/n"),
    C("-(Y * F.log_softmax(X @ W, dim=-1)).sum(-1).mean()", "W", LAYERS, meant="-(Y*logsoftmax(X @ W)).sum()/n",
         also=REFUSED),
    C("torch.sum(X.var(dim=0) * g)", "X", "X: n d, g: d", "torch divides by n - 1", meant="(X.var(0, ddof=1)*g).sum()"),
    C("torch.var(x) + torch.sum(x)**2", "x", "x: n", "torch divides by n - 1", meant="x.var(ddof=1) + x.sum()**2",
         shapes="x: n"),
    C("torch.logdet(S) - torch.trace(S @ A)", "S", "S: n n spd, A: n n", meant="logdet(S) - tr(S @ A)"),
    C("torch.logsumexp(X @ W, dim=1).sum() - (Y * (X @ W)).sum()", "W", LAYERS,
         meant="lse(X @ W).sum() - (Y*(X @ W)).sum()"),
    C("jnp.sum((X @ w - y)**2) + lam * jnp.sum(w**2)", "w", LEAST + ", lam", STAR, meant="sq(X @ w - y) + lam*sq(w)"),
    C("jnp.mean(jnp.log1p(jnp.exp(-y * (X @ w))))", "w", "X: n d, w: d, y: n signs",
         meant="np.mean(np.log1p(exp(-y*(X @ w))))"),
    C("jnp.linalg.norm(X @ W - Y, 'fro')**2", "W", LAYERS, NORM, meant="sq(X @ W - Y)"),
    C("jnp.vdot(A, X) + jnp.trace(X.T @ X)", "X", "A: n m, X: n m", meant="(A*X).sum() + sq(X)", also=REFUSED),
    # ---------------------------------------------------------------------------------------------------------- MATLAB
    M("sum((X*w - y).^2)", "w", LEAST, "sq(X @ w - y)"),
    M("norm(X*w - y, 2)^2", "w", LEAST, "sq(X @ w - y)"),
    M("norm(A)", "A", "A: n m", "norm(A, 2)", "MATLAB's norm(A) is spectral"),
    M("norm(A, 'fro')^2", "A", "A: n m", "sq(A)", NORM),
    M("sum(sum((X*W - Y).^2))", "W", LAYERS, "sq(X @ W - Y)", DOWN, shapes="X: n x d; W: d x k; Y: n x k"),
    M("norm(sum(A))^2", "A", "A: n m", "sq(A.sum(0))", DOWN, shapes="A: n x m"),
    M("sum(mean(A).^2)", "A", "A: n m", "sq(A.mean(0))", DOWN, shapes="A: n x m"),
    M("sum(sum(A, 2).^2)", "A", "A: n m", "sq(A.sum(1))", DOWN, shapes="A: n x m"),
    M("trace(A*X')", "X", "A: n m, X: n m", "tr(A @ X.T)"),
    M("m = size(X, 1);\nJ = (1/(2*m))*sum((X*theta - y).^2);", "theta", "X: m d, theta: d, y: m",
         "sq(X @ theta - y)/(2*m)", SIZES),
    M("h = 1 ./ (1 + exp(-X*theta));\nJ = -(y'*log(h) + (1 - y)'*log(1 - h))/5;", "theta",
         "X: n d, theta: d, y: n binary",
      "p = sigmoid(X @ theta); -(y*log(p) + (1 - y)*log(1 - p)).sum()/5"),
    M("0.5*x'*A*x - b'*x % quadratic", "x", "A: n n, x: n, b: n", "x @ A @ x/2 - b @ x", "% starts a comment"),
    M("log(det(S)) + trace(S\\A)", "S", "S: n n spd, A: n n", "logdet(S) + tr(inv(S) @ A)", "left division",
         also=REFUSED),
    M("sum(sum(X.*Y)) + sum(X(:).^2)", "X", "X: n m, Y: n m", "(X*Y).sum() + sq(X)", DOWN, shapes="X: n x m; Y: n x m",
      also=REFUSED),
    M("sum(var(X).*g')", "X", "X: n m, g: m", "(X.var(0, ddof=1)*g).sum()", VARIANCE, shapes="X: n x m; g: m",
         also=REFUSED),
    # ------------------------------------------------------------------------------------------------------- functions
    Case(squares, "w X", LEAST, ""),
    Case(ridge, "w", LEAST + ", lam", "", SIZES),
    Case(network, "W1 W2", NETWORK, ""),
    Case(logistic, "w b", "X: n d, w: d, b, y: n binary", "", "a docstring may declare shapes"),
    Case(cross_entropy, "W b", "X: n d, W: d k, b: k, Y: n k onehot", "", MAXIMUM),
    Case(own_names, "x A", "A: n n, x: n", "", NAMES),
    Case(with_default, "w", LEAST, "", "default arguments are constants"),
    Case(standardized, "X", "X: n d, G: n d", "", VARIANCE),
    Case(looped, "w", meant=REFUSED, why=NEVER, says="line"),
    Case(branching, "x", meant=REFUSED, why=NEVER, says="line"),
    # ------------------------------------------------------------------------------------------------- what is not read
    C("np.sum(r * X)", "X", "", "(n,) * (n, d) is an error", meant=REFUSED, shapes="r: n; X: n x d"),
    C("np.linalg.svd(A)[1].sum()", "A", "A: n m", NEVER, meant="norm(A, 'nuc')", also=REFUSED),
    C("np.sum(X[idx] @ w)", "w", "", NEVER, meant=REFUSED),
    C("os.system('echo')", "x", "", "never executed", meant=REFUSED),
    C("sum(X[i] @ w for i in range(3))", "w", "", NEVER, meant=REFUSED),
    C("[x**2 for x in X]", "X", "", NEVER, meant=REFUSED),
    C("my_loss(X @ w, y) + np.sum(w**2)", "w", "", "calls elsewhere are refused", meant=REFUSED),
    C("w += 1\nnp.sum(w**2)", "w", "", "+= on an argument is refused", meant=REFUSED),
    C("np.random.randn(3) @ w", "w", "", NEVER, meant=REFUSED),
    Case("np.sum(np.log(1 + np.exp(-y * X.dot(w)))) + C * np.dot(w, w)", "w", LEAST + ", C",
         "log(1 + exp(-y*(X @ w))).sum() + C*(w @ w)", CAPITAL, noted=True),
    Case("C * (w @ w) + np.sum((X @ w - y)**2) / N", "w", LEAST + ", C, N", "C*(w @ w) + sq(X @ w - y)/N",
         CAPITAL, noted=True),
    Case("np.sum((A * np.sum(x) - Y)**2)", "A x", "A: n d, x: h, Y: n d", "sq(A*x.sum() - Y)", STAR),
    Case("np.mean(np.maximum(0, 1 - y * (X @ w - b)))", "w b", "X: n d, w: d, b: n, y: n signs",
         "np.mean(relu(1 - y*(X @ w - b)))", "a bias that was taken for a vector is noted", noted=True),
    Case("((torch.tanh(x @ W1.T + b1) - y)**2).mean()", "W1 b1", "x: d, W1: h d, b1: h, y: h",
         "np.mean((tanh(x @ W1.T + b1) - y)**2)", "one sample before a matrix is noted", noted=True),
    Case("y_pred = w0 + w1 * x\nloss = np.mean((y - y_pred)**2)", "w0 w1", "w0, w1, x: n, y: n",
         "np.mean((y - (w0 + w1*x))**2)",
         LINE, noted=True),
    Case("np.sum((m * x + b - y)**2)", "m b", "m, x: n, b, y: n", "sq(m*x + b - y)", LINE, noted=True),
    # ---------------------------------------------------------------------------- refused with what to write instead
    Case("F.mse_loss(a, y, reduction='sum')", "a", says="((a - y)**2).sum()", why=NEVER),
    Case("F.mse_loss(a, y)", "a", says="((a - y)**2).mean()", why=NEVER),
    Case("F.huber_loss(a, y, delta=0.5)", "a", says="huber(a - y, 0.5)", why=NEVER),
    Case("F.kl_div(logp, q, reduction='batchmean')", "logp", says="/ len(q)", why=NEVER),
    Case("np.average((X @ w - y)**2, weights=p)", "w", says="(p * x).sum() / p.sum()", why=NEVER),
    Case("def loss(params, x, y):\n    return jnp.mean((x @ params['W'] - y)**2)", "W", says="a name of its own, W",
         why=NEVER),
    Case("def f(X, w, y):\n    e = X @ w - y\n    return e @ e, X.T @ e", "w", says="return the loss alone", why=NEVER),
    Case("loss = ((X @ w - y)**2).mean()\nloss.backward()", "w", says="leave it out", why=NEVER),
    Case("w = np.zeros(d)\nloss = np.sum((X @ w - y)**2)", "w", says="leave out the definition",
         why="w is given a value"),
    Case("w = zeros(d,1); J = sum((X*w - y).^2)", "w", says="leave out the definition", why="w is given a value",
         language="matlab", shapes="X: n x d; w: d; y: n"),
    Case("dot(A, B)*c", "A", says="down the columns", why=NEVER, language="matlab"),
)  # fmt: skip
