"""The left sides of a derivation and the names in it: what is defined, and what each gradient is of and by."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field

from matcalc import operators as ops
from matcalc.check.claims import Claim
from matcalc.check.formulas import ReaderNames, side_of
from matcalc.check.judged import Judge
from matcalc.check.sides import ALIASES, DELTA, NAMED, SECOND, JudgedStep, Left, is_schematic
from matcalc.check.texts import StatedChain, WrittenDerivation
from matcalc.check.worlds import Claimed, World
from matcalc.errors import MatcalcError, ParseError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Shape, Symbol, Term, dims, postorder
from matcalc.syntax.increments import increment
from matcalc.syntax.program import Program
from matcalc.syntax.reader import CONSTANTS
from matcalc.syntax.source import Source

ARGUMENT = re.compile(r"[zZ]_?(\d*)")
"""What is called so is what a function is applied to, if nothing else is said of it."""
_ROWWISE = (ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS, ops.LOG_SOFTMAX_ROWS, ops.LOG_SOFTMAX_COLUMNS)


def _is_applied(term: Term) -> bool:
    """Whether a term is a function of all entries of a formula."""
    return (bool(term.op.function) or term.op in _ROWWISE) and len(term.args) == 1 and isinstance(term.args[0], Term)


@dataclass
class StepNames(ABC):
    """What is read of one derivation; `steps` are its formulas, those that were read so far."""

    program: Program
    written: WrittenDerivation
    judge: Judge
    steps: list[JudgedStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = ReaderNames(self.program, [], increments=True)
        self.sizes = {*dims(*self.program.names.values())}
        self.begun: set[StatedChain] = set()
        self.claims: list[Claimed] = []

    @abstractmethod
    def statement(self, statement: StatedChain) -> None:
        """Reads and judges one chain; what it defines is known afterwards."""

    def world(self, claimed: bool = False) -> World:
        """The program as it is, or as the reader has it."""
        return World(self.program, tuple(self.claims) if claimed else (), {**self.names.derived(), **self.names.own})

    def left(self, statement: StatedChain) -> Left:
        """Raises MatcalcError if it cannot be read."""
        if SECOND.match(statement.left.strip()):
            raise UnsupportedError("second differentials are not checked")
        known = {**self.program.names, **self.names.own}
        side = side_of(statement.left, known)
        place = Claim("", statement.start, statement.start, statement.start, statement.end)
        if side.slope:
            by = known.get(side.by) or self.names.derived().get(side.by) if side.by else self._unsaid(statement)
            if by is not None:
                return Left(
                    None, self._of(place) or self.program.objective, by, side.letters, side.turned, side.stacked
                )
            if self.explained(side.by):
                return self.left(statement)
        stem = side.name.partition("_")[0]
        if side.letters and stem in known:
            return Left(known[stem], letters=side.letters)
        if side.name not in known and side.name in (self.sizes | CONSTANTS.keys()):  # e = X w - y, d = a - y
            return Left(name=side.name)
        try:
            raw = self.names.read(self.written.formulas, place).node
        except UnknownNameError as error:
            name = side.name if NAMED.fullmatch(side.name) else ""
            if self._alias(name) if name == error.text else self.explained(error.text):
                return self.left(statement)
            varied = (name or error.text).removeprefix("d")
            if varied != name and self.explained(varied):
                return self.left(statement)
            if name and not side.slope:
                return Left(name=stem if side.letters else name, letters=side.letters)
            raise
        if isinstance(raw, Symbol) and raw.name in self.names.derived().keys() - known.keys():
            return Left(name=raw.name)
        if isinstance(raw, Symbol) and "/" in raw.name:
            of, by = (self._named(n) for n in raw.name.removeprefix(increment("")).split(f"/{increment('')}"))
            return Left(None, of, by)
        return Left(raw)

    def _unsaid(self, statement: StatedChain) -> Symbol:
        """The name by which ∇J is a gradient: the one that varied last, or the only one that the formula can be about.

        Raises ParseError if that is not clear.
        """
        for step in reversed(self.steps):
            if len(step.varying) == 1:
                return next(iter(step.varying))
        known = self.world().known()
        sides = [side_of(other.left, known) for other in self.written.statements]
        stated = {known[side.by] for side in sides if side.slope and side.by in known}
        if len(stated) == 1:
            return stated.pop()
        with suppress(MatcalcError):
            found = self.names.read(self.written.formulas, statement.rights[0]).node
            inputs = [s for s in self.program.inputs if s.shape == found.shape and "constant" not in s.attributes]
            if len(inputs) == 1:
                return inputs[0]
            world = self.world()
            for by in inputs:
                if self.judge.same(world.derivative(self.program.objective, by), world.meant(found)):
                    return by
        source, left = Source(self.written.formulas), statement.left.strip()
        message = f"{left} does not say by what is differentiated"
        raise source.error(ParseError, message, statement.start, statement.end, hint="write ∇_w J, or dJ/dw")

    def _of(self, place: Claim) -> Symbol | None:
        """What is differentiated in dL/dW, where that is no objective."""
        try:
            raw = self.names.read(self.written.formulas, place).node
        except MatcalcError as error:
            if self.quotient(error):
                raise
            return None
        if isinstance(raw, Symbol) and "/" in raw.name:
            return self._named(raw.name.removeprefix(increment("")).partition("/")[0])
        return None

    def _named(self, name: str) -> Symbol:
        return self.world().known()[name]

    def explained(self, name: str) -> bool:
        """Whether an unknown name is known now: one that is defined further on, or another name of the objective."""
        for statement in self._defining(name):
            if statement not in self.begun and not self._is_objective(name):
                self.statement(statement)
                return name in self.names.own
        match = ARGUMENT.fullmatch(name) if not self._defining(name) else None
        if match is not None and name not in self.world().known() and (found := self.argument(match[1])) is not None:
            self.names.own[name] = Symbol(name, found.shape, (), found)
            return True
        return self._alias(name)

    def argument(self, number: str) -> Node | None:
        """What Z3 is where nothing says so: what f is applied to in A3 = f(A2 W3); without a number, in the program.

        Where no function is applied, it is the only product that has the variables: X W in ||X W - Y||^2.
        """
        program = self.program
        values = [s.definition for s in (*program.definitions, program.objective) if s.definition is not None]
        if number:
            numbered = (s for s in program.definitions if re.fullmatch(rf"[^\W\d_]+_?{number}", s.name))
            applied = [s.definition for s in numbered]
        else:
            applied = list(postorder(*values, through_definitions=True))
        found = {node.args[0] for node in applied if isinstance(node, Term) and _is_applied(node)}
        found = {node for node in found if not any(isinstance(n, Term) and _is_applied(n) for n in postorder(node))}
        if not found and not number:
            parts = [part for part in postorder(*values, through_definitions=True) if isinstance(part, Term)]
            found = {part for part in parts if part.op is ops.MATMUL and all(isinstance(a, Symbol) for a in part.args)}
        return found.pop() if len(found) == 1 else None

    def arguments(self) -> list[Symbol]:
        """What a delta may be the gradient by: intermediates, and what functions are applied to."""
        known = [s for s in self.world().known().values() if s.definition is not None]
        applied = {
            part.args[0]
            for part in postorder(*known, through_definitions=True)
            if isinstance(part, Term) and _is_applied(part)
        }
        unnamed = sorted(applied - {s.definition for s in known}, key=str)
        return [*known, *(Symbol(f"Z of {n}", node.shape, (), node) for n, node in enumerate(unnamed))]

    def _alias(self, name: str) -> bool:
        """L for an objective that has no name of its own, or is called otherwise: the only scalar that can be meant."""
        known = self.world().known()
        if name not in ALIASES or name in known or not self._is_objective(name):
            return False
        self.names.own[name] = Symbol(name, (1, 1), (), self.program.objective)
        return True

    def _defining(self, name: str) -> list[StatedChain]:
        """The statements about a name alone."""
        known = self.world().known()
        return [other for other in self.written.statements if side_of(other.left, known).name == name]

    def _is_objective(self, name: str) -> bool:
        """Whether one of the usual names of objectives means the objective, and no residual: E of E = X W - Y.

        What the text defines is the objective if it is equal to it, or if the text has no other name for that.
        """
        objective = self.program.objective
        if name not in ALIASES or not objective.is_scalar:
            return False
        named = re.search(rf"(?<![^\W\d_d])d?{re.escape(objective.name)}(?![^\W_])", self.written.formulas)
        for statement in self._defining(name):
            try:
                node = self.world().meant(self.names.read(self.written.formulas, statement.rights[0]).node)
                if not node.is_scalar or (named and not self.judge.same(objective, node)):
                    return False
            except MatcalcError:
                return not named
        return True

    def quotient(self, error: MatcalcError) -> tuple[str, str] | None:
        """The two names of dZ/dW, if that is what could not be read, and both are known."""
        name = error.message.partition(" does not occur")[0]
        of, _, by = name.removeprefix(increment("")).partition(f"/{increment('')}")
        known = self.world().known()
        return (of, by) if of in known and by in known else None

    def asked(self, statement: StatedChain) -> set[Symbol]:
        """The names whose gradients are read from a chain: those stated before the next chain, or else anywhere."""
        known = self.world().known()
        at = self.written.statements.index(statement)
        sides = [side_of(other.left, known) for other in self.written.statements]
        after: list[str] = []
        for side in sides[at + 1 :]:
            if not side.slope:
                break
            after.append(side.by)
        names = after or [side.by for side in sides if side.slope]
        return {known[name] for name in names if name in known}

    def schematic(self, claim: Claim) -> bool:
        """Whether a formula consists of derivatives alone: dL/da da/dz."""
        return is_schematic(self.written.formulas[claim.start : claim.end])

    def increments(self, claim: Claim) -> list[Symbol]:
        """The names whose increments a formula has that could not be read."""
        text = re.sub(r"\\mathrm|\\[,;:!]|[{}_]", "", self.written.formulas[claim.start : claim.end])
        known = self.world().known().values()
        return [s for s in known if re.search(rf"(?<![A-Za-z])d ?{re.escape(s.name.replace('_', ''))}(?!\w)", text)]

    def delta(self, name: str, shape: Shape | None = None) -> Node | None:
        """What delta2 is by convention: the gradient of the objective by z2."""
        delta = DELTA.fullmatch(name)
        if delta is None:
            return None
        known = {**self.names.derived(), **self.program.names}
        by = next((known[z + delta[1]] for z in "zZ" if z + delta[1] in known), None)
        if by is None and (argument := self.argument(delta[1])) is not None:
            by = Symbol(f"Z{delta[1]}", argument.shape, (), argument)
        if by is None or (shape is not None and by.shape != shape):
            return None
        return self.world().derivative(self.program.objective, by)
