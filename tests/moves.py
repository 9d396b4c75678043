"""Derivatives as differences: what a function of arrays changes by when some of them move. No rule is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Values = Mapping[str, Any]
SECOND, FOURTH = ((1, 1 / 2),), ((1, 2 / 3), (2, -1 / 12))
SIXTH = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))
"""Central differences of an order: at how many steps to each side, and with which weight."""


def moved(
    of: Callable[[Values], Any],
    moves: Sequence[tuple[str, Any]],
    at: Values,
    step: float,
    stencil: Sequence[tuple[int, float]] = SECOND,
) -> Any:
    """The derivative along all the moves, each of an array, by its name, in a direction."""
    if not moves:
        return of(at)
    (name, way), *rest = moves
    ends = [(side * k, side * weight) for k, weight in stencil for side in (1, -1)]
    there = (weight * moved(of, rest, {**at, name: at[name] + k * step * way}, step, stencil) for k, weight in ends)
    return sum(there) / step


def units(shape: tuple[int, ...]) -> list[Any]:
    """The arrays of a shape with a single 1, column by column."""
    count = int(np.prod(shape))
    return [unit.reshape(shape, order="F") for unit in np.eye(count)]
