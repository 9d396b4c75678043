"""A folder as a student has one: with files whose names are those of modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "import sys; del sys.path[0]; from matcalc.cli import main; main()"]
"""The command as it is installed: the current folder is no place to import from."""


def folder_of_strangers(place: Path) -> None:
    """Puts files there that end whatever process imports them."""
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 imports from the current folder")
    (place / "matcalc").mkdir()
    for name in ("random", "selectors", "types", "numpy", "sympy", "matcalc/__init__"):
        (place / f"{name}.py").write_text(f"raise SystemExit('{name} of another')\n", encoding="utf-8")
