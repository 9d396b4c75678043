"""The lines of derivations that every reader knows: how many there are, and what stands in them."""

from __future__ import annotations

import pytest

import matcalc
from matcalc.document.ink import Ink
from matcalc.document.view import View
from matcalc.expr import Node, Term, postorder
from matcalc.operators import D
from matcalc.write import ASCII


def lines(source: str, *wrt: str) -> list[str]:
    """The numbered lines of a derivation."""
    report = matcalc.derive(source, list(wrt), verify=False).document(View()).report
    assert report is not None
    return [Ink(ASCII).write(row.node) for stretch in report.stretches for row in stretch.rows[1:]]


WORKED = {
    ("x' A x", "x"): [
        "dx' A x + x' A dx",
        "x' A' dx + x' A dx",
        "x'(A + A') dx",
        "(A + A') x : dx",
    ],
    ("det(X' X)", "X"): [
        "det(X' X) inv(X' X) : d(X' X)",
        "det(X' X) inv(X' X) : dX' X + det(X' X) inv(X' X) : X' dX",
        "2 det(X' X) inv(X' X) : X' dX",
        "2 det(X' X) X inv(X' X) : dX",
    ],
    ("||X w - y||^2 + lam w' w", "w"): [
        "d(norm(X w - y)^2) + lam d(w' w)",
        "2 (X w - y) : d(X w - y) + 2 lam w' dw",
        "2 (X w - y) : d(X w) + 2 lam w' dw",
        "2 (X w - y) : X dw + 2 lam w' dw",
        "2 X'(X w - y) : dw + 2 lam w : dw",
        "2 (X'(X w - y) + lam w) : dw",
    ],
    ("A: n x n symmetric; (x' A x) / (x' x)", "x"): [
        "d(x' A x) / (x' x) - J d(x' x) / (x' x)",
        "2 x' A dx / (x' x) - 2 J x' dx / (x' x)",
        "2 (A x - J x)' dx / (x' x)",
        "2 (A x - J x) / (x' x) : dx",
    ],
    ("1/2 ||A - R||^2", "A"): ["(A - R) : d(A - R)", "(A - R) : dA"],
    ("tr(A X B)", "X"): ["I : d(A X B)", "I : A dX B", "A' B' : dX"],
    ("tr(X' A X)", "X"): [
        "I : d(X' A X)",
        "I : dX' A X + I : X' A dX",
        "I : X' A' dX + I : X' A dX",
        "I : X'(A + A') dX",
        "(A + A') X : dX",
    ],
    ("S: n x n symmetric; a, b: n; X: n x n; a' X b", "X"): ["a' dX b", "a b' : dX"],
    ("x: n; P: n x k; sum(P' x)", "x"): ["ones(k) : d(P' x)", "ones(k) : P' dx", "P ones(k) : dx", "rowsum(P) : dx"],
}


@pytest.mark.parametrize(("source", "wrt"), WORKED)
def test_it_is_derived_as_a_person_would(source: str, wrt: str) -> None:
    assert lines(source, wrt) == WORKED[source, wrt]


MOST = {
    ("J = sum((y - f(f(X W1) W2))^2)", "W1 W2"): 14,
    ("sum(R .* (softmax(X Wq (X Wk)' / sqrt(d)) X Wv))", "Wq"): 10,
    ("Z = X W; N = (Z - rowmean(Z)) ./ rowstd(Z); 1/2 ||N - Y||^2", "W"): 8,
    ("P = softmax(Z); -sum(Y .* log(P))", "Z"): 7,
    ("logdet(X)", "X"): 1,
}


@pytest.mark.parametrize(("source", "wrt"), MOST)
def test_it_takes_few_lines(source: str, wrt: str) -> None:
    assert len(lines(source, *wrt.split())) <= MOST[source, wrt]
    assert all(found.ok for found in matcalc.derive(source, wrt.split()).verification.values())


GENERAL = ("softmax(Z)", "softmax(Z, columns)", "log_softmax(Z)", "log_softmax(Z, columns)", "batch_norm(Z)")


@pytest.mark.parametrize("function", (*GENERAL, "layer_norm(Z)", "layer_norm(Z, eps)", "softmax(z)", "log_softmax(z)"))
def test_the_adjoint_of_a_lesson_is_proved(function: str) -> None:
    variable = "z" if "(z" in function else "Z"
    shape = "n" if variable == "z" else "n x k"
    found = matcalc.derive(f"G, {variable}: {shape}; eps: scalar positive; F = {function}; sum(G .* F)", variable)
    assert found.verification[variable].ok
    assert any(step.rule.name.startswith("adjoint of") for step in found.steps)


def test_a_rule_of_a_lesson_needs_a_constant_beside_its_argument() -> None:
    found = matcalc.derive("Z: n x k; eps: scalar positive; Y: n x k; sum(Y .* layer_norm(Z, eps))", ["Z", "eps"])
    assert all(verdict.ok for verdict in found.verification.values())


def test_a_quotient_of_a_linear_form_is_derived_by_the_product_rule() -> None:
    assert not any("J" in line for line in lines("c, x: n; c' x / ||x||", "x"))
    assert "J" in lines("A, B: n x n; x: n; x' A x / (x' B x)", "x")[0]


SUMS = (
    "||X w - y||^2 + lam w' w + mu sum(exp(w))",
    "sum(log(1 + exp(X w))) + w' A w + ||w||_1",
    "A: n x n pd; w, m: n; logdet(A + diag(w)) + tr(A diag(w)) + 1/2 (w - m)' inv(A) (w - m) + mean(w .* w)",
    "c, w: d; sum(c .* tanh(w)) + prod(w) + sum(softplus(w) .* w) + sqrt(c' w)",
)


@pytest.mark.parametrize("source", SUMS)
def test_no_term_of_a_sum_waits_long_to_be_differentiated(source: str) -> None:
    """The differential of a term stands in the line where it comes up, and in two more at most."""
    report = matcalc.derive(source, "w", verify=False).document(View()).report
    assert report is not None
    for stretch in report.stretches:
        held = [{n for n in postorder(row.node) if is_open(n)} for row in stretch.rows]
        for lines_of_four in zip(held, held[1:], held[2:], held[3:], strict=False):
            assert not set.intersection(*lines_of_four), source


def is_open(node: Node) -> bool:
    """Whether it is the differential of something that is no name."""
    return isinstance(node, Term) and node.op is D and isinstance(node.args[0], Term)
