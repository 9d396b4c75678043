"""Whether a matrix of second derivatives takes both signs: shown by values, at small sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from matcalc import meaning
from matcalc.dims import dim_value
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, Term, postorder
from matcalc.operators import LOGDET
from matcalc.verify.points import inputs, unknown_functions
from matcalc.verify.sampling import directions, sample
from matcalc.verify.trial_sizes import choices

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, Any]

MOST = 400
"""A matrix with more rows is not looked at."""
_DRAWS = 4
_TIMES = (1.0, 0.1, 3.0, 10.0)
"""The points are near to 0 and far from it."""
_CLEAR = 1e-6
"""An eigenvalue that is smaller than this part of the largest one has no sign."""


def takes_both_signs(
    objective: Symbol,
    blocks: Sequence[Sequence[Node]],
    by: Sequence[Symbol],
    known: Sequence[Symbol],
    structure: str = "projected",
) -> bool:
    """Whether v'H v is positive for some v, negative for another, with the same values of all names but `by`.

    `blocks`: the matrices of H by two of `by`. Points at which the objective has no value do not count: its formulas
    for H may have one there, as -log(t^2 - x'x) has beyond the cone. Log det is meant of positive definite matrices.
    Directions keep the structure of a variable, if H is "projected"; of a "free" one they are all. False where it is
    not seen.
    """
    import numpy as np

    nodes = [node for row in blocks for node in row]
    if unknown_functions([objective, *nodes]):
        return False
    parts = postorder(objective, through_definitions=True)
    logged = [part.args[0] for part in parts if isinstance(part, Term) and part.op is LOGDET]
    names = list(dict.fromkeys([*inputs([objective, *nodes], known), *known, *by]))
    for sizes in islice(choices([objective, *nodes, *names]), 1):
        shapes = {s: (dim_value(s.shape[0], sizes), dim_value(s.shape[1], sizes)) for s in names}
        if sum(shapes[s][0] * shapes[s][1] for s in by) > MOST:
            return False
        ways = [_ways(s, shapes[s]) for s in by] if structure == "projected" else []
        for draw in range(_DRAWS):
            signs = [0, 0]
            for values in _values(names, by, shapes, draw):
                try:
                    value, *found = meaning.evaluate([objective, *nodes], values, {}, sizes)
                    inside = np.isfinite(value).all() and all(
                        map(_definite, meaning.evaluate(logged, values, {}, sizes))
                    )
                except MatcalcError:
                    continue
                if not inside:
                    continue
                rows = [[*found[k : k + len(by)]] for k in range(0, len(found), len(by))]
                if ways:
                    rows = [
                        [a.T @ m @ b for m, b in zip(row, ways, strict=True)] for a, row in zip(ways, rows, strict=True)
                    ]
                h = np.block(rows)
                if not np.isfinite(h).all():
                    continue
                bent = np.linalg.eigvalsh((h + h.T) / 2)
                clear = _CLEAR * abs(bent).max()
                signs = [signs[0] + int((bent > clear).sum()), signs[1] + int((bent < -clear).sum())]
            if all(signs):
                return True
    return False


def _definite(matrix: Matrix) -> bool:
    # Whether a matrix is positive definite, if it is symmetric.
    import numpy as np

    return not np.allclose(matrix, matrix.T) or bool(np.linalg.eigvalsh(matrix).min() > 0)


def _ways(symbol: Symbol, shape: tuple[int, int]) -> Matrix:
    # The directions in which the variable moves, as stacked columns.
    import numpy as np

    found = []
    for way in directions(symbol, shape):
        moved = np.zeros(shape)
        for i, j, speed in way:
            moved[i, j] = float(speed)
        found.append(moved.ravel("F"))
    return np.array(found).T


def _values(
    names: Sequence[Symbol], by: Sequence[Symbol], shapes: Mapping[Symbol, tuple[int, int]], draw: int
) -> Iterator[dict[str, Matrix]]:
    import numpy as np

    mood = ("any", "positive", "definite", "any")[draw]
    rng = Random(draw)
    others = {s: np.array(sample(s, shapes[s], rng, mood), dtype=float) for s in names if s not in by}
    for times in _TIMES:
        moved = {s: np.array(sample(s, shapes[s], rng, mood), dtype=float) for s in by}
        bound = {s for s in by if s.attributes & {"binary", "onehot", "orthogonal"}}
        yield {s.name: value if s in others or s in bound else times * value for s, value in (others | moved).items()}
