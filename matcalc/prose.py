"""Sentences in which the mathematics is marked, so that no writer has to search for formulas.

The author of a sentence marks it: `X W` between backquotes is a name or a formula as a user types it; $G_ij$ between
dollar signs is a formula in letters with indices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Typed:
    """A name or a formula in the notation that a user types. `plain` is its replacement in plain ASCII."""

    text: str
    plain: str = ""


@dataclass(frozen=True)
class Letters:
    """A short formula in letters, numbers and indices, such as G_ij V_ij, which is not an expression of a program."""

    text: str


Phrase: TypeAlias = "str | Typed | Letters"
_MARK = re.compile(r"`([^`]+)`|\$([^$]+)\$")


class Prose(str):
    """A sentence. As a string it is the sentence in plain text; `parts` are its words and its mathematics, in order."""

    parts: tuple[Phrase, ...]

    def __new__(cls, *parts: Phrase) -> Prose:
        """The sentence made of these parts."""
        found = super().__new__(cls, "".join(part if isinstance(part, str) else part.text for part in parts))
        found.parts = tuple(inner for part in parts for inner in parts_of(part))
        return found

    def each(self, change: Callable[[str], str]) -> Prose:
        """The sentence with every formula in it changed, both as typed and as plain text."""
        return Prose(*(Typed(change(p.text), change(p.plain)) if isinstance(p, Typed) else p for p in self.parts))


def parts_of(sentence: Phrase) -> tuple[Phrase, ...]:
    """The parts of a sentence; a plain string is one part."""
    return sentence.parts if isinstance(sentence, Prose) else (sentence,)


def marked(text: str) -> Prose:
    """Parses a marked sentence: `a name or a formula as typed`, $letters with indices$.

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
    """The sentences joined by `between`."""
    found: list[Phrase] = []
    for sentence in sentences:
        found += [between, sentence] if found else [sentence]
    return Prose(*found)
