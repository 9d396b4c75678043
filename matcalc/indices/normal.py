"""The normal form of index notation: an expanded sum of products with indices named in a fixed order.

Two formulas with the same normal form are equal at all sizes; different normal forms prove nothing. The laws used are
those of a commutative ring, renaming of bound indices, and what is stated at each kind of head: a sum under a power, a
function or an inverse is one head, and a sum that it divides is folded back into it.

Assumed: what a denominator holds is not 0, what stands under a root or a logarithm has one, X inv(X) = I.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from matcalc import operators as ops
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term
from matcalc.indices import terms
from matcalc.indices.algebra import Algebra
from matcalc.indices.entry import EntryRule, FreshIndices, entry, position
from matcalc.indices.entry_functions import applied, log
from matcalc.indices.laws import LAWS
from matcalc.indices.places import BELOW, PLACED, told
from matcalc.indices.products import At, Expanded, add, constant, listed, times
from matcalc.operators import matmul, minus, ones, term


def same(a: terms.Index_term, b: terms.Index_term) -> bool:
    """Whether the two normal forms agree, as a reader sees the formulas: arrays that are not written out stay so.

    False also if a formula is too long to tell.
    """
    both = Normal(rows={})
    try:
        return both.algebra.zero(add(both.of(a), times(-1, both.of(b))))
    except (UnsupportedError, RecursionError):
        return False


def has_sum(term: terms.Index_term) -> bool:
    """Whether `term` contains a sum over an index."""
    return any(isinstance(part, terms.Sigma) for part in terms.walk(term))


class Normal:
    """One comparison. `opened`: the names that stand for their definitions; `rows`: rows beside those of ENTRIES."""

    def __init__(
        self, opened: Mapping[Node, Node] = MappingProxyType({}), rows: Mapping[ops.Operator, EntryRule] = PLACED
    ) -> None:
        self.algebra = Algebra(LAWS)
        self._opened = opened
        self._indices: dict[terms.Index, int] = {}
        self._letters = FreshIndices((), rows=rows, before="\0")
        self._memo: dict[terms.Index_term, Expanded] = {}

    def of(self, term: terms.Index_term) -> Expanded:
        """The normal form. Raises UnsupportedError for a formula that is too long."""
        found = self._memo.get(term)
        if found is None:
            found = self._memo[term] = self._of(term)
        return found

    def _of(self, term: terms.Index_term) -> Expanded:
        algebra = self.algebra
        if isinstance(term, terms.Constant):
            return constant(term.value)
        if isinstance(term, terms.Length):
            return algebra.length(term.dim)
        if isinstance(term, terms.EntryOf):
            return self._entry(term)
        if isinstance(term, terms.Delta):
            return algebra.factor(algebra.delta, (self.index(term.i), self.index(term.j)))
        if isinstance(term, terms.Product):
            return algebra.product(*map(self.of, term.factors))
        if isinstance(term, terms.Total):
            return add(*map(self.of, term.terms))
        if isinstance(term, terms.Sigma):
            return algebra.bound(self.of(term.body), [self.index(i) for i in term.over])
        if isinstance(term, terms.Raised):
            return algebra.power(self.of(term.base), self.of(term.exponent))
        return applied(algebra, term.op, [self.of(a) for a in term.args])

    def index(self, index: terms.Index) -> int:
        """The number of a free index."""
        found = self._indices.get(index)
        if found is None:
            found = self._indices[index] = self.algebra.free(index.size, index.value)
        return found

    def _entry(self, term: terms.EntryOf) -> Expanded:
        node, at = term.of, tuple(self.index(i) for i in term.at)
        if isinstance(node, Symbol):
            if node in self._opened:
                return self.of(entry(self._opened[node], position(node, term.at), self._letters))
            return self._array(node, at)
        spelled = SPELLED[node.op](node) if isinstance(node, Term) and node.op in SPELLED else None
        if isinstance(node, Term) and node.op is ops.PINV:
            spelled = self._pseudoinverse(node.args[0])
        if spelled is not None:
            return self.of(entry(spelled, position(node, term.at), self._letters))
        written = entry(node, position(node, term.at), self._letters)
        if written != term:
            return self.of(written)
        if isinstance(node, Term) and node.op in (ops.INV, ops.DET, ops.LOGDET):
            return self._of_matrix(node, at)
        if isinstance(node, Term) and node.op is ops.E:
            return self.algebra.factor(self.algebra.heads.number(("e",), positive=True), ())
        positive = isinstance(node, Term) and node.op is ops.PI
        return self.algebra.factor(self.algebra.heads.number(("array", node), positive=positive), at)

    def _array(self, symbol: Symbol, at: At) -> Expanded:
        algebra, heads = self.algebra, self.algebra.heads
        told_ = told(symbol)
        if told_ is not None:
            return algebra.factor(heads.number(told_, idempotent=True), at)
        has = symbol.attributes if symbol.definition is None else frozenset[str]()
        positive = "positive" in has
        if len(at) == 2 and "diagonal" in has:
            number = heads.number(("diagonal", symbol), (), positive)
            return algebra.settled([(1, {}, {(number, at[:1]): 1, (algebra.delta, at): 1})])
        turns = ((0, 1), (1, 0)) if len(at) == 2 and has & {"symmetric", "psd", "pd"} else ()
        kind = "onehot" if "onehot" in has and at else "array"
        if "orthogonal" in has and len(at) == 2 and symbol.shape[0] == symbol.shape[1]:
            kind = "orthogonal"
        number = heads.number((kind, symbol), turns, positive, not has.isdisjoint(("binary", "onehot")))
        if len(at) == 2 and "skew" in has:
            return add(algebra.factor(number, at), times(-1, algebra.factor(number, at[::-1])))
        found = algebra.factor(number, at)
        for attribute, ends in (("lower", at), ("upper", at[::-1])) if len(at) == 2 else ():
            if attribute in has:
                found = algebra.product(found, algebra.factor(heads.number(BELOW, idempotent=True), ends))
        return found

    def _pseudoinverse(self, a: Node) -> Node | None:
        # inv(A'A) A' where A'A is inverted elsewhere, and so has an inverse; or A' inv(A A')
        turned = term(ops.TRANSPOSE, a)
        if self._inverted(matmul(turned, a)):
            return matmul(ops.inv(matmul(turned, a)), turned)
        return matmul(turned, ops.inv(matmul(a, turned))) if self._inverted(matmul(a, turned)) else None

    def _inverted(self, a: Node) -> bool:
        # Whether the inverse of a matrix occurs.
        rows, columns = self._letters.position(a)
        if rows is None or columns is None:
            return False
        pair = self.index(rows), self.index(columns)
        inner = self.of(entry(a, (rows, columns), self._letters))
        return self.algebra.renamed(inner, dict(zip(pair, (1, 2), strict=True))) in self.algebra.inverses.values()

    def _of_matrix(self, node: Term, at: At) -> Expanded:
        algebra, a = self.algebra, node.args[0]
        rows, columns = self._letters.position(a)
        inner = self.of(entry(a, (rows, columns), self._letters))
        if rows is None or columns is None:
            of_number = {ops.INV: lambda: algebra.raised(inner, -1), ops.LOGDET: lambda: log(algebra, inner)}
            return of_number.get(node.op, lambda: inner)()
        pair = self.index(rows), self.index(columns)
        forward, back = (algebra.renamed(inner, dict(zip(pair, to, strict=True))) for to in ((1, 2), (2, 1)))
        if node.op is ops.INV:
            diagonal = algebra.over_delta(inner, pair)
            if diagonal is not None:
                return algebra.renamed(diagonal, dict(zip(pair, at, strict=True)))
            turns = ((0, 1), (1, 0)) if forward == back else ()
            head = algebra.heads.number(("inv", listed(forward)), turns)
            algebra.inverses[head] = forward
            return algebra.factor(head, at)
        key = min(listed(forward), listed(back))
        return algebra.factor(algebra.heads.number(("det" if node.op is ops.DET else "logdet", key)), ())


def _less_along(node: Term, along: int, op: ops.Operator) -> Node:
    # Z - op(Z) 1' along rows, Z - 1 op(Z) along columns.
    z, part = node.args[0], term(op, *node.args[:1])
    one = ones(z.shape[along])
    return minus(z, matmul(part, term(ops.TRANSPOSE, one)) if along else matmul(one, part))


def _normalized(node: Term, along: int) -> Node:
    mean, deviation = (ops.ROWMEAN, ops.ROWSTD) if along else (ops.COLMEAN, ops.COLSTD)
    below = ops.power(term(deviation, *node.args), -1)
    one = ones(node.shape[along])
    spread = matmul(below, term(ops.TRANSPOSE, one)) if along else matmul(one, below)
    return ops.hadamard(_less_along(node, along, mean), spread)


def _square_factors(a: Node) -> Sequence[Node]:
    return a.args if isinstance(a, Term) and a.op is ops.MATMUL and {f.shape for f in a.args} == {a.shape} else ()


def _inverse(node: Term) -> Node | None:
    # inv(A B) = inv(B) inv(A), inv(A') = inv(A)', inv(inv(A)) = A, inv(s A) = inv(A) / s, inv(A ⊗ B) = inv(A) ⊗ inv(B)
    a = node.args[0]
    if factors := _square_factors(a):
        return matmul(*(ops.inv(f) for f in reversed(factors)))
    if not isinstance(a, Term) or a.is_scalar:
        return None
    if a.op in (ops.TRANSPOSE, ops.KRON) and all(f.shape[0] == f.shape[1] for f in a.args):
        return term(a.op, *map(ops.inv, a.args))
    if a.op is ops.SCALE:
        return ops.over(ops.inv(a.args[1]), a.args[0])
    return a.args[0] if a.op is ops.INV else a if a.op is ops.EYE else None


def _determinant(node: Term) -> Node | None:
    # det(A B) = det(A) det(B), det(A') = det(A), det(inv(A)) = 1 / det(A)
    a = node.args[0]
    if factors := _square_factors(a):
        return ops.hadamard(*(term(ops.DET, f) for f in factors))
    if not isinstance(a, Term):
        return None
    inside = term(ops.DET, a.args[0]) if a.op in (ops.TRANSPOSE, ops.INV) else None
    return ops.power(inside, -1) if inside is not None and a.op is ops.INV else inside


SPELLED: Mapping[ops.Operator, Callable[[Term], Node | None]] = {
    ops.INV: _inverse,
    ops.DET: _determinant,
    ops.LOG_SOFTMAX_ROWS: lambda node: _less_along(node, 1, ops.LOGSUMEXP_ROWS),
    ops.LOG_SOFTMAX_COLUMNS: lambda node: _less_along(node, 0, ops.LOGSUMEXP_COLUMNS),
    ops.LAYER_NORM: lambda node: _normalized(node, 1),
    ops.BATCH_NORM: lambda node: _normalized(node, 0),
}
"""Arrays that are not written out for a reader, by what defines them, or by those of simpler ones."""
