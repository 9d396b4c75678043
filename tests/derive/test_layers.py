"""Programs about layers l = 1..L: the recursion against nets written out, and what is said when it is wrong."""

from __future__ import annotations

import dataclasses
import json
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from layer_programs import at_length, bare, sizes_of_inputs, written_out
from selection import some

import matcalc
from matcalc import meaning
from matcalc.api.judging import layer_names
from matcalc.cli import run
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Symbol
from matcalc.operators import negative, plus
from matcalc.syntax import parse_expression
from matcalc.verify.every_depth import verify_layers

NETS: dict[str, tuple[str, str]] = {
    "columns": (
        "layers l = 1..L: z[l] = W[l] a[l-1] + b[l]; a[l] = tanh(z[l])\na[0] = x\nJ = 1/2 ||a[L] - y||^2",
        "W b x",
    ),
    "rows": (
        "layers l = 1..L: A[l] = sigmoid(A[l-1] W[l] + 1 b[l]')\nA[0] = X\nJ = sum((A[L] - Y)^2)",
        "W b X",
    ),
    "residual": (
        "layers l = 1..L: a[l] = a[l-1] + tanh(W[l] a[l-1] + b[l])\na[0] = x\nJ = 1/2 ||a[L] - y||^2",
        "W b x",
    ),
    "shared": (
        "layers l = 1..L: a[l] = tanh(W a[l-1] + b); a[0] = W x\nJ = 1/2 ||a[L] - y||^2 + y' W x",
        "W b x",
    ),
    "output layer": (
        "layers l = 1..L-1: z[l] = W[l] a[l-1] + b[l]; a[l] = tanh(z[l])\na[0] = x\n"
        "z[L] = W[L] a[L-1] + b[L]; yhat = softmax(z[L])\nJ = -y' log(yhat)",
        "W b x",
    ),
    "decay": (
        "layers l = 1..L: a[l] = tanh(W[l] a[l-1])\na[0] = x\n"
        "J = 1/2 ||a[L] - y||^2 + lam/2 sum(||W[l]||^2, l = 1..L) + sum(W[L])",
        "W x",
    ),
    "recurrent": (
        "steps t = 1..L: z[t] = W h[t-1] + U x[t] + b; h[t] = tanh(z[t]); yhat[t] = V h[t] + c;"
        " e[t] = 1/2 ||yhat[t] - y[t]||^2\nJ = sum(e[t], t = 1..L)",
        "W U b V c h[0] x",
    ),
    "two carriers": (
        "steps t = 1..L: c[t] = f[t] .* c[t-1] + tanh(U x[t]); h[t] = tanh(c[t] + W h[t-1]); f[t] = sigmoid(R h[t-1])\n"
        "c[0] = c0; h[0] = h0\nJ = 1/2 ||h[L]||^2 + sum(sum(c[t].^3), t = 1..L)",
        "W U R c0 h0",
    ),
    "skip from the input": (
        "layers l = 1..L: a[l] = tanh(W[l] a[l-1] + U[l] x)\na[0] = x\nJ = ||a[L]||^2 / L",
        "W U x",
    ),
    "weights of the layer before": (
        "layers l = 1..L: a[l] = tanh(W[l] a[l-1] + W[l-1] a[l-1])\na[0] = x\nJ = ||a[L]||^2",
        "W x",
    ),
    "linear": ("layers l = 1..L: a[l] = W[l] a[l-1]\na[0] = x\nJ = ||a[L] - y||^2", "W x"),
    "graph": (
        "layers l = 1..L: H[l] = tanh(A H[l-1] W[l])\nH[0] = X\nJ = -sum(Y .* log_softmax(H[L]))",
        "W X",
    ),
}


