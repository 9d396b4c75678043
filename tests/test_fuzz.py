"""Random expressions: the gradient against the directional derivative of the objective, which knows no rules."""

from __future__ import annotations

import numpy as np
import pytest
from random_expressions import Generator, values

from matcalc import meaning
from matcalc.derive import derive
from matcalc.errors import UnsupportedError
from matcalc.operators import d, inner, plus

ORDINARY, LONG = 600, 20_000
"""Programs in the ordinary run, and with `--fuzz`."""


def check(seed: int, lines: bool = False) -> str:
    """'right', 'refused' (a documented limit) or 'flat' (no input, or not finite there); raises where it is wrong."""
    program = Generator(seed).program(depth=2 + seed % 5)
    if not program.inputs:
        return "flat"
    try:
        derivation = derive(program, [s.name for s in program.inputs])
    except UnsupportedError:
        return "refused"
    at = values(program, seed)
    total = plus(*(inner(g, d(s)) for s, g in derivation.gradients))
    nodes = [d(program.objective), total]
    steps = [step for section in derivation.sections for step in section.steps if section.kind != "rewrite"]
    if lines:
        nodes += [line for step in steps for line in (step.before, step.after)]
    try:
        found = [v.item() for v in meaning.evaluate(nodes, at)]
    except UnsupportedError:
        return "refused"
    expected, got = found[:2]
    if not np.isfinite(expected) or abs(expected) > 1e12:
        return "flat"
    scale = 1 + abs(expected)
    assert abs(got - expected) <= 1e-5 * scale, f"seed {seed}: {expected} but the gradients give {got}"
    for before, after in zip(found[2::2], found[3::2], strict=True):
        if np.isfinite(before):
            assert abs(before - after) <= 1e-5 * (scale + abs(before)), f"seed {seed}: a line is not equal to the next"
    return "right"


@pytest.mark.parametrize("block", range(10))
def test_gradients_of_random_expressions(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = [check(seed, lines=seed % 5 == 0) for seed in range(block * count, (block + 1) * count)]
    assert outcomes.count("right") >= 0.7 * count, {o: outcomes.count(o) for o in set(outcomes)}
