"""Statements about gradients: `given dE/dA5 = …`, dE/dY = …, dE = G : dY; and dJ/dW alone, which asks for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from matcalc.errors import ParseError
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
