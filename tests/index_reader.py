"""Formulas in index notation, as they are printed, to numbers: Σ_j X_ji (Σ_k X_jk w_k - y_j). It knows no matcalc.

A formula becomes a function of what its free letters are. Arrays have names or formulas in brackets before their
letters, and are looked up by that text. A sum takes the product to its right.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Letters: TypeAlias = "Mapping[str, int]"
Formula: TypeAlias = "Callable[[Letters], float]"
_LETTERS = r"_((?:[a-z]\d*|\d+)(?:,(?:[a-z]\d*|\d+))+|\d+|[a-z]\d+|[a-z]+)"
_KRONECKER = r"(?:δ|delta)_((?:[a-z]\d*|\d+),(?:[a-z]\d*|\d+)|[a-z][a-z])(?!\w)"
"""Kronecker's delta of two letters; δ_a3 is a name."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:/\d+)?(?![\w.])")
_NAME = re.compile(r"[^\W\d_][A-Za-z0-9]*(?:\[[^\]]*\])?")


class Unread(Exception):
    """Something that is no formula in index notation."""


def letters(text: str) -> list[str]:
    """What stands under a name: ij is i and j, i1,j is i1 and j."""
    return text.split(",") if "," in text else re.findall(r"[a-z]\d+|\d+|[a-z]", text)


def ranges(text: str) -> dict[str, str]:
    """What letters run over, as it is printed: i = 1..n, j = 1..d."""
    return dict(re.findall(r"(\w+) = 1\.\.([^,]+?)\s*(?=,|$)", text))


class IndexReader:
    """Reads formulas. `arrays`: by their text, without axes of length 1. `sizes`: of each letter."""

    def __init__(
        self, arrays: Mapping[str, Array], sizes: Mapping[str, int], functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self.arrays = arrays
        self.sizes = sizes
        self.functions = functions
        self.text = ""
        self.at = 0

    def array(self, text: str, free: list[str]) -> Array:
        """All entries, an axis for each of the free letters."""
        self.text, self.at = text.strip(), 0
        if not self.text:
            raise Unread(text)
        formula = self.total()
        if self.at != len(self.text):
            raise Unread(self.text[self.at :])
        shape = [self.sizes[letter] for letter in free]
        places = itertools.product(*map(range, shape))
        values = [formula(dict(zip(free, (n + 1 for n in place), strict=True))) for place in places]
        return np.array(values).reshape(shape)

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.compile(pattern).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def need(self, pattern: str) -> None:
        if not self.take(pattern):
            raise Unread(f"{pattern} at {self.text[self.at :]}")

    def total(self) -> Formula:
        terms = [self.term()]
        while sign := self.take(r" ([+-]) "):
            term = self.term()
            terms.append((lambda t: lambda at: -t(at))(term) if sign[1] == "-" else term)
        return lambda at: sum(term(at) for term in terms)

    def term(self) -> Formula:
        """A product with its sign and what it is divided by."""
        if self.take("-"):
            inner = self.term()
            return lambda at: -inner(at)
        factors: list[Formula] = []
        while True:
            factors.append(self.factor())
            ended = self.text[self.at : self.at + 1] != " " or re.match(r" (?:[-+/=>≥]|>=) ", self.text[self.at :])
            if ended:
                break
            self.at += 1
        if self.take(" / "):
            below = self.factor()
            return lambda at: np.prod([f(at) for f in factors]) / below(at)
        return lambda at: np.prod([f(at) for f in factors])

    def factor(self) -> Formula:
        if found := self.take(r"(?:Σ_|sum_)((?:[a-z]\d*,)+[a-z]\d*|[a-z]\d+|[a-z]+) "):
            over = letters(found[1])
            body = self.term()
            spans = [range(1, self.sizes[letter] + 1) for letter in over]
            return lambda at: sum(body({**at, **dict(zip(over, p, strict=True))}) for p in itertools.product(*spans))
        base = self.atom()
        if not self.take(r"\^"):
            return base
        exponent = self.atom()
        return lambda at: base(at) ** exponent(at)

    def atom(self) -> Formula:
        if found := self.take(_NUMBER.pattern):
            above, _, below = found[0].partition("/")
            value = float(above) / float(below or 1)
            return lambda at: value
        if found := self.take(_KRONECKER):
            i, j = letters(found[1])
            return lambda at: float(_number(i, at) == _number(j, at))
        if found := self.take(r"\[([a-z]\d*|\d+) = ([a-z]\d*|\d+)\]"):
            one, other = found[1], found[2]
            return lambda at: float(_number(one, at) == _number(other, at))
        if self.take(r"\["):
            left = self.total()
            sign = self.take(r" (>|≥|>=) ")
            if sign is None:
                raise Unread(self.text)
            right = self.total()
            self.need(r"\]")
            strict = sign[1] == ">"
            return lambda at: float(left(at) > right(at) if strict else left(at) >= right(at))
        for whole in self.wholes():
            if found := self.take(re.escape(whole) + _LETTERS):
                return self.entry(self.arrays[whole.strip("()") if whole[0] != "(" else whole[1:-1]], letters(found[1]))
        if self.text[self.at] == "(":
            return self.bracket()
        if found := self.take(r"([^\W\d_]\w*'*)\("):
            return self.called(found[1])
        return self.scalar()

    def wholes(self) -> list[str]:
        """The texts that may stand here before letters: a name, or a formula in brackets."""
        if self.text[self.at] == "(":
            depth = 0
            for end in range(self.at, len(self.text)):
                depth += (self.text[end] == "(") - (self.text[end] == ")")
                if not depth:
                    inside = self.text[self.at + 1 : end]
                    return [f"({inside})"] if inside in self.arrays else []
        name = _NAME.match(self.text, self.at)
        return [name[0]] if name and name[0] in self.arrays else []

    def entry(self, array: Array, at: list[str]) -> Formula:
        if array.ndim != len(at):
            raise Unread(f"{array.ndim} axes, {len(at)} letters")
        return lambda where: float(array[tuple(_number(letter, where) - 1 for letter in at)])

    def bracket(self) -> Formula:
        start = self.at
        try:
            self.at += 1
            inner = self.total()
            self.need(r"\)")
            return inner
        except Unread:
            self.at = start
            return self.scalar()

    def called(self, name: str) -> Formula:
        start = self.at - len(name) - 1
        try:
            args = [self.total()]
            while self.take(", "):
                args.append(self.total())
            self.need(r"\)")
        except Unread:
            self.at = start
            return self.scalar()
        if name not in self.functions:
            self.at = start
            return self.scalar()
        f = self.functions[name]
        return lambda at: float(f(*(a(at) for a in args)))

    def scalar(self) -> Formula:
        """A number that is known by its text, the longest that stands here: s, n, det(X)."""
        here = self.text[self.at :]
        numbers = sorted((text for text, array in self.arrays.items() if not array.ndim), key=len, reverse=True)
        for text in numbers:
            for shown in (text, f"({text})"):
                if here.startswith(shown) and not re.match(r"[\w'(\[]", here[len(shown) :]):
                    self.at += len(shown)
                    return self.constant(text)
        raise Unread(here)

    def constant(self, text: str) -> Formula:
        value = float(self.arrays[text])
        return lambda at: value


def _number(letter: str, at: Letters) -> int:
    return int(letter) if letter.isdigit() else at[letter]
