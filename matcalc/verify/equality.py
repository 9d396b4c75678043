"""Are two formulas the same function? First compared at points that respect structure and domains, then exactly."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from matcalc.errors import UnsupportedError
from matcalc.expr import Node
from matcalc.meaning import check_meanings, unwritten
from matcalc.meaning.protocol import OutOfTime
from matcalc.prose import joined
from matcalc.verify import proof
from matcalc.verify.crossings import Crossings
from matcalc.verify.every_size import equal
from matcalc.verify.judge import FIRST, POINTS, nowhere
from matcalc.verify.kinks import Kinks, SwitchSide, changes_over
from matcalc.verify.points import DIGITS, EXPONENTS, Clock, Point, Trial, unknown_functions
from matcalc.verify.result import AGREES, Counterexample, Verification
from matcalc.verify.slopes import Wrong, at_entry, place, plain
from matcalc.verify.trial_sizes import AGAIN, Choices, conditions


class Pair:
    """Two expressions of one shape, of which it is asked whether they are the same function of their symbols."""

    def __init__(self, a: Node, b: Node, time_limit: float, seed: int) -> None:
        check_meanings([a, b])
        self._a = a
        self._b = b
        self._seed = seed
        self._clock = Clock(time_limit)
        self._wide = changes_over([a, b])
        self._assumed = conditions([a, b])
        self._functions = unknown_functions([a, b])

    def judge(self) -> Verification:
        """The finding."""
        first: Verification | None = None
        again = 0
        choices = Choices([self._a, self._b], self._clock)
        for sizes in choices:
            trial = self._trial(sizes)
            try:
                # Other sizes show whether a number was right only because it equals a size.
                found = self._agree(trial) if first is None else self._compared(trial)
                if first is None and found and found.ok and trial.fixed:
                    found = self._turned(trial, found)
            except UnsupportedError as error:
                choices.refuse(error.message)
                continue
            except OutOfTime:
                choices.refuse(self._clock.over)
                break
            if found is None:
                choices.refuse(self._clock.over if self._clock.late else nowhere(trial))
            elif not found.ok:
                return found
            elif first is None:
                first = found
                choices.served = True
            else:
                again += 1
                if again == AGAIN:
                    break
        if first is not None and first.method and equal(self._a, self._b):
            return replace(first, status="proved", every_size=True)
        return first or Verification("skipped", detail=choices.why)

    def _trial(self, sizes: Mapping[str, int], turn: int = 0) -> Trial:
        seeds = [(self._a, self._a), (self._b, self._b)]
        return Trial(seeds, [], sizes, self._seed, wide=self._wide, clock=self._clock, turn=turn)

    def _finding(self, trial: Trial) -> Verification:
        return Verification("agrees", "", tuple(trial.sizes.items()), self._assumed, self._functions)

    def _compared(self, trial: Trial, before: Verification | None = None) -> Verification | None:
        # The finding at one more point; `before` if nothing is wrong there or no point is found.
        for point in trial.points():
            return self._wrong(trial, point) or before or self._finding(trial)
        return before

    def _turned(self, first: Trial, found: Verification) -> Verification:
        # A formula that is right for one exponent of a matrix is tried with others.
        for turn in range(1, len(EXPONENTS)):
            try:
                found = self._compared(self._trial(first.sizes, turn), found) or found
            except UnsupportedError:
                continue
            if not found.ok:
                break
        return found

    def _wrong(self, trial: Trial, point: Point) -> Verification | None:
        wrong = difference(trial, self._a, self._b, point)
        if wrong is None:
            return None
        return replace(self._finding(trial), status="failed", detail=wrong[1], counterexample=wrong[0])

    def _agree(self, trial: Trial) -> Verification | None:
        # The finding at many points, unless a proof is found after the first few.
        kinks = Kinks([self._a, self._b])
        cells: set[frozenset[SwitchSide]] = set()
        setting = proof.Setting(trial.sizes, trial.fixed, "free", self._clock.proof)
        seen = 0
        reason = ""
        with suppress(OutOfTime):
            for point in trial.points():
                wrong = self._wrong(trial, point)
                if wrong is not None:
                    return wrong
                seen += 1
                trial.looked()
                cells.add(kinks.sides(trial, point))
                if seen == FIRST:
                    if proof.identical(self._a, self._b, setting):
                        return replace(self._finding(trial), status="proved", method="every entry, exact arithmetic")
                    if time.monotonic() > setting.deadline:
                        reason = self._clock.unproved
                if seen >= POINTS or self._clock.late:
                    break
        if not seen:
            return None
        if seen < POINTS and self._clock.late:
            reason = reason or self._clock.over
        beside = 0
        crossings = Crossings(trial, kinks, self._seed, self._clock.end)
        with suppress(OutOfTime):
            for point in crossings.points() if kinks else ():
                wrong = self._wrong(trial, point)
                if wrong is not None:
                    return wrong
                cells.add(kinks.sides(trial, point))
                beside += 1
        if crossings.late:
            reason = reason or self._clock.over
        reached, why = crossings.reached(cells, beside)
        said = (unwritten([self._a, self._b]), reason, why, self._assumed)
        detail = joined("; ", filter(None, said))
        method = f"{AGREES} {DIGITS} digits at {seen} random point{'s'[: seen != 1]}, seed {self._seed}"
        found = replace(self._finding(trial), method=method, detail=detail)
        return replace(found, status="skipped") if crossings.late or not reached else found


def difference(trial: Trial, a: Node, b: Node, point: Point) -> Wrong | None:
    """Where two formulas differ at a point, if they do; a difference that more digits do not confirm is rounding."""
    one, two = trial.at([a, b], point)
    different = [
        (i, j)
        for i, rows in enumerate(zip(one, two, strict=True))
        for j, (x, y) in enumerate(zip(*rows, strict=True))
        if not trial.same(x, y, abs(y))
    ]
    for finer in trial.finer() if different else ():
        before = one, two
        one, two = finer.at([a, b], finer.taken(point))
        pairs = [(old[i][j], new[i][j]) for i, j in different for old, new in zip(before, (one, two), strict=True)]
        different = [(i, j) for i, j in different if not finer.same(one[i][j], two[i][j], abs(two[i][j]))]
        if finer.finite(one, two) and all(finer.near(x, y, abs(y)) for x, y in pairs):
            break
    else:
        return None
    for i, j in different[:1]:
        x, y = one[i][j], two[i][j]
        found = Counterexample((i, j), float(x), float(y), plain(point))
        at = f"entry {at_entry(i, j)}: " if len(one) * len(one[0]) > 1 else ""
        return found, f"{at}{trial.shown(x)} and {trial.shown(y)}, {place(found, trial)}"
    return None
