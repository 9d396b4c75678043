"""What is guessed of names that nothing declares, held against values in NumPy; what is noted, and what is asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import matcalc

n, d, h, k = 4, 3, 5, 2
RNG = np.random.default_rng(7)


def draw(*shape: int) -> np.ndarray:
    return RNG.uniform(0.5, 1.5, shape)


def logistic(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z)
    return e / e.sum(1, keepdims=True)


X, W, V, Y, y, w, b, G = draw(n, d), draw(d, k), draw(h, d), draw(n, k), draw(n), draw(d), draw(k), draw(n, k)
B, v, r, A = draw(d, n), draw(h), draw(d), draw(n, d)
s = 0.7

READ: dict[str, tuple[dict[str, object], Callable[[], float]]] = {
    # A vector spreads over a matrix.
    "sum((X - rowmean(X)).^2)": ({"X": X}, lambda: ((X - X.mean(1, keepdims=True)) ** 2).sum()),
    "sum(A .* (X ./ rowsum(X)))": ({"A": A, "X": X}, lambda: (A * X / X.sum(1, keepdims=True)).sum()),
    "sum(A .* ((X - colmean(X)) ./ colstd(X)))": ({"A": A, "X": X}, lambda: (A * (X - X.mean(0)) / X.std(0)).sum()),
    "‖X .* r' - A‖^2": ({"X": X, "r": r, "A": A}, lambda: ((X * r - A) ** 2).sum()),
    "X: n x d; r: d; sum(max(X, r) .* min(r, X) .* X)": (
        {"X": X, "r": r}, lambda: (np.maximum(X, r) * np.minimum(X, r) * X).sum(),
    ),
    "X: n x d; y: n; ‖y .* X + 2 exp(y)‖^2": (
        {"X": X, "y": y}, lambda: ((y[:, None] * X + 2 * np.exp(y)[:, None]) ** 2).sum(),
    ),
    "X: n x d; y: n; ‖y ./ X‖^2 + ‖X ./ y‖^2": (
        {"X": X, "y": y}, lambda: ((y[:, None] / X) ** 2 + (X / y[:, None]) ** 2).sum(),
    ),
    "X: n x d; A: n x d; sum(A .* (X - rowmean(X) - colmean(X)))": (
        {"X": X, "A": A}, lambda: (A * (X - X.mean(1, keepdims=True) - X.mean(0))).sum(),
    ),
    "X: n x d; logdet(I_n + X X') + ‖𝟏_n' X‖^2": (
        {"X": X},
        lambda: np.log(np.linalg.det(np.eye(n) + X @ X.T)) + (X.sum(0) ** 2).sum(),
    ),
    # Biases.
    "‖X W + b - Y‖^2": ({"X": X, "W": W, "b": b, "Y": Y}, lambda: ((X @ W + b - Y) ** 2).sum()),
    "-sum(Y .* log(softmax(X W + b)))": (
        {"X": X, "W": W, "b": b, "Y": Y}, lambda: -(Y * np.log(softmax(X @ W + b))).sum(),
    ),
    "‖X W + 2 b‖^2": ({"X": X, "W": W, "b": b}, lambda: ((X @ W + 2 * b) ** 2).sum()),
    "‖W B + c‖^2": ({"W": V, "B": B, "c": v}, lambda: ((V @ B + v[:, None]) ** 2).sum()),
    "‖Θ' B + bias_1‖^2": ({"Theta": V.T, "B": B, "bias_1": v}, lambda: ((V @ B + v[:, None]) ** 2).sum()),
    "‖X w + b - y‖^2": ({"X": X, "w": w, "b": s, "y": y}, lambda: ((X @ w + s - y) ** 2).sum()),
    "‖y - (X W + b)‖^2": ({"X": X, "W": w, "b": s, "y": y}, lambda: ((X @ w + s - y) ** 2).sum()),
    "‖X w - b‖^2": ({"X": X, "w": w, "b": y}, lambda: ((X @ w - y) ** 2).sum()),
    "‖W x + b - y‖^2": ({"W": V, "x": w, "b": v, "y": v}, lambda: ((V @ w) ** 2).sum()),
    # What narrows, and what does not.
    "‖X W - y‖^2": ({"X": X, "W": w, "y": y}, lambda: ((X @ w - y) ** 2).sum()),
    "p = tanh(X W); ‖y - p‖^2": ({"X": X, "W": w, "y": y}, lambda: ((y - np.tanh(X @ w)) ** 2).sum()),
    "‖X W + eps‖^2": ({"X": X, "W": W, "eps": s}, lambda: ((X @ W + s) ** 2).sum()),
    "sum(max(X W, 0) .* Y)": ({"X": X, "W": W, "Y": Y}, lambda: (np.maximum(X @ W, 0) * Y).sum()),
    "‖t X - A‖^2": ({"t": s, "X": X, "A": A}, lambda: ((s * X - A) ** 2).sum()),
    "1/2 w'w + C sum(X w)": ({"w": w, "C": s, "X": X}, lambda: (w @ w) / 2 + s * (X @ w).sum()),
    "‖X w‖^2 / (2 N)": ({"X": X, "w": w, "N": s}, lambda: ((X @ w) ** 2).sum() / (2 * s)),
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_read_as_meant(text: str) -> None:
    values, value = READ[text]
    found = matcalc.read(text)
    assert found.program is not None, str(found.error)
    objective = matcalc.Expr(found.program.objective, found.program.inputs)
    assert objective.evaluate(values) == pytest.approx(value())


GUESSED = {text for text in READ if "max(X W" not in text and "I_n" not in text}


@pytest.mark.parametrize("text", sorted(GUESSED))
def test_a_guess_that_could_change_the_answer_is_noted(text: str) -> None:
    assert matcalc.read(text).notes


@pytest.mark.parametrize("text", READ)
def test_the_text_of_a_reading_is_read_as_the_same_program(text: str) -> None:
    first = matcalc.read(text).program
    again = matcalc.read(matcalc.read(text).text).program
    assert first is not None and again is not None
    assert (again.inputs, again.definitions, again.objective) == (first.inputs, first.definitions, first.objective)


ASKED = {
    "‖x W + b - y‖^2": ["x' W", "W x", "x * W"],
    "‖z A - B‖^2": ["z' A", "z * A"],
    "‖h W2‖^2": ["h' W2", "W2 h", "h * W2"],
    "‖r .* X‖^2": ["(r 1') .* X", "(1 r') .* X", "r * X"],
    "‖X ./ r‖^2": ["X ./ (r 1')", "X ./ (1 r')", "X / r"],
    "L = -y*log(p); J = sum(L)": ["-y .* log(p)", "y: scalar"],
    "L = (1 - y)*log(1 - p); J = sum(L)": ["(1 - y) .* log(1 - p)", "y: scalar"],
    "‖X w - Y‖^2": ["Y: n", "(X w) 1' - Y", "1 (X w)' - Y"],
    "v'v + ‖X - v‖^2": ["X - v 1'", "X - 1 v'"],
    "-sum(Y .* log(softmax(W X + b)))": ["softmax(W X + b, columns)", "softmax(W X + b, rows)"],
    "sum(logsumexp(W2 H))": ["logsumexp(W2 H, columns)", "logsumexp(W2 H, rows)"],
}


@pytest.mark.parametrize("text", ASKED)
def test_asked_with_readings_that_are_read(text: str) -> None:
    found = matcalc.read(text)
    assert found.program is None and isinstance(found.error, matcalc.AmbiguousError)
    assert [question.text for question in found.questions] == ASKED[text]
    for question in found.questions:
        declares = question.text == "Y: n"
        other = matcalc.read(f"{question.text}; {text}" if declares else text.replace(found.error.text, question.text))
        assert other.program is not None, (question.text, str(other.error))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("X: n x n; v: n; ‖X + v‖^2", "write v 1' for it in every column, 1 v' for it in every row"),
        ("X: n x n; v: n; ‖v .* X‖^2", "write (v 1') for it in every column, (1 v') for it in every row"),
        ("X: n x n; v: n; sum(max(X, v))", "write v 1' for it in every column, 1 v' for it in every row"),
        ("r: n; s: 1 x m; ‖r + s‖^2", "for the matrix of all pairs write r 1' and 1 s"),
        ("X : y + ‖X‖^2", ""),
        ("X: n x d; v: k; ‖X + v‖^2", "a column of size n would stand in every column"),
    ],
)
def test_refused(text: str, hint: str) -> None:
    error = matcalc.read(text).error
    assert isinstance(error, matcalc.ShapeError) and hint in error.hint


def test_where_both_directions_fit_a_bias_follows_its_rule() -> None:
    square, c = draw(3, 3), draw(3)
    declared = "X, W: n x n; b: n; "
    for text, expected in (("‖X W + b‖^2", c[None]), ("‖W X + b‖^2", c[:, None])):
        program = matcalc.parse(declared + text)
        found = matcalc.Expr(program.objective, program.inputs).evaluate({"X": square, "W": square, "b": c})
        assert found == pytest.approx(((square @ square + expected) ** 2).sum())


def test_values_of_other_shapes_than_were_understood_are_refused() -> None:
    gradient = matcalc.gradient("tr(A' X) + b' b", "X")
    with pytest.raises(matcalc.ShapeError, match="but X is n×d with"):
        gradient.evaluate({"A": draw(4, 3), "X": draw(5, 3)})
    with pytest.raises(matcalc.ShapeError, match="b is 4×2, but b is h×1"):
        gradient.evaluate({"A": draw(4, 3), "X": draw(4, 3), "b": draw(4, 2)})


def test_a_gradient_through_what_spreads_is_right() -> None:
    program = "X: n x d; G: n x d; Z = (X - colmean(X)) ./ colstd(X); sum(Z .* G)"
    at = {"X": X, "G": A}
    found = np.asarray(matcalc.gradient(program, "X").evaluate(at))

    def value(x: np.ndarray) -> float:
        return float(((x - x.mean(0)) / x.std(0) * A).sum())

    for i in range(n):
        for j in range(d):
            step = np.zeros_like(X)
            step[i, j] = 1e-6
            assert found[i, j] == pytest.approx((value(X + step) - value(X - step)) / 2e-6, abs=1e-5)


def test_a_state_that_starts_at_zero_is_no_matrix() -> None:
    program = matcalc.parse("layers l = 1..2: h[l] = tanh(W[l] h[l-1] + b[l]); h[0] = 0; J = ‖h[2]‖^2")
    assert [s.shape[1] for s in program.definitions if s.name.startswith("h[")] == [1, 1, 1]
