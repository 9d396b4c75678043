"""Documents compiled by the TeX that there is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def compiled(source: str, folder: Path) -> str:
    """The log of compiling a document. Skips where there is no LaTeX."""
    file = folder / "derivation.tex"
    file.write_text(source, "utf-8")
    if shutil.which("pdflatex"):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name]
    elif shutil.which("tectonic"):
        command = ["tectonic", "--keep-logs", file.name]
    else:
        pytest.skip("neither pdflatex nor tectonic is here (apt-get install texlive-latex-base)")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    return file.with_suffix(".log").read_text("utf-8", errors="replace")
