"""What is printed in index notation is read back, as sums over indices, to the same program."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from selection import some
from syntax.test_index_sums import READ

from matcalc import derive, meaning
from matcalc.errors import MatcalcError, ShapeError, UnsupportedError
from matcalc.expr import Node, Symbol, expand, symbols
from matcalc.operators import (
    SUM,
    TABLE,
    T,
    eye,
    function,
    hadamard,
    inner,
    matmul,
    minus,
    number,
    ones,
    plus,
    power,
    reciprocal,
    scale,
    term,
)
from matcalc.syntax import parse
from matcalc.write import ASCII, TEXT, by_entries, write

SIZES = {"n": 3, "m": 2, "p": 4}
ORDINARY, LONG = 150, 3_000


class Draw:
    """Random arrays of matrices A_nm, …, vectors and a scalar, of which index notation has a formula."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def leaf(self, rows: str, columns: str | int) -> Node:
        if columns == 1:
            return Symbol(self.random.choice("xyz") + "1" * (rows == "m") + "2" * (rows == "p"), (rows, 1))
        names = {("n", "m"): "AB", ("m", "n"): "CD", ("n", "p"): "EF", ("p", "n"): "GH", ("m", "p"): "KL"}
        names |= {("p", "m"): "MN", ("n", "n"): "QR", ("m", "m"): "UV", ("p", "p"): "ST"}
        return Symbol(self.random.choice(names[rows, str(columns)]), (rows, columns))

    def array(self, rows: str, columns: str | int, depth: int) -> Node:
        if not depth:
            return self.leaf(rows, columns)
        kind = self.random.randrange(12)
        if kind == 0:
            return plus(self.array(rows, columns, depth - 1), self.array(rows, columns, depth - 1))
        if kind == 1:
            return minus(self.array(rows, columns, depth - 1), self.array(rows, columns, depth - 1))
        if kind == 2:
            return hadamard(self.array(rows, columns, depth - 1), self.array(rows, columns, depth - 1))
        if kind == 3:
            return term(function(self.random.choice(["tanh", "sin", "exp"])), self.array(rows, columns, depth - 1))
        if kind == 4:
            return scale(number(self.random.choice([2, -1, 3])), self.array(rows, columns, depth - 1))
        if kind == 5 and columns != 1:
            return T(self.array(str(columns), rows, depth - 1))
        if kind == 6:
            below = plus(power(self.array(rows, columns, depth - 1), 2), ones(rows, columns))
            return hadamard(self.array(rows, columns, depth - 1), reciprocal(below))
        if kind == 7:
            return scale(self.scalar(depth - 1), self.array(rows, columns, depth - 1))
        if kind == 8:
            return plus(self.array(rows, columns, depth - 1), scale(number(2), ones(rows, columns)))
        if kind == 9 and rows == columns:
            return self.random.choice([eye(rows), term(TABLE["diag"], self.array(rows, 1, depth - 1))])
        if kind == 10 and columns == 1:
            return term(TABLE["diagonal"], self.array(rows, rows, depth - 1))
        if kind == 11 and columns != 1:
            return matmul(self.array(rows, 1, depth - 1), T(self.array(str(columns), 1, depth - 1)))
        middle = self.random.choice("nmp")
        return matmul(self.array(rows, middle, depth - 1), self.array(middle, columns, depth - 1))

    def scalar(self, depth: int = 2) -> Node:
        if not depth:
            return Symbol(self.random.choice("st"), (1, 1))
        rows, columns = self.random.choice("nmp"), self.random.choice(["n", "m", "p", 1])
        a = self.array(rows, columns, depth)
        kind = self.random.randrange(6)
        if kind == 0:
            return term(SUM, power(a, 2))
        if kind == 1:
            return term(TABLE["norm"], plus(a, ones(rows, columns)))
        if kind == 2:
            return term(TABLE["tr"], self.array(rows, rows, depth))
        if kind == 3:
            return term(function("exp"), scale(number(-1), power(self.scalar(depth - 1), 2)))
        return term(SUM, a) if kind == 4 else inner(a, self.array(rows, columns, depth - 1))


