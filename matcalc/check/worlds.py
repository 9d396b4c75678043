"""What d of an expression is: in the program, and in a world in which something that a reader wrote is true.

A differential is a linear map of the increments of the names that vary. `Increments.of` pushes d through definitions
until only those increments are left; the rules are those of the rule book. In a world with claims, dE or a gradient of
E is what the reader says, and whatever follows from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from matcalc import operators as ops
from matcalc.derive import derive, simplified
from matcalc.derive.moves import differentiate
from matcalc.derive.vectorized import jacobians
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Size, Symbol, Term, definitions, expand, postorder, symbols
from matcalc.operators import T, d, hadamard, inner, matmul, minus, negative, number, plus, zeros
from matcalc.syntax.increments import DIFFERENTIAL, increment
from matcalc.syntax.program import Program

DEEPEST = 120
"""The deepest expression that is differentiated here, definitions counted."""
ONE_SIZE = "n"
"""The size of everything in a squared program."""
_OF = ops.function(DIFFERENTIAL)
_KEPT = frozenset({"symmetric", "skew", "diagonal", "lower", "upper"})
_IMPLY = {"pd": "symmetric", "psd": "symmetric"}


@dataclass(frozen=True)
class Claimed:
    """What a reader claims: d of an expression is `node`, or with `by` the derivative of `of` by it."""

    of: Node
    node: Node
    by: Symbol | None = None


@dataclass(frozen=True)
class World:
    """A program, and what is claimed beside it; the latest claim about a name counts."""

    program: Program
    claims: tuple[Claimed, ...] = ()
    names: Mapping[str, Symbol] = field(default_factory=dict, compare=False, hash=False)
    """The names that a reader defines."""

    def known(self) -> dict[str, Symbol]:
        """Every name, by how it is typed."""
        own = {name: symbol for name, symbol in self.names.items() if name not in self.program.names}
        return {**self.program.names, **own}

    def meant(self, node: Node) -> Node:
        """A formula as it was read, with d and derivatives in the place of the names that stand for them."""
        known = self.known()
        found: dict[Node, Node] = {}
        for part in postorder(node, through_definitions=True):
            if isinstance(part, Symbol) and part.definition is not None:
                changed = found[part.definition]
                found[part] = part if changed is part.definition else changed
            elif isinstance(part, Symbol) and part.name.startswith(increment("")) and part.name not in known:
                of, _, by = part.name.removeprefix(increment("")).partition(f"/{increment('')}")
                found[part] = self.derivative(known[of], known[by]) if by else d(known[of])
            elif isinstance(part, Term):
                args = tuple(found[a] for a in part.args)
                found[part] = d(args[0]) if part.op is _OF else part if args == part.args else Term(part.op, args)
            else:
                found[part] = part
        return found[node]

    def derivative(self, of: Symbol, by: Symbol) -> Node:
        """The gradient of a scalar, or the Jacobian of a column, by a name."""
        for claim in reversed(self.claims):
            if claim.of is of and claim.by is by:
                return claim.node
        if of.is_scalar and (self.claims or by not in self.program.names.values()):
            return gradient(Increments(self, [by]).put_in(d(of)), by)
        return _derivative(self.program, of, by) if of.is_scalar else _jacobian(self.program, of, by)

    def free(self, of: Symbol, by: Symbol) -> Node | None:
        """The gradient by a structured name as if its entries were independent."""
        try:
            return _derivative(self.program, of, by, "free")
        except UnsupportedError:
            return None

    def true(self) -> World:
        """The same without claims."""
        return dataclasses.replace(self, claims=())

    def varying(self, nodes: Sequence[Node], ends: Iterable[Symbol] = ()) -> frozenset[Symbol]:
        """What varies in the formulas of a chain: the names under d that are not functions of others of them.

        An input that the last formula does not have is constant, and so is what has nothing to do with what it has:
        dA4 W4 + A4 dW4 becomes dA4 W4 where W4 is held. `ends`: names that vary beside those of the last formula.
        """
        alone = self._under_d(nodes)
        last = next((found for node in reversed(nodes) if (found := self._under_d([node]))), set())
        last |= alone & {*ends}
        held = {s for s in alone - last if s.definition is None}
        reached = {below for s in last for below in {s, *self.below(s)} if below.definition is None} - held
        kept = {s for s in alone - held if s in last or any(below in reached for below in {s, *self.below(s)})}
        return frozenset(s for s in kept if not self.below(s) & kept)

    def _under_d(self, nodes: Sequence[Node]) -> set[Symbol]:
        under = {
            n.args[0] for n in postorder(*nodes, through_definitions=True) if isinstance(n, Term) and n.op is ops.D
        }
        alone = {s for s in under if isinstance(s, Symbol)} - {self.program.objective}
        for of in under - alone - {self.program.objective}:
            inside = {s for s in symbols(of) if "constant" not in s.attributes}
            if not any(end in inside or end in self.below(s) for s in inside for end in alone):
                alone |= inside  # of d(A B) without dA or dB beside it
        return alone

    def below(self, symbol: Symbol) -> set[Symbol]:
        """The names that one depends on."""
        roots = [symbol.definition] if symbol.definition is not None else []
        if symbol is self.program.objective and symbol.definition is None:
            roots = [s for s, _ in self.program.given]
        found = {n for n in postorder(*roots, through_definitions=True) if isinstance(n, Symbol)}
        parts = {part for root in roots for part in _parts(root)}
        found |= {s for s in self.known().values() if s.definition is not None and _whole(s) in parts}
        return {s for s in found if s is symbol or _whole(s) is not _whole(symbol)} - {symbol}


@lru_cache(maxsize=1024)
def _whole(node: Node) -> Node:
    return expand(node)


@lru_cache(maxsize=256)
def _parts(node: Node) -> frozenset[Node]:
    """The terms that a formula is made of, every definition put in."""
    return frozenset(part for part in postorder(_whole(node)) if isinstance(part, Term))


class Increments:
    """d of expressions, in the increments of the names that vary."""

    def __init__(self, world: World, varying: Iterable[Symbol]) -> None:
        self._world = world
        self._known: dict[Node, Node | None] = {}
        self._claims: dict[Node, list[Claimed]] = {}
        for claim in world.claims:
            if claim.by is None:
                self._claims[claim.of] = [claim]
            else:
                self._claims.setdefault(claim.of, []).append(claim)
        self._varying: dict[Node, Node] = {s: _direction(s) for s in varying}
        self._expanded: dict[Node, Node] = {}
        for s in varying:
            if s.definition is not None and (whole := _whole(s)).args:
                self._expanded[whole] = self._varying[s]
                self._expanded[short(negative(whole))] = negative(self._varying[s])  # y - X w, where r = X w - y
        self._inside: set[Node] = set()

    def put_in(self, node: Node) -> Node:
        """A formula with d(…) written out, wherever it stands."""
        found: dict[Node, Node] = {}
        for part in postorder(node, through_definitions=True, atom=ops.D):
            if isinstance(part, Term) and part.op is ops.D:
                found[part] = self._written(part.args[0])
            elif isinstance(part, Symbol) and part.definition is not None:
                found[part] = part if found[part.definition] is part.definition else found[part.definition]
            elif isinstance(part, Term):
                args = tuple(found[a] for a in part.args)
                found[part] = part if args == part.args else _term(part.op, args)
            else:
                found[part] = part
        return found[node]

    def _written(self, node: Node) -> Node:
        of = self.of(node)
        return _nothing(node) if of is None else of

    def of(self, node: Node) -> Node | None:
        """d of an expression; None if it does not vary."""
        if node.height > DEEPEST:
            raise UnsupportedError("this is nested too deeply to be differentiated here", hint="check it part by part")
        if node not in self._known:
            self._known[node] = self._found(node)
        return self._known[node]

    def _found(self, node: Node) -> Node | None:
        if node in self._claims and node not in self._inside and node not in self._varying:
            self._inside.add(node)
            try:
                return self._claimed(node)
            finally:
                self._inside.discard(node)
        return self._followed(node)

    def _followed(self, node: Node) -> Node | None:
        if isinstance(node, Symbol):
            return self._varying[node] if node in self._varying else self._defined(node)
        if self._expanded and node.height > 0 and (under := self._expanded.get(_whole(node))) is not None:
            return under
        if not isinstance(node, Term):
            return None
        if not any(self.of(a) is not None for a in node.args):
            return None
        if node.op is ops.D:
            raise UnsupportedError("second differentials are not checked", hint="write the first one, dJ")
        _, after, _ = differentiate(node, lambda part: self.of(part) is not None)
        return self.put_in(after)

    def _claimed(self, node: Node) -> Node | None:
        whole = [claim for claim in self._claims[node] if claim.by is None]
        found = [self.put_in(whole[-1].node)] if whole else [self._followed(node)]
        for claim in self._claims[node]:
            if claim.by is None or (through := self.of(claim.by)) is None:
                continue
            assert isinstance(node, Symbol)
            wrong = minus(claim.node, self._world.true().derivative(node, claim.by))
            product = matmul if not node.is_scalar else hadamard if through.is_scalar else inner
            found.append(product(wrong, through))
        parts = [part for part in found if part is not None]
        return plus(*parts) if parts else None

    def _defined(self, symbol: Symbol) -> Node | None:
        program = self._world.program
        if symbol is program.objective and program.given:
            parts = [(g, self.of(s)) for s, g in program.given]
            terms = [inner(g, ds) if not ds.is_scalar else hadamard(g, ds) for g, ds in parts if ds is not None]
            return plus(*terms) if terms else None
        return self.of(symbol.definition) if symbol.definition is not None else None


def _direction(symbol: Symbol) -> Node:
    """The increment of a name that varies: of its structure, and for an orthogonal X along the orthogonal matrices."""
    if "orthogonal" in symbol.attributes:
        return matmul(symbol, Symbol(increment(symbol.name), symbol.shape, {"skew"}))
    kept = {_IMPLY.get(word, word) for word in symbol.attributes}
    return Symbol(increment(symbol.name), symbol.shape, kept & _KEPT)


def _nothing(node: Node) -> Node:
    return number(0) if node.is_scalar else zeros(*node.shape)


def _is_nothing(node: Node) -> bool:
    return (isinstance(node, Number) and not node.value) or (isinstance(node, Term) and node.op is ops.ZEROS)


def _term(op: ops.Operator, args: tuple[Node, ...]) -> Node:
    # Terms with the increment of a constant are left out at once.
    if op is ops.PLUS:
        return plus(*([a for a in args if not _is_nothing(a)] or [args[0]]))
    if op.linear != "no" and any(_is_nothing(a) for a in args[: len(args) - op.parameters]):
        of = Term(op, args)
        if op.linear == "each" or all(_is_nothing(a) for a in args[: len(args) - op.parameters]):
            return _nothing(of)
    return Term(op, args)


@lru_cache(maxsize=256)
def _derivative(program: Program, of: Symbol, by: Symbol, convention: str = "projected") -> Node:
    if of is by:
        return number(1)
    about = program if of is program.objective else dataclasses.replace(program, objective=of, given=())
    return derive(about, [by.name], convention).gradients[0][1]


@lru_cache(maxsize=256)
def _jacobian(program: Program, of: Symbol, by: Symbol) -> Node:
    if program.given:
        program = dataclasses.replace(program, given=())
    return jacobians(dataclasses.replace(program, objective=of), [by.name]).gradients[0][1]


def gradient(of: Node, by: Symbol) -> Node:
    """The gradient of a scalar, in which the increments stand, with respect to the increment of a name."""
    direction = next(s for s in symbols(_direction(by)) if s.name == increment(by.name))
    whole = Symbol("the scalar", of.shape, (), of)
    leaves = tuple(s for s in symbols(expand(of)) if s.definition is None)
    if direction not in leaves:
        return zeros(*by.shape) if not by.is_scalar else number(0)
    program = Program((*leaves,), (*definitions(of), whole), whole)
    return derive(program, [direction.name], "free").gradients[0][1]


def short(node: Node) -> Node:
    """A formula in the form in which a reader would write it."""
    return simplified(node)


def turned(node: Node) -> Node:
    """The transpose, in its short form."""
    return simplified(T(node))


def squared(program: Program) -> Program:
    """The program with every matrix square and of one size, so that every product conforms."""
    found: dict[Node, Node] = {}
    roots = [*program.inputs, *program.definitions, program.objective, *(node for _, node in program.given)]
    for part in postorder(*roots, through_definitions=True):
        if isinstance(part, Symbol):
            shape = tuple(dim if dim == 1 else ONE_SIZE for dim in part.shape)
            definition = None if part.definition is None else found[part.definition]
            found[part] = Symbol(part.name, (shape[0], shape[1]), part.attributes, definition)
        elif isinstance(part, Size):
            found[part] = Size(ONE_SIZE)
        elif isinstance(part, Term):
            found[part] = Term(part.op, _sized(part, [found[a] for a in part.args]))
        else:
            found[part] = part

    def symbol(old: Symbol) -> Symbol:
        new = found[old]
        assert isinstance(new, Symbol)
        return new

    return dataclasses.replace(
        program,
        inputs=tuple(map(symbol, program.inputs)),
        definitions=tuple(map(symbol, program.definitions)),
        objective=symbol(program.objective),
        given=tuple((symbol(s), found[node]) for s, node in program.given),
        indexed=(),
    )


def _sized(term: Term, args: list[Node]) -> tuple[Node, ...]:
    # The numbers of rows and columns of ones, zeros and I are sizes too; a factor is not.
    if term.op in ops.SIZED:
        return tuple(a if isinstance(a, Number) and a.value == 1 else Size(ONE_SIZE) for a in args)
    return tuple(args)


def put_in(node: Node, values: Mapping[Node, Node]) -> Node:
    """A formula with other values for some names, in the definitions of others too."""
    found: dict[Node, Node] = {}
    for part in postorder(node, through_definitions=True):
        if part in values:
            found[part] = values[part]
        elif isinstance(part, Symbol) and part.definition is not None:
            changed = found[part.definition]
            found[part] = part if changed is part.definition else changed
        elif isinstance(part, Term):
            args = tuple(found[a] for a in part.args)
            found[part] = part if args == part.args else Term(part.op, args)
        else:
            found[part] = part
    return found[node]
