"""MATLAB is read with the meaning that it has there: beside each piece stands what it is in NumPy, where it is run.

Columns have two axes in MATLAB and one in the NumPy here, as matcalc takes them.
"""

from __future__ import annotations

import numpy as np
import pytest

import matcalc
from matcalc.api.formula import Expr

SHAPES = {"X": (4, 3), "W": (3, 2), "Y": (4, 2), "S": (3, 3), "A": (3, 3), "w": (3,), "y": (4,), "v": (3,), "lam": ()}
LETTERS = {4: "n", 3: "d", 2: "k"}
READ = (
    ("sum((X*w - y).^2)", "np.sum((X @ w - y)**2)", "w X"),
    ("norm(X*w - y, 2)^2 + lam*norm(w, 1)", "np.sum((X @ w - y)**2) + lam*np.sum(np.abs(w))", "w"),
    ("norm(X) + norm(X, 'fro') + norm(X, 1) + norm(w, inf)",
     "np.linalg.norm(X, 2) + np.linalg.norm(X) + np.linalg.norm(X, 1) + np.max(np.abs(w))", "X w"),
    ("sum(X)*v + mean(X)*w + sum(sum(X, 2).^2)", "X.sum(0) @ v + X.mean(0) @ w + np.sum(X.sum(1)**2)", "X v"),
    ("mean(w) + mean(mean(X.*X)) + sum(X.^3, 'all')", "w.mean() + np.mean(X*X) + np.sum(X**3)", "w X"),
    ("0.5*w'*S*w - v'*w % a quadratic", "0.5*w @ S @ w - v @ w", "w S"),
    ("trace(S\\A) + v'*(S\\w) + trace(A/S)",
     "np.trace(np.linalg.solve(S, A)) + v @ np.linalg.solve(S, w) + np.trace(A @ np.linalg.inv(S))", "S w"),
    ("log(det(S*S')) + w'*inv(S)*v", "np.log(np.linalg.det(S @ S.T)) + w @ np.linalg.inv(S) @ v", "S"),
    ("m = size(X, 1); [p, q] = size(X);\nJ = ...\n  (1/(2*m))*sum((X*w - y).^2) + q/p*numel(X);",
     "np.sum((X @ w - y)**2)/8 + 3/4*12", "w"),
    ("sum(var(X).*v') + std(w) + var(w, 1) + sum(std(X, 0, 2))",
     "np.sum(X.var(0, ddof=1)*v) + w.std(ddof=1) + w.var() + np.sum(X.std(1, ddof=1))", "X w"),
    ("sum(sum((X - mean(X)).^2 .* y))", "np.sum((X - X.mean(0))**2 * y[:, None])", "X y"),
    ("sum(sum((S - v).^2 .* w'))", "np.sum((S - v[:, None])**2 * w)", "S v w"),
    ("2^-w(1) + -w(2)^2 + X(2, :)*v + X(:, 3)'*y + sum(w(1:2))",
     "2**-w[0] + -w[1]**2 + X[1] @ v + X[:, 2] @ y + w[0] + w[1]", "w X"),
    ("Z = X*W;\nE = exp(Z - max(Z, [], 2));\nP = E ./ sum(E, 2);\n-sum(sum(Y .* log(P)))/size(X, 1)",
     "-np.sum(Y * np.log(np.exp(X @ W) / np.exp(X @ W).sum(1, keepdims=True))) / 4", "W"),
    ("sum(max(X, [], 2)) + sum(max(0, X(:) - 1)) + min(w)",
     "np.sum(X.max(1)) + np.sum(np.maximum(0, X - 1)) + w.min()", "X w"),
    ("ones(size(X, 1), 1)'*X*w + trace(eye(size(S, 1))*S) + [w; v]'*[v; w]",
     "np.sum(X @ w) + np.trace(S) + 2*w @ v", "X w S"),
    ("w'*S^2*v + dot(w, v) + sum(diag(S)) + w'*diag(v)*w", "w @ S @ S @ v + w @ v + np.trace(S) + w**2 @ v", "S w"),
    ("f = @(z) 1./(1 + exp(-z));\ng = @(w) sum((f(X*w) - y).^2)", "np.sum((1/(1 + np.exp(-X @ w)) - y)**2)", "w"),
    ("function [J, grad] = cost(w, X, y)\n% The cost.\nm = length(y);\nJ = 0;\nh = X*w;\n"
     "J = sum((h - y).^2)/m;\ngrad = X'*(h - y)/m;\nend", "np.sum((X @ w - y)**2)/4", "w"),
    ("sum(w(2:end).^2) + y(end)*y(end-1) + X(end, :)*v + sum(X(1:2, end).^2) + sum((w(2:end) - w(1:end-1)).^2)",
     "np.sum(w[1:]**2) + y[-1]*y[-2] + X[-1] @ v + np.sum(X[:2, -1]**2) + np.sum((w[1:] - w[:-1])**2)", "w X y"),
    ("sum(sum(bsxfun(@minus, X, v').^2)) + bsxfun(@times, w, v)'*w",
     "np.sum((X - v)**2) + np.sum(w*v*w)", "X v w"),
    ("w'*lam*v - S(1,1)*2e0/4.*sum(y.^2)", "w @ v*lam - S[0, 0]/2*np.sum(y**2)", "w y"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "meant", "wrt"), READ)
