"""Random expressions: the gradient against the directional derivative of the objective, which knows no rules.

Some inputs have structure; the increments along which the derivative is taken have it too. What gradients have to
satisfy depends on the convention: G : dX for the projected and the free one, the sum over the independent entries for
the other.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from random_expressions import STRUCTURED, Generator, constant, independent, values

from matcalc import meaning
from matcalc.derive import derive
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol
from matcalc.operators import d

ORDINARY, LONG = 800, 20_000
"""Programs in the ordinary run, and with `--fuzz`."""
CONVENTIONS = ("projected", "projected", "entries", "free")


def check(seed: int, lines: bool = False, seen: Counter[str] | None = None) -> str:
    """'right', 'refused' (a documented limit) or 'flat' (no input, or not finite there); raises where it is wrong."""
    program = Generator(seed).program(depth=2 + seed % 5)
    variables = [s.name for s in program.inputs if not constant(s)]
    convention = CONVENTIONS[seed % 4]
    if not variables:
        return "flat"
    try:
        derivation = derive(program, variables, convention)
    except UnsupportedError:
        return "refused"
    at = values(program, seed)
    nodes: list[Node] = [d(program.objective), *(g for _, g in derivation.gradients)]
    pairs: list[tuple[Node, Symbol | None]] = []
    for section in derivation.sections if lines else ():
        # Lines of a "rewrite" are objectives, those of a "finish" gradients; the others are dJ.
        if section.kind in ("rewrite", "finish") or convention == "entries":
            continue
        pairs += [(line, None) for step in section.steps for line in (step.before, step.after)]
    try:
        found = meaning.evaluate([*nodes, *(line for line, _ in pairs)], at)
    except UnsupportedError:
        return "refused"
    expected = found[0].item()
    if not np.isfinite(expected) or abs(expected) > 1e12:
        return "flat"
    got = 0.0
    for (symbol, _), gradient in zip(derivation.gradients, found[1:], strict=False):
        part = independent(symbol, gradient) if convention == "entries" else gradient
        got += float((part * at[f"d{symbol.name}"]).sum())
    scale = 1 + abs(expected)
    assert abs(got - expected) <= 1e-5 * scale, f"seed {seed}, {convention}: {expected} but the gradients give {got}"
    whole = [v.item() for v in found[len(nodes) :]]
    for before, after in zip(whole[::2], whole[1::2], strict=True):
        if np.isfinite(before):
            assert abs(before - after) <= 1e-5 * (scale + abs(before)), f"seed {seed}: a line is not equal to the next"
    if seen is not None:
        seen.update(f"{a} {convention}" for s in derivation.wrt for a in s.attributes)
        seen.update(a for s in program.inputs if constant(s) for a in s.attributes)
    return "right"


@pytest.mark.parametrize("block", range(10))
def test_gradients_of_random_expressions(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = [check(seed, lines=seed % 5 == 0) for seed in range(block * count, (block + 1) * count)]
    assert outcomes.count("right") >= 0.65 * count, {o: outcomes.count(o) for o in set(outcomes)}


def test_structure_occurs() -> None:
    """What the generator promises: every attribute, and every one that can be varied under every convention."""
    seen: Counter[str] = Counter()
    for seed in range(ORDINARY // 2):
        check(seed, seen=seen)
    wanted = {f"{a} {c}" for a in STRUCTURED for c in CONVENTIONS} | {"orthogonal", "onehot", "binary"}
    assert {w for w in wanted if seen[w] < 3} == set(), seen
