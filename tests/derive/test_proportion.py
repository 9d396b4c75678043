"""The work grows in proportion to the length of a program. It is counted in calls of functions, not in seconds."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from selection import some
from work import calls

import matcalc
from matcalc.errors import UnsupportedError

SHORT, LONG = 24, 120
"""Lengths that are compared: the longer one may cost 1.5 times as much for each part."""


def names(letter: str, n: int) -> list[str]:
    """a1, a2, …, an."""
    return [f"{letter}{i}" for i in range(1, n + 1)]


def gradient(source: str, *wrt: str) -> None:
    """A derivation without proof, every gradient asked for."""
    dict(matcalc.derive(source, wrt, verify=False))


def jacobian(source: str, wrt: str) -> None:
    """A Jacobian without proof."""
    matcalc.jacobian(source, wrt, verify=False)


def layered(n: int, p: str) -> None:
    """n layers, the gradients of all weights, and the text."""
    weights = names("W", n)
    lines = [f"a{i} = tanh(a{i - 1} {w})" for i, w in enumerate(weights, 1)]
    source = "\n".join([f"a0: m x {p}; {', '.join(weights)}: {p} x {p}", *lines, f"J = ||a{n}||^2"])
    matcalc.derive(source, weights, verify=False).to_text()


def chain(n: int, p: str) -> str:
    """n definitions, each of the one before it."""
    return "\n".join([f"x: {p}; A: {p} x {p}", "z0 = A x", *(f"z{i} = tanh(A z{i - 1})" for i in range(1, n))])


def nested(op: str, inner: str, n: int) -> str:
    """op(op(… inner)), for op( as it is written."""
    return op * n + inner + ")" * n


KINDS: dict[str, Callable[[int, str], None]] = {
    "Jacobian of nested functions": lambda n, p: jacobian(f"x: {p}\n{nested('f(', 'x', n)}", "x"),
    "Jacobian of nested inverses": lambda n, p: jacobian(f"X: {p} x {p}\n{nested('inv(', 'X', n)}", "X"),
    "nested logarithms": lambda n, p: gradient(f"x: {p}\nJ = sum({nested('log(', 'x', n)})", "x"),
    "nested inverses": lambda n, p: gradient(f"X: {p} x {p}\nJ = sum({nested('inv(', 'X', n)})", "X"),
    "nested hyperbolic tangents": lambda n, p: gradient(f"x: {p}\nJ = sum({nested('tanh(', 'x', n)})", "x"),
    "nested linear operators": lambda n, p: gradient(f"X: {p} x {p}\nJ = {nested('tr(', 'X', n)}", "X"),
    "terms with two rules each": lambda n, p: gradient(
        f"X: {p} x {p}; {', '.join(names('A', n))}: {p} x {p}\n"
        + f"J = {' + '.join(f'tr({a} inv(X))' for a in names('A', n))}",
        "X",
    ),
    "product of one matrix": lambda n, p: gradient(f"A: {p} x {p}; x: {p}\nJ = sum({'A ' * n}x)", "x"),
    "product of scalars": lambda n, p: gradient(f"x: {p}\nJ = {' '.join(names('s', n))} x'x", "x"),
    "quotients": lambda n, p: gradient(f"x: {p}\nJ = x'x{''.join(f' / {s}' for s in names('s', n))}", "x"),
    "network, derived and written": layered,
    "definitions in reverse": lambda n, p: gradient(
        "\n".join(reversed(chain(n, p).split("\n"))) + f"\nJ = sum(z{n - 1})", "x"
    ),
}


@pytest.mark.parametrize("kind", some([*KINDS], len(KINDS) // 2))
def test_work_is_in_proportion(kind: str) -> None:
    work = KINDS[kind]
    work(3, "p")  # what is entered and kept once
    short, long = (calls(lambda n=n: work(n, f"p{n}")) / n for n in (SHORT, LONG))  # type: ignore[misc]
    assert long <= 1.5 * short, f"{kind}: {short:.0f} calls for each part, of {LONG} parts {long:.0f}"


def test_what_is_too_long_to_write_out_is_refused_before_work_is_spent_on_it() -> None:
    n = 450
    for found in (
        matcalc.derive(chain(n, "p") + f"\nJ = sum(z{n - 1})", "x", verify=False),
        matcalc.jacobian(chain(n, "p") + f"\nz{n - 1}", "x", verify=False),
    ):

        def write(found: matcalc.Derivation | matcalc.Jacobian = found) -> None:
            with pytest.raises(UnsupportedError, match="written out in full"):
                found.to_text(expand=True)

        calls(write, most=100 * n)


def test_the_lines_of_blocks_in_blocks_are_in_proportion() -> None:
    """[A, [A, … A] x] x: each level goes through all levels below it, which must not make a line each."""

    def lines(n: int) -> float:
        found = matcalc.jacobian(f"x: 2; A: 2 x 1\n{'[A, ' * n}A{'] x' * n}", "x", verify=False)
        return sum(len(section.steps) for section in found.record.sections) / n

    assert lines(32) <= 1.25 * lines(16)


def test_a_gradient_as_long_as_the_square_of_its_program_costs_no_more_than_that() -> None:
    """tr(X A1 X A2 … X An): a sum of n products, each of 2 n - 1 factors."""

    def product(n: int, p: str) -> None:
        factors = names("A", n)
        head = f"X: {p} x {p}; {', '.join(factors)}: {p} x {p}"
        gradient(f"{head}\nJ = tr({' '.join(f'X {a}' for a in factors)})", "X")

    product(3, "p")
    short, long = (calls(lambda n=n: product(n, f"p{n}")) / n**2 for n in (8, 18))  # type: ignore[misc]
    assert long <= 1.5 * short


def test_a_gradient_that_is_divided_by_names_is_named() -> None:
    """Nested logarithms: each adds a factor to what comes back, which is named before it fills the page."""
    n = 40
    found = matcalc.derive(f"x: scalar positive\nJ = {nested('log(', 'x', n)}", "x", verify=False)
    assert max(len(str(expr)) for _, expr in found.where) < 200
    found = matcalc.derive(f"x: scalar positive\nJ = {nested('log(20 ', 'x', n)}", "x", verify=False)
    value, slope = 3.0, 1.0
    for _ in range(n):
        value, slope = math.log(20 * value), slope / value
    assert found["x"].evaluate({"x": 3.0}) == pytest.approx(slope)
