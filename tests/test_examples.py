"""Every example: the gradients expected, written by hand as in the books, and their proof."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import matcalc
from matcalc.cli import run
from matcalc.syntax import parse_expression

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

# file -> variable -> the gradient, in the names of the program and of its derivation.
EXPECTED: dict[str, dict[str, str]] = {
    "network": {"W1": "X' delta1", "W2": "A1' delta2"},
    "linear_two_layer": {"W": "X'(H v - y) v'", "v": "H'(H v - y)"},
    "ridge": {"w": "2 (X'(X w - y) + lam w)"},
    "logistic": {"w": "-X'(y .* sigmoid(-y .* (X w)))"},
    "softmax_cross_entropy": {"W": "X'(softmax(X W) - Y)"},
    "gaussian": {"mu": "-inv(S) colsum(R)'", "S": "1/2 (n inv(S) - inv(S) R' R inv(S))"},
    "matrix_factorization": {
        "U": "2 (((U V' - R) .* M) V + lam U)",
        "V": "2 (((U V' - R) .* M)' U + lam V)",
    },
    "autoencoder": {"W": "(X' delta_Xhat + delta_Xhat' X) W"},
    "rayleigh": {"x": "2 / (x' x) * (A x - (x' A x / (x' x)) x)"},
    "four_layers": {"W1": "delta1 x'", "b1": "delta1", "W4": "delta4 a3'"},
    "logdet": {"X": "2 X inv(X' X + A)"},
    "attention": {
        "Wq": "X' delta_S K / sqrt(d)",
        "Wk": "X' delta_S' Q / sqrt(d)",
        "Wv": "X' P'(O - Y)",
    },
    "layer_norm": {"W": "X' delta_Z", "g": "diag(N'(A - Y))", "b": "colsum(A - Y)'"},
    "distances": {"X": "4 (diag(rowsum(W)) - W) X"},
    "completion": {"X": "(X - R) .* M + lam U V'"},
    "procrustes": {"Q": "1/2 (Q B' A Q - A' B)"},
    "separable": {
        "A": "ptrace2((kron(A, B) - C) kron(eye(m), B'), p)",
        "B": "ptrace1(kron(A', eye(p)) (kron(A, B) - C), m)",
    },
    "logistic_by_hand": {"w": "X'(s - y)"},
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
    "autoencoder": {"delta_Xhat": "2 (Xhat - X)"},
    "attention": {
        "delta_P": "(O - Y) V'",
        "delta_S": "(delta_P - rowsum(delta_P .* P) ones(n)') .* P",
    },
    "layer_norm": {
        "delta_N": "(A - Y) diag(g)",
        "delta_Z": "(delta_N - rowmean(delta_N) ones(k)' - N .* (rowmean(delta_N .* N) ones(k)'))"
        " ./ (rowstd(Z, eps) ones(k)')",
    },
}


def test_every_example_is_here() -> None:
    assert {f.stem for f in EXAMPLES.glob("*.mc")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_example(name: str) -> None:
    source = (EXAMPLES / f"{name}.mc").read_text("utf-8")
    derivation = matcalc.derive(source, list(EXPECTED[name]))
    names = {**derivation.program.names, **{s.name: s for s in derivation.record.where + derivation.record.deltas}}
    for variable, expected in EXPECTED[name].items():
        assert parse_expression(expected, names, derivation.program.functions) is derivation[variable].node, variable
        assert derivation.verification[variable].status == ("agrees" if name in AGREES else "proved")
    where = dict(derivation.where)
    for delta, expected in DELTAS.get(name, {}).items():
        assert parse_expression(expected, names, derivation.program.functions) is where[delta].node, delta


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
    for seed in range(3):
        Random(seed).shuffle(examples)
        run_ = subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(examples), capture_output=True, text=True, check=True
        )
        outputs.add(run_.stdout)
    assert len(outputs) == 1
