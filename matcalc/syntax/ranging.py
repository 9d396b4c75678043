"""What an index runs over, said beside a formula: `z_i = w'x_i for i = 1..n`, `, i = 1, …, n`, `for all i, j`.

It is one token, RANGED, whose value is `Bounds`, behind the formula or in a statement of its own; subscripts.py takes
it to the sums and the definitions by entries that have the letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from matcalc.syntax.entered import split_name
from matcalc.syntax.source import Source
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Bounds, Token

_ENDS = frozenset({"SEPARATOR", "NEWLINE"})
_QUANTIFIERS = frozenset({"all", "each", "every", "any"})
_OPEN = {"OPEN": "CLOSE", "OPEN_BRACE": "CLOSE_BRACE", "OPEN_SQUARE": "CLOSE_SQUARE"}


def ranged(source: Source, tokens: Sequence[Token], i: int) -> tuple[list[Token], int]:
    """The ranges of indices that are said at i, as tokens, and how many tokens say so; ([], 0) for anything else.

    Raises UnsupportedError for a range that does not begin at 1.
    """
    at, found = i, list[Bounds]()
    bracket = _kind(tokens, at) == "OPEN"
    at += bracket
    while True:
        quantified = False
        while (
            _kind(tokens, at) == "FOR_ALL"
            or (at > i and _value(tokens, at) == "for")
            or _value(tokens, at) in _QUANTIFIERS
        ):
            quantified, at = True, at + 1
        letters, at = _letters(tokens, at)
        last, end = _body(source, tokens, at)
        if not letters or (end == at and not (quantified and _stops(tokens, at, bracket))):
            return [], 0
        found += [Bounds((letter,), last) for letter in letters]
        at = end
        more = at + (_kind(tokens, at) == "COMMA") + (_value(tokens, at) == "and")
        if more == at or not (_value(tokens, more) or _kind(tokens, more) == "FOR_ALL"):
            break
        if (
            not _letters(tokens, more)[0]
            or _body(source, tokens, _letters(tokens, more)[1])[1] == _letters(tokens, more)[1]
        ):
            break
        at = more
    if bracket and _kind(tokens, at) != "CLOSE":
        return [], 0
    at += bracket
    start, end = tokens[i].start, tokens[at - 1].end
    return [Token("RANGED", bounds, start, end) for bounds in found], at - i


def uses(tokens: Sequence[Token], ranges: Sequence[Token]) -> bool:
    """Whether names or sums of a statement have the letters of some ranges below them."""
    below = {letter for token in tokens if (split := split_name(token)) is not None for letter in split[1]}
    for token in tokens:
        if token.kind == "SUM_OVER":
            below.update(token.value.letters if isinstance(token.value, Bounds) else str(token.value))
    letters = {token.value.letters[0] for token in ranges if isinstance(token.value, Bounds)}
    moved = (re.fullmatch(r".+_([a-z])[mp][1-9]", str(token.value)) for token in tokens if token.kind == "NAME")
    return letters <= below and not any(found[1] in letters for found in moved if found)  # a_{l-1} is of a layer


def with_ranges(tokens: list[Token], ranges: Sequence[Token]) -> list[Token]:
    """The tokens of statements, each range at the end of the one that it stands behind, or of all with its letter."""
    if not ranges:
        return tokens
    statements: list[list[Token]] = [[]]
    for token in tokens:
        statements[-1].append(token)
        if token.kind in _ENDS:
            statements.append([])
    for range_ in ranges:
        before = [statement for statement in statements if statement and statement[0].start <= range_.start][-1:]
        beside = [statement for statement in before if uses(statement, [range_])]
        for statement in beside or [s for s in statements if uses(s, [range_])]:
            ends = len(statement) - (statement[-1].kind in _ENDS)
            statement.insert(ends, range_)
    return [token for statement in statements for token in statement]


def _kind(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].kind if i < len(tokens) else ""


def _value(tokens: Sequence[Token], i: int) -> str:
    return str(tokens[i].value) if _kind(tokens, i) == "NAME" else ""


def _stops(tokens: Sequence[Token], i: int, bracket: bool) -> bool:
    return _kind(tokens, i) in {"", "COMMA", "COLON", *_ENDS} | ({"CLOSE"} if bracket else set())


def _letters(tokens: Sequence[Token], i: int) -> tuple[list[str], int]:
    """Letters with commas between them, and the place after them."""
    found: list[str] = []
    while len(_value(tokens, i)) == 1:
        found.append(_value(tokens, i))
        i += 1
        if not (_kind(tokens, i) == "COMMA" and len(_value(tokens, i + 1)) == 1 and _kind(tokens, i + 2) != "DOTS"):
            break
        i += 1
    return found, i


def _body(source: Source, tokens: Sequence[Token], i: int) -> tuple[str | int | None, int]:
    """Where a range ends that is written = 1..n, = 1, …, n, = 1:n, in {1, …, n} or in [n], and the place after it."""
    start, says = i, _kind(tokens, i) in ("EQUALS", "IN") or _value(tokens, i) == "in"
    if not says:
        return None, start
    within = _kind(tokens, i) != "EQUALS"
    i += 1
    close = _OPEN.get(_kind(tokens, i), "") if within else ""
    i += bool(close)
    if close == "CLOSE_SQUARE" and _kind(tokens, i + 1) == close and _end(tokens, i) is not None:
        return _end(tokens, i), i + 2
    first = tokens[i].value if _kind(tokens, i) == "NUMBER" else None
    i += 1
    if not isinstance(first, Fraction):
        return None, start
    marks = i
    while _kind(tokens, i) in ("COMMA", "DOTS", "COLON") or _value(tokens, i) == "to":
        i += 1
        if (
            _kind(tokens, i - 1) == "COMMA"
            and _kind(tokens, i) == "NUMBER"
            and _kind(tokens, i + 1) in ("COMMA", "DOTS")
        ):
            i += 1  # 1, 2, …, n
    between = {token.kind for token in tokens[marks:i]}
    last = _end(tokens, i)
    if not between & {"DOTS", "COLON", "NAME"} or last is None:
        return None, start
    i += 1
    if first != 1 or (_kind(tokens, i) in ("PLUS", "MINUS") and not _stops(tokens, i, True)):
        raise partial(source, tokens[start - 1].start, tokens[i - 1].end)
    if close and _kind(tokens, i) != close:
        return None, start
    return last, i + bool(close)


def _end(tokens: Sequence[Token], i: int) -> str | int | None:
    if _kind(tokens, i) == "NAME":
        return _value(tokens, i)
    value = tokens[i].value if _kind(tokens, i) == "NUMBER" else None
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 and value > 0 else None
