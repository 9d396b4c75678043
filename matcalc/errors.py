"""The errors that a user can meet. Each says where the error is, what is wrong and why, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

QUOTED = "    "
"""What a line begins with that an error quotes, and the line with its caret."""


class MatcalcError(Exception):
    """Base of every error that matcalc raises on purpose.

    `message` says what is wrong and why, `hint` what to write instead (may be empty). `line` and `column` count from 1
    and are None if the error has no place in a text. `text` is the offending piece of the source, `source_line` its
    whole line, for the caret. `declaration` is the text that the place is in where it was declared beside the program.
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
        declaration: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column
        self.text = text
        self.source_line = source_line
        self.declaration = declaration

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message,), self.__dict__

    def __str__(self) -> str:
        line = "in a declaration beside the program" if self.declaration else f"line {self.line}"
        where = "" if self.line is None else f"{line}, column {self.column}: "
        lines = [where + self.message]
        if self.source_line and self.column is not None:
            # Of a very long line, only the surroundings of the place are shown.
            start = max(0, self.column - 1 - 60)
            shown = self.source_line[start : start + 120]
            before, after = "…" if start else "", "…" if start + 120 < len(self.source_line) else ""
            width = max(1, min(len(self.text) or 1, len(shown) - (self.column - 1 - start)))
            indent = " " * (len(before) + self.column - 1 - start)
            lines += [f"{QUOTED}{before}{shown}{after}", f"{QUOTED}{indent}{'^' * width}"]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class ParseError(MatcalcError):
    """The text is not in the notation."""


class ShapeError(MatcalcError):
    """The shapes of operands do not fit; the message gives both operands with their shapes."""


class UnknownNameError(MatcalcError):
    """A name that the program does not explain."""


class Alternative(NamedTuple):
    """One reading of an ambiguous text: its meaning, and the text to write instead of `MatcalcError.text` to get it."""

    meaning: str
    text: str


class AmbiguousError(MatcalcError):
    """A text with two plausible readings. `readings` describes each, and how to write it."""

    readings: tuple[Alternative, ...] = ()
    indexed = False
    """Whether the first reading is one by indices, and its matrix form another text for it."""

    def asking(self, *readings: Alternative) -> AmbiguousError:
        """The same error with these readings, which the hint then lists."""
        self.readings = readings
        said = ", or ".join(f"{reading.text} if {reading.meaning}" for reading in readings)
        self.hint = self.hint or f"write {said}"
        return self


class NotDifferentiableError(MatcalcError):
    """The objective has no derivative in the variable asked for."""

    exit_status = 3


class UnsupportedError(MatcalcError):
    """Valid input beyond what matcalc can do; the message names the part and the limit."""

    exit_status = 3


class DefectError(MatcalcError):
    """A mistake of matcalc itself. Nobody raises it: it is what each door says of an error that is no MatcalcError."""

    exit_status = 70


def defect(met: str, hint: str = "please report it, with what you typed") -> DefectError:
    """What is said of a mistake of matcalc itself. `met`: the kind of the error; its words may hold what was typed."""
    return DefectError(f"a mistake in matcalc itself, sorry: {met}", hint=hint)


def nearest(name: str, names: Iterable[str], otherwise: str) -> str:
    """The hint that one of the names may be meant; where none is near, something else."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(names), n=3)
    return f"did you mean {' or '.join(near)}?" if near else otherwise
