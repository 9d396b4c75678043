"""Finds points on both sides of every kink, near and far, and in the cells between the kinks of two formulas.

Between kinks a formula is smooth, so one point in a cell decides for the cell. If the arguments of the kinks are linear
in all inputs, or in one of them, a point in each cell is solved for. After that, cells are searched for along lines:
through a point, and from zero outward, in all inputs, in one input, and in one entry. Each line is sampled at distances
from 10⁻⁹ to 10⁶ in both directions. If several switches change between two places, the interval is halved until each
change is found by itself; so `[x > 0]` and `[x > 0.0001]` are told apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, pairwise
from random import Random

from matcalc.errors import UnsupportedError
from matcalc.expr import Symbol
from matcalc.meaning import Entry, Rows, TooLarge, entries
from matcalc.meaning.protocol import OutOfTime
from matcalc.prose import joined
from matcalc.verify.cells import inside
from matcalc.verify.kinks import Kinks, Switch, SwitchSide, named, one_sided
from matcalc.verify.points import Point, Trial
from matcalc.verify.polynomial import Poly
from matcalc.verify.proof import Setting, ring_rows
from matcalc.verify.sampling import KINDS, Direction, directions, sample, structure
from matcalc.verify.zero import Degenerate, Ring

DIGITS = 25
"""The digits used in the search for cells."""
OUTWARD = tuple(Fraction(10) ** k for k in range(-9, 7))
"""The distances at which a line is sampled."""
CLOSEST = Fraction(1, 10**20)
"""Two places whose distance is a smaller part of their size count as one."""
LINES = 80
"""The most lines."""
IDLE = 12
"""The search ends after so many lines in a row without a new cell."""
MOST = 200
"""The most points."""
TWICE = 2
"""The number of points wanted on each side, each pair and each triple of sides."""
PAIRED = 40
"""The most switches of which pairs are formed."""
TRIPLED = 10
"""The most switches of which triples are formed."""
HALVINGS = 400
"""The most places on one line beside the sampled ones."""
WORK = 100_000
"""The most terms of polynomials that each search for cells by their conditions handles."""

UNSOLVED = (TooLarge, Degenerate, UnsupportedError, OutOfTime)
"""What ends a search for cells by their conditions."""

_CONES = frozenset(("positive", "pd", "psd"))
_STILL = frozenset(("binary", "onehot", "orthogonal"))
_DEFINITE = frozenset(("pd", "psd"))


@dataclass(frozen=True)
class Ray:
    """base + t move, exactly. `both`: whether t may be negative. `through`: whether it may be zero."""

    base: Mapping[Symbol, Rows]
    move: Mapping[Symbol, Rows]
    both: bool
    through: bool

    def at(self, t: Fraction) -> dict[Symbol, Rows]:
        """The point for this t."""
        return along(self.base, self.move, t)


def along(base: Mapping[Symbol, Rows], move: Mapping[Symbol, Rows], t: Entry) -> dict[Symbol, Rows]:
    """base + t move, for the symbols that move."""
    found = dict(base)
    for symbol, rows in move.items():
        found[symbol] = [
            [x + t * v for x, v in zip(a, b, strict=True)] for a, b in zip(base[symbol], rows, strict=True)
        ]
    return found


def _put(rows: Rows, others: Rows, values: Mapping[int, Fraction]) -> Rows:
    # Entries of one generator each, by the generator's value; without one, the entry of `others`.
    return [
        [next((c * values[m] for m, c in x.terms.items() if m in values), y) for x, y in zip(one, two, strict=True)]
        for one, two in zip(rows, others, strict=True)
    ]


class Crossings:
    """Finds points for a trial, cell by cell."""

    def __init__(self, trial: Trial, kinks: Kinks, seed: int, deadline: float) -> None:
        self._trial = trial
        self._kinks = kinks
        self._rng = Random(seed)
        self._deadline = deadline
        self._coarse = trial.coarse(DIGITS)
        self._moving = [s for s in kinks.inputs() if s not in trial.fixed and s.attributes.isdisjoint(_STILL)]
        self._together: set[frozenset[Switch]] = set()
        self._count: dict[tuple[SwitchSide, ...], int] = {}
        self._met: set[frozenset[SwitchSide]] = set()
        self._solved = True
        self._given = 0
        self.late = False
        """Whether the time was over before all lines were looked at."""

    def points(self) -> Iterator[Point]:
        """Points where the objective is real: one in each cell found, and more on sides that had few points."""
        idle = 0
        for point in self._solutions():
            sides = self._kinks.sides(self._coarse, point)
            if sides not in self._met and self._is_real(point):
                self._note(sides)
                yield point
            if self._over():
                return
        for line in self._lines():
            found = False
            for t, sides in self._cells(line):
                if self._over():
                    return
                point = self._numbers(line.at(t))
                if self._new(sides) and self._is_real(point):
                    self._note(sides)
                    found = True
                    yield point
            idle = 0 if found else idle + 1
            if self._over() or idle >= IDLE:
                return

    def reached(self, cells: Set[frozenset[SwitchSide]], beside: int) -> tuple[bool, str]:
        """Whether each side of a kink and each two sides together had a point, if they may have one; and what to say.

        `cells`: the sets of sides that the compared points were on. `beside`: how many points of this search they are.
        """
        if not any(cells):
            return True, ""
        unseen, said = one_sided(frozenset().union(*cells), self._kinks, self._trial)
        apart = [] if unseen else self._apart(cells)
        if apart:
            said = joined("; ", filter(None, (f"two sides of kinks of {named(apart[0])} were not seen together", said)))
        if unseen or apart or not beside:
            return not (unseen or apart), said
        points = f"and {beside} on all sides of kinks"
        if not self._solved:
            switches = {switch for sides in cells for switch, _ in sides}
            points += ", of every two together" if len(switches) <= PAIRED else f", of every two of {PAIRED} together"
        return True, joined("; ", filter(None, (points, said)))

    def _apart(self, cells: Set[frozenset[SwitchSide]]) -> list[tuple[SwitchSide, SwitchSide]]:
        # Pairs of sides that were each seen and never together, and that no condition rules out.
        if self._solved and not self.late:
            return []
        ranked = sorted({switch for sides in cells for switch, _ in sides}, key=self._kinks.rank)[:PAIRED]
        place = {switch: n for n, switch in enumerate(ranked)}
        kept = [sorted((s for s in sides if s[0] in place), key=lambda s: place[s[0]]) for sides in cells]
        met = set(chain.from_iterable(combinations(sides, 2) for sides in kept))
        seen = sorted(frozenset().union(*kept), key=lambda side: (place[side[0]], side[1]))
        missing = [(a, b) for a, b in combinations(seen, 2) if a[0] != b[0] and (a, b) not in met]
        if not missing:
            return []
        ring = Ring(self._deadline, most=WORK)
        one = ring.number(1)
        try:
            values = self._values(ring, self._symbolic(ring, self._kinks.inputs()))
            on = {
                (s, above): ring.where(values[s] if above else -values[s], True, one, ring.zero)
                for s, above in chain.from_iterable(missing)
            }
            return [(a, b) for a, b in missing if not ring.is_zero(on[a] * on[b])]
        except UNSOLVED:
            return missing

    def _over(self) -> bool:
        self.late = time.monotonic() > self._deadline
        return self.late or self._given >= MOST

    def _is_real(self, point: Point) -> bool:
        return self._trial.value(point) is not None

    def _numbers(self, arrays: Mapping[Symbol, Rows]) -> Point:
        return {s: [[self._trial.field.number(x) for x in row] for row in a] for s, a in arrays.items()}

    def _note(self, sides: frozenset[SwitchSide]) -> None:
        self._given += 1
        self._met.add(sides)
        for pair in self._new(sides):
            self._count[pair] = self._count.get(pair, 0) + 1

    def _new(self, sides: frozenset[SwitchSide]) -> list[tuple[SwitchSide, ...]]:
        # The single sides, pairs and triples of sides that have not been seen often.
        ordered = sorted(sides, key=lambda side: self._kinks.rank(side[0]))[:PAIRED]
        every: list[tuple[SwitchSide, ...]] = [(side,) for side in sides]
        every += [*combinations(ordered, 2), *combinations(ordered[:TRIPLED], 3)]
        return [pair for pair in every if self._count.get(pair, 0) < TWICE]

    # Cells, solved for.

    def _solutions(self) -> Iterator[Point]:
        free = [s for s in self._moving if s.attributes.isdisjoint(_DEFINITE)]
        yield from self._solved_for(free)
        for symbol in free if len(free) > 1 and not self._solved else ():
            yield from self._solved_for([symbol])

    def _solved_for(self, moving: Sequence[Symbol]) -> Iterator[Point]:
        # A point in each cell whose conditions are linear in `moving`; the other inputs are drawn at random.
        base = self._base()
        ring = Ring(self._deadline, most=WORK)
        env = self._symbolic(ring, moving)
        env |= {s: [[ring.number(x) for x in row] for row in rows] for s, rows in base.items() if s not in env}
        known = {m for s in moving for row in env[s] for x in row for m in x.terms} | {0}
        try:
            for conditions in ring.cells(dict.fromkeys(self._values(ring, env).values()), MOST):
                if not all(known.issuperset(terms) for terms, _ in conditions):
                    self._solved = False
                    continue
                values = inside(conditions, self._between)
                if values is not None:
                    yield self._numbers({s: _put(env[s], rows, values) for s, rows in base.items()})
        except UNSOLVED:
            self._solved = False

    def _symbolic(self, ring: Ring, symbols: Iterable[Symbol]) -> dict[Symbol, Rows]:
        setting = Setting(self._trial.sizes, self._trial.fixed, "free", self._deadline)
        return {s: ring_rows(ring, s, setting) for s in symbols}

    def _values(self, ring: Ring, env: Mapping[Symbol, Rows]) -> dict[Switch, Poly]:
        # The value of every switch.
        arguments = self._kinks.arguments
        arrays = entries(arguments, env, ring, self._trial.sizes)
        return self._kinks.values(dict(zip(arguments, arrays, strict=True)))

    def _between(self, low: Fraction | None, high: Fraction | None) -> Fraction:
        # A number between two bounds and not near either; if there is one bound, well beyond it.
        part = Fraction(self._rng.randint(200, 800), 1000)
        if low is not None and high is not None:
            return low + part * (high - low)
        part *= self._rng.choice((1, 2, 10))
        return low + part if low is not None else high - part if high is not None else self._rng.choice((part, -part))

    # Lines.

    def _lines(self) -> Iterator[Ray]:
        ways = {s: self._directions(s) for s in self._moving}
        turns = [(s, way) for s in self._moving for way in ways[s]]
        self._rng.shuffle(turns)
        for n in range(LINES if self._moving else 0):
            one = self._moving[n // 6 % len(self._moving)]
            through = bool(n % 2)
            if n % 6 < 2:
                yield self._line(self._moving, through)
            elif n % 6 < 4 or not turns:
                yield self._line([one], through)
            else:
                yield self._entry(*turns[(n // 6 * 2 + n % 2) % len(turns)], through)

    def _sampled(self, symbol: Symbol) -> Rows:
        mood, _ = KINDS[self._trial.kind]
        power = self._rng.choice((0, 0, 0, "entries", -1, 1))
        return sample(symbol, self._trial.shape(symbol), self._rng, mood, power)

    def _base(self) -> dict[Symbol, Rows]:
        fixed = self._trial.fixed
        return {s: [[Fraction(fixed[s])]] if s in fixed else self._sampled(s) for s in self._trial.symbols}

    def _line(self, moving: Sequence[Symbol], through: bool) -> Ray:
        base = self._base()
        move = {s: self._sampled(s) for s in moving}
        if not through:
            base |= {s: [[Fraction(0)] * len(row) for row in base[s]] for s in moving}
        return Ray(base, move, all(s.attributes.isdisjoint(_CONES) for s in moving), through)

    def _entry(self, symbol: Symbol, way: Direction, through: bool) -> Ray:
        base = self._base()
        n, m = self._trial.shape(symbol)
        move = [[Fraction(0)] * m for _ in range(n)]
        definite = bool(symbol.attributes & _DEFINITE)
        for i, j, c in way:
            move[i][j] = Fraction(c)
            if not through and not definite:
                base[symbol][i][j] = Fraction(0)
        return Ray(base, {symbol: move}, symbol.attributes.isdisjoint(_CONES), through or definite)

    def _directions(self, symbol: Symbol) -> list[Direction]:
        ways = directions(symbol, self._trial.shape(symbol))
        if symbol.attributes & _DEFINITE and structure(symbol) != "diagonal":
            ways = [way for way in ways if len(way) == 1]
        return ways

    # Cells of a line.

    def _cells(self, line: Ray) -> list[tuple[Fraction, frozenset[SwitchSide]]]:
        # A place in every cell found on the line, and the two outermost places.
        number = self._coarse.field.number
        start, move = (
            {s: [[number(x) for x in row] for row in rows] for s, rows in arrays.items()}
            for arrays in (line.base, line.move)
        )

        def sides(t: Fraction) -> frozenset[SwitchSide]:
            return self._kinks.sides(self._coarse, along(start, move, number(t)))

        outward = [-t for t in reversed(OUTWARD)] if line.both else []
        grid = [*outward, *([Fraction(0)] if line.through else []), *OUTWARD]
        places = [(t, sides(t)) for t in grid]
        room = HALVINGS
        stack = list(pairwise(places))
        while stack and room and time.monotonic() < self._deadline:
            (a, here), (b, there) = stack.pop()
            turned = frozenset(switch for switch, _ in here ^ there)
            if len(turned) < 2 or any(turned <= group for group in self._together):
                continue
            if b - a <= CLOSEST * max(abs(a), abs(b)):
                self._together.add(turned)
                continue
            room -= 1
            t = (a + b) / 2
            middle = t, sides(t)
            places.append(middle)
            stack += [((a, here), middle), (middle, (b, there))]
        places.sort(key=lambda place: place[0])
        runs: list[list[tuple[Fraction, frozenset[SwitchSide]]]] = []
        for place in places:
            if runs and runs[-1][0][1] == place[1]:
                runs[-1].append(place)
            else:
                runs.append([place])
        return [runs[0][0], runs[-1][-1], *(run[len(run) // 2] for run in runs)]
