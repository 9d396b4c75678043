"""A reader's formulas under a program: its names, those of its derivation, and what the reader defines.

A formula keeps its tree, whose parts have the places in the reader's own text and the expressions that they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from matcalc.check.claims import Claim, claims, compared, only
from matcalc.derive import derive
from matcalc.errors import MatcalcError, ShapeError, UnknownNameError
from matcalc.expr import Shape, Symbol
from matcalc.syntax.expression import ReadExpression, WrittenExpression
from matcalc.syntax.languages import code_language, is_latex
from matcalc.syntax.program import Program
from matcalc.syntax.source import Source
from matcalc.syntax.tokens import GREEK, tokenize
from matcalc.syntax.tree import walk

_FRACTION = re.compile(r"\\[dt]?frac\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_FONT = re.compile(
    r"\\(?:mathbf|boldsymbol|mathrm|mathcal|bm|vec|operatorname|text|mathit|mathsf|left|right|big|Big)\b"
)
_PRIMES = re.compile(r"(?:'|′|’|\^⊤|\^T|\^\\top|\^\\intercal|\^\\mathsfT|ᵀ|\.T)$")
_NAME = r"[^\W\d_][^\W_]*(?:_[^\W_]+)*"
_SLOPE = re.compile(
    rf"[d∂](?P<of>{_NAME})(?:\(.*?\))?/[d∂](?P<by>vec\({_NAME}\)|{_NAME})(?:\([^()]*\))?"
    rf"|[d∂]/[d∂](?P<before>{_NAME}) ?{_NAME}(?:\([^()]*\))?"
    rf"|(?:∇|grad)_(?P<below>{_NAME})(?: ?{_NAME})?(?:\([^()]*\))?"
    rf"|(?:∇|grad) ?{_NAME}?(?:\([^()]*\))?"
)
_INDEX = re.compile(r"[_\[](?P<letters>[a-zA-Z](?:,?[a-zA-Z])*)\]?$")
_TURNED_ENTRY = re.compile(r"(\\?[A-Za-z]\w*?)(?:'|′|ᵀ|\^T|\^\{T\}|\^\{?\\top\}?|\^⊤)_\{?([a-z])([a-z])\}?(?!\w)")
_TRACE = r"(?:\\operatorname\{tr\}|\\mathrm\{tr\}|\\?[tT]r)"
_SMALL_ENTRY = re.compile(r"(?<![\w\\])([a-z])(_(?:\{\s*[a-z],?\s*[a-z]\s*\}|[a-z]{2}(?!\w)))")
_SQUARE_ENTRY = re.compile(r"(?<![\w'])([A-Za-z]\w*)\[([a-z])(?:,\s*([a-z]))?\]")
_AFTER_BRACKET = re.compile(r"[)\]](?:_(?:\{([a-z](?:,?\s?[a-z])?)\}|([a-z]{1,2})(?![\w]))|\[([a-z](?:,\s?[a-z])?)\])")
# Letters below a name stand apart in braces alone: y_i w is a product.
_BELOW = re.compile(r"(?<!Σ)(?<!∑)(?<!sum)_(?:\{([a-z](?:,?\s?[a-z])?)\}|([a-z](?:,?[a-z])?)(?!\w))")
_SUMMED = re.compile(r"(?:Σ|∑|\bsum|\\sum)_(?:\{\s*([a-z](?:,?\s?[a-z])*)|([a-z](?:,?[a-z])*))")
_CALLED = re.compile(r"(\\?[A-Za-zσφψ][A-Za-z_0-9]*)['′]*$")


PASSES = 5
"""How often lines are gone through, if they stand before what they use."""


class LeftSide(NamedTuple):
    """What the left side of a claim says: the name that it defines, or the gradient that it states.

    `by`: the variable, "" if it is not said. `letters`: those of an entry. `turned`: it is the transpose; `stacked`:
    it is vec of it.
    """

    name: str = ""
    by: str = ""
    letters: tuple[str, ...] = ()
    turned: bool = False
    stacked: bool = False
    slope: bool = False


def side_of(left: str, variables: Collection[str] = ()) -> LeftSide:
    """What a left side says. `variables`: the names that may have indices of their own.

    >>> side_of(r"\\frac{\\partial L}{\\partial W_{ij}}", ["W"])
    LeftSide(name='', by='W', letters=('i', 'j'), turned=False, stacked=False, slope=True)
    """
    text = _plain(left)
    turned = stacked = False
    letters: tuple[str, ...] = ()
    while True:
        primes = _PRIMES.search(text)
        by_row = primes is not None and "/" in text and _SLOPE.fullmatch(text[: primes.start()])  # dJ/dx'
        if primes and (by_row or text[: primes.start()].endswith((")", "]"))):
            text, turned = text[: primes.start()], not turned
        elif text.startswith("vec(") and text.endswith(")"):
            text, stacked = text[4:-1], True
        elif text[:1] in "([" and text[-1:] in ")]" and _is_one_bracket(text):
            text = text[1:-1]
        elif text[:1] in "([" and (index := _INDEX.search(text)) and text[index.start() - 1] in ")]":
            text, letters = text[: index.start()], _letters(index["letters"])
        elif primes and text[:1] in "d∂∇g" and _SLOPE.fullmatch(text[: primes.start()]):
            text, turned = text[: primes.start()], not turned
        else:
            break
    slope = _SLOPE.fullmatch(text)
    if slope is None and (index := _INDEX.search(text)) and text[index.start()] == "[":
        text, letters = text[: index.start()], _letters(index["letters"])
        slope = _SLOPE.fullmatch(text)
    if slope is not None:
        by = slope["by"] or slope["before"] or slope["below"] or ""
        if by.startswith("vec("):
            by, stacked = by[4:-1], True
        by, below = _variable(by, variables)
        return LeftSide("", by, below or letters, turned, stacked, True)
    text = _spelled(text)
    if text[:1] == "d" and text[1:] in variables:
        return LeftSide(text, text[1:], letters, turned, stacked)
    index_ = text.partition("_")[2]
    if not letters and 0 < len(index_) < 3 and index_.isalpha() and index_.islower():
        return LeftSide(text, "", tuple(index_), turned, stacked)
    return LeftSide(text, "", letters, turned, stacked)


def _spelled(name: str) -> str:
    """A name as the reader spells it: Yhat for Ŷ."""
    if name.isascii():
        return name
    with suppress(MatcalcError):
        names = [str(token.value) for token in tokenize(Source(name)) if token.kind == "NAME"]
        return names[0] if len(names) == 1 else name
    return name


def _variable(name: str, variables: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The variable that a name in a gradient is, and the letters of an entry: W of W_ij, of W_1 and of ∇_WJ."""
    if not name or name in variables:
        return name, ()
    stem, _, below = name.partition("_")
    if stem + below in variables:
        return stem + below, ()
    if stem in variables and 0 < len(below) < 3 and below.isalpha():
        return stem, tuple(below)
    longest = max((v for v in variables if name.startswith(v)), key=len, default="")
    return (longest, ()) if longest and len(name) - len(longest) < 3 and name[len(longest) :].isalpha() else (name, ())


