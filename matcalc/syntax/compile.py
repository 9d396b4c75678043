"""The grammar, compiled: run `python -m matcalc.syntax.compile` after a change in grammar/.

Lark checks matcalc.lark (LALR(1), strict: a conflict is an error) and computes its tables. What ships is those tables,
as JSON, so that a start costs neither that work nor the import of Lark. mistakes.toml is compiled with them, to the
places where its examples fail. The tests compile anew and compare.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def compile_grammar(text: str) -> dict[str, Any]:
    """The tables of a grammar.

    `terminals`: (name, pattern) in the order in which the lexer tries them. `rules`: (nonterminal, number of symbols,
    name of the action; empty for a rung that is passed through). `states`: for each state what to do at a token (shift
    to state n as n, reduce by rule r as -1 - r) and where to go after a nonterminal. `start`, `end`: states. States and
    rules are numbered as a walk from the start meets them, so that equal grammars have equal tables.
    """
    from lark import Lark
    from lark.lexer import Lexer, Token

    class NoLexer(Lexer):
        def __init__(self, configuration: object) -> None: ...

        def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
            yield from ()

    class KeepAll:
        # Terminals that only the lexer reads are dropped unless a later stage lays claim to them.
        always_accept = tuple(re.findall(r"^([A-Z_]+):", text, re.MULTILINE))

        def process(self, stream: Iterator[Token]) -> Iterator[Token]:
            return stream

    options: dict[str, Any] = {"lexer": NoLexer, "postlex": KeepAll()}
    lark: Any = Lark(text, parser="lalr", strict=True, start="statement", **options)
    table = lark.parser.parser._parse_table
    start = table.start_states["statement"]
    states: list[Any] = [start]
    rules: list[Any] = []
    numbers: dict[Any, int] = {start: 0}
    rows: list[dict[str, int]] = []
    for state in states:
        row = {}
        for symbol, (action, target) in sorted(table.states[state].items()):
            known = rules if action.name == "Reduce" else states
            if target not in numbers:
                numbers[target] = len(known)
                known.append(target)
            row[symbol] = numbers[target] if known is states else -1 - numbers[target]
        rows.append(row)
    for rule in rules:
        assert rule.alias or len(rule.expansion) == 1, f"{rule} has no name"
    patterns = [t for t in lark.terminals if t.pattern is not None]
    patterns.sort(key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    return {
        "terminals": [[t.name, t.pattern.to_regexp()] for t in patterns],
        "rules": [[rule.origin.name, len(rule.expansion), rule.alias or ""] for rule in rules],
        "states": rows,
        "start": 0,
        "end": numbers[table.end_states["statement"]],
    }


def compile_mistakes(text: str) -> dict[str, Any]:
    """The table of mistakes: `codes`, the words of each entry that has one; `words`, those of the others; and `places`.

    A place is "state token" as an example meets it, "token-before token" where all examples that meet it agree, and
    "token" likewise; its value counts in `words`. Two entries that claim one state and token are an error.
    """
    entries = _toml(text)["mistake"]
    codes = {e["code"]: [e["message"], e["hint"]] for e in entries if "code" in e}
    others = [e for e in entries if "code" not in e]
    exact: dict[str, int] = {}
    alike: dict[str, set[int]] = {}
    for number, entry in enumerate(others):
        for example in entry["examples"]:
            state, before, kind = _place(example)
            claimed = exact.setdefault(f"{state} {kind}", number)
            if claimed != number:
                raise ValueError(f"{example!r} fails where an example of {others[claimed]['message']!r} does")
            for key in (f"{before} {kind}", kind):
                alike.setdefault(key, set()).add(number)
    agreed = {key: numbers.pop() for key, numbers in alike.items() if len(numbers) == 1}
    words = [[entry["message"], entry["hint"]] for entry in others]
    return {"codes": codes, "words": words, "places": dict(sorted((agreed | exact).items()))}


def _place(example: str) -> tuple[int, str, str]:
    # Where the parser stops in a malformed text.
    from matcalc.syntax.layout import statements
    from matcalc.syntax.parser import Unexpected, run
    from matcalc.syntax.roles import Roles, assign
    from matcalc.syntax.source import Source
    from matcalc.syntax.tokens import tokenize

    source = Source(example)
    for tokens in assign(source, statements(source, tokenize(source)), Roles()):
        try:
            run(source, tokens)
        except Unexpected as found:
            return found.state, found.before.kind if found.before else "", found.token.kind
    raise ValueError(f"{example!r} is well formed")


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    found: dict[str, Any] = tomllib.loads(text)
    return found


def text_of(tables: object) -> str:
    """Tables as they are kept."""
    return json.dumps(tables, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write the compiled tables beside the grammar."""
    from matcalc.syntax.tables import FOLDER, load

    folder = Path(FOLDER)
    for name, suffix, compiler in (("matcalc", "lark", compile_grammar), ("mistakes", "toml", compile_mistakes)):
        tables = compiler((folder / f"{name}.{suffix}").read_text("utf-8"))
        (folder / f"{name}.json").write_text(text_of(tables), "utf-8")
        load.cache_clear()


if __name__ == "__main__":
    main()
