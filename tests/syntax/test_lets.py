"""Left sides with arguments: J(w) = … defines J, f(z) = … is put in where f is called."""

from __future__ import annotations

import numpy as np
import pytest
from syntax.reading import refusal
from work import calls

import matcalc
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.syntax import parse

Z = np.array([[-0.7], [0.2], [1.3]])


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("f(z) = 1/(1 + e^(-z))", 1 / (1 + np.exp(-Z))),
        ("f(z) = 1/(1 + exp(-z))", 1 / (1 + np.exp(-Z))),
        ("f(z) = z/(1 + abs(z))", Z / (1 + np.abs(Z))),
        ("f(z) = z (1 - z)", Z * (1 - Z)),
        ("f(z) = z(1 - z)", Z * (1 - Z)),
        ("f(z) = z^2 + sin(z)^2", Z**2 + np.sin(Z) ** 2),
        ("f(z) = 2^z", 2**Z),
        ("f(z) = max(0, z)", np.maximum(0, Z)),
        ("f(z) = 3 z tanh(z)/2", 3 * Z * np.tanh(Z) / 2),
        ("g(z) = z^2; f(z) = g(z) + z", Z**2 + Z),
        ("g(z) = h(z) + z; h(z) = z^2; f(z) = 2 g(z)", 2 * Z**2 + 2 * Z),
        ("sigma(z) = z/2", Z / 2),
        ("f(z) = exp(z)/sum(exp(z))", np.exp(Z) / np.exp(Z).sum()),
        ("f(z, y) = z y; h(z) = f(z, z)", Z**2),
    ],
)
def test_a_function_is_its_formula(formula: str, value: np.ndarray) -> None:
    name = formula.rpartition("; ")[2].partition("(")[0]
    program = parse(f"x: n; {formula}; R = {name}(x)")
    assert program.objective.definition is not None
    found = matcalc.Expr(program.objective.definition, program.inputs).evaluate({"x": Z})
    np.testing.assert_allclose(found, value.ravel())


def test_what_calls_nothing_defines_its_name() -> None:
    found = parse("J(W, b) = ‖X W + b - Y‖^2 + lam ‖W‖^2")
    assert found.objective.name == "J"
    assert found.asked == ("W", "b")
    assert found.objective.definition == parse("‖X W + b - Y‖^2 + lam ‖W‖^2").objective.definition


def test_a_function_of_its_argument_is_no_function_of_the_entries() -> None:
    found = parse("h(x) = W2 relu(W1 x + b1); ‖h(u) - y‖^2")
    assert found.objective.definition == parse("‖W2 relu(W1 u + b1) - y‖^2").objective.definition
    assert "x" not in found.names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f(x) = f(x) + 1; J = f(y)", "f is defined by itself"),
        ("f(x) = g(x); g(x) = f(x); J = f(y)", "f is defined by itself"),
        ("f(z) = z^2; J = f'(x)", "f' is not known"),
        ("f(x, y) = x y; J = f(a)", "f takes 2 arguments, but is given 1"),
        ("f(z) = z^2; f(z) = z; J = f(x)", "f is defined twice"),
        ("f(z) = z^2; J = f + f(x)", "f is a function, and here it has no argument"),
        ("z(l) = W(l) a(l-1)", "announce layers"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    assert said in str(refusal(text))


def test_formulas_within_formulas_end() -> None:
    def work() -> None:
        with pytest.raises(UnsupportedError, match="stands within itself too often"):
            parse("f(z) = z + z^2; J = " + "f(" * 4000 + "x" + ")" * 4000)

    calls(work, 4_000_000)


def test_the_gradient_goes_through_a_formula() -> None:
    found = matcalc.derive("f(z) = 1/(1 + e^(-z)); sum(f(A x))", "x", verify=False)["x"]
    A = np.arange(6.0).reshape(2, 3) / 5 - 0.4
    x = np.array([[0.3], [-0.5], [0.8]])
    p = 1 / (1 + np.exp(-A @ x))
    np.testing.assert_allclose(found.evaluate({"A": A, "x": x}), (A.T @ (p * (1 - p))).ravel())


def test_errors_are_those_of_matcalc() -> None:
    for text in ("f() = 2; f(x)", "f(2) = 3; f(2)", "f(x, ) = x", "f(x = 2", "f(x) ="):
        with pytest.raises(MatcalcError):
            parse(text)
