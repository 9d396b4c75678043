"""The result of `derive`: gradients by name, the steps, the proofs, and the output formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.api.asking import name_of, names_of, program_of, with_output
from matcalc.api.byname import ByName, MissingNameError
from matcalc.api.formula import Expr, canonical, in_full
from matcalc.api.given import agreement
from matcalc.api.jacobians import BY_ENTRIES, laid_out
from matcalc.api.judging import proofs, simple
from matcalc.api.shown import Shown, plainly
from matcalc.api.wanted import proved, wanted
from matcalc.checked import checked
from matcalc.derive import Record, factored
from matcalc.derive import derive as derive_record
from matcalc.document.assembly import derivation as built
from matcalc.document.blocks import Document
from matcalc.document.ink import Ink
from matcalc.document.report import Report
from matcalc.document.sentences import condition, heading, statement
from matcalc.document.view import View
from matcalc.drawing import Drawn, Graph
from matcalc.expr import Node
from matcalc.families import stem_of
from matcalc.indices.part import Part
from matcalc.prose import marked
from matcalc.rewrite import RewriteRule
from matcalc.rules.reasons import REASONS
from matcalc.rules.teaching import sentence
from matcalc.shows import Shows
from matcalc.syntax.program import Program
from matcalc.write import TEXT

if TYPE_CHECKING:
    from matcalc.verify import Verification


@dataclass(frozen=True)
class Rule:
    """A rule for display: its name, its statement as text, and its source."""

    name: str
    statement: str
    source: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Step(Shows):
    """One step: `before` = `after` by `rule`; `heading` describes the part of the derivation."""

    number: int
    before: Expr
    rule: Rule
    after: Expr
    heading: str

    def entries(self) -> str:
        """One entry of the line that the step leads to, in index notation, with the ranges of the indices."""
        return self.after.entries()

    def __str__(self) -> str:
        return f"{self.before} = {self.after}    {self.rule.name}"

    def _shown(self, form: str) -> str:
        if form == "html":
            return f"{self.before.mathml()} = {self.after.mathml()}"
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
        if (known := self._by_name.get(canonical(self.program.asked_for(name)))) is not None:
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


@checked
def derive(
    source: str | Program,
    wrt: str | Sequence[str],
    *,
    verify: bool = True,
    convention: str = "projected",
    primes: bool = False,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Derivation:
    """The gradients of the objective with respect to the names `wrt`, derived step by step and proved.

    Each gradient has the shape of its variable and satisfies dJ = G : dX (Magnus & Neudecker, ch. 5 and 9). `wrt` may
    name an entry "W[i,j]" or "W[2,1]", a row "W[i,:]", a column "W[:,j]", or an entry "w[i]" of a vector; these are in
    `parts`. `convention` ("projected", "entries", "free") applies to structured variables. With `primes`, derivatives
    of activations stay sigmoid'(z), relu'(z), …. `verify=False` skips the proof, which otherwise stops after
    `time_limit` seconds. `shapes`, `language`: as for `parse`, whose errors are raised, and UnsupportedError for a
    missing rule.
    """
    program = with_output(program_of(source, shapes, language))
    limit = float(time_limit)
    names, asked = wanted(program, names_of(wrt))
    record = derive_record(program, names, convention, primes)
    simple(record)
    said = agreement(program, limit)
    if said:
        record = replace(record, notes=(*said, *record.notes))
    parts = tuple(p._replace(of=s) for p in asked for s in record.wrt if s.name == p.of.name)
    return Derivation(record, proofs(record, limit) if verify else (), parts)


@checked
def gradient(
    source: str | Program,
    wrt: str,
    *,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    language: str = "",
) -> Expr:
    """The gradient of the objective by `wrt`, of its shape, with all intermediates substituted. Not verified.

    Arguments and errors as for `derive`; raises UnsupportedError, too, for a formula that is too long to write.
    """
    name = name_of(wrt)
    found = derive(source, name, verify=False, convention=convention, shapes=shapes, language=language)
    return found.expanded(name)


@checked
def graph(
    source: str | Program,
    wrt: str | Sequence[str],
    *,
    convention: str = "projected",
    primes: bool = False,
    shapes: Sequence[str] = (),
    language: str = "",
) -> Graph:
    """A drawing of the computation and of backpropagation: DOT, Mermaid or SVG. Arguments and errors as for `derive`.

    >>> print(graph("z = w' x; J = z^2", "w").to_mermaid(ascii=True).splitlines()[1])
      n1["w<br/>n x 1<br/>dJ/dw = 2 z x"]
    """
    program = program_of(source, shapes, language)
    return Graph(derive(program, wrt, verify=False, convention=convention, primes=primes).record)
