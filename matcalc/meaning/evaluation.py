"""Expressions over float64 arrays of NumPy; shared parts are evaluated once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import inf, log
from typing import TYPE_CHECKING, Any

from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.meaning import elementwise as named
from matcalc.meaning.callables import Functions, called, member
from matcalc.meaning.differences import differentials_of
from matcalc.meaning.exact import definition_of, order, shape_of, size_of
from matcalc.meaning.fields import Floats, Multiprecision, unknown
from matcalc.meaning.stable import stable
from matcalc.meaning.table import meaning
from matcalc.meaning.values import arrays_of
from matcalc.operators import HADAMARD, POWER, SCALE, D

if TYPE_CHECKING:
    from matcalc.meaning.values import Array


def evaluate(
    nodes: Sequence[Node],
    values: Mapping[str, object],
    functions: Functions | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[Array]:
    """The expressions' values as 2-D float64 arrays, shared parts computed once.

    `values` by name: matrices 2-D, vectors 1-D or 2-D, scalars plain numbers; a value given for a named intermediate
    stands in place of its definition. `functions` gives unknown functions as f or (f, f', …). `sizes` are only needed
    for dimensions that no value shows. d(X) is values["dX"], zero if that is not there; d of anything else is its
    directional derivative along those increments.

    Entries outside a function's real domain are nan or infinite, silently. Raises UnknownNameError for a missing
    value, function or size, ShapeError where values and shapes clash, UnsupportedError for what has no meaning.
    """
    import numpy as np

    given = functions or {}
    reached = order(nodes, into_differentials=True)
    replaced = [s for s in reached if isinstance(s, Symbol) and s.definition is not None and s.name in values]
    reached = order(nodes, replaced, into_differentials=True)
    symbols = [s for s in reached if isinstance(s, Symbol) and (s.definition is None or s in replaced)]
    arrays, known = arrays_of(symbols, values, sizes or {})
    with np.errstate(all="ignore"):
        walk = order(nodes, replaced)
        differentials = [node for node in walk if isinstance(node, Term) and node.op is D]
        memo: dict[Node, Any] = {**arrays, **differentials_of(differentials, reached, arrays, values, given, known)}
        evaluation = _Evaluation(np, memo, given, known, frozenset(replaced))
        for node in walk:
            evaluation.add(node)
    return [np.array(memo[node], dtype=np.float64) for node in nodes]


class _Evaluation:
    """Values of expressions in float64, given those of their operands."""

    def __init__(
        self, np: Any, memo: dict[Node, Any], given: Functions, sizes: Mapping[str, int], replaced: frozenset[Symbol]
    ) -> None:
        self._np = np
        self._memo = memo
        self._given = given
        self._sizes = sizes
        self._replaced = replaced
        self._named = named.FUNCTIONS.keys().isdisjoint(given)  # no named function is something else here

    def add(self, node: Node) -> None:
        """Evaluates `node` unless its value is known; a more stable formula takes its place, if there is one."""
        if node in self._memo:
            return
        better = stable(node, self._open) if self._named and isinstance(node, Term) else None
        if better is not None:
            self.add(better)
            self._memo[node] = self._memo[better]
            return
        for a in node.args:
            if a not in self._memo:
                self.add(a)
        self._memo[node] = self._value(node)

    def _open(self, node: Node) -> Node:
        while isinstance(node, Symbol) and node.definition is not None and node not in self._replaced:
            node = node.definition
        return node

    def _value(self, node: Node) -> Any:
        if isinstance(node, Symbol):
            return self._memo[definition_of(node)]
        if isinstance(node, Number):
            return self._np.array([[_float(node.value)]])
        if isinstance(node, Size):
            return self._np.array([[float(size_of(node.dim, self._sizes))]])
        if not isinstance(node, Term):
            raise UnsupportedError(f"{node!r} is a hole in a rule, not a value")
        args = [self._memo[a] for a in node.args]
        if node.op.function is not None:
            return _call(self._np, node.op.function, node.op.order, args[0], self._given)
        value = meaning(node.op).fast(self._np, shape_of(node, self._sizes), *args)
        return self._rescued(node, value, args) if node.op in PRODUCTS else value

    def _rescued(self, node: Node, value: Any, args: Sequence[Any]) -> Any:
        # If factors exceed the range of floats but the product may not, use logarithms.
        np = self._np
        lost = ~np.isfinite(value)
        if not lost.any() or any(np.isnan(a).any() for a in args):
            return value
        size, sign = self._logarithm(node)
        return np.where(lost, sign * np.exp(size), value)

    def _logarithm(self, node: Node) -> tuple[Any, Any]:
        # log |A| and the signs of A, entry by entry.
        np, node = self._np, self._open(node)
        if isinstance(node, Number) and node.value:
            size = log(abs(node.value.numerator)) - log(node.value.denominator)
            return np.array([[size]]), np.array([[1.0 if node.value > 0 else -1.0]])
        if isinstance(node, Term) and node.op in PRODUCTS:
            sizes, signs = zip(*map(self._logarithm, node.args), strict=True)
            return reduce(np.add, sizes), reduce(np.multiply, signs)
        if isinstance(node, Term) and node.op is POWER:
            base, exponent = node.args
            size, sign = self._logarithm(base)
            times = self._valued(exponent)
            return times * size, np.power(sign, times)
        if isinstance(node, Term) and node.op.function == "exp" and not node.op.order:
            return self._valued(node.args[0]), np.array([[1.0]])
        value = self._valued(node)
        if isinstance(node, Term):  # a computed 0 may be an underflow
            value = np.where(value == 0, np.nan, value)
        return np.log(np.abs(value)), np.sign(value)

    def _valued(self, node: Node) -> Any:
        self.add(node)
        return self._memo[node]


class Evaluator:
    """Values of expressions in float64 at one point; what was evaluated once is not evaluated again.

    `values` has the array of every input, `sizes` the number of every dimension. What is not real is nan or infinite.
    """

    def __init__(self, values: Mapping[Symbol, Array], functions: Functions, sizes: Mapping[str, int]) -> None:
        import numpy as np

        self._np = np
        self._memo: dict[Any, Any] = dict(values)
        self._evaluation = _Evaluation(np, self._memo, functions, sizes, frozenset(values))

    def __call__(self, node: Node) -> Array:
        """The value of `node`. Raises UnknownNameError for an input without a value."""
        memo = self._memo
        stack = [] if node in memo else [node]
        with self._np.errstate(all="ignore"):
            while stack:
                top = stack[-1]
                below = (definition_of(top),) if isinstance(top, Symbol) else top.args
                missing = [a for a in below if a not in memo]
                stack.extend(missing)
                if not missing:
                    self._evaluation.add(stack.pop())
        return memo[node]  # type: ignore[no-any-return]


PRODUCTS = (HADAMARD, SCALE)
"""Products entry by entry."""


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf


def _call(np: Any, name: str, order_: int, x: Array, given: Functions) -> Array:
    if name in given:
        return called(np, member(given, name, order_), x)
    if name not in named.FUNCTIONS:
        raise unknown(name, order_)
    result = np.broadcast_to(Floats().call(name, order_, x), x.shape)
    lost = ~np.isfinite(result) & np.isfinite(x) if order_ else np.zeros(0)
    if lost.any():  # a derivative's formula may overflow where its value does not
        field = Multiprecision(50)
        result = np.array(result)
        result[lost] = [float(field.call(name, order_, field.number(float(v)))) for v in x[lost]]
    return result  # type: ignore[no-any-return]
