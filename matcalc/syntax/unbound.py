"""Letters that look like indices where no sum binds them: what is asked of them, and what is a sum after all.

`1/n ∑ (y_i - w'x_i)^2` has one letter that the sum may run over; `K_ij = k(x_i, x_j); y'K y` defines an array.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from matcalc.errors import Alternative, AmbiguousError, MatcalcError, UnsupportedError
from matcalc.prose import marked
from matcalc.syntax.entered import after_bracket, bounds_of, declared_in, defines, end_of_factor, split_name
from matcalc.syntax.looks import is_greek
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Bounds, Token

_OFFSETS = frozenset({"b", "c"})
"""Biases, which have the letter of their layer: b_h beside W_xh."""
_INDICES = frozenset("ijklmn")
"""Letters that count; others may say whose a Greek letter is: mu_x, sigma_x."""


def over_letters(source: Source, statements: list[list[Token]], roles: Roles) -> None:
    """Give each sum without an index the letter that names of what it sums have: ∑ (y_i - w'x_i)^2 is over i."""
    for statement in statements:
        for i, token in enumerate(statement):
            if token.kind != "SUM_OVER" or bounds_of(token).letters or i + 1 == len(statement):
                continue
            inside = statement[i + 1 : end_of_factor(statement, i)]
            names = [found for t in inside if (found := split_name(t)) is not None]
            letters = {letter for _, below in names for letter in below}
            alone = {below for _, below in names if len(below) == 1}
            if (
                len(letters) == len(alone) == 1
                and letters <= _INDICES | {"t"}
                and all(x not in roles.known for x in letters)
            ):
                statement[i] = Token("SUM_OVER", Bounds(tuple(letters)), token.start, token.end)
                shown = source.quote(token.start, token.end)
                roles.notes[
                    marked(f"`{shown}` is read as a sum over ${letters.pop()}$, which the names behind it have")
                ] = None


def defines_array(statements: Sequence[list[Token]]) -> bool:
    """Whether a definition has two indices that its right side has, and its name stands elsewhere without them."""
    for statement in statements:
        found = split_name(statement[0]) if defines(statement) else None
        if found is None or len(found[1]) != 2 or not found[1].islower():
            continue
        inside = {x for t in statement[2:] if (other := split_name(t)) is not None for x in other[1]}
        if inside.issuperset(found[1]) and any(t.value == found[0] for s in statements for t in s):
            return True
    return False


def ask_letters(source: Source, statements: list[list[Token]], roles: Roles) -> None:
    """Ask what letters are that look like indices where nothing is summed: y_i - w'x_i."""
    declared = declared_in(statements, roles)
    known = declared | {str(s[0].value) for s in statements if defines(s)}
    tokens = [t for s in statements for t in s if (split := split_name(t)) and str(t.value) not in declared]
    below: dict[str, set[str]] = {}
    pairs: set[str] = set()
    asked: set[str] = set()
    for token in tokens:
        stem, letters = split_name(token) or ("", "")
        greek = is_greek(stem) and stem.islower()
        letter = greek or len(stem) == 1 or re.fullmatch("[a-z](hat|bar|tilde)", stem) is not None
        if len(letters) == 1 and letters.islower():
            if stem in known:
                asked.add(letters)
            if letter and stem.islower() and (not greek or letters in _INDICES):
                below.setdefault(letters, set()).add("" if stem in _OFFSETS else stem)
        elif (
            letters.islower() and letter and (len(letters) == 2 or (len(letters) == 3 and _INDICES.issuperset(letters)))
        ):
            pairs.update(letters)
    asked |= {letter for letter, stems in below.items() if len(stems) > 1 or (letter in pairs and "" not in stems)}
    asked -= known  # in h = tanh(W_xh x + b_h) it says whose bias b_h is
    if not asked:
        return
    for token in (t for s in statements for t in s if t.kind == "NAME"):
        moved = re.fullmatch(r".+_([a-z])[mp][1-9]", str(token.value))
        if moved is not None and moved[1] in asked:
            raise _of_steps(source, token, moved[1])
    with_others = [split[1] for t in tokens if (split := split_name(t)) and set(split[1]) & asked and len(split[1]) < 3]
    text = _with_sums(source, statements, asked.union(*with_others))
    readings = [Alternative("these letters are indices that are summed", text)]
    entries = {found for t in tokens if (found := split_name(t)) is not None}
    adds = any(token.value in ("sum", "mean") for statement in statements for token in statement)
    for name, index in entries if len(entries) == 1 and not adds and "\\" not in source.text else ():
        if name in known:
            entry = re.sub(rf"\b{name}_{index}\b", f"{name}[{index}]", source.text)
            readings.append(Alternative(f"it is an entry of {name}", entry))
    error = source.asked(0, len(source.text), *readings)
    assert isinstance(error, AmbiguousError)
    error.indexed = True
    raise error


def _of_steps(source: Source, token: Token, letter: str) -> MatcalcError:
    shown = source.quote(token.start, token.end)
    message = f"{shown} is of another step than what has {letter} below it, and nothing says which steps there are"
    hint = (
        rf"for all steps define the same name for {letter} and write {letter} = 1, \dots, {letter.upper()} beside it; "
    )
    hint += f"for a single step leave {letter} out"
    return source.error(UnsupportedError, message, token.start, token.end, hint=hint)


def _with_sums(source: Source, statements: list[list[Token]], letters: set[str]) -> str:
    """The text with sums over the letters: where sum(…) stands, or else around a statement."""
    edits: list[tuple[int, int, str]] = []
    latex = "\\" in source.text

    def sum_over(letters: Sequence[str]) -> str:
        return rf"\sum_{{{''.join(letters)}}} " if latex else f"Σ_{''.join(letters)} "

    for statement in statements:
        start = 2 * defines(statement)
        own = set((split_name(statement[0]) or ("", ""))[1]) & letters if start else set[str]()
        inside: set[int] = set()
        for i in range(start, len(statement) - 1):
            if statement[i].value in ("sum", "mean") and statement[i + 1].kind == "OPEN":
                end = after_bracket(statement, i + 1)
                summed = _letters_in(statement[i + 1 : end], letters - own)
                if summed:
                    count = "1/n " if statement[i].value == "mean" else ""
                    edits.append((statement[i].start, statement[i + 1].start, count + sum_over(summed)))
                    inside.update(range(i, end))
        left = _letters_in([t for n, t in enumerate(statement) if n >= start and n not in inside], letters - own)
        if left and len(statement) > start:
            edits.append((statement[start].start, statement[start].start, f"{sum_over(left)}("))
            edits.append((statement[-1].end, statement[-1].end, ")"))
    text = source.text
    for begin, end, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _letters_in(tokens: Sequence[Token], letters: set[str]) -> list[str]:
    return list(dict.fromkeys(x for t in tokens for x in (split_name(t) or ("", ""))[1] if x in letters))
