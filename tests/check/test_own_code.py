"""Somebody's own code: what NumPy returns is held against the derivation, and its mistake is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matcalc

Array = Any
RIDGE = "J = ||X w - y||^2 + lam w'w"
NET = "X: n x d; W: d x h; b: h; Y: n x h; J = 1/2 ||tanh(X W + 1 b') - Y||^2"
FORM = "A: n x n; J = x' A x"
SQUARE = "A: n x n; X: n x n; J = tr(A X)"


def hidden(X: Array, W: Array, b: Array, Y: Array) -> Array:
    z = np.tanh(X @ W + b)
    return (z - Y) * (1 - z**2)


def bilinear(A: Array, X: Array, B: Array) -> Array:
    return A.T @ B.T


CASES: list[tuple[str, str, str, Callable[..., Any], str, str]] = [
    ("right", RIDGE, "w", lambda X, w, y, lam: 2 * X.T @ (X @ w - y) + 2 * lam * w, "right", ""),
    ("by position", RIDGE, "w", lambda a, b, c, d: 2 * a.T @ (a @ b - c) + 2 * d * b, "right", ""),
    ("in a dict", RIDGE, "w", lambda **n: {"w": 2 * n["X"].T @ (n["X"] @ n["w"] - n["y"]) + 2 * n["lam"] * n["w"]},
     "right", ""),
    ("single", RIDGE, "w", lambda X, w, y, lam: np.float32(2 * X.T @ (X @ w - y) + 2 * lam * w), "right", ""),
    ("half", RIDGE, "w", lambda X, w, y, lam: X.T @ (X @ w - y) + lam * w, "factor", "1/2 times"),
    ("mean", RIDGE, "w", lambda X, w, y, lam: (2 * X.T @ (X @ w - y) + 2 * lam * w) / len(y), "factor", "1/n times"),
    ("sign", RIDGE, "w", lambda X, w, y, lam: -2 * X.T @ (X @ w - y) - 2 * lam * w, "sign", "negative"),
    ("regularizer", RIDGE, "w", lambda X, w, y, lam: 2 * X.T @ (X @ w - y) + lam * w, "factor", "the factor 0.5"),
    ("lost term", FORM, "x", lambda x, A: A @ x, "product-rule", "occurrence"),
    ("symmetric", "A: n x n; X: n x n; J = tr(X' A X)", "X", lambda X, A: 2 * A @ X, "count", ""),
    ("spread", "J = ||w - y||^2", "w", lambda w, y: 2 * (w[:, None] - y), "shape", "spreads to a square"),
    ("transposed", "J = tr(A X B)", "X", lambda A, X, B: (A.T @ B.T).T, "transpose", "the transpose"),
    ("transposed square", SQUARE, "X", lambda A, X: A, "transpose", "the transpose"),
    ("by rows", "J = tr(A X B)", "X", lambda A, X, B: (A.T @ B.T).ravel(), "layout", "row by row"),
    ("by columns", "J = tr(A X B)", "X", lambda A, X, B: (A.T @ B.T).ravel("F"), "layout", "column by column"),
    ("bias", NET, "b", lambda X, W, b, Y: hidden(X, W, b, Y), "bias", ".sum(axis=0)"),
    ("bias right", NET, "b", lambda X, W, b, Y: hidden(X, W, b, Y).sum(axis=0), "right", ""),
    ("no slope", NET, "W", lambda X, W, b, Y: X.T @ (np.tanh(X @ W + b) - Y), "other", "every entry"),
    ("free", "X: n x n symmetric; A: n x n; J = tr(A X)", "X", lambda X, A: A.T, "convention", "free"),
    ("one entry", SQUARE, "X", lambda A, X: A.T + np.eye(len(A))[:1].T * np.eye(len(A))[:1], "other",
     "entry [0, 0] is wrong"),
    ("a row", SQUARE, "X", lambda A, X: A.T + 3 * np.eye(len(A))[:, :1], "other", "row 0 is wrong"),
    ("diagonal", SQUARE, "X", lambda A, X: A.T + np.eye(len(A)), "other", "the diagonal is wrong"),
    ("raises", RIDGE, "w", lambda X, w, y, lam: X @ y, "unreadable", "raised ValueError"),
    ("words", RIDGE, "w", lambda X, w, y, lam: "2 X w", "unreadable", "no array of numbers"),
    ("no key", RIDGE, "w", lambda X, w, y, lam: {"v": w}, "unreadable", "a dict without w"),
    ("columns", RIDGE, "w", lambda X, w, y, lam: 2 * X.T @ (X @ w - y) + 2 * lam * np.hstack([w, w])[:, :1]
     if w.ndim == 2 else np.hstack([w[:, 5]]), "right", ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "wrt", "code", "kind", "words"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_code_is_diagnosed(source: str, wrt: str, code: Callable[..., Any], kind: str, words: str) -> None:
    found = matcalc.check_function(None, code, source, wrt)
    assert found.kind == kind, str(found)
    assert words in str(found)


def test_the_objective_is_held_against_the_program() -> None:
    def half(X: Array, w: Array, y: Array) -> Array:
        return 0.5 * np.sum((X @ w - y) ** 2)

    def grad(X: Array, w: Array, y: Array) -> Array:
        return X.T @ (X @ w - y)

    found = matcalc.check_function(half, grad, "J = ||X w - y||^2", "w")
    assert found.kind == "factor" and found.notes == ("half is 1/2 times J, so its gradient has that factor, too",)
    right = matcalc.check_function(half, grad, "J = 1/2 ||X w - y||^2", "w")
    assert right.ok and not right.notes
    (note,) = matcalc.check_function(lambda X, w, y: w @ w, grad, "J = 1/2 ||X w - y||^2", "w").notes
    assert "is not J: at the first point it is" in note


def test_inputs_are_copies() -> None:
    def grad(X: Array, w: Array, y: Array) -> Array:
        X *= 0
        return X.T @ (X @ w - y)

    found = matcalc.check_function(lambda X, w, y: ((X @ w - y) ** 2).sum(), grad, "J = ||X w - y||^2", "w")
    assert found.said == "grad returns zeros" and not found.notes


def test_a_slope_that_is_right_on_one_side_only_is_wrong() -> None:
    found = matcalc.check_function(None, lambda W, x, y: np.outer(np.maximum(W @ x, 0) - y, x),
                                   "W: m x n; x: n; y: m; J = 1/2 ||relu(W x) - y||^2", "W")  # fmt: skip
    assert not found.ok


@pytest.mark.parametrize(
    ("code", "source", "words"),
    [
        (lambda X: X, RIDGE, "1 arguments, and the problem has the names X, w, y, lam"),
        (lambda x: x, "J = sum(f(x))", "the unknown function f"),
    ],
)
def test_what_cannot_be_called(code: Callable[..., Any], source: str, words: str) -> None:
    with pytest.raises(matcalc.UnsupportedError, match=words):
        matcalc.check_function(None, code, source, "w" if "w" in source else "x")


def test_code_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    space: dict[str, Any] = {"torch": torch}
    exec("def grad(X, w, y):\n    return 2 * torch.matmul(X.T, torch.matmul(X, w) - y)", space)  # a module that uses it
    assert matcalc.check_function(None, space["grad"], "J = ||X w - y||^2", "w").ok
