"""Sentences that know which of their words are mathematics.

Whoever makes a sentence says so: `X W` between backquotes is a name or a formula as it is typed, $G_ij$ between dollar
signs a formula in letters with indices. No writer looks for formulas in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Typed:
    """A name or a formula in the notation that a user types. `plain` is what plain ASCII has in its place."""

    text: str
    plain: str = ""


@dataclass(frozen=True)
class Letters:
    """A short formula in letters, numbers and indices, such as G_ij V_ij, which is no expression of a program."""

    text: str


Phrase: TypeAlias = "str | Typed | Letters"
_MARK = re.compile(r"`([^`]+)`|\$([^$]+)\$")


class Prose(str):
    """A sentence. As a string it is the sentence in plain text; `parts` are its words and its mathematics, in order."""

    parts: tuple[Phrase, ...]

    def __new__(cls, *parts: Phrase) -> Prose:
        """The sentence that these parts make together."""
        found = super().__new__(cls, "".join(part if isinstance(part, str) else part.text for part in parts))
        found.parts = tuple(inner for part in parts for inner in parts_of(part))
        return found

    def each(self, change: Callable[[str], str]) -> Prose:
        """The sentence with every formula in it changed, as it was typed and as plain text."""
        return Prose(*(Typed(change(p.text), change(p.plain)) if isinstance(p, Typed) else p for p in self.parts))


def parts_of(sentence: Phrase) -> tuple[Phrase, ...]:
    """The parts of a sentence; a plain string is words alone."""
    return sentence.parts if isinstance(sentence, Prose) else (sentence,)


def marked(text: str) -> Prose:
    """The sentence that is marked so: `a name or a formula as typed`, $letters with indices$.

    >>> marked("`W` is square, $i = j$").parts
    (Typed(text='W', plain=''), ' is square, ', Letters(text='i = j'))
    """
    if isinstance(text, Prose):
        return text
    found: list[Phrase] = []
    at = 0
    for mark in _MARK.finditer(text):
        found.append(text[at : mark.start()])
        found.append(Typed(mark[1]) if mark[1] else Letters(mark[2]))
        at = mark.end()
    found.append(text[at:])
    return Prose(*(part for part in found if part))


def joined(between: str, sentences: Iterable[Phrase]) -> Prose:
    """Sentences one after the other."""
    found: list[Phrase] = []
    for sentence in sentences:
        found += [between, sentence] if found else [sentence]
    return Prose(*found)
