"""matrixcalculus.org: every example of its documentation gives its answer, in matcalc's short form, and is verified."""

from __future__ import annotations

import pytest
from matrixcalculus import EXAMPLES, FUNCTIONS, Row
from published import check_gradient, check_length

import matcalc

rows = pytest.mark.parametrize("row", EXAMPLES + FUNCTIONS, ids=lambda row: f"{row[0]} by {row[2]}")


@rows
def test_answers(row: Row) -> None:
    objective, shapes, wrt, expected, published = row
    source = f"{shapes}\n{objective}" if shapes else objective
    derivation = matcalc.derive(source, wrt)
    printed = derivation.expanded(wrt).ascii()
    assert printed == expected
    assert derivation.verification[wrt].ok, str(derivation.verification[wrt])
    check_length(printed, published)
    check_gradient(derivation, wrt, published, "projected", seed=len(objective))


def test_the_documentation_s_examples_need_no_declarations() -> None:
    assert {shapes for _, shapes, _, _, _ in EXAMPLES} == {"", "a: scalar positive"}


def test_every_function_of_the_documentation_occurs() -> None:
    text = " ".join(row[0] for row in EXAMPLES + FUNCTIONS)
    words = "sin cos tan asin acos atan tanh exp log abs sign relu sum norm1 norm2 tr det logdet inv diag vector matrix"
    assert all(f"{name}(" in text for name in words.split())
