"""The judge on structured variables, intermediates, sizes and exponents."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from verify_problems import A, B, M, Sigma, Sym, X, fn, half, network, two, x, y

from matcalc import operators as ops
from matcalc.dims import Dim, dim_add
from matcalc.expr import SCALAR, Node, Size, Symbol
from matcalc.meaning import evaluate
from matcalc.operators import (
    T,
    eye,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    negative,
    number,
    ones,
    over,
    plus,
    power,
    scale,
    term,
    zeros,
)
from matcalc.verify import equal, verify
from matcalc.verify.sampling import STRUCTURES, sample

# ----------------------------------------------------------------------------------------------------------- structures


def diagonal_part(a: Node) -> Node:
    return fn("diag", fn("diagonal", a))


PROJECTED = {
    "symmetric": scale(half, plus(B, T(B))),
    "pd": scale(half, plus(B, T(B))),
    "psd": scale(half, plus(B, T(B))),
    "skew": scale(half, minus(T(B), B)),
    "diagonal": diagonal_part(B),
    "lower": fn("tril", T(B)),
    "upper": fn("triu", T(B)),
}
ENTRIES = {
    "symmetric": minus(plus(B, T(B)), diagonal_part(B)),
    "pd": minus(plus(B, T(B)), diagonal_part(B)),
    "psd": minus(plus(B, T(B)), diagonal_part(B)),
    "skew": minus(T(B), B),
    "diagonal": diagonal_part(B),
    "lower": fn("tril", T(B)),
    "upper": fn("triu", T(B)),
}


@pytest.mark.parametrize("attribute", PROJECTED)
def test_conventions(attribute: str) -> None:
    variable = Symbol("A", ("n", "n"), [attribute])
    objective = fn("tr", matmul(variable, B))
    right = {"projected": PROJECTED[attribute], "entries": ENTRIES[attribute], "free": T(B)}
    for convention, gradient in right.items():
        assert verify(objective, {variable: gradient}, convention=convention)["A"].status == "proved"
        for other in right.values():
            same = equal(gradient, other).ok
            found = verify(objective, {variable: other}, convention=convention)["A"]
            assert found.status == ("proved" if same else "failed")
    found = verify(objective, {variable: T(B)})["A"]
    assert f"(A {attribute}, projected)" in str(found)


def test_triangles() -> None:
    for attribute in ("lower", "upper"):
        factor = Symbol("L", ("n", "n"), [attribute])
        squares = fn("tr", matmul(factor, T(factor)))
        assert verify(squares, {factor: scale(two, factor)})["L"].status == "proved"
        assert verify(fn("tr", matmul(factor, B)), {factor: T(B)})["L"].status == "failed"


def test_log_det_of_a_symmetric_matrix_in_every_convention() -> None:
    objective = fn("logdet", Sigma)
    entrywise = minus(scale(two, inv(Sigma)), diagonal_part(inv(Sigma)))
    for convention, gradient in (("projected", inv(Sigma)), ("entries", entrywise), ("free", T(inv(Sigma)))):
        assert verify(objective, {Sigma: gradient}, convention=convention)["S"].status == "proved"
    assert verify(objective, {Sigma: entrywise})["S"].status == "failed"


def test_orthogonal_constants() -> None:
    rotation = Symbol("Q", ("n", "n"), ["orthogonal"])
    objective = matmul(T(x), T(rotation), rotation, x)
    assert verify(objective, {x: scale(two, x)})["x"].status == "proved"
    assert verify(fn("det", rotation), {x: x})["x"].status == "failed"
    assert equal(power(fn("det", rotation), 2), number(1)).status == "proved"
    assert equal(fn("det", rotation), number(1)).status == "failed"  # reflections are orthogonal too
    assert equal(rotation, T(rotation)).status == "failed"
    reflection = Symbol("H", ("n", "n"), ["orthogonal", "symmetric"])
    assert equal(reflection, T(reflection)).ok
    assert equal(matmul(reflection, reflection), eye("n")).status == "proved"
    assert equal(reflection, eye("n")).status == "failed"


@pytest.mark.parametrize("shape", [("n", "n"), ("n", 2), (2, "n")])
def test_gradients_along_orthogonal_matrices(shape: tuple[Dim, Dim]) -> None:
    """The gradient of tr(Q K) is what is left of K' when its part normal to the matrices with Q'Q = I is taken off."""
    q, k = Symbol("Q", shape, ["orthogonal"]), Symbol("K", shape[::-1])
    objective, g = fn("tr", matmul(q, k)), T(k)
    if shape == (2, "n"):
        normal = matmul(plus(matmul(g, T(q)), matmul(q, T(g))), q)
    else:
        normal = matmul(q, plus(matmul(T(q), g), matmul(T(g), q)))
    right = minus(g, scale(half, normal))
    assert verify(objective, {q: right})["Q"].status == "proved"
    beside = term(ops.HCAT, zeros(shape[0]), ones(shape[0], dim_add(shape[1], -1)))
    wrong = [g, minus(g, normal), scale(two, right), zeros(*shape), plus(right, beside)]
    for claim in wrong:
        found = verify(objective, {q: claim})["Q"]
        assert found.status == "failed"
        assert "(Q orthogonal, projected)" in found.detail
        assert found.counterexample is not None
        # What it says was measured is the right gradient's entry there.
        at = dict(found.counterexample.point)
        values = {name: [list(row) for row in rows] for name, rows in at.items()}
        i, j = found.counterexample.entry
        assert evaluate([right], values)[0][i, j] == pytest.approx(found.counterexample.measured, rel=1e-9, abs=1e-12)
    assert verify(objective, {q: g}, convention="free")["Q"].status == "proved"
    found = verify(objective, {q: right}, convention="entries")["Q"]
    assert (found.status, found.detail) == ("skipped", "Q is orthogonal, and has no independent entries")


def test_a_quadratic_form_of_an_orthogonal_matrix() -> None:
    q = Symbol("Q", ("n", "n"), ["orthogonal"])
    objective = fn("tr", matmul(T(q), Sym, q, B))
    g = matmul(Sym, q, plus(B, T(B)))
    right = scale(half, minus(g, matmul(q, T(g), q)))
    assert verify(objective, {q: right})["Q"].status == "proved"
    assert verify(objective, {q: minus(g, matmul(q, T(g), q))})["Q"].status == "failed"
    other = {Sym: scale(half, plus(matmul(q, B, T(q)), matmul(q, T(B), T(q))))}
    assert verify(objective, other)["A"].status == "proved"
    skipped = Symbol("H", ("n", "n"), ["orthogonal", "symmetric"])
    assert verify(fn("tr", matmul(skipped, B)), {skipped: T(B)})["H"].status == "skipped"


@pytest.mark.parametrize("attribute", [*STRUCTURES, "orthogonal", "binary", "onehot", "positive", "invertible"])
def test_samples_have_their_attributes(attribute: str) -> None:
    import numpy as np

    rng = random.Random(1)
    for mood in ("any", "positive", "definite", "small"):
        drawn = sample(Symbol("A", ("n", "n"), [attribute]), (3, 3), rng, mood)
        a = np.array(drawn, dtype=float)
        holds = {
            "symmetric": (a == a.T).all(),
            "pd": (a == a.T).all() and np.linalg.eigvalsh(a).min() > 0,
            "psd": (a == a.T).all() and np.linalg.eigvalsh(a).min() >= 0,
            "skew": (a == -a.T).all(),
            "diagonal": (a == np.diag(np.diag(a))).all(),
            "lower": (a == np.tril(a)).all(),
            "upper": (a == np.triu(a)).all(),
            "orthogonal": np.allclose(a @ a.T, np.eye(3), atol=1e-14),
            "binary": np.isin(a, (0, 1)).all(),
            "onehot": np.isin(a, (0, 1)).all() and (a.sum(axis=1) == 1).all(),
            "positive": (a > 0).all(),
            "invertible": np.linalg.det(a) != 0,
        }
        assert holds[attribute]


# -------------------------------------------------------------------------------- intermediates, known gradients, sizes


def test_the_gradient_with_respect_to_an_intermediate() -> None:
    u = Symbol("u", ("n", 1), definition=matmul(A, x))
    objective = Symbol("J", SCALAR, definition=plus(inner(u, u), inner(x, u)))
    right = plus(scale(two, u), x)
    both = {u: right, x: plus(scale(two, matmul(T(A), u)), matmul(T(A), x), u)}
    assert {v.status for v in verify(objective, both).values()} == {"proved"}
    assert verify(objective, {u: plus(scale(two, matmul(A, x)), x)})["u"].status == "proved"  # in other words
    assert verify(objective, {u: plus(scale(two, u), x, x)})["u"].status == "failed"
    assert verify(objective, {u: right, x: right})["x"].status == "failed"


def test_a_known_gradient() -> None:
    a3, w3, w4, target = (
        Symbol(*row) for row in (("A3", ("n", "h")), ("W3", ("h", "k")), ("W4", ("k", "m")), ("R", ("n", "m")))
    )
    a4 = Symbol("A4", ("n", "k"), definition=matmul(a3, w3))
    a5 = Symbol("A5", ("n", "m"), definition=matmul(a4, w4))
    energy = Symbol("E", SCALAR)
    known = minus(a5, target)
    right = matmul(T(a3), known, T(w4))
    assert verify(energy, {w3: right}, given={a5: known})["W3"].status == "proved"
    assert (
        verify(energy, {w3: right}, {a5: known, a4: matmul(known, T(w4))}, given={a5: known})["W3"].status == "proved"
    )
    found = verify(energy, {w3: negative(right)}, given={a5: known})["W3"]
    assert found.status == "failed"
    assert found.detail.startswith("dE/dW3[1,1] is")


def test_a_variable_that_does_not_occur() -> None:
    assert verify(inner(x, x), {y: zeros("n")})["y"].status == "proved"
    assert verify(inner(x, x), {y: y})["y"].status == "failed"


def test_sizes_all_differ() -> None:
    objective, gradients, _ = network()
    assert verify(objective, gradients)["W1"].dimensions == (("n", 3), ("d", 2), ("h", 4))
    wide = fn("logdet", matmul(X, T(X)))  # needs n <= d
    found = verify(wide, {X: scale(two, matmul(inv(matmul(X, T(X))), X))})["X"]
    assert found.status == "proved"
    assert dict(found.dimensions)["n"] < dict(found.dimensions)["d"]


def test_a_number_does_not_pass_for_a_size() -> None:
    objective = fn("mean", power(x, 2))
    assert verify(objective, {x: scale(over(two, Size("n")), x)})["x"].status == "proved"
    for n in (2, 3, 4, 5):
        assert verify(objective, {x: scale(number(Fraction(2, n)), x)})["x"].status == "failed"
        assert equal(Size("n"), number(n)).status == "failed"


def test_declared_sizes_are_kept() -> None:
    fixed = Symbol("P", (2, 3))
    assert verify(inner(fixed, fixed), {fixed: scale(two, fixed)})["P"].dimensions == ()
    large = Symbol("P", (300, 300))
    found = verify(fn("tr", matmul(large, large, large)), {large: T(matmul(large, large))})["P"]
    assert found.status == "skipped"
    assert "too large" in str(found)


def test_a_symbolic_exponent_of_a_matrix() -> None:
    k = Symbol("k", SCALAR)
    objective = fn("tr", term(ops.MATPOW, M, k))
    right = scale(k, T(term(ops.MATPOW, M, minus(k, number(1)))))
    found = verify(objective, {M: right})["M"]
    assert (found.status, found.detail) == ("proved", "k = 3 (at points 2 and 4 too)")
    assert verify(objective, {M: scale(two, right)})["M"].status == "failed"
    assert verify(objective, {k: k})["k"].status == "skipped"


def test_what_is_right_for_one_exponent_only_fails() -> None:
    k, other = Symbol("k", SCALAR), Symbol("m", SCALAR)
    objective = fn("tr", term(ops.MATPOW, M, k))
    found = verify(objective, {M: scale(number(3), T(matmul(M, M)))})["M"]
    assert found.status == "failed" and found.counterexample is not None
    assert dict(found.counterexample.point)["k"] == ((2.0,),)
    assert equal(term(ops.MATPOW, M, k), matmul(M, M, M)).status == "failed"
    assert equal(term(ops.MATPOW, M, k), matmul(M, term(ops.MATPOW, M, minus(k, number(1))))).status == "proved"
    assert equal(term(ops.MATPOW, M, k), term(ops.MATPOW, M, other)).status == "failed"
    half_way = verify(fn("tr", term(ops.MATPOW, M, half)), {M: M})["M"]
    assert (half_way.status, half_way.detail) == ("skipped", "a power of a matrix needs a whole exponent here")
    # (k m / 2) is whole for some of the numbers that are tried; nothing is raised where it is not.
    product = hadamard(half, k, other)
    found = verify(
        fn("tr", term(ops.MATPOW, M, product)), {M: scale(product, T(term(ops.MATPOW, M, minus(product, number(1)))))}
    )["M"]
    assert found.ok
    assert equal(term(ops.MATPOW, M, product), term(ops.MATPOW, M, hadamard(k, other))).status == "failed"
