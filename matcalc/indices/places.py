"""PLACED: entries of blocks, ranges, stacked columns, Kronecker products and triangles, for proofs.

Such an array holds the entries of others at other places. This is written by arrays of zeros and ones: [i = o + k] is 1
where entry i of the whole is entry k of a part that begins after o entries, [i = (a, b)] where entry i is entry b of
block a, [i >= j] on and below the diagonal. Their laws are in algebra.py.

Source: the definitions; Magnus & Neudecker, Matrix Differential Calculus, ch. 2 and 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.dims import Dim, dim_add
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.indices import terms
from matcalc.indices.entry import EntryRule, FreshIndices, Position, entry, place
from matcalc.operators import term


class PlacedAt(NamedTuple):
    """What an array of zeros and ones tells: the kind of place, and the entries before a part."""

    kind: str
    offset: Dim = 0


BELOW = PlacedAt("below")
"""On the diagonal and below it."""


def told(symbol: Symbol) -> PlacedAt | None:
    """What it tells, if it is such an array: its name is the kind, and its rows are what comes before."""
    return PlacedAt(symbol.name[1:], symbol.shape[0]) if symbol.name.startswith("\0") else None


def _one(kind: str, at: terms.Indices, offset: Dim = 0) -> terms.Index_term:
    return terms.EntryOf(Symbol(f"\0{kind}", (offset, 1)), at)


def _part(k: terms.Index | None, whole: terms.Index | None, offset: Dim) -> terms.Index_term:
    # [whole = offset + k]
    if whole is None:
        return terms.ONE
    if k is not None and k.size == whole.size:
        return terms.delta(k, whole)
    if k is None and isinstance(offset, int):
        return terms.delta(terms.Index(str(offset + 1), whole.size, offset + 1), whole)
    return _one("part", (*place((k, None)), whole), offset)


def _pair(a: terms.Index | None, b: terms.Index | None, whole: terms.Index | None) -> terms.Index_term:
    # [whole = (a, b)]
    if whole is None:
        return terms.ONE
    if a is None or b is None:
        single = a if b is None else b
        assert single is not None
        return terms.delta(single, whole)
    return _one("pair", (a, b, whole))


def _blocks(axis: int) -> EntryRule:
    def row(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
        found = []
        offset: Dim = 0
        for a in node.args:
            k = letters.index(a.shape[axis])
            inside = (k, at[1]) if axis == 0 else (at[0], k)
            body = terms.product(_part(k, at[axis], offset), entry(a, inside, letters))
            found.append(terms.sigma(place((k, None)), body))
            offset = dim_add(offset, a.shape[axis])
        return terms.total(*found)

    return row


def _dim(node: Node) -> Dim:
    if isinstance(node, Size):
        return node.dim
    if isinstance(node, Number) and node.value.denominator == 1:
        return int(node.value)
    raise UnsupportedError("a range without fixed ends")


def _range(axis: int) -> EntryRule:
    def row(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
        a = node.args[0]
        whole = letters.index(a.shape[axis])
        inside = (whole, at[1]) if axis == 0 else (at[0], whole)
        where = _part(at[axis], whole, dim_add(_dim(node.args[1]), -1))
        return terms.sigma(place((whole, None)), terms.product(where, entry(a, inside, letters)))

    return row


def _kron(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    first, *more = node.args
    rest = more[0] if len(more) == 1 else term(ops.KRON, *more)
    one, two = letters.position(first), letters.position(rest)
    rows, columns = (_pair(one[n], two[n], at[n]) for n in (0, 1))
    body = terms.product(rows, columns, entry(first, one, letters), entry(rest, two, letters))
    return terms.sigma(place(one) + place(two), body)


def _khatri_rao(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    a, b = node.args
    i, k = letters.index(a.shape[0]), letters.index(b.shape[0])
    body = terms.product(_pair(i, k, at[0]), entry(a, (i, at[1]), letters), entry(b, (k, at[1]), letters))
    return terms.sigma(place((i, k)), body)


def _vec(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    a = node.args[0]
    i, j = letters.position(a)
    return terms.sigma(place((i, j)), terms.product(_pair(j, i, at[0]), entry(a, (i, j), letters)))


def _unvec(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    a = node.args[0]
    k = letters.index(a.shape[0])
    return terms.sigma(place((k, None)), terms.product(_pair(at[1], at[0], k), entry(a, (k, None), letters)))


def _commutation(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    # K vec(A) = vec(A') for A of n rows and m columns
    n, m = (letters.index(_dim(a)) for a in node.args)
    return terms.sigma(place((n, m)), terms.product(_pair(n, m, at[0]), _pair(m, n, at[1])))


def _diagonal_entries(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    # D v = vec(diag(v))
    return _pair(at[1], at[1], at[0])


def _partial_trace(second: bool) -> EntryRule:
    def row(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
        a = node.args[0]
        i, j = letters.position(a)
        t = letters.index(_dim(node.args[1]))
        pairs = [_pair(x, t, whole) if second else _pair(t, x, whole) for x, whole in zip(at, (i, j), strict=True)]
        return terms.sigma(place((i, j)) + place((t, None)), terms.product(*pairs, entry(a, (i, j), letters)))

    return row


def below(i: terms.Index | None, j: terms.Index | None) -> terms.Index_term:
    """[i >= j]"""
    return terms.ONE if i is None or j is None else _one(BELOW.kind, (i, j))


def _tril_half(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    i, j = at
    half = terms.Constant(Fraction(-1, 2))
    equal = terms.ONE if i is None or j is None else terms.delta(i, j)
    return terms.product(terms.total(below(i, j), terms.product(half, equal)), entry(node.args[0], at, letters))


def _cumsum(node: Term, at: Position, letters: FreshIndices) -> terms.Index_term:
    j = letters.index(node.args[0].shape[0])
    return terms.sigma(place((j, None)), terms.product(below(at[0], j), entry(node.args[0], (j, None), letters)))


PLACED: Mapping[ops.Operator, EntryRule] = {
    ops.VCAT: _blocks(0),
    ops.HCAT: _blocks(1),
    ops.ROWRANGE: _range(0),
    ops.COLRANGE: _range(1),
    ops.KRON: _kron,
    ops.KHATRI_RAO: _khatri_rao,
    ops.VEC: _vec,
    ops.UNVEC: _unvec,
    ops.COMMUTATION: _commutation,
    ops.DUPLICATIONS["diagonal"]: _diagonal_entries,
    ops.PTRACE1: _partial_trace(False),
    ops.PTRACE2: _partial_trace(True),
    ops.TRIL: lambda node, at, letters: terms.product(below(*at), entry(node.args[0], at, letters)),
    ops.TRIU: lambda node, at, letters: terms.product(below(*at[::-1]), entry(node.args[0], at, letters)),
    ops.TRIL_HALF: _tril_half,
    ops.CUMSUM: _cumsum,
}
