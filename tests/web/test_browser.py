"""The page of a server, the static one and the documentation, used in Chromium as a reader does: browser/checks.mjs."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKS = Path(__file__).parent / "browser" / "checks.mjs"
PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")
NAMES = ("chromium", "chromium-browser", "google-chrome")


def program(*names: str) -> str:
    """The first of these programs that is there; where none is, the test is skipped by its name."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or pytest.skip(f"needs {names[0]}")


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what drives the browser, from npm."""
    npm = program("npm")
    place = tmp_path_factory.mktemp("modules")
    (place / "package.json").write_text('{"private": true}', "utf-8")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    done = subprocess.run(
        command,
        cwd=place,
        capture_output=True,
        timeout=120,
        env={**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"},
    )
    if done.returncode:
        pytest.skip(f"needs npm with a network, for {' and '.join(PACKAGES)}")
    return place


def checked(modules: Path, what: str, *more: str, limit: float = 300) -> dict[str, dict[str, object]]:
    """What each check says, by its name; every check was run."""
    command = [program("node"), str(CHECKS), str(modules), program(*NAMES), what, *more]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=limit)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr[-1000:]
    assert found
    wrong = [f"{each['name']}: {each['wrong']}" for each in found if each["wrong"]]
    assert not wrong, "\n".join(wrong)
    return {each["name"]: each for each in found}


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The address of a server of the page."""
    command = [sys.executable, "-m", "matcalc", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout is not None
            said = ""
            while not (found := re.search(r"http://[\w.]+:\d+/", said)):
                line = server.stdout.readline()
                assert line, said
                said += line
            yield found[0]
        finally:
            server.terminate()
            server.wait(20)


@pytest.mark.fuzz
def test_the_page_of_a_server(modules: Path) -> None:
    for package in ("starlette", "uvicorn", "pebble"):
        pytest.importorskip(package)
    with served() as address:
        assert len(checked(modules, "PAGE", address)) == 16


def test_the_page_without_a_server(modules: Path, tmp_path: Path, fuzz: bool) -> None:
    if not fuzz:
        pytest.skip("builds for half a minute: --fuzz")
    program("node")
    program(*NAMES)
    site = tmp_path / "site"
    command = [sys.executable, "-m", "matcalc", "site", "build", str(site)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr
    loaded = [site / name for name in json.loads((site / "files.json").read_text("utf-8"))["files"]]
    assert sorted(loaded) == sorted(file for file in site.rglob("*") if file.is_file() and file.name != "files.json")
    assert sum(len(gzip.compress(file.read_bytes())) for file in loaded) < 13e6
    assert not any(file.read_bytes().count(b"//cdn.") for file in loaded if file.parent == site)
    assert len(checked(modules, "SITE", str(site))) == 5


def test_the_documentation(modules: Path, tmp_path: Path, fuzz: bool) -> None:
    if not fuzz:
        pytest.skip("builds the documentation, which tests/test_site.py looks at, too: --fuzz")
    for package in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(package)
    docs = Path(__file__).resolve().parents[2] / "docs"
    subprocess.run([sys.executable, "-m", "sphinx", "-q", str(docs), str(tmp_path)], check=True, timeout=300)
    assert checked(modules, "DOCS", str(tmp_path))
