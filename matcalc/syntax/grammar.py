"""The grammar: Lark reads grammar/matcalc.lark, builds its LALR(1) tables, and runs them on our tokens.

Building the tables takes as long as the rest of a start. Lark keeps them in the user's cache folder, under the
grammar's own digest and Lark's version; where nothing can be kept there, they are built anew.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from lark import Lark
from lark import __version__ as version
from lark.lexer import Lexer

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PLACES = (os.path.join(_HERE, "grammar"), os.path.join(os.path.dirname(_HERE), "grammar"))
FOLDER = next((place for place in _PLACES if os.path.isfile(os.path.join(place, "matcalc.lark"))), _PLACES[0])
"""Where the grammar lies: inside an installed package, beside it in a checkout or an editable install."""


class _Tokens(Lexer):
    """Hands on the tokens that the stages before the ladder have made."""

    __future_interface__ = 1

    def __init__(self, conf: object) -> None: ...

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        yield from lexer_state.text


class _Terminals:
    """Keeps the terminals that the lexer alone reads; Lark drops those that no rule names."""

    def __init__(self, text: str) -> None:
        self.always_accept = tuple(re.findall(r"^([A-Z_]+):", text, re.MULTILINE))

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        return stream


def ladder(text: str, actions: Mapping[str, Callable[..., Any]], kept: str | None = None) -> Lark:
    """The parser of a grammar; `actions` by the names of its rules. Raises GrammarError where it is ambiguous.

    `kept`: a file in which Lark keeps the tables.
    """

    def spread(action: Callable[..., Any]) -> Callable[[Sequence[Any]], Any]:
        return lambda parts: action(*parts)

    options: dict[str, Any] = {
        "parser": "lalr",
        "start": "statement",
        "strict": True,
        "lexer": _Tokens,
        "postlex": _Terminals(text),
        "transformer": SimpleNamespace(**{name: spread(action) for name, action in actions.items()}),
        "cache": kept or False,
    }
    found = Lark(text, **options)
    _share_rules(found)
    return found


def _share_rules(lark: Any) -> None:
    """Make the rules of the tables the very keys of their actions: Lark compares them part by part otherwise."""
    parser = lark.parser.parser
    keys = {rule: rule for rule in parser.parser.callbacks}
    for row in parser._parse_table.states.values():
        for token, (action, rule) in row.items():
            if not isinstance(rule, int):
                row[token] = action, keys[rule]


def kept(actions: Mapping[str, Callable[..., Any]]) -> Lark:
    """The parser of the notation, its tables kept from one run to the next."""
    with open(os.path.join(FOLDER, "matcalc.lark"), encoding="utf-8") as file:
        return ladder(file.read(), actions, _place())


def patterns(lark: Lark) -> Sequence[tuple[str, str]]:
    """The terminals and their patterns, in the order in which a lexer tries them."""
    found = [terminal for terminal in lark.terminals if terminal.pattern is not None]
    found.sort(key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    return [(terminal.name, terminal.pattern.to_regexp()) for terminal in found]


def _place() -> str | None:
    # A file of this user alone: what Lark keeps is a pickle.
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Caches")
    else:
        folder = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    if not os.path.isabs(folder):
        return None
    folder = os.path.join(folder, "matcalc")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    return os.path.join(folder, f"tables-{version}-{sys.version_info[0]}.{sys.version_info[1]}.lark")
