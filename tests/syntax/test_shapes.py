"""The shapes of names that nothing declares, and of programs that declare some."""

from __future__ import annotations

import pytest
from syntax.reading import shapes

from matcalc.syntax import parse

S, N = (1, 1), ("n", 1)

INFERRED: dict[str, dict[str, tuple[object, object]]] = {
    # The contract's example.
    "J = sum((y - f(f(X W1) W2))^2)": {"y": N, "X": ("n", "d"), "W1": ("d", "h"), "W2": ("h", 1)},
    # Upper case: a matrix. Lower case: the smallest shape that the uses allow.
    "J = sum(A)": {"A": ("n", "d")},
    "J = a": {"a": S},
    "J = a + b c": {"a": S, "b": S, "c": S},
    "J = lam sum(X)": {"lam": S, "X": ("n", "d")},
    "J = sum(t X)": {"t": S, "X": ("n", "d")},
    # A transpose makes a vector.
    "J = x'x": {"x": N},
    "J = x'y": {"x": N, "y": N},
    "J = x' A x": {"x": N, "A": ("n", "n")},
    "J = a' X b": {"a": N, "X": ("n", "d"), "b": ("d", 1)},
    "J = x'(A x)": {"x": N, "A": ("n", "n")},
    "J = x' f(y)": {"x": N, "y": N},
    "J = (x - y)'(x - y)": {"x": N, "y": N},
    # So does a neighbouring matrix to the left.
    "J = sum(X w)": {"X": ("n", "d"), "w": ("d", 1)},
    "J = ||y - X beta||^2": {"y": N, "X": ("n", "d"), "beta": ("d", 1)},
    "J = sum(X f(w))": {"X": ("n", "d"), "w": ("d", 1)},
    "J = sum(X (u - v))": {"X": ("n", "d"), "u": ("d", 1), "v": ("d", 1)},
    "J = sum(W x + b)": {"W": ("n", "d"), "x": ("d", 1), "b": N},
    # And a sum, a Hadamard product, a maximum with a vector.
    "J = sum(y - X w)": {"y": N, "X": ("n", "d"), "w": ("d", 1)},
    "J = sum(y .* (X w))": {"y": N, "X": ("n", "d"), "w": ("d", 1)},
    "J = sum(log(1 + exp(-y .* (X w))))": {"y": N, "X": ("n", "d"), "w": ("d", 1)},
    "J = sum(max(X w, b))": {"X": ("n", "d"), "w": ("d", 1), "b": N},
    "J = y : f(X w)": {"y": N, "X": ("n", "d"), "w": ("d", 1)},
    "J = x : y": {"x": N, "y": N},
    # And to be summed, measured, normalized.
    "J = sum(x)": {"x": N},
    "J = mean(f(x))": {"x": N},
    "J = ||x||": {"x": N},
    "J = norm(x - y)": {"x": N, "y": N},
    "J = sum(a x)": {"a": S, "x": N},
    "J = ||lam x||": {"lam": S, "x": N},
    "J = sum(x .* y)": {"x": N, "y": N},
    "J = sum(softmax(z))": {"z": N},
    "J = logsumexp(z)": {"z": N},
    "J = tr(diag(x) A)": {"x": N, "A": ("n", "n")},
    "J = -sum(y .* log(p) + (1 - y) .* log(1 - p))": {"y": N, "p": N},
    # Greek letters: scalars unless there is more reason than a sum.
    "J = ||y||^2 + lam ||w||^2": {"y": N, "lam": S, "w": ("d", 1)},
    "J = sum(x + eps)": {"x": N, "eps": S},
    "J = sum((x - mu).^2)": {"x": N, "mu": S},
    "J = ||x - mu||^2": {"x": N, "mu": N},
    "J = (x - mu)' inv(Sigma) (x - mu)": {"x": N, "mu": N, "Sigma": ("n", "n")},
    "J = alpha' K alpha": {"alpha": N, "K": ("n", "n")},
    "J = sum(alpha)": {"alpha": N},
    "J = sum(x'W + b)": {"x": N, "W": ("n", "d"), "b": (1, "d")},
    # Operators that need a square matrix.
    "J = det(A)": {"A": ("n", "n")},
    "J = tr(A B)": {"A": ("n", "d"), "B": ("d", "n")},
    "J = tr(A X^{-1} B)": {"A": ("n", "d"), "X": ("d", "d"), "B": ("d", "n")},
    "J = sum(A^-1)": {"A": ("n", "n")},
    "J = tr(A^2)": {"A": ("n", "n")},
    "J = sum(A^2)": {"A": ("n", "d")},
    "J = sum(diag(A))": {"A": ("n", "n")},
    "J = tr(X + I)": {"X": ("n", "n")},
    "J = sum(inv(X'X + lam I))": {"X": ("n", "d"), "lam": S},
    # Divisors and exponents are scalars, a count in a capital too.
    "J = sum(x) / c": {"x": N, "c": S},
    "J = sum(x).^p": {"x": N, "p": S},
    "J = 1/N sum(x)": {"N": S, "x": N},
    # Networks, in whatever order.
    "yhat = f(z3); z3 = a2 W2; a2 = f(z2); z2 = X W1; J = sum((y - yhat)^2)": {
        "W2": ("h", 1), "X": ("n", "d"), "W1": ("d", "h"), "y": N,
    },
    "J = sum(softmax(Q K' / sqrt(d)) V)": {"Q": ("n", "h"), "K": ("k", "h"), "d": S, "V": ("k", "m")},
    "J = ||X - U V'||^2": {"X": ("n", "d"), "U": ("n", "h"), "V": ("d", "h")},
    "J = ||M .* (X - U V')||^2": {"M": ("n", "d"), "X": ("n", "d"), "U": ("n", "h"), "V": ("d", "h")},
    "J = ||X - 𝟏 m'||^2": {"X": ("n", "d"), "m": ("d", 1)},
    # matrixcalculus.org's spellings.
    "J = 0.5*x'*A*x": {"x": N, "A": ("n", "n")},
    "J = norm1(A*x-y)": {"A": ("n", "d"), "x": ("d", 1), "y": N},
    "J = sum(log(exp(-y.*(X*w)) + vector(1)))": {"y": N, "X": ("n", "d"), "w": ("d", 1)},
    "J = tr(A*X'*B*X*C)": {"A": ("n", "d"), "X": ("h", "d"), "B": ("h", "h"), "C": ("d", "n")},
    # e is a number unless it is used as a vector.
    "J = e^x": {"x": S},
    "J = e'e": {"e": N},
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), INFERRED.items())
def test_inferred(text: str, expected: dict[str, tuple[object, object]]) -> None:
    found = parse(text)
    assert {s.name: s.shape for s in found.inputs} == expected
    assert list(expected) == [s.name for s in found.inputs]
    assert found.inferred == set(expected)


