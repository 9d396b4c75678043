"""The protocol `Field`: the operations on entries that an operator's meaning may use."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

Entry: TypeAlias = Any
Rows: TypeAlias = list[list[Entry]]
"""An array, as a list of its rows."""


class TooLarge(Exception):
    """The exact entries would be too many or too long to write out."""


class OutOfTime(Exception):
    """The time limit was reached."""


def check_time(deadline: float) -> None:
    """Raises OutOfTime past the moment `deadline` of time.monotonic."""
    if time.monotonic() > deadline:
        raise OutOfTime


LONGEST_NUMBER = 50_000
"""The most bits of a number that is written out."""


class Field(Protocol):
    """The operations on entries that an operator's meaning may use, beside + - and *.

    `digits`: for fields of numbers, which can be compared, so elimination with pivots works; 0 for formulas, whose
    inverses use cofactors.
    """

    digits: int

    def number(self, value: Fraction) -> Entry:
        """The rational number `value`."""

    def constant(self, name: str) -> Entry:
        """ "pi" or "e"."""

    def sum(self, terms: Iterable[Entry]) -> Entry:
        """The sum of at least one entry."""

    def dot(self, a: Sequence[Entry], b: Sequence[Entry]) -> Entry:
        """The sum of the products of entries, of at least one pair."""
        return self.sum([x * y for x, y in zip(a, b, strict=True)])

    def divide(self, a: Entry, b: Entry) -> Entry:
        """a / b."""

    def power(self, base: Entry, exponent: Entry) -> Entry:
        """base^exponent, real: a negative base needs a whole exponent."""

    def call(self, name: str, order: int, x: Entry) -> Entry:
        """The function of the entries `name`, differentiated `order` times, at x."""

    def where(self, u: Entry, strict: bool, a: Entry, b: Entry) -> Entry:
        """a where u > 0 (u >= 0 if not strict), b elsewhere."""

    def whole(self, x: Entry) -> int | None:
        """x as an int if it is one."""

    def atom(self, name: Hashable, at: Sequence[Entry]) -> Entry:
        """An entry without a formula, where digits are 0: `name` identifies it, `at` are the entries it depends on."""
