"""Stable in float64: extreme values, large determinants, and compositions written by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from matcalc import gradient
from matcalc import operators as ops
from matcalc.expr import SCALAR, Node, Symbol
from matcalc.meaning import Multiprecision, entries, evaluate, fields
from matcalc.operators import (
    TABLE,
    hadamard,
    inner,
    matmul,
    minus,
    negative,
    number,
    ones,
    plus,
    power,
    scale,
    term,
)

A, S = Symbol("A", ("n", "m")), Symbol("S", ("n", "n"))
x, t = Symbol("x", ("k", 1)), Symbol("t", SCALAR)
row = Symbol("r", (1, "m"))
one = ones("k")


def fn(name: str, *args: Node) -> Node:
    return term(TABLE[name], *args)


exp, exps = fn("exp", x), fn("exp", A)
EXTREME = {
    "x": np.array([[1e4], [-1e4], [3.0], [-800.0], [0.0], [1e-12]]),
    "A": np.array([[1e4, -1e4, 1e4 - 1], [700.0, 701.0, -3.0], [-1e4, -1e4 - 2, -9e3]]),
    "r": np.array([[1e4, 1e4 - 3, 2.0]]),
    "t": np.array([[-1e4]]),
}
COMPOSITIONS: dict[str, Node] = {
    "softmax": fn("softmax_rows", A),
    "log_softmax": fn("log_softmax_columns", A),
    "logsumexp": fn("logsumexp_rows", A),
    "log_sigmoid": fn("log_sigmoid", x),
    "softplus": fn("softplus", x),
    "log(sigmoid(x))": fn("log", fn("sigmoid", x)),
    "log(sigmoid(t))": fn("log", fn("sigmoid", t)),
    "log(1 - sigmoid(x))": fn("log", minus(one, fn("sigmoid", x))),
    "log(1 - sigmoid(-t))": fn("log", minus(number(1), fn("sigmoid", negative(t)))),
    "log(1 + exp(x))": fn("log", plus(one, exp)),
    "log(exp(x) + 1)": fn("log", plus(exp, one)),
    "log(1 + exp(-t))": fn("log", plus(number(1), fn("exp", negative(t)))),
    "log(1 / (1 + exp(x)))": fn("log", power(plus(one, exp), -1)),
    "log(1 + x/10^5)": fn("log", plus(one, scale(number(Fraction(1, 10**5)), x))),
    "exp(x/10^5) - 1": minus(fn("exp", scale(number(Fraction(1, 10**5)), x)), one),
    "exp(t/10^15) - 1": minus(fn("exp", hadamard(number(Fraction(1, 10**15)), t)), number(1)),
    "log(softmax(A))": fn("log", fn("softmax_rows", A)),
    "log(softmax(x))": fn("log", fn("softmax_columns", x)),
    "log(sum(exp(x)))": fn("log", fn("sum", exp)),
    "log(sum(exp(A)))": fn("log", fn("sum", exps)),
    "log(rowsum(exp(A)))": fn("log", fn("rowsum", exps)),
    "log(colsum(exp(A)))": fn("log", fn("colsum", exps)),
    "log(exp(A) 1)": fn("log", matmul(exps, ones("m"))),
    "log(1'exp(A))": fn("log", matmul(ones(1, "n"), exps)),
    "exp(x) / sum(exp(x))": scale(power(fn("sum", exp), -1), exp),
    "exp(r) / sum(exp(r))": scale(power(fn("sum", fn("exp", row)), -1), fn("exp", row)),
    "exp(A) / rowsum": hadamard(exps, power(matmul(fn("rowsum", exps), ones(1, "m")), -1)),
    "exp(A) / colsum": hadamard(exps, power(matmul(ones("n"), fn("colsum", exps)), -1)),
    "layer_norm": fn("layer_norm", A, number(0)),
    "std": fn("std", A),
    "var of large numbers": fn("var", plus(scale(number(10**8), ones("n", "m")), fn("sin", A))),
    "logistic loss": negative(
        plus(
            inner(x, fn("log", fn("sigmoid", x))),
            inner(minus(one, x), fn("log", minus(one, fn("sigmoid", x)))),
        )
    ),
}


def truth(node: Node) -> Any:
    """The value in 9,000 digits, which do not run out before exp(-10⁴) does."""
    field = Multiprecision(9_000)
    env = {s: [[field.number(float(v)) for v in line] for line in EXTREME[s.name]] for s in (A, x, t, row)}
    (rows,) = entries([node], env, field, {"n": 3, "m": 3, "k": 6})
    return np.array([[float(v) for v in line] for line in rows])


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions_at_extreme_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "IMMENSE", 10**6)  # exp(10⁴) counts as a number
    node = COMPOSITIONS[name]
    (found,) = evaluate([node], EXTREME)
    assert np.isfinite(found).all()
    loose = 1e-8 if "large numbers" in name else 1e-12  # of 16 digits, 8 are the mean's
    assert found == pytest.approx(truth(node), rel=loose, abs=1e-300)


def test_large_determinants() -> None:
    rng = np.random.default_rng(0)
    for scale_ in (1e-3, 1.0, 1e3):
        a = scale_ * rng.normal(size=(300, 300))
        a = a @ a.T
        expected = np.linalg.slogdet(a)[1]
        values = {"S": a}
        for node in (fn("logdet", S), fn("log", fn("det", S))):
            assert evaluate([node], values)[0][0, 0] == pytest.approx(expected, rel=1e-12)
        assert not 0 < abs(evaluate([fn("det", S)], values)[0][0, 0]) < math.inf or scale_ == 1e-3
    assert np.isnan(evaluate([fn("log", fn("det", S))], {"S": np.diag([1.0, -1.0])})[0]).all()


def test_names_are_looked_through_unless_they_have_values() -> None:
    determinant = Symbol("D", SCALAR, definition=fn("det", S))
    s = Symbol("s", ("k", 1), definition=fn("sigmoid", x))
    nodes = [fn("log", determinant), fn("log", s)]
    given = {"S": 1e-3 * np.eye(300), "x": np.array([-1e4, 0.0])}
    logdet, logs = evaluate(nodes, given)
    assert logdet[0, 0] == pytest.approx(-900 * math.log(10))
    assert logs[:, 0] == pytest.approx([-1e4, -math.log(2)])
    assert evaluate(nodes, given | {"D": math.e, "s": np.array([1.0, math.e])})[0][0, 0] == pytest.approx(1)
    assert evaluate(nodes, given | {"D": math.e, "s": np.array([1.0, math.e])})[1][:, 0] == pytest.approx([0, 1])


def test_a_function_that_is_given_is_taken() -> None:
    """Whoever says what log is gets that log."""
    (found,) = evaluate([fn("log", fn("sigmoid", x))], {"x": [0.0]}, {"log": lambda z: z + 1})
    assert found[0, 0] == 1.5


def test_likenesses_are_not_taken_for_the_composition() -> None:
    y = Symbol("y", ("k", 1))
    values = {"x": [0.5, 2.0], "y": [1.0, -1.0]}
    two = scale(number(2), one)
    cases = [
        (fn("log", plus(two, exp)), np.log(2 + np.exp([0.5, 2.0]))),
        (fn("log", plus(one, exp, fn("exp", y))), np.log(1 + np.exp([0.5, 2.0]) + np.exp([1.0, -1.0]))),
        (scale(power(fn("sum", exp), -1), fn("exp", y)), np.exp([1.0, -1.0]) / np.exp([0.5, 2.0]).sum()),
        (minus(exp, two), np.exp([0.5, 2.0]) - 2),
    ]
    for node, expected in cases:
        assert evaluate([node], values)[0][:, 0] == pytest.approx(expected, rel=1e-14)


def test_stable_forms() -> None:
    large = np.array([[1000.0, 1001.0], [-1000.0, -1001.0], [3.0, 800.0]])
    softmax, log_softmax, logsumexp = evaluate(
        [term(op, A) for op in (ops.SOFTMAX_ROWS, ops.LOG_SOFTMAX_ROWS, ops.LOGSUMEXP_ROWS)], {"A": large}
    )
    assert softmax.sum(axis=1) == pytest.approx(1)
    assert log_softmax[2].tolist() == [-797, 0]
    assert logsumexp[:, 0] == pytest.approx([1001 + math.log1p(math.exp(-1)), -1000 + math.log1p(math.exp(-1)), 800])
    assert evaluate([term(ops.LOGDET, S)], {"S": 1e-20 * np.eye(50)})[0][0, 0] == pytest.approx(-1000 * math.log(10))
    assert evaluate([term(ops.NORM, x)], {"x": [3e200, 4e200]})[0][0, 0] == pytest.approx(5e200)
    assert evaluate([term(ops.NORM, x)], {"x": [0.0, 0.0]})[0][0, 0] == 0


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("c, s: scalar; (c (3/2))^32768 s", {"c": 0.5}, 0.0),
        ("c, s: scalar; (c (3/2))^32768 s", {"c": 1.0001 / 1.5}, 1.0001**32768),
        ("c, s: scalar; (c (-1/2))^32767 s", {"c": 2.0002}, -(1.0001**32767)),
        ("c, s: scalar; (c (-1/2))^32767 s", {"c": -2.0002}, 1.0001**32767),
        ("c, s: scalar; 10^400 c s", {"c": 1e-200}, 1e200),
        ("c, s: scalar; 10^400 c s", {"c": 0.0}, 0.0),
        ("c, s: scalar; c^400 exp(-800) s", {"c": 7.389056098930650}, 1.0),
        ("c, s: scalar; c^400 s", {"c": 1e10}, float("inf")),
    ],
)
def test_products_whose_factors_are_beyond_the_range_of_floats(
    source: str, values: dict[str, float], expected: float
) -> None:
    value = gradient(source, "s").evaluate(values)
    assert value == pytest.approx(expected, rel=1e-8)
