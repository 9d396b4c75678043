r"""The tokens of LaTeX's statements, settled: words before an objective, left sides, reaches of functions.

`\min_w`, `\nabla_w` and `\frac{\partial}{\partial w}` before an objective are left out, and name what to differentiate
by. `J(w) = …` defines J. `\log x` is log(x), `\operatorname{tr} A B` is tr(A B).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from matcalc.errors import Alternative, MatcalcError, ParseError
from matcalc.families import Place
from matcalc.prose import marked
from matcalc.syntax.layers import Range
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.tex.spelling import spell
from matcalc.syntax.tree import Bounds, Token
from matcalc.syntax.vocabulary import ALIASES, FUNCTION_LETTERS, is_function

_WIDE = frozenset({"tr", "sum"})
"""Functions that without brackets take the whole product after them."""
_OPENS = frozenset(OPENING) | {"NORM_OPEN"}
_CLOSES = frozenset(CLOSING) | {"NORM_CLOSE"}
_ENDS = frozenset({"SEPARATOR", "NEWLINE"})
_POSTFIX = frozenset({"TRANSPOSE", "INVERSE_TRANSPOSE", "POWER", "POWER_ENTRIES", "SUPERSCRIPT", "NORM_SUFFIX"})
_FACTOR = frozenset({"NAME", "NUMBER", "ONES", "OPEN", "OPEN_SQUARE", "NORM_OPEN", "FUNCTION"})
_LOOSE = frozenset({"PLUS", "MINUS", "EQUALS", "COMMA", "SEPARATOR", "NEWLINE", "COLON", "COMPARISON", "RANGE"})


def settled(texts: Texts, roles: Roles) -> list[Token]:
    """The tokens of all statements as text has them."""
    summed = {
        letter
        for t in texts.tokens
        if t.kind == "SUM_OVER" and isinstance(t.value, Bounds)
        for letter in t.value.letters
    }
    ranges = _announced(texts)
    layers = {found.letter for found, _, _ in ranges}
    spell(texts.source, texts.names, summed - layers, layers)
    statements = Statements(texts.source, roles, layers)
    tokens = [token for found in ranges for token in _announcement(*found)] if statements.layered(texts) else []
    tokens += statements.settled(texts.tokens)
    return tokens


def _announced(texts: Texts) -> list[tuple[Range, int, int]]:
    found: dict[Range, tuple[Range, int, int]] = {}
    for each in texts.ranges:
        found.setdefault(each[0], each)
    return list(found.values())


def _announcement(range_: Range, start: int, end: int) -> Iterator[Token]:
    # layers l = 1..L:
    last = range_.last
    yield Token("NAME", "layers", start, start)
    yield Token("NAME", range_.letter, start, start + 1)
    yield Token("EQUALS", "=", start + 1, start + 1)
    yield Token("NUMBER", Fraction(range_.first), start + 1, end)
    yield Token("DOTS", "..", end, end)
    if last.letter:
        yield Token("NAME", last.letter, end, end)
        if last.offset:
            yield Token("MINUS", "-", end, end)
            yield Token("NUMBER", Fraction(-last.offset), end, end)
    else:
        yield Token("NUMBER", Fraction(last.offset), end, end)
    yield Token("COLON", ":", end, end)
    yield Token("SEPARATOR", ";", end, end)


class Statements:
    """The statements of one text."""

    def __init__(self, source: Source, roles: Roles, layers: Collection[str]) -> None:
        self.source = source
        self.roles = roles
        self.layers = layers

    def layered(self, texts: Texts) -> bool:
        """Whether some name is one of several layers."""
        return any(str(name.token.value).endswith("]") for name in texts.names)

    def settled(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of all of them."""
        split = list(self._split(tokens))
        called = _called(tokens)
        for statement in split:
            self._label(statement)
            self._left(statement, called)
        defined = {str(s[0].value) for s in split if _begins(s, "NAME", "EQUALS")}
        found: list[Token] = []
        for statement in split:
            self._goal(statement)
            if statement and statement[0].kind == "SLOPE":
                statement[:] = self._slope(statement, defined)
            if not statement:
                continue
            for token in statement:
                if token.kind in ("SLOPE", "GOAL", "QUESTION"):
                    raise self._misplaced(token)
            end = statement[-1].end
            found += applied(self.source, statement, self.layers)
            found.append(Token("SEPARATOR", ";", end, end))
        return found[:-1]

    def _split(self, tokens: Sequence[Token]) -> Iterator[list[Token]]:
        statement: list[Token] = []
        depth = 0
        for token in tokens:
            depth += (token.kind in _OPENS) - (token.kind in _CLOSES)
            if token.kind in _ENDS and not depth:
                yield from self._commas(statement)
                statement = []
            else:
                statement.append(token)
        yield from self._commas(statement)

    def _commas(self, statement: list[Token]) -> Iterator[list[Token]]:
        """The statements that commas outside brackets separate: definitions, and what follows declarations."""
        if not statement:
            return
        parts: list[list[Token]] = [[]]
        depth = 0
        for token in statement:
            depth += (token.kind in _OPENS) - (token.kind in _CLOSES)
            if token.kind == "COMMA" and not depth:
                parts.append([])
            parts[-1].append(token)
        if len(parts) == 1:
            yield statement
            return
        joined = parts[0]
        for n, part in enumerate(parts[1:], 1):
            declaring = _declares(joined)
            names_of = part[1:2] and part[1].kind == "NAME" and (len(part) == 2 or _declares(part))
            following = next((p for p in parts[n:] if len(p) != 2), None)
            continues = names_of and (following is None or _declares(following))
            ends = not continues if declaring else _defines(part[1:])
            if ends or (_declares(part) and not _names(joined)):
                yield joined
                joined = part[1:]
            else:
                joined = joined + part
        yield joined

    def _label(self, statement: list[Token]) -> None:
        # (5) after a blank at the end.
        kinds = [token.kind for token in statement[-3:]]
        blank = self.source.text[statement[-4].end : statement[-3].start] if len(statement) > 3 else ""
        label = kinds == ["OPEN", "NUMBER", "CLOSE"] and blank and not blank.strip("\\,;:! \tquad")
        if label and statement[-4].kind not in _LOOSE | {"APPLY"}:
            del statement[-3:]

    def _left(self, statement: list[Token], called: Collection[str]) -> None:
        """J(w, b) = … defines J, unless J is called elsewhere; so does dJ/dW of J(w)."""
        start = 1 if statement and statement[0].kind == "SLOPE" else 0
        if not _begins(statement[start:], "NAME", "OPEN"):
            return
        at = start + 2
        while at < len(statement) and statement[at].kind in ("NAME", "COMMA"):
            at += 1
        if [t.kind for t in statement[at : at + 2]] != ["CLOSE", "EQUALS"] or at == start + 2:
            return
        name = str(statement[start].value)
        if name not in called:
            statement[start].end = statement[at].end
            del statement[start + 1 : at + 1]

    def _goal(self, statement: list[Token]) -> None:
        """Leave out the words before an objective."""
        at = 0
        if len(statement) > 2 and _begins(statement, "NAME", "EQUALS"):
            at = 2
        if len(statement) <= at or statement[at].kind != "GOAL":
            return
        names = statement[at].value
        assert isinstance(names, list)
        self.roles.by |= {str(token.value): None for token in names if token.kind == "NAME"}
        while at < len(statement) and statement[at].kind == "GOAL":
            del statement[at]
        if at:  # w^* = argmin …
            del statement[:at]

    def _slope(self, statement: list[Token], defined: Collection[str]) -> list[Token]:
        """What is left of a statement that begins with dJ/dW."""
        slope, rest = statement[0], statement[1:]
        assert isinstance(slope.value, tuple)
        of, by = slope.value
        if of is None and (len(rest) == 1 or _begins(rest, "NAME", "EQUALS")) and rest[0].kind == "NAME":
            of, rest = rest[0], rest[1:]
        asked = {str(by.value): None}
        if of is None and rest[:1] and rest[0].kind not in ("EQUALS", "QUESTION"):
            self.roles.by |= asked
            return rest
        if of is None or not rest or all(t.kind in ("EQUALS", "QUESTION") for t in rest):
            self.roles.by |= asked
            return []
        if rest[0].kind != "EQUALS":
            raise self._misplaced(slope)
        if str(of.value) in defined:
            shown = self.source.quote(slope.start, slope.end)
            note = f"`{shown}` names what is asked for; what stands to the right of it is not read"
            self.roles.notes[marked(note)] = None
            self.roles.by |= asked
            return []
        start, end = slope.start, slope.end
        partial = [
            Token("PARTIAL", "∂", start, start),
            of,
            Token("OVER", "/", of.end, of.end),
            Token("PARTIAL", "∂", end, end),
            by,
        ]
        return [Token("NAME", "given", start, start), *partial, *rest]

    def _misplaced(self, token: Token) -> MatcalcError:
        shown = self.source.quote(token.start, token.end)
        message = f"{shown} cannot stand here"
        hint = "give the objective alone; what to differentiate by is named beside it"
        return self.source.error(ParseError, message, token.start, token.end, hint=hint)


