"""The errors that a user can meet. Each says where, what, why, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class MatcalcError(Exception):
    """Base of every error that matcalc raises on purpose.

    `message` says what is wrong and why; `hint` what to write instead (may be empty); `line` and `column` count from 1
    and are None where no place in a text is to blame; `text` is the offending piece of the source; `source_line` the
    whole line, for the caret.
    """

    exit_status = 2

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        line: int | None = None,
        column: int | None = None,
        text: str = "",
        source_line: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column
        self.text = text
        self.source_line = source_line

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message,), self.__dict__

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}, column {self.column}: "
        lines = [where + self.message]
        if self.source_line and self.column is not None:
            # A very long line is shown only around the place.
            start = max(0, self.column - 1 - 60)
            shown = self.source_line[start : start + 120]
            before, after = "…" if start else "", "…" if start + 120 < len(self.source_line) else ""
            width = max(1, min(len(self.text) or 1, len(shown) - (self.column - 1 - start)))
            indent = " " * (4 + len(before) + self.column - 1 - start)
            lines += [f"    {before}{shown}{after}", indent + "^" * width]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class ParseError(MatcalcError):
    """The text is not in the notation."""


class ShapeError(MatcalcError):
    """Operands do not conform; the message names both and both shapes."""


class UnknownNameError(MatcalcError):
    """A name that nothing in the program explains."""


class Alternative(NamedTuple):
    """One way to read a text: what it means, and the text to write instead of `MatcalcError.text` that says it."""

    meaning: str
    text: str


class AmbiguousError(MatcalcError):
    """A text with two readings, neither of them the clear winner. `readings` says each, and how to write it."""

    readings: tuple[Alternative, ...] = ()

    def asking(self, *readings: Alternative) -> AmbiguousError:
        """The same error with its readings, which the hint shows."""
        self.readings = readings
        said = ", or ".join(f"{reading.text} if {reading.meaning}" for reading in readings)
        self.hint = self.hint or f"write {said}"
        return self


class NotDifferentiableError(MatcalcError):
    """The objective has no derivative in the variable asked for."""

    exit_status = 3


class UnsupportedError(MatcalcError):
    """Understood, but beyond what matcalc does; the message says which part and what the limit is."""

    exit_status = 3


def nearest(name: str, names: Iterable[str], otherwise: str) -> str:
    """The hint that one of the names may be meant; where none is near, something else."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(names), n=3)
    return f"did you mean {' or '.join(near)}?" if near else otherwise
