"""The rows of the rule book, and what stands in their slots: arrays of each kind, in sizes of each sort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from matcalc import meaning
from matcalc import operators as ops
from matcalc.derive.lessons import lessons
from matcalc.dims import Dim, dim_names, dim_value
from matcalc.expr import Node, Number, Shape, Size, Slot, Symbol, Term, fold, postorder
from matcalc.operators import T, d, matmul, ones, plus, term
from matcalc.rewrite import Match, RewriteRule, fill
from matcalc.rules.book import chapters
from matcalc.signatures import Nonconforming

Array = np.ndarray[Any, Any]
Sizes = Mapping[str, int]

LESSONS = [("Lessons", one.rule) for one in lessons("adjoint")]
RULES = [(f"{chapter}: {rule.name} [{i}]", rule) for i, (chapter, rule) in enumerate([*chapters(), *LESSONS])]
# The forms of a gradient under a convention are definitions: their sides are not equal.
EQUATIONS = [(name, rule) for name, rule in RULES if not name.startswith("Structured variables")]
IDS = [name for name, _ in EQUATIONS]
SEEDS = 4
"""Fillings of each row, of which the ordinary run takes two; those with an odd seed have entries of both signs."""

NUMBERS = {
    "number": [Fraction(5, 2), Fraction(3, 2), Fraction(-1, 2), Fraction(7, 2)],
    "negative": [Fraction(-5, 2), Fraction(-3), Fraction(-1, 2)],
    "integer": [Fraction(3), Fraction(4), Fraction(2), Fraction(5)],
    "few": [Fraction(3), Fraction(4), Fraction(5)],
    "negative integer": [Fraction(-3), Fraction(-2), Fraction(-4)],
    "positive integer": [Fraction(2), Fraction(3), Fraction(1)],
    "count": [Fraction(3), Fraction(4), Fraction(2), Fraction(5)],
    "exponent": [Fraction(3), Fraction(4), Fraction(-2), Fraction(5)],
}
"""What a slot for a number is filled with."""
ORDINARY = {"any", "constant", "varying", "steady", "not ones", "symbolic", "invertible", "name", "factor"}
ORDINARY |= {"function of a matrix", "turned", "turned twice"}
"""Kinds that any array is, or that bound how a rule is used and not when it holds."""
SHORT_OF_ONE = {"block of ones", "onehot rows"}
"""Kinds that exclude a row or a column."""


def slots(*sides: Node) -> list[Slot]:
    return list({n.name: n for n in postorder(*sides) if isinstance(n, Slot)}.values())


def letters(rule: RewriteRule) -> list[str]:
    """The dimensions that the row speaks of."""
    found: set[str] = set()
    for node in postorder(rule.lhs, rule.rhs):
        parts: tuple[Dim, ...] = (node.dim,) if isinstance(node, Size) else node.shape
        for dim in parts:
            found |= dim_names(dim)
    return sorted(found)


RANGES = (ops.ROWRANGE, ops.COLRANGE)
SIZES = ({}, {"i": 2, "k": 1, "l": 2}, {"i": 2, "j": 3, "k": 1, "l": 1, "m": 4, "n": 4})
"""What differs from 3 where all sizes are to be equal, the least first: a range must lie in what it is taken of."""


def conforms(rule: RewriteRule, sizes: Sizes) -> bool:
    """Does the row mean anything in these sizes? Nothing may be empty, and no range may leave its array."""
    try:
        sides = [settled(side, sizes) for side in (rule.lhs, rule.rhs)]
    except Nonconforming:
        return False
    for slot in slots(rule.lhs, rule.rhs):
        if any(dim_value(dim, sizes) < 1 for dim in slot.shape):
            return False
    for node in postorder(*sides):
        if isinstance(node, Term) and node.op in RANGES:
            first, last = (a.value for a in node.args[1:] if isinstance(a, Number))
            if not 1 <= first <= last <= node.args[0].shape[RANGES.index(node.op)]:
                return False
    return True


def sizes_of(rule: RewriteRule, seed: int) -> dict[str, int]:
    """Sizes that all differ, and differ from 1."""
    rng = np.random.default_rng([seed, 1])
    names = letters(rule)
    for attempt in range(2_000):
        choice = range(2, max(6, 2 + len(names)) + attempt // 100)
        sizes = dict(zip(names, map(int, rng.permutation(choice)[: len(names)]), strict=True))
        if conforms(rule, sizes):
            return sizes
    raise LookupError(f"no sizes found for {rule.name}")


def alike(rule: RewriteRule) -> dict[str, int]:
    """All sizes equal, or as equal as can be: mistakes can be written down that the shapes rule out otherwise."""
    for different in SIZES:
        sizes = {name: different.get(name, 3) for name in letters(rule)}
        if conforms(rule, sizes):
            return sizes
    raise LookupError(f"no sizes found for {rule.name}")


def sample(kind: str, shape: tuple[int, int], rng: np.random.Generator, signs: bool) -> Array:
    """A value that a slot of this kind may have: entries in ±(0.2, 0.9), square ones well away from singular."""
    rows, columns = shape
    value = rng.uniform(0.2, 0.9, shape)
    if kind == "block of ones":
        return np.ones(shape)
    if kind == "onehot" and columns == 1:
        return np.eye(rows)[:, [int(rng.integers(rows))]]
    if kind in ("onehot", "onehot rows"):
        return np.eye(columns)[rng.integers(0, columns, rows)]
    if kind == "binary":
        return rng.integers(0, 2, shape).astype(float)
    if kind == "orthogonal":
        return np.linalg.qr(rng.normal(size=shape))[0]
    if kind in ("positive", "nonnegative"):
        return value
    if signs:
        value *= rng.choice([-1, 1], shape)
        value[0, 0] = -abs(value[0, 0])  # a single one, too
    if kind in STRUCTURES:
        return STRUCTURES[kind](value)
    if kind not in ORDINARY:
        raise LookupError(f"no values for slots of kind {kind}: add them here")
    return value + 2 * np.eye(rows) if rows == columns > 1 else value


def _regular(a: Array) -> Array:
    return a + 2 * np.eye(len(a))


STRUCTURES: dict[str, Callable[[Array], Array]] = {
    "diagonal": lambda a: np.diag(np.diag(_regular(a))),
    "lower": lambda a: np.tril(_regular(a)),
    "upper": lambda a: np.triu(_regular(a)),
    "skew": lambda a: a - a.T,
    # Positive definite where no entry is negative, else not; never near singular.
    "symmetric": lambda a: a + a.T + (2 * len(a) if (a > 0).all() else 0.3) * np.eye(len(a)),
    "symmetric by form": lambda a: a + a.T + 0.3 * np.eye(len(a)),
    "psd": lambda a: a @ a.T / 2 + np.eye(len(a)),
    "pd": lambda a: a @ a.T / 2 + np.eye(len(a)),
}
"""How an array gets the structure that a kind of slot asks for."""
INCREMENTS: dict[str, Callable[[Array], Array]] = {
    "symmetric": lambda a: (a + a.T) / 2,
    "symmetric by form": lambda a: (a + a.T) / 2,
    "psd": lambda a: (a + a.T) / 2,
    "pd": lambda a: (a + a.T) / 2,
}
"""The same for increments: they keep the structure."""
HOLDS: dict[str, Callable[[Mapping[str, Array]], tuple[str, Array]]] = {
    "commuting": lambda values: ("X", values["S"] @ values["S"] / 3 - values["S"]),
}
"""By the guard of a row that would not hold without it: the slot that this changes, and what it is then."""


class Filling(NamedTuple):
    """Numbers for the slots that ask for them, values for the symbols in place of the others, and sizes."""

    numbers: dict[str, Node]
    values: dict[str, Array]
    sizes: Sizes


def filling(rule: RewriteRule, sizes: Sizes, seed: int, generic: bool = False) -> Filling:
    """`generic`: values without the structure that the slots ask for."""
    rng = np.random.default_rng([seed, int(generic)])
    numbers: dict[str, Node] = {}
    values: dict[str, Array] = {}
    constant = still(rule)
    taken: set[Fraction] = set()
    for slot in slots(rule.lhs, rule.rhs):
        if slot.kind in NUMBERS:
            # Slots of a kind that ask for numbers get different ones.
            choice = [n for n in NUMBERS[slot.kind] if n not in taken]
            taken.add(chosen := choice[int(rng.integers(len(choice)))])
            numbers[slot.name] = Number(chosen)
            continue
        shape = dim_value(slot.shape[0], sizes), dim_value(slot.shape[1], sizes)
        values[slot.name] = sample("any" if generic else slot.kind, shape, rng, signs=bool(seed % 2))
        increment = rng.uniform(-1, 1, shape)
        if slot.name not in constant:
            values[f"d{slot.name}"] = INCREMENTS.get(slot.kind, np.asarray)(increment)
    if rule.guard in HOLDS:
        name, changed = HOLDS[rule.guard](values)
        values[name] = changed
    return Filling(numbers, values, sizes)


def still(rule: RewriteRule) -> set[str]:
    """Slots whose differential the right side does not mention: a row for d(…) is for constants there."""
    if not any(isinstance(n, Term) and n.op is ops.D for n in postorder(rule.lhs)):
        return set()
    moving = {
        n.args[0].name
        for n in postorder(rule.rhs)
        if isinstance(n, Term) and n.op is ops.D and isinstance(n.args[0], Slot)
    }
    return {slot.name for slot in slots(rule.lhs)} - moving


MIRRORED = {"symmetric", "psd", "pd", "diagonal"}
"""Kinds of slots that a transpose makes no difference to."""


def settled(side: Node, sizes: Sizes) -> Node:
    """A side of a row in definite sizes, a symbol for every slot but those for numbers. Raises Nonconforming."""

    def visit(node: Node, args: list[Node]) -> Node:
        if isinstance(node, Slot) and node.kind not in NUMBERS:
            shape = dim_value(node.shape[0], sizes), dim_value(node.shape[1], sizes)
            symbol = Symbol(node.name, shape, {node.kind} & MIRRORED)
            return d(symbol) if node.kind == "varying" else symbol
        if isinstance(node, Size):
            return Number(dim_value(node.dim, sizes))
        if isinstance(node, Term):
            # The book's f is any function; its derivatives are neither even nor itself.
            return term(ops.function("softplus", node.op.order) if node.op.function == "f" else node.op, *args)
        return node

    return fold(side, visit)


UNKNOWN = {
    "f": (
        lambda z: z**3 / 3 + z**2 + z,
        lambda z: z**2 + 2 * z + 1,
        lambda z: 2 * z + 2,
    )
}
"""An unknown function of the entries, neither it nor its derivative even or odd."""


def evaluated(nodes: Sequence[Node], at: Filling) -> list[Array]:
    return meaning.evaluate([fill(n, Match(at.numbers, {})) for n in nodes], at.values, UNKNOWN)


def agree(one: Array, other: Array) -> bool:
    """The same shape, and the same entries where `one` has finite ones."""
    known = np.isfinite(one)
    return one.shape == other.shape and bool(np.allclose(one[known], other[known], rtol=1e-6, atol=1e-8))


def operand(slot: Slot, shape: Shape) -> Node:
    """A symbol that fits the slot, or the least around one that does."""
    attribute = {slot.kind} & {*STRUCTURES, "orthogonal", "positive", "nonnegative", "binary", "onehot", "invertible"}
    attribute |= {"onehot"} if slot.kind == "onehot rows" else set()
    symbol = Symbol(slot.name, shape, attribute)
    ways: list[Callable[[], Node]] = [
        lambda: symbol,
        lambda: d(symbol),
        lambda: ones(*shape),
        lambda: T(Symbol(slot.name, shape[::-1])),
        lambda: matmul(T(symbol), T(symbol)),
        lambda: term(ops.EXPM, symbol),
        lambda: plus(symbol, T(symbol)),
    ]
    return next(node for node in (way() for way in ways) if slot.kind.holds(node))