def _letters(text: str) -> tuple[str, ...]:
    return tuple(c for c in text if c.isalpha())


def _is_one_bracket(text: str) -> bool:
    depth = 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if not depth:
            return i == len(text) - 1
    return False


def _plain(left: str) -> str:
    """A left side without blanks, fonts and braces, its fraction as a quotient."""
    text = left.replace("&", "").replace("$", "")
    for command, sign in ((r"\partial", "∂"), (r"\nabla", "∇"), (r"\top", "⊤"), (r"\mathrm{d}", "d"), (r"\!", "")):
        text = text.replace(command, sign)
    text = re.sub(r"\\(?:hat|tilde|bar)\s*\{?\s*(\w)\s*\}?", r"\1hat", text)
    text = _FONT.sub("", text)
    text = _FRACTION.sub(r"\1/\2", text)
    text = re.sub(r"\\[,;:!> ]", "", text)
    for sign, name in GREEK.items():
        text = text.replace(rf"\{name}", name).replace(sign, name)
    text = re.sub(r"\^\{?\((\d+)\)\}?", r"\1", text)
    text = re.sub(r"_\s*\{([^{}]*)\}", lambda match: "_" + re.sub(r"[,\s]", "", match[1]) + " ", text)
    text = re.sub(r"[{}\\]", "", text)
    return re.sub(r"(?<!\w) | (?!\w)", "", " ".join(text.split()))


class OwnLine(NamedTuple):
    """A line of a reader that defines a name, and what was read there."""

    symbol: Symbol
    claim: Claim
    read: ReadExpression


