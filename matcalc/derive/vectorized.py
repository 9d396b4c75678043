"""Jacobians by differentials: dY = L(dX), so vec(dY) = M vec(dX), and M = dvec(Y)/dvec(X)'.

The stages are those of a gradient (run.py) with another table: a gradient carries G : V across the colon, a Jacobian
carries M vec(V) across vec (rules/vec.py). It starts from the identity and goes back through named intermediates, so
that the Jacobians of a chain multiply and the output stays linear in the program.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import ClassVar

from matcalc import operators as ops
from matcalc.derive.forms import simplified
from matcalc.derive.free import attempts
from matcalc.derive.line import NAME, Line
from matcalc.derive.naming import TakenNames, fresh
from matcalc.derive.record import Record
from matcalc.derive.run import LONG_GRADIENT, Run
from matcalc.derive.short import STACKED, length, plain, shortest
from matcalc.dims import Dim, dim_mul
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Symbol, Term, definitions, postorder, replace, tree_size
from matcalc.operators import T, eye, matmul, number, plus, scale, stacked, zeros
from matcalc.rewrite import Rewrite, RewriteRule, Section, Work, match
from matcalc.rules.conventions import structure
from matcalc.rules.kronecker import half, vec
from matcalc.rules.vec import COLLECT, DISTRIBUTE, JACOBIANS, factor, vec_rows
from matcalc.syntax.program import Program


def entries(node: Node) -> Dim:
    """The number of entries of `node`."""
    return dim_mul(*node.shape)


def identity(node: Node) -> bool:
    """Whether `node` is I or the number 1."""
    return node is ops.ONE or (isinstance(node, Term) and node.op is ops.EYE)


def _product(g: Node, m: Node) -> Node:
    # g m, where I m is m; if m is a scalar, g is scaled.
    return m if g is ops.ONE or (identity(g) and not m.is_scalar) else matmul(g, m)


def _applied(m: Node, v: Node) -> Node:
    # M vec(V), where s I vec(V) is s vec(V).
    if isinstance(m, Term) and m.op is ops.SCALE and identity(m.args[1]):
        return scale(m.args[0], stacked(v))
    return stacked(v) if identity(m) else matmul(m, stacked(v))


@dataclass
class VecLine(Line):
    """A line that is a sum of terms M vec(V), with the differentials in V."""

    DISTRIBUTES: ClassVar[RewriteRule] = DISTRIBUTE
    COLLECTS: ClassVar[RewriteRule] = COLLECT
    TURNS: ClassVar[bool] = False

    def node(self) -> Node:
        """The line as one expression; I vec(V) is written vec(V), and a line without terms is 0."""
        if not self.pairs:
            return number(0)
        return plus(*(_applied(m, v) for m, v in self.pairs))

    def crossed(self, g: Node, v: Term) -> tuple[RewriteRule, Node, Node]:
        """The rule by which vec passes the root of v, and the new pair. Raises UnsupportedError without a row."""
        for rule in vec_rows(v.op):
            for found in match(rule.lhs, vec(v)):
                m = factor(rule, found)
                inside = next(node for name, node in found.nodes.items() if name in ("V", "v"))
                return rule, g if m is None else _product(g, m), inside
        raise UnsupportedError(
            f"there is no rule yet for how {v.op.name} crosses vec",
            hint="`matcalc rules` lists those that there are",
            text=v.op.name,
        )


@dataclass(frozen=True)
class Jacobians(Record):
    """The Jacobians of a program's output instead of gradients: dvec(Y)/dvec(X)' for each variable X.

    `deltas`: the named Jacobians by intermediates. `adjoint`: a letter G for the gradient of some scalar with respect
    to Y, and the gradient L*(G) with respect to each X for which it is short, where dY = L(dX). `halves`: for each X
    by whose independent entries v the Jacobian is, v and D with vec(X) = D v.
    """

    cotangent: Symbol | None = None
    adjoint: tuple[tuple[Symbol, Node], ...] = field(default=())
    halves: tuple[tuple[Symbol, tuple[Node, Term]], ...] = field(default=())


def jacobians(
    program: Program, wrt: Sequence[str], kept: Collection[str] | None = None, convention: str = "free"
) -> Jacobians:
    """The Jacobian of the program's last definition with respect to each name in `wrt`, with its derivation.

    Where a gradient of a scalar E is given, dE/dY = G, the output is E, and its Jacobian by Y is vec(G)'.

    `kept`: the names that the results are written in, where the program is one that was derived: its Jacobian is that
    of a gradient, which needs no adjoint map beside it.

    Numerator layout: a row for each entry of the output, a column for each entry of the variable, both stacked by
    columns. `convention`: "free" ignores the structure of a variable, its entries count as independent; "projected" is
    for changes that keep it; "half" has a column for each independent entry. Raises UnknownNameError for a name that
    does not occur, UnsupportedError if a rule is missing or the formula is too large.
    """
    if program.family is not None:
        family = program.family
        span = f"{family.letter} = {family.first}..{family.last}"
        message = f"Jacobians of a program about {family.word} {span} are not supported"
        raise UnsupportedError(
            message, hint=f"give the number of {family.word}, as in {family.letter} = {family.first}..3"
        )
    Work.begin()
    for name in wrt:
        program.symbol(name)
    free = convention == "free"

    def run(known: Program, variables: list[Symbol]) -> Record:
        return _Jacobians(known, variables, convention).result()

    found = attempts(program, wrt, free, run)
    letter, maps = _adjoint(program, wrt) if free and kept is None else (None, ())
    found = shortest(found, {s.name for s in program.definitions} if kept is None else kept)
    own = {s.name: s for s in found.wrt}  # another formula of J may have been differentiated for each of the two
    adjoint = tuple((own[s.name], node) for s, node in maps)
    kept = {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}
    return Jacobians(
        **kept, cotangent=letter, adjoint=adjoint, halves=halves(program, found.wrt) if convention == "half" else ()
    )


def by_map(record: Jacobians, onward: Record, along: Symbol, kept: Collection[str]) -> Jacobians:
    """The Jacobian of a gradient as the matrix of the map of a direction, `along`, where that is shorter.

    `onward`: the derivation of the map, which has the names of the Hessian's program. dX -> H[dX] is linear, and its
    Jacobian by dX is H.
    """
    ((symbol, node),) = record.gradients
    ((variable, moved),) = onward.gradients
    program, best = onward.program, record
    taken = TakenNames((*program.taken, *(s.name for s in record.where)))
    letter = fresh("H", taken)
    for form in plain(moved, kept):
        for _, (_, d) in halves(program, [variable]) if record.convention == "half" else ():
            form = matmul(T(d), stacked(form))
        image = Symbol(letter, form.shape, (), form)
        defined = tuple(dict.fromkeys((*(s for s in program.definitions if s.name in kept), *definitions(image))))
        of = dataclasses.replace(program, definitions=defined, objective=image)
        with suppress(UnsupportedError):
            best = min(best, jacobians(of, [along.name], kept, record.convention), key=lambda found: _rank(found, kept))
    if best is record:
        return record
    ((_, matrix),) = best.gradients
    step = Section("short", symbol, (Rewrite(STACKED, node, matrix),), ((symbol, matrix),))
    return dataclasses.replace(
        record, sections=(*record.sections, step), gradients=((symbol, matrix),), parts=best.parts
    )


def _rank(record: Record, kept: Collection[str]) -> tuple[bool, int]:
    return not is_short(record.gradients[0][1]), length(record, kept)


def is_short(matrix: Node) -> bool:
    """Whether no term of a matrix has more than one Kronecker product."""
    most: dict[Node, int] = {}  # in one term of what each part is when its brackets are opened
    for node in postorder(matrix, through_definitions=True):
        if isinstance(node, Term):
            below = [most[a] for a in node.args]
            most[node] = max(below, default=0) if node.op is ops.PLUS else sum(below) + (node.op is ops.KRON)
        else:
            most[node] = most[node.definition] if isinstance(node, Symbol) and node.definition is not None else 0
    return most[matrix] < 2


def halves(program: Program, variables: Sequence[Symbol]) -> tuple[tuple[Symbol, tuple[Node, Term]], ...]:
    """For each structured variable X its independent entries v, column by column, and D with vec(X) = D v."""
    found: list[tuple[Symbol, tuple[Node, Term]]] = []
    taken = TakenNames(program.taken)
    for x in variables:
        name = structure(x.attributes)
        d = half(name, x.shape[0]) if name in ops.DUPLICATIONS else None
        if isinstance(d, Term):
            letter = Symbol(fresh("v", taken), (d.shape[1], 1))
            entries_ = ops.term(ops.VECH, x) if name in ("symmetric", "lower") else letter
            found.append((x, (ops.term(ops.DIAGONAL, x) if name == "diagonal" else entries_, d)))
    return tuple(found)


class _Jacobians(Run):
    """The stages for Jacobians; the gradient factors are Jacobians M here."""

    WHAT = "Jacobian"
    ASKED = "structure"
    FORMS = JACOBIANS

    def _start(self) -> None:
        self.adjoints[self.objective] = eye(entries(self.objective))
        if self._goes_on(self.objective):
            self._push(self.objective, self.adjoints[self.objective], "vec")

    def _open(self, symbol: Symbol) -> None:
        super()._open(symbol)
        if symbol in self.given:  # dE = G : dY = vec(G)' vec(dY)
            self.pending[symbol] = [transposed(stacked(self.given[symbol]))]

    def _zero(self, symbol: Symbol) -> Node:
        return zeros(entries(self.objective), entries(symbol))

    def _line(self, pairs: list[tuple[Node, Node]]) -> Line:
        return VecLine(self._active, self._atom, pairs, conditions=self.conditions)

    def _delta(self, line: Line, symbol: Symbol, gradient: Node) -> Node:
        size = tree_size(gradient)
        if identity(gradient) or size <= 5 or (size <= LONG_GRADIENT and self._uses(symbol) < 2):
            return gradient
        name = fresh(f"D_{symbol.name}", self.taken)
        delta = Symbol(name, gradient.shape, (), gradient)
        self.depends[delta] = False
        self.deltas.append(delta)
        line.become(NAME, [(delta, line.pairs[0][1])])
        return delta

    def _shared(self, symbol: Symbol, gradient: Node) -> Node:
        return gradient  # names are given last, when the result is known (short.py)


SHORT_ADJOINT = 40
"""The largest adjoint map, in symbols, that is shown beside a Jacobian."""
LONG_OUTPUT = 100
"""If the output, definitions expanded, has more parts than this, no short adjoint map is sought."""


def _adjoint(program: Program, wrt: Sequence[str]) -> tuple[Symbol | None, tuple[tuple[Symbol, Node], ...]]:
    """A letter G for the gradient of some scalar by the output, and its image for each variable."""
    output = program.objective
    parts = postorder(output, through_definitions=True)
    if output.is_scalar or any(True for _ in islice(parts, LONG_OUTPUT, None)):
        return None, ()
    taken = TakenNames(program.names)
    letter = Symbol(fresh("G", taken), output.shape)
    scalar = Symbol(fresh("L", taken), (1, 1))
    loss = dataclasses.replace(program, objective=scalar, given=((output, letter),))
    try:
        found = attempts(loss, wrt, True, lambda known, variables: Run(known, variables, "free").result())
    except MatcalcError:
        return None, ()
    shown = tuple((s, g) for s, g in found.gradients if tree_size(g) <= SHORT_ADJOINT and not found.deltas)
    return (letter, shown) if shown else (None, ())


def selected(m: Node, x: Symbol, at: Sequence[int | None]) -> Node | None:
    """The columns of a Jacobian by X for entry, row or column `at` of X; None where it is given by a letter (0)."""
    if 0 in at:
        return None
    units = [
        eye(n) if i is None else ops.term(ops.COLRANGE, eye(n), number(i), number(i))
        for n, i in zip(x.shape, at, strict=True)
    ]
    if 1 in x.shape:
        return simplified(matmul(m, units[0] if x.shape[1] == 1 else units[1]))
    return simplified(matmul(m, ops.term(ops.KRON, units[1], units[0])))


def transposed(node: Node) -> Node:
    """The transpose of `node`, in its short form."""
    return simplified(T(node))


def renamed(program: Program, name: str) -> Program:
    """The program with its output called `name`."""
    old = program.objective
    new = Symbol(name, old.shape, old.attributes, old.definition)
    return dataclasses.replace(
        program,
        objective=new,
        definitions=tuple(new if s is old else s for s in program.definitions),
        given=tuple((new if s is old else s, replace(g, {old: new})) for s, g in program.given),
    )
