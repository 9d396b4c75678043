"""A formula in a notation: pieces, brackets, line breaks, the shapes below factors.

    piece = Writer(TEXT, names).piece(node)      or piece(node, TEXT), for one formula alone
    str(piece)                                   the formula in one line
    labelled(piece, 60)                          in lines, broken at its loosest operators, in the notation's measure,
                                                 each with what stands below it: the shapes of factors of a Braced
    flowing(piece, …)                            with a mark at each place where a line may end
    summands(piece)                              its terms, each but the first with its sign
    piece.width                                  how wide it is: characters of text, points of LaTeX
    TEXT.build("equation", left, right)          a row of the notation around pieces

Display only: a piece is not read back. `notations` are tables, each loaded where it is used;
a new notation is one file there.
"""

from __future__ import annotations

from matcalc.write.braces import Braced
from matcalc.write.indexed import by_entries
from matcalc.write.lines import flowing, labelled, summands
from matcalc.write.notations.ascii import ASCII
from matcalc.write.notations.text import TEXT
from matcalc.write.pieces import Level, Notation, Piece, refuse_long
from matcalc.write.writer import Writer, piece, stated, write

__all__ = [
    "ASCII",
    "TEXT",
    "Braced",
    "Level",
    "Notation",
    "Piece",
    "Writer",
    "by_entries",
    "flowing",
    "labelled",
    "piece",
    "refuse_long",
    "stated",
    "summands",
    "write",
]
