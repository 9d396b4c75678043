"""Random points that respect what is declared, and the objective's slope there: the judge's numerical half.

STRUCTURES says which entries of a structured array may move independently; `sample` draws arrays with their declared
attributes. `Trial` holds an objective and measures its directional derivative as a central difference, steps of 10⁻³⁵
in numbers of 110 digits, which gives some 70 digits and costs two evaluations, however long the program is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any, TypeAlias

from matcalc.expr import Node, Number, Symbol, Term, dim_value
from matcalc.meaning import Entry, Multiprecision, Rows, entries, order
from matcalc.meaning.functions import FUNCTIONS
from matcalc.operators import MATPOW

Shape: TypeAlias = tuple[int, int]
Direction: TypeAlias = tuple[tuple[int, int, int], ...]
"""One way in which an array may move: entries (i, j) and how fast each moves."""


# ----------------------------------------------------------------------------------------------------------- structures


def _each(n: int, m: int) -> list[Direction]:
    return [((i, j, 1),) for i in range(n) for j in range(m)]


def _symmetric(n: int, m: int) -> list[Direction]:
    return [((i, j, 1), (j, i, 1)) if i != j else ((i, i, 1),) for i in range(n) for j in range(i, n)]


STRUCTURES: Mapping[str, Callable[[int, int], list[Direction]]] = {
    "diagonal": lambda n, m: [((i, i, 1),) for i in range(n)],
    "symmetric": _symmetric,
    "pd": _symmetric,
    "psd": _symmetric,
    "skew": lambda n, m: [((i, j, 1), (j, i, -1)) for i in range(n) for j in range(i + 1, n)],
    "lower": lambda n, m: [((i, j, 1),) for i in range(n) for j in range(min(i + 1, m))],
    "upper": lambda n, m: [((i, j, 1),) for i in range(n) for j in range(i, m)],
}
"""attribute -> the independent directions of an n×m array that has it. The first row that applies is used."""


def structure(symbol: Symbol) -> str | None:
    """The attribute of STRUCTURES that `symbol` has, or None."""
    return next((name for name in STRUCTURES if name in symbol.attributes), None)


def directions(symbol: Symbol, shape: Shape) -> list[Direction]:
    """The ways in which `symbol` may move by its declared structure."""
    name = structure(symbol)
    return (_each if name is None else STRUCTURES[name])(*shape)


def entry_directions(shape: Shape) -> list[Direction]:
    """Every entry on its own."""
    return _each(*shape)


# ------------------------------------------------------------------------------------------------------------- sampling

MOODS = ("any", "positive", "definite", "small")
"""Kinds of points, tried in turn until the objective is real: any signs; positive entries; square matrices positive
definite, the rest positive; entries near zero."""


def _number(rng: Random, mood: str, positive: bool) -> Fraction:
    low, high = (50_000, 450_000) if mood == "small" else (200_000, 1_500_000)
    value = Fraction(rng.randint(low, high), 10**6)
    return value if positive or mood in ("positive", "definite") or rng.random() < 0.5 else -value


def sample(symbol: Symbol, shape: Shape, rng: Random, mood: str = "any") -> list[list[Fraction]]:
    """Random entries for `symbol` that have its attributes."""
    n, m = shape
    attributes = symbol.attributes
    zero = Fraction(0)
    if "onehot" in attributes:
        ones = {(i, rng.randrange(m)) for i in range(n)} if m > 1 else {(rng.randrange(n), 0)}
        return [[Fraction(int((i, j) in ones)) for j in range(m)] for i in range(n)]
    if "binary" in attributes:
        return [[Fraction(rng.randint(0, 1)) for _ in range(m)] for _ in range(n)]
    if "orthogonal" in attributes:
        return _orthogonal(n, m, rng)
    positive = "positive" in attributes
    square = n == m and n > 1
    definite = not attributes.isdisjoint(("pd", "psd")) or (
        mood == "definite" and square and structure(symbol) in (None, "symmetric")
    )
    if definite and "diagonal" not in attributes:
        if attributes.isdisjoint(("pd", "psd", "symmetric")):
            mood = "any"
        factor = [[_number(rng, "small", positive) for _ in range(n)] for _ in range(n)]
        return [
            [sum((a * b for a, b in zip(factor[i], factor[j], strict=True)), Fraction(int(i == j))) for j in range(n)]
            for i in range(n)
        ]
    rows = [[zero] * m for _ in range(n)]
    for direction in directions(symbol, shape):
        on_diagonal = square and any(i == j for i, j, _ in direction)
        value = _number(rng, mood, positive or (definite and on_diagonal))
        for i, j, c in direction:
            rows[i][j] = c * value
    return rows


def _orthogonal(n: int, m: int, rng: Random) -> list[list[Fraction]]:
    # Rotations by Pythagorean angles in every plane, and reflections: orthogonal columns, exactly.
    q = [[Fraction(int(i == j)) * rng.choice((1, -1)) for j in range(n)] for i in range(n)]
    for i in range(n):
        for j in range(i + 1, n):
            a, b, c = rng.choice(((3, 4, 5), (5, 12, 13), (8, 15, 17), (20, 21, 29)))
            cos, sin = Fraction(a, c), rng.choice((1, -1)) * Fraction(b, c)
            for row in q:
                row[i], row[j] = cos * row[i] - sin * row[j], sin * row[i] + cos * row[j]
    if n < m:
        return [list(column) for column in zip(*_orthogonal(m, n, rng), strict=True)]
    return [row[:m] for row in q]


# --------------------------------------------------------------------------------------------------------------- inputs


def inputs(nodes: Sequence[Node], known: Sequence[Symbol] = ()) -> list[Symbol]:
    """The symbols without definitions that the nodes need."""
    return [s for s in order(nodes, known) if isinstance(s, Symbol) and s.definition is None]


def unknown_functions(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The names of functions of the entries that have no meaning of their own."""
    names: dict[str, None] = {}
    for node in order(nodes):
        if isinstance(node, Term) and node.op.function is not None and node.op.function not in FUNCTIONS:
            names[node.op.function] = None
    return tuple(names)


