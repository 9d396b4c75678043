"""Random programs of Kronecker products: the Jacobian along an increment against differences, which know no rules.

Dimensions have the letters that the rows of the rule book have, in all orders, or are numbers. The Jacobian and the
program are both evaluated in plain NumPy (finite.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import finite
import numpy as np
import pytest
from selection import some

from matcalc.derive.vectorized import jacobians
from matcalc.dims import Dim, DimSum, dim_mul
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Shape, Symbol, tree_size
from matcalc.operators import TABLE, T, commutation, eye, function, hadamard, matmul, plus, scale, size_node, term
from matcalc.rewrite import matching
from matcalc.syntax.program import Program

Array = np.ndarray[Any, Any]
SIZES = {"n": 2, "m": 3, "k": 2, "p": 3, "q": 1, "l": 2}
"""Most differ; two are alike, so that transposes fit too often rather than too rarely."""
LARGE, LONG = 200, 400
"""Entries of an array, and symbols of a program, beyond which another one is drawn."""


class Kronecker:
    """Draws matrices made of products, Kronecker products, partial traces, transposes, vec and entrywise functions.

    `numbered`: the dimensions are numbers instead of letters.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.numbered = seed % 4 == 3
        self.parts: dict[Dim, tuple[Dim, Dim]] = {}
        self.symbols: dict[str, Symbol] = {}

    def dim(self) -> Dim:
        letter = self.random.choice(sorted(SIZES))
        return SIZES[letter] if self.numbered else letter

    def times(self, a: Dim, b: Dim) -> Dim:
        whole = dim_mul(a, b)
        if a != 1 and b != 1:
            self.parts[whole] = (a, b)
        return whole

    def symbol(self, shape: Shape) -> Node:
        """An input; seldom one that was drawn before, so that a program is not of one variable alone."""
        old = [s for s in self.symbols.values() if s.shape == shape]
        if old and self.random.random() < 0.7:
            return self.random.choice(old)
        name = f"{'XYZABC'[len(self.symbols) % 6]}{len(self.symbols)}"
        return self.symbols.setdefault(name, Symbol(name, shape))

    def draw(self, shape: Shape, depth: int) -> Node:
        rows, columns = shape
        choices: list[Callable[[], Node]] = []
        if not any(isinstance(dim, DimSum) for dim in shape) and (depth <= 0 or self.random.random() < 0.15):
            return self.symbol(shape)
        if rows in self.parts or columns in self.parts:
            choices += [lambda: self.kron(shape, depth)] * 3
            if columns == 1:
                choices.append(lambda: term(TABLE["vec"], self.draw(self.parts[rows], depth - 1)))
        if depth > 0:
            choices += [
                lambda: T(self.draw((columns, rows), depth - 1)),
                lambda: plus(self.draw(shape, depth - 1), self.draw(shape, depth - 1)),
                lambda: hadamard(self.draw(shape, depth - 1), self.draw(shape, depth - 1)),
                lambda: term(function(self.random.choice(("tanh", "sin"))), self.draw(shape, depth - 1)),
                lambda: self.product(shape, depth),
                lambda: self.scaled(shape, depth),
            ]
            if not any(isinstance(dim, DimSum) for dim in shape):
                choices += [lambda: self.traced(shape, depth)] * 4 + [lambda: self.unstacked(shape, depth)]
        return self.random.choice(choices)()

    def kron(self, shape: Shape, depth: int) -> Node:
        (above, below), (left, right) = (self.parts.get(dim, self.random.choice(((1, dim), (dim, 1)))) for dim in shape)
        return term(TABLE["kron"], self.draw((above, left), depth - 1), self.draw((below, right), depth - 1))

    def traced(self, shape: Shape, depth: int) -> Node:
        size, first = self.dim(), self.random.random() < 0.5
        rows, columns = (self.times(size, dim) if first else self.times(dim, size) for dim in shape)
        inside = self.draw((rows, columns), depth - 1)
        return term(TABLE["ptrace1" if first else "ptrace2"], inside, size_node(size))

    def unstacked(self, shape: Shape, depth: int) -> Node:
        rows, columns = shape
        column = self.draw((self.times(rows, columns), 1), depth - 1)
        if self.random.random() < 0.3:
            column = matmul(commutation(columns, rows), term(TABLE["vec"], self.draw((columns, rows), depth - 1)))
        return term(TABLE["unvec"], column, size_node(rows), size_node(columns))

    def product(self, shape: Shape, depth: int) -> Node:
        inner = self.times(self.dim(), self.dim()) if self.random.random() < 0.3 else self.dim()
        return matmul(self.draw((shape[0], inner), depth - 1), self.draw((inner, shape[1]), depth - 1))

    def scaled(self, shape: Shape, depth: int) -> Node:
        n = self.dim()
        factor = term(TABLE[self.random.choice(("tr", "sum", "det"))], plus(eye(n), self.draw((n, n), depth - 1)))
        return scale(factor, self.draw(shape, depth - 1))

    def program(self, depth: int) -> Program:
        rows = self.times(self.dim(), self.dim()) if self.random.random() < 0.3 else self.dim()
        columns = 1 if self.random.random() < 0.3 else self.dim()
        shape = (rows, columns)
        body = self.draw(shape, depth)
        objective = Symbol("Out", shape, (), body)
        return Program(tuple(self.symbols.values()), (objective,), objective)


