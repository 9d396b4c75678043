"""Words and labels around the formulas of a text: what is left out, and what is refused because it is no name.

`minimize`, `min_w`, `argmin_W`, `grad_w`, `d/dx` before an objective are left out, and name what to differentiate by;
`loss:` before a formula is left out, and so are the label of a line, `(5)` after a blank at its end or `(5)`, `1.` at
its beginning, and words in brackets at its end. Any other word that would become a factor is refused.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Sequence

from matcalc.errors import ParseError
from matcalc.prose import marked
from matcalc.syntax.clauses import Clauses
from matcalc.syntax.framing import BEGINS, ENDS, SMALL, WORDS, is_heading, is_word
from matcalc.syntax.layout import CLOSING, OPENING, OPERAND_ENDS
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import FUNCTION_LETTERS, is_function

_OPERATIONS = {
    **dict.fromkeys(("squared", "square"), "x^2, or x.^2 for the square of every entry"),
    **dict.fromkeys(("cubed", "cube"), "x^3"),
    **dict.fromkeys(("plus", "minus"), "+ and -"),
    **dict.fromkeys(("times", "multiplied"), "x * y"),
    **dict.fromkeys(("divided", "half"), "x / 2"),
    **dict.fromkeys(("twice", "two"), "2 x"),
    **dict.fromkeys(("transposed", "prime"), "x'"),
    "equals": "=",
    "summed": "sum(…)",
    **dict.fromkeys(("is", "are"), "a declaration, `A: n x n symmetric`, or a definition, z = X w"),
}
"""Operations in words, and how they are written."""
_NO_NAMES = WORDS | SMALL | _OPERATIONS.keys()
_SAYS = frozenset({"EQUALS", "COLON", "IN"})
_BLANK = re.compile(r"\\?[,;:!\s]|\\q?quad")
_LABEL = re.compile(r"[1-9]\d*(\.\d+)+[a-z]?")
_WIDE_LABEL = re.compile(r"\d+(\.\d+)*[a-z]?|[A-Z]\.\d+[a-z]?")
_LABELS = (["OPEN", "CLOSE"], ["OPEN_SQUARE", "CLOSE_SQUARE"])
_BEFORE_LABEL = OPERAND_ENDS | {"BARS", "SUPERSCRIPT", "NORM_SUFFIX"}


def without_words(source: Source, tokens: Sequence[Token], roles: Roles) -> list[Token]:
    """The tokens of a text without labels, and without the words before objectives."""
    names = {str(t.value) for t, after in itertools.pairwise(tokens) if t.kind == "NAME" and after.kind in _SAYS}
    names |= roles.known
    framing = Clauses(source, list(tokens), names, roles)
    if framing.says_more():
        framing = Clauses(source, framing.clauses(), names, roles)
    tokens = framing.tokens
    words = _words(tokens, names)
    found: list[Token] = []
    start = depth = i = 0
    while i < len(tokens):
        token = tokens[i]
        left = len(found) - start
        if left == 0 and (length := _mark(source, tokens, i, roles) or framing.before(i)):
            i += length
            continue
        if left == 2 and [t.kind for t in found[start:]] == ["NAME", "EQUALS"] and (length := framing.goal(i)):
            del found[start:]
            i += length
            continue
        found.append(token)
        kind = token.kind
        if kind in OPENING:
            depth += 1
        elif kind in CLOSING:
            depth -= 1
        elif kind in ENDS and not depth:
            _leave_remark(source, found, len(found) - 1, words, roles)
            leave_label(source, found, len(found) - 1, roles)
            start = len(found)
        i += 1
    _leave_remark(source, found, len(found), words, roles)
    leave_label(source, found, len(found), roles)
    _refuse_words(source, found, names, words)
    return found


def _words(tokens: Sequence[Token], names: Collection[str]) -> set[str]:
    """The words of a text that occur once and are no names of its formulas by how they look."""
    if not [t for t in tokens if t.kind == "NAME" and len(str(t.value)) > 2 and is_word(str(t.value))]:
        return set()
    sizes = _sizes(tokens)
    counts = Counter(str(t.value) for i, t in enumerate(tokens) if t.kind == "NAME" and i not in sizes)
    return {word for word, count in counts.items() if count == 1 and word not in names and is_word(word)}


def _sizes(tokens: Sequence[Token]) -> set[int]:
    """Where what a declaration says stands: X: (rows cols) x 3."""
    found: set[int] = set()
    declares = begins = True
    for i, token in enumerate(tokens):
        if token.kind in ENDS:
            begins = True
            continue
        if begins:
            declares = (
                token.kind == "NAME" and tokens[i + 1 : i + 2] != [] and tokens[i + 1].kind in ("COLON", "IN", "COMMA")
            )
        begins = False
        if declares:
            found.add(i)
    return found


def _mark(source: Source, tokens: Sequence[Token], i: int, roles: Roles) -> int:
    """How many tokens from the one at i on number a line or stand before it in a list: (1) z = …, 2. J = …, - J = …."""
    if tokens[i].kind not in ("OPEN", "NUMBER", "MINUS"):
        return 0
    kinds = [token.kind for token in tokens[i : i + 5]]
    for length, mark in ((3, ["OPEN", "NUMBER", "CLOSE"]), (2, ["NUMBER", "CLOSE"]), (1, ["NUMBER"]), (1, ["MINUS"])):
        if kinds[:length] != mark or kinds[length : length + 1] not in (["NAME"], ["OPEN"], ["BARS"], ["NUMBER"]):
            continue
        before, after = tokens[i + length - 1], tokens[i + length]
        defines = kinds[length : length + 2] == ["NAME", "EQUALS"] and after.start > before.end
        wide = length == 3 and len(source.text[before.end : after.start].expandtabs()) > 1
        numbered = all(str(t.value).isdecimal() for t in tokens[i : i + length] if t.kind == "NUMBER")
        if not numbered or not (defines or wide or mark == ["NUMBER", "CLOSE"]):
            return 0
        if not defines:
            shown = source.quote(tokens[i].start, before.end)
            roles.notes[marked(f"`{shown}` at the beginning of a line is left out, as its label")] = None
        return length
    return 0


def leave_label(source: Source, statement: list[Token], end: int, roles: Roles) -> None:
    r"""Leave out a label that statement[:end] ends with: (5), (1.2) after a blank or \quad, (2a), [5] after more."""
    lengths = (3, 4) if end > 4 and statement[end - 1].kind in ("CLOSE", "CLOSE_SQUARE") else ()
    length = next((n for n in lengths if [t.kind for t in statement[end - n : end : n - 1]] in _LABELS), 0)
    if not length:
        return
    before, first = statement[end - length - 1], statement[end - length]
    blank, label = source.text[before.end : first.start], source.quote(first.start, statement[end - 1].end)
    called = before.kind == "NAME" and (is_function(str(before.value)) or before.value in FUNCTION_LETTERS)
    if before.kind not in _BEFORE_LABEL or called or not blank or _BLANK.sub("", blank):
        return
    inside = label[1:-1].strip()
    short = first.kind == "OPEN" and (inside.isdecimal() or _LABEL.fullmatch(inside))
    if not short and not (len(blank.expandtabs()) > 1 and _WIDE_LABEL.fullmatch(inside)):
        return
    if not any("as the label" in str(note) for note in roles.notes):
        note = f"`{label}` at the end of a line is left out as the label of a formula; a factor stands in front"
        roles.notes[marked(note)] = None
    del statement[end - length : end]


def _leave_remark(source: Source, statement: list[Token], end: int, words: Collection[str], roles: Roles) -> None:
    """Leave out words in brackets where statement[:end] ends with them: `J = ‖X w - y‖^2 (squared loss)`."""
    at = end - 1
    while at > 0 and statement[end - 1].kind in ("CLOSE", "CLOSE_SQUARE") and statement[at - 1].kind == "NAME":
        at -= 1
    said = [str(token.value) for token in statement[at : end - 1]]
    if not said or at < 3 or [statement[at - 1].kind, statement[end - 1].kind] not in _LABELS:
        return
    before, first = statement[at - 2], statement[at - 1]
    if before.kind in _BEFORE_LABEL and first.start > before.end and all(w in words or w in WORDS for w in said):
        shown = source.quote(first.start, statement[end - 1].end)
        roles.notes[marked(f"`{shown}` at the end of a line is left out, as a remark")] = None
        del statement[at - 1 : end]


def _refuse_words(source: Source, tokens: Sequence[Token], names: set[str], words: set[str]) -> None:
    for token in tokens if "∇" in source.text else ():
        if token.kind == "NAME" and source.text[token.start] == "∇":
            raise mistake(source, "character ∇", token.start, token.end)
    said = [str(token.value) for token in tokens if token.kind == "NAME"]
    if not words and not any(word in _NO_NAMES or is_heading(word) for word in said):
        return
    counts = Counter(said)
    never = {word for word in counts if word in WORDS or is_heading(word)}
    never |= {word for word in SMALL - {"a"} if counts[word] == 1}
    for i in [i for i, token in enumerate(tokens) if token.kind == "NAME"]:
        token = tokens[i]
        word = str(token.value)
        if not (word in words or word in never or word in _OPERATIONS) or word in names:
            continue
        before, after = tokens[i - 1] if i else None, tokens[i + 1] if i + 1 < len(tokens) else None
        leads = after is not None and after.kind in BEGINS - {"MINUS"} and after.start > token.end
        follows = before is not None and before.kind in _BEFORE_LABEL and before.end < token.start
        hint = "give the objective alone; what to differentiate by is named beside it"
        pair = f"{word}{{}}{after.value}" if after is not None and after.kind == "NAME" else ""
        pair = pair if word in words - never and after is not None and after.value not in _OPERATIONS else ""
        if pair and leads and [t.kind for t in tokens[i + 2 : i + 3]] == ["EQUALS"]:
            hint = f"a name is one word: {pair.format('_')}"
        elif pair and leads and after is not None and str(after.value) in words:
            hint = f"a remark follows #; a name is one word, {pair.format('_')}; a product is {pair.format(' * ')}"
        elif word in _OPERATIONS and (leads or follows):
            hint = f"write {_OPERATIONS[word]}"
        elif not (leads and word in never):
            continue
        message = f"{word} is a word here, and would be read as a factor"
        raise source.error(ParseError, message, token.start, token.end, hint=hint)