def differences(value: Callable[[Any], float], at: Any, step: float = 1e-5) -> Any:
    """Central differences, entry by entry."""
    found = np.zeros_like(at)
    for place in np.ndindex(*at.shape):
        moved = np.zeros_like(at)
        moved[place] = step
        found[place] = (value(at + moved) - value(at - moved)) / (2 * step)
    return found


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("length", [2, 5])
def test_the_recursion_is_the_gradient_of_the_net_written_out(net: str, length: int) -> None:
    source, wrt = NETS[net]
    derivation = matcalc.derive(source, wrt.split(), verify=False)
    whole, claimed = at_length(derivation.record, length)
    program = matcalc.parse(written_out(source, length))
    variables = {s.name for s in program.inputs}
    assert set(claimed) <= variables
    assert {v for v in variables if v.partition("[")[0] in {w.partition("[")[0] for w in wrt.split()}} == set(claimed)
    objective, rng = program.objective, np.random.default_rng(length)
    theirs, at = sizes_of_inputs(whole, derivation, program, rng)
    sizes = {d: k for s in program.inputs for d, k in zip(s.shape, at[s.name].shape, strict=True) if isinstance(d, str)}

    def value(point: dict[str, Any]) -> float:
        (found,) = meaning.evaluate([objective], point, sizes=sizes)
        return float(found[0, 0])

    for name, node in claimed.items():
        (found,) = meaning.evaluate([node], at, sizes=theirs)

        def varied(array: Any, name: str = name) -> float:
            return value({**at, name: array})

        assert np.allclose(found, differences(varied, at[name]), rtol=1e-5, atol=1e-7), name


