"""An objective at random points, and its slope there: the judge's numerical half.

`Trial` holds an objective in concrete sizes, draws points (sampling.py) where it is real, and measures its directional
derivative: a central difference with steps of 10⁻³⁵ in numbers of 110 digits, which gives some 70 digits and costs two
evaluations, however long the program is. A value that changes with more digits is only rounding: see `steady`.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import inf
from random import Random
from typing import Any, TypeAlias

from matcalc.dims import dim_value
from matcalc.expr import Node, Symbol, Term
from matcalc.meaning import Entry, Multiprecision, Rows, closed, entries, order
from matcalc.meaning.elementwise import FUNCTIONS
from matcalc.meaning.fields import IMMENSE
from matcalc.meaning.table import meaning
from matcalc.operators import DET
from matcalc.verify.sampling import KINDS, SCALES, Direction, TrialShape, sample, speed
from matcalc.verify.traits import divides, trait

# --------------------------------------------------------------------------------------------------------------- inputs


def inputs(nodes: Sequence[Node], known: Sequence[Symbol] = ()) -> list[Symbol]:
    """The symbols without definitions that the nodes need."""
    return [s for s in order(nodes, known) if isinstance(s, Symbol) and s.definition is None]


def unknown_functions(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The names of functions of the entries that have no meaning of their own."""
    names: dict[str, None] = {}
    for node in order(nodes):
        if isinstance(node, Term) and node.op.function is not None and node.op.function not in FUNCTIONS:
            names[node.op.function] = None
    return tuple(names)


def whole_exponents(nodes: Sequence[Node]) -> tuple[Symbol, ...]:
    """The scalars in exponents of square matrices, which must be whole numbers."""
    found: dict[Symbol, None] = {}
    for node in order(nodes):
        if trait(node).exponent:
            for symbol in inputs([node.args[-1]]):
                found[symbol] = None
    return tuple(found)


EXPONENTS = (3, 2, 4)
"""Values for symbols in the exponents of matrices. Proofs and most points use the first."""


def exponents(nodes: Sequence[Node], turn: int = 0) -> dict[Symbol, int]:
    """A value for each of `whole_exponents`, different for neighbours; `turn` chooses others."""
    return {s: EXPONENTS[(k + turn) % len(EXPONENTS)] for k, s in enumerate(whole_exponents(nodes))}


def phase(name: str) -> Fraction:
    """What an unknown function's stand-in is shifted by: another for every name."""
    return Fraction(25 + zlib.crc32(name.encode()) % 100, 100)


def _stand_in(field: Multiprecision, name: str, order_: int, x: Entry) -> Entry:
    # For an unknown function: neither even nor odd, with a bounded slope, and derivatives that all differ.
    mp = field.mp
    line = x / 3 if order_ == 0 else mp.mpf(1) / 3 if order_ == 1 else 0
    return mp.sin(x + field.number(phase(name)) + order_ * mp.pi / 2) + line


def stand_in(name: str) -> str:
    """The function that replaces an unknown one at points, written out."""
    return f"{name}(x) = sin(x + {float(phase(name)):.2f}) + x/3"


# --------------------------------------------------------------------------------------------------------------- slopes

Seeds: TypeAlias = Sequence[tuple[Node, Node]]
"""Pairs (weight, node) that stand for an objective with the differential Σ weight : d(node); weights are constant."""
Point: TypeAlias = Mapping[Symbol, Rows]

DIGITS = 50
_WORKING = 110
"""The digits of the numbers; the step of a difference is 10 to the power of minus a third of them."""
ENORMOUS = 200
"""Objectives beyond 2^ENORMOUS are not differentiated: their differences would have too few digits."""
_MORE = (180, 700)
"""The digits used to confirm a mismatch."""
SHARE = 0.7
"""The part of the time limit that proofs may take; the rest is for points."""
PART = 1.3
LEAST = 3.0
"""A point begun before the time is over may take until PART times the limit, and at least LEAST seconds in all."""
LOOKS = 2
"""If anything is divided, so many points are checked with more digits: mere rounding shows at every point."""
SINGULAR = 12
"""After so many draws in a row with a singular matrix, other sizes are tried."""
DRAWS = 3
"""After so many draws in a row outside the domain, points of another kind are drawn."""
ATTEMPTS = DRAWS * len(KINDS)
"""After so many draws in a row outside the domain, other sizes are tried."""


def _all(rows: Rows) -> list[Entry]:
    return [x for row in rows for x in row]


def _cycle(scales: Sequence[int | str]) -> Iterator[int | str]:
    while True:
        yield from scales


class Clock:
    """A time limit in seconds that counts from now, and what is said when it is over.

    The moments are those of time.monotonic: `end` of the whole, `proof` of exact proofs, `stop` of an evaluation.
    """

    def __init__(self, limit: float) -> None:
        start = time.monotonic()
        self.end = start + limit
        self.proof = start + SHARE * limit
        self.stop = start + max(LEAST, PART * limit)
        self.over = f"the time limit of {limit:g} s was reached"
        self.unproved = f"no exact proof within {SHARE * limit:.3g} s"

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.end


