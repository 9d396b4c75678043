"""Error messages for malformed texts, from grammar/mistakes.toml.

A stage before the parser selects a message by its code. For the parser, diagnosis.py finds the entry whose examples
fail at the same place. The file is read only when an error occurs.
"""

from __future__ import annotations

import os
import re
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


_POINT = re.compile(r"_\s*(?:\{([^{}=]+)=((?:[^{}]|\{[^{}]*\})+)\}|(\w+)=(\w+))")
_BEFORE_POINT = re.compile(r"\\(?:left\.?|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])")


def at_a_point(source: Source, bar: int) -> ParseError | None:
    r"""The error for f(w)|_{w = w_0} and \left. f \right|_{w=w_0}, whose bar stands there; None for anything else."""
    text = source.text
    below = _POINT.match(text, bar + 1)
    if below is None or text[bar] != "|":
        return None
    ends = [(text.rfind(mark, 0, bar), len(mark)) for mark in (";", "\n", "$", "\\\\")]
    formula = " ".join(_BEFORE_POINT.sub("", text[max(at + n if at >= 0 else 0 for at, n in ends) : bar]).split())
    name, value = (found.strip() for found in (below[1] or below[3], below[2] or below[4]))
    message = f"{source.quote(bar, below.end())} asks for the value at a point, and what is read is the formula"
    hint = (
        f"write {formula}, without it: put {value} in the place of {name} in the gradient, which is a formula in {name}"
    )
    error = source.error(ParseError, message, bar, below.end(), hint=hint)
    assert isinstance(error, ParseError)
    return error


def said(source: Source, entry: Mapping[str, Any], start: int, end: int, text: str, other: str = "") -> ParseError:
    """The error in the words of an entry."""
    message, hint = (entry[part].replace("{text}", text).replace("{other}", other) for part in ("message", "hint"))
    error = source.error(ParseError, message, start, end, hint=hint)
    assert isinstance(error, ParseError)
    return error
