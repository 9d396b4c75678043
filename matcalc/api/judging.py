"""Verification: of a derivation, of a user's formula, of the equality of two formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from matcalc import operators as ops
from matcalc.api.asking import name_of, parsed, program_of
from matcalc.api.formula import Expr
from matcalc.api.given import agreement
from matcalc.checked import checked
from matcalc.derive import Record
from matcalc.derive import derive as derive_record
from matcalc.errors import MatcalcError, NotDifferentiableError, ShapeError, UnknownNameError
from matcalc.expr import Node, Shape, Symbol, Term, definitions, expand, postorder, symbols
from matcalc.families import Place, indexed
from matcalc.syntax import code_language, parse_expression
from matcalc.syntax.program import Program

if TYPE_CHECKING:
    from matcalc.check.verdict import Verdict
    from matcalc.verify import Verification


def proofs(record: Record, time_limit: float) -> tuple[tuple[str, Verification], ...]:
    """The judge's verdict on each gradient of a derivation, by its variable's name."""
    if record.recursion is not None:
        return _at_depths(record, record.gradients, time_limit)
    from matcalc.verify import verify as judge

    typed, given = record.program.typed
    found = judge(
        typed,
        dict(record.gradients),
        dict(record.adjoints),
        given=dict(given),
        rewritten=(record.objective, dict(record.given)),
        time_limit=time_limit,
        convention=record.convention,
    )
    return tuple(found.items())


def _at_depths(
    record: Record, gradients: tuple[tuple[Symbol, Node], ...], time_limit: float
) -> tuple[tuple[str, Verification], ...]:
    # Formulas for layer l, in names of the record, are checked at L = 1, 2, 3.
    from matcalc.verify.every_depth import verify_layers

    assert record.recursion is not None
    given = dict(record.given)
    found = verify_layers(record.objective, gradients, record.recursion, given, time_limit, record.convention)
    return tuple(found.items())


def simple(record: Record) -> None:
    """Raises NotDifferentiableError if a gradient needs the vector of an eigenvalue that is never simple.

    Also if it needs, with the structure ignored, a norm that the structure makes constant.
    """
    for variable, formula in record.gradients if record.convention == "free" else ():
        if "orthogonal" in variable.attributes:
            _not_constant(variable, formula)
    formulas = [node for _, node in record.gradients]
    vectors = (n for n in postorder(*formulas, through_definitions=True) if isinstance(n, Term) and n.op.atom)
    if next(vectors, None) is None:
        return
    from matcalc.verify.simple import never_simple

    found = never_simple(formulas)
    if found is not None:
        name, matrix, least = found
        shown = matrix if isinstance(matrix, Symbol) and matrix.name in record.program.names else expand(matrix)
        size = matrix.shape[0]
        where = "" if isinstance(size, int) else f" from {f'{size} =' if isinstance(size, str) else 'size'} {least} on"
        raise NotDifferentiableError(
            f"the {name} of {Expr(shown, record.program.inputs)} is never simple{where}, and has no slope by a vector",
            hint="where its value is known, write that; where a smaller matrix has it once, write that one",
        )


def _not_constant(variable: Symbol, formula: Node) -> None:
    for node in postorder(formula, through_definitions=True):
        if isinstance(node, Term) and node.op in (ops.NORM, ops.SINGULAR_U) and node.args == (variable,):
            raise NotDifferentiableError(
                f"the norm of {variable.name} is a constant, as {variable.name} is orthogonal: "
                "it has no slope that ignores this",
                hint=f"without the convention free its gradient is 0; or do not declare {variable.name} orthogonal",
            )


@checked
def verify(
    source: str | Program,
    wrt: str,
    candidate: str | Expr,
    *,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Verification:
    """Is `candidate` the gradient of the objective with respect to `wrt`?

    The candidate may use the program's names and those that `derive` gives to intermediates and deltas. Raises
    ShapeError if its shape is not that of `wrt`.
    """
    from matcalc.verify import verify as judge

    program, limit = program_of(source, shapes, language), float(time_limit)
    wrt = name_of(wrt)
    record = derive_record(program, [wrt], convention) if program.family is not None else None
    variable = record.gradients[0][0] if record is not None else program.symbol(wrt)
    if isinstance(candidate, Expr):
        node = candidate.node
    elif record is not None:
        node = parse_expression(candidate, layer_names(record), program.functions, variable.shape)
    else:
        node = _candidate(program, variable, candidate)
    if node.shape != variable.shape:
        raise ShapeError(
            f"the formula is {_times(node.shape)} and {wrt} is {_times(variable.shape)}",
            hint="a gradient has the shape of its variable",
            text=str(candidate),
        )
    if record is not None:
        return dict(_at_depths(record, ((variable, node),), limit))[variable.name]
    agreement(program, limit)
    typed, given = program.typed
    found = judge(typed, {variable: node}, given=dict(given), time_limit=limit, convention=convention)
    return found[variable.name]


@checked
def equal(
    a: str | Expr,
    b: str | Expr,
    source: str | Program = "",
    *,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Verification:
    """Are two formulas the same function of the names in them?

    `source` declares their names ("X: n x d; y: n"), or is the program that they belong to, in a `language` as for
    `parse`; without it, shapes are inferred from the two formulas together. "proved": by exact arithmetic, in the sizes
    named; "agrees": at random points with the declared structure; "failed": with a counterexample. Raises the errors of
    `parse`, and ShapeError if the formulas have different shapes.

    >>> str(equal("(A B)'", "B' A'", "A: n x m; B: m x p").status)
    'proved'
    """
    from matcalc.verify import equal as judge

    left, right = _sides(a, b, source, shapes, language)
    if left.shape != right.shape:
        message = f"the formulas have different shapes: {_times(left.shape)} and {_times(right.shape)}"
        raise ShapeError(message, hint="what differs in shape is not equal", text=str(b))
    return judge(left, right, time_limit=float(time_limit))


@checked
def check(
    source: str | Program,
    wrt: str,
    answer: str,
    *,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Verdict:
    """What is to be said of a person's `answer` for the gradient by `wrt`: right, or which mistake it has and where.

    The answer is a formula as people write it, in any form that means the same: with definitions on lines of its own,
    with dJ/dW = on the left, its transpose or vec, one entry with sums over indices, or LaTeX. It may use the program's
    names and those of the derivation. Nothing is raised for what it says; an answer that cannot be read is of the kind
    "unreadable". `source`, `shapes`, `language` as for `parse`, whose errors are raised.

    >>> print(check("J = ||X w - y||^2", "w", "2 X (X w - y)").kind)
    shape
    """
    from matcalc.check.answer_key import answer_key
    from matcalc.check.answers import checked_answer

    program = program_of(source, shapes, language)
    return checked_answer(answer_key(program, name_of(wrt), convention, float(time_limit)), answer)


@checked
def check_function(
    f: Callable[..., Any] | None,
    grad: Callable[..., Any],
    source: str | Program,
    wrt: str,
    *,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Verdict:
    """What is to be said of a person's code for the gradient by `wrt`: right, or which mistake it has, and where.

    `f` computes the objective, or is None; `grad` the gradient, as an array or in a dict under its name. Both take the
    program's inputs, by name where their parameters have these names, otherwise in their order: matrices as 2-D arrays,
    vectors as 1-D arrays (as columns, if that raises), scalars as numbers; tensors where the code uses PyTorch. They
    are called at a few points, with sizes that all differ first. Errors that they raise are the verdict "unreadable".
    Raises the errors of `parse`, and UnsupportedError for code that does not take the inputs.

    >>> def grad(X, w, y):
    ...     return X.T @ (X @ w - y)
    >>> print(check_function(None, grad, "J = ||X w - y||^2", "w"))
    wrong (factor): grad returns 1/2 times the gradient
    rule: a constant factor comes from the objective: d(a^2) = 2 a da, d mean = 1/n d sum
    """
    from matcalc.check.answer_key import answer_key
    from matcalc.check.own_code import checked_function

    program = program_of(source, shapes, language)
    return checked_function(answer_key(program, name_of(wrt), convention, float(time_limit)), f, grad)


def _sides(
    a: str | Expr, b: str | Expr, source: str | Program, shapes: Sequence[str], language: str
) -> tuple[Node, Node]:
    # Two texts without declarations are parsed together, so that each can determine the other's shapes.
    formulas = [x for x in (a, b) if isinstance(x, Expr)]
    if isinstance(source, str):
        language = language or code_language(source)
    plain = language in ("", "text", "latex")
    if not formulas and isinstance(source, str) and plain and not re.search(r"(?m)(^|;)[ \t]*given\b", source):
        return _read_together(str(a), str(b), source, shapes)
    known = {s.name: s for x in formulas for s in (*x.scope, *symbols(expand(x.node)), *definitions(x.node))}
    functions: tuple[str, ...] = ()
    if isinstance(source, Program) or source:
        program = program_of(source, shapes, language)
        known, functions = {**program.names, **known}, program.functions
    found: list[Node] = []
    for x in (a, b):
        shape = found[0].shape if found else None
        found.append(x.node if isinstance(x, Expr) else parse_expression(x, known, functions, shape))
    return found[0], found[1]


def _read_together(a: str, b: str, source: str, shapes: Sequence[str]) -> tuple[Node, Node]:
    left, right = (next(n for n in _endless(name) if n not in source + a + b) for name in ("left", "right"))
    whole = f"{source}\n{left} = ("
    parts = [(0, len(source)), (len(whole), len(whole) + len(a))]
    whole += f"{a})\n{right} = ("
    parts.append((len(whole), len(whole) + len(b)))
    try:
        program = parsed(f"{whole}{b})\n{left} - {right}", [shapes] if isinstance(shapes, str) else list(shapes), parts)
    except MatcalcError as error:
        if error.source_line == f"{left} - {right}":
            sides = re.sub(
                rf"\b({left}|{right})\b", lambda m: a if m[0] == left else b, error.message.partition(":")[0]
            )
            raise ShapeError(f"{sides}: they cannot be equal", text=b) from None
        for opening in (f"{left} = (", f"{right} = ("):  # count columns in the formula itself
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
    try:
        return parse_expression(text, program.names, program.functions, variable.shape)
    except UnknownNameError:
        # Perhaps a name from the derivation: Z1, delta2.
        record = derive_record(program, [variable.name], "projected")
        named = {s.name: s for s in (*record.where, *record.deltas)}
        if not named.keys() - program.names.keys():
            raise
        return parse_expression(text, {**named, **program.names}, program.functions, variable.shape)


def layer_names(record: Record) -> dict[str, Symbol]:
    """Every name that a formula about layer l may be written in: of that layer, of its neighbours, of the ends."""
    family = record.program.family
    assert family is not None
    known = {s.name: s for s in (*record.program.inputs, *record.where, *record.deltas, record.objective)}
    found: dict[str, Symbol] = {}
    places = [family.here.moved(k) for k in (-1, 0, 1)]
    places += [family.last.moved(k) for k in (-1, 0, 1)] + [Place("", family.first + k) for k in (-1, 0, 1)]
    for symbol in known.values():
        place = indexed(symbol.name)
        if place is None or place.place != family.here:
            continue
        for other in places:
            moved = family.at(other, Symbol(symbol.name, symbol.shape, symbol.attributes))
            assert isinstance(moved, Symbol)
            found.setdefault(moved.name, moved)
    return {**found, **known}
