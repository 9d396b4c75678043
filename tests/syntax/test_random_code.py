"""Random code is read as it is run: what matcalc reads has the value that NumPy computes, also where n = d."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import random_code
from random_code import MATLAB_INPUTS, NUMPY_INPUTS, MatlabCode, NumpyCode
from selection import some

import matcalc
from matcalc.api.formula import Expr

ORDINARY, LONG = 60, 3000
"""Programs of each language in the ordinary run, and with `--fuzz`."""


def check(seed: int, code: str, lines: list[str], inputs: dict[str, str], language: str) -> str:
    """What came of a program: read, refused, or no program of NumPy either. Raises AssertionError if read wrongly."""
    lengths = {"n": 4 - seed % 2, "d": 3, "1": 1}
    letters = {"n": "n", "d": "n" if seed % 2 else "d", "1": "1"}
    random = np.random.default_rng(seed)
    values = {name: random.uniform(0.5, 1.5, [lengths[size] for size in shape]) for name, shape in inputs.items()}
    scope: dict[str, Any] = {"np": np, **vars(random_code), **values}
    try:
        with warnings.catch_warnings(), np.errstate(divide="raise", invalid="raise", over="raise"):
            warnings.simplefilter("ignore")
            exec("\n".join(lines[:-1]), scope)
            meant = float(np.asarray(eval(lines[-1], scope)).reshape(()))
    except (ArithmeticError, IndexError, ValueError, TypeError, AttributeError, np.linalg.LinAlgError):
        return "no program"  # a name that was assigned again has another shape now
    if not np.isfinite(meant):
        return "no program"
    shapes = [f"{name}: {' x '.join(letters[i] for i in shape) or 'scalar'}" for name, shape in inputs.items()]
    try:
        program = matcalc.parse(code, shapes, language=language)
    except matcalc.MatcalcError:
        return "refused"
    given = {s.name: values[s.name].reshape(()) if s.is_scalar else values[s.name] for s in program.inputs}
    sizes = {letters[size]: length for size, length in lengths.items() if size != "1"}
    found = Expr(program.objective, program.inputs).evaluate(given, sizes=sizes)
    assert np.isclose(found, meant, rtol=1e-8), f"{found}, meant {meant}:\n{code}"
    return "read"


@pytest.mark.parametrize("block", some(range(5), 3))
@pytest.mark.parametrize("language", ["python", "matlab"])
def test_random_code_has_the_value_that_numpy_computes(language: str, block: int, fuzz: bool) -> None:
    """Nearly all of it is read, and none of it otherwise."""
    count = (LONG if fuzz else ORDINARY) // 5
    outcomes = []
    for seed in range(block * count, (block + 1) * count):
        if language == "python":
            code = NumpyCode(seed).program()
            outcomes.append(check(seed, code, code.split("\n"), NUMPY_INPUTS, language))
        else:
            code, lines = MatlabCode(seed).program()
            outcomes.append(check(seed, code, lines, MATLAB_INPUTS, language))
    assert outcomes.count("refused") <= count / 10
    assert outcomes.count("read") >= count * 0.8
