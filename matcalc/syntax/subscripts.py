"""Sums over indices and names with indices, found on tokens: which letters are bound, and which names have them.

First a sum's token gets what it runs over (`bounded`), then in each statement the names whose subscripts are letters
that the statement binds, by a sum or by what it defines, become entries (`entries`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

from matcalc.errors import Alternative, UnsupportedError
from matcalc.prose import marked
from matcalc.syntax.entered import NAMED, after_bracket, bounds_of, declared_in, defines, end_of_factor, split_name
from matcalc.syntax.indexing import sampled
from matcalc.syntax.layout import OPERAND_ENDS
from matcalc.syntax.letters import capital
from matcalc.syntax.looks import is_greek
from matcalc.syntax.paired import pair
from matcalc.syntax.roles import Roles
from matcalc.syntax.several import may_have_entries, refuse_functions
from matcalc.syntax.source import Source
from matcalc.syntax.traps import partial
from matcalc.syntax.tree import Bounds, Labelled, Subscripted, Token
from matcalc.syntax.unbound import ask_letters, defines_array, over_letters
from matcalc.syntax.vocabulary import BARS, is_function

_INDEX = re.compile(r"([A-Za-z](?:[ ,]*[A-Za-z])*)(?:\s*=\s*(\w+))?")
_RANGE = re.compile(r"([A-Za-z])\s*=\s*1\s*(?:\.\.\.?|…|:|,\s*(?:\.\.\.|…)\s*,)\s*(\w+)")
_MOVED = re.compile(r".+_([a-z])[mp][1-9]")
_MIXED = re.compile(r"(.+?)_([A-Za-z])\d+")
_ONE_ENTRY = re.compile(r"([A-Za-z]\w*?)_?([a-z]|[1-9])")
_ENDS = ("SEPARATOR", "NEWLINE")
_BEGINS = "NAME ENTRY NUMBER OPEN OPEN_SQUARE OPEN_BRACE BARS SUM_OVER MINUS NORM_OPEN"
_ENDS_OPERAND = OPERAND_ENDS - {"NUMBER"}
_OPERAND = frozenset(_BEGINS.split())


# ------------------------------------------------------------------------------------------------------------- bounds


def bounded(source: Source, tokens: list[Token]) -> list[Token]:
    """The tokens with what each sum runs over as its value, up to where included; x^{(i)} of such an index is x_i.

    A Σ with an index that nothing after it has, or that is declared or defined, is the name of a matrix. Raises
    UnsupportedError for a range that is not that of a whole dimension.
    """
    if "SUM_OVER" not in [token.kind for token in tokens]:
        return tokens
    pairs = itertools.pairwise(tokens)
    names = {t.value for t, after in pairs if t.kind == "SUM_OVER" and after.kind in ("EQUALS", "COLON", "IN")}
    found: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if token.kind == "SUM_OVER" and isinstance(token.value, str):
            made, i = _sum(source, tokens, i - 1, names)
            found.append(made)
        else:
            found.append(token)
    letters = {letter for t in found if t.kind == "SUM_OVER" and isinstance(t.value, Bounds) for letter in t.value[0]}
    _check_lasts(source, found, letters)
    return sampled(found, letters) if letters else found


def _check_lasts(source: Source, tokens: Sequence[Token], letters: Collection[str]) -> None:
    """Refuse a sum that ends at an index: Σ_{j=1}^i within a sum over i, or for each i."""
    for token in tokens:
        if token.kind == "SUM_OVER" and bounds_of(token).last in letters:
            raise partial(source, token.start, token.end)


def _sum(source: Source, tokens: list[Token], at: int, names: Collection[object]) -> tuple[Token, int]:
    token = tokens[at]
    written = str(token.value).lstrip("_").strip("{()}").strip()
    if not token.value:
        return Token("SUM_OVER", Bounds(()), token.start, token.end), at + 1
    kinds = [t.kind for t in tokens[at + 1 : at + 4]]
    if kinds == ["EQUALS", "NUMBER", "POWER"] and tokens[at + 2].value == 1 and written.isalpha():  # sum_i=1^n
        last, after = _last(source, tokens, at + 3, token)
        return Token("SUM_OVER", Bounds((written,), last), token.start, tokens[after - 1].end), after
    if (whole := _RANGE.fullmatch(written)) is not None:  # Σ_{i=1..n}
        ends = int(whole[2]) if whole[2].isdecimal() else whole[2]
        return Token("SUM_OVER", Bounds((whole[1],), ends), token.start, token.end), at + 1
    if (two := pair(written)) is not None:  # Σ_{i≠j}
        one, other, apart, ends_at = two
        last, after = (ends_at or None, at + 1) if ends_at else _last(source, tokens, at + 1, token)
        last = int(last) if isinstance(last, str) and last.isdecimal() else last
        return Token("SUM_OVER", Bounds((one, other), last, apart), token.start, tokens[after - 1].end), after
    match = _INDEX.fullmatch(written)
    sigma = source.text[token.start] == "Σ"
    if match is None:
        raise partial(source, token.start, token.end)
    letters = tuple(re.findall("[A-Za-z]", match[1]))
    name = f"Sigma_{''.join(letters)}" if sigma else f"sum_{''.join(letters)}"
    named = (sigma or source.text[token.start] in "sS") and match[2] is None and "," not in written
    if named and (
        token.value in names
        or is_function(name)  # the letters of sum_largest are no indices, whatever else is called t or a
        or len(set(letters)) < len(letters)
        or not _summed(tokens, at, letters)
    ):
        return Token("NAME", name, token.start, token.end), at + 1
    if match[2] not in (None, "1"):
        raise partial(source, token.start, token.end)
    last, after = _last(source, tokens, at + 1, token)
    if last is not None and len(letters) > 1:
        raise partial(source, token.start, tokens[after - 1].end)  # which of them it ends is not said
    return Token("SUM_OVER", Bounds(letters, last), token.start, tokens[after - 1].end), after


def _last(source: Source, tokens: list[Token], at: int, sum_: Token) -> tuple[str | int | None, int]:
    # What stands after ^, and the place after it.
    kinds = [t.kind for t in tokens[at : at + 4]]
    if kinds[:1] == ["SUPERSCRIPT"] and tokens[at].value in ("n", "k"):
        return str(tokens[at].value), at + 1
    if kinds[:1] != ["POWER"]:
        return None, at
    braced = kinds[1:2] == ["OPEN_BRACE"]
    token = tokens[at + 1 + braced] if len(tokens) > at + 1 + braced else sum_
    if token.kind not in ("NAME", "NUMBER") or (braced and kinds[3:4] != ["CLOSE_BRACE"]):
        raise partial(source, sum_.start, token.end)
    value = token.value
    if isinstance(value, Fraction):
        if value.denominator != 1 or value < 1:
            raise partial(source, sum_.start, token.end)
        return int(value), at + 2 + 2 * braced
    return str(value), at + 2 + 2 * braced


def _summed(tokens: list[Token], at: int, letters: Sequence[str]) -> bool:
    """Whether what follows a Σ_k has that index."""
    after = at + 1
    if [t.kind for t in tokens[after : after + 1]] == ["POWER"]:
        braced = [t.kind for t in tokens[after + 1 : after + 2]] == ["OPEN_BRACE"]
        if [t.kind for t in tokens[after + 1 + braced : after + 2 + braced]] == ["MINUS"]:
            return False  # its inverse
        after = after_bracket(tokens, after + 1)
    if after >= len(tokens) or not (tokens[after].kind in _OPERAND or _opens(tokens, after)):
        return False
    if tokens[after].kind == "NUMBER":  # no number stands after a name
        return True
    for token in tokens[at + 1 :]:
        if token.kind in _ENDS:
            break
        split = NAMED.fullmatch(str(token.value)) if token.kind == "NAME" else None
        if (split and set(letters) & set(split[2])) or (token.kind == "NAME" and token.value in letters):
            return True
    return False


def _opens(tokens: list[Token], at: int) -> bool:
    """Whether a single bar opens: Σ_j |x_j|, but log|Σ_k|."""
    before = itertools.takewhile(lambda token: token.kind not in _ENDS, reversed(tokens[:at]))
    return tokens[at].kind == "BAR" and sum(token.kind == "BAR" for token in before) % 2 == 0


# ------------------------------------------------------------------------------------------------------------- entries


def entries(source: Source, statements: list[list[Token]], roles: Roles) -> list[list[Token]]:
    """The statements with names and their indices as ENTRY tokens, and EACH where an array is defined by its entries.

    Raises MatcalcError where some subscripts of a name are indices and others are none.
    """
    statements, ranges = _without_ranges(statements)
    if not roles.closed:
        over_letters(source, statements, roles)
    sums = [{x for t in s if t.kind == "SUM_OVER" for x in bounds_of(t).letters} for s in statements]
    _rename_twice(statements, set().union(*sums))
    if not roles.closed:
        _ask_sigma(source, statements, roles)
    if not roles.closed:
        _ask_entry(source, statements, may_have_entries(declared_in(statements, Roles()), statements), set(), roles)
    arrays_alone = any(map(defines, statements)) if roles.closed else defines_array(statements)
    arrays_alone |= any(_is_ranged(*each) for each in zip(statements, ranges, strict=True))
    if not any(sums) and not arrays_alone:
        if not roles.closed:
            ask_letters(source, statements, roles)
        return statements
    used = {
        split[0]
        for s, letters in zip(statements, sums, strict=True)
        for t in s[2 * defines(s) :]
        if (split := split_name(t)) is not None and set(split[1]) <= letters
    }
    if not roles.closed:
        _ask_entry(source, statements, used, set().union(*sums), roles)
    found = []
    arrays = declared_in(statements, roles) | {str(s[0].value) for s in statements if defines(s)}
    arrays |= {name.lower() for name in arrays if name.isupper()}
    following = [(t, after.kind) for s in statements for t, after in itertools.pairwise([*s, *s[:1]])]
    arrays |= {split[0] for t, kind in following if kind != "OPEN" and (split := split_name(t))}
    for statement, letters, ends in zip(statements, sums, ranges, strict=True):
        if [t.kind for t in statement[:1]] == ["FORMULA"] and (several := NAMED.fullmatch(str(statement[0].value))):
            letters = letters | set(several[2])  # f_i(w) = … with entries i in it, put in where a sum over i calls it
        own: tuple[str, ...] = ()
        if defines(statement) and (split := split_name(statement[0])) is not None:
            inside = {x for t in statement[2:] if (other := split_name(t)) is not None for x in other[1]}
            if roles.closed or set(split[1]) <= inside or split[0] in used or _is_ranged(statement, ends):
                own = tuple(split[1])
                _check_lasts(source, statement, own)
        if letters or own:
            roles.letters |= letters | set(own)
            statement = _marked(
                source, statement, letters | set(own), tuple((x, ends.get(x)) for x in own), arrays, roles
            )
        found.append(statement)
    return found


def _without_ranges(statements: list[list[Token]]) -> tuple[list[list[Token]], list[dict[str, str | int | None]]]:
    """The statements without the ranges that are said beside them, and of each where its letters end.

    What a statement of its own says holds for all. A sum that says nothing itself ends where its letter does.
    """
    found: list[list[Token]] = []
    ranges: list[dict[str, str | int | None]] = []
    everywhere: dict[str, str | int | None] = {}
    for statement in statements:
        said = [token.value for token in statement if token.kind == "RANGED" and isinstance(token.value, Bounds)]
        ends = {bounds.letters[0]: bounds.last for bounds in said}
        if not ends:
            found.append(statement)
            ranges.append({})
        elif len(said) == len(statement):
            everywhere |= ends
        else:
            found.append([token for token in statement if token.kind != "RANGED"])
            ranges.append(ends)
    if not everywhere and not any(ranges):
        return found, ranges
    ranges = [everywhere | ends for ends in ranges]
    return [list(_ended(*each)) for each in zip(found, ranges, strict=True)], ranges


def _ended(statement: list[Token], ends: Mapping[str, str | int | None]) -> Iterator[Token]:
    for token in statement:
        bounds = token.value
        if (
            token.kind == "SUM_OVER"
            and isinstance(bounds, Bounds)
            and bounds.last is None
            and ends.keys() & bounds.letters
        ):
            if bounds.apart:
                yield Token("SUM_OVER", bounds._replace(last=ends.get(bounds.letters[0])), token.start, token.end)
            for letter in bounds.letters if not bounds.apart else ():
                yield Token("SUM_OVER", Bounds((letter,), ends.get(letter)), token.start, token.end)
        else:
            yield token


def _is_ranged(statement: list[Token], ends: Mapping[str, str | int | None]) -> bool:
    """Whether a statement defines an array by entries for letters of which it says what they run over."""
    split = split_name(statement[0]) if defines(statement) else None
    return split is not None and set(split[1]) <= ends.keys()


def _rename_twice(statements: list[list[Token]], letters: set[str]) -> None:
    """L_i beside L, where both are defined, are entries of an array of its own: L = 1/n Σ_i L_i; L_i = …"""
    defined = [str(statement[0].value) for statement in statements if defines(statement)] if letters else []
    for name in defined:
        split = NAMED.fullmatch(name)
        if split is None or split[1] not in defined or not letters.issuperset(split[2]):
            continue
        taken = {str(token.value) for statement in statements for token in statement}
        own = next(n for n in (f"{split[1]}{i}" for i in itertools.count(1)) if n not in taken)
        for statement in statements:
            for i, token in enumerate(statement):
                other = split_name(token)
                if other is not None and other[0] == split[1] and len(other[1]) == len(split[2]):
                    statement[i] = Token("NAME", f"{own}_{other[1]}", token.start, token.end)


def _marked(
    source: Source,
    statement: list[Token],
    letters: set[str],
    own: tuple[tuple[str, str | int | None], ...],
    arrays: set[str],
    roles: Roles,
) -> list[Token]:
    found: list[Token] = []
    for i, token in enumerate(statement):
        split = split_name(token)
        called = split is not None and [t.kind for t in statement[i + 1 : i + 2]] == ["OPEN"]
        if called and str(token.value) in {*roles.formulas, *roles.declared_functions}:
            found.append(token)
            continue
        if called and split is not None and set(split[1]) <= letters:
            refuse_functions(source, statement, i, split[0], arrays)
        if split is not None and set(split[1]) <= letters and (i or not defines(statement)):
            found.append(Token("ENTRY", Subscripted(split[0], tuple(split[1])), token.start, token.end))
        elif split is not None and i == 0 and own:
            found.append(Token("NAME", split[0], token.start, token.end))
        else:
            defined = i == 0 and defines(statement)  # E_in = …, of a sum over n
            if not defined and split is not None and 1 < len(split[1]) < 4 and set(split[1]) & letters:
                left = ", ".join(x for x in split[1] if x not in letters)
                shown = source.quote(token.start, token.end)
                hint = (
                    _hint_for_bound(source, statement, token) or f"sum over {left} too, or write {split[0]} without it"
                )
                message = f"{shown} has an index that is bound and one, {left}, that is not"
                raise source.error(UnsupportedError, message, token.start, token.end, hint=hint)
            moved = _MOVED.fullmatch(str(token.value)) if token.kind == "NAME" else None
            if moved and moved[1] in letters:
                shown = source.quote(token.start, token.end)
                message = f"{shown} is of another index than {moved[1]}, over which a sum runs"
                hint = "neighbours are in two parts of an array: x[2:n] - x[1:n-1]"
                raise source.error(UnsupportedError, message, token.start, token.end, hint=hint)
            mixed = _MIXED.fullmatch(str(token.value)) if token.kind == "NAME" else None
            if mixed and set(mixed[2]) <= letters:
                shown = source.quote(token.start, token.end)
                message = f"{shown} has an index that is bound and a number beside it"
                hint = f"give what has the one index a name of its own: b_{mixed[2]} for {shown}"
                raise source.error(UnsupportedError, message, token.start, token.end, hint=hint)
            found.append(token)
        if i == 1 and own:
            found.append(Token("EACH", own, token.end, token.end))
    return found


def _hint_for_bound(source: Source, statement: list[Token], token: Token) -> str:
    if source.text[token.start : token.end].count("_") > 1 or re.search(
        r",\s*\w_", source.text[token.start : token.end]
    ):
        return "for the entry of a class write Y_ik with a 1 where the class is k: Σ_k Y_ik log(p_ik)"
    equals = next((i for i, t in enumerate(statement) if t.kind == "EQUALS"), 0)
    if equals > 1 and all(t.kind == "NAME" for t in statement[:equals]) and "\\" in source.text:
        word = "".join(str(t.value).partition("_")[0] for t in statement[:equals])
        return rf"a name of several letters is \text{{{word}}}; its index then binds what is on the right"
    return ""


# -------------------------------------------------------------------------------------------------------- what is asked


def _ask_entry(
    source: Source, statements: list[list[Token]], indexed: set[str], letters: set[str], roles: Roles
) -> None:
    """Ask whether s_c and x_1 are entries of s and x, whose other entries a sum adds."""
    known = declared_in(statements, roles) | {str(s[0].value) for s in statements if defines(s)}
    named = [t for s in statements for t in s if t.kind == "NAME" and not isinstance(t.value, Labelled)]
    known |= {str(t.value) for t in named if "_" not in source.text[t.start : t.end]}  # x1 beside x_1: a name
    for token in named:
        match = _ONE_ENTRY.fullmatch(str(token.value)) if "_" in source.text[token.start : token.end] else None
        if match is None or match[1] not in indexed or token.value in known or match[2] in letters:
            continue
        if not letters and not match[2].isdigit():
            continue
        stem, below = match[1], match[2]
        name = f"{stem}{below}"
        latex = "\\" in source.text
        entry = Alternative(f"it is an entry of {stem}", f"{stem}[{below}]")
        if any(_transposes(s, stem) for s in statements):
            matrix = stem if stem in known else capital(stem) or stem
            entry = Alternative(f"it is row {below} of {matrix}, as a column", f"({matrix}[{below},:]')")
        raise source.asked(
            token.start,
            token.end,
            entry,
            Alternative("it is a name of its own", rf"\mathrm{{{name}}}" if latex else name),
        )


def _transposes(statement: list[Token], stem: str) -> bool:
    """Whether a stroke stands beside x_i or w_k, which is then a vector: w_k'x_i."""
    for i, token in enumerate(statement):
        split = split_name(token)
        beside = {t.kind for t in (*statement[max(0, i - 1) : i], *statement[i + 1 : i + 2])}
        if split is not None and split[0] == stem and len(split[1]) == 1 and "TRANSPOSE" in beside:
            return True
    return False


