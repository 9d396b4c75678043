"""TeX to tokens with places: commands, characters, groups paired, macros replaced, comments left out.

A piece that a macro has put in stands where the macro was called, so that carets stand in what was typed: what comes
before its first argument at the call's name, the rest at the end of the argument before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.syntax.source import Source

MOST = 200_000
"""The most pieces that macros may make of a text."""
_PIECE = re.compile(
    r"(?P<comment>(?<!\d)%[^\n]*(?:\n[ \t]*)?)|(?P<command>\\(?:[A-Za-z]+\*?|[^A-Za-z]|$))|(?P<blank>\s+|~)"
    r"|(?P<parameter>#[1-9])|(?P<char>.)",
    re.DOTALL,
)
_STARRED = frozenset(
    {r"\operatorname*", r"\DeclareMathOperator*", r"\tag*", r"\hspace*", r"\newcommand*", r"\renewcommand*"}
)
_BRACES = {"{": "}", "}": "{"}


class Bit(NamedTuple):
    r"""A piece of TeX: its kind ("command", "blank", "parameter" or "char"), what it is, and its place.

    A command has its backslash: `\frac`, `\\`. A blank with a new line in it is "\n".
    """

    kind: str
    text: str
    start: int
    end: int


def pieces(source: Source, start: int = 0, end: int | None = None) -> list[Bit]:
    """The pieces of a stretch of the text, comments left out."""
    found: list[Bit] = []
    for match in _PIECE.finditer(source.text, start, len(source.text) if end is None else end):
        kind, text = str(match.lastgroup), match.group()
        at, after = match.span()
        if kind == "comment":
            continue
        if kind == "command" and text.endswith("*") and len(text) > 2 and text not in _STARRED:
            found.append(Bit(kind, text[:-1], at, after - 1))
            kind, text, at = "char", "*", after - 1
        if kind == "blank":
            text = "\n" if "\n" in text else " "
        found.append(Bit(kind, text, at, after))
    return found


def paired(source: Source, found: Sequence[Bit]) -> dict[int, int]:
    """Where the group that opens at a place closes. Raises ParseError where braces do not pair."""
    partner: dict[int, int] = {}
    open_: list[int] = []
    for i, piece in enumerate(found):
        if piece.kind == "char" and piece.text == "{":
            open_.append(i)
        elif piece.kind == "char" and piece.text == "}":
            if not open_:
                raise _error(source, piece, "} closes a group that was never opened", r"a brace that is seen is \}")
            partner[open_.pop()] = i
    if open_:
        raise _error(source, found[open_[-1]], "{ is never closed", "every brace needs its partner")
    return partner


def _error(source: Source, piece: Bit, message: str, hint: str = "") -> MatcalcError:
    return source.error(ParseError, message, piece.start, piece.end, hint=hint)


# --------------------------------------------------------------------------------------------------------------- macros


@dataclass
class Macro:
    """A macro: how many arguments it takes, what stands for the first where it is left out, and its text."""

    count: int
    body: Sequence[Bit]
    default: Sequence[Bit] | None = None


@dataclass
class Macros:
    """The macros of a text. `expanded` takes their definitions out and puts their texts in."""

    source: Source
    known: dict[str, Macro] = field(default_factory=dict)

    def expanded(self, found: list[Bit]) -> list[Bit]:
        """The pieces without macros. Raises ParseError, UnsupportedError for a macro that is not simple."""
        if not self.known and not any(piece.text in _DEFINING for piece in found):
            return found
        left = found[::-1]
        done: list[Bit] = []
        steps = 0
        while left:
            piece = left.pop()
            if piece.kind != "command":
                done.append(piece)
            elif piece.text in _DEFINING:
                _DEFINING[piece.text](self, piece, left)
            elif piece.text in self.known:
                steps += 1
                self._call(piece, left)
                if steps > 10_000 or len(left) + len(done) > MOST:
                    raise self._refused(piece, f"{piece.text} makes too much text, or calls itself without end")
            else:
                done.append(piece)
        return done

    def _call(self, call: Bit, left: list[Bit]) -> None:
        macro = self.known[call.text]
        given: list[Sequence[Bit]] = []
        last = [call]
        if macro.default is not None:
            option = self._option(left)
            given.append(macro.default if option is None else option)
        while len(given) < macro.count:
            argument, end = self._argument(call, left)
            given.append(argument)
            last.append(end)
        put: list[Bit] = []
        place = call
        for piece in macro.body:
            if piece.kind == "parameter":
                number = int(piece.text[1])
                put += given[number - 1]
                after = number - (macro.default is not None)
                place = last[after] if last[after].start > place.start else place
            else:
                put.append(Bit(piece.kind, piece.text, place.start, place.end))
        left.extend(reversed(put))

    def _argument(self, call: Bit, left: list[Bit]) -> tuple[Sequence[Bit], Bit]:
        # The next group without its braces, or the next piece; and the piece that ends it.
        self._skip(left)
        if not left:
            raise self._refused(call, f"{call.text} needs an argument")
        first = left.pop()
        if first.text != "{" or first.kind != "char":
            return [first], first
        return self._group(first, left)

    def _group(self, first: Bit, left: list[Bit]) -> tuple[Sequence[Bit], Bit]:
        found: list[Bit] = []
        depth = 1
        while left:
            piece = left.pop()
            if piece.kind == "char" and piece.text in _BRACES:
                depth += 1 if piece.text == "{" else -1
                if not depth:
                    return found, piece
            found.append(piece)
        raise _error(self.source, first, "{ is never closed", "every brace needs its partner")

    def _option(self, left: list[Bit]) -> Sequence[Bit] | None:
        self._skip(left)
        if not left or left[-1].text != "[":
            return None
        found: list[Bit] = []
        first = left.pop()
        while left:
            piece = left.pop()
            if piece.text == "]":
                return found
            found.append(piece)
        raise _error(self.source, first, "[ is never closed", "every bracket needs its partner")

    def _skip(self, left: list[Bit]) -> None:
        while left and left[-1].kind == "blank":
            left.pop()

    def _refused(self, piece: Bit, message: str) -> MatcalcError:
        hint = r"simple macros are read: \newcommand{\norm}[1]{\lVert #1 \rVert}"
        return self.source.error(UnsupportedError, message, piece.start, piece.end, hint=hint)

    def _name(self, defining: Bit, left: list[Bit]) -> str:
        argument, _ = self._argument(defining, left)
        names = [piece for piece in argument if piece.kind != "blank"]
        if len(names) != 1 or names[0].kind != "command":
            raise self._refused(defining, f"{defining.text} defines a command, and none is named")
        return names[0].text

    def _newcommand(self, defining: Bit, left: list[Bit]) -> None:
        name = self._name(defining, left)
        count, default = self._option(left), None
        number = "".join(piece.text for piece in count or ())
        if count is not None:
            default = self._option(left)
        body, _ = self._argument(defining, left)
        if not (number or "0").isdecimal():
            raise self._refused(defining, f"{name} has no number of arguments")
        self._keep(defining, name, Macro(int(number or 0), body, default))

    def _def(self, defining: Bit, left: list[Bit]) -> None:
        name = self._name(defining, left)
        count = 0
        while left and left[-1].kind == "parameter" and left[-1].text == f"#{count + 1}":
            left.pop()
            count += 1
        self._skip(left)
        if not left or left[-1].text != "{":
            raise self._refused(defining, f"{name} has arguments that end at a sign")
        body, _ = self._argument(defining, left)
        self._keep(defining, name, Macro(count, body))

    def _operator(self, defining: Bit, left: list[Bit]) -> None:
        name = self._name(defining, left)
        word, end = self._argument(defining, left)
        at = (defining.start, end.end)
        around = [Bit("command", r"\operatorname", *at), Bit("char", "{", *at)]
        self._keep(defining, name, Macro(0, [*around, *word, Bit("char", "}", *at)]))

    def _let(self, defining: Bit, left: list[Bit]) -> None:
        name = self._name(defining, left)
        self._skip(left)
        if left and left[-1].text == "=":
            left.pop()
        body, _ = self._argument(defining, left)
        self._keep(defining, name, Macro(0, body))

    def _keep(self, defining: Bit, name: str, macro: Macro) -> None:
        if any(p.kind == "parameter" and int(p.text[1]) > macro.count for p in macro.body):
            raise self._refused(defining, f"{name} uses an argument that it does not take")
        self.known[name] = macro


_DEFINING: Mapping[str, Callable[[Macros, Bit, list[Bit]], None]] = {
    **dict.fromkeys((r"\newcommand", r"\newcommand*", r"\renewcommand", r"\renewcommand*"), Macros._newcommand),
    r"\providecommand": Macros._newcommand,
    r"\def": Macros._def,
    r"\gdef": Macros._def,
    r"\let": Macros._let,
    r"\DeclareMathOperator": Macros._operator,
    r"\DeclareMathOperator*": Macros._operator,
}
