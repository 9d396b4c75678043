"""The documentation as a site: it builds without a warning, asks nobody for anything, and its reference is complete."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

import matcalc
from matcalc.cli import _cli
from matcalc.errors import MatcalcError
from matcalc.expr import Term, postorder
from matcalc.operators import FUNCTION_NAMES, TABLE
from matcalc.rules import book

DOCS = Path(__file__).resolve().parent.parent / "docs"


class Page(HTMLParser):
    """What a page says, and what a browser fetches for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append((tag, found))
        if tag != "a":
            loaded = tag == "link" and found.get("rel") not in ("search", "index", "next", "prev", "canonical")
            self.fetched += [found[name] or "" for name in ("src", "href")[: 2 if loaded else 1] if name in found]

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return "".join(self.said)


@pytest.mark.fuzz
def test_site(tmp_path: Path) -> None:
    # One test, as two in two processes would build it twice.
    for package in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(package, reason=f"the site needs {package}: pip install '.[docs]'")
    options = ["-W", "--keep-going", "-q", "-d", str(tmp_path / "trees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(tmp_path / "site")]
    built = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, f"a page that is in no list belongs into docs/index.md:\n{built.stderr}"
    manual = [sys.executable, "-m", "sphinx", "-b", "man", *options, str(DOCS), str(tmp_path / "man")]
    assert subprocess.run(manual, capture_output=True, timeout=300).returncode == 0
    assert "Derive gradients, step by step" in (tmp_path / "man" / "matcalc.1").read_text("utf-8")
    files = sorted((tmp_path / "site").rglob("*.html"))
    pages = {str(file.relative_to(tmp_path / "site")): Page(file.read_text("utf-8")) for file in files}
    assert {str(file.relative_to(DOCS).with_suffix(".html")) for file in DOCS.rglob("*.md")} <= set(pages)
    nothing_is_fetched_from_elsewhere(pages)
    a_screen_reader_finds_its_way(pages)
    reference_is_complete(pages)


def test_code_in_the_reference_is_read_as_its_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import from_rows

    modules = ("", "np.", "np.linalg.", "scipy.linalg.", "scipy.special.", "torch.", "torch.nn.functional.")
    told = [(op, form) for op, _, typed in from_rows.forms() for form in from_rows.in_code(op, typed)]
    assert len(told) > 70
    for op, form in told:
        assert any(op.name in operators_of(f"np.sum({module}{form})") for module in modules), (op.name, form)


def operators_of(code: str) -> set[str]:
    """The operators in an objective of NumPy code; none where it is not read."""
    try:
        program = matcalc.parse(code, shapes=["A, B: n x n; s: scalar"], language="python")
    except MatcalcError:
        return set()
    found = program.objective.definition
    return {part.op.name for part in postorder(*filter(None, [found])) if isinstance(part, Term)}


def nothing_is_fetched_from_elsewhere(site: Mapping[str, Page]) -> None:
    for name, page in site.items():
        assert [url for url in page.fetched if re.match(r"(\w+:)?//", url)] == [], name


def a_screen_reader_finds_its_way(site: Mapping[str, Page]) -> None:
    for name, page in site.items():
        headings = [found for _, found in page.tags if found.get("role") == "heading"]
        assert headings and all(found.get("aria-level") for found in headings), name
        asides = [found.get("aria-label") for tag, found in page.tags if tag == "aside"]
        assert all(asides) and len(set(asides)) == len(asides), name
        assert [tag for tag, _ in page.tags].count("h1") == 1, name
        assert any(url.endswith("scrollable.js") or "scrollable.js?" in url for url in page.fetched), name


def together(text: str) -> str:
    """The letters of a text, as formulas in it are written with and without spaces."""
    return re.sub(r"\W", "", text)


def reference_is_complete(site: Mapping[str, Page]) -> None:
    shown = {name: site[f"{name}.html"].text for name in ("operators", "rules", "simplifications", "api", "errors")}
    commands = site["command-line.html"].text
    for op in TABLE.values():
        if op.says and op.signature.arguments:
            assert f"{op.name}\n{op.signature.text.replace('->', '→')}\n" in shown["operators"], op.name
    assert [name for name in FUNCTION_NAMES if name not in shown["operators"]] == []
    rules = together(shown["rules"] + shown["simplifications"])
    arithmetic = {"power of a number"}  # has no fixed statement
    stated = {rule.name for _, rule in book.chapters() if rule.lhs is not rule.rhs} - arithmetic
    assert len(stated) > 150
    assert [name for name in stated if together(name) not in rules] == []
    for name in matcalc.__all__:
        value = getattr(matcalc, name)
        failure = isinstance(value, type) and issubclass(value, MatcalcError)
        assert name.startswith("_") or name in shown["errors" if failure else "api"], name
        for base in value.__mro__ if isinstance(value, type) and not failure else ():
            of_matcalc = vars(base) if base.__module__.startswith("matcalc") else {}
            members = {key for key, member in of_matcalc.items() if not key.startswith("_") and member.__doc__}
            inner = {"document", "written"}
            told = {
                key for key in members - inner if callable(of_matcalc[key]) or isinstance(of_matcalc[key], property)
            }
            assert [key for key in told if not re.search(rf"\b{key}", shown["api"])] == [], name
    for name, command in _cli.commands.items():
        assert f"matcalc {name}" in commands
        assert [o for p in command.params for o in p.opts if o.startswith("--") and o not in commands] == []
    for status in "0123":
        assert re.search(rf"\b{status}\n", commands)
