"""ENTRYWISE: the named functions of the entries; each is an operator, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entrywise:
    """A named function of the entries; its derivative is in rules/derivatives.py.

    `kinks`: the points with different formulas on each side. `also`: further names. `formula`: a function of (sympy, t)
    that gives its definition, unless meaning/elementwise.py has a row that computes it more stably.
    """

    kinks: tuple[int, ...] = ()
    also: str = ""
    formula: Callable[[Any, Any], Any] | None = None


_SMOOTH = "exp log1p expm1 sqrt sin cos tan sinh cosh tanh softplus gelu silu mish erf log_sigmoid trigamma"
ENTRYWISE: dict[str, Entrywise] = {
    **{name: Entrywise() for name in _SMOOTH.split()},
    **{name: Entrywise(kinks=(0,)) for name in ("abs", "sign", "relu", "leaky_relu", "elu")},
    "log": Entrywise(also="ln"),
    "asin": Entrywise(also="arcsin"),
    "acos": Entrywise(also="arccos"),
    "atan": Entrywise(also="arctan"),
    "sigmoid": Entrywise(also="logistic"),
    "step": Entrywise(kinks=(0,), also="heaviside"),
    "lgamma": Entrywise(also="gammaln loggamma"),
    "digamma": Entrywise(),
    "erfc": Entrywise(),
    "normcdf": Entrywise(also="norm_cdf ndtr"),
    "normpdf": Entrywise((), "norm_pdf", lambda sp, t: sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)),
    "hardswish": Entrywise((-3, 3), "", lambda sp, t: sp.Piecewise((t, t > 3), (t * (t + 3) / 6, t > -3), (0, True))),
}
