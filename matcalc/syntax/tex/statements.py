r"""The tokens of LaTeX's statements, settled: words before an objective, left sides, reaches of functions.

`\min_w`, `\nabla_w` and `\frac{\partial}{\partial w}` before an objective are left out, and name what to differentiate
by. `J(w) = …` defines J. `\log x` is log(x), `\operatorname{tr} A B` is tr(A B).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, takewhile
from typing import cast

from matcalc.errors import MatcalcError, ParseError, UnsupportedError
from matcalc.prose import marked
from matcalc.syntax.application import CLOSES, OPENS, applied
from matcalc.syntax.layers import Range
from matcalc.syntax.lets import leave_out, left_side
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.ranging import with_ranges
from matcalc.syntax.roles import Roles, aim
from matcalc.syntax.source import Source
from matcalc.syntax.tex import signs
from matcalc.syntax.tex.beside import (
    Asides,
    in_no_size,
    is_command,
    left_of_log,
    listed,
    only_signature,
)
from matcalc.syntax.tex.dots import dotted
from matcalc.syntax.tex.onepass import Texts
from matcalc.syntax.tex.powers import FromZero, power_sums
from matcalc.syntax.tex.recurrences import steps, summed_letters
from matcalc.syntax.tex.spans import declared, said_beside
from matcalc.syntax.tex.spelling import Lettering, spell
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Bounds, Token
from matcalc.syntax.vocabulary import BARS
from matcalc.syntax.wording import leave_label

_ENDS = frozenset({"SEPARATOR", "NEWLINE"})


def settled(texts: Texts, roles: Roles) -> list[Token]:
    """The tokens of all statements as text has them."""
    listed(texts)
    roles.notes |= {marked(note): None for note in texts.notes}
    summed = summed_letters(texts.tokens)
    ranges = steps(texts, _announced(texts))
    numbered = {name.layer.letter for name in texts.names if name.layer is not None}
    ranges = [each for each in ranges if each[0].letter in numbered]
    layers = {found.letter for found, _, _ in ranges}
    spell(texts.source, texts.names, texts.known, summed - layers, layers)
    texts.tokens = dotted(texts.source, texts.tokens, texts.names)
    lasts = {found.letter: str(found.last) for found, _, _ in ranges}
    for token in texts.tokens:
        bounds = token.value
        if isinstance(bounds, Bounds) and not layers & set(bounds.letters) and "-" in str(bounds.last):
            raise partial(texts.source, token.start, token.end)
        if isinstance(bounds, Bounds) and bounds.last is None and len(bounds.letters) == 1:
            last = lasts.get(bounds.letters[0])
            token.value = Bounds(bounds.letters, int(last) if last and last.isdecimal() else last)
    statements = Statements(texts, roles, layers, summed)
    tokens = [token for found in ranges for token in _announcement(*found)] if statements.layered(texts) else []
    return tokens + with_ranges(statements.settled(texts.tokens), said_beside(texts, layers))


def _announced(texts: Texts) -> list[tuple[Range, int, int]]:
    found: dict[Range, tuple[Range, int, int]] = {}
    for each in texts.ranges:
        found.setdefault(each[0], each)
    return list(found.values())


def _announcement(range_: Range, start: int, end: int) -> Iterator[Token]:
    # layers l = 1..L: or steps t = 1..T:
    last = range_.last
    yield Token("NAME", "layers" if range_.letter == "l" else "steps", start, start)
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

    def __init__(self, texts: Texts, roles: Roles, layers: Collection[str], summed: set[str]) -> None:
        self.source = texts.source
        self.roles = roles
        self.layers = layers
        self.summed = summed
        marks = {str(n.token.value): n.stem for n in texts.names if _marks_result(n)}
        self.decorated = {name: stem for name, stem in marks.items() if name != stem}
        self.counts = Counter[str]()

    def layered(self, texts: Texts) -> bool:
        """Whether some name is one of several layers."""
        return any(str(name.token.value).endswith("]") for name in texts.names)

    def settled(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens of all of them."""
        split = list(self._split(tokens))
        if len(split) > 1:  # \\quad (1)
            split = [s for s in split if [t.kind for t in s] != ["OPEN", "NUMBER", "CLOSE"]]
        split = [declared(s) for s in map(self._without_condition, split) if s]
        said = {id(s): s.pop(0).kind for s in split if s[0].kind in ("WANTED", "CLAIMED", "POINT")}
        split = [s for s in split if s]
        called = {name for statement in split for name in _called(statement)}
        self.counts = Counter(str(token.value) for token in tokens if token.kind == "NAME")
        if self.roles.varying:
            split = [list(_with_quotients(statement)) for statement in split]
        else:
            for statement in split:
                _map(self.source, statement, self.roles)
            split = [s for s in split if s]
            defined = {str(s[0].value) for s in split if _begins(s, "NAME", "EQUALS") or left_side(s)}
            split = [s for s in split if not only_signature(self.source, s, defined, self.counts)]
            split = [s for s in split if not in_no_size(s, self.summed)]
            split = _declared_once(split)
            split = _first_ones(split, self._said_again)
        for statement in split:
            if not self.roles.varying and _begins(
                statement, "PARTIAL", "NAME", "OVER", "PARTIAL", "NAME"
            ):  # \\partial J/\\partial W
                of, by = statement[1], statement[4]
                statement[:5] = [Token("SLOPE", (of, by), statement[0].start, by.end)]
            leave_label(self.source, statement, len(statement), self.roles)
            _lead(self.source, statement)
            self._chain(statement)
            if not self.roles.varying:
                self._differential(statement)
            self._left(statement, called)
            self._power(statement)
            _declare_symmetric(statement)
            for ones, stroke, bars in zip(statement, statement[1:], statement[2:], strict=False):
                if (ones.kind, stroke.kind, bars.value) == ("ONES", "TRANSPOSE", (BARS, 0)):
                    bars.value = ("abs", 0)
        if not self.roles.varying:
            split = Asides(self.source, split, self.roles, said, self.decorated).without()
        defined = {str(s[0].value) for s in split if _begins(s, "NAME", "EQUALS")}
        found: list[list[Token]] = []
        for statement in split:
            self._goal(statement)
            if statement and statement[0].kind == "SLOPE":
                statement[:] = self._slope(statement, defined)
            if not statement:
                continue
            for token in statement:
                if token.kind in ("SLOPE", "GOAL", "QUESTION"):
                    raise self._misplaced(token)
                if token.kind == "LEFT_OUT":
                    assert isinstance(token.value, MatcalcError)
                    raise token.value
            for token in statement:
                if isinstance(token.value, FromZero):
                    token.value = FromZero(token.value.letter, applied(self.source, token.value.last))
            found.append(power_sums(self.source, applied(self.source, statement, self.layers, self.roles.notes)))
        return [t for s in found for t in (*s, Token("SEPARATOR", ";", s[-1].end, s[-1].end))][:-1]

    def _said_again(self, statement: Sequence[Token]) -> None:
        shown = self.source.quote(statement[0].start, statement[-1].end)
        self.roles.notes[marked(f"`{shown}` is not read: it says another time what is defined before it")] = None

    def _split(self, tokens: Sequence[Token]) -> Iterator[list[Token]]:
        statement: list[Token] = []
        depth = 0
        for token in tokens:
            depth += (token.kind in OPENS) - (token.kind in CLOSES)
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
            depth += (token.kind in OPENS) - (token.kind in CLOSES)
            if token.kind == "COMMA" and not depth:
                parts.append([])
            parts[-1].append(token)
        if len(parts) == 1:
            yield statement
            return
        continued: list[bool] = []  # whether what follows the names from a part on declares, or nothing does
        goes_on = True
        for part in reversed(parts[1:]):
            goes_on = goes_on if len(part) == 2 else _declares(part)
            continued.append(goes_on)
        joined = parts[0]
        declaring, names = _declares(joined), _names(joined)
        within = any(token.kind == "IN" for token in joined)
        for part, goes_on in zip(parts[1:], reversed(continued), strict=True):
            declares = _declares(part)
            named = part[1:2] and part[1].kind == "NAME" and (len(part) == 2 or declares)
            expression = len(part) > 2 and any(token.kind == "EQUALS" for token in joined)
            ends = not (named and goes_on) if declaring else _defines(part[1:]) or expression
            if ends or (declares and not names):
                yield joined
                joined = part[1:]
                declaring, names = _declares(joined), _names(joined)
                within = any(token.kind == "IN" for token in joined)
            else:
                within = within or any(token.kind == "IN" for token in part)
                declaring = within or (names and declares)
                names = names and _names(part)
                joined += part
        yield joined

    def _without_condition(self, statement: list[Token]) -> list[Token]:
        """What stands behind `subject to`, nothing where that is an equation or a comparison."""
        if not _begins(statement, "CONDITION"):
            return statement
        rest = statement[1:]
        if not _begins(rest, "NAME", "EQUALS") and any(token.kind in ("EQUALS", "COMPARISON") for token in rest):
            shown = self.source.quote(statement[0].start, rest[-1].end)
            self.roles.notes[marked(f"`{shown}` is left out: the gradient is that of the objective without it")] = None
            return []
        return rest

    def _chain(self, statement: list[Token]) -> None:
        """Of f = … = … the first right side, noted; of J = L = … what is more than a name."""
        depth, equals = 0, list[int]()
        for i, token in enumerate(statement):
            depth += (token.kind in OPENS) - (token.kind in CLOSES)
            if token.kind == "EQUALS" and not depth:
                equals.append(i)
        if len(equals) > 1 and equals[1] == equals[0] + 2 and statement[equals[0] + 1].kind == "NAME":
            del statement[equals[0] : equals[1]]
            equals = [equals[0], *(i - 2 for i in equals[2:])]
        if _begins(statement, "SLOPE", "EQUALS", "SLOPE") and statement[2].value[0] is None:  # type: ignore[index]
            del statement[:2]  # dL/dw = d/dw (…) = …
            equals = [i - 2 for i in equals[1:]]
            equals = [0, *equals]
        if len(equals) > 1 and (equals[0] or statement[0].kind == "SLOPE"):
            shown = self.source.quote(statement[equals[1]].start, statement[-1].end)
            self.roles.notes[marked(f"`{shown}` is not read: it says another time what stands before it")] = None
            del statement[equals[1] :]

    def _differential(self, statement: list[Token]) -> None:
        """Leave out the d of d tr(X), d log det X: what is asked for is of what stands behind it."""
        of = statement[1].kind if _begins(statement, "NAME") and len(statement) > 1 else ""
        if of in ("APPLY", "FUNCTION", "NORM_OPEN") and statement[0].value == "d" and self.counts["d"] == 1:
            shown = self.source.quote(statement[0].start, statement[1].end)
            note = f"the d of `{shown}` is left out: the gradient is of what stands behind it"
            self.roles.notes[marked(note)] = None
            del statement[0]

    def _power(self, statement: list[Token]) -> None:
        """s^2 = … defines s as the root where s occurs elsewhere; a^l = … numbers a layer, and says so in brackets."""
        equals = next((i for i, token in enumerate(statement[:10]) if token.kind == "EQUALS"), 0)
        if equals == 3 and _begins(statement, "NAME", "POWER", "NUMBER") and statement[2].value == 2:
            base, end = statement[0], statement[-1].end
            if self.counts[str(base.value)] == 1:
                del statement[:4]  # the objective itself
                return
            root = [Token("FUNCTION", ("sqrt", 0), base.start, base.end), Token("OPEN", "(", base.end, base.end)]
            statement[:] = [base, statement[3], *root, *statement[4:], Token("CLOSE", ")", end, end)]
        elif _begins(statement, "NAME", "POWER") and equals:
            start, end = statement[0].start, statement[equals - 1].end
            shown, name = self.source.quote(start, end), statement[0].value
            hint = rf"layers are numbered in brackets: {name}^{{(l)}} = …, with l = 1, \dots, L"
            raise self.source.error(ParseError, f"{shown} is a power, and cannot be defined", start, end, hint=hint)

    def _left(self, statement: list[Token], called: Collection[str]) -> None:
        """J(w, b) = … defines J, unless J is called elsewhere; so does dJ/dW of J(w)."""
        slope = [t for t in statement[:1] if t.kind == "SLOPE"]
        rest = statement[len(slope) :]
        if end := left_of_log(rest):
            statement[:] = [*slope, *self._named(rest, end)]
            return
        length = left_side(rest)
        if length and str(rest[0].value) not in called and any(t.value == ";" for t in rest[:length]):
            statement[:] = [*slope, *self._named(rest, length)]
        elif length and str(rest[0].value) not in called:
            leave_out(rest, length, self.roles)
            statement[:] = [*slope, *rest]

    def _named(self, statement: list[Token], end: int) -> list[Token]:
        """log L = … with a name for log L, and p(y | x) = … with p."""
        first = next(token for token in statement if token.kind == "NAME")
        if "LEFT_OUT" in [t.kind for t in statement[:end]]:
            shown = self.source.quote(statement[0].start, statement[end - 1].end)
            self.roles.notes[marked(f"`{shown}` is the name of what stands to the right of it")] = None
        words = ("neg" if statement[0].kind == "MINUS" else "") + "log" * (statement[0] is not first)
        name = f"{words}{'_' * bool(words)}{first.value}"
        if words:
            shown = self.source.quote(statement[0].start, statement[end - 1].end)
            self.roles.notes[marked(f"`{shown}` is called `{name}`")] = None
        if [t.kind for t in statement[end - 1 : end]] == ["CLOSE"]:
            parts = takewhile(lambda t: t.value != ";", statement[:end])
            self.roles.by |= {str(t.value): None for t in parts if t.kind == "NAME" and t is not first}
        return [Token("NAME", name, statement[0].start, statement[end - 1].end), *statement[end:]]

    def _goal(self, statement: list[Token]) -> None:
        """Leave out the words before an objective."""
        at = 0
        if len(statement) > 2 and _begins(statement, "NAME", "EQUALS"):
            at = 2
        if len(statement) <= at or statement[at].kind != "GOAL":
            return
        names = statement[at].value
        assert isinstance(names, list)
        names = list(takewhile(lambda token: token.kind != "IN", names))  # x \\in \\mathbb R^n
        condition = any(token.kind in ("EQUALS", "COMPARISON") for token in names)
        index = next((t for t in names if t.kind == "NAME" and str(t.value) not in self.counts and not condition), None)
        if index is not None:
            start, end = statement[at].start, index.end
            shown = self.source.quote(start, end)
            hint = r"the largest entry is \max(x), the smallest \min(x)"
            raise self.source.error(
                UnsupportedError, f"{shown} is over an index, and is not read", start, end, hint=hint
            )
        self.roles.by |= {str(token.value): None for token in names if token.kind == "NAME"}
        if condition:
            shown = self.source.quote(names[0].start, names[-1].end)
            self.roles.notes[marked(f"`{shown}` is left out: the gradient is that of what follows, without it")] = None
        start = statement[at].start
        while at < len(statement) and statement[at].kind == "GOAL":
            del statement[at]
        self.roles.goal = aim(self.source.quote(start, statement[at].start)) if at < len(statement) else ""
        if at:  # w^* = argmin …
            del statement[:at]

    def _slope(self, statement: list[Token], defined: Collection[str]) -> list[Token]:
        """What is left of a statement that begins with dJ/dW."""
        slope, rest = statement[0], statement[1:]
        assert isinstance(slope.value, tuple)
        of, by = slope.value
        length = left_side(rest) if by is None else 0  # \nabla J(w)
        if of is None and (len(rest) == max(1, length) or _begins(rest[length:], *["NAME"] * (not length), "EQUALS")):
            of, rest = (rest[0], rest[max(1, length) :]) if rest and rest[0].kind == "NAME" else (of, rest)
        if by is None and (of is None or str(of.value) not in defined):
            raise mistake(self.source, "character ∇", slope.start, slope.end)
        asked = {str(by.value): None} if by is not None else {}
        if of is None and rest[:1] and rest[0].kind not in ("EQUALS", "QUESTION"):
            self.roles.by |= asked
            return rest
        if of is None or not rest or all(t.kind in ("EQUALS", "QUESTION") for t in rest):
            self.roles.by |= asked
            self.roles.of = self.roles.of or (str(of.value) if of is not None else "")
            return []
        if rest[0].kind != "EQUALS":
            raise self._misplaced(slope)
        if str(of.value) in defined:
            shown = self.source.quote(slope.start, slope.end)
            note = f"`{shown}` names what is asked for; what stands to the right of it is not read"
            self.roles.notes[marked(note)] = None
            self.roles.by |= asked
            self.roles.of = self.roles.of or ("" if by is not None else str(of.value))
            return []
        return [Token("NAME", "given", slope.start, slope.start), *_partial(slope), *rest]

    def _misplaced(self, token: Token) -> MatcalcError:
        shown = self.source.quote(token.start, token.end)
        message = f"{shown} cannot stand here"
        hint = "give the objective alone; what to differentiate by is named beside it"
        return self.source.error(ParseError, message, token.start, token.end, hint=hint)


