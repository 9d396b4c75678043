"""What matrix functions, blocks and statistics mean: held against definitions written out here, and identities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from matcalc import operators as ops
from matcalc.dims import dim_mul
from matcalc.errors import ShapeError, UnsupportedError
from matcalc.expr import SCALAR, Node, Symbol, Term
from matcalc.meaning import MEANINGS, Multiprecision, Rows, Sympy, TooLarge, entries, evaluate, unwritten
from matcalc.operators import TABLE, T, d, inv, matmul, number, plus, scale, term

A = Symbol("A", ("n", "m"))
B = Symbol("B", ("p", "q"))
S, E = Symbol("S", ("n", "n")), Symbol("E", ("n", "n"))  # S is symmetric positive definite here, N near I
N = Symbol("N", ("n", "n"))
K = Symbol("K", (dim_mul("p", "n"), dim_mul("p", "m")))
c = Symbol("c", (dim_mul("n", "m"), 1))
eps = Symbol("eps", SCALAR)
SYMBOLS = (A, B, S, E, N, K, c, eps)
SIZES = {"n": 3, "m": 2, "p": 2, "q": 4}


def fn(name: str, *args: Node) -> Node:
    return term(TABLE[name], *args)


def numbers(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    root = rng.uniform(-1, 1, size=(3, 3))
    return {
        "A": rng.uniform(-1.5, 1.5, size=(3, 2)),
        "B": rng.uniform(-1.5, 1.5, size=(2, 4)),
        "S": root @ root.T + np.diag([0.3, 0.5, 0.9]),
        "E": rng.uniform(-1, 1, size=(3, 3)),
        "N": np.eye(3) + rng.uniform(-0.3, 0.3, size=(3, 3)),
        "K": rng.uniform(-1, 1, size=(6, 4)),
        "c": rng.uniform(-1, 1, size=(6, 1)),
        "eps": np.array([[0.25]]),
    }


def lift(field: Multiprecision, a: Any) -> Rows:
    return [[field.number(float(x)) for x in line] for line in np.atleast_2d(a)]


def many_digits(node: Node, values: dict[str, Any], digits: int = 60) -> Any:
    """The value by the exact row, as floats."""
    field = Multiprecision(digits)
    env = {s: lift(field, values[s.name]) for s in SYMBOLS if s.name in values}
    shapes = [pair for s in env for pair in zip(s.shape, values[s.name].shape, strict=True)]
    sizes = SIZES | {dim: size for dim, size in shapes if isinstance(dim, str)}
    (rows,) = entries([node], env, field, sizes)
    return np.array([[float(x) for x in row] for row in rows])


# -------------------------------------------------------------------------------------- definitions by other means


def series(a: Any, terms: int = 60) -> Any:
    total = power = np.eye(len(a))
    for k in range(1, terms):
        power = power @ a / k
        total = total + power
    return total


zero = number(0)


def test_what_has_no_formula_is_said() -> None:
    names = {op.name for op, row in MEANINGS.items() if not row.written}
    assert names == set(
        """
        expm logm sqrtm expm_frechet logm_frechet sqrtm_frechet lambda_max lambda_min eigvec_max eigvec_min
        norm_spec norm_nuc singular_u1 singular_v1 singular_u singular_v expm_frechet2 logm_frechet2 polar polar_frechet
        """.split()  # noqa: SIM905 (a list of words reads best as words)
    )
    assert unwritten([fn("tr", fn("expm", S))]) == "expm has no formula in the entries"
    import sympy

    env = {S: [[sympy.Symbol(f"s{i}{j}") for j in range(3)] for i in range(3)]}
    (((entry,),),) = entries([fn("lambda_max", S)], env, Sympy(), SIZES)
    with pytest.raises(TooLarge):
        entry.diff(env[S][0][0])
    assert entry.diff(sympy.Symbol("t")) == 0


# ---------------------------------------------------------------------------------------------- many digits: identities


def largest(field: Multiprecision, rows: Rows) -> Any:
    return max(abs(x) for row in rows for x in row)


def identity(field: Multiprecision, one: Node, two: Node, env: dict[Symbol, Rows], sizes: dict[str, int]) -> Any:
    """How far two expressions are apart, beside their size."""
    a, b = entries([one, two], env, field, sizes)
    apart = [[x - y for x, y in zip(*pair, strict=True)] for pair in zip(a, b, strict=True)]
    return largest(field, apart) / largest(field, b)


POWERS, SQUARE = fn("power_frechet", N, E, number(-2)), term(ops.MATPOW, N, number(-2))
IDENTITIES: dict[str, tuple[Node, Node]] = {
    "exp of log": (fn("expm", fn("logm", N)), N),
    "log of exp": (fn("logm", fn("expm", N)), N),
    "square of root": (matmul(fn("sqrtm", N), fn("sqrtm", N)), N),
    "log of root": (scale(number(2), fn("logm", fn("sqrtm", N))), fn("logm", N)),
    "slope of a root": (
        term(
            ops.PLUS,
            matmul(fn("sqrtm", N), fn("sqrtm_frechet", N, E)),
            matmul(fn("sqrtm_frechet", N, E), fn("sqrtm", N)),
        ),
        E,
    ),
    "slopes of exp and log": (fn("expm_frechet", fn("logm", N), fn("logm_frechet", N, E)), E),
    "second slopes of exp and log": (
        fn("expm_frechet2", fn("logm", N), fn("logm_frechet", N, E), fn("logm_frechet", N, N)),
        scale(number(-1), fn("expm_frechet", fn("logm", N), fn("logm_frechet2", N, E, N))),
    ),
    "second slope of a square": (fn("power_frechet2", N, E, N, number(2)), plus(matmul(E, N), matmul(N, E))),
    "polar factor": (fn("polar", N), matmul(fn("singular_u", N), T(fn("singular_v", N)))),
    "slope of a polar factor": (
        matmul(T(fn("polar", N)), fn("polar_frechet", N, E)),
        scale(number(-1), matmul(T(fn("polar_frechet", N, E)), fn("polar", N))),
    ),
    "slope of a power": (POWERS, scale(number(-1), matmul(SQUARE, fn("power_frechet", N, E, number(2)), SQUARE))),
    "factor": (matmul(fn("chol", S), T(fn("chol", S))), S),
    "eigenvector": (matmul(S, fn("eigvec_min", S)), scale(fn("lambda_min", S), fn("eigvec_min", S))),
    "singular": (matmul(N, fn("singular_v1", N)), scale(fn("norm_spec", N), fn("singular_u1", N))),
    "polar": (matmul(fn("singular_u", N), T(fn("singular_v", N)), fn("sqrtm", matmul(T(N), N))), N),
    "pseudoinverse": (matmul(A, fn("pinv", A), A), A),
}


@pytest.mark.parametrize("name", IDENTITIES)
@pytest.mark.parametrize("digits", [110, 180])
def test_identities_hold_to_all_digits(name: str, digits: int) -> None:
    field = Multiprecision(digits)
    env = {s: lift(field, values) for s, values in zip(SYMBOLS, numbers(7).values(), strict=True)}
    env[S] = [[(env[S][i][j] + env[S][j][i]) / 2 for j in range(3)] for i in range(3)]  # symmetric in all digits
    assert identity(field, *IDENTITIES[name], env, SIZES) < field.mp.mpf(10) ** (6 - digits)


def test_matrices_without_a_real_value_are_nan_in_both() -> None:
    rotation = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    cases = {
        "logm": (np.diag([-1.0, -1.0, 2.0]), rotation),
        "sqrtm": (np.diag([-1.0, 2.0, 3.0]), rotation @ np.diag([1.0, 1.0, 4.0])),
        "chol": (np.diag([1.0, -1.0, 2.0]), np.diag([1.0, 2.0, 3.0])),
        "lambda_max": (rotation, np.diag([1.0, 3.0, 2.0])),
        "eigvec_max": (np.eye(3), np.diag([1.0, 3.0, 2.0])),
    }
    for name, (bad, good) in cases.items():
        node = fn(name, S)
        assert np.isnan(evaluate([node], {"S": bad})[0]).all(), name
        assert np.isnan(many_digits(node, {"S": bad})).all(), name
        assert np.isfinite(evaluate([node], {"S": good})[0]).all(), name
        assert many_digits(node, {"S": good}) == pytest.approx(evaluate([node], {"S": good})[0], abs=1e-12), name
    skewed = np.array([[2.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]])  # not symmetric: no Cholesky factor
    assert np.isnan(evaluate([fn("chol", S)], {"S": skewed})[0]).all()
    assert np.isnan(many_digits(fn("chol", S), {"S": skewed})).all()
    nothing = {"S": np.full((3, 3), np.nan)}
    for op in TABLE.values():
        if op.signature.text.startswith("n×n ->") and op.linear == "no":
            assert np.isnan(evaluate([term(op, S)], nothing)[0]).any(), op.name
            assert np.isnan(many_digits(term(op, S), nothing)).any(), op.name


def test_a_pseudoinverse_of_less_than_full_rank() -> None:
    for shape in ((4, 3), (3, 4), (3, 3)):
        rng = np.random.default_rng(2)
        a = rng.normal(size=(shape[0], 2)) @ rng.normal(size=(2, shape[1]))
        found = evaluate([fn("pinv", A)], {"A": a})[0]
        assert found == pytest.approx(np.linalg.pinv(a), rel=1e-9)
        column, row = np.array([[1.0], [2.0], [4.0]]), np.array([[3.0, 5.0]])  # of rank 1 in all digits
        exact = many_digits(fn("pinv", A), {"A": column @ row})
        assert exact == pytest.approx((column @ row).T / (21 * 34), rel=1e-14)
        assert many_digits(fn("pinv", A), {"A": np.zeros(shape)}).tolist() == np.zeros(shape[::-1]).tolist()


def test_singular_vectors_of_wide_matrices_and_of_less_than_full_rank() -> None:
    wide = np.array([[3.0, 1.0, 2.0], [0.5, -1.0, 4.0]])
    lost = np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 8.0]])
    for a in (wide, lost, wide.T, np.zeros((3, 2))):
        nodes = [fn(name, A) for name in ("singular_u", "singular_v", "norm_nuc")]
        for u, v, nuclear in (evaluate(nodes, {"A": a}), [many_digits(node, {"A": a}) for node in nodes]):
            assert (u.shape, v.shape) == (a.shape, (a.shape[1], a.shape[1]))
            rank = np.linalg.matrix_rank(a)
            assert np.count_nonzero(np.abs(u).max(axis=0)) == np.count_nonzero(np.abs(v).max(axis=0)) == rank
            sigma = u.T @ a @ v
            assert u @ sigma @ v.T == pytest.approx(a, abs=1e-13)
            assert np.trace(sigma) == pytest.approx(nuclear[0, 0], abs=1e-13)
    for first in ("singular_u1", "singular_v1"):
        assert np.isnan(evaluate([fn(first, A)], {"A": np.eye(3)[:, :2]})[0]).all()
        assert np.isnan(many_digits(fn(first, A), {"A": np.eye(3)[:, :2]})).all()


def test_signs_of_vectors() -> None:
    for seed in range(8):
        values = numbers(seed)
        for name in ("eigvec_max", "eigvec_min", "singular_u1", "singular_u"):
            (found,) = evaluate([fn(name, A if name.startswith("singular") else S)], values)
            for column in found.T:
                assert column[np.argmax(np.abs(column))] > 0
    tie = np.array([[2.0, -1.0], [-1.0, 2.0]])  # (1, -1) / sqrt 2: the first of two equal entries
    assert evaluate([fn("eigvec_max", S)], {"S": tie})[0][0, 0] > 0
    assert many_digits(fn("eigvec_max", S), {"S": tie})[0, 0] > 0


def test_the_first_of_several_largest_entries() -> None:
    a = np.array([[1.0, 5.0], [5.0, 1.0], [1.0, 5.0]])
    for name, place in (("indicator_max", (0, 1)), ("indicator_min", (0, 0))):
        for found in (evaluate([fn(name, A)], {"A": a})[0], many_digits(fn(name, A), {"A": a})):
            assert found[place] == found.sum() == 1


def test_ranges_that_leave_their_array() -> None:
    for name, first, last in (("rowrange", 2, 4), ("colrange", 3, 3)):
        node = fn(name, A, number(first), number(last))
        with pytest.raises(ShapeError, match="range"):
            evaluate([node], numbers())
        with pytest.raises(ShapeError, match="range"):
            many_digits(node, numbers())


def test_powers_that_are_not_whole() -> None:
    half = fn("power_frechet", N, E, eps)
    with pytest.raises(UnsupportedError, match="whole"):
        evaluate([half], numbers())
    zeroth = fn("power_frechet", N, E, zero)
    assert evaluate([zeroth], numbers())[0].tolist() == many_digits(zeroth, numbers()).tolist() == [[0] * 3] * 3
    assert isinstance(POWERS, Term)
    assert evaluate([POWERS], numbers())[0] == pytest.approx(many_digits(POWERS, numbers()), rel=1e-12)


# ----------------------------------------------------------------------------------------------- float64, hard matrices


def hard() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    g, v = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    q = np.linalg.qr(g)[0]
    graded = q @ np.diag([1e-6, 1e-3, 1.0, 1e3]) @ q.T
    turn = np.array([[math.cos(3.1), -math.sin(3.1)], [math.sin(3.1), math.cos(3.1)]])
    return {
        "definite": q @ np.diag([1.0, 2.0, 3.0, 4.0]) @ q.T,
        "graded": (graded + graded.T) / 2,
        "not symmetric": v @ np.diag([0.01, 0.3, 1.0, 40.0]) @ np.linalg.inv(v),
        "near I": np.eye(4) + 0.2 * g,
        "a Jordan block": 2 * np.eye(4) + np.eye(4, k=1),
        "nearly a Jordan block": 2 * np.eye(4) + np.eye(4, k=1) + 1e-9 * g,
        "near the negative axis": np.kron(np.diag([1.0, 2.0]), turn),
        "far from normal": np.diag([1.0, 1.0, 2.0, 0.1]) + np.diag([1e3, 1e2, 5.0], k=1),
        "large": 20 * np.eye(4) + 6 * g,
        "coinciding": np.diag([2.0, 2.0, 2.0, 5.0]),
    }


@pytest.mark.parametrize("kind", hard())
@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm", "expm_frechet", "logm_frechet", "sqrtm_frechet"])
def test_functions_of_hard_matrices(kind: str, name: str) -> None:
    """To the digits that the matrix's condition leaves."""
    values = {"N": hard()[kind], "E": np.random.default_rng(8).normal(size=(4, 4))}
    node = fn(name, N, E) if name.endswith("frechet") else fn(name, N)
    (fast,) = evaluate([node], values)
    exact = many_digits(node, values)
    if kind == "graded" and name.startswith("expm"):
        assert not np.isfinite(fast).all()  # exp(1000)
        return
    tolerance = 1e-5 if kind == "graded" else 1e-9
    assert np.abs(fast - exact).max() <= tolerance * np.abs(exact).max()


