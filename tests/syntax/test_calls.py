"""Calls or products: which names before a bracket are functions."""

from __future__ import annotations

import numpy as np
import pytest
from syntax.reading import refusal

from matcalc import meaning
from matcalc.errors import ParseError, UnknownNameError
from matcalc.syntax import parse

FUNCTIONS = {
    "J = sum(f(X))": ("f",),
    "J = sum(f (X))": ("f",),
    "J = sum(f(X) + g(X))": ("f", "g"),
    "J = sum(f'(X))": ("f",),
    "J = sum(f(x) .* f'(x))": ("f",),
    "J = sum(phi(X))": ("phi",),
    "J = sum(φ(X))": ("phi",),
    "J = sum(act(X))": ("act",),
    "F: elementwise; J = sum(F(X))": ("F",),
    "q: elementwise; J = sum(q'(X))": ("q",),
    "J = sum(tanh(X))": (),
    "J = sum(σ(X))": (),
    "J = kron(x, y)' z + var(X)": (),
    "rank: elementwise; J = sum(rank(X))": (),
    # Factors.
    "J = sum(X'(X w - y))": (),
    "J = sum(A(B + C))": (),
    "J = x'(A x)": (),
    "J = x'(A y)": (),
    "J = lam (x'x) + lam": (),
    "a: scalar; J = a(x'x)": (),
    "a = 2; J = a(x'x)": (),
    "X: n x d; J = n(sum(X))": (),
    "sigma: scalar; J = sigma(x'x)": (),
}


@pytest.mark.parametrize(("text", "functions"), FUNCTIONS.items())
def test_functions(text: str, functions: tuple[str, ...]) -> None:
    assert parse(text).functions == functions


def test_a_function_is_not_an_input() -> None:
    assert [s.name for s in parse("J = sum(f(X))").inputs] == ["X"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("J = x'(A y)", "x'(…) is read as a product with x transposed: x is not a function"),
        ("J = sum(Net(X + Y))", "Net(…) is read as a product: a name with a capital is a matrix"),
    ],
)
def test_a_product_that_looks_like_a_call_is_noted(text: str, note: str) -> None:
    assert note in parse(text).notes


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("J = sum(clip(x, 1))", "clip(A, s, t) is every entry of A, s where it is less, t where it is more"),
        ("J = det(A, B)", "det(A) is the determinant of A"),
        ("x: n; J = norm(x, 3)", "1, 2, inf, fro and nuc are read; of a vector the 3-norm is sum(abs(x).^3)^(1/3)"),
        ("x: n; J = norm(x, p)", "1, 2, inf, fro and nuc are read; of a vector the p-norm is sum(abs(x).^p)^(1/p)"),
    ],
)
def test_a_wrong_number_of_arguments_says_what_the_function_is(text: str, hint: str) -> None:
    assert refusal(text).hint == hint


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("J = sum(f(X) + f)", 9, "f(…) reads as a call, but at line 1, column 16 f stands as a value"),
        ("J = (a - y) .* a(1 - a)", 16, "a(…) reads as a call, but at line 1, column 6 a stands as a value"),
        ("f: elementwise; J = f + 1", 21, "f is a function, and here it has no argument"),
        (
            "sum = 2; J = sum(x)",
            14,
            "sum is the name of a function, and this program uses it for something else as well",
        ),
        ("J = inv'(A)", 5, "inv is not a function of the entries, so there is no inv'"),
        ("J = sum(f(x, y))", 9, "f takes 1 argument, but is given 2"),
        ("J = max(x, y, z)", 5, "max takes 1 or 2 arguments, but is given 3"),
        ("J = step_ge(x)", 5, "step_ge takes 2 arguments, but is given 1"),
        ("J = sum(kron(A))", 9, "kron takes 2 arguments or more, but is given 1"),
        ("J = sum(unvec(a, n))", 9, "unvec takes 3 arguments, but is given 2"),
        ("J = sum(layer_norm(A, 1, 2))", 9, "layer_norm takes 1 or 2 arguments, but is given 3"),
        ("J = expm'(A)", 5, "expm is not a function of the entries, so there is no expm'"),
        ("J = var", 5, "var is a function, and here it has no argument"),
        ("J = max' x", 5, "max is a function, and here it has no argument"),
        (
            "std: n; J = std' x + std(x)",
            22,
            "std is the name of a function, and this program uses it for something else as well",
        ),
        (
            "var: elementwise; J = sum(var(x))",
            1,
            "var is a function of the notation already, and not one of the entries",
        ),
        ("J = softmax(x, y)", 16, "the second argument is `rows` or `columns`"),
    ],
)
def test_a_name_used_both_ways_or_wrongly(text: str, column: int, message: str) -> None:
    error = refusal(text)
    assert type(error) is ParseError
    assert (error.message, error.line, error.column) == (message, 1, column)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("J = sum(sigmod(X))", "did you mean sigmoid?"),
        ("J = trac(X)", "did you mean trace?"),
        ("J = sum(Exp(X))", "write exp(…)"),
        ("J = dot(x, y)", "write x' y"),
        ("J = sum(hstack(A, B))", "write [A, B]"),
        ("J = sum(vertcat(A, B))", "write [A; B]"),
        ("J = sum(square(x))", "write x^2"),
    ],
)
def test_unknown_functions(text: str, hint: str) -> None:
    error = refusal(text)
    assert type(error) is UnknownNameError
    assert error.hint.startswith(hint)


