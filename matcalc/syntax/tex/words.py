"""The words of LaTeX: the tables of grammar/latex.toml, read when the first LaTeX is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from matcalc.syntax.calls import GREEK_NAMES
from matcalc.syntax.grammar import FOLDER
from matcalc.syntax.vocabulary import ALIASES, ENTRIES, FUNCTIONS, INSTEAD, UNSUPPORTED


@cache
def tables() -> Mapping[str, Any]:
    """The tables."""
    # Imported here: only LaTeX needs it.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    with open(os.path.join(FOLDER, "latex.toml"), "rb") as file:
        return tomllib.load(file)


@cache
def letters() -> Mapping[str, str]:
    r"""Names by the commands that spell one letter: \alpha, \varphi."""
    greek = {f"\\{name}": name for name in GREEK_NAMES}
    return greek | {f"\\{command}": name for command, name in tables()["letters"].items()}


@cache
def _functions() -> Mapping[str, str]:
    names = [*ENTRIES, *FUNCTIONS, *ALIASES, *UNSUPPORTED, *INSTEAD]
    return {
        name.replace("_", "").lower(): name
        for name in sorted(names, key=lambda name: (name in ALIASES, name), reverse=True)
        if name != "sigma"
    }


def function(word: str) -> str:
    """The function that a word in upright letters is: Tr, ReLU, LogSoftmax; "" where it is none."""
    if len(word) < 2:
        return ""
    return _functions().get(word.replace("_", "").replace(" ", "").lower(), "")


@cache
def commands() -> frozenset[str]:
    """Every command that means something, for what is near to one that does not."""
    found = tables()
    named = [found[part] for part in ("signs", "functions", "letters", "fonts", "accents", "refused")]
    words = {name for part in named for name in part} | {*GREEK_NAMES, *found["words"]["commands"]}
    own = "frac sqrt sum left right lVert rVert lvert rvert langle rangle top quad begin end underbrace nabla times"
    return frozenset(words | set(own.split()))
