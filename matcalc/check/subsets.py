"""SUBSETS: special values for which a wrong formula may be right, each a row: words, and what makes values special."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcalc.check.samples import Change, Values
from matcalc.expr import Symbol


@dataclass(frozen=True)
class Subset:
    """`said`: the formula is right only {said}. `change` makes values so; None where it does not apply."""

    said: str
    change: Change


def subsets(inputs: Sequence[Symbol]) -> list[Subset]:
    """The rows for a problem with these inputs: each input alone, then several."""
    found: list[Subset] = []
    plain = [s for s in inputs if not s.attributes - {"constant"}]
    squares = [s for s in plain if s.shape[0] == s.shape[1] != 1]
    matrices = [s for s in plain if 1 not in s.shape]
    columns = [s for s in plain if s.shape[1] == 1 != s.shape[0]]
    found += [Subset(f"for symmetric {s.name}", _each([s], _symmetric)) for s in squares]
    pairs = [(a, b) for i, a in enumerate(squares) for b in squares[i + 1 :]] if 2 < len(squares) < 5 else []
    found += [Subset(f"for symmetric {_listed(pair)}", _each(pair, _symmetric)) for pair in pairs]
    if len(squares) > 1:
        found.append(Subset(f"for symmetric {_listed(squares)}", _each(squares, _symmetric)))
    found += [Subset(f"where the rows of {s.name} sum to one", _each([s], _rows_of_one)) for s in matrices]
    found += [Subset(f"where the entries of {s.name} sum to one", _each([s], _sum_of_one)) for s in columns]
    found += [Subset(f"where {s.name}'{s.name} = 1", _each([s], _unit)) for s in columns]
    found += [Subset(f"for orthogonal {s.name}", _each([s], _orthogonal)) for s in squares]
    if squares:
        words = "for matrices that commute" if len(squares) > 1 else f"for diagonal {squares[0].name}"
        found.append(Subset(words, _each(squares, _diagonal)))
    whole = [s for s in inputs if not s.attributes & {"onehot", "binary", "orthogonal", "skew"}]
    found.append(Subset("where everything is positive, and every kink is passed", _each(whole, _positive)))
    return found


def _listed(symbols: Sequence[Symbol]) -> str:
    return ", ".join(s.name for s in symbols[:-1]) + f" and {symbols[-1].name}"


def _each(symbols: Sequence[Symbol], special: Any) -> Change:
    def change(values: Values) -> Values:
        return {**values, **{s: special(values[s]) for s in symbols if s in values}}

    return change


def _symmetric(value: Any) -> Any:
    return (value + value.T) / 2


# Entries stay of both signs where they are: what is right for positive ones alone is another subset.


def _rows_of_one(value: Any) -> Any:
    return value + (1 - value.sum(axis=1, keepdims=True)) / value.shape[1]


def _sum_of_one(value: Any) -> Any:
    return value + (1 - value.sum()) / value.size


def _unit(value: Any) -> Any:
    return value / (value**2).sum() ** 0.5


def _orthogonal(value: Any) -> Any:
    import numpy as np

    u, _, v = np.linalg.svd(value, full_matrices=False)
    return u @ v


def _diagonal(value: Any) -> Any:
    import numpy as np

    return np.diag(np.diag(value))


def _positive(value: Any) -> Any:
    return abs(value)
