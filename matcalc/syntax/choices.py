"""Texts with two readings: both are tried, and if both conform the user is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from matcalc.dims import Dim
from matcalc.errors import Alternative, AmbiguousError, MatcalcError
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Tree


@dataclass
class Choice:
    """How a 1 that a stroke follows is read: as a vector of ones or not; None while nobody has asked.

    `size`: the length of the vector, once it is known.
    """

    ones: bool | None = None
    size: Dim | None = None


class Undecided(Exception):
    """A 1 that a stroke follows was met. `matrix`, `one` and `divisor` are the factors."""

    def __init__(self, source: Source, matrix: Tree, one: Tree, divisor: Tree) -> None:
        super().__init__()
        self.source = source
        self.matrix = matrix
        self.one = one
        self.divisor = divisor

    def error(self, size: Dim | None) -> MatcalcError:
        """The question to the user."""
        text, start, end = self.source.text, self.matrix.start, self.divisor.end
        before, divisor = text[start : self.one.start], text[self.divisor.start : end]
        return self.source.asked(
            start,
            end,
            Alternative("1 is the number", f"{before}(1/{divisor})"),
            Alternative("1 is the vector of ones", f"{before}ones({size or 'n'})/{divisor}"),
        )


_T = TypeVar("_T")


def decided(read: Callable[[Choice], _T]) -> _T:
    """The result of `read` for the reading that conforms. Raises AmbiguousError if both do, with different results."""
    try:
        return read(Choice())
    except Undecided as asked:
        question = asked
    number, ones = Choice(ones=False), Choice(ones=True)
    found: list[_T] = []
    refused: list[MatcalcError] = []
    for choice in (number, ones):
        try:
            found.append(read(choice))
        except MatcalcError as error:
            if isinstance(error, AmbiguousError) and not refused:
                raise
            refused.append(error)
    if not found:
        raise refused[0] from None
    if len(found) == 1 or found[0] == found[1]:
        return found[0]
    raise question.error(ones.size)
