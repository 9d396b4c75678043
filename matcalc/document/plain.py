"""Sentences in plain ASCII."""

from __future__ import annotations

import re
import unicodedata

from matcalc import names as spelling

_PLAIN_SIGNS = {
    "×": "x", "⊙": ".*", "∘": ".*", "⊘": "./", "⊗": "(x)", "·": "*", "⋅": "*", "−": "-", "–": "-", "—": "-",
    "𝟏": "ones", "‖": "||", "…": "...", "≥": ">=", "≤": "<=", "≠": "!=", "∞": "inf", "∂": "d", "ℝ": "R", "∈": "in",
    "ᵀ": "'", "⊤": "'", "′": "'", "’": "'", "⁻": "-", "⁺": "+", "∫": "integral ", "√": "sqrt", "→": "->",
    "∑": "sum ", "∏": "prod ", "∇": "grad ",
}  # fmt: skip
_PLAIN_SIGNS |= {letter: name for name, letter in spelling.GREEK.items()}
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹ⁿᵏ]+")


def plain(sentence: str) -> str:
    """A sentence in ASCII: signs as they are typed, letters without their accents."""
    if sentence.isascii():
        return sentence
    sentence = _SUPERSCRIPT.sub(lambda found: "^" + found.group(), sentence)
    return "".join(c if c.isascii() else _plain(c) for c in sentence)


def _plain(c: str) -> str:
    known = _PLAIN_SIGNS.get(c)
    if known is not None:
        return known
    letters = unicodedata.normalize("NFKD", c)
    found = "".join(_PLAIN_SIGNS.get(letter, letter) for letter in letters if not unicodedata.combining(letter))
    return found if found.isascii() and (found or unicodedata.combining(c)) else "?"
