"""Texts that parse but surely mean something else. Refusing is better than a wrong formula.

a^{(2)} and W^1 number layers, the author of δx means one name, and sum_i is not a name; without these checks each
would be read as a product or a power.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from matcalc.errors import Alternative, MatcalcError, UnsupportedError
from matcalc.syntax.layout import CLOSING, OPENING
from matcalc.syntax.looks import is_greek
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import is_function

_ENTRY = re.compile(r"[A-Za-z]_[a-z\d]")
_GLUED = re.compile(rf"({_ENTRY.pattern}){{2,}}")
_INDEX = re.compile(r"(.+)_([a-z])")
_LETTERS = re.compile("[a-z]")
_ENDS_EXPONENT = ("PLUS", "MINUS", "COMMA", "EQUALS", "COLON", "SEPARATOR", "NEWLINE", "BARS", "BAR", "COMPARISON")
_COUNTING = frozenset("ijklmnt")
_INDEXED = re.compile(r"(?:prod|max|min|argmax|argmin)_\w+")


def refuse_traps(source: Source, tokens: list[Token], program: bool = True) -> None:
    """Raise for the first of these. A first power is suspect after a name; what is printed, which is no
    `program`, may have one."""
    if program:
        said = {token.kind for token in tokens}
        if "E" in source.text:
            _refuse_expectations(source, tokens)
        if "OPEN_SQUARE" in said or "POWER" in said:
            _refuse_nested(source, tokens)
        if "POWER" in said or "POWER_ENTRIES" in said:
            _ask_quotients(source, tokens)
            _ask_exponentials(source, tokens)
            _ask_iterates(source, tokens)
    for i, token in enumerate(tokens):
        if token.kind not in ("DOTS", "NAME", "POWER", "SUPERSCRIPT"):
            continue
        following = tokens[i + 1 : i + 3]
        kinds = [t.kind for t in following]
        raised = program and i > 0 and tokens[i - 1].kind == "NAME"
        if token.kind == "DOTS":
            first = source.text[token.start]
            raise mistake(source, f"character {first}", token.start, token.start + 1, first)
        if token.kind == "NAME":
            _check_name(source, token, following)
        elif token.kind == "POWER" and kinds == ["OPEN_BRACE", "OPEN"] and (end := _numbers(source, tokens, i + 2)):
            raise mistake(source, "layer index", token.start, end, source.quote(token.start, end))
        elif raised and token.kind == "POWER" and kinds[:1] == ["NUMBER"] and following[0].value == 1:
            start = tokens[i - 1].start
            end = following[0].end
            raise mistake(source, "first power", start, end, source.quote(start, end))
        elif raised and token.kind == "SUPERSCRIPT" and token.value == "1":
            start = tokens[i - 1].start
            raise mistake(source, "first power", start, token.end, source.quote(start, token.end))


def refuse_shifted(source: Source, tokens: Sequence[Token]) -> None:
    """Refuse x_t-1 without a blank: x of the step before, or x_t - 1."""
    if "_" not in source.text:
        return
    sums = (str(token.value).partition("=")[0] for token in tokens if token.kind == "SUM_OVER")
    bound = {letter for written in sums for letter in _LETTERS.findall(written)}
    for i, (name, sign, number) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        index = _INDEX.fullmatch(str(name.value)) if name.kind == "NAME" else None
        if index is None or sign.kind not in ("PLUS", "MINUS") or number.kind != "NUMBER" or number.value not in (1, 2):
            continue
        apart = name.end < sign.start or sign.end < number.start
        times = [t.kind for t in tokens[i + 3 : i + 4] if t.start == number.end]
        if apart or times in (["NAME"], ["OPEN"], ["TIMES"], ["HADAMARD"]):
            continue
        shown, letter = source.quote(name.start, number.end), index[2]
        blanks = " ".join(source.quote(token.start, token.end) for token in (name, sign, number))
        if letter not in bound | _COUNTING:
            continue
        hint = f"write {blanks} for a number that is added; "
        if letter in bound:
            hint += "neighbours are in two parts of an array: x[2:n] - x[1:n-1]"
        else:
            hint += (
                f"what is of another step has a name of its own: {name.value}{'mp'[sign.kind == 'PLUS']}{number.value}"
            )
        message = f"{shown} may be of another index than {letter}, or have a number added"
        raise source.error(UnsupportedError, message, name.start, number.end, hint=hint)


def expectation(source: Source, start: int, end: int) -> MatcalcError:
    """That E[x] is an expectation."""
    message = f"{source.quote(start, end)} is an expectation, and there are no random variables"
    hint = "for a mean over samples write mean(…), or 1/n Σ_i …; for a product put a space before the bracket"
    return source.error(UnsupportedError, message, start, end, hint=hint)


def _refuse_expectations(source: Source, tokens: Sequence[Token]) -> None:
    """Refuse E|d - w'x|^2, E‖e‖^2 and E{e'e} of an E that nothing declares or defines."""
    if "E" in {t.value for t, after in pairwise(tokens) if after.kind in ("EQUALS", "COLON", "IN")}:
        return
    for token, after in pairwise(tokens):
        touches = after.kind in ("BAR", "BARS", "OPEN_BRACE") and after.start == token.end
        if token.value == "E" and token.kind == "NAME" and touches:
            raise expectation(source, token.start, after.end)


def _refuse_nested(source: Source, tokens: list[Token]) -> None:
    """Refuse [[1, 2], [3, 4]], which elsewhere has two rows, and A^+ b, which is no power."""
    kinds = [token.kind for token in tokens]
    for i, kind in enumerate(kinds):
        if kind == "OPEN_SQUARE" and kinds[i + 1 : i + 2] == ["OPEN_SQUARE"]:
            inside = kinds[i + 2 :]
            at = inside.index("CLOSE_SQUARE") if "CLOSE_SQUARE" in inside else len(inside)
            rows = "SEPARATOR" not in inside[:at]
            if rows and inside[at + 1 : at + 3] == ["COMMA", "OPEN_SQUARE"]:
                hint = "a matrix is written [1, 2; 3, 4], its rows apart by semicolons; blocks side by side [A, B]"
                message = "lists in a list may be rows, or stand side by side"
                raise source.error(UnsupportedError, message, tokens[i].start, tokens[i + 2 + at].end, hint=hint)
        if kinds[i : i + 2] == ["POWER", "PLUS"] and kinds[i + 2 : i + 3] != ["NUMBER"]:
            hint = "the pseudoinverse of A is written pinv(A)"
            message = "a plus sign alone is no exponent"
            raise source.error(UnsupportedError, message, tokens[i].start, tokens[i + 1].end, hint=hint)


def _ask_quotients(source: Source, tokens: list[Token]) -> None:
    """Ask whether the exponent of S^-1/2, x^1/2 and s^-n/2 is the quotient."""
    found: list[tuple[int, int, int]] = []
    for i, token in enumerate(tokens):
        if token.kind not in ("POWER", "POWER_ENTRIES"):
            continue
        negative = [t.kind for t in tokens[i + 1 : i + 2]] == ["MINUS"]
        parts = tokens[i + 1 + negative : i + 4 + negative]
        if [t.kind for t in parts[1:]] != ["OVER", "NUMBER"] or parts[0].end != parts[1].start:
            continue
        number = parts[0].kind == "NUMBER" and (negative or parts[0].value == 1) and parts[2].value != 1
        if number or (parts[0].kind == "NAME" and negative and parts[0].value != "T"):
            found.append((token.start, parts[0].end, parts[2].end))
    if found:
        start, end = found[0][0], found[-1][2]
        readings = ["", ""]
        at = start
        for first, above, last in found:
            left = source.text[at:first]
            sign = ".^" if source.text[first] == "." else "^"
            begins = first + len(sign)
            readings[0] += f"{left}{sign}({source.text[begins:last]})"
            readings[1] += f"{left}{sign}({source.text[begins:above]}) (1{source.text[above:last]})"
            at = last
        raise source.asked(
            start,
            end,
            Alternative("the exponent is the quotient", readings[0]),
            Alternative("the power is divided", readings[1]),
        )


def _ask_exponentials(source: Source, tokens: list[Token]) -> None:
    """Ask whether what follows e^-b or e^w' belongs to the exponent."""
    if "e" in {t.value for t, after in pairwise(tokens) if after.kind in ("EQUALS", "COLON", "IN")}:
        return
    for i, token in enumerate(tokens):
        if token.kind != "POWER" or i == 0 or tokens[i - 1].value != "e":
            continue
        negative = [t.kind for t in tokens[i + 1 : i + 2]] == ["MINUS"]
        at = i + 1 + negative
        if at + 1 >= len(tokens) or tokens[at].kind not in ("NAME", "NUMBER") or tokens[at].value in ("T", 1):
            continue
        first, after = tokens[at], tokens[at + 1]
        if [t.kind for t in tokens[at + 1 : at + 3]] == ["POWER", "NUMBER"] and at + 3 < len(tokens):
            at += 2
            first, after = tokens[at], tokens[at + 1]
        touches = after.start == first.end
        primed = after.kind == "TRANSPOSE"
        divides = after.kind == "OVER" and [t.kind for t in tokens[at + 2 : at + 3]] == ["NUMBER"]
        more = after.kind in ("NAME", "NUMBER", "OPEN")
        more = more or (touches and (divides or after.kind in ("TIMES", "HADAMARD")))
        if not (primed or (negative and more)):
            continue
        end, depth = at + 1, 0
        while end < len(tokens) and (depth or tokens[end].kind not in (*_ENDS_EXPONENT, *CLOSING)):
            depth += (tokens[end].kind in OPENING) - (tokens[end].kind in CLOSING)
            end += 1
        last = tokens[end - 1].end
        if primed and end == at + 2:
            continue
        exponent, rest = source.text[token.end : last], source.text[first.end : last]
        alone = source.text[token.end : first.end]
        raise source.asked(
            tokens[i - 1].start,
            last,
            Alternative("all of it is the exponent", f"e^({exponent})"),
            Alternative(f"the exponent is {alone}", f"e^({alone}){rest}"),
        )


