"""Points at which a reader's formula is compared with the gradient, drawn once for a problem.

Sizes all differ first, then all are equal. No array is diagonal or symmetric unless it is declared so, and at every
point both sides of each kink occur where they can, so that a missing f' of a relu does not look right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from matcalc.dims import dim_value
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Symbol
from matcalc.meaning import Evaluator, order
from matcalc.meaning.callables import Functions
from matcalc.verify.kinks import changes_over, kinked, switches
from matcalc.verify.points import exponents, inputs, phase, unknown_functions
from matcalc.verify.sampling import KINDS, sample
from matcalc.verify.traits import trait
from matcalc.verify.trial_sizes import choices, fits, work

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[numpy.float64]
Values: TypeAlias = Mapping[Symbol, "Array"]
Change: TypeAlias = Callable[[Values], Values]
"""Makes a special point of one."""

DIFFERENT = 3
"""The choices of sizes that all differ, and the fewest points: at one, any number is a multiple of any other."""
LARGER = (7, 8, 9, 11, 13)
"""Sizes of one more point, for formulas that are wrong only in others: (n - 3) (n - 4) W."""
DRAWS = 60
"""The most points that are drawn until one is in the domain, and on both sides of every kink."""
LARGEST = 200_000
"""The most multiplications that one evaluation may take."""
ENTRIES = 40_000
"""The most entries that an array of a formula may have."""
WORST = 1e5
"""The largest condition number of a matrix that is inverted, or whose determinant is taken."""
NEAR, TINY = 1e-8, 1e-11
"""What rounding may make of equal numbers: a share of the largest, and beside that."""
EXACT = 1e-12
"""A share that rounding nearly always stays below; numbers between are compared in more digits."""


@dataclass(frozen=True)
class SamplePoint:
    """Sizes, values of the inputs, and what evaluates formulas there."""

    sizes: Mapping[str, int]
    values: Values
    at: Callable[[Node], Array]

    @property
    def square(self) -> bool:
        """Whether several sizes are there, and equal."""
        return len(self.sizes) > 1 and len(set(self.sizes.values())) == 1


def stand_ins(nodes: Sequence[Node]) -> dict[str, tuple[Callable[[Any], Any], ...]]:
    """The functions that stand in for unknown ones, with their derivatives: those of the judge."""
    import numpy as np

    def value(shift: float, order: int, x: Any) -> Any:
        line = x / 3 if order == 0 else 1 / 3 if order == 1 else 0
        return np.sin(x + shift + order * np.pi / 2) + line

    return {
        name: tuple(partial(value, float(phase(name)), order) for order in range(6))
        for name in unknown_functions(nodes)
    }


class _Bounded(Evaluator):
    """Refuses an array that is too large before it is made."""

    def __init__(self, values: Values, functions: Functions, sizes: Mapping[str, int]) -> None:
        super().__init__(values, functions, sizes)
        self._sizes = sizes
        self._fit: set[Node] = set()

    def __call__(self, node: Node) -> Array:
        stack, seen = [node], set[Node]()
        while stack:
            if (top := stack.pop()) in self._fit or top in seen:
                continue
            rows, columns = (dim_value(d, self._sizes) for d in top.shape)
            if rows * columns > ENTRIES:
                message = f"an array of {rows:,} × {columns:,} entries is too large to evaluate"
                raise UnsupportedError(message, hint="write sizes as letters, n and d")
            seen.add(top)
            stack += top.args
            if isinstance(top, Symbol) and top.definition is not None:
                stack.append(top.definition)
        self._fit |= seen
        return super().__call__(node)


class Samples:
    """The points of a problem, whose formulas are `nodes`: they must be real there."""

    def __init__(self, nodes: Sequence[Node], seed: int = 0, extra: Sequence[str] = ()) -> None:
        self.nodes = list(nodes)
        self.symbols = inputs(self.nodes)
        self._kinks = kinked(self.nodes)
        self._inverted = inverted(self.nodes)
        self._functions = stand_ins(self.nodes)
        self._functions |= {name: value for name, value in _named(extra).items() if name not in self._functions}
        self._seed = seed
        self._fixed = exponents(self.nodes)
        self._sizes = list(self._choices())
        while 0 < len(self._sizes) < DIFFERENT:  # all sizes are given, or there are none: other values in the same
            self._sizes.append(self._sizes[0])
        self.points = [p for k, sizes in enumerate(self._sizes) if (p := self._drawn(sizes, f"{seed}/{k}")) is not None]
        if not self.points:
            raise UnsupportedError("no point was found at which the objective and its gradient have a value")

    def _choices(self) -> Iterator[dict[str, int]]:
        count = 0
        for sizes in choices(self.nodes):
            if count < DIFFERENT and work(self.nodes, sizes) <= LARGEST:
                count += 1
                yield sizes
        names = list(sizes) if count else []
        if len(names) > 1:
            equal = dict.fromkeys(names, 3)
            if fits(self.nodes, equal):
                yield equal

    @cached_property
    def more(self) -> list[SamplePoint]:
        """Points for formulas with kinks: some more where there are kinks or roots, of several scales."""
        if not changes_over(self.nodes):
            return []
        drawn = (
            self._drawn(sizes, f"{self._seed}/more/{k}/{power}", None, power)
            for k, sizes in enumerate(self._sizes[:3])
            for power in (0, 0, 1, "entries")
        )
        return [point for point in drawn if point is not None]

    @cached_property
    def larger(self) -> list[SamplePoint]:
        """A point in larger sizes, if evaluating there does not cost too much."""
        sizes = {name: LARGER[k % len(LARGER)] for k, name in enumerate(self._sizes[0])} if self._sizes else {}
        if not sizes or not fits(self.nodes, sizes) or work(self.nodes, sizes) > LARGEST:
            return []
        point = self._drawn(sizes, f"{self._seed}/larger")
        return [] if point is None else [point]

    def special(self, change: Change, name: str) -> list[SamplePoint]:
        """Points made special by a change of the values: in sizes that all differ, twice, and in larger ones."""
        found = []
        larger = [point.sizes for point in self.larger]
        for k, sizes in enumerate([*self._sizes[:2], *self._sizes[:2], *larger]):
            point = self._drawn(sizes, f"{self._seed}/{name}/{k}", change)
            if point is not None:
                found.append(point)
        return found

    def by_hand(self, point: SamplePoint) -> SamplePoint:
        """A point nearby, of numbers with one digit after the point where they may be any; or the same."""
        import numpy as np

        values = {s: v if s.attributes - {"constant", "positive"} else np.round(v, 1) for s, v in point.values.items()}
        found = SamplePoint(point.sizes, values, _Bounded(values, self._functions, point.sizes))
        return found if self._real(found) else point

    def _drawn(
        self, sizes: Mapping[str, int], key: str, change: Change | None = None, scale: int | str = 0
    ) -> SamplePoint | None:
        best: tuple[int, SamplePoint] | None = None
        missed = 0
        for attempt in range(DRAWS):
            rng = Random(f"{key}/{attempt}")
            mood, power = KINDS[(missed // 3) % len(KINDS)]
            point = self._point(rng, sizes, mood, scale or power, change)
            if not self._real(point):
                missed += 1
                continue
            lacking = self._one_sided(point)
            if best is None or lacking < best[0]:
                best = lacking, point
            if not lacking or (attempt > DRAWS // 2 and best):
                break
        return best[1] if best else None

    def _point(
        self, rng: Random, sizes: Mapping[str, int], mood: str, power: int | str, change: Change | None
    ) -> SamplePoint:
        import numpy as np

        values: dict[Symbol, Any] = {}
        for symbol in self.symbols:
            shape = dim_value(symbol.shape[0], sizes), dim_value(symbol.shape[1], sizes)
            if symbol in self._fixed:
                values[symbol] = np.array([[float(self._fixed[symbol])]])
            else:
                values[symbol] = np.array(sample(symbol, shape, rng, mood, power), dtype=np.float64)
        changed = change(values) if change else values
        return SamplePoint(sizes, changed, _Bounded(changed, self._functions, sizes))

    def _real(self, point: SamplePoint) -> bool:
        import numpy as np

        try:
            if not all(bool(np.isfinite(point.at(node)).all()) for node in self.nodes):
                return False
        except (MatcalcError, np.linalg.LinAlgError):
            return False
        return inverts(point, self._inverted)

    def _one_sided(self, point: SamplePoint) -> int:
        # The kinks on one side of which the point lies wholly, though it could be on both; many, if it is on one.
        lacking = 0
        for term in self._kinks:
            found = [float(u) for _, u in switches(term, [point.at(a).tolist() for a in term.args])]
            lacking += 100 * any(abs(u) < 1e-3 for u in found)
            lacking += len(found) > 1 and len({u > 0 for u in found}) < 2
        return lacking


def inverted(nodes: Sequence[Node]) -> list[Node]:
    """The matrices of which formulas have an inverse, or the logarithm of the determinant."""
    return [n.args[0] for n in order(nodes) if trait(n).square and trait(n).divides]


def inverts(point: SamplePoint, matrices: Sequence[Node]) -> bool:
    """Whether matrices are far from singular at a point."""
    import numpy as np

    try:
        return all(float(np.linalg.cond(point.at(a))) < WORST for a in matrices)
    except (MatcalcError, np.linalg.LinAlgError):
        return False


def _named(functions: Sequence[str]) -> dict[str, tuple[Callable[[Any], Any], ...]]:
    from matcalc.operators import function, term

    x = Symbol("x", (1, 1))
    return stand_ins([term(function(name), x) for name in functions])


def differs(one: Any, two: Any, near: float = NEAR, tiny: float = TINY) -> float:
    """By how much two arrays differ, as a share of their largest entry; 0 for no more than rounding."""
    import numpy as np

    if one.shape != two.shape or not np.isfinite(one).all():
        return float("inf")
    largest = max(float(np.abs(one).max()), float(np.abs(two).max()))
    difference = float(np.abs(one - two).max())
    return 0.0 if difference <= near * largest + tiny else difference / (largest or 1.0)


def in_digits(value: Any) -> str:
    """An array with few digits, for a sentence."""
    if value.size == 1:
        return f"{value[0, 0]:.4g}"
    rows = ["[" + ", ".join(f"{x:.4g}" for x in row) + "]" for row in value]
    return f"[{', '.join(f'{x:.4g}' for x in value[:, 0])}]" if value.shape[1] == 1 else f"[{', '.join(rows)}]"
