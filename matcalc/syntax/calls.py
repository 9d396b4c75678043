"""Calls or products: which names before a bracket are functions.

The contract: a name is a function if it is a named one, declared one, or an undeclared lower-case or Greek name that
occurs in no other way. Any other name before a bracket is a factor, touching or not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from matcalc.errors import Alternative, MatcalcError, ParseError, UnknownNameError, UnsupportedError
from matcalc.families import stem_of
from matcalc.prose import marked
from matcalc.syntax import losses
from matcalc.syntax.application import CLOSES, LOOSE, OPENS
from matcalc.syntax.roles import Roles, role
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import GREEK
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import (
    ALIASES,
    FUNCTION_LETTERS,
    FUNCTIONS,
    GREEK_SCALARS,
    INSTEAD,
    OPTIONS,
    is_function,
    known_functions,
)

GREEK_NAMES = frozenset(GREEK.values())
_PRIMES = frozenset("'′’")
_NORMS_BY_NUMBER = {"1": "norm_1", "2": "norm_2", "inf": "norm_inf", "fro": "norm_F", "F": "norm_F", "nuc": "norm_nuc"}
"""What norm(x, 1) is."""
_GRADIENTS = frozenset({"g", "h"})
"""Names of functions, and of vectors as well: g'(x - x0)."""
_POWERS = (["POWER"], ["POWER_ENTRIES"])
_ADDING: Mapping[object, str] = {("sum", 0): "sum", ("mean", 0): "mean"}


_LONGEST = 40
"""Tokens of a bracket that are looked at for a comma."""


class Call(NamedTuple):
    """A name before a bracket, with `order` primes between the two.

    `by_entries`: it is a factor of an elementwise product. `divides`: it stands after 1/, and is a factor unless it is
    the name of a function: 1/n(y - X w)'(y - X w). The bracket stands at `at` in
    the `statement`.
    """

    name: Token
    bracket: Token
    order: int
    by_entries: bool = False
    divides: bool = False
    statement: Sequence[Token] = ()
    at: int = 0

    @property
    def touches(self) -> bool:
        """Whether no blank stands before the bracket."""
        return self.name.end + self.order == self.bracket.start

    @property
    def of_name(self) -> bool:
        """Whether nothing but a small letter's name is in the bracket."""
        inside = self.statement[self.at + 1 : self.at + 3]
        return [t.kind for t in inside] == ["NAME", "CLOSE"] and str(inside[0].value).islower()

    @property
    def argument(self) -> str:
        """That name."""
        return str(self.statement[self.at + 1].value) if self.of_name else ""

    @property
    def several(self) -> bool:
        """Whether there are commas in it."""
        depth = 0
        for token in self.statement[self.at + 1 : self.at + _LONGEST]:
            depth += (token.kind in OPENS) - (token.kind in CLOSES)
            if depth < 0 or (token.kind == "COMMA" and not depth):
                return depth == 0
        return False


def assign_calls(source: Source, statements: list[list[Token]], roles: Roles) -> None:
    """Decide for every name whether it is a function, and mark the tokens of calls."""
    calls: dict[str, list[Call]] = {}
    others: dict[str, Token] = {}
    for statement in statements:
        multiplied = _by_entries(statement)
        defines = len(statement) > 1 and statement[0].kind == "NAME" and statement[1].kind == "EQUALS"
        for i in range(1 if defines else 0, len(statement)):
            if statement[i].kind == "NAME":
                name, call = role(statement[i].value), _call(statement, i)
                if call is None:
                    others.setdefault(name, statement[i])
                else:
                    call = call._replace(by_entries=True) if i in multiplied else call
                    calls.setdefault(name, []).append(call)
    for statement in statements:
        _refuse_inverse(source, statement, roles)
    functions = {name for name in calls if _is_called(source, name, calls[name], others.get(name), roles)}
    for name, token in others.items():
        if name in roles.declared_functions | roles.formulas.keys() or (
            is_function(name) and name not in ALIASES and name not in roles.known
        ):
            message = f"{token.value} is a function, and here it has no argument"
            raise source.error(ParseError, message, token.start, token.end, hint=f"write {token.value}(…)")
    for name, found in calls.items():
        if name in functions and not is_function(name) and name not in roles.formulas:
            roles.unknown_functions.update((str(call.name.value), None) for call in found)
    for statement in statements:
        statement[:] = _marked(statement, functions, roles.declared_functions | roles.formulas.keys())
        _powers(source, statement, roles)
        if not roles.closed:
            _traces(source, statement, roles)


_INVERSES = {"sin": "asin(x)", "cos": "acos(x)", "tan": "atan(x)", "exp": "log(x)", "log": "exp(x)"}


