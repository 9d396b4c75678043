"""Every answer of the tables gets its verdict, and finite differences of the objective say the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from check.tables import TABLE, Row
from selection import some

import matcalc
from matcalc import Expr, MatcalcError
from matcalc.check.answer_key import AnswerKey, answer_key
from matcalc.check.answers import checked_answer
from matcalc.check.formulas import ReaderNames, read_answer
from matcalc.check.verdict import ABOUT
from matcalc.expr import Symbol

SIZES = {"n": 5, "d": 3, "k": 4, "h": 2, "m": 6, "r": 2, "d2": 4, "p": 3}
FUNCTIONS = {"f": (np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x))}


def shape(symbol: Symbol, sizes: dict[str, int]) -> tuple[int, ...]:
    return tuple(d if isinstance(d, int) else sizes.setdefault(str(d), 3 + len(sizes) % 4) for d in symbol.shape)


def drawn(symbol: Symbol, sizes: dict[str, int], rng: np.random.Generator) -> Any:
    rows, columns = shape(symbol, sizes)
    value = rng.normal(size=(rows, columns))
    if "onehot" in symbol.attributes:
        value = np.eye(columns)[rng.integers(columns, size=rows)] if columns > 1 else np.eye(rows)[:, [1]]
    if "binary" in symbol.attributes:
        value = (value > 0).astype(float)
    if "symmetric" in symbol.attributes:
        value = (value + value.T) / 2
    if "pd" in symbol.attributes:
        value = value @ value.T + np.eye(rows)
    elif rows == columns > 1:
        value = value + 6 * np.eye(rows)  # of positive determinant
    return value


def slopes_agree(row: Row, key: AnswerKey, text: str) -> bool:
    """Whether what is read of an answer has, along random directions, the slopes of the objective."""
    program, rng = key.program, np.random.default_rng(7)
    variable = program.symbol(row.wrt)
    try:
        read = read_answer(text, ReaderNames(program, [row.wrt]), variable)
    except MatcalcError:  # the shapes in a line of the reader's own, a free index
        return False
    if read.read is None:
        return False
    inputs = [s for s in program.inputs if s.definition is None]
    for _ in range(6):
        sizes = dict(SIZES)
        values = {s.name: drawn(s, sizes, rng) for s in inputs}
        values = {
            name: v if min(v.shape) > 1 else v.reshape(-1) if v.size > 1 else float(v[0, 0])
            for name, v in values.items()
        }
        gradient = np.asarray(Expr(read.read.node, program.inputs).evaluate(values, FUNCTIONS), dtype=float)
        wanted = shape(variable, sizes)
        gradient = gradient.reshape(-1, 1) if gradient.ndim == 1 else np.atleast_2d(gradient)
        if read.side.stacked:
            gradient = gradient.reshape(wanted, order="F")
        gradient = gradient.T if read.side.turned else gradient
        if gradient.shape != wanted:
            return False
        move = rng.normal(size=wanted)
        if variable.attributes & {"symmetric", "pd"}:
            move = (move + move.T) / 2
            if not np.allclose(gradient, gradient.T):
                return False
        if not np.isclose((gradient * move).sum(), slope(row, key, values, move), rtol=1e-5, atol=1e-6):
            return False
    return True


def slope(row: Row, key: AnswerKey, values: dict[str, Any], move: Any) -> float:
    """The directional derivative of the objective, or of what is given; by differences."""
    program, step = key.program, 1e-6
    at = np.asarray(values[row.wrt])
    beside = [{**values, row.wrt: (at.reshape(move.shape) + t * move).reshape(at.shape)} for t in (-step, step)]

    def value(node: Any, there: dict[str, Any]) -> Any:
        return np.asarray(Expr(node, program.inputs).evaluate(there, FUNCTIONS))

    if program.objective.definition is not None:
        behind, ahead = (float(value(program.objective, there)) for there in beside)
        return (ahead - behind) / (2 * step)
    total = 0.0
    for symbol, gradient in program.given:
        assert symbol.definition is not None
        behind, ahead = (value(symbol.definition, there) for there in beside)
        total += float((value(gradient, values) * (ahead - behind)).sum()) / (2 * step)
    return total


@pytest.mark.parametrize("name", some([*TABLE], len(TABLE) // 2))
def test_verdicts(name: str) -> None:
    row = TABLE[name]
    key = answer_key(matcalc.parse(row.source), row.wrt)
    expected = [("right", text) for text in row.right] + list(row.wrong)
    found = {text: checked_answer(key, text) for _, text in expected}
    assert [(found[text].kind, text) for _, text in expected] == expected
    assert {text: slopes_agree(row, key, text) for _, text in expected} == {
        text: found[text].ok for _, text in expected
    }
    for text, verdict in found.items():
        alone = ";" not in text and "\n" not in text and "_" not in text  # without lines and letters of the reader's
        assert not verdict.repaired or not alone or checked_answer(key, verdict.repaired).ok, (text, verdict.repaired)


@pytest.mark.parametrize("seed", some(range(1, 21), 8))
def test_no_verdict_depends_on_the_points(seed: int, fuzz: bool) -> None:
    names = list(TABLE) if fuzz else list(TABLE)[seed % 16 :: 16]
    for name in names:
        row = TABLE[name]
        key = AnswerKey(matcalc.parse(row.source), row.wrt, seed=seed)
        expected = [("right", text) for text in row.right] + list(row.wrong)
        assert [(checked_answer(key, text).kind, text) for _, text in expected] == expected


def test_the_tables_have_every_kind_many_times() -> None:
    wrong = [kind for row in TABLE.values() for kind, _ in row.wrong]
    assert len(TABLE) >= 40 and len(wrong) >= 150
    assert sum(len(row.right) for row in TABLE.values()) >= 150
    assert set(wrong) >= ABOUT.keys() - {"unreadable", "timeout", "other"}
