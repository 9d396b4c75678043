"""What a user may hand over: names, programs, time limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matcalc.errors import UnknownNameError, UnsupportedError
from matcalc.front.formula import canonical
from matcalc.syntax import parse as _parse
from matcalc.syntax.program import Program


def names_of(wrt: str | Sequence[str]) -> list[str]:
    """The names asked for, each once, as the program holds them."""
    names = [wrt] if isinstance(wrt, str) else list(wrt) if isinstance(wrt, Iterable) else [wrt]
    if not all(isinstance(name, str) for name in names):
        raise UnknownNameError(f"wrt must be a name or a list of names, not {wrt!r}", hint='wrt="W" or wrt=["W", "b"]')
    return list(dict.fromkeys(map(canonical, names)))


def program_of(source: str | Program, shapes: Sequence[str]) -> Program:
    """The program that is meant; read again where declarations are added."""
    if isinstance(source, Program):
        return parse(source.source, shapes) if shapes else source
    return parse(source, shapes)


def limited(time_limit: float) -> float:
    """A time limit in seconds. Raises UnsupportedError for one that is none."""
    if not isinstance(time_limit, (int, float)) or not 0 < time_limit < float("inf"):
        raise UnsupportedError(f"a time limit is a positive number of seconds, not {time_limit!r}")
    return float(time_limit)


def parse(source: str, shapes: Sequence[str] = ()) -> Program:
    """The program as understood, every shape settled.

    `shapes`: further declarations ("X: n x d"). Raises ParseError, ShapeError, UnknownNameError, UnsupportedError.
    """
    return _parse(source, shapes)
