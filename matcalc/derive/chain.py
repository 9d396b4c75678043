"""The chain of Jacobians: a gradient as a product of the Jacobians of its steps, summed over paths.

The Jacobian of a definition by a name in it is derived by differentials, as in vectorized.py. The product is multiplied
out from the objective on, a factor at a time, by the identities that simplify any formula: a diagonal Jacobian times a
column becomes a Hadamard product, a Kronecker product times vec(G) becomes vec of a product. If one path leads from a
name to the objective, the partial product is the gradient by that name, and gets its name from the derivation (delta).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, pairwise
from typing import TypeAlias

from matcalc import operators as ops
from matcalc.derive.forms import simplified
from matcalc.derive.line import PRIMES, SIMPLIFY
from matcalc.derive.record import Record
from matcalc.derive.vectorized import VecLine, entries, transposed
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Symbol, Term, definitions, expand, postorder, replace, symbols, tree_size
from matcalc.operators import T, d, eye, matmul, plus, scale, size_node, stacked, term
from matcalc.prose import marked
from matcalc.rewrite import Factor, Path, PathLine, PathSum, RewriteRule, apply
from matcalc.rules.conventions import structure
from matcalc.rules.derivatives import ACTIVATIONS
from matcalc.rules.kronecker import kron, unvec
from matcalc.rules.vec import CONTRACTIONS

PATHS = 6
"""The largest number of paths for which a chain is written out."""
FACTORS = 24
"""The largest number of factors of a path that is written out."""
LONG = 400
"""The largest number of symbols of a factor that is written out."""

Subscript: TypeAlias = "tuple[str, int | None]"
"""The row or column of an entry: its letter or its digits as text, and the number."""
Subscripts: TypeAlias = "tuple[Subscript, Subscript]"
"""The row and column of an entry."""


class _Long(Exception):
    """A chain is not written out; the message says why."""


def chains(record: Record, layout: str, of: Sequence[tuple[Symbol, Subscripts | None]] = ()) -> tuple[PathSum, ...]:
    """For each variable, or each entry of one in `of`, the chain from it to the objective in `layout`.

    `layout` is "numerator" or "denominator".
    """
    wanted = list(of) or [(s, None) for s, _ in record.gradients]
    if record.recursion is not None:
        why = "the number of layers is a letter"
        return tuple(PathSum(s, 0, (), _laid_out(dict(record.gradients)[s], layout), why) for s, _ in wanted)
    graph = _Graph(record)
    return tuple(graph.chain(s, at, layout) for s, at in wanted)


def _laid_out(gradient: Node, layout: str) -> Node:
    return transposed(gradient) if layout == "numerator" else gradient


class _Graph:
    """Which definition uses which name, the number of paths to the objective, and the Jacobians along them."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._given = dict(record.given)
        self._gradients = dict(record.gradients)
        self._adjoints = dict(record.adjoints)
        self._deltas = {s.definition: s for s in record.deltas}
        self._atoms = {s.definition: s for s in record.where if s.definition is not None}
        self._primes = _primed(record)
        self._jacobians: dict[Symbol, Mapping[Symbol, tuple[Node, Node]]] = {}
        order = definitions(record.objective, *self._given)
        depends: dict[Symbol, bool] = dict.fromkeys(record.wrt, True)
        self._uses: dict[Symbol, list[Symbol]] = {}
        for s in order:
            if s in record.wrt:
                depends[s] = True
                # A variable with a definition still passes its gradient on: it and the names in it may all vary.
            below = symbols(s.definition) if s.definition is not None else ()
            self._uses[s] = [b for b in below if depends.get(b)]
            depends[s] = depends.get(s, False) or bool(self._uses[s])
        if self._given:
            self._uses[record.objective] = [s for s in self._given if depends.get(s)]
        self._paths: dict[Symbol, int] = {record.objective: 1}
        self._longest: dict[Symbol, int] = {}
        for s in dict.fromkeys((record.objective, *reversed(order))):
            for b in self._uses.get(s, ()):
                self._paths[b] = self._paths.get(b, 0) + self._paths.get(s, 0)
                self._longest[b] = max(self._longest.get(b, 0), self._longest.get(s, 0) + 1)
        self._depends = depends

    # ------------------------------------------------------------------------------------------------------ Jacobians

    def _local(self, v: Symbol) -> Mapping[Symbol, tuple[Node, Node]]:
        """For each name in the definition of v, the Jacobian by it, with primes and written out. Numerator layout."""
        known = self._jacobians.get(v)
        if known is None:
            given = self._given and v is self._record.objective
            known = self._jacobians[v] = self._given_jacobians() if given else self._derived(v)
        return known

    def _given_jacobians(self) -> Mapping[Symbol, tuple[Node, Node]]:
        found = {s: transposed(stacked(gradient)) for s, gradient in self._given.items()}
        return {s: (m, m) for s, m in found.items()}

    def _derived(self, v: Symbol) -> Mapping[Symbol, tuple[Node, Node]]:
        assert v.definition is not None
        line = VecLine(self._active, self._atom, [(eye(entries(v)), d(v.definition))], primes=True)
        line.run({})
        own: dict[Node, Node] = {v.definition: v} if v.definition.args else {}
        found: dict[Symbol, tuple[Node, Node]] = {}
        for m, differential in line.pairs:
            (u,) = differential.args
            assert isinstance(u, Symbol)
            written = m if self._primes else PRIMES.normal(m)[0]
            found[u] = simplified(replace(m, own)), simplified(replace(written, own))
        return found

    def _active(self, node: Node) -> bool:
        return any(self._depends.get(s, False) for s in symbols(node))

    def _atom(self, term: Term) -> Symbol:
        if term not in self._atoms:
            raise _Long("it holds an array that has no formula of its own")
        return self._atoms[term]

    # ---------------------------------------------------------------------------------------------------------- paths

    def chain(self, x: Symbol, at: Subscripts | None, layout: str) -> PathSum:
        """The chain from x, or from its entry `at`, to the objective."""
        number = self._paths.get(x, 0)
        result = _laid_out(self._gradients[x], layout)
        of = self._record.objective.name
        if x is self._record.objective:
            return PathSum(x, 0, (), result, marked(f"`{x.name}` is the objective itself"))
        if not number:
            return PathSum(x, 0, (), result, marked(f"`{x.name}` does not occur in `{of}`"))
        if number > PATHS:
            return PathSum(x, number, (), result, marked(f"there are {number:,} paths from `{x.name}` to `{of}`"))
        entry = _Entry(x, at, set(self._record.program.names)) if at is not None else None
        try:
            if self._longest[x] > FACTORS:
                raise _Long(f"it has {self._longest[x]} factors")
            paths = tuple(self._path(way, entry, layout) for way in self._ways(x))
        except _Long as error:
            return PathSum(x, number, (), result, str(error))
        except UnsupportedError as error:
            return PathSum(x, number, (), result, error.message)
        free = structure(x.attributes) != "" and self._record.convention != "free"
        if entry is None:
            return PathSum(x, number, paths, _laid_out(self._adjoints[x], layout) if free else result, free=free)
        whole = plus(*(path.lines[-1].factors[0] for path in paths))
        return PathSum(entry.symbol, number, paths, whole, units=entry.units, free=free)

    def _ways(self, x: Symbol) -> Iterator[tuple[Symbol, ...]]:
        # From the objective to x, visiting only names from which x can be reached.
        reaches = {x}
        for s in definitions(self._record.objective, *self._given):
            if any(b in reaches for b in self._uses.get(s, ())):
                reaches.add(s)
        stack: list[tuple[Symbol, ...]] = [(self._record.objective,)]
        while stack:
            way = stack.pop()
            if way[-1] is x and len(way) > 1:
                yield way
                continue
            stack.extend((*way, b) for b in reversed(self._uses.get(way[-1], ())) if b in reaches)

    def _path(self, way: Sequence[Symbol], entry: _Entry | None, layout: str) -> Path:
        """The factors along a way, and the product multiplied out, in the layout."""
        numerator = layout == "numerator"
        factors: list[Factor] = []  # from the objective on
        for v, u in pairwise(way):
            primed, written = self._local(v)[u]
            if entry is not None and u is entry.of:
                primed, written, u = entry.picked(primed), entry.picked(written), entry.symbol
            if max(tree_size(primed), tree_size(written)) > LONG:
                raise _Long("its factors are too long to be written out")
            turned = [m if numerator else transposed(m) for m in (primed, written)]
            factors.append(Factor(v, u, turned[0], turned[1]))
        lines = list(self._multiplied(way, factors, entry, numerator))
        if numerator:
            return Path(tuple(factors), tuple(lines))
        return Path(
            tuple(reversed(factors)), tuple(line._replace(factors=tuple(reversed(line.factors))) for line in lines)
        )

    def _multiplied(
        self, way: Sequence[Symbol], factors: Sequence[Factor], entry: _Entry | None, numerator: bool
    ) -> Iterator[PathLine]:
        # Factors from the objective on; `held` is vec(G), or its transpose in numerator layout.
        written = [f.node for f in factors]
        primed = [f.primed for f in factors]
        if primed != written:
            yield PathLine(tuple(written), _derivatives(primed))
        whole, rest = written[0], written[1:]
        column = transposed(whole) if numerator else whole
        if self._paths.get(way[1]) == 1 and way[1] in self._adjoints and rest:
            column = stacked(self._adjoints[way[1]])
            whole = transposed(column) if numerator else column
        gathered: list[RewriteRule] = []
        for k, m in enumerate(rest, 1):
            u = way[k + 1]
            last = k == len(rest)
            # A row is kept as vec(G)', even if another form is shorter, so that the rules for rows apply.
            row = T(column)
            short, rules = _acting(m, row if numerator else whole, numerator)
            gathered += [rule for rule in rules if rule not in gathered]
            if last and entry is not None:
                yield PathLine((entry.named(short),), tuple(gathered))
                return
            gradient, how = _unstacked(u, T(short) if numerator else short)
            name, gradient = self._known(u, gradient)
            column = stacked(gradient)
            whole = transposed(column) if numerator else column
            if gradient is not short and stacked(gradient) is not short:
                gathered += [rule for rule in how if rule not in gathered]
            named = (name,) if name is not None else ()
            if gathered or named or last:
                yield PathLine((whole, *rest[k:]), tuple(gathered), named)
                gathered = []

    def _known(self, u: Symbol, gradient: Node) -> tuple[Symbol | None, Node]:
        """The gradient by u as the derivation has it, and its name, if one path leads from u to the objective."""
        # The product along the only path is the gradient, in whatever order it is written.
        adjoint = self._adjoints.get(u)
        if adjoint is None or self._paths.get(u) != 1:
            return None, gradient
        delta = self._deltas.get(adjoint)
        return delta, adjoint if delta is None else delta


