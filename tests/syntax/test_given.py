"""Known gradients, and programs that contradict themselves: what is said, where, and which of two statements counts."""

from __future__ import annotations

import numpy as np
import pytest

import matcalc
from matcalc import MatcalcError, ParseError, ShapeError, UnknownNameError

CHAIN = "A5 = A4 W4\nA4 = A3 W3\n"
LOGISTIC = "z3 = W3 a2\na3 = sigmoid(z3)\nJ = -sum(y .* log(a3) + (1 - y) .* log(1 - a3))"


def refusal(source: str, wrt: str = "W3") -> MatcalcError:
    with pytest.raises(MatcalcError) as caught:
        matcalc.derive(source, wrt, verify=False)
    return caught.value


# (program, error, line, the marked piece, in the message, in the hint)
REFUSED = [
    ("z = f(a)\na = g(z) + x\nJ = sum(a)", ParseError, 1, "z", "go round in a circle: z -> a -> z", "already known"),
    ("J = sum(z)\nz = W3 z + x", ParseError, 2, "z", "z is defined by itself", "already known"),
    (f"{CHAIN}given dE/dA6 = A5 - R", UnknownNameError, 3, "dA6", "A6 does not occur in the program", "A4 or A5"),
    (f"{CHAIN}given dE/dA7 = A5", UnknownNameError, 3, "dA7", "A7 does not occur in the program", "A5"),
    (
        f"A5: 3 x 4; R: 4 x 3\n{CHAIN}given dE/dA5 = R",
        ShapeError,
        4,
        "R",
        "A5 is 3×4 and so is the gradient with respect to it, but R is 4×3",
        "its transpose would fit",
    ),
    (
        f"{CHAIN}given dE/dA5 = A5 - R\ngiven dE/dA5 = A5",
        ParseError,
        4,
        "dA5",
        "the gradient with respect to A5 is given twice",
        "give the sum",
    ),
    (f"{CHAIN}given dE/dA5 = A5\ngiven dF/dA4 = A4", ParseError, 4, "dF", "the objective is E", "of the objective"),
    (f"{CHAIN}given dE/dE = 2", UnknownNameError, 3, "dE", "its gradient with respect to itself is 1", "may be given"),
    (
        f"E: 2 x 2\n{CHAIN}given dE/dA5 = A5",
        ShapeError,
        4,
        "dE",
        "E is 2×2, and a gradient is of a scalar",
        "E: scalar",
    ),
    (f"{CHAIN}E = A5\ngiven dE/dA5 = A5", ShapeError, 4, "dE", "E is n×k, and a gradient is of a scalar", "E: scalar"),
    (
        f"{CHAIN}J = sum(A5^2)\ngiven dJ/dA4 = A4",
        ParseError,
        4,
        "dJ/dA4 = A4",
        "dJ/dA4 is given as A4, and from the definition of J follows 2 A5 W4': the two differ",
        "leave out one of them",
    ),
    (
        f"{CHAIN}given dE/dA5 = A5 - R\ngiven dE/dA4 = A4   # and more",
        ParseError,
        4,
        "dE/dA4 = A4",
        "dE/dA4 is given as A4, and from dE/dA5 follows (A5 - R) W4': the two differ",
        "name a copy, B = A4, and give dE/dB",
    ),
    (
        f"{CHAIN}B = A3 W3\nJ = sum(A5^2)\ngiven dJ/dB = B",
        ParseError,
        5,
        "dJ/dB = B",
        "dJ/dB is given as B, and from the definition of J follows",
        "leave out one of them",
    ),
]


@pytest.mark.parametrize(("source", "kind", "line", "text", "message", "hint"), REFUSED)
def test_what_is_refused_is_shown(
    source: str, kind: type[MatcalcError], line: int, text: str, message: str, hint: str
) -> None:
    error = refusal(source)
    assert type(error) is kind and error.exit_status == 2
    assert message in error.message and hint in error.hint
    assert (error.line, error.text) == (line, text)
    assert error.source_line == source.splitlines()[line - 1]
    assert error.column is not None and error.source_line[error.column - 1 :].startswith(text)


