"""The laws of the rule book, each over all rows: sound, and the test of soundness bites; complete.

Sound: both sides of a row mean the same at random values, in sizes that all differ, at values of both signs, and with
each dimension set to 1 in turn; and where a program calls its own dimensions by the row's letters, exchanged. It bites:
a row with a small mistake in it is caught, every row, every mistake.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
from normal_values import NoValueError, Values

from matcalc import meaning
from matcalc import operators as ops
from matcalc.derive.lessons import lessons
from matcalc.derive.line import cross, differentiate
from matcalc.dims import Dim, dim_mul, dim_names, dim_replace, dim_value
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Number, Shape, Size, Slot, Symbol, Term, fold, postorder, symbols
from matcalc.indices import terms
from matcalc.indices.entry import FreshIndices, Position, entry, names_in
from matcalc.indices.entry import place as indices_of
from matcalc.indices.entry_slopes import contracted, derivative
from matcalc.indices.normal import Normal
from matcalc.indices.places import PLACED
from matcalc.indices.products import add, times
from matcalc.operators import T, d, eye, matmul, negative, number, ones, plus, scale, term, zeros
from matcalc.rewrite import Later, Match, RewriteRule, fill, match, matching
from matcalc.rewrite.matching import Unsolved
from matcalc.rules.adjoints import ADJOINTS
from matcalc.rules.book import chapters
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.rules.differentials import DIFFERENTIALS, LACKING, differentials
from matcalc.rules.identities import IDENTITIES, OBJECTIVES
from matcalc.signatures import Nonconforming

Array = np.ndarray[Any, Any]
Sizes = Mapping[str, int]

LESSONS = [("Lessons", one.rule) for one in lessons("adjoint")]
RULES = [(f"{chapter}: {rule.name} [{i}]", rule) for i, (chapter, rule) in enumerate([*chapters(), *LESSONS])]
# The forms of a gradient under a convention are definitions: their sides are not equal.
EQUATIONS = [(name, rule) for name, rule in RULES if not name.startswith("Structured variables")]
IDS = [name for name, _ in EQUATIONS]
SEEDS = 4
"""Fillings of each row; those with an odd seed have entries of both signs."""

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


# ---------------------------------------------------------------------------------------------------------------- sound


@pytest.mark.parametrize(("name", "rule"), EQUATIONS, ids=IDS)
def test_sound(name: str, rule: RewriteRule) -> None:
    for seed in range(SEEDS):
        at = filling(rule, sizes_of(rule, seed), seed)
        left, right = evaluated([settled(rule.lhs, at.sizes), settled(rule.rhs, at.sizes)], at)
        assert seed % 2 or np.isfinite(left).all(), "where all entries are positive the row must mean something"
        assert agree(left, right), f"{name}: {left} is not {right}, sizes {at.sizes}"


def excludes_one(rule: RewriteRule, letter: str) -> bool:
    """The only dimensions that may not be 1: those of a slot whose kind says so."""
    return any(
        slot.kind in SHORT_OF_ONE and letter in dim_names(dim)
        for slot in slots(rule.lhs, rule.rhs)
        for dim in slot.shape
    )


@pytest.mark.parametrize(("name", "rule"), EQUATIONS, ids=IDS)
def test_sound_where_a_dimension_is_one(name: str, rule: RewriteRule) -> None:
    names = letters(rule)
    for seed in range(2):
        for shrunk in [{letter} for letter in names] + [set(names)]:
            if any(excludes_one(rule, letter) for letter in shrunk):
                continue
            sizes = {**sizes_of(rule, seed), **dict.fromkeys(shrunk, 1)}
            if not conforms(rule, sizes):  # a range would leave what it is taken of
                continue
            at = filling(rule, sizes, seed)
            left, right = evaluated([settled(rule.lhs, sizes), settled(rule.rhs, sizes)], at)
            if rule.condition and not np.isfinite(right).all():  # a single entry is never among unequal ones
                continue
            assert agree(left, right), f"{name}: {left} is not {right}, sizes {sizes}"


# ------------------------------------------------------------------------------------------------- a rule's own letters

POOL = "nmkpqlr"
"""Letters that rows and programs both call their dimensions by."""


def exchanged(rule: RewriteRule, seed: int) -> dict[str, Dim]:
    """What a program calls the dimensions of the row: by other letters of the row's own, none by the same."""
    names = letters(rule)
    turned = names[1 + seed % max(1, len(names) - 1) :] + names[: 1 + seed % max(1, len(names) - 1)]
    spare = [letter for letter in POOL if letter not in names]
    return {name: spare[0] if name == other else other for name, other in zip(names, turned, strict=True)}


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


