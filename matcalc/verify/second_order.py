"""Judges a Hessian: the map of a direction, by the slope of the objective; the matrix beside it; and its symmetry.

The slope of J along V is G : V, and its gradient is what the gradient changes by along V. So the map is verified as a
gradient, with V as one more input: U : H[V] is then the second derivative of J along U and V, for every U and V, and no
matrix of entries by entries is ever formed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from matcalc import meaning
from matcalc.dims import dim_value
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol
from matcalc.operators import T, matmul, stacked
from matcalc.verify import Verification, equal, verify
from matcalc.verify.points import inputs, unknown_functions
from matcalc.verify.sampling import sample
from matcalc.verify.trial_sizes import TOO_LARGE, choices

SYMMETRY_TIME = 5.0
"""Seconds for showing that H is its own transpose."""
DRAWS = 3
LARGE = 1500
"""A matrix with more rows is not formed in numbers."""


def judged_map(
    slope: tuple[Node, Node],
    variable: Symbol,
    claimed: Node,
    adjoints: Mapping[Symbol, Node],
    convention: str,
    time_limit: float,
) -> Verification:
    """Is `claimed` the gradient of the slope G : V by the variable?

    `slope`: as it was written, and in the names of `adjoints`.
    """
    written, rewritten = slope
    found = verify(
        written,
        {variable: claimed},
        adjoints,
        rewritten=(rewritten, {}),
        time_limit=time_limit,
        convention=convention,
    )
    return found[variable.name]


def judged_symmetry(matrix: Node, time_limit: float) -> Verification:
    """Is the matrix its own transpose?"""
    return equal(matrix, T(matrix), time_limit=min(time_limit, SYMMETRY_TIME))


def judged_beside(matrix: Node, found: Node, direction: Symbol, time_limit: float) -> Verification:
    """Is vec of the map `found` of a direction the matrix times vec of the direction?"""
    return equal(stacked(found), matmul(matrix, stacked(direction)), time_limit=time_limit)


def whole(
    gradient: Verification,
    matrix: Verification,
    along: Verification | None,
    forms: tuple[Node, Node] | None,
    direction: Symbol,
) -> Verification:
    """The verdict on the Hessian: the worst on what it is made of.

    `along`: that on the map of `direction`, if it was asked for. `forms`: the matrix and the map, if both act on it.
    Where the matrix has too many entries to be differentiated one by one, it is compared with the map, which is judged
    by itself, on directions in double precision.
    """
    if forms is not None and along is not None and along.ok and TOO_LARGE in matrix.detail:
        alike = _alike(*forms, direction)
        if alike is not None:
            shown = "the matrix, too large for that, does the same to random directions in double precision"
            detail = "; ".join(filter(None, [along.detail, shown]))
            wrong = Verification("failed", detail="the matrix does something else to a direction than the map")
            matrix = replace(along, detail=detail) if alike else wrong
    asked = [verdict for verdict in (matrix, along, gradient) if verdict is not None]
    return min(asked, key=lambda verdict: _ORDER.index(verdict.status))


_ORDER = ("failed", "skipped", "agrees", "proved")


def _alike(matrix: Node, found: Node, direction: Symbol) -> bool | None:
    """Whether the matrix and the map do the same to random directions; None where that is not seen."""
    import numpy as np

    if unknown_functions([matrix, found]):
        return None
    names: Sequence[Symbol] = list(dict.fromkeys([*inputs([matrix, found]), direction]))
    sizes = next(iter(choices([matrix, found, *names])), None)
    if sizes is None or max(dim_value(d, sizes) for d in matrix.shape) > LARGE:
        return None
    seen = 0
    for draw in range(DRAWS):
        rng = Random(draw)
        shapes = {s: (dim_value(s.shape[0], sizes), dim_value(s.shape[1], sizes)) for s in names}
        values = {s.name: np.array(sample(s, shapes[s], rng, "definite"), dtype=float) for s in names}
        try:
            m, along = meaning.evaluate([matrix, found], values, {}, sizes)
        except MatcalcError:
            continue
        acted = m @ values[direction.name].ravel("F")
        if np.isfinite(acted).all() and np.isfinite(along).all():
            seen += 1
            scale = 1 + abs(m).max() * abs(values[direction.name]).max()
            if abs(acted - along.ravel("F")).max() > 1e-7 * scale:
                return False
    return seen > 0 or None
