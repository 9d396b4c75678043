"""What is printed of a result parses, in the same program, to the same expression of the same shape."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from matcalc import Expr, derive, jacobian
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, definitions
from matcalc.syntax import parse, parse_expression
from matcalc.syntax.program import Program

SEED, DRAWS, LONG = 20_261_129, 150, 20_000


def results(source: str, wrt: str) -> Iterator[tuple[str, Expr]]:
    """Every formula of a derivation: gradients in each form, intermediates, deltas, the objective as it was read."""
    found = derive(source, wrt, verify=False)
    for name, gradient in found.items():
        yield from ((name, gradient), (name, found.expanded(name)), (name, gradient.factored()))
    for symbol in (*found.record.where, *found.record.deltas, found.record.objective):
        if symbol.definition is not None:
            yield symbol.name, Expr(symbol.definition)


def names_of(source: str, wrt: str) -> Mapping[str, Symbol]:
    record = derive(source, wrt, verify=False).record
    return {**{s.name: s for s in (*record.where, *record.deltas)}, **record.program.names}


def differing(program: Program, names: Mapping[str, Symbol], name: str, found: Expr) -> str:
    """What is wrong with the text of a formula, or nothing."""
    for text in (str(found), found.ascii()):
        try:
            again: Node = parse_expression(text, names, program.functions, found.shape)
        except MatcalcError as error:
            return f"{name} = {text}: {error}"
        if again is not found.node:
            return f"{name} = {text}, which is {found.node}, is read as {again}"
    return ""


def wrong(source: str, wrt: str) -> list[str]:
    program, names = parse(source), names_of(source, wrt)
    return [said for name, found in results(source, wrt) if (said := differing(program, names, name, found))]


RANK_ONE = "v in R^{q}; s: scalar; y: 1 x q; K = (I v) (y - s); J = lambda_max(K K') + tr(K) / (1 + e^2)"
CASES = [
    ("J = eta sum(ones(p))", "eta"),
    ("J = eta ‖ones(p, q)‖^2 + eta^3 / r sum(ones(r))", "eta"),
    *((RANK_ONE, name) for name in "vys"),
    ("t: scalar; t^(2/2)", "t"),
    ("t: scalar; J = t^(3/3) exp(t^(-4/4))", "t"),
    ("W1: 2 x 2 positive; q1 = [0, 0]'; J = sum(sqrt(W1) q1)", "W1"),
    ("W: 2 x 2 positive; q = [0; 0]; J = sum(diag(q) sqrt(W) q)", "W"),
    ("x: n; t: scalar; J = ‖[x; t] ⊗ [t; 0]‖^2", "t"),
    ("r: 1 x n; s: scalar; S: n x n; J = -s sum((r - 3 r .* ones(1, n)) (7/3 + S))", "s"),
    ("z: d; ones(n)' exp(ones(n)) + (1/3 + exp(ones(1, n)) rowsum(ones(n, n))) z'z", "z"),
    ("s: scalar; J = 2 (1/3) s^2 (1/3) / (1/3)", "s"),
    ("s: scalar; J = (1/2)^3 s^2 (2^(-3))", "s"),
    ("s: scalar; J = s^2 / ((-1)')'", "s"),
    ("s: scalar; J = s / (-1)' - 2 / (1')'", "s"),
]


@pytest.mark.parametrize(("source", "wrt"), CASES)
def test_results_read_back(source: str, wrt: str) -> None:
    assert wrong(source, wrt) == []


def wrong_jacobian(source: str, wrt: str, found: Expr) -> str:
    program = parse(source)
    names = {**{s.name: s for s in definitions(found.node)}, **program.names}
    return differing(program, names, wrt, found)


JACOBIANS = [
    ("t: scalar; [2, 2; t, 2]", "t"),
    ("t: scalar; [t, 0; 0, t]", "t"),
    ("t: scalar; x: n; [x; t] t", "t"),
    ("x: n; [x; 0]", "x"),
    ("x: n; [0; x; 2]", "x"),
    ("X: 2 x 3; [X, 0; 0, X]", "X"),
    ("X: n x d; A: n x n; [A, X X'; 0, A]", "X"),
    ("A: m x n; X: n x p; B: p x q; A X B", "X"),
    ("X: n x n; I ⊗ X + X ⊗ eye(n)", "X"),
    ("A: 2 x 2; X: 3 x 3; A ⊗ X", "X"),
]


@pytest.mark.parametrize(("source", "wrt"), JACOBIANS)
def test_jacobians_read_back(source: str, wrt: str) -> None:
    try:
        found = jacobian(source, wrt, verify=False)
    except MatcalcError as error:
        assert error.exit_status == 3
        return
    assert wrong_jacobian(source, wrt, found) == ""


# ------------------------------------------------------------------------------------------------------ random programs

DECLARED = "x, y: n; z, w: d; s, t: scalar; A, B: n x n; X: n x d; r: 1 x n; p: 3; M: 3 x 3; S: n x n symmetric; "
LEAVES = {
    ("n", 1): ["x", "y", "ones(n)", "zeros(n)"],
    ("d", 1): ["z", "w", "ones(d)"],
    (1, 1): ["s", "t", "2", "1/3", "-1", "n", "pi"],
    ("n", "n"): ["A", "B", "S", "I", "eye(n)", "ones(n, n)"],
    ("n", "d"): ["X", "ones(n, d)"],
    (1, "n"): ["r", "ones(1, n)"],
    (1, "d"): ["z'", "ones(1, d)"],
    ("d", "n"): ["X'"],
    ("d", "d"): ["X'X", "eye(d)"],
}
BLOCKS = ["[x; {s}]", "[A, x; y', {s}]", "[A, 0; 0, B]", "[x, 0]", "[0, x]", "[s, 0; 0, t]", "[0; s]", "[0, 0; 0, s]"]
AROUND = ["‖{b}‖^2", "sum(f({b}))", "sum(exp({b}) .* {b})", "‖{b} ⊗ {c}‖^2", "sum(I ⊗ {b})", "‖vec({b} ⊗ {c})‖"]
BESIDE = ["p", "M", "[1, 2]", "[1; 0]", "[0, s]"]
SIDES = ("n", "d")


class Programs:
    """Draws programs with what is hard to print: signs, fractions, constants of open size, blocks with zeros."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        if self.random.random() < 0.25:
            block = self._one(BLOCKS).format(s=self._one(["0", "s", "1", "2"]))
            return DECLARED + self._one(AROUND).format(b=block, c=self._one(BESIDE))
        return DECLARED + self.formula((1, 1), self.random.randint(2, 5))

    def _one(self, of: Sequence[str]) -> str:
        return self.random.choice(of)

    def part(self, shape: tuple[str | int, str | int], depth: int) -> str:
        text = self.formula(shape, depth)
        return text if text.isalnum() else f"({text})"

    def formula(self, shape: tuple[str | int, str | int], depth: int) -> str:
        leaves = LEAVES[shape]  # type: ignore[index]
        if depth <= 0:
            return self._one(leaves)
        rows, columns = shape
        k, m = self.random.choice(SIDES), self.random.choice(SIDES)

        def of(*inner: str | int) -> str:
            return self.part((inner[0], inner[1]) if inner else shape, depth - 1)

        ones = f"ones({rows})" if columns == 1 else f"ones({rows}, {columns})"
        makers: list[Callable[[], str]] = [
            lambda: self._one(leaves),
            lambda: f"{of()} + {of()}",
            lambda: f"{of()} - {of()}",
            lambda: f"{of(1, 1)} {of()}",
            lambda: f"{of()} / {of(1, 1)}",
            lambda: f"{of()} .* {of()}",
            lambda: f"exp({of()})",
            lambda: f"f({of()})",
            lambda: f"{of(columns, rows)}'",
            lambda: f"-{of()}",
            lambda: f"{of()} - {of(1, 1)}",
            lambda: f"{of()} + {of(1, 1)} {ones}",
        ]
        if shape == (1, 1):
            exponent = self._one(["2", "1/2", "-1", "3/2", "2/2", "-2", "1"])
            makers += [
                lambda: f"{of(1, k)} {of(k, 1)}",
                lambda: f"sum({of(k, m)})",
                lambda: f"tr({of(k, k)})",
                lambda: f"norm({of(k, 1)})",
                lambda: f"{of()}^({exponent})",
            ]
        else:
            makers += [lambda: f"{of(rows, k)} {of(k, columns)}"] * 2
        if 1 not in shape:
            makers += [lambda: f"{of(rows, 1)} {of(1, columns)}", lambda: f"{of(rows, 1)} ones({columns})'"]
        if rows == columns != 1:
            makers += [
                lambda: f"inv({of()})",
                lambda: f"diag({of(rows, 1)})",
                lambda: f"{of()} + {of(1, 1)} I",
                lambda: f"{of()}^2",
            ]
        if columns == 1 != rows:
            makers += [lambda: f"rowsum({of(rows, k)})", lambda: f"{of(rows, k)} 1", lambda: f"softmax({of()})"]
        return self.random.choice(makers)()


