"""Evaluates expressions entry by entry: exactly in any field of entries, or fast in NumPy.

`entries` evaluates over SymPy formulas or numbers of many digits, `evaluate` over float64 arrays. Both read a row for
each operator (table.py) and for each named function of the entries; shared parts of the graph are evaluated once,
without recursion. d(A) is evaluated as a limit: a central difference with steps of 10⁻⁴⁰ in numbers of 120 digits. So
it does not depend on the rules of differentiation.

This room judges the rules, the derivation, the notation and the printer, and may not import them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial, reduce
from math import inf, log
from typing import TYPE_CHECKING, Any, TypeAlias

from matcalc.dims import Dim, dim_names, dim_value
from matcalc.errors import ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term
from matcalc.meaning import arrangements, averages, basic, matrix_functions  # noqa: F401 (they enter their rows)
from matcalc.meaning import elementwise as named
from matcalc.meaning.callables import Functions, called, extended, member
from matcalc.meaning.fields import Floats, Multiprecision, Sympy, unknown
from matcalc.meaning.lettered import closed, over_all, written_out
from matcalc.meaning.protocol import Entry, Field, Rows, TooLarge
from matcalc.meaning.stable import stable
from matcalc.meaning.table import MEANINGS, meaning
from matcalc.operators import HADAMARD, POWER, SCALE, D

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[numpy.float64]

__all__ = [
    "MEANINGS",
    "Entry",
    "Evaluator",
    "Field",
    "Multiprecision",
    "Rows",
    "Sympy",
    "TooLarge",
    "check_meanings",
    "closed",
    "entries",
    "evaluate",
    "order",
    "over_all",
    "unwritten",
]


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


# --------------------------------------------------------------------------------------------------------------- exact


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
            return env[node] if node in env else known[_definition(node)]
        if isinstance(node, Number):
            return [[field.number(node.value)]]
        if isinstance(node, Size):
            return [[field.number(Number(_size(node.dim, sizes)).value)]]
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
            return row.exact(field, _shape(node, sizes), *args)
        return _atoms(node.op.name, field, _shape(node, sizes), args)

    walk = order(nodes, env)
    if any(isinstance(node, Term) and node.op.letters for node in walk):
        memo = written_out(walk, value, field, lambda dim: _size(dim, sizes))
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


def _definition(symbol: Symbol) -> Node:
    if symbol.definition is None:
        raise UnknownNameError(f"{symbol.name} has no value", text=symbol.name)
    return symbol.definition


def _size(dim: Dim, sizes: Mapping[str, int]) -> int:
    try:
        return dim_value(dim, sizes)
    except KeyError as missing:
        (name,) = missing.args
        raise UnknownNameError(
            f"the size {name} is not known from the values given", hint=f"pass sizes={{'{name}': …}}", text=name
        ) from None


def _shape(node: Node, sizes: Mapping[str, int]) -> tuple[int, int]:
    return _size(node.shape[0], sizes), _size(node.shape[1], sizes)


# ---------------------------------------------------------------------------------------------------------------- fast


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
    arrays, known = _arrays(symbols, values, sizes or {})
    with np.errstate(all="ignore"):
        walk = order(nodes, replaced)
        differentials = [node for node in walk if isinstance(node, Term) and node.op is D]
        memo: dict[Node, Any] = {**arrays, **_differentials(differentials, reached, arrays, values, given, known)}
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
            return self._memo[_definition(node)]
        if isinstance(node, Number):
            return self._np.array([[_float(node.value)]])
        if isinstance(node, Size):
            return self._np.array([[float(_size(node.dim, self._sizes))]])
        if not isinstance(node, Term):
            raise UnsupportedError(f"{node!r} is a hole in a rule, not a value")
        args = [self._memo[a] for a in node.args]
        if node.op.function is not None:
            return _call(self._np, node.op.function, node.op.order, args[0], self._given)
        value = meaning(node.op).fast(self._np, _shape(node, self._sizes), *args)
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
                below = (_definition(top),) if isinstance(top, Symbol) else top.args
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


def _arrays(
    symbols: Sequence[Symbol], values: Mapping[str, object], sizes: Mapping[str, int]
) -> tuple[dict[Node, Array], dict[str, int]]:
    known = dict(sizes)
    source = dict.fromkeys(known, "sizes")
    arrays: dict[Node, Array] = {}
    for symbol in symbols:
        if symbol.name not in values:
            raise UnknownNameError(
                f"{symbol.name} has no value",
                hint=f"the values given are {', '.join(values) or 'none'}",
                text=symbol.name,
            )
        arrays[symbol] = array = _array(symbol, values[symbol.name])
        for dim, size in zip(symbol.shape, array.shape, strict=True):
            if isinstance(dim, str) and dim not in known:
                known[dim], source[dim] = size, symbol.name
    for symbol in symbols:
        array = arrays[symbol]
        if array.shape != _shape(symbol, known):
            wanted = " and ".join(
                f"{name} = {known[name]} by {source[name]}"
                for name in sorted(dim_names(symbol.shape[0]) | dim_names(symbol.shape[1]))
                if source[name] != symbol.name
            )
            raise ShapeError(
                f"the value of {symbol.name} is {array.shape[0]}×{array.shape[1]}, "
                f"but {symbol.name} is {symbol.shape[0]}×{symbol.shape[1]}" + (f" with {wanted}" if wanted else ""),
                hint=f"so it was understood; declare another shape, `{symbol.name}: {_declared(array)}`",
                text=symbol.name,
            )
    return arrays, known


def _declared(array: Array) -> str:
    # The shape as a declaration with letters, n x m.
    rows, columns = ("" if size == 1 else letter for size, letter in zip(array.shape, "nm", strict=True))
    return f"{rows or 1} x {columns}" if columns else rows or "scalar"


def _array(symbol: Symbol, value: Any) -> Array:
    import numpy as np

    try:
        given = np.asarray(value)
        if np.iscomplexobj(given) or (given.dtype == object and any(x is None for x in given.flat)):
            raise TypeError  # NumPy takes None for nan
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        hint = "a list of equally long lists of numbers, or a NumPy array; a number within 10^308"
        message = f"the value of {symbol.name} is not an array of real numbers"
        raise ShapeError(message, text=symbol.name, hint=hint) from None
    if not array.size:
        raise ShapeError(
            f"the value of {symbol.name} has no entries", text=symbol.name, hint="every size is at least 1"
        )
    if array.ndim == 2:
        return array
    if array.ndim > 2:
        raise ShapeError(f"the value of {symbol.name} has {array.ndim} axes, not two", text=symbol.name)
    row = array.ndim == 1 and symbol.shape[0] == 1 and symbol.shape[1] != 1
    return array.reshape((1, -1) if row else (-1, 1))


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


# -------------------------------------------------------------------------------------------------------- differentials

DIGITS = 40
"""The step of a central difference is 10^-DIGITS; every d within a d adds as many digits to the numbers."""
DEEPEST = 4
"""The most d's within one another."""