def declared(node: Node) -> str:
    shapes = {s.name: "scalar" if s.is_scalar else " x ".join(str(d) for d in s.shape if d != 1) for s in symbols(node)}
    shapes |= {"Sizes": "n x p"} if "m" in shapes else {"Sizes1": "n x m", "Sizes2": "p x n"}  # a sum of ones is a size
    return "\n".join(f"{name}: {shape}" for name, shape in shapes.items())


def same(text: str, node: Node, seed: int) -> None:
    program = parse(text)
    rng = np.random.default_rng(seed)
    sizes = {**SIZES, **{str(d): 3 for s in symbols(node) for d in s.shape if d not in SIZES}}
    at = {s.name: rng.uniform(-0.9, 0.9, [sizes[d] for d in s.shape if isinstance(d, str)]) for s in symbols(node)}
    functions = dict.fromkeys(map(str, program.functions), (np.sin, np.cos))
    found, expected = meaning.evaluate([program.objective, node], at, functions, sizes)
    assert np.allclose(found, expected, rtol=1e-8, atol=1e-10), f"{write(node, TEXT)} is read back from {text}"


def as_array(node: Node, below: str) -> str:
    """The sum of the cubes of what is printed of an array's entries, as it is typed."""
    text, _ = by_entries(node, TEXT)
    size = " x ".join(str(d) for d in node.shape if d != 1)
    return f"{declared(node)}\nZ: {size}\nZ_{below} = {text}\nJ = Σ_{below} Z_{below}^3"


@pytest.mark.parametrize("block", some(range(5), 3))
def test_numbers_are_read_back(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 5
    outcomes = Counter[str]()
    for seed in range(block * count, (block + 1) * count):
        node = Draw(seed).scalar()
        for notation in (TEXT, ASCII):
            text, _ = by_entries(node, notation)
            if "_" not in text.partition(" ")[2]:  # a number, of which nothing says how often it is added
                continue
            try:
                same(f"{declared(node)}\nJ = {text}", node, seed)
                outcomes["same"] += 1
            except UnsupportedError:  # more than two indices stay
                outcomes["no matrix form"] += 1
            except ShapeError as error:  # Σ_ij δ_ij is a number of ones
                assert "what the index" in error.message
    assert outcomes["same"] >= 0.9 * outcomes.total(), outcomes


@pytest.mark.parametrize("block", range(3))
def test_arrays_are_read_back(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = Counter[str]()
    for seed in range(block * count, (block + 1) * count):
        draw = Draw(seed)
        rows, columns = draw.random.choice("nmp"), draw.random.choice(["n", "m", "p", 1])
        node = draw.array(rows, columns, 2)
        try:
            same(as_array(node, "i" if columns == 1 else "ij"), term(SUM, power(node, 3)), seed)
            outcomes["same"] += 1
        except UnsupportedError:
            outcomes["no matrix form"] += 1
    assert outcomes["same"] >= 0.9 * outcomes.total(), outcomes


@pytest.mark.parametrize("block", range(3))
def test_gradients_are_read_back(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = Counter[str]()
    for seed in range(block * count, (block + 1) * count):
        draw = Draw(10**6 + seed)
        objective = draw.scalar()
        if not symbols(objective):
            continue
        name = draw.random.choice([s.name for s in symbols(objective)])
        try:
            found = derive(f"{declared(objective)}\nJ = {write(objective, TEXT)}", name, verify=False)
        except MatcalcError:
            continue
        node = found.expanded(name).node
        if node.is_scalar or 1 in node.shape[:1] or not symbols(node):
            continue
        text = as_array(node, "i" if node.shape[1] == 1 else "ij")
        if "i1" in text:  # more indices than there are letters
            continue
        try:
            same(text, term(SUM, power(node, 3)), seed)
            outcomes["same"] += 1
        except UnsupportedError:
            outcomes["no matrix form"] += 1
    assert outcomes["same"] >= 0.8 * outcomes.total(), outcomes


@pytest.mark.parametrize("text", [text for text, _, _ in READ if "f(" not in text])
def test_sums_come_back(text: str) -> None:
    """A sum, read into matrix form, is printed as a sum again, which is read to the same number."""
    objective = parse(text, ["y: n"] if text.startswith("∑") else []).objective
    node = expand(objective)
    printed, _ = by_entries(node, TEXT)
    same(f"{declared(node)}\nJ = {printed}", node, 3)
