"""The spelling of names. Internally a name is ASCII, its Greek letters spelled out: `delta2`, `lambda`, `yhat`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

_NAMES = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu
    nu xi omicron pi rho sigma tau upsilon phi chi psi omega
"""
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικλμνξοπρστυφχψω", strict=True))
GREEK |= dict(zip(_NAMES.title().split(), "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", strict=True))
"""Every Greek letter by its name; capitals by the capitalized name."""

_SHORT = {"lam": "lambda", "eps": "epsilon"}
_LOOKALIKES = "omicron Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron Rho Tau Upsilon Chi"
_LATIN_LOOKALIKES = frozenset(_LOOKALIKES.split())
# Where the notation reads a Greek letter: a name's first letter, or an index of its own.
_WORD = re.compile(r"(?:^[A-Za-z]+(?=[0-9_\[]|$))|(?:(?<=_)[A-Za-z]+(?=[0-9]*(?:[_\[]|$)))")
_ACCENT = re.compile(r"([^_]+)_?(hat|bar|tilde)((?:_?\d+)?)$")
_ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}


class Spelling(NamedTuple):
    """How a notation of two dimensions sets the parts of a name: a letter, a Greek letter by its name, a word, digits.

    `accent` puts "hat", "bar" or "tilde" on a stem, `below` sets indices below one.
    """

    letter: Callable[[str], str]
    greek: Callable[[str], str]
    word: Callable[[str], str]
    digits: Callable[[str], str]
    accent: Callable[[str, str], str]
    below: Callable[[str, Sequence[str]], str]


@lru_cache(maxsize=4096)
def unicode(name: str) -> str:
    """Greek letters as letters: δ2, λ, W_θ. Letters that look Latin stay spelled out, since A and Α look alike."""
    return _WORD.sub(lambda word: _letter(word.group()), name)


def _letter(word: str) -> str:
    return word if word in _LATIN_LOOKALIKES else GREEK.get(word, word)


@lru_cache(maxsize=4096)
def spelled(name: str, how: Spelling) -> str:
    """A name taken apart: a letter or a word with an accent and indices below, those of W_hat_2, deltaW, a[l]."""
    name, _, layer = name.removesuffix("]").partition("[") if name.endswith("]") else (name, "", "")
    accented = _ACCENT.match(name)
    if accented:
        base, accent, index = accented.groups()
        stem, under = _stem(base, how)
        stem = how.accent(accent, stem)
        under += [how.digits(index.strip("_"))] if index else []
    else:
        stem, under = _stem(name, how)
    under += [how.letter(layer)] if layer else []
    return how.below(stem, under) if under else stem


def _stem(name: str, how: Spelling) -> tuple[str, list[str]]:
    # The letter or word that a name is built on, and what is set below the line.
    name = name.strip("_") or name
    head, *rest = [part for part in name.split("_") if part] or [name]
    match = re.match(r"([A-Za-z]+)(\d*)$", head)
    if not match:
        return how.word(name), []
    word, digits = match.groups()
    stem, tail = _split(word, how)
    indices = [spelled(tail, how)] if tail else []
    indices += [how.digits(digits)] if digits else []
    return stem, indices + [how.digits(part) if part.isdigit() else spelled(part, how) for part in rest]


def _split(word: str, how: Spelling) -> tuple[str, str]:
    # A letter, a Greek letter, a letter with a letter below it (Wq, deltaW), or a word.
    if len(word) == 1:
        return how.letter(word), ""
    if word in GREEK:
        return _greek(word, how), ""
    if word in _SHORT:
        return how.greek(_SHORT[word]), ""
    if word == "un":  # the eigenvector beside u1
        return how.letter("u"), "n"
    for letter in GREEK:
        if word.startswith(letter) and len(word) - len(letter) == 1 and len(letter) > 2:
            return _greek(letter, how), word[len(letter) :]
    if len(word) == 2 and word[0].isupper():
        return how.letter(word[0]), word[1]
    return how.word(word), ""


def _greek(letter: str, how: Spelling) -> str:
    if letter in _LATIN_LOOKALIKES:
        return how.letter("o") if letter == "omicron" else how.word(letter[0])
    return how.greek(letter)


def _under(stem: str, indices: Sequence[str]) -> str:
    index = ",".join(indices)
    return f"{stem}_{index}" if len(index) == 1 else f"{stem}_{{{index}}}"


_LATEX = Spelling(
    letter=str,
    greek=lambda letter: "\\" + {"epsilon": "varepsilon"}.get(letter, letter),
    word=lambda word: r"\mathrm{" + word.replace("_", r"\_") + "}",
    digits=str,
    accent=lambda accent, stem: f"{_ACCENTS[accent]}{{{stem}}}",
    below=_under,
)


def latex_word(name: str) -> str:
    r"""A name as it is typed: \mathrm{W\_1}."""
    return _LATEX.word(name)


def latex(name: str) -> str:
    r"""A name as it is set: \delta_2, W_1, \hat{y}_2, \mathrm{loss}."""
    return spelled(name, _LATEX)
