"""Exact proofs: the entries of a gradient minus SymPy's scalar derivatives are shown to be identically zero.

The same question is asked again and again: is Σ w_ij ∂(v_ij)/∂(u_kl), summed over bodies v with weights w, entry kl of
the claimed gradient? In a small program the only body is the objective written out, with weight 1. In a long program
there is a question for each name u: the bodies are the definitions that use u, and the weights are the gradients
claimed for them. By the chain rule, the answers together prove the gradient.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

from matcalc.dims import dim_value
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol
from matcalc.meaning import Field, Rows, Sympy, TooLarge, entries, order
from matcalc.meaning.elementwise import interpret
from matcalc.meaning.fields import differentiating_until
from matcalc.meaning.linear import inv, product, transposed
from matcalc.meaning.protocol import OutOfTime, check_time
from matcalc.verify.links import Body, Links, Used
from matcalc.verify.points import Seeds, inputs
from matcalc.verify.polynomial import Poly
from matcalc.verify.sampling import Direction, TrialShape, directions, entry_directions, structure
from matcalc.verify.zero import Degenerate, Ring


@dataclass(frozen=True)
class Setting:
    """The data shared by all questions about one program. `fixed`: the values of symbols that are whole numbers."""

    sizes: Mapping[str, int]
    fixed: Mapping[Symbol, int]
    convention: str
    deadline: float

    def shape(self, node: Node) -> TrialShape:
        """The node's shape in numbers."""
        return dim_value(node.shape[0], self.sizes), dim_value(node.shape[1], self.sizes)

    def ways(self, variable: Symbol, at: Rows | None = None) -> list[Direction]:
        """The directions in which `variable`, whose entries are `at`, may move under the convention."""
        shape = self.shape(variable)
        return entry_directions(shape) if self.convention == "free" else directions(variable, shape, at)


def weighed(c: Any, x: Any) -> Any:
    """c x, where c is 1, -1 or an entry."""
    return c * x if not isinstance(c, int) else x if c > 0 else -x


def reading(convention: str, way: Direction, gradient: Rows, field: Field) -> Any:
    """The slope along `way` according to `gradient`.

    That is G : direction, or, by independent entries, the entry itself, which already counts the entries tied to it.
    """
    if convention == "entries":
        (i, j, _), *_ = way
        return gradient[i][j]
    return field.sum([weighed(c, gradient[i][j]) for i, j, c in way])


def outside(
    convention: str, variable: Symbol, ways: Sequence[Direction], gradient: Rows, at: Rows | None, field: Field
) -> Iterator[tuple[int, int, Any]]:
    """Where `gradient` would leave the structure of `variable`: (i, j, what must be zero)."""
    name = structure(variable)
    if convention == "free" or name is None:
        return
    if name == "orthogonal":
        if at is not None:
            yield from _not_tangent(at, gradient, field)
        return
    held: set[tuple[int, int]] = set()
    for way in ways:
        (i, j, _), *more = way
        held.update((i, j) for i, j, _ in way)
        for k, m, c in more:
            yield k, m, gradient[k][m] - weighed(c, gradient[i][j])
    for i, row in enumerate(gradient):
        for j, x in enumerate(row):
            if (i, j) not in held:
                yield i, j, x


def _not_tangent(q: Rows, gradient: Rows, field: Field) -> Iterator[tuple[int, int, Any]]:
    # Q'G + G'Q, which is 0 where G is tangent to the matrices with Q'Q = I; with QQ' = I likewise.
    if len(q) < len(q[0]):
        q, gradient = transposed(q), transposed(gradient)
    mixed = product(field, transposed(q), gradient)
    for i, row in enumerate(mixed):
        for j in range(i + 1):
            yield j, i, row[j] + mixed[j][i]


# ------------------------------------------------------------------------------------------------------- cost, foreseen


class Count:
    """The number of symbols that an entry would have if it were written out, and the nesting depth of its formula."""

    __slots__ = ("depth", "n", "value")

    def __init__(self, n: int, depth: int = 1, value: int | None = None) -> None:
        self.n = n
        self.depth = depth
        self.value = value

    def __add__(self, other: Count) -> Count:
        return Count(self.n + other.n + 1, max(self.depth, other.depth) + 1)

    __sub__ = __mul__ = __add__

    def __neg__(self) -> Count:
        return self


