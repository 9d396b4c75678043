"""Derivations in numbers: d of everything by finite differences of the program, at one point. It knows no matcalc.

A formula is read by the second reader; dX is the difference of X between two points, dE/dX the slope of E by entries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from second_parser import Mismatch
from second_reader import SecondReader

Array: TypeAlias = "np.ndarray[Any, Any]"
H = 1e-6
_SLOPE = re.compile(r"\bd(\w+)/d([A-Za-z]\w*?)(?=_j\b|\W|$)")
_GIVEN = re.compile(r"given d(\w+)/d(\w+) = ([^;]+)")
_DECLARES = re.compile(r"^\s*[\w, ]+:[^=]*$")
_FUNCTIONS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "f": (lambda x: np.sin(x) + x * x / 3, lambda x: np.cos(x) + 2 * x / 3, lambda x: -np.sin(x) + 2 / 3)
}


class NumericDerivation:
    """A program at a point, and what d of its names is there when `varying` move in random directions."""

    def __init__(self, source: str, sizes: Mapping[str, tuple[int, int]], varying: str) -> None:
        rng = np.random.default_rng(3)
        self.base = {name: rng.uniform(0.3, 1.4, shape) for name, shape in sizes.items()}
        for value in self.base.values():
            if len({*value.shape}) == 1:
                value += 2 * np.eye(len(value))  # of positive determinant
        self.moves = {name: rng.standard_normal(sizes[name]) for name in varying.split()}
        parts = [part.strip() for part in source.split(";")]
        self.statements = [part.split("=", 1) for part in parts if not _DECLARES.match(part) and "given" not in part]
        self.given = [match.groups() for match in _GIVEN.finditer(source)]
        self.own: dict[str, Array] = {}
        self.weights = {by: self.read(text, self.at()) for _, by, text in self.given}

    def at(self, change: Mapping[str, Array] | None = None) -> dict[str, Array]:
        """The values of all names, after a change of some of them."""
        values = {name: value + (change or {}).get(name, 0) for name, value in self.base.items()}
        waiting = list(self.statements)
        left = len(waiting) ** 2  # so many may be put off until what they use has a value
        while waiting:
            name, text = waiting.pop(0)
            try:
                values[name.strip()] = self.read(text, values) + (change or {}).get(name.strip(), 0)
            except Mismatch as error:
                left -= 1
                if "no value" not in str(error) or left < 0:
                    raise
                waiting.append([name, text])
        for of, by, _ in self.given if hasattr(self, "weights") else ():
            values[of] = np.array([[float(np.sum(self.weights[by] * values[by]))]])
        return values

    def read(self, text: str, values: Mapping[str, Array]) -> Array:
        """The value of a text without any d."""
        return SecondReader(values, _FUNCTIONS, asks=False).read(text)

    def value(self, text: str) -> Array:
        """The value of a text, in which d may stand before names and brackets, and dE/dX."""
        plus, minus = (self.at({n: sign * H * m for n, m in self.moves.items()}) for sign in (1, -1))
        values = {**self.at(), **self.own}
        for k, (of, by) in enumerate(dict.fromkeys(_SLOPE.findall(text))):
            values[f"slope{k}"] = self.slope(of, by)
            text = re.sub(rf"\bd{of}/d{by}(?!\w)", f"slope{k}", text)
        for k, inside in enumerate(_of_brackets(text)):
            values[f"change{k}"] = (self.read(inside, plus) - self.read(inside, minus)) / (2 * H)
            text = text.replace(f"d({inside})", f" change{k} ")
        changes = {f"d{n}": (plus[n] - minus[n]) / (2 * H) for n in plus}
        return self.read(text, {**changes, **values})

    def slope(self, of: str, by: str) -> Array:
        """The gradient of a scalar, or the Jacobian of a column, by the entries of a name; it may be a defined one."""
        shape = self.at()[by].shape
        columns = []
        for i in range(shape[0] * shape[1]):
            unit = np.zeros(shape[0] * shape[1])
            unit[i] = H
            step = unit.reshape(shape)
            columns.append((self.at({by: step})[of] - self.at({by: -step})[of]) / (2 * H))
        if columns[0].size == 1:
            return np.array([column.item() for column in columns]).reshape(shape)
        return np.hstack([column.reshape(-1, 1) for column in columns])


def _of_brackets(text: str) -> Iterator[str]:
    for match in re.finditer(r"\bd\(", text):
        depth = 0
        for i in range(match.end() - 1, len(text)):
            depth += (text[i] == "(") - (text[i] == ")")
            if not depth:
                yield text[match.end() : i]
                break