def _ask_iterates(source: Source, tokens: list[Token]) -> None:
    """Ask whether x^k is a power or a name: in x - x^k, in the norm of x - z^k + u^k, and θ^old."""
    found: list[tuple[Token, Token, str]] = []  # what is raised, the last token of the exponent, and the exponent
    for i, token in enumerate(tokens):
        braced = [t.kind for t in tokens[i + 1 : i + 2]] == ["OPEN_BRACE"]
        above = tokens[i + 1 + braced] if i and i + 1 + braced < len(tokens) else token
        if token.kind != "POWER" or tokens[i - 1].kind != "NAME":
            continue
        closes = [t.kind for t in tokens[i + 2 + braced : i + 3 + braced]]
        letter = above.kind == "NAME" and above.value != "T"  # A + A^{T} has a transpose
        if (braced and closes != ["CLOSE_BRACE"]) or not (letter or above.value == 0):
            continue
        found.append((tokens[i - 1], tokens[i + 1 + 2 * braced], str(above.value)))
    known = {t.value for t, after in pairwise(tokens) if after.kind in ("EQUALS", "COLON", "IN")} if found else set()
    found = [part for part in found if part[2] not in known]
    if not found:
        return
    counts = Counter(str(t.value) for t in tokens if t.kind == "NAME")
    raised = Counter(exponent for *_, exponent in found)
    places = {id(token): i for i, token in enumerate(tokens)}
    asked: list[tuple[Token, Token, str]] = []
    for base, last, exponent in found:
        at, end = places[id(base)], places[id(last)]
        sides = tokens[at - 2 : at][::-1], tokens[end + 1 : end + 3]  # the sign, and what is beyond it
        terms = [side for side in sides if len(side) == 2 and side[0].kind in ("PLUS", "MINUS")]
        only = counts[exponent] == raised[exponent]
        word = len(exponent) > 2 and exponent.isalpha() and not is_greek(exponent) and only
        several = exponent in ("k", "t") and raised[exponent] > 1 and bool(terms)
        if word or (
            (exponent == "0" or (len(exponent) == 1 and only))
            and (several or any(base.value == side[1].value for side in terms))
        ):
            asked.append((base, last, exponent))
    if asked:
        start, end = asked[0][0].start, asked[-1][1].end
        readings, at, latex = ["", ""], start, "\\" in source.text
        for base, last, exponent in asked:
            shown = source.text[base.start : base.end]
            name = f"{shown}_{exponent}" if len(exponent) > 1 else f"{shown}{exponent}"
            names = (rf"\mathrm{{{name}}}", f"({shown})^{{{exponent}}}") if latex else (name, f"{shown}.^{exponent}")
            for n, written in enumerate(names):
                readings[n] += source.text[at : base.start] + written
            at = last.end
        named, power = readings
        raise source.asked(start, end, Alternative("these are names", named), Alternative("it is a power", power))