def _called(tokens: Sequence[Token]) -> set[str]:
    """Names that stand before a bracket elsewhere than at the beginning of a statement."""
    found: set[str] = set()
    begins = True
    for token, following in pairwise(tokens):
        if token.kind == "NAME" and following.kind == "OPEN" and not begins:
            found.add(str(token.value))
        begins = token.kind in _ENDS or token.kind == "SLOPE"
    return found


def _begins(statement: Sequence[Token], *kinds: str) -> bool:
    return tuple(t.kind for t in statement[: len(kinds)]) == kinds


def _declares(part: Sequence[Token]) -> bool:
    kinds = [token.kind for token in part]
    if "IN" in kinds:
        return True
    kinds = kinds[1:] if kinds[:1] == ["COMMA"] else kinds
    at = 0
    while kinds[at : at + 1] == ["NAME"] and kinds[at + 1 : at + 2] == ["COMMA"]:
        at += 2
    return kinds[at : at + 2] == ["NAME", "COLON"] and set(kinds[at + 2 :]) <= {"NAME", "NUMBER", "CROSS"}


def _names(part: Sequence[Token]) -> bool:
    return all(token.kind in ("NAME", "COMMA") for token in part)


def _defines(part: Sequence[Token]) -> bool:
    return any(token.kind == "EQUALS" for token in part)