def _refuse_inverse(source: Source, statement: list[Token], roles: Roles) -> None:
    """f^-1(x) is of the inverse function, and no power."""
    for i in [i for i, token in enumerate(statement) if token.kind == "POWER" and i]:
        token = statement[i - 1]
        name = str(token.value)
        if token.kind != "NAME" or role(name) in roles.known:
            continue
        braced = [t.kind for t in statement[i + 1 : i + 2]] == ["OPEN_BRACE"]
        minus, end = i + 1 + braced, i + 3 + 2 * braced
        inverse = [t.kind for t in statement[minus : minus + 2]] == ["MINUS", "NUMBER"] and statement[
            minus + 1
        ].value == 1
        called = inverse and [t.kind for t in statement[end : end + 1]] == ["OPEN"]
        if called and statement[end - 1].end == statement[end].start and _names_function(name):
            start, stop = token.start, statement[end].start
            message = f"{source.quote(start, stop)} is the inverse function of {name}, and no power"
            hint = f"write {_INVERSES[name]}" if name in _INVERSES else f"give it a name, {name}inv: elementwise"
            raise source.error(UnsupportedError, message, start, stop, hint=f"{hint}; one over it is 1/{name}(x)")


def _names_function(name: str) -> bool:
    return name in FUNCTION_LETTERS or is_function(name)


def _by_entries(statement: list[Token]) -> set[int]:
    """Where names stand that, with a bracket after them, are factors of an elementwise product: g'(z) .* d."""
    found: set[int] = set()
    open_: list[int] = []
    if "HADAMARD" not in [token.kind for token in statement]:
        return found
    for i, token in enumerate(statement):
        if token.kind == "OPEN":
            open_.append(i)
        elif token.kind == "CLOSE" and open_:
            name = open_.pop() - 1
            while name > 0 and statement[name].kind == "TRANSPOSE":
                name -= 1
            around = [t.kind for t in (statement[max(name - 1, 0)], *statement[i + 1 : i + 2])]
            if "HADAMARD" in around:
                found.add(name)
    return found


def _call(statement: list[Token], i: int) -> Call | None:
    # The name at i as a call, where it may be one.
    j = i + 1
    if j == len(statement) or statement[j].kind not in ("OPEN", "TRANSPOSE"):
        return None
    while j < len(statement) and statement[j].kind == "TRANSPOSE" and statement[j].value in _PRIMES:
        j += 1
    if j < len(statement) and statement[j].kind == "OPEN" and statement[j].value != "⟨":
        divides = i > 1 and statement[i - 1].kind == "OVER" and statement[i - 2].kind == "NUMBER"
        return Call(statement[i], statement[j], j - i - 1, False, divides, statement, j)
    return None


def _marked(statement: list[Token], functions: Collection[str], declared: Collection[str]) -> list[Token]:
    # f ' ( becomes one FUNCTION token, (name, order of the derivative); `rows` and `columns` become options.
    found: list[Token] = []
    open_: list[tuple[str, int]] = []  # the function of each bracket that is open, and where it stands
    function = following = ""
    i = 0
    while i < len(statement):
        token = statement[i]
        call = _call(statement, i) if token.kind == "NAME" and role(token.value) in functions else None
        if call is not None:
            name = str(token.value)
            name = following = name if name in declared else ALIASES.get(name, name)
            token = Token("FUNCTION", (name, call.order), token.start, statement[i + call.order].end)
            i += call.order
        elif token.kind == "OPEN":
            open_.append((function, len(found) - 1))
        elif token.kind == "CLOSE" and open_:
            of, at = open_.pop()
            which = _NORMS_BY_NUMBER.get(str(found[-1].value)) if of == "norm" and len(found) > at + 4 else None
            if which and found[-2].kind == "COMMA":
                found[at].value = which, 0
                del found[-2:]
        elif token.kind == "NAME" and token.value in OPTIONS and _is_last_argument(statement, i):
            row = FUNCTIONS.get(open_[-1][0]) if open_ else None
            if row is not None and row.options:
                token = Token("OPTION", token.value, token.start, token.end)
        found.append(token)
        function, following = following, ""
        i += 1
    return found


def _powers(source: Source, statement: list[Token], roles: Roles) -> None:
    # sum(A)^2 is the square of the sum, and said to be; sum (A)^2 may be the sum of squares.
    open_: list[int] = []
    if not [token for token in statement if token.kind == "FUNCTION" and token.value in _ADDING]:
        return
    for i, token in enumerate(statement):
        if token.kind == "OPEN":
            open_.append(i)
        if token.kind != "CLOSE" or not open_:
            continue
        start = open_.pop()
        function, kinds = statement[start - 1], [t.kind for t in statement[i + 1 : i + 5]]
        if start and function.kind == "FUNCTION" and function.value in _ADDING and kinds[:1] in _POWERS:
            braced = kinds[1:4] == ["OPEN_BRACE", "NUMBER", "CLOSE_BRACE"]
            if braced or kinds[1:2] == ["NUMBER"]:
                _power_of_sum(source, function, statement[start], token, statement[i + 2 + braced], roles)


