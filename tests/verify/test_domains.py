"""The judge where formulas are not real, singular or kinked."""

from __future__ import annotations

from fractions import Fraction

import pytest
from verify_problems import PROBLEMS, X, fn, half_power, one, t, two, w, x, y, z
from work import calls

from matcalc import operators as ops
from matcalc.expr import Node, Symbol
from matcalc.operators import (
    T,
    eye,
    function,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    negative,
    number,
    over,
    plus,
    power,
    reciprocal,
    scale,
    term,
    zeros,
)
from matcalc.verify import equal, verify

# -------------------------------------------------------------------------------------------------------------- domains


def test_conditions_are_stated() -> None:
    assert "X invertible" in verify(fn("tr", inv(Symbol("X", ("n", "n")))), {x: zeros("n")})["x"].detail
    found = verify(fn("sum", fn("log", x)), {x: reciprocal(x)})["x"]
    assert found.detail == "entries of x positive"
    assert verify(fn("sum", fn("relu", x)), {x: fn("step", x)})["x"].detail == "away from kinks"
    assert "A symmetric" in verify(*PROBLEMS["symmetric quadratic form"])["A"].detail


def test_points_are_looked_for_in_the_domain() -> None:
    nested = fn("sum", fn("log", fn("log", plus(one, x))))
    right = hadamard(reciprocal(fn("log", plus(one, x))), reciprocal(plus(one, x)))
    assert verify(nested, {x: right})["x"].status == "proved"
    assert verify(nested, {x: negative(right)})["x"].status == "failed"
    nowhere = fn("log", negative(inner(x, x)))
    assert verify(nowhere, {x: x})["x"].status == "skipped"


def test_a_formula_that_is_never_real_fails() -> None:
    found = verify(inner(x, x), {x: half_power(negative(hadamard(x, x)))})["x"]
    assert found.status == "failed"
    assert "not a real number" in str(found)


def test_a_kink_at_the_point_itself_is_passed_over() -> None:
    objective = fn("sum", fn("abs", hadamard(Symbol("M", ("n", 1), ["binary"]), x)))
    mask = Symbol("M", ("n", 1), ["binary"])
    assert verify(objective, {x: hadamard(mask, fn("sign", hadamard(mask, x)))})["x"].ok


def test_what_cannot_be_proved_agrees() -> None:
    """sqrt((x² + 1)²) and x² + 1 are one function, but no polynomial identity."""
    root = fn("sqrt", power(plus(power(x, 2), one), 2))
    found = verify(fn("sum", root), {x: scale(two, x)})["x"]
    assert found.status == "agrees"
    assert str(found).startswith("agrees to 50 digits at 20 random points, seed 0, n=3 (no exact proof found")
    assert verify(fn("sum", root), {x: one})["x"].status == "failed"


# ------------------------------------------------------------------------------------------------------ singular points

identity = eye("n")
gram, outer = matmul(T(X), X), matmul(X, T(X))
square = Symbol("X", ("n", "n"))
skewed = minus(square, T(square))


def test_sizes_are_chosen_so_that_what_is_inverted_exists() -> None:
    """X'X is singular where n < d, and I + X X' asks for nothing: one pattern of sizes is not enough."""
    both = plus(fn("tr", inv(gram)), fn("tr", inv(plus(identity, outer))))
    twice = [matmul(X, inv(gram), inv(gram)), matmul(inv(plus(identity, outer)), inv(plus(identity, outer)), X)]
    right = scale(number(-2), plus(*twice))
    found = verify(both, {X: right})["X"]
    assert found.status == "proved"
    assert dict(found.dimensions)["n"] > dict(found.dimensions)["d"]
    failed = verify(both, {X: scale(number(-2), plus(twice[0], negative(twice[1])))})["X"]
    assert failed.status == "failed" and failed.counterexample is not None
    assert abs(failed.counterexample.measured) < 1e6  # the slope of something, not of rounding

    scaled = plus(fn("logdet", plus(identity, scale(reciprocal(t), outer))), fn("tr", inv(gram)))
    inner_ = inv(plus(identity, scale(reciprocal(t), outer)))
    right = plus(scale(hadamard(two, reciprocal(t)), matmul(inner_, X)), scale(number(-2), twice[0]))
    assert verify(scaled, {X: right})["X"].status == "proved"