DECLARED = {
    "X: n x d": ("n", "d"),
    "X: n × d": ("n", "d"),
    "X: n×d": ("n", "d"),
    "X: 3 x 4": (3, 4),
    "X: 3x4": (3, 4),
    "X: 3xd": (3, "d"),
    "X: 3×d": (3, "d"),
    "X: n": ("n", 1),
    "X: 5": (5, 1),
    "X: 1 x n": (1, "n"),
    "X: scalar": (1, 1),
    "X: scalar positive": (1, 1),
    "X in R^{n x d}": ("n", "d"),
    "X ∈ ℝ^{n×d}": ("n", "d"),
    "X ∈ ℝ^(n×d)": ("n", "d"),
    "X in R^n": ("n", 1),
    "X ∈ ℝ^n": ("n", 1),
    "X ∈ ℝⁿ": ("n", 1),
    "X in R": (1, 1),
    "X ∈ ℝ^{3×4} positive": (3, 4),
    "X: n x n symmetric": ("n", "n"),
    "X: n x n symmetric pd": ("n", "n"),
    "X: vector": ("n", 1),
    "X: matrix": ("n", "d"),
    "X: symmetric": ("n", "n"),
    "Y, X: n x d": ("n", "d"),
    "Y: k, X: n x d": ("n", "d"),
}


