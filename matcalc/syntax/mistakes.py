"""What is said of a text that is not in the notation. The words stand in grammar/mistakes.toml, with examples.

A mistake is met by a stage before the ladder, which calls it by its code, or by the parser, in a state at a token: the
places at which the examples of the table fail are compiled with the grammar. Nothing is read before an error occurs.
"""

from __future__ import annotations

from matcalc.errors import ParseError
from matcalc.syntax.source import Source
from matcalc.syntax.tables import load


def mistake(source: Source, code: str, start: int, end: int, text: str = "", other: str = "") -> ParseError:
    """The error called `code` at a place. `text` and `other` go where the words say {text} and {other}."""
    codes = load("mistakes")["codes"]
    words = codes.get(code) or codes.get(code.partition(" ")[0]) or codes["unexpected"]
    return _error(source, words, start, end, text, other)


def unexpected(source: Source, state: int, before: str, kind: str, start: int, end: int) -> ParseError:
    """The error of a parser that in `state`, after a token of kind `before`, met one of a `kind` that it cannot use."""
    table = load("mistakes")
    places, codes = table["places"], table["codes"]
    number = places.get(f"{state} {kind}", places.get(f"{before} {kind}", places.get(kind)))
    words = table["words"][number] if number is not None else codes["unexpected" + " end" * (kind == "$END")]
    return _error(source, words, start, end, source.quote(start, end))


def _error(source: Source, words: list[str], start: int, end: int, text: str, other: str = "") -> ParseError:
    message, hint = (part.replace("{text}", text).replace("{other}", other) for part in words)
    error = source.error(ParseError, message, start, end, hint=hint)
    assert isinstance(error, ParseError)
    return error