def instance(rule: RewriteRule, at: Filling, names: Mapping[str, Dim]) -> Node:
    """The left side as it stands in a program whose dimensions have these names, or are these numbers."""

    def visit(node: Node, args: list[Node]) -> Node:
        if isinstance(node, Slot):
            rows, columns = (dim_replace(dim, names) for dim in node.shape)
            return at.numbers[node.name] if node.kind in NUMBERS else operand(node, (rows, columns))
        if isinstance(node, Size):
            return ops.size_node(dim_replace(node.dim, names))
        return term(node.op, *args) if isinstance(node, Term) else node

    return fold(rule.lhs, visit)


def own(name: str, node: Node) -> bool:
    """Is this the operand that was made for the slot of this name, or a number?"""
    return name in [symbol.name for symbol in symbols(node)] or isinstance(node, Number)


def misread(rule: RewriteRule, seed: int, numbered: bool) -> str:
    """What is wrong where the row is used in a program that calls its dimensions by other names, or by numbers."""
    sizes = sizes_of(rule, seed)
    names: Mapping[str, Dim] = sizes if numbered else exchanged(rule, seed)
    at = filling(rule, sizes, seed)
    before = instance(rule, at, names)
    try:
        ways = list(match(rule.lhs, before))
        # Only what is constant may stand where the row says nothing of a differential.
        ways = [way for way in ways if all(own(name, way.nodes[name]) for name in still(rule))]
        found = [fill(rule.rhs, way) for way in ways]
    except (Unsolved, Nonconforming) as error:
        return f"{before}: {error}"
    known = {str(names[letter]): value for letter, value in sizes.items()}
    values = {s.name: at.values[s.name].reshape([dim_value(dim, known) for dim in s.shape]) for s in symbols(before)}
    values |= {f"d{name}": at.values[f"d{name}"] for name in values if f"d{name}" in at.values}
    left, *right = meaning.evaluate([before, *found], values, UNKNOWN, known)
    wrong = [node for node, value in zip(found, right, strict=True) if not agree(left, value)]
    return "" if found and not wrong else f"{before} becomes {wrong or 'nothing'}"


USED = [(name, rule) for name, rule in EQUATIONS if isinstance(rule.lhs, Term)]


@pytest.mark.parametrize(("name", "rule"), USED, ids=[name for name, _ in USED])
def test_a_rules_own_letters_are_not_the_programs(name: str, rule: RewriteRule) -> None:
    """A row that is used in a program whose dimensions have the same letters, exchanged, or numbers, remains true."""
    assert not misread(rule, 0, numbered=False), name
    assert not misread(rule, 1, numbered=True), name


def test_a_letter_that_a_rule_leaves_behind_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law bites: a match that does not solve k n = k' n' for n lets the row's own n into the program."""
    rows = {name: rule for name, rule in USED if rule.name == "partial trace crosses vec"}
    assert len(rows) == 2
    with monkeypatch.context() as careless:
        careless.setattr(matching, "_solved", lambda found: found._replace(open=()))
        assert all("nothing says what" in misread(rule, 0, numbered=False) for rule in rows.values())
        # And if nobody looked at what leaves a rule, the values would show it.
        careless.setattr(matching, "_size", dim_replace)
        assert all(misread(rule, 0, numbered) for rule in rows.values() for numbered in (False, True))


# ------------------------------------------------------------------------------------------------------------- it bites