class ReaderNames:
    """The names that formulas about a program may be written in: its own, those of its derivation, and the reader's.

    `own`: symbols by the names that the reader gave, those that `define` has read or that a caller puts there. The
    names of the derivation by `wrt` are looked up only where a formula needs them.
    """

    def __init__(self, program: Program, wrt: Sequence[str] = (), increments: bool = False) -> None:
        """`increments`: as for `WrittenExpression`."""
        self.program = program
        self._increments = increments
        self.own: dict[str, Symbol] = {}
        self._wrt = list(wrt)
        self.brackets: set[str] = set()
        self.awaited: set[str] = set()
        """Names that lines still to be read define: they are not those of the derivation."""
        self._slopes: dict[str, str] = {}
        self._derived: dict[str, Symbol] | None = None

    def derived(self) -> Mapping[str, Symbol]:
        """The intermediates and deltas of the derivation, by name."""
        if self._derived is None:
            self._derived = {}
            free = [s.name for s in self.program.inputs if "constant" not in s.attributes]
            for wrt in (free, self._wrt):  # a delta is called as in the derivation by `wrt`
                with suppress(MatcalcError):
                    record = derive(self.program, wrt, "projected")
                    self._derived |= {s.name: s for s in (*record.where, *record.deltas)}
        return self._derived

    def read(self, text: str, claim: Claim, shape: Shape | None = None, letters: Sequence[str] = ()) -> ReadExpression:
        """The formula of a claim of the text, `letters` as in `WrittenExpression`.

        Raises MatcalcError, with its place in the text.
        """
        found = self.written(text, claim, letters)
        try:
            return found.read(shape)
        except MatcalcError as error:
            _point_into(text, found.text, error)
            raise

    def written(self, text: str, claim: Claim, letters: Sequence[str] = ()) -> WrittenExpression:
        """The formula of a claim as a tree, its names known; its shapes need not conform. Raises as `read`."""
        written, language = only(text, claim), "latex" if is_latex(text) else ""
        known: dict[str, Symbol] = {**self.program.names, **self.own}
        if code_language(code := _in_brackets(written, claim)) == "python":
            written, language = code, "python"
        else:
            written = _like_code(text, written)
            for typed, name in self._slopes.items():
                written = written.replace(typed, name)
        try:
            if language == "python":
                return self._written(written, known, (), language)
            written, brackets = _indexed_brackets(written, known)
            self.brackets |= brackets.keys()
            for name, inner in brackets.items():
                node = self._written(inner, known, (), language).read().node
                known[name] = Symbol(name, node.shape, (), node)
            return self._written(written, known, letters, language)
        except MatcalcError as error:
            _point_into(text, written, error)
            raise

    def _written(
        self, written: str, known: Mapping[str, Symbol], letters: Sequence[str], language: str
    ) -> WrittenExpression:
        found = WrittenExpression(written, known, self.program.functions, letters, language, self._increments)
        missing = {str(tree.value) for tree in walk(found.tree) if tree.kind == "name"} - known.keys()
        missing |= {name.removeprefix("d") for name in missing if self._increments}
        glued = {name for name in missing if len(name) > 1 and " " not in name}  # no dX, which is `d X` here
        if glued and not language and {c for name in glued for c in name} <= known.keys():
            with suppress(MatcalcError):  # XW and 2Ax, as on paper
                return self._written(written, known, letters, "latex")
        awaited = {name.replace("_", "") for name in self.awaited}
        derived = {name: s for name, s in self.derived().items() if name.replace("_", "") not in awaited}
        if missing & derived.keys():
            known = {**derived, **known}
            found = WrittenExpression(written, known, self.program.functions, letters, language, self._increments)
        return found

    def define(self, text: str, claim: Claim) -> OwnLine:
        """What the left side of a claim names; what follows may be written in it. Raises as `read`."""
        side = self.side(claim)
        known = self.program.names.get(side.by) if side.slope else None
        letters = _entry_letters(side, text, claim)
        found = self.read(text, claim, known.shape if known and not side.turned else None, letters)
        name = side.name.partition("_")[0] if letters else side.name
        if side.slope:  # dJ/dZ, which later formulas have as it was typed
            name = re.sub(r"\W", "_", claim.left.replace("∂", "d"))
            self._slopes[claim.left] = name
        self.own[name] = symbol = Symbol(name, found.node.shape, (), found.node)
        return OwnLine(symbol, claim, found)

    def side(self, claim: Claim) -> LeftSide:
        """What the left side of a claim says."""
        return side_of(claim.left, {**self.program.names, **self.own})


# ------------------------------------------------------------------------------------------------------------- indices


