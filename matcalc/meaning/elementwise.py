"""FUNCTIONS: the meaning of each named function of the entries, once as a formula and once for float64.

The formula is a SymPy expression, and derivatives of all orders are SymPy's scalar `diff` of it. Formulas use few
functions, so that their derivatives do: sigmoid is written by tanh, whose derivative 1 - tanh² is a polynomial in it.
The float64 form is stable: no overflow for large arguments, no cancellation for small ones.

The gamma functions are defined for positive numbers, and nan elsewhere. They have no formula in simpler functions, so
every field computes digamma and its derivatives itself.

Values at kinks: relu'(0) = 0, sign(0) = abs'(0) = 0, step(0) = 0. leaky_relu has slope 1/100, elu alpha 1, gelu is the
exact one (by erf), silu = x sigmoid(x), mish = x tanh(softplus(x)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from matcalc.errors import UnsupportedError
from matcalc.meaning.protocol import Entry, Field
from matcalc.named_functions import ENTRYWISE


@dataclass(frozen=True)
class EntryFunction:
    """`formula(sympy, t)`, a SymPy expression in t; `fast(numpy, x)`, the same for a float64 array.

    Without `fast` the formula itself is computed. `slopes(numpy, order, x)`: the derivatives for float64.
    """

    formula: Callable[[Any, Any], Any]
    fast: Callable[[Any, Any], Any] | None = None
    slopes: Callable[[Any, int, Any], Any] | None = None


PRIMITIVE = frozenset(
    ("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf", "lgamma", "digamma")
)
"""The functions that formulas are built of; every field knows them."""


def primitive(name: str, order: int) -> bool:
    """Whether every field knows the function, differentiated `order` times."""
    return name in PRIMITIVE and (not order or name == "digamma")


def _by_entry(f: Callable[[float], float]) -> Callable[[Any, Any], Any]:
    return lambda np, x: np.array([f(v) for v in x.ravel().tolist()]).reshape(x.shape)


def _sigmoid(np: Any, x: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -x))


def _softplus(np: Any, x: Any) -> Any:
    return np.logaddexp(0.0, x)


def _steps(sp: Any, t: Any, above: Any, below: Any, at_zero: Any = None) -> Any:
    # above for t > 0, below for t < 0, and at 0 the value given, else that of below.
    middle = () if at_zero is None else ((below, t < 0),)
    return sp.Piecewise((above, t > 0), *middle, (below if at_zero is None else at_zero, True))


_erf = _by_entry(math.erf)
_erfc = _by_entry(math.erfc)

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
"""B_2, B_4, …"""
FAR = 20
"""From here on the series in 1/x is exact to rounding."""


def _polygamma(np: Any, order: int, x: Any) -> Any:
    # Digamma, differentiated: by its recurrence to x + FAR, and there by its asymptotic series (Abramowitz & Stegun,
    # 6.3.18, 6.4.6 and 6.4.11).
    x = np.where(x > 0, x, np.nan)
    y, n = x + FAR, order
    sign = -1.0 if n % 2 else 1.0
    near = math.factorial(n) * sum((x + k) ** -(n + 1.0) for k in range(FAR))
    leading = -np.log(y) if n == 0 else math.factorial(n - 1) * y ** -float(n)
    rest = math.factorial(n) / 2 * y ** -(n + 1.0)
    for k, b in enumerate(BERNOULLI, 1):
        rest = rest + b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) * y ** -float(2 * k + n)
    return -sign * (leading + rest + near)


FUNCTIONS: Mapping[str, EntryFunction] = {
    **{name: EntryFunction(row.formula) for name, row in ENTRYWISE.items() if row.formula is not None},
    "exp": EntryFunction(lambda sp, t: sp.exp(t), lambda np, x: np.exp(x)),
    "log": EntryFunction(lambda sp, t: sp.log(t), lambda np, x: np.log(x)),
    "log1p": EntryFunction(lambda sp, t: sp.log(1 + t), lambda np, x: np.log1p(x)),
    "expm1": EntryFunction(lambda sp, t: sp.exp(t) - 1, lambda np, x: np.expm1(x)),
    "sqrt": EntryFunction(lambda sp, t: sp.sqrt(t), lambda np, x: np.sqrt(x)),
    "abs": EntryFunction(lambda sp, t: _steps(sp, t, t, -t, 0), lambda np, x: np.abs(x)),
    "sign": EntryFunction(lambda sp, t: _steps(sp, t, 1, -1, 0), lambda np, x: np.sign(x)),
    "sin": EntryFunction(lambda sp, t: sp.sin(t), lambda np, x: np.sin(x)),
    "cos": EntryFunction(lambda sp, t: sp.cos(t), lambda np, x: np.cos(x)),
    "tan": EntryFunction(lambda sp, t: sp.tan(t), lambda np, x: np.tan(x)),
    "asin": EntryFunction(lambda sp, t: sp.asin(t), lambda np, x: np.arcsin(x)),
    "acos": EntryFunction(lambda sp, t: sp.acos(t), lambda np, x: np.arccos(x)),
    "atan": EntryFunction(lambda sp, t: sp.atan(t), lambda np, x: np.arctan(x)),
    "sinh": EntryFunction(lambda sp, t: sp.sinh(t), lambda np, x: np.sinh(x)),
    "cosh": EntryFunction(lambda sp, t: sp.cosh(t), lambda np, x: np.cosh(x)),
    "tanh": EntryFunction(lambda sp, t: sp.tanh(t), lambda np, x: np.tanh(x)),
    "sigmoid": EntryFunction(lambda sp, t: (1 + sp.tanh(t / 2)) / 2, _sigmoid),
    "relu": EntryFunction(lambda sp, t: _steps(sp, t, t, 0), lambda np, x: np.maximum(x, 0.0)),
    "leaky_relu": EntryFunction(lambda sp, t: _steps(sp, t, t, t / 100), lambda np, x: np.where(x > 0, x, x / 100)),
    "elu": EntryFunction(
        lambda sp, t: _steps(sp, t, t, sp.exp(t) - 1), lambda np, x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0)))
    ),
    "softplus": EntryFunction(lambda sp, t: sp.log(1 + sp.exp(t)), _softplus),
    "gelu": EntryFunction(
        lambda sp, t: t * (1 + sp.erf(t / sp.sqrt(2))) / 2, lambda np, x: x * _erfc(np, -x / math.sqrt(2)) / 2
    ),
    "silu": EntryFunction(lambda sp, t: t * (1 + sp.tanh(t / 2)) / 2, lambda np, x: x * _sigmoid(np, x)),
    "mish": EntryFunction(
        lambda sp, t: t * sp.tanh(sp.log(1 + sp.exp(t))), lambda np, x: x * np.tanh(_softplus(np, x))
    ),
    "erf": EntryFunction(lambda sp, t: sp.erf(t), _erf),
    "erfc": EntryFunction(lambda sp, t: 1 - sp.erf(t), _erfc),
    "normcdf": EntryFunction(
        lambda sp, t: (1 + sp.erf(t / sp.sqrt(2))) / 2, lambda np, x: _erfc(np, -x / math.sqrt(2)) / 2
    ),
    "lgamma": EntryFunction(lambda sp, t: sp.loggamma(t), _by_entry(lambda x: math.lgamma(x) if x > 0 else math.nan)),
    "digamma": EntryFunction(lambda sp, t: sp.polygamma(0, t), lambda np, x: _polygamma(np, 0, x), _polygamma),
    "trigamma": EntryFunction(lambda sp, t: sp.polygamma(1, t), lambda np, x: _polygamma(np, 1, x)),
    "step": EntryFunction(lambda sp, t: _steps(sp, t, 1, 0), lambda np, x: np.where(np.isnan(x), np.nan, x > 0)),
    "log_sigmoid": EntryFunction(lambda sp, t: -sp.log(1 + sp.exp(-t)), lambda np, x: -np.logaddexp(0.0, -x)),
}


# ------------------------------------------------------------------------------------------ SymPy formulas in any field


HIGHEST = 8
"""The highest derivative of a named function that is evaluated; formulas grow exponentially with it."""


@cache
def _sympy_formula(name: str, order: int) -> tuple[Any, Any]:
    import sympy

    if order > HIGHEST:
        raise UnsupportedError(f"the derivative of order {order} of {name} is not evaluated, only up to {HIGHEST}")

    t = sympy.Symbol("t")
    if order == 0:
        return t, sympy.sympify(FUNCTIONS[name].formula(sympy, t))
    return t, _sympy_formula(name, order - 1)[1].diff(t)


class Formula:
    """A SymPy expression in one variable, ready to be evaluated at an entry of any field."""

    def __init__(self, variable: Any, expression: Any) -> None:
        self._variable = variable
        self._expression = expression
        self._order = _below(expression, {})

    def __call__(self, x: Entry, field: Field) -> Entry:
        memo = {self._variable: x}
        _run(self._order, memo, field)
        return memo[self._expression]


@cache
def formula(name: str, order: int) -> Formula:
    """The named function `name`, differentiated `order` times by SymPy.

    Raises KeyError for a name that is not in FUNCTIONS, UnsupportedError for an order above HIGHEST.
    """
    return Formula(*_sympy_formula(name, order))


def interpret(expression: Any, memo: dict[Any, Entry], field: Field) -> Entry:
    """A SymPy expression's value in `field`. `memo` holds the values of its symbols and receives those of its parts."""
    _run(_below(expression, memo), memo, field)
    return memo[expression]


