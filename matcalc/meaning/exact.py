"""Expressions entry by entry, exactly, in any field of entries: SymPy formulas, or numbers of many digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from matcalc.dims import Dim, dim_value
from matcalc.errors import UnknownNameError, UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.meaning.lettered import written_out
from matcalc.meaning.protocol import Field, Rows
from matcalc.meaning.table import MEANINGS, meaning
from matcalc.operators import D

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[numpy.float64]


def order(roots: Iterable[Node], known: Iterable[Symbol] = (), *, into_differentials: bool = False) -> list[Node]:
    """Every distinct node that the roots need, operands and definitions before the nodes that use them.

    Definitions of symbols in `known` are skipped; so are the arguments of d unless `into_differentials`.
    """
    found: list[Node] = []
    seen: set[Node] = set()
    known = frozenset(known)
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            if isinstance(node, Symbol):
                if node.definition is not None and node not in known:
                    stack.append((node.definition, False))
            elif into_differentials or not (isinstance(node, Term) and node.op is D):
                stack.extend((a, False) for a in reversed(node.args))
    return found


def entries(
    nodes: Sequence[Node],
    env: Mapping[Symbol, Rows],
    field: Field,
    sizes: Mapping[str, int],
    differential: Callable[[Term], Rows] | None = None,
) -> list[Rows]:
    """The entries of `nodes` in `field`, each array a list of rows.

    `env` gives the entries of symbols; any other symbol is evaluated by its definition. `sizes` gives a number to each
    name of a dimension. `differential` evaluates a d(A).

    Raises UnknownNameError for a symbol or a size without a value, UnsupportedError for an operator without a
    meaning (or a d without `differential`), TooLarge where formulas would be too long.
    """

    def value(node: Node, known: Mapping[Node, Rows]) -> Rows:
        if isinstance(node, Symbol):
            return env[node] if node in env else known[definition_of(node)]
        if isinstance(node, Number):
            return [[field.number(node.value)]]
        if isinstance(node, Size):
            return [[field.number(Number(size_of(node.dim, sizes)).value)]]
        if not isinstance(node, Term):
            raise UnsupportedError(f"{node!r} is a hole in a rule, not a value")
        if node.op is D:
            if differential is None:
                raise UnsupportedError("a differential has no entries of its own")
            return differential(node)
        if node.op.function is not None:
            apply = partial(field.call, node.op.function, node.op.order)
            return [[apply(x) for x in row] for row in known[node.args[0]]]
        row, args = meaning(node.op), [known[a] for a in node.args]
        if row.written or field.digits:
            return row.exact(field, shape_of(node, sizes), *args)
        return _atoms(node.op.name, field, shape_of(node, sizes), args)

    walk = order(nodes, env)
    if any(isinstance(node, Term) and node.op.letters for node in walk):
        memo = written_out(walk, value, field, lambda dim: size_of(dim, sizes))
    else:
        memo = {}
        for node in walk:
            memo[node] = value(node, memo)
    return [memo[node] for node in nodes]


def check_meanings(nodes: Iterable[Node]) -> None:
    """Raises UnsupportedError for an operator below the nodes that has no meaning."""
    for node in order(nodes):
        if isinstance(node, Term) and node.op is not D and node.op.function is None and not node.op.letters:
            meaning(node.op)


def unwritten(nodes: Iterable[Node]) -> str:
    """A description of the operators below the nodes that have no formula in the entries."""
    terms = (node for node in order(nodes) if isinstance(node, Term) and node.op in MEANINGS)
    names = (node.op.name for node in terms if not MEANINGS[node.op].written)
    return next((f"{name} has no formula in the entries" for name in names), "")


def _atoms(name: str, field: Field, shape: tuple[int, int], args: Sequence[Rows]) -> Rows:
    # Terms without a formula: each entry is an unknown function of all entries of the arguments.
    at = [x for rows in args for row in rows for x in row]
    key = (name, *(len(rows) for rows in args))
    return [[field.atom((*key, i, j), at) for j in range(shape[1])] for i in range(shape[0])]


def definition_of(symbol: Symbol) -> Node:
    if symbol.definition is None:
        raise UnknownNameError(f"{symbol.name} has no value", text=symbol.name)
    return symbol.definition


def size_of(dim: Dim, sizes: Mapping[str, int]) -> int:
    try:
        return dim_value(dim, sizes)
    except KeyError as missing:
        (name,) = missing.args
        raise UnknownNameError(
            f"the size {name} is not known from the values given", hint=f"pass sizes={{'{name}': …}}", text=name
        ) from None


def shape_of(node: Node, sizes: Mapping[str, int]) -> tuple[int, int]:
    return size_of(node.shape[0], sizes), size_of(node.shape[1], sizes)