@pytest.mark.parametrize("net", some([*NETS], len(NETS) // 2))
def test_it_is_proved(net: str) -> None:
    source, wrt = NETS[net]
    derivation = matcalc.derive(source, wrt.split())
    assert {v.status for v in derivation.verification.values()} == {"proved"}
    assert all("= 1, 2, 3" in v.method or "= 2, 3" in v.method for v in derivation.verification.values())


def wrong(symbol: Symbol, node: Node) -> Symbol:
    return Symbol(symbol.name, node.shape, symbol.attributes, node)


@pytest.mark.parametrize("net", some(["columns", "residual", "recurrent"], 1))
def test_a_planted_error_in_the_recursion_is_found(net: str, fuzz: bool) -> None:
    source, wrt = NETS[net]
    record = matcalc.derive(source, wrt.split(), verify=False).record
    right = record.recursion
    assert right is not None
    objective, given = record.objective, dict(record.given)
    assert right.step
    for n, symbol in enumerate(right.step):
        if not fuzz and 0 < n < len(right.step) - 1:  # the first and the last in the ordinary run
            continue
        assert symbol.definition is not None
        node = negative(symbol.definition) if n else plus(symbol.definition, symbol.definition)
        step = (*right.step[:n], wrong(symbol, node), *right.step[n + 1 :])
        recursion = dataclasses.replace(right, step=step)
        found = verify_layers(objective, record.gradients, recursion, given, 20, "projected")
        assert "failed" in {v.status for v in found.values()}, symbol.name
    for n, (symbol, node) in enumerate(record.gradients):
        gradients = (*record.gradients[:n], (symbol, negative(node)), *record.gradients[n + 1 :])
        found = verify_layers(objective, gradients, right, given, 20, "projected")
        assert found[symbol.name].status == "failed"
        assert sum(v.status == "failed" for v in found.values()) == 1


# ------------------------------------------------------------------------------------------------ as books write them

GENERAL = "layers l = 1..L: z[l] = W[l] a[l-1] + b[l]; a[l] = g(z[l])\na[0] = x\n"
BOOKS: list[tuple[str, str, dict[str, str]]] = [
    (
        GENERAL + "given dJ/dz[L] = a[L] - y",
        "W b",
        {
            "delta[L]": "a[L] - y",
            "delta[l]": "(W[l+1]' delta[l+1]) .* g'(z[l])",
            "W[l]": "delta[l] a[l-1]'",
            "b[l]": "delta[l]",
        },
    ),
    (
        GENERAL + "J = 1/2 ||a[L] - y||^2",
        "W b x",
        {"delta[L]": "(a[L] - y) .* g'(z[L])", "W[l]": "delta[l] a[l-1]'", "x": "W[1]' delta[1]"},
    ),
    (
        "layers l = 1..L: A[l] = g(A[l-1] W[l] + 1 b[l]')\nA[0] = X\nJ = sum((A[L] - Y)^2)",
        "W b",
        {
            "delta[L]": "2 (A[L] - Y) .* g'(Z[L])",
            "delta[l]": "(delta[l+1] W[l+1]') .* g'(Z[l])",
            "W[l]": "A[l-1]' delta[l]",
            "b[l]": "colsum(delta[l])'",
        },
    ),
    (
        NETS["residual"][0],
        "W",
        {
            "delta_a[L]": "a[L] - y",
            "delta_a[l]": "W[l+1]' delta[l+1] + delta_a[l+1]",
            "delta[l]": "delta_a[l] .* (1 - tanh(z[l]).^2)",
            "W[l]": "delta[l] a[l-1]'",
        },
    ),
    (
        "layers l = 1..L: z[l] = W a[l-1] + b; a[l] = sigmoid(z[l])\na[0] = x\nJ = 1/2 ||a[L] - y||^2",
        "W b",
        {
            "delta[l]": "(W' delta[l+1]) .* a[l] .* (1 - a[l])",
            "W": "sum(delta[l] a[l-1]', l = 1..L)",
            "b": "sum(delta[l], l = 1..L)",
        },
    ),
    (
        NETS["output layer"][0],
        "W b",
        {
            "delta[L]": "sum(y) yhat - y",
            "delta[l]": "(W[l+1]' delta[l+1]) .* (1 - a[l].^2)",
            "W[l]": "delta[l] a[l-1]'",
            "W[L]": "delta[L] a[L-1]'",
            "b[L]": "delta[L]",
        },
    ),
    (
        NETS["recurrent"][0].replace("L", "T"),
        "W U b V c",
        {
            "delta[T+1]": "zeros(n)",
            "delta_h[t]": "V'(yhat[t] - y[t]) + W' delta[t+1]",
            "delta[t]": "delta_h[t] .* (1 - h[t].^2)",
            "W": "sum(delta[t] h[t-1]', t = 1..T)",
            "U": "sum(delta[t] x[t]', t = 1..T)",
            "b": "sum(delta[t], t = 1..T)",
            "V": "sum((yhat[t] - y[t]) h[t]', t = 1..T)",
            "c": "sum(yhat[t] - y[t], t = 1..T)",
        },
    ),
]


@pytest.mark.parametrize(("source", "wrt", "expected"), BOOKS)
def test_as_books_write_it(source: str, wrt: str, expected: dict[str, str]) -> None:
    derivation = matcalc.derive(source, wrt.split(), verify=False)
    record = derivation.record
    names = layer_names(record)
    found = {s.name: node for s, node in record.gradients} | {s.name: s.definition for s in record.deltas}
    for name, text in expected.items():
        node = found[name]
        assert node is not None
        read = parse_expression(
            text, {**names, **{s.name: s for s in record.deltas}}, derivation.program.functions, node.shape
        )
        assert bare(read) is bare(node), name


def test_what_is_printed_is_read_again() -> None:
    for source, wrt in NETS.values():
        derivation = matcalc.derive(source, wrt.split(), verify=False)
        names = layer_names(derivation.record)
        for name, gradient in derivation.items():
            for text in (str(gradient), gradient.ascii()):
                read = parse_expression(text, names, derivation.program.functions, gradient.shape)
                assert bare(read) is bare(gradient.node), (name, text)


def test_the_length_printed_does_not_depend_on_the_number_of_layers() -> None:
    text = matcalc.derive(GENERAL + "J = ||a[L] - y||^2", ["W", "b"], verify=False).to_text()
    long = matcalc.derive(GENERAL.replace("L:", "200:") + "J = ||a[200] - y||^2", ["W", "b"], verify=False).to_text(
        steps=False
    )
    assert len(text.splitlines()) < 100
    assert long.count("dJ/dW[") == 200


def test_one_of_the_layers_may_be_asked_for() -> None:
    derivation = matcalc.derive(GENERAL + "J = ||a[L] - y||^2", ["W[1]", "W[L]", "W[2]", "W[L-1]"])
    assert {name: str(g) for name, g in derivation.items()} == {
        "W[1]": "δ[1] a[0]'",
        "W[L]": "δ[L] a[L-1]'",
        "W[2]": "δ[2] a[1]'",
        "W[L-1]": "δ[L-1] a[L-2]'",
    }
    assert {v.status for v in derivation.verification.values()} == {"proved"}


def test_layers_with_a_number_are_written_out() -> None:
    derivation = matcalc.derive(GENERAL.replace("L:", "3:") + "J = ||a[3] - y||^2", "W")
    assert list(derivation) == ["W[1]", "W[2]", "W[3]"]
    assert str(dict(derivation.where)["delta[2]"]) == "(W[3]' δ[3]) ⊙ g'(z[2])"
    assert {v.status for v in derivation.verification.values()} == {"proved"}


# ----------------------------------------------------------------------------------------------------------- candidates


@pytest.mark.parametrize(
    ("candidate", "status"),
    [
        ("delta[l] a[l-1]'", "proved"),
        ("2 delta[l] a[l-1]'", "failed"),
        ("delta[l] a[l-1]' + 0 W[l]", "proved"),
        ("(delta[l] .* delta[l]) a[l-1]'", "failed"),
    ],
)
def test_a_formula_for_the_gradient_of_a_layer_is_judged(candidate: str, status: str) -> None:
    assert matcalc.verify(GENERAL + "J = ||a[L] - y||^2", "W[l]", candidate).status == status


def test_a_sum_over_layers_is_judged() -> None:
    source = BOOKS[-1][0]
    assert matcalc.verify(source, "W", "sum(delta[t] h[t-1]', t = 1..T)").status == "proved"
    assert matcalc.verify(source, "W", "sum(delta[t] h[t]', t = 1..T)").status == "failed"


# --------------------------------------------------------------------------------------------------------------- errors

ERRORS: list[tuple[str, type[MatcalcError], str]] = [
    ("layers l = 1..L: z[l] = W[l] a[l+1]; a[l] = g(z[l])\nJ = sum(a[L])", UnsupportedError, "comes after layer l"),
    ("layers l = 1..L: z[l] = W[l] a[l-2]; a[l] = g(z[l])\nJ = sum(a[L])", UnsupportedError, "2 layers back"),
    ("layers l = 1..L: z[l+1] = W[l] a[l]; a[l] = g(z[l])\nJ = sum(a[L])", ParseError, "define z\\[l\\], not"),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1])\nJ = sum(a[L+1])", ParseError, "a\\[L\\+1\\] does not exist"),
    ("layers l = 1..3: a[l] = g(W[l] a[l-1])\nJ = sum(a[4])", ParseError, "a\\[4\\] does not exist"),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1])\nJ = sum(a[l])", ParseError, "l means nothing outside"),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1])\nJ = sum(a[3])", ParseError, "depends on L"),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1])\nJ = sum(a[L-1])", UnsupportedError, "the last, may be used"),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1])\nJ = sum(a)", ParseError, "a has no index"),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1])\na[L] = x\nJ = sum(a[L])", ParseError, "define it already"),
    ("layers l = 1..L: a[l] = z[l]; z[l] = a[l]\nJ = sum(a[L])", ParseError, "in a circle"),
    ("layers l = 1..L: a[l] = a[l-1] + g(W[l] a[l-1])\na[0] = x\nJ = ||a[L] - y||^2\nx: d; y: k", ShapeError, "d×1"),
    ("layers l = 1 to: a[l] = a[l-1]\nJ = sum(a[L])", ParseError, "does not say which layers"),
    ("layers l = 1..L\nJ = sum(x)", ParseError, "does not say which layers"),
    ("layers l = 1..L:\nJ = sum(x)", ParseError, "nothing is said of the layers"),
    ("layers l = 3..1: a[l] = W[l] a[l-1]\nJ = sum(a[3])", ParseError, "the last one comes before"),
    ("layers l = 1..9999: a[l] = W[l] a[l-1]\nJ = sum(a[3])", ParseError, "at most 2000"),
    ("layers l = 1..l: a[l] = W[l] a[l-1]\nJ = sum(a[l])", ParseError, "up to itself"),
    ("layers l = 1..L-2: a[l] = W[l] a[l-1]\nJ = sum(a[L])", UnsupportedError, "may end at L or at L-1"),
    ("layers l = 1..L: a[l] = l W[l] a[l-1]\nJ = sum(a[L])", UnsupportedError, "cannot be used as a number"),
    ("layers l = 1..L: a[l] = W[l, 2] a[l-1]\nJ = sum(a[L])", ParseError, "no name with an index"),
    ("a[l] = W[l] a[l-1]\nJ = sum(a[L])", UnsupportedError, "none are announced"),
    ("layers l = 1..L: a[l] = W[l] a[l-1]\nlayers k = 1..K: c[k] = V c[k-1]\nJ = sum(a[L])", UnsupportedError, "one"),
    ("layers l = 1..2: a[l] = W[l] a[l-1]\nlayers l = 1..2: c[l] = V[l] c[l-1]\nJ = sum(a[2])", ParseError, "twice"),
    ("layers l = 1..L: a[l] = W[l] a[l-1]\nJ = sum(a[L], l = 1..L-1)", UnsupportedError, "this sum runs over"),
    ("layers l = 1..L: a[l] = W[l] a[l-1]\nJ = tr(a[L], l = 1..L)", ParseError, "a range belongs to a sum"),
    ("layers l = 1..L: a[l] = W[l] a[l-1]\nJ = sum(W[L+1] a[L])", ParseError, "W\\[L\\+1\\] does not exist"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "kind", "message"), ERRORS)
