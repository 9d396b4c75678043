"""Simplification is idempotent, gives one answer for reordered input, keeps the value, and replays to what it says."""

from __future__ import annotations

import random

import numpy as np
import pytest
from random_expressions import Generator, values

from matcalc import meaning
from matcalc.derive.line import SIMPLIFY
from matcalc.expr import Node, Term, fold
from matcalc.operators import term
from matcalc.rewrite import replay


def shuffled(node: Node, seed: int) -> Node:
    """The arguments of every commutative operator in another order."""
    rng = random.Random(seed)

    def visit(n: Node, args: list[Node]) -> Node:
        if not isinstance(n, Term):
            return n
        if n.op.commutes:
            rng.shuffle(args)
        return term(n.op, *args)

    return fold(node, visit)


def drawn(seed: int) -> tuple[Generator, Node]:
    generator = Generator(seed)
    shape = (generator.dim(), generator.random.choice((1, generator.dim())))
    return generator, generator.array(shape, 2 + seed % 4)


@pytest.mark.parametrize("block", range(8))
def test_normal_forms(block: int, fuzz: bool) -> None:
    count = 500 if fuzz else 50
    for seed in range(block * count, (block + 1) * count):
        generator, node = drawn(seed)
        normal, history = SIMPLIFY.normal(node)
        assert SIMPLIFY.normal(normal)[0] is normal, seed
        forms = [form for _, form in replay(node, history)]
        assert (forms[-1] if forms else node) is normal, seed
        assert SIMPLIFY.normal(shuffled(node, seed))[0] is normal, f"seed {seed}: another order gives another answer"
        program = generator.program(0)
        before, after = meaning.evaluate([node, normal], values(program, seed))
        if np.isfinite(before).all() and np.abs(before).max() < 1e9:
            np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-7, err_msg=str(seed))
