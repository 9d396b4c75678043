"""Proofs for every size: a gradient's entry in index notation against the chain rule of several variables.

For each name u the sum over the definitions v that use it, Σ_kl (dJ/dv)_kl dv_kl/du_ij, is brought to the normal form
of indices.normal, and so is entry ij of the gradient claimed for u. Equal normal forms prove the claim for every size
and for every unknown function; unequal ones prove nothing. Neither SymPy nor matrix calculus is used.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term, definitions, expand, expanded_length, remembered, symbols
from matcalc.indices import terms
from matcalc.indices.entry import FreshIndices, Position, entry, names_in, place
from matcalc.indices.entry_slopes import contracted, derivative
from matcalc.indices.normal import Normal
from matcalc.indices.places import PLACED, below
from matcalc.indices.products import Expanded, add, times
from matcalc.verify.cholesky import without_factors
from matcalc.verify.links import Body, Links, Used
from matcalc.verify.sampling import structure

OWN_TIME = 2.0
"""Seconds that a proof may take, whatever else there was no time for; mostly it takes hundredths."""
SHORT = 400
"""Formulas of at most so many symbols are compared written out."""


class EverySize:
    """The question for each gradient of one objective whether it is proved for every size.

    `stated`: the objective as (weight, formula), differentiated as it stands; `rewritten`: the same in the names of
    `adjoints`, the gradients claimed for intermediates, and of `claimed`. `gradients` are the claims about the stated
    one.
    """

    def __init__(
        self,
        stated: Sequence[Body],
        gradients: Mapping[Symbol, Node],
        rewritten: Sequence[Body],
        claimed: Mapping[Symbol, Node],
        adjoints: Mapping[Symbol, Node],
        convention: str,
    ) -> None:
        self._whole = _Chain(stated, {}, gradients, convention)
        self._linked: _Chain | None = None
        if adjoints and same_objective(stated, rewritten, [s for s in claimed if s.definition is not None]):
            self._linked = _Chain(rewritten, adjoints, claimed, convention)

    def holds(self, symbol: Symbol, claimed: Symbol) -> bool:
        """True only if the gradient is proved; `claimed`: the symbol in the rewritten objective."""
        return (self._linked is not None and self._linked.holds(claimed)) or self._whole.holds(symbol)


def same_objective(stated: Sequence[Body], rewritten: Sequence[Body], variables: Sequence[Symbol]) -> bool:
    """True only if both are the same function at every size; `variables`: defined names that count as inputs."""
    if stated is rewritten:
        return True
    pairs = [(a, b) for one, two in zip(stated, rewritten, strict=False) for a, b in zip(one, two, strict=True)]
    letters = {s.name for s in variables}
    inner = [{s.name: s for s in definitions(*(n for pair in side for n in pair))} for side in (stated, rewritten)]
    for name in letters:
        one, two = (names.get(name) for names in inner)
        if one is None or two is None or one.definition is None or two.definition is None:
            return False
        pairs.append((one.definition, two.definition))
    if len(stated) != len(rewritten):
        return False
    memo: dict[Node, Node] = {
        s: Symbol(s.name, s.shape) for names in inner for s in names.values() if s.name in letters
    }
    for a, b in pairs:
        a, b = _spelled(a, memo), _spelled(b, memo)
        if a is not b and (a.shape != b.shape or not equal(a, b)):
            return False
    return True


def equal(a: Node, b: Node) -> bool:
    """True only if two expressions of one shape are proved equal at every size."""
    if max(expanded_length(a), expanded_length(b)) > SHORT:
        return False
    a, b = expand(a), expand(b)
    letters = FreshIndices(names_in(a, b), rows=PLACED)
    at = letters.position(a)
    normal = Normal()
    try:
        one, two = (normal.of(entry(node, at, letters)) for node in (a, b))
        return normal.algebra.zero(add(one, times(-1, two)))
    except (UnsupportedError, RecursionError):
        return False


def is_entry(formula: terms.Index_term, at: Position, array: Node) -> bool:
    """True only if a formula in index notation is proved to be entry `at` of `array` at every size."""
    arrays = [part.of for part in terms.walk(formula) if isinstance(part, terms.EntryOf)]
    letters = FreshIndices({*names_in(array, *arrays), *(i.name for i in place(at))}, rows=PLACED)
    attempts = [_apart(arrays, [array])]
    if sum(map(expanded_length, (array, *arrays))) <= SHORT:
        attempts.append(definitions(array, *arrays))
    for opened in attempts:
        normal = Normal({s: s.definition for s in opened if s.definition is not None})
        try:
            claimed = normal.of(entry(array, at, letters))
            if normal.algebra.zero(add(normal.of(formula), times(-1, claimed))):
                return True
        except (UnsupportedError, RecursionError):
            continue
    return False


def _apart(one: Iterable[Node], other: Iterable[Node]) -> Sequence[Symbol]:
    """The names to be written out so that both sides are in the same names."""
    found: list[Symbol] = []
    sides = [set(symbols(*one)), set(symbols(*other))]
    while new := [s for s in sides[0] ^ sides[1] if s.definition is not None and s not in found]:
        found += new
        for side in sides:
            side.update(*(symbols(s.definition) for s in side & set(new) if s.definition is not None))
    return found


def _spelled(node: Node, memo: dict[Node, Node]) -> Node:
    """`node` with the definitions of its names put in, except for those that `memo` begins with."""

    def change(part: Node) -> Node:
        if isinstance(part, Symbol) and part.definition is not None:
            return memo[part.definition]
        if isinstance(part, Term):
            args = tuple(memo[a] for a in part.args)
            return part if args == part.args else Term(part.op, args)
        return part

    return remembered(node, memo, change, True)


class _Slope(NamedTuple):
    """The slope by entry `at` of a name, and the letters that are still free."""

    formula: terms.Index_term
    at: Position
    letters: FreshIndices


def _slope(u: Symbol, bodies: Sequence[Body], claim: Node) -> _Slope:
    letters = FreshIndices(names_in(u, claim, *(n for pair in bodies for n in pair)), rows=PLACED)
    at = letters.position(u)
    by = terms.EntryOf(u, place(at))
    parts = []
    for weight, whole in bodies:
        body = without_factors(whole)
        over = letters.position(body)
        slope = derivative(entry(body, over, letters), by, letters)
        parts.append(contracted(place(over), entry(weight, over, letters), slope))
    return _Slope(terms.total(*parts), at, letters)


def projected(normal: Normal, variable: Symbol, at: Position, slope: Expanded, convention: str) -> Expanded:
    """The slope along the structure of a variable, from the slope that ignores it. Raises UnsupportedError."""
    name = structure(variable)
    algebra = normal.algebra
    if name is None or len(place(at)) < 2:
        return slope
    pair = [normal.index(i) for i in place(at)]
    turned = algebra.renamed(slope, dict(zip(pair, reversed(pair), strict=True)))
    equal = algebra.factor(algebra.delta, tuple(pair))
    if name == "diagonal":
        return algebra.product(equal, slope)
    if name in ("symmetric", "pd", "psd", "skew"):
        both = add(slope, times(-1 if name == "skew" else 1, turned))
        if convention == "projected":
            return times(Fraction(1, 2), both)
        return both if name == "skew" else add(both, times(-1, algebra.product(equal, slope)))
    if name in ("lower", "upper"):
        return algebra.product(normal.of(below(*(at if name == "lower" else at[::-1]))), slope)
    if name == "orthogonal" and variable.shape[0] == variable.shape[1] and convention == "projected":
        # G - Q (Q'G + G'Q) / 2, which is (G - Q G'Q) / 2
        (i, j), (k, m) = place(at), (terms.Index(f"\0{n}", variable.shape[0]) for n in (1, 2))
        inner = algebra.renamed(slope, {pair[0]: normal.index(m), pair[1]: normal.index(k)})
        sides = (normal.of(terms.EntryOf(variable, ends)) for ends in ((i, k), (m, j)))
        turned = algebra.bound(algebra.product(*sides, inner), [normal.index(k), normal.index(m)])
        return times(Fraction(1, 2), add(slope, times(-1, turned)))
    raise UnsupportedError(f"a gradient along {name} arrays")


def _is_slope(
    claim: Node, slope: _Slope, opened: Mapping[Node, Node], structured: Symbol | None, convention: str
) -> bool:
    normal = Normal(opened)
    try:
        expected = normal.of(slope.formula)
        if structured is not None:
            expected = projected(normal, structured, slope.at, expected, convention)
        claimed = normal.of(entry(claim, slope.at, slope.letters))
        return normal.algebra.zero(add(expected, times(-1, claimed)))
    except (UnsupportedError, RecursionError):
        return False


def is_slope(
    u: Symbol, bodies: Sequence[Body], claim: Node, attempts: Iterable[Mapping[Node, Node]], convention: str
) -> bool:
    """True only if `claim` is Σ weight ∂body/∂u at every size.

    `attempts`: the letters in the formulas that stand for definitions, as they are to be tried.
    """
    try:
        slope = _slope(u, bodies, claim)
    except (UnsupportedError, RecursionError):
        return False
    structured = u if convention != "free" else None
    return any(_is_slope(claim, slope, opened, structured, convention) for opened in attempts)


class _Chain(Links):
    def __init__(
        self,
        seeds: Sequence[Body],
        adjoints: Mapping[Symbol, Node],
        gradients: Mapping[Symbol, Node],
        convention: str,
    ) -> None:
        super().__init__(seeds, adjoints, gradients)
        self._convention = convention
        self._end = time.monotonic() + OWN_TIME
        # A name with an adjoint is a letter here, so that a formula is as deep as it is written.
        named = sorted(self.names | frozenset(self.alias.values()), key=lambda s: s.height)
        self._letters: dict[Node, Node] = {s: Symbol(s.name, s.shape) for s in named}
        self._cut: dict[Node, Node] = dict(self._letters)
        self._lengths: dict[Node, int] = {}

    def ask(self, u: Symbol, bodies: Sequence[Used], claim: Node) -> bool:
        """Whether the claim for one name follows from those for the definitions that use it, at every size."""
        if time.monotonic() > self._end:
            return False
        if isinstance(claim, Symbol) and claim.definition is not None and claim not in self.names:
            claim = claim.definition
        users = [v for _, v in bodies if v is not None]
        weights = [w for (w, _), _ in bodies if isinstance(w, Symbol)]
        attempts: list[Iterable[Symbol]] = [(), [*users, *weights]]
        nodes = [claim, *(n for body, _ in bodies for n in body)]
        if sum(map(self._length, nodes)) <= SHORT:
            attempts.append(definitions(*nodes))
        own = self._in_letters(claim)
        try:
            formulas = [(self._in_letters(w), self._in_letters(body)) for (w, body), _ in bodies]
            variable = self._in_letters(u)
            assert isinstance(variable, Symbol)
            slope = _slope(variable, formulas, own)
        except (UnsupportedError, RecursionError):
            return False
        return any(self._agree(u, own, slope, opened) for opened in attempts)

    def _length(self, node: Node) -> int:
        def length(part: Node) -> int:
            if isinstance(part, Symbol) and part.definition is not None:
                return self._lengths[part.definition]
            return min(1 + sum(self._lengths[a] for a in part.args), SHORT + 1)

        return remembered(node, self._lengths, length, True)

    def _in_letters(self, node: Node) -> Node:
        # Names without an adjoint stand for their definitions.
        return _spelled(node, self._cut)

    def _agree(self, u: Symbol, claim: Node, slope: _Slope, opened: Iterable[Symbol]) -> bool:
        known: dict[Node, Node] = {}
        for s in opened:
            if s in self._letters and s.definition is not None:
                known[self._letters[s]] = self._in_letters(s.definition)
        structured = u if u.definition is None and self._convention != "free" else None
        return _is_slope(claim, slope, known, structured, self._convention)
