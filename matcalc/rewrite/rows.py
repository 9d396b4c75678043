"""A rule, and the record that rewriting by rules leaves: a step is one line turned into the next."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from matcalc.expr import Kind, Node, Symbol


@dataclass(frozen=True, eq=False)
class RewriteRule:
    """lhs = rhs, for every filling of the slots. `name` as a textbook would call it.

    `source` cites where the rule is proved, where that is not obvious. `quiet` marks bookkeeping (X + 0 = X) that is
    recorded as any other step and folded into its neighbour only when it is shown. `condition` says in words when
    the rule holds, where it does not always: "{S} is invertible", slots in braces; what stands in square brackets is
    said of arrays only ("{Z} > 0[ in every entry]"). Nothing is said where what fills the first of these slots is known
    to have the attribute `unless`. `reason` says why the rule holds, for an identity of the colon
    the index sum that both sides are; where it says nothing, rules/reasons.py has a sentence for the name. `guard` is a
    kind that the whole expression must be of for the rule to be used.
    """

    name: str
    lhs: Node
    rhs: Node
    source: str = ""
    quiet: bool = False
    condition: str = ""
    reason: str = ""
    guard: Kind | None = None
    unless: str = ""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, RewriteRule) and self._fields() == other._fields())

    def __hash__(self) -> int:
        return hash((self.name, self.lhs, self.rhs))

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


class Condition(NamedTuple):
    """What a derivation needs to be true: `words` as in `Rule.condition`, and what fills the slots in braces."""

    words: str
    parts: tuple[tuple[str, Node], ...]


class Rewrite(NamedTuple):
    """`before` = `after`, by `rule`, used at one or more places of the line. Both are whole lines."""

    rule: RewriteRule
    before: Node
    after: Node


class Section(NamedTuple):
    """One stretch of a derivation: the lines from `steps[0].before` to `steps[-1].after`.

    kind "rewrite": the objective's own formula is rewritten (J = … = …); `subject` is the objective.
    kind "recognize": the formula of a definition, the subject, is rewritten: a function that was written out by hand.
    kind "differential": dJ, from the objective's formula until only differentials of names are left.
    kind "push": the part of dJ that goes through `subject`, a named intermediate, pushed back by its definition; the
    first line is `gradient : d(subject)`.
    kind "collect": the terms of dJ in `subject`, from all places that use it, become one.
    kind "finish": the gradient with respect to `subject` is brought into its final form.
    kind "name": what is long and written more than once in it gets a name.
    kind "vec": of a Jacobian, vec(dY) from the formula of the output until vec of differentials of names are left.
    kind "layers": what the gradient with respect to `subject` is, put together from several layers.
    `results`: the gradients that this section completes, (symbol, gradient). `title`: what begins with this section,
    and `remark`, what is kept in mind from there on.
    """

    kind: str
    subject: Symbol
    steps: tuple[Rewrite, ...]
    results: tuple[tuple[Symbol, Node], ...] = ()
    title: Condition | None = None
    remark: Condition | None = None

    @property
    def first(self) -> Node | None:
        """The section's first line."""
        return self.steps[0].before if self.steps else None


class Factor(NamedTuple):
    """A factor of a chain of Jacobians: the derivative of `of` by `by`, both stacked, in the chain's layout.

    `primed` is its formula with f' for the derivative of each function f, `node` that with f' written out.
    """

    of: Symbol
    by: Symbol
    primed: Node
    node: Node


class PathLine(NamedTuple):
    """A line of a chain: the factors that are left, and the rules that led there, with the names they introduce."""

    factors: tuple[Node, ...]
    rules: tuple[RewriteRule, ...] = ()
    named: tuple[Symbol, ...] = ()


class Path(NamedTuple):
    """One way from a variable to the objective, its factors multiplied line by line until one is left."""

    factors: tuple[Factor, ...]
    lines: tuple[PathLine, ...]


class PathSum(NamedTuple):
    """The derivative of the objective by `by` as a sum over paths of products of Jacobians.

    `ways` is the number of paths; `paths` is empty where the chain is not written out, and `why` says so. `result`: the
    derivative in the layout. `units`: of an entry, the columns e_i of the identity that pick it. `free`: that is
    before the structure of the variable is taken into account.
    """

    by: Symbol
    ways: int
    paths: tuple[Path, ...]
    result: Node
    why: str = ""
    units: tuple[Symbol, ...] = ()
    free: bool = False
