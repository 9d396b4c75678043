"""Forms of a result: the normal form, a product, and the expanded form where it is shorter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from matcalc.derive.line import REDUCE, SIMPLIFY
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Operator, Symbol, Term, postorder, tree_size
from matcalc.operators import DUPLICATIONS, HADAMARD, INV, MATMUL, PINV, PLUS, POWER, SCALE, TRANSPOSE
from matcalc.rewrite import RewriteRule, RuleSet
from matcalc.rewrite.arithmetic import whole
from matcalc.rules.identities import IDENTITIES
from matcalc.rules.order import arrange, key


def simplified(node: Node) -> Node:
    """`node` in normal form."""
    short = REDUCE.normal(node)[0]
    return next((form for _, form in reversed(closed(short))), short)


def closed(node: Node) -> Sequence[tuple[RewriteRule, Node]]:
    """The forms in which pseudoinverses replace inverses of A' A, if A' A then stands nowhere else."""
    if not any(isinstance(n, Term) and n.op is INV and MATMUL in _operators(n.args) for n in postorder(node)):
        return ()
    after, history = SIMPLIFY.normal(node)
    left = set(postorder(after))
    grams = (n.args[0] for _, before, _ in history for n in postorder(before) if isinstance(n, Term) and n.op is INV)
    return () if any(gram in left for gram in grams) else tuple(SIMPLIFY.forms(node))


def _operators(nodes: Iterable[Node]) -> list[Operator]:
    return [n.op for n in nodes if isinstance(n, Term)]


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
    found = expanded_form(node)
    return found if key(found)[0] < key(node)[0] else node


def expanded_form(node: Node, fully: bool = False) -> Node:
    """`node` expanded and simplified again; itself if that is too long. `fully`: inside row sums and diagonals, too."""
    try:
        return simplified(_opening(fully).normal(node)[0])
    except UnsupportedError:
        return node


@cache
def _opening(fully: bool) -> RuleSet:
    from matcalc.rules.expanding import EXPANDED, FULLY_EXPANDED

    return RuleSet(FULLY_EXPANDED if fully else EXPANDED, arrange=arrange)


def cancels(node: Node) -> bool:
    """Whether expansion may help: products with parts of `node` may be I, or a factor cancel in the sum beside it."""
    return any(
        (isinstance(n, Term) and (n.op is PINV or n.op in _HALVES or _is_undone(n)))
        or (isinstance(n, Symbol) and "orthogonal" in n.attributes)
        for n in postorder(node)
    )


_HALVES = frozenset(DUPLICATIONS.values())


def _is_undone(node: Term) -> bool:
    # A product of A and a sum with 1 ⊘ A or inv(A) as a factor of one of its terms.
    if node.op not in _PRODUCTS:
        return False
    sums = [a for a in map(_plain, node.args) if isinstance(a, Term) and a.op is PLUS]
    if not sums:
        return False
    beside = {_turned_over(f) for a in node.args for f in _factors(a) if a not in sums}
    return any(f in beside for total in sums for part in total.args for f in _factors(part))


_PRODUCTS = (MATMUL, HADAMARD, SCALE)


def _plain(node: Node) -> Node:
    return node.args[0] if isinstance(node, Term) and node.op is TRANSPOSE else node


def _factors(node: Node) -> Iterator[tuple[Node, bool]]:
    # The factors without their exponents and transposes, and whether they divide.
    node = _plain(node)
    if isinstance(node, Term) and node.op in _PRODUCTS:
        for a in node.args:
            yield from _factors(a)
    elif isinstance(node, Term) and node.op is INV:
        for f, divides in _factors(node.args[0]):
            yield f, not divides
    elif isinstance(node, Term) and node.op is POWER:
        yield node.args[0], (whole(node.args[1]) or 0) < 0
    else:
        yield node, False


def _turned_over(factor: tuple[Node, bool]) -> tuple[Node, bool]:
    return factor[0], not factor[1]
