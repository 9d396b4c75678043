"""Gauss-Newton matrices against differences of r and g; Fisher matrices against the expected square of the score."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import exp, factorial
from typing import Any

import numpy as np
import pytest
from finite import evaluate
from moves import FOURTH, Values, moved, units

import matcalc
from matcalc.api.gauss_newton import GaussNewton
from matcalc.cli import run
from matcalc.expr import Node, Symbol, dims, expand

NET = "W2: k x h; W1: h x d; x: d; y: k; "
LOGISTIC = "J = sum(log(1 + exp(X w))) - y' X w"
F = {"f": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda z: -2 * np.tanh(z) * (1 - np.tanh(z) ** 2))}

# text, variable, r as a formula, the matrix ("" where only the values count)
CASES = [
    ("J = ||X w - y||^2", "w", ["X w - y"], "2 X' X"),
    ("J = 1/2 ||f(X w) - y||^2", "w", ["f(X w) - y"], "X' diag(f'(X w).^2) X"),
    (NET + "J = 1/2 ||W2 f(W1 x) - y||^2", "W1", ["W2 f(W1 x) - y"],
     "(x x') ⊗ (M W2' W2 M)"),
    (NET + "J = 1/2 ||W2 f(W1 x) - y||^2", "W2", ["W2 f(W1 x) - y"], "(a a') ⊗ I_k"),
    (LOGISTIC, "w", ["X w"], "X' diag(s ⊙ (1 - s)) X"),
    ("J = -sum(y .* log(sigmoid(X w)) + (1 - y) .* log(1 - sigmoid(X w)))", "w", ["X w"],
     "X' diag(s ⊙ (1 - s)) X"),
    (NET + "J = -sum(y .* log(softmax(W2 f(W1 x))))", "W1", ["W2 f(W1 x)"], ""),
    (NET + "z = W2 tanh(W1 x); J = -y' log_softmax(z)", "W1", ["W2 tanh(W1 x)"], ""),
    ("W: k x d; x: d; y: k; J = -sum(y .* log(softmax(W x)))", "W", ["W x"],
     "sum(y) (x x') ⊗ (diag(p) - p p')"),
    ("J = -sum(Y .* log(softmax(X W)))", "W", ["X W"], ""),
    ("J = sum(logsumexp(X W)) - tr(Y' X W)", "W", ["X W"], ""),
    ("J = ||X w - y||^2 + lam ||w||^2", "w", ["X w - y", "w"], "2 (X' X + lam I)"),
    (LOGISTIC + " + lam w' w", "w", ["X w", "w"], "X' diag(s ⊙ (1 - s)) X + 2 lam I"),
    ("J = 1/n (" + LOGISTIC[4:] + ")", "w", ["X w"], "X' diag(s ⊙ (1 - s)) X / n"),
    ("J = sum(exp(X w) - y .* (X w))", "w", ["X w"], "X' diag(exp(z)) X"),
    ("S: n x n pd; J = 1/2 (y - f(X w))' inv(S) (y - f(X w))", "w", ["y - f(X w)"],
     "X' M inv(S) M X"),
    ("X: n x d; W1: d x h; W2: h x k; Y: n x k; J = ||tanh(X W1) W2 - Y||^2", "W1", ["tanh(X W1) W2 - Y"], ""),
    ("X: n x d; W1: d x h; W2: h x k; Y: n x k; J = ||tanh(X W1) W2 - Y||^2", "W2", ["tanh(X W1) W2 - Y"], ""),
    ("J = 1/2 ||sigmoid(X w) - y||^2", "w", ["sigmoid(X w) - y"], ""),
    ("J = ||X - U V'||^2 + lam ||U||^2", "U", ["X - U V'", "U"], ""),
    ("J = sum(exp(f(X w)))", "w", ["f(X w)"], ""),
    ("x: 2; J = 1/2 sum((exp(A x) - b).^2)", "x", ["exp(A x) - b"], ""),
    ("p = sigmoid(X w); J = 1/2 ||p - y||^2", "w", ["sigmoid(X w) - y"], ""),
]  # fmt: skip


def sized(found: GaussNewton) -> tuple[dict[str, Any], dict[str, int]]:
    draw = np.random.default_rng(3)
    inputs = found.program.inputs
    sizes = {name: 2 + n % 2 for n, name in enumerate(dims(*inputs))}
    values = {}
    for s in inputs:
        rows, columns = (d if isinstance(d, int) else sizes[str(d)] for d in s.shape)
        values[s.name] = draw.uniform(0.2, 0.9, (rows, columns))
        if "pd" in s.attributes:
            values[s.name] = values[s.name] @ values[s.name].T + np.eye(rows)
    return values, sizes


def slopes(of: Node, name: str, values: dict[str, Any], sizes: dict[str, int]) -> Any:
    """The Jacobian, entries stacked by columns."""
    ways = units(values[name].shape)
    return np.column_stack([moved(lambda at: stacked(of, at, sizes), [(name, u)], values, 1e-3, FOURTH) for u in ways])


def bends(of: Node, name: str, values: dict[str, Any], sizes: dict[str, int]) -> Any:
    """The Hessian of a scalar."""
    pairs = [[((name, u), (name, v)) for v in units(values[name].shape)] for u in units(values[name].shape)]
    return np.array([[moved(lambda at: stacked(of, at, sizes).item(), p, values, 1e-3) for p in row] for row in pairs])


def stacked(of: Node, values: Values, sizes: dict[str, int]) -> Any:
    return evaluate([of], values, sizes, F)[0].ravel("F")


@pytest.mark.parametrize(("text", "wrt", "residuals", "matrix"), CASES, ids=[f"{t} by {w}" for t, w, *_ in CASES])
def test_gauss_newton(text: str, wrt: str, residuals: list[str], matrix: str) -> None:
    found = matcalc.gauss_newton(text, wrt, verify=False)
    assert [str(matcalc.Expr(p.residual.definition or p.residual)) for p in found.parts] == residuals
    assert not matrix or str(found) == matrix
    values, sizes = sized(found)
    total = 0
    for part in found.parts:
        r = expand(part.residual)
        jacobian = slopes(r, wrt, values, sizes)
        here = {**values, part.residual.name: evaluate([r], values, sizes, F)[0]}
        middle = bends(part.loss.gradient.program.objective, part.residual.name, here, sizes)
        total = total + jacobian.T @ middle @ jacobian
    claimed = evaluate([expand(found.node)], values, sizes, F)[0]
    assert claimed == pytest.approx(total, abs=2e-5 * max(1, abs(total).max()))
    direction = np.random.default_rng(4).normal(size=values[wrt].shape)
    along = evaluate([expand(found.operator.node)], {**values, f"d{wrt}": direction}, sizes, F)[0]
    assert along.ravel("F") == pytest.approx(claimed @ direction.ravel("F"), abs=1e-9 * max(1, abs(claimed).max()))
    assert found.curvature.startswith("positive semidefinite")
    assert np.linalg.eigvalsh((claimed + claimed.T) / 2).min() > -1e-9 * abs(claimed).max()


def outcomes(model: str, shape: tuple[int, int], mean: Any, precision: Any) -> Iterator[tuple[Any, float]]:
    """Data and their probabilities under a model."""
    flat = mean.ravel("F")
    if model == "categorical":
        rows = mean if shape[1] > 1 else mean.T
        for chosen in product(range(rows.shape[1]), repeat=len(rows)):
            y = np.zeros(rows.shape)
            y[range(len(rows)), chosen] = 1
            yield (y if shape[1] > 1 else y.T), float(np.prod(rows[range(len(rows)), chosen]))
    elif model == "Gaussian":  # by Gauss-Hermite quadrature, exact for squares of what is linear in y
        nodes, weights = np.polynomial.hermite_e.hermegauss(4)
        root = np.linalg.inv(np.linalg.cholesky(precision)).T
        for at in product(range(4), repeat=len(flat)):
            weight = float(np.prod(weights[list(at)] / weights.sum()))
            yield (flat + root @ nodes[list(at)]).reshape(shape, order="F"), weight
    elif model == SIGNS:
        yield from ((2 * y - 1, p) for y, p in outcomes("Bernoulli", shape, mean, precision))
    else:
        each = range(2) if model == "Bernoulli" else range(30)
        for y in product(each, repeat=len(flat)):
            p = [m**k * (1 - m) ** (1 - k) if model == "Bernoulli" else m**k * exp(-m) / factorial(k)
                 for m, k in zip(flat, y, strict=True)]  # fmt: skip
            if (probability := float(np.prod(p))) > 1e-13:
                yield np.array(y, dtype=float).reshape(shape, order="F"), probability


SIGNS = "Bernoulli of 1 and -1"
# text, variable, data, model, its mean as a formula, by how much the loss is multiplied
MODELS = [
    (LOGISTIC, "w", "y", "Bernoulli", "sigmoid(X w)"),
    ("J = -sum(y .* log(sigmoid(X w)) + (1 - y) .* log(1 - sigmoid(X w)))", "w", "y", "Bernoulli", "sigmoid(X w)"),
    ("J = sum(softplus(f(X w)) - y .* f(X w))", "w", "y", "Bernoulli", "sigmoid(f(X w))"),
    ("J = sum(log(1 + exp(-y .* (X w))))", "w", "y", SIGNS, "sigmoid(X w)"),
    ("J = -sum(log(sigmoid(y .* f(X w))))", "w", "y", SIGNS, "sigmoid(f(X w))"),
    ("y: scalar; J = softplus(-y (x' w))", "w", "y", SIGNS, "sigmoid(x' w)"),
    (NET + "J = -sum(y .* log(softmax(W2 f(W1 x))))", "W1", "y", "categorical", "softmax(W2 f(W1 x))"),
    (NET + "J = logsumexp(W2 f(W1 x)) - y' W2 f(W1 x)", "W1", "y", "categorical", "softmax(W2 f(W1 x))"),
    ("J = -sum(Y .* log(softmax(X W)))", "W", "Y", "categorical", "softmax(X W)"),
    ("J = sum(exp(X w) - y .* (X w))", "w", "y", "Poisson", "exp(X w)"),
    ("m = exp(X w); J = sum(m - y .* log(m))", "w", "y", "Poisson", "exp(X w)"),
    ("x: 2; J = sum(softplus(x) - y .* log(softplus(x)))", "x", "y", "Poisson", "softplus(x)"),
    ("J = 1/2 ||f(X w) - y||^2", "w", "y", "Gaussian", "f(X w)"),
    ("J = ||X w - y||^2", "w", "y", "Gaussian", "X w"),
    ("S: n x n pd; J = 1/2 (y - f(X w))' inv(S) (y - f(X w))", "w", "y", "Gaussian", "f(X w)"),
    ("J = 1/2 ||sigmoid(X w) - y||^2", "w", "y", "Gaussian", "sigmoid(X w)"),
]


@pytest.mark.parametrize(("text", "wrt", "data", "model", "mean"), MODELS, ids=[t for t, *_ in MODELS])
def test_fisher(text: str, wrt: str, data: str, model: str, mean: str) -> None:
    """It is the expected outer product of the score, which is taken by differences of the loss itself."""
    found = matcalc.fisher(text, wrt, verify=False)
    assert found.model == model.split()[0] and found.curvature.startswith("positive semidefinite, as")
    values, sizes = sized(found)
    of = expand(found.program.objective)
    declared = "; ".join(f"{s.name}: {s.shape[0]} x {s.shape[1]}" for s in found.program.inputs if s.shape != (1, 1))
    mean_ = evaluate([expand(matcalc.parse(f"{declared}\nf: elementwise\nM = {mean}").objective)], values, sizes, F)[0]
    middle = evaluate([expand(found.parts[0].middle)], values, sizes, F)[0]
    total = 0
    for y, probability in outcomes(model, mean_.shape, mean_, middle):
        score = slopes(of, wrt, {**values, data: y}, sizes)
        total = total + probability * score.T @ score
    claimed = evaluate([expand(found.node)], values, sizes, F)[0]
    assert claimed == pytest.approx(total, abs=1e-7 * max(1, abs(total).max()))


@pytest.mark.parametrize(
    ("text", "wrt", "same"), [(LOGISTIC, "w", True), (NET + "J = -sum(y .* log(softmax(W2 f(W1 x))))", "W1", False)]
)
def test_the_fisher_matrix_of_a_natural_parameter_is_the_gauss_newton_matrix(text: str, wrt: str, same: bool) -> None:
    one, other = matcalc.gauss_newton(text, wrt, verify=False), matcalc.fisher(text, wrt, verify=False)
    assert (str(one) == str(other)) == same  # sum(y) is 1 for the data of the model
    assert str(one).removeprefix("sum(y) ") == str(other)


@pytest.mark.parametrize("make", [matcalc.gauss_newton, matcalc.fisher])
def test_it_is_proved(make: Any) -> None:
    found = make("J = 1/2 ||f(X w) - y||^2", "w")
    assert found.verification is not None and found.verification.status == "proved"


def test_r_may_be_named() -> None:
    text = "z = X w; p = sigmoid(z); J = 1/2 ||p - y||^2"
    assert str(matcalc.gauss_newton(text, "w", residual="p", verify=False).parts[0].residual.definition) != ""
    whole = matcalc.gauss_newton(text, "w", residual="z", verify=False)
    assert str(whole.expanded()) == str(matcalc.hessian(text, "w", verify=False).expanded())
    assert whole.curvature == ""  # the loss is not convex in z


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["hessian", LOGISTIC, "--wrt", "w", "--no-steps"]
    assert run([*asked, "--gauss-newton"]) == 0
    out = capsys.readouterr().out
    assert "The Gauss-Newton matrix of J by w" in out and "  z = X w " in out
    assert "G     = X' diag(s ⊙ (1 - s)) X" in out
    assert "--residual NAME" in out and "Schraudolph 2002" in out and "proved" in out
    assert run([*asked, "--fisher"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "y is Bernoulli with the probability sigmoid(z)" in out and "F is positive semidefinite" in out
    for form in ("latex", "markdown", "html", "json"):
        assert run([*asked[:-1], "--fisher", "--format", form]) == 0
        assert "Bernoulli" in capsys.readouterr().out
    assert run([*asked, "--gauss-newton", "--operator"]) == 0
    assert capsys.readouterr().out == "z = X w; s = sigmoid(z); X'((X dw) ⊙ s ⊙ (1 - s))\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["J = x' A x", "--wrt", "x", "--gauss-newton"], "no intermediate is found of which J is a convex function"),
        (["J = sum(f(x))", "--wrt", "x", "--fisher"], "no intermediate is found"),
        (["J = ||X w - y||^2 + lam ||w||^2", "--wrt", "w", "--fisher"], "is not seen to be a negative log-likelihood"),
        (["J = sum(huber(X w - y, 1))", "--wrt", "w", "--fisher"], "is not seen to be a negative log-likelihood"),
        (["J = ||X w||^2", "--wrt", "w", "--fisher"], "is not seen to be a negative log-likelihood"),
        (["J = sum(exp(-y .* (X w)))", "--wrt", "w", "--fisher"], "is not seen to be a negative log-likelihood"),
        (["J = sum((1 - y .* (X w)).^2)", "--wrt", "w", "--fisher"], "is not seen to be a negative log-likelihood"),
        (["J = sum(abs(X w - y))", "--wrt", "w", "--fisher"], "is not seen to be a negative log-likelihood"),
        (["J = ||X w - y||^2 + sum(abs(X w - y))", "--wrt", "w", "--fisher"], "is not seen to be a negative log-"),
        (["J = A x", "--wrt", "x", "--gauss-newton"], "a Hessian is of a scalar"),
        (["J = ||X w - y||^2", "--wrt", "w", "--gauss-newton", "--residual", "q"], "q"),
        (["r = X w; J = ||r - y||^2 + w' w", "--wrt", "w", "--gauss-newton", "--residual", "r"], "not through r alone"),
        (["J = ||X w - y||^2", "--wrt", "w", "--gauss-newton", "--fisher"], "--fisher and --gauss-newton exclude"),
        (["J = ||X w - y||^2", "--wrt", "w", "--residual", "r"], "--residual says what --gauss-newton or"),
        (["J = ||X w - y||^2", "--wrt", "w", "--fisher", "--structure", "half"], "--fisher and --structure exclude"),
        (["J = ||X w - y||^2", "--wrt", "w,X", "--fisher"], "by one name, and here are w, X"),
    ],
)  # fmt: skip
def test_what_has_none(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hessian", *arguments]) in (2, 3)
    assert words in capsys.readouterr().err


def test_a_planted_error_is_seen() -> None:
    """The expected outer product of the score tells a wrong matrix."""
    found = matcalc.fisher(LOGISTIC, "w", verify=False)
    values, sizes = sized(found)
    wrong = matcalc.parse("X: n x d; w: d; J = X' diag(sigmoid(X w)) X").objective
    right = evaluate([expand(found.node)], values, sizes)[0]
    assert evaluate([expand(wrong)], values, sizes)[0] != pytest.approx(right, rel=1e-3)
    assert isinstance(found.parts[0].residual, Symbol)


@pytest.mark.parametrize("loss", ["sum(log(1 + exp(-y .* (X w))))", "-sum(log(sigmoid(y .* (X w))))"])
def test_the_fisher_matrix_of_labels_of_both_signs_is_that_of_0_and_1(loss: str) -> None:
    assert str(matcalc.fisher(f"J = {loss}", "w", verify=False)) == "X' diag(s ⊙ (1 - s)) X"
