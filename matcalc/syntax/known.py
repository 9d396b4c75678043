"""Statements about gradients: `given dE/dA5 = …`, dE/dY = …, dE = G : dY; and dJ/dW alone, which asks for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from matcalc.errors import ParseError, UnsupportedError
from matcalc.prose import marked
from matcalc.syntax.calls import GREEK_NAMES
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token

_TRACES = frozenset({"tr", "trace", "Tr"})


def given(statement: list[Token]) -> list[Token] | None:
    """The tokens of `given dE/dA5 = …`; ∂E/∂A5 likewise."""
    kinds = [token.kind for token in statement[:2]]
    if kinds[:1] != ["NAME"] or statement[0].value != "given" or kinds[1:] not in (["NAME"], ["PARTIAL"]):
        return None
    first = statement[0]
    found = [Token("GIVEN", "given", first.start, first.end)]
    i = 1
    while i < len(statement) and statement[i].kind != "EQUALS":
        token, name = statement[i], str(statement[i].value)
        if token.kind == "PARTIAL" and statement[i + 1 : i + 2] and statement[i + 1].kind == "NAME":
            i += 1
            token = Token("DIFFERENTIAL", statement[i].value, token.start, statement[i].end)
        elif token.kind == "NAME" and len(name) > 1 and name.startswith("d"):
            token = Token("DIFFERENTIAL", name[1:], token.start, token.end)
        found.append(token)
        i += 1
    return found + statement[i:]


def slopes(source: Source, statements: list[list[Token]], roles: Roles) -> list[list[Token]]:
    """The statements with `given` before each known gradient, and without those that only ask for a gradient.

    dE = G : dY is one of a name Y of the program. Raises ParseError where dY stands in another form: it would be a name
    that nothing explains.
    """
    if not any(_begins_with_slope(s) for s in statements):
        return statements
    uses = Counter(str(t.value) for s in statements for t in s if t.kind == "NAME")
    defined = {str(s[0].value) for s in statements if [t.kind for t in s[:2]] == ["NAME", "EQUALS"]}
    known = {parts[0] for parts in map(_quotient, statements) if parts and parts[2]}
    found: list[list[Token]] = []
    for statement in statements:
        quotient = _quotient(statement)
        if quotient is None:
            found.append(_of_differentials(source, statement, uses, roles))
            continue
        of, by, rest = quotient
        asks = all(kind in ("EQUALS", "QUESTION") for kind in rest)
        if asks and of in defined | known and by in uses:
            roles.by |= {by: None}
        elif of in defined and rest[:1] == ["EQUALS"]:
            message = f"{of} is defined, so its gradient by {by} is what is asked for, and is not given"
            hint = "a formula for it is checked by `matcalc verify … --candidate`"
            raise source.error(ParseError, message, statement[0].start, statement[-1].end, hint=hint)
        elif rest[:1] == ["EQUALS"]:
            roles.notes[marked(f"`{_text(source, statement)}` is read as a known gradient")] = None
            found.append([Token("NAME", "given", statement[0].start, statement[0].start), *statement])
        else:
            found.append(statement)
    return found


def unknown_objective(source: Source, statements: list[list[Token]], roles: Roles) -> list[list[Token]]:
    """The statements with the gradient of E at a, called grad_E, in place of J = E(a), E a declared scalar function.

    Raises UnsupportedError for a call of E that is not the whole objective.
    """
    functions = {name for s in statements for name in _scalar_functions(s)}
    if not functions:
        return statements
    uses = Counter(str(t.value) for s in statements for t in s if t.kind == "NAME")
    found: list[list[Token]] = []
    derived: list[tuple[str, str, Token, Token]] = []
    for statement in statements:
        named = [t.kind for t in statement[:2]] == ["NAME", "EQUALS"]
        call = statement[2:] if named else statement
        calls = [t for t, after in pairwise(statement) if t.value in functions and after.kind == "OPEN"]
        if not calls:
            found.append(statement)
            continue
        function = str(calls[0].value)
        objective = str(statement[0].value) if named else function
        if len(calls) > 1 or call[0] is not calls[0] or not _is_bracket(call[1:]) or (named and uses[objective] > 1):
            message = f"{function} is an unknown scalar function, and is only derived through as the whole objective"
            hint = f"write J = {function}(a) alone; the gradients of what is added to it are added to its gradient"
            raise source.error(UnsupportedError, message, calls[0].start, call[-1].end, hint=hint)
        argument = call[2:-1]
        if len(argument) == 1 and argument[0].kind == "NAME":
            by = argument[0]
        else:
            letter = next(name for name in ("u", "v", "z", "q", f"of_{function}") if name not in uses)
            by = Token("NAME", letter, argument[0].start, argument[-1].end)
            found.append([by, Token("EQUALS", "=", by.start, by.start), *argument])
        derived.append((function, objective, by, Token("NAME", f"grad_{function}", calls[0].start, call[-1].end)))
    for function, objective, by, gradient in derived:
        found = [s for s in (_renamed(s, function, objective) for s in found) if s]
        if not any(_states(s, objective, str(by.value)) for s in found):
            roles.notes[marked(f"`{gradient.value}` is the gradient of `{function}` at `{by.value}`")] = None
            words = (("NAME", "given"), ("NAME", f"d{objective}"), ("OVER", "/"), ("NAME", f"d{by.value}"))
            equals = Token("EQUALS", "=", gradient.start, gradient.end)
            found.append([*(Token(kind, word, gradient.start, gradient.end) for kind, word in words), equals, gradient])
    return found


def _scalar_functions(statement: Sequence[Token]) -> list[str]:
    # The names that `E: scalar function` declares.
    kinds = [token.kind for token in statement]
    if "COLON" not in kinds or not {"scalar", "function"} <= {str(t.value) for t in statement}:
        return []
    return [str(t.value) for t in statement[: kinds.index("COLON")] if t.kind == "NAME"]


def _renamed(statement: list[Token], function: str, objective: str) -> list[Token]:
    # Its gradients are those of the objective, and it is declared no longer.
    if function == objective:
        return statement
    if _scalar_functions(statement) == [function]:
        return []
    if statement[:1] and statement[0].value == "given":
        new = {f"d{function}": f"d{objective}", function: objective}
        place = next((i for i, token in enumerate(statement) if token.kind == "EQUALS"), len(statement))
        before = [Token(t.kind, new.get(str(t.value), t.value), t.start, t.end) for t in statement[:place]]
        return [*before, *statement[place:]]
    return statement


def _states(statement: Sequence[Token], of: str, by: str) -> bool:
    # given dE/da = …
    words = [str(token.value) for token in statement[:6] if token.kind in ("NAME", "OVER", "PARTIAL")]
    return words[:1] == ["given"] and ("".join(words[1:]).replace("∂", "d")).startswith(f"d{of}/d{by}")


def _begins_with_slope(statement: Sequence[Token]) -> bool:
    return statement[0].kind == "PARTIAL" or (statement[0].kind == "NAME" and str(statement[0].value)[:1] == "d")


def _quotient(statement: Sequence[Token]) -> tuple[str, str, list[str]] | None:
    """E and Y of a statement that begins with dE/dY, and the kinds of the tokens after that."""
    kinds = [token.kind for token in statement]
    if kinds[:5] == ["PARTIAL", "NAME", "OVER", "PARTIAL", "NAME"]:
        return str(statement[1].value), str(statement[4].value), kinds[5:]
    if kinds[:3] == ["NAME", "OVER", "NAME"] and kinds[3:4] in ([], ["EQUALS"]):
        of, by = str(statement[0].value), str(statement[2].value)
        if _is_step(of) and by[:1] == "d" and len(by) > 1:
            return of[1:], by[1:], kinds[3:]
    return None


def _is_step(name: str) -> bool:
    rest = name[1:]
    return name[:1] == "d" and name not in GREEK_NAMES and (
        len(rest) == 1 or rest[:1].isupper() or rest in GREEK_NAMES or rest == "loss"
    )  # fmt: skip


def _text(source: Source, tokens: Sequence[Token]) -> str:
    return source.quote(tokens[0].start, tokens[-1].end)


def _of_differentials(source: Source, statement: list[Token], uses: Counter[str], roles: Roles) -> list[Token]:
    first = statement[0]
    if [t.kind for t in statement[:2]] != ["NAME", "EQUALS"] or not _is_step(str(first.value)):
        return statement
    by = next(
        (t for t in statement[2:] if t.kind == "NAME" and _is_differential(str(t.value), uses, roles.known)), None
    )
    if by is None or uses[str(first.value)] > 1:
        return statement
    gradient, of, of_ = _known_slope(statement[2:]), str(first.value)[1:], str(by.value)[1:]
    if not gradient:
        message = f"{by.value} is no name of the program, and seems to be a differential of {of_}"
        hint = f"a known gradient is written `given d{of}/d{of_} = …`, or `{first.value} = … : {by.value}`"
        raise source.error(ParseError, message, by.start, by.end, hint=hint)
    said = f"`{_text(source, statement)}` is read as `given d{of}/d{of_} = {_text(source, gradient)}`"
    roles.notes[marked(said)] = None
    start = Token("NAME", "given", first.start, first.start)
    return [start, first, Token("OVER", "/", first.end, first.end), by, statement[1], *gradient]


def _is_differential(name: str, uses: Counter[str], known: Collection[str]) -> bool:
    return name[:1] == "d" and name[1:] in uses and uses[name] == 1 and name not in known


def _known_slope(tokens: list[Token]) -> list[Token]:
    """The G of G : dY, of tr(G' dY) and of g' dy; [] where it is none of these."""
    kinds = [token.kind for token in tokens]
    if kinds[-2:] == ["COLON", "NAME"]:
        return tokens[:-2] if _is_one_term(tokens[:-2]) else []
    traced = kinds[:2] == ["NAME", "OPEN"] and kinds[-3:] == ["TRANSPOSE", "NAME", "CLOSE"]
    if traced and tokens[0].value in _TRACES:
        tokens, kinds = tokens[2:-1], kinds[2:-1]
    inner = tokens[:-2] if kinds[-2:] == ["TRANSPOSE", "NAME"] else []
    return inner if len(inner) == 1 or (len(inner) > 2 and inner[0].kind == "OPEN" and _is_bracket(inner)) else []


def _is_one_term(tokens: list[Token]) -> bool:
    """Whether nothing is added outside brackets."""
    depth = 0
    for token in tokens:
        depth += (token.kind in OPENING) - (token.kind in CLOSING)
        if not depth and token.kind in ("PLUS", "MINUS", "COLON"):
            return False
    return True


def _is_bracket(tokens: list[Token]) -> bool:
    """Whether one bracket is around all of them."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += (token.kind in OPENING) - (token.kind in CLOSING)
        if not depth and i < len(tokens) - 1:
            return False
    return True
