"""Concrete sizes for symbolic dimensions, what they cost, and the conditions under which formulas hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from math import prod
from typing import TypeAlias

from matcalc.dims import dim_names, dim_value
from matcalc.expr import Node, Number, Size, Symbol, Term, dims
from matcalc.meaning import order
from matcalc.operators import COLRANGE, INDICATOR_LARGEST, NORM, POWER, ROWRANGE, SUM_LARGEST
from matcalc.prose import Prose, joined, marked
from matcalc.verify.points import EXPONENTS, Clock, exponents, whole_exponents
from matcalc.verify.traits import trait

ZERO = Number(0)
RANGES = {ROWRANGE: 0, COLRANGE: 1}
"""The operators that take a range of their argument, and the axis of the range."""
FEW = frozenset((SUM_LARGEST, INDICATOR_LARGEST))
"""Operators that choose the k largest entries. Where k is the number of all entries, nothing is chosen or tested."""

Palette: TypeAlias = tuple[int, ...]
PALETTES: tuple[tuple[Palette, Palette], ...] = (
    ((2, 3, 4, 5), (3, 2, 4, 5)),
    ((2, 3, 5, 4), (4, 6, 3, 5)),  # n even, not one more than d, and the second dimension the largest
    ((3, 2, 4, 5), (5, 4, 3, 2)),
    ((2, 3, 4, 5), (2, 3, 4, 5)),
)
"""Sizes for dimensions that should be small (of inverses) and for the others, in the order in which they are tried."""
MANY = 4
"""The most dimensions of inverted matrices for which every order of sizes is tried."""
LARGEST = 400_000
"""The most multiplications that one evaluation may take."""
CHEAP = 20_000
"""Other choices of sizes are tried if an evaluation takes at most so many multiplications."""
AGAIN = 2
"""The number of other choices of sizes that are tried, at one point each."""

TOO_LARGE = "the sizes are too large to evaluate in many digits"
NOTHING_FITS = "the ranges fit no small sizes"


class Choices:
    """The sizes at which formulas are tried: any until some serve, then those that cost little, until the time is over.

    Whoever tries them says what came of it: `served`, or `refuse`.
    """

    def __init__(self, nodes: Sequence[Node], clock: Clock) -> None:
        self._nodes = nodes
        self._clock = clock
        self._why = ""
        self._large = False
        self.served = False

    def __iter__(self) -> Iterator[dict[str, int]]:
        for sizes in choices(self._nodes):
            cost = work(self._nodes, sizes)
            if cost > LARGEST:
                self._large = True
            elif not (self.served or self._why):
                yield sizes
            elif self._clock.late:
                return
            elif cost <= CHEAP:
                yield sizes

    def refuse(self, why: str) -> None:
        """These sizes do not serve; the first reason is the one that is told."""
        self._why = self._why or why

    @property
    def why(self) -> str:
        """Why no sizes served."""
        return self._why or (TOO_LARGE if self._large else NOTHING_FITS)


def choices(nodes: Sequence[Node]) -> Iterator[dict[str, int]]:
    """Small sizes for the names of dimensions, the usual choice first; others serve objectives without a domain there.

    If there are few dimensions all sizes differ; if there are many, those in one array do. At first inverted matrices
    are the smallest; then all orders of their sizes are tried (inv(X'X) and inv(X X') need different ones), and last
    equal sizes. Sizes for which a range leaves its array are left out.
    """
    names = list(dims(*nodes))
    neighbours: dict[str, set[str | int]] = {name: set() for name in names}
    inverted: dict[str, None] = {}
    squares: list[Node] = []
    both_ways = ranges = False
    for node in order(nodes):
        parts: list[str | int] = [d for d in node.shape if isinstance(d, (int, str)) and d != 1]
        for part in parts:
            if isinstance(part, str) and part in neighbours:
                neighbours[part].update(parts)
        if isinstance(node, Term) and trait(node).square:
            inverted.update(dict.fromkeys(sorted(dim_names(node.shape[0]) | dim_names(node.args[0].shape[0]))))
            squares.append(node.args[0])
        both_ways = both_ways or trait(node).both_ways
        ranges = ranges or (isinstance(node, Term) and (node.op in RANGES or node.op in FEW))
    few = len(names) <= 4
    seen: list[dict[str, int]] = []

    def chosen(fixed: Mapping[str, int], smallest: Sequence[str], small: Palette, usual: Palette) -> dict[str, int]:
        found = dict(fixed)
        for name in [*smallest, *(n for n in names if n not in smallest)]:
            if name not in found:
                near = set(names) if few else neighbours[name]
                taken = {found[n] for n in near if isinstance(n, str) and n in found}
                taken |= {n for n in neighbours[name] if isinstance(n, int)}
                palette = small if name in smallest else usual
                found[name] = next((size for size in palette if size not in taken), palette[len(found) % 3])
        return {name: found[name] for name in names}

    def every() -> Iterator[dict[str, int]]:
        outer = [n for n in names if n in inverted] if len(names) > 1 else []
        for small, usual in PALETTES:
            found = chosen({}, outer, small, usual)
            yield found
            if both_ways:  # a formula that is right for more rows than columns may be wrong for fewer
                yield dict(zip(found, reversed(found.values()), strict=True))
        met = set().union(*(dim_names(d) for node in order(squares) for d in node.shape))
        within = [n for n in names if n in met]
        if 1 < len(within) <= MANY:
            for order_ in permutations((2, 3, 4, 5)[: len(within)]):
                yield chosen(dict(zip(within, order_, strict=True)), (), (), (3, 2, 4, 5, 6))
        for size in (3, 2) if len(within) > 1 else ():
            yield chosen(dict.fromkeys(within, size), (), (), (4, 5, 6, 7))
        for size in (5, 8) if ranges else ():
            yield {name: size + k for k, name in enumerate(names)}
            yield {name: size + k for k, name in enumerate(reversed(names))}

    for sizes in every():
        if sizes not in seen and fits(nodes, sizes):
            seen.append(sizes)
            yield sizes


def fits(nodes: Sequence[Node], sizes: Mapping[str, int]) -> bool:
    """True if no array is empty, no range leaves its array, and no operator in FEW chooses all entries."""
    for node in order(nodes):
        if min(dim_value(dim, sizes) for dim in node.shape) < 1:
            return False
        if isinstance(node, Term) and node.op in RANGES:
            first, last = (_bound(a, sizes) for a in node.args[1:])
            if not 1 <= first <= last <= dim_value(node.args[0].shape[RANGES[node.op]], sizes):
                return False
        if isinstance(node, Term) and node.op in FEW and set(dims(node.args[0])) - set(dims(node.args[1])):
            total = prod(dim_value(dim, sizes) for dim in node.args[0].shape)
            if _bound(node.args[1], sizes) >= total:
                return False
    return True


def _bound(node: Node, sizes: Mapping[str, int]) -> int:
    # An end of a range; its constructor allows only these kinds.
    if isinstance(node, Size):
        return dim_value(node.dim, sizes)
    return int(node.value) if isinstance(node, Number) else 0


def work(nodes: Sequence[Node], sizes: Mapping[str, int]) -> int:
    """The approximate number of multiplications in one evaluation of `nodes`, and of entries that are drawn for it."""
    total = 0
    for node in order(nodes):
        if isinstance(node, Symbol):
            total += prod(dim_value(d, sizes) for d in node.shape)
        if isinstance(node, Term):
            inner = max((dim_value(d, sizes) for a in node.args for d in a.shape), default=1)
            steps, shape = trait(node).steps, node.shape if trait(node).steps == 1 else node.args[0].shape
            total += prod(dim_value(d, sizes) for d in shape) * inner * max(steps, len(node.args) - 1)
    return total


# ----------------------------------------------------------------------------------------------------------- conditions


def _squared_norms(nodes: Sequence[Node]) -> set[Node]:
    # Norms that occur under even powers alone, which need not differ from 0.
    norms: set[Node] = set()
    others = {*nodes}
    for node in order(nodes):
        if isinstance(node, Term) and node.op is NORM:
            norms.add(node)
        exponent = node.args[1] if isinstance(node, Term) and node.op is POWER else None
        even = isinstance(exponent, Number) and exponent.value > 0 and exponent.value % 2 == 0
        below = (node.definition,) if isinstance(node, Symbol) else node.args[1:] if even else node.args
        others.update(n for n in below if n is not None)
    return norms - others


def conditions(nodes: Sequence[Node]) -> Prose:
    """What the formulas assume: declared attributes, and the domains of the operators that occur."""
    found: dict[str, None] = {}
    smooth = _squared_norms(nodes)
    for node in order(nodes):
        if node in smooth:
            continue
        if isinstance(node, Symbol):
            for attribute in sorted(node.attributes - {"constant"}):
                found[f"`{node.name}` {attribute}"] = None
        elif isinstance(node, Term):
            row = trait(node)
            if row.condition is not None:
                argument = node.args[0]
                if row.regularized and len(node.args) > 1 and node.args[-1] is not ZERO:
                    continue
                if not isinstance(argument, Symbol):
                    found[row.condition[1]] = None
                elif row.known.isdisjoint(argument.attributes):
                    found[row.condition[0].format(f"`{argument.name}`")] = None
            elif node.op is POWER and isinstance(node.args[1], Number):
                exponent = node.args[1].value
                if exponent < 0:
                    found["denominators not 0"] = None
                if exponent.denominator != 1:
                    found["roots of positive numbers"] = None
            elif node.op is POWER:
                found["bases of powers positive"] = None
    for symbol in whole_exponents(nodes):
        first, *more = (exponents(nodes, k)[symbol] for k in range(len(EXPONENTS)))
        found[f"`{symbol.name} = {first}` (at points {' and '.join(map(str, more))} too)"] = None
    return joined(", ", map(marked, found))
