"""What one token of lookahead cannot tell, settled on the tokens: which colon declares, which names are functions.

`A : B` is a Frobenius product and `A : n` a declaration; `f(X)` is a call and `A(B + C)` a product. Both depend on how
the names are used elsewhere in the program, so the whole program is looked at before any statement is parsed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction

from matcalc.errors import MatcalcError, ParseError, UnknownNameError
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import GREEK, Token
from matcalc.syntax.vocabulary import (
    ALIASES,
    ATTRIBUTES,
    DECLARING,
    FUNCTION_LETTERS,
    FUNCTIONS,
    INSTEAD,
    OPTIONS,
    UNSUPPORTED,
    is_function,
    known_functions,
)

GREEK_NAMES = frozenset(GREEK.values())


@dataclass
class Roles:
    """What the names of a program are.

    `known`: names that have a value (declared, defined, or given by the caller). `declared_functions`: declared
    elementwise. `dimensions`: names that declarations use as sizes. `unknown_functions`: names read as functions of the
    entries, in order. `notes`: readings that a reader might have taken otherwise.
    """

    known: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    declared_functions: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    unknown_functions: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    closed: bool = False  # no other names than the known ones may occur


# ------------------------------------------------------------------------------------------------------------ statements


def assign(source: Source, statements: list[list[Token]], roles: Roles, declarations: int = 0) -> list[list[Token]]:
    """The statements with every token in its role. The first `declarations` statements cannot be anything else."""
    found: list[list[Token]] = []
    bare: list[int] = []
    for i, statement in enumerate(statements):
        _separate(source, statement)
        declaration = _declaration(source, statement, roles, certain=i < declarations)
        if declaration is None and _is_bare(statement):
            bare.append(i)
        found.append(declaration or _given(source, statement) or statement)
        if declaration is None and _begins(statement, "NAME", "EQUALS"):
            roles.defined.add(str(statement[0].value))
    roles.known |= roles.defined
    for i in bare:
        if not _is_product(found, i, roles):
            found[i] = _declaration(source, statements[i], roles, certain=True) or found[i]
    _sort_names(source, found, roles)
    return found


def _begins(statement: list[Token], *kinds: str) -> bool:
    return tuple(t.kind for t in statement[: len(kinds)]) == kinds


def _is_bare(statement: list[Token]) -> bool:
    return len(statement) == 3 and _begins(statement, "NAME", "COLON", "NAME")


def _is_product(statements: list[list[Token]], i: int, roles: Roles) -> bool:
    # A : B of two bare names. A declaration, unless B is an array or there is no other way to have an objective.
    name = str(statements[i][2].value)
    if name in roles.dimensions:
        return False
    if name in roles.known:
        return True
    if i == len(statements) - 1 and not roles.defined:
        return True
    others = (t for j, s in enumerate(statements) if j != i and not _declares(s) for t in s)
    return name[0].isupper() and any(t.kind == "NAME" and t.value == name for t in others)


def _declares(statement: list[Token]) -> bool:
    return any(t.kind == "DECLARE" for t in statement)


def _separate(source: Source, statement: list[Token]) -> None:
    """Two numbers side by side are refused; a second = and one in brackets get names of their own, for the messages."""
    previous = None
    defined, depth = False, 0
    for token in statement:
        depth += (token.kind in OPENING) - (token.kind in CLOSING)
        if token.kind == "EQUALS":
            token.kind = "INNER_EQUALS" if depth else "SECOND_EQUALS" if defined else token.kind
            defined = defined or not depth
        if token.kind == "NUMBER" and previous is not None and previous.kind == "NUMBER":
            raise mistake(source, "two numbers", previous.start, token.end, source.quote(previous.start, token.end))
        previous = token


# ---------------------------------------------------------------------------------------------------------- declarations


def _declaration(source: Source, statement: list[Token], roles: Roles, certain: bool) -> list[Token] | None:
    """The statement's tokens as those of a declaration, or None where it is none (or may be one, and is not certain)."""
    found: list[Token] = []
    i, count = 0, len(statement)
    names: list[str] = []
    dimensions: list[str] = []
    functions: list[str] = []
    while True:
        group: list[str] = []
        while True:
            if i >= count or statement[i].kind != "NAME":
                return None
            group.append(str(statement[i].value))
            found.append(statement[i])
            i += 1
            if i < count and statement[i].kind == "COMMA":
                found.append(statement[i])
                i += 1
                continue
            break
        certain = certain or len(group) > 1
        described = _description(source, statement, i, certain)
        if described is None:
            return None
        tokens, i = described
        found.extend(tokens)
        dimensions += [str(t.value) for t in tokens if t.kind == "DIMENSION" and isinstance(t.value, str)]
        elementwise = any(t.kind == "ATTRIBUTE" and t.value == "elementwise" for t in tokens)
        (functions if elementwise else names).extend(group)
        if i == count:
            break
        if statement[i].kind != "COMMA":
            if _is_by(statement[i]):
                raise mistake(source, "three sizes", statement[i].start, statement[i].end)
            if tokens[-1].kind in ("DIMENSION", "ATTRIBUTE") and any(t.kind == "BY" for t in tokens):
                raise _not_an_attribute(source, statement[i])
            return None
        found.append(statement[i])
        i += 1
        certain = True
    roles.known.update(names)
    roles.declared_functions.update(functions)
    roles.dimensions.update(dimensions)
    return found


