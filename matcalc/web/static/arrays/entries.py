"""Functions of the entries of an array, and what NumPy says where mathematics has no value."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

from .array import ndarray, of_two, together


def _of_entries(f: Callable[[Any], Any], beyond: Callable[[float], float] | None = None) -> Callable[[Any], Any]:
    # f for an array or a number; `beyond` says the value where f raises an error.
    def guarded(x: Any) -> Any:
        try:
            return f(x)
        except (ValueError, OverflowError):
            if beyond is None:
                raise
            return beyond(x)

    def entrywise(x: Any) -> Any:
        (entries,), shape = together(x)
        try:
            found = list(map(f, entries))
        except (ValueError, OverflowError):
            found = list(map(guarded, entries))
        return ndarray(found, shape) if shape else found[0]

    return entrywise


def _nowhere(x: float) -> float:
    return math.nan


def _beyond_range(x: float) -> float:
    return math.inf


def _sign(x: Any) -> Any:
    return x if x != x else float((x > 0) - (x < 0))


def _log_of_sum(x: float, y: float) -> float:
    if x == y:
        return x + math.log(2)
    difference = x - y
    if difference > 0:
        return x + math.log1p(math.exp(-difference))
    return y + math.log1p(math.exp(difference)) if difference <= 0 else difference


exp = _of_entries(math.exp, _beyond_range)
expm1 = _of_entries(math.expm1, _beyond_range)
log = _of_entries(math.log, lambda x: math.nan if x else -math.inf)
log1p = _of_entries(math.log1p, lambda x: math.nan if x < -1 else -math.inf)
sqrt = _of_entries(math.sqrt, _nowhere)
sin, cos, tan = (_of_entries(f, _nowhere) for f in (math.sin, math.cos, math.tan))
arcsin, arccos = (_of_entries(f, _nowhere) for f in (math.asin, math.acos))
arctan, tanh = _of_entries(math.atan), _of_entries(math.tanh)
sinh = _of_entries(math.sinh, lambda x: math.copysign(math.inf, x))
cosh = _of_entries(math.cosh, _beyond_range)
abs = _of_entries(builtins.abs)
sign = _of_entries(_sign)
isfinite, isnan = _of_entries(math.isfinite), _of_entries(math.isnan)
maximum = of_two(lambda x, y: x if x >= y or x != x else y)
minimum = of_two(lambda x, y: x if x <= y or x != x else y)
logaddexp = of_two(_log_of_sum)


def round(x: Any, digits: int = 0) -> Any:
    """Rounded to so many digits after the point."""
    scale = 10.0**digits
    return _of_entries(lambda v: builtins.round(v * scale) / scale, lambda v: v)(x)


def where(condition: Any, a: Any, b: Any) -> Any:
    """The entries of a where the condition holds, those of b elsewhere."""
    (conditions, one, two), shape = together(condition, a, b)
    found = [x if holds else y for holds, x, y in zip(conditions, one, two, strict=True)]
    return ndarray(found, shape) if shape else found[0]