def _ask_sigma(source: Source, statements: list[list[Token]], roles: Roles) -> None:
    """Ask what a Σ before a bracket is that stands nowhere else: a sum, or a matrix that nobody declared. Before bars
    it is a sum, noted."""
    places = [(s, i) for s in statements for i, t in enumerate(s) if t.kind == "NAME" and t.value == "Sigma"]
    if not places or "Sigma" in declared_in(statements, roles):
        return
    if not all(_may_add(source, *place) for place in places):
        return
    if all(statement[i + 1].value == (BARS, 0) for statement, i in places):
        for statement, i in places:
            token = statement[i]
            statement[i] = Token("SUM_OVER", Bounds(()), token.start, token.end)
        roles.notes[marked("`Σ` is read as a sum, as it stands before bars; for a matrix declare `Sigma: n x n`")] = (
            None
        )
        return
    statement, i = places[0]
    end = statement[
        end_of_factor([*statement[:i], Token("SUM_OVER", Bounds(()), 0, 0), *statement[i + 1 :]], i) - 1
    ].end
    start = statement[i].start
    body = source.text[statement[i].end : end].strip()
    letters = "".join(dict.fromkeys(x for t in statement[i:] if (split := split_name(t)) for x in split[1]))
    entries = f"{statement[i + 1].value} .* {source.text[statement[i + 2].start : end]}"
    added = _bare(body if statement[i + 1].kind == "OPEN" else entries)
    raise source.asked(
        start,
        end,
        Alternative("it is a sum", f"Σ_{letters} {body}" if letters and len(letters) < 4 else f"∑ {added}"),
        Alternative("the entries of a matrix or vector are added", f"sum({added})"),
    )


