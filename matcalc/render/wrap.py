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
_OPERATORS = frozenset(_EQUALS + _SUM + _COLON + _PRODUCT)
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
        return text.startswith(marks, at) if marks else text[start : at - 1] not in _OPERATORS

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


_GLYPH = re.compile(r"\\[a-zA-Z]+|\\.|[{}^_]|[^\s]")
_WIDTHS = dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 8.8) | {"M": 11.0, "W": 11.0, "m": 9.0, "w": 8.0, "(": 4.3, ")": 4.3}
_WIDTHS |= {"+": 13.5, "-": 13.5, ":": 9.5, "=": 15.0, ",": 5.0, "'": 3.0, "[": 3.5, "]": 3.5, "f": 6.5, r"\,": 2.0}
_WIDTHS |= dict.fromkeys((r"\odot", r"\oslash", r"\cdot", r"\times", r"\ge"), 13.5)
_WIDTHS |= dict.fromkeys((r"\lVert", r"\rVert", r"\lvert", r"\rvert"), 5.5)
_WIDTHS |= dict.fromkeys((r"\exp", r"\log", r"\sin", r"\cos", r"\tan", r"\max", r"\min", r"\det"), 19.0)
_WIDTHS |= dict.fromkeys((r"\sinh", r"\cosh", r"\tanh", r"\arcsin", r"\arccos", r"\arctan"), 26.0)
_WIDTHS |= dict.fromkeys((r"\mathrm", r"\mathbf", r"\operatorname", r"\hat", r"\bar", r"\tilde", r"\frac"), 0.0)
_WIDTHS |= {r"\left": 4.5, r"\right": 4.5, r"\sqrt": 9.0, r"\top": 8.5, ">": 14.5}
_OTHER = 6.0


def extent(latex: str) -> int:
    """About how wide LaTeX is set, in points at 11 point. A fraction is as wide as its wider part."""
    total = [0.0]
    scale = [1.0]
    fractions: list[tuple[int, float]] = []  # (depth, width of the numerator or -1 before it is known)
    small = False
    for token in _GLYPH.finditer(latex):
        word = token.group()
        if word in "^_":
            small = True
            continue
        if word == "{":
            scale.append(scale[-1] * (0.75 if small else 1.0))
            total.append(0.0)
        elif word == "}":
            width = total.pop()
            scale.pop()
            if fractions and fractions[-1][0] == len(total):
                depth, above = fractions.pop()
                if above < 0:
                    fractions.append((depth, width))
                    continue
                width = max(width, above) + 3
            total[-1] += width
        else:
            if word == r"\frac":
                fractions.append((len(total), -1.0))
            total[-1] += _WIDTHS.get(word, _OTHER) * scale[-1] * (0.75 if small else 1.0)
        small = False
    return round(sum(total))
