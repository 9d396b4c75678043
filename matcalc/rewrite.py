"""Rules, and the record that rewriting by them leaves.

A rule is two expressions with slots. A step is one line of a derivation turned into the next by a rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcalc.expr import Node, Symbol


@dataclass(frozen=True, eq=False)
class Rule:
    """lhs = rhs, for every filling of the slots. `name` as a textbook would call it.

    `source` cites where the rule is proved, where that is not obvious. `quiet` marks bookkeeping (X + 0 = X) that is
    recorded as any other step and folded into its neighbour only when it is shown. `condition` says in words when
    the rule holds, where it does not always ("A invertible"). `reason` gives, for an identity of the colon, the index
    sum that both sides are.
    """

    name: str
    lhs: Node
    rhs: Node
    source: str = ""
    quiet: bool = False
    condition: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Step:
    """`before` = `after`, by `rule`, used at one or more places of the line. Both are whole lines."""

    rule: Rule
    before: Node
    after: Node


@dataclass(frozen=True)
class Section:
    """One stretch of a derivation: `lead` is what its first line is equal to.

    kind "rewrite": the objective's own formula is rewritten (J = … = …); `subject` is the objective.
    kind "differential": dJ, from the objective's formula until only differentials of names are left.
    kind "push": the part of dJ that goes through `subject`, a named intermediate, pushed back by its definition; the
    first line is `gradient : d(subject)`.
    `results`: what was collected in this section for each name, (symbol, its gradient so far complete). A name's
    gradient appears in the section that completes it.
    """

    kind: str
    subject: Symbol
    steps: tuple[Step, ...]
    results: tuple[tuple[Symbol, Node], ...] = ()

    @property
    def first(self) -> Node | None:
        """The section's first line."""
        return self.steps[0].before if self.steps else None
