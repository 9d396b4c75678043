"""The mathematics of a document in one notation: the only module where documents use the printer."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cached_property

from matcalc.document import blocks as b
from matcalc.expr import Node, Shape
from matcalc.prose import Letters, Typed
from matcalc.write import Braced, Level, Notation, Piece, Writer, flowing, labelled, summands
from matcalc.write.indexed import Indexed
from matcalc.write.pieces import Leaf
from matcalc.write.slices import sliced


class Ink:
    """Writes mathematics in a notation."""

    def __init__(
        self, notation: Notation, names: Collection[str] = (), *, braces: bool = False, kronecker: bool = False
    ) -> None:
        """`names`: those of the program; `braces`: lines show the shapes of factors; `kronecker`: δ_ij is no name."""
        self.names = frozenset(names)
        self._writer = Writer(notation, names)
        self.notation = self._writer.notation
        self._kronecker = kronecker
        self._lines = Braced(notation, names) if braces else self._writer
        self._pieces: dict[b.Math, Piece] = {}
        self._written: dict[b.Math, str] = {}

    @cached_property
    def _indexed(self) -> Indexed:
        return Indexed(self._writer, kronecker=self._kronecker)

    @staticmethod
    def of(document: b.Document, notation: Notation) -> Ink:
        """The Ink for a document."""
        return Ink(notation, document.names, braces=document.view.braces, kronecker=document.kronecker)

    def piece(self, math: b.Math) -> Piece:
        """The formula as a part of a larger one."""
        if isinstance(math, Node):
            return self._writer.piece(math)
        known = self._pieces.get(math)
        if known is None:
            write = _KINDS.get(type(math))
            known = self._indexed.piece(math) if write is None else write(self, math)  # type: ignore[arg-type]
            self._pieces[math] = known
        return known

    def write(self, math: b.Math) -> str:
        """The formula in one line."""
        known = self._written.get(math)
        if known is None:
            known = self._written[math] = str(self.piece(math))
        return known

    def width(self, math: b.Math) -> int:
        """How wide the formula is in one line, in the notation's measure."""
        return round(self.piece(math).width)

    def lines(self, formula: b.Math | Piece, width: int) -> list[str]:
        """The formula in lines of at most `width` if it can be broken so."""
        return [line for line, _ in self.labelled(formula, width)]

    def labelled(self, formula: b.Math | Piece, width: int) -> list[tuple[str, str]]:
        """The same, each with the text below the line."""
        return labelled(formula if isinstance(formula, Piece) else self.piece(formula), width)

    def flowing(self, math: b.Math, narrow: float, part: float, mark: Callable[[float], str]) -> list[str]:
        """The formula for a page that breaks lines itself: parts with a mark at each place where a line may end."""
        return flowing(self.piece(math), narrow, part, mark)

    def summands(self, math: b.Math) -> Sequence[Piece]:
        """The terms of a sum, each but the first with its sign."""
        return summands(self.piece(math))

    def row(self, terms: Sequence[Piece]) -> Piece:
        """Terms side by side."""
        parts = [part for term in terms for part in (self.notation.plain(" "), term)][1:]
        return Piece(tuple(parts), Level.SUM, sum(term.size for term in terms))

    def say(
        self,
        sentence: b.Words,
        words: Callable[[str], str],
        typed: Callable[[Typed], str],
        math: Callable[[b.Math], str],
    ) -> str:
        """A sentence, its words, what a user types in it, and its mathematics each written by a function."""
        found = []
        for part in sentence:
            if isinstance(part, Typed) and part.text not in self.names:
                found.append(typed(part))
            else:
                found.append(words(part) if isinstance(part, str) else math(part))
        return "".join(found)

    def shape(self, shape: Shape) -> str:
        """n×d."""
        return self.write(b.shape_of(shape))

    def shapes(self, row: b.DerivationRow) -> list[str]:
        """The shapes to show beside a line, empty for a term without one."""
        return [self.shape(shape) if shape is not None else "" for shape in row.beside]

    def extent(self, extent: b.Extent) -> str:
        """The shape, and the layers for which it holds."""
        shape = b.shape_of(extent.shape)
        return self.write(
            shape if extent.layers is None else b.InForm("range", (shape, b.InForm("layers", extent.layers)))
        )

    def statement(self, statement: b.InForm) -> str:
        """An equation; empty if both sides are written the same."""
        left, right = map(self.write, statement.parts)
        return "" if left == right else self.write(statement)

    def explanation(self, said: b.Explanation) -> b.Words:
        """The meaning of an operator: a formula, or words, or both."""
        if said.formula is None or self.write(said.formula) == self.write(said.term):  # the notation writes it so
            return (said.term, ": ", *said.words)
        return (b.equation(said.term, said.formula), ", ", *said.words)

    # ---------------------------------------------------------------------------------------------- the small forms

    def _form(self, math: b.InForm) -> Piece:
        return self.notation.build(math.name, *map(self.piece, math.parts))

    def _line(self, math: b.Displayed) -> Piece:
        reading = self._writer.reading(math.node)
        if math.whole and reading.bare is not None:
            return reading.bare.piece
        return self._lines.piece(math.node)

    def _stated(self, math: b.Stated) -> Piece:
        reading = self._writer.reading(math.node)
        return (reading.bare or reading).piece

    def _multiplied(self, math: b.AsFactor) -> Piece:
        reading = self._writer.reading(math.node)
        return self.notation.bracket((reading.bare or reading).piece, Level.POWER)

    def _function(self, math: b.FunctionName) -> Piece:
        return self.notation.atom(self.notation.function(math.name, 0))

    def _beside(self, math: b.Beside) -> Piece:
        plain, size = self.notation.plain, 1
        parts: list[Leaf | Piece] = []
        for part in math.parts:
            parts.append(plain(in_letters(part, self.notation)) if isinstance(part, str) else self.piece(part))
            size += 1 if isinstance(part, str) else self.piece(part).size
        return Piece(tuple(parts), Level.LIST, size)

    def _typed(self, math: Typed) -> Piece:
        return self.notation.atom(self.notation.name(math.text))

    def _letters(self, math: Letters) -> Piece:
        return self.notation.atom(in_letters(math.text, self.notation))

    # ----------------------------------------------------------------------------------------------- index notation

    def _added(self, math: b.TermSum) -> Piece:
        return self.notation.sum([(False, self.piece(term)) for term in math.terms])

    def _common(self, math: b.Common) -> Piece:
        return min(map(Indexed(self._writer, ranges=False).piece, math.ways), key=lambda piece: len(str(piece)))

    def _slopes(self, math: b.ChainRule) -> Piece:
        slopes = self.notation.chain([self.piece(b.InForm("gradient", pair)) for pair in math.pairs])
        return self._indexed.sum(math.over, slopes)

    def _ranges(self, math: b.IndexRanges) -> Piece:
        # A notation that gathers gives the range of an index at each sum.
        found = self._indexed.ranges(() if self.notation.gathers else math.terms, math.free)
        return self.notation.atom("") if found is None else found

    def _slice(self, math: b.Slice) -> Piece:
        return self._indexed.slice(self.piece(math.of), math.at)

    def _sliced(self, math: b.Sliced) -> Piece:
        return sliced(math.node, math.axis, math.place, self.notation, self.names)


