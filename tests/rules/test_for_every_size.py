"""The second judge on the rule book: both sides of a row in index notation, with letters for all sizes.

The left side of a differential is differentiated entry by entry. A row is only what is judged; nothing else of the book
is used.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from normal_values import NoValueError, Values
from rules.fillings import (
    EQUATIONS,
    NUMBERS,
    UNKNOWN,
    Filling,
    agree,
    evaluated,
    filling,
    operand,
    settled,
    sizes_of,
    slots,
)
from rules.mistakes import mutants

from matcalc import meaning
from matcalc import operators as ops
from matcalc.dims import dim_value
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Number, Slot, Symbol, Term, fold, postorder
from matcalc.indices import terms
from matcalc.indices.entry import FreshIndices, Position, entry, names_in
from matcalc.indices.entry import place as indices_of
from matcalc.indices.entry_slopes import contracted, derivative
from matcalc.indices.normal import Normal
from matcalc.indices.places import PLACED
from matcalc.indices.products import add, times
from matcalc.operators import term
from matcalc.rewrite import RewriteRule
from matcalc.signatures import Nonconforming


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


@cache
def reached() -> list[tuple[str, RewriteRule, Sides]]:
    """The rows that are proved for every size."""
    found = []
    for name, rule in EQUATIONS:
        with suppress(StopIteration, Nonconforming, MatcalcError):
            sides = Sides(rule)
            if sides.same(sides.rhs):
                found.append((name, rule, sides))
    return found


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


def test_the_reach_does_not_shrink() -> None:
    assert len(reached()) >= REACHED


def test_no_row_with_a_mistake_is_proved(fuzz: bool) -> None:
    """Every mistake in every row that is reached is caught by this judge alone, unless it is none."""
    caught = 0
    accepted = []
    for n, (name, rule, sides) in enumerate(reached()):
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