def test_a_name_of_a_function_that_is_not_called_is_free() -> None:
    assert [s.name for s in parse("mean = X w; J = ||mean||").definitions] == ["mean", "J"]


DECLARED = {
    "var = X w; J = ||var||": ("X", "w"),
    "std: n; J = std' x": ("std", "x"),
    "max: n; J = max' x": ("max", "x"),
    "kron: n x n; J = tr(kron)": ("kron",),
    "rows: n; J = sum(max(x, rows))": ("x", "rows"),
    "columns: n; J = sum(kron(x, columns))": ("x", "columns"),
}


@pytest.mark.parametrize(("text", "names"), DECLARED.items())
def test_a_value_may_have_the_name_of_a_function_or_an_option(text: str, names: tuple[str, ...]) -> None:
    assert tuple(s.name for s in parse(text).inputs) == names


def test_an_option_is_a_name_where_no_option_can_be() -> None:
    found = parse("rows: n; J = sum(max(x, rows))").objective.definition
    assert repr(found) == "sum(max(x, rows))"
    assert repr(parse("rows: n; J = sum(softmax(Z, rows))").objective.definition) == "sum(softmax_rows(Z))"


@pytest.mark.parametrize("name", ["sigma", "logistic", "trace", "average"])
def test_a_declared_function_is_no_other_spelling(name: str) -> None:
    found = parse(f"{name}: elementwise; J = sum({name}(x))").objective.definition
    assert repr(found) == f"sum({name}(x))"


