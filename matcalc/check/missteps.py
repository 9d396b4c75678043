"""The mistake in a wrong line of a derivation: found like that in an answer, by single edits of the reader's formula.

A line is compared with what it should be where d is written out, at random values of everything, increments too. What
does not conform is edited before its shapes are known, or else where every matrix is square.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from matcalc import operators as ops
from matcalc.check.answer_key import AnswerKey, distributed
from matcalc.check.answers import mistake
from matcalc.check.corrected import corrected
from matcalc.check.edits import Truth, derives_entries
from matcalc.check.formulas import Answer, LeftSide
from matcalc.check.occurrences import terms_by_place
from matcalc.check.repairs import turned
from matcalc.check.samples import SamplePoint, Samples
from matcalc.check.sides import JudgedStep, Left
from matcalc.check.stepwise import Stepwise
from matcalc.check.subsets import Subset
from matcalc.check.verdict import Verdict
from matcalc.check.worlds import Increments
from matcalc.errors import MatcalcError, ShapeError
from matcalc.expr import Node, Number, Term, postorder
from matcalc.operators import d, hadamard, inner

SECONDS = 5.0
"""For the mistake in one line."""
LONGEST = 1_000
"""Characters of a formula whose mistake is looked for."""
MOST = 60
"""Parts of what is right that may be put into a line."""


class StepKey(AnswerKey):
    """What a wrong line is held against: `target`, with d written out."""

    def __init__(self, run: Stepwise, step: JudgedStep, target: Node, should: Node | None) -> None:
        self.program = run.program
        self.convention = "projected"
        self.time_limit = min(SECONDS, run.judge.left)
        self.gradient = target
        self._run = run
        self._step = step
        self._should = should
        left = step.left
        self.variable = left.by if left is not None and left.by is not None else run.program.objective
        world = run.world()
        self._world = world
        self._increments = Increments(world, step.varying)
        self._known: dict[Node, Node] = {target: target, turned(target): turned(target)}
        inputs = [s for s in run.program.inputs if "constant" not in s.attributes or s.shape]
        self.samples = Samples([target, *inputs], run.judge.seed, run.program.functions)
        self._special: dict[str, list[SamplePoint]] = {}

    def target(self, answer: Answer) -> Node:
        """What the line should be."""
        return self.gradient

    def _resolved(self, node: Node) -> Node:
        if node not in self._known:
            self._known[node] = self._increments.put_in(self._world.meant(node))
        return self._known[node]

    def _at(self, point: SamplePoint) -> SamplePoint:
        return replace(point, at=lambda node: point.at(self._resolved(node)))

    @cached_property
    def _points(self) -> list[SamplePoint]:
        return [self._at(point) for point in self.samples.points]

    @property
    def points(self) -> Sequence[SamplePoint]:
        """The points of comparison."""
        return self._points

    @property
    def larger(self) -> Sequence[SamplePoint]:
        """A point in larger sizes."""
        return [self._at(point) for point in self.samples.larger]

    def by_hand(self, point: SamplePoint) -> SamplePoint:
        """A point nearby with few digits."""
        return self._at(super().by_hand(point))

    def special(self, subset: Subset) -> list[SamplePoint]:
        """The points that are special in one way."""
        return [self._at(point) for point in super().special(subset)]

    @cached_property
    def conventions(self) -> dict[str, Node]:
        """None: a line is right in each of them."""
        return {}

    @cached_property
    def by_place(self) -> list[tuple[int, Node]]:
        """What each place of a variable gives, as a gradient or with its increment."""
        left, program = self._step.left, self.program
        if left is None:
            return []
        if left.by is not None:
            right = left.of is program.objective and left.by in program.inputs
            return terms_by_place(program, left.by) if right else []
        if not self.gradient.is_scalar or left.raw is None or len(self._step.varying) != 1:
            return []
        (name,) = self._step.varying
        if name not in program.inputs or self._world.meant(left.raw) is not d(program.objective):
            return []
        product = hadamard if name.is_scalar else inner
        return [(n, product(term, d(name))) for n, term in terms_by_place(program, name)]

    @cached_property
    def truth(self) -> Truth:
        """What may be put into a line."""
        world = self._world
        known = [s for s in world.known().values() if s is not self.program.objective]
        right = [node for node in (self._should, self.gradient) if node is not None]
        right += [step.raw for step in self._run.steps if step.status == "right" and step.raw is not None]
        factors: dict[Node, None] = {}
        summands: dict[Node, None] = {}
        for node in postorder(*right):
            if isinstance(node, Term) and node.op in (ops.MATMUL, ops.HADAMARD, ops.SCALE):
                factors |= dict.fromkeys(a for a in node.args if not isinstance(a, Number))
            elif isinstance(node, Term) and node.op is ops.PLUS:
                summands |= dict.fromkeys(node.args)
        for symbol in known:
            value = symbol.definition
            if isinstance(value, Term) and value.op.function is not None:
                factors[ops.fn(value.op.function, value.args[0], value.op.order + 1)] = None
        factors |= dict.fromkeys(turned(f) for f in list(factors) if not f.is_scalar and not derives_entries(f))
        summands |= dict.fromkeys(term for _, term in self.by_place)
        for node in right[:2]:
            summands |= dict.fromkeys(distributed(node, {}))
        softmaxes = (ops.SOFTMAX_ROWS, ops.SOFTMAX_COLUMNS)
        found = [n for n in postorder(self.program.objective, *known, through_definitions=True) if isinstance(n, Term)]
        probabilities: list[Node] = [n for n in found if n.op in softmaxes]
        probabilities += [s for s in known if isinstance(s.definition, Term) and s.definition.op in softmaxes]
        return Truth(
            self._should or self.gradient,
            tuple(factors)[:MOST],
            tuple(summands)[:MOST],
            tuple(dict.fromkeys(known)),
            tuple(dict.fromkeys(probabilities)),
            False,
        )


def misstep(run: Stepwise, n: int, should: Node | None) -> Verdict | None:
    """The mistake in the wrong line number n; None where it is not found out."""
    for found in _verdicts(run, n, should):
        if found is not None and found.kind not in ("other", "shape"):
            return found
    return next((v for v in _verdicts(run, n, should) if v is not None), None)


def _verdicts(run: Stepwise, n: int, should: Node | None) -> Iterator[Verdict | None]:
    yield _verdict(run, run.steps[n], should)
    square = run.square
    if square is not None and isinstance(run.steps[n].error, ShapeError):
        step = square.steps[n]
        yield _verdict(square, step, corrected(square, step, None) if step.left is not None else None)


def _verdict(run: Stepwise, step: JudgedStep, should: Node | None) -> Verdict | None:
    left = step.left
    length = step.claim.end - step.claim.start
    if left is None or step.written is None or length > LONGEST or run.judge.left <= 0:
        return None
    with run.judge.timed(), suppress(MatcalcError):
        target = step.before or run.delta(left.name) if left.name else _target(run, step, left)
        if target is None:
            return None
        key = StepKey(run, step, target, should)
        error = step.error if isinstance(step.error, ShapeError) else None
        answer = Answer(run.written.formulas, step.claim, _side(left), step.written, target.shape, step.read, error)
        return mistake(key, answer)
    return None


def _target(run: Stepwise, step: JudgedStep, left: Left) -> Node:
    return step.before if step.before is not None else run.value(left, run.world(), step.varying)


def _side(left: Left) -> LeftSide:
    return LeftSide(letters=left.letters, turned=False, stacked=False, slope=left.by is not None)
