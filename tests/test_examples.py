"""Every example: the gradients expected, written by hand as in the books, and their proof."""

from __future__ import annotations

import re
from pathlib import Path

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
}
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
        assert derivation.verification[variable].status == "proved"
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
