"""The judge on long programs: proofs definition by definition."""

from __future__ import annotations

import time

import pytest
from verify_problems import A, OneHot, W, X, fn, half_power, layers, mutants, network, scores, two, x
from work import calls

from matcalc import operators as ops
from matcalc.expr import SCALAR, Node, Number, Size, Symbol
from matcalc.operators import T, eye, hadamard, inner, matmul, minus, negative, ones, scale, zeros
from matcalc.verify import Verification, proof, verify


def in_one_line(found: dict[str, Verification]) -> str:
    """The sentence about gradients that share a verdict."""
    first, *others = found.values()
    assert all(str(other) == str(first) for other in others)
    return first.said(len(found))


def test_the_network_is_proved_in_one_line() -> None:
    objective, gradients, adjoints = network()
    line = "proved for all sizes and every f; checked exactly at n=3, d=2, h=4 (SymPy, every entry of both)"
    assert in_one_line(verify(objective, gradients, adjoints)) == line
    assert in_one_line(verify(objective, gradients)) == line


def test_a_long_chain_is_proved_definition_by_definition() -> None:
    def prove(length: int) -> None:
        objective, gradients, adjoints = layers(length)
        line = in_one_line(verify(objective, gradients, adjoints, time_limit=300))
        assert line.startswith("proved for all sizes; checked exactly at n=3, h=2 (SymPy, ")
        assert f"every entry of all {length}, definition by definition ({2 * length} definitions)" in line

    prove(3)  # what is loaded and kept once
    assert calls(lambda: prove(24)) <= 3 * calls(lambda: prove(12))


@pytest.mark.parametrize("name", ["f", "relu", "sigmoid"])
def test_other_chains(name: str) -> None:
    results = verify(*layers(8, name))
    assert {v.status for v in results.values()} == {"proved"}


def test_wrong_weights_in_a_chain_fail() -> None:
    objective, gradients, adjoints = layers(4)
    for weight in list(gradients)[::2]:
        for _, wrong in list(mutants(gradients[weight]))[:3]:
            found = verify(objective, gradients | {weight: wrong}, adjoints)
            assert {name for name, v in found.items() if v.status == "failed"} == {weight.name}


def claims(objective: Symbol, gradients: dict[Symbol, Node], adjoints: dict[Symbol, Node]) -> dict[str, bool]:
    setting = proof.Setting({"n": 3, "h": 2}, {}, "projected", time.monotonic() + 20)
    chain = proof.Chain([(Number(1), objective)], adjoints, gradients, setting)
    return {weight.name: chain.holds(weight) for weight in gradients}


def test_the_chain_of_proofs_bites() -> None:
    """A wrong adjoint anywhere stops the proofs of all that rests on it, and of nothing else."""
    objective, gradients, adjoints = layers(5)
    assert all(claims(objective, gradients, adjoints).values())
    names = {symbol.name: symbol for symbol in adjoints}
    below = {f"W{k}": k > 3 for k in range(1, 6)}
    for wrong in (
        scale(two, adjoints[names["Z3"]]),
        negative(adjoints[names["Z3"]]),
        matmul(adjoints[names["A3"]], eye("h")),  # f' left out
        hadamard(adjoints[names["A3"]], minus(ones("n", "h"), names["A3"])),
    ):
        assert claims(objective, gradients, adjoints | {names["Z3"]: wrong}) == below
    for wrong in (scale(two, adjoints[names["A3"]]), matmul(adjoints[names["Z4"]], list(gradients)[1])):
        assert claims(objective, gradients, adjoints | {names["A3"]: wrong}) == below
    for _, wrong in mutants(gradients[list(gradients)[1]]):
        found = claims(objective, gradients | {list(gradients)[1]: wrong}, adjoints)
        assert [name for name, holds in found.items() if not holds] == ["W4"]