def ask_transpose(source: Source, tokens: Sequence[Token], known: Collection[str]) -> None:
    """Ask what the t of w^t x is that stands nowhere but above what is multiplied: the transpose, or a number."""
    above: list[tuple[int, int]] = []
    places: set[int] = set()
    if "t" not in [token.value for token in tokens]:
        return
    for i, (power, letter) in enumerate(pairwise(tokens)):
        braced = power.kind == "POWER" and letter.kind == "OPEN_BRACE"
        at = i + 1 + braced
        if power.kind != "POWER" or [t.value for t in tokens[at : at + 1]] != ["t"]:
            continue
        if braced and [t.kind for t in tokens[at + 1 : at + 2]] != ["CLOSE_BRACE"]:
            continue
        places.add(at)
        following = [t.kind for t in tokens[at + 1 + braced : at + 2 + braced]]
        if following and following[0] in ("NAME", "ENTRY", "OPEN", "FUNCTION", "NORM_OPEN"):
            above.append((power.start, tokens[at + braced].end))
    named = {i for i, t in enumerate(tokens) if t.kind == "NAME" and "t" in str(t.value).split("_")} - places
    summed = any("t" in str(token.value) for token in tokens if token.kind in ("SUM_OVER", "DIMENSION"))
    if not above or named or summed or "t" in known:
        return
    start, end = above[0][0], above[-1][1]
    stroke = r"^\\top " if "\\" in source.text else "'"
    turned = re.sub(r"\^\{t\}|\^t", stroke, source.text[start:end])
    raise source.asked(
        start,
        end,
        Alternative("it is the transpose", turned),
        Alternative("t is a number, declared", "t: scalar"),
    )