def test_a_clash_is_refused_by_verify_too() -> None:
    source = f"{CHAIN}given dE/dA5 = A5 - R\ngiven dE/dA4 = A4"
    with pytest.raises(ParseError, match="the two differ"):
        matcalc.verify(source, "W3", "A3' A4")


def test_what_nothing_is_known_of_has_no_gradient() -> None:
    # Zero would be wrong: E may well depend on R, and for E = 1/2 ||A5 - R||^2 it does.
    error = refusal(f"{CHAIN}given dE/dA5 = A5 - R", "R")
    assert error.message.startswith(
        "the program does not say how E depends on R: it gives only the gradient with respect to A5"
    )
    assert refusal(f"{CHAIN}given dE/dA3 = A3").text == "W3"
    # With a definition of the objective it is zero, and said to be.
    found = matcalc.derive("B = R; A5 = A4 W4; J = sum(A5^2)", "R", verify=False)
    assert str(found["R"]).startswith("zeros") and "does not occur" in found.to_text()


@pytest.mark.parametrize(
    ("source", "wrt", "expected", "note"),
    [
        (f"{CHAIN}given dE/dA5 = A5 - R", "W3", "A3'(A5 - R) W4'", ""),
        (f"{CHAIN}given dE/dA5 = A5 - R", "A4", "(A5 - R) W4'", ""),
        (f"{CHAIN}given dE/dW3 = W3", "W3", "W3", ""),
        (f"{CHAIN}E: scalar\ngiven dE/dA5 = E A5", "W4", "E A4' A5", ""),
        # Of two that are not computed from one another both count.
        ("y = A x; B = C x; given dE/dy = y; given dE/dB = B", "x", "A' y + C' B", ""),
        # A part that E has of A4 besides, by a copy.
        (f"{CHAIN}B = A4\ngiven dE/dA5 = A5 - R; given dE/dB = B", "W3", "A3'((A5 - R) W4' + B)", ""),
        # Said twice, and the same: the given one is used.
        (f"{LOGISTIC}\ngiven dJ/dz3 = a3 - y", "W3", "(a3 - y) a2'", "dJ/dz3 is given, but also follows from the"),
        (
            f"{CHAIN}given dE/dA5 = A5 - R; given dE/dA4 = (A5 - R) W4'",
            "W3",
            "A3'(A5 - R) W4'",
            "dE/dA4 is given, but also follows from dE/dA5; the given one is used, and the two are equal",
        ),
        # What the objective has besides its way through z3 is kept.
        (
            LOGISTIC.replace("J = ", "J = lam ||W3||^2 + ").replace("+ -", "- ") + "\ngiven dJ/dz3 = a3 - y",
            "W3",
            "(a3 - y) a2' + 2 lam W3",
            "the two are equal",
        ),
    ],
)
def test_what_counts(source: str, wrt: str, expected: str, note: str) -> None:
    found = matcalc.derive(source, wrt)
    assert str(found[wrt]) == expected
    assert found.verification[wrt].status == "proved"
    text = " ".join(found.to_text().split())
    assert note in text
    assert bool(note) == (" is given, but also follows " in text)


def test_what_is_given_is_the_end_of_the_derivation() -> None:
    text = matcalc.derive(f"{LOGISTIC}\ngiven dJ/dz3 = a3 - y", "W3", verify=False).to_text()
    assert "Through z3 = W3 a2" in text
    assert "Through a3" not in text and "The differential of J" not in text and "log_sigmoid" not in text