def test_what_cannot_be_read_is_said_with_its_place(source: str, kind: type[MatcalcError], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        matcalc.derive(source, "W", verify=False)
    assert caught.value.line is not None
    assert caught.value.source_line in source


@pytest.mark.parametrize("name", ["W[0]", "W[L+1]", "W[k]", "V", "a[l]"])
def test_a_variable_that_no_layer_has(name: str) -> None:
    with pytest.raises((UnknownNameError, UnsupportedError), match=re.escape(name)):
        matcalc.derive(GENERAL + "J = ||a[L] - y||^2", name)


def test_residual_layers_need_one_shape_and_the_hint_says_so() -> None:
    source = "layers l = 1..L: a[l] = a[l-1] + g(W[l] a[l-1]); a[0] = x\nJ = ||a[L] - y||^2\nx: d; y: k"
    with pytest.raises(ShapeError) as caught:
        matcalc.parse(source)
    assert "have one shape, a[0] and a[L] too" in caught.value.hint


# ------------------------------------------------------------------------------------------------------ other notations


def test_every_format_can_be_written() -> None:
    derivation = matcalc.derive(GENERAL + "J = ||a[L] - y||^2", ["W", "b"])
    assert r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot g'(z_l)" in derivation.to_latex()
    assert "δ[l]" in derivation.to_text() and "delta[l]" in derivation.to_text(ascii=True)
    assert "l = 1..L" in derivation.to_text()
    assert derivation.to_markdown() and derivation.to_json()
    assert pickle.loads(pickle.dumps(derivation))["W[l]"] == derivation["W[l]"]


def test_jacobians_of_layers_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="not supported"):
        matcalc.jacobian(GENERAL + "J = ||a[L] - y||^2", "W[l]")


