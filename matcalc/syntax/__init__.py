"""Text in, Program out.

`parse` reads a program: tokens, their roles, trees, shapes, expressions. `parse_expression` reads one formula in symbols
that are already there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from matcalc.errors import ParseError, ShapeError, UnknownNameError
from matcalc.expr import SCALAR, Node, Shape, Size, Symbol, dim_names
from matcalc.operators import zeros
from matcalc.syntax import clash
from matcalc.syntax.build import Builder
from matcalc.syntax.layout import statements
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.parser import Statement, Tree, parse_statement
from matcalc.syntax.program import Program
from matcalc.syntax.reader import Reader
from matcalc.syntax.roles import Roles, assign
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import Token, tokenize

__all__ = ["Program", "parse", "parse_expression"]


def parse(source: str, shapes: Sequence[str] = ()) -> Program:
    """The program that a text is, every shape settled; the contract says what may be written.

    `shapes`: further declarations ("X: n x d"). Raises ParseError, ShapeError, UnknownNameError, UnsupportedError, each
    with its place in the text.
    """
    text = Source(source.removeprefix("\ufeff"))
    roles = Roles()
    declared = [(Source(shape), _declaration(Source(shape), roles)) for shape in shapes]
    tokens = statements(text, tokenize(text))
    if not tokens:
        raise mistake(text, "empty", 0, 0)
    assigned = assign(text, tokens, roles)
    reader = Reader(text, roles)
    for where, statement in declared:
        reader.declare(where, statement)
    bare: Tree | None = None
    for i, piece in enumerate(assigned):
        statement = parse_statement(text, piece)
        if statement.kind == "declared":
            reader.declare(text, statement)
        elif statement.tree is None:
            continue
        elif statement.kind == "definition":
            reader.define(statement.names[0], statement.tree)
        elif statement.kind == "known_gradient":
            reader.given.append((statement.names[0], statement.names[1], statement.tree))
        elif i + 1 < len(assigned):
            start, end = statement.tree.start, statement.tree.end
            raise mistake(text, "expression not last", start, end, text.quote(start, end))
        else:
            bare = statement.tree
    return _program(reader, bare)


def _declaration(source: Source, roles: Roles) -> Statement:
    tokens = statements(source, tokenize(source))
    if len(tokens) != 1:
        raise mistake(source, "not a declaration", 0, len(source.text), source.quote(0, len(source.text)))
    assigned = assign(source, tokens, roles, declarations=1)
    if not any(t.kind == "DECLARE" for t in assigned[0]):
        raise mistake(source, "not a declaration", 0, len(source.text), source.quote(0, len(source.text)))
    return parse_statement(source, assigned[0])


def _program(reader: Reader, bare: Tree | None) -> Program:
    text = reader.source
    trees = [*reader.definitions.values(), *(tree for _, _, tree in reader.given)]
    names = reader.collect([*trees, bare] if bare is not None else trees)
    objective = None
    if bare is not None:
        objective = _free_name({*names, *reader.declared, *reader.definitions, *reader.dimensions})
        token = Token("NAME", objective, bare.start, bare.end)
        reader.define(token, bare)
    elif reader.given:
        objective = str(reader.given[0][0].value)
    elif not reader.definitions:
        raise mistake(text, "no objective", 0, len(text.text))
    _check(reader, names)
    order = reader.ordered()
    if objective is None:
        objective = _last(reader)
    names = list(dict.fromkeys([*_in_order(reader, names)]))
    gradients = [tree for _, _, tree in reader.given]
    solver, known = reader.infer(names, order, gradients)
    inputs = [n for n in names if n in known and n not in reader.definitions]
    reader.name_dimensions(solver, [known[n] for n in inputs], [*names, *reader.definitions, *reader.roles.unknown_functions])
    values: dict[str, Node] = {}
    for name in names:
        if name not in known and reader.is_constant(name):
            node = reader.constant(name)
            if node is not None:
                values[name] = node
    symbols: dict[str, Symbol] = {}
    for name in inputs:
        attributes = reader.declared[name].attributes if name in reader.declared else ()
        symbols[name] = Symbol(name, reader.shape(solver, known[name]), attributes)
        values[name] = symbols[name]
    builder = reader.builder(solver, values)
    for name in order:
        symbols[name] = _defined(reader, builder, name)
        values[name] = symbols[name]
    given = []
    for of, by, tree in reader.given:
        given.append(_known_gradient(reader, builder, symbols, objective, of, by, tree))
    definitions = [n for n in order if n != objective] + ([objective] if objective in order else [])
    top = symbols.get(objective) or Symbol(objective, SCALAR)
    return Program(
        inputs=tuple(symbols[n] for n in inputs if n != objective),
        definitions=tuple(symbols[n] for n in definitions),
        objective=top,
        inferred=frozenset(n for n in inputs if n not in reader.declared or None in reader.declared[n].shape),
        functions=tuple(reader.roles.unknown_functions),
        notes=(*reader.roles.notes, *reader.notes, *builder.notes),
        given=tuple(given),
        source=text.text,
    )


def _in_order(reader: Reader, names: Sequence[str]) -> list[str]:
    return [*names, *(n for n in reader.declared if n not in names)]


def _free_name(taken: Collection[str]) -> str:
    if "J" not in taken:
        return "J"
    return next(name for i in range(1, len(taken) + 2) if (name := f"J{i}") not in taken)


def _last(reader: Reader) -> str:
    """The objective: the last definition, of those that no other one uses."""
    used = {name for tree in reader.definitions.values() for name in reader._uses(tree)}
    last = next(reversed(reader.definitions))
    objective = next(n for n in reversed(reader.definitions) if n not in used)
    if objective != last:
        reader.notes[f"the objective is {objective}: {last}, the last definition, is used by others"] = None
    return objective


def _check(reader: Reader, names: Sequence[str]) -> None:
    """Names that cannot be two things at once."""
    for name, declaration in reader.declared.items():
        if name in reader.dimensions:
            token = declaration.token
            hint = f"a size is known without a declaration; call the other {name} something else"
            message = f"{name} is both a size and a name with a shape"
            raise declaration.source.error(ParseError, message, token.start, token.end, hint=hint)
    for name, token in reader.places.items():
        if name in reader.dimensions and name in reader.definitions:
            message = f"{name} is both a size and a defined name"
            raise reader.source.error(ParseError, message, token.start, token.end)


def _defined(reader: Reader, builder: Builder, name: str) -> Symbol:
    tree = reader.definitions[name]
    node = builder.build(tree)
    declaration = reader.declared.get(name)
    attributes = declaration.attributes if declaration is not None else ()
    if declaration is not None:
        for said, is_ in zip(declaration.shape, node.shape, strict=True):
            if said is not None and said != is_:
                rows, columns = declaration.shape
                message = f"{name} is declared {rows}×{columns}, and {builder.text(tree)} is {clash.shown(node.shape)}"
                raise builder.error(ShapeError, message, tree)
    return Symbol(name, node.shape, attributes, node)


def _known_gradient(
    reader: Reader, builder: Builder, symbols: Mapping[str, Symbol], objective: str, of: Token, by: Token, tree: Tree
) -> tuple[Symbol, Node]:
    name = str(by.value)
    if str(of.value) != objective:
        message = f"all gradients are of one objective, here {objective}"
        raise reader.source.error(ParseError, message, of.start, of.end)
    if name not in symbols:
        message = f"{name} does not occur in the program"
        raise reader.source.error(UnknownNameError, message, by.start, by.end)
    node = builder.build(tree)
    if node.shape != symbols[name].shape:
        a, b = clash.shown(node.shape), clash.shown(symbols[name].shape)
        message = f"the gradient with respect to {name} has its shape, {b}, and {builder.text(tree)} is {a}"
        raise builder.error(ShapeError, message, tree)
    return symbols[name], node


# ----------------------------------------------------------------------------------------------------------- expressions


def parse_expression(
    text: str, symbols: Mapping[str, Symbol], functions: Collection[str] = (), shape: Shape | None = None
) -> Node:
    """The expression that a text is, in symbols with known shapes.

    The dimensions in the symbols' shapes may be used, as scalars and as sizes. `functions`: unknown functions of the
    entries that may be called. `shape`: what it must have, or ShapeError; it also fixes the size of I, and 0 has any shape.
    Raises ParseError, ShapeError, UnknownNameError, UnsupportedError.
    """
    source = Source(text)
    dims = {name for s in symbols.values() for dim in (*s.shape, *(shape or ())) for name in dim_names(dim)}
    dims |= {name for dim in shape or () for name in dim_names(dim)}
    roles = Roles(known=set(symbols), declared_functions=set(functions), dimensions=dims, closed=True)
    pieces = statements(source, tokenize(source))
    if not pieces:
        raise mistake(source, "empty", 0, 0)
    if len(pieces) > 1:
        raise mistake(source, "one expression", pieces[1][0].start, pieces[1][-1].end)
    statement = parse_statement(source, assign(source, pieces, roles)[0])
    if statement.tree is None or statement.kind != "expression":
        raise mistake(source, "one expression", pieces[0][0].start, pieces[0][-1].end)
    reader = Reader(source, roles, symbols)
    tree = statement.tree
    names = reader.collect([tree])
    for name in names:
        if name not in symbols and not reader.is_constant(name):
            raise _unknown(source, tree, name, symbols)
    solver, known = reader.infer(names, (), [tree])
    if shape is not None and solver.state(tree.var) != "scalar":
        solver.equal(tree.var.rows, solver.value(shape[0]))
        solver.equal(tree.var.columns, solver.value(shape[1]))
        solver.settle()
    values: dict[str, Node] = {name: symbols[name] for name in known}
    for name in names:
        if name not in values and (node := reader.constant(name)) is not None:
            values[name] = node
    node = reader.builder(solver, values).build(tree)
    if shape is not None and node.shape != shape:
        if tree.kind == "number" and tree.value == 0:
            return zeros(*shape)
        message = f"{source.quote(tree.start, tree.end)} is {clash.shown(node.shape)}, and must be {clash.shown(shape)}"
        hint = "its transpose would fit" if node.shape == shape[::-1] else ""
        raise source.error(ShapeError, message, tree.start, tree.end, hint=hint)
    return node


def _unknown(source: Source, tree: Tree, name: str, symbols: Mapping[str, Symbol]) -> Exception:
    from difflib import get_close_matches

    from matcalc.syntax.parser import walk

    place = next(t for t in walk(tree) if t.kind == "name" and t.value == name)
    near = get_close_matches(name, symbols, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the names are {', '.join(symbols)}"
    return source.error(UnknownNameError, f"{name} does not occur in the program", place.start, place.end, hint=hint)


_ = Size