def test_the_copy_counts_once_by_finite_differences() -> None:
    """E = 1/2 ||A5 - R||^2 + 1/2 ||A4||^2, of which the program knows two gradients only."""
    source = f"{CHAIN}B = A4\ngiven dE/dA5 = A5 - R; given dE/dB = B"
    random = np.random.default_rng(3)
    shapes = {"A3": (4, 3), "W3": (3, 2), "W4": (2, 5), "R": (4, 5)}
    at = {name: random.normal(size=shape) for name, shape in shapes.items()}

    def loss(w: np.ndarray) -> float:
        a4 = at["A3"] @ w
        return float(np.sum((a4 @ at["W4"] - at["R"]) ** 2) / 2 + np.sum(a4**2) / 2)

    gradient = matcalc.derive(source, "W3", verify=False).expanded("W3").evaluate(at)
    direction = random.normal(size=shapes["W3"])
    slope = (loss(at["W3"] + 1e-5 * direction) - loss(at["W3"] - 1e-5 * direction)) / 2e-5
    assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-7)


def test_many_given_gradients_end_in_time() -> None:
    lines = [f"A{i} = A{i - 1} W{i}" for i in range(1, 13)]
    lines += [f"given dE/dA{i} = A{i}" for i in range(1, 13)]
    with pytest.raises(ParseError, match="the two differ"):
        matcalc.derive("\n".join(lines), "W1", time_limit=5)


# ------------------------------------------------------------------------------------------- unknown scalar functions


@pytest.mark.parametrize(
    ("source", "wrt", "expected"),
    [
        ("E: scalar function; a = sigmoid(W x); J = E(a)", "W", "(grad_E .* a .* (1 - a)) x'"),
        ("f: scalar function; x = A t; J = f(x)", "t", "A' grad_f"),
        ("f: scalar function; x = A t; f(x)", "t", "A' grad_f"),
        ("f: scalar function; J = f(A t)", "t", "A' grad_f"),
        ("f: scalar function; X: n x m; J = f(X' X)", "X", "X (grad_f + grad_f')"),
        ("E: scalar function; a: n; J = E(a)", "a", "grad_E"),
        # The chain rule, with the gradient in the reader's own name.
        ("f: scalar function; x = A t; given df/dx = g", "t", "A' g"),
        ("f: scalar function; x = A t; given df/dx = g; J = f(x)", "t", "A' g"),
        ("f: scalar function; x = A t; J = f(x); given ∂f/∂x = g", "t", "A' g"),
        ("f: scalar function; x = A t; J = f(x); given dJ/dx = 2 x", "t", "2 A' x"),
        ("loss: scalar function; z = W x; y = loss(z); given dloss/dz = z", "W", "z x'"),
    ],
)
def test_an_unknown_scalar_function_is_derived_through_its_gradient(source: str, wrt: str, expected: str) -> None:
    found = matcalc.derive(source, wrt)
    assert found[wrt].ascii() == expected and found.verification[wrt].status == "proved"
    assert "occurs nowhere" not in found.to_text()


def test_its_gradient_is_that_of_any_function() -> None:
    """Held against differences of one: f(x) = sin(x1) + x1 x2."""
    rng = np.random.default_rng(4)
    A, t = rng.normal(size=(2, 3)), rng.normal(size=3)

    def f(t: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        x = A @ t
        return float(np.sin(x[0]) + x[0] * x[1])

    x = A @ t
    slopes = [(f(t + h) - f(t - h)) / 2e-6 for h in 1e-6 * np.eye(3)]
    found = matcalc.gradient("f: scalar function; x = A t; J = f(x)", "t")
    given = {"A": A, "t": t, "grad_f": [np.cos(x[0]) + x[1], x[0]]}
    np.testing.assert_allclose(found.evaluate({k: given[k] for k in ("A", "grad_f")}), slopes, rtol=1e-6)


@pytest.mark.parametrize(
    "source",
    [
        "f: scalar function; x = A t; J = f(x) + t't",
        "f: scalar function; x = A t; y = f(x); J = y^2",
        "f: scalar function; J = f(A t) f(B t)",
        "f: scalar function; J = 2 f(A t)",
    ],
)
def test_a_part_of_the_objective_is_no_unknown_function(source: str) -> None:
    error = refusal(source, "t")
    assert error.exit_status == 3 and error.text.startswith("f(") and "whole objective" in error.message
