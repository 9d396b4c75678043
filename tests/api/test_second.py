"""Hessians, and products with a direction: held against second differences of the objective, and as a person writes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from finite import evaluate
from moves import SIXTH, Values, moved, units
from second_problems import SECOND, Second
from selection import some
from work import calls

import matcalc
from matcalc.cli import run
from matcalc.dims import dim_value
from matcalc.expr import Node, Symbol, dims, expand
from matcalc.operators import number, scale

STEP = 1e-4
SIZES = (3, 2, 4, 2)

# By one name: the text, the name, the matrix, the operator; "" where only the values count.
CASES: list[tuple[str, str, str, str]] = [
    ("J = x' A x", "x", "A + A'", "(A + A') dx"),
    ("J = ||X w - y||^2", "w", "2 X' X", "2 X' X dw"),
    ("J = ||X w - y||^2 + lam ||w||^2", "w", "2 (X' X + lam I)", ""),
    ("J = sum(log(1 + exp(X w))) - y'(X w)", "w", "", ""),
    ("x: d; y: k; W: k x d; J = -y' log_softmax(W x)", "x", "", ""),
    ("W: k x d; x: d; y: k; J = -y' log_softmax(W x)", "W", "", ""),
    ("J = -sum(log(b - A x))", "x", "A' diag(1 ⊘ (b - A x).^2) A", "A'((A dx) ⊘ (b - A x).^2)"),
    ("J = -logdet(A' diag(x) A)", "x", "", ""),
    ("J = ||U V' - A||^2", "U", "2 (V' V) ⊗ I", "2 dU V' V"),
    ("W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 f(W1 x) - y||^2", "W2", "(a a') ⊗ I", "dW2 a a'"),
    ("W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 tanh(W1 x) - y||^2", "W1", "", ""),
    ("J = logdet(X)", "X", "-K (inv(X)' ⊗ inv(X))", "-(inv(X) dX inv(X))'"),
    ("J = det(X)", "X", "", "det(X) (tr(Y dX) Y - Y dX Y)'"),
    ("J = tr(X^3)", "X", "", "3 (X dX + dX X)'"),
    ("J = 1/4 ||X'X - A||^2", "X", "", ""),
    ("A: n x n symmetric; J = (x'A x)/(x'x)", "x", "", ""),
    ("J = norm(x)", "x", "(I - x x' / ‖x‖^2) / ‖x‖", "(dx - (dx' x) x / ‖x‖^2) / ‖x‖"),
    ("S: n x n symmetric; x: n; mu: n; J = -1/2 (x - mu)' inv(S) (x - mu)", "mu", "-inv(S)", "-inv(S) dmu"),
    ("J = ||A X + X B - C||^2", "X", "", ""),
    ("J = tr(A X B X')", "X", "B' ⊗ A + B ⊗ A'", "A dX B + A' dX B'"),
    ("J = sum(exp(X))", "X", "diag(vec(exp(X)))", "dX ⊙ exp(X)"),
    ("J = exp(a' x)", "x", "exp(a' x) a a'", "(a' dx) exp(a' x) a"),
    ("J = log(sum(exp(x)))", "x", "diag(p) - p p'", ""),
    ("J = (a' x)^3", "x", "6 (a' x) a a'", ""),
    ("J = sum(sigmoid(A x))", "x", "", ""),
    ("J = ||x||^4", "x", "4 (2 x x' + ‖x‖^2 I)", ""),
    ("J = tr(inv(X) A)", "X", "", ""),
    ("J = a' inv(X) b", "X", "", ""),
    ("J = sum(X .* X .* A)", "X", "2 diag(vec(A))", "2 A ⊙ dX"),
    ("J = x' x x' A x", "x", "", ""),
    ("J = prod(x)", "x", "", ""),
    ("J = a' X X' b", "X", "", ""),
    ("J = ||A X B - C||^2", "X", "2 (B B') ⊗ (A' A)", "2 A' A dX B B'"),
    ("J = sum(log(X))", "X", "-diag(vec(1 ⊘ X.^2))", "-dX ⊘ X.^2"),
    ("J = log(a' x)", "x", "-a a' / (a' x)^2", ""),
    ("J = 1/(a' x)", "x", "", ""),
    ("J = sqrt(1 + x'x)", "x", "", ""),
    ("J = sum(x .* log(x))", "x", "diag(1 ⊘ x)", "dx ⊘ x"),
    ("J = tr(X A X B)", "X", "", "(A dX B + B dX A)'"),
    ("J = tr(X' A X)", "X", "I ⊗ (A + A')", "(A + A') dX"),
    ("J = (x'x - 1)^2", "x", "4 (2 x x' + (x' x - 1) I)", ""),
    ("J = sum(tanh(W x))", "x", "", ""),
    ("J = (w'x) (v'x)", "x", "v w' + w v'", ""),
    ("z = W x; J = sum(relu(z).^3)", "x", "", ""),
    ("J = ||x - a|| ", "x", "", ""),
    ("J = exp(-||x - m||^2 / 2)", "x", "", ""),
    ("J = sum((X w) .^ 4)", "w", "12 X' diag((X w).^2) X", "12 X'((X dw) ⊙ (X w).^2)"),
    # Functions of a matrix, eigenvalues and singular values
    ("J = tr(expm(X))", "X", "", "expm_frechet(X, dX)'"),
    ("J = tr(expm(A X))", "X", "", "A' expm_frechet(A X, A dX)'"),
    ("J = tr(A expm(X))", "X", "", "expm_frechet2(X, A, dX)'"),
    ("J = a' expm(X) b", "X", "", "expm_frechet2(X, b a', dX)'"),
    ("X: n x n; J = 1/2 ||expm(X) - A||^2", "X", "", ""),
    ("J = sum(expm(x x'))", "x", "", ""),
    ("J = tr(A logm(X))", "X", "", "logm_frechet2(X, A, dX)'"),
    ("J = tr(X logm(X))", "X", "", ""),
    ("X: n x n; J = ||logm(X)||^2", "X", "", ""),
    ("J = tr(sqrtm(X))", "X", "", ""),
    ("J = sum(sqrtm(X))", "X", "", ""),
    ("J = tr(A sqrtm(X'X + I))", "X", "", ""),
    ("X: n x n; J = tr(X^k A)", "X", "", "power_frechet2(X, A, dX, k)'"),
    ("X: n x n; J = tr(X^k)", "X", "", "k power_frechet(X, dX, k - 1)'"),
    ("J = lambda_max(X'X)", "X", "", ""),
    ("J = lambda_min(X + X')", "X", "", ""),
    ("A: n x n symmetric; J = lambda_max(A + diag(x))", "x", "", ""),
    ("X: n x n symmetric; J = lambda_max(X)", "X", "", ""),
    ("X: n x n symmetric; J = log(lambda_max(X) - lambda_min(X))", "X", "", ""),
    ("J = ||X||_2", "X", "", ""),
    ("J = ||A X - B||_2^2", "X", "", ""),
    ("J = ||X||_*", "X", "", "polar_frechet(X, dX)"),
    ("J = ||A X - B||_* + ||X||^2", "X", "", ""),
    ("J = ||A X B||_*^2", "X", "", ""),
    ("J = ||X' A||_*", "X", "", "A polar_frechet(X' A, dX' A)'"),
    ("A, S: n x n; J = ||A S - B||_* + tr(A sqrtm(S S))", "S", "", ""),
]  # fmt: skip


def values_of(program: matcalc.Program, sizes: dict[str, int]) -> dict[str, Any]:
    draw = np.random.default_rng(3)
    found = {}
    for s in program.inputs:
        rows, columns = (d if isinstance(d, int) else sizes[str(d)] for d in s.shape)
        value = draw.uniform(0.2, 0.9, (rows, columns))
        value += np.eye(rows) if rows == columns > 1 else 0
        found[s.name] = value + value.T if "symmetric" in s.attributes else value
    if "b" in found and "A" in found and "x" in found:
        found["b"] = found["b"] + 5
    return found | {"k": np.array([[4.0]])} if "k" in found else found


def evaluated(node: Node, values: Values, sizes: dict[str, int]) -> Any:
    functions = {"f": (np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda z: -2 * np.tanh(z) * (1 - np.tanh(z) ** 2))}
    return evaluate([expand(node)], values, sizes, functions)[0]


def second_differences(of: Symbol, by: tuple[str, str], values: dict[str, Any], sizes: dict[str, int]) -> Any:
    first, second = (units(values[name].shape) for name in by)
    pairs = [[((by[0], u), (by[1], v)) for v in second] for u in first]
    return np.array(
        [[moved(lambda at: evaluated(of, at, sizes).item(), pair, values, STEP) for pair in row] for row in pairs]
    )


@pytest.mark.parametrize(("text", "wrt", "matrix", "operator"), CASES, ids=[f"{t} by {w}" for t, w, *_ in CASES])
def test_a_hessian(text: str, wrt: str, matrix: str, operator: str) -> None:
    found = matcalc.hessian(text, wrt, verify=False)
    assert not matrix or str(found) == matrix
    assert not operator or str(found.operator) == operator
    program = found.gradient.program
    sizes = {name: SIZES[n % 4] for n, name in enumerate(dims(*program.inputs))}
    values = values_of(program, sizes)
    measured = second_differences(program.objective, (wrt, wrt), values, sizes)
    claimed = evaluated(found.node, values, sizes)
    scale = max(1.0, float(abs(measured).max()))
    assert claimed == pytest.approx(measured, abs=2e-5 * scale)
    direction = np.random.default_rng(4).normal(size=values[wrt].shape)
    if "symmetric" in program.symbol(wrt).attributes:  # then so are its changes
        direction = direction + direction.T
    along = evaluated(found.operator.node, {**values, f"d{wrt}": direction}, sizes)
    assert along.ravel("F") == pytest.approx(measured @ direction.ravel("F"), abs=1e-4 * scale)
    if found.curvature:
        sign = 1 if found.curvature.startswith("positive") else -1
        draw = np.random.default_rng(5)
        for _ in range(5):
            moved = {s.name: values[s.name] * draw.normal(size=values[s.name].shape) for s in program.inputs
                     if not s.attributes}  # fmt: skip
            there = evaluated(found.node, {**values, **moved}, sizes)
            if np.isfinite(there).all():
                assert np.linalg.eigvalsh(sign * (there + there.T)).min() > -1e-8 * (1 + abs(there).max())


CURVED = {
    "J = ||X w - y||^2": "positive semidefinite, as a matrix of the form B' B: J is convex in w",
    "J = sum(log(1 + exp(X w)))": "positive semidefinite, as a matrix of the form B' D B, D a diagonal matrix with no "
    "negative entry: J is convex in w",
    "J = -||X w - y||^2": "negative semidefinite, as minus a matrix of the form B' B: J is concave in w",
    "J = log(sum(exp(w)))": "positive semidefinite, as diag(p) - p p' with the entries of p adding to 1: J is convex"
    " in w",
    "J = norm(w)": "positive semidefinite, as the projector I - z z'/z'z: J is convex in w",
    "x: positive; J = sum(x) w^2": "positive definite, as its value is positive: J is strictly convex in w",
    "J = w' A w": "",
    "J = ||X w - y||^2 + lam ||w||^2": "",
    "J = sum(tanh(X w))": "",
    "J = sum(w.^3)": "",
}


@pytest.mark.parametrize("text", CURVED)
def test_curvature_is_said_where_the_form_shows_it(text: str) -> None:
    assert matcalc.hessian(text, "w", verify=False).curvature == CURVED[text]


def test_curvature_is_said_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    asked = ["hessian", "J = -sum(log(b - A x))", "--wrt", "x", "--no-steps", "--no-verify", "--format"]
    for form in ("text", "latex", "markdown", "html"):
        assert run([*asked, form]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "H is positive semidefinite, as a matrix of the form " in said and "is convex in " in said
    assert run([*asked, "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (sentence,) = found["curvature"]
    assert sentence["text"].endswith("no negative entry: J is convex in x")
    assert [row["left"]["text"] for row in found["equations"]] == ["H[dx]", "H"] and found["derivations"] == []
    assert run(["hessian", "J = logdet(X)", "--wrt", "X", "--no-verify", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["derivations"]) == 2 and "J is concave on pd X" in found["curvature"][0]["text"]


MIXED = [
    ("J = ||U V' - A||^2", "U", "V", "2 ((U V' - A) dV + U dV' V)"),
    ("J = x' A y", "x", "y", "A dy"),
    ("J = x' A x", "x", "A", "(dA + dA') x"),
    ("W1: h x d; W2: k x h; x: d; y: k; J = 1/2 ||W2 tanh(W1 x) - y||^2", "W1", "W2", ""),
    ("S: n x n; x: n; m: n; J = (x - m)' inv(S) (x - m)", "m", "S", ""),
    ("A, X, B: n x n; J = logdet(A X B + B)", "X", "A", ""),
    ("J = sum(exp(X w))", "w", "X", ""),
]


@pytest.mark.parametrize(("text", "first", "second", "operator"), MIXED)
def test_mixed_derivatives(text: str, first: str, second: str, operator: str) -> None:
    found = matcalc.hessian(text, first, second, verify=False)
    assert not operator or str(found.operator) == operator
    program = found.gradient.program
    sizes = {name: SIZES[n % 4] for n, name in enumerate(dims(*program.inputs))}
    values = values_of(program, sizes)
    measured = second_differences(program.objective, (first, second), values, sizes)
    scale = max(1.0, float(abs(measured).max()))
    assert evaluated(found.node, values, sizes) == pytest.approx(measured, abs=2e-5 * scale)
    direction = np.random.default_rng(4).normal(size=values[second].shape)
    along = evaluated(found.operator.node, {**values, f"d{second}": direction}, sizes)
    assert along.ravel("F") == pytest.approx(measured @ direction.ravel("F"), abs=1e-4 * scale)


@pytest.mark.parametrize(
    ("text", "wrt", "status"),
    [("J = logdet(X)", "X", "proved"), ("J = x' A x", "x", "proved"), ("J = log(sum(exp(x)))", "x", "proved"),
     ("J = ||x||_1 + x'x", "x", "proved"), ("J = ||U V' - A||^2", "U", "proved")],
)  # fmt: skip
def test_a_hessian_is_proved(text: str, wrt: str, status: str) -> None:
    found = matcalc.hessian(text, wrt)
    assert found.verification is not None and found.verification.status == status


@pytest.mark.parametrize("text", ["J = sum(exp(A x))", "J = logdet(A + diag(x))"])
def test_the_map_is_proved_for_itself(text: str) -> None:
    from matcalc.operators import inner, number, scale, stacked
    from matcalc.verify.second_order import judged_beside, judged_map, judged_symmetry, whole

    found = matcalc.hessian(text, "x")
    assert found.of_operator is not None and found.of_operator.status == "proved" and found.of_operator.every_size
    assert found.of_symmetry is not None and found.of_symmetry.status == "proved"
    program, node = found.gradient.program, found.operator.node
    direction = next(s for s in found.operator.scope if s.name == "dx")
    slope = stacked(found.gradient.record.gradients[0][1])
    of = inner(slope, direction)
    x = program.symbol("x")
    right = judged_map((of, of), x, node, {}, "free", 5.0)
    wrong = judged_map((of, of), x, scale(number(2), node), {}, "free", 5.0)
    assert right.ok and wrong.status == "failed"
    twice = scale(number(2), found.node)
    assert judged_beside(found.node, node, direction, 5.0).ok
    assert judged_beside(twice, node, direction, 5.0).status == "failed"
    skew = matcalc.parse("A: n x n; A").objective.definition
    assert skew is not None and judged_symmetry(skew, 5.0).status == "failed"
    assert found.verification is not None
    for verdicts in ((wrong, right, right), (right, wrong, right), (right, right, wrong)):
        assert whole(*verdicts, (found.node, node), direction).status == "failed"


def test_a_hessian_with_many_entries_is_proved_along_directions() -> None:
    from matcalc.operators import number, scale
    from matcalc.verify.second_order import whole

    found = matcalc.hessian("X: 15 x 12; J = 1/4 ||X' X||^2", "X", time_limit=1)
    assert found.of_matrix is not None and found.of_matrix.status == "skipped"
    assert found.verification is not None and found.verification.ok and found.verification.every_size
    assert "random directions" in found.verification.detail and found.of_operator is not None
    direction = next(s for s in found.operator.scope if s.name == "dX")
    verdicts = found.gradient.verification["X"], found.of_matrix, found.of_operator
    wrong = scale(number(2), found.node), found.operator.node
    assert whole(*verdicts, wrong, direction).status == "failed"


def test_a_planted_error_is_refuted() -> None:
    from matcalc.operators import number, scale
    from matcalc.verify import verify_jacobians

    found = matcalc.hessian("J = sum(exp(A x))", "x", verify=False)
    ((variable, node),) = found.record.gradients
    assert verify_jacobians(found.record.program.typed[0], {variable: node})["x"].ok
    assert not verify_jacobians(found.record.program.typed[0], {variable: scale(number(2), node)})["x"].ok


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (lambda: matcalc.hvp("J = logdet(X)", "X", "V"), "-(inv(X) V inv(X))'"),
        (lambda: matcalc.hvp("V: n x n; J = logdet(X) + tr(V X)", "X", "V"), "-(inv(X) V inv(X))'"),
        (lambda: matcalc.hvp("S: n x n symmetric; J = tr(S^3)", "S", "V"), ""),
        (lambda: matcalc.jvp("Y = A X B", "X", "V"), "A V B"),
        (lambda: matcalc.jvp("Y = softmax(X)", "X", "V"), "(V - rowsum(V ⊙ P) 𝟏') ⊙ P"),
        (lambda: matcalc.jvp("J = x' A x", "x", "v"), "v'(A + A') x"),
        (lambda: matcalc.jvp("Y = inv(X)", "X", "V"), "-inv(X) V inv(X)"),
        (lambda: matcalc.vjp("Y = inv(X)", "X", "U"), "-inv(X)' U inv(X)'"),
        (lambda: matcalc.vjp("y = A x", "x", "u"), "A' u"),
        (lambda: matcalc.third("J = tr(X^3)", "X", "U", "V"), "3 (U V + V U)'"),
        (lambda: matcalc.third("J = (a' x)^3", "x", "u", "v"), "6 (a' u) (a' v) a"),
    ],
)
def test_along_a_direction(found: Any, text: str) -> None:
    assert not text or str(found()) == text


def test_what_a_hessian_needs_is_said_without_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hessian", "J = ||X||_2 + tr(A logm(X'X))", "--wrt", "X", "--no-steps", "--no-verify"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "the largest singular value of X is simple and not 0" in out
    assert "no eigenvalue of X' X is real and at most 0" in out
    assert "logm_frechet2(A, E, F): the second Fréchet derivative of logm at A in the directions E and F" in out


THIRD = [
    ("X: n x n; J = tr(A expm(X))", "X"),
    ("X: n x n; J = ||logm(X)||^2", "X"),
    ("X: n x n; J = sum(sqrtm(X))", "X"),
    ("X: n x n; J = tr(A X^k)", "X"),
    ("X: n x n; A: n x n; J = lambda_max(A + A' + X X')", "X"),
    ("J = sum(singular_u1(X))", "X"),
]


@pytest.mark.parametrize(("text", "wrt"), THIRD)
def test_third_derivatives_are_the_slopes_of_second_ones(text: str, wrt: str) -> None:
    once, twice = matcalc.hvp(text, wrt, "V1"), matcalc.third(text, wrt, "V1", "V2")
    program = matcalc.parse(text)
    sizes = {name: SIZES[n % 4] for n, name in enumerate(dims(*program.inputs))}
    values = values_of(program, sizes)
    draw = np.random.default_rng(6)
    along = {name: draw.normal(size=values[wrt].shape) for name in ("V1", "V2")}

    def moved(h: float) -> Any:
        return evaluated(once.node, {**values, **along, wrt: values[wrt] + h * along["V2"]}, sizes)

    measured = sum(c * (moved(k * 2e-3) - moved(-k * 2e-3)) for k, c in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))) / 2e-3
    found = evaluated(twice.node, {**values, **along}, sizes)
    assert found == pytest.approx(measured, abs=1e-5 * max(1.0, float(abs(measured).max())))


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["hessian", "J = ||X w - y||^2", "--wrt", "w"]) == 0
    out = capsys.readouterr().out
    assert "The Hessian of J by w" in out and "H[dw] = 2 X' X dw" in out and "proved for all sizes" in out
    assert run(["hessian", "J = logdet(X)", "--wrt", "X", "--operator"]) == 0
    assert capsys.readouterr().out == "-(inv(X) dX inv(X))'\n"
    assert run(["hessian", "J = logdet(X)", "--wrt", "X", "--direction", "V"]) == 0
    assert capsys.readouterr().out == "-(inv(X) V inv(X))'\n"
    assert run(["hessian", "J = ||U V' - A||^2", "--wrt", "U,V", "--no-steps", "--format", "latex"]) == 0
    assert "The Hessian of J by U and V" in capsys.readouterr().out
    assert run(["hessian", "J = x' A x", "--wrt", "x", "--format", "json", "--no-steps"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["heading"] == "The Hessian of J by x"
    assert [verdict["status"] for verdict in found["verification"]] == ["proved", "proved"]
    for form in ("markdown", "html", "json"):
        assert run(["hessian", "J = x' A x", "--wrt", "x", "--format", form]) == 0
        assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hessian", "J = A x", "--wrt", "x"], "J is n×1, and a Hessian is of a scalar"),
        (["hessian", "J = x' A x", "--wrt", "x,A,x"], "J is n×n|"),
        (["hessian", "J = x' A y + z", "--wrt", "x,y,z"], "by one name or two"),
        (["hessian", "J = x' A x", "--wrt", "x", "--direction", "A"], "a direction has the shape of the variable"),
        (["hessian", "J = x' x", "--wrt", "y"], "y"),
        (
            ["hessian", "J = polar(X) : polar_frechet(X, A)", "--wrt", "X"],
            "no rule yet for the differential of the Fré",
        ),
        (["hessian", "J = singular_u(X) : A", "--wrt", "X"], "no rule yet for the differential of singular vectors"),
    ],
)
def test_what_is_no_hessian(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    status = run(arguments)
    assert status in (2, 3) or words.endswith("|")
    assert any(part in capsys.readouterr().err for part in words.split("|"))


# ------------------------------------------------------------------------------------------- problems, published forms

SIZE = {"n": 4, "d": 3, "m": 2, "k": 3, "h": 2, "p": 2, "q": 3}
SYMMETRIC = {"symmetric", "pd"}


def a_point(program: matcalc.Program, sizes: dict[str, int]) -> dict[str, Any]:
    draw = np.random.default_rng(3)
    found: dict[str, Any] = {}
    for s in program.inputs:
        rows, columns = (dim_value(d, sizes) for d in s.shape)
        value = draw.uniform(0.2, 0.9, (rows, columns)) + 1.5 * np.eye(rows, columns) * (rows == columns > 1)
        if s.attributes & SYMMETRIC:
            value = value + value.T
        if "onehot" in s.attributes:
            value = np.eye(columns)[draw.integers(0, columns, rows)] if columns > 1 else np.eye(rows)[:, :1]
        found[s.name] = (value > 0.5) * 1.0 if "binary" in s.attributes else value
    if "log(b - A x)" in program.source:
        found["b"] = found["b"] + 9
    if "log(1 - x' x)" in program.source:
        found["x"] = found["x"] * 0.3
    return found


def along(program: matcalc.Program, name: str, values: dict[str, Any], seed: int) -> Any:
    value = np.random.default_rng(seed).normal(size=values[name].shape)
    return value + value.T if program.symbol(name).attributes & SYMMETRIC else value


def read_back(problem: Second, program: matcalc.Program, shape: Any, direction: list[Symbol]) -> Node:
    """The published form as matcalc reads it, as a difference from a ZERO that gives its shape."""
    from matcalc.api.readings import statements
    from matcalc.syntax.declarations import as_declared

    lines = [*statements([*program.inputs, *direction], program.functions, ()), *problem.where.split("; ")]
    lines += [f"ZERO: {as_declared(shape) or 'scalar'}", f"D = {problem.published} - ZERO"]
    definition = matcalc.parse("\n".join(filter(None, lines))).objective.definition
    assert definition is not None
    return definition


def length(form: str, where: list[tuple[str, str]]) -> int:
    written = form + "".join(f"{name}={meaning}" for name, meaning in where)
    return len(re.sub(r"\s", "", written))


def lengths(problem: Second, found: matcalc.Expr) -> tuple[int, int]:
    """What is printed, its names and what they mean included, and what is published."""
    names = [(name, str(meaning)) for name, meaning in found.where]
    published = [(pair.split(" = ")[0], pair.split(" = ")[1]) for pair in problem.where.split("; ") if pair]
    return length(str(found), names), length(problem.published, published)


LONGER = {
    "A: n x n symmetric; J = log(x' A x)",
    "J = var(X w)",
    "J = ||A X - X B||^2",
    "J = sum(X' X)",
    "J = ||A - x y'||^2",
    "J = sqrt(tr(X' X))",
    "J = log(1 + (a' x)^2)",
}
"""The problems whose form is printed with more than 1.15 times the published characters."""


def test_few_forms_are_longer_than_published() -> None:
    published = {problem.program for problem in SECOND if problem.published}
    assert published >= LONGER and len(LONGER) < 0.05 * len(published)


TITLES = [f"{p.kind} {p.program} by {' '.join(p.by)}" for p in SECOND]


@pytest.mark.parametrize("problem", some(SECOND, len(SECOND) // 2, TITLES))
def test_a_problem(problem: Second) -> None:
    first, second = problem.by[0], problem.by[-1]
    found: matcalc.Hessian | matcalc.Jacobian
    if problem.is_jacobian:
        found = matcalc.jacobian(problem.program, second, verify=False)
        program, operator = found.record.program, None
    else:
        found = matcalc.hessian(problem.program, *problem.by, verify=False)
        program, operator = found.gradient.program, found.operator
    sizes = {name: SIZE.get(name, 2) for name in dims(*program.inputs)}
    values = a_point(program, sizes)
    claims: list[tuple[Node, bool]] = [(found.node, True)]
    if operator is not None:
        claims.append((operator.node, False))
    if problem.published:
        as_map = problem.kind == "o"
        direction = [Symbol(f"d{second}", program.symbol(second).shape)] if as_map else []
        shape = program.symbol(first).shape if as_map else found.shape
        claims.append((read_back(problem, program, shape, direction), not as_map))
        printed, published = lengths(problem, operator if as_map and operator is not None else found)
        assert (printed > 1.15 * published) == (problem.program in LONGER), (printed, published)
    v = along(program, second, values, 1)
    u = None if problem.is_jacobian else along(program, first, values, 2)
    moves = [(second, v)] if u is None else [(first, u), (second, v)]
    measured = moved(lambda at: evaluated(program.objective, at, sizes), moves, values, 2e-3, SIXTH).ravel("F")
    given = {**values, f"d{second}": v}
    for node, is_matrix in claims:
        rows, columns = (dim_value(d, sizes) for d in node.shape)
        value = evaluated(node, {**given, "ZERO": np.zeros((rows, columns))}, sizes)
        got = value @ v.ravel("F") if is_matrix else value.ravel("F")
        got = got if u is None else np.array([u.ravel("F") @ got])
        assert got == pytest.approx(measured, rel=1e-5, abs=1e-5 * max(1.0, float(abs(measured).max()))), node


DEPENDENT = [
    # A direction that depends on the variable stays the same while the variable changes.
    ("hvp", "J = tr(X A X' B)", ("X", "X"), "B X A + B' X A'"),
    ("hvp", "J = ||A x - b||^2 + (c'x)^3", ("x", "x"), "2 A' A x + 6 (c' x)^2 c"),
    ("hvp", "A: n x n; z = A x; J = 1/2 z' z", ("x", "z"), "A' A A x"),
    ("third", "J = sum(exp(A x))", ("x", "x", "x"), "A'((A x).^2 .* exp(A x))"),
    ("vjp", "Y = A X B", ("X", "Y"), "A' A X B B'"),
    ("jvp", "Y = A X X", ("X", "X"), "2 A X X"),
    ("jvp", "J = x' x", ("x", "x"), "2 x' x"),
]


@pytest.mark.parametrize(("name", "text", "by", "expected"), DEPENDENT)
def test_a_direction_that_depends_on_the_variable(name: str, text: str, by: tuple[str, ...], expected: str) -> None:
    found = getattr(matcalc, name)(text, *by)
    assert matcalc.equal(str(found.expanded()), expected, text).status == "proved"


def test_a_program_with_a_name_that_a_direction_would_have() -> None:
    assert str(matcalc.hessian("J = (dx' x)^2 + x' x", "x", verify=False).operator) == "2 (dx_2 + (dx' dx_2) dx)"
    assert str(matcalc.hessian("dX: scalar; J = dX logdet(X)", "X", verify=False).operator) == (
        "-dX (inv(X) dX_2 inv(X))'"
    )


def test_weights_of_layers() -> None:
    text = "layers l = 1..3: a[l] = tanh(W[l] a[l-1]); a[0] = x; J = ||a[3] - y||^2"
    assert "dW[3] a[2]" in str(matcalc.hessian(text, "W[3]", verify=False).operator)


@pytest.mark.parametrize(
    ("method", "heading"), [("hessian", "hessian"), ("fisher", "matrix"), ("gauss_newton", "matrix")]
)
def test_the_table_in_html_is_headed_by_what_it_holds(method: str, heading: str) -> None:
    problem = "y: n constant; z = X w; J = sum(log(1 + exp(z))) - y' z"
    html = getattr(matcalc, method)(problem, "w", verify=False).to_html(steps=False)
    assert f">{heading}</th>" in html and ">jacobian</th>" not in html


DEEP = "a1 = tanh(W1 x); a2 = tanh(W2 a1); a3 = tanh(W3 a2)"
DEEP_SIZES = {
    "W1": "4 x 3",
    "W2": "5 x 4",
    "W3": "2 x 5",
    "x": "3",
    "y": "2",
    "u": "2",
    "v": "3",
    "w": "3",
    "dW1": "4 x 3",
}


def deep(values: dict[str, Any], **moved: Any) -> Any:
    """The last layer of DEEP in plain numpy."""
    at = {**values, **moved}
    layer = at["x"]
    for name in ("W1", "W2", "W3"):
        layer = np.tanh(at[name] @ layer)
    return layer


def deep_gradient(values: dict[str, Any], name: str, **moved: Any) -> Any:
    """The gradient of ‖DEEP - y‖² by complex steps."""
    at = {**values, **moved}
    found = np.zeros(at[name].shape)
    for place in np.ndindex(found.shape):
        tiny = at[name].astype(complex)
        tiny[place] += 1e-30j
        found[place] = ((deep(at, **{name: tiny}) - at["y"]) ** 2).sum().imag / 1e-30
    return found


def central(of: Any, at: Any, along: Any) -> Any:
    return (of(at + 1e-4 * along) - of(at - 1e-4 * along)) / 2e-4


@pytest.mark.parametrize("form", ["text", "ascii", "latex"])
@pytest.mark.parametrize("what", ["operator", "hvp", "third", "jvp", "vjp"])
def test_the_lines_of_a_formula_are_a_program_that_has_its_value(what: str, form: str) -> None:
    rng = np.random.default_rng(3)
    values = {name: rng.normal(size=tuple(map(int, size.split(" x ")))) for name, size in DEEP_SIZES.items()}
    loss = f"{DEEP}; J = ||a3 - y||^2"
    slope = lambda W1: deep_gradient(values, "W1", W1=W1)  # noqa: E731
    along_w = lambda x: central(lambda x: deep_gradient(values, "x", x=x), x, values["w"])  # noqa: E731
    along_v = central(lambda x: deep(values, x=x), values["x"], values["v"])
    made: dict[str, Any] = {
        "operator": lambda: matcalc.hessian(loss, "W1", verify=False).operator,
        "hvp": lambda: matcalc.hvp(loss, "W1", "dW1"),
        "third": lambda: matcalc.third(loss, "x", "v", "w"),
        "jvp": lambda: matcalc.jvp(DEEP, "x", "v"),
        "vjp": lambda: matcalc.vjp(DEEP, "x", "u"),
    }
    found = made[what]()
    lines = found.lines(form)
    assert len(lines) == len(found.where) + 1 > 2
    program = matcalc.parse("\n".join(lines), [f"{name}: {size}" for name, size in DEEP_SIZES.items()])
    last = matcalc.Expr(program.objective.definition, program.inputs)
    value = last.evaluate({name: values[name] for name in last.names})
    if what == "third":
        expected = central(along_w, values["x"], values["v"])
    elif what == "jvp":
        expected = along_v
    elif what == "vjp":  # the product of u with the Jacobian, then with v, in the other order
        value, expected = value @ values["v"], values["u"] @ along_v
    else:
        expected = central(slope, values["W1"], values["dW1"])
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


def test_a_form_of_lines_that_there_is_not() -> None:
    with pytest.raises(matcalc.MatcalcError, match="there is no form html"):
        matcalc.hvp("J = x' A x", "x", "v").lines("html")


def test_a_definition_of_the_command_is_named_as_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    source = "a1 = tanh(W1 x); a2 = tanh(W2 a1); a3 = tanh(W3 a2); J = ||a3 - y||^2"
    assert run(["hessian", source, "--wrt", "W1", "--operator", "--no-verify"]) == 0
    said = capsys.readouterr().out
    assert "; δ_δ2 = W2 (" in said and "delta" not in said
    assert run(["hessian", source, "--wrt", "W1", "--operator", "--no-verify", "--ascii"]) == 0
    said = capsys.readouterr().out
    assert "; delta_delta2 = W2 (" in said and said.isascii()


def test_a_deep_function_is_told_without_opening_it() -> None:
    """It has as many names as functions; written out it would be as long as their square."""
    source = "x: n; J = sum(" + "exp(" * 120 + "x" + ")" * 121
    found = matcalc.hessian(source, "x", verify=False)
    assert calls(lambda: found.operator, 2_500_000) and len(str(found.operator)) < 500
    assert found.curvature.count("exp is convex and increasing") == 1


def test_the_matrix_of_a_map_is_a_step_of_its_own() -> None:
    found = matcalc.hessian("J = ||kron(A, X) - B||^2", "X", verify=False)
    assert str(found) == "2 tr(A' A) I"
    assert "the map on stacked columns" in found.to_text()


def test_a_mistake_in_the_matrix_of_a_map_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    from matcalc.api import second

    def wrong(record: Any, onward: Any, along: Any, kept: Any) -> Any:
        ((symbol, node),) = by_map(record, onward, along, kept).gradients
        return replace(record, gradients=((symbol, scale(number(3), node)),))

    by_map = second.by_map
    monkeypatch.setattr(second, "by_map", wrong)
    found = matcalc.hessian("S: n x n symmetric; x: scalar; J = -logdet(S + x S^2)", "x")
    assert found.verification is not None and found.verification.status == "failed"
