"""An oracle that shares no code with matcalc's meanings or rules: plain NumPy, and differences.

Each operator is written here a second time, from its definition and by another road where there is one (the exponential
by its series, square root and logarithm by eigenvalues, Fréchet derivatives by divided differences). `slope` is the
derivative of an objective along increments, by central differences, extrapolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from matcalc.dims import Dim, dim_value
from matcalc.expr import Node, Number, Size, Symbol, Term, postorder

Array = np.ndarray[Any, Any]


# ------------------------------------------------------------------------------------------------ functions of a matrix


def of_matrix(f: Callable[[Array], Array], a: Array) -> Array:
    """f of a diagonalizable matrix, by its eigenvalues."""
    values, vectors = np.linalg.eig(a.astype(complex))
    found = (vectors * f(values)) @ np.linalg.inv(vectors)
    real = np.abs(found.imag).max(initial=0) < 1e-6 * (1 + np.abs(found).max(initial=0))
    return found.real if real else np.full(a.shape, np.nan)


def along(f: Callable[[Array], Array], slope: Callable[[Array], Array], a: Array, e: Array) -> Array:
    """The derivative of f(A) along E for a diagonalizable A, by divided differences (Daleckii & Krein)."""
    values, vectors = np.linalg.eig(a.astype(complex))
    one, two = values[:, None] + 0 * values, values + 0 * values[:, None]
    close = np.abs(one - two) < 1e-7 * (1 + np.abs(one))
    quotients = np.where(close, slope((one + two) / 2), (f(one) - f(two)) / np.where(close, 1, one - two))
    found = vectors @ (quotients * (np.linalg.inv(vectors) @ e @ vectors)) @ np.linalg.inv(vectors)
    return found.real


POINTS, SHARES = np.polynomial.legendre.leggauss(60)


def logm(a: Array) -> Array:
    """By eigenvalues; by an integral of (A - I) inv(I + t (A - I)) where vectors nearly coincide."""
    return of_matrix(np.log, a) if _diagonalizable(a) else _integral(a, lambda b, r: b @ r)


def log_along(a: Array, e: Array) -> Array:
    return along(np.log, lambda x: 1 / x, a, e) if _diagonalizable(a) else _integral(a, lambda b, r: r @ e @ r)


def _diagonalizable(a: Array) -> bool:
    return bool(np.linalg.cond(np.linalg.eig(a)[1]) < 1e6)


def _integral(a: Array, f: Callable[[Array, Array], Array]) -> Array:
    values, b = np.linalg.eig(a)[0], a - np.eye(len(a))
    if any(abs(x.imag) < 1e-9 * abs(x) and x.real <= 0 for x in values):
        return np.full(a.shape, np.nan)
    resolvents = [np.linalg.inv(np.eye(len(a)) + (t + 1) / 2 * b) for t in POINTS]
    return sum((w / 2 * f(b, r) for w, r in zip(SHARES, resolvents, strict=True)), np.zeros_like(a))


def twice_along(
    f: Callable[[Array], Array],
    slope: Callable[[Array], Array],
    curve: Callable[[Array], Array],
    a: Array,
    e: Array,
    g: Array,
) -> Array:
    """The second derivative of f(A) along E and G for a diagonalizable A, by second divided differences."""
    values, vectors = np.linalg.eig(a.astype(complex))
    back = np.linalg.inv(vectors)
    e, g = back @ e @ vectors, back @ g @ vectors

    def once(x: Array, y: Array) -> Array:
        return slope((x + y) / 2) if abs(x - y) < 1e-6 else (f(x) - f(y)) / (x - y)

    def twice(x: Array, y: Array, z: Array) -> Array:
        x, y, z = sorted((x, y, z), key=lambda value: (value.real, value.imag))
        return curve((x + z) / 2) / 2 if abs(x - z) < 1e-6 else (once(x, y) - once(y, z)) / (x - z)

    n = len(a)
    found = np.zeros((n, n), complex)
    for i, j, k in np.ndindex(n, n, n):
        found[i, j] += twice(values[i], values[k], values[j]) * (e[i, k] * g[k, j] + g[i, k] * e[k, j])
    return (vectors @ found @ back).real


def powers_twice_along(a: Array, e: Array, g: Array, k: Array) -> Array:
    """The sum of A^p E A^q G A^r and A^p G A^q E A^r, where p + q + r = k - 2."""
    n = round(k.item())
    power = np.linalg.matrix_power
    triples = [(p, q, n - 2 - p - q) for p in range(n - 1) for q in range(n - 1 - p)]
    both = (power(a, p) @ (e @ power(a, q) @ g + g @ power(a, q) @ e) @ power(a, r) for p, q, r in triples)
    return sum(both, np.zeros_like(a))


def pinv(a: Array) -> Array:
    """By normal equations; where they are singular, as for λ I - S with an eigenvalue λ of S, by singular values."""
    one, two = (a.T @ a, a.T) if len(a) >= a.shape[1] else (a @ a.T, a)
    if np.linalg.cond(a) < 1e10:
        found = np.linalg.inv(one) @ two
        return found if len(a) >= a.shape[1] else found.T
    return np.linalg.pinv(a, rcond=1e-12)


def polar(a: Array) -> Array:
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


def polar_along(a: Array, e: Array) -> Array:
    """By differences of sixth order, extrapolated twice."""
    size = np.linalg.svd(a)[1].min() / max(np.abs(e).max(), 1e-300) / 64
    rows = [(polar(a + h * e) - polar(a - h * e)) / (2 * h) for h in (size, size / 2, size / 4)]
    one, two = (4 * rows[1] - rows[0]) / 3, (4 * rows[2] - rows[1]) / 3
    return (16 * two - one) / 15


def expm(a: Array) -> Array:
    """The series of A / 2^s, squared s times."""
    squarings = max(0, math.ceil(math.log2(max(1e-9, np.abs(a).sum(axis=0).max()))) + 3)
    a = a / 2.0**squarings
    total = part = np.eye(len(a))
    for k in range(1, 20):
        part = part @ a / k
        total = total + part
    for _ in range(squarings):
        total = total @ total
    return total


def powers_along(a: Array, e: Array, k: Array) -> Array:
    """The sum of A^r E A^(k-1-r)."""
    n = round(k.item())
    power = np.linalg.matrix_power
    return sum((power(a, r) @ e @ power(a, n - 1 - r) for r in range(n)), np.zeros_like(a))


def extreme(a: Array, last: bool) -> tuple[float, Array]:
    """The largest or smallest eigenvalue, and its vector with the largest entry positive."""
    values, vectors = np.linalg.eigh((a + a.T) / 2)
    v = vectors[:, -1 if last else 0]
    return float(values[-1 if last else 0]), (v * np.sign(v[np.argmax(np.abs(v))])).reshape(-1, 1)


def svd(a: Array) -> tuple[Array, Array, Array]:
    """U with the shape of A, the singular values, V: A = U diag(s) V'. Each u has its largest entry positive."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    signs = np.sign(u[np.argmax(np.abs(u), axis=0), range(u.shape[1])])
    u, v = u * signs, vt.T * signs
    missing = a.shape[1] - len(s)
    return np.hstack([u, np.zeros((len(u), missing))]), s, np.hstack([v, np.zeros((len(v), missing))])


