"""The chain rule of several variables, entry by entry.

dJ/dW_ij = Σ_kl dJ/dZ_kl dZ_kl/dW_ij, summed over every definition Z = … that uses W; and the derivative dZ_kl/dW_ij of
one name by another, an array with the indices of both. It does not use differentials, yet both ways must give the same
matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from matcalc.dims import Dim
from matcalc.expr import Node, Symbol, Term, fold, postorder, symbols
from matcalc.indices import terms
from matcalc.indices.entry import FreshIndices, entry, names_in, place, position, tidy, written
from matcalc.indices.entry_slopes import SLOPES, contracted, derivative, terms_of, uncontracted
from matcalc.operators import INNER, MATMUL, NORM, SUM, T, power, term

FACTORS = 40
"""A derivative through several definitions with more factors than this is not multiplied out."""


class Use(NamedTuple):
    """The contribution of one definition to dJ/dW_ij.

    `of`: the entry Z_kl; `formula`: its formula in entries; `opened`: dZ_kl/dW_ij with the sums of the formula as they
    stand; `slope`: the same contracted; `factor`: dJ/dZ_kl.
    `spelled`: Σ_kl dJ/dZ_kl dZ_kl/dW_ij, uncontracted; `whole`: the same contracted, for further sums.
    """

    of: terms.EntryOf
    formula: terms.Index_term
    opened: terms.Index_term
    slope: terms.Index_term
    factor: terms.Index_term
    spelled: terms.Index_term
    whole: terms.Index_term


class Link(NamedTuple):
    """dJ/dW_ij: `by` is W_ij, `uses` the definitions that contain W, `gradient` the result."""

    by: terms.EntryOf
    uses: tuple[Use, ...]
    gradient: terms.Index_term


class ArrayDerivative(NamedTuple):
    """dZ_kl/dW_ij through Y, where Z depends on W through Y alone; `through` is None if the definition of Z contains W.

    `slope`: dZ_kl/dY_rs, `inner`: dY_rs/dW_ij, `spelled`: Σ_rs of their product, `whole`: the same contracted.
    """

    of: terms.EntryOf
    by: terms.EntryOf
    through: terms.EntryOf | None
    slope: terms.Index_term
    inner: terms.Index_term
    spelled: terms.Index_term
    whole: terms.Index_term


def link(
    gradients: Sequence[tuple[Symbol, Node]], by: Symbol, taken: Collection[str] = (), at: terms.Indices | None = None
) -> Link:
    """The chain rule for an entry of `by` through the definitions that contain it: (Z, dJ/dZ) for each such Z.

    `at`: the entry; by default, letters for all entries. Raises UnsupportedError if a definition has no formula in
    entries.
    """
    nodes = [node for z, g in gradients for node in (z, g, z.definition) if node is not None]
    taken = {*taken, *names_in(by, *nodes)}
    if at is None:
        at = place(FreshIndices(taken).position(by))
    entry_by = terms.EntryOf(by, at)
    taken |= {i.name for i in at}
    sizes = {i.name: i.size for i in at}
    uses = tuple(_use(z, gradient, entry_by, taken, sizes) for z, gradient in gradients)
    whole = terms.total(*(use.whole for use in uses))
    return Link(entry_by, uses, tidy(ordered(whole, at), at, taken, sizes))


def _use(z: Symbol, gradient: Node, by: terms.EntryOf, taken: set[str], sizes: dict[str, Dim]) -> Use:
    where = FreshIndices(taken, sizes=sizes).position(z)
    at = place(where)
    letters = FreshIndices({*taken, *(i.name for i in at)}, SLOPES)
    slope = slope_of(z, terms.EntryOf(z, at), by, letters)
    # Formulas for display are written out; formulas for further products keep their arrays whole.
    formula = written(_squared(z), where, FreshIndices({*taken, *(i.name for i in at)}))
    factor = written(gradient, where, letters)
    known = (*by.at, *at)
    # A squared norm is written out as the sum that it is.
    kept = [op for op in SLOPES if op is not NORM]
    wider = {*taken, *(i.name for i in at)}
    opened = slope_of(z, terms.EntryOf(z, at), by, FreshIndices(wider, kept), uncontracted)
    if at or by.of not in _names(slope):  # of a linear form there is nothing to show
        spelled: terms.Index_term = terms.Product((factor, slope))
        spelled = terms.Sigma(at, spelled) if at else spelled
    else:
        parts = terms_of(opened)
        made = tuple(terms.Product((factor, part)) for part in parts)
        spelled = terms.Total(made) if len(made) > 1 else terms.Product((factor, *parts))
    whole = contracted(at, factor, slope)
    return Use(
        terms.EntryOf(z, at),
        tidy(formula, known, taken),
        read(opened, known, taken, dict(sizes)),
        tidy(slope, known, taken),
        tidy(factor, known, taken),
        read(spelled, by.at, taken, sizes),
        whole,
    )


def _names(term: terms.Index_term) -> set[Node]:
    """The names in the arrays of a term."""
    return {n for part in terms.walk(term) if isinstance(part, terms.EntryOf) for n in postorder(part.of)}


def ordered(term: terms.Index_term, at: terms.Indices) -> terms.Index_term:
    """Orders factors as in a matrix product, the row's index first and the column's last: X_ki d_k v_j."""
    if isinstance(term, terms.Total):
        return terms.Total(tuple(ordered(t, at) for t in term.terms))
    if isinstance(term, terms.Sigma):
        return terms.Sigma(term.over, ordered(term.body, at))
    if not isinstance(term, terms.Product):
        return term
    row, column = (*at, None, None)[:2]

    def side(factor: terms.Index_term) -> int:
        held = set(terms.free(factor))
        return 0 if not held else 2 - (row in held) + (column in held)

    return terms.Product(tuple(sorted(term.factors, key=side)))


def read(
    spelled: terms.Index_term, at: terms.Indices, taken: Collection[str], sizes: dict[str, Dim]
) -> terms.Index_term:
    """The product for display: unchanged except for the names of its indices; factors 1 are dropped."""
    if isinstance(spelled, terms.Total):
        return terms.Total(tuple(read(part, at, taken, sizes) for part in spelled.terms))
    if isinstance(spelled, terms.Sigma):
        inner = read(spelled.body, (*at, *spelled.over), taken, sizes)
        kept = set(terms.free(inner))
        over = tuple(i for i in spelled.over if i in kept)
        return tidy(terms.Sigma(over, inner), at, taken, sizes) if over else inner
    if isinstance(spelled, terms.Product):
        parts = [read(f, at, taken, sizes) if isinstance(f, terms.Sigma) else f for f in spelled.factors]
        factors = [f for part in parts if part != terms.ONE for f in _flat(part)]
        return terms.ONE if not factors else factors[0] if len(factors) == 1 else terms.Product(tuple(factors))
    return spelled


def _flat(term: terms.Index_term) -> tuple[terms.Index_term, ...]:
    return term.factors if isinstance(term, terms.Product) else (term,)


def slope_of(
    z: Symbol,
    of: terms.EntryOf,
    by: terms.EntryOf,
    letters: FreshIndices,
    rule: Callable[[terms.Index_term, terms.EntryOf, FreshIndices], terms.Index_term] = derivative,
) -> terms.Index_term:
    """dZ_kl/dW_ij by `rule` from the definition of Z, which contains W; Z appears by name. Raises UnsupportedError."""
    assert z.definition is not None
    formula = entry(_squared(z), position(z, of.at), letters)
    return named(rule(formula, by, letters), {z.definition: z}, {formula: of})


def _squared(z: Symbol) -> Node:
    """The definition of a name; a square in it, A : A or a'a, is a sum of squares, whose slope is one sum."""
    assert z.definition is not None
    return fold(z.definition, _square)


