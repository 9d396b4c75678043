"""Code is read with the meaning that it has in Python: here NumPy runs it, and finite differences are the slopes.

matcalc never runs it.
"""

from __future__ import annotations

from typing import Any

import numpy as matcalc_numpy
import numpy as np
import pytest

import matcalc
from matcalc.api.asking import function_in
from matcalc.api.formula import Expr

SHAPES = {"X": (4, 3), "W": (3, 2), "Y": (4, 2), "S": (3, 3), "w": (3,), "y": (4,), "v": (3,), "lam": ()}
READ = (
    ("np.sum((X @ w - y)**2)", "w X"),
    ("0.5*np.linalg.norm(X @ w - y)**2 + lam*np.abs(w).sum()", "w"),
    ("np.sum(X * v)", "X v"),
    ("np.sum((S - v)**2 * S)", "S v"),
    ("np.sum((X - X.mean(axis=0))**2 * X)", "X"),
    ("np.sum((X / X.sum(axis=1, keepdims=True)) * X)", "X"),
    ("np.sum(np.var(X, axis=0) * v) + np.std(y)", "X y"),
    ("np.sum(y.var(ddof=1) * y)", "y"),
    ("(w @ S @ v) * w.dot(v)", "w S"),
    ("np.linalg.norm(X, 2) + np.linalg.norm(X) + np.linalg.norm(w, 1)", "X w"),
    ("np.trace(S @ S.T) / len(y) + np.outer(w, v).sum()", "S w"),
    ("n, d = X.shape\nZ = X @ W\nZ = np.tanh(Z) - 1\nnp.sum(Z * Y) / (n - d / 2)", "W"),
    ("P = np.exp(X @ W)\nP = P / P.sum(axis=1, keepdims=True)\nloss = -np.mean(np.sum(Y * np.log(P), axis=1))", "W"),
    ("np.sum(np.maximum(0, 1 - y * (X @ w))) + 0.5 * lam * w @ w", "w"),
    ("norm = S.T @ w\nf = norm * norm\nf.sum()", "S w"),
    ("np.sum(1 / (2 + X**2) - -X) ** 2", "X"),
    ("np.sum((X - X.max(axis=1, keepdims=True)) * X) + X.min(axis=0) @ v", "X v"),
    ("np.sum(np.exp(X - X.max()))", "X"),
    ("np.sum(np.exp(X - X.max(axis=1, keepdims=True)))", "X"),
    ("np.sum(np.exp(S - S.max(axis=1)) / np.exp(S - S.max(axis=1)).sum(axis=1, keepdims=True) * S)", "S"),
    ("np.sum(np.where(X > 1, X**2, 0.1 * X) * X) + np.sum((w > v) * w * v)", "X w"),
    ("hot = (y > 0.8) & (y <= 1.3)\nnp.where(hot, y**2, 0).sum() + np.sum(np.where(1 > y, y, np.exp(y)))", "y"),
    ("np.ones(len(y)) @ X @ w + np.trace(np.eye(X.shape[1]) @ S) + np.sum(np.ones_like(X) * X)", "X w S"),
    ("np.sum((X @ W + np.ones((len(y), 1)) * Y - np.zeros(Y.shape))**2)", "W Y"),
    ("np.sum(y[:, None] * X) + np.sum(X - w[None, :] + v.reshape(1, -1)**2) + np.sum(X.ravel()**2)", "y X w v"),
    ("d2 = (w[:, None] - v[None, :])**2\nnp.sum(np.exp(-d2) * S)", "w v S"),
    ("X[:, 0] @ y + X[2] @ w + X[1, 2]**2 + w[0] * v[1] + np.sum(X[1:3, :]**2) + np.sum(w[0:2] * v[:2])", "X w v"),
    ("np.sum((w[1:] - w[:-1])**2) + X[-1] @ w + X[:, -2] @ y + y[-1]**3 + np.sum(X[1:, :2]**2)", "w X y"),
    ("np.prod(w) + np.prod(S) * np.cross(w, v) @ w + np.cross(v, w)[1]", "w v S"),
    ("np.sum(np.linalg.norm(X, axis=1) * y) + np.linalg.norm(X, axis=0, keepdims=True).sum()", "X y"),
    ("np.sum(X, axis=(0, 1))**2 + np.mean(X, axis=None) + sum(w * v) + float(np.sum(w))", "X w v"),
    ("total = np.sum((X @ w - y)**2)\ntotal += 0.5 * w @ w\ntotal /= X.shape[0]\ntotal", "w"),
    ("np.minimum(X, v).sum() + np.clip(X, 0.7, 1.2).sum() + np.sum(np.linalg.matrix_power(S, 3))", "X v S"),
    ("I = X.T @ X\nT = I @ S\nd = np.trace(T)\nm, f, norm, e = 2, 3, 4, 5\nd", "X S"),
    ("m = X.max(axis=1)\nnp.sum(m - y + np.log(np.exp(X.T - m).sum(axis=0)) * m)", "X"),
    ("np.prod(w) * np.sum(np.clip(X, 0.8, 1.2) @ v)", "w X"),
    ("np.cross(w, v) @ S @ v", "w v S"),
)
SHIFTED = (
    (
        "Z = X @ W\nZ = Z - Z.max(axis=1, keepdims=True)\nP = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)\n"
        "-(Y * np.log(P)).sum(axis=1).mean()",
        "W",
    ),
    ("m = np.max(X, axis=1)\ny @ (np.log(np.exp(X.T - m).sum(axis=0)) + m)", "X"),
    ("E = np.exp(S - S.max(axis=0))\nP = E / np.sum(E, axis=0)\nnp.sum((P @ v) ** 2) + w @ S @ v", "S"),
    ("Z = X @ W\nE = np.exp(2 * (Z - Z.max()))\nnp.sum(Y * (E.T / E.sum(axis=1)).T ** 2)", "W"),
    ("e = np.exp(w - np.max(w))\np = e / e.sum()\n-np.sum(v * np.log(p)) + p @ v", "w"),
)
"""A maximum in each that makes no difference."""


