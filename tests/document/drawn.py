"""Random expressions over Kronecker products, blocks, ranges, functions of a matrix and statistics."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from random_expressions import Generator

from matcalc.dims import Dim, DimSum, dim_add, dim_divide, dim_mul
from matcalc.expr import Node, Number, Shape, Symbol
from matcalc.operators import TABLE, T, eye, hadamard, matmul, negative, ones, plus, scale, size_node, term, zeros

Makers = list[Callable[[], Node]]

SQUARE = "tril triu tril_half expm logm sqrtm chol pinv inv"
IN_DIRECTION = "expm_frechet logm_frechet sqrtm_frechet"
TWICE = "expm_frechet2 logm_frechet2"
SCALARS = "largest smallest norm norm_spec norm_nuc var std sum mean"
SAME = "indicator_max indicator_min singular_u polar"


class Blocks(Generator):
    """Draws every operator of the later chapters, in shapes that are polynomials too."""

    def symbol(self, shape: Shape) -> Symbol:
        """An input, without attributes."""
        known = [s for s in self.symbols.values() if s.shape == shape]
        if len(known) < 2:
            letter = "x" if 1 in shape else "A"
            name = f"{letter}{len(self.symbols)}"
            known.append(self.symbols.setdefault(name, Symbol(name, shape)))
        return self.random.choice(known)

    def array(self, shape: Shape, depth: int) -> Node:
        """An expression of the given shape."""
        if depth <= 0:
            return self.symbol(shape)
        makers = self.anything(shape, depth - 1)
        if shape == (1, 1):
            makers += self.numbers(depth - 1) * 2
        elif shape[1] == 1:
            makers += self.columns(shape[0], depth - 1)
        elif shape[0] == 1:
            makers += self.rows(shape[1], depth - 1)
        elif shape[0] == shape[1]:
            makers += self.squares(shape[0], depth - 1)
        if shape[1] != 1:
            size = dim_mul(*shape)
            makers.append(lambda: self.of("unvec", (size, 1), depth - 1, *map(size_node, shape)))
        if any(isinstance(dim, DimSum) for dim in shape):
            makers += [lambda: self.product(shape, depth - 1), lambda: self.block(shape, depth - 1)] * 5
        return self.random.choice(makers)()

    def op(self, name: str, *args: Node) -> Node:
        """A term of one of the operators named."""
        return term(TABLE[self.random.choice(name.split())], *args)

    def of(self, name: str, shape: Shape, depth: int, *more: Node) -> Node:
        """The same, of an array of this shape."""
        return self.op(name, self.array(shape, depth), *more)

    def small(self) -> Node:
        """What is added to a variance."""
        return self.random.choice((Number(0), Number(Fraction(1, 1000)), self.symbol((1, 1))))

    def anything(self, shape: Shape, d: int) -> Makers:
        rows, columns = shape
        i, j = self.random.choice(("n", "m", 3)), self.random.choice(("n", "m", "k", 2))
        ij = dim_mul(i, j)
        makers: Makers = [
            lambda: self.of(
                "rowrange", (dim_add(rows, j), columns), d, size_node(dim_add(j, 1)), size_node(dim_add(rows, j))
            ),
            lambda: self.of("colrange", (rows, dim_add(columns, j)), d, Number(1), size_node(columns)),
            lambda: self.of("ptrace1 ptrace2", (dim_mul(j, rows), dim_mul(j, columns)), d, size_node(j)),
            lambda: matmul(self.array((rows, ij), d), self.array((ij, columns), d)),
            lambda: matmul(
                term(TABLE["hcat"], self.array((rows, i), d), self.array((rows, j), d)),
                term(TABLE["vcat"], self.array((i, columns), d), self.array((j, columns), d)),
            ),
            lambda: scale(Number(self.random.choice((2, -1, Fraction(1, 2)))), self.array(shape, d)),
            lambda: scale(self.array((1, 1), d), self.array(shape, d)),
            lambda: plus(self.array(shape, d), negative(self.array(shape, d))),
            lambda: plus(self.array(shape, d), self.random.choice((ones, zeros))(*shape)),
            lambda: hadamard(self.array(shape, d), self.array(shape, d)),
            lambda: T(self.array((columns, rows), d)),
        ]
        if 1 not in shape:
            makers += [
                lambda: self.of("layer_norm batch_norm", shape, d, self.small()),
                lambda: self.of(SAME, shape, d),
                lambda: self.of("pinv", (columns, rows), d),
                lambda: self.of("polar_frechet", shape, d, self.array(shape, d)),
                lambda: self.product(shape, d),
            ]
        return makers

    def squares(self, n: Dim, d: int) -> Makers:
        return [
            *[lambda: self.of(SQUARE, (n, n), d)] * 3,
            lambda: self.of("singular_v", ("m", n), d),
            lambda: self.of(IN_DIRECTION, (n, n), d, self.array((n, n), d)),
            lambda: self.of(
                "power_frechet",
                (n, n),
                d,
                self.array((n, n), d),
                self.random.choice((self.array((1, 1), d), Number(3))),
            ),
            lambda: self.of(TWICE, (n, n), d, self.array((n, n), d), self.array((n, n), d)),
            lambda: self.of("power_frechet2", (n, n), d, self.array((n, n), d), self.array((n, n), d), Number(3)),
            lambda: eye(n),
            lambda: plus(self.array((n, n), d), eye(n)),
        ]

    def columns(self, n: Dim, d: int) -> Makers:
        j = self.random.choice(("m", "k"))
        return [
            lambda: self.of("rowmean rowvar singular_u1", (n, j), d),
            lambda: self.of("singular_v1", (j, n), d),
            lambda: self.of("rowstd", (n, j), d, self.small()),
            lambda: self.of("eigvec_max eigvec_min", (n, n), d),
            lambda: self.of("batch_norm", (n, 1), d, self.small()),
        ]

    def rows(self, n: Dim, d: int) -> Makers:
        j = self.random.choice(("m", "k"))
        return [lambda: self.of("colmean colvar", (j, n), d), lambda: self.of("colstd", (j, n), d, self.small())]

    def numbers(self, d: int) -> Makers:
        i, j = self.random.choice(("n", "m", 3)), self.random.choice(("n", "m", "k", 2))
        return [
            lambda: self.of(SCALARS, (i, j), d),
            lambda: self.of("lambda_max lambda_min det tr", (i, i), d),
        ]

    def product(self, shape: Shape, d: int) -> Node:
        """A Kronecker product."""
        divisors = [[f for f in ("n", "m", "k", 2, 1) if dim_divide(dim, f) is not None] for dim in shape]
        rows, columns = (self.random.choice(found) for found in divisors)
        rest = dim_divide(shape[0], rows), dim_divide(shape[1], columns)
        assert rest[0] is not None and rest[1] is not None
        factors = [self.array((rows, columns), d), self.array((rest[0], rest[1]), d)]
        self.random.shuffle(factors)
        return term(TABLE["kron"], *factors)

    def block(self, shape: Shape, d: int) -> Node:
        """Blocks, where a dimension is a sum."""
        for name, dim in zip(("vcat", "hcat"), shape, strict=True):
            if isinstance(dim, DimSum) and len(dim.terms) > 1 and all(count > 0 for _, count in dim.terms):
                parts: list[Dim] = [reduce(dim_mul, names, count) for names, count in dim.terms]
                shapes = [(part, shape[1]) if name == "vcat" else (shape[0], part) for part in parts]
                return term(TABLE[name], *(self.array(part, d) for part in shapes))
        return self.product(shape, d)