def _may_add(source: Source, statement: list[Token], i: int) -> bool:
    """Whether statement[i], a Σ, has nothing but a number or a scalar before it, and after it a bracket, bars, or a
    product with a logarithm in it: Σ p log p."""
    before, after = statement[i - 1] if i else None, statement[i + 1] if i + 1 < len(statement) else None
    name = str(before.value) if before is not None and before.kind == "NAME" else ""
    divides = bool(name) and [t.kind for t in statement[max(0, i - 2) : i - 1]] == ["OVER"]
    alone = before is None or before.kind not in _ENDS_OPERAND or divides or (is_greek(name) and name.islower())
    if after is not None and after.kind == "OPEN":
        alone = alone or any(map(split_name, statement[i + 1 : after_bracket(statement, i + 1)]))
    if not alone or after is None or source.text[statement[i].start] != "Σ" or defines(statement[i:]):
        return False
    names = itertools.takewhile(lambda token: token.kind == "NAME", statement[i + 1 :])
    logarithm = any(is_function(str(token.value)) for token in itertools.islice(names, 1, 2))
    return after.kind == "OPEN" or after.value == (BARS, 0) or logarithm


def _bare(text: str) -> str:
    # Names without the letters below them.
    return re.sub(r"_\{?[a-z]{1,2}\}?(?![A-Za-z0-9])", "", text)
