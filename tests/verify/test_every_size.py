"""Proofs for every size: what is reached, that a planted error is not proved, and that SymPy has no part in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace as changed
from pathlib import Path

import cookbook
import pytest
from verify_problems import PROBLEMS, mutants, network
from work import calls

import matcalc
from matcalc.derive import Record
from matcalc.derive import derive as derived
from matcalc.expr import Node, Number, Symbol
from matcalc.operators import negative, number, scale
from matcalc.verify import equal
from matcalc.verify.every_layer import EveryLayer
from matcalc.verify.every_size import EverySize


def proved(
    objective: Node, gradients: Mapping[Symbol, Node], adjoints: Mapping[Symbol, Node] | None = None
) -> dict[str, bool]:
    """Whether this judge alone proves each gradient."""
    seeds = [(Number(1), objective)]
    judge = EverySize(seeds, gradients, seeds, gradients, adjoints or {}, "projected")
    return {s.name: judge.holds(s, s) for s in gradients}


REACHED = 25
"""Of the problems that the judges are tried on, so many are proved for every size."""


def test_right_gradients_are_proved() -> None:
    found = {name: all(proved(*problem).values()) for name, problem in PROBLEMS.items()}
    assert sum(found.values()) >= REACHED, [name for name, ok in found.items() if not ok]


@pytest.mark.parametrize("name", PROBLEMS)
def test_wrong_gradients_are_not(name: str) -> None:
    objective, gradients = PROBLEMS[name]
    for variable, gradient in gradients.items():
        for what, wrong in mutants(gradient):
            if proved(objective, {variable: wrong})[variable.name]:  # then the change changed nothing
                assert equal(wrong, gradient).status == "proved", what


def test_the_network_takes_little_work() -> None:
    """Without SymPy, NumPy or anything that grows with a size."""
    assert proved(*network()) == {"W1": True, "W2": True}
    assert calls(lambda: proved(*network())) < 60_000
    code = (
        "import sys, matcalc; sys.path[:0] = ['tests', 'tests/verify']; "
        "from test_every_size import proved, network; assert all(proved(*network()).values()); "
        "print('sympy' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "False"


def test_a_wrong_intermediate_proves_nothing() -> None:
    """The gradients claimed for intermediates are proved as well; a right answer that rests on a wrong one is not."""
    objective, gradients, adjoints = network()
    for name in adjoints:
        if name.name not in ("J", "W1", "W2"):
            wrong = {**adjoints, name: scale(number(2), adjoints[name])}
            seeds = [(Number(1), objective)]
            judge = EverySize(seeds, {}, seeds, gradients, wrong, "projected")
            assert judge._linked is not None
            assert not all(judge._linked.holds(s) for s in gradients)


# ------------------------------------------------------------------------------------------------------------- layers

LAYERED = ["classifier", "deep_network", "deep_rows", "recurrent", "residual", "shared_layers"]


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def recorded(name: str) -> Record:
    """The derivation of an example, by what its first line asks for."""
    source = (EXAMPLES / f"{name}.mc").read_text("utf-8")
    return derived(matcalc.parse(source), re.findall(r"--wrt (\S+)", source.partition("\n")[0]), "projected")


def inductive(record: Record) -> list[bool]:
    assert record.recursion is not None
    judge = EveryLayer(record.objective, record.gradients, record.recursion, dict(record.given), record.convention)
    return [judge.holds(symbol) for symbol, _ in record.gradients]


def spoilt(record: Record) -> Iterator[Record]:
    """The record with one error: in a gradient, in a gradient inside the layers, in the first of the recursion."""
    recursion = record.recursion
    assert recursion is not None
    for symbol, _ in record.gradients:
        pairs = tuple((s, negative(n) if s is symbol else n) for s, n in record.gradients)
        yield changed(record, gradients=pairs)
    for symbol, _ in recursion.adjoints:
        if symbol.name != record.objective.name and symbol not in dict(record.given):
            pairs = tuple((s, scale(number(2), n) if s is symbol else n) for s, n in recursion.adjoints)
            yield changed(record, recursion=changed(recursion, adjoints=pairs))


@pytest.mark.parametrize("name", LAYERED)
def test_layers_are_proved_by_induction(name: str) -> None:
    record = recorded(name)
    assert all(inductive(record))
    for wrong in spoilt(record):
        assert not all(inductive(wrong))


# ------------------------------------------------------------------------------------------------- the Matrix Cookbook

OF_THE_COOKBOOK = 115
"""Of the derivatives of the Matrix Cookbook so many are proved for all sizes; more may be, none fewer."""


def test_the_reach_over_the_cookbook() -> None:
    found = {}
    for row in cookbook.PROBLEMS:
        record = derived(matcalc.parse(f"{row.shapes}\n{row.objective}"), [row.wrt], row.convention)
        stated, rewritten = ([(Number(1), s)] for s in (record.program.typed[0], record.objective))
        claimed = dict(record.gradients)
        judge = EverySize(stated, claimed, rewritten, claimed, dict(record.adjoints), row.convention)
        found[row.number] = all(judge.holds(s, s) for s in claimed)
    assert sum(found.values()) >= OF_THE_COOKBOOK, [name for name, ok in found.items() if not ok]