def _indexed_brackets(written: str, known: Mapping[str, Symbol]) -> tuple[str, dict[str, str]]:
    """The text with Q_kj for (X W - Y)_kj, X_ik for X'_ki and X_ki for X[k,i]; and what each Q is, alone in its place.

    Every text is as long as the first, so that places stay.
    """
    below = "{}_{{{}}}" if "\\" in written else "{}_{}"
    written = _TURNED_ENTRY.sub(lambda m: below.format(m[1], m[3] + m[2]).ljust(len(m.group())), written)
    written = _SMALL_ENTRY.sub(lambda m: (m[1].upper() if _is_small(m[1], known) else m[1]) + m[2], written)
    written = _SQUARE_ENTRY.sub(lambda m: f"{m[1]}_{m[2]}{m[3] or ''}".ljust(len(m.group())), written)
    inner: dict[str, str] = {}
    spare = (c for c in "QUVZKMPRSGHFDBA" if c not in known and c not in written)
    for close in [m.start() for m in _AFTER_BRACKET.finditer(written)]:
        match = _AFTER_BRACKET.match(written, close)
        open_ = _partner(written, close)
        name = next(spare, None)
        if match is None or open_ is None or name is None or known.keys() & {*(match[3] or "").split(",")}:
            continue
        start = _function_before(written, open_, known)
        inside = (start, close + 1) if start < open_ else (open_ + 1, close)
        blank = re.sub(r"[^\n]", " ", written)
        inner[name] = blank[: inside[0]] + written[inside[0] : inside[1]] + blank[inside[1] :]
        entry = below.format(name, match[1] or match[2] or re.sub(r"\W", "", match[3]))
        written = written[:start] + entry.ljust(match.end() - start) + written[match.end() :]
    return written, inner


def _entry_letters(side: LeftSide, text: str, claim: Claim) -> tuple[str, ...]:
    """The letters of a left side, if its formula has them as indices, or states an entry of a gradient."""
    inside = _letters_of(_BELOW, text[claim.start : claim.end])
    return side.letters if side.slope or side.by or set(side.letters) <= inside else ()


def free_letters(text: str) -> tuple[Claim, list[str]]:
    """The last claim of a text, and the indices in it that no sum binds, in the order of the alphabet."""
    claim = claims(text)[-1]
    return claim, _free(text[claim.start : claim.end])


def _free(formula: str) -> list[str]:
    return sorted(_letters_of(_BELOW, formula) - _letters_of(_SUMMED, formula))


def _letters_of(pattern: re.Pattern[str], text: str) -> set[str]:
    return {letter for match in pattern.finditer(text) for letter in match[1] or match[2] if letter.isalpha()}


def _free_letters(text: str, claim: Claim, variable: Symbol) -> tuple[str, ...]:
    """The indices of a formula that no sum in it binds, if they can be the variable's."""
    formula = text[claim.start : claim.end]
    free = tuple(_free(formula))
    summed = _SUMMED.search(formula) is not None
    return free if summed and len(free) == sum(dim != 1 for dim in variable.shape) else ()


def _in_brackets(written: str, claim: Claim) -> str:
    """A text with one formula, in brackets from the start of its line where it is indented, as Python wants it."""
    begin = written.rfind("\n", 0, claim.start) + 1
    return f"{written[:begin]}({written[begin + 1 :]})" if claim.start > begin else written


def _like_code(text: str, written: str) -> str:
    """(Z > 0) as [Z > 0]; and where the text has @ as in Python, * between arrays as a product entry by entry."""
    written = compared(written)
    if "@" not in text:
        return written
    written = re.sub(r"\b(?:np|numpy|torch|jnp)\.", lambda m: " " * len(m.group()), written)
    return re.sub(r"(?<![*.])\*(?!\*)", "⊙", written.replace("**", "^ "))


def _is_small(name: str, known: Collection[str]) -> bool:
    """Whether a letter is that of the entries of a matrix: x_ij of X."""
    return name not in known and name.upper() in known


def _partner(written: str, close: int) -> int | None:
    depth = 0
    for i in range(close, -1, -1):
        depth += (written[i] in ")]}") - (written[i] in "([{")
        if not depth:
            return i
    return None


def _function_before(written: str, open_: int, known: Collection[str]) -> int:
    """Where f of f(Z) begins, if the bracket is of a call."""
    match = _CALLED.search(written[:open_])
    return match.start() if match and match[1] not in known else open_


def _point_into(text: str, written: str, error: MatcalcError) -> None:
    """Let an error about a text with blanks point into the text as it was typed, which is as long."""
    if error.line is None or error.column is None:
        return
    lines = written.split("\n")
    at = sum(len(line) + 1 for line in lines[: error.line - 1]) + error.column - 1
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    error.line, error.column = text.count("\n", 0, at) + 1, at - begin + 1
    error.source_line = text[begin : len(text) if end < 0 else end]


