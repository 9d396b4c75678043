"""Names with indices and the sums over them, as tokens: what they are made of, and where a factor ends."""

from __future__ import annotations

import re

from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.roles import Roles
from matcalc.syntax.tree import Bounds, Labelled, Token

NAMED = re.compile(r"(.+?)_([A-Za-z]+)")


def bounds_of(token: Token) -> Bounds:
    return token.value if isinstance(token.value, Bounds) else Bounds(())  # over layers, whose names have no letters


def defines(statement: list[Token]) -> bool:
    return [t.kind for t in statement[:2]] == ["NAME", "EQUALS"]


def split_name(token: Token) -> tuple[str, str] | None:
    """y_i as ("y", "i")."""
    value = token.value
    if token.kind != "NAME" or "_" not in str(value):
        return None
    match = NAMED.fullmatch(str(value)) if not isinstance(value, Labelled) else None
    return (match[1], match[2]) if match else None


def end_of_factor(tokens: list[Token], at: int) -> int:
    """Where the factor that begins there ends: an entry with its power, or a sum."""
    if tokens[at].kind == "ENTRY":
        at += 1
        while at < len(tokens) and tokens[at].kind in ("TRANSPOSE", "POWER"):
            at += 1
            if tokens[at - 1].kind == "POWER" and at < len(tokens):
                at = after_bracket(tokens, at)
        return at
    depth = 0
    signs = True
    for i in range(at, len(tokens)):
        kind = tokens[i].kind
        if depth == 0 and not signs and (kind in ("PLUS", "MINUS", "COMMA") or kind in CLOSING):
            return i
        if depth == 0 and (kind in CLOSING or kind in ("COMMA", "NORM_CLOSE")):
            return i
        depth += (kind in OPENING or kind == "NORM_OPEN") - (kind in CLOSING or kind == "NORM_CLOSE")
        signs = kind == "SUM_OVER"
    return len(tokens)


def after_bracket(tokens: list[Token], at: int) -> int:
    # The place after an exponent.
    if tokens[at].kind not in OPENING:
        return at + 1
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].kind in OPENING) - (tokens[i].kind in CLOSING)
        if not depth:
            return i + 1
    return len(tokens)


def declared_in(statements: list[list[Token]], roles: Roles) -> set[str]:
    found = set(roles.known)
    for statement in statements:
        kinds = [t.kind for t in statement]
        if "EQUALS" not in kinds and kinds[:1] == ["NAME"] and kinds[1:2] in (["COLON"], ["IN"], ["COMMA"]):
            names = statement[: next((n for n, k in enumerate(kinds) if k in ("COLON", "IN")), 0)]
            found.update(str(t.value) for t in names if t.kind == "NAME")
    return found