# -------------------------------------------------------------------------------------------- lines, statistics, blocks


def softmax(a: Array, axis: int) -> Array:
    powers = np.exp(a)
    return powers / powers.sum(axis=axis, keepdims=True)


def normalized(a: Array, eps: Array, axis: int) -> Array:
    return (a - a.mean(axis, keepdims=True)) / np.sqrt(a.var(axis, keepdims=True) + eps)


def partial_trace(m: Array, size: int, first: bool) -> Array:
    rows, columns = m.shape[0] // size, m.shape[1] // size
    if first:
        return np.einsum("iaib->ab", m.reshape(size, rows, size, columns))
    return np.einsum("aibi->ab", m.reshape(rows, size, columns, size))


def commutation(rows: int, columns: int) -> Array:
    """Its columns are the transposes of unit matrices, stacked."""
    units = np.eye(rows * columns).reshape((rows, columns, -1), order="F")
    return np.column_stack([column(unit.T.flatten(order="F")) for unit in np.moveaxis(units, -1, 0)])


def duplication(size: int, kind: str) -> Array:
    """A column for each independent entry: what the array is, stacked, if that entry is 1 and the others are 0."""
    below = {"symmetric": 0, "skew": -1, "lower": 0}
    columns = []
    for j in range(size):
        for i in range(size):
            unit = np.zeros((size, size))
            unit[i, j] = 1
            if np.tril(unit, below[kind]).any() if kind in below else i == j if kind == "diagonal" else i <= j:
                mirrored = unit.T - np.diag(np.diag(unit))
                whole = unit + mirrored if kind == "symmetric" else unit - mirrored if kind == "skew" else unit
                columns.append(column(whole.flatten(order="F")))
    return np.column_stack(columns)