def _differentials(
    terms: Sequence[Term],
    reached: Sequence[Node],
    arrays: Mapping[Node, Array],
    values: Mapping[str, object],
    given: Functions,
    sizes: Mapping[str, int],
) -> dict[Node, Array]:
    if not terms:
        return {}
    import numpy as np

    names = {s.name for s in reached if isinstance(s, Symbol)}
    increments = {
        s: _increment(s, values[f"d{s.name}"], sizes)
        for s in reached
        if isinstance(s, Symbol) and f"d{s.name}" in values and f"d{s.name}" not in names
    }
    depth = _depth(terms)
    if depth > DEEPEST:
        raise UnsupportedError(f"a differential of order {depth} is not evaluated")
    field = Multiprecision((depth + 2) * DIGITS)
    field.calls = {name: partial(extended, field, np, given, name) for name in given}
    limit = _Limit(field, sizes, {s: _lift(field, a) for s, a in increments.items()})
    env = {s: _lift(field, a) for s, a in arrays.items() if isinstance(s, Symbol)}
    found = limit([node.args[0] for node in terms], env)
    return {node: np.array([[float(x) for x in row] for row in rows]) for node, rows in zip(terms, found, strict=True)}


def _increment(symbol: Symbol, value: object, sizes: Mapping[str, int]) -> Array:
    increment = _array(Symbol(f"d{symbol.name}", symbol.shape), value)
    if increment.shape != _shape(symbol, sizes):
        rows, columns = _shape(symbol, sizes)
        raise ShapeError(f"the increment d{symbol.name} must be {rows}×{columns}, as {symbol.name} is")
    return increment


def _depth(terms: Sequence[Term]) -> int:
    depths: dict[Node, int] = {}
    for node in order(terms, into_differentials=True):
        below = [depths[a] for a in node.args]
        if isinstance(node, Symbol) and node.definition is not None:
            below.append(depths.get(node.definition, 0))
        depths[node] = max(below, default=0) + (isinstance(node, Term) and node.op is D)
    return max(depths[node] for node in terms)


def _lift(field: Multiprecision, array: Array) -> Rows:
    return [[field.number(float(x)) for x in row] for row in array]


class _Limit:
    """d of expressions at a point, along increments of the symbols, as central differences."""

    def __init__(self, field: Multiprecision, sizes: Mapping[str, int], increments: Mapping[Symbol, Rows]) -> None:
        self._field = field
        self._sizes = sizes
        self._increments = increments
        self._step = field.mp.mpf(10) ** -DIGITS

    def __call__(self, nodes: Sequence[Node], env: Mapping[Symbol, Rows]) -> list[Rows]:
        ahead = self._beside(nodes, env, self._step)
        behind = self._beside(nodes, env, -self._step)
        found = []
        for node, a, b in zip(nodes, ahead, behind, strict=True):
            if isinstance(node, Symbol) and node in self._increments:
                found.append(self._increments[node])
            else:
                found.append(
                    [
                        [(x - y) / (2 * self._step) for x, y in zip(one, two, strict=True)]
                        for one, two in zip(a, b, strict=True)
                    ]
                )
        return found

    def _beside(self, nodes: Sequence[Node], env: Mapping[Symbol, Rows], step: Entry) -> list[Rows]:
        moved = dict(env)
        for symbol, rows in self._increments.items():
            if symbol in env:
                moved[symbol] = [
                    [x + step * v for x, v in zip(one, two, strict=True)]
                    for one, two in zip(env[symbol], rows, strict=True)
                ]
        return entries(nodes, moved, self._field, self._sizes, lambda node: self([node.args[0]], moved)[0])
