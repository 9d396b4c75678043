"""Given gradients (`given dE/dA = …`) and their agreement with the rest of the program.

A given gradient is the whole gradient, through all uses of the name. If the objective, or another given gradient, also
determines it, the given one is used, and the judge checks that the two are equal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from matcalc.api.formula import Expr
from matcalc.derive import derive
from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.expr import Node, Symbol, definitions, postorder
from matcalc.prose import Prose, marked
from matcalc.syntax import read
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source

_SHORT = 60
"""The longest formula, in characters, that a message quotes."""


def agreement(program: Program, time_limit: float) -> tuple[Prose, ...]:
    """A sentence for each given gradient that the rest of the program also determines.

    Raises ParseError if the two differ.
    """
    ends, others = _parted(program)
    stop = time.monotonic() + time_limit
    return tuple(_checked(program, ends, symbol, node, max(stop - time.monotonic(), 0.01)) for symbol, node in others)


def output(program: Program) -> tuple[Prose, ...]:
    """The sentence that says of what a Jacobian is, where the text gives gradients and may mean another one."""
    of, (first, *_) = program.objective, program.given
    what = f"d{of.name}/d{first[0].name}"
    said = f"the Jacobian is that of `{of.name}`, a number; of `{first[0].name}` it is without `given {what}`"
    return (Prose(marked(said)),) if _place(program, first[0].name) != (0, 0) else ()


def stays_unknown(program: Program) -> None:
    """Refuse second derivatives where a given gradient is a bare name, of which nothing says how it changes.

    Raises UnsupportedError, unless the name is declared constant.
    """
    for symbol, node in program.given:
        if isinstance(node, Symbol) and node in program.inputs and "constant" not in node.attributes:
            what = f"d{program.objective.name}/d{symbol.name}"
            raise UnsupportedError(
                f"{what} is given as {node.name}, and nothing says how {node.name} changes with {symbol.name}",
                hint=f"write {what} as a formula in {symbol.name}; or declare {node.name}: constant",
                text=node.name,
            )


def _parted(program: Program) -> tuple[tuple[tuple[Symbol, Node], ...], tuple[tuple[Symbol, Node], ...]]:
    # Split the given gradients: undetermined otherwise, or implied by the objective or by the former.
    if program.objective.definition is not None:
        return (), program.given
    roots = [s.definition for s, _ in program.given if s.definition is not None]
    below = set(postorder(*roots, through_definitions=True))
    ends = tuple(pair for pair in program.given if pair[0] not in below)
    return ends, tuple(pair for pair in program.given if pair[0] in below)


def _checked(
    program: Program, ends: tuple[tuple[Symbol, Node], ...], symbol: Symbol, node: Node, time_limit: float
) -> Prose:
    from matcalc.verify import verify

    of = program.objective
    what = f"d{of.name}/d{symbol.name}"
    rest = [f"d{of.name}/d{s.name}" for s, _ in ends if s in set(_above(ends, symbol))]
    follows = f"the definition of `{of.name}`" if of.definition is not None else " and ".join(rest)
    found = verify(of, {symbol: node}, given=dict(ends), time_limit=time_limit)[symbol.name]
    if found.status != "failed":
        checked = ["the two are equal"]
        if not found.ok:
            checked = ["whether the two are equal could not be checked: ", found.detail]
        said = f"`{what}` is given, but also follows from {follows}; the given one is used, and "
        return Prose(marked(said), *checked)
    other = _derived(replace(program, given=ends), symbol)
    message = f"{what} is given as {_quoted(node)}, and from {follows.replace('`', '')} follows {other}: the two differ"
    hint = f"a given gradient is complete: it includes every use of {symbol.name}; "
    hint += f"to give one part of it, name a copy, B = {symbol.name}, and give d{of.name}/dB"
    if of.definition is not None:
        hint = f"leave out one of them: the given gradient, or the definition of {of.name}"
    start, end = _place(program, symbol.name)
    raise Source(program.source).error(ParseError, message, start, end, hint=hint)


def _above(ends: tuple[tuple[Symbol, Node], ...], symbol: Symbol) -> Iterator[Symbol]:
    for end, _ in ends:
        if end.definition is not None and symbol in set(postorder(end.definition, through_definitions=True)):
            yield end


def _derived(program: Program, symbol: Symbol) -> str:
    # The gradient that the rest of the program implies, if it is short.
    try:
        record = derive(program, [symbol.name])
    except MatcalcError:
        return "another"
    (found,) = (node for _, node in record.gradients)
    deltas = {*record.deltas, *record.where} - {*program.definitions}
    return "another" if deltas & set(definitions(found)) else _quoted(found, "another")


def _quoted(node: Node, otherwise: str = "it is") -> str:
    text = str(Expr(node))
    return text if len(text) <= _SHORT else otherwise


def _place(program: Program, by: str) -> tuple[int, int]:
    # Where the text gives the gradient with respect to a name.
    for statement in read(program.source, language=program.language).written.statements:
        if statement.kind == "known_gradient" and statement.names[1].value == by and statement.tree is not None:
            return statement.names[0].start, statement.tree.end
    return 0, 0
