"""Tables of rows that are loaded only when an operator that they are about occurs.

A cold start builds only the rows that every program uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from matcalc.operators import Operator
from matcalc.rewrite.rows import RewriteRule


class Theme:
    """A module of rows, and its operators: the left side of each of its rows holds at least one of them."""

    def __init__(self, module: str, operators: Iterable[Operator]) -> None:
        self.module = module
        self.operators = frozenset(operators)
        self.entered = False

    def table(self, name: str) -> Any:
        """A table of the module. Loads the module."""
        self.entered = True
        return getattr(import_module(self.module), name)


class Later:
    """Stands in a table for the rows of a theme until they are loaded."""

    def __init__(self, theme: Theme, name: str) -> None:
        self.theme = theme
        self.name = name

    def wanted(self, op: Operator) -> bool:
        """Whether `op` needs the rows."""
        return self.theme.entered or op in self.theme.operators

    def rows(self) -> tuple[RewriteRule, ...]:
        """The rows. Loads the module."""
        return tuple(self.theme.table(self.name))


def every(rows: Iterable[RewriteRule | Later]) -> Iterator[RewriteRule]:
    """All rows; the modules of later ones are loaded."""
    for row in rows:
        if isinstance(row, Later):
            yield from row.rows()
        else:
            yield row