def _traces(source: Source, statement: list[Token], roles: Roles) -> None:
    # tr(A)'B is tr(A'B), noted: nobody transposes a number.
    if not [token for token in statement if token.kind == "FUNCTION" and token.value == ("tr", 0)]:
        return
    closes: dict[int, int] = {}  # where each bracket closes, and where the product around it ends
    ends: dict[int, int] = {}
    open_: list[int] = [-1]
    pending: list[list[int]] = [[]]
    for i, token in enumerate([*statement, Token("SEPARATOR", ";", 0, 0)]):
        if token.kind in CLOSES or token.kind in LOOSE:
            ends.update(dict.fromkeys(pending[-1], i))
            pending[-1].clear()
        if token.kind in OPENS:
            open_.append(i)
            pending.append([])
        elif token.kind in CLOSES and len(open_) > 1:
            closes[open_[-1]] = i
            pending.pop()
            pending[-1].append(open_.pop())
    found: list[Token] = []
    last: list[int] = []
    for i, token in enumerate(statement):
        while last and last[-1] == i:
            found.append(Token("CLOSE", ")", statement[last.pop() - 1].end, statement[i - 1].end))
        found.append(token)
        close = closes.get(i + 1, 0) if token.kind == "FUNCTION" and token.value == ("tr", 0) else 0
        end = ends.get(i + 1, 0)
        if close and end > close + 2 and statement[close + 1].kind == "TRANSPOSE":
            found.append(Token("OPEN", "(", token.end, token.end))
            last.append(end)
            whole = source.quote(token.start, statement[end - 1].end)
            roles.notes[marked(f"`{whole}` is the trace of the whole product, as no number is transposed")] = None
    found += [Token("CLOSE", ")", statement[-1].end, statement[-1].end) for _ in last]
    statement[:] = found


def _power_of_sum(source: Source, name: Token, open_: Token, close: Token, exponent: Token, roles: Roles) -> None:
    shown, inside, sum_ = source.quote(name.start, name.end), source.quote(open_.end, close.start), _ADDING[name.value]
    entry = inside if inside.isalnum() else f"({inside})"
    squares = f"{shown}({entry}.^{exponent.value})"
    if name.end == open_.start:
        whole = source.quote(name.start, exponent.end)
        roles.notes[marked(f"`{whole}` is a power of the {sum_}; entry by entry it is `{squares}`")] = None
        return
    raise source.asked(
        name.start,
        exponent.end,
        Alternative(f"it is a power of the {sum_}", f"({shown}({inside}))^{exponent.value}"),
        Alternative("every entry has the power", squares),
    )


def _is_last_argument(statement: list[Token], i: int) -> bool:
    return [t.kind for t in statement[i - 1 : i + 2 : 2]] == ["COMMA", "CLOSE"]


