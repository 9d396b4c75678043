"""What is printed as text parses again to the same expression."""

from __future__ import annotations

from fractions import Fraction

import pytest
from document.drawn import Blocks
from hypothesis import given
from hypothesis import strategies as st
from random_expressions import Generator, transposed
from write.test_forms import FORMS

from matcalc import operators as ops
from matcalc.dims import dim_add, dim_mul
from matcalc.expr import Node, Number, Shape, Size, Slot, Symbol, Term, postorder, symbols
from matcalc.operators import eye, hadamard, matmul, negative, ones, plus, reciprocal, scale, term
from matcalc.syntax import parse_expression
from matcalc.write import ASCII, TEXT, write


class Odd(Generator):
    """Draws what is rare and hard to print as well: fractions, signs, constants, spread scalars, all powers."""

    def array(self, shape: Shape, depth: int) -> Node:
        if depth <= 0 or self.random.random() < 0.5:
            return super().array(shape, depth)
        rows, columns = shape
        d = depth - 1
        choose = self.random.choice
        scalar = self.array((1, 1), d)
        makers = [
            lambda: scale(hadamard(self.number(), reciprocal(scalar)), self.array(shape, d)),
            lambda: scale(reciprocal(scalar), self.array(shape, d)),
            lambda: scale(hadamard(self.number(), scalar, Size("n")), self.array(shape, d)),
            lambda: scale(scalar, scale(self.number(), self.array(shape, d))),
            lambda: negative(negative(self.array(shape, d))),
            lambda: plus(self.array(shape, d), negative(plus(self.array(shape, d), self.array(shape, d)))),
            lambda: plus(self.array(shape, d), scale(scalar, ones(*shape))),
            lambda: plus(self.array(shape, d), scale(hadamard(Number(-2), scalar), ones(*shape))),
            lambda: plus(scale(self.number(), ones(*shape)), self.array(shape, d)),
            lambda: plus(self.array(shape, d), ops.zeros(*shape)),
            lambda: ops.power(
                self.array(shape, d), choose((-1, -2, Number(Fraction(1, 2)), Number(Fraction(-1, 2)), Size("n")))
            ),
            lambda: ops.power(self.array(shape, d), scalar),
            lambda: hadamard(reciprocal(self.array(shape, d)), self.array(shape, d)),
            lambda: hadamard(self.array(shape, d), reciprocal(self.array(shape, d)), reciprocal(self.array(shape, d))),
            lambda: hadamard(self.array(shape, d), negative(self.array(shape, d))),
            lambda: hadamard(self.number(), scalar) if shape == (1, 1) else scale(self.number(), self.array(shape, d)),
            lambda: term(
                ops.TABLE["max"], self.array(shape, d), choose((ops.zeros(*shape), scale(scalar, ones(*shape))))
            ),
            lambda: term(ops.TABLE["step_ge"], ones(*shape), self.array(shape, d)),
            lambda: term(ops.function("f", choose((0, 1, 2))), self.array(shape, d)),
            lambda: transposed(transposed(self.array(shape, d))),
            lambda: matmul(self.array((rows, 1), d), self.array((1, columns), d)),
            lambda: choose((ones, ops.zeros))(*shape),
            lambda: matmul(ones(rows), transposed(self.array((columns, 1), d))),
            lambda: plus(self.array(shape, d), matmul(ones(rows), self.array((1, columns), d))),
            lambda: plus(self.array(shape, d), matmul(self.array((rows, 1), d), transposed(ones(columns)))),
        ]
        if shape == (1, 1):
            makers += [
                lambda: Size("n"),
                self.number,
                lambda: hadamard(reciprocal(scalar), self.array((1, 1), d), reciprocal(self.array((1, 1), d))),
                lambda: ops.inner(negative(self.array(("n", "m"), d)), self.array(("n", "m"), d)),
                lambda: ops.inner(self.array(("n", 1), d), ones("n")),
                lambda: hadamard(scalar, ops.inner(self.array(("n", 1), d), self.array(("n", 1), d))),
                lambda: matmul(*(self.array(s, d) for s in ((1, "n"), ("n", 1), (1, "m"), ("m", 1)))),
            ]
        if rows == columns != 1:
            makers += [
                lambda: eye(rows),
                lambda: plus(self.array(shape, d), scale(scalar, eye(rows))),
                lambda: matmul(self.array(shape, d), eye(rows)),
                lambda: transposed(term(ops.TABLE["inv"], self.array(shape, d))),
                lambda: term(ops.TABLE["matpow"], self.array(shape, d), choose((scalar, Number(-2)))),
            ]
        return choose(makers)()

    def number(self) -> Node:
        """A number, negative ones and fractions among them."""
        return Number(
            self.random.choice((2, 3, -1, -2, Fraction(1, 2), Fraction(-2, 3), Fraction(1, 100), Fraction(7, 4)))
        )


