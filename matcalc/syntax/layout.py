"""Tokens to statements: brackets are paired, bars open or close, new lines end statements where they can.

One pass to the right. Powers that are transposes (X^T, X^{-T}) become postfixes here, and superscripts become powers.
"""

from __future__ import annotations

from fractions import Fraction

from matcalc.errors import ParseError
from matcalc.syntax.losses import divergence
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import BARS

OPENING = {"OPEN": "CLOSE", "OPEN_SQUARE": "CLOSE_SQUARE", "OPEN_BRACE": "CLOSE_BRACE"}
OPENING |= {"OPEN_INDEX": "CLOSE_INDEX"}
CLOSING = {close: open_ for open_, close in OPENING.items()}
_ENDS = "NUMBER NAME ENTRY ONES REALS TRANSPOSE INVERSE_TRANSPOSE NORM_CLOSE CLOSE CLOSE_SQUARE CLOSE_BRACE CLOSE_INDEX"
_JOINS = "PLUS MINUS TIMES HADAMARD KRONECKER OVER OVER_ENTRIES POWER POWER_ENTRIES EQUALS COLON COMMA CROSS IN DOTS"
OPERAND_ENDS = frozenset(_ENDS.split())
_GOES_ON = frozenset([*_JOINS.split(), "COMPARISON"])
_BRACED = ["OPEN_BRACE", "NUMBER", "CLOSE_BRACE"]
_CANNOT_BEGIN = _GOES_ON - {"MINUS"} | {"TRANSPOSE"}
_BEGINS = frozenset(["NUMBER", "NAME", "ENTRY", "SUM_OVER", "ONES", "OPEN", "OPEN_SQUARE", "OPEN_BRACE", "BARS"])
_ANGLES = frozenset("<⟨")
NORMS = {"2": "2", "F": "F", "fro": "F", "1": "1", "inf": "inf", "∞": "inf", "*": "nuc", "nuc": "nuc"}
"""Which norm a suffix means."""


def statements(source: Source, tokens: list[Token]) -> list[list[Token]]:
    """The statements of a program. Raises ParseError for brackets and bars that do not pair."""
    return _split(source, _pair(source, _powers(tokens)))


# --------------------------------------------------------------------------------------------------------------- powers


def _powers(tokens: list[Token]) -> list[Token]:
    """X^T, X^{-T}, X⁻ᵀ as postfixes; x² and X⁻¹ as powers with a bracket around the exponent."""
    found: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "SUPERSCRIPT":
            found.extend(_superscript(token))
        elif token.kind == "POWER" and (postfix := _transposing(tokens, i + 1)):
            kind, length = postfix
            found.append(Token(kind, "^T", token.start, tokens[i + length].end))
            i += length
        else:
            found.append(token)
        i += 1
    return found


def _superscript(token: Token) -> list[Token]:
    text, start, end = str(token.value), token.start, token.end
    if text.endswith("T"):
        return [Token("INVERSE_TRANSPOSE", None, start, end)]
    found = [Token("POWER", "^", start, start), Token("OPEN_BRACE", "{", start, start)]
    if text[0] in "+-":
        found.append(Token("PLUS" if text[0] == "+" else "MINUS", text[0], start, start + 1))
        text = text[1:]
    digits = text.isdigit()
    found.append(Token("NUMBER" if digits else "NAME", Fraction(text) if digits else text, end - len(text), end))
    found.append(Token("CLOSE_BRACE", "}", end, end))
    return found


def _transposing(tokens: list[Token], i: int) -> tuple[str, int] | None:
    # What follows ^: T, ⊤, -T, {T}, {-T}, …; the postfix that it is and its length in tokens. ^(T) is a power.
    kinds = [t.kind for t in tokens[i : i + 4]]
    braces = kinds[:1] == ["OPEN_BRACE"]
    negative = kinds[braces : braces + 1] == ["MINUS"]
    at = braces + negative
    if at >= len(kinds):
        return None
    value = tokens[i + at].value
    if not (kinds[at] == "NAME" and value == "T") and value not in ("⊤", "ᵀ"):
        return None
    if braces and kinds[at + 1 : at + 2] != ["CLOSE_BRACE"]:
        return None
    return "INVERSE_TRANSPOSE" if negative else "TRANSPOSE", at + 1 + braces


# ------------------------------------------------------------------------------------------------------------- brackets


