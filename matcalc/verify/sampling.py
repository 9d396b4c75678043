"""Random arrays with the declared attributes: structures, kinds of points, and scales.

STRUCTURES says which entries of a structured array may move independently, and `sample` draws an array. KINDS are the
kinds of points that are tried until an objective is real, the usual ones first. SCALES are the factors of entries for
an objective that may be another formula far from zero or near to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from random import Random
from typing import TypeAlias

from matcalc.expr import Symbol
from matcalc.meaning import Entry, Rows

TrialShape: TypeAlias = tuple[int, int]
Direction: TypeAlias = tuple[tuple[int, int, Entry], ...]
"""A direction in which an array may move: (i, j, speed) for its entries. A speed is 1, -1, or an entry of a field."""


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
"""attribute -> the independent directions of an n×m array with it. The first row that applies is used."""


def structure(symbol: Symbol) -> str | None:
    """The attribute that ties the entries of `symbol`, or None.

    An array that is both lower and upper triangular, or triangular and symmetric, is diagonal.
    """
    has = symbol.attributes
    triangular = len(has & {"lower", "upper"})
    if triangular + (not has.isdisjoint(("symmetric", "psd", "pd"))) > 1 and "orthogonal" not in has:
        return "diagonal"
    return next((name for name in ("orthogonal", *STRUCTURES) if name in symbol.attributes), None)


def directions(symbol: Symbol, shape: TrialShape, at: Rows | None = None) -> list[Direction]:
    """The directions that the structure of `symbol` allows; if it is orthogonal, at the point `at`."""
    name = structure(symbol)
    if name == "orthogonal":
        return [] if at is None else _rotations(at)
    return (_each if name is None else STRUCTURES[name])(*shape)


def _rotations(q: Rows) -> list[Direction]:
    # Ω Q in every plane, for Ω skew; Q Ω where Q has more columns. Together they span the tangent space.
    n, m = len(q), len(q[0])
    if n >= m:
        planes = [(a, b) for a in range(n) for b in range(a)]
        return [tuple(x for j in range(m) for x in ((a, j, q[b][j]), (b, j, -q[a][j]))) for a, b in planes]
    planes = [(a, b) for a in range(m) for b in range(a)]
    return [tuple(x for i in range(n) for x in ((i, a, q[i][b]), (i, b, -q[i][a]))) for a, b in planes]


def entry_directions(shape: TrialShape) -> list[Direction]:
    """Every entry on its own."""
    return _each(*shape)


# ------------------------------------------------------------------------------------------------------------- sampling

MOODS = ("any", "positive", "identity", "symmetric", "definite", "small")
"""Kinds of points, tried in turn until the objective is real: entries of any sign; positive entries; square matrices
near the identity, which have logarithms and roots; symmetric ones; positive definite ones, with other entries positive;
entries near zero."""

SCALES: tuple[int | str, ...] = (0, 1, 0, 2, 3, -1, "entries", 0, "arrays", 1, -2, 2, "entries", 4, 3, -3, "arrays", 6)
"""Powers of ten that entries are multiplied by, in turn, if there are kinks; "arrays" and "entries": one for each."""
KINDS: tuple[tuple[str, int | str], ...] = (
    *[(mood, 0) for mood in MOODS] * 3,
    *[(mood, power) for power in (1, 2, 3) for mood in ("positive", "any", "definite")],
    *[("positive", power) for power in ("entries", -1, -2, -3)],
)
"""(mood, power of ten): tried in turn until the objective is real."""


def scaling(power: int | str, rng: Random) -> Callable[[], Fraction]:
    """A function that gives the factor of each entry of an array, one after the other."""
    if power == "entries":
        return lambda: Fraction(10) ** rng.randint(-1, 3)
    factor = Fraction(10) ** (rng.randint(-1, 3) if isinstance(power, str) else power)
    return lambda: factor


def _number(rng: Random, mood: str, positive: bool) -> Fraction:
    low, high = (50_000, 450_000) if mood == "small" else (200_000, 1_500_000)
    value = Fraction(rng.randint(low, high), 10**6)
    return value if positive or mood in ("positive", "definite") or rng.random() < 0.5 else -value


def speed(rng: Random) -> Fraction:
    """A number that is neither near zero nor large, of either sign."""
    return _number(rng, "any", False)


def sample(
    symbol: Symbol, shape: TrialShape, rng: Random, mood: str = "any", power: int | str = 0
) -> list[list[Fraction]]:
    """Random entries for `symbol` that have its attributes, times 10^power."""
    factor = scaling(power, rng)
    n, m = shape
    attributes = symbol.attributes
    zero = Fraction(0)
    if "onehot" in attributes:
        ones = {(i, rng.randrange(m)) for i in range(n)} if m > 1 else {(rng.randrange(n), 0)}
        return [[Fraction(int((i, j) in ones)) for j in range(m)] for i in range(n)]
    if "binary" in attributes:
        return [[Fraction(rng.randint(0, 1)) for _ in range(m)] for _ in range(n)]
    if "orthogonal" in attributes:
        return (_reflection if "symmetric" in attributes else _orthogonal)(n, m, rng)
    positive = "positive" in attributes
    square = n == m and n > 1
    tied = structure(symbol)
    ways = (
        STRUCTURES["symmetric"](n, m) if mood == "symmetric" and square and tied is None else directions(symbol, shape)
    )
    definite = not attributes.isdisjoint(("pd", "psd")) or (
        mood == "definite" and square and tied in (None, "symmetric")
    )
    if definite and structure(symbol) != "diagonal":
        if attributes.isdisjoint(("pd", "psd", "symmetric")):
            mood = "any"
        root = [[_number(rng, "small", positive) for _ in range(n)] for _ in range(n)]
        times, least = factor(), _number(rng, mood, True)
        return [
            [times * sum((a * b for a, b in zip(one, two, strict=True)), least * (one is two)) for two in root]
            for one in root
        ]
    rows = [[zero] * m for _ in range(n)]
    for direction in ways:
        on_diagonal = square and any(i == j for i, j, _ in direction)
        if mood == "identity" and square:
            value = _number(rng, "small", positive) / 2 + on_diagonal
        else:
            value = _number(rng, mood, positive or (definite and on_diagonal))
        value = value * factor()
        for i, j, c in direction:
            rows[i][j] = c * value
    return rows


def _reflection(n: int, m: int, rng: Random) -> list[list[Fraction]]:
    # Symmetric and orthogonal: Q diag(±1) Q'.
    q = _orthogonal(n, n, rng)
    signs = [rng.choice((1, -1)) for _ in q]
    return [[sum((s * x * y for s, x, y in zip(signs, a, b, strict=True)), Fraction(0)) for b in q] for a in q]


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