SIBLINGS: dict[str, Sequence[str]] = {
    "rowsum": ["colsum"],
    "colsum": ["rowsum"],
    "rowmean": ["rowsum", "colmean"],
    "colmean": ["colsum", "rowmean"],
    "tr": ["sum"],
    "sum": ["mean", "tr"],
    "mean": ["sum"],
    "tril": ["triu", "tril_half"],
    "triu": ["tril"],
    "tril_half": ["tril"],
    "ptrace1": ["ptrace2"],
    "ptrace2": ["ptrace1"],
    "rowrange": ["colrange"],
    "colrange": ["rowrange"],
    "hcat": ["vcat"],
    "vcat": ["hcat"],
    "kron": ["matmul", "hadamard"],
    "commutation": ["ones"],
    "duplication": ["duplication_lower", "duplication_upper"],
    "duplication_lower": ["duplication"],
    "duplication_upper": ["duplication"],
    "pinv": ["inv"],
    "expm": ["logm", "exp"],
    "logm": ["expm", "log"],
    "sqrtm": ["expm", "sqrt"],
    "expm_frechet": ["logm_frechet", "hadamard"],
    "logm_frechet": ["expm_frechet", "sqrtm_frechet"],
    "sqrtm_frechet": ["logm_frechet"],
    "expm_frechet2": ["logm_frechet2"],
    "logm_frechet2": ["expm_frechet2"],
    "polar": ["pinv", "singular_u"],
    "polar_frechet": ["hadamard"],
    "chol": ["sqrtm"],
    "lambda_max": ["lambda_min", "tr"],
    "lambda_min": ["lambda_max"],
    "eigvec_max": ["eigvec_min"],
    "eigvec_min": ["eigvec_max"],
    "norm_spec": ["norm_nuc", "norm"],
    "norm_nuc": ["norm_spec", "norm"],
    "singular_u1": ["singular_v1"],
    "singular_v1": ["singular_u1"],
    "singular_u": ["singular_v"],
    "singular_v": ["singular_u"],
    "var": ["std"],
    "std": ["var"],
    "rowvar": ["colvar"],
    "colvar": ["rowvar"],
    "rowstd": ["colstd"],
    "colstd": ["rowstd"],
    "layer_norm": ["batch_norm"],
    "batch_norm": ["layer_norm"],
    "largest": ["smallest"],
    "smallest": ["largest"],
    "indicator_max": ["indicator_min"],
    "indicator_min": ["indicator_max"],
    "det": ["logdet", "tr"],
    "logdet": ["det"],
    "norm": ["sum"],
    "softmax_rows": ["softmax_columns", "log_softmax_rows"],
    "softmax_columns": ["softmax_rows", "log_softmax_columns"],
    "log_softmax_rows": ["log_softmax_columns", "softmax_rows"],
    "log_softmax_columns": ["log_softmax_rows", "softmax_columns"],
    "logsumexp_rows": ["logsumexp_columns"],
    "logsumexp_columns": ["logsumexp_rows"],
    "max": ["min"],
    "min": ["max"],
    "matpow": ["power"],
    "power": ["matpow"],
    "hadamard": ["matmul", "plus"],
    "matmul": ["hadamard"],
    "plus": ["hadamard"],
    "sin": ["cos"],
    "cos": ["sin"],
    "sinh": ["cosh"],
    "cosh": ["sinh"],
    "exp": ["expm1"],
    "tanh": ["sigmoid"],
    "sigmoid": ["tanh", "softplus"],
    "softplus": ["sigmoid"],
    "step": ["relu"],
    "sign": ["abs"],
}
"""Operators that are easily taken for one another."""


FRECHET = {
    **dict.fromkeys((ops.EXPM_FRECHET, ops.LOGM_FRECHET, ops.SQRTM_FRECHET, ops.POWER_FRECHET, ops.POLAR_FRECHET), 1),
    **dict.fromkeys((ops.EXPM_FRECHET2, ops.LOGM_FRECHET2, ops.POWER_FRECHET2), 2),
}
"""Linear in the argument of this number; the second ones are linear in the one before it, too, by exchange."""
Maker = Callable[[], Node]


