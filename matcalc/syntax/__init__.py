"""Text in, Program out.

A text becomes tokens (tokens.py, layers.py), paired and split into statements (layout.py), given their roles
(assign.py), and parsed into trees (parser.py). Trees become a program in one function (reading.py): names (reader.py),
shapes (infer.py, solve.py) and expressions (build.py), put together in settle.py. `read` keeps what was read on the
way, `parse` returns the program, `parse_expression` reads one formula in symbols that are already there.

Every stage is iterative and near linear in the length of the text, and raises nothing but MatcalcError.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcalc.errors import ParseError, UnsupportedError
from matcalc.syntax.expression import parse_expression
from matcalc.syntax.languages import LANGUAGES, code_language
from matcalc.syntax.program import Program
from matcalc.syntax.reading import ReadText, Written, understood
from matcalc.syntax.reading import read as _read
from matcalc.syntax.source import text_of
from matcalc.syntax.tokens import LIMIT

__all__ = [
    "LANGUAGES",
    "LIMIT",
    "Program",
    "ReadText",
    "Written",
    "code_language",
    "parse",
    "parse_expression",
    "read",
    "understood",
]


def parse(
    source: str, shapes: Sequence[str] = (), parts: Sequence[tuple[int, int]] = (), language: str = ""
) -> Program:
    """The program that a text is, every shape settled; the contract says what may be written.

    `shapes`: further declarations ("X: n x d"). `parts`: stretches that are texts of their own. `language`: one of
    LANGUAGES, "" to guess it. A text is at most LIMIT
    characters long. Raises ParseError, ShapeError, UnknownNameError, UnsupportedError, each with its place in the text.

    >>> program = parse("J = sum((y - f(f(X W1) W2))^2)")
    >>> [(s.name, *s.shape) for s in program.inputs]
    [('y', 'n', 1), ('X', 'n', 'd'), ('W1', 'd', 'h'), ('W2', 'h', 1)]
    """
    found = read(source, shapes, parts, language)
    if found.error is not None:
        raise found.error
    assert found.program is not None
    return found.program


def read(
    source: str, shapes: Sequence[str] = (), parts: Sequence[tuple[int, int]] = (), language: str = ""
) -> ReadText:
    """What `parse` reads of a text, kept with its trees and places; an error is kept too, and not raised.

    >>> reading = read("J = ||X w - y||^2 + v", ["v: 3"])
    >>> reading.error
    >>> list(reading.places("y"))
    [(12, 13)]
    """
    if language and language not in LANGUAGES:
        raise UnsupportedError(f"there is no language {language} here", hint=f"one of {', '.join(LANGUAGES)}")
    declared = [shapes] if isinstance(shapes, str) else _listed(shapes)
    return _read(text_of(source, "the program"), declared, parts, language)


def _listed(shapes: object) -> list[str]:
    if isinstance(shapes, Iterable) and not isinstance(shapes, (bytes, bytearray)):
        return [text_of(shape, "a declaration") for shape in shapes]
    raise ParseError("the declarations must be a list of texts", hint='shapes=["X: n x d", "y: n"]')