def test_large_and_small_matrices() -> None:
    (found,) = evaluate([fn("expm", S)], {"S": np.diag([-2000.0, 1.0, 0.0])})
    assert found == pytest.approx(np.diag([0.0, math.e, 1.0]), abs=1e-15)
    for size in (1e-8, 1e8):
        assert evaluate([fn("sqrtm", S)], {"S": size * (np.eye(3) + np.eye(3, k=1))})[0][0, 0] == pytest.approx(
            math.sqrt(size)
        )
        assert evaluate([fn("logm", S)], {"S": size * np.eye(3)})[0][1, 1] == pytest.approx(math.log(size))
    assert evaluate([fn("pinv", A)], {"A": 1e-200 * np.eye(3)[:, :2]})[0][0, 0] == pytest.approx(1e200)


def test_differentials() -> None:
    """d is a limit in many digits; it is the derivative in closed form, where there is one."""
    u, v = fn("eigvec_max", S), fn("singular_v1", A)
    first = fn("singular_u1", A)
    lower = fn("chol", S)
    pairs = {
        "expm": (d(fn("expm", N)), fn("expm_frechet", N, d(N))),
        "logm": (d(fn("logm", N)), fn("logm_frechet", N, d(N))),
        "sqrtm": (d(fn("sqrtm", N)), fn("sqrtm_frechet", N, d(N))),
        "lambda_max": (d(fn("lambda_max", S)), matmul(T(u), d(S), u)),
        "norm_spec": (d(fn("norm_spec", A)), matmul(T(first), d(A), v)),
        "expm twice": (d(fn("expm_frechet", N, E)), plus(fn("expm_frechet", N, d(E)), fn("expm_frechet2", N, E, d(N)))),
        "logm twice": (d(fn("logm_frechet", N, E)), plus(fn("logm_frechet", N, d(E)), fn("logm_frechet2", N, E, d(N)))),
        "a power twice": (
            d(fn("power_frechet", N, E, number(4))),
            plus(fn("power_frechet", N, d(E), number(4)), fn("power_frechet2", N, E, d(N), number(4))),
        ),
        "polar": (d(fn("polar", A)), fn("polar_frechet", A, d(A))),
        "polar, wide": (d(fn("polar", T(A))), fn("polar_frechet", T(A), T(d(A)))),
        "chol": (
            d(lower),
            matmul(lower, fn("tril_half", matmul(inv(lower), d(S), T(inv(lower))))),
        ),
        "trace of log": (d(fn("tr", fn("logm", N))), fn("tr", matmul(inv(N), d(N)))),
        "kron": (d(fn("kron", A, B)), plus(fn("kron", d(A), B), fn("kron", A, d(B)))),
    }
    values = numbers() | {f"d{name}": value for name, value in numbers(9).items()}
    for name, (limit, closed) in pairs.items():
        found, expected = evaluate([limit, closed], values, sizes=SIZES)
        assert np.abs(found).max() > 1e-3
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-12), name
    (second,) = evaluate([d(d(fn("expm", N)))], values)
    (ahead, here, behind) = (series(values["N"] + k * 1e-4 * values["dN"]) for k in (1, 0, -1))
    assert second == pytest.approx((ahead - 2 * here + behind) / 1e-8, rel=1e-4, abs=1e-5)
