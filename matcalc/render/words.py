"""Sentences with formulas in them, taken apart: notes quote what the user typed, reasons name entries such as G_ij.

A sentence is a plain text; what in it is a formula shows by its spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple

from matcalc.write import names as spelling


class Run(NamedTuple):
    """A part of a sentence. `kind`: "words"; "math", a short formula in letters, indices and numbers; or "code"."""

    kind: str
    text: str


_LETTER = r"(?:[A-Za-z]_[a-z]{1,3}|diag|tr|d[A-Z](?!\w)|[A-Za-z](?!\w)'*|[0-9]+)"
_SIMPLE = re.compile(rf"(?:{_LETTER}|[-+*/=():]| )+")
_INDICES = re.compile(r"(?<=over )[a-z](?:, [a-z])*(?= of)")
_SIZE = re.compile(r"[a-z]\w*=\d+")
_ASSOCIATED = frozenset("+-*/=:⊙⊘⊗×")
_FORMULA = re.compile(r".*[()\[\]^'*+/=_⊙⊘⊗‖].*|.*[A-Za-z]\d.*")
_ASIDE = re.compile(r"(?<![\w'])\(([^()]*)\)")
_ENGLISH = re.compile(r"(?<!\w)[a-z]{2,}(?![\w(])")
_PLAIN = re.compile(
    r"[A-Za-z]+'s|\(?[\d.–-]+\)?|[A-Za-z]+-[a-z]+|\(?[A-Za-z]{2,}-[A-Za-z]{2,}\)?|\([A-Za-z]{2,}|[A-Za-z]{2,}\)"
)
_TRAILING = ",;:."


def runs(sentence: str, names: Collection[str] = ()) -> Iterator[Run]:
    """The parts of `sentence` in order; together they are the sentence. `names`: those of the program."""
    at = 0
    for found in _INDICES.finditer(sentence):
        yield from _runs(sentence[at : found.start()], names)
        yield Run("math", found.group())
        at = found.end()
    yield from _runs(sentence[at:], names)


def _runs(sentence: str, names: Collection[str]) -> Iterator[Run]:
    # The brackets of an aside, (A symmetric), are no part of a formula.
    asides = [m for m in _ASIDE.finditer(sentence) if set(_ENGLISH.findall(m[1])) - set(names)]
    for aside in reversed(asides):
        sentence = f"{sentence[: aside.start()]}\0({aside[1]}\0){sentence[aside.end() :]}"
    words = re.findall(r"\0.|\s+|[^\s\0]+", sentence)
    kinds = _kinds(words, names)
    words = [word.strip("\0") for word in words]
    i = 0
    while i < len(words):
        j = i + 1
        while j < len(words) and kinds[j] == kinds[i]:
            j += 1
        text = "".join(words[i:j])
        if kinds[i] == "words":
            yield Run("words", text)
        else:
            core = text.rstrip(_TRAILING + " ")
            size = bool(_SIZE.fullmatch(core))
            simple = core in names or size or _SIMPLE.fullmatch(core)
            yield Run("math" if simple else "code", core)
            if core != text:
                yield Run("words", text[len(core) :])
        i = j


def _kinds(words: list[str], names: Collection[str]) -> list[str]:
    # "formula" or "words" for each word; an opened bracket belongs together, and an operator to its neighbours.
    kinds: list[str] = []
    depth = 0
    for word in words:
        core = word.rstrip(_TRAILING) or word
        formula = depth > 0 or _is_formula(core, names)
        if formula and not word.isspace():
            depth = max(0, depth + len(re.findall(r"[(\[]", core)) - len(re.findall(r"[)\]]", core)))
        kinds.append("formula" if formula else "words")
    for i, word in enumerate(words):
        after = words[i + 2] if i + 2 < len(words) else ""
        joins = after.isdigit() or kinds[i + 2 : i + 3] == ["formula"]
        if word in _ASSOCIATED and not joins:
            kinds[i] = "words"
    for i, word in enumerate(words):  # x' A x is one formula; "the vector b of …" is not
        if not word.isspace() or not 0 < i < len(words) - 1 or kinds[i + 1] == "words":
            continue
        if words[i - 1].isdigit():
            kinds[i - 1] = "formula"
        if kinds[i - 1] == "formula" and (words[i - 1] == ":" or words[i - 1][-1] not in _TRAILING):
            kinds[i] = "words" if any(_SIZE.fullmatch(w.rstrip(_TRAILING)) for w in words[i - 1 : i + 2]) else "formula"
    return kinds


def _is_formula(word: str, names: Collection[str]) -> bool:
    if word[:1] == "\0":
        return False
    if word in names or word in _ASSOCIATED or _SIZE.fullmatch(word):
        return True
    if re.fullmatch(r"d?[A-Za-z]", word) and (len(word) == 1 or word[1].isupper()):
        return word.isalpha() and word not in "aI"
    return bool(_FORMULA.fullmatch(word)) and any(map(str.isalnum, word)) and not _PLAIN.fullmatch(word)


def math(text: str) -> str:
    r"""A run of kind "math" in LaTeX: indices below, transposes raised."""
    if _SIZE.fullmatch(text):
        return text.replace("=", " = ")
    if text == "d":
        return r"\mathrm{d}"
    text = re.sub(r"\b([A-Za-z])_([a-z]+)", r"\1_{\2}", text)
    text = re.sub(r"\bd(?=[A-Z]\b)", r"\\mathrm{d}", text)
    text = re.sub(r"\b(diag|tr)\b", r"\\operatorname{\1}", text)
    return text.replace("'", r"^\top")


_PLAIN_SIGNS = {
    "×": "x", "⊙": ".*", "∘": ".*", "⊘": "./", "⊗": "(x)", "·": "*", "⋅": "*", "−": "-", "–": "-", "—": "-",
    "𝟏": "ones", "‖": "||", "…": "...", "≥": ">=", "≤": "<=", "≠": "!=", "∞": "inf", "∂": "d", "ℝ": "R", "∈": "in",
    "ᵀ": "'", "⊤": "'", "′": "'", "’": "'", "⁻": "-", "⁺": "+", "∫": "integral ", "√": "sqrt", "→": "->",
    "∑": "sum ", "∏": "prod ", "∇": "grad ",
}  # fmt: skip
_PLAIN_SIGNS |= {letter: name for name, letter in spelling.GREEK.items()}
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹ⁿᵏ]+")
_SPELLED_OUT = re.compile(r"(?<=: )[^:=]*𝟏[^:=]* = (?=[^:=]*ones\()")


def plain(sentence: str) -> str:
    """A sentence in ASCII: signs as they are typed, letters without their accents."""
    if sentence.isascii():
        return sentence
    sentence = _SPELLED_OUT.sub("", sentence)  # 𝟏 b' = ones(n) b'
    sentence = _SUPERSCRIPT.sub(lambda found: "^" + found.group(), sentence)
    return "".join(c if c.isascii() else _plain(c) for c in sentence)


def _plain(c: str) -> str:
    known = _PLAIN_SIGNS.get(c)
    if known is not None:
        return known
    letters = unicodedata.normalize("NFKD", c)
    found = "".join(_PLAIN_SIGNS.get(letter, letter) for letter in letters if not unicodedata.combining(letter))
    return found if found.isascii() and (found or unicodedata.combining(c)) else "?"
