"""Random expressions: the gradient against the directional derivative of the objective, which knows no rules.

Some inputs have structure; the increments along which the derivative is taken have it too. What gradients have to
satisfy depends on the convention: G : dX for the projected and the free one, the sum over the independent entries for
the other.
"""

from __future__ import annotations

import numpy as np
import pytest
from random_expressions import STRUCTURED, Generator, constant, independent, values

from matcalc import meaning
from matcalc.derive import derive
from matcalc.errors import UnsupportedError
from matcalc.expr import Node
from matcalc.operators import d, inner
from matcalc.rules.conventions import NAMES

ORDINARY, LONG = 800, 20_000
"""Programs in the ordinary run, and with `--fuzz`."""
CONVENTIONS = ("projected", "projected", "entries", "free")


def check(seed: int, lines: bool = False, favourite: str = "", convention: str = "") -> str:
    """'right', 'refused' (a documented limit) or 'flat' (no input, or not finite there); raises where it is wrong.

    `lines`: every line of the derivation is checked, too.
    """
    program = Generator(seed, favourite=favourite).program(depth=2 + seed % 5)
    variables = [s for s in program.inputs if not constant(s)]
    convention = convention or CONVENTIONS[seed % 4]
    if not variables or (favourite and not any(favourite in s.attributes for s in variables)):
        return "flat"
    try:
        derivation = derive(program, [s.name for s in variables], convention)
    except UnsupportedError:
        return "refused"
    at = values(program, seed)
    nodes: list[Node] = [d(program.objective), *(g for _, g in derivation.gradients)]
    pairs: list[Node] = []
    for section in derivation.sections if lines else ():
        for step in section.steps:
            if section.kind == "rewrite":
                pairs += [d(step.before), d(step.after)]
            elif section.kind != "finish":
                pairs += [step.before, step.after]
            elif convention == "projected":
                pairs += [inner(step.before, d(section.subject)), inner(step.after, d(section.subject))]
    try:
        found = meaning.evaluate([*nodes, *pairs], at)
    except UnsupportedError:
        return "refused"
    expected = found[0].item()
    if not np.isfinite(expected) or abs(expected) > 1e12:
        return "flat"
    got = 0.0
    for (symbol, _), gradient in zip(derivation.gradients, found[1 : len(nodes)], strict=True):
        assert gradient.shape == at[symbol.name].shape, f"seed {seed}: the gradient has not the shape of {symbol.name}"
        part = independent(symbol, gradient) if convention == "entries" else gradient
        got += float((part * at[f"d{symbol.name}"]).sum())
    scale = 1 + abs(expected)
    assert abs(got - expected) <= 1e-5 * scale, f"seed {seed}, {convention}: {expected} but the gradients give {got}"
    whole = [v.item() for v in found[len(nodes) :]]
    for before, after in zip(whole[::2], whole[1::2], strict=True):
        if np.isfinite(before):
            assert abs(before - after) <= 1e-5 * (scale + abs(before)), f"seed {seed}: a line is not equal to the next"
    return "right"


@pytest.mark.parametrize("block", range(10))
def test_gradients_of_random_expressions(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = [check(seed, lines=seed % 5 == 0) for seed in range(block * count, (block + 1) * count)]
    assert outcomes.count("right") >= 0.65 * count, {o: outcomes.count(o) for o in set(outcomes)}


@pytest.mark.parametrize("convention", NAMES)
@pytest.mark.parametrize("attribute", STRUCTURED)
def test_gradients_with_respect_to_structured_inputs(attribute: str, convention: str, fuzz: bool) -> None:
    count = 1000 if fuzz else 25
    outcomes = [check(seed, seed % 3 == 0, attribute, convention) for seed in range(count)]
    assert outcomes.count("right") >= 0.2 * count, {o: outcomes.count(o) for o in set(outcomes)}


def test_columns_of_one_hot_rows_need_not_sum_to_one() -> None:
    """Found by the long run: rowsum(A') was taken for 1 because rowsum(A) is."""
    assert check(52988, convention="projected") == "right"
