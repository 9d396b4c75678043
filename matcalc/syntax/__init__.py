"""Text in, Program out.

`parse` reads a program: tokens (tokens.py), paired and split into statements (layout.py), given their roles (roles.py),
parsed by the compiled grammar (parser.py); then names (reader.py), shapes (infer.py, solve.py) and expressions
(build.py), put together in settle.py. `parse_expression` reads one formula in symbols that are already there.

Every stage is iterative and near linear in the length of the text, and raises nothing but MatcalcError.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count

from matcalc.dims import dim_names
from matcalc.errors import MatcalcError, ParseError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Shape, Symbol, dims
from matcalc.families import renamed
from matcalc.operators import indexed_sum, term, zeros
from matcalc.syntax import clash
from matcalc.syntax.assign import assign, declares
from matcalc.syntax.choices import Choice, decided
from matcalc.syntax.declarations import bad_size
from matcalc.syntax.diagnosis import parse_statement
from matcalc.syntax.layers import Summed, Writing, first_sum, gather, plan
from matcalc.syntax.layout import statements
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.program import Program
from matcalc.syntax.reader import Reader
from matcalc.syntax.roles import Roles
from matcalc.syntax.settle import Settled, settle
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import LIMIT, tokenize
from matcalc.syntax.traps import refuse_traps
from matcalc.syntax.tree import Statement, Token, Tree

__all__ = ["LIMIT", "Program", "parse", "parse_expression"]


def parse(source: str, shapes: Sequence[str] = ()) -> Program:
    """The program that a text is, every shape settled; the contract says what may be written.

    `shapes`: further declarations ("X: n x d"). A text is at most LIMIT characters long. Raises ParseError, ShapeError,
    UnknownNameError, UnsupportedError, each with its place in the text.

    >>> program = parse("J = sum((y - f(f(X W1) W2))^2)")
    >>> [(s.name, *s.shape) for s in program.inputs]
    [('y', 'n', 1), ('X', 'n', 'd'), ('W1', 'd', 'h'), ('W2', 'h', 1)]
    """
    text = Source(_text(source, "the program"))
    declared = [shapes] if isinstance(shapes, str) else _listed(shapes)
    return decided(lambda choice: _read(text, declared, choice))


def _read(text: Source, shapes: Sequence[str], choice: Choice, zeros: bool = False) -> Program:
    """The program; h[0] = 0 of what layers carry on is the number, or with `zeros` an array of zeros."""
    roles = Roles(choice=choice)
    layers = plan(text)
    tokens = tokenize(text, layers.text)
    letters = {letter for found in layers.layers for letter in (found.letter, found.last.letter) if letter}
    if layers.layers:
        tokens = gather(text, tokens, letters)
    refuse_traps(text, tokens)
    pieces = statements(text, tokens)
    if not pieces:
        raise mistake(text, "empty", 0, 0)
    writing = Writing(text, layers, pieces) if layers.layers else None
    declarations = [found for shape in shapes for found in _declarations(Source(shape), roles, writing)]
    pieces = assign(text, writing.statements if writing is not None else pieces, roles)
    reader = Reader(text, roles)
    for where, statement in declarations:
        reader.declare(where, statement)
    bare: Tree | None = None
    for i, piece in enumerate(pieces):
        statement = parse_statement(text, piece)
        if statement.kind == "declared":
            reader.declare(text, statement)
            continue
        assert statement.tree is not None
        if statement.kind == "definition":
            if writing is not None and writing.starts_at_zero(statement.names[0], statement.tree) and zeros:
                statement.tree.kind = "zero"
            reader.define(statement.names[0], statement.tree)
        elif statement.kind == "known_gradient":
            reader.given.append((statement.names[0], statement.names[1], statement.tree))
        elif i + 1 < len(pieces):
            raise _not_last(text, piece)
        else:
            bare = statement.tree
    if writing is not None and writing.symbolic is not None:
        reader.dimensions.add(writing.symbolic.last.letter)  # the number of layers may be used as one
    names = reader.collect(bare)
    if writing is None:
        return settle(reader, names, reader.objective(names, bare))
    try:
        return _settled(reader, names, bare, writing)
    except (ShapeError, UnsupportedError) as error:
        if writing.zeros and not zeros:
            return _read(text, shapes, choice, zeros=True)
        if isinstance(error, ShapeError) and not error.hint:
            error.hint = writing.hint()
        raise


def _settled(reader: Reader, names: Sequence[str], bare: Tree | None, writing: Writing) -> Program:
    program = settle(reader, names, reader.objective(names, bare))
    if writing.symbolic is None:
        return program
    from matcalc.syntax.generic import generic

    return generic(program, writing, frozenset(reader.dimensions))


def _text(given: object, what: str) -> str:
    if isinstance(given, str):
        return given
    raise ParseError(f"{what} must be text, not {type(given).__name__}", hint='a program is a string: "J = ||x||^2"')


def _listed(shapes: object) -> list[str]:
    if isinstance(shapes, Iterable) and not isinstance(shapes, (bytes, bytearray)):
        return [_text(shape, "a declaration") for shape in shapes]
    raise ParseError("the declarations must be a list of texts", hint='shapes=["X: n x d", "y: n"]')


def _declarations(source: Source, roles: Roles, layers: Writing | None) -> Iterator[tuple[Source, Statement]]:
    tokens = tokenize(source)
    pieces = statements(source, tokens if layers is None else gather(source, tokens))
    if layers is not None:
        pieces = [written for piece in pieces for written in layers.written(piece)]
    pieces = assign(source, pieces, roles, certain=True)
    for piece in pieces:
        if not declares(piece) and (error := bad_size(source, piece)):
            raise error
    if not pieces or not all(map(declares, pieces)):
        raise mistake(source, "not a declaration", 0, len(source.text), source.quote(0, len(source.text)))
    for piece in pieces:
        yield source, parse_statement(source, piece)


def _not_last(source: Source, piece: list[Token]) -> MatcalcError:
    start, end = piece[0].start, piece[-1].end
    colon = piece[0].kind == "NAME" and len(piece) > 1 and piece[1].kind == "COLON"
    if colon and (error := bad_size(source, piece)):
        return error
    return mistake(source, "colon not last" if colon else "expression not last", start, end, source.quote(start, end))


def parse_expression(
    text: str, symbols: Mapping[str, Symbol], functions: Collection[str] = (), shape: Shape | None = None
) -> Node:
    """The expression that a text is, in symbols with known shapes.

    The dimensions in the symbols' shapes and definitions may be used, as scalars and as sizes. `functions`: unknown
    functions of the entries that may be called. `shape`: what it must have, or ShapeError; it also fixes the size of I,
    and 0 has any shape. Raises ParseError, ShapeError, UnknownNameError, UnsupportedError.

    >>> w = Symbol("w", ("d", 1))
    >>> parse_expression("2 w + ones(d)", {"w": w})
    plus(scale(2, w), ones(#d, 1))
    """
    source = Source(_text(text, "the expression"))
    return decided(lambda choice: _read_expression(source, symbols, functions, shape, choice))


def _read_expression(
    source: Source, symbols: Mapping[str, Symbol], functions: Collection[str], shape: Shape | None, choice: Choice
) -> Node:
    indexed_names = any(name.endswith("]") for name in symbols)
    if indexed_names and (found := first_sum(source)) is not None:
        return _with_sum(source, found, symbols, functions, shape)
    dimensions = {*dims(*symbols.values()), *(name for dim in shape or () for name in dim_names(dim))}
    roles = Roles(set(symbols), declared_functions=set(functions), dimensions=dimensions, closed=True, choice=choice)
    tokens = tokenize(source)
    if indexed_names:
        tokens = gather(source, tokens)
    refuse_traps(source, tokens, program=False)
    pieces = statements(source, tokens)
    if not pieces:
        raise mistake(source, "empty", 0, 0)
    statement = parse_statement(source, assign(source, pieces, roles)[0])
    if len(pieces) > 1 or statement.kind != "expression":
        place = pieces[len(pieces) > 1]
        raise mistake(source, "one expression", place[0].start, place[-1].end)
    tree = statement.tree
    assert tree is not None
    reader = Reader(source, roles, symbols)
    names = reader.collect(tree)
    for name in names:
        if name not in symbols and not reader.is_constant(name):
            raise _unknown(reader, tree, name)
    settled = Settled(reader, names, (), [tree], shape)
    node = settled.builder({name: symbols[name] for name in settled.known}).build(tree)
    if shape is None or node.shape == shape:
        return node
    if tree.kind == "number" and tree.value == 0:
        return zeros(*shape)
    shown = source.quote(tree.start, tree.end)
    message = f"{shown} is {clash.shown(node.shape)}, and must be {clash.shown(shape)}"
    hint = "its transpose would fit" if node.shape == shape[::-1] else ""
    raise source.error(ShapeError, message, tree.start, tree.end, hint=hint)


def _with_sum(
    source: Source, found: Summed, symbols: Mapping[str, Symbol], functions: Collection[str], shape: Shape | None
) -> Node:
    """An expression with a sum over layers in it: what is summed is read by itself, and stands there as a name."""
    body = parse_expression(" " * found.body + source.text[found.body : found.body_end], symbols, functions)
    name = next(n for i in count() if (n := f"s{i}") not in symbols and n not in source.text)
    length = found.end - found.start
    text = source.text[: found.start] + name.ljust(length)[:length] + source.text[found.end :]
    symbol = Symbol(name, body.shape)
    node = parse_expression(text, {**symbols, name: symbol}, functions, shape)
    return renamed(node, {name: term(indexed_sum(found.letter, str(found.first), str(found.last)), body)})


def _unknown(reader: Reader, tree: Tree, name: str) -> MatcalcError:
    from difflib import get_close_matches

    place = reader.place(tree, name)
    near = get_close_matches(name, reader.symbols, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the names are {', '.join(reader.symbols)}"
    return reader.source.error(UnknownNameError, f"{name} does not occur in the program", *place, hint=hint)
