"""Jacobians: against differences in plain NumPy, as text in their short form, proved, refused where they must be."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from finite import expm, extreme, of_matrix, polar, svd
from selection import some
from typeset import compiled

import matcalc
from matcalc.cli import run
from matcalc.derive.vectorized import jacobians
from matcalc.errors import UnknownNameError, UnsupportedError
from matcalc.expr import Symbol
from matcalc.operators import TABLE, T, eye, matmul, number, plus, scale, stacked, term
from matcalc.rewrite import match
from matcalc.rules.adjoints import every_adjoint
from matcalc.rules.vec import VEC_ROWS, factor
from matcalc.verify import verify_jacobians

Array = np.ndarray[Any, Any]
Values = Mapping[str, Array]


class Case(NamedTuple):
    """A program, the variable, its value in NumPy, and the Jacobian as it is expected to read."""

    source: str
    wrt: str
    value: Callable[[Values], Any]
    shapes: Mapping[str, tuple[int, ...]]
    text: str = ""


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def softmax(z: Array, axis: int = 0) -> Array:
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


def tanh_net(v: Values) -> Array:
    return np.tanh(v["W2"] @ np.tanh(v["W1"] @ v["x"] + v["b1"]) + v["b2"])


NET = {"x": (2,), "W1": (4, 2), "b1": (4,), "W2": (3, 4), "b2": (3,)}
CASES = [
    Case("A X B", "X", lambda v: v["A"] @ v["X"] @ v["B"], {"A": (3, 4), "X": (4, 2), "B": (2, 5)}, "B' ⊗ A"),
    Case("A X", "X", lambda v: v["A"] @ v["X"], {"A": (3, 4), "X": (4, 2)}, "I ⊗ A"),
    Case("X B", "X", lambda v: v["X"] @ v["B"], {"X": (4, 2), "B": (2, 5)}, "B' ⊗ I"),
    Case("tanh(X w)", "w", lambda v: np.tanh(v["X"] @ v["w"]), {"X": (4, 2), "w": (2,)}),
    Case("sin(X w)", "w", lambda v: np.sin(v["X"] @ v["w"]), {"X": (4, 2), "w": (2,)}, "diag(cos(X w)) X"),
    Case("sin(X w)", "X", lambda v: np.sin(v["X"] @ v["w"]), {"X": (4, 2), "w": (2,)}, "w' ⊗ diag(cos(X w))"),
    Case("inv(X)", "X", lambda v: np.linalg.inv(v["X"]), {"X": (3, 3)}, "-inv(X)' ⊗ inv(X)"),
    Case("softmax(z)", "z", lambda v: softmax(v["z"]), {"z": (4,)}, "diag(p) - p p'"),
    Case("sum(X)", "X", lambda v: v["X"].sum(), {"X": (3, 2)}, "𝟏'"),
    Case("x' A x", "x", lambda v: v["x"] @ v["A"] @ v["x"], {"x": (3,), "A": (3, 3)}, "x'(A + A')"),
    Case("X' X", "X", lambda v: v["X"].T @ v["X"], {"X": (4, 2)}, "(I + K) (I ⊗ X')"),
    Case("X'", "X", lambda v: v["X"].T, {"X": (4, 2)}, "commutation(n, d)"),
    Case("t A", "t", lambda v: v["t"] * v["A"], {"t": (), "A": (3, 2)}, "vec(A)"),
    Case("a: n; b: m; a b'", "a", lambda v: np.outer(v["a"], v["b"]), {"a": (3,), "b": (2,)}),
    Case("a: n; b: m; a b'", "b", lambda v: np.outer(v["a"], v["b"]), {"a": (3,), "b": (2,)}),
    Case("x' W", "x", lambda v: (v["x"] @ v["W"])[None, :], {"x": (3,), "W": (3, 2)}, "W'"),
    Case("x' W", "W", lambda v: (v["x"] @ v["W"])[None, :], {"x": (3,), "W": (3, 2)}, "I ⊗ x'"),
    Case("x / ||x||", "x", lambda v: v["x"] / np.linalg.norm(v["x"]), {"x": (3,)}),
    Case("diag(x) A", "x", lambda v: np.diag(v["x"]) @ v["A"], {"x": (3,), "A": (3, 2)}),
    Case("diag(S)", "S", lambda v: np.diag(v["S"]), {"S": (3, 3)}),
    Case("rowsum(X) + X v", "X", lambda v: v["X"].sum(1) + v["X"] @ v["v"], {"X": (3, 2), "v": (2,)}),
    Case("colsum(X)", "X", lambda v: v["X"].sum(0)[None, :], {"X": (3, 2)}),
    Case("X - 1/n ones(n, n) X", "X", lambda v: v["X"] - v["X"].mean(0), {"X": (3, 2)}),
    Case("tril(S) S", "S", lambda v: np.tril(v["S"]) @ v["S"], {"S": (3, 3)}),
    Case("kron(A, X)", "X", lambda v: np.kron(v["A"], v["X"]), {"A": (2, 3), "X": (3, 2)}),
    Case("kron(X, A)", "X", lambda v: np.kron(v["X"], v["A"]), {"A": (2, 3), "X": (3, 2)}),
    Case("[X, A] B", "X", lambda v: np.hstack([v["X"], v["A"]]) @ v["B"], {"X": (3, 2), "A": (3, 1), "B": (3, 4)}),
    Case("[A; X]", "X", lambda v: np.vstack([v["A"], v["X"]]), {"X": (3, 2), "A": (2, 2)}),
    Case("S: n x n; S^-2", "S", lambda v: np.linalg.matrix_power(v["S"], -2), {"S": (3, 3)}),
    Case("det(S) S", "S", lambda v: np.linalg.det(v["S"]) * v["S"], {"S": (3, 3)}),
    Case("softmax(X W)", "W", lambda v: softmax(v["X"] @ v["W"], 1), {"X": (3, 2), "W": (2, 4)}),
    Case("X .* X .* A", "X", lambda v: v["X"] ** 2 * v["A"], {"X": (3, 2), "A": (3, 2)}),
    Case("tanh(W2 tanh(W1 x + b1) + b2)", "x", tanh_net, NET),
    Case("tanh(W2 tanh(W1 x + b1) + b2)", "W1", tanh_net, NET),
    Case("tanh(W2 tanh(W1 x + b1) + b2)", "b2", tanh_net, NET),
    Case(
        "Z = X W1; A = sigmoid(Z); Y = A W2 + A W3", "W1",
        lambda v: sigmoid(v["X"] @ v["W1"]) @ (v["W2"] + v["W3"]),
        {"X": (3, 2), "W1": (2, 4), "W2": (4, 2), "W3": (4, 2)},
    ),
    Case(
        "y = x + tanh(A x); z = y + sin(B y); z", "x",
        lambda v: (y := v["x"] + np.tanh(v["A"] @ v["x"])) + np.sin(v["B"] @ y),
        {"x": (3,), "A": (3, 3), "B": (3, 3)},
    ),
    Case(
        "s: scalar; softmax(s Q K') V", "Q", lambda v: softmax(v["s"] * v["Q"] @ v["K"].T, 1) @ v["V"],
        {"Q": (2, 3), "K": (4, 3), "V": (4, 2), "s": ()},
    ),
    # A program may call its sizes by the letters that the rules use, or by numbers.
    Case("A: p x p; X: m x n; ptrace1(A ⊗ X, p)", "X", lambda v: np.trace(v["A"]) * v["X"],
         {"A": (2, 2), "X": (3, 4)}, "tr(A) I"),
    Case("A: p x p; X: m x n; ptrace2(X ⊗ A, p)", "X", lambda v: np.trace(v["A"]) * v["X"],
         {"A": (2, 2), "X": (3, 4)}, "tr(A) I"),
    Case("A: p x p; X: m x n; ptrace1(tanh(A ⊗ X), p)", "X",
         lambda v: sum(np.tanh(a * v["X"]) for a in np.diag(v["A"])), {"A": (2, 2), "X": (3, 4)}),
    Case("A: p x p; X: m x n; ptrace1(tanh(A ⊗ X), p)", "A",
         lambda v: sum(np.tanh(a * v["X"]) for a in np.diag(v["A"])), {"A": (2, 2), "X": (3, 4)}),
    Case("y: 1 x k; A: m x n; ptrace1(y' ⊗ y ⊗ A, k)", "A", lambda v: (v["y"] ** 2).sum() * v["A"],
         {"y": (1, 2), "A": (3, 4)}, "(y y') I"),
    Case("y: 1 x k; A: m x n; ptrace1(y' ⊗ y ⊗ A, k)", "y", lambda v: (v["y"] ** 2).sum() * v["A"],
         {"y": (1, 2), "A": (3, 4)}),
    Case("X: 6 x 6; ptrace1(X, 2)", "X", lambda v: v["X"][:3, :3] + v["X"][3:, 3:], {"X": (6, 6)}),
    Case("X: 6 x 4; ptrace2(X, 2)", "X",
         lambda v: v["X"][::2, ::2] + v["X"][1::2, 1::2], {"X": (6, 4)}),
    # Functions of a matrix: the difference quotient of a function of two commuting matrices stands beside them.
    Case("sqrtm(S)", "S", lambda v: of_matrix(np.sqrt, v["S"]), {"S": (3, 3)},
         "inv(I ⊗ M + M' ⊗ I)"),  # M is sqrtm(S)
    Case("expm(S)", "S", lambda v: expm(v["S"]), {"S": (3, 3)},
         "[eye(n n), zeros(n n, n n)] expm([S' ⊗ I_n, eye(n n); 0, I_n ⊗ S]) [zeros(n n, n n); eye(n n)]"),
    Case("logm(S)", "S", lambda v: of_matrix(np.log, v["S"]), {"S": (3, 3)},
         "[eye(n n), zeros(n n, n n)] logm([S' ⊗ I_n, eye(n n); 0, I_n ⊗ S]) [zeros(n n, n n); eye(n n)]"),
    Case("S: n x n; k: scalar; S^k", "S", lambda v: np.linalg.matrix_power(v["S"], 3), {"S": (3, 3), "k": ()},
         "[eye(n n), zeros(n n, n n)] [S' ⊗ I_n, eye(n n); 0, I_n ⊗ S]^k [zeros(n n, n n); eye(n n)]"),
    Case("A expm(x b')", "x", lambda v: v["A"] @ expm(np.outer(v["x"], v["b"])), {"A": (2, 3), "x": (3,), "b": (3,)}),
    Case("polar(X)", "X", lambda v: polar(v["X"]), {"X": (4, 3)}),
    Case("polar(X)", "X", lambda v: polar(v["X"]), {"X": (2, 3)}),
    Case("eigvec_max(X X')", "X", lambda v: extreme(v["X"] @ v["X"].T, True)[1][:, 0], {"X": (3, 4)}),
    Case("singular_u1(X)", "X", lambda v: svd(v["X"])[0][:, 0], {"X": (3, 4)}),
    Case("singular_v1(X)", "X", lambda v: svd(v["X"])[2][:, 0], {"X": (3, 4)}),
    Case("X: n x n symmetric; X A X", "X", lambda v: v["X"] @ v["A"] @ v["X"], {"X": (3, 3), "A": (3, 3)}),
]  # fmt: skip


def draw(case: Case, seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    found = {name: rng.uniform(0.3, 1.2, shape) * rng.choice([-1, 1], shape) for name, shape in case.shapes.items()}
    found = {name: v + 3 * np.eye(len(v)) if v.ndim == 2 and len(v) == len(v.T) else v for name, v in found.items()}
    if "symmetric" in case.source:
        found[case.wrt] = found[case.wrt] + found[case.wrt].T
    return found | {"k": np.array(3.0)} if "k" in found else found


def column(value: Any) -> Array:
    return np.asarray(value, dtype=float).reshape(-1, order="F")


def differences(case: Case, values: Values, step: float = 1e-5) -> Array:
    """The Jacobian by central differences, extrapolated: entries of the output down, of the variable across."""
    x = values[case.wrt]

    def at(k: int, h: float) -> Array:
        moved = column(x).copy()
        moved[k] += h
        return column(case.value({**values, case.wrt: moved.reshape(x.shape, order="F")}))

    def slope(k: int, h: float) -> Array:
        return (at(k, h) - at(k, -h)) / (2 * h)

    return np.column_stack([(4 * slope(k, step) - slope(k, 2 * step)) / 3 for k in range(x.size)])


def evaluated(jacobian: matcalc.Jacobian, case: Case, values: Values) -> Array:
    found = np.asarray(jacobian.evaluate({n: v if v.ndim else float(v) for n, v in values.items()}))
    rows, columns = np.size(case.value(values)), values[case.wrt].size
    return found.reshape((rows, columns) if jacobian.layout == "numerator" else (columns, rows))


IDS = [f"{case.source} by {case.wrt}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_against_differences(case: Case) -> None:
    values = draw(case)
    expected = differences(case, values)
    found = matcalc.jacobian(case.source, case.wrt, verify=False)
    assert np.allclose(evaluated(found, case, values), expected, rtol=1e-6, atol=1e-7)
    assert np.allclose(evaluated(found.__class__(**_fields(found, found.expanded().node)), case, values), expected,
                       rtol=1e-6, atol=1e-7)  # fmt: skip
    turned = matcalc.jacobian(case.source, case.wrt, verify=False, layout="denominator")
    assert np.allclose(evaluated(turned, case, values), expected.T, rtol=1e-6, atol=1e-7)
    if case.text:
        assert str(found) == case.text


def _fields(found: matcalc.Jacobian, node: Any) -> dict[str, Any]:
    return {"node": node, "scope": found.scope, "record": found.record, "layout": found.layout}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_line_means_the_same(case: Case) -> None:
    """Each line of the derivation is the differential of the output along any increments."""
    values = draw(case)
    rng = np.random.default_rng(1)
    found = matcalc.jacobian(case.source, case.wrt, verify=False)
    increments = {f"d{s.name}": np.asarray(rng.uniform(-1, 1, np.shape(values[s.name]))) for s in found.record.wrt}
    from matcalc import meaning

    given = {n: v if v.ndim else float(v) for n, v in {**values, **increments}.items()}
    sizes = {
        "[X, A] B": {"n": 3, "d": 2, "h": 1},
        "[A; X]": {"n": 2, "d": 2, "h": 3},
        "diag(S)": {"n": 3},
        "kron(A, X)": {"n": 2, "d": 3, "h": 3, "k": 2},
        "kron(X, A)": {"n": 3, "d": 2, "h": 2, "k": 3},
    }.get(case.source)
    for section in found.record.sections:
        for step in section.steps:
            before, after = meaning.evaluate([step.before, step.after], given, sizes=sizes)
            known = np.isfinite(before)
            assert np.allclose(before[known], after[known], rtol=1e-6, atol=1e-8), step.rule.name


PROVED = [case for case in CASES if "kron" not in case.source and "tanh(A ⊗" not in case.source]


@pytest.mark.parametrize("case", some(PROVED, len(PROVED) // 2, [f"{c.source} by {c.wrt}" for c in PROVED]))
def test_proved(case: Case) -> None:
    found = matcalc.jacobian(case.source, case.wrt).verification
    assert found is not None
    assert found.status == ("agrees" if "has no formula in the entries" in found.detail else "proved"), found
    assert ("no formula" in found.detail) == case.source.startswith(NUMBERS_ONLY)


NUMBERS_ONLY = ("expm", "logm", "sqrtm", "polar", "eigvec", "singular", "A expm")
"""What is compared in numbers of 50 digits."""


def test_kronecker_products_are_proved_in_given_sizes() -> None:
    found = matcalc.jacobian("A: 1x2; X: 2x2; kron(A, X)", "X").verification
    assert found is not None
    assert found.status == "proved"


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.source in ("A X B", "sin(X w)", "X' X", "softmax(z)", "x' A x", "inv(X)")]
)
def test_the_judge_catches_a_wrong_jacobian(case: Case) -> None:
    record = jacobians(matcalc.parse(case.source), [case.wrt])
    ((x, m),) = record.gradients
    turned = T(m) if m.shape[0] == m.shape[1] else scale(number(-1), m)
    wrong = [scale(number(2), m), turned, plus(m, term(TABLE["ones"], *_sizes(m)))]
    for claim in wrong:
        if case.source == "softmax(z)" and claim is T(m):
            continue  # symmetric
        found = verify_jacobians(record.objective, {x: claim})[x.name]
        assert found.status == "failed", claim
        assert found.counterexample is not None
        assert "of the output" in found.detail


def _sizes(node: Any) -> list[Any]:
    from matcalc.operators import size_node

    return [size_node(dim) for dim in node.shape]


def test_the_judge_says_what_shape_it_expects() -> None:
    record = jacobians(matcalc.parse("A X"), ["X"])
    ((x, _),) = record.gradients
    found = verify_jacobians(record.objective, {x: T(Symbol("A", ("n", "d")))})["X"]
    assert found.status == "failed"
    assert "d×n" in found.detail and "Jacobian" in found.detail


def test_a_name_of_the_program_is_not_the_weight_of_the_judge() -> None:
    """U : Y with a U of the program would prove only what holds for that U."""
    record = jacobians(matcalc.parse("X: n x d; U: n x d; X .* U"), ["X"])
    ((x, m),) = record.gradients
    assert verify_jacobians(record.objective, {x: m})["X"].status == "proved"
    assert verify_jacobians(record.objective, {x: scale(number(3), m)})["X"].status == "failed"


GIVEN = [
    ("given dE/dY = Y - R; Y = A X", "X", lambda v: ((v["A"] @ v["X"] - v["R"]) ** 2).sum() / 2,
     {"A": (4, 3), "X": (3, 2), "R": (4, 2)}, "vec(A'(Y - R))'"),
    ("given dE/dy = y - t; y = W x", "x", lambda v: ((v["W"] @ v["x"] - v["t"]) ** 2).sum() / 2,
     {"W": (4, 3), "x": (3,), "t": (4,)}, "(y - t)' W"),
    ("given dE/dY = Y - R; given dE/dZ = 2 Z; Y = A X; Z = B X", "X",
     lambda v: ((v["A"] @ v["X"] - v["R"]) ** 2).sum() / 2 + ((v["B"] @ v["X"]) ** 2).sum(),
     {"A": (4, 3), "B": (2, 3), "X": (3, 2), "R": (4, 2)}, ""),
    ("given dE/dA2 = A2 - R; A2 = tanh(A1 W2); A1 = tanh(X W1)", "W1",
     lambda v: ((np.tanh(np.tanh(v["X"] @ v["W1"]) @ v["W2"]) - v["R"]) ** 2).sum() / 2,
     {"X": (4, 3), "W1": (3, 2), "W2": (2, 3), "R": (4, 3)}, ""),
    ("given dE/dY = 2 Y; Y = expm(X)", "X", lambda v: (expm(v["X"]) ** 2).sum(), {"X": (3, 3)}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "wrt", "value", "shapes", "text"), GIVEN, ids=[row[0] for row in GIVEN])
def test_of_a_number_whose_gradient_is_given(
    source: str, wrt: str, value: Callable[[Values], Any], shapes: Mapping[str, tuple[int, ...]], text: str
) -> None:
    case = Case(source, wrt, value, shapes, text)
    found = matcalc.jacobian(source, wrt)
    assert not text or str(found) == text
    assert found.verification is not None and found.verification.ok
    values = {name: v / 4 for name, v in draw(case).items()}
    assert np.allclose(evaluated(found, case, values), differences(case, values), rtol=1e-6, atol=1e-7)
    assert "dE/dY = Y - R" in found.to_text() or "dE/dY = Y - R" not in source
    assert "a number; of" in found.to_text()


@pytest.mark.parametrize("call", [matcalc.hessian, lambda p, w: matcalc.hvp(p, w, "V")])
def test_a_given_gradient_that_is_a_bare_name_has_no_known_slope(call: Callable[[str, str], Any]) -> None:
    with pytest.raises(UnsupportedError, match="nothing says how D changes with y"):
        call("given dE/dy = D; y = tanh(W x)", "x")
    call("D: n constant; given dE/dy = D; y = tanh(W x)", "x")


# ---------------------------------------------------------------------------------------------------------------- laws


def test_every_linear_operator_that_crosses_the_colon_crosses_vec() -> None:
    lacking = [op.name for op in every_adjoint() if op not in VEC_ROWS]
    assert lacking == []
    assert all(row.reason for rows in VEC_ROWS.values() for row in rows)


def test_a_vec_row_is_the_transpose_of_the_adjoint_row() -> None:
    """M of L and M of L* are transposed, for a few operators with both rows: of A V B they are B' ⊗ A and B ⊗ A'."""
    a, b = Symbol("A", (3, 4)), Symbol("B", (2, 5))
    for of, shape, back in [(lambda x: matmul(a, x, b), (4, 2), lambda g: matmul(T(a), g, T(b)))]:
        from matcalc.operators import d
        from matcalc.rules.kronecker import vec

        v, g = d(Symbol("X", shape)), d(Symbol("G", (3, 5)))
        rows = [(of(v), VEC_ROWS[of(v).op]), (back(g), VEC_ROWS[back(g).op])]
        found = []
        for node, rules in rows:
            rule, how = next((r, m) for r in rules for m in match(r.lhs, vec(node)))
            found.append(factor(rule, how))
        rng = np.random.default_rng(0)
        values = {"A": rng.normal(size=(3, 4)), "B": rng.normal(size=(2, 5))}
        from matcalc.meaning import evaluate

        one, two = evaluate(found, values)
        assert np.allclose(one, two.T)


def test_a_commutation_matrix_in_numbers_and_in_formulas() -> None:
    k = matcalc.parse("A: 3x4; commutation(3, 4) vec(A)").objective.definition
    a = np.arange(12.0).reshape(3, 4)
    from matcalc.meaning import Multiprecision, entries, evaluate
    from matcalc.operators import commutation

    assert np.array_equal(evaluate([k], {"A": a})[0][:, 0], column(a.T))
    exact = entries([commutation(3, 4)], {}, Multiprecision(20), {})[0]
    fast = evaluate([commutation(3, 4)], {})[0]
    assert np.array_equal([[float(x) for x in row] for row in exact], fast)
    assert np.array_equal(fast.T, evaluate([commutation(4, 3)], {})[0])
    assert evaluate([commutation(1, 4)], {})[0].tolist() == np.eye(4).tolist()


# --------------------------------------------------------------------------------------------------------------- shown


def test_the_derivation_of_a_product() -> None:
    text = matcalc.jacobian("A X", "X").to_text()
    for line in ("vec(dY) = vec(d(A X))", "(I ⊗ A) vec(dX)", "vec(M V) = (I ⊗ M) vec(V)", "dvec(Y)/dvec(X)' = I ⊗ A"):
        assert line in text
    # Why it is not A': what A' is, from the table of adjoints.
    flat = " ".join(text.split())
    assert "G : dY = A' G : dX" in flat
    assert "vec(A' G) = (I ⊗ A)' vec(G)" in flat
    assert "A' (d×n) belongs to the adjoint, and the Jacobian is I ⊗ A" in flat
    assert "on the diagonal for each column" in flat
    assert "checked exactly at" in flat and "(SymPy, every entry" in flat


def test_a_formula_like_any_other() -> None:
    found = matcalc.jacobian("A X", "X")
    assert isinstance(found, matcalc.Expr)
    assert found.shape == found.node.shape
    assert found.latex() == r"I \otimes A"
    assert found.ascii() == "kron(I, A)"
    assert pickle.loads(pickle.dumps(found)) == found
    assert matcalc.jacobian("A X", "X", layout="denominator").latex() == r"I \otimes A^\top"


def test_a_long_program_is_as_short_as_it_is() -> None:
    def length(layers: int) -> int:
        layer = "W{0}: 3x3; z{0} = W{0} a{1}; a{0} = a{1} + tanh(z{0})"
        steps = "\n".join(layer.format(i, i - 1) for i in range(1, layers + 1))
        return len(matcalc.jacobian(f"a0: 3\n{steps}", "a0", verify=False).to_text())

    lengths = [length(n) for n in (10, 20, 40)]
    assert lengths[2] - lengths[1] < 2.5 * (lengths[1] - lengths[0])


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UnknownNameError):
        matcalc.jacobian("A X", "Z")
    with pytest.raises(UnsupportedError, match="layout"):
        matcalc.jacobian("A X", "X", layout="gradient")


def test_a_name_that_does_not_occur_below() -> None:
    found = matcalc.jacobian("b: 2; y = A x; z = b; y", "b", verify=False)
    assert str(found.node) and "does not occur" in " ".join(found.to_text().split())


# -------------------------------------------------------------------------------------------------------- command line


def output(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    status = run(["jacobian", *arguments])
    captured = capsysbinary.readouterr()
    return status, captured.out.decode(), captured.err.decode()


def test_the_command(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    status, text, _ = output(capsysbinary, "A X B", "--wrt", "X", "--ascii")
    assert status == 0 and text.isascii()
    assert "dvec(Y)/dvec(X)' = kron(B', A)" in text
    options = ("--layout", "denominator", "--no-steps", "--no-verify")
    status, text, _ = output(capsysbinary, "f(X w)", "--wrt", "w", *options)
    assert status == 0
    assert "dy'/dw = X' diag(f'(X w))" in text
    assert "product rule" not in text
    status, _, error = output(capsysbinary, "A X B", "--wrt", "X", "--wrt", "A")
    assert status == 2 and "one name" in error
    status, _, error = output(capsysbinary, "singular_u(S)", "--wrt", "S")
    assert status == 3 and "Traceback" not in error


def test_json(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    status, text, _ = output(capsysbinary, "A X B", "--wrt", "X", "--format", "json")
    found = json.loads(text)
    assert status == 0
    (one,) = found["jacobians"]
    assert one["jacobian"]["text"] == "B' ⊗ A"
    assert one["shape"] == ["k n", "d h"]
    assert found["layout"] == "numerator"
    assert found["verification"]["X"]["status"] == "proved"
    assert "gradients" not in found


def test_markdown_and_latex(tmp_path: Path) -> None:
    found = matcalc.jacobian("y = softmax(W2 relu(W1 x + b1)); y", "x", verify=False)
    assert "# The Jacobian of $y$ with respect to $x$" in found.to_markdown()
    compiled(found.to_latex(document=True), tmp_path)


def test_the_identity_that_the_whole_leaves_is_read_back() -> None:
    for source, wrt in (("A X", "X"), ("X B", "X"), ("sin(X w)", "X")):
        found = matcalc.jacobian(source, wrt, verify=False)
        from matcalc.syntax import parse_expression

        program = matcalc.parse(source)
        assert parse_expression(str(found), program.names, program.functions, found.shape) is found.node
        assert eye(1) == number(1) and stacked(found.node) is not None


def test_many_primes() -> None:
    """A name may be transposed as often as one likes."""
    assert str(matcalc.jacobian("x" + "'" * 3000, "x", verify=False)) == "I"
    assert str(matcalc.jacobian("X" + "'" * 493, "X", verify=False)) == str(matcalc.jacobian("X'", "X", verify=False))


@pytest.mark.parametrize("output", ["x''", "A''", "(A')' + 0 A"])
def test_an_output_that_is_simplified_by_itself(output: str) -> None:
    """The identity, with all that is said of it: by the name that the output has, whatever its formula became."""
    found = matcalc.jacobian(f"x: n; A: n x n; J = {output}", "J")
    assert found.verification is not None and found.verification.status == "proved"
    assert "Numerator layout" in found.to_text()
