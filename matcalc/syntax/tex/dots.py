r"""Dots and crosses between vectors that LaTeX sets as such: \mathbf w\cdot\mathbf x, \vec a\times\vec b.

Only bold letters and arrows say so: a dot between other names is a product, as in text. What belongs to the dot on its
left are the matrices before the vector, on its right all up to the first vector: y_i\,\mathbf A\mathbf w\cdot\mathbf x.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from matcalc.errors import Alternative
from matcalc.syntax.application import CLOSES, LOOSE, OPENS
from matcalc.syntax.source import Source
from matcalc.syntax.tex.spelling import Lettering
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import FUNCTION_LETTERS, is_function

DOT, CROSS = r"\cdot", r"\times"
_FONTS = frozenset({"bold", "arrow"})
_SCALAR, _VECTOR, _MATRIX, _ROW = "scalar", "vector", "matrix", "row"
_ENDS = LOOSE | {"HADAMARD", "OVER_ENTRIES", "KRONECKER", "TIMES", "SUM_OVER", "GOAL", "SLOPE", "IN", "PARTIAL"}
_RAISED = frozenset({"POWER", "POWER_ENTRIES"})
_NUMBERS = frozenset({"tr", "det", "logdet", "sum", "mean", "dot"})


@dataclass
class _Factor:
    """A factor: where it begins and ends, and what it is."""

    start: int
    end: int
    kind: str


@dataclass
class _Level:
    """What stands in a bracket: the factors of its last product, the sign that waits for a vector, what terms are."""

    at: int
    factors: list[_Factor] = field(default_factory=list)
    sign: int = -1
    left: _Factor | None = None
    terms: list[str] = field(default_factory=list)
    divides: bool = False


class _Dots:
    """Reads the products of some tokens, and writes the dots as what they are."""

    def __init__(
        self, source: Source, tokens: Sequence[Token], vectors: Collection[Token], matrices: Collection[Token]
    ) -> None:
        self.source = source
        self.tokens = tokens
        self.vectors = {id(token) for token in vectors}
        self.matrices = {id(token) for token in matrices}
        self.before: dict[int, list[Token]] = {}
        self.instead: dict[int, list[Token]] = {}

    def written(self) -> list[Token]:
        """The tokens with dots and crosses written out."""
        tokens, levels, i = self.tokens, [_Level(-1)], 0
        while i < len(tokens):
            token, level = tokens[i], levels[-1]
            if token.kind in OPENS:
                levels.append(_Level(i))
            elif token.kind in CLOSES and len(levels) > 1:
                self._end_term(level)
                levels.pop()
                i = self._closed(levels[-1], level, i)
            elif token.kind == "TIMES" and token.value in (DOT, CROSS):
                self._sign(level, i)
            elif token.kind == "OVER":
                self._end_term(level)
                level.divides = True
            elif token.kind in _ENDS:
                self._end_term(level)
                level.divides = False
            elif token.kind not in ("APPLY", "FUNCTION"):
                kind = _VECTOR if id(token) in self.vectors else _MATRIX if id(token) in self.matrices else _SCALAR
                i = self._add(level, _Factor(i, i + 1, _VECTOR if token.kind == "ONES" else kind))
            else:
                i += 1
                continue
            i += 1
        found = [t for i, token in enumerate(tokens) for t in (*self.before.get(i, ()), *self.instead.get(i, [token]))]
        return [*found, *self.before.get(len(tokens), ())]

    def _closed(self, level: _Level, inside: _Level, i: int) -> int:
        """A bracket is a factor, with the name of the function before it. Returns where it ends."""
        kind, at = _SCALAR, inside.at
        if self.tokens[at].kind != "NORM_OPEN":
            kind = next((k for k in (_ROW, _VECTOR, _MATRIX) if k in inside.terms), _SCALAR)
        name = self.tokens[at - 1] if at else None
        if name is not None and name.kind in ("APPLY", "FUNCTION"):
            said = name.value[0] if isinstance(name.value, tuple) else name.value
            kind, at = _SCALAR if said in _NUMBERS else kind, at - 1
        elif name is not None and name.kind == "NAME" and _may_be_called(str(name.value)):
            last = level.factors.pop() if level.factors and level.factors[-1].end == at else None
            at = at if last is None else last.start
        return self._add(level, _Factor(at, i + 1, kind))

    def _add(self, level: _Level, factor: _Factor) -> int:
        """Take a factor with what is raised after it. Returns where its last token is."""
        tokens, i = self.tokens, factor.end
        while i < len(tokens) and (tokens[i].kind in _RAISED or tokens[i].kind.endswith("TRANSPOSE")):
            if tokens[i].kind not in _RAISED:
                factor.kind = {_VECTOR: _ROW, _ROW: _VECTOR}.get(factor.kind, factor.kind)
                i += 1
                continue
            factor.kind = _SCALAR if factor.kind in (_VECTOR, _ROW) else factor.kind
            i = _past(tokens, i + 1)
        factor.end = i
        level.factors.append(factor)
        if level.sign >= 0 and level.left is not None and factor.kind != _SCALAR:
            first = tokens[level.sign + 1].kind == "NAME" and factor.start == level.sign + 1
            if factor.kind == _VECTOR:
                self._join(level, level.left, factor)
            elif factor.kind == _MATRIX and first and tokens[level.sign].value == CROSS:
                self._ask(level.left, factor)
            if factor.kind != _MATRIX:
                level.sign = -1
        return i - 1

    def _sign(self, level: _Level, i: int) -> None:
        """A dot or a cross: what stands to its left is a vector, with the matrices before it."""
        level.sign = -1
        if not level.factors or level.factors[-1].kind != _VECTOR or level.divides:
            level.factors.clear()
            return
        first = len(level.factors) - 1
        while first and level.factors[first - 1].kind == _MATRIX:
            first -= 1
        level.left = _Factor(level.factors[first].start, level.factors[-1].end, _VECTOR)
        del level.factors[first:]
        level.sign = i

    def _ask(self, left: _Factor, right: _Factor) -> None:
        r"""\mathbf r\times\mathbf F may be of two vectors, or of a number and a matrix."""
        tokens, quote = self.tokens, self.source.quote
        start, end = tokens[left.start].start, tokens[right.end - 1].end
        a, b = quote(start, tokens[left.end - 1].end), quote(tokens[right.start].start, end)
        cross = Alternative("it is the cross product of two vectors", rf"\operatorname{{cross}}({a}, {b})")
        raise self.source.asked(start, end, cross, Alternative("it is a product", f"{a} {b}"))

    def _join(self, level: _Level, left: _Factor, right: _Factor) -> None:
        """Both sides are vectors: the product of the two is one factor."""
        i = level.sign
        sign = self.tokens[i]
        start, end = sign.start, sign.end
        first = next((n for n in range(len(level.factors)) if level.factors[n].start > i), 0)
        del level.factors[first:]
        begin = self.tokens[left.start].start
        opened = self.before.setdefault(left.start, [])
        if sign.value == CROSS:
            opened[:0] = [Token("FUNCTION", ("cross", 0), begin, begin), Token("OPEN", "(", begin, begin)]
            self.instead[i] = [Token("COMMA", ",", start, end)]
            self.before.setdefault(right.end, []).insert(0, Token("CLOSE", ")", *[self.tokens[right.end - 1].end] * 2))
        else:
            turned = Token("TRANSPOSE", "'", start, end)
            single = left.end - left.start == 1 and self.tokens[i + 1].kind != "OPEN"  # w'( would be a derivative
            opened[:0] = [] if single else [Token("OPEN", "(", begin, begin)]
            self.instead[i] = [turned] if single else [Token("CLOSE", ")", start, start), turned]
        level.factors.append(_Factor(left.start, right.end, _VECTOR if sign.value == CROSS else _SCALAR))

    def _end_term(self, level: _Level) -> None:
        kinds = [factor.kind for factor in level.factors]
        if not level.divides:
            rest = [kind for kind in kinds if kind != _SCALAR]
            turned = _ROW in rest
            level.terms.append(_SCALAR if not rest or turned else rest[-1])
        level.factors.clear()
        level.sign, level.left = -1, None


def dotted(source: Source, tokens: Sequence[Token], names: Iterable[Lettering]) -> list[Token]:
    """The tokens of a text, with dots and crosses between vectors as products of them."""
    if not any(token.kind == "TIMES" and token.value in (DOT, CROSS) for token in tokens):
        return list(tokens)
    names = list(names)
    vectors = [name.token for name in names if name.font in _FONTS and name.stem[0].islower()]
    matrices = [name.token for name in names if name.stem[0].isupper()]
    return _Dots(source, tokens, vectors, matrices).written()


def _past(tokens: Sequence[Token], i: int) -> int:
    # Where an exponent ends.
    if i >= len(tokens) or tokens[i].kind not in OPENS:
        return min(i + 1, len(tokens))
    depth = 0
    for n in range(i, len(tokens)):
        depth += (tokens[n].kind in OPENS) - (tokens[n].kind in CLOSES)
        if not depth:
            return n + 1
    return len(tokens)


def _may_be_called(name: str) -> bool:
    return name in FUNCTION_LETTERS or is_function(name)
