"""Settles token roles that need the whole program, before any statement is parsed.

`A : B` is a Frobenius product and `A : n` a declaration (declarations.py); `f(X)` is a call and `A(B + C)` a product
(calls.py). Both depend on how the names are used elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from matcalc.prose import marked
from matcalc.syntax.application import without_brackets
from matcalc.syntax.calls import assign_calls
from matcalc.syntax.declarations import declaration_of
from matcalc.syntax.known import given
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.roles import Roles, role
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token

_IN_LISTS = frozenset({"NUMBER", "MINUS", "PLUS", "OVER", "COMMA"})


def assign(source: Source, statements: list[list[Token]], roles: Roles, certain: bool = False) -> list[list[Token]]:
    """The statements with every token in its role; where it is `certain`, they are declarations."""
    found: list[list[Token]] = []
    bare: list[int] = []
    for i, statement in enumerate(statements):
        _mark_equals(source, statement)
        # y: (k n) is a declaration before another statement, where no expression can stand.
        sized = i < len(statements) - 1 and begins(statement, "NAME", "COLON", "OPEN")
        declaration = None if roles.closed else _declaration(source, statement, roles, certain or sized)
        if declaration is None and begins(statement, "NAME", "COLON", "NAME") and len(statement) == 3:
            bare.append(i)
        found.append(declaration or given(statement) or statement)
        if declaration is None and begins(statement, "NAME", "EQUALS"):
            roles.defined.add(role(statement[0].value))
    roles.known |= roles.defined
    if bare and not roles.closed:
        uses = Counter(role(t.value) for s in found if not declares(s) for t in s if t.kind == "NAME")
        for i in bare:
            if not _is_product(found[i], uses, roles, last=i == len(found) - 1):
                found[i] = _declaration(source, statements[i], roles, certain=True) or found[i]
    _check_transposes(source, found, roles)
    found = [s if declares(s) else without_brackets(source, s, roles.known | roles.dimensions) for s in found]
    assign_calls(source, [s for s in found if not declares(s)], roles)
    for statement in found:
        _columns(source, statement, roles)
    return found


def begins(statement: list[Token], *kinds: str) -> bool:
    """Whether the first tokens are of these kinds."""
    return tuple(t.kind for t in statement[: len(kinds)]) == kinds


def declares(statement: list[Token]) -> bool:
    """Whether it is a declaration."""
    return "DECLARE" in [t.kind for t in statement]


def _mark_equals(source: Source, statement: list[Token]) -> None:
    """Tell a second = and one in brackets from the first, for the messages; refuse two numbers side by side."""
    previous = None
    defined, open_ = False, [""]
    for i, token in enumerate(statement):
        if token.kind in OPENING:
            open_.append(token.kind)
        elif token.kind in CLOSING:
            open_.pop()
        elif token.kind == "EQUALS":
            inside = len(open_) > 1
            token.kind = "INNER_EQUALS" if inside else "SECOND_EQUALS" if defined else token.kind
            defined = defined or not inside
        beside = token.kind == "NUMBER" and previous is not None and previous.kind == "NUMBER"
        if beside and previous is not None and not _is_ones(statement, i):
            code = "two entries" if open_[-1] == "OPEN_SQUARE" else "two numbers"
            raise mistake(source, code, previous.start, token.end, source.quote(previous.start, token.end))
        previous = token


def _is_ones(statement: list[Token], i: int) -> bool:
    # The second 1 of 1 1', and that of A^-1 1.
    if statement[i].value != 1:
        return False
    before = [token.kind for token in statement[max(0, i - 3) : i - 1] if token.kind != "MINUS"]
    transposed = i + 1 < len(statement) and statement[i + 1].kind == "TRANSPOSE"
    return before[-1:] == ["POWER"] or (transposed and statement[i - 1].value == 1)


def _columns(source: Source, statement: list[Token], roles: Roles) -> None:
    """(1, 2, 3)' is a column, written as a transposed row, and (1, 2, 3) beside something a row of numbers."""
    open_: list[int] = []
    listed: set[int] = set()
    for i, token in enumerate(statement):
        if token.kind in OPENING:
            open_.append(i)
        elif token.kind == "COMMA" and open_:
            listed.add(open_[-1])
        elif token.kind in CLOSING and open_:
            start = open_.pop()
            first, after = statement[start], statement[i + 1 : i + 2]
            call = start > 0 and statement[start - 1].kind == "FUNCTION"
            if start not in listed or first.kind != "OPEN" or call:
                continue
            primed = bool(after) and after[0].kind == "TRANSPOSE"
            if primed or all(t.kind in _IN_LISTS for t in statement[start + 1 : i]):
                first.kind, token.kind = "OPEN_SQUARE", "CLOSE_SQUARE"
                shown = source.quote(first.start, after[0].end if primed else token.end)
                said = f"column `[{source.quote(first.end, token.start)}]'`"
                said = said if primed else f"row `[{source.quote(first.end, token.start)}]`"
                roles.notes[marked(f"`{shown}` is read as the {said}")] = None


def _check_transposes(source: Source, statements: list[list[Token]], roles: Roles) -> None:
    # Where T is a name of the program, X^T may be a power; not where T is a matrix.
    if "T" in (roles.known - roles.matrices) | roles.dimensions:
        for token in (t for s in statements for t in s):
            if token.value == "^T" and "T" in source.text[token.start : token.end]:
                raise mistake(source, "transpose or power", token.start, token.end)


def _declaration(source: Source, statement: list[Token], roles: Roles, certain: bool) -> list[Token] | None:
    found = declaration_of(source, statement, certain)
    if found is None:
        return None
    roles.known.update(map(role, found.names))
    if any(token.kind == "BY" for token in found.tokens):
        roles.matrices.update(map(role, found.names))
    roles.declared_functions.update(map(role, found.functions))
    roles.dimensions.update(map(role, found.dimensions))
    return found.tokens


def _is_product(statement: list[Token], uses: Mapping[str, int], roles: Roles, last: bool) -> bool:
    """Whether A : B of two bare names is a product: B is an array, or there is no other objective."""
    left, _, right = (role(token.value) for token in statement)
    if right in roles.dimensions:
        return False
    if right in roles.known or (last and not roles.defined):
        return True
    alone = not (last or {left, right} & roles.defined)  # y: N before another objective
    return right[0].isupper() and uses[right] > 1 + (left == right) and not alone
