"""MEANINGS: what each operator's entries are, a row for each operator.

A row says it twice: `exact(field, shape, *arguments)` makes a list of rows of entries of any field, straight from the
definition; `fast(numpy, shape, *arguments)` makes a float64 array, and is written to be stable. `shape` is the
term's own shape in numbers. The rows stand in basic.py, blocks.py, statistics.py and spectral.py by theme; functions of
the entries have theirs in functions.py; d has none, it is a limit.
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
