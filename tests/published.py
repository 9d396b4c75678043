"""What tables of published answers share: the length of a formula, random values, and the test of one row.

A gradient is held against the table's printed form (as text), against the published form (as a function, by plain NumPy
that shares no code with matcalc's meanings), against differences of the objective, and it may not be longer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import finite
import numpy as np

from matcalc import Derivation
from matcalc.dims import dim_value
from matcalc.expr import Node, Symbol
from matcalc.syntax import parse_expression

SIZES = {"n": 4, "m": 3, "p": 2, "q": 5, "d": 3, "k": 2, "r": 3, "h": 2}
Array = np.ndarray[Any, Any]
Functions = Mapping[str, tuple[Callable[[Array], Array], ...]]
FUNCTIONS: Functions = {
    "f": (lambda x: np.sin(x) + x**2 / 3, lambda x: np.cos(x) + 2 * x / 3, lambda x: 2 / 3 - np.sin(x)),
}


MOODS = ("any", "positive", "small")
"""Kinds of points, until the objective has a value and a slope: entries of any sign, positive ones, small matrices."""


def length(text: str) -> int:
    """The symbols of a formula: names, numbers and operators; brackets, commas and the product's blank are none."""
    return len(re.findall(r"\w+|\.[*/^]|[^\w\s()\[\],;]", text))


def value(symbol: Symbol, rng: np.random.Generator, mood: str = "any") -> Array:
    """A value with the structure that was declared; square ones near a multiple of I, so that they are invertible."""
    if symbol.is_scalar:
        return np.array([[3.0 if symbol.name == "k" else rng.uniform(0.3, 1)]])
    shape = tuple(dim if isinstance(dim, int) else dim_value(dim, SIZES) for dim in symbol.shape)
    a = rng.uniform(0.2, 1, shape)
    attributes = symbol.attributes
    if "onehot" in attributes:
        return np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
    if "binary" in attributes:
        return np.round(a)
    if "orthogonal" in attributes:
        return np.linalg.qr(a - 0.6)[0]
    if mood == "small" and 1 not in shape:
        a = a / 20
    if mood == "any" and "positive" not in attributes:
        a = a * rng.choice((-1, 1), shape)
    if "skew" in attributes:
        return a - a.T
    if shape[0] == shape[1] > 1:
        a = a / 2 + 2 * np.eye(shape[0]) + np.diag(np.arange(shape[0]) / 4)
    return structured(symbol, a, a)


def structured(symbol: Symbol, a: Array, at: Array) -> Array:
    """The part of `a` that has the structure of `symbol`, for an increment at the value `at`."""
    attributes = symbol.attributes
    if attributes & {"symmetric", "pd", "psd"}:
        return a + a.T
    if "skew" in attributes:
        return a - a.T
    if "orthogonal" in attributes:
        turned: Array = at @ (a - a.T)
        return turned
    if "lower" in attributes:
        return np.tril(a)
    if "upper" in attributes:
        return np.triu(a)
    return np.diag(np.diag(a)) if "diagonal" in attributes else a


def independent(symbol: Symbol, a: Array) -> Array:
    """The part of a gradient by independent entries that holds each of them once."""
    if symbol.attributes & {"symmetric", "pd", "psd"}:
        return np.tril(a)
    return np.tril(a, -1) if "skew" in symbol.attributes else a


def point(derivation: Derivation, wrt: str, seed: int, mood: str = "any") -> dict[str, Array]:
    """A value for each input, and an increment for the variable."""
    rng = np.random.default_rng(seed)
    at = {s.name: value(s, rng, mood) for s in derivation.program.inputs}
    variable = derivation.program.symbol(wrt)
    at[f"d{wrt}"] = structured(variable, rng.uniform(-1, 1, at[wrt].shape), at[wrt])
    return at


def read(text: str, derivation: Derivation, wrt: str) -> Node:
    """A formula of the table as an expression of the problem, with the names of the derivation known as well."""
    names: dict[str, Symbol] = {s.name: s for s in (*derivation.record.where, *derivation.record.deltas)}
    names.update(derivation.program.names)
    return parse_expression(text, names, derivation.program.functions, derivation.program.symbol(wrt).shape)


def plain(nodes: Sequence[Node], at: Mapping[str, Array]) -> list[Array]:
    """Values in plain NumPy."""
    return finite.evaluate(nodes, at, SIZES, FUNCTIONS)


def tried(derivation: Derivation, wrt: str, seed: int, k: int) -> tuple[dict[str, Array], float, float]:
    """A point, the objective's slope there, and how far that may be off."""
    at = point(derivation, wrt, seed + k, MOODS[k % len(MOODS)])

    def moved(t: float) -> float:
        return plain([derivation.record.objective], {**at, wrt: at[wrt] + t * at[f"d{wrt}"]})[0].item()

    return at, *finite.slope(moved)


def check_gradient(derivation: Derivation, wrt: str, published: str, convention: str, seed: int) -> None:
    """The gradient found is the published one as a function, and the objective's slope, in plain NumPy."""
    at, slope, error = next(found for k in range(60) if np.isfinite((found := tried(derivation, wrt, seed, k))[1]))
    variable = derivation.program.symbol(wrt)
    found = derivation.expanded(wrt).node
    assert found.shape == variable.shape
    gradient, other = plain([found, read(published, derivation, wrt)], at)
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient, other, rtol=1e-8, atol=1e-9, err_msg="printed and published form differ")

    part = independent(variable, gradient) if convention == "entries" else gradient
    # A slope along the structure; the gradient that ignores it has the same.
    given = float((part * at[f"d{wrt}"]).sum())
    assert abs(given - slope) <= 1e-6 * (1 + abs(slope)) + 100 * error, f"slope {slope}, by the gradient {given}"


def check_length(printed: str, published: str) -> None:
    """The printed form has at most as many symbols as the published one."""
    assert length(printed) <= length(published), f"{printed}: {length(printed)}, {published}: {length(published)}"