def one_place(node: Node) -> Iterator[tuple[str, Maker]]:
    """(mistake, `node` with that mistake at its root); the mistake may turn out not to conform."""
    if isinstance(node, Number):
        yield "a number one more", lambda: Number(node.value + 1)
        return
    if isinstance(node, Slot):
        yield "a number one more", lambda: plus(node, ops.ONE)
        return
    if not node.is_scalar and not (isinstance(node, Symbol) and node.attributes):
        yield "a transpose added", lambda: T(node)
    if not isinstance(node, Term):
        return
    op, args = node.op, node.args
    if op is ops.EYE:
        yield "ones for the identity", lambda: ones(*node.shape)
    elif op is ops.ONES:
        yield "zeros for ones", lambda: zeros(*node.shape)
    elif op is ops.ZEROS:
        yield "ones for zeros", lambda: ones(*node.shape)
    elif op in (ops.PLUS, ops.HADAMARD, ops.MATMUL, ops.KRON, ops.HCAT, ops.VCAT):
        for i in range(len(args)):
            yield f"part {i} dropped", lambda i=i: term(op, *args[:i], *args[i + 1 :])  # type: ignore[misc]
            if op is ops.PLUS:
                yield (
                    f"the sign of part {i} changed",
                    lambda i=i: term(op, *args[:i], negative(args[i]), *args[i + 1 :]),  # type: ignore[misc]
                )
    elif op in (ops.TRANSPOSE, ops.INV) or op.function is not None:
        yield f"{op.name} dropped", lambda: args[0]
    elif op is ops.SCALE:
        yield "a factor dropped", lambda: args[1]
    if op is ops.INV:
        yield "the identity for an inverse", lambda: eye(node.shape[0])
    if op in (ops.MATMUL, ops.STEP_GE, ops.MATPOW, ops.KRON, ops.HCAT, ops.VCAT, *FRECHET):
        for i in range(len(args) - 1):
            yield (
                f"parts {i} and {i + 1} swapped",
                lambda i=i: term(op, *args[:i], args[i + 1], args[i], *args[i + 2 :]),  # type: ignore[misc]
            )
    for name in SIBLINGS.get(op.name, ()):
        yield f"{name} for {op.name}", lambda name=name: term(ops.TABLE[name], *args)  # type: ignore[misc]
        yield f"{name}, transposed, for {op.name}", lambda name=name: T(term(ops.TABLE[name], *args))  # type: ignore[misc]


def mistakes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """(mistake and place, `node` with that one mistake), wherever one can be made and `node` still conforms."""
    for what, make in one_place(node):
        try:
            changed = make()
        except Nonconforming:
            continue
        yield f"{what} at {path or 'the root'}", changed
    if isinstance(node, Term) and node.op not in (ops.EYE, ops.ONES, ops.ZEROS):
        for i, arg in enumerate(node.args):
            for what, changed in mistakes(arg, f"{path}.{i}"):
                try:
                    yield what, term(node.op, *node.args[:i], changed, *node.args[i + 1 :])
                except Nonconforming:
                    continue


def mutants(rhs: Node) -> dict[str, Node]:
    """The right side with each mistake, where that has its shape; of a right side that is not 0 also -rhs and 2 rhs."""
    found = {what: node for what, node in mistakes(rhs) if node.shape == rhs.shape and node is not rhs}
    if not (isinstance(rhs, Term) and rhs.op is ops.ZEROS) and rhs is not number(0):
        found["negated"] = negative(rhs)
        found["doubled"] = scale(number(2), rhs)
    return found


class Trial(NamedTuple):
    """What became of the mistakes in a row: caught, the same as the row (after all no mistake), surviving, senseless.

    A mistake is caught if at some filling the row's left side shows it to be wrong. Where no filling does, it is no
    mistake if the right side with it is equal to the right side without it at values without any structure. What no
    filling could evaluate is senseless, and not counted as caught.
    """

    caught: set[str]
    same: set[str]
    survived: set[str]
    senseless: set[str]


@cache
def tried(rule: RewriteRule) -> Trial:
    caught: set[str] = set()
    evaluable: set[str] = set()
    made: set[str] = set()
    differs: set[str] = set()
    # What compares with a number is 0 or 1 everywhere at many points.
    points = 8 if any(isinstance(part, Term) and part.op is ops.STEP_GE for part in postorder(rule.rhs)) else 2
    for sizes in (sizes_of(rule, 0), alike(rule)):
        lhs, rhs = settled(rule.lhs, sizes), settled(rule.rhs, sizes)
        found = mutants(rhs)
        made |= found.keys()
        for seed in range(points):
            open_ = {what: node for what, node in found.items() if what not in caught}
            left, values = measured(lhs, open_, filling(rule, sizes, seed))
            evaluable |= values.keys()
            caught |= {what for what, value in values.items() if not agree(left, value)}
        open_ = {what: node for what, node in found.items() if what not in caught}
        for seed in range(2):
            right, values = measured(rhs, open_, filling(rule, sizes, seed, generic=True))
            differs |= {what for what, value in values.items() if not agree(right, value)}
    survived = evaluable & differs - caught
    return Trial(caught, evaluable - caught - survived, survived, made - evaluable)