def test_every_order_of_sizes_is_tried() -> None:
    """(A'A)⁻¹ needs n >= d, (B'B)⁻¹ with B d×k needs d >= k; and both inv(P Q) and inv(Q P) need equal sizes."""
    b_ = Symbol("B", ("k", "d"))
    left, right = matmul(T(b_), b_), matmul(b_, T(X), X, T(b_))
    objective = plus(fn("tr", inv(gram)), fn("tr", inv(left)), fn("tr", inv(plus(right, eye("k")))))
    found = verify(objective, {y: zeros("n")})["y"]
    assert found.status == "proved"
    assert dict(found.dimensions)["d"] < min(dict(found.dimensions)["n"], dict(found.dimensions)["k"])
    p_, q_ = Symbol("P", ("n", "m")), Symbol("Q", ("m", "n"))
    objective = plus(fn("tr", inv(matmul(p_, q_))), fn("tr", inv(matmul(q_, p_))))
    a, b = inv(matmul(p_, q_)), inv(matmul(q_, p_))
    gradient = negative(plus(T(matmul(q_, a, a)), T(matmul(b, b, q_))))
    found = verify(objective, {p_: gradient})["P"]
    assert found.ok and dict(found.dimensions)["n"] == dict(found.dimensions)["m"]
    assert verify(objective, {p_: negative(gradient)})["P"].status == "failed"


ROUNDING = {
    "trace of an inverse": (fn("tr", inv(matmul(x, T(x)))), x, x),
    "log det": (fn("logdet", matmul(x, T(x))), x, x),
    "power -1": (fn("tr", term(ops.MATPOW, matmul(x, T(x)), number(-1))), x, x),
    "one of two": (plus(fn("tr", inv(gram)), fn("tr", inv(outer)), fn("tr", inv(matmul(y, T(y))))), X, X),
    "formula": (
        fn("det", matmul(x, T(x))),
        x,
        scale(hadamard(two, fn("det", matmul(x, T(x)))), matmul(inv(matmul(x, T(x))), x)),
    ),
}


@pytest.mark.parametrize("name", ROUNDING)
def test_what_is_singular_everywhere_is_not_judged(name: str) -> None:
    objective, variable, claim = ROUNDING[name]

    def judge(claim: Node) -> None:
        found = verify(objective, {variable: claim})[variable.name]
        assert found.status == "skipped"
        assert "singular wherever it was tried" in found.detail

    for wrong in (claim, scale(two, claim)):
        calls(lambda wrong=wrong: judge(wrong), most=1_000_000)  # type: ignore[misc]


def test_a_determinant_may_be_zero() -> None:
    objective = fn("det", matmul(x, T(x)))
    assert verify(objective, {x: zeros("n")})["x"].status == "proved"
    assert verify(objective, {x: x})["x"].status == "failed"
    right = scale(fn("det", skewed), minus(T(inv(skewed)), inv(skewed)))  # skew: singular for odd n
    found = verify(fn("det", skewed), {square: right})["X"]
    assert found.status == "proved" and dict(found.dimensions)["n"] % 2 == 0
    assert "not for n=3: the formula for dJ/dX is not defined" in found.detail
    assert verify(fn("det", skewed), {square: scale(two, right)})["X"].status == "failed"


def test_one_formula_that_is_not_defined_does_not_hide_another() -> None:
    objective = plus(fn("det", matmul(x, T(x))), inner(y, y))
    junk = scale(fn("det", matmul(x, T(x))), matmul(inv(matmul(x, T(x))), x))
    found = verify(objective, {x: junk, y: scale(two, y)})
    assert (found["x"].status, found["y"].status) == ("skipped", "proved")
    assert verify(objective, {x: junk, y: y})["y"].status == "failed"


