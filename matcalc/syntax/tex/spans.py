r"""What layers and indices run over, `l = 1, \dots, L`, `\forall i`, and shapes, `A (3 \times 3)`, as TeX says it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matcalc.families import Place
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.dots import CROSS
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Bounds, Token

_BETWEEN = signs.DOTS | {",", ".", "...", ":"}
_STOPS = frozenset({"", ",", ";", ":", ".", ")", r"\\", r"\end", r"\quad", r"\qquad", r"\tag", "$", "&"})
_Span = tuple[Sequence[str], int, Place | None, int]


def ranged(texts: Sequence[str], quantified: bool = False) -> _Span | None:
    r"""The letters that some pieces of TeX begin with, from where to where they run, and how many pieces say so.

    Where they run to is None of `\forall i`, or where they are `quantified` by a word.
    """
    i = 0
    bracket = _at(texts, i) == "("
    i += bracket
    if _at(texts, i) == r"\forall":
        quantified, i = True, i + 1
    found = _between(texts, i) or _listed(texts, i, quantified)
    if found is None or not bracket:
        return found
    letters, first, last, end = found
    return (letters, first, last, end + 1) if _at(texts, end) == ")" else None


def _at(texts: Sequence[str], i: int) -> str:
    return texts[i] if i < len(texts) else ""


def _between(texts: Sequence[str], i: int) -> _Span | None:
    r"""1 \le i \le n"""
    if not (_at(texts, i).isdigit() and _at(texts, i + 1) in signs.LESS and _at(texts, i + 3) in signs.LESS):
        return None
    letter, last = _letter(_at(texts, i + 2)), _last(texts, i + 4)
    return ([letter], int(texts[i]), *last) if letter and last else None


def _listed(texts: Sequence[str], i: int, quantified: bool) -> _Span | None:
    letters: list[str] = []
    while letter := _letter(_at(texts, i)):
        letters.append(letter)
        i += 1
        if _at(texts, i) != "," or not _letter(_at(texts, i + 1)):
            break
        i += 1
    if not letters:
        return None
    within = _at(texts, i) == r"\in"
    if not within and _at(texts, i) != "=":
        return (letters, 1, None, i) if quantified and _at(texts, i) in _STOPS else None
    i += 1
    i += within and _at(texts, i) == r"\left"
    close = {"[": "]", r"\{": r"\}"}.get(_at(texts, i), "") if within else ""
    i += bool(close)
    if close == "]" and (size := _last(texts, i)) and _at(texts, size[1]) == close:
        return letters, 1, size[0], size[1] + 1
    if not _at(texts, i).isdigit():
        return None
    first, i = int(texts[i]), i + 1
    start = i
    while _at(texts, i) in _BETWEEN or (_at(texts, i) == "2" and _at(texts, i - 1) == "," and _at(texts, i + 1) == ","):
        i += 1
    between = "".join(text for text in texts[start:i] if text not in (",", "2"))
    found = _last(texts, i) if between and between != "." else None  # 0.5 is a number
    if found is None:
        return None
    last, i = found
    i += bool(close) and _at(texts, i) == r"\right"
    if close and _at(texts, i) != close:
        return None
    return letters, first, last, i + bool(close)


def _letter(text: str) -> str:
    return "l" if text == r"\ell" else text if len(text) == 1 and text.isalpha() else ""


def _last(texts: Sequence[str], i: int) -> tuple[Place, int] | None:
    """Where a range ends, L, L - 1 or 12, and the place after it."""
    text = _at(texts, i)
    if text.isdigit():
        end = i
        while _at(texts, end).isdigit():
            end += 1
        return Place("", int("".join(texts[i:end]))), end
    if not _letter(text):
        return None
    if _at(texts, i + 1) in signs.MINUS and _at(texts, i + 2).isdigit():
        return Place(text, -int(texts[i + 2])), i + 3
    return Place(text, 0), i + 1


def said_beside(texts: Texts, layers: Collection[str]) -> list[Token]:
    """The ranges of indices, which are of no layers."""
    found = []
    for range_, start, end in texts.ranges:
        if range_.letter in layers:
            continue
        if range_.first != 1 or (range_.last.letter and range_.last.offset):
            raise partial(texts.source, start, end)
        found.append(Token("RANGED", Bounds((range_.letter,), range_.last.letter or range_.last.offset), start, end))
    return found


def declared(statement: list[Token]) -> list[Token]:
    r"""A (3 \times 3), x (3 \times 1) as A: 3 x 3, x: 3 x 1."""
    found: list[Token] = []
    for at in range(0, len(statement), 7):
        group = statement[at : at + 6]
        kinds = [token.kind for token in statement[at : at + 7]]
        shaped = kinds[:2] == ["NAME", "OPEN"] and kinds[3:7:2] == ["TIMES", "CLOSE"] and kinds[6:] in ([], ["COMMA"])
        if not shaped or group[3].value != CROSS or not {kinds[2], kinds[4]} <= {"NAME", "NUMBER"}:
            return statement
        name, open_, rows, times, columns, _ = group
        colon, by = Token("COLON", ":", open_.start, open_.end), Token("CROSS", "×", times.start, times.end)
        found += [name, colon, rows, by, columns, *statement[at + 6 : at + 7]]
    return found
