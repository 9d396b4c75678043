"""Kinks far out, close together, and of either formula: what is right on some of their sides only is not accepted."""

from __future__ import annotations

import pytest
from selection import some

import matcalc

# program, variable, right, wrong ones: each differs from the right one between two kinks, or beyond one.
FAR: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "threshold": ("x: n; J = sum(max(x, 100))", "x", "[x >= 100]", ("[x >= 50]", "[x >= 99.9]", "zeros(n)")),
    "near zero": ("x: n; J = sum(relu(x))", "x", "[x > 0]", ("[x > 0.0001]", "[x > -0.0001]", "[x > 0] .* [x < 9999]")),
    "curved": (
        "p: scalar positive; a: scalar; J = max(log(p), 2 a)^2",
        "a",
        "4 max(2 a, log(p)) [2 a >= log(p)]",
        ("4 max(3 a, log(p)) [2 a >= log(p)]", "4 max(2 a, log(p)) [3 a >= log(p)]"),
    ),
    "division": (
        "v: n; lam: scalar; J = lam sum(v .* [v > 0])",
        "lam",
        "sum(v .* [v > 0])",
        ("sum(v ./ [v > 0])", "sum(v .* [v > 0.001])", "sum(v .* [v > 0]) + relu(lam - 2000)"),
    ),
    "large": ("x: n; J = sum(relu(x - 10000))", "x", "[x > 10000]", ("[x > 9999]", "[x < 10000]", "zeros(n)")),
    "several": (
        "x: n; J = sum(min(max(x, -3), 7))",
        "x",
        "[x > -3] .* [x < 7]",
        ("[x > -3] .* [x < 7.01]", "[x > -3]", "[x > -3.001] .* [x < 7]"),
    ),
    "parameters": (
        "x: n; t, s: scalar; J = s sum(relu(x - t))",
        "x",
        "s [x > t]",
        ("s [x > 2 t]", "s [x > t + 0.01]", "s [x > t s]"),
    ),
    "two layers": (
        "W1: h x d; W2: 1 x h; x: d; J = relu(W2 relu(W1 x))",
        "x",
        "[W2 relu(W1 x) > 0] W1'(W2' .* [W1 x > 0])",
        ("[W2 relu(W1 x) > 0.001] W1'(W2' .* [W1 x > 0])", "[W2 relu(W1 x) > 0] W1'(W2' .* [W1 x > 0.001])"),
    ),
    "huber": (
        "x: n; J = sum(abs(x) - 1/2 min(abs(x), 0.01))",
        "x",
        "sign(x) .* (1 - 1/2 [abs(x) < 0.01])",
        ("sign(x) .* (1 - 1/2 [abs(x) < 0.02])", "sign(x)", "1/2 sign(x)"),
    ),
    "definite": (
        "A: n x n pd; J = relu(tr(A) - 500)",
        "A",
        "[tr(A) > 500] I",
        ("[tr(A) > 400] I", "zeros(n, n)", "I"),
    ),
}


