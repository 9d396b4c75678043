"""Random expressions over all operators: Hessians and their products against second differences of the objective.

The differences know no rules: plain NumPy values (finite.py), of sixth order; where these are no judge, the meaning of
the objective in many digits. Directions have the structure of the variable.
"""

from __future__ import annotations

from typing import Any

import finite
import numpy as np
import pytest
from moves import SIXTH, Values, moved
from random_expressions import SIZES, Generator, constant, increment, values
from selection import some

import matcalc
from matcalc import meaning
from matcalc.errors import NotDifferentiableError, UnsupportedError
from matcalc.meaning import Multiprecision
from matcalc.syntax.program import Program

ORDINARY, LONG = 24, 2000
"""Programs in the ordinary run, and with `--fuzz`."""
FUNCTIONS = {
    "f": (
        lambda x: np.sin(x) + x**2 / 3,
        lambda x: np.cos(x) + 2 * x / 3,
        lambda x: 2 / 3 - np.sin(x),
        lambda x: -np.cos(x),
    )
}


def bent(program: Program, name: str, at: Values, u: Any, v: Any, step: float) -> float:
    """The second derivative of the objective along u and v."""

    def objective(at: Values) -> float:
        return float(finite.evaluate([program.objective], at, SIZES, FUNCTIONS)[0].item())

    return float(moved(objective, [(name, u), (name, v)], at, step, SIXTH))


def exactly_bent(program: Program, name: str, at: Values, u: Any, v: Any) -> float | None:
    """The same in many digits, from the objective's meaning; None where there is no second derivative."""
    field = Multiprecision(150)
    mpf = field.mp.mpf
    field.calls = {"f": lambda order, x: field.mp.sin(x) + x**2 / 3}

    def objective(s: Any, t: Any) -> Any:
        env = {
            symbol: [
                [
                    mpf(float(x)) + (s * mpf(float(u[i, j])) + t * mpf(float(v[i, j])) if symbol.name == name else 0)
                    for j, x in enumerate(row)
                ]
                for i, row in enumerate(at[symbol.name])
            ]
            for symbol in program.inputs
        }
        return meaning.entries([program.objective], env, field, SIZES)[0][0][0]

    found = []
    for step in (mpf(10) ** -30, mpf(10) ** -32):
        ends = [(a * b, objective(a * step, b * step)) for a in (1, -1) for b in (1, -1)]
        if not all(field.finite(value) for _, value in ends):
            return None
        found.append(sum(sign * value for sign, value in ends) / (4 * step**2))
    if abs(found[0] - found[1]) > mpf(10) ** -8 * (1 + abs(found[1])):
        return None
    return float(found[1])


def check(seed: int) -> tuple[str, str]:
    """('right', 'refused' or 'flat') for the map of a direction, and for the matrix; raises where one is wrong."""
    program = Generator(seed, structured=0.25, functions=("f",)).program(depth=2 + seed % 4)
    at = values(program, seed)
    variables = [s for s in program.inputs if not constant(s) and "orthogonal" not in s.attributes]
    if not variables:
        return "flat", "flat"
    x = variables[seed % len(variables)]
    rng = np.random.default_rng(seed + 1)
    u, v = (increment(x, rng.uniform(-1, 1, at[x.name].shape), at[x.name]) for _ in range(2))
    try:
        along = matcalc.hvp(program, x.name, "direction")
    except (UnsupportedError, NotDifferentiableError):
        return "refused", "refused"
    direction = next(s for s in along.scope if s.name == "direction")
    inputs = {s.name: at[s.name] for s in program.inputs}
    given = {**inputs, direction.name: v}
    claims = [value_of(along, given)]
    matrix = "right"
    try:
        found = matcalc.hessian(program, x.name, verify=False)
        claims.append(value_of(found.operator, {**inputs, f"d{x.name}": v}))
        claims.append((value_of(found, inputs) @ v.ravel("F")).reshape(u.shape, order="F"))
    except (UnsupportedError, NotDifferentiableError):
        matrix = "refused"
    slopes = [float((u * claim).sum()) for claim in claims]
    expected, again = (bent(program, x.name, inputs, u, v, step) for step in (4e-3, 2e-3))
    sure = np.isfinite([expected, again]).all() and abs(expected - again) <= 1e-6 * (1 + abs(again))
    if not (sure and all(abs(s - again) <= 1e-5 * (1 + abs(again)) for s in slopes)):
        exact = exactly_bent(program, x.name, inputs, u, v)
        if exact is None or not np.isfinite(slopes).all():
            return "flat", "flat"
        for s in slopes:
            assert abs(s - exact) <= 1e-5 * (1 + abs(exact)), f"seed {seed}, by {x.name}: {exact} but {slopes}"
    return "right", matrix


def value_of(formula: matcalc.Expr, at: Values) -> Any:
    return meaning.evaluate([formula.node], at, FUNCTIONS, SIZES)[0]


@pytest.mark.parametrize("block", some(range(4), 2))
def test_hessians_of_random_expressions(block: int, fuzz: bool) -> None:
    count = (LONG if fuzz else ORDINARY) // 4
    outcomes = [check(seed) for seed in range(block * count, (block + 1) * count)]
    maps, matrices = ([outcome[k] for outcome in outcomes] for k in (0, 1))
    assert maps.count("right") >= 0.5 * count and matrices.count("right") >= 0.4 * count, (
        maps.count("right"),
        matrices.count("right"),
    )