def _primed(record: Record) -> bool:
    # Whether the derivation kept the primes of activations.
    walk = postorder(*(node for _, node in record.adjoints))
    return any(isinstance(n, Term) and n.op.order == 1 and n.op.function in ACTIVATIONS for n in walk)


def _derivatives(primed: Sequence[Node]) -> tuple[RewriteRule, ...]:
    found: dict[RewriteRule, None] = {}
    for node in primed:
        found.update(dict.fromkeys(rewriting.rule for rewriting in PRIMES.normal(node)[1]))
    return tuple(found)


def _acting(m: Node, on: Node, numerator: bool) -> tuple[Node, Sequence[RewriteRule]]:
    """M times a column, or a row times M, in its short form, and the rules to show.

    A sum is applied term by term, a product one factor at a time.
    """
    if isinstance(m, Term) and m.op in (ops.PLUS, ops.MATMUL, ops.SCALE) and not m.is_scalar:
        rules: list[RewriteRule] = []
        if m.op is ops.MATMUL:
            for part in m.args if numerator else reversed(m.args):
                on, used = _acting(part, on, numerator)
                rules += used
            return on, rules
        parts = []
        for part in m.args if m.op is ops.PLUS else m.args[1:]:
            done, used = _acting(part, on, numerator)
            parts.append(done)
            rules += used
        whole, used = _shortened(plus(*parts) if m.op is ops.PLUS else scale(m.args[0], parts[0]))
        return whole, [*rules, *used]
    return _shortened(matmul(on, m) if numerator else matmul(m, on))


