"""What touches a name in brackets: entries x[1], rows X[1,:], blocks X[1:3,:], and numbers of layers, z^(2) and a(2).

A bracket [ that touches what is before it becomes OPEN_INDEX, and each colon directly inside it THROUGH. In a program
of layers a name and its layer are one token already (layers.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from matcalc.errors import Alternative, MatcalcError, UnsupportedError
from matcalc.prose import marked
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import stray_underscore, tokenize
from matcalc.syntax.traps import expectation
from matcalc.syntax.tree import Bounds, Token
from matcalc.syntax.vocabulary import FUNCTION_LETTERS, is_function

_LONGEST = 40
"""Tokens of an index, at most: a longer one is none, and nested brackets are not read again and again."""
_SQUARES = frozenset({"OPEN_SQUARE", "OPEN_BRACE"})
_AFTER = frozenset({"CLOSE", "CLOSE_INDEX", "TRANSPOSE"})
_SIZES = frozenset({"NAME", "NUMBER", "COLON", "COMMA", "PLUS", "MINUS"})
_BEGINS = frozenset({"NEWLINE", "SEPARATOR"})
_PAIR = ["NAME", "COMMA", "NAME", "CLOSE_SQUARE"]
_LETTER = re.compile(r"[A-Za-z](?:hat|bar|tilde)?|[a-z]+_[a-z]+")


def indexed(source: Source, tokens: Sequence[Token]) -> list[Token]:
    """The tokens with the brackets of indices told from those of blocks. Raises UnsupportedError for other contents."""
    if _SQUARES.isdisjoint([token.kind for token in tokens]):
        return list(tokens)
    if not any(after.kind in _SQUARES and token.end == after.start for token, after in pairwise(tokens)):
        return list(tokens)
    found: list[Token] = []
    open_: list[tuple[str, int]] = []
    closes: dict[int, str] = {}
    partner = _partners(tokens)
    known = {str(t.value) for t, after in pairwise(tokens) if after.kind in ("EQUALS", "COLON")}
    for i, token in enumerate(tokens):
        kind, before = token.kind, found[-1] if found else token
        called = before.kind == "NAME" and is_function(str(before.value)) and before.value not in known
        if called and kind in _SQUARES and i in partner and before.end == token.start:
            kind = "OPEN"  # tr[A X], exp{-x'x}
            closes[partner[i]] = "CLOSE"
        elif kind == "OPEN_SQUARE" and i in partner and before.end == token.start:
            inside = tokens[i + 1 : min(partner[i], i + _LONGEST)]
            if before.kind == "NAME":
                _check(source, tokens, before, i, partner[i], known)
            elif before.kind in _AFTER and [t.kind for t in inside] == ["NAME"] and not _is_letter(inside[0]):
                message = f"{source.quote(token.start, tokens[partner[i]].end)} is no entry of what has no name"
                hint = f"give it a name, p = …, and write p[{inside[0].value}]; in a product a blank stands before ["
                raise source.error(UnsupportedError, message, token.start, tokens[partner[i]].end, hint=hint)
            if before.kind == "NAME" or (before.kind in _AFTER and _is_index(inside)):
                kind = "OPEN_INDEX"
        if kind in OPENING:
            open_.append((kind, i))
        elif kind in CLOSING and open_:
            opened, _ = open_.pop()
            kind = "CLOSE_INDEX" if opened == "OPEN_INDEX" else closes.get(i, kind)
        elif kind == "COLON" and open_ and open_[-1][0] == "OPEN_INDEX":
            kind = "THROUGH"
        found.append(token if kind == token.kind else Token(kind, token.value, token.start, token.end))
    return found


def sliced(tokens: list[Token]) -> list[Token]:
    """The tokens with what stands below a name as an index in brackets: W_{:,j} and W_{·j} are W[:,j]."""
    if "SLICE" not in [token.kind for token in tokens]:
        return tokens
    found: list[Token] = []
    for token in tokens:
        if token.kind != "SLICE":
            found.append(token)
            continue
        inside = re.sub("[·*]", ":", str(token.value)[1:].strip("{} "))
        if "," not in inside and ":" in (inside[0], inside[-1]):
            inside = f":,{inside[1:]}" if inside[0] == ":" else f"{inside[:-1]},:"
        found.append(Token("OPEN_SQUARE", "[", token.start, token.start + 1))
        for each in tokenize(Source(inside)):
            found.append(Token(each.kind, each.value, token.start + 1, token.end))
        found.append(Token("CLOSE_SQUARE", "]", token.end, token.end))
    return found


def sampled(tokens: list[Token], letters: set[str]) -> list[Token]:
    """The tokens with x^{(i)}, x^(i), x^{(i)T}, y[i] and W[i,j] as names with these indices, which sums bind."""
    found: list[Token] = []
    steps = any(token.value in ("layers", "steps") for token in tokens)  # whose names have brackets
    i = 0
    while i < len(tokens):
        token = tokens[i]
        kinds = [t.kind for t in tokens[i : i + 8]]
        braced = kinds[2:3] == ["OPEN_BRACE"]
        middle = kinds[2 + braced : 5 + braced]
        if kinds[:2] == ["NAME", "POWER"] and middle == ["OPEN", "NAME", "CLOSE"]:
            letter, end = tokens[i + 3 + braced], i + 5 + braced
            rest = [(t.kind, t.value) for t in tokens[end : end + 2]]
            turned = braced and rest[:1] == [("NAME", "T")]
            closed = not braced or rest[turned : turned + 1] == [("CLOSE_BRACE", "}")]
            if letter.value in letters and closed:
                end += braced + turned
                found.append(Token("NAME", f"{token.value}_{letter.value}", token.start, tokens[end - 1].end))
                if turned:
                    found.append(Token("TRANSPOSE", "^T", tokens[end - 2].start, tokens[end - 1].end))
                i = end
                continue
        square = not steps and kinds[:2] == ["NAME", "OPEN_SQUARE"] and token.end == tokens[i + 1].start
        length = next((n for n in (4, 6) if square and kinds[2:n] in (["NAME", "CLOSE_SQUARE"], _PAIR)), 0)
        below = [str(t.value) for t in tokens[i + 2 : i + length - 1 : 2]]
        if length and letters.issuperset(below):
            found.append(Token("NAME", f"{token.value}_{''.join(below)}", token.start, tokens[i + length - 1].end))
            i += length
            continue
        found.append(token)
        i += 1
    return found


def below(source: Source, tokens: list[Token]) -> list[Token]:
    """The tokens with what stands below a bracket read: [1 - y]_+ is relu(1 - y), softmax(z)_k an entry.

    Of a letter that a sum binds it is entry k of an array that gets a name, p = softmax(z), in front of the statement.
    """
    if "BELOW" not in [token.kind for token in tokens]:
        return tokens
    bound = {x for t in tokens if t.kind == "SUM_OVER" and isinstance(t.value, Bounds) for x in t.value.letters}
    names = {str(token.value).partition("_")[0] for token in tokens if token.kind == "NAME"}
    found: list[Token] = []
    opens: list[int] = []
    start = begins = 0  # where in `found` the bracket that closed last opens, and where the statement begins
    for token in tokens:
        closed = found[-1] if found else token
        if token.kind == "BELOW" and closed.kind in ("CLOSE", "CLOSE_SQUARE") and closed.end == token.start:
            letters = re.sub("[_{}, ]", "", str(token.value))
            first = found[start]
            called = start > begins and found[start - 1].kind == "NAME" and found[start - 1].end == first.start
            if letters == "+" and not called:
                found[start:] = [
                    Token("NAME", "relu", first.start, first.start),
                    Token("OPEN", "(", first.start, first.end),
                    *found[start + 1 : -1],
                    Token("CLOSE", ")", closed.start, token.end),
                ]
            elif bound.issuperset(letters):
                start -= called
                part, place = found[start:], (found[start].start, token.end)
                if any(set(str(t.value).partition("_")[2]) & bound for t in part if t.kind == "NAME"):
                    break
                name = _fresh("Z" if len(letters) > 1 else "p" if part[0].value == "softmax" else "z", names)
                found[start:] = [Token("NAME", f"{name}_{letters}", *place)]
                defined = [Token("NAME", name, *place), Token("EQUALS", "=", *place)]
                found[begins:begins] = [*defined, *part, Token("SEPARATOR", ";", *place)]
                begins += len(part) + 3
            elif len(letters) == 1 and letters != "+":
                at = token.end - 1 - ("}" in str(token.value))
                found += [Token("OPEN_SQUARE", "[", token.start, at), Token("NAME", letters, at, at + 1)]
                found.append(Token("CLOSE_SQUARE", "]", at + 1, token.end))
            else:
                break
            continue
        if token.kind == "BELOW":
            break
        if token.kind in OPENING:
            opens.append(len(found))
        elif token.kind in CLOSING and opens:
            start = opens.pop()
        found.append(token)
        if token.kind in _BEGINS and not opens:
            begins = len(found)
    else:
        return found
    raise stray_underscore(source, token.start)


def _fresh(name: str, taken: set[str]) -> str:
    found = next(n for n in (name, *(f"{name}{i}" for i in range(1, len(taken) + 2))) if n not in taken)
    taken.add(found)
    return found


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """Where the bracket that closes each [ stands."""
    found: dict[int, int] = {}
    open_: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind in OPENING:
            open_.append(i)
        elif token.kind in CLOSING and open_:
            found[open_.pop()] = i
    return found


def _is_index(inside: Sequence[Token]) -> bool:
    kinds = {token.kind for token in inside}
    alone = len(inside) == 1 and _is_letter(inside[0])
    return kinds <= _SIZES and ("COLON" in kinds or "NAME" not in kinds or alone)


def _is_letter(token: Token) -> bool:
    return len(str(token.value)) == 1 and str(token.value).islower()


def _check(
    source: Source, tokens: Sequence[Token], name: Token, start: int, close: int, known: Collection[str]
) -> None:
    inside = tokens[start + 1 : min(close, start + _LONGEST)]
    end, kinds = tokens[close].end, [token.kind for token in inside]
    shown = source.quote(name.start, end)
    if name.value == "E" and "E" not in known:
        raise expectation(source, name.start, end)
    if "COMPARISON" in kinds:
        condition = source.quote(inside[0].start, inside[-1].end)
        message = "entries are not chosen by a condition"
        hint = f"{name.value} .* [{condition}] has zeros in the place of the others"
        raise source.error(UnsupportedError, message, name.start, end, hint=hint)
    if tokens[close + 1 : close + 2] and tokens[close + 1].kind == "EQUALS":
        hint = "announce layers, `layers l = 1..L: z[l] = W[l] a[l-1]`; an array is defined as a whole"
        message = f"{shown} cannot be defined alone: it seems to be one of several layers, and none are announced"
        raise source.error(UnsupportedError, message, name.start, end, hint=hint)
    names = [str(token.value) for token in inside if token.kind == "NAME"]
    side_by_side = any(a == "NAME" and b in ("NAME", "TIMES") for a, b in pairwise(kinds))
    product = side_by_side and any(each[0].isupper() for each in names)  # lam[A x - b]
    turned = [t.kind for t in tokens[close + 1 : close + 2]] == ["TRANSPOSE"]  # lam[w - y]'
    product = "COLON" not in kinds and (product or (turned and any(sign in kinds for sign in ("PLUS", "MINUS"))))
    if not kinds or product or close > start + len(inside) + 1 or not set(kinds) <= _SIZES | {"TIMES"}:
        hint = "an index is x[1], X[2,3], X[i,:], X[:,1], X[1:3,:]; for a product put a space before the bracket"
        raise source.error(UnsupportedError, f"{shown} is no entry, row or column", name.start, end, hint=hint)


# ------------------------------------------------------------------------------------------------- numbers of layers


def numbered(source: Source, tokens: Sequence[Token], roles: Roles) -> list[Token]:
    """z^(2) as z2, W^(1) as W1 where something like z^(2) is defined; z(2), a(2) of names that are no functions."""
    places = list(_numbers(tokens))  # of z^[2] too, which is no power
    if not places:
        return list(tokens)
    powers = any(_defines(tokens, i, length) for i, _, length in places if tokens[i + 1].kind == "POWER")
    indices = {i for i, *_ in places}
    plain = {str(t.value) for i, t in enumerate(tokens) if t.kind == "NAME" and i not in indices}
    found: list[Token] = []
    at = 0
    for i, number, length in places:
        name, touches = tokens[i], tokens[i + 1].kind == "OPEN"
        stem = str(name.value)
        called = is_function(stem) or stem.rstrip("0123456789") in FUNCTION_LETTERS
        if touches and not called and stem in plain | roles.known and i >= at:
            end = tokens[i + length - 1].end
            entry = Alternative("it is an entry", f"{stem}[{number}]")
            raise source.asked(name.start, end, entry, Alternative("it is a product", f"{number} {stem}"))
        listed = not touches and "OPEN_SQUARE" in (tokens[i + 2].kind, tokens[i + 3].kind)
        if i < at or (touches and (called or not _LETTER.fullmatch(stem))) or not (touches or powers or listed):
            continue
        made = Token("NAME", f"{stem}{number}", name.start, tokens[i + length - 1].end)
        if not found:
            shown = source.quote(made.start, made.end)
            said = f"`{shown}` is read as `{made.value}`, a name of layer {number}; others likewise"
            roles.notes[marked(said)] = None
        found += [*tokens[at:i], made]
        at = i + length
    return [*found, *tokens[at:]]


def _numbers(tokens: Sequence[Token]) -> Iterator[tuple[int, int, int]]:
    """The names with a whole number in brackets, touching or as a power: where, the number, and how many tokens."""
    for i, token in enumerate(tokens[:-1]):
        if token.kind != "NAME" or tokens[i + 1].kind not in ("OPEN", "POWER"):
            continue
        kinds = [t.kind for t in tokens[i + 1 : i + 7]]
        power = kinds[:1] == ["POWER"]
        braced = power and kinds[1:2] == ["OPEN_BRACE"]
        inner = kinds[power + braced :][: 3 + braced]
        closes = ["CLOSE_BRACE"] if braced else []
        square = power and inner == ["OPEN_SQUARE", "NUMBER", "CLOSE_SQUARE", *closes]
        if not square and inner != ["OPEN", "NUMBER", "CLOSE", *closes]:
            continue
        number = tokens[i + 2 + power + braced].value
        if (power or tokens[i + 1].start == token.end) and number.denominator == 1:  # type: ignore[attr-defined]
            yield i, int(number), 4 + power + 2 * braced  # type: ignore[call-overload]


def _defines(tokens: Sequence[Token], i: int, length: int) -> bool:
    begins = not i or tokens[i - 1].kind in _BEGINS
    return begins and [t.kind for t in tokens[i + length : i + length + 1]] == ["EQUALS"]


def unannounced(source: Source, statement: Sequence[Token]) -> MatcalcError:
    """The error of z(l) = W(l) a(l-1)."""
    start, end = statement[0].start, statement[3].end
    message = f"{source.quote(start, end)} seems to be one of several layers, and nothing says which there are"
    hint = "announce layers, `layers l = 1..L: z[l] = W[l] a[l-1]`"
    return source.error(UnsupportedError, message, start, end, hint=hint)