class Counting(Field):
    """A Field that counts the symbols of entries, so that their length is known before SymPy is called."""

    digits = 0

    def number(self, value: Fraction) -> Count:
        return Count(1, value=int(value) if value.denominator == 1 else None)

    def constant(self, name: str) -> Count:
        return Count(1)

    def sum(self, terms: Iterable[Count]) -> Count:
        terms = list(terms)
        return Count(sum(t.n + 1 for t in terms), max(t.depth for t in terms) + 1)

    def divide(self, a: Count, b: Count) -> Count:
        return a + b

    def power(self, base: Count, exponent: Count) -> Count:
        return base + exponent

    def call(self, name: str, order: int, x: Count) -> Count:
        return Count(x.n + 2, x.depth + 1)

    def where(self, u: Count, strict: bool, a: Count, b: Count) -> Count:
        return u + a + b

    def whole(self, x: Count) -> int | None:
        return x.value

    def atom(self, name: Hashable, at: Sequence[Count]) -> Count:
        return self.sum(at)


DEEPEST = 60
"""SymPy recurses, so it gets no formula that is nested deeper than this."""


def length(nodes: Sequence[Node], setting: Setting, atoms: Iterable[Symbol] = ()) -> int:
    """The number of symbols in the entries of `nodes`, written out in `atoms` and inputs.

    The time is linear in the graph. Raises TooLarge for what is never written out: large determinants, and formulas
    that are nested too deep.
    """
    one = Count(1)
    atoms = frozenset(atoms)
    env: dict[Symbol, Rows] = {}
    for symbol in [*inputs(nodes, list(atoms)), *atoms]:
        rows, columns = setting.shape(symbol)
        entry = Count(1, value=setting.fixed[symbol]) if symbol in setting.fixed else one
        env[symbol] = [[entry] * columns for _ in range(rows)]
    arrays = entries(nodes, env, Counting(), setting.sizes)
    counts = [x for rows in arrays for row in rows for x in row]
    if any(x.depth > DEEPEST for x in counts):
        raise TooLarge("the formula is nested too deep to write out")
    return int(sum(x.n for x in counts))


# --------------------------------------------------------------------------------------------------------- the question


class Question:
    """Is `claim` the gradient of Σ weight : body with respect to `variable`, entry by entry?

    `atoms`: the defined names that count as inputs in the bodies. SymPy differentiates when the question is made; then
    `holds` may be called under different assumptions.
    """

    def __init__(
        self, bodies: Sequence[Body], variable: Symbol, claim: Node, atoms: Iterable[Symbol], setting: Setting
    ) -> None:
        self._bodies = bodies
        self._variable = variable
        self._claim = claim
        self._setting = setting
        field = Sympy(setting.deadline)
        nodes = [body for _, body in bodies]
        self._names = dict.fromkeys([*inputs(nodes, list(atoms)), *_met(nodes, atoms), variable])
        # Entries are independent here; `holds` puts in what ties them.
        env = {s: _symbols(field, s, k, setting) for k, s in enumerate(self._names)}
        self._env = env
        self._derivatives: dict[tuple[int, int], list[tuple[int, int, int, Any]]] = {}
        for index, rows in enumerate(entries(nodes, env, field, setting.sizes)):
            for i, row in enumerate(rows):
                for j, entry in enumerate(row):
                    occurring = entry.free_symbols
                    for k, others in enumerate(env[variable]):
                        for m, x in enumerate(others):
                            if x in occurring:
                                self._derivatives.setdefault((k, m), []).append(
                                    (index, i, j, _slope(entry, x, setting.deadline))
                                )

    def holds(self, free: Iterable[Symbol], *, exponentials: bool = False, most: float = inf) -> bool:
        """True only if every entry's difference is identically zero.

        Names in `free` count as inputs; the others stand for their definitions. `most`: the most terms to handle.
        """
        setting, variable = self._setting, self._variable
        free = frozenset(free)
        ring = Ring(setting.deadline, exponentials=exponentials, most=most)
        weights = [w for w, _ in self._bodies]
        nodes: list[Node] = [*weights, self._claim, *self._names]
        try:
            env = {s: ring_rows(ring, s, setting) for s in [*inputs(nodes, list(free)), *_met(nodes, free)]}
            values = entries(nodes, env, ring, setting.sizes)
            claim = values[len(weights)]
            memo: dict[Any, Poly] = {}
            for symbol, rows in zip(self._names, values[len(weights) + 1 :], strict=True):
                memo.update(
                    (x, value)
                    for one, two in zip(self._env[symbol], rows, strict=True)
                    for x, value in zip(one, two, strict=True)
                )
            at = env.get(variable)
            ways = setting.ways(variable, at)
            for way in ways:
                check_time(setting.deadline)
                slope = [
                    weighed(c, weights_ij * derivative)
                    for k, m, c in way
                    for index, i, j, formula in self._derivatives.get((k, m), ())
                    for weights_ij, derivative in [(values[index][i][j], interpret(formula, memo, ring))]
                ]
                if not ring.is_zero(ring.sum(slope) - reading(setting.convention, way, claim, ring)):
                    return False
            return all(ring.is_zero(x) for _, _, x in outside(setting.convention, variable, ways, claim, at, ring))
        except (TooLarge, Degenerate, UnsupportedError, RecursionError):
            return False


