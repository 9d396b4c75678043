"""MEANINGS: the entries of each operator's terms, a row for each operator.

A row defines them twice: `exact(field, shape, *arguments)` makes a list of rows of entries of any field, directly from
the definition; `fast(numpy, shape, *arguments)` makes a float64 array in a numerically stable way. `shape` is the
term's own shape in numbers. The rows are in the other modules of this room by theme, functions of the entries in
elementwise.py. d has no row, since it is a limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matcalc.errors import UnsupportedError
from matcalc.meaning.protocol import Rows
from matcalc.operators import Operator


@dataclass(frozen=True)
class Meaning:
    """A row of MEANINGS. `written`: the entries have a formula; if not, `exact` is for numbers of many digits only."""

    exact: Callable[..., Rows]
    fast: Callable[..., Any]
    written: bool = True


MEANINGS: dict[Operator, Meaning] = {}


def row(op: Operator, exact: Callable[..., Rows], fast: Callable[..., Any], *, written: bool = True) -> None:
    """Enters the row of `op`."""
    MEANINGS[op] = Meaning(exact, fast, written)


def meaning(op: Operator) -> Meaning:
    """The row of `op`. Raises UnsupportedError naming the operator if there is none."""
    found = MEANINGS.get(op)
    if found is None:
        raise UnsupportedError(f"the operator {op.name} has no meaning in numbers")
    return found
