"""Verdicts on answers: right in every form, and the kinds of what is wrong."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc import Verdict
from matcalc.check.answer_key import AnswerKey, answer_key
from matcalc.check.answers import WORK, checked_answer
from matcalc.check.own_lines import FormulaPiece
from matcalc.check.verdict import ABOUT, CREDIT

LINEAR = "Y: n x k; J = 1/2||X W - Y||^2"
QUADRATIC = "J = x' A x"


@cache
def prepared(source: str, wrt: str, convention: str = "projected") -> AnswerKey:
    return answer_key(matcalc.parse(source), wrt, convention)


def verdict(source: str, wrt: str, answer: str) -> Verdict:
    return checked_answer(prepared(source, wrt), answer)


def test_a_verdict_says_what_is_wrong_and_where() -> None:
    found = matcalc.check(LINEAR, "W", "X'(X W + Y)")
    assert (found.ok, found.kind, found.where) == (False, "sign", (9, 10))
    assert found.repaired == "X'(X W - Y)" and 0 < found.score < 1
    assert str(found).startswith("read as: X'(X W + Y)\nwrong (sign): the sign of the term `Y` is wrong\n")
    assert found.hint(1) == "Look at `Y`."
    assert "rule" not in found.hint(1) and found.hint(2) != found.hint(3) == found.said
    assert json.loads(found.to_json())["kind"] == "sign"
    assert pickle.loads(pickle.dumps(found)) == found and hash(found)
    hidden = found.without_answer()
    assert "X'(X W - Y)" not in str(hidden) and hidden.kind == "sign"


def test_a_right_answer() -> None:
    found = matcalc.check(LINEAR, "W", "X'X W - X'Y")
    assert (found.ok, found.kind, found.score, found.hint(3)) == (True, "right", 1.0, "")


def test_every_kind_has_its_credit_and_its_sentence() -> None:
    assert CREDIT.keys() == ABOUT.keys() | {"right"}
    assert all(0 <= credit <= 1 for credit in CREDIT.values())


@pytest.mark.parametrize(
    "text", ["", " \n", "nan", "X' (", "\x00\x07", "X'" * 3_000, "(" * 5_000, "9^9^9^9^9", "X W" * 3_000]
)
def test_what_cannot_be_read_is_not_wrong(text: str) -> None:
    found = verdict(LINEAR, "W", text)
    assert found.kind in ("unreadable", "shape") and not found.ok
    assert found.readable is (found.kind == "shape")


LONG = (
    "X W + " * 600 + "Y",
    "exp(" * 400 + "X" + ")" * 400,
    "a = X'Y; " * 200 + "a",
    "X'Y" + "'" * 1_500,
    "dJ/dW_ij = " + "Σ_k X_ki " * 40,
)


@pytest.mark.parametrize("text", LONG, ids=[text[:10] for text in LONG])
def test_what_trying_changes_costs_has_an_end(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[int] = []
    cost = FormulaPiece.cost.fget
    assert cost is not None
    monkeypatch.setattr(FormulaPiece, "cost", property(lambda piece: spent.append(cost(piece)) or spent[-1]))
    assert verdict(LINEAR, "W", text).kind in ("other", "shape", "unreadable")
    assert sum(spent) < 2 * WORK + 100_000


@pytest.mark.parametrize(
    "text",
    [
        "ones(1000000000, 3)",
        "sum(ones(100000,100000)) X'(X W - Y)",
        "tr(eye(100000)) X'(X W - Y)",
        "sum(expm(ones(2000,2000))) X'(X W - Y)",
        "sum(ones(20000) ones(20000)') X'(X W - Y)",
        "X'Y + sum(" + "kron(X, " * 11 + "X" + ")" * 11 + ") X'Y",
    ],
)
def test_large_arrays_are_refused_before_they_are_made(text: str) -> None:
    found = verdict(LINEAR, "W", text)
    assert (found.kind, found.readable) == ("unreadable", False) and "too large to evaluate" in found.said


@pytest.mark.parametrize("text", ["X'(X W - Y) + (n-3)(n-4)(n-5) W", "X'(X W - Y) + 1e-8 W"])
def test_a_term_that_hardly_tells_is_found(text: str) -> None:
    found = verdict(LINEAR, "W", text)
    assert (found.kind, found.where) == ("product-rule", (14, len(text)))


def test_special_values_are_of_both_signs() -> None:
    assert "positive" in verdict("A: n x n; J = tr(X' A X)^2", "X", "2 sqrt(J) (A + A') X").said
    assert "positive" in verdict("x: n; J = sum(abs(x))", "x", "ones(n)").said


def test_brackets_that_a_product_needs_are_named() -> None:
    loss, answer = "J = ||relu(X W) A - Y||^2", "2 X' (relu(X W) A - Y) A' .* relu'(X W)"
    part = answer.removeprefix("2 X' ")
    found = verdict(loss, "W", answer)
    assert found.kind == "shape" and found.said.endswith(f"right is `{part}` in brackets")
    assert found.where is not None and answer[slice(*found.where)] == part
    assert found.repaired is not None and verdict(loss, "W", found.repaired).ok
    wrong = verdict(loss, "W", "X' (relu(X W) A - Y) A' .* relu'(X W)")
    assert wrong.kind == "shape" and not wrong.repaired


@pytest.mark.parametrize(
    ("source", "wrt", "answer", "kind", "repaired"),
    [
        ("J = f(w'x + b)", "w", "f'(w'x) x", "point", "f'(w' x + b) x"),
        ("J = sum(log(1 + exp(-y .* (X w))))", "w", "-X'(y .* sigmoid(y .* (X w)))", "sign", ""),
        ("J = ||X w - y||^2 + lam ||w||^2", "w", "2 X'(X w - y) + 2 lam", "chain", "2 X'(X w - y) + (2 lam w)"),
        ("J = logsumexp(A x)", "x", "A' log_softmax(A x)", "function", "A' softmax(A x)"),
        ("J = logsumexp(A x)", "x", "A' exp(A x)", "chain", "A' softmax(A x)"),
        ("J = exp(-||x - m||^2/(2 s^2))", "x", "-(x - m) J", "chain", "1/s^2 (-(x - m) J)"),
    ],
)
def test_the_part_that_is_wrong_is_named(source: str, wrt: str, answer: str, kind: str, repaired: str) -> None:
    found = verdict(source, wrt, answer)
    assert found.kind == kind and found.repaired is not None
    assert verdict(source, wrt, found.repaired).ok
    assert found.repaired == (repaired or found.repaired)


def test_a_factor_is_said_without_a_fraction_of_a_fraction() -> None:
    assert "s^2 times" in verdict("J = exp(-||x - m||^2/(2 s^2))", "x", "-(x - m) J").said


def test_the_name_of_an_unknown_gradient_is_told() -> None:
    source = "g: scalar function; J = g(Z); Z = X W"
    assert "grad_g is the gradient of g" in verdict(source, "W", "X' g'(Z)").said
    assert verdict(source, "W", "X' grad_g").ok


MARGINS = "J = Σ_i log(1 + exp(-y_i w'x_i))"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-Σ_i y_i x_i / (1 + exp(y_i w'x_i))", "right"),
        ("-Σ_i sigmoid(-y_i w'x_i) y_i x_i", "right"),
        (r"-\sum_{i=1}^n \frac{y_i x_i}{1+\exp(y_i w^\top x_i)}", "right"),
        ("-Σ_i y_i x_ij / (1 + exp(y_i Σ_k w_k x_ik))", "right"),
        ("Σ_i y_i x_i / (1 + exp(y_i w'x_i))", "sign"),
        ("-Σ_i x_i / (1 + exp(y_i w'x_i))", "other"),
        ("-y_i x_i / (1 + exp(y_i w'x_i))", "sum"),
    ],
)
def test_a_product_after_an_index_is_no_second_index(text: str, kind: str) -> None:
    assert verdict(MARGINS, "w", text).kind == kind


def test_a_second_mistake_beside_a_missing_sum_is_told() -> None:
    found = verdict("J = Σ_i (y_i - w'x_i)^2", "w", "2 (y_i - w'x_i) x_i")
    assert found.kind == "other" and found.said.endswith("; and with it the answer is the negative of the gradient")
    assert found.repaired is not None and verdict("J = Σ_i (y_i - w'x_i)^2", "w", found.repaired).ok


def test_a_constant_among_the_factors() -> None:
    assert verdict(LINEAR, "W", "2 X' e").kind == "shape"


FACTORS = {
    "pi X'(X W - Y)": "π times",
    "e X'(X W - Y)": "e times",
    "1.0000001 X'(X W - Y)": "1.0000001 times",
    "2/7 X'(X W - Y)": "2/7 times",
    "n X'(X W - Y)": "n times",
}


@pytest.mark.parametrize(("text", "said"), FACTORS.items())
def test_a_factor_is_said_as_it_is(text: str, said: str) -> None:
    assert verdict(LINEAR, "W", text).said == f"the answer is {said} the gradient"


@pytest.mark.parametrize(
    ("source", "wrt", "wrong", "value", "right"),
    [
        ("x: scalar; J = x^4", "x", "exp(x)", lambda x: np.exp(x), lambda x: 4 * x**3),
        ("x: scalar; J = x^4", "x", "x^3 + x", lambda x: x**3 + x, lambda x: 4 * x**3),
        ("x: 2; J = sum(x.^4)", "x", "exp(x)", lambda *x: np.exp(x), lambda *x: 4 * np.array(x) ** 3),
    ],
)
def test_no_number_is_a_factor_where_all_sizes_are_given(
    source: str, wrt: str, wrong: str, value: Callable[..., Any], right: Callable[..., Any]
) -> None:
    """At one point every number is a multiple of every other."""
    found = verdict(source, wrt, wrong)
    assert found.kind == "other" and not found.repaired
    entry, one, two, *x = [float(n) for n in re.findall(r"-?\d+\.?\d*", found.said.replace("the value", "entry 1"))]
    assert np.isclose(one, np.atleast_1d(value(*x))[int(entry) - 1], rtol=1e-3)
    assert np.isclose(two, np.atleast_1d(right(*x))[int(entry) - 1], rtol=1e-3)
    assert verdict(source, wrt, "8 x.^3").said == "the answer is 2 times the gradient"


def test_conditions_of_an_answer_are_told() -> None:
    found = verdict(LINEAR, "W", "X'X W - X'X inv(X'X) X'Y")
    assert found.ok and found.notes == ("it is the gradient where `X' X` can be inverted",)


def test_a_repair_has_no_names_that_stand_nowhere() -> None:
    network = "J = sum((y - f(f(X W1) W2))^2)"
    found = verdict(network, "W2", "-2 f(X W1)' ((y - f(f(X W1) W2)) .* f(f(X W1) W2))")
    assert found.kind == "function" and not re.search(r"\bz\d|\ba\d|\bM\d", str(found))


def test_no_numbers_are_told_where_shapes_are_hidden() -> None:
    found = verdict(QUADRATIC, "x", "2 A x")
    assert "[" in found.said and "[" not in str(found.without_shapes())


def test_the_sign_is_that_of_the_readers_term() -> None:
    ridge = "y: n; lam: scalar; J = 1/2||X w - y||^2 + lam/2 ||w||^2"
    found = verdict(ridge, "w", "X'(y - X w) + lam w")
    assert (found.where, found.said) == ((0, 11), "the sign of the term `X'(y - X w)` is wrong")


def test_brackets_with_an_index_are_shown_as_they_were_typed() -> None:
    assert verdict(LINEAR, "W", "dJ/dW_ij = Σ_k X_ki (X W - Y)_kj").read == "X'(X W - Y)"


def test_a_point_to_try_by_hand() -> None:
    said = matcalc.check("A: 2 x 2; x: 2; J = x' A x", "x", "A' A x").said
    x1, x2, a, b, c, d = (float(number) for number in re.findall(r"-?[\d.]+", said.partition(", at ")[2]))
    entry, value, right = re.findall(r"-?[\d.]+", said.partition(", at ")[0])
    matrix, x = np.array([[a, b], [c, d]]), np.array([x1, x2])
    assert np.isclose(float(value.rstrip(".")), (matrix.T @ matrix @ x)[int(entry) - 1], rtol=1e-3)
    assert np.isclose(float(right.rstrip(".")), ((matrix + matrix.T) @ x)[int(entry) - 1], rtol=1e-3)
