"""A derivation as statements: its words left out, each formula with what stands on its left, in the order of the text.

`written` finds the claims of a text (claims.py), and joins those that belong to one chain: A = B, and = C in the next
line. Words around formulas are blanked first, so that every place stays one of the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from matcalc.check.claims import Claim, claims
from matcalc.errors import ParseError
from matcalc.syntax.languages import is_latex
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import GREEK
from matcalc.syntax.vocabulary import is_function

LONGEST = 20_000
"""The longest derivation, in characters."""
MOST = 200
"""The most formulas of a derivation."""
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•+][ \t]+(?=[^\n]*=)|>[ \t]?|\(?\d{1,2}[.)][ \t]+|\(\d{1,2}[a-z]?\)[ \t]*)")
_MARKS = re.compile(r"\*\*|__|`+(?:[a-z]*$)?|~~~", re.MULTILINE)
_LABEL = re.compile(r"(?m)[ \t]{2,}[(\[]\d{1,2}(?:\.\d)?[a-z]?[)\]][ \t]*[.,]?[ \t]*$")
_WORD = re.compile(r"(?<![\w\\.])[A-Za-z][a-z]+(?:-[a-z]+)*(?![\w('’/])")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    all also and any as at because being but by chain combining constant constants crossing cyclic definition
    differential differentiate differentiating do each finally first fixed follows for from get gets give given
    gives giving gradient has have held hence identity in insert inserting is it iv let linearity means next note
    now of on once or product read reading rearrange recall remember result rotating rotate rule same say
    second since so step substitute substituting such take taking that the then there therefore third this
    thus to trace transpose under use using we where which with yields you
""",
    )
)
"""Words that stand alone around formulas; two words beside each other are words in any case."""
_GOES_ON = re.compile(r"(=[^\n]*[\w)'’\]])\n([ \t]+[^\s=:][^\n=]*$)", re.MULTILINE)
"""A line without = that is indented goes on with the formula above it."""
_REMARK = re.compile(r"[(\[][^()\[\]=]*[)\]]")
_STATES = re.compile(r"^[ \t]*given\b", re.IGNORECASE)
_DECLARES = re.compile(r"^[ \t]*\w+(?:[ \t]*,[ \t]*\w+)*[ \t]*(?::(?!=)|∈|\bin\b|\\in\b)[^=]*$")
_ONES = frozenset("aI")


@dataclass(frozen=True)
class StatedChain:
    """One chain: a left side from `start` to `end` of the text, and the claims about it."""

    left: str
    start: int
    end: int
    rights: tuple[Claim, ...]


@dataclass(frozen=True)
class WrittenDerivation:
    """A text, the same without its words, its statements, and the places of what it declares or gives."""

    text: str
    formulas: str
    statements: tuple[StatedChain, ...]
    given: tuple[tuple[int, int], ...]

    def line(self, at: int) -> int:
        """The line of a place, from 1."""
        return self.text.count("\n", 0, at) + 1


def written(text: str, known: Collection[str] = ()) -> WrittenDerivation:
    """The statements of a text. `known`: names that are no words. Raises ParseError for one without any."""
    source = Source(text)
    if len(text) > LONGEST:
        message = f"the derivation has {len(text):,} characters, and the limit is {LONGEST:,}"
        raise source.error(ParseError, message, LONGEST, hint="check it in parts")
    formulas, given = _without_words(text, known)
    found = list(_chains(formulas)) if formulas.strip() else []
    if not found and not given:
        raise source.error(ParseError, "there is no formula here", 0, hint="write a line such as dJ = G : dX")
    if sum(len(statement.rights) for statement in found) > MOST:
        raise source.error(ParseError, f"the derivation has more than {MOST} formulas", 0, hint="check it in parts")
    return WrittenDerivation(text, formulas, tuple(found), tuple(given))