_LETTERS = re.compile(
    r"(?P<size>[a-z]\w*)=(?P<number>\d+)|(?P<name>[A-Za-z])_(?P<index>[a-z]+)|(?P<d>d)(?=[A-Z]\b|$)"
    r"|(?P<word>\b(?:diag|tr)\b)|(?P<turned>')|(?P<letters>[A-Za-z]+)|(?P<digits>\d+)|(?P<sign>[^\s\w])|(?P<space>\s+)"
)


def in_letters(text: str, notation: Notation) -> str:
    """A short formula in letters, by the notation's rows for its parts: indices below the line, transposes raised."""

    def part(found: re.Match[str]) -> str:
        template = notation.letters.get(str(found.lastgroup))
        return found.group() if template is None else template.format(**found.groupdict())

    return _LETTERS.sub(part, text)


_KINDS: dict[type, Callable[..., Piece]] = {
    b.InForm: Ink._form,
    b.Displayed: Ink._line,
    b.Stated: Ink._stated,
    b.AsFactor: Ink._multiplied,
    b.FunctionName: Ink._function,
    b.Beside: Ink._beside,
    Typed: Ink._typed,
    Letters: Ink._letters,
    b.TermSum: Ink._added,
    b.Common: Ink._common,
    b.ChainRule: Ink._slopes,
    b.IndexRanges: Ink._ranges,
    b.Slice: Ink._slice,
    b.Sliced: Ink._sliced,
}