@pytest.mark.parametrize("name", some([*FAR], len(FAR) // 2))
def test_what_is_right_on_some_sides_only_is_refuted(name: str) -> None:
    program, variable, right, wrongs = FAR[name]
    assert matcalc.verify(program, variable, right).ok
    for wrong in wrongs:
        found = matcalc.verify(program, variable, wrong)
        assert found.status == "failed", f"{wrong}: {found}"


def test_a_side_that_was_not_reached_is_not_accepted() -> None:
    """sin(a) + cos(a) is never above √2, but nothing in matcalc knows that."""
    program = "x: n; a: scalar; J = sum(x) + 0 a"
    found = matcalc.verify(program, "x", "ones(n) + [sin(a) + cos(a) > 1.5] x")
    assert found.status == "skipped"
    assert "one side only of the kink of step was seen" in found.detail
    assert matcalc.equal("ones(n)", "ones(n) + [sin(a) + cos(a) > 1.5] x", "x: n; a: scalar").status == "skipped"


def test_two_sides_that_were_never_seen_together_are_not_accepted() -> None:
    """Each of the two is seen at some points; both together are too rare to be met."""
    rare = "[sin(20 s + t) > 0.9999] [cos(30 t) > 0.99999]"
    found = matcalc.equal("s t", f"s t + {rare}", "s, t: scalar")
    assert found.status == "skipped" and "were not seen together" in found.detail
    found = matcalc.verify("s, t: scalar; J = s t", "s", f"t + {rare}")
    assert found.status == "skipped" and "were not seen together" in found.detail


def test_two_sides_that_exclude_each_other_are_not_asked_for() -> None:
    program = "s, t: scalar; J = t relu(exp(s) - 2) + sin(t) relu(exp(s) - 3)"
    found = matcalc.verify(program, "s", "exp(s) (t [exp(s) > 2] + sin(t) [exp(s) > 3])")
    assert found.ok
    found = matcalc.equal("tanh([exp(s t) > 2] [exp(s t) < 1] + s)", "tanh(s)", "s, t: scalar")
    assert found.ok


@pytest.mark.parametrize("side", ["exp(-(x'x)) > 1", "tanh(a) > 1", "max(a, 2) < 1", "-‖x‖ > 0", "sigmoid(a)^2 > 1"])
def test_a_side_that_does_not_exist_is_not_asked_for(side: str) -> None:
    program = "x: n; a: scalar; J = sum(x) + 0 a"
    found = matcalc.verify(program, "x", f"ones(n) + [{side}] x")
    assert found.ok, str(found)
    assert found.status == "proved" or "and there is no other" in found.detail


@pytest.mark.parametrize("u", ["relu(x + 50)", "tanh(relu(x + 50))^2", "relu(x + 50) relu(y + 50)"])
def test_what_is_zero_on_a_whole_side_is_not_positive_there(u: str) -> None:
    """0 >= 0 and not 0 > 0: far from null where u is 0 for every x below -50."""
    declared = "x, y: scalar"
    assert matcalc.equal(f"[{u} >= 0] x", f"[{u} > 0] x", declared).status == "failed"
    assert matcalc.equal(f"[{u} > 0] {u}", u, declared).ok


def test_the_sign_of_a_product_is_that_of_its_factors() -> None:
    declared = "x, y: scalar"
    assert matcalc.equal("abs(x y (x - 2 y))", "abs(x) abs(y) abs(2 y - x)", declared).status == "proved"
    assert matcalc.equal("relu(x y)", "relu(x) relu(y) + relu(-x) relu(-y)", declared).status == "proved"
    assert matcalc.equal("relu(x y)", "relu(x) relu(y)", declared).status == "failed"


def test_a_number_that_is_very_small_is_a_number() -> None:
    program = "x: n; J = sum(elu(x - 30000))"
    assert matcalc.verify(program, "x", "exp(min(x - 30000, 0))").ok
    assert matcalc.verify(program, "x", "exp(min(x - 30001, 0))").status == "failed"


def test_sides_for_which_there_was_no_time_are_not_accepted() -> None:
    program = "A: n x n; J = tr(expm(relu(A)))"
    found = matcalc.verify(program, "A", "expm(relu(A))' .* [A > 0.001]", time_limit=0.01)
    assert not found.ok and "the time limit of 0.01 s" in str(found)


PIECES = "a, b, c, x, y: scalar; u, v: n"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("max(max(a, b), c)", "max(c, max(b, a))"),
        ("max(max(a, b), max(c, x))", "max(x, max(c, max(b, a)))"),
        ("min(max(a, b), c)", "max(min(a, c), min(b, c))"),
        ("max(max(a, b), c) + min(min(a, b), c) + max(min(a, b), min(max(a, b), c))", "a + b + c"),
        ("max(a, b) + max(-a, -b)", "abs(a - b)"),
        ("[a > b] .* [b > c] .* [c > a]", "0"),
        ("[a > 1] .* [b > 1] .* [a + b > 2]", "[a > 1] .* [b > 1]"),
        ("tanh(max(max(a, b), c))", "tanh(max(c, max(b, a)))"),
        ("sigmoid(max(max(a, b), c))", "1 / (1 + exp(-max(c, max(b, a))))"),
    ],
)
def test_formulas_are_the_same_on_all_sides_that_there_are(left: str, right: str) -> None:
    assert matcalc.equal(left, right, PIECES).status == "proved"
    for wrong in (f"{right} + relu(a - 3) .* [b > 4] .* [c > a]", f"{right} + 1/1000 [a > b] .* [b > c]"):
        assert matcalc.equal(left, wrong, PIECES).status == "failed", wrong


