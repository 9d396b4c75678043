"""Entries, rows and blocks in brackets, and names with the number of a layer."""

from __future__ import annotations

import numpy as np
import pytest
from syntax.reading import refusal
from work import calls

import matcalc
from matcalc.errors import AmbiguousError, UnsupportedError
from matcalc.syntax import parse

X = np.arange(1.0, 13.0).reshape(4, 3)
V = np.array([[2.0], [3.0], [5.0], [7.0]])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("v[1]", V[:1]),
        ("v[2]/v[4]", V[1:2] / V[3:]),
        ("v[2:4]' v[1:3]", V[1:].T @ V[:3]),
        ("X[2,3]", X[1:2, 2:]),
        ("X[2,:]", X[1:2]),
        ("X[:,2]", X[:, 1:2]),
        ("X[:,:]", X),
        ("X[2:3,:]", X[1:3]),
        ("X[2:3,2]", X[1:3, 1:2]),
        ("X[:,1]' v", X[:, :1].T @ V),
        ("X'[1,:]", X[:, :1].T),
        ("(X' v)[2]", (X.T @ V)[1:2]),
        ("sqrt(v)[3]", np.sqrt(V)[2:3]),
        ("X[2:3,:][1,2]", X[1:2, 1:2]),
        ("log v[1]", np.log(V[:1])),
        ("v[1]^2", V[:1] ** 2),
        ("[v[1], v[2]]", V[:2].T),
    ],
)
def test_entries_rows_and_blocks(text: str, value: np.ndarray) -> None:
    program = matcalc.parse(f"X: 4 x 3; v: 4; R = {text}")
    assert program.objective.definition is not None
    found = matcalc.Expr(program.objective.definition, program.inputs).evaluate({"X": X, "v": V})
    np.testing.assert_allclose(np.reshape(found, value.shape), value)


@pytest.mark.parametrize(
    "text", ["-log(softmax(v)[k])", "-log(softmax(v)_k)", "-log(softmax(v)_{k})", "-log softmax(v)[k]"]
)
def test_an_entry_of_what_has_no_name(text: str) -> None:
    gradient = matcalc.gradient(f"v: n; J = {text}", "v").evaluate({"v": V[:, 0]}, sizes={"k": 2})
    softmax = np.exp(V[:, 0]) / np.exp(V[:, 0]).sum()
    np.testing.assert_allclose(gradient, softmax - np.eye(4)[1], atol=1e-12)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("([1 - y w' x]_+)^2", "relu(1 - y w' x)^2"),
        ("sum((X w - 1)_{+})", "sum(relu(X w - 1))"),
        ("Σ_k y_k log(softmax(z)_k)", "p = softmax(z); y' log(p)"),
        ("Σ_ij (X' X)_ij G_ij", "Z = X' X; (Z : G)"),
        ("Σ_i (y[i] - w' x[i])^2", "‖y - X w‖^2"),
        ("Σ_ij W[i,j] u[i] v[j]", "u' W v"),
    ],
)
def test_what_stands_below_a_bracket(text: str, meant: str) -> None:
    assert parse(text).objective.definition == parse(meant).objective.definition


@pytest.mark.parametrize("text", ["x + _y", "f(x)_+", "Σ_k ((W x_k)_k)"])
def test_what_stands_below_something_else_is_refused(text: str) -> None:
    assert "_ is allowed only inside a name" in str(refusal(text))


def test_the_gradient_of_entries() -> None:
    found = matcalc.derive("v: 4; v[1] v[2]^2 + v[4]", "v")
    assert found.verification["v"].ok
    np.testing.assert_allclose(found["v"].evaluate({"v": V}), [9.0, 12.0, 0.0, 1.0])


def test_a_bracket_apart_is_a_block() -> None:
    assert parse("A [B, C]").objective.definition == parse("A * [B, C]").objective.definition


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X: n x d; X[2]", "write X[2,:] for its row, X[:,2] for its column, X[2,1] for an entry"),
        ("v: 4; v[5]", "it has 4 rows"),
        ("v[0]", "counted from 1, not 0"),
        ("v[-1]", "counted from 1, not -1"),
        ("v[1/2]", "no entry, row or column"),
        ("v[1, 2, 3]", "cannot stand here"),
        ("v[]", "no entry, row or column"),
        ("v: n; sum(v[v > 0])", "v .* [v > 0]"),
        ("E[x]", "expectation"),
        ("mean(E[(y - w'x)^2])", "expectation"),
        ("z[l] = W[l] a[l-1]", "announce layers"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    assert said in str(refusal(text))


@pytest.mark.parametrize("text", ["x: 3; x(1)^2", "n: scalar; n(2) + n", "J = v(3) + v' v"])
def test_a_number_after_a_known_name_is_asked(text: str) -> None:
    with pytest.raises(AmbiguousError) as caught:
        parse(text)
    error = caught.value
    entry, product = (text.replace(error.text, reading.text) for reading in error.readings)
    assert "[" in entry and parse(product).objective.definition is not None


def test_a_defined_E_has_entries() -> None:
    assert [s.name for s in parse("E: n; E[1]^2").inputs] == ["E"]


def test_indices_within_indices_end() -> None:
    def work() -> None:
        with pytest.raises(UnsupportedError):
            parse("x[" * 5000 + "1" + "]" * 5000)

    calls(work, 2_000_000)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("z^(2) = X W^(1); J = sum(z^(2))", "z2 = X W1; J = sum(z2)"),
        ("z^{(2)} = X W^{(1)}; J = sum(z^{(2)})", "z2 = X W1; J = sum(z2)"),
        ("z(2) = X W(1); J = sum(f(z(2)))", "z2 = X W1; J = sum(f(z2))"),
        ("Z: n x d; ‖Z a(2)‖^2", "Z: n x d; ‖Z a2‖^2"),
    ],
)
def test_numbers_of_layers(typed: str, meant: str) -> None:
    found = parse(typed)
    assert found.objective.definition == parse(meant).objective.definition
    assert any("a name of layer" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("W: n x n; tr(W^(2))", "W: n x n; tr(W W)"),
        ("n: scalar; f(2) + n (2)", "n: scalar; f(2) + 2 n"),
        ("exp(2) x", "exp(2) * x"),
    ],
)
def test_numbers_that_are_no_layers(typed: str, meant: str) -> None:
    names = {s.name for s in parse(typed).inputs}
    assert names == {s.name for s in parse(meant).inputs}
