"""Random expressions over all operators: the gradients against slopes of the objective, which know no rules.

Some inputs have structure; the increments along which slopes are taken have it too. What gradients have to satisfy
depends on the convention: G : dX for the projected and the free one, else the sum over the independent entries.

Slopes are differences of plain NumPy values (finite.py). Where these are no judge (a kink, a slope lost in rounding)
the objective's meaning is differenced in many digits; where that has no slope either, the program is left out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import finite
import numpy as np
import pytest
from random_expressions import (
    ATOMS,
    DRAWN,
    ROWS,
    SIZES,
    STRUCTURED,
    Generator,
    constant,
    independent,
    operators_of,
    values,
)
from selection import some

from matcalc import meaning
from matcalc.derive import Record, derive
from matcalc.dims import DimSum, dim_value
from matcalc.errors import NotDifferentiableError, UnsupportedError
from matcalc.expr import Node, Symbol, Term, postorder
from matcalc.families import renamed
from matcalc.meaning import Multiprecision
from matcalc.operators import INV, SIZED, TABLE, d, inner
from matcalc.options import CONVENTIONS
from matcalc.syntax import parse
from matcalc.syntax.program import Program

ORDINARY, LONG = 300, 20_000
"""Programs in the ordinary run, and with `--fuzz`."""
ASKED = ("projected", *CONVENTIONS)
REFUSED = 0.02
"""The share of programs that may be refused."""
FUNCTIONS = {"f": (lambda x: np.sin(x) + x**2 / 3, lambda x: np.cos(x) + 2 * x / 3)}
"""The unknown function and its derivative, which is neither even nor odd."""
LIMITS = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
Values = Mapping[str, np.ndarray[Any, Any]]


def documented(error: Exception) -> bool:
    """Whether docs/limits.md has the sentence: a list item of code, with … for what differs from case to case."""
    said = getattr(error, "message", str(error))
    items = re.findall(r"^- `(.+)`", LIMITS.read_text("utf-8"), re.MULTILINE)
    return any(re.fullmatch(re.escape(item).replace("…", ".+"), said, re.DOTALL) for item in items)


def moved(program: Program, at: Values, t: float) -> dict[str, np.ndarray[Any, Any]]:
    """The inputs' values after time t."""
    return {s.name: at[s.name] + t * at.get(f"d{s.name}", 0.0) for s in program.inputs}


def slope(program: Program, at: Values) -> tuple[float, float]:
    """The slope of the objective along all increments, by plain NumPy, and how far it may be off."""

    def objective(t: float) -> float:
        return finite.evaluate([program.objective], moved(program, at, t), SIZES, FUNCTIONS)[0].item()

    found, error = finite.slope(objective)
    here = abs(objective(0))
    return found, error + 1e-11 * here if np.isfinite([found, here]).all() else np.inf


def exact_slope(program: Program, at: Values) -> float | None:
    """The same in many digits, from the objective's meaning; None where there is no slope."""
    field = Multiprecision(120)
    step = field.mp.mpf(10) ** -40
    found = []
    field.calls = {"f": lambda order, x: field.mp.sin(x) + x**2 / 3}
    for t in (-step, 0, step):
        env = {}
        for s in program.inputs:
            speeds = at.get(f"d{s.name}", 0 * at[s.name])
            env[s] = [
                [field.mp.mpf(float(x)) + t * field.mp.mpf(float(v)) for x, v in zip(a, b, strict=True)]
                for a, b in zip(at[s.name], speeds, strict=True)
            ]
        found.append(meaning.entries([program.objective], env, field, SIZES)[0][0][0])
    behind, here, ahead = found
    if not all(field.finite(x) for x in found) or abs(here) > 1e12:
        return None
    if abs(ahead - 2 * here + behind) > field.mp.mpf(10) ** -20 * (abs(ahead - here) + abs(here - behind) + step):
        return None
    return float((ahead - behind) / (2 * step))


def in_many_digits(derivation: Record, at: Values) -> list[np.ndarray[Any, Any]]:
    """The gradients at the same numbers, where float64 may round to the other side of a jump."""
    field = Multiprecision(120)
    family = (lambda x: field.mp.sin(x) + x**2 / 3, lambda x: field.mp.cos(x) + 2 * x / 3)
    field.calls = {"f": lambda order, x: family[order](x)}
    env = {s: [[field.mp.mpf(float(x)) for x in row] for row in at[s.name]] for s in derivation.program.inputs}
    found = meaning.entries([g for _, g in derivation.gradients], env, field, SIZES)
    return [np.array([[float(x) for x in row] for row in rows]) for rows in found]


