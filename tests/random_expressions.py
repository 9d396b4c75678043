"""Random well-shaped expressions over all operators, and values at which they are smooth.

Some inputs have structure (symmetric, diagonal, one-hot …), and values and increments that have it too.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from matcalc.expr import Dim, Node, Number, Shape, Symbol
from matcalc.operators import (
    TABLE,
    T,
    eye,
    function,
    hadamard,
    inner,
    inv,
    matmul,
    negative,
    ones,
    plus,
    power,
    reciprocal,
    scale,
    term,
)
from matcalc.syntax.program import Program

SIZES = {"n": 3, "m": 2, "k": 4}
DIMS: tuple[Dim, ...] = ("n", "m", "k", 1)
SMOOTH = (
    "exp sin cos tan sinh cosh tanh sigmoid softplus gelu silu mish erf atan expm1 log_sigmoid relu leaky_relu elu abs"
)
STRUCTURED = ("symmetric", "skew", "diagonal", "pd")
"""Attributes of square inputs that can be varied in their structure."""
FIXED = ("orthogonal", "onehot", "binary")
"""Attributes of inputs that are never differentiated by."""


class Generator:
    """Draws expressions; `symbols` are the inputs that it has used.

    `structured`: how many of the matrices among them have attributes; `favourite`: the attribute of all square ones.
    """

    def __init__(self, seed: int, structured: float = 0.4, favourite: str = "") -> None:
        self.random = random.Random(seed)
        self.structured = structured
        self.favourite = favourite
        self.symbols: dict[str, Symbol] = {}
        self.definitions: list[Symbol] = []

    def symbol(self, shape: Shape) -> Symbol:
        rows, columns = shape
        letter = self.random.choice("AB" if 1 not in shape else "xy" if shape != (1, 1) else "st")
        name = f"{letter}_{rows}{columns}"
        if name not in self.symbols:
            self.symbols[name] = Symbol(name, shape, self.attributes(shape))
        return self.symbols[name]

    def attributes(self, shape: Shape) -> tuple[str, ...]:
        """At most one, which an array of this shape may have."""
        rows, columns = shape
        if self.favourite and rows == columns != 1:
            return (self.favourite,)
        if 1 in shape or self.random.random() >= self.structured:
            return ()
        square = (*STRUCTURED, *STRUCTURED, "orthogonal") if rows == columns else ()
        return (self.random.choice((*square, "onehot", "binary")),)

    def dim(self) -> Dim:
        return self.random.choice(DIMS[:3])

    def positive(self, shape: Shape, depth: int) -> Node:
        """Entries well above zero."""
        a = self.array(shape, depth - 1)
        one = ones(*shape)
        return self.random.choice(
            [plus(one, power(a, 2)), term(function("exp"), scale(Number(Fraction(1, 4)), term(function("tanh"), a)))]
        )

    def invertible(self, n: Dim, depth: int) -> Node:
        """A positive definite matrix: an input that is, or I + A A' / 2."""
        known = [s for s in self.symbols.values() if s.shape == (n, n) and "pd" in s.attributes]
        if known and self.random.random() < 0.5:
            return self.random.choice(known)
        a = self.array((n, self.dim()), depth - 1)
        return plus(eye(n), scale(Number(Fraction(1, 2)), matmul(a, T(a))))

    def bounded(self, shape: Shape, depth: int) -> Node:
        return scale(Number(Fraction(1, 2)), term(function("tanh"), self.array(shape, depth - 1)))

    def array(self, shape: Shape, depth: int) -> Node:
        """An expression of the given shape."""
        if depth <= 0:
            return self.symbol(shape)
        rows, columns = shape
        d = depth - 1
        makers: list[Callable[[], Node]] = [
            lambda: self.symbol(shape),
            lambda: plus(self.array(shape, d), self.array(shape, d)),
            lambda: plus(self.array(shape, d), negative(self.array(shape, d))),
            lambda: plus(ones(*shape), negative(self.array(shape, d))),
            lambda: scale(self.array((1, 1), d), self.array(shape, d)),
            lambda: scale(
                Number(Fraction(self.random.randint(-3, 3) or 2, self.random.choice((1, 2)))), self.array(shape, d)
            ),
            lambda: hadamard(self.array(shape, d), self.array(shape, d)),
            lambda: power(self.array(shape, d), self.random.choice((2, 3))),
            lambda: hadamard(self.array(shape, d), reciprocal(self.positive(shape, d))),
            lambda: T(self.array((columns, rows), d)),
            lambda: matmul(self.array((rows, j := self.dim()), d), self.array((j, columns), d)),
            lambda: matmul(self.array((rows, j := self.dim()), d), self.array((j, columns), d)),
            lambda: term(function(self.random.choice(SMOOTH.split())), self.array(shape, d)),
            lambda: term(function(self.random.choice(("log", "sqrt", "log1p"))), self.positive(shape, d)),
            lambda: term(function(self.random.choice(("asin", "acos"))), self.bounded(shape, d)),
            lambda: term(self.random.choice((TABLE["max"], TABLE["min"])), self.array(shape, d), self.array(shape, d)),
            lambda: self.defined(shape, d),
        ]
        if shape == (1, 1):
            makers += self._scalars(d) * 2
        else:
            names = ("softmax_rows", "softmax_columns", "log_softmax_rows", "log_softmax_columns")
            makers.append(lambda: term(TABLE[self.random.choice(names)], self.array(shape, d)))
        if columns == 1 and rows != 1:
            makers.append(lambda: term(TABLE["rowsum"], self.array((rows, self.dim()), d)))
            makers.append(lambda: term(TABLE["diagonal"], self.array((rows, rows), d)))
            makers.append(lambda: term(TABLE["logsumexp_rows"], self.array((rows, self.dim()), d)))
        if rows == 1 and columns != 1:
            makers.append(lambda: term(TABLE["colsum"], self.array((self.dim(), columns), d)))
            makers.append(lambda: term(TABLE["logsumexp_columns"], self.array((self.dim(), columns), d)))
        if rows == columns != 1:
            makers.append(lambda: inv(self.invertible(rows, d)))
            makers.append(lambda: self.symbol(shape))
            makers.append(lambda: plus(a := self.array(shape, d), T(a)))
            makers.append(lambda: matmul(T(a := self.array(shape, d)), self.symbol(shape), a))
            makers.append(lambda: term(TABLE["diag"], self.array((rows, 1), d)))
            makers.append(lambda: term(TABLE["matpow"], self.array(shape, d), Number(self.random.choice((2, 3)))))
        return self.random.choice(makers)()

    def _scalars(self, d: int) -> list[Callable[[], Node]]:
        def shape() -> Shape:
            return self.dim(), self.random.choice((1, self.dim()))

        def square() -> Node:
            n = self.dim()
            return self.array((n, n), d)

        def pair() -> Node:
            s = shape()
            return inner(self.array(s, d), self.array(s, d))

        return [
            lambda: term(TABLE["sum"], self.array(shape(), d)),
            lambda: term(TABLE["mean"], self.array(shape(), d)),
            lambda: term(TABLE["tr"], square()),
            lambda: term(TABLE["norm"], plus(ones(*(s := shape())), power(self.array(s, d), 2))),
            lambda: term(TABLE["logdet"], self.invertible(self.dim(), d)),
            lambda: term(TABLE["det"], self.invertible(self.dim(), d)),
            lambda: term(TABLE["logsumexp_columns"], self.array((self.dim(), 1), d)),
            pair,
        ]

    def defined(self, shape: Shape, depth: int) -> Node:
        """A named intermediate, a new one or one drawn before."""
        old = [s for s in self.definitions if s.shape == shape]
        if old and self.random.random() < 0.5:
            return self.random.choice(old)
        body = self.array(shape, depth)  # which may define names of its own
        symbol = Symbol(f"h{len(self.definitions)}", shape, (), body)
        self.definitions.append(symbol)
        return symbol

    def program(self, depth: int) -> Program:
        """A program with a scalar objective."""
        body = self.array((1, 1), depth)
        objective = Symbol("J", (1, 1), (), body)
        return Program(tuple(self.symbols.values()), (*self.definitions, objective), objective)


