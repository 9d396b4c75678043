"""The meaning of formulas with indices: every sum is written out, entry by entry, as it was typed.

A part with a free letter is evaluated for each value of the letter, by the meaning of its operator like any other term.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from itertools import product

from matcalc.dims import Dim
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Size, Term
from matcalc.meaning.protocol import Field, Rows, TooLarge
from matcalc.sigmas import array_over, is_array_over, is_entry, is_row, is_sum_over

Value = Callable[[Node, Mapping[Node, Rows]], Rows]
MOST = 20_000
"""The most evaluations of parts of formulas, each for one choice of values of their letters."""


def free_letters(walk: Sequence[Node]) -> dict[Node, frozenset[str]]:
    """The letters that are free in each node of a walk that has operands first."""
    found: dict[Node, frozenset[str]] = {}
    none = frozenset[str]()
    for node in walk:
        letters = none.union(*(found[a] for a in node.args)) if node.args else none
        if isinstance(node, Term) and node.op.letters:
            own = frozenset(node.op.letters)
            letters = letters | own if is_entry(node.op) or is_row(node.op) else letters - own
        found[node] = letters
    return found


def closed(walk: Sequence[Node]) -> list[Node]:
    """The nodes of a walk without a free letter; only these have a value."""
    free = free_letters(walk)
    return [node for node in walk if not free[node]]


def over_all(node: Term, walk: Sequence[Node]) -> Term:
    """A function of entries with free letters, as one of arrays that hold these entries for all values of the letters.

    Raises UnsupportedError for more letters than an array has.
    """
    free = free_letters(walk)
    letters = tuple(sorted(free[node]))
    if not letters:
        return node
    if len(letters) > 2 or (len(letters) == 2 and not node.is_scalar):
        raise UnsupportedError(f"{node.op.name} of a formula with {len(letters)} indices is not judged")
    sizes: dict[str, Dim] = {}
    for part in walk:
        if isinstance(part, Term) and (is_entry(part.op) or is_row(part.op)) and free[part] <= free[node]:
            sizes.update(zip(part.op.letters, part.args[0].shape, strict=False))
    runs = tuple(sizes[letter] for letter in letters)
    numbers = {i for i in node.op.signature.scalars if not free[node.args[i]]}
    return Term(node.op, tuple(a if i in numbers else array_over(letters, runs, a) for i, a in enumerate(node.args)))


def written_out(walk: Sequence[Node], value: Value, field: Field, size: Callable[[Dim], int]) -> dict[Node, Rows]:
    """The entries of every node of a walk that has no free letter; `size` gives the value of a dimension.

    Raises TooLarge.
    """
    free = free_letters(walk)
    memo: dict[Node, Rows] = {}
    count = 0

    def at(root: Node, letters: Mapping[str, int]) -> Rows:
        # The root for these values of its letters.
        nonlocal count
        local: dict[Node, Rows] = {}
        known: ChainMap[Node, Rows] = ChainMap(local, memo)
        for node in _below(root, free):
            count += 1
            if count > MOST:
                raise TooLarge("a sum over indices is too long to write out")
            local[node] = of(node, known, letters)
        return known[root]

    def of(node: Node, known: Mapping[Node, Rows], letters: Mapping[str, int]) -> Rows:
        if not isinstance(node, Term) or not node.op.letters:
            return value(node, known)
        op = node.op
        if is_entry(op):
            i, *j = (letters[letter] for letter in op.letters)
            return [[known[node.args[0]][i][j[0] if j else 0]]]
        if is_row(op):
            return [[x] for x in known[node.args[0]][letters[op.letters[0]]]]
        ranges = [size(dim) for dim in _ranges(node)]
        places = [dict(zip(op.letters, place, strict=True)) for place in product(*map(range, ranges))]
        terms = [at(node.args[0], {**letters, **place}) for place in places]
        if is_sum_over(op):
            rows = zip(*terms, strict=True)
            return [[field.sum(entries) for entries in zip(*row, strict=True)] for row in rows]
        assert is_array_over(op)
        if len(op.letters) == 1:  # a number or a column for each letter
            return [[x for (x,) in rows] for rows in terms]
        columns = ranges[1]
        return [[rows[0][0] for rows in terms[i : i + columns]] for i in range(0, len(terms), columns)]

    for node in walk:
        if not free[node]:
            memo[node] = of(node, memo, {})
    return memo


def _ranges(node: Term) -> Sequence[Dim]:
    if is_array_over(node.op):
        return node.shape[: len(node.op.letters)]
    last = node.args[1]
    return [last.dim if isinstance(last, Size) else int(last.value) if isinstance(last, Number) else 1]


def _below(root: Node, free: Mapping[Node, frozenset[str]]) -> list[Node]:
    """The nodes with a free letter from the root down, operands first; sums and arrays over letters are not entered."""
    found: dict[Node, None] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        binds = isinstance(node, Term) and bool(node.op.letters) and not (is_entry(node.op) or is_row(node.op))
        missing = [] if binds else [a for a in node.args if free[a] and a not in found]
        if missing:
            stack.extend(missing)
        else:
            stack.pop()
            if free[node]:
                found[node] = None
    return list(found)