def by_numpy(code: str, values: dict[str, Any]) -> float:
    lines = code.split("\n")
    scope: dict[str, Any] = {"np": np, **values}
    exec("\n".join(lines[:-1]), scope)
    return float(eval(lines[-1].removeprefix("loss = "), scope))


@pytest.mark.parametrize(("code", "wrt"), READ + SHIFTED)
def test_a_gradient_of_code_is_the_slope_of_what_numpy_computes(code: str, wrt: str) -> None:
    """With declarations: the value and the slopes are those of the code when it runs."""
    random = np.random.default_rng(3)
    values = {name: random.uniform(0.5, 1.5, shape) for name, shape in SHAPES.items()}
    declared = [f"{name}: {' x '.join(map(str, shape)) or 'scalar'}" for name, shape in SHAPES.items()]
    derivation = matcalc.derive(code, wrt.split(), verify=False, shapes=declared)
    program = derivation.program
    given = {s.name: values[s.name] for s in program.inputs}
    for name in wrt.split():
        slope = np.empty(SHAPES[name])
        for at in np.ndindex(SHAPES[name]):
            ends = []
            for step in (1e-5, -1e-5):
                moved = values[name].copy()
                moved[at] += step
                ends.append(by_numpy(code, {**values, name: moved}))
            slope[at] = (ends[0] - ends[1]) / 2e-5
        found = derivation.expanded(name).evaluate(given)
        np.testing.assert_allclose(found, slope, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(("code", "kept"), [(code, False) for code, _ in SHIFTED] + [(READ[-3][0], True)])
def test_a_maximum_that_makes_no_difference_is_left_out(code: str, kept: bool) -> None:
    """The softmax of what is less by its largest entries is the softmax; a sum of exponentials is not the same."""
    reading = matcalc.read(code, shapes=["X: n x d", "W: d x k", "Y: n x k", "S: d x d", "w: d", "v: d", "y: n"])
    assert ("max(" in reading.text) is kept
    assert any("is left out" in note for note in reading.notes) is not kept


def test_pytorch_divides_the_variance_by_one_less() -> None:
    """torch.var, as its manual says, has n - 1 below."""
    x = np.array([1.0, 4.0, 2.5])
    forms = [("torch.var(x)", 2), ("x.var(dim=0)", 2), ("x.var(unbiased=False)", 3), ("x.var(correction=0)", 3)]
    for code, count in [*forms, ("torch.var(x, unbiased=True)", 2), ("jnp.var(x)", 3), ("x.var(axis=0, ddof=1)", 2)]:
        found = matcalc.gradient(code, "x", shapes=["x: n"]).evaluate({"x": x})
        np.testing.assert_allclose(found, (x - x.mean()) * 2 / count, err_msg=code)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("torch.norm(A, p=2)", np.linalg.norm),
        ("A.norm()", np.linalg.norm),
        ("torch.norm(A, 1)", lambda a: np.abs(a).sum()),
        ("torch.linalg.norm(A, 2)", lambda a: np.linalg.norm(a, 2)),
        ("torch.linalg.norm(A, 1)", lambda a: np.linalg.norm(a, 1)),
        ("jnp.linalg.norm(A, 'nuc')", lambda a: np.linalg.norm(a, "nuc")),
        ("torch.norm(A, dim=1).sum()", lambda a: np.linalg.norm(a, axis=1).sum()),
        ("torch.softmax(A, dim=0)[0, 1]", lambda a: (np.exp(a) / np.exp(a).sum(0))[0, 1]),
        ("F.log_softmax(A, dim=-1).sum()", lambda a: (a - np.log(np.exp(a).sum(1, keepdims=True))).sum()),
        ("(A.t() @ A).trace() + A.pow(3).mean()", lambda a: (a * a).sum() + (a**3).mean()),
    ],
)
def test_norms_and_functions_of_pytorch_and_jax(code: str, meant: Any) -> None:
    """As their manuals say, computed by NumPy."""
    A = np.random.default_rng(4).uniform(0.5, 1.5, (3, 2))
    program = matcalc.parse(code, shapes=["A: n x m"])
    np.testing.assert_allclose(Expr(program.objective, program.inputs).evaluate({"A": A}), meant(A))