def measured(node: Node, others: Mapping[str, Node], at: Filling) -> tuple[Array, dict[str, Array]]:
    """The value of `node`, and those of `others` that have one."""
    try:
        first, *rest = evaluated([node, *others.values()], at)
        return first, dict(zip(others, rest, strict=True))
    except (MatcalcError, Nonconforming):
        (first,) = evaluated([node], at)
    found = {}
    for what, other in others.items():
        try:
            (found[what],) = evaluated([other], at)
        except (MatcalcError, Nonconforming):
            continue
    return first, found


_ROOT, _SAME = "a transpose added at the root", "both sides are symmetric where the row holds"
# Mistakes that a row's kind of slot makes none of, by the row's name, and why.
EXCEPTIONS = {
    "logarithm of a power": {_ROOT: _SAME, "a transpose added at .1": _SAME},
    "Cholesky factor": {_ROOT: _SAME},
    "diagonal": {_ROOT: _SAME},
}


@pytest.mark.parametrize(("name", "rule"), EQUATIONS, ids=IDS)
def test_soundness_bites(name: str, rule: RewriteRule) -> None:
    """A row with a small mistake in it is caught, whatever the row and whatever the mistake."""
    trial = tried(rule)
    assert trial.caught, f"no mistake in this row is caught: {trial}"
    assert trial.survived <= EXCEPTIONS.get(rule.name, {}).keys(), trial


def test_each_exception_is_one() -> None:
    """An exception that is no longer needed is struck off."""
    for name, exceptions in EXCEPTIONS.items():
        survived = set().union(*(tried(rule).survived for _, rule in EQUATIONS if rule.name == name))
        assert survived == exceptions.keys(), name


def test_few_mistakes_are_senseless() -> None:
    trials = [tried(rule) for _, rule in EQUATIONS]
    caught, same, senseless = (sum(len(t[i]) for t in trials) for i in (0, 1, 3))
    assert caught > 8 * len(EQUATIONS)
    assert senseless < caught / 50
    assert same < caught / 5


# ------------------------------------------------------------------------------------------------------------- complete

SHAPES: tuple[Shape, ...] = (("n", "m"), ("m", "n"), ("n", "n"), ("n", "k"), ("k", "m"), ("n", 1), (1, "n"), (1, 1))
SHAPES += ((3, "m"), (3, 1))  # of cross products


def stacked(*dims: Dim) -> Dim:
    product_: Dim = 1
    for dim in dims:
        product_ = dim_mul(product_, dim)
    return product_


PARAMETERS: dict[ops.Operator, Sequence[tuple[Shape, tuple[Node, ...]]]] = {
    ops.UNVEC: [((stacked("n", "m"), 1), (Size("n"), Size("m")))],
    ops.PTRACE1: [((stacked("k", "n"), stacked("k", "m")), (Size("k"),))],
    ops.PTRACE2: [((stacked("k", "n"), stacked("k", "m")), (Size("k"),))],
    **{
        op: [(("n", "m"), (first, last)) for first in (ops.ONE, Size("i")) for last in (Size(whole), Size("j"))]
        for op, whole in ((ops.ROWRANGE, "n"), (ops.COLRANGE, "m"))
    },
    ops.POWER_FRECHET: [(("n", "n"), (Symbol("t", (1, 1)),))],
    ops.POWER_FRECHET2: [(("n", "n"), (Symbol("t", (1, 1)),))],
}
"""For an operator with sizes or other constants among its arguments: the shape of what it is applied to, and these."""


