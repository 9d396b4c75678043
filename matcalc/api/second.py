"""Second order: Hessians, their products with a direction, and products with Jacobians.

Everything is the gradient of a gradient, or its Jacobian: the record of a derivation becomes a program
(onward.py), which is differentiated again, with its named intermediates.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from matcalc.api.asking import name_of, program_of
from matcalc.api.derivation import Derivation, derive
from matcalc.api.formula import Expr, canonical, in_full
from matcalc.api.given import stays_unknown
from matcalc.api.jacobians import Jacobian, derived, form_of
from matcalc.api.onward import gradient_program
from matcalc.api.wanted import wanted
from matcalc.checked import checked
from matcalc.derive import Record, simplified
from matcalc.derive import derive as derive_record
from matcalc.derive.chain import applied
from matcalc.derive.curvature import BENT, Curvature, curvature, jointly
from matcalc.derive.naming import TakenNames, fresh
from matcalc.derive.short import LONG, length, plain, shorter
from matcalc.derive.vectorized import Jacobians, by_map, is_short
from matcalc.document import View
from matcalc.document.assembly import derivation as built
from matcalc.document.blocks import Document
from matcalc.document.composed import Hessians, second_order
from matcalc.document.entrywise import Entries
from matcalc.document.sentences import Phrases
from matcalc.errors import ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import SCALAR, Node, Symbol, Term, definitions, dims, expand, expanded_length, postorder, symbols
from matcalc.expr import replace as substituted
from matcalc.indices.array_slopes import ArraySlope
from matcalc.operators import CHOL, T, inner
from matcalc.prose import marked
from matcalc.rewrite import Condition
from matcalc.rules.conventions import structure as structure_of
from matcalc.syntax.program import Program
from matcalc.verify.indefinite import takes_both_signs
from matcalc.write import TEXT, write

if TYPE_CHECKING:
    from matcalc.verify import Verification


@dataclass(frozen=True, repr=False)
class Hessian(Jacobian):
    """The Hessian ∂²J/∂vec(X)∂vec(Y)': a row for each entry of X, a column for each of Y, both stacked by columns.

    A formula with all methods of `Expr`. `gradient` is the derivation of ∂J/∂X, whose Jacobian by Y this is.
    `structure` says how it is meant for a structured variable: "projected", "half" or "free". `verification` is the
    verdict on all of it: `of_matrix` on the formula, `of_operator` on the map of a direction, and `of_symmetry` that
    the formula is its own transpose; that is not asked of mixed derivatives, nor of a formula for some changes only.
    """

    gradient: Derivation = field(kw_only=True, compare=False)
    structure: str = field(kw_only=True, compare=False)
    of_matrix: Verification | None = field(default=None, kw_only=True, compare=False)
    of_operator: Verification | None = field(default=None, kw_only=True, compare=False)
    of_symmetry: Verification | None = field(default=None, kw_only=True, compare=False)

    def __repr__(self) -> str:
        return f"<Hessian {self}>"

    @cached_property
    def operator(self) -> Expr:
        """The same as a map of a direction: what the gradient by X changes by along dY, of the shape of X.

        The direction is called d and the name of Y, `dW` for W; dW2 or the like if the program has another dW.
        """
        program, (name,) = self.gradient.program, self.gradient
        onward, record = self._along
        matrix = self.is_short and self.structure != "half" and expanded_length(self.node) <= LONG
        others = applied(self.node, self._direction, program.symbol(name)) if matrix else ()
        return _shortened(program, onward, record.gradient(name), others, self.record.parts)

    @cached_property
    def _along(self) -> tuple[Program, Record]:
        """The gradient by Y times the direction as a program, and the derivation of its gradient by X."""
        return _along(self.gradient, self.variable, self.structure)

    @property
    def _direction(self) -> Symbol:
        return _added(self._along[0], self.gradient.program)

    @property
    def curvature(self) -> str:
        """What is shown of the Hessian, and why: "positive semidefinite, as …: J is convex in w"; otherwise "".

        It holds wherever the Hessian is defined; `curvature_where` is what needs more than that. Of mixed derivatives
        it says what J is in each of the two names, and whether in both together.
        """
        if self.is_mixed:
            return "; ".join(map(said, self.claims))
        return said(self.bent.said) if self.bent is not None and not self.bent.where else ""

    @property
    def curvature_where(self) -> str:
        """What is shown where a condition holds that the program does not state, as on positive definite X; or ""."""
        return said(self.bent.said) if self.bent is not None and self.bent.where else ""

    @property
    def indefinite(self) -> str:
        """That the Hessian takes both signs for some values of the names; "" where this was not seen."""
        return "" if self.is_mixed or self.bent is not None else "; ".join(map(said, self.claims))

    @property
    def is_mixed(self) -> bool:
        """Whether it is by two names."""
        return next(iter(self.gradient)) != self.variable

    @cached_property
    def bent(self) -> Curvature | None:
        """The claim about the curvature: its sign, and the sentence with its formulas."""
        program = self.gradient.program
        if self.is_mixed:
            return None
        node = self.expanded().node if expanded_length(self.node) < _LONG else self.node
        return curvature(node, program.objective, program.symbol(self.variable))

    @cached_property
    def claims(self) -> tuple[Condition, ...]:
        """The sentences about the curvature."""
        program = self.gradient.program
        by = [program.symbol(name) for name in dict.fromkeys([next(iter(self.gradient)), self.variable])]
        if self.bent is not None:
            return (self.bent.said,)
        # On stacked columns; by independent entries it has the same signs.
        structure = "projected" if self.structure == "half" else self.structure
        mixed = (self if structure == self.structure else hessian(program, *(s.name for s in by), verify=False)).node
        if len(by) == 1:
            both = takes_both_signs(program.objective, [[mixed]], by, program.inputs, structure)
            return (_neither(program, mixed, by[0]),) if both else ()
        forms = [structure if structure_of(s.attributes) else "" for s in by]
        own = [hessian(program, s.name, structure=form, verify=False) for s, form in zip(by, forms, strict=True)]
        alone = [h.bent for h in own]
        together = jointly(program.objective, (by[0], by[1]))
        if together is not None:
            return (together.said,)
        blocks = [[own[0].node, mixed], [T(mixed), own[1].node]]
        both = takes_both_signs(program.objective, blocks, by, program.inputs, structure)
        return tuple(_each(program.objective, (by[0], by[1]), alone, both))

    @checked
    def document(self, view: View) -> Document:
        """The content as blocks, independent of the output format."""
        from matcalc.derive.vectorized import halves

        record = self.gradient.record
        variable = self.record.wrt[0]
        direction = Symbol(
            self._direction.name, variable.shape, variable.attributes if self.structure != "free" else ()
        )
        shown = [self.operator.node, *([self.node] if self.is_short or self.structure == "half" else [])]
        if view.expand:
            shown = list(map(in_full, shown))
        known = record.program.definitions
        where = tuple(s for s in definitions(*shown) if s not in known)
        by = record.wrt[0], variable
        own = dict(halves(record.program, list(dict.fromkeys(by)))) if self.structure == "half" else {}
        matrix = shown[1] if len(shown) > 1 else None
        verdicts = self.of_operator, self.of_symmetry if matrix is not None else None
        forms = Hessians(direction, shown[0], matrix, self.record.objective, where, self.claims, own, verdicts)
        of_matrix = replace(self, verification=self.of_matrix)
        documents = self.gradient.document(view), built(of_matrix._report(replace(view, entries=False), False))
        entries = Entries(Phrases(self._report(view, True))).second(record.program.objective) if view.entries else None
        return second_order(*documents, record.program, by, forms, view, entries)

    @cached_property
    def slopes(self) -> tuple[ArraySlope, ...]:
        """The second derivative of the objective by entry i j of the first name and entry k l of the second."""
        if self.structure == "half":
            message = "second derivatives by independent entries are not written as sums over indices"
            raise UnsupportedError(message, hint="leave out structure=half")
        return (self._slope(*self.gradient.record.gradients[0]),)

    @property
    def is_short(self) -> bool:
        """Whether the matrix is shown beside the operator: no term of it has more than one Kronecker product."""
        return is_short(self.node)


@checked
def hessian(
    source: str | Program,
    wrt: str,
    by: str = "",
    *,
    structure: str = "",
    verify: bool = True,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Hessian:
    """The Hessian of the objective by `wrt`, or the mixed derivatives by `wrt` and then `by`, derived and proved.

    H = ∂vec(∂J/∂X)/∂vec(Y)' (Magnus & Neudecker, ch. 10): a row for each entry of X = `wrt`, a column for each entry of
    Y = `by`, both stacked by columns; for a vector the n×n matrix. Its `operator` maps a direction dY to the change of
    ∂J/∂X. For a structured variable `structure` is "projected" (the default: for changes that keep the structure),
    "half" (by the independent entries: D' H D, where vec(X) = D v and v stacks them by columns; for a symmetric X the
    lower triangle) or "free" (the structure is ignored). Raises the errors of `derive`, UnsupportedError where the
    objective is no scalar, MatcalcError for a `structure` where there is none.

    >>> print(hessian("J = ||X w - y||^2", "w", verify=False))
    2 X' X
    """
    program = scalar(program_of(source, shapes, language))
    name = name_of(wrt)
    second = name_of(by) if by else name
    if wanted(program, [name, second])[1]:
        message = "a Hessian is by whole names, not by an entry, a row or a column"
        raise UnsupportedError(message, hint="`matcalc hessian --entries` shows it entry by entry", text=wrt)
    if program.objective in (program.symbol(name), program.symbol(second)):
        names = ", ".join(symbol.name for symbol in program.inputs)
        message = f"{program.objective.name} is the objective, and a Hessian is by what it depends on"
        raise UnknownNameError(message, hint=f"the names are {names}", text=program.objective.name)
    form = form_of(program, [name, second], structure) or "projected"
    convention = "free" if form == "free" else "projected"
    end, least = time.monotonic() + time_limit, time_limit / 10
    first = derive(program, name, verify=verify, convention=convention, time_limit=time_limit)
    stays_unknown(program)
    onward = gradient_program(first.record, name, half=form == "half")
    kept = [s.name for s in program.definitions]

    def shortened(record: Jacobians) -> Jacobians:
        if length(record, kept) < _SHORT or not plain(record.gradient(second), kept):
            return record
        moved, along = _along(first, second, form)
        return by_map(record, along, _added(moved, program), kept)

    left = max(least, end - time.monotonic())
    record, proof = derived(onward, second, verify, left, kept, form, shortened)
    node = record.gradient(second)
    if form == "free" and any(structure_of(program.symbol(each).attributes) for each in (name, second)):
        _refuse_factors(node)
    found = Hessian(node, onward.inputs, record=record, verification=proof, gradient=first, structure=form)
    return found if proof is None else _judged(found, proof, max(least, end - time.monotonic()))


def _along(first: Derivation, by: str, structure: str) -> tuple[Program, Record]:
    """The gradient by Y times the direction as a program, and the derivation of its gradient by X."""
    (name,) = first
    convention = "free" if structure == "free" else "projected"
    if by == name:
        onward = gradient_program(first.record, by, f"d{by}")
    else:
        onward = _slope(first.program, by, f"d{by}", convention)
    return onward, derive_record(onward, [name], convention)


def _added(onward: Program, program: Program) -> Symbol:
    """The direction among the inputs of a program that was made of another."""
    return next(s for s in onward.inputs if s not in program.inputs)


def _refuse_factors(node: Node) -> None:
    """Refuse what is said of changes off the symmetric matrices, where a Cholesky factor has no value."""
    factors = (n for n in postorder(node, through_definitions=True) if isinstance(n, Term) and n.op is CHOL)
    if (factor := next(factors, None)) is not None:
        shown = write(expand(factor), TEXT)
        message = f"{shown} has a value for symmetric matrices only, so there is no Hessian free of the structure"
        raise UnsupportedError(message, hint="ask for it projected, or by half of the entries", text=shown)


def _judged(found: Hessian, proof: Verification, time_limit: float) -> Hessian:
    """The Hessian with the verdicts on its map, its symmetry, and the whole; `proof` is that on its matrix."""
    # SymPy is loaded only where something is verified.
    from matcalc.verify.second_order import judged_beside, judged_map, judged_symmetry, whole

    program, (name,) = found.gradient.program, found.gradient
    half, node, direction = found.structure == "half", found.operator.node, found._direction
    convention = "free" if found.structure == "free" else "projected"
    along = mirrored = None
    if not found.is_mixed:
        onward, record = found._along
        slope = onward.objective, record.objective
        along = judged_map(slope, onward.symbol(name), node, dict(record.adjoints), convention, time_limit)
        if found.structure != "projected" or structure_of(program.symbol(name).attributes) == "":
            mirrored = judged_symmetry(found.node, time_limit)
    elif not half:
        along = judged_beside(found.node, node, direction, time_limit)
    forms = (found.node, node) if not half else None
    verdict = whole(found.gradient.verification[name], proof, along, forms, direction)
    return replace(found, verification=verdict, of_matrix=proof, of_operator=along, of_symmetry=mirrored)


@checked
def hvp(
    source: str | Program,
    wrt: str,
    direction: str,
    *,
    shapes: Sequence[str] = (),
    language: str = "",
    convention: str = "projected",
) -> Expr:
    """The Hessian by `wrt` times a direction: what the gradient changes by along it, of the shape of the variable.

    `direction`: a name of the program whose shape is that of the variable, or a new name. It is the gradient of the
    gradient times the direction, so it is as long as the program, not as the Hessian. Not verified. Raises the
    errors of `derive`, and ShapeError for a direction of another shape.

    >>> print(hvp("J = logdet(X)", "X", "V"))
    -(inv(X) V inv(X))'
    """
    program, name = scalar(program_of(source, shapes, language)), name_of(wrt)
    with_ = _Directed(program, name)
    return with_.put(_short(program, _slope(program, name, with_.along(direction), convention), name, convention))


@checked
def third(
    source: str | Program,
    wrt: str,
    first: str,
    second: str,
    *,
    shapes: Sequence[str] = (),
    language: str = "",
) -> Expr:
    """The third derivative by `wrt` along two directions, of the shape of the variable. Not verified.

    Errors as for `hvp`.

    >>> print(third("J = tr(X^3)", "X", "U", "V"))
    3 (U V + V U)'
    """
    program, name = scalar(program_of(source, shapes, language)), name_of(wrt)
    with_ = _Directed(program, name)
    onward = _slope(program, name, with_.along(first), "projected")
    return with_.put(_short(program, _slope(onward, name, with_.along(second), "projected"), name))


@checked
def vjp(source: str | Program, wrt: str, cotangent: str, *, shapes: Sequence[str] = (), language: str = "") -> Expr:
    """The gradient by `wrt` of U : Y, where Y is the last definition and U, the cotangent, a name of its shape.

    It is the transpose of the Jacobian times U, in the shape of the variable. Not verified. Errors as for `hvp`.

    >>> print(vjp("Y = A X B", "X", "U"))
    A' U B'
    """
    program, name = program_of(source, shapes, language), name_of(wrt)
    with_ = _Directed(program, name, program.objective)
    return with_.put(_short(program, _weighted(program, with_.along(cotangent)), name))


@checked
def jvp(source: str | Program, wrt: str, direction: str, *, shapes: Sequence[str] = (), language: str = "") -> Expr:
    """What the last definition Y changes by along a direction V of the variable, of the shape of Y. Not verified.

    It is the Jacobian times V: the gradient by U of the gradient by X of U : Y, times V. Errors as for `hvp`.

    >>> print(jvp("Y = A X B", "X", "V"))
    A V B
    """
    program, name = program_of(source, shapes, language), name_of(wrt)
    with_ = _Directed(program, name)
    along = with_.along(direction)
    if program.objective.is_scalar:
        onward = _slope(program, name, along, "projected")
        return with_.put(_shortened(program, onward, onward.objective))
    taken = TakenNames((*program.taken, direction))
    cotangent = fresh("U", taken)
    return with_.put(_short(program, _slope(_weighted(program, cotangent), name, along, "projected"), cotangent))


_LONG, _FEW, _SHORT = 1_500, 6, 24
"""Symbols of a Hessian that is simplified in full before its form is looked at; names that are listed."""


def _neither(program: Program, node: Node, by: Symbol) -> Condition:
    of = [s for s in symbols(expand(node)) if s is not by]
    letters = {f"A{number}": s for number, s in enumerate(of)}
    names = _and([f"{{{letter}}}" for letter in letters]) if len(of) <= _FEW else "the other names"
    unless = f" unless more is known of {names}" if of else ""
    words = f"indefinite in general, as `v' H v` takes both signs: {{J}} is neither convex nor concave in {{X}}{unless}"
    return Condition(words, (("J", program.objective), ("X", by), *letters.items()))


def _each(of: Symbol, by: tuple[Symbol, Symbol], alone: Sequence[Curvature | None], both: bool) -> Iterator[Condition]:
    """What is known of an objective in each of two names, and that it takes both signs in both together."""
    parts = (("J", of), ("X", by[0]), ("Y", by[1]))
    known = [f"{BENT[c.sign]} in {{{letter}}}" for c, letter in zip(alone, "XY", strict=True) if c and not c.where]
    if known:
        yield Condition(f"{{J}} is {_and(known)}{', each alone' if len(known) == 2 else ''}", parts)
    if both:
        words = "not convex and not concave in {X} and {Y} together: the Hessian by both takes both signs"
        yield Condition(f"{'it' if known else '{J}'} is {words}", parts)


def _and(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " * (len(words) > 1) + words[-1] if words else ""


def said(claim: Condition) -> str:
    """A sentence with its formulas as text."""
    text = str(marked(claim.words))
    for letter, node in claim.parts:
        text = text.replace(f"{{{letter}}}", write(node, TEXT))
    return text


def _short(program: Program, onward: Program, wrt: str, convention: str = "projected") -> Expr:
    """The gradient of a further program in its shortest form, in the names of the first. See `shorter`."""
    return _shortened(program, onward, derive_record(onward, [wrt], convention).gradient(wrt))


def _shortened(
    program: Program, onward: Program, node: Node, others: Iterable[Node] = (), beside: Iterable[Symbol] = ()
) -> Expr:
    names = {s.name for s in (*definitions(node), *onward.inputs)}
    taken = TakenNames((*program.names, *program.functions, *dims(*onward.inputs), *names))
    kept = [s.name for s in program.definitions if s is not program.objective or s.is_scalar]
    found = shorter(node, kept, taken, others, beside)
    return Expr(found.node, onward.inputs)


def _slope(program: Program, wrt: str, along: str | Symbol, convention: str) -> Program:
    """The gradient by `wrt` times a direction, as a program."""
    # Not by independent entries: there each entry would count those tied to it once more in the next derivative.
    found = derive(program, wrt, verify=False, convention="projected" if convention == "entries" else convention)
    stays_unknown(program)
    return gradient_program(found.record, wrt, along)


class _Directed:
    """The directions of products by one variable.

    One that depends on the variable, as the variable itself, stays the same while the variable changes: a new name
    stands for it until the product is found.
    """

    def __init__(self, program: Program, wrt: str, shaped: Symbol | None = None) -> None:
        self._program = program
        self._variable = program.symbol(wrt)
        self._shaped = shaped or self._variable
        self._taken = TakenNames(program.taken)
        self._known: dict[Node, Node] = {}

    def along(self, direction: str) -> str | Symbol:
        """A name of the program, or a new name. Raises ShapeError for another shape."""
        known = _named(self._program, direction, self._shaped)
        if isinstance(known, str) or self._variable not in symbols(expand(known)):
            return known
        still = Symbol(fresh("V", self._taken), known.shape)
        self._known[still] = known
        return still

    def put(self, found: Expr) -> Expr:
        """The product, in the names that were given."""
        if not self._known:
            return found
        return Expr(simplified(substituted(found.expanded().node, self._known)), self._program.inputs)


def _named(program: Program, direction: str, variable: Symbol) -> str | Symbol:
    # A name of the program is that; its shape must be the variable's.
    known = program.names.get(canonical(direction))
    if known is None:
        if not canonical(direction).isidentifier():
            message = f"{direction} is no name, and a direction is one" if direction else "a direction is a name"
            raise UnknownNameError(message, hint="take V, or a name that the program defines", text=direction)
        return direction
    if known.shape != variable.shape:
        shapes = f"{known.shape[0]}×{known.shape[1]}, and {variable.name} is {variable.shape[0]}×{variable.shape[1]}"
        raise ShapeError(f"{known.name} is {shapes}", hint="a direction has the shape of the variable", text=known.name)
    return known


def _weighted(program: Program, cotangent: str | Symbol) -> Program:
    """The program of U : Y, for the last definition Y."""
    output = program.objective
    taken = TakenNames(program.taken)
    weight = Symbol(fresh(canonical(cotangent), taken), output.shape) if isinstance(cotangent, str) else cotangent
    inputs = program.inputs if weight in program.inputs else (*program.inputs, weight)
    objective = Symbol(fresh("J", taken), SCALAR, (), inner(output, weight))
    return replace(program, inputs=inputs, definitions=(*program.definitions, objective), objective=objective)


def scalar(program: Program, what: str = "a Hessian") -> Program:
    """The program. Raises UnsupportedError if its objective is no number, which `what` is of."""
    output = program.objective
    if not output.is_scalar:
        rows, columns = output.shape
        raise UnsupportedError(
            f"{output.name} is {rows}×{columns}, and {what} is of a scalar",
            hint=f"`matcalc jacobian` differentiates {output.name}; or take a number of it, as sum({output.name})",
        )
    return program
