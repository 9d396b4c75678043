"""A 1 that is a vector of ones, and powers of numbers in front of a product: what is read has the value by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from matcalc.errors import AmbiguousError, MatcalcError, ParseError, ShapeError
from matcalc.expr import Symbol
from matcalc.meaning import evaluate
from matcalc.operators import ONE, T, scale
from matcalc.syntax import parse, parse_expression
from matcalc.write import TEXT, write

DECLARED = "A: n x d; B: d x d; b: d; y: n; x: n; s, t: scalar; "
_random = np.random.default_rng(9)
A, B, b, y, x = (_random.normal(size=size) for size in ((3, 2), (2, 2), 2, 3, 3))
S, t = 0.7, 1.3
ARRAYS = {"A": A, "B": B, "b": b, "y": y, "x": x, "s": S, "t": t}

VALUES: dict[str, Callable[[], Any]] = {
    "‖A 1‖^2": lambda: (A.sum(axis=1) ** 2).sum(),
    "sum(A 1)": lambda: A.sum(),
    "‖A 1 - y‖^2": lambda: ((A.sum(axis=1) - y) ** 2).sum(),
    "A B 1 : b": lambda: None,  # the sizes do not conform
    "1' A 1": lambda: A.sum(),
    "-1' A 1": lambda: -A.sum(),
    "y' A 1": lambda: y @ A.sum(axis=1),
    "tr(diag(B 1))": lambda: B.sum(),
    "‖A B 1‖^2": lambda: ((A @ B).sum(axis=1) ** 2).sum(),
    "‖s A 1‖^2": lambda: S**2 * (A.sum(axis=1) ** 2).sum(),
    "‖A s 1‖^2": lambda: S**2 * (A.sum(axis=1) ** 2).sum(),
    "y' 1": lambda: y.sum(),
    "‖(I - 1 1'/n) A‖^2": lambda: ((A - A.mean(axis=0)) ** 2).sum(),
    "‖A - 1 1' A / n‖^2": lambda: ((A - A.mean(axis=0)) ** 2).sum(),
    "‖B^-1 1‖^2": lambda: (np.linalg.inv(B).sum(axis=1) ** 2).sum(),
    "1' B⁻¹ 1": lambda: np.linalg.inv(B).sum(),
    "b' B^2 1": lambda: b @ (B @ B).sum(axis=1),
    "1' y": lambda: y.sum(),
    "y' y 1": lambda: y @ y,
    "s 1": lambda: S,
    "‖y 1‖^2": lambda: y @ y,
    "‖1 A‖^2": lambda: (A**2).sum(),
    "tr(A' 1 b')": lambda: A.sum(axis=0) @ b,
    "‖A .* 1 b'‖^2": lambda: ((A * b) ** 2).sum(),
    "‖A - s 1 b'‖^2": lambda: ((A - S * b) ** 2).sum(),
    "‖A 1 b' - 1 b' B‖^2": lambda: ((np.outer(A.sum(axis=1), b) - b @ B) ** 2).sum(),
    "‖A 1 1' - A * 1 * b'‖^2": lambda: ((A.sum(axis=1)[:, None] - np.outer(A.sum(axis=1), b)) ** 2).sum(),
    "‖exp(A) 1‖^2": lambda: (np.exp(A).sum(axis=1) ** 2).sum(),
    "1 b' b": lambda: b @ b,
    "1/2 y' 1": lambda: y.sum() / 2,
    "‖A (1) - A‖": lambda: 0,
    "2^2 tr(B)": lambda: 4 * np.trace(B),
    "2^3 s": lambda: 8 * S,
    "2^t s": lambda: 2**t * S,
    "2^t / 3^s t": lambda: 2**t / 3**S * t,
    "10^-3 ‖x‖^2": lambda: x @ x / 1000,
    "(s / (1/2)^3) / t": lambda: 8 * S / t,
    "(3/2)^t log(3/2) s": lambda: 1.5**t * np.log(1.5) * S,
    "2^-t x'x": lambda: 2**-t * (x @ x),
    "-2^2 s": lambda: -4 * S,
    "s - 2^2 t": lambda: S - 4 * t,
    "‖sin(B 1 b') · A' ⊙ A'@B'‖": lambda: None,
    "‖sin(B 1 b') · B' ⊙ B@B‖": lambda: np.linalg.norm(((np.sin(np.outer(B.sum(axis=1), b)) @ B.T) * B) @ B),
    "‖tanh(A 1 b') @ B ⊙ A·B‖": lambda: np.linalg.norm(((np.tanh(np.outer(A.sum(axis=1), b)) @ B) * A) @ B),
    "1' max(0, A 1 y'@ A) b": lambda: np.maximum(np.outer(A.sum(axis=1), y @ A), 0).sum(axis=0) @ b,
    "tanh([A > 0] 1 b'·b)^T 1": lambda: np.tanh((A > 0).sum(axis=1) * (b @ b)).sum(),
    "‖exp(A 1 b' · B) * b‖^2": lambda: ((np.exp(np.outer(A.sum(axis=1), b) @ B) @ b) ** 2).sum(),
    "‖s^2 ⊘ 1' A - b'‖^2": lambda: ((S**2 * A.sum(axis=0) - b) ** 2).sum(),
    "s ./ 1' x": lambda: S * x.sum(),
    "‖b' ./ 1'‖^2": lambda: b @ b,
    "tr(B) / 1' A b": lambda: None,  # nothing is divided by a row
    "tr(B) / 1' A 1": lambda: None,
    "tr(B) / (1' A 1)": lambda: np.trace(B) / A.sum(),
    "s / 1' t": lambda: S * t,
}
UNFIT = [text for text, value in VALUES.items() if value() is None]


@pytest.mark.parametrize("text", [text for text in VALUES if text not in UNFIT])
def test_the_value_by_hand(text: str) -> None:
    program = parse(DECLARED + text)
    given = {s.name: ARRAYS[s.name] for s in program.inputs}
    names = {s.name: s for s in parse(DECLARED + "tr(A B A') + b'b + y'x + s t").inputs}
    expected = VALUES[text]()
    assert program.objective.definition is not None
    for node in (program.objective.definition, parse_expression(text, names)):
        (found,) = evaluate([node], given, {}, {})
        assert np.allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("text", UNFIT)
def test_ones_that_do_not_conform(text: str) -> None:
    with pytest.raises(ShapeError):
        parse(DECLARED + text)


def test_undeclared_matrices() -> None:
    shapes = {s.name: s.shape for s in parse("‖A 1 - y‖^2").inputs}
    assert shapes == {"A": ("n", "d"), "y": ("n", 1)}
    shapes = {s.name: s.shape for s in parse("sum(X W 1 .* y)").inputs}
    assert shapes == {"X": ("n", "d"), "W": ("d", "h"), "y": ("n", 1)}


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("sum(A 1/2)", ("A (1/2)", "A ones(d)/2")),
        ("sum(A' 1/n)", ("A' (1/n)", "A' ones(n)/n")),
        ("‖A B 1/s‖^2", ("B (1/s)", "B ones(d)/s")),
    ],
)
def test_a_one_before_a_stroke_is_asked(text: str, readings: tuple[str, str]) -> None:
    with pytest.raises(AmbiguousError) as caught:
        parse(DECLARED + text)
    error = caught.value
    assert error.exit_status == 2
    assert tuple(reading.text for reading in error.readings) == readings
    number, vector = (parse(DECLARED + text.replace(error.text, reading.text)) for reading in error.readings)
    assert number.objective is not vector.objective
    assert all(reading.text in error.hint for reading in error.readings)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("A' 1/n : b", "A' ones(n)/n : b"),  # A'/n would not conform
        ("tr(B 1/2)", "tr(B (1/2))"),
        ("‖A' 1/n (A b - y)‖^2", "‖A' (1/n) (A b - y)‖^2"),
        ("s 1/2", "s (1/2)"),
        ("‖y 1/2‖", "‖y (1/2)‖"),
    ],
)
def test_the_one_reading_that_conforms_is_taken(text: str, same: str) -> None:
    declared = DECLARED.replace("y: n", "y: n, k: 3") if "k" in text else DECLARED
    found, expected = (parse(declared + t).objective.definition for t in (text, same))
    assert found is expected


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1/2n x'x", ("(1/2) n", "1/(2 n)")),
        ("‖x‖^2 / 2 s^2", ("(‖x‖^2 / 2) s^2", "‖x‖^2 / (2 s^2)")),
        ("x'x / 2 s", ("(x'x / 2) s", "x'x / (2 s)")),
        ("s^2/2 t", ("(s^2/2) t", "s^2/(2 t)")),
        ("t s/2 b'b", ("(t s/2) b'b", "t s/(2 b'b)")),
        ("s/t/2 s", ("(s/t/2) s", "s/t/(2 s)")),
        ("x'x / 2 b'b", ("(x'x / 2) b'b", "x'x / (2 b'b)")),
        ("s t / -3 t^2", ("(s t / -3) t^2", "s t / (-3 t^2)")),
        ("‖B / 3 b‖", ("(B / 3) b", "B / (3 b)")),
        ("sum(A)/2 t", ("(sum(A)/2) t", "sum(A)/(2 t)")),
        ("1/2x'x", ("(1/2) x'x", "1/(2 x'x)")),
        ("‖A / 2 s‖", ("(A / 2) s", "A / (2 s)")),
    ],
)
def test_a_number_that_divides_before_a_name_is_asked(text: str, readings: tuple[str, str]) -> None:
    with pytest.raises(AmbiguousError) as caught:
        parse(DECLARED + text)
    assert tuple(reading.text for reading in caught.value.readings) == readings


@pytest.mark.parametrize(
    "text",
    [
        "1/2 s x'x",
        "s/2 t x'x",
        "s/2 x'x",
        "-s/2 t",
        "(1/2)^3/2 t",
        "2^2/3/2 t",
        "s/2 b'b",
        "1/2 x'x",
        "s/2 ‖x‖^2",
        "1/2tr(B)",
        "x'x/2",
        "x'x / (2 s)",
    ],
)
def test_a_number_that_divides_is_not_asked(text: str) -> None:
    assert parse(DECLARED + text).objective.is_scalar


def test_neither_reading_conforms() -> None:
    with pytest.raises(ShapeError):
        parse(DECLARED + "‖A 1/2 - B‖^2")


def test_a_number_one_is_printed_in_brackets_where_it_would_be_ones() -> None:
    row = T(Symbol("b", ("d", 1)))
    for node in (scale(ONE, row), scale(ONE, Symbol("A", ("n", "d")))):
        assert parse_expression(write(node, TEXT), {"b": row.args[0], "A": Symbol("A", ("n", "d"))}) is node  # type: ignore[dict-item]
    assert parse_expression(write(T(ONE), TEXT), {}) is ONE


@pytest.mark.parametrize("text", ["0^0 x", "(0)^0 x", "x / 0^2", "1/0^3 x", "x .^ (0^0)"])
def test_zero_to_a_power_that_has_no_value(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)


def test_readings_survive_a_pickle() -> None:
    import pickle

    with pytest.raises(AmbiguousError) as caught:
        parse("sum(A 1/2)")
    again = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(again, MatcalcError)
    assert again.readings == caught.value.readings


@pytest.mark.parametrize(
    "text", ["s^2 (1/2) t", "s^2 (1/2) tr(B)", "2^2 (1/3) t", "s (1/2) t", "s t (1/2) t", "pi^2 (1/2) t"]
)
def test_what_is_printed_with_a_number_below_is_not_asked(text: str) -> None:
    node = parse(DECLARED + text).objective.definition
    assert node is not None
    names = {s.name: s for s in parse(DECLARED + "s t tr(B)").inputs}
    assert parse_expression(write(node, TEXT), names) is node
