"""The derivative of every entry of an array by every entry of a name: ∂Y_ij/∂X_kl, and ∂²J/∂W_ij∂W_kl of a gradient.

It comes from the formula of the array, entry by entry, and not from its Jacobian, which it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import NamedTuple

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, expand, expanded_length
from matcalc.indices import terms
from matcalc.indices.entry import LONG, FreshIndices, Position, entry, names_in, place, position, tidy
from matcalc.indices.entry_slopes import SLOPES, derivative
from matcalc.operators import T, matmul, stacked


class ArraySlope(NamedTuple):
    """`slope` is the derivative of the entry `of` by the entry `by`; `rows` and `columns` are their indices by axis."""

    of: terms.EntryOf
    by: terms.EntryOf
    rows: Position
    columns: Position
    slope: terms.Index_term

    def weighed(self, matrix: Node) -> tuple[terms.Index_term, Node]:
        """Σ E_ij slope F_kl and vec(E)' M vec(F), which agree for all E and F if the Jacobian M has these entries."""
        e, f = Symbol("the weights of rows", self.of.of.shape), Symbol("the weights of columns", self.by.of.shape)
        parts = terms.EntryOf(e, self.of.at), self.slope, terms.EntryOf(f, self.by.at)
        return terms.sigma((*self.of.at, *self.by.at), terms.product(*parts)), matmul(T(stacked(e)), matrix, stacked(f))


def array_slope(
    of: Symbol,
    formula: Node,
    by: Symbol,
    taken: Collection[str] = (),
    at: terms.Indices | None = None,
    structure: str = "",
) -> ArraySlope:
    """The derivative of entry i j of `formula`, called `of`, by entry k l of a name, or by the entry `at`.

    `structure`: that of the name, if its changes keep it. Raises UnsupportedError if something in the formula has no
    derivative entry by entry.
    """
    if structure and structure not in _KEEPING:
        raise UnsupportedError(f"changes of a {structure} matrix are not written entry by entry")
    if expanded_length(formula) > LONG:
        raise UnsupportedError("the formula is too long to be written entry by entry")
    formula = expand(formula)
    taken = {*taken, *names_in(of, by, formula), *(i.name for i in at or ())}
    letters = FreshIndices(taken, SLOPES)
    rows = letters.position(formula)
    columns = position(by, at) if at is not None else letters.position(by)
    first, second = terms.EntryOf(of, place(rows)), terms.EntryOf(by, place(columns))
    slope = derivative(entry(formula, rows, letters), second, letters)
    if structure:
        slope = _KEEPING[structure](slope, *second.at)
    return ArraySlope(first, second, rows, columns, tidy(slope, (*first.at, *second.at), taken))


def _turned(slope: terms.Index_term, k: terms.Index, l: terms.Index, sign: int) -> terms.Index_term:  # noqa: E741
    # Entry l k changes by as much as entry k l, or by the opposite.
    half = terms.Constant(Fraction(1, 2))
    other = terms.substituted(slope, {k: l, l: k})
    return terms.total(terms.product(half, slope), terms.product(half, terms.Constant(Fraction(sign)), other))


_KEEPING: Mapping[str, Callable[[terms.Index_term, terms.Index, terms.Index], terms.Index_term]] = {
    "symmetric": lambda slope, k, l: _turned(slope, k, l, 1),  # noqa: E741
    "skew": lambda slope, k, l: _turned(slope, k, l, -1),  # noqa: E741
    "diagonal": lambda slope, k, l: terms.product(terms.delta(k, l), slope),  # noqa: E741
}
"""By structure: the derivative along changes that keep it, from the one that varies each entry by itself."""
