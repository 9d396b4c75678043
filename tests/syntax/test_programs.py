"""Statements: which there are, where they end, in what order they are read, and what the objective is."""

from __future__ import annotations

import pytest
from syntax.reading import refusal

import matcalc
from matcalc.dims import dim_mul
from matcalc.errors import ParseError, ShapeError, UnknownNameError
from matcalc.syntax import parse


def test_definitions_come_in_any_order() -> None:
    found = parse("yhat = f(z3); z3 = a2 W2; a2 = f(z2); z2 = X W1; J = sum((y - yhat)^2)")
    assert [s.name for s in found.definitions] == ["z2", "a2", "z3", "yhat", "J"]
    assert found.objective is found.definitions[-1]
    assert found.functions == ("f",)


def test_a_definition_stands_for_what_defines_it() -> None:
    found = parse("z = X w; J = z'z")
    z = found.definitions[0]
    assert repr(z.definition) == "matmul(X, w)"
    assert repr(found.objective.definition) == "matmul(transpose(z), z)"


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("J = x'x", "J"),
        ("x'x", "J"),
        ("J = 2; x'x J", "J1"),
        ("l = 1/2 (H v - y)'(H v - y); H = X W", "l"),
        ("l = 1/2 (H v - y)'(H v - y), H = X W", "l"),
        ("z = X w; J = z'z; K = z + 1", "K"),
        ("z = X w; J = z'z; lambda = 0.1", "lambda"),
        ("z = X w; c = 2; E = z'z", "E"),
        ("A : B", "J"),
        ("X: n x d; Y: n x d; X : Y", "J"),
        ("given dE/dA = A - R", "E"),
        ("A5 = A4 W4; given dE/dA5 = A5 - R", "E"),
        ("a = g(W x); given dJ/da = a - y", "J"),
    ],
)
def test_objective(text: str, objective: str) -> None:
    assert parse(text).objective.name == objective


def test_the_objective_comes_last_though_it_is_written_first() -> None:
    found = parse("J = z'z\nz = X w")
    assert [s.name for s in found.definitions] == ["z", "J"]
    assert found.notes == ("the objective is J: z, the last definition, is used by others",)


SEPARATED = [
    "z = X w; J = z'z",
    "z = X w\nJ = z'z",
    "z = X w;\n\n  J = z'z;\n",
    "# a comment\nz = X w  # of z\n\nJ = z'z # and of J",
    "z = X w\r\nJ = z'z\r\n",
    "z = X\\\nw".replace("\\\n", " ") + "\nJ = z'z",
    "z = (X\n w)\nJ = z'\\\nz".replace("\\\n", ""),
    "z =\n X w\nJ = z'z",
    "J = z'z, z = X w",
    "\ufeffz = X w; J = z'z",
]


@pytest.mark.parametrize("text", SEPARATED)
def test_statements_are_separated(text: str) -> None:
    assert {s.name: repr(s.definition) for s in parse(text).definitions} == {
        "z": repr(parse("z = X w; J = z'z").definitions[0].definition),
        "J": "matmul(transpose(z), z)",
    }


@pytest.mark.parametrize(
    "text",
    ["J = x'x + y'y", "J = x'x +\n y'y", "J = x'x\n + y'y", "J = x'x\n+ y'y", "J = (x'x\n+ y'y)", "J =\n\nx'x + y'y"],
)
def test_a_statement_goes_on_in_the_next_line(text: str) -> None:
    assert repr(parse(text).objective.definition) == "plus(matmul(transpose(x), x), matmul(transpose(y), y))"


def test_an_indented_minus_goes_on() -> None:
    assert len(parse("J = x'x\n  - y'y").definitions) == 1
    assert repr(parse("x: n\n-x'x").objective.definition) == "hadamard(-1, matmul(transpose(x), x))"


# ---------------------------------------------------------------------------------------------- declaration or product


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("X: n; J = X' X", {"X": ("n", 1)}),  # declares
        ("X: N; J = X' X", {"X": ("N", 1)}),
        ("A: n x d; B: n x d; A : B", {"A": ("n", "d"), "B": ("n", "d")}),  # a product of declared names
        ("B = X W; A : B", {"X": ("n", "d"), "W": ("d", "h"), "A": ("n", "h")}),  # of a defined one
        ("A : B", {"A": ("n", "d"), "B": ("n", "d")}),
        ("J = A : B", {"A": ("n", "d"), "B": ("n", "d")}),
        ("X: n x d; y: n; J = tr(X)' y'y", None),
    ],
)
def test_colon(text: str, inputs: dict[str, tuple[object, object]] | None) -> None:
    if inputs is None:
        assert type(refusal(text)) is ShapeError
    else:
        assert {s.name: s.shape for s in parse(text).inputs} == inputs


# ------------------------------------------------------------------------------------------- sizes that are products

KN = dim_mul("k", "n")


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("X: (k n) x d; J = tr(X' X)", (KN, "d")),
        ("X: k n x d; J = tr(X' X)", (KN, "d")),
        ("X: d x (n k); J = tr(X' X)", ("d", KN)),
        ("X: d × k*n; J = tr(X' X)", ("d", KN)),
        ("X: (k n) x (k n) symmetric; J = tr(X)", (KN, KN)),
        ("X: (rows cols) x 3; J = tr(X' X)", (dim_mul("rows", "cols"), 3)),
        ("X: (2 n) x d; J = tr(X' X)", (dim_mul(2, "n"), "d")),
        ("X ∈ ℝ^{k n × d}; J = tr(X' X)", (KN, "d")),
        (r"$X \in \mathbb{R}^{kn \times d}$, $J = \mathrm{tr}(X^\top X)$", (KN, "d")),
    ],
)
def test_a_size_may_be_a_product(text: str, shape: tuple[object, object]) -> None:
    assert parse(text).names["X"].shape == shape


