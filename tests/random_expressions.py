"""Random well-shaped expressions over all operators, and values at which they are smooth.

A row of ROWS says for which shapes it can draw and what; arguments lie in their operators' domains (DOMAINS: positive,
definite, of full rank …) in generic position. Dimensions are names, products of names (of vec and Kronecker products)
and sums of names (of blocks). Some inputs have structure (symmetric, lower, orthogonal, one-hot …), and values and
increments that have it too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from matcalc import operators as ops
from matcalc.dims import Dim, DimSum, dim_add, dim_mul
from matcalc.expr import Node, Number, Operator, Shape, Symbol, Term, postorder
from matcalc.operators import T, eye, hadamard, matmul, ones, plus, power, scale, size_node, term
from matcalc.syntax.program import Program

SIZES = {"n": 3, "m": 2, "k": 4}
DIMS: tuple[Dim, ...] = ("n", "m", "k", 1)
POSITIVE = ("log", "sqrt", "log1p", "lgamma", "digamma", "trigamma")
"""Named functions of the entries that take positive numbers."""
SMOOTH = tuple(name for name in ops.FUNCTION_NAMES if name not in (*POSITIVE, "asin", "acos", "sign", "step"))
"""Named functions of the entries that are defined everywhere and have a slope nearly everywhere."""
STRUCTURED = ("symmetric", "skew", "diagonal", "pd", "psd", "lower", "upper", "orthogonal")
"""Attributes of square inputs that can be varied in their structure."""
FIXED = ("onehot", "binary", "constant")
"""Attributes of inputs that are never differentiated by."""

ANSWERS = (
    "eigvec_max eigvec_min singular_u1 singular_v1 singular_u singular_v indicator_max indicator_min indicator_largest"
)
ATOMS = frozenset(ANSWERS.split())
"""Operators that answers are written in; drawn too, but of constants: nobody differentiates twice."""
DRAWN = frozenset(ops.TABLE) - ATOMS - {"d"}
"""The operators that are drawn, every one a user can write and differentiate through, by name."""


class Generator:
    """Draws expressions; `symbols` are the inputs that it has used.

    `structured`: how many of the matrices among them have attributes; `favourite`: the attribute of all square ones;
    `functions`: unknown functions that may occur.
    """

    def __init__(
        self, seed: int, structured: float = 0.4, favourite: str = "", functions: tuple[str, ...] = ()
    ) -> None:
        self.random = random.Random(seed)
        self.structured = structured
        self.favourite = favourite
        self.functions = functions
        self.symbols: dict[str, Symbol] = {}
        self.definitions: list[Symbol] = []
        self.parts: dict[Dim, tuple[str, Dim, Dim]] = {}

    # Inputs and dimensions.

    def symbol(self, shape: Shape) -> Symbol:
        rows, columns = shape
        letter = self.random.choice("AB" if 1 not in shape else "xy" if shape != (1, 1) else "st")
        name = f"{letter}_{rows}{columns}"
        if name not in self.symbols:
            self.symbols[name] = Symbol(name, shape, self.attributes(shape))
        return self.symbols[name]

    def free(self, shape: Shape) -> Node:
        """An input without structure (so, at random, of full rank and with simple singular values)."""
        if any(isinstance(dim, DimSum) or dim == 2 for dim in shape):
            return self.pieces(shape, 0, lambda part, _: self.fresh(part))
        name = f"F_{shape[0]}{shape[1]}"
        return self.symbols.setdefault(name, Symbol(name, shape))

    def of_full_rank(self, shape: Shape) -> Node:
        """A name, which is not skew: of odd size that is singular."""
        found = self.symbol(shape)
        return self.free(shape) if "skew" in found.attributes else found

    def fresh(self, shape: Shape) -> Node:
        """One without structure that was not drawn before: blocks and factors that are equal would spoil the rank."""
        if any(isinstance(dim, DimSum) or dim == 2 for dim in shape):
            return self.free(shape)
        name = f"F{len(self.symbols)}_{shape[0]}{shape[1]}"
        return self.symbols.setdefault(name, Symbol(name, shape))

    def constant(self, shape: Shape) -> Node:
        """An input that nobody differentiates by."""
        if any(isinstance(dim, DimSum) or dim == 2 for dim in shape):
            return self.pieces(shape, 0, lambda part, _: self.constant(part))
        name = f"C_{shape[0]}{shape[1]}"
        return self.symbols.setdefault(name, Symbol(name, shape, ("constant",)))

    def attributes(self, shape: Shape) -> tuple[str, ...]:
        """At most one, which an array of this shape may have."""
        rows, columns = shape
        if self.favourite and rows == columns != 1:
            return (self.favourite,)
        if 1 in shape or self.random.random() >= self.structured:
            return ()
        square = (*STRUCTURED, *STRUCTURED, "invertible") if rows == columns else ()
        return (self.random.choice((*square, "onehot", "binary", "positive")),)

    def dim(self) -> Dim:
        return self.random.choice(DIMS[:3])

    def wide(self, often: float = 0.3) -> Dim:
        """A dimension, now and then a product or a sum."""
        if self.random.random() >= often:
            return self.dim()
        a, b = self.dim(), self.dim()
        kind, dim = self.random.choice((("product", dim_mul(a, b)), ("sum", dim_add(a, b))))
        self.parts[dim] = (kind, a, b)
        return dim

    def shape(self) -> Shape:
        return self.random.choice(((self.wide(), 1), (1, self.wide()), (self.wide(), self.wide()), (self.dim(),) * 2))

    def matrix_shape(self) -> Shape:
        return self.wide(), self.wide()

    def eps(self) -> Node:
        return Number(Fraction(self.random.randint(1, 3), 10))

    # Domains.

    def positive(self, shape: Shape, depth: int) -> Node:
        """Entries well above zero."""
        a = self.array(shape, depth - 1)
        return self.random.choice(
            [
                plus(ones(*shape), power(a, 2)),
                term(ops.function("exp"), scale(Number(Fraction(1, 4)), term(ops.function("tanh"), a))),
            ]
        )

    def definite(self, n: Dim, depth: int) -> Node:
        """A positive definite matrix: an input that is, or I + A A' / 2 (with an A that leaves eigenvalues simple)."""
        known = [s for s in self.symbols.values() if s.shape == (n, n) and "pd" in s.attributes]
        if known and self.random.random() < 0.5:
            return self.random.choice(known)
        a = plus(self.free((n, n)), self.array((n, n), depth - 1)) if depth > 0 else self.free((n, n))
        return plus(eye(n), scale(Number(Fraction(1, 2)), matmul(a, T(a))))

    def symmetric(self, n: Dim, depth: int) -> Node:
        a = plus(self.free((n, n)), self.array((n, n), depth - 1)) if depth > 0 else self.free((n, n))
        return self.random.choice([plus(a, T(a)), self.definite(n, depth), matmul(T(a), a)])

    def invertible(self, n: Dim, depth: int) -> Node:
        """Positive definite, or near the identity without being symmetric; the principal root and logarithm exist."""
        return self.random.choice([self.definite(n, depth), plus(eye(n), self.bounded((n, n), depth, 8))])

    def bounded(self, shape: Shape, depth: int, by: int = 2) -> Node:
        return scale(Number(Fraction(1, by)), term(ops.function("tanh"), self.array(shape, depth - 1)))

    def full_rank(self, shape: Shape, depth: int) -> Node:
        a = self.free(shape)
        return a if depth <= 0 or self.random.random() < 0.3 else plus(a, self.bounded(shape, depth))

    # Expressions.

    def array(self, shape: Shape, depth: int) -> Node:
        """An expression of the given shape."""
        if depth <= 0:
            plain = not any(isinstance(dim, DimSum) or dim == 2 for dim in shape)
            return self.symbol(shape) if plain else self.pieces(shape, 0)
        kinds = self.kinds(shape)
        rows = [make for kind, make in ROWS if kind in kinds]
        return self.random.choice(rows)(self, shape, depth - 1)

    def kinds(self, shape: Shape) -> set[str]:
        """Which rows of ROWS can draw an expression of this shape."""
        rows, columns = shape
        found = {"any"}
        if shape == (1, 1):
            found.add("scalar")
        elif 1 not in shape:
            found |= {"matrix", "square"} if rows == columns else {"matrix"}
        else:
            found.add("column" if columns == 1 else "row")
        if shape != (1, 1):
            found.add("array")
        if any(isinstance(dim, DimSum) or dim == 2 for dim in shape):
            return found | {"composite"}
        return found | ({"plain", "plain matrix"} if "matrix" in found else {"plain"})

    def pieces(self, shape: Shape, depth: int, draw: Callable[[Shape, int], Node] | None = None) -> Node:
        """An array with a dimension that is a product, a sum or a number, made of arrays with dimensions that are not.

        Raises KeyError for a dimension that `wide` has not made.
        """
        rows, columns = shape
        draw = draw or self.array
        d = depth - 1
        if rows == 2:
            return term(ops.TABLE["rowrange"], draw((self.random.choice("nk"), columns), d), Number(1), Number(2))
        above, left = self.parts.get(rows), self.parts.get(columns)
        if above and above[0] == "sum":
            return term(ops.TABLE["vcat"], draw((above[1], columns), d), draw((above[2], columns), d))
        if left and left[0] == "sum":
            return term(ops.TABLE["hcat"], draw((rows, left[1]), d), draw((rows, left[2]), d))
        if above and columns == 1 and self.random.random() < 0.6:
            return term(ops.TABLE["vec"], draw((above[1], above[2]), d))
        one, two = ((above or ("", 1, rows))[1:], (left or ("", 1, columns))[1:])
        return term(ops.TABLE["kron"], draw((one[0], two[0]), d), draw((one[1], two[1]), d))

    def larger(self, dim: Dim) -> tuple[Dim, Node, Node]:
        """A sum of `dim` and another dimension, and the first and last index of a part that is `dim` long."""
        other = self.dim()
        total = dim_add(dim, other)
        if isinstance(dim, str):
            self.parts[total] = ("sum", dim, other)
        if self.random.random() < 0.5:
            return total, Number(1), size_node(dim)
        return total, size_node(dim_add(other, 1)), size_node(total)

    def traced(self, shape: Shape, depth: int) -> Node:
        """A partial trace."""
        size = self.dim()
        rows, columns = (dim_mul(size, dim) for dim in shape)
        for whole, dim in ((rows, shape[0]), (columns, shape[1])):
            self.parts[whole] = ("product", size, dim)
        return term(
            ops.TABLE[self.random.choice(("ptrace1", "ptrace2"))], self.array((rows, columns), depth), size_node(size)
        )

    def unstacked(self, shape: Shape, depth: int) -> Node:
        whole = dim_mul(*shape)
        self.parts[whole] = ("product", *shape)
        if self.random.random() < 0.3:
            column = matmul(ops.commutation(*shape[::-1]), term(ops.TABLE["vec"], self.array(shape[::-1], depth)))
        else:
            column = self.array((whole, 1), depth)
        return term(ops.TABLE["unvec"], column, *map(size_node, shape))

    def halved(self, shape: Shape, depth: int) -> Node:
        """A square array, its part of a structure with other weights: D D' of its stacked columns is added."""
        half = term(self.random.choice([*ops.DUPLICATIONS.values()]), size_node(shape[0]))
        whole = self.array(shape, 0)
        column = matmul(half, T(half), term(ops.TABLE["vec"], whole))
        return plus(whole, term(ops.TABLE["unvec"], column, *map(size_node, shape)))

    def part(self, shape: Shape, depth: int) -> Node:
        """Some rows or columns of a larger array."""
        rows, columns = shape
        if isinstance(rows, str) and (not isinstance(columns, str) or self.random.random() < 0.5):
            total, first, last = self.larger(rows)
            return term(ops.TABLE["rowrange"], self.array((total, columns), depth), first, last)
        total, first, last = self.larger(columns)
        return term(ops.TABLE["colrange"], self.array((rows, total), depth), first, last)

    def exponent(self) -> Node:
        """A whole number, or a name for one."""
        if self.random.random() < 0.6:
            return Number(self.random.choice((2, 3)))
        return self.symbols.setdefault("p", Symbol("p", (1, 1), ("constant",)))

    def atom(self, shape: Shape) -> Node | None:
        """A vector, a matrix of vectors or an indicator of a constant matrix."""
        rows = shape[0]
        name = self.random.choice(sorted(ATOMS))
        size: Shape = {"eigvec_max": (rows, rows), "eigvec_min": (rows, rows), "singular_u1": (rows, "n")}.get(
            name, shape
        )
        size = ("n", rows) if name == "singular_v1" else ("n", rows) if name == "singular_v" else size
        if any(isinstance(dim, DimSum) or dim == 2 for dim in size) or size == (1, 1):
            return None
        c = self.constant(size)
        count = (Number(2),) if ops.TABLE[name].signature.sized else ()
        found = term(ops.TABLE[name], plus(c, T(c)) if name.startswith("eigvec") else c, *count)
        return found if found.shape == shape else None

    def stepped(self, shape: Shape, depth: int) -> Node:
        """An array times one of zeros, ones and signs that are constant nearby."""
        a, b = self.array(shape, depth), self.array(shape, depth - 1)
        signs = (term(ops.TABLE["step_ge"], a, b), term(ops.function("sign"), a), term(ops.function("step"), a))
        return hadamard(self.random.choice(signs), b)

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
        body = self.random.choice([make for kind, make in ROWS if kind == "scalar"])(self, (1, 1), depth - 1)
        objective = Symbol("J", (1, 1), (), body)
        return Program(
            tuple(self.symbols.values()), (*self.definitions, objective), objective, functions=self.functions
        )


