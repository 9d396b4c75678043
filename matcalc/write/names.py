"""How names are spelled. A name is ASCII inside, its Greek letters spelled out: `delta2`, `lambda`, `yhat`."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu
    nu xi omicron pi rho sigma tau upsilon phi chi psi omega
"""
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικλμνξοπρστυφχψω", strict=True))
GREEK |= dict(zip(_NAMES.title().split(), "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", strict=True))
"""Every Greek letter by its name; capitals by the capitalized name."""

_LOOKALIKES = "omicron Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron Rho Tau Upsilon Chi"
_LATIN_LOOKALIKES = frozenset(_LOOKALIKES.split())
# Where the notation reads a Greek letter: a name's first letter, or an index of its own.
_WORD = re.compile(r"(?:^[A-Za-z]+(?=[0-9_\[]|$))|(?:(?<=_)[A-Za-z]+(?=[0-9]*(?:[_\[]|$)))")
_ACCENT = re.compile(r"([^_]+)_?(hat|bar|tilde)((?:_?\d+)?)$")
_ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}


def plain(name: str) -> str:
    """The name itself."""
    return name


@lru_cache(maxsize=4096)
def unicode(name: str) -> str:
    """Greek letters as letters: δ2, λ, W_θ. One that looks Latin stays spelled out; A and Α could not be told apart."""
    return _WORD.sub(lambda word: _letter(word.group()), name)


def _letter(word: str) -> str:
    return word if word in _LATIN_LOOKALIKES else GREEK.get(word, word)


@lru_cache(maxsize=4096)
def latex(name: str) -> str:
    r"""A name as it is set: \delta_2, W_1, \hat{y}_2, \mathrm{loss}."""
    name, _, layer = name.removesuffix("]").partition("[") if name.endswith("]") else (name, "", "")
    accented = _ACCENT.match(name)
    if accented:
        base, accent, index = accented.groups()
        stem, under = _stem(base)
        under = ",".join(part for part in (under, index.strip("_"), layer) if part)
        return f"{_ACCENTS[accent]}{{{stem}}}" + _under(under)
    stem, under = _stem(name)
    return stem + _under(",".join(part for part in (under, layer) if part))


def _under(index: str) -> str:
    return "" if not index else f"_{index}" if len(index) == 1 else f"_{{{index}}}"


def _stem(name: str) -> tuple[str, str]:
    # The letter or word that a name is built on, and what is set below the line.
    name = name.strip("_") or name
    head, *rest = [part for part in name.split("_") if part] or [name]
    match = re.match(r"([A-Za-z]+)(\d*)$", head)
    if not match:
        return r"\mathrm{" + name.replace("_", r"\_") + "}", ""
    word, digits = match.groups()
    stem, tail = _split(word)
    indices = [part for part in (_index(tail), digits) if part]
    indices += [part if part.isdigit() else latex(part) for part in rest]
    return stem, ",".join(indices)


def _index(tail: str) -> str:
    return "" if not tail else latex(tail)


def _split(word: str) -> tuple[str, str]:
    # A letter, a Greek letter, a letter with a letter below it (Wq, deltaW), or a word.
    if len(word) == 1:
        return word, ""
    if word in GREEK:
        return _greek(word), ""
    if word == "lam":
        return r"\lambda", ""
    if word == "un":  # the eigenvector beside u1
        return "u", "n"
    for letter in GREEK:
        if word.startswith(letter) and len(word) - len(letter) == 1 and len(letter) > 2:
            return _greek(letter), word[len(letter) :]
    if len(word) == 2 and word[0].isupper():
        return word[0], word[1]
    return rf"\mathrm{{{word}}}", ""


def _greek(letter: str) -> str:
    if letter in _LATIN_LOOKALIKES:
        return "o" if letter == "omicron" else rf"\mathrm{{{letter[0]}}}"
    return "\\" + letter
