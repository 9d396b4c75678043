"""grammar/mistakes.toml: every example raises the error it stands under; and the grammar is without conflicts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lark.exceptions import GrammarError
from syntax.reading import refusal

from matcalc.errors import ParseError
from matcalc.syntax import diagnosis, grammar
from matcalc.syntax.mistakes import entries

MISTAKES = entries()


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
        ("z = 1\n\n  J = |x", 3, 7),
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


def test_the_ladder_is_strict() -> None:
    ambiguous = (Path(grammar.FOLDER) / "matcalc.lark").read_text("utf-8") + "\nextra: sum sum -> extra\n"
    ambiguous = ambiguous.replace("statement: sum ", "statement: extra -> twice\n    | sum ")
    with pytest.raises(GrammarError):
        grammar.ladder(ambiguous, {})


def entry(message: str, example: str) -> dict[str, object]:
    return {"message": message, "hint": "", "examples": [example]}


def test_two_entries_cannot_claim_one_place() -> None:
    with pytest.raises(ValueError, match="fails where an example of 'one' does"):
        diagnosis.placed([entry("one", "J = x +"), entry("two", "J = x +")])


def test_an_example_must_be_malformed() -> None:
    with pytest.raises(ValueError, match="is well formed"):
        diagnosis.placed([entry("", "J = x")])


DERIVED = "import matcalc; print(matcalc.gradient(\"J = x' A x\", 'x'))"


def derived(cache: Path) -> str:
    """What a fresh process derives whose cache folder is `cache`."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "HOME": str(cache), "LOCALAPPDATA": str(cache)}
    done = subprocess.run([sys.executable, "-c", DERIVED], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    return done.stdout


def test_the_tables_are_kept_and_do_without_being_kept(tmp_path: Path) -> None:
    known = derived(tmp_path)
    kept = [path for path in tmp_path.rglob("tables-*") if path.is_file()]
    assert len(kept) == 1
    assert derived(tmp_path) == known
    kept[0].write_bytes(b"spoilt")  # as by a process that was stopped while it wrote
    assert derived(tmp_path) == known
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    assert derived(nowhere) == known
