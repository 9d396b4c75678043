"""Compares claimed gradients with measured slopes, point by point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from matcalc.expr import Node, Symbol
from matcalc.meaning import Rows
from matcalc.meaning.linear import product, transposed
from matcalc.verify import proof
from matcalc.verify.kinks import Kinks, SwitchSide
from matcalc.verify.points import Point, Trial, stand_in
from matcalc.verify.result import Counterexample
from matcalc.verify.sampling import entry_directions, structure

Wrong: TypeAlias = tuple[Counterexample, str]
Moves: TypeAlias = Mapping[Symbol, Rows]
Speeds: TypeAlias = Mapping[Symbol, Sequence[Any]]
Weighed: TypeAlias = tuple[bool, Any, Any]
"""Whether a claim agrees with a slope, the slope that was measured, and the slope that was claimed."""


class Slopes:
    """Compares gradients with the objective's measured slopes, point by point."""

    def __init__(self, trial: Trial, gradients: Mapping[Symbol, Node], setting: proof.Setting, name: str) -> None:
        self._trial = trial
        self._gradients = dict(gradients)
        self._setting = setting
        self._name = name
        self.seen = 0
        self.wrong: dict[Symbol, Wrong] = {}
        self.lost: dict[Symbol, str] = {}
        """Formulas that are defined at no point, and why."""
        self.undefined: dict[Symbol, Point] = {}
        self.kinks = Kinks([*(n for pair in trial.seeds for n in pair), *gradients.values()])
        self.cells: dict[Symbol, set[frozenset[SwitchSide]]] = {s: set() for s in gradients}
        """The sets of sides of kinks on which each formula was compared with a slope."""
        self._without: dict[Symbol, dict[SwitchSide, Point]] = {s: {} for s in gradients}
        self._defined: set[Symbol] = set()

    def only(self, symbols: Iterable[Symbol]) -> None:
        """From now on compare only these."""
        self._gradients = {s: self._gradients[s] for s in symbols}

    def look(self, point: Point) -> None:
        """Compare at `point` and note wrong formulas in `wrong`. A point without a slope does not count.

        A formula that is not real at the point is noted in `undefined`, unless it was real at an earlier one.
        """
        trial = self._trial
        left = {s: g for s, g in self._gradients.items() if s not in self.wrong and s not in self.lost}
        claims = dict(zip(left, trial.at(list(left.values()), point), strict=True))
        steady = trial.steady(list(left.values()), point, list(claims.values()))
        real = [s for s, sure in zip(left, steady, strict=True) if sure and trial.finite(claims[s])]
        # All inputs move at once; an intermediate moves alone, as if it had no definition.
        together = [s for s in real if s.definition is None]
        for group in [together] * bool(together) + [[s] for s in real if s.definition is not None]:
            if not self._search(point, group, claims):
                return
        self.seen += 1
        sides = self.kinks.sides(trial, point)
        for symbol in left:
            if symbol in real:
                self.cells[symbol].add(sides)
            elif sides and not trial.immense([left[symbol]], point):
                self._without[symbol].update(dict.fromkeys(sides, point))
        trial.looked()
        self._defined.update(real)
        for symbol in left:
            if symbol in self._defined:
                self.undefined.pop(symbol, None)
            else:
                self.undefined[symbol] = point

    def give_up(self) -> None:
        """A formula that was real at no point is wrong; or it is `lost`, if it needs something that never exists."""
        trial = self._trial
        for symbol, point in self.undefined.items():
            formula = self._gradients[symbol]
            name = self._named(symbol)
            why = trial.singular([formula], point) or trial.multiple([formula], point)
            if why or any(t.finite(*t.at([formula], t.taken(point))) for t in (trial, *trial.finer())):
                why = f"{why} wherever it was tried" if why else "it divides by nothing but rounding"
                self.lost[symbol] = f"{name} is not defined: {why}"
                continue
            self._not_real(symbol, point)
        self.undefined.clear()

    def give_up_sides(self) -> None:
        """A formula that was nowhere real on a side of a kink where the objective has a slope is wrong."""
        for symbol in self._gradients:
            compared = frozenset().union(*self.cells[symbol])
            for side, point in self._without[symbol].items():
                if side not in compared:
                    self._not_real(symbol, point)
                    break

    def _not_real(self, symbol: Symbol, point: Point) -> None:
        nan = float("nan")
        found = Counterexample((0, 0), nan, nan, plain(point))
        text = f"{self._named(symbol)} is not a real number, {place(found, self._trial)}"
        self.wrong.setdefault(symbol, (found, text))

    def _named(self, symbol: Symbol) -> str:
        return f"the formula for d{self._name}/d{symbol.name}"

    def _search(self, point: Point, group: Sequence[Symbol], claims: Mapping[Symbol, Rows]) -> bool:
        # False if there is no slope here. A wrong formula is found by halving the group.
        trial = self._trial
        moves, speeds = {}, {}
        for symbol in group:
            moves[symbol], speeds[symbol] = trial.move(
                trial.shape(symbol), self._setting.ways(symbol, point.get(symbol))
            )
        found = self._weigh(trial, point, moves, speeds, claims)
        if found is None or found[0]:
            return found is not None
        if len(group) == 1:
            return self._confirm(point, group[0], moves, speeds, found)
        middle = len(group) // 2
        halves = [self._search(point, half, claims) for half in (group[:middle], group[middle:])]
        return all(halves)

    def _confirm(self, point: Point, symbol: Symbol, moves: Moves, speeds: Speeds, last: Weighed) -> bool:
        # Repeats a mismatch with more digits until the values no longer change. False if there is no slope.
        enough, at = self._trial, point
        for trial in self._trial.finer():
            there = trial.taken(point)
            (gradient,) = trial.at([self._gradients[symbol]], there)
            if not trial.finite(gradient):
                return False
            faster = {s: [trial.field.mp.mpf(v) for v in values] for s, values in speeds.items()}
            found = self._weigh(trial, there, trial.taken(moves), faster, {symbol: gradient})
            if found is None or found[0]:
                return found is not None
            if all(trial.near(x, y, abs(y)) for x, y in zip(last[1:], found[1:], strict=True)):
                self._find(enough, at, symbol, enough.at([self._gradients[symbol]], at)[0])
                return True
            last, enough, at = found, trial, there
        return False

    def _weigh(
        self, trial: Trial, point: Point, moves: Moves, speeds: Speeds, claims: Mapping[Symbol, Rows]
    ) -> Weighed | None:
        # Whether claims agree with the slope along `moves`, the slope measured, and the slope claimed.
        claimed = size = trial.field.mp.mpf(0)
        inside = True
        for symbol in moves:
            at = point.get(symbol)
            ways = self._setting.ways(symbol, at)
            for way, speed in zip(ways, speeds[symbol], strict=True):
                term = speed * proof.reading(self._setting.convention, way, claims[symbol], trial.field)
                claimed, size = claimed + term, size + abs(term)
            inside = inside and all(
                trial.same(trial.field.mp.mpf(0), x, abs(claims[symbol][i][j]))
                for i, j, x in proof.outside(self._setting.convention, symbol, ways, claims[symbol], at, trial.field)
            )
        measured = trial.slope(point, moves)
        if measured is None:
            return None
        return inside and trial.same(measured, claimed, size), measured, claimed

    def _find(self, trial: Trial, point: Point, symbol: Symbol, gradient: Rows) -> None:
        # Notes the first wrong entry, in the order of the directions.
        for (i, j), expected in self._measured(trial, point, symbol).items():
            if not trial.same(expected, gradient[i][j], abs(gradient[i][j])):
                self._note(trial, symbol, point, (i, j), expected, gradient[i][j])
                return

    def _measured(self, trial: Trial, point: Point, symbol: Symbol) -> dict[tuple[int, int], Any]:
        # The correct entries, as far as they can be measured.
        rows, columns = trial.shape(symbol)
        nothing = trial.field.mp.mpf(0)
        projected = self._setting.convention == "projected"
        rotated = projected and structure(symbol) == "orthogonal"
        ways = entry_directions((rows, columns)) if rotated else self._setting.ways(symbol)
        found: dict[tuple[int, int], Any] = {}
        for way in ways:
            move = [[nothing] * columns for _ in range(rows)]
            for i, j, c in way:
                move[i][j] = trial.field.mp.mpf(c)
            slope = trial.slope(point, {symbol: move})
            if slope is not None:
                found.update({(i, j): c * slope / (len(way) if projected else 1) for i, j, c in way})
        if rotated:
            return _tangent(trial, point[symbol], found)
        tied = {(i, j) for way in ways for i, j, _ in way}
        return found | {(i, j): nothing for i in range(rows) for j in range(columns) if (i, j) not in tied}

    def _note(
        self, trial: Trial, symbol: Symbol, point: Point, entry: tuple[int, int], measured: Any, claimed: Any
    ) -> None:
        found = Counterexample(entry, float(measured), float(claimed), plain(point))
        what = structure(symbol)
        tied = f" ({symbol.name} {what}, {self._setting.convention})" if what else ""
        name = f"d{self._name}/d{symbol.name}{'' if symbol.is_scalar else at_entry(*entry)}{tied}"
        values = f"{name} is {trial.shown(measured)}, the formula gives {trial.shown(claimed)}"
        self.wrong[symbol] = (found, f"{values}, {place(found, trial)}")