def test_nothing_but_rounding_is_no_denominator() -> None:
    parts = [(number(Fraction(1, k)), v) for k in (3, 5, 7, 11) for v in (x, y)]
    nothing = plus(*(minus(fn("norm", scale(c, v)), scale(c, fn("norm", v))) for c, v in parts))  # 0, but for rounding
    found = verify(inner(x, x), {x: scale(over(number(1), nothing), x)})["x"]
    assert found.status == "skipped" and "rounding" in found.detail
    assert verify(over(inner(x, x), nothing), {x: x})["x"].status == "skipped"
    assert equal(over(number(1), nothing), over(two, nothing)).status == "skipped"
    assert equal(inv(matmul(x, T(x))), matmul(x, T(x))).status == "skipped"


def test_zero_to_a_power() -> None:
    found = verify(power(number(0), t), {t: hadamard(power(number(0), t), fn("log", number(0)))})["t"]
    assert found.status in ("skipped", "failed")
    assert "not a real number" in found.detail
    assert verify(power(number(0), t), {t: number(0)})["t"].ok


# ---------------------------------------------------------------------------------------------------------------- kinks


def away(name: str, u: Node) -> Node:
    return fn("sum", fn(name, u))


ten, five, hundred = number(10), number(5), number(100)
below = minus(scale(ten, one), x)
margin = minus(scale(five, one), hadamard(y, z))
nil = zeros("n")
# name -> (objective, variable, gradient, what it is on the near side of the kink)
FAR: dict[str, tuple[Node, Symbol, Node, Node]] = {
    "relu": (away("relu", below), x, negative(fn("step", below)), negative(one)),
    "far relu": (away("relu", minus(x, scale(hundred, one))), x, fn("step", minus(x, scale(hundred, one))), nil),
    "abs": (away("abs", minus(x, scale(five, one))), x, fn("sign", minus(x, scale(five, one))), negative(one)),
    "near zero": (
        away("relu", minus(scale(number(Fraction(1, 20)), one), fn("abs", x))),
        x,
        negative(hadamard(fn("step", minus(scale(number(Fraction(1, 20)), one), fn("abs", x))), fn("sign", x))),
        nil,
    ),
    "hinge": (
        fn("sum", fn("max", nil, margin)),
        w,
        negative(matmul(T(X), hadamard(y, fn("step", margin)))),
        negative(matmul(T(X), y)),
    ),
    "two kinks": (
        plus(away("relu", minus(x, scale(five, one))), away("relu", minus(negative(x), scale(five, one)))),
        x,
        minus(fn("step", minus(x, scale(five, one))), fn("step", minus(negative(x), scale(five, one)))),
        nil,
    ),
    "min": (fn("sum", fn("min", x, scale(hundred, one))), x, fn("step", minus(scale(hundred, one), x)), one),
    "elu": (away("elu", minus(scale(ten, one), x)), x, negative(term(function("elu", 1), below)), negative(one)),
}


@pytest.mark.parametrize("name", FAR)
def test_both_sides_of_a_kink_are_seen(name: str) -> None:
    objective, variable, right, near = FAR[name]
    assert verify(objective, {variable: right})[variable.name].status == "proved"
    assert verify(objective, {variable: near})[variable.name].status == "failed"
    assert equal(right, near).status == "failed"


def test_a_kink_in_the_formula_alone() -> None:
    far = fn("relu", minus(x, scale(hundred, one)))
    assert verify(fn("sum", x), {x: plus(one, far)})["x"].status == "failed"