def _description(source: Source, statement: list[Token], i: int, certain: bool) -> tuple[list[Token], int] | None:
    # `: n x d symmetric`, `in R^{n x d}`; the tokens, and where they end.
    if i >= len(statement):
        return None
    colon = statement[i]
    if colon.kind == "IN" or (colon.kind == "NAME" and colon.value == "in"):
        return _in_reals(source, statement, i)
    if colon.kind != "COLON":
        return None
    found = [Token("DECLARE", ":", colon.start, colon.end)]
    i += 1
    dims, i = _dims(source, statement, i)
    attributes, i = _attributes(statement, i)
    alone = len(dims) == 1 and not attributes and isinstance(dims[0].value, str)
    if alone and not certain and i == len(statement):
        return None  # A : B
    if not dims and not attributes:
        return None
    return [*found, *dims, *attributes], i


def _dims(source: Source, statement: list[Token], i: int) -> tuple[list[Token], int]:
    # n, 3, n x d, n × d, 3x4.
    first = _dimension(statement, i)
    if first is None or first.value in DECLARING:
        return [], i
    _refuse_misspelt_attribute(source, first)
    rest = statement[i + 1 : i + 3]
    if rest and _is_by(rest[0]):
        second = _dimension(statement, i + 2)
        if second is not None:
            return [first, Token("BY", "x", rest[0].start, rest[0].end), second], i + 3
        return [first, Token("BY", "x", rest[0].start, rest[0].end)], i + 2
    if rest and first.kind == "DIMENSION" and rest[0].kind == "NAME" and rest[0].start == first.end:
        # 3x4 and 3xd are a number and a name: x4, xd.
        name = str(rest[0].value)
        if name.startswith("x") and len(name) > 1 and isinstance(first.value, (int, Fraction)):
            by = Token("BY", "x", rest[0].start, rest[0].start + 1)
            value = int(name[1:]) if name[1:].isdigit() and len(name) < 10 else name[1:]
            return [first, by, Token("DIMENSION", value, rest[0].start + 1, rest[0].end)], i + 2
    return [first], i + 1


def _refuse_misspelt_attribute(source: Source, token: Token) -> None:
    name = token.value
    if isinstance(name, str) and len(name) > 4:
        from difflib import get_close_matches

        if get_close_matches(name, DECLARING, n=1, cutoff=0.8):
            raise _not_an_attribute(source, token)


def _is_by(token: Token) -> bool:
    return token.kind == "CROSS" or (token.kind == "NAME" and token.value == "x")


def _dimension(statement: list[Token], i: int) -> Token | None:
    if i >= len(statement):
        return None
    token = statement[i]
    if token.kind == "NAME":
        return Token("DIMENSION", token.value, token.start, token.end)
    if token.kind == "NUMBER":
        assert isinstance(token.value, Fraction)
        value = int(token.value) if token.value.denominator == 1 else token.value
        return Token("DIMENSION", value, token.start, token.end)
    return None


def _attributes(statement: list[Token], i: int) -> tuple[list[Token], int]:
    found = []
    while i < len(statement) and statement[i].kind == "NAME" and statement[i].value in DECLARING:
        token = statement[i]
        found.append(Token("ATTRIBUTE", token.value, token.start, token.end))
        i += 1
    return found, i


