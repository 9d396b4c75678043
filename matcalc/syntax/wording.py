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
from matcalc.syntax.layout import CLOSING, OPENING, OPERAND_ENDS
from matcalc.syntax.looks import is_greek
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.roles import Roles
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import DECLARING, FUNCTION_LETTERS, is_function

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
_SMALL = frozenset(
    (
        "a",
        "an",
        "as",
        "at",
        "fn",
        "from",
        "if",
        "into",
        "it",
        "my",
        "now",
        "on",
        "our",
        "so",
        "then",
        "this",
        "to",
        "up",
        "we",
        "when",
        "which",
    )
)
"""Words that may be names as well, where they occur more than once or have no operand on their right."""
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
_SAYS = frozenset({"EQUALS", "COLON", "IN"})
_ENDS = frozenset({"SEPARATOR", "NEWLINE"})
_FORMULA = frozenset({"BARS", "EQUALS", "TRANSPOSE", "POWER", "SUPERSCRIPT", "SUM_OVER", "HADAMARD"})
"""What stands in no declaration."""
_BEGINS = frozenset(["NAME", "NUMBER", "ONES", "OPEN", "OPEN_SQUARE", "BARS", "MINUS", "SUM_OVER", "NORM_OPEN"])
_BLANK = re.compile(r"\\?[,;:!\s]|\\q?quad")
_WORD = re.compile(r"[A-Za-z]{3,}(?<!hat)(?<!bar)(?<!tilde)")
_LABEL = re.compile(r"[1-9]\d*(\.\d+)+[a-z]?")
_WIDE_LABEL = re.compile(r"\d+(\.\d+)*[a-z]?|[A-Z]\.\d+[a-z]?")
_LABELS = (["OPEN", "CLOSE"], ["OPEN_SQUARE", "CLOSE_SQUARE"])
_BEFORE_LABEL = OPERAND_ENDS | {"BARS", "SUPERSCRIPT", "NORM_SUFFIX"}


def without_words(source: Source, tokens: Sequence[Token], roles: Roles) -> list[Token]:
    """The tokens of a text without labels, and without the words before objectives."""
    names = {str(t.value) for t, after in itertools.pairwise(tokens) if t.kind == "NAME" and after.kind in _SAYS}
    names |= roles.known
    words = _words(tokens, names)
    found: list[Token] = []
    start = depth = i = 0
    while i < len(tokens):
        token = tokens[i]
        left = len(found) - start
        if left == 0 or (left == 2 and [t.kind for t in found[start:]] == ["NAME", "EQUALS"]):
            length = 0
            if left == 0:
                length = _mark(source, tokens, i, roles) or _heading(source, tokens, i, words, roles)
            if not length:
                length = _goal(source, tokens, i, names, roles) or _slope(source, tokens, i, names, roles)
                del found[start if length else len(found) :]
            if length:
                i += length
                continue
        found.append(token)
        kind = token.kind
        if kind in OPENING:
            depth += 1
        elif kind in CLOSING:
            depth -= 1
        elif kind in _ENDS and not depth:
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
    if not [t for t in tokens if t.kind == "NAME" and len(str(t.value)) > 2 and _is_word(str(t.value))]:
        return set()
    sizes = _sizes(tokens)
    counts = Counter(str(t.value) for i, t in enumerate(tokens) if t.kind == "NAME" and i not in sizes)
    return {word for word, count in counts.items() if count == 1 and word not in names and _is_word(word)}


def _is_word(name: str) -> bool:
    if len(name) < 3 or name in DECLARING or name in ("given", "layers", "steps"):
        return False
    return _WORD.fullmatch(name) is not None and not is_greek(name) and not is_function(name)


def _sizes(tokens: Sequence[Token]) -> set[int]:
    """Where what a declaration says stands: X: (rows cols) x 3."""
    found: set[int] = set()
    declares = begins = True
    for i, token in enumerate(tokens):
        if token.kind in _ENDS:
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


def _heading(source: Source, tokens: Sequence[Token], i: int, words: Collection[str], roles: Roles) -> int:
    """How many tokens from the one at i on are a heading: `loss: ‖X w - y‖^2`, `The loss function: …`, `J: ‖…‖^2`."""
    end = i
    while end < len(tokens) and (tokens[end].kind == "NAME" or (end > i and _is_hyphen(tokens, end))):
        end += 1
    said = [str(token.value) for token in tokens[i:end] if token.kind == "NAME"]
    if not said or [token.kind for token in tokens[end : end + 1]] != ["COLON"]:
        return 0
    if len(said) == 1:
        heads = said[0] in ("J", "L", "E", "C") or _HEADING.fullmatch(said[0]) or _is_word(said[0])
        if not heads or sum(t.value == said[0] for t in tokens) > 1 or not _is_formula(tokens, end + 1, said[0]):
            return 0
    elif not (_WORD.fullmatch(said[-1]) or said[-1] == "fn") or [w for w in said[:-1] if not _begins_heading(w, words)]:
        return 0
    shown = source.quote(tokens[i].start, tokens[end].end)
    roles.notes[marked(f"`{shown}` before a formula is left out, as its heading")] = None
    return end - i + 1


def _begins_heading(word: str, words: Collection[str]) -> bool:
    return word in words or word.lower() in _WORDS | _SMALL or _HEADING.fullmatch(word) is not None or is_function(word)


def _is_hyphen(tokens: Sequence[Token], i: int) -> bool:
    """Whether it joins two words: log-likelihood."""
    around = tokens[i - 1 : i + 2]
    return [t.kind for t in around] == ["NAME", "MINUS", "NAME"] and around[0].end + 1 == around[2].start


def _is_formula(tokens: Sequence[Token], i: int, name: str) -> bool:
    """Whether what follows a colon is a formula that no declaration can be, after a word; bars or 1/ after J."""
    kinds = [token.kind for token in itertools.takewhile(lambda token: token.kind not in _ENDS, tokens[i:])]
    if len(name) == 1:
        return kinds[:1] in (["BARS"], ["MINUS"]) or kinds[:2] == ["NUMBER", "OVER"]
    if not _FORMULA.isdisjoint(kinds) or _HEADING.fullmatch(name):
        return True
    called = [t for t, after in itertools.pairwise(tokens[i : i + len(kinds)]) if after.kind == "OPEN"]
    return any(token.kind == "NAME" and is_function(str(token.value)) for token in called)


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
    if before.kind in _BEFORE_LABEL and first.start > before.end and all(w in words or w in _WORDS for w in said):
        shown = source.quote(first.start, statement[end - 1].end)
        roles.notes[marked(f"`{shown}` at the end of a line is left out, as a remark")] = None
        del statement[at - 1 : end]


def _refuse_words(source: Source, tokens: Sequence[Token], names: set[str], words: set[str]) -> None:
    for token in tokens if "∇" in source.text else ():
        if token.kind == "NAME" and source.text[token.start] == "∇":
            raise mistake(source, "character ∇", token.start, token.end)
    counts = Counter(str(token.value) for token in tokens if token.kind == "NAME")
    never = {word for word in counts if word in _WORDS or _HEADING.fullmatch(word)}
    never |= {word for word in _SMALL - {"a"} if counts[word] == 1}
    for i in [i for i, token in enumerate(tokens) if token.kind == "NAME"]:
        token = tokens[i]
        word = str(token.value)
        if not (word in words or word in never or word in _OPERATIONS) or word in names:
            continue
        before, after = tokens[i - 1] if i else None, tokens[i + 1] if i + 1 < len(tokens) else None
        leads = after is not None and after.kind in _BEGINS - {"MINUS"} and after.start > token.end
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
