"""What is printed in index notation is read back, as sums over indices, to the same program."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from matcalc import meaning
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, symbols
from matcalc.operators import SUM, T, function, hadamard, inner, matmul, minus, number, plus, power, scale, term
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
        kind = self.random.randrange(7)
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
        middle = self.random.choice("nmp")
        return matmul(self.array(rows, middle, depth - 1), self.array(middle, columns, depth - 1))

    def scalar(self) -> Node:
        rows, columns = self.random.choice("nmp"), self.random.choice(["n", "m", "p", 1])
        a = self.array(rows, columns, 2)
        kind = self.random.randrange(3)
        if kind == 0:
            return term(SUM, power(a, 2))
        return term(SUM, a) if kind == 1 else inner(a, self.array(rows, columns, 1))


def declared(node: Node) -> str:
    return "\n".join(f"{s.name}: {s.shape[0]}" + f" x {s.shape[1]}" * (s.shape[1] != 1) for s in symbols(node))


def same(text: str, node: Node, seed: int) -> None:
    program = parse(text)
    rng = np.random.default_rng(seed)
    at = {s.name: rng.uniform(-0.9, 0.9, [SIZES[d] for d in s.shape if isinstance(d, str)]) for s in symbols(node)}
    found, expected = meaning.evaluate([program.objective, node], at, {}, SIZES)
    assert np.allclose(found, expected, rtol=1e-8, atol=1e-10), f"{write(node, TEXT)} is read back from {text}"


@pytest.mark.parametrize("block", range(5))
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
    assert outcomes["same"] >= 0.9 * outcomes.total(), outcomes


@pytest.mark.parametrize("block", range(3))
def test_arrays_are_read_back(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    outcomes = Counter[str]()
    for seed in range(block * count, (block + 1) * count):
        draw = Draw(seed)
        rows, columns = draw.random.choice("nmp"), draw.random.choice(["n", "m", "p", 1])
        node = draw.array(rows, columns, 2)
        text, _ = by_entries(node, TEXT)
        below = "i" if columns == 1 else "ij"
        try:
            size = rows if columns == 1 else f"{rows} x {columns}"
            whole = f"{declared(node)}\nZ: {size}\nZ_{below} = {text}\nJ = Σ_{below} Z_{below}^3"
            same(whole, term(SUM, power(node, 3)), seed)
            outcomes["same"] += 1
        except UnsupportedError:
            outcomes["no matrix form"] += 1
    assert outcomes["same"] >= 0.9 * outcomes.total(), outcomes