def constant(symbol: Symbol) -> bool:
    """True for an input that is never differentiated by."""
    return not symbol.attributes.isdisjoint(FIXED)


def values(program: Program, seed: int) -> dict[str, np.ndarray[Any, Any]]:
    """A value for each input and an increment for each that is not constant, both with the input's structure."""
    rng = np.random.default_rng(seed)
    found = {}
    for s in program.inputs:
        shape = tuple(d if isinstance(d, int) else SIZES[str(d)] for d in s.shape)
        found[s.name] = value(s, rng.uniform(-0.9, 0.9, shape), rng)
        if not constant(s):
            found[f"d{s.name}"] = increment(s, rng.uniform(-1, 1, shape))
    return found


def value(symbol: Symbol, a: np.ndarray[Any, Any], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """`a` made into a value that `symbol` may have."""
    if "pd" in symbol.attributes:
        result: np.ndarray[Any, Any] = a @ a.T / 2 + np.eye(len(a))
    elif "orthogonal" in symbol.attributes:
        result = np.linalg.qr(a)[0]
    elif "onehot" in symbol.attributes:
        result = np.eye(a.shape[1])[rng.integers(0, a.shape[1], a.shape[0])]
    elif "binary" in symbol.attributes:
        result = (a > 0).astype(float)
    else:
        result = increment(symbol, a)
    return result


def increment(symbol: Symbol, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`a` made into an increment that keeps the structure of `symbol`."""
    if symbol.attributes & {"symmetric", "pd"}:
        return (a + a.T) / 2
    if "skew" in symbol.attributes:
        return (a - a.T) / 2
    return np.diag(np.diag(a)) if "diagonal" in symbol.attributes else a


def independent(symbol: Symbol, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The part of `a` that holds the independent entries of `symbol`, each once."""
    if symbol.attributes & {"symmetric", "pd"}:
        return np.tril(a)
    if "skew" in symbol.attributes:
        return np.tril(a, -1)
    return np.diag(np.diag(a)) if "diagonal" in symbol.attributes else a