def applications(op: ops.Operator) -> Iterator[tuple[Term, int]]:
    """`op` applied to symbols of all shapes that conform, a differential in the place that is given with it."""
    count = (op.arity or 2) - op.parameters
    choices: Iterator[tuple[tuple[Shape, ...], tuple[Node, ...]]] = (
        (((shape,) * count, more) for shape, more in PARAMETERS[op])
        if op in PARAMETERS
        else ((shapes, ()) for shapes in product(SHAPES, repeat=count))
    )
    for shapes, more in choices:
        for place in range(FRECHET.get(op, 0), len(shapes)):
            # What is linear in its arguments jointly is differentiated where the others are 0.
            rest = [zeros(*s) if op.linear == "jointly" else Symbol(f"A{i}", s) for i, s in enumerate(shapes)]
            args = [d(Symbol("V", s)) if i == place else rest[i] for i, s in enumerate(shapes)]
            try:
                node = term(op, *args, *more)
            except Nonconforming:
                continue
            if isinstance(node, Term) and node.op is op:
                yield node, place


def not_crossing(op: ops.Operator) -> list[str]:
    """Where G : op(…, d(A), …) finds no row to cross by."""
    missing = []
    for node, place in applications(op):
        g = Symbol("G", node.shape)
        try:
            _, gradient, differential = cross(g, node)
        except (UnsupportedError, Nonconforming):
            missing.append(f"{op.name}, argument {place}, shapes {[a.shape for a in node.args]}")
            continue
        assert differential is node.args[place], f"{op.name}: argument {place} is not what is left"
        assert gradient.shape == differential.shape, f"{op.name}: the gradient has another shape than argument {place}"
    return missing


LINEAR = [
    op for op in ops.TABLE.values() if op.linear != "no" and op is not ops.PLUS and op is not ops.D
]  # PLUS: by DISTRIBUTE
LINEAR += FRECHET
SPECIAL = {"means of rows cross", "means of columns cross", "row crosses", "column crosses"}
CROSSING = [(op, i) for op in LINEAR for i in range(len(ADJOINTS.get(op, ())))]


@pytest.mark.parametrize("op", LINEAR, ids=lambda op: op.name)
def test_a_linear_operator_crosses_the_colon_in_each_argument(op: ops.Operator) -> None:
    places = range(FRECHET.get(op, 0), (op.arity or 2) - op.parameters)
    assert {place for _, place in applications(op)} == set(places)
    assert not_crossing(op) == []


