"""The tables in the order in which a reader wants them."""

from __future__ import annotations

from collections.abc import Iterator

from matcalc.operators import TABLE
from matcalc.rewrite import Rule
from matcalc.rules.adjoints import ADJOINTS, COLLECT, DISTRIBUTE
from matcalc.rules.conventions import CONVENTIONS
from matcalc.rules.differentials import (
    CONSTANT,
    DIFFERENTIALS,
    LINEAR,
    LINEARITY,
    MULTIPLES,
    PRODUCTS,
    SCALAR_PRODUCT,
    differentials,
)
from matcalc.rules.functions import FUNCTIONS
from matcalc.rules.identities import IDENTITIES, OBJECTIVES


def chapters() -> Iterator[tuple[str, Rule]]:
    """(chapter, rule) for every row, generated ones included."""
    for rule in (
        *DIFFERENTIALS,
        LINEARITY,
        CONSTANT,
        *LINEAR.values(),
        *MULTIPLES.values(),
        *PRODUCTS.values(),
        SCALAR_PRODUCT,
    ):
        yield "Differentials", rule
    yield "Differentials", differentials(TABLE["exp"])[0]
    for rule in FUNCTIONS:
        yield "Derivatives of functions", rule
    for rows in ADJOINTS.values():
        for rule in rows:
            yield "Crossing the colon", rule
    for rule in (DISTRIBUTE, COLLECT):
        yield "Crossing the colon", rule
    for rule in OBJECTIVES:
        yield "Rewriting an objective", rule
    for rule in IDENTITIES:
        yield "Simplifying", rule
    for convention, table in CONVENTIONS.items():
        for rule in table.values():
            yield f"Structured variables, {convention}", rule
