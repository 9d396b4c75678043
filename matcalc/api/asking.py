"""The names and the program in a user's request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matcalc.api.formula import canonical
from matcalc.api.readings import with_matrix_form
from matcalc.checked import checked
from matcalc.errors import AmbiguousError, UnknownNameError
from matcalc.expr import Symbol
from matcalc.syntax import parse as _parse
from matcalc.syntax import read as _read
from matcalc.syntax.calls import GREEK_NAMES
from matcalc.syntax.program import Program
from matcalc.syntax.vocabulary import is_function


def function_in(text: str, name: str) -> str:
    """A text of Python with nothing but the function `name` and those that it calls; the other lines are blank.

    Raises ParseError if the text is no Python, and UnknownNameError if it has no such function.
    """
    from matcalc.syntax.python.statements import with_function

    return with_function(text, name)


def names_of(wrt: str | Sequence[str]) -> list[str]:
    """The requested names as spelled in the program, without repetition."""
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    return list(dict.fromkeys(map(canonical, names)))


def name_of(wrt: str | Sequence[str]) -> str:
    """The single requested name. Raises UnknownNameError for none or several."""
    names = names_of(wrt)
    if len(names) != 1:
        raise UnknownNameError(f"wrt is one name here, not {len(names)}", hint='wrt="W"')
    return names[0]


def program_of(source: str | Program, shapes: Sequence[str], language: str = "") -> Program:
    """The program for `source`, parsed again if declarations are added."""
    if isinstance(source, Program):
        return parse(source.source, shapes, source.language) if shapes else source
    return parse(source, shapes, language)


def is_vocabulary(word: str) -> bool:
    """Whether a word means something in every program: a function, a Greek letter."""
    return word in GREEK_NAMES or is_function(word)


def unnamed(program: Program) -> bool:
    """Whether the objective was typed without a name, as an expression."""
    of = program.objective
    return (
        of.definition is not None
        and next(_read(program.source, language=program.language).places(of.name), None) is None
    )


def with_output(program: Program) -> Program:
    """The program whose output is the definition that its last line names: `J`, alone."""
    output = program.objective
    if not isinstance(output.definition, Symbol) or output.definition.definition is None or not unnamed(program):
        return program
    rest = tuple(s for s in program.definitions if s is not output)
    return replace(program, objective=output.definition, definitions=rest)


@checked
def parse(source: str, shapes: Sequence[str] = (), language: str = "") -> Program:
    """The program as understood, with all shapes known.

    `shapes`: further declarations ("X: n x d"). `language`: what the source is written in, "text", "latex", "python" or
    "matlab"; without it that is guessed. Raises ParseError, ShapeError, UnknownNameError, UnsupportedError.
    """
    return parsed(source, [shapes] if isinstance(shapes, str) else list(shapes), language=language)


def parsed(source: str, declared: Sequence[str], parts: Sequence[tuple[int, int]] = (), language: str = "") -> Program:
    """The program that a text is, or several texts in one (syntax.Written); a question by indices has a matrix form."""
    try:
        return _parse(source, declared, parts, language)
    except AmbiguousError as error:
        if error.indexed:
            raise with_matrix_form(error, declared) from None
        raise