@pytest.mark.parametrize(("op", "i"), CROSSING, ids=[f"{op.name}-{i}" for op, i in CROSSING])
def test_a_missing_row_is_named(op: ops.Operator, i: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ADJOINTS[op]
    monkeypatch.setitem(ADJOINTS, op, rows[:i] + rows[i + 1 :])
    if op is ops.HADAMARD and rows[i].lhs.is_scalar and rows[i].lhs.args[0].is_scalar:
        pytest.skip("the product of scalars also crosses as any other Hadamard product does")
    if rows[i].name in SPECIAL:
        pytest.skip("the rows for all products, or for several rows, do as well, in a longer form")
    assert not_crossing(op)


@pytest.mark.parametrize("op", list(ops.TABLE.values()), ids=lambda op: op.name)
def test_each_operator_has_a_differential(op: ops.Operator) -> None:
    if op in ops.SIZED or op.arity == 0 or op is ops.D:
        return  # constants, and d itself
    assert differentials(op) or op in LACKING, f"no differential for {op.name}"


def test_what_is_lacking_is_refused() -> None:
    for op, words in LACKING.items():
        if not differentials(op):
            for shape in SHAPES:
                try:
                    node = term(op, Symbol("A", shape, ["symmetric"] if shape[0] == shape[1] else []))
                except Nonconforming:
                    continue
                assert isinstance(node, Term)
                with pytest.raises(UnsupportedError, match=words):
                    differentiate(node, lambda _: True)


def test_each_named_function_has_a_derivative() -> None:
    rows = {rule.lhs.op for rule in FUNCTIONS if isinstance(rule.lhs, Term)}
    assert rows == {ops.function(name, 1) for name in ops.FUNCTION_NAMES if name != "trigamma"}  # trigamma' is its name


def test_quiet_rows_state_what_they_do() -> None:
    for name, rule in RULES:
        assert rule.name, name
        assert isinstance(rule.lhs, (Term, Slot)), name


def test_rows_hold_no_symbols() -> None:
    for name, rule in RULES:
        for node in (*postorder(rule.lhs), *postorder(rule.rhs)):
            assert not isinstance(node, Symbol), name
            assert not (isinstance(node, Size) and isinstance(node.dim, int)), name


# --------------------------------------------------------------------------------------------------------------- themes


def test_a_row_that_comes_later_holds_an_operator_that_brings_it() -> None:
    tables = {
        (later.theme.module, later.name): later
        for row in (*IDENTITIES, *OBJECTIVES, *DIFFERENTIALS)
        if isinstance(later := row, Later)
    }
    assert len(tables) >= 10
    for later in tables.values():
        for rule in later.rows():
            found = {n.op for n in postorder(rule.lhs) if isinstance(n, Term)}
            assert found & later.theme.operators, f"{later.name}: {rule.name} would never be found"


def test_an_operator_of_a_theme_is_differentiated_in_a_process_that_has_met_none() -> None:
    code = (
        "import sys, matcalc\n"
        "assert matcalc.derive('J = sum(f(X w))', 'w', verify=False)\n"
        "assert not any(m in sys.modules for m in ('matcalc.rules.kronecker', 'matcalc.rules.spectral'))\n"
        "print(matcalc.gradient('X: n x n; J = tr(logm(X)) + tr(X^k)', 'X'), matcalc.gradient('||[A, B] x||^2', 'A'))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "(k X^(k - 1) + inv(X))' 2 [A, B] x x[1:d]'", run.stdout


# ----------------------------------------------------------------------------------------------------- for every size
# The second judge on the rule book: both sides of a row in index notation, with letters for all sizes. The left side of
# a differential is differentiated entry by entry. A row is only what is judged; nothing else of the book is used.


def filled(rule: RewriteRule, side: Node) -> Node:
    """A side of a row with letters for its sizes: symbols for the slots, and for their differentials."""
    numbers = {s.name: Number(NUMBERS[s.kind][0]) for s in slots(rule.lhs, rule.rhs) if s.kind in NUMBERS}

    def visit(node: Node, args: list[Node]) -> Node:
        if isinstance(node, Slot):
            return numbers[node.name] if node.name in numbers else operand(node, node.shape)
        return term(node.op, *args) if isinstance(node, Term) else node

    return fold(side, visit)


def increments(node: Node) -> Node:
    """`node` with a symbol for dX."""

    def visit(part: Node, args: list[Node]) -> Node:
        if isinstance(part, Term) and part.op is ops.D and isinstance(part.args[0], Symbol):
            return Symbol(f"d{part.args[0].name}", part.shape)
        return term(part.op, *args) if isinstance(part, Term) else part

    return fold(node, visit)


class Sides:
    """The left side of a row in normal form, and whether another side is equal to it."""

    def __init__(self, rule: RewriteRule) -> None:
        self.rhs = filled(rule, rule.rhs)
        self.lhs = filled(rule, rule.lhs)

    def same(self, rhs: Node) -> bool:
        """Whether the left side is proved equal to `rhs` for every size."""
        right = increments(rhs)
        letters = FreshIndices(names_in(self.lhs, right), rows=PLACED)
        at = letters.position(self.lhs)
        normal = Normal()
        try:
            left = normal.of(self._left(at, letters))
            return normal.algebra.zero(add(left, times(-1, normal.of(entry(right, at, letters)))))
        except (UnsupportedError, RecursionError):
            return False

    def _left(self, at: Position, letters: FreshIndices) -> terms.Index_term:
        if not (isinstance(self.lhs, Term) and self.lhs.op is ops.D and isinstance(self.lhs.args[0], Term)):
            return entry(increments(self.lhs), at, letters)
        formula = entry(self.lhs.args[0], at, letters)
        moving = {
            n.name[1:] for n in postorder(increments(self.rhs)) if isinstance(n, Symbol) and n.name.startswith("d")
        }
        parts = []
        for x in postorder(self.lhs.args[0]):
            if isinstance(x, Symbol) and x.name in moving:
                over = letters.position(x)
                slope = derivative(formula, terms.EntryOf(x, indices_of(over)), letters)
                parts.append(contracted(indices_of(over), entry(Symbol(f"d{x.name}", x.shape), over, letters), slope))
        return terms.total(*parts)


def reached() -> Iterator[tuple[str, RewriteRule, Sides]]:
    """The rows that are proved for every size."""
    for name, rule in EQUATIONS:
        try:
            sides = Sides(rule)
            if sides.same(sides.rhs):
                yield name, rule, sides
        except (StopIteration, Nonconforming, MatcalcError):
            continue


def changes(rule: RewriteRule, what: str) -> bool:
    """Whether a mistake makes a difference at some filling."""
    sizes = sizes_of(rule, 0)
    wrong = mutants(settled(rule.rhs, sizes)).get(what)
    if wrong is None:
        return False
    for seed in range(4):
        left, right = evaluated([settled(rule.lhs, sizes), wrong], filling(rule, sizes, seed))
        if not agree(left, right):
            return True
    return False


REACHED = 690
"""Of the rows of the book so many are proved for every size; more may be, none fewer."""
PROVED = list(reached())


def test_the_reach_does_not_shrink() -> None:
    assert len(PROVED) >= REACHED


def test_no_row_with_a_mistake_is_proved(fuzz: bool) -> None:
    """Every mistake in every row that is reached is caught by this judge alone, unless it is none."""
    caught = 0
    accepted = []
    for n, (name, rule, sides) in enumerate(PROVED):
        found = list(mutants(sides.rhs).items())
        for what, wrong in found if fuzz else found[n % 7 :: 7]:
            if not sides.same(wrong):
                caught += 1
            elif changes(rule, what):
                accepted.append((name, what))
    assert accepted == []
    assert caught > (4_000 if fuzz else 500)


@pytest.mark.parametrize("seed", range(2))
def test_normal_forms_mean_what_they_are_made_of(seed: int, fuzz: bool) -> None:
    """The sums of products that a proof compares, added up with numbers, are the sides of the row themselves."""
    compared = 0
    for n, (name, rule) in enumerate(EQUATIONS):
        if not fuzz and n % 10 != seed:
            continue
        try:
            sides = [filled(rule, side) for side in (rule.lhs, rule.rhs)]
        except (StopIteration, Nonconforming):
            continue
        sizes = sizes_of(rule, seed)
        at = filling(rule, sizes, seed)
        for side in sides:
            node = increments(side)
            if any(isinstance(part, Term) and part.op is ops.D for part in postorder(node)):
                continue
            if any(isinstance(part, Symbol) and not fits_value(part, at) for part in postorder(node)):
                continue
            compared += same_values(name, node, at)
    assert compared > (1_000 if fuzz else 100)


def fits_value(symbol: Symbol, at: Filling) -> bool:
    shape = tuple(dim_value(dim, at.sizes) for dim in symbol.shape)
    return symbol.name in at.values and at.values[symbol.name].shape == shape


def same_values(name: str, node: Node, at: Filling) -> bool:
    """Whether the normal form of every entry of `node` could be added up; it then has the value of that entry."""
    letters = FreshIndices(names_in(node), rows=PLACED)
    place = letters.position(node)
    normal = Normal()
    try:
        (expected,) = meaning.evaluate([node], at.values, UNKNOWN, at.sizes)
        form = normal.of(entry(node, place, letters))
        values = Values(normal.algebra, at.values, UNKNOWN, at.sizes)
        free = [normal.index(i) for i in indices_of(place)]
        ranges = [dim_value(dim, at.sizes) for dim in node.shape if dim != 1]
        found = [
            values.number(form, dict(zip(free, where, strict=True)), dict(zip(free, ranges, strict=True)))
            for where in (tuple(r - 1 for r in ranges), tuple(r // 2 for r in ranges))
        ]
    except (MatcalcError, NoValueError, RecursionError, KeyError):
        return False
    whole = np.asarray(expected, dtype=float).reshape(ranges)
    shown = np.array([whole[tuple(r - 1 for r in ranges)], whole[tuple(r // 2 for r in ranges)]])
    known = np.isfinite(shown) & np.isfinite(found)
    assert np.allclose(shown[known], np.array(found)[known], rtol=1e-6, atol=1e-8), (name, node)
    return True