def _marks_result(name: Lettering) -> bool:
    r"""Whether a name is set as what solves a problem, \\hat w, w^\\star, or as a derivative, \\dot f."""
    solves = name.accents == ["hat"] or name.below[-1:] == ["star"] or name.label
    return name.accents == ["dot"] or (solves and name.stem[0].islower())


def _map(source: Source, statement: list[Token], roles: Roles) -> None:
    r"""Read x \\mapsto … as …, which x is to be derived by, and f: x \\mapsto … as f = …."""
    i = next((i for i, token in enumerate(statement) if is_command(source, token, (r"\mapsto",))), 0)
    if not i or statement[i - 1].kind != "NAME":
        return
    roles.by[str(statement[i - 1].value)] = None
    named = i > 2 and _begins(statement, "NAME", "COLON")
    equals = [Token("EQUALS", "=", statement[1].start, statement[1].end)] if named else []
    statement[: i + 1] = [*statement[:named], *equals]


def _with_quotients(statement: Sequence[Token]) -> Iterator[Token]:
    """The tokens with every derivative of a name by a name as it is typed in plain text."""
    for token in statement:
        if token.kind == "SLOPE" and isinstance(token.value, tuple) and None not in token.value:
            yield from _partial(token)
        else:
            yield token


def _partial(slope: Token) -> list[Token]:
    of, by = cast("tuple[Token, Token]", slope.value)
    start, end = slope.start, slope.end
    over, partial = Token("OVER", "/", of.end, of.end), Token("PARTIAL", "∂", end, end)
    return [Token("PARTIAL", "∂", start, start), of, over, partial, Token("NAME", by.value, by.start, end)]