# ----------------------------------------------------------------------------------------------------------------- rows

Make: TypeAlias = Callable[[Generator, Shape, int], Node]


def transposed(node: Node) -> Node:
    """A', and a number as it is: no text says anything else."""
    return node if isinstance(node, Number) else T(node)


def _of(name: str, shape_of: Callable[[Generator, Shape], Shape]) -> Make:
    # The operator `name` of an array of another shape.
    return lambda g, s, d: term(ops.TABLE[name], g.array(shape_of(g, s), d))


def _whole(name: str) -> Make:
    return _of(name, lambda g, s: g.shape())


def _square(name: str, kind: str) -> Make:
    def make(g: Generator, s: Shape, d: int) -> Node:
        n = s[0] if s[0] != 1 else g.wide(0.1)
        argument = getattr(g, kind)((n, n) if kind in ("array", "bounded", "full_rank") else n, d)
        return term(ops.TABLE[name], argument)

    return make


def _directed(name: str) -> Make:
    def make(g: Generator, s: Shape, d: int) -> Node:
        c = g.constant(s)
        a = plus(eye(s[0]), scale(Number(Fraction(1, 4)), plus(matmul(c, T(c)), c)))
        more = (g.constant(s),) if name.endswith("2") else ()
        return term(ops.TABLE[name], a, *more, g.array(s, d))

    return make


