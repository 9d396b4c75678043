"""The part of a variable that a derivative is taken by: an entry W[i,j], a row W[i,:], a column W[:,j], or w[i]."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from matcalc.errors import ParseError, ShapeError
from matcalc.expr import Symbol
from matcalc.indices.entry import FreshIndices, Position, place
from matcalc.indices.terms import Index, Indices

_PART = re.compile(r"\s*(?P<name>[^\[\]]*?(?:\[[^\[\],:]*\])?)\s*\[(?P<at>[^\[\]]*[,:][^\[\]]*|[^\[\]]*)\]\s*")
_SUBSCRIPT = re.compile(r"[A-Za-z]|[A-Za-z]\d+|\d+|:")
LARGEST = 10**9


class Part(NamedTuple):
    """The part of `of` at `at` (rows, columns); None for all of them, and for the single row or column of a vector."""

    of: Symbol
    at: Position

    @property
    def whole(self) -> bool:
        """Whether it is a row or a column of a matrix rather than an entry."""
        return any(i is None and dim != 1 for i, dim in zip(self.at, self.of.shape, strict=True))

    def entry(self, taken: Collection[str]) -> Indices:
        """An entry of the part, with unused letters for open indices."""
        held = {*taken, *(i.name for i in place(self.at))}
        rows, columns = self.at
        if rows is None:
            rows = FreshIndices(held).index(self.of.shape[0])
        if columns is None:  # reserve i for rows
            columns = FreshIndices({*held, "i", *(i.name for i in place((rows, None)))}).index(self.of.shape[1])
        return place((rows, columns))


def split(text: str) -> tuple[str, tuple[str, ...]] | None:
    """W[i, j] as ("W", ("i", "j")); None if the text does not end with square brackets."""
    found = _PART.fullmatch(text)
    if found is None or not found["name"]:
        return None
    return found["name"].strip(), tuple(part.strip() for part in found["at"].split(","))


def part(symbol: Symbol, subscripts: tuple[str, ...], text: str, taken: Collection[str]) -> Part:
    """The part of a variable that `subscripts` name. `taken`: the names of the program and of its dimensions.

    Raises ParseError for malformed subscripts, ShapeError if the variable is too small for them.
    """
    rows, columns = symbol.shape
    for subscript in subscripts:
        if not _SUBSCRIPT.fullmatch(subscript):
            raise ParseError(
                f"{subscript or 'nothing'} is no index of {symbol.name}"
                if subscript
                else f"an index is missing in {text}",
                hint=f"an index is a letter, a number from 1, or : for all of them: {symbol.name}{_example(symbol)}",
                text=text,
            )
    directions = 2 - (rows == 1) - (columns == 1)
    if directions == 0:
        raise ShapeError(
            f"{symbol.name} is a scalar and has no entries", hint=f"ask for {symbol.name} itself", text=text
        )
    if len(subscripts) == 1 and directions == 1:
        subscripts = (subscripts[0], ":") if columns == 1 else (":", subscripts[0])
    elif len(subscripts) == 2 and directions == 1:  # w[i, 1]
        at = 1 if columns == 1 else 0
        if subscripts[at] not in ("1", ":"):
            raise _beyond(symbol, subscripts[at], 1, ("row", "column")[at], text)
        subscripts = tuple(":" if n == at else s for n, s in enumerate(subscripts))
    elif len(subscripts) != 2:
        raise ShapeError(
            f"{symbol.name} is {rows}×{columns}, and {text} has {_count(len(subscripts))}",
            hint=f"an entry of it is {symbol.name}[i,j], a row {symbol.name}[i,:], a column {symbol.name}[:,j]",
            text=text,
        )
    found = [_index(symbol, s, n, text, taken) for n, s in enumerate(subscripts)]
    if not any(found):
        raise ParseError(f"{text} is all of {symbol.name}", hint=f"ask for {symbol.name} itself", text=text)
    if found[0] is not None and found[1] is not None and found[0].value is None and found[0].name == found[1].name:
        raise ParseError(
            f"{text} has one letter for the row and the column",
            hint=f"{symbol.name}[{found[0].name},j] is any entry; one on the diagonal is asked for by its number",
            text=text,
        )
    return Part(symbol, (found[0], found[1]))


def _index(symbol: Symbol, subscript: str, axis: int, text: str, taken: Collection[str]) -> Index | None:
    size = symbol.shape[axis]
    if subscript == ":":
        return None
    if subscript.isdigit():
        value = int(subscript) if len(subscript) < 10 else LARGEST
        if value < 1:
            raise ShapeError(
                f"there is no {('row', 'column')[axis]} 0 of {symbol.name}: they are counted from 1", text=text
            )
        if isinstance(size, int) and value > size:
            raise _beyond(symbol, subscript, size, ("row", "column")[axis], text)
        return Index(str(value), size, value)
    if subscript in taken:
        what = "a name of the program" if subscript not in map(str, symbol.shape) else f"a dimension of {symbol.name}"
        raise ParseError(
            f"{subscript} cannot be the index in {text}: it is {what}",
            hint=f"take a letter that is free: {symbol.name}{_example(symbol, taken)}",
            text=text,
        )
    return Index(subscript, size)


def _beyond(symbol: Symbol, subscript: str, size: int, what: str, text: str) -> ShapeError:
    rows, columns = symbol.shape
    there = f"{size} {what}{'' if size == 1 else 's'}"
    message = f"{text}: {symbol.name} is {rows}×{columns} and has {there}, not {subscript}"
    return ShapeError(message, hint=f"{what}s are counted from 1 to {size}", text=text)


def _count(n: int) -> str:
    return "one index" if n == 1 else f"{n} indices"


def _example(symbol: Symbol, taken: Collection[str] = ()) -> str:
    letters = FreshIndices(taken)
    names = [i.name for i in place(letters.position(symbol))]
    return f"[{','.join(names)}]"
