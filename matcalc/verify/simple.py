"""Eigenvalues and singular values that are never simple, by the form of the matrix.

The largest eigenvalue of B B' of a skew B is double, whatever B is, and a formula by its eigenvector says nothing. That
is tried at random points that have what is declared, in several sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from matcalc.dims import dim_value
from matcalc.expr import Node, Term
from matcalc.meaning import order
from matcalc.verify.points import Trial
from matcalc.verify.traits import trait
from matcalc.verify.trial_sizes import choices, work

SIZES = 6
"""Choices of sizes that are looked at."""
POINTS = 3
"""Points at which a value must coincide with another one."""
TELLING = 3
"""The size from which on the form tells: two values may be all that there are."""
DIGITS = 40
LARGEST = 50_000
"""Multiplications that one evaluation may take."""


def never_simple(formulas: Sequence[Node]) -> tuple[str, Node, int] | None:
    """A value that is never simple, and of which the formulas need the vector: its name, its matrix, the least size."""
    for node in order(formulas):
        if isinstance(node, Term) and trait(node).vector:
            least = _least(node)
            if least:
                return trait(node).vector, node.args[0], least
    return None


def _least(node: Term) -> int:
    # The least size at which the value coincided with another at every point, if it did in all sizes that tell.
    found: list[tuple[int, bool]] = []
    for sizes in islice(choices([node]), SIZES):
        multiple = _multiple(node, sizes) if work([node], sizes) <= LARGEST else None
        if multiple is not None:
            found.append((min(dim_value(d, sizes) for d in node.args[0].shape), multiple))
    telling = [pair for pair in found if pair[0] >= TELLING] or found
    return min((size for size, _ in telling), default=0) if all(multiple for _, multiple in telling) else 0


def _multiple(node: Term, sizes: Mapping[str, int]) -> bool | None:
    # Whether the vector is not defined wherever the matrix is; None where the matrix is not.
    (matrix,) = node.args
    trial = Trial([(matrix, matrix)], [node], sizes, 0, digits=DIGITS)
    vectors = [trial.at([node], point)[0] for point in islice(trial.points(), POINTS)]
    return not any(map(trial.finite, vectors)) if vectors else None
