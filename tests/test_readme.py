"""What the README says can be run: its Python and its commands. Its outputs: test_documents.py."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from matcalc.cli import run

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert any(link.endswith(".png") for link in links), "the README shows a picture"
    assert [link for link in links if not (ROOT / link.partition("#")[0]).is_file()] == []


def test_python_runs() -> None:
    blocks = [b for b in re.findall(r"```python\n(.*?)```", README, re.S) if "import matcalc" in b]
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_commands_run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "problem.mc").write_text("J = ||w||^2")
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "ann.txt").write_text("2 w")
    commands = re.findall(r"^matcalc (.*?)(?:  +#.*)?$", README, re.M)
    assert len(commands) >= 4
    for command in commands:
        assert run(shlex.split(command)) == 0, command