def _rows(name: str, eps: bool = False) -> Make:
    def make(g: Generator, s: Shape, d: int) -> Node:
        shape = (s[0], g.wide()) if s[1] == 1 else (g.wide(), s[1])
        more = (g.eps() if g.random.random() < 0.5 else Number(0),) if eps else ()
        a = g.full_rank(shape, d) if eps else g.array(shape, d)
        return term(ops.TABLE[name], a, *more)

    return make


def _normalized(name: str) -> Make:
    def make(g: Generator, s: Shape, d: int) -> Node:
        return term(ops.TABLE[name], g.full_rank(s, d), g.eps() if g.random.random() < 0.5 else Number(0))

    return make


BY_HAND: tuple[tuple[str, Make], ...] = (
    # Of every shape.
    ("plain", lambda g, s, d: g.symbol(s)),
    ("composite", lambda g, s, d: g.pieces(s, d)),
    ("composite", lambda g, s, d: g.pieces(s, d)),
    ("any", lambda g, s, d: plus(g.array(s, d), g.array(s, d))),
    ("any", lambda g, s, d: plus(g.array(s, d), ops.negative(g.array(s, d)))),
    ("any", lambda g, s, d: plus(ones(*s), ops.negative(g.array(s, d)))),
    ("any", lambda g, s, d: scale(g.array((1, 1), d), g.array(s, d))),
    (
        "any",
        lambda g, s, d: scale(Number(Fraction(g.random.randint(-3, 3) or 2, g.random.choice((1, 2)))), g.array(s, d)),
    ),
    ("any", lambda g, s, d: scale(term(ops.TABLE[g.random.choice(("pi", "e"))]), g.array(s, d))),
    ("any", lambda g, s, d: hadamard(g.array(s, d), g.array(s, d))),
    ("any", lambda g, s, d: power(g.array(s, d), g.random.choice((2, 3)))),
    ("any", lambda g, s, d: power(g.positive(s, d), g.array((1, 1), d - 1))),
    ("any", lambda g, s, d: hadamard(g.array(s, d), ops.reciprocal(g.positive(s, d)))),
    ("any", lambda g, s, d: transposed(g.array((s[1], s[0]), d))),
    *[("any", lambda g, s, d: matmul(g.array((s[0], j := g.wide(0.1)), d), g.array((j, s[1]), d)))] * 2,
    *[("any", lambda g, s, d: term(ops.function(g.random.choice(SMOOTH)), g.array(s, d)))] * 4,
    *[("any", lambda g, s, d: term(ops.function(g.random.choice(POSITIVE)), g.positive(s, d)))] * 2,
    ("any", lambda g, s, d: term(ops.function(g.random.choice(("asin", "acos"))), g.bounded(s, d))),
    ("any", lambda g, s, d: term(ops.function(g.random.choice((*g.functions * 4, "sin", "tan"))), g.array(s, d))),
    ("any", lambda g, s, d: term(ops.TABLE[g.random.choice(("max", "min"))], g.array(s, d), g.array(s, d))),
    ("any", lambda g, s, d: term(ops.TABLE["max"], g.array(s, d), ops.zeros(*s))),
    ("any", lambda g, s, d: g.stepped(s, d)),
    ("any", lambda g, s, d: g.defined(s, d)),
    # Of every shape but 1×1.
    ("array", lambda g, s, d: term(ops.TABLE[f"{'log_' * g.random.randint(0, 1)}softmax_rows"], g.array(s, d))),
    ("array", lambda g, s, d: term(ops.TABLE[f"{'log_' * g.random.randint(0, 1)}softmax_columns"], g.array(s, d))),
    *[("array", lambda g, s, d: g.atom(s) or g.array(s, d))] * 2,
    *[("column", lambda g, s, d: g.atom(s) or g.array(s, d))] * 2,
    ("array", lambda g, s, d: T(term(ops.TABLE["pinv"], g.full_rank(s, d)))),
    # Scalars.
    *[("scalar", _whole(name)) for name in ("sum", "mean", "var", "largest", "smallest")],
    *[("scalar", _of("tr", lambda g, s: (n := g.wide(0.2), n)))] * 2,
    ("scalar", lambda g, s, d: term(ops.TABLE["prod"], g.positive(g.shape(), d))),
    ("scalar", lambda g, s, d: term(ops.TABLE["std"], g.full_rank(g.shape(), d))),
    ("scalar", lambda g, s, d: term(ops.TABLE["norm"], plus(ones(*(t := g.shape())), power(g.array(t, d), 2)))),
    ("scalar", _square("logdet", "definite")),
    ("scalar", _square("det", "invertible")),
    ("scalar", _square("lambda_max", "symmetric")),
    ("scalar", _square("lambda_min", "symmetric")),
    ("scalar", lambda g, s, d: term(ops.TABLE["norm_spec"], g.full_rank(g.matrix_shape(), d))),
    ("scalar", lambda g, s, d: term(ops.TABLE["norm_nuc"], g.full_rank(g.matrix_shape(), d))),
    ("scalar", lambda g, s, d: term(ops.TABLE["logsumexp_columns"], g.array((g.wide(), 1), d))),
    ("scalar", lambda g, s, d: ops.inner(g.array(t := g.shape(), d), g.array(t, d))),
    ("scalar", lambda g, s, d: ops.inner(g.array(t := g.matrix_shape(), d), g.array(t, d))),
    # Columns and rows.
    *[("column", _rows(name)) for name in ("rowsum", "rowsum", "rowmean", "rowvar", "logsumexp_rows")],
    ("column", _rows("rowstd", eps=True)),
    ("column", _of("diagonal", lambda g, s: (s[0], s[0]))),
    *[("row", _rows(name)) for name in ("colsum", "colmean", "colvar", "logsumexp_columns")] * 2,
    ("row", _rows("colstd", eps=True)),
    # Matrices.
    ("matrix", _normalized("layer_norm")),
    ("matrix", _normalized("batch_norm")),
    ("column", _normalized("batch_norm")),
    ("plain matrix", lambda g, s, d: g.unstacked(s, d)),
    ("plain matrix", lambda g, s, d: g.traced(s, d)),
    *[("plain matrix", lambda g, s, d: g.part(s, d))] * 2,
    ("square", lambda g, s, d: g.halved(s, d)),
    ("plain matrix", lambda g, s, d: term(ops.TABLE["polar"], g.of_full_rank(s))),
    # Square matrices.
    ("square", lambda g, s, d: ops.inv(g.invertible(s[0], d))),
    ("square", lambda g, s, d: plus(a := g.array(s, d), T(a))),
    ("square", lambda g, s, d: matmul(T(a := g.array(s, d)), g.array(s, 0), a)),
    ("square", _of("diag", lambda g, s: (s[0], 1))),
    ("square", lambda g, s, d: term(ops.TABLE["matpow"], g.array(s, d), g.exponent())),
    ("square", lambda g, s, d: term(ops.TABLE["matpow"], g.invertible(s[0], d), Number(-2))),
    ("square", lambda g, s, d: term(ops.TABLE["power_frechet"], g.constant(s), g.array(s, d), g.exponent())),
    *[("square", _of(name, lambda g, s: s)) for name in ("tril", "triu", "tril_half")],
    ("square", _square("expm", "bounded")),
    ("square", _square("logm", "invertible")),
    ("square", _square("sqrtm", "invertible")),
    ("square", _square("chol", "definite")),
    *[("square", _directed(f"{name}_frechet")) for name in ("expm", "logm", "sqrtm")],
    *[("square", _directed(f"{name}_frechet2")) for name in ("expm", "logm")],
    (
        "square",
        lambda g, s, d: term(ops.TABLE["power_frechet2"], g.constant(s), g.array(s, 0), g.array(s, d), g.exponent()),
    ),
    ("plain matrix", lambda g, s, d: term(ops.TABLE["polar_frechet"], g.constant(s), g.array(s, d))),
)
OF_ONE = {
    ("n×m", "1×1"): ("scalar", lambda g, s: g.shape()),
    ("n×n", "1×1"): ("scalar", lambda g, s: (n := g.wide(0.1), n)),
    ("n×1", "1×1"): ("scalar", lambda g, s: (g.wide(), 1)),
    ("n×m", "n×1"): ("column", lambda g, s: (s[0], g.wide())),
    ("n×m", "1×m"): ("row", lambda g, s: (g.wide(), s[1])),
    ("n×1", "n×1"): ("column", lambda g, s: s),
    ("n×m", "n×m"): ("array", lambda g, s: s),
    ("n×n", "n×n"): ("square", lambda g, s: s),
}
"""The shapes of argument and result in a signature -> the shapes that a row draws, and the argument's shape."""


