"""The languages that a text may be in, and which of them it is. The reader of a language loads when a text is in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from matcalc.errors import MatcalcError
from matcalc.syntax.python import words
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, Token

CODE = ("python", "matlab")
LANGUAGES = ("text", "latex", *CODE)
"""What a source may be written in."""

_LATEX = re.compile(r"\\(?:[A-Za-z]|[\[\]()|,;:!\\{}])|\$|\^T[A-Za-z]|_\{\w+[ _]\w|\^\{[+*]\}|\b0_\{?\w|,\\ ")
_LATEX_HAS = ("\\", "$", "^T", "_{", "^{+", "^{*", "0_", "```math")
_TEXT_COMMENT = re.compile(r"(?<!\\)#[^\n]*")
_PYTHON = re.compile(
    rf"\b({'|'.join(words.MODULES)})\.[a-z]|[\w)\]]\.({'|'.join(sorted(words.METHODS))})\(|"
    r"^[ \t]*def[ \t]+\w+[ \t]*\(|\blen\(|\bnn\.[A-Z]\w+\(|\*\*",
    re.MULTILINE,
)
_MATLAB = re.compile(
    r"""'(?:fro|inf|Inf|all)'\s*\)|\b(?:size|numel)\s*\(|\w\(\s*:\s*[,)]|,\s*:\s*\)|\.\.\.[ \t]*\n
      | ^[ \t]*function\b[^\n=]*=[^\n]*\(|@\(\w+\)|\.'""",
    re.VERBOSE | re.MULTILINE,
)
_MATLAB_COMMENT = re.compile(r"^(?:[^\n%'^]*['^][^\n%]*[ \t]|[ \t]*)%", re.MULTILINE)
"""At the start of a line, or after a prime or a caret on it: without them it may be the remainder of Python."""


def is_latex(text: str) -> bool:
    """Whether a text is LaTeX: it has a command, a dollar sign or an environment outside comments.

    So are x^TAx, where one letter follows another (as text it would be a power), I_{m n}, y_{n_1},
    X^{+} and 0_n.
    """
    if not any(mark in text for mark in _LATEX_HAS):
        return False
    return "```math" in text or bool(_LATEX.search(text if "#1" in text else _TEXT_COMMENT.sub("", text)))


def code_language(text: str) -> str:
    """The language that a text is code in, "" if it is none."""
    return "python" if _is_python(text) else "matlab" if _is_matlab(text) else ""


def _is_python(text: str) -> bool:
    """It calls a module or a method of arrays, and Python can parse it."""
    if _PYTHON.search(text) is None:
        return False
    from matcalc.syntax.python.statements import python_statements

    try:
        python_statements(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _is_matlab(text: str) -> bool:
    """It has what only MATLAB has, and can be parsed."""
    marked = "%" in text and "\\" not in text and "$" not in text and _MATLAB_COMMENT.search(text) is not None
    if not marked and _MATLAB.search(text) is None:
        return False
    from matcalc.syntax.matlab.parsing import parsed

    try:
        return bool(parsed(Source(text)))
    except (MatcalcError, RecursionError):
        return False


def latex_tokens(source: Source, roles: Roles, known: Collection[str] = ()) -> list[Token]:
    """The tokens of a text in LaTeX; see syntax.tex."""
    from matcalc.syntax.tex import tokens_of

    return tokens_of(source, roles, known)


def code_formula(source: Source, roles: Roles, shapes: Mapping[str, Sequence[object]]) -> Statement:
    """The formula in Python that a text is, in names with these shapes."""
    from matcalc.syntax.python.statements import Script

    return Script(source, roles, ()).formula(shapes)


def code_statements(source: Source, roles: Roles, declared: Sequence[Statement]) -> Iterator[Statement]:
    """The statements of code in the language of `source`; see syntax.python and syntax.matlab."""
    from matcalc.syntax.matlab.reading import MatlabScript
    from matcalc.syntax.python.statements import Script, written

    script = MatlabScript if source.language == "matlab" else Script
    return written(script(source, roles, declared))
