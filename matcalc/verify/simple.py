"""Finds eigenvalues and singular values that are never simple because of the form of the matrix.

The largest eigenvalue of B B' with a skew B is always double, so it has no single eigenvector and no slope. This is
tried at random points with the declared attributes, in several sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice

from matcalc.dims import dim_value
from matcalc.expr import Node, Term
from matcalc.meaning import order
from matcalc.verify.points import Trial
from matcalc.verify.traits import trait
from matcalc.verify.trial_sizes import choices, work

SIZES = 6
"""The number of choices of sizes."""
POINTS = 3
"""The number of points at which the value must coincide with another one."""
TELLING = 3
"""The least size that tells: a matrix of size 2 has only two values, which may coincide by chance of its form."""
DIGITS = 40
LARGEST = 50_000
"""The most multiplications that one evaluation may take."""


def never_simple(formulas: Sequence[Node]) -> tuple[str, Node, int] | None:
    """A value that is never simple but whose vector the formulas need: its name, its matrix, the least such size."""
    for node in order(formulas):
        if isinstance(node, Term) and trait(node).vector:
            least = _least(node)
            if least:
                return trait(node).vector, node.args[0], least
    return None


@lru_cache(maxsize=32)
def _least(node: Term) -> int:
    # The least size in which the value was multiple at every point, if it was so in all sizes that tell; else 0.
    found: list[tuple[int, bool]] = []
    for sizes in islice(choices([node]), SIZES):
        multiple = _multiple(node, sizes) if work([node], sizes) <= LARGEST else None
        if multiple is not None:
            found.append((min(dim_value(d, sizes) for d in node.args[0].shape), multiple))
    telling = [pair for pair in found if pair[0] >= TELLING] or found
    return min((size for size, _ in telling), default=0) if all(multiple for _, multiple in telling) else 0


def _multiple(node: Term, sizes: Mapping[str, int]) -> bool | None:
    # Whether the vector is undefined at every point where the matrix is defined; None if there is no such point.
    (matrix,) = node.args
    trial = Trial([(matrix, matrix)], [node], sizes, 0, digits=DIGITS)
    vectors = [trial.at([node], point)[0] for point in islice(trial.points(), POINTS)]
    return not any(map(trial.finite, vectors)) if vectors else None
