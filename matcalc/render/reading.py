"""How a term reads: differences, signs, coefficients, fractions, spread scalars, constants without their size.

An expression has one representation for each thing, and a reader more than one: A + (-1) B reads A - B, s A with
s = 1/n reads A / n, and the ones that a scalar is spread with are not written at all. The parser reads these
spellings from left to right, this module from right to left. Everything else is a row in a notation's table.

A node is read once, without knowing where it stands; what a neighbour may want instead is kept beside it (`Reading`).
So the work is linear in the size of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction

from matcalc.expr import Node, Number, Size, Slot, Symbol, Term
from matcalc.operators import (
    EYE,
    HADAMARD,
    INNER,
    INV,
    MATMUL,
    MATPOW,
    NORM,
    ONE,
    ONES,
    PLUS,
    POWER,
    SCALE,
    TRANSPOSE,
    ZEROS,
    D,
    Operator,
    power,
    reciprocal,
)
from matcalc.render.bare import anchored, chained, spread
from matcalc.render.fractions import Product
from matcalc.render.printer import Level, Notation, Piece, Reading, decimal
from matcalc.rewrite import varies


class _NameTaken(Exception):
    """A symbol is called I."""


class Writer:
    """Reads nodes in one notation, each once; keep one for many lines that share parts."""

    def __init__(self, notation: Notation, names: Collection[str] = ()) -> None:
        """`names`: those of the program, whether they occur in what is written or not."""
        self.notation = notation
        self._known: dict[Node, Reading] = {}
        self._named_like_a_constant = "I" in names  # then the identity is never written I
        self._normed: set[Node] = set()  # what a norm occurs in

    def write(self, node: Node) -> str:
        """The text of `node`. Raises UnsupportedError where it is too large or a form is missing."""
        return str(self.reading(node).piece)

    def reading(self, node: Node) -> Reading:
        """How `node` reads, its operands first. Iterative."""
        try:
            return self._walk(node)
        except _NameTaken:
            self._known.clear()
            self._named_like_a_constant = True
            return self._walk(node)

    def _walk(self, node: Node) -> Reading:
        known = self._known
        stack = [node]
        while stack:
            top = stack[-1]
            missing = [a for a in top.args if a not in known]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if top not in known:
                known[top] = self._read(top)
        return known[node]

    def _read(self, node: Node) -> Reading:
        if isinstance(node, Term):
            args = [self._known[a] for a in node.args]
            if node.op is NORM or not self._normed.isdisjoint(node.args):
                self._normed.add(node)
            return _SPECIAL.get(node.op, Writer._plain)(self, node, args)
        if isinstance(node, Number):
            return self._number(node.value)
        if isinstance(node, Size):
            name = str(node.dim)
            level = Level.ATOM if isinstance(node.dim, str) else Level.SUM if "+" in name else Level.CHAIN
            return Reading(self.notation.atom(self.notation.name(name), level), simple=level is Level.ATOM)
        assert isinstance(node, (Symbol, Slot))
        if node.name == "I" and not self._named_like_a_constant:
            raise _NameTaken
        return Reading(self.notation.atom(self.notation.name(node.name)), simple=True)

    def _number(self, value: Fraction) -> Reading:
        if value < 0:
            size = self._number(-value).piece
            return Reading(self.notation.build("minus", size), negated=size)
        text = decimal(value)
        if text is not None:
            return Reading(self.notation.atom(text), simple=True)
        above, below = self.notation.atom(str(value.numerator)), self.notation.atom(str(value.denominator))
        return Reading(self.notation.build("over_tight", above, below), simple=True)

    # ------------------------------------------------------------------------------------------ rows of the table

    def _plain(self, node: Term, args: Sequence[Reading]) -> Reading:
        """A term that reads as its operator's form says."""
        if len(args) == 1:
            return self._around(args[0], self._unary(node), node.shape == node.args[0].shape)
        build, name = self.notation.build, node.op.name
        if not node.op.elementwise:
            return Reading(build(name, *(r.piece for r in args)))
        chosen, bare, missing = anchored(spread(args))
        reading = Reading(build(name, *(r.piece for r in chosen)))
        if bare is not None:
            reading.bare, reading.open = Reading(build(name, *(r.piece for r in bare))), missing
        return reading

    def _inner(self, node: Term, args: Sequence[Reading]) -> Reading:
        left, right = anchored(args)[0]
        reading = Reading(self.notation.build("inner", left.piece, right.piece))
        if left.negated is not None and varies(node):
            # In a line of a derivation, which is not read back: … - G : V.
            reading.negated = self.notation.build("inner", left.negated, right.piece)
        return reading

    def _unary(self, node: Term) -> Callable[[Piece], Piece]:
        op, notation = node.op, self.notation
        name = op.name
        if op is NORM and "norm_bars" in notation.forms and node.args[0] not in self._normed:
            name = "norm_bars"  # bars inside bars would close them
        if node.args[0].shape[1] == 1 and name + "_vector" in notation.forms:
            name += "_vector"
        if op.function is None or name in notation.forms:
            return lambda piece: notation.build(name, piece)
        spelled = notation.atom(notation.function(op.function, op.order))
        return lambda piece: notation.build("call", spelled, piece)

    def _around(self, inside: Reading, build: Callable[[Piece], Piece], passes: bool) -> Reading:
        # A form around one operand. Where it leaves the shape as it is (`passes`), the operand may stay bare.
        reading = Reading(build(inside.piece))
        if passes and inside.bare is not None:
            reading.bare, reading.open = Reading(build(inside.bare.piece)), inside.open
        return reading

    def _transpose(self, node: Term, args: Sequence[Reading]) -> Reading:
        child = node.args[0]
        if isinstance(child, Term) and child.op is INV:
            return Reading(self.notation.build("transpose_inv", self._known[child.args[0]].piece))
        reading = self._around(args[0], lambda piece: self.notation.build("transpose", piece), True)
        reading.open = reading.open.translate(_SWAP)
        return reading

    def _differential(self, node: Term, args: Sequence[Reading]) -> Reading:
        if isinstance(node.args[0], (Symbol, Slot)):
            return Reading(self.notation.build("d_name", args[0].piece), simple=True)
        return Reading(self.notation.build("d", args[0].piece))

    # -------------------------------------------------------------------------------------------------- constants

    def _eye(self, node: Term, args: Sequence[Reading]) -> Reading:
        return self._constant("eye", args, "B")

    def _ones(self, node: Term, args: Sequence[Reading]) -> Reading:
        reading = self._filled(node, args)
        one = self.notation.atom("1")
        reading.spread = Reading(one, simple=True)
        return reading

    def _zeros(self, node: Term, args: Sequence[Reading]) -> Reading:
        reading = self._filled(node, args)
        reading.spread = Reading(self.notation.atom("0"), simple=True)
        return reading

    def _filled(self, node: Term, args: Sequence[Reading]) -> Reading:
        rows, columns = node.shape
        name = node.op.name
        if columns == 1:
            # Text must say that it is a column, or a neighbour; whoever reads LaTeX takes it for one.
            return self._constant(name + "_column", args[:1], "R" if self.notation.gathers else "RC")
        if rows == 1 and name + "_row" in self.notation.forms:
            return self._constant(name + "_row", args[1:], "C")
        return self._constant(name, args, "RC")

    def _constant(self, name: str, sizes: Sequence[Reading], open_: str) -> Reading:
        reading = Reading(self.notation.build(name, *(s.piece for s in sizes)))
        taken = name == "eye" and self._named_like_a_constant
        if name + "_bare" in self.notation.forms and not taken:
            reading.bare, reading.open = Reading(self.notation.build(name + "_bare")), open_
        return reading

    # ------------------------------------------------------------------------------------------ sums and products

    def _plus(self, node: Term, args: Sequence[Reading]) -> Reading:
        chosen, bare, missing = anchored(spread(args))
        reading = Reading(self._sum(chosen))
        if bare is not None:
            reading.bare, reading.open = Reading(self._sum(bare)), missing
        return reading

    def _sum(self, args: Sequence[Reading]) -> Piece:
        terms = [(r.negated is not None, r.negated or r.piece) for r in args[1:]]
        return self.notation.sum([(False, args[0].piece), *terms])

    def _matmul(self, node: Term, args: Sequence[Reading]) -> Reading:
        chosen, bare, missing = chained(args)
        reading = Reading(self._chain(node, chosen))
        if bare is not None:
            reading.bare, reading.open = Reading(self._chain(node, bare)), missing
        return reading

    def _chain(self, node: Term, readings: Sequence[Reading]) -> Piece:
        notation = self.notation
        pieces = [notation.bracket(r.piece, Level.POWER) for r in readings]
        if node.args[0].shape[0] == 1 and any(a.shape[1] == 1 for a in node.args[:-1]) and not notation.gathers:
            # x'(x y'): read from left to right, x' x is a scalar and y' its multiple.
            pieces = [pieces[0], notation.bracket(notation.chain(pieces[1:]), Level.POWER)]
        return notation.chain(pieces)

    def _hadamard(self, node: Term, args: Sequence[Reading]) -> Reading:
        if node.is_scalar:
            return self._scaled(node.args, args, None)
        chosen, bare, missing = anchored(args)
        reading = Reading(self._entries(chosen))
        if bare is not None:
            reading.bare, reading.open = Reading(self._entries(bare)), missing
        return reading

    def _entries(self, args: Sequence[Reading]) -> Piece:
        # A .* B ./ C: each reciprocal divides the factor before it.
        notation = self.notation
        factors: list[Piece] = []
        for r in args:
            if r.under is None:
                factors.append(notation.bracket(r.piece, Level.POWER))
            elif factors:
                factors.append(notation.build("over_entries", factors.pop(), r.under))
            else:
                factors.append(r.piece)
        return factors[0] if len(factors) == 1 else notation.build("hadamard", *factors)

    def _scale(self, node: Term, args: Sequence[Reading]) -> Reading:
        coefficient = node.args[0]
        factors = coefficient.args if isinstance(coefficient, Term) and coefficient.op is HADAMARD else (coefficient,)
        readings = [self._known[f] for f in factors]
        reading = self._scaled(factors, readings, args[1])
        if args[1].bare is not None:
            reading.bare, reading.open = self._scaled(factors, readings, args[1].bare), args[1].open
        array = node.args[1]
        if isinstance(array, Term) and array.op is ONES and not (coefficient is ONE or coefficient is ZERO):
            scalar = args[0]
            piece = self.notation.bracket(scalar.piece, Level.FROBENIUS)
            reading.spread = Reading(piece, scalar.negated)
        return reading

    def _scaled(self, factors: Sequence[Node], readings: Sequence[Reading], body: Reading | None) -> Reading:
        return Product(self.notation, factors, readings, body, self._number).reading()

    # ----------------------------------------------------------------------------------------------------- powers

    def _power(self, node: Term, args: Sequence[Reading]) -> Reading:
        base, exponent = args[0], node.args[1]
        build, scalar = self.notation.build, node.is_scalar
        name = "matpow" if node.op is MATPOW else "power" if scalar else "power_entries"
        if not isinstance(exponent, Number):
            raised_by = args[1].piece if args[1].simple else self.notation.bracket(args[1].piece, Level.BRACKETED)
            return Reading(build(name, base.piece, args[1].piece if self.notation.gathers else raised_by))
        raised = Reading(self._raised(name, base.piece, exponent.value), simple=base.simple)
        if node.op is POWER and exponent.value < 0:
            below = node.args[0] if exponent.value == -1 else power(node.args[0], Number(-exponent.value))
            if not self.notation.gathers and reciprocal(below) is not node:
                return raised
            raised.under = base.piece if exponent.value == -1 else self._raised(name, base.piece, -exponent.value)
            if scalar:
                one = self.notation.atom("1")
                raised.piece = build("over_tight" if base.simple else "over", one, raised.under)
            elif not self.notation.gathers:
                raised.piece = build("one_over_entries", raised.under)
        return raised

    def _raised(self, name: str, base: Piece, exponent: Fraction) -> Piece:
        level = Level.ATOM if exponent.denominator == 1 and exponent >= 0 else Level.SUM
        return self.notation.build(name, base, self.notation.atom(str(exponent), level))


ZERO = Number(0)
_SWAP = str.maketrans("RC", "CR")
_SPECIAL: Mapping[Operator, Callable[[Writer, Term, Sequence[Reading]], Reading]] = {
    TRANSPOSE: Writer._transpose,
    D: Writer._differential,
    EYE: Writer._eye,
    ONES: Writer._ones,
    ZEROS: Writer._zeros,
    PLUS: Writer._plus,
    INNER: Writer._inner,
    MATMUL: Writer._matmul,
    HADAMARD: Writer._hadamard,
    SCALE: Writer._scale,
    POWER: Writer._power,
    MATPOW: Writer._power,
}
