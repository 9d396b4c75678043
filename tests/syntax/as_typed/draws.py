"""Values for the names of a case, and what was meant by it at these values: NumPy alone."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
DISTINCT = (4, 3, 2, 5, 6, 7, 8)
SQUARE = 3


class Name(NamedTuple):
    """A name with its lengths (one of a vector, none of a scalar) and words about its values."""

    name: str
    lengths: tuple[str, ...]
    words: frozenset[str]

    @property
    def symmetric(self) -> bool:
        """Whether it is a variable that is declared symmetric, whose gradient is therefore symmetric."""
        return bool(self.words & {"symmetric", "pd"})


WORDS = frozenset({"positive", "spd", "symmetric", "pd", "onehot", "binary", "signs", "unit", "invertible", "power"})


def names_of(sizes: str) -> list[Name]:
    """The names of "X: n d, y: n positive"."""
    found = []
    for part in filter(None, map(str.strip, sizes.split(","))):
        name, *words = part.replace(":", " ", 1).split()
        found.append(Name(name, tuple(w for w in words if w not in WORDS), WORDS & {*words}))
    return found


def letters_of(names: list[Name], square: bool) -> dict[str, int]:
    """A number for each letter: all different, or all the same."""
    letters = [d for d in dict.fromkeys(chain.from_iterable(n.lengths for n in names)) if not d.isdigit()]
    return {letter: SQUARE if square else DISTINCT[i] for i, letter in enumerate(letters)}


def draw(names: list[Name], letters: Mapping[str, int], seed: int) -> dict[str, Any]:
    """A value for each name."""
    rng = np.random.default_rng(seed)
    return {name.name: _value(name, letters, rng) for name in names}


def _value(name: Name, letters: Mapping[str, int], rng: np.random.Generator) -> Any:
    shape = tuple(int(d) if d.isdigit() else letters[d] for d in name.lengths)
    if "power" in name.words:
        return 2.0
    if "positive" in name.words:
        found = rng.uniform(0.4, 1.6, shape)
    elif "onehot" in name.words:
        found = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    elif "binary" in name.words:
        found = rng.integers(0, 2, shape).astype(float)
    elif "signs" in name.words:
        found = rng.choice([-1.0, 1.0], shape)
    elif "unit" in name.words:
        found = rng.uniform(0.1, 0.9, shape)
    else:
        found = rng.normal(size=shape) * 0.8
    if name.words & {"spd", "pd"}:
        found = found @ found.T / 2 + np.diag(np.arange(1, shape[0] + 1) / 2 + 0.5)
    elif "symmetric" in name.words:
        found = (found + found.T) / 2 + np.diag(np.arange(1.0, shape[0] + 1))
    elif "invertible" in name.words:
        found = found / 2 + np.diag(np.arange(1, shape[0] + 1) / 2 + 1.0)
    return float(found) if not shape else found


# --------------------------------------------------------------------------------------------------- what was meant


def _softmax(a: Array, axis: int = -1) -> Array:
    powers = np.exp(a - a.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


def _logsumexp(a: Array, axis: int = -1) -> Array:
    top = a.max(axis=axis, keepdims=True)
    return np.asarray((np.log(np.exp(a - top).sum(axis=axis, keepdims=True)) + top).squeeze(axis))


_erf = np.vectorize(math.erf)
_lgamma = np.vectorize(math.lgamma)


def _expm(a: Array) -> Array:
    total = part = np.eye(len(a))
    for k in range(1, 60):
        part = part @ a / k
        total = total + part
    return total


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "f": (lambda x: np.sin(x) + x**2 / 3, lambda x: np.cos(x) + 2 * x / 3, lambda x: 2 / 3 - np.sin(x)),
    "g": (lambda x: np.tanh(x) + x / 2, lambda x: 1.5 - np.tanh(x) ** 2),
    "h": (lambda x: x**3 / 5 - x, lambda x: 3 * x**2 / 5 - 1),
    "phi": (lambda x: np.exp(x / 2), lambda x: np.exp(x / 2) / 2),
    "psi": (lambda x: np.cos(x / 2), lambda x: -np.sin(x / 2) / 2),
    "act": (lambda x: np.arctan(x) + x / 5, lambda x: 1 / (1 + x**2) + 0.2),
}
"""Unknown functions of the entries, with their derivatives."""

IN_NUMPY = ("exp", "log", "sqrt", "tanh", "sin", "cos", "abs", "sign", "diag", "maximum", "minimum", "kron")

HELPERS: dict[str, Any] = {
    "np": np,
    "pi": math.pi,
    "softmax": _softmax,
    "logsoftmax": lambda a, axis=-1: np.log(_softmax(a, axis)),
    "lse": _logsumexp,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "norm": np.linalg.norm,
    "tr": np.trace,
    "det": np.linalg.det,
    "logdet": lambda a: np.log(np.linalg.det(a)),
    "inv": np.linalg.inv,
    "pinv": np.linalg.pinv,
    "erf": _erf,
    "lgamma": _lgamma,
    "expm": _expm,
    "eye": np.eye,
    "ones": np.ones,
    "sq": lambda a: (np.asarray(a) ** 2).sum(),
    "outer": np.outer,
    "einsum": np.einsum,
    **{name: functions[0] for name, functions in FUNCTIONS.items()},
    **{name + "1": functions[1] for name, functions in FUNCTIONS.items()},
    **{name: getattr(np, name) for name in IN_NUMPY},
}
"""The names of NumPy expressions: `sq` is the sum of squares, `lse` logsumexp, f1 the derivative of f."""


def plain(name: str) -> str:
    """The name as Python can hold it."""
    bare = re.sub(r"\W", "", name)
    return bare + "_" if keyword.iskeyword(bare) else bare


def value(meant: str, values: Mapping[str, Any], letters: Mapping[str, int]) -> Any:
    """The value of a NumPy text: statements, and last an expression."""
    room = {**HELPERS, **letters, **{plain(name): found for name, found in values.items()}}
    *statements, last = meant.split("; ")
    for statement in statements:
        exec(statement, room)
    return eval(last, room)


def scalar(found: Any) -> float:
    """The one number in it. Raises ValueError where there are several."""
    (number,) = np.ravel(np.asarray(found, dtype=float))
    return float(number)


def slope(objective: Callable[[Mapping[str, Any]], float], values: Mapping[str, Any], name: Name) -> Array:
    """The gradient by one name, by central differences; of a symmetric one that which is symmetric."""
    start = np.asarray(values[name.name], dtype=float)
    found = np.zeros(start.shape)
    step = 1e-5
    for place in np.ndindex(start.shape):
        increment = np.zeros(start.shape)
        increment[place] += step
        if name.symmetric:
            increment = (increment + increment.T) / 2
        ends = []
        for sign in (1, -1):
            there = start + sign * increment
            ends.append(objective({**values, name.name: there if start.shape else float(there)}))
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found