@pytest.mark.parametrize(("declaration", "shape"), DECLARED.items())
def test_declared(declaration: str, shape: tuple[object, object]) -> None:
    assert shapes(f"{declaration}; J = sum(2 X)")["X"] == shape
    assert {s.name: s.shape for s in parse("J = sum(2 X)", [declaration]).inputs}["X"] == shape


def test_attributes_are_kept() -> None:
    found = parse("A, B: n x n symmetric pd; w: positive; J = w' A B w")
    assert {s.name: s.attributes for s in found.inputs} == {
        "A": {"symmetric", "pd"}, "B": {"symmetric", "pd"}, "w": {"positive"},
    }  # fmt: skip
    assert found.inferred == {"w"}


def test_declared_and_inferred_shapes_meet() -> None:
    found = parse("X: n x d\nJ = ||X w - y||^2")
    assert {s.name: s.shape for s in found.inputs} == {"X": ("n", "d"), "w": ("d", 1), "y": ("n", 1)}
    assert found.inferred == {"w", "y"}


def test_a_declared_name_of_a_size_is_a_number_in_formulas() -> None:
    found = parse("X: n x d; J = 1/n sum(X) / sqrt(d)")
    assert [s.name for s in found.inputs] == ["X"]
    assert repr(found.objective.definition) == "hadamard(power(#n, -1), sum(X), power(sqrt(#d), -1))"


def test_a_size_in_ones_is_known_without_a_declaration() -> None:
    assert shapes("J = ones(n)' X ones(m)") == {"X": ("n", "m")}


def test_new_dimensions_avoid_the_names_of_the_program() -> None:
    assert shapes("J = n ||X d||^2") == {"n": (1, 1), "X": ("h", "k"), "d": ("k", 1)}
    assert shapes("X: h x n; J = tr(X A)") == {"X": ("h", "n"), "A": ("n", "h")}


def test_dimensions_never_run_out() -> None:
    found = shapes("J = " + " + ".join(f"sum(A{i})" for i in range(30)))
    names = [dim for shape in found.values() for dim in shape]
    assert len(set(names)) == 60
    assert names[:4] == ["n", "d", "h", "k"]


def test_scalars_are_one_by_one_and_products_become_scalars() -> None:
    found = parse("x: n; s = x'x; J = s A")
    assert found.objective.shape == found.inputs[1].shape


def test_a_definition_may_be_declared() -> None:
    found = parse("A: n x n; B: symmetric; B = A A'; J = tr(B)")
    (b,) = (s for s in found.definitions if s.name == "B")
    assert b.attributes == {"symmetric"} and b.shape == ("n", "n")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("z = m + s .* e; ‖x - z‖^2", {"e": ("n", 1)}),
        ("log(pi' p)", {"pi": ("n", 1)}),
        ("sum(pi .* log(p))", {"pi": ("n", 1)}),
        ("y = gamma .* xhat + beta; ‖y - t‖^2", {"gamma": ("n", 1)}),
        ("z = mu + exp(ls / 2) .* eps; ‖A z - x‖^2", {"ls": ("n", 1), "eps": ("n", 1)}),
        ("x: n; lam .* (x' x)", {"lam": (1, 1)}),
    ],
)
def test_what_is_multiplied_entry_by_entry_is_an_array(text: str, shape: dict[str, tuple[object, object]]) -> None:
    """Nobody transposes the number e or π, or writes .* for a scalar beside a vector."""
    shapes = {s.name: s.shape for s in parse(text).inputs}
    assert {name: tuple(1 if dim == 1 else "n" for dim in shapes[name]) for name in shape} == shape
