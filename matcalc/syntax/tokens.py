"""Text to tokens: spellings end here. A token's kind says what it is, and its value is canonical."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from matcalc.errors import ParseError, UnsupportedError
from matcalc.syntax.grammar import patterns
from matcalc.syntax.mistakes import at_a_point, mistake
from matcalc.syntax.parser import notation
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token

LIMIT = 100_000
"""The longest program, in characters."""
_WORDS = re.compile(r"(?<!\w)(?:s\. ?t\.|w\. ?r\. ?t\.)")
_STOP = re.compile(r"(?<=[\w)'’²|‖])\.[ \t]*(?:$|\n)")
"""The full stop after a formula at the end of its line."""
_SENTENCE = re.compile(r"(?<=[\w)\]}'’²|‖])\.(?=[ \t]+(?:[A-Za-z]{3,}|[A-Za-z]\w*(?:\([\w, ]*\))?(?:'| *=)|\|\||‖))")
"""The full stop of a sentence before another one."""
_CONSTRAINT = re.compile(r"(?<![A-Za-z])(arg ?)?(min|max)(imi[sz]e)?_\{[^{}\n]*\}", re.IGNORECASE)
_MIXED = re.compile(r"_\{[^{}\n]{1,9},[^{}\n]{1,9}\}")
_P_NORM = re.compile(r"(?<=[|‖])_(\{[^{}\n]{1,9}\}|\w+)")
LONGEST_NUMBER = 1_000
LARGEST_EXPONENT = 400

_LETTERS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho"
_MORE = "sigma tau upsilon phi chi psi omega"
GREEK = dict(zip("αβγδεζηθικλμνξοπρςστυφχψω", f"{_LETTERS} sigma {_MORE}".split(), strict=True))
GREEK |= {letter.upper(): name.title() for letter, name in GREEK.items()}
GREEK |= {"ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "µ": "mu", "Ω": "Omega"}
"""Every Greek letter's name; capitals have the capitalized name."""
_SPELLED = str.maketrans(GREEK | {"∇": "grad"} | {"\u0302": "hat", "\u0304": "bar", "\u0305": "bar", "\u0303": "tilde"})
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SPELLED_BELOW = str.maketrans("ᵢⱼₖₗₘₙₚᵣₛₜ", "ijklmnprst")
_LETTERS_BELOW = frozenset("ᵢⱼₖₗₘₙₚᵣₛₜ")
_BELOW = re.compile("[ᵢⱼₖₗₘₙₚᵣₛₜ]+")
_SIGNS_BELOW = str.maketrans({"+": "p", "-": "m", "−": "m"})
"""h_{t-1} is h_tm1."""
_SUM = re.compile(r"[∑Σ]|sum", re.IGNORECASE)
_BRACED = re.compile(r"_\{[^{}]*\}")
_FRACTIONS = {"½": Fraction(1, 2), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_FRACTIONS |= {"⅕": Fraction(1, 5), "⅛": Fraction(1, 8)}
_SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵏᵀ", "+-0123456789nkT")


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns(notation())))


def tokenize(source: Source) -> list[Token]:
    """The tokens of a text, newlines included, blanks and comments left out. Raises ParseError."""
    text = source.text
    if len(text) > LIMIT:
        message = f"the program has {len(text):,} characters, and the limit is {LIMIT:,}"
        raise source.error(UnsupportedError, message, LIMIT, hint="split it into several programs")
    tokens: list[Token] = []
    match, at = _pattern().match, 0
    while at < len(text):
        found = match(text, at)
        if found is None and tokens and _STOP.match(text, at):
            at += 1
            continue
        if found is None and tokens and _SENTENCE.match(text, at):
            tokens.append(Token("SEPARATOR", ";", at, at + 1))
            at += 1
            continue
        if found is None:
            raise _unknown(source, at)
        kind, value, end = str(found.lastgroup), found.group(), found.end()
        if kind not in ("SPACE", "COMMENT"):
            tokens.append(Token(kind, _canonical(source, kind, value, at, end), at, end))
        at = end
    return tokens