def _is_called(source: Source, role_: str, calls: list[Call], other: Token | None, roles: Roles) -> bool:
    """Whether a name before a bracket is a function. Raises if the program uses it both ways, or it is misspelt."""
    token = calls[0].name
    name, stem = str(token.value), stem_of(str(token.value)).rstrip("0123456789")
    if role_ in roles.declared_functions or name in roles.formulas:
        return True
    if role_ in roles.known:
        if is_function(name) and name not in ALIASES and any(call.touches for call in calls):
            message = f"{name} is the name of a function, and this program uses it for something else as well"
            raise source.error(ParseError, message, token.start, token.end, hint="give the value another name")
        return False
    if name in INSTEAD:
        own = f"a function of your own is declared with `{name}: elementwise`"
        hint = f"write {INSTEAD[name]}" if INSTEAD[name] else own
        raise source.error(UnknownNameError, f"{name} is not in the notation", token.start, token.end, hint=hint)
    if is_function(name) and (name not in ALIASES or other is None):
        return True
    one = len(name) == 1 and not calls[0].several  # H(p) is a product
    if not one and (error := losses.refusal(source, name, calls[0].statement, calls[0].at)):
        raise error
    if role_ in roles.dimensions or name in ("e", "pi"):
        return False
    if name[0].isupper():
        if calls[0].several and not is_function(name.lower()):
            raise of_several(source, name, calls[0].name.start, calls[0].bracket.end)
        _refuse_capital(source, name, token, other)
        if calls[0].touches and not calls[0].order and (len(stem_of(name)) > 1 or calls[0].of_name):
            scalar = f"; of an unknown scalar function declare `{name}: scalar function`" if calls[0].of_name else ""
            if formula := losses.entropy(name, calls[0].argument):
                scalar = f"; for the entropy write `{formula}`"
            roles.notes[marked(f"`{name}(…)` is read as a product: a name with a capital is a matrix{scalar}")] = None
        return False
    if _is_factor(stem, calls, roles):
        if other is None:
            written = source.quote(token.start, token.end)
            shown = f"{written}(…)" if calls[0].touches else f"{written} (…)"
            note = f"`{shown}` is read as a product; for a function declare `{written}: elementwise`"
            roles.notes[marked(note)] = None
        return False
    letters = stem.partition("_")[0]
    if len(letters) < 3 and letters not in FUNCTION_LETTERS:
        calls = [call for call in calls if not call.divides]
    if other is not None or not calls:
        for call in calls:
            if call.touches and not call.order and other is not None:
                raise _both_ways(source, name, call, other)
        return False
    vector = stem not in FUNCTION_LETTERS or (stem in _GRADIENTS and not any(call.by_entries for call in calls))
    if all(call.order for call in calls) and vector:
        shown = source.quote(token.start, calls[0].bracket.start)
        note = f"`{shown}(…)` is read as a product with `{name}` transposed: `{name}` is not a function"
        roles.notes[marked(note)] = None
        return False
    if roles.closed:
        raise unknown_function(source, name, token.start, token.end, known_functions())
    _refuse_misspelling(source, name, token)
    if len(letters) < 3 and letters not in FUNCTION_LETTERS and any(call.touches for call in calls):
        if calls[0].several:
            raise of_several(source, name, calls[0].name.start, calls[0].bracket.end)
        raise _either(source, name, calls[0])
    if len(letters) < 3 and letters not in FUNCTION_LETTERS:
        roles.notes[marked(f"`{name} (…)` is read as a product; for a function declare `{name}: elementwise`")] = None
        return False
    apart = stem not in FUNCTION_LETTERS and not all(call.touches for call in calls)
    if apart or (len(letters) > 2 and letters not in GREEK_NAMES):
        note = f"`{name}(…)` is read as a function of the entries; for a product write `{name} * (…)`"
        roles.notes[marked(note)] = None
    return True


def of_several(source: Source, name: str, start: int, end: int) -> MatcalcError:
    """That a name that nothing defines is called with several arguments."""
    message = f"{name} has several arguments, and is not a known function"
    hint = f"give its formula, {name}(u, v) = …, in other names than those of the program"
    return source.error(UnknownNameError, message, start, end, hint=hint)


def _either(source: Source, name: str, call: Call) -> MatcalcError:
    start, end = call.name.start, call.bracket.end
    return source.asked(
        start,
        end,
        Alternative(f"{name} is a factor", f"{name} * ("),
        Alternative(f"{name} is a function of the entries: `{name}: elementwise`", f"{name}: elementwise"),
    )


def _is_factor(stem: str, calls: list[Call], roles: Roles) -> bool:
    """Whether it is a Greek letter that stands for a scalar by convention: not σ, φ, ψ, nor ρ touching its bracket."""
    stem = stem.partition("_")[0]
    if roles.closed or not (stem in GREEK_NAMES or stem in GREEK_SCALARS) or any(call.order for call in calls):
        return False
    return stem not in FUNCTION_LETTERS or (stem == "rho" and not any(call.touches for call in calls))


def _both_ways(source: Source, name: str, call: Call, other: Token) -> MatcalcError:
    line = source.text.count("\n", 0, other.start) + 1
    column = other.start - source.text.rfind("\n", 0, other.start)
    message = f"{name}(…) reads as a call, but at line {line}, column {column} {name} stands as a value"
    hint = f"for a product write {name} * (…); for a function of the entries write its argument everywhere"
    return source.error(ParseError, message, call.name.start, call.bracket.end, hint=hint)


def _refuse_capital(source: Source, name: str, token: Token, other: Token | None) -> None:
    # Tr(A), Exp(X): read as a product this would be a silent mistake.
    if other is None and is_function(name.lower()) and name not in GREEK_NAMES:
        message = f"{name} is read as a matrix: a name with a capital is never a function"
        hint = "write layer_norm(…), or ln(…) for the logarithm" if name == "LN" else f"write {name.lower()}(…)"
        raise source.error(UnknownNameError, message, token.start, token.end, hint=hint)


def _refuse_misspelling(source: Source, name: str, token: Token) -> None:
    if len(name) >= 4:
        from difflib import get_close_matches

        near = get_close_matches(name, known_functions(), n=2, cutoff=0.75)
        if near:
            raise unknown_function(source, name, token.start, token.end, near)


def unknown_function(source: Source, name: str, start: int, end: int, functions: Collection[str]) -> MatcalcError:
    """The error that no function has this name, with those of `functions` that are nearest."""
    from difflib import get_close_matches

    near = get_close_matches(name, functions, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    hint += f"a function of your own is declared with `{name}: elementwise`"
    return source.error(UnknownNameError, f"{name} is not a known function", start, end, hint=hint)
