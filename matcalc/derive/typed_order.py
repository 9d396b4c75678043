"""Puts the sums of a derivation in the order in which the program has them: inv(A + X X') stays inv(A + X X').

Simplification sorts the terms of a sum, so that equal ones meet. A sum of the program that it has sorted is found again
by its sorted form, wherever it stands, and written as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matcalc.derive.record import Record
from matcalc.expr import Node, Symbol, Term, postorder, remembered
from matcalc.operators import HADAMARD, PLUS, term
from matcalc.rules.order import arranged

_SORTED = (PLUS, HADAMARD)


def as_typed(record: Record, program: Iterable[Symbol]) -> Record:
    """The record with sums, and products entry by entry, as they were typed in the definitions of `program`."""
    typed = _typed(program)
    if not typed:
        return record
    memo: dict[Node, Node] = {}

    def change(node: Node) -> Node:
        if isinstance(node, Symbol) and node.definition is not None:
            definition = memo[node.definition]
            same = definition is node.definition
            return node if same else Symbol(node.name, node.shape, node.attributes, definition)
        if not isinstance(node, Term):
            return node
        args = tuple(memo[a] for a in node.args)
        return typed.get(node) or (node if args == node.args else term(node.op, *args))

    return record.changed(lambda node: remembered(node, memo, change, True))


def _typed(symbols: Iterable[Symbol]) -> Mapping[Node, Node]:
    """For each array that is sorted otherwise than it is typed: its sorted form, and what is typed."""
    found: dict[Node, Node] = {}
    sorted_: dict[Node, Node] = {}
    nodes = list(postorder(*symbols, through_definitions=True))
    for node in nodes:
        if not isinstance(node, Term):
            sorted_[node] = node
            continue
        args = tuple(sorted_[a] for a in node.args)
        now = node if args == node.args else term(node.op, *args)
        if isinstance(now, Term) and now.op in _SORTED:
            now = arranged(now)
        sorted_[node] = now
        if now is not node and (node.op is PLUS or (node.op is HADAMARD and not node.is_scalar)):
            found.setdefault(now, node)
    return {now: node for now, node in found.items() if now not in sorted_}
