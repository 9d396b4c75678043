"""Blocks of code in Markdown: between ``` and ```, with the language after it, or indented behind an empty line.

What stands around them are words. A text with formulas between dollar signs is read by these, not by its code.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)[ \t]*")
_LANGUAGES = {"python": "python", "py": "python", "python3": "python", "matlab": "matlab", "octave": "matlab"}
_FORMULA = re.compile(r"\$[^$\n]*=[^$\n]*\$|\$\$|\\\[|\\begin\{|```math|\$`")
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*\S")
_PROSE = re.compile(r"(?:[^\W\d_]{2,}[^\w\n=|]+){2,}")


class Code(NamedTuple):
    """A text of the same lines in which only the code stands, and its language, "" if nothing says."""

    text: str
    language: str


def code_in(text: str) -> Code | None:
    """The code of a Markdown text; None where it has none, or formulas beside it."""
    if "```" in text or "~~~" in text:
        return _fenced(text)
    return _indented(text) if "\n\n" in text else None


def _fenced(text: str) -> Code | None:
    lines, blocks = text.split("\n"), list[tuple[str, range]]()
    fence, begin, language, around = "", 0, "", list[str]()
    for n, line in enumerate(lines):
        mark = _FENCE.fullmatch(line.rstrip("\r"))
        if not fence and mark is not None:
            fence, begin, language = mark[1], n + 1, mark[2].lower()
        elif fence and line.strip() == fence:
            blocks.append((language, range(begin, n)))
            fence = ""
        elif not fence:
            around.append(line)
    if fence:  # which is never closed
        blocks.append((language, range(begin, len(lines))))
    chosen = [block for block in blocks if block[0] in _LANGUAGES] or blocks
    if not chosen or any(block[0] == "math" for block in blocks) or _FORMULA.search("\n".join(around)):
        return None
    first = chosen[0][0]
    kept = {n for language, block in chosen if language == first for n in block}
    return Code("\n".join(line if n in kept else "" for n, line in enumerate(lines)), _LANGUAGES.get(first, ""))


def _indented(text: str) -> Code | None:
    """The lines of blocks that are indented, each behind an empty line; the others are sentences."""
    lines = text.split("\n")
    kept: set[int] = set()
    for n, line in enumerate(lines):
        if _INDENTED.match(line) and n and (not lines[n - 1].strip() or n - 1 in kept):
            kept.add(n)
    around = [line for n, line in enumerate(lines) if line.strip() and n not in kept]
    if (
        not kept
        or not around
        or not all("=" not in line and _PROSE.search(line) for line in around)
        or _FORMULA.search(text)
    ):
        return None
    return Code(
        "\n".join(line.removeprefix("\t").removeprefix("    ") if n in kept else "" for n, line in enumerate(lines)), ""
    )