def test_no_claim_is_proved_by_having_no_users() -> None:
    hidden = Symbol("u", ("n", 1), definition=matmul(A, x))
    objective = Symbol("J", SCALAR, definition=inner(hidden, hidden))
    results = verify(objective, {hidden: zeros("n")}, {x: x})
    assert results["u"].status == "failed"
    setting = proof.Setting({"n": 3}, {}, "projected", time.monotonic() + 20)
    assert not proof.Chain([(Number(1), objective)], {x: x}, {hidden: zeros("n")}, setting).holds(hidden)


def attention() -> tuple[Symbol, dict[Symbol, Node], dict[Symbol, Node]]:
    wq, wk, wv = Symbol("Wq", ("d", "k")), Symbol("Wk", ("d", "k")), Symbol("Wv", ("d", "v"))
    q, k = Symbol("Q", ("n", "k"), definition=matmul(X, wq)), Symbol("K", ("n", "k"), definition=matmul(X, wk))
    v = Symbol("V", ("n", "v"), definition=matmul(X, wv))
    root = half_power(Size("k"), -1)
    logits = Symbol("S", ("n", "n"), definition=scale(root, matmul(q, T(k))))
    weights = Symbol("P", ("n", "n"), definition=fn("softmax_rows", logits))
    out = Symbol("O", ("n", "v"), definition=matmul(weights, v))
    objective = Symbol("J", SCALAR, definition=fn("sum", ops.power(out, 2)))
    d_out = Symbol("deltaO", ("n", "v"), definition=scale(two, out))
    d_weights = matmul(d_out, T(v))
    mixed = matmul(fn("rowsum", hadamard(d_weights, weights)), ones(1, "n"))
    d_logits = Symbol("deltaS", ("n", "n"), definition=hadamard(weights, minus(d_weights, mixed)))
    d_q, d_k, d_v = scale(root, matmul(d_logits, k)), scale(root, matmul(T(d_logits), q)), matmul(T(weights), d_out)
    gradients = {
        wq: matmul(T(X), d_q),
        wk: matmul(T(X), d_k),
        wv: matmul(T(X), d_v),
        X: ops.plus(matmul(d_q, T(wq)), matmul(d_k, T(wk)), matmul(d_v, T(wv))),
    }
    return objective, gradients, {out: d_out, weights: d_weights, logits: d_logits, q: d_q, k: d_k, v: d_v}


def test_attention() -> None:
    objective, gradients, adjoints = attention()
    assert {v.status for v in verify(objective, gradients, adjoints).values()} == {"proved"}
    without = verify(objective, dict(list(gradients.items())[:1]), time_limit=0.5)
    assert without["Wq"].status in ("proved", "agrees")
    for variable, gradient in gradients.items():
        wrong = list(mutants(gradient))[-1][1]
        assert verify(objective, {variable: wrong}, adjoints)[variable.name].status == "failed"


def test_a_simplified_adjoint_is_proved_by_entering_definitions() -> None:
    """softmax - Y for one-hot Y holds only with what softmax and its adjoint are."""
    logits = Symbol("Z", ("n", "k"), definition=scores)
    probabilities = Symbol("P", ("n", "k"), definition=fn("softmax_rows", logits))
    logs = Symbol("L", ("n", "k"), definition=fn("log", probabilities))
    objective = Symbol("J", SCALAR, definition=negative(inner(OneHot, logs)))
    d_prob = Symbol("deltaP", ("n", "k"), definition=negative(hadamard(OneHot, ops.reciprocal(probabilities))))
    d_logits = Symbol("deltaZ", ("n", "k"), definition=minus(probabilities, OneHot))
    gradients = {W: matmul(T(X), d_logits)}
    for adjoints in ({logs: negative(OneHot), probabilities: d_prob, logits: d_logits}, {logits: d_logits}):
        setting = proof.Setting({"n": 3, "k": 2, "d": 4}, {}, "projected", time.monotonic() + 20)
        assert proof.Chain([(Number(1), objective)], adjoints, gradients, setting).holds(W)
