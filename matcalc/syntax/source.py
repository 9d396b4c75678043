"""A text and places in it; every error of this room gets its line, column and caret here."""

from __future__ import annotations

import re
from types import FunctionType, ModuleType

from matcalc.errors import Alternative, AmbiguousError, MatcalcError, ParseError

_FRACTION = re.compile(r"\\[a-z]*frac\s*\Z")
_WAYS = {3: "three", 4: "four"}


class Source:
    """The text of a program, and the language that it is in, "" if that is to be guessed. Places are offsets.

    `beside`: it is a declaration beside the program, where a place is another one than in the program.
    """

    __slots__ = ("beside", "language", "text")

    def __init__(self, text: str, language: str = "", beside: bool = False) -> None:
        self.text = text
        self.language = language
        self.beside = beside

    def error(
        self, kind: type[MatcalcError], message: str, start: int, end: int | None = None, *, hint: str = ""
    ) -> MatcalcError:
        """An error of `kind` that points at text[start:end]."""
        text = self.text
        # A place after the last character is shown at it: the end of the text may be an empty line.
        start = max(0, min(start, len(text)))
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", start)
        line_end = len(text) if line_end < 0 else line_end
        return kind(
            message,
            hint=hint,
            line=text.count("\n", 0, start) + 1,
            column=start - line_start + 1,
            text=text[start : min(end if end is not None else start + 1, line_end)],
            source_line=text[line_start:line_end].rstrip("\r"),
            declaration=text if self.beside else "",
        )

    def asked(self, start: int, end: int, *readings: Alternative) -> MatcalcError:
        """That text[start:end] may be read in several ways, each of which stands there as `Alternative.text`."""
        ways = _WAYS.get(len(readings), "two")
        error = self.error(AmbiguousError, f"{self.quote(start, end)} may be read in {ways} ways", start, end)
        assert isinstance(error, AmbiguousError)
        return error.asking(*readings)

    def around(self, start: int, end: int) -> tuple[int, int]:
        r"""The place with all of a fraction \frac{…}{…} that it begins in, and with the braces that it ends in."""
        text, above, below = self.text, 0, 0
        for mark in text[start:end]:
            below += (mark == "{") - (mark == "}")
            above, below = (above + 1, 0) if below < 0 else (above, below)
        while above and start:
            start -= 1
            above += (text[start] == "}") - (text[start] == "{")
        while below and end < len(text):
            below += (text[end] == "{") - (text[end] == "}")
            end += 1
        command = _FRACTION.search(text, max(0, start - 20), start)
        return (command.start() if command else start), end

    def quote(self, start: int, end: int, limit: int = 60) -> str:
        """text[start:end] on one line, its middle left out where it is long."""
        if end - start > 4 * limit:
            text = self.text[start : start + 2 * limit] + self.text[end - 2 * limit : end]
        else:
            text = self.text[start:end]
        words = " ".join(text.split())
        return words if len(words) <= limit else f"{words[: limit // 2]} … {words[-limit // 3 :]}"


def text_of(given: object, what: str) -> str:
    """The argument called `what`, of a function its source. Raises ParseError if it is not a text."""
    if isinstance(given, str):
        return given
    if isinstance(given, FunctionType):
        return _code(given)
    raise ParseError(f"{what} must be text, not {type(given).__name__}", hint='a program is a string: "J = ||x||^2"')


def _code(function: FunctionType) -> str:
    """The source of a function, and below it what it uses of its module: functions, numbers, modules by other names."""
    import ast

    texts, ahead, seen = [_alone(function)], [function], {function.__name__}
    while ahead:
        user = ahead.pop()
        try:
            names = {node.id for node in ast.walk(ast.parse(_alone(user))) if isinstance(node, ast.Name)}
        except SyntaxError:  # a piece of a statement, such as a lambda in a call
            break
        for name in sorted(names - seen):
            seen.add(name)
            value = user.__globals__.get(name)
            if isinstance(value, FunctionType) and value.__name__ == name:
                texts.append(_alone(value))
                ahead.append(value)
            elif type(value) in (int, float):
                texts.append(f"{name} = {value!r}")
            elif isinstance(value, ModuleType) and value.__name__ != name:
                texts.append(f"import {value.__name__} as {name}")
    return "\n".join(texts)


def _alone(function: FunctionType) -> str:
    import inspect
    from textwrap import dedent

    try:
        return dedent(inspect.getsource(function))
    except (OSError, TypeError):
        message = f"the source of the function {function.__name__} cannot be found"
        raise ParseError(message, hint="give it as text, or define it in a file") from None
