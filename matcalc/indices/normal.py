"""The normal form of index notation: an expanded sum of products with indices named in a fixed order.

Two formulas with the same normal form are equal at all sizes; different normal forms prove nothing. The only laws used
are renaming of bound indices and those of a commutative ring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import permutations, product
from typing import NamedTuple, TypeAlias

from matcalc.dims import DimSum
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Symbol
from matcalc.indices import terms

MONOMIALS, ORDERS, HIGHEST = 500, 5040, 6
"""Limits: the products of an expansion, the ways to name the indices of one, the power that is written out."""

Key: TypeAlias = "tuple[object, ...]"
Normal: TypeAlias = "tuple[tuple[Key, Fraction], ...]"


class Summand(NamedTuple):
    """number × Σ_over of the product of base^power."""

    number: Fraction
    over: terms.Indices
    powers: tuple[tuple[terms.Index_term, Fraction], ...]


def normal(term: terms.Index_term) -> Normal:
    """The normal form. Raises UnsupportedError for a formula that is too long."""
    return _Normal().of(term, 0)


def same(a: terms.Index_term, b: terms.Index_term) -> bool:
    """Whether the two normal forms agree. False also if a formula is too long to tell."""
    both = _Normal()
    try:
        return both.of(a, 0) == both.of(b, 0)
    except UnsupportedError:
        return False


class _Normal:
    def __init__(self) -> None:
        self._nodes: dict[Node, int] = {}  # nodes are numbered in order of appearance, so that keys compare
        self._fresh = 0

    def of(self, term: terms.Index_term, depth: int) -> Normal:
        found: dict[Key, Fraction] = {}
        for monomial in self._monomials(term):
            key = self._key(monomial, depth)
            found[key] = found.get(key, Fraction(0)) + monomial.number
        return tuple(sorted(((key, n) for key, n in found.items() if n), key=repr))

    # ------------------------------------------------------------------------------------------------- brackets opened

    def _monomials(self, term: terms.Index_term) -> list[Summand]:
        if isinstance(term, terms.Constant):
            return [Summand(term.value, (), ())] if term.value else []
        if isinstance(term, terms.Total):
            return [m for part in term.terms for m in self._monomials(part)]
        if isinstance(term, terms.Product):
            return self._multiplied([self._monomials(part) for part in term.factors])
        if isinstance(term, terms.Length) and isinstance(term.dim, DimSum):  # n m + 1
            return [
                Summand(
                    Fraction(count),
                    (),
                    tuple((terms.Length(n), Fraction(names.count(n))) for n in dict.fromkeys(names)),
                )
                for names, count in term.dim.terms
            ]
        if isinstance(term, terms.Sigma):
            apart = {i: self._index(i) for i in term.over}
            inner = self._monomials(terms.substituted(term.body, apart))
            return [s for m in inner for s in self._summed(tuple(apart.values()), m)]
        if isinstance(term, terms.Raised) and isinstance(term.exponent, terms.Constant):
            power = term.exponent.value
            if (
                power.denominator == 1
                and 0 < power <= HIGHEST
                and isinstance(term.base, (terms.Total, terms.Sigma, terms.Product))
            ):
                return self._multiplied([self._monomials(term.base) for _ in range(int(power))])
            if isinstance(term.base, terms.Product) and power.denominator == 1:
                # (x y)^-1 is x^-1 y^-1.
                return self._multiplied([self._monomials(terms.Raised(f, term.exponent)) for f in term.base.factors])
            if isinstance(term.base, terms.Constant) and term.base.value and power.denominator == 1:
                return [Summand(Fraction(term.base.value) ** int(power), (), ())]
            return [Summand(Fraction(1), (), ((term.base, power),))]
        return [Summand(Fraction(1), (), ((term, Fraction(1)),))]

    def _index(self, index: terms.Index) -> terms.Index:
        self._fresh += 1
        return terms.Index(f"\0{self._fresh}", index.size)

    def _multiplied(self, factors: list[list[Summand]]) -> list[Summand]:
        count = 1
        for monomials in factors:
            count *= max(len(monomials), 1)
        if count > MONOMIALS:
            raise UnsupportedError("this formula is too long to open its brackets")
        return [self._times(chosen) for chosen in product(*factors)]

    def _times(self, chosen: tuple[Summand, ...]) -> Summand:
        number = Fraction(1)
        over: terms.Indices = ()
        powers: dict[terms.Index_term, Fraction] = {}
        for monomial in chosen:
            number *= monomial.number
            over += monomial.over
            for base, power in monomial.powers:
                powers[base] = powers.get(base, Fraction(0)) + power
        return Summand(number, over, tuple((b, p) for b, p in powers.items() if p))

    def _summed(self, over: terms.Indices, monomial: Summand) -> Iterator[Summand]:
        # Contract deltas; an index that does not occur gives a factor, as in terms.sigma.
        factors = [base if power == 1 else terms.Raised(base, terms.Constant(power)) for base, power in monomial.powers]
        body = factors[0] if len(factors) == 1 else terms.Product(tuple(factors)) if factors else terms.ONE
        inner = terms.sigma((*over, *monomial.over), body)
        if isinstance(inner, terms.Sigma):
            rest = inner.body if isinstance(inner.body, terms.Product) else terms.Product((inner.body,))
            for found in self._multiplied([self._monomials(f) for f in rest.factors]):
                yield Summand(found.number * monomial.number, (*inner.over, *found.over), found.powers)
            return
        for found in self._monomials(inner):
            yield found._replace(number=found.number * monomial.number)

    # ------------------------------------------------------------------------------------------------- indices in order

    def _key(self, monomial: Summand, depth: int) -> Key:
        """A key of the product that does not depend on its bound names: the least over all ways to name them."""
        groups: dict[object, list[terms.Index]] = {}
        for i in monomial.over:
            groups.setdefault(i.size, []).append(i)
        ways = 1
        for group in groups.values():
            for n in range(2, len(group) + 1):
                ways *= n
        if ways > ORDERS:
            raise UnsupportedError("this formula has too many indices to compare")
        names = [[terms.Index(f"\1{depth}.{size}.{n}", size) for n in range(len(g))] for size, g in groups.items()]  # type: ignore[arg-type]
        best: Key | None = None
        for chosen in product(*(permutations(new) for new in names)):
            mapping = {
                old: new
                for group, some in zip(groups.values(), chosen, strict=True)
                for old, new in zip(group, some, strict=True)
            }
            key = tuple(sorted((self._factor(b, mapping, depth), p) for b, p in monomial.powers))
            if best is None or repr(key) < repr(best):
                best = key
        return (*sorted(str(size) + f" {len(g)}" for size, g in groups.items()), *(best or ()))

    def _factor(self, term: terms.Index_term, mapping: Mapping[terms.Index, terms.Index], depth: int) -> str:
        if isinstance(term, terms.EntryOf):
            return f"entry {self._number(term.of)} {[mapping.get(i, i).name for i in term.at]}"
        if isinstance(term, terms.Delta):
            return f"delta {sorted(mapping.get(i, i).name for i in (term.i, term.j))}"
        if isinstance(term, terms.Length):
            return f"size {term.dim}"
        if isinstance(term, terms.Applied):
            inside = [self.of(terms.substituted(a, mapping), depth + 1) for a in term.args]
            return f"{term.op.name} {term.op.order} {inside}"
        if isinstance(term, terms.Raised):
            base, power = (self.of(terms.substituted(t, mapping), depth + 1) for t in (term.base, term.exponent))
            return f"power {base} {power}"
        return f"sum {self.of(terms.substituted(term, mapping), depth + 1)}"

    def _number(self, node: Node) -> str:
        if isinstance(node, (Symbol, Number)):
            return repr(node)
        return str(self._nodes.setdefault(node, len(self._nodes)))


def has_sum(term: terms.Index_term) -> bool:
    """Whether `term` contains a sum over an index."""
    return any(isinstance(part, terms.Sigma) for part in terms.walk(term))
