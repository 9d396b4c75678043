"""Why a statement does not parse: the entry of grammar/mistakes.toml whose examples fail where the parser stopped.

Its examples are parsed when the first statement fails, and generalize to like places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from matcalc.syntax.assign import assign
from matcalc.syntax.layout import statements
from matcalc.syntax.mistakes import entries, mistake, said
from matcalc.syntax.parser import Unexpected, run
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import tokenize
from matcalc.syntax.tree import Statement, Token


def parse_statement(source: Source, tokens: list[Token]) -> Statement:
    """The statement for the tokens. Raises ParseError if they form none."""
    try:
        return run(tokens)
    except Unexpected as found:
        token, before = found.token, found.before
        place = before if token.kind == "$END" and before else token
        text = source.quote(place.start, place.end)
        for key in _keys(found):
            if key in places():
                raise said(source, places()[key], place.start, place.end, text) from None
        code = "unexpected end" if token.kind == "$END" else "unexpected"
        raise mistake(source, code, place.start, place.end, text) from None


@cache
def places() -> Mapping[str, Mapping[str, Any]]:
    """The entries without a code, by where their examples fail."""
    return placed([entry for entry in entries() if "code" not in entry])


def placed(found: Iterable[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Entries by the places where their examples fail.

    A place is "state token" as an example meets it; and "token-before token", and "token", where all examples that
    meet it agree. Raises ValueError for two entries that claim one state and token, and for an example that parses.
    """
    exact: dict[str, Mapping[str, Any]] = {}
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for entry in found:
        for example in entry["examples"]:
            key, *others = _keys(_failure(example))
            claimed = exact.setdefault(key, entry)
            if claimed is not entry:
                raise ValueError(f"{example!r} fails where an example of {claimed['message']!r} does")
            for other in others:
                alike.setdefault(other, []).append(entry)
    agreed = {key: each[0] for key, each in alike.items() if all(entry is each[0] for entry in each)}
    return agreed | exact


def _keys(found: Unexpected) -> tuple[str, str, str]:
    kind = found.token.kind
    return f"{found.state} {kind}", f"{found.before.kind if found.before else ''} {kind}", kind


def _failure(example: str) -> Unexpected:
    # Where the parser stops in a malformed text.
    source = Source(example)
    for tokens in assign(source, statements(source, tokenize(source)), Roles()):
        try:
            run(tokens)
        except Unexpected as found:
            return found
    raise ValueError(f"{example!r} is well formed")
