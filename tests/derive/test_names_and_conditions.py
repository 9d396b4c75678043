"""What a derivation names by itself, what it recognises, what it needs to be true."""

from __future__ import annotations

import pytest

import matcalc
from matcalc import UnsupportedError
from matcalc.derive.naming import WORTH, repeated
from matcalc.syntax import parse


def where(source: str, wrt: str) -> dict[str, str]:
    found = matcalc.derive(source, wrt, verify=False)
    return {name: e.ascii() for name, e in found.where}


def conditions(source: str, wrt: str) -> list[str]:
    found = matcalc.derive(source, wrt, verify=False)
    _, _, rest = found.to_text(steps=False).partition("Holds where\n")
    lines = rest.partition("\n\n")[0].splitlines()
    return [" ".join(text.split()) for text in "\n".join(lines).split("  - ") if text.strip()]


# ------------------------------------------------------------------------------------------------------------ residuals


@pytest.mark.parametrize(
    ("source", "names", "last"),
    [
        ("J = ‖f(f(f(X W1) W2) W3) - Y‖^2", "Z1 A1 Z2 A2 Z3 Yhat", "2 (Yhat - Y) .* f'(Z3)"),
        ("J = ‖X - f(f(X W1 + b1) W2 + b2)‖^2", "Z1 A1 Z2 Xhat", "2 (Xhat - X) .* f'(Z2)"),
        ("J = 1/2 ‖Y - relu(relu(X W1) W2) W3‖^2", "Z1 A1 Z2 A2", "((A2 W3 - Y) W3') .* [Z2 > 0]"),
        ("J = norm1(f(f(X W1) W2) - Y)", "Z1 A1 Z2 Yhat", "f'(Z2) .* sign(Yhat - Y)"),
        ("J = sum(huber(f(f(X W1) W2) - Y, 1))", "Z1 A1 Z2 Yhat", "f'(Z2) .* clip(Yhat - Y, -1, 1)"),
        ("Z2 = f(X W1) W2; J = ‖f(Z2) - Y‖^2", "Z1 A1 Z2 Yhat", "2 (Yhat - Y) .* f'(Z2)"),
    ],
)
def test_a_residual_is_no_number_of_a_layer(source: str, names: str, last: str) -> None:
    """The names of a network in one line, and its last delta, as they are written by hand."""
    found = where(source, "W1")
    assert [name for name in found if not name.startswith("delta")] == names.split()
    assert next(text for name, text in found.items() if name.startswith("delta")) == last


def test_a_long_residual_is_called_as_by_a_person() -> None:
    assert where("J = ‖f(X W1) ⊙ g(X W2) - Y‖^2", "W1") == {"R": "f(X W1) .* g(X W2) - Y"}
    assert "E" in where("R: n x k; J = ‖f(X W1) ⊙ g(X W2) - R‖^2", "W1")
    both = where("J = ‖f(X w1) ⊙ g(X w2) - y‖^2 + ‖f(U w1) ⊙ g(U w2) - z‖^2", "w1")
    assert set(both) == {"r", "u"}


# ---------------------------------------------------------------------------------------------------------------- atoms


@pytest.mark.parametrize(
    ("source", "gradient", "atoms"),
    [
        ("A: n x n symmetric\nJ = lambda_max(A)", "u1 u1'", {"u1": "eigvec_max(A)"}),
        ("A: n x n symmetric\nJ = lambda_min(A)", "un un'", {"un": "eigvec_min(A)"}),
        ("A: n x m\nJ = norm_2(A)", "u1 v1'", {"u1": "singular_u1(A)", "v1": "singular_v1(A)"}),
        ("A: n x m\nJ = norm_nuc(A)", "U V'", {"U": "singular_u(A)", "V": "singular_v(A)"}),
    ],
)
def test_vectors_are_named(source: str, gradient: str, atoms: dict[str, str]) -> None:
    found = matcalc.derive(source, "A")
    assert found["A"].ascii() == gradient
    assert {name: e.ascii() for name, e in found.where} == atoms
    assert found.verification["A"].ok


