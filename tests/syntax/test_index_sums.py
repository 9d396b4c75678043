"""Sums over indices: what is read is what loops compute, and the proof is of the sum as it was typed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import product
from math import exp, log, tanh
from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc.api.formula import Expr
from matcalc.errors import AmbiguousError, MatcalcError, ShapeError, UnsupportedError
from matcalc.expr import Symbol
from matcalc.operators import number, scale
from matcalc.syntax import parse
from matcalc.verify import verify

Loops = Callable[[Any], float]
R = range


def softmax_loop(v: Any) -> float:
    n, k = v.Z.shape
    p = [[exp(v.Z[i, j]) / sum(exp(v.Z[i, m]) for m in R(k)) for j in R(k)] for i in R(n)]
    return -sum(v.Y[i, j] * log(p[i][j]) for i in R(n) for j in R(k))


def network_loop(v: Any) -> float:
    k, m = v.w.shape
    d = v.v.shape[1]
    h = [tanh(sum(v.v[j, i] * v.x[i] for i in R(d)) + v.c[j]) for j in R(m)]
    o = [tanh(sum(v.w[i, j] * h[j] for j in R(m)) + v.b[i]) for i in R(k)]
    return sum((v.t[i] - o[i]) ** 2 for i in R(k)) / 2


def distances_loop(v: Any) -> float:
    n, d = v.X.shape
    return sum(v.W[i, j] * sum((v.X[i, p] - v.X[j, p]) ** 2 for p in R(d)) for i in R(n) for j in R(n))


def autoencoder_loop(v: Any) -> float:
    n, d = v.X.shape
    h = v.W_1.shape[0]
    hidden = [[tanh(sum(v.W_1[p, q] * v.X[i, q] for q in R(d))) for p in R(h)] for i in R(n)]
    return sum((v.Y[i, r] - sum(v.W_2[r, p] * hidden[i][p] for p in R(h))) ** 2 for i in R(n) for r in R(v.Y.shape[1]))


def dot(a: Any, b: Any) -> float:
    return sum(a[k] * b[k] for k in R(len(a)))


# Text, the shapes of its names, what loops over its indices compute.
READ: tuple[tuple[str, dict[str, tuple[int, ...]], Loops], ...] = (
    ("Σ_i (y_i - ŷ_i)^2", {"y": (4,), "yhat": (4,)}, lambda v: sum((v.y[i] - v.yhat[i]) ** 2 for i in R(4))),
    ("sum_{i=1}^n x_i y_i", {"x": (3,), "y": (3,)}, lambda v: sum(v.x[i] * v.y[i] for i in R(3))),
    ("Σᵢ xᵢ^2", {"x": (3,)}, lambda v: sum(v.x[i] ** 2 for i in R(3))),
    ("Σ_i -x_i + 1", {"x": (3,)}, lambda v: -sum(v.x) + 1),
    ("Σ_i x_i - Σ_i x_i^2", {"x": (3,)}, lambda v: sum(v.x) - sum(v.x[i] ** 2 for i in R(3))),
    ("Σ_i x_i / Σ_j y_j", {"x": (3,), "y": (2,)}, lambda v: sum(x / sum(v.y) for x in v.x)),
    ("Σ_ij A_ij B_ij", {"A": (3, 2), "B": (3, 2)}, lambda v: sum(v.A[p] * v.B[p] for p in product(R(3), R(2)))),
    (
        "Σ_{i,j} A_{ij} B_{j,i}",
        {"A": (3, 2), "B": (2, 3)},
        lambda v: sum(v.A[i, j] * v.B[j, i] for i in R(3) for j in R(2)),
    ),
    ("Σ_i Σ_j W_ij^2", {"W": (3, 2)}, lambda v: sum(v.W[p] ** 2 for p in product(R(3), R(2)))),
    (
        "Σ_ijk A_ij B_jk C_ki",
        {"A": (3, 2), "B": (2, 4), "C": (4, 3)},
        lambda v: sum(v.A[i, j] * v.B[j, k] * v.C[k, i] for i in R(3) for j in R(2) for k in R(4)),
    ),
    (
        "Σ_i x_i Σ_j A_ij x_j",
        {"x": (3,), "A": (3, 3)},
        lambda v: sum(v.x[i] * v.A[i, j] * v.x[j] for i in R(3) for j in R(3)),
    ),
    ("Σ_i A_ii x_i", {"A": (3, 3), "x": (3,)}, lambda v: sum(v.A[i, i] * v.x[i] for i in R(3))),
    ("Σ_ij (A_ij - δ_ij)^2", {"A": (3, 3)}, lambda v: sum((v.A[i, j] - (i == j)) ** 2 for i in R(3) for j in R(3))),
    ("Σ_ij δ_ij x_i y_j", {"x": (3,), "y": (3,)}, lambda v: sum(v.x[i] * v.y[i] for i in R(3))),
    ("Σ_j (Σ_i A_ij)^2", {"A": (3, 2)}, lambda v: sum(sum(v.A[i, j] for i in R(3)) ** 2 for j in R(2))),
    (
        "Σ_ij |x_i - y_j|".replace("|x_i - y_j|", "abs(x_i - y_j)"),
        {"x": (3,), "y": (2,)},
        lambda v: sum(abs(v.x[i] - v.y[j]) for i in R(3) for j in R(2)),
    ),
    (
        "Σ_ijk A_ij A_ik A_jk x_j",
        {"A": (3, 3), "x": (3,)},
        lambda v: sum(v.A[i, j] * v.A[i, k] * v.A[j, k] * v.x[j] for i in R(3) for j in R(3) for k in R(3)),
    ),
    ("Σ_i log Σ_j exp(Z_ij)", {"Z": (3, 2)}, lambda v: sum(log(sum(exp(z) for z in v.Z[i])) for i in R(3))),
    (
        "Σ_i (y_i - w'x_i)^2",
        {"X": (4, 3), "y": (4,), "w": (3,)},
        lambda v: sum((v.y[i] - dot(v.w, v.X[i])) ** 2 for i in R(4)),
    ),
    (
        "1/n Σ_{i=1}^n log(1 + exp(-y_i w'x_i))",
        {"X": (4, 3), "y": (4,), "w": (3,)},
        lambda v: sum(log(1 + exp(-v.y[i] * dot(v.w, v.X[i]))) for i in R(4)) / 4,
    ),
    (
        "tr(A Σ_i x_i x_i')",
        {"A": (3, 3), "X": (4, 3)},
        lambda v: sum(v.A[p, q] * v.X[i, q] * v.X[i, p] for i in R(4) for p in R(3) for q in R(3)),
    ),
    (
        "b' Σ_i y_i x_i",
        {"b": (3,), "y": (4,), "X": (4, 3)},
        lambda v: sum(v.b[p] * v.y[i] * v.X[i, p] for i in R(4) for p in R(3)),
    ),
    (
        "m: d; Σ_i (x_i - m)' S (x_i - m)",
        {"S": (3, 3), "m": (3,), "X": (4, 3)},
        lambda v: sum(
            (v.X[i, p] - v.m[p]) * v.S[p, q] * (v.X[i, q] - v.m[q]) for i in R(4) for p in R(3) for q in R(3)
        ),
    ),
    ("Σ_i ‖y_i - W_2 f(W_1 x_i)‖²", {"Y": (4, 2), "W_2": (2, 5), "W_1": (5, 3), "X": (4, 3)}, autoencoder_loop),
    ("Σ_ij W_ij ‖x_i - x_j‖^2", {"W": (4, 4), "X": (4, 3)}, distances_loop),
    (
        "Σ_ij (R_ij - u_i'v_j)^2",
        {"R": (4, 2), "U": (4, 3), "V": (2, 3)},
        lambda v: sum((v.R[i, j] - dot(v.U[i], v.V[j])) ** 2 for i in R(4) for j in R(2)),
    ),
    (
        "Σ_i max(0, 1 - y_i w'x_i)",
        {"X": (4, 3), "y": (4,), "w": (3,)},
        lambda v: sum(max(0, 1 - v.y[i] * dot(v.w, v.X[i])) for i in R(4)),
    ),
    ("P_ik = exp(Z_ik)/Σ_j exp(Z_ij); -Σ_i Σ_k Y_ik log P_ik", {"Z": (3, 2), "Y": (3, 2)}, softmax_loop),
    (
        "E = 1/2 Σ_k (t_k - o_k)^2, o_k = f(Σ_j w_kj h_j + b_k), h_j = f(Σ_i v_ji x_i + c_j)",
        {"t": (2,), "w": (2, 4), "b": (2,), "v": (4, 3), "x": (3,), "c": (4,)},
        network_loop,
    ),
    (
        "h_i = f(W x_i); Σ_i ‖y_i - V h_i‖^2".replace("V h_i", "V h_i"),
        {"W": (5, 3), "X": (4, 3), "Y": (4, 2), "V": (2, 5)},
        lambda v: autoencoder_loop(dataclasses.make_dataclass("V", ["W_1", "W_2", "X", "Y"])(v.W, v.V, v.X, v.Y)),
    ),
    (
        "Σ_i ‖x^{(i)} - m‖^2",
        {"m": (3,), "X": (4, 3)},
        lambda v: sum((v.X[i, p] - v.m[p]) ** 2 for i in R(4) for p in R(3)),
    ),
    (
        "Σ_ij (A_ij - Σ_k u_k B_jk)^2 + Σ_ik C_ik^2",
        {"A": (3, 2), "u": (4,), "B": (2, 4), "C": (2, 3)},
        lambda v: sum((v.A[i, j] - dot(v.u, v.B[j])) ** 2 for i in R(3) for j in R(2)) + np.sum(v.C**2),
    ),
    (
        "B: n x n; B_ij = A_ij^2; Σ_ij B_ij^3 + 2 Σ_{i=1}^n 1",
        {"A": (3, 3)},
        lambda v: np.sum(v.A**6) + 6,
    ),
    ("∑ (y - ŷ)^2", {"y": (4,), "yhat": (4,)}, lambda v: sum((v.y[i] - v.yhat[i]) ** 2 for i in R(4))),
)


@pytest.mark.parametrize(("text", "shapes", "loops"), READ, ids=[text for text, _, _ in READ])
def test_what_is_read_is_what_loops_compute(text: str, shapes: dict[str, tuple[int, ...]], loops: Loops) -> None:
    declared = ["y: n"] if text.startswith("∑") else []
    program = parse(text, declared)
    assert {s.name: len([d for d in s.shape if d != 1]) for s in program.inputs} == {
        k: len(s) for k, s in shapes.items()
    }
    rng = np.random.default_rng(3)
    values = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    objective = program.objective.definition
    assert objective is not None
    functions = {"f": (np.tanh,)} if program.functions else {}
    found = Expr(objective, program.inputs).evaluate(values, functions=functions)
    at = dataclasses.make_dataclass("Values", list(values))(**values)
    assert np.isclose(float(found), loops(at), rtol=1e-10)


PROVED = (
    ("Σ_i (y_i - w'x_i)^2", "w", "2 X'(X w - y)"),
    ("Σ_ij A_ij x_i x_j", "x", "A x + A' x"),
    ("P_ik = exp(Z_ik)/Σ_j exp(Z_ij); -Σ_i Σ_k Y_ik log P_ik", "Z", "(softmax(Z) .* (rowsum(Y) ones(1, d))) - Y"),
    ("Σ_ij W_ij ‖x_i - x_j‖^2", "W", "rowsum(X.^2) ones(1, n) + ones(n) rowsum(X.^2)' - 2 X X'"),
    ("Σ_i max(0, 1 - y_i w'x_i)", "w", "-X'(y .* [1 - y .* (X w) > 0])"),
)


@pytest.mark.parametrize(("text", "by", "gradient"), PROVED)
def test_the_gradient_is_proved_of_the_sum_as_typed(text: str, by: str, gradient: str) -> None:
    found = matcalc.derive(text, wrt=[by])
    assert found.verification[by].status == "proved"
    assert matcalc.verify(text, by, gradient).status == "proved"
    assert matcalc.verify(text, by, f"2 ({gradient})").status == "failed"


@pytest.mark.parametrize("text", ["Σ_i (y_i - w'x_i)^2", "z_i = tanh(Σ_j W_ij w_j); Σ_i z_i^2", "Σ_ij A_ij w_i w_j"])
def test_a_wrong_conversion_is_not_proved(text: str) -> None:
    """Twice the sum in matrix form, planted beside the sum as it was typed."""
    program = parse(text)
    objective = program.objective
    assert objective.definition is not None
    planted = scale(number(2), objective.definition)
    wrong = Symbol(objective.name, objective.shape, (), planted)
    typed = tuple((wrong if s is objective else s, t) for s, t in program.indexed)
    definitions = tuple(wrong if s is objective else s for s in program.definitions)
    spoilt = dataclasses.replace(program, definitions=definitions, objective=wrong, indexed=typed)
    found = matcalc.derive(spoilt, wrt=["w"])  # type: ignore[arg-type]
    assert found.verification["w"].status == "failed"
    right = matcalc.derive(program, wrt=["w"])  # type: ignore[arg-type]
    typed_objective, _ = program.typed
    (variable,) = [s for s in program.inputs if s.name == "w"]
    assert verify(typed_objective, {variable: right["w"].node})["w"].status == "proved"


def test_the_steps_show_the_conversion() -> None:
    steps = matcalc.derive("o_k = f(Σ_j w_kj h_j); Σ_k (t_k - o_k)^2", wrt=["w"], verify=False).steps
    shown = [str(step.before) + " = " + str(step.after) for step in steps]
    assert "f(Σ_j w_kj h_j) = f((w h)_k)" in shown
    assert "Σ_k (t_k - o_k)^2 = ‖t - o‖^2" in shown
    assert any("shared" in step.rule.statement or step.rule.name == "the sum over j" for step in steps)


REFUSED = (
    ("Σ_ij (Σ_k T_ijk v_k)^2", "T_ijk", "3 indices"),
    ("Σ_ijk exp(A_ij + B_jk + C_ki)", "exp", "3 indices"),
    ("Σ_il A_il Σ_jk B_jl C_kl A_ij A_ik A_jk", "", "matrix"),
    ("Σ_i i x_i", "i", "as a number"),
    ("Σ_{i<j} (x_i - x_j)^3", "Σ_{i<j}", "exchanged"),
    ("Σ_{i=2}^n x_i^2", "Σ_{i=2}", "whole dimension"),
    ("Σ_i det(x_i x_i')", "", "det"),
)


@pytest.mark.parametrize(("text", "part", "why"), REFUSED)
def test_what_has_no_matrix_form_is_refused_with_the_part(text: str, part: str, why: str) -> None:
    with pytest.raises(UnsupportedError) as found:
        parse(text)
    assert part in found.value.text
    assert why in found.value.message


def test_an_index_that_is_free_beside_its_sum_is_asked() -> None:
    with pytest.raises(AmbiguousError) as found:
        parse("J = Σ_i y_i log(p_i) + (1 - y_i) log(1 - p_i)")
    error = found.value
    for reading in error.readings:
        program = parse("J = " + reading.text)
        values = {"y": np.array([0.2, 0.9]), "p": np.array([0.3, 0.6])}
        expected = sum(y * log(p) + (1 - y) * log(1 - p) for y, p in zip(values["y"], values["p"], strict=True))
        objective = program.objective.definition
        assert objective is not None
        assert np.isclose(float(Expr(objective, program.inputs).evaluate(values)), expected)


ASKED = (
    ("sum((y_i - w' x_i)^2)", ("Σ_i ((y_i - w' x_i)^2)", "J = ‖y - X w‖^2")),
    (
        "yhat_k = sum(H_kl v_l); 1/2 sum((yhat_k - y_k)^2)",
        ("yhat_k = Σ_l (H_kl v_l); 1/2 Σ_k ((yhat_k - y_k)^2)", "yhat = H v; J = 1/2 ‖yhat - y‖^2"),
    ),
    ("(y_i - ŷ_i)^2", ("Σ_i ((y_i - ŷ_i)^2)", "J = ‖y - yhat‖^2")),
    ("y: n; sum((y_i - 1)^2)", ("y: n; Σ_i ((y_i - 1)^2)", "y: n; J = ‖y - 1‖^2")),
    ("1/2 Σ(y - f(X w))^2", ("∑ (y - f(X w))^2", "sum((y - f(X w))^2)")),
    ("Σ (y_i - ŷ_i)^2", ("Σ_i (y_i - ŷ_i)^2", "sum((y - ŷ)^2)")),
)


@pytest.mark.parametrize(("text", "readings"), ASKED)
def test_letters_without_a_sum_and_a_sigma_without_an_index_are_asked(text: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousError) as found:
        matcalc.gradient(text, "y")
    assert tuple(reading.text for reading in found.value.readings) == readings
    for reading in readings:
        parse(text.replace(found.value.text, reading))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("log(Σ_k exp(w_k' x)) - w_2' x", "w_2"),
        ("log(Σ_k exp(x' w_k)) - x' w_2", "w_2"),
        (r"-\log \frac{\exp(w_2^\top x)}{\sum_{k=1}^K \exp(w_k^\top x)}", "w_2"),
    ],
)
def test_a_row_beside_a_sum_over_all_rows_is_asked(text: str, asked: str) -> None:
    error = matcalc.read(text).error
    assert isinstance(error, AmbiguousError)
    assert error.text == asked
    row, name = (reading.text for reading in error.readings)
    parse(text.replace(asked, name))
    found = matcalc.gradient(text.replace(asked, row), "W")
    W, x = np.array([[0.1, 0.2], [0.5, -0.3], [1.0, 0.4]]), np.array([0.7, -0.2])
    p = np.exp(W @ x) / np.exp(W @ x).sum()
    p[1] -= 1
    np.testing.assert_allclose(found.evaluate({"W": W, "x": x}), np.outer(p, x))


def test_every_question_about_letters_shows_two_texts_that_are_read() -> None:
    for text in ("sum((y_i - w' x_i)^2)", r"L = y_i \log p_i, p_i = \sigma(w^T x_i)"):
        readings = [matcalc.read(question.text).program for question in matcalc.read(text).questions]
        assert len(readings) == 2
        assert None not in readings


@pytest.mark.parametrize(
    "text", ["y_i: n; ŷ_i: n; sum((y_i - yhat_i).^2)", "sum(W_k x)", "d_k + e_j", "W_y = A; tr(W_y)"]
)
def test_other_subscripts_are_part_of_the_name(text: str) -> None:
    assert any("_" in s.name for s in (*parse(text).inputs, *parse(text).definitions))


def test_sigma_is_a_matrix_where_it_is_no_sum() -> None:
    for text in ("(x - m)' Σ (x - m)", "x' Σ^-1 x", "Σ: n x n; tr(Σ (A + B))", "x' Σ_k^-1 x", "Σ_k: n x n; tr(Σ_k A)"):
        assert any(s.name.startswith("Sigma") for s in parse(text).inputs), text


def test_n_before_a_sum_is_how_many_there_are() -> None:
    program = parse("1/n Σ_i (y_i - w'x_i)^2")
    assert [s.shape for s in program.inputs if s.name == "y"] == [("n", 1)]
    assert any("the index i runs to" in str(note) for note in program.notes)
    free = parse("n: scalar; 1/n Σ_i y_i^2")
    assert [s.shape for s in free.inputs if s.name == "n"] == [(1, 1)]


def test_a_formula_with_sums_is_judged() -> None:
    text = "Σ_i (y_i - w'x_i)^2"
    assert matcalc.verify(text, "w", "2 Σ_i (w'x_i - y_i) x_i").status == "proved"
    assert matcalc.verify(text, "w", "Σ_i (w'x_i - y_i) x_i").status == "failed"


def test_layers_told_apart_by_their_letters_alone_are_asked() -> None:
    text = "E = 1/2 Σ_k (t_k - o_k)^2; o_k = f(Σ_j w_jk h_j); h_j = f(Σ_i w_ij x_i)"
    with pytest.raises(AmbiguousError) as found:
        parse(text)
    other, declared = found.value.readings
    assert {s.name for s in parse(text.replace(found.value.text, other.text)).inputs} == {"t", "w", "v", "x"}
    assert {s.name for s in parse(text, [declared.text]).inputs} == {"t", "w", "x"}


@pytest.mark.parametrize("total", ["Σ_t e[t]", "Σ_{t=1}^T e[t]"])
def test_a_sum_over_steps_is_the_sum_over_layers(total: str) -> None:
    text = "steps t = 1..T: h[t] = tanh(W h[t-1] + V x[t]); e[t] = 1/2 ||h[t] - y[t]||^2\nJ = "
    assert parse(text + total) == parse(text + "sum(e[t], t = 1..T)")


def test_a_long_network_by_indices_is_read() -> None:
    layers = ";".join(f"h{k + 1}_i = tanh(Σ_j W{k}_ij h{k}_j)" for k in range(160))
    assert len(parse(f"{layers}; J = Σ_i h160_i^2").definitions) == 161


@pytest.mark.parametrize("text", ["A: n x d; Σ_i A_ii", "y: 1 x n; Σ_i y_i", "z_k = Σ_l H_kl A_l; Σ_k z_kk"])
def test_an_entry_that_there_is_not_is_an_error_of_shapes(text: str) -> None:
    with pytest.raises(ShapeError):
        parse(text)


def test_an_index_is_no_size() -> None:
    program = parse("Σ_n (t_n - w'x_n)^2")
    assert not {"n"} & {dim for s in program.inputs for dim in s.shape}


@pytest.mark.parametrize(
    "text", ["Σ_i (", "Σ_{} x", "Σ_{i=} x_i", "∑", "Σ_i^{n-1} x_i", "y_i = Σ_i x_i", "Σ_i Σ_i x_i"]
)
def test_malformed_sums_end_in_an_error(text: str) -> None:
    with pytest.raises(MatcalcError):
        parse(text)


def test_a_name_of_rows_asks_for_the_matrix() -> None:
    d = matcalc.derive("Σ_i ‖u_i - a‖^2", ["u"], verify=False)
    assert list(d) == ["U"]
    assert d["u"] == d["U"] == matcalc.gradient("U: n x d; a: d; ‖U - ones(n) a'‖^2", "U")
    assert matcalc.verify("Σ_i ‖μ_i - a‖^2", "mu", "2 (Mu - ones(n) a')").status == "proved"
    with pytest.raises(matcalc.UnknownNameError):
        matcalc.derive("‖X w - y‖^2", ["x"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("L = 1/N Σ_i L_i; L_i = (y_i - w' x_i)^2", "y: N; J = 1/N sum((y - X w).^2)"),
        ("E = Σ_n E_n; E_n = (y_n - t_n)^2; y_n = w' x_n", "J = sum((X w - t).^2)"),
    ],
)
def test_a_sum_and_its_terms_may_have_one_letter(text: str, meant: str) -> None:
    assert matcalc.equal(str(matcalc.gradient(text, "w")), str(matcalc.gradient(meant, "w")), text)


@pytest.mark.parametrize(
    "text",
    [
        "Sum_i (y_i - w'x_i)^2",
        "SUM_i (y_i - w'x_i)^2",
        "sum_{i=1..n} (y_i - w'x_i)^2",
        "sum_{i=1,...,n} (y_i - w'x_i)^2",
        "sum_(i=1)^n (y_i - w'x_i)^2",
        "∑_(i=1)^n (y_i - w'x_i)^2",
        "∑ᵢ₌₁ⁿ (yᵢ − wᵀxᵢ)²",
        "sum over i of (y_i - w'x_i)^2",
        "∑ (y_i - w'x_i)^2",
    ],
)
def test_spellings_of_a_sum_over_an_index(text: str) -> None:
    assert parse(text).objective.definition == parse("Σ_{i=1}^n (y_i - w'x_i)^2").objective.definition


def test_an_array_is_defined_by_its_entries_without_a_sum() -> None:
    program = parse("K_ij = exp(-‖x_i - x_j‖^2); y'K y")
    x = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])
    y = np.array([1.0, -2.0, 0.5])
    kernel = np.exp(-((x[:, None] - x) ** 2).sum(2))
    value = Expr(program.objective.definition, program.inputs).evaluate({"X": x, "y": y})
    assert np.isclose(value, y @ kernel @ y)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("mean((y_i - w x_i)^2)", ("1/n Σ_i ((y_i - w x_i)^2)", "J = 1/n ‖y - w x‖^2")),
        ("(1/n) Σ (y_i - p_i)^2", ("Σ_i (y_i - p_i)^2", "sum((y - p)^2)")),
        (
            "p = softmax(z); L = -log p_k",
            ("p = softmax(z); L = Σ_k (-log p_k)", "p = softmax(z); L = -log p[k]", "p = softmax(z); L = -sum(log(p))"),
        ),
    ],
)
def test_what_is_asked_leads_on(text: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousError) as found:
        matcalc.gradient(text, "w")
    assert tuple(reading.text for reading in found.value.readings) == readings
