"""Arithmetic on sums of products with bound indices (products.py): products, powers, and the laws of the heads.

Every sum that comes out is settled: deltas are contracted, equal factors collected, and what a sum divides is folded
back into it. The laws of a head are a row of LAWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from matcalc.dims import Dim
from matcalc.errors import UnsupportedError
from matcalc.indices.leads import Lead, bound_of, first, scale
from matcalc.indices.products import (
    PLACES,
    UNIT,
    At,
    Exact,
    Expanded,
    Heads,
    Powers,
    Summand,
    add,
    collect,
    constant,
    exact,
    listed,
    numbered,
    primes,
    times,
    value,
)

HIGHEST = 6
"""The highest power of a sum that is multiplied out."""
WORK = 20_000
"""The most products that are handled in one comparison."""

Raw = tuple[Exact, dict[int, int], Powers]
"""A product before it is settled: the number, the bound indices with their sizes, the factors."""


class Law(Protocol):
    """Returns the products that a product is replaced by, on account of one of its factors; None if it is settled."""

    def __call__(
        self, of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
    ) -> list[Raw] | None: ...


class Algebra:
    """The arithmetic of one comparison, and the heads that it has met. `laws`: the laws of the kinds of heads."""

    def __init__(self, laws: Mapping[str, Law]) -> None:
        self._laws = laws
        self.heads = Heads()
        self.delta = self.heads.number(("delta",), ((0, 1), (1, 0)), idempotent=True)
        self.inverses: dict[int, Expanded] = {}
        """For each inverse, the entries of its matrix at the places 1 and 2."""
        self.sums: dict[int, Expanded] = {}
        self._leads: dict[int, Lead | None] = {}
        self.sizes: list[Dim] = []
        self.size_of: dict[int, int] = {}
        self._values: dict[int, int] = {}
        self._memo: dict[Any, Expanded] = {}
        self._effort = 0

    def free(self, size: Dim, at: int | None) -> int:
        """A new free index; `at`: the number that it is, if it is one."""
        found = PLACES + 1 + len(self.size_of)
        self.size_of[found] = self._size(size)
        if at is not None:
            self._values[found] = at
        return found

    def _size(self, dim: Dim) -> int:
        if dim not in self.sizes:
            self.sizes.append(dim)
        return self.sizes.index(dim)

    def length(self, dim: Dim) -> Expanded:
        """The value of a dimension."""
        if isinstance(dim, int):
            return constant(dim)
        if isinstance(dim, str):
            return self.factor(self.heads.number(("size", dim), positive=True), ())
        return add(*(times(n, self.product(*map(self.length, names))) for names, n in dim.terms))

    def factor(self, head: int, at: At, power: Exact = 1) -> Expanded:
        """A head at its places."""
        return self.settled([(1, {}, {(head, self.heads.turned(head, at)): power})])

    # ----------------------------------------------------------------------------------------------------- arithmetic

    def product(self, *polys: Expanded) -> Expanded:
        """The product, multiplied out."""
        result = constant(1)
        for p in polys:
            if not p:
                return {}
            if len(p) == 1 and UNIT in p:
                result = times(p[UNIT], result)
            elif len(result) == 1 and UNIT in result:
                result = times(result[UNIT], p)
            else:
                result = self.settled([self._joined(a, m, b, n) for a, m in result.items() for b, n in p.items()])
        return result

    def _joined(self, a: Summand, m: Exact, b: Summand, n: Exact) -> Raw:
        sizes = a[0]
        shift = len(sizes)
        bound = {-k: s for k, s in enumerate((*sizes, *b[0]), 1)}
        powers: Powers = {(h, at): p for h, at, p in a[1]}
        for h, at, p in b[1]:
            if shift and b[0]:
                at = tuple([i - shift if i < 0 else i for i in at])
            key = h, self.heads.turned(h, at)
            powers[key] = powers.get(key, 0) + p
        return exact(m * n), bound, powers

    def bound(self, p: Expanded, over: list[int]) -> Expanded:
        work: list[Raw] = []
        for (sizes, factors), number in p.items():
            bound = {-k: s for k, s in enumerate(sizes, 1)}
            names = {i: -len(sizes) - n for n, i in enumerate(over, 1)}
            bound |= {names[i]: self.size_of[i] for i in over}
            work.append((number, bound, self.moved({(h, at): x for h, at, x in factors}, names)))
        return self.settled(work)

    def renamed(self, p: Expanded, names: Mapping[int, int]) -> Expanded:
        """The same with other free indices."""
        return self.settled(
            [(n, bound_of(key), self.moved({(h, at): x for h, at, x in key[1]}, names)) for key, n in p.items()]
        )

    def power(self, base: Expanded, exponent: Expanded) -> Expanded:
        """base^exponent."""
        total = constant(1)
        whole = value(exponent)
        if whole is not None:
            return self.raised(base, whole)
        for key, number in exponent.items():
            total = self.product(
                total, self.raised(base, number) if key == UNIT else self.headed("power", (base, {key: 1}), number)
            )
        return total

    def raised(self, base: Expanded, e: Exact) -> Expanded:
        whole = isinstance(e, int)
        if e == 1 or not base:
            if not base and e <= 0:
                raise UnsupportedError("0 to this power")
            return base
        if isinstance(e, int) and 0 <= e <= HIGHEST:
            return self.product(*[base] * e)
        content, rest = self.content(base, whole)
        raised = self.settled([(1, {}, {k: exact(x * e) for k, x in content.items()})])
        number = value(rest)
        if number is not None:
            return self.product(self._of_number(number, e), raised)
        if not whole and len(rest) == 1:
            rooted = self._root_of_square(rest, Fraction(e))
            if rooted is not None:
                return self.product(raised, rooted)
        number = scale(self.heads, rest, whole)
        rest = times(Fraction(1) / number, rest)
        return self.product(self._of_number(number, e), raised, self.headed("sum", (rest,), e))

    def _of_number(self, number: Exact, e: Exact) -> Expanded:
        if isinstance(e, int):
            return constant(Fraction(number) ** e)
        if number < 0:
            raise UnsupportedError("a root of a negative number")
        number = Fraction(number)
        powers: Powers = {}
        for side, sign in ((number.numerator, 1), (number.denominator, -1)):
            for prime in primes(side):
                key = self.heads.number(("number", prime), positive=True), ()
                powers[key] = powers.get(key, 0) + sign * e
        return self.settled([(1, {}, powers)])

    def function(self, head: int, at: At) -> tuple[str, tuple[Expanded, ...]]:
        """The name of a head's kind, of a function its own name; and what it is applied to."""
        kind, *rest = self.heads.rows[head].key
        if kind not in ("function", "exp", "power", "sum", "step"):
            return kind, ()
        inside = tuple(self.instance(dict(p), at) for p in rest[-1])
        return rest[0] if kind == "function" else kind, inside

    def content(self, p: Expanded, whole: bool) -> tuple[Powers, Expanded]:
        # The factors that all products share and that no sum binds; under a root only those that are positive.
        rows = self.heads.rows
        common: Powers | None = None
        for _, factors in p:
            own: Powers = {(h, at): x for h, at, x in factors if not at or min(at) > 0}
            if common is None:
                common = own
            else:
                common = {k: min(x, own.get(k, 0)) for k, x in common.items() if k in own or x < 0}
                common |= {k: x for k, x in own.items() if x < 0 and k not in common}
        found = {k: x for k, x in (common or {}).items() if x and (whole or rows[k[0]].positive)}
        found = {k: x for k, x in found.items() if not rows[k[0]].idempotent}
        if not found:
            return {}, p
        inverse: Expanded = {((), tuple((h, at, -x) for (h, at), x in found.items())): 1}
        more, rest = self.content(self.product(p, inverse), whole)
        for k, x in more.items():
            found[k] = exact(found.get(k, 0) + x)
        return found, rest

    def _root_of_square(self, p: Expanded, e: Fraction) -> Expanded | None:
        # (c x^2)^(1/2) = c^(1/2) |x|
        (((sizes, factors), number),) = p.items()
        if sizes or number < 0 or any(not isinstance(x, int) or x % 2 for _, _, x in factors):
            return None
        base: Expanded = {((), tuple((h, at, exact(Fraction(x, 2))) for h, at, x in factors)): 1}
        e = e * 2
        inner = self.product(base, self.sign(base)) if e.denominator != 1 or e.numerator % 2 else base
        if e.denominator != 1:
            return None
        return self.product(self._of_number(number, e / 2), self.raised(inner, int(e)))

    def sign(self, p: Expanded) -> Expanded:
        """step(x) - step(-x)"""
        return add(self.step(p), times(-1, self.step(times(-1, p))))

    def step(self, p: Expanded) -> Expanded:
        """1 where x > 0, else 0. The scale of x is of no account."""
        number = value(p)
        if number is not None:
            return constant(int(number > 0))
        rest = self.content(p, False)[1]
        rest = times(Fraction(1) / scale(self.heads, rest, False), rest)
        if self.heads.positive(rest):
            return constant(1)
        if self.heads.positive(times(-1, rest)):
            return {}
        return self.headed("step", (rest,), 1)

    def headed(self, kind: str, inside: tuple[Expanded, ...], power: Exact, *extra: Any) -> Expanded:
        """A factor whose head is a kind of function of `inside`; its places are the free indices there."""
        memo = kind, tuple(map(listed, inside)), *extra
        known = self._memo.get(memo)
        if known is None:
            known = self._memo[memo] = self._made(kind, inside, extra)
        if power == 1:
            return known
        ((key, number),) = known.items()
        return self.settled([(number, {}, {(h, at): x * power for h, at, x in key[1]})])

    def _made(self, kind: str, inside: tuple[Expanded, ...], extra: tuple[Any, ...]) -> Expanded:
        named = numbered(inside, self.renamed)
        positive = kind in ("exp", "number") or (kind in ("sum", "power") and self.heads.positive(inside[0]))
        head = self.heads.number((kind, *extra, named.key), named.turns, positive, kind == "step")
        if kind == "sum":
            self.sums[head] = named.inside[0]
        return {((), ((head, self.heads.turned(head, named.at), 1),)): 1}

    # -------------------------------------------------------------------------------------------------------- settling

    def settled(self, work: list[Raw]) -> Expanded:
        """The sum of products, with deltas contracted, factors collected, and sums folded into what they divide."""
        found: Expanded = {}
        while work:
            self._effort += 1
            if self._effort > WORK:
                raise UnsupportedError("this formula is too long to open its brackets")
            number, bound, powers = work.pop()
            if not number:
                continue
            more = self._replaced(number, bound, powers)
            if more is not None:
                work += more
                continue
            if any(i < 0 and i not in bound for _, at in powers for i in at):
                raise UnsupportedError("an index that no sum binds")
            collect(found, self.heads.named(bound, powers), number)
        return found

    def _replaced(self, number: Exact, bound: dict[int, int], powers: Powers) -> list[Raw] | None:
        # The products that this one is replaced by; None if it is settled, which may have changed its factors.
        rows = self.heads.rows
        for key in [k for k, x in powers.items() if not x]:
            del powers[key]
        for (head, at), x in powers.items():
            if rows[head].idempotent and x > 1:
                powers[head, at] = 1
            if head == self.delta:
                found = self._contracted(number, bound, powers, at)
                if found is not None:
                    return found
        if bound:
            held = {i for _, at in powers for i in at}
            for i in [i for i in bound if i not in held]:
                left = {k: s for k, s in bound.items() if k != i}
                size = self.length(self.sizes[bound[i]])
                return [self.multiplied((number, left, powers), key, n) for key, n in size.items()]
        for (head, at), x in powers.items():
            rule = self._laws.get(rows[head].key[0])
            found = None if rule is None else rule(self, number, bound, powers, (head, at), x)
            if found is not None:
                return found
        return None

    def multiplied(self, raw: Raw, key: Summand, n: Exact, places: At = ()) -> Raw:
        """The product of one that is not settled and one that is. `places`: indices of the first for 1, 2, … there."""
        number, bound, powers = raw
        bound, powers = dict(bound), dict(powers)
        low = min(bound, default=0)
        for k, s in enumerate(key[0], 1):
            bound[low - k] = s
        for h, at, x in key[1]:
            new = [low + i if i < 0 else places[i - 1] if i <= len(places) else i for i in at]
            at = self.heads.turned(h, tuple(new))
            powers[h, at] = powers.get((h, at), 0) + x
        return exact(number * n), bound, powers

    def _contracted(self, number: Exact, bound: dict[int, int], powers: Powers, at: At) -> list[Raw] | None:
        # Σ_k δ_kj x_k = x_j, and δ_ij x_j = δ_ij x_i
        i, j = at
        key = self.delta, at
        rest = {k: x for k, x in powers.items() if k != key}
        if i == j:
            return [(number, bound, rest)]
        if i in self._values and j in self._values:
            return [] if self._values[i] != self._values[j] else [(number, bound, rest)]
        size_i, size_j = (bound.get(k, self.size_of.get(k)) for k in at)
        if size_i != size_j or (size_i is None and (i in bound or j in bound)):
            return None  # a longer range has values that the other lacks
        if i in bound or j in bound:
            old, new = (i, j) if i in bound else (j, i)
            left = {k: s for k, s in bound.items() if k != old}
            return [(number, left, self.moved(rest, {old: new}))]
        old, new = max(at), min(at)
        if not any(old in places for _, places in rest):
            return None
        return [(number, bound, {**self.moved(rest, {old: new}), key: 1})]

    def moved(self, powers: Powers, names: Mapping[int, int]) -> Powers:
        """The factors with other indices."""
        found: Powers = {}
        for (h, at), x in powers.items():
            at = self.heads.turned(h, tuple([names.get(i, i) for i in at]))
            found[h, at] = found.get((h, at), 0) + x
        return found

    def instance(self, p: Expanded, at: At) -> Expanded:
        """A sum stored at a head, at the places of a factor."""
        return self.renamed(p, dict(enumerate(at, 1)))

    def inside(self, head: int, at: At) -> Expanded:
        """The sum that a head stands for."""
        return self.instance(self.sums[head], at)

    def lead(self, head: int, p: Expanded) -> Lead | None:
        """The lead of a sum that is stored at a head."""
        if head not in self._leads:
            self._leads[head] = first(self.heads, p)
        return self._leads[head]

    def over_delta(self, p: Expanded, pair: At) -> Expanded | None:
        """δ_ij / x_i where the sum is δ_ij x_i, the entry of a diagonal matrix; else None."""
        key = self.delta, self.heads.turned(self.delta, pair)
        rest: Expanded = {}
        for (sizes, factors), number in p.items():
            left = tuple(f for f in factors if f[:2] != key)
            if len(left) == len(factors):
                return None
            rest[sizes, left] = number
        return self.product(self.factor(*key), self.raised(rest, -1)) if rest else None

    # ------------------------------------------------------------------------------------------------------- is it zero

    def zero(self, p: Expanded, attempts: int = 4) -> bool:
        """Whether the sum is 0, with denominators multiplied out if that helps."""
        if not p or not attempts:
            return not p
        low: dict[tuple[int, At], Exact] = {}
        for _, factors in p:
            for h, at, x in factors:
                if x < 0 and all(i > 0 for i in at) and (self.heads.rows[h].key[0] == "sum"):
                    low[h, at] = min(x, low.get((h, at), 0))
        for (h, at), x in low.items():
            power = -int(x // 1)
            if power <= HIGHEST:
                whole = self.raised(self.inside(h, at), power)
                return self.zero(self.product(p, whole), attempts - 1)
        return False
