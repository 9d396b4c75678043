"""Error messages for malformed texts, from grammar/mistakes.toml.

A stage before the parser selects a message by its code. For the parser, diagnosis.py finds the entry whose examples
fail at the same place. The file is read only when an error occurs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from matcalc.errors import ParseError
from matcalc.syntax.grammar import FOLDER
from matcalc.syntax.source import Source


@cache
def entries() -> Sequence[Mapping[str, Any]]:
    """The table: message, hint, examples, and the code of each entry that has one."""
    # Imported here: only an error needs it, and its regular expressions take a twentieth of a start.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    with open(os.path.join(FOLDER, "mistakes.toml"), "rb") as file:
        found: list[Mapping[str, Any]] = tomllib.load(file)["mistake"]
    return found


def mistake(source: Source, code: str, start: int, end: int, text: str = "", other: str = "") -> ParseError:
    """The error called `code` at a place. `text` and `other` replace {text} and {other}."""
    codes = {entry["code"]: entry for entry in entries() if "code" in entry}
    entry = codes.get(code) or codes.get(code.partition(" ")[0]) or codes["unexpected"]
    return said(source, entry, start, end, text, other)


def said(source: Source, entry: Mapping[str, Any], start: int, end: int, text: str, other: str = "") -> ParseError:
    """The error in the words of an entry."""
    message, hint = (entry[part].replace("{text}", text).replace("{other}", other) for part in ("message", "hint"))
    error = source.error(ParseError, message, start, end, hint=hint)
    assert isinstance(error, ParseError)
    return error
