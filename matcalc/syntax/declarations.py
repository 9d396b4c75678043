"""Recognizes declarations and gives their tokens roles: `X: n x d`, `A, B: n x n symmetric`, `y ∈ ℝ^n`.

A size may be a product, in brackets or, where its factors are numbers and single letters, without: `X: (k n) x d`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from matcalc.dims import Dim, DimSum, dim_mul, dim_names
from matcalc.errors import MatcalcError, ParseError, nearest
from matcalc.expr import SCALAR, Shape
from matcalc.syntax.layout import OPENING
from matcalc.syntax.mistakes import mistake
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token
from matcalc.syntax.vocabulary import ATTRIBUTES, DECLARING

_NO_SIZES = frozenset(
    ("orthonormal", "unitary", "spd", "sym", "symm", "diag", "square", "real", "complex", "convex", "projection")
)
"""What people say of a name that is no attribute, and nobody's size."""


class Declared:
    """A declaration's tokens in their roles, and the names of each sort that it has."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.names: set[str] = set()
        self.functions: set[str] = set()
        self.dimensions: set[str] = set()


def declaration_of(source: Source, statement: list[Token], certain: bool) -> Declared | None:
    """The statement's declaration; None if it declares nothing, or may be a product A : B and is not `certain`."""
    cursor = _Cursor(source, statement)
    found = Declared()
    while True:
        group = cursor.names(found.tokens)
        certain = certain or len(group) > 1
        tokens = cursor.description(certain) if group else None
        if not tokens or (_is_stacked(tokens) and any(name[0].isupper() for name in group)):
            return None  # X: (n d) may be meant as n×d
        found.tokens += tokens
        found.dimensions |= sizes_in(tokens)
        elementwise = any(t.kind == "ATTRIBUTE" and t.value == "elementwise" for t in tokens)
        (found.functions if elementwise else found.names).update(group)
        if cursor.kind() == "":
            return found
        if cursor.kind() != "COMMA":
            if any(t.kind == "BY" for t in tokens):
                raise cursor.superfluous()
            return None
        found.tokens.append(cursor.take())
        certain = True


def _is_stacked(tokens: list[Token]) -> bool:
    # A column whose length is a product.
    dims = [token.value for token in tokens if token.kind == "DIMENSION"]
    return len(dims) == 1 and isinstance(dims[0], DimSum)


def sizes_in(tokens: Iterable[Token]) -> set[str]:
    """The names that sizes have or are made of."""
    return set().union(*(dim_names(size) for token in tokens if (size := size_of(token)) is not None))


def size_of(token: Token) -> Dim | None:
    """The size that a token is, if it is one; None for a fraction too."""
    value = token.value
    return value if token.kind == "DIMENSION" and isinstance(value, (int, str, DimSum)) else None


def as_declared(shape: Shape) -> str:
    """A shape as it is declared; empty for one with a sum, which follows from other shapes."""
    if any(isinstance(dim, DimSum) and len(dim.terms) > 1 for dim in shape):
        return ""
    sizes = [f"({dim})" if isinstance(dim, DimSum) else str(dim) for dim in shape]
    return "scalar" if shape == SCALAR else " x ".join(sizes[:1] if shape[1] == 1 else sizes)


def bad_size(source: Source, statement: list[Token]) -> MatcalcError | None:
    """The error that something after the colon is no size, as in `X: 2n x n` and `x: -1`; None where all may be."""
    kinds = [token.kind for token in statement]
    if "COLON" not in kinds or statement[-1].kind == "COLON":
        return None
    parts: list[list[Token]] = [[]]
    for token in statement[kinds.index("COLON") + 1 :]:
        if token.kind == "CROSS" or (token.kind == "NAME" and token.value == "x"):
            parts.append([])
        elif token.kind != "NAME" or token.value not in DECLARING:
            parts[-1].append(token)
    for part in parts:
        if part and _is_bad(part, len(parts) > 1):
            place = part[0].start, part[-1].end
            hint = "a size is a positive whole number, a name or a product: X: n x d, Z: (k n) x d; "
            hint += "give n + 1 a name of its own, m"
            return source.error(ParseError, f"{source.quote(*place)} is not a size", *place, hint=hint)
    return None


def _is_bad(part: list[Token], product: bool) -> bool:
    # Sums, quotients, and 2n; of the only size that there is no more, since `A : B C` may be a product.
    kinds = {token.kind for token in part}
    if not kinds <= {"NUMBER", "NAME", "PLUS", "MINUS", "OVER"} | (
        {"TIMES", "POWER", "OPEN", "CLOSE"} if product else set()
    ):
        return False
    if any(token.kind == "NAME" and str(token.value)[0].isupper() for token in part) and not product:
        return False
    first = part[0]
    touching = len(part) > 1 and first.kind == "NUMBER" and part[1].kind == "NAME" and part[1].start == first.end
    return kinds - {"NUMBER", "NAME"} != set() or (touching and str(part[1].value)[0] != "x")


