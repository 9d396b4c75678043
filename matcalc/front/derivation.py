"""The result of `derive`: gradients by name, the steps, the proofs, and the output formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.checked import checked
from matcalc.derive import Record, factored
from matcalc.document.assembly import derivation as built
from matcalc.document.blocks import Document
from matcalc.document.ink import Ink
from matcalc.document.report import Report
from matcalc.document.sentences import condition, heading, statement
from matcalc.document.view import View
from matcalc.drawing import Drawn
from matcalc.expr import Node
from matcalc.families import stem_of
from matcalc.front.byname import ByName, MissingNameError
from matcalc.front.formula import Expr, canonical, in_full
from matcalc.front.jacobians import laid_out
from matcalc.front.shown import Shown, plainly
from matcalc.front.wanted import proved
from matcalc.indices.part import Part
from matcalc.prose import marked
from matcalc.rewrite import RewriteRule
from matcalc.rules.reasons import REASONS
from matcalc.rules.teaching import sentence
from matcalc.syntax.program import Program
from matcalc.write import TEXT

if TYPE_CHECKING:
    from matcalc.verify import Verification

BY_ENTRIES = 10.0
"""Seconds for the proof of formulas in index notation."""


@dataclass(frozen=True)
class Rule:
    """A rule for display: its name, its statement as text, and its source."""

    name: str
    statement: str
    source: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Step:
    """One step: `before` = `after` by `rule`; `heading` describes the part of the derivation."""

    number: int
    before: Expr
    rule: Rule
    after: Expr
    heading: str

    def entries(self) -> str:
        """One entry of the line that the step leads to, in index notation, with the ranges of the indices."""
        return self.after.entries()

    def _repr_latex_(self) -> str:
        return f"${self.before.latex()} = {self.after.latex()}$"


def _rule(row: RewriteRule) -> Rule:
    said = Ink(TEXT).statement(statement(row))
    return Rule(str(marked(row.name)), said, str(marked(row.source)), plainly(condition(row)))


@dataclass(frozen=True, repr=False)
class Derivation(Mapping[str, Expr], Drawn, Shown):
    """Gradients with their derivation: a mapping from each variable's name to its gradient.

    The gradients are written in the program's names, in intermediates named by matcalc, and in deltas; each has the
    shape of its variable. `verification` maps each name to its verification (empty with verify=False).
    """

    record: Record
    proofs: tuple[tuple[str, Verification], ...] = ()
    parts: tuple[Part, ...] = ()
    """The entries, rows and columns that were asked for, such as W[i,j]; they are shown with the gradients."""

    @checked
    def __getitem__(self, name: str) -> Expr:
        if (known := self._by_name.get(canonical(name))) is not None:
            return Expr(known, self.program.inputs)
        layers = [node for symbol, node in self.record.gradients if stem_of(symbol.name) == canonical(name)]
        if len(layers) == 1:  # W for W[l]
            return Expr(layers[0], self.program.inputs)
        raise MissingNameError(name, tuple(self))

    @cached_property
    def _by_name(self) -> Mapping[str, Node]:
        return {symbol.name: node for symbol, node in self.record.gradients}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and canonical(name) in self._by_name

    def __iter__(self) -> Iterator[str]:
        return (symbol.name for symbol, _ in self.record.gradients)

    def __len__(self) -> int:
        return len(self.record.gradients)

    @property
    def program(self) -> Program:
        """The program as understood."""
        return self.record.program

    @property
    def verification(self) -> Mapping[str, Verification]:
        """For each variable, the verification of its gradient."""
        return ByName(dict(self.proofs))

    @property
    def where(self) -> tuple[tuple[str, Expr], ...]:
        """The named intermediates in forward order, then the deltas in the order of backpropagation."""
        named = (*self.record.where, *self.record.deltas)
        return tuple((s.name, Expr(s.definition, self.program.inputs)) for s in named if s.definition is not None)

    @cached_property
    def by_entries(self) -> Mapping[str, Verification]:
        """For each variable, whether its index form and the chain rule by entries agree with the matrix gradient.

        Computed on first use; empty with verify=False.
        """
        return ByName(proved(self.record, BY_ENTRIES) if self.proofs else {})

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every rewriting, bookkeeping included."""
        found: list[Step] = []
        scope = self.program.inputs
        for section in self.record.sections:
            says = plainly(heading(section))
            for step in section.steps:
                number = len(found) + 1
                found.append(Step(number, Expr(step.before, scope), _rule(step.rule), Expr(step.after, scope), says))
        return tuple(found)

    @checked
    def expanded(self, name: str) -> Expr:
        """The gradient with every intermediate substituted."""
        return self[name].expanded()

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        record = self.record
        gradients = record.gradients
        if view.expand:
            gradients = tuple((s, in_full(gradient)) for s, gradient in gradients)
        if view.factor:
            gradients = tuple((s, factored(gradient)) for s, gradient in gradients)
        report = Report(
            record,
            gradients,
            view,
            self.verification,
            REASONS,
            sentence,
            self.parts,
            self.by_entries if view.entries or self.parts else {},
            convention=record.convention,
        )
        return built(laid_out(report))

    def __repr__(self) -> str:
        return f"<Derivation of {', '.join(f'd{self.record.objective.name}/d{name}' for name in self)}>"