def indicator(a: Array, best: Callable[[Array], Any]) -> Array:
    found = np.zeros(a.size)
    found[best(a)] = 1
    return found.reshape(a.shape)


def first_places(a: Array, count: int) -> list[Array]:
    """For each of the largest entries in turn, where the larger ones stand."""
    found = [np.zeros(a.shape, bool)]
    for _ in range(min(count, a.size) - 1):
        found.append(found[-1] | (indicator(np.where(found[-1], np.nan, a), np.nanargmax) > 0))
    return found


LEVI_CIVITA = np.array([[[(i - j) * (j - k) * (k - i) / 2 for k in range(3)] for j in range(3)] for i in range(3)])


def column(a: Any) -> Array:
    return np.reshape(a, (-1, 1))


# ------------------------------------------------------------------------------------------------------------ the table

ERF = np.frompyfunc(math.erf, 1, 1)


def erf(x: Array) -> Array:
    return ERF(x).astype(float)


LGAMMA = np.frompyfunc(lambda x: math.lgamma(x) if x > 0 else math.nan, 1, 1)


def lgamma(x: Array) -> Array:
    return LGAMMA(x).astype(float)


PANELS = np.linspace(0, 60, 121)
NODES, WEIGHTS = (a.reshape(-1) for a in np.polynomial.legendre.leggauss(12))
TIMES = ((PANELS[1:, None] + PANELS[:-1, None]) / 2 + NODES / 4).reshape(-1)
LENGTHS = np.tile(WEIGHTS / 4, len(PANELS) - 1)


def digamma(x: Array) -> Array:
    """Gauss' integral at x + 1, where it ends soon, less 1/x."""
    x = np.where(x > 0, x, np.nan)[..., None]
    t = TIMES
    return ((np.exp(-t) / t - np.exp(-(x + 1) * t) / -np.expm1(-t)) * LENGTHS).sum(-1) - 1 / x[..., 0]


def trigamma(x: Array) -> Array:
    """The derivative of that integral."""
    x = np.where(x > 0, x, np.nan)[..., None]
    return (TIMES * np.exp(-(x + 1) * TIMES) / -np.expm1(-TIMES) * LENGTHS).sum(-1) + 1 / x[..., 0] ** 2


def softplus(x: Array) -> Array:
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


IN_NUMPY = "exp log log1p expm1 sqrt abs sign sin cos tan sinh cosh tanh"
ENTRIES: dict[str, Callable[[Array], Array]] = {
    **{name: getattr(np, name) for name in IN_NUMPY.split()},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sigmoid": lambda x: (1 + np.tanh(x / 2)) / 2,
    "relu": lambda x: np.where(x > 0, x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, x / 100),
    "elu": lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
    "softplus": softplus,
    "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x * (1 + np.tanh(x / 2)) / 2,
    "mish": lambda x: x * np.tanh(softplus(x)),
    "erf": erf,
    "erfc": lambda x: 1 - erf(x),
    "normcdf": lambda x: (1 + erf(x / math.sqrt(2))) / 2,
    "normpdf": lambda x: np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
    "lgamma": lgamma,
    "digamma": digamma,
    "trigamma": trigamma,
    "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "log_sigmoid": lambda x: -softplus(-x),
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}

