"""The Matrix Cookbook: the short form that is printed, the published one, and every line of every derivation."""

from __future__ import annotations

import numpy as np
import pytest
from cookbook import PROBLEMS, Row
from published import FUNCTIONS, SIZES, check_gradient, check_length, independent, length, point

import matcalc
from matcalc import Derivation, meaning
from matcalc.expr import Node
from matcalc.operators import D, d, inner, term
from matcalc.syntax import parse_expression

rows = pytest.mark.parametrize("row", PROBLEMS, ids=[p.number for p in PROBLEMS])


def derived(row: Row) -> Derivation:
    return matcalc.derive(f"{row.shapes}\nJ = {row.objective}", row.wrt, verify=False, convention=row.convention)


def seed(row: Row) -> int:
    return int("".join(filter(str.isdigit, row.number)) or 1)


@rows
def test_printed_form(row: Row) -> None:
    derivation = derived(row)
    found = derivation.expanded(row.wrt)
    assert found.ascii() == row.expected
    assert found.shape == derivation.program.symbol(row.wrt).shape
    assert parse_expression(row.expected, derivation.program.names) is found.node


@rows
def test_published_form(row: Row) -> None:
    check_gradient(derived(row), row.wrt, row.published or row.expected, row.convention, seed(row))


@rows
def test_length(row: Row) -> None:
    check_length(row.expected, row.published or row.expected)
    check_length(derived(row).expanded(row.wrt).ascii(), row.published or row.expected)


@rows
def test_every_line(row: Row) -> None:
    """Each as a number: dJ along one direction."""
    derivation = derived(row)
    at = point(derivation, row.wrt, seed(row))
    variable = derivation.program.symbol(row.wrt)
    gradient = derivation.record.gradient(row.wrt)
    lines: list[Node] = [d(derivation.record.objective)]
    if row.convention != "entries":
        lines.append(inner(gradient, d(variable)))
    rewritten: list[Node] = []
    for section in derivation.record.sections:
        for step in section.steps:
            if section.kind == "rewrite":
                rewritten += [term(D, step.before), term(D, step.after)]
            elif section.kind == "name":
                rewritten += [step.before, step.after]
            elif section.kind != "finish":
                lines += [step.before, step.after]
            elif row.convention != "entries":
                lines += [inner(step.before, d(variable)), inner(step.after, d(variable))]
    pairs = meaning.evaluate(rewritten, at, FUNCTIONS, SIZES)
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-8)
    values = [v.item() for v in meaning.evaluate(lines, at, FUNCTIONS, SIZES)]
    np.testing.assert_allclose(values, values[0], rtol=1e-6, atol=1e-8)
    if row.convention == "entries":
        (found,) = meaning.evaluate([gradient], at, FUNCTIONS, SIZES)
        total = float((independent(variable, found) * at[f"d{row.wrt}"]).sum())
        np.testing.assert_allclose(total, values[0], rtol=1e-6, atol=1e-8)


def test_the_gradient_of_a_determinant_times_the_transpose() -> None:
    """(47) and (50): the sum over k of dJ/dX_ik X_jk is det(X) where i = j and 0 elsewhere."""
    derivation = matcalc.derive("X: n x n\nJ = det(X)", "X", verify=False)
    x = np.random.default_rng(0).normal(size=(4, 4))
    gradient = np.asarray(derivation["X"].evaluate({"X": x}))
    np.testing.assert_allclose(gradient @ x.T, np.linalg.det(x) * np.eye(4), atol=1e-12)


def test_there_are_enough() -> None:
    """Every number from 46 to 142 stands in the table, or its docstring says why it does not."""
    import cookbook

    numbers = {row.number.rstrip("bcd") for row in PROBLEMS}
    elsewhere = {*range(133, 139), 47, 50, 60, 68, *range(73, 76), 79, 80, 90, 94, 96, 98, 143, 144}
    assert {str(i) for i in range(46, 145)} - {str(i) for i in elsewhere} <= numbers
    assert all(f"({i})" in str(cookbook.__doc__) for i in (47, 50, 60, 68, 73, 79, 80, 90, 98, 133, 138, 143, 144))
    assert len(PROBLEMS) >= 120


def test_symbols_are_counted_as_read() -> None:
    assert length("(B + B') x") == 5
    assert length("2 A'(A X B + C) B'") == 10
    assert length("-inv(A + X)'^2") == 8
    assert length("cos(x) .* (A exp(x))") == 6
