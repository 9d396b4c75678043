"""What the documents show is what the commands print, and their Python and their other commands run.

Run as a script it writes the output into the documents: python tests/test_documents.py
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tutorial

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
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")  # LaTeX is written as bytes
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run(shlex.split(command))
    out.seek(0)
    return out.read().rstrip()


def test_there_is_something_to_run() -> None:
    assert sum(document == "backpropagation.md" for document, _, _ in BLOCKS) >= 12


@pytest.mark.parametrize(("document", "command", "shown"), BLOCKS, ids=[f"{d}: {c[:60]}" for d, c, _ in BLOCKS])
def test_output_is_real(document: str, command: str, shown: str) -> None:
    assert printed(command) == shown.rstrip()


def commands() -> Iterator[tuple[str, str]]:
    """(page, command) for every command that a page shows without its output."""
    for file in FILES[1:]:  # those of the README: test_readme.py
        for block in re.findall(r"^```\n(matcalc .*?)^```", file.read_text("utf-8"), re.M | re.S):
            for line in block.splitlines():
                yield file.name, re.sub(r"^matcalc |  +#.*", "", line)


@pytest.mark.parametrize(("page", "command"), list(commands()))
def test_command_runs(page: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("problem.mc").write_text("J = ||w||^2")
    Path("rubric.toml").write_text(tables(page) or "")
    Path("answers").mkdir()
    Path("answers", "ann.txt").write_text("2 w")
    assert run(shlex.split(command)) == 0, command


def tables(page: str) -> str:
    """The TOML that a page shows."""
    return "".join(re.findall(r"```toml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.S))


PAGES = [file for file in FILES[1:] if "```python\n" in file.read_text("utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_python_runs(page: Path, tmp_path: Path) -> None:
    # A block with prompts is a doctest, and those of a page go on where the one before ended; another is a file.
    prompts = []
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.S)):
        if ">>>" in block:
            prompts.append(block)
        else:
            file = tmp_path / f"block{number}.py"
            file.write_text(block, "utf-8")
            runpy.run_path(str(file))
    said = io.StringIO()
    found = doctest.DocTestParser().get_doctest("\n".join(prompts), {}, page.name, str(page), 0)
    assert doctest.DocTestRunner(verbose=False).run(found, out=said.write).failed == 0, said.getvalue()


def test_every_item_has_its_section() -> None:
    text = (DOCS / "backpropagation.md").read_text("utf-8")
    sections = re.findall(r"^## (\d)\. ", text, re.M)
    assert sections == list("12345678")
    for section in re.split(r"^## \d\. .*$", text, flags=re.M)[1:]:
        assert section.lstrip().startswith("> "), "a section begins with the question"
        assert BLOCK.search(section)


@pytest.fixture(scope="module")
def again() -> dict[str, Any]:
    """The tutorial, run again."""
    pytest.importorskip("IPython", reason="needs IPython")
    return tutorial.executed()


def said(cell: Any) -> Any:
    """A cell as a reader sees it: its HTML without the markup."""
    found = json.loads(json.dumps(cell))
    for data in (out["data"] for out in found.get("outputs", ()) if "data" in out):
        html = re.sub(r"<style>.*?</style>", "", "".join(data.pop("text/html", "")), flags=re.S)
        data["seen"] = re.sub(r"<[^>]*>", " ", html).split()
    return found


def test_the_tutorial_shows_what_is_computed(again: dict[str, Any]) -> None:
    kept = json.loads(tutorial.NOTEBOOK.read_text("utf-8"))
    for old, new in zip(kept["cells"], again["cells"], strict=True):
        assert said(old) == said(new), "python tests/test_documents.py writes the outputs"


def test_the_tutorial_shows_mathematics_and_every_proof_succeeds(again: dict[str, Any]) -> None:
    shown = [data for cell in again["cells"] for out in cell.get("outputs", ()) if (data := out.get("data"))]
    assert sum("<math" in "".join(data.get("text/html", "")) for data in shown) >= 8
    assert sum("proved for all sizes" in "".join(data.get("text/html", "")) for data in shown) >= 5


def test_the_tutorial_is_a_notebook() -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat")
    nbformat.validate(nbformat.read(tutorial.NOTEBOOK, as_version=4))


def write() -> None:
    """Put the output of every command into its block."""
    for file in FILES:
        text = file.read_text("utf-8")
        found = BLOCK.sub(lambda block: f"```text\n$ matcalc {block[1]}\n{printed(block[1])}\n```", text)
        if found != text:
            file.write_text(found, "utf-8")
    tutorial.write()


if __name__ == "__main__":
    write()
