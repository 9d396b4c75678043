"""Formulas as readers write them are read under the program's names, with their places in the reader's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import matcalc
from matcalc import Expr
from matcalc.check.claims import claims
from matcalc.check.formulas import Answer, ReaderNames, read_answer, side_of
from matcalc.syntax.tree import walk

Array = NDArray[np.float64]
LINEAR = "Y: n x k; J = 1/2||X W - Y||^2"
NETWORK = "z1 = X W1; a1 = tanh(z1); z2 = a1 W2; yhat = tanh(z2); J = ||yhat - y||^2"


def answer(text: str, source: str = LINEAR, wrt: str = "W") -> Answer:
    program = matcalc.parse(source)
    variable = program.symbol(wrt)
    return read_answer(text, ReaderNames(program, [wrt]), variable)


def value(found: Answer, **values: Array) -> Any:
    assert found.read is not None
    return Expr(found.read.node).evaluate(values)


RNG = np.random.default_rng(5)
X, W, Y = (RNG.standard_normal(shape) for shape in ((4, 3), (3, 2), (4, 2)))
X_E = X.T @ (X @ W - Y)
X_Y = X.T @ Y

READ: list[tuple[str, Array]] = [
    ("X'(X W - Y)", X_E),
    ("X'(X W – Y)", X_E),
    ("X.T @ (X @ W - Y)", X_E),
    ("X' * (X * W - Y)", X_E),
    ("= X'Y", X_Y),
    ("the gradient is X'(X W - Y).", X_E),
    ("so dJ/dW = X'Y", X_Y),
    ("dJ/dW = X'(X W - Y)", X_E),
    ("∂J/∂W = X' Y", X_Y),
    ("d/dW J = X' Y", X_Y),
    ("∇_W J = X'(X W - Y)", X_E),
    ("∇J = X' Y", X_Y),
    ("∇J(W) = X' Y", X_Y),
    ("grad_W J = X'Y", X_Y),
    ("grad = X'Y", X_Y),
    ("G = X'Y", X_Y),
    ("dW = X' Y", X_Y),
    ("J_W = X' Y", X_Y),
    (r"\frac{\partial L}{\partial W} = X^\top (XW - Y)", X_E),
    (r"\frac{dJ}{dW} = X^T(XW-Y)", X_E),
    (r"\nabla_{\mathbf{W}} J = \mathbf{X}^\top(\mathbf{X}\mathbf{W}-\mathbf{Y})", X_E),
    (r"$$\nabla_W J = 2 X^T(XW-Y)$$", 2 * X_E),
    (r"\nabla_WJ(W) = X^T Y", X_Y),
    ("X^T(XW - Y)", X_E),
    ("The gradient of J with respect to W is X'(X W - Y).", X_E),
    ("```\nX'(X W - Y)\n```", X_E),
    ("J'(W) = X'(X W - Y)", X_E),
    ("dJ = X' Y : dW", X_Y),
    ("dJ = tr(Y' X dW)", X_Y.T),
    (r"\mathrm{d}J = \operatorname{tr}\left(Y^T X \mathrm{d}W\right)", X_Y.T),
    ("X.T @ (X @ W - Y) * 2", 2 * X_E),
    ("np.exp(W) * W + 0 * X.T @ Y", np.exp(W) * W),
    ("W .* (W > 0)", W * (W > 0)),
    # Transposes, vec, entries.
    (r"\frac{\partial J}{\partial W_{ij}} = \sum_k x_{ki} y_{kj}", X_Y),
    ("(dJ/dW)' = Y' X", X_Y.T),
    ("vec(dJ/dW) = kron(I, X') vec(X W - Y)", X_E.T.reshape(-1)),
    ("dJ/dvec(W) = kron(I, X') vec(X W - Y)", X_E.T.reshape(-1)),
    ("dJ/dW_ij = Σ_k X_ki (X W - Y)_kj", X_E),
    ("dJ/dW_jk = Σ_i X_ij Y_ik", X_Y),
    ("dJ/dW_ij = Σ_k X'_ik Y_kj", X_Y),
    ("dL/dW[i,j] = Σ_k X[k,i] Y[k,j]", X_Y),
    ("(dJ/dW)_ij = Σ_k X_ki Y_kj", X_Y),
    ("Σ_k X_ki Y_kj", X_Y),
    ("G_ij = Σ_k X_ki Y_kj", X_Y),
    ("dJ/dW_ij = 2 W_ij", 2 * W),
    ("dJ/dW_ij = Σ_k X_ki tanh(X W)_kj", X.T @ np.tanh(X @ W)),
    (r"\frac{\partial L}{\partial W_{ij}} = \sum_k X_{ki} (XW-Y)_{kj}", X_E),
    (r"\left[\frac{\partial L}{\partial W}\right]_{ij} = \sum_k X^T_{ik} Y_{kj}", X_Y),
    # Several lines.
    ("d = X W - Y; dJ/dW = X' d", X_E),
    ("E = X W - Y\ndJ/dW = X' E", X_E),
    ("E = X W - Y  # the residual\ndJ/dW = X' X W - X' Y\n  = X' E", X_E),
    ("E = X W -\n  Y\nX' E", X_E),
    ("dJ/dW = X' R where R = X W - Y", X_E),
    ("X'(Ŷ - Y) where Ŷ = X W", X_E),
    ("dJ/dW = X' R, R = X W - Y", X_E),
    ("E = X W - Y => dJ/dW = X' E", X_E),
    ("dJ/dA = X W - Y; dJ/dW = X' dJ/dA", X_E),
    ("e_kj = Σ_i X_ki W_ij - Y_kj; dJ/dW = X' e", X_E),
    (r"\begin{align}\delta &= X W-Y\\ \nabla_{W} J &= X^T\delta\end{align}", X_E),
    (r"\delta_2 = XW - Y;\; \frac{\partial J}{\partial W} = X^T \delta_2", X_E),
    ("We have $E = XW - Y$ and so\n$$\\frac{\\partial J}{\\partial W} = X^\\top E.$$", X_E),
    (r"\frac{dJ}{dW} = X^T E, \quad E = XW - Y", X_E),
    (r"\frac{dJ}{dW} = X^T E \text{ where } E = XW - Y", X_E),
    (r"D = \hat Y - Y, \quad \hat Y = XW \\ \frac{dJ}{dW} = X^T D", X_E),
    ("1. E = X W - Y\n2. dJ/dW = X' E", X_E),
    ("E = X W - Y. Then dJ/dW = X' E.", X_E),
    ("Let $E = XW - Y$, where $Y$ is what we want.\n\n```math\n\\nabla_W J = X^T E\n```\n", X_E),
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text for text, _ in READ])
def test_an_answer_is_read(text: str, expected: Array) -> None:
    np.testing.assert_allclose(value(answer(text), X=X, W=W, Y=Y), expected, rtol=1e-12)


def test_names_of_the_program_and_of_the_derivation_are_known() -> None:
    values = {"X": X, "W1": W, "W2": RNG.standard_normal((2, 1)), "y": RNG.standard_normal(4)}
    a1 = np.tanh(X @ W)
    yhat = np.tanh(a1 @ values["W2"][:, 0])
    expected = a1.T @ (2 * (yhat - values["y"]) * (1 - yhat**2))
    for text in (
        "2 a1' ((yhat - y) .* (1 - yhat^2))",
        "a1' delta2",
        r"\frac{\partial J}{\partial W_2} = a_1^T \delta_2",
    ):
        np.testing.assert_allclose(value(answer(text, NETWORK, "W2"), **values), expected, rtol=1e-12)


def test_a_name_that_a_later_line_defines_is_not_that_of_the_derivation() -> None:
    values = {"X": X, "W1": W, "W2": RNG.standard_normal((2, 1)), "y": RNG.standard_normal(4)}
    expected = np.tanh(X @ W).T @ np.tanh(values["y"])
    text = "e = delta2; delta2 = tanh(r), r = y; dJ/dW2 = a1' e"
    np.testing.assert_allclose(value(answer(text, NETWORK, "W2"), **values), expected, rtol=1e-12)


def test_parts_have_their_places_in_the_readers_text() -> None:
    text = "E = X W - Y\n$$\n\\frac{dJ}{dW} = X^T (X W - Y)\n$$"
    read = answer(text).read
    assert read is not None
    tree = read.tree
    shown = {text[part.start : part.end] for part in walk(tree)}
    assert {"X^T (X W - Y)", "X^T", "X W - Y", "Y"} <= shown


SIDES: list[tuple[str, Callable[[], tuple[str, str, str, bool, bool]]]] = [
    ("dJ/dW1", lambda: ("", "W1", "", False, False)),
    (r"\frac{\partial J}{\partial W_1}", lambda: ("", "W1", "", False, False)),
    (r"\nabla_{W_2} J", lambda: ("", "W2", "", False, False)),
    (r"\nabla_{W_2}J", lambda: ("", "W2", "", False, False)),
    (r"\left(\frac{\partial J}{\partial W_1}\right)^\top", lambda: ("", "W1", "", True, False)),
    (r"\operatorname{vec}(\nabla_{W_1} J)", lambda: ("", "W1", "", False, True)),
    ("[dJ/dW1]_ij", lambda: ("", "W1", "ij", False, False)),
    ("dW2", lambda: ("dW2", "W2", "", False, False)),
    ("d2", lambda: ("d2", "", "", False, False)),
    ("yhat", lambda: ("yhat", "", "", False, False)),
]


@pytest.mark.parametrize(("left", "expected"), SIDES, ids=[left for left, _ in SIDES])
def test_what_a_left_side_says(left: str, expected: Callable[[], tuple[str, str, str, bool, bool]]) -> None:
    found = side_of(left, ["W1", "W2", "J"])
    assert (found.name, found.by, "".join(found.letters), found.turned, found.stacked) == expected()


REFUSED = [
    ("", "no formula"),
    ("   \n ", "no formula"),
    ("X' (X W - Y", "( is never closed\n    X' (X W - Y\n       ^"),
    ("nan", "nan does not occur"),
    ("X' (Y X)", "Y is n×k and X is n×d"),
    ("E = X W - Y\nX' E + Z", "line 2, column 8: Z does not occur in the program\n    X' E + Z\n           ^"),
    ("\x00\x01\x02", ""),
    ("X'" * 20_000, ""),
    ("+" * 10_000, ""),
    ("(" * 10_000, ""),
    ("dJ/dW = ", ""),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[repr(text[:20]) for text, _ in REFUSED])
def test_what_cannot_be_read_says_where(text: str, message: str) -> None:
    try:
        error = answer(text).error
    except matcalc.MatcalcError as raised:
        error = raised
    assert message in str(error)


def test_claims_of_a_chain_keep_their_left_side_and_line() -> None:
    text = "dE = G : dA\n   = B' G : dC\nE = 3"
    found = [(claim.left, text[claim.start : claim.end], claim.line(text), claim.chained) for claim in claims(text)]
    assert found == [("dE", "G : dA", 1, False), ("dE", "B' G : dC", 2, True), ("E", "3", 3, False)]
