"""The product of a sum that stands for all of it where the sum is divided by, and the ways to find it in a product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

from matcalc.indices.products import At, Exact, Expanded, Heads, Powers, Summand, exact


class Lead(NamedTuple):
    """A sum, written number × product + rest, for replacing the product; `rest` is divided by the number already."""

    powers: tuple[tuple[int, At, Exact], ...]
    bound: dict[int, int]
    inverse: tuple[Summand, Exact]
    rest: Expanded


def bound_of(key: Summand) -> dict[int, int]:
    """The bound indices of a product, each with its size."""
    return {-k: s for k, s in enumerate(key[0], 1)}


def first(heads: Heads, p: Expanded) -> Lead | None:
    """The lead of a sum; None if its largest product holds only sizes."""
    key, number = largest(heads, p)
    rows = heads.rows
    powers = tuple(f for f in key[1] if rows[f[0]].key[0] != "size")
    if not powers:
        return None
    sizes = tuple((h, at, -x) for h, at, x in key[1] if rows[h].key[0] == "size")
    rest = {k: n for k, n in p.items() if k != key}
    return Lead(powers, bound_of(key), (((), sizes), Fraction(1) / number), rest)


def largest(heads: Heads, p: Expanded) -> tuple[Summand, Exact]:
    """The product of the highest degree, and its number."""
    rows = heads.rows

    def weight(key: Summand) -> tuple[Any, ...]:
        degree = sum([abs(Fraction(x)) for h, _, x in key[1] if rows[h].key[0] != "size"], Fraction(0))
        return degree, len(key[0]), len(key[1]), key

    key = max(p, key=weight)
    return key, p[key]


def scale(heads: Heads, p: Expanded, signed: bool) -> Exact:
    """The number in front when the coefficients of `p` are whole and have no common factor."""
    numbers = [Fraction(n) for n in p.values()]
    found = Fraction(gcd(*(n.numerator for n in numbers)), lcm(*(n.denominator for n in numbers)))
    total = sum(numbers) or largest(heads, p)[1]
    return exact(-found if signed and total < 0 else found)


def matches(
    heads: Heads, lead: Lead, names: dict[int, int], powers: Powers, bound: Mapping[int, int], at: int = 0
) -> Iterator[tuple[dict[int, int], Powers]]:
    """Ways to find the factors of `lead` among `powers`: what its indices are, and the factors left."""
    if at == len(lead.powers):
        yield names, powers
        return
    head, places, x = lead.powers[at]
    turns = heads.rows[head].turns or (tuple(range(len(places))),)
    for (other, others), y in list(powers.items()):
        if other != head or (y < 0) != (x < 0) or abs(Fraction(y)) < abs(Fraction(x)):
            continue
        for turn in turns:
            found = dict(names)
            for place, n in zip(places, turn, strict=True):
                i = others[n]
                if found.setdefault(place, i) != i:
                    break
                if place < 0 and (bound.get(i) != lead.bound[place] or [*found.values()].count(i) > 1):
                    break
            else:
                left = {k: e for k, e in powers.items() if k != (other, others)}
                if y != x:
                    left[other, others] = exact(y - x)
                yield from matches(heads, lead, found, left, bound, at + 1)
