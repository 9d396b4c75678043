"""matcalc.equal: two formulas, what they are about, and a verdict with its reason."""

from __future__ import annotations

import pytest

import matcalc
from matcalc import Expr, MatcalcError, ParseError, ShapeError, UnknownNameError

SAME = [
    ("(A B)'", "B' A'", "A: n x m; B: m x p", "proved"),
    ("sigmoid(-x)", "1 - sigmoid(x)", "", "proved"),
    ("||X w - y||^2", "w'X'X w - 2 y'X w + y'y", "", "proved"),
    ("tr(A B)", "A' : B", "A: n x m; B: m x n", "proved"),
    ("Q'Q", "eye(n)", "Q: n x n orthogonal", "proved"),
    ("A'", "A", "A: n x n symmetric", "proved"),
    ("sqrt(x.^2)", "x", "x: n positive", "proved"),
    ("f(X w)", "f(X w)", "f: elementwise", "proved"),
    ("log(x^2)", "2 log(x)", "x: scalar", "agrees"),
    ("logdet(A)", "log(det(A))", "A: n x n pd", "agrees"),
]
DIFFERENT = [
    ("A B", "B A", "A, B: n x n"),
    ("A", "A'", "A: n x n"),
    ("sqrt(x^2)", "x", ""),
    ("f(x)", "g(x)", ""),
    ("sum(A)", "tr(A)", "A: n x n"),
    ("softmax(Z)", "softmax(Z, columns)", "Z: n x m"),
    ("inv(A + B)", "inv(A) + inv(B)", "A, B: n x n"),
]


@pytest.mark.parametrize(("a", "b", "source", "status"), SAME, ids=[row[0] for row in SAME])
def test_equal(a: str, b: str, source: str, status: str) -> None:
    found = matcalc.equal(a, b, source)
    # What exact arithmetic decides may become more; it never becomes less.
    assert found.ok and (found.status == status or status == "agrees"), str(found)
    assert matcalc.equal(b, a, source).ok


@pytest.mark.parametrize(("a", "b", "source"), DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_a_counterexample_is_one(a: str, b: str, source: str) -> None:
    found = matcalc.equal(a, b, source)
    assert found.status == "failed"
    example = found.counterexample
    assert example is not None and example.measured != example.claimed
    if found.functions:
        return  # values of unknown functions are not arrays
    at = {name: [list(row) for row in rows] for name, rows in example.point}
    program = matcalc.parse(f"{source}\nleft = {a}\nright = {b}\nsum(left) + sum(right)")
    for name, value in (("left", example.measured), ("right", example.claimed)):
        node = program.symbol(name).definition
        assert node is not None
        scalars = {k: v[0][0] if len(v) == len(v[0]) == 1 else v for k, v in at.items()}
        shown = Expr(node).evaluate(scalars)
        entry = shown if isinstance(shown, float) else shown[example.entry if shown.ndim == 2 else example.entry[0]]
        assert entry == pytest.approx(value, rel=1e-9)


def test_expressions_and_programs() -> None:
    source = "X: n x d; y: n\nr = X w - y\nJ = ||r||^2"
    found = matcalc.derive(source, "w", verify=False)
    assert matcalc.equal(found["w"], "2 X'(X w - y)").ok
    assert matcalc.equal("2 X' r", found["w"], source).ok
    assert matcalc.equal("2 X' r", "2 X'(X w - y)", matcalc.parse(source)).ok
    assert matcalc.equal(found["w"], found.expanded("w")).ok
    assert matcalc.equal(found["w"], "X'(X w - y)").status == "failed"
    known = "A5 = A W; given dE/dA5 = A5 - R"
    assert matcalc.equal("A' (A5 - R)", "A' A5 - A' R", known).ok
    assert matcalc.equal("A' (A5 - R)", "A'(R - A5)", known).status == "failed"


def test_shapes_are_those_of_both() -> None:
    assert matcalc.equal("A x", "x' A'", "A: 1 x n; x: n").status == "proved"
    with pytest.raises(ShapeError, match="A is n×m and A' is m×n: they cannot be equal"):
        matcalc.equal("A", "A'", "A: n x m")
    with pytest.raises(ShapeError, match="different shapes"):
        matcalc.equal("2", "ones(n)", "x: n")


@pytest.mark.parametrize(
    ("a", "b", "error", "column"),
    [
        ("x +", "y", ParseError, 4),
        ("x", "y; z", ParseError, 2),
        ("", "x", ParseError, 1),
        ("x = 3", "x", ParseError, 3),
        ("foo(x", "x", ParseError, 4),
    ],
)
def test_a_place_in_the_formula_itself(a: str, b: str, error: type[MatcalcError], column: int) -> None:
    with pytest.raises(error) as caught:
        matcalc.equal(a, b)
    assert caught.value.column == column and caught.value.line == 1
    assert "left" not in str(caught.value) and "right" not in str(caught.value)


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match="Z does not occur"):
        matcalc.equal("X w", "Z w", matcalc.parse("J = ||X w||^2"))


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("loss = np.sum((X @ w - y)**2)", "python"),
        ("loss = np.sum((X @ w - y)**2)", ""),
        ("J = sum((X*w - y).^2);", "matlab"),
        (r"J = \|Xw - y\|^2", "latex"),
    ],
)
def test_the_program_may_be_in_any_language(source: str, language: str) -> None:
    right, wrong = "2 X'(X w - y)", "2 X'(X w + y)"
    assert matcalc.equal(right, "2 X'X w - 2 X'y", source, language=language).status == "proved"
    assert matcalc.equal(right, wrong, source, language=language).status == "failed"
