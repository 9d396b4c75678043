"""The result of `jacobian`: a formula with its derivation and proof; and derivatives in a layout.

The rules of vec are loaded when a Jacobian is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.api.asking import name_of, program_of, unnamed, with_output
from matcalc.api.formula import Expr, in_full
from matcalc.api.judging import simple
from matcalc.api.shown import Shown
from matcalc.api.wanted import wanted
from matcalc.checked import checked, shown
from matcalc.document.assembly import derivation as built
from matcalc.document.blocks import Document
from matcalc.document.report import Report
from matcalc.document.view import View
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Symbol
from matcalc.operators import UNVEC, T, matmul, size_node, term
from matcalc.options import LAYOUTS, STRUCTURES
from matcalc.rules.conventions import structure as structure_of
from matcalc.rules.reasons import REASONS
from matcalc.rules.teaching import sentence
from matcalc.syntax.program import Program
from matcalc.write import ASCII, TEXT, stated

if TYPE_CHECKING:
    from matcalc.derive.chain import Subscript
    from matcalc.derive.vectorized import Jacobians
    from matcalc.indices.array_slopes import ArraySlope
    from matcalc.indices.part import Part
    from matcalc.verify import Verification

BY_ENTRIES = 10.0
"""Seconds for the proof of formulas in index notation."""


def laid_out(report: Report) -> Report:
    """The report of a derivation with its derivatives and the chains of Jacobians in the layout of its view."""
    layout, record = report.view.layout, report.record
    if layout == "gradient":
        return report
    from matcalc.derive.chain import chains
    from matcalc.derive.vectorized import transposed

    asked = [(p.of, *_places(p)) for p in report.parts]
    entries = [(of, (row, column)) for of, row, column in asked if row is not None and column is not None]
    wanted = entries if len(entries) == len(asked) else []
    turned = tuple((s, transposed(g) if layout == "numerator" else g) for s, g in report.gradients)
    return replace(report, layout=layout, turned=turned, chains=chains(record, layout, wanted))


def _places(part: Part) -> tuple[Subscript | None, Subscript | None]:
    # Row and column of an entry: its letter or digits, and the number; 1 for a vector's single row or column.
    ends = zip(part.at, part.of.shape, strict=True)
    row, column = (("1", 1) if i is None and n == 1 else None if i is None else (i.name, i.value) for i, n in ends)
    return row, column


@dataclass(frozen=True, repr=False)
class Jacobian(Expr, Shown):
    """The Jacobian dvec(Y)/dvec(X)' of a program's output Y by X, or its transpose in denominator layout.

    A formula with all methods of `Expr`, written in the program's names, in intermediates named by matcalc, and in
    named Jacobians by intermediates, which `expanded()` substitutes. `record` is the derivation, `verification` the
    result of the proof (None with verify=False).
    """

    record: Jacobians = field(kw_only=True, compare=False)
    verification: Verification | None = field(default=None, kw_only=True, compare=False)
    layout: str = field(default="numerator", kw_only=True)
    parts: tuple[Part, ...] = field(default=(), kw_only=True, compare=False)
    """The entry, row or column of the variable that was asked for. In numbers, as W[1,2], the formula is that part."""

    def __str__(self) -> str:
        """The formula as text. Parsing needs its shape, which determines the size of a lone I."""
        return stated(self.node, TEXT)

    def ascii(self) -> str:
        """As `str()`, in plain ASCII."""
        return stated(self.node, ASCII)

    def latex(self) -> str:
        """LaTeX for math mode."""
        from matcalc.write.notations.latex import LATEX

        return stated(self.node, LATEX, self._known())

    def mathml(self) -> str:
        """Presentation MathML: a <math> element for a web page."""
        from matcalc.write.notations.mathml import MATHML

        return stated(self.node, MATHML, self._known())

    def __repr__(self) -> str:
        return f"<Jacobian {self}>"

    @property
    def variable(self) -> str:
        """The name of the variable X."""
        return self.record.wrt[0].name

    @cached_property
    def slopes(self) -> tuple[ArraySlope, ...]:
        """The derivative of entry i j of the output by entry k l of the variable, as sums over indices.

        Raises UnsupportedError if the output has no formula in entries.
        """
        of = self.record.objective
        assert of.definition is not None
        return (self._slope(of, of.definition),)

    def _slope(self, of: Symbol, formula: Node, part: Part | None = None) -> ArraySlope:
        from matcalc.indices.array_slopes import array_slope

        record, by = self.record, self.record.wrt[0]
        taken = set(record.program.taken)
        kept = structure_of(by.attributes) or "" if record.convention != "free" else ""
        return array_slope(of, formula, by, taken, None if part is None else part.entry(taken), kept)

    def _block(self, part: Part) -> Node | None:
        """The columns of the Jacobian that a part in numbers stands for, as a formula; None for one in letters."""
        from matcalc.derive.vectorized import selected

        return selected(self.record.gradients[0][1], part.of, [None if i is None else i.value or 0 for i in part.at])

    @cached_property
    def by_entries(self) -> Mapping[str, Verification]:
        """By the name of the variable, whether the entries in `slopes` are those of the matrix.

        Computed on first use; empty with verify=False, where there are none, and where they are too many to compare.
        """
        from matcalc.api.wanted import slopes_proved

        if self.verification is None or self.record.convention == "half":
            return {}
        try:
            found = slopes_proved(self.slopes[0], self.record.gradients[0][1], BY_ENTRIES)
        except UnsupportedError:
            return {}
        return {} if found is None else {self.variable: found}

    def _report(self, view: View, entries: bool) -> Report:
        """What the document is made of, with the entries in index notation if they are wanted."""
        record = self.record
        whole = record.gradients[0][1] if self.parts else self.node
        slopes: tuple[ArraySlope, ...] = ()
        unwritten, of = "", record.objective
        if entries or self.parts:
            assert of.definition is not None
            try:
                slopes = tuple(self._slope(of, of.definition, part) for part in self.parts)
                slopes += self.slopes if entries else ()
            except UnsupportedError as error:
                unwritten = error.message
        return Report(
            record,
            ((record.wrt[0], in_full(whole) if view.expand else whole),),
            view,
            {self.variable: self.verification} if self.verification is not None else {},
            REASONS,
            sentence,
            kind="jacobian",
            layout=self.layout,
            convention=record.convention,
            halves=dict(record.halves),
            slopes=slopes,
            unwritten=unwritten,
            parts=self.parts,
            blocks=tuple(map(self._block, self.parts)),
            summed=self.by_entries if slopes else {},
            adjoint=None if record.cotangent is None else (record.cotangent, record.adjoint),
        )

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        return built(self._report(view, view.entries))


@checked
def jacobian(
    source: str | Program,
    wrt: str,
    *,
    layout: str = "numerator",
    structure: str = "",
    verify: bool = True,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Jacobian:
    """The Jacobian dvec(Y)/dvec(X)' of the program's last definition Y by the name `wrt`, derived and proved.

    A row for each entry of Y, a column for each entry of X, both stacked by columns; with layout="denominator" the
    transpose. The result is a formula, `Expr`, with `to_text()` and its like for the derivation. The structure of a
    variable is ignored (Magnus & Neudecker, ch. 9) unless `structure` is "projected", for changes that keep it, or
    "half", by the independent entries of X. `wrt` may name an entry "W[1,2]", a row "W[1,:]" or a column "W[:,2]": the
    result is then the columns that belong to it; with letters, "W[i,j]", they are shown as sums over indices.

    Raises the errors of `parse`, UnsupportedError for a missing rule, MatcalcError for a `structure` that there is not.

    >>> print(jacobian("A X B", "X", verify=False))
    B' ⊗ A
    """
    program, name = program_of(source, shapes, language), name_of(wrt)
    if layout not in LAYOUTS[1:]:
        raise UnsupportedError(
            f"a Jacobian has no {layout} layout", hint=f"the layouts are {' and '.join(LAYOUTS[1:])}", text=str(layout)
        )
    from matcalc.derive.vectorized import transposed

    (name, *_), parts = wanted(program, [name])
    form = form_of(program, [name], structure) or "free"
    if parts and (form == "half" or layout != "numerator"):
        message = "a part of the variable is asked for in numerator layout, and not by independent entries"
        raise UnsupportedError(message, hint=f"ask by {name} itself", text=str(wrt))
    record, proof = derived(_named(program), name, verify, time_limit, structure=form)
    ((symbol, node),) = record.gradients
    parts = tuple(part._replace(of=symbol) for part in parts)
    formula = node if layout == "numerator" else transposed(node)
    found = Jacobian(formula, program.inputs, record=record, verification=proof, layout=layout, parts=parts)
    block = found._block(parts[0]) if parts else None
    return found if block is None else replace(found, node=block)


def is_structured(variable: Symbol) -> bool:
    """Whether entries of the variable depend on each other, so that `structure` makes a difference."""
    return structure_of(variable.attributes) != ""


def form_of(program: Program, names: Sequence[str], structure: str) -> str:
    """The form by structured variables that is asked for. Raises MatcalcError if there is none, or no such variable."""
    if not structure:
        return ""
    if structure not in STRUCTURES:
        message, hint = f"there is no structure {shown(structure)}", f"the forms are {', '.join(STRUCTURES)}"
        raise UnsupportedError(message, hint=hint, text=structure)
    variables = [program.symbol(name) for name in names]
    if structure != "free" and not any(map(is_structured, variables)):
        variable = variables[0]
        square = variable.shape[0] == variable.shape[1] != 1
        declared = f"declare it, as {variable.name}: {variable.shape[0]} x {variable.shape[0]} symmetric, or " * square
        raise MatcalcError(
            f"{variable.name} has no structure: each of its entries is independent",
            hint=f"{declared}leave out structure={structure}",
            text=variable.name,
        )
    return structure


def derived(
    program: Program,
    wrt: str,
    verify: bool,
    time_limit: float,
    kept: Collection[str] | None = None,
    structure: str = "free",
    shortened: Callable[[Jacobians], Jacobians] | None = None,
) -> tuple[Jacobians, Verification | None]:
    """The Jacobian's record, and its proof if it is to be verified. `kept`: as for `jacobians`.

    `shortened` may bring the result into another form, which is then proved.
    """
    from matcalc.derive.vectorized import jacobians

    record = jacobians(program, [wrt], kept, structure)
    record = record if shortened is None else shortened(record)
    simple(record)
    if program.given:
        from matcalc.api.given import agreement, output

        said = (*agreement(program, time_limit), *output(program))
        record = replace(record, notes=(*said, *record.notes))
    ((variable, _),) = record.gradients
    return record, _proof(record, variable, float(time_limit)) if verify else None


def _named(program: Program) -> Program:
    # A bare expression has the name J, which here stands for any output.
    program = with_output(program)
    output = program.objective
    if output in program.inputs or not unnamed(program):
        return program
    letter = "Y" if 1 not in output.shape else "y"
    taken = {*program.names, *program.functions}
    free = [name for name in (letter, "Y", "F", "y") if name not in taken]
    if not free:
        return program
    from matcalc.derive.vectorized import renamed

    return renamed(program, free[0])


def _proof(record: Jacobians, variable: Symbol, time_limit: float) -> Verification:
    from matcalc.verify import verify, verify_jacobians

    if record.program.given:
        found = verify(
            record.program.objective,
            {s: _as_gradient(s, m, dict(record.halves).get(s)) for s, m in record.gradients},
            {s: _as_gradient(s, m) for s, m in record.adjoints},
            given=dict(record.program.given),
            rewritten=(record.objective, dict(record.given)),
            time_limit=time_limit,
            convention="entries" if record.convention == "half" else record.convention,
        )
        return found[variable.name]
    found = verify_jacobians(
        record.program.typed[0],
        dict(record.gradients),
        dict(record.adjoints),
        rewritten=record.objective,
        time_limit=time_limit,
        structure=record.convention,
    )
    return found[variable.name]


def _as_gradient(symbol: Symbol, jacobian: Node, half: tuple[Node, Node] | None = None) -> Node:
    # The Jacobian of a scalar is the row of the entries of its gradient; `half`: of the independent ones, and D.
    column = T(jacobian) if half is None else matmul(half[1], T(jacobian))
    return column if symbol.shape[1] == 1 else term(UNVEC, column, *map(size_node, symbol.shape))
