"""The rule book is complete: each operator has the rows that it needs, and each row is found where it is needed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from rules.fillings import RULES
from rules.mistakes import FRECHET

from matcalc import operators as ops
from matcalc.derive.line import cross, differentiate
from matcalc.dims import Dim, dim_mul
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Shape, Size, Slot, Symbol, Term, postorder
from matcalc.operators import d, term, zeros
from matcalc.rewrite import Later
from matcalc.rules.adjoints import ADJOINTS
from matcalc.rules.derivatives import FUNCTIONS
from matcalc.rules.differentials import DIFFERENTIALS, LACKING, differentials
from matcalc.rules.identities import IDENTITIES, OBJECTIVES
from matcalc.signatures import Nonconforming

# ------------------------------------------------------------------------------------------------------------- complete

SHAPES: tuple[Shape, ...] = (("n", "m"), ("m", "n"), ("n", "n"), ("n", "k"), ("k", "m"), ("n", 1), (1, "n"), (1, 1))
SHAPES += ((3, "m"), (3, 1))  # of cross products


def stacked(*dims: Dim) -> Dim:
    product_: Dim = 1
    for dim in dims:
        product_ = dim_mul(product_, dim)
    return product_


PARAMETERS: dict[ops.Operator, Sequence[tuple[Shape, tuple[Node, ...]]]] = {
    ops.UNVEC: [((stacked("n", "m"), 1), (Size("n"), Size("m")))],
    ops.PTRACE1: [((stacked("k", "n"), stacked("k", "m")), (Size("k"),))],
    ops.PTRACE2: [((stacked("k", "n"), stacked("k", "m")), (Size("k"),))],
    **{
        op: [(("n", "m"), (first, last)) for first in (ops.ONE, Size("i")) for last in (Size(whole), Size("j"))]
        for op, whole in ((ops.ROWRANGE, "n"), (ops.COLRANGE, "m"))
    },
    ops.POWER_FRECHET: [(("n", "n"), (Symbol("t", (1, 1)),))],
    ops.POWER_FRECHET2: [(("n", "n"), (Symbol("t", (1, 1)),))],
}
"""For an operator with sizes or other constants among its arguments: the shape of what it is applied to, and these."""


def applications(op: ops.Operator) -> Iterator[tuple[Term, int]]:
    """`op` applied to symbols of all shapes that conform, a differential in the place that is given with it."""
    count = (op.arity or 2) - op.parameters
    choices: Iterator[tuple[tuple[Shape, ...], tuple[Node, ...]]] = (
        (((shape,) * count, more) for shape, more in PARAMETERS[op])
        if op in PARAMETERS
        else ((shapes, ()) for shapes in product(SHAPES, repeat=count))
    )
    for shapes, more in choices:
        for place in range(FRECHET.get(op, 0), len(shapes)):
            # What is linear in its arguments jointly is differentiated where the others are 0.
            rest = [zeros(*s) if op.linear == "jointly" else Symbol(f"A{i}", s) for i, s in enumerate(shapes)]
            args = [d(Symbol("V", s)) if i == place else rest[i] for i, s in enumerate(shapes)]
            try:
                node = term(op, *args, *more)
            except Nonconforming:
                continue
            if isinstance(node, Term) and node.op is op:
                yield node, place


def not_crossing(op: ops.Operator) -> list[str]:
    """Where G : op(…, d(A), …) finds no row to cross by."""
    missing = []
    for node, place in applications(op):
        g = Symbol("G", node.shape)
        try:
            _, gradient, differential = cross(g, node)
        except (UnsupportedError, Nonconforming):
            missing.append(f"{op.name}, argument {place}, shapes {[a.shape for a in node.args]}")
            continue
        assert differential is node.args[place], f"{op.name}: argument {place} is not what is left"
        assert gradient.shape == differential.shape, f"{op.name}: the gradient has another shape than argument {place}"
    return missing


LINEAR = [
    op for op in ops.TABLE.values() if op.linear != "no" and op is not ops.PLUS and op is not ops.D
]  # PLUS: by DISTRIBUTE
LINEAR += FRECHET
SPECIAL = {"means of rows cross", "means of columns cross", "row crosses", "column crosses"}
CROSSING = [(op, i) for op in LINEAR for i in range(len(ADJOINTS.get(op, ())))]


@pytest.mark.parametrize("op", LINEAR, ids=lambda op: op.name)
def test_a_linear_operator_crosses_the_colon_in_each_argument(op: ops.Operator) -> None:
    places = range(FRECHET.get(op, 0), (op.arity or 2) - op.parameters)
    assert {place for _, place in applications(op)} == set(places)
    assert not_crossing(op) == []


@pytest.mark.parametrize(("op", "i"), CROSSING, ids=[f"{op.name}-{i}" for op, i in CROSSING])
def test_a_missing_row_is_named(op: ops.Operator, i: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ADJOINTS[op]
    monkeypatch.setitem(ADJOINTS, op, rows[:i] + rows[i + 1 :])
    if op is ops.HADAMARD and rows[i].lhs.is_scalar and rows[i].lhs.args[0].is_scalar:
        pytest.skip("the product of scalars also crosses as any other Hadamard product does")
    if rows[i].name in SPECIAL:
        pytest.skip("the rows for all products, or for several rows, do as well, in a longer form")
    assert not_crossing(op)


@pytest.mark.parametrize("op", list(ops.TABLE.values()), ids=lambda op: op.name)
def test_each_operator_has_a_differential(op: ops.Operator) -> None:
    if op in ops.SIZED or op.arity == 0 or op is ops.D:
        return  # constants, and d itself
    assert differentials(op) or op in LACKING, f"no differential for {op.name}"


def test_what_is_lacking_is_refused() -> None:
    for op, words in LACKING.items():
        if not differentials(op):
            for shape in SHAPES:
                try:
                    node = term(op, Symbol("A", shape, ["symmetric"] if shape[0] == shape[1] else []))
                except Nonconforming:
                    continue
                assert isinstance(node, Term)
                with pytest.raises(UnsupportedError, match=words):
                    differentiate(node, lambda _: True)


def test_each_named_function_has_a_derivative() -> None:
    rows = {rule.lhs.op for rule in FUNCTIONS if isinstance(rule.lhs, Term)}
    assert rows == {ops.function(name, 1) for name in ops.FUNCTION_NAMES if name != "trigamma"}  # trigamma' is its name


def test_quiet_rows_state_what_they_do() -> None:
    for name, rule in RULES:
        assert rule.name, name
        assert isinstance(rule.lhs, (Term, Slot)), name


def test_rows_hold_no_symbols() -> None:
    for name, rule in RULES:
        for node in (*postorder(rule.lhs), *postorder(rule.rhs)):
            assert not isinstance(node, Symbol), name
            assert not (isinstance(node, Size) and isinstance(node.dim, int)), name


# --------------------------------------------------------------------------------------------------------------- themes


def test_a_row_that_comes_later_holds_an_operator_that_brings_it() -> None:
    tables = {
        (later.theme.module, later.name): later
        for row in (*IDENTITIES, *OBJECTIVES, *DIFFERENTIALS)
        if isinstance(later := row, Later)
    }
    assert len(tables) >= 10
    for later in tables.values():
        for rule in later.rows():
            found = {n.op for n in postorder(rule.lhs) if isinstance(n, Term)}
            assert found & later.theme.operators, f"{later.name}: {rule.name} would never be found"


def test_an_operator_of_a_theme_is_differentiated_in_a_process_that_has_met_none() -> None:
    code = (
        "import sys, matcalc\n"
        "assert matcalc.derive('J = sum(f(X w))', 'w', verify=False)\n"
        "assert not any(m in sys.modules for m in ('matcalc.rules.kronecker', 'matcalc.rules.spectral'))\n"
        "print(matcalc.gradient('X: n x n; J = tr(logm(X)) + tr(X^k)', 'X'), matcalc.gradient('||[A, B] x||^2', 'A'))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "(k X^(k - 1) + inv(X))' 2 [A, B] x x[1:d]'", run.stdout
