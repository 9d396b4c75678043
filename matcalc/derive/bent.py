"""What is known of how an expression bends: convex, concave, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from matcalc.derive.bounds import bounds
from matcalc.expr import Node, Symbol
from matcalc.rewrite import Condition
from matcalc.rules.structure import attributes


class Bend(NamedTuple):
    """What is known of every entry: convex (`up`), concave (`down`), both where it is affine.

    `log_up`, `log_down`: positive, with a convex or a concave logarithm. `why`: the functions that bend it. `where`:
    conditions under which this holds; the set where they hold is convex. `fixed`: none of the names occurs.
    """

    up: bool = False
    down: bool = False
    log_up: bool = False
    log_down: bool = False
    why: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    fixed: bool = False

    @property
    def affine(self) -> bool:
        """Whether it is affine in the names."""
        return self.up and self.down

    @property
    def turned(self) -> Bend:
        """That of the negative."""
        return Bend(self.down, self.up, False, False, self.why, self.where, self.fixed)


NONE = Bend()
NONE_OF_THEM = Bend(True, True, fixed=True)
Known = Mapping[Node, Bend]


def all_of(parts: Iterable[Bend]) -> tuple[tuple[str, ...], tuple[Condition, ...]]:
    """The reasons and the conditions of several, each once."""
    parts = tuple(parts)
    why = dict.fromkeys(word for part in parts for word in part.why)
    return tuple(why), tuple(dict.fromkeys(c for part in parts for c in part.where))


def where_positive(node: Node) -> tuple[Condition, ...]:
    """That all entries are positive: no condition where this is shown."""
    return () if bounds(node).positive else (Condition("{t} > 0", (("t", node),)),)


def where_nonnegative(node: Node) -> tuple[Condition, ...]:
    """That no entry is negative: no condition where this is shown."""
    return () if bounds(node).nonnegative else (Condition("{t} ≥ 0", (("t", node),)),)


def where_pd(node: Node) -> tuple[Condition, ...] | None:
    """That a symmetric matrix is positive definite: no condition where this is shown, None if it is not symmetric."""
    if isinstance(node, Symbol) or "symmetric" in attributes(node):
        shown = "psd" in attributes(node) and not isinstance(node, Symbol)  # pd wherever it has an inverse
        return () if shown else (Condition("{S} is pd", (("S", node),)),)
    return None


def under(found: Bend, where: tuple[Condition, ...]) -> Bend:
    """The same under further conditions, if anything is known."""
    return found._replace(where=(*found.where, *where)) if found.up or found.down else found
