"""The laws of the rule book, each over all rows: sound, and the test of soundness bites; complete; confluent enough."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from matcalc import meaning
from matcalc.errors import MatcalcError
from matcalc.expr import Dim, Node, Number, Size, Slot, Symbol, Term, dim_value, postorder
from matcalc.operators import (
    FUNCTION_NAMES,
    HADAMARD,
    MATMUL,
    PLUS,
    SCALE,
    TABLE,
    TRANSPOSE,
    D,
    Nonconforming,
    function,
    term,
)
from matcalc.rewrite import Match, Rule, fill
from matcalc.rules.adjoints import ADJOINTS
from matcalc.rules.book import chapters
from matcalc.rules.differentials import differentials
from matcalc.rules.functions import FUNCTIONS

SIZES = {"n": 3, "m": 2, "k": 4, "l": 5}
NUMBERS = {"number": (5, 2), "negative": (-5, 2), "integer": (3, 1), "above two": (3, 1), "negative integer": (-3, 1)}
RULES = [(f"{chapter}: {rule.name} [{i}]", rule) for i, (chapter, rule) in enumerate(chapters())]
# The forms of a gradient under a convention are definitions: their sides are not equal.
EQUATIONS = [(name, rule) for name, rule in RULES if not name.startswith("Structured variables")]


def size(dim: Dim) -> int:
    return dim_value(dim, SIZES)


def sample(slot: Slot, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """A value that a slot of this kind may have: entries in (0.2, 0.9), square ones well away from singular."""
    rows, columns = map(size, slot.shape)
    value = rng.uniform(0.2, 0.9, (rows, columns))
    if slot.kind == "block of ones":
        return np.ones((rows, columns))
    if slot.kind == "onehot":
        return np.eye(columns)[rng.integers(0, columns, rows)]
    if slot.kind == "binary":
        return rng.integers(0, 2, (rows, columns)).astype(float)
    if slot.kind == "orthogonal":
        return np.linalg.qr(value)[0]
    if slot.kind == "symmetric":
        value = value + value.T
    if slot.kind == "skew":
        return value - value.T
    return value + 2 * np.eye(rows) if rows == columns and rows > 1 else value


def instance(rule: Rule, seed: int) -> tuple[Match, dict[str, Any]]:
    """The rule's slots filled with symbols (or numbers), and values for the symbols and their differentials."""
    rng = np.random.default_rng(seed)
    nodes: dict[str, Node] = {}
    values: dict[str, Any] = {}
    for slot in {n.name: n for side in (rule.lhs, rule.rhs) for n in postorder(side) if isinstance(n, Slot)}.values():
        if slot.kind in NUMBERS:
            exact = Fraction(*NUMBERS[slot.kind])
            nodes[slot.name] = Number(exact + seed % 2)
            continue
        shape = (size(slot.shape[0]), size(slot.shape[1]))
        symbol = Symbol(slot.name, shape)
        values[slot.name] = sample(slot, rng)
        if seed % 2 and rule in FUNCTIONS and rule.name not in ("derivative of log", "derivative of sqrt"):
            values[slot.name] *= -1  # functions with a kink at 0 have two sides
        values[f"d{slot.name}"] = rng.uniform(-1, 1, shape)
        nodes[slot.name] = term(D, symbol) if slot.kind == "varying" else symbol
    return Match(nodes, dict(SIZES)), values


def still(rule: Rule) -> set[str]:
    """Slots whose differential the right side does not mention: the rule is for constants there."""
    slots = {n.name for n in postorder(rule.lhs) if isinstance(n, Slot)}
    moving = {
        n.args[0].name for n in postorder(rule.rhs) if isinstance(n, Term) and n.op is D and isinstance(n.args[0], Slot)
    }
    return slots - moving