def identical(a: Node, b: Node, setting: Setting) -> bool:
    """True only if every entry's difference is identically zero."""
    for exponentials in (False, True):
        try:
            ring = Ring(setting.deadline, exponentials=exponentials)
            env = {s: ring_rows(ring, s, setting) for s in inputs([a, b])}
            one, two = entries([a, b], env, ring, setting.sizes)
            rows = zip(one, two, strict=True)
            if all(ring.is_zero(x - y) for row in rows for x, y in zip(*row, strict=True)):
                return True
        except (TooLarge, Degenerate, UnsupportedError):
            continue
        except OutOfTime:
            return False
    return False


def _slope(entry: Any, x: Any, deadline: float) -> Any:
    check_time(deadline)
    token = differentiating_until.set(deadline)
    try:
        return entry.diff(x)
    finally:
        differentiating_until.reset(token)


def _met(nodes: Iterable[Node], names: Iterable[Symbol]) -> list[Symbol]:
    # Those of `names` with definitions that occur in the nodes, if definitions of `names` are not followed.
    names = frozenset(names)
    return [s for s in order(nodes, names) if isinstance(s, Symbol) and s in names and s.definition is not None]


def _symbols(field: Sympy, symbol: Symbol, number: int, setting: Setting) -> Rows:
    import sympy

    rows, columns = setting.shape(symbol)
    if symbol in setting.fixed:
        return [[field.number(Fraction(setting.fixed[symbol]))]]
    return [[sympy.Symbol(f"{symbol.name}_{number}[{i},{j}]") for j in range(columns)] for i in range(rows)]


def ring_rows(ring: Ring, symbol: Symbol, setting: Setting) -> Rows:
    """The entries of `symbol` as generators, with the relations that its attributes state."""
    n, m = setting.shape(symbol)
    if symbol in setting.fixed:
        return [[ring.number(setting.fixed[symbol])]]
    attributes = symbol.attributes if symbol.definition is None else frozenset[str]()
    if "orthogonal" in attributes:
        return _orthogonal_rows(ring, symbol, n, m)
    onehot = "onehot" in attributes
    indicator = onehot or "binary" in attributes
    rows: Rows = [[ring.zero] * m for _ in range(n)]
    for way in directions(symbol, (n, m)) if attributes else entry_directions((n, m)):
        (i, j, _) = way[0]
        generator = ring.free((symbol, i, j), positive="positive" in attributes, indicator=indicator)
        for i, j, c in way:
            rows[i][j] = generator if c > 0 else -generator
    if onehot and m > 1:
        for row in rows:
            row[-1] = ring.one - ring.sum(row[:-1])
    elif onehot and n > 1:
        rows[-1][0] = ring.one - ring.sum(row[0] for row in rows[:-1])
    return rows


