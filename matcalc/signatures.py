"""Signatures: the shapes that an operator takes and returns, such as "n×k, k×m -> n×m".

Commas separate arguments. `n×m` is an array; its sides are letters, numbers, products (`m n`, the letter that varies
slowest first), sums (`n + m`, `j - i + 1`) or the half of a sum (`(n n + n)/2`). `#n` is a size; the letter is its
value. Words describe a scalar that the operator holds constant. `= 0` is the default of an argument that a call omits.
A letter means the same dimension in the whole signature. The signature of an associative operator has two arguments,
and is folded over more.

A signature gives the shape of a term, the check of its arguments, the relation by which undeclared sizes are inferred
(syntax/infer.py), and the slots of generated rules (rules/slots.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from matcalc.dims import Dim, DimSum, dim_add, dim_divide, dim_half, dim_mul, dim_names, dim_replace, dim_total


class Nonconforming(ValueError):
    """The operands' shapes do not fit. `operands` are the positions of the clashing arguments."""

    def __init__(self, message: str, operands: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.operands = operands


class Side(NamedTuple):
    """A number of rows or columns: its value in the signature's letters, and the factors of a product as written."""

    dim: Dim
    factors: tuple[str, ...]

    @property
    def letter(self) -> str | None:
        """The letter if the side is a single letter."""
        return self.dim if isinstance(self.dim, str) else None


class Argument(NamedTuple):
    """A parameter: an array of `rows` and `columns`, or (`size`) the value of a dimension.

    `constant`: a description of a scalar that the operator holds constant ("the exponent"). `default`: its value if a
    call omits it.
    """

    rows: Side
    columns: Side
    size: str = ""
    constant: str = ""
    default: int | None = None

    @property
    def sides(self) -> tuple[Side, Side]:
        """Rows and columns."""
        return self.rows, self.columns


ONE = Side(1, ())
_Binding = dict[str, tuple[Dim, int]]
"""For each letter its dimension, and the argument that determined it."""


class Signature:
    """The arguments and the result of an operator. `folded`: the operator is associative, and takes two or more.

    `sized`: some arguments are sizes. `scalars`: the numbers of those that are 1×1 whatever the others are.
    `parameters`: how many of the last arguments are sizes or constants.
    """

    __slots__ = (
        "_chains",
        "_grows",
        "_keeps",
        "arguments",
        "folded",
        "parameters",
        "result",
        "scalars",
        "sized",
        "text",
    )

    def __init__(self, text: str, folded: bool = False) -> None:
        self.text = text
        self.folded = folded
        before, _, after = text.partition("->")
        self.arguments = tuple(map(_argument, filter(None, map(str.strip, before.split(",")))))
        self.result = _argument(after.strip()).sides
        self.sized = any(argument.size for argument in self.arguments)
        # n×m, n×m -> n×m: of equal shapes nothing changes.
        self._keeps = all(argument.sides == self.result for argument in self.arguments)
        # n×k, k×m -> n×m: what is inside goes.
        outer = [*self.arguments[0].sides[:1], *self.arguments[-1].sides[1:]] if len(self.arguments) == 2 else []
        inner = [self.arguments[0].columns, self.arguments[1].rows] if outer else []
        letters = {side.letter for side in (*outer, *inner)}
        self._chains = outer == list(self.result) and inner[0] == inner[1] and None not in letters and len(letters) == 3
        # n×m, n×p -> n×m + p: rows (0) or columns (1) are added up, the others are alike.
        self._grows = next((axis for axis in (0, 1) if folded and self._adds(axis)), None)
        self.scalars = frozenset(i for i, argument in enumerate(self.arguments) if argument.sides == (ONE, ONE))
        self.parameters = sum(1 for argument in self.arguments if argument.size or argument.constant)

    def __repr__(self) -> str:
        return f"Signature({self.text!r})"

    @property
    def letters(self) -> tuple[str, ...]:
        """What the arguments are called where the operator is explained: sizes by their own letters.

        >>> Signature("n×m, 1×1 -> n×m").letters
        ('A', 's')
        """
        arrays, numbers = iter("ABC"), iter("st")
        return tuple(
            argument.size
            or (next(numbers) if argument.sides == (ONE, ONE) else "a" if argument.columns == ONE else next(arrays))
            for argument in self.arguments
        )

    def _adds(self, axis: int) -> bool:
        parts = [argument.sides[axis].dim for argument in self.arguments]
        others = {sides[1 - axis].letter for sides in (*(argument.sides for argument in self.arguments), self.result)}
        return self.result[axis].dim == dim_total(parts) and len({*parts, *others}) == 3 and None not in others

    @property
    def arity(self) -> int | None:
        """The number of arguments; None if any number is allowed."""
        return None if self.folded else len(self.arguments)

    @lru_cache(maxsize=4096)  # noqa: B019 (signatures live as long as the table of operators)
    def shape(self, shapes: tuple[tuple[Dim, Dim], ...], sizes: tuple[Dim | None, ...]) -> tuple[Dim, Dim]:
        """The shape of the result. `sizes`: the value of each argument that is a size; empty if there is none.

        Raises Nonconforming with the positions of the clashing arguments.
        """
        if not self.folded:
            return self._applied(shapes, sizes, range(len(shapes)))[0]
        whole, origins, grows = shapes[0], (0, 0), self._grows
        for i in range(1, len(shapes)):
            if grows is not None and whole[1 - grows] == shapes[i][1 - grows]:
                continue
            if self._keeps and whole == shapes[i]:
                continue
            if self._chains and whole[1] == shapes[i][0]:
                whole, origins = (whole[0], shapes[i][1]), (origins[0], i)
                continue
            whole, origins = self._applied((whole, shapes[i]), (), (0, i), origins)
        if grows is None:
            return whole
        length = dim_total([shape[grows] for shape in shapes])  # one by one, partial sums would be quadratic
        return (length, whole[1]) if grows == 0 else (whole[0], length)

    def _applied(
        self,
        shapes: Sequence[tuple[Dim, Dim]],
        sizes: Sequence[Dim | None],
        places: Sequence[int],
        origins: tuple[int, int] = (-1, -1),
    ) -> tuple[tuple[Dim, Dim], tuple[int, int]]:
        known: _Binding = {}
        for argument, size, place in zip(self.arguments, sizes, places, strict=False):
            if argument.size:
                if size is None:
                    raise Nonconforming("a size must be a positive whole number or the name of a dimension", (place,))
                known[argument.size] = size, place
        composite: list[tuple[Argument, int, tuple[Dim, Dim]]] = []
        for number, (argument, place) in enumerate(zip(self.arguments, places, strict=True)):
            if argument.size:
                continue
            shape = shapes[number]
            if any(len(side.factors) > 1 for side in argument.sides):
                composite.append((argument, place, shape))
                continue
            for axis, (side, dim) in enumerate(zip(argument.sides, shape, strict=True)):
                origin = origins[axis] if number == 0 and origins[axis] >= 0 else place
                found = known.setdefault(side.dim, (dim, origin)) if isinstance(side.dim, str) else (side.dim, place)
                if found[0] != dim:
                    raise Nonconforming(self._clash(argument, axis, side, found[1] == place), _pair(found[1], place))
        for argument, place, shape in composite:
            _solve(argument, place, shape, known)
        values = {letter: dim for letter, (dim, _) in known.items()}
        rows, columns = (_value(side.dim, values, known) for side in self.result)
        first = [known[s.letter][1] if s.letter in known else 0 for s in self.result]
        return (rows, columns), (first[0], first[1])

    def _clash(self, argument: Argument, axis: int, side: Side, alone: bool) -> str:
        # The problem on its own (`alone`), or beside an argument before it.
        if argument.constant:
            return f"{argument.constant} must be a scalar"
        if argument.sides == (ONE, ONE):
            return "it must be a scalar"
        if isinstance(side.dim, int) and side != ONE:
            return f"it must have {side.dim} {_AXES[axis]}"
        if side == ONE:
            return "it must be a column" if axis else "it must be a row"
        if alone:
            return "the matrix must be square"
        if argument.sides == self.arguments[0].sides:
            return "the shapes must be equal"
        there = next(a for other in self.arguments for a, s in enumerate(other.sides) if s == side)
        if there == axis:
            return f"both must have equally many {_AXES[axis]}"
        return f"the {_AXES[there]} of the left factor must equal the {_AXES[axis]} of the right one"


_AXES = ("rows", "columns")


def _pair(one: int, other: int) -> tuple[int, ...]:
    return (other,) if one == other else (one, other)


def _value(dim: Dim, values: Mapping[str, Dim], known: _Binding) -> Dim:
    if isinstance(dim, str):
        return values[dim]
    if isinstance(dim, int):
        return dim
    value = dim_replace(dim, values)
    if isinstance(value, int) and value < 1:
        raise Nonconforming("the range is empty", tuple(sorted(known[name][1] for name in dim_names(dim))))
    return value


def _solve(argument: Argument, place: int, shape: tuple[Dim, Dim], known: _Binding) -> None:
    # k n with k known: divide by the known factors to get the other one.
    for side, dim in zip(argument.sides, shape, strict=True):
        rest: Dim | None = dim
        left = [letter for letter in side.factors if letter not in known]
        by: Dim = 1 if side.factors else side.dim
        for letter in side.factors:
            by = dim_mul(by, known[letter][0]) if letter in known else by
        rest = dim_divide(dim, by)
        if len(left) == 1 and rest is not None:
            known[left[0]] = rest, place
        elif left:
            raise Nonconforming(f"rows and columns must be multiples of {by}", (place,))
        elif rest != 1:
            counted = "column must have as many entries as the matrix" if argument.columns == ONE else "sizes must fit"
            raise Nonconforming(f"the {counted}", (place,))


def _argument(text: str) -> Argument:
    text, _, default = (part.strip() for part in text.partition("="))
    value = int(default) if default else None
    if text.startswith("#"):
        return Argument(ONE, ONE, size=text[1:], default=value)
    rows, cross, columns = text.partition("×")
    if not cross:
        return Argument(ONE, ONE, constant=text, default=value)
    return Argument(_side(rows), _side(columns))


def _side(text: str) -> Side:
    text, half = (text[1:-3], True) if text.endswith(")/2") else (text, False)
    total: Dim = 0
    factors: tuple[str, ...] = ()
    for sign, term in re.findall(r"([+-]?)\s*([^+-]+)", text):
        product: Dim = -1 if sign == "-" else 1
        words = term.split()
        for word in words:
            product = dim_mul(product, int(word) if word.isdigit() else word)
        factors = tuple(w for w in words if not w.isdigit())
        total = dim_add(total, product)
    total = dim_half(total) or total if half else total
    return Side(total, factors if isinstance(total, DimSum) and len(total.terms) == 1 else ())


@cache
def signature(text: str, folded: bool = False) -> Signature:
    """The signature for a text; the same object for the same text."""
    return Signature(text, folded)