def _chains(formulas: str) -> Iterator[StatedChain]:
    left, start, end = "", 0, 0
    rights: list[Claim] = []
    for claim in claims(formulas):
        before = formulas[: claim.start].rstrip(" \t\n&")
        follows = claim.chained or (not claim.left.strip() and before.endswith("="))
        if not follows:
            if rights:
                yield StatedChain(left, start, end, tuple(rights))
            left, start, end, rights = claim.left, claim.left_start, claim.left_end, []
            if not before.endswith(("=", "≡", r"\equiv", r"\coloneqq")):  # nothing is claimed
                left, start, end = formulas[claim.start : claim.end], claim.start, claim.end
                continue
        rights.append(claim)
    if rights:
        yield StatedChain(left, start, end, tuple(rights))


def _without_words(text: str, known: Collection[str]) -> tuple[str, list[tuple[int, int]]]:
    given: list[tuple[int, int]] = []
    latex = is_latex(text)
    at = 0
    for line in text.splitlines(keepends=True):
        if _STATES.match(line) or (not latex and "=" not in line and _DECLARES.match(_blanked(_COMMENT, line))):
            given.append((at, at + len(line.rstrip("\r\n"))))
        at += len(line)
    for start, end in given:
        text = text[:start] + " " * (end - start) + text[end:]
    for pattern in (_BULLET, _MARKS, _LABEL):
        text = _blanked(pattern, text)
    return (text if latex else _apart(text, known)), given


_COMMENT = re.compile(r"(?<![\\&])#[^\n]*")


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _apart(text: str, known: Collection[str]) -> str:
    """Plain text with its words blanked; where they stand between two formulas, a ; parts these."""
    text = _GOES_ON.sub(lambda match: f"{match[1]} {match[2]}", text)
    named = {*known, *re.findall(r"(\w+)[ \t]*=(?!=)", text), *GREEK.values()}
    lines = []
    for line in text.split("\n"):
        line = _REMARK.sub(lambda match: _blanked_remark(match, named), line)
        line = _without_prose(line, named)
        words = [m for m in _WORD.finditer(line) if _is_word(m.group(), named)]
        runs: list[list[re.Match[str]]] = []
        for word in words:
            between = line[runs[-1][-1].end() : word.start()] if runs else ""
            if runs and set(between.split()) <= {",", ":", ";", ".", *_ONES}:
                runs[-1].append(word)
            else:
                runs.append([word])
        for run in reversed(runs):
            if len(run) == 1 and run[0].group().lower() not in _COMMON:
                continue
            start, end = run[0].start(), run[-1].end()
            before, after = line[:start].rstrip(), line[end:].lstrip()
            if before.endswith(("(", "[")) and after.startswith((")", "]")):
                start, end = len(before) - 1, len(line) - len(after) + 1
                before, after = line[:start].rstrip(), line[end:].lstrip()
            while before.endswith((",", ":", ".", "(", "—", "–", "--")):
                before = before[:-1].rstrip()
            while after.startswith((",", ":", ".")):
                after = after[1:].lstrip()
            start, end = len(before), len(line) - len(after)
            gap = " " * (end - start)
            line = line[:start] + (f";{gap[1:]}" if before and after and gap else gap) + line[end:]
        lines.append(line)
    return "\n".join(lines)


def _blanked_remark(match: re.Match[str], known: Collection[str]) -> str:
    """A bracket with one of the common words in it is a remark."""
    words = [word.lower() for word in _WORD.findall(match.group())]
    return " " * len(match.group()) if any(w in _COMMON and _is_word(w, known) for w in words) else match.group()


def _without_prose(line: str, known: Collection[str]) -> str:
    """A line without = that begins with words is all words; so is what follows them behind the last formula."""
    at = line.rfind("=") + 1
    for word in _WORD.finditer(line, at):
        if not _is_word(word.group(), known):
            continue
        follows = line[word.end() :].split()
        alone = not follows or (set(follows[0]) <= set(",:;.)]") or not _WORD.match(follows[0]))
        if alone and word.group().lower() not in _COMMON:
            continue
        before = line[: word.start()].rstrip()
        if not at and before.lstrip("([0123456789.) "):
            return line
        before = before.rstrip(",:;.([—–- ") if at else ""
        return before.ljust(len(line))
    return line


def _is_word(word: str, known: Collection[str]) -> bool:
    return not (
        word in known or (is_function(word) and word.lower() not in _COMMON) or (word[0] == "d" and word[1:] in known)
    )
