"""Forms of a result: the normal form, a product, and the expanded form where it is shorter."""

from __future__ import annotations

from functools import cache

from matcalc.derive.line import SIMPLIFY
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term, postorder, tree_size
from matcalc.operators import PINV
from matcalc.rewrite import RuleSet
from matcalc.rules.identities import IDENTITIES
from matcalc.rules.order import arrange, key


def simplified(node: Node) -> Node:
    """`node` in normal form."""
    return SIMPLIFY.normal(node)[0]


def factored(node: Node) -> Node:
    """`node` as a product: common factors and denominators are taken out."""
    return _factoring().normal(node)[0]


@cache
def _factoring() -> RuleSet:
    # Rarely used, so built on first use.
    from matcalc.rules.factoring import FACTORING

    return RuleSet((*IDENTITIES, *FACTORING), arrange=arrange)


OPENED = 60
"""The largest gradient, in symbols, that is expanded on trial."""


def opened(node: Node) -> Node:
    """`node` expanded and simplified again, if that is shorter: terms may cancel after expansion."""
    if tree_size(node) > OPENED:
        return node
    try:
        found = simplified(_opening().normal(node)[0])
    except UnsupportedError:  # too long when expanded
        return node
    return found if key(found)[0] < key(node)[0] else node


@cache
def _opening() -> RuleSet:
    from matcalc.rules.expanding import EXPANDED

    return RuleSet(EXPANDED, arrange=arrange)


def cancels(node: Node) -> bool:
    # Whether a product with a part of `node` may be I, so that expansion may help.
    return any(
        (isinstance(n, Term) and n.op is PINV) or (isinstance(n, Symbol) and "orthogonal" in n.attributes)
        for n in postorder(node)
    )
