"""Derivatives of activations kept as f': another record, true as well, of the same gradients."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import matcalc
from matcalc.cli import run
from matcalc.expr import Term, postorder
from matcalc.rules.derivatives import ACTIVATIONS

TWO_LAYERS = "z2 = X W1; a2 = {f}(z2); z3 = a2 W2; a3 = {g}(z3); J = 1/2 sum((a3 - y).^2)"
NETWORKS = {
    "nested": "J = sum((y - {g}({f}(X W1) W2))^2)",
    "named": TWO_LAYERS,
    "residual": "z1 = X W1; a1 = X + {f}(z1); J = sum({g}(a1 W2))",
    "tied": "H = {f}(X W1); J = ||X - {g}(H W1')||^2",
    "bias": "b: h; Z = X W1 + b; A = {f}(Z); J = sum({g}(A W2))",
}
PAIRS = [("relu", "sigmoid"), ("tanh", "softplus"), ("leaky_relu", "tanh"), ("relu", "tanh"), ("sigmoid", "relu")]


def both(source: str, wrt: list[str], **options: object) -> tuple[matcalc.Derivation, matcalc.Derivation]:
    """The derivation as it is by default, and with primes."""
    default = matcalc.derive(source, wrt, verify=False)
    return default, matcalc.derive(source, wrt, primes=True, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("network", "functions"), [*zip(NETWORKS, PAIRS, strict=True)])
def test_the_same_gradients(network: str, functions: tuple[str, str]) -> None:
    f, g = functions
    source = NETWORKS[network].format(f=f, g=g)
    default, primes = both(source, ["W1"], time_limit=60.0)
    assert f"{f}'(" in primes.to_text() and f"{f}'(" not in str(default["W1"].expanded())
    assert f"{f}'(" in str(primes["W1"].expanded())
    assert primes.verification["W1"].status in ("proved", "agrees")
    assert matcalc.equal(default["W1"], primes["W1"]).status in ("proved", "agrees")


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_keeps_its_prime(name: str) -> None:
    default, primes = both(f"x: n; w: n; J = sum(w .* {name}(x))", ["x"], verify=False)
    assert str(primes["x"]) == f"w ⊙ {name}'(x)"
    assert default["x"] != primes["x"]
    assert matcalc.equal(default["x"], primes["x"]).status in ("proved", "agrees")
    at = np.linspace(-2.25, 2.5, 7)
    slope = [(value(name, x + 1e-6) - value(name, x - 1e-6)) / 2e-6 for x in at]
    weights = np.arange(1.0, 8.0)
    for derivation in (default, primes):
        np.testing.assert_allclose(derivation["x"].evaluate({"x": at, "w": weights}), weights * slope, rtol=1e-4)


def value(name: str, x: float) -> float:
    """The function `name` at x, by its definition."""
    table = {
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "log_sigmoid": lambda: -np.log1p(np.exp(-x)),
        "tanh": lambda: np.tanh(x),
        "relu": lambda: max(x, 0.0),
        "leaky_relu": lambda: x if x > 0 else x / 100,
        "elu": lambda: x if x > 0 else np.expm1(x),
        "softplus": lambda: np.log1p(np.exp(x)),
        "silu": lambda: x / (1 + np.exp(-x)),
        "mish": lambda: x * np.tanh(np.log1p(np.exp(x))),
        "gelu": lambda: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    }
    return float(table[name]())


def test_a_wrong_prime_is_not_proved() -> None:
    source = TWO_LAYERS.format(f="relu", g="sigmoid")
    right = str(matcalc.derive(source, "W2", primes=True, verify=False)["W2"].expanded())
    assert matcalc.verify(source, "W2", right).status == "proved"
    assert matcalc.verify(source, "W2", right.replace("sigmoid'(", "tanh'(")).status == "failed"
    assert matcalc.verify(source, "W2", right.replace("sigmoid'(", "sigmoid(")).status == "failed"


def test_what_is_printed_is_what_was_rewritten() -> None:
    record = matcalc.derive(TWO_LAYERS.format(f="relu", g="sigmoid"), ["W1", "W2"], primes=True, verify=False).record
    names = {rule.name for rule in record.rules}
    assert not {"derivative of sigmoid", "derivative of relu"} & names
    for section in record.sections:
        for step, following in itertools.pairwise(section.steps):
            assert step.before is not step.after
            assert following.before is step.after or section.kind == "push"
    deltas = {s.name: s.definition for s in record.deltas}
    primed = {
        name: {n.op.name for n in postorder(node) if isinstance(n, Term) and n.op.order}
        for name, node in deltas.items()
        if node is not None
    }
    assert primed == {"delta3": {"sigmoid'"}, "delta2": {"relu'"}}


def test_functions_that_are_no_activations_are_written_out() -> None:
    default, primes = both("x: n positive; J = sum(log(x)) + sum(exp(x)) + sum(sin(x))", ["x"], verify=False)
    assert default["x"] == primes["x"] and "'" not in str(primes["x"])


def test_a_kink_is_still_told() -> None:
    default, primes = both("J = sum(relu(X W))", ["W"], verify=False)
    assert default.record.conditions == primes.record.conditions != ()
    assert "relu has a kink there" in primes.to_text()


def test_a_derivative_that_the_program_holds_is_differentiated() -> None:
    default, primes = both("x: n; J = sum(sigmoid'(x)) + sum(tanh(x))", ["x"])
    assert primes.verification["x"].status == "proved"
    assert matcalc.equal(default["x"], primes["x"]).status == "proved"


@pytest.mark.parametrize("convention", ["projected", "entries", "free"])
def test_with_a_convention(convention: str) -> None:
    source = "A: n x n symmetric; x: n; J = sum(sigmoid(A x))"
    found = matcalc.derive(source, "A", primes=True, convention=convention)
    assert "sigmoid'(A x)" in found.to_text() and found.verification["A"].status == "proved"


def test_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    source = TWO_LAYERS.format(f="relu", g="sigmoid")
    shown = {}
    for option in ((), ("--primes",)):
        assert run(["derive", source, "--wrt", "W1,W2", "--no-verify", "--ascii", *option]) == 0
        shown[option] = capsys.readouterr().out
    assert "delta3 = (a3 - y) .* a3 .* (1 - a3)" in shown[()] and ".* [z2 > 0]" in shown[()]
    assert "delta3 = (a3 - y) .* sigmoid'(z3)" in shown["--primes",]
    assert "(delta3 W2') .* relu'(z2)" in shown["--primes",] and "[z2 > 0]" not in shown["--primes",]


@pytest.mark.parametrize("form", ["latex", "markdown", "json"])
def test_in_every_form(form: str) -> None:
    derivation = matcalc.derive("x: n; J = sum(relu(x))", "x", primes=True, verify=False)
    shown = getattr(derivation, f"to_{form}")()
    primed = {"json": "relu'(x)", "markdown": r"\mathrm{ReLU}'(x)"}.get(form, r"\operatorname{ReLU}'(x)")
    assert primed in shown


def test_in_layers() -> None:
    source = "layers l = 1..L: z[l] = W[l] a[l-1]; a[l] = sigmoid(z[l])\na[0] = x\nJ = 1/2 sum((a[L] - y)^2)"
    default, primes = both(source, ["W"])
    shown = {name: str(formula) for name, formula in primes.where}
    assert shown["delta[l]"] == "(W[l+1]' δ[l+1]) ⊙ sigmoid'(z[l])" and shown["delta[L]"].endswith("⊙ sigmoid'(z[L])")
    assert "sigmoid'(" not in {name: str(formula) for name, formula in default.where}["delta[l]"]
    assert [proof.status for proof in primes.verification.values()] == ["proved"]