def _numbers(source: Source, tokens: list[Token], i: int) -> int:
    """Where an exponent ends that is one bracket, as of a layer's number; 0 if it is something else."""
    if source.text[tokens[i].start] != "(":
        return 0
    depth = 0
    for n in range(i, len(tokens)):
        depth += (tokens[n].kind == "OPEN") - (tokens[n].kind == "CLOSE")
        if not depth:
            after = tokens[n + 1 : n + 2]
            return after[0].end if after and (after[0].kind == "CLOSE_BRACE" or after[0].value == "T") else 0
    return tokens[i].end


def _check_name(source: Source, token: Token, following: list[Token]) -> None:
    glued = _GLUED.fullmatch(source.text[token.start : token.end])
    if glued:
        raise mistake(source, "glued entries", token.start, token.end, glued[0], " ".join(_ENTRY.findall(glued[0])))
    if not following or following[0].start != token.end:
        if _INDEXED.fullmatch(str(token.value)):
            raise mistake(source, "character ∑", token.start, token.end)
        return
    if source.text[token.start] in "δΔ" and len(str(token.value)) == 5 and following[0].kind == "NAME":
        end = following[0].end
        other = f"{token.value}_{following[0].value}"
        raise mistake(source, "delta", token.start, end, source.quote(token.start, end), other)
    if _INDEXED.fullmatch(str(token.value)) and not is_function(str(token.value)):
        raise mistake(source, "character ∑", token.start, token.end)


def partial(source: Source, start: int, end: int) -> MatcalcError:
    """That a sum runs over a part of the entries, and what to write instead."""
    shown, text = source.quote(start, end), source.text[start:end]
    hint = "an index runs over a whole dimension, Σ_i or Σ_{i=1}^n; a part of an array is rowrange(x, 2, n)"
    if re.search(r"≠|!=|\\neq?(?![a-z])", text):
        hint = "sum over all, and take away what is left out: Σ_ij A_ij - Σ_i A_ii is the sum over i ≠ j"
    elif re.search(r"[<>≤≥]|\\[lg](?:t|eq?)(?![a-z])", text):
        hint = "above the diagonal are the entries of triu(A) - diag(diag(A)); for a symmetric A take half of i ≠ j"
    elif re.search(r"=\s*0", text):
        hint = "entries are counted from 1: Σ_{i=1}^n"
    return source.error(UnsupportedError, f"{shown} is no sum over a whole dimension", start, end, hint=hint)