# --------------------------------------------------------------------------------------- what a reader stumbled upon


def test_layers_that_do_not_follow_from_one_another() -> None:
    source = "layers l = 1..L: z[l] = W[l] q[l-1]; a[l] = g(z[l])\nJ = ||a[L] - y||^2"
    derivation = matcalc.derive(source, "W")
    assert str(derivation["W[L]"]) == "δ[L] q[L-1]'" and str(derivation["W[l]"]).startswith("zeros")
    assert "delta[L]" in dict(derivation.where)
    assert {v.status for v in derivation.verification.values()} == {"proved"}


def test_an_unknown_loss_is_stated_by_its_gradient() -> None:
    with pytest.raises(ShapeError) as caught:
        matcalc.derive(GENERAL + "J = loss(a[L])", "W")
    assert "given dJ/da[L] = G" in caught.value.hint
    assert matcalc.derive(GENERAL + "given dJ/da[L] = G", "W").verification["W[l]"].status == "proved"


@pytest.mark.parametrize("start", ["h[0] = 0\n", "h[0] = zeros(n)\n"])
def test_a_state_may_start_at_zero(start: str) -> None:
    source = start + "steps t = 1..T: h[t] = tanh(W h[t-1] + U x[t])\nJ = sum(||h[t] - y[t]||^2, t = 1..T)\nW: n x n"
    derivation = matcalc.derive(source, ["W", "U"])
    assert derivation.program.symbol("h[0]").shape == ("n", 1)
    assert {v.status for v in derivation.verification.values()} == {"proved"}