def _below(expression: Any, known: Mapping[Any, Any]) -> list[Any]:
    # The distinct parts, operands first; a condition of a Piecewise counts as two operands, its sides.
    order: list[Any] = []
    seen: set[Any] = set()
    stack: list[tuple[Any, bool]] = [(expression, False)]
    while stack:
        part, ready = stack.pop()
        if ready:
            order.append(part)
        elif part not in seen and part not in known:
            seen.add(part)
            stack.append((part, True))
            stack.extend((a, False) for a in part.args)
    return order


def _run(order: list[Any], memo: dict[Any, Entry], field: Field) -> None:
    rows = _rows()
    for part in order:
        if part in memo:
            continue
        kind = type(part)
        row = rows.get(kind)
        if row is not None:
            memo[part] = row(part, memo, field)
        elif hasattr(kind, "matcalc"):
            name, times = kind.matcalc
            memo[part] = field.call(name, times, memo[part.args[0]])
        elif hasattr(kind, "atom_of"):
            memo[part] = field.atom(kind.atom_of, [memo[a] for a in part.args])
        elif hasattr(kind, "strict"):
            zero, one = field.number(Fraction(0)), field.number(Fraction(1))
            memo[part] = field.where(memo[part.args[0]], kind.strict, one, zero)
        elif part.is_Rational:
            memo[part] = field.number(Fraction(int(part.p), int(part.q)))
        elif part.is_Symbol:
            continue  # a variable that is not known: whatever holds it is not evaluated either
        else:
            raise UnsupportedError(f"{kind.__name__} has no meaning here")


