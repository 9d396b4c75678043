"""Columns of text: tables of cells, factors above their shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

Cell = tuple[Sequence[str], str]
"""The lines of one field of a table, and their style."""
TableLine = Sequence[Cell] | str
"""A row of a table, or a line across all its columns."""


class Below(str):
    """The shapes of the factors in the line above."""

    __slots__ = ()


def table(
    rows: Sequence[TableLine], width: int, indent: int, gap: int, field: Callable[[str, int, str], str]
) -> list[str]:
    """Rows of cells, every column as wide as its widest cell that fits; an empty column takes no room.

    `width`: of the page; `field` sets a line of a cell: text, width, style.
    """
    cells = [row for row in rows if not isinstance(row, str)]
    widths = [widest(line for row in column for line in row if len(line) <= width) for column in _columns(cells)]
    used = [any(line for row in column for line in row) for column in _columns(cells)]
    found: list[str] = []
    for row in rows:
        if isinstance(row, str):
            found.append(row)
            continue
        for j in range(max(len(lines) for lines, _ in row)):
            fields = [
                field(lines[j] if j < len(lines) else "", room, style)
                for (lines, style), room, shown in zip(row, widths, used, strict=True)
                if shown
            ]
            found.append(" " * indent + (" " * gap).join(fields))
    return found


def _columns(rows: Sequence[Sequence[Cell]]) -> list[list[Sequence[str]]]:
    count = max(map(len, rows), default=0)
    return [[row[i][0] for row in rows if i < len(row)] for i in range(count)]


def widest(lines: Iterable[str]) -> int:
    # The shapes of factors may stand out.
    return max((len(line) for line in lines if not isinstance(line, Below)), default=0)


def in_columns(rows: Sequence[Sequence[str]], width: int, dot: str) -> Iterator[list[str]]:
    """The rows set in columns, `dot` between the cells of all but the last; in several parts where too wide."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    start = 0
    while start < len(widths):
        end, total = start, -len(dot)
        while end < len(widths) and (end == start or total + len(dot) + widths[end] <= width - len(dot)):
            total += len(dot) + widths[end]
            end += 1
        part = []
        for k, row in enumerate(rows):
            between = " " * len(dot) if k == len(rows) - 1 else dot
            part.append(between.join(row[i].center(widths[i]) for i in range(start, end)))
        yield part
        start = end


def spaced(sentence: str, width: int) -> list[str]:
    """A sentence in lines, blanks in it kept."""
    lines = [""]
    for word in sentence.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines
