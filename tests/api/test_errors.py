"""Errors say where, what, why and what to write instead; whatever the input, they are matcalc's own."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable

import pytest
from selection import some

import matcalc
from matcalc import (
    MatcalcError,
    NotDifferentiableError,
    ParseError,
    ShapeError,
    UnknownNameError,
    UnsupportedError,
)

KINDS = (ParseError, ShapeError, UnknownNameError, NotDifferentiableError, UnsupportedError)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_a_matcalc_error(kind: type[MatcalcError]) -> None:
    assert issubclass(kind, MatcalcError) and issubclass(kind, Exception) and kind.__doc__
    assert kind.exit_status == (3 if kind in (NotDifferentiableError, UnsupportedError) else 2)


@pytest.mark.parametrize("kind", (MatcalcError, *KINDS))
def test_an_error_carries_its_place_and_pickles(kind: type[MatcalcError]) -> None:
    error = kind("X is odd", hint="use Y", line=2, column=5, text="X W", source_line="J = X W + b")
    again = pickle.loads(pickle.dumps(error))
    for one in (error, again):
        assert type(one) is kind
        assert (one.message, one.hint, one.line, one.column, one.text) == ("X is odd", "use Y", 2, 5, "X W")
        assert str(one).splitlines() == ["line 2, column 5: X is odd", "    J = X W + b", "        ^^^", "hint: use Y"]


def test_the_caret_of_a_very_long_line() -> None:
    error = ParseError("no", line=1, column=5001, text="!", source_line="a" * 5000 + "!" + "b" * 5000)
    _, shown, caret = str(error).splitlines()
    assert len(shown) < 140 and shown[caret.index("^")] == "!"


def test_an_error_without_a_place() -> None:
    error = UnsupportedError("no")
    assert str(error) == "no" and error.line is None and error.column is None and error.text == ""


# (source, wrt, error, line, column, text): what is wrong, and where
CASES: list[tuple[str, str, type[MatcalcError], int | None, int | None, str]] = [
    ("", "x", ParseError, 1, 1, ""),
    ("J = ", "x", ParseError, 1, 3, "="),
    ("J = x'(x", "x", ParseError, 1, 7, "("),
    ("J = x'x)", "x", ParseError, 1, 8, ")"),
    ("x: n\nJ = x ? x", "x", ParseError, 2, 7, "?"),
    ("J = sum(exp(x, y))", "x", ParseError, 1, 9, "exp(x, y)"),
    ("X: n x d\nY: m x d\nJ = sum(X + Y)", "X", ShapeError, 3, 9, "X + Y"),
    ("X: n x d; J = sum(X X)", "X", ShapeError, 1, 19, "X X"),
    ("X: n x d\nJ = tr(X)", "X", ShapeError, 2, 5, "tr(X)"),
    ("X: n x d\nJ = det(X)", "X", ShapeError, 2, 5, "det(X)"),
    ("z = A x", "x", ShapeError, None, None, "z"),
    ("J = x'x", "q", UnknownNameError, None, None, "q"),
    ("J = rank(A)", "A", UnsupportedError, 1, 5, "rank(A)"),
    ("J = sum(svd(A))", "A", UnsupportedError, 1, 9, "svd(A)"),
]


@pytest.mark.parametrize(("source", "wrt", "error", "line", "column", "text"), CASES)
def test_where_and_what(
    source: str, wrt: str, error: type[MatcalcError], line: int | None, column: int | None, text: str
) -> None:
    with pytest.raises(MatcalcError) as caught:
        matcalc.derive(source, wrt)
    found = caught.value
    assert type(found) is error, found
    assert (found.line, found.column, found.text) == (line, column, text)
    if line is not None and text:
        shown = found.source_line
        assert shown == source.splitlines()[line - 1]
        assert column is not None and shown[column - 1 :].startswith(text)
    assert found.message and found.message[-1] not in ".!\n"


def test_a_shape_error_names_both_operands_and_both_shapes() -> None:
    with pytest.raises(ShapeError) as caught:
        matcalc.parse("X: n x d\nw: k\nJ = sum(X w)")
    for part in ("X", "n×d", "w", "k×1"):
        assert part in caught.value.message


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        matcalc.derive("J = ||X weights - y||^2", "weihgts")
    assert "weights" in caught.value.hint


@pytest.mark.parametrize("wrt", [[], (), 5, None, ["x", 5], [None], [""], "", "x y", "x'", [[]], {"x": 1, "q": 2}])
def test_what_is_no_variable_is_refused(wrt: object) -> None:
    with pytest.raises(MatcalcError):
        matcalc.derive("J = x'x", wrt, verify=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrt", [["q"], "q", "", "J'"])
def test_gradient_refuses_what_is_no_variable(wrt: object) -> None:
    with pytest.raises(MatcalcError):
        matcalc.gradient("J = x'x", wrt)  # type: ignore[arg-type]
    with pytest.raises(MatcalcError):
        matcalc.verify("J = x'x", wrt, "2 x")  # type: ignore[arg-type]


@pytest.mark.parametrize("candidate", ["", "2 q", "2 x'", "2 x)", "x = 2", "f(x", "2 x; 3 x", "lambda_max(x x')"])
def test_what_is_no_candidate_is_refused(candidate: str) -> None:
    with pytest.raises(MatcalcError):
        matcalc.verify("J = x'x", "x", candidate)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), "long", None])
def test_a_time_limit_is_a_number_of_seconds(limit: object) -> None:
    with pytest.raises(MatcalcError):
        matcalc.derive("J = x'x", "x", time_limit=limit)  # type: ignore[arg-type]


VALUELESS = [
    ("s: scalar; J = s / (1 - 1)", "s", "divides by"),
    ("s, r: scalar; J = s / (r 0)", "s", "divides by"),
    ("s, r: scalar; J = s / (r 0)", "r", "divides by"),
    ("x: n; s: scalar; J = s / sum(x 0)", "s", "divides by"),
    ("x: n; J = x'x / tr(zeros(n, n))", "x", "divides by"),
    ("x: n; K: n x n skew; s: scalar; J = s / (x'K x)", "s", "divides by"),
    ("s, t: scalar; J = t / (s - s)", "t", "divides by"),
    ("s: scalar; J = (s - s) / (s - s)", "s", "divides by"),
    ("s: scalar; z = s - s; J = s / z", "s", "divides by"),
    ("s: scalar; z = 1 - 1; u = tanh(3 z); J = s / u", "s", "divides by"),
    ("x: n; J = ‖x‖ / (‖x‖ 0)", "x", "divides by"),
    ("x: n; J = sum(x ./ (x - x))", "x", "divides by"),
    ("x: n; J = sum((0 x).^(-2))", "x", "divides by"),
    ("x: n; J = x'x / norm(zeros(n))", "x", "divides by"),
    ("x: n; J = x'x / sqrt(1 - exp(0))", "x", "divides by"),
    ("s: scalar; J = s / log(1)", "s", "divides by"),
    ("s: scalar; J = s / sin(pi - pi)", "s", "divides by"),
    ("s: scalar; J = s + log(0)", "s", "takes the logarithm of"),
    ("s: scalar; J = log(s - s)", "s", "takes the logarithm of"),
    ("x: n; J = sum(log(zeros(n)) .* x)", "x", "takes the logarithm of"),
    ("s: scalar; J = 0^s", "s", "takes the logarithm of"),
    ("t: scalar; s = t^2; x: n; J = ‖0^s x‖^2", "t", "takes the logarithm of"),
    ("X: n x n; x: n; J = x'inv(X - X) x", "x", "inverts"),
    ("X: n x n; J = tr((X 0)^-1)", "X", "inverts"),
    ("s: scalar; J = s logdet(zeros(n, n))", "s", "takes logdet of"),
]


@pytest.mark.parametrize(("source", "wrt", "what"), VALUELESS)
@pytest.mark.parametrize("ask", [matcalc.derive, matcalc.jacobian])
def test_what_has_no_value_has_no_derivative(ask: Callable[..., object], source: str, wrt: str, what: str) -> None:
    with pytest.raises(NotDifferentiableError, match=f"J {what} what is 0 for all values") as caught:
        ask(source, wrt, verify=False)
    assert caught.value.hint


@pytest.mark.parametrize("given", ["Z / (1 - 1)", "Z / sum(0 Z)", "Z log(r - r)"])
def test_a_known_gradient_that_has_no_value_is_refused(given: str) -> None:
    with pytest.raises(NotDifferentiableError, match="what is 0 for all values"):
        matcalc.derive(f"W: n x d; r: scalar; Z = W X; given dJ/dZ = {given}", "W", verify=False)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("s, t: scalar; J = s / (t - 1)", "1 / (t - 1)"),
        ("s, t: scalar; J = s / (2 t - t)", "1/t"),
        ("s: scalar; J = s / (2 - 1)", "1"),
        ("s: scalar; J = s / exp(s - s)", "1"),
        ("s: scalar; J = s + sqrt(s - s)", "1"),
        ("s: scalar; J = s log(1)", "0"),
        ("s: scalar; J = s cos(1 - 1)", "1"),
    ],
)
def test_what_has_a_value_is_not_refused(source: str, expected: str) -> None:
    assert str(matcalc.gradient(source, "s")) == expected


PIECES = (
    "J = sum ( ) X W x y ' ^ 2 -1 .* ./ + - : ; \n f g inv tr det log exp I ones n || lam given d/d ∘ ᵀ λ ℝ # , [ ] { }"
)


@pytest.mark.parametrize("block", some(range(4), 2))
def test_nothing_else_is_raised_whatever_the_input(block: int, fuzz: bool) -> None:
    """Pieces of the notation in any order: an answer, or an error of matcalc's own."""
    count = 5000 if fuzz else 150
    pieces = PIECES.split(" ")
    answers = 0
    for seed in range(block * count, (block + 1) * count):
        rng = random.Random(seed)
        parts = [rng.choice(pieces) for _ in range(rng.randint(1, 12))]
        source = ("J = sum(" if seed % 2 else "") + " ".join(parts) + (")" if seed % 2 else "")
        try:
            program = matcalc.parse(source)
            wrt = [s.name for s in program.inputs]
            found = matcalc.derive(program, wrt, verify=False) if wrt else None
            if found is not None:
                found.to_text()
                answers += 1
        except MatcalcError as error:
            assert error.message
        except Exception as error:
            raise AssertionError(f"{source!r} raises {error!r}") from error
    assert answers > 0


def test_the_matrix_form_that_a_question_offers_keeps_what_is_declared() -> None:
    with pytest.raises(matcalc.AmbiguousError) as asked:
        matcalc.parse("A: 2 x 2 symmetric; J = A_ij x_i x_j")
    assert asked.value.readings[-1].text == "A: 2 x 2 symmetric; J = x' A x"


def test_a_given_gradient_that_differs_is_pointed_at() -> None:
    text = "E = sum(A5)\ngiven dE/dA5 = A5 .* A5  # a square"
    with pytest.raises(matcalc.ParseError) as differs:
        matcalc.derive(text, "A5", verify=False)
    assert (differs.value.line, differs.value.column, differs.value.text) == (2, 7, "dE/dA5 = A5 .* A5")
