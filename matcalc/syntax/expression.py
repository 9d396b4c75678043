"""Parses one formula in known names: a user's claim, or printed output."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from matcalc.dims import dim_names
from matcalc.errors import MatcalcError, ShapeError, UnknownNameError, nearest
from matcalc.expr import Node, Shape, Symbol, dims
from matcalc.operators import zeros
from matcalc.prose import Prose
from matcalc.syntax import clash
from matcalc.syntax.assign import assign
from matcalc.syntax.build import Builder
from matcalc.syntax.choices import Choice, decided
from matcalc.syntax.diagnosis import parse_statement
from matcalc.syntax.increments import calculus, with_increments
from matcalc.syntax.indexing import indexed
from matcalc.syntax.languages import code_formula, is_latex, latex_tokens
from matcalc.syntax.layers import gather
from matcalc.syntax.layout import statements
from matcalc.syntax.letters import bind
from matcalc.syntax.matrices import matrix_form
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.reader import Reader
from matcalc.syntax.roles import Roles, role
from matcalc.syntax.settle import Settled
from matcalc.syntax.source import Source, text_of
from matcalc.syntax.subscripts import bounded, entries
from matcalc.syntax.tokens import tokenize
from matcalc.syntax.traps import refuse_traps
from matcalc.syntax.tree import Token, Tree, copied

_COMMA_BELOW = re.compile(r"_\{[^}]*,")


@dataclass(frozen=True)
class ReadExpression:
    """A formula as it was read: `tree`, whose parts have their places and the expressions that they are, and `node`.

    `builder` makes the expression of a tree that is put together from such parts.
    """

    tree: Tree
    node: Node
    builder: Builder
    notes: tuple[Prose, ...]


def parse_expression(
    text: str, symbols: Mapping[str, Symbol], functions: Collection[str] = (), shape: Shape | None = None
) -> Node:
    """The expression that a text, or LaTeX, is, in symbols with known shapes.

    The dimensions in the symbols' shapes and definitions may be used, as scalars and as sizes. `functions`: unknown
    functions of the entries that may be called. `shape`: what it must have, or ShapeError; it also fixes the size of I,
    and 0 has any shape. Raises ParseError, ShapeError, UnknownNameError, UnsupportedError.

    >>> w = Symbol("w", ("d", 1))
    >>> parse_expression("2 w + ones(d)", {"w": w})
    plus(scale(2, w), ones(#d, 1))
    """
    return WrittenExpression(text, symbols, functions).read(shape).node


class WrittenExpression:
    """A formula as a tree, whose shapes are not yet known to conform.

    `letters`: it is the entry of an array with these indices. `language`: "latex" where the text is a part of a longer
    one that is LaTeX, "python" for an expression of Python. `increments`: d before a name or an expression is its
    differential, and dJ/dW a derivative (increments.py). Raises ParseError, AmbiguousError.
    """

    def __init__(
        self,
        text: str,
        symbols: Mapping[str, Symbol],
        functions: Collection[str] = (),
        letters: Sequence[str] = (),
        language: str = "",
        increments: bool = False,
    ) -> None:
        self._source = source = Source(text_of(text, "the expression"), language)
        self.text = source.text
        self._dimensions = {*dims(*symbols.values())}
        values = set(symbols)
        if increments:
            symbols = {**symbols, **calculus(symbols, "/" in text or "frac" in text)}
        self._symbols = symbols
        self._roles = roles = Roles(
            set(map(role, symbols)),
            declared_functions=set(map(role, functions)),
            dimensions=set(self._dimensions),
            closed=True,
        )
        roles.varying = values if increments else set()
        if language == "python":
            statement = code_formula(source, roles, {name: symbol.shape for name, symbol in symbols.items()})
            assert statement.tree is not None
            self.tree = statement.tree
        else:
            self.tree = _tree(source, roles, {*values, *functions, *self._dimensions}, letters)

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """The shapes of the names that it may be written in."""
        return {name: symbol.shape for name, symbol in self._symbols.items()}

    def read(self, shape: Shape | None = None, tree: Tree | None = None) -> ReadExpression:
        """What it is, of this shape, or what another tree would be in its place.

        Raises ShapeError, UnknownNameError, UnsupportedError.
        """
        dimensions = {*self._dimensions, *(name for dim in shape or () for name in dim_names(dim))}

        def built(choice: Choice) -> ReadExpression:
            reader = Reader(self._source, self._roles, choice, self._symbols, dimensions)
            return _built(reader, copied(tree or self.tree), shape)

        return decided(built)


def _tree(source: Source, roles: Roles, known: Collection[str], letters: Sequence[str]) -> Tree:
    latex = source.language == "latex" or is_latex(source.text) or bool(_COMMA_BELOW.search(source.text))
    spelled = {*known} - {*("d" if roles.varying else "")}
    tokens = bounded(source, latex_tokens(source, roles, spelled) if latex else tokenize(source))
    if not latex and any(name.endswith("]") for name in known):
        tokens = gather(source, tokens)
    if roles.varying:
        tokens = with_increments(tokens, roles.varying, roles.declared_functions)
    known = {*known, *roles.known}
    if any(token.kind == "NAME" and token.value not in known for token in tokens):
        from matcalc.syntax.tex.spelling import spell_known

        spell_known(tokens, known)
    tokens = indexed(source, tokens)
    refuse_traps(source, tokens, program=False)
    pieces = statements(source, tokens)
    if letters and pieces:
        start = pieces[0][0].start
        entry = Token("NAME", f"{_nameless(known)}_{''.join(letters)}", start, start)
        pieces[0][:0] = [entry, Token("EQUALS", "=", start, start)]
    pieces = entries(source, pieces, roles)
    if not pieces:
        raise mistake(source, "empty", 0, 0)
    statement = parse_statement(source, assign(source, pieces, roles)[0])
    if len(pieces) > 1 or statement.kind != ("definition" if letters else "expression"):
        place = pieces[len(pieces) > 1]
        raise mistake(source, "one expression", place[0].start, place[-1].end)
    assert statement.tree is not None
    return statement.tree


def _nameless(known: Collection[str]) -> str:
    return next(name for name in (f"array{n}" for n in count()) if name not in known)


def _built(reader: Reader, tree: Tree, shape: Shape | None) -> ReadExpression:
    source, symbols = reader.source, reader.symbols
    if reader.roles.letters:
        bind(reader, tree)
    names = reader.collect(tree)
    for name in names:
        if name not in symbols and not reader.is_constant(name):
            raise _unknown(reader, tree, name)
    settled = Settled(reader, names, (), [tree], shape)
    builder = settled.builder({name: symbols[name] for name in settled.known})
    node = matrix_form(builder, tree, bool(reader.roles.letters)).node
    if shape is not None and node.shape != shape:
        if not (tree.kind == "number" and tree.value == 0):
            shown = source.quote(tree.start, tree.end)
            message = f"{shown} is {clash.shown(node.shape)}, and must be {clash.shown(shape)}"
            hint = "its transpose would fit" if node.shape == shape[::-1] else ""
            raise source.error(ShapeError, message, tree.start, tree.end, hint=hint)
        node = zeros(*shape)
    return ReadExpression(tree, node, builder, (*reader.roles.notes, *reader.notes, *builder.notes))


def _unknown(reader: Reader, tree: Tree, name: str) -> MatcalcError:
    known = [known for known in reader.symbols if " " not in known]
    sizes = sorted(size for size in reader.dimensions if size not in known)
    among = f"; the sizes are {', '.join(sizes)}" if sizes else ""
    hint = nearest(name, known, f"the names are {', '.join(known)}{among}")
    if (slope := f"grad_{name}") in known:
        hint = f"{slope} is the gradient of {name} at its argument"
    message = f"{name} does not occur in the program"
    return reader.source.error(UnknownNameError, message, *reader.place(tree, name), hint=hint)
