"""The front room: what a user calls from Python. It knows every room, and no room knows it.

Rooms that cost time to enter (NumPy and SymPy for evaluation and proof) are entered when they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING

from matcalc import render
from matcalc.derive import Derivation as Record
from matcalc.derive import derive as derive_record
from matcalc.derive import factored
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Shape, Symbol, definitions, expand, symbols
from matcalc.formula import Expr, canonical
from matcalc.render import finding as verification_json
from matcalc.render import plain
from matcalc.rewrite import Rule as Row
from matcalc.rules.conventions import NAMES as CONVENTIONS
from matcalc.syntax import parse as _parse
from matcalc.syntax import parse_expression
from matcalc.syntax.layout import statements
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import tokenize

if TYPE_CHECKING:
    from matcalc.verify import Verification


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

    def _repr_latex_(self) -> str:
        return f"${self.before.latex()} = {self.after.latex()}$"


def _rule(row: Row) -> Rule:
    return Rule(row.name, render.statement(row, render.TEXT), row.source, render.condition(row))


@dataclass(frozen=True, repr=False)
class Derivation(Mapping[str, Expr]):
    """Gradients with their derivation: a mapping from each variable's name to its gradient.

    The gradients are written in the program's names, in the intermediates that matcalc named, and in deltas; each has
    the shape of its variable. `verification` maps each name to what the proof said (empty with verify=False).
    """

    record: Record
    proofs: tuple[tuple[str, Verification], ...] = ()

    def __getitem__(self, name: str) -> Expr:
        for symbol, node in self.record.gradients:
            if symbol.name == canonical(name):
                return Expr(node, self.program.inputs)
        raise UnknownNameError(
            f"{name} is not a variable of this derivation",
            hint=f"the variables are {', '.join(self)}",
            text=name,
        )

    def __contains__(self, name: object) -> bool:
        return any(symbol.name == canonical(name) for symbol, _ in self.record.gradients)

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
        return MappingProxyType(dict(self.proofs))

    @property
    def where(self) -> tuple[tuple[str, Expr], ...]:
        """The named intermediates in forward order, then the deltas in the order of backpropagation."""
        named = (*self.record.where, *self.record.deltas)
        return tuple((s.name, Expr(s.definition, self.program.inputs)) for s in named if s.definition is not None)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every rewriting that was made, bookkeeping included."""
        found: list[Step] = []
        scope = self.program.inputs
        for section in self.record.sections:
            heading = render.heading(section, render.TEXT)
            for step in section.steps:
                number = len(found) + 1
                found.append(Step(number, Expr(step.before, scope), _rule(step.rule), Expr(step.after, scope), heading))
        return tuple(found)

    def expanded(self, name: str) -> Expr:
        """The gradient with every intermediate substituted."""
        return self[name].expanded()

    def _report(self, expand: bool, factor: bool) -> render.Report:
        record = self.record
        gradients = record.gradients
        if expand:
            gradients = tuple((s, record.gradient(s.name, expanded=True)) for s, _ in gradients)
        if factor:
            gradients = tuple((s, factored(gradient)) for s, gradient in gradients)
        return render.Report(
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
            expanded=expand,
        )

    def to_text(
        self,
        *,
        ascii: bool = False,
        steps: bool = True,
        expand: bool = False,
        factor: bool = False,
        color: bool = False,
        width: int = 100,
    ) -> str:
        """The whole as text: the problem, the derivation, the gradients, the proof.

        Here and below: `steps`, whether the derivation is shown; `expand`, the gradients with every intermediate
        substituted; `factor`, as products.
        """
        return render.text(self._report(expand, factor), ascii=ascii, steps=steps, color=color, width=width)

    def to_latex(
        self, document: bool = False, *, steps: bool = True, expand: bool = False, factor: bool = False
    ) -> str:
        """The whole as LaTeX, a fragment or a complete document; needs amsmath and amssymb."""
        return render.latex(self._report(expand, factor), document=document, steps=steps)

    def to_markdown(self, *, steps: bool = True, expand: bool = False, factor: bool = False) -> str:
        """The whole as Markdown with $ … $."""
        return render.markdown(self._report(expand, factor), steps=steps)

    def to_json(self, *, steps: bool = True, expand: bool = False, factor: bool = False) -> str:
        """The whole as JSON; docs/json.md says what is in it."""
        return render.json(self._report(expand, factor), steps=steps)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return f"<Derivation of {', '.join(f'd{self.record.objective.name}/d{name}' for name in self)}>"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def _names(wrt: str | Sequence[str]) -> list[str]:
    names = [wrt] if isinstance(wrt, str) else list(wrt) if isinstance(wrt, Iterable) else [wrt]
    if not all(isinstance(name, str) for name in names):
        raise UnknownNameError(f"wrt must be a name or a list of names, not {wrt!r}", hint='wrt="W" or wrt=["W", "b"]')
    return list(dict.fromkeys(map(canonical, names)))