def _by_signature(drawn: frozenset[str]) -> Iterator[tuple[str, Make]]:
    # A row for every operator that no row by hand draws; a square argument is invertible.
    for name, op in ops.TABLE.items():
        before, _, after = op.signature.text.partition(" -> ")
        if name in DRAWN - drawn and op not in ops.SIZED and op.function is None and op.signature.arguments:
            kind, shape_of = OF_ONE.get((before, after), ("scalar", None))
            if shape_of is None:
                yield kind, _with_others(op)
            else:
                yield kind, _square(name, "invertible") if before == "n×n" else _of(name, shape_of)


def _with_others(op: Operator) -> Make:
    # Of several arguments, whose letters are any sizes; a size is 2. Of what is no scalar the squares are summed.
    def make(g: Generator, s: Shape, d: int) -> Node:
        letters: dict[Dim, Dim] = {1: 1, 3: 3}
        shapes = [
            (letters.setdefault(rows.dim, g.dim()), letters.setdefault(columns.dim, g.dim()))
            for rows, columns in (argument.sides for argument in op.signature.arguments)
        ]
        sizes = [bool(argument.size) for argument in op.signature.arguments]
        args = [Number(2) if size else g.array(shape, d) for shape, size in zip(shapes, sizes, strict=True)]
        found = term(op, *args)
        return found if found.is_scalar else ops.inner(found, found)

    return make