def _pair(source: Source, tokens: list[Token]) -> list[Token]:
    """Bars given their side and their norm; new lines inside brackets dropped, or rows of a matrix separated."""
    found: list[Token] = []
    open_: list[Token] = []
    indexed: set[int] = set()
    previous = ""
    bars: dict[int, int] = {}  # where single bars close: where they open in the text
    angles = _angles(tokens) if not _ANGLES.isdisjoint(source.text) else {}
    for i, token in enumerate(tokens):
        kind = token.kind
        if kind == "BARS":
            if previous in OPERAND_ENDS and open_ and open_[-1].kind == "NORM_OPEN":
                open_.pop()
                kind, token = "NORM_CLOSE", Token("NORM_CLOSE", "F", token.start, token.end)
                _check_suffix(source, token, tokens[i + 1 : i + 2])
            else:
                kind, token = "NORM_OPEN", Token("NORM_OPEN", None, token.start, token.end)
                open_.append(token)
        elif kind == "BAR" and previous in OPERAND_ENDS and open_ and open_[-1].kind == "BAR":
            bars[len(found)] = open_.pop().start
            kind, token = "CLOSE", Token("CLOSE", ")", token.start, token.end)
        elif kind == "BAR":
            open_.append(token)
            found.append(Token("FUNCTION", (BARS, 0), token.start, token.end))
            kind, token = "OPEN", Token("OPEN", "(", token.end, token.end)
        elif i in angles:
            if angles[i]:
                open_.append(Token("ANGLE", "", token.start, token.end))
            elif open_ and open_[-1].kind == "ANGLE" and open_.pop().value != ",":
                raise mistake(source, "inner product", token.start, token.end)
            twice = Token("OPEN" if angles[i] else "CLOSE", "", token.start, token.end)
            found.append(twice)
            kind, token = twice.kind, twice
        elif kind == "COMMA" and open_ and open_[-1].kind == "ANGLE":
            if open_[-1].value:
                raise mistake(source, "inner product", open_[-1].start, token.end)
            open_[-1].value, twice = ",", Token("OPEN", "", token.end, token.end)
            found += [Token("CLOSE", "", token.start, token.start), Token("COLON", ":", token.start, token.end)]
            kind, token = "OPEN", twice
        elif kind == "NORM_SUFFIX":
            if len(found) - 1 in bars:
                _as_norm(found, bars[len(found) - 1])
            norm, after = _normed(found), tokens[i + 1 : i + 2]
            number = bool(after) and after[0].kind == "NUMBER" and after[0].start == token.end
            if norm is None or id(norm) in indexed or number:
                end = after[0].end if number else token.end
                raise mistake(source, "index", token.start, end, source.quote(token.start, end))
            indexed.add(id(norm))
            norm.value = NORMS[str(token.value)]
            found[-1].end = token.end
            continue
        elif kind in OPENING:
            open_.append(token)
        elif kind in CLOSING:
            _close(source, open_, token)
        elif kind == "NEWLINE" and open_:
            if open_[-1].kind != "OPEN_SQUARE" or previous not in OPERAND_ENDS:
                continue
            kind, token = _row_ends(source, tokens, i)
            if not kind:
                continue
        found.append(token)
        previous = kind
    if open_:
        raise _never_closed(source, open_[-1])
    return found


def _check_suffix(source: Source, close: Token, following: list[Token]) -> None:
    """Refuse ||x||2 and ||W||F, where the bars have an index that nothing says is one."""
    after = following[0] if following and following[0].start == close.end else None
    if after is not None and (after.kind == "NUMBER" or (after.kind == "NAME" and after.value in ("F", "inf"))):
        text = source.quote(after.start, after.end)
        message = f"{text} after the bars may be the index of the norm or a factor"
        hint = f"the norm is ||…||_{text}; a factor stands in front"
        raise source.error(ParseError, message, close.start, after.end, hint=hint)


def _as_norm(found: list[Token], start: int) -> None:
    # |x|_1 is ‖x‖_1.
    found[-1] = Token("NORM_CLOSE", "F", found[-1].start, found[-1].end)
    at = next(i for i in range(len(found) - 1, -1, -1) if found[i].start == start and found[i].kind == "FUNCTION")
    found[at : at + 2] = [Token("NORM_OPEN", None, start, start + 1)]


