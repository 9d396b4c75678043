"""Does an equation hold where a gradient is zero? Found out in numbers, where the gradient is affine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from matcalc.check.samples import WORST, SamplePoint, Samples, stand_ins
from matcalc.expr import Node, Symbol
from matcalc.meaning import Evaluator

if TYPE_CHECKING:
    from matcalc.check.samples import Array

CLOSE = 1e-6
"""What rounding makes of the two sides of an equation that holds, as a share."""


def holds_at_zero(gradient: Node, by: Symbol, left: Node, right: Node, seed: int = 0) -> bool | None:
    """Whether left = right wherever the gradient by a name is zero; None where no point tells.

    The gradient is affine if it is at a point what its values at 0 and at the unit vectors say. Its zero is computed.
    """
    import numpy as np

    nodes = [gradient, left, right, by]
    functions = stand_ins(nodes)
    told = False
    for point in Samples(nodes, seed).points:
        value = np.asarray(point.values[by], dtype=float)

        at = partial(_value, point, functions, by)
        units = np.eye(value.size)
        constant = at(gradient, np.zeros(value.size))
        slope = np.array([at(gradient, unit) - constant for unit in units]).T
        straight = slope @ value.ravel() + constant
        if not np.allclose(straight, at(gradient, value), rtol=1e-8, atol=1e-9) or np.linalg.cond(slope) > WORST:
            continue
        zero = np.linalg.solve(slope, -constant)
        one, two = at(left, zero), at(right, zero)
        largest = max(float(np.abs(one).max()), float(np.abs(two).max()), float(np.abs(at(left, 0 * zero)).max()))
        if float(np.abs(one - two).max()) > CLOSE * (largest + 1e-3):
            return False
        told = True
    return True if told else None


def _value(
    point: SamplePoint, functions: Mapping[str, tuple[Callable[[Any], Any], ...]], by: Symbol, node: Node, x: Array
) -> Array:
    """The entries of a formula at a point, with other entries of one name."""
    import numpy as np

    values = {**point.values, by: x.reshape(point.values[by].shape)}
    return np.asarray(Evaluator(values, functions, point.sizes)(node), dtype=float).ravel()
