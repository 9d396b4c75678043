"""What the values of a formula at points tell: which factor it has, and at which point it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from matcalc import operators as ops
from matcalc.check.edits import Truth
from matcalc.check.repairs import one_over
from matcalc.check.samples import SamplePoint, differs, in_digits
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Number, Size, expand, symbols

SAME = 1e-10
"""By what share a number may miss the fraction, or the multiple, that it is said to be."""
SHOWN = 60
"""The most entries of a point that is told: all of it, so that it can be tried by hand, or nothing."""
DENOMINATOR = 720
"""The largest denominator of a factor."""


def value_at(point: SamplePoint, node: Node) -> Any:
    """The value of a formula at a point, None where it has none."""
    import numpy as np

    try:
        value = point.at(node)
    except (MatcalcError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None
    return value if np.isfinite(value).all() else None


def recognised(values: Sequence[float], points: Sequence[SamplePoint], truth: Truth) -> tuple[bool, Node] | None:
    """The constant, size or scalar of the problem that has these values at the points; 1 has no need to be said.

    A number is a simple fraction, also of π and e, or else a decimal.
    """
    decimal: float | None = None
    sizes = dict.fromkeys(name for point in points for name in point.sizes)
    dims: list[Node] = [Size(name) for name in sizes]
    pairs = [(a, b) for i, a in enumerate(dims) for b in dims[i + 1 :]]
    products = [ops.hadamard(a, other) for a, b in pairs for other in (b, ops.reciprocal(b))]
    scalars: list[Node] = [s for s in truth.names if s.is_scalar]
    others = [f for f in truth.factors if f.is_scalar and f not in scalars]
    constants = [ops.ONE, ops.term(ops.PI), ops.term(ops.E)]
    for declared, known in ((True, constants), (True, [*dims, *products, *scalars]), (False, others)):
        for scalar in known:
            for power in (1, -1) if scalar is not ops.ONE else (1,):
                try:
                    rest = [v / float(p.at(scalar)[0, 0]) ** power for v, p in zip(values, points, strict=True)]
                except (ZeroDivisionError, MatcalcError):
                    continue
                if any(abs(r - rest[0]) > SAME * abs(rest[0]) for r in rest):
                    continue
                number = _simple(rest[0])
                if number is None and scalar is ops.ONE and abs(rest[0] - 1) > SAME:
                    decimal = rest[0]
                elif number is not None and (number != ops.ONE or scalar is not ops.ONE):
                    node = scalar if power == 1 else one_over(scalar)
                    declared = declared or not symbols(expand(scalar))
                    product = node if number == ops.ONE else ops.hadamard(number, node)
                    return declared, number if scalar is ops.ONE else product
    return None if decimal is None else (True, Number(Fraction(f"{decimal:.10g}")))


def _simple(value: float) -> Number | None:
    """The fraction that a number is, if its denominator is small."""
    fraction = Fraction(value).limit_denominator(DENOMINATOR)
    return Number(fraction) if fraction and abs(float(fraction) - value) < SAME * abs(value) else None


def counterexample(points: Sequence[SamplePoint], node: Node, target: Node) -> str:
    """The entry with the largest error, both values, and one of the points, with few digits."""
    import numpy as np

    values = [(p, value_at(p, node)) for p in points]
    wrong = [p for p, a in values if a is not None and differs(a, p.at(target), 1e-4) != 0.0]
    point = min(wrong or points, key=lambda p: sum(v.size for v in p.values.values()))
    value, right = value_at(point, node), point.at(target)
    sizes = ", ".join(f"{name} = {size}" for name, size in point.sizes.items())
    if value is None:
        return f"it has no value at {sizes}" if sizes else "it has no value"
    i, j = divmod(int(np.abs(value - right).argmax()), value.shape[1])
    entry = "the value" if value.size == 1 else f"entry {i + 1}" if value.shape[1] == 1 else f"entry ({i + 1}, {j + 1})"
    one, two = next(
        ((a, b) for n in (4, 8, 12) if (a := f"{value[i, j]:.{n}g}") != (b := f"{right[i, j]:.{n}g}")), ("", "")
    )
    if not one:
        return "it differs at few points, or by very little"
    whole = sum(v.size for v in point.values.values()) <= SHOWN
    at = "; ".join(f"{s.name} = {in_digits(v)}" for s, v in point.values.items()) if whole else ""
    said = f"{entry} is {one} and must be {two}"
    return f"{said}, at {at}" if at else said
