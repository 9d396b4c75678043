"""Words and labels around the formulas of a text: what is left out, and what is refused because it is no name.

`minimize`, `min_w`, `argmin_W`, `grad_w`, `d/dx` before an objective are left out, and name what to differentiate by;
`loss:` before a formula is left out, and so is `(5)` after a blank at the end of a line, its label. Any other word that
would become a factor is refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from matcalc.errors import ParseError
from matcalc.prose import marked
from matcalc.syntax.layout import CLOSING, OPENING, OPERAND_ENDS
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import FUNCTION_LETTERS, is_function

_GOAL = re.compile(r"(?P<word>arg_?min|arg_?max|min|max|minimi[sz]e|maximi[sz]e|grad)(?:_(?P<by>.+))?", re.IGNORECASE)
_SLOPE = re.compile(r"(?:gradient|nabla|del|∇|D)_(?P<by>.+)")
_HEADING = re.compile(
    r"(?:loss|cost|objective|energy|error|goal|minimi[sz]e|maximi[sz]e|problem|likelihood|risk|criterion)s?",
    re.IGNORECASE,
)
_WORDS = {
    *("the", "of", "and", "with", "for", "where", "find", "solve", "compute", "calculate", "determine", "evaluate"),
    *("differentiate", "derive", "derivative", "grad", "gradient", "jacobian", "hessian", "objective", "function"),
    *("respect", "over", "subject", "such", "that", "let", "show", "prove", "wrt", "please", "minimum", "maximum"),
    *("minimize", "minimise", "maximize", "maximise", "argmin", "argmax"),
}
"""Words that nobody has for the name of a value beside another one."""
_ENDS = frozenset({"SEPARATOR", "NEWLINE"})
_BEGINS = frozenset(["NAME", "NUMBER", "ONES", "OPEN", "OPEN_SQUARE", "BARS", "MINUS", "SUM_OVER", "NORM_OPEN"])
_BLANK = re.compile(r"\\?[,;:!\s]|\\q?quad")
_LABEL = re.compile(r"\d+(\.\d+)*[a-z]?")
_BEFORE_LABEL = OPERAND_ENDS | {"BARS", "SUPERSCRIPT", "NORM_SUFFIX"}


def without_words(source: Source, tokens: Sequence[Token], roles: Roles) -> list[Token]:
    """The tokens of a text without labels, and without the words before objectives."""
    names = {
        str(token.value)
        for token, following in itertools.pairwise(tokens)
        if token.kind == "NAME" and following.kind in ("EQUALS", "COLON", "IN")
    } | roles.known
    found: list[Token] = []
    start = depth = i = 0
    while i < len(tokens):
        token = tokens[i]
        depth += (token.kind in OPENING) - (token.kind in CLOSING)
        left = len(found) - start
        defines = left == 2 and [t.kind for t in found[start:]] == ["NAME", "EQUALS"]
        length = 0
        if left == 0:
            length = _heading(source, tokens, i, roles)
        if not length and (left == 0 or defines):
            length = _goal(source, tokens, i, names, roles) or _slope(source, tokens, i, names, roles)
            del found[start if length else len(found) :]
        if length:
            i += length
            continue
        found.append(token)
        if token.kind in _ENDS and not depth:
            leave_label(source, found, len(found) - 1, roles)
            start = len(found)
        i += 1
    leave_label(source, found, len(found), roles)
    _refuse_words(source, found, names)
    return found


def _heading(source: Source, tokens: Sequence[Token], i: int, roles: Roles) -> int:
    """How many tokens from the one at i on are a heading, as in `loss: ‖X w - y‖^2`."""
    token = tokens[i]
    if token.kind != "NAME" or i + 1 == len(tokens) or tokens[i + 1].kind != "COLON":
        return 0
    if not _HEADING.fullmatch(str(token.value)) or sum(t.value == token.value for t in tokens) > 1:
        return 0
    shown = source.quote(token.start, tokens[i + 1].end)
    roles.notes[marked(f"`{shown}` before a formula is left out, as its heading")] = None
    return 2


def _slope(source: Source, tokens: Sequence[Token], i: int, names: set[str], roles: Roles) -> int:
    """How many tokens from the one at i on ask for a gradient, as in `grad_w ‖X w - y‖^2`, `∂/∂w …` and `d/dx …`."""
    first, length, by, kinds = tokens[i], 1, "", [token.kind for token in tokens[i : i + 4]]
    if kinds == ["PARTIAL", "OVER", "PARTIAL", "NAME"]:
        length, by = 4, str(tokens[i + 3].value)
    elif first.kind != "NAME" or str(first.value) in names:
        return 0
    elif slope := _SLOPE.fullmatch(source.text[first.start : first.end]):
        by = slope["by"].strip("{}")
    elif first.value == "d" and kinds[1:3] == ["OVER", "NAME"]:
        below = str(tokens[i + 2].value)
        length, by = 3, below[1:] if below.startswith("d") and below not in names else ""
    if not by or i + length == len(tokens) or tokens[i + length].kind not in _BEGINS:
        return 0
    if by not in {str(token.value) for token in (*tokens[:i], *tokens[i + length :]) if token.kind == "NAME"}:
        return 0
    shown = source.quote(first.start, tokens[i + length - 1].end)
    roles.by[by] = None
    note = f"`{shown}` is left out: it asks for the gradient of what follows with respect to `{by}`"
    roles.notes[marked(note)] = None
    return length


def _goal(source: Source, tokens: Sequence[Token], i: int, names: set[str], roles: Roles) -> int:
    """How many tokens from the one at i on are words before an objective."""
    token = tokens[i]
    goal = _GOAL.fullmatch(source.text[token.start : token.end]) if token.kind == "NAME" else None
    if token.kind == "NAME" and token.value == "arg" and i + 1 < len(tokens) and "arg" not in names:
        following = _goal(source, tokens, i + 1, names, roles)
        return following and following + 1
    if goal is None or str(token.value) in names or i + 1 == len(tokens) or tokens[i + 1].kind not in _BEGINS:
        return 0
    called = tokens[i + 1].kind == "OPEN" and tokens[i + 1].start == token.end
    if called and goal["by"] is None and not goal["word"].lower().startswith(("minim", "maxim")):
        return 0
    by = [name for name in re.split(r"[{}, ]+", goal["by"] or "") if name]
    if not set(by) <= {str(t.value) for t in tokens if t.kind == "NAME"}:  # max_i x_i is no objective's word
        return 0
    roles.by |= dict.fromkeys(by)
    shown = source.quote(token.start, token.end)
    roles.notes[marked(f"`{shown}` before the objective is left out: the gradient is of what follows")] = None
    return 1


def leave_label(source: Source, statement: list[Token], end: int, roles: Roles) -> None:
    r"""Leave out a label where statement[:end] ends with it: (5) after a blank or \quad, (1.2) after a wide one."""
    kinds = [token.kind for token in statement[max(0, end - 5) : end]]
    length = 4 if kinds[1:] == ["OPEN", "NUMBER", "NAME", "CLOSE"] else 3
    if kinds[-length:-1] != ["OPEN", "NUMBER", "NAME"][: length - 1] or kinds[-1] != "CLOSE" or len(kinds) <= length:
        return
    before, first = statement[end - length - 1], statement[end - length]
    blank, label = source.text[before.end : first.start], source.quote(first.start, statement[end - 1].end)
    called = before.kind == "NAME" and (is_function(str(before.value)) or before.value in FUNCTION_LETTERS)
    if before.kind not in _BEFORE_LABEL or called or not blank or _BLANK.sub("", blank):
        return
    if not label[1:-1].strip().isdecimal() and not (len(blank.expandtabs()) > 1 and _LABEL.fullmatch(label[1:-1])):
        return
    if not any("as the label" in str(note) for note in roles.notes):
        note = f"`{label}` at the end of a line is left out as the label of a formula; a factor stands in front"
        roles.notes[marked(note)] = None
    del statement[end - length : end]


def _refuse_words(source: Source, tokens: Sequence[Token], names: set[str]) -> None:
    for token in tokens:
        if token.kind == "NAME" and source.text[token.start] == "∇":
            raise mistake(source, "character ∇", token.start, token.end)
    for token, following in itertools.pairwise(tokens):
        if token.kind != "NAME" or str(token.value) not in _WORDS or str(token.value) in names:
            continue
        if following.kind in _BEGINS - {"MINUS"} and following.start > token.end:
            hint = "give the objective alone; what to differentiate by is named beside it"
            message = f"{token.value} is a word here, and would be read as a factor"
            raise source.error(ParseError, message, token.start, token.end, hint=hint)
