"""Every example: the gradients expected, written by hand as in the books, and their proof."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import mpmath
import numpy as np
import pytest
from layer_programs import bare

import matcalc
from matcalc.api.judging import layer_names
from matcalc.cli import run
from matcalc.expr import Node
from matcalc.syntax import parse_expression

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

# file -> variable -> the gradient, in the names of the program and of its derivation.
EXPECTED: dict[str, dict[str, str]] = {
    "network": {"W1": "X' delta1", "W2": "A1' delta2"},
    "by_indices": {"w": "delta2 h'", "v": "delta1 x'"},
    "five_equations": {"W1": "X' delta2", "W2": "a2' delta3"},
    "two_three_two": {"W2": "delta2 a1'", "b2": "delta2", "W3": "delta3 a2'", "b3": "delta3"},
    "linear_two_layer": {"W": "X'(yhat - y) v'", "v": "H'(yhat - y)"},
    "pushed_back": {"W3": "A3'(A5 - R) W4'", "W4": "A4'(A5 - R)"},
    "bias_over_batch": {"W": "X' delta_Z", "b": "colsum(delta_Z)'"},
    "dropout": {"W1": "X' delta1", "W2": "D1' delta2"},
    "weight_decay": {"W1": "X' delta1 + lam W1", "W2": "A1'(Yhat - Y) + lam W2"},
    "deep_network": {"W[l]": "delta[l] a[l-1]'", "b[l]": "delta[l]"},
    "deep_rows": {"W[l]": "A[l-1]' delta[l]", "b[l]": "colsum(delta[l])'"},
    "residual": {"W[l]": "delta[l] a[l-1]' + lam W[l]", "b[l]": "delta[l]"},
    "shared_layers": {"W": "sum(delta[l] a[l-1]', l = 1..L)", "b": "sum(delta[l], l = 1..L)"},
    "classifier": {
        "W[l]": "delta[l] a[l-1]'",
        "b[l]": "delta[l]",
        "W[L]": "delta[L] a[L-1]'",
        "b[L]": "delta[L]",
    },
    "recurrent": {
        "W": "sum(delta[t] h[t-1]', t = 1..T)",
        "U": "sum(delta[t] x[t]', t = 1..T)",
        "b": "sum(delta[t], t = 1..T)",
        "V": "sum((yhat[t] - y[t]) h[t]', t = 1..T)",
        "c": "sum(yhat[t] - y[t], t = 1..T)",
    },
    "ridge": {"w": "2 (X'(X w - y) + lam w)"},
    "logistic": {"w": "-X'(y .* sigmoid(-y .* (X w)))"},
    "softmax_cross_entropy": {"W": "X'(softmax(X W) - Y)"},
    "gaussian": {"mu": "-inv(S) colsum(R)'", "S": "1/2 (n inv(S) - inv(S) R' R inv(S))"},
    "matrix_factorization": {
        "U": "2 (((U V' - R) .* M) V + lam U)",
        "V": "2 (((U V' - R) .* M)' U + lam V)",
    },
    "autoencoder": {"W": "(X' delta_Xhat + delta_Xhat' X) W"},
    "rayleigh": {"x": "2 / (x' x) * (A x - J x)"},
    "four_layers": {"W1": "delta1 x'", "b1": "delta1", "W4": "delta4 a3'"},
    "logdet": {"X": "2 X inv(X' X + A)"},
    "attention": {
        "Wq": "X' delta_Q",
        "Wk": "X' delta_K",
        "Wv": "X' delta_V",
        "X": "delta_K Wk' + delta_Q Wq' + delta_V Wv'",
    },
    "layer_norm": {"W": "X' delta_Z", "g": "diag(N'(A - Y))", "b": "colsum(A - Y)'"},
    "transformer_block": {
        "Wq": "A' delta_Q",
        "Wk": "A' delta_K",
        "Wv": "A' delta_V",
        "Wo": "O' delta_R",
        "W1": "B' delta_Z",
        "b1": "colsum(delta_Z)'",
        "W2": "F' delta_T U'",
        "b2": "U colsum(delta_T)'",
        "g1": "diag(N1' delta_A)",
        "c1": "colsum(delta_A)'",
        "g2": "diag(N2' delta_Z W1')",
        "c2": "W1 colsum(delta_Z)'",
        "U": "H' delta_T",
        "X": "(delta_A diag(g1) - rowmean(delta_A diag(g1)) ones(m)'"
        " - N1 .* (rowmean((delta_A diag(g1)) .* N1) ones(m)')) ./ (rowstd(X, eps) ones(m)') + delta_R",
    },
    "distances": {"X": "4 (diag(rowsum(W)) - W) X"},
    "completion": {"X": "M .* (X - R) + lam U V'"},
    "procrustes": {"Q": "1/2 (Q B' A Q - A' B)"},
    "separable": {
        "A": "ptrace2((kron(A, B) - C) kron(eye(m), B'), p)",
        "B": "ptrace1(kron(A', eye(p)) (kron(A, B) - C), m)",
    },
    "logistic_by_hand": {"w": "X'(s - y)"},
    "softmax_in_numpy": {"W": "X' delta_Z + lam W", "b": "colsum(delta_Z)'"},
    "regression_in_matlab": {"theta": "X' delta1"},
}
AGREES = {"completion"}
"""Singular vectors have no formula in the entries, so exact arithmetic cannot decide."""
DELTAS = {
    "network": {"delta2": "2 (yhat - y) .* f'(z2)", "delta1": "(delta2 W2') .* f'(Z1)"},
    "four_layers": {
        "delta4": "(a4 - y) .* a4 .* (1 - a4)",
        "delta3": "(W4' delta4) .* a3 .* (1 - a3)",
        "delta2": "(W3' delta3) .* a2 .* (1 - a2)",
        "delta1": "(W2' delta2) .* a1 .* (1 - a1)",
    },
    "deep_network": {"delta[L]": "a[L] - y", "delta[l]": "(W[l+1]' delta[l+1]) .* g'(z[l])"},
    "deep_rows": {"delta[L]": "(A[L] - Y) .* g'(Z[L])", "delta[l]": "(delta[l+1] W[l+1]') .* g'(Z[l])"},
    "residual": {
        "delta_a[L]": "a[L] - y",
        "delta_a[l]": "W[l+1]' delta[l+1] + delta_a[l+1]",
        "delta[l]": "delta_a[l] .* (1 - tanh(z[l]).^2)",
    },
    "shared_layers": {
        "delta[L]": "(a[L] - y) .* a[L] .* (1 - a[L])",
        "delta[l]": "(W' delta[l+1]) .* a[l] .* (1 - a[l])",
    },
    "classifier": {"delta[L]": "yhat - y", "delta[l]": "(W[l+1]' delta[l+1]) .* [z[l] > 0]"},
    "recurrent": {
        "delta[T+1]": "zeros(n)",
        "delta_h[t]": "V'(yhat[t] - y[t]) + W' delta[t+1]",
        "delta[t]": "delta_h[t] .* (1 - h[t].^2)",
    },
    "five_equations": {"delta3": "2 (yhat - y) .* f'(z3)", "delta2": "(delta3 W2') .* f'(z2)"},
    "two_three_two": {"delta3": "(a3 - y) .* a3 .* (1 - a3)", "delta2": "(W3' delta3) .* [z2 > 0]"},
    "bias_over_batch": {"delta_Z": "(A - Y) .* A .* (1 - A)"},
    "dropout": {"delta2": "(softmax(Z2) - Y) / n", "delta1": "(M1 .* (delta2 W2') .* [Z1 > 0]) / q"},
    "weight_decay": {"delta1": "((Yhat - Y) W2') .* (1 - A1.^2)"},
    "autoencoder": {"delta_Xhat": "2 (Xhat - X)"},
    "softmax_in_numpy": {"delta_Z": "(P - Y) / n"},
    "regression_in_matlab": {"delta1": "(h2 - y) / n"},
    "attention": {
        "delta_V": "P'(O - Y)",
        "delta_Q": "delta_S K / sqrt(d)",
        "delta_K": "delta_S' Q / sqrt(d)",
        "delta_P": "(O - Y) V'",
        "delta_S": "(delta_P - rowsum(delta_P .* P) ones(n)') .* P",
    },
    "layer_norm": {
        "delta_N": "(A - Y) diag(g)",
        "delta_Z": "(delta_N - rowmean(delta_N) ones(k)' - N .* (rowmean(delta_N .* N) ones(k)'))"
        " ./ (rowstd(Z, eps) ones(k)')",
    },
    "transformer_block": {
        "delta_T": "softmax(T) - Y",
        "delta_R": "(delta_N2 - rowmean(delta_N2) ones(m)' - N2 .* (rowmean(delta_N2 .* N2) ones(m)'))"
        " ./ (rowstd(R, eps) ones(m)') + delta_T U'",
        "delta_S": "(delta_P - rowsum(delta_P .* P) ones(n)') .* P",
        "delta_A": "delta_K Wk' + delta_Q Wq' + delta_V Wv'",
    },
}


AT_SOME_SIZES = {"completion"}
"""What is not proved for all sizes: a nuclear norm has no formula in the entries."""


def test_every_example_is_here() -> None:
    assert {f.stem for f in EXAMPLES.glob("*.mc")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name: str) -> None:
    source = (EXAMPLES / f"{name}.mc").read_text("utf-8")
    derivation = matcalc.derive(source, list(EXPECTED[name]), time_limit=60)
    record = derivation.record
    names = {**derivation.program.names, **{s.name: s for s in record.where + record.deltas}}
    if derivation.program.family is not None:
        names = {**layer_names(record), **names}

    def read(text: str) -> Node:
        return parse_expression(text, names, derivation.program.functions)

    for variable, expected in EXPECTED[name].items():
        assert bare(read(expected)) is bare(derivation[variable].node), variable
        found = derivation.verification[variable]
        assert found.status == ("agrees" if name in AGREES else "proved")
        assert found.every_size == (name not in AT_SOME_SIZES), name
    where = dict(derivation.where)
    for delta, expected in DELTAS.get(name, {}).items():
        assert bare(read(expected)) is bare(where[delta].node), delta


@pytest.mark.parametrize("name", EXPECTED)
def test_the_command_in_its_first_line_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = EXAMPLES / f"{name}.mc"
    first = file.read_text("utf-8").splitlines()[0]
    variables = re.findall(r"--wrt (\w+)", first)
    assert variables, "the first line of an example says how to run it"
    arguments = ["derive", str(file), "--no-verify", "--ascii"]
    for variable in variables:
        arguments += ["--wrt", variable]
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    for variable in variables:
        assert f"/d{variable}" in shown


def transformer_loss(at: dict[str, np.ndarray]) -> complex:
    """The loss of `transformer_block` in NumPy, for complex numbers: no code of matcalc, no rule of derivatives."""

    def normalized(values: np.ndarray) -> np.ndarray:
        centred = values - values.mean(1, keepdims=True)
        return centred / np.sqrt((centred * centred).mean(1, keepdims=True) + at["eps"])

    def softmax(values: np.ndarray) -> np.ndarray:
        powers = np.exp(values - values.real.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    attended = normalized(at["X"]) * at["g1"] + at["c1"]
    queries, keys, values = attended @ at["Wq"], attended @ at["Wk"], attended @ at["Wv"]
    middle = at["X"] + softmax(queries @ keys.T / np.sqrt(queries.shape[1])) @ values @ at["Wo"]
    hidden = (normalized(middle) * at["g2"] + at["c2"]) @ at["W1"] + at["b1"]
    with mpmath.workdps(50):  # an imaginary part of 1e-30 beside a real one needs the digits
        erf = np.vectorize(lambda z: complex(mpmath.erf(z)))(hidden / np.sqrt(2))
    out = middle + (hidden / 2 * (1 + erf)) @ at["W2"] + at["b2"]
    return complex(-(at["Y"] * np.log(softmax(out @ at["U"]))).sum())


def test_transformer_block_has_the_slopes_of_its_loss() -> None:
    # The complex step: the imaginary part of J(x + ih) is h times the slope, without any difference that cancels.
    source = (EXAMPLES / "transformer_block.mc").read_text("utf-8")
    derivation = matcalc.derive(source, list(EXPECTED["transformer_block"]), verify=False)
    sizes = {"n": 3, "m": 4, "d": 2, "p": 3, "h": 5, "k": 3}
    random = np.random.default_rng(7)
    at: dict[str, np.ndarray] = {"eps": np.array(1e-3), "Y": np.eye(3)[[2, 0, 1]]}
    for symbol in derivation.program.inputs:
        if symbol.name not in at:
            shape = tuple(int(sizes.get(str(dim), 1)) for dim in symbol.shape)
            at[symbol.name] = random.normal(size=shape if shape[1] > 1 else shape[:1])
    step = 1e-30
    for variable in EXPECTED["transformer_block"]:
        slopes = np.zeros(at[variable].shape)
        for place in np.ndindex(slopes.shape):
            moved = at[variable].astype(complex)
            moved[place] += 1j * step
            slopes[place] = transformer_loss({**at, variable: moved}).imag / step
        assert derivation[variable].evaluate(at) == pytest.approx(slopes, rel=1e-11, abs=1e-13), variable


def test_what_was_derived_before_does_not_matter() -> None:
    # Rows are loaded when a program is about them; what they say of other programs must be nothing.
    examples = [file.read_text("utf-8") for file in sorted(EXAMPLES.glob("*.mc"))]
    code = (
        "import json, sys, matcalc\n"
        "def shown(text):\n"
        "    program = matcalc.parse(text)\n"
        "    names = [s.name for s in program.inputs if 'constant' not in s.attributes]\n"
        "    return matcalc.derive(program, names, verify=False).to_text(ascii=True)\n"
        "texts = json.load(sys.stdin)\n"
        "print(json.dumps({text: shown(text) for text in texts}, sort_keys=True))"
    )
    outputs = set()
    for seed in range(2):
        Random(seed).shuffle(examples)
        run_ = subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(examples), capture_output=True, text=True, check=True
        )
        outputs.add(run_.stdout)
    assert len(outputs) == 1
