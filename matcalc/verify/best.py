"""Whether a point is the best one under a constraint of orthonormal columns or of a unit length: by values.

The constraint holds there, the objective does not change to first order along the constraint, and no random point that
keeps the constraint is better, at random data and small sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from matcalc import meaning
from matcalc.dims import dim_names, dim_value
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, dims
from matcalc.verify.points import inputs
from matcalc.verify.result import AGREES, Verification
from matcalc.verify.sampling import sample
from matcalc.verify.trial_sizes import choices

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Sizes: TypeAlias = Mapping[str, int]
_DATA, _POINTS, _STEP = 3, 40, 1e-4
_EQUAL = 1e-6
_SIZES, _LENGTHS = 200, ((1, 2), (3, 9))
"""How many sizes are drawn; short ones and long ones, as constraints are fewer than what they constrain."""


def verify_best(
    objective: Node, variable: Symbol, value: Node, constraint: Node | None, side: int, known: Sequence[Symbol]
) -> Verification:
    """Is `value` where the objective is least (`side` 1) or greatest (-1), among those with `constraint` = 0?

    `constraint`: V'V - I, V V' - I, or w'B w - 1; None for a quotient, which does not depend on the length.
    """
    import numpy as np

    nodes = [objective, value, *([constraint] if constraint is not None else [])]
    symbols = list(dict.fromkeys([*inputs(nodes, known), variable]))
    for sizes in islice(_sizes(nodes, symbols, variable), 1):
        shapes = {s: (dim_value(s.shape[0], sizes), dim_value(s.shape[1], sizes)) for s in symbols}
        for draw in range(_DATA):
            rng = Random(draw)
            data = {s.name: np.array(sample(s, shapes[s], rng), dtype=float) for s in symbols if s is not variable}

            def at(node: Node, point: Array, data: Mapping[str, Array] = data, sizes: Sizes = sizes) -> Array:
                (found,) = meaning.evaluate([node], {**data, variable.name: point}, {}, sizes)
                return np.asarray(found, dtype=float)

            try:
                (best,) = meaning.evaluate([value], data, {}, sizes)
            except MatcalcError as error:
                return Verification("skipped", detail=str(error))
            best = np.asarray(best, dtype=float)
            held = 0.0 if constraint is None else float(abs(at(constraint, best)).max())
            least = float(at(objective, best).item())
            size = max(1.0, abs(least))
            if not held < _EQUAL or not np.isfinite(least):
                return Verification(
                    "failed", detail="the constraint does not hold there", dimensions=tuple(sizes.items())
                )
            keep = _kept(constraint, at)
            for number in range(_POINTS):
                move = np.array([[rng.gauss(0, 1) for _ in row] for row in best])
                one, two = (float(at(objective, keep(best + t * move)).item()) for t in (_STEP, -_STEP))
                far = float(at(objective, keep(move if number % 2 else best + 0.3 * move)).item())
                level = abs(one - two) / (2 * _STEP) < 1e-3 * size
                if not level or min(side * (far - least), side * (one - least), side * (two - least)) < -_EQUAL * size:
                    why = (
                        "a point that keeps the constraint is better"
                        if level
                        else "the slope along the constraint is not 0"
                    )
                    return Verification("failed", detail=why, dimensions=tuple(sizes.items()))
        return Verification(
            "agrees",
            method=f"{AGREES} 6 digits: the constraint holds, the slope along it is 0, "
            f"and none of {_DATA * _POINTS} points is better",
            dimensions=tuple(sizes.items()),
        )
    return Verification("skipped", detail="no sizes are found")


def _sizes(nodes: Sequence[Node], symbols: Sequence[Symbol], variable: Symbol) -> Iterator[dict[str, int]]:
    """Sizes with few columns, or few rows if those are orthonormal, and more of all others."""
    held = nodes[2].shape[0] if len(nodes) > 2 else variable.shape[1]
    few = str(held) if isinstance(held, str) and variable.shape[0] != variable.shape[1] else ""
    for sizes in choices([*nodes, *symbols]):
        yield {name: 2 if name == few else max(3, size) for name, size in sizes.items()} if few else sizes


def _kept(constraint: Node | None, at: Callable[[Node, Array], Array]) -> Callable[[Array], Array]:
    """Moves a point to a near one that keeps the constraint."""
    import numpy as np

    def keep(point: Array) -> Array:
        if constraint is None:
            return point
        if point.shape[1] == 1:  # of w' B w - 1
            return np.asarray(point / np.sqrt(at(constraint, point).item() + 1))
        u, _, vt = np.linalg.svd(point, full_matrices=False)
        return np.asarray(u @ vt)

    return keep


def has_inverse(matrix: Node, known: Sequence[Symbol], least: int = 1) -> bool:
    """Whether a matrix has an inverse at some sizes, for some values; the names in its shape are at least `least`."""
    own = dim_names(matrix.shape[0])
    return any(all(sizes[name] >= least for name in own) for _, sizes in _seen(matrix, [matrix], known))


def vanishes(node: Node, regular: Sequence[Node], known: Sequence[Symbol]) -> Verification | None:
    """That an expression is 0 at random points where `regular` matrices have inverses; None where it has no value."""
    points = 0
    for value, sizes in islice(_seen(node, regular, known), 6):
        points += 1
        if not abs(value).max() < _EQUAL:
            return Verification("failed", detail="the gradient is not 0 there", dimensions=tuple(sizes.items()))
    return Verification("agrees", method=f"{AGREES} 6 digits at {points} random points") if points > 1 else None


def _seen(node: Node, regular: Sequence[Node], known: Sequence[Symbol]) -> Iterator[tuple[Array, dict[str, int]]]:
    """The values of an expression at random points where these have inverses, and their sizes."""
    import numpy as np

    rng = Random(0)
    symbols = inputs([node, *regular], known)
    names = list(dims(node, *regular, *symbols))
    for sizes in [
        *islice(choices([node, *regular, *symbols]), 4),
        *({n: rng.randint(*rng.choice(_LENGTHS)) for n in names} for _ in range(_SIZES)),
    ]:
        shapes = {s: (dim_value(s.shape[0], sizes), dim_value(s.shape[1], sizes)) for s in symbols}
        for _ in range(_DATA):
            data = {s.name: np.array(sample(s, shapes[s], rng), dtype=float) for s in symbols}
            try:
                found, *inverted = meaning.evaluate([node, *regular], data, {}, sizes)
            except MatcalcError:
                break
            if not (np.isfinite(found).all() and all(np.linalg.cond(m) < _REGULAR for m in inverted)):
                break
            yield np.asarray(found), sizes


_REGULAR = 1e6
"""A matrix of a larger condition number counts as one without inverse."""
