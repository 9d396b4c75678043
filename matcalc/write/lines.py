"""Breaks a long formula into lines, at its loosest operators first; and places shapes below its factors.

It works on the printer's pieces: forms state where a line may end, and at what cost. Lines fit into the given width if
the formula can be broken so, and most lines but the first start with an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from matcalc.write.pieces import BESIDE, Leaf, Piece

INSIDE = 24.0
"""To break inside brackets, for each of the first few."""
_DEEP = 4
_SHORT, _ORPHAN = 6, 20.0
"""A later line that is shorter than this and starts with no operator, and what it costs."""
_OVER = 1000.0


def labelled(piece: Piece, width: int) -> list[tuple[str, str]]:
    """`piece` in lines of at most `width`, in the measure of its notation, where it can be broken so.

    Each line stands with the text below it, which may be empty.
    """
    piece.check()
    width = max(width, 1)  # a long name beside it may leave no room at all
    return [(line.text, line.below) for line in _broken(_fitting(piece, width), width)]


def flowing(piece: Piece, narrow: float, part: float, mark: Callable[[float], str]) -> list[str]:
    """`piece` for a page that breaks lines itself: `mark(cost)` stands where a line may end.

    A formula that fits into the width `narrow` has no marks. A very long one is in several parts of about the width
    `part`, so that a page may end between them.
    """
    piece.check()
    units = [_Unit(text=[str(piece)])] if piece.width <= narrow else _fitting(piece, narrow)
    found, width = [""], 0.0
    for unit in units:
        if width + unit.width > part and unit.sign and unit.cost < INSIDE:
            found.append("")
            width = 0.0
        before = f" {mark(unit.cost)} " if found[-1] else ""
        found[-1] += before + "".join(unit.text)
        width += unit.width
    return [text.rstrip() for text in found]


def _fitting(piece: Piece, width: float) -> Sequence[_Unit]:
    # Brackets that no line ends in are loosened where they are needed.
    units = _units(piece, width, False)
    if any(round(unit.width) > width and unit.closed for unit in units):
        return _units(piece, width, True)
    return units


def summands(piece: Piece) -> Sequence[Piece]:
    """The terms of a sum, each but the first with its sign."""
    if not piece.terms:
        return (piece,)
    signs = [[Leaf(leaf.text, leaf.width) for leaf in sign] for sign, _ in piece.terms]
    terms = [term for _, term in piece.terms]
    return [Piece((*sign, term), term.level, term.size, term.tall) for sign, term in zip(signs, terms, strict=True)]


@dataclass
class _Unit:
    """What stands between two places where a line may end.

    `cost`: of a line that ends before it; `sign`: it starts with an operator; `closed`: a part of it could be loosened.
    """

    cost: float = 0.0
    space: float = 0.0
    sign: bool = False
    closed: bool = False
    text: list[str] = field(default_factory=list)
    width: float = 0.0
    labels: list[tuple[int, str, int]] = field(default_factory=list)  # (offset, shape, length of the factor)


@dataclass
class _Line:
    text: str
    width: float
    below: str


def _units(piece: Piece, width: float, loose: bool) -> list[_Unit]:
    found = [_Unit()]
    depth = 0
    stack: list[Leaf | Piece] = [piece]
    while stack:
        part = stack.pop()
        unit = found[-1]
        if isinstance(part, Leaf):
            if part.cost is not None:
                unit = _Unit(part.cost + INSIDE * min(depth, _DEEP), part.space, part.cost < BESIDE)
                found.append(unit)
            unit.text.append(part.text)
            unit.width += part.width
            depth += part.turn
            continue
        if part.below is not None:
            unit.labels.append((sum(map(len, unit.text)), *part.below))
        if loose and part.loose is not None and (part.loose[1] or part.width > width):
            stack.append(part.loose[0])
        elif part.solid:
            unit.closed = unit.closed or part.loose is not None
            unit.text.append(str(part))
            unit.width += part.width
        else:
            stack.extend(reversed(part.parts))
    return found


def _broken(units: Sequence[_Unit], width: int) -> list[_Line]:
    sizes = [round(unit.width) for unit in units]
    # best[j]: (cost, start of the last line) of the units before j.
    best: list[tuple[float, int]] = [(0.0, 0)]
    if sum(sizes) + sum(unit.space for unit in units) <= width:
        return [_joined(units)]
    for j in range(1, len(units) + 1):
        found = (float("inf"), 0)
        length = 0.0
        for i in range(j - 1, -1, -1):
            length += sizes[i] + (units[i + 1].space if i + 1 < j else 0.0)
            if length > width and i < j - 1:
                break
            cost = best[i][0] + units[i].cost + _line(units[i], length, width, i, j == len(units))
            if cost < found[0]:
                found = cost, i
        best.append(found)
    made: list[_Line] = []
    end = len(units)
    while end:
        start = best[end][1]
        made.append(_joined(units[start:end]))
        end = start
    return made[::-1]


def _line(first: _Unit, length: float, width: int, start: int, last: bool) -> float:
    # The cost of a line: itself, its empty space, and isolation.
    cost = 1.0 if last else 1.0 + 0.3 * (1 - min(length / width, 1.0)) ** 2
    if length > width:
        cost += _OVER * (length - width)
    if start and length < _SHORT * width / 60 and not first.sign:
        cost += _ORPHAN
    return cost


def _joined(units: Sequence[_Unit]) -> _Line:
    texts: list[str] = []
    below = ""
    at, width = 0, 0.0
    for i, unit in enumerate(units):
        if i:
            texts.append(" ")
            at += 1
            width += unit.space
        for offset, shape, length in unit.labels:
            place = at + offset + max(0, (length - len(shape)) // 2)
            below = below.ljust(place if not below else max(place, len(below) + 1)) + shape
        text = "".join(unit.text)
        texts.append(text)
        at += len(text)
        width += round(unit.width)
    return _Line("".join(texts).rstrip(), width, below)
