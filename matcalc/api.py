"""The front room: what a user calls from Python. It knows every room, and no room knows it.

Rooms that cost time to enter (NumPy and SymPy for evaluation and proof) are entered when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from matcalc import render
from matcalc.derive import Derivation as Record
from matcalc.derive import derive as derive_record
from matcalc.derive import simplified
from matcalc.errors import ParseError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Shape, Symbol, definitions, expand, symbols
from matcalc.render import finding as verification_json
from matcalc.rewrite import Rule as Row
from matcalc.rules.conventions import NAMES as CONVENTIONS
from matcalc.syntax import parse as _parse
from matcalc.syntax import parse_expression
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import tokenize

if TYPE_CHECKING:
    import numpy as np

    from matcalc.verify import Verification

Functions = Mapping[str, "Callable[..., Any] | tuple[Callable[..., Any], ...]"]


@dataclass(frozen=True, repr=False)
class Expr:
    """A formula: a gradient, a line of a derivation, an intermediate.

    `str()` is text that parses again. Names of intermediates and deltas in it know their definitions, so it can be
    evaluated as it stands; `expanded()` writes them out.
    """

    node: Node
    scope: tuple[Symbol, ...] = field(default=(), compare=False)
    """The program's inputs: their values tell the sizes of ones(n) where no input occurs in the formula itself."""

    @property
    def shape(self) -> Shape:
        """(rows, columns); each a number or the name of a dimension. A column vector is ("n", 1), a scalar (1, 1)."""
        return self.node.shape

    def __str__(self) -> str:
        return render.write(self.node, render.TEXT)

    def ascii(self) -> str:
        """As `str()`, in plain ASCII."""
        return render.write(self.node, render.ASCII)

    def latex(self) -> str:
        """LaTeX for math mode."""
        return render.write(self.node, render.LATEX)

    def __repr__(self) -> str:
        return f"Expr({self})"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def expanded(self) -> Expr:
        """The same with every named intermediate substituted, in its short form."""
        return Expr(simplified(expand(self.node)), self.scope)

    @property
    def where(self) -> tuple[tuple[str, Expr], ...]:
        """The names in it that have definitions, with those that they need, in an order to compute them in."""
        found = definitions(self.node)
        return tuple((s.name, Expr(s.definition, self.scope)) for s in found if s.definition is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs that it depends on: what `evaluate` must be given."""
        return tuple(s.name for s in symbols(expand(self.node)))

    def evaluate(
        self,
        values: Mapping[str, Any],
        functions: Functions | None = None,
        sizes: Mapping[str, int] | None = None,
    ) -> np.ndarray[Any, Any] | float:
        """Its value at NumPy arrays.

        `values`: an array for every input (1-D for a column vector, a float for a scalar). `functions`: for an unknown
        f the callables (f, f', …) as far as they occur. `sizes`: dimensions that no value tells. Returns a float for a
        scalar, a 1-D array for a column vector, else a 2-D array; nan where it is not defined. Raises UnknownNameError
        for a value that is missing, ShapeError for one that does not fit.
        """
        from matcalc import meaning

        values = {canonical(name): value for name, value in values.items()}
        own = {dim for s in symbols(expand(self.node)) for dim in s.shape}
        known = {dim: n for dim, n in _sizes(self.scope, values).items() if dim not in own} | dict(sizes or {})
        (value,) = meaning.evaluate([self.node], values, functions or {}, known)
        if self.node.is_scalar:
            return float(value[0, 0])
        return value[:, 0] if self.shape[1] == 1 else value

    def to_function(self, backend: str = "numpy", functions: Functions | None = None) -> Callable[..., Any]:
        """A callable that takes the inputs by name and returns what `evaluate` does."""
        if backend != "numpy":
            raise UnsupportedError(f"there is no backend {backend} yet", hint='the backend that there is: "numpy"')

        def function(**values: Any) -> Any:
            return self.evaluate(values, functions)

        function.__doc__ = f"{self}, from {', '.join(self.names)}"
        return function


def canonical(name: object) -> str:
    """The name as the program holds it: λ is lambda, W₁ is W1."""
    text = str(name)
    if text.isascii():
        return text
    try:
        tokens = [token for token in tokenize(Source(text)) if token.kind == "NAME"]
    except ParseError:
        return text
    return str(tokens[0].value) if len(tokens) == 1 else text


def _sizes(scope: Sequence[Symbol], values: Mapping[str, Any]) -> dict[str, int]:
    """What the values of the program's inputs say of its dimensions."""
    from numpy import shape

    found: dict[str, int] = {}
    for symbol in scope:
        if symbol.name in values and not symbol.is_scalar:
            with suppress(ValueError):  # a ragged value is refused where it is used
                for dim, length in zip(symbol.shape, shape(values[symbol.name]), strict=False):
                    if isinstance(dim, str):
                        found.setdefault(dim, length)
    return found


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
    return Rule(row.name, render.statement(row, render.TEXT), row.source, row.condition)


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

    def _report(self, expand: bool = False) -> render.Report:
        record = self.record
        gradients = record.gradients
        if expand:
            gradients = tuple((s, record.gradient(s.name, expanded=True)) for s, _ in gradients)
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
        self, *, ascii: bool = False, steps: bool = True, expand: bool = False, color: bool = False, width: int = 100
    ) -> str:
        """The whole as text: the problem, the derivation, the gradients, the proof."""
        return render.text(self._report(expand), ascii=ascii, steps=steps, color=color, width=width)

    def to_latex(self, document: bool = False, *, steps: bool = True, expand: bool = False) -> str:
        """The whole as LaTeX, a fragment or a complete document; needs amsmath and amssymb."""
        return render.latex(self._report(expand), document=document, steps=steps)

    def to_markdown(self, *, steps: bool = True, expand: bool = False) -> str:
        """The whole as Markdown with $ … $."""
        return render.markdown(self._report(expand), steps=steps)

    def to_json(self, *, steps: bool = True, expand: bool = False) -> str:
        """The whole as JSON; docs/json.md says what is in it."""
        return render.json(self._report(expand), steps=steps)

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
    "gradient",
    "parse",
    "rules",
    "verification_json",
    "verify",
]