def _tangent(trial: Trial, q: Rows, slopes: Mapping[tuple[int, int], Any]) -> dict[tuple[int, int], Any]:
    # The projection of G, whose entries are `slopes`, onto the tangent space of Q'Q = I: G - Q (Q'G + G'Q) / 2.
    field = trial.field
    if len(slopes) < len(q) * len(q[0]):
        return {}
    gradient = [[slopes[i, j] for j in range(len(q[0]))] for i in range(len(q))]
    wide = len(q) < len(q[0])
    if wide:
        q, gradient = transposed(q), transposed(gradient)
    mixed = product(field, transposed(q), gradient)
    normal = product(
        field,
        q,
        [[(x + y) / 2 for x, y in zip(a, b, strict=True)] for a, b in zip(mixed, transposed(mixed), strict=True)],
    )
    found = {(i, j): x - normal[i][j] for i, row in enumerate(gradient) for j, x in enumerate(row)}
    return {(j, i): x for (i, j), x in found.items()} if wide else found


def at_entry(i: int, j: int) -> str:
    """An entry for a message, counted from 1."""
    return f"[{i + 1},{j + 1}]"


def plain(point: Point) -> tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]:
    """The point in floats, by name."""
    return tuple((s.name, tuple(tuple(float(x) for x in row) for row in rows)) for s, rows in point.items())


def place(found: Counterexample, trial: Trial) -> str:
    """The inputs in MATLAB's brackets, as many as are readable, and the stand-ins for unknown functions."""
    parts = []
    room = 60
    for name, rows in found.point:
        room -= sum(map(len, rows))
        if room < 0:
            parts.append("…")
            break
        body = "; ".join(", ".join(f"{x:.6g}" for x in row) for row in rows)
        parts.append(f"{name} = {body}" if len(rows) == len(rows[0]) == 1 else f"{name} = [{body}]")
    parts += [stand_in(f) for f in trial.field.calls]
    return f"at {', '.join(parts)}" if parts else "everywhere"
