"""Rows that most programs never need, entered when an operator that they are about is met.

A cold start builds only the rows that every program uses; the others cost nothing until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from matcalc.operators import Operator
from matcalc.rewrite.rows import RewriteRule


class Theme:
    """A module of rows, and the operators of which each of its rows holds at least one on its left side."""

    def __init__(self, module: str, operators: Iterable[Operator]) -> None:
        self.module = module
        self.operators = frozenset(operators)
        self.entered = False

    def table(self, name: str) -> Any:
        """A table of the module, which is then entered."""
        self.entered = True
        return getattr(import_module(self.module), name)


class Later:
    """The rows of one table of a theme, in the place of the rows themselves."""

    def __init__(self, theme: Theme, name: str) -> None:
        self.theme = theme
        self.name = name

    def wanted(self, op: Operator) -> bool:
        """Whether the rows are needed, now that `op` is met."""
        return self.theme.entered or op in self.theme.operators

    def rows(self) -> tuple[RewriteRule, ...]:
        """The rows."""
        return tuple(self.theme.table(self.name))


def every(rows: Iterable[RewriteRule | Later]) -> Iterator[RewriteRule]:
    """All rows, those that come later entered."""
    for row in rows:
        if isinstance(row, Later):
            yield from row.rows()
        else:
            yield row
