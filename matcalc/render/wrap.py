"""Breaking a long formula into lines, at its loosest operators first.

Works on what the printer wrote, in any notation that writes operators with a space on both sides; never inside braces
or between \\left and \\right, where LaTeX could not be broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_TOKEN = re.compile(r"\\left[^a-zA-Z]|\\right[^a-zA-Z]|\\[a-zA-Z]+|\\.|[()\[\]{}]| ")
_EQUALS, _SUM, _COLON, _PRODUCT, _ANY = (
    ("=",),
    ("+", "-"),
    (":",),
    (".*", "./", "⊙", "⊘", "⊗", r"\odot", r"\oslash"),
    (),
)
STAGES: Sequence[tuple[int, tuple[str, ...]]] = (
    (0, _EQUALS),
    (0, _SUM),
    (0, _COLON),
    (0, _PRODUCT),
    (1, _SUM),
    (0, _ANY),
    (1, _PRODUCT),
    (2, _SUM),
    (1, _ANY),
    (2, _ANY),
    (10**9, _ANY),
)
"""Where to break: how deep inside brackets, and before which operators; none means at any space."""


def wrapped(text: str, width: int, measure: Callable[[str], int] = len) -> list[str]:
    """`text` in lines of at most `width` where it can be broken so; each line but the first starts with an operator."""
    lines = [text]
    for depth, operators in STAGES:
        if all(measure(line) <= width for line in lines):
            break
        found: list[str] = []
        for line in lines:
            found += [line] if measure(line) <= width else _packed(_split(line, depth, operators), width, measure)
        lines = found
    return lines


def summands(text: str) -> list[str]:
    """The terms of a sum, each but the first with its sign."""
    return _split(text, 0, _SUM)


def _packed(parts: Sequence[str], width: int, measure: Callable[[str], int]) -> list[str]:
    # As many parts on a line as fit.
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]} {part}"
        if measure(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _split(text: str, depth: int, operators: Sequence[str]) -> list[str]:
    # The parts of `text` between the spaces that stand before one of the operators, at most `depth` brackets deep.
    marks = tuple(f"{op} " for op in operators)

    def breaks(at: int) -> bool:
        return not marks or text.startswith(marks, at)

    parts: list[str] = []
    start = brackets = closed = 0
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in ("(", "["):
            brackets += 1
        elif word in (")", "]"):
            brackets -= 1
        elif word == "{" or word.startswith(r"\left"):
            closed += 1
        elif word == "}" or (word.startswith(r"\right") and not word.startswith(r"\rightarrow")):
            closed -= 1
        elif word == " " and not closed and brackets <= depth and token.start() > start and breaks(token.end()):
            parts.append(text[start : token.start()])
            start = token.end()
    return [*parts, text[start:]]


def extent(latex: str) -> int:
    """About how many characters wide a piece of LaTeX is set."""
    plain = re.sub(r"\\(frac|left|right|mathrm|mathbf|operatorname|hat|bar|tilde|text)\b", "", latex)
    plain = re.sub(r"\\lVert|\\rVert|\\thinspace", "|", plain)
    plain = re.sub(r"\\[a-zA-Z]+", "x", plain)
    plain = re.sub(r" ([-+:=]|x) ", r"\1\1\1", plain)
    return len(re.sub(r"[{}^_ \\]", "", plain))
