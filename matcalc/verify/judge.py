"""The order of a trial: points first, then proofs, then more points for what could not be proved."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol
from matcalc.meaning import Rows, TooLarge, entries
from matcalc.verify import proof
from matcalc.verify.points import (
    DIGITS,
    Direction,
    Point,
    Seeds,
    Trial,
    inputs,
    stand_in,
    structure,
    unknown_functions,
    whole_exponents,
)
from matcalc.verify.polynomial import OutOfTime
from matcalc.verify.result import Counterexample, Status, Verification
from matcalc.verify.sizes import choices, conditions, work
from matcalc.verify.zero import Degenerate, Ring

POINTS = 20
"""Random points at which what is not proved is tried."""
FIRST = 2
"""Points at which everything is tried end to end, before any proof."""
ATTEMPTS = 36
"""Draws in a row that may miss the domain before sizes are changed, or given up."""
LARGEST = 400_000
"""Multiplications that one evaluation may take."""
CHEAP = 20_000
"""Multiplications up to which a second choice of sizes is tried too."""
FEWEST = 8
"""Points, of different kinds, at which a formula that is not real is given another chance."""
SHARE = 0.7
"""The part of the time limit that proofs may take; the rest is for points."""

Wrong = tuple[Counterexample, str]


class Case:
    """Gradients of one objective (given by seeds: see points.py), and what is claimed for its intermediates."""

    def __init__(
        self,
        seeds: Seeds,
        gradients: Mapping[Symbol, Node],
        adjoints: Mapping[Symbol, Node],
        time_limit: float,
        seed: int,
        convention: str,
        name: str,
    ) -> None:
        self._name = name
        self._start = time.monotonic()
        self._limit = time_limit
        self._seeds = seeds
        self._adjoints = adjoints
        self._seed = seed
        self._convention = convention
        self._results: dict[str, Verification] = {}
        self._gradients: dict[Symbol, Node] = {}
        self._order = [s.name for s in gradients]
        self._formulas = [n for pair in seeds for n in pair]
        fixed = whole_exponents([*self._formulas, *gradients.values()])
        for s, g in gradients.items():
            if g.shape != s.shape:
                shapes = f"the formula is {g.shape[0]}×{g.shape[1]}, {s.name} is {s.shape[0]}×{s.shape[1]}"
                self._results[s.name] = Verification("failed", detail=shapes)
            elif "orthogonal" in s.attributes and convention != "free":
                self._skip(s, f"{s.name} is orthogonal, and gradients along that structure are not verified")
            elif s in fixed:
                self._skip(s, f"{s.name} is the exponent of a matrix, a whole number")
            else:
                self._gradients[s] = g
        self._nodes = [*self._formulas, *self._gradients, *self._gradients.values()]
        self._functions = unknown_functions(self._nodes)

    def _skip(self, symbol: Symbol, detail: str) -> None:
        self._results[symbol.name] = Verification("skipped", detail=detail)

    def _late(self) -> bool:
        return time.monotonic() > self._start + self._limit

    def judge(self) -> dict[str, Verification]:
        """A finding for every gradient, by name."""
        if self._gradients:
            self._judge()
        return {name: self._results[name] for name in self._order}

    def _judge(self) -> None:
        why = ""
        first: tuple[Trial, Slopes, proof.Setting] | None = None
        for sizes in choices(self._nodes):
            cost = work(self._nodes, sizes)
            if cost > LARGEST:
                why = "the sizes are too large to evaluate in many digits"
                continue
            if first is not None and (cost > CHEAP or self._late()):
                break
            trial = Trial(self._seeds, [*self._gradients, *self._gradients.values()], sizes, self._seed)
            deadline = self._start + SHARE * self._limit
            setting = proof.Setting(sizes, frozenset(trial.fixed), self._convention, deadline)
            slopes = Slopes(trial, self._gradients, setting, self._name)
            self._look(trial, slopes, FIRST if first is None else 1)
            if first is not None:  # a second choice of sizes, so that no number passes for a size
                if not first[1].wrong:
                    self._fail(trial, slopes)
                break
            if slopes.seen:
                first = trial, slopes, setting
            why = why or f"no point was found where the objective has a derivative, in {ATTEMPTS} draws"
        if first is not None:
            self._decide(*first)
        for symbol in self._gradients:
            if symbol.name not in self._results:
                self._skip(symbol, why)

    def _look(self, trial: Trial, slopes: Slopes, count: int) -> None:
        for draws, point in enumerate(trial.points(ATTEMPTS), 1):
            slopes.look(point)
            if self._late() or (slopes.seen >= count and (not slopes.undefined or draws >= FEWEST)):
                break
            if slopes.undefined:
                trial.turn()
        slopes.give_up()

    def _fail(self, trial: Trial, slopes: Slopes) -> None:
        for symbol, (counterexample, text) in slopes.wrong.items():
            failed = self._found(trial, "failed", "at a random point", text)
            self._results[symbol.name] = replace(failed, counterexample=counterexample)

    def _decide(self, trial: Trial, slopes: Slopes, setting: proof.Setting) -> None:
        self._fail(trial, slopes)
        remaining = [s for s in self._gradients if s.name not in self._results]
        assumed = conditions([*self._formulas, *self._gradients])
        methods, reason = self._prove(remaining, setting)
        for symbol, method in methods.items():
            self._results[symbol.name] = self._found(trial, "proved", method, assumed)
        remaining = [s for s in remaining if s not in methods]
        if remaining:
            slopes.only(remaining)
            self._look(trial, slopes, POINTS)
            self._fail(trial, slopes)
            late = f"the time limit of {self._limit:g} s was reached" if slopes.seen < POINTS and self._late() else ""
            method = f"{slopes.seen} random point{'s'[: slopes.seen != 1]}, {DIGITS} digits, seed {self._seed}"
            detail = "; ".join(part for part in (reason, late, assumed) if part)
            for symbol in remaining:
                if symbol.name not in self._results:
                    self._results[symbol.name] = self._found(trial, "agrees", method, detail)

    def _found(self, trial: Trial, status: Status, method: str, detail: str) -> Verification:
        return Verification(status, method, tuple(trial.sizes.items()), detail, self._functions)

    def _prove(self, symbols: Sequence[Symbol], setting: proof.Setting) -> tuple[dict[Symbol, str], str]:
        # How each gradient that could be proved was proved, and why the others were not.
        methods: dict[Symbol, str] = {}
        reason = ""
        chain = proof.Chain(self._seeds, self._adjoints, self._gradients, setting) if self._adjoints else None
        whole = self._length(setting)
        try:
            for symbol in symbols:
                symbols_ = whole if symbol.definition is None else self._length(setting, [symbol])
                answer = None
                if chain is None or symbols_ <= proof.SHORT:
                    answer = proof.directly(self._seeds, symbol, self._gradients[symbol], setting, symbols_)
                if answer:
                    methods[symbol] = "SymPy, every entry"
                elif chain is not None and chain.holds(symbol):
                    count = f"{chain.count} definition{'s'[: chain.count != 1]}"
                    methods[symbol] = f"SymPy, every entry, definition by definition ({count})"
                else:
                    reason = "too long to write out" if answer is None and chain is None else "no exact proof found"
        except OutOfTime:
            reason = f"no exact proof within {SHARE * self._limit:.3g} s"
        return methods, reason

    def _length(self, setting: proof.Setting, cut: Sequence[Symbol] = ()) -> int:
        try:
            return proof.length(self._formulas, setting, cut)
        except (TooLarge, UnsupportedError):
            return proof.LONGEST + 1


class Slopes:
    """Holds gradients against the objective's measured slopes, a point at a time."""

    def __init__(self, trial: Trial, gradients: Mapping[Symbol, Node], setting: proof.Setting, name: str) -> None:
        self._trial = trial
        self._gradients = dict(gradients)
        self._setting = setting
        self._name = name
        self.seen = 0
        self.wrong: dict[Symbol, Wrong] = {}
        self.undefined: dict[Symbol, Point] = {}
        self._defined: set[Symbol] = set()

    def only(self, symbols: Iterable[Symbol]) -> None:
        """Look at these alone from now on."""
        self._gradients = {s: self._gradients[s] for s in symbols}

    def look(self, point: Point) -> None:
        """Compare at `point`; what is wrong is noted in `wrong`. A point without a slope does not count.

        A formula that is not real there is noted in `undefined`, unless it was real at an earlier point.
        """
        left = {s: g for s, g in self._gradients.items() if s not in self.wrong}
        claims = dict(zip(left, self._trial.at(list(left.values()), point), strict=True))
        real = [s for s in left if self._trial.finite(claims[s])]
        # Inputs move all at once; an intermediate, cut from its definition, moves alone.
        together = [s for s in real if s.definition is None]
        for group in [together] * bool(together) + [[s] for s in real if s.definition is not None]:
            if not self._search(point, group, claims):
                return
        self.seen += 1
        self._defined.update(real)
        for symbol in left:
            if symbol in self._defined:
                self.undefined.pop(symbol, None)
            else:
                self.undefined[symbol] = point

    def give_up(self) -> None:
        """Formulas that were real at no point are wrong."""
        for symbol, point in self.undefined.items():
            words = f"the formula for d{self._name}/d{symbol.name} is not a real number"
            nan = float("nan")
            found = Counterexample((0, 0), nan, nan, plain(point))
            self.wrong[symbol] = (found, f"{words}, {_place(found, self._trial)}")
        self.undefined.clear()

    def _search(self, point: Point, group: Sequence[Symbol], claims: Mapping[Symbol, Rows]) -> bool:
        # False if there is no slope here. What is wrong is found by halving the group.
        agrees = self._compare(point, group, claims)
        if agrees is None:
            return False
        if not agrees and len(group) == 1:
            self._find(point, group[0], claims[group[0]])
        elif not agrees:
            middle = len(group) // 2
            self._search(point, group[:middle], claims)
            self._search(point, group[middle:], claims)
        return True

    def _compare(self, point: Point, group: Sequence[Symbol], claims: Mapping[Symbol, Rows]) -> bool | None:
        trial = self._trial
        moves: dict[Symbol, Rows] = {}
        claimed = size = trial.field.mp.mpf(0)
        inside = True
        for symbol in group:
            ways = self._setting.ways(symbol)
            moves[symbol], speeds = trial.move(trial.shape(symbol), ways)
            for way, speed in zip(ways, speeds, strict=True):
                term = speed * self._read(way, claims[symbol])
                claimed, size = claimed + term, size + abs(term)
            inside = inside and all(
                trial.same(trial.field.mp.mpf(0), x, abs(claims[symbol][i][j]))
                for i, j, x in proof.outside(self._setting.convention, symbol, ways, claims[symbol])
            )
        measured = trial.slope(point, moves)
        if measured is None:
            return None
        return inside and trial.same(measured, claimed, size)

    def _read(self, way: Direction, gradient: Rows) -> Any:
        return proof.reading(self._setting.convention, way, gradient)

    def _find(self, point: Point, symbol: Symbol, gradient: Rows) -> None:
        # The first entry that is wrong, and by how much. Entries that do not move must be zero.
        trial = self._trial
        rows, columns = trial.shape(symbol)
        projected = self._setting.convention == "projected"
        right: dict[tuple[int, int], Any] = {}
        for way in self._setting.ways(symbol):
            move = [[trial.field.mp.mpf(0)] * columns for _ in range(rows)]
            for i, j, c in way:
                move[i][j] = trial.field.mp.mpf(c)
            slope = trial.slope(point, {symbol: move})
            for i, j, c in way:
                right[i, j] = None if slope is None else c * slope / (len(way) if projected else 1)
        for i in range(rows):
            for j in range(columns):
                expected, claimed = right.get((i, j), trial.field.mp.mpf(0)), gradient[i][j]
                if expected is not None and not trial.same(expected, claimed, abs(claimed)):
                    self._note(symbol, point, (i, j), expected, claimed)
                    return

    def _note(self, symbol: Symbol, point: Point, entry: tuple[int, int], measured: Any, claimed: Any) -> None:
        trial = self._trial
        found = Counterexample(entry, float(measured), float(claimed), plain(point))
        what = structure(symbol)
        tied = f" ({symbol.name} {what}, {self._setting.convention})" if what else ""
        name = f"d{self._name}/d{symbol.name}{'' if symbol.is_scalar else _at(*entry)}{tied}"
        values = f"{name} is {trial.shown(measured)}, the formula gives {trial.shown(claimed)}"
        self.wrong[symbol] = (found, f"{values}, {_place(found, trial)}")


