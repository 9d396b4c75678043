"""Shapes that do not conform: both operands, both shapes, the place, and a transpose where one would help."""

from __future__ import annotations

import pytest
from syntax.reading import refusal

from matcalc.errors import ShapeError

D = "X: n x d; Y: n x m; A: n x n; x, y: n; w: d; "

CLASHES = {
    "X Y": (
        "X is n×d and Y is n×m: the columns of the left factor, d, must equal the rows of the right one, n",
        "X' Y would fit",
        "X Y",
    ),
    "2 X W": None,
    "X X": (
        "X is n×d and X is n×d: the columns of the left factor, d, must equal the rows of the right one, n",
        "X' X or X X' would fit",
        "X X",
    ),
    "A X w y": (
        "A X w is n×1 and y is n×1: the columns of the left factor, 1, must equal the rows of the right one, n",
        "(A X w)' y or (A X w) y' would fit; the product entry by entry is .*",
        "A X w y",
    ),
    "X x": (
        "X is n×d and x is n×1: the columns of the left factor, d, must equal the rows of the right one, n",
        "X' x would fit",
        "X x",
    ),
    "w X'": (
        "w is d×1 and X' is d×n: the columns of the left factor, 1, must equal the rows of the right one, d",
        "X w (n×d times d×1) or w' X' would fit",
        "w X'",
    ),
    "X + Y": ("X is n×d and Y is n×m: they cannot be added", "", "X + Y"),
    "X + X'": ("X is n×d and X' is d×n: they cannot be added", "X would fit", "X + X'"),
    "x - y'": ("x is n×1 and y' is 1×n: they cannot be added", "y would fit", "x - y'"),
    "sum(A + x)": (
        "A is n×n and x is n×1: they cannot be added",
        "write x 1' for it in every column, 1 x' for it in every row",
        "A + x",
    ),
    "X + ones(k)": (
        "X is n×d and ones(k) is k×1: they cannot be added",
        "a column of size n would stand in every column, a column of size d in every row; ones(k) is neither",
        "X + ones(k)",
    ),
    "X .* Y": ("X is n×d and Y is n×m: they cannot be multiplied entry by entry", "", "X .* Y"),
    "A .* x": (
        "A is n×n and x is n×1: they cannot be multiplied entry by entry",
        "write (x 1') for it in every column, (1 x') for it in every row",
        "A .* x",
    ),
    "x .* y'": (
        "x is n×1 and y' is 1×n: they cannot be multiplied entry by entry",
        "y would fit",
        "x .* y'",
    ),
    "x + w'": (
        "x is n×1 and w' is 1×d: they cannot be added",
        "for the matrix of all pairs write x 1' and 1 w'",
        "x + w'",
    ),
    "X ./ Y": ("X is n×d and Y is n×m: they cannot be divided entry by entry", "", "X ./ Y"),
    "X : Y": ("X is n×d and Y is n×m: they cannot be multiplied by :", "", "X : Y"),
    "max(X, Y)": ("X is n×d and Y is n×m: they cannot be compared", "", "X, Y"),
    "x / A": (
        "A is n×n, and / divides by a scalar",
        "write x ./ A to divide entry by entry, x inv(A) for the inverse, or declare `A: scalar`",
        "A",
    ),
    "1 / x": (
        "x is n×1, and / divides by a scalar",
        "write 1 ./ x to divide entry by entry, or declare `x: scalar`",
        "x",
    ),
    "tr(X)": ("X is n×d, so tr(X) has no meaning: the matrix must be square", "", "tr(X)"),
    "inv(X)": ("X is n×d, so inv(X) has no meaning: the matrix must be square", "", "inv(X)"),
    "X^{-T}": ("X is n×d, so X^{-T} has no meaning: the matrix must be square", "", "X^{-T}"),
    "diag(X)": ("X is n×d, so diag(X) has no meaning: the matrix must be square", "", "diag(X)"),
    "2^A": ("the exponent must be a scalar, and A is n×n", "exp(A) and log(A) are taken entry by entry", "A"),
    "x + I": ("x is n×1 and I is n×n: they cannot be added", None, "x + I"),
    "tr(I)": ("nothing in the program says what size I has", "write eye(n)", "I"),
    "sum(𝟏)": ("nothing in the program says what size 𝟏 has", "write ones(n)", "𝟏"),
    "sum(vector(2))": (
        "nothing in the program says what size vector(2) has",
        "write c * ones(n), or c * ones(n, m)",
        "vector(2)",
    ),
    "ones(1/2)": ("a size must be a positive whole number or the name of a dimension, not 1/2", "", "1/2"),
    "ones(x)": ("a size must be a positive whole number or the name of a dimension, not x", "", "x"),
    "zeros(n, 0)": ("a size must be a positive whole number or the name of a dimension, not 0", "", "0"),
}


@pytest.mark.parametrize("text", [text for text, expected in CLASHES.items() if expected])
def test_clash(text: str) -> None:
    expected = CLASHES[text]
    assert expected is not None
    message, hint, place = expected
    source = f"{D}J = {text}"
    error = refusal(source)
    assert type(error) is ShapeError
    assert error.message == message
    assert hint is None or error.hint == hint
    assert (error.text, error.line) == (place, 1)
    assert error.column is not None and source[error.column - 1 :].startswith(place)


def test_a_clash_between_declaration_and_definition() -> None:
    error = refusal("X: n x d; z: d; z = X w; J = z'z")
    assert error.message == "z is declared d×1, and X w is n×1"
    assert error.text == "X w"


def test_a_structure_that_a_shape_cannot_have() -> None:
    error = refusal("A: n x d symmetric; J = tr(A'A)")
    assert type(error) is ShapeError
    assert error.message == "A is declared symmetric and n×d, and only a square matrix can be symmetric"


def test_a_place_in_a_later_line() -> None:
    error = refusal("X: n x d\nY: n x m\n\nz = sum(X)\nJ = z + tr(X Y)")
    assert (error.line, error.column, error.source_line) == (5, 12, "J = z + tr(X Y)")
    assert str(error).splitlines()[2] == "               ^^^"


def test_the_clash_of_inferred_shapes_names_the_shapes_that_were_found() -> None:
    error = refusal("J = ||X w - y||^2 + tr(y + w')")
    assert type(error) is ShapeError
    assert error.message == "y is n×1 and w' is 1×d: they cannot be added"


def test_every_error_shows_itself_with_a_caret() -> None:
    assert str(refusal("X: n x d; J = tr(X X)")) == (
        "line 1, column 18: X is n×d and X is n×d: the columns of the left factor, d, must equal the rows of the right "
        "one, n\n    X: n x d; J = tr(X X)\n                     ^^^\nhint: X' X or X X' would fit"
    )


@pytest.mark.parametrize("declared", ["x: 0 n", "x: n 0 ", "X: (0 n) x d", "f: elem 0/0 entwise", "x: 0 * n"])
def test_a_size_of_zero_in_a_product_is_refused(declared: str) -> None:
    assert refusal(f"{declared}; sum(x)")