def _program(source: str | Program, shapes: Sequence[str]) -> Program:
    if isinstance(source, Program):
        return parse(source.source, shapes) if shapes else source
    return parse(source, shapes)


def _limited(time_limit: float) -> float:
    if not isinstance(time_limit, (int, float)) or not 0 < time_limit < float("inf"):
        raise UnsupportedError(f"a time limit is a positive number of seconds, not {time_limit!r}")
    return float(time_limit)


def parse(source: str, shapes: Sequence[str] = ()) -> Program:
    """The program as understood, every shape settled.

    `shapes`: further declarations ("X: n x d"). Raises ParseError, ShapeError, UnknownNameError, UnsupportedError.
    """
    return _parse(source, shapes)


def derive(
    source: str | Program,
    wrt: str | Sequence[str],
    *,
    verify: bool = True,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    time_limit: float = 20.0,
) -> Derivation:
    """The gradients of the objective with respect to the names `wrt`, derived step by step and proved.

    Each gradient has the shape of its variable and satisfies dJ = G : dX (Magnus & Neudecker, ch. 5 and 9).
    `convention`: "projected", "entries" or "free", for structured variables. `verify=False` skips the proof, which
    otherwise stops after `time_limit` seconds. Raises what `parse` raises, and UnsupportedError for a missing rule.
    """
    program = _program(source, shapes)
    limit = _limited(time_limit)
    record = derive_record(program, _names(wrt), convention)
    return Derivation(record, _proofs(record, limit) if verify else ())


def _proofs(record: Record, time_limit: float) -> tuple[tuple[str, Verification], ...]:
    from matcalc.verify import verify as judge

    found = judge(
        record.objective,
        dict(record.gradients),
        dict(record.adjoints),
        given=dict(record.given),
        time_limit=time_limit,
        convention=record.convention,
    )
    return tuple(found.items())


def gradient(source: str | Program, wrt: str, *, convention: str = "projected", shapes: Sequence[str] = ()) -> Expr:
    """The gradient of the objective with respect to `wrt`, every intermediate substituted. Not verified."""
    return derive(source, wrt, verify=False, convention=convention, shapes=shapes).expanded(wrt)


def verify(
    source: str | Program,
    wrt: str,
    candidate: str | Expr,
    *,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    time_limit: float = 20.0,
) -> Verification:
    """Is `candidate` the gradient of the objective with respect to `wrt`?

    The candidate is written in the program's names; those that `derive` gives to intermediates and deltas are
    understood, too. Raises ShapeError where its shape is not that of `wrt`.
    """
    from matcalc.verify import verify as judge

    program, limit = _program(source, shapes), _limited(time_limit)
    (wrt,) = _names(wrt)
    variable = program.symbol(wrt)
    node = candidate.node if isinstance(candidate, Expr) else _candidate(program, variable, candidate)
    if node.shape != variable.shape:
        raise ShapeError(
            f"the formula is {_times(node.shape)} and {wrt} is {_times(variable.shape)}",
            hint="a gradient has the shape of its variable",
            text=str(candidate),
        )
    found = judge(
        program.objective, {variable: node}, given=dict(program.given), time_limit=limit, convention=convention
    )
    return found[wrt]


