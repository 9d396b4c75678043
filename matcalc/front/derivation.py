"""A derivation as a user holds it: gradients by name, the steps, the proofs, and the ways to write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc import render
from matcalc.checked import checked
from matcalc.derive import Derivation as Record
from matcalc.derive import factored
from matcalc.drawing import Drawn
from matcalc.expr import Node
from matcalc.families import stem_of
from matcalc.front.byname import ByName, MissingNameError
from matcalc.front.formula import Expr, canonical
from matcalc.front.jacobians import laid_out
from matcalc.front.parts import proved
from matcalc.indices.part import Part
from matcalc.rewrite import Rule as Row
from matcalc.rules.reasons import REASONS
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.verify import Verification

BY_ENTRIES = 10.0
"""Seconds for the proof of what is written in index notation."""


@dataclass(frozen=True)
class Rule:
    """A rule as it is shown: its name, its statement (text), and where it is proved."""

    name: str
    statement: str
    source: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Step:
    """One line of a derivation turned into the next: `before` = `after`, by `rule`; `heading` says what is going on."""

    number: int
    before: Expr
    rule: Rule
    after: Expr
    heading: str

    def entries(self) -> str:
        """The line that the step leads to, in index notation: one entry of it, and what the indices run over."""
        return self.after.entries()

    def _repr_latex_(self) -> str:
        return f"${self.before.latex()} = {self.after.latex()}$"


def _rule(row: Row) -> Rule:
    return Rule(row.name, render.statement(row), row.source, render.condition(row))


@dataclass(frozen=True, repr=False)
class Derivation(Mapping[str, Expr], Drawn):
    """Gradients with their derivation: a mapping from each variable's name to its gradient.

    The gradients are written in the program's names, in the intermediates that matcalc named, and in deltas; each has
    the shape of its variable. `verification` maps each name to what the proof said (empty with verify=False).
    """

    record: Record
    proofs: tuple[tuple[str, Verification], ...] = ()
    parts: tuple[Part, ...] = ()
    """The entries, rows and columns that were asked for, such as W[i,j]; what they are is shown with the gradients."""

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
        """The problem as understood."""
        return self.record.program

    @property
    def verification(self) -> Mapping[str, Verification]:
        """For each variable whether its gradient was proved."""
        return ByName(dict(self.proofs))

    @property
    def where(self) -> tuple[tuple[str, Expr], ...]:
        """The named intermediates in forward order, then the deltas in the order of backpropagation."""
        named = (*self.record.where, *self.record.deltas)
        return tuple((s.name, Expr(s.definition, self.program.inputs)) for s in named if s.definition is not None)

    @cached_property
    def by_entries(self) -> Mapping[str, Verification]:
        """For each variable whether its gradient's index form and the chain rule by entries are the matrix form.

        Found out when it is asked for; empty with verify=False.
        """
        return ByName(proved(self.record, BY_ENTRIES) if self.proofs else {})

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every rewriting that was made, bookkeeping included."""
        found: list[Step] = []
        scope = self.program.inputs
        for section in self.record.sections:
            heading = render.heading(section)
            for step in section.steps:
                number = len(found) + 1
                found.append(Step(number, Expr(step.before, scope), _rule(step.rule), Expr(step.after, scope), heading))
        return tuple(found)

    @checked
    def expanded(self, name: str) -> Expr:
        """The gradient with every intermediate substituted."""
        return self[name].expanded()

    def _report(
        self, expand: bool, factor: bool, braces: bool = False, entries: bool = False, layout: str = "gradient"
    ) -> render.Report:
        record = self.record
        gradients = record.gradients
        if expand:
            gradients = tuple((s, record.gradient(s.name, expanded=True)) for s, _ in gradients)
        if factor:
            gradients = tuple((s, factored(gradient)) for s, gradient in gradients)
        report = render.Report(
            program=record.program,
            objective=record.objective,
            wrt=record.wrt,
            sections=record.sections,
            deltas=record.deltas,
            where=record.where,
            gradients=gradients,
            verifications=self.verification,
            conditions=record.conditions,
            notes=record.notes,
            convention=record.convention,
            ranges=dict(record.recursion.ranges) if record.recursion is not None else {},
            expanded=expand,
            braces=braces,
            reasons=REASONS,
            adjoints=record.adjoints,
            parts=self.parts,
            entries=entries,
            summed=self.by_entries if entries or self.parts else {},
        )
        return laid_out(report, record, layout)

    @checked
    def to_text(
        self,
        *,
        ascii: bool = False,
        steps: bool = True,
        expand: bool = False,
        factor: bool = False,
        braces: bool = False,
        entries: bool = False,
        layout: str = "gradient",
        color: bool = False,
        width: int = 100,
    ) -> str:
        """The whole as text: the problem, the derivation, the gradients, the proof.

        Here and below: `steps`, whether the derivation is shown; `expand`, the gradients with every intermediate
        substituted; `factor`, as products; `braces`, the shape of every factor below it; `entries`,
        everything in index notation, too, with explicit sums, and the chain rule by entries; `layout`, "numerator" or
        "denominator", the derivatives in that layout and the chain of Jacobians that each is.
        """
        report = self._report(expand, factor, braces, entries, layout)
        return render.text(report, ascii=ascii, steps=steps, color=color, width=width)

    @checked
    def to_latex(
        self,
        document: bool = False,
        *,
        steps: bool = True,
        expand: bool = False,
        factor: bool = False,
        braces: bool = False,
        entries: bool = False,
        layout: str = "gradient",
    ) -> str:
        """The whole as LaTeX, a fragment or a complete document; needs amsmath and amssymb."""
        return render.latex(self._report(expand, factor, braces, entries, layout), document=document, steps=steps)

    @checked
    def to_markdown(
        self,
        *,
        steps: bool = True,
        expand: bool = False,
        factor: bool = False,
        braces: bool = False,
        entries: bool = False,
        layout: str = "gradient",
    ) -> str:
        """The whole as Markdown with $ … $."""
        return render.markdown(self._report(expand, factor, braces, entries, layout), steps=steps)

    @checked
    def to_json(
        self,
        *,
        steps: bool = True,
        expand: bool = False,
        factor: bool = False,
        entries: bool = False,
        layout: str = "gradient",
    ) -> str:
        """The whole as JSON; docs/json.md says what is in it."""
        return render.json(self._report(expand, factor, entries=entries, layout=layout), steps=steps)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Derivation of {', '.join(f'd{self.record.objective.name}/d{name}' for name in self)}>"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()