# ---------------------------------------------------------------------------------------------------------- application


class _Reach:
    """A function without brackets whose argument is being read: its token, and whether it takes a whole product."""

    def __init__(self, token: Token, wide: bool, close: list[Token], power: int | None, begun: int) -> None:
        self.token = token
        self.wide = wide
        self.close = close
        self.power = power
        self.begun = begun


def applied(source: Source, tokens: Sequence[Token], layers: Collection[str] = ()) -> list[Token]:
    """The tokens with brackets around the arguments of functions that have none. One pass."""
    found: list[Token] = []
    open_: list[_Reach | str] = []  # what is open: functions, and brackets as kinds or with the function that is called
    after: list[tuple[list[Token], int | None] | None] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        kind = token.kind
        following = tokens[i + 1].kind if i + 1 < len(tokens) else ""
        sum_ = kind == "SUM_OVER" and isinstance(token.value, Bounds) and _total(token.value, layers)
        if kind in _CLOSES or kind in _LOOSE:
            signed = (
                kind in ("PLUS", "MINUS")
                and bool(open_)
                and isinstance(open_[-1], _Reach)
                and open_[-1].begun == len(found)
            )
            while open_ and isinstance(open_[-1], _Reach) and not signed:
                _close(source, found, open_.pop(), token)
        if kind == "APPLY" or sum_:
            name, power, closing = _function(token) if kind == "APPLY" else ("sum", None, list(_range(token)))
            if name == "log" and following == "APPLY" and tokens[i + 1].value == "det":
                i += 1
                token = Token("APPLY", "logdet", token.start, tokens[i].end)
                name = "logdet"
            name = ALIASES.get(name, name)
            primes = 0
            while i + 1 < len(tokens) and tokens[i + 1].kind == "TRANSPOSE" and kind == "APPLY":
                primes, i = primes + 1, i + 1
            found.append(Token("FUNCTION", (name, primes), token.start, tokens[i].end))
            bracket = i + 1 < len(tokens) and tokens[i + 1].kind == "OPEN"
            if bracket and kind == "APPLY":
                i += 1
                found.append(tokens[i])
                open_.append("OPEN")
                after.append((closing, power))
            else:
                found.append(Token("OPEN", "(", tokens[i].end, tokens[i].end))
                open_.append(_Reach(token, name in _WIDE, closing, power, len(found)))
            i += 1
            continue
        found.append(token)
        if kind in _OPENS:
            open_.append(kind)
            after.append(None)
        elif kind in _CLOSES and open_:
            open_.pop()
            more = after.pop()
            if more is not None:
                found[-1:] = [*more[0], token]
                found += _powered(more[1], token.end)
        while open_ and isinstance(open_[-1], _Reach) and not open_[-1].wide and _complete(tokens, i, open_[-1], found):
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
        if isinstance(more, int):
            return name, more, []
        place = token.end, token.end
        return name, None, [Token("COMMA", ",", *place), Token("OPTION", more, *place)]
    return str(value), None, []


def _powered(power: int | None, end: int) -> Iterable[Token]:
    return [] if power is None else [Token("POWER", "^", end, end), Token("NUMBER", Fraction(power), end, end)]


def _complete(tokens: Sequence[Token], i: int, reach: _Reach, found: Sequence[Token]) -> bool:
    """Whether a factor ends with the token at i."""
    kind = tokens[i].kind
    following = tokens[i + 1].kind if i + 1 < len(tokens) else ""
    if kind not in ("NAME", "NUMBER", "ONES", "TRANSPOSE", "INVERSE_TRANSPOSE", "SUPERSCRIPT") and kind not in _CLOSES:
        return False
    if following in _POSTFIX:
        return False
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
        if not depth and (kind in _LOOSE or kind in _CLOSES):
            break
        depth += (kind in _OPENS) - (kind in _CLOSES)
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