class Trial:
    """An objective at random points, in concrete sizes.

    `wide` draws entries of many scales. `turn` chooses the exponents of matrices. When the `clock` is late no
    points are drawn, and at its `stop` evaluations end with OutOfTime.
    """

    def __init__(
        self,
        seeds: Seeds,
        nodes: Sequence[Node],
        sizes: Mapping[str, int],
        seed: int,
        *,
        wide: bool = False,
        clock: Clock | None = None,
        digits: int = _WORKING,
        turn: int = 0,
    ) -> None:
        self.seeds = seeds
        self.sizes = sizes
        self._nodes = [*(n for pair in seeds for n in pair), *nodes]
        self.symbols = inputs(self._nodes)
        self.fixed = exponents(self._nodes, turn)
        self.field = Multiprecision(digits)
        self.field.calls = {f: partial(_stand_in, self.field, f) for f in unknown_functions(self._nodes)}
        self.step = self.field.mp.mpf(10) ** -(digits // 3 - 1)
        self.why = ""
        """The singular matrix that made the last draw fail, if any."""
        self._seed = seed
        self._rng = Random(seed)
        self._kind = 0
        self._scales = iter(()) if not wide else _cycle(SCALES)
        self._wide = wide
        self._clock = clock
        self.field.deadline = clock.stop if clock else inf
        self._looks = LOOKS if any(map(divides, order(self._nodes))) else 0
        self._finer: list[Trial] = []

    def shape(self, node: Node) -> TrialShape:
        """The node's shape in numbers."""
        return dim_value(node.shape[0], self.sizes), dim_value(node.shape[1], self.sizes)

    def points(self) -> Iterator[Point]:
        """Points where the objective is real and finite, until ATTEMPTS draws in a row have not found one."""
        missed = singular = 0
        while missed < ATTEMPTS and singular < SINGULAR:
            if self._clock and missed and self._clock.late:
                return
            point = self._draw()
            if self.value(point) is not None:
                missed = singular = 0
                yield point
                continue
            missed += 1
            self.why = self.singular([n for pair in self.seeds for n in pair], point)
            singular = singular + 1 if self.why else 0
            if missed % DRAWS == 0:
                self.turn()

    @property
    def kind(self) -> int:
        """Which of KINDS points are drawn of."""
        return self._kind

    def turn(self) -> None:
        """Draw points of the next kind from now on."""
        self._kind = (self._kind + 1) % len(KINDS)

    def _draw(self) -> Point:
        mood, power = KINDS[self._kind]
        if self._wide:
            more = next(self._scales)
            power = power + more if isinstance(power, int) and isinstance(more, int) else "entries"
        point = {}
        for symbol in self.symbols:
            if symbol in self.fixed:
                point[symbol] = [[self.field.number(Fraction(self.fixed[symbol]))]]
            else:
                drawn = sample(symbol, self.shape(symbol), self._rng, mood, power)
                point[symbol] = [[self.field.number(x) for x in row] for row in drawn]
        return point

    def at(self, nodes: Sequence[Node], point: Point) -> list[Rows]:
        """The entries of `nodes` at a point; nan where they are not real."""
        return entries(nodes, point, self.field, self.sizes)

    def finite(self, *arrays: Rows) -> bool:
        """True if every entry is a real number and not too large to compute with; it may be as small as it likes."""
        mp = self.field.mp
        return all(mp.isfinite(x) and (not x or mp.mag(x) < IMMENSE) for rows in arrays for row in rows for x in row)

    def immense(self, nodes: Sequence[Node], point: Point) -> bool:
        """True if an intermediate value is too large or too small to take functions of it."""
        values = self.at(closed(order(nodes, list(point))), point)
        return any(not self.field.mp.isnan(x) and not self.field.finite(x) for rows in values for x in _all(rows))

    def value(self, point: Point) -> Entry | None:
        """The objective (weights held at this point), or None where it is not real and finite."""
        nodes = [n for pair in self.seeds for n in pair]
        values = self.at(nodes, point)
        if not self.finite(*values) or not all(self.steady(nodes, point, values)):
            return None
        found = self._objective(values[0::2], values[1::2])
        # A number with more digits than these would swallow the difference.
        return found if not found or self.field.mp.mag(found) < ENORMOUS else None

    # More digits.

    def finer(self) -> Iterator[Trial]:
        """The same objective in more digits, and in still more."""
        for k, digits in enumerate(_MORE):
            if k == len(self._finer):
                self._finer.append(Trial(self.seeds, self._nodes, self.sizes, self._seed, digits=digits))
                self._finer[k].field.deadline = self.field.deadline
            yield self._finer[k]

    def coarse(self, digits: int) -> Trial:
        """The same objective in fewer digits."""
        return Trial(self.seeds, self._nodes, self.sizes, self._seed, digits=digits)

    def taken(self, arrays: Mapping[Symbol, Rows]) -> dict[Symbol, Rows]:
        """The same numbers, in this trial's digits."""
        return {s: [[self.field.mp.mpf(x) for x in row] for row in rows] for s, rows in arrays.items()}

    def steady(self, nodes: Sequence[Node], point: Point, values: Sequence[Rows]) -> list[bool]:
        """For each of `values`, of `nodes` at `point`, whether more digits confirm it; checked at LOOKS points only."""
        if self._looks <= 0:
            return [True] * len(values)
        trial = next(self.finer())
        return [
            trial.finite(more) and all(trial.near(x, y, size) for x, y in zip(_all(rows), _all(more), strict=True))
            for rows, more in zip(values, trial.at(nodes, trial.taken(point)), strict=True)
            for size in [max(abs(x) for x in _all(more))]
        ]

    def looked(self) -> None:
        """A point has been used."""
        self._looks -= 1

    def near(self, x: Entry, y: Entry, size: Entry) -> bool:
        """True if two values differ by no more than the rounding of numbers of `size`."""
        ten = self.field.mp.mpf(10)
        return bool(abs(self.field.mp.mpf(x) - y) <= ten**-20 * size + ten**-45)

    def multiple(self, nodes: Sequence[Node], point: Point) -> str:
        """In words, which value is not simple at `point` and so has no vector; empty if there is none."""
        for node in order(nodes, list(point)):
            if trait(node).vector:
                vector, matrix = self.at([node, *node.args], point)
                if self.finite(matrix) and not self.finite(vector):
                    return f"the {trait(node).vector} is not simple"
        return ""

    def singular(self, nodes: Sequence[Node], point: Point) -> str:
        """In words, which matrix is singular at `point` but must not be; empty if there is none."""
        for node in order(nodes, list(point)):
            row = trait(node)
            if row.inverts:
                matrix, *rest = self.at([*node.args], point)
                if self.finite(matrix) and not meaning(DET).exact(self.field, (1, 1), matrix)[0][0]:
                    if row.exponent and rest[-1][0][0] >= 0:
                        continue
                    argument, (size, _) = node.args[0], node.args[0].shape
                    what = f"the {size}×{size} matrix {row.inverts}"
                    return f"{argument.name if isinstance(argument, Symbol) else what} is singular"
        return ""

    def _objective(self, weights: Sequence[Rows], values: Sequence[Rows]) -> Entry:
        products = [
            w * x
            for one, two in zip(weights, values, strict=True)
            for a, b in zip(one, two, strict=True)
            for w, x in zip(a, b, strict=True)
        ]
        return self.field.sum(products)

    def slope(self, point: Point, moves: Mapping[Symbol, Rows]) -> Entry | None:
        """The directional derivative along `moves`; None at a kink, or if there is no real value beside the point.

        A symbol with a definition moves by itself, starting at the value of its definition.
        """
        weights = self.at([w for w, _ in self.seeds], point)
        nodes = [n for _, n in self.seeds]
        cut = [s for s in moves if s not in point]
        start = {**point, **dict(zip(cut, self.at(cut, point), strict=True))}
        found = []
        for step in (-self.step, 0, self.step):
            there = dict(start)
            for symbol, rows in moves.items():
                there[symbol] = [
                    [x + step * v for x, v in zip(a, b, strict=True)] for a, b in zip(start[symbol], rows, strict=True)
                ]
            values = self.at(nodes, there)
            if not self.finite(*values):
                return None
            found.append(self._objective(weights, values))
        behind, here, ahead = found
        change = abs(ahead - here) + abs(here - behind)
        noise = self.step * self.field.mp.mpf(10) ** -25
        if abs(ahead - 2 * here + behind) > change * self.field.mp.mpf(10) ** -20 + noise * (1 + abs(here)):
            return None
        return (ahead - behind) / (2 * self.step)

    def move(self, shape: TrialShape, ways: Sequence[Direction]) -> tuple[Rows, list[Entry]]:
        """A random combination of directions, as an array, and the speed along each direction."""
        rows: Rows = [[self.field.mp.mpf(0)] * shape[1] for _ in range(shape[0])]
        speeds = []
        for way in ways:
            v = self.field.number(speed(self._rng))
            speeds.append(v)
            for i, j, c in way:
                rows[i][j] = rows[i][j] + c * v
        return rows, speeds

    def same(self, measured: Entry, claimed: Entry, size: Entry) -> bool:
        """True if the two agree to at least 30 digits of `size`, the sum of the absolute values that make `claimed`."""
        mp = self.field.mp
        tolerance = mp.mpf(10) ** -30 * (abs(measured) + size) + mp.mpf(10) ** -45
        return bool(abs(measured - claimed) <= tolerance)

    def shown(self, x: Any) -> str:
        """A number with few digits, for a message."""
        return str(self.field.mp.nstr(x, 6))
