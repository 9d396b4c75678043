r"""The differential of a matrix power as it is written out: \sum_{r=0}^{k-1} A^{r} E A^{k-1-r}."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.source import Source
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Token


class FromZero(NamedTuple):
    """What such a sum runs over: its letter, and the tokens of where it ends."""

    letter: str
    last: Sequence[Token]


def power_sums(source: Source, tokens: list[Token]) -> list[Token]:
    """The tokens with such sums as calls, the inner ones first. Raises UnsupportedError for any other sum from 0."""
    for i in range(len(tokens) - 1, -1, -1):
        if isinstance(tokens[i].value, FromZero):
            made = _called(tokens, i)
            if made is None:
                raise partial(source, tokens[i].start, tokens[i].end)
            call, end_at = made
            tokens[i:end_at] = call
    return tokens


def _called(tokens: Sequence[Token], i: int) -> tuple[list[Token], int] | None:
    bounds = tokens[i].value
    assert isinstance(bounds, FromZero)
    letter = ("NAME", bounds.letter)
    first = _power(tokens, i + 1, [letter])
    second = _power(tokens, first + 4, [*_said(bounds.last), ("MINUS", None), letter]) if first else None
    count = _one_more(bounds.last)
    if first is None or second is None or not count:
        return None
    base, between = tokens[i + 1 : first], tokens[first + 4 : second]
    if len(between) <= len(base) or _said(between[-len(base) :]) != _said(base):
        return None
    start, close = tokens[i].start, second + 3 + len(_said(bounds.last)) + 1
    end = tokens[close].end
    comma = Token("COMMA", ",", end, end)
    call = [Token("FUNCTION", ("power_frechet", 0), start, start), Token("OPEN", "(", start, start), *base, comma]
    return [*call, *between[: -len(base)], comma, *count, Token("CLOSE", ")", end, end)], close + 1


def _power(tokens: Sequence[Token], i: int, exponent: Sequence[tuple[str, object]]) -> int | None:
    """Where the power of the next factors stands that has this exponent, in braces."""
    depth = 0
    for n in range(i, len(tokens) - 3):
        kind = tokens[n].kind
        depth += (kind in OPENING or kind == "NORM_OPEN") - (kind in CLOSING or kind == "NORM_CLOSE")
        if depth < 0:
            return None
        if not depth and kind == "POWER" and tokens[n + 1].kind == "OPEN_BRACE":
            end = n + 2 + len(exponent)
            if _said(tokens[n + 2 : end + 1]) == [*exponent, ("CLOSE_BRACE", None)]:
                return n
    return None


def _said(tokens: Sequence[Token]) -> list[tuple[str, object]]:
    return [(t.kind, t.value if t.kind in ("NAME", "NUMBER", "FUNCTION") else None) for t in tokens]


def _one_more(last: Sequence[Token]) -> list[Token]:
    if len(last) == 1 and isinstance(last[0].value, Fraction):
        return [Token("NUMBER", last[0].value + 1, last[0].start, last[0].end)]
    return list(last[:-2]) if [token.kind for token in last[-2:]] == ["MINUS", "NUMBER"] else []
