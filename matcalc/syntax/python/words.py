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
}
"""The modules, by the usual names, and whose meaning counts."""
PARTS = frozenset({"linalg", "nn", "functional", "numpy", "special", "scipy"})
"""What may stand between a module and a function."""

FUNCTIONAL = frozenset(["relu", "softmax", "log_softmax", "softplus", "silu", "logsigmoid", "sigmoid", "elu", "mish"])
"""What F is a module for; elsewhere it is a name like others."""

_SAME = (
    "exp log log1p expm1 sqrt abs sign sin cos tan sinh cosh tanh sigmoid relu erf silu erfc lgamma digamma elu mish"
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