def operators_of(rows: tuple[tuple[str, Make], ...]) -> frozenset[str]:
    # The operators that some rows draw at the top of what they draw.
    found = set()
    shapes: dict[str, Shape] = {"scalar": (1, 1), "column": ("n", 1), "row": (1, "n"), "square": ("n", "n")}
    for seed in range(12):
        for kind, make in rows:
            for node in postorder(make(Generator(seed), shapes.get(kind, ("n", "m")), 0)):
                if isinstance(node, Term):
                    found.add(node.op.name)
    return frozenset(found)


ROWS = (*BY_HAND, *_by_signature(operators_of(BY_HAND)))

# --------------------------------------------------------------------------------------------------------------- values


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
            found[f"d{s.name}"] = increment(s, rng.uniform(-1, 1, shape), found[s.name])
    return found


def value(symbol: Symbol, a: np.ndarray[Any, Any], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """`a` made into a value that `symbol` may have."""
    attributes = symbol.attributes
    if symbol.name == "p":
        result: np.ndarray[Any, Any] = np.full((1, 1), 3.0)
    elif "pd" in attributes:
        result = a @ a.T / 2 + np.eye(len(a))
    elif "psd" in attributes:
        result = a @ a.T / 2
    elif "orthogonal" in attributes:
        result = np.linalg.qr(a)[0]
    elif "onehot" in attributes:
        result = np.eye(a.shape[1])[rng.integers(0, a.shape[1], a.shape[0])]
    elif "binary" in attributes:
        result = (a > 0).astype(float)
    elif "positive" in attributes:
        result = np.abs(a) + 0.1
    elif "invertible" in attributes:
        result = a / 2 + np.eye(len(a))
    else:
        result = increment(symbol, a, a)
    return result


def increment(symbol: Symbol, a: np.ndarray[Any, Any], at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`a` made into an increment that keeps the structure of `symbol` at the value `at`."""
    attributes = symbol.attributes
    if attributes & {"symmetric", "pd", "psd"}:
        return (a + a.T) / 2
    if "skew" in attributes:
        return (a - a.T) / 2
    if "orthogonal" in attributes:
        turn: np.ndarray[Any, Any] = at @ (a - a.T) / 2
        return turn
    return independent(symbol, a)


def independent(symbol: Symbol, a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The part of `a` that holds the independent entries of `symbol`, each once."""
    attributes = symbol.attributes
    if attributes & {"symmetric", "pd", "psd", "lower"}:
        return np.tril(a)
    if "skew" in attributes:
        return np.tril(a, -1)
    if "upper" in attributes:
        return np.triu(a)
    return np.diag(np.diag(a)) if "diagonal" in attributes else a