def loss(X: Any, w: Any, y: Any, alpha: float = 0.25) -> Any:
    """Squares, with a penalty.

    X: n x d; w: d; y: n
    """
    residual = X @ w - y
    return residual @ residual + alpha * np.sum(w**2)


def test_a_function_is_read() -> None:
    """Its docstring declares shapes, its defaults are constants; 2 X'(X w - y) + 2 alpha w by hand."""
    random = np.random.default_rng(5)
    X, w, y = random.normal(size=(4, 3)), random.normal(size=3), random.normal(size=4)
    found = matcalc.derive(loss, wrt="w", verify=False).expanded("w").evaluate({"X": X, "w": w, "y": y})
    np.testing.assert_allclose(found, 2 * X.T @ (X @ w - y) + 0.5 * w)
    assert {s.name for s in matcalc.parse(loss).inputs} == {"X", "w", "y"}  # type: ignore[arg-type]


def sigmoid(z: Any) -> Any:
    return 2 / (1 + np.exp(-z)) - SHIFT


SHIFT = 0.5


def with_helper(x: Any, v: Any) -> Any:
    """x: n; v: n"""
    return sigmoid(x) @ v + matcalc_numpy.sum(SHIFT * x)


def test_a_function_is_read_with_what_it_uses_of_its_module() -> None:
    """Its own sigmoid, not the usual one; a number and a module by another name."""
    random = np.random.default_rng(5)
    x, v = random.normal(size=3), random.normal(size=3)
    found = matcalc.gradient(with_helper, "x").evaluate({"x": x, "v": v})  # type: ignore[arg-type]
    np.testing.assert_allclose(found, 2 * np.exp(-x) / (1 + np.exp(-x)) ** 2 * v + 0.5)