class _Cursor:
    """A place in a statement."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.at = 0

    def kind(self) -> str:
        """The kind of the next token, "" at the end."""
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def value(self) -> object:
        """The value of the next token."""
        return self.tokens[self.at].value if self.at < len(self.tokens) else None

    def take(self, kind: str = "", value: object = None) -> Token:
        """The next token, in another role if one is named."""
        token = self.tokens[self.at]
        self.at += 1
        return Token(kind, token.value if value is None else value, token.start, token.end) if kind else token

    def names(self, found: list[Token]) -> list[str]:
        """The names before a colon, put with their commas into `found`; none where something else stands there."""
        names: list[str] = []
        while self.kind() == "NAME":
            names.append(str(self.value()))
            found.append(self.take())
            if self.kind() != "COMMA":
                return names
            found.append(self.take())
        return []

    def description(self, certain: bool) -> list[Token]:
        """`: n x d symmetric` or `in R^{n x d}`; nothing where it is neither, or is `: B` and not certain."""
        if self.kind() == "IN" or (self.kind() == "NAME" and self.value() == "in"):
            return self._in_reals()
        if self.kind() != "COLON":
            return []
        found = [self.take("DECLARE")]
        dims, attributes = self._dims(), self._attributes()
        alone = len(dims) == 1 and not attributes and not isinstance(dims[0].value, (int, Fraction))
        if (alone and not certain and self.kind() == "") or not (dims or attributes):
            return []
        return [*found, *dims, *attributes]

    def _in_reals(self) -> list[Token]:
        found = [self.take("DECLARE")]
        if self.kind() != "REALS" and self.value() != "R":
            return []
        reals = self.take("ATTRIBUTE", "scalar")
        if self.kind() != "POWER":
            return [*found, reals, *self._attributes()]
        self.take()
        close = OPENING.get(self.kind())
        if close is not None:
            self.take()
        dims = self._dims(within=close is not None)
        if not dims or (close is not None and self.kind() != close):
            return []
        if close is not None:
            self.take()
        return [*found, *dims, *self._attributes()]

    def _dims(self, within: bool = False) -> list[Token]:
        # n, 3, n x d, n × d, 3x4, 3xd; `within` brackets, a product needs none of its own.
        start = self.at
        first = self._product()
        if first is None:
            return []
        if not (within or self._is_by() or self.tokens[start].kind == "OPEN"):
            self.at = start
            first = self._dimension()
            assert first is not None
        name = str(self.value())
        if self._is_by():
            by = self.take("BY")
            second = self._product()
            if second is not None and self._is_by():
                place = self.take()
                raise mistake(self.source, "three sizes", place.start, place.end)
            return [first, by] if second is None else [first, by, second]
        if self.kind() == "NAME" and name[0] == "x" and not isinstance(first.value, str) and len(name) < 10:
            # 3x4 has been read as a number and a name.
            token = self.take()
            value = int(name[1:]) if name[1:].isdecimal() else name[1:]
            middle = token.start + 1
            return [first, Token("BY", "x", token.start, middle), Token("DIMENSION", value, middle, token.end)]
        return [first]

    def _is_by(self) -> bool:
        return self.kind() == "CROSS" or (self.kind() == "NAME" and self.value() == "x")

    def _product(self) -> Token | None:
        # k n, 2 n, k * n; outside brackets of one letter, as longer names may be attributes that are misspelt.
        start, opened = self.at, self.kind() == "OPEN"
        self.at += opened
        found = self._dimension()
        while found is not None and (factor := self._factor(opened)) is not None:
            one, other = size_of(found), size_of(factor)
            if one is None or other is None:
                break
            found = Token("DIMENSION", dim_mul(one, other), found.start, factor.end)
        if not opened:
            return found
        if found is None or self.kind() != "CLOSE":
            self.at = start
            return None
        return Token("DIMENSION", found.value, self.tokens[start].start, self.take().end)

    def _factor(self, opened: bool) -> Token | None:
        # One more factor of a product.
        if self._is_by():
            return None
        if self.kind() == "TIMES":
            self.take()
            return self._dimension()
        before = self.tokens[self.at - 1]
        if self.kind() == "NAME" and before.kind == "NUMBER" and before.end == self.tokens[self.at].start:
            return None  # 2n
        long = self.kind() == "NAME" and not opened and len(str(self.value())) > 1
        return None if long else self._dimension()

    def _dimension(self) -> Token | None:
        value = self.value()
        if self.kind() == "NUMBER":
            assert isinstance(value, Fraction)
            return self.take("DIMENSION", int(value) if value.denominator == 1 else value)
        if self.kind() != "NAME" or value in DECLARING:
            return None
        self._refuse_misspelt(str(value))
        return self.take("DIMENSION")

    def _attributes(self) -> list[Token]:
        found = []
        while self.kind() == "NAME" and self.value() in DECLARING:
            found.append(self.take("ATTRIBUTE"))
        return found

    def _refuse_misspelt(self, name: str) -> None:
        # `A: symetric` would be a vector of that size.
        if name in _NO_SIZES or re.fullmatch("[a-z]x[a-z]", name):
            raise self.superfluous()
        if len(name) > 4:
            from difflib import get_close_matches

            if get_close_matches(name, DECLARING, n=1, cutoff=0.8):
                raise self.superfluous()

    def superfluous(self) -> MatcalcError:
        """The error that the next token is not an attribute."""
        found = bad_size(self.source, self.tokens)
        if found is not None:
            return found
        token = self.tokens[self.at]
        if (by := re.fullmatch("([a-z])x([a-z])", str(token.value))) is not None:
            hint = f"sizes stand apart: {by[1]} x {by[2]}"
            return self.source.error(ParseError, f"{token.value} is no size", token.start, token.end, hint=hint)
        hint = nearest(str(token.value), DECLARING, f"the attributes are {', '.join(sorted(ATTRIBUTES))}")
        message = f"{self.source.quote(token.start, token.end)} is not an attribute of a name"
        return self.source.error(ParseError, message, token.start, token.end, hint=hint)
