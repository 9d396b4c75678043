"""One expression in given symbols; and what is printed is read again as the same expression."""

from __future__ import annotations

import pytest

from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError
from matcalc.expr import Node, Symbol
from matcalc.syntax import parse, parse_expression
from matcalc.write import ASCII, TEXT, write

SYMBOLS = {
    s.name: s
    for s in (
        Symbol("X", ("n", "d")),
        Symbol("A", ("n", "n"), {"symmetric"}),
        Symbol("w", ("d", 1)),
        Symbol("y", ("n", 1)),
        Symbol("lambda", (1, 1)),
    )
}


def read(text: str, shape: tuple[object, object] | None = None) -> Node:
    return parse_expression(text, SYMBOLS, ("f",), shape)  # type: ignore[arg-type]


def test_names_are_the_symbols_given() -> None:
    node = read("2 X'(X w - y)")
    assert repr(node) == "scale(2, matmul(transpose(X), plus(matmul(X, w), scale(-1, y))))"
    assert node.args[1].args[0].args[0] is SYMBOLS["X"]


def test_a_symbol_with_a_definition_is_kept() -> None:
    program = parse("z = X w; J = z'z")
    node = parse_expression("2 X' z", program.names)
    assert node.args[1].args[1] is program.names["z"]


def test_dimensions_may_be_used() -> None:
    assert repr(read("X w / n + ones(n)")) == "plus(scale(power(#n, -1), matmul(X, w)), ones(#n, 1))"


def test_functions_may_be_called() -> None:
    assert repr(read("f'(X w)")) == "f'(matmul(X, w))"


def test_the_shape_settles_the_size_of_constants() -> None:
    assert repr(read("I", ("d", "d"))) == "eye(#d)"
    assert repr(read("𝟏 𝟏'", ("n", "d"))) == "matmul(ones(#n, 1), transpose(ones(#d, 1)))"
    assert repr(read("0", ("n", "d"))) == "zeros(#n, #d)"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("X v", UnknownNameError, "v does not occur in the program"),
        ("g(X)", UnknownNameError, "g is not a known function"),
        ("z = X", ParseError, "one expression is expected here, and nothing else"),
        ("X: n x d", UnknownNameError, "x does not occur in the program"),
        ("X; w", ParseError, "one expression is expected here, and nothing else"),
        ("", ParseError, "there is nothing to read"),
        ("X'(X w - y", ParseError, "( is never closed"),
        ("X w y", ShapeError, None),
    ],
)
def test_refused(text: str, kind: type[MatcalcError], message: str | None) -> None:
    with pytest.raises(kind) as caught:
        read(text)
    assert message is None or caught.value.message == message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("X w", "X w is n×1, and must be d×1", ""),
        ("w'", "w' is 1×d, and must be d×1", "its transpose would fit"),
        ("2", "2 is 1×1, and must be d×1", ""),
    ],
)
def test_the_shape_must_be_right(text: str, message: str, hint: str) -> None:
    with pytest.raises(ShapeError) as caught:
        read(text, ("d", 1))
    assert (caught.value.message, caught.value.hint) == (message, hint)


PRINTED = [
    "X w", "2 X'(X w - y)", "-X w", "X w - 2 y", "y - 1/2 X w", "lambda w", "λ/2 w'w", "1/n ones(n)'y", "A^2 y",
    "inv(A) y", "A^{-T} y", "inv(A)' y", "X w / norm(y)", "(A + A') y", "A y y'", "y (y'y)", "(y'y) y", "y' y y' A y",
    "f'(X w) .* y", "(y - f(X w)) .* f'(X w)", "1 - y", "y - 1", "1 ./ (1 + exp(-y))", "y ./ (y .* y)", "softmax(X)",
    "softmax(X, columns)", "softmax(y)", "logsumexp(X)", "logsumexp(y)", "max(0, y)", "max(y, X w)", "diag(y) A",
    "diag(A)", "tr(A)", "det(A) inv(A)'", "X : X", "2 X : X", "A - I", "A + λ I", "A - 𝟏 y'", "X - y ones(d)'",
    "rowsum(X)", "colsum(X)'", "mean(y) y", "norm(y)^2", "y.^3", "y.^(1/2)", "λ^2", "λ^(-3)", "y^2", "sqrt(y)",
    "step_ge(y, X w)", "0.01 y", "1/3 y", "e^λ", "π y", "--y", "y - -y", "(2 y) .* (3 y)", "A (2 A)", "X ones(d)",
    "zeros(n, d) + X", "(1/2) (λ y)", "sum(A .* A) / n^2", "tr(A A')", "x",
]  # fmt: skip


@pytest.mark.parametrize("text", PRINTED[:-1])
def test_what_is_printed_is_read_again(text: str) -> None:
    node = read(text)
    assert read(write(node, TEXT)) is node
    assert read(write(node, ASCII)) is node
