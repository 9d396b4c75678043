"""grammar/matcalc.lark, compiled: the tables that the parser runs on. Run `python -m matcalc.syntax.compile` after a change.

Lark checks the grammar (LALR(1), strict: a conflict is an error) and computes its tables. What ships is those tables as
JSON, so that a start costs neither that work nor the import of Lark. The tests compile anew and compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def compile_grammar(text: str) -> dict[str, Any]:
    """The tables of a grammar.

    `terminals`: (name, pattern) in the order in which the lexer tries them. `rules`: (nonterminal, number of symbols,
    name of the action; empty for a rung that is passed through). `states`: for each state what to do at a token (shift to
    state n as n, reduce by rule r as -1 - r) and where to go after a nonterminal. `start`, `end`: states. States and rules
    are numbered in the order in which a walk from the start meets them, so that equal grammars have equal tables.
    """
    from lark import Lark
    from lark.lexer import Lexer, Token

    class NoLexer(Lexer):
        def __init__(self, configuration: object) -> None: ...

        def lex(self, data: Any) -> Iterator[Token]:
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
    states, rules = [start], []
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


def text_of(tables: object) -> str:
    """Tables as they are kept."""
    return json.dumps(tables, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write the compiled tables beside the grammar."""
    from matcalc.syntax.tables import FOLDER

    folder = Path(FOLDER)
    tables = compile_grammar((folder / "matcalc.lark").read_text("utf-8"))
    (folder / "matcalc.json").write_text(text_of(tables), "utf-8")


if __name__ == "__main__":
    main()
