"""What expressions mean: the two rows of each operator agree with each other and with an independent definition."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from fractions import Fraction
from typing import Any

import finite
import numpy as np
import pytest
import samples

from matcalc import operators as ops
from matcalc.errors import MatcalcError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import SCALAR, Node, Size, Slot, Symbol, Term, postorder
from matcalc.meaning import MEANINGS, Multiprecision, Sympy, entries, evaluate, unwritten
from matcalc.meaning.elementwise import FUNCTIONS, HIGHEST
from matcalc.meaning.table import meaning
from matcalc.operators import (
    FUNCTION_NAMES,
    TABLE,
    T,
    d,
    eye,
    function,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    number,
    ones,
    plus,
    power,
    scale,
    term,
    zeros,
)

A = Symbol("A", ("n", "m"))
B = Symbol("B", ("n", "m"))
C = Symbol("C", ("m", "k"))
S = Symbol("S", ("n", "n"))
x = Symbol("x", ("n", 1))
s = Symbol("s", SCALAR)
SIZES = {"n": 3, "m": 2, "k": 4}


def numbers(*symbols: Symbol, seed: int = 0, positive: bool = False) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shapes = {t: tuple(1 if dim == 1 else SIZES[str(dim)] for dim in t.shape) for t in symbols}
    draw = rng.uniform
    return {t.name: draw(0.3 if positive else -1.5, 1.5, size=shapes[t]) for t in symbols}


def many_digits(node: Node, values: dict[str, Any], sizes: dict[str, int]) -> np.ndarray[Any, Any]:
    """The value by the exact row, in 40 digits."""
    field = Multiprecision(40)
    env = {
        t: [[field.number(float(v)) for v in row] for row in np.atleast_2d(values[t.name])]
        for t in postorder(node)
        if isinstance(t, Symbol)
    }
    (rows,) = entries([node], env, field, sizes)
    return np.array([[float(v) for v in row] for row in rows])


def test_every_operator_has_a_meaning_and_a_definition() -> None:
    plain = {name for name, op in TABLE.items() if op.function is None and op is not ops.D}
    assert {op.name for op in MEANINGS} == plain
    assert plain == set(finite.OPERATORS)
    assert set(FUNCTIONS) == set(FUNCTION_NAMES) == set(finite.ENTRIES)


def test_a_missing_row_is_named() -> None:
    stranger = ops.Operator("stranger", ops.SAME)
    with pytest.raises(UnsupportedError, match="stranger"):
        meaning(stranger)
    with pytest.raises(UnsupportedError, match="stranger"):
        evaluate([Term(stranger, (A,))], numbers(A))


SAMPLES = {name: samples.sample(op) for name, op in samples.operators().items()}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("seed", [0, 1])
def test_each_operator_by_its_definition(name: str, seed: int) -> None:
    """The float64 value and the exact one, against a definition in NumPy that shares no code with either."""
    values = samples.numbers(samples.operators()[name], seed)
    (expected,) = finite.evaluate([SAMPLES[name]], values, samples.SIZES)
    (fast,) = evaluate([SAMPLES[name]], values, sizes=samples.SIZES)
    assert fast.shape == expected.shape
    assert np.isfinite(expected).all()
    exact = many_digits(SAMPLES[name], values, samples.SIZES)
    assert fast == pytest.approx(exact, rel=1e-11, abs=1e-12)
    assert exact == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", [name for name, node in SAMPLES.items() if not unwritten([node])])
def test_each_operator_in_formulas(name: str) -> None:
    import sympy

    from matcalc.meaning.elementwise import interpret

    op = samples.operators()[name]
    values, field, digits = samples.numbers(op, 2), Sympy(), Multiprecision(30)
    env: dict[Symbol, Any] = {}
    memo: dict[Any, Any] = {}
    for t in samples.inputs(op):
        rows, columns = values[t.name].shape
        env[t] = [[sympy.Symbol(f"{t.name}{i}{j}") for j in range(columns)] for i in range(rows)]
        memo |= {env[t][i][j]: digits.number(float(v)) for (i, j), v in np.ndenumerate(values[t.name])}
    (formulas,) = entries([SAMPLES[name]], env, field, samples.SIZES)
    found = np.array([[float(interpret(sympy.sympify(entry), memo, digits)) for entry in row] for row in formulas])
    (expected,) = finite.evaluate([SAMPLES[name]], values, samples.SIZES)
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)


# --------------------------------------------------------------------------------------------- functions of the entries

POINTS = {
    "log": (1e-9, 0.3, 2.0, 1e9),
    "sqrt": (1e-9, 0.3, 2.0, 1e9),
    "log1p": (-0.9, 1e-12, 3.0),
    "asin": (-0.99, 0.2, 0.99),
    "acos": (-0.99, 0.2, 0.99),
    "exp": (-700.0, -1.0, 1e-12, 5.0, 700.0),
    "sinh": (-20.0, 1e-9, 3.0),
    "cosh": (-20.0, 1e-9, 3.0),
    "expm1": (-40.0, 1e-12, 5.0),
    **dict.fromkeys(("lgamma", "digamma", "trigamma"), (1e-9, 0.3, 2.5, 30.0, 1e9)),
}
USUAL = (-800.0, -30.0, -1.3, -1e-9, 1e-9, 0.4, 2.5, 30.0, 800.0)


@pytest.mark.parametrize("name", FUNCTION_NAMES)
def test_float64_values_are_those_of_the_formula(name: str) -> None:
    field = Multiprecision(400)  # enough that 1 + exp(-800) is not 1
    points = np.array([POINTS.get(name, USUAL)])
    (found,) = evaluate([term(function(name), Symbol("z", (1, "k")))], {"z": points[0]})
    expected = [float(field.call(name, 0, field.number(float(v)))) for v in points[0]]
    assert found.shape == (1, len(expected))
    assert found[0] == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", FUNCTION_NAMES)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_are_those_of_the_function(name: str, order: int) -> None:
    field = Multiprecision(60)
    for point in (v for v in POINTS.get(name, USUAL) if 0.01 < abs(v) < 50 and not (abs(v) == 0.99 and order > 2)):
        at = field.number(point)
        slope = field.mp.diff(lambda t: field.call(name, order - 1, t), at, h=field.mp.mpf(10) ** -20)
        (found,) = evaluate([term(function(name, order), s)], {"s": point})
        assert found[0, 0] == pytest.approx(float(slope), rel=1e-8, abs=1e-12)


def test_values_at_kinks() -> None:
    kinks = {"relu": 0, "sign": 0, "abs": 0, "step": 0, "leaky_relu": 0, "elu": 0}
    for name, value in kinks.items():
        assert evaluate([term(function(name), s)], {"s": 0.0})[0][0, 0] == value
    slopes = {"relu": 0, "abs": 0, "sign": 0, "step": 0, "leaky_relu": 0.01, "elu": 1}
    for name, slope in slopes.items():
        assert evaluate([term(function(name, 1), s)], {"s": 0.0})[0][0, 0] == slope
    assert evaluate([term(ops.STEP_GE, s, s)], {"s": 2.0})[0][0, 0] == 1


def test_a_derivative_does_not_overflow() -> None:
    (found,) = evaluate([term(function("softplus", 1), x)], {"x": [-2000.0, 0.0, 2000.0]})
    assert found[:, 0].tolist() == [0, 0.5, 1]


def test_a_very_high_derivative_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="order"):
        evaluate([term(function("tanh", HIGHEST + 1), s)], {"s": 1.0})


def test_singular_matrices_in_many_digits() -> None:
    """What elimination leaves of a singular matrix is rounding: its determinant is 0, and it has no inverse."""
    field = Multiprecision(110)
    third = field.number(Fraction(1, 3))
    column = [third, third * third + 1, field.mp.sqrt(2)]
    for size in (1, field.mp.mpf(10) ** 60, field.mp.mpf(10) ** -60):
        singular = [[size * a * b for b in column] for a in column]
        regular = [[a + size * (i == j) for j, a in enumerate(row)] for i, row in enumerate(singular)]
        assert MEANINGS[ops.DET].exact(field, (1, 1), singular) == [[0]]
        assert not any(field.finite(a) for row in MEANINGS[ops.INV].exact(field, (3, 3), singular) for a in row)
        assert not field.finite(MEANINGS[ops.LOGDET].exact(field, (1, 1), singular)[0][0])
        assert MEANINGS[ops.DET].exact(field, (1, 1), regular)[0][0] != 0
        assert all(field.finite(a) for row in MEANINGS[ops.INV].exact(field, (3, 3), regular) for a in row)
    graded = [[field.mp.mpf(10) ** (90 - 90 * i) if i == j else field.mp.mpf(0) for j in range(3)] for i in range(3)]
    assert field.mp.almosteq(MEANINGS[ops.DET].exact(field, (1, 1), graded)[0][0], 1)
    beside = [[third, third], [third, third + field.mp.mpf(10) ** -40]]  # nearly singular, but not by rounding
    assert field.finite(MEANINGS[ops.INV].exact(field, (2, 2), beside)[0][0])


# ------------------------------------------------------------------------------------------------------------- evaluate


def test_vectors_and_scalars_in_their_usual_forms() -> None:
    row = Symbol("r", (1, "n"))
    values = {"x": [1.0, 2.0, 3.0], "r": [4, 5, 6], "s": 2}
    product, outer, scaled = evaluate([matmul(row, x), matmul(x, row), scale(s, x)], values)
    assert (product.shape, product[0, 0]) == (SCALAR, 32)
    assert outer.shape == (3, 3)
    assert scaled.tolist() == [[2], [4], [6]]
    assert evaluate([x], {"x": np.ones((3, 1))})[0].shape == (3, 1)
    assert evaluate([], {}) == []


def test_what_is_returned_is_not_what_was_given() -> None:
    given = np.ones((3, 2))
    (found,) = evaluate([A], {"A": given})
    found[0, 0] = 7
    assert given[0, 0] == 1


def test_definitions_are_followed_and_can_be_replaced() -> None:
    z = Symbol("z", ("n", "k"), definition=matmul(A, C))
    values = numbers(A, C)
    twice = scale(number(2), z)
    assert evaluate([twice], values)[0] == pytest.approx(2 * values["A"] @ values["C"])
    assert evaluate([twice], {"z": np.ones((3, 4))})[0] == pytest.approx(2 * np.ones((3, 4)))


def test_shared_work_is_done_once() -> None:
    calls = []

    def f(z: Any) -> Any:
        calls.append(1)
        return np.tanh(z)

    z = x
    for _ in range(30):  # a tree of 2^30 leaves
        z = plus(term(function("f"), z), term(function("f"), z))
    evaluate([z, matmul(T(z), z)], {"x": [1.0, 2.0]}, {"f": f})
    assert len(calls) == 30


def test_depth_is_not_limited_by_the_stack() -> None:
    z: Node = s
    for _ in range(20_000):
        z = plus(term(function("sin"), z), s)
    assert np.isfinite(evaluate([z], {"s": 0.3})[0][0, 0])


def test_unknown_functions() -> None:
    f, f1, f2 = (function("f", k) for k in range(3))
    values = {"x": [0.1, 0.2]}
    family = (np.sin, np.cos, lambda z: -np.sin(z))
    found = evaluate([term(f, x), term(f1, x), term(f2, x)], values, {"f": family})
    assert np.allclose([a[0, 0] for a in found], [math.sin(0.1), math.cos(0.1), -math.sin(0.1)], rtol=1e-14, atol=0)
    assert np.isclose(evaluate([term(f, x)], values, {"f": math.sin})[0][1, 0], math.sin(0.2), rtol=1e-14, atol=0)
    assert evaluate([term(f, x)], values, {"f": lambda z: 7})[0].tolist() == [[7], [7]]
    with pytest.raises(UnknownNameError, match="function f'") as caught:
        evaluate([term(f1, x)], values, {"f": np.sin})
    assert "(f, f')" in caught.value.hint
    with pytest.raises(UnknownNameError, match="function f"):
        evaluate([term(f, x)], values)


def test_sizes() -> None:
    weights = scale(power(Size("n"), -1), ones("n"))
    assert evaluate([weights], {}, sizes={"n": 4})[0].tolist() == [[0.25]] * 4
    assert evaluate([matmul(ones(1, "n"), x)], {"x": [1, 2, 3]})[0][0, 0] == 6
    with pytest.raises(UnknownNameError, match="the size n is not known from the values given") as caught:
        evaluate([weights], {})
    assert caught.value.hint == "pass sizes={'n': …}"
    # Sizes that only ones(k) needs, beside those that values show; values that nothing needs do no harm.
    values = {"x": [1.0, 2.0], "unused": np.ones((7, 7))}
    assert evaluate([matmul(ones("k", "n"), x)], values, sizes={"k": 3})[0].tolist() == [[3], [3], [3]]
    with pytest.raises(UnknownNameError, match="the size k is not known"):
        evaluate([matmul(ones("k", "n"), x)], values)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"A": np.ones((3, 2))}, UnknownNameError, "C has no value"),
        ({"A": np.ones((3, 2)), "C": np.ones((3, 4))}, ShapeError, "C is 3×4.*m = 2 by A"),
        ({"A": np.ones((3, 2, 1)), "C": np.ones((2, 4))}, ShapeError, "A has 3 axes"),
        ({"A": "text", "C": np.ones((2, 4))}, ShapeError, "A is not an array of real numbers"),
        ({"A": [[1, 2], [3]], "C": np.ones((2, 4))}, ShapeError, "A is not an array"),
        ({"A": np.ones((3, 2)) * 1j, "C": np.ones((2, 4))}, ShapeError, "A is not an array of real"),
        ({"A": None, "C": np.ones((2, 4))}, MatcalcError, "A"),
    ],
)
def test_bad_values(values: dict[str, Any], error: type[MatcalcError], message: str) -> None:
    with pytest.raises(error, match=message):
        evaluate([matmul(A, C)], values)


def test_a_declared_size_is_held() -> None:
    with pytest.raises(ShapeError, match="P is 2×4"):
        evaluate([Symbol("P", (3, 4))], {"P": np.ones((2, 4))})


def test_a_hole_in_a_rule_is_no_value() -> None:
    with pytest.raises(UnsupportedError, match="hole"):
        evaluate([Slot("G", SCALAR)], {})


def test_outside_the_domain_there_is_nan_and_no_noise(capfd: pytest.CaptureFixture[str]) -> None:
    bad = [-1.0, 0.5]
    names = ("sqrt", "log", "log1p", "asin")
    nodes = [term(function(name), scale(number(2), x)) for name in names]
    nodes += [
        power(x, number(Fraction(1, 2))),
        power(minus(x, x), -1),
        inv(zeros("n", "n")),
        d(term(function("log"), x)),
    ]
    nodes += [term(ops.LOGDET, scale(number(-1), eye("p")))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = evaluate(nodes, {"x": bad, "dx": [1.0, 1.0]}, sizes={"p": 3})
    assert all(np.isnan(a[0, 0]) for a in found[:5])
    assert np.isinf(found[5]).all()
    assert np.isnan(found[6]).all()
    assert np.isnan(found[7][0, 0]) and found[7][1, 0] == pytest.approx(2)
    assert np.isnan(found[8]).all()
    assert capfd.readouterr() == ("", "")


def test_importing_loads_nothing() -> None:
    code = "import matcalc.meaning, matcalc.verify, sys; assert not {'numpy', 'sympy', 'mpmath'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# -------------------------------------------------------------------------------------------------------- differentials


def test_d_of_a_symbol_is_its_increment() -> None:
    values = numbers(A) | {"dA": np.ones((3, 2))}
    assert evaluate([d(A)], values)[0].tolist() == np.ones((3, 2)).tolist()
    assert evaluate([d(A)], numbers(A))[0].tolist() == np.zeros((3, 2)).tolist()
    with pytest.raises(ShapeError, match="dA"):
        evaluate([d(A)], numbers(A) | {"dA": np.ones((2, 2))})


@pytest.mark.parametrize("name", [n for n in FUNCTION_NAMES if n not in ("sign", "step")])
def test_d_of_a_function(name: str) -> None:
    values = {"x": [0.3, 0.7, 0.9], "dx": [1.0, -2.0, 0.5]}
    left, right = evaluate([d(term(function(name), x)), hadamard(term(function(name, 1), x), d(x))], values)
    assert left == pytest.approx(right, rel=1e-12)


def test_d_of_products_inverses_and_determinants() -> None:
    square = plus(S, scale(number(3), eye("n")))
    pairs = [
        (d(matmul(S, A, C)), plus(matmul(d(S), A, C), matmul(S, d(A), C), matmul(S, A, d(C)))),
        (d(inv(square)), scale(number(-1), matmul(inv(square), d(S), inv(square)))),
        (d(term(ops.LOGDET, square)), term(ops.TRACE, matmul(inv(square), d(S)))),
        (d(inner(A, A)), scale(number(2), inner(A, d(A)))),
        (d(matmul(T(x), S, x)), plus(matmul(T(d(x)), S, x), matmul(T(x), d(S), x), matmul(T(x), S, d(x)))),
    ]
    values = numbers(A, C, S, x) | {f"d{k}": v for k, v in numbers(A, C, S, x, seed=5).items()}
    for left, right in pairs:
        a, b = evaluate([left, right], values)
        assert a == pytest.approx(b, rel=1e-12)
    assert all(np.abs(evaluate([left], values)[0]).max() > 1e-3 for left, _ in pairs)


def test_d_of_an_unknown_function_and_through_definitions() -> None:
    z = Symbol("z", ("n", "k"), definition=matmul(A, C))
    f, f1 = function("f"), function("f", 1)
    a = Symbol("a", ("n", "k"), definition=term(f, z))
    values = numbers(A, C) | {"dC": numbers(C, seed=3)["C"]}
    family = (lambda t: np.sin(t) + t**2, lambda t: np.cos(t) + 2 * t)
    left, right, bare = evaluate([d(a), hadamard(term(f1, z), matmul(A, d(C))), d(z)], values, {"f": family})
    assert left == pytest.approx(right, rel=1e-12)
    assert bare == pytest.approx(values["A"] @ values["dC"], rel=1e-12)
    (alone,) = evaluate([d(a)], values, {"f": family[0]})  # its derivative was not given
    assert alone == pytest.approx(right, rel=1e-9)


def test_second_differentials() -> None:
    second = d(d(term(ops.SUM, power(x, 3))))
    values = {"x": [1.0, 2.0], "dx": [1.0, -1.0]}
    assert evaluate([second], values)[0][0, 0] == pytest.approx(6 * 1 + 6 * 2, rel=1e-12)
    assert evaluate([d(d(x))], values)[0].tolist() == [[0], [0]]
    deep: Node = s
    for _ in range(6):
        deep = d(deep)
    with pytest.raises(UnsupportedError, match="order 6"):
        evaluate([deep], {"s": 1.0})


def test_a_differential_beside_a_kink() -> None:
    # 10⁻⁹ from the kink of relu: a float64 difference quotient would step over it.
    values = {"x": [1e-9, -1e-9], "dx": [1.0, 1.0]}
    assert evaluate([d(term(function("relu"), x))], values)[0].tolist() == [[1], [0]]


def test_a_name_that_looks_like_an_increment() -> None:
    dx = Symbol("dx", ("n", 1))
    (found,) = evaluate([plus(d(x), dx)], {"x": [1.0], "dx": [5.0]})
    assert found.tolist() == [[5]]
