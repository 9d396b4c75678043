"""A gradient as a program of its own: it means the gradient, and its derivative along V is the Hessian times V."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc.api.onward import gradient_program
from matcalc.errors import UnknownNameError, UnsupportedError

SIZES = {"n": 4, "d": 3, "h": 2, "k": 5}
FUNCTIONS = {"f": (np.sin, np.cos, lambda z: -np.sin(z))}
PROGRAMS = [
    ("J = sum((y - f(f(X W1) W2))^2)", "W1"),
    ("J = sum((y - f(f(X W1) W2))^2)", "W2"),
    ("X: n x d; y: n; w: d; lam: scalar; J = sum(log(1 + exp(-y .* (X w)))) + lam/2 ||w||^2", "w"),
    ("S: n x n pd; B: n x n; J = logdet(S + B B') + tr(inv(S) B)", "B"),
    ("A: n x n; x: n; c: n; J = (x' A x)^2 + c' x", "x"),
    ("layers l = 1..3: z[l] = W[l] a[l-1]; a[l] = tanh(z[l]); a[0] = x; W[l]: d x d; x: d; J = ||a[3] - y||^2", "W[2]"),
    ("X: n x d; w: d; J = sum(X w)", "w"),
]


def _values(program: matcalc.Program, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    values: dict[str, Any] = {}
    for s in program.inputs:
        value = random.normal(size=[SIZES[d] if isinstance(d, str) else d for d in s.shape])
        if "pd" in s.attributes:
            value = value @ value.T + len(value) * np.eye(len(value))
        values[s.name] = value[0, 0] if s.is_scalar else value[:, 0] if s.shape[1] == 1 else value
    return values


@pytest.mark.parametrize(("text", "name"), PROGRAMS)
def test_the_gradient_as_a_program_is_the_gradient_and_derives_once_more(text: str, name: str) -> None:
    derived = matcalc.derive(text, name, verify=False)
    program = gradient_program(derived.record, name)
    values = _values(program, seed=3)
    gradient = derived[name]

    def at(point: Any) -> Any:
        return gradient.evaluate({**values, name: point}, FUNCTIONS, SIZES)

    last = matcalc.Expr(program.objective.definition, program.inputs)
    np.testing.assert_allclose(last.evaluate(values, FUNCTIONS, SIZES), at(values[name]), rtol=1e-12)
    assert {s.name for s in derived.program.inputs} == {s.name for s in program.inputs}
    assert {s.name for s in derived.record.deltas} <= {s.name for s in program.definitions}
    assert program.definitions[-1] is program.objective and not any(
        "adjoint" in s.attributes for s in program.definitions
    )

    second = gradient_program(derived.record, name, along="V")
    direction = np.random.default_rng(5).normal(size=np.shape(values[name]))
    product = matcalc.derive(second, name, verify=False)[name]
    step = 1e-5
    slope = (at(values[name] + step * direction) - at(values[name] - step * direction)) / (2 * step)
    found = product.evaluate({**values, second.inputs[-1].name: direction}, FUNCTIONS, SIZES)
    np.testing.assert_allclose(found, slope, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(("text", "name"), [row for row in PROGRAMS if "layers" not in row[0]])
def test_its_text_reads_back_to_the_same_program(text: str, name: str) -> None:
    program = gradient_program(matcalc.derive(text, name, verify=False).record, name, along="V")
    again = matcalc.parse(program.source)
    assert again.objective is program.objective and again.definitions == program.definitions
    assert set(again.inputs) == set(program.inputs) and not again.inferred


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    for text, along in (("G: n x n; V: n; J: n; E = V' G V + J' V", "V"), ("A: n x n; V: n; E = V' A V", "G")):
        program = gradient_program(matcalc.derive(text, "V", verify=False).record, "V", along)
        names = [s.name for s in (*program.inputs, *program.definitions)]
        assert len(names) == len(set(names)) and program.objective.is_scalar


def test_what_is_no_program_is_refused() -> None:
    record = matcalc.derive(
        "layers l = 1..L: a[l] = tanh(W[l] a[l-1]); a[0] = x; J = v' a[L]", "W", verify=False
    ).record
    with pytest.raises(UnsupportedError, match="recursion"):
        gradient_program(record, "W")
    record = matcalc.derive("J = x' A x", "x", verify=False).record
    with pytest.raises(UnknownNameError, match="A is not a variable"):
        gradient_program(record, "A")
