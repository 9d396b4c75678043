"""Index notation, in the rows of a notation: Σ_k X_ki δ_kj; entries, sums over indices, [i = j].

A sum over indices goes as far to the right as it can, so that it stands unbracketed as the last factor of a product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from matcalc import operators as ops
from matcalc.expr import Node, Number, Slot, Symbol
from matcalc.indices.entry import FreshIndices, names_in, place, tidy, written
from matcalc.indices.terms import (
    Applied,
    Constant,
    Delta,
    EntryOf,
    Index,
    Index_term,
    Length,
    Product,
    Raised,
    Sigma,
    Total,
    coefficient,
    indices,
    multiple,
)
from matcalc.write.pieces import Level, Notation, Piece
from matcalc.write.writer import Writer, has_form


class Indexed:
    """Writes index notation; formulas that are not written out are written by `writer`, in its notation."""

    def __init__(self, writer: Writer, *, ranges: bool = True, kronecker: bool = False) -> None:
        """`ranges`: whether a sum shows the ranges of its indices, in a notation that can.

        `kronecker`: whether 1 if i = j, else 0, is written δ_ij rather than [i = j]; a program may have names like δ.
        """
        self._writer = writer
        self._build = writer.notation.build
        self._kronecker = kronecker
        self._bounded = ranges and "sigma_to" in writer.notation.forms

    def piece(self, term: Index_term) -> Piece:
        """A term as a piece."""
        build = self._build
        if isinstance(term, Constant):
            return self._writer.piece(Number(term.value))
        if isinstance(term, Length):
            return self._writer.piece(ops.size_node(term.dim))
        if isinstance(term, EntryOf):
            return self.below(self._writer.piece(term.of), [i.name for i in term.at])
        if isinstance(term, Delta):
            i, j = term.i.name, term.j.name
            return (
                build("delta", self._joined([i, j])) if self._kronecker else build("equal", *map(self._letter, (i, j)))
            )
        if isinstance(term, Sigma):
            return self.sum(term.over, self.piece(term.body))
        if isinstance(term, Total):
            return self.total([coefficient(part) for part in term.terms])
        if isinstance(term, Product):
            return self._product(term)
        if isinstance(term, Raised):
            return self._raised(term)
        return self._applied(term)

    def write(self, term: Index_term) -> str:
        """The text of a term."""
        return str(self.piece(term))

    def below(self, array: Piece, at: Sequence[str]) -> Piece:
        """An entry: W_ij, (W_h)_ij, (inv(X))_ij; what has an index of its own stands in brackets."""
        return self._build("entry", array, self._joined(at)) if at else self._writer.notation.bracket(array, Level.ATOM)

    def slice(self, array: Piece, at: Sequence[str]) -> Piece:
        """A row or a column of an array: X[i,:]."""
        return self._build("slice", array, self._build("indices_apart", *map(self._letter, at)))

    def sum(self, over: Iterable[Index], body: Piece) -> Piece:
        """The sum of `body` over indices."""
        over = tuple(over)
        if self._bounded:
            for i in reversed(over):
                body = self._build("sigma_to", self._letter(i.name), self._size(i), body)
            return body
        names = [i.name for i in over]
        return (
            self._build("sigma", self._joined(names, together=not self._writer.notation.gathers), body)
            if names
            else body
        )

    def total(self, terms: Iterable[tuple[Fraction, Index_term]]) -> Piece:
        """Terms, each with the number in front, which may be negative."""
        shown = [(number < 0, self.piece(multiple(abs(number), rest))) for number, rest in terms]
        negative, first = shown[0]
        if negative:
            shown[0] = False, self._build("minus", first)
        return self._writer.notation.sum(shown)

    def ranges(self, terms: Iterable[Index_term], free: Iterable[Index] = ()) -> Piece | None:
        """The range of each index, without repetition: i = 1..n, j = 1..d; None if no index has a range."""
        found = dict.fromkeys([*free, *(i for term in terms for i in indices(term))])
        one = self._writer.notation.number("1")
        said = [self._build("layers", self._letter(i.name), one, self._size(i)) for i in found if i.value is None]
        return (self._build("ranges", *said) if len(said) > 1 else said[0]) if said else None

    def _size(self, index: Index) -> Piece:
        return self._writer.piece(ops.size_node(index.size))

    def _letter(self, name: str) -> Piece:
        notation = self._writer.notation
        if name == ":":
            return self._build("all")
        return notation.number(name) if name.isdigit() else notation.atom(notation.name(name))

    def _joined(self, letters: Sequence[str], together: bool = True) -> Piece:
        # W_ij, but W_2,1: numbers and longer names are set apart.
        close = together and all(len(name) == 1 and name.isalpha() for name in letters)
        shown = [self._letter(name) for name in letters]
        return self._build("indices" if close else "indices_apart", *shown) if len(shown) > 1 else shown[0]

    def _product(self, term: Product) -> Piece:
        number, rest = coefficient(term)
        if number < 0:
            return self._build("minus", self.piece(multiple(-number, rest)))
        powers = [_reciprocal(factor) for factor in term.factors]
        over = [factor for factor, power in zip(term.factors, powers, strict=True) if power is None]
        below = [power for power in powers if power is not None]
        above = [self.piece(factor) for factor in over]
        notation = self._writer.notation
        if len(above) > 1 or (above and not notation.gathers):
            if not isinstance(over[0], Constant):  # 1/2 x, but (2 Σ_i x_i) y
                above[0] = notation.bracket(above[0], Level.POWER)
            above = [notation.chain(above, last=Level.POWER if below else Level.PRODUCT)]
        return self._over(above, below) if below else above[0]

    def _over(self, above: Sequence[Piece], below: Sequence[Index_term]) -> Piece:
        under = self.piece(below[0] if len(below) == 1 else Product(tuple(below)))
        return self._build("over" if above else "reciprocal", *above, under)

    def _raised(self, term: Raised) -> Piece:
        power = _reciprocal(term)
        if power is not None:
            return self._over([], [power])
        base = self.piece(term.base)
        if isinstance(term.exponent, Constant):
            return self._writer.raised("power", base, term.exponent.value)
        return self._build("power", base, self.piece(term.exponent))

    def _applied(self, term: Applied) -> Piece:
        op, args = term.op, [self.piece(a) for a in term.args]
        if op.over is not None:  # over layers
            return self._build("sum_layers", *self._writer.bounds(op.over), *args)
        if op is ops.D:
            below = term.args[0]
            single = isinstance(below, EntryOf) and isinstance(below.of, (Slot, Symbol))
            return self._build("d_name" if single else "d", *args)
        if op.function is not None and not has_form(self._writer.notation, op):
            return self._build("call", self._writer.function(op), *args)
        return self._build(op.name, *args)


def _reciprocal(term: Index_term) -> Index_term | None:
    # What stands below the line for x^-k.
    if isinstance(term, Raised) and isinstance(term.exponent, Constant) and term.exponent.value < 0:
        power = -term.exponent.value
        return term.base if power == 1 else Raised(term.base, Constant(Fraction(power)))
    return None


def by_entries(node: Node, notation: Notation) -> tuple[str, str]:
    """One entry of a formula, and the ranges of its indices."""
    taken = names_in(node)
    letters = FreshIndices(taken)
    at = letters.position(node)
    shown = tidy(written(node, at, letters), place(at), taken)
    kronecker = not any(name.startswith("delta") for name in taken)
    writer = Indexed(Writer(notation, taken), kronecker=kronecker)
    return writer.write(shown), str(writer.ranges([shown], place(at)) or "")
