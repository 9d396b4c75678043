"""grammar/mistakes.toml: every example raises the error it stands under; and the compiled tables are up to date."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from syntax.reading import refusal

from matcalc.errors import ParseError
from matcalc.syntax import compile, tables

FOLDER = Path(tables.FOLDER)
MISTAKES = compile._toml((FOLDER / "mistakes.toml").read_text("utf-8"))["mistake"]


def _pattern(words: str) -> str:
    return re.escape(words).replace(r"\{text\}", ".*").replace(r"\{other\}", ".*")


@pytest.mark.parametrize(
    ("example", "message", "hint"),
    [(text, entry["message"], entry["hint"]) for entry in MISTAKES for text in entry["examples"]],
)
def test_example(example: str, message: str, hint: str) -> None:
    error = refusal(example)
    assert type(error) is ParseError
    assert re.fullmatch(_pattern(message), error.message, re.DOTALL)
    assert re.fullmatch(_pattern(hint), error.hint)
    assert error.line is not None and error.column is not None
    lines = example.split("\n")
    assert 1 <= error.line <= len(lines) and 1 <= error.column <= len(lines[error.line - 1]) + 1


def test_there_are_enough() -> None:
    assert len(MISTAKES) >= 25
    assert all(len(entry["examples"]) >= 2 for entry in MISTAKES if entry["examples"])
    messages = [(entry["message"], entry["hint"], entry.get("code")) for entry in MISTAKES]
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("J = sum((x - y)", 1, 8),
        ("J = x)", 1, 6),
        ("z = 1\nJ = (x]", 2, 7),
        ("J = x +", 1, 7),
        ("J = x + * y", 1, 9),
        ("z = 1\n\n  J = |x|", 3, 7),
        ("J = sum(x, )", 1, 12),
        ("J = 2 3", 1, 5),
        ("J = ||x", 1, 5),
    ],
)
def test_the_place_is_exact(text: str, line: int, column: int) -> None:
    error = refusal(text)
    assert (error.line, error.column) == (line, column)


def test_a_bracket_of_the_wrong_kind_points_at_the_opening_one_too() -> None:
    assert refusal("J = (x]").message == "] does not close ( at line 1, column 5"


def test_the_compiled_grammar_is_up_to_date() -> None:
    fresh = compile.text_of(compile.compile_grammar((FOLDER / "matcalc.lark").read_text("utf-8")))
    assert (FOLDER / "matcalc.json").read_text("utf-8") == fresh, "run python -m matcalc.syntax.compile"


def test_the_compiled_mistakes_are_up_to_date() -> None:
    fresh = compile.text_of(compile.compile_mistakes((FOLDER / "mistakes.toml").read_text("utf-8")))
    assert (FOLDER / "mistakes.json").read_text("utf-8") == fresh, "run python -m matcalc.syntax.compile"


def test_the_ladder_is_strict() -> None:
    ambiguous = (FOLDER / "matcalc.lark").read_text("utf-8") + "\nextra: sum sum -> extra\n"
    ambiguous = ambiguous.replace("statement: sum ", "statement: extra -> twice\n    | sum ")
    from lark.exceptions import GrammarError

    with pytest.raises(GrammarError):
        compile.compile_grammar(ambiguous)


def test_two_entries_cannot_claim_one_place() -> None:
    entry = '[[mistake]]\nmessage = "{}"\nhint = ""\nexamples = ["J = x +"]\n'
    with pytest.raises(ValueError, match="fails where an example of 'one' does"):
        compile.compile_mistakes(entry.format("one") + entry.format("two"))


def test_an_example_must_be_malformed() -> None:
    with pytest.raises(ValueError, match="is well formed"):
        compile.compile_mistakes('[[mistake]]\nmessage = ""\nhint = ""\nexamples = ["J = x"]\n')


def test_nothing_but_the_grammar_is_read_where_nothing_is_wrong() -> None:
    assert set(json.loads((FOLDER / "matcalc.json").read_text("utf-8"))) == {
        "terminals",
        "rules",
        "states",
        "start",
        "end",
    }
