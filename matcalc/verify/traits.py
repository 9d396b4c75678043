"""TRAITS: properties of operators by which the judge looks for points, chooses sizes and says what it assumed.

There is a row for each operator and function of the entries that is not defined and smooth everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matcalc.expr import Node, Number, Term
from matcalc.named_functions import ENTRYWISE
from matcalc.operators import POWER


@dataclass(frozen=True)
class Trait:
    """A row of TRAITS.

    `divides`: it may turn rounding errors into large numbers. `inverts`: its square argument must not be singular; the
    words say where it stands. `vector`: the value whose vector it is; the value must be simple. `square`: its argument
    is square, and sizes are chosen for that. `both_ways`: its formulas differ for more rows than columns and for fewer.
    `kink`: its formula differs on the two sides of a kink. `exponent`: its last argument is a whole exponent.
    `regularized`: its condition is not needed if its last argument is not 0. `steps`: the number of matrix products
    that evaluate it. `condition`: what it requires of its argument, with {} for the argument's name, and without a
    name; `known`: the attributes that imply it.
    """

    divides: bool = False
    inverts: str = ""
    vector: str = ""
    square: bool = False
    both_ways: bool = False
    kink: bool = False
    exponent: bool = False
    regularized: bool = False
    steps: int = 1
    condition: tuple[str, str] | None = None
    known: frozenset[str] = frozenset({"positive"})


_KINK = Trait(kink=True, condition=("away from kinks", "away from kinks"))
_POSITIVE = Trait(divides=True, condition=("entries of {} positive", "logarithms of positive numbers"))
_GAMMA = Trait(divides=True, condition=("entries of {} positive", "gamma functions of positive numbers"))
_ARC = Trait(condition=("entries of {} in (-1, 1)", "asin and acos within (-1, 1)"))
_PRINCIPAL = (
    "{} without eigenvalues that are 0 or negative",
    "logarithms and roots of matrices without eigenvalues that are 0 or negative",
)
_DEFINITE = frozenset({"pd"})
_LOGM = Trait(True, "in a logm", square=True, steps=400, condition=_PRINCIPAL, known=_DEFINITE)
_SQRTM = Trait(True, "in a sqrtm", square=True, steps=100, condition=_PRINCIPAL, known=_DEFINITE)
_SPREAD = Trait(divides=True, regularized=True, condition=("entries of {} not all equal", "standard deviations not 0"))
_SIMPLE = "the {} eigenvalue of {{}} simple", "{} eigenvalues simple"
_LARGEST = Trait(True, square=True, steps=50, condition=(_SIMPLE[0].format("largest"), _SIMPLE[1].format("largest")))
_SMALLEST = Trait(True, square=True, steps=50, condition=(_SIMPLE[0].format("smallest"), _SIMPLE[1].format("smallest")))
_FIRST = Trait(
    True,
    both_ways=True,
    steps=80,
    condition=("the largest singular value of {} simple", "largest singular values simple"),
)
_RANK = Trait(True, both_ways=True, steps=20, condition=("{} of full rank", "matrices of full rank"))
_SINGULAR = Trait(
    True,
    both_ways=True,
    steps=80,
    condition=("the singular values of {} simple and not 0", "singular values simple and not 0"),
)

TRAITS: Mapping[str, Trait] = {
    "inv": Trait(
        True,
        "that is inverted",
        square=True,
        condition=("{} invertible", "inverted matrices invertible"),
        known=frozenset({"invertible", "pd", "orthogonal"}),
    ),
    "det": Trait(True, square=True),
    "logdet": Trait(
        True,
        "in a logdet",
        square=True,
        condition=("det {} > 0", "determinants under a logarithm positive"),
        known=_DEFINITE,
    ),
    "matpow": Trait(True, "that is inverted", square=True, exponent=True),
    "power_frechet": Trait(True, "that is inverted", square=True, exponent=True),
    "power_frechet2": Trait(True, "that is inverted", square=True, exponent=True),
    "norm": Trait(True, condition=("{} not 0", "norms not 0")),
    "pinv": _RANK,
    "logm": _LOGM,
    "logm_frechet": replace(_LOGM, steps=1200),
    "logm_frechet2": replace(_LOGM, steps=3500),
    "sqrtm": _SQRTM,
    "sqrtm_frechet": replace(_SQRTM, steps=300),
    "chol": Trait(
        True,
        "in a Cholesky factor",
        square=True,
        condition=("{} positive definite", "Cholesky factors of positive definite matrices"),
        known=_DEFINITE,
    ),
    "expm": Trait(square=True, steps=60),
    "expm_frechet": Trait(square=True, steps=180),
    "expm_frechet2": Trait(square=True, steps=900),
    "lambda_max": _LARGEST,
    "eigvec_max": replace(_LARGEST, vector="largest eigenvalue"),
    "lambda_min": _SMALLEST,
    "eigvec_min": replace(_SMALLEST, vector="smallest eigenvalue"),
    "norm_spec": _FIRST,
    **dict.fromkeys(("singular_u1", "singular_v1"), replace(_FIRST, vector="largest singular value")),
    "norm_nuc": replace(_RANK, steps=80),
    "polar": replace(_RANK, steps=80),
    "polar_frechet": replace(_RANK, steps=80),
    "singular_u": _SINGULAR,
    "singular_v": _SINGULAR,
    **dict.fromkeys(("std", "rowstd", "colstd", "layer_norm", "batch_norm"), _SPREAD),
    **dict.fromkeys(
        (
            *("largest", "smallest", "rowmax", "sum_largest", "max", "min", "step_ge", "clip", "huber"),
            *(f"indicator_{name}" for name in ("max", "min", "rowmax", "largest")),
        ),
        _KINK,
    ),
    **{name: _KINK for name, row in ENTRYWISE.items() if row.kinks},
    "log": _POSITIVE,
    "log1p": Trait(True, condition=("entries of {} above -1", "logarithms of positive numbers")),
    "sqrt": Trait(True, condition=("entries of {} positive", "roots of positive numbers")),
    **dict.fromkeys(("lgamma", "digamma", "trigamma"), _GAMMA),
    "asin": _ARC,
    "acos": _ARC,
}

_NONE = Trait()


def trait(node: Node) -> Trait:
    """The row of the node's operator, or an empty one."""
    if not isinstance(node, Term):
        return _NONE
    return TRAITS.get(node.op.function or node.op.name, _NONE)


def divides(node: Node) -> bool:
    """Whether the node may turn rounding errors into large numbers."""
    if isinstance(node, Term) and node.op is POWER:
        exponent = node.args[1]
        return not isinstance(exponent, Number) or exponent.value < 0 or exponent.value.denominator != 1
    return trait(node).divides