def _orthogonal_rows(ring: Ring, symbol: Symbol, n: int, m: int) -> Rows:
    # Cayley's form (I - S)(I + S)⁻¹ with S skew, times signs of the columns, gives almost all orthogonal matrices Q;
    # Q D Q' with signs D gives the symmetric ones.
    if n < m:
        return [list(column) for column in zip(*_orthogonal_rows(ring, symbol, m, n), strict=True)]
    skew: Rows = [[ring.zero] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1, n):
            skew[i][j] = ring.free((symbol, i, j))
            skew[j][i] = -skew[i][j]
    one = [[ring.one if i == j else ring.zero for j in range(n)] for i in range(n)]
    below = [[x + y for x, y in zip(a, b, strict=True)] for a, b in zip(one, skew, strict=True)]
    above = [[x - y for x, y in zip(a, b, strict=True)] for a, b in zip(one, skew, strict=True)]
    signs = [ring.sign((symbol, j)) for j in range(m)]
    rotation = product(ring, above, inv(ring, below))
    rows = [[row[j] * signs[j] for j in range(m)] for row in rotation]
    return product(ring, rows, transposed(rotation)) if "symmetric" in symbol.attributes else rows


# ---------------------------------------------------------------------------------------------------- the small program

LONGEST = 20_000
"""The most symbols of formulas that are written out in full."""
SHORT = 800
"""An objective of at most so many symbols is written out, even if it could be proved definition by definition."""
MOST = 400_000
"""The most symbols times entries to differentiate by."""


LITTLE = 200_000
"""The most terms of polynomials that are handled before the proof definition by definition is tried."""


def directly(
    seeds: Seeds, variable: Symbol, claim: Node, setting: Setting, symbols: int, most: float = inf
) -> bool | None:
    """Whether `claim` is proved on the whole objective, written out with `symbols` symbols. None if that is too long.

    `most`: the most terms of polynomials to handle in each attempt.
    """
    cut = [variable] if variable.definition is not None else []
    rows, columns = setting.shape(variable)
    if symbols > LONGEST or symbols * rows * columns > MOST:
        return None
    try:
        question = Question(seeds, variable, claim, cut, setting)
    except (TooLarge, UnsupportedError, RecursionError):
        return None
    attempts = [(cut, False), (cut, True), *([([], False)] if cut else [])]
    return any(question.holds(free, exponentials=more, most=most) for free, more in attempts)


# --------------------------------------------------------------------------------------------- definition by definition


class Chain(Links):
    """The proof of a long program at fixed sizes: every question is asked entry by entry."""

    def __init__(
        self, seeds: Seeds, adjoints: Mapping[Symbol, Node], gradients: Mapping[Symbol, Node], setting: Setting
    ):
        super().__init__(seeds, adjoints, gradients)
        self._setting = setting

    def ask(self, u: Symbol, bodies: Sequence[Used], claim: Node) -> bool:
        """Whether the claim for one name follows from those for the definitions that use it."""
        if isinstance(claim, Symbol) and claim.definition is not None and claim not in self.names:
            claim = claim.definition
        try:
            nodes = [body for (_, body), _ in bodies]
            rows, columns = self._setting.shape(u)
            symbols = length(nodes, self._setting, self.names)
            if symbols > LONGEST or symbols * rows * columns > MOST:
                return False
            question = Question([body for body, _ in bodies], u, claim, self.names, self._setting)
        except (TooLarge, UnsupportedError, RecursionError):
            return False
        users = {v for _, v in bodies if v is not None}
        weights = {w for (w, _), _ in bodies if isinstance(w, Symbol)}
        every = (self.names | frozenset(self.alias.values())) - ({claim} if isinstance(claim, Symbol) else set())
        mentioned = {s for s in order([claim], every) if isinstance(s, Symbol)} & users
        attempts = [(every - mentioned, False), (every - users - weights, False), (every - users - weights, True)]
        if symbols < 300:
            attempts.append((frozenset({u}), False))
        return any(question.holds(free, exponentials=more) for free, more in dict.fromkeys(attempts))
