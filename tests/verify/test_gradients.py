"""The judge: right gradients are proved or agree, wrong ones fail, and nothing else is ever said."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest
from selection import some
from verify_problems import (
    PROBLEMS,
    W1,
    A,
    X,
    fn,
    half,
    half_power,
    lam,
    layers,
    mutants,
    network,
    one,
    s,
    t,
    two,
    w,
    x,
    z,
)
from work import calls

from matcalc import operators as ops
from matcalc.errors import ShapeError, UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term
from matcalc.operators import (
    FUNCTION_NAMES,
    T,
    function,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    negative,
    number,
    plus,
    power,
    reciprocal,
    scale,
    term,
)
from matcalc.verify import Verification, equal, proof, verify


@pytest.mark.parametrize("name", PROBLEMS)
def test_right_gradients_are_proved(name: str) -> None:
    objective, gradients = PROBLEMS[name]
    for found in verify(objective, gradients).values():
        assert found.status == "proved", str(found)
        assert "checked exactly at n=" in str(found) and "(SymPy, every entry" in str(found)


@pytest.mark.parametrize("name", some([*PROBLEMS], len(PROBLEMS) // 2))
def test_wrong_gradients_fail(name: str) -> None:
    objective, gradients = PROBLEMS[name]
    planted = 0
    for variable, gradient in gradients.items():
        for what, wrong in mutants(gradient):
            found = verify(objective, {variable: wrong})[variable.name]
            if found.status != "failed":  # then the change changed nothing
                assert equal(wrong, gradient).status == "proved", what
                continue
            planted += 1
            assert found.counterexample is not None
            assert found.counterexample.measured != found.counterexample.claimed
            assert "the formula" in str(found)
            # The exact half alone does not let it pass either.
            setting = proof.Setting(dict(found.dimensions), {}, "projected", time.monotonic() + 20)
            assert not proof.directly([(Number(1), objective)], variable, wrong, setting, 1), what
    assert planted >= 2


@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_every_function_is_proved(name: str) -> None:
    good = matmul(T(X), fn(name, z)), matmul(T(X), term(function(name, 1), z))
    objective = fn("sum", fn(name, z))
    found = verify(objective, {w: good[1]})["w"]
    assert found.status == "proved"
    wrong = verify(objective, {w: scale(two, good[1])})["w"]
    assert wrong.status == ("proved" if name in ("sign", "step") else "failed")


def test_derivatives_written_out_are_proved() -> None:
    density = scale(half_power(hadamard(two, term(ops.PI)), -1), fn("exp", scale(number(Fraction(-1, 2)), power(z, 2))))
    distribution = scale(half, plus(one, fn("erf", scale(half_power(two, -1), z))))
    ts = fn("tanh", fn("softplus", z))
    step = fn("step", z)
    written = {
        "gelu": plus(distribution, hadamard(z, density)),
        "mish": plus(ts, hadamard(z, minus(one, power(ts, 2)), s)),
        "silu": plus(s, hadamard(z, s, minus(one, s))),
        "elu": plus(step, hadamard(minus(one, step), fn("exp", z))),
        "leaky_relu": plus(scale(number(Fraction(99, 100)), step), scale(number(Fraction(1, 100)), one)),
        "sigmoid": hadamard(s, minus(one, s)),
        "log_sigmoid": minus(one, s),
        "softplus": s,
        "tanh": minus(one, power(fn("tanh", z), 2)),
        "tan": plus(one, power(fn("tan", z), 2)),
        "cosh": fn("sinh", z),
        "sqrt": scale(half, reciprocal(fn("sqrt", z))),
        "asin": half_power(minus(one, power(z, 2)), -1),
        "abs": fn("sign", z),
        "erf": scale(scale(two, half_power(term(ops.PI), -1)), fn("exp", negative(power(z, 2)))),
    }
    for name, derivative in written.items():
        found = verify(fn("sum", fn(name, z)), {w: matmul(T(X), derivative)})["w"]
        assert found.status == "proved", name


# --------------------------------------------------------------------------------------------------- limits and objects


def test_depth_is_not_limited_by_the_stack() -> None:
    value: Node = t
    slope: Node = number(1)
    for _ in range(400):
        slope = hadamard(slope, term(function("sin", 1), value))
        value = fn("sin", value)
    assert verify(value, {t: slope})["t"].status == "agrees"
    assert verify(value, {t: scale(two, slope)})["t"].status == "failed"


def test_the_time_limit_is_kept_and_nothing_unproved_is_called_proved() -> None:
    objective, gradients, adjoints = layers(60)
    start = time.monotonic()
    results = verify(objective, gradients, adjoints, time_limit=0.05)
    assert time.monotonic() - start < 3
    assert all(v.every_size or v.status == "agrees" for v in results.values())
    assert any("time limit of 0.05 s" in v.detail for v in results.values())
    last, gradient = next(iter(gradients.items()))
    wrong = verify(objective, gradients | {last: negative(gradient)}, time_limit=0.05)
    assert wrong["W60"].status == "failed"


def test_immense_numbers_end_in_a_finding() -> None:
    tower: Node = t
    for _ in range(8):
        tower = fn("exp", tower)
    constant = hadamard(t, power(two, number(2**60)))
    polynomial = power(plus(t, fn("exp", t), fn("sin", t), fn("f", t)), number(200))
    for objective in (tower, constant, polynomial, fn("sin", power(number(10), number(10**6)))):

        def judge(objective: Node = objective) -> None:
            assert verify(objective, {t: two})["t"].status in ("failed", "skipped")

        calls(judge, most=300_000)


def test_large_determinants_are_not_written_out() -> None:
    wide = Symbol("P", (7, 7))
    assert "agrees to 50 digits" in str(verify(fn("logdet", wide), {wide: T(inv(wide))})["P"])
    assert verify(fn("logdet", wide), {wide: inv(wide)})["P"].status == "failed"


def test_errors() -> None:
    with pytest.raises(ShapeError, match="n×d"):
        verify(X, {X: X})
    with pytest.raises(UnsupportedError, match="convention"):
        verify(inner(x, x), {x: x}, convention="denominator")
    assert "the formula is 1×1" in str(verify(inner(x, x), {x: lam})["x"])
    with pytest.raises(UnsupportedError, match="stranger"):
        stranger = ops.Operator("stranger", ops.SUM.signature)
        verify(Term(stranger, (x,)), {x: x})
    with pytest.raises(ShapeError):
        equal(x, X)


def test_a_verification_is_a_value() -> None:
    objective, gradients, _ = network()
    found = verify(objective, gradients | {W1: negative(gradients[W1])})
    for result in found.values():
        assert pickle.loads(pickle.dumps(result)) == result
        assert hash(pickle.loads(pickle.dumps(result))) == hash(result)
        with pytest.raises(FrozenInstanceError):
            result.status = "proved"  # type: ignore[misc]
        with pytest.raises(TypeError):
            result.sizes["n"] = 1  # type: ignore[index]
    wrong = found["W1"]
    assert not wrong.ok and wrong.counterexample is not None
    assert wrong.counterexample.entry == (0, 0)
    assert wrong.counterexample.measured == pytest.approx(-wrong.counterexample.claimed)
    assert {name for name, _ in wrong.counterexample.point} == {"X", "W1", "W2", "y"}
    assert "f(x) = sin(x + " in wrong.detail  # what stood for the unknown function
    assert str(Verification("skipped", detail="not asked for")) == "not verified: not asked for"


def test_the_same_seed_gives_the_same_finding() -> None:
    wrong = {x: scale(two, matmul(A, x))}
    one_, two_ = (verify(matmul(T(x), A, x), wrong, seed=4)["x"] for _ in range(2))
    assert one_ == two_
    assert one_ != verify(matmul(T(x), A, x), wrong, seed=5)["x"]


def test_it_knows_no_rules() -> None:
    code = """
import sys
from matcalc.expr import Symbol
from matcalc.operators import inner, number, scale
from matcalc.verify import verify
x = Symbol("x", ("n", 1))
assert verify(inner(x, x), {x: scale(number(2), x)})["x"].status == "proved"
lawful = ("matcalc.rules", "matcalc.rewrite", "matcalc.derive", "matcalc.syntax", "matcalc.document", "matcalc.write")
assert not [name for name in sys.modules if name.startswith(lawful)]
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