def test_a_gradient_of_matlab_is_the_slope_of_what_it_computes(code: str, meant: str, wrt: str) -> None:
    """The slopes are those of the same in NumPy."""
    random = np.random.default_rng(7)
    values = {name: random.uniform(0.5, 1.5, shape) for name, shape in SHAPES.items()}
    values["S"] += 2 * np.eye(3)
    declared = [f"{name}: {' x '.join(LETTERS[i] for i in shape) or 'scalar'}" for name, shape in SHAPES.items()]
    derivation = matcalc.derive(code, wrt.split(), verify=False, shapes=declared, language="matlab")
    given = {s.name: values[s.name] for s in derivation.program.inputs}
    for name in wrt.split():
        slope = np.empty(SHAPES[name])
        for at in np.ndindex(SHAPES[name]):
            ends = []
            for step in (1e-5, -1e-5):
                moved = values[name].copy()
                moved[at] += step
                ends.append(float(eval(meant, {"np": np, **values, name: moved})))
            slope[at] = (ends[0] - ends[1]) / 2e-5
        found = derivation.expanded(name).evaluate(given)
        np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("code", "shapes"),
    [
        ("sum((X*theta - y).^2)", "X n×d, theta d×1, y n×1"),
        ("C*sum(x) + lambda/2*sum(theta(2:end).^2)", "C 1×1, x n×1, lambda 1×1, theta p1×1"),
        ("norm(x - mu)^2 + (x - mu)'*inv(S)*(x - mu)", "x n×1, mu n×1, S n×n"),
        ("x'*A*x + lam*norm(x)", "x n×1, A n×n, lam 1×1"),
        ("sum(sum((X*W - Y).^2))", "X n×d, W d×h, Y n×h"),
        ("v'*(A\\b)", "v n×1, A n×n, b n×1"),
        ("t^2 + 3*t", "t 1×1"),
        ("sum(mean(X).*g')", "X n×d, g d×1"),
    ],
)
def test_undeclared_names_are_what_their_uses_say(code: str, shapes: str) -> None:
    """A transposed name and one to the right of a matrix are columns."""
    program = matcalc.parse(code, language="matlab")
    assert ", ".join(f"{s.name} {s.shape[0]}×{s.shape[1]}" for s in program.inputs) == shapes


@pytest.mark.parametrize(
    ("code", "guessed"),
    [
        ("norm(A, 'fro')^2", True),
        ("m = size(X, 1); sum((X*w - y).^2)/m", True),
        ("0.5*x'*A*x - b'*x % quadratic", True),
        ("sum(X(:).^2)", True),
        ("sum((X*w - y).^2)", False),
        ("norm(x)^2", False),
    ],
)
def test_it_is_noted_where_matlab_is_guessed(code: str, guessed: bool) -> None:
    """What only MATLAB has marks it; without a mark it is the notation, unless the language is said."""
    assert any("read as MATLAB" in note for note in matcalc.read(code).notes) is guessed
    assert any("read as MATLAB" in note for note in matcalc.read(code, language="matlab").notes)


def test_the_cholesky_factor_is_upper_triangular() -> None:
    """R'R = S in MATLAB, L L' in the notation."""
    declared = ["S: n x n pd", "v: n"]
    S, v = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    found = matcalc.parse("norm(chol(S)*v)^2", declared, language="matlab")
    np.testing.assert_allclose(Expr(found.objective, found.inputs).evaluate({"S": S, "v": v}), v @ S @ v)


def test_the_language_counts() -> None:
    """The sum of all entries in the notation, the sums of the columns in MATLAB; ‖A‖ and the spectral norm."""
    assert str(matcalc.parse("norm(sum(A))^2", ["A: n x m"]).objective.definition) != str(
        matcalc.parse("norm(sum(A))^2", ["A: n x m"], language="matlab").objective.definition
    )
    assert "‖A‖_2" in matcalc.read("norm(A)", language="matlab").text
    program = matcalc.parse("norm(A)", language="matlab")
    assert str(matcalc.gradient(program, "A", shapes=["A: 3 x 2"])) == str(
        matcalc.gradient("norm(A)", "A", shapes=["A: 3 x 2"], language="matlab")
    )


@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("J = 0;\nfor i = 1:m\n  J = J + x(i)^2;\nend", 2, 1),
        ("sum(my_loss(X*w))", 1, 5),
        ("w(2) = 1; sum(w)", 1, 1),
        ("sum((X*w - y).^2", 1, 17),
        ("J = sum(x))", 1, 11),
        ("X(3)*sum(x)", 1, 1),
        ("sum(x.^2) + x^2", 1, 13),
        ("A*x", 1, 1),
        ("length(A)", 1, 1),
        ("norm(A, 3)", 1, 1),
        ("sum(x) + A()", 1, 10),
        ("sum(prod(A))", 1, 5),
        ("[1 2; 3", 1, 8),
        ("sum(x, 3)", 1, 1),
        ("f = @(z) z + z;\nsum(" + "f(" * 20 + "x" + ")" * 20 + ")", 2, 23),
        ("'text", 1, 1),
    ],
)
def test_what_is_not_in_the_notation_is_refused_with_its_place(code: str, line: int, column: int) -> None:
    """Loops, calls elsewhere, what is changed in place, and what MATLAB refuses."""
    with pytest.raises(matcalc.MatcalcError) as found:
        matcalc.parse(code, shapes=["x: n", "A: n x n", "X: n x n"], language="matlab")
    assert (found.value.line, found.value.column) == (line, column)
    assert found.value.hint


@pytest.mark.parametrize("part", ["(", "[", "-", "x'", "f(", "sum(", "[1 ", "@(x)", "a.^"])
def test_deep_text_ends(part: str) -> None:
    """Nesting ends with an error that says so, not with one of Python."""
    with pytest.raises(matcalc.MatcalcError):
        matcalc.parse(part * 3000, language="matlab")


@pytest.mark.parametrize("language", ["matlab", ""])
def test_a_number_of_very_many_digits_is_refused(language: str) -> None:
    found = matcalc.read("z = -s; J = x.' * x * " + "1" * 5_000, language=language)
    assert found.error is not None and "a number has at most 1000 digits" in found.error.message
