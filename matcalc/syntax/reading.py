"""What was read of a text, kept: its tokens, its statements as trees, the program that they are, and the error if none.

Reading has two steps. The first makes statements of a text, and is a front end: text in another language, LaTeX or
code, becomes the same `Written`. The second, `understood`, is one function of these trees. It works on copies, so that
trees stay what was written, and a second try, where something may be read in two ways, does not parse again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from matcalc.errors import Alternative, AmbiguousError, MatcalcError, ShapeError, UnsupportedError
from matcalc.prose import Prose
from matcalc.syntax.assign import assign, declares
from matcalc.syntax.choices import Choice, decided
from matcalc.syntax.declarations import bad_size
from matcalc.syntax.diagnosis import parse_statement
from matcalc.syntax.fenced import code_in
from matcalc.syntax.indexing import below, indexed, numbered, sliced
from matcalc.syntax.known import slopes, unknown_objective
from matcalc.syntax.languages import CODE, code_language, code_statements, is_latex, latex_tokens
from matcalc.syntax.layers import Range, announced, gather, over_layers
from matcalc.syntax.layout import statements
from matcalc.syntax.lets import left_sides, put_in
from matcalc.syntax.letters import bind
from matcalc.syntax.lost import model_in, without_model, without_solutions
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.ones import ones_apart
from matcalc.syntax.program import Program
from matcalc.syntax.reader import Reader
from matcalc.syntax.roles import Roles
from matcalc.syntax.settle import settle
from matcalc.syntax.singular import as_spectral
from matcalc.syntax.source import Source
from matcalc.syntax.subscripts import bounded, entries
from matcalc.syntax.tokens import tokenize
from matcalc.syntax.traps import ask_transpose, refuse_shifted, refuse_traps
from matcalc.syntax.tree import Statement, Token, Tree, copied, walk
from matcalc.syntax.unrolling import Unrolling
from matcalc.syntax.vocabulary import DECLARING
from matcalc.syntax.wording import without_words

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass
class Written:
    """A text as trees: what a front end hands over. Nothing in it is changed by whoever reads on.

    `statements` stand in the order of the text, those in `declared` are declarations from elsewhere, each with its
    text. A statement about layer l stands once. `roles` says which names are functions; `tokens` are those that the
    statements were parsed from, if they were. `parts`: the stretches of the text that are texts of their own, each in
    the notation or in LaTeX; none, if all of it is one.
    """

    source: Source
    statements: list[Statement] = field(default_factory=list)
    declared: list[tuple[Source, Statement]] = field(default_factory=list)
    layers: list[Range] = field(default_factory=list)
    roles: Roles = field(default_factory=Roles)
    tokens: list[Token] = field(default_factory=list)
    parts: Sequence[tuple[int, int]] = ()


@dataclass
class ReadText:
    """A text and what became of it. `program` is None where it was not understood, and `error` says why."""

    written: Written
    program: Program | None = None
    trees: Mapping[str, Tree] = field(default_factory=dict)
    """The definitions as they were understood: every part has its shape and the expression that it is."""
    error: MatcalcError | None = None

    @property
    def notes(self) -> tuple[Prose, ...]:
        """How the text was read where a reader might have read it otherwise."""
        return self.program.notes if self.program is not None else tuple(self.written.roles.notes)

    @property
    def questions(self) -> tuple[Alternative, ...]:
        """The readings between which the text does not decide."""
        return self.error.readings if isinstance(self.error, AmbiguousError) else ()

    def places(self, name: str) -> Iterator[tuple[int, int]]:
        """Where a name stands in the text, from and to, for whoever points at it."""
        for statement in self.written.statements:
            yield from ((token.start, token.end) for token in statement.names if token.value == name)
            for tree in walk(statement.tree) if statement.tree is not None else ():
                if tree.kind == "name" and tree.value == name:
                    yield tree.start, tree.end


def read(text: str, shapes: Sequence[str] = (), parts: Sequence[tuple[int, int]] = (), language: str = "") -> ReadText:
    """What is read of a text, `shapes` declaring more. An error is kept, with all that was read before it."""
    reading = ReadText(Written(Source(text, language), parts=parts))
    try:
        write_down(reading.written, shapes)
        found = understood(reading.written)
        reading.program, reading.trees = found.program, found.trees
    except MatcalcError as error:
        reading.error = error
    return reading


# ------------------------------------------------------------------------------------------------------- text to trees


def write_down(written: Written, shapes: Sequence[str] = ()) -> None:
    """Fill in what a text in the notation is. Raises ParseError, and what was read by then stands there."""
    source, roles = written.source, written.roles
    language = source.language or code_language(source.text)
    if not written.parts and not language and (code := code_in(source.text)) is not None:
        source.text = code.text
        language = code.language or code_language(code.text)
    source.language = language
    if language in CODE:
        for shape in shapes:
            written.declared += [
                (of, found) for of in [Source(shape, beside=True)] for found in _declarations(of, roles, False)
            ]
        written.statements += code_statements(source, roles, [found for _, found in written.declared])
        return
    known = {name for shape in shapes for name in _NAME.findall(shape)} - DECLARING
    front = _tokens(source, roles, known) if not written.parts else _tokens_of_parts(written, known)
    written.tokens = below(source, bounded(source, ones_apart(source, front, roles)))
    written.layers, tokens = announced(source, written.tokens)
    over_layers(written.layers, tokens)
    letters = {letter for found in written.layers for letter in (found.letter, found.last.letter) if letter}
    roles.dimensions |= letters
    if letters:
        tokens = gather(source, tokens, letters)
    tokens = indexed(source, tokens)
    refuse_traps(source, tokens)
    ask_transpose(source, tokens, roles.dimensions | known)
    pieces = statements(source, tokens)
    if not pieces:
        raise mistake(source, "empty", 0, 0)
    for shape in shapes:
        declaration = Source(shape, beside=True)
        written.declared += [(declaration, found) for found in _declarations(declaration, roles, bool(letters))]
    left_sides(source, pieces, roles)
    pieces = unknown_objective(source, slopes(source, pieces, roles), roles)
    pieces = entries(source, pieces, roles)
    for piece in assign(source, pieces, roles):
        written.statements.append(parse_statement(source, piece))
    _refuse_spare(source, pieces, written.statements)
    written.statements = without_solutions(source, put_in(source, written.statements, roles), roles)


def _tokens(source: Source, roles: Roles, known: Collection[str]) -> list[Token]:
    if source.language == "latex" or (not source.language and is_latex(source.text)):
        return latex_tokens(source, roles, known)
    tokens = numbered(source, without_words(source, sliced(tokenize(source)), roles), roles)
    refuse_shifted(source, tokens)
    return tokens


def _tokens_of_parts(written: Written, known: Collection[str]) -> list[Token]:
    text = written.source.text
    plain = [text[start:end] for start, end in written.parts if not is_latex(text[start:end])]
    known = {*known, *(name for part in plain for name in _NAME.findall(part))}
    found: list[Token] = []
    at = 0
    for start, end in [*written.parts, (len(text), len(text))]:
        part = Source(text[start:end])
        if not is_latex(part.text):
            statements(part, tokenize(part))  # its brackets pair
        for tokens, by in ((tokenize(Source(text[at:start])), at), (_tokens(part, written.roles, known), start)):
            found += [Token(token.kind, token.value, token.start + by, token.end + by) for token in tokens]
        at = end
    return found


def _declarations(source: Source, roles: Roles, layers: bool) -> Iterator[Statement]:
    tokens = tokenize(source)
    pieces = statements(source, gather(source, tokens) if layers else tokens)
    pieces = assign(source, pieces, roles, certain=True)
    for piece in pieces:
        if not declares(piece) and (error := bad_size(source, piece)):
            raise error
    if not pieces or not all(map(declares, pieces)):
        raise mistake(source, "not a declaration", 0, len(source.text), source.quote(0, len(source.text)))
    for piece in pieces:
        yield parse_statement(source, piece)


def _refuse_spare(source: Source, pieces: Sequence[list[Token]], found: Sequence[Statement]) -> None:
    """An expression is the objective; after it stand declarations, and definitions of what it uses."""
    for n, (piece, statement) in enumerate(zip(pieces, found, strict=True)):
        if statement.kind != "expression" or statement.tree is None:
            continue
        later = [s for s in found[n + 1 :] if s.tree is not None]
        used = {tree.value for tree in walk(statement.tree) if tree.kind == "name"} if later else set()
        uses = bool(used & {token.value for s in later for token in s.names})
        if any(s.kind != "definition" for s in later) or (later and not uses):
            raise _not_last(source, piece)


def _not_last(source: Source, piece: list[Token]) -> MatcalcError:
    start, end = piece[0].start, piece[-1].end
    colon = piece[0].kind == "NAME" and len(piece) > 1 and piece[1].kind == "COLON"
    if colon and (error := bad_size(source, piece)):
        return error
    return mistake(source, "colon not last" if colon else "expression not last", start, end, source.quote(start, end))


# ---------------------------------------------------------------------------------------------------- trees to program


@dataclass(frozen=True)
class Understood:
    """A program, and the trees of its definitions."""

    program: Program
    trees: Mapping[str, Tree] = field(compare=False)


def understood(written: Written) -> Understood:
    """The program that trees are, every shape settled. Raises MatcalcError, with its place in the text."""
    unrolling = Unrolling(written.source, written.layers, written.statements) if written.layers else None
    found = decided(lambda choice: _understood(written, unrolling, choice))
    if unrolling is not None or found.program.objective.is_scalar or written.source.language in CODE:
        return found
    declared = [statement for _, statement in written.declared]
    other = as_spectral(written.source, written.statements, written.roles, declared)
    if other is None:
        return found
    spectral = replace(written, statements=other[0], roles=other[1])
    with suppress(ShapeError):
        number = decided(lambda choice: _understood(spectral, None, choice))
        return number if number.program.objective.is_scalar else found
    return found


def _understood(written: Written, unrolling: Unrolling | None, choice: Choice) -> Understood:
    number: Understood | None = None  # h[0] = 0 of what layers carry on is the number, or else an array of zeros
    for zeros in (False, True):
        again = not zeros and unrolling is not None
        try:
            found = _settled(written, unrolling, choice, zeros)
            if not (again and unrolling is not None and unrolling.zeros and unrolling.carries_matrix(found.program)):
                return found
            number = found  # W h[0] + b has the shape of W there
        except (ShapeError, UnsupportedError, AmbiguousError) as error:
            if number is not None:
                return number
            if again and unrolling is not None and unrolling.zeros:
                continue
            if isinstance(error, ShapeError) and unrolling is not None and not error.hint:
                error.hint = unrolling.hint()
            raise
    raise AssertionError


def _settled(written: Written, unrolling: Unrolling | None, choice: Choice, zeros: bool) -> Understood:
    reader = Reader(written.source, written.roles, choice)
    for source, declaration in written.declared:
        for statement in [declaration] if unrolling is None else unrolling.written(declaration):
            reader.declare(source, statement)
    bare: Tree | None = None
    for statement in map(_copy, written.statements) if unrolling is None else unrolling.statements:
        tree = statement.tree
        if tree is None:
            reader.declare(written.source, statement)
        elif statement.kind == "definition":
            if unrolling is not None and unrolling.starts_at_zero(statement.names[0], tree) and zeros:
                tree.kind = "zero"
            reader.define(statement.names[0], tree)
        elif statement.kind == "known_gradient":
            reader.given.append((statement.names[0], statement.names[1], tree))
        else:
            bare = tree
    symbolic = None if unrolling is None else unrolling.symbolic
    if unrolling is not None:
        reader.functions = tuple(unrolling.functions(reader.functions))
    if symbolic is not None:
        reader.dimensions.add(symbolic.last.letter)  # the number of layers may be used as one
    if written.roles.letters:
        bind(reader, bare)
    names = reader.collect(bare)
    program = settle(reader, names, reader.objective(names, bare))
    text = written.source.language not in CODE and not written.parts
    if text and (model := model_in(reader, program)):
        sentence = unrolling is None and is_latex(written.source.text)
        left = without_model(reader, written.statements, model, sentence)
        return _settled(replace(written, statements=left), unrolling, choice, zeros)
    if unrolling is not None and symbolic is not None:
        from matcalc.syntax.generic import generic

        program = generic(program, unrolling, frozenset(reader.dimensions))
    return Understood(program, reader.definitions)


def _copy(statement: Statement) -> Statement:
    tree = statement.tree
    return statement if tree is None else Statement(statement.kind, copied(tree), statement.names)