def _shortened(product: Node) -> tuple[Node, tuple[RewriteRule, ...]]:
    """The product in its short form, and the rules to show."""
    used: dict[RewriteRule, None] = {}
    for rule in CONTRACTIONS:
        after = apply(rule, product)
        if after is not None and len(product.args) == 2:
            used[rule] = None
            product = after
            break
    used.update(dict.fromkeys(rule for rule, _ in SIMPLIFY.forms(product)))
    return simplified(product), tuple(rule for rule in used if not rule.quiet)


def _unstacked(u: Symbol, column: Node) -> tuple[Node, tuple[RewriteRule, ...]]:
    """G with vec(G) = column, in the shape of u, and the rules that led to it."""
    if u.shape[1] == 1:
        return _shortened(column)
    return _shortened(unvec(column, *u.shape))


def applied(matrix: Node, direction: Symbol, to: Symbol) -> tuple[Node, ...]:
    """The Jacobian as a map: M vec(dX) as an array of the shape of `to`, where it is free of vec and ⊗."""
    written = simplified(expand(matrix))
    if direction.shape[1] == to.shape[1] == 1:
        return (simplified(matmul(written, direction)),)
    node = _unstacked(to, _acting(written, stacked(direction), numerator=False)[0])[0]
    return () if any(isinstance(n, Term) and n.op in _STACKING for n in postorder(node)) else (node,)


