"""Programs about layers: `layers l = 1..L: z[l] = W[l] a[l-1]` is read, and written out for a number of layers.

What is announced holds for every statement that defines a name with that index. With a number for L the statements are
written out; with a letter they are written out for a few layers, so that shapes can be settled as ever, and what all
layers have in common is found in the result (generic.py). Places in the text stay what they were, for the messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.families import IndexedName, Place, Places, indexed, moved_name
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token, Tree

MOST = 2_000
"""Layers that are written out, at most."""
MIDDLE = 4
"""Layers in which what all have in common is looked for: a first one, two in the middle, a last one."""
_ANNOUNCED = re.compile(r"\b(layers|steps)[ \t]+([A-Za-z]\w*)[ \t]*=")
_RANGE = r"(\d+)\s*(?:\.\.\.?|…|to\b)\s*(?:(\d+)|([A-Za-z]\w*)(?:\s*-\s*(\d+))?)\s*"
_HEADER = re.compile(r"\s*" + _RANGE + ":")
_SUMMED = re.compile(r",\s*([A-Za-z]\w*)\s*=\s*" + _RANGE + r"\)")
_EXAMPLE = "layers l = 1..L: z[l] = W[l] a[l-1] + b[l]"


@dataclass(frozen=True)
class Layers:
    """An announcement: the index, where it begins and ends, and its place in the text."""

    letter: str
    first: int
    last: Place
    start: int
    end: int
    word: str

    @property
    def symbolic(self) -> bool:
        """Whether the number of layers is a letter."""
        return bool(self.last.letter)

    def __str__(self) -> str:
        return f"{self.letter} = {self.first}..{self.last}"


@dataclass
class Plan:
    """What a text says of layers. `text`: what is left without it, each character in its place."""

    text: str
    layers: list[Layers] = field(default_factory=list)
    sums: dict[int, tuple[str, int, Place]] = field(default_factory=dict)  # by the place of the closing bracket

    @property
    def symbolic(self) -> Layers | None:
        """The family whose number of layers is a letter."""
        return next((found for found in self.layers if found.symbolic), None)


def plan(source: Source) -> Plan:
    """The announcements in a text, and the sums over layers. Raises ParseError for one that is malformed."""
    found = Plan(source.text)
    for match in _ANNOUNCED.finditer(source.text):
        if _begins(source.text, match.start()):
            layers = _announced(source, match)
            found.layers.append(layers)
            found.text = _blank(found.text, layers.start, layers.end)
    if not found.layers:
        return found
    _check(source, found.layers)
    for match in _SUMMED.finditer(found.text):
        if "#" not in found.text[found.text.rfind("\n", 0, match.start()) + 1 : match.start()]:
            close = match.end() - 1
            found.sums[close] = (match[1], *_ends(match.groups()[1:]))
            found.text = _blank(found.text, match.start(), close)
    return found


def _begins(text: str, at: int) -> bool:
    # Whether a statement begins there, and not in a comment.
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return "#" not in before and before.rstrip().endswith((";", "")) and before.rpartition(";")[2].strip() == ""


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _announced(source: Source, match: re.Match[str]) -> Layers:
    header = _HEADER.match(source.text, match.end())
    if header is None:
        line_end = source.text.find("\n", match.end())
        end = line_end if line_end >= 0 else len(source.text)
        message = "this does not say which layers: first, two dots, last, and a colon are needed"
        raise source.error(ParseError, message, match.start(), min(end, match.end() + 8), hint=f"write {_EXAMPLE}")
    first, last = _ends(header.groups())
    letter, word = match[2], match[1]
    found = Layers(letter, first, last, match.start(), header.end(), word)
    if not found.symbolic and not first <= last.offset < first + MOST:
        few = "the last one comes before the first" if last.offset < first else f"at most {MOST} are written out"
        raise source.error(ParseError, f"{found} are no {word}: {few}", found.start, found.end)
    if found.symbolic and last.letter == letter:
        raise source.error(ParseError, f"{letter} cannot run up to itself", found.start, found.end)
    if last.offset < -1 and found.symbolic:
        message = f"the {word} may end at {last.letter} or at {last.letter}-1, not at {last}"
        raise source.error(UnsupportedError, message, found.start, found.end)
    return found


def _ends(groups: tuple[str | None, ...]) -> tuple[int, Place]:
    first, number, letter, less = groups
    return int(first or 0), Place(letter or "", int(number or 0) - int(less or 0))


def _check(source: Source, layers: list[Layers]) -> None:
    if len(layers) > 1 and any(found.symbolic for found in layers):
        other = layers[1]
        message = "there is one family of layers already, and with a letter for their number only one is supported"
        raise source.error(UnsupportedError, message, other.start, other.end, hint="give the numbers: l = 1..3")
    letters = [found.letter for found in layers]
    for found in layers:
        if letters.count(found.letter) > 1:
            message = f"the index {found.letter} is announced twice"
            raise source.error(ParseError, message, found.start, found.end, hint="give the second another letter")


class Summed(NamedTuple):
    """A sum over layers in an expression: where it stands, where what is summed stands, and the range."""

    start: int
    end: int
    body: int
    body_end: int
    letter: str
    first: int
    last: Place


def first_sum(source: Source) -> Summed | None:
    """The first sum over layers that ends in an expression; none stands inside it.

    Raises ParseError for a range elsewhere.
    """
    match = _SUMMED.search(source.text)
    if match is None:
        return None
    depth, at = 1, match.start()
    while depth and at:
        at -= 1
        depth += (source.text[at] == ")") - (source.text[at] == "(")
    head = re.search(r"\bsum\s*$", source.text[:at])
    if depth or head is None:
        message = f"a range belongs to a sum over the layers: sum(e[{match[1]}], {match[1]} = {match[2]}..)"
        raise source.error(ParseError, message, match.start(), match.end())
    first, last = _ends(match.groups()[1:])
    return Summed(head.start(), match.end(), at + 1, match.start(), match[1], first, last)


# ---------------------------------------------------------------------------------------------------------------- names


def gather(source: Source, tokens: list[Token], letters: set[str] | None = None) -> list[Token]:
    """The tokens with each name and its index as one: W [ l - 1 ] is W[l-1].

    `letters`: what may stand in an index; None for any.
    """
    found: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        touching = token.kind == "NAME" and i + 1 < len(tokens) and tokens[i + 1].start == token.end
        if touching and tokens[i + 1].kind == "OPEN_SQUARE":
            place, length = _index(source, tokens, i + 1, letters)
            end = tokens[i + length].end
            found.append(Token("NAME", str(IndexedName(str(token.value), place)), token.start, end))
            i += length + 1
        else:
            found.append(token)
            i += 1
    return found


def _index(source: Source, tokens: list[Token], at: int, letters: set[str] | None) -> tuple[Place, int]:
    close = next((n for n in range(at, min(at + 5, len(tokens))) if tokens[n].kind == "CLOSE_SQUARE"), None)
    inside = tokens[at + 1 : close] if close is not None else []
    kinds = [t.kind for t in inside]
    values = [t.value for t in inside]
    length = len(inside) + 2
    whole = all(
        isinstance(v, Fraction) and v.denominator == 1 for v, k in zip(values, kinds, strict=True) if k == "NUMBER"
    )
    if whole and kinds in (["NUMBER"], ["MINUS", "NUMBER"]):
        return Place("", int(str(values[-1])) * (1 if len(kinds) == 1 else -1)), length
    if (
        whole
        and kinds
        and kinds[0] == "NAME"
        and (len(kinds) == 1 or kinds[1:] in (["MINUS", "NUMBER"], ["PLUS", "NUMBER"]))
    ):
        offset = 0 if len(kinds) == 1 else int(str(values[2])) * (-1 if kinds[1] == "MINUS" else 1)
        if letters is None or values[0] in letters:
            return Place(str(values[0]), offset), length
    first, last = tokens[at - 1], tokens[close if close is not None else at]
    shown = source.quote(first.start, last.end)
    hint = f"an index is {', '.join(sorted(letters or ()))} or a number, with + or - a number" if letters else ""
    if "COMMA" in kinds or "SEPARATOR" in kinds:
        hint = "blocks in brackets stand apart from what is before them: A [B, C]"
    raise source.error(ParseError, f"{shown} is no name with an index", first.start, last.end, hint=hint)


# ---------------------------------------------------------------------------------------------------------- written out


class Writing:
    """The statements of a program, written out for a number of layers.

    `length`: what the letter L stands for meanwhile. `sums`: for each sum over layers the name that stands for it, and
    the name of its terms.
    """

    def __init__(self, source: Source, plan_: Plan, statements: list[list[Token]]) -> None:
        self.source = source
        self.plan = plan_
        self.symbolic = plan_.symbolic
        self.sums: dict[str, str] = {}
        self.stems: dict[str, Layers] = {}
        self.lagged: set[str] = set()
        self.zeros = False  # whether a state starts as 0
        self._places: dict[str, tuple[int, int]] = {}
        self._outside: set[str] = set()
        family = self.symbolic
        self.length = 0 if family is None else family.first + MIDDLE - 1 - family.last.offset
        self._letters = {found.letter: found for found in plan_.layers}
        self._defined = {found.stem for s in statements if _defines(s) and (found := indexed(str(s[0].value)))}
        statements = [piece for s in statements for piece in self._without_sums(s)]
        self._scan(statements)
        self.statements = [*self._whole(), *(written for s in statements for written in self.written(s))]

    def hint(self) -> str:
        """What may help where shapes do not fit."""
        names = sorted(self.lagged & set(self.stems))
        if not names:
            return ""
        name, family = names[0], self.stems[names[0]]
        ends = f"{name}[{family.first - 1}] and {name}[{family.last}]"
        why = f"if {family.word} add {name}[{family.letter}-1] to what they compute, or share their weights"
        return f"{why}, all of them have one shape, {ends} too"

    def _family(self, statement: list[Token]) -> Layers | None:
        """The family that a statement is about: by the index of what it defines."""
        if not statement or statement[0].kind != "NAME":
            return None
        found = indexed(str(statement[0].value))
        return None if found is None else self._letters.get(found.place.letter)

    def _scan(self, statements: list[list[Token]]) -> None:
        """What the layers define, and whether every index is one that there is."""
        for statement in statements:
            family = self._family(statement)
            if family is None or not _defines(statement):
                if _defines(statement):
                    self._outside.add(str(statement[0].value))
                continue
            name = statement[0]
            found = indexed(str(name.value))
            assert found is not None
            if found.place.offset:
                hint = f"define {found.stem}[{family.letter}] by what comes before it, as {_EXAMPLE}"
                message = f"the {family.word} define {found.stem}[{family.letter}], not {name.value}"
                raise self._error(ParseError, message, name, hint)
            self.stems[found.stem] = family
        for family in self._letters.values():
            if family not in self.stems.values():
                message = (
                    f"nothing is said of the {family.word} {family}: no name with the index {family.letter} is defined"
                )
                raise self.source.error(ParseError, message, family.start, family.end, hint=f"as in {_EXAMPLE}")
        for token in (t for s in statements for t in s if t.kind == "NAME"):
            found = indexed(str(token.value))
            if found is not None and found.place.letter in self._letters and found.place.offset == -1:
                self.lagged.add(found.stem)
        for statement in statements:
            own = self._family(statement)
            for i, token in enumerate(statement):
                if token.kind in ("NAME", "DIFFERENTIAL"):
                    self._check(token, own, defined=i == 0 and _defines(statement))

    def _check(self, token: Token, own: Layers | None, defined: bool) -> None:
        name = str(token.value)
        found = indexed(name)
        if found is None:
            if name in self.stems and not name.startswith("d"):
                family = self.stems[name]
                hint = f"write {name}[{family.letter}], or {name}[{family.last}] for the last of the {family.word}"
                raise self._error(ParseError, f"{name} has no index here, and is defined with one", token, hint)
            if name in self._letters:
                family = self._letters[name]
                if family.symbolic:
                    message = f"{name} is an index here, and cannot be used as a number"
                    raise self._error(UnsupportedError, message, token)
            return
        stem, place = found
        if place.letter in self._letters:
            self._check_inside(token, found, self._letters[place.letter], own)
        elif stem in self.stems or stem.removeprefix("d") in self.stems:
            self._check_outside(token, found, self.stems[stem if stem in self.stems else stem[1:]], defined)
        elif self.symbolic is not None:
            self._check_input(token, found, self.symbolic)

    def _check_inside(self, token: Token, found: IndexedName, family: Layers, own: Layers | None) -> None:
        letter = family.letter
        if own is not family:
            hint = f"outside the {family.word} write {found.stem}[{family.last}] for the last one"
            message = f"{token.value}: {letter} means nothing outside the {family.word} {family}"
            raise self._error(ParseError, message, token, hint)
        if found.place.offset > 0:
            message = f"{token.value} comes after layer {letter}: a layer is computed from the one before it"
            raise self._error(UnsupportedError, message, token, f"number the {family.word} the other way round")
        if found.place.offset < -1 and family.symbolic:
            message = f"{token.value} reaches {-found.place.offset} layers back, and only one is supported"
            hint = f"carry it along: define c[{letter}] = {found.stem}[{letter}-1] and use c[{letter}-1]"
            raise self._error(UnsupportedError, message, token, hint)

    def _check_outside(self, token: Token, found: IndexedName, family: Layers, defined: bool) -> None:
        # A name that the layers define, with an index that is no l: a[L], a[0].
        place, first, last = found.place, family.first, family.last
        stem = found.stem if found.stem in self.stems else found.stem[1:]  # of dz[L] it is z
        inside = place == last or (not place.letter and not last.letter and first <= place.offset <= last.offset)
        inside = inside or (place.letter == last.letter != "" and place.offset == last.offset)
        before = not place.letter and place.offset == first - 1 and stem in self.lagged
        if defined and inside:
            message = f"{token.value} is one of the {family.word} {family}, which define it already"
            short = f"{family.last.moved(-1)}"
            hint = f"let the {family.word} end one earlier: {family.letter} = {first}..{short}"
            raise self._error(ParseError, message, token, hint)
        if inside or before or str(found) in self._outside:
            return
        if place.letter == last.letter and place.letter and place.offset > last.offset:
            message = f"{token.value} does not exist: the {family.word} end at {last}"
        elif place.letter and place.letter == last.letter:
            message = f"of the {family.word} only {found.stem}[{last}], the last, may be used outside them"
            raise self._error(UnsupportedError, f"{token.value}: {message}", token)
        elif family.symbolic and not place.letter and place.offset >= first:
            message = f"{token.value}: which layer that is depends on {last.letter}"
            raise self._error(
                ParseError, message, token, f"write {last.letter} for the last, or give the number of {family.word}"
            )
        else:
            start = f", and {stem}[{first - 1}] comes before them" if stem in self.lagged else ""
            message = f"{token.value} does not exist: the {family.word} are {family}{start}"
        raise self._error(ParseError, message, token, f"the last is {found.stem}[{last}]")

    def _check_input(self, token: Token, found: IndexedName, family: Layers) -> None:
        place = found.place
        ends = {family.last, Place(family.last.letter, 0)} if family.last.letter else {family.last}
        if place in ends or (not place.letter and place.offset < family.first):
            return
        if family.symbolic and not place.letter:
            hint = f"write {family.last} for the last, or give the number of {family.word}"
            message = f"{token.value}: whether there is such a one depends on {family.last.letter}"
            raise self._error(UnsupportedError, message, token, hint)
        message = f"{token.value} does not exist: the {family.word} are {family}"
        raise self._error(ParseError, message, token, f"the last is {found.stem}[{family.last}]")

    def _error(self, kind: type[MatcalcError], message: str, token: Token, hint: str = "") -> MatcalcError:
        return self.source.error(kind, message, token.start, token.end, hint=hint)

    # ----------------------------------------------------------------------------------------------------------- sums

    def _without_sums(self, statement: list[Token]) -> Iterator[list[Token]]:
        """The statement with names for its sums over layers, after the definitions of what is summed."""
        tokens = list(statement)
        i = 0
        while i < len(tokens):
            token = tokens[i]
            if token.kind == "CLOSE" and token.start in self.plan.sums:
                open_ = _opening(tokens, i)
                letter, first, last = self.plan.sums[token.start]
                family = self._letters.get(letter)
                if open_ < 1 or tokens[open_ - 1].value != "sum" or family is None:
                    message = f"a range belongs to a sum over the layers: sum(e[l], l = {first}..{last})"
                    raise self.source.error(ParseError, message, token.start, token.end)
                if (first, last) != (family.first, family.last):
                    message = f"this sum runs over {letter} = {first}..{last}, and the {family.word} over {family}"
                    hint = "sum over all of them, and add what else there is"
                    raise self.source.error(UnsupportedError, message, tokens[open_ - 1].start, token.end, hint=hint)
                body = tokens[open_ + 1 : i]
                if not body:
                    message = "there is nothing to sum"
                    raise self.source.error(ParseError, message, tokens[open_].start, token.end)
                place = tokens[open_ - 1].start, token.end
                if family.symbolic:
                    of = self._summand(body, letter)
                    if of != str(body[0].value) or len(body) > 1:
                        yield [Token("NAME", of, *place), Token("EQUALS", "=", *place), *body]
                    name = self._free("S")
                    self.sums[name] = of
                    self._places[name] = place
                    whole = [Token("NAME", name, *place)]
                else:
                    whole = self._sum_of(body, family, place)
                tokens[open_ - 1 : i + 1] = whole
                i = open_ - 1
            i += 1
        yield tokens

    def _summand(self, body: list[Token], letter: str) -> str:
        """The name of what is summed: its own if the layers define it, or a new one that is then defined."""
        own = indexed(str(body[0].value)) if len(body) == 1 and body[0].kind == "NAME" else None
        if own is not None and own.place == Place(letter, 0) and own.stem in self._defined:
            return str(own)
        return f"{self._free('r')}[{letter}]"

    def _sum_of(self, body: list[Token], family: Layers, place: tuple[int, int]) -> list[Token]:
        """The sum written out, in brackets."""
        found = [Token("OPEN", "(", *place)]
        for k in range(family.first, family.last.offset + 1):
            term = [_moved(token, {family.letter: Place("", k)}, {family.letter: k}) for token in body]
            found += [Token("PLUS", "+", *place)] if k > family.first else []
            found += [Token("OPEN", "(", *place), *term, Token("CLOSE", ")", *place)]
        return [*found, Token("CLOSE", ")", *place)]

    def _whole(self) -> Iterator[list[Token]]:
        """What stands for the sums over layers: S = e[1] + e[2] + …"""
        for name, of in self.sums.items():
            assert self.symbolic is not None
            letter, first = self.symbolic.letter, self.symbolic.first
            place = self._places[name]
            last = Place("", self.symbolic.last.offset + self.length)
            family = Layers(letter, first, last, *place, "")
            terms = self._sum_of([Token("NAME", of, *place)], family, place)[1:-1]
            yield [Token("NAME", name, *place), Token("EQUALS", "=", *place), *terms]

    def _free(self, letter: str) -> str:
        taken = {*self.sums, *(of.partition("[")[0] for of in self.sums.values())}
        taken |= set(re.findall(r"\w+", self.source.text))
        return next(name for n in range(MOST) if (name := f"{letter}{n or ''}") not in taken)

    # -------------------------------------------------------------------------------------------------------- writing

    def starts_at_zero(self, name: Token, tree: Tree) -> bool:
        """Whether a definition is h[0] = 0 of a state that the layers carry on: zeros of its shape."""
        found = indexed(str(name.value))
        zero = found is not None and found.stem in self.lagged and tree.kind == "number" and tree.value == 0
        self.zeros = self.zeros or zero
        return zero

    def written(self, statement: list[Token]) -> Iterator[list[Token]]:
        """A statement for each layer that it speaks of."""
        family = self._family(statement)
        ends: Places = {} if self.symbolic is None else {self.symbolic.last.letter: Place("", self.length)}
        if family is None:
            yield [_moved(token, ends, {}) for token in statement]
            return
        found = indexed(str(statement[0].value))
        # A declaration of the state speaks of what comes before the first layer, too.
        before = not _defines(statement) and found is not None and found.stem in self.lagged & set(self.stems)
        last = family.last.offset + (self.length if family.symbolic else 0)
        for k in range(family.first - before, last + 1):
            yield [_moved(token, {**ends, family.letter: Place("", k)}, {family.letter: k}) for token in statement]


def _defines(statement: list[Token]) -> bool:
    return len(statement) > 1 and statement[1].kind == "EQUALS"


def _opening(tokens: list[Token], close: int) -> int:
    depth = 0
    for i in range(close, -1, -1):
        depth += (tokens[i].kind == "CLOSE") - (tokens[i].kind == "OPEN")
        if depth == 0:
            return i
    return -1


def _moved(token: Token, to: Places, numbers: Mapping[str, int]) -> Token:
    if token.kind != "NAME":
        return token
    name = str(token.value)
    if name in numbers:
        return Token("NUMBER", Fraction(numbers[name]), token.start, token.end)
    new = moved_name(name, to)
    return token if new == name else Token("NAME", new, token.start, token.end)