def _first_ones(statements: Sequence[list[Token]], again: Callable[[Sequence[Token]], None]) -> list[list[Token]]:
    """The statements without a second f(x) = …."""
    found, defined = list[list[Token]](), set[str]()
    for statement in statements:
        if left_side(statement) and str(statement[0].value) in defined:
            again(statement)
            continue
        if left_side(statement):
            defined.add(str(statement[0].value))
        found.append(statement)
    return found


def _declared_once(statements: Sequence[list[Token]]) -> list[list[Token]]:
    """The statements without declarations that say again what one before them says."""
    said = set[tuple[tuple[str, str], ...]]()
    found = list[list[Token]]()
    for statement in statements:
        key = tuple((t.kind, str(t.value)) for t in statement)
        if not any(kind == "IN" for kind, _ in key) or key not in said:
            found.append(statement)
        said.add(key)
    return found


def _lead(source: Source, statement: list[Token]) -> None:
    r"""Put the words of `… \to \min_x` first, as they stand in `\min_x …`."""
    if statement[-1].kind == "GOAL" and len(statement) > 2 and is_command(source, statement[-2], signs.ARROWS):
        goal = statement[-1]
        del statement[-2:]
        statement.insert(0, goal)


def _declare_symmetric(statement: list[Token]) -> None:
    """A = A^T declares A symmetric, and so does A^T = A."""
    if len(statement) != 4 or statement[0].value != next((t.value for t in statement[2:] if t.kind == "NAME"), None):
        return
    if [t.kind for t in statement[1:]] in (["EQUALS", "NAME", "TRANSPOSE"], ["TRANSPOSE", "EQUALS", "NAME"]):
        start, end = statement[1].start, statement[3].end
        statement[1:] = [Token("COLON", ":", start, start), Token("NAME", "symmetric", start, end)]


def _called(statement: Sequence[Token]) -> Iterator[str]:
    """Names that stand before a bracket elsewhere than on a left side."""
    begins = 1 if _begins(statement, "SLOPE") else 0
    left = left_side(statement[begins:]) or begins  # of \\nabla J(w), J is no call
    for i, (token, following) in enumerate(pairwise(statement)):
        if token.kind == "NAME" and following.kind == "OPEN" and (i > begins or not left):
            yield str(token.value)


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