def test_it_is_said_that_it_was_read_as_python() -> None:
    """The notes say so, and which name was taken for a vector."""
    notes = " ".join(matcalc.read("np.sum(x * y)").notes)
    assert "read as Python" in notes
    assert "x is taken for a vector" in notes


@pytest.mark.parametrize(
    ("code", "line", "column"),
    [
        ("total = 0\nfor i in x:\n    total = np.sum(x)", 2, 1),
        ("x += 1\nnp.sum(x)", 1, 1),
        ("np.sum(X[idx] @ w)", 1, 10),
        ("np.sum(my_loss(x))", 1, 8),
        ("np.prod(X, axis=0).sum()", 1, 1),
        ("np.random.randn(3).sum()", 1, 1),
        ("np.sum(c * x)", 1, 8),
        ("np.sum((X @ W - y)**2)", 1, 17),
        ("np.sum((X @ w - y)^2)", 1, 8),
        ("np.sum(I * X)", 1, 8),
        ("np.linalg.svd(A)[1].sum()", 1, 1),
        ("x.var()", 1, 1),
        ("np.exp(x * y)", 1, 1),
        ("def f(x):\n    if x.sum() > 0:\n        return x.sum()\n    return np.sum(x * x)", 2, 5),
    ],
)
def test_what_is_not_in_the_notation_is_refused_with_its_place(code: str, line: int, column: int) -> None:
    """Loops, changes in place, indexing, calls elsewhere, and names that may be two things."""
    with pytest.raises(matcalc.MatcalcError) as found:
        matcalc.parse(code, shapes=["x: n", "y: n"] if "exp(" in code or "x.var" in code else [])
    assert (found.value.line, found.value.column) == (line, column)
    assert found.value.hint


def test_a_declared_row_or_column_has_two_axes() -> None:
    """(1, k) stands in every row, (n, 1) in every column, also where the matrix is square."""
    declared = ["X: n x n", "b: 1 x n", "c: n x 1", "y: n"]
    reading = matcalc.read("np.sum((X - b) * c)", shapes=declared)
    assert reading.text.endswith("J = sum((X - 𝟏 b) ⊙ (c 𝟏'))")
    random = np.random.default_rng(2)
    values = {"X": random.normal(size=(3, 3)), "b": random.normal(size=(1, 3)), "c": random.normal(size=(3, 1))}
    found = matcalc.gradient("np.sum((X - b) ** 2 * c)", "X", shapes=declared).evaluate(values)
    np.testing.assert_allclose(found, 2 * (values["X"] - values["b"]) * values["c"])


def test_columns_of_two_axes() -> None:
    """(1, n) @ (n, 1) is a number; a column beside an array of one axis makes a matrix in NumPy, which is noted."""
    declared = ["X: n x d", "w: d x 1", "y: n x 1"]
    for code in ("(X @ w - y).T @ (X @ w - y)", "((X @ w - y).T @ (X @ w - y))[0, 0]", "np.sum((X @ w - y)**2)"):
        assert str(matcalc.gradient(code, "w", shapes=declared, language="python")) == "2 X'(X w - y)"
    notes = matcalc.read("np.sum((X @ w - y)**2)", shapes=["X: n x d", "w: d x 1", "y: n"]).notes
    assert any("make a matrix" in note for note in notes)


def test_a_vector_along_the_wrong_axis_is_refused() -> None:
    """(n,) * (n, d) does not spread in NumPy."""
    with pytest.raises(matcalc.ShapeError):
        matcalc.parse("np.sum(r * X)", shapes=["r: n", "X: n x d"])