def test_results_of_random_programs_read_back(request: pytest.FixtureRequest) -> None:
    draws = Programs(SEED)
    count = LONG if request.config.getoption("--fuzz") else DRAWS
    read = 0
    for _ in range(count):
        source = draws.program()
        try:
            program = parse(source)
            wrt = draws.random.choice([s.name for s in program.inputs])
            said = wrong(source, wrt)
        except MatcalcError:
            continue
        assert said == [], f"{source} by {wrt}"
        read += 1
    assert read > count / 2


ARRAYS = """
    A X B · A X B + C · X ⊗ A · A ⊗ X · I ⊗ X · X ⊗ I · [X, X] · [X; X] · [X, u] · [X; v'] · [X; 0] · [0, X]
    [X, 0; 0, t] · t X · X X' · X'X · diag(X v) · X v · u'X · vec(X) · exp(X) · f(A X) · X ⊗ X · X' ⊗ B · [A X, C; 0, t]
    inv(K) X · (X v) ⊗ u · [t, 0; 0, t] ⊗ X · [1; 0] ⊗ X · X ⊗ [0, 1] · [X v; t; 0] · (I + K) X · (I ⊗ K) vec(X)
    (B' ⊗ I) vec(X) · softmax(X) · colsum(X) · X - u 1' · [I, X] · [I; X']
"""
INTO = """
    {} · vec({}) · ({}) ⊗ [1, t] · t ({}) · exp({}) · [{}; {}] · ({})' · [{}, 0; 0, t] · ({}) ⊗ I · I ⊗ ({}) · [{}; 0]
"""
SIZES = ("n", "m", "p", "2", "3")
JACOBIAN_DRAWS = 80


def test_random_jacobians_read_back(request: pytest.FixtureRequest) -> None:
    draw = random.Random(SEED)
    arrays, into = (text.strip().replace("\n", " · ").split(" · ") for text in (ARRAYS, INTO))
    count = LONG if request.config.getoption("--fuzz") else JACOBIAN_DRAWS
    read = 0
    for _ in range(count):
        a, b, c, d = (draw.choice(SIZES) for _ in range(4))
        declared = f"X: {a} x {b}; A: {c} x {a}; B: {b} x {d}; u: {a}; v: {b}; t: scalar; C: {c} x {d}; K: {a} x {a}; "
        source = declared + draw.choice(into).strip().replace("{}", draw.choice(arrays).strip())
        wrt = draw.choice("Xut")
        try:
            found = jacobian(source, wrt, verify=False)
        except MatcalcError:
            continue
        assert wrong_jacobian(source, wrt, found) == "", f"{source} by {wrt}"
        read += 1
    assert read > count / 4
