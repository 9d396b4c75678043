"""Simplification is idempotent, gives one answer for reordered input, keeps the value, and replays to what it says.

The short forms that it makes are listed, and opened brackets have their value, too.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_expressions import Generator, values
from selection import some

from matcalc import meaning
from matcalc.derive.line import SIMPLIFY
from matcalc.expr import Node, Term, fold
from matcalc.operators import term
from matcalc.rewrite import RuleSet
from matcalc.rules.expanding import EXPANDED
from matcalc.rules.order import arrange
from matcalc.syntax import parse
from matcalc.write import ASCII, write

DECLARED = """
A, B, C: n x n; X, Y: n x m; V: n x q; W: m x n; E, F: m x m; S, R: n x n symmetric; P, M: n x n psd; D: n x n pd
K: n x n skew; L: n x n lower; U: n x n upper; Q: n x n orthogonal; x, y, z: n; v: m; w: n positive; s, t: scalar
"""
SHORT = (
    ("(A ⊗ E)'", "kron(A', E')"), ("inv(A ⊗ E)", "kron(inv(A), inv(E))"), ("(A ⊗ E) (B ⊗ F)", "kron(A B, E F)"),
    ("tr(A ⊗ E)", "tr(A) tr(E)"), ("sum(A ⊗ E)", "sum(A) sum(E)"), ("norm(X ⊗ E)", "norm(E) norm(X)"),
    ("x ⊗ y'", "x y'"), ("eye(n) ⊗ eye(m)", "eye(m n)"), ("(E' ⊗ A) vec(X)", "vec(A X E)"),
    ("vec(X)' vec(Y)", "X : Y"), ("unvec(vec(X), n, m)", "X"), ("vec(X) + vec(Y)", "vec(X + Y)"),
    ("sum(vec(X))", "sum(X)"), ("norm(vec(X))", "norm(X)"), ("vec(x)", "x"), ("ptrace1(A ⊗ E, n)", "tr(A) E"),
    ("ptrace2(A ⊗ E, m)", "tr(E) A"), ("tr(ptrace1(A ⊗ E, n))", "tr(A) tr(E)"), ("colrange([X, V], 1, m)", "X"),
    ("colrange([X, V], m + 1, m + q)", "V"), ("rowrange([W; X'], 1, m)", "W"), ("[A', B']", "[A; B]'"),
    ("[X, V] [W; V']", "X W + V V'"), ("[X, A] + [Y, B]", "[X + Y, A + B]"), ("[2 X, 2 A]", "2 [X, A]"),
    ("[X', W]", "[X', W]"), ("colrange(A [X, V], 1, m)", "A X"), ("tril(L)", "L"), ("tril(U)", "diag(diag(U))"),
    ("triu(L)", "diag(diag(L))"), ("tril(A)'", "triu(A')"), ("diag(tril(A))", "diag(A)"), ("tr(triu(A))", "tr(A)"),
    ("rowmean(X')", "colmean(X)'"), ("colsum(X - ones(n) colmean(X))", "zeros(1, m)"), ("rowmean(x v')", "mean(v) x"),
    ("1/m rowsum(X)", "rowmean(X)"), ("rowsum(x v')", "sum(v) x"), ("x x' y", "(x' y) x"), ("tr(x y')", "y' x"),
    ("(x y') : A", "x' A y"), ("y' A' x", "x' A y"), ("A : B'", "tr(A B)"), ("tr(B A)", "tr(A B)"),
    ("tr(A' B)", "A : B"), ("x' S y + y' S x", "2 x' S y"), ("x' y + y' x", "2 x' y"), ("Q' Q A", "A"),
    ("inv(Q)", "Q'"), ("norm(Q X)", "norm(X)"), ("x' K x", "0"), ("tr(K)", "0"), ("sum(K)", "0"), ("K'", "-K"),
    ("S' x", "S x"), ("A inv(B A)", "inv(B)"), ("inv(A B) A", "inv(B)"), ("A' inv(A B)'", "inv(B)'"),
    ("inv(B A)' A'", "inv(B)'"), ("inv(X' X) X'", "pinv(X)"), ("X inv(X' X)", "pinv(X)'"), ("X pinv(X) X", "X"),
    ("pinv(X')", "pinv(X)'"), ("pinv(X)' X'", "X pinv(X)"), ("(eye(n) - X pinv(X)) X", "zeros(n, m)"),
    ("pinv(D)", "inv(D)"), ("expm(A')", "expm(A)'"), ("expm(diag(x))", "diag(exp(x))"),
    ("expm(zeros(n, n))", "eye(n)"), ("sqrtm(eye(n))", "eye(n)"), ("sqrtm(D)^2", "D"), ("expm(A) expm(-A)", "eye(n)"),
    ("logm(expm(S))", "S"), ("expm(logm(A))", "A"), ("chol(D) chol(D)'", "D"), ("sqrtm(inv(D))", "inv(sqrtm(D))"),
    ("tr(logm(D))", "logdet(D)"), ("logdet(expm(A))", "tr(A)"), ("det(expm(A))", "exp(tr(A))"),
    ("logdet(inv(D))", "-logdet(D)"), ("expm_frechet(A, A)", "A expm(A)"), ("expm_frechet(A, eye(n))", "expm(A)"),
    ("expm_frechet(t A, A)", "A expm(t A)"), ("logm_frechet(A, A^2)", "A"), ("sqrtm_frechet(A, A)", "1/2 sqrtm(A)"),
    ("power_frechet(A, A, 3)", "3 A^3"), ("expm_frechet(A', B')", "expm_frechet(A, B)'"),
    ("expm_frechet(A, B) + expm_frechet(A, C)", "expm_frechet(A, B + C)"),
    ("tr(expm_frechet(A, B))", "tr(expm(A) B)"), ("exp(x) / sum(exp(x))", "softmax(x)"),
    ("exp(x) ./ (1 + exp(x))", "sigmoid(x)"), ("1 ./ (1 + exp(-x))", "sigmoid(x)"),
    ("1 ./ (1 + exp(x))", "sigmoid(-x)"), ("exp(X) ./ (rowsum(exp(X)) ones(m)')", "softmax(X)"),
    ("log(sum(exp(x)))", "logsumexp(x)"), ("log(sum(exp(x - max(x)))) + max(x)", "logsumexp(x)"),
    ("softmax(x - max(x))", "softmax(x)"), ("(exp(x) - exp(-x)) ./ (exp(x) + exp(-x))", "tanh(x)"),
    ("(exp(2 x) - 1) ./ (exp(2 x) + 1)", "tanh(x)"), ("(exp(x) + exp(-x)) / 2", "cosh(x)"), ("max(X, 0)", "relu(X)"),
    ("sqrt(x' x)", "norm(x)"), ("sqrt(x.^2)", "abs(x)"), ("abs(w)", "w"), ("sign(x) ./ abs(x)", "1 ./ x"),
    ("t A + t s B", "t (A + s B)"), ("y / norm(x) - s x / norm(x)^3", "(y - s x / norm(x)^2) / norm(x)"),
    ("(w ones(m)') .* X", "diag(w) X"), ("rowsum(A) + rowsum(B)", "rowsum(A + B)"), ("A' B' + B' A'", "(A B + B A)'"),
    ("(eye(n) + A)' + A", "I + A + A'"), ("expm(A) + A expm(A)", "(I + A) expm(A)"),
)  # fmt: skip
"""(as it is written, as it is shortest)"""


@pytest.mark.parametrize(("written", "short"), SHORT)
def test_short_forms(written: str, short: str) -> None:
    definition = parse(f"{DECLARED}\n{written}").objective.definition
    assert definition is not None
    assert write(SIMPLIFY.normal(definition)[0], ASCII) == short


def shuffled(node: Node, seed: int) -> Node:
    """The arguments of every commutative operator in another order."""
    rng = random.Random(seed)

    def visit(n: Node, args: list[Node]) -> Node:
        if not isinstance(n, Term):
            return n
        if n.op.commutes:
            rng.shuffle(args)
        return term(n.op, *args)

    return fold(node, visit)


def drawn(seed: int) -> tuple[Generator, Node]:
    generator = Generator(seed)
    shape = (generator.dim(), generator.random.choice((1, generator.dim())))
    return generator, generator.array(shape, 2 + seed % 4)


@pytest.mark.parametrize("block", some(range(8), 4))
def test_normal_forms(block: int, fuzz: bool) -> None:
    count = 500 if fuzz else 50
    for seed in range(block * count, (block + 1) * count):
        generator, node = drawn(seed)
        normal, _ = SIMPLIFY.normal(node)
        assert SIMPLIFY.normal(normal)[0] is normal, seed
        forms = [form for _, form in SIMPLIFY.forms(node)]
        assert (forms[-1] if forms else node) is normal, seed
        assert SIMPLIFY.normal(shuffled(node, seed))[0] is normal, f"seed {seed}: another order gives another answer"
        program = generator.program(0)
        before, after = meaning.evaluate([node, normal], values(program, seed))
        if np.isfinite(before).all() and np.abs(before).max() < 1e9:
            np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-7, err_msg=str(seed))


EXPAND = RuleSet(EXPANDED, arrange=arrange)


def test_opened_brackets_keep_the_value(fuzz: bool) -> None:
    changed = 0
    for seed in range(2_000 if fuzz else 250):
        generator, node = drawn(seed)
        opened = EXPAND.normal(node)[0]
        assert EXPAND.normal(opened)[0] is opened, seed
        changed += opened is not SIMPLIFY.normal(node)[0]
        before, after = meaning.evaluate([node, opened], values(generator.program(0), seed))
        if np.isfinite(before).all() and np.abs(before).max() < 1e9:
            np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-7, err_msg=str(seed))
    assert changed > 10


def test_brackets_are_opened_where_terms_cancel() -> None:
    definition = parse(f"{DECLARED}\nX'(A X - B X) - X'(A - B) X + (X' A - W) X + W X - X' A X").objective.definition
    assert definition is not None
    assert write(EXPAND.normal(definition)[0], ASCII) == "zeros(m, m)"
