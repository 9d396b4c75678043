"""The functions of NumPy, PyTorch and JAX that are read, and what is made of each. A method is a call on its object."""

from __future__ import annotations

MODULES = {
    "np": "numpy",
    "numpy": "numpy",
    "jnp": "numpy",
    "jax": "numpy",
    "scipy": "numpy",
    "math": "numpy",
    "torch": "torch",
    "F": "torch",
    "nn": "torch",
}
"""The modules, by the usual names, and whose meaning counts."""
PARTS = frozenset({"linalg", "nn", "functional", "numpy", "special", "scipy"})
"""What may stand between a module and a function."""

FUNCTIONAL = frozenset(
    ["relu", "softmax", "log_softmax", "softplus", "silu", "logsigmoid", "sigmoid", "elu", "mish", "gelu", "leaky_relu"]
)
"""What F is a module for; elsewhere it is a name like others."""

_SAME = (
    "exp log log1p expm1 sqrt abs sign sin cos tan sinh cosh tanh sigmoid relu erf silu erfc lgamma digamma elu mish"
    " gelu leaky_relu"
)
ENTRIES = {name: name for name in _SAME.split()} | {
    "absolute": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
    "expit": "sigmoid",
    "softplus": "softplus",
    "logsigmoid": "log_sigmoid",
    "log_sigmoid": "log_sigmoid",
    "swish": "silu",
    "gammaln": "lgamma",
    "psi": "digamma",
    "ndtr": "normcdf",
}
"""Functions of the entries, and theirs in the notation."""

BINARY = {
    "add": "Add",
    "subtract": "Sub",
    "sub": "Sub",
    "multiply": "Mult",
    "mul": "Mult",
    "divide": "Div",
    "true_divide": "Div",
    "div": "Div",
    "power": "Pow",
    "pow": "Pow",
    "matmul": "MatMult",
    "mm": "MatMult",
    "mv": "MatMult",
}
"""Functions that are operators."""

REDUCED = {
    "sum": ("sum", "rowsum", "colsum"),
    "mean": ("mean", "rowmean", "colmean"),
    "average": ("mean", "rowmean", "colmean"),
    "var": ("var", "rowvar", "colvar"),
    "std": ("std", "rowstd", "colstd"),
    "prod": ("prod", "", ""),
    "max": ("max", "rowmax", "colmax"),
    "amax": ("max", "rowmax", "colmax"),
    "min": ("min", "rowmin", "colmin"),
    "amin": ("min", "rowmin", "colmin"),
}
"""Reductions: of all entries, over each row (axis 1), down each column (axis 0)."""

SQUARE = {"trace": "tr", "det": "det", "logdet": "logdet", "inv": "inv", "pinv": "pinv", "cholesky": "chol"}
"""Functions of a matrix."""
SQUARE |= {"inverse": "inv", "matrix_exp": "expm"}
SQUARE |= {name: name for name in ("expm", "logm", "sqrtm", "tril", "triu")}
BUILT_IN = frozenset({"abs", "len", "max", "min", "float", "sum"})
BOUNDS = frozenset({"min", "max", "a_min", "a_max"})
MADE = frozenset({"ones", "zeros", "eye", "identity"})
"""Arrays of a size."""
LIKE = {"ones_like": "ones", "zeros_like": "zeros"}
SAME = frozenset(
    {"float", "item", "asarray", "array", "float32", "float64", "astype", "double", "copy", "clone", "tensor"}
)
"""Functions and methods that leave an array what it is."""
FLAT = frozenset({"ravel", "flatten", "reshape", "view", "squeeze", "expand_dims", "unsqueeze"})
"""Those that say which axes an array has."""
TO_SCALAR = frozenset({"tr", "det", "logdet"})

TURNED = frozenset({"transpose", "t", "swapaxes", "permute", "matrix_transpose", "adjoint"})
"""Functions and methods that exchange the axes of a matrix."""

_CROSS = "write -(Y * torch.log_softmax(Z, dim=1)).sum(dim=1).mean(), where a row of Y has a 1 at its class"
_BINARY = "write -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()"
_LOGITS = "write (torch.nn.functional.softplus(z) - y * z).mean()"
_SQUARES = "write ((a - y)**2).mean()"
INSTEAD = {
    **dict.fromkeys(("cross_entropy", "CrossEntropyLoss"), _CROSS),
    **dict.fromkeys(
        ("nll_loss", "NLLLoss"), "write -(Y * logp).sum(dim=1).mean(), where a row of Y has a 1 at its class"
    ),
    **dict.fromkeys(("binary_cross_entropy", "BCELoss"), _BINARY),
    **dict.fromkeys(("binary_cross_entropy_with_logits", "BCEWithLogitsLoss"), _LOGITS),
    **dict.fromkeys(("mse_loss", "MSELoss", "mean_squared_error"), _SQUARES),
    **dict.fromkeys(("l1_loss", "L1Loss", "mean_absolute_error"), "write (a - y).abs().mean()"),
    **dict.fromkeys(
        ("huber_loss", "HuberLoss", "smooth_l1_loss", "SmoothL1Loss"), "in the notation it is mean(huber(a - y, 1))"
    ),
    **dict.fromkeys(("kl_div", "KLDivLoss"), "write (q * (q.log() - logp)).sum()"),
    **dict.fromkeys(("cosine_similarity", "CosineSimilarity"), "write (a @ b) / (a.norm() * b.norm())"),
    **dict.fromkeys(
        ("cdist", "pdist", "pdist2"),
        "write the squared distances out: (X**2).sum(1)[:, None] - 2 * X @ Y.T + (Y**2).sum(1)",
    ),
    **dict.fromkeys(("Linear", "linear"), "write X @ W.T + b"),
    **dict.fromkeys(("eig", "eigvals", "eigh", "eigvalsh"), "lambda_max(A) and lambda_min(A) are in the notation"),
    "svd": "the norms `np.linalg.norm(A, 2)` and `np.linalg.norm(A, 'nuc')` are read",
    "vmap": "write what it does to all rows at once: X @ w for the w @ x of each row x",
    "layer_norm": "in the notation it is layer_norm(Z)",
}
"""What to write for functions that are not read."""
ALONG = "write which one: scipy.special.softmax(Z, axis=1), torch.softmax(Z, dim=1); or define it above"

BY_AXIS = {"softmax": "softmax", "log_softmax": "log_softmax", "logsumexp": "logsumexp"}

COMPILING = frozenset({"jit", "njit", "compile", "script"})
"""Decorators that leave a function what it is."""

AXIS = ("axis", "dim")
KEEP = ("keepdims", "keepdim")
METHODS = frozenset(
    {
        "item",
        "ravel",
        "flatten",
        *ENTRIES,
        *BINARY,
        *REDUCED,
        *SQUARE,
        *BY_AXIS,
        "dot",
        "square",
        "transpose",
        "t",
        "norm",
        "diag",
        "diagonal",
    }
)
"""What may be called on an array. (A name that is no method there fails in Python too.)"""
