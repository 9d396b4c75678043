"""Products of entries with bound indices, and sums of them: one key for all that differ in the names of indices.

A `Summand` is a product of factors (head, places, exponent) under a sum over bound indices. A head is an array or a
function of entries, a number of the `Heads`; places are indices, numbers too: free ones are positive, bound ones are
negative, -1, -2, … in a canonical order. So two products that differ only in the names of bound indices, or in the
order of factors, are equal. A `Expanded` maps products to numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any, NamedTuple, TypeAlias

from matcalc.errors import UnsupportedError

Exact: TypeAlias = "int | Fraction"
At: TypeAlias = "tuple[int, ...]"
Powers: TypeAlias = "dict[tuple[int, At], Exact]"
Summand: TypeAlias = "tuple[tuple[int, ...], tuple[tuple[int, At, Exact], ...]]"
"""(the sizes of the bound indices -1, -2, …; the factors in order)."""
Expanded: TypeAlias = "dict[Summand, Exact]"

UNIT: Summand = ((), ())
PLACES = 4
"""The most free indices of a function's argument; their numbers there are 1, 2, …"""
WAYS = 720
"""The most ways to name the indices of one product that are tried."""


def exact(value: Exact) -> Exact:
    """An int where the number is whole."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


class Head(NamedTuple):
    """What stands at the front of a factor. `turns`: the permutations of its places that change nothing, if any."""

    key: tuple[Any, ...]
    turns: tuple[At, ...] = ()
    positive: bool = False
    idempotent: bool = False


class Heads:
    """The heads of one comparison, numbered as they are met."""

    def __init__(self) -> None:
        self.rows: list[Head] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def known(self, key: tuple[Any, ...]) -> int | None:
        """The number of the head with this key, if there is one."""
        return self._numbers.get(key)

    def number(
        self, key: tuple[Any, ...], turns: Iterable[At] = (), positive: bool = False, idempotent: bool = False
    ) -> int:
        """The number of the head with this key, which is made at its first use."""
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.rows)
            self.rows.append(Head(key, tuple(turns), positive, idempotent))
        return found

    def turned(self, head: int, places: At) -> At:
        """The first, in order, of the places that mean the same."""
        turns = self.rows[head].turns
        return min(tuple([places[k] for k in turn]) for turn in turns) if turns else places

    def positive(self, p: Expanded) -> bool:
        """Whether every product of the sum is positive."""
        rows = self.rows
        return bool(p) and all(n > 0 and all(rows[h].positive for h, _, _ in f) for (_, f), n in p.items())

    # ------------------------------------------------------------------------------------------------------- one naming

    def named(self, bound: Mapping[int, int], factors: Powers) -> Summand:
        """The product's key. `bound`: the size of each bound index; every one of them occurs."""
        if not bound:
            return (), self._placed(factors, {})
        if len(bound) == 1:
            ((index, size),) = bound.items()
            return (size,), self._placed(factors, {index: -1})
        indices = list(bound)
        classes = _ranked({i: (bound[i],) for i in indices})
        budget = [WAYS]
        return self._best(bound, factors, self._refined(indices, factors, classes), budget)

    def _placed(self, factors: Powers, names: Mapping[int, int]) -> tuple[tuple[int, At, Exact], ...]:
        rows = self.rows
        made = []
        for (head, places), power in factors.items():
            if names:
                places = tuple([names.get(i, i) for i in places])
            if rows[head].turns:
                places = self.turned(head, places)
            made.append((head, places, power))
        made.sort()
        return tuple(made)

    def _best(self, bound: Mapping[int, int], factors: Powers, classes: dict[int, int], budget: list[int]) -> Summand:
        count = len(set(classes.values()))
        if count == len(classes):
            budget[0] -= 1
            if budget[0] < 0:
                raise UnsupportedError("this formula has too many indices to compare")
            order = sorted(classes, key=classes.__getitem__)
            names = {i: -n for n, i in enumerate(order, 1)}
            return tuple([bound[i] for i in order]), self._placed(factors, names)
        # Indices that look alike: each in turn is put first.
        members: dict[int, list[int]] = {}
        for i, c in classes.items():
            members.setdefault(c, []).append(i)
        tied = min(c for c, some in members.items() if len(some) > 1)
        best: Summand | None = None
        for first in members[tied]:
            apart = {i: 2 * c + (c == tied and i != first) for i, c in classes.items()}
            found = self._best(bound, factors, self._refined(list(classes), factors, apart), budget)
            best = found if best is None or found < best else best
        assert best is not None
        return best

    def _refined(self, indices: Sequence[int], factors: Powers, classes: dict[int, int]) -> dict[int, int]:
        # Indices are told apart by the factors in which they stand, and by the indices beside them there.
        classes = _ranked({i: (c,) for i, c in classes.items()})
        count = len(set(classes.values()))
        rows = self.rows
        while count < len(indices):
            seen: dict[int, list[Any]] = {i: [] for i in indices}
            for (head, places), power in factors.items():
                beside = tuple([-1 - classes[i] if i in classes else i for i in places])
                turns = rows[head].turns
                if turns:
                    beside = tuple(sorted(beside))
                for at, i in enumerate(places):
                    if i in classes:
                        seen[i].append((head, power, 0 if turns else at, beside))
            new = _ranked({i: (classes[i], *sorted(some)) for i, some in seen.items()})
            if len(set(new.values())) == count:
                break
            classes, count = new, len(set(new.values()))
        return classes


