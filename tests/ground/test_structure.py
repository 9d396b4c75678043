"""What is claimed of an expression's structure holds of its value; and what is plainly so is claimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from random_expressions import Generator, values

from matcalc import meaning
from matcalc import operators as ops
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, Term, postorder
from matcalc.operators import T, eye, inv, matmul, number, plus, scale, term
from matcalc.rules.kinds import commuting
from matcalc.rules.structure import attributes
from matcalc.syntax import parse

Array = np.ndarray[Any, Any]
CLAIMS: dict[str, Callable[[Array], bool]] = {
    "symmetric": lambda a: np.allclose(a, a.T),
    "skew": lambda a: np.allclose(a, -a.T),
    "diagonal": lambda a: np.allclose(a, np.diag(np.diag(a))),
    "lower": lambda a: np.allclose(a, np.tril(a)),
    "upper": lambda a: np.allclose(a, np.triu(a)),
    "orthogonal": lambda a: np.allclose(a.T @ a, np.eye(len(a))),
    "onehot": lambda a: np.allclose(a.sum(1), 1),
    "binary": lambda a: bool(np.isin(a, (0, 1)).all()),
    "positive": lambda a: bool((a > 0).all()),
    "nonnegative": lambda a: bool((a >= 0).all()),
    "invertible": lambda a: abs(np.linalg.det(a)) > 0,
    "pd": lambda a: bool((np.linalg.eigvalsh((a + a.T) / 2) > 0).all()),
    "psd": lambda a: bool((np.linalg.eigvalsh((a + a.T) / 2) > -1e-9).all()),
}


def test_claims_hold(fuzz: bool) -> None:
    seen: Counter[str] = Counter()
    for seed in range(20_000 if fuzz else 1_500):
        generator = Generator(seed)
        n = generator.dim()
        root = generator.array((n, generator.random.choice((n, generator.dim()))), 2 + seed % 3)
        program = generator.program(0)
        parts = [p for p in postorder(root) if isinstance(p, Term) and attributes(p)]
        if not parts:
            continue
        try:
            found = meaning.evaluate(parts, values(program, seed))
        except MatcalcError:
            continue
        for part, value in zip(parts, found, strict=True):
            if not np.isfinite(value).all() or np.abs(value).max() > 1e9:
                continue
            for claim in attributes(part) & CLAIMS.keys():
                seen[claim] += 1
                assert CLAIMS[claim](value), f"seed {seed}: {part!r} is not {claim}"
    assert set(CLAIMS) - {"onehot"} <= seen.keys()  # transposes and sums of such rows are not claimed to be any


DECLARED = """
A, B: n x n; X: n x m; S, R: n x n symmetric
P, M: n x n psd; D: n x n pd; K: n x n skew; L: n x n lower; U: n x n upper
Q: n x n orthogonal; x: n; p: n positive; s: scalar; t: scalar positive
"""
CLAIMED = (
    ("X' X", "psd"), ("X X'", "psd"), ("(A + S) (A + S)'", "psd"), ("X' P X", "psd"), ("eye(n) + X X'", "pd"),
    ("D + P", "pd"), ("t D", "pd"), ("1/2 (D + P)", "pd"), ("inv(D)", "pd"), ("D .* D", "pd"), ("P .* M", "psd"),
    ("expm(S)", "pd"), ("sqrtm(D)", "pd"), ("S^2", "psd"), ("D ⊗ D", "pd"), ("diag(p)", "pd"), ("inv(P)", "pd"),
    ("A + A'", "symmetric"), ("A B + B' A'", "symmetric"), ("A - A'", "skew"), ("logm(D)", "symmetric"),
    ("inv(S)", "symmetric"), ("X' S X", "symmetric"), ("s S", "symmetric"), ("S + R", "symmetric"),
    ("pinv(S)", "symmetric"), ("K^2", "symmetric"), ("K^3", "skew"), ("A K A'", "skew"), ("inv(K)", "skew"),
    ("expm(K)", "orthogonal"), ("Q'", "orthogonal"), ("Q Q'", "orthogonal"), ("inv(Q)", "orthogonal"),
    ("L L", "lower"), ("L'", "upper"), ("inv(L)", "lower"), ("chol(D)", "lower"), ("tril(A)", "lower"),
    ("triu(A)", "upper"), ("L .* A", "lower"), ("L + L", "lower"), ("tril(U)", "diagonal"), ("expm(A)", "invertible"),
    ("chol(D)", "invertible"), ("inv(A) Q", "invertible"), ("exp(x)", "positive"), ("softplus(x) + x.^2", "positive"),
    ("1 + x.^2", "positive"), ("1 + x' P x", "positive"), ("tr(D)", "positive"), ("softmax(x)", "positive"),
    ("p .* exp(x)", "positive"), ("log1p(p)", "positive"), ("sum(p)", "positive"), ("p' p", "positive"),
    ("x' x", "nonnegative"), ("norm(x)", "nonnegative"), ("abs(x)", "nonnegative"), ("relu(x)", "nonnegative"),
    ("var(x)", "nonnegative"),
)  # fmt: skip
NOT_CLAIMED = (
    ("D - P", "pd"), ("s D", "psd"), ("X' A X", "symmetric"), ("S R", "symmetric"), ("L U", "lower"), ("A X X'", "psd"),
    ("A + B'", "symmetric"), ("X X'", "pd"), ("P", "invertible"), ("x.^3", "nonnegative"), ("p - exp(x)", "positive"),
    ("expm(S) expm(R)", "symmetric"), ("K K'", "skew"), ("pinv(L)", "lower"), ("exp(L)", "lower"), ("S^3", "psd"),
)  # fmt: skip


def said(formula: str) -> frozenset[str]:
    return attributes(parse(f"{DECLARED}\n{formula}").objective)


@pytest.mark.parametrize(("formula", "attribute"), CLAIMED)
def test_what_is_so_is_claimed(formula: str, attribute: str) -> None:
    assert attribute in said(formula)


@pytest.mark.parametrize(("formula", "attribute"), NOT_CLAIMED)
def test_what_need_not_be_so_is_not_claimed(formula: str, attribute: str) -> None:
    assert attribute not in said(formula)


A, B = (Symbol(name, ("n", "n")) for name in "AB")
S, K = Symbol("S", ("n", "n"), ["symmetric"]), Symbol("K", ("n", "n"), ["skew"])
t, x = Symbol("t", (1, 1)), Symbol("x", ("n", 1))
C = Symbol("C", ("n", "n"), (), scale(t, A))
two = number(2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A, A), (A, scale(t, A)), (scale(t, A), matmul(A, A)), (T(A), T(inv(A))), (A, eye("n")), (C, term(ops.EXPM, A)),
        (plus(A, eye("n")), term(ops.MATPOW, A, two)), (matmul(A, B), matmul(A, B)), (S, T(S)), (K, T(K)),
        (plus(A, B), inv(plus(A, B))), (A, plus(term(ops.LOGM, A), scale(two, inv(A)))),
    ],
)  # fmt: skip
def test_functions_of_one_matrix_commute(one: Node, other: Node) -> None:
    assert commuting.holds(term(ops.EXPM_FRECHET, one, other))
    rng = np.random.default_rng(1)
    a = rng.uniform(0, 0.3, (3, 3)) + 2 * np.eye(3)
    at = {"A": a, "B": rng.uniform(0, 1, (3, 3)), "S": a + a.T, "K": a - a.T, "t": 0.5}
    left, right = meaning.evaluate([matmul(one, other), matmul(other, one)], at, sizes={"n": 3})
    assert np.allclose(left, right)


@pytest.mark.parametrize(
    ("one", "other"),
    [(A, B), (A, T(A)), (A, plus(A, B)), (matmul(A, B), matmul(B, A)), (C, B), (S, K), (A, matmul(x, T(x)))],
)
def test_what_need_not_commute_is_not_said_to(one: Node, other: Node) -> None:
    assert not commuting.holds(term(ops.EXPM_FRECHET, one, other))
