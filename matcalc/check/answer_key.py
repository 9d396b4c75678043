"""A problem whose answers are checked: its gradient and the points of comparison, made once for all answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from matcalc import operators as ops
from matcalc.check.edits import Truth, derives_entries
from matcalc.check.formulas import Answer, ReaderNames, read_answer
from matcalc.check.occurrences import terms_by_place
from matcalc.check.repairs import turned
from matcalc.check.samples import EXACT, NEAR, SamplePoint, Samples, differs, inverted, inverts
from matcalc.check.subsets import Subset, subsets
from matcalc.derive import derive
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term, expand, postorder
from matcalc.meaning import order
from matcalc.options import CONVENTIONS
from matcalc.syntax.program import Program
from matcalc.verify import equal
from matcalc.verify.kinks import changes_over, kinked

FACTORS = 40
"""The most factors of the gradient that may be put in."""
EXPANDED = 12
"""The most terms that a product of sums is multiplied out to."""
DOUBTFUL = 1e-4
"""Formulas that differ by less are compared in more digits."""


class AnswerKey:
    """The gradient of a program's objective by a variable, and all that answers are held against.

    `seed` chooses the points; no verdict depends on it.
    """

    def __init__(
        self, program: Program, wrt: str, convention: str = "projected", time_limit: float = 20.0, seed: int = 0
    ) -> None:
        self.program = program
        self.convention = convention
        self.time_limit = time_limit
        self.variable = program.symbol(wrt)
        self._record = derive(program, [wrt], convention)
        self.gradient = self._record.gradient(wrt)
        self.samples = Samples([program.objective, self.gradient], seed, program.functions)
        self._special: dict[str, list[SamplePoint]] = {}

    # ------------------------------------------------------------------------------------------------------- reading

    def read(self, text: str) -> Answer:
        """The answer that a text is. Raises MatcalcError, with its place in the text."""
        return read_answer(text, ReaderNames(self.program, [self.variable.name]), self.variable)

    def target(self, answer: Answer) -> Node:
        """What the formula of an answer must be: the gradient, its transpose or vec of it."""
        side = answer.side
        if side.stacked:
            return ops.stacked(self.gradient)
        return turned(self.gradient) if side.turned else self.gradient

    # ----------------------------------------------------------------------------------------------------- comparing

    @property
    def points(self) -> Sequence[SamplePoint]:
        """The points of comparison."""
        return self.samples.points

    @property
    def larger(self) -> Sequence[SamplePoint]:
        """A point in larger sizes, or none."""
        return self.samples.larger

    def by_hand(self, point: SamplePoint) -> SamplePoint:
        """A point nearby with few digits."""
        return self.samples.by_hand(point)

    def agrees(self, node: Node, target: Node, points: Sequence[SamplePoint] | None = None) -> bool:
        """Whether two formulas are equal at the points, but for rounding."""
        try:
            return all(differs(p.at(node), p.at(target)) == 0.0 for p in (self.points if points is None else points))
        except (MatcalcError, ValueError, ArithmeticError):
            return False

    def regular(self, node: Node) -> list[SamplePoint]:
        """The points at which a formula's own inverses exist, if the sizes of one differ; else all.

        Of a formula with n as a number, one is in larger sizes.
        """
        matrices = [a for a in inverted([node]) if a not in self._inverted]
        points = [*self.points, *(self.larger if any(isinstance(n, Size) for n in order([node])) else ())]
        found = [p for p in points if inverts(p, matrices)] if matrices else []
        return found if any(not point.square for point in found) else points

    def is_right(self, node: Node, target: Node, time_limit: float) -> bool:
        """Whether a formula is the gradient: at all points; one with kinks, or badly conditioned, by the judge.

        The points are those at which its own inverses exist.
        """
        points = self.regular(node)
        worst = 0.0
        for point in points:
            try:
                worst = max(worst, differs(point.at(node), point.at(target), EXACT, EXACT))
            except (MatcalcError, ValueError, ArithmeticError):
                worst = 1.0
            if worst > DOUBTFUL:
                return False
        if worst == 0.0 and (not changes_over([node, target]) or self._has_its_kinks(node)):
            return self.agrees(node, target, self.samples.more)
        try:
            found = equal(node, target, time_limit=time_limit)
        except MatcalcError:
            return worst < NEAR
        return found.status in ("proved", "agrees") or (found.status == "skipped" and worst < NEAR)

    @cached_property
    def _inverted(self) -> set[Node]:
        return {*inverted(self.samples.nodes)}

    def _has_its_kinks(self, node: Node) -> bool:
        """Whether a formula changes only where the gradient or the objective does, so that points on all sides tell."""
        return {expand(a) for term in kinked([node]) for a in term.args} <= self._places_of_kinks

    @cached_property
    def _places_of_kinks(self) -> set[Node]:
        return {expand(a) for term in kinked(self.samples.nodes) for a in term.args}

    def special(self, subset: Subset) -> list[SamplePoint]:
        """The points that are special in one way."""
        if subset.said not in self._special:
            self._special[subset.said] = self.samples.special(subset.change, subset.said)
        return self._special[subset.said]

    # ------------------------------------------------------------------------------------------------- for diagnoses

    @cached_property
    def subsets(self) -> list[Subset]:
        """In which ways values may be special."""
        return subsets(self.samples.symbols)

    @cached_property
    def by_place(self) -> list[tuple[int, Node]]:
        """What each place of the variable gives to the gradient, with the number of the objective's term it is in."""
        return terms_by_place(self.program, self.variable)

    @cached_property
    def conventions(self) -> dict[str, Node]:
        """The gradient in the other conventions, if the variable has a structure."""
        found: dict[str, Node] = {}
        if self.variable.attributes - {"constant", "positive"}:
            for convention in CONVENTIONS:
                if convention != self.convention:
                    try:
                        record = derive(self.program, [self.variable.name], convention)
                    except MatcalcError:
                        continue
                    found[convention] = record.gradient(self.variable.name)
        return found

    @cached_property
    def truth(self) -> Truth:
        """What may be put into an answer."""
        record = self._record
        nodes = [self.gradient, *(s.definition for s in record.deltas if s.definition is not None)]
        whole = list(postorder(*nodes))
        factors: dict[Node, None] = {}
        summands: dict[Node, None] = {}
        for node in whole:
            if isinstance(node, Term) and node.op in (ops.MATMUL, ops.HADAMARD, ops.SCALE):
                factors |= dict.fromkeys(a for a in node.args if not isinstance(a, Number))
            elif isinstance(node, Term) and node.op is ops.PLUS:
                summands |= dict.fromkeys(node.args)
        values = [s for s in (*record.where, *self.program.definitions) if s.definition is not None]
        for symbol in values:
            value = symbol.definition
            if isinstance(value, Term) and value.op.function is not None:
                factors[ops.fn(value.op.function, value.args[0], value.op.order + 1)] = None
                if value.op.function == "sigmoid" and not symbol.is_scalar:
                    factors |= dict.fromkeys((symbol, ops.minus(ops.ones(*symbol.shape), symbol)))
        factors |= dict.fromkeys(turned(f) for f in list(factors) if not f.is_scalar and not derives_entries(f))
        summands |= dict.fromkeys(term for _, term in self.by_place)
        summands |= dict.fromkeys(distributed(self.gradient, {s: s.definition for s in record.deltas}))
        softmaxes = (ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS)
        found = list(postorder(self.program.objective, through_definitions=True))
        probabilities: list[Node] = [n for n in found if isinstance(n, Term) and n.op in softmaxes]
        probabilities += [s for s in values if isinstance(s.definition, Term) and s.definition.op in softmaxes]
        names = [s for s in (*self.program.inputs, *values) if s is not self.program.objective]
        return Truth(
            self.gradient,
            tuple(factors)[:FACTORS],
            tuple(summands)[:FACTORS],
            tuple(dict.fromkeys(names)),
            tuple(probabilities),
            _is_bias(self.variable, found),
        )


