"""The one printer: forms and brackets.

A form is a template, the level of the result, and the least level that each operand may have without brackets. A
notation is a table of forms. Levels are those of the grammar, and precedence is stated only here. writer.py decides how
a term reads (as a difference, a fraction, a spread scalar); this module puts the pieces together, in time linear in the
length of the output.

A piece knows its width and where it may be broken; lines.py breaks it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from enum import IntEnum
from fractions import Fraction

from matcalc.errors import UnsupportedError
from matcalc.operators import TABLE

LIMIT = 200_000
"""The largest expression, in symbols, that is printed as one formula."""
BESIDE = 16.0
"""The default cost of ending a line: between factors, after a comma. A line itself costs 1."""
SMALL = 0.75
"""The relative size of superscripts and subscripts."""


class Level(IntEnum):
    """How tightly a piece of text holds together, loosest first: the levels of the grammar.

    SCALED is a product with its scalar coefficient or sign moved to the front (unary minus included). It needs no
    brackets as an operand of + and `:`, but does inside a product, where the coefficient would move on. LETTER is an
    atom that may get an index and has none yet.
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

    In the template #1, #2, … stand for the operands, in any order, possibly repeated; %1 is an operand set small, above
    or below the line, and ~1 one above or below a sign of the same width. If there are more operands than places, the
    text between the last two places is repeated. `tall` is the template if an operand is higher than a line (a
    fraction).

    A line may end before the sign between two operands, at `cost`, or after the comma between them; not if the form is
    `solid`, or its operands are `stacked` one above the other (the form is then as wide as its widest operand). A tall
    form is solid, too. `loose` is the form to break instead of a solid one if no line is wide enough.
    """

    __slots__ = ("cost", "least", "level", "loose", "makes_tall", "solid", "stacked", "tall", "template")

    def __init__(
        self,
        template: str,
        level: Level,
        least: Sequence[Level] = (),
        *,
        tall: str = "",
        makes_tall: bool = False,
        cost: float = BESIDE,
        solid: bool = False,
        stacked: bool = False,
        loose: Form | None = None,
    ) -> None:
        self.template = template
        self.level = level
        self.least = tuple(least)
        self.tall = tall
        self.makes_tall = makes_tall
        self.cost = cost
        self.solid = solid or stacked
        self.stacked = stacked
        self.loose = loose


class Leaf:
    """Text without a line break in it. If it has a `cost`, a line may end before it, instead of a space.

    `turn`: 1 if it opens a bracket, -1 if it closes one.
    """

    __slots__ = ("cost", "space", "text", "turn", "width")

    def __init__(self, text: str, width: float, cost: float | None = None, space: float = 0.0, turn: int = 0) -> None:
        self.text = text
        self.width = width
        self.cost = cost
        self.space = space
        self.turn = turn


def refuse_long(size: int) -> None:
    """Raises UnsupportedError if a formula of so many symbols is too long to be written."""
    if size > LIMIT:
        raise UnsupportedError(
            f"written out in full this expression has {size:,} symbols; the limit is {LIMIT:,}",
            hint="use the form with named intermediates, which shares what is repeated",
        )


class Piece:
    """A formula under construction: a rope, its level, its size in symbols, its width, its first and last characters.

    `solid`: no line ends in it. `loose`: the piece to break instead if no line is wide enough, and whether to do so
    even if the piece itself fits into a line. `terms`: those of a sum, each with its sign.
    `below`: in text notations, the text below it, and its width without trailing spaces.
    """

    __slots__ = ("below", "head", "level", "loose", "parts", "size", "solid", "tail", "tall", "terms", "width")

    def __init__(
        self,
        parts: tuple[Leaf | Piece, ...],
        level: Level,
        size: int = 1,
        tall: bool = False,
        solid: bool = False,
        width: float | None = None,
    ) -> None:
        self.parts = parts
        self.level = level
        self.size = size
        self.tall = tall
        self.solid = solid
        self.loose: tuple[Piece, bool] | None = None
        self.terms: tuple[tuple[tuple[Leaf, ...], Piece], ...] = ()
        self.below: tuple[str, int] | None = None
        first, last = parts[0], parts[-1]
        self.head: str = first.text[:10] if isinstance(first, Leaf) else first.head
        self.tail: str = last.text[-1:] if isinstance(last, Leaf) else last.tail
        if width is None:
            width = sum([part.width + part.space if isinstance(part, Leaf) else part.width for part in parts])
        self.width: float = width

    def scaled(self, scale: float) -> Piece:
        """The same as a superscript or subscript."""
        return Piece((self,), self.level, self.size, self.tall, True, scale * self.width)

    def at(self, level: Level) -> Piece:
        """The same as a piece of another level."""
        return Piece((self,), level, self.size, self.tall)

    def check(self) -> None:
        """Raises UnsupportedError if it is too long to be written."""
        refuse_long(self.size)

    def leaves(self) -> Iterator[Leaf]:
        """Its text from left to right. Raises UnsupportedError if it is too long."""
        self.check()
        stack: list[Leaf | Piece] = [self]
        while stack:
            part = stack.pop()
            if isinstance(part, Leaf):
                yield part
            else:
                stack.extend(reversed(part.parts))

    def __str__(self) -> str:
        return "".join(leaf.text if leaf.cost is None else f" {leaf.text}" for leaf in self.leaves())


class WrittenNode:
    """A node as a piece of text, with alternatives that a neighbour may write instead.

    `negated`: the alternative after a minus sign. `under`: the alternative below a fraction's line, if the node is a
    reciprocal. `bare`: the reading without the sizes of constants, and `open`: the dimensions that the neighbours must
    then determine (see bare.py). `block`: the same for a matrix of ones, which only a Frobenius product determines.
    `spread`: the scalar to write if a sum spreads it over an array.
    `simple`: a name, a number, or a power of one.
    """

    __slots__ = ("bare", "block", "negated", "open", "piece", "simple", "spread", "under")

    def __init__(
        self, piece: Piece, negated: Piece | None = None, under: Piece | None = None, simple: bool = False
    ) -> None:
        self.piece = piece
        self.negated = negated
        self.under = under
        self.simple = simple
        self.bare: WrittenNode | None = None
        self.open = ""
        self.block: WrittenNode | None = None
        self.spread: WrittenNode | None = None


class _Frame:
    """A parsed template: the text before, between and after the places, each place, and its relative size."""

    __slots__ = ("literals", "places", "scales")

    def __init__(self, template: str, notation: Notation, cost: float) -> None:
        found = re.split(r"([#%~])(\d)", template)
        texts = found[0::3]
        self.scales = tuple(_SCALES[mark] for mark in found[1::3])
        self.places = tuple(int(place) - 1 for place in found[2::3])
        turn = int(len(texts) > 1 and bool(texts[0] and texts[-1]))
        between = [
            notation.separator(text, cost) if after == 1 else (notation.plain(text, scale=max(before, after)),)
            for text, before, after in zip(texts[1:-1], self.scales, self.scales[1:], strict=False)
        ]
        first = (notation.plain(texts[0], turn),)
        self.literals = (first, *between, (notation.plain(texts[-1], -turn),)) if self.places else (first,)


_SCALES = {"#": 1.0, "%": SMALL, "~": 0.0}


class Notation:
    """A way of writing: its forms by name, the spelling of names, and the text between factors.

    `forms`: by operator names, the names of readings in writer.py, and those of index notation in indexed.py; the form
    "…_bare" of a constant is used if its neighbours determine its size. `name` spells a symbol, `function` a function
    of the entries with its primes. `beside` gives the text between two factors. `gathers`: a fraction collects the
    factors of numerator and denominator (two-dimensional notations); otherwise factors keep their order, so that the
    text parses to the same expression. `called` is the form of an operator without a row, from its name and the number
    of its arguments. `indexed` occurs in a name that has an index below. `letters` spells the parts of a short formula
    in letters, such as its indices, that are not spelled as they are typed. `measure` gives the width of a text, and
    `space` that of a space between signs. `word` spells a name as it is typed, where another one looks the same.
    """

    __slots__ = (
        "_frames",
        "beside",
        "called",
        "forms",
        "function",
        "gathers",
        "indexed",
        "letters",
        "measure",
        "name",
        "space",
        "title",
        "word",
    )

    def __init__(
        self,
        title: str,
        forms: Mapping[str, Form],
        *,
        name: Callable[[str], str],
        function: Callable[[str, int], str],
        beside: Callable[[Piece, Piece], str],
        called: Callable[[str, int], Form],
        gathers: bool = False,
        indexed: str = "_",
        letters: Mapping[str, str] | None = None,
        measure: Callable[[str], float] = len,
        space: float = 1.0,
        word: Callable[[str], str] | None = None,
    ) -> None:
        self.title = title
        self.forms = forms
        self.name = name
        self.function = function
        self.beside = beside
        self.called = called
        self.gathers = gathers
        self.indexed = indexed
        self.letters = letters or {}
        self.measure = measure
        self.space = space
        self.word = word
        self._frames: dict[tuple[str, float], _Frame] = {}

    def among(self, names: Iterable[str]) -> Notation:
        """The same notation, but names that look the same, W1 and W_1, are spelled as they are typed."""
        looks: dict[str, set[str]] = {}
        for each in names if self.word is not None else ():
            looks.setdefault(self.name(each), set()).add(each)
        alike = {each for found in looks.values() if len(found) > 1 for each in found if "[" not in each}
        if self.word is None or not alike:
            return self
        name, word, found = self.name, self.word, copy(self)
        found.name = lambda each: word(each) if each in alike else name(each)
        return found

    def form(self, name: str) -> Form:
        """The row called `name`, or an operator as a call. Raises UnsupportedError naming a missing row."""
        if name in self.forms:
            return self.forms[name]
        op = TABLE.get(name)
        if op is None or not (op.words and op.arity):
            raise UnsupportedError(f"{self.title} has no form for {name}")
        return self.called(op.words[0], op.arity)

    def build(self, name: str, *pieces: Piece) -> Piece:
        """The form called `name` around its operands, with brackets where needed."""
        return self.fill(self.form(name), pieces)

    def fill(self, form: Form, pieces: Sequence[Piece]) -> Piece:
        """A form around its operands."""
        tall = form.makes_tall or any(piece.tall for piece in pieces)
        least, last = form.least, len(form.least) - 1
        shown = [self.bracket(piece, least[min(i, last)]) for i, piece in enumerate(pieces)]
        high = tall and form.tall
        piece = self._set(high or form.template, form, shown, tall)
        piece.solid = form.solid or bool(high)
        if form.loose is not None and piece.solid:
            piece.loose = self.fill(form.loose, pieces), not form.stacked
        if form.stacked:
            widths = [one.width for one in shown]
            piece.width += max(widths) - sum(widths)
        return piece

    def _set(self, template: str, form: Form, pieces: Sequence[Piece], tall: bool) -> Piece:
        frame = self._frame(template, form.cost)
        literals, places, scales = frame.literals, frame.places, frame.scales
        extra = len(pieces) - len(places)
        if extra > 0 and places == tuple(range(len(places))):
            places, scales = tuple(range(len(pieces))), scales + scales[-1:] * extra
            literals = (*literals[:-1], *literals[-2:-1] * extra, literals[-1])
        parts: list[Leaf | Piece] = [*literals[0]]
        size = 1
        for place, literal, scale in zip(places, literals[1:], scales, strict=True):
            piece = pieces[place]
            parts.append(piece if scale == 1 else piece.scaled(scale))
            parts += literal
            size += piece.size
        return Piece(tuple(part for part in parts if part is not _NOTHING), form.level, size, tall)

    def _frame(self, template: str, cost: float) -> _Frame:
        key = template, cost
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = _Frame(template, self, cost)
        return frame

    def plain(self, text: str, turn: int = 0, scale: float = 1.0) -> Leaf:
        """A text without a line break."""
        return Leaf(text, scale * self.measure(text), turn=turn) if text else _NOTHING

    def separator(self, text: str, cost: float = BESIDE) -> tuple[Leaf, ...]:
        """The text between two operands: a line may end before a sign, or after a comma."""
        if text.startswith(" "):
            return (Leaf(text[1:], self.measure(text[1:]), cost, self.space),)
        if text.endswith(" "):
            return (Leaf(text[:-1], self.measure(text[:-1])), Leaf("", 0.0, BESIDE, self.space))
        return (self.plain(text),)

    def bracket(self, piece: Piece, least: Level) -> Piece:
        """`piece`, in brackets if it holds together less tightly than `least`."""
        if piece.level >= least:
            return piece
        found = self.build("brackets", piece)
        found.size = piece.size
        return found

    def atom(self, text: str, level: Level = Level.ATOM) -> Piece:
        """A piece that is one symbol."""
        return Piece((self.plain(text),), level)

    def number(self, digits: str) -> Piece:
        """A number that is not negative, in digits."""
        found = self.build("number", self.atom(digits))
        found.size = 1
        return found

    def chain(self, pieces: Sequence[Piece], level: Level = Level.CHAIN, last: Level = Level.POWER) -> Piece:
        """Factors side by side. The last one needs brackets below level `last`."""
        if len(pieces) == 1:
            return pieces[0]
        parts: list[Leaf | Piece] = []
        size, tall = 1, False
        left = pieces[0]
        for i, piece in enumerate(pieces):
            least = Level.CHAIN if i == 0 else last if i == len(pieces) - 1 else Level.POWER
            if i and not self.gathers and piece.head[0] in "0123456789":
                least = Level.BRACKETED  # two numbers side by side would read as one
            shown = self.bracket(piece, least)
            if i:
                parts += self.separator(self.beside(left, shown))
            parts.append(shown)
            size += piece.size
            tall = tall or piece.tall
            left = shown
        return Piece(tuple(part for part in parts if part is not _NOTHING), level, size, tall)

    def sum(self, terms: Sequence[tuple[bool, Piece]]) -> Piece:
        """Terms that are each added or subtracted."""
        plus, subtract = self.form("plus"), self.form("subtract")
        signs = [self._frame(form.template, form.cost).literals[1] for form in (plus, subtract)]
        shown = [
            (signs[negative] if i else (), self.bracket(piece, plus.least[0]))
            for i, (negative, piece) in enumerate(terms)
        ]
        parts: list[Leaf | Piece] = []
        for sign, piece in shown:
            parts += (*sign, piece)
        found = Piece(tuple(parts), Level.SUM, 1 + sum(p.size for _, p in terms), any(p.tall for _, p in terms))
        found.terms = tuple(shown)
        return found


_NOTHING = Leaf("", 0.0)


def decimal(value: Fraction) -> str | None:
    """The digits of a number that is shown as a decimal: whole, or with a denominator such as 100; else None."""
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