def test_long_expressions_end() -> None:
    """Three hundred factors, each a number: every part is looked at a few times, not twice for each that it is in."""
    factors = " * ".join(["s"] * 300)
    assert matcalc.parse(f"np.sum(x.T) * {factors}").inputs[0].shape == ("n", 1)


def test_a_file_with_imports_is_read() -> None:
    """A function after imports, as a file has it; nothing else marks it as Python."""
    code = "from numpy import linalg\n\ndef loss(x):\n    return x @ x\n"
    assert str(matcalc.gradient(code, "x")) == "2 x"


FILE = '''
"""Losses."""
import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from numpy import exp as exponential

ALPHA = 0.5
DATA = np.load("x.npy")


def sigmoid(z):
    """The logistic function."""
    e = exponential(-z)
    return 1 / (1 + e)


def penalty(w, scale=ALPHA, *, power=2):
    return scale * np.sum(w**power)


@jit
def logistic(X: Float[Array, "n d"], w, b: float, y):
    """The loss.

    w : ndarray of shape (d,)
    y : (n,) labels
    """
    p = sigmoid(X @ w + b)
    total = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    total += penalty(w) - penalty(w, 0.25)
    return total


def other(X, w):
    return np.sum((X @ w) ** 2)


if __name__ == "__main__":
    plt.plot(logistic(1, 2, 3, 4))
'''


def test_a_function_of_a_file_is_read_with_what_it_uses() -> None:
    """Functions that it calls are put in, constants too; annotations and the docstring declare."""
    alone = function_in(FILE, "logistic")
    assert len(alone.split("\n")) == len(FILE.split("\n"))  # places stay
    reading = matcalc.read(alone)
    assert any("the function logistic is read" in note for note in reading.notes)
    random = np.random.default_rng(5)
    X, w, y = random.normal(size=(4, 3)), random.normal(size=3), np.array([0.0, 1.0, 1.0, 0.0])
    p = 1 / (1 + np.exp(-(X @ w + 0.3)))
    found = matcalc.gradient(alone, "w").evaluate({"X": X, "w": w, "y": y, "b": 0.3})
    np.testing.assert_allclose(found, X.T @ (p - y) / 4 + 2 * (0.5 - 0.25) * w)
    found = matcalc.gradient(function_in(FILE, "other"), "w").evaluate({"X": X, "w": w})
    np.testing.assert_allclose(found, 2 * X.T @ X @ w)


@pytest.mark.parametrize(
    ("code", "shapes"),
    [
        ("0.5 * (w @ w) + C * np.sum(np.maximum(0, 1 - y * (X.dot(w) + b)))", "w n×1, C 1×1, y d×1, X d×n, b 1×1"),
        ("1 / (2 * N) * np.sum((X @ w - y)**2)", "N 1×1, X n×d, w d×1, y n×1"),
        ("Z = X / np.linalg.norm(X)\nnp.sum(Z * Y)", "X n×d, Y n×d"),
        ("(x - mu) @ np.linalg.inv(Sigma) @ (x - mu)", "x n×1, mu n×1, Sigma n×n"),
        ("np.sum((w.T @ X + b - y)**2)", "w n×1, X n×d, b 1×1, y d×1"),
        ("np.sum(np.mean((X @ w - y)**2))", "X n×d, w d×1, y n×1"),
        ("x.mm(V).sum() + torch.trace(V.mm(x))", "x n×d, V d×n"),
    ],
)
def test_undeclared_names_are_what_their_uses_say(code: str, shapes: str) -> None:
    """A capital that the objective is a multiple of is a number; what is measured less a vector is a vector."""
    program = matcalc.parse(code, language="python")
    assert ", ".join(f"{s.name} {s.shape[0]}×{s.shape[1]}" for s in program.inputs) == shapes


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("C * np.sum(X)", "C is taken for a number; otherwise declare C: n x d"),
        ("a = X @ w\nnp.sum(Y * a)", "Y is taken for a matrix; otherwise declare Y: n"),
        ("np.sum(sigmoid(X @ w))", "nothing defines sigmoid"),
    ],
)
def test_a_guess_that_could_change_the_answer_is_noted(code: str, note: str) -> None:
    """With what to declare for the other reading."""
    assert any(note in found for found in matcalc.read(code).notes)


