"""Entries of Jacobians and Hessians in index notation: held against differences, and proved against the matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from finite import evaluate

import matcalc
from matcalc.api.wanted import slopes_proved
from matcalc.cli import run
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, dims, expand
from matcalc.indices import terms
from matcalc.indices.array_slopes import ArraySlope
from matcalc.indices.concrete import Concrete

STEP = 1e-5

JACOBIANS = [
    ("Y = X' X", "X"), ("Y = A X B", "X"), ("y = A x", "x"), ("y = softmax(W x)", "x"), ("y = softmax(W x)", "W"),
    ("Y = inv(X)", "X"), ("Y = sigmoid(X W)", "W"), ("Y = tr(X) X", "X"), ("J = x' A x", "x"),
    ("Y = X X'; Z = Y .* Y", "X"), ("y = norm(x) x", "x"), ("Y = diag(x)", "x"), ("Y = x y'", "x"),
    ("Y = X ./ rowsum(X)", "X"), ("y = W2 tanh(W1 x)", "W1"), ("Y = A", "X; X: n x n"), ("y = s x", "s"),
    ("Y = det(X) X'", "X"),
]  # fmt: skip
HESSIANS = [
    ("J = logdet(X)", "X", "X"), ("J = ||U V' - A||^2", "U", "V"), ("J = ||U V' - A||^2", "U", "U"),
    ("J = x' A x", "x", "x"), ("J = tr(X^3)", "X", "X"), ("W: k x d; x: d; y: k; J = -y' log_softmax(W x)", "W", "W"),
    ("J = sum(log(1 + exp(X w)))", "w", "w"), ("J = sum(exp(X w))", "w", "X"), ("J = det(X)", "X", "X"),
    ("S: n x n symmetric; J = tr(S^3)", "S", "S"), ("S: n x n skew; A: n x n; J = tr(S A S)", "S", "S"),
    ("S: n x n diagonal; A: n x n; J = tr(S A S A')", "S", "S"),
]  # fmt: skip


def values_of(program: matcalc.Program, sizes: dict[str, int]) -> dict[str, Any]:
    draw = np.random.default_rng(11)
    found = {}
    for s in program.inputs:
        rows, columns = (d if isinstance(d, int) else sizes[str(d)] for d in s.shape)
        value = draw.uniform(0.3, 1, (rows, columns)) + np.eye(rows, columns)
        has = s.attributes
        found[s.name] = value + value.T if "symmetric" in has else value - value.T if "skew" in has else value
        if "diagonal" in has:
            found[s.name] = np.diag(np.diag(value))
    return found


def written_out(slope: ArraySlope, values: dict[str, Any], sizes: dict[str, int]) -> Any:
    concrete = Concrete(sizes)
    return evaluate([expand(concrete.array(slope.slope, slope.of.at, slope.by.at))], values, {}, {})[0]


def differences(of: Node, name: str, values: dict[str, Any], sizes: dict[str, int], kept: str = "") -> Any:
    columns = []
    rows_, columns_ = values[name].shape
    for j in range(columns_):
        for i in range(rows_):
            way = np.zeros((rows_, columns_))
            way[i, j] = 1
            if kept:
                way = {"symmetric": way + way.T, "skew": way - way.T, "diagonal": 2 * way * np.eye(rows_)}[kept] / 2
            ends = (evaluate([expand(of)], {**values, name: values[name] + h * way}, sizes, {}) for h in (STEP, -STEP))
            (up,), (down,) = ends
            columns.append((up - down).ravel("F") / (2 * STEP))
    return np.column_stack(columns)


@pytest.mark.parametrize(("text", "wrt"), JACOBIANS)
def test_entries_of_a_jacobian(text: str, wrt: str) -> None:
    text, wrt = (f"{wrt.partition(';')[2]}; {text}", wrt.partition(";")[0]) if ";" in wrt else (text, wrt)
    found = matcalc.jacobian(text, wrt)
    (slope,), program = found.slopes, found.record.program
    sizes = {name: 2 + n % 3 for n, name in enumerate(dims(*program.inputs))}
    values = values_of(program, sizes)
    expected = differences(program.objective, wrt, values, sizes)
    assert written_out(slope, values, sizes) == pytest.approx(expected, abs=1e-7)
    assert found.by_entries[wrt].status == "proved"


@pytest.mark.parametrize(("text", "first", "second"), HESSIANS)
def test_entries_of_a_hessian(text: str, first: str, second: str) -> None:
    found = matcalc.hessian(text, first, second)
    (slope,), program = found.slopes, found.gradient.program
    sizes = {name: 2 + n % 3 for n, name in enumerate(dims(*program.inputs))}
    values = values_of(program, sizes)
    gradient = found.gradient.record.gradients[0][1]
    kept = next(iter(program.symbol(second).attributes), "")
    expected = differences(gradient, second, values, sizes, kept)
    assert written_out(slope, values, sizes) == pytest.approx(expected, abs=1e-7)
    assert found.by_entries[second].status == "proved"


def test_a_planted_error_is_refuted() -> None:
    for text, wrt in (("Y = X' X", "X"), ("Y = inv(X)", "X"), ("y = softmax(x)", "x")):
        found = matcalc.jacobian(text, wrt)
        (slope,), matrix = found.slopes, found.record.gradients[0][1]
        right = slopes_proved(slope, matrix, 10.0)
        twice = replace_slope(slope, terms.product(terms.Constant(2 * terms.ONE.value), slope.slope))
        wrong = slopes_proved(twice, matrix, 10.0)
        assert right is not None and right.status == "proved" and right.every_size
        assert wrong is not None and wrong.status == "failed" and not wrong.every_size


def replace_slope(slope: ArraySlope, formula: terms.Index_term) -> ArraySlope:
    return slope._replace(slope=formula)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jacobian", "Y = X' X", "--wrt", "X", "--entries", "--no-steps"]) == 0
    out = capsys.readouterr().out
    assert "dY_ij/dX_kl = δ_il X_kj + X_ki δ_jl" in out and "against the matrix: proved for all sizes" in out
    assert run(["hessian", "J = logdet(X)", "--wrt", "X", "--entries", "--no-steps"]) == 0
    out = capsys.readouterr().out
    assert "d²J/(dX_ij dX_kl) = -(inv(X))_jk (inv(X))_li" in out and "against the matrix: proved for all sizes" in out
    assert run(["hessian", "J = ||U V' - A||^2", "--wrt", "U,V", "--entries", "--no-steps", "--format", "latex"]) == 0
    assert r"\frac{\partial^2 J}{\partial U_{i j}\, \partial V_{k l}}" in capsys.readouterr().out
    for form in ("markdown", "html", "json"):
        for command in (["jacobian", "Y = X' X"], ["hessian", "J = logdet(X)"]):
            assert run([*command, "--wrt", "X", "--entries", "--format", form, "--ascii"]) == 0
            assert "entry by entry" in capsys.readouterr().out
    assert run(["jacobian", "Y = expm(X)", "--wrt", "X", "--entries", "--no-steps", "--no-verify"]) == 0
    assert "not written by entries" in capsys.readouterr().out


def test_independent_entries_are_not_written_as_sums() -> None:
    found = matcalc.hessian("S: n x n symmetric; J = tr(S^3)", "S", structure="half", verify=False)
    with pytest.raises(UnsupportedError, match="independent entries"):
        _ = found.slopes
    assert "not written by entries" in found.to_text(entries=True, steps=False)
