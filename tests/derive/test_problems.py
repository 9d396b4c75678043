"""Problems of the literature: the printed form, the published one, the proof; and two for every operator at least."""

from __future__ import annotations

from collections import Counter

import pytest
from problems import PROBLEMS, Problem
from published import check_gradient, check_length
from random_expressions import ATOMS, DRAWN

import matcalc
from matcalc.expr import Term, postorder
from matcalc.operators import FUNCTION_NAMES
from matcalc.syntax import parse_expression

rows = pytest.mark.parametrize("row", PROBLEMS, ids=[row.name for row in PROBLEMS])


def source(row: Problem) -> str:
    return f"{row.shapes}\nJ = {row.objective}" if row.shapes else f"J = {row.objective}"


@rows
def test_answer(row: Problem, fuzz: bool) -> None:
    """Every answer is the published one and right in numbers; in the ordinary run every other one is also proved."""
    prove = fuzz or PROBLEMS.index(row) % 2 == 0
    derivation = matcalc.derive(source(row), row.wrt, convention=row.convention, verify=prove)
    found = derivation.expanded(row.wrt)
    published = row.published or row.expected
    check_gradient(derivation, row.wrt, published, row.convention, seed=len(row.objective))
    if prove:
        assert derivation.verification[row.wrt].ok, str(derivation.verification[row.wrt])
    assert found.ascii() == row.expected
    program = derivation.program
    assert parse_expression(row.expected, program.names, program.functions, program.symbol(row.wrt).shape) is found.node
    check_length(found.ascii(), published)


def test_every_operator_occurs_twice() -> None:
    """In objectives, but for those that answers alone are written in: these occur in answers."""
    asked, answered = Counter[str](), Counter[str]()
    for row in PROBLEMS:
        program = matcalc.parse(source(row))
        walk = postorder(program.objective, through_definitions=True)
        asked.update({node.op.name for node in walk if isinstance(node, Term)})
        node = parse_expression(row.expected, program.names, program.functions, program.symbol(row.wrt).shape)
        answered.update({part.op.name for part in postorder(node) if isinstance(part, Term)})
    lines = {f"{name}_{line}" for name in ("softmax", "log_softmax", "logsumexp") for line in ("rows", "columns")}
    old = lines | {
        *FUNCTION_NAMES,
        "step_ge",
        "det",
        "mean",
        "pi",
        "e",
        "eye",
        "zeros",
        "ones",
        "max",
        "min",
        "colsum",
        "diag",
        "diagonal",
    }
    # What Hessians by independent entries are written in: tests/api/test_structured.py.
    old |= {name for name in DRAWN if name == "vech" or name.startswith("duplication")}
    rare = {name for name in DRAWN - old if asked[name] < 2 and "_frechet" not in name}
    assert not rare
    seldom = {name: asked[name] + answered[name] for name in DRAWN | ATOMS if "_frechet" in name}
    assert not {name for name, times in seldom.items() if times < 2 - name.endswith("2")}  # the second ones are dear
    assert not {name for name in ATOMS if answered[name] < 1}


def test_there_are_enough() -> None:
    assert len(PROBLEMS) >= 80
    assert len({row.name for row in PROBLEMS}) == len(PROBLEMS)