# -------------------------------------------------------------------------------------------------------------- answer


@dataclass(frozen=True)
class Answer:
    """A reader's gradient: `claim` is where it stands, `side` what its left side says, `lines` what they defined.

    `read` is what was read, of the shape of the gradient if it can be; None where the shapes in it do not conform, as
    `error` then says. `written` is its tree.
    """

    text: str
    claim: Claim
    side: LeftSide
    written: WrittenExpression
    shape: Shape | None
    read: ReadExpression | None = None
    error: ShapeError | None = None
    lines: tuple[OwnLine, ...] = ()
    brackets: frozenset[str] = frozenset()
    """The letters that stand for brackets with an index, Q for X W - Y in (X W - Y)_kj."""


def read_answer(text: str, names: ReaderNames, variable: Symbol) -> Answer:
    """A reader's answer for the gradient by a variable. Raises MatcalcError, with its place in the text.

    The last claim about the variable is the answer; without one the last formula.
    """
    found = claims(text)
    sides = [names.side(claim) for claim in found]
    final = next((k for k in reversed(range(len(found))) if _states(sides[k], variable)), None)
    if final is None:
        final = next((k for k in reversed(range(len(found))) if not sides[k].name), len(found) - 1)
    claim, side = found[final], sides[final]
    afterwards = [*found[1:], None]
    lines = [
        other
        for other, of, after in zip(found, sides, afterwards, strict=True)
        if other is not claim
        and (of.name or (of.by and of.by != variable.name))
        and not (after is not None and after.chained)
    ]
    own = _defined_in_turn(text, names, lines)
    letters = _entry_letters(side, text, claim)
    claim, turned = _of_increment(text, claim, variable)
    side = side._replace(turned=side.turned != turned)
    shape: Shape | None = variable.shape
    if side.stacked:
        shape = None
    elif side.turned:
        shape = (variable.shape[1], variable.shape[0])
    if not claim.left:
        letters = _free_letters(text, claim, variable)
    written = names.written(text, claim, letters)
    unread = Answer(text, claim, side, written, shape, lines=own, brackets=frozenset(names.brackets))
    refused: ShapeError | None = None
    for wanted in (shape, shape[::-1] if shape else None, None):
        try:
            return replace(unread, read=written.read(wanted))
        except ShapeError as error:
            refused = refused or error
        except MatcalcError as error:
            _point_into(text, written.text, error)
            raise
    assert refused is not None
    _point_into(text, written.text, refused)
    return replace(unread, error=refused)


def _of_increment(text: str, claim: Claim, variable: Symbol) -> tuple[Claim, bool]:
    """The gradient in G : dX, tr(G' dX), g' dx; and whether it is its transpose that stands there."""
    shown = only(text, claim)[claim.start : claim.end]
    name = re.escape(variable.name)
    increment = rf"(?:\\mathrm\{{d\}}|\\mathrm d|d)\s*{name}"
    for pattern, turned in (
        (rf"(?P<g>.+?)\s*:\s*{increment}", False),
        (
            rf"(?:\\operatorname\{{tr\}}|\\mathrm\{{tr\}}|\\?[tT]r)\s*(?:\\left)?\((?P<g>.+?)\s*{increment}\s*(?:\\right)?\)",
            True,
        ),
        (rf"(?P<g>.+?)\s*{increment}", True),
    ):
        match = re.fullmatch(pattern, shown, re.DOTALL)
        if match is not None and variable.name in text and f"d{variable.name}" not in match["g"]:
            return replace(claim, start=claim.start + match.start("g"), end=claim.start + match.end("g")), turned
    return claim, False


def _defined_in_turn(text: str, names: ReaderNames, lines: Sequence[Claim]) -> tuple[OwnLine, ...]:
    """What lines define; one that uses a later one is read after it."""
    found: list[OwnLine] = []
    waiting = list(lines)
    names.awaited = {names.side(line).name for line in lines} - {""}
    for _ in range(PASSES):
        refused: UnknownNameError | None = None
        ahead, waiting = waiting, []
        for line in ahead:
            try:
                found.append(names.define(text, line))
                names.awaited.discard(names.side(line).name)
            except UnknownNameError as error:
                refused = refused or error
                waiting.append(line)
        if refused is None:
            break
    if refused is not None:
        raise refused
    return tuple(found)


def _states(side: LeftSide, variable: Symbol) -> bool:
    return side.by == variable.name or (side.slope and not side.by)