def given(derivation: Record, at: Values, convention: str, exact: bool = False) -> float:
    """The slope that the gradients give. Raises AssertionError for a gradient of another shape than its variable."""
    nodes = [g for _, g in derivation.gradients]
    found = in_many_digits(derivation, at) if exact else meaning.evaluate(nodes, at, FUNCTIONS, SIZES)
    total = 0.0
    for (symbol, _), gradient in zip(derivation.gradients, found, strict=True):
        assert gradient.shape == at[symbol.name].shape, f"the gradient has not the shape of {symbol.name}"
        part = independent(symbol, gradient) if convention == "entries" else gradient
        total += float((part * at[f"d{symbol.name}"]).sum())
    return total


def check(seed: int, lines: bool = False, favourite: str = "", convention: str = "") -> str:
    """'right', 'refused' (a documented limit) or 'flat' (no input, or not smooth there); raises where it is wrong.

    `lines`: every line of the derivation is checked, too.
    """
    unknown = () if lines else ("f",)  # in many digits, lines are held against differences
    program = Generator(seed, favourite=favourite, functions=unknown).program(depth=3 + seed % 4)
    convention = convention or ASKED[seed % 4]
    at = values(program, seed)
    variables = [s for s in program.inputs if not constant(s) and not undefined(s, convention)]
    if not variables or (favourite and not any(favourite in s.attributes for s in variables)):
        return "flat"
    at = {name: a for name, a in at.items() if name in program.names or name[1:] in {s.name for s in variables}}
    try:
        derivation = derive(program, [s.name for s in variables], convention)
    except (UnsupportedError, NotDifferentiableError) as error:
        assert documented(error), f"seed {seed}: refused, and docs/limits.md does not say so: {error.message}"
        return "refused"
    expected, error = slope(program, at)
    got = given(derivation, at, convention)
    if not abs(got - expected) <= 1e-6 * (1 + abs(expected)) + 100 * error or error > 1e-4 * (1 + abs(expected)):
        exact = exact_slope(program, at)
        if exact is None:
            return "flat"
        got = given(derivation, at, convention, exact=True)
        text = f"seed {seed}, {convention}: {exact} but the gradients give {got}"
        assert abs(got - exact) <= 1e-5 * (1 + abs(exact)), text
    if lines:
        check_lines(seed, derivation, at, convention)
    return "right"


def undefined(symbol: Symbol, convention: str) -> bool:
    """An orthogonal matrix has no independent entries to differentiate by."""
    return convention == "entries" and "orthogonal" in symbol.attributes


def check_lines(seed: int, derivation: Record, at: Values, convention: str) -> None:
    """Every line of the derivation is equal to the one before it."""
    pairs: list[Node] = []
    for section in derivation.sections:
        for step in section.steps:
            if section.kind == "rewrite":
                pairs += [d(step.before), d(step.after)]
            elif section.kind != "finish":
                pairs += [step.before, step.after]
            elif convention == "projected":
                pairs += [inner(step.before, d(section.subject)), inner(step.after, d(section.subject))]
    whole = meaning.evaluate(pairs, at, FUNCTIONS, SIZES)
    for before, after in zip(whole[::2], whole[1::2], strict=True):
        size = 1 + np.abs(before).max()
        if size < 1e12:  # beyond, a line may differ from the next by rounding alone
            assert np.abs(before - after).max() <= 1e-5 * size, f"seed {seed}: a line is not equal to the next"


def counted(outcomes: list[str], least: float) -> None:
    shares = {o: outcomes.count(o) / len(outcomes) for o in ("right", "refused", "flat")}
    assert shares["right"] >= least and shares["refused"] <= REFUSED, shares