def lexed(source: Source, text: str, start: int, end: int) -> tuple[str, object]:
    """The kind and the value of what is one token, written at a place. Raises ParseError where it is none."""
    found = _pattern().fullmatch(text)
    if found is None:
        raise mistake(source, f"character {text}", start, end, text)
    kind = str(found.lastgroup)
    return kind, _canonical(source, kind, text, start, end)


def _canonical(source: Source, kind: str, value: str, start: int, end: int) -> object:
    if kind == "NAME":
        if "{" in value or not _LETTERS_BELOW.isdisjoint(value):
            value = _subscripts(value)
        return value if value.isascii() else _name(source, value, start, end)
    if kind == "SUM_OVER":
        return _subscripts(_SUM.sub("", value).replace("₌₁", "=1"), braces=True)
    if kind == "NUMBER":
        return _number(source, value, start, end)
    if kind == "SUPERSCRIPT":
        return value.translate(_SUPERSCRIPTS)
    if kind == "ONES":
        return value.translate(_SUBSCRIPTS)
    if kind == "NORM_SUFFIX":
        return value.translate(_SUBSCRIPTS).strip("_{}")
    return value


def _subscripts(value: str, braces: bool = False) -> str:
    # yᵢ, w_{kj}, w_{k,j} as y_i, w_kj
    value = _BELOW.sub(lambda m: "_" + m[0].translate(_SPELLED_BELOW), value)
    return value if braces else _BRACED.sub(lambda m: re.sub("[{}, ]", "", m[0]).translate(_SIGNS_BELOW), value)


def _name(source: Source, value: str, start: int, end: int) -> str:
    # Greek letters are spelled out, subscripts become digits, ŷ is yhat.
    from unicodedata import normalize

    name = normalize("NFD", value).translate(_SUBSCRIPTS).translate(_SPELLED)
    if not name.isascii():
        raise mistake(source, "character", start, end, value)
    return name


def _number(source: Source, value: str, start: int, end: int) -> Fraction:
    if value in _FRACTIONS:
        return _FRACTIONS[value]
    mantissa, _, exponent = value.lower().partition("e")
    if len(mantissa) > LONGEST_NUMBER or len(exponent) > 5 or (exponent and abs(int(exponent)) > LARGEST_EXPONENT):
        message = f"a number has at most {LONGEST_NUMBER} digits and an exponent of at most {LARGEST_EXPONENT}"
        raise source.error(UnsupportedError, message, start, end)
    return Fraction(value)


def stray_underscore(source: Source, at: int) -> ParseError:
    """The mistake of an underscore that belongs to no name and no norm of the notation."""
    bar = len(source.text[:at].rstrip()) - 1
    if bar >= 0 and (point := at_a_point(source, bar)) is not None:
        return point
    for code, norm in (("mixed norm", _MIXED), ("p norm", _P_NORM)):
        found = norm.match(source.text, at)
        if found:
            return mistake(source, code, at, found.end(), found.group())
    return mistake(source, "character _", at, at + 1, "_")


def _unknown(source: Source, at: int) -> ParseError:
    character = source.text[at]
    words = _WORDS.match(source.text, max(0, at - 1)) if character == "." else None
    if words:
        return mistake(source, "words", words.start(), words.end(), words.group())
    constraint = next((m for m in _CONSTRAINT.finditer(source.text) if m.start() < at < m.end()), None)
    if constraint:
        return mistake(source, "constraint", constraint.start(), constraint.end(), constraint.group())
    if character == "_":
        return stray_underscore(source, at)
    if not character.isprintable():
        return mistake(source, "control character", at, at + 1, f"U+{ord(character):04X}")
    return mistake(source, f"character {character}", at, at + 1, character)