def test_a_number_may_start_at_zero() -> None:
    source = "h[0] = 0\nsteps t = 1..T: h[t] = tanh(w h[t-1] + u x[t])\nJ = sum((h[t] - y[t])^2, t = 1..T)"
    assert matcalc.derive(source, "w").verification["w"].status == "proved"


def test_what_no_layer_has_before_the_first_is_an_error() -> None:
    with pytest.raises(ParseError, match=re.escape("z[0] does not exist")):
        matcalc.parse(GENERAL + "J = ||z[0] - y||^2")


def test_the_lines_of_the_recursion_say_what_is_held_fixed() -> None:
    text = matcalc.derive(GENERAL + "J = ||a[L] - y||^2", "W", verify=False).to_text()
    assert "W[l+1] held fixed" in text and "b[l+1] constant" in text
    both = matcalc.derive(GENERAL + "J = ||a[L] - y||^2", ["W", "b"], verify=False).to_text()
    assert "b[l+1] held fixed" in both and "held fixed." in both


def test_a_sum_over_layers_is_a_line_of_the_derivation() -> None:
    text = matcalc.derive(BOOKS[-1][0], "W", verify=False).to_text(width=120)
    assert "dJ = d(sum(e[t], t = 1..T))" in text and "= sum(de[t], t = 1..T)" in text
    assert "dJ = sum(δ[t] h[t-1]' : dW, t = 1..T)" in text and "= sum(δ[t] h[t-1]', t = 1..T) : dW" in text


def test_what_is_read_of_the_layers_is_held_against_the_program_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from matcalc.syntax import generic

    right = generic._Generic._outside_of

    def doubled(self: Any, node: Node) -> Node:
        found = right(self, node)
        if isinstance(found, Symbol) and found.name == "J" and found.definition is not None:
            return Symbol("J", found.shape, (), plus(found.definition, found.definition))
        return found

    monkeypatch.setattr(generic._Generic, "_outside_of", doubled)
    with pytest.raises(UnsupportedError, match="J is not as it would be"):
        matcalc.parse(GENERAL + "J = ||a[L] - y||^2")


