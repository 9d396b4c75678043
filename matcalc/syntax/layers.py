"""What a text says of layers, found in its tokens: `layers l = 1..L:` announces them, W[l] is a name of one of them.

An announcement is taken out of the tokens; a name and its index become one token, and so does the range of a sum over
layers, `, l = 1..L` before the closing bracket.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import ParseError, UnsupportedError
from matcalc.families import IndexedName, Place
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Bounds, Token

MOST = 2_000
"""Layers that are written out, at most."""
EXAMPLE = "layers l = 1..L: z[l] = W[l] a[l-1] + b[l]"


class Range(NamedTuple):
    """From which layer to which an index runs: from a number to a number, or to a letter less at most one.

    Of an announcement also its word, and where it begins and ends.
    """

    letter: str
    first: int
    last: Place
    word: str = ""
    start: int = 0
    end: int = 0

    @property
    def symbolic(self) -> bool:
        """Whether the number of layers is a letter."""
        return bool(self.last.letter)

    def __str__(self) -> str:
        return f"{self.letter} = {self.first}..{self.last}"


def announced(source: Source, tokens: Sequence[Token]) -> tuple[list[Range], list[Token]]:
    """The announcements, and the tokens without them. Raises ParseError, UnsupportedError."""
    found: list[Range] = []
    left: list[Token] = []
    i = 0
    while i < len(tokens):
        if (not i or tokens[i - 1].kind in ("NEWLINE", "SEPARATOR")) and _begins(tokens, i):
            layers, i = _announcement(source, tokens, i)
            found.append(layers)
        else:
            left.append(tokens[i])
            i += 1
    _check(source, found)
    return found, left


def _begins(tokens: Sequence[Token], i: int) -> bool:
    kinds = [token.kind for token in tokens[i : i + 3]]
    return kinds == ["NAME", "NAME", "EQUALS"] and tokens[i].value in ("layers", "steps")


def _announcement(source: Source, tokens: Sequence[Token], i: int) -> tuple[Range, int]:
    word, letter, equals = tokens[i : i + 3]
    found, end = _range(tokens, i + 1)
    if found is None or end >= len(tokens) or tokens[end].kind != "COLON":
        line_end = source.text.find("\n", equals.end)
        last = min(line_end if line_end >= 0 else len(source.text), equals.end + 8)
        message = "this does not say which layers: first, two dots, last, and a colon are needed"
        raise source.error(ParseError, message, word.start, last, hint=f"write {EXAMPLE}")
    layers = found._replace(word=str(word.value), start=word.start, end=tokens[end].end)
    first, last_ = found.first, found.last
    message = ""
    if not layers.symbolic and not first <= last_.offset < first + MOST:
        few = "the last one comes before the first" if last_.offset < first else f"at most {MOST} are written out"
        message = f"{layers} are no {layers.word}: {few}"
    elif layers.symbolic and last_.letter == letter.value:
        message = f"{layers.letter} cannot run up to itself"
    if message:
        raise source.error(ParseError, message, layers.start, layers.end)
    if layers.symbolic and last_.offset < -1:
        message = f"the {layers.word} may end at {last_.letter} or at {last_.letter}-1, not at {last_}"
        raise source.error(UnsupportedError, message, layers.start, layers.end)
    return layers, end + 1


def _range(tokens: Sequence[Token], i: int) -> tuple[Range | None, int]:
    """The range that begins with the letter at i, as `l = 1..L-1`, and where it ends; None where there is none."""
    at = [n for n in range(i, min(i + 16, len(tokens))) if tokens[n].kind != "NEWLINE"][:8]
    kinds = [tokens[n].kind for n in at]
    if kinds[:3] != ["NAME", "EQUALS", "NUMBER"] or len(at) < 5:
        return None, i
    letter, first, dots, last = (tokens[at[n]] for n in (0, 2, 3, 4))
    number, below = _whole(first), _whole(last)
    if number is None or not (dots.kind == "DOTS" or (dots.kind, dots.value) == ("NAME", "to")):
        return None, i
    if below is not None:
        return Range(str(letter.value), number, Place("", below)), _after(at, 4)
    if last.kind != "NAME":
        return None, i
    less = _whole(tokens[at[6]]) if kinds[5:7] == ["MINUS", "NUMBER"] else None
    return Range(str(letter.value), number, Place(str(last.value), -(less or 0))), _after(at, 4 if less is None else 6)


def _after(at: Sequence[int], n: int) -> int:
    return at[n + 1] if n + 1 < len(at) else at[n] + 1


def _whole(token: Token) -> int | None:
    value = token.value
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else None


def _check(source: Source, layers: Sequence[Range]) -> None:
    if len(layers) > 1 and any(found.symbolic for found in layers):
        other = layers[1]
        message = "there is one family of layers already, and with a letter for their number only one is supported"
        raise source.error(UnsupportedError, message, other.start, other.end, hint="give the numbers: l = 1..3")
    letters = [found.letter for found in layers]
    for found in layers:
        if letters.count(found.letter) > 1:
            message = f"the index {found.letter} is announced twice"
            raise source.error(ParseError, message, found.start, found.end, hint="give the second another letter")


def over_layers(layers: Sequence[Range], tokens: Sequence[Token]) -> None:
    """Give each Σ_t over an index of layers or steps the range that is announced, or else that it has itself."""
    known = {found.letter: found for found in layers}
    for token in tokens:
        if token.kind == "SUM_OVER" and isinstance(token.value, Bounds) and len(token.value.letters) == 1:
            family, last = known.get(token.value.letters[0]), token.value.last
            if family is not None and last in (None, str(family.last), family.last.offset):
                token.value = family
            elif family is not None:
                end = Place("", last) if isinstance(last, int) else Place(str(last), 0)
                token.value = Range(family.letter, 1, end)


# ------------------------------------------------------------------------------------------------------------ gathering


def gather(source: Source, tokens: Sequence[Token], letters: Collection[str] | None = None) -> list[Token]:
    """The tokens with each name and its index as one, W [ l - 1 ] as W[l-1], and with the range of a sum as one.

    `letters`: what may stand in an index; None for any. Raises ParseError for an index, or a range, that is none.
    """
    found: list[Token] = []
    open_: list[int] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        touching = token.kind == "NAME" and i + 1 < len(tokens) and tokens[i + 1].start == token.end
        if touching and tokens[i + 1].kind == "OPEN_SQUARE":
            place, length = _index(source, tokens, i + 1, letters)
            end = tokens[i + length].end
            found.append(Token("NAME", str(IndexedName(str(token.value), place)), token.start, end))
            i += length + 1
            continue
        if token.kind in OPENING:
            open_.append(len(found))
        elif token.kind in CLOSING and open_:
            open_.pop()
        elif token.kind == "COMMA":
            range_, end = _range(tokens, i + 1)
            if range_ is not None and end < len(tokens) and tokens[end].kind == "CLOSE":
                _check_sum(source, found, open_, range_, token.start, tokens[end].end)
                found.append(Token("RANGE", range_, token.start, tokens[end].start))
                i = end
                continue
        found.append(token)
        i += 1
    return found


def _check_sum(
    source: Source, before: Sequence[Token], open_: Sequence[int], range_: Range, start: int, end: int
) -> None:
    at = open_[-1] if open_ else 0
    if not at or before[at - 1].value != "sum":
        message = f"a range belongs to a sum over the layers: sum(e[{range_.letter}], {range_})"
        raise source.error(ParseError, message, start, end)
    if at == len(before) - 1:
        raise source.error(ParseError, "there is nothing to sum", before[at].start, end)


def _index(source: Source, tokens: Sequence[Token], at: int, letters: Collection[str] | None) -> tuple[Place, int]:
    close = next((n for n in range(at, min(at + 5, len(tokens))) if tokens[n].kind == "CLOSE_SQUARE"), None)
    inside = tokens[at + 1 : close] if close is not None else []
    kinds = [t.kind for t in inside]
    numbers = [_whole(t) for t in inside if t.kind == "NUMBER"]
    length = len(inside) + 2
    if kinds in (["NUMBER"], ["MINUS", "NUMBER"]) and numbers[0] is not None:
        return Place("", numbers[0] * (-1 if kinds[0] == "MINUS" else 1)), length
    if kinds in (["NAME"], ["NAME", "MINUS", "NUMBER"], ["NAME", "PLUS", "NUMBER"]) and None not in numbers:
        offset = (numbers[0] or 0) * (-1 if kinds[1] == "MINUS" else 1) if numbers else 0
        if letters is None or inside[0].value in letters:
            return Place(str(inside[0].value), offset), length
    first, last = tokens[at - 1], tokens[close if close is not None else at]
    shown = source.quote(first.start, last.end)
    hint = f"an index is {', '.join(sorted(letters or ()))} or a number, with + or - a number" if letters else ""
    if "COMMA" in kinds or "SEPARATOR" in kinds:
        hint = "blocks in brackets stand apart from what is before them: A [B, C]"
    raise source.error(ParseError, f"{shown} is no name with an index", first.start, last.end, hint=hint)
