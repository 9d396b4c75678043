"""LAWS: what the kinds of heads in a sum of products stand for, one row for each kind.

A law looks at one factor of a product and returns the products that it may be replaced by.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from matcalc.dims import Dim, dim_add, dim_mul
from matcalc.indices.algebra import HIGHEST, Algebra, Law, Raw
from matcalc.indices.leads import Lead, matches
from matcalc.indices.products import At, Exact, Powers, Summand, exact


def _of_sum(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # S^2 is multiplied out, and what is S in the numerator is folded back: Σ_k e_k / S = 1.
    head, at = key
    if x >= 1:
        whole = int(x // 1)
        if whole > HIGHEST:
            return None
        rest = {**powers, key: exact(x - whole)}
        inner = of.raised(of.sums[head], whole)
        return [of.multiplied((number, bound, rest), k, n, at) for k, n in inner.items()]
    if x > 0:
        return None
    lead = of.lead(head, of.sums[head])
    if lead is None:
        return None
    others = {k: e for k, e in powers.items() if k != key}
    names = dict(enumerate(at, 1))
    for found, left in matches(of.heads, lead, names, others, bound):
        taken = {found[k] for k in lead.bound}
        if any(i in places for _, places in left for i in taken) or taken & set(at):
            continue
        kept = {k: s for k, s in bound.items() if k not in taken}
        scaled = of.multiplied((number, kept, left), *lead.inverse)
        one = scaled[0], scaled[1], {**scaled[2], key: exact(x + 1)}
        still = scaled[0], scaled[1], {**scaled[2], key: x}
        return [one, *(of.multiplied(still, k, -n, at) for k, n in lead.rest.items())]
    return _apart(of, number, bound, powers, key, lead)


def _apart(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], lead: Lead
) -> list[Raw] | None:
    # 1 / (a (a + r)) = (1/a - 1/(a + r)) / r, where r is a positive product
    if lead.bound or len(lead.powers) != 1 or len(lead.rest) != 1:
        return None
    ((rest, n),) = lead.rest.items()
    (head, places, x), rows = lead.powers[0], of.heads.rows
    if x != 1 or rest[0] or not all(rows[h].positive for h, _, _ in rest[1]):
        return None
    at = of.heads.turned(head, tuple([key[1][i - 1] for i in places]))
    y = powers.get((head, at), 0)
    if y >= 0:
        return None
    inverse: Summand = (), tuple((h, p, -e) for h, p, e in rest[1])
    one = of.multiplied((number, bound, {**powers, key: exact(powers[key] + 1)}), inverse, Fraction(1) / n, key[1])
    two = of.multiplied((number, bound, {**powers, (head, at): exact(y + 1)}), inverse, Fraction(-1) / n, key[1])
    scale = of.multiplied(two, ((), tuple((h, p, -e) for h, p, e in lead.inverse[0][1])), 1 / Fraction(lead.inverse[1]))
    return [one, scale]


def _of_inverse(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # Σ_j X_ij inv(X)_jk = δ_ik and Σ_j inv(X)_ij X_jk = δ_ik, where j occurs nowhere else
    head, at = key
    if x != 1:
        return None
    matrix = of.inverses[head]
    lead = of.lead(head, matrix)
    if lead is None:
        return None
    others = {k: e for k, e in powers.items() if k != key}
    ways = [(at[0], at[1], 2), (at[1], at[0], 1)]
    if of.heads.rows[head].turns:
        ways += [(at[1], at[0], 2), (at[0], at[1], 1)]
    for j, k, place in ways:
        if j not in bound or j == k:
            continue
        for found, left in matches(of.heads, lead, {place: j}, others, bound):
            p = found[3 - place]
            taken = {found[b] for b in lead.bound}
            gone = taken | {j}
            if p in gone or k in taken or any(i in places for _, places in left for i in gone):
                continue
            kept = {b: s for b, s in bound.items() if b not in taken}
            scaled = of.multiplied((number, kept, left), *lead.inverse)
            pair = of.delta, of.heads.turned(of.delta, (p, k))
            one = (
                scaled[0],
                {b: s for b, s in scaled[1].items() if b != j},
                {**scaled[2], pair: 1},
            )
            still = scaled[0], scaled[1], {**scaled[2], key: 1}
            ends = (p, j) if place == 2 else (j, p)
            return [one, *(of.multiplied(still, b, -n, ends) for b, n in lead.rest.items())]
    return None


def _of_onehot(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # Σ_j y_ij = 1 and y_ij y_ik = δ_jk y_ij
    head, at = key
    rest = {k: e for k, e in powers.items() if k != key}
    last = at[-1]
    if x == 1 and last in bound and last not in at[:-1] and not any(last in places for _, places in rest):
        return [(number, {k: s for k, s in bound.items() if k != last}, rest)]
    for other, places in rest:
        if other == head and places[:-1] == at[:-1] and x > 0 and rest[other, places] > 0:
            pair = of.delta, of.heads.turned(of.delta, (last, places[-1]))
            return [(number, bound, {**{k: e for k, e in rest.items() if k != (other, places)}, key: 1, pair: 1})]
    return None


def _of_prime(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # 2^(3/2) = 2 2^(1/2)
    if 0 <= x < 1:
        return None
    whole = int(x // 1)
    base = Fraction(of.heads.rows[key[0]].key[1])
    return [(exact(number * base**whole), bound, {**powers, key: exact(x - whole)})]


def _shared(of: Algebra, powers: Powers, key: tuple[int, At]) -> list[tuple[int, At]]:
    # Other arrays of zeros and ones about the place of the same entry.
    kind = of.heads.rows[key[0]].key[0]
    return [k for k in powers if k != key and of.heads.rows[k[0]].key[0] == kind and k[1][-1] == key[1][-1]]


def _of_orthogonal(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # Σ_i Q_ij Q_ik = δ_jk and Σ_j Q_ij Q_kj = δ_ik, where the index of the sum occurs nowhere else
    head, at = key
    for other, y in powers.items():
        for n in (0, 1):
            i, one, two = at[n], at[1 - n], other[1][1 - n] if other[0] == head else 0
            if other[0] != head or other[1][n] != i or i not in bound or i in (one, two):
                continue
            if (x, y) != ((2, 2) if other == key else (1, 1)):
                continue
            left = {k: e for k, e in powers.items() if k not in (key, other)}
            if any(i in places for _, places in left):
                continue
            pair = of.delta, of.heads.turned(of.delta, (one, two))
            left[pair] = 1
            return [(number, {k: s for k, s in bound.items() if k != i}, left)]
    return None


def _of_pair(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # [i = (a, b)] [i = (c, d)] = [i = (a, b)] δ_ac δ_bd, Σ_i [i = (a, b)] = 1, Σ_ab [i = (a, b)] [j = (a, b)] = δ_ij
    a, b, i = key[1]
    rest = {k: e for k, e in powers.items() if k != key}
    for other in _shared(of, powers, key):
        c, d, _ = other[1]
        if _alike(of, bound, b, d):
            left = {k: e for k, e in powers.items() if k != other}
            for one, two in ((a, c), (b, d)):
                pair = of.delta, of.heads.turned(of.delta, (one, two))
                left[pair] = 1
            return [(number, bound, left)]
    held = {n for _, at in rest for n in at}
    if i in bound and i not in held and i not in (a, b):
        return [(number, {k: s for k, s in bound.items() if k != i}, rest)]
    if a in bound and b in bound and a != b:
        free = {k: s for k, s in bound.items() if k not in (a, b)}
        if not {a, b} & held:
            return [(number, free, rest)]
        for other in rest:
            if other[0] == key[0] and other[1][:2] == (a, b):
                last = {k: e for k, e in rest.items() if k != other}
                if not any({a, b} & set(at) for _, at in last):
                    pair = of.delta, of.heads.turned(of.delta, (i, other[1][2]))
                    return [(number, free, {**last, pair: 1})]
    return None


def _of_part(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # [i = o + k] [i = o + l] = [i = o + k] δ_kl, 0 for another part; Σ_i [i = o + k] = 1
    (_, offset), at = of.heads.rows[key[0]].key, key[1]
    rest = {k: e for k, e in powers.items() if k != key}
    for other in _shared(of, powers, key):
        (_, begins), there = of.heads.rows[other[0]].key, other[1]
        left = {k: e for k, e in powers.items() if k != other}
        if begins == offset and len(at) == len(there):
            if len(at) == 2 and _alike(of, bound, at[0], there[0]):
                left[of.delta, of.heads.turned(of.delta, (at[0], there[0]))] = 1
                return [(number, bound, left)]
            continue
        if _before(of, bound, offset, at, begins) or _before(of, bound, begins, there, offset):
            return []
    i = at[-1]
    if i in bound and i not in at[:-1] and not any(i in places for _, places in rest):
        return [(number, {k: s for k, s in bound.items() if k != i}, rest)]
    return None


def _before(of: Algebra, bound: dict[int, int], offset: Dim, at: At, begins: Dim) -> bool:
    """Whether a part ends before the entry at which another begins, at every size."""
    length = 1 if len(at) == 1 else _size(of, bound, at[0])
    if length is None:
        return False
    gap = dim_add(begins, dim_mul(-1, dim_add(offset, length)))
    return gap >= 0 if isinstance(gap, int) else isinstance(gap, str) or all(n > 0 for _, n in gap.terms)


def _size(of: Algebra, bound: dict[int, int], index: int) -> Dim | None:
    found = bound.get(index, of.size_of.get(index))
    return None if found is None else of.sizes[found]


def _alike(of: Algebra, bound: dict[int, int], i: int, j: int) -> bool:
    size = _size(of, bound, i)
    return size is not None and size == _size(of, bound, j)


def _of_triangle(
    of: Algebra, number: Exact, bound: dict[int, int], powers: Powers, key: tuple[int, At], x: Exact
) -> list[Raw] | None:
    # [i >= i] = 1, [i >= j] [j >= i] = δ_ij
    i, j = key[1]
    turned = key[0], (j, i)
    if i == j:
        return [(number, bound, {k: e for k, e in powers.items() if k != key})]
    if turned in powers:
        left = {k: e for k, e in powers.items() if k not in (key, turned)}
        left[of.delta, of.heads.turned(of.delta, (i, j))] = 1
        return [(number, bound, left)]
    return None


LAWS: Mapping[str, Law] = {
    "sum": _of_sum,
    "inv": _of_inverse,
    "number": _of_prime,
    "onehot": _of_onehot,
    "orthogonal": _of_orthogonal,
    "pair": _of_pair,
    "part": _of_part,
    "below": _of_triangle,
}
