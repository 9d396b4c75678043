"""What the documents show is what the commands print.

Run as a script it writes the output into the documents: python tests/test_documents.py
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from matcalc.cli import run

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FILES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))
BLOCK = re.compile(r"```text\n\$ matcalc ([^\n]*)\n(.*?)```", re.S)


def blocks() -> Iterator[tuple[str, str, str]]:
    """(document, command, what it is said to print) for every block that begins with a command."""
    for file in FILES:
        for found in BLOCK.finditer(file.read_text("utf-8")):
            yield file.name, found[1], found[2]


BLOCKS = list(blocks())


def printed(command: str) -> str:
    """What a command prints, on standard output and standard error."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run(shlex.split(command))
    return out.getvalue().rstrip()


def test_there_is_something_to_run() -> None:
    assert sum(document == "backpropagation.md" for document, _, _ in BLOCKS) >= 12


@pytest.mark.parametrize(("document", "command", "shown"), BLOCKS, ids=[f"{d}: {c[:60]}" for d, c, _ in BLOCKS])
def test_output_is_real(document: str, command: str, shown: str) -> None:
    assert printed(command) == shown.rstrip()


def test_every_item_has_its_section() -> None:
    text = (DOCS / "backpropagation.md").read_text("utf-8")
    sections = re.findall(r"^## (\d)\. ", text, re.M)
    assert sections == list("12345678")
    for section in re.split(r"^## \d\. .*$", text, flags=re.M)[1:]:
        assert section.lstrip().startswith("> "), "a section begins with the question"
        assert BLOCK.search(section)


def write() -> None:
    """Put the output of every command into its block."""
    for file in FILES:
        text = file.read_text("utf-8")
        found = BLOCK.sub(lambda block: f"```text\n$ matcalc {block[1]}\n{printed(block[1])}\n```", text)
        if found != text:
            file.write_text(found, "utf-8")


if __name__ == "__main__":
    write()
