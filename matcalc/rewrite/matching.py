"""Matching finds what the slots and dimensions of a pattern stand for; filling substitutes it into an expression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from threading import local
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.dims import Dim, DimSum, dim_names, dim_replace, dim_solve
from matcalc.errors import UnsupportedError
from matcalc.expr import Kind, Node, Number, Size, Slot, Term, anything
from matcalc.operators import size_value, term
from matcalc.rewrite.arithmetic import arithmetic, coefficient, whole


class Match(NamedTuple):
    """What the slots and the dimensions of a pattern stand for.

    `open`: dimensions of the pattern that are a sum or a product, such as k n, with the value that each must have. They
    stay open while more than one of their names is unknown.
    """

    nodes: dict[str, Node]
    dims: dict[str, Dim]
    open: tuple[tuple[DimSum, Dim], ...] = ()


NOTHING = Match({}, {})


class Unsolved(AssertionError):
    """Filling would leave a name of the rule in the result: the rule or its match is wrong."""


class _Work(local):
    """Counts the comparisons of a derivation, in each thread. Beyond the limit matching refuses, so nothing hangs."""

    LIMIT = 4_000_000
    spent = 0

    def begin(self) -> None:
        """Start counting."""
        self.spent = 0

    def spend(self) -> None:
        """Count one comparison. Raises UnsupportedError beyond the limit."""
        self.spent += 1
        if self.spent > self.LIMIT:
            self.spent = 0
            raise UnsupportedError(
                "this formula is too large to derive", hint="name parts of it by definitions (z = …) and use the names"
            )


Work = _Work()


FEW = 8
"""The largest power of a matrix whose product rule is written out factor by factor."""


def _is_number(node: Node) -> bool:
    return isinstance(node, Number)


def _is_negative(node: Node) -> bool:
    return coefficient(node)[0] < 0


def _is_integer(node: Node) -> bool:
    return whole(node) is not None


def _is_negative_integer(node: Node) -> bool:
    return (whole(node) or 0) < 0


def _is_positive_integer(node: Node) -> bool:
    return (whole(node) or 0) > 0


def _is_few(node: Node) -> bool:
    return 2 < (whole(node) or 0) <= FEW


def _is_constant(node: Node) -> bool:
    return not node.varies


def _is_varying(node: Node) -> bool:
    return node.varies


number = Kind("number", _is_number)
negative = Kind("negative", _is_negative)
integer = Kind("integer", _is_integer)
negative_integer = Kind("negative integer", _is_negative_integer)
positive_integer = Kind("positive integer", _is_positive_integer)
few = Kind("few", _is_few)
constant = Kind("constant", _is_constant)
varying = Kind("varying", _is_varying)


def _match_dim(pattern: Dim, dim: Dim, found: Match) -> Match | None:
    if isinstance(pattern, str):
        known = found.dims.get(pattern)
        if known is None:
            more = Match(found.nodes, {**found.dims, pattern: dim}, found.open)
            return _solved(more) if more.open else more
        return found if known == dim else None
    if isinstance(pattern, int):
        return found if pattern == dim else None
    return _solved(Match(found.nodes, found.dims, (*found.open, (pattern, dim))))


def _solved(found: Match) -> Match | None:
    # An equation with one unknown is solved, which may leave one unknown in the next; one without unknowns is checked.
    dims, waiting, solving = found.dims, list(found.open), True
    while solving:
        solving = False
        for pattern, dim in tuple(waiting):
            unknown = dim_names(pattern) - dims.keys()
            if not unknown:
                if dim_replace(pattern, dims) != dim:
                    return None
            elif len(unknown) == 1 and max(monomial.count(*unknown) for monomial, _ in pattern.terms) == 1:
                (name,) = unknown
                size = dim_solve(pattern, name, dims, dim)
                if size is None:
                    return None
                dims, solving = {**dims, name: size}, True
            else:
                continue
            waiting.remove((pattern, dim))
    return Match(found.nodes, dims, tuple(waiting))


def _match_slot(slot: Slot, node: Node, found: Match) -> Match | None:
    known = found.nodes.get(slot.name)
    if known is not None:
        return found if known is node else None
    if not slot_fits(slot, *node.shape, found):
        return None
    dims = found.dims
    for pattern, dim in zip(slot.shape, node.shape, strict=True):
        if isinstance(pattern, DimSum) or (found.open and pattern not in dims):
            sized = _match_dim(slot.shape[0], node.shape[0], found)
            sized = sized and _match_dim(slot.shape[1], node.shape[1], sized)
            if sized is None:
                return None
            found, dims = sized, sized.dims
            break
        if isinstance(pattern, str) and pattern not in dims:
            dims = {**dims, pattern: dim}
    if slot.kind is anything or slot.kind.holds(node):
        return Match({**found.nodes, slot.name: node}, dims, found.open)
    return None


def slot_fits(slot: Slot, rows: Dim, columns: Dim, found: Match) -> bool:
    """Whether the numbers and the letters in the slot's shape allow this one. Sums and products are not looked at."""
    tall, wide = slot.shape
    if tall == wide and rows != columns:
        return False
    known_rows = found.dims.get(tall, rows) if isinstance(tall, str) else tall
    known_columns = found.dims.get(wide, columns) if isinstance(wide, str) else wide
    return (known_rows == rows or isinstance(tall, DimSum)) and (known_columns == columns or isinstance(wide, DimSum))


