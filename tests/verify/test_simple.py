"""Eigenvalues and singular values whose multiplicity the form of the matrix forces: refused, or known."""

from __future__ import annotations

import numpy as np
import pytest

import matcalc
from matcalc.cli import run

NEVER = {
    "x: n; lambda_min(x x')": "x",
    "x: n; lambda_max(-x x')": "x",
    "x: n; s: scalar; lambda_min(s I + x x')": "x",
    "x, y: n; lambda_min(x x' + y y' + y x' + x y')": "x",  # of rank 1
    "B: n x n skew; ‖B‖_2": "B",
    "B: n x n skew; lambda_max(B B')": "B",
    "B: n x n skew; M = B'B; 2 lambda_max(M)": "B",
    "A: n x n symmetric; lambda_max(A ⊗ eye(2))": "A",
    "X: n x d; lambda_max(X inv(X'X) X')": "X",
    "x: n; ‖I - 2 x x' / (x'x)‖_2": "x",
    "B: 4 x 4 skew; ‖B‖_2": "B",
}


@pytest.mark.parametrize("program", NEVER)
def test_what_is_never_simple_is_refused(program: str) -> None:
    with pytest.raises(matcalc.NotDifferentiableError, match="is never simple") as raised:
        matcalc.derive(program, NEVER[program])
    assert raised.value.hint and raised.value.exit_status == 3
    with pytest.raises(matcalc.NotDifferentiableError):
        matcalc.gradient(program, NEVER[program])


SIMPLE = {
    "x: 2; lambda_min(x x')": "x",  # 0 and x'x
    "x: n; lambda_max(x x')": "x",
    "x: n; s: scalar; s lambda_min(x x')": "s",
    "x: n; lambda_max(2 I + x x')": "x",
    "A: n x n symmetric; lambda_max(A)": "A",
    "X: n x d; lambda_min(X'X)": "X",
    "X: n x d; lambda_min(X X')": "X",
    "B: n x n skew; lambda_max(I + B^2)": "B",  # 1 where n is odd, and double where it is even
    "X: n x n; ‖X‖_2": "X",
}


@pytest.mark.parametrize("program", SIMPLE)
def test_what_may_be_simple_is_not(program: str) -> None:
    (found,) = matcalc.derive(program, SIMPLE[program]).verification.values()
    assert found.ok, str(found)


def test_the_spectral_norm_of_an_orthogonal_matrix_is_one() -> None:
    programs = {  # a singular value has no formula in the entries, so points alone say it
        "A: n x n orthogonal; ‖A‖_2": "agrees",
        "A, B: n x n orthogonal; ‖A B‖_2^2": "agrees",
        "A: n x n orthogonal; ‖A‖": "proved",
    }
    for program, status in programs.items():
        derivation = matcalc.derive(program, "A")
        assert derivation.verification["A"].status == status
        turn = np.array([[0.6, -0.8], [0.8, 0.6]])
        gradient = derivation.expanded("A").evaluate({"A": turn, "B": turn}, sizes={"n": 2})
        assert np.abs(gradient).max() < 1e-12  # tangent to the rotations nothing moves the constant


@pytest.mark.parametrize("objective", ["‖A‖_2", "‖A‖", "‖A‖_*", "tr(B A) / ‖A‖", "exp(-‖A‖)", "norm_nuc(A)^2"])
def test_the_norm_of_an_orthogonal_matrix_has_no_slope_that_ignores_that(objective: str) -> None:
    with pytest.raises(matcalc.NotDifferentiableError):
        matcalc.derive(f"A: n x n orthogonal; B: n x n; {objective}", "A", convention="free")


def test_an_orthogonal_matrix_has_the_norm_of_the_identity() -> None:
    program = "A: n x n orthogonal; B: n x n; x: n; J = (‖A‖ + ‖A‖_* + ‖A‖_2) (‖x‖^2 + tr(B A))"
    turn, x = np.array([[0.6, -0.8], [0.8, 0.6]]), np.array([1.0, -2.0])
    for convention in ("projected", "free"):
        found = matcalc.derive(program, "x", convention=convention)["x"].evaluate({"A": turn, "x": x, "B": turn})
        assert np.allclose(found, 2 * (np.sqrt(2) + 2 + 1) * x)
    free = matcalc.derive("A: n x n orthogonal; B: n x n; ‖A B‖^2 + ‖A - B‖", "A", convention="free")
    assert free.verification["A"].ok  # no constants: what is asked for is told


def test_a_jacobian_by_such_a_vector_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(matcalc.NotDifferentiableError):
        matcalc.jacobian("x: n; [lambda_min(x x'); 1]", "x")
    assert run(["derive", "x: n; lambda_min(x x')", "--wrt", "x"]) == 3
    assert "never simple from n = 3 on" in capsys.readouterr().err