def test_names_of_atoms_are_not_those_of_the_program() -> None:
    found = where("A: n x m\nu1: n\nJ = norm_2(A) + u1' A A' u1", "A")
    assert found.keys() == {"u1_2", "v1"}
    two = where("A, B: n x n symmetric\nJ = lambda_max(A + B) lambda_max(A)", "A")
    assert {v for k, v in two.items() if k.startswith("u1")} == {"eigvec_max(A + B)", "eigvec_max(A)"}


@pytest.mark.parametrize("name", ["lambda_max", "lambda_min", "chol"])
def test_what_must_be_symmetric_is_declared_so(name: str) -> None:
    with pytest.raises(UnsupportedError, match="symmetric") as caught:
        matcalc.derive(f"A: n x n\nJ = sum({name}(A))", "A")
    assert "declare A: n x n symmetric" in caught.value.hint
    with pytest.raises(UnsupportedError, match="not known to be") as caught:
        matcalc.derive(f"A, B: n x n\nJ = sum({name}(A B))", "A")
    assert "the symmetric part M + M'" in caught.value.hint
    assert matcalc.derive(f"B: n x n\nJ = sum({name}(B'B + I))", "B", verify=False)["B"].shape == ("n", "n")


# ----------------------------------------------------------------------------------------------------------- recognised


@pytest.mark.parametrize(
    ("definition", "recognised"),
    [
        ("s = 1 ./ (1 + exp(-z))", "sigmoid(z)"),
        ("s = exp(z) / sum(exp(z))", "softmax(z)"),
        ("s = log(1 + exp(z))", "softplus(z)"),
    ],
)
def test_functions_written_out_by_hand(definition: str, recognised: str) -> None:
    found = matcalc.derive(f"z, y: n\n{definition}\nJ = y' s^2", "z")
    assert dict(found.where)["s"].ascii() == recognised
    assert found.verification["z"].ok


def test_logistic_regression_with_two_logarithms_by_hand() -> None:
    source = "X: n x d; y: n\ns = 1 ./ (1 + exp(-X w))\nJ = -sum(y .* log(s) + (1 - y) .* log(1 - s))"
    found = matcalc.derive(source, "w")
    assert found["w"].ascii() == "X'(s - y)"
    assert found.verification["w"].ok


# ------------------------------------------------------------------------------------------------------------- repeated


def test_what_is_long_and_written_more_than_once_is_named() -> None:
    found = matcalc.derive("A, C: n x n; X: n x k\nJ = tr(X'A X inv(X'C X))", "X")
    assert found["X"].ascii() == "(A - C X M1 X' A) X M1 + (A' - C' X M1' X' A') X M1'"
    assert dict(found.where)["M1"].ascii() == "inv(X' C X)"
    assert found.verification["X"].ok
    assert "M1" not in str(found.expanded("X"))


def test_a_name_must_save_enough() -> None:
    body = parse("x: n; A: n x n\nJ = (x'A x) x'x").objective.definition
    assert body is not None and repeated(body) is None  # x' x is shorter than its name and definition
    assert WORTH > 2
    found = where("x: n; A: n x n symmetric\nJ = x'A x / (x'x)", "x")
    assert not found


# ----------------------------------------------------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("source", "wrt", "expected"),
    [
        ("J = logdet(X)", "X", ["det(X) > 0"]),
        ("X: n x n pd\nJ = logdet(X) + tr(inv(X))", "X", []),
        ("X: n x m\nJ = ||X||", "X", ["X is not 0"]),
        ("x: n\nJ = x'x", "x", []),
        ("x: n positive\nJ = sum(log(x))", "x", []),
        ("A: n x n symmetric\nJ = lambda_max(A)", "A", ["the largest eigenvalue of A is simple"]),
    ],
)
def test_conditions_name_what_they_are_about(source: str, wrt: str, expected: list[str]) -> None:
    found = conditions(source, wrt)
    assert len(found) == len(expected)
    for said, wanted in zip(found, expected, strict=True):
        assert wanted in said, found


@pytest.mark.parametrize("function", ["relu", "abs", "leaky_relu"])
def test_a_kink_says_what_is_used_there(function: str) -> None:
    found = conditions(f"X: n x d; w: d\nJ = sum({function}(X w))", "w")
    assert len(found) == 1
    assert "X w" in found[0] and "kink" in found[0] and "subgradient" in found[0]
    assert conditions(f"J = {function}(3) x'x", "x") == []