def may_match(pattern: Node, node: Node) -> bool:
    """False if the roots alone show that `node` is no instance of `pattern`."""
    if isinstance(pattern, Slot):
        return pattern.kind.op is None or (isinstance(node, Term) and node.op is pattern.kind.op)
    if isinstance(pattern, Term):
        op = pattern.op
        if isinstance(node, Term):
            return node.op is op or (op is ops.SCALE and node.op is ops.HADAMARD)
        return op in ops.SCALAR_CONSTANTS and isinstance(node, Number)
    return not isinstance(pattern, Number) or pattern is node


def may_follow(
    op: ops.Operator, pattern: Node, run: Sequence[Node], following: Node, ahead: Sequence[Node], found: Match
) -> bool:
    """False if `following` cannot match the factors `ahead` once `pattern` has taken the `run` of factors before them.

    Only looks at what is there, so that a product of factors is put together where it may serve.
    """
    if isinstance(following, Slot):
        if following is pattern:
            return tuple(run) == tuple(ahead[: len(run)])
        known = found.nodes.get(following.name)
        return known is None or ahead[0] is (known.args[0] if isinstance(known, Term) and known.op is op else known)
    if not may_match(following, ahead[0]):
        return False
    if isinstance(following, Term) and pattern in following.args and not (following.op.flat or following.op.commutes):
        same = ahead[0].args[following.args.index(pattern)]
        return same is run[0] if len(run) == 1 else same.args == tuple(run) and isinstance(same, Term) and same.op is op
    return True


def match(pattern: Node, node: Node, found: Match = NOTHING) -> Iterator[Match]:
    """Every way in which `node` is an instance of `pattern`. Recursion is as deep as the pattern, not as the node."""
    Work.spend()
    if isinstance(pattern, Slot):
        one = _match_slot(pattern, node, found)
        return iter(() if one is None else (one,))
    if isinstance(pattern, Term):
        if isinstance(node, Term) and node.op is pattern.op:
            return _match_args(pattern.op, pattern.args, node.args, found)
        if pattern.op is ops.SCALE and isinstance(node, Term) and node.op is ops.HADAMARD and node.is_scalar:
            return _match_bag(ops.HADAMARD, pattern.args, node.args, found)
        if isinstance(node, Number) and ops.SCALAR_CONSTANTS.get(pattern.op) == node.value:
            return _match_list(pattern.args, [ops.ONE] * len(pattern.args), found)
        return iter(())
    if isinstance(pattern, Size):
        if isinstance(node, Size) or (isinstance(node, Number) and node.value.denominator == 1):
            sized = _match_dim(pattern.dim, node.dim if isinstance(node, Size) else int(node.value), found)
            return iter(() if sized is None else (sized,))
        return iter(())
    return iter((found,) if pattern is node else ())


