r"""The shape of every factor, below it: 3×2 2×1 in the line after W3' δ3; in LaTeX \underbrace{\delta_3}_{2 \times 1}.

`Braced` is a Phrases that writes so in its method `line`; whatever has a matrix product to show (a gradient, a chain of
Jacobians) can use it. In text the marks take no room, so that formulas are broken and set in columns as ever; at the
very end `labelled` takes a finished line apart into the line and the shapes that stand below it. Marks are characters
of the private planes of Unicode, which no program may hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Term
from matcalc.operators import HADAMARD, INNER, MATMUL, PLUS, SCALE
from matcalc.render.phrases import Phrases
from matcalc.write.pieces import Leaf, Level, Notation, Piece
from matcalc.write.pieces import Written as Reading
from matcalc.write.writer import Writer

_PRODUCTS = frozenset((MATMUL, HADAMARD, SCALE, INNER))
"""What is no factor itself: its own factors are."""
_END, _BLANK, _FIRST, _CARRIER = "\U000ffffd", "\U000ffffc", 0x100000, 0xF0000
_LAST = 0x10FFFD
_MARK = re.compile("[\U000f0000-\U0010fffd]")
_PAINT = re.compile(r"\033\[[0-9;]*m")
_CROWDED = 2
"""How far a shape may stand out to the right of a factor with a sign after it."""


class _Marking(Writer):
    """Writes each factor between marks; the first mark says which shape, and whether another factor comes next."""

    def __init__(self, notation: Notation, names: Collection[str], shape: Callable[[Node], str]) -> None:
        super().__init__(notation, names)
        self.shapes: list[tuple[str, bool]] = []
        self._shape = shape
        self._codes: dict[tuple[str, bool], str] = {}

    def _operands(self, node: Term) -> Sequence[Reading]:
        args = super()._operands(node)
        row = _FACTORS.get(node.op)
        if row is None or (node.is_scalar and node.op is HADAMARD):
            return args
        least, first, tight = row
        last = len(args) - 1
        return [
            self._factor(a, r, least, tight and i < last) if i >= first else r
            for i, (a, r) in enumerate(zip(node.args, args, strict=True))
        ]

    def _factor(self, node: Node, reading: Reading, least: Level, tight: bool) -> Reading:
        if node.is_scalar or (isinstance(node, Term) and node.op in _PRODUCTS):
            return reading
        code = self._code(self._shape(node), tight)

        def mark(piece: Piece) -> Piece:
            shown = self.notation.bracket(piece, least)
            marked = Piece((Leaf(code, 0.0), shown, Leaf(_END, 0.0)), shown.level, shown.size, shown.tall)
            marked.head, marked.tail = shown.head, shown.tail
            return marked

        def copy(one: Reading) -> Reading:
            made = Reading(mark(one.piece), one.negated and mark(one.negated), one.under, one.simple)
            made.bare = copy(one.bare) if one.bare is not None else None
            made.open, made.spread = one.open, one.spread
            return made

        return copy(reading)

    def _code(self, shape: str, tight: bool) -> str:
        known = self._codes.get((shape, tight))
        if known is None:
            if _FIRST + len(self.shapes) > _LAST:
                raise UnsupportedError("there are too many different shapes here to be set below their factors")
            known = self._codes[shape, tight] = chr(_FIRST + len(self.shapes))
            self.shapes.append((shape, tight))
        return known

    def factors(self, marked: str) -> Iterator[tuple[str, tuple[str, bool] | None]]:
        """The pieces of a marked text: what stands between factors, with None; a factor, with what its mark says."""
        depth, start, begun = 0, 0, 0
        for found in _MARK.finditer(marked):
            if found.group() == _END:
                depth -= 1
                if not depth:
                    yield _MARK.sub("", marked[start : found.start()]), self.shapes[begun]
                    start = found.end()
            elif not depth:
                yield marked[start : found.start()], None
                depth, start, begun = 1, found.end(), ord(found.group()) - _FIRST
            else:
                depth += 1
        yield marked[start:], None


_FACTORS = {
    MATMUL: (Level.POWER, 0, True),
    HADAMARD: (Level.POWER, 0, False),
    SCALE: (Level.LIST, 1, False),
    PLUS: (Level.LIST, 0, False),
    INNER: (Level.LIST, 0, False),
}
"""Of what the operands are factors: the brackets that belong to a factor, the first factor, whether they stand side by
side."""


class Braced(Phrases):
    """Phrases whose `line` has marks for the shapes in text, and braces with the shapes in LaTeX."""

    def __init__(
        self,
        notation: Notation,
        names: Collection[str] = (),
        math: Callable[[str], str] = str,
        prose: Callable[[str], str] = str,
    ) -> None:
        super().__init__(notation, names, math, prose)
        self._marking = _Marking(notation, names, lambda node: self.shape(node.shape))
        self._lines: dict[Node, str] = {}
        self._carried: dict[tuple[str, str, int, int], str] = {}
        self._carriers: list[tuple[str, str, int, int]] = []

    def line(self, node: Node) -> str:
        """A formula with the shape of every factor."""
        known = self._lines.get(node)
        if known is None:
            build = _brace if self.notation.gathers else self._carry
            pieces = self._marking.factors(self._marking.write(node))
            known = self._lines[node] = "".join(text if mark is None else build(text, *mark) for text, mark in pieces)
        return known

    def _carry(self, factor: str, shape: str, tight: bool) -> str:
        # One letter of the factor carries the mark, so that the text is no longer than it looks.
        shape = shape.replace(" ", "")
        at = next((i for i, c in enumerate(factor) if c.isalnum()), None)
        if at is None:
            return factor
        key = (factor[at], shape, at, len(factor))
        carrier = self._carried.get(key)
        if carrier is None:
            if _CARRIER + len(self._carriers) >= ord(_BLANK):
                return factor
            carrier = self._carried[key] = chr(_CARRIER + len(self._carriers))
            self._carriers.append(key)
        room = len(factor) + (0 if tight else _CROWDED)
        return factor[:at] + carrier + factor[at + 1 :] + _BLANK * (len(shape) - room)

    def labelled(self, line: str) -> tuple[str, str]:
        """A finished line of text as it is to be printed, and the line with the shapes below it; empty without any."""
        below = ""
        found, at, shown = [], 0, 0
        for mark in _SEEN.finditer(line):
            shown += mark.start() - at
            found.append(line[at : mark.start()])
            at, text = mark.end(), mark.group()
            if text == _BLANK:
                found.append(" ")
                shown += 1
            elif text[0] == "\033":
                found.append(text)
            else:
                letter, shape, before, length = self._carriers[ord(text) - _CARRIER]
                found.append(letter)
                place = shown - before + max(0, (length - len(shape)) // 2)
                below = below.ljust(place if not below else max(place, len(below) + 1)) + shape
                shown += 1
        found.append(line[at:])
        return "".join(found).rstrip(), below


_SEEN = re.compile(f"{_PAINT.pattern}|{_MARK.pattern}")


def _brace(factor: str, shape: str, tight: bool) -> str:
    return rf"\underbrace{{{factor}}}_{{{shape}}}"