def arithmetic(node: Node) -> bool:
    """Does it divide numbers, or raise one to -1? Written down, that is another number."""
    for n in postorder(node):
        if isinstance(n, Term) and n.op is ops.TABLE["power"] and isinstance(n.args[0], Number):
            return True
    return False


def parsed(text: str, node: Node) -> Node:
    """`text` read with the names of `node` declared."""
    functions = [n.op.function for n in postorder(node) if isinstance(n, Term) and n.op.function]
    names = {s.name: s for s in symbols(node)} | {"N": Symbol("N", ("n", "m"))}
    return parse_expression(text, names, tuple(functions), node.shape)


PLAIN = [
    node
    for node, _, _ in FORMS
    if not any(isinstance(n, Slot) or (isinstance(n, Term) and n.op is ops.D) for n in postorder(node))
]


@pytest.mark.parametrize("node", PLAIN, ids=[write(node, ASCII) for node in PLAIN])
def test_every_form_parses_to_itself(node: Node) -> None:
    for notation in (TEXT, ASCII):
        assert parsed(write(node, notation), node) is node


_x, _y = Symbol("x", ("n", 1)), Symbol("y", ("n", 1))
_norm = term(ops.TABLE["norm"], _x)
NORMS = [
    (_norm, "‖x‖"),
    (ops.power(_norm, 2), "‖x‖^2"),
    (hadamard(_norm, term(ops.TABLE["norm"], _y)), "‖x‖ ‖y‖"),
    (scale(reciprocal(_norm), _x), "x / ‖x‖"),
    (hadamard(_norm, reciprocal(_norm)), "‖x‖ / ‖x‖"),
    (term(ops.TABLE["norm"], negative(_x)), "‖-x‖"),
    (term(ops.TABLE["norm"], plus(scale(_norm, _y), _x)), "norm(‖x‖ y + x)"),
    (term(ops.TABLE["norm"], term(ops.TABLE["norm"], _norm)), "norm(norm(‖x‖))"),
    (ops.T(_norm), "‖x‖'"),
    (term(ops.function("exp"), _norm), "exp(‖x‖)"),
]


@pytest.mark.parametrize(("node", "text"), NORMS, ids=[text for _, text in NORMS])
def test_norms_are_bars_that_close_where_they_should(node: Node, text: str) -> None:
    assert write(node, TEXT) == text
    assert "‖" not in write(node, ASCII)
    for notation in (TEXT, ASCII):
        assert parsed(write(node, notation), node) is node


SHAPES: tuple[Shape, ...] = (
    *((1, 1), ("n", 1), ("n", "m"), ("k", "k"), (1, "m")),
    *((dim_mul("n", "m"), 1), (dim_mul("n", "m"), dim_mul("n", "k")), (dim_add("n", "m"), dim_add("n", 2))),
)


@given(st.integers(0, 10**9), st.integers(1, 6), st.sampled_from([Generator, Odd, Blocks]))
def test_random_expressions_parse_to_themselves(seed: int, depth: int, kind: type[Generator]) -> None:
    generator = kind(seed)
    node = generator.array(generator.random.choice(SHAPES if kind is Blocks else SHAPES[:5]), depth)
    if not arithmetic(node):
        for notation in (TEXT, ASCII):
            text = write(node, notation)
            assert parsed(text, node) is node, text


def test_numbers_beside_an_array_say_no_size() -> None:
    t = Symbol("t", (1, 1))
    for text in ("sum(huber(eye(n), t))", "huber(ones(n), t) : y + clip(eye(n), 0, t) : A"):
        names = {"t": t, "y": Symbol("y", ("n", 1)), "A": Symbol("A", ("n", "n"))}
        node = parse_expression(text, names)
        assert parse_expression(write(node, TEXT), names) is node
