"""Functions of the entries that a user gives as callables, each f or (f, f', …)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from matcalc.errors import ShapeError
from matcalc.meaning.fields import Multiprecision, unknown
from matcalc.meaning.protocol import Entry

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[numpy.float64]

Functions: TypeAlias = Mapping[str, Callable[..., Any] | tuple[Callable[..., Any], ...]]


def member(given: Functions, name: str, order_: int) -> Callable[..., Any]:
    """The function `name` or its derivative. Raises UnknownNameError where that was not given."""
    family = given[name]
    family = family if isinstance(family, tuple) else (family,)
    if order_ >= len(family):
        raise unknown(name, order_)
    return family[order_]


def called(np: Any, f: Callable[..., Any], x: Array) -> Array:
    """f of the array if f takes arrays, else of each entry. Errors that f itself raises pass through."""
    try:
        found = f(x)
    except (TypeError, ValueError):
        found = [[f(float(v)) for v in row] for row in x]
    result = _numbers(np, found)
    try:
        return np.broadcast_to(result, x.shape)  # type: ignore[no-any-return]
    except ValueError:
        raise ShapeError(f"a function given here makes an array of shape {result.shape} of one of {x.shape}") from None


def _numbers(np: Any, result: Any) -> Array:
    try:
        return np.asarray(result, dtype=np.float64)  # type: ignore[no-any-return]
    except (TypeError, ValueError, OverflowError):
        raise ShapeError(
            "a function given here does not return a number", hint="it takes a float or an array, and returns the like"
        ) from None


def extended(field: Multiprecision, np: Any, given: Functions, name: str, order_: int, x: Entry) -> Entry:
    """A function known in float64 only, continued to nearby numbers of more digits by its derivative."""
    if not field.mp.isfinite(x):
        return field.nan

    def at(k: int, point: float) -> float:
        return float(called(np, member(given, name, k), np.array([[point]]))[0, 0])

    near = float(x)
    family = given[name]
    if isinstance(family, tuple) and order_ + 1 < len(family):
        slope = at(order_ + 1, near)
    else:
        slope = _slope(partial(at, order_), near)
    return field.number(at(order_, near)) + field.number(slope) * (x - field.number(near))


def _slope(f: Callable[[float], float], x: float) -> float:
    # Central differences, extrapolated twice (Richardson): error of order h⁶.
    h = 2.0**-6 * max(1.0, abs(x))
    table = [(f(x + s) - f(x - s)) / (2 * s) for s in (h, h / 2, h / 4)]
    one, two = (4 * table[1] - table[0]) / 3, (4 * table[2] - table[1]) / 3
    return (16 * two - one) / 15
