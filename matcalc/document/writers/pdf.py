"""Writes a document as a PDF: its LaTeX, compiled by the TeX that is found."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from matcalc.document.blocks import Document
from matcalc.document.writers.latex import latex
from matcalc.errors import UnsupportedError

_QUIET = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
ENGINES: dict[str, Sequence[str]] = {"tectonic": ("--untrusted",), "pdflatex": _QUIET, "lualatex": _QUIET}
"""The programs that are looked for, in this order, and their options."""
_ELSE = "write a FILE.tex, and compile it where TeX is complete (amsmath, amssymb)"
LONGEST = 120
"""Seconds that one may take; tectonic loads its packages when it first runs."""


def pdf(document: Document) -> bytes:
    """The document, whose view asks for a complete one. Raises UnsupportedError where there is no TeX, or it fails."""
    engine = next(filter(shutil.which, ENGINES), None)
    if engine is None:
        raise UnsupportedError(
            "a PDF is made by TeX, and there is none here",
            hint="install tectonic, or TeX Live (apt-get install texlive-latex-recommended); or write a FILE.tex",
        )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "matcalc.tex"
        file.write_text(latex(document), "utf-8")
        try:
            done = subprocess.run(
                (engine, *ENGINES[engine], file.name), cwd=folder, capture_output=True, timeout=LONGEST, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnsupportedError(f"{engine} made no PDF: {type(error).__name__}", hint=_ELSE) from None
        made = file.with_suffix(".pdf")
        if done.returncode or not made.exists():
            said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
            complaint = next(
                (line for line in said.splitlines() if line.startswith(("!", "error:"))), "it says no more"
            )
            raise UnsupportedError(f"{engine} made no PDF: {complaint}", hint=_ELSE)
        return made.read_bytes()