def test_a_quotient_by_what_is_zero_nowhere_on_a_side_is_proved() -> None:
    assert matcalc.equal("a / (relu(b) + relu(-b))", "a / abs(b)", PIECES).status == "proved"


@pytest.mark.parametrize(
    ("quotient", "value"),
    [
        ("u .* [v > 0] ./ [v > 0]", "u"),
        ("relu(a) / relu(a)", "1"),
        ("u ./ ([v > 0] .* [v < 5]) .* [v > 0] .* [v < 5]", "u"),
        ("x relu(a + b) / relu(a + b)", "x"),
        ("u .* ([v > 0] - [v > 2]) ./ ([v > 0] - [v > 2])", "u"),
    ],
)
def test_what_is_divided_by_zero_on_a_whole_side_is_not_proved(quotient: str, value: str) -> None:
    assert matcalc.equal(quotient, value, PIECES).status != "proved"
    if value == "u":
        assert matcalc.verify(f"{PIECES}; w: n; w'u + 0 (a + b + c + x + y) v'v", "w", quotient).status == "failed"
    assert matcalc.equal("u .* [v > 0] ./ ([v > 0] + 1)", "1/2 u .* [v > 0]", PIECES).status == "proved"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a / (relu(b) + relu(-b))", "a / abs(b) + relu(a - 3) .* [b > 4] .* [c > a]"),
        ("exp(relu(b) + relu(-b))", "exp(abs(b)) + relu(a - 3) .* [b > 4] .* [c > a] .* [x > b + c]"),
        ("a / abs(b)", "a / abs(b) + 1/1000 [a + b > 100] .* [a - b > 90] .* [c > a + 7] .* [c < a + 7.5]"),
        ("log(abs(b))", "log(abs(b)) + [max(max(a, b), c) > x] .* [min(a, b) > 50] .* [x > 50 + c]"),
    ],
)
def test_what_is_wrong_on_several_sides_together_is_refuted(right: str, wrong: str) -> None:
    """Few points fall there by chance; one of each set of sides that can be had together is solved for."""
    assert matcalc.equal(right, wrong, PIECES).status == "failed"


def test_a_gradient_that_is_wrong_on_several_sides_together_is_refuted() -> None:
    program = f"{PIECES}; J = abs(b) exp(a) + 0 (c + x + y) v'u"
    assert matcalc.verify(program, "b", "(2 [b > 0] - 1) exp(a)").ok
    found = matcalc.verify(program, "b", "sign(b) exp(a) + 1/1000 [a > 30] .* [b > a + 40] .* [c > b + 50]")
    assert found.status == "failed", str(found)


@pytest.mark.parametrize(
    ("root", "slope", "wrong"),
    [
        ("sqrt((s - 30000)^2)", "sign(s - 30000)", "-1"),
        ("((s - 30000)^2)^(1/2)", "(s - 30000) / sqrt((s - 30000)^2)", "-1"),
        ("sqrt((s - 30000)' (s - 30000))", "sign(s - 30000)", "-1"),
        ("‖s - 30000‖", "sign(s - 30000)", "-1"),
        ("‖(s - 30000) v‖", "sign(s - 30000) ‖v‖", "-‖v‖"),
        ("sqrt(sum((s - 30000).^2) (v'v)^2)", "sign(s - 30000) v'v", "-v'v"),
    ],
)
def test_a_root_of_a_square_has_the_kink_of_abs(root: str, slope: str, wrong: str) -> None:
    program = f"s: scalar; v: n; J = {root} + 0 v'v"
    assert matcalc.verify(program, "s", slope).ok
    assert matcalc.verify(program, "s", wrong).status == "failed"


@pytest.mark.parametrize(
    ("root", "near"),
    [
        ("sqrt(s^2 - 200 s + 10000)", "100 - s"),
        ("(s^2 - 200 s + 10000)^(3/2)", "(100 - s)^3"),
        ("sqrt((v'v)^2 - 2000 v'v + 10^6)", "1000 - v'v"),
    ],
)
def test_a_square_that_is_written_out_under_a_root_is_tried_far_away(root: str, near: str) -> None:
    declared = "s: scalar; v: n; "
    assert matcalc.equal(root, near, declared).status == "failed"
    assert matcalc.equal(root, f"abs({near})", declared).ok