def _ranked(signs: Mapping[int, tuple[Any, ...]]) -> dict[int, int]:
    ranks = {sign: n for n, sign in enumerate(sorted(set(signs.values())))}
    return {i: ranks[sign] for i, sign in signs.items()}


# ----------------------------------------------------------------------------------------------------------- arithmetic


def add(*polys: Expanded) -> Expanded:
    """The sum."""
    total: Expanded = {}
    for p in polys:
        for key, number in p.items():
            collect(total, key, number)
    return total


def collect(total: Expanded, key: Summand, number: Exact) -> None:
    """Adds a multiple of a product to a sum in place."""
    found = exact(total.get(key, 0) + number)
    if found:
        total[key] = found
    else:
        total.pop(key, None)


def times(number: Exact, p: Expanded) -> Expanded:
    """A multiple."""
    return {key: exact(number * n) for key, n in p.items()} if number else {}


def constant(number: Exact) -> Expanded:
    """A number as a sum of products."""
    return {UNIT: exact(number)} if number else {}


def value(p: Expanded) -> Exact | None:
    """The number that the sum is, if it is one."""
    if not p:
        return 0
    return p.get(UNIT) if len(p) == 1 else None


def free_in(p: Expanded) -> list[int]:
    """The free indices, in the order of their numbers."""
    return sorted({i for _, factors in p for _, places, _ in factors for i in places if i > 0})


def listed(p: Expanded) -> tuple[Any, ...]:
    """The sum as a key."""
    return tuple(sorted(p.items()))


class Numbered(NamedTuple):
    """Sums with the numbers 1, 2, … for their free indices, in the way whose key is least.

    `at`: the free indices in the order of these numbers; `turns`: its permutations that change nothing.
    """

    key: tuple[Any, ...]
    inside: tuple[Expanded, ...]
    at: At
    turns: tuple[At, ...]


def numbered(inside: Sequence[Expanded], renamed: Callable[[Expanded, Mapping[int, int]], Expanded]) -> Numbered:
    """`inside` as functions of their free indices. Raises UnsupportedError if there are too many of these."""
    free = sorted({i for p in inside for i in free_in(p)})
    if len(free) > PLACES:
        raise UnsupportedError("a function of too many indices")
    tried: list[tuple[tuple[Any, ...], tuple[Expanded, ...], At]] = []
    for order in permutations(range(1, len(free) + 1)):
        polys = tuple(renamed(p, dict(zip(free, order, strict=True))) for p in inside)
        at = tuple(i for _, i in sorted(zip(order, free, strict=True)))
        tried.append((tuple(map(listed, polys)), polys, at))
    best = min(key for key, _, _ in tried)
    ways = [(polys, at) for key, polys, at in tried if key == best]
    polys, at = ways[0]
    turns = tuple(tuple(at.index(i) for i in other) for _, other in ways) if len(ways) > 1 else ()
    return Numbered(best, polys, at, turns)


def primes(n: int) -> list[int]:
    """The prime factors of a number; what is left beyond the small ones counts as one."""
    found = []
    for prime in range(2, 1000):
        while n % prime == 0:
            found.append(prime)
            n //= prime
    return found if n == 1 else [*found, n]
