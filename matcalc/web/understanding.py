"""What a program was understood as, and what an error says, as plain data; and what each answer to a question types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import matcalc
from matcalc import AmbiguousError, Expr, MatcalcError, Program
from matcalc.api.jacobians import is_structured
from matcalc.collection import listed_names, suggested_names
from matcalc.web.requests import RequestError

PARAMETERS = re.compile(r"(?:W|w|b|U|V|Theta|theta|beta|Beta|bias)(?:\d*|_\w+)(?:\[l\])?")
"""Names that are usually what is asked for."""


def suggested(program: Program) -> list[str]:
    """What a program is probably to be differentiated by: what its text says, or its parameters, or its only input.

    Only a proposal: a reader sees which names are chosen, and chooses others.
    """
    return evident(program) or _free(program)[:1]


def evident(program: Program) -> list[str]:
    """What a program is differentiated by as its text says, or as its parameters are, or its only input; or nothing."""
    free = _free(program)
    by_stem = {name.partition("[")[0]: name for name in free}
    said = [by_stem.get(name, name) for name in (*program.asked, *suggested_names(program.source))]
    known = [name for name in dict.fromkeys(said) if name in free]
    return known or [name for name in free if PARAMETERS.fullmatch(name)] or (free if len(free) == 1 else [])


def _free(program: Program) -> list[str]:
    return [s.name for s in program.inputs if "constant" not in s.attributes]


def chosen(program: Program, wrt: Sequence[str]) -> list[str]:
    """The names asked for, otherwise those suggested. Raises MatcalcError where there is nothing to choose."""
    names = listed_names(wrt) or suggested(program)
    if not names:
        message = "there is nothing to differentiate by: the program has no input that varies"
        raise MatcalcError(message, hint="give what varies a name, such as x in J = 3 x'x")
    return names


def one_chosen(program: Program, wrt: Sequence[str]) -> str:
    """The one name asked for. Raises RequestError for several."""
    names = chosen(program, wrt)
    if len(names) > 1 and wrt:
        error = RequestError(
            f"this is by one name, and here are {', '.join(names)}", hint=f"choose one, such as {names[0]}"
        )
        error.names = names
        raise error
    return names[0]


def formula(found: Expr) -> dict[str, Any]:
    """A formula in the notations in which it is copied."""
    return {"text": str(found), "latex": found.latex(), "mathml": found.mathml(), "shape": list(map(str, found.shape))}


def understood(program: Program) -> dict[str, Any]:
    """A program: its names with their shapes, its definitions, what is noted, what it may be differentiated by."""
    chosen, clear = suggested(program), evident(program)
    return {
        "objective": program.objective.name,
        "is_scalar": program.objective.is_scalar,
        "names": [
            {
                "name": s.name,
                "shape": list(map(str, s.shape)),
                "how": "inferred" if s.name in program.inferred else "declared",
                "attributes": sorted(s.attributes),
                "structured": is_structured(s),
                "chosen": s.name in chosen,
                "evident": s.name in clear,
            }
            for s in program.inputs
        ],
        "functions": list(program.functions),
        "definitions": [
            {"name": s.name, **formula(Expr(s.definition, program.inputs))} for s in program.definitions if s.definition
        ],
        "wrt": chosen,
        "notes": list(map(str, program.notes)),
    }


def failure(error: MatcalcError, source: str = "", shapes: Sequence[str] = (), language: str = "") -> dict[str, Any]:
    """An error: what is wrong, where, what to write instead, and the names or readings between which it asks."""
    found: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "line": error.line,
        "column": error.column,
        "text": error.text,
        "declaration": error.declaration,
        "said": str(error),
        "instead": "jacobian" if "a gradient is of a scalar" in error.message else "",
        "names": list(error.names) if isinstance(error, RequestError) else [],
        "readings": [],
    }
    if not isinstance(error, AmbiguousError):
        return found
    for reading in error.readings:
        text, declared = _answered(error, reading.text, source, shapes, language)
        found["readings"].append(
            {"meaning": reading.meaning, "text": reading.text, "source": text, "shapes": list(declared)}
        )
    return found


def _answered(
    error: AmbiguousError, reading: str, source: str, shapes: Sequence[str], language: str
) -> tuple[str, Sequence[str]]:
    """The program and its declarations after a reading was chosen; unchanged where it cannot be put in."""
    asked_again = None
    for text, declared in _attempts(error, reading, source, shapes):
        found = matcalc.read(text, declared, language)
        if found.program is not None:
            return text, declared
        if asked_again is None and isinstance(found.error, AmbiguousError) and str(found.error) != str(error):
            asked_again = text, declared  # something else is asked then
    return asked_again or (source, shapes)


def _attempts(
    error: AmbiguousError, reading: str, source: str, shapes: Sequence[str]
) -> Iterator[tuple[str, Sequence[str]]]:
    # A reading stands for the part that is asked about, or is a declaration, or stands for the whole.
    if error.text and error.text in source:
        lines = source.split("\n")
        line, at = (error.line or 1) - 1, (error.column or 1) - 1
        if line < len(lines) and lines[line].startswith(error.text, at):
            lines[line] = lines[line][:at] + reading + lines[line][at + len(error.text) :]
            yield "\n".join(lines), shapes
        else:
            yield source.replace(error.text, reading, 1), shapes
    yield f"{reading}\n{source}", shapes
    yield source, (*shapes, reading)
    yield reading, shapes