def test_imported_names_are_what_they_are_imported_as() -> None:
    """An alias of a module, and of a function of it."""
    code = "import numpy as xp\nfrom numpy.linalg import norm, inv as inverse\nnorm(A @ x)**2 + xp.trace(inverse(A))"
    assert matcalc.read(code).text.endswith("J = ‖A x‖^2 + tr(inv(A))")


def test_a_pair_of_pytorch_is_taken_apart() -> None:
    """torch.max along a dim returns values and indices, and only the values are an array."""
    shifted = "torch.log(torch.exp(Z - Z.max(dim=1, keepdim=True).values).sum(dim=1)) + torch.max(Z, dim=1)[0]"
    assert "max" not in matcalc.read(f"torch.sum({shifted})").text
    with pytest.raises(matcalc.UnsupportedError):
        matcalc.parse("torch.sum(Z - Z.max(dim=1, keepdim=True))")


def test_which_of_several_functions_is_asked() -> None:
    """Two that no other uses, and a name that there is not."""
    with pytest.raises(matcalc.UnsupportedError, match="logistic, other") as found:
        matcalc.parse(FILE)
    assert "--function" in found.value.hint
    with pytest.raises(matcalc.UnknownNameError) as unknown:
        function_in(FILE, "logistc")
    assert "logistic" in unknown.value.hint
    with pytest.raises(matcalc.ParseError):
        function_in("J = x' x", "loss")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("def f(x):\n    return f(x) + x @ x", 2),
        ("def g(x):\n    for i in x:\n        pass\n    return x\n\ndef f(x):\n    return x @ g(x)", 2),
        ("def g(x):\n    return s * x\n\ndef f(x, s):\n    return x @ g(x)", 2),
        ("def g(x, y):\n    return x + y\n\ndef f(x):\n    return x @ g(x)", 5),
        ("import mylib as m\n\ndef f(x):\n    return m.sum(x)", 4),
        ("@cached\ndef f(x):\n    return x @ x", 1),
        ("def f(x):\n    y = x\n    y += 1\n    return x @ y", 3),
        ("def f(x):\n    y = 2 * x\n    z = y\n    y += 1\n    return z @ y", 4),
        ("def f(x):\n    x += 1\n    return x @ x", 2),
    ],
)
def test_what_a_function_may_not_do_is_refused_with_its_place(code: str, line: int) -> None:
    """Recursion, loops in what is called, names of two meanings, decorators, changes of what another name has too."""
    with pytest.raises(matcalc.MatcalcError) as found:
        matcalc.parse(code)
    assert found.value.line == line
    assert found.value.hint


def test_python_that_cannot_be_parsed_is_refused_with_its_place() -> None:
    """Where the language is said."""
    with pytest.raises(matcalc.ParseError) as found:
        matcalc.parse("x = 1\nnp.sum(x", language="python")
    assert (found.value.line, found.value.column) == (2, 7)
    with pytest.raises(matcalc.UnsupportedError):
        matcalc.parse("x' x", language="fortran")


def test_a_parameter_whose_shape_is_guessed_is_not_called_declared() -> None:
    code = "def loss(X, y, w, lam):\n    r = X @ w - y\n    return r @ r + lam * w @ w"
    assert matcalc.parse(code).inferred == {"X", "y", "w", "lam"}
    assert matcalc.parse(code, shapes=["lam: scalar"]).inferred == {"X", "y", "w"}