def _at(i: int, j: int) -> str:
    return f"[{i + 1},{j + 1}]"


def plain(point: Point) -> tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]:
    """The point in floats, by name."""
    return tuple((s.name, tuple(tuple(float(x) for x in row) for row in rows)) for s, rows in point.items())


def _place(found: Counterexample, trial: Trial) -> str:
    # The inputs in MATLAB's brackets, as many as can be read, and what unknown functions were.
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


# ---------------------------------------------------------------------------------------------------------------- equal


def compare(a: Node, b: Node, time_limit: float, seed: int) -> Verification:
    """Are two expressions of one shape the same function of their symbols?"""
    start = time.monotonic()
    functions = unknown_functions([a, b])
    first: Verification | None = None
    why = f"no point was found where both are real, in {ATTEMPTS} draws"
    for sizes in choices([a, b]):
        cost = work([a, b], sizes)
        if cost > LARGEST:
            why = "the sizes are too large to evaluate in many digits"
            continue
        if first is not None and cost > CHEAP:
            break
        again = first is not None  # a second choice of sizes, so that no number passes for a size
        trial = Trial([(a, a), (b, b)], [], sizes, seed)
        base = Verification("agrees", "", tuple(sizes.items()), conditions([a, b]), functions)
        setting = proof.Setting(sizes, frozenset(trial.fixed), "free", start + SHARE * time_limit)
        for seen, point in enumerate(trial.points(ATTEMPTS), 1):
            wrong = _difference(trial, a, b, point)
            if wrong is not None:
                return replace(base, status="failed", detail=wrong[1], counterexample=wrong[0])
            if again:
                break
            first = replace(base, method=f"{seen} random point{'s'[: seen != 1]}, {DIGITS} digits, seed {seed}")
            if seen == FIRST and _identical(a, b, setting):
                first = replace(base, status="proved", method="every entry, exact arithmetic")
                break
            if seen == POINTS or time.monotonic() > start + time_limit:
                break
        if again:
            break
    return first or Verification("skipped", detail=why)


def _difference(trial: Trial, a: Node, b: Node, point: Point) -> Wrong | None:
    one, two = trial.at([a, b], point)
    for i, rows in enumerate(zip(one, two, strict=True)):
        for j, (x, y) in enumerate(zip(*rows, strict=True)):
            if not trial.same(x, y, abs(y)):
                found = Counterexample((i, j), float(x), float(y), plain(point))
                at = f"entry {_at(i, j)}: " if len(one) * len(one[0]) > 1 else ""
                return found, f"{at}{trial.shown(x)} and {trial.shown(y)}, {_place(found, trial)}"
    return None


def _identical(a: Node, b: Node, setting: proof.Setting) -> bool:
    for exponentials in (False, True):
        ring = Ring(setting.deadline, exponentials=exponentials)
        try:
            env = {s: proof.ring_rows(ring, s, setting) for s in inputs([a, b])}
            one, two = entries([a, b], env, ring, setting.sizes)
            rows = zip(one, two, strict=True)
            if all(ring.is_zero(x - y) for row in rows for x, y in zip(*row, strict=True)):
                return True
        except (TooLarge, Degenerate):
            continue
        except OutOfTime:
            return False
    return False
