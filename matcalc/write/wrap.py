"""Breaking a long formula into lines, at its loosest operators first.

Works on what the printer wrote, in any notation that writes operators with a space on both sides; never inside braces
or between \\left and \\right, where LaTeX could not be broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

_TOKEN = re.compile(r"\\left[^a-zA-Z]|\\right[^a-zA-Z]|\\[bB]igg?[lr]\W|\\[a-zA-Z]+|\\.|[()\[\]{}‖]| ")
_OPENING = frozenset(("(", "[", r"\lVert", r"\biggl("))
_CLOSING = frozenset((")", "]", r"\rVert", r"\biggr)"))
_SUM = ("+", "-")
COSTS: Sequence[tuple[tuple[str, ...], float]] = (
    (("=",), 0.0),
    (_SUM, 1.0),
    ((":",), 4.0),
    ((".*", "⊙", "⊗", r"\odot", r"\otimes"), 8.0),
    (("/", "./", "⊘", r"\oslash"), 12.0),
)
"""What it costs to break before each operator outside all brackets, where a line costs 1."""
_COST = {operator: cost for operators, cost in COSTS for operator in operators}
_BESIDE = 16.0
"""To break between factors that stand side by side."""
_INSIDE = 24.0
"""To break inside brackets, for each of the first few."""
_DEEP = 4
_SHORT, _ORPHAN = 6, 20.0
"""A later line that is shorter than this and starts with no operator, and what it costs."""
_OVER = 1000.0


def wrapped(text: str, width: int, measure: Callable[[str], int] = len) -> list[str]:
    """`text` in lines of at most `width` where it can be broken so; most lines but the first start with an operator."""
    if measure(text) <= width:
        return [text]
    pieces = list(_pieces(text))
    if len(pieces) == 1:
        return [text]
    sizes = [measure(piece) for piece, _ in pieces]
    space = measure("a b") - 2 * measure("a")
    # best[j]: (cost, start of the last line) of the pieces before j.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for j in range(1, len(pieces) + 1):
        found = (float("inf"), 0)
        length = -space
        for i in range(j - 1, -1, -1):
            length += sizes[i] + space
            if length > width and i < j - 1:
                break
            cost = best[i][0] + (pieces[i][1] if i else 0.0) + _line(pieces[i][0], length, width, i, j == len(pieces))
            if cost < found[0]:
                found = cost, i
        best.append(found)
    lines: list[str] = []
    end = len(pieces)
    while end:
        start = best[end][1]
        lines.append(" ".join(piece for piece, _ in pieces[start:end]))
        end = start
    return lines[::-1]


def _line(first: str, length: int, width: int, start: int, last: bool) -> float:
    # What a line costs: itself, what it leaves empty, and whether it stands there forlorn.
    cost = 1.0 if last else 1.0 + 0.3 * (1 - min(length / width, 1.0)) ** 2
    if length > width:
        cost += _OVER * (length - width)
    if start and length < _SHORT * width / 60 and first.partition(" ")[0] not in _COST:
        cost += _ORPHAN
    return cost


def summands(text: str) -> list[str]:
    """The terms of a sum, each but the first with its sign."""
    found: list[str] = []
    for piece, cost in _pieces(text):
        if not found or cost == _COST["+"]:
            found.append(piece)
        else:
            found[-1] += f" {piece}"
    return found


def loosened(latex: str, width: int) -> str:
    r"""LaTeX in which lines can end inside growing brackets, which get one size, and inside fractions that are wider.

    Such a fraction \frac{a}{b} is written (a) (b)^{-1}.
    """
    found = latex.replace(r"\left(", r"\biggl(").replace(r"\right)", r"\biggr)")
    at = found.find(_FRACTION)
    while at >= 0:
        middle = _closing(found, at + len(_FRACTION))
        end = _closing(found, middle + 2)
        if extent(found[at : end + 1]) > width:
            above, below = found[at + len(_FRACTION) : middle], found[middle + 2 : end]
            upper = "" if above == "1" else f"({above}) "
            found = f"{found[:at]}{upper}({below})^{{-1}}{found[end + 1 :]}"
        at = found.find(_FRACTION, at + 1)
    return found


_FRACTION = r"\frac{"


def _closing(latex: str, start: int) -> int:
    # Where the brace closes that was opened before `start`.
    depth = 1
    for token in _TOKEN.finditer(latex, start):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if not depth:
            return token.start()
    raise ValueError("a brace is never closed")


def _pieces(text: str) -> Iterator[tuple[str, float]]:
    # What stands between the spaces where a line may end, each piece with the cost of a break before it.
    start, cost = 0, 0.0
    depth = closed = 0
    bars = False
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in _OPENING:
            depth += 1
        elif word in _CLOSING:
            depth -= 1
        elif word == "‖":  # no norm stands between bars inside another
            bars = not bars
            depth += 1 if bars else -1
        elif word in ("{", r"\begin") or (word.startswith(r"\left") and not word[5:].isalpha()):
            closed += 1
        elif word in ("}", r"\end") or (word.startswith(r"\right") and not word[6:].isalpha()):
            closed -= 1
        elif word == " " and not closed and token.start() > start:
            following = text[token.end() : token.end() + 8].partition(" ")[0]
            before = text[start : token.start()]
            if before in _COST:
                continue  # no line ends with an operator
            yield before, cost
            start = token.end()
            cost = _COST.get(following, _BESIDE) + _INSIDE * min(max(depth, 0), _DEEP)
    yield text[start:], cost


_GLYPH = re.compile(r"\\[a-zA-Z]+|\\.|[{}^_]|[^\s]")
_WIDTHS = dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 8.8) | {"M": 11.0, "W": 11.0, "m": 9.0, "w": 8.0, "(": 4.3, ")": 4.3}
_WIDTHS |= {"+": 13.5, "-": 13.5, ":": 9.5, "=": 15.0, ",": 5.0, "'": 3.0, "[": 3.5, "]": 3.5, "f": 6.5, r"\,": 2.0}
_WIDTHS |= dict.fromkeys((r"\odot", r"\oslash", r"\otimes", r"\cdot", r"\times", r"\ge"), 13.5)
_WIDTHS |= dict.fromkeys((r"\lVert", r"\rVert", r"\lvert", r"\rvert"), 5.5)
_WIDTHS |= dict.fromkeys((r"\exp", r"\log", r"\sin", r"\cos", r"\tan", r"\max", r"\min", r"\det"), 19.0)
_WIDTHS |= dict.fromkeys((r"\sinh", r"\cosh", r"\tanh", r"\arcsin", r"\arccos", r"\arctan"), 26.0)
_WIDTHS |= dict.fromkeys((r"\mathrm", r"\mathbf", r"\operatorname", r"\hat", r"\bar", r"\tilde"), 0.0)
_WIDTHS |= dict.fromkeys((r"\frac", r"\underbrace"), 0.0)
_WIDTHS |= {r"\biggl": 5.0, r"\biggr": 5.0, r"\left": 4.5, r"\right": 4.5, r"\sqrt": 9.0, r"\top": 8.5, ">": 14.5}
_WIDTHS |= {r"\sum": 24.0, r"\int": 12.0, "&": 10.0, r"\infty": 11.0}
_OTHER = 6.0
_LIMITS = re.compile(r"\\sum_\{[^{}]*\}\^\{[^{}]*\}")
_BRACKETS = 12.0
"""The brackets of a matrix, with the space about them."""


def extent(latex: str) -> int:
    """About how wide LaTeX is set, in points at 11 point.

    A fraction is as wide as its wider part, and so is a factor with its shape below a brace; a matrix of blocks is as
    wide as its widest row.
    """
    total = [0.0]
    scale = [1.0]
    fractions: list[tuple[int, float]] = []  # (depth, width of the numerator or -1 before it is known)
    widest: list[float] = []  # of the rows so far, for each matrix that is open
    small = False
    latex = latex.replace(r"\begin{bmatrix}", r"\begin").replace(r"\end{bmatrix}", r"\end")
    for token in _GLYPH.finditer(_LIMITS.sub(r"\\sum", latex)):
        word = token.group()
        if word in "^_":
            small = True
            continue
        if word == r"\begin":
            widest.append(0.0)
            total.append(0.0)
        elif widest and word in (r"\\", r"\end"):
            widest[-1] = max(widest[-1], total[-1])
            total[-1] = 0.0
            if word == r"\end":
                total.pop()
                total[-1] += widest.pop() + _BRACKETS
        elif word == "{":
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
            if word in (r"\frac", r"\underbrace"):
                fractions.append((len(total), -1.0))
            total[-1] += _WIDTHS.get(word, _OTHER) * scale[-1] * (0.75 if small else 1.0)
        small = False
    return round(sum(total))