def test_a_kink_seen_from_one_side_only_is_said() -> None:
    never = fn("relu", minus(fn("sin", x), scale(two, one)))
    found = verify(fn("sum", never), {x: nil})["x"]
    assert found.status == "agrees"
    assert "one side only of the kink of relu was seen, and there is no other" in str(found)
    root = fn("sqrt", power(minus(x, scale(five, one)), 2))  # |x - 5|, but not to polynomials
    found = verify(fn("sum", plus(root, fn("abs", x))), {x: plus(hadamard(fn("sign", x), one), over_root(x))})["x"]
    assert found.status == "agrees"
    assert "one side only" not in str(found)


def test_the_largest_entry_is_looked_for_in_more_than_one_place() -> None:
    first = fn("vcat", fn("tanh", t), two)  # the second, always
    found = verify(fn("largest", first), {t: number(0)})["t"]
    assert found.status == "agrees"
    assert "one side only of the kink of max was seen, and there is no other" in str(found)
    absolute = fn("sqrt", power(x, 2))  # |x|, but not to polynomials
    found = verify(fn("largest", absolute), {x: hadamard(fn("indicator_max", absolute), fn("sign", x))})["x"]
    assert found.status == "agrees"
    assert "one side only" not in str(found)
    # Right where the first entry is the largest, and wrong elsewhere.
    near = fn("vcat", number(1), zeros(2))
    three = Symbol("v", (3, 1))
    assert verify(fn("largest", three), {three: near})["v"].status == "failed"
    assert verify(fn("smallest", three), {three: fn("indicator_max", three)})["v"].status == "failed"


def over_root(u: Node) -> Node:
    difference = minus(u, scale(five, one))
    return hadamard(difference, reciprocal(fn("abs", difference)))


def test_many_scales_do_not_make_a_right_formula_wrong() -> None:
    """Where 1 + tanh(x/2) has lost its digits, more are taken before anything is called wrong."""
    u = plus(x, fn("relu", x))
    slope = hadamard(plus(one, fn("step", x)), minus(one, fn("sigmoid", u)))
    assert verify(fn("sum", fn("log", fn("sigmoid", u))), {x: slope})["x"].status == "proved"
    root = fn("sqrt", power(fn("sigmoid", u), 2))
    slope = hadamard(plus(one, fn("step", x)), fn("sigmoid", u), minus(one, fn("sigmoid", u)))
    found = verify(fn("sum", fn("log", root)), {x: over_all(slope, root)})["x"]
    assert found.ok, str(found)
    assert verify(fn("sum", fn("log", root)), {x: scale(two, over_all(slope, root))})["x"].status == "failed"


def over_all(a: Node, b: Node) -> Node:
    return hadamard(a, reciprocal(b))


@pytest.mark.parametrize("name", ["log", "sqrt"])
def test_points_are_looked_for_far_away(name: str) -> None:
    u = minus(x, scale(ten, one))
    right = term(function(name, 1), u)
    assert verify(fn("sum", fn(name, u)), {x: right})["x"].status == "proved"
    assert verify(fn("sum", fn(name, u)), {x: scale(two, right)})["x"].status == "failed"


@pytest.mark.fuzz
def test_a_network_with_an_exponential_kink() -> None:
    w1, w2, target = Symbol("W1", ("h", "d")), Symbol("W2", ("k", "h")), Symbol("R", ("k", "n"))
    data = Symbol("X", ("d", "n"))
    hidden = fn("elu", matmul(w1, data))
    out = matmul(w2, hidden)
    residual = minus(target, fn("softplus", out))
    back = matmul(T(w2), hadamard(negative(residual), fn("sigmoid", out)))
    slope = fn("exp", fn("min", zeros("h", "n"), matmul(w1, data)))
    gradient = scale(two, matmul(hadamard(back, slope), T(data)))
    assert verify(power(fn("norm", residual), 2), {w1: gradient}, time_limit=300)["W1"].ok
    assert verify(power(fn("norm", residual), 2), {w1: scale(two, gradient)})["W1"].status == "failed"
    simple = fn("sum", fn("elu", x))
    assert verify(simple, {x: fn("exp", fn("min", nil, x))})["x"].status == "proved"