def sides(rule: Rule, rhs: Node, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    found, values = instance(rule, seed)
    if any(isinstance(n, Term) and n.op is D for n in postorder(rule.lhs)):
        for name in still(rule):
            values.pop(f"d{name}", None)
    left, right = meaning.evaluate([fill(rule.lhs, found), fill(rhs, found)], values)
    return left, right


def agree(rule: Rule, rhs: Node, seed: int) -> bool:
    try:
        left, right = sides(rule, rhs, seed)
    except MatcalcError:
        return False  # it means nothing
    return left.shape == right.shape and bool(np.allclose(left, right, rtol=1e-6, atol=1e-8))


@pytest.mark.parametrize(("name", "rule"), EQUATIONS, ids=[name for name, _ in EQUATIONS])
def test_sound(name: str, rule: Rule) -> None:
    for seed in range(2):
        left, right = sides(rule, rule.rhs, seed)
        assert np.isfinite(left).all(), name
        np.testing.assert_allclose(right, left, rtol=1e-6, atol=1e-8, err_msg=name)


def mutants(node: Node) -> Iterator[Node]:
    """`node` with a transpose, a term, a sign or a factor dropped, or two factors swapped, where shapes allow it."""
    if not isinstance(node, Term):
        return
    op, args = node.op, node.args
    if op is TRANSPOSE:
        yield args[0]
    if op is SCALE:
        yield args[1]
    if op in (PLUS, HADAMARD, MATMUL):
        for i in range(len(args)):
            rest = args[:i] + args[i + 1 :]
            yield rest[0] if len(rest) == 1 else Term(op, rest) if _conforms(op, rest) else args[i]
    if op is MATMUL:
        for i in range(len(args) - 1):
            swapped = (*args[:i], args[i + 1], args[i], *args[i + 2 :])
            if _conforms(op, swapped):
                yield Term(op, swapped)
    for i, arg in enumerate(args):
        for changed in mutants(arg):
            if changed.shape == arg.shape:
                yield Term(op, (*args[:i], changed, *args[i + 1 :]))


def _conforms(op: Any, args: tuple[Node, ...]) -> bool:
    try:
        op.shape_of(args)
    except Nonconforming:
        return False
    return True


# Mutants that say the same as the row, and why.
EQUIVALENT = {
    "Frobenius product of columns",  # a' b = b' a
}


def test_soundness_bites() -> None:
    """A row with a small mistake in it is caught, in every row that such a mistake can be made in."""
    survivors, made = [], 0
    for name, rule in EQUATIONS:
        for mutant in dict.fromkeys(mutants(rule.rhs)):
            if mutant is rule.rhs or mutant.shape != rule.rhs.shape:
                continue
            try:
                found, _ = instance(rule, 0)
                fill(mutant, found)
            except Nonconforming:
                continue  # sizes all different: it could not even be written down
            made += 1
            if all(agree(rule, mutant, seed) for seed in range(2)):
                survivors.append((name, repr(mutant)))
    assert made > 150
    assert [s for s in survivors if not any(e in s[0] for e in EQUIVALENT)] == []


@pytest.mark.parametrize("op", list(TABLE.values()), ids=lambda op: op.name)
def test_complete(op: Any) -> None:
    """A linear operator crosses the colon, a nonlinear one has a differential."""
    constants = {"eye", "ones", "zeros", "pi", "e"}
    if op.name in constants or op is D:
        return
    assert differentials(op), f"no differential for {op.name}"
    if op.linear != "no" and op is not PLUS:  # a sum is taken apart, by DISTRIBUTE
        assert ADJOINTS.get(op), f"no adjoint for {op.name}"


def test_each_named_function_has_a_derivative() -> None:
    rows = {rule.lhs.op for rule in FUNCTIONS if isinstance(rule.lhs, Term)}
    assert rows == {function(name, 1) for name in FUNCTION_NAMES}


def test_quiet_rows_state_what_they_do() -> None:
    for name, rule in RULES:
        assert rule.name, name
        assert isinstance(rule.lhs, (Term, Slot)), name


def test_rows_hold_no_symbols() -> None:
    for name, rule in RULES:
        for node in (*postorder(rule.lhs), *postorder(rule.rhs)):
            assert not isinstance(node, Symbol), name
            assert not (isinstance(node, Size) and not isinstance(node.dim, str)), name