AT = {
    "p": np.array([0.2, 0.5, 0.3]),
    "q": np.array([0.6, 0.1, 0.3]),
    "y": np.array([1.0, 0.0, 1.0]),
    "X": np.array([[0.3, 0.5], [0.2, 0.4], [0.6, 0.1]]),
    "w": np.array([0.7, 0.3]),
}
P, Q, Y = AT["p"], AT["q"], AT["y"]
FIT = AT["X"] @ AT["w"]
MIDDLE = (P + Q) / 2
BINARY = -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).sum()
LOSSES = {
    "KL(p, q)": (P * np.log(P / Q)).sum(),
    "KL(q, p)": (Q * np.log(Q / P)).sum(),
    "D_KL(p || q)": (P * np.log(P / Q)).sum(),
    "KL(p | q)": (P * np.log(P / Q)).sum(),
    r"D_{KL}(p \| q)": (P * np.log(P / Q)).sum(),
    r"\mathrm{KL}\left(q \,\middle\|\, p\right)": (Q * np.log(Q / P)).sum(),
    "kl_div(p, X w)": (P * np.log(P / FIT)).sum(),
    "JS(p, q)": (P * np.log(P / MIDDLE) + Q * np.log(Q / MIDDLE)).sum() / 2,
    "H(p, q)": -(P * np.log(Q)).sum(),
    "entropy(p)": -(P * np.log(P)).sum(),
    "Entropy(p)": -(P * np.log(P)).sum(),
    "cross_entropy(y, X w)": -(Y * np.log(FIT)).sum(),
    "CE(p, p + q)": -(P * np.log(P + Q)).sum(),
    "CE(p + q, p)": -((P + Q) * np.log(P)).sum(),
    r"\mathrm{CE}(y, Xw)": -(Y * np.log(FIT)).sum(),
    "CrossEntropyLoss(y, p)": -(Y * np.log(P)).sum(),
    "nll(y, p)": -(Y * np.log(P)).sum(),
    "BCE(y, p)": BINARY,
    "log_loss(y, p)": BINARY,
    "binary_cross_entropy(y, p)": BINARY,
    "bce_with_logits(y, X w)": (np.log1p(np.exp(FIT)) - Y * FIT).sum(),
    "MSE(y, X w)": ((Y - FIT) ** 2).mean(),
    "mse_loss(X w, y)": ((Y - FIT) ** 2).mean(),
    "mse(X w - y)": ((Y - FIT) ** 2).mean(),
    "MSE(p)": (P**2).mean(),
    r"\operatorname{MSE}(y, Xw)": ((Y - FIT) ** 2).mean(),
    "RMSE(y, X w)": np.sqrt(((Y - FIT) ** 2).mean()),
    "MAE(y, p - q)": np.abs(Y - P + Q).mean(),
    "l1_loss(y, p)": np.abs(Y - P).mean(),
    "SSE(y, X w)": ((Y - FIT) ** 2).sum(),
    "RSS(y, X w)": ((Y - FIT) ** 2).sum(),
    "hinge(2 y - 1, X w)": np.maximum(0, 1 - (2 * Y - 1) * FIT).sum(),
    "gini(p)": 1 - (P**2).sum(),
    "perplexity(p)": np.exp(-(P * np.log(P)).sum()),
    "TV(p, q)": np.abs(P - Q).sum() / 2,
    "sum(logit(p))": np.log(P / (1 - P)),
    "dist(p, q)": np.linalg.norm(P - Q),
    "cos_sim(p, q)": P @ Q / np.linalg.norm(P) / np.linalg.norm(Q),
    "2 KL(p, q)": (P * np.log(P / Q)).sum(),
    "w'w - entropy(p)": -(P * np.log(P)).sum(),
}


@pytest.mark.parametrize(("text", "value"), LOSSES.items())
def test_loss_is_refused_with_its_formula_in_the_words_of_the_text(text: str, value: float) -> None:
    """What the hint says to write is read, in the language of the text, and has the value of the loss."""
    hint = refusal(text).hint
    written = hint.removeprefix("write ").partition("; ")[0].partition(", if ")[0]
    assert hint.startswith("write "), hint
    source = f"\\alpha = 2; {written}" if "\\" in text else written
    node = parse(source, ["p, q, y: 3", "X: 3 x d", "w: d"]).objective.definition
    assert node is not None
    (found,) = meaning.evaluate([node], AT)
    np.testing.assert_allclose(found.ravel(), np.ravel(value))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("KL(p)", "KL(p, q) is sum(p .* log(p ./ q))"),
        ("BCE(p)", "BCE(y, p) is -sum(y .* log(p) + (1 - y) .* log(1 - p))"),
        ("RSS(w)", "RSS(y, p) is sum((y - p).^2)"),
        ("c(x, y)", "give its formula"),
        ("L(y, p)", "give its formula"),
        (r"p(y \| x)", "density"),
        ("Log(p)", "log(…)"),
        ("2 CE(y, p)", "write (-sum(y .* log(p)))"),
        ("cross_entropy(p, y)", "write -sum(p .* log(y)), if p are the targets"),
        ("CE(softmax(z), t)", "write -sum(t .* log(softmax(z))), if t are the targets"),
    ],
)
def test_what_is_said_of_other_calls_of_losses(text: str, says: str) -> None:
    assert says in refusal(text).hint


def test_entropy_of_one_letter_is_a_product_and_noted() -> None:
    assert any("-sum(p .* log(p))" in str(note) for note in parse("H(p)").notes)


@pytest.mark.parametrize(
    "text", ["L1(x)", "h(x)", "mse = x'x; mse", "CE: n x n; CE(x)", "entropy: elementwise; entropy(x)"]
)
def test_names_of_losses_that_are_something_else(text: str) -> None:
    assert parse(text).objective.definition is not None
