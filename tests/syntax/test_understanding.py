"""Problems as people of the field write them, and what is understood: shapes, notes, refusals and their hints."""

from __future__ import annotations

import pytest
from syntax.reading import refusal, shapes

from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError
from matcalc.expr import Symbol
from matcalc.syntax import parse, parse_expression

S, N, ND = (1, 1), ("n", 1), ("n", "d")

UNDERSTOOD: dict[str, dict[str, tuple[object, object]]] = {
    # Row and column sums of a capital are a column and a row.
    "J = y' rowsum(A)": {"y": N, "A": ND},
    "J = rowsum(A)' B c": {"A": ND, "B": ("n", "h"), "c": ("h", 1)},
    "J = rowsum(A)' rowsum(C)": {"A": ND, "C": ("n", "h")},
    "J = sum(rowsum(A) .* rowsum(B))": {"A": ND, "B": ("n", "h")},
    "J = ||rowsum(A) - rowsum(B)||^2": {"A": ND, "B": ("n", "h")},
    "J = sum(rowsum(A) + B x)": {"A": ND, "B": ("n", "h"), "x": ("h", 1)},
    "J = colsum(A) B colsum(A)'": {"A": ND, "B": ("d", "d")},
    "J = sum(A diag(colsum(A)'))": {"A": ND},
    "J = colsum(A) x": {"A": ND, "x": ("d", 1)},
    "J = rowsum(x)' y": {"x": N, "y": N},
    "J = sum(logsumexp(Z) - y)": {"Z": ND, "y": N},
    "J = logsumexp(Z) : y": {"Z": ND, "y": N},
    "J = logsumexp(Z)' y": {"Z": ND, "y": N},
    "J = sum(logsumexp(X w))": {"X": ND, "w": ("d", 1)},
    "J = y' logsumexp(Z, rows)": {"y": N, "Z": ND},
    # Outer products.
    "A: m x n; J = ||A - x y'||^2": {"A": ("m", "n"), "x": ("m", 1), "y": N},
    "A: m x n; J = ||A - (x y')||^2": {"A": ("m", "n"), "x": ("m", 1), "y": N},
    "A: m x n; J = ||A - s x y'||^2": {"A": ("m", "n"), "s": S, "x": ("m", 1), "y": N},
    "A: m x n; J = sum(log(1 + exp(-A .* (u v'))))": {"A": ("m", "n"), "u": ("m", 1), "v": N},
    "J = ||A - x y'||^2": {"A": ND, "x": N, "y": ("d", 1)},
    "J = ||X - lam u v'||^2": {"X": ND, "lam": S, "u": N, "v": ("d", 1)},
    "J = ||X - σ u v'||^2": {"X": ND, "sigma": S, "u": N, "v": ("d", 1)},
    "J = sum(u v' .* A B)": {"u": N, "v": ("d", 1), "A": ("n", "h"), "B": ("h", "d")},
    "J = sum(A .* u v')": {"A": ND, "u": N, "v": ("d", 1)},
    "J = sum((A + u v') B)": {"A": ND, "u": N, "v": ("d", 1), "B": ("d", "h")},
    "J = tr(A u v')": {"A": ND, "u": ("d", 1), "v": N},
    "J = c x' y": {"c": S, "x": N, "y": N},
    "J = b' A x + c x' x": {"b": N, "A": ND, "x": ("d", 1), "c": S},
    "J = sum((a - y) ⊙ a ⊙ (1 - a) b^T)": {"a": N, "y": N, "b": ("d", 1)},
    "J = sum(a ⊙ (1 - a) b^T)": {"a": N, "b": ("d", 1)},
    "J = sum(a .* b)": {"a": N, "b": N},
    # The vector of ones, as on paper.
    "Z = X W + 1 b'; J = ||Z||^2": {"X": ND, "W": ("d", "h"), "b": ("h", 1)},
    "Z = X W + 1b'; J = ||Z||^2": {"X": ND, "W": ("d", "h"), "b": ("h", 1)},
    "J = sum((X - 1 mu')^2)": {"X": ND, "mu": ("d", 1)},
    "J = ||X - (1 m') - u 1'||^2": {"X": ND, "m": ("d", 1), "u": N},
    "J = ||-1 b' + X||^2": {"b": N, "X": ("d", "n")},
    "J = 1' X 1": {"X": ND},
    "J = 1' x": {"x": N},
    "J = 1 b' c": {"b": N, "c": N},
    "J = ||X||^2 + 1 b' c": {"X": ND, "b": ("h", 1), "c": ("h", 1)},
    "X: 1 x d; J = ||X + 1 b'||^2": {"X": (1, "d"), "b": ("d", 1)},
    "a: n x n; J = ||a + 1 a'||^2": {"a": ("n", "n")},
    # A declared bias, and what is not declared beside it.
    "X: n x d; Y: n x k; b: k; P = softmax(X W + b); J = -1/n sum(Y .* log(P))": {
        "X": ND, "W": ("d", "k"), "b": ("k", 1), "Y": ("n", "k"),
    },
    "X: n x d; b: k; J = ||X W + b - Y||^2": {"X": ND, "W": ("d", "k"), "b": ("k", 1), "Y": ("n", "k")},
    "Y: n x k; b: k; J = ||X W + b - Y||^2": {"X": ND, "W": ("d", "k"), "b": ("k", 1), "Y": ("n", "k")},
    "Y: n x k; b: 1 x k; J = ||X W + b - Y||^2": {"X": ND, "W": ("d", "k"), "b": (1, "k"), "Y": ("n", "k")},
    "X: n x d; y: n; J = ||X W - y||^2": {"X": ND, "W": ("d", 1), "y": N},
    "J = ||X W + b - Y||^2": {"X": ND, "W": ("d", "h"), "b": ("h", 1), "Y": ("n", "h")},
    # A row, and a count.
    "x: 1 x n; J = ||x - b||^2": {"x": (1, "n"), "b": (1, "n")},
    "x: 1 x n; J = ||x - b + 2 c||^2": {"x": (1, "n"), "b": (1, "n"), "c": S},
    "J = sum(A) / N": {"A": ND, "N": S},
    # Greek letters before brackets.
    "J = ||X - U V'||^2 + lam (||U||^2 + ||V||^2)": {"X": ND, "U": ("n", "h"), "V": ("d", "h"), "lam": S},
    "J = λ(x' x + 1)": {"lambda": S, "x": N},
    "J = lam(x' x) + lam": {"lam": S, "x": N},
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
def test_understood(text: str, expected: dict[str, tuple[object, object]]) -> None:
    found = shapes(text)
    if text == "x: 1 x n; J = ||x - b + 2 c||^2":  # what 2 c is, nothing says
        found.pop("c")
        expected = {name: shape for name, shape in expected.items() if name != "c"}
    if text.startswith("Y:"):  # X has the free letter, whichever it is
        assert {n: s for n, s in found.items() if n in "Yb"} == {n: s for n, s in expected.items() if n in "Yb"}
        assert found["X"][0] == "n" and found["W"] == (found["X"][1], "k")
    else:
        assert found == expected


NOTED = {
    "X: n x d; b: d; J = ||X + b||^2": "the vector b is added to every row of X: 𝟏 b' = ones(n) b'",
    "X: n x d; b: n; J = ||X + b||^2": "the vector b is added to every column of X: b 𝟏' = b ones(d)'",
    "X: n x d; b: 1 x d; J = ||X + b||^2": "the row b is added to every row of X: 𝟏 b = ones(n) b",
    "X: n x d; mu = colsum(X)'/n; J = ||X - mu||^2": "the vector mu is added to every row of X: 𝟏 mu' = ones(n) mu'",
    "Z = X W + 1 b'; J = ||Z||^2": "1 is read as the vector of ones: 𝟏 b' = ones(n) b'",
    "J = ||X - m 1'||": "1 is read as the vector of ones: m 𝟏' = m ones(d)'",
    "J = ||X W + b - Y||^2": (
        "the vector b is added to every row of X W; for an entry for each row write b 1', for a number declare "
        "b: scalar: 𝟏 b' = ones(n) b'"
    ),
    "J = ||X W - y||": ("y is taken to be a column, so X W is one and W is d×1; for matrices declare y: n x k"),
    "J = ||X w + b - y||^2": "b is a scalar, added to every entry of X w; for a vector declare b: n",
    "A: m x n; x: scalar; J = ||A - x y'||^2": ("the row x y' is added to every row of A: 𝟏 x y' = ones(m) x y'"),
    "J = 1/n ||X w - y||^2": "n is read as a scalar, not as a size; X: n x d would make it the number of rows of X",
    "J = ||X w - y||^2 / (2 n)": "n is read as a scalar, not as a size; X: n x d would make it the number of rows of X",
    "J = sum(x) / N": "N is read as a scalar, not as a size; x: N would make it the number of entries of x",
    "J = sum(softmax(Q K' / sqrt(d)) V)": (
        "d is read as a scalar, not as a size; Q: n x d would make it the number of columns of Q"
    ),
    "J = ||X||^2 + lam (||U||^2 + 1)": "lam (…) is read as a product; for a function declare lam: elementwise",
    "J = λ(x' x + 1)": "λ(…) is read as a product; for a function declare λ: elementwise",
    "J = a + b (x' x + c)": "b (…) is read as a product; for a function declare b: elementwise",
    "J = sum(A^2)": "A^2 is taken entry by entry: A is not known to be square; declare A: n x n for the matrix power",
    "J = sum((A B)^2)": "(A B)^2 is taken entry by entry: (A B) is not known to be square",
    "A: n x d; J = sum(A^2)": "A^2 is taken entry by entry: A is not square",
}


@pytest.mark.parametrize(("text", "note"), NOTED.items())
def test_noted(text: str, note: str) -> None:
    assert note in parse(text).notes


@pytest.mark.parametrize(
    "text",
    [
        "X: n x d; J = 1/n ||X w||", "n: scalar; J = ||x|| / n", "J = ||X W - Y||",
        "J = s / c", "J = sum(f (x))", "J = sum(φ(x)) + sum(rho(x))", "J = 1 b' c", "X: 1 x d; J = ||X + 1 b'||",
    ],
)  # fmt: skip
def test_nothing_to_note(text: str) -> None:
    assert parse(text).notes == ()


def test_the_advice_of_a_note_can_be_followed() -> None:
    assert shapes("b: k, W: d x k; J = ||X W + b - Y||^2") == {"X": ND, "W": ("d", "k"), "b": ("k", 1), "Y": ("n", "k")}
    assert [s.name for s in parse("X: n x d; J = 1/n ||X w - y||^2").inputs] == ["X", "w", "y"]


REFUSED: dict[str, tuple[type[MatcalcError], str, str]] = {
    "X: n x n; v: n; J = ||X + f(v)||": (
        ShapeError,
        "X is n×n and f(v) is n×1: they cannot be added",
        "write f(v) 1' for it in every column, 1 (f(v))' for it in every row",
    ),
    "J = x' x + 1 b'": (ShapeError, "nothing in the program says what size 1 has", "write ones(n) b'"),
    "J = ||x 1'||": (ShapeError, "nothing in the program says what size 1 has", "write x ones(n)'"),
    # A capital is no number.
    "J = sum(A .^ B)": (
        ShapeError,
        "the exponent must be a scalar, and B is h×k",
        "declare `B: scalar` if it is one",
    ),
    "J = tr(2^X)": (ShapeError, "the exponent must be a scalar, and X is n×d", "declare `X: scalar` if it is one"),
    "z: scalar; z = A; J = z^2": (
        ShapeError,
        "A is used as a scalar, but a name with a capital is a matrix",
        "declare `A: scalar` if it is one",
    ),
    # x' x below a stroke.
    "J = x' A x / x' x": (
        ShapeError,
        "x' is 1×n, and / divides by a scalar: it ends at the next factor",
        "write x' A x / (x' x)",
    ),
    "J = w' S w / w' T w": (
        ShapeError,
        "w' is 1×n, and / divides by a scalar: it ends at the next factor",
        "write w' S w / (w' T w)",
    ),
    "X: 2n x n; J = tr(X)": (ParseError, "2n is not a size", ""),
    "X: n+1 x n; J = tr(X)": (ParseError, "n+1 is not a size", ""),
    "X: n x d+1; J = tr(X)": (ParseError, "d+1 is not a size", ""),
    "X: n x 2d; J = tr(X)": (ParseError, "2d is not a size", ""),
    "X: n x -1; J = tr(X)": (ParseError, "-1 is not a size", ""),
    "x: -1; J = x": (ParseError, "-1 is not a size", ""),
    "X: n x d symetric; J = tr(X)": (ParseError, "symetric is not an attribute of a name", "did you mean symmetric?"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.items())
def test_refused(text: str, said: tuple[type[MatcalcError], str, str]) -> None:
    kind, message, hint = said
    error = refusal(text)
    assert (type(error), error.message) == (kind, message)
    assert error.hint == hint or not hint
    assert error.line == 1


def test_what_a_hint_proposes_is_understood() -> None:
    assert parse("X: n x d; b: d; J = ||X + ones(n) (2 b)'||").objective.shape == S
    assert parse("J = x' A x / (x' x)").objective.shape == S
    assert shapes("B: scalar; J = sum(A .^ B)") == {"A": ND, "B": S}


NORMS = ["||x||^2_2", "||x||_2^2", "||x||₂²", "‖x‖²₂", "||x||_2²", "||x||^{2}_2", "||x||_{2}^2"]


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_with_an_index_and_a_square(norm: str) -> None:
    assert repr(parse(f"x: n; J = {norm}").objective.definition) == "power(norm(x), 2)"


@pytest.mark.parametrize("norm", ["||X||^2_F", "||X||_F^2", "||X||^2", "||X||_{F}^{2}"])
def test_a_frobenius_norm_squared(norm: str) -> None:
    assert repr(parse(f"J = {norm}").objective.definition) == "power(norm(X), 2)"


@pytest.mark.parametrize("norm", ["||x||_2_2", "||x||_2^2_2", "||x||^2_2_2", "||x||_1_2", "||x||_22", "||x||_1.5"])
def test_a_second_index_is_refused(norm: str) -> None:
    error = refusal(f"J = {norm}")
    assert type(error) is ParseError
    assert error.message == "an index cannot stand here"


@pytest.mark.parametrize("text", ["J = nosuch3(X, 2)", "J = sum(nosuch(X, Y))"])
def test_an_unknown_function_of_two_arguments(text: str) -> None:
    error = refusal(text)
    assert type(error) is UnknownNameError
    assert error.message.endswith("is not a known function")


def test_a_function_is_no_variable_and_says_so() -> None:
    with pytest.raises(UnknownNameError) as caught:
        parse("J = a + act(x' x + c)").symbol("act")
    assert caught.value.message == "act is read as a function here"
    assert caught.value.hint == "write act * (…) or declare act: scalar"
    assert parse("act: scalar; J = a + act(x' x + c)").symbol("act").shape == S


def test_declarations_in_one_text() -> None:
    text = "J = ||X W - Y||^2"
    expected = {"X": ND, "W": ("d", "k"), "Y": ("n", "k")}
    for given in (["X: n x d; Y: n x k"], "X: n x d; Y: n x k", ("X: n x d", "Y: n x k")):
        assert {s.name: s.shape for s in parse(text, given).inputs} == expected


@pytest.mark.parametrize("declaration", ["X: 2n x n", "x: -1", "X: n x d; Y: n x 2k"])
def test_a_given_size_that_is_none(declaration: str) -> None:
    error = refusal("J = ||X||", declaration)
    assert type(error) is ParseError
    assert error.message.endswith("is not a size")


@pytest.mark.parametrize("source", [None, 3, b"J = x", 1.5, ["J = x"], object()])
def test_a_program_is_text(source: object) -> None:
    with pytest.raises(ParseError, match="the program must be text"):
        parse(source)  # type: ignore[arg-type]
    with pytest.raises(ParseError, match="the expression must be text"):
        parse_expression(source, {})  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, 3, [3], [None], b"X: n x d", [b"X: n x d"]])
def test_declarations_are_text(given: object) -> None:
    with pytest.raises(ParseError, match="must be"):
        parse("J = ||X||", given)  # type: ignore[arg-type]


def test_ones_in_a_candidate() -> None:
    names = {"X": Symbol("X", ("n", "d")), "b": Symbol("b", ("d", 1)), "s": Symbol("s", (1, 1))}
    assert repr(parse_expression("X + 1 b'", names)) == "plus(X, matmul(ones(#n, 1), transpose(b)))"
    assert repr(parse_expression("1 b' + b'", names)) == "plus(scale(1, transpose(b)), transpose(b))"
    assert parse_expression("X - b 1'", names | {"X": Symbol("X", ("d", "n"))}).shape == ("d", "n")


@pytest.mark.parametrize("source", ["S: n x n; J = (x - m)' S (x - m)", "S: n x n pd; J = (x - m)' inv(S) (x - m)"])
def test_a_transposed_difference_beside_a_declared_matrix_is_a_row(source: str) -> None:
    program = parse(source)
    assert {s.name: s.shape for s in program.inputs} == {"x": ("n", 1), "m": ("n", 1), "S": ("n", "n")}
    assert program.objective.is_scalar
