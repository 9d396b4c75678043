"""Formulas with indices: which letters are free, entries of what is no number, letters renamed, factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from matcalc import operators as ops
from matcalc.dims import Dim
from matcalc.expr import Node, Number, Term, postorder
from matcalc.operators import fn, hadamard, plus, power, term
from matcalc.sigmas import at, is_entry, is_row, is_sum_over, row_of, sum_over

DEEPEST = 150
"""What is nested deeper is not turned into matrix form."""


class NoMatrixForm(Exception):
    """A part of a formula with indices has no matrix form. `part` is it, and `why` says what stands in the way."""

    def __init__(self, part: Node, why: str) -> None:
        super().__init__(why)
        self.part = part
        self.why = why


def free(node: Node, memo: dict[Node, tuple[str, ...]]) -> tuple[str, ...]:
    """The letters that no sum in a formula binds, in the order of writing."""
    for part in postorder(node):
        if part in memo:
            continue
        letters = dict.fromkeys(letter for a in part.args for letter in memo[a])
        if isinstance(part, Term) and part.op.letters:
            if is_entry(part.op) or is_row(part.op):
                letters.update(dict.fromkeys(part.op.letters))
            else:
                for letter in part.op.letters:
                    letters.pop(letter, None)
        memo[part] = tuple(letters)
    return memo[node]


def renamed(node: Node, names: Mapping[str, str], memo: dict[Node, tuple[str, ...]]) -> Node:
    """A formula with other letters in the place of free ones."""
    names = {old: new for old, new in names.items() if old in free(node, memo)}
    if not names or not isinstance(node, Term):
        return node
    args = [renamed(a, names, memo) for a in node.args]
    if is_entry(node.op):
        return at(args[0], *(names.get(letter, letter) for letter in node.op.letters))
    if is_row(node.op):
        return row_of(args[0], names[node.op.letters[0]])
    return Term(node.op, tuple(args))


def factors(node: Node) -> Iterator[Node]:
    """The factors of a number, products in powers opened: (x y)^2 is x^2 y^2."""
    if isinstance(node, Term) and node.op is ops.HADAMARD:
        for a in node.args:
            yield from factors(a)
    elif isinstance(node, Term) and node.op is ops.POWER and _is_product(node.args[0]) and _whole(node.args[1]):
        yield from (power(f, node.args[1]) for f in factors(node.args[0]))
    else:
        yield node


def _is_product(node: Node) -> bool:
    return isinstance(node, Term) and node.op is ops.HADAMARD


def _whole(node: Node) -> bool:
    return isinstance(node, Number) and node.value.denominator == 1


MOST_TERMS = 60
"""Terms that a product is opened into, at most."""


def opened(node: Node) -> list[Node] | None:
    """The terms of a number that is a sum, or a small power of one, or a product with one; None where it is none."""
    if isinstance(node, Term) and node.op is ops.PLUS:
        return list(node.args)
    if isinstance(node, Term) and node.op is ops.POWER and node.args[1] in (Number(2), Number(3)):
        terms = opened(node.args[0])
        if terms is None:
            return None
        exponent = node.args[1]
        assert isinstance(exponent, Number)
        return _products([terms] * int(exponent.value))
    if isinstance(node, Term) and node.op is ops.HADAMARD:
        parts = [opened(f) or [f] for f in factors(node)]
        return _products(parts) if any(len(p) > 1 for p in parts) else None
    return None


def _products(parts: list[list[Node]]) -> list[Node] | None:
    # The product of sums as a sum of products, equal products together.
    found: dict[tuple[Node, ...], int] = {(): 1}
    for terms in parts:
        more: dict[tuple[Node, ...], int] = {}
        for chosen, count in found.items():
            for one in terms:
                key = tuple(sorted((*chosen, *factors(one)), key=repr))
                more[key] = more.get(key, 0) + count
        found = more
        if len(found) > MOST_TERMS:
            return None
    return [_product(key, count) for key, count in found.items()]


def _product(parts: tuple[Node, ...], count: int) -> Node:
    number = Number(count)
    rest: dict[Node, int] = {}
    for part in parts:
        if isinstance(part, Number):
            number = Number(number.value * part.value)
        else:
            rest[part] = rest.get(part, 0) + 1
    made = [part if n == 1 else power(part, n) for part, n in rest.items()]
    return hadamard(*([number] if number != ops.ONE or not made else []), *made)


# ------------------------------------------------------------------------------------------------- entries of arrays


class RowEntries:
    """RowEntries of expressions that hold rows: x_i x_i' has the entry X_ip X_iq. `letter` makes letters of its own."""

    def __init__(self, letter: Callable[[Dim], str], memo: dict[Node, tuple[str, ...]]) -> None:
        self.letter = letter
        self.memo = memo

    def entry(self, node: Node, row: str | None, column: str | None) -> Node:
        """The entry of `node` there, None where it has one row or one column. Raises NoMatrixForm."""
        place = [letter for letter in (row, column) if letter is not None]
        if not free(node, self.memo):
            return _entry_of(node, row, column)
        if node.is_scalar and not any(not a.is_scalar and free(a, self.memo) for a in node.args):
            return node
        assert isinstance(node, Term)
        op, args = node.op, node.args
        if is_row(op):
            return at(args[0], op.letters[0], *place)
        if is_sum_over(op):
            return Term(op, (self.entry(args[0], row, column), args[1]))
        if op is ops.TRANSPOSE:
            return self.entry(args[0], column, row)
        if op is ops.MATMUL:
            return self._product(args, row, column)
        if op is ops.SCALE:
            return hadamard(args[0], self.entry(args[1], row, column))
        if op is ops.POWER and not free(args[1], self.memo):
            return power(self.entry(args[0], row, column), args[1])
        if op.elementwise:
            places = ((row, column) if a.shape == node.shape else (None, None) for a in args)
            return term(op, *(self.entry(a, *place) for a, place in zip(args, places, strict=True)))
        reduced = self._reduced(op, args)
        if reduced is None:
            said = op.words[0] if op.words else op.name
            raise NoMatrixForm(node, f"{said} of what has an index is not among what sums are turned into")
        return reduced

    def _product(self, args: tuple[Node, ...], row: str | None, column: str | None) -> Node:
        inner = [self.new(a.shape[1]) for a in args[:-1]]
        ends = [row, *inner, column]
        found = hadamard(*(self.entry(a, ends[n], ends[n + 1]) for n, a in enumerate(args)))
        for letter, a in reversed(list(zip(inner, args, strict=False))):
            if letter is not None:
                found = sum_over(letter, a.shape[1], found)
        return found

    def _reduced(self, op: ops.Operator, args: tuple[Node, ...]) -> Node | None:
        a = args[0]
        if op is ops.NORM:
            return fn("sqrt", self.all(a, lambda *p: power(self.entry(a, *p), 2)))
        if op is ops.INNER:
            return self.all(a, lambda *p: hadamard(*(self.entry(x, *p) for x in args)))
        if op is ops.SUM:
            return self.all(a, lambda *p: self.entry(a, *p))
        if op is ops.MEAN:
            per = [ops.reciprocal(ops.size_value(dim)) for dim in a.shape if dim != 1]
            return hadamard(*per, self.all(a, lambda *p: self.entry(a, *p)))
        if op is ops.TRACE:
            i = self.new(a.shape[0])
            return self.entry(a, i, i) if i is None else sum_over(i, a.shape[0], self.entry(a, i, i))
        if op is ops.LOGSUMEXP_COLUMNS and a.shape[1] == 1:
            return fn("log", self.all(a, lambda *p: fn("exp", self.entry(a, *p))))
        return None

    def all(self, node: Node, of: Callable[..., Node]) -> Node:
        """The sum of what is made of every entry of `node`."""
        row, column = (self.new(dim) for dim in node.shape)
        found = of(row, column)
        for letter, dim in ((column, node.shape[1]), (row, node.shape[0])):
            found = found if letter is None else sum_over(letter, dim, found)
        return found

    def new(self, size: Dim) -> str | None:
        """A letter for a dimension, None for 1."""
        return None if size == 1 else self.letter(size)