def distributed(node: Node, open_: Mapping[Node, Node | None]) -> list[Node]:
    """The terms of a formula, products of sums multiplied out; those in `open_` by their definitions."""
    if isinstance(node, Symbol) and (inside := open_.get(node)) is not None:
        return distributed(inside, open_)
    if not isinstance(node, Term):
        return [node]
    if node.op is ops.PLUS:
        return [term for arg in node.args for term in distributed(arg, open_)]
    if node.op is ops.TRANSPOSE:
        return [turned(term) for term in distributed(node.args[0], open_)]
    if node.op not in (ops.MATMUL, ops.SCALE, ops.HADAMARD):
        return [node]
    found: list[list[Node]] = [[]]
    for arg in node.args:
        terms = distributed(arg, open_)
        if len(found) * len(terms) > EXPANDED:
            return [node]
        found = [[*before, term] for before in found for term in terms]
    return [ops.term(node.op, *args) for args in found]


_BIAS = re.compile(r"(?:b|c|bias)\d*(?:_\w+)?")


def _is_bias(variable: Symbol, nodes: Sequence[Node]) -> bool:
    """Whether it is called as biases are, and stands in every row, column or place of an array."""
    return _BIAS.fullmatch(variable.name) is not None and any(
        isinstance(node, Term)
        and node.op in (ops.MATMUL, ops.SCALE)
        and variable in {part for arg in node.args for part in (arg, *arg.args)}
        and any(isinstance(part, Term) and part.op is ops.ONES for arg in node.args for part in (arg, *arg.args))
        for node in nodes
    )


def answer_key(program: Program, wrt: str, convention: str = "projected", time_limit: float = 20.0) -> AnswerKey:
    """The key, for many answers. Raises UnsupportedError for a program of layers."""
    if program.family is not None:
        raise UnsupportedError("answers about a layer l are not checked yet", hint="write the layers out: a1, a2, …")
    return AnswerKey(program, wrt, convention, time_limit)
