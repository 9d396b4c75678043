"""A rule, and the record of rewriting by rules: each step turns one line into the next."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from matcalc.expr import Kind, Node, Symbol


@dataclass(frozen=True, eq=False)
class RewriteRule:
    """lhs = rhs for every filling of the slots. `name` is the name that a textbook would use.

    `source` cites a proof where the rule is not obvious. `quiet` marks bookkeeping (X + 0 = X): it is recorded like any
    other step, and the document folds it into its neighbour. `condition` says in words when the rule holds, if not
    always: "{S} is invertible", with slots in braces; text in square brackets is said of arrays only ("{Z} > 0[ in
    every entry]"). The condition is omitted if the first of these slots is known to have the attribute `unless`.
    `reason` says why the rule holds (for an identity of the colon: the index sum that both sides equal); without one,
    rules/reasons.py gives a sentence for the name. `guard` is a kind: the rule is used only on expressions of it.
    `through`: a part of the left side may be the name of such an expression.
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
    through: bool = False

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, RewriteRule) and self._fields() == other._fields())

    def __hash__(self) -> int:
        return hash((self.name, self.lhs, self.rhs))

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


class Condition(NamedTuple):
    """A condition of a derivation: `words` as in `RewriteRule.condition`, and the fillings of the slots in braces."""

    words: str
    parts: tuple[tuple[str, Node], ...]


class Rewrite(NamedTuple):
    """`before` = `after` by `rule`, applied at one or more places. Both are whole lines."""

    rule: RewriteRule
    before: Node
    after: Node


class Section(NamedTuple):
    """One part of a derivation: the lines from `steps[0].before` to `steps[-1].after`.

    kind "sums": the formula of `subject`, typed with indices, is turned into matrix form.
    kind "rewrite": the objective's formula is rewritten (J = … = …); `subject` is the objective.
    kind "recognize": in the definition of `subject`, a function that was written out by hand is recognized.
    kind "differential": dJ, from the objective's formula until only differentials of names are left.
    kind "push": the term of dJ in `subject`, a named intermediate, is pushed back through its definition; the first
    line is `gradient : d(subject)`.
    kind "collect": the terms of dJ in `subject`, one from each definition that uses it, are added.
    kind "finish": the gradient with respect to `subject` is brought into its final form.
    kind "name": a long part that is written more than once gets a name.
    kind "short": a result is written out, and what is then written repeatedly gets a name, where that is shorter.
    kind "vec": of a Jacobian, vec(dY) from the output's formula until only vec of differentials of names are left.
    kind "layers": the gradient with respect to `subject` is put together from several layers.
    `results`: the gradients that this section completes, (symbol, gradient). `title`: the heading that starts at this
    section; `remark`: a fact that holds from here on.
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
    """A factor of a chain of Jacobians: the derivative of vec(`of`) by vec(`by`), in the chain's layout.

    `primed` is its formula with f' for the derivative of each function f; in `node` the derivatives are written out.
    """

    of: Symbol
    by: Symbol
    primed: Node
    node: Node


class PathLine(NamedTuple):
    """A line of a chain: the remaining factors, the rules that led there, and the names that they introduce."""

    factors: tuple[Node, ...]
    rules: tuple[RewriteRule, ...] = ()
    named: tuple[Symbol, ...] = ()


class Path(NamedTuple):
    """One path from a variable to the objective. Each line multiplies factors, until one is left."""

    factors: tuple[Factor, ...]
    lines: tuple[PathLine, ...]


class PathSum(NamedTuple):
    """The derivative of the objective by `by`, as a sum over paths of products of Jacobians.

    `ways` is the number of paths. `paths` is empty if the chain is not written out; `why` then gives the reason.
    `result`: the derivative in the layout. `units`: for an entry, the columns e_i of the identity that select it.
    `free`: the chain ignores the structure of the variable.
    """

    by: Symbol
    ways: int
    paths: tuple[Path, ...]
    result: Node
    why: str = ""
    units: tuple[Symbol, ...] = ()
    free: bool = False