def test_names_of_the_program_are_not_taken_for_others() -> None:
    source = """
        layers l = 1..L: a[l] = tanh(W[l] a[l-1]); e[l] = ||a[l]||^2
        a[0] = S + S_0; S, S_0, r: n
        J = sum(e[l], l = 1..L) + r' S"""
    derivation = matcalc.derive(source, ["W", "S", "S_0"])
    assert {v.status for v in derivation.verification.values()} == {"proved"}


BROKEN: list[tuple[str, str]] = [
    ("layers l = 1..L: q[l] = tanh(W x)\nJ = sum(q[L])", "W x"),
    ("layers l = 1..L: a[l] = tanh(W[l] x)\nJ = sum(W[L])", "W"),
    ("layers l = 1..L: q[l] = tanh(W[l] x); a[l] = a[l-1] .* u + c\nJ = sum(a[L]) + sum(q[L])", "W u x c"),
    ("layers l = 1..L-1: a[l] = tanh(W[l] a[l-1])\na[0] = x\nJ = ||W[L] a[L-1] - y||^2", "W x"),
    ("layers l = 2..L: a[l] = tanh(W[l] a[l-1])\na[1] = tanh(V x)\nJ = ||a[L] - y||^2", "W V x"),
    ("layers l = 1..L: a[l] = a[l-1] + tanh(W[l] a[l-1]) + W[l-1] y\na[0] = x\nW[l]: n x n\nJ = ||a[L]||^2", "W x"),
    ("layers l = 1..L: e[l] = W[l] x - y[l]\nJ = ||sum(e[l], l = 1..L)||^2", "W x"),
    ("layers l = 1..L: e[l] = ||W[l] x - y[l]||^2\nJ = sqrt(sum(e[l], l = 1..L))", "W x"),
    ("layers l = 0..L: a[l] = tanh(W[l] a[l-1])\na[-1] = x\nJ = sum(a[L])", "W x"),
]
"""Programs that came out wrong once, or not at all."""


@pytest.mark.parametrize(("source", "wrt"), BROKEN)
def test_what_was_wrong_once(source: str, wrt: str) -> None:
    derivation = matcalc.derive(source, wrt.split())
    assert {v.status for v in derivation.verification.values()} == {"proved"}
    assert "mistake" not in derivation.to_text()


def test_the_letter_of_a_sum_is_its_own() -> None:
    derivation = matcalc.derive(BROKEN[6][0], "W[1]")
    assert str(derivation["W[1]"]) == "2 sum(e[l], l = 1..L) x'"
    assert derivation.verification["W[1]"].status == "proved"


@pytest.mark.parametrize(
    "given",
    [
        "p = V a[L]; given dE/dp = p - y; given dE/dz[L] = a[L]",
        "given dE/da[L] = a[L]; given dE/dW = W",
        "given dE/dW[L] = W[L]",
        "given dE/dx = y",
        "J = ||a[L]||^2; given dJ/dz[L] = a[L]",
    ],
)
def test_known_gradients_that_would_have_to_agree_are_refused(given: str) -> None:
    with pytest.raises(MatcalcError):
        matcalc.derive(GENERAL + given, "W")


def test_a_known_gradient_that_says_nothing_of_a_variable() -> None:
    with pytest.raises(MatcalcError, match="the program does not say how E depends on y"):
        matcalc.derive(GENERAL + "given dE/dz[L] = a[L] - y", ["W", "y"])


def test_a_formula_may_be_judged_by_the_name_of_the_family() -> None:
    source = GENERAL + "given dE/dz[L] = a[L] - y"
    assert matcalc.verify(source, "W", "delta[l] a[l-1]'").status == "proved"
    assert matcalc.verify(source, "W[L]", "(a[L] - y) a[L-1]'").status == "proved"
    assert run(["verify", source, "--wrt", "W", "--candidate", "delta[l] a[l-1]'"]) == 0