def equal(
    a: str | Expr,
    b: str | Expr,
    source: str | Program = "",
    *,
    shapes: Sequence[str] = (),
    time_limit: float = 20.0,
) -> Verification:
    """Are two formulas the same function of what occurs in them?

    `source` declares their names ("X: n x d; y: n"), or is the program that they are about; without it shapes are
    inferred from the two together. "proved": by exact arithmetic, in the sizes named; "agrees": at random points that
    have the declared structure; "failed": with a counterexample. Raises what `parse` raises, ShapeError where the two
    have different shapes.

    >>> str(equal("(A B)'", "B' A'", "A: n x m; B: m x p").status)
    'proved'
    """
    from matcalc.verify import equal as judge

    left, right = _sides(a, b, source, shapes)
    if left.shape != right.shape:
        message = f"the formulas have different shapes: {_times(left.shape)} and {_times(right.shape)}"
        raise ShapeError(message, hint="what differs in shape is not equal", text=str(b))
    return judge(left, right, time_limit=_limited(time_limit))


def _sides(a: str | Expr, b: str | Expr, source: str | Program, shapes: Sequence[str]) -> tuple[Node, Node]:
    # Two texts that declare nothing are read together, so that each says what it can of the other's shapes.
    formulas = [x for x in (a, b) if isinstance(x, Expr)]
    if not formulas and not isinstance(source, Program) and not re.search(r"(?m)(^|;)\s*given\b", source):
        return _read_together(str(a), str(b), source, shapes)
    known = {s.name: s for x in formulas for s in (*x.scope, *symbols(expand(x.node)), *definitions(x.node))}
    functions: tuple[str, ...] = ()
    if isinstance(source, Program) or source:
        program = _program(source, shapes)
        known, functions = {**program.names, **known}, program.functions
    found: list[Node] = []
    for x in (a, b):
        shape = found[0].shape if found else None
        found.append(x.node if isinstance(x, Expr) else parse_expression(x, known, functions, shape))
    return found[0], found[1]


def _read_together(a: str, b: str, source: str, shapes: Sequence[str]) -> tuple[Node, Node]:
    for text in (a, b):
        statements(Source(text), tokenize(Source(text)))  # brackets that do not pair
    left, right = (next(n for n in _endless(name) if n not in source + a + b) for name in ("left", "right"))
    try:
        program = parse(f"{source}\n{left} = ({a})\n{right} = ({b})\n{left} - {right}", shapes)
    except MatcalcError as error:
        if error.source_line == f"{left} - {right}":
            sides = re.sub(
                rf"\b({left}|{right})\b", lambda m: a if m[0] == left else b, error.message.partition(":")[0]
            )
            raise ShapeError(f"{sides}: they cannot be equal", text=b) from None
        for opening in (f"{left} = (", f"{right} = ("):  # the place in the formula itself
            if error.source_line.startswith(opening) and error.column is not None:
                error.column = max(1, error.column - len(opening))
                error.line, error.source_line = 1, error.source_line[len(opening) : -1]
        raise
    one, two = (program.symbol(name).definition for name in (left, right))
    assert one is not None and two is not None
    return one, two


def _endless(name: str) -> Iterator[str]:
    return (f"{name}{n or ''}" for n in count())


def _times(shape: Shape) -> str:
    return f"{shape[0]}×{shape[1]}"


def _candidate(program: Program, variable: Symbol, text: str) -> Node:
    if not isinstance(text, str):
        raise ParseError(f"a formula is text or an Expr, not {text!r}")
    try:
        return parse_expression(text, program.names, program.functions, variable.shape)
    except UnknownNameError:
        # Perhaps a name that the derivation gave: Z1, delta2.
        record = derive_record(program, [variable.name], "projected")
        named = {s.name: s for s in (*record.where, *record.deltas)}
        if not named.keys() - program.names.keys():
            raise
        return parse_expression(text, {**named, **program.names}, program.functions, variable.shape)


def rules(form: str = "text") -> str:
    """The rule book, printed from the rows: statement, source, condition, and for the colon the common index sum."""
    from matcalc.rules import book

    return render.rulebook(book.chapters(), form, book.USED, book.LETTERS)


__all__ = [
    "CONVENTIONS",
    "Derivation",
    "Expr",
    "Program",
    "Rule",
    "Step",
    "canonical",
    "derive",
    "equal",
    "gradient",
    "parse",
    "plain",
    "rules",
    "verification_json",
    "verify",
]
