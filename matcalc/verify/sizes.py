"""Concrete sizes for symbolic dimensions, what they cost, and the conditions under which formulas hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from math import prod
from typing import TypeAlias

from matcalc.expr import Node, Number, Symbol, Term, dim_names, dim_value, dims
from matcalc.meaning import order
from matcalc.operators import DET, INV, LOGDET, MATPOW, POWER
from matcalc.verify.points import EXPONENT, whole_exponents

_SQUARES = (INV, DET, LOGDET, MATPOW)

Palette: TypeAlias = tuple[int, ...]
MANY = 4
"""Dimensions of inverted matrices of which every order is tried, at most."""


def choices(nodes: Sequence[Node]) -> Iterator[dict[str, int]]:
    """Small sizes for every dimension's name, the usual choice first; others where that leaves the objective no domain.

    All differ while there are few dimensions; of many, those that meet in one array do. Inverses stay smallest, then
    every order of the sizes of inverted matrices is tried (inv(X'X) and inv(X X') do not exist for the same ones), and
    last equal ones.
    """
    names = list(dims(*nodes))
    neighbours: dict[str, set[str | int]] = {name: set() for name in names}
    inverted: dict[str, None] = {}
    squares: list[Node] = []
    for node in order(nodes):
        parts: list[str | int] = [d for d in node.shape if isinstance(d, (int, str)) and d != 1]
        for part in parts:
            if isinstance(part, str) and part in neighbours:
                neighbours[part].update(parts)
        if isinstance(node, Term) and node.op in _SQUARES:
            inverted.update(dict.fromkeys(sorted(dim_names(node.shape[0]) | dim_names(node.args[0].shape[0]))))
            squares.append(node.args[0])
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
        for small, usual in (((2, 3, 4, 5), (3, 2, 4, 5)), ((3, 2, 4, 5), (5, 4, 3, 2)), ((2, 3, 4, 5), (2, 3, 4, 5))):
            yield chosen({}, outer, small, usual)
        met = set().union(*(dim_names(d) for node in order(squares) for d in node.shape))
        within = [n for n in names if n in met]
        if 1 < len(within) <= MANY:
            for order_ in permutations((2, 3, 4, 5)[: len(within)]):
                yield chosen(dict(zip(within, order_, strict=True)), (), (), (3, 2, 4, 5, 6))
        for size in (3, 2) if len(within) > 1 else ():
            yield chosen(dict.fromkeys(within, size), (), (), (4, 5, 6, 7))

    for sizes in every():
        if sizes not in seen:
            seen.append(sizes)
            yield sizes


def work(nodes: Sequence[Node], sizes: Mapping[str, int]) -> int:
    """About how many multiplications one evaluation of `nodes` takes."""
    total = 0
    for node in order(nodes):
        if isinstance(node, Term):
            inner = max((dim_value(d, sizes) for a in node.args for d in a.shape), default=1)
            total += prod(dim_value(d, sizes) for d in node.shape) * inner * max(1, len(node.args) - 1)
    return total


# ----------------------------------------------------------------------------------------------------------- conditions

CONDITIONS: Mapping[str, tuple[str, str]] = {
    "inv": ("{} invertible", "inverted matrices invertible"),
    "logdet": ("det {} > 0", "determinants under a logarithm positive"),
    "norm": ("{} not 0", "norms not 0"),
    "log": ("entries of {} positive", "logarithms of positive numbers"),
    "log1p": ("entries of {} above -1", "logarithms of positive numbers"),
    "sqrt": ("entries of {} positive", "roots of positive numbers"),
    "asin": ("entries of {} in (-1, 1)", "asin and acos within (-1, 1)"),
    "acos": ("entries of {} in (-1, 1)", "asin and acos within (-1, 1)"),
    **dict.fromkeys(
        ("abs", "sign", "step", "relu", "leaky_relu", "elu", "max", "min", "step_ge"),
        ("away from kinks", "away from kinks"),
    ),
}
"""operator -> what it asks of its argument, with the argument's name in braces, or without one."""


def conditions(nodes: Sequence[Node]) -> str:
    """What the formulas assume: declared attributes, and the domains of the operators that occur."""
    found: dict[str, None] = {}
    for node in order(nodes):
        if isinstance(node, Symbol):
            for attribute in sorted(node.attributes - {"constant"}):
                found[f"{node.name} {attribute}"] = None
        elif isinstance(node, Term):
            row = CONDITIONS.get(node.op.function or node.op.name)
            if row is not None:
                argument = node.args[0]
                known = {"inv": "invertible", "logdet": "pd"}.get(node.op.name, "positive")
                if isinstance(argument, Symbol) and known in argument.attributes:
                    continue
                named = isinstance(argument, Symbol)
                found[row[0].format(argument.name) if isinstance(argument, Symbol) and named else row[1]] = None
            elif node.op is POWER and isinstance(node.args[1], Number):
                exponent = node.args[1].value
                if exponent < 0:
                    found["denominators not 0"] = None
                if exponent.denominator != 1:
                    found["roots of positive numbers"] = None
            elif node.op is POWER:
                found["bases of powers positive"] = None
    for symbol in whole_exponents(nodes):
        found[f"{symbol.name} = {Fraction(EXPONENT)}"] = None
    return ", ".join(found)
