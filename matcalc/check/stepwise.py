"""A reader's derivation, judged formula by formula: each against the one before it, and against the truth.

A line of differentials is a linear map of the increments of what varies; it is right if it is the same map. A line that
is wrong becomes a claim, and later lines that hold in a world with that claim follow from it: a mistake counts once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from matcalc import operators as ops
from matcalc.check.claims import Claim
from matcalc.check.equations import holds_at_zero
from matcalc.check.sides import (
    DELTA,
    EQUATION,
    SCHEMATIC,
    SECOND,
    STRUCTURED,
    WRONG_EQUATION,
    JudgedStep,
    Left,
    varies,
)
from matcalc.check.step_names import StepNames
from matcalc.check.texts import StatedChain
from matcalc.check.worlds import Claimed, Increments, World, put_in, squared, turned
from matcalc.errors import MatcalcError, ShapeError, UnknownNameError
from matcalc.expr import Node, Number, Symbol, Term, definitions, postorder, replace
from matcalc.operators import d, hadamard, minus, number, reciprocal, scale, stacked, zeros
from matcalc.syntax.expression import WrittenExpression
from matcalc.syntax.increments import increment

LIKE_DELTA = re.compile(r"(?:delta|Delta|[dgG])(?:_?\w{1,2})?")
"""What gradients by intermediates are called."""
FACTORS = (2, Fraction(1, 2), -1, -2, Fraction(-1, 2))
"""A name that is one of these times a gradient is a residual; what is made of it lacks the factor."""


@dataclass
class Stepwise(StepNames):
    """The run over one derivation; `steps` are its formulas in order."""

    square: Stepwise | None = None
    """The run among square matrices, where something does not conform."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.blamed: list[JudgedStep] = []
        self.solving = False
        self.undefined: dict[str, JudgedStep] = {}
        self.doubtful: list[tuple[Symbol, JudgedStep, Node]] = []

    def run(self) -> list[JudgedStep]:
        """All formulas, judged."""
        for statement in self.written.statements:
            if statement not in self.begun:
                self.statement(statement)
        self.steps.sort(key=lambda step: step.claim.start)
        self.doubts()
        return self.steps

    # --------------------------------------------------------------------------------------------------------- judging

    def statement(self, statement: StatedChain) -> None:
        self.begun.add(statement)
        try:
            left = self.left(statement)
        except MatcalcError as error:
            detail = self._not_judged(statement.left, error)
            for claim in statement.rights:
                says = SCHEMATIC if self.schematic(claim) else detail
                status = "skipped" if says else "unreadable"
                self.steps.append(JudgedStep(claim, status, error=error, detail=says))
            return
        steps: list[JudgedStep] = []
        for claim in statement.rights:
            step = self._read(claim, left)
            if not step.status and left.name and not any(s.status == "defines" for s in steps):
                left = self._define(left, step)
            elif not step.status and len(steps) == 0:
                left = self._as_code(left, step) or left
            step.left = left
            steps.append(step)
        self.steps += steps
        read = [step for step in steps if step.raw is not None]
        world = self.world()
        nodes = [world.meant(step.raw) for step in read if step.raw is not None]
        if left.raw is not None:
            nodes.insert(0, world.meant(left.raw))
        for step in steps if left.by is None else ():
            nodes += [d(s) for s in self.increments(step.claim)] if step.raw is None else []
        varying = frozenset([left.by]) if left.by is not None else world.varying(nodes, self.asked(statement))
        before: JudgedStep | None = None
        for step in steps:
            step.varying, step.stated = varying, statement.left.strip()
        for step in read:
            if step.status != "defines":
                self._judge(step, left, before)
            if step.status in ("right", "wrong", "follows", "defines"):
                before = step

    def _not_judged(self, left: str, error: MatcalcError) -> str:
        """Why nothing is said of what has this left side; "" if it could not be read."""
        if SECOND.match(left.strip()):
            return "second differentials are not checked"
        names = self.quotient(error)
        return f"d{names[0]}/d{names[1]} has no single matrix form; its differential has" if names else ""

    def _read(self, claim: Claim, left: Left) -> JudgedStep:
        formulas = self.written.formulas
        for name, source in self.undefined.items():
            plain = re.sub(r"[{}_\\]", "", formulas[claim.start : claim.end])
            if re.search(rf"(?<![^\W_]){re.escape(name.replace('_', ''))}(?!\w)", plain):
                return JudgedStep(claim, "follows", source=source)
        shape = None if left.name or left.stacked else left.by.shape if left.by is not None else None
        if shape is not None and left.turned:
            shape = shape[::-1]
        if left.raw is not None:
            shape = None if _is_zero(left.raw) else left.raw.shape
        if left.by is not None and left.of is not None and not left.of.is_scalar:
            shape = None
        written: WrittenExpression | None = None
        try:
            written = self.names.written(formulas, claim, left.letters)
            read = self.names.read(formulas, claim, shape, left.letters)
        except ShapeError as error:
            if self.schematic(claim):
                return JudgedStep(claim, "skipped", error=error, detail=SCHEMATIC)
            step = JudgedStep(claim, "wrong", written=written, error=error)
            with suppress(MatcalcError):  # it conforms, and is of another shape
                step.read = written.read() if written is not None else None
            if left.name:
                self.undefined.setdefault(left.name, step)
            return step
        except MatcalcError as error:
            if isinstance(error, UnknownNameError) and (
                self.explained(error.text) or self.explained(error.text.removeprefix("d"))
            ):
                return self._read(claim, left)
            detail = SCHEMATIC if self.schematic(claim) else self._not_judged("", error)
            return JudgedStep(claim, "skipped" if detail else "unreadable", error=error, detail=detail)
        if self.schematic(claim) and not isinstance(read.node, Symbol):
            return JudgedStep(claim, "skipped", read=read, detail=SCHEMATIC)
        return JudgedStep(claim, raw=read.node, read=read, written=written)

    def _define(self, left: Left, step: JudgedStep) -> Left:
        """What the first formula of a chain defines, if its left side is a new name."""
        assert step.raw is not None
        symbol = Symbol(left.name, step.raw.shape, (), step.raw)
        self.names.own[left.name] = symbol
        step.status, step.name = "defines", left.name
        world, conventional = self.world(), self.delta(left.name, symbol.shape)
        product = isinstance(step.raw, Term) and step.raw.op is ops.HADAMARD
        others = self.arguments() if conventional is None and (product or LIKE_DELTA.fullmatch(left.name)) else []
        for by in (by for by in others if by.shape == symbol.shape and by is not symbol):
            with suppress(MatcalcError):
                self.doubtful.append((symbol, step, world.derivative(self.program.objective, by)))
        if conventional is not None:
            with suppress(MatcalcError):
                target = Increments(world, ()).put_in(world.meant(conventional))
                if self.judge.same(target, Increments(world, ()).put_in(world.meant(step.raw))):
                    step.status = "right"
                else:
                    self.doubtful.append((symbol, step, target))
        return Left(symbol, letters=left.letters)

    def doubts(self) -> None:
        """What is used as a gradient and is not that gradient is wrong, unless what it is used for is right.

        A delta is known by its name and where it is; another name by what it is used for.
        """
        wrong: dict[Node, Node] = {}
        first: JudgedStep | None = None
        for symbol, step, target in self.doubtful:
            at = self.steps.index(step)
            users = [s for s in self.steps[at + 1 :] if s.raw is not None and symbol in definitions(s.raw)]
            users = [s for s in users if s.status in ("right", "wrong", "follows")]
            if symbol in wrong or any(user.status == "right" for user in users):
                continue
            mended = [user for user in users if self._right_with(user, {**wrong, symbol: target})]
            named = DELTA.fullmatch(symbol.name)
            known = named is not None and any(z + named[1] in self.world().known() for z in "zZ")
            if not mended and not known:
                continue
            assert step.raw is not None
            meant = put_in(self.world().meant(step.raw), wrong)
            value = Increments(self.world(), ()).put_in(meant)
            if not known and any(self.judge.same(target, scale(number(c), value)) for c in FACTORS):
                continue
            step.before = target
            if first is not None and self.judge.same(target, value):
                step.status, step.source = "follows", first
            else:
                step.status, first = "wrong", first or step
            wrong[symbol] = target
            for user in users:
                if user.status == "wrong" and user in mended:
                    user.status, user.source = "follows", step.source or step

    def _right_with(self, user: JudgedStep, values: Mapping[Node, Node]) -> bool:
        """Whether a formula is right for other values of the names in it."""
        if user.raw is None or user.left is None:
            return False
        world = self.world()
        try:
            found = put_in(self.resolved(user, world), values)
            return bool(self.judge.same(self.value(user.left, world, user.varying), found))
        except MatcalcError:
            return False

    def _as_code(self, left: Left, step: JudgedStep) -> Left | None:
        """dZ = A - Y, without any d on its right: the gradient by Z, as programs call it."""
        raw, world = left.raw, self.world()
        if raw is None or step.raw is None or not isinstance(raw, Symbol):
            return None
        of = world.known().get(raw.name.removeprefix(increment("")))
        if of is None or of.is_scalar or raw.name in world.known() or varies(step.raw):
            return None
        if isinstance(step.raw, Term) and step.raw.op is ops.ZEROS:
            return None
        self.names.own[f"d{of.name}"] = Symbol(f"d{of.name}", step.raw.shape, (), step.raw)
        return Left(None, self.program.objective, of)

    def value(self, left: Left, world: World, varying: frozenset[Symbol]) -> Node:
        """What a left side is in a world."""
        if left.by is None or left.of is None:
            assert left.raw is not None
            return Increments(world, varying).put_in(world.meant(left.raw))
        found = world.derivative(left.of, left.by)
        if left.stacked:
            found = stacked(found)
        return turned(found) if left.turned else found

    def resolved(self, step: JudgedStep, world: World, varying: frozenset[Symbol] | None = None) -> Node:
        """What a formula is in a world."""
        assert step.raw is not None
        varying = step.varying if varying is None else varying
        return Increments(world, varying).put_in(world.meant(step.raw))

    def _judge(self, step: JudgedStep, left: Left, before: JudgedStep | None) -> None:
        world = self.world()
        try:
            same, truth, found = self._compared(step, left, before, step.varying)
            if same is False and any(s.definition is not None for s in step.varying):
                # Where a name is no part of the objective as it is written, all inputs below it vary instead.
                inputs = {s for name in step.varying for s in world.below(name) if s.definition is None}
                held = {s for s in inputs if "constant" in s.attributes}
                same = self._compared(step, left, before, frozenset(inputs - held))[0] or same
            step.before = truth
            if same is None:
                step.status, step.detail = "skipped", self._why(truth, found)
            elif same:
                step.status = "right"
            elif status := self._solves(left, truth, found):
                step.status, step.detail = status, WRONG_EQUATION if status == "wrong" else EQUATION
            else:
                self._blame(step, left, before, found)
        except MatcalcError as error:
            step.status, step.error, step.detail = "skipped", error, error.message

    def _solves(self, left: Left, truth: Node, found: Node) -> str:
        """The status of a formula that sets a gradient to zero, or of an equation that may follow; "" for another."""
        if left.by is not None:
            self.solving = self.solving or _is_zero(found)
            return "skipped" if _is_zero(found) else ""
        world, objective = self.world(), self.program.objective
        if left.raw is None or world.meant(left.raw).varies:
            return ""
        stated = (s.left.by for s in reversed(self.steps) if s.left and s.left.of is objective and s.left.by)
        by = left.raw if left.raw in self.program.inputs else next(stated, None)
        solving = self.solving or left.raw is by
        truth = zeros(*found.shape) if _is_zero(truth) else truth
        if isinstance(by, Symbol) and truth.shape == found.shape:
            gradient = world.derivative(objective, by)
            with suppress(MatcalcError, ArithmeticError, ValueError, KeyError):
                holds = holds_at_zero(gradient, by, truth, found, self.judge.seed)
                if holds is None and truth.shape == gradient.shape:
                    multiples = [scale(number(c), gradient) for c in (1, *FACTORS)]
                    holds = any(self.judge.same(minus(truth, found), node) for node in multiples) or None
                self.solving = self.solving or bool(holds)
                if holds is not None and (holds or solving):
                    return "right" if holds else "wrong"
        return "skipped" if solving else ""

    def _compared(
        self, step: JudgedStep, left: Left, before: JudgedStep | None, varying: frozenset[Symbol]
    ) -> tuple[bool | None, Node, Node]:
        """Whether a formula is what it should be, that, and what it is."""
        world = self.world()
        found = self.resolved(step, world, varying)
        if before is not None and before.status == "defines":
            truth = self.resolved(before, world, varying)
        else:
            truth = self.value(left, world, varying)
        return self._same(truth, found, left), truth, found

    def _same(self, truth: Node, found: Node, left: Left) -> bool | None:
        same = self.judge.same(truth, found)
        if same is False and left.by is not None and left.of is not None:
            if not left.of.is_scalar:  # a Jacobian in the other layout
                return self.judge.same(turned(truth), found)
            if left.by.attributes & STRUCTURED and left.of is not None:
                free = self.world().free(left.of, left.by)
                return free is not None and self.judge.same(free, found)
        return same

    def _why(self, a: Node, b: Node) -> str:
        return str(self.judge.verdict(a, b).detail) if a.shape == b.shape else ""

    def _blame(self, step: JudgedStep, left: Left, before: JudgedStep | None, found: Node) -> None:
        """A formula that is not what it should be: it follows from another wrong one, or is wrong itself."""
        source = before if before is not None and before.status in ("wrong", "follows") else None
        if source is not None and source.raw is not None:
            step.before = self.resolved(source, self.world())
            if self.judge.same(step.before, found):
                step.status, step.source = "follows", source.source or source
                return
        if self.claims and self._follows(step, left, found):
            step.status, step.source = "follows", self.blamed[-1]
            return
        step.status = "wrong"
        self._claim(step, left)

    def _follows(self, step: JudgedStep, left: Left, found: Node) -> bool:
        world = self.world(claimed=True)
        truth = self.value(left, world, step.varying)
        if truth.shape != found.shape:
            return False
        return bool(self.judge.same(truth, found) or self.judge.same(truth, self.resolved(step, world)))

    def _claim(self, step: JudgedStep, left: Left) -> None:
        """What a wrong formula says, for those that follow from it."""
        assert step.raw is not None
        node = self.world().meant(step.raw)
        if left.by is not None and left.of is not None:
            node = turned(node) if left.turned else node
            if not left.stacked:
                self.claims.append(Claimed(left.of, node, left.by))
                self.blamed.append(step)
            return
        assert left.raw is not None
        raw = self.world().meant(left.raw)
        under = {n for n in postorder(raw) if isinstance(n, Term) and n.op is ops.D}
        if not under and isinstance(raw, Symbol):  # J = …
            about: Node = raw
            node = d(node)
        elif len(under) == 1:
            (of,) = under
            about = of.args[0]
            if raw is not of:  # 2 J dJ = …
                if not raw.is_scalar or not of.is_scalar:
                    return
                node = hadamard(reciprocal(replace(raw, {of: number(1)})), node)
        else:
            return
        while (
            isinstance(about, Symbol) and about is not self.program.objective and isinstance(about.definition, Symbol)
        ):
            about = about.definition
        self.claims = [claim for claim in self.claims if claim.of is not about]
        self.claims.append(Claimed(about, node))
        self.blamed.append(step)


def _is_zero(node: Node) -> bool:
    return (isinstance(node, Term) and node.op is ops.ZEROS) or (isinstance(node, Number) and not node.value)


def judged_steps(run: Stepwise) -> list[JudgedStep]:
    """The formulas of a derivation, judged.

    What follows from a line that does not conform is found out where everything does: among square matrices.
    """
    steps = run.run()
    if not any(isinstance(step.error, ShapeError) for step in steps):
        return steps
    run.square = Stepwise(squared(run.program), run.written, run.judge)
    square = run.square.run()
    first = next((n for n, step in enumerate(steps) if step.status == "wrong"), len(steps))
    for n in range(first + 1, len(steps)):
        other = square[n]
        nonconforming = isinstance(steps[n].error, ShapeError)
        follows = other.status == "follows" or (other.status in ("right", "defines") and nonconforming)
        if steps[n].status == "wrong" and follows:
            at = next((m for m in range(n) if square[m] is other.source), first)
            steps[n].status, steps[n].source = "follows", steps[at]
    return steps
