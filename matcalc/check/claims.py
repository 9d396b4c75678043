"""A reader's text as claims: the formulas in it, each with what stands to the left of its =, and where they stand.

A text is plain lines, Markdown with formulas between dollar signs, or aligned LaTeX; words between formulas are left
out. Only the places of formulas are found here: whoever reads one reads `only(text, claim)`, in which all else is
blank, so that every place and every caret is one of the text as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matcalc.errors import ParseError
from matcalc.syntax import LIMIT
from matcalc.syntax.languages import is_latex
from matcalc.syntax.source import Source

_BEGIN = re.compile(r"\\(begin|end)\s*\{\s*(\w+)\*?\s*\}(\s*\{[lcr|]*\})?")
_ROWS = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix", "Vmatrix", "Bmatrix", "smallmatrix", "array", "cases"})
"""The environments whose rows are no lines of the text."""
_WHERE = re.compile(r"(?:\\(?:text|mbox|quad)\s*\{)?\s*\b(?:where|with)\b[:,]?\s*\}?", re.IGNORECASE)
_NUMBERED = re.compile(r"(?m)^[ \t]*(?:\d+|\(\d+\))[.)]?[ \t]+(?=[^\W\d_][\w'^{}\\/]*[ \t]*:?=)")
_THEN = re.compile(r"\.\s+(?=(?:Then|Finally|Hence|So|Thus|Therefore|Now|Next|We|Let|With)\b)")
_FENCE = re.compile(r"(?m)^[ \t]*```\w*[ \t]*$")
_BY = re.compile(
    r"\b(?:the\s+)?(?:gradient|derivative|slope)\s+(?:of\s+\S+\s+)?(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|by)\s+\S+"
    r"(?:\s+is\b)?",
    re.IGNORECASE,
)
"""Words that say what follows is the gradient."""
_DROPPED = re.compile(
    r"\\(?:label|tag|text|mbox|textbf|textit|intertext)\*?\s*\{[^{}]*\}|\\(?:nonumber|notag|displaystyle|qquad|quad)\b"
)
_ARROWS = re.compile(
    r"'[a-z,]+->[a-z]*'|\"[a-z,]+->[a-z]*\"|⇒|⟹|→|=>|->|\\(?:implies|Rightarrow|Longrightarrow|rightarrow|to|therefore|iff|Leftrightarrow)\b"
)
_DISPLAY = re.compile(
    r"\$\$(?P<a>.+?)\$\$|\$(?P<b>[^$\n]+)\$|\\\[(?P<c>.+?)\\\]|\\\((?P<d>.+?)\\\)|```math(?P<e>.+?)```", re.S
)
_ALIGNED = re.compile(r"\\begin\s*\{(\w+)(\*?)\}.+?\\end\s*\{\1\2\}", re.S)
_COMMENT = re.compile(r"(?<![\\&])#[^\n]*|(?<!\\)%[^\n]*")
_GOES_ON = re.compile(r"(?:(?<!_)[-+*=,@·∘⊙⊗(\[{–−]|\.\*|\./|:)\s*$")
_CONTINUES = re.compile(r"\s*(?:&\s*)*(?:[+*=@·∘⊙⊗)\]}]|\.\*|\./|[-–−]\s)")
_EQUALS = re.compile(r"(?<![<>!=:])(?::=|=(?!=)|\\coloneqq\b|≡|\\equiv\b)")
_WORDS = re.compile(
    r"\s*(?:(?:the|my|final|so|thus|hence|then|therefore|and|where|with|let|we|have|get|that|is|are|by|which|gives|"
    r"answer|gradient|result|solution|derivative|it|follows|now|finally|using)\b[\s,:]*)+(?=\S)",
    re.IGNORECASE,
)
_CALLS = re.compile(r"[\w)\]}]")
_OPENING = "([{"
_CLOSING = ")]}"


@dataclass(frozen=True)
class Claim:
    """A formula in a text, from `start` to `end`, and what it is said to be: `left`, "" if nothing is.

    `chained`: it stands behind the second or a later = of its statement, as C in A = B = C. `left` is then that of the
    first.
    """

    left: str
    left_start: int
    left_end: int
    start: int
    end: int
    chained: bool = False

    def line(self, text: str) -> int:
        """The line of the text in which the formula begins, from 1."""
        return text.count("\n", 0, self.start) + 1


def claims(text: str) -> list[Claim]:
    """The claims of a text, in order. Raises ParseError where there is none, and for a text that is too long."""
    source = Source(text)
    if len(text) > LIMIT:
        message = f"the text has {len(text):,} characters, and the limit is {LIMIT:,}"
        raise source.error(ParseError, message, LIMIT, hint="give its parts one by one")
    shown = _without_marks(text)
    found = [claim for start, end in _statements(shown) for claim in _sides(text, shown, start, end)]
    if not found:
        raise source.error(ParseError, "there is no formula here", 0, len(text), hint="write the formula, X' (X w - y)")
    return found


def only(text: str, claim: Claim) -> str:
    """The text with everything blank but the formula of a claim."""
    inside = _without_marks(text)[claim.start : claim.end]
    before = "".join(c if c == "\n" else " " for c in text[: claim.start])
    return before + inside.replace("\n", " ")


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def _without_marks(text: str) -> str:
    """The text, as long as it was, without what lays it out: comments, dollar signs, words, alignment.

    A line of an environment ends with a new line here.
    """
    latex = is_latex(text)
    for match in _COMMENT.finditer(text):
        if match.group().startswith("#") or latex:
            text = _blank(text, match.start(), match.end())
    if latex:
        text = _formulas(text)
        text = _lines_of_environments(text)
    for pattern in (_BY, _FENCE, _NUMBERED):
        text = pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    for pattern in (_WHERE, _THEN, _ARROWS):
        text = pattern.sub(lambda match: match[0] if match[0][0] in "'\"" else ";".ljust(len(match[0])), text)
    if latex:
        text = _DROPPED.sub(lambda match: " " * len(match.group()), text)
    return text


def _formulas(text: str) -> str:
    # Where formulas are marked, all that is between them is words.
    stretches = [(m.start(k), m.end(k)) for m in _DISPLAY.finditer(text) for k in "abcde" if m.group(k) is not None]
    for match in _ALIGNED.finditer(text):
        if match[1] not in _ROWS and not any(start <= match.start() < end for start, end in stretches):
            stretches.append((match.start(), match.end()))
    if not stretches:
        return text
    found = "".join(c if c == "\n" else " " for c in text)
    saying = any(_EQUALS.search(text[start:end]) for start, end in stretches)
    for start, end in sorted(stretches):
        if saying and not _EQUALS.search(text[start:end]) and len(text[start:end].split()) < 2:
            continue  # a name that a sentence mentions
        found = found[:start] + text[start:end] + found[end:]
        if end < len(found) and found[end] == " ":
            found = f"{found[:end]};{found[end + 1 :]}"
    return found


def _lines_of_environments(text: str) -> str:
    depth = 0
    found = list(text)
    i = 0
    while i < len(text):
        match = _BEGIN.match(text, i)
        if match is not None:
            if match[2] in _ROWS:
                depth += 1 if match[1] == "begin" else -1
            else:
                found[match.start() : match.end()] = _blank(match.group(), 0, len(match.group()))
            i = match.end()
            continue
        if depth <= 0 and text.startswith("\\\\", i):
            found[i : i + 2] = [";", " "]
            i += 2
            continue
        if depth <= 0 and text[i] == "&" and text[i - 1 : i] != "\\":
            found[i] = " "
        if depth <= 0 and text[i] == "\\" and text[i + 1 : i + 2]:
            i += 1
        i += 1
    return "".join(found)


def _statements(text: str) -> Iterator[tuple[int, int]]:
    depth = start = 0
    for i, c in enumerate(text):
        if c in _OPENING:
            depth += 1
        elif c in _CLOSING:
            depth = max(0, depth - 1)
        elif i and text[i - 1] == "\\" and c in ",;":  # a space of LaTeX
            continue
        elif not depth and (c == ";" or (c == "," and _defines(text, i + 1))):
            yield start, i
            start = i + 1
        elif not depth and c == "\n":
            if _GOES_ON.search(text, start, i) or _CONTINUES.match(text, i + 1):
                continue
            yield start, i
            start = i + 1
    yield start, len(text)


_LEFT = re.compile(r"[^,;=\n+*<>−–]{1,80}?(?<![-+*<>]):?=(?!=)")


def _defines(text: str, at: int) -> bool:
    """Whether what follows a comma has a left side, without any sum, and an =."""
    match = _LEFT.match(text, at)
    return match is not None and " - " not in match.group()


def _sides(text: str, shown: str, start: int, end: int) -> Iterator[Claim]:
    if not shown[start:end].strip():
        return
    cuts: list[tuple[int, int]] = []
    for match in _EQUALS.finditer(shown, start, end):
        inside = shown[start : match.start()]
        if sum(inside.count(c) for c in _OPENING) == sum(inside.count(c) for c in _CLOSING):
            cuts.append((match.start(), match.end()))
    words = _WORDS.match(shown, start, end)
    left_start, left_end = _trimmed(shown, words.end() if words else start, cuts[0][0] if cuts else start)
    if not cuts:
        cuts = [(start, words.end() if words else start)]
        left_start = left_end = start
    for k, (_, after) in enumerate(cuts):
        begin, stop = _trimmed(shown, after, cuts[k + 1][0] if k + 1 < len(cuts) else end)
        yield Claim(text[left_start:left_end], left_start, left_end, begin, stop, k > 0)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace()):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ".,"):
        end -= 1
    return start, max(start, end)


def compared(written: str) -> str:
    """A text with [Z > 0] for (Z > 0), where the brackets are of no call."""
    found = list(written)
    inside: list[tuple[int, set[str]]] = []
    for i, c in enumerate(written):
        if c in "([{":
            inside.append((i, set()))
        elif c in ")]}" and inside:
            open_, signs = inside.pop()
            if signs == {"<"} and written[open_] == "(" and not _CALLS.match(written[:open_][-1:]):
                found[open_], found[i] = "[", "]"
            if inside:
                inside[-1][1].update(signs & {"="})
        elif c in "<>=" and inside:
            alone = c != "=" and not {*written[i - 1 : i], *written[i + 1 : i + 2]} & {*"<>="}
            inside[-1][1].add("<" if alone else "=")
    return "".join(found)