def _square(node: Node, args: list[Node]) -> Node:
    if not isinstance(node, Term):
        return node
    equal = node.op is INNER and args[0] is args[1]
    if equal or (node.op is MATMUL and node.is_scalar and len(args) == 2 and args[0] is T(args[1])):
        return term(SUM, power(args[1], 2))
    return term(node.op, *args)


def named(
    term: terms.Index_term, names: Mapping[Node, Symbol], entries: Mapping[terms.Index_term, terms.EntryOf]
) -> terms.Index_term:
    """`term` with names for arrays that have one, and for functions of entries that are an entry of a name."""
    if isinstance(term, terms.EntryOf):
        return terms.EntryOf(names.get(term.of, term.of), term.at)
    if isinstance(term, terms.Applied) and term in entries:
        return entries[term]
    return terms.changed(term, lambda part: named(part, names, entries), exactly=True)


def users(definitions: Sequence[Symbol]) -> dict[Symbol, list[Symbol]]:
    """For each name, the definitions that contain it, in the order given."""
    found: dict[Symbol, list[Symbol]] = {}
    for z in definitions:
        for name in symbols(*([z.definition] if z.definition is not None else [])):
            found.setdefault(name, []).append(z)
    return found


def path(above: Mapping[Symbol, Sequence[Symbol]], name: Symbol, limit: int) -> list[Symbol] | None:
    """W, Z1, Z2, … up to an unused name, if each occurs in one definition alone; else None.

    `above`: as returned by `users`. Also None if there are more than `limit` names.
    """
    found = [name]
    while found[-1] in above:
        uses = above[found[-1]]
        if len(uses) > 1 or len(found) == limit:
            return None
        found.append(uses[0])
    return found


def tensors(chain: Sequence[Symbol], taken: Collection[str] = ()) -> Iterator[ArrayDerivative]:
    """dZ/dW for each name Z of a chain W, Z1, Z2, …, where each occurs in the next. Raises UnsupportedError."""
    variable, *rest = chain
    nodes = [node for z in rest for node in (z, z.definition) if node is not None]
    taken = {*taken, *names_in(variable, *nodes)}
    letters = FreshIndices(taken, SLOPES)
    by = terms.EntryOf(variable, place(letters.position(variable)))
    before: tuple[terms.EntryOf, terms.Index_term] | None = None
    for z in rest:
        of = terms.EntryOf(z, place(letters.position(z)))
        free_ = (*of.at, *by.at)
        if before is None:
            whole = slope_of(z, of, by, letters)
            shown = tidy(whole, free_, taken)
            yield ArrayDerivative(of, by, None, shown, terms.ONE, shown, shown)
        else:
            through, inner = before
            slope = slope_of(z, of, through, letters)
            if _factors(slope) + _factors(inner) > FACTORS:
                return
            whole = contracted(through.at, slope, inner)
            apart = (*free_, *through.at)
            sizes: dict[str, Dim] = {}
            spelled = (
                terms.Sigma(through.at, terms.Product((slope, inner))) if through.at else terms.Product((slope, inner))
            )
            yield ArrayDerivative(
                of,
                by,
                through,
                tidy(slope, apart, taken),
                tidy(inner, apart, taken),
                read(spelled, free_, taken, sizes),
                tidy(ordered(whole, by.at), free_, taken, sizes),
            )
        before = of, whole


def _factors(term: terms.Index_term) -> int:
    return 1 + sum(map(_factors, terms.parts(term)))
