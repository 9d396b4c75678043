"""The input for a document: a record, its verification, and the view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from matcalc.document.folding import Stretch, folded
from matcalc.document.glossary import GlossaryEntry, explained
from matcalc.document.view import DEFAULT, View
from matcalc.expr import Node, Symbol, Term, postorder
from matcalc.families import stem_of
from matcalc.indices.array_slopes import ArraySlope
from matcalc.indices.part import Part
from matcalc.rewrite import PathSum, RewriteRule
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.derive import Record


class Judged(Protocol):
    """A verdict on one gradient. A protocol, because this room may not import the judge."""

    def said(self, of: int = 1) -> str:
        """The sentence, of `of` gradients at once."""

    @property
    def status(self) -> str:
        """One of proved, agrees, failed, skipped."""

    @property
    def method(self) -> str:
        """The method of verification."""

    @property
    def every_size(self) -> bool:
        """Whether it is proved for all sizes."""

    @property
    def dimensions(self) -> tuple[tuple[str, int], ...]:
        """The number used for each dimension where it was checked."""

    @property
    def detail(self) -> str:
        """What was assumed or observed."""

    @property
    def counterexample(self) -> Any:
        """None, or an entry, the two values there (measured, claimed), and the point as (name, rows) pairs."""


def _unsaid(rule: RewriteRule) -> str:
    return rule.name


@dataclass(frozen=True)
class Report:
    """A derivation and what to show of it.

    `gradients`: (variable, gradient), substituted and factored as the view asks; for `kind` "jacobian" the Jacobian, in
    `layout`. `verifications`: the verdict for each variable's name; see Finding. `reasons`: the reason for each rule
    name whose rules give none. `sentence`: what a step by a rule does and why, for a beginner. `parts`: the entries,
    rows and columns that were asked for; `summed`: for each variable's name, whether its index form was proved.
    `turned`: the gradients in the layout; `chains`: for each variable the chain of Jacobians to the objective.
    `halves`: for a Jacobian by the independent entries v of X, v and D with vec(X) = D v.
    `slopes`: for a Jacobian, its entries in index notation, those of each of `parts` first; `unwritten`: why there are
    none; `blocks`: for each of `parts` that is given by numbers its columns of the Jacobian, for the others None.
    `adjoint`: for a Jacobian, a letter for the gradient by the output, and its image for each variable.
    """

    record: Record
    gradients: tuple[tuple[Symbol, Node], ...]
    view: View = DEFAULT
    verifications: Mapping[str, Judged] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    sentence: Callable[[RewriteRule], str] = _unsaid
    parts: tuple[Part, ...] = ()
    summed: Mapping[str, Judged] = field(default_factory=dict)
    kind: str = "gradient"
    layout: str = "gradient"
    convention: str = "projected"
    halves: Mapping[Symbol, tuple[Node, Term]] = field(default_factory=dict)
    slopes: tuple[ArraySlope, ...] = ()
    unwritten: str = ""
    blocks: tuple[Node | None, ...] = ()
    turned: tuple[tuple[Symbol, Node], ...] = ()
    chains: tuple[PathSum, ...] = ()
    adjoint: tuple[Symbol, tuple[tuple[Symbol, Node], ...]] | None = None

    @property
    def program(self) -> Program:
        """The program as understood."""
        return self.record.program

    @property
    def objective(self) -> Symbol:
        """The objective with names put in."""
        return self.record.objective

    @property
    def wrt(self) -> tuple[Symbol, ...]:
        """The variables."""
        return self.record.wrt

    @property
    def ranges(self) -> Mapping[str, tuple[Node, Node]]:
        """For names of layer l, the first and last layer for which they are stated."""
        return {} if self.record.recursion is None else dict(self.record.recursion.ranges)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The derivation as it is shown: sections with folded lines."""
        return folded(self.record.sections, self.wrt)

    @property
    def results(self) -> tuple[tuple[Symbol, Node], ...]:
        """The gradients, or the Jacobian, in the layout."""
        return self.turned or self.gradients

    @property
    def rules(self) -> tuple[RewriteRule, ...]:
        """The visible rules that were used, in order, without repetition."""
        found = {rule: None for stretch in self.stretches for row in stretch.rows for rule in row.rules}
        return tuple(found)

    @property
    def cited(self) -> tuple[tuple[str, tuple[RewriteRule, ...]], ...]:
        """The same rules grouped by name, in the order of first use."""
        found: dict[str, list[RewriteRule]] = {}
        for rule in self.rules:
            found.setdefault(rule.name, []).append(rule)
        return tuple((name, tuple(rules)) for name, rules in found.items())

    @property
    def needed(self) -> tuple[Symbol, ...]:
        """The intermediates, then the deltas, that the gradients depend on, directly or through one another.

        Names defined by deltas come after them.
        """
        walk = postorder(*(node for _, node in self.gradients), through_definitions=True)
        used = {node for node in walk if isinstance(node, Symbol)}
        if self.program.family is not None:
            # In a program of layers, a[l] explains a[l-1], and the recursion has a start that no formula refers to.
            walk = postorder(*self.record.deltas, *used, through_definitions=True)
            stems = {stem_of(node.name) for node in walk if isinstance(node, Symbol)}
            used |= {*self.record.deltas, *(s for s in self.record.where if stem_of(s.name) in stems)}
        later = _using(self.record.deltas, self.record.where)
        order = (*(s for s in self.record.where if s not in later), *self.record.deltas, *later, *self.record.parts)
        return tuple(s for s in order if s in used)

    def explained(self, steps: bool) -> tuple[GlossaryEntry, ...]:
        """Explanations of the less common operators in the gradients, in their intermediates or in the `steps`."""
        shown = [node for _, node in self.gradients]
        if steps:
            shown += [row.node for stretch in self.stretches for row in stretch.rows]
        return tuple(explained(set(postorder(*shown, *self.needed, through_definitions=True))))

    @property
    def proofs(self) -> tuple[tuple[tuple[Symbol, ...], str, str], ...]:
        """The verdicts: (variables with the same verdict, the sentence, the status)."""
        found: dict[tuple[str, str], list[Symbol]] = {}
        for symbol, _ in self.gradients:
            finding = self.verifications.get(symbol.name)
            if finding is not None:
                found.setdefault((finding.said(), finding.status), []).append(symbol)
        together = {key: self.verifications[who[0].name].said(len(who)) for key, who in found.items()}
        return tuple((tuple(who), together[key], key[1]) for key, who in found.items())


def _using(names: Iterable[Symbol], symbols: Iterable[Symbol]) -> dict[Symbol, None]:
    # The `symbols` that depend on some of `names`, directly or through one another.
    symbols = list(symbols)
    using: set[Node] = set(names)
    for node in postorder(*symbols, through_definitions=True) if using else ():
        below = (node.definition,) if isinstance(node, Symbol) and node.definition is not None else node.args
        if not using.isdisjoint(below):
            using.add(node)
    return {s: None for s in symbols if s in using}