def test_a_formula_is_judged_in_the_last_layer_too() -> None:
    # Right in every layer but the last, where there is no delta[L+1].
    found = matcalc.verify(GENERAL + "J = ||a[L] - y||^2", "W[l]", "((W[l+1]' delta[l+1]) .* g'(z[l])) a[l-1]'")
    assert found.status == "failed"


def test_the_json_says_of_which_layers() -> None:
    document = json.loads(matcalc.derive(GENERAL + "J = ||a[L] - y||^2", "W", verify=False).to_json())
    where = {entry["name"]: entry.get("layers") for entry in document["where"]}
    assert where["z[l]"] == ["1", "L"] and where["delta[l]"] == ["L - 1", "1"] and where["delta[L]"] is None
    assert document["gradients"][0]["layers"] == ["1", "L"]
    assert {stretch["title"] for stretch in document["derivation"]} >= {"From layer l + 1 back to layer l"}


# ---------------------------------------------------------------------------------- the letter agrees with the number

FED_BACK = "layers l = 1..{0}: a[l] = W c[l-1]; c[l] = (a[l-1]' a[l-1]) a[l-1]; J = ‖c[{0}] - y‖"
UNUSED = (
    "layers l = 1..{0}: z[l] = a[l-1] + c[l-1] .* c[l-1]; a[l] = softmax(W[l] z[l]); c[l] = sigmoid(b[l])\n"
    "a[0] = x0; c[0] = x1; J = y' z[{0}]"
)
ASIDE = "layers l = 1..{0}: a[l] = sin(W[l] a[l-1]); c[l] = sigmoid(s a[l]); a[0] = x; c[0] = u; J = 1/2 ‖c[{0}] - y‖^2"


@pytest.mark.parametrize("number", ["L", "1", "2", "3", "4", "7"])
def test_a_product_of_a_column_with_itself_is_a_number_whatever_is_known_of_it_first(number: str) -> None:
    """c[L] = (a'a) a is a column, so y is one: of any number of layers, and of L."""
    assert matcalc.parse(FED_BACK.format(number)).symbol("y").shape[1] == 1
    assert matcalc.parse(FED_BACK.format(number)).symbol("y").shape[0] != 1


def test_what_the_last_layer_computes_in_vain_has_the_shape_of_the_other_layers() -> None:
    assert matcalc.derive(UNUSED.format("L"), "W")["W[L]"].shape == ("n[L+1]", "n[L]")
    three = matcalc.parse(UNUSED.format(3))
    assert 1 not in three.symbol("W[3]").shape and three.symbol("b[3]").shape[0] != 1


def test_a_start_that_nothing_follows_is_outside_the_layers() -> None:
    """c[0] = u says nothing of the sizes: x goes into W[1], and u nowhere."""
    found = matcalc.derive(ASIDE.format("L"), ["x", "s", "W"])
    assert found["x"].ascii() == "W[1]' delta[1]"
    assert {v.status for v in found.verification.values()} == {"proved"}
    assert (found.program.symbol("x").shape, found.program.symbol("u").shape) == (("n[0]", 1), (1, 1))


def test_the_gradient_of_one_layer_holds_in_the_last_one_too() -> None:
    """By delta[1], not by delta[2], which one layer does not have; in the last layer by what delta[L] is."""
    source = GENERAL + "J = 1/2 ||a[L] - y||^2"
    assert matcalc.gradient(source, "W[1]").ascii() == "delta[1] a[0]'"
    assert matcalc.gradient(source, "W[2]").ascii() == "delta[2] a[1]'"
    last = matcalc.gradient(source, "W[L]").ascii()
    assert "[L+1]" not in last and "y" in last


def test_an_input_of_each_layer_may_be_summed() -> None:
    source = "layers l = 1..L: a[l] = tanh(W[l] a[l-1]); a[0] = x; e[l]: scalar; J = sum(e[l], l = 1..L)^2 + ‖a[L]‖^2"
    found = matcalc.derive(source, ["e", "W"])
    assert {v.status for v in found.verification.values()} == {"proved"}
