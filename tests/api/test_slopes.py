"""Entries of Jacobians and Hessians in index notation: held against differences, and proved against the matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from finite import evaluate
from moves import moved, units

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
    keep = {"": lambda u: u, "symmetric": lambda u: (u + u.T) / 2, "skew": lambda u: (u - u.T) / 2,
            "diagonal": lambda u: np.diag(np.diag(u))}[kept]  # fmt: skip
    ways = map(keep, units(values[name].shape))
    found = (moved(lambda at: evaluate([expand(of)], at, sizes, {})[0], [(name, way)], values, STEP) for way in ways)
    return np.column_stack([slope.ravel("F") for slope in found])


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


PARTS = [
    ("Y = A W B", "W", "[2,1]", [1], "B[1,:]' ⊗ A[:,2]"),
    ("Y = A W B", "W", "[2,:]", [1, 4, 7], ""),
    ("Y = A W B", "W", "[:,3]", [6, 7, 8], ""),
    ("y = tanh(A x)", "x", "[2]", [1], "A[:,2] ⊙ (1 - tanh(A x).^2)"),
    ("y = softmax(W x)", "W", "[3,2]", [5], ""),
    ("J = tr(A W)", "W", "[1,2]", [3], ""),
    ("Y = inv(W)", "W", "[1,:]", [0, 3, 6], ""),
]


@pytest.mark.parametrize(("text", "name", "part", "columns", "short"), PARTS)
def test_an_entry_a_row_or_a_column(text: str, name: str, part: str, columns: list[int], short: str) -> None:
    whole, found = matcalc.jacobian(text, name, verify=False), matcalc.jacobian(text, name + part, verify=False)
    assert not short or str(found) == short
    program = found.record.program
    sizes = dict.fromkeys(dims(*program.inputs), 3)
    values = values_of(program, sizes)
    every, some = (evaluate([expand(one.node)], values, sizes, {})[0] for one in (whole, found))
    assert some == pytest.approx(every[:, columns])


def test_a_part_in_letters_is_shown_as_sums(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jacobian", "Y = A W B", "--wrt", "W[i,j]", "--no-steps"]) == 0
    out = capsys.readouterr().out
    assert "dY_lr/dW_ij = A_li B_jr" in out and "column i + (j - 1) d of dvec(Y)/dvec(W)'" in out
    assert "against the matrix: proved for all sizes" in out
    for part, words in (("W[1,:]", "dvec(Y)/dW[1,:] = B' ⊗ A[:,1]"), ("W[:,j]", "columns of dvec(Y)/dvec(W)' up to")):
        assert run(["jacobian", "Y = A W B", "--wrt", part, "--no-steps"]) == 0
        assert words in capsys.readouterr().out
    for form in ("latex", "markdown", "html", "json"):
        assert run(["jacobian", "Y = A W B", "--wrt", "W[1,2]", "--format", form]) == 0
        assert capsys.readouterr().out
    assert str(matcalc.jacobian("Y = A W B", "W[i,j]", verify=False)) == "B' ⊗ A"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["jacobian", "W: 2 x 3; Y = A W", "--wrt", "W[3,1]"], "has 2 rows, not 3"),
        (["jacobian", "Y = A W", "--wrt", "W[1]"], "has one index"),
        (["jacobian", "Y = A W", "--wrt", "W[n,1]"], "cannot be the index"),
        (["jacobian", "Y = A W", "--wrt", "V[1,2]"], "V"),
        (["jacobian", "Y = A W", "--wrt", "W[1,2]", "--layout", "denominator"], "numerator layout"),
        (["jacobian", "S: n x n symmetric; Y = A S", "--wrt", "S[1,2]", "--structure", "half"], "independent entries"),
        (["hessian", "J = tr(W' A W)", "--wrt", "W[1,2]"], "by whole names"),
        (["hessian", "Y = A W", "--wrt", "W"], "a Hessian is of a scalar"),
        (["hessian", "J = x' A y + z", "--wrt", "x,y,z"], "by one name or two"),
        (["hessian", "J = x' A x; B: n x k", "--wrt", "x", "--direction", "B"], "a direction has the shape"),
        (["hessian", "J = x' x", "--wrt", "y"], "y does not occur"),
        (["hessian", "J = x' A y", "--wrt", "x,z"], "z does not occur"),
        (["hessian", "J = x' A y", "--wrt", "x,y", "--structure", "half"], "x has no structure"),
        (["hessian", "S: n x n symmetric; J = x' S x", "--wrt", "x", "--structure", "half"], "x has no structure"),
        (["jacobian", "y = A x", "--wrt", "x", "--structure", "projected"], "x has no structure"),
        (["hessian", "J = x' x", "--wrt", "x", "--structure", "quarter"], "quarter"),
        (["hessian", "J = x' x", "--wrt", "x", "--direction", ""], "direction"),
    ],
)
def test_what_is_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) in (2, 3)
    error = capsys.readouterr().err
    assert words in error and "hint" in error and "Traceback" not in error and "a mistake in matcalc" not in error


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: matcalc.third("J = x' A y", "x", "y", "z"), "the shape of the variable"),
        (lambda: matcalc.third("J = tr(X^3)", "X,Y", "U", "V"), "X,Y"),
        (lambda: matcalc.third("J = tr(X^3)", ["X", "Y"], "U", "V"), "one name"),  # type: ignore[arg-type]
        (lambda: matcalc.third("v: n; X: n x n; J = tr(X^3) + v'v", "X", "v", "V"), "the shape of the variable"),
        (lambda: matcalc.third("Y = X X", "X", "U", "V"), "a scalar"),
        (lambda: matcalc.hvp("Y = X X", "X", "V"), "a scalar"),
        (lambda: matcalc.hvp("J = tr(X X); v: n", "X", "v"), "the shape of the variable"),
        (lambda: matcalc.hvp("J = tr(X X)", "X", "U + V"), "is no name"),
        (lambda: matcalc.vjp("Y = A X", "X", ""), "a direction is a name"),
        (lambda: matcalc.jvp("Y = A X; B: k x k", "X", "B"), "the shape of the variable"),
        (lambda: matcalc.vjp("Y = A X; B: k x k", "X", "B"), "the shape of the variable"),
        (lambda: matcalc.hvp("J = tr(X X)", "Z", "V"), "Z does not occur"),
        (lambda: matcalc.hessian("J = tr(X X)", "X", "Z"), "Z does not occur"),
        (lambda: matcalc.hessian("J = tr(X X)", "X", structure=3), "structure"),  # type: ignore[arg-type]
    ],
)
def test_calls_that_are_refused(call: Any, words: str) -> None:
    with pytest.raises(matcalc.MatcalcError) as raised:
        call()
    assert any(part in str(raised.value) for part in words.split("|")) and raised.value.hint