def along(program: Program, at: Mapping[str, Array], name: str, increment: Array) -> tuple[Array, float]:
    """The derivative of the output's stacked entries along an increment, and how far it may be off."""

    def output(t: float) -> Array:
        moved = {**at, name: at[name] + t * increment}
        return finite.evaluate([program.objective], moved, SIZES)[0].flatten(order="F")

    h = 2.0**-7
    rows = [(output(s) - output(-s)) / (2 * s) for s in (h, h / 2, h / 4)]
    one, two = (4 * rows[1] - rows[0]) / 3, (4 * rows[2] - rows[1]) / 3
    return (16 * two - one) / 15, float(np.abs(two - one).max())


def check(seed: int) -> str:
    """'right', 'large' (not tried) or 'refused'. Raises AssertionError where a Jacobian is wrong."""
    draw = Kronecker(seed)
    program = draw.program(depth=2 + seed % 3)
    if not program.inputs or tree_size(program.objective.definition or program.objective) > LONG:
        return "large"
    rng = np.random.default_rng(seed)
    at = {s.name: rng.normal(size=[finite.size(dim, SIZES) for dim in s.shape]) / 2 for s in program.inputs}
    variable = draw.random.choice(program.inputs)
    entries = at[variable.name].size * finite.evaluate([program.objective], at, SIZES)[0].size
    if entries > LARGE**2:
        return "large"
    try:
        found = jacobians(program, [variable.name])
    except UnsupportedError:
        return "refused"
    ((_, node),) = found.gradients
    increment = rng.normal(size=at[variable.name].shape)
    expected, error = along(program, at, variable.name, increment)
    (jacobian,) = finite.evaluate([node], at, SIZES)
    assert jacobian.shape == (expected.size, increment.size), f"seed {seed}: {node} by {variable}"
    got = jacobian @ increment.flatten(order="F")
    scale_ = 1 + np.abs(expected).max()
    assert np.abs(got - expected).max() <= 1e-6 * scale_ + 100 * error, f"seed {seed}: {program.objective.definition}"
    return "right"


@pytest.mark.parametrize("block", some(range(4), 2))
def test_jacobians_of_random_kronecker_programs(block: int, fuzz: bool) -> None:
    count = 2000 if fuzz else 40
    outcomes = [check(seed) for seed in range(block * count, (block + 1) * count)]
    assert outcomes.count("right") > 0.7 * count, outcomes
    assert outcomes.count("refused") < 0.05 * count, outcomes


def test_a_size_that_is_not_solved_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search bites: with the letters of the rows left in what they make, a few programs show it."""
    monkeypatch.setattr(matching, "_solved", lambda found: found._replace(open=()))
    monkeypatch.setattr(matching, "_size", matching.dim_replace)
    caught = 0
    for seed in range(60):
        try:
            check(seed)
        except (AssertionError, ValueError, KeyError):
            caught += 1
    assert caught >= 5
