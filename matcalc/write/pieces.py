"""The one printer: forms, brackets, and nothing else.

A form is a template, the level of what it makes, and the least level that each operand may have without brackets. A
notation is a table of forms. Levels are the rungs of the grammar's ladder, and precedence is stated here and nowhere
else. What a term reads as (a difference, a fraction, a spread scalar) is decided in reading.py; this module puts the
pieces together, in time linear in the length of what is printed.

May import expressions, operators and errors only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache

from matcalc.errors import UnsupportedError

LIMIT = 200_000
"""The largest expression, in symbols, that is printed as one formula."""


class Level(IntEnum):
    """How tightly a piece of text holds together, loosest first: the ladder of the grammar.

    SCALED is a product with its scalar coefficient or its sign floated to the front (unary minus included). It stands
    unbracketed as an operand of + and `:`, but not inside a product, where the coefficient would float on. LETTER is an
    atom that an index may be set below, having none yet.
    """

    LIST = 0
    SUM = 1
    FROBENIUS = 2
    SCALED = 3
    PRODUCT = 4
    CHAIN = 5
    POWER = 6
    ATOM = 7
    LETTER = 8
    BRACKETED = 9  # as the least level of an operand: always in brackets, as the argument of a call


class Form:
    """One row of a notation.

    In the template #1, #2, … stand for the operands, in any order and more than once if need be. Where there are more
    operands than places, the text between the last two places is repeated. `tall` is the template to use when an
    operand is higher than a line (a fraction).
    """

    __slots__ = ("least", "level", "makes_tall", "tall", "template")

    def __init__(
        self, template: str, level: Level, least: Sequence[Level] = (), *, tall: str = "", makes_tall: bool = False
    ) -> None:
        self.template = template
        self.level = level
        self.least = tuple(least)
        self.tall = tall
        self.makes_tall = makes_tall


class Piece:
    """Text under construction: a rope, its level, its size in symbols, and its first and last characters."""

    __slots__ = ("head", "level", "parts", "size", "tail", "tall")

    def __init__(self, parts: tuple[str | Piece, ...], level: Level, size: int = 1, tall: bool = False) -> None:
        self.parts = parts
        self.level = level
        self.size = size
        self.tall = tall
        first, last = parts[0], parts[-1]
        self.head: str = first[:10] if isinstance(first, str) else first.head
        self.tail: str = last[-1:] if isinstance(last, str) else last.tail

    @property
    def width(self) -> int:
        """How wide it is: characters of text, points of LaTeX."""
        from matcalc.write.wrap import measure

        return measure(str(self))

    def __str__(self) -> str:
        if self.size > LIMIT:
            raise UnsupportedError(
                f"written out in full this expression has {self.size:,} symbols; the limit is {LIMIT:,}",
                hint="use the form with named intermediates, which shares what is repeated",
            )
        found: list[str] = []
        stack: list[str | Piece] = [self]
        while stack:
            part = stack.pop()
            if isinstance(part, str):
                found.append(part)
            else:
                stack.extend(reversed(part.parts))
        return "".join(found)


class Reading:
    """A node as a piece of text, and what a neighbour may write in its place.

    `negated`: what to write after a minus sign instead. `under`: what to write under a fraction's line instead, where
    the node is a reciprocal. `bare`: the reading that leaves the sizes of constants to the neighbours, and `open`, the
    dimensions that they then must fix (see bare.py). `spread`: the scalar to write where a sum spreads it over an
    array. `simple`: a name, a number, or a power of one.
    """

    __slots__ = ("bare", "negated", "open", "piece", "simple", "spread", "under")

    def __init__(
        self, piece: Piece, negated: Piece | None = None, under: Piece | None = None, simple: bool = False
    ) -> None:
        self.piece = piece
        self.negated = negated
        self.under = under
        self.simple = simple
        self.bare: Reading | None = None
        self.open = ""
        self.spread: Reading | None = None


class Notation:
    """A way of writing: its forms by name, how it spells names, and how it sets factors side by side.

    `forms`: operator names, and the names of readings in reading.py; a constant with a form "…_bare" is written so
    where its neighbours fix its size. `name` spells a symbol, `function` a function of the entries with its primes.
    `beside` says what stands between two factors. `gathers`: a fraction collects the factors of numerator and
    denominator (two-dimensional notations); otherwise factors keep their order, so that the text parses to the same
    expression.
    """

    __slots__ = ("beside", "forms", "function", "gathers", "name", "title")

    def __init__(
        self,
        title: str,
        forms: Mapping[str, Form],
        *,
        name: Callable[[str], str],
        function: Callable[[str, int], str],
        beside: Callable[[Piece, Piece], str],
        gathers: bool = False,
    ) -> None:
        self.title = title
        self.forms = forms
        self.name = name
        self.function = function
        self.beside = beside
        self.gathers = gathers

    def form(self, name: str) -> Form:
        """The row called `name`. Raises UnsupportedError naming a row that is missing."""
        try:
            return self.forms[name]
        except KeyError:
            raise UnsupportedError(f"{self.title} has no form for {name}") from None

    def build(self, name: str, *pieces: Piece) -> Piece:
        """The form called `name` around its operands, with the brackets that they need."""
        return self.fill(self.form(name), pieces)

    def fill(self, form: Form, pieces: Sequence[Piece]) -> Piece:
        """A form around its operands."""
        tall = form.makes_tall or any(piece.tall for piece in pieces)
        literals, places = _compiled(form.tall if tall and form.tall else form.template)
        extra = len(pieces) - len(places)
        if extra > 0 and places == tuple(range(len(places))):
            places = tuple(range(len(pieces)))
            literals = (*literals[:-1], *literals[-2:-1] * extra, literals[-1])
        parts: list[str | Piece] = [literals[0]]
        size = 1
        for place, literal in zip(places, literals[1:], strict=True):
            parts.append(self.bracket(pieces[place], form.least[min(place, len(form.least) - 1)]))
            parts.append(literal)
            size += pieces[place].size
        return Piece(tuple(part for part in parts if part), form.level, size, tall)

    def bracket(self, piece: Piece, least: Level) -> Piece:
        """`piece`, in brackets if it holds together less tightly than `least`."""
        if piece.level >= least:
            return piece
        form = self.forms["brackets"]
        literals, _ = _compiled(form.tall if piece.tall and form.tall else form.template)
        return Piece((literals[0], piece, literals[1]), Level.ATOM, piece.size, piece.tall)

    def atom(self, text: str, level: Level = Level.ATOM, tall: bool = False) -> Piece:
        """A piece that is one symbol."""
        return Piece((text,), level, 1, tall)

    def chain(self, pieces: Sequence[Piece], level: Level = Level.CHAIN, last: Level = Level.POWER) -> Piece:
        """Factors side by side. The last one may be as loose as `last`."""
        if len(pieces) == 1:
            return pieces[0]
        parts: list[str | Piece] = []
        size, tall = 1, False
        left = pieces[0]
        for i, piece in enumerate(pieces):
            least = Level.CHAIN if i == 0 else last if i == len(pieces) - 1 else Level.POWER
            if i and not self.gathers and piece.head[0] in "0123456789":
                least = Level.BRACKETED  # two numbers side by side are none
            shown = self.bracket(piece, least)
            if i:
                parts.append(self.beside(left, shown))
            parts.append(shown)
            size += piece.size
            tall = tall or piece.tall
            left = shown
        return Piece(tuple(part for part in parts if part), level, size, tall)

    def sum(self, terms: Sequence[tuple[bool, Piece]]) -> Piece:
        """Terms that are each added or subtracted."""
        separators = {negative: _compiled(self.form(name).template)[0][1] for negative, name in _SIGNS}
        least = self.form("plus").least[0]
        parts: list[str | Piece] = []
        for negative, piece in terms:
            if parts:
                parts.append(separators[negative])
            parts.append(self.bracket(piece, least))
        size = 1 + sum(piece.size for _, piece in terms)
        return Piece(tuple(parts), Level.SUM, size, any(piece.tall for _, piece in terms))


_SIGNS = ((False, "plus"), (True, "subtract"))


@lru_cache(maxsize=1024)
def _compiled(template: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    # "#1 + #2" is ("", " + ", "") around the places (0, 1).
    found = re.split(r"#(\d)", template)
    return tuple(found[0::2]), tuple(int(place) - 1 for place in found[1::2])


def decimal(value: Fraction) -> str | None:
    """The digits of a number that reads better as a decimal: whole, or with a denominator such as 100; else None."""
    below, places = value.denominator, 0
    if below == 1:
        return str(value.numerator)
    if below <= 10:
        return None
    while below > 1 and places < 12:
        places += 1
        below = (value * 10**places).denominator
    if below > 1:
        return None
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
