"""Proofs for every size: what is reached, that a planted error is not proved, and that SymPy has no part in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace as changed
from pathlib import Path

import cookbook
import numpy as np
import pytest
from verify_problems import PROBLEMS, mutants, network
from work import calls

import matcalc
from matcalc import meaning
from matcalc.derive import Record
from matcalc.derive import derive as derived
from matcalc.expr import Node, Number, Symbol, Term, expand, postorder
from matcalc.operators import CHOL, negative, number, scale
from matcalc.verify import equal, every_size
from matcalc.verify.cholesky import without_factors
from matcalc.verify.every_layer import EveryLayer
from matcalc.verify.every_size import EverySize


def proved(
    objective: Node, gradients: Mapping[Symbol, Node], adjoints: Mapping[Symbol, Node] | None = None
) -> dict[str, bool]:
    """Whether this judge alone proves each gradient."""
    seeds = [(Number(1), objective)]
    judge = EverySize(seeds, gradients, seeds, gradients, adjoints or {}, "projected")
    return {s.name: judge.holds(s, s) for s in gradients}


REACHED = 25
"""Of the problems that the judges are tried on, so many are proved for every size."""


def test_right_gradients_are_proved() -> None:
    found = {name: all(proved(*problem).values()) for name, problem in PROBLEMS.items()}
    assert sum(found.values()) >= REACHED, [name for name, ok in found.items() if not ok]


@pytest.mark.parametrize("name", PROBLEMS)
def test_wrong_gradients_are_not(name: str) -> None:
    objective, gradients = PROBLEMS[name]
    for variable, gradient in gradients.items():
        for what, wrong in mutants(gradient):
            if proved(objective, {variable: wrong})[variable.name]:  # then the change changed nothing
                assert equal(wrong, gradient).status == "proved", what


def test_the_network_takes_little_work() -> None:
    """Without SymPy, NumPy or anything that grows with a size."""
    assert proved(*network()) == {"W1": True, "W2": True}
    assert calls(lambda: proved(*network())) < 60_000
    code = (
        "import sys, matcalc; sys.path[:0] = ['tests', 'tests/verify']; "
        "from test_every_size import proved, network; assert all(proved(*network()).values()); "
        "print('sympy' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "False"


def test_a_wrong_intermediate_proves_nothing() -> None:
    """The gradients claimed for intermediates are proved as well; a right answer that rests on a wrong one is not."""
    objective, gradients, adjoints = network()
    for name in adjoints:
        if name.name not in ("J", "W1", "W2"):
            wrong = {**adjoints, name: scale(number(2), adjoints[name])}
            seeds = [(Number(1), objective)]
            judge = EverySize(seeds, {}, seeds, gradients, wrong, "projected")
            assert judge._linked is not None
            assert not all(judge._linked.holds(s) for s in gradients)


# --------------------------------------------------------------------------------------------------- Cholesky factors

FACTORS = {
    "1/2 ‖inv(L) y‖^2 + sum(log(diag(L)))": True,
    "‖L' y‖^2": True,
    "‖inv(L) A y‖^2 + logdet(L)": True,
    "(inv(L) A) : (inv(L) A)": True,
    "y' L L' y + tr(A' inv(L)' inv(L) A)": True,
    "y' inv(L)' inv(L) y": True,
    "‖L y‖^2": False,
    "‖inv(L)' y‖^2": False,
    "y' L' L y + y' inv(L) inv(L)' y": False,
    "(inv(L) A) : (L A)": False,
    "sum(log(diag(L)).^2)": False,
    "sum(diag(L))": False,
}
"""Formulas, and whether they say nothing but what K says."""


@pytest.mark.parametrize("formula", FACTORS)
def test_a_cholesky_factor_is_read_as_what_it_is_of(formula: str) -> None:
    program = matcalc.parse(f"K: n x n pd; A: n x n; y: n; L = chol(K); J = {formula}")
    whole = expand(program.objective)
    read = without_factors(whole)
    left = any(isinstance(n, Term) and n.op is CHOL for n in postorder(read))
    assert left is not FACTORS[formula]
    rng = np.random.default_rng(1)
    A = rng.normal(size=(3, 3))
    values = {"K": A @ A.T + np.eye(3), "A": rng.normal(size=(3, 3)), "y": rng.normal(size=(3, 1))}
    one, other = meaning.evaluate([whole, read], values, {}, {"n": 3})
    assert np.allclose(one, other, rtol=1e-9)


def test_gradients_through_a_cholesky_factor_are_proved_and_wrong_ones_are_not() -> None:
    source = "K: n x n pd; A: n x n; y: n; L = chol(K); J = 1/2 ‖inv(L) y‖^2 + sum(log(diag(L)))"
    program = matcalc.parse(source)
    variable = program.names["K"]
    gradient = dict(derived(program, ["K"]).gradients)[variable]
    assert proved(program.objective, {variable: gradient}) == {"K": True}
    caught = 0
    for what, wrong in mutants(gradient):
        if proved(program.objective, {variable: wrong})["K"]:
            assert equal(wrong, gradient).status == "proved", what
        else:
            caught += 1
    assert caught > 5
    for formula in ("‖L y‖^2", "‖inv(L)' y‖^2"):
        other = matcalc.parse(f"K: n x n pd; y: n; L = chol(K); J = 1/2 {formula} + sum(log(diag(L)))")
        assert proved(other.objective, {other.names["K"]: gradient}) == {"K": False}


# ---------------------------------------------------------------------------------------------------- what it builds on

DECLARED = """X, Y: n x n; S: n x n symmetric; Q: n x n orthogonal; L: n x n lower
W: n x d; x, y: n; p, q: n positive; k: scalar"""
TRUE = [
    ("x' y / (y' x)", "1"),
    ("sum(exp(x)) ./ (2 sum(exp(x)))", "1/2"),
    ("rowsum(softmax(W))", "ones(n)"),
    ("sqrt(x .* x)", "abs(x)"),
    ("log(p .* q)", "log(p) + log(q)"),
    ("exp(x + y)", "exp(x) .* exp(y)"),
    ("sigmoid(x) .* (1 - sigmoid(x))", "sigmoid'(x)"),
    ("1 - tanh(x).^2", "tanh'(x)"),
    ("log(sigmoid(x))", "-softplus(-x)"),
    ("X inv(X)", "eye(n)"),
    ("inv(X Y) X", "inv(Y)"),
    ("inv(S)'", "inv(S)"),
    ("inv(X'X + eye(n)) (X'X + eye(n))", "eye(n)"),
    ("Q'Q", "eye(n)"),
    ("det(X Y)", "det(X) det(Y)"),
    ("vec(X W)", "(W' ⊗ eye(n)) vec(X)"),
    ("(X W)[1:2,:]", "X[1:2,:] W"),
    ("[X, Y] [X; Y]", "X X + Y Y"),
    ("tr(X ⊗ Y)", "tr(X) tr(Y)"),
    ("x^k ./ x", "x^(k - 1)"),
    ("relu(x) .* relu(x)", "x .* relu(x)"),
    ("mean(x .^ 2) - mean(x)^2", "var(x)"),
]
FALSE = [
    ("x' y / (x' x)", "1"),
    ("sum(x) sum(x)", "sum(x .* x)"),
    ("sqrt(x .* x)", "x"),
    ("log(x .* y)", "log(x) + log(y)"),
    ("log(x .^ 2)", "2 log(x)"),
    ("tr(X .* inv(X)')", "n"),
    ("tr((X .* inv(X)) X)", "tr(X)"),
    ("X inv(Y)", "eye(n)"),
    ("inv(X)'", "inv(X)"),
    ("L L'", "L' L"),
    ("Q .* Q", "eye(n)"),
    ("rowsum(Q .* Q .* Q)", "ones(n)"),
    ("vec(X W)", "(W' ⊗ eye(n)) vec(X')"),
    ("det(X + Y)", "det(X) + det(Y)"),
    ("[x > 0] + [x <= 0]", "2 [x > 0]"),
    ("relu(x) - relu(-x)", "abs(x)"),
    ("f(x + y)", "f(x) + f(y)"),
    ("f'(x)", "f(x)"),
]


def both(pair: tuple[str, str]) -> bool:
    """Whether two formulas are proved equal for every size."""
    program = matcalc.parse(f"{DECLARED}\nA = {pair[0]}\nB = {pair[1]}\nsum(A) + sum(B) + 0 k sum(x + y + p + q)")
    one, two = (program.symbol(name).definition for name in "AB")
    assert one is not None and two is not None
    return one.shape == two.shape and every_size.equal(one, two)


@pytest.mark.parametrize("pair", TRUE, ids=" = ".join)
def test_what_is_true_is_proved(pair: tuple[str, str]) -> None:
    assert both(pair)


@pytest.mark.parametrize("pair", FALSE, ids=" = ".join)
def test_what_is_not_true_is_not_proved(pair: tuple[str, str]) -> None:
    assert not both(pair)


STRUCTURED = [
    ("A: n x n; Q: n x n orthogonal", "tr(A Q)", "Q", "projected"),
    ("L: n x n lower; A: n x n", "tr(A L) + sum(L .* L)", "L", "projected"),
    ("U: n x n upper; A: n x n", "tr(A U U)", "U", "entries"),
    ("S: n x n symmetric; A: n x n", "tr(A S S)", "S", "entries"),
    ("S: n x n symmetric; A: n x n", "tr(A S S)", "S", "projected"),
    ("S: n x n skew; A: n x n", "tr(A S S)", "S", "entries"),
    ("D: n x n diagonal; A: n x n", "tr(A D A D)", "D", "projected"),
    ("S: n x n pd", "logdet(S) + tr(inv(S))", "S", "entries"),
    ("X: n x d; Y: n x p", "sum(exp([X, Y]))", "X", "projected"),
    ("X: n x d", "||X[1:3,:]||^2 + X[2,3]^2", "X", "projected"),
]


@pytest.mark.parametrize(("shapes", "objective", "wrt", "convention"), STRUCTURED)
def test_structured_variables_are_compared_after_projection(
    shapes: str, objective: str, wrt: str, convention: str
) -> None:
    record = derived(matcalc.parse(f"{shapes}\n{objective}"), [wrt], convention)
    ((variable, gradient),) = record.gradients
    seeds = [(Number(1), record.program.typed[0])]
    for claim, right in ((gradient, True), (scale(number(2), gradient), False)):
        judge = EverySize(seeds, {variable: claim}, seeds, {variable: claim}, {}, convention)
        assert judge.holds(variable, variable) is right


# ------------------------------------------------------------------------------------------------------------- layers

LAYERED = ["classifier", "deep_network", "deep_rows", "recurrent", "residual", "shared_layers"]


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def recorded(name: str) -> Record:
    """The derivation of an example, by what its first line asks for."""
    source = (EXAMPLES / f"{name}.mc").read_text("utf-8")
    return derived(matcalc.parse(source), re.findall(r"--wrt (\S+)", source.partition("\n")[0]), "projected")


def inductive(record: Record) -> list[bool]:
    assert record.recursion is not None
    judge = EveryLayer(record.objective, record.gradients, record.recursion, dict(record.given), record.convention)
    return [judge.holds(symbol) for symbol, _ in record.gradients]


def spoilt(record: Record) -> Iterator[Record]:
    """The record with one error: in a gradient, in a gradient inside the layers, in the first of the recursion."""
    recursion = record.recursion
    assert recursion is not None
    for symbol, _ in record.gradients:
        pairs = tuple((s, negative(n) if s is symbol else n) for s, n in record.gradients)
        yield changed(record, gradients=pairs)
    for symbol, _ in recursion.adjoints:
        if symbol.name != record.objective.name and symbol not in dict(record.given):
            pairs = tuple((s, scale(number(2), n) if s is symbol else n) for s, n in recursion.adjoints)
            yield changed(record, recursion=changed(recursion, adjoints=pairs))


@pytest.mark.parametrize("name", LAYERED)
def test_layers_are_proved_by_induction(name: str) -> None:
    record = recorded(name)
    assert all(inductive(record))
    for wrong in spoilt(record):
        assert not all(inductive(wrong))


# ------------------------------------------------------------------------------------------------- the Matrix Cookbook

OF_THE_COOKBOOK = 116
"""Of the derivatives of the Matrix Cookbook so many are proved for all sizes; more may be, none fewer."""


def test_the_reach_over_the_cookbook() -> None:
    found = {}
    for row in cookbook.PROBLEMS:
        record = derived(matcalc.parse(f"{row.shapes}\n{row.objective}"), [row.wrt], row.convention)
        stated, rewritten = ([(Number(1), s)] for s in (record.program.typed[0], record.objective))
        claimed = dict(record.gradients)
        judge = EverySize(stated, claimed, rewritten, claimed, dict(record.adjoints), row.convention)
        found[row.number] = all(judge.holds(s, s) for s in claimed)
    assert sum(found.values()) >= OF_THE_COOKBOOK, [name for name, ok in found.items() if not ok]