def _entry_of(node: Node, row: str | None, column: str | None) -> Node:
    # Of a sum and of a multiple the entries are taken apart, so that what is known of each part is seen.
    if isinstance(node, Term) and node.op is ops.PLUS:
        return plus(*(_entry_of(a, row, column) for a in node.args))
    if isinstance(node, Term) and node.op is ops.SCALE:
        return hadamard(node.args[0], _entry_of(node.args[1], row, column))
    if isinstance(node, Term) and node.op is ops.ONES:
        return ops.ONE
    if row is None and column is not None:
        return at(transposed(node), column)
    return at(node, *(letter for letter in (row, column) if letter is not None))


def transposed(node: Node) -> Node:
    """The transpose, pushed to the factors of a product: (A B)' as B' A'."""
    if node.is_scalar:
        return node
    if isinstance(node, Term):
        if node.op is ops.TRANSPOSE:
            return node.args[0]
        if node.op is ops.MATMUL:
            return ops.matmul(*(transposed(a) for a in reversed(node.args)))
        if node.op is ops.SCALE:
            return ops.scale(node.args[0], transposed(node.args[1]))
        if node.op is ops.DIAG:
            return node
        if node.op is ops.ONES:
            return ops.ones(node.shape[1], node.shape[0])
    return ops.T(node)