def _in_reals(source: Source, statement: list[Token], i: int) -> tuple[list[Token], int] | None:
    # in R, in R^n, in R^{n x d}, ∈ ℝ^(n×d).
    declare = Token("DECLARE", "in", statement[i].start, statement[i].end)
    i += 1
    if i >= len(statement) or not (statement[i].kind == "REALS" or statement[i].value == "R"):
        return None
    reals = statement[i]
    i += 1
    if i >= len(statement) or statement[i].kind != "POWER":
        scalar = Token("ATTRIBUTE", "scalar", reals.start, reals.end)
        attributes, i = _attributes(statement, i)
        return [declare, scalar, *attributes], i
    i += 1
    close = OPENING.get(statement[i].kind) if i < len(statement) else None
    i += close is not None
    dims, i = _dims(source, statement, i)
    if close is not None:
        if i >= len(statement) or statement[i].kind != close:
            return None
        i += 1
    attributes, i = _attributes(statement, i)
    return ([declare, *dims, *attributes], i) if dims else None


def _not_an_attribute(source: Source, token: Token) -> MatcalcError:
    from difflib import get_close_matches

    near = get_close_matches(str(token.value), DECLARING, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the attributes are {', '.join(sorted(ATTRIBUTES))}"
    text = source.quote(token.start, token.end)
    return source.error(ParseError, f"{text} is not an attribute of a name", token.start, token.end, hint=hint)


def _given(source: Source, statement: list[Token]) -> list[Token] | None:
    """The tokens of `given dE/dA5 = …`."""
    if not _begins(statement, "NAME") or statement[0].value != "given" or len(statement) < 2:
        return None
    if statement[1].kind not in ("NAME", "PARTIAL"):
        return None
    first = statement[0]
    found = [Token("GIVEN", "given", first.start, first.end)]
    i = 1
    while i < len(statement) and statement[i].kind != "EQUALS":
        token = statement[i]
        if token.kind == "PARTIAL" and i + 1 < len(statement) and statement[i + 1].kind == "NAME":
            i += 1
            found.append(Token("DIFFERENTIAL", statement[i].value, token.start, statement[i].end))
        elif token.kind == "NAME" and len(str(token.value)) > 1 and str(token.value).startswith("d"):
            found.append(Token("DIFFERENTIAL", str(token.value)[1:], token.start, token.end))
        else:
            found.append(token)
        i += 1
    return found + statement[i:]


# ----------------------------------------------------------------------------------------------------- calls or products


def _sort_names(source: Source, statements: list[list[Token]], roles: Roles) -> None:
    """Decide for every name whether it is a function, and give the tokens of calls their role."""
    calls: dict[str, list[tuple[list[Token], int, int]]] = {}
    others: dict[str, Token] = {}
    for statement in statements:
        if _declares(statement):
            continue
        for i in range(len(statement)):
            token = statement[i]
            if token.kind != "NAME" or (i == 0 and _begins(statement, "NAME", "EQUALS")):
                continue
            name = str(token.value)
            order = _primes(statement, i + 1)
            opens = statement[i + 1 + order : i + 2 + order]
            if opens and opens[0].kind == "OPEN":
                calls.setdefault(name, []).append((statement, i, order))
            else:
                others.setdefault(name, token)
    functions = {name for name in calls if _is_called(source, name, calls[name], others.get(name), roles)}
    for name, token in others.items():
        if name in roles.declared_functions or (is_function(name) and name not in roles.known | set(ALIASES)):
            raise _not_called(source, name, token)
    for name in calls:
        if name in functions:
            if not is_function(name):
                roles.unknown_functions[name] = None
        elif name not in roles.known:
            _note_product(source, calls[name], roles)
    for statement in statements:
        _mark_calls(statement, functions)


def _primes(statement: list[Token], i: int) -> int:
    # How many primes stand from i on, where a bracket follows them.
    order = 0
    while i + order < len(statement) and statement[i + order].kind == "TRANSPOSE":
        if statement[i + order].value not in ("'", "′", "’"):
            return 0
        order += 1
    return order


def _is_called(
    source: Source, name: str, calls: list[tuple[list[Token], int, int]], other: Token | None, roles: Roles
) -> bool:
    """Whether a name before a bracket is a function. Raises where the program uses it both ways."""
    statement, i, _ = calls[0]
    token = statement[i]
    if name in roles.declared_functions:
        return True
    if name in roles.known:
        if is_function(name) and name not in ALIASES and _touches(calls):
            message = f"{name} is the name of a function and is used here as a name of its own as well"
            raise source.error(ParseError, message, token.start, token.end, hint="use another name for the value")
        return False
    if name in INSTEAD:
        message = f"{name} is not in the notation"
        hint = f"write {INSTEAD[name]}" if INSTEAD[name] else f"declare `{name}: elementwise` if it is a function of the entries"
        raise source.error(UnknownNameError, message, token.start, token.end, hint=hint)
    if name in UNSUPPORTED or name in FUNCTIONS:
        return True
    if is_function(name) and (other is None or name not in ALIASES):
        return True
    if name[0].isupper():
        _refuse_capital(source, name, token, other)
        return False
    if name in roles.dimensions or name in ("e", "pi"):
        return False
    if other is not None:
        if _touches([call for call in calls if not call[2]]):
            raise _both_ways(source, name, calls, other)
        return False
    if all(order for _, _, order in calls) and name.rstrip("0123456789") not in FUNCTION_LETTERS:
        shown = source.quote(token.start, statement[i + calls[0][2]].end)
        roles.notes[f"{shown}(…) is read as a product with {name} transposed: {name} is not a function"] = None
        return False
    if roles.closed:
        raise _unknown_function(source, name, token, known_functions())
    _refuse_misspelling(source, name, token)
    return True


def _touches(calls: list[tuple[list[Token], int, int]]) -> bool:
    return any(statement[i].end == statement[i + 1 + order].start - order for statement, i, order in calls)


def _both_ways(source: Source, name: str, calls: list[tuple[list[Token], int, int]], other: Token) -> MatcalcError:
    statement, i, _ = next(call for call in calls if not call[2])
    start, end = statement[i].start, statement[i + 1].end
    line = source.text.count("\n", 0, other.start) + 1
    column = other.start - source.text.rfind("\n", 0, other.start)
    message = f"{source.quote(start, end)}…) reads as a call, but at line {line}, column {column} {name} stands as a value"
    hint = f"for a product write {name} * (…); for a function of the entries write its argument everywhere"
    return source.error(ParseError, message, start, end, hint=hint)


def _not_called(source: Source, name: str, token: Token) -> MatcalcError:
    message = f"{name} is a function, and here it has no argument"
    return source.error(ParseError, message, token.start, token.end, hint=f"write {name}(…)")


def _refuse_capital(source: Source, name: str, token: Token, other: Token | None) -> None:
    if other is None and len(name) > 1 and is_function(name.lower()) and name not in GREEK_NAMES:
        message = f"{name} is read as a matrix: a name with a capital is never a function"
        raise source.error(UnknownNameError, message, token.start, token.end, hint=f"write {name.lower()}(…)")


def _refuse_misspelling(source: Source, name: str, token: Token) -> None:
    if len(name) < 4:
        return
    from difflib import get_close_matches

    near = get_close_matches(name, known_functions(), n=2, cutoff=0.75)
    if near:
        raise _unknown_function(source, name, token, near)


def _unknown_function(source: Source, name: str, token: Token, near: Collection[str]) -> MatcalcError:
    from difflib import get_close_matches

    close = get_close_matches(name, near, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    hint += f"a function of your own is declared with `{name}: elementwise`"
    return source.error(UnknownNameError, f"{name} is not a known function", token.start, token.end, hint=hint)


def _note_product(source: Source, calls: list[tuple[list[Token], int, int]], roles: Roles) -> None:
    for statement, i, order in calls[:1]:
        if order == 0 and statement[i].end == statement[i + 1].start:
            name = source.quote(statement[i].start, statement[i].end)
            roles.notes[f"{name}(…) is read as a product: {name} is not a function"] = None


def _mark_calls(statement: list[Token], functions: Collection[str]) -> None:
    # f ' ( becomes one FUNCTION token, (name, order of the derivative); rows and columns become options.
    i = 0
    kept: list[Token] = []
    declares = _declares(statement)
    while i < len(statement):
        token = statement[i]
        if not declares and token.kind == "NAME" and token.value in functions:
            order = _primes(statement, i + 1)
            opens = statement[i + 1 + order : i + 2 + order]
            if opens and opens[0].kind == "OPEN":
                name = ALIASES.get(str(token.value), str(token.value))
                kept.append(Token("FUNCTION", (name, order), token.start, statement[i + order].end))
                i += 1 + order
                continue
        if token.kind == "NAME" and token.value in OPTIONS and _is_option(statement, i):
            token = Token("OPTION", token.value, token.start, token.end)
        kept.append(token)
        i += 1
    statement[:] = kept


def _is_option(statement: list[Token], i: int) -> bool:
    return 0 < i < len(statement) - 1 and statement[i - 1].kind == "COMMA" and statement[i + 1].kind == "CLOSE"