def whole_exponents(nodes: Sequence[Node]) -> tuple[Symbol, ...]:
    """The scalars that occur in exponents of square matrices: they stand for whole numbers."""
    found: dict[Symbol, None] = {}
    for node in order(nodes):
        if isinstance(node, Term) and node.op is MATPOW:
            for symbol in inputs([node.args[1]]):
                found[symbol] = None
    return tuple(found)


EXPONENT = 3
"""What a symbol in the exponent of a matrix is taken to be."""


def _phase(name: str) -> Fraction:
    return Fraction(25 + zlib.crc32(name.encode()) % 100, 100)


def _stand_in(field: Multiprecision, name: str, order_: int, x: Entry) -> Entry:
    # An unknown function: neither even nor odd, of bounded slope, every derivative different from the one before.
    mp = field.mp
    line = x / 3 if order_ == 0 else mp.mpf(1) / 3 if order_ == 1 else 0
    return mp.sin(x + field.number(_phase(name)) + order_ * mp.pi / 2) + line


def stand_in(name: str) -> str:
    """The function that stands for an unknown one at points, written out."""
    return f"{name}(x) = sin(x + {float(_phase(name)):.2f}) + x/3"


# --------------------------------------------------------------------------------------------------------------- slopes

Seeds: TypeAlias = Sequence[tuple[Node, Node]]
"""Pairs (weight, node): together an objective with differential Σ weight : d(node), the weights held fixed."""
Point: TypeAlias = Mapping[Symbol, Rows]

DIGITS = 50
_WORKING = 110
_STEP = 35


@dataclass(frozen=True)
class Mismatch:
    """A place where a gradient is wrong: the slope measured along a direction, and the one that was claimed."""

    point: Mapping[str, Rows]
    entry: tuple[int, int]
    measured: str
    claimed: str


