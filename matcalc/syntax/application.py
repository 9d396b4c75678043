"""Functions without brackets, in text and in LaTeX: `log det X`, `tr A X B`, `y log p`.

`tr` takes the whole product after it, another function one factor with its power, and more factors are asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from matcalc.errors import Alternative, MatcalcError, ParseError
from matcalc.families import Place
from matcalc.prose import Prose, marked
from matcalc.syntax.layers import Range
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Bounds, Token
from matcalc.syntax.vocabulary import ALIASES, ENTRIES, FUNCTION_LETTERS, FUNCTIONS, is_function

_LOG_DET = re.compile(r"(\\?(?:log|ln)) *(\\?det)")
_WIDE = frozenset({"tr", "sum"})
"""Functions that without brackets take the whole product after them."""
_POSTFIX = frozenset(
    {"TRANSPOSE", "INVERSE_TRANSPOSE", "POWER", "POWER_ENTRIES", "SUPERSCRIPT", "NORM_SUFFIX", "OPEN_INDEX"}
)
_FACTOR = frozenset({"NAME", "ENTRY", "SUM_OVER", "NUMBER", "ONES", "OPEN", "OPEN_SQUARE", "NORM_OPEN", "FUNCTION"})
_ENDS = frozenset({"NAME", "ENTRY", "NUMBER", "ONES", "TRANSPOSE", "INVERSE_TRANSPOSE", "SUPERSCRIPT"})
_BEGINS = frozenset({"NAME", "ENTRY", "NUMBER", "NORM_OPEN", "FUNCTION", "SUM_OVER"})
OPENS = frozenset(OPENING) | {"NORM_OPEN"}
CLOSES = frozenset(CLOSING) | {"NORM_CLOSE"}
LOOSE = frozenset({"PLUS", "MINUS", "EQUALS", "COMMA", "SEPARATOR", "NEWLINE", "COLON", "COMPARISON", "RANGE"})


def without_brackets(source: Source, tokens: list[Token], known: Collection[str]) -> list[Token]:
    """The tokens of a statement of a text, with brackets around the arguments of functions that have none."""
    tokens = _powered_functions(tokens, known)
    found: list[Token] | None = None
    inner = False
    for i, (token, following) in enumerate(pairwise(tokens)):
        applies = token.kind == "NAME" and (following.kind in _BEGINS or (inner and following.kind == "OPEN"))
        name = _function_named(str(token.value)) if applies and token.value not in known else ""
        inner = bool(name) and (name in ENTRIES or name in FUNCTIONS)
        if inner:
            found = found or list(tokens)
            found[i] = Token("APPLY", name, token.start, token.end)
    if found is None and "APPLY" not in [token.kind for token in tokens]:
        return tokens
    return applied(source, found or tokens)


def _function_named(word: str) -> str:
    # σ x and σ^2 are of a scalar.
    return word if word == "sigma" else ALIASES.get(word, word)


def _powered_functions(tokens: list[Token], known: Collection[str]) -> list[Token]:
    """sin^2(x) and sin^2 x as powers of functions."""
    if not [i for i, t in enumerate(tokens) if t.kind == "POWER" and i and tokens[i - 1].kind == "NAME"]:
        return tokens
    found: list[Token] = []
    i = 0
    while i < len(tokens):
        token, kinds = tokens[i], [t.kind for t in tokens[i + 1 : i + 6]] if tokens[i].kind == "NAME" else []
        braced = kinds[1:4] == ["OPEN_BRACE", "NUMBER", "CLOSE_BRACE"]
        after = kinds[4 if braced else 2 :][:1]
        powered = kinds[:1] == ["POWER"] and (braced or kinds[1:2] == ["NUMBER"]) and after[:1]
        if powered and (after[0] in _BEGINS or after[0] == "OPEN"):
            name, number = _function_named(str(token.value)), tokens[i + 2 + braced].value
            whole = isinstance(number, Fraction) and number.denominator == 1
            if name in ENTRIES and token.value not in known and whole:
                token = Token("APPLY", (name, int(number)), token.start, tokens[i + 2 + 2 * braced].end)  # type: ignore[call-overload]
                i += 2 + 2 * braced
        found.append(token)
        i += 1
    return found


class _Reach:
    """A function without brackets whose argument is being read: its token, and whether it takes a whole product."""

    def __init__(self, token: Token, wide: bool, close: list[Token], power: int | None, begun: int) -> None:
        self.token = token
        self.wide = wide
        self.close = close
        self.power = power
        self.begun = begun


def applied(
    source: Source, tokens: Sequence[Token], layers: Collection[str] = (), notes: dict[Prose, None] | None = None
) -> list[Token]:
    """The tokens with brackets around the arguments of functions that have none. One pass."""
    found: list[Token] = []
    open_: list[_Reach | str] = []  # what is open: functions, and brackets as kinds or with the function that is called
    after: list[tuple[list[Token], int | None] | None] = []
    logarithms: dict[int, Token] = {}
    i = 0
    while i < len(tokens):
        token = tokens[i]
        kind = token.kind
        following = tokens[i + 1].kind if i + 1 < len(tokens) else ""
        sum_ = kind == "SUM_OVER" and isinstance(token.value, Bounds) and _total(token.value, layers)
        if kind in CLOSES or kind in LOOSE:
            signed = (
                kind in ("PLUS", "MINUS")
                and bool(open_)
                and isinstance(open_[-1], _Reach)
                and (open_[-1].begun == len(found) or found[-1].kind == "SUM_OVER")
            )
            while open_ and isinstance(open_[-1], _Reach) and not signed:
                _close(source, found, open_.pop(), token)
        if kind == "APPLY" or sum_:
            name, power, closing = _function(token) if kind == "APPLY" else ("sum", None, list(_range(token)))
            if name == "log" and following == "APPLY" and tokens[i + 1].value == "det":
                i += 1
                token = Token("APPLY", "logdet", token.start, tokens[i].end)
                name = "logdet"
            elif name == "log" and [(t.kind, t.value) for t in tokens[i + 1 : i + 2]] == [("NAME", "Gamma")]:
                called = [t.kind for t in tokens[i + 2 : i + 3]] == ["OPEN"]
                i, name = (i + 1, "lgamma") if called else (i, name)
                token = Token("APPLY", name, token.start, tokens[i].end)
            name = ALIASES.get(name, name)
            primes = 0
            while i + 1 < len(tokens) and tokens[i + 1].kind == "TRANSPOSE" and kind == "APPLY":
                primes, i = primes + 1, i + 1
            found.append(Token("FUNCTION", (name, primes), token.start, tokens[i].end))
            bracket = i + 1 < len(tokens) and tokens[i + 1].kind == "OPEN"
            if bracket and kind == "APPLY":
                i += 1
                found.append(tokens[i])
                if name in ("log", "logdet"):
                    logarithms[len(open_)] = token
                open_.append("OPEN")
                after.append((closing, power))
            else:
                found.append(Token("OPEN", "(", tokens[i].end, tokens[i].end))
                open_.append(_Reach(token, name in _WIDE or following == "SUM_OVER", closing, power, len(found)))
            i += 1
            continue
        found.append(token)
        if kind in OPENS:
            open_.append(kind)
            after.append(None)
        elif kind in CLOSES and open_:
            open_.pop()
            more = after.pop()
            of = logarithms.pop(len(open_), None)
            if of is not None and following == "POWER":
                _power_of_log(source, of, tokens, i, {} if notes is None else notes)
            if more is not None:
                found[-1:] = [*more[0], token]
                found += _powered(more[1], token.end)
        while open_ and isinstance(open_[-1], _Reach) and not open_[-1].wide and _complete(tokens, i):
            ended = open_[-1]
            open_.pop()
            _close(source, found, ended, token)
            if following in _FACTOR and not (open_ and isinstance(open_[-1], _Reach)):
                raise _asked(source, ended, tokens, i)
        i += 1
    while open_:
        reach = open_.pop()
        if isinstance(reach, _Reach):
            _close(source, found, reach, tokens[-1])
    return found


def _power_of_log(source: Source, log: Token, tokens: Sequence[Token], i: int, notes: dict[Prose, None]) -> None:
    r"""\log(a)^2 is the square of the logarithm, noted; \log(a)^y and \log(a)^{-1/2} are asked."""
    depth, end = 0, i + 2
    for end in range(i + 2, len(tokens)):
        depth += (tokens[end].kind in OPENS) - (tokens[end].kind in CLOSES)
        if not depth and tokens[end].kind != "MINUS":
            break
    start, stop = log.start, tokens[end].end
    name, inside = source.text[start : log.end], source.text[log.end : tokens[i].end].strip()
    exponent = source.text[tokens[i].end : stop].strip()
    power = f"{name}({inside}{exponent})"
    if (det := _LOG_DET.fullmatch(name)) is not None:
        power = f"{det[1]}({det[2]}{inside}{exponent})"
    values = [t.value for t in tokens[i + 2 : end + 1] if t.kind not in ("OPEN_BRACE", "CLOSE_BRACE")]
    if len(values) == 1 and isinstance(values[0], Fraction) and values[0] > 0:
        shown = source.quote(start, stop)
        notes[marked(f"`{shown}` is the power of the logarithm; that of the power is `{power}`")] = None
        return
    raise source.asked(
        start,
        stop,
        Alternative("it is the logarithm of the power", power),
        Alternative("it is the power of the logarithm", f"({name}{inside}){exponent}"),
    )


def _total(bounds: Bounds, layers: Collection[str]) -> bool:
    """Whether a sum is one of a function: over layers."""
    return len(bounds.letters) == 1 and bounds.letters[0] in layers


def _range(token: Token) -> Iterator[Token]:
    bounds = token.value
    assert isinstance(bounds, Bounds)
    if bounds.letters:
        last = bounds.last
        place = Place("", last) if isinstance(last, int) else Place(*_last(str(last)))
        yield Token("RANGE", Range(bounds.letters[0], 1, place), token.start, token.end)


def _last(text: str) -> tuple[str, int]:
    letter, _, less = text.partition("-")
    return letter, -int(less or 0)


def _function(token: Token) -> tuple[str, int | None, list[Token]]:
    value = token.value
    if isinstance(value, tuple):
        name, more = value
        return (name, more, []) if isinstance(more, int) else (name, None, list(more))
    return str(value), None, []


def _powered(power: int | None, end: int) -> Iterable[Token]:
    return [] if power is None else [Token("POWER", "^", end, end), Token("NUMBER", Fraction(power), end, end)]


def _complete(tokens: Sequence[Token], i: int) -> bool:
    """Whether a factor ends with the token at i."""
    kind = tokens[i].kind
    following = tokens[i + 1].kind if i + 1 < len(tokens) else ""
    if kind not in _ENDS and kind not in CLOSES:
        return False
    if following in _POSTFIX or (kind == "NUMBER" and following == "NAME" and tokens[i + 1].value == "pi"):
        return False  # log 2 π is of a number
    if kind == "NAME" and following == "OPEN_SQUARE" and tokens[i + 1].start == tokens[i].end:
        return False  # log x[1]
    if kind == "NAME" and following == "OPEN":
        name = str(tokens[i].value)
        return not (
            is_function(name) or name.rstrip("0123456789").partition("_")[0] in FUNCTION_LETTERS or len(name) > 2
        )
    return True


def _close(source: Source, found: list[Token], reach: object, at: Token) -> None:
    assert isinstance(reach, _Reach)
    end = found[-1].end
    if len(found) == reach.begun:
        name = source.quote(reach.token.start, reach.token.end)
        message = f"{name} is a function, and here it has no argument"
        raise source.error(ParseError, message, reach.token.start, reach.token.end, hint=f"write {name}(…)")
    found += [*reach.close, Token("CLOSE", ")", end, end), *_powered(reach.power, end)]


def _asked(source: Source, reach: _Reach, tokens: Sequence[Token], i: int) -> MatcalcError:
    """One factor follows a function, and then more."""
    depth, end = 0, i
    for n in range(i + 1, len(tokens)):
        kind = tokens[n].kind
        if not depth and (kind in LOOSE or kind in CLOSES):
            break
        depth += (kind in OPENS) - (kind in CLOSES)
        end = n
    start, name_end, stop = reach.token.start, reach.token.end, tokens[end].end
    name, first = source.text[start:name_end], source.text[name_end : tokens[i].end].strip()
    rest = source.text[tokens[i].end : stop].strip()
    return source.asked(
        start,
        stop,
        Alternative("it takes the first factor", f"{name}({first}) {rest}"),
        Alternative("it takes the product", f"{name}({first} {rest})"),
    )
