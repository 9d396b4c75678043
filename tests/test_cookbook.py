"""The Matrix Cookbook: the short form that is printed, and every line of every derivation, checked at random points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cookbook import PROBLEMS

import matcalc
from matcalc import meaning
from matcalc.expr import Node, Symbol
from matcalc.operators import D, d, inner, term
from matcalc.syntax import parse_expression

SIZES = {"n": 4, "m": 3, "p": 2, "q": 5, "d": 3, "k": 2}


def value(symbol: Symbol, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """A value with the structure that was declared; square ones near a multiple of I, so that they are invertible."""
    shape = tuple(SIZES[str(dim)] if isinstance(dim, str) else int(str(dim)) for dim in symbol.shape)
    a = rng.uniform(0.2, 1, shape)
    if shape[0] == shape[1] > 1:
        a = a + 2 * np.eye(shape[0])
    return structured(symbol, a)


def structured(symbol: Symbol, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if symbol.attributes & {"symmetric", "pd", "psd"}:
        return a + a.T
    return np.diag(np.diag(a)) if "diagonal" in symbol.attributes else a


@pytest.mark.parametrize(("number", "shapes", "objective", "wrt", "expected"), PROBLEMS, ids=[p[0] for p in PROBLEMS])
def test_cookbook(number: str, shapes: str, objective: str, wrt: str, expected: str) -> None:
    derivation = matcalc.derive(f"{shapes}\nJ = {objective}", wrt, verify=False)
    program = derivation.program
    found = derivation.expanded(wrt)
    assert found.ascii() == expected
    assert found.shape == program.symbol(wrt).shape
    assert parse_expression(expected, program.names) is found.node

    # Every line of the derivation, as a number: dJ along one direction.
    rng = np.random.default_rng(int("".join(filter(str.isdigit, number)) or 1))
    at: dict[str, Any] = {s.name: value(s, rng) for s in program.inputs}
    variable = program.symbol(wrt)
    at[f"d{wrt}"] = structured(variable, rng.uniform(-1, 1, np.shape(at[wrt])))
    lines: list[Node] = [d(derivation.record.objective), inner(derivation.record.gradient(wrt), d(variable))]
    kinds = []
    for section in derivation.record.sections:
        for step in section.steps:
            if section.kind == "rewrite":
                lines += [term(D, step.before), term(D, step.after)]
            elif section.kind == "finish":
                lines += [inner(step.before, d(variable)), inner(step.after, d(variable))]
            else:
                lines += [step.before, step.after]
            kinds.append(step.rule.name)
    values = [v.item() for v in meaning.evaluate(lines, at)]
    np.testing.assert_allclose(values, values[0], rtol=1e-6, atol=1e-8, err_msg=f"{number}: {kinds}")


def test_there_are_enough() -> None:
    assert len(PROBLEMS) >= 60
