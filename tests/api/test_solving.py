"""Stationary points: as they are published, and where NumPy finds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from finite import evaluate

import matcalc
from matcalc.cli import run
from matcalc.expr import dims, expand

RIDGE = "J = ||X w - y||^2 + lam ||w||^2"

# text, variable, constraint, solution, kind
CASES = [
    ("J = ||X w - y||^2", "w", "", "pinv(X) y", "minimum"),
    (RIDGE, "w", "", "inv(X' X + lam I) X' y", "stationary point"),
    ("lam: positive; " + RIDGE, "w", "", "inv(X' X + lam I) X' y", "minimum"),
    ("S: n x n pd; J = (y - X w)' inv(S) (y - X w)", "w", "", "inv(X' inv(S) X) X' inv(S) y", "minimum"),
    ("p: n positive; J = (y - X w)' diag(p) (y - X w)", "w", "", "inv(X' diag(p) X) X'(p ⊙ y)", "minimum"),
    ("J = ||X W - Y||^2", "W", "", "pinv(X) Y", "minimum"),
    ("J = ||A X B - C||^2", "X", "", "pinv(A) C pinv(B)", "minimum"),
    ("J = ||A X + X B - C||^2", "X", "", "", "minimum"),
    ("lam: positive; J = ||X W - Y||^2 + lam ||W||^2", "W", "", "inv(X' X + lam I) X' Y", ""),
    ("lam: positive; J = ||X - U V'||^2 + lam ||U||^2", "U", "", "X V inv(V' V + lam I)", ""),
    ("lam: positive; J = lam ||X - M||^2", "X", "", "", "minimum"),
    ("lam: positive; J = 1/2 lam tr(X' X) - tr(A X)", "X", "", "", "minimum"),
    ("J = ||X - U V'||^2", "U", "", "X pinv(V)'", "minimum"),
    ("J = sum((y - a x).^2)", "a", "", "x' y / (x' x)", "minimum"),
    ("J = ||x - m||^2", "x", "", "m", "minimum"),
    ("J = -||x - m||^2", "x", "", "m", "maximum"),
    ("J = 1/2 x' A x - b' x", "x", "", "", "stationary point"),
    ("J = ||D w - y||^2 + lam ||L w||^2", "w", "", "inv(D' D + lam L' L) D' y", "stationary point"),
    ("J = 1/2 w'w", "w", "A w = b", "pinv(A) b", "minimum"),
    ("S: n x n pd; J = 1/2 w' S w", "w", "ones(n)' w = 1", "rowsum(inv(S)) / sum(inv(S))", "minimum"),
    ("J = ||X w - y||^2", "w", "C w = d", "", "minimum"),
]


@pytest.mark.parametrize(("text", "wrt", "subject", "solution", "kind"), CASES, ids=[f"{c[0]} {c[2]}" for c in CASES])
def test_the_gradient_is_zero_there(text: str, wrt: str, subject: str, solution: str, kind: str) -> None:
    found = matcalc.solve(text, wrt, subject=subject)
    assert not solution or str(found) == solution
    assert not kind or found.kind == kind
    assert found.verification is not None and found.verification.ok
    symbols = {s.name: s for s in (*found.scope, *found.gradient.program.inputs)}
    names = list(dims(*symbols.values()))
    sizes = {name: 5 - n for n, name in enumerate(names)}
    if subject:
        sizes = dict(zip(names, (6, 4, 2) if "X" in symbols else (4, 2) if "A" in symbols else (4,), strict=False))
    draw = np.random.default_rng(1)
    values: dict[str, Any] = {}
    for s in symbols.values():
        rows, columns = (d if isinstance(d, int) else sizes[str(d)] for d in s.shape)
        value = draw.normal(size=(rows, columns))
        value = value @ value.T + np.eye(rows) if "pd" in s.attributes else value
        values[s.name] = abs(value) if "positive" in s.attributes or s.name == "lam" else value
    values[wrt] = evaluate([expand(found.node)], values, sizes)[0]
    slope = evaluate([expand(found.gradient.expanded(wrt).node)], values, sizes)[0]
    if not subject:
        assert slope == pytest.approx(np.zeros_like(slope), abs=1e-7)
        return
    left, right = (evaluate([expand(side.node)], values, sizes)[0] for side in found.equation)
    assert left == pytest.approx(right)
    rows_ = {"A w = b": values.get("A"), "C w = d": values.get("C")}.get(subject, np.ones((1, len(values[wrt]))))
    kernel = np.linalg.svd(np.asarray(rows_))[2][len(np.asarray(rows_)) :]
    assert kernel @ slope == pytest.approx(np.zeros((len(kernel), 1)), abs=1e-7)


def test_a_planted_error_is_seen() -> None:
    from matcalc.api.formula import Expr
    from matcalc.expr import replace
    from matcalc.operators import number, scale, zeros

    found = matcalc.solve(RIDGE, "w")
    gradient = found.gradient.expanded("w").node
    wrong = replace(gradient, {found.gradient.program.symbol("w"): scale(number(2), found.node)})
    assert not matcalc.equal(Expr(wrong), Expr(zeros("d"))).ok


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", RIDGE, "--wrt", "w", "--no-steps"]) == 0
    out = capsys.readouterr().out
    assert "X' X w + lam w = X' y" in out and "inv(X' X + lam I) X' y" in out
    assert "the only stationary point if X' X + lam I is invertible" in out and "proved for all sizes" in out
    assert run(["solve", RIDGE, "--wrt", "w", "--format", "latex"]) == 0
    assert "Where the gradient is 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "J = sum(exp(x))", "--wrt", "x"], "the gradient is not affine in x"),
        (["solve", RIDGE, "--wrt", "w", "--subject", "A w"], "a constraint is one equation"),
        (["solve", RIDGE, "--wrt", "w", "--subject", "w' w = 1"], "the constraint is not affine in w"),
        (["solve", "J = ||X W - Y||^2", "--wrt", "W", "--subject", "W = 1"], "a constraint is on a vector here"),
        (["solve", RIDGE, "--wrt", "w,y"], "set to 0 by one name"),
    ],
)
def test_what_has_no_solution(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) in (2, 3)
    assert words in capsys.readouterr().err