@cache
def _rows() -> Mapping[type, Callable[[Any, dict[Any, Entry], Field], Entry]]:
    # What each class of SymPy expressions is in a field.
    import sympy as sp
    from sympy.functions.elementary.piecewise import ExprCondPair
    from sympy.logic.boolalg import BooleanFalse, BooleanTrue

    def product(e: Any, memo: dict[Any, Entry], field: Field) -> Entry:
        value = memo[e.args[0]]
        for a in e.args[1:]:
            value = value * memo[a]
        return value

    def relation(sign: int, strict: bool) -> Callable[[Any, dict[Any, Entry], Field], Entry]:
        def sides(e: Any, memo: dict[Any, Entry], field: Field) -> Entry:
            difference = memo[e.lhs] - memo[e.rhs]
            return (difference if sign > 0 else -difference, strict)

        return sides

    def pieces(e: Any, memo: dict[Any, Entry], field: Field) -> Entry:
        value: Any = None
        for piece in reversed(e.args):
            here, condition = memo[piece]
            if condition is True:
                value = here
            elif condition is not False:
                u, strict = condition
                value = field.where(u, strict, here, field.number(Fraction(0)) if value is None else value)
        return value

    rows: dict[type, Callable[[Any, dict[Any, Entry], Field], Entry]] = {
        sp.Add: lambda e, memo, field: field.sum([memo[a] for a in e.args]),
        sp.Mul: product,
        sp.Pow: lambda e, memo, field: field.power(memo[e.base], memo[e.exp]),
        sp.Piecewise: pieces,
        ExprCondPair: lambda e, memo, field: (memo[e.expr], memo[e.cond]),
        sp.StrictGreaterThan: relation(1, True),
        sp.GreaterThan: relation(1, False),
        sp.StrictLessThan: relation(-1, True),
        sp.LessThan: relation(-1, False),
        BooleanTrue: lambda e, memo, field: True,
        BooleanFalse: lambda e, memo, field: False,
        type(sp.pi): lambda e, memo, field: field.constant("pi"),
        type(sp.E): lambda e, memo, field: field.constant("e"),
        sp.loggamma: lambda e, memo, field: field.call("lgamma", 0, memo[e.args[0]]),
        sp.polygamma: lambda e, memo, field: field.call("digamma", int(e.args[0]), memo[e.args[1]]),
    }
    for name in PRIMITIVE - {"lgamma", "digamma"}:
        rows[getattr(sp, name)] = lambda e, memo, field, name=name: field.call(name, 0, memo[e.args[0]])  # type: ignore[misc]
    return rows