OPERATORS: dict[str, Callable[..., Any]] = {
    "plus": lambda *a: reduce(np.add, a),
    "scale": np.multiply,
    "matmul": lambda *a: reduce(np.dot, a),
    "hadamard": lambda *a: reduce(np.multiply, a),
    "power": lambda a, s: a ** (round(s.item()) if s.item() == round(s.item()) and s.item() > 0 else s.item()),
    "matpow": lambda a, k: np.linalg.matrix_power(a, round(k.item())),
    "inner": lambda a, b: (a * b).sum(),
    "transpose": np.transpose,
    "tr": np.trace,
    "sum": np.sum,
    "mean": np.mean,
    "rowsum": lambda a: a.sum(1, keepdims=True),
    "colsum": lambda a: a.sum(0, keepdims=True),
    "diag": lambda a: np.diag(a[:, 0]),
    "diagonal": lambda a: column(np.diag(a)),
    "rowmean": lambda a: a.mean(1, keepdims=True),
    "colmean": lambda a: a.mean(0, keepdims=True),
    "tril": np.tril,
    "triu": np.triu,
    "tril_half": lambda a: np.tril(a, -1) + np.diag(np.diag(a)) / 2,
    "kron": lambda *a: reduce(np.kron, a),
    "vec": lambda a: column(a.flatten(order="F")),
    "commutation": lambda n, m: commutation(round(n.item()), round(m.item())),
    "vech": lambda a: column(np.concatenate([a[j:, j] for j in range(len(a))])),
    "duplication": lambda n: duplication(round(n.item()), "symmetric"),
    **{
        f"duplication_{k}": lambda n, k=k: duplication(round(n.item()), k)
        for k in ("skew", "diagonal", "lower", "upper")
    },
    "unvec": lambda a, n, m: a.reshape((round(n.item()), round(m.item())), order="F"),
    "ptrace1": lambda a, k: partial_trace(a, round(k.item()), True),
    "ptrace2": lambda a, k: partial_trace(a, round(k.item()), False),
    "hcat": lambda *a: np.hstack(a),
    "vcat": lambda *a: np.vstack(a),
    "rowrange": lambda a, i, j: a[round(i.item()) - 1 : round(j.item()), :],
    "colrange": lambda a, i, j: a[:, round(i.item()) - 1 : round(j.item())],
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "cumsum": lambda a: np.tril(np.ones((len(a), len(a)))) @ a,
    "logabsdet": lambda a: np.log(np.abs(np.linalg.det(a))),
    "logdet": lambda a: np.log(np.linalg.det(a)),
    "norm": lambda a: np.sqrt((a * a).sum()),
    "pinv": pinv,
    "expm": expm,
    "logm": logm,
    "sqrtm": lambda a: of_matrix(np.sqrt, a),
    "expm_frechet": lambda a, e: expm(np.block([[a, e], [0 * a, a]]))[: len(a), len(a) :],
    "logm_frechet": log_along,
    "sqrtm_frechet": lambda a, e: along(np.sqrt, lambda x: 1 / (2 * np.sqrt(x)), a, e),
    "power_frechet": powers_along,
    "expm_frechet2": lambda a, e, g: twice_along(np.exp, np.exp, np.exp, a, e, g),
    "logm_frechet2": lambda a, e, g: twice_along(np.log, lambda x: 1 / x, lambda x: -1 / x**2, a, e, g),
    "power_frechet2": powers_twice_along,
    "polar": polar,
    "polar_frechet": polar_along,
    "chol": np.linalg.cholesky,
    "lambda_max": lambda a: extreme(a, True)[0],
    "lambda_min": lambda a: extreme(a, False)[0],
    "eigvec_max": lambda a: extreme(a, True)[1],
    "eigvec_min": lambda a: extreme(a, False)[1],
    "norm_spec": lambda a: svd(a)[1][0],
    "norm_nuc": lambda a: svd(a)[1].sum(),
    "singular_u1": lambda a: svd(a)[0][:, :1],
    "singular_v1": lambda a: svd(a)[2][:, :1],
    "singular_u": lambda a: svd(a)[0],
    "singular_v": lambda a: svd(a)[2],
    "var": np.var,
    "std": np.std,
    "rowvar": lambda a: a.var(1, keepdims=True),
    "colvar": lambda a: a.var(0, keepdims=True),
    "rowstd": lambda a, eps: np.sqrt(a.var(1, keepdims=True) + eps),
    "colstd": lambda a, eps: np.sqrt(a.var(0, keepdims=True) + eps),
    "layer_norm": lambda a, eps: normalized(a, eps, 1),
    "batch_norm": lambda a, eps: normalized(a, eps, 0),
    "largest": np.max,
    "smallest": np.min,
    "rowmax": lambda a: a.max(1, keepdims=True),
    "indicator_rowmax": lambda a: np.array([indicator(line, np.argmax) for line in a]),
    "indicator_max": lambda a: indicator(a, np.argmax),
    "indicator_min": lambda a: indicator(a, np.argmin),
    "softmax_rows": lambda a: softmax(a, 1),
    "softmax_columns": lambda a: softmax(a, 0),
    "log_softmax_rows": lambda a: np.log(softmax(a, 1)),
    "log_softmax_columns": lambda a: np.log(softmax(a, 0)),
    "logsumexp_rows": lambda a: np.log(np.exp(a).sum(1, keepdims=True)),
    "logsumexp_columns": lambda a: np.log(np.exp(a).sum(0, keepdims=True)),
    "clip": lambda a, s, t: np.where(a < s, s, a) * (np.where(a < s, s, a) < t) + t * (np.where(a < s, s, a) >= t),
    "huber": lambda a, s: np.where(np.abs(a) <= np.abs(s), a * a / 2, np.abs(s) * (np.abs(a) - np.abs(s) / 2)),
    "prod": lambda a: reduce(float.__mul__, map(float, a.ravel())),
    "sum_largest": lambda a, k: sum(sorted(a.ravel())[::-1][: round(k.item())]),
    "indicator_largest": lambda a, k: reduce(
        np.add, [indicator(np.where(i, np.nan, a), np.nanargmax) for i in first_places(a, round(k.item()))]
    ),
    "sqdist": lambda a, b: np.array([[((p - q) ** 2).sum() for q in b] for p in a]),
    "khatri_rao": lambda a, b: np.column_stack([np.kron(x, y) for x, y in zip(a.T, b.T, strict=True)]),
    "cross": lambda a, b: np.einsum("ijk,jm,km->im", LEVI_CIVITA, a, b),
    "max": lambda a, b: np.where(a >= b, a, b),
    "min": lambda a, b: np.where(a >= b, b, a),
    "step_ge": lambda a, b: np.where(a >= b, 1.0, 0.0),
    "eye": lambda n: np.eye(round(n.item())),
    "ones": lambda n, m: np.ones((round(n.item()), round(m.item()))),
    "zeros": lambda n, m: np.zeros((round(n.item()), round(m.item()))),
    "pi": lambda: math.pi,
    "e": lambda: math.e,
}


