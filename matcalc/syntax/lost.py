"""What a text says beside the objective that is no definition for it: a model, a solution, a value to begin with.

Taken for definitions they would make another problem of it: with y = X w the residual y - X w is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcalc import operators as ops
from matcalc.errors import ParseError
from matcalc.expr import Node, Number, Symbol, Term, postorder
from matcalc.prose import marked
from matcalc.syntax.program import Program
from matcalc.syntax.reader import Reader
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, walk


def without_solutions(source: Source, statements: Sequence[Statement], roles: Roles) -> list[Statement]:
    """The statements without w = 0 and w = (X'X)^{-1} X'y where w is what the text differentiates by, noted.

    Such a formula has only names that stand elsewhere; z = W x of L(z) has others, and is a definition.
    """
    found: list[Statement] = []
    for statement in statements:
        name = str(statement.names[0].value) if statement.kind == "definition" else ""
        others = set[str]().union(*(_names(s) for s in statements if s is not statement)) if name in roles.by else ()
        if name in others and all(part in others for part in _names(statement)):
            assert statement.tree is not None
            shown = source.quote(statement.names[0].start, statement.tree.end)
            note = f"`{shown}` is left out: `{name}` is what is differentiated by, and no definition of it"
            roles.notes[marked(note)] = None
        else:
            found.append(statement)
    return found


def _names(statement: Statement) -> set[str]:
    return {str(t.value) for t in walk(statement.tree) if t.kind == "name"} if statement.tree is not None else set()


def model_in(reader: Reader, program: Program) -> str:
    """The name, if any, that is defined as the model that is subtracted from it: y = X w + e beside ‖y - X w‖^2."""
    if len(program.definitions) < 2:
        return ""
    formulas = [s.definition for s in (*program.definitions, program.objective) if s.definition is not None]
    parts = list(dict.fromkeys(part for formula in formulas for part in postorder(formula)))
    for part in parts:
        signs = _signs(part)
        for whole, sign in signs.items():
            if not isinstance(whole, Symbol) or whole.definition is None or whole.name not in reader.places:
                continue
            model = {summand for summand, opposite in signs.items() if opposite == -sign}
            model |= {s for m in model if isinstance(m, Symbol) and m.definition for s in _signs(m.definition)}
            own = list(_signs(whole.definition))
            rest = [summand for summand in own if summand not in model]
            product = any(not isinstance(summand, Symbol) for summand in own if summand in model)
            if product and all(_is_noise(summand) for summand in rest):
                return whole.name
    return ""


def without_model(reader: Reader, statements: Sequence[Statement], name: str, sentence: bool) -> list[Statement]:
    """The statements without that definition, noted, if it stands in a sentence. Raises ParseError if not."""
    place = reader.places[name]
    if not sentence:
        message = f"{name} is defined as what is subtracted from it, and the difference is nothing"
        hint = f"leave out the definition of {name}, the data to which a model is fitted"
        raise reader.source.error(ParseError, message, place.start, place.end, hint=hint)
    note = f"the definition of `{name}` is left out: `{name}` is what a model is fitted to, and not the model itself"
    reader.roles.notes[marked(note)] = None
    return [s for s in statements if s.kind != "definition" or s.names[0].value != name]


def _signs(node: Node) -> dict[Node, int]:
    """The summands of something, each with its sign."""
    summands = node.args if isinstance(node, Term) and node.op is ops.PLUS else (node,)
    found: dict[Node, int] = {}
    for summand in summands:
        negative = isinstance(summand, Term) and summand.op is ops.SCALE and summand.args[0] == Number(-1)
        found[summand.args[1] if negative and isinstance(summand, Term) else summand] = -1 if negative else 1
    return found


def _is_noise(node: Node) -> bool:
    # e, or e added to every entry.
    parts = [part for part in postorder(node) if isinstance(part, Symbol)]
    return len(parts) == 1 and parts[0].definition is None and (node is parts[0] or node == _spread(parts[0], node))


def _spread(symbol: Symbol, node: Node) -> Node:
    return ops.term(ops.SCALE, symbol, ops.ones(*node.shape)) if symbol.is_scalar else symbol