_STACKING = frozenset([ops.VEC, ops.UNVEC, ops.KRON, ops.COMMUTATION, ops.KHATRI_RAO])


class _Entry:
    """An entry of a variable as the end of a chain: e_i and e_j select its column of a Jacobian."""

    def __init__(self, of: Symbol, at: Subscripts, taken: set[str]) -> None:
        self.of = of
        rows, columns = (
            Number(1) if dim == 1 else self._unit(place, k, of, taken)
            for k, (place, dim) in enumerate(zip(at, of.shape, strict=True))
        )
        self._pick = kron(columns, rows)
        self.units = tuple(node for node in (rows, columns) if isinstance(node, Symbol))
        self._units = {node: place[0] for node, place in zip((rows, columns), at, strict=True)}
        written = ",".join(place[0] for place, dim in zip(at, of.shape, strict=True) if dim != 1)
        self.symbol = Symbol(f"{of.name}[{written}]", (1, 1))

    def _unit(self, place: Subscript, axis: int, of: Symbol, taken: set[str]) -> Node:
        letter, value = place
        dim = of.shape[axis]
        name = next(n for n in (f"e{k or ''}_{letter}" for k in count()) if n not in taken)
        unit = None if value is None else T(term(ops.ROWRANGE, eye(dim), size_node(value), size_node(value)))
        return Symbol(name, (dim, 1), ("constant",), unit)

    def picked(self, m: Node) -> Node:
        """The column of a Jacobian that belongs to the entry."""
        return self.named(simplified(matmul(m, self._pick)))

    def named(self, node: Node) -> Node:
        """The formula with a_j for a' e_j, the entry of a name a."""
        found: dict[Node, Node] = {}
        for n in postorder(node):
            if isinstance(n, Term) and n.is_scalar and len(n.args) == 2:
                for one, two in (n.args, n.args[::-1]):
                    unit, name = one, two
                    while isinstance(unit, Term) and len(unit.args) == 1:
                        unit = unit.args[0]
                    while isinstance(name, Term) and len(name.args) == 1:
                        name = name.args[0]
                    if unit in self._units and isinstance(name, Symbol) and name not in self._units:
                        found[n] = Symbol(f"{name.name}_{self._units[unit]}", (1, 1), (), n)
        return replace(node, found)
