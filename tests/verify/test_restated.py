"""What is proved is about the program as it stands: a derivation that rewrites it wrongly is refuted."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import matcalc
from matcalc.derive import run
from matcalc.expr import Node, Number, Symbol
from matcalc.operators import TABLE, T, hadamard, inner, matmul, minus, negative, ones, plus, power, term
from matcalc.rewrite import RewriteRule, RuleSet
from matcalc.rules.slots import matrix
from matcalc.verify import proof, restated
from matcalc.verify.points import Trial


def fn(name: str, *args: Node) -> Node:
    """The operator called `name`, applied."""
    return term(TABLE[name], *args)


A = matrix("A")
BY_HAND = power(plus(ones("n", "m"), fn("exp", A)), Number(-1))
WRONG = RewriteRule("planted", BY_HAND, fn("tanh", A))


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """1 / (1 + exp(z)) is taken for tanh(z)."""
    rules = RuleSet((WRONG,), numbers=False)
    monkeypatch.setattr(run, "PREPARE", rules)
    monkeypatch.setattr(run, "RECOGNIZE", rules)
    yield


PROGRAMS = [
    ("in the objective", "y: n; J = sum((y - 1 ./ (1 + exp(-X w)))^2)", "w"),
    ("in a definition", "y: n; p = 1 ./ (1 + exp(-X w)); J = sum((y - p)^2)", "w"),
    ("below a defined name", "y: n; p = 1 ./ (1 + exp(-X w)); q = p .* p; J = y' q", "w"),
    ("beside a known gradient", "X: n x d; w: d; p = 1 ./ (1 + exp(-X w)); given dE/dp = p - 1", "w"),
    ("in a layer", "layers l = 1..L: a[l] = 1 ./ (1 + exp(-W[l] a[l-1])); a[0] = x; J = y' a[L]", "W"),
    ("in layers with a number", "layers l = 1..2: a[l] = 1 ./ (1 + exp(-W[l] a[l-1])); a[0] = x; J = y' a[2]", "W[1]"),
]


@pytest.mark.parametrize(("source", "wrt"), [p[1:] for p in PROGRAMS], ids=[p[0] for p in PROGRAMS])
def test_a_wrong_rewriting_is_refuted(planted: None, source: str, wrt: str) -> None:
    found = matcalc.derive(source, wrt)
    assert "tanh" in found.to_text()  # the planted row was used
    assert {v.status for v in found.verification.values()} == {"failed"}


def test_a_wrong_rewriting_of_an_output_is_refuted(planted: None) -> None:
    found = matcalc.jacobian("X: n x d; w: d; y = 1 ./ (1 + exp(-X w))", "w")
    assert "tanh" in found.to_text()
    assert found.verification is not None and found.verification.status == "failed"


@pytest.mark.parametrize(("source", "wrt"), [p[1:] for p in PROGRAMS], ids=[p[0] for p in PROGRAMS])
def test_a_right_rewriting_is_proved(source: str, wrt: str) -> None:
    assert {v.status for v in matcalc.derive(source, wrt).verification.values()} == {"proved"}


# ----------------------------------------------------------------------------------------------------- part by part

x, y = Symbol("x", ("n", 1)), Symbol("y", ("n", 1))
W = [Symbol(f"W{k}", ("n", "n")) for k in range(8)]


def sigmoid_by_hand(z: Node) -> Node:
    """1 ./ (1 + exp(-z))."""
    return power(plus(ones("n", 1), fn("exp", negative(z))), Number(-1))


def same(stated: Node, rewritten: Node, *variables: Symbol) -> bool:
    """Whether two objectives are found to be one."""
    one, two = ([(Number(1), Symbol("J", (1, 1), (), node))] for node in (stated, rewritten))
    trial = Trial(one, [], {"n": 3}, 0)
    return restated.same(one, two, variables, trial, proof.Setting({"n": 3}, {}, "projected", time.monotonic() + 60))


def network(*functions: str) -> Node:
    """y' f(W f(W … x)), each f by its name or, if that is "", the sigmoid written out by hand."""
    a = x
    for weight, function in zip(W, functions, strict=False):
        z = matmul(weight, a)
        a = fn(function, z) if function else sigmoid_by_hand(z)
    return matmul(T(y), a)


def test_many_places_that_were_rewritten_are_proved_one_by_one() -> None:
    # Written out in its entries, eight layers are too long for any proof.
    assert same(network(*[""] * 8), network(*["sigmoid"] * 8))
    assert not same(network(*[""] * 8), network(*["sigmoid"] * 3, "tanh", *["sigmoid"] * 4))
    assert not same(network(*["sigmoid"] * 8), network(*["sigmoid"] * 7, "softplus"))


def test_a_name_that_is_differentiated_by_stands_for_itself() -> None:
    z = matmul(W[0], x)
    by_hand, short = Symbol("p", ("n", 1), (), sigmoid_by_hand(z)), Symbol("p", ("n", 1), (), fn("sigmoid", z))
    wrong = Symbol("p", ("n", 1), (), fn("tanh", z))
    squares = fn("sum", hadamard(by_hand, by_hand))
    assert same(squares, inner(short, short), by_hand)
    assert not same(squares, inner(wrong, wrong), by_hand)
    assert not same(squares, inner(short, minus(short, y)), by_hand)