def _angles(tokens: list[Token]) -> dict[int, bool]:
    """Where < and > open and close inner products <x, y>, and which; elsewhere they compare."""
    found: dict[int, bool] = {}
    open_: list[tuple[int, int]] = []  # where, and how many commas are directly inside
    for i, token in enumerate(tokens):
        opens, closes = token.value in ("<", "⟨"), token.value in (">", "⟩")
        if token.kind in OPENING or opens:
            open_.append((i, 0))
        elif token.kind == "COMMA" and open_:
            open_[-1] = open_[-1][0], open_[-1][1] + 1
        elif closes and open_ and tokens[open_[-1][0]].value in ("<", "⟨"):
            start, commas = open_.pop()
            if commas or token.value == "⟩":
                found |= {start: True, i: False}
        elif token.kind in CLOSING:
            while open_ and tokens[open_.pop()[0]].kind not in OPENING:
                pass
    return found


def _row_ends(source: Source, tokens: list[Token], i: int) -> tuple[str, Token]:
    # A new line between two entries of a matrix separates rows; elsewhere in brackets it says nothing.
    token = tokens[i]
    following = next((t for t in tokens[i + 1 :] if t.kind != "NEWLINE"), token)
    if following.kind in ("MINUS", "PLUS"):
        raise mistake(source, "sign line", following.start, following.end)
    if following.kind in _BEGINS:
        return "SEPARATOR", Token("SEPARATOR", ";", token.start, token.end)
    return "", token


def _normed(found: list[Token]) -> Token | None:
    # The bars that an index belongs to: those before it, ||x||_2, or before their power, ||x||^2_2.
    kinds = [t.kind for t in found[-5:]]
    for back in (["NORM_CLOSE"], ["NORM_CLOSE", "POWER", "NUMBER"], ["NORM_CLOSE", "POWER", *_BRACED]):
        if kinds[-len(back) :] == back:
            return found[-len(back)]
    return None


def _close(source: Source, open_: list[Token], token: Token) -> None:
    shown = source.quote(token.start, token.end)
    if not open_:
        raise mistake(source, "nothing to close", token.start, token.end, shown)
    last = open_.pop()
    if last.kind in ("NORM_OPEN", "BAR"):
        raise _never_closed(source, last)
    if last.kind != CLOSING[token.kind]:
        line = source.text.count("\n", 0, last.start) + 1
        column = last.start - source.text.rfind("\n", 0, last.start)
        where = f"{source.quote(last.start, last.end)} at line {line}, column {column}"
        raise mistake(source, "wrong bracket", token.start, token.end, shown, where)


def _never_closed(source: Source, token: Token) -> Exception:
    code = "bars never closed" if token.kind in ("NORM_OPEN", "BAR") else "never closed"
    if code == "bars never closed" and (error := divergence(source, token.start)):
        return error
    return mistake(source, code, token.start, token.end, source.quote(token.start, token.end))


# ----------------------------------------------------------------------------------------------------------- statements


def _split(source: Source, tokens: list[Token]) -> list[list[Token]]:
    """A statement ends at a semicolon outside brackets, and at a new line unless the text goes on across it."""
    found: list[list[Token]] = [[]]
    depth = 0
    for i, token in enumerate(tokens):
        kind, statement = token.kind, found[-1]
        if kind in OPENING or kind == "NORM_OPEN":
            depth += 1
        elif kind in CLOSING or kind == "NORM_CLOSE":
            depth -= 1
        if kind == "SEPARATOR" and not depth:
            found.append([])
        elif kind == "NEWLINE":
            if not _goes_on(source, statement, tokens[i + 1 : i + 2]):
                found.append([])
        elif kind == "COMMA" and not depth and _separates(tokens, i + 1):
            found.append([])
        else:
            statement.append(token)
    return [statement for statement in found if statement]


def _separates(tokens: list[Token], i: int) -> bool:
    """Whether a comma outside brackets, which tokens[i] follows, ends a statement: z = X w, J = z'z,"""
    while i < len(tokens) and tokens[i].kind == "NEWLINE":
        i += 1
    return [t.kind for t in tokens[i : i + 2]] in (["NAME", "EQUALS"], [])


def _goes_on(source: Source, statement: list[Token], following: list[Token]) -> bool:
    """Whether a statement goes on in the line that begins with the token `following`."""
    if not statement or not following:
        return False
    token = following[0]
    if statement[-1].kind in _GOES_ON or token.kind in _CANNOT_BEGIN:
        return True
    if token.kind == "MINUS" and any(t.kind == "EQUALS" for t in statement):
        if not source.text[token.start - 1].isspace() or source.text[token.start - 1] == "\n":
            raise mistake(source, "minus line", token.start, token.end)
        return True
    return False