def test_a_product_is_the_size_of_what_is_stacked() -> None:
    """In Kronecker products, stacked columns and partial traces; and it reads back."""
    source = "y: (k n); A: k x k; B: n x n; M: k n x k n; J = y'(A ⊗ B) y + tr(ptrace1(M, k) B)"
    assert str(matcalc.gradient(source, "y")) == "(A ⊗ B + A' ⊗ B') y"
    assert str(matcalc.gradient(source, "M")) == "I_k ⊗ B'"
    text = matcalc.read(source).text
    assert "y: (k n)\n" in text and matcalc.read(text).text == text
    assert isinstance(refusal("y: (k n); A: k x k; B: n x m; J = y'(A ⊗ B) y"), ShapeError)


@pytest.mark.parametrize(
    "text",
    ["X: 2n x n; J = tr(X)", "X: (n d); J = tr(X' X)", "X: (n + 1) x d; J = tr(X' X)", "X: n x d foo; J = tr(X' X)"],
)
def test_what_is_no_product(text: str) -> None:
    assert isinstance(refusal(text), ParseError)


# ------------------------------------------------------------------------------------------------------ known gradients


@pytest.mark.parametrize("text", ["given dE/dA5 = A5 - R", "given ∂E/∂A5 = A5 - R", "given dE / dA5 = A5 - R"])
def test_known_gradient(text: str) -> None:
    found = parse(f"A5 = A4 W4; A4 = A3 W3; {text}")
    assert found.objective.name == "E" and found.objective.definition is None and found.objective.is_scalar
    ((symbol, gradient),) = found.given
    assert symbol is found.definitions[-1] and repr(gradient) == "plus(A5, scale(-1, R))"
    assert "E" not in {s.name for s in found.inputs}
    assert {s.name: s.shape for s in found.inputs}["R"] == ("n", "k")


def test_a_declared_scalar_function() -> None:
    found = parse("E: scalar function; A = X W; given dE/dA = A - R")
    assert found.objective.name == "E"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("given dE/dA = A - R; given dF/dB = B", ParseError, "the objective is E, and this is a gradient of F"),
        ("given dE/dA = A; given dE/dA = 2 A", ParseError, "the gradient with respect to A is given twice"),
        ("A = X W; given dE/dB = A - R", UnknownNameError, "B does not occur in the program"),
        (
            "A: n x d; R: m x d; given dE/dA = 2 R",
            ShapeError,
            "A is n×d and so is the gradient with respect to it, but 2 R is m×d",
        ),
    ],
)
def test_a_known_gradient_that_is_wrong(text: str, kind: type[Exception], message: str) -> None:
    error = refusal(text)
    assert type(error) is kind and error.message == message


# ---------------------------------------------------------------------------------------------------- what cannot stand


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a = 1; a = 2", (1, 8), "a is defined twice, first at line 1"),
        ("z = 1\nJ = z\nz = 2", (3, 1), "z is defined twice, first at line 1"),
        ("x: n; x: m; J = x'x", (1, 7), "x is declared twice"),
        ("f: elementwise; f: elementwise; J = f(x)", (1, 17), "f is declared twice"),
        ("f: elementwise; f = x", (1, 17), "f is declared a function of the entries, and defined here"),
        ("a = a + 1", (1, 1), "a is defined by itself"),
        ("J = a; a = b; b = c; c = a", (1, 8), "these definitions go round in a circle: a -> b -> c -> a"),
        ("n: n x d; J = n", (1, 1), "n is both a size and a declared name"),
        ("X: n x d; J = sum(X); d = 2", (1, 23), "d is both a size and a defined name"),
        ("x: 0; J = x'x", (1, 4), "a size is a positive whole number or a name, not 0"),
        ("x: 2.5; J = x'x", (1, 4), "a size is a positive whole number or a name, not 2.5"),
        ("A: n x n symetric; J = tr(A)", (1, 10), "symetric is not an attribute of a name"),
        ("A: symetric; J = tr(A)", (1, 4), "symetric is not an attribute of a name"),
        ("f: function; J = f(x)", (1, 1), "nothing says what function f is"),
        ("J = 2/0", (1, 7), "division by zero"),
        ("T: scalar; J = x^T x", (1, 17), "^T means the transpose, but T is also a name in this program"),
    ],
)
def test_a_program_that_cannot_be(text: str, place: tuple[int, int], message: str) -> None:
    error = refusal(text)
    assert type(error) is ParseError
    assert ((error.line, error.column), error.message) == (place, message)


@pytest.mark.parametrize("text", ["X n x d", "X W", "J = x", "X: n x d; Y", "", "X", ": n"])
def test_a_further_declaration_must_be_one(text: str) -> None:
    assert type(refusal("J = sum(X)", text)) is ParseError


def test_further_declarations_may_stand_together_or_alone() -> None:
    for declared in (["X: n x d", "w: d"], ["X: n x d; w: d"], "X: n x d; w: d"):
        assert {s.name: s.shape for s in parse("sum(X w)", declared).inputs} == {"X": ("n", "d"), "w": ("d", 1)}


def test_a_further_declaration_is_checked_in_its_own_text() -> None:
    error = refusal("J = sum(X)", "X: n x d symetric")
    assert error.source_line == "X: n x d symetric"


def test_a_name_declared_and_not_used_is_known() -> None:
    assert [s.name for s in parse("X: n x d; V: d; J = sum(X)").inputs] == ["X", "V"]