class Trial:
    """An objective at random points, in concrete sizes."""

    def __init__(self, seeds: Seeds, nodes: Sequence[Node], sizes: Mapping[str, int], seed: int) -> None:
        self.seeds = seeds
        self.sizes = sizes
        everything = [*(n for pair in seeds for n in pair), *nodes]
        self.symbols = inputs(everything)
        self.fixed = whole_exponents(everything)
        self.field = Multiprecision(_WORKING)
        self.field.calls = {f: partial(_stand_in, self.field, f) for f in unknown_functions(everything)}
        self.step = self.field.mp.mpf(10) ** -_STEP
        self._rng = Random(seed)
        self._mood = 0

    def shape(self, node: Node) -> Shape:
        """The node's shape in numbers."""
        return dim_value(node.shape[0], self.sizes), dim_value(node.shape[1], self.sizes)

    def points(self, attempts: int) -> Iterator[Point]:
        """Points where the objective is real and finite, until `attempts` draws in a row have not found one."""
        left = attempts
        while left:
            for _ in range(3):
                point = self._draw(MOODS[self._mood])
                value = self.value(point)
                if value is not None:
                    left = attempts
                    yield point
                    break
                left -= 1
                if not left:
                    return
            else:
                self.turn()

    def turn(self) -> None:
        """Draw points of the next kind from now on."""
        self._mood = (self._mood + 1) % len(MOODS)

    def _draw(self, mood: str) -> Point:
        point = {}
        for symbol in self.symbols:
            if symbol in self.fixed:
                point[symbol] = [[self.field.number(Fraction(EXPONENT))]]
            else:
                drawn = sample(symbol, self.shape(symbol), self._rng, mood)
                point[symbol] = [[self.field.number(x) for x in row] for row in drawn]
        return point

    def at(self, nodes: Sequence[Node], point: Point) -> list[Rows]:
        """The entries of `nodes` there; nan where they are not real."""
        return entries(nodes, point, self.field, self.sizes)

    def finite(self, *arrays: Rows) -> bool:
        """True if every entry is a real number."""
        return all(self.field.finite(x) for rows in arrays for row in rows for x in row)

    def value(self, point: Point) -> Entry | None:
        """The objective (weights held at this point), or None where it is not real and finite."""
        values = self.at([n for pair in self.seeds for n in pair], point)
        if not self.finite(*values):
            return None
        return self._objective(values[0::2], values[1::2])

    def _objective(self, weights: Sequence[Rows], values: Sequence[Rows]) -> Entry:
        products = [
            w * x
            for one, two in zip(weights, values, strict=True)
            for a, b in zip(one, two, strict=True)
            for w, x in zip(a, b, strict=True)
        ]
        return self.field.sum(products)

    def slope(self, point: Point, moves: Mapping[Symbol, Rows]) -> Entry | None:
        """The directional derivative along `moves`; None if there is none (a kink, or no real value beside the point).

        A symbol with a definition that moves is cut from it: it starts at the value its definition has.
        """
        weights = self.at([w for w, _ in self.seeds], point)
        nodes = [n for _, n in self.seeds]
        cut = [s for s in moves if s not in point]
        start = {**point, **dict(zip(cut, self.at(cut, point), strict=True))}
        found = []
        for step in (-self.step, 0, self.step):
            there = dict(start)
            for symbol, rows in moves.items():
                there[symbol] = [
                    [x + step * v for x, v in zip(a, b, strict=True)] for a, b in zip(start[symbol], rows, strict=True)
                ]
            values = self.at(nodes, there)
            if not self.finite(*values):
                return None
            found.append(self._objective(weights, values))
        behind, here, ahead = found
        change = abs(ahead - here) + abs(here - behind)
        noise = self.step * self.field.mp.mpf(10) ** -25
        if abs(ahead - 2 * here + behind) > change * self.field.mp.mpf(10) ** -20 + noise * (1 + abs(here)):
            return None
        return (ahead - behind) / (2 * self.step)

    def move(self, shape: Shape, ways: Sequence[Direction]) -> tuple[Rows, list[Entry]]:
        """A random combination of directions: the array it is, and the speed along each."""
        rows: Rows = [[self.field.mp.mpf(0)] * shape[1] for _ in range(shape[0])]
        speeds = []
        for way in ways:
            speed = self.field.number(_number(self._rng, "any", False))
            speeds.append(speed)
            for i, j, c in way:
                rows[i][j] = rows[i][j] + c * speed
        return rows, speeds

    def same(self, measured: Entry, claimed: Entry, size: Entry) -> bool:
        """True if the two agree to at least 30 digits of `size`, the sum of the absolute values that make `claimed`."""
        mp = self.field.mp
        tolerance = mp.mpf(10) ** -30 * (abs(measured) + size) + mp.mpf(10) ** -45
        return bool(abs(measured - claimed) <= tolerance)

    def shown(self, x: Any) -> str:
        """A number for people."""
        return str(self.field.mp.nstr(x, 6))


def one() -> Node:
    """The weight of an objective that is given by its formula."""
    return Number(1)
