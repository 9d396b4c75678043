"""The order in which gradients are tried: a few points, then proofs, then more points for those without a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import TypeAlias

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term, definitions
from matcalc.families import renamed
from matcalc.meaning import TooLarge, check_meanings, order, unwritten
from matcalc.meaning.protocol import OutOfTime
from matcalc.operators import CHOL
from matcalc.prose import joined
from matcalc.verify import proof, restated
from matcalc.verify.crossings import Crossings
from matcalc.verify.every_size import EverySize
from matcalc.verify.kinks import changes_over
from matcalc.verify.points import ATTEMPTS, DIGITS, EXPONENTS, Clock, Seeds, Trial, unknown_functions, whole_exponents
from matcalc.verify.result import AGREES, Status, Verification
from matcalc.verify.slopes import Slopes
from matcalc.verify.trial_sizes import AGAIN, Choices, conditions

POINTS = 20
"""The number of random points at which unproved formulas are tried."""
FIRST = 2
"""Points at which everything is tried end to end, before any proof."""
FEWEST = 8
"""A formula that is not real is tried at so many points, of different kinds."""

Tried: TypeAlias = tuple[Trial, Slopes, proof.Setting]


class Case:
    """Gradients of one objective (as seeds, see points.py), and the gradients claimed for its intermediates."""

    def __init__(
        self,
        seeds: Seeds,
        gradients: Mapping[Symbol, Node],
        adjoints: Mapping[Symbol, Node],
        time_limit: float,
        seed: int,
        convention: str,
        name: str,
        rewritten: Seeds | None = None,
    ) -> None:
        """`rewritten`: the objective in the names of `adjoints`, if that is another formula."""
        self._name = name
        self._clock = Clock(time_limit)
        self._seeds = seeds
        self._rewritten = seeds if rewritten is None else rewritten
        self._claimed = gradients
        gradients, self._was = _stated(seeds, gradients)
        self._restated: bool | None = None
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
            elif "orthogonal" in s.attributes and convention == "entries":
                self._skip(s, f"{s.name} is orthogonal, and has no independent entries")
            elif {"orthogonal", "symmetric"} <= s.attributes and convention == "projected":
                self._skip(s, f"{s.name} is orthogonal and symmetric, and gradients along that are not verified")
            elif s in fixed:
                self._skip(s, f"{s.name} is the exponent of a matrix, a whole number")
            else:
                self._gradients[s] = g
        self._nodes = [*self._formulas, *self._gradients, *self._gradients.values()]
        check_meanings(self._nodes)
        self._functions = unknown_functions(self._nodes)
        self._wide = changes_over(self._nodes)
        self._left_out = ""

    def _skip(self, symbol: Symbol, detail: str) -> None:
        self._results[symbol.name] = Verification("skipped", detail=detail)

    def judge(self) -> dict[str, Verification]:
        """A finding for every gradient, by name."""
        if self._gradients:
            with suppress(OutOfTime):
                self._judge()
            for symbol in self._gradients:
                if symbol.name not in self._results:
                    self._skip(symbol, self._clock.over)
            self._generalize()
        return {name: self._results[name] for name in self._order}

    def _generalize(self) -> None:
        # A proof for every size stands beside what was found out at some sizes. What is wrong there is not asked, nor
        # what has no value.
        found = self._results
        asked = [s for s in self._gradients if found[s.name].method and found[s.name].status != "failed"]
        if asked:
            rewritten = self._rewritten
            every = EverySize(self._seeds, self._gradients, rewritten, self._claimed, self._adjoints, self._convention)
            for symbol in asked:
                if every.holds(symbol, self._was[symbol]):
                    self._results[symbol.name] = replace(self._results[symbol.name], status="proved", every_size=True)

    def _judge(self) -> None:
        first: Tried | None = None
        partly: Tried | None = None
        again = 0
        choices = Choices(self._nodes, self._clock)
        for sizes in choices:
            trial, slopes, _ = tried = self._tried(sizes)
            try:
                self._look(trial, slopes, FIRST if first is None else 1)
            except UnsupportedError as error:
                choices.refuse(error.message)
                continue
            if not slopes.seen:
                self._fail(trial, slopes)  # found before the time was over
                choices.refuse(self._clock.over if self._clock.late else nowhere(trial))
            elif first is not None:  # other sizes: a number may be right only because it equals a size
                if not first[1].wrong:
                    self._fail(trial, slopes)
                partly = tried if slopes.lost and partly is None else partly
                again += 1
                if again == AGAIN or first[1].wrong or slopes.wrong:
                    break
            elif not slopes.lost:
                first = tried
                choices.served = True
            elif partly is None or len(slopes.lost) < len(partly[1].lost):
                partly = tried
        if first is not None and partly is not None:
            where = " ".join(f"{name}={size}" for name, size in partly[0].sizes.items())
            self._left_out = f"not for {where}: {next(iter(partly[1].lost.values()))}"
        first = first or partly
        if first is not None:
            for symbol, words in first[1].lost.items():
                self._skip(symbol, words)
            self._turn_exponents(first[0])
            self._decide(*first)
        for symbol in self._gradients:
            if symbol.name not in self._results:
                self._skip(symbol, choices.why)

    def _tried(self, sizes: Mapping[str, int], turn: int = 0) -> Tried:
        nodes = [*self._gradients, *self._gradients.values()]
        trial = Trial(self._seeds, nodes, sizes, self._seed, wide=self._wide, clock=self._clock, turn=turn)
        setting = proof.Setting(sizes, trial.fixed, self._convention, self._clock.proof)
        return trial, Slopes(trial, self._gradients, setting, self._name), setting

    def _turn_exponents(self, first: Trial) -> None:
        # A formula that is right for one exponent of a matrix is tried with others.
        for turn in range(1, len(EXPONENTS) if first.fixed else 0):
            trial, slopes, _ = self._tried(first.sizes, turn)
            try:
                self._look(trial, slopes, 1)
            except UnsupportedError:  # half of this number is not whole, say
                continue
            self._fail(trial, slopes)

    def _look(self, trial: Trial, slopes: Slopes, count: int) -> None:
        with suppress(OutOfTime):
            for draws, point in enumerate(trial.points(), 1):
                slopes.look(point)
                enough = slopes.seen >= count and (not slopes.undefined or draws >= FEWEST)
                if self._clock.late or enough or draws >= count + ATTEMPTS:
                    break
                if slopes.undefined:
                    trial.turn()
            slopes.give_up()

    def _fail(self, trial: Trial, slopes: Slopes) -> None:
        for symbol, (counterexample, text) in slopes.wrong.items():
            failed = self._found(trial, "failed", "at a random point", text)
            self._results.setdefault(symbol.name, replace(failed, counterexample=counterexample))

    def _decide(self, trial: Trial, slopes: Slopes, setting: proof.Setting) -> None:
        self._fail(trial, slopes)
        remaining = [s for s in self._gradients if s.name not in self._results]
        formulas = [n for pair in self._rewritten for n in pair]
        assumed = joined("; ", filter(None, (conditions([*formulas, *self._gradients]), self._left_out)))
        methods, reason = self._prove(remaining, trial, setting)
        for symbol, method in methods.items():
            self._results[symbol.name] = self._found(trial, "proved", method, assumed)
        remaining = [s for s in remaining if s not in methods]
        if remaining:
            slopes.only(remaining)
            self._look(trial, slopes, POINTS)
            random = slopes.seen
            crossings = Crossings(trial, slopes.kinks, self._seed, self._clock.end)
            crossed = False
            with suppress(OutOfTime):
                crossed = self._cross(crossings, slopes)
            self._fail(trial, slopes)
            late = self._clock.over if not crossed or (random < POINTS and self._clock.late) else ""
            method = f"{AGREES} {DIGITS} digits at {random} random point{'s'[: random != 1]}, seed {self._seed}"
            for symbol in remaining:
                if symbol.name not in self._results:
                    reached, why = crossings.reached(slopes.cells[symbol], slopes.seen - random)
                    detail = joined("; ", filter(None, (reason, late, why, assumed)))
                    status: Status = "agrees" if crossed and reached else "skipped"
                    self._results[symbol.name] = self._found(trial, status, method, detail)

    def _cross(self, crossings: Crossings, slopes: Slopes) -> bool:
        # Compares on both sides of every kink of the objective and the formulas. False if the time was over before.
        if not slopes.kinks:
            return True
        for point in crossings.points():
            slopes.look(point)
        slopes.give_up_sides()
        return not crossings.late

    def _found(self, trial: Trial, status: Status, method: str, detail: str) -> Verification:
        return Verification(status, method, tuple(trial.sizes.items()), detail, self._functions)

    def _prove(self, symbols: Sequence[Symbol], trial: Trial, setting: proof.Setting) -> tuple[dict[Symbol, str], str]:
        # How each gradient that could be proved was proved, and why the others were not.
        methods: dict[Symbol, str] = {}
        reason = ""
        chain = proof.Chain(self._rewritten, self._adjoints, self._claimed, setting) if self._adjoints else None
        whole = self._length(setting)
        try:
            for symbol in symbols:
                symbols_ = whole if symbol.definition is None else self._length(setting, [symbol])
                answer = None
                # First written out with little work, then definition by definition, then written out at any length.
                for most in (proof.LITTLE, inf) if chain is not None else (inf,):
                    if chain is None or symbols_ <= proof.SHORT:
                        answer = proof.directly(self._seeds, symbol, self._gradients[symbol], setting, symbols_, most)
                    if answer:
                        methods[symbol] = "SymPy, every entry"
                    elif chain is not None and chain.holds(self._was[symbol]) and self._is_restated(trial, setting):
                        count = f"{chain.count} definition{'s'[: chain.count != 1]}"
                        methods[symbol] = f"SymPy, every entry, definition by definition ({count})"
                    if symbol in methods:
                        break
                if symbol not in methods:
                    long = "too long to write out" if answer is None and chain is None else "no exact proof found"
                    reason = unwritten([*self._formulas, self._gradients[symbol]]) or long
        except OutOfTime:
            reason = self._clock.unproved
        return methods, reason

    def _is_restated(self, trial: Trial, setting: proof.Setting) -> bool:
        # Whether the proof by definitions is about the stated objective.
        if self._restated is None:
            variables = [s for s in self._gradients if s.definition is not None]
            self._restated = restated.same(self._seeds, self._rewritten, variables, trial, setting)
        return self._restated

    def _length(self, setting: proof.Setting, cut: Sequence[Symbol] = ()) -> int:
        try:
            return proof.length(self._formulas, setting, cut)
        except (TooLarge, UnsupportedError):
            return proof.LONGEST + 1


def _stated(seeds: Seeds, gradients: Mapping[Symbol, Node]) -> tuple[dict[Symbol, Node], dict[Symbol, Symbol]]:
    # The claims with the objective's own symbols as keys, and for each of these the symbol of the rewritten objective.
    stated = {s.name: s for s in definitions(*(node for pair in seeds for node in pair))}
    was = {stated.get(s.name, s) if s.definition is not None else s: s for s in gradients}
    known = {new.name: new for new, old in was.items() if new is not old}
    memo: dict[Node, Node] = {}
    return {new: renamed(gradients[old], known, memo) if known else gradients[old] for new, old in was.items()}, was


def nowhere(trial: Trial) -> str:
    """Why no point was found."""
    if trial.why:
        return f"{trial.why} wherever it was tried"
    nodes = [node for _, node in trial.seeds]
    chol = "; a Cholesky factor has none off the symmetric matrices" if any(map(is_chol, order(nodes))) else ""
    return f"no point was found where the objective is real and has a slope, in {ATTEMPTS} draws{chol}"


def is_chol(node: Node) -> bool:
    """True of a Cholesky factor."""
    return isinstance(node, Term) and node.op is CHOL