def _match_args(op: ops.Operator, patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    if op.flat and op.commutes:
        return _match_bag(op, patterns, args, found)
    if op.flat:
        return _match_run(op, patterns, args, found)
    if len(patterns) != len(args):
        return iter(())
    if op.commutes and args[0] is not args[1]:
        return chain(_match_list(patterns, args, found), _match_list(patterns, (args[1], args[0]), found))
    return _match_list(patterns, args, found)


def _match_list(patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    if not all(map(may_match, patterns, args)):
        return
    for at, pattern in enumerate(patterns):
        if not isinstance(pattern, Slot):
            for first in match(pattern, args[at], found):
                yield from _match_list(patterns[at + 1 :], args[at + 1 :], first)
            return
        Work.spend()
        one = _match_slot(pattern, args[at], found)
        if one is None:
            return
        found = one
    yield found


def _match_run(op: ops.Operator, patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    # Associative: a slot may take a run of neighbours. Long runs come first, so that a constant factor is taken whole.
    if not patterns:
        if not args:
            yield found
        return
    pattern, rest = patterns[0], patterns[1:]
    longest = len(args) - len(rest)
    known = found.nodes.get(pattern.name) if isinstance(pattern, Slot) else None
    if known is not None:
        # A slot that is already known is compared factor by factor; nothing has to be built.
        taken = known.args if isinstance(known, Term) and known.op is op else (known,)
        if len(taken) <= longest and tuple(args[: len(taken)]) == taken:
            yield from _match_run(op, rest, args[len(taken) :], found)
        return
    if longest < 1 or (longest > 1 and not rest and not isinstance(pattern, Slot)):
        return
    # If no other part may take several factors, this one takes all that the others leave.
    for length in _lengths(pattern, args, longest) if any(isinstance(p, Slot) for p in rest) else (longest,):
        if isinstance(pattern, Slot) and not slot_fits(pattern, args[0].shape[0], args[length - 1].shape[1], found):
            continue
        if rest and not may_follow(op, pattern, args[:length], rest[0], args[length:], found):
            continue
        run = args[0] if length == 1 else term(op, *args[:length])
        for first in match(pattern, run, found):
            yield from _match_run(op, rest, args[length:], first)


def _lengths(pattern: Node, args: Sequence[Node], longest: int) -> Iterable[int]:
    if not isinstance(pattern, Slot):
        return (1,)
    if pattern.kind is anything and longest > 2:
        # A long product is halved.
        middle = longest // 2
        return (middle, *range(longest, middle, -1), *range(middle - 1, 0, -1))
    # The factor with the differential is split off, with as much of the rest as possible.
    if pattern.kind is varying:
        return range(_constants(args) + 1, longest + 1)
    return range(min(longest, _constants(args)) if pattern.kind is constant else longest, 0, -1)


def _constants(args: Sequence[Node]) -> int:
    """How many factors come before the first that varies."""
    return next((i for i, a in enumerate(args) if a.varies), len(args))


def _match_bag(op: ops.Operator, patterns: Sequence[Node], args: Sequence[Node], found: Match) -> Iterator[Match]:
    # Associative and commutative: patterns with structure choose an argument each, then slots of one kind, then
    # any slot; the last takes the rest.
    if len(patterns) > len(args):
        return
    ordered = sorted(
        patterns, key=lambda p: (isinstance(p, Slot), isinstance(p, Slot) and p.kind in (anything, constant))
    )
    yield from _match_choice(op, ordered, list(args), found)


def _match_choice(op: ops.Operator, patterns: Sequence[Node], args: list[Node], found: Match) -> Iterator[Match]:
    pattern, rest = patterns[0], patterns[1:]
    if not rest:
        known = found.nodes.get(pattern.name) if isinstance(pattern, Slot) else None
        if known is not None:  # compared argument by argument; nothing has to be built
            if (known.args if isinstance(known, Term) and known.op is op else (known,)) == tuple(args):
                yield found
        elif len(args) == 1 or isinstance(pattern, Slot):
            yield from match(pattern, args[0] if len(args) == 1 else term(op, *args), found)
        return
    if len(args) > LONG_BAG and len(rest) == 1 and _free(pattern, found) and _free(rest[0], found):
        # Rules such as (A + B)' = A' + B' halve a long sum.
        middle = len(args) // 2
        for first in match(pattern, term(op, *args[:middle]), found):
            yield from match(rest[0], term(op, *args[middle:]), first)
    for i, arg in enumerate(args):
        for first in match(pattern, arg, found):
            yield from _match_choice(op, rest, args[:i] + args[i + 1 :], first)


LONG_BAG = 12
"""A pattern that may take any part of a sum or product halves one that is longer than this."""


def _free(pattern: Node, found: Match) -> bool:
    return isinstance(pattern, Slot) and pattern.kind is anything and pattern.name not in found.nodes


def _value(node: Node, op: ops.Operator) -> Node:
    # The value of a size n m is the product of n and m, except in an argument that must be a size, as in ones(n m).
    if isinstance(node, Size) and isinstance(node.dim, DimSum) and not (op in ops.SCALAR_CONSTANTS or op.parameters):
        return size_value(node.dim)
    return node


def _size(pattern: Dim, dims: Mapping[str, Dim]) -> Dim:
    unsolved = dim_names(pattern) - dims.keys()
    if unsolved:
        raise Unsolved(f"nothing says what {', '.join(sorted(unsolved))} of the rule stands for: {dims}")
    return dim_replace(pattern, dims)


def fill(pattern: Node, found: Match) -> Node:
    """`pattern` with its slots and dimensions replaced by what they stand for. Raises Unsolved for an unknown one."""
    if found.open:
        raise Unsolved(f"the sizes {found.open} of the rule could not be compared: {found.dims}")
    if isinstance(pattern, Slot):
        return found.nodes[pattern.name]
    if isinstance(pattern, Term):
        filled = term(pattern.op, *(_value(fill(a, found), pattern.op) for a in pattern.args))
        if isinstance(filled, Term) and all(isinstance(a, Number) for a in filled.args):
            return arithmetic(filled) or filled  # k - 1 for k = 3 is the number 2
        return filled
    if isinstance(pattern, Size):
        dim = _size(pattern.dim, found.dims)
        return Number(dim) if isinstance(dim, int) else Size(dim)
    return pattern