@pytest.mark.parametrize("block", some(range(10), 5))
def test_gradients_of_random_expressions(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 10
    least = 0.8 if fuzz else 0.7  # a block of the ordinary run is small, and its share may lie a tenth lower
    counted([check(seed, lines=seed % 20 == 0) for seed in range(block * count, (block + 1) * count)], least)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("attribute", STRUCTURED)
def test_gradients_with_respect_to_structured_inputs(attribute: str, convention: str, fuzz: bool) -> None:
    if attribute == "orthogonal" and convention == "entries":
        pytest.skip("an orthogonal matrix has no independent entries")
    count = 1000 if fuzz else 5
    counted([check(seed, seed % 5 == 0, attribute, convention) for seed in range(count)], 0.2)


# ----------------------------------------------------------------------------------------------- by an intermediate


DEFINED = (
    "A C", "A'", "A + A'", "A - A'", "inv(A)", "A' A", "A A", "expm(A)", "diag(x)", "tril(A)", "triu(A) + I", "eye(n)",
    "A .* C", "A + C", "2 A", "x x' + I", "A C A'", "A^3", "inv(A' A + I)", "sigmoid(A)", "A .* I", "relu(A) + B'",
)  # fmt: skip
"""What may be known of the structure of Q."""
OBJECTIVES = (
    "‖Q x‖^2", "‖Q x‖", "tr(Q B Q)", "x' Q y", "sum(Q x)", "x' inv(Q + 5 I) y", "logdet(Q' Q + I)", "‖Q' Q - B‖^2",
    "sum(exp(Q / 4))", "tr(expm(Q / 4) B)", "det(Q)", "sum(Q .* Q')", "‖Q - Q'‖^2", "tr(Q)", "x' (Q + Q') y",
    "tr(Q A Q' C)", "sum(abs(Q))", "sum((Q x) .* (Q' y))", "tr(Q^3)", "‖Q‖", "sum(log(Q.^2 + 1))", "tr(tril(Q) B)",
    "y' (Q .* B) x", "tr(Q' A expm(A))",
)  # fmt: skip


def check_defined(seed: int, attribute: str = "") -> str:
    """The gradient by a defined name, which varies freely whatever its definition makes of it. As `check`."""
    rng = random.Random(f"{seed} {attribute}")
    terms = [rng.choice(OBJECTIVES) for _ in range(rng.choice((1, 1, 2)))]
    source = f"A, C: n x n {attribute}; B: n x n; x, y: n; Q = {rng.choice(DEFINED)}; "
    program = parse(source + f"J = {rng.choice((' + ', ' ')).join(f'({part})' for part in terms)}")
    variable = program.symbol("Q")
    met = set(postorder(program.objective, through_definitions=True))
    if variable not in met:
        return "flat"
    at = values(program, seed)
    try:
        derivation = derive(program, [variable.name], "projected")
    except (UnsupportedError, NotDifferentiableError) as error:
        assert documented(error), f"seed {seed}: refused, and docs/limits.md does not say so: {error.message}"
        return "refused"
    cut = renamed(program.objective, {variable.name: Symbol(variable.name, variable.shape)})
    here, gradient = finite.evaluate([variable, derivation.gradient(variable.name)], at, SIZES, FUNCTIONS)
    assert gradient.shape == here.shape, f"seed {seed}: the gradient has not the shape of {variable.name}"
    inverted = [n.args[0] for n in {*met, *postorder(derivation.gradient("Q"))} if isinstance(n, Term) and n.op is INV]
    if any(
        not np.isfinite(a).all() or not np.linalg.cond(a) < 1e9 for a in finite.evaluate(inverted, at, SIZES, FUNCTIONS)
    ):
        return "flat"  # a skew matrix in odd size has no inverse
    way = np.random.default_rng(seed).normal(size=here.shape)

    def objective(t: float) -> float:
        return finite.evaluate([cut], {**at, variable.name: here + t * way}, SIZES, FUNCTIONS)[0].item()

    expected, error = finite.slope(objective, 2.0**-11)
    error += 1e-10 * abs(objective(0))
    bends = [abs(objective(h) - 2 * objective(0) + objective(-h)) / h for h in (1e-4, 5e-5)]
    if abs(2 * bends[1] - bends[0]) > 1e-5 * (1 + abs(expected)):  # a bend grows with h where there is no kink
        return "flat"
    got = float((gradient * way).sum())
    if not np.isfinite([expected, got]).all() or error > 1e-5 * (1 + abs(expected)):
        return "flat"
    text = f"{program.source}, seed {seed}: {expected} but the gradient gives {got}"
    assert abs(got - expected) <= 1e-5 * (1 + abs(expected)) + 100 * error, text
    return "right"


@pytest.mark.parametrize("attribute", ["", *STRUCTURED])
def test_gradients_with_respect_to_defined_names(attribute: str, fuzz: bool) -> None:
    count = 2000 if fuzz else 10
    outcomes = [check_defined(seed, attribute) for seed in range(count)]
    assert outcomes.count("refused") <= REFUSED * count, outcomes
    assert outcomes.count("right") >= 0.7 * count, outcomes


# ------------------------------------------------------------------------------------------ the tests themselves tested


def active(program: Program) -> set[str]:
    """The operators, by name, whose value depends on a variable."""
    varies: dict[Node, bool] = {}
    for node in postorder(program.objective, through_definitions=True):
        if isinstance(node, Symbol):
            varies[node] = not constant(node) if node.definition is None else varies[node.definition]
        else:
            varies[node] = any(varies[a] for a in node.args)
    return {node.op.name for node, moves in varies.items() if moves and isinstance(node, Term)}


def test_every_operator_is_drawn_above_a_variable() -> None:
    found, present, composite = Counter[str](), set(), 0
    drawn = 1500
    for seed in range(drawn):
        program = Generator(seed, functions=("f",)).program(depth=3 + seed % 4)
        found.update(active(program))
        terms = [n for n in postorder(program.objective, through_definitions=True) if isinstance(n, Term)]
        present |= {node.op.name for node in terms}
        composite += any(isinstance(dim, DimSum) for node in terms for dim in node.shape)
    nullary = {name for name in DRAWN if TABLE[name] in SIZED or name in ("pi", "e")}
    rare = {name: found[name] for name in (DRAWN - nullary) | {"f"} if found[name] < drawn // 200}
    assert not rare
    assert nullary | ATOMS <= present
    assert composite >= drawn // 4


def test_a_refusal_is_documented() -> None:
    """The second derivative of a polar factor has no rule, and lambda_max needs a matrix known to be symmetric."""
    for source in ("A, E: n x n\nJ = sum(polar_frechet(A, E))", "A, B: n x n\nJ = lambda_max(A B)"):
        with pytest.raises(UnsupportedError) as refused:
            derive(parse(source), ["A"], "projected")
        assert documented(refused.value)
    assert not documented(UnsupportedError("there is no rule yet for the differential of tr"))


def test_every_operator_is_drawn() -> None:
    """A new operator of one array is drawn by its signature; one that is not plain needs a row in the generator."""
    plain = {name for name in DRAWN if TABLE[name].function is None}
    assert plain - operators_of(ROWS) == set()
    assert set(TABLE) - DRAWN - ATOMS == {"d"}


@pytest.mark.parametrize("seed", range(40))
def test_plain_values_are_the_meanings(seed: int) -> None:
    """Two evaluations of the same expressions that share no code; the sizes of composite dimensions as well."""
    for k in range(5):
        generator = Generator(1000 * seed + k, functions=("f",))
        node = generator.array(generator.shape(), 3)
        program = generator.program(1)
        at = values(program, seed)
        (one,) = finite.evaluate([node], at, SIZES, FUNCTIONS)
        assert one.shape == tuple(dim_value(dim, SIZES) for dim in node.shape)
        try:
            (two,) = meaning.evaluate([node], at, FUNCTIONS, SIZES)
        except UnsupportedError as error:
            assert documented(error)
            continue
        if np.isfinite(one).all() and np.abs(one).max() < 1e6:
            np.testing.assert_allclose(two, one, rtol=1e-6, atol=1e-6)


def test_a_wrong_gradient_is_caught() -> None:
    """The oracle bites: gradients that are a little off are seen to be."""
    caught = 0
    for seed in range(60):
        program = Generator(seed, functions=("f",)).program(depth=3)
        variables = [s for s in program.inputs if not constant(s)]
        if not variables:
            continue
        at = values(program, seed)
        try:
            derivation = derive(program, [s.name for s in variables], "projected")
        except (UnsupportedError, NotDifferentiableError):
            continue
        expected, error = slope(program, at)
        got = given(derivation, at, "projected")
        caught += abs(1.001 * got - expected) > 1e-6 * (1 + abs(expected)) + 100 * error
    assert caught >= 30