# ------------------------------------------------------------------------------------------------------------- the walk


def evaluate(
    nodes: Sequence[Node],
    values: Mapping[str, Array],
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]] | None = None,
) -> list[Array]:
    """The values of `nodes`; nan where there is none. `values` by name, 2-D; `functions` as (f, f')."""
    memo: dict[Node, Array] = {}
    with np.errstate(all="ignore"):
        for node in postorder(*nodes, through_definitions=True):
            memo[node] = _value(node, memo, values, sizes, functions or {})
    return [memo[node] for node in nodes]


def _value(
    node: Node,
    memo: Mapping[Node, Array],
    values: Mapping[str, Array],
    sizes: Mapping[str, int],
    functions: Mapping[str, tuple[Callable[[Array], Array], ...]],
) -> Array:
    if isinstance(node, Number):
        return np.array([[float(node.value)]])
    if isinstance(node, Size):
        return np.array([[float(size(node.dim, sizes))]])
    if isinstance(node, Symbol):
        return values[node.name] if node.definition is None else memo[node.definition]
    assert isinstance(node, Term)
    arguments = [memo[a] for a in node.args]
    if node.op.function is not None:
        known = functions.get(node.op.function, (ENTRIES.get(node.op.function),))
        f = known[node.op.order]
        assert f is not None, node.op.name
        return np.asarray(f(arguments[0]), dtype=float)
    shape = size(node.shape[0], sizes), size(node.shape[1], sizes)
    if not all(np.isfinite(a).all() for a in arguments):
        return np.full(shape, np.nan)
    try:
        found = np.asarray(OPERATORS[node.op.name](*arguments), dtype=float)
    except np.linalg.LinAlgError:
        return np.full(shape, np.nan)
    return found.reshape(shape)


def size(dim: Dim, sizes: Mapping[str, int]) -> int:
    """The number that a dimension stands for."""
    return dim if isinstance(dim, int) else dim_value(dim, sizes)


def slope(objective: Callable[[float], float], step: float = 2.0**-9) -> tuple[float, float]:
    """The derivative of f(t) at 0, and how far it is to be trusted: central differences, extrapolated twice."""
    rows = [(objective(h) - objective(-h)) / (2 * h) for h in (step, step / 2, step / 4)]
    one, two = (4 * rows[1] - rows[0]) / 3, (4 * rows[2] - rows[1]) / 3
    return (16 * two - one) / 15, abs(two - one)
